/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_COPROC_H_
#define _ASAHI_COPROC_H_

#include <linux/types.h>

#define ASAHI_MAX_HEADS		4
#define ASAHI_NR_PLANES		5
#define ASAHI_LUT_SIZE		256

struct asahi_coproc;
struct asahi_device;
struct coproc_colour;
struct coproc_command;
struct drm_color_lut;
struct device;
struct drm_printer;
struct platform_driver;

/**
 * struct asahi_timing - a display mode
 */
struct asahi_timing {
	/** @clock: pixel clock in kHz. */
	u32 clock;
	/** @h: display, sync start, sync end, total in pixels. */
	u16 h[4];
	/** @v: the same in lines. */
	u16 v[4];
};

/**
 * struct asahi_plane_config - what one plane shows
 *
 * If it is not enabled, nothing else counts. The source is a whole number of
 * pixels; the hardware clips the destination to the screen.
 */
struct asahi_plane_config {
	/** @enable: the plane is shown. */
	bool enable;
	/** @format: DRM fourcc. */
	u32 format;
	/** @iova: of the first pixel. */
	u64 iova;
	/** @pitch: bytes a line. */
	u32 pitch;
	/** @iova2: of the first chroma sample, 0 if the format has none apart. */
	u64 iova2;
	/** @pitch2: bytes a line of those, or 0. */
	u32 pitch2;
	/** @width: of the source in pixels, before rotation. */
	u16 width;
	/** @height: the same. */
	u16 height;
	/** @dst_width: on the screen in pixels. */
	u16 dst_width;
	/** @dst_height: the same. */
	u16 dst_height;
	/** @x: position on the screen in pixels. */
	s32 x;
	/** @y: the same. */
	s32 y;
	/** @zpos: planes with a higher one cover those with a lower one. */
	u8 zpos;
	/** @alpha: of the whole plane, 0 to 65535 (opaque). */
	u16 alpha;
	/** @blend: COPROC_BLEND_*. */
	u8 blend;
	/** @transform: COPROC_TRANSFORM_*. */
	u8 transform;
	/** @encoding: COPROC_ENCODING_*, 0 unless YUV. */
	u8 encoding;
	/** @range: COPROC_RANGE_*, 0 unless YUV. */
	u8 range;
	/** @filter: COPROC_FILTER_*. */
	u8 filter;
};

/**
 * struct asahi_colour - the colour unit of a head, applied in this order
 */
struct asahi_colour {
	/** @degamma: ASAHI_LUT_SIZE entries, or NULL for off. */
	const struct drm_color_lut *degamma;
	/** @ctm: matrix in rows with 16 bits of fraction; counts if @ctm_on. */
	s32 ctm[9];
	/** @ctm_on: see @ctm. */
	bool ctm_on;
	/** @gamma: as @degamma. */
	const struct drm_color_lut *gamma;
};

/**
 * struct asahi_head_commit - a change of one head
 */
struct asahi_head_commit {
	/** @seq: from asahi_coproc_next_seq(). */
	u32 seq;
	/** @head: index. */
	u32 head;
	/** @modeset: @active and @timing count. */
	bool modeset;
	/** @active: head on. */
	bool active;
	/** @async: takes effect at once; not together with @modeset. */
	bool async;
	/** @timing: the mode. */
	struct asahi_timing timing;
	/** @refresh: @variable counts; not together with @async. */
	bool refresh;
	/** @variable: a frame lasts until there is another, within the monitor's limits. */
	bool variable;
	/** @colour: read while the commit is submitted; NULL: stays as it is. */
	const struct asahi_colour *colour;
	/** @writeback: where the first frame of this commit goes. */
	struct {
		/** @writeback.enable: or nothing else of it counts. */
		bool enable;
		/** @writeback.format: DRM fourcc. */
		u32 format;
		/** @writeback.pitch: bytes a line. */
		u32 pitch;
		/** @writeback.iova: of the first pixel. */
		u64 iova;
		/** @writeback.width: that of the mode in pixels. */
		u16 width;
		/** @writeback.height: the same. */
		u16 height;
	} writeback;
	/** @plane_mask: planes that this describes; others stay as they are. */
	u32 plane_mask;
	/** @plane: those of @plane_mask. */
	struct asahi_plane_config plane[ASAHI_NR_PLANES];
};

struct device *asahi_coproc_dev(struct asahi_coproc *cp);
int asahi_coproc_start(struct asahi_coproc *cp, u32 first_seq);
void asahi_coproc_stop(struct asahi_coproc *cp);
void asahi_coproc_suspend(struct asahi_coproc *cp);
void asahi_coproc_resume(struct asahi_coproc *cp);

u32 asahi_coproc_next_seq(struct asahi_coproc *cp);
int asahi_coproc_submit(struct asahi_coproc *cp, const struct asahi_head_commit *commit);
bool asahi_coproc_try_submit(struct asahi_coproc *cp, const struct asahi_head_commit *commit);
int asahi_coproc_wait(struct asahi_coproc *cp, u32 seq);
unsigned int asahi_coproc_timeout_ms(void);

void asahi_coproc_print(struct asahi_coproc *cp, struct drm_printer *p);

extern struct platform_driver asahi_coproc_driver;

#if IS_ENABLED(CONFIG_KUNIT)
void asahi_coproc_encode(const struct asahi_head_commit *commit, u64 colour,
			 struct coproc_command *command);
void asahi_coproc_encode_colour(const struct asahi_colour *colour, struct coproc_colour *block);
#endif

#endif
