// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_gpu [ROUNDS [SEED]]: runs programs made of random instructions that the decoder knows, on
 * random registers, uniforms and descriptors, from control streams and pipelines that are right for
 * a good part. Whatever they do, they end, and touch nothing but the pages they were given.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agx_isa.h"
#include "gpu_compute.h"

#define N_PAGES		8	/* from USC_BASE on: code, stream, descriptors, data */
#define USC_BASE	0x1100000000ull
#define STREAM		(USC_BASE + GPU_PAGE_SIZE)
#define DATA		(USC_BASE + 4 * GPU_PAGE_SIZE)
#define PIPELINE	0x40
#define CODE		0x400
#define MAX_INSNS	40
#define TIMEOUT_NS	3000000
#define GUARD		64

/* Low bytes of instructions; one in sixteen is any byte at all. */
static const uint8_t opcodes[] = {
	0x62, 0xe2, 0x72, 0x0e, 0x4e, 0x8e, 0x1e, 0x9e, 0x2e, 0x7e, 0x3e, 0x12, 0x02, 0x2a,
	0x1a, 0x3a, 0x26, 0x16, 0x36, 0x0a, 0x32, 0x22, 0x6f, 0xef, 0x52, 0x42, 0x52, 0x42,
	0x00, 0x20, 0x38, 0x68, 0xf5, 0x05, 0x45, 0x85, 0xc5, 0x15, 0x55, 0x69, 0x29, 0x19,
	0x59, 0x35, 0xb5, 0xed, 0xad, 0x71, 0xf1, 0xb1, 0x49, 0x09,
};

/* The pages have a fence on both sides; what is in it must never change. */
static uint8_t *memory;
static bool read_only;
static uint64_t seed = 1;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(random64() >> 32) % n;
}

static void *translate(void *opaque, uint64_t page, unsigned int *access)
{
	uint64_t n = (page - USC_BASE) / GPU_PAGE_SIZE;

	(void)opaque;
	if (page < USC_BASE || n >= N_PAGES)
		return NULL;
	*access = GPU_READ | (n >= 4 && !(read_only && n == 5) ? GPU_WRITE : 0);
	return memory + GUARD + n * GPU_PAGE_SIZE;
}

static uint8_t *at(uint64_t va)
{
	return memory + GUARD + (va - USC_BASE);
}

/* A sample that the model may carry out: by chance alone that is rare. */
static unsigned int likely_sample(uint8_t *code)
{
	static const uint8_t lod_modes[] = { 0, 2, 4, 6, 6, 6, 12 };
	uint64_t mask = below(4) ? 15 : 1, bits[2];

	bits[0] = 0x31 | 1 << 15 | below(2) << 8 | below(16) << 10 | below(16) << 17 |
		  (mask == 1) << 23 | below(64) << 24 | (uint64_t)below(20) << 32 |
		  (uint64_t)below(8) << 40 | mask << 48 | (uint64_t)lod_modes[below(7)] << 52 |
		  (uint64_t)below(32) << 56;
	bits[1] = below(16) << 17 | (below(4) ? 0 : 1 + 2 * below(4)) << 23 | below(2) << 27;
	memcpy(code, bits, AGX_MAX_INSN_BYTES);
	return AGX_MAX_INSN_BYTES;
}

/* An instruction that the decoder knows; its size. */
static unsigned int random_insn(uint8_t *code)
{
	struct agx_program *program;
	unsigned int size = 0;

	if (!below(30))
		return likely_sample(code);
	for (unsigned int tries = 0; !size && tries < 400; tries++) {
		uint64_t bits[2] = { random64(), random64() };

		/* Sparse bits are more often right than dense ones. */
		if (tries & 1)
			bits[0] &= random64();
		bits[1] &= tries & 2 ? 0 : random64();
		memcpy(code, bits, AGX_MAX_INSN_BYTES);
		if (below(16))
			code[0] = opcodes[below(sizeof(opcodes))];
		/* Jumps go a few instructions back or forth. */
		if (!(code[0] & 0xcf) && code[1] == 0xc0)
			memset(code + 3, code[2] & 0x80 ? 0xff : 0, 3);
		program = agx_program_decode(code, AGX_MAX_INSN_BYTES, 0);
		if (program && program->count && program->insn[0].op != AGX_UNKNOWN)
			size = program->count > 1 ? program->insn[1].offset_bytes : program->bytes;
		agx_program_free(program);
	}
	return size;
}

static void make_program(uint8_t *code)
{
	unsigned int n = 1 + below(MAX_INSNS), size = 0;

	while (n--)
		size += random_insn(code + size);
	code[size] = 0x88;
	code[size + 1] = 0;
}

static void put64(uint8_t *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

/* Uniforms are often addresses of pages, descriptors, or small. */
static void make_uniforms(uint8_t *to, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		static const uint64_t bases[] = { 0, DATA, DATA + GPU_PAGE_SIZE - 8, DATA - 64 };
		uint64_t value = bases[below(4)] + below(64) * (below(4) ? 4 : 1);

		put64(to + 8 * i, below(6) ? value : random64());
	}
}

/* A texture or a PBE descriptor with an address that may be right. */
static void make_descriptor(uint8_t *to)
{
	static const uint8_t channels[] = {
		0, 9, 0xa, 0x21, 0x23, 0x25, 0x26, 0x28, 0x31, 0x32, 0x38, 0x58, 0x59, 0x5c, 0x74, 0x78,
	};
	uint64_t words[3] = { random64(), random64(), random64() };

	if (below(8)) {
		words[0] = (words[0] & 0xfff0000) | (below(4) ? 2 : below(9)) | below(2) << 5 |
			   channels[below(sizeof(channels))] << 6 | below(5) << 13 |
			   (uint64_t)below(64) << 28 | (uint64_t)below(64) << 42;
		words[1] = (DATA >> 4) << (below(2) ? 2 : 0) | (words[1] & ~0xffffffffffull);
	}
	memcpy(to, words, 24);
}

/* A sampler, mostly without what is not modelled: anisotropy, and wrong modes. */
static void make_sampler(uint8_t *to)
{
	uint64_t word = random64();

	if (below(8))
		word = (word & ~(0x3ffffull << 20)) | below(2) << 23 | below(2) << 25 |
		       below(3) << 27 | (uint64_t)below(6) << 29 | (uint64_t)below(6) << 32 |
		       (uint64_t)below(6) << 35;
	if (below(4))
		word &= ~(3ull << 55 | 1ull << 42);
	put64(to, word);
}

static unsigned int put_word(uint8_t *to, uint64_t word, unsigned int bytes)
{
	memcpy(to, &word, bytes);
	return bytes;
}

static void make_pipeline(uint8_t *to)
{
	static const uint8_t layouts[] = { 0x24, 0x24, 0x24, 0x2f, 0x36, 0x3f };
	unsigned int size = 0;

	size += put_word(to, 0x1d | 63 << 20 | (STREAM + 0x1000) >> 2 << 26, 8);
	size += put_word(to + size, 0xdd | 20 << 20 | (STREAM + 0x2000) >> 3 << 27, 8);
	size += put_word(to + size, 0x9d | 28 << 20 | (STREAM + 0x2800) >> 3 << 27, 8);
	size += put_word(to + size, 0x4d | 1 << 8 | layouts[below(6)] << 10 |
			 (below(4) ? 0 : below(4)) << 16 | below(5) << 20 |
			 (uint64_t)below(8) << 24, 4);
	size += put_word(to + size, 0x0d | (uint64_t)CODE << 16, 6);
	if (below(3))
		put_word(to + size, 0x88, 2);
	else
		put_word(to + size, 0x38 | (uint64_t)(CODE + 0x2000) << 32, 8);
}

static void make_stream(uint32_t *to)
{
	uint32_t words[] = {
		below(8) << 24 & 0x08000000, PIPELINE, below(100), 1 + below(3), 1 + below(2),
		1 + below(70), 1 + below(3), 1, 0x40000000,
	};

	memcpy(to, words, sizeof(words));
	if (!below(12))
		to[below(9)] = random64();
}

static void make_job(void)
{
	for (unsigned int i = 0; i < N_PAGES * GPU_PAGE_SIZE; i += 8)
		put64(memory + GUARD + i, below(3) ? below(256) : random64());
	make_program(at(USC_BASE + CODE));
	make_program(at(USC_BASE + CODE + 0x2000));
	make_pipeline(at(USC_BASE + PIPELINE));
	make_stream((uint32_t *)at(STREAM));
	make_uniforms(at(STREAM + 0x1000), 16);
	for (unsigned int i = 0; i < 20; i++)
		make_descriptor(at(STREAM + 0x2000 + 24 * i));
	for (unsigned int i = 0; i < 28; i++)
		make_sampler(at(STREAM + 0x2800 + 8 * i));
	/* And a flipped bit in one of three. */
	if (!below(3))
		at(USC_BASE)[below(2 * GPU_PAGE_SIZE)] ^= 1 << below(8);
	read_only = !below(4);
}

static void check_fence(uint64_t round)
{
	uint8_t *end = memory + GUARD + N_PAGES * GPU_PAGE_SIZE;

	for (unsigned int i = 0; i < GUARD; i++) {
		if (memory[i] == 0xa5 && end[i] == 0xa5)
			continue;
		fprintf(stderr, "fuzz_gpu: round %llu wrote beside its pages\n",
			(unsigned long long)round);
		abort();
	}
}

int main(int argc, char **argv)
{
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : 1500;
	const struct gpu_compute_command command = {
		.stream = STREAM, .usc_base = USC_BASE, .sampler_heap = STREAM + 0x2800,
		.sampler_count = 28,
	};
	struct gpu_engine *engine = gpu_engine_create(1);
	struct gpu_compute *compute = gpu_compute_create(engine);
	unsigned long long by_status[GPU_ABORTED + 1] = { 0 }, executed = 0;
	struct gpu_space space;
	struct gpu_job job;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x9e3779b97f4a7c15ull;
	memory = malloc(N_PAGES * GPU_PAGE_SIZE + 2 * GUARD);
	memset(memory, 0xa5, N_PAGES * GPU_PAGE_SIZE + 2 * GUARD);
	gpu_space_init(&space, translate, NULL);
	for (uint64_t round = 0; round < rounds; round++) {
		make_job();
		gpu_space_invalidate(&space);
		gpu_job_init(&job, TIMEOUT_NS);
		gpu_compute_run(compute, &space, &command, &job);
		if (getenv("FUZZ_TEXT"))
			puts(job.text);
		by_status[job.status]++;
		executed += job.executed;
		check_fence(round);
	}
	gpu_compute_destroy(compute);
	gpu_engine_destroy(engine);
	free(memory);
	printf("fuzz_gpu: %llu instructions; ok %llu, fault %llu, bad stream %llu, unknown %llu, "
	       "timeout %llu\n",
	       executed, by_status[GPU_OK], by_status[GPU_FAULT], by_status[GPU_BAD_STREAM],
	       by_status[GPU_UNKNOWN], by_status[GPU_TIMEOUT]);
	return 0;
}
