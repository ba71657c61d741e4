// SPDX-License-Identifier: GPL-2.0
/*
 * Faults: of the driver's domain, which are bugs of the driver, and of clients' jobs.
 *
 * The log leaves lines out when there are many; the last faults of jobs are kept for
 * whoever looks for one of them.
 */

#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/minmax.h>
#include <linux/mutex.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "asahi_device.h"
#include "asahi_fault.h"
#include "asahi_mmu.h"

#define N_KEPT	128

struct asahi_faults {
	/** @lock: protects what follows. */
	struct mutex lock;
	/** @count: faults of jobs so far; the next one goes to this place modulo the size. */
	u64 count;
	struct asahi_job_fault last[N_KEPT];
};

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
 *
 * Return: 0 or -ENOMEM.
 */
int asahi_fault_init(struct asahi_device *asahi)
{
	struct asahi_faults *faults;
	int ret;

	faults = drmm_kzalloc(&asahi->drm, sizeof(*faults), GFP_KERNEL);
	if (!faults)
		return -ENOMEM;
	ret = drmm_mutex_init(&asahi->drm, &faults->lock);
	if (ret)
		return ret;

	asahi->faults = faults;
	asahi_mmu_set_fault_handler(asahi->mmu, asahi_fault_handler, asahi);
	return 0;
}

/**
 * asahi_fault_record() - keep a fault of a job
 * @asahi: the device
 * @fault: copied
 *
 * Context: may sleep, but allocates nothing: fences wait for it.
 */
void asahi_fault_record(struct asahi_device *asahi, const struct asahi_job_fault *fault)
{
	struct asahi_faults *faults = asahi->faults;

	mutex_lock(&faults->lock);
	faults->last[faults->count++ % N_KEPT] = *fault;
	mutex_unlock(&faults->lock);
}

/**
 * asahi_fault_print() - the last faults of jobs, for a person
 * @asahi: the device, with a GPU
 * @p: where to
 */
void asahi_fault_print(struct asahi_device *asahi, struct drm_printer *p)
{
	struct asahi_faults *faults = asahi->faults;
	const struct asahi_job_fault *fault;
	u64 n;

	mutex_lock(&faults->lock);
	for (n = faults->count - min(faults->count, N_KEPT); n < faults->count; n++) {
		fault = &faults->last[n % N_KEPT];
		drm_printf(p, "%llu client %llu %s %#llx stream %u dart %u command %u\n", n,
			   fault->client_id, fault->write ? "writes" : "reads", fault->address,
			   fault->stream, fault->dart, fault->command);
	}
	mutex_unlock(&faults->lock);
}
