/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DART page tables: formats, walking, filling. Knows no domain and no register.
 */
#ifndef APPLE_DART_PGTABLE_H
#define APPLE_DART_PGTABLE_H

#include <linux/types.h>

#define DART_PT_MAX_ROOTS	4
#define DART_PT_MAX_LEVELS	3

/**
 * enum dart_pt_fmt - format of the entries
 * @DART_PT_DART1: t8103 and earlier, 36-bit physical addresses
 * @DART_PT_DART2: t6000, t8110 and later, 42-bit physical addresses, 16 KiB pages only
 */
enum dart_pt_fmt {
	DART_PT_DART1,
	DART_PT_DART2,
};

/**
 * struct dart_pt_cfg - format and geometry of a table
 *
 * Two instances may walk the same table if and only if all members are equal.
 *
 * @fmt: format of the entries
 * @page_shift: log2 of the page size, 12 or 14; a table is one page of 64-bit entries
 * @ias: bits of an IOVA; higher ones must be zero
 * @n_levels: levels of tables, 2 or 3; the register that points to the root is none
 * @n_roots: root tables side by side, selected by the top bits of the IOVA; a power of 2
 */
struct dart_pt_cfg {
	enum dart_pt_fmt fmt;
	u8 page_shift;
	u8 ias;
	u8 n_levels;
	u8 n_roots;
};

/**
 * struct dart_pt - a page table
 * @cfg: never changes
 * @plain: the only root of a table with pages of 16 KiB and two levels; otherwise NULL
 * @root: the first @cfg.n_roots point to a table each; they never change
 */
struct dart_pt {
	struct dart_pt_cfg cfg;
	u64 *plain;
	u64 *root[DART_PT_MAX_ROOTS];
};

enum dart_pt_page_kind {
	DART_PT_PAGE_4K,
	DART_PT_PAGE_16K,
	DART_PT_PAGE_KINDS,
};

/**
 * struct dart_pt_pool - zeroed pages for tables, allocated before a lock is taken
 * @free: pages of each kind, linked through their first word
 * @missing: pages of each kind that dart_pt_populate() could not get; dart_pt_pool_fill() gets them
 * @n_installed: pages that became part of a table
 * @oas: physical address bits that the pages fit
 */
struct dart_pt_pool {
	void *free[DART_PT_PAGE_KINDS];
	unsigned int missing[DART_PT_PAGE_KINDS];
	unsigned int n_installed;
	unsigned int oas;
};

int dart_pt_cfg_init(struct dart_pt_cfg *cfg, enum dart_pt_fmt fmt, unsigned int page_shift,
		     unsigned int ias, unsigned int max_roots, bool four_levels);
bool dart_pt_cfg_equal(const struct dart_pt_cfg *a, const struct dart_pt_cfg *b);
unsigned int dart_pt_fmt_oas(enum dart_pt_fmt fmt);

int dart_pt_init(struct dart_pt *pt, const struct dart_pt_cfg *cfg, unsigned int oas, gfp_t gfp);
void dart_pt_destroy(struct dart_pt *pt);

int dart_pt_pool_fill(struct dart_pt_pool *pool, unsigned int oas, gfp_t gfp);
void dart_pt_pool_drain(struct dart_pt_pool *pool);

int dart_pt_populate(struct dart_pt *pt, u64 iova, u64 size, struct dart_pt_pool *pool);
bool dart_pt_vacant(const struct dart_pt *pt, u64 iova, u64 size);
int dart_pt_prepare(struct dart_pt *pt, u64 iova, u64 size, struct dart_pt_pool *pool);
void dart_pt_set(struct dart_pt *pt, u64 iova, u64 pa, u64 size, int prot);
int dart_pt_map(struct dart_pt *pt, u64 iova, u64 pa, u64 size, int prot,
		struct dart_pt_pool *pool);
int dart_pt_map_both(struct dart_pt *a, struct dart_pt *b, u64 iova, u64 pa, u64 size, int prot);
u64 dart_pt_clear_run(struct dart_pt *pt, u64 iova, u64 size);
void dart_pt_clear(struct dart_pt *pt, u64 iova, u64 size);
bool dart_pt_lookup(const struct dart_pt *pt, u64 iova, u64 *pa, int *prot);
u64 dart_pt_next_span(const struct dart_pt *pt, u64 iova, u64 *size);
void dart_pt_copy(struct dart_pt *dst, const struct dart_pt *src, u64 iova, u64 size);
unsigned int dart_pt_prune(struct dart_pt *pt, u64 iova, void **removed);
void dart_pt_free_removed(const struct dart_pt *pt, void *removed);
unsigned int dart_pt_count(const struct dart_pt *pt);
bool dart_pt_decode(enum dart_pt_fmt fmt, u64 entry, u64 *pa, int *prot);
bool dart_pt_reaches(const struct dart_pt *pt, unsigned int oas);

void *dart_pt_alloc_page(unsigned int page_shift, gfp_t gfp);

#endif
