// SPDX-License-Identifier: GPL-2.0
/*
 * EDID blocks, decoded here from the standard's layout.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "edid.h"

struct decoded {
	unsigned int clock_khz, hdisplay, hblank, hfront, hsync, vdisplay, vblank, vfront, vsync;
};

static void decode(const uint8_t *d, struct decoded *t)
{
	t->clock_khz = (d[0] | d[1] << 8) * 10;
	t->hdisplay = d[2] | (d[4] & 0xf0) << 4;
	t->hblank = d[3] | (d[4] & 0x0f) << 8;
	t->vdisplay = d[5] | (d[7] & 0xf0) << 4;
	t->vblank = d[6] | (d[7] & 0x0f) << 8;
	t->hfront = d[8] | (d[11] & 0xc0) << 2;
	t->hsync = d[9] | (d[11] & 0x30) << 4;
	t->vfront = d[10] >> 4 | (d[11] & 0x0c) << 2;
	t->vsync = (d[10] & 0x0f) | (d[11] & 0x03) << 4;
}

static void check_sum(const uint8_t *block)
{
	uint8_t sum = 0;

	for (int i = 0; i < EDID_BLOCK; i++)
		sum += block[i];
	assert_int_equal(sum, 0);
}

static void check_timing(const struct decoded *t, unsigned int want_hz)
{
	double hz = t->clock_khz * 1e3 / (t->hdisplay + t->hblank) / (t->vdisplay + t->vblank);

	assert_true(hz > want_hz - 0.1 && hz < want_hz + 0.1);
	assert_true(t->hfront + t->hsync <= t->hblank);
	assert_true(t->vfront + t->vsync < t->vblank);
}

static void test_block(void **state)
{
	static const uint8_t magic[8] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	uint8_t block[EDID_BLOCK];
	struct decoded t;

	(void)state;
	assert_int_equal(edid_build(block, 1, 1280, 800, 60), 0);
	check_sum(block);
	assert_memory_equal(block, magic, 8);
	assert_int_equal(block[8] << 8 | block[9], 22 << 10 | 19 << 5 | 3);
	assert_int_equal(block[18], 1);
	assert_int_equal(block[19], 4);
	assert_int_equal(block[20] & 0x80, 0x80);
	assert_int_equal(block[35], 0x21);
	assert_int_equal(block[36], 0x08);
	assert_int_equal(block[126], 0);
	decode(block + 54, &t);
	assert_int_equal(t.hdisplay, 1280);
	assert_int_equal(t.vdisplay, 800);
	assert_int_equal(t.hblank, 160);
	assert_int_equal(t.vsync, 6);
	check_timing(&t, 60);
	decode(block + 72, &t);
	assert_int_equal(t.hdisplay, 1920);
	assert_int_equal(t.vdisplay, 1080);
	assert_int_equal(t.clock_khz, 148500);
	assert_int_equal(t.hdisplay + t.hblank, 2200);
	assert_int_equal(t.vdisplay + t.vblank, 1125);
	check_timing(&t, 60);
	assert_int_equal(block[90 + 3], 0xfd);
	assert_int_equal(block[108 + 3], 0xfc);
	assert_memory_equal(block + 108 + 5, "vsoc head 1\n ", 13);
}

/* Every size that a board may ask for is a consistent block, or is refused. */
static void test_sizes(void **state)
{
	uint8_t block[EDID_BLOCK];
	struct decoded t;

	(void)state;
	for (unsigned int w = 1; w < 4200; w += 47) {
		for (unsigned int h = 1; h < 4200; h += 53) {
			if (edid_build(block, 0, w, h, 60)) {
				assert_true(w < 128 || h < 128 || w > 4095 || h > 4095 ||
					    w * h < 150000 || w * h > 8000000);
				continue;
			}
			check_sum(block);
			decode(block + 54, &t);
			assert_int_equal(t.hdisplay, w);
			assert_int_equal(t.vdisplay, h);
			check_timing(&t, 60);
			assert_true(block[97] <= block[98]);
		}
	}
}

static void test_refused(void **state)
{
	uint8_t block[EDID_BLOCK];

	(void)state;
	assert_int_equal(edid_build(block, 0, 0, 480, 60), -ERANGE);
	assert_int_equal(edid_build(block, 0, 640, 0, 60), -ERANGE);
	assert_int_equal(edid_build(block, 0, 4096, 480, 60), -ERANGE);
	assert_int_equal(edid_build(block, 0, 4095, 4095, 60), -ERANGE);
	assert_int_equal(edid_build(block, 0, 128, 128, 60), -ERANGE);
	assert_int_equal(edid_build(block, 0, UINT32_MAX, UINT32_MAX, 60), -ERANGE);
	assert_int_equal(edid_build(block, 10, 640, 480, 60), -ERANGE);
	assert_int_equal(edid_build(block, 9, 640, 480, 60), 0);
}

/* A slow monitor prefers its own rate, and says that it bears that. */
static void test_slow(void **state)
{
	uint8_t block[EDID_BLOCK];
	struct decoded t;

	(void)state;
	for (unsigned int hz = EDID_MIN_HZ; hz <= EDID_MAX_HZ; hz += 5) {
		assert_int_equal(edid_build(block, 0, 1280, 800, hz), 0);
		check_sum(block);
		decode(block + 54, &t);
		check_timing(&t, hz);
		decode(block + 72, &t);
		check_timing(&t, 60);
		assert_true(block[90 + 5] <= hz && block[90 + 6] >= 60);
		assert_true(block[90 + 7] <= t.clock_khz / (t.hdisplay + t.hblank));
	}
	assert_int_equal(edid_build(block, 0, 1280, 800, EDID_MIN_HZ - 1), -ERANGE);
	assert_int_equal(edid_build(block, 0, 1280, 800, EDID_MAX_HZ + 1), -ERANGE);
	assert_int_equal(edid_build(block, 0, 1280, 800, 0), -ERANGE);
}

/* A preferred mode as large as the second timing needs no second one. */
static void test_single(void **state)
{
	uint8_t block[EDID_BLOCK];

	(void)state;
	assert_int_equal(edid_build(block, 0, 1920, 1080, 60), 0);
	assert_int_equal(block[72] | block[73], 0);
	assert_int_equal(block[72 + 3], 0x10);
	assert_int_equal(edid_build(block, 0, 2560, 1440, 60), 0);
	assert_int_equal(block[72 + 3], 0x10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_single),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
