/* SPDX-License-Identifier: GPL-2.0 */
/* What texture instructions have in common: descriptors, registers. Inside of the interpreter. */
#ifndef VSOC_GPU_AGX_TEX_H
#define VSOC_GPU_AGX_TEX_H

#include "agx_exec.h"
#include "agx_format.h"
#include "agx_image.h"

/* The descriptor that a lane uses; lanes mostly share one, so the last one is kept. */
struct agx_source {
	uint64_t key; /* where the descriptor is; ~0 for none */
	const struct agx_image *image;
	bool is_pbe;
};

/* Makes source->image that of @lane. False when the job has failed. */
bool AGX_NAME(agx_find_image)(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			      struct agx_source *source);

/* NULL where the instruction asks for what is not modelled. */
agx_exec_fn AGX_NAME(agx_select_sample)(const struct agx_insn *insn);

/* Register @n of the coordinates of a lane. */
static inline uint32_t agx_coordinate(const struct agx_group *g, const struct agx_insn *i,
				      unsigned int lane, unsigned int n)
{
	struct agx_operand c = i->s[0];

	c.index += n * c.halves;
	return c.index + c.halves <= AGX_NUM_HALVES ? get_lane(g, &c, lane) : 0;
}

/* Offsets in texels, a signed nibble a direction; behind the reference of a comparison. */
static inline void agx_texel_offsets(const struct agx_group *g, const struct agx_insn *i,
				     unsigned int lane, int8_t offset[3])
{
	struct agx_operand packed = {
		.kind = AGX_REG, .halves = 1, .index = i->s[1].index + (i->shadow ? 2 : 0)};
	uint32_t nibbles = i->offset ? get_lane(g, &packed, lane) : 0;

	for (unsigned int n = 0; n < 3; n++)
		offset[n] = (int8_t)(nibbles >> 4 * n << 4) >> 4;
}

/* A component of a texel as the destination has it. */
static inline uint32_t agx_to_destination(const struct agx_insn *i, const struct agx_image *image,
					  uint32_t value)
{
	bool is_integer = agx_image_has_integers(image);

	if (i->d.halves == 2 || is_integer)
		return value;
	return agx_pack(AGX_FMT_F16, value, true);
}

/* The components that the instruction's mask has, one after the other. */
static inline void agx_put_texel(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
				 const uint32_t component[4])
{
	unsigned int nth = 0;

	for (unsigned int c = 0; c < 4; c++) {
		if (i->mask >> c & 1)
			put_lane(g, i->d.index + nth++ * i->d.halves, i->d.halves, lane,
				 component[c]);
	}
}

#endif
