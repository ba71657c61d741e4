// SPDX-License-Identifier: GPL-2.0
/* Sampling: from what an instruction asks of a lane to the texels that answer it. */
#include <math.h>
#include <string.h>

#include "agx_format.h"
#include "agx_sampler.h"

/* Everything that stays the same from texel to texel. */
struct filter {
	const struct agx_image *image;
	const struct agx_sampler *sampler;
	const struct agx_lookup *lookup;
	struct gpu_tlb *tlb;
	uint64_t *bad;
	float coordinate[3]; /* on the face, of a cube */
	unsigned int face;
	uint32_t border[4];
	bool is_integer;
};

/* The texels of one level, and how they count. */
struct footprint {
	struct agx_taps taps[3];
	unsigned int level;
	uint32_t size; /* of a face */
};

static uint32_t size_of(const struct agx_image *image, unsigned int level, unsigned int direction)
{
	const uint32_t size[] = {image->width, image->height, image->layers};

	return size[direction] >> level ? size[direction] >> level : 1;
}

const char *agx_lookup_problem(const struct agx_image *image, const struct agx_sampler *sampler,
			       const struct agx_lookup *lookup)
{
	if (lookup->dim == AGX_DIM_2D_MS || lookup->dim == AGX_DIM_2D_MS_ARRAY)
		return "several samples a texel";
	if (lookup->gather && agx_dim_directions(lookup->dim) != 2)
		return "gather of this dimension";
	if (agx_image_has_integers(image) &&
	    (lookup->shadow || sampler->mag || sampler->min || sampler->mip == AGX_MIP_LINEAR))
		return "filter of integers";
	if (lookup->shadow != sampler->compares)
		return "comparison in the instruction or in the sampler alone";
	if (agx_dim_is_cube(lookup->dim) && sampler->pixels)
		return "cube with coordinates in texels";
	return NULL;
}

float agx_lookup_lod(const struct agx_image *image, const struct agx_sampler *sampler,
		     const struct agx_lookup *lookup, const float d[2][3])
{
	float step[2][3] = {{0}};

	for (unsigned int n = 0; n < 2; n++) {
		for (unsigned int k = 0; k < agx_dim_directions(lookup->dim); k++)
			step[n][k] = d[n][k] *
				     (sampler->pixels ? 1 : size_of(image, image->first_level, k));
	}
	return agx_gradient_lod(step);
}

/* The image's swizzle applies to the border as it does to texels. */
static void find_border(struct filter *f)
{
	uint32_t one = f->is_integer ? 1 : agx_float_bits(1);
	uint32_t colour = f->sampler->border == AGX_BORDER_WHITE ? one : 0;
	uint32_t alpha = f->sampler->border == AGX_BORDER_TRANSPARENT ? 0 : one;
	const uint32_t channel[4] = {colour, colour, colour, alpha};

	agx_image_swizzle(f->image, channel, f->border);
}

/* Where nothing is mapped, zeros; false where that is an error. */
static bool read_texel(const struct filter *f, const struct agx_texel *texel, uint32_t out[4])
{
	memset(out, 0, 4 * sizeof(out[0]));
	if (!agx_image_contains(f->image, texel) ||
	    agx_image_read(f->image, f->tlb, texel, out, f->bad))
		return true;
	memset(out, 0, 4 * sizeof(out[0]));
	return !gpu_tlb_lookup(f->tlb, *f->bad)->host &&
	       !(gpu_tlb_lookup(f->tlb, *f->bad)->access & GPU_HARD);
}

static bool read_face(const struct filter *f, const struct footprint *print, unsigned int face,
		      int32_t x, int32_t y, uint32_t out[4])
{
	struct agx_texel texel = {.x = x, .y = y, .level = print->level};

	texel.layer = face + (f->lookup->dim == AGX_DIM_CUBE_ARRAY ? 6 * f->lookup->layer : 0);
	return read_texel(f, &texel, out);
}

/* Of a corner there are three texels, and the mean of them for the fourth. */
static bool read_corner(const struct filter *f, const struct footprint *print, int32_t x, int32_t y,
			uint32_t out[4])
{
	int32_t last = (int32_t)print->size - 1, near_x = x < 0 ? 0 : last,
		near_y = y < 0 ? 0 : last;
	const int32_t at[3][2] = {{near_x, near_y}, {x, near_y}, {near_x, y}};
	double sum[4] = {0};

	for (unsigned int n = 0; n < 3; n++) {
		unsigned int face = f->face;
		int32_t tx = at[n][0], ty = at[n][1];
		uint32_t one[4];

		agx_cube_texel(print->size, &face, &tx, &ty);
		if (!read_face(f, print, face, tx, ty, one))
			return false;
		for (unsigned int c = 0; c < 4; c++)
			sum[c] += agx_bits_float(one[c]);
	}
	for (unsigned int c = 0; c < 4; c++)
		out[c] = agx_float_bits(sum[c] / 3);
	return true;
}

static bool read_cube(const struct filter *f, const struct footprint *print, int32_t x, int32_t y,
		      uint32_t out[4])
{
	unsigned int face = f->face;

	/* Of integers, which are only gathered, there is no mean. */
	if (!agx_cube_texel(print->size, &face, &x, &y)) {
		if (!f->is_integer)
			return read_corner(f, print, x, y, out);
		x = agx_wrap_texel(AGX_WRAP_EDGE, x, print->size);
		y = agx_wrap_texel(AGX_WRAP_EDGE, y, print->size);
	}
	return read_face(f, print, face, x, y, out);
}

/* The texel that bit n of @which picks in direction n. */
static bool read_tap(const struct filter *f, const struct footprint *print, unsigned int which,
		     uint32_t out[4])
{
	struct agx_texel texel = {.level = print->level};
	unsigned int count = agx_dim_directions(f->lookup->dim);
	int32_t at[3] = {0};
	bool outside = false;

	for (unsigned int n = 0; n < count; n++) {
		at[n] = print->taps[n].texel[which >> n & 1];
		outside |= at[n] < 0;
	}
	if (agx_dim_is_cube(f->lookup->dim) && !f->sampler->seamful)
		return read_cube(f, print, at[0], at[1], out);
	if (outside) {
		memcpy(out, f->border, sizeof(f->border));
		return true;
	}
	if (agx_dim_is_cube(f->lookup->dim))
		return read_face(f, print, f->face, at[0], at[1], out);
	texel.x = at[0];
	texel.y = at[1];
	texel.layer = f->lookup->dim == AGX_DIM_3D ? (uint32_t)at[2] : f->lookup->layer;
	return read_texel(f, &texel, out);
}

/* The references of fixed point depths cannot be out of their range. */
static float compared(const struct filter *f, uint32_t texel)
{
	float reference = f->lookup->reference;

	if (f->image->type == AGX_TYPE_UNORM)
		reference = fminf(fmaxf(reference, 0), 1);
	return agx_compare(f->sampler->compare, reference, agx_bits_float(texel));
}

static void find_footprint(const struct filter *f, unsigned int level, bool linear,
			   struct footprint *print)
{
	bool is_folded = agx_dim_is_cube(f->lookup->dim) && !f->sampler->seamful;

	*print = (struct footprint){.level = f->image->first_level + level};
	print->size = size_of(f->image, print->level, 0);
	for (unsigned int n = 0; n < agx_dim_directions(f->lookup->dim); n++) {
		uint32_t size = size_of(f->image, print->level, n);

		agx_find_taps(f->sampler, is_folded ? AGX_WRAP_FACE : f->sampler->wrap[n],
			      f->coordinate[n], size, f->lookup->offset[n], linear,
			      &print->taps[n]);
	}
}

/* Adds what the texels of a level give, times @weight. */
static bool add_level(const struct filter *f, unsigned int level, bool linear, double weight,
		      double sum[4])
{
	unsigned int count = agx_dim_directions(f->lookup->dim);
	struct footprint print;

	find_footprint(f, level, linear, &print);
	for (unsigned int which = 0; which < 1u << count; which++) {
		double part = weight;
		uint32_t texel[4];

		for (unsigned int n = 0; n < count; n++) {
			uint32_t second = print.taps[n].weight;

			part *= (which >> n & 1 ? second : 256 - second) / 256.0;
		}
		/* Not even an infinity counts then. */
		if (part == 0)
			continue;
		if (!read_tap(f, &print, which, texel))
			return false;
		if (f->lookup->shadow)
			sum[0] += part * compared(f, texel[0]);
		for (unsigned int c = 0; c < 4 && !f->lookup->shadow; c++)
			sum[c] += part * agx_bits_float(texel[c]);
	}
	return true;
}

/* The four texels that a linear filter would take, counter-clockwise from the lower left. */
static bool gather(const struct filter *f, uint32_t component[4])
{
	static const uint8_t order[] = {2, 3, 1, 0};
	struct footprint print;

	find_footprint(f, 0, true, &print);
	for (unsigned int n = 0; n < 4; n++) {
		uint32_t texel[4];

		if (!read_tap(f, &print, order[n], texel))
			return false;
		component[n] = f->lookup->shadow ? agx_float_bits(compared(f, texel[0])) :
						   texel[f->lookup->component];
	}
	return true;
}

static bool find_colour(const struct filter *f, uint32_t component[4])
{
	struct agx_levels levels;
	struct footprint print;
	double sum[4] = {0};

	agx_find_levels(f->sampler, f->lookup->lod,
			f->image->last_level > f->image->first_level ?
				f->image->last_level - f->image->first_level :
				0,
			&levels);
	/* One texel keeps all its bits. */
	if (!levels.linear && !levels.weight && !f->lookup->shadow) {
		find_footprint(f, levels.level[0], false, &print);
		return read_tap(f, &print, 0, component);
	}
	if (!add_level(f, levels.level[0], levels.linear, (256 - levels.weight) / 256.0, sum) ||
	    (levels.weight &&
	     !add_level(f, levels.level[1], levels.linear, levels.weight / 256.0, sum)))
		return false;
	for (unsigned int c = 0; c < 4; c++)
		component[c] = agx_float_bits(sum[c]);
	return true;
}

bool agx_sample(const struct agx_image *image, const struct agx_sampler *sampler,
		struct gpu_tlb *tlb, const struct agx_lookup *lookup, uint32_t component[4],
		uint64_t *bad)
{
	struct filter f = {
		.image = image,
		.sampler = sampler,
		.lookup = lookup,
		.tlb = tlb,
		.bad = bad,
		.is_integer = agx_image_has_integers(image),
	};

	memset(component, 0, 4 * sizeof(component[0]));
	if (image->layout == AGX_LAYOUT_NULL)
		return true;
	find_border(&f);
	if (agx_dim_is_cube(lookup->dim))
		f.face = agx_cube_face(lookup->coordinate, f.coordinate);
	else
		memcpy(f.coordinate, lookup->coordinate, sizeof(f.coordinate));
	return lookup->gather ? gather(&f, component) : find_colour(&f, component);
}
