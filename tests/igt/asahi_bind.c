// SPDX-License-Identifier: GPL-2.0
/* VM_BIND: what it refuses, and what the GPU reads afterwards. */
#include <string.h>
#include <sys/mman.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("VM_BIND: what it refuses, and what the GPU reads afterwards");

#define TARGET	0x2000000000ull
#define PAGES	8

static int fd = -1;
static struct drm_asahi_params_global params;

/* A buffer whose pages begin with a number of their own: @tag, @tag + 1, ... */
static uint32_t tagged_bo(uint32_t tag, unsigned int pages, uint32_t vm)
{
	uint32_t bo = asahi_bo_create(fd, pages * ASAHI_PAGE,
				      DRM_ASAHI_GEM_WRITEBACK |
					      (vm ? DRM_ASAHI_GEM_VM_PRIVATE : 0), vm);
	uint32_t *words = asahi_bo_map(fd, bo, pages * ASAHI_PAGE);

	for (unsigned int n = 0; n < pages; n++)
		words[n * ASAHI_PAGE / 4] = tag + n;
	munmap(words, pages * ASAHI_PAGE);
	return bo;
}

/* The pages from TARGET on as the GPU reads them; 0: nothing is mapped. */
static void expect_pages(struct asahi_gpu *gpu, const uint32_t *tags, unsigned int count)
{
	for (unsigned int n = 0; n < count; n++) {
		uint32_t got = asahi_gpu_read(gpu, TARGET + n * ASAHI_PAGE);

		igt_assert_f(got == tags[n], "page %u is %#x, not %#x", n, got, tags[n]);
	}
}

static void basic(void)
{
	const uint32_t mapped[] = { 100, 101, 102, 103, 0 }, part[] = { 100, 0, 0, 103, 0 };
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, fd);
	bo = tagged_bo(100, 4, gpu.vm);
	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, TARGET, 4 * ASAHI_PAGE, ASAHI_RW), 0);
	expect_pages(&gpu, mapped, 5);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, TARGET + ASAHI_PAGE, 2 * ASAHI_PAGE), 0);
	expect_pages(&gpu, part, 5);
	asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

/* Mesa unbinds the guard page too, which never was mapped; holes are as good. */
static void unbind_holes(void)
{
	const uint32_t nothing[PAGES] = { 0 };
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, fd);
	bo = tagged_bo(100, 4, gpu.vm);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, TARGET, PAGES * ASAHI_PAGE), 0);
	for (int n = 0; n < 4; n++)
		igt_assert_eq(asahi_bind(fd, gpu.vm, bo, n * ASAHI_PAGE,
					 TARGET + 2 * n * ASAHI_PAGE, ASAHI_PAGE, ASAHI_RW), 0);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, TARGET, 16 * ASAHI_PAGE), 0);
	expect_pages(&gpu, nothing, PAGES);
	asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

/* A mapping replaces what was there, in the middle, across an edge, and all of it. */
static void replace(void)
{
	const uint32_t middle[] = { 100, 101, 202, 203, 104, 105, 106, 107 };
	const uint32_t edge[] = { 100, 101, 202, 300, 301, 105, 106, 107 };
	const uint32_t whole[] = { 400, 401, 402, 403, 404, 405, 406, 407 };
	struct asahi_gpu gpu;
	uint32_t a, b, c, d;

	asahi_gpu_init(&gpu, fd);
	a = tagged_bo(100, PAGES, gpu.vm);
	b = tagged_bo(200, PAGES, gpu.vm);
	c = tagged_bo(300, 2, 0);
	d = tagged_bo(400, PAGES, 0);
	igt_assert_eq(asahi_bind(fd, gpu.vm, a, 0, TARGET, PAGES * ASAHI_PAGE, ASAHI_RW), 0);
	igt_assert_eq(asahi_bind(fd, gpu.vm, b, 2 * ASAHI_PAGE, TARGET + 2 * ASAHI_PAGE,
				 2 * ASAHI_PAGE, ASAHI_RW), 0);
	expect_pages(&gpu, middle, PAGES);
	igt_assert_eq(asahi_bind(fd, gpu.vm, c, 0, TARGET + 3 * ASAHI_PAGE, 2 * ASAHI_PAGE,
				 ASAHI_RW), 0);
	expect_pages(&gpu, edge, PAGES);
	igt_assert_eq(asahi_bind(fd, gpu.vm, d, 0, TARGET, PAGES * ASAHI_PAGE, ASAHI_RW), 0);
	expect_pages(&gpu, whole, PAGES);
	for (uint32_t bo = a; bo <= d; bo++)
		asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

/* One page over a range; a hole in the middle leaves both sides as they were. */
static void single_page(void)
{
	const uint32_t all[] = { 102, 102, 102, 102, 102, 102, 102, 102 };
	const uint32_t hole[] = { 102, 102, 0, 102, 102, 102, 102, 102 };
	const uint32_t both[] = { 102, 102, 0, 102, 102, 200, 102, 102 };
	struct asahi_gpu gpu;
	uint32_t a, b;

	asahi_gpu_init(&gpu, fd);
	a = tagged_bo(100, 3, gpu.vm);
	b = tagged_bo(200, 1, gpu.vm);
	igt_assert_eq(asahi_bind(fd, gpu.vm, a, 2 * ASAHI_PAGE, TARGET, PAGES * ASAHI_PAGE,
				 ASAHI_RW | DRM_ASAHI_BIND_SINGLE_PAGE), 0);
	expect_pages(&gpu, all, PAGES);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, TARGET + 2 * ASAHI_PAGE, ASAHI_PAGE), 0);
	expect_pages(&gpu, hole, PAGES);
	igt_assert_eq(asahi_bind(fd, gpu.vm, b, 0, TARGET + 5 * ASAHI_PAGE, ASAHI_PAGE, ASAHI_RW),
		      0);
	expect_pages(&gpu, both, PAGES);
	asahi_bo_close(fd, a);
	asahi_bo_close(fd, b);
	asahi_gpu_fini(&gpu);
}

/* Gigabytes of one page, as sparse resources have them. */
static void single_page_huge(void)
{
	uint64_t size = 1ull << 30;
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, fd);
	bo = tagged_bo(77, 1, gpu.vm);
	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, TARGET, size,
				 DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_SINGLE_PAGE), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 77);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + size / 2), 77);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + size - ASAHI_PAGE), 77);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + size), 0);
	igt_assert_eq(asahi_unbind(fd, gpu.vm, TARGET, size), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + size / 2), 0);
	asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

static void permissions(void)
{
	struct asahi_gpu gpu;
	uint64_t copy;
	uint32_t *words, bo;

	asahi_gpu_init(&gpu, fd);
	bo = asahi_bo_create(fd, ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0);
	words = asahi_bo_map(fd, bo, ASAHI_PAGE);
	words[0] = 5;
	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, TARGET, ASAHI_PAGE, DRM_ASAHI_BIND_READ), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 5);
	igt_assert_eq(asahi_gpu_write(&gpu, TARGET, 6), -EIO);
	igt_assert_eq_u32(words[0], 5);

	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, TARGET, ASAHI_PAGE, DRM_ASAHI_BIND_WRITE), 0);
	igt_assert_eq(asahi_gpu_write(&gpu, TARGET, 7), 0);
	igt_assert_eq_u32(words[0], 7);
	copy = asahi_gpu_program(&gpu, 0, ASAHI_COPY, TARGET, gpu.base + ASAHI_GPU_FREE);
	igt_assert_eq(asahi_gpu_run(&gpu, copy), -EIO);

	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, TARGET, ASAHI_PAGE, ASAHI_RW), 0);
	igt_assert_eq(asahi_gpu_write(&gpu, TARGET, 8), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 8);
	munmap(words, ASAHI_PAGE);
	asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

/* One object at many addresses and in two address spaces: all see the same memory. */
static void aliases(void)
{
	struct asahi_gpu one, two;
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, 0, 0);

	asahi_gpu_init(&one, fd);
	asahi_gpu_init(&two, fd);
	for (unsigned int n = 0; n < 100; n++)
		igt_assert_eq(asahi_bind(fd, one.vm, bo, 0, TARGET + n * 0x2000000ull, ASAHI_PAGE,
					 ASAHI_RW), 0);
	igt_assert_eq(asahi_bind(fd, two.vm, bo, 0, TARGET, ASAHI_PAGE, DRM_ASAHI_BIND_READ), 0);
	igt_assert_eq(asahi_gpu_write(&one, TARGET + 3 * 0x2000000ull, 0x1234), 0);
	igt_assert_eq_u32(asahi_gpu_read(&one, TARGET + 99 * 0x2000000ull), 0x1234);
	igt_assert_eq_u32(asahi_gpu_read(&two, TARGET), 0x1234);

	/* The handle goes, and all mappings of the file with it. */
	asahi_bo_close(fd, bo);
	igt_assert_eq_u32(asahi_gpu_read(&one, TARGET + 99 * 0x2000000ull), 0);
	igt_assert_eq_u32(asahi_gpu_read(&two, TARGET), 0);
	asahi_gpu_fini(&one);
	asahi_gpu_fini(&two);
}

/* The same address shows another buffer after each ioctl: no translation may be left over. */
static void rebind(void)
{
	struct asahi_gpu gpu;
	uint32_t a, b;

	asahi_gpu_init(&gpu, fd);
	a = tagged_bo(100, 1, gpu.vm);
	b = tagged_bo(200, 1, gpu.vm);
	for (int n = 0; n < 50; n++) {
		igt_assert_eq(asahi_bind(fd, gpu.vm, n & 1 ? b : a, 0, TARGET, ASAHI_PAGE, ASAHI_RW),
			      0);
		igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), n & 1 ? 200 : 100);
	}
	asahi_bo_close(fd, a);
	asahi_bo_close(fd, b);
	asahi_gpu_fini(&gpu);
}

static int bind_many(uint32_t vm, void *ops, uint32_t count, uint32_t stride)
{
	struct drm_asahi_vm_bind arg = {
		.vm_id = vm, .num_binds = count, .stride = stride, .userptr = (uintptr_t)ops,
	};

	return asahi_ioctl(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg);
}

#define MANY	1000

/* A thousand operations in one call, carried out in their order. */
static void thousand(void)
{
	static struct drm_asahi_gem_bind_op ops[MANY];
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, fd);
	bo = tagged_bo(100, 4, gpu.vm);
	for (unsigned int n = 0; n < MANY; n++)
		ops[n] = (struct drm_asahi_gem_bind_op){
			.flags = ASAHI_RW, .handle = bo, .offset = n % 4 * ASAHI_PAGE,
			.range = ASAHI_PAGE, .addr = TARGET + n * ASAHI_PAGE,
		};
	/* The last one takes the first one's place. */
	ops[MANY - 1].addr = TARGET;
	igt_assert_eq(bind_many(gpu.vm, ops, MANY, sizeof(ops[0])), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 103);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + 501 * ASAHI_PAGE), 101);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + (MANY - 2) * ASAHI_PAGE), 102);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + (MANY - 1) * ASAHI_PAGE), 0);
	for (unsigned int n = 0; n < MANY; n++)
		ops[n] = (struct drm_asahi_gem_bind_op){
			.flags = DRM_ASAHI_BIND_UNBIND, .range = ASAHI_PAGE,
			.addr = TARGET + n * ASAHI_PAGE,
		};
	igt_assert_eq(bind_many(gpu.vm, ops, MANY, sizeof(ops[0])), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 0);
	asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

/* A bad operation at the end: none of those before it was done. */
static void all_or_nothing(void)
{
	struct drm_asahi_gem_bind_op ops[4] = { 0 };
	struct asahi_gpu gpu;
	uint32_t a, b;

	asahi_gpu_init(&gpu, fd);
	a = tagged_bo(100, 4, gpu.vm);
	b = tagged_bo(200, 4, gpu.vm);
	igt_assert_eq(asahi_bind(fd, gpu.vm, a, 0, TARGET, ASAHI_PAGE, ASAHI_RW), 0);
	for (unsigned int n = 0; n < 4; n++)
		ops[n] = (struct drm_asahi_gem_bind_op){
			.flags = ASAHI_RW, .handle = b, .offset = n * ASAHI_PAGE,
			.range = ASAHI_PAGE, .addr = TARGET + n * ASAHI_PAGE,
		};
	ops[3].handle = 0xdeadbeef;
	igt_assert_eq(bind_many(gpu.vm, ops, 4, sizeof(ops[0])), -ENOENT);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 100);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + ASAHI_PAGE), 0);
	ops[3].handle = b;
	ops[3].range = 2 * ASAHI_PAGE;
	igt_assert_eq(bind_many(gpu.vm, ops, 4, sizeof(ops[0])), -EINVAL);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 100);
	ops[3].range = ASAHI_PAGE;
	igt_assert_eq(bind_many(gpu.vm, ops, 4, sizeof(ops[0])), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET), 200);
	asahi_bo_close(fd, a);
	asahi_bo_close(fd, b);
	asahi_gpu_fini(&gpu);
}

/* Structures that grew: a longer one is fine while the rest of it is zeros. */
static void strides(void)
{
	struct {
		struct drm_asahi_gem_bind_op op;
		uint64_t more;
	} ops[2] = { 0 };
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, fd);
	bo = tagged_bo(100, 2, gpu.vm);
	for (unsigned int n = 0; n < 2; n++)
		ops[n].op = (struct drm_asahi_gem_bind_op){
			.flags = ASAHI_RW, .handle = bo, .offset = n * ASAHI_PAGE,
			.range = ASAHI_PAGE, .addr = TARGET + n * ASAHI_PAGE,
		};
	igt_assert_eq(bind_many(gpu.vm, ops, 2, sizeof(ops[0])), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, TARGET + ASAHI_PAGE), 101);
	ops[1].more = 1;
	igt_assert_f(bind_many(gpu.vm, ops, 2, sizeof(ops[0])) < 0, "what is unknown is not zero");
	/* Without an address it is zero, which nobody can have. */
	igt_assert_eq(bind_many(gpu.vm, ops, 1, 24), -EINVAL);
	asahi_bo_close(fd, bo);
	asahi_gpu_fini(&gpu);
}

static void bad_call(void)
{
	struct drm_asahi_gem_bind_op op = {
		.flags = DRM_ASAHI_BIND_UNBIND, .range = ASAHI_PAGE, .addr = TARGET,
	};
	const uint32_t vm = asahi_vm_create(fd);
	const struct drm_asahi_vm_bind good = {
		.vm_id = vm, .num_binds = 1, .stride = sizeof(op), .userptr = (uintptr_t)&op,
	};
	struct drm_asahi_vm_bind arg = good;

	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, 0);
	arg.stride = 0;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -EINVAL);
	arg = good;
	arg.pad = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -EINVAL);
	arg = good;
	arg.vm_id = 0;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -ENOENT);
	arg.vm_id = 0xdeadbeef;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -ENOENT);
	arg = good;
	arg.num_binds = 0;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, 0);
	arg = good;
	arg.userptr = 8;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -EFAULT);
	/* 2^28 bytes times 16: in 32 bits that is nothing. And no end of zeros to look through. */
	arg = good;
	arg.stride = 1u << 28;
	arg.num_binds = 1u << 4;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -E2BIG);
	arg.stride = 8192;
	arg.num_binds = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -E2BIG);
	arg.stride = ~0u;
	arg.num_binds = ~0u;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -EINVAL);
	/* The array ends beyond the top of the address space. */
	arg = good;
	arg.userptr = ~0ull - 0xfff;
	arg.num_binds = 1000;
	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg, -EINVAL);
	asahi_vm_destroy(fd, vm);
}

static void bad_operation(void)
{
	uint32_t vm = asahi_vm_create(fd), bo = asahi_bo_create(fd, 4 * ASAHI_PAGE, 0, 0);
	uint32_t other = asahi_vm_create(fd);
	uint32_t foreign = asahi_bo_create(fd, ASAHI_PAGE, DRM_ASAHI_GEM_VM_PRIVATE, other);
	const uint64_t kernel = params.vm_end - params.vm_kernel_min_size;
	const uint32_t single = ASAHI_RW | DRM_ASAHI_BIND_SINGLE_PAGE;
	const uint32_t unbind = DRM_ASAHI_BIND_UNBIND;
	const uint64_t p = ASAHI_PAGE, top = ~0ull & ~(p - 1);
	const struct {
		const char *what;
		int error;
		struct drm_asahi_gem_bind_op op; /* flags, handle, offset, range, addr */
	} bad[] = {
		{ "no access", -EINVAL, { 0, bo, 0, p, TARGET } },
		{ "single page without access", -EINVAL,
		  { DRM_ASAHI_BIND_SINGLE_PAGE, bo, 0, p, TARGET } },
		{ "unknown flag", -EINVAL, { ASAHI_RW | 16, bo, 0, p, TARGET } },
		{ "highest flag", -EINVAL, { ASAHI_RW | 1u << 31, bo, 0, p, TARGET } },
		{ "address not aligned", -EINVAL, { ASAHI_RW, bo, 0, p, TARGET + 0x1000 } },
		{ "range not aligned", -EINVAL, { ASAHI_RW, bo, 0, 0x1000, TARGET } },
		{ "offset not aligned", -EINVAL, { ASAHI_RW, bo, 0x1000, p, TARGET } },
		{ "range 0", -EINVAL, { ASAHI_RW, bo, 0, 0, TARGET } },
		{ "below the start", -EINVAL, { ASAHI_RW, bo, 0, p, 0 } },
		{ "kernel's range", -EINVAL, { ASAHI_RW, bo, 0, p, kernel } },
		{ "into the kernel's range", -EINVAL, { ASAHI_RW, bo, 0, 2 * p, kernel - p } },
		{ "over the kernel's range", -EINVAL,
		  { single, bo, 0, params.vm_kernel_min_size + 2 * p, kernel - p } },
		{ "past the end", -EINVAL, { ASAHI_RW, bo, 0, p, params.vm_end } },
		{ "far past the end", -EINVAL, { ASAHI_RW, bo, 0, p, 1ull << 48 } },
		{ "address wraps", -EINVAL, { single, bo, 0, 2 * p, top } },
		{ "range wraps", -EINVAL, { single, bo, 0, top, TARGET } },
		{ "longer than the object", -EINVAL, { ASAHI_RW, bo, 0, 5 * p, TARGET } },
		{ "past the object", -EINVAL, { ASAHI_RW, bo, 4 * p, p, TARGET } },
		{ "offset wraps", -EINVAL, { ASAHI_RW, bo, top, 2 * p, TARGET } },
		{ "single page past the object", -EINVAL, { single, bo, 4 * p, p, TARGET } },
		{ "single page at the top", -EINVAL, { single, bo, top, p, TARGET } },
		{ "no handle", -ENOENT, { ASAHI_RW, 0, 0, p, TARGET } },
		{ "unknown handle", -ENOENT, { ASAHI_RW, 0xdeadbeef, 0, p, TARGET } },
		{ "another space's object", -EINVAL, { ASAHI_RW, foreign, 0, p, TARGET } },
		{ "unbind and read", -EINVAL,
		  { unbind | DRM_ASAHI_BIND_READ, 0, 0, p, TARGET } },
		{ "unbind a single page", -EINVAL,
		  { unbind | DRM_ASAHI_BIND_SINGLE_PAGE, 0, 0, p, TARGET } },
		{ "unbind with a handle", -EINVAL, { unbind, bo, 0, p, TARGET } },
		{ "unbind with an offset", -EINVAL, { unbind, 0, p, p, TARGET } },
		{ "unbind range 0", -EINVAL, { unbind, 0, 0, 0, TARGET } },
		{ "unbind not aligned", -EINVAL, { unbind, 0, 0, p, TARGET + 0x1000 } },
		{ "unbind half a page", -EINVAL, { unbind, 0, 0, p / 2, TARGET } },
		{ "unbind below the start", -EINVAL, { unbind, 0, 0, p, 0 } },
		{ "unbind the kernel's range", -EINVAL, { unbind, 0, 0, p, kernel } },
		{ "unbind everything", -EINVAL,
		  { unbind, 0, 0, params.vm_end - params.vm_start, params.vm_start } },
		{ "unbind, wraps", -EINVAL, { unbind, 0, 0, 2 * p, top } },
	};

	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_gem_bind_op op = bad[n].op;
		int ret = bind_many(vm, &op, 1, sizeof(op));

		igt_assert_f(ret == bad[n].error, "%s: %d, not %d", bad[n].what, ret, bad[n].error);
	}
	asahi_bo_close(fd, bo);
	asahi_bo_close(fd, foreign);
	asahi_vm_destroy(fd, vm);
	asahi_vm_destroy(fd, other);
}

int igt_main()
{
	igt_fixture() {
		fd = drm_open_driver_render(DRIVER_ASAHI);
		params = asahi_params(fd);
	}

	igt_describe("bind, read through the GPU, unbind a part");
	igt_subtest("basic")
		basic();
	igt_subtest("unbind-holes")
		unbind_holes();
	igt_subtest("replace")
		replace();
	igt_describe("a repeated page survives that its mapping is split");
	igt_subtest("single-page")
		single_page();
	igt_subtest("single-page-huge")
		single_page_huge();
	igt_subtest("permissions")
		permissions();
	igt_subtest("aliases")
		aliases();
	igt_subtest("rebind")
		rebind();
	igt_subtest("thousand")
		thousand();
	igt_subtest("all-or-nothing")
		all_or_nothing();
	igt_subtest("strides")
		strides();
	igt_subtest("bad-call")
		bad_call();
	igt_subtest("bad-operation")
		bad_operation();

	igt_fixture()
		drm_close_driver(fd);
}
