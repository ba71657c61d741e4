/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that knows how kernels differ. The ASAHI_HAVE_* switches come
 * from the Makefile, which looks into the kernel's headers.
 */
#ifndef _ASAHI_COMPAT_H_
#define _ASAHI_COMPAT_H_

#include <linux/module.h>
#include <linux/workqueue.h>

#include <drm/drm_client.h>
#include <drm/drm_file.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_gem.h>
#include <drm/drm_gpuvm.h>
#include <drm/drm_plane.h>
#include <drm/drm_modeset_helper.h>
#include <drm/gpu_scheduler.h>
#ifdef ASAHI_HAVE_PANIC
#include <drm/drm_panic.h>
#endif

#ifdef ASAHI_HAVE_CLIENTS_DIR
#include <drm/clients/drm_client_setup.h>
#else
#include <drm/drm_client_setup.h>
#endif

/* What a commit changes is named after the commit now, no longer after the state. */
#ifdef ASAHI_HAVE_ATOMIC_COMMIT
#define drm_atomic_state		drm_atomic_commit
#endif

/* Newer kernels have dropped it; older ones hand it to user space, which wants it non-empty. */
#ifdef ASAHI_HAVE_DRM_DATE
#define ASAHI_DRM_DRIVER_DATE		.date = "20260101",
#else
#define ASAHI_DRM_DRIVER_DATE
#endif

/* Symbol namespaces became strings. */
#ifdef ASAHI_HAVE_BARE_NS
#define ASAHI_IMPORT_NS(ns)		MODULE_IMPORT_NS(ns)
#else
#define ASAHI_IMPORT_NS(ns)		MODULE_IMPORT_NS(#ns)
#endif

/* Once there was a feature for what is now there for all. */
#ifdef ASAHI_HAVE_GEM_GPUVA
#define ASAHI_DRIVER_GEM_GPUVA		DRIVER_GEM_GPUVA
#else
#define ASAHI_DRIVER_GEM_GPUVA		0
#endif

/* The lock of an object's list of address spaces has moved into the object. */
#ifdef ASAHI_HAVE_GPUVA_SET_LOCK
#define asahi_gem_gpuva_lock(bo)	(&(bo)->gpuva_lock)
#else
#define asahi_gem_gpuva_lock(bo)	(&(bo)->base.gpuva.lock)
#endif

static inline void asahi_gem_gpuva_set_lock(struct drm_gem_object *obj, struct mutex *lock)
{
#ifdef ASAHI_HAVE_GPUVA_SET_LOCK
	drm_gem_gpuva_set_lock(obj, lock);
#endif
}

/* Newer kernels tell the console's client whether to show it although there is a master. */
#ifdef ASAHI_HAVE_RESTORE_FORCE
#define ASAHI_CLIENT_RESTORE_ARGS	struct drm_client_dev *client, bool force
#define asahi_client_restore(drm)	\
	drm_fb_helper_restore_fbdev_mode_unlocked((drm)->fb_helper, force)
#else
#define ASAHI_CLIENT_RESTORE_ARGS	struct drm_client_dev *client
#define asahi_client_restore(drm)	drm_fb_helper_lastclose(drm)
#endif

/* The caller holds asahi_gem_gpuva_lock(). */
static inline struct drm_gpuvm_bo *asahi_gpuvm_bo_obtain(struct drm_gpuvm *gpuvm,
							 struct drm_gem_object *obj)
{
#ifdef ASAHI_HAVE_BO_OBTAIN_LOCKED
	return drm_gpuvm_bo_obtain_locked(gpuvm, obj);
#else
	return drm_gpuvm_bo_obtain(gpuvm, obj);
#endif
}

/* These take the object's reservation themselves, under whichever name. */
static inline int asahi_compat_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
#ifdef ASAHI_HAVE_VMAP_UNLOCKED
	return drm_gem_vmap_unlocked(obj, map);
#else
	return drm_gem_vmap(obj, map);
#endif
}

static inline void asahi_compat_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
#ifdef ASAHI_HAVE_VMAP_UNLOCKED
	drm_gem_vunmap_unlocked(obj, map);
#else
	drm_gem_vunmap(obj, map);
#endif
}

/* Newer kernels have looked the format up when they ask for a framebuffer. */
#ifdef ASAHI_HAVE_FB_CREATE_INFO
#define ASAHI_FB_CREATE_ARGS	struct drm_device *drm, struct drm_file *file, \
				const struct drm_format_info *found, \
				const struct drm_mode_fb_cmd2 *cmd
#else
#define ASAHI_FB_CREATE_ARGS	struct drm_device *drm, struct drm_file *file, \
				const struct drm_mode_fb_cmd2 *cmd
#endif

static inline const struct drm_format_info *
asahi_format_info(struct drm_device *drm, const struct drm_mode_fb_cmd2 *cmd)
{
#ifdef ASAHI_HAVE_FB_CREATE_INFO
	return drm_get_format_info(drm, cmd->pixel_format, cmd->modifier[0]);
#else
	return drm_get_format_info(drm, cmd);
#endif
}

static inline void asahi_fill_fb(struct drm_device *drm, struct drm_framebuffer *fb,
				 const struct drm_format_info *info,
				 const struct drm_mode_fb_cmd2 *cmd)
{
#ifdef ASAHI_HAVE_FB_CREATE_INFO
	drm_helper_mode_fill_fb_struct(drm, fb, info, cmd);
#else
	drm_helper_mode_fill_fb_struct(drm, fb, cmd);
#endif
}

/* Newer kernels say whether it is a flip that is to happen at once. */
#ifdef ASAHI_HAVE_ASYNC_FLIP_ARG
#define ASAHI_ASYNC_CHECK_ARGS	struct drm_plane *plane, struct drm_atomic_state *state, bool flip
#else
#define ASAHI_ASYNC_CHECK_ARGS	struct drm_plane *plane, struct drm_atomic_state *state
#endif

/* The console's buffer */
static inline struct drm_client_buffer *
asahi_client_buffer_create(struct drm_client_dev *client, u32 width, u32 height, u32 format)
{
#ifdef ASAHI_HAVE_CLIENT_DUMB
	return drm_client_buffer_create_dumb(client, width, height, format);
#else
	return drm_client_framebuffer_create(client, width, height, format);
#endif
}

static inline void asahi_client_buffer_delete(struct drm_client_buffer *buffer)
{
#ifdef ASAHI_HAVE_CLIENT_DUMB
	drm_client_buffer_delete(buffer);
#else
	drm_client_framebuffer_delete(buffer);
#endif
}

#ifdef ASAHI_HAVE_FB_DEBUG
#define ASAHI_FB_DEBUG_OPS	.fb_debug_enter = drm_fb_helper_debug_enter,	\
				.fb_debug_leave = drm_fb_helper_debug_leave,
#else
#define ASAHI_FB_DEBUG_OPS
#endif

static inline int asahi_gpuvm_sm_map(struct drm_gpuvm *gpuvm, void *priv, u64 addr, u64 range,
				     struct drm_gem_object *obj, u64 offset)
{
#ifdef ASAHI_HAVE_GPUVM_MAP_REQ
	struct drm_gpuvm_map_req req = {
		.map.va.addr = addr,
		.map.va.range = range,
		.map.gem.obj = obj,
		.map.gem.offset = offset,
	};

	return drm_gpuvm_sm_map(gpuvm, priv, &req);
#else
	return drm_gpuvm_sm_map(gpuvm, priv, addr, range, obj, offset);
#endif
}

/* Flips at once are offered only where a plane can say in which formats it has them. */
#ifdef ASAHI_HAVE_ASYNC_FORMATS
#define ASAHI_ASYNC_FLIPS		true
#define ASAHI_ASYNC_FORMATS_OP \
	.format_mod_supported_async = asahi_plane_format_mod_supported,
#else
#define ASAHI_ASYNC_FLIPS		false
#define ASAHI_ASYNC_FORMATS_OP
#endif

/* Which cursors to take, of all that are possible up to @max. */
static inline int asahi_plane_add_size_hints(struct drm_plane *plane, u16 max)
{
#ifdef ASAHI_HAVE_SIZE_HINTS
	struct drm_plane_size_hint hints[4];
	int n = 0;
	u16 size;

	for (size = 64; size <= max && n < ARRAY_SIZE(hints); size *= 2, n++) {
		hints[n].width = size;
		hints[n].height = size;
	}

	return drm_plane_add_size_hints_property(plane, hints, n);
#else
	return 0;
#endif
}

/* One job at a time, and no timeout: the hardware has a watchdog of its own. */
static inline int asahi_sched_init(struct drm_gpu_scheduler *sched,
				   const struct drm_sched_backend_ops *ops,
				   struct workqueue_struct *wq, const char *name,
				   struct device *dev)
{
#ifdef ASAHI_HAVE_SCHED_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
		.submit_wq = wq,
		.num_rqs = 1,
		.credit_limit = 1,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = name,
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, wq, 1, 1, 0, MAX_SCHEDULE_TIMEOUT, NULL, NULL, name, dev);
#endif
}

static inline int asahi_sched_job_init(struct drm_sched_job *job, struct drm_sched_entity *entity,
				       struct drm_file *file)
{
#ifdef ASAHI_HAVE_SCHED_CLIENT_ID
	return drm_sched_job_init(job, entity, 1, NULL, file->client_id);
#else
	return drm_sched_job_init(job, entity, 1, NULL);
#endif
}

#ifdef ASAHI_HAVE_PANIC
/* Where there is no place for it the map takes it: nobody looks at that beside a set_pixel(). */
static inline void asahi_panic_set_private(struct drm_scanout_buffer *sb, void *private)
{
#ifdef ASAHI_HAVE_PANIC_PRIVATE
	sb->private = private;
#else
	iosys_map_set_vaddr(&sb->map[0], private);
#endif
}

static inline void *asahi_panic_get_private(const struct drm_scanout_buffer *sb)
{
#ifdef ASAHI_HAVE_PANIC_PRIVATE
	return sb->private;
#else
	return sb->map[0].vaddr;
#endif
}
#endif

#endif
