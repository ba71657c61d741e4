// SPDX-License-Identifier: GPL-2.0
/* Writing a composed picture to guest memory. */
#include "writeback.h"

#include <stdlib.h>

#include "compose.h"

bool writeback_knows(uint32_t format)
{
	return format == COMPOSE_XRGB8888 || format == COMPOSE_ARGB8888 ||
	       format == COMPOSE_XBGR8888 || format == COMPOSE_ABGR8888;
}

/* The unused byte is written as that of an opaque pixel. */
static void encode_line(uint32_t *line, uint32_t format, size_t n)
{
	bool swap = format == COMPOSE_XBGR8888 || format == COMPOSE_ABGR8888;

	for (size_t i = 0; i < n; i++) {
		uint32_t p = line[i];

		if (swap)
			p = (p & 0xff) << 16 | (p & 0xff00) | (p >> 16 & 0xff);
		line[i] = p | 0xff000000;
	}
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
