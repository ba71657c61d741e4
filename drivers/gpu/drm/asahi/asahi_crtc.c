// SPDX-License-Identifier: GPL-2.0
/*
 * Heads: commits, vblanks, page-flip events, checksums.
 *
 * A commit becomes one command to the coprocessor. Its event is armed with the
 * command's sequence number before the command is sent, and goes out in the
 * interrupt of the vblank at which the engine says that this very commit took
 * effect. Whatever goes wrong, the event goes out: nothing waits for a device
 * that may be dead.
 */

#include <linux/circ_buf.h>
#include <linux/delay.h>
#include <linux/math64.h>

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_color_mgmt.h>
#include <drm/drm_debugfs_crc.h>
#include <drm/drm_drv.h>
#include <drm/drm_print.h>
#include <drm/drm_vblank.h>

#include <kunit/visibility.h>

#include "asahi_device.h"
#include "asahi_kms.h"
#include "asahi_power.h"

/* Frames that the engine's FIFO can hold at most; no interrupt takes more. */
#define CRC_BURST	64

/* What a mode may ask of the engine's frame timer. */
#define MODE_MIN_FRAME_NS	(2 * NSEC_PER_MSEC)
#define MODE_MAX_FRAME_NS	NSEC_PER_SEC

/* A dead head is paced by this if its frame rate is not known. */
#define FALLBACK_FRAME_MS	16

static u32 crtc_frame_ns(struct drm_crtc *crtc)
{
	return READ_ONCE(drm_crtc_vblank_crtc(crtc)->framedur_ns);
}

static struct asahi_display *crtc_display(struct drm_crtc *crtc)
{
	return to_asahi_device(crtc->dev)->display;
}

/*
 * DRM's frame number of the engine's @frame, given that DRM's @drm_count stands
 * for the engine's @hw_count.
 */
VISIBLE_IF_KUNIT u64 asahi_crc_frame(u64 drm_count, u32 hw_count, u32 frame)
{
	return drm_count + (s32)(frame - hw_count);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_crc_frame);

/*
 * DRM takes a reader that is late for an error, and says so to everybody. The
 * reader himself sees it by the numbers of the frames, so it is left at that.
 */
static bool crtc_crcs_full(struct drm_crtc *crtc)
{
	struct drm_crtc_crc *crc = &crtc->crc;
	bool full;

	spin_lock(&crc->lock);
	full = crc->entries && !CIRC_SPACE(crc->head, crc->tail, DRM_CRC_ENTRIES_NR);
	spin_unlock(&crc->lock);

	return full;
}

static void crtc_drain_crcs(struct asahi_crtc *acrtc)
{
	struct drm_crtc *crtc = &acrtc->base;
	struct asahi_display_crc crc;
	unsigned int n;
	u64 drm_count;
	u32 hw_count;

	spin_lock(&crtc->dev->vblank_time_lock);
	drm_count = drm_crtc_vblank_count(crtc);
	hw_count = drm_crtc_vblank_crtc(crtc)->last;
	spin_unlock(&crtc->dev->vblank_time_lock);

	for (n = 0; n < CRC_BURST; n++) {
		if (!asahi_display_pop_crc(crtc_display(crtc), drm_crtc_index(crtc), &crc))
			break;
		if (!crtc_crcs_full(crtc))
			drm_crtc_add_crc_entry(crtc, true,
					       asahi_crc_frame(drm_count, hw_count, crc.frame),
					       &crc.crc);
		/* The newest: asking for another would be a read for nothing. */
		if (crc.frame == acrtc->frame.count)
			break;
	}
}

static void crtc_send_flip(struct asahi_crtc *acrtc)
{
	struct drm_crtc *crtc = &acrtc->base;

	lockdep_assert_held(&crtc->dev->event_lock);

	drm_crtc_send_vblank_event(crtc, acrtc->flip.event);
	acrtc->flip.event = NULL;
	drm_crtc_vblank_put(crtc);
}

static bool crtc_flip_shown(const struct asahi_crtc *acrtc,
			    const struct asahi_display_events *events)
{
	if (!acrtc->flip.event)
		return false;
	if (acrtc->flip.first_frame)
		return events->vblank;

	return events->latched && events->latched_seq == acrtc->flip.seq;
}

static void crtc_handle_flip(struct asahi_crtc *acrtc, const struct asahi_display_events *events)
{
	struct drm_device *drm = acrtc->base.dev;
	unsigned long flags;

	spin_lock_irqsave(&drm->event_lock, flags);
	if (crtc_flip_shown(acrtc, events))
		crtc_send_flip(acrtc);
	spin_unlock_irqrestore(&drm->event_lock, flags);
}

/**
 * asahi_crtc_handle_vblank() - a head's interrupt
 * @acrtc: the head
 * @events: what has happened
 *
 * User space may look for the checksum of a frame as soon as it knows of the
 * vblank, and may look for the vblank as soon as it has the flip event, so they
 * are published in this order.
 *
 * Context: hard interrupt.
 */
void asahi_crtc_handle_vblank(struct asahi_crtc *acrtc, const struct asahi_display_events *events)
{
	struct drm_crtc *crtc = &acrtc->base;

	if (events->vblank) {
		/*
		 * DRM asks for count and time several times over; each would be a slow read. And
		 * nobody may tell it of a later frame before this one.
		 */
		acrtc->frame = events->frame;
		/* @frame is filled in before its readers take it. */
		smp_store_release(&acrtc->frame_valid, true);

		if (READ_ONCE(acrtc->crc_enabled))
			crtc_drain_crcs(acrtc);
		drm_crtc_handle_vblank(crtc);
		/* Its readers must have seen the frame of then. */
		smp_store_release(&acrtc->frame_valid, false);
	}

	crtc_handle_flip(acrtc, events);
}

static u32 asahi_crtc_get_vblank_counter(struct drm_crtc *crtc)
{
	struct asahi_crtc *acrtc = to_asahi_crtc(crtc);

	/* Pairs with the release in asahi_crtc_handle_vblank(). */
	if (smp_load_acquire(&acrtc->frame_valid))
		return acrtc->frame.count;

	return asahi_display_vblank_count(crtc_display(crtc), drm_crtc_index(crtc));
}

static bool asahi_crtc_get_vblank_timestamp(struct drm_crtc *crtc, int *max_error, ktime_t *time,
					    bool in_vblank_irq)
{
	struct asahi_crtc *acrtc = to_asahi_crtc(crtc);

	/* Pairs with the release in asahi_crtc_handle_vblank(). */
	if (smp_load_acquire(&acrtc->frame_valid))
		*time = acrtc->frame.time;
	else
		*time = asahi_display_vblank_time(crtc_display(crtc), drm_crtc_index(crtc));

	return true;
}

static int asahi_crtc_enable_vblank(struct drm_crtc *crtc)
{
	asahi_display_enable_vblank(crtc_display(crtc), drm_crtc_index(crtc), true);
	return 0;
}

static void asahi_crtc_disable_vblank(struct drm_crtc *crtc)
{
	asahi_display_enable_vblank(crtc_display(crtc), drm_crtc_index(crtc), false);
}

static int crtc_parse_crc_source(const char *source, bool *enable)
{
	*enable = source && !strcmp(source, "auto");

	return !source || *enable ? 0 : -EINVAL;
}

static const char *const *asahi_crtc_get_crc_sources(struct drm_crtc *crtc, size_t *count)
{
	static const char * const sources[] = { "auto" };

	*count = ARRAY_SIZE(sources);
	return sources;
}

static int asahi_crtc_verify_crc_source(struct drm_crtc *crtc, const char *source,
					size_t *values_cnt)
{
	bool enable;

	*values_cnt = 1;
	return crtc_parse_crc_source(source, &enable);
}

/* Checksums are fetched in the vblank interrupt, so that must be on as long. */
static int asahi_crtc_set_crc_source(struct drm_crtc *crtc, const char *source)
{
	struct asahi_crtc *acrtc = to_asahi_crtc(crtc);
	bool enable;
	int ret, idx;

	ret = crtc_parse_crc_source(source, &enable);
	if (ret || enable == acrtc->crc_enabled)
		return ret;

	/* A reader may close its file long after the device has gone. */
	if (!drm_dev_enter(crtc->dev, &idx)) {
		WRITE_ONCE(acrtc->crc_enabled, false);
		return enable ? -ENODEV : 0;
	}

	if (enable)
		ret = drm_crtc_vblank_get(crtc);
	if (!ret) {
		asahi_display_enable_crc(crtc_display(crtc), drm_crtc_index(crtc), enable);
		WRITE_ONCE(acrtc->crc_enabled, enable);
		if (!enable)
			drm_crtc_vblank_put(crtc);
	}
	drm_dev_exit(idx);

	return ret;
}

static const struct drm_crtc_funcs asahi_crtc_funcs = {
	.reset = drm_atomic_helper_crtc_reset,
	.set_config = drm_atomic_helper_set_config,
	.page_flip = drm_atomic_helper_page_flip,
	.atomic_duplicate_state = drm_atomic_helper_crtc_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_crtc_destroy_state,
	.enable_vblank = asahi_crtc_enable_vblank,
	.disable_vblank = asahi_crtc_disable_vblank,
	.get_vblank_counter = asahi_crtc_get_vblank_counter,
	.get_vblank_timestamp = asahi_crtc_get_vblank_timestamp,
	.get_crc_sources = asahi_crtc_get_crc_sources,
	.verify_crc_source = asahi_crtc_verify_crc_source,
	.set_crc_source = asahi_crtc_set_crc_source,
};

static enum drm_mode_status asahi_crtc_mode_valid(struct drm_crtc *crtc,
						  const struct drm_display_mode *mode)
{
	const struct asahi_display_limits *limits = &to_asahi_device(crtc->dev)->kms->limits;
	u64 frame_ns;

	if (mode->flags & DRM_MODE_FLAG_INTERLACE)
		return MODE_NO_INTERLACE;
	if (mode->flags & DRM_MODE_FLAG_DBLSCAN)
		return MODE_NO_DBLESCAN;
	if (mode->vscan > 1)
		return MODE_NO_VSCAN;
	if (mode->hdisplay > limits->max_width)
		return MODE_BAD_HVALUE;
	if (mode->vdisplay > limits->max_height)
		return MODE_BAD_VVALUE;
	if (mode->clock <= 0)
		return MODE_CLOCK_LOW;
	frame_ns = div_u64((u64)mode->htotal * mode->vtotal * NSEC_PER_MSEC, mode->clock);
	if (frame_ns < MODE_MIN_FRAME_NS || frame_ns > MODE_MAX_FRAME_NS)
		return MODE_VSYNC;

	return MODE_OK;
}

static int crtc_check_lut(struct drm_crtc *crtc, const struct drm_property_blob *blob)
{
	if (!blob || drm_color_lut_size(blob) == ASAHI_LUT_SIZE)
		return 0;

	drm_dbg_kms(crtc->dev, "[CRTC:%d:%s] table of %d entries\n", crtc->base.id, crtc->name,
		    drm_color_lut_size(blob));
	return -EINVAL;
}

static int asahi_crtc_atomic_check(struct drm_crtc *crtc, struct drm_atomic_state *state)
{
	struct drm_crtc_state *old = drm_atomic_get_old_crtc_state(state, crtc);
	struct drm_crtc_state *new = drm_atomic_get_new_crtc_state(state, crtc);
	int ret;

	/* Nothing but planes changes at once. */
	if (new->async_flip && (drm_atomic_crtc_needs_modeset(new) || new->color_mgmt_changed ||
				new->vrr_enabled != old->vrr_enabled))
		return -EINVAL;

	ret = crtc_check_lut(crtc, new->degamma_lut);
	if (!ret)
		ret = crtc_check_lut(crtc, new->gamma_lut);

	return ret;
}

static void crtc_init_commit(struct asahi_crtc *acrtc)
{
	memset(&acrtc->commit, 0, sizeof(acrtc->commit));
	acrtc->commit.head = drm_crtc_index(&acrtc->base);
	acrtc->commit.seq = asahi_coproc_next_seq(to_asahi_device(acrtc->base.dev)->coproc);
	acrtc->commit_ret = 0;
}

static void crtc_get_timing(const struct drm_display_mode *mode, struct asahi_timing *timing)
{
	timing->clock = mode->clock;
	timing->h[0] = mode->hdisplay;
	timing->h[1] = mode->hsync_start;
	timing->h[2] = mode->hsync_end;
	timing->h[3] = mode->htotal;
	timing->v[0] = mode->vdisplay;
	timing->v[1] = mode->vsync_start;
	timing->v[2] = mode->vsync_end;
	timing->v[3] = mode->vtotal;
}

/* Planes that the state does not name stay as they are, but after a modeset they are off. */
static void crtc_get_planes(struct asahi_crtc *acrtc, struct drm_atomic_state *state)
{
	struct asahi_head_commit *commit = &acrtc->commit;
	struct drm_plane_state *old, *new;
	struct drm_plane *plane;
	unsigned int index;
	int i;

	if (commit->modeset)
		commit->plane_mask = GENMASK(ASAHI_NR_PLANES - 1, 0);

	for_each_oldnew_plane_in_state(state, plane, old, new, i) {
		if (new->crtc != &acrtc->base && old->crtc != &acrtc->base)
			continue;
		asahi_plane_forget_move(plane);
		index = asahi_plane_index(plane);
		commit->plane_mask |= BIT(index);
		asahi_plane_get_config(new, &commit->plane[index]);
	}
}

/*
 * The event goes out when the commit is shown, or with the first vblank of a
 * head that was just switched on; without vblanks that is now.
 */
static void crtc_arm_flip(struct asahi_crtc *acrtc, bool first_frame)
{
	struct drm_crtc *crtc = &acrtc->base;
	struct drm_pending_vblank_event *event = crtc->state->event;
	bool armed;

	if (!event)
		return;

	crtc->state->event = NULL;
	armed = !acrtc->commit_ret && !drm_crtc_vblank_get(crtc);

	spin_lock_irq(&crtc->dev->event_lock);
	if (armed) {
		drm_WARN_ON(crtc->dev, acrtc->flip.event);
		acrtc->flip.event = event;
		acrtc->flip.seq = acrtc->commit.seq;
		acrtc->flip.first_frame = first_frame;
	} else {
		drm_crtc_send_vblank_event(crtc, event);
	}
	spin_unlock_irq(&crtc->dev->event_lock);
}

/* From sign and magnitude with 32 bits of fraction to 16 bits of it, saturated. */
VISIBLE_IF_KUNIT s32 asahi_ctm_entry(u64 entry)
{
	u64 magnitude = min_t(u64, ((entry & ~BIT_ULL(63)) + BIT(15)) >> 16, S32_MAX);

	return entry & BIT_ULL(63) ? -(s32)magnitude : (s32)magnitude;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_ctm_entry);

/* Points into the blobs, which the state holds. */
static void crtc_get_colour(const struct drm_crtc_state *state, struct asahi_colour *colour)
{
	unsigned int i;

	memset(colour, 0, sizeof(*colour));
	if (state->degamma_lut)
		colour->degamma = state->degamma_lut->data;
	if (state->gamma_lut)
		colour->gamma = state->gamma_lut->data;
	if (state->ctm) {
		const struct drm_color_ctm *ctm = state->ctm->data;

		colour->ctm_on = true;
		for (i = 0; i < ARRAY_SIZE(colour->ctm); i++)
			colour->ctm[i] = asahi_ctm_entry(ctm->matrix[i]);
	}
}

static void crtc_submit(struct asahi_crtc *acrtc)
{
	acrtc->commit_ret = asahi_coproc_submit(to_asahi_device(acrtc->base.dev)->coproc,
						&acrtc->commit);
}

/* Makes the commit, and arms its event before anything can be shown. */
static void crtc_prepare(struct asahi_crtc *acrtc, struct drm_atomic_state *state)
{
	struct drm_crtc *crtc = &acrtc->base;
	const struct drm_crtc_state *old = drm_atomic_get_old_crtc_state(state, crtc);
	struct drm_crtc_state *new = drm_atomic_get_new_crtc_state(state, crtc);
	struct asahi_head_commit *commit = &acrtc->commit;

	crtc_init_commit(acrtc);
	commit->modeset = drm_atomic_crtc_needs_modeset(new);
	commit->active = true;
	if (commit->modeset)
		crtc_get_timing(&new->adjusted_mode, &commit->timing);
	/*
	 * Who moves a cursor does not wait for a vblank, so what he takes down
	 * must be unused now; who flips at once does not want to wait.
	 */
	commit->async = (state->legacy_cursor_update || new->async_flip) && !commit->modeset;
	crtc_get_planes(acrtc, state);
	/* A head that is switched on may still have what a former owner gave it. */
	if (commit->modeset || new->color_mgmt_changed) {
		crtc_get_colour(new, &acrtc->colour);
		commit->colour = &acrtc->colour;
		commit->async = false;
	}
	if (commit->modeset || new->vrr_enabled != old->vrr_enabled) {
		commit->refresh = true;
		commit->variable = new->vrr_enabled;
		commit->async = false;
	}

	asahi_writeback_arm(&to_asahi_device(crtc->dev)->kms->writeback, state, crtc, commit);
	if (commit->writeback.enable)
		commit->async = false;
	/* Vblanks of a head that is being switched on come later. */
	if (!commit->modeset && !commit->async)
		crtc_arm_flip(acrtc, false);
}

/**
 * asahi_crtc_try_send() - send what a state changes of a head, if that is possible at once
 * @acrtc: the head, which is on and stays on
 * @state: swapped in; nothing that it depends on is under way
 *
 * asahi_crtc_send() must follow and does the rest.
 */
void asahi_crtc_try_send(struct asahi_crtc *acrtc, struct drm_atomic_state *state)
{
	crtc_prepare(acrtc, state);
	acrtc->early = state;
	acrtc->early_sent = asahi_coproc_try_submit(to_asahi_device(acrtc->base.dev)->coproc,
						    &acrtc->commit);
}

/**
 * asahi_crtc_send() - send what a state changes of a head that is to be on
 * @acrtc: the head
 * @state: swapped in
 *
 * asahi_crtc_wait_accepted() must follow.
 */
void asahi_crtc_send(struct asahi_crtc *acrtc, struct drm_atomic_state *state)
{
	bool early = acrtc->early == state;

	acrtc->early = NULL;
	if (early && acrtc->early_sent)
		return;

	if (!early)
		crtc_prepare(acrtc, state);
	crtc_submit(acrtc);
}

/* The event of a change that was to be seen at once, with count and time of the last vblank. */
static void crtc_send_event(struct drm_crtc *crtc)
{
	spin_lock_irq(&crtc->dev->event_lock);
	if (crtc->state->event)
		drm_crtc_send_vblank_event(crtc, crtc->state->event);
	crtc->state->event = NULL;
	spin_unlock_irq(&crtc->dev->event_lock);
}

/* A client that draws by the events of a dead head must not spin. */
static void crtc_pace(struct drm_crtc *crtc)
{
	u32 frame_ns = crtc_frame_ns(crtc);

	msleep(frame_ns ? DIV_ROUND_UP(frame_ns, NSEC_PER_MSEC) : FALLBACK_FRAME_MS);
}

/**
 * asahi_crtc_wait_accepted() - wait for the answer to asahi_crtc_send()
 * @acrtc: the head
 *
 * If the commit was refused or lost, its event goes out here.
 */
void asahi_crtc_wait_accepted(struct asahi_crtc *acrtc)
{
	struct drm_crtc *crtc = &acrtc->base;

	if (!acrtc->commit_ret)
		acrtc->commit_ret = asahi_coproc_wait(to_asahi_device(crtc->dev)->coproc,
						      acrtc->commit.seq);
	if (acrtc->commit_ret) {
		drm_dbg_kms(crtc->dev, "[CRTC:%d:%s] commit %#x failed: %d\n", crtc->base.id,
			    crtc->name, acrtc->commit.seq, acrtc->commit_ret);
		crtc_pace(crtc);
		asahi_crtc_complete_flip(acrtc);
	}
	if (acrtc->commit.async)
		crtc_send_event(crtc);
}

/**
 * asahi_crtc_arm_first_frame() - send the event of a modeset with its first frame
 * @acrtc: the head, just switched on
 */
void asahi_crtc_arm_first_frame(struct asahi_crtc *acrtc)
{
	crtc_arm_flip(acrtc, true);
}

/**
 * asahi_crtc_complete_flip() - give up waiting for a flip
 * @acrtc: the head
 *
 * Sends the event that is still armed, if any.
 */
void asahi_crtc_complete_flip(struct asahi_crtc *acrtc)
{
	struct drm_device *drm = acrtc->base.dev;

	spin_lock_irq(&drm->event_lock);
	if (acrtc->flip.event)
		crtc_send_flip(acrtc);
	spin_unlock_irq(&drm->event_lock);
}

static void asahi_crtc_atomic_enable(struct drm_crtc *crtc, struct drm_atomic_state *state)
{
	/* The head itself was switched on by asahi_crtc_send(), together with its planes. */
	asahi_power_get(to_asahi_device(crtc->dev));
	drm_crtc_vblank_on(crtc);
}

static void asahi_crtc_atomic_disable(struct drm_crtc *crtc, struct drm_atomic_state *state)
{
	struct asahi_crtc *acrtc = to_asahi_crtc(crtc);

	drm_crtc_vblank_off(crtc);
	asahi_crtc_complete_flip(acrtc);
	asahi_plane_forget_move(crtc->cursor);

	/* With its planes: their buffers may go while the head is off. */
	crtc_init_commit(acrtc);
	acrtc->commit.modeset = true;
	acrtc->commit.plane_mask = GENMASK(ASAHI_NR_PLANES - 1, 0);
	crtc_submit(acrtc);
	if (!acrtc->commit_ret)
		asahi_coproc_wait(to_asahi_device(crtc->dev)->coproc, acrtc->commit.seq);
	asahi_power_put(to_asahi_device(crtc->dev));

	if (!crtc->state->active)
		crtc_send_event(crtc);
}

static const struct drm_crtc_helper_funcs asahi_crtc_helper_funcs = {
	.mode_valid = asahi_crtc_mode_valid,
	.atomic_check = asahi_crtc_atomic_check,
	.atomic_enable = asahi_crtc_atomic_enable,
	.atomic_disable = asahi_crtc_atomic_disable,
};

/**
 * asahi_crtc_create() - create a head with its planes
 * @asahi: the device
 * @head: index; heads are created in order
 *
 * Return: the head, or an ERR_PTR.
 */
struct asahi_crtc *asahi_crtc_create(struct asahi_device *asahi, unsigned int head)
{
	struct drm_plane *planes[ASAHI_NR_PLANES];
	struct asahi_crtc *acrtc;
	unsigned int i;
	int ret;

	for (i = 0; i < ASAHI_NR_PLANES; i++) {
		planes[i] = asahi_plane_create(asahi, head, i);
		if (IS_ERR(planes[i]))
			return ERR_CAST(planes[i]);
	}

	acrtc = drmm_crtc_alloc_with_planes(&asahi->drm, struct asahi_crtc, base, planes[0],
					    planes[ASAHI_NR_PLANES - 1], &asahi_crtc_funcs, NULL);
	if (IS_ERR(acrtc))
		return acrtc;

	drm_crtc_helper_add(&acrtc->base, &asahi_crtc_helper_funcs);
	drm_crtc_enable_color_mgmt(&acrtc->base, ASAHI_LUT_SIZE, true, ASAHI_LUT_SIZE);
	ret = drm_mode_crtc_set_gamma_size(&acrtc->base, ASAHI_LUT_SIZE);
	if (ret)
		return ERR_PTR(ret);

	return acrtc;
}
