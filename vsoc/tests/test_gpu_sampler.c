// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic of samplers: wrapping, levels, cubes, comparisons, and filters of a small image
 * whose colours tell where they come from. Filters are tested with Mesa too (tests/rig).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/agx_sampler.h"

#define BASE 0x100000000ull
#define SIDE 8 /* pixels of the image: its colour is x + SIDE * y, as a float */

static float memory[GPU_PAGE_SIZE / sizeof(float)];
static unsigned int hole_access;

static void *translate(void *opaque, uint64_t page, unsigned int *access)
{
	(void)opaque;
	*access = page == BASE ? GPU_READ : hole_access;
	return page == BASE ? memory : NULL;
}

static const struct agx_sampler nearest = {.max_lod = 15};
static const struct agx_sampler linear = {.max_lod = 15, .mag = 1, .min = 1};

static void test_decode(void **state)
{
	const uint64_t word = 80 | 160ull << 10 | 3ull << 20 | 1ull << 23 | 2ull << 27 |
			      1ull << 29 | 2ull << 32 | 3ull << 35 | 1ull << 38 | 5ull << 39 |
			      1ull << 42 | 2ull << 55 | 1ull << 57;
	uint8_t bytes[AGX_SAMPLER_BYTES];
	struct agx_sampler sampler;

	(void)state;
	for (unsigned int n = 0; n < sizeof(bytes); n++)
		bytes[n] = word >> 8 * n;
	agx_sampler_decode(bytes, &sampler);
	assert_float_equal(sampler.min_lod, 1.25, 0);
	assert_float_equal(sampler.max_lod, 2.5, 0);
	assert_int_equal(sampler.log2_anisotropy, 3);
	assert_true(sampler.mag == 1 && sampler.min == 0 && sampler.mip == AGX_MIP_LINEAR);
	assert_int_equal(sampler.wrap[0], AGX_WRAP_REPEAT);
	assert_int_equal(sampler.wrap[1], AGX_WRAP_MIRROR);
	assert_int_equal(sampler.wrap[2], AGX_WRAP_BORDER);
	assert_int_equal(sampler.compare, AGX_COMPARE_NOT_EQUAL);
	assert_int_equal(sampler.border, AGX_BORDER_WHITE);
	assert_true(sampler.pixels && sampler.compares && sampler.seamful);
	assert_null(agx_sampler_problem(&sampler));
}

static void test_problems(void **state)
{
	struct agx_sampler sampler = linear;

	(void)state;
	/* Nobody sees the colour. */
	sampler.border = AGX_BORDER_CUSTOM;
	assert_null(agx_sampler_problem(&sampler));
	sampler.wrap[1] = AGX_WRAP_BORDER;
	assert_non_null(agx_sampler_problem(&sampler));
	sampler.wrap[1] = AGX_WRAP_COUNT;
	assert_non_null(agx_sampler_problem(&sampler));
	sampler = linear;
	sampler.mip = AGX_MIP_COUNT;
	assert_non_null(agx_sampler_problem(&sampler));
	sampler = linear;
	sampler.min = 2;
	assert_non_null(agx_sampler_problem(&sampler));
}

static void test_wrap(void **state)
{
	static const struct {
		unsigned int wrap;
		int32_t want[12]; /* of texels -4 to 7 of three */
	} table[] = {
		{AGX_WRAP_EDGE, {0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2}},
		{AGX_WRAP_REPEAT, {2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1}},
		{AGX_WRAP_MIRROR, {2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1}},
		{AGX_WRAP_BORDER, {-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1, -1}},
		{AGX_WRAP_GL_CLAMP, {-1, -1, -1, -1, 0, 1, 2, -1, -1, -1, -1, -1}},
		{AGX_WRAP_MIRROR_ONCE, {2, 2, 1, 0, 0, 1, 2, 2, 2, 2, 2, 2}},
		{AGX_WRAP_FACE, {-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7}},
	};

	(void)state;
	for (size_t n = 0; n < sizeof(table) / sizeof(table[0]); n++) {
		for (int texel = -4; texel < 8; texel++)
			assert_int_equal(agx_wrap_texel(table[n].wrap, texel, 3),
					 table[n].want[texel + 4]);
		/* Of one texel there is no other. */
		if (table[n].wrap < AGX_WRAP_COUNT && table[n].want[0] >= 0)
			assert_int_equal(agx_wrap_texel(table[n].wrap, -1234567, 1), 0);
	}
}

static void check_taps(unsigned int wrap, float u, bool both, int32_t first, int32_t second,
		       uint32_t weight)
{
	struct agx_taps taps;

	agx_find_taps(&linear, wrap, u, 8, 0, both, &taps);
	assert_int_equal(taps.texel[0], first);
	assert_int_equal(taps.weight, weight);
	if (both)
		assert_int_equal(taps.texel[1], second);
}

static void test_taps(void **state)
{
	(void)state;
	check_taps(AGX_WRAP_REPEAT, 0.25f, true, 1, 2, 128);
	check_taps(AGX_WRAP_REPEAT, 2.5f / 8, true, 2, 3, 0);
	check_taps(AGX_WRAP_REPEAT, -0.0625f, true, 7, 0, 0);
	check_taps(AGX_WRAP_REPEAT, 0, true, 7, 0, 128);
	check_taps(AGX_WRAP_MIRROR, 1.0f, true, 7, 7, 128);
	check_taps(AGX_WRAP_EDGE, -3, true, 0, 0, 128);
	check_taps(AGX_WRAP_BORDER, 1, true, 7, -1, 128);
	check_taps(AGX_WRAP_GL_CLAMP, 5, true, 7, -1, 128);
	check_taps(AGX_WRAP_GL_CLAMP, 5, false, 7, 0, 0);
	check_taps(AGX_WRAP_FACE, 1, false, 7, 0, 0);
	check_taps(AGX_WRAP_FACE, 1, true, 7, 8, 128);
	/* An integer is one of any size. */
	check_taps(AGX_WRAP_REPEAT, 16777216, false, 0, 0, 0);
	check_taps(AGX_WRAP_REPEAT, -1e-30f, false, 0, 0, 0);
	check_taps(AGX_WRAP_EDGE, 3e38f, false, 7, 0, 0);
	check_taps(AGX_WRAP_BORDER, -INFINITY, false, -1, 0, 0);
	check_taps(AGX_WRAP_MIRROR_ONCE, -INFINITY, false, 7, 0, 0);
	check_taps(AGX_WRAP_EDGE, NAN, false, 0, 0, 0);
}

static void check_levels(const struct agx_sampler *sampler, float lod, unsigned int first,
			 unsigned int second, uint32_t weight, bool is_linear)
{
	struct agx_levels levels;

	agx_find_levels(sampler, lod, 3, &levels);
	assert_int_equal(levels.level[0], first);
	assert_int_equal(levels.level[1], second);
	assert_int_equal(levels.weight, weight);
	assert_int_equal(levels.linear, is_linear);
}

static void test_levels(void **state)
{
	struct agx_sampler sampler = {.max_lod = 15, .mag = 1};

	(void)state;
	check_levels(&sampler, 2.5f, 0, 1, 0, false);
	sampler.mip = AGX_MIP_NEAREST;
	check_levels(&sampler, -1, 0, 1, 0, true);
	check_levels(&sampler, 0, 0, 1, 0, true);
	check_levels(&sampler, 0.5f, 0, 1, 0, false);
	check_levels(&sampler, 0.515625f, 1, 2, 0, false);
	check_levels(&sampler, 9, 3, 3, 0, false);
	sampler.mip = AGX_MIP_LINEAR;
	check_levels(&sampler, 1.25f, 1, 2, 64, false);
	check_levels(&sampler, 2.999f, 3, 3, 0, false);
	check_levels(&sampler, INFINITY, 3, 3, 0, false);
	check_levels(&sampler, -INFINITY, 0, 1, 0, true);
	check_levels(&sampler, NAN, 0, 1, 0, true);
	sampler.min_lod = 0.75f;
	sampler.max_lod = 1.5f;
	check_levels(&sampler, -4, 0, 1, 192, false);
	check_levels(&sampler, 3, 1, 2, 128, false);
}

static void test_gradients(void **state)
{
	float d[2][3] = {{4, 0, 0}, {0, 2, 0}}, none[2][3] = {{0}};

	(void)state;
	assert_float_equal(agx_gradient_lod(d), 2, 0);
	d[1][0] = 8;
	d[1][1] = 0;
	assert_float_equal(agx_gradient_lod(d), 3, 0);
	assert_true(isinf(agx_gradient_lod(none)) && agx_gradient_lod(none) < 0);
}

/* The middle of a texel as a direction, from the definition of the faces. */
static void direction_of(unsigned int face, float s, float t, float d[3])
{
	const float all[6][3] = {{1, -t, -s}, {-1, -t, s},  {s, 1, t},
				 {s, -1, -t}, {s, -t, 1}, {-s, -t, -1}};

	memcpy(d, all[face], sizeof(all[face]));
}

static void test_faces(void **state)
{
	(void)state;
	for (unsigned int face = 0; face < 6; face++) {
		float d[3], at[2];

		direction_of(face, 0.5f, -0.25f, d);
		for (unsigned int n = 0; n < 3; n++)
			d[n] *= 3;
		assert_int_equal(agx_cube_face(d, at), face);
		assert_float_equal(at[0], 0.75, 1e-6);
		assert_float_equal(at[1], 0.375, 1e-6);
	}
}

static float distance_of(const unsigned int face[2], const int32_t x[2], const int32_t y[2], int n)
{
	float at[2][3], sum = 0;

	for (unsigned int k = 0; k < 2; k++)
		direction_of(face[k], (2 * x[k] + 1) / (float)n - 1, (2 * y[k] + 1) / (float)n - 1,
			     at[k]);
	for (unsigned int k = 0; k < 3; k++)
		sum += (at[0][k] - at[1][k]) * (at[0][k] - at[1][k]);
	return sum;
}

/* A texel beyond an edge is the one whose middle lies next to that of the texel at the edge. */
static void check_edge(unsigned int from, int side, int along, int n)
{
	int32_t edge = side & 1 ? n - 1 : 0, beyond = side & 1 ? n : -1;
	unsigned int face[2] = {from, from};
	int32_t x[2] = {edge, beyond}, y[2] = {edge, beyond};

	if (side & 2)
		x[0] = x[1] = along;
	else
		y[0] = y[1] = along;
	assert_true(agx_cube_texel(n, &face[1], &x[1], &y[1]));
	assert_int_not_equal(face[1], from);
	assert_true(x[1] >= 0 && x[1] < n && y[1] >= 0 && y[1] < n);
	/* Half a texel down either face */
	assert_float_equal(distance_of(face, x, y, n), 2.0 / (n * n), 1e-6);
}

static void test_edges(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 6 * 4 * 4; n++)
		check_edge(n / 16, n / 4 % 4, n % 4, 4);
}

static void test_corners(void **state)
{
	unsigned int face = 2;
	int32_t x = 1, y = 2;

	(void)state;
	assert_true(agx_cube_texel(4, &face, &x, &y));
	assert_true(face == 2 && x == 1 && y == 2);
	x = -1;
	y = 4;
	assert_false(agx_cube_texel(4, &face, &x, &y));
}

static void test_compare(void **state)
{
	/* Reference below, at and above the texel */
	static const bool want[][3] = {
		[AGX_COMPARE_LEQUAL] = {1, 1, 0},    [AGX_COMPARE_GEQUAL] = {0, 1, 1},
		[AGX_COMPARE_LESS] = {1, 0, 0},	     [AGX_COMPARE_GREATER] = {0, 0, 1},
		[AGX_COMPARE_EQUAL] = {0, 1, 0},     [AGX_COMPARE_NOT_EQUAL] = {1, 0, 1},
		[AGX_COMPARE_ALWAYS] = {1, 1, 1},    [AGX_COMPARE_NEVER] = {0, 0, 0},
	};

	(void)state;
	for (unsigned int n = 0; n <= AGX_COMPARE_NEVER; n++) {
		for (unsigned int k = 0; k < 3; k++)
			assert_int_equal(agx_compare(n, k * 0.5f, 0.5f), want[n][k]);
	}
}

struct fixture {
	struct gpu_space space;
	struct gpu_tlb tlb;
	struct agx_image image;
	struct agx_lookup lookup;
};

/* A linear image of single floats; its components are x, x, one and x. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	for (unsigned int n = 0; n < SIDE * SIDE; n++)
		memory[n] = n;
	gpu_space_init(&f->space, translate, NULL);
	gpu_tlb_attach(&f->tlb, &f->space);
	f->image = (struct agx_image){
		.address = BASE,
		.stride = SIDE * sizeof(float),
		.width = SIDE,
		.height = SIDE,
		.layers = 1,
		.dim = AGX_DIM_2D,
		.layout = AGX_LAYOUT_LINEAR,
		.channels = 0x21,
		.type = AGX_TYPE_FLOAT,
		.bytes = sizeof(float),
		.samples = 1,
		.levels = 1,
		.swizzle = {0, 0, 4, 3},
		.channel_bits = {32},
		.num_channels = 1,
	};
	f->lookup = (struct agx_lookup){.dim = AGX_DIM_2D};
	hole_access = 0;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void sample(struct fixture *f, const struct agx_sampler *sampler, float x, float y,
		   float out[4])
{
	uint32_t component[4];
	uint64_t bad;

	f->lookup.coordinate[0] = x / SIDE;
	f->lookup.coordinate[1] = y / SIDE;
	assert_null(agx_lookup_problem(&f->image, sampler, &f->lookup));
	assert_true(agx_sample(&f->image, sampler, &f->tlb, &f->lookup, component, &bad));
	memcpy(out, component, sizeof(component));
}

static void test_filter(void **state)
{
	struct fixture *f = *state;
	float out[4];

	sample(f, &nearest, 3.25f, 2.75f, out);
	assert_float_equal(out[0], 2 * SIDE + 3, 0);
	assert_float_equal(out[2], 1, 0);
	/* Linear in x and y, as the colour is */
	sample(f, &linear, 3.25f, 2.75f, out);
	assert_float_equal(out[0], 2.25 * SIDE + 2.75, 0);
	f->lookup.offset[0] = 1;
	f->lookup.offset[1] = -2;
	sample(f, &linear, 3.25f, 2.75f, out);
	assert_float_equal(out[0], 0.25 * SIDE + 3.75, 0);
}

/* One texel keeps what a sum would lose; what does not count does no harm. */
static void test_special(void **state)
{
	struct fixture *f = *state;
	float out[4];

	memory[0] = -0.0f;
	memory[1] = INFINITY;
	sample(f, &nearest, 0.5f, 0.5f, out);
	assert_true(signbit(out[0]));
	sample(f, &linear, 0.5f, 0.5f, out);
	assert_float_equal(out[0], 0, 0);
	sample(f, &linear, 1, 0.5f, out);
	assert_true(isinf(out[0]));
}

static void test_border(void **state)
{
	static const float want[][4] = {
		[AGX_BORDER_TRANSPARENT] = {0, 0, 1, 0},
		[AGX_BORDER_BLACK] = {0, 0, 1, 1},
		[AGX_BORDER_WHITE] = {1, 1, 1, 1},
	};
	struct fixture *f = *state;
	struct agx_sampler sampler = linear;
	float out[4];

	sampler.wrap[0] = sampler.wrap[1] = AGX_WRAP_BORDER;
	for (sampler.border = 0; sampler.border < AGX_BORDER_CUSTOM; sampler.border++) {
		sample(f, &sampler, -2, 3, out);
		for (unsigned int c = 0; c < 4; c++)
			assert_float_equal(out[c], want[sampler.border][c], 0);
	}
	sampler.border = AGX_BORDER_WHITE;
	sample(f, &sampler, SIDE, 0.5f, out);
	assert_float_equal(out[0], (SIDE - 1 + 1) / 2.0, 0);
}

static void test_gather(void **state)
{
	struct fixture *f = *state;
	float out[4];

	f->lookup.gather = true;
	sample(f, &nearest, 3.9f, 2.1f, out);
	assert_float_equal(out[0], 2 * SIDE + 3, 0);
	assert_float_equal(out[1], 2 * SIDE + 4, 0);
	assert_float_equal(out[2], 1 * SIDE + 4, 0);
	assert_float_equal(out[3], 1 * SIDE + 3, 0);
	f->lookup.component = 2;
	sample(f, &nearest, 3.9f, 2.1f, out);
	assert_float_equal(out[3], 1, 0);
}

static void test_shadow(void **state)
{
	struct agx_sampler sampler = linear;
	struct fixture *f = *state;
	float out[4];

	sampler.compares = true;
	sampler.compare = AGX_COMPARE_LESS;
	f->lookup.shadow = true;
	f->lookup.reference = 2 * SIDE + 3;
	/* Of texels 18, 19, 26 and 27: the first two are not above 19. */
	sample(f, &sampler, 3, 2.75f, out);
	assert_float_equal(out[0], 0.25, 0);
	assert_non_null(agx_lookup_problem(&f->image, &linear, &f->lookup));
	f->lookup.shadow = false;
	assert_non_null(agx_lookup_problem(&f->image, &sampler, &f->lookup));
}

/* Pages that are not there: zeros, or the address of the first that is an error. */
static void test_holes(void **state)
{
	struct fixture *f = *state;
	uint32_t component[4];
	uint64_t bad = 0;
	float out[4];

	f->image.address = BASE + GPU_PAGE_SIZE - SIDE * sizeof(float);
	sample(f, &linear, 4, 3, out);
	assert_float_equal(out[0], 0, 0);
	hole_access = GPU_HARD;
	gpu_space_invalidate(&f->space);
	assert_false(agx_sample(&f->image, &linear, &f->tlb, &f->lookup, component, &bad));
	assert_int_equal(bad & ~(uint64_t)(GPU_PAGE_SIZE - 1), BASE + GPU_PAGE_SIZE);
	f->image.layout = AGX_LAYOUT_NULL;
	sample(f, &linear, 4, 3, out);
	assert_float_equal(out[2], 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_problems),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_taps),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_faces),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_corners),
		cmocka_unit_test(test_compare),
		cmocka_unit_test_setup_teardown(test_filter, setup, teardown),
		cmocka_unit_test_setup_teardown(test_special, setup, teardown),
		cmocka_unit_test_setup_teardown(test_border, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gather, setup, teardown),
		cmocka_unit_test_setup_teardown(test_shadow, setup, teardown),
		cmocka_unit_test_setup_teardown(test_holes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
