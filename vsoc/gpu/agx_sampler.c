// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of sampling: coordinates, levels, cubes, comparisons. No memory. */
#include <math.h>
#include <stdlib.h>

#include "agx_sampler.h"

#define FRACTION 256 /* steps between two texels, and between two levels */
#define FAR 1048576  /* texels: beyond any image, so that wrapping no longer changes anything */

void agx_sampler_decode(const uint8_t descriptor[AGX_SAMPLER_BYTES], struct agx_sampler *sampler)
{
	uint64_t word = 0;

	for (unsigned int n = 0; n < AGX_SAMPLER_BYTES; n++)
		word |= (uint64_t)descriptor[n] << 8 * n;
	*sampler = (struct agx_sampler){
		.min_lod = (word & 1023) / 64.0f,
		.max_lod = (word >> 10 & 1023) / 64.0f,
		.log2_anisotropy = word >> 20 & 7,
		.mag = word >> 23 & 3,
		.min = word >> 25 & 3,
		.mip = word >> 27 & 3,
		.wrap = {word >> 29 & 7, word >> 32 & 7, word >> 35 & 7},
		.pixels = word >> 38 & 1,
		.compare = word >> 39 & 7,
		.compares = word >> 42 & 1,
		.border = word >> 55 & 3,
		.seamful = word >> 57 & 1,
	};
}

const char *agx_sampler_problem(const struct agx_sampler *sampler)
{
	if (sampler->mag > 1 || sampler->min > 1)
		return "filter not known";
	if (sampler->mip >= AGX_MIP_COUNT)
		return "mip filter not known";
	for (unsigned int n = 0; n < 3; n++) {
		if (sampler->wrap[n] >= AGX_WRAP_COUNT)
			return "wrap mode not known";
		/* Where the colour is depends on the kind of heap. */
		if ((sampler->wrap[n] == AGX_WRAP_BORDER ||
		     sampler->wrap[n] == AGX_WRAP_GL_CLAMP) &&
		    sampler->border == AGX_BORDER_CUSTOM)
			return "custom border colour not modelled";
	}
	return NULL;
}

static int64_t modulo(int64_t value, int64_t by)
{
	int64_t rest = value % by;

	return rest < 0 ? rest + by : rest;
}

int32_t agx_wrap_texel(unsigned int wrap, int64_t texel, uint32_t size)
{
	int64_t last = (int64_t)size - 1;

	switch (wrap) {
	case AGX_WRAP_REPEAT:
		return modulo(texel, size);
	case AGX_WRAP_MIRROR:
		texel = modulo(texel, 2 * (int64_t)size);
		return texel > last ? 2 * last + 1 - texel : texel;
	case AGX_WRAP_MIRROR_ONCE:
		texel = texel < 0 ? -1 - texel : texel;
		return texel > last ? last : texel;
	case AGX_WRAP_EDGE:
		return texel < 0 ? 0 : texel > last ? last : texel;
	case AGX_WRAP_BORDER:
	case AGX_WRAP_GL_CLAMP:
		return texel < 0 || texel > last ? -1 : texel;
	default: /* AGX_WRAP_FACE */
		return texel;
	}
}

static double clamped(double v, double low, double high)
{
	return v > low ? (v < high ? v : high) : low;
}

/* A coordinate in texels. What repeats is reduced before the size can cost precision. */
static double place(const struct agx_sampler *sampler, unsigned int wrap, double u, uint32_t size)
{
	if (!isfinite(u))
		u = isnan(u) ? 0 : u > 0 ? FAR : -FAR;
	if (sampler->pixels)
		return clamped(u, -FAR, FAR);
	if (wrap == AGX_WRAP_REPEAT)
		u -= floor(u);
	else if (wrap == AGX_WRAP_MIRROR)
		u -= 2 * floor(u / 2);
	else if (wrap == AGX_WRAP_GL_CLAMP)
		u = clamped(u, 0, 1);
	return clamped(u * size, -FAR, FAR);
}

void agx_find_taps(const struct agx_sampler *sampler, unsigned int wrap, float coordinate,
		   uint32_t size, int offset, bool both, struct agx_taps *taps)
{
	double at = place(sampler, wrap, coordinate, size);
	int64_t first;

	if (both) {
		int64_t fixed = (int64_t)floor((at - 0.5) * FRACTION + 0.5);

		first = (fixed >> 8) + offset;
		taps->weight = fixed & (FRACTION - 1);
		taps->texel[1] = agx_wrap_texel(wrap, first + 1, size);
	} else {
		/* The border is part of a footprint, never the nearest texel of a clamped one. */
		if (wrap == AGX_WRAP_GL_CLAMP || wrap == AGX_WRAP_FACE)
			wrap = AGX_WRAP_EDGE;
		first = (int64_t)floor(at) + offset;
		taps->weight = 0;
		taps->texel[1] = -1;
	}
	taps->texel[0] = agx_wrap_texel(wrap, first, size);
}

void agx_find_levels(const struct agx_sampler *sampler, float lod, unsigned int last,
		     struct agx_levels *levels)
{
	double level;
	uint32_t fixed;

	lod = clamped(lod, sampler->min_lod, sampler->max_lod);
	level = clamped(lod, 0, last);
	*levels = (struct agx_levels){.linear = lod > 0 ? sampler->min : sampler->mag};
	switch (sampler->mip) {
	case AGX_MIP_NEAREST:
		levels->level[0] = ceil(level + 0.5) - 1;
		break;
	case AGX_MIP_LINEAR:
		fixed = floor(level * FRACTION + 0.5);
		levels->level[0] = fixed / FRACTION;
		levels->weight = fixed % FRACTION;
		break;
	}
	levels->level[1] = levels->level[0] < last ? levels->level[0] + 1 : last;
}

float agx_gradient_lod(float d[2][3])
{
	double longest = 0;

	for (unsigned int n = 0; n < 2; n++) {
		double square = (double)d[n][0] * d[n][0] + (double)d[n][1] * d[n][1] +
				(double)d[n][2] * d[n][2];

		longest = square > longest ? square : longest;
	}
	return log2(longest) / 2;
}

/* How the faces lie: the axes of a face's x, y and depth among those of a direction, with signs. */
static const struct face {
	uint8_t axis[3];
	int8_t sign[3];
} faces[] = {
	{{2, 1, 0}, {-1, -1, 1}}, {{2, 1, 0}, {1, -1, -1}}, {{0, 2, 1}, {1, 1, 1}},
	{{0, 2, 1}, {1, -1, -1}}, {{0, 1, 2}, {1, -1, 1}},  {{0, 1, 2}, {-1, -1, -1}},
};

static unsigned int face_of(const double direction[3])
{
	double x = fabs(direction[0]), y = fabs(direction[1]), z = fabs(direction[2]);

	if (z >= x && z >= y)
		return direction[2] < 0 ? 5 : 4;
	if (y >= x)
		return direction[1] < 0 ? 3 : 2;
	return direction[0] < 0 ? 1 : 0;
}

static void to_face(unsigned int face, const double direction[3], double at[3])
{
	for (unsigned int n = 0; n < 3; n++)
		at[n] = faces[face].sign[n] * direction[faces[face].axis[n]];
}

unsigned int agx_cube_face(const float direction[3], float at[2])
{
	const double d[3] = {direction[0], direction[1], direction[2]};
	unsigned int face = face_of(d);
	double on[3];

	to_face(face, d, on);
	at[0] = (on[0] / on[2] + 1) / 2;
	at[1] = (on[1] / on[2] + 1) / 2;
	return face;
}

bool agx_cube_texel(uint32_t size, unsigned int *face, int32_t *x, int32_t *y)
{
	const struct face *from = &faces[*face];
	int32_t n = (int32_t)size, at[3] = {2 * *x + 1 - n, 2 * *y + 1 - n, n}, over;
	double direction[3], on[3];

	if (abs(at[0]) < n && abs(at[1]) < n)
		return true;
	if (abs(at[0]) > n && abs(at[1]) > n)
		return false;
	/* Folded around the edge: as far down the other face as it was beyond this one. */
	over = abs(at[0]) > n ? 0 : 1;
	at[2] = 2 * n - abs(at[over]);
	at[over] = at[over] < 0 ? -n : n;
	for (unsigned int k = 0; k < 3; k++)
		direction[from->axis[k]] = from->sign[k] * at[k];
	*face = face_of(direction);
	to_face(*face, direction, on);
	*x = ((int32_t)on[0] + n - 1) / 2;
	*y = ((int32_t)on[1] + n - 1) / 2;
	return true;
}

bool agx_compare(unsigned int compare, float reference, float texel)
{
	switch (compare) {
	case AGX_COMPARE_LEQUAL:
		return reference <= texel;
	case AGX_COMPARE_GEQUAL:
		return reference >= texel;
	case AGX_COMPARE_LESS:
		return reference < texel;
	case AGX_COMPARE_GREATER:
		return reference > texel;
	case AGX_COMPARE_EQUAL:
		return reference == texel;
	case AGX_COMPARE_NOT_EQUAL:
		return reference != texel;
	default:
		return compare == AGX_COMPARE_ALWAYS;
	}
}
