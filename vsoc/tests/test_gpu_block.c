// SPDX-License-Identifier: GPL-2.0
/*
 * Texels out of blocks. What ETC2 and EAC mean is fixed to the bit, so blocks of random bytes,
 * which meet every mode, are compared with what Mesa's decoder makes of them, as a hash. BC is
 * tested with Mesa itself (tests/rig), and here where a rule is easily missed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "gpu/agx_block.h"
#include "gpu/agx_image.h"

#define BLOCKS 1024
#define ACROSS 32 /* blocks in a row of the image that Mesa had */

static uint8_t data[BLOCKS * 16];

static void fill(unsigned int bytes)
{
	uint32_t x = 1234567;

	for (unsigned int n = 0; n < bytes; n++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		data[n] = x >> 8;
	}
}

/* All texels, line by line, in steps of 1/@top. */
static uint32_t hash_of(unsigned int channels, unsigned int type, unsigned int bytes, int top)
{
	uint32_t hash = 2166136261u;

	for (unsigned int n = 0; n < BLOCKS * 16; n++) {
		unsigned int x = n % (4 * ACROSS), y = n / (4 * ACROSS);
		float colour[4];

		agx_block_texel(channels, type, data + (y / 4 * ACROSS + x / 4) * bytes, x % 4,
				y % 4, colour);
		for (unsigned int c = 0; c < 4; c++)
			hash = (hash ^ (uint32_t)lrintf(colour[c] * top)) * 16777619u;
	}
	return hash;
}

static void test_etc(void **state)
{
	/* The hashes are of what Mesa 26.1.6 has for llvmpipe, which decodes in software. */
	static const struct {
		unsigned int channels, type, bytes;
		int top;
		uint32_t hash;
	} table[] = {
		{0x58, AGX_TYPE_UNORM, 8, 255, 0x0e2f244b},
		{0x59, AGX_TYPE_UNORM, 16, 255, 0xa027398d},
		{0x5a, AGX_TYPE_UNORM, 8, 255, 0xbba55d85},
		{0x5b, AGX_TYPE_UNORM, 8, 2047, 0x36867b00},
		{0x5b, AGX_TYPE_SNORM, 8, 1023, 0x4c4efeca},
		{0x5c, AGX_TYPE_UNORM, 16, 2047, 0xdf9c0ce0},
		{0x5c, AGX_TYPE_SNORM, 16, 1023, 0xb51e896a},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(table) / sizeof(table[0]); n++) {
		assert_int_equal(agx_block_bytes(table[n].channels), table[n].bytes);
		fill(BLOCKS * table[n].bytes);
		assert_int_equal(hash_of(table[n].channels, table[n].type, table[n].bytes,
					 table[n].top),
				 table[n].hash);
	}
}

/* Codes 0 to 3 in a row, of black and white. */
static void check_bc1(unsigned int low, unsigned int high, const float want[4], float alpha)
{
	const uint8_t block[16] = {low & 255, low >> 8, high & 255, high >> 8, 0xe4};

	for (unsigned int x = 0; x < 4; x++) {
		float colour[4];

		agx_block_texel(0x74, AGX_TYPE_UNORM, block, x, 0, colour);
		for (unsigned int c = 0; c < 3; c++)
			assert_float_equal(colour[c], want[x], 1e-6);
		assert_float_equal(colour[3], x == 3 ? alpha : 1, 0);
	}
}

/* The order of the two colours says whether there is a transparent one. */
static void test_bc1(void **state)
{
	const float four[] = {1, 0, 2.0f / 3, 1.0f / 3}, three[] = {0, 1, 0.5f, 0};
	const float equal[] = {1, 1, 1, 0};

	(void)state;
	check_bc1(0xffff, 0, four, 1);
	check_bc1(0, 0xffff, three, 0);
	check_bc1(0xffff, 0xffff, equal, 0);
}

static void check_bc4(unsigned int type, uint8_t a, uint8_t b, const float want[8])
{
	/* Codes 0 to 7 in the first two lines */
	uint8_t block[16] = {a, b, 0x88, 0xc6, 0xfa};

	for (unsigned int n = 0; n < 8; n++) {
		float colour[4];

		agx_block_texel(0x77, type, block, n % 4, n / 4, colour);
		assert_float_equal(colour[0], want[n], 1e-6);
		assert_float_equal(colour[3], 1, 0);
	}
}

static void test_bc4(void **state)
{
	const float eight[] = {1, 0, 6.0f / 7, 5.0f / 7, 4.0f / 7, 3.0f / 7, 2.0f / 7, 1.0f / 7};
	const float six[] = {0, 1, 0.2f, 0.4f, 0.6f, 0.8f, 0, 1};
	const float least[] = {-1, 1, -0.6f, -0.2f, 0.2f, 0.6f, -1, 1};

	(void)state;
	check_bc4(AGX_TYPE_UNORM, 255, 0, eight);
	check_bc4(AGX_TYPE_UNORM, 0, 255, six);
	check_bc4(AGX_TYPE_SNORM, 0x80, 0x7f, least);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_etc),
		cmocka_unit_test(test_bc1),
		cmocka_unit_test(test_bc4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
