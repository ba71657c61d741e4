/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_DISPLAY_H_
#define _ASAHI_DISPLAY_H_

#include <linux/bits.h>
#include <linux/ktime.h>
#include <linux/types.h>

struct asahi_display;
struct device;
struct platform_driver;

/**
 * struct asahi_display_limits - what a head can do
 */
struct asahi_display_limits {
	/** @max_width: of a mode or a plane in pixels. */
	unsigned int max_width;
	/** @max_height: the same. */
	unsigned int max_height;
	/** @cursor_max: largest edge of the cursor plane in pixels. */
	unsigned int cursor_max;
};

/**
 * struct asahi_display_frame - the vblank that a head counted last
 */
struct asahi_display_frame {
	/** @count: wraps. */
	u32 count;
	/** @time: its ideal instant, in ktime_get() time. */
	ktime_t time;
};

/**
 * struct asahi_display_events - what a head has to say in its interrupt
 */
struct asahi_display_events {
	/** @vblank: there was one. */
	bool vblank;
	/** @latched: a commit took effect. */
	bool latched;
	/** @frame: the vblank, if there was one. */
	struct asahi_display_frame frame;
	/** @latched_seq: of the last commit, if one took effect. */
	u32 latched_seq;
};

/**
 * struct asahi_display_crc - checksum of a frame
 */
struct asahi_display_crc {
	/** @frame: counted as &asahi_display_frame.count. */
	u32 frame;
	/** @crc: of the visible picture. */
	u32 crc;
};

/**
 * struct asahi_display_funcs - who is told; all in hard interrupt context
 */
struct asahi_display_funcs {
	/** @vblank: a vblank of @head, a commit that took effect, or both. */
	void (*vblank)(void *data, unsigned int head, const struct asahi_display_events *events);
	/** @writeback: that of commit @seq has ended; @written is false if it failed. */
	void (*writeback)(void *data, unsigned int head, u32 seq, bool written);
	/** @hotplug: the connection or the EDID of a head changed. */
	void (*hotplug)(void *data);
};

struct device *asahi_display_dev(struct asahi_display *display);
int asahi_display_start(struct asahi_display *display, const struct asahi_display_funcs *funcs,
			void *data);
void asahi_display_stop(struct asahi_display *display);
void asahi_display_suspend(struct asahi_display *display);
void asahi_display_resume(struct asahi_display *display);

unsigned int asahi_display_n_heads(struct asahi_display *display);
void asahi_display_get_limits(struct asahi_display *display, struct asahi_display_limits *limits);

void asahi_display_enable_vblank(struct asahi_display *display, unsigned int head, bool enable);
u32 asahi_display_vblank_count(struct asahi_display *display, unsigned int head);
ktime_t asahi_display_vblank_time(struct asahi_display *display, unsigned int head);

void asahi_display_enable_crc(struct asahi_display *display, unsigned int head, bool enable);
bool asahi_display_pop_crc(struct asahi_display *display, unsigned int head,
			   struct asahi_display_crc *crc);

bool asahi_display_connected(struct asahi_display *display, unsigned int head);
bool asahi_display_variable_refresh(struct asahi_display *display, unsigned int head);
int asahi_display_read_edid(struct asahi_display *display, unsigned int head, u8 *buf,
			    size_t offset, size_t len);

extern struct platform_driver asahi_display_driver;

#endif
