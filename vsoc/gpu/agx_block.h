/* SPDX-License-Identifier: GPL-2.0 */
/* Formats that have four by four texels in a block of 8 or 16 bytes. */
#ifndef VSOC_GPU_AGX_BLOCK_H
#define VSOC_GPU_AGX_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a block; 0 for a format that is none of these, or not modelled. */
unsigned int agx_block_bytes(unsigned int channels);

/* One texel out of a block: what the format has of red, green, blue and alpha. */
void agx_block_texel(unsigned int channels, unsigned int type, const uint8_t block[16],
		     unsigned int x, unsigned int y, float colour[4]);

/* Parts of blocks: colours of ETC2, with transparent texels if it @punches; channels of EAC. */
void agx_etc_colour(const uint8_t block[8], unsigned int x, unsigned int y, bool punches,
		    float colour[4]);
float agx_eac_alpha(const uint8_t block[8], unsigned int x, unsigned int y);
float agx_eac_channel(const uint8_t block[8], unsigned int x, unsigned int y, bool is_signed);

#endif
