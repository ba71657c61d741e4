/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_COPROC_H_
#define _ASAHI_COPROC_H_

#include <linux/types.h>

#define ASAHI_MAX_HEADS		4
#define ASAHI_NR_PLANES		3

struct asahi_coproc;
struct asahi_device;
struct coproc_command;
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
 * If it is not enabled, nothing else counts. Source and destination have the
 * same size.
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
	/** @width: in pixels. */
	u16 width;
	/** @height: in pixels. */
	u16 height;
	/** @x: position on the screen in pixels. */
	s32 x;
	/** @y: the same. */
	s32 y;
	/** @zpos: planes with a higher one cover those with a lower one. */
	u8 zpos;
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
	/** @plane_mask: planes that this describes; others stay as they are. */
	u32 plane_mask;
	/** @plane: those of @plane_mask. */
	struct asahi_plane_config plane[ASAHI_NR_PLANES];
};

struct device *asahi_coproc_dev(struct asahi_coproc *cp);
int asahi_coproc_start(struct asahi_coproc *cp, u32 first_seq);
void asahi_coproc_stop(struct asahi_coproc *cp);

u32 asahi_coproc_next_seq(struct asahi_coproc *cp);
int asahi_coproc_submit(struct asahi_coproc *cp, const struct asahi_head_commit *commit);
int asahi_coproc_wait(struct asahi_coproc *cp, u32 seq);
unsigned int asahi_coproc_timeout_ms(void);

void asahi_coproc_print(struct asahi_coproc *cp, struct drm_printer *p);

extern struct platform_driver asahi_coproc_driver;

#if IS_ENABLED(CONFIG_KUNIT)
void asahi_coproc_encode(const struct asahi_head_commit *commit, struct coproc_command *command);
#endif

#endif
