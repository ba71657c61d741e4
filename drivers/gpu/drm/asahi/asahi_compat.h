/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that knows how kernels differ. The ASAHI_HAVE_* switches come
 * from the Makefile, which looks into the kernel's headers.
 */
#ifndef _ASAHI_COMPAT_H_
#define _ASAHI_COMPAT_H_

#include <linux/module.h>
#include <linux/workqueue.h>

#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_gpuvm.h>
#include <drm/gpu_scheduler.h>

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

/* The console's operation that shows it again is told whether there may be a master; 6.12.117, too. */
#ifdef ASAHI_HAVE_RESTORE_FORCE
#define ASAHI_CLIENT_RESTORE_ARGS	struct drm_client_dev *client, bool force
#define asahi_client_restore(drm)	\
	drm_fb_helper_restore_fbdev_mode_unlocked((drm)->fb_helper, force)
#else
#define ASAHI_CLIENT_RESTORE_ARGS	struct drm_client_dev *client
#define asahi_client_restore(drm)	drm_fb_helper_lastclose(drm)
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

#endif
