// SPDX-License-Identifier: GPL-2.0
/*
 * The last words of a dying kernel, over what a primary plane shows.
 *
 * By then nothing can be locked, allocated, mapped or sent to the coprocessor.
 * It need not: the engine fetches each frame anew, so that it is enough to write
 * into the framebuffer's memory, which the kernel always has in its linear map.
 * That memory is contiguous within a page alone, hence pixel by pixel. Planes
 * above the primary one stay where they are.
 */

#include <linux/dma-mapping.h>
#include <linux/mm.h>

#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_panic.h>
#include <drm/drm_plane.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_panic.h"

/* The object that a state shows; NULL if that is nothing of ours, or no place for text. */
static struct asahi_gem_object *panic_object(const struct drm_plane_state *state)
{
	const struct drm_framebuffer *fb = state ? state->fb : NULL;
	struct asahi_gem_object *bo;

	if (!fb || !state->visible || fb->format->num_planes != 1 || fb->format->is_yuv)
		return NULL;
	if (fb->format->cpp[0] != 2 && fb->format->cpp[0] != 4)
		return NULL;

	bo = to_asahi_gem(fb->obj[0]);
	return bo->backing.n_pages ? bo : NULL;
}

/* x and y count from the first pixel of the source rectangle. */
static void panic_set_pixel(struct drm_scanout_buffer *sb, unsigned int x, unsigned int y,
			    u32 color)
{
	const struct drm_plane_state *state = asahi_panic_get_private(sb);
	const struct drm_framebuffer *fb = state->fb;
	const struct asahi_backing *backing = &to_asahi_gem(fb->obj[0])->backing;
	unsigned int cpp = fb->format->cpp[0];
	u64 offset = fb->offsets[0] + (u64)((state->src.y1 >> 16) + y) * fb->pitches[0] +
		     (u64)((state->src.x1 >> 16) + x) * cpp;
	u64 index = offset >> PAGE_SHIFT;
	void *at;

	if (x >= sb->width || y >= sb->height || index >= backing->n_pages)
		return;

	at = page_address(backing->pages[index]) + offset_in_page(offset);
	if (cpp == 2)
		*(__le16 *)at = cpu_to_le16(color);
	else
		*(__le32 *)at = cpu_to_le32(color);
}

/**
 * asahi_panic_get_scanout_buffer() - tell the panic screen where it can draw
 * @plane: a primary plane
 * @sb: filled in: what the head shows of the plane's framebuffer
 *
 * Context: any, with the panic lock of the device held: the plane's state and its framebuffer stay.
 * Return: 0, or -ENODEV if the plane shows nothing, or nothing that can be drawn in.
 */
int asahi_panic_get_scanout_buffer(struct drm_plane *plane, struct drm_scanout_buffer *sb)
{
	struct drm_plane_state *state = plane->state;

	if (!panic_object(state))
		return -ENODEV;

	sb->format = state->fb->format;
	sb->width = (state->src.x2 >> 16) - (state->src.x1 >> 16);
	sb->height = (state->src.y2 >> 16) - (state->src.y1 >> 16);
	sb->pitch[0] = state->fb->pitches[0];
	sb->set_pixel = panic_set_pixel;
	asahi_panic_set_private(sb, state);

	return 0;
}

/**
 * asahi_panic_flush() - what was drawn has to reach the memory
 * @plane: a primary plane whose buffer was given to the panic screen
 *
 * Context: as asahi_panic_get_scanout_buffer().
 */
void asahi_panic_flush(struct drm_plane *plane)
{
	struct asahi_gem_object *bo = panic_object(plane->state);
	struct sg_table *sgt = bo ? READ_ONCE(bo->sgt) : NULL;

	if (sgt && !to_asahi_device(plane->dev)->coherent)
		dma_sync_sgtable_for_device(plane->dev->dev, sgt, DMA_TO_DEVICE);
}
