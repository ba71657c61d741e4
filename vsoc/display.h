/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Display engine model (Documentation/vsoc/registers.rst). It owns one thread that makes the
 * vblanks of all heads; the coprocessor model commits through this interface.
 */
#ifndef VSOC_DISPLAY_H
#define VSOC_DISPLAY_H

#include "bus.h"
#include "colour.h"

#define DISPLAY_MAX_HEADS  4
#define DISPLAY_NR_PLANES  5

struct display;

struct display_head_config {
	unsigned int width, height, hz; /* preferred mode */
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
	uint16_t alpha;
	uint8_t blend;                  /* enum compose_blend */
	uint8_t transform;
#define DISPLAY_TURNS	  3u
#define DISPLAY_REFLECT_X (1u << 2)
#define DISPLAY_REFLECT_Y (1u << 3)
	uint16_t dst_width, dst_height;
	uint32_t pitch2;
	uint64_t iova2;
	uint8_t encoding, range;        /* enum compose_encoding, compose_range */
	uint8_t filter;                 /* enum compose_filter */
};

/* Where the picture of one frame is to be written. */
struct display_writeback {
	bool enable;
	uint32_t format, pitch;
	uint64_t iova;
	uint16_t width, height;         /* those of the head's mode, or nothing is written */
};

struct display_commit {
	uint32_t seq, head, plane_mask;
	bool modeset, active, async;
	bool refresh, variable;         /* @refresh: @variable counts, see timeline.h */
	struct display_mode mode;
	struct display_plane planes[DISPLAY_NR_PLANES];
	const struct colour *colour;    /* NULL: stays as it is; copied when it is taken */
	struct display_writeback writeback;
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
	DISPLAY_DROPPED,
};

/**
 * display_create() - make a display engine, all heads off
 * @config: copied; 1 to DISPLAY_MAX_HEADS heads, preferred modes that an EDID can describe
 * @port: copied; all pixel fetches go through it
 * @irq: level of IRQ_STATUS & IRQ_ENABLE
 * @stats: counters appear there under the configuration's name
 *
 * Return: the engine, or NULL with one line on stderr when the configuration is wrong.
 */
struct display *display_create(const struct display_config *config, const struct dma_port *port,
			       struct irq_source *irq, struct stats *stats);

/**
 * display_destroy() - end the vblank thread and free the engine
 * @display: may be NULL; nobody uses it any more
 */
void display_destroy(struct display *display);

/**
 * display_reset() - as after power on, monitors stay as they are plugged
 * @display: the engine
 *
 * Any thread. When it returns nothing is fetched any more.
 */
void display_reset(struct display *display);

extern const struct bus_ops display_bus_ops; /* window 0x10000 */

/**
 * display_check() - whether a commit is one that the hardware can carry out
 * @display: the engine
 * @commit: any values, checked in full
 *
 * Any thread; takes no lock and changes nothing. Does not look at the planes' memory.
 *
 * Return: DISPLAY_OK, BAD_COMMAND, BAD_HEAD, BAD_MODE or BAD_PLANE.
 */
enum display_status display_check(struct display *display, const struct display_commit *commit);
/**
 * display_commit() - take a commit
 * @display: the engine
 * @commit: accepted by display_check()
 * @vblank_count: set to VBLANK_COUNT of the head before the commit
 *
 * Any thread. One that takes effect at once waits for the last fetch of what it replaces, which
 * is a frame's composition at most.
 */
void display_commit(struct display *display, const struct display_commit *commit,
		    uint32_t *vblank_count);

/**
 * display_grab() - the picture of a head as it is scanned out now
 * @display: the engine
 * @head: any number
 * @width: set to the picture's width in pixels
 * @height: set to the picture's height in pixels
 *
 * Composes in the caller's thread, any thread; for screens and control.
 *
 * Return: @width * @height words of 0x00RRGGBB, freed by the caller; NULL when there is no such
 * head, it is off, or memory is short.
 */
uint32_t *display_grab(struct display *display, unsigned int head, unsigned int *width,
		       unsigned int *height);
/**
 * display_shows() - is this what the primary plane of a head fetches?
 * @display: the engine
 * @head: below display_nr_heads()
 * @iova: where the plane begins
 *
 * Any thread.
 *
 * Return: true if the head is on, its primary plane too, and there.
 */
bool display_shows(struct display *display, unsigned int head, uint64_t iova);

/**
 * display_nr_heads() - number of heads
 * @display: the engine
 *
 * Return: 1 to DISPLAY_MAX_HEADS; heads are counted from 0.
 */
unsigned int display_nr_heads(struct display *display);

/**
 * display_set_connected() - plug or unplug a monitor
 * @display: the engine
 * @head: any number
 * @connected: raises HOTPLUG if that is a change
 *
 * Any thread.
 *
 * Return: 0, or -ENOENT for a head that does not exist.
 */
int display_set_connected(struct display *display, unsigned int head, bool connected);

/**
 * display_set_monitor() - put another monitor in the place of the one that a head has
 * @display: the engine
 * @head: any number
 * @width: preferred mode in pixels
 * @height: preferred mode in pixels
 * @hz: preferred mode in frames a second
 *
 * Any thread. Raises HOTPLUG if the head is connected. What the head shows stays.
 *
 * Return: 0, -ENOENT for a head that does not exist, -ERANGE if an EDID cannot describe the mode.
 */
int display_set_monitor(struct display *display, unsigned int head, unsigned int width,
			unsigned int height, unsigned int hz);

#endif
