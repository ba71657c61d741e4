/* SPDX-License-Identifier: GPL-2.0 */
/* The formats of memory instructions: bits in memory against bits in registers. */
#ifndef VSOC_GPU_AGX_FORMAT_H
#define VSOC_GPU_AGX_FORMAT_H

#include <string.h>

#include "agx_isa.h"

static inline uint32_t agx_float_bits(float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static inline float agx_bits_float(uint32_t bits)
{
	float v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* Packed formats have all components in one 32-bit word. */
static inline bool agx_format_is_packed(unsigned int format)
{
	return format >= AGX_FMT_RGB10A2;
}

/* Bytes of one component, or of the word of a packed format. */
static inline unsigned int agx_format_bytes(unsigned int format)
{
	switch (format) {
	case AGX_FMT_I8:
	case AGX_FMT_U8NORM:
	case AGX_FMT_S8NORM:
		return 1;
	case AGX_FMT_I16:
	case AGX_FMT_F16:
	case AGX_FMT_U16NORM:
	case AGX_FMT_S16NORM:
		return 2;
	default:
		return 4;
	}
}

/* True where memory bits and register bits are the same (cut or zero-extended). */
static inline bool agx_format_is_raw(unsigned int format, unsigned int halves)
{
	return format <= AGX_FMT_I32 || (format == AGX_FMT_F16 && halves == 1);
}

/* One component of an unpacked format; @wide: the register is a 32-bit float, else a 16-bit one. */
uint32_t agx_unpack(unsigned int format, uint32_t bits, bool wide);
uint32_t agx_pack(unsigned int format, uint32_t value, bool wide);

/* All components of a packed format. */
void agx_unpack_word(unsigned int format, uint32_t word, bool wide, uint32_t component[4]);
uint32_t agx_pack_word(unsigned int format, const uint32_t component[4], bool wide);

/* The same as floats, for textures and images. */
float agx_srgb_to_linear(float v);
float agx_linear_to_srgb(float v);
void agx_word_to_floats(unsigned int format, uint32_t word, float v[4]);
uint32_t agx_floats_to_word(unsigned int format, const float v[4]);

#endif
