// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of single pages through the IOMMU API: what a driver without VM_BIND would do for
 * a thousand of them. The domain spans two instances, as an address space of the GPU does.
 */

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/ktime.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "dart-bench.h"

#define BENCH_IOVA	SZ_1G
#define BENCH_PROT	(IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE)
#define BENCH_N_BINDS	1000

/**
 * struct plain - the domain and what is mapped in it
 * @domain: unmanaged; the device is attached to it
 * @block: of memory that is mapped again and again, 16 pages like the object of gpu_binds
 * @sgt: BENCH_N_BINDS pages of it
 */
struct plain {
	struct iommu_domain *domain;
	struct page *block;
	struct sg_table sgt;
};

struct plain_times {
	u64 map[BENCH_MAX_REPS];
	u64 unmap[BENCH_MAX_REPS];
	u64 batch[BENCH_MAX_REPS];
};

static struct device *plain_device;

static int plain_probe(struct platform_device *pdev)
{
	if (!device_iommu_mapped(&pdev->dev))
		return -ENODEV;
	plain_device = &pdev->dev;
	return 0;
}

static const struct of_device_id plain_of_match[] = {
	{ .compatible = "vsoc,idle-master" },
	{ }
};

static struct platform_driver plain_driver = {
	.probe = plain_probe,
	.driver = {
		.name = "dart-bench-binds",
		.of_match_table = plain_of_match,
		.suppress_bind_attrs = true,
	},
};

/* Every other page, so that no two operations are neighbours. */
static unsigned long plain_iova(unsigned int n)
{
	return BENCH_IOVA + 2UL * n * BENCH_PAGE;
}

static int plain_map(struct plain *p)
{
	phys_addr_t pa = page_to_phys(p->block);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < BENCH_N_BINDS && !ret; i++)
		ret = iommu_map(p->domain, plain_iova(i), pa + i % 16 * BENCH_PAGE, BENCH_PAGE,
				BENCH_PROT, GFP_KERNEL);
	return ret;
}

static int plain_unmap(struct plain *p)
{
	unsigned int i;

	for (i = 0; i < BENCH_N_BINDS; i++) {
		if (iommu_unmap(p->domain, plain_iova(i), BENCH_PAGE) != BENCH_PAGE)
			return -EIO;
	}
	return 0;
}

/* All in one call, one after the other: one flush, and no choice of addresses. */
static int plain_batch(struct plain *p)
{
	size_t size = BENCH_N_BINDS * BENCH_PAGE;

	if (iommu_map_sgtable(p->domain, BENCH_IOVA, &p->sgt, BENCH_PROT) != size)
		return -EIO;
	return 0;
}

static int time_one(struct plain *p, int (*run)(struct plain *p), u64 *ns)
{
	u64 start = ktime_get_ns();
	int ret = run(p);

	*ns = ktime_get_ns() - start;
	cond_resched();
	return ret;
}

static int time_all(struct plain *p, struct plain_times *times, unsigned int n_reps)
{
	size_t size = BENCH_N_BINDS * BENCH_PAGE;
	unsigned int rep;
	int ret = 0;

	/* The first time makes tables. */
	ret = plain_map(p) ?: plain_unmap(p);
	for (rep = 0; rep < n_reps && !ret; rep++) {
		ret = time_one(p, plain_map, &times->map[rep]);
		ret = ret ?: time_one(p, plain_unmap, &times->unmap[rep]);
		ret = ret ?: time_one(p, plain_batch, &times->batch[rep]);
		if (!ret && iommu_unmap(p->domain, BENCH_IOVA, size) != size)
			ret = -EIO;
	}
	return ret;
}

static int plain_measure(struct plain *p, unsigned int n_reps)
{
	struct plain_times *times = kvzalloc(sizeof(*times), GFP_KERNEL);
	int ret = times ? time_all(p, times, n_reps) : -ENOMEM;

	if (!ret) {
		bench_print("binds", "plain", "map", "ours", times->map, n_reps);
		bench_print("binds", "plain", "unmap", "ours", times->unmap, n_reps);
		bench_print("binds", "plain", "batch", "ours", times->batch, n_reps);
	}
	kvfree(times);
	return ret;
}

static int plain_make_sgt(struct plain *p)
{
	struct scatterlist *sg;
	unsigned int i;
	int ret;

	ret = sg_alloc_table(&p->sgt, BENCH_N_BINDS, GFP_KERNEL);
	if (ret)
		return ret;
	/* Backwards, so that the core joins no two of them. */
	for_each_sgtable_sg(&p->sgt, sg, i)
		sg_set_page(sg, p->block + (15 - i % 16) * (BENCH_PAGE / PAGE_SIZE), BENCH_PAGE, 0);
	return 0;
}

static int plain_run(struct plain *p, unsigned int n_reps)
{
	int ret;

	p->block = alloc_pages(GFP_KERNEL, get_order(16 * BENCH_PAGE));
	if (!p->block)
		return -ENOMEM;
	ret = plain_make_sgt(p);
	if (ret)
		goto err_free_block;
	ret = iommu_attach_device(p->domain, plain_device);
	if (ret)
		goto err_free_sgt;
	ret = plain_measure(p, n_reps);
	iommu_detach_device(p->domain, plain_device);
err_free_sgt:
	sg_free_table(&p->sgt);
err_free_block:
	__free_pages(p->block, get_order(16 * BENCH_PAGE));
	return ret;
}

/**
 * bench_binds() - iommu_map() and iommu_unmap() of a thousand pages, one by one
 * @n_reps: repetitions, at most BENCH_MAX_REPS
 *
 * Return: 0 or a negative errno.
 */
int bench_binds(unsigned int n_reps)
{
	struct plain p = {};
	int ret = platform_driver_register(&plain_driver);

	if (ret)
		return ret;
	ret = -ENODEV;
	if (!plain_device)
		goto err_unregister;
	p.domain = iommu_paging_domain_alloc(plain_device);
	ret = PTR_ERR_OR_ZERO(p.domain);
	if (ret)
		goto err_unregister;
	ret = plain_run(&p, n_reps);
	iommu_domain_free(p.domain);
err_unregister:
	platform_driver_unregister(&plain_driver);
	return ret;
}
