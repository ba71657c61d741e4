// SPDX-License-Identifier: GPL-2.0
/*
 * Pixel code of the display engine.
 */
#include "compose.h"

#include <string.h>
#include <zlib.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "pixels are read as host words: a big-endian host needs swaps here");

#define RB_MASK 0x00ff00ffu
#define G_MASK  0x0000ff00u

/* A constant inner trip count is what lets the compiler vectorise at -O2. */
#define BLOCK 16

unsigned int compose_cpp(uint32_t format)
{
	switch (format) {
	case COMPOSE_XRGB8888:
	case COMPOSE_ARGB8888:
	case COMPOSE_XBGR8888:
	case COMPOSE_ABGR8888:
		return 4;
	case COMPOSE_RGB565:
		return 2;
	default:
		return 0;
	}
}

bool compose_opaque(uint32_t format)
{
	return format != COMPOSE_ARGB8888 && format != COMPOSE_ABGR8888;
}

/* Clips [@pos, @pos + @size) to [0, @limit); 64 bits, so that no caller's value can overflow. */
static bool clip_axis(int64_t pos, int64_t size, int64_t limit, uint32_t *src, uint32_t *dst,
		      uint32_t *len)
{
	int64_t first = pos < 0 ? 0 : pos;
	int64_t end = pos + size < limit ? pos + size : limit;

	if (end <= first)
		return false;
	*src = first - pos;
	*dst = first;
	*len = end - first;
	return true;
}

bool compose_clip(int32_t x, int32_t y, uint32_t width, uint32_t height, uint32_t screen_width,
		  uint32_t screen_height, struct compose_clip *clip)
{
	return clip_axis(x, width, screen_width, &clip->src_x, &clip->dst_x, &clip->width) &&
	       clip_axis(y, height, screen_height, &clip->src_y, &clip->dst_y, &clip->height);
}

static inline uint32_t from_xrgb(uint32_t p)
{
	return p & 0x00ffffff;
}

static inline uint32_t from_xbgr(uint32_t p)
{
	return (p & 0xff) << 16 | (p & G_MASK) | (p >> 16 & 0xff);
}

/* Widened by repeating the upper bits, so that full intensity stays full. */
static inline uint32_t from_rgb565(uint16_t p)
{
	uint32_t r = p >> 11, g = p >> 5 & 0x3f, b = p & 0x1f;

	return (r << 3 | r >> 2) << 16 | (g << 2 | g >> 4) << 8 | (b << 3 | b >> 2);
}

/*
 * Two channels at once, each in a 16-bit lane. For 0 <= v < 65535, v / 255 is exactly
 * (v + 1 + (v >> 8)) >> 8; the largest v here is 255 * 255 + 127, and no lane carries over.
 */
static inline uint32_t blend_lanes(uint32_t s, uint32_t d, uint32_t inverse)
{
	uint32_t v = d * inverse + 0x007f007f;
	uint32_t sum = s + ((v + 0x00010001 + (v >> 8 & RB_MASK)) >> 8 & RB_MASK);
	uint32_t carry = sum & 0x01000100;

	return (sum | (carry - (carry >> 8))) & RB_MASK;
}

static inline uint32_t blend(uint32_t s, uint32_t d, uint32_t alpha)
{
	uint32_t inverse = 255 - alpha;
	uint32_t rb = blend_lanes(s & RB_MASK, d & RB_MASK, inverse);
	uint32_t g = blend_lanes(s >> 8 & 0xff, d >> 8 & 0xff, inverse);

	return rb | g << 8;
}

static void span_xrgb(uint32_t *dst, const uint32_t *src, size_t n)
{
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			dst[i + k] = from_xrgb(src[i + k]);
	for (; i < n; i++)
		dst[i] = from_xrgb(src[i]);
}

static void span_xbgr(uint32_t *dst, const uint32_t *src, size_t n)
{
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			dst[i + k] = from_xbgr(src[i + k]);
	for (; i < n; i++)
		dst[i] = from_xbgr(src[i]);
}

static void span_rgb565(uint32_t *dst, const uint16_t *src, size_t n)
{
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK)
		for (size_t k = 0; k < BLOCK; k++)
			dst[i + k] = from_rgb565(src[i + k]);
	for (; i < n; i++)
		dst[i] = from_rgb565(src[i]);
}

/*
 * Most of a plane with alpha is either opaque or fully transparent: a block of one kind is copied or
 * left alone. The results are those of blend().
 */
enum block_kind {
	BLOCK_MIXED,
	BLOCK_OPAQUE,
	BLOCK_EMPTY,
};

static inline enum block_kind block_kind(const uint32_t *src)
{
	uint32_t all = UINT32_MAX, any = 0;

	for (size_t k = 0; k < BLOCK; k++) {
		all &= src[k];
		any |= src[k];
	}
	if (all >> 24 == 255)
		return BLOCK_OPAQUE;
	return any ? BLOCK_MIXED : BLOCK_EMPTY;
}

static void span_argb(uint32_t *dst, const uint32_t *src, size_t n)
{
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK) {
		enum block_kind kind = block_kind(src + i);

		if (kind == BLOCK_OPAQUE)
			span_xrgb(dst + i, src + i, BLOCK);
		if (kind != BLOCK_MIXED)
			continue;
		for (size_t k = i; k < i + BLOCK; k++)
			dst[k] = blend(from_xrgb(src[k]), dst[k], src[k] >> 24);
	}
	for (; i < n; i++)
		dst[i] = blend(from_xrgb(src[i]), dst[i], src[i] >> 24);
}

static void span_abgr(uint32_t *dst, const uint32_t *src, size_t n)
{
	size_t i = 0;

	for (; i + BLOCK <= n; i += BLOCK) {
		enum block_kind kind = block_kind(src + i);

		if (kind == BLOCK_OPAQUE)
			span_xbgr(dst + i, src + i, BLOCK);
		if (kind != BLOCK_MIXED)
			continue;
		for (size_t k = i; k < i + BLOCK; k++)
			dst[k] = blend(from_xbgr(src[k]), dst[k], src[k] >> 24);
	}
	for (; i < n; i++)
		dst[i] = blend(from_xbgr(src[i]), dst[i], src[i] >> 24);
}

void compose_span(uint32_t *dst, const void *src, uint32_t format, size_t n)
{
	switch (format) {
	case COMPOSE_XRGB8888:
		span_xrgb(dst, src, n);
		break;
	case COMPOSE_ARGB8888:
		span_argb(dst, src, n);
		break;
	case COMPOSE_XBGR8888:
		span_xbgr(dst, src, n);
		break;
	case COMPOSE_ABGR8888:
		span_abgr(dst, src, n);
		break;
	case COMPOSE_RGB565:
		span_rgb565(dst, src, n);
		break;
	}
}

uint32_t compose_crc(uint32_t crc, const uint32_t *line, size_t n)
{
	return crc32(crc, (const Bytef *)line, n * sizeof(*line));
}

uint32_t compose_crc_final(uint32_t crc)
{
	return crc == 0 || crc == UINT32_MAX ? 1 : crc;
}
