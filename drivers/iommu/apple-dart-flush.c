// SPDX-License-Identifier: GPL-2.0
/*
 * Flushing domains: one command on each instance, and what is remembered of those that failed.
 */

#include <kunit/visibility.h>

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "apple-dart-domain.h"

/* In the addresses that tables translate. */
static struct dart_range offsets_of(const struct dart_domain *dom, const struct dart_range *range)
{
	return (struct dart_range) {
		.first = range->first & dart_offset_mask(dom->ias),
		.last = range->last & dart_offset_mask(dom->ias),
	};
}

static int flush(struct dart_domain *dom, bool only_added, const struct dart_range *range)
{
	struct dart_attachment *att;
	struct dart_range offsets;
	int ret = 0;

	if (range)
		offsets = offsets_of(dom, range);
	read_lock(&dom->lock);
	list_for_each_entry(att, &dom->attachments, list) {
		if (bitmap_empty(att->streams, DART_MAX_STREAMS) ||
		    (only_added && att->dart->params.no_negative_cache))
			continue;
		ret = dart_flush_range(att->dart, att->streams, range ? &offsets : NULL) ?: ret;
	}
	read_unlock(&dom->lock);
	return ret;
}

/**
 * dart_domain_flush_table() - flush before anybody can use what was changed in a table
 * @dom: domain
 * @table: one of its tables
 *
 * Locking: &dart_domain.lock for writing.
 *
 * Return: as dart_domain_flush().
 */
int dart_domain_flush_table(struct dart_domain *dom, const struct dart_table *table)
{
	struct dart_attachment *att;
	int ret = 0;

	lockdep_assert_held_write(&dom->lock);

	list_for_each_entry(att, &dom->attachments, list) {
		if (att->table == table && !bitmap_empty(att->streams, DART_MAX_STREAMS))
			ret = dart_flush(att->dart, att->streams) ?: ret;
	}
	return ret;
}

static bool is_settled(const struct dart_domain *dom)
{
	return READ_ONCE(dom->n_settled) == atomic_read(&dom->n_failed);
}

/**
 * dart_domain_flush() - make changes of mappings visible to all devices of a domain
 * @dom: domain
 * @range: IOVAs of all changes; NULL: any
 *
 * One command on each instance that has power. Any context. Remembers a failure for
 * dart_domain_settle().
 *
 * Return: 0, or -ETIMEDOUT or -ENODEV of the first instance that failed; the others were flushed.
 */
int dart_domain_flush(struct dart_domain *dom, const struct dart_range *range)
{
	/* Success makes up for failures before it began, not for one that comes meanwhile. */
	unsigned int n_failed = atomic_read(&dom->n_failed);
	int ret;

	if (!is_settled(dom))
		range = NULL;
	ret = flush(dom, false, range);
	if (ret)
		atomic_inc(&dom->n_failed);
	else if (!range)
		/* One who writes less than somebody else costs a flush more, and nothing else. */
		WRITE_ONCE(dom->n_settled, n_failed);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_flush);

/**
 * dart_domain_flush_added() - make new mappings visible to all devices of a domain
 * @dom: domain, of which nothing was unmapped that has not been flushed
 * @range: IOVAs of the mappings; NULL: any
 *
 * One command on each instance that may remember that something was absent. Any context.
 *
 * Return: 0, or -ETIMEDOUT or -ENODEV of the first instance that failed; the others were flushed.
 */
int dart_domain_flush_added(struct dart_domain *dom, const struct dart_range *range)
{
	/* Where there is no command that orders them: entries before accesses that need them. */
	wmb();
	return flush(dom, true, range);
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_flush_added);

/**
 * dart_domain_settle() - is what was unmapped really out of reach?
 * @dom: domain
 *
 * Flushes again if a flush failed and none of everything has succeeded since.
 *
 * Return: as dart_domain_flush().
 */
int dart_domain_settle(struct dart_domain *dom)
{
	return is_settled(dom) ? 0 : dart_domain_flush(dom, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_settle);
