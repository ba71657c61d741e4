// SPDX-License-Identifier: GPL-2.0
/* Faults of the driver's domain. */

#include <linux/device.h>
#include <linux/iommu.h>

#include "asahi_device.h"
#include "asahi_fault.h"
#include "asahi_mmu.h"

/* All that is mapped here is mapped by the driver, so a fault is a bug and not a client's doing. */
static int asahi_fault_handler(struct iommu_domain *domain, struct device *dev, unsigned long iova,
			       int flags, void *token)
{
	dev_err_ratelimited(dev, "DART fault: %s of IOVA %#lx\n",
			    flags & IOMMU_FAULT_WRITE ? "write" : "read", iova);

	return 0;
}

/**
 * asahi_fault_init() - hear of faults of every member of the domain
 * @asahi: the device, with its mmu
 */
void asahi_fault_init(struct asahi_device *asahi)
{
	asahi_mmu_set_fault_handler(asahi->mmu, asahi_fault_handler, asahi);
}
