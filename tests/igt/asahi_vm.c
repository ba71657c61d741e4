// SPDX-License-Identifier: GPL-2.0
/* Parameters, the clock, and the life of address spaces. */
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("Parameters, the clock, and the life of address spaces");

static int fd = -1;
static struct drm_asahi_params_global params;

static int get_params(uint32_t group, uint32_t pad, void *to, uint64_t size)
{
	struct drm_asahi_get_params arg = {
		.param_group = group, .pad = pad, .pointer = (uintptr_t)to, .size = size,
	};

	return asahi_ioctl(fd, DRM_IOCTL_ASAHI_GET_PARAMS, &arg);
}

static void params_values(void)
{
	igt_assert(params.gpu_generation >= 13);
	igt_assert(params.gpu_variant);
	igt_assert(params.chip_id);
	igt_assert(params.num_dies >= 1 && params.num_clusters_total >= 1);
	igt_assert(params.num_clusters_total <= 64 && params.num_cores_per_cluster >= 1);
	igt_assert(params.core_masks[0]);
	/* What Mesa takes for granted: its zero page, its shadow below the kernel's part, ns. */
	igt_assert(params.vm_start <= 0x100000000ull);
	igt_assert(params.vm_end >= 0x4800000000ull);
	igt_assert(params.vm_kernel_min_size && params.vm_kernel_min_size <= 0x800000000ull);
	igt_assert(!((params.vm_start | params.vm_end) % ASAHI_PAGE));
	igt_assert_eq_u32(params.max_commands_per_submission, 64);
	igt_assert_eq_u32(params.max_attachments, 16);
	igt_assert(params.command_timestamp_frequency_hz == 1000000000);
}

/* The kernel writes as much as there is room for, or as much as it knows. */
static void params_sizes(void)
{
	uint8_t buffer[sizeof(params) + 64];

	memset(buffer, 0xa5, sizeof(buffer));
	igt_assert_eq(get_params(0, 0, buffer, 12), 0);
	igt_assert(!memcmp(buffer, &params, 12));
	igt_assert_eq(buffer[12], 0xa5);
	igt_assert_eq(get_params(0, 0, buffer, sizeof(buffer)), 0);
	igt_assert(!memcmp(buffer, &params, sizeof(params)));
	igt_assert_eq(buffer[sizeof(params)], 0xa5);
	igt_assert_eq(get_params(0, 0, buffer, 0), 0);
}

static void params_bad(void)
{
	uint8_t buffer[sizeof(params)];

	igt_assert_eq(get_params(1, 0, buffer, sizeof(buffer)), -EINVAL);
	igt_assert_eq(get_params(~0u, 0, buffer, sizeof(buffer)), -EINVAL);
	igt_assert_eq(get_params(0, 1, buffer, sizeof(buffer)), -EINVAL);
	igt_assert_eq(get_params(0, 0, (void *)8, sizeof(buffer)), -EFAULT);
	igt_assert_eq(get_params(0, 0, (void *)~0xfffull, sizeof(buffer)), -EFAULT);
}

static void time_grows(void)
{
	struct drm_asahi_get_time a = { 0 }, b = { 0 }, bad = { .flags = 1 };

	asahi_expect(fd, DRM_IOCTL_ASAHI_GET_TIME, &a, 0);
	usleep(20000);
	asahi_expect(fd, DRM_IOCTL_ASAHI_GET_TIME, &b, 0);
	igt_assert_f(b.gpu_timestamp - a.gpu_timestamp >= 20000000 &&
		     b.gpu_timestamp - a.gpu_timestamp < 5000000000ull,
		     "20 ms were %lld ns", (long long)(b.gpu_timestamp - a.gpu_timestamp));
	asahi_expect(fd, DRM_IOCTL_ASAHI_GET_TIME, &bad, -EINVAL);
	bad.flags = 1ull << 63;
	asahi_expect(fd, DRM_IOCTL_ASAHI_GET_TIME, &bad, -EINVAL);
}

static void create_ids(void)
{
	int other = drm_open_driver_render(DRIVER_ASAHI);
	uint32_t first = asahi_vm_create(other), second = asahi_vm_create(other);

	/* Ids belong to the file. */
	igt_assert_eq_u32(first, 1);
	igt_assert_neq(first, second);
	asahi_vm_destroy(other, first);
	igt_assert_eq(asahi_unbind(other, first, ASAHI_GPU_BASE, ASAHI_PAGE), -ENOENT);
	igt_assert_eq(asahi_unbind(other, second, ASAHI_GPU_BASE, ASAHI_PAGE), 0);
	drm_close_driver(other);
}

static void create_bad(void)
{
	const uint64_t start = params.vm_start, end = params.vm_end;
	const uint64_t size = params.vm_kernel_min_size;
	const struct {
		const char *what;
		struct drm_asahi_vm_create arg;
	} bad[] = {
		{ "pad", { end - size, end, 0, 1 } },
		{ "below the start", { 0, size, 0, 0 } },
		{ "past the end", { end - size, end + ASAHI_PAGE, 0, 0 } },
		{ "past the end, far", { end, end + size, 0, 0 } },
		{ "to the top", { end - size, ~0ull & ~(ASAHI_PAGE - 1), 0, 0 } },
		{ "too small", { end - size + ASAHI_PAGE, end, 0, 0 } },
		{ "empty", { end - size, end - size, 0, 0 } },
		{ "nothing", { 0, 0, 0, 0 } },
		{ "inverted", { end, end - size, 0, 0 } },
		{ "wraps", { ~0ull & ~(ASAHI_PAGE - 1), size, 0, 0 } },
		{ "start not aligned", { start + 0x1000, start + 2 * size, 0, 0 } },
		{ "end not aligned", { start, start + size + 0x1000, 0, 0 } },
	};

	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_vm_create arg = bad[n].arg;
		int ret = asahi_ioctl(fd, DRM_IOCTL_ASAHI_VM_CREATE, &arg);

		igt_assert_f(ret == -EINVAL, "%s: %d", bad[n].what, ret);
	}
}

/* The kernel's range may be anywhere, and the rest is the user's. */
static void create_ranges(void)
{
	uint64_t size = params.vm_kernel_min_size, middle = params.vm_end / 2 & ~(ASAHI_PAGE - 1);
	uint64_t starts[] = { params.vm_start, middle, params.vm_end - size };
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, 0, 0);

	for (int n = 0; n < 3; n++) {
		struct drm_asahi_vm_create arg = {
			.kernel_start = starts[n], .kernel_end = starts[n] + size,
		};

		asahi_expect(fd, DRM_IOCTL_ASAHI_VM_CREATE, &arg, 0);
		if (n > 0)
			igt_assert_eq(asahi_bind(fd, arg.vm_id, bo, 0, starts[n] - ASAHI_PAGE,
						 ASAHI_PAGE, ASAHI_RW), 0);
		if (n < 2)
			igt_assert_eq(asahi_bind(fd, arg.vm_id, bo, 0, starts[n] + size, ASAHI_PAGE,
						 ASAHI_RW), 0);
		igt_assert_eq(asahi_bind(fd, arg.vm_id, bo, 0, starts[n], ASAHI_PAGE, ASAHI_RW),
			      -EINVAL);
		igt_assert_eq(asahi_bind(fd, arg.vm_id, bo, 0, starts[n] + size - ASAHI_PAGE,
					 ASAHI_PAGE, ASAHI_RW), -EINVAL);
		asahi_vm_destroy(fd, arg.vm_id);
	}
	asahi_bo_close(fd, bo);
}

static void destroy_bad(void)
{
	struct drm_asahi_vm_destroy arg = { .vm_id = 0 };
	int other = drm_open_driver_render(DRIVER_ASAHI);

	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, -ENOENT);
	arg.vm_id = 0xdeadbeef;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, -ENOENT);
	arg.vm_id = asahi_vm_create(fd);
	arg.pad = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, -EINVAL);
	arg.pad = 0;
	asahi_expect(other, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, -ENOENT);
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, 0);
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, -ENOENT);
	drm_close_driver(other);
}

/* A queue outlives its address space, which is empty then. */
static void destroy_under_queue(void)
{
	struct asahi_gpu gpu;
	uint64_t stream;

	asahi_gpu_init(&gpu, fd);
	stream = asahi_gpu_program(&gpu, 0, ASAHI_FILL, 1, gpu.base + ASAHI_GPU_FREE);
	igt_assert_eq(asahi_gpu_run(&gpu, stream), 0);
	asahi_vm_destroy(fd, gpu.vm);
	igt_assert_eq(asahi_gpu_run(&gpu, stream), -EIO);
	asahi_queue_destroy(fd, gpu.queue);
	asahi_bo_close(fd, gpu.bo);
}

/* What belongs to another file, and what has gone. */
static void ids_expect_unknown(int from, uint32_t vm, uint32_t queue)
{
	struct drm_asahi_gem_create create = {
		.size = ASAHI_PAGE, .flags = DRM_ASAHI_GEM_VM_PRIVATE, .vm_id = vm,
	};
	struct drm_asahi_queue_create queue_create = { .vm_id = vm };
	struct drm_asahi_vm_destroy destroy = { .vm_id = vm };
	struct drm_asahi_submit submit = { .queue_id = queue };

	igt_assert_eq(asahi_unbind(from, vm, ASAHI_GPU_BASE, ASAHI_PAGE), -ENOENT);
	asahi_expect(from, DRM_IOCTL_ASAHI_GEM_CREATE, &create, -ENOENT);
	asahi_expect(from, DRM_IOCTL_ASAHI_QUEUE_CREATE, &queue_create, -ENOENT);
	asahi_expect(from, DRM_IOCTL_ASAHI_VM_DESTROY, &destroy, -ENOENT);
	asahi_expect(from, DRM_IOCTL_ASAHI_SUBMIT, &submit, -ENOENT);
}

static void foreign_ids(void)
{
	uint32_t vm = asahi_vm_create(fd), queue = asahi_queue_create(fd, vm, 0);
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, 0, 0), others;
	int other = drm_open_driver_render(DRIVER_ASAHI);

	ids_expect_unknown(other, vm, queue);
	others = asahi_vm_create(other);
	igt_assert_eq(asahi_bind(other, others, bo, 0, ASAHI_GPU_BASE, ASAHI_PAGE, ASAHI_RW),
		      -ENOENT);
	drm_close_driver(other);

	asahi_bo_close(fd, bo);
	asahi_queue_destroy(fd, queue);
	asahi_vm_destroy(fd, vm);
	ids_expect_unknown(fd, vm, queue);
}

static void unknown_ioctl(void)
{
	uint8_t arg[64] = { 0 };

	for (unsigned int nr = DRM_COMMAND_BASE + 0xb; nr < DRM_COMMAND_END; nr++)
		asahi_expect(fd, DRM_IOWR(nr, arg), arg, -EINVAL);
}

static const uint32_t for_the_authenticated[] = {
	DRM_IOCTL_ASAHI_GET_TIME, DRM_IOCTL_ASAHI_VM_CREATE, DRM_IOCTL_ASAHI_VM_DESTROY,
	DRM_IOCTL_ASAHI_VM_BIND, DRM_IOCTL_ASAHI_GEM_CREATE, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET,
	DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, DRM_IOCTL_ASAHI_QUEUE_CREATE,
	DRM_IOCTL_ASAHI_QUEUE_DESTROY, DRM_IOCTL_ASAHI_SUBMIT,
};

/* Nobody special, on a primary node of which somebody else is the master. Counts surprises. */
static int count_surprises(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];
	struct drm_asahi_get_params get = { 0 };
	int master, nobody, n_bad = 0;
	uint8_t arg[64] = { 0 };

	if (syscall(SYS_capget, &header, caps))
		return 100;
	caps[0].effective &= ~(1u << CAP_SYS_ADMIN);
	if (syscall(SYS_capset, &header, caps))
		return 101;
	master = asahi_open_primary(fd);
	nobody = asahi_open_primary(fd);
	n_bad += !!asahi_ioctl(nobody, DRM_IOCTL_ASAHI_GET_PARAMS, &get);
	for (size_t n = 0; n < sizeof(for_the_authenticated) / sizeof(uint32_t); n++)
		n_bad += asahi_ioctl(nobody, for_the_authenticated[n], arg) != -EACCES;
	close(nobody);
	close(master);
	return n_bad;
}

static void authentication(void)
{
	pid_t child = fork();
	int status;

	igt_assert(child >= 0);
	if (!child)
		_exit(count_surprises());
	igt_assert(waitpid(child, &status, 0) == child);
	igt_assert_f(WIFEXITED(status) && !WEXITSTATUS(status), "%d calls", WEXITSTATUS(status));
}

static void many(void)
{
	int other = drm_open_driver_render(DRIVER_ASAHI);
	uint32_t vm, last = 0;

	for (int n = 0; n < 300; n++) {
		vm = asahi_vm_create(other);
		igt_assert(vm > last);
		last = vm;
	}
	drm_close_driver(other);
}

int igt_main()
{
	igt_fixture() {
		fd = drm_open_driver_render(DRIVER_ASAHI);
		params = asahi_params(fd);
	}

	igt_describe("parameters are what Mesa can live with");
	igt_subtest("params-values")
		params_values();
	igt_describe("short and long buffers");
	igt_subtest("params-sizes")
		params_sizes();
	igt_subtest("params-bad")
		params_bad();
	igt_subtest("time-grows")
		time_grows();
	igt_subtest("create-ids")
		create_ids();
	igt_subtest("create-bad")
		create_bad();
	igt_subtest("create-ranges")
		create_ranges();
	igt_subtest("destroy-bad")
		destroy_bad();
	igt_subtest("destroy-under-queue")
		destroy_under_queue();
	igt_subtest("many")
		many();
	igt_describe("ids of another file, and of what was destroyed");
	igt_subtest("foreign-ids")
		foreign_ids();
	igt_subtest("unknown-ioctl")
		unknown_ioctl();
	igt_describe("the primary node without authentication");
	igt_subtest("authentication")
		authentication();

	igt_fixture()
		drm_close_driver(fd);
}
