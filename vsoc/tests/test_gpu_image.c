// SPDX-License-Identifier: GPL-2.0
/*
 * Images in memory: where texels lie, what packed colours mean, and what a compressed image's
 * metadata says. Layouts and copies are tested with Mesa (tests/rig/vk_image.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/agx_image.h"

#define BASE		0x100000000ull
#define PAGES		8
#define METADATA	(BASE + 4 * GPU_PAGE_SIZE)
#define SIDE		64	/* pixels: one page of 32-bit texels */
#define SOLID		3
#define RAW		0x7f	/* of texels of four bytes */

struct fixture {
	struct gpu_space space;
	struct gpu_tlb tlb;
	struct agx_image image;
};

static uint8_t memory[PAGES * GPU_PAGE_SIZE];

static void *translate(void *opaque, uint64_t page, unsigned int *access)
{
	(void)opaque;
	*access = GPU_READ | GPU_WRITE;
	return page - BASE < sizeof(memory) ? memory + (page - BASE) : NULL;
}

static uint8_t *at(uint64_t va)
{
	return memory + (va - BASE);
}

/* Bits @lo and on of a descriptor. */
static void put(uint8_t *descriptor, unsigned int lo, uint64_t value)
{
	for (; value; value >>= 1, lo++)
		descriptor[lo / 8] |= (value & 1) << lo % 8;
}

/* A tiled 2D image of RGBA8 integers, compressed. */
static int setup(void **state)
{
	uint8_t descriptor[AGX_TEXTURE_BYTES] = { 0 };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	memset(memory, 0, sizeof(memory));
	gpu_space_init(&f->space, translate, NULL);
	gpu_tlb_attach(&f->tlb, &f->space);
	put(descriptor, 0, 2 | 2 << 4 | 0x28 << 6 | 2 << 13);
	put(descriptor, 16, 0 | 1 << 3 | 2 << 6 | 3 << 9);
	put(descriptor, 28, SIDE - 1);
	put(descriptor, 42, SIDE - 1);
	put(descriptor, 66, BASE >> 4);
	put(descriptor, 103, 1);
	put(descriptor, 128, METADATA >> 4);
	agx_image_from_texture(descriptor, &f->image);
	assert_null(agx_image_problem(&f->image));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static uint32_t read_texel(struct fixture *f, uint32_t x, uint32_t y)
{
	const struct agx_texel texel = { .x = x, .y = y };
	uint32_t component[4];
	uint64_t bad;

	assert_true(agx_image_read(&f->image, &f->tlb, &texel, component, &bad));
	return component[0] | component[1] << 8 | component[2] << 16 | component[3] << 24;
}

static void write_texel(struct fixture *f, uint32_t x, uint32_t y, uint32_t value)
{
	const struct agx_texel texel = { .x = x, .y = y };
	uint8_t bytes[16] = { 0 };
	uint64_t bad;

	memcpy(bytes, &value, sizeof(value));
	assert_true(agx_image_write(&f->image, &f->tlb, &texel, bytes, &bad));
}

/* The block at the origin: each part solid, with a colour of its own. */
static void make_solid(void)
{
	memset(at(METADATA), SOLID, 8);
	for (uint32_t n = 0; n < 8; n++) {
		uint32_t colour = 0x01010101 * (n + 1);

		memcpy(at(BASE + 4 * n), &colour, sizeof(colour));
	}
}

static uint32_t part_of(uint32_t x, uint32_t y)
{
	return x / 8 % 2 + y / 4 % 4 * 2;
}

static void test_solid(void **state)
{
	struct fixture *f = *state;

	make_solid();
	for (uint32_t y = 0; y < 16; y++)
		for (uint32_t x = 0; x < 16; x++)
			assert_int_equal(read_texel(f, x, y), 0x01010101 * (part_of(x, y) + 1));
	/* The next block is not. */
	assert_int_equal(read_texel(f, 16, 0), 0);
}

/* One texel changes, the others keep their colours. */
static void test_write_to_solid(void **state)
{
	struct fixture *f = *state;

	make_solid();
	/* A part that is raw already stays as it is. */
	at(METADATA)[7] = RAW;
	write_texel(f, 2, 1, 0xdeadbeef);
	for (uint32_t y = 0; y < 16; y++) {
		for (uint32_t x = 0; x < 16; x++) {
			uint32_t part = part_of(x, y);
			uint32_t want = part == 7 ? 0 : 0x01010101 * (part + 1);

			if (x == 2 && y == 1)
				want = 0xdeadbeef;
			assert_int_equal(read_texel(f, x, y), want);
		}
	}
	for (unsigned int n = 0; n < 8; n++)
		assert_int_equal(at(METADATA)[n], RAW);
	assert_int_equal(at(METADATA)[8], 0);
	write_texel(f, 3, 1, 0x12345678);
	assert_int_equal(read_texel(f, 2, 1), 0xdeadbeef);
	assert_int_equal(read_texel(f, 3, 1), 0x12345678);
}

/* Channels of 16-bit colours follow each other from the lowest bit. */
static void test_packed(void **state)
{
	static const struct {
		uint8_t channels;
		uint16_t word;
	} cases[] = {
		{ 0x0b, 31 | 0 << 5 | 31 << 11 },		/* 565 */
		{ 0x0c, 15 | 0 << 4 | 15 << 8 | 0 << 12 },	/* 4444 */
		{ 0x0d, 1 | 0 << 1 | 31 << 6 | 0 << 11 },	/* 1555 */
		{ 0x0e, 31 | 0 << 5 | 31 << 10 | 0 << 15 },	/* 5551 */
	};
	struct fixture *f = *state;

	for (unsigned int n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		uint8_t descriptor[AGX_TEXTURE_BYTES] = { 0 }, bytes[16] = { 0 };
		uint32_t component[4];

		put(descriptor, 0, 2 | 2 << 4 | cases[n].channels << 6);
		put(descriptor, 16, 0 | 1 << 3 | 2 << 6 | 3 << 9);
		agx_image_from_texture(descriptor, &f->image);
		memcpy(bytes, &cases[n].word, 2);
		agx_image_decode(&f->image, bytes, component);
		assert_int_equal(component[0], 0x3f800000);
		assert_int_equal(component[1], 0);
		assert_int_equal(component[2], 0x3f800000);
		assert_int_equal(component[3], n ? 0 : 0x3f800000);
		memset(bytes, 0, sizeof(bytes));
		agx_image_encode(&f->image, component, bytes);
		assert_memory_equal(bytes, &cases[n].word, 2);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_solid),
		TEST(test_write_to_solid),
		TEST(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
