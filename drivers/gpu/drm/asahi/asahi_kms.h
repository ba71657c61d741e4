/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_KMS_H_
#define _ASAHI_KMS_H_

#include <linux/workqueue.h>

#include <drm/drm_connector.h>
#include <drm/drm_crtc.h>
#include <drm/drm_encoder.h>
#include <drm/drm_writeback.h>

#include "asahi_compat.h"
#include "asahi_coproc.h"
#include "asahi_display.h"

struct asahi_device;
struct drm_atomic_state;
struct drm_fb_helper;
struct drm_fb_helper_surface_size;

/**
 * struct asahi_crtc - a head
 */
struct asahi_crtc {
	/** @base: its index is the head's. */
	struct drm_crtc base;

	/**
	 * @commit: the change that is being sent; belongs to the commit tail,
	 * and those of one CRTC run one after the other.
	 */
	struct asahi_head_commit commit;
	/** @colour: of @commit. */
	struct asahi_colour colour;
	/** @commit_ret: what became of sending it, 0 while it is on its way. */
	int commit_ret;
	/** @early: the state that @commit was made of before its tail runs; NULL if none was. */
	const struct drm_atomic_state *early;
	/** @early_sent: there was nothing in the way, so the tail finds it sent. */
	bool early_sent;

	/** @flip: the commit that waits to be shown, under &drm_device.event_lock. */
	struct {
		/** @flip.event: to be sent when it is; NULL if none waits. */
		struct drm_pending_vblank_event *event;
		/** @flip.seq: its sequence number. */
		u32 seq;
		/** @flip.first_frame: it took effect at once, the next vblank shows it. */
		bool first_frame;
	} flip;

	/** @frame: the vblank that the interrupt handler is dealing with. */
	struct asahi_display_frame frame;
	/** @frame_valid: @frame may be used instead of a register read. */
	bool frame_valid;

	/** @crc_enabled: checksums are collected; changed by set_crc_source alone. */
	bool crc_enabled;
};

/**
 * struct asahi_connector - what is plugged into a head
 */
struct asahi_connector {
	/** @base: always a virtual one. */
	struct drm_connector base;
	/** @encoder: to the head of the same index. */
	struct drm_encoder encoder;
	/** @head: index. */
	unsigned int head;
};

/**
 * struct asahi_writeback - the connector that leads to memory, for all heads
 */
struct asahi_writeback {
	/** @base: with its encoder. */
	struct drm_writeback_connector base;
	/** @lock: protects what follows. */
	spinlock_t lock;
	/** @armed: the oldest job has been sent and has not ended. */
	bool armed;
	/** @head: index of the head that it was sent to. */
	unsigned int head;
	/** @seq: of the commit that it was sent with. */
	u32 seq;
};

/**
 * struct asahi_kms - the modesetting half of the device
 */
struct asahi_kms {
	/** @asahi: the way back. */
	struct asahi_device *asahi;
	/** @limits: of all heads. */
	struct asahi_display_limits limits;
	/** @n_heads: valid entries of @crtcs. */
	unsigned int n_heads;
	/** @crtcs: by index of the head. */
	struct asahi_crtc *crtcs[ASAHI_MAX_HEADS];
	/** @fbdev_width: of the largest mode that the console uses, in pixels. */
	unsigned int fbdev_width;
	/** @fbdev_height: the same. */
	unsigned int fbdev_height;
	/** @writeback: lives as long as the mode configuration. */
	struct asahi_writeback writeback;
	/** @hotplug_work: tells clients of a changed connection. */
	struct work_struct hotplug_work;
};

static inline struct asahi_crtc *to_asahi_crtc(struct drm_crtc *crtc)
{
	return container_of(crtc, struct asahi_crtc, base);
}

/* asahi_kms.c */
int asahi_kms_init(struct asahi_device *asahi);
int asahi_kms_start(struct asahi_device *asahi);
void asahi_kms_stop(struct asahi_device *asahi);

/* asahi_crtc.c */
struct asahi_crtc *asahi_crtc_create(struct asahi_device *asahi, unsigned int head);
void asahi_crtc_handle_vblank(struct asahi_crtc *acrtc,
			      const struct asahi_display_events *events);
void asahi_crtc_try_send(struct asahi_crtc *acrtc, struct drm_atomic_state *state);
void asahi_crtc_send(struct asahi_crtc *acrtc, struct drm_atomic_state *state);
void asahi_crtc_wait_accepted(struct asahi_crtc *acrtc);
void asahi_crtc_arm_first_frame(struct asahi_crtc *acrtc);
void asahi_crtc_complete_flip(struct asahi_crtc *acrtc);

/* asahi_plane.c */
struct drm_plane *asahi_plane_create(struct asahi_device *asahi, unsigned int head,
				     unsigned int index);
unsigned int asahi_plane_index(struct drm_plane *plane);
bool asahi_plane_moving(struct drm_plane *plane);
void asahi_plane_forget_move(struct drm_plane *plane);
void asahi_plane_get_config(const struct drm_plane_state *state, struct asahi_plane_config *config);

/* asahi_connector.c */
int asahi_connector_create(struct asahi_device *asahi, unsigned int head);

/* asahi_writeback.c */
int asahi_writeback_create(struct asahi_device *asahi);
void asahi_writeback_arm(struct asahi_writeback *wb, struct drm_atomic_state *state,
			 struct drm_crtc *crtc, struct asahi_head_commit *commit);
void asahi_writeback_complete(struct asahi_writeback *wb, unsigned int head, u32 seq,
			      bool written);
void asahi_writeback_finish(struct asahi_writeback *wb, unsigned int head);

/* asahi_fbdev.c */
#if IS_ENABLED(CONFIG_DRM_FBDEV_EMULATION)
int asahi_fbdev_probe(struct drm_fb_helper *helper, struct drm_fb_helper_surface_size *sizes);
void asahi_fbdev_setup(struct asahi_device *asahi);
#define ASAHI_FBDEV_DRIVER_OPS	.fbdev_probe = asahi_fbdev_probe,
#else
static inline void asahi_fbdev_setup(struct asahi_device *asahi) { }
#define ASAHI_FBDEV_DRIVER_OPS
#endif

#if IS_ENABLED(CONFIG_KUNIT)
u64 asahi_crc_frame(u64 drm_count, u32 hw_count, u32 frame);
int asahi_fb_check_layout(u32 align, u32 pitch, u32 offset);
s32 asahi_ctm_entry(u64 entry);
u8 asahi_plane_transform(unsigned int rotation);
#endif

#endif
