/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the Apple DART driver offers beyond the IOMMU API.
 */
#ifndef _LINUX_APPLE_DART_H
#define _LINUX_APPLE_DART_H

#include <linux/bits.h>
#include <linux/types.h>

struct device;
struct iommu_domain;

/* The number is free on every DART of the system and stays so: any device may attach it. */
#define DART_PASID_SYSTEM_WIDE	BIT(0)

int dart_pasid_alloc(struct device *dev, unsigned int flags);
void dart_pasid_free(struct device *dev, unsigned int pasid);
u64 dart_dva(struct iommu_domain *domain, struct device *dev, u64 iova);
int dart_settle(struct iommu_domain *domain);

#endif
