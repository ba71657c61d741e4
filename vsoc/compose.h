/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pixel code of the display engine, without transport, DMA or locks.
 *
 * A composed line is an array of host-endian 0x00RRGGBB words: in memory B, G, R, 0, the byte
 * order that the CRC is defined over (Documentation/vsoc/registers.rst, chapter Composition, which
 * all arithmetic here follows). A decoded pixel is a word 0xAARRGGBB.
 */
#ifndef VSOC_COMPOSE_H
#define VSOC_COMPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPOSE_FOURCC(a, b, c, d) \
	((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)

#define COMPOSE_XRGB8888 COMPOSE_FOURCC('X', 'R', '2', '4')
#define COMPOSE_ARGB8888 COMPOSE_FOURCC('A', 'R', '2', '4')
#define COMPOSE_XBGR8888 COMPOSE_FOURCC('X', 'B', '2', '4')
#define COMPOSE_ABGR8888 COMPOSE_FOURCC('A', 'B', '2', '4')
#define COMPOSE_RGB565   COMPOSE_FOURCC('R', 'G', '1', '6')
#define COMPOSE_XRGB2101010 COMPOSE_FOURCC('X', 'R', '3', '0')
#define COMPOSE_ARGB2101010 COMPOSE_FOURCC('A', 'R', '3', '0')
#define COMPOSE_XBGR2101010 COMPOSE_FOURCC('X', 'B', '3', '0')
#define COMPOSE_ABGR2101010 COMPOSE_FOURCC('A', 'B', '3', '0')
#define COMPOSE_ARGB1555 COMPOSE_FOURCC('A', 'R', '1', '5')
#define COMPOSE_YUYV     COMPOSE_FOURCC('Y', 'U', 'Y', 'V')
#define COMPOSE_NV12     COMPOSE_FOURCC('N', 'V', '1', '2')
#define COMPOSE_P010     COMPOSE_FOURCC('P', '0', '1', '0')

/* Widest and highest screen or plane, in pixels. */
#define COMPOSE_MAX_SIZE 8192

/* The part of a plane that is on the screen, in pixels; never empty. */
struct compose_clip {
	uint32_t src_x, src_y;
	uint32_t dst_x, dst_y;
	uint32_t width, height;
};

/* A pixel format: where its bytes are. */
struct compose_format {
	uint32_t fourcc;
	uint8_t n_streams;              /* 2: chroma has a place of its own */
	uint8_t align[2];               /* of addresses and pitches of each stream */
	uint8_t cpp;                    /* bytes a pixel of the first stream */
	uint8_t pair;                   /* pixels that share bytes in it: a line has whole ones */
	uint8_t chroma_cpp;             /* bytes of a chroma sample, each for 2 x 2 pixels */
	bool yuv, alpha;
};

/**
 * compose_format() - what there is to know of a format
 * @fourcc: DRM fourcc, any value
 *
 * Return: the format, or NULL if the engine does not know it.
 */
const struct compose_format *compose_format(uint32_t fourcc);

/**
 * compose_line_bytes() - bytes that a line of a stream takes
 * @format: the format
 * @stream: below its n_streams
 * @width: pixels, at most COMPOSE_MAX_SIZE
 *
 * Return: the number of bytes.
 */
size_t compose_line_bytes(const struct compose_format *format, unsigned int stream,
			  uint32_t width);

/**
 * compose_stream_lines() - lines of a stream
 * @format: the format
 * @stream: below its n_streams
 * @height: pixels
 *
 * Return: the number of lines.
 */
static inline uint32_t compose_stream_lines(const struct compose_format *format,
					    unsigned int stream, uint32_t height)
{
	(void)format;
	return stream ? (height + 1) / 2 : height;
}

/**
 * compose_clip() - cut a rectangle to the screen
 * @x: left edge on the screen in pixels, may be negative
 * @y: upper edge on the screen in pixels, may be negative
 * @width: width in pixels, at most COMPOSE_MAX_SIZE
 * @height: height in pixels, at most COMPOSE_MAX_SIZE
 * @screen_width: at most COMPOSE_MAX_SIZE
 * @screen_height: at most COMPOSE_MAX_SIZE
 * @clip: set when something is visible
 *
 * Return: false when nothing is visible.
 */
bool compose_clip(int32_t x, int32_t y, uint32_t width, uint32_t height, uint32_t screen_width,
		  uint32_t screen_height, struct compose_clip *clip);

/**
 * compose_span() - put a run of source pixels on a line, plane alpha 65535
 * @dst: @n pixels of the line; read only for formats with alpha
 * @src: @n source pixels, aligned to their size; may be @dst itself for opaque 32-bit formats
 * @format: that compose_span_knows()
 * @n: pixels
 *
 * The short cut for what compose_decode() and compose_blend() with COMPOSE_PREMULTIPLIED do.
 */
void compose_span(uint32_t *dst, const void *src, uint32_t format, size_t n);

/**
 * compose_span_knows() - whether compose_span() takes a format
 * @format: the format
 *
 * Return: false for YUV and 10 bits a channel.
 */
bool compose_span_knows(const struct compose_format *format);

/* Encodings and ranges of YUV, the manual's numbers. */
enum compose_encoding {
	COMPOSE_BT601,
	COMPOSE_BT709,
	COMPOSE_BT2020,
	COMPOSE_NR_ENCODINGS,
};

enum compose_range {
	COMPOSE_LIMITED,
	COMPOSE_FULL,
	COMPOSE_NR_RANGES,
};

/**
 * compose_decode() - source pixels to 8-bit RGB with alpha
 * @out: @n words 0xAARRGGBB; not @src
 * @src: the line of the first stream
 * @chroma: the line of the second, if the format has one
 * @format: the format
 * @encoding: ignored unless YUV
 * @range: ignored unless YUV
 * @n: pixels
 */
void compose_decode(uint32_t *out, const void *src, const void *chroma,
		    const struct compose_format *format, enum compose_encoding encoding,
		    enum compose_range range, size_t n);

/* Blend modes, the manual's numbers. */
enum compose_blend {
	COMPOSE_PREMULTIPLIED,
	COMPOSE_COVERAGE,
	COMPOSE_NONE,
	COMPOSE_NR_BLENDS,
};

/**
 * compose_plane_alpha() - a plane's alpha as it is used
 * @alpha: 0..65535
 *
 * Return: 0..255.
 */
static inline uint32_t compose_plane_alpha(uint32_t alpha)
{
	return (alpha + 128) / 257;
}

/**
 * compose_blend() - put decoded pixels on a line
 * @dst: @n pixels of the line
 * @src: @n decoded pixels
 * @mode: how
 * @alpha: of the plane, 0..255
 * @n: pixels
 */
void compose_blend(uint32_t *dst, const uint32_t *src, enum compose_blend mode, uint32_t alpha,
		   size_t n);

/* Filters, the manual's numbers. */
enum compose_filter {
	COMPOSE_BILINEAR,
	COMPOSE_NEAREST,
	COMPOSE_NR_FILTERS,
};

/* What one column or line of the result is made of. */
struct compose_tap {
	uint16_t first, second;         /* of the source */
	uint16_t weight;                /* of @second, 0..255; @first has 256 - @weight */
};

/**
 * compose_tap() - where a column (or line) of a scaled plane comes from
 * @filter: how
 * @at: the column, below @to
 * @from: columns of the source, 1..COMPOSE_MAX_SIZE
 * @to: columns on the screen, 1..COMPOSE_MAX_SIZE
 * @flip: the source is counted from its other end
 *
 * Return: the source's columns and their weights; @second counts only if @weight is not 0.
 */
struct compose_tap compose_tap(enum compose_filter filter, uint32_t at, uint32_t from, uint32_t to,
			       bool flip);

/**
 * compose_sample() - decoded source lines to a decoded line of a scaled plane
 * @out: @n decoded pixels
 * @first: the line of the first tap
 * @second: of the second; read only if @weight is not 0
 * @weight: of @second, 0..255
 * @taps: of the columns
 * @n: pixels
 */
void compose_sample(uint32_t *out, const uint32_t *first, const uint32_t *second,
		    unsigned int weight, const struct compose_tap *taps, size_t n);

/**
 * compose_crc() - add a line to a picture's CRC
 * @crc: 0 for the first line, then what this function returned
 * @line: @n composed pixels
 * @n: pixels, at most COMPOSE_MAX_SIZE
 *
 * Return: the CRC so far; to be shown after compose_crc_final().
 */
uint32_t compose_crc(uint32_t crc, const uint32_t *line, size_t n);

/**
 * compose_crc_final() - make a CRC presentable
 * @crc: from compose_crc()
 *
 * Readers take 0 and 0xffffffff for "no CRC".
 *
 * Return: @crc, or 1 for those two values.
 */
uint32_t compose_crc_final(uint32_t crc);

#endif
