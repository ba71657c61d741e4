// SPDX-License-Identifier: GPL-2.0
/*
 * The instants of vblanks, at a fixed rate and at a variable one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "timeline.h"

#define START	1000000ull
#define MS	1000000ull

/* 1000 x 1000 pixels, so that a frame lasts 10^9 / kHz microseconds. */
static struct timeline timeline_of(uint32_t khz)
{
	struct display_mode mode = { .pixel_clock_khz = khz, .htotal = 1000, .vtotal = 1000 };
	struct timeline time;

	timeline_start(&time, &mode, START);
	return time;
}

/* Thirds of a nanosecond do not add up. */
static void test_no_drift(void **state)
{
	struct timeline time = timeline_of(60000);

	(void)state;
	assert_int_equal(timeline_instant(&time, 0), START);
	assert_int_equal(timeline_instant(&time, 1), START + 16666666);
	assert_int_equal(timeline_instant(&time, 3), START + 50 * MS);
	assert_int_equal(timeline_instant(&time, 3000000), START + 50000000 * MS);
	for (uint64_t n = 0; n < 100000; n++) {
		uint64_t at = timeline_instant(&time, n);

		assert_int_equal(timeline_frame_at(&time, at), n);
		if (n)
			assert_int_equal(timeline_frame_at(&time, at - 1), n - 1);
	}
	assert_int_equal(timeline_frame_at(&time, 5), 0);
}

static void test_fixed(void **state)
{
	struct timeline time = timeline_of(100000);

	(void)state;
	assert_int_equal(timeline_next(&time, 0), START + 10 * MS);
	assert_int_equal(timeline_next(&time, START + 3 * MS), START + 10 * MS);
	assert_int_equal(timeline_next(&time, START + 13 * MS), START + 10 * MS);
	assert_int_equal(timeline_advance(&time, 4, START + 10 * MS), START + 40 * MS);
	assert_int_equal(timeline_next(&time, 0), START + 50 * MS);
	/* One that had to wait: the next frame begins when it ended. */
	assert_int_equal(timeline_advance(&time, 1, START + 57 * MS), START + 57 * MS);
	assert_int_equal(timeline_next(&time, 0), START + 67 * MS);
}

/* Between the mode's rate and the monitor's lowest, 25 ms. */
static void test_variable(void **state)
{
	struct timeline time = timeline_of(100000);

	(void)state;
	timeline_set_variable(&time, true);
	assert_int_equal(timeline_next(&time, 0), START + 25 * MS);
	assert_int_equal(timeline_next(&time, START + 3 * MS), START + 10 * MS);
	assert_int_equal(timeline_next(&time, START + 10 * MS), START + 10 * MS);
	assert_int_equal(timeline_next(&time, START + 13 * MS), START + 13 * MS);
	assert_int_equal(timeline_next(&time, START + 25 * MS), START + 25 * MS);
	assert_int_equal(timeline_next(&time, START + 26 * MS), START + 25 * MS);
	assert_int_equal(timeline_advance(&time, 1, START + 13 * MS), START + 13 * MS);
	assert_int_equal(timeline_next(&time, 0), START + 38 * MS);
	assert_int_equal(timeline_frame_at(&time, START + 30 * MS), 1);
	timeline_set_variable(&time, false);
	assert_int_equal(timeline_next(&time, 0), START + 23 * MS);
	assert_int_equal(timeline_next(&time, START + 24 * MS), START + 23 * MS);
}

/* Such a mode is slower than what the monitor needs. */
static void test_slow_mode(void **state)
{
	struct timeline time = timeline_of(30000);

	(void)state;
	timeline_set_variable(&time, true);
	assert_int_equal(timeline_next(&time, 0), timeline_instant(&time, 1));
	assert_int_equal(timeline_advance(&time, 2, timeline_instant(&time, 1)),
			 timeline_instant(&time, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_variable),
		cmocka_unit_test(test_slow_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
