// SPDX-License-Identifier: GPL-2.0
/* More address spaces than the hardware has streams: each sees its own memory, always. */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

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

/*
 * Streams of two kinds at the same address, and which space has which changes every round. One kind
 * stores a number of the space; the other goes on at an address of the space, where nothing is. So
 * whose stream ran is seen from the result, from which timestamps there are, and from where the GPU
 * says that it faulted.
 */
#define OWN_ADDRESS(n)	(0x3000000000ull + (n) * 0x40000ull)

static bool is_lost(unsigned int n, unsigned int round)
{
	return (n + round) % 2;
}

static void start_own(unsigned int n, unsigned int round, uint32_t object)
{
	struct asahi_gpu *gpu = &gpus[n];
	uint64_t at = asahi_gpu_program(gpu, 0, ASAHI_FILL, n << 16 | round,
					gpu->base + ASAHI_GPU_FREE);
	uint32_t *words = (uint32_t *)(gpu->bytes + (at - gpu->base));
	struct drm_asahi_cmd_compute compute = asahi_compute(at);
	struct drm_asahi_sync sync = { .handle = gpu->sync };
	struct asahi_commands commands = { .size = 0 };
	struct drm_asahi_submit arg = {
		.syncs = (uintptr_t)&sync, .cmdbuf = (uintptr_t)commands.bytes,
		.queue_id = gpu->queue, .out_sync_count = 1,
	};

	if (is_lost(n, round)) {
		words[0] = 1u << 29 | (uint32_t)(OWN_ADDRESS(n) >> 32);
		words[1] = (uint32_t)OWN_ADDRESS(n);
	}
	*(uint32_t *)(gpu->bytes + ASAHI_GPU_FREE) = 0;
	compute.ts.start = (struct drm_asahi_timestamp){ object, n * 16 };
	compute.ts.end = (struct drm_asahi_timestamp){ object, n * 16 + 8 };
	asahi_add_compute(&commands, &compute);
	arg.cmdbuf_size = commands.size;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, 0);
}

static void check_own(unsigned int n, unsigned int round, const uint64_t stamps[2])
{
	uint32_t result, good = n << 16 | round;
	int ret = asahi_gpu_wait(&gpus[n]);

	result = *(uint32_t *)(gpus[n].bytes + ASAHI_GPU_FREE);
	igt_assert_f(stamps[0], "space %u, round %u did not begin", n, round);
	if (is_lost(n, round))
		igt_assert_f(ret == -EIO && !stamps[1] && !result,
			     "space %u, round %u: %d, end %" PRIu64 ", result %#x", n, round, ret,
			     stamps[1], result);
	else
		igt_assert_f(!ret && stamps[1] >= stamps[0] && result == good,
			     "space %u, round %u: %d, end %" PRIu64 ", result %#x", n, round, ret,
			     stamps[1], result);
}

/*
 * How often each space has faulted at its own address, as the driver's last faults have it, from
 * number @first on. Returns the number of the next one.
 */
static unsigned long long count_faults(unsigned long long first, unsigned int counts[SPACES])
{
	unsigned long long number = 0, next = 0, client, address;
	FILE *file = asahi_debugfs(fd, "faults");
	char line[128];

	memset(counts, 0, SPACES * sizeof(counts[0]));
	while (fgets(line, sizeof(line), file)) {
		igt_assert_eq(sscanf(line, "%llu client %llu %*s %llx", &number, &client,
				     &address), 3);
		next = number + 1;
		for (unsigned int n = 0; n < SPACES; n++)
			counts[n] += number >= first && address == OWN_ADDRESS(n);
	}
	fclose(file);
	return next;
}

static void own_streams(void)
{
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0);
	uint32_t object = asahi_timestamps_bind(fd, bo, 0, ASAHI_PAGE);
	uint64_t *stamps = asahi_bo_map(fd, bo, ASAHI_PAGE), evictions;
	unsigned int counts[SPACES];
	unsigned long long first = count_faults(0, counts);

	evictions = asahi_counter(fd, "evictions");
	/* Three rounds have 96 faults, and the driver keeps 128. */
	for (unsigned int round = 1; round <= 3; round++) {
		memset(stamps, 0, ASAHI_PAGE);
		for (unsigned int n = 0; n < SPACES; n++) {
			if (!gpus[n].sync)
				gpus[n].sync = asahi_sync_create(fd);
			start_own(n, round, object);
		}
		for (unsigned int n = 0; n < SPACES; n++)
			check_own(n, round, stamps + 2 * n);
	}
	count_faults(first, counts);
	for (unsigned int n = 0; n < SPACES; n++)
		igt_assert_f(counts[n] == 2 - n % 2, "space %u faulted %u times", n, counts[n]);
	igt_assert(asahi_counter(fd, "evictions") > evictions);
	munmap(stamps, ASAHI_PAGE);
	asahi_bo_close(fd, bo);
}

/* What the other subtests rely on: there are more spaces than streams, and never more in use. */
static void hardware_limit(void)
{
	uint64_t streams = asahi_counter(fd, "streams");

	igt_assert(streams >= 1 && streams < SPACES);
	together();
	igt_assert_lte_u64(asahi_counter(fd, "streams_busy_max"), streams);
	igt_assert_lte_u64(asahi_counter(fd, "streams_attached"), streams);
	igt_assert_eq(asahi_counter(fd, "streams_busy"), 0);
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
	igt_describe("different control streams at one address in all spaces");
	igt_subtest("own-streams")
		own_streams();
	igt_subtest("hardware-limit")
		hardware_limit();

	igt_fixture() {
		for (unsigned int n = 0; n < SPACES; n++)
			asahi_gpu_fini(&gpus[n]);
		drm_close_driver(fd);
	}
}
