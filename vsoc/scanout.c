// SPDX-License-Identifier: GPL-2.0
/*
 * Fetching of a picture through the display engine's DMA port.
 */
#include "scanout.h"

#include <string.h>

#include "compose.h"

/* The smallest page that a DART has: how far a fault reaches. */
#define FAULT_PAGE 4096

struct layer {
	const struct display_plane *plane;
	unsigned int index;             /* of the plane */
	unsigned int cpp;
	unsigned int n_faults;
	struct compose_clip clip;
	uint64_t end;                   /* DVA behind the last visible byte */
	/* The translation in use, [seg_dva, seg_dva + seg_len); @seg_host NULL reads as 0. */
	uint64_t seg_dva;
	size_t seg_len;
	const uint8_t *seg_host;
};

struct scanout {
	struct dma_port *port;
	struct scanout_result *result;
	struct layer layers[DISPLAY_NR_PLANES]; /* lowest first */
	unsigned int n_layers;
};

static uint64_t layer_line_dva(const struct layer *layer, uint32_t line)
{
	return layer->plane->iova + (uint64_t)(layer->clip.src_y + line) * layer->plane->pitch +
	       (uint64_t)layer->clip.src_x * layer->cpp;
}

static size_t layer_line_bytes(const struct layer *layer)
{
	return (size_t)layer->clip.width * layer->cpp;
}

/* Inserts behind all layers that are not above it, so equal zpos keeps the order of the planes. */
static void add_layer(struct scanout *scanout, const struct layer *layer)
{
	unsigned int i = scanout->n_layers++;

	for (; i > 0 && scanout->layers[i - 1].plane->zpos > layer->plane->zpos; i--)
		scanout->layers[i] = scanout->layers[i - 1];
	scanout->layers[i] = *layer;
}

static void scanout_init(struct scanout *scanout, struct dma_port *port,
			 const struct scanout_picture *picture, struct scanout_result *result)
{
	memset(scanout, 0, sizeof(*scanout));
	memset(result, 0, sizeof(*result));
	scanout->port = port;
	scanout->result = result;
	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++) {
		const struct display_plane *plane = &picture->planes[p];
		struct layer layer = { .plane = plane, .index = p };

		if (!plane->enable ||
		    !compose_clip(plane->x, plane->y, plane->width, plane->height, picture->width,
				  picture->height, &layer.clip))
			continue;
		layer.cpp = compose_cpp(plane->format);
		layer.end = layer_line_dva(&layer, layer.clip.height - 1) +
			    layer_line_bytes(&layer);
		add_layer(scanout, &layer);
	}
}

static void layer_fault(struct scanout *scanout, struct layer *layer, uint64_t dva)
{
	struct scanout_result *result = scanout->result;

	if (!result->fault_planes)
		result->fault_dva = dva;
	result->fault_planes |= 1u << layer->index;
	result->n_faults++;
	layer->n_faults++;
	layer->seg_len = FAULT_PAGE - dva % FAULT_PAGE;
}

/* Makes @dva the start of the translation in use. */
static void layer_translate(struct scanout *scanout, struct layer *layer, uint64_t dva)
{
	layer->seg_dva = dva;
	layer->seg_len = layer->end - dva;
	layer->seg_host = NULL;
	if (layer->n_faults >= SCANOUT_MAX_FAULTS)
		return;
	layer->seg_host = dma_ptr(scanout->port, dva, layer->end - dva, false, &layer->seg_len);
	if (layer->seg_host)
		scanout->result->n_pages++;
	else
		layer_fault(scanout, layer, dva);
}

/* Fetches [@dva, @dva + @len) to @out, or only translates it if @out is NULL. */
static void layer_fetch(struct scanout *scanout, struct layer *layer, uint64_t dva, size_t len,
			uint8_t *out)
{
	while (len) {
		size_t offset, run;

		if (dva - layer->seg_dva >= layer->seg_len)
			layer_translate(scanout, layer, dva);
		offset = dva - layer->seg_dva;
		run = layer->seg_len - offset < len ? layer->seg_len - offset : len;
		if (out && layer->seg_host)
			memcpy(out, layer->seg_host + offset, run);
		else if (out)
			memset(out, 0, run);
		out = out ? out + run : NULL;
		dva += run;
		len -= run;
	}
}

void scanout_fetch(struct dma_port *port, const struct scanout_picture *picture,
		   struct scanout_result *result)
{
	struct scanout scanout;

	scanout_init(&scanout, port, picture, result);
	mem_lock(port->mem);
	for (unsigned int i = 0; i < scanout.n_layers; i++) {
		struct layer *layer = &scanout.layers[i];

		for (uint32_t line = 0; line < layer->clip.height; line++)
			layer_fetch(&scanout, layer, layer_line_dva(layer, line),
				    layer_line_bytes(layer), NULL);
	}
	mem_unlock(port->mem);
}

static bool layer_on_line(const struct layer *layer, uint32_t y)
{
	return y - layer->clip.dst_y < layer->clip.height;
}

static void compose_layer_line(struct scanout *scanout, struct layer *layer, uint32_t y,
			       uint32_t *line)
{
	uint32_t bounce[COMPOSE_MAX_SIZE];
	uint32_t *dst = line + layer->clip.dst_x;
	/* An opaque pixel of the size of a screen pixel is converted where it lands. */
	bool in_place = layer->cpp == sizeof(*line) && compose_opaque(layer->plane->format);
	uint32_t *src = in_place ? dst : bounce;

	layer_fetch(scanout, layer, layer_line_dva(layer, y - layer->clip.dst_y),
		    layer_line_bytes(layer), (uint8_t *)src);
	compose_span(dst, src, layer->plane->format, layer->clip.width);
}

/* Whether the lowest layer overwrites all of line @y, so that no background is needed. */
static bool line_covered(const struct scanout *scanout, uint32_t width, uint32_t y)
{
	const struct layer *layer = &scanout->layers[0];

	return scanout->n_layers && layer->clip.width == width && layer_on_line(layer, y) &&
	       compose_opaque(layer->plane->format);
}

static void compose_line(struct scanout *scanout, uint32_t width, uint32_t y, uint32_t *line)
{
	if (!line_covered(scanout, width, y))
		memset(line, 0, (size_t)width * sizeof(*line));
	for (unsigned int i = 0; i < scanout->n_layers; i++)
		if (layer_on_line(&scanout->layers[i], y))
			compose_layer_line(scanout, &scanout->layers[i], y, line);
}

void scanout_compose(struct dma_port *port, const struct scanout_picture *picture,
		     uint32_t *pixels, struct scanout_result *result)
{
	uint32_t scratch[COMPOSE_MAX_SIZE];
	struct scanout scanout;
	uint32_t crc = 0;

	scanout_init(&scanout, port, picture, result);
	mem_lock(port->mem);
	for (uint32_t y = 0; y < picture->height; y++) {
		uint32_t *line = pixels ? pixels + (size_t)y * picture->width : scratch;

		compose_line(&scanout, picture->width, y, line);
		crc = compose_crc(crc, line, picture->width);
	}
	mem_unlock(port->mem);
	result->crc = compose_crc_final(crc);
}
