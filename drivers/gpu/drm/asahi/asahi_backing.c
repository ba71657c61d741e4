// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for buffers, in blocks that an IOMMU page fits into.
 *
 * The IOMMU page (the granule) may be larger than the CPU page. Memory is
 * therefore taken in blocks whose size and physical alignment are multiples of
 * the granule. Larger blocks are tried first, since they make shorter
 * scatterlists, but nobody waits for them.
 */

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "asahi_backing.h"

#define BACKING_GFP		(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN)
#define BACKING_MAX_BLOCK	SZ_2M

/* A multiple of every granule, so that splitting a long run there keeps both parts aligned. */
#define BACKING_MAX_SEGMENT	SZ_1G

static struct page *block_alloc(unsigned int max_order, unsigned int min_order,
				unsigned int *order)
{
	struct page *page;

	for (*order = max_order; *order > min_order; (*order)--) {
		page = alloc_pages(BACKING_GFP | __GFP_NORETRY, *order);
		if (page)
			return page;
	}

	return alloc_pages(BACKING_GFP | __GFP_RETRY_MAYFAIL, min_order);
}

static void backing_free_pages(struct asahi_backing *backing)
{
	while (backing->n_pages)
		__free_page(backing->pages[--backing->n_pages]);
	kvfree(backing->pages);
	backing->pages = NULL;
}

static int backing_alloc_pages(struct asahi_backing *backing, unsigned long n_pages,
			       unsigned int min_order)
{
	unsigned int max_order = max_t(unsigned int, get_order(BACKING_MAX_BLOCK), min_order);
	unsigned int order, i;
	struct page *page;

	while (backing->n_pages < n_pages) {
		if (fatal_signal_pending(current))
			return -EINTR;

		max_order = min_t(unsigned int, max_order,
				  ilog2(n_pages - backing->n_pages));
		page = block_alloc(max_order, min_order, &order);
		if (!page)
			return -ENOMEM;

		/* CPU mappings and exports count references page by page. */
		split_page(page, order);
		for (i = 0; i < 1u << order; i++)
			backing->pages[backing->n_pages++] = page + i;

		/* What has failed once will fail again: do not ask for more than this. */
		max_order = order;
		cond_resched();
	}

	return 0;
}

/**
 * asahi_backing_init() - allocate zeroed memory
 * @backing: filled in
 * @size: bytes; rounded up to the granule
 * @granule: bytes, a power of two
 *
 * Context: may sleep, may take long; a fatal signal ends it.
 * Return: 0, -EINVAL for no size or one that overflows, -ENOMEM, or -EINTR.
 */
int asahi_backing_init(struct asahi_backing *backing, size_t size, size_t granule)
{
	size_t block = max_t(size_t, granule, PAGE_SIZE);
	unsigned long n_pages;
	int ret;

	if (!size || size > SIZE_MAX - block)
		return -EINVAL;

	n_pages = ALIGN(size, block) >> PAGE_SHIFT;
	if (n_pages > UINT_MAX)
		return -EINVAL;

	backing->n_pages = 0;
	backing->pages = kvmalloc_array(n_pages, sizeof(*backing->pages), GFP_KERNEL);
	if (!backing->pages)
		return -ENOMEM;

	ret = backing_alloc_pages(backing, n_pages, get_order(block));
	if (ret)
		goto err_free_pages;

	ret = sg_alloc_table_from_pages_segment(&backing->sgt, backing->pages, n_pages, 0,
						n_pages << PAGE_SHIFT, BACKING_MAX_SEGMENT,
						GFP_KERNEL);
	if (ret)
		goto err_free_pages;

	return 0;

err_free_pages:
	backing_free_pages(backing);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_backing_init);

/**
 * asahi_backing_fini() - give the memory back
 * @backing: from asahi_backing_init(); no device may reach it any more
 */
void asahi_backing_fini(struct asahi_backing *backing)
{
	sg_free_table(&backing->sgt);
	backing_free_pages(backing);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_backing_fini);
