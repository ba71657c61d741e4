/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sampling: from coordinates to a filtered colour, one lane at a time. Coordinates become texels in
 * fixed point, as the limits promise that the driver reports: 8 bits of fraction between texels and
 * between mip levels.
 */
#ifndef VSOC_GPU_AGX_SAMPLER_H
#define VSOC_GPU_AGX_SAMPLER_H

#include "agx_image.h"

/* The values are the encoding. */
enum agx_wrap {
	AGX_WRAP_EDGE,
	AGX_WRAP_REPEAT,
	AGX_WRAP_MIRROR,
	AGX_WRAP_BORDER,
	AGX_WRAP_GL_CLAMP, /* the coordinate is clamped, the footprint is not */
	AGX_WRAP_MIRROR_ONCE,
	AGX_WRAP_COUNT,
	AGX_WRAP_FACE = AGX_WRAP_COUNT, /* not encoded: no wrapping, see agx_cube_texel() */
};

enum agx_mip_filter {
	AGX_MIP_NONE,
	AGX_MIP_NEAREST,
	AGX_MIP_LINEAR,
	AGX_MIP_COUNT,
};

enum agx_border {
	AGX_BORDER_TRANSPARENT,
	AGX_BORDER_BLACK,
	AGX_BORDER_WHITE,
	AGX_BORDER_CUSTOM,
};

enum agx_compare {
	AGX_COMPARE_LEQUAL,
	AGX_COMPARE_GEQUAL,
	AGX_COMPARE_LESS,
	AGX_COMPARE_GREATER,
	AGX_COMPARE_EQUAL,
	AGX_COMPARE_NOT_EQUAL,
	AGX_COMPARE_ALWAYS,
	AGX_COMPARE_NEVER,
};

/* A sampler descriptor, taken apart. */
struct agx_sampler {
	float min_lod, max_lod;
	uint8_t log2_anisotropy;
	uint8_t mag, min; /* 1: linear */
	uint8_t mip;	  /* enum agx_mip_filter */
	uint8_t wrap[3];  /* enum agx_wrap, of x, y, z */
	uint8_t border;	  /* enum agx_border */
	uint8_t compare;  /* enum agx_compare */
	bool compares;
	bool pixels;  /* coordinates count texels of the first level */
	bool seamful; /* filters do not look beyond the face of a cube */
};

void agx_sampler_decode(const uint8_t descriptor[AGX_SAMPLER_BYTES], struct agx_sampler *sampler);

/* NULL, or why the model cannot use this sampler. */
const char *agx_sampler_problem(const struct agx_sampler *sampler);

/* Texels that a coordinate stands for in one direction; -1 is the border. */
struct agx_taps {
	int32_t texel[2];
	uint32_t weight; /* of the second one, of 256 */
};

/* @texel of a direction with @size texels, wrapped; -1 for the border. */
int32_t agx_wrap_texel(unsigned int wrap, int64_t texel, uint32_t size);

/*
 * Where @coordinate lies in a direction of @size texels. @both: the two that a linear filter takes,
 * else the nearest one alone. @offset is in texels.
 */
void agx_find_taps(const struct agx_sampler *sampler, unsigned int wrap, float coordinate,
		   uint32_t size, int offset, bool both, struct agx_taps *taps);

/* Levels that a level of detail stands for, counted from the image's first one. */
struct agx_levels {
	unsigned int level[2];
	uint32_t weight; /* of the second one, of 256 */
	bool linear;	 /* the filter within a level */
};

/* @lod is clamped by the sampler here; the image has levels 0 to @last. */
void agx_find_levels(const struct agx_sampler *sampler, float lod, unsigned int last,
		     struct agx_levels *levels);

/* The level of detail of gradients in texels: @d[0] by x, @d[1] by y, of three directions each. */
float agx_gradient_lod(float d[2][3]);

/* The face that a direction points to; @at becomes the place on it, 0 to 1. */
unsigned int agx_cube_face(const float direction[3], float at[2]);

/*
 * A texel of a cube whose faces have @size texels in each direction, at most one beyond an edge in
 * each: the one that it is on the face next to that. False at a corner, where three faces meet and
 * there is none.
 */
bool agx_cube_texel(uint32_t size, unsigned int *face, int32_t *x, int32_t *y);

bool agx_compare(unsigned int compare, float reference, float texel);

/* What an instruction asks of a lane. */
struct agx_lookup {
	uint8_t dim; /* enum agx_dim */
	float coordinate[3];
	uint32_t layer; /* of arrays */
	int8_t offset[3];
	float lod;   /* not clamped yet */
	bool shadow; /* compare with the reference */
	bool gather;
	uint8_t component; /* that is gathered */
	float reference;
};

/* The level of detail of a lookup whose coordinates change by @d by x and y; not of cubes. */
float agx_lookup_lod(const struct agx_image *image, const struct agx_sampler *sampler,
		     const struct agx_lookup *lookup, const float d[2][3]);

/* NULL, or why the model cannot sample that @image with this @sampler. */
const char *agx_lookup_problem(const struct agx_image *image, const struct agx_sampler *sampler,
			       const struct agx_lookup *lookup);

/*
 * Four components, as agx_image_read() has them. What is not mapped counts as zeros; false with
 * *@bad where an access fails in earnest.
 */
bool agx_sample(const struct agx_image *image, const struct agx_sampler *sampler,
		struct gpu_tlb *tlb, const struct agx_lookup *lookup, uint32_t component[4],
		uint64_t *bad);

#endif
