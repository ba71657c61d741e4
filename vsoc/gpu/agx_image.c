// SPDX-License-Identifier: GPL-2.0
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "agx_block.h"
#include "agx_format.h"
#include "agx_image.h"

enum channels {
	CH_R8 = 0x00,
	CH_R16 = 0x09,
	CH_RG8 = 0x0a,
	CH_565 = 0x0b,
	CH_4444 = 0x0c,
	CH_A1RGB5 = 0x0d,
	CH_RGB5A1 = 0x0e,
	CH_R32 = 0x21,
	CH_RG16 = 0x23,
	CH_R11G11B10 = 0x25,
	CH_RGB10A2 = 0x26,
	CH_RGB9E5 = 0x27,
	CH_RGBA8 = 0x28,
	CH_RG32 = 0x31,
	CH_RGBA16 = 0x32,
	CH_RGBA32 = 0x38,
};

#define LINE 128 /* levels and metadata start on cache lines */
#define PAGE 16384
#define BLOCK 16 /* samples of a compression block in each direction */

/* Bits @lo to @lo + @n - 1 of a descriptor; at most 57 of them. */
static uint64_t bits(const uint8_t *descriptor, unsigned int lo, unsigned int n)
{
	unsigned int from = lo / 8 < AGX_TEXTURE_BYTES - 8 ? lo / 8 : AGX_TEXTURE_BYTES - 8;
	uint64_t value = 0;

	for (unsigned int i = 0; i < 8; i++)
		value |= (uint64_t)descriptor[from + i] << (8 * i);
	return value >> (lo - 8 * from) & (((uint64_t)1 << n) - 1);
}

static unsigned int sample_bytes(unsigned int channels)
{
	switch (channels) {
	case CH_R8:
		return 1;
	case CH_R16:
	case CH_RG8:
	case CH_565:
	case CH_4444:
	case CH_A1RGB5:
	case CH_RGB5A1:
		return 2;
	case CH_R32:
	case CH_RG16:
	case CH_R11G11B10:
	case CH_RGB10A2:
	case CH_RGB9E5:
	case CH_RGBA8:
		return 4;
	case CH_RG32:
	case CH_RGBA16:
		return 8;
	case CH_RGBA32:
		return 16;
	default:
		return 0;
	}
}

static bool is_multisampled(unsigned int dim)
{
	return dim == AGX_DIM_2D_MS || dim == AGX_DIM_2D_MS_ARRAY;
}

static unsigned int chain_levels(const struct agx_image *image)
{
	uint32_t size = image->width > image->height ? image->width : image->height;

	if (image->dim == AGX_DIM_3D && image->layers > size)
		size = image->layers;
	return 32 - __builtin_clz(size);
}

/* Widths of the channels of formats whose channels simply follow each other, lowest bits first. */
static unsigned int channel_widths(unsigned int channels, uint8_t width[4])
{
	static const struct {
		uint8_t channels, width[4];
	} table[] = {
		{CH_R8, {8}},
		{CH_R16, {16}},
		{CH_RG8, {8, 8}},
		{CH_565, {5, 6, 5}},
		{CH_4444, {4, 4, 4, 4}},
		{CH_A1RGB5, {1, 5, 5, 5}},
		{CH_RGB5A1, {5, 5, 5, 1}},
		{CH_R32, {32}},
		{CH_RG16, {16, 16}},
		{CH_RGB10A2, {10, 10, 10, 2}},
		{CH_RGBA8, {8, 8, 8, 8}},
		{CH_RG32, {32, 32}},
		{CH_RGBA16, {16, 16, 16, 16}},
		{CH_RGBA32, {32, 32, 32, 32}},
	};

	for (size_t n = 0; n < sizeof(table) / sizeof(table[0]); n++) {
		if (table[n].channels != channels)
			continue;
		memcpy(width, table[n].width, 4);
		return !!width[0] + !!width[1] + !!width[2] + !!width[3];
	}
	return 0;
}

static void common_fields(const uint8_t *d, struct agx_image *image)
{
	memset(image, 0, sizeof(*image));
	image->dim = bits(d, 0, 4);
	image->layout = bits(d, 4, 2);
	image->channels = bits(d, 6, 7);
	image->type = bits(d, 13, 3);
	image->bytes = sample_bytes(image->channels);
	if (agx_block_bytes(image->channels)) {
		image->bytes = agx_block_bytes(image->channels);
		image->log2_block = 2;
	}
	image->num_channels = channel_widths(image->channels, image->channel_bits);
	image->samples = 1;
}

/* Arrays in linear memory keep their size beyond the words that other images use. */
static void linear_layers(const uint8_t *d, struct agx_image *image)
{
	bool is_array = image->dim == AGX_DIM_2D_ARRAY || image->dim == AGX_DIM_3D ||
			image->dim == AGX_DIM_CUBE || image->dim == AGX_DIM_CUBE_ARRAY ||
			image->dim == AGX_DIM_1D_ARRAY;

	image->layers = is_array ? bits(d, 128, 11) + 1 : 1;
	image->layer_stride = bits(d, 139, 27) << 7;
}

void agx_image_from_texture(const uint8_t d[AGX_TEXTURE_BYTES], struct agx_image *image)
{
	common_fields(d, image);
	for (unsigned int c = 0; c < 4; c++)
		image->swizzle[c] = bits(d, 16 + 3 * c, 3);
	image->width = bits(d, 28, 14) + 1;
	image->height = bits(d, 42, 14) + 1;
	image->first_level = bits(d, 56, 4);
	image->last_level = bits(d, 60, 4);
	if (is_multisampled(image->dim))
		image->samples = bits(d, 64, 1) ? 4 : 2;
	image->address = bits(d, 66, 36) << 4;
	image->srgb = bits(d, 108, 1);
	if (image->layout == AGX_LAYOUT_LINEAR) {
		image->stride = bits(d, 110, 16) * 16 + 16;
		linear_layers(d, image);
	} else {
		image->compressed = bits(d, 103, 1);
		image->layers = bits(d, 110, 14) + 1;
		image->page_aligned = bits(d, 126, 1);
		image->metadata = bits(d, 128, 36) << 4;
	}
	/* Bit 102: all levels are in memory, whichever this descriptor shows. */
	image->levels = image->last_level || bits(d, 102, 1) ? chain_levels(image) : 1;
}

void agx_image_from_pbe(const uint8_t d[AGX_TEXTURE_BYTES], struct agx_image *image)
{
	common_fields(d, image);
	image->is_pbe = true;
	for (unsigned int c = 0; c < 4; c++)
		image->swizzle[c] = bits(d, 16 + 2 * c, 2);
	image->width = bits(d, 24, 14) + 1;
	image->height = bits(d, 38, 14) + 1;
	if (is_multisampled(image->dim))
		image->samples = bits(d, 56, 1) ? 4 : 2;
	image->address = bits(d, 64, 36) << 4;
	image->srgb = bits(d, 125, 1);
	if (image->layout == AGX_LAYOUT_LINEAR) {
		image->stride = bits(d, 104, 21) + 4;
		image->levels = 1;
		linear_layers(d, image);
		return;
	}
	image->compressed = bits(d, 59, 1);
	image->first_level = bits(d, 100, 4);
	image->last_level = image->first_level;
	image->layers = bits(d, 108, 14) + 1;
	image->page_aligned = bits(d, 124, 1);
	image->metadata = bits(d, 128, 36) << 4;
	image->levels = bits(d, 104, 4) ? chain_levels(image) : 1;
}

bool agx_image_is_packed16(const struct agx_image *image)
{
	return image->channels >= CH_565 && image->channels <= CH_RGB5A1;
}

bool agx_image_is_word(const struct agx_image *image)
{
	return image->channels == CH_R32 &&
	       (agx_image_has_integers(image) || image->type == AGX_TYPE_FLOAT);
}

const char *agx_image_problem(const struct agx_image *image)
{
	if (!image->bytes)
		return "image format not modelled";
	if (image->type > (image->log2_block ? AGX_TYPE_SNORM : AGX_TYPE_FLOAT))
		return "image type not modelled";
	if (image->log2_block && (image->layout != AGX_LAYOUT_TILED || image->samples > 1 ||
				  image->compressed || image->is_pbe))
		return "blocks of texels in this way";
	if (image->layout > AGX_LAYOUT_TILED)
		return "image layout not modelled";
	if (image->dim >= AGX_DIM_COUNT)
		return "image dimension not known";
	if (image->first_level >= image->levels)
		return "image level outside of its chain";
	return NULL;
}

static uint32_t minified(uint32_t size, unsigned int level)
{
	return size >> level ? size >> level : 1;
}

static uint32_t pot(uint32_t size)
{
	return size <= 1 ? 1 : 1u << (32 - __builtin_clz(size - 1));
}

bool agx_image_contains(const struct agx_image *image, const struct agx_texel *texel)
{
	uint32_t layers = image->dim == AGX_DIM_3D ? minified(image->layers, texel->level) :
						     image->layers;

	if (image->dim == AGX_DIM_CUBE || image->dim == AGX_DIM_CUBE_ARRAY)
		layers *= 6;
	return texel->level <= image->last_level && texel->level < image->levels &&
	       texel->x < minified(image->width, texel->level) &&
	       texel->y < minified(image->height, texel->level) && texel->layer < layers &&
	       texel->sample < image->samples;
}

/* Where a level of a tiled image lies in a layer, and the tiles that it is made of. */
struct level {
	uint64_t offset;
	uint32_t tile_w, tile_h, tiles_across;
};

/* The page-sized tile of an element of @bytes. */
static void large_tile(unsigned int bytes, uint32_t *w, uint32_t *h)
{
	unsigned int log2_area = 14 - __builtin_ctz(bytes);

	*w = 1u << ((log2_area + 1) / 2);
	*h = 1u << (log2_area / 2);
}

/* Large tiles of level @l: halved with every level, odd rows and columns cost a tile more. */
static uint64_t level_tiles(uint32_t across, uint32_t down, unsigned int l)
{
	uint64_t tiles = (uint64_t)across * down >> (2 * l);
	bool odd_x = across & ((1u << l) - 1), odd_y = down & ((1u << l) - 1);

	return tiles + (odd_x ? down >> l : 0) + (odd_y ? across >> l : 0) + (odd_x && odd_y);
}

static uint32_t in_blocks(const struct agx_image *image, uint32_t texels)
{
	return (texels + (1u << image->log2_block) - 1) >> image->log2_block;
}

/* Elements in a direction that has @size of them on level 0, to find the first small level. */
static uint32_t elements(const struct agx_image *image, uint32_t size, unsigned int l)
{
	return in_blocks(image, minified(size << image->log2_block, l));
}

/* Tiles in a row of level @l; where rows of blocks would have an odd end they are longer. */
static uint32_t tiles_in_row(const struct agx_image *image, const struct level *level,
			     unsigned int l, bool is_odd)
{
	uint32_t stride = in_blocks(image, minified(image->width, l));

	if (image->log2_block && is_odd)
		stride++;
	return (stride + level->tile_w - 1) / level->tile_w;
}

/* Sides of a small level that is allocated: of blocks rounded up first, else made smaller first. */
static uint32_t small_side(const struct agx_image *image, uint32_t size, unsigned int l)
{
	return image->log2_block ? minified(pot(size), l) : pot(minified(size, l));
}

/*
 * Walks the chain up to @wanted; wanted == levels gives the size of the chain as offset. Levels
 * that are smaller than a large tile in one direction are powers of two, in square tiles.
 */
static struct level find_level(const struct agx_image *image, unsigned int wanted)
{
	unsigned int bytes = image->bytes * image->samples, l = 0;
	uint32_t w = in_blocks(image, image->width), h = in_blocks(image, image->height);
	uint32_t across, down, pot_w, pot_h;
	struct level level = {0};

	large_tile(bytes, &level.tile_w, &level.tile_h);
	across = (w + level.tile_w - 1) / level.tile_w;
	down = (h + level.tile_h - 1) / level.tile_h;
	for (; elements(image, w, l) >= level.tile_w && elements(image, h, l) >= level.tile_h;
	     l++) {
		if (l == wanted) {
			level.tiles_across =
				tiles_in_row(image, &level, l, across & ((1u << l) - 1));
			return level;
		}
		level.offset += level_tiles(across, down, l) * PAGE;
	}
	pot_w = small_side(image, w, l);
	pot_h = small_side(image, h, l);
	for (; l < wanted; l++) {
		level.offset += ((uint64_t)bytes * pot_w * pot_h + LINE - 1) &
				~(uint64_t)(LINE - 1);
		pot_w = minified(pot_w, 1);
		pot_h = minified(pot_h, 1);
	}
	level.tile_w = small_side(image, w < h ? w : h, l);
	level.tile_h = level.tile_w;
	level.tiles_across = tiles_in_row(image, &level, l, false);
	return level;
}

static uint64_t layer_stride(const struct agx_image *image)
{
	uint64_t size;

	if (image->layout == AGX_LAYOUT_LINEAR)
		return image->layer_stride;
	if (image->layers == 1 && image->dim != AGX_DIM_CUBE && image->dim != AGX_DIM_CUBE_ARRAY)
		return 0;
	size = find_level(image, image->levels).offset;
	return image->page_aligned ? (size + PAGE - 1) & ~(uint64_t)(PAGE - 1) : size;
}

/* x in the even bits, y in the odd ones; what one has more than the other goes on top. */
static uint32_t morton(uint32_t x, uint32_t y, unsigned int x_bits, unsigned int y_bits)
{
	uint32_t value = 0;
	unsigned int at = 0;

	for (unsigned int bit = 0; bit < x_bits || bit < y_bits; bit++) {
		if (bit < x_bits)
			value |= (x >> bit & 1) << at++;
		if (bit < y_bits)
			value |= (y >> bit & 1) << at++;
	}
	return value;
}

uint64_t agx_image_address(const struct agx_image *image, const struct agx_texel *texel)
{
	uint64_t base = image->address + texel->layer * layer_stride(image), index;
	uint32_t x = texel->x >> image->log2_block, y = texel->y >> image->log2_block;
	unsigned int bytes = image->bytes * image->samples;
	struct level level;

	if (image->layout == AGX_LAYOUT_LINEAR)
		return base + (uint64_t)texel->y * image->stride +
		       (uint64_t)texel->x * image->bytes;
	level = find_level(image, texel->level);
	index = (uint64_t)(y / level.tile_h) * level.tiles_across + x / level.tile_w;
	index *= (uint64_t)level.tile_w * level.tile_h;
	index += morton(x % level.tile_w, y % level.tile_h, __builtin_ctz(level.tile_w),
			__builtin_ctz(level.tile_h));
	return base + level.offset + index * bytes + texel->sample * image->bytes;
}

void agx_image_plane(const struct agx_image *image, uint32_t layer, unsigned int level,
		     struct agx_plane *plane)
{
	struct level place;

	*plane = (struct agx_plane){
		.base = image->address + layer * layer_stride(image),
		.width = minified(image->width, level),
		.height = minified(image->height, level),
		.bytes = image->bytes,
	};
	if (image->layout == AGX_LAYOUT_LINEAR) {
		plane->stride = image->stride;
		return;
	}
	place = find_level(image, level);
	plane->base += place.offset;
	plane->tiles_across = place.tiles_across;
	plane->log2_tile_w = __builtin_ctz(place.tile_w);
	plane->log2_tile_h = __builtin_ctz(place.tile_h);
}

/* Compression works on samples: 2x doubles the height of a block grid, 4x both directions. */
static void effective_size(const struct agx_image *image, uint32_t *w, uint32_t *h)
{
	*w = image->width * (image->samples == 4 ? 2 : 1);
	*h = image->height * (image->samples >= 2 ? 2 : 1);
}

static bool level_is_compressed(const struct agx_image *image, unsigned int level)
{
	uint32_t w, h;

	effective_size(image, &w, &h);
	return image->compressed && minified(w, level) >= BLOCK && minified(h, level) >= BLOCK;
}

bool agx_image_is_plain(const struct agx_image *image, unsigned int level)
{
	return !level_is_compressed(image, level);
}

/* Address of the eight metadata bytes of the block that holds a texel. */
static uint64_t metadata_address(const struct agx_image *image, const struct agx_texel *texel)
{
	uint32_t w, h, x = texel->x * (image->samples == 4 ? 2 : 1),
		       y = texel->y * (image->samples >= 2 ? 2 : 1);
	uint64_t stride = 0, offset = 0;
	uint32_t across = 1, down = 1;

	effective_size(image, &w, &h);
	w = (w + BLOCK - 1) & ~(BLOCK - 1u);
	h = (h + BLOCK - 1) & ~(BLOCK - 1u);
	for (unsigned int l = 0; l < image->levels && level_is_compressed(image, l); l++) {
		uint32_t blocks_w = (pot(w) + BLOCK - 1) / BLOCK,
			 blocks_h = (pot(h) + BLOCK - 1) / BLOCK;

		if (l == texel->level) {
			offset = stride;
			across = blocks_w;
			down = blocks_h;
		}
		stride += ((uint64_t)blocks_w * blocks_h * 8 + LINE - 1) & ~(uint64_t)(LINE - 1);
		w = (w + 1) / 2;
		h = (h + 1) / 2;
	}
	return image->metadata + texel->layer * stride + offset +
	       8ull * morton(x / BLOCK, y / BLOCK, __builtin_ctz(across), __builtin_ctz(down));
}

#define META_SOLID 0x03

/* What a block's metadata says when its texels stand in the body as they are. */
static uint8_t raw_marker(const struct agx_image *image)
{
	static const uint8_t markers[] = {0x1f, 0x3f, 0x7f, 0xff};
	unsigned int log2_bytes = __builtin_ctz(image->bytes);

	return markers[log2_bytes < 3 ? log2_bytes : 3];
}

/* If the texel lies in a solid part of a block, *@at becomes the address of the colour. */
static bool follow_solid(const struct agx_image *image, struct gpu_tlb *tlb,
			 const struct agx_texel *texel, uint64_t *at, uint64_t *bad)
{
	unsigned int part = texel->x / 8 % 2 + texel->y / 4 % 4 * 2;
	struct agx_texel corner = *texel;
	uint8_t metadata;

	if (!level_is_compressed(image, texel->level))
		return true;
	if (!gpu_read(tlb, metadata_address(image, texel) + part, &metadata, 1, bad))
		return false;
	if (metadata != META_SOLID)
		return true;
	corner.x &= ~(BLOCK - 1u);
	corner.y &= ~(BLOCK - 1u);
	*at = agx_image_address(image, &corner) + part * image->bytes * image->samples;
	return true;
}

static uint32_t decode_channel(const struct agx_image *image, uint32_t raw, unsigned int width,
			       bool srgb)
{
	int32_t value = width == 32 ? (int32_t)raw : (int32_t)(raw << (32 - width)) >> (32 - width);
	float top = (float)((1ull << (width - 1)) - 1);

	switch (image->type) {
	case AGX_TYPE_UNORM:
		if (srgb)
			return agx_float_bits(agx_srgb_to_linear(raw / 255.0f));
		return agx_float_bits((float)((double)raw / (double)((1ull << width) - 1)));
	case AGX_TYPE_SNORM:
		return agx_float_bits(fmaxf((float)value / top, -1.0f));
	case AGX_TYPE_SINT:
		return (uint32_t)value;
	case AGX_TYPE_FLOAT:
		return width == 16 ? agx_unpack(AGX_FMT_F16, raw, true) : raw;
	default:
		return raw;
	}
}

static void decode_plain(const struct agx_image *image, const uint8_t *bytes, uint32_t out[4])
{
	const uint8_t *width = image->channel_bits;
	unsigned int at = 0;

	for (unsigned int c = 0; c < image->num_channels; c++) {
		uint64_t word;

		memcpy(&word, bytes + at / 32 * 4, 4);
		word = (uint32_t)word >> at % 32;
		out[c] = decode_channel(image, word & ((1ull << width[c]) - 1), width[c],
					image->srgb && c < 3 && width[c] == 8);
		at += width[c];
	}
}

void agx_image_swizzle(const struct agx_image *image, const uint32_t channel[4], uint32_t out[4])
{
	bool is_integer = agx_image_has_integers(image);
	uint32_t one = is_integer ? 1 : agx_float_bits(1);

	for (unsigned int c = 0; c < 4; c++) {
		unsigned int from = image->swizzle[c];

		out[c] = from < 4 ? channel[from] : from == 4 ? one : 0;
	}
}

void agx_image_decode(const struct agx_image *image, const uint8_t bytes[16], uint32_t out[4])
{
	bool is_integer = agx_image_has_integers(image);
	uint32_t channel[4] = {0, 0, 0, is_integer ? 1 : agx_float_bits(1)}, word;

	memcpy(&word, bytes, sizeof(word));
	if (image->channels == CH_R11G11B10 || image->channels == CH_RGB9E5)
		agx_unpack_word(image->channels == CH_RGB9E5 ? AGX_FMT_RGB9E5 : AGX_FMT_RG11B10F,
				word, true, channel);
	else
		decode_plain(image, bytes, channel);
	agx_image_swizzle(image, channel, out);
}

static void decode_block(const struct agx_image *image, const uint8_t bytes[16],
			 const struct agx_texel *texel, uint32_t out[4])
{
	uint32_t channel[4];
	float colour[4];

	agx_block_texel(image->channels, image->type, bytes, texel->x & 3, texel->y & 3, colour);
	for (unsigned int c = 0; c < 4; c++)
		channel[c] = agx_float_bits(image->srgb && c < 3 ? agx_srgb_to_linear(colour[c]) :
								   colour[c]);
	agx_image_swizzle(image, channel, out);
}

bool agx_image_read(const struct agx_image *image, struct gpu_tlb *tlb,
		    const struct agx_texel *texel, uint32_t component[4], uint64_t *bad)
{
	uint64_t at = agx_image_address(image, texel);
	uint8_t bytes[16] = {0};

	if (!follow_solid(image, tlb, texel, &at, bad) ||
	    !gpu_read(tlb, at, bytes, image->bytes, bad))
		return false;
	if (image->log2_block)
		decode_block(image, bytes, texel, component);
	else
		agx_image_decode(image, bytes, component);
	return true;
}

static double clamped(double v, double low, double high)
{
	return v > low ? (v < high ? v : high) : v == v ? low : 0;
}

static uint32_t encode_channel(const struct agx_image *image, uint32_t value, unsigned int width,
			       bool srgb)
{
	uint32_t top = (uint32_t)((1ull << width) - 1);
	float v = agx_bits_float(value);

	switch (image->type) {
	case AGX_TYPE_UNORM:
		return (uint32_t)rint(clamped(srgb ? agx_linear_to_srgb(v) : v, 0, 1) * top);
	case AGX_TYPE_SNORM:
		return (uint32_t)(int32_t)rint(clamped(v, -1, 1) * (top >> 1)) & top;
	case AGX_TYPE_FLOAT:
		return width == 16 ? agx_pack(AGX_FMT_F16, value, true) : value;
	default:
		return value & top;
	}
}

void agx_image_encode(const struct agx_image *image, const uint32_t component[4], uint8_t bytes[16])
{
	const uint8_t *width = image->channel_bits;
	uint32_t word[4] = {0}, channel[4];
	unsigned int at = 0;

	for (unsigned int c = 0; c < 4; c++)
		channel[c] = component[image->swizzle[c] & 3];
	if (image->channels == CH_R11G11B10 || image->channels == CH_RGB9E5)
		word[0] = agx_pack_word(image->channels == CH_RGB9E5 ? AGX_FMT_RGB9E5 :
								       AGX_FMT_RG11B10F,
					channel, true);
	for (unsigned int c = 0; c < image->num_channels; c++) {
		bool srgb = image->srgb && c < 3 && width[c] == 8;

		word[at / 32] |= encode_channel(image, channel[c], width[c], srgb)
				 << at % 32;
		at += width[c];
	}
	memcpy(bytes, word, 16);
}

static bool write_bytes(struct gpu_tlb *tlb, uint64_t va, const void *from, unsigned int size,
			uint64_t *bad)
{
	const uint8_t *bytes = from;

	while (size) {
		const struct gpu_tlb_entry *entry = gpu_tlb_lookup(tlb, va);
		unsigned int offset = va & (GPU_PAGE_SIZE - 1);
		unsigned int part = size < GPU_PAGE_SIZE - offset ? size : GPU_PAGE_SIZE - offset;

		*bad = va;
		if (!entry->host || !(entry->access & GPU_WRITE))
			return false;
		memcpy(entry->host + offset, bytes, part);
		bytes += part;
		va += part;
		size -= part;
	}
	return true;
}

#define PART_W 8 /* texels of a block's part that has metadata of its own */
#define PART_H 4
#define PARTS 8

/* Writes the @n-th part of the block at @corner in full: each texel becomes @colour. */
static bool fill_part(const struct agx_image *image, struct gpu_tlb *tlb,
		      const struct agx_texel *corner, unsigned int n, const uint8_t *colour,
		      uint64_t *bad)
{
	for (unsigned int i = 0; i < PART_W * PART_H; i++) {
		struct agx_texel texel = *corner;

		texel.x += n % 2 * PART_W + i % PART_W;
		texel.y += n / 2 * PART_H + i / PART_W;
		/* All samples of a texel stand together. */
		if (agx_image_contains(image, &texel) &&
		    !write_bytes(tlb, agx_image_address(image, &texel), colour,
				 image->bytes * image->samples, bad))
			return false;
	}
	return true;
}

/* After what the marker speaks of: other threads look at it without a lock. */
static bool mark_raw(const struct agx_image *image, struct gpu_tlb *tlb,
		     const struct agx_texel *texel, uint64_t *bad)
{
	uint8_t parts[PARTS];

	memset(parts, raw_marker(image), sizeof(parts));
	atomic_thread_fence(memory_order_release);
	return write_bytes(tlb, metadata_address(image, texel), parts, sizeof(parts), bad);
}

/* Before one texel of a block changes, its solid parts become texels, and all of it raw. */
static bool unpack_block(const struct agx_image *image, struct gpu_tlb *tlb,
			 const struct agx_texel *texel, uint64_t *bad)
{
	unsigned int size = image->bytes * image->samples;
	uint8_t parts[PARTS], colours[PARTS * 64];
	struct agx_texel corner = *texel;

	corner.x &= ~(BLOCK - 1u);
	corner.y &= ~(BLOCK - 1u);
	corner.sample = 0;
	if (!gpu_read(tlb, metadata_address(image, texel), parts, sizeof(parts), bad) ||
	    !gpu_read(tlb, agx_image_address(image, &corner), colours, PARTS * size, bad))
		return false;
	for (unsigned int n = 0; n < PARTS; n++) {
		if (parts[n] == META_SOLID &&
		    !fill_part(image, tlb, &corner, n, colours + n * size, bad))
			return false;
	}
	return mark_raw(image, tlb, texel, bad);
}

static bool is_raw(const struct agx_image *image, struct gpu_tlb *tlb,
		   const struct agx_texel *texel)
{
	uint8_t parts[PARTS], marker = raw_marker(image);
	uint64_t bad;

	if (!gpu_read(tlb, metadata_address(image, texel), parts, sizeof(parts), &bad))
		return false;
	for (unsigned int n = 0; n < PARTS; n++) {
		if (parts[n] != marker)
			return false;
	}
	atomic_thread_fence(memory_order_acquire);
	return true;
}

/* A block is unpacked by one of the threads that write to it, and never after one of them has. */
static bool make_raw(const struct agx_image *image, struct gpu_tlb *tlb,
		     const struct agx_texel *texel, uint64_t *bad)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	bool ok;

	/* Where the parts of a block with several samples a texel lie is not known. */
	if (image->samples > 1)
		return mark_raw(image, tlb, texel, bad);
	pthread_mutex_lock(&lock);
	ok = is_raw(image, tlb, texel) || unpack_block(image, tlb, texel, bad);
	pthread_mutex_unlock(&lock);
	return ok;
}

bool agx_image_write(const struct agx_image *image, struct gpu_tlb *tlb,
		     const struct agx_texel *texel, const uint8_t bytes[16], uint64_t *bad)
{
	if (level_is_compressed(image, texel->level) && !is_raw(image, tlb, texel) &&
	    !make_raw(image, tlb, texel, bad))
		return false;
	return write_bytes(tlb, agx_image_address(image, texel), bytes, image->bytes, bad);
}

#define CACHE_SLOTS 16

struct agx_image_cache {
	struct {
		uint8_t descriptor[AGX_TEXTURE_BYTES];
		bool is_valid, is_pbe;
		struct agx_image image;
	} slot[CACHE_SLOTS];
};

struct agx_image_cache *agx_image_cache_create(void)
{
	return calloc(1, sizeof(struct agx_image_cache));
}

void agx_image_cache_destroy(struct agx_image_cache *cache)
{
	free(cache);
}

const struct agx_image *agx_image_cache_get(struct agx_image_cache *cache,
					    const uint8_t descriptor[AGX_TEXTURE_BYTES],
					    bool is_pbe)
{
	/* Of the address, which is what differs most often. */
	unsigned int n = (descriptor[9] ^ descriptor[10] ^ descriptor[8] >> 4) % CACHE_SLOTS;

	if (cache->slot[n].is_valid && cache->slot[n].is_pbe == is_pbe &&
	    !memcmp(cache->slot[n].descriptor, descriptor, AGX_TEXTURE_BYTES))
		return &cache->slot[n].image;
	memcpy(cache->slot[n].descriptor, descriptor, AGX_TEXTURE_BYTES);
	cache->slot[n].is_valid = true;
	cache->slot[n].is_pbe = is_pbe;
	if (is_pbe)
		agx_image_from_pbe(descriptor, &cache->slot[n].image);
	else
		agx_image_from_texture(descriptor, &cache->slot[n].image);
	if (!agx_image_problem(&cache->slot[n].image))
		agx_image_plane(&cache->slot[n].image, 0, cache->slot[n].image.first_level,
				&cache->slot[n].image.first);
	return &cache->slot[n].image;
}
