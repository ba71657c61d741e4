/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the Apple DART driver offers beyond the IOMMU API.
 */
#ifndef _LINUX_APPLE_DART_H
#define _LINUX_APPLE_DART_H

#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct device;
struct iommu_domain;

/* The number is free on every DART of the system and stays so: any device may attach it. */
#define DART_PASID_SYSTEM_WIDE	BIT(0)

#if IS_REACHABLE(CONFIG_APPLE_DART_SHARED)

int dart_pasid_alloc(struct device *dev, unsigned int flags);
void dart_pasid_free(struct device *dev, unsigned int pasid);
u64 dart_dva(struct iommu_domain *domain, struct device *dev, u64 iova);
int dart_settle(struct iommu_domain *domain);

/**
 * struct dart_batch - changes of mappings that are flushed for together
 * @domain: what is changed
 * @added: something was mapped
 * @removed: something was unmapped
 * @first: lowest IOVA of all changes
 * @last: highest one
 */
struct dart_batch {
	struct iommu_domain *domain;
	bool added;
	bool removed;
	u64 first;
	u64 last;
};

int dart_batch_begin(struct dart_batch *batch, struct iommu_domain *domain);
int dart_batch_reserve(struct dart_batch *batch, u64 iova, u64 size);
int dart_batch_map(struct dart_batch *batch, u64 iova, u64 pa, u64 size, int prot);
int dart_batch_repeat(struct dart_batch *batch, u64 iova, u64 pa, u64 size, int prot);
u64 dart_batch_unmap(struct dart_batch *batch, u64 iova, u64 size);
int dart_batch_end(struct dart_batch *batch);

#else /* all domains and devices are those of other drivers */

static inline int dart_pasid_alloc(struct device *dev, unsigned int flags)
{
	return -ENODEV;
}

static inline void dart_pasid_free(struct device *dev, unsigned int pasid)
{
}

static inline u64 dart_dva(struct iommu_domain *domain, struct device *dev, u64 iova)
{
	return iova;
}

static inline int dart_settle(struct iommu_domain *domain)
{
	return -EINVAL;
}

#endif

#endif
