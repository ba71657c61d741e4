// SPDX-License-Identifier: GPL-2.0
/* Modesetting: device-wide set-up, framebuffers, the commit tail. */

#include <linux/dma-fence.h>
#include <linux/iommu.h>

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_managed.h>
#include <drm/drm_mode_config.h>
#include <drm/drm_modeset_helper.h>
#include <drm/drm_print.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_vblank.h>

#include <kunit/visibility.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_kms.h"
#include "asahi_power.h"

#define ASAHI_MAX_PITCH		65536

static void fb_unmap_objects(struct drm_gem_object **objs, unsigned int n)
{
	while (n--)
		asahi_gem_unmap(to_asahi_gem(objs[n]));
}

/* An object is mapped for the hardware as long as it is a framebuffer, so a flip maps nothing. */
static void asahi_fb_destroy(struct drm_framebuffer *fb)
{
	fb_unmap_objects(fb->obj, fb->format->num_planes);
	drm_gem_fb_destroy(fb);
}

static const struct drm_framebuffer_funcs asahi_fb_funcs = {
	.destroy = asahi_fb_destroy,
	.create_handle = drm_gem_fb_create_handle,
};

/* What the engine wants of a plane's layout; @align is in bytes. */
VISIBLE_IF_KUNIT int asahi_fb_check_layout(u32 align, u32 pitch, u32 offset)
{
	if (pitch > ASAHI_MAX_PITCH || pitch % align || offset % align)
		return -EINVAL;

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_fb_check_layout);

static int fb_check_plane(struct drm_device *drm, const struct drm_format_info *info,
			  const struct drm_mode_fb_cmd2 *cmd, unsigned int plane, size_t size)
{
	/* Two pixels of a packed YUV format share bytes, so a line has a whole number of pairs. */
	u32 width = info->num_planes == 1 ? ALIGN(cmd->width, info->hsub) :
					    drm_format_info_plane_width(info, cmd->width, plane);
	u32 height = drm_format_info_plane_height(info, cmd->height, plane);
	u32 pitch = cmd->pitches[plane], offset = cmd->offsets[plane];
	u64 line = (u64)width * info->cpp[plane];
	u64 end = (u64)(height - 1) * pitch + line + offset;

	if (asahi_fb_check_layout(info->cpp[0], pitch, offset) || pitch < line) {
		drm_dbg_kms(drm, "pitch %u or offset %u not supported\n", pitch, offset);
		return -EINVAL;
	}

	if (end > size) {
		drm_dbg_kms(drm, "object of %zu bytes is too small for %llu\n", size, end);
		return -EINVAL;
	}

	return 0;
}

static void fb_put_objects(struct drm_gem_object **objs, unsigned int n)
{
	while (n--)
		drm_gem_object_put(objs[n]);
}

/* Takes a reference and a mapping of each plane's object. */
static int fb_get_objects(struct drm_device *drm, struct drm_file *file,
			  const struct drm_format_info *info, const struct drm_mode_fb_cmd2 *cmd,
			  struct drm_gem_object **objs)
{
	unsigned int i;
	int ret;

	for (i = 0; i < info->num_planes; i++) {
		objs[i] = drm_gem_object_lookup(file, cmd->handles[i]);
		if (!objs[i]) {
			ret = -ENOENT;
			goto err_put_objs;
		}

		ret = fb_check_plane(drm, info, cmd, i, objs[i]->size);
		if (!ret)
			ret = asahi_gem_map(to_asahi_gem(objs[i]), IOMMU_READ);
		if (ret) {
			drm_dbg_kms(drm, "object of plane %u cannot be scanned out: %d\n", i, ret);
			drm_gem_object_put(objs[i]);
			goto err_put_objs;
		}
	}

	return 0;

err_put_objs:
	fb_unmap_objects(objs, i);
	fb_put_objects(objs, i);
	return ret;
}

/*
 * Not drm_gem_fb_create(): user space can use a framebuffer as soon as that has
 * registered it, and by then it must be mapped.
 */
static struct drm_framebuffer *asahi_fb_create(ASAHI_FB_CREATE_ARGS)
{
	const struct drm_format_info *info = asahi_format_info(drm, cmd);
	struct drm_framebuffer *fb;
	int ret;

	if (!drm_any_plane_has_format(drm, cmd->pixel_format, cmd->modifier[0])) {
		drm_dbg_kms(drm, "no plane has format %p4cc, modifier %#llx\n", &cmd->pixel_format,
			    cmd->modifier[0]);
		return ERR_PTR(-EINVAL);
	}

	fb = kzalloc(sizeof(*fb), GFP_KERNEL);
	if (!fb)
		return ERR_PTR(-ENOMEM);

	ret = fb_get_objects(drm, file, info, cmd, fb->obj);
	if (ret)
		goto err_free_fb;

	asahi_fill_fb(drm, fb, info, cmd);
	ret = drm_framebuffer_init(drm, fb, &asahi_fb_funcs);
	if (ret)
		goto err_put_objs;

	return fb;

err_put_objs:
	fb_unmap_objects(fb->obj, info->num_planes);
	fb_put_objects(fb->obj, info->num_planes);
err_free_fb:
	kfree(fb);
	return ERR_PTR(ret);
}

/* Commands for all heads go out before the first answer is waited for. */
static void kms_send_commits(struct drm_atomic_state *state)
{
	struct drm_crtc_state *new;
	struct drm_crtc *crtc;
	int i;

	for_each_new_crtc_in_state(state, crtc, new, i) {
		if (new->active)
			asahi_crtc_send(to_asahi_crtc(crtc), state);
	}

	for_each_new_crtc_in_state(state, crtc, new, i) {
		if (new->active)
			asahi_crtc_wait_accepted(to_asahi_crtc(crtc));
	}
}

static void kms_arm_first_frames(struct drm_atomic_state *state)
{
	struct drm_crtc_state *new;
	struct drm_crtc *crtc;
	int i;

	for_each_new_crtc_in_state(state, crtc, new, i) {
		if (new->active && drm_atomic_crtc_needs_modeset(new))
			asahi_crtc_arm_first_frame(to_asahi_crtc(crtc));
	}
}

/*
 * An event completes the commit before it reaches its fence and its file. Who
 * has waited for a commit may look for both, so the sender must have ended.
 */
static void kms_wait_for_event(struct drm_device *drm)
{
	spin_lock_irq(&drm->event_lock);
	spin_unlock_irq(&drm->event_lock);
}

/*
 * The helper would wait ten seconds for a device that has died. The new states
 * may have gone, once what follows could be sent.
 */
static void kms_wait_for_flips(struct drm_atomic_state *state)
{
	unsigned long timeout = msecs_to_jiffies(asahi_coproc_timeout_ms());
	struct drm_crtc_state *new;
	struct drm_crtc *crtc;
	int i;

	for_each_new_crtc_in_state(state, crtc, new, i) {
		struct drm_crtc_commit *commit = state->crtcs[i].commit;

		if (!commit)
			continue;

		if (wait_for_completion_timeout(&commit->flip_done, timeout)) {
			kms_wait_for_event(crtc->dev);
			continue;
		}

		drm_err_ratelimited(crtc->dev, "[CRTC:%d:%s] commit not shown in time\n",
				    crtc->base.id, crtc->name);
		asahi_crtc_complete_flip(to_asahi_crtc(crtc));
	}
}

/* Written before its frame is shown, so what has not come by then never will. */
static void kms_finish_writebacks(struct drm_atomic_state *state)
{
	struct asahi_kms *kms = to_asahi_device(state->dev)->kms;
	struct drm_crtc_state *new;
	struct drm_crtc *crtc;
	int i;

	/* A legacy cursor's has none: it does not wait for its turn, so it may be another's. */
	for_each_new_crtc_in_state(state, crtc, new, i) {
		if (state->crtcs[i].commit)
			asahi_writeback_finish(&kms->writeback, drm_crtc_index(crtc));
	}
}

static void asahi_commit_tail(struct drm_atomic_state *state)
{
	struct drm_device *drm = state->dev;

	asahi_power_get(to_asahi_device(drm));
	drm_atomic_helper_commit_modeset_disables(drm, state);
	kms_send_commits(state);
	drm_atomic_helper_commit_modeset_enables(drm, state);
	kms_arm_first_frames(state);
	drm_atomic_helper_commit_hw_done(state);
	kms_wait_for_flips(state);
	kms_finish_writebacks(state);
	drm_atomic_helper_cleanup_planes(drm, state);
	asahi_power_put(to_asahi_device(drm));
}

/*
 * Whether a nonblocking @state, swapped in, waits for nothing: DRM has refused
 * it if what it follows was not shown yet.
 */
static bool kms_can_send_early(struct drm_atomic_state *state)
{
	struct drm_connector_state *conn_state;
	struct drm_plane_state *plane_state;
	struct drm_crtc_state *crtc_state;
	struct drm_connector *connector;
	struct drm_plane *plane;
	struct drm_crtc *crtc;
	int i;

	for_each_new_crtc_in_state(state, crtc, crtc_state, i) {
		if (!crtc_state->active || drm_atomic_crtc_needs_modeset(crtc_state))
			return false;
	}
	/* A writeback has its turn after that of another head. */
	for_each_new_connector_in_state(state, connector, conn_state, i)
		return false;
	for_each_new_plane_in_state(state, plane, plane_state, i) {
		if (plane_state->fence && !dma_fence_is_signaled(plane_state->fence))
			return false;
		if (asahi_plane_moving(plane))
			return false;
	}

	return true;
}

static void kms_commit_work(struct work_struct *work)
{
	struct drm_atomic_state *state = container_of(work, struct drm_atomic_state, commit_work);

	drm_atomic_helper_wait_for_fences(state->dev, state, false);
	drm_atomic_helper_wait_for_dependencies(state);
	asahi_commit_tail(state);
	drm_atomic_helper_commit_cleanup_done(state);
	drm_atomic_state_put(state);
}

/*
 * A flip is sent by who asks for it, if there is nothing to wait for: on a busy
 * machine a worker comes too late for the next vblank.
 */
static int kms_commit_nonblocking(struct drm_device *drm, struct drm_atomic_state *state)
{
	struct drm_crtc_state *crtc_state;
	struct drm_crtc *crtc;
	int ret, i;

	ret = drm_atomic_helper_setup_commit(state, true);
	if (ret)
		return ret;
	ret = drm_atomic_helper_prepare_planes(drm, state);
	if (ret)
		return ret;
	ret = drm_atomic_helper_swap_state(state, true);
	if (ret) {
		drm_atomic_helper_unprepare_planes(drm, state);
		return ret;
	}

	if (kms_can_send_early(state)) {
		for_each_new_crtc_in_state(state, crtc, crtc_state, i)
			asahi_crtc_try_send(to_asahi_crtc(crtc), state);
	}

	drm_atomic_state_get(state);
	INIT_WORK(&state->commit_work, kms_commit_work);
	queue_work(system_highpri_wq, &state->commit_work);

	return 0;
}

static int asahi_atomic_commit(struct drm_device *drm, struct drm_atomic_state *state,
			       bool nonblock)
{
	if (nonblock && !state->async_update)
		return kms_commit_nonblocking(drm, state);

	return drm_atomic_helper_commit(drm, state, nonblock);
}

static const struct drm_mode_config_funcs asahi_mode_config_funcs = {
	.fb_create = asahi_fb_create,
	.atomic_check = drm_atomic_helper_check,
	.atomic_commit = asahi_atomic_commit,
};

static const struct drm_mode_config_helper_funcs asahi_mode_config_helper_funcs = {
	.atomic_commit_tail = asahi_commit_tail,
};

static void kms_hotplug_work(struct work_struct *work)
{
	struct asahi_kms *kms = container_of(work, struct asahi_kms, hotplug_work);

	drm_kms_helper_hotplug_event(&kms->asahi->drm);
}

static void kms_handle_vblank(void *data, unsigned int head,
			      const struct asahi_display_events *events)
{
	struct asahi_kms *kms = data;

	asahi_crtc_handle_vblank(kms->crtcs[head], events);
}

static void kms_handle_writeback(void *data, unsigned int head, u32 seq, bool written)
{
	struct asahi_kms *kms = data;

	asahi_writeback_complete(&kms->writeback, head, seq, written);
}

static void kms_handle_hotplug(void *data)
{
	struct asahi_kms *kms = data;

	schedule_work(&kms->hotplug_work);
}

static const struct asahi_display_funcs kms_display_funcs = {
	.vblank = kms_handle_vblank,
	.writeback = kms_handle_writeback,
	.hotplug = kms_handle_hotplug,
};

static int kms_init_mode_config(struct asahi_device *asahi)
{
	const struct asahi_display_limits *limits = &asahi->kms->limits;
	struct drm_mode_config *config = &asahi->drm.mode_config;
	int ret;

	ret = drmm_mode_config_init(&asahi->drm);
	if (ret)
		return ret;

	config->max_width = limits->max_width;
	config->max_height = limits->max_height;
	config->cursor_width = limits->cursor_max;
	config->cursor_height = limits->cursor_max;
	config->preferred_depth = 24;
	config->normalize_zpos = true;
	config->async_page_flip = ASAHI_ASYNC_FLIPS;
	config->funcs = &asahi_mode_config_funcs;
	config->helper_private = &asahi_mode_config_helper_funcs;

	return 0;
}

/**
 * asahi_kms_init() - create the modesetting objects
 * @asahi: the device, with its display engine and coprocessor
 *
 * All of it goes with the DRM device.
 *
 * Return: 0 or a negative errno.
 */
int asahi_kms_init(struct asahi_device *asahi)
{
	struct drm_device *drm = &asahi->drm;
	struct asahi_kms *kms;
	unsigned int head;
	int ret;

	kms = drmm_kzalloc(drm, sizeof(*kms), GFP_KERNEL);
	if (!kms)
		return -ENOMEM;

	kms->asahi = asahi;
	kms->n_heads = asahi_display_n_heads(asahi->display);
	INIT_WORK(&kms->hotplug_work, kms_hotplug_work);
	asahi_display_get_limits(asahi->display, &kms->limits);
	asahi->kms = kms;

	ret = kms_init_mode_config(asahi);
	if (ret)
		return ret;

	for (head = 0; head < kms->n_heads; head++) {
		kms->crtcs[head] = asahi_crtc_create(asahi, head);
		if (IS_ERR(kms->crtcs[head]))
			return PTR_ERR(kms->crtcs[head]);

		ret = asahi_connector_create(asahi, head);
		if (ret)
			return ret;
	}

	ret = asahi_writeback_create(asahi);
	if (ret)
		return ret;

	ret = drm_vblank_init(drm, kms->n_heads);
	if (ret)
		return ret;
	drm->max_vblank_count = U32_MAX;

	drm_mode_config_reset(drm);
	return 0;
}

/**
 * asahi_kms_start() - take events from the display engine
 * @asahi: the device, not registered yet
 *
 * Return: 0 or a negative errno.
 */
int asahi_kms_start(struct asahi_device *asahi)
{
	return asahi_display_start(asahi->display, &kms_display_funcs, asahi->kms);
}

/**
 * asahi_kms_stop() - undo asahi_kms_start()
 * @asahi: the device, with all heads off
 */
void asahi_kms_stop(struct asahi_device *asahi)
{
	asahi_display_stop(asahi->display);
	cancel_work_sync(&asahi->kms->hotplug_work);
}
