// SPDX-License-Identifier: GPL-2.0
/*
 * DART page tables.
 *
 * A table is one page of 64-bit entries. An IOVA of a 16 KiB instance splits like
 * this (a 4 KiB instance: 9 instead of 11 index bits, offset 11:0):
 *
 *   46        36 35        25 24        14 13           0
 *  +------------+------------+------------+--------------+
 *  | 4 levels   | index      | index      | offset       |
 *  | only       | level 1    | level 2    |              |
 *  +------------+------------+------------+--------------+
 *
 * Above the topmost index, parts with several translation base registers (TTBR) for
 * each stream use two more bits to select one. The literature counts the TTBR as a
 * level; this file does not. Only the last level holds leaves.
 *
 *  DART1 leaf    63      52 51      40 39 36 35              12 11 9   8   7 6  2   1   0
 *               +----------+----------+-----+------------------+----+----+---+----+---+---+
 *               | first    | last     |     | PA 35:12         |    | NR | NW|    | SP| V |
 *               +----------+----------+-----+------------------+----+----+---+----+---+---+
 *  DART2 leaf    63      52 51      40 39 38 37              10 9          4   3   2   1   0
 *               +----------+----------+-----+------------------+-------------+---+---+---+---+
 *               | first    | last     |     | PA 41:14         |             | NR| NW| NC| V |
 *               +----------+----------+-----+------------------+-------------+---+---+---+---+
 *
 * V valid, NR no read, NW no write, SP no check of the sub-page limits, NC not cached;
 * first and last are the sub-page limits, here always the whole page. An entry that
 * points to a table has the address and V alone. The layouts are known from reverse
 * engineering: m1n1, the Asahi and OpenBSD drivers, and Linux agree on them.
 *
 * Concurrency: entries are naturally aligned 64-bit words that are read and written
 * whole. Ranges that do not overlap may be worked on concurrently; tables are
 * installed by compare-exchange. Tables are taken out by dart_pt_prune() alone, whose
 * caller excludes all others: the domain's lock held for writing does.
 */

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/prefetch.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "apple-dart-pgtable.h"

#define DART_PTE_VALID		BIT_ULL(0)
#define DART_PTE_FIRST		GENMASK_ULL(63, 52)
#define DART_PTE_LAST		GENMASK_ULL(51, 40)

#define DART1_PTE_ADDR		GENMASK_ULL(35, 12)
#define DART1_PTE_NO_READ	BIT_ULL(8)
#define DART1_PTE_NO_WRITE	BIT_ULL(7)
#define DART1_PTE_NO_SUBPAGE	BIT_ULL(1)

#define DART2_PTE_ADDR		GENMASK_ULL(37, 10)
#define DART2_PTE_ADDR_SHIFT	4
#define DART2_PTE_NO_READ	BIT_ULL(3)
#define DART2_PTE_NO_WRITE	BIT_ULL(2)
#define DART2_PTE_NO_CACHE	BIT_ULL(1)

/*
 * What a map of a single page costs is the walk, and a walk is mostly shifts. So the
 * arithmetic below takes the page size and the format as parameters that are constants
 * after inlining where that pays: in the tables that nearly all instances have, with
 * two levels, one root and pages of 16 KiB.
 */
#define PLAIN_SHIFT		14
#define PLAIN_SIZE		SZ_16K

/* Bits of a table index; a table is a page of 8-byte entries. */
static __always_inline unsigned int index_bits(unsigned int page_shift)
{
	return page_shift - 3;
}

static __always_inline unsigned int n_entries(unsigned int page_shift)
{
	return 1U << index_bits(page_shift);
}

/* log2 of the bytes of IOVA that one entry at @level covers; the leaves are at level 0. */
static __always_inline unsigned int level_shift(unsigned int page_shift, unsigned int level)
{
	return page_shift + level * index_bits(page_shift);
}

/* Bytes of IOVA that one table of leaves covers. */
static __always_inline u64 leaf_span(unsigned int page_shift)
{
	return 1ULL << level_shift(page_shift, 1);
}

static __always_inline unsigned int level_index(unsigned int page_shift, u64 iova,
						unsigned int level)
{
	return (iova >> level_shift(page_shift, level)) & (n_entries(page_shift) - 1);
}

static __always_inline u64 *root_of(const struct dart_pt *pt, u64 iova)
{
	unsigned int shift;

	if (likely(pt->cfg.n_roots == 1))
		return pt->root[0];
	shift = level_shift(pt->cfg.page_shift, pt->cfg.n_levels);
	return pt->root[(iova >> shift) & (pt->cfg.n_roots - 1)];
}

/* Bytes from @iova to the end of its leaf table or of @size, whichever comes first. */
static __always_inline u64 step_of(unsigned int page_shift, u64 iova, u64 size)
{
	u64 span = leaf_span(page_shift);

	return min(size, span - (iova & (span - 1)));
}

static __always_inline u64 pa_to_entry(enum dart_pt_fmt fmt, u64 pa)
{
	if (fmt == DART_PT_DART1)
		return pa & DART1_PTE_ADDR;
	return (pa >> DART2_PTE_ADDR_SHIFT) & DART2_PTE_ADDR;
}

static __always_inline u64 entry_to_pa(enum dart_pt_fmt fmt, u64 entry)
{
	if (fmt == DART_PT_DART1)
		return entry & DART1_PTE_ADDR;
	return (entry & DART2_PTE_ADDR) << DART2_PTE_ADDR_SHIFT;
}

#define PROT_R			IOMMU_READ
#define PROT_W			IOMMU_WRITE
#define PROT_C			IOMMU_CACHE
#define PROT_MASK		(PROT_R | PROT_W | PROT_C)
#define DART1_LEAF		(DART_PTE_VALID | DART_PTE_LAST | DART1_PTE_NO_SUBPAGE)
#define DART2_LEAF		(DART_PTE_VALID | DART_PTE_LAST)

/* All bits of a leaf except the address. */
static __always_inline u64 prot_to_leaf(enum dart_pt_fmt fmt, int prot)
{
	static const u64 leaf[][PROT_MASK + 1] = {
		[DART_PT_DART1] = {
			[0] = DART1_LEAF | DART1_PTE_NO_READ | DART1_PTE_NO_WRITE,
			[PROT_R] = DART1_LEAF | DART1_PTE_NO_WRITE,
			[PROT_W] = DART1_LEAF | DART1_PTE_NO_READ,
			[PROT_R | PROT_W] = DART1_LEAF,
			[PROT_C] = DART1_LEAF | DART1_PTE_NO_READ | DART1_PTE_NO_WRITE,
			[PROT_C | PROT_R] = DART1_LEAF | DART1_PTE_NO_WRITE,
			[PROT_C | PROT_W] = DART1_LEAF | DART1_PTE_NO_READ,
			[PROT_C | PROT_R | PROT_W] = DART1_LEAF,
		},
		[DART_PT_DART2] = {
			[0] = DART2_LEAF | DART2_PTE_NO_READ | DART2_PTE_NO_WRITE |
			      DART2_PTE_NO_CACHE,
			[PROT_R] = DART2_LEAF | DART2_PTE_NO_WRITE | DART2_PTE_NO_CACHE,
			[PROT_W] = DART2_LEAF | DART2_PTE_NO_READ | DART2_PTE_NO_CACHE,
			[PROT_R | PROT_W] = DART2_LEAF | DART2_PTE_NO_CACHE,
			[PROT_C] = DART2_LEAF | DART2_PTE_NO_READ | DART2_PTE_NO_WRITE,
			[PROT_C | PROT_R] = DART2_LEAF | DART2_PTE_NO_WRITE,
			[PROT_C | PROT_W] = DART2_LEAF | DART2_PTE_NO_READ,
			[PROT_C | PROT_R | PROT_W] = DART2_LEAF,
		},
	};

	return leaf[fmt][prot & PROT_MASK];
}

static int leaf_to_prot(enum dart_pt_fmt fmt, u64 leaf)
{
	int prot = 0;

	if (fmt == DART_PT_DART1) {
		/* The format does not record cacheability; not cached is always right. */
		prot |= leaf & DART1_PTE_NO_READ ? 0 : IOMMU_READ;
		prot |= leaf & DART1_PTE_NO_WRITE ? 0 : IOMMU_WRITE;
		return prot;
	}
	prot |= leaf & DART2_PTE_NO_READ ? 0 : IOMMU_READ;
	prot |= leaf & DART2_PTE_NO_WRITE ? 0 : IOMMU_WRITE;
	prot |= leaf & DART2_PTE_NO_CACHE ? 0 : IOMMU_CACHE;
	return prot;
}

/**
 * dart_pt_fmt_oas() - physical address bits that a format can express
 * @fmt: format of the entries
 *
 * Return: 36 or 42.
 */
unsigned int dart_pt_fmt_oas(enum dart_pt_fmt fmt)
{
	return fmt == DART_PT_DART1 ? 36 : 42;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_fmt_oas);

/**
 * dart_pt_cfg_init() - find the geometry of a table
 * @cfg: filled in
 * @fmt: format of the entries
 * @page_shift: log2 of the page size
 * @ias: bits of an IOVA
 * @max_roots: root tables that the hardware can hold for one stream
 * @four_levels: the hardware can walk one level more
 *
 * The smallest geometry that covers @ias is chosen: two levels and one root, then
 * more roots, then a third level.
 *
 * Return: 0, or -EINVAL if no geometry covers @ias, or for a page size that the format does not
 * have (DART2 entries lack the PA bits 13:12, so their pages are 16 KiB).
 */
int dart_pt_cfg_init(struct dart_pt_cfg *cfg, enum dart_pt_fmt fmt, unsigned int page_shift,
		     unsigned int ias, unsigned int max_roots, bool four_levels)
{
	unsigned int covered;

	if (page_shift != 14 && !(page_shift == 12 && fmt == DART_PT_DART1))
		return -EINVAL;
	if (ias <= page_shift || max_roots > DART_PT_MAX_ROOTS || !is_power_of_2(max_roots))
		return -EINVAL;

	*cfg = (struct dart_pt_cfg) {
		.fmt = fmt, .page_shift = page_shift, .ias = ias, .n_levels = 2, .n_roots = 1,
	};
	covered = level_shift(cfg->page_shift, cfg->n_levels);
	if (ias <= covered)
		return 0;
	if (ias <= covered + ilog2(max_roots)) {
		cfg->n_roots = 1U << (ias - covered);
		return 0;
	}
	cfg->n_levels = 3;
	if (!four_levels || ias > level_shift(cfg->page_shift, cfg->n_levels))
		return -EINVAL;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_cfg_init);

/**
 * dart_pt_cfg_equal() - can one table serve two configurations?
 * @a: one configuration
 * @b: the other
 *
 * Return: true if format and geometry agree.
 */
bool dart_pt_cfg_equal(const struct dart_pt_cfg *a, const struct dart_pt_cfg *b)
{
	return a->fmt == b->fmt && a->page_shift == b->page_shift && a->ias == b->ias &&
	       a->n_levels == b->n_levels && a->n_roots == b->n_roots;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_cfg_equal);

/**
 * dart_pt_alloc_page() - allocate a zeroed, physically contiguous page for a table
 * @page_shift: log2 of its size and alignment in bytes
 * @gfp: any flags that alloc_pages() takes; without __GFP_DIRECT_RECLAIM it does not sleep
 *
 * Return: the page, or NULL.
 */
void *dart_pt_alloc_page(unsigned int page_shift, gfp_t gfp)
{
	KUNIT_STATIC_STUB_REDIRECT(dart_pt_alloc_page, page_shift, gfp);

	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(1UL << page_shift));
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_alloc_page);

static void dart_pt_free_page(void *page, unsigned int page_shift)
{
	free_pages((unsigned long)page, get_order(1UL << page_shift));
}

static bool reachable(void *page, unsigned int oas)
{
	return !(virt_to_phys(page) >> oas);
}

/* A page that the walker of an instance with @oas physical address bits can reach. */
static void *alloc_reachable(unsigned int page_shift, unsigned int oas, gfp_t gfp)
{
	void *page = dart_pt_alloc_page(page_shift, gfp);

	if (!page || reachable(page, oas))
		return page;
	dart_pt_free_page(page, page_shift);

	page = dart_pt_alloc_page(page_shift, gfp | GFP_DMA32);
	if (!page || reachable(page, oas))
		return page;
	dart_pt_free_page(page, page_shift);
	return NULL;
}

/**
 * dart_pt_init() - make an empty page table
 * @pt: filled in
 * @cfg: from dart_pt_cfg_init()
 * @oas: physical address bits that the table's own pages must fit
 * @gfp: allocation flags
 *
 * Return: 0 or -ENOMEM.
 */
int dart_pt_init(struct dart_pt *pt, const struct dart_pt_cfg *cfg, unsigned int oas, gfp_t gfp)
{
	unsigned int i;

	*pt = (struct dart_pt) { .cfg = *cfg };
	for (i = 0; i < cfg->n_roots; i++) {
		pt->root[i] = alloc_reachable(cfg->page_shift, oas, gfp);
		if (!pt->root[i])
			goto err_free_roots;
	}
	if (cfg->page_shift == PLAIN_SHIFT && cfg->n_levels == 2 && cfg->n_roots == 1)
		pt->plain = pt->root[0];
	return 0;

err_free_roots:
	while (i--)
		dart_pt_free_page(pt->root[i], cfg->page_shift);
	return -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_init);

static __always_inline u64 *child_of(const struct dart_pt *pt, u64 entry)
{
	if (!(entry & DART_PTE_VALID))
		return NULL;
	return phys_to_virt(entry_to_pa(pt->cfg.fmt, entry));
}

/* Frees @table, whose entries are of @level, and all below it: at most three deep. */
static void free_tables(struct dart_pt *pt, u64 *table, unsigned int level)
{
	unsigned int i;

	for (i = 0; level && i < n_entries(pt->cfg.page_shift); i++) {
		u64 *child = child_of(pt, table[i]);

		if (child)
			free_tables(pt, child, level - 1);
	}
	dart_pt_free_page(table, pt->cfg.page_shift);
}

/**
 * dart_pt_destroy() - free a page table
 * @pt: from dart_pt_init(); no instance may walk it or hold a TLB entry of it
 */
void dart_pt_destroy(struct dart_pt *pt)
{
	unsigned int i;

	for (i = 0; i < pt->cfg.n_roots; i++)
		free_tables(pt, pt->root[i], pt->cfg.n_levels - 1);
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_destroy);

static enum dart_pt_page_kind page_kind(const struct dart_pt_cfg *cfg)
{
	return cfg->page_shift == 12 ? DART_PT_PAGE_4K : DART_PT_PAGE_16K;
}

static unsigned int kind_shift(enum dart_pt_page_kind kind)
{
	return kind == DART_PT_PAGE_4K ? 12 : 14;
}

static void pool_put(struct dart_pt_pool *pool, enum dart_pt_page_kind kind, void *page)
{
	*(void **)page = pool->free[kind];
	pool->free[kind] = page;
}

static void *pool_take(struct dart_pt_pool *pool, enum dart_pt_page_kind kind)
{
	void *page = pool->free[kind];

	if (!page)
		return NULL;
	pool->free[kind] = *(void **)page;
	*(void **)page = NULL;
	return page;
}

/**
 * dart_pt_pool_drain() - free the pages that were not needed
 * @pool: may be empty
 */
void dart_pt_pool_drain(struct dart_pt_pool *pool)
{
	enum dart_pt_page_kind kind;
	void *page;

	BUILD_BUG_ON(DART_PT_PAGE_KINDS != 2);
	if (likely(!pool->free[0] && !pool->free[1]))
		return;
	for (kind = 0; kind < DART_PT_PAGE_KINDS; kind++) {
		while ((page = pool_take(pool, kind)))
			dart_pt_free_page(page, kind_shift(kind));
	}
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_pool_drain);

/**
 * dart_pt_pool_fill() - allocate what dart_pt_populate() found missing
 * @pool: to fill; its @missing counts become zero
 * @oas: physical address bits that the pages must fit
 * @gfp: allocation flags
 *
 * Pages that were allocated for another @oas are freed, and will be missing.
 *
 * Return: 0, or -ENOMEM with the pages allocated so far in the pool.
 */
int dart_pt_pool_fill(struct dart_pt_pool *pool, unsigned int oas, gfp_t gfp)
{
	enum dart_pt_page_kind kind;

	if (pool->oas != oas) {
		dart_pt_pool_drain(pool);
		pool->oas = oas;
	}
	for (kind = 0; kind < DART_PT_PAGE_KINDS; kind++) {
		for (; pool->missing[kind]; pool->missing[kind]--) {
			void *page = alloc_reachable(kind_shift(kind), oas, gfp);

			if (!page)
				return -ENOMEM;
			pool_put(pool, kind, page);
		}
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_pool_fill);

/* The table that *@slot points to, installed from the pool if need be; NULL if that is empty. */
static u64 *install_table(struct dart_pt *pt, u64 *slot, struct dart_pt_pool *pool)
{
	enum dart_pt_page_kind kind = page_kind(&pt->cfg);
	u64 *child = child_of(pt, READ_ONCE(*slot));
	u64 entry, found;

	if (child)
		return child;
	child = pool_take(pool, kind);
	if (!child)
		return NULL;

	entry = pa_to_entry(pt->cfg.fmt, virt_to_phys(child)) | DART_PTE_VALID;
	/* The walker must see a zeroed table. */
	dma_wmb();
	found = cmpxchg64(slot, 0, entry);
	if (found) {
		pool_put(pool, kind, child);
		return child_of(pt, found);
	}
	pool->n_installed++;
	return child;
}

/**
 * dart_pt_populate() - make the tables of a range exist
 * @pt: page table
 * @iova: start
 * @size: bytes; not beyond the table's IOVA range
 * @pool: pages to take; what it lacks is added to its @missing counts (never too few)
 *
 * Locking: none; concurrent calls for overlapping ranges are fine. Does not sleep.
 *
 * Return: 0 if dart_pt_set() may follow; -EAGAIN if @pool lacks pages, then some tables may have
 * been installed.
 */
int dart_pt_populate(struct dart_pt *pt, u64 iova, u64 size, struct dart_pt_pool *pool)
{
	int ret = 0;
	u64 step;

	for (; size; iova += step, size -= step) {
		unsigned int level = pt->cfg.n_levels - 1;
		u64 *table = root_of(pt, iova);

		step = step_of(pt->cfg.page_shift, iova, size);
		for (; level && table; level--) {
			u64 *slot = &table[level_index(pt->cfg.page_shift, iova, level)];

			table = install_table(pt, slot, pool);
			if (!table) {
				pool->missing[page_kind(&pt->cfg)] += level;
				ret = -EAGAIN;
			}
		}
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_populate);

/* The entry of @iova's leaf, or NULL if there is no table for it. */
static u64 *leaf_of(const struct dart_pt *pt, u64 iova)
{
	unsigned int page_shift = pt->cfg.page_shift;
	unsigned int level = pt->cfg.n_levels - 1;
	u64 *table = root_of(pt, iova);

	for (; level; level--) {
		table = child_of(pt, READ_ONCE(table[level_index(page_shift, iova, level)]));
		if (!table)
			return NULL;
	}
	return &table[level_index(page_shift, iova, 0)];
}

/* The two steps of leaf_of() for a table with &dart_pt.plain, whose format is @fmt. */
static __always_inline u64 plain_entry(const struct dart_pt *pt, u64 iova)
{
	return READ_ONCE(pt->plain[level_index(PLAIN_SHIFT, iova, 1)]);
}

static __always_inline u64 *plain_leaf(enum dart_pt_fmt fmt, u64 entry, u64 iova)
{
	u64 *table = phys_to_virt(entry_to_pa(fmt, entry));

	return &table[level_index(PLAIN_SHIFT, iova, 0)];
}

/*
 * The loops over leaves below handle LEAF_BATCH entries, a cache line, at a time: one
 * branch for all of them, and accesses that do not wait for each other.
 */
#define LEAF_BATCH	8

/*
 * Looking at leaves waits for the second-level cache, where the tables of a large range are, unless
 * lines are asked for some time before. Beyond the end of a table that does no harm.
 */
#define LEAF_AHEAD	(8 * LEAF_BATCH)

static __always_inline bool leaves_vacant(const u64 *leaf, unsigned int n)
{
	u64 seen;

	for (; n >= LEAF_BATCH; n -= LEAF_BATCH, leaf += LEAF_BATCH) {
		prefetch(leaf + LEAF_AHEAD);
		seen = READ_ONCE(leaf[0]) | READ_ONCE(leaf[1]);
		seen |= READ_ONCE(leaf[2]) | READ_ONCE(leaf[3]);
		seen |= READ_ONCE(leaf[4]) | READ_ONCE(leaf[5]);
		seen |= READ_ONCE(leaf[6]) | READ_ONCE(leaf[7]);
		if (seen)
			return false;
	}
	for (; n; n--, leaf++) {
		if (READ_ONCE(*leaf))
			return false;
	}
	return true;
}

static __always_inline void leaves_set(u64 *leaf, unsigned int n, u64 entry, u64 increment)
{
	for (; n >= LEAF_BATCH; n -= LEAF_BATCH, leaf += LEAF_BATCH) {
		WRITE_ONCE(leaf[0], entry);
		WRITE_ONCE(leaf[1], entry + increment);
		WRITE_ONCE(leaf[2], entry + 2 * increment);
		WRITE_ONCE(leaf[3], entry + 3 * increment);
		WRITE_ONCE(leaf[4], entry + 4 * increment);
		WRITE_ONCE(leaf[5], entry + 5 * increment);
		WRITE_ONCE(leaf[6], entry + 6 * increment);
		WRITE_ONCE(leaf[7], entry + 7 * increment);
		entry += LEAF_BATCH * increment;
	}
	for (; n; n--, leaf++, entry += increment)
		WRITE_ONCE(*leaf, entry);
}

/* Do LEAF_BATCH leaves exist? One that does is valid, the others are zero. */
static bool batch_present(const u64 *leaf)
{
	u64 all;

	all = READ_ONCE(leaf[0]) & READ_ONCE(leaf[1]);
	all &= READ_ONCE(leaf[2]) & READ_ONCE(leaf[3]);
	all &= READ_ONCE(leaf[4]) & READ_ONCE(leaf[5]);
	all &= READ_ONCE(leaf[6]) & READ_ONCE(leaf[7]);
	return all & DART_PTE_VALID;
}

static __always_inline void leaves_clear(u64 *leaf, unsigned int n)
{
	for (; n >= LEAF_BATCH; n -= LEAF_BATCH, leaf += LEAF_BATCH) {
		WRITE_ONCE(leaf[0], 0);
		WRITE_ONCE(leaf[1], 0);
		WRITE_ONCE(leaf[2], 0);
		WRITE_ONCE(leaf[3], 0);
		WRITE_ONCE(leaf[4], 0);
		WRITE_ONCE(leaf[5], 0);
		WRITE_ONCE(leaf[6], 0);
		WRITE_ONCE(leaf[7], 0);
	}
	for (; n; n--, leaf++)
		WRITE_ONCE(*leaf, 0);
}

/* Clears up to the first hole; returns the number of leaves cleared. */
static __always_inline unsigned int leaves_clear_run(u64 *leaf, unsigned int n)
{
	u64 *first = leaf, *end = leaf + n;

	for (; end - leaf >= LEAF_BATCH && batch_present(leaf); leaf += LEAF_BATCH)
		leaves_clear(leaf, LEAF_BATCH);
	for (; leaf < end && READ_ONCE(*leaf); leaf++)
		WRITE_ONCE(*leaf, 0);
	return leaf - first;
}

/**
 * dart_pt_vacant() - is nothing mapped in a range?
 * @pt: page table
 * @iova: start, a multiple of the page size
 * @size: bytes, a multiple of the page size; not beyond the table's IOVA range
 *
 * Return: true if no leaf of the range is present.
 */
bool dart_pt_vacant(const struct dart_pt *pt, u64 iova, u64 size)
{
	u64 step;

	for (; size; iova += step, size -= step) {
		const u64 *leaf = leaf_of(pt, iova);

		step = step_of(pt->cfg.page_shift, iova, size);
		if (leaf && !leaves_vacant(leaf, step >> pt->cfg.page_shift))
			return false;
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_vacant);

/**
 * dart_pt_prepare() - dart_pt_vacant() and dart_pt_populate() in one walk
 * @pt: page table
 * @iova: start, a multiple of the page size
 * @size: bytes, a multiple of the page size; not beyond the table's IOVA range
 * @pool: pages to take; what it lacks is added to its @missing counts (never too few). NULL: no
 *	table is installed
 *
 * Locking: the caller excludes concurrent changes of the range. Does not sleep.
 *
 * Return: 0 if dart_pt_set() may follow; -EEXIST if something is mapped in the range; -EAGAIN if
 * @pool lacks pages. After an error some tables may have been installed.
 */
int dart_pt_prepare(struct dart_pt *pt, u64 iova, u64 size, struct dart_pt_pool *pool)
{
	int ret = 0;
	u64 step;

	for (; size; iova += step, size -= step) {
		const u64 *leaf = leaf_of(pt, iova);

		step = step_of(pt->cfg.page_shift, iova, size);
		if (leaf && !leaves_vacant(leaf, step >> pt->cfg.page_shift))
			return -EEXIST;
		if (leaf)
			continue;
		/* A table that was not there holds nothing of the caller's range. */
		if (!pool || dart_pt_populate(pt, iova, step, pool))
			ret = -EAGAIN;
	}
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_prepare);

/**
 * dart_pt_set() - fill leaves
 * @pt: page table, populated for the range
 * @iova: start, a multiple of the page size
 * @pa: physical address of the start, a multiple of the page size
 * @size: bytes, a multiple of the page size; neither range goes beyond what the table covers
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE; others are ignored
 *
 * Old leaves are overwritten. Cannot fail.
 *
 * Locking: the caller excludes concurrent changes of the range.
 */
void dart_pt_set(struct dart_pt *pt, u64 iova, u64 pa, u64 size, int prot)
{
	u64 flags = prot_to_leaf(pt->cfg.fmt, prot);
	u64 increment = pa_to_entry(pt->cfg.fmt, 1ULL << pt->cfg.page_shift);
	u64 step;

	for (; size; iova += step, pa += step, size -= step) {
		u64 entry = pa_to_entry(pt->cfg.fmt, pa) | flags;

		step = step_of(pt->cfg.page_shift, iova, size);
		leaves_set(leaf_of(pt, iova), step >> pt->cfg.page_shift, entry, increment);
	}
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_set);

static noinline int map_range(struct dart_pt *pt, u64 iova, u64 pa, u64 size, int prot,
			      struct dart_pt_pool *pool)
{
	int ret = dart_pt_prepare(pt, iova, size, pool);

	if (!ret)
		dart_pt_set(pt, iova, pa, size, prot);
	return ret;
}

/* A scattered buffer comes page by page: one walk, no loop, all shifts and masks known. */
static __always_inline int map_plain(enum dart_pt_fmt fmt, u64 entry, u64 iova, u64 pa, int prot)
{
	u64 *leaf = plain_leaf(fmt, entry, iova);

	if (unlikely(READ_ONCE(*leaf)))
		return -EEXIST;
	WRITE_ONCE(*leaf, pa_to_entry(fmt, pa) | prot_to_leaf(fmt, prot));
	return 0;
}

/**
 * dart_pt_map() - dart_pt_prepare() and dart_pt_set(), for a domain with one table
 * @pt: page table
 * @iova: start, a multiple of the page size
 * @pa: physical address of the start, a multiple of the page size
 * @size: bytes, not zero, a multiple of the page size; neither range goes beyond what the table
 *	covers
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE; others are ignored
 * @pool: pages to take; what it lacks is added to its @missing counts (never too few). NULL: no
 *	table is installed
 *
 * Locking: the caller excludes concurrent changes of the range. Does not sleep.
 *
 * Return: 0, or with no leaf changed: -EEXIST if something is mapped in the range; -EAGAIN if
 * @pool lacks pages. After an error some tables may have been installed.
 */
int dart_pt_map(struct dart_pt *pt, u64 iova, u64 pa, u64 size, int prot,
		struct dart_pt_pool *pool)
{
	u64 entry;

	if (unlikely(size != PLAIN_SIZE || !pt->plain))
		return map_range(pt, iova, pa, size, prot, pool);
	entry = plain_entry(pt, iova);
	if (unlikely(!(entry & DART_PTE_VALID)))
		return map_range(pt, iova, pa, size, prot, pool);
	if (pt->cfg.fmt == DART_PT_DART1)
		return map_plain(DART_PT_DART1, entry, iova, pa, prot);
	return map_plain(DART_PT_DART2, entry, iova, pa, prot);
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_map);

static noinline int map_ranges(struct dart_pt *a, struct dart_pt *b, u64 iova, u64 pa, u64 size,
			       int prot)
{
	int ret = dart_pt_map(a, iova, pa, size, prot, NULL);

	if (ret)
		return ret;
	ret = dart_pt_map(b, iova, pa, size, prot, NULL);
	if (ret)
		dart_pt_clear(a, iova, size);
	return ret;
}

/*
 * Both leaves are looked at before either is stored to. Tables are aligned to pages, so the two are
 * at the same offset in a page, and a processor may take a load for one that depends on the store
 * before it.
 */
static __always_inline int map_plain_both(enum dart_pt_fmt fmt_a, u64 entry_a,
					  enum dart_pt_fmt fmt_b, u64 entry_b, u64 iova, u64 pa,
					  int prot)
{
	u64 *leaf_a = plain_leaf(fmt_a, entry_a, iova);
	u64 *leaf_b = plain_leaf(fmt_b, entry_b, iova);

	if (unlikely(READ_ONCE(*leaf_a) | READ_ONCE(*leaf_b)))
		return -EEXIST;
	WRITE_ONCE(*leaf_a, pa_to_entry(fmt_a, pa) | prot_to_leaf(fmt_a, prot));
	WRITE_ONCE(*leaf_b, pa_to_entry(fmt_b, pa) | prot_to_leaf(fmt_b, prot));
	return 0;
}

/**
 * dart_pt_map_both() - dart_pt_map() for a domain with two tables, both or none
 * @a: page table
 * @b: page table of another format or geometry
 * @iova: start, a multiple of both page sizes
 * @pa: physical address of the start, a multiple of both page sizes
 * @size: bytes, not zero, a multiple of both page sizes; not beyond what either table covers
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE; others are ignored
 *
 * Locking: as dart_pt_map().
 *
 * Return: 0, or with no leaf changed when this returns: -EEXIST if something is mapped in the
 * range; -EAGAIN if a table of leaves is missing.
 */
int dart_pt_map_both(struct dart_pt *a, struct dart_pt *b, u64 iova, u64 pa, u64 size, int prot)
{
	u64 entry_a, entry_b;

	if (unlikely(size != PLAIN_SIZE || !a->plain || !b->plain || a->cfg.fmt == b->cfg.fmt))
		return map_ranges(a, b, iova, pa, size, prot);
	entry_a = plain_entry(a, iova);
	entry_b = plain_entry(b, iova);
	if (unlikely(!(entry_a & entry_b & DART_PTE_VALID)))
		return map_ranges(a, b, iova, pa, size, prot);
	if (a->cfg.fmt == DART_PT_DART1)
		return map_plain_both(DART_PT_DART1, entry_a, DART_PT_DART2, entry_b, iova, pa,
				      prot);
	return map_plain_both(DART_PT_DART2, entry_a, DART_PT_DART1, entry_b, iova, pa, prot);
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_map_both);

static noinline u64 clear_range_run(struct dart_pt *pt, u64 iova, u64 size)
{
	u64 done = 0;

	while (done < size) {
		u64 step = step_of(pt->cfg.page_shift, iova + done, size - done);
		u64 *leaf = leaf_of(pt, iova + done);
		u64 cleared;

		if (!leaf)
			break;
		cleared = leaves_clear_run(leaf, step >> pt->cfg.page_shift);
		cleared <<= pt->cfg.page_shift;
		done += cleared;
		if (cleared < step)
			break;
	}
	return done;
}

/* A single page in a table with &dart_pt.plain. */
static __always_inline bool clear_plain(struct dart_pt *pt, u64 iova)
{
	u64 entry = plain_entry(pt, iova);
	u64 *leaf;

	if (unlikely(!(entry & DART_PTE_VALID)))
		return false;
	leaf = plain_leaf(pt->cfg.fmt, entry, iova);
	if (unlikely(!READ_ONCE(*leaf)))
		return false;
	WRITE_ONCE(*leaf, 0);
	return true;
}

/**
 * dart_pt_clear_run() - clear leaves up to the first hole
 * @pt: page table
 * @iova: start, a multiple of the page size
 * @size: bytes, a multiple of the page size; not beyond the table's IOVA range
 *
 * Locking: the caller excludes concurrent changes of the range.
 *
 * Return: bytes that were mapped without a hole from @iova on and no longer are; at most @size.
 */
u64 dart_pt_clear_run(struct dart_pt *pt, u64 iova, u64 size)
{
	if (likely(size == PLAIN_SIZE && pt->plain))
		return clear_plain(pt, iova) ? PLAIN_SIZE : 0;
	return clear_range_run(pt, iova, size);
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_clear_run);

static noinline void clear_range(struct dart_pt *pt, u64 iova, u64 size)
{
	u64 step;

	for (; size; iova += step, size -= step) {
		u64 *leaf = leaf_of(pt, iova);

		step = step_of(pt->cfg.page_shift, iova, size);
		if (leaf)
			leaves_clear(leaf, step >> pt->cfg.page_shift);
	}
}

/**
 * dart_pt_clear() - clear leaves, holes or not
 * @pt: page table
 * @iova: start, a multiple of the page size
 * @size: bytes, a multiple of the page size; not beyond the table's IOVA range
 *
 * Locking: the caller excludes concurrent changes of the range.
 */
void dart_pt_clear(struct dart_pt *pt, u64 iova, u64 size)
{
	if (likely(size == PLAIN_SIZE && pt->plain))
		clear_plain(pt, iova);
	else
		clear_range(pt, iova, size);
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_clear);

/**
 * dart_pt_lookup() - translate
 * @pt: page table
 * @iova: any address in the table's range
 * @pa: set to its physical address if it is mapped
 * @prot: set to IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE if it is mapped; may be NULL
 *
 * Return: true if @iova is mapped.
 */
bool dart_pt_lookup(const struct dart_pt *pt, u64 iova, u64 *pa, int *prot)
{
	const u64 *leaf = leaf_of(pt, iova);
	u64 entry = leaf ? READ_ONCE(*leaf) : 0;

	if (!(entry & DART_PTE_VALID))
		return false;
	*pa = entry_to_pa(pt->cfg.fmt, entry) | (iova & ((1ULL << pt->cfg.page_shift) - 1));
	if (prot)
		*prot = leaf_to_prot(pt->cfg.fmt, entry);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_lookup);

/* Bytes from @iova to the end of the absent subtree around it; 0 if its leaf table exists. */
static u64 absent_size(const struct dart_pt *pt, u64 iova)
{
	unsigned int level = pt->cfg.n_levels - 1;
	unsigned int page_shift = pt->cfg.page_shift;
	u64 *table = root_of(pt, iova);
	u64 span;

	for (; level; level--) {
		span = 1ULL << level_shift(page_shift, level);
		table = child_of(pt, READ_ONCE(table[level_index(page_shift, iova, level)]));
		if (!table)
			return span - (iova & (span - 1));
	}
	return 0;
}

/**
 * dart_pt_next_span() - find the next range that has a table of leaves
 * @pt: page table
 * @iova: where to begin
 * @size: set to the bytes from there to the end of the leaf table, 0 if there is none
 *
 * Return: the first address, at or after @iova, whose leaf table exists; 2^ias if there is none.
 */
u64 dart_pt_next_span(const struct dart_pt *pt, u64 iova, u64 *size)
{
	u64 end = 1ULL << pt->cfg.ias;
	u64 absent;

	*size = 0;
	for (; iova < end; iova += absent) {
		absent = absent_size(pt, iova);
		if (!absent) {
			*size = step_of(pt->cfg.page_shift, iova, end - iova);
			return iova;
		}
	}
	return end;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_next_span);

/**
 * dart_pt_copy() - copy mappings into a table of another format or geometry
 * @dst: page table, populated for the range
 * @src: page table
 * @iova: start, a multiple of both page sizes
 * @size: bytes, a multiple of both page sizes; not beyond the range of either table
 *
 * What is mapped in @src must fit the larger page size of the two in size and alignment, and the
 * physical address width of @dst's format. What is not mapped in @src is left alone in @dst.
 *
 * Locking: the caller excludes concurrent changes of the range in both tables.
 */
void dart_pt_copy(struct dart_pt *dst, const struct dart_pt *src, u64 iova, u64 size)
{
	u64 granule = 1ULL << max(dst->cfg.page_shift, src->cfg.page_shift);
	u64 end = iova + size;
	int prot;
	u64 pa;

	for (; iova < end; iova += granule) {
		if (dart_pt_lookup(src, iova, &pa, &prot))
			dart_pt_set(dst, iova, pa, granule, prot);
	}
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_copy);

/* Do all entries of @table (of @level) and below it hold addresses of at most @oas bits? */
static bool table_reaches(const struct dart_pt *pt, u64 *table, unsigned int level,
			  unsigned int oas)
{
	unsigned int i;

	if (!reachable(table, oas))
		return false;
	for (i = 0; i < n_entries(pt->cfg.page_shift); i++) {
		u64 entry = READ_ONCE(table[i]);

		if (!(entry & DART_PTE_VALID))
			continue;
		if (level && !table_reaches(pt, child_of(pt, entry), level - 1, oas))
			return false;
		if (entry_to_pa(pt->cfg.fmt, entry) >> oas)
			return false;
	}
	return true;
}

/**
 * dart_pt_reaches() - could an instance with narrower physical addresses use a table?
 * @pt: page table
 * @oas: physical address bits of the instance
 *
 * Takes time in proportion to what is mapped.
 *
 * Locking: none; concurrent changes may be missed.
 *
 * Return: true if the table's own pages and all that is mapped lie below 2^@oas.
 */
bool dart_pt_reaches(const struct dart_pt *pt, unsigned int oas)
{
	unsigned int i;

	for (i = 0; i < pt->cfg.n_roots; i++) {
		if (!table_reaches(pt, pt->root[i], pt->cfg.n_levels - 1, oas))
			return false;
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_reaches);

/**
 * dart_pt_decode() - read an entry of a table
 * @fmt: format of the entry
 * @entry: leaf, or entry that points to a table
 * @pa: set to the physical address of the page or table
 * @prot: set to IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE of a leaf; may be NULL
 *
 * Return: true if the entry is valid.
 */
bool dart_pt_decode(enum dart_pt_fmt fmt, u64 entry, u64 *pa, int *prot)
{
	if (!(entry & DART_PTE_VALID))
		return false;
	*pa = entry_to_pa(fmt, entry);
	if (prot)
		*prot = leaf_to_prot(fmt, entry);
	return true;
}

/* The tables whose entries lead to @iova, leaves first; false if there is no table of leaves. */
static bool find_path(const struct dart_pt *pt, u64 iova, u64 **table, u64 **slot)
{
	unsigned int bits = pt->cfg.page_shift - 3;
	unsigned int level = pt->cfg.n_levels - 1;

	table[level] = root_of(pt, iova);
	for (; level; level--) {
		unsigned int shift = pt->cfg.page_shift + level * bits;

		slot[level] = &table[level][(iova >> shift) & ((1U << bits) - 1)];
		table[level - 1] = child_of(pt, *slot[level]);
		if (!table[level - 1])
			return false;
	}
	return true;
}

/**
 * dart_pt_prune() - take a table of leaves out if it is empty
 * @pt: page table
 * @iova: any address that the table of leaves covers
 * @removed: tables that were taken out are added; may be freed after a flush
 *
 * A table above it that becomes empty goes, too, but not the root.
 *
 * Locking: the caller excludes all other users of @pt but the hardware.
 *
 * Return: number of tables that were taken out.
 */
unsigned int dart_pt_prune(struct dart_pt *pt, u64 iova, void **removed)
{
	u64 *table[DART_PT_MAX_LEVELS], *slot[DART_PT_MAX_LEVELS];
	unsigned int level;

	if (!find_path(pt, iova, table, slot))
		return 0;
	for (level = 0; level + 1 < pt->cfg.n_levels; level++) {
		if (memchr_inv(table[level], 0, 1UL << pt->cfg.page_shift))
			break;
		WRITE_ONCE(*slot[level + 1], 0);
		/* To a walker that still has the table this is no valid entry: bit 0 is clear. */
		*(void **)table[level] = *removed;
		*removed = table[level];
	}
	return level;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_prune);

/**
 * dart_pt_free_removed() - free tables that were taken out
 * @pt: page table that they were part of
 * @removed: from dart_pt_prune(); no instance walks them or holds a TLB entry of them
 */
void dart_pt_free_removed(const struct dart_pt *pt, void *removed)
{
	while (removed) {
		void *next = *(void **)removed;

		dart_pt_free_page(removed, pt->cfg.page_shift);
		removed = next;
	}
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_free_removed);

static unsigned int count_tables(const struct dart_pt *pt, const u64 *table, unsigned int level)
{
	unsigned int i, n = 1;

	for (i = 0; level && i < 1U << (pt->cfg.page_shift - 3); i++) {
		const u64 *child = child_of(pt, READ_ONCE(table[i]));

		if (child)
			n += count_tables(pt, child, level - 1);
	}
	return n;
}

/**
 * dart_pt_count() - count the pages of a table
 * @pt: page table
 *
 * Locking: the caller excludes dart_pt_prune().
 *
 * Return: number of pages of all levels.
 */
unsigned int dart_pt_count(const struct dart_pt *pt)
{
	unsigned int i, n = 0;

	for (i = 0; i < pt->cfg.n_roots; i++)
		n += count_tables(pt, pt->root[i], pt->cfg.n_levels - 1);
	return n;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pt_count);
