/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Display engine model (Documentation/vsoc/registers.rst). It owns one thread that makes the
 * vblanks of all heads; the coprocessor model commits through this interface.
 */
#ifndef VSOC_DISPLAY_H
#define VSOC_DISPLAY_H

#include "bus.h"

#define DISPLAY_MAX_HEADS  4
#define DISPLAY_NR_PLANES  3

struct display;

struct display_head_config {
	unsigned int width, height; /* preferred mode */
	bool disconnected;
};

struct display_config {
	const char *name;
	unsigned int nr_heads;
	struct display_head_config heads[DISPLAY_MAX_HEADS];
};

struct display_mode {
	uint32_t pixel_clock_khz;
	uint16_t hdisplay, hsync_start, hsync_end, htotal;
	uint16_t vdisplay, vsync_start, vsync_end, vtotal;
};

struct display_plane {
	bool enable;
	uint32_t format, pitch;
	uint64_t iova;
	uint16_t width, height;
	int32_t x, y;
	uint32_t zpos;
};

struct display_commit {
	uint32_t seq, head, plane_mask;
	bool modeset, active, async;
	struct display_mode mode;
	struct display_plane planes[DISPLAY_NR_PLANES];
};

/* Status codes of the manual, the same numbers. */
enum display_status {
	DISPLAY_OK,
	DISPLAY_BAD_COMMAND,
	DISPLAY_BAD_HEAD,
	DISPLAY_BAD_MODE,
	DISPLAY_BAD_PLANE,
	DISPLAY_FAULT,
	DISPLAY_RING,
	DISPLAY_PROTOCOL,
};

struct display *display_create(const struct display_config *config, const struct dma_port *port,
			       struct irq_source *irq, struct stats *stats);
void display_destroy(struct display *display);
void display_reset(struct display *display);
extern const struct bus_ops display_bus_ops; /* window 0x10000 */

/* Checks only; changes nothing. */
enum display_status display_check(struct display *display, const struct display_commit *commit);
/*
 * Takes a commit that display_check() accepted; *@vblank_count gets the head's count before it.
 * When it takes effect at once, returns after the last fetch of what it replaced. Any thread; may
 * wait for a frame to be composed.
 */
void display_commit(struct display *display, const struct display_commit *commit,
		    uint32_t *vblank_count);

/*
 * The picture of @head as it is scanned out now, XRGB8888, freed by the caller; NULL when the
 * head is off. For screens and control; any thread.
 */
uint32_t *display_grab(struct display *display, unsigned int head, unsigned int *width,
		       unsigned int *height);
unsigned int display_nr_heads(struct display *display);

/* Plugs or unplugs @head's monitor, with a HOTPLUG interrupt if that changes. 0 or -ENOENT. */
int display_set_connected(struct display *display, unsigned int head, bool connected);

#endif
