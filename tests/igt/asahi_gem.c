// SPDX-License-Identifier: GPL-2.0
/* Buffers: creation, mapping, sharing, timestamp objects. */
#include <fcntl.h>
#include <inttypes.h>
#include <linux/udmabuf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("Buffers: creation, mapping, sharing, timestamp objects");

static int fd = -1;

static void create_bad(void)
{
	const struct {
		const char *what;
		int error;
		struct drm_asahi_gem_create arg; /* size, flags, vm_id, handle, pad */
	} bad[] = {
		{ "size 0", -EINVAL, { 0, 0, 0, 0, 0 } },
		{ "pad", -EINVAL, { ASAHI_PAGE, 0, 0, 0, 1 } },
		{ "unknown flag", -EINVAL, { ASAHI_PAGE, 4, 0, 0, 0 } },
		{ "highest flag", -EINVAL, { ASAHI_PAGE, 1u << 31, 0, 0, 0 } },
		{ "address space of a shared buffer", -EINVAL, { ASAHI_PAGE, 0, 1, 0, 0 } },
		{ "private to no address space", -ENOENT,
		  { ASAHI_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, 0, 0, 0 } },
		{ "private to an unknown one", -ENOENT,
		  { ASAHI_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, 0xdeadbeef, 0, 0 } },
	};
	const uint64_t huge[] = { ~0ull, ~0ull - 0x3ffe, 1ull << 63 };
	struct drm_asahi_gem_create large = { .size = 1ull << 50 };

	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_gem_create arg = bad[n].arg;
		int ret = asahi_ioctl(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &arg);

		igt_assert_f(ret == bad[n].error, "%s: %d, not %d", bad[n].what, ret, bad[n].error);
	}
	for (size_t n = 0; n < sizeof(huge) / sizeof(huge[0]); n++) {
		struct drm_asahi_gem_create arg = { .size = huge[n] };

		asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &arg, -EINVAL);
	}
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &large, -ENOMEM);
}

static void mmap_bad(void)
{
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, 0, 0);
	struct drm_asahi_gem_mmap_offset arg = { .handle = bo, .flags = 1 };
	int other = drm_open_driver_render(DRIVER_ASAHI);

	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &arg, -EINVAL);
	arg.flags = 0;
	asahi_expect(other, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &arg, -ENOENT);
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &arg, 0);
	/* The offset is of no use to a file without the object. */
	igt_assert(mmap(NULL, ASAHI_PAGE, PROT_READ, MAP_SHARED, other, arg.offset) == MAP_FAILED);
	igt_assert(mmap(NULL, 2 * ASAHI_PAGE, PROT_READ, MAP_SHARED, fd, arg.offset) == MAP_FAILED);
	arg.handle = 0;
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &arg, -ENOENT);
	arg.handle = 0xdeadbeef;
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &arg, -ENOENT);
	drm_close_driver(other);
	asahi_bo_close(fd, bo);
}

static bool all_zeros(const uint8_t *bytes, size_t size)
{
	for (size_t n = 0; n < size; n++) {
		if (bytes[n])
			return false;
	}
	return true;
}

/* Memory that somebody else had filled. */
static void zeroed(void)
{
	const uint64_t size = 1 << 20;

	for (int n = 0; n < 8; n++) {
		uint32_t bo = asahi_bo_create(fd, size, n & 1 ? DRM_ASAHI_GEM_WRITEBACK : 0, 0);
		uint8_t *bytes = asahi_bo_map(fd, bo, size);

		igt_assert(all_zeros(bytes, size));
		memset(bytes, 0x5a, size);
		munmap(bytes, size);
		asahi_bo_close(fd, bo);
	}
}

/* Sizes are rounded up to whole GPU pages, for the CPU as for the GPU. */
static void rounding(void)
{
	uint64_t sizes[] = { 1, ASAHI_PAGE - 1, ASAHI_PAGE, ASAHI_PAGE + 1 };
	uint32_t vm = asahi_vm_create(fd);

	for (int n = 0; n < 4; n++) {
		uint64_t size = (sizes[n] + ASAHI_PAGE - 1) & ~(ASAHI_PAGE - 1);
		uint32_t bo = asahi_bo_create(fd, sizes[n], 0, 0);
		uint8_t *bytes = asahi_bo_map(fd, bo, size);

		bytes[size - 1] = 1;
		munmap(bytes, size);
		igt_assert_eq(asahi_bind(fd, vm, bo, 0, ASAHI_GPU_BASE, size, ASAHI_RW), 0);
		igt_assert_eq(asahi_bind(fd, vm, bo, 0, ASAHI_GPU_BASE, size + ASAHI_PAGE, ASAHI_RW),
			      -EINVAL);
		asahi_bo_close(fd, bo);
	}
	asahi_vm_destroy(fd, vm);
}

/* What the CPU writes the GPU reads, and the other way, whatever the caching. */
static void coherent(void)
{
	struct asahi_gpu gpu;
	uint32_t flags[] = { 0, DRM_ASAHI_GEM_WRITEBACK };

	asahi_gpu_init(&gpu, fd);
	for (int n = 0; n < 2; n++) {
		uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, flags[n], 0);
		uint32_t *words = asahi_bo_map(fd, bo, ASAHI_PAGE);
		uint64_t at = 0x2000000000ull + n * 0x100000;

		igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, at, ASAHI_PAGE, ASAHI_RW), 0);
		for (uint32_t turn = 1; turn < 20; turn++) {
			words[turn] = turn * 3;
			igt_assert_eq_u32(asahi_gpu_read(&gpu, at + turn * 4), turn * 3);
			igt_assert_eq(asahi_gpu_write(&gpu, at + 400, turn), 0);
			igt_assert_eq_u32(words[100], turn);
		}
		munmap(words, ASAHI_PAGE);
		asahi_bo_close(fd, bo);
	}
	asahi_gpu_fini(&gpu);
}

/* A mapping outlives its handle. */
static void map_outlives(void)
{
	uint32_t bo = asahi_bo_create(fd, 4 * ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0);
	uint32_t *words = asahi_bo_map(fd, bo, 4 * ASAHI_PAGE);

	words[0] = 1;
	asahi_bo_close(fd, bo);
	words[ASAHI_PAGE] = 2;
	igt_assert_eq(words[0] + words[ASAHI_PAGE], 3);
	munmap(words, 4 * ASAHI_PAGE);
}

static void private_stays(void)
{
	uint32_t vm = asahi_vm_create(fd);
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, vm);
	int file = -1;

	igt_assert_neq(drmPrimeHandleToFD(fd, bo, DRM_CLOEXEC | DRM_RDWR, &file), 0);
	igt_assert_eq(errno, EINVAL);
	asahi_bo_close(fd, bo);
	asahi_vm_destroy(fd, vm);
}

static int open_name(int file, uint32_t name)
{
	struct drm_gem_open arg = { .name = name };
	int ret = asahi_ioctl(file, DRM_IOCTL_GEM_OPEN, &arg);

	if (!ret)
		asahi_bo_close(file, arg.handle);
	return ret;
}

/* Names are the old way to share: not for private objects either. */
static void private_has_no_name(void)
{
	int here = asahi_open_primary(fd), there = asahi_open_primary(fd);
	uint32_t vm = asahi_vm_create(here);
	struct drm_gem_flink shared = { .handle = asahi_bo_create(here, ASAHI_PAGE, 0, 0) };
	struct drm_gem_flink private = {
		.handle = asahi_bo_create(here, ASAHI_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, vm),
	};

	asahi_expect(here, DRM_IOCTL_GEM_FLINK, &shared, 0);
	igt_assert_eq(open_name(there, shared.name), 0);
	if (!asahi_ioctl(here, DRM_IOCTL_GEM_FLINK, &private))
		igt_assert_eq(open_name(there, private.name), -EPERM);
	close(there);
	close(here);
}

/* Memory comes with the first use. What is idle and zero goes when somebody needs it. */
#define IDLE_SIZE	(2048 * ASAHI_PAGE)

static void reclaim(void)
{
	FILE *file = fopen("/proc/sys/vm/drop_caches", "w");

	igt_require_f(file, "drop_caches");
	igt_assert(fputs("2\n", file) >= 0);
	igt_assert_eq(fclose(file), 0);
}

static void expect_resident(const char *when, uint64_t wanted)
{
	uint64_t got = asahi_counter(fd, "resident_pages");

	igt_assert_f(got == wanted, "%s: %" PRIu64 " pages are there, not %" PRIu64, when, got,
		     wanted);
}

/* Two words, far from each other; 0: none. */
static void poke_words(uint32_t bo, uint32_t first, uint32_t last)
{
	uint32_t *words = asahi_bo_map(fd, bo, IDLE_SIZE);

	words[5] = first;
	words[IDLE_SIZE / 4 - 1] = last;
	munmap(words, IDLE_SIZE);
}

static void idle_memory(void)
{
	uint64_t pages = IDLE_SIZE / sysconf(_SC_PAGESIZE), at = 0x2000000000ull, none, all;
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, fd);
	reclaim();
	none = asahi_counter(fd, "resident_pages");
	all = none + pages;
	bo = asahi_bo_create(fd, IDLE_SIZE, DRM_ASAHI_GEM_VM_PRIVATE, gpu.vm);
	expect_resident("never used", none);
	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, at, IDLE_SIZE, ASAHI_RW), 0);
	reclaim();
	expect_resident("bound", all);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, at, ASAHI_PAGE), 0);
	reclaim();
	expect_resident("bound in part", all);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, at, IDLE_SIZE), 0);
	expect_resident("idle", all);
	reclaim();
	expect_resident("idle, under pressure", none);

	poke_words(bo, 77, 78);
	reclaim();
	expect_resident("idle, with contents", all);
	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, at, IDLE_SIZE, ASAHI_RW), 0);
	reclaim();
	igt_assert_eq_u32(asahi_gpu_read(&gpu, at + 20), 77);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, at + IDLE_SIZE - 4), 78);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, at, IDLE_SIZE), 0);
	poke_words(bo, 0, 0);
	reclaim();
	expect_resident("idle, zero again", none);
	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, at, IDLE_SIZE, ASAHI_RW), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, at + 20), 0);
	asahi_bo_close(fd, bo);
	expect_resident("closed", none);
	asahi_gpu_fini(&gpu);
}

/* An importer is a user, too, and so is a mapping that was handed on. */
static void idle_shared(void)
{
	uint64_t pages = 4 * ASAHI_PAGE / sysconf(_SC_PAGESIZE), none;
	uint32_t bo = asahi_bo_create(fd, 4 * ASAHI_PAGE, 0, 0);
	uint32_t *words;
	int file;

	reclaim();
	none = asahi_counter(fd, "resident_pages");
	igt_assert_eq(drmPrimeHandleToFD(fd, bo, DRM_CLOEXEC | DRM_RDWR, &file), 0);
	words = mmap(NULL, 4 * ASAHI_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	igt_assert(words != MAP_FAILED);
	expect_resident("mapped through the dma-buf", none + pages);
	close(file);
	asahi_bo_close(fd, bo);
	/* A hole in the middle makes two areas of one. */
	munmap(words + ASAHI_PAGE / 4, ASAHI_PAGE);
	reclaim();
	expect_resident("two areas left", none + pages);
	words[0] = 1;
	munmap(words, ASAHI_PAGE);
	igt_assert_eq(words[3 * ASAHI_PAGE / 4], 0);
	munmap(words + ASAHI_PAGE / 2, 2 * ASAHI_PAGE);
	expect_resident("none left", none);
}

/* Between two files: the same memory, on the CPU and in the other's address space. */
static void sharing(void)
{
	int other = drm_open_driver_render(DRIVER_ASAHI), file;
	uint32_t bo = asahi_bo_create(fd, 2 * ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0), imported;
	uint32_t *here = asahi_bo_map(fd, bo, 2 * ASAHI_PAGE), *there;
	struct asahi_gpu gpu;

	igt_assert_eq(drmPrimeHandleToFD(fd, bo, DRM_CLOEXEC | DRM_RDWR, &file), 0);
	igt_assert(lseek(file, 0, SEEK_END) == 2 * (off_t)ASAHI_PAGE);
	igt_assert_eq(drmPrimeFDToHandle(other, file, &imported), 0);
	close(file);
	there = asahi_bo_map(other, imported, 2 * ASAHI_PAGE);
	here[3] = 33;
	igt_assert_eq_u32(there[3], 33);
	asahi_gpu_init(&gpu, other);
	igt_assert_eq(asahi_bind(other, gpu.vm, imported, 0, 0x2000000000ull, 2 * ASAHI_PAGE,
				 ASAHI_RW), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, 0x2000000000ull + 12), 33);
	asahi_bo_close(fd, bo);
	igt_assert_eq(asahi_gpu_write(&gpu, 0x2000000000ull, 44), 0);
	igt_assert_eq_u32(here[0], 44);
	munmap(here, 2 * ASAHI_PAGE);
	munmap(there, 2 * ASAHI_PAGE);
	asahi_gpu_fini(&gpu);
	asahi_bo_close(other, imported);
	drm_close_driver(other);
}

/* Between two processes, by nothing but the dma-buf. */
static int import_and_store(int file)
{
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, drm_open_driver_render(DRIVER_ASAHI));
	if (drmPrimeFDToHandle(gpu.fd, file, &bo) ||
	    asahi_bind(gpu.fd, gpu.vm, bo, 0, 0x2000000000ull, ASAHI_PAGE, ASAHI_RW) ||
	    asahi_gpu_read(&gpu, 0x2000000000ull) != 33 ||
	    asahi_gpu_write(&gpu, 0x2000000000ull + 4, 44))
		return 1;
	return 0;
}

static void sharing_processes(void)
{
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, 0, 0);
	uint32_t *words = asahi_bo_map(fd, bo, ASAHI_PAGE);
	int file, status;
	pid_t child;

	words[0] = 33;
	igt_assert_eq(drmPrimeHandleToFD(fd, bo, DRM_CLOEXEC | DRM_RDWR, &file), 0);
	child = fork();
	igt_assert(child >= 0);
	if (!child)
		_exit(import_and_store(file));
	igt_assert(waitpid(child, &status, 0) == child);
	igt_assert_eq(status, 0);
	igt_assert_eq_u32(words[1], 44);
	close(file);
	munmap(words, ASAHI_PAGE);
	asahi_bo_close(fd, bo);
}

static void timestamps_bad(void)
{
	uint32_t bo = asahi_bo_create(fd, 2 * ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0), object;
	int other = drm_open_driver_render(DRIVER_ASAHI);
	const uint64_t p = ASAHI_PAGE, top = ~0ull & ~(p - 1);
	const struct {
		const char *what;
		int error;
		/* op, flags, handle, vm_id, offset, range, object_handle, pad */
		struct drm_asahi_gem_bind_object arg;
	} bad[] = {
		{ "unknown op", -EINVAL, { 2, 1, bo, 0, 0, p, 0, 0 } },
		{ "no flags", -EINVAL, { 0, 0, bo, 0, 0, p, 0, 0 } },
		{ "unknown flag", -EINVAL, { 0, 3, bo, 0, 0, p, 0, 0 } },
		{ "address space", -EINVAL, { 0, 1, bo, 1, 0, p, 0, 0 } },
		{ "pad", -EINVAL, { 0, 1, bo, 0, 0, p, 0, 1 } },
		{ "no handle", -ENOENT, { 0, 1, 0, 0, 0, p, 0, 0 } },
		{ "unknown handle", -ENOENT, { 0, 1, 0xdeadbeef, 0, 0, p, 0, 0 } },
		{ "range 0", -EINVAL, { 0, 1, bo, 0, 0, 0, 0, 0 } },
		{ "range not aligned", -EINVAL, { 0, 1, bo, 0, 0, 8, 0, 0 } },
		{ "offset not aligned", -EINVAL, { 0, 1, bo, 0, 0x1000, p, 0, 0 } },
		{ "longer than the buffer", -EINVAL, { 0, 1, bo, 0, 0, 3 * p, 0, 0 } },
		{ "past the buffer", -EINVAL, { 0, 1, bo, 0, 2 * p, p, 0, 0 } },
		{ "wraps", -EINVAL, { 0, 1, bo, 0, top, 2 * p, 0, 0 } },
		{ "unbind none", -ENOENT, { 1, 0, 0, 0, 0, 0, 0, 0 } },
		{ "unbind an unknown one", -ENOENT, { 1, 0, 0, 0, 0, 0, 0xdeadbeef, 0 } },
	};

	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_gem_bind_object arg = bad[n].arg;
		int ret = asahi_ioctl(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &arg);

		igt_assert_f(ret == bad[n].error, "%s: %d, not %d", bad[n].what, ret, bad[n].error);
	}
	object = asahi_timestamps_bind(fd, bo, 0, p);
	for (int n = 0; n < 6; n++) {
		struct drm_asahi_gem_bind_object arg = {
			.op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND,
			.flags = n == 0,
			.handle = n == 1 ? bo : 0,
			.offset = n == 2 ? p : 0,
			.range = n == 3 ? p : 0,
			.object_handle = object,
			.pad = n == 4,
			.vm_id = n == 5,
		};

		asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &arg, -EINVAL);
	}
	{
		struct drm_asahi_gem_bind_object arg = {
			.op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND, .object_handle = object,
		};

		asahi_expect(other, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &arg, -ENOENT);
		asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &arg, 0);
		asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &arg, -ENOENT);
	}
	drm_close_driver(other);
	asahi_bo_close(fd, bo);
}

/* All timestamp objects together have 64 MiB, which is the kernel's own address space. */
static void timestamps_limit(void)
{
	uint64_t size = 1024 * ASAHI_PAGE;
	uint32_t bo = asahi_bo_create(fd, size, 0, 0);
	struct drm_asahi_gem_bind_object more = {
		.op = DRM_ASAHI_BIND_OBJECT_OP_BIND, .handle = bo, .range = ASAHI_PAGE,
		.flags = DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS,
	};
	struct drm_asahi_gem_bind_object unbind = { .op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND };
	uint32_t objects[4];

	for (int n = 0; n < 4; n++)
		objects[n] = asahi_timestamps_bind(fd, bo, 0, size);
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &more, -ENOSPC);
	for (int n = 0; n < 4; n++) {
		unbind.object_handle = objects[n];
		asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &unbind, 0);
	}
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &more, 0);
	unbind.object_handle = more.object_handle;
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &unbind, 0);
	asahi_bo_close(fd, bo);
}

/* Memory of somebody else, in single pages: it can be had, but not be bound. */
static void imported(void)
{
	int udmabuf = open("/dev/udmabuf", O_RDWR | O_CLOEXEC), memory, file;
	struct udmabuf_create create = { .size = ASAHI_PAGE };
	struct drm_asahi_gem_bind_object ts = {
		.op = DRM_ASAHI_BIND_OBJECT_OP_BIND, .range = ASAHI_PAGE,
		.flags = DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS,
	};
	uint32_t bo, vm = asahi_vm_create(fd);
	int ret;

	igt_require_f(udmabuf >= 0, "no /dev/udmabuf");
	memory = memfd_create("asahi_gem", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	igt_assert_fd(memory);
	igt_assert_eq(ftruncate(memory, ASAHI_PAGE), 0);
	igt_assert_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	create.memfd = memory;
	file = ioctl(udmabuf, UDMABUF_CREATE, &create);
	igt_assert_fd(file);
	igt_assert_eq(drmPrimeFDToHandle(fd, file, &bo), 0);
	ts.handle = bo;
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &ts, -EINVAL);
	/* Luck decides whether four pages are next to each other. */
	ret = asahi_bind(fd, vm, bo, 0, ASAHI_GPU_BASE, ASAHI_PAGE, ASAHI_RW);
	igt_assert_f(!ret || ret == -EINVAL, "%d", ret);
	close(file);
	close(memory);
	close(udmabuf);
	asahi_bo_close(fd, bo);
	asahi_vm_destroy(fd, vm);
}

int igt_main()
{
	igt_fixture()
		fd = drm_open_driver_render(DRIVER_ASAHI);

	igt_subtest("create-bad")
		create_bad();
	igt_subtest("mmap-bad")
		mmap_bad();
	igt_subtest("zeroed")
		zeroed();
	igt_subtest("rounding")
		rounding();
	igt_subtest("coherent")
		coherent();
	igt_subtest("map-outlives")
		map_outlives();
	igt_subtest("private-stays")
		private_stays();
	igt_subtest("private-has-no-name")
		private_has_no_name();
	igt_subtest("sharing")
		sharing();
	igt_subtest("sharing-processes")
		sharing_processes();
	igt_subtest("imported")
		imported();
	igt_describe("memory that nobody uses and that holds nothing goes back to the machine");
	igt_subtest("idle-memory")
		idle_memory();
	igt_subtest("idle-shared")
		idle_shared();
	igt_subtest("timestamps-bad")
		timestamps_bad();
	igt_subtest("timestamps-limit")
		timestamps_limit();

	igt_fixture()
		drm_close_driver(fd);
}
