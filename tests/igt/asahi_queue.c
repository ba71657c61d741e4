// SPDX-License-Identifier: GPL-2.0
/* Queues: creation, order, independence, and what becomes of them with their file. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("Queues: creation, order, independence, the end of their file");

static int fd = -1;

static void create_bad(void)
{
	uint32_t vm = asahi_vm_create(fd);
	const struct {
		const char *what;
		int error;
		struct drm_asahi_queue_create arg; /* flags, vm_id, priority, queue_id, usc */
	} bad[] = {
		{ "flags", -EINVAL, { 1, vm, DRM_ASAHI_PRIORITY_MEDIUM, 0, 0 } },
		{ "no address space", -ENOENT, { 0, 0, DRM_ASAHI_PRIORITY_MEDIUM, 0, 0 } },
		{ "unknown one", -ENOENT, { 0, 0xdeadbeef, DRM_ASAHI_PRIORITY_MEDIUM, 0, 0 } },
		{ "high", -EINVAL, { 0, vm, DRM_ASAHI_PRIORITY_HIGH, 0, 0 } },
		{ "realtime", -EINVAL, { 0, vm, DRM_ASAHI_PRIORITY_REALTIME, 0, 0 } },
		{ "unknown priority", -EINVAL, { 0, vm, 4, 0, 0 } },
		{ "highest priority", -EINVAL, { 0, vm, ~0u, 0, 0 } },
	};

	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_queue_create arg = bad[n].arg;
		int ret = asahi_ioctl(fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &arg);

		igt_assert_f(ret == bad[n].error, "%s: %d, not %d", bad[n].what, ret, bad[n].error);
	}
	for (uint32_t priority = 0; priority < 2; priority++) {
		struct drm_asahi_queue_create arg = { .vm_id = vm, .priority = priority };

		asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &arg, 0);
		asahi_queue_destroy(fd, arg.queue_id);
	}
	asahi_vm_destroy(fd, vm);
}

static void destroy_bad(void)
{
	uint32_t vm = asahi_vm_create(fd);
	struct drm_asahi_queue_destroy arg = { .queue_id = 0 };
	int other = drm_open_driver_render(DRIVER_ASAHI);

	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, -ENOENT);
	arg.queue_id = 0xdeadbeef;
	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, -ENOENT);
	arg.queue_id = asahi_queue_create(fd, vm, 0);
	arg.pad = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, -EINVAL);
	arg.pad = 0;
	asahi_expect(other, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, -ENOENT);
	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, 0);
	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, -ENOENT);
	drm_close_driver(other);
	asahi_vm_destroy(fd, vm);
}

static void many(void)
{
	int other = drm_open_driver_render(DRIVER_ASAHI);
	uint32_t vm = asahi_vm_create(other);

	for (int n = 0; n < 100; n++)
		asahi_queue_create(other, vm, ASAHI_GPU_BASE);
	drm_close_driver(other);
}

/* Jobs of a queue run in their order: the last store wins. */
static void order(void)
{
	struct asahi_gpu gpu;
	uint32_t *result;

	asahi_gpu_init(&gpu, fd);
	result = (uint32_t *)(gpu.bytes + ASAHI_GPU_FREE);
	for (uint32_t turn = 0; turn < 10; turn++) {
		for (unsigned int slot = 0; slot < 8; slot++)
			igt_assert_eq(asahi_gpu_start(&gpu,
				asahi_gpu_program(&gpu, slot, ASAHI_FILL, turn * 8 + slot,
						  gpu.base + ASAHI_GPU_FREE)), 0);
		igt_assert_eq(asahi_gpu_wait(&gpu), 0);
		igt_assert_eq_u32(*result, turn * 8 + 7);
	}
	asahi_gpu_fini(&gpu);
}

/* A job without an end, in a child that is killed: other queues do not notice. */
static void endless_child(void)
{
	struct asahi_gpu gpu;

	asahi_gpu_init(&gpu, drm_open_driver_render(DRIVER_ASAHI));
	asahi_gpu_start(&gpu, asahi_gpu_program(&gpu, 0, ASAHI_ENDLESS, 0, 0));
	pause();
}

static void killed(void)
{
	struct asahi_gpu gpu;
	pid_t child;
	int status;

	asahi_gpu_init(&gpu, fd);
	for (int n = 0; n < 3; n++) {
		child = fork();
		igt_assert(child >= 0);
		if (!child) {
			endless_child();
			_exit(1);
		}
		usleep(300000);
		igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, n), 0);
		kill(child, SIGKILL);
		igt_assert(waitpid(child, &status, 0) == child);
		igt_assert(WIFSIGNALED(status));
		igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, n), 0);
	}
	asahi_gpu_fini(&gpu);
}

/* A queue is destroyed while its job runs: the job is cancelled or runs into its timeout. */
static void destroy_busy(void)
{
	int old = asahi_set_timeout(1000), ret;
	struct asahi_gpu gpu;

	asahi_gpu_init(&gpu, fd);
	igt_assert_eq(asahi_gpu_start(&gpu, asahi_gpu_program(&gpu, 0, ASAHI_ENDLESS, 0, 0)), 0);
	usleep(200000);
	asahi_queue_destroy(fd, gpu.queue);
	ret = asahi_gpu_wait(&gpu);
	asahi_set_timeout(old);
	igt_assert_f(ret < 0, "a job without an end has ended well");
	gpu.queue = asahi_queue_create(fd, gpu.vm, gpu.base);
	igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, 1), 0);
	asahi_gpu_fini(&gpu);
}

/* Who holds the fence of a job can ask it for its name when all that it came from is gone. */
static void fence_outlives(void)
{
	int other = drm_open_driver_render(DRIVER_ASAHI), files[3];
	uint64_t before = asahi_counter(fd, "queues");
	struct asahi_gpu gpu;
	char name[33];

	asahi_gpu_init(&gpu, other);
	for (int n = 0; n < 2; n++) {
		igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, n), 0);
		igt_assert_eq(drmSyncobjExportSyncFile(other, gpu.sync, &files[n]), 0);
	}
	/* One that is cancelled. */
	igt_assert_eq(asahi_gpu_start(&gpu, asahi_gpu_program(&gpu, 2, ASAHI_ENDLESS, 0, 0)), 0);
	igt_assert_eq(drmSyncobjExportSyncFile(other, gpu.sync, &files[2]), 0);
	munmap(gpu.bytes, ASAHI_GPU_SIZE);
	drm_close_driver(other);
	/* The queue goes in a work item. */
	for (int n = 0; asahi_counter(fd, "queues") > before && n < 200; n++)
		usleep(50000);
	igt_assert_lte_u64(asahi_counter(fd, "queues"), before);
	for (int n = 0; n < 3; n++) {
		asahi_fence_name(files[n], name);
		igt_assert_f(!strncmp(name, "asahi-queue", 11), "%s", name);
		igt_assert_eq(asahi_fence_status(files[n]) > 0, n < 2);
		close(files[n]);
	}
}

int igt_main()
{
	igt_fixture()
		fd = drm_open_driver_render(DRIVER_ASAHI);

	igt_subtest("create-bad")
		create_bad();
	igt_subtest("destroy-bad")
		destroy_bad();
	igt_subtest("many")
		many();
	igt_subtest("order")
		order();
	igt_subtest("killed")
		killed();
	igt_subtest("destroy-busy")
		destroy_busy();
	igt_describe("names of fences whose queue has gone");
	igt_subtest("fence-outlives")
		fence_outlives();

	igt_fixture()
		drm_close_driver(fd);
}
