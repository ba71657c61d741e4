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

#define RGB32(fourcc_, alpha_) \
	{ .fourcc = (fourcc_), .n_streams = 1, .align = { 4 }, .cpp = 4, .pair = 1, \
	  .alpha = (alpha_) }

static const struct compose_format formats[] = {
	RGB32(COMPOSE_XRGB8888, false),
	RGB32(COMPOSE_ARGB8888, true),
	RGB32(COMPOSE_XBGR8888, false),
	RGB32(COMPOSE_ABGR8888, true),
	RGB32(COMPOSE_XRGB2101010, false),
	RGB32(COMPOSE_ARGB2101010, true),
	RGB32(COMPOSE_XBGR2101010, false),
	RGB32(COMPOSE_ABGR2101010, true),
	{ .fourcc = COMPOSE_RGB565, .n_streams = 1, .align = { 2 }, .cpp = 2, .pair = 1 },
	{ .fourcc = COMPOSE_ARGB1555, .n_streams = 1, .align = { 2 }, .cpp = 2, .pair = 1,
	  .alpha = true },
	{ .fourcc = COMPOSE_YUYV, .n_streams = 1, .align = { 2 }, .cpp = 2, .pair = 2,
	  .yuv = true },
	{ .fourcc = COMPOSE_NV12, .n_streams = 2, .align = { 1, 1 }, .cpp = 1, .pair = 1,
	  .chroma_cpp = 2, .yuv = true },
	{ .fourcc = COMPOSE_P010, .n_streams = 2, .align = { 2, 2 }, .cpp = 2, .pair = 1,
	  .chroma_cpp = 4, .yuv = true },
};

const struct compose_format *compose_format(uint32_t fourcc)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (formats[i].fourcc == fourcc)
			return &formats[i];
	return NULL;
}

size_t compose_line_bytes(const struct compose_format *format, unsigned int stream,
			  uint32_t width)
{
	if (stream)
		return (size_t)(width + 1) / 2 * format->chroma_cpp;
	return (size_t)(width + format->pair - 1) / format->pair * format->pair * format->cpp;
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

bool compose_span_knows(const struct compose_format *format)
{
	switch (format->fourcc) {
	case COMPOSE_XRGB8888:
	case COMPOSE_ARGB8888:
	case COMPOSE_XBGR8888:
	case COMPOSE_ABGR8888:
	case COMPOSE_RGB565:
		return true;
	default:
		return false;
	}
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

/* Decoding */

static inline uint32_t from_10_bits(uint32_t c)
{
	return (c * 255 + 511) / 1023;
}

/* @swap: red is in the low bits. */
static inline uint32_t from_rgb30(uint32_t p, bool swap, bool alpha)
{
	uint32_t high = from_10_bits(p >> 20 & 0x3ff), low = from_10_bits(p & 0x3ff);
	uint32_t a = alpha ? (p >> 30) * 85 : 255;

	return a << 24 | (swap ? low : high) << 16 | from_10_bits(p >> 10 & 0x3ff) << 8 |
	       (swap ? high : low);
}

static void decode_rgb30(uint32_t *out, const uint32_t *src, const struct compose_format *format,
			 size_t n)
{
	bool swap = format->fourcc == COMPOSE_XBGR2101010 ||
		    format->fourcc == COMPOSE_ABGR2101010;

	for (size_t i = 0; i < n; i++)
		out[i] = from_rgb30(src[i], swap, format->alpha);
}

static void decode_rgb32(uint32_t *out, const uint32_t *src, const struct compose_format *format,
			 size_t n)
{
	bool swap = format->fourcc == COMPOSE_XBGR8888 || format->fourcc == COMPOSE_ABGR8888;
	uint32_t opaque = format->alpha ? 0 : 0xff000000;

	for (size_t i = 0; i < n; i++)
		out[i] = (swap ? from_xbgr(src[i]) : from_xrgb(src[i])) | opaque |
			 (src[i] & 0xff000000);
}

static void decode_rgb565(uint32_t *out, const uint16_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = from_rgb565(src[i]) | 0xff000000;
}

static void decode_argb1555(uint32_t *out, const uint16_t *src, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t r = src[i] >> 10 & 0x1f, g = src[i] >> 5 & 0x1f, b = src[i] & 0x1f;

		out[i] = (src[i] & 0x8000 ? 0xff000000 : 0) | (r << 3 | r >> 2) << 16 |
			 (g << 3 | g >> 2) << 8 | (b << 3 | b >> 2);
	}
}

/* Coefficients with 16 bits of fraction, see the manual; bits: of a sample. */
struct csc {
	int32_t y0, half;
	int32_t cy, crv, cgu, cgv, cbu;
};

#define CSC_ROUND(x)	((int32_t)((x) + 0.5))
#define CSC_WITH(kr, kb, sy, sc, bits, limited) { \
	.y0 = (limited) ? 16 << ((bits) - 8) : 0, \
	.half = 1 << ((bits) - 1), \
	.cy = CSC_ROUND(sy), \
	.crv = CSC_ROUND(2 * (1 - (kr)) * (sc)), \
	.cgu = CSC_ROUND(2 * (1 - (kb)) * (sc) * (kb) / (1 - (kr) - (kb))), \
	.cgv = CSC_ROUND(2 * (1 - (kr)) * (sc) * (kr) / (1 - (kr) - (kb))), \
	.cbu = CSC_ROUND(2 * (1 - (kb)) * (sc)), \
}
#define CSC_FULL(kr, kb, bits) \
	CSC_WITH(kr, kb, 65536. * 255 / ((1 << (bits)) - 1), 65536. * 255 / ((1 << (bits)) - 1), \
		 bits, 0)
#define CSC_LIMITED(kr, kb, bits) \
	CSC_WITH(kr, kb, 65536. * 255 / (219 << ((bits) - 8)), \
		 65536. * 255 / (224 << ((bits) - 8)), bits, 1)
#define CSC_ENCODING(kr, kb) { \
	[COMPOSE_LIMITED] = { CSC_LIMITED(kr, kb, 8), CSC_LIMITED(kr, kb, 10) }, \
	[COMPOSE_FULL] = { CSC_FULL(kr, kb, 8), CSC_FULL(kr, kb, 10) }, \
}

/* The last index: 8 or 10 bits. */
static const struct csc csc_tables[COMPOSE_NR_ENCODINGS][COMPOSE_NR_RANGES][2] = {
	[COMPOSE_BT601] = CSC_ENCODING(0.299, 0.114),
	[COMPOSE_BT709] = CSC_ENCODING(0.2126, 0.0722),
	[COMPOSE_BT2020] = CSC_ENCODING(0.2627, 0.0593),
};

static inline uint32_t clamp8(int32_t v)
{
	return v < 0 ? 0 : v > 255 ? 255 : (uint32_t)v;
}

/* What chroma adds to each channel, with 16 bits of fraction; shared by two pixels. */
struct chroma {
	int32_t r, g, b;
};

static inline struct chroma from_chroma(const struct csc *csc, int32_t u, int32_t v)
{
	u -= csc->half;
	v -= csc->half;
	return (struct chroma) {
		.r = csc->crv * v + 32768,
		.g = -csc->cgu * u - csc->cgv * v + 32768,
		.b = csc->cbu * u + 32768,
	};
}

static inline uint32_t from_luma(const struct csc *csc, int32_t y, struct chroma chroma)
{
	y = csc->cy * (y - csc->y0);
	return 0xff000000 | clamp8((y + chroma.r) >> 16) << 16 |
	       clamp8((y + chroma.g) >> 16) << 8 | clamp8((y + chroma.b) >> 16);
}

static void decode_nv12(uint32_t *out, const uint8_t *luma, const uint8_t *chroma,
			const struct csc *csc, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		struct chroma c = from_chroma(csc, chroma[i], chroma[i + 1]);

		out[i] = from_luma(csc, luma[i], c);
		if (i + 1 < n)
			out[i + 1] = from_luma(csc, luma[i + 1], c);
	}
}

static void decode_p010(uint32_t *out, const uint16_t *luma, const uint16_t *chroma,
			const struct csc *csc, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		struct chroma c = from_chroma(csc, chroma[i] >> 6, chroma[i + 1] >> 6);

		out[i] = from_luma(csc, luma[i] >> 6, c);
		if (i + 1 < n)
			out[i + 1] = from_luma(csc, luma[i + 1] >> 6, c);
	}
}

static void decode_yuyv(uint32_t *out, const uint8_t *src, const struct csc *csc, size_t n)
{
	for (size_t i = 0; i < n; i += 2) {
		struct chroma c = from_chroma(csc, src[2 * i + 1], src[2 * i + 3]);

		out[i] = from_luma(csc, src[2 * i], c);
		if (i + 1 < n)
			out[i + 1] = from_luma(csc, src[2 * i + 2], c);
	}
}

void compose_decode(uint32_t *out, const void *src, const void *chroma,
		    const struct compose_format *format, enum compose_encoding encoding,
		    enum compose_range range, size_t n)
{
	const struct csc *csc = csc_tables[encoding][range];

	switch (format->fourcc) {
	case COMPOSE_RGB565:
		decode_rgb565(out, src, n);
		break;
	case COMPOSE_ARGB1555:
		decode_argb1555(out, src, n);
		break;
	case COMPOSE_YUYV:
		decode_yuyv(out, src, &csc[0], n);
		break;
	case COMPOSE_NV12:
		decode_nv12(out, src, chroma, &csc[0], n);
		break;
	case COMPOSE_P010:
		decode_p010(out, src, chroma, &csc[1], n);
		break;
	case COMPOSE_XRGB2101010:
	case COMPOSE_ARGB2101010:
	case COMPOSE_XBGR2101010:
	case COMPOSE_ABGR2101010:
		decode_rgb30(out, src, format, n);
		break;
	default:
		decode_rgb32(out, src, format, n);
	}
}

/* Blending */

/* @s: the weight of the source, over 65025, times its channel; @inverse: that of what is below. */
static inline uint32_t mix(uint32_t s, uint32_t d, uint32_t inverse)
{
	uint32_t c = (s + d * inverse + 32512) / 65025;

	return c > 255 ? 255 : c;
}

static inline uint32_t blend_pixel(uint32_t s, uint32_t d, uint32_t weight, uint32_t inverse)
{
	return mix((s >> 16 & 0xff) * weight, d >> 16 & 0xff, inverse) << 16 |
	       mix((s >> 8 & 0xff) * weight, d >> 8 & 0xff, inverse) << 8 |
	       mix((s & 0xff) * weight, d & 0xff, inverse);
}

/* Neighbours are often alike, on both sides. */
static void blend_slowly(uint32_t *dst, const uint32_t *src, enum compose_blend mode,
			 uint32_t alpha, size_t n)
{
	uint32_t over = ~src[0], below = 0, result = 0;

	for (size_t i = 0; i < n; i++) {
		if (src[i] != over || dst[i] != below) {
			uint32_t a = mode == COMPOSE_NONE ? 255 : src[i] >> 24;
			uint32_t weight = mode == COMPOSE_COVERAGE ? a * alpha : 255 * alpha;

			over = src[i];
			below = dst[i];
			result = blend_pixel(over, below, weight, 65025 - a * alpha);
		}
		dst[i] = result;
	}
}

void compose_blend(uint32_t *dst, const uint32_t *src, enum compose_blend mode, uint32_t alpha,
		   size_t n)
{
	if (mode == COMPOSE_NONE && alpha == 255) {
		span_xrgb(dst, src, n);
		return;
	}
	if (mode == COMPOSE_PREMULTIPLIED && alpha == 255) {
		span_argb(dst, src, n);
		return;
	}
	blend_slowly(dst, src, mode, alpha, n);
}

/* Scaling */

static struct compose_tap tap_bilinear(uint32_t at, uint32_t from, uint32_t to)
{
	int64_t last = (int64_t)(from - 1) << 16;
	int64_t pos = (2 * (int64_t)at + 1) * from * 32768 / to - 32768;
	uint32_t first;

	pos = pos < 0 ? 0 : pos > last ? last : pos;
	first = pos >> 16;
	return (struct compose_tap) {
		.first = first,
		.second = first + 1 < from ? first + 1 : from - 1,
		.weight = pos >> 8 & 255,
	};
}

static struct compose_tap tap_nearest(uint32_t at, uint32_t from, uint32_t to)
{
	uint32_t first = (2 * (uint64_t)at + 1) * from / (2 * to);

	return (struct compose_tap) { .first = first, .second = first };
}

struct compose_tap compose_tap(enum compose_filter filter, uint32_t at, uint32_t from, uint32_t to,
			       bool flip)
{
	struct compose_tap tap;

	if (filter == COMPOSE_BILINEAR && from != to)
		tap = tap_bilinear(at, from, to);
	else
		tap = tap_nearest(at, from, to);
	if (flip) {
		tap.first = from - 1 - tap.first;
		tap.second = from - 1 - tap.second;
	}
	return tap;
}

/* Four weights that sum up to 65536, two channels at a time in 64-bit lanes of 32. */
static inline uint32_t sample_pixel(const uint32_t p[4], const uint32_t w[4])
{
	uint64_t rb = 0x0000800000008000ull, ag = 0x0000800000008000ull;

	for (int i = 0; i < 4; i++) {
		rb += ((uint64_t)(p[i] >> 16 & 0xff) << 32 | (p[i] & 0xff)) * w[i];
		ag += ((uint64_t)(p[i] >> 24) << 32 | (p[i] >> 8 & 0xff)) * w[i];
	}
	return (uint32_t)(ag >> 48 & 0xff) << 24 | (uint32_t)(rb >> 48 & 0xff) << 16 |
	       (uint32_t)(ag >> 16 & 0xff) << 8 | (uint32_t)(rb >> 16 & 0xff);
}

void compose_sample(uint32_t *out, const uint32_t *first, const uint32_t *second,
		    unsigned int weight, const struct compose_tap *taps, size_t n)
{
	if (!weight)
		second = first;
	for (size_t i = 0; i < n; i++) {
		const struct compose_tap *t = &taps[i];
		const uint32_t p[4] = {
			first[t->first], first[t->second], second[t->first], second[t->second],
		};
		const uint32_t w[4] = {
			(256 - t->weight) * (256 - weight), t->weight * (256 - weight),
			(256 - t->weight) * weight, t->weight * weight,
		};

		/* Four of a kind need no weights, which sum up to one. */
		if (p[0] == p[1] && p[0] == p[2] && p[0] == p[3])
			out[i] = p[0];
		else
			out[i] = t->weight || weight ? sample_pixel(p, w) : p[0];
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
