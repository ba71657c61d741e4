// SPDX-License-Identifier: GPL-2.0
/*
 * Per-file state: address spaces, queues and timestamp objects by id.
 *
 * All of it goes with the file, however the process ends: queues first, so that
 * nothing of the client runs when its mappings go.
 */

#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "asahi_device.h"
#include "asahi_file.h"
#include "asahi_gem.h"
#include "asahi_queue.h"
#include "asahi_timestamp.h"
#include "asahi_vm.h"

static void usage_release(struct kref *ref)
{
	kfree(container_of(ref, struct asahi_usage, ref));
}

/**
 * asahi_usage_get() - take a reference
 * @usage: counts
 *
 * Return: @usage.
 */
struct asahi_usage *asahi_usage_get(struct asahi_usage *usage)
{
	kref_get(&usage->ref);
	return usage;
}

/**
 * asahi_usage_put() - drop a reference
 * @usage: counts
 */
void asahi_usage_put(struct asahi_usage *usage)
{
	kref_put(&usage->ref, usage_release);
}

/**
 * asahi_usage_begin() - a job is about to run
 * @usage: of its client
 *
 * Return: when that was, for asahi_usage_end() or asahi_usage_cancel().
 */
u64 asahi_usage_begin(struct asahi_usage *usage)
{
	u64 now = ktime_get_ns();

	spin_lock(&usage->lock);
	usage->begun_ns += now;
	usage->n_running++;
	spin_unlock(&usage->lock);
	return now;
}

static void usage_leave(struct asahi_usage *usage, u64 begun_ns)
{
	lockdep_assert_held(&usage->lock);

	usage->begun_ns -= begun_ns;
	usage->n_running--;
}

/**
 * asahi_usage_cancel() - it did not run after all
 * @usage: of its client
 * @begun_ns: what asahi_usage_begin() said
 */
void asahi_usage_cancel(struct asahi_usage *usage, u64 begun_ns)
{
	spin_lock(&usage->lock);
	usage_leave(usage, begun_ns);
	spin_unlock(&usage->lock);
}

/**
 * asahi_usage_end() - a job has ended
 * @usage: of its client
 * @begun_ns: what asahi_usage_begin() said
 * @duration_ns: how long the GPU says that it ran; 0 if it has not said
 * @failed: it ended with an error
 */
void asahi_usage_end(struct asahi_usage *usage, u64 begun_ns, u64 duration_ns, bool failed)
{
	u64 elapsed_ns = ktime_get_ns() - begun_ns;

	spin_lock(&usage->lock);
	usage_leave(usage, begun_ns);
	usage->busy_ns += min(duration_ns ?: elapsed_ns, elapsed_ns);
	usage->n_jobs++;
	usage->n_failed += failed;
	spin_unlock(&usage->lock);
}

static void usage_show(struct drm_printer *p, struct asahi_usage *usage)
{
	u64 busy_ns, n_jobs, n_failed;

	/* A job that runs for long counts while it does. */
	spin_lock(&usage->lock);
	busy_ns = usage->busy_ns + usage->n_running * ktime_get_ns() - usage->begun_ns;
	n_jobs = usage->n_jobs;
	n_failed = usage->n_failed;
	spin_unlock(&usage->lock);

	drm_printf(p, "drm-engine-gpu:\t%llu ns\n", busy_ns);
	drm_printf(p, "asahi-jobs:\t%llu\n", n_jobs);
	drm_printf(p, "asahi-jobs-failed:\t%llu\n", n_failed);
}

/**
 * asahi_file_open() - &drm_driver.open
 * @drm: the device
 * @file: new
 *
 * Return: 0 or -ENOMEM.
 */
int asahi_file_open(struct drm_device *drm, struct drm_file *file)
{
	struct asahi_file *af;

	af = kzalloc(sizeof(*af), GFP_KERNEL);
	if (!af)
		return -ENOMEM;
	af->usage = kzalloc(sizeof(*af->usage), GFP_KERNEL);
	if (!af->usage) {
		kfree(af);
		return -ENOMEM;
	}

	kref_init(&af->usage->ref);
	af->usage->client_id = file->client_id;
	spin_lock_init(&af->usage->lock);
	mutex_init(&af->lock);
	INIT_LIST_HEAD(&af->closing);
	xa_init_flags(&af->vms, XA_FLAGS_ALLOC1);
	xa_init_flags(&af->queues, XA_FLAGS_ALLOC1);
	xa_init_flags(&af->timestamps, XA_FLAGS_ALLOC1);
	file->driver_priv = af;
	return 0;
}

static void file_stop_queues(struct asahi_file *af)
{
	struct asahi_queue *queue, *next;
	unsigned long id;

	xa_for_each(&af->queues, id, queue) {
		xa_erase(&af->queues, id);
		list_add_tail(&queue->closing, &af->closing);
	}
	list_for_each_entry_safe(queue, next, &af->closing, closing) {
		list_del(&queue->closing);
		asahi_queue_kill(queue);
		asahi_queue_put(queue);
	}
}

/* Nobody uses the file any more. */
static void file_stop(struct asahi_file *af)
{
	struct asahi_timestamps *ts;
	struct asahi_vm *vm;
	unsigned long id;

	file_stop_queues(af);
	xa_for_each(&af->timestamps, id, ts) {
		xa_erase(&af->timestamps, id);
		asahi_timestamps_put(ts);
	}
	xa_for_each(&af->vms, id, vm) {
		xa_erase(&af->vms, id);
		asahi_vm_close(vm);
		asahi_vm_put(vm);
	}
}

/**
 * asahi_file_release() - &file_operations.release
 * @inode: of the device file
 * @filp: closed by its last user
 *
 * DRM drops the handles before it asks the driver. By then nothing must run any more that the
 * memory behind the handles is for.
 *
 * Return: 0.
 */
int asahi_file_release(struct inode *inode, struct file *filp)
{
	struct drm_file *file = filp->private_data;

	file_stop(file->driver_priv);
	return drm_release(inode, filp);
}

/**
 * asahi_file_postclose() - &drm_driver.postclose
 * @drm: the device
 * @file: on its way out, perhaps never used
 */
void asahi_file_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct asahi_file *af = file->driver_priv;

	file_stop(af);
	xa_destroy(&af->timestamps);
	xa_destroy(&af->queues);
	xa_destroy(&af->vms);
	mutex_destroy(&af->lock);
	asahi_usage_put(af->usage);
	kfree(af);
}

/**
 * asahi_file_show_fdinfo() - &drm_driver.show_fdinfo
 * @p: where to
 * @file: the file
 */
void asahi_file_show_fdinfo(struct drm_printer *p, struct drm_file *file)
{
	struct asahi_file *af = file->driver_priv;

	if (to_asahi_device(file->minor->dev)->gpu)
		usage_show(p, af->usage);
	drm_show_memory_stats(p, file);
}

/**
 * asahi_file_has_root() - does an address space belong to a file?
 * @file: the file
 * @root: what private objects of the address space have their reservation from
 *
 * Return: true if so.
 */
bool asahi_file_has_root(struct drm_file *file, const struct drm_gem_object *root)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_vm *vm;
	bool found = false;
	unsigned long id;

	mutex_lock(&af->lock);
	xa_for_each(&af->vms, id, vm)
		found |= drm_gpuvm_resv_obj(&vm->base) == root;
	mutex_unlock(&af->lock);

	return found;
}

/**
 * asahi_file_close_object() - a handle of an object was closed
 * @file: where it was
 * @bo: what it named; its mappings in all address spaces of the file go
 */
void asahi_file_close_object(struct drm_file *file, struct asahi_gem_object *bo)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_vm *vm;
	unsigned long id;

	mutex_lock(&af->lock);
	xa_for_each(&af->vms, id, vm)
		asahi_vm_unmap_object(vm, bo);
	mutex_unlock(&af->lock);
}

/**
 * asahi_file_get_vm() - find an address space
 * @file: whose
 * @id: from VM_CREATE
 *
 * Return: a reference, or NULL.
 */
struct asahi_vm *asahi_file_get_vm(struct drm_file *file, u32 id)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_vm *vm;

	mutex_lock(&af->lock);
	vm = xa_load(&af->vms, id);
	if (vm)
		asahi_vm_get(vm);
	mutex_unlock(&af->lock);

	return vm;
}

/**
 * asahi_file_get_queue() - find a queue
 * @file: whose
 * @id: from QUEUE_CREATE
 *
 * Return: a reference, or NULL.
 */
struct asahi_queue *asahi_file_get_queue(struct drm_file *file, u32 id)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_queue *queue;

	mutex_lock(&af->lock);
	queue = xa_load(&af->queues, id);
	if (queue)
		asahi_queue_get(queue);
	mutex_unlock(&af->lock);

	return queue;
}

/**
 * asahi_file_get_timestamps() - find a timestamp object
 * @file: whose
 * @id: from GEM_BIND_OBJECT
 *
 * Return: a reference, or NULL.
 */
struct asahi_timestamps *asahi_file_get_timestamps(struct drm_file *file, u32 id)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_timestamps *ts;

	mutex_lock(&af->lock);
	ts = xa_load(&af->timestamps, id);
	if (ts)
		asahi_timestamps_get(ts);
	mutex_unlock(&af->lock);

	return ts;
}

/**
 * asahi_file_close_queue() - let a queue run out
 * @file: whose
 * @queue: without an id; the reference is the file's from now on
 *
 * If the file is closed before its jobs have ended they are cancelled.
 */
void asahi_file_close_queue(struct drm_file *file, struct asahi_queue *queue)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_queue *next;

	mutex_lock(&af->lock);
	list_add_tail(&queue->closing, &af->closing);
	list_for_each_entry_safe(queue, next, &af->closing, closing) {
		if (asahi_queue_is_idle(queue)) {
			list_del(&queue->closing);
			asahi_queue_put(queue);
		}
	}
	mutex_unlock(&af->lock);
}

/**
 * asahi_file_add() - give something an id
 * @file: whose it will be
 * @array: of the &struct asahi_file
 * @thing: its reference goes to the array
 * @id: set to the id, at least 1
 *
 * Return: 0, -EBUSY if all ids are used, -ENOMEM.
 */
int asahi_file_add(struct drm_file *file, struct xarray *array, void *thing, u32 *id)
{
	struct asahi_file *af = file->driver_priv;
	int ret;

	mutex_lock(&af->lock);
	ret = xa_alloc(array, id, thing, xa_limit_32b, GFP_KERNEL_ACCOUNT);
	mutex_unlock(&af->lock);

	return ret;
}

/**
 * asahi_file_remove() - take an id away
 * @file: whose
 * @array: of the &struct asahi_file
 * @id: what user space calls it
 *
 * Return: what had the id, with the array's reference; NULL if there was nothing.
 */
void *asahi_file_remove(struct drm_file *file, struct xarray *array, u32 id)
{
	struct asahi_file *af = file->driver_priv;
	void *thing;

	mutex_lock(&af->lock);
	thing = xa_erase(array, id);
	mutex_unlock(&af->lock);

	return thing;
}
