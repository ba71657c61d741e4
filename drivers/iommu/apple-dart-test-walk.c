// SPDX-License-Identifier: GPL-2.0
/*
 * A page-table walker for tests. It shares nothing with the code under test but the
 * description of the geometry, and does the arithmetic by division, so that the two
 * do not make the same mistake.
 */

#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/module.h>

#include "apple-dart-test.h"

static u64 entry_address(enum dart_pt_fmt fmt, u64 entry)
{
	if (fmt == DART_PT_DART1)
		return entry & 0x0000000ffffff000ULL;
	/* Bits 41:14 of the address are in bits 37:10 of the entry. */
	return ((entry & 0x0000003ffffffc00ULL) / 0x400) * 0x4000;
}

static int entry_prot(enum dart_pt_fmt fmt, u64 entry)
{
	u64 no_read = fmt == DART_PT_DART1 ? 0x100 : 0x8;
	u64 no_write = fmt == DART_PT_DART1 ? 0x80 : 0x4;
	int prot = 0;

	if (!(entry & no_read))
		prot |= IOMMU_READ;
	if (!(entry & no_write))
		prot |= IOMMU_WRITE;
	if (fmt == DART_PT_DART2 && !(entry & 0x2))
		prot |= IOMMU_CACHE;
	return prot;
}

/**
 * test_walk() - walk a page table the way the hardware does
 * @cfg: format and geometry
 * @roots: physical addresses of the root tables
 * @iova: address to translate
 * @found: what it translates to
 *
 * Return: true if @iova is mapped.
 */
bool test_walk(const struct dart_pt_cfg *cfg, const u64 *roots, u64 iova,
	       struct walk_result *found)
{
	u64 page = cfg->page_shift == 14 ? 16384 : 4096;
	u64 per_table = page / 8;
	u64 index[3];
	u64 rest, entry;
	u64 *table;
	int level;

	rest = iova / page;
	for (level = 0; level < cfg->n_levels; level++) {
		index[level] = rest % per_table;
		rest /= per_table;
	}
	if (rest >= cfg->n_roots)
		return false;

	table = phys_to_virt(roots[rest]);
	for (level = cfg->n_levels - 1; level > 0; level--) {
		entry = table[index[level]];
		if (!(entry & 1))
			return false;
		table = phys_to_virt(entry_address(cfg->fmt, entry));
	}
	entry = table[index[0]];
	if (!(entry & 1))
		return false;
	found->pa = entry_address(cfg->fmt, entry) + iova % page;
	found->prot = entry_prot(cfg->fmt, entry);
	found->whole = entry >> 52 == 0 && ((entry >> 40) & 0xfff) == 0xfff;
	return true;
}

/**
 * test_walk_pt() - the same, beginning at a table of the code under test
 * @pt: page table
 * @iova: address to translate
 * @found: what it translates to
 *
 * Return: true if @iova is mapped.
 */
bool test_walk_pt(const struct dart_pt *pt, u64 iova, struct walk_result *found)
{
	u64 roots[DART_PT_MAX_ROOTS];
	int i;

	for (i = 0; i < pt->cfg.n_roots; i++)
		roots[i] = virt_to_phys(pt->root[i]);
	return test_walk(&pt->cfg, roots, iova, found);
}

MODULE_DESCRIPTION("KUnit tests of the Apple DART driver");
MODULE_LICENSE("GPL");
/* MODULE_IMPORT_NS() without its change from a word to a string. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
