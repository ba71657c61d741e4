// SPDX-License-Identifier: GPL-2.0
/*
 * Fetching of a picture through the display engine's DMA port.
 */
#include "scanout.h"

#include <stdlib.h>
#include <string.h>

#include "compose.h"

/* The smallest page that a DART has: how far a fault reaches. */
#define FAULT_PAGE 4096

/* Lines that are turned together: so many pixels fill a cache line. */
#define TURN_LINES 16

/* One of the places that a plane's bytes come from. */
struct stream {
	uint64_t iova;                  /* of the first byte that is fetched */
	uint32_t pitch;
	uint32_t n_lines;
	size_t line_bytes;
	uint64_t end;                   /* DVA behind the last byte */
	/* The translation in use, [seg_dva, seg_dva + seg_len); @seg_host NULL reads as 0. */
	uint64_t seg_dva;
	size_t seg_len;
	const uint8_t *seg_host;
};

/*
 * A plane that is seen. A plain one is fetched as far as it is seen and goes to the screen pixel by
 * pixel. Any other is decoded by whole lines, and columns and lines of the result are looked up.
 */
struct layer {
	const struct display_plane *plane;
	const struct compose_format *format;
	unsigned int index;             /* of the plane */
	unsigned int n_faults;
	struct compose_clip clip;       /* in pixels of the screen */
	uint32_t alpha;                 /* 0..255 */
	bool plain;
	bool copies;                    /* compose_span() does all of it */
	struct stream streams[2];
	unsigned int n_streams;

	/* Unless plain. */
	uint32_t width, height;         /* after rotation */
	bool scaled;
	bool turned;                    /* an odd number of quarter turns */
	bool flip_x, flip_y;            /* of what was turned */
	struct compose_tap *taps;       /* of the visible columns */
	uint32_t *lines[2];             /* decoded lines, by the lowest bit of their number */
	int64_t line_at[2];             /* which they are, or -1 */
	uint32_t *turned_pixels;        /* if @turned: all of the plane, decoded */
};

struct scanout {
	struct dma_port *port;
	struct scanout_result *result;
	struct layer layers[DISPLAY_NR_PLANES]; /* lowest first */
	unsigned int n_layers;
};

static uint64_t stream_line(const struct stream *stream, uint32_t line)
{
	return stream->iova + (uint64_t)line * stream->pitch;
}

/* Inserts behind all layers that are not above it, so equal zpos keeps the order of the planes. */
static void add_layer(struct scanout *scanout, const struct layer *layer)
{
	unsigned int i = scanout->n_layers++;

	for (; i > 0 && scanout->layers[i - 1].plane->zpos > layer->plane->zpos; i--)
		scanout->layers[i] = scanout->layers[i - 1];
	scanout->layers[i] = *layer;
}

/*
 * Seen from the result, rotation is a look-up in the source, or in the source mirrored at its
 * diagonal, that may run backwards on each axis.
 */
static void layer_orient(struct layer *layer)
{
	const struct display_plane *plane = layer->plane;
	unsigned int turns = plane->transform & DISPLAY_TURNS;
	bool reflect_x = plane->transform & DISPLAY_REFLECT_X;
	bool reflect_y = plane->transform & DISPLAY_REFLECT_Y;

	layer->turned = turns & 1;
	layer->width = layer->turned ? plane->height : plane->width;
	layer->height = layer->turned ? plane->width : plane->height;
	if (layer->turned) {
		layer->flip_x = reflect_y != (turns == 3);
		layer->flip_y = reflect_x != (turns == 1);
	} else {
		layer->flip_x = reflect_x != (turns == 2);
		layer->flip_y = reflect_y != (turns == 2);
	}
}

static void layer_init_streams(struct layer *layer)
{
	const struct display_plane *plane = layer->plane;
	const struct compose_clip *clip = &layer->clip;

	layer->n_streams = layer->format->n_streams;
	for (unsigned int i = 0; i < layer->n_streams; i++) {
		struct stream *stream = &layer->streams[i];

		stream->iova = i ? plane->iova2 : plane->iova;
		stream->pitch = i ? plane->pitch2 : plane->pitch;
		stream->n_lines = compose_stream_lines(layer->format, i, plane->height);
		stream->line_bytes = compose_line_bytes(layer->format, i, plane->width);
		if (layer->plain) {
			stream->iova += (uint64_t)clip->src_y * plane->pitch +
					(uint64_t)clip->src_x * layer->format->cpp;
			stream->n_lines = clip->height;
			stream->line_bytes = (size_t)clip->width * layer->format->cpp;
		}
		stream->end = stream_line(stream, stream->n_lines - 1) + stream->line_bytes;
	}
}

static bool layer_init(struct layer *layer, const struct scanout_picture *picture,
		       unsigned int index)
{
	const struct display_plane *plane = &picture->planes[index];

	memset(layer, 0, sizeof(*layer));
	layer->plane = plane;
	layer->index = index;
	layer->alpha = compose_plane_alpha(plane->alpha);
	if (!plane->enable ||
	    !compose_clip(plane->x, plane->y, plane->dst_width, plane->dst_height, picture->width,
			  picture->height, &layer->clip))
		return false;
	layer->format = compose_format(plane->format);
	layer_orient(layer);
	layer->scaled = plane->dst_width != layer->width || plane->dst_height != layer->height;
	layer->plain = layer->format->n_streams == 1 && layer->format->pair == 1 &&
		       !plane->transform && !layer->scaled;
	layer->copies = layer->plain && layer->alpha == 255 &&
			compose_span_knows(layer->format) &&
			(!layer->format->alpha || plane->blend == COMPOSE_PREMULTIPLIED);
	layer->line_at[0] = layer->line_at[1] = -1;
	layer_init_streams(layer);
	return true;
}

static void scanout_init(struct scanout *scanout, struct dma_port *port,
			 const struct scanout_picture *picture, struct scanout_result *result)
{
	memset(scanout, 0, sizeof(*scanout));
	memset(result, 0, sizeof(*result));
	scanout->port = port;
	scanout->result = result;
	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++) {
		struct layer layer;

		if (layer_init(&layer, picture, p))
			add_layer(scanout, &layer);
	}
}

static void layer_fault(struct scanout *scanout, struct layer *layer, struct stream *stream,
			uint64_t dva)
{
	struct scanout_result *result = scanout->result;

	if (!result->fault_planes)
		result->fault_dva = dva;
	result->fault_planes |= 1u << layer->index;
	result->n_faults++;
	layer->n_faults++;
	stream->seg_len = FAULT_PAGE - dva % FAULT_PAGE;
}

/* Makes @dva the start of the translation in use. */
static void layer_translate(struct scanout *scanout, struct layer *layer, struct stream *stream,
			    uint64_t dva)
{
	stream->seg_dva = dva;
	stream->seg_len = stream->end - dva;
	stream->seg_host = NULL;
	if (layer->n_faults >= SCANOUT_MAX_FAULTS)
		return;
	stream->seg_host = dma_ptr(scanout->port, dva, stream->end - dva, false, &stream->seg_len);
	if (stream->seg_host)
		scanout->result->n_pages++;
	else
		layer_fault(scanout, layer, stream, dva);
}

/* Fetches a line of a stream to @out, or only translates it if @out is NULL. */
static void layer_fetch(struct scanout *scanout, struct layer *layer, unsigned int index,
			uint32_t line, uint8_t *out)
{
	struct stream *stream = &layer->streams[index];
	uint64_t dva = stream_line(stream, line);
	size_t len = stream->line_bytes;

	while (len) {
		size_t offset, run;

		if (dva - stream->seg_dva >= stream->seg_len)
			layer_translate(scanout, layer, stream, dva);
		offset = dva - stream->seg_dva;
		run = stream->seg_len - offset < len ? stream->seg_len - offset : len;
		if (out && stream->seg_host)
			memcpy(out, stream->seg_host + offset, run);
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

		for (unsigned int s = 0; s < layer->n_streams; s++)
			for (uint32_t line = 0; line < layer->streams[s].n_lines; line++)
				layer_fetch(&scanout, layer, s, line, NULL);
	}
	mem_unlock(port->mem);
}

static bool layer_on_line(const struct layer *layer, uint32_t y)
{
	return y - layer->clip.dst_y < layer->clip.height;
}

/* @line: of the first stream; all that it has. */
static void layer_decode(struct scanout *scanout, struct layer *layer, uint32_t line, uint32_t n,
			 uint32_t *out)
{
	uint32_t raw[COMPOSE_MAX_SIZE], chroma[COMPOSE_MAX_SIZE];

	layer_fetch(scanout, layer, 0, line, (uint8_t *)raw);
	if (layer->n_streams > 1)
		layer_fetch(scanout, layer, 1, line / 2, (uint8_t *)chroma);
	compose_decode(out, raw, chroma, layer->format, layer->plane->encoding,
		       layer->plane->range, n);
}

/* A quarter turn costs a picture's memory, but no more time than copying it. */
static bool layer_turn(struct scanout *scanout, struct layer *layer)
{
	uint32_t width = layer->plane->width, height = layer->plane->height;
	uint32_t *block = malloc((size_t)width * TURN_LINES * sizeof(*block));

	layer->turned_pixels = malloc((size_t)width * height * sizeof(*block));
	if (!block || !layer->turned_pixels) {
		free(block);
		return false;
	}
	for (uint32_t y = 0; y < height; y += TURN_LINES) {
		uint32_t n = height - y < TURN_LINES ? height - y : TURN_LINES;

		for (uint32_t i = 0; i < n; i++)
			layer_decode(scanout, layer, y + i, width, block + (size_t)i * width);
		for (uint32_t x = 0; x < width; x++)
			for (uint32_t i = 0; i < n; i++)
				layer->turned_pixels[(size_t)x * height + y + i] =
					block[(size_t)i * width + x];
	}
	free(block);
	return true;
}

/* What a layer needs that is not plain. */
static bool layer_prepare(struct scanout *scanout, struct layer *layer)
{
	const struct compose_clip *clip = &layer->clip;
	const struct display_plane *plane = layer->plane;

	if (layer->plain)
		return true;
	layer->taps = malloc(clip->width * sizeof(*layer->taps));
	if (!layer->taps)
		return false;
	for (uint32_t i = 0; i < clip->width; i++)
		layer->taps[i] = compose_tap(plane->filter, clip->src_x + i, layer->width,
					     plane->dst_width, layer->flip_x);
	if (layer->turned)
		return layer_turn(scanout, layer);
	for (unsigned int i = 0; i < 2; i++) {
		layer->lines[i] = malloc(layer->width * sizeof(*layer->lines[i]));
		if (!layer->lines[i])
			return false;
	}
	return true;
}

static void layer_release(struct layer *layer)
{
	free(layer->taps);
	free(layer->lines[0]);
	free(layer->lines[1]);
	free(layer->turned_pixels);
}

/* A decoded line of the plane, after rotation. */
static const uint32_t *layer_line(struct scanout *scanout, struct layer *layer, uint32_t line)
{
	unsigned int slot = line & 1;

	if (layer->turned)
		return layer->turned_pixels + (size_t)line * layer->width;
	if (layer->line_at[slot] != line) {
		layer_decode(scanout, layer, line, layer->width, layer->lines[slot]);
		layer->line_at[slot] = line;
	}
	return layer->lines[slot];
}

/* @at: line of the plane on the screen. */
static void sample_layer_line(struct scanout *scanout, struct layer *layer, uint32_t at,
			      uint32_t *out)
{
	struct compose_tap tap = compose_tap(layer->plane->filter, at, layer->height,
					     layer->plane->dst_height, layer->flip_y);
	const uint32_t *first = layer_line(scanout, layer, tap.first);
	const uint32_t *second = tap.weight ? layer_line(scanout, layer, tap.second) : first;

	compose_sample(out, first, second, tap.weight, layer->taps, layer->clip.width);
}

/* Neither smaller nor larger: whole lines, one way or the other. */
static void flip_layer_line(struct scanout *scanout, struct layer *layer, uint32_t at,
			    uint32_t *out)
{
	const struct compose_clip *clip = &layer->clip;
	const uint32_t *from = layer_line(scanout, layer,
					  layer->flip_y ? layer->height - 1 - at : at);

	if (!layer->flip_x) {
		memcpy(out, from + clip->src_x, clip->width * sizeof(*out));
		return;
	}
	from += layer->width - 1 - clip->src_x;
	for (uint32_t i = 0; i < clip->width; i++)
		out[i] = *from--;
}

static void copy_layer_line(struct scanout *scanout, struct layer *layer, uint32_t line,
			    uint32_t *dst)
{
	uint32_t bounce[COMPOSE_MAX_SIZE];
	/* An opaque pixel of the size of a screen pixel is converted where it lands. */
	bool in_place = layer->format->cpp == sizeof(*dst) && !layer->format->alpha;
	uint32_t *src = in_place ? dst : bounce;

	layer_fetch(scanout, layer, 0, line, (uint8_t *)src);
	compose_span(dst, src, layer->format->fourcc, layer->clip.width);
}

static void compose_layer_line(struct scanout *scanout, struct layer *layer, uint32_t y,
			       uint32_t *line)
{
	const struct compose_clip *clip = &layer->clip;
	uint32_t pixels[COMPOSE_MAX_SIZE];

	line += clip->dst_x;
	y -= clip->dst_y;
	if (layer->copies) {
		copy_layer_line(scanout, layer, y, line);
		return;
	}
	if (layer->plain)
		layer_decode(scanout, layer, y, clip->width, pixels);
	else if (layer->scaled)
		sample_layer_line(scanout, layer, clip->src_y + y, pixels);
	else
		flip_layer_line(scanout, layer, clip->src_y + y, pixels);
	compose_blend(line, pixels, layer->plane->blend, layer->alpha, clip->width);
}

/* Whether the lowest layer overwrites all of line @y, so that no background is needed. */
static bool line_covered(const struct scanout *scanout, uint32_t width, uint32_t y)
{
	const struct layer *layer = &scanout->layers[0];

	return scanout->n_layers && layer->clip.width == width && layer_on_line(layer, y) &&
	       !layer->format->alpha && layer->copies;
}

static void compose_line(struct scanout *scanout, uint32_t width, uint32_t y, uint32_t *line)
{
	if (!line_covered(scanout, width, y))
		memset(line, 0, (size_t)width * sizeof(*line));
	for (unsigned int i = 0; i < scanout->n_layers; i++)
		if (layer_on_line(&scanout->layers[i], y))
			compose_layer_line(scanout, &scanout->layers[i], y, line);
}

/* Layers for which there is no memory are left out, and reported as not fetched. */
static void scanout_prepare(struct scanout *scanout)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < scanout->n_layers; i++) {
		struct layer *layer = &scanout->layers[i];

		if (layer_prepare(scanout, layer)) {
			scanout->layers[n++] = *layer;
			continue;
		}
		layer_fault(scanout, layer, &layer->streams[0], layer->plane->iova);
		layer_release(layer);
	}
	scanout->n_layers = n;
}

void scanout_compose(struct dma_port *port, const struct scanout_picture *picture,
		     uint32_t *pixels, struct scanout_result *result)
{
	bool coloured = colour_on(&picture->colour);
	uint32_t scratch[COMPOSE_MAX_SIZE];
	struct scanout scanout;
	uint32_t crc = 0;

	scanout_init(&scanout, port, picture, result);
	mem_lock(port->mem);
	scanout_prepare(&scanout);
	for (uint32_t y = 0; y < picture->height; y++) {
		uint32_t *line = pixels ? pixels + (size_t)y * picture->width : scratch;

		compose_line(&scanout, picture->width, y, line);
		if (coloured)
			colour_apply(&picture->colour, line, picture->width);
		crc = compose_crc(crc, line, picture->width);
	}
	mem_unlock(port->mem);
	for (unsigned int i = 0; i < scanout.n_layers; i++)
		layer_release(&scanout.layers[i]);
	result->crc = compose_crc_final(crc);
}
