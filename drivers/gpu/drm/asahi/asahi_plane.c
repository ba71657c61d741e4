// SPDX-License-Identifier: GPL-2.0
/* Planes: primary, overlays and cursor of a head. */

#include <linux/bitfield.h>

#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_blend.h>
#include <drm/drm_color_mgmt.h>
#include <drm/drm_damage_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem_atomic_helper.h>
#include <drm/drm_print.h>

#include <kunit/visibility.h>

#include "asahi_compat.h"
#include "asahi_coproc_regs.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_kms.h"
#include "asahi_panic.h"

/* Limits of the engine, in pixels but the second. */
#define PLANE_MAX_POSITION	16384
#define PLANE_MAX_SHRINK	16
#define PLANE_MAX_TURNED	4096

/* Between two moves that are sent: a frame shows one of them. */
#define PLANE_MOVE_MS		4

struct asahi_plane {
	struct drm_plane base;
	/** @index: in commands to the coprocessor. */
	unsigned int index;

	/** @move: the newest change that nobody waits for; of cursors alone. */
	struct {
		/** @move.lock: protects all but @move.work. */
		spinlock_t lock;
		/** @move.waiting: it has not been sent yet. */
		bool waiting;
		/** @move.head: index. */
		unsigned int head;
		/** @move.config: what is to be sent. */
		struct asahi_plane_config config;
		/** @move.next: when it may be sent, in jiffies. */
		unsigned long next;
		/** @move.work: sends it; until it does, newer ones replace each other. */
		struct delayed_work work;
	} move;
};

static struct asahi_plane *to_asahi_plane(struct drm_plane *plane)
{
	return container_of(plane, struct asahi_plane, base);
}

static const enum drm_plane_type plane_types[ASAHI_NR_PLANES] = {
	DRM_PLANE_TYPE_PRIMARY,
	DRM_PLANE_TYPE_OVERLAY,
	DRM_PLANE_TYPE_OVERLAY,
	DRM_PLANE_TYPE_OVERLAY,
	DRM_PLANE_TYPE_CURSOR,
};

static const u32 plane_formats[] = {
	DRM_FORMAT_XRGB8888,
	DRM_FORMAT_ARGB8888,
	DRM_FORMAT_XBGR8888,
	DRM_FORMAT_ABGR8888,
	DRM_FORMAT_RGB565,
	DRM_FORMAT_ARGB1555,
	DRM_FORMAT_XRGB2101010,
	DRM_FORMAT_ARGB2101010,
	DRM_FORMAT_XBGR2101010,
	DRM_FORMAT_ABGR2101010,
	DRM_FORMAT_NV12,
	DRM_FORMAT_YUYV,
	DRM_FORMAT_P010,
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
	return to_asahi_plane(plane)->index;
}

/* DRM's rotation as the hardware has it; both reflect first and then turn counter-clockwise. */
VISIBLE_IF_KUNIT u8 asahi_plane_transform(unsigned int rotation)
{
	u8 turns = ilog2(rotation & DRM_MODE_ROTATE_MASK);

	return FIELD_PREP(COPROC_TRANSFORM_TURNS, turns) |
	       (rotation & DRM_MODE_REFLECT_X ? COPROC_TRANSFORM_REFLECT_X : 0) |
	       (rotation & DRM_MODE_REFLECT_Y ? COPROC_TRANSFORM_REFLECT_Y : 0);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_plane_transform);

static u8 plane_blend(const struct drm_plane_state *state)
{
	switch (state->pixel_blend_mode) {
	case DRM_MODE_BLEND_COVERAGE:
		return COPROC_BLEND_COVERAGE;
	case DRM_MODE_BLEND_PIXEL_NONE:
		return COPROC_BLEND_NONE;
	default:
		return COPROC_BLEND_PREMULTIPLIED;
	}
}

static u8 plane_encoding(const struct drm_plane_state *state)
{
	switch (state->color_encoding) {
	case DRM_COLOR_YCBCR_BT709:
		return COPROC_ENCODING_BT709;
	case DRM_COLOR_YCBCR_BT2020:
		return COPROC_ENCODING_BT2020;
	default:
		return COPROC_ENCODING_BT601;
	}
}

/* All but the addresses, of a plane that has a framebuffer. */
static void plane_fill_config(const struct drm_plane_state *state,
			      struct asahi_plane_config *config)
{
	const struct drm_format_info *info = state->fb->format;

	memset(config, 0, sizeof(*config));
	config->enable = true;
	config->format = info->format;
	config->pitch = state->fb->pitches[0];
	/* The hardware clips, and samples whole pixels: what is used in part is used. */
	config->width = DIV_ROUND_UP(state->src_x + state->src_w, 1 << 16) - (state->src_x >> 16);
	config->height = DIV_ROUND_UP(state->src_y + state->src_h, 1 << 16) - (state->src_y >> 16);
	config->x = state->crtc_x;
	config->y = state->crtc_y;
	config->dst_width = state->crtc_w;
	config->dst_height = state->crtc_h;
	config->zpos = state->normalized_zpos;
	config->alpha = state->alpha;
	config->blend = plane_blend(state);
	config->transform = asahi_plane_transform(state->rotation);
	if (state->scaling_filter == DRM_SCALING_FILTER_NEAREST_NEIGHBOR)
		config->filter = COPROC_FILTER_NEAREST;
	if (info->num_planes > 1)
		config->pitch2 = state->fb->pitches[1];
	if (info->is_yuv) {
		config->encoding = plane_encoding(state);
		if (state->color_range == DRM_COLOR_YCBCR_FULL_RANGE)
			config->range = COPROC_RANGE_FULL;
	}
}

static int plane_check_position(const struct asahi_kms *kms, const struct drm_plane_state *state)
{
	if (state->crtc_w > kms->limits.max_width || state->crtc_h > kms->limits.max_height ||
	    abs(state->crtc_x) > PLANE_MAX_POSITION || abs(state->crtc_y) > PLANE_MAX_POSITION)
		return -ERANGE;

	return 0;
}

/* What the engine would refuse, @state being one that fits the screen and the framebuffer. */
static int plane_check_source(const struct asahi_kms *kms, const struct drm_plane *plane,
			      const struct drm_plane_state *state)
{
	const struct drm_format_info *info = state->fb->format;
	bool turned = drm_rotation_90_or_270(state->rotation);
	struct asahi_plane_config config;
	unsigned int width, height;

	plane_fill_config(state, &config);
	width = turned ? config.height : config.width;
	height = turned ? config.width : config.height;

	/* Whole pixels are sampled, of which there must be one. */
	if (state->src_w < 1 << 16 || state->src_h < 1 << 16)
		return -ERANGE;
	if (width > config.dst_width * PLANE_MAX_SHRINK ||
	    height > config.dst_height * PLANE_MAX_SHRINK)
		return -ERANGE;
	if (turned && (info->is_yuv || width > PLANE_MAX_TURNED || height > PLANE_MAX_TURNED))
		return -EINVAL;
	/* Samples of colour are shared between pixels, and the source begins with a whole one. */
	if ((state->src_x >> 16) % info->hsub || (state->src_y >> 16) % info->vsub)
		return -EINVAL;
	if (plane->type == DRM_PLANE_TYPE_CURSOR &&
	    (width > kms->limits.cursor_max || height > kms->limits.cursor_max))
		return -EINVAL;

	return 0;
}

static int asahi_plane_atomic_check(struct drm_plane *plane, struct drm_atomic_state *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	const struct asahi_kms *kms = to_asahi_device(plane->dev)->kms;
	bool cursor = plane->type == DRM_PLANE_TYPE_CURSOR;
	struct drm_crtc_state *crtc_state;
	int ret;

	if (!new->crtc) {
		new->visible = false;
		return 0;
	}

	crtc_state = drm_atomic_get_new_crtc_state(state, new->crtc);
	if (WARN_ON(!crtc_state))
		return -EINVAL;

	/* Enlarging has no limit but sizes of source and screen; of nothing it is impossible. */
	ret = drm_atomic_helper_check_plane_state(new, crtc_state,
						  cursor ? DRM_PLANE_NO_SCALING : 1,
						  cursor ? DRM_PLANE_NO_SCALING :
							   PLANE_MAX_SHRINK << 16,
						  true, true);
	if (ret || !new->visible)
		return ret;

	ret = plane_check_position(kms, new);
	if (!ret)
		ret = plane_check_source(kms, plane, new);

	return ret;
}

/* Where a plane of the framebuffer has the first pixel of the source; 0: nowhere any more. */
static u64 plane_iova(const struct drm_plane_state *state, unsigned int plane)
{
	const struct drm_framebuffer *fb = state->fb;
	const struct drm_format_info *info = fb->format;
	u64 iova = asahi_gem_iova(to_asahi_gem(fb->obj[plane]));
	u32 x = state->src_x >> 16, y = state->src_y >> 16;

	if (!iova)
		return 0;
	if (plane) {
		x /= info->hsub;
		y /= info->vsub;
	}

	return iova + fb->offsets[plane] + (u64)y * fb->pitches[plane] +
	       (u64)x * info->cpp[plane];
}

/**
 * asahi_plane_get_config() - what a checked state asks of the hardware
 * @state: of the plane; its framebuffer is held, and so mapped
 * @config: filled in
 */
void asahi_plane_get_config(const struct drm_plane_state *state, struct asahi_plane_config *config)
{
	const struct drm_framebuffer *fb = state->fb;

	memset(config, 0, sizeof(*config));
	if (!state->visible || !fb)
		return;

	plane_fill_config(state, config);
	config->iova = plane_iova(state, 0);
	if (fb->format->num_planes > 1)
		config->iova2 = plane_iova(state, 1);
	/* Off only if the hardware has gone, and then nobody will look. */
	config->enable = config->iova && (fb->format->num_planes == 1 || config->iova2);
}

/* What plane_take_state() does not take over. */
static bool plane_looks_same(const struct drm_plane_state *a, const struct drm_plane_state *b)
{
	return a->alpha == b->alpha && a->pixel_blend_mode == b->pixel_blend_mode &&
	       a->rotation == b->rotation && a->scaling_filter == b->scaling_filter;
}

static int asahi_plane_atomic_async_check(ASAHI_ASYNC_CHECK_ARGS)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	struct drm_crtc_state *crtc_state = drm_atomic_get_new_crtc_state(state, new->crtc);

	if (plane->type != DRM_PLANE_TYPE_CURSOR || !crtc_state || !crtc_state->active)
		return -EINVAL;

	/* The order of planes takes effect with a vblank, as the other planes take part in it. */
	if (new->normalized_zpos != plane->state->normalized_zpos)
		return -EINVAL;

	return plane_looks_same(new, plane->state) ? 0 : -EINVAL;
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

/* Returns when it is in effect, so what was shown before may go. */
static void plane_send(struct asahi_plane *aplane, unsigned int head,
		       const struct asahi_plane_config *config)
{
	struct asahi_coproc *cp = to_asahi_device(aplane->base.dev)->coproc;
	struct asahi_head_commit commit = {
		.seq = asahi_coproc_next_seq(cp),
		.head = head,
		.async = true,
		.plane_mask = BIT(aplane->index),
	};

	commit.plane[aplane->index] = *config;
	if (!asahi_coproc_submit(cp, &commit))
		asahi_coproc_wait(cp, commit.seq);
}

static bool plane_take_move(struct asahi_plane *aplane, unsigned int *head,
			    struct asahi_plane_config *config)
{
	bool waiting;

	spin_lock(&aplane->move.lock);
	waiting = aplane->move.waiting;
	aplane->move.waiting = false;
	*head = aplane->move.head;
	*config = aplane->move.config;
	aplane->move.next = jiffies + msecs_to_jiffies(PLANE_MOVE_MS);
	spin_unlock(&aplane->move.lock);

	return waiting;
}

static void plane_move_work(struct work_struct *work)
{
	struct asahi_plane *aplane = container_of(work, struct asahi_plane, move.work.work);
	struct asahi_plane_config config;
	unsigned int head;

	if (plane_take_move(aplane, &head, &config))
		plane_send(aplane, head, &config);
}

static void plane_move(struct asahi_plane *aplane, unsigned int head,
		       const struct asahi_plane_config *config)
{
	unsigned long delay = 0, now = jiffies;

	spin_lock(&aplane->move.lock);
	aplane->move.waiting = true;
	aplane->move.head = head;
	aplane->move.config = *config;
	if (time_before(now, aplane->move.next))
		delay = aplane->move.next - now;
	spin_unlock(&aplane->move.lock);

	queue_delayed_work(system_highpri_wq, &aplane->move.work, delay);
}

/**
 * asahi_plane_moving() - would asahi_plane_forget_move() have to wait?
 * @plane: the plane, locked
 *
 * Return: true if so.
 */
bool asahi_plane_moving(struct drm_plane *plane)
{
	return work_busy(&to_asahi_plane(plane)->move.work.work) & WORK_BUSY_RUNNING;
}

/**
 * asahi_plane_forget_move() - what is sent next is newer
 * @plane: the plane
 *
 * When it returns, nothing of the plane is on its way.
 *
 * Context: may sleep.
 */
void asahi_plane_forget_move(struct drm_plane *plane)
{
	struct asahi_plane *aplane = to_asahi_plane(plane);

	spin_lock(&aplane->move.lock);
	aplane->move.waiting = false;
	spin_unlock(&aplane->move.lock);
	cancel_delayed_work_sync(&aplane->move.work);
}

/* Whether what is shown stays mapped when the old framebuffer goes; both have one plane. */
static bool plane_keeps_memory(const struct drm_plane_state *old,
			       const struct drm_plane_state *new)
{
	return old->fb && new->fb && old->fb->obj[0] == new->fb->obj[0];
}

/*
 * No vblank is waited for. The coprocessor's answer is, if the old buffer may
 * go at once; and if checksums are looked at, whose readers expect to find the
 * move in the next frame. Else a client moves a cursor as often as it likes and
 * pays for none but the last. (The legacy call makes a framebuffer each time.)
 */
static void asahi_plane_atomic_async_update(struct drm_plane *plane, struct drm_atomic_state *state)
{
	struct drm_plane_state *new = drm_atomic_get_new_plane_state(state, plane);
	bool lazy = plane_keeps_memory(plane->state, new) &&
		    !READ_ONCE(to_asahi_crtc(new->crtc)->crc_enabled);
	unsigned int head = drm_crtc_index(new->crtc);
	struct asahi_plane_config config;

	plane_take_state(plane, new);
	asahi_plane_get_config(plane->state, &config);

	if (lazy) {
		plane_move(to_asahi_plane(plane), head, &config);
		return;
	}

	asahi_plane_forget_move(plane);
	plane_send(to_asahi_plane(plane), head, &config);
}

static const struct drm_plane_helper_funcs asahi_plane_helper_funcs = {
	.atomic_check = asahi_plane_atomic_check,
	.atomic_async_check = asahi_plane_atomic_async_check,
	.atomic_async_update = asahi_plane_atomic_async_update,
};

static const struct drm_plane_helper_funcs asahi_primary_helper_funcs = {
	.atomic_check = asahi_plane_atomic_check,
	.atomic_async_check = asahi_plane_atomic_async_check,
	.atomic_async_update = asahi_plane_atomic_async_update,
	ASAHI_PANIC_PLANE_FUNCS
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
	ASAHI_ASYNC_FORMATS_OP
};

/* The cursor stays on top; the others can change places. */
static int plane_create_zpos(struct drm_plane *plane, unsigned int index)
{
	if (plane->type == DRM_PLANE_TYPE_CURSOR)
		return drm_plane_create_zpos_immutable_property(plane, index);

	return drm_plane_create_zpos_property(plane, index, 0, ASAHI_NR_PLANES - 2);
}

/* The defaults are what a client expects that knows none of this. */
static int plane_create_properties(struct drm_plane *plane, unsigned int index)
{
	int ret;

	ret = plane_create_zpos(plane, index);
	if (!ret)
		ret = drm_plane_create_rotation_property(plane, DRM_MODE_ROTATE_0,
							 DRM_MODE_ROTATE_MASK |
							 DRM_MODE_REFLECT_MASK);
	if (ret)
		return ret;
	/* Clients take a plane with alpha for one that covers the screen. */
	if (plane->type == DRM_PLANE_TYPE_CURSOR)
		return asahi_plane_add_size_hints(plane, plane->dev->mode_config.cursor_width);

	ret = drm_plane_create_alpha_property(plane);
	if (!ret)
		ret = drm_plane_create_blend_mode_property(plane, BIT(DRM_MODE_BLEND_PREMULTI) |
							   BIT(DRM_MODE_BLEND_COVERAGE) |
							   BIT(DRM_MODE_BLEND_PIXEL_NONE));
	if (ret)
		return ret;

	ret = drm_plane_create_scaling_filter_property(plane, BIT(DRM_SCALING_FILTER_DEFAULT) |
						       BIT(DRM_SCALING_FILTER_NEAREST_NEIGHBOR));
	if (ret)
		return ret;

	return drm_plane_create_color_properties(plane, BIT(DRM_COLOR_YCBCR_BT601) |
						 BIT(DRM_COLOR_YCBCR_BT709) |
						 BIT(DRM_COLOR_YCBCR_BT2020),
						 BIT(DRM_COLOR_YCBCR_LIMITED_RANGE) |
						 BIT(DRM_COLOR_YCBCR_FULL_RANGE),
						 DRM_COLOR_YCBCR_BT601,
						 DRM_COLOR_YCBCR_LIMITED_RANGE);
}

/**
 * asahi_plane_create() - create a plane of a head
 * @asahi: the device
 * @head: index
 * @index: of the plane: 0 primary, last cursor, overlay between
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
	spin_lock_init(&aplane->move.lock);
	INIT_DELAYED_WORK(&aplane->move.work, plane_move_work);
	aplane->move.next = jiffies;
	drm_plane_helper_add(&aplane->base, index ? &asahi_plane_helper_funcs :
						    &asahi_primary_helper_funcs);

	ret = plane_create_properties(&aplane->base, index);
	if (ret)
		return ERR_PTR(ret);
	/* Every frame is fetched anew, so that hints may be ignored. */
	drm_plane_enable_fb_damage_clips(&aplane->base);

	return &aplane->base;
}
