/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pixel code of the display engine, without transport, DMA or locks.
 *
 * A composed line is an array of host-endian 0x00RRGGBB words: in memory B, G, R, 0, the byte
 * order that the CRC is defined over (Documentation/vsoc/registers.rst).
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

/* Widest and highest screen or plane, in pixels. */
#define COMPOSE_MAX_SIZE 8192

/* The part of a plane that is on the screen, in pixels; never empty. */
struct compose_clip {
	uint32_t src_x, src_y;
	uint32_t dst_x, dst_y;
	uint32_t width, height;
};

/**
 * compose_cpp() - bytes a pixel of a format
 * @format: DRM fourcc, any value
 *
 * Return: 2 or 4, or 0 for a format that the engine does not know.
 */
unsigned int compose_cpp(uint32_t format);

/**
 * compose_opaque() - whether a format hides what lies below
 * @format: DRM fourcc that compose_cpp() knows
 *
 * Return: true for formats without alpha.
 */
bool compose_opaque(uint32_t format);

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
 * compose_span() - put a run of source pixels on a line
 * @dst: @n pixels of the line; read only for formats with alpha
 * @src: @n source pixels, aligned to their size; may be @dst itself for opaque 32-bit formats
 * @format: a format that compose_cpp() knows
 * @n: pixels
 *
 * Alpha formats are pre-multiplied and blended source-over, each channel
 * min(255, s + (d * (255 - a) + 127) / 255).
 */
void compose_span(uint32_t *dst, const void *src, uint32_t format, size_t n);

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
