/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_PANIC_H_
#define _ASAHI_PANIC_H_

struct drm_plane;
struct drm_scanout_buffer;

/* For the helper functions of primary planes. */
#ifdef ASAHI_HAVE_PANIC
#define ASAHI_PANIC_PLANE_FUNCS	.get_scanout_buffer = asahi_panic_get_scanout_buffer, \
				.panic_flush = asahi_panic_flush,
#else
#define ASAHI_PANIC_PLANE_FUNCS
#endif

int asahi_panic_get_scanout_buffer(struct drm_plane *plane, struct drm_scanout_buffer *sb);
void asahi_panic_flush(struct drm_plane *plane);

#endif
