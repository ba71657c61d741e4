// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of page-table code: apple-dart-pgtable.c, the kernel's io-pgtable-dart, and
 * as a floor, plain stores to the same number of entries.
 *
 * Contestants take turns within every repetition, so that what slows the machine down
 * for a while slows all of them. Each does what its driver does for one call of
 * iommu_map() or iommu_unmap() between the IOMMU core and the flush; the loops of the
 * core around io-pgtable's functions count as its own, as they are part of that path.
 * "walk" is the least that a map has to do, for one format and without protection: find
 * the leaves, refuse what is mapped, store; "called" is that with a call for each map and unmap,
 * which makes a difference where these are of a page. "mixed" is ours for a domain with two tables,
 * one of each format.
 */

#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io-pgtable.h>
#include <linux/iommu.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "apple-dart-pgtable.h"
#include "dart-bench.h"

#define BENCH_IAS		32
#define BENCH_OAS		36
#define BENCH_IOVA		SZ_1G
#define BENCH_PA		0x800000000ULL
#define BENCH_N_PAGES		(SZ_1G / BENCH_PAGE)
#define BENCH_N_SCATTERED	(SZ_64M / BENCH_PAGE)
#define BENCH_PER_TABLE		(BENCH_PAGE / sizeof(u64))
#define BENCH_N_TABLES		(BENCH_N_PAGES / BENCH_PER_TABLE)
#define BENCH_PROT		(IOMMU_READ | IOMMU_WRITE)
/* DART_CHUNK of apple-dart-domain.c */
#define BENCH_CHUNK		SZ_128M

/**
 * struct bench - tables under test
 * @fmt: format of all of them
 * @pt: this project's
 * @mixed: this project's, of @fmt and of the other format
 * @ops: the kernel's
 * @cfg: of @ops, which points to it
 * @floor: memory of as many tables as a GiB has
 * @floor_root: by index of an IOVA: physical address of one of @floor, with bit 0 set
 * @scattered_pa: physical addresses of a scattered buffer; no two neighbours follow each other
 * @scattered_iova: addresses of single pages, all over a GiB
 */
struct bench {
	enum dart_pt_fmt fmt;
	struct dart_pt pt;
	struct dart_pt mixed[2];
	struct io_pgtable_ops *ops;
	struct io_pgtable_cfg cfg;
	u64 *floor[BENCH_N_TABLES];
	u64 *floor_root;
	u64 *scattered_pa;
	u64 *scattered_iova;
};

/* Ours: what dart_domain_map() and dart_domain_unmap() do with @n tables */

static int fill_chunk(struct dart_pt *pt, unsigned int n, u64 iova, u64 pa, u64 size,
		      struct dart_pt_pool *pool)
{
	unsigned int i;
	int ret;

	do {
		ret = dart_pt_pool_fill(pool, BENCH_OAS, GFP_KERNEL);
		if (ret)
			return ret;
		for (i = 0; i < n; i++)
			ret = dart_pt_populate(&pt[i], iova, size, pool) ?: ret;
	} while (ret == -EAGAIN);
	for (i = 0; i < n && !ret; i++)
		dart_pt_set(&pt[i], iova, pa, size, BENCH_PROT);
	return ret;
}

/* Large, or with tables of leaves that are missing */
static noinline int map_slowly(struct dart_pt *pt, unsigned int n, u64 iova, u64 pa, u64 size)
{
	struct dart_pt_pool pool = {};
	int ret = 0;
	u64 done;

	for (done = 0; done < size; done += min_t(u64, size - done, BENCH_CHUNK)) {
		if (!dart_pt_vacant(&pt[0], iova + done, min_t(u64, size - done, BENCH_CHUNK)))
			return -EEXIST;
	}
	for (done = 0; done < size && !ret; done += min_t(u64, size - done, BENCH_CHUNK))
		ret = fill_chunk(pt, n, iova + done, pa + done,
				 min_t(u64, size - done, BENCH_CHUNK), &pool);
	dart_pt_pool_drain(&pool);
	return ret;
}

static __always_inline int map_tables(struct dart_pt *pt, unsigned int n, u64 iova, u64 pa,
				      u64 size)
{
	unsigned int i;
	int ret = -EAGAIN;

	if (size <= BENCH_CHUNK && n == 2) {
		ret = dart_pt_map_both(&pt[0], &pt[1], iova, pa, size, BENCH_PROT);
	} else if (size <= BENCH_CHUNK) {
		for (i = 0, ret = 0; i < n && !ret; i++)
			ret = dart_pt_map(&pt[i], iova, pa, size, BENCH_PROT, NULL);
		for (i--; ret && i; i--)
			dart_pt_clear(&pt[i - 1], iova, size);
	}
	return ret == -EAGAIN ? map_slowly(pt, n, iova, pa, size) : ret;
}

static __always_inline int unmap_tables(struct dart_pt *pt, unsigned int n, u64 iova, u64 size)
{
	u64 done, step;
	unsigned int i;

	for (done = 0; done < size; done += step) {
		step = min_t(u64, size - done, BENCH_CHUNK);
		if (dart_pt_clear_run(&pt[0], iova + done, step) != step)
			return -EIO;
		for (i = 1; i < n; i++)
			dart_pt_clear(&pt[i], iova + done, step);
	}
	return 0;
}

static __always_inline int ours_map(struct bench *b, u64 iova, u64 pa, u64 size)
{
	return map_tables(&b->pt, 1, iova, pa, size);
}

static __always_inline int ours_unmap(struct bench *b, u64 iova, u64 size)
{
	return unmap_tables(&b->pt, 1, iova, size);
}

static __always_inline int mixed_map(struct bench *b, u64 iova, u64 pa, u64 size)
{
	return map_tables(b->mixed, 2, iova, pa, size);
}

static __always_inline int mixed_unmap(struct bench *b, u64 iova, u64 size)
{
	return unmap_tables(b->mixed, 2, iova, size);
}

/* The kernel's, called as the IOMMU core and its apple-dart call it */

static __always_inline int mainline_map(struct bench *b, u64 iova, u64 pa, u64 size)
{
	size_t done, mapped;
	int ret;

	for (done = 0; done < size; done += mapped) {
		mapped = 0;
		ret = b->ops->map_pages(b->ops, iova + done, pa + done, BENCH_PAGE,
					(size - done) / BENCH_PAGE, BENCH_PROT, GFP_KERNEL,
					&mapped);
		if (ret)
			return ret;
	}
	return 0;
}

static __always_inline int mainline_unmap(struct bench *b, u64 iova, u64 size)
{
	struct iommu_iotlb_gather gather;
	size_t done, unmapped;

	iommu_iotlb_gather_init(&gather);
	for (done = 0; done < size; done += unmapped) {
		unmapped = b->ops->unmap_pages(b->ops, iova + done, BENCH_PAGE,
					       (size - done) / BENCH_PAGE, &gather);
		if (!unmapped)
			return -EIO;
	}
	return 0;
}

/*
 * The floor: the entries' bytes and nothing else. No barrier between stores, but each is
 * one store of 64 bits, as hardware that walks the table demands.
 */

static __always_inline int floor_map(struct bench *b, u64 iova, u64 pa, u64 size)
{
	u64 i = (iova - BENCH_IOVA) / BENCH_PAGE, end = i + size / BENCH_PAGE;

	while (i < end) {
		u64 *entry = &b->floor[i / BENCH_PER_TABLE][i % BENCH_PER_TABLE];
		u64 n = min_t(u64, end - i, BENCH_PER_TABLE - i % BENCH_PER_TABLE), j;

		for (j = 0; j < n; j++, pa += BENCH_PAGE)
			WRITE_ONCE(entry[j], pa | 1);
		i += n;
	}
	return 0;
}

static __always_inline int floor_unmap(struct bench *b, u64 iova, u64 size)
{
	u64 i = (iova - BENCH_IOVA) / BENCH_PAGE, end = i + size / BENCH_PAGE;

	while (i < end) {
		u64 *entry = &b->floor[i / BENCH_PER_TABLE][i % BENCH_PER_TABLE];
		u64 n = min_t(u64, end - i, BENCH_PER_TABLE - i % BENCH_PER_TABLE), j;

		for (j = 0; j < n; j++)
			WRITE_ONCE(entry[j], 0);
		i += n;
	}
	return 0;
}

/* The leaves of @iova in the floor's tables, found as hardware would. */
static __always_inline u64 *walk_to(struct bench *b, u64 iova)
{
	u64 entry = READ_ONCE(b->floor_root[iova / BENCH_PAGE / BENCH_PER_TABLE]);
	u64 *table = phys_to_virt(entry & ~1ULL);

	return entry & 1 ? &table[iova / BENCH_PAGE % BENCH_PER_TABLE] : NULL;
}

/* Up to the end of a table of leaves: present ones are wanted, or none. */
static __always_inline bool walk_checks(struct bench *b, u64 iova, u64 size, bool present)
{
	u64 i, n, *leaf;

	for (; size; iova += n * BENCH_PAGE, size -= n * BENCH_PAGE) {
		n = min_t(u64, size / BENCH_PAGE,
			  BENCH_PER_TABLE - iova / BENCH_PAGE % BENCH_PER_TABLE);
		leaf = walk_to(b, iova);
		for (i = 0; leaf && i < n && !READ_ONCE(leaf[i]) != present; i++)
			;
		if (!leaf || i < n)
			return false;
	}
	return true;
}

static __always_inline void walk_stores(struct bench *b, u64 iova, u64 size, u64 entry, u64 step)
{
	u64 i, n, *leaf;

	for (; size; iova += n * BENCH_PAGE, size -= n * BENCH_PAGE) {
		n = min_t(u64, size / BENCH_PAGE,
			  BENCH_PER_TABLE - iova / BENCH_PAGE % BENCH_PER_TABLE);
		leaf = walk_to(b, iova);
		for (i = 0; i < n; i++, entry += step)
			WRITE_ONCE(leaf[i], entry);
	}
}

static __always_inline int walk_map(struct bench *b, u64 iova, u64 pa, u64 size)
{
	if (!walk_checks(b, iova, size, false))
		return -EEXIST;
	walk_stores(b, iova, size, pa | 1, BENCH_PAGE);
	return 0;
}

static __always_inline int walk_unmap(struct bench *b, u64 iova, u64 size)
{
	if (!walk_checks(b, iova, size, true))
		return -EIO;
	walk_stores(b, iova, size, 0, 0);
	return 0;
}

/* The same behind the two calls that a driver needs for a page. */

static noinline int called_map(struct bench *b, u64 iova, u64 pa, u64 size)
{
	return walk_map(b, iova, pa, size);
}

static noinline int called_unmap(struct bench *b, u64 iova, u64 size)
{
	return walk_unmap(b, iova, size);
}

/* Cases, made of a contestant's two functions without an indirect call in between */

#define BENCH_LAST_IOVA		((u64)BENCH_IOVA + SZ_1G - BENCH_PAGE)
#define BENCH_N_SAME		1024

/* iommu_map_sg() joins neighbours and calls the driver once for each run; here all are single. */
#define DEFINE_CONTESTANT(who)								\
static noinline int who##_map_gib(struct bench *b)					\
{											\
	return who##_map(b, BENCH_IOVA, BENCH_PA, SZ_1G);				\
}											\
											\
static noinline int who##_unmap_gib(struct bench *b)					\
{											\
	return who##_unmap(b, BENCH_IOVA, SZ_1G);					\
}											\
											\
static noinline int who##_map_scattered(struct bench *b)				\
{											\
	int i, ret = 0;									\
											\
	for (i = 0; i < BENCH_N_SCATTERED && !ret; i++)					\
		ret = who##_map(b, BENCH_IOVA + (u64)i * BENCH_PAGE, b->scattered_pa[i],	\
				BENCH_PAGE);						\
	return ret;									\
}											\
											\
static noinline int who##_unmap_scattered(struct bench *b)				\
{											\
	return who##_unmap(b, BENCH_IOVA, SZ_64M);					\
}											\
											\
static noinline int who##_map_pages(struct bench *b)					\
{											\
	int i, ret = 0;									\
											\
	for (i = 0; i < BENCH_N_SCATTERED && !ret; i++)					\
		ret = who##_map(b, b->scattered_iova[i], b->scattered_pa[i], BENCH_PAGE);	\
	return ret;									\
}											\
											\
static noinline int who##_unmap_pages(struct bench *b)					\
{											\
	int i, ret = 0;									\
											\
	for (i = 0; i < BENCH_N_SCATTERED && !ret; i++)					\
		ret = who##_unmap(b, b->scattered_iova[i], BENCH_PAGE);			\
	return ret;									\
}											\
											\
/* One page again and again, map and unmap timed together. */				\
static noinline int who##_same(struct bench *b, u64 iova)				\
{											\
	int i, ret = 0;									\
											\
	for (i = 0; i < BENCH_N_SAME && !ret; i++) {					\
		ret = who##_map(b, iova, BENCH_PA, BENCH_PAGE);				\
		ret = ret ?: who##_unmap(b, iova, BENCH_PAGE);				\
	}										\
	return ret;									\
}											\
											\
static int who##_first(struct bench *b)							\
{											\
	return who##_same(b, BENCH_IOVA);						\
}											\
											\
static int who##_last(struct bench *b)							\
{											\
	return who##_same(b, BENCH_LAST_IOVA);						\
}

DEFINE_CONTESTANT(ours)
DEFINE_CONTESTANT(mainline)
DEFINE_CONTESTANT(floor)
DEFINE_CONTESTANT(walk)
DEFINE_CONTESTANT(called)
DEFINE_CONTESTANT(mixed)

enum { OURS, MAINLINE, FLOOR, WALK, CALLED, MIXED, N_CONTESTANTS };

static const char *const contestant_names[N_CONTESTANTS] = {
	"ours", "mainline", "floor", "walk", "called", "mixed",
};

typedef int (*bench_fn)(struct bench *b);

/**
 * struct bench_case - something to be measured, with what undoes it
 * @name: of @run
 * @undo_name: of @undo; NULL: it is not printed
 * @run: by contestant
 * @undo: by contestant; NULL: nothing is left to undo
 * @cold: the tables do not exist before @run
 */
struct bench_case {
	const char *name;
	const char *undo_name;
	bench_fn run[N_CONTESTANTS];
	bench_fn undo[N_CONTESTANTS];
	bool cold;
};

#define ALL(verb)	\
	{ ours_##verb, mainline_##verb, floor_##verb, walk_##verb, called_##verb, mixed_##verb }

static const struct bench_case bench_cases[] = {
	{
		.name = "map-gib",
		.run = ALL(map_gib),
		.undo_name = "unmap-gib",
		.undo = ALL(unmap_gib),
	},
	{ .name = "map-gib-new-tables", .run = ALL(map_gib), .undo = ALL(unmap_gib), .cold = true },
	{
		.name = "map-scattered",
		.run = ALL(map_scattered),
		.undo_name = "unmap-scattered",
		.undo = ALL(unmap_scattered),
	},
	{
		.name = "map-pages",
		.run = ALL(map_pages),
		.undo_name = "unmap-pages",
		.undo = ALL(unmap_pages),
	},
	{ .name = "page-at-first", .run = ALL(first) },
	{ .name = "page-at-last", .run = ALL(last) },
};

static int make_table(struct dart_pt *pt, enum dart_pt_fmt fmt)
{
	struct dart_pt_cfg cfg;
	int ret = dart_pt_cfg_init(&cfg, fmt, 14, BENCH_IAS, 1, false);

	return ret ?: dart_pt_init(pt, &cfg, BENCH_OAS, GFP_KERNEL);
}

static int make_ours(struct bench *b)
{
	enum dart_pt_fmt other = b->fmt == DART_PT_DART1 ? DART_PT_DART2 : DART_PT_DART1;
	int ret = make_table(&b->pt, b->fmt);

	if (ret)
		return ret;
	ret = make_table(&b->mixed[0], b->fmt);
	if (ret)
		goto err_destroy_pt;
	ret = make_table(&b->mixed[1], other);
	if (ret)
		goto err_destroy_mixed;
	return 0;

err_destroy_mixed:
	dart_pt_destroy(&b->mixed[0]);
err_destroy_pt:
	dart_pt_destroy(&b->pt);
	return ret;
}

static void destroy_ours(struct bench *b)
{
	dart_pt_destroy(&b->pt);
	dart_pt_destroy(&b->mixed[0]);
	dart_pt_destroy(&b->mixed[1]);
}

static int make_tables(struct bench *b)
{
	enum io_pgtable_fmt fmt = b->fmt == DART_PT_DART1 ? APPLE_DART : APPLE_DART2;
	int ret = make_ours(b);

	if (ret)
		return ret;
	b->cfg = (struct io_pgtable_cfg) {
		.pgsize_bitmap = BENCH_PAGE,
		.ias = BENCH_IAS,
		.oas = b->fmt == DART_PT_DART1 ? 36 : 42,
		.coherent_walk = 1,
	};
	b->ops = alloc_io_pgtable_ops(fmt, &b->cfg, NULL);
	if (!b->ops) {
		destroy_ours(b);
		return -ENOMEM;
	}
	return 0;
}

static void free_tables(struct bench *b)
{
	free_io_pgtable_ops(b->ops);
	destroy_ours(b);
}

static int time_one(struct bench *b, bench_fn fn, u64 *ns)
{
	u64 start = ktime_get_ns();
	int ret = fn(b);

	*ns = ktime_get_ns() - start;
	cond_resched();
	return ret;
}

/**
 * struct bench_round - contestants that are compared with each other
 * @part: in the output
 * @who: in their order
 * @n: of @who; few, since the tables of all of them compete for the caches
 */
struct bench_round {
	const char *part;
	unsigned int who[N_CONTESTANTS];
	unsigned int n;
};

static const struct bench_round bench_rounds[] = {
	{ .part = "tables", .who = { OURS, MAINLINE, FLOOR, WALK, CALLED }, .n = 5 },
	{ .part = "formats", .who = { OURS, MIXED }, .n = 2 },
};

struct bench_times {
	u64 run[N_CONTESTANTS][BENCH_MAX_REPS];
	u64 undo[N_CONTESTANTS][BENCH_MAX_REPS];
};

/* All contestants once, beginning with another one each time. */
static int run_turn(struct bench *b, const struct bench_round *round, const struct bench_case *c,
		    unsigned int rep, struct bench_times *times)
{
	unsigned int i, who;
	int ret;

	for (i = 0; i < round->n; i++) {
		who = round->who[(i + rep) % round->n];
		ret = time_one(b, c->run[who], &times->run[who][rep]);
		if (!ret && c->undo[who])
			ret = time_one(b, c->undo[who], &times->undo[who][rep]);
		if (ret)
			return ret;
	}
	return 0;
}

static void print_case(const struct bench *b, const struct bench_round *round,
		       const struct bench_case *c, const struct bench_times *times,
		       unsigned int n_reps)
{
	const char *format = b->fmt == DART_PT_DART1 ? "dart1" : "dart2";
	unsigned int i, who;

	for (i = 0; i < round->n; i++) {
		who = round->who[i];
		bench_print(round->part, format, c->name, contestant_names[who], times->run[who],
			    n_reps);
		if (c->undo_name)
			bench_print(round->part, format, c->undo_name, contestant_names[who],
				    times->undo[who], n_reps);
	}
}

/* The first turn warms caches, and tables where the case wants them to exist; it is not kept. */
static int run_case(struct bench *b, const struct bench_round *round, const struct bench_case *c,
		    struct bench_times *times, unsigned int n_reps)
{
	unsigned int rep;
	int ret = make_tables(b);

	if (ret)
		return ret;
	ret = run_turn(b, round, c, 0, times);
	for (rep = 0; rep < n_reps && !ret; rep++) {
		if (c->cold) {
			free_tables(b);
			ret = make_tables(b);
			if (ret)
				return ret;
		}
		ret = run_turn(b, round, c, rep, times);
	}
	free_tables(b);
	if (!ret)
		print_case(b, round, c, times, n_reps);
	return ret;
}

static int run_rounds(struct bench *b, struct bench_times *times, unsigned int n_reps)
{
	unsigned int i, j;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(bench_rounds); i++) {
		for (j = 0; j < ARRAY_SIZE(bench_cases) && !ret; j++)
			ret = run_case(b, &bench_rounds[i], &bench_cases[j], times, n_reps);
	}
	return ret;
}

static void free_bench(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < BENCH_N_TABLES; i++)
		free_pages((unsigned long)b->floor[i], get_order(BENCH_PAGE));
	kfree(b->floor_root);
	kfree(b->scattered_pa);
	kfree(b->scattered_iova);
	kfree(b);
}

static struct bench *alloc_bench(enum dart_pt_fmt fmt)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);
	unsigned int i;

	if (!b)
		return NULL;
	b->fmt = fmt;
	b->scattered_pa = kcalloc(BENCH_N_SCATTERED, sizeof(u64), GFP_KERNEL);
	b->scattered_iova = kcalloc(BENCH_N_SCATTERED, sizeof(u64), GFP_KERNEL);
	b->floor_root = kcalloc(BENCH_PER_TABLE, sizeof(u64), GFP_KERNEL);
	if (!b->scattered_pa || !b->scattered_iova || !b->floor_root)
		goto err_free;
	for (i = 0; i < BENCH_N_TABLES; i++) {
		b->floor[i] = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
						      get_order(BENCH_PAGE));
		if (!b->floor[i])
			goto err_free;
		b->floor_root[BENCH_IOVA / BENCH_PAGE / BENCH_PER_TABLE + i] =
			virt_to_phys(b->floor[i]) | 1;
	}
	/* Both factors are odd, so that every page comes once. */
	for (i = 0; i < BENCH_N_SCATTERED; i++) {
		b->scattered_pa[i] = BENCH_PA + (u64)(i * 2731 % BENCH_N_SCATTERED) * BENCH_PAGE;
		b->scattered_iova[i] = BENCH_IOVA + (u64)(i * 40503u % BENCH_N_PAGES) * BENCH_PAGE;
	}
	return b;

err_free:
	free_bench(b);
	return NULL;
}

/**
 * bench_tables() - measure page-table code, and print
 * @n_reps: repetitions, at most BENCH_MAX_REPS
 *
 * Return: 0 or a negative errno.
 */
int bench_tables(unsigned int n_reps)
{
	struct bench_times *times = kzalloc(sizeof(*times), GFP_KERNEL);
	enum dart_pt_fmt fmt;
	int ret = 0;

	if (!times)
		return -ENOMEM;
	for (fmt = DART_PT_DART1; fmt <= DART_PT_DART2 && !ret; fmt++) {
		struct bench *b = alloc_bench(fmt);

		if (!b) {
			ret = -ENOMEM;
			break;
		}
		ret = run_rounds(b, times, n_reps);
		free_bench(b);
	}
	kfree(times);
	return ret;
}
