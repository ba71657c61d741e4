// SPDX-License-Identifier: GPL-2.0
/*
 * Locked instances: firmware has made the roots and the control of their streams
 * read-only. What they walk is ordinary memory, though, and that is the way in:
 *
 *	first level of firmware		tables of leaves
 *	+------------------+
 *	| firmware's entry |----------> firmware's, never touched
 *	| vacant           |
 *	| the domain's     |----------> the domain's, shared with its other instances
 *	+------------------+
 *
 * The domain's table has a first level of its own, which unlocked instances walk. A
 * mirror is a first level of firmware that says the same, as far as it has room:
 * entries of the domain are put into vacant slots by compare-exchange, and taken out
 * of slots that still hold them. Slots that hold anything else are firmware's. A
 * mapping there is refused, unless firmware has made the same mapping.
 *
 * So nothing that firmware shows is interrupted, by an attach, a detach or the loss of
 * this driver, and nothing that it adds later is lost. A locked stream cannot be
 * blocked: without a domain it reaches what firmware has mapped, and no more.
 *
 * Lock order: &dart_domain.attach_lock, dart_locked_lock, &dart_domain.lock.
 */

#include <kunit/visibility.h>

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "apple-dart-domain.h"
#include "apple-dart-locked.h"

/**
 * struct dart_mirror - a first level of firmware, in a domain
 * @list: in &dart_table.mirrors; protected by &dart_domain.lock
 * @all: in dart_mirrors
 * @dart: the instance whose streams walk it
 * @dom: the domain
 * @table: its table that is mirrored; two levels and one root
 * @pa: physical address of the first level
 * @slots: the same, mapped
 * @leaves: &struct firmware_leaves that were there at the attach, by slot
 * @n_streams: streams that walk it and are attached
 */
struct dart_mirror {
	struct list_head list;
	struct list_head all;
	struct dart *dart;
	struct dart_domain *dom;
	struct dart_table *table;
	u64 pa;
	u64 *slots;
	struct xarray leaves;
	unsigned int n_streams;
};

/**
 * struct firmware_leaves - a table of leaves that belongs to firmware
 * @entry: what the slot held that led to it; with any other the table is not in use any more
 * @leaf: the table, mapped
 */
struct firmware_leaves {
	u64 entry;
	u64 *leaf;
};

/* Which stream has which mirror, their counts, and the list of all. */
static DEFINE_MUTEX(dart_locked_lock);
static LIST_HEAD(dart_mirrors);

static unsigned int n_slots(const struct dart_table *table)
{
	return 1U << (table->pt.cfg.page_shift - 3);
}

static u64 table_page(const struct dart_table *table)
{
	return 1ULL << table->pt.cfg.page_shift;
}

/*
 * Makes a table of firmware accessible. What the kernel uses as its own memory is no place for one:
 * registers that point there lie, and entries would be put into somebody's data.
 */
static void *map_table(u64 pa, u64 size)
{
	u64 at;

	for (at = pa; at < pa + size; at += PAGE_SIZE) {
		unsigned long pfn = PHYS_PFN(at);

		if (pfn_valid(pfn) && !PageReserved(pfn_to_page(pfn)))
			return NULL;
	}
	return memremap(pa, size, MEMREMAP_WB);
}

/* Bytes of IOVA behind one slot. */
static u64 slot_span(const struct dart_table *table)
{
	return table_page(table) << (table->pt.cfg.page_shift - 3);
}

static u64 own_entry(const struct dart_table *table, unsigned int slot)
{
	return READ_ONCE(table->pt.root[0][slot]);
}

static bool is_firmwares(const struct dart_mirror *mirror, unsigned int slot)
{
	u64 found = READ_ONCE(mirror->slots[slot]);

	return found && found != own_entry(mirror->table, slot);
}

/* Has firmware mapped all of a range, within @slot, just so? */
static int check_slot(struct dart_mirror *mirror, unsigned int slot, u64 offset, u64 pa,
		      u64 size, int prot)
{
	const struct dart_pt_cfg *cfg = &mirror->table->pt.cfg;
	const struct firmware_leaves *leaves = xa_load(&mirror->leaves, slot);
	u64 step = table_page(mirror->table);
	u64 found_pa, end = offset + size;
	int found_prot;

	if (!leaves || leaves->entry != READ_ONCE(mirror->slots[slot]))
		return -EBUSY;
	for (; offset < end; offset += step, pa += step) {
		unsigned int i = (offset >> cfg->page_shift) & (n_slots(mirror->table) - 1);

		if (!dart_pt_decode(cfg->fmt, READ_ONCE(leaves->leaf[i]), &found_pa, &found_prot) ||
		    found_pa != pa || (prot & (IOMMU_READ | IOMMU_WRITE) & ~found_prot))
			return -EBUSY;
	}
	return 0;
}

/* Bytes from @offset to the end of its slot or of @size, whichever comes first. */
static u64 step_of(const struct dart_table *table, u64 offset, u64 size)
{
	u64 span = slot_span(table);

	return min(size, span - (offset & (span - 1)));
}

/**
 * dart_mirrors_check() - may a range be mapped, as far as firmware is concerned?
 * @table: table of a domain
 * @offset: start
 * @pa: physical address of the start
 * @size: bytes
 * @prot: IOMMU_READ, IOMMU_WRITE
 *
 * Locking: &dart_domain.lock for reading.
 *
 * Return: 0, or -EBUSY if part of the range belongs to firmware, which has not mapped the same.
 */
int dart_mirrors_check(const struct dart_table *table, u64 offset, u64 pa, u64 size, int prot)
{
	struct dart_mirror *mirror;
	u64 at, step;
	int ret = 0;

	list_for_each_entry(mirror, &table->mirrors, list) {
		for (at = 0; at < size && !ret; at += step) {
			unsigned int slot = (offset + at) / slot_span(table);

			step = step_of(table, offset + at, size - at);
			if (is_firmwares(mirror, slot))
				ret = check_slot(mirror, slot, offset + at, pa + at, step, prot);
		}
	}
	return ret;
}

/* Puts the domain's entry into a vacant slot. -EBUSY if firmware has just taken it. */
static int publish_slot(struct dart_mirror *mirror, unsigned int slot)
{
	const struct firmware_leaves *leaves = xa_load(&mirror->leaves, slot);
	u64 own = own_entry(mirror->table, slot);
	u64 found;

	if (!own)
		return 0;
	found = cmpxchg64(&mirror->slots[slot], 0, own);
	if (!found || found == own || (leaves && leaves->entry == found))
		return 0;
	return -EBUSY;
}

/**
 * dart_mirrors_publish() - let locked instances see the tables of a range
 * @table: table of a domain, populated for the range, which has passed dart_mirrors_check()
 * @offset: start
 * @size: bytes
 *
 * Locking: &dart_domain.lock for reading.
 *
 * Return: 0, or -EBUSY if firmware has taken a slot since the check.
 */
int dart_mirrors_publish(const struct dart_table *table, u64 offset, u64 size)
{
	struct dart_mirror *mirror;
	u64 at, step;
	int ret = 0;

	list_for_each_entry(mirror, &table->mirrors, list) {
		for (at = 0; at < size && !ret; at += step) {
			step = step_of(table, offset + at, size - at);
			ret = publish_slot(mirror, (offset + at) / slot_span(table));
		}
	}
	return ret;
}

static void retract_slot(const struct dart_mirror *mirror, unsigned int slot)
{
	u64 own = own_entry(mirror->table, slot);

	if (own)
		cmpxchg64(&mirror->slots[slot], own, 0);
}

/**
 * dart_mirrors_retract() - hide a table of leaves that is about to be taken out
 * @table: table of a domain; the entry is still in it
 * @offset: any in the range of the table of leaves
 *
 * Locking: &dart_domain.lock for writing.
 */
void dart_mirrors_retract(const struct dart_table *table, u64 offset)
{
	const struct dart_mirror *mirror;

	list_for_each_entry(mirror, &table->mirrors, list)
		retract_slot(mirror, offset / slot_span(table));
}

/* What the domain has mapped where firmware has a table must be what firmware has mapped. */
static int check_all(struct dart_mirror *mirror)
{
	const struct dart_pt *pt = &mirror->table->pt;
	u64 step = table_page(mirror->table);
	unsigned int slot;
	u64 offset, pa;
	int prot, ret;

	for (slot = 0; slot < n_slots(mirror->table); slot++) {
		u64 start = slot * slot_span(mirror->table);

		if (!is_firmwares(mirror, slot) || !own_entry(mirror->table, slot))
			continue;
		for (offset = start; offset < start + slot_span(mirror->table); offset += step) {
			if (!dart_pt_lookup(pt, offset, &pa, &prot))
				continue;
			ret = check_slot(mirror, slot, offset, pa, step, prot);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static void retract_all(const struct dart_mirror *mirror)
{
	unsigned int slot;

	for (slot = 0; slot < n_slots(mirror->table); slot++)
		retract_slot(mirror, slot);
}

/* From here on changes of mappings reach the mirror; nothing is published after an error. */
static int switch_on(struct dart_mirror *mirror)
{
	struct dart_domain *dom = mirror->dom;
	unsigned int slot;
	int ret;

	write_lock_irq(&dom->lock);
	ret = check_all(mirror);
	for (slot = 0; slot < n_slots(mirror->table) && !ret; slot++)
		ret = publish_slot(mirror, slot);
	if (ret)
		retract_all(mirror);
	else
		list_add(&mirror->list, &mirror->table->mirrors);
	write_unlock_irq(&dom->lock);
	return ret;
}

static void switch_off(struct dart_mirror *mirror)
{
	struct dart_domain *dom = mirror->dom;

	write_lock_irq(&dom->lock);
	list_del(&mirror->list);
	retract_all(mirror);
	write_unlock_irq(&dom->lock);
}

static void free_leaves(struct firmware_leaves *leaves)
{
	memunmap(leaves->leaf);
	kfree(leaves);
}

static void free_mirror(struct dart_mirror *mirror)
{
	struct firmware_leaves *leaves;
	unsigned long slot;

	xa_for_each(&mirror->leaves, slot, leaves)
		free_leaves(leaves);
	xa_destroy(&mirror->leaves);
	memunmap(mirror->slots);
	kfree(mirror);
}

/* A table that cannot be looked at stays unknown: mappings in its slot are refused then. */
static int import_slot(struct dart_mirror *mirror, unsigned int slot)
{
	u64 entry = READ_ONCE(mirror->slots[slot]);
	struct firmware_leaves *leaves;
	u64 pa;
	int ret;

	if (!dart_pt_decode(mirror->table->pt.cfg.fmt, entry, &pa, NULL))
		return 0;
	leaves = kzalloc(sizeof(*leaves), GFP_KERNEL);
	if (!leaves)
		return -ENOMEM;
	leaves->entry = entry;
	leaves->leaf = map_table(pa, table_page(mirror->table));
	if (!leaves->leaf) {
		kfree(leaves);
		return 0;
	}
	ret = xa_err(xa_store(&mirror->leaves, slot, leaves, GFP_KERNEL));
	if (ret)
		free_leaves(leaves);
	return ret;
}

static struct dart_mirror *make_mirror(struct dart_domain *dom, struct dart_table *table,
				       struct dart *dart, u64 pa)
{
	struct dart_mirror *mirror = kzalloc(sizeof(*mirror), GFP_KERNEL);
	unsigned int slot;
	int ret = -ENXIO;

	if (!mirror)
		return ERR_PTR(-ENOMEM);
	mirror->dart = dart;
	mirror->dom = dom;
	mirror->table = table;
	mirror->pa = pa;
	xa_init(&mirror->leaves);
	mirror->slots = map_table(pa, table_page(table));
	if (!mirror->slots) {
		dev_err(dart->dev, "no access to firmware's first level at %#llx\n", pa);
		goto err_free;
	}

	for (slot = 0, ret = 0; slot < n_slots(table) && !ret; slot++)
		ret = import_slot(mirror, slot);
	ret = ret ?: switch_on(mirror);
	if (ret) {
		dev_err(dart->dev, "firmware's tables at %#llx: %d%s\n", pa, ret,
			ret == -EBUSY ? " (mapped differently by firmware)" : "");
		free_mirror(mirror);
		return ERR_PTR(ret);
	}
	list_add(&mirror->all, &dart_mirrors);
	return mirror;

err_free:
	kfree(mirror);
	return ERR_PTR(ret);
}

/* The mirror of the first level at @pa, whatever domain it is in. */
static struct dart_mirror *mirror_at(u64 pa)
{
	struct dart_mirror *mirror;

	lockdep_assert_held(&dart_locked_lock);

	list_for_each_entry(mirror, &dart_mirrors, all) {
		if (mirror->pa == pa)
			return mirror;
	}
	return NULL;
}

/*
 * Streams may have a first level in common. They cannot be in different domains then; nor can
 * instances have one in common, as one that is detached would go on to walk it without being
 * flushed.
 */
static struct dart_mirror *find_mirror(struct dart *dart, const struct dart_table *table, u64 pa)
{
	struct dart_mirror *mirror = mirror_at(pa);

	if (!mirror || (mirror->dart == dart && mirror->table == table))
		return mirror;
	dev_err(dart->dev, "firmware's tables at %#llx are in another domain, or of %s too\n", pa,
		dev_name(mirror->dart->dev));
	return ERR_PTR(-EBUSY);
}

static void put_mirror(struct dart *dart, unsigned int sid)
{
	struct dart_mirror *mirror = dart->streams[sid].mirror;

	lockdep_assert_held(&dart_locked_lock);

	dart->streams[sid].mirror = NULL;
	if (!mirror || --mirror->n_streams)
		return;
	list_del(&mirror->all);
	switch_off(mirror);
	free_mirror(mirror);
}

/**
 * dart_locked_leave() - hide a domain from a stream of a locked instance
 * @dart: locked instance
 * @sid: stream; need not be in a domain
 *
 * The caller flushes before tables of the domain are freed.
 */
void dart_locked_leave(struct dart *dart, unsigned int sid)
{
	mutex_lock(&dart_locked_lock);
	put_mirror(dart, sid);
	mutex_unlock(&dart_locked_lock);
}

/**
 * dart_locked_join() - let a stream of a locked instance see a domain
 * @dom: domain
 * @table: its table of the instance's format
 * @dart: locked instance
 * @sid: stream, which leaves the domain that it was in
 *
 * The caller flushes before it relies on it.
 *
 * Locking: &dart_domain.attach_lock is held.
 *
 * Return: 0; with the stream in no domain: -EINVAL if firmware has not set the stream up for
 * translation at the depth of the domain; -EBUSY if something is mapped in the domain where
 * firmware has mapped something else, or if the first level is in another domain through another
 * stream, or in use by another instance; -ENXIO if the first level cannot be accessed; -ENOMEM;
 * -ENODEV.
 */
int dart_locked_join(struct dart_domain *dom, struct dart_table *table, struct dart *dart,
		     unsigned int sid)
{
	const struct dart_pt_cfg *cfg = &table->pt.cfg;
	struct dart_mirror *mirror;
	u64 pa;
	int ret;

	dart_locked_leave(dart, sid);
	ret = dart_stream_root(dart, sid, &pa);
	if (!ret && (cfg->n_levels != 2 || cfg->n_roots != 1 || pa & (table_page(table) - 1)))
		ret = -EINVAL;
	if (ret) {
		dev_err(dart->dev, "stream %u is locked, and not on a table of %u levels: %d\n",
			sid, cfg->n_levels, ret);
		return ret;
	}

	mutex_lock(&dart_locked_lock);
	mirror = find_mirror(dart, table, pa) ?: make_mirror(dom, table, dart, pa);
	if (IS_ERR(mirror)) {
		ret = PTR_ERR(mirror);
	} else {
		mirror->n_streams++;
		dart->streams[sid].mirror = mirror;
	}
	mutex_unlock(&dart_locked_lock);
	return ret;
}

/* One entry of a table that lies in memory; 0 if it cannot be looked at. */
static u64 read_entry(const struct dart *dart, u64 pa, u64 i)
{
	u64 entry, size = 1ULL << dart->params.page_shift;
	u64 *table;

	if (pa & (size - 1))
		return 0;
	table = map_table(pa, size);
	if (!table)
		return 0;
	entry = READ_ONCE(table[i & (size / sizeof(*table) - 1)]);
	memunmap(table);
	return entry;
}

/**
 * dart_locked_lookup() - find out how a stream of a locked instance has something mapped
 * @dart: locked instance
 * @sid: stream
 * @dva: address that a master emits
 * @prot: set to IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE if it is mapped
 *
 * Return: true if it is mapped.
 */
bool dart_locked_lookup(struct dart *dart, unsigned int sid, u64 dva, int *prot)
{
	unsigned int shift = dart->params.page_shift;
	u64 offset = dva & ((1ULL << dart->params.ias) - 1);
	u64 pa;

	if (dart_stream_root(dart, sid, &pa))
		return false;
	if (!dart_pt_decode(dart->hw->fmt, read_entry(dart, pa, offset >> (2 * shift - 3)), &pa,
			    NULL))
		return false;
	return dart_pt_decode(dart->hw->fmt, read_entry(dart, pa, offset >> shift), &pa, prot);
}
EXPORT_SYMBOL_IF_KUNIT(dart_locked_lookup);

/* Adds the slots of firmware to a list; neighbours make one region. */
static void list_slots(const struct dart *dart, const u64 *slots, const struct dart_mirror *mirror,
		       struct list_head *regions)
{
	const struct dart_params *params = &dart->params;
	unsigned int shift = 2 * params->page_shift - 3;
	unsigned int n = min(1U << (params->page_shift - 3), 1U << (params->ias - shift));
	u64 base = params->window_first & ~((1ULL << params->ias) - 1);
	struct iommu_resv_region *region = NULL;
	unsigned int slot;

	for (slot = 0; slot < n; slot++) {
		u64 found = READ_ONCE(slots[slot]);

		if (!found || (mirror && found == own_entry(mirror->table, slot))) {
			region = NULL;
			continue;
		}
		if (region) {
			region->length += 1ULL << shift;
			continue;
		}
		region = iommu_alloc_resv_region(base + ((u64)slot << shift), 1ULL << shift, 0,
						 IOMMU_RESV_RESERVED, GFP_KERNEL);
		if (!region)
			return;
		list_add_tail(&region->list, regions);
	}
}

/**
 * dart_locked_get_resv_regions() - list the addresses that belong to firmware
 * @dart: locked instance
 * @sid: stream
 * @regions: struct iommu_resv_region to add to, in the addresses that masters emit
 *
 * All that a table of firmware covers belongs to it, as nothing else can be mapped there.
 */
void dart_locked_get_resv_regions(struct dart *dart, unsigned int sid, struct list_head *regions)
{
	u64 size = 1ULL << dart->params.page_shift;
	struct dart_mirror *mirror;
	u64 *slots;
	u64 pa;

	if (dart_stream_root(dart, sid, &pa) || pa & (size - 1))
		return;
	slots = map_table(pa, size);
	if (!slots)
		return;
	mutex_lock(&dart_locked_lock);
	mirror = mirror_at(pa);
	list_slots(dart, slots, mirror, regions);
	mutex_unlock(&dart_locked_lock);
	memunmap(slots);
}
EXPORT_SYMBOL_IF_KUNIT(dart_locked_get_resv_regions);
