// SPDX-License-Identifier: GPL-2.0
/*
 * Many changes of a domain with one flush.
 *
 * The IOMMU API flushes for each map, and a map may need memory. A client that is handed a list
 * of changes wants neither: it reserves all tables first, when it can still say no, then carries
 * the list out without a chance to fail, and lets each instance be flushed once.
 *
 * While a batch is open nothing is attached to the domain or detached, and no empty table is
 * freed: the tables that were reserved stay, however long they remain empty.
 */

#include <kunit/visibility.h>

#include <linux/apple-dart.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "apple-dart-debugfs.h"
#include "apple-dart-domain.h"

static struct dart_domain *batch_domain(const struct dart_batch *batch)
{
	return container_of(batch->domain, struct dart_domain, domain);
}

/* With a domain that is this driver's for sure. */
VISIBLE_IF_KUNIT void dart_batch_open(struct dart_batch *batch, struct dart_domain *dom)
{
	*batch = (struct dart_batch){ .domain = &dom->domain, .first = U64_MAX };
	mutex_lock(&dom->attach_lock);
}
EXPORT_SYMBOL_IF_KUNIT(dart_batch_open);

/* From @iova on @size bytes, more than 0, were changed. */
static void note_change(struct dart_batch *batch, u64 iova, u64 size)
{
	batch->first = min(batch->first, iova);
	batch->last = max(batch->last, iova + size - 1);
}

/**
 * dart_batch_begin() - begin to change a domain
 * @batch: filled in
 * @domain: paging domain of this driver
 *
 * Locking: sleeps. Until dart_batch_end() the caller must neither attach nor detach a device.
 *
 * Return: 0, or -EINVAL for a domain of another driver.
 */
int dart_batch_begin(struct dart_batch *batch, struct iommu_domain *domain)
{
	struct dart_domain *dom = dart_paging_domain(domain);

	if (!dom)
		return -EINVAL;
	dart_batch_open(batch, dom);
	return 0;
}
EXPORT_SYMBOL_GPL(dart_batch_begin);

/**
 * dart_batch_reserve() - let a later map in this batch need no memory
 * @batch: from dart_batch_begin()
 * @iova: start, a multiple of the domain's page size
 * @size: bytes, not zero, a multiple of the page size
 *
 * Locking: sleeps.
 *
 * Return: 0; -EINVAL for bad alignment; -ERANGE outside of the aperture; -ENOMEM.
 */
int dart_batch_reserve(struct dart_batch *batch, u64 iova, u64 size)
{
	return dart_domain_populate(batch_domain(batch), iova, size);
}
EXPORT_SYMBOL_GPL(dart_batch_reserve);

/**
 * dart_batch_map() - map physically contiguous memory
 * @batch: from dart_batch_begin()
 * @iova: start, a multiple of the domain's page size
 * @pa: physical address, a multiple of the page size
 * @size: bytes, a multiple of the page size
 * @prot: as for iommu_map()
 *
 * Where tables were reserved this fails for caller's mistakes and memory out of reach only.
 *
 * Locking: the caller serialises changes of the same range. Sleeps.
 *
 * Return: as dart_domain_map().
 */
int dart_batch_map(struct dart_batch *batch, u64 iova, u64 pa, u64 size, int prot)
{
	int ret = dart_domain_map(batch_domain(batch), iova, pa, size, prot, GFP_KERNEL);

	if (!ret) {
		batch->added = true;
		note_change(batch, iova, size);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(dart_batch_map);

/**
 * dart_batch_repeat() - map one page again and again
 * @batch: from dart_batch_begin()
 * @iova: start, a multiple of the domain's page size
 * @pa: physical address of the page
 * @size: bytes to fill with it, a multiple of the page size
 * @prot: as for iommu_map()
 *
 * Locking: as dart_batch_map().
 *
 * Return: as dart_domain_map(); after an error nothing of the range is mapped.
 */
int dart_batch_repeat(struct dart_batch *batch, u64 iova, u64 pa, u64 size, int prot)
{
	struct dart_domain *dom = batch_domain(batch);
	u64 page = 1ULL << dom->granule_shift;
	u64 done;
	int ret;

	for (done = 0; done < size; done += page) {
		ret = dart_domain_map(dom, iova + done, pa, page, prot, GFP_KERNEL);
		if (ret) {
			dart_batch_unmap(batch, iova, done);
			return ret;
		}
		batch->added = true;
		note_change(batch, iova + done, page);
		/* Many GiB are nothing unusual for a page that stands for "nothing here". */
		if (!(done & (SZ_16M - 1)))
			cond_resched();
	}
	return 0;
}
EXPORT_SYMBOL_GPL(dart_batch_repeat);

/**
 * dart_batch_unmap() - unmap a range that is mapped from end to end
 * @batch: from dart_batch_begin()
 * @iova: start, a multiple of the domain's page size
 * @size: bytes, a multiple of the page size
 *
 * The memory may be used for something else after dart_batch_end().
 *
 * Return: bytes unmapped: up to the first address that was not mapped.
 */
u64 dart_batch_unmap(struct dart_batch *batch, u64 iova, u64 size)
{
	u64 done = size ? dart_domain_unmap(batch_domain(batch), iova, size) : 0;

	if (done) {
		batch->removed = true;
		note_change(batch, iova, done);
	}
	return done;
}
EXPORT_SYMBOL_GPL(dart_batch_unmap);

/**
 * dart_batch_end() - make all changes visible to the devices
 * @batch: from dart_batch_begin()
 *
 * One command on each instance that has one of the domain's streams; none if nothing was changed.
 *
 * Return: 0, or -ETIMEDOUT or -ENODEV of the first instance that failed: then what was unmapped may
 * still be reached, see dart_settle().
 */
int dart_batch_end(struct dart_batch *batch)
{
	const struct dart_range range = { batch->first, batch->last };
	struct dart_domain *dom = batch_domain(batch);
	int ret = 0;

	if (batch->removed) {
		ret = dart_domain_flush(dom, &range);
		dart_domain_reclaim_later(dom);
	} else if (batch->added) {
		ret = dart_domain_flush_added(dom, &range);
	}
	mutex_unlock(&dom->attach_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(dart_batch_end);
