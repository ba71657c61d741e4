// SPDX-License-Identifier: GPL-2.0
/* Colour unit of a head. */
#include "colour.h"

#include <string.h>

#define BLOCK_FLAGS	0x0000
#define  FLAG_DEGAMMA	(1u << 0)
#define  FLAG_CTM	(1u << 1)
#define  FLAG_GAMMA	(1u << 2)
#define  FLAGS_ALL	(FLAG_DEGAMMA | FLAG_CTM | FLAG_GAMMA)
#define BLOCK_FLAGS_END	0x0004
#define BLOCK_CTM	0x0010
#define BLOCK_CTM_END	0x0034
#define BLOCK_DEGAMMA	0x0800
#define BLOCK_GAMMA	0x1000

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static bool zero(const uint8_t *block, size_t from, size_t to)
{
	while (from < to)
		if (block[from++])
			return false;
	return true;
}

static void parse_lut(uint16_t lut[3][256], const uint8_t *raw)
{
	for (unsigned int i = 0; i < 256; i++)
		for (unsigned int c = 0; c < 3; c++)
			lut[c][i] = get16(raw + i * 8 + c * 2);
}

static inline uint32_t widen(const struct colour *colour, unsigned int c, uint32_t v)
{
	return colour->degamma_on ? colour->degamma[c][v] : v * 257;
}

/* @v: 0..65535; the result has 8 bits. */
static inline uint32_t finish(const struct colour *colour, unsigned int c, uint32_t v)
{
	uint32_t i = v / 257, f = v % 257;

	if (colour->gamma_on) {
		const uint16_t *lut = colour->gamma[c];

		v = f ? (lut[i] * (257 - f) + lut[i + 1] * f + 128) / 257 : lut[i];
	}
	return (v + 128) / 257;
}

bool colour_parse(struct colour *colour, const uint8_t *block)
{
	uint32_t flags = get32(block + BLOCK_FLAGS);

	memset(colour, 0, sizeof(*colour));
	if (flags & ~FLAGS_ALL || !zero(block, BLOCK_FLAGS_END, BLOCK_CTM) ||
	    !zero(block, BLOCK_CTM_END, BLOCK_DEGAMMA))
		return false;
	colour->degamma_on = flags & FLAG_DEGAMMA;
	colour->ctm_on = flags & FLAG_CTM;
	colour->gamma_on = flags & FLAG_GAMMA;
	for (unsigned int i = 0; i < 9; i++)
		colour->ctm[i] = (int32_t)get32(block + BLOCK_CTM + 4 * i);
	parse_lut(colour->degamma, block + BLOCK_DEGAMMA);
	parse_lut(colour->gamma, block + BLOCK_GAMMA);
	for (unsigned int c = 0; c < 3; c++)
		for (unsigned int v = 0; v < 256; v++)
			colour->direct[c][v] = finish(colour, c, widen(colour, c, v));
	return true;
}

static void apply_direct(const struct colour *colour, uint32_t *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t p = line[i];

		line[i] = (uint32_t)colour->direct[0][p >> 16 & 0xff] << 16 |
			  (uint32_t)colour->direct[1][p >> 8 & 0xff] << 8 |
			  colour->direct[2][p & 0xff];
	}
}

/* 65535 * 2^31 * 3 fits. */
static inline uint32_t row(const int32_t *m, const int64_t in[3])
{
	int64_t v = (m[0] * in[0] + m[1] * in[1] + m[2] * in[2] + 32768) >> 16;

	return v < 0 ? 0 : v > 65535 ? 65535 : (uint32_t)v;
}

static uint32_t matrix_pixel(const struct colour *colour, uint32_t p)
{
	const int64_t in[3] = {
		widen(colour, 0, p >> 16 & 0xff), widen(colour, 1, p >> 8 & 0xff),
		widen(colour, 2, p & 0xff),
	};
	uint32_t out = 0;

	for (unsigned int c = 0; c < 3; c++)
		out = out << 8 | finish(colour, c, row(colour->ctm + 3 * c, in));
	return out;
}

/* Neighbours are often alike, and the matrix is slow. */
static void apply_matrix(const struct colour *colour, uint32_t *line, size_t n)
{
	uint32_t before = 0, after = matrix_pixel(colour, 0);

	for (size_t i = 0; i < n; i++) {
		if (line[i] != before) {
			before = line[i];
			after = matrix_pixel(colour, before);
		}
		line[i] = after;
	}
}

void colour_apply(const struct colour *colour, uint32_t *line, size_t n)
{
	if (colour->ctm_on)
		apply_matrix(colour, line, n);
	else
		apply_direct(colour, line, n);
}
