// SPDX-License-Identifier: GPL-2.0
/* Writing a composed picture to guest memory. */
#include "writeback.h"

#include <stdlib.h>

#include "compose.h"

bool writeback_knows(uint32_t format)
{
	return format == COMPOSE_XRGB8888 || format == COMPOSE_ARGB8888 ||
	       format == COMPOSE_XBGR8888 || format == COMPOSE_ABGR8888 ||
	       format == COMPOSE_XRGB2101010;
}

/* A composed channel has 8 bits: 0 and 255 become the ends of the larger range. */
static uint32_t widen(uint32_t channel)
{
	return channel << 2 | channel >> 6;
}

/* Bits that are no colour are written as those of an opaque pixel. */
static uint32_t encode_pixel(uint32_t p, uint32_t format)
{
	switch (format) {
	case COMPOSE_XBGR8888:
	case COMPOSE_ABGR8888:
		return 0xff000000 | (p & 0xff) << 16 | (p & 0xff00) | (p >> 16 & 0xff);
	case COMPOSE_XRGB2101010:
		return 0xc0000000 | widen(p >> 16 & 0xff) << 20 | widen(p >> 8 & 0xff) << 10 |
		       widen(p & 0xff);
	default:
		return 0xff000000 | p;
	}
}

static void encode_line(uint32_t *line, uint32_t format, size_t n)
{
	for (size_t i = 0; i < n; i++)
		line[i] = encode_pixel(line[i], format);
}

static enum display_status write_picture(struct dma_port *port,
					 const struct display_writeback *writeback,
					 uint32_t *pixels)
{
	for (uint32_t y = 0; y < writeback->height; y++) {
		uint32_t *line = pixels + (size_t)y * writeback->width;
		uint64_t iova = writeback->iova + (uint64_t)y * writeback->pitch;

		encode_line(line, writeback->format, writeback->width);
		if (dma_write(port, iova, line, (size_t)writeback->width * WRITEBACK_CPP, NULL))
			return DISPLAY_FAULT;
	}
	return DISPLAY_OK;
}

enum display_status writeback_run(struct dma_port *port, const struct scanout_picture *picture,
				  const struct display_writeback *writeback,
				  struct scanout_result *result)
{
	enum display_status status;
	uint32_t *pixels;

	if (writeback->width != picture->width || writeback->height != picture->height)
		return DISPLAY_DROPPED;
	pixels = malloc((size_t)picture->width * picture->height * sizeof(*pixels));
	if (!pixels)
		return DISPLAY_DROPPED;
	scanout_compose(port, picture, pixels, result);
	status = write_picture(port, writeback, pixels);
	free(pixels);
	return status;
}
