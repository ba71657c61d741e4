/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_VM_H_
#define _ASAHI_VM_H_

#include <linux/list.h>
#include <linux/mutex.h>

#include <drm/drm_gpuvm.h>

struct asahi_device;
struct asahi_gem_object;
struct asahi_stream;
struct drm_asahi_gem_bind_op;
struct drm_file;
struct drm_printer;
struct iommu_domain;

/* The GPU's page, whatever the CPU's is; part of the uAPI. */
#define ASAHI_GPU_PAGE		0x4000ULL

/* What the kernel's part of an address space has at least; part of what GET_PARAMS says. */
#define ASAHI_VM_KERNEL_MIN	0x20000000ULL

/**
 * struct asahi_va_layout - limits of an address space
 * @start: first address
 * @end: behind the last address
 * @kernel_end: see @kernel_start
 */
struct asahi_va_layout {
	u64 start;
	u64 end;
	/** @kernel_start: nothing can be mapped from here to @kernel_end. */
	u64 kernel_start;
	u64 kernel_end;
};

/**
 * struct asahi_vm - an address space of a client
 * @base: the book of mappings
 * @asahi: the device
 * @layout: its limits
 * @n_spare: number of @spare
 *
 * What is mapped is in the &drm_gpuvm, and in the tables of @domain. The file
 * holds a reference, as do queues, jobs and objects that are mapped.
 */
struct asahi_vm {
	struct drm_gpuvm base;
	struct asahi_device *asahi;
	struct asahi_va_layout layout;

	/** @link: in &asahi_device.vms. */
	struct list_head link;

	/** @lock: protects the mappings and what follows. */
	struct mutex lock;
	/** @closed: the client has destroyed it: nothing is ever mapped again. */
	bool closed;
	/** @broken: the tables are not what they should be: jobs and binds are refused. */
	bool broken;
	/** @spare: &asahi_vma to be used, so that changes need no memory. */
	struct list_head spare;
	unsigned int n_spare;
	/** @n_maps: mappings. */
	unsigned int n_maps;

	/** @domain: NULL when the hardware is gone; written under @lock and the streams' lock. */
	struct iommu_domain *domain;
	/** @stream: that it is attached to, or NULL; belongs to asahi_stream.c. */
	struct asahi_stream *stream;
};

static inline struct asahi_vm *asahi_vm_get(struct asahi_vm *vm)
{
	drm_gpuvm_get(&vm->base);
	return vm;
}

static inline void asahi_vm_put(struct asahi_vm *vm)
{
	drm_gpuvm_put(&vm->base);
}

int asahi_vm_init_device(struct asahi_device *asahi);
void asahi_vm_revoke_all(struct asahi_device *asahi);
void asahi_vm_print(struct asahi_device *asahi, struct drm_printer *p);

struct asahi_vm *asahi_vm_create(struct asahi_device *asahi, u64 kernel_start, u64 kernel_end);
void asahi_vm_close(struct asahi_vm *vm);
void asahi_vm_unmap_object(struct asahi_vm *vm, struct asahi_gem_object *bo);
int asahi_vm_bind(struct asahi_vm *vm, struct drm_file *file, u64 ops, u32 n_ops, u32 stride);

#if IS_ENABLED(CONFIG_KUNIT)
int asahi_layout_check(const struct asahi_va_layout *layout);
int asahi_bind_check(const struct asahi_va_layout *layout, const struct drm_asahi_gem_bind_op *op);
struct asahi_vm *asahi_vm_create_bare(struct asahi_device *asahi);
int asahi_vm_apply_one(struct asahi_vm *vm, const struct drm_asahi_gem_bind_op *uop,
		       struct asahi_gem_object *bo);
bool asahi_vma_repeats(struct drm_gpuva *va);
#endif

#endif
