// SPDX-License-Identifier: GPL-2.0
/* Jobs that go wrong: their fence says so, and nobody else notices. */
#include <time.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("Jobs that go wrong: their fence says so, and nobody else notices");

static int fd = -1;
static struct asahi_gpu gpu, bystander;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* The job fails with @error, soon; before, at the same time and after it others do well. */
static void expect_failure(const char *what, uint64_t stream, int error)
{
	double start = seconds();
	int ret;

	igt_assert_eq(asahi_gpu_start(&bystander,
		asahi_gpu_program(&bystander, 1, ASAHI_FILL, 0x77,
				  bystander.base + ASAHI_GPU_FREE)), 0);
	ret = asahi_gpu_run(&gpu, stream);
	igt_assert_f(ret == error, "%s: %d, not %d", what, ret, error);
	igt_info("%s: %.3f s\n", what, seconds() - start);
	igt_assert_f(seconds() - start < 5, "%s: took %.1f s", what, seconds() - start);
	igt_assert_eq(asahi_gpu_wait(&bystander), 0);
	igt_assert_eq(asahi_gpu_write(&bystander, bystander.base + ASAHI_GPU_FREE, 0x78), 0);
	/* The queue is not banned. */
	igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, 0x79), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, gpu.base + ASAHI_GPU_FREE), 0x79);
}

static uint32_t *words_at(uint64_t offset)
{
	return (uint32_t *)(gpu.bytes + offset);
}

static void stream_unmapped(void)
{
	expect_failure("stream at nothing", 0x2000000000ull, -EIO);
	expect_failure("stream past the end", 1ull << 50, -EIO);
	expect_failure("stream in the kernel's range", 0x7ffff00000ull, -EIO);
	expect_failure("stream at 0", 0, -EIO);
}

/* The last words of the last page: the stream runs out of the mapping. */
static void stream_runs_out(void)
{
	uint64_t end = ASAHI_GPU_SIZE;

	*words_at(end - 4) = 3u << 29;	/* a barrier, then nothing */
	expect_failure("stream runs out", gpu.base + end - 4, -EIO);
}

static void stream_bad(void)
{
	uint64_t at = ASAHI_GPU_FREE + 0x100;

	*words_at(at) = 7u << 29;
	expect_failure("unknown block", gpu.base + at, -ENODATA);
	*words_at(at) = 4u << 29;
	expect_failure("return without a call", gpu.base + at, -EIO);
}

static void shader_unmapped(void)
{
	uint64_t stream = asahi_gpu_program(&gpu, 4, ASAHI_FILL, 1, gpu.base);
	uint64_t at = stream - gpu.base;

	words_at(at)[1] = 0x40000000;	/* the pipeline */
	expect_failure("pipeline at nothing", stream, -EIO);
}

static void shader_garbage(void)
{
	expect_failure("garbage", asahi_gpu_program(&gpu, 5, ASAHI_GARBAGE, 0, 0), -ENODATA);
}

static void read_only(void)
{
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, 0, 0);
	uint64_t at = 0x2000000000ull;

	igt_assert_eq(asahi_bind(fd, gpu.vm, bo, 0, at, ASAHI_PAGE, DRM_ASAHI_BIND_READ), 0);
	expect_failure("store to a read-only mapping",
		       asahi_gpu_program(&gpu, 6, ASAHI_FILL, 5, at), -EIO);
	asahi_bo_close(fd, bo);
}

/* Accesses of shaders to nothing are soft: zeros, and stores are lost. */
static void soft(void)
{
	igt_require(asahi_params(fd).features & DRM_ASAHI_FEATURE_SOFT_FAULTS);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, 0x2000000000ull), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpu, 0x8000), 0);
	igt_assert_eq(asahi_gpu_write(&gpu, 0x2000000000ull, 3), 0);
}

static void draw(void)
{
	uint64_t at = ASAHI_GPU_FREE + 0x200;
	struct drm_asahi_cmd_render render = {
		.vdm_ctrl_stream_base = gpu.base + at,
		.width_px = 64, .height_px = 64, .layers = 1,
		.utile_width_px = 32, .utile_height_px = 32, .samples = 1, .sample_size_B = 4,
	};
	struct asahi_commands commands = { .size = 0 };
	struct drm_asahi_sync sync = { .handle = asahi_sync_create(fd) };
	struct drm_asahi_submit arg = {
		.syncs = (uintptr_t)&sync, .cmdbuf = (uintptr_t)commands.bytes,
		.queue_id = gpu.queue, .out_sync_count = 1,
	};

	/* A stream with nothing in it is carried out. */
	words_at(at)[0] = 6u << 29;
	words_at(at)[1] = 0;
	asahi_add(&commands, DRM_ASAHI_CMD_RENDER, DRM_ASAHI_BARRIER_NONE, DRM_ASAHI_BARRIER_NONE,
		  &render, sizeof(render));
	arg.cmdbuf_size = commands.size;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, 0);
	igt_assert(asahi_sync_wait(fd, sync.handle, 20000));
	igt_assert_eq(asahi_sync_status(fd, sync.handle), 0);

	render.vdm_ctrl_stream_base = 0x2000000000ull;
	commands.size = 0;
	asahi_add(&commands, DRM_ASAHI_CMD_RENDER, DRM_ASAHI_BARRIER_NONE, DRM_ASAHI_BARRIER_NONE,
		  &render, sizeof(render));
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, 0);
	igt_assert(asahi_sync_wait(fd, sync.handle, 20000));
	igt_assert_eq(asahi_sync_status(fd, sync.handle), -EIO);
	asahi_sync_destroy(fd, sync.handle);
}

/* The command in the middle fails: what came before is done, what comes after is not. */
static void middle(void)
{
	uint64_t streams[3] = {
		asahi_gpu_program(&gpu, 2, ASAHI_FILL, 11, gpu.base + ASAHI_GPU_FREE + 0x300),
		0x2000000000ull,
		asahi_gpu_program(&gpu, 3, ASAHI_FILL, 12, gpu.base + ASAHI_GPU_FREE + 0x304),
	};
	struct asahi_commands commands = { .size = 0 };
	struct drm_asahi_sync sync = { .handle = asahi_sync_create(fd) };
	struct drm_asahi_submit arg = {
		.syncs = (uintptr_t)&sync, .cmdbuf = (uintptr_t)commands.bytes,
		.queue_id = gpu.queue, .out_sync_count = 1,
	};

	for (int n = 0; n < 3; n++) {
		struct drm_asahi_cmd_compute compute = asahi_compute(streams[n]);

		asahi_add_compute(&commands, &compute);
	}
	words_at(ASAHI_GPU_FREE + 0x300)[0] = 0;
	words_at(ASAHI_GPU_FREE + 0x300)[1] = 0;
	arg.cmdbuf_size = commands.size;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, 0);
	igt_assert(asahi_sync_wait(fd, sync.handle, 20000));
	igt_assert_eq(asahi_sync_status(fd, sync.handle), -EIO);
	igt_assert_eq_u32(words_at(ASAHI_GPU_FREE + 0x300)[0], 11);
	igt_assert_eq_u32(words_at(ASAHI_GPU_FREE + 0x300)[1], 0);
	asahi_sync_destroy(fd, sync.handle);
}

/* Loops of shaders and of streams. */
static void hang(void)
{
	uint64_t at = ASAHI_GPU_FREE + 0x400;
	int old = asahi_set_timeout(1000), ret;

	expect_failure("endless shader", asahi_gpu_program(&gpu, 7, ASAHI_ENDLESS, 0, 0),
		       -ETIMEDOUT);
	words_at(at)[0] = 1u << 29 | (gpu.base >> 32);
	words_at(at)[1] = (uint32_t)(gpu.base + at);
	ret = asahi_gpu_run(&gpu, gpu.base + at);
	igt_assert_f(ret == -ETIMEDOUT || ret == -EIO, "a stream that links to itself: %d", ret);
	igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, 1), 0);
	asahi_set_timeout(old);
}

/* 2^32 groups are more than the time allows, 2^96 more than can be counted. */
static void groups(void)
{
	uint64_t stream = asahi_gpu_program(&gpu, 4, ASAHI_FILL, 6, gpu.base + ASAHI_GPU_FREE);
	uint32_t *threads = words_at(stream - gpu.base) + 2;
	int old = asahi_set_timeout(1000);

	threads[0] = 1 << 16;
	threads[1] = 1 << 16;
	expect_failure("2^32 groups", stream, -ETIMEDOUT);
	threads[0] = UINT32_MAX;
	threads[1] = UINT32_MAX;
	threads[2] = UINT32_MAX;
	expect_failure("2^96 groups", stream, -EIO);
	asahi_set_timeout(old);
}

int igt_main()
{
	igt_fixture() {
		fd = drm_open_driver_render(DRIVER_ASAHI);
		asahi_gpu_init(&gpu, fd);
		asahi_gpu_init(&bystander, fd);
	}

	igt_subtest("stream-unmapped")
		stream_unmapped();
	igt_subtest("stream-runs-out")
		stream_runs_out();
	igt_subtest("stream-bad")
		stream_bad();
	igt_subtest("shader-unmapped")
		shader_unmapped();
	igt_subtest("shader-garbage")
		shader_garbage();
	igt_subtest("read-only")
		read_only();
	igt_subtest("soft")
		soft();
	igt_subtest("draw")
		draw();
	igt_subtest("middle")
		middle();
	igt_subtest("hang")
		hang();
	igt_subtest("groups")
		groups();

	igt_fixture() {
		asahi_gpu_fini(&gpu);
		asahi_gpu_fini(&bystander);
		drm_close_driver(fd);
	}
}
