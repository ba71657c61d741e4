// SPDX-License-Identifier: GPL-2.0
/*
 * The driver-owned IOMMU domain.
 *
 * One paging domain, to which every device of the complex (a "member") is
 * attached, however many DART instances they sit behind. IOVAs come from this
 * file's own allocator (the kernel's cannot handle an IOMMU page that is larger
 * than a CPU page), and a buffer has the same IOVA on every member. Keeping the
 * page tables of the instances in step is the IOMMU driver's part.
 *
 * A buffer is mapped by one call over its whole scatterlist, so there is one
 * TLB maintenance per buffer. This file knows nothing of GEM.
 */

#include <linux/apple-dart.h>
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <drm/drm_device.h>
#include <drm/drm_managed.h>
#include <drm/drm_mm.h>
#include <drm/drm_print.h>

#include <kunit/visibility.h>

#include "asahi_mmu.h"

/*
 * Rings must sit on 16 KiB (registers.rst), and a DART page is never larger:
 * aligning every buffer so costs nothing where it matters.
 */
#define ASAHI_IOVA_ALIGN	SZ_16K

/* Mailbox messages carry 48 address bits. */
#define ASAHI_IOVA_LAST		GENMASK_ULL(47, 0)

#define ASAHI_MMU_MAX_MEMBERS	8

static_assert(offsetof(struct asahi_mapping, node) == 0);

struct asahi_mmu {
	struct drm_device *drm;

	/**
	 * @lock: protects @domain, @mm, the counters and the page tables behind @domain. Held
	 * over a map or unmap, so that asahi_mmu_detach() cannot pull the domain
	 * away from under one.
	 */
	struct mutex lock;

	/** @domain: NULL once detached. */
	struct iommu_domain *domain;

	/** @granule: bytes of the smallest page of @domain; constant. */
	size_t granule;

	/** @mm: IOVAs in bytes, inside the aperture of @domain. */
	struct drm_mm mm;

	/** @n_maps: changes of the page tables since the start, for people and tests. */
	unsigned long n_maps;
	/** @n_unmaps: the same. */
	unsigned long n_unmaps;

	/** @members: attached devices, in order of attachment. */
	struct device *members[ASAHI_MMU_MAX_MEMBERS];
	unsigned int n_members;
};

/**
 * asahi_sgt_check() - can a scatterlist be mapped with a given IOMMU page?
 * @sgt: CPU side of a buffer
 * @granule: bytes, a power of two
 * @size: returns the sum of all lengths in bytes
 *
 * The IOMMU core merges entries that are physically contiguous, so what counts
 * is the start and the length of each merged run. Every path that maps a
 * buffer, imported or not, is decided here.
 *
 * Return: 0, or -EINVAL if a run is not aligned, if an entry is not system
 * memory, or if the table is empty.
 */
int asahi_sgt_check(const struct sg_table *sgt, size_t granule, size_t *size)
{
	phys_addr_t run_end = 0;
	struct scatterlist *sg;
	size_t total = 0;
	unsigned int i;

	for_each_sgtable_sg(sgt, sg, i) {
		phys_addr_t pa = sg_phys(sg);

		if (sg_dma_is_bus_address(sg) || !sg->length)
			return -EINVAL;
		/* A new run: the granule must divide where the last ended and where this starts. */
		if ((!i || pa != run_end) && !IS_ALIGNED(pa | run_end, granule))
			return -EINVAL;
		if (check_add_overflow(total, (size_t)sg->length, &total))
			return -EINVAL;
		run_end = pa + sg->length;
	}

	if (!total || !IS_ALIGNED(run_end, granule))
		return -EINVAL;

	*size = total;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_sgt_check);

/* The first granule stays unused: IOVA 0 means "none" to firmware and to people. */
VISIBLE_IF_KUNIT void asahi_iova_init(struct drm_mm *mm, u64 start, u64 last, size_t granule)
{
	last = min_t(u64, last, ASAHI_IOVA_LAST);
	start = ALIGN(max_t(u64, start, granule), granule);
	drm_mm_init(mm, start, ALIGN_DOWN(last + 1, granule) - start);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_iova_init);

static int iova_reserve_gap(struct drm_mm *mm, u64 start, u64 end)
{
	struct drm_mm_node *node;
	int ret;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;

	node->start = start;
	node->size = end - start;
	ret = drm_mm_reserve_node(mm, node);
	if (ret)
		kfree(node);

	return ret;
}

/*
 * Members may name the same region, or regions that overlap: reserve what is
 * still free of [start, end). At this time all nodes are reservations.
 */
VISIBLE_IF_KUNIT int asahi_iova_reserve(struct drm_mm *mm, u64 start, u64 end, size_t granule)
{
	u64 mm_start = mm->head_node.start + mm->head_node.size;
	struct drm_mm_node *node;
	u64 pos, mm_end;
	int ret;

	mm_end = mm->head_node.start;
	pos = max(ALIGN_DOWN(start, granule), mm_start);
	end = min(ALIGN(end, granule), mm_end);

	while (pos < end) {
		u64 gap_end = end, next = end;

		drm_mm_for_each_node(node, mm) {
			if (node->start + node->size <= pos || node->start >= end)
				continue;
			gap_end = max(node->start, pos);
			next = node->start + node->size;
			break;
		}

		if (pos < gap_end) {
			ret = iova_reserve_gap(mm, pos, gap_end);
			if (ret)
				return ret;
		}
		pos = next;
	}

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_iova_reserve);

/* Frees the reservations; no other node may be left. */
VISIBLE_IF_KUNIT void asahi_iova_fini(struct drm_mm *mm)
{
	struct drm_mm_node *node, *tmp;

	drm_mm_for_each_node_safe(node, tmp, mm) {
		drm_mm_remove_node(node);
		kfree(node);
	}
	drm_mm_takedown(mm);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_iova_fini);

VISIBLE_IF_KUNIT int asahi_iova_alloc(struct drm_mm *mm, struct drm_mm_node *node, size_t size,
				      size_t granule)
{
	if (!size || !IS_ALIGNED(size, granule))
		return -EINVAL;

	return drm_mm_insert_node_generic(mm, node, size, max_t(size_t, granule, ASAHI_IOVA_ALIGN),
					  0, DRM_MM_INSERT_BEST);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_iova_alloc);

/*
 * Regions are told in addresses that the member emits, whose high bits may be those of its window;
 * IOVAs are those of the member that the domain was made from.
 */
VISIBLE_IF_KUNIT u64 asahi_iova_of_region(u64 aperture_start, u64 aperture_end, u64 start)
{
	u64 mask = GENMASK_ULL(__fls(aperture_start ^ aperture_end), 0);

	return (aperture_start & ~mask) | (start & mask);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_iova_of_region);

static int mmu_reserve_regions(struct asahi_mmu *mmu, struct device *member)
{
	const struct iommu_domain_geometry *geometry = &mmu->domain->geometry;
	struct iommu_resv_region *region;
	LIST_HEAD(regions);
	int ret = 0;

	iommu_get_resv_regions(member, &regions);
	list_for_each_entry(region, &regions, list) {
		u64 start = asahi_iova_of_region(geometry->aperture_start, geometry->aperture_end,
						 region->start);

		ret = asahi_iova_reserve(&mmu->mm, start, start + region->length, mmu->granule);
		if (ret)
			break;
	}
	iommu_put_resv_regions(member, &regions);

	return ret;
}

static void mmu_detach_members(struct asahi_mmu *mmu)
{
	while (mmu->n_members) {
		struct device *member = mmu->members[--mmu->n_members];

		iommu_detach_device(mmu->domain, member);
	}
}

static int mmu_attach_members(struct asahi_mmu *mmu, struct device *const *members,
			      unsigned int n_members)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n_members; i++) {
		ret = iommu_attach_device(mmu->domain, members[i]);
		if (ret) {
			mmu_detach_members(mmu);
			return ret;
		}
		mmu->members[mmu->n_members++] = members[i];
	}

	return 0;
}

/*
 * A domain has the geometry of the device that it is made from, and -EINVAL at
 * attach means "not compatible with that". So every member is tried as the
 * first one.
 */
static int mmu_create_domain(struct asahi_mmu *mmu, struct device *const *members,
			     unsigned int n_members)
{
	int ret = -EINVAL;
	unsigned int i;

	for (i = 0; i < n_members && ret == -EINVAL; i++) {
		mmu->domain = iommu_paging_domain_alloc(members[i]);
		if (IS_ERR(mmu->domain)) {
			ret = PTR_ERR(mmu->domain);
			mmu->domain = NULL;
			drm_err(mmu->drm, "%s: no paging domain: %d\n", dev_name(members[i]), ret);
			return ret;
		}

		ret = mmu_attach_members(mmu, members, n_members);
		if (ret) {
			iommu_domain_free(mmu->domain);
			mmu->domain = NULL;
		}
	}

	if (ret)
		drm_err(mmu->drm, "the devices cannot share one IOMMU domain: %d\n", ret);

	return ret;
}

static int mmu_init_iova(struct asahi_mmu *mmu)
{
	struct iommu_domain_geometry *geometry = &mmu->domain->geometry;
	unsigned int i;
	int ret;

	mmu->granule = 1ul << __ffs(mmu->domain->pgsize_bitmap);
	if (geometry->aperture_end <= geometry->aperture_start ||
	    geometry->aperture_end - geometry->aperture_start < SZ_1M) {
		drm_err(mmu->drm, "IOMMU aperture %pad..%pad is of no use\n",
			&geometry->aperture_start, &geometry->aperture_end);
		return -ENODEV;
	}

	asahi_iova_init(&mmu->mm, geometry->aperture_start, geometry->aperture_end, mmu->granule);
	for (i = 0; i < mmu->n_members; i++) {
		ret = mmu_reserve_regions(mmu, mmu->members[i]);
		if (ret) {
			asahi_iova_fini(&mmu->mm);
			return ret;
		}
	}

	return 0;
}

static void mmu_release(struct drm_device *drm, void *data)
{
	struct asahi_mmu *mmu = data;

	asahi_iova_fini(&mmu->mm);
	mutex_destroy(&mmu->lock);
}

/**
 * asahi_mmu_create() - make the domain and attach all members to it
 * @drm: owner of the object's memory
 * @members: devices behind an IOMMU, all bound to their drivers
 * @n_members: 1..8
 *
 * Members keep being attached until asahi_mmu_detach(), which the caller owes
 * after success. The object itself goes with @drm.
 *
 * Return: the object, or an ERR_PTR: -EINVAL if the members cannot share a
 * domain, -ENODEV for an unusable aperture, or what the IOMMU driver says.
 */
struct asahi_mmu *asahi_mmu_create(struct drm_device *drm, struct device *const *members,
				   unsigned int n_members)
{
	struct asahi_mmu *mmu;
	int ret;

	if (drm_WARN_ON(drm, !n_members || n_members > ASAHI_MMU_MAX_MEMBERS))
		return ERR_PTR(-EINVAL);

	mmu = drmm_kzalloc(drm, sizeof(*mmu), GFP_KERNEL);
	if (!mmu)
		return ERR_PTR(-ENOMEM);

	mmu->drm = drm;
	mutex_init(&mmu->lock);

	ret = mmu_create_domain(mmu, members, n_members);
	if (ret)
		goto err_destroy_lock;

	ret = mmu_init_iova(mmu);
	if (ret)
		goto err_detach;

	ret = drmm_add_action_or_reset(drm, mmu_release, mmu);
	if (ret) {
		asahi_mmu_detach(mmu);
		return ERR_PTR(ret);
	}

	drm_dbg_driver(drm, "%u devices share a domain, %zu KiB pages, aperture %pad..%pad\n",
		       mmu->n_members, mmu->granule / SZ_1K,
		       &mmu->domain->geometry.aperture_start, &mmu->domain->geometry.aperture_end);
	return mmu;

err_detach:
	asahi_mmu_detach(mmu);
err_destroy_lock:
	mutex_destroy(&mmu->lock);
	return ERR_PTR(ret);
}

/**
 * asahi_mmu_set_fault_handler() - be told of faults of any member
 * @mmu: the object
 * @handler: called by the IOMMU driver, perhaps in interrupt context
 * @token: for @handler
 */
void asahi_mmu_set_fault_handler(struct asahi_mmu *mmu, iommu_fault_handler_t handler, void *token)
{
	iommu_set_fault_handler(mmu->domain, handler, token);
}

/**
 * asahi_mmu_detach() - detach all members and free the domain
 * @mmu: the object
 *
 * Whatever is still mapped is unreachable for the members afterwards. Later
 * calls of asahi_mmu_map() fail, those of asahi_mmu_unmap() give the IOVA back
 * and touch nothing else.
 */
void asahi_mmu_detach(struct asahi_mmu *mmu)
{
	mutex_lock(&mmu->lock);
	mmu_detach_members(mmu);
	iommu_domain_free(mmu->domain);
	mmu->domain = NULL;
	mutex_unlock(&mmu->lock);
}

/**
 * asahi_mmu_dva() - the address that a member has to emit
 * @mmu: the object
 * @member: one of its members
 * @iova: an IOVA of the domain
 *
 * Members of which the hardware fixes the high address bits see the domain in a
 * window of their own.
 *
 * Return: the address, or 0 after asahi_mmu_detach().
 */
u64 asahi_mmu_dva(struct asahi_mmu *mmu, struct device *member, u64 iova)
{
	u64 dva;

	mutex_lock(&mmu->lock);
	dva = mmu->domain ? dart_dva(mmu->domain, member, iova) : 0;
	mutex_unlock(&mmu->lock);

	return dva;
}

/**
 * asahi_mmu_granule() - what buffers must be aligned to
 * @mmu: the object
 *
 * Return: bytes, a power of two, constant; may be larger than PAGE_SIZE.
 */
size_t asahi_mmu_granule(struct asahi_mmu *mmu)
{
	return mmu->granule;
}

static int mmu_map_locked(struct asahi_mmu *mmu, struct asahi_mapping *mapping,
			  struct sg_table *sgt, size_t size, int prot)
{
	ssize_t mapped;
	int ret;

	lockdep_assert_held(&mmu->lock);

	if (!mmu->domain)
		return -ENODEV;

	ret = asahi_iova_alloc(&mmu->mm, &mapping->node, size, mmu->granule);
	if (ret)
		return ret;

	mapped = iommu_map_sgtable(mmu->domain, mapping->node.start, sgt, prot);
	if (mapped == size)
		return 0;

	if (mapped > 0)
		iommu_unmap(mmu->domain, mapping->node.start, mapped);
	drm_mm_remove_node(&mapping->node);

	return mapped < 0 ? mapped : -EIO;
}

/**
 * asahi_mmu_map() - map a buffer for every member
 * @mmu: the object
 * @sgt: its memory, which must stay until it is unmapped
 * @prot: IOMMU_READ and friends, what members may do
 *
 * Context: may sleep.
 * Return: the mapping, or an ERR_PTR: -EINVAL if the memory does not fit the
 * granule, -ENOSPC without address space, -ENODEV after asahi_mmu_detach(),
 * -ENOMEM, or what the IOMMU driver says. After an error nothing is mapped.
 */
struct asahi_mapping *asahi_mmu_map(struct asahi_mmu *mmu, struct sg_table *sgt, int prot)
{
	struct asahi_mapping *mapping;
	size_t size;
	int ret;

	ret = asahi_sgt_check(sgt, mmu->granule, &size);
	if (ret) {
		drm_dbg_driver(mmu->drm, "memory is not in aligned blocks of %zu KiB\n",
			       mmu->granule / SZ_1K);
		return ERR_PTR(ret);
	}

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	mapping->mmu = mmu;

	mutex_lock(&mmu->lock);
	ret = mmu_map_locked(mmu, mapping, sgt, size, prot);
	mmu->n_maps++;
	mutex_unlock(&mmu->lock);
	if (ret) {
		kfree(mapping);
		return ERR_PTR(ret);
	}

	return mapping;
}

/* A flush that an instance did not carry out is not told by iommu_unmap(). */
static int mmu_unmap_locked(struct asahi_mmu *mmu, u64 iova, size_t size)
{
	int ret;

	lockdep_assert_held(&mmu->lock);

	if (!mmu->domain)
		return 0;
	if (drm_WARN_ON(mmu->drm, iommu_unmap(mmu->domain, iova, size) != size))
		return -EIO;

	ret = dart_settle(mmu->domain);
	/* What is gone reaches nothing; an IOMMU driver that has no such word is believed. */
	if (!ret || ret == -ENODEV || ret == -EINVAL)
		return 0;

	drm_err(mmu->drm, "%#llx was not flushed (%d), its memory is not freed\n", iova, ret);
	return -EIO;
}

/**
 * asahi_mmu_unmap() - undo asahi_mmu_map()
 * @mapping: freed
 *
 * Context: may sleep.
 * Return: 0, or -EIO when the IOMMU driver could not unmap all of it, or an
 * instance did not obey its flush: then the IOVA is never used again and the
 * memory must not be freed, since members may still reach it.
 */
int asahi_mmu_unmap(struct asahi_mapping *mapping)
{
	struct asahi_mmu *mmu = mapping->mmu;
	int ret;

	mutex_lock(&mmu->lock);
	mmu->n_unmaps++;
	ret = mmu_unmap_locked(mmu, mapping->node.start, mapping->node.size);
	/* Otherwise the node stays in the allocator: from now on it is a reservation. */
	if (!ret)
		drm_mm_remove_node(&mapping->node);
	mutex_unlock(&mmu->lock);

	if (!ret)
		kfree(mapping);

	return ret;
}

/**
 * asahi_mmu_print() - describe the domain to a person
 * @mmu: the object
 * @p: where to
 */
void asahi_mmu_print(struct asahi_mmu *mmu, struct drm_printer *p)
{
	struct drm_mm_node *node;
	unsigned int i;

	mutex_lock(&mmu->lock);
	drm_printf(p, "granule %zu\n", mmu->granule);
	drm_printf(p, "maps %lu unmaps %lu\n", mmu->n_maps, mmu->n_unmaps);
	for (i = 0; i < mmu->n_members; i++)
		drm_printf(p, "member %s\n", dev_name(mmu->members[i]));
	drm_mm_for_each_node(node, &mmu->mm)
		drm_printf(p, "%#014llx..%#014llx\n", node->start, node->start + node->size - 1);
	mutex_unlock(&mmu->lock);
}
