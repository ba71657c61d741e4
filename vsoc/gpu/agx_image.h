/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Images as the texture and pixel units see them: descriptors, where a texel lies, what its bits
 * mean. Nothing here touches memory but through a TLB.
 */
#ifndef VSOC_GPU_AGX_IMAGE_H
#define VSOC_GPU_AGX_IMAGE_H

#include "agx_core.h"

enum agx_layout {
	AGX_LAYOUT_LINEAR = 0,
	AGX_LAYOUT_NULL = 1,
	AGX_LAYOUT_TILED = 2,
};

enum agx_channel_type {
	AGX_TYPE_UNORM,
	AGX_TYPE_SNORM,
	AGX_TYPE_UINT,
	AGX_TYPE_SINT,
	AGX_TYPE_FLOAT,
};

/* What the addresses of a layer's texels on one level follow from. */
struct agx_plane {
	uint64_t base;
	uint32_t width, height;
	uint32_t stride;		/* of a linear one, bytes; else 0 */
	uint32_t tiles_across;
	uint8_t log2_tile_w, log2_tile_h; /* texels */
	uint8_t bytes;			/* of a texel with all its samples */
};

/* A descriptor, taken apart; both kinds give this. */
struct agx_image {
	uint64_t address;
	uint64_t metadata;	/* of a compressed image */
	uint64_t layer_stride;	/* bytes; 0: follows from the layout */
	uint32_t stride;	/* of a linear image, bytes */
	uint32_t width, height; /* of level 0, pixels */
	uint32_t layers;	/* or slices of a 3D image */
	uint8_t dim;		/* enum agx_dim */
	uint8_t layout;		/* enum agx_layout */
	uint8_t channels, type; /* of the format */
	uint8_t bytes;		/* of a sample or block; 0: a format that is not modelled */
	uint8_t log2_block;	/* texels of a block in each direction; 0: no blocks */
	uint8_t samples;
	uint8_t first_level, last_level, levels; /* levels: of the whole chain in memory */
	uint8_t swizzle[4];			 /* 0 to 3 a channel, 4 one, 5 zero */
	uint8_t channel_bits[4], num_channels;	 /* of formats whose channels follow each other */
	bool srgb, compressed, page_aligned, is_pbe;
	struct agx_plane first;	/* layer and level; of images from the cache that have no problem */
};

struct agx_texel {
	uint32_t x, y, layer, sample, level; /* level counts from that of the largest image */
};

void agx_image_from_texture(const uint8_t descriptor[AGX_TEXTURE_BYTES], struct agx_image *image);
void agx_image_from_pbe(const uint8_t descriptor[AGX_TEXTURE_BYTES], struct agx_image *image);

/* True where channels are integers, not floats. */
static inline bool agx_image_has_integers(const struct agx_image *image)
{
	return image->type == AGX_TYPE_UINT || image->type == AGX_TYPE_SINT;
}

/* True for formats with several channels in 16 bits. */
bool agx_image_is_packed16(const struct agx_image *image);

/* NULL, or why the model cannot use this image. */
const char *agx_image_problem(const struct agx_image *image);

/* True if the texel exists. */
bool agx_image_contains(const struct agx_image *image, const struct agx_texel *texel);

/* @layer and @level exist, and memory has one sample a texel. */
void agx_image_plane(const struct agx_image *image, uint32_t layer, unsigned int level,
		     struct agx_plane *plane);

/* True where texels stand in the body as they are, whatever the metadata says. */
bool agx_image_is_plain(const struct agx_image *image, unsigned int level);

/* True for formats of one 32-bit channel, whose bits need no conversion. */
bool agx_image_is_word(const struct agx_image *image);

/* Channels as the four components that the descriptor makes of them. */
void agx_image_swizzle(const struct agx_image *image, const uint32_t channel[4],
		       uint32_t component[4]);

/* The bytes of a texel as four components. */
void agx_image_decode(const struct agx_image *image, const uint8_t bytes[16],
		      uint32_t component[4]);

/* Descriptors that a thread has met, taken apart. */
struct agx_image_cache;

struct agx_image_cache *agx_image_cache_create(void);
void agx_image_cache_destroy(struct agx_image_cache *cache);

/* Valid until the next call. */
const struct agx_image *agx_image_cache_get(struct agx_image_cache *cache,
					    const uint8_t descriptor[AGX_TEXTURE_BYTES],
					    bool is_pbe);

/* GPU address of a texel that exists, in the body. */
uint64_t agx_image_address(const struct agx_image *image, const struct agx_texel *texel);

/*
 * Reads a texel that exists into four components: floats as their bits, or integers, swizzled. A
 * solid block of a compressed image counts. False with *@bad where memory cannot be read.
 */
bool agx_image_read(const struct agx_image *image, struct gpu_tlb *tlb,
		    const struct agx_texel *texel, uint32_t component[4], uint64_t *bad);

/* Encodes four components as bytes of a texel: image->bytes of them. */
void agx_image_encode(const struct agx_image *image, const uint32_t component[4],
		      uint8_t bytes[16]);

/*
 * Stores the bytes of a texel; a compressed image's block is marked as not compressed. False with
 * *@bad where memory cannot be written.
 */
bool agx_image_write(const struct agx_image *image, struct gpu_tlb *tlb,
		     const struct agx_texel *texel, const uint8_t bytes[16], uint64_t *bad);

#endif
