// SPDX-License-Identifier: GPL-2.0
/*
 * Writeback: the picture of one frame of a head goes to a framebuffer.
 *
 * A job is part of a commit and has its sequence number, which the engine
 * reports when it has written the picture, or has dropped it. Whatever goes
 * wrong, the job ends: no fence is left behind by a device that may be dead.
 */

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_edid.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_print.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_writeback.h>

#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_kms.h"
#include "asahi_mmu.h"

static const u32 writeback_formats[] = {
	DRM_FORMAT_XRGB8888,
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_XBGR8888,
	DRM_FORMAT_ABGR8888,
	DRM_FORMAT_XRGB2101010,
};

static bool writeback_has_format(u32 format)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(writeback_formats); i++) {
		if (writeback_formats[i] == format)
			return true;
	}

	return false;
}

static int writeback_atomic_check(struct drm_encoder *encoder, struct drm_crtc_state *crtc_state,
				  struct drm_connector_state *conn_state)
{
	const struct drm_framebuffer *fb;

	if (!conn_state->writeback_job || !conn_state->writeback_job->fb)
		return 0;

	fb = conn_state->writeback_job->fb;
	if (fb->width != crtc_state->mode.hdisplay || fb->height != crtc_state->mode.vdisplay) {
		drm_dbg_kms(encoder->dev, "writeback of %ux%u, the mode is %ux%u\n", fb->width,
			    fb->height, crtc_state->mode.hdisplay, crtc_state->mode.vdisplay);
		return -EINVAL;
	}

	if (!writeback_has_format(fb->format->format)) {
		drm_dbg_kms(encoder->dev, "no writeback in %p4cc\n", &fb->format->format);
		return -EINVAL;
	}

	return 0;
}

static const struct drm_encoder_helper_funcs writeback_encoder_funcs = {
	.atomic_check = writeback_atomic_check,
};

/*
 * Not "connected": a client that gives every such connector a head of its own
 * would then be short of heads. It is used by name and needs no monitor.
 */
static enum drm_connector_status writeback_detect(struct drm_connector *connector, bool force)
{
	return connector_status_unknown;
}

static int writeback_get_modes(struct drm_connector *connector)
{
	const struct drm_mode_config *config = &connector->dev->mode_config;

	return drm_add_modes_noedid(connector, config->max_width, config->max_height);
}

/* The mapping that a framebuffer has is for reading alone. */
static int writeback_prepare_job(struct drm_writeback_connector *base,
				 struct drm_writeback_job *job)
{
	struct asahi_mapping *mapping;

	if (!job->fb)
		return 0;

	mapping = asahi_gem_map_writable(to_asahi_gem(job->fb->obj[0]));
	if (IS_ERR(mapping))
		return PTR_ERR(mapping);

	job->priv = mapping;
	return 0;
}

static void writeback_cleanup_job(struct drm_writeback_connector *base,
				  struct drm_writeback_job *job)
{
	if (job->priv)
		asahi_gem_unmap_writable(to_asahi_gem(job->fb->obj[0]), job->priv);
	job->priv = NULL;
}

static const struct drm_connector_helper_funcs writeback_connector_helper_funcs = {
	.get_modes = writeback_get_modes,
	.prepare_writeback_job = writeback_prepare_job,
	.cleanup_writeback_job = writeback_cleanup_job,
};

static const struct drm_connector_funcs writeback_connector_funcs = {
	.detect = writeback_detect,
	.fill_modes = drm_helper_probe_single_connector_modes,
	.destroy = drm_connector_cleanup,
	.reset = drm_atomic_helper_connector_reset,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

static struct drm_writeback_job *writeback_find_job(struct asahi_writeback *wb,
						    struct drm_atomic_state *state,
						    struct drm_crtc *crtc)
{
	struct drm_connector_state *new = drm_atomic_get_new_connector_state(state, &wb->base.base);

	if (!new || new->crtc != crtc || !new->writeback_job || !new->writeback_job->fb)
		return NULL;

	return new->writeback_job;
}

/**
 * asahi_writeback_arm() - add the writeback of a state to a head's commit
 * @wb: the connector
 * @state: swapped in
 * @crtc: the head
 * @commit: to be sent; its writeback is filled in if there is one
 *
 * After that asahi_writeback_finish() must follow, whatever becomes of the commit.
 */
void asahi_writeback_arm(struct asahi_writeback *wb, struct drm_atomic_state *state,
			 struct drm_crtc *crtc, struct asahi_head_commit *commit)
{
	struct drm_writeback_job *job = writeback_find_job(wb, state, crtc);
	const struct drm_framebuffer *fb;

	if (!job)
		return;

	fb = job->fb;
	commit->writeback.enable = true;
	commit->writeback.format = fb->format->format;
	commit->writeback.pitch = fb->pitches[0];
	commit->writeback.iova = asahi_mapping_iova(job->priv) + fb->offsets[0];
	commit->writeback.width = fb->width;
	commit->writeback.height = fb->height;

	drm_writeback_queue_job(&wb->base, drm_atomic_get_new_connector_state(state,
									      &wb->base.base));

	spin_lock_irq(&wb->lock);
	wb->armed = true;
	wb->head = commit->head;
	wb->seq = commit->seq;
	spin_unlock_irq(&wb->lock);
}

static bool writeback_disarm(struct asahi_writeback *wb, unsigned int head, const u32 *seq)
{
	unsigned long flags;
	bool armed;

	spin_lock_irqsave(&wb->lock, flags);
	armed = wb->armed && wb->head == head && (!seq || wb->seq == *seq);
	if (armed)
		wb->armed = false;
	spin_unlock_irqrestore(&wb->lock, flags);

	return armed;
}

/**
 * asahi_writeback_complete() - the engine has ended a writeback
 * @wb: the connector
 * @head: index
 * @seq: of the commit that it belonged to; others than the one waited for are ignored
 * @written: the picture is complete
 *
 * Context: any.
 */
void asahi_writeback_complete(struct asahi_writeback *wb, unsigned int head, u32 seq, bool written)
{
	if (writeback_disarm(wb, head, &seq))
		drm_writeback_signal_completion(&wb->base, written ? 0 : -EIO);
}

/**
 * asahi_writeback_finish() - give up waiting for a head's writeback
 * @wb: the connector
 * @head: index
 *
 * Does nothing if none is waited for.
 */
void asahi_writeback_finish(struct asahi_writeback *wb, unsigned int head)
{
	if (writeback_disarm(wb, head, NULL))
		drm_writeback_signal_completion(&wb->base, -ETIMEDOUT);
}

/**
 * asahi_writeback_create() - create the writeback connector
 * @asahi: the device, with all its heads
 *
 * Return: 0 or a negative errno.
 */
int asahi_writeback_create(struct asahi_device *asahi)
{
	struct asahi_writeback *wb = &asahi->kms->writeback;

	spin_lock_init(&wb->lock);
	drm_connector_helper_add(&wb->base.base, &writeback_connector_helper_funcs);

	return drm_writeback_connector_init(&asahi->drm, &wb->base, &writeback_connector_funcs,
					    &writeback_encoder_funcs, writeback_formats,
					    ARRAY_SIZE(writeback_formats),
					    GENMASK(asahi->kms->n_heads - 1, 0));
}
