// SPDX-License-Identifier: GPL-2.0
/*
 * What a commit of the display engine may ask for (Documentation/vsoc/registers.rst).
 */
#include "commit.h"

#include "compose.h"
#include "writeback.h"

#define CURSOR_PLANE		(DISPLAY_NR_PLANES - 1)
#define PLANE_POSITION_MAX	16384
#define PLANE_PITCH_MAX		65536
#define PLANE_ZPOS_MAX		255
#define PLANE_SHRINK_MAX	16
#define PLANE_TURN_MAX		4096

/* Frame times that a monitor could be asked for; they also bound what a hostile mode costs. */
#define FRAME_MIN_NS		2000000ull
#define FRAME_MAX_NS		1000000000ull

static bool mode_axis_ok(unsigned int display, unsigned int start, unsigned int end,
			 unsigned int total)
{
	return display && display <= COMPOSE_MAX_SIZE && display <= start && start <= end &&
	       end <= total;
}

static bool mode_ok(const struct display_mode *mode)
{
	uint64_t frame_ns;

	if (!mode->pixel_clock_khz ||
	    !mode_axis_ok(mode->hdisplay, mode->hsync_start, mode->hsync_end, mode->htotal) ||
	    !mode_axis_ok(mode->vdisplay, mode->vsync_start, mode->vsync_end, mode->vtotal))
		return false;
	frame_ns = mode_frame_ns(mode);
	return frame_ns >= FRAME_MIN_NS && frame_ns <= FRAME_MAX_NS;
}

static bool position_ok(int32_t pos)
{
	return pos >= -PLANE_POSITION_MAX && pos <= PLANE_POSITION_MAX;
}

/* One stream of a plane; @lines and @bytes of a line are those that are fetched. */
static bool stream_ok(uint64_t iova, uint32_t pitch, uint64_t lines, uint64_t bytes,
		      unsigned int align)
{
	return !(iova % align) && !(pitch % align) && pitch <= PLANE_PITCH_MAX &&
	       pitch >= bytes && iova <= UINT64_MAX - (pitch * (lines - 1) + bytes);
}

static bool plane_streams_ok(const struct display_plane *plane,
			     const struct compose_format *format)
{
	if (format->n_streams == 1 && (plane->iova2 || plane->pitch2))
		return false;
	for (unsigned int s = 0; s < format->n_streams; s++)
		if (!stream_ok(s ? plane->iova2 : plane->iova, s ? plane->pitch2 : plane->pitch,
			       compose_stream_lines(format, s, plane->height),
			       compose_line_bytes(format, s, plane->width), format->align[s]))
			return false;
	return true;
}

static bool plane_transform_ok(const struct display_plane *plane,
			       const struct compose_format *format)
{
	bool turned = plane->transform & 1;
	unsigned int width = turned ? plane->height : plane->width;
	unsigned int height = turned ? plane->width : plane->height;

	if (plane->transform & ~(DISPLAY_TURNS | DISPLAY_REFLECT_X | DISPLAY_REFLECT_Y))
		return false;
	if (turned && (format->yuv || width > PLANE_TURN_MAX || height > PLANE_TURN_MAX))
		return false;
	return width <= plane->dst_width * PLANE_SHRINK_MAX &&
	       height <= plane->dst_height * PLANE_SHRINK_MAX;
}

static bool plane_colour_ok(const struct display_plane *plane, const struct compose_format *format)
{
	if (!format->yuv && (plane->encoding || plane->range))
		return false;
	return plane->encoding < COMPOSE_NR_ENCODINGS && plane->range < COMPOSE_NR_RANGES &&
	       plane->blend < COMPOSE_NR_BLENDS && plane->filter < COMPOSE_NR_FILTERS;
}

static bool plane_size_ok(unsigned int width, unsigned int height, unsigned int max)
{
	return width && height && width <= max && height <= max;
}

static bool plane_ok(unsigned int index, const struct display_plane *plane)
{
	const struct compose_format *format = compose_format(plane->format);
	unsigned int max = index == CURSOR_PLANE ? COMMIT_CURSOR_MAX : COMPOSE_MAX_SIZE;

	return format && plane_size_ok(plane->width, plane->height, max) &&
	       plane_size_ok(plane->dst_width, plane->dst_height, COMPOSE_MAX_SIZE) &&
	       position_ok(plane->x) && position_ok(plane->y) && plane->zpos <= PLANE_ZPOS_MAX &&
	       plane_streams_ok(plane, format) && plane_transform_ok(plane, format) &&
	       plane_colour_ok(plane, format);
}

static bool writeback_ok(const struct display_writeback *writeback)
{
	return writeback_knows(writeback->format) &&
	       plane_size_ok(writeback->width, writeback->height, COMPOSE_MAX_SIZE) &&
	       stream_ok(writeback->iova, writeback->pitch, writeback->height,
			 (uint64_t)writeback->width * WRITEBACK_CPP, WRITEBACK_CPP);
}

enum display_status commit_check(const struct display_commit *commit, unsigned int n_heads)
{
	if (commit->plane_mask >> DISPLAY_NR_PLANES ||
	    (commit->async &&
	     (commit->modeset || commit->colour || commit->refresh || commit->writeback.enable)))
		return DISPLAY_BAD_COMMAND;
	if (commit->head >= n_heads)
		return DISPLAY_BAD_HEAD;
	if (commit->modeset && commit->active && !mode_ok(&commit->mode))
		return DISPLAY_BAD_MODE;
	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++) {
		if (!(commit->plane_mask & (1u << p)) || !commit->planes[p].enable)
			continue;
		if (!plane_ok(p, &commit->planes[p]))
			return DISPLAY_BAD_PLANE;
	}
	if (commit->writeback.enable && !writeback_ok(&commit->writeback))
		return DISPLAY_BAD_PLANE;
	return DISPLAY_OK;
}
