// SPDX-License-Identifier: GPL-2.0
/*
 * BC1 to BC5, as Khronos defines them. Between the two colours of a block the exact values are
 * taken; what hardware may differ in is less than a step of eight bits.
 */
#include <string.h>

#include "agx_block.h"
#include "agx_image.h"

enum {
	CH_ETC2_RGB8 = 0x58,
	CH_ETC2_RGBA8 = 0x59,
	CH_ETC2_RGB8A1 = 0x5a,
	CH_EAC_R11 = 0x5b,
	CH_EAC_RG11 = 0x5c,
	CH_BC1 = 0x74,
	CH_BC2 = 0x75,
	CH_BC3 = 0x76,
	CH_BC4 = 0x77,
	CH_BC5 = 0x78,
};

unsigned int agx_block_bytes(unsigned int channels)
{
	switch (channels) {
	case CH_ETC2_RGB8:
	case CH_ETC2_RGB8A1:
	case CH_EAC_R11:
	case CH_BC1:
	case CH_BC4:
		return 8;
	case CH_ETC2_RGBA8:
	case CH_EAC_RG11:
	case CH_BC2:
	case CH_BC3:
	case CH_BC5:
		return 16;
	default:
		return 0;
	}
}

static uint64_t word_of(const uint8_t *bytes)
{
	uint64_t word = 0;

	for (unsigned int n = 0; n < 8; n++)
		word |= (uint64_t)bytes[n] << 8 * n;
	return word;
}

static void from_565(unsigned int bits, float colour[3])
{
	colour[0] = (bits >> 11) / 31.0f;
	colour[1] = (bits >> 5 & 63) / 63.0f;
	colour[2] = (bits & 31) / 31.0f;
}

/* Two colours and what lies between them. @opaque: always four of them, never a transparent one. */
static void bc_colour(const uint8_t *block, unsigned int n, bool opaque, float out[4])
{
	uint64_t word = word_of(block);
	unsigned int low = word & 0xffff, high = word >> 16 & 0xffff,
		     code = word >> (32 + 2 * n) & 3;
	float a[3], b[3], share = code == 0 ? 0 : code == 1 ? 1 : (code - 1) / 3.0f;

	out[3] = 1;
	if (!opaque && low <= high) {
		if (code == 3) {
			memset(out, 0, 4 * sizeof(out[0]));
			return;
		}
		share = code == 2 ? 0.5f : code;
	}
	from_565(low, a);
	from_565(high, b);
	for (unsigned int c = 0; c < 3; c++)
		out[c] = a[c] * (1 - share) + b[c] * share;
}

static float bc_end(unsigned int bits, bool is_signed)
{
	int value = (int8_t)bits;

	return is_signed ? (value < -127 ? -1 : value / 127.0f) : bits / 255.0f;
}

/* One channel: two values and six between them; or four, and both ends of the range. */
static float bc_channel(const uint8_t *block, unsigned int n, bool is_signed)
{
	uint64_t word = word_of(block);
	float a = bc_end(block[0], is_signed), b = bc_end(block[1], is_signed);
	unsigned int code = word >> (16 + 3 * n) & 7, parts = a > b ? 7 : 5, share;

	if (parts == 5 && code >= 6)
		return code == 7 ? 1 : is_signed ? -1 : 0;
	share = code == 0 ? 0 : code == 1 ? parts : code - 1;
	return (a * (parts - share) + b * share) / parts;
}

void agx_block_texel(unsigned int channels, unsigned int type, const uint8_t block[16],
		     unsigned int x, unsigned int y, float colour[4])
{
	unsigned int n = 4 * y + x;
	bool is_signed = type == AGX_TYPE_SNORM;

	colour[0] = colour[1] = colour[2] = 0;
	colour[3] = 1;
	switch (channels) {
	case CH_ETC2_RGB8:
	case CH_ETC2_RGB8A1:
		agx_etc_colour(block, x, y, channels == CH_ETC2_RGB8A1, colour);
		break;
	case CH_ETC2_RGBA8:
		agx_etc_colour(block + 8, x, y, false, colour);
		colour[3] = agx_eac_alpha(block, x, y);
		break;
	case CH_EAC_RG11:
		colour[1] = agx_eac_channel(block + 8, x, y, is_signed);
		colour[0] = agx_eac_channel(block, x, y, is_signed);
		break;
	case CH_EAC_R11:
		colour[0] = agx_eac_channel(block, x, y, is_signed);
		break;
	case CH_BC1:
		bc_colour(block, n, false, colour);
		break;
	case CH_BC2:
		bc_colour(block + 8, n, true, colour);
		colour[3] = (word_of(block) >> 4 * n & 15) / 15.0f;
		break;
	case CH_BC3:
		bc_colour(block + 8, n, true, colour);
		colour[3] = bc_channel(block, n, false);
		break;
	case CH_BC5:
		colour[1] = bc_channel(block + 8, n, is_signed);
		colour[0] = bc_channel(block, n, is_signed);
		break;
	case CH_BC4:
		colour[0] = bc_channel(block, n, is_signed);
		break;
	}
}
