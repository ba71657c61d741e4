// SPDX-License-Identifier: GPL-2.0
/*
 * The driver is unbound under its clients: what is in flight ends, what is asked afterwards fails,
 * and after a new bind everything is as it was.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("The driver is unbound under its clients");

static char driver[PATH_MAX];	/* in sysfs */
static char name[64];		/* of the device that it is bound to */

static void find_device(int fd)
{
	char path[PATH_MAX], device[PATH_MAX];
	struct stat st;

	igt_assert_eq(fstat(fd, &st), 0);
	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u/device", major(st.st_rdev),
		 minor(st.st_rdev));
	igt_assert(realpath(path, device));
	igt_assert(strlen(basename(device)) < sizeof(name));
	strcpy(name, basename(device));
	igt_assert(strlen(device) + 8 < sizeof(device));
	strcat(device, "/driver");
	igt_assert(realpath(device, driver));
}

static void tell_driver(const char *what)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", driver, what);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	igt_assert_fd(fd);
	igt_assert_eq(write(fd, name, strlen(name)), (int)strlen(name));
	close(fd);
}

/* What a client had goes with its file, some of it in work items. */
static void nothing_left(void)
{
	const char *const counters[] = { "queues", "vms", "mappings", "timestamp_bytes" };
	int fd = drm_open_driver_render(DRIVER_ASAHI);

	for (size_t n = 0; n < sizeof(counters) / sizeof(counters[0]); n++) {
		for (int turn = 0; asahi_counter(fd, counters[n]) && turn < 200; turn++)
			usleep(50000);
		igt_assert_f(!asahi_counter(fd, counters[n]), "%s are left", counters[n]);
	}
	drm_close_driver(fd);
}

static void works(void)
{
	int fd = drm_open_driver_render(DRIVER_ASAHI);
	struct asahi_gpu gpu;

	asahi_gpu_init(&gpu, fd);
	igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, 5), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, gpu.base + ASAHI_GPU_FREE), 5);
	asahi_gpu_fini(&gpu);
	drm_close_driver(fd);
	nothing_left();
}

/* Every call, as good or bad as it may be. */
static void expect_gone(int fd, struct asahi_gpu *gpu)
{
	const uint32_t calls[] = {
		DRM_IOCTL_ASAHI_GET_PARAMS, DRM_IOCTL_ASAHI_GET_TIME, DRM_IOCTL_ASAHI_VM_CREATE,
		DRM_IOCTL_ASAHI_VM_DESTROY, DRM_IOCTL_ASAHI_VM_BIND, DRM_IOCTL_ASAHI_GEM_CREATE,
		DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT,
		DRM_IOCTL_ASAHI_QUEUE_CREATE, DRM_IOCTL_ASAHI_QUEUE_DESTROY,
		DRM_IOCTL_ASAHI_SUBMIT,
	};
	uint8_t arg[64] = { 0 };

	for (size_t n = 0; n < sizeof(calls) / sizeof(calls[0]); n++)
		asahi_expect(fd, calls[n], arg, -ENODEV);
	igt_assert_eq(asahi_unbind(fd, gpu->vm, gpu->base, ASAHI_PAGE), -ENODEV);
	igt_assert_eq(asahi_gpu_start(gpu, gpu->base), -ENODEV);
}

static int fence_of(struct asahi_gpu *gpu)
{
	int file;

	igt_assert_eq(drmSyncobjExportSyncFile(gpu->fd, gpu->sync, &file), 0);
	return file;
}

static void expect_ended(int sync_file)
{
	struct pollfd poll_fd = { .fd = sync_file, .events = POLLIN };

	igt_assert_eq(poll(&poll_fd, 1, 20000), 1);
	igt_assert_eq(asahi_fence_status(sync_file), -ENODEV);
	close(sync_file);
}

/* A job in the hardware, one behind it, one on another queue; memory stays. */
static void jobs(bool close_late)
{
	int fd = drm_open_driver_render(DRIVER_ASAHI), fences[3];
	struct asahi_gpu gpu, waiter;
	uint64_t endless;

	asahi_gpu_init(&gpu, fd);
	asahi_gpu_init(&waiter, fd);
	endless = asahi_gpu_program(&gpu, 0, ASAHI_ENDLESS, 0, 0);
	for (int n = 0; n < 2; n++) {
		igt_assert_eq(asahi_gpu_start(&gpu, endless), 0);
		fences[n] = fence_of(&gpu);
	}
	endless = asahi_gpu_program(&waiter, 0, ASAHI_ENDLESS, 0, 0);
	igt_assert_eq(asahi_gpu_start(&waiter, endless), 0);
	fences[2] = fence_of(&waiter);
	asahi_timestamps_bind(fd, gpu.bo, 0, ASAHI_PAGE);
	gpu.bytes[ASAHI_GPU_FREE] = 99;
	usleep(100000);

	tell_driver("unbind");
	for (int n = 0; n < 3; n++)
		expect_ended(fences[n]);
	expect_gone(fd, &gpu);
	igt_assert_eq(gpu.bytes[ASAHI_GPU_FREE], 99);
	gpu.bytes[ASAHI_GPU_SIZE - 1] = 1;
	if (close_late)
		tell_driver("bind");
	munmap(gpu.bytes, ASAHI_GPU_SIZE);
	drm_close_driver(fd);
	munmap(waiter.bytes, ASAHI_GPU_SIZE);
	if (!close_late)
		tell_driver("bind");
	works();
}

/* Does of everything a bit until the device is gone. */
static bool all_at_once(int fd, struct asahi_gpu *gpu, uint32_t turn)
{
	uint64_t at = 0x2000000000ull + turn % 64 * ASAHI_PAGE;
	struct drm_asahi_gem_create create = { .size = ASAHI_PAGE };
	struct drm_asahi_vm_create vm = {
		.kernel_start = 0x7fdfff8000, .kernel_end = 0x7fffff8000,
	};
	struct drm_asahi_queue_create queue = { .vm_id = gpu->vm };
	struct drm_asahi_get_time now = { 0 };
	struct drm_asahi_gem_bind_object ts = {
		.flags = DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS, .range = ASAHI_PAGE,
	};
	struct drm_gem_close close_bo = { 0 };
	int ret;

	ret = asahi_ioctl(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &create);
	ts.handle = close_bo.handle = create.handle;
	ret = ret ?: asahi_bind(fd, gpu->vm, create.handle, 0, at, ASAHI_PAGE, ASAHI_RW);
	ret = ret ?: asahi_gpu_start(gpu, asahi_gpu_program(gpu, turn % 8, ASAHI_FILL, turn, at));
	ret = ret ?: asahi_ioctl(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &ts);
	ret = ret ?: asahi_ioctl(fd, DRM_IOCTL_ASAHI_GET_TIME, &now);
	if (!ret && turn % 16 == 0) {
		ret = asahi_ioctl(fd, DRM_IOCTL_ASAHI_VM_CREATE, &vm);
		ret = ret ?: asahi_ioctl(fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &queue);
	}
	ret = ret ?: asahi_ioctl(fd, DRM_IOCTL_GEM_CLOSE, &close_bo);
	if (!ret && turn % 4 == 0)
		asahi_sync_wait(fd, gpu->sync, 100);
	return ret == -ENODEV;
}

#define CHILDREN	6
#define STORMS		3

/* Asserts nothing in the child, which the library would not know of. */
static pid_t start_child(void)
{
	int fd = drm_open_driver_render(DRIVER_ASAHI);
	struct asahi_gpu gpu;
	uint32_t turn = 0;
	pid_t child;

	asahi_gpu_init(&gpu, fd);
	gpu.sync = asahi_sync_create(fd);
	child = fork();
	igt_assert(child >= 0);
	if (!child) {
		while (!all_at_once(fd, &gpu, turn))
			turn++;
		_exit(0);
	}
	munmap(gpu.bytes, ASAHI_GPU_SIZE);
	drm_close_driver(fd);
	return child;
}

static void storm(void)
{
	pid_t children[CHILDREN];
	int status;

	for (int round = 0; round < STORMS; round++) {
		for (int n = 0; n < CHILDREN; n++)
			children[n] = start_child();
		usleep(300000 + round * 37000);
		tell_driver("unbind");
		for (int n = 0; n < CHILDREN; n++) {
			igt_assert(waitpid(children[n], &status, 0) == children[n]);
			igt_assert_f(WIFEXITED(status), "a child was killed by %d", WTERMSIG(status));
		}
		tell_driver("bind");
		works();
	}
}

int igt_main()
{
	igt_fixture() {
		int fd = drm_open_driver_render(DRIVER_ASAHI);

		find_device(fd);
		drm_close_driver(fd);
	}

	igt_describe("the file is closed when the driver is bound again");
	igt_subtest("jobs-lateclose")
		jobs(true);
	igt_subtest("jobs")
		jobs(false);
	igt_describe("while clients do everything at once");
	igt_subtest("storm")
		storm();
}
