// SPDX-License-Identifier: GPL-2.0
/*
 * Domains that span DART instances.
 *
 * A domain has one page table for each format and geometry among its instances;
 * instances that agree share it. A change is carried out in all tables or in none:
 * what can fail (range checks, pages for tables) comes first, filling leaves cannot.
 *
 * Hardware may cache that an entry is not present, so a mapping is usable only after
 * a flush, just as an unmapped page is free only after one. Either takes one command
 * on each instance, for all of the domain's streams there.
 *
 * A stream that leaves a domain is blocked, then flushed, then loses its root, and
 * only then may its table be freed. If the hardware does not obey, the tables stay
 * allocated for ever: a leak is better than a device that writes to freed memory.
 */

#include <kunit/visibility.h>

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "apple-dart-domain.h"
#include "apple-dart-locked.h"
#include "apple_dart_trace.h"

/* How much is mapped or unmapped in one go with the domain's lock held: 8192 entries of 16 KiB. */
#define DART_CHUNK	SZ_128M

static atomic_t dart_n_domains = ATOMIC_INIT(0);

/* Streams */

static void set_stream_domain(struct dart *dart, unsigned int sid, struct iommu_domain *domain)
{
	mutex_lock(&dart->streams_lock);
	dart->streams[sid].domain = domain;
	mutex_unlock(&dart->streams_lock);
}

/*
 * Does another master need the stream as it is? Masters with a common stream are in one group, so
 * its mutex protects what they are attached to.
 */
static bool others_need(const struct dart_port *port, unsigned int sid)
{
	struct dart *dart = port->dart;
	struct dart_port *other;
	bool needed = false;

	mutex_lock(&dart->streams_lock);
	list_for_each_entry(other, &dart->ports, list) {
		if (other->master != port->master && test_bit(sid, other->streams) &&
		    other->master->domain && other->master->domain == dart->streams[sid].domain)
			needed = true;
	}
	mutex_unlock(&dart->streams_lock);
	return needed;
}

/* A locked stream goes back to what firmware has mapped. */
static int stop_stream(struct dart *dart, unsigned int sid)
{
	if (!dart->params.locked)
		return dart_stream_block(dart, sid);
	dart_locked_leave(dart, sid);
	return 0;
}

/*
 * Block, flush, forget: after success no table of a domain is walked for, or cached of, @streams.
 * @domain is what they are then set up for, as far as the software is concerned.
 */
static int block_streams(struct dart *dart, const unsigned long *streams,
			 struct iommu_domain *domain)
{
	unsigned int sid;
	int ret = 0;

	if (bitmap_empty(streams, DART_MAX_STREAMS))
		return 0;
	for_each_set_bit(sid, streams, dart->params.n_streams) {
		ret = stop_stream(dart, sid) ?: ret;
		set_stream_domain(dart, sid, domain);
	}
	ret = ret ?: dart_flush(dart, streams);
	if (ret || dart->params.locked)
		return ret;
	for_each_set_bit(sid, streams, dart->params.n_streams)
		ret = dart_stream_forget(dart, sid) ?: ret;
	return ret;
}

/* After a failure: whoever shares a stream loses it too, until the core attaches them again. */
static int block_master(const struct dart_master *master)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < master->n_ports; i++)
		ret = block_streams(master->port[i].dart, master->port[i].streams, NULL) ?: ret;
	return ret;
}

/*
 * Those streams of a port that are to be set up anew for @domain, which blocks or passes through.
 * A device that goes away is sent to the blocked domain alone: streams that stay with other devices
 * of the group must go on.
 */
static void select_static(const struct dart_port *port, const struct iommu_domain *domain,
			  bool bypass, unsigned long *streams)
{
	unsigned int sid;

	bitmap_copy(streams, port->streams, DART_MAX_STREAMS);
	for_each_set_bit(sid, port->streams, port->dart->params.n_streams) {
		if (port->dart->streams[sid].domain == domain ||
		    (!bypass && others_need(port, sid)))
			__clear_bit(sid, streams);
	}
}

/* *@stopped is cleared if a page table may still be walked for the streams of @port. */
static int set_port_static(const struct dart_port *port, struct iommu_domain *domain, bool bypass,
			   bool *stopped)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS);
	struct dart *dart = port->dart;
	unsigned int sid;
	int ret;

	select_static(port, domain, bypass, streams);
	ret = block_streams(dart, streams, domain);
	if (ret)
		*stopped = false;
	for_each_set_bit(sid, streams, dart->params.n_streams) {
		if (bypass && !ret)
			ret = dart_stream_bypass(dart, sid);
	}
	return ret;
}

/* Tables */

static struct dart_table *table_create(struct dart_domain *dom, const struct dart_pt_cfg *cfg)
{
	struct dart_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int ret;

	if (!table)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&table->mirrors);
	ret = dart_pt_init(&table->pt, cfg, dom->oas, GFP_KERNEL_ACCOUNT);
	if (ret) {
		kfree(table);
		return ERR_PTR(ret);
	}
	return table;
}

static void table_destroy(struct dart_domain *dom, struct dart_table *table)
{
	if (!dom->poisoned)
		dart_pt_destroy(&table->pt);
	kfree(table);
}

static void link_table(struct dart_domain *dom, struct dart_table *table)
{
	write_lock_irq(&dom->lock);
	list_add_tail(&table->list, &dom->tables);
	write_unlock_irq(&dom->lock);
}

static void unlink_table(struct dart_domain *dom, struct dart_table *table)
{
	write_lock_irq(&dom->lock);
	list_del(&table->list);
	write_unlock_irq(&dom->lock);
}

static int populate_sleeping(struct dart_domain *dom, struct dart_table *table, u64 iova, u64 size,
			     struct dart_pt_pool *pool)
{
	int ret;

	do {
		ret = dart_pt_pool_fill(pool, dom->oas, GFP_KERNEL_ACCOUNT);
		if (ret)
			return ret;
		dart_pt_populate(&table->pt, iova, size, pool);
	} while (memchr_inv(pool->missing, 0, sizeof(pool->missing)));
	return 0;
}

/*
 * Copies all mappings into a @table that is already on the list. What is mapped or unmapped
 * meanwhile reaches the table by itself: before its piece is copied, then the copy finds it so in
 * the primary, or after.
 */
static int replay(struct dart_domain *dom, struct dart_table *table)
{
	struct dart_pt_pool pool = {};
	u64 iova, size;
	int ret = 0;

	for (iova = 0; !ret; iova += size) {
		iova = dart_pt_next_span(&dom->primary->pt, iova, &size);
		if (!size)
			break;
		ret = populate_sleeping(dom, table, iova, size, &pool);
		if (ret)
			break;
		write_lock_irq(&dom->lock);
		dart_pt_copy(&table->pt, &dom->primary->pt, iova, size);
		write_unlock_irq(&dom->lock);
		cond_resched();
	}
	dart_pt_pool_drain(&pool);
	return ret;
}

static struct dart_table *find_or_make_table(struct dart_domain *dom, const struct dart_pt_cfg *cfg)
{
	struct dart_table *table;
	int ret;

	lockdep_assert_held(&dom->attach_lock);

	list_for_each_entry(table, &dom->tables, list) {
		if (dart_pt_cfg_equal(&table->pt.cfg, cfg))
			return table;
	}

	table = table_create(dom, cfg);
	if (IS_ERR(table))
		return table;
	link_table(dom, table);
	ret = replay(dom, table);
	if (ret) {
		unlink_table(dom, table);
		table_destroy(dom, table);
		return ERR_PTR(ret);
	}
	return table;
}

/* Attachments */

static struct dart_attachment *find_attachment(struct dart_domain *dom, const struct dart *dart)
{
	struct dart_attachment *att;

	lockdep_assert_held(&dom->attach_lock);

	list_for_each_entry(att, &dom->attachments, list) {
		if (att->dart == dart)
			return att;
	}
	return NULL;
}

static void set_oas(struct dart_domain *dom, unsigned int oas)
{
	write_lock_irq(&dom->lock);
	dom->oas = oas;
	write_unlock_irq(&dom->lock);
}

/* Drops attachments without streams, tables without users, and limits that no longer hold. */
static void prune(struct dart_domain *dom)
{
	struct dart_attachment *att, *next_att;
	struct dart_table *table, *next_table;
	u8 oas = dom->device_oas;

	lockdep_assert_held(&dom->attach_lock);

	list_for_each_entry_safe(att, next_att, &dom->attachments, list) {
		if (!bitmap_empty(att->streams, DART_MAX_STREAMS)) {
			oas = min(oas, att->dart->params.oas);
			continue;
		}
		write_lock_irq(&dom->lock);
		list_del(&att->list);
		write_unlock_irq(&dom->lock);
		att->table->n_users--;
		dart_put(att->dart);
		kfree(att);
	}
	list_for_each_entry_safe(table, next_table, &dom->tables, list) {
		if (table == dom->primary || table->n_users || table->keep)
			continue;
		unlink_table(dom, table);
		table_destroy(dom, table);
	}
	if (oas != dom->oas)
		set_oas(dom, oas);
}

/* Offsets that masters behind @dart can emit; false if they emit more than one value above. */
static bool window_of(const struct dart *dart, unsigned int ias, u64 *first, u64 *last)
{
	const struct dart_params *params = &dart->params;

	*first = 0;
	*last = dart_offset_mask(ias);
	if (!params->window_last)
		return true;
	*first = params->window_first & dart_offset_mask(ias);
	*last = params->window_last & dart_offset_mask(ias);
	return !((params->window_first ^ params->window_last) >> ias);
}

/* Can @dart be in @dom? Sets the configuration of the table that it needs. */
static int check_compatible(const struct dart_domain *dom, const struct dart *dart,
			    struct dart_pt_cfg *cfg)
{
	const struct dart_params *params = &dart->params;
	u64 first, last;

	if (params->page_shift > dom->granule_shift || params->ias < dom->ias)
		return -EINVAL;
	if (!window_of(dart, dom->ias, &first, &last) || first > dom->first || last < dom->last)
		return -EINVAL;
	return dart_pt_cfg_init(cfg, dart->hw->fmt, params->page_shift, dom->ias,
				params->max_roots, params->four_levels);
}

/* From now on nothing is mapped that @oas bits cannot reach; -EINVAL if something already is. */
static int narrow_oas(struct dart_domain *dom, unsigned int oas)
{
	struct dart_table *table;

	if (oas >= dom->oas)
		return 0;
	set_oas(dom, oas);
	list_for_each_entry(table, &dom->tables, list) {
		if (!dart_pt_reaches(&table->pt, oas))
			return -EINVAL;
	}
	return 0;
}

/* Adds @dart, with no stream yet. On an error the caller prunes. */
static int add_attachment(struct dart_domain *dom, struct dart *dart)
{
	struct dart_attachment *att;
	struct dart_table *table;
	struct dart_pt_cfg cfg;
	int ret;

	ret = check_compatible(dom, dart, &cfg);
	if (ret)
		return ret;
	att = kzalloc(struct_size(att, users, dart->params.n_streams), GFP_KERNEL);
	if (!att)
		return -ENOMEM;

	ret = narrow_oas(dom, dart->params.oas);
	if (ret)
		goto err_free_attachment;
	table = find_or_make_table(dom, &cfg);
	if (IS_ERR(table)) {
		ret = PTR_ERR(table);
		goto err_free_attachment;
	}

	table->n_users++;
	att->table = table;
	att->dart = dart_get(dart);
	write_lock_irq(&dom->lock);
	list_add_tail(&att->list, &dom->attachments);
	write_unlock_irq(&dom->lock);
	return 0;

err_free_attachment:
	kfree(att);
	return ret;
}

/* All of an attach that needs memory or can be refused; the caller prunes after an error. */
static int add_instances(struct dart_domain *dom, const struct dart_master *master)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < master->n_ports && !ret; i++) {
		if (!find_attachment(dom, master->port[i].dart))
			ret = add_attachment(dom, master->port[i].dart);
	}
	return ret;
}

/* From now on a flush of the domain covers the master's streams. */
static void count_streams(struct dart_domain *dom, const struct dart_master *master)
{
	unsigned int i, sid;

	for (i = 0; i < master->n_ports; i++) {
		const struct dart_port *port = &master->port[i];
		struct dart_attachment *att = find_attachment(dom, port->dart);

		if (master->pasid)
			att->table->keep = true;
		write_lock_irq(&dom->lock);
		for_each_set_bit(sid, port->streams, port->dart->params.n_streams) {
			att->users[sid]++;
			__set_bit(sid, att->streams);
		}
		write_unlock_irq(&dom->lock);
	}
}

static void uncount_streams(struct dart_domain *dom, const struct dart_master *master)
{
	unsigned int i, sid;

	for (i = 0; i < master->n_ports; i++) {
		const struct dart_port *port = &master->port[i];
		struct dart_attachment *att = find_attachment(dom, port->dart);

		write_lock_irq(&dom->lock);
		for_each_set_bit(sid, port->streams, port->dart->params.n_streams) {
			if (!--att->users[sid])
				__clear_bit(sid, att->streams);
		}
		write_unlock_irq(&dom->lock);
	}
}

/* A stream that two masters share may walk the domain's table already: it is left alone then. */
static int translate_port(struct dart_domain *dom, const struct dart_port *port)
{
	struct dart_attachment *att = find_attachment(dom, port->dart);
	struct dart *dart = port->dart;
	unsigned int sid;
	int ret;

	for_each_set_bit(sid, port->streams, dart->params.n_streams) {
		if (dart->streams[sid].domain == &dom->domain)
			continue;
		/* Faults of the first accesses belong to the new domain. */
		set_stream_domain(dart, sid, &dom->domain);
		if (dart->params.locked)
			ret = dart_locked_join(dom, att->table, dart, sid);
		else
			ret = dart_stream_translate(dart, sid, &att->table->pt);
		if (ret)
			return ret;
	}
	return dart_flush(dart, port->streams);
}

static int translate_master(struct dart_domain *dom, const struct dart_master *master)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < master->n_ports && !ret; i++)
		ret = translate_port(dom, &master->port[i]);
	return ret;
}

/* The tables of @dom must outlive everything: hardware may still walk them. */
static void poison(struct dart_domain *dom, const struct dart_master *master)
{
	if (!dom || dom->poisoned)
		return;
	dev_err(master->dev, "could not be stopped; the page tables of its domain are not freed\n");
	dom->poisoned = true;
}

/* The master's streams no longer walk the tables of @dom, or it is poisoned. */
static void leave(struct dart_domain *dom, const struct dart_master *master)
{
	mutex_lock(&dom->attach_lock);
	uncount_streams(dom, master);
	prune(dom);
	mutex_unlock(&dom->attach_lock);
}

static int attach_locked(struct dart_domain *dom, struct dart_master *master)
{
	bool again = master->paging == dom;
	int ret;

	ret = add_instances(dom, master);
	if (ret)
		goto err_prune;
	if (!again)
		count_streams(dom, master);
	ret = translate_master(dom, master);
	if (ret)
		goto err_block;
	return 0;

err_block:
	if (block_master(master)) {
		poison(dom, master);
		poison(master->paging, master);
	}
	if (!again)
		uncount_streams(dom, master);
err_prune:
	prune(dom);
	return ret;
}

/**
 * dart_domain_attach() - attach a device to a paging domain
 * @dom: domain
 * @master: device; it leaves the domain that it was attached to
 *
 * All that is mapped in the domain is visible to the device when this returns. After an error the
 * device is still counted as attached to what it was before; if hardware was already touched, all
 * of its streams are blocked until the next attach.
 *
 * Locking: the group's mutex is held. Sleeps.
 *
 * Return: 0; -EINVAL if the domain does not suit an instance of the device (its pages are larger
 * than the domain's, its IOVAs fewer, or it cannot reach what is mapped): another domain may;
 * -ENOMEM; -EIO, -ETIMEDOUT, -ENODEV if the hardware does not obey or has gone away.
 */
int dart_domain_attach(struct dart_domain *dom, struct dart_master *master)
{
	struct dart_domain *old = master->paging;
	int ret;

	mutex_lock(&dom->attach_lock);
	ret = attach_locked(dom, master);
	mutex_unlock(&dom->attach_lock);
	trace_dart_attach(master, dom->id, ret);
	if (ret)
		return ret;

	master->domain = &dom->domain;
	WRITE_ONCE(master->paging, dom);
	if (old && old != dom)
		leave(old, master);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_attach);

/**
 * dart_master_attach_static() - block a device's streams or pass them through
 * @master: device; it leaves the domain that it was attached to
 * @domain: what it is attached to from now on; not a paging domain
 * @bypass: pass through
 *
 * An instance that has gone away cannot do harm any more, so for it this succeeds. After an error
 * the device has left its old domain all the same, and tables that it may still reach are never
 * freed.
 *
 * Locking: the group's mutex is held. Sleeps.
 *
 * Return: 0; -EINVAL for passing through an instance that cannot bypass; -EIO or -ETIMEDOUT if the
 * hardware does not obey.
 */
int dart_master_attach_static(struct dart_master *master, struct iommu_domain *domain, bool bypass)
{
	struct dart_domain *old = master->paging;
	bool stopped = true;
	unsigned int i;
	int ret = 0;

	if (bypass && !dart_master_can_bypass(master))
		return -EINVAL;

	for (i = 0; i < master->n_ports; i++)
		ret = set_port_static(&master->port[i], domain, bypass, &stopped) ?: ret;
	if (!stopped)
		poison(old, master);

	master->domain = domain;
	WRITE_ONCE(master->paging, NULL);
	if (old)
		leave(old, master);
	trace_dart_attach(master, 0, ret);
	return ret == -ENODEV ? 0 : ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_master_attach_static);

/* Domains */

static int intersect_windows(struct dart_domain *dom, const struct dart_master *master)
{
	const u64 granule = 1ULL << dom->granule_shift;
	unsigned int i;

	dom->base = master->port[0].dart->params.window_first & ~dart_offset_mask(dom->ias);
	dom->last = dart_offset_mask(dom->ias);
	for (i = 0; i < master->n_ports; i++) {
		u64 first, last;

		if (!window_of(master->port[i].dart, dom->ias, &first, &last))
			return -EINVAL;
		dom->first = max(dom->first, ALIGN(first, granule));
		dom->last = min(dom->last, ALIGN_DOWN(last + 1, granule) - 1);
	}
	return dom->first < dom->last ? 0 : -EINVAL;
}

static int intersect_params(struct dart_domain *dom, const struct dart_master *master)
{
	unsigned int i;

	dom->granule_shift = dart_master_granule_shift(master);
	dom->ias = U8_MAX;
	dom->oas = U8_MAX;
	for (i = 0; i < master->n_ports; i++) {
		dom->ias = min(dom->ias, master->port[i].dart->params.ias);
		dom->oas = min(dom->oas, master->port[i].dart->params.oas);
	}
	dom->device_oas = dom->oas;
	return master->n_ports ? intersect_windows(dom, master) : -ENODEV;
}

/**
 * dart_domain_create() - make a paging domain
 * @master: device that decides the geometry: what all of its instances have in common
 *
 * Mappings can be made before anything is attached.
 *
 * Return: the domain, or an ERR_PTR() of -ENOMEM or -EINVAL.
 */
struct dart_domain *dart_domain_create(const struct dart_master *master)
{
	struct dart_domain *dom = kzalloc(sizeof(*dom), GFP_KERNEL);
	struct dart_pt_cfg cfg;
	int ret;

	if (!dom)
		return ERR_PTR(-ENOMEM);
	dom->id = atomic_inc_return(&dart_n_domains);
	mutex_init(&dom->attach_lock);
	rwlock_init(&dom->lock);
	INIT_LIST_HEAD(&dom->tables);
	INIT_LIST_HEAD(&dom->attachments);
	INIT_DELAYED_WORK(&dom->reclaim, dart_domain_reclaim_work);

	ret = intersect_params(dom, master);
	ret = ret ?: check_compatible(dom, master->port[0].dart, &cfg);
	if (ret)
		goto err_free_domain;
	dom->primary = table_create(dom, &cfg);
	if (IS_ERR(dom->primary)) {
		ret = PTR_ERR(dom->primary);
		goto err_free_domain;
	}
	list_add(&dom->primary->list, &dom->tables);

	dom->domain.pgsize_bitmap = BIT(dom->granule_shift);
	dom->domain.geometry.aperture_start = dom->base + dom->first;
	dom->domain.geometry.aperture_end = dom->base + dom->last;
	dom->domain.geometry.force_aperture = true;
	return dom;

err_free_domain:
	kfree(dom);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_create);

/**
 * dart_domain_destroy() - free a paging domain with all of its mappings
 * @dom: domain to which nothing is attached
 */
void dart_domain_destroy(struct dart_domain *dom)
{
	struct dart_table *table, *next;

	cancel_delayed_work_sync(&dom->reclaim);
	/* Freeing what a device walks would hand it the next owner's memory. */
	if (WARN_ON(!list_empty(&dom->attachments)))
		return;
	list_for_each_entry_safe(table, next, &dom->tables, list) {
		list_del(&table->list);
		table_destroy(dom, table);
	}
	mutex_destroy(&dom->attach_lock);
	kfree(dom);
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_destroy);

/* Mappings */

static bool in_aperture(const struct dart_domain *dom, u64 iova, u64 size)
{
	u64 last = iova + size - 1;

	return size && last >= iova && iova >= dom->base + dom->first &&
	       last <= dom->base + dom->last;
}

static bool aligned(const struct dart_domain *dom, u64 bits)
{
	return !(bits & ((1ULL << dom->granule_shift) - 1));
}

static int check_map(const struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot)
{
	if (!(prot & (IOMMU_READ | IOMMU_WRITE)) || !aligned(dom, iova | pa | size))
		return -EINVAL;
	if (!in_aperture(dom, iova, size) || pa + size - 1 < pa)
		return -ERANGE;
	return 0;
}

/*
 * Makes the tables of a range exist, in all page tables and in the view of locked instances. With a
 * pool the caller knows that it is vacant; without one that is found out, and nothing is installed.
 */
static int prepare_tables(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot,
			  struct dart_pt_pool *pool)
{
	struct dart_table *table;
	int err, ret = 0;

	/* The primary is the first: what it has mapped is what is mapped. */
	list_for_each_entry(table, &dom->tables, list) {
		if (pool)
			err = dart_pt_populate(&table->pt, iova, size, pool);
		else
			err = dart_pt_prepare(&table->pt, iova, size, NULL);
		if (err == -EEXIST)
			return err;
		ret = err ?: ret;
		err = dart_mirrors_check(table, iova, pa, size, prot);
		if (err)
			return err;
	}
	list_for_each_entry(table, &dom->tables, list)
		ret = ret ?: dart_mirrors_publish(table, iova, size);
	return ret;
}

static int map_prepared(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot,
			struct dart_pt_pool *pool)
{
	int ret = prepare_tables(dom, iova, pa, size, prot, pool);
	struct dart_table *table;

	if (ret)
		return ret;
	list_for_each_entry(table, &dom->tables, list)
		dart_pt_set(&table->pt, iova, pa, size, prot);
	return 0;
}

/* One walk of each table. What was mapped in some is undone if one lacks tables of leaves. */
static int map_at_once(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot)
{
	struct dart_table *table = list_next_entry(dom->primary, list);
	int ret = 0;

	/* Two formats, as devices of two generations need them. */
	if (table != dom->primary && list_is_last(&table->list, &dom->tables))
		return dart_pt_map_both(&dom->primary->pt, &table->pt, iova, pa, size, prot);
	list_for_each_entry(table, &dom->tables, list) {
		ret = dart_pt_map(&table->pt, iova, pa, size, prot, NULL);
		if (ret)
			break;
	}
	if (!ret)
		return 0;
	list_for_each_entry_continue_reverse(table, &dom->tables, list)
		dart_pt_clear(&table->pt, iova, size);
	return ret;
}

/* Most domains have no instance that is locked. */
static bool has_mirrors(const struct dart_domain *dom)
{
	const struct dart_table *table;

	list_for_each_entry(table, &dom->tables, list) {
		if (!list_empty(&table->mirrors))
			return true;
	}
	return false;
}

/*
 * Maps at most a chunk, in all tables, that is known to be vacant if there is a pool. -EAGAIN:
 * pages are missing or of no use, nothing is mapped but may have been; other errors: nothing was
 * mapped.
 */
static int map_chunk(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot,
		     struct dart_pt_pool *pool)
{
	int ret;

	read_lock(&dom->lock);
	if ((pa + size - 1) >> dom->oas)
		ret = -ERANGE;
	else if (pool && pool->oas > dom->oas)
		/* An instance was attached since that cannot reach all pages of the pool. */
		ret = -EAGAIN;
	else if (!pool && !has_mirrors(dom))
		ret = map_at_once(dom, iova, pa, size, prot);
	else
		ret = map_prepared(dom, iova, pa, size, prot, pool);
	read_unlock(&dom->lock);
	return ret;
}

/* Maps piece by piece; *@done is set to the bytes mapped. */
static int map_chunks(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot, gfp_t gfp,
		      struct dart_pt_pool *pool, u64 *done)
{
	u64 step;
	int ret;

	for (*done = 0; *done < size; *done += step) {
		step = min_t(u64, size - *done, DART_CHUNK);
		do {
			ret = dart_pt_pool_fill(pool, READ_ONCE(dom->oas), gfp);
			if (ret)
				return ret;
			ret = map_chunk(dom, iova + *done, pa + *done, step, prot, pool);
		} while (ret == -EAGAIN);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * dart_domain_populate() - make the tables for a range exist, in all page tables
 * @dom: domain
 * @iova: start, a multiple of the granule
 * @size: bytes, a multiple of the granule
 *
 * They stay as long as @attach_lock is held.
 *
 * Locking: &dart_domain.attach_lock. Sleeps.
 *
 * Return: 0, -EINVAL for bad alignment, -ERANGE outside of the aperture, -ENOMEM.
 */
int dart_domain_populate(struct dart_domain *dom, u64 iova, u64 size)
{
	struct dart_pt_pool pool = {};
	struct dart_table *table;
	u64 done, step;
	int ret = 0;

	lockdep_assert_held(&dom->attach_lock);

	if (!aligned(dom, iova | size))
		return -EINVAL;
	if (!in_aperture(dom, iova, size))
		return -ERANGE;
	list_for_each_entry(table, &dom->tables, list) {
		for (done = 0; done < size && !ret; done += step) {
			step = min_t(u64, size - done, DART_CHUNK);
			ret = populate_sleeping(dom, table, iova - dom->base + done, step, &pool);
		}
	}
	dart_pt_pool_drain(&pool);
	if (ret)
		dart_domain_reclaim_later(dom);
	return ret;
}

static bool vacant(struct dart_domain *dom, u64 iova, u64 size)
{
	bool ret = true;
	u64 step;

	for (; size && ret; iova += step, size -= step) {
		step = min_t(u64, size, DART_CHUNK);
		read_lock(&dom->lock);
		ret = dart_pt_vacant(&dom->primary->pt, iova, step);
		read_unlock(&dom->lock);
	}
	return ret;
}

/* With pages for tables that are missing, and piece by piece. */
static int map_slowly(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot, gfp_t gfp)
{
	struct dart_pt_pool pool = {};
	u64 offset = iova - dom->base;
	u64 done = 0;
	int ret;

	/* What fails halfway is undone, but a device may have seen it: find overlaps first. */
	if (!vacant(dom, offset, size))
		return -EEXIST;

	ret = map_chunks(dom, offset, pa, size, prot, gfp, &pool, &done);
	dart_pt_pool_drain(&pool);
	if (!ret)
		return 0;

	/* The TLB may know what was mapped for a while, and tables as absent that now exist. */
	dart_domain_unmap(dom, iova, done);
	dart_domain_flush(dom, NULL);
	return ret;
}

/* Mostly the tables are there. */
static int map(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot, gfp_t gfp)
{
	int ret = check_map(dom, iova, pa, size, prot);

	if (ret)
		return ret;
	if (size <= DART_CHUNK) {
		ret = map_chunk(dom, iova - dom->base, pa, size, prot, NULL);
		if (ret != -EAGAIN)
			return ret;
	}
	return map_slowly(dom, iova, pa, size, prot, gfp);
}

/**
 * dart_domain_map() - map a physically contiguous range in all tables of a domain
 * @dom: domain
 * @iova: start, a multiple of the domain's granule
 * @pa: physical address of the start, a multiple of the granule
 * @size: bytes, a multiple of the granule
 * @prot: IOMMU_READ, IOMMU_WRITE, at least one of them, and IOMMU_CACHE
 * @gfp: flags for table pages; atomic ones make this callable from any context
 *
 * The range may be used after dart_domain_flush().
 *
 * Locking: none for ranges that do not overlap; overlapping ones are the caller's to serialise.
 *
 * Return: 0, or with nothing mapped: -EINVAL for bad alignment or protection; -ERANGE if an
 * instance cannot express the IOVA or the physical address; -EEXIST if something is mapped there;
 * -EBUSY if firmware has mapped something else there, or less, in a locked instance; -ENOMEM.
 */
int dart_domain_map(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot, gfp_t gfp)
{
	int ret = map(dom, iova, pa, size, prot, gfp);

	trace_dart_map(dom, iova, pa, size, prot, ret);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_map);

/* Clears at most a chunk, up to the first hole, in all tables. */
static u64 unmap_chunk(struct dart_domain *dom, u64 iova, u64 size)
{
	struct dart_table *table;
	u64 done;

	read_lock(&dom->lock);
	done = dart_pt_clear_run(&dom->primary->pt, iova, size);
	list_for_each_entry(table, &dom->tables, list) {
		if (table != dom->primary)
			dart_pt_clear(&table->pt, iova, done);
	}
	read_unlock(&dom->lock);
	return done;
}

/**
 * dart_domain_unmap() - unmap a range in all tables of a domain
 * @dom: domain
 * @iova: start, a multiple of the granule
 * @size: bytes, a multiple of the granule
 *
 * The memory may be reused after dart_domain_flush(). Any context.
 *
 * Return: bytes unmapped: up to the first address that was not mapped.
 */
u64 dart_domain_unmap(struct dart_domain *dom, u64 iova, u64 size)
{
	u64 done = 0;
	u64 step, n;

	if (!aligned(dom, iova | size) || !in_aperture(dom, iova, size))
		return 0;
	while (done < size) {
		step = min_t(u64, size - done, DART_CHUNK);
		n = unmap_chunk(dom, iova - dom->base + done, step);
		done += n;
		if (n < step)
			break;
	}
	trace_dart_unmap(dom, iova, size, done);
	return done;
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_unmap);

/**
 * dart_domain_iova() - find the IOVA of an address that a master emits
 * @dom: domain
 * @dva: address as it leaves any master of the domain, or as hardware reports it
 *
 * Return: the IOVA.
 */
u64 dart_domain_iova(const struct dart_domain *dom, u64 dva)
{
	return dom->base | (dva & dart_offset_mask(dom->ias));
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_iova);

/**
 * dart_domain_dva() - find the address that a master has to emit
 * @dom: domain
 * @master: device
 * @iova: IOVA in the domain
 *
 * Return: the address: @iova in the window of the master.
 */
u64 dart_domain_dva(const struct dart_domain *dom, const struct dart_master *master, u64 iova)
{
	u64 mask = dart_offset_mask(dom->ias);

	return (master->port[0].dart->params.window_first & ~mask) | (iova & mask);
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_dva);

/**
 * dart_domain_adopt() - make sure that a range is mapped in a certain way
 * @dom: domain
 * @iova: start, a multiple of the granule
 * @pa: physical address of the start, a multiple of the granule
 * @size: bytes, a multiple of the granule
 * @prot: as in dart_domain_map(), for what is not mapped yet
 *
 * Return: 0 if all of it is mapped so, by this or before; -EBUSY if something else is mapped in
 * part of it; otherwise as dart_domain_map().
 */
int dart_domain_adopt(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot)
{
	int ret = dart_domain_map(dom, iova, pa, size, prot, GFP_KERNEL);
	u64 at;

	if (!ret)
		return dart_domain_flush_added(dom, NULL);
	if (ret != -EEXIST)
		return ret;
	for (at = 0; at < size; at += 1ULL << dom->granule_shift) {
		/* 0 is a physical address, but not one of memory that firmware would use. */
		if (dart_domain_iova_to_phys(dom, iova + at) != pa + at)
			return -EBUSY;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_adopt);

/**
 * dart_domain_iova_to_phys() - translate
 * @dom: domain
 * @iova: any address
 *
 * Return: the physical address, or 0 if @iova is not mapped.
 */
phys_addr_t dart_domain_iova_to_phys(struct dart_domain *dom, u64 iova)
{
	bool found;
	u64 pa;

	if (!in_aperture(dom, iova, 1))
		return 0;
	read_lock(&dom->lock);
	found = dart_pt_lookup(&dom->primary->pt, iova - dom->base, &pa, NULL);
	read_unlock(&dom->lock);
	return found ? pa : 0;
}
EXPORT_SYMBOL_IF_KUNIT(dart_domain_iova_to_phys);
