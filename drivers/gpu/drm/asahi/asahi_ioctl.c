// SPDX-License-Identifier: GPL-2.0
/*
 * The entry points from user space but for SUBMIT: check the argument, look ids
 * up, call.
 *
 * A device without a GPU has none of them; it is a display, with dumb buffers.
 */

#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_vma_manager.h>

#include <drm/asahi_drm.h>

#include "asahi_device.h"
#include "asahi_file.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_ioctl.h"
#include "asahi_queue.h"
#include "asahi_timestamp.h"
#include "asahi_vm.h"

#define NSEC_CLOCK_HZ		1000000000

/* What user space's structures have room for; the GPU has no such limit. */
#define MAX_ATTACHMENTS		16

static void fill_params(struct asahi_device *asahi, struct drm_asahi_params_global *params)
{
	const struct asahi_gpu_info *info = asahi_gpu_get_info(asahi->gpu);

	*params = (struct drm_asahi_params_global){
		.features = DRM_ASAHI_FEATURE_SOFT_FAULTS,
		.gpu_generation = info->generation,
		.gpu_variant = info->variant,
		.gpu_revision = info->revision,
		.chip_id = info->chip_id,
		.num_dies = 1,
		.num_clusters_total = info->n_clusters,
		.num_cores_per_cluster = info->n_cores,
		.max_frequency_khz = info->max_frequency_khz,
		.core_masks = { info->core_mask },
		.vm_start = asahi->vms.layout.start,
		.vm_end = asahi->vms.layout.end,
		.vm_kernel_min_size = ASAHI_VM_KERNEL_MIN,
		.max_commands_per_submission = ASAHI_GPU_MAX_CMDS,
		.max_attachments = MAX_ATTACHMENTS,
		.command_timestamp_frequency_hz = NSEC_CLOCK_HZ,
	};
}

/**
 * asahi_ioctl_get_params() - DRM_IOCTL_ASAHI_GET_PARAMS
 * @drm: the device
 * @data: &struct drm_asahi_get_params
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU or if it is lost; -EINVAL for an unknown group; -EFAULT.
 */
int asahi_ioctl_get_params(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	struct drm_asahi_params_global params;
	struct drm_asahi_get_params *args = data;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->param_group || args->pad)
		return -EINVAL;
	if (asahi_gpu_lost(asahi->gpu))
		return -ENODEV;

	fill_params(asahi, &params);
	if (copy_to_user(u64_to_user_ptr(args->pointer), &params,
			 min_t(u64, args->size, sizeof(params))))
		return -EFAULT;

	return 0;
}

/**
 * asahi_ioctl_get_time() - DRM_IOCTL_ASAHI_GET_TIME
 * @drm: the device
 * @data: &struct drm_asahi_get_time
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU or if it is gone; -EINVAL for unknown flags.
 */
int asahi_ioctl_get_time(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	struct drm_asahi_get_time *args = data;
	int idx;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->flags)
		return -EINVAL;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	args->gpu_timestamp = asahi_gpu_clock(asahi->gpu);
	drm_dev_exit(idx);
	return args->gpu_timestamp == U64_MAX ? -ENODEV : 0;
}

/**
 * asahi_ioctl_vm_create() - DRM_IOCTL_ASAHI_VM_CREATE
 * @drm: the device
 * @data: &struct drm_asahi_vm_create
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU or if it is gone; -EINVAL for a kernel part that does not suit;
 * -ENOMEM, -EBUSY.
 */
int asahi_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	struct asahi_file *af = file->driver_priv;
	struct drm_asahi_vm_create *args = data;
	struct asahi_vm *vm;
	int idx, ret;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->pad)
		return -EINVAL;
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	vm = asahi_vm_create(asahi, args->kernel_start, args->kernel_end);
	drm_dev_exit(idx);
	if (IS_ERR(vm))
		return PTR_ERR(vm);

	ret = asahi_file_add(file, &af->vms, vm, &args->vm_id);
	if (ret)
		asahi_vm_put(vm);
	return ret;
}

/**
 * asahi_ioctl_vm_destroy() - DRM_IOCTL_ASAHI_VM_DESTROY
 * @drm: the device
 * @data: &struct drm_asahi_vm_destroy
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU; -EINVAL for padding; -ENOENT.
 */
int asahi_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_file *af = file->driver_priv;
	struct drm_asahi_vm_destroy *args = data;
	struct asahi_vm *vm;

	if (!to_asahi_device(drm)->gpu)
		return -ENODEV;
	if (args->pad)
		return -EINVAL;
	vm = asahi_file_remove(file, &af->vms, args->vm_id);
	if (!vm)
		return -ENOENT;

	asahi_vm_close(vm);
	asahi_vm_put(vm);
	return 0;
}

/**
 * asahi_ioctl_vm_bind() - DRM_IOCTL_ASAHI_VM_BIND
 * @drm: the device
 * @data: &struct drm_asahi_vm_bind
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU; -ENOENT; -EINVAL; as asahi_vm_bind().
 */
int asahi_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_asahi_vm_bind *args = data;
	struct asahi_vm *vm;
	int ret;

	if (!to_asahi_device(drm)->gpu)
		return -ENODEV;
	if (args->pad || !args->stride)
		return -EINVAL;
	vm = asahi_file_get_vm(file, args->vm_id);
	if (!vm)
		return -ENOENT;

	ret = asahi_vm_bind(vm, file, args->userptr, args->num_binds, args->stride);
	asahi_vm_put(vm);
	return ret;
}

static int gem_create(struct asahi_device *asahi, struct drm_file *file,
		      struct drm_asahi_gem_create *args, struct drm_gem_object *vm_root)
{
	struct asahi_gem_object *bo;
	int ret;

	bo = asahi_gem_create_private(asahi, ALIGN(args->size, ASAHI_GPU_PAGE), vm_root);
	if (IS_ERR(bo))
		return PTR_ERR(bo);

	ret = drm_gem_handle_create(file, &bo->base, &args->handle);
	drm_gem_object_put(&bo->base);
	return ret;
}

/**
 * asahi_ioctl_gem_create() - DRM_IOCTL_ASAHI_GEM_CREATE
 * @drm: the device
 * @data: &struct drm_asahi_gem_create
 * @file: the caller
 *
 * Whether CPU mappings are cached follows from whether devices snoop, for all objects alike, so
 * that no memory is ever mapped both ways; DRM_ASAHI_GEM_WRITEBACK is a wish that costs nothing.
 *
 * Return: 0; -ENODEV without a GPU or if it is gone; -EINVAL for bad flags, padding, or a size of 0
 * or beyond all measure; -ENOENT for an unknown address space; -ENOMEM, -EINTR.
 */
int asahi_ioctl_gem_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	struct drm_asahi_gem_create *args = data;
	struct asahi_vm *vm = NULL;
	int idx, ret;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->pad || args->flags & ~(DRM_ASAHI_GEM_WRITEBACK | DRM_ASAHI_GEM_VM_PRIVATE))
		return -EINVAL;
	if (!args->size || args->size > SSIZE_MAX - ASAHI_GPU_PAGE)
		return -EINVAL;
	if (args->vm_id && !(args->flags & DRM_ASAHI_GEM_VM_PRIVATE))
		return -EINVAL;
	if (args->flags & DRM_ASAHI_GEM_VM_PRIVATE) {
		vm = asahi_file_get_vm(file, args->vm_id);
		if (!vm)
			return -ENOENT;
	}

	ret = -ENODEV;
	if (drm_dev_enter(drm, &idx)) {
		ret = gem_create(asahi, file, args, vm ? drm_gpuvm_resv_obj(&vm->base) : NULL);
		drm_dev_exit(idx);
	}
	if (vm)
		asahi_vm_put(vm);
	return ret;
}

/**
 * asahi_ioctl_gem_mmap_offset() - DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET
 * @drm: the device
 * @data: &struct drm_asahi_gem_mmap_offset
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU; -EINVAL for unknown flags; -ENOENT.
 */
int asahi_ioctl_gem_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct drm_asahi_gem_mmap_offset *args = data;
	struct drm_gem_object *obj;

	if (!to_asahi_device(drm)->gpu)
		return -ENODEV;
	if (args->flags)
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;

	args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);
	return 0;
}

static int bind_timestamps(struct asahi_device *asahi, struct drm_file *file,
			   struct drm_asahi_gem_bind_object *args, struct asahi_gem_object *bo)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_timestamps *ts;
	int ret;

	if (args->offset > bo->base.size || args->range > bo->base.size - args->offset)
		return -EINVAL;
	ts = asahi_timestamps_create(asahi, bo, args->offset, args->range);
	if (IS_ERR(ts))
		return PTR_ERR(ts);

	ret = asahi_file_add(file, &af->timestamps, ts, &args->object_handle);
	if (ret)
		asahi_timestamps_put(ts);
	return ret;
}

static int bind_object(struct asahi_device *asahi, struct drm_file *file,
		       struct drm_asahi_gem_bind_object *args)
{
	struct drm_gem_object *obj;
	int idx, ret = -ENODEV;

	if (args->flags != DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS || !args->range ||
	    !IS_ALIGNED(args->offset | args->range, ASAHI_GPU_PAGE))
		return -EINVAL;
	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return -ENOENT;

	if (drm_dev_enter(&asahi->drm, &idx)) {
		ret = bind_timestamps(asahi, file, args, to_asahi_gem(obj));
		drm_dev_exit(idx);
	}
	drm_gem_object_put(obj);
	return ret;
}

static int unbind_object(struct drm_file *file, struct drm_asahi_gem_bind_object *args)
{
	struct asahi_file *af = file->driver_priv;
	struct asahi_timestamps *ts;

	if (args->flags || args->handle || args->offset || args->range)
		return -EINVAL;
	ts = asahi_file_remove(file, &af->timestamps, args->object_handle);
	if (!ts)
		return -ENOENT;

	asahi_timestamps_put(ts);
	return 0;
}

/**
 * asahi_ioctl_gem_bind_object() - DRM_IOCTL_ASAHI_GEM_BIND_OBJECT
 * @drm: the device
 * @data: &struct drm_asahi_gem_bind_object
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU or if it is gone; -EINVAL for what does not belong together or
 * lies outside of the object; -ENOENT; -ENOSPC if there are too many; -ENOMEM.
 */
int asahi_ioctl_gem_bind_object(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	struct drm_asahi_gem_bind_object *args = data;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->pad || args->vm_id)
		return -EINVAL;

	switch (args->op) {
	case DRM_ASAHI_BIND_OBJECT_OP_BIND:
		return bind_object(asahi, file, args);
	case DRM_ASAHI_BIND_OBJECT_OP_UNBIND:
		return unbind_object(file, args);
	default:
		return -EINVAL;
	}
}

/**
 * asahi_ioctl_queue_create() - DRM_IOCTL_ASAHI_QUEUE_CREATE
 * @drm: the device
 * @data: &struct drm_asahi_queue_create
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU or if it is lost; -EINVAL for flags and priorities that are not
 * for everybody; -ENOENT for an unknown address space; -ENOMEM, -EBUSY.
 */
int asahi_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	struct asahi_file *af = file->driver_priv;
	struct drm_asahi_queue_create *args = data;
	struct asahi_queue *queue;
	struct asahi_vm *vm;
	int ret;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->flags || args->priority > DRM_ASAHI_PRIORITY_MEDIUM)
		return -EINVAL;
	if (asahi_gpu_lost(asahi->gpu))
		return -ENODEV;
	vm = asahi_file_get_vm(file, args->vm_id);
	if (!vm)
		return -ENOENT;

	queue = asahi_queue_create(asahi, vm, af->usage, args->usc_exec_base);
	asahi_vm_put(vm);
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	ret = asahi_file_add(file, &af->queues, queue, &args->queue_id);
	if (ret)
		asahi_queue_put(queue);
	return ret;
}

/**
 * asahi_ioctl_queue_destroy() - DRM_IOCTL_ASAHI_QUEUE_DESTROY
 * @drm: the device
 * @data: &struct drm_asahi_queue_destroy
 * @file: the caller
 *
 * What was submitted still runs.
 *
 * Return: 0; -ENODEV without a GPU; -EINVAL for padding; -ENOENT.
 */
int asahi_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_file *af = file->driver_priv;
	struct drm_asahi_queue_destroy *args = data;
	struct asahi_queue *queue;

	if (!to_asahi_device(drm)->gpu)
		return -ENODEV;
	if (args->pad)
		return -EINVAL;
	queue = asahi_file_remove(file, &af->queues, args->queue_id);
	if (!queue)
		return -ENOENT;

	asahi_file_close_queue(file, queue);
	return 0;
}
