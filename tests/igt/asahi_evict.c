// SPDX-License-Identifier: GPL-2.0
/* More address spaces than the hardware has streams: each sees its own memory, always. */
#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("More address spaces than streams: each sees its own memory, always");

#define SPACES	64
#define ROUNDS	10

static int fd = -1;
static struct asahi_gpu gpus[SPACES];

/*
 * The same program at the same address in all of them stores another number at the same address:
 * a job that ran through another's tables would leave its number there.
 */
static void start(unsigned int n, uint32_t round)
{
	uint32_t *result = (uint32_t *)(gpus[n].bytes + ASAHI_GPU_FREE);

	*result = 0;
	igt_assert_eq(asahi_gpu_start(&gpus[n],
		asahi_gpu_program(&gpus[n], 0, ASAHI_FILL, n << 16 | round,
				  gpus[n].base + ASAHI_GPU_FREE)), 0);
}

static void check(unsigned int n, uint32_t round)
{
	uint32_t *result = (uint32_t *)(gpus[n].bytes + ASAHI_GPU_FREE);

	igt_assert_f(!asahi_gpu_wait(&gpus[n]), "space %u, round %u", n, round);
	igt_assert_f(*result == (n << 16 | round), "space %u, round %u: %#x", n, round, *result);
}

/* All at the same time. */
static void together(void)
{
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		for (unsigned int n = 0; n < SPACES; n++)
			start(n, round);
		for (unsigned int n = 0; n < SPACES; n++)
			check(n, round);
	}
}

/* One after the other: each takes the stream that was idle longest. */
static void in_turn(void)
{
	for (uint32_t round = 1; round <= 3; round++) {
		for (unsigned int n = 0; n < SPACES; n++) {
			start(n, round);
			check(n, round);
		}
	}
}

/* Bindings change while a space has no stream, and are there when it has one again. */
static void bind_while_out(void)
{
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0);
	uint32_t *words = asahi_bo_map(fd, bo, ASAHI_PAGE);
	uint64_t at = 0x2000000000ull;

	words[0] = 0x1111;
	igt_assert_eq(asahi_bind(fd, gpus[0].vm, bo, 0, at, ASAHI_PAGE, ASAHI_RW), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpus[0], at), 0x1111);
	in_turn();
	igt_assert_eq(asahi_unbind(fd, gpus[0].vm, at, ASAHI_PAGE), 0);
	igt_assert_eq(asahi_bind(fd, gpus[1].vm, bo, 0, at, ASAHI_PAGE, ASAHI_RW), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpus[0], at), 0);
	igt_assert_eq_u32(asahi_gpu_read(&gpus[1], at), 0x1111);
	asahi_bo_close(fd, bo);
	igt_assert_eq_u32(asahi_gpu_read(&gpus[1], at), 0);
}

/* One of them faults each round; the others do not notice. */
static void with_faults(void)
{
	for (uint32_t round = 1; round <= 3; round++) {
		for (unsigned int n = 0; n < SPACES; n++) {
			if (n % 8 == round)
				igt_assert_eq(asahi_gpu_start(&gpus[n], 0x2000000000ull), 0);
			else
				start(n, round);
		}
		for (unsigned int n = 0; n < SPACES; n++) {
			if (n % 8 == round)
				igt_assert_eq(asahi_gpu_wait(&gpus[n]), -EIO);
			else
				check(n, round);
		}
	}
}

int igt_main()
{
	igt_fixture() {
		fd = drm_open_driver_render(DRIVER_ASAHI);
		for (unsigned int n = 0; n < SPACES; n++)
			asahi_gpu_init(&gpus[n], fd);
	}

	igt_subtest("together")
		together();
	igt_subtest("in-turn")
		in_turn();
	igt_subtest("bind-while-out")
		bind_while_out();
	igt_subtest("with-faults")
		with_faults();

	igt_fixture() {
		for (unsigned int n = 0; n < SPACES; n++)
			asahi_gpu_fini(&gpus[n]);
		drm_close_driver(fd);
	}
}
