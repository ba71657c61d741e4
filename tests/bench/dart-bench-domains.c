// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of a domain through the IOMMU API: what a map costs by the number of
 * instances and formats that the domain spans. Sets of devices take turns within every
 * repetition. One set and one case alone can be run, too, for whoever counts what the
 * hardware is told.
 */

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "dart-bench.h"

#define BENCH_IOVA		SZ_1G
#define BENCH_PA		0x800000000ULL
#define BENCH_PROT		(IOMMU_READ | IOMMU_WRITE)
#define BENCH_MAX_MASTERS	4
#define BENCH_N_PAGES		32
#define BENCH_N_FLUSHES		16
#define BENCH_N_TURNS		6

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

/**
 * struct span_times - what one set of devices took
 * @run: by case and repetition
 * @undo: of what undoes it
 */
struct span_times {
	u64 run[ARRAY_SIZE(spanned_cases)][BENCH_MAX_REPS];
	u64 undo[ARRAY_SIZE(spanned_cases)][BENCH_MAX_REPS];
};

/* The sets: one instance, two and three of one format, one of either format, all. */
static const struct {
	const char *name;
	unsigned int masters[BENCH_MAX_MASTERS];
	unsigned int n;
} bench_sets[] = {
	{ "0", { 0 }, 1 },
	{ "0+1", { 0, 1 }, 2 },
	{ "0+1+2", { 0, 1, 2 }, 3 },
	{ "0+3", { 0, 3 }, 2 },
	{ "0+1+2+3", { 0, 1, 2, 3 }, 4 },
};

static int time_case(struct spanned *s, unsigned int c, u64 *run_ns, u64 *undo_ns)
{
	u64 start = ktime_get_ns(), between;
	int ret = spanned_cases[c].run(s);

	between = ktime_get_ns();
	if (!ret && spanned_cases[c].undo)
		ret = spanned_cases[c].undo(s);
	*run_ns = between - start;
	*undo_ns = ktime_get_ns() - between;
	cond_resched();
	return ret;
}

/*
 * Each case some times; the fastest is kept, as everything else on the machine only adds. The
 * first time makes tables, which are freed a second after they emptied.
 */
static int time_set(struct spanned *s, struct span_times *times, unsigned int rep)
{
	unsigned int c, turn;
	u64 run_ns, undo_ns;
	int ret;

	for (c = 0; c < ARRAY_SIZE(spanned_cases); c++) {
		times->run[c][rep] = U64_MAX;
		times->undo[c][rep] = U64_MAX;
		for (turn = 0; turn < BENCH_N_TURNS; turn++) {
			ret = time_case(s, c, &run_ns, &undo_ns);
			if (ret)
				return ret;
			times->run[c][rep] = min(times->run[c][rep], run_ns);
			times->undo[c][rep] = min(times->undo[c][rep], undo_ns);
		}
	}
	return 0;
}

static void print_set(const char *name, const struct span_times *times, unsigned int n_reps)
{
	unsigned int c;

	for (c = 0; c < ARRAY_SIZE(spanned_cases); c++) {
		bench_print("domains", name, spanned_cases[c].name, "ours", times->run[c], n_reps);
		if (spanned_cases[c].undo)
			bench_print("domains", name, spanned_cases[c].undo_name, "ours",
				    times->undo[c], n_reps);
	}
}

static int find_case(const char *test)
{
	unsigned int c;

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
		struct device *dev = NULL;

		if (masters[i] < BENCH_MAX_MASTERS)
			dev = bench_devices[masters[i]];
		ret = dev ? iommu_attach_device(s->domain, dev) : -ENODEV;
		if (ret)
			goto err_detach;
		s->dev[s->n_devs++] = dev;
	}
	return 0;

err_detach:
	detach_all(s);
	return ret;
}

static int make_spanned(struct spanned *s, unsigned int master)
{
	int ret;

	if (master >= BENCH_MAX_MASTERS || !bench_devices[master])
		return -ENODEV;
	s->domain = iommu_paging_domain_alloc(bench_devices[master]);
	if (IS_ERR(s->domain))
		return PTR_ERR(s->domain);
	ret = make_scattered(s);
	if (ret)
		iommu_domain_free(s->domain);
	return ret;
}

static void free_spanned(struct spanned *s)
{
	free_scattered(s);
	iommu_domain_free(s->domain);
}

static int run_sets(struct spanned *s, unsigned int n_reps)
{
	struct span_times *times = kvcalloc(ARRAY_SIZE(bench_sets), sizeof(*times), GFP_KERNEL);
	unsigned int i, rep;
	int ret = times ? 0 : -ENOMEM;

	for (rep = 0; rep < n_reps; rep++) {
		for (i = 0; i < ARRAY_SIZE(bench_sets) && !ret; i++) {
			ret = attach_all(s, bench_sets[i].masters, bench_sets[i].n);
			if (ret)
				break;
			ret = time_set(s, &times[i], rep);
			detach_all(s);
		}
	}
	for (i = 0; i < ARRAY_SIZE(bench_sets) && !ret; i++)
		print_set(bench_sets[i].name, &times[i], n_reps);
	kvfree(times);
	return ret;
}

static int run_one_set(struct spanned *s, const unsigned int *masters, unsigned int n_masters,
		       const char *test, unsigned int n_reps)
{
	int c = *test ? find_case(test) : 0;
	u64 run_ns, undo_ns;
	int ret;

	if (c < 0)
		return c;
	ret = attach_all(s, masters, n_masters);
	if (ret)
		return ret;
	while (*test && n_reps-- && !ret)
		ret = time_case(s, c, &run_ns, &undo_ns);
	detach_all(s);
	return ret;
}

/**
 * bench_domains() - run iommu_map(), iommu_map_sgtable() and iommu_unmap() of one domain
 * @masters: numbers of the board's idle masters to attach; the first decides the geometry
 * @n_masters: how many; 0: measure all sets, and print
 * @test: name of the case; empty: attach and detach, and nothing else
 * @n_reps: repetitions, at most BENCH_MAX_REPS
 *
 * Return: 0 or a negative errno.
 */
int bench_domains(const unsigned int *masters, unsigned int n_masters, const char *test,
		  unsigned int n_reps)
{
	struct spanned s = {};
	int ret = platform_driver_register(&bench_driver);

	if (ret)
		return ret;
	ret = make_spanned(&s, n_masters ? masters[0] : 0);
	if (ret)
		goto err_unregister;
	if (n_masters)
		ret = run_one_set(&s, masters, n_masters, test, n_reps);
	else
		ret = run_sets(&s, n_reps);
	free_spanned(&s);
err_unregister:
	platform_driver_unregister(&bench_driver);
	return ret;
}
