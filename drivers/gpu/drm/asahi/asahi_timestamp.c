// SPDX-License-Identifier: GPL-2.0
/*
 * Timestamp objects: parts of buffers that the GPU writes command timestamps to.
 *
 * The GPU writes them with the kernel's stream, so the part, and nothing else of
 * the buffer, is mapped in the driver's domain as long as the object exists or a
 * job in flight refers to it.
 */

#include <linux/iommu.h>
#include <linux/kref.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_mmu.h"
#include "asahi_pages.h"
#include "asahi_timestamp.h"

/* All together; the driver's domain is for other things, too. */
#define TIMESTAMPS_LIMIT	SZ_64M

struct asahi_timestamps {
	struct kref ref;
	struct asahi_device *asahi;
	struct asahi_gem_object *bo;
	/** @sgt: the part. */
	struct sg_table sgt;
	struct asahi_mapping *mapping;
	u64 dva;
	u64 size;
};

static int timestamps_charge(struct asahi_device *asahi, u64 size)
{
	if (size <= TIMESTAMPS_LIMIT &&
	    atomic_long_add_return(size, &asahi->timestamp_bytes) <= TIMESTAMPS_LIMIT)
		return 0;

	if (size <= TIMESTAMPS_LIMIT)
		atomic_long_sub(size, &asahi->timestamp_bytes);
	return -ENOSPC;
}

static int timestamps_map(struct asahi_timestamps *ts, u64 offset)
{
	struct page **pages = ts->bo->backing.pages + (offset >> PAGE_SHIFT);
	int prot = IOMMU_READ | IOMMU_WRITE;
	int ret;

	ret = sg_alloc_table_from_pages(&ts->sgt, pages, ts->size >> PAGE_SHIFT, 0, ts->size,
					GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret;

	if (ts->asahi->coherent)
		prot |= IOMMU_CACHE;
	ts->mapping = asahi_mmu_map(ts->asahi->mmu, &ts->sgt, prot);
	if (IS_ERR(ts->mapping)) {
		sg_free_table(&ts->sgt);
		return PTR_ERR(ts->mapping);
	}

	ts->dva = asahi_mmu_dva(ts->asahi->mmu, asahi_gpu_dev(ts->asahi->gpu),
				asahi_mapping_iova(ts->mapping));
	return 0;
}

/**
 * asahi_timestamps_create() - let the GPU write timestamps to a part of an object
 * @asahi: the device, with a GPU
 * @bo: the object; imported memory is not possible
 * @offset: start of the part, a multiple of the GPU's page
 * @range: its size in bytes, a multiple of the GPU's page; all of it in the object
 *
 * Return: the timestamps, or an ERR_PTR: -EINVAL for imported memory, -ENOSPC if there are too
 * many, -ENOMEM, -EINTR, or what asahi_mmu_map() says.
 */
struct asahi_timestamps *asahi_timestamps_create(struct asahi_device *asahi,
						 struct asahi_gem_object *bo, u64 offset,
						 u64 range)
{
	struct asahi_timestamps *ts;
	int ret;

	if (bo->base.import_attach)
		return ERR_PTR(-EINVAL);
	ret = timestamps_charge(asahi, range);
	if (ret)
		return ERR_PTR(ret);

	ts = kzalloc(sizeof(*ts), GFP_KERNEL_ACCOUNT);
	if (!ts) {
		ret = -ENOMEM;
		goto err_uncharge;
	}
	kref_init(&ts->ref);
	ts->asahi = asahi;
	ts->bo = bo;
	ts->size = range;
	ret = asahi_gem_pin(bo);
	if (ret)
		goto err_free;
	ret = timestamps_map(ts, offset);
	if (ret)
		goto err_unpin;

	drm_gem_object_get(&bo->base);
	return ts;

err_unpin:
	asahi_gem_unpin(bo);
err_free:
	kfree(ts);
err_uncharge:
	atomic_long_sub(range, &asahi->timestamp_bytes);
	return ERR_PTR(ret);
}

/**
 * asahi_timestamps_get() - take a reference
 * @ts: timestamps
 *
 * Return: @ts.
 */
struct asahi_timestamps *asahi_timestamps_get(struct asahi_timestamps *ts)
{
	kref_get(&ts->ref);
	return ts;
}

static void timestamps_release(struct kref *ref)
{
	struct asahi_timestamps *ts = container_of(ref, struct asahi_timestamps, ref);

	/* Memory that the GPU may still reach is not given back; nor is its share of the limit. */
	if (asahi_mmu_unmap(ts->mapping))
		asahi_gem_leak(ts->bo);
	else
		atomic_long_sub(ts->size, &ts->asahi->timestamp_bytes);
	sg_free_table(&ts->sgt);
	asahi_gem_unpin(ts->bo);
	drm_gem_object_put(&ts->bo->base);
	kfree(ts);
}

/**
 * asahi_timestamps_put() - drop a reference
 * @ts: timestamps
 *
 * Context: may sleep.
 */
void asahi_timestamps_put(struct asahi_timestamps *ts)
{
	kref_put(&ts->ref, timestamps_release);
}

/**
 * asahi_timestamps_size() - how much there is
 * @ts: timestamps
 *
 * Return: bytes.
 */
u64 asahi_timestamps_size(const struct asahi_timestamps *ts)
{
	return ts->size;
}

/**
 * asahi_timestamps_dva() - where the GPU has to write
 * @ts: timestamps
 *
 * Return: the address of the first byte in the kernel's stream; 0 if the hardware is gone.
 */
u64 asahi_timestamps_dva(const struct asahi_timestamps *ts)
{
	return ts->dva;
}
