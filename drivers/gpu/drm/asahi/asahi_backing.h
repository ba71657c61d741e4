/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_BACKING_H_
#define _ASAHI_BACKING_H_

#include <linux/scatterlist.h>

/**
 * struct asahi_backing - memory of one buffer
 */
struct asahi_backing {
	/** @pages: each with its own reference; blocks of a granule are contiguous. */
	struct page **pages;
	/** @n_pages: entries of @pages, whole granules. */
	unsigned long n_pages;
	/** @sgt: the same memory, fit for asahi_mmu_map() with that granule. */
	struct sg_table sgt;
};

int asahi_backing_init(struct asahi_backing *backing, size_t size, size_t granule);
void asahi_backing_fini(struct asahi_backing *backing);

#endif
