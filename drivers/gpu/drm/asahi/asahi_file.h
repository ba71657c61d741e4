/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_FILE_H_
#define _ASAHI_FILE_H_

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

struct asahi_gem_object;
struct asahi_queue;
struct asahi_timestamps;
struct asahi_vm;
struct drm_device;
struct drm_file;
struct drm_gem_object;
struct drm_printer;
struct file;
struct inode;

/**
 * struct asahi_usage - what a client has had of the GPU
 * @ref: holders: the file and its queues
 * @client_id: DRM's number of the file
 *
 * Outlives the file, as its jobs may.
 */
struct asahi_usage {
	struct kref ref;
	u64 client_id;
	/** @lock: protects what follows. */
	spinlock_t lock;
	/** @busy_ns: time that its jobs ran, those that have ended. */
	u64 busy_ns;
	/** @begun_ns: sum of the times at which those began that run now. */
	u64 begun_ns;
	/** @n_running: how many these are. */
	u64 n_running;
	/** @n_jobs: jobs that have ended. */
	u64 n_jobs;
	/** @n_failed: of these, with an error. */
	u64 n_failed;
};

struct asahi_usage *asahi_usage_get(struct asahi_usage *usage);
void asahi_usage_put(struct asahi_usage *usage);
u64 asahi_usage_begin(struct asahi_usage *usage);
void asahi_usage_cancel(struct asahi_usage *usage, u64 begun_ns);
void asahi_usage_end(struct asahi_usage *usage, u64 begun_ns, u64 duration_ns, bool failed);

/**
 * struct asahi_file - an open file
 * @vms: &struct asahi_vm by id
 * @queues: &struct asahi_queue by id
 * @timestamps: &struct asahi_timestamps by id
 * @usage: what it has had of the GPU; a reference
 *
 * What is in the arrays has a reference from there. Ids start at 1.
 */
struct asahi_file {
	/** @lock: protects the arrays: a look-up and taking a reference are one step. */
	struct mutex lock;
	struct xarray vms;
	struct xarray queues;
	struct xarray timestamps;
	/** @closing: queues without an id whose jobs run on; with a reference. Under @lock. */
	struct list_head closing;
	struct asahi_usage *usage;
};

int asahi_file_open(struct drm_device *drm, struct drm_file *file);
void asahi_file_postclose(struct drm_device *drm, struct drm_file *file);
int asahi_file_release(struct inode *inode, struct file *filp);
void asahi_file_show_fdinfo(struct drm_printer *p, struct drm_file *file);
bool asahi_file_has_root(struct drm_file *file, const struct drm_gem_object *root);
void asahi_file_close_object(struct drm_file *file, struct asahi_gem_object *bo);

struct asahi_vm *asahi_file_get_vm(struct drm_file *file, u32 id);
struct asahi_queue *asahi_file_get_queue(struct drm_file *file, u32 id);
struct asahi_timestamps *asahi_file_get_timestamps(struct drm_file *file, u32 id);

int asahi_file_add(struct drm_file *file, struct xarray *array, void *thing, u32 *id);
void asahi_file_close_queue(struct drm_file *file, struct asahi_queue *queue);
void *asahi_file_remove(struct drm_file *file, struct xarray *array, u32 id);

#endif
