// SPDX-License-Identifier: GPL-2.0
/*
 * Freeing tables of leaves that have become empty.
 *
 * An unmap does not look whether it has emptied a table: that would cost more than the unmap, and
 * the next map would have to make it again. A while later, work looks through the domain.
 *
 * An instance may remember where a table is for longer than the table is used. So an empty table
 * is taken out, the instances are flushed, and only then may something else be put into its slot,
 * as a map need not flush on an instance that does not remember absent entries. All this happens
 * with the domain's lock held for writing, which excludes maps, unmaps and look-ups.
 */

#include <kunit/visibility.h>

#include <linux/jiffies.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "apple-dart-domain.h"
#include "apple-dart-locked.h"

/* Tables looked at in one go with the lock held, and flushed for together. */
#define RECLAIM_BATCH	16

/* Long enough that one who maps and unmaps by turns does not make the same table each time. */
#define RECLAIM_DELAY	HZ

/* Takes out some empty tables from *@iova on, and moves that behind them. */
static void *take_out(struct dart_table *table, u64 *iova)
{
	void *removed = NULL;
	unsigned int i;
	u64 size;

	for (i = 0; i < RECLAIM_BATCH; i++) {
		*iova = dart_pt_next_span(&table->pt, *iova, &size);
		if (!size || !dart_pt_vacant(&table->pt, *iova, size))
			break;
		dart_mirrors_retract(table, *iova);
		dart_pt_prune(&table->pt, *iova, &removed);
		*iova += size;
	}
	return removed;
}

static void reclaim_batch(struct dart_domain *dom, struct dart_table *table, u64 *iova)
{
	void *removed;
	int ret = 0;

	write_lock_irq(&dom->lock);
	removed = take_out(table, iova);
	if (removed)
		ret = dart_domain_flush_table(dom, table);
	write_unlock_irq(&dom->lock);
	/* What hardware may still walk is never freed. */
	if (!ret)
		dart_pt_free_removed(&table->pt, removed);
}

static void reclaim_table(struct dart_domain *dom, struct dart_table *table)
{
	u64 iova = 0;
	u64 size;

	for (;;) {
		iova = dart_pt_next_span(&table->pt, iova, &size);
		if (!size)
			return;
		/* Tables in use need no lock to be recognised: nobody else takes tables out. */
		if (dart_pt_vacant(&table->pt, iova, size))
			reclaim_batch(dom, table, &iova);
		else
			iova += size;
		cond_resched();
	}
}

/**
 * dart_domain_reclaim() - free the tables of a domain that have become empty
 * @dom: domain
 *
 * Locking: sleeps.
 */
void dart_domain_reclaim(struct dart_domain *dom)
{
	struct dart_table *table;

	mutex_lock(&dom->attach_lock);
	if (!dom->poisoned) {
		list_for_each_entry(table, &dom->tables, list)
			reclaim_table(dom, table);
	}
	mutex_unlock(&dom->attach_lock);
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_reclaim);

/**
 * dart_domain_reclaim_work() - dart_domain_reclaim() as work
 * @work: &dart_domain.reclaim
 */
void dart_domain_reclaim_work(struct work_struct *work)
{
	dart_domain_reclaim(container_of(work, struct dart_domain, reclaim.work));
}

/**
 * dart_domain_reclaim_later() - have empty tables freed in a while
 * @dom: domain of which something was unmapped
 *
 * Any context.
 */
void dart_domain_reclaim_later(struct dart_domain *dom)
{
	if (!delayed_work_pending(&dom->reclaim))
		queue_delayed_work(system_unbound_wq, &dom->reclaim, RECLAIM_DELAY);
}
