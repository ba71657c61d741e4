// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <string.h>

#include "agx_format.h"

static float half_float(uint16_t bits)
{
	_Float16 h;

	memcpy(&h, &bits, sizeof(h));
	return (float)h;
}

static uint16_t float_half(float v)
{
	_Float16 h = (_Float16)v;
	uint16_t bits;

	memcpy(&bits, &h, sizeof(bits));
	return bits;
}

static uint32_t to_register(float v, bool wide)
{
	return wide ? agx_float_bits(v) : float_half(v);
}

static float from_register(uint32_t bits, bool wide)
{
	return wide ? agx_bits_float(bits) : half_float(bits);
}

static float clamped(float v, float low, float high)
{
	return v > low ? (v < high ? v : high) : v == v ? low : 0;
}

uint32_t agx_unpack(unsigned int format, uint32_t bits, bool wide)
{
	switch (format) {
	case AGX_FMT_F16:
		return to_register(half_float(bits), wide);
	case AGX_FMT_U8NORM:
		return to_register((bits & 0xff) / 255.0f, wide);
	case AGX_FMT_S8NORM:
		return to_register(fmaxf((int8_t)bits / 127.0f, -1.0f), wide);
	case AGX_FMT_U16NORM:
		return to_register((bits & 0xffff) / 65535.0f, wide);
	case AGX_FMT_S16NORM:
		return to_register(fmaxf((int16_t)bits / 32767.0f, -1.0f), wide);
	default:
		return bits;
	}
}

uint32_t agx_pack(unsigned int format, uint32_t value, bool wide)
{
	float v = from_register(value, wide);

	switch (format) {
	case AGX_FMT_F16:
		return float_half(v);
	case AGX_FMT_U8NORM:
		return (uint8_t)rintf(clamped(v, 0, 1) * 255.0f);
	case AGX_FMT_S8NORM:
		return (uint8_t)(int8_t)rintf(clamped(v, -1, 1) * 127.0f);
	case AGX_FMT_U16NORM:
		return (uint16_t)rintf(clamped(v, 0, 1) * 65535.0f);
	case AGX_FMT_S16NORM:
		return (uint16_t)(int16_t)rintf(clamped(v, -1, 1) * 32767.0f);
	default:
		return value;
	}
}

float agx_srgb_to_linear(float v)
{
	return v <= 0.04045f ? v / 12.92f : powf((v + 0.055f) / 1.055f, 2.4f);
}

float agx_linear_to_srgb(float v)
{
	v = clamped(v, 0, 1);
	return v <= 0.0031308f ? v * 12.92f : 1.055f * powf(v, 1 / 2.4f) - 0.055f;
}

/* Unsigned floats of 10 or 11 bits: five of exponent, the rest of fraction. */
static float small_float(uint32_t bits, unsigned int fraction)
{
	return half_float(bits << (10 - fraction));
}

static uint32_t to_small_float(float v, unsigned int fraction, bool toward_zero)
{
	unsigned int drop = 23 - fraction;
	uint32_t bits = agx_float_bits(v), low;
	int exponent = (int)(bits >> 23 & 255) - 127;

	if (v != v)
		return (31u << fraction) | 1;
	if (v <= 0)
		return 0;
	if (isinf(v))
		return 31u << fraction;
	if (exponent < -14) {
		float scaled = ldexpf(v, 14 + (int)fraction);

		return (uint32_t)(toward_zero ? truncf(scaled) : rintf(scaled));
	}
	low = bits & ((1u << drop) - 1);
	bits = ((uint32_t)(exponent + 15) << fraction) | (bits & 0x7fffff) >> drop;
	if (!toward_zero && (low > 1u << (drop - 1) || (low == 1u << (drop - 1) && bits & 1)))
		bits++;
	/* The largest finite value, when the format cannot hold it and the rounding stays below. */
	return bits < 31u << fraction ? bits :
	       toward_zero	      ? (31u << fraction) - 1 :
					31u << fraction;
}

static void unpack_shared(uint32_t word, float v[4])
{
	for (unsigned int c = 0; c < 3; c++)
		v[c] = ldexpf((float)(word >> (9 * c) & 511), (int)(word >> 27) - 24);
	v[3] = 1;
}

static uint32_t pack_shared(const float v[4], bool toward_zero)
{
	const float limit = 511.0f / 512.0f * 65536.0f;
	float c[3], top = 0;
	int exponent = -16;
	uint32_t word;

	for (unsigned int n = 0; n < 3; n++) {
		c[n] = v[n] > 0 ? fminf(v[n], limit) : 0;
		top = fmaxf(top, c[n]);
	}
	if (top > 0)
		exponent = ilogbf(top) < -16 ? -16 : ilogbf(top);
	exponent++;
	if (!toward_zero && floorf(ldexpf(top, 9 - exponent) + 0.5f) >= 512)
		exponent++;
	word = (uint32_t)(exponent + 15) << 27;
	for (unsigned int n = 0; n < 3; n++) {
		float scaled = ldexpf(c[n], 9 - exponent);

		word |= (uint32_t)(toward_zero ? truncf(scaled) : floorf(scaled + 0.5f)) << (9 * n);
	}
	return word;
}

void agx_word_to_floats(unsigned int format, uint32_t word, float v[4])
{
	switch (format) {
	case AGX_FMT_RGB10A2:
		for (unsigned int c = 0; c < 3; c++)
			v[c] = (word >> (10 * c) & 1023) / 1023.0f;
		v[3] = (word >> 30) / 3.0f;
		break;
	case AGX_FMT_SRGBA8:
		for (unsigned int c = 0; c < 4; c++)
			v[c] = (word >> (8 * c) & 255) / 255.0f;
		for (unsigned int c = 0; c < 3; c++)
			v[c] = agx_srgb_to_linear(v[c]);
		break;
	case AGX_FMT_RG11B10F:
	case AGX_FMT_RG11B10F_RTZ:
		v[0] = small_float(word & 2047, 6);
		v[1] = small_float(word >> 11 & 2047, 6);
		v[2] = small_float(word >> 22, 5);
		v[3] = 1;
		break;
	default:
		unpack_shared(word, v);
	}
}

uint32_t agx_floats_to_word(unsigned int format, const float v[4])
{
	bool toward_zero = format >= AGX_FMT_RG11B10F_RTZ;
	uint32_t word = 0;

	switch (format) {
	case AGX_FMT_RGB10A2:
		for (unsigned int c = 0; c < 3; c++)
			word |= (uint32_t)rintf(clamped(v[c], 0, 1) * 1023) << (10 * c);
		return word | (uint32_t)rintf(clamped(v[3], 0, 1) * 3) << 30;
	case AGX_FMT_SRGBA8:
		for (unsigned int c = 0; c < 4; c++)
			word |= (uint32_t)rintf(
					(c < 3 ? agx_linear_to_srgb(v[c]) : clamped(v[c], 0, 1)) *
					255)
				<< (8 * c);
		return word;
	case AGX_FMT_RG11B10F:
	case AGX_FMT_RG11B10F_RTZ:
		return to_small_float(v[0], 6, toward_zero) |
		       to_small_float(v[1], 6, toward_zero) << 11 |
		       to_small_float(v[2], 5, toward_zero) << 22;
	default:
		return pack_shared(v, toward_zero);
	}
}

void agx_unpack_word(unsigned int format, uint32_t word, bool wide, uint32_t component[4])
{
	float v[4];

	agx_word_to_floats(format, word, v);
	for (unsigned int c = 0; c < 4; c++)
		component[c] = to_register(v[c], wide);
}

uint32_t agx_pack_word(unsigned int format, const uint32_t component[4], bool wide)
{
	float v[4];

	for (unsigned int c = 0; c < 4; c++)
		v[c] = from_register(component[c], wide);
	return agx_floats_to_word(format, v);
}
