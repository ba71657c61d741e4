// SPDX-License-Identifier: GPL-2.0
/* ETC2 and EAC, as Khronos defines them to the bit. Words are big-endian, texels go down first. */
#include <stdbool.h>

#include "agx_block.h"

struct rgb {
	int c[3];
};

/* Bits @lo to @lo + @n - 1. */
static int field(uint64_t word, unsigned int lo, unsigned int n)
{
	return word >> lo & ((1u << n) - 1);
}

static int signed_field(uint64_t word, unsigned int lo, unsigned int n)
{
	int value = field(word, lo, n);

	return value >> (n - 1) ? value - (1 << n) : value;
}

static int clamped(int v, int low, int high)
{
	return v < low ? low : v > high ? high : v;
}

/* To eight bits, of which the lower ones repeat the upper ones. */
static int widened(int v, unsigned int bits)
{
	return v << (8 - bits) | v >> (2 * bits - 8);
}

static struct rgb sum(const struct rgb *a, int by)
{
	struct rgb out;

	for (unsigned int n = 0; n < 3; n++)
		out.c[n] = clamped(a->c[n] + by, 0, 255);
	return out;
}

static const int distances[] = {3, 6, 11, 16, 23, 32, 41, 64};

static struct rgb wide4(int r, int g, int b)
{
	return (struct rgb){{widened(r, 4), widened(g, 4), widened(b, 4)}};
}

/* One colour, and another one with two neighbours. */
static struct rgb t_mode(uint64_t w, unsigned int index)
{
	struct rgb a =
		wide4(field(w, 59, 2) << 2 | field(w, 56, 2), field(w, 52, 4), field(w, 48, 4));
	struct rgb b = wide4(field(w, 44, 4), field(w, 40, 4), field(w, 36, 4));
	int by = distances[field(w, 34, 2) << 1 | field(w, 32, 1)];

	return index == 0 ? a : sum(&b, index == 1 ? by : index == 2 ? 0 : -by);
}

/* Two colours' neighbours. Which colour is the greater one is a bit of the distance. */
static struct rgb h_mode(uint64_t w, unsigned int index)
{
	int r1 = field(w, 59, 4), g1 = field(w, 56, 3) << 1 | field(w, 52, 1);
	int b1 = field(w, 51, 1) << 3 | field(w, 47, 3);
	int r2 = field(w, 43, 4), g2 = field(w, 39, 4), b2 = field(w, 35, 4);
	bool greater = (r1 << 8 | g1 << 4 | b1) >= (r2 << 8 | g2 << 4 | b2);
	int by = distances[field(w, 34, 1) << 2 | field(w, 32, 1) << 1 | greater];
	struct rgb base = index < 2 ? wide4(r1, g1, b1) : wide4(r2, g2, b2);

	return sum(&base, index & 1 ? -by : by);
}

/* A plane through three colours: of the origin, of the far right, of the far bottom. */
static struct rgb planar(uint64_t w, int x, int y)
{
	const int o[3] = {
		widened(field(w, 57, 6), 6), widened(field(w, 56, 1) << 6 | field(w, 49, 6), 7),
		widened(field(w, 48, 1) << 5 | field(w, 43, 2) << 3 | field(w, 39, 3), 6)};
	const int h[3] = {widened(field(w, 34, 5) << 1 | field(w, 32, 1), 6),
			  widened(field(w, 25, 7), 7), widened(field(w, 19, 6), 6)};
	const int v[3] = {widened(field(w, 13, 6), 6), widened(field(w, 6, 7), 7),
			  widened(field(w, 0, 6), 6)};
	struct rgb out;

	for (unsigned int n = 0; n < 3; n++)
		out.c[n] = clamped((x * (h[n] - o[n]) + y * (v[n] - o[n]) + 4 * o[n] + 2) >> 2, 0,
				   255);
	return out;
}

/* A colour for each half of the block, brighter or darker by one of two steps. */
static struct rgb halves(uint64_t w, bool differential, bool is_second, unsigned int index,
			 bool is_opaque)
{
	static const int steps[8][2] = {{2, 8},	  {5, 17},  {9, 29},   {13, 42},
					{18, 60}, {24, 80}, {33, 106}, {47, 183}};
	int step = steps[field(w, is_second ? 34 : 37, 3)][index & 1];
	struct rgb base;

	for (unsigned int n = 0; n < 3; n++) {
		unsigned int at = 56 - 8 * n;

		if (differential)
			base.c[n] = widened(
				field(w, at + 3, 5) + (is_second ? signed_field(w, at, 3) : 0), 5);
		else
			base.c[n] = widened(field(w, is_second ? at : at + 4, 4), 4);
	}
	if (!is_opaque && index == 0)
		step = 0;
	return sum(&base, index & 2 ? -step : step);
}

/* Out of the range of five bits: what tells the other modes. */
static bool overflows(uint64_t w, unsigned int n)
{
	int value = field(w, 59 - 8 * n, 5) + signed_field(w, 56 - 8 * n, 3);

	return value < 0 || value > 31;
}

/* False for a transparent texel of formats that have these. */
static bool etc_colour(uint64_t w, unsigned int x, unsigned int y, bool punches, struct rgb *out)
{
	unsigned int n = 4 * x + y, index = field(w, 16 + n, 1) << 1 | field(w, n, 1);
	bool bit = field(w, 33, 1), differential = punches || bit, is_opaque = !punches || bit;
	bool is_second = field(w, 32, 1) ? y >= 2 : x >= 2;
	bool is_plane = differential && !overflows(w, 0) && !overflows(w, 1) && overflows(w, 2);

	if (is_plane) {
		*out = planar(w, x, y);
		return true;
	}
	if (differential && overflows(w, 0))
		*out = t_mode(w, index);
	else if (differential && overflows(w, 1))
		*out = h_mode(w, index);
	else
		*out = halves(w, differential, is_second, index, is_opaque);
	return is_opaque || index != 2;
}

/* What a texel has to the base, in steps of the multiplier. */
static int eac_modifier(uint64_t w, unsigned int x, unsigned int y)
{
	static const int8_t table[16][8] = {
		{-3, -6, -9, -15, 2, 5, 8, 14}, {-3, -7, -10, -13, 2, 6, 9, 12},
		{-2, -5, -8, -13, 1, 4, 7, 12}, {-2, -4, -6, -13, 1, 3, 5, 12},
		{-3, -6, -8, -12, 2, 5, 7, 11}, {-3, -7, -9, -11, 2, 6, 8, 10},
		{-4, -7, -8, -11, 3, 6, 7, 10}, {-3, -5, -8, -11, 2, 4, 7, 10},
		{-2, -6, -8, -10, 1, 5, 7, 9},	{-2, -5, -8, -10, 1, 4, 7, 9},
		{-2, -4, -8, -10, 1, 3, 7, 9},	{-2, -5, -7, -10, 1, 4, 6, 9},
		{-3, -4, -7, -10, 2, 3, 6, 9},	{-1, -2, -3, -10, 0, 1, 2, 9},
		{-4, -6, -8, -9, 3, 5, 7, 8},	{-3, -5, -7, -9, 2, 4, 6, 8},
	};

	return table[field(w, 48, 4)][field(w, 45 - 3 * (4 * x + y), 3)];
}

static uint64_t word_of(const uint8_t *bytes)
{
	uint64_t word = 0;

	for (unsigned int n = 0; n < 8; n++)
		word = word << 8 | bytes[n];
	return word;
}

float agx_eac_alpha(const uint8_t block[8], unsigned int x, unsigned int y)
{
	uint64_t w = word_of(block);
	int value = field(w, 56, 8) + eac_modifier(w, x, y) * field(w, 52, 4);

	return clamped(value, 0, 255) / 255.0f;
}

float agx_eac_channel(const uint8_t block[8], unsigned int x, unsigned int y, bool is_signed)
{
	uint64_t w = word_of(block);
	int step = field(w, 52, 4) ? field(w, 52, 4) * 8 : 1, by = eac_modifier(w, x, y) * step;

	if (is_signed)
		return clamped(clamped(signed_field(w, 56, 8), -127, 127) * 8 + by, -1023, 1023) /
		       1023.0f;
	return clamped(field(w, 56, 8) * 8 + 4 + by, 0, 2047) / 2047.0f;
}

void agx_etc_colour(const uint8_t block[8], unsigned int x, unsigned int y, bool punches,
		    float colour[4])
{
	struct rgb rgb;

	if (!etc_colour(word_of(block), x, y, punches, &rgb)) {
		colour[0] = colour[1] = colour[2] = colour[3] = 0;
		return;
	}
	for (unsigned int n = 0; n < 3; n++)
		colour[n] = rgb.c[n] / 255.0f;
	colour[3] = 1;
}
