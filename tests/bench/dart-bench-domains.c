// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of a domain through the IOMMU API: what a map costs by the number of
 * instances and formats that the domain spans.
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

#define BENCH_IOVA		SZ_1G
#define BENCH_PA		0x800000000ULL
#define BENCH_PROT		(IOMMU_READ | IOMMU_WRITE)
#define BENCH_MAX_MASTERS	4
#define BENCH_N_PAGES		256
#define BENCH_N_FLUSHES		16

/**
 * struct spanned - a domain under test
 * @domain: unmanaged
 * @dev: attached devices, each behind an instance of its own
 * @n_devs: number of @dev
 * @block: the memory of every entry of @sgt
 * @sgt: 64 MiB of entries that cannot be joined
 */
struct spanned {
	struct iommu_domain *domain;
	struct device *dev[BENCH_MAX_MASTERS];
	unsigned int n_devs;
	struct page *block;
	struct sg_table sgt;
};

static struct device *bench_devices[BENCH_MAX_MASTERS];

static int bench_bind(struct platform_device *pdev)
{
	unsigned int number;

	if (!device_iommu_mapped(&pdev->dev))
		return -ENODEV;
	if (sscanf(pdev->dev.of_node->full_name, "master-%u", &number) != 1 ||
	    number >= BENCH_MAX_MASTERS)
		return -EINVAL;
	bench_devices[number] = &pdev->dev;
	return 0;
}

static const struct of_device_id bench_of_match[] = {
	{ .compatible = "vsoc,idle-master" },
	{ }
};

static struct platform_driver bench_driver = {
	.probe = bench_bind,
	.driver = {
		.name = "dart-bench",
		.of_match_table = bench_of_match,
		.suppress_bind_attrs = true,
	},
};

static int map_gib(struct spanned *s)
{
	return iommu_map(s->domain, BENCH_IOVA, BENCH_PA, SZ_1G, BENCH_PROT, GFP_KERNEL);
}

static int unmap_gib(struct spanned *s)
{
	return iommu_unmap(s->domain, BENCH_IOVA, SZ_1G) == SZ_1G ? 0 : -EIO;
}

static int map_scattered(struct spanned *s)
{
	ssize_t size = iommu_map_sgtable(s->domain, BENCH_IOVA, &s->sgt, BENCH_PROT);

	return size == SZ_64M ? 0 : -EIO;
}

static int unmap_scattered(struct spanned *s)
{
	return iommu_unmap(s->domain, BENCH_IOVA, SZ_64M) == SZ_64M ? 0 : -EIO;
}

static int map_pages(struct spanned *s)
{
	int i, ret = 0;

	for (i = 0; i < BENCH_N_PAGES && !ret; i++)
		ret = iommu_map(s->domain, BENCH_IOVA + i * BENCH_PAGE, BENCH_PA, BENCH_PAGE,
				BENCH_PROT, GFP_KERNEL);
	return ret;
}

static int unmap_pages(struct spanned *s)
{
	int i;

	for (i = 0; i < BENCH_N_PAGES; i++) {
		if (iommu_unmap(s->domain, BENCH_IOVA + i * BENCH_PAGE, BENCH_PAGE) != BENCH_PAGE)
			return -EIO;
	}
	return 0;
}

static int flush(struct spanned *s)
{
	int i;

	for (i = 0; i < BENCH_N_FLUSHES; i++)
		iommu_flush_iotlb_all(s->domain);
	return 0;
}

static const struct {
	const char *name;
	const char *undo_name;
	int (*run)(struct spanned *s);
	int (*undo)(struct spanned *s);
} spanned_cases[] = {
	{ "map-gib", "unmap-gib", map_gib, unmap_gib },
	{ "map-scattered", "unmap-scattered", map_scattered, unmap_scattered },
	{ "map-pages", "unmap-pages", map_pages, unmap_pages },
	{ "flush", NULL, flush, NULL },
};

static void print_spanned(const struct spanned *s, const char *test, const u64 *ns,
			  unsigned int n_reps)
{
	char devs[8 * BENCH_MAX_MASTERS] = "";
	unsigned int i;

	for (i = 0; i < s->n_devs; i++) {
		strlcat(devs, i ? "+" : "", sizeof(devs));
		strlcat(devs, dev_name(s->dev[i]) + strlen(dev_name(s->dev[i])) - 1, sizeof(devs));
	}
	bench_print("domains", devs, test, "ours", ns, n_reps);
}

/* The first turn, which makes the tables, is not kept. */
static int run_spanned(struct spanned *s, int c, unsigned int n_reps)
{
	static u64 run_ns[BENCH_MAX_REPS], undo_ns[BENCH_MAX_REPS];
	unsigned int turn;
	u64 start, between;
	int ret;

	for (turn = 0; turn <= n_reps; turn++) {
		start = ktime_get_ns();
		ret = spanned_cases[c].run(s);
		between = ktime_get_ns();
		if (!ret && spanned_cases[c].undo)
			ret = spanned_cases[c].undo(s);
		if (ret)
			return ret;
		if (!turn)
			continue;
		run_ns[turn - 1] = between - start;
		undo_ns[turn - 1] = ktime_get_ns() - between;
	}
	print_spanned(s, spanned_cases[c].name, run_ns, n_reps);
	if (spanned_cases[c].undo)
		print_spanned(s, spanned_cases[c].undo_name, undo_ns, n_reps);
	return 0;
}

static int find_case(const char *test)
{
	int c;

	for (c = 0; c < ARRAY_SIZE(spanned_cases); c++) {
		if (!strcmp(test, spanned_cases[c].name))
			return c;
	}
	return -EINVAL;
}

/* Entries that all mean the same memory do not follow each other, so the core joins none. */
static int make_scattered(struct spanned *s)
{
	struct scatterlist *sg;
	unsigned int i;
	int ret;

	s->block = alloc_pages(GFP_KERNEL, get_order(BENCH_PAGE));
	if (!s->block)
		return -ENOMEM;
	ret = sg_alloc_table(&s->sgt, SZ_64M / BENCH_PAGE, GFP_KERNEL);
	if (ret) {
		__free_pages(s->block, get_order(BENCH_PAGE));
		return ret;
	}
	for_each_sgtable_sg(&s->sgt, sg, i)
		sg_set_page(sg, s->block, BENCH_PAGE, 0);
	return 0;
}

static void free_scattered(struct spanned *s)
{
	sg_free_table(&s->sgt);
	__free_pages(s->block, get_order(BENCH_PAGE));
}

static void detach_all(struct spanned *s)
{
	while (s->n_devs)
		iommu_detach_device(s->domain, s->dev[--s->n_devs]);
}

static int attach_all(struct spanned *s, const unsigned int *masters, unsigned int n_masters)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n_masters; i++) {
		if (masters[i] >= BENCH_MAX_MASTERS || !bench_devices[masters[i]])
			return -ENODEV;
	}
	s->domain = iommu_paging_domain_alloc(bench_devices[masters[0]]);
	if (IS_ERR(s->domain))
		return PTR_ERR(s->domain);
	for (i = 0; i < n_masters; i++) {
		ret = iommu_attach_device(s->domain, bench_devices[masters[i]]);
		if (ret)
			goto err_detach;
		s->dev[s->n_devs++] = bench_devices[masters[i]];
	}
	return 0;

err_detach:
	detach_all(s);
	iommu_domain_free(s->domain);
	return ret;
}

/**
 * bench_domains() - measure iommu_map() and iommu_unmap() of one domain, and print
 * @masters: numbers of the board's idle masters to attach; the first decides the geometry
 * @n_masters: how many
 * @test: name of the case; empty: attach and detach, and nothing else
 * @n_reps: repetitions, at most BENCH_MAX_REPS; there is one more, which is not printed
 *
 * Return: 0 or a negative errno.
 */
int bench_domains(const unsigned int *masters, unsigned int n_masters, const char *test,
		  unsigned int n_reps)
{
	struct spanned s = {};
	int c = *test ? find_case(test) : 0;
	int ret;

	if (c < 0)
		return c;
	ret = platform_driver_register(&bench_driver);
	if (ret)
		return ret;
	ret = make_scattered(&s);
	if (ret)
		goto err_unregister;
	ret = attach_all(&s, masters, n_masters);
	if (ret)
		goto err_free_scattered;

	if (*test)
		ret = run_spanned(&s, c, n_reps);
	detach_all(&s);
	iommu_domain_free(s.domain);
err_free_scattered:
	free_scattered(&s);
err_unregister:
	platform_driver_unregister(&bench_driver);
	return ret;
}
