/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_MMU_H_
#define _ASAHI_MMU_H_

#include <linux/iommu.h>
#include <linux/scatterlist.h>

#include <drm/drm_mm.h>

struct asahi_mmu;
struct device;
struct drm_device;
struct drm_printer;

/**
 * struct asahi_mapping - one buffer at one IOVA, the same for every member
 */
struct asahi_mapping {
	/**
	 * @node: the IOVA range; belongs to asahi_mmu.lock. First, because a
	 * mapping that could not be undone ends as a mere reservation, and
	 * those are freed by their node.
	 */
	struct drm_mm_node node;
	/** @mmu: where it is mapped. */
	struct asahi_mmu *mmu;
};

static inline u64 asahi_mapping_iova(const struct asahi_mapping *mapping)
{
	return mapping->node.start;
}

struct asahi_mmu *asahi_mmu_create(struct drm_device *drm, struct device *const *members,
				   unsigned int n_members);
void asahi_mmu_set_fault_handler(struct asahi_mmu *mmu, iommu_fault_handler_t handler, void *token);
void asahi_mmu_detach(struct asahi_mmu *mmu);
size_t asahi_mmu_granule(struct asahi_mmu *mmu);

struct asahi_mapping *asahi_mmu_map(struct asahi_mmu *mmu, struct sg_table *sgt, int prot);
int asahi_mmu_unmap(struct asahi_mapping *mapping);

void asahi_mmu_print(struct asahi_mmu *mmu, struct drm_printer *p);

#if IS_ENABLED(CONFIG_KUNIT)
int asahi_sgt_check(const struct sg_table *sgt, size_t granule, size_t *size);
void asahi_iova_init(struct drm_mm *mm, u64 start, u64 last, size_t granule);
int asahi_iova_reserve(struct drm_mm *mm, u64 start, u64 end, size_t granule);
void asahi_iova_fini(struct drm_mm *mm);
u64 asahi_iova_of_region(u64 aperture_start, u64 aperture_end, u64 start);
int asahi_iova_alloc(struct drm_mm *mm, struct drm_mm_node *node, size_t size, size_t granule);
#endif

#endif
