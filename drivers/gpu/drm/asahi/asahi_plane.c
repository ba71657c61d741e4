// SPDX-License-Identifier: GPL-2.0
/* Planes: primary, overlay and cursor of a head. */

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_blend.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_atomic_helper.h>
#include <drm/drm_print.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_kms.h"

struct asahi_plane {
	struct drm_plane base;
	/** @index: in commands to the coprocessor. */
	unsigned int index;
};

static const enum drm_plane_type plane_types[ASAHI_NR_PLANES] = {
	DRM_PLANE_TYPE_PRIMARY,
	DRM_PLANE_TYPE_OVERLAY,
	DRM_PLANE_TYPE_CURSOR,
};

static const u32 plane_formats[] = {
	DRM_FORMAT_XRGB8888,
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_XBGR8888,
	DRM_FORMAT_ABGR8888,
	DRM_FORMAT_RGB565,
};

static const u32 cursor_formats[] = {
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_ABGR8888,
};

static const u64 plane_modifiers[] = {
	DRM_FORMAT_MOD_LINEAR,
	DRM_FORMAT_MOD_INVALID,
};

/**
 * asahi_plane_index() - the plane's number in commands
 * @plane: the plane
 *
 * Return: 0 to ASAHI_NR_PLANES - 1.
 */
unsigned int asahi_plane_index(struct drm_plane *plane)
{
	return container_of(plane, struct asahi_plane, base)->index;
}

static int plane_check_cursor(const struct drm_plane *plane, const struct drm_plane_state *state)
{
	const struct asahi_kms *kms = to_asahi_device(plane->dev)->kms;

	if (plane->type != DRM_PLANE_TYPE_CURSOR)
		return 0;

	if (drm_rect_width(&state->dst) > kms->limits.cursor_max ||
	    drm_rect_height(&state->dst) > kms->limits.cursor_max)
		return -EINVAL;

	return 0;
}

static int asahi_plane_atomic_check(struct drm_plane *plane, struct drm_atomic_state *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct drm_crtc_state *crtc_state;
	int ret;

	if (!new->crtc) {
		new->visible = false;
		return 0;
	}

	crtc_state = drm_atomic_get_new_crtc_state(state, new->crtc);
	if (WARN_ON(!crtc_state))
		return -EINVAL;

	ret = drm_atomic_helper_check_plane_state(new, crtc_state, DRM_PLANE_NO_SCALING,
						  DRM_PLANE_NO_SCALING, true, true);
	if (ret || !new->visible)
		return ret;

	return plane_check_cursor(plane, new);
}

/**
 * asahi_plane_get_config() - what a checked state asks of the hardware
 * @state: of the plane; its framebuffer is held, and so mapped
 * @config: filled in
 */
void asahi_plane_get_config(const struct drm_plane_state *state, struct asahi_plane_config *config)
{
	struct drm_framebuffer *fb = state->fb;
	u64 iova;

	memset(config, 0, sizeof(*config));
	if (!state->visible || !fb)
		return;

	/* Off only if the hardware has gone, and then nobody will look. */
	iova = asahi_gem_iova(to_asahi_gem(fb->obj[0]));
	if (!iova)
		return;

	config->enable = true;
	config->format = fb->format->format;
	config->pitch = fb->pitches[0];
	config->iova = iova + fb->offsets[0] + (u64)(state->src.y1 >> 16) * fb->pitches[0] +
		       (u64)(state->src.x1 >> 16) * fb->format->cpp[0];
	/* Clipped to the screen by the check. */
	config->x = state->dst.x1;
	config->y = state->dst.y1;
	config->width = drm_rect_width(&state->dst);
	config->height = drm_rect_height(&state->dst);
	config->zpos = state->normalized_zpos;
}

static int asahi_plane_atomic_async_check(struct drm_plane *plane, struct drm_atomic_state *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct drm_crtc_state *crtc_state = drm_atomic_get_new_crtc_state(state, new->crtc);

	if (plane->type != DRM_PLANE_TYPE_CURSOR || !crtc_state || !crtc_state->active)
		return -EINVAL;

	/* The order of planes takes effect with a vblank, as the other planes take part in it. */
	if (new->normalized_zpos != plane->state->normalized_zpos)
		return -EINVAL;

	return 0;
}

static void plane_take_state(struct drm_plane *plane, struct drm_plane_state *new)
{
	struct drm_plane_state *cur = plane->state;

	cur->crtc_x = new->crtc_x;
	cur->crtc_y = new->crtc_y;
	cur->crtc_w = new->crtc_w;
	cur->crtc_h = new->crtc_h;
	cur->src_x = new->src_x;
	cur->src_y = new->src_y;
	cur->src_w = new->src_w;
	cur->src_h = new->src_h;
	cur->src = new->src;
	cur->dst = new->dst;
	cur->visible = new->visible;
	/* The old framebuffer goes with the new state, after the hardware has let go of it. */
	swap(cur->fb, new->fb);
}

/*
 * The coprocessor's answer is waited for, since the old framebuffer may go at
 * once. A vblank is not.
 */
static void asahi_plane_atomic_async_update(struct drm_plane *plane, struct drm_atomic_state *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct asahi_coproc *cp = to_asahi_device(plane->dev)->coproc;
	unsigned int index = asahi_plane_index(plane);
	struct asahi_head_commit commit = {
		.seq = asahi_coproc_next_seq(cp),
		.head = drm_crtc_index(new->crtc),
		.async = true,
		.plane_mask = BIT(index),
	};

	plane_take_state(plane, new);
	asahi_plane_get_config(plane->state, &commit.plane[index]);

	if (!asahi_coproc_submit(cp, &commit))
		asahi_coproc_wait(cp, commit.seq);
}

static const struct drm_plane_helper_funcs asahi_plane_helper_funcs = {
	.atomic_check = asahi_plane_atomic_check,
	.atomic_async_check = asahi_plane_atomic_async_check,
	.atomic_async_update = asahi_plane_atomic_async_update,
};

static bool asahi_plane_format_mod_supported(struct drm_plane *plane, u32 format, u64 modifier)
{
	return modifier == DRM_FORMAT_MOD_LINEAR;
}

static const struct drm_plane_funcs asahi_plane_funcs = {
	.update_plane = drm_atomic_helper_update_plane,
	.disable_plane = drm_atomic_helper_disable_plane,
	.reset = drm_atomic_helper_plane_reset,
	.atomic_duplicate_state = drm_atomic_helper_plane_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_plane_destroy_state,
	.format_mod_supported = asahi_plane_format_mod_supported,
};

/* The cursor stays on top; the other two can change places. */
static int plane_create_zpos(struct drm_plane *plane, unsigned int index)
{
	if (plane->type == DRM_PLANE_TYPE_CURSOR)
		return drm_plane_create_zpos_immutable_property(plane, index);

	return drm_plane_create_zpos_property(plane, index, 0, ASAHI_NR_PLANES - 2);
}

/**
 * asahi_plane_create() - create a plane of a head
 * @asahi: the device
 * @head: index
 * @index: of the plane: 0 primary, 1 overlay, 2 cursor
 *
 * Return: the plane, or an ERR_PTR.
 */
struct drm_plane *asahi_plane_create(struct asahi_device *asahi, unsigned int head,
				     unsigned int index)
{
	bool cursor = plane_types[index] == DRM_PLANE_TYPE_CURSOR;
	struct asahi_plane *aplane;
	int ret;

	aplane = drmm_universal_plane_alloc(&asahi->drm, struct asahi_plane, base, BIT(head),
					    &asahi_plane_funcs,
					    cursor ? cursor_formats : plane_formats,
					    cursor ? ARRAY_SIZE(cursor_formats) :
						     ARRAY_SIZE(plane_formats),
					    plane_modifiers, plane_types[index], NULL);
	if (IS_ERR(aplane))
		return ERR_CAST(aplane);

	aplane->index = index;
	drm_plane_helper_add(&aplane->base, &asahi_plane_helper_funcs);

	ret = plane_create_zpos(&aplane->base, index);
	if (ret)
		return ERR_PTR(ret);

	return &aplane->base;
}
