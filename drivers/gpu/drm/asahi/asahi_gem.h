/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_GEM_H_
#define _ASAHI_GEM_H_

#include <linux/mutex.h>

#include <drm/drm_gem.h>

#include "asahi_backing.h"

struct asahi_device;
struct asahi_mapping;
struct drm_mode_create_dumb;
struct drm_printer;
struct iosys_map;

/**
 * struct asahi_gem_object - a buffer object
 */
struct asahi_gem_object {
	/**
	 * @base: its size is what user space asked for, in CPU pages: size
	 * checks of framebuffers and mmap must not see the rounding to IOMMU pages.
	 */
	struct drm_gem_object base;

	/** @backing: empty for an imported object, and for one without users; see asahi_pages.c. */
	struct asahi_backing backing;

	/**
	 * @sgt: the memory, that of @backing or the exporter's, mapped through
	 * the DMA API for the IOMMU-less parent: that is cache maintenance, the
	 * addresses are never used. NULL without memory, and once the hardware is
	 * gone. Changes under @map_lock and, for @backing, @pages_lock.
	 */
	struct sg_table *sgt;

	/** @pages_lock: protects @n_pins, @gone and, with the list of idle objects, @backing. */
	struct mutex pages_lock;
	/** @n_pins: users of @backing. */
	unsigned int n_pins;
	/** @gone: the hardware is gone: the DMA API is not used any more. */
	bool gone;
	/** @idle: in &asahi_device.gem.idle, under its lock: memory that nobody uses. */
	struct list_head idle;
	/** @n_charged: CPU pages that count for the limit, there or not; constant. */
	unsigned long n_charged;

	/** @fits: its memory suits the GPU's page; constant. */
	bool fits;

	/**
	 * @vm_root: of a private object: what it has its reservation from, and what
	 * tells the address space that it may be mapped in; a reference. Else NULL.
	 */
	struct drm_gem_object *vm_root;

	/** @gpuva_lock: protects the list of address spaces in @base. */
	struct mutex gpuva_lock;

	/** @wc: CPU mappings are write-combined; constant. */
	bool wc;

	/** @leak: members may still reach the memory, so it must never be freed. */
	bool leak;

	/** @vmap: kernel mapping, under the reservation lock. */
	struct {
		void *vaddr;
		unsigned int count;
	} vmap;

	/** @map_lock: protects @mapping, @map_count, @sgt and @leak. */
	struct mutex map_lock;
	/** @mapping: in the driver's domain; NULL while @map_count is 0 or the hardware is gone. */
	struct asahi_mapping *mapping;
	/** @map_count: users of @mapping. */
	unsigned int map_count;

	/** @link: in &asahi_device.gem.objects, under its lock. */
	struct list_head link;
};

static inline struct asahi_gem_object *to_asahi_gem(struct drm_gem_object *obj)
{
	return container_of(obj, struct asahi_gem_object, base);
}

/**
 * typedef asahi_gem_run_fn - what to do with a piece of memory
 * @data: a cookie
 * @offset: of the piece in the object
 * @pa: its physical address
 * @size: in bytes
 *
 * Return: 0 or an error, which ends the walk.
 */
typedef int (*asahi_gem_run_fn)(void *data, u64 offset, phys_addr_t pa, size_t size);

struct asahi_gem_object *asahi_gem_create(struct asahi_device *asahi, size_t size);
struct asahi_gem_object *asahi_gem_create_private(struct asahi_device *asahi, size_t size,
						  struct drm_gem_object *vm_root);
int asahi_gem_walk(struct asahi_gem_object *bo, u64 offset, u64 size, asahi_gem_run_fn fn,
		   void *data);
void asahi_gem_leak(struct asahi_gem_object *bo);
int asahi_gem_dumb_create(struct drm_file *file, struct drm_device *drm,
			  struct drm_mode_create_dumb *args);
struct drm_gem_object *asahi_gem_prime_import_sg_table(struct drm_device *drm,
						       struct dma_buf_attachment *attach,
						       struct sg_table *sgt);

int asahi_gem_map(struct asahi_gem_object *bo, int prot);
void asahi_gem_unmap(struct asahi_gem_object *bo);
struct asahi_mapping *asahi_gem_map_writable(struct asahi_gem_object *bo);
void asahi_gem_unmap_writable(struct asahi_gem_object *bo, struct asahi_mapping *mapping);
u64 asahi_gem_iova(const struct asahi_gem_object *bo);

struct asahi_gem_object *asahi_gem_create_kernel(struct asahi_device *asahi, size_t size, int prot);
void asahi_gem_destroy_kernel(struct asahi_gem_object *bo);

void asahi_gem_revoke_all(struct asahi_device *asahi);
void asahi_gem_print(struct asahi_device *asahi, struct drm_printer *p);

#if IS_ENABLED(CONFIG_KUNIT)
int asahi_dumb_layout(u32 width, u32 height, u32 bpp, u32 *pitch, u64 *size);
#endif

#endif
