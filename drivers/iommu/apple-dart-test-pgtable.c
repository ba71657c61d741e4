// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: DART page tables of every format and geometry.
 */

#include <kunit/test.h>

#include <linux/iommu.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "apple-dart-test.h"

#define RW	(IOMMU_READ | IOMMU_WRITE)

/**
 * struct geometry - parameter of a test
 * @name: for the log
 * @fmt: format
 * @page_shift: log2 of the page size
 * @ias: bits of an IOVA
 * @max_roots: what the hardware has
 * @four_levels: what the hardware can do
 * @n_levels: expected
 * @n_roots: expected
 */
struct geometry {
	const char *name;
	enum dart_pt_fmt fmt;
	u8 page_shift;
	u8 ias;
	u8 max_roots;
	bool four_levels;
	u8 n_levels;
	u8 n_roots;
};

static const struct geometry geometries[] = {
	{ "dart1 16K 32 bits", DART_PT_DART1, 14, 32, 4, false, 2, 1 },
	{ "dart1 16K 36 bits", DART_PT_DART1, 14, 36, 4, false, 2, 1 },
	{ "dart1 16K 38 bits", DART_PT_DART1, 14, 38, 4, false, 2, 4 },
	{ "dart1 4K 30 bits", DART_PT_DART1, 12, 30, 4, false, 2, 1 },
	{ "dart1 4K 31 bits", DART_PT_DART1, 12, 31, 4, false, 2, 2 },
	{ "dart1 4K 32 bits", DART_PT_DART1, 12, 32, 4, false, 2, 4 },
	{ "dart2 16K 32 bits", DART_PT_DART2, 14, 32, 4, false, 2, 1 },
	{ "dart2 16K 36 bits", DART_PT_DART2, 14, 36, 1, true, 2, 1 },
	{ "dart2 16K 42 bits", DART_PT_DART2, 14, 42, 1, true, 3, 1 },
	{ "dart2 16K 47 bits", DART_PT_DART2, 14, 47, 1, true, 3, 1 },
};

static void geometry_name(const struct geometry *geometry, char *name)
{
	strscpy(name, geometry->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(geometry, geometries, geometry_name);

/**
 * struct tables - what one test case holds
 * @cfg: of @pt
 * @pt: the table under test
 * @page: bytes of a page
 * @span: bytes that a table of leaves covers
 * @end: one beyond the last IOVA
 * @pa_end: one beyond the last physical address
 */
struct tables {
	struct dart_pt_cfg cfg;
	struct dart_pt pt;
	u64 page;
	u64 span;
	u64 end;
	u64 pa_end;
};

static int tables_init(struct kunit *test)
{
	const struct geometry *g = test->param_value;
	struct tables *t;

	/* Cases without a parameter make their own. */
	if (!g)
		return 0;
	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&t->cfg, g->fmt, g->page_shift, g->ias, g->max_roots,
					       g->four_levels), 0);
	KUNIT_ASSERT_EQ(test, dart_pt_init(&t->pt, &t->cfg, dart_pt_fmt_oas(g->fmt), GFP_KERNEL),
			0);
	t->page = 1ULL << g->page_shift;
	t->span = t->page * (t->page / 8);
	t->end = 1ULL << g->ias;
	t->pa_end = 1ULL << dart_pt_fmt_oas(g->fmt);
	return 0;
}

static void tables_exit(struct kunit *test)
{
	struct tables *t = test->priv;

	if (t)
		dart_pt_destroy(&t->pt);
}

static void make_tables(struct kunit *test, struct dart_pt *pt, u64 iova, u64 size)
{
	struct dart_pt_pool pool = {};
	int i;

	/* What is missing is known after the first round. */
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_EQ(test, dart_pt_pool_fill(&pool, dart_pt_fmt_oas(pt->cfg.fmt),
							GFP_KERNEL), 0);
		dart_pt_populate(pt, iova, size, &pool);
	}
	KUNIT_EXPECT_EQ(test, pool.missing[DART_PT_PAGE_4K], 0);
	KUNIT_EXPECT_EQ(test, pool.missing[DART_PT_PAGE_16K], 0);
	dart_pt_pool_drain(&pool);
}

static void map(struct kunit *test, struct dart_pt *pt, u64 iova, u64 pa, u64 size, int prot)
{
	make_tables(test, pt, iova, size);
	dart_pt_set(pt, iova, pa, size, prot);
}

/* What format @fmt remembers of @prot. */
static int kept(enum dart_pt_fmt fmt, int prot)
{
	return fmt == DART_PT_DART1 ? prot & ~IOMMU_CACHE : prot;
}

static void expect_mapped(struct kunit *test, const struct dart_pt *pt, u64 iova, u64 pa, int prot)
{
	struct walk_result found;
	u64 looked_up;
	int prot_looked_up;

	KUNIT_ASSERT_TRUE_MSG(test, test_walk_pt(pt, iova, &found), "iova %#llx", iova);
	KUNIT_EXPECT_EQ(test, found.pa, pa);
	KUNIT_EXPECT_EQ(test, found.prot, kept(pt->cfg.fmt, prot));
	KUNIT_EXPECT_TRUE(test, found.whole);

	KUNIT_ASSERT_TRUE(test, dart_pt_lookup(pt, iova, &looked_up, &prot_looked_up));
	KUNIT_EXPECT_EQ(test, looked_up, pa);
	KUNIT_EXPECT_EQ(test, prot_looked_up, kept(pt->cfg.fmt, prot));
}

static void expect_unmapped(struct kunit *test, const struct dart_pt *pt, u64 iova)
{
	struct walk_result found;
	u64 pa;

	KUNIT_EXPECT_FALSE_MSG(test, test_walk_pt(pt, iova, &found), "iova %#llx", iova);
	KUNIT_EXPECT_FALSE(test, dart_pt_lookup(pt, iova, &pa, NULL));
}

static void test_cfg(struct kunit *test)
{
	const struct geometry *g = test->param_value;
	struct tables *t = test->priv;

	KUNIT_EXPECT_EQ(test, t->cfg.n_levels, g->n_levels);
	KUNIT_EXPECT_EQ(test, t->cfg.n_roots, g->n_roots);
	KUNIT_EXPECT_TRUE(test, dart_pt_cfg_equal(&t->cfg, &t->pt.cfg));
}

static void test_cfg_refused(struct kunit *test)
{
	struct dart_pt_cfg cfg;

	/* No 4K pages in DART2, no other sizes at all. */
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 12, 32, 4, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART1, 13, 32, 4, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART1, 16, 32, 4, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART1, 0, 32, 4, false), -EINVAL);
	/* More IOVA bits than the tables cover. */
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART1, 12, 33, 4, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART1, 14, 39, 4, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 14, 37, 1, false), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 14, 48, 1, true), -EINVAL);
	/* Nonsense. */
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 14, 14, 1, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 14, 36, 3, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 14, 36, 8, true), -EINVAL);
}

static void test_empty(struct kunit *test)
{
	struct tables *t = test->priv;
	u64 size;

	expect_unmapped(test, &t->pt, 0);
	expect_unmapped(test, &t->pt, t->end - t->page);
	KUNIT_EXPECT_TRUE(test, dart_pt_vacant(&t->pt, 0, t->span * 3));
	KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, 0, t->span), 0);
	dart_pt_clear(&t->pt, 0, t->span * 2);
	KUNIT_EXPECT_EQ(test, dart_pt_next_span(&t->pt, 0, &size), t->end);
	KUNIT_EXPECT_EQ(test, size, 0);
	KUNIT_EXPECT_TRUE(test, dart_pt_reaches(&t->pt, 36));
}

/* One page at the edges of everything, with the lowest and the highest physical page. */
static void test_edges(struct kunit *test)
{
	struct tables *t = test->priv;
	const u64 iovas[] = {
		0, t->page, t->span - t->page, t->span, t->end / 2 - t->page, t->end / 2,
		t->end - t->span - t->page, t->end - t->span, t->end - t->page,
	};
	const u64 pas[] = { 0, t->page, t->pa_end / 2, t->pa_end - t->page };
	int i, j;

	for (i = 0; i < ARRAY_SIZE(iovas); i++) {
		for (j = 0; j < ARRAY_SIZE(pas); j++) {
			map(test, &t->pt, iovas[i], pas[j], t->page, RW);
			expect_mapped(test, &t->pt, iovas[i], pas[j], RW);
			expect_mapped(test, &t->pt, iovas[i] + t->page - 1,
				      pas[j] + t->page - 1, RW);
			if (iovas[i])
				expect_unmapped(test, &t->pt, iovas[i] - 1);
			if (iovas[i] + t->page < t->end)
				expect_unmapped(test, &t->pt, iovas[i] + t->page);
			KUNIT_EXPECT_FALSE(test, dart_pt_vacant(&t->pt, iovas[i], t->page));
			KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, iovas[i], t->page),
					t->page);
			expect_unmapped(test, &t->pt, iovas[i]);
			KUNIT_EXPECT_TRUE(test, dart_pt_vacant(&t->pt, iovas[i], t->page));
		}
	}
}

static void test_prot(struct kunit *test)
{
	static const int prots[] = {
		IOMMU_READ, IOMMU_WRITE, RW, IOMMU_READ | IOMMU_CACHE, RW | IOMMU_CACHE,
	};
	struct tables *t = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(prots); i++)
		map(test, &t->pt, i * t->page, t->page, t->page, prots[i]);
	for (i = 0; i < ARRAY_SIZE(prots); i++)
		expect_mapped(test, &t->pt, i * t->page, t->page, prots[i]);
}

/* A range that begins and ends in the middle of tables and has a whole one between. */
static void test_range(struct kunit *test)
{
	struct tables *t = test->priv;
	u64 start = t->end / 2 - t->span - 2 * t->page;
	u64 size = 2 * t->span + 4 * t->page;
	u64 pa = t->pa_end - size;
	u64 hole = t->end / 2;
	u64 i;

	map(test, &t->pt, start, pa, size, RW);
	for (i = 0; i < size; i += t->page)
		expect_mapped(test, &t->pt, start + i, pa + i, RW);
	expect_unmapped(test, &t->pt, start - t->page);
	expect_unmapped(test, &t->pt, start + size);

	/* A hole ends the run before it. */
	dart_pt_clear(&t->pt, hole, t->page);
	expect_unmapped(test, &t->pt, hole);
	KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, start, size), hole - start);
	for (i = 0; i < size; i += t->page) {
		if (start + i <= hole)
			expect_unmapped(test, &t->pt, start + i);
		else
			expect_mapped(test, &t->pt, start + i, pa + i, RW);
	}
	KUNIT_EXPECT_FALSE(test, dart_pt_vacant(&t->pt, start, size));
	dart_pt_clear(&t->pt, start, size);
	KUNIT_EXPECT_TRUE(test, dart_pt_vacant(&t->pt, start, size));
}

static void test_next_span(struct kunit *test)
{
	struct tables *t = test->priv;
	u64 last = t->end - t->span;
	u64 size;

	make_tables(test, &t->pt, t->span, t->page);
	make_tables(test, &t->pt, last, t->page);
	KUNIT_EXPECT_EQ(test, dart_pt_next_span(&t->pt, 0, &size), t->span);
	KUNIT_EXPECT_EQ(test, size, t->span);
	KUNIT_EXPECT_EQ(test, dart_pt_next_span(&t->pt, t->span + t->page, &size),
			t->span + t->page);
	KUNIT_EXPECT_EQ(test, size, t->span - t->page);
	KUNIT_EXPECT_EQ(test, dart_pt_next_span(&t->pt, 2 * t->span, &size), last);
	KUNIT_EXPECT_EQ(test, size, t->span);
	KUNIT_EXPECT_EQ(test, dart_pt_next_span(&t->pt, t->end, &size), t->end);
	KUNIT_EXPECT_EQ(test, size, 0);
}

/* Random ranges around the border of two tables, against a plain array. */
static void test_random(struct kunit *test)
{
	struct tables *t = test->priv;
	u64 n_pages = 2 * t->span / t->page;
	u64 base = t->end / 2 - t->span;
	struct rnd_state rnd;
	u64 i, first, n;
	int round;
	u64 *pas;

	pas = kunit_kcalloc(test, n_pages, sizeof(*pas), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pas);
	prandom_seed_state(&rnd, 20210901);
	for (round = 0; round < 300; round++) {
		u64 pa = (prandom_u32_state(&rnd) % 1024 + 1) * t->page;

		first = prandom_u32_state(&rnd) % n_pages;
		n = min_t(u64, prandom_u32_state(&rnd) % 100 + 1, n_pages - first);
		if (round & 1) {
			dart_pt_clear(&t->pt, base + first * t->page, n * t->page);
			memset64(&pas[first], 0, n);
			continue;
		}
		map(test, &t->pt, base + first * t->page, pa, n * t->page, RW);
		for (i = 0; i < n; i++)
			pas[first + i] = pa + i * t->page;
	}
	for (i = 0; i < n_pages; i++) {
		if (pas[i])
			expect_mapped(test, &t->pt, base + i * t->page, pas[i], RW);
		else
			expect_unmapped(test, &t->pt, base + i * t->page);
	}
}

static void test_reaches(struct kunit *test)
{
	struct tables *t = test->priv;
	u64 last = t->end - t->page;

	map(test, &t->pt, last, (1ULL << 35) - t->page, t->page, RW);
	KUNIT_EXPECT_TRUE(test, dart_pt_reaches(&t->pt, 35));
	KUNIT_EXPECT_FALSE(test, dart_pt_reaches(&t->pt, 34));
	dart_pt_set(&t->pt, last, 1ULL << 35, t->page, RW);
	KUNIT_EXPECT_FALSE(test, dart_pt_reaches(&t->pt, 35));
	KUNIT_EXPECT_TRUE(test, dart_pt_reaches(&t->pt, 36));
	/* Not even the root can be reached with so few bits. */
	dart_pt_clear(&t->pt, last, t->page);
	KUNIT_EXPECT_FALSE(test, dart_pt_reaches(&t->pt, 12));
}

/* Only what is empty is taken out, with what becomes empty by that. */
static void test_prune(struct kunit *test)
{
	struct tables *t = test->priv;
	u64 last = t->end - t->page;
	void *removed = NULL;
	unsigned int n;
	u64 size;

	n = dart_pt_count(&t->pt);
	KUNIT_EXPECT_EQ(test, n, t->cfg.n_roots);
	KUNIT_EXPECT_EQ(test, dart_pt_prune(&t->pt, 0, &removed), 0);
	map(test, &t->pt, last, t->page, t->page, RW);
	map(test, &t->pt, last - t->span, t->page, t->page, RW);
	KUNIT_EXPECT_EQ(test, dart_pt_prune(&t->pt, last, &removed), 0);

	/* One of two leaves a table above; the other does not. */
	dart_pt_clear(&t->pt, last, t->page);
	KUNIT_EXPECT_EQ(test, dart_pt_prune(&t->pt, last - t->page, &removed), 1);
	expect_unmapped(test, &t->pt, last);
	expect_mapped(test, &t->pt, last - t->span, t->page, RW);
	KUNIT_EXPECT_EQ(test, dart_pt_prune(&t->pt, last, &removed), 0);
	dart_pt_clear(&t->pt, last - t->span, t->page);
	KUNIT_EXPECT_EQ(test, dart_pt_prune(&t->pt, last - t->span, &removed),
			t->cfg.n_levels - 1);
	KUNIT_EXPECT_EQ(test, dart_pt_next_span(&t->pt, 0, &size), t->end);
	KUNIT_EXPECT_EQ(test, dart_pt_count(&t->pt), n);
	dart_pt_free_removed(&t->pt, removed);
}

/* Into every other geometry: mappings of 16K in the first 30 bits fit all of them. */
static void test_copy(struct kunit *test)
{
	const u64 iova = SZ_512M - SZ_32K;
	struct tables *t = test->priv;
	struct dart_pt dst;
	struct dart_pt_cfg cfg;
	int i, prot;
	u64 offset;

	map(test, &t->pt, iova, SZ_1G, SZ_64K, RW | IOMMU_CACHE);
	dart_pt_clear(&t->pt, iova + SZ_16K, SZ_16K);

	for (i = 0; i < ARRAY_SIZE(geometries); i++) {
		const struct geometry *g = &geometries[i];

		KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&cfg, g->fmt, g->page_shift, g->ias,
						       g->max_roots, g->four_levels), 0);
		KUNIT_ASSERT_EQ(test, dart_pt_init(&dst, &cfg, 36, GFP_KERNEL), 0);
		make_tables(test, &dst, iova, SZ_64K);
		dart_pt_copy(&dst, &t->pt, iova, SZ_64K);

		/* What the source does not remember the copy cannot know. */
		prot = kept(t->cfg.fmt, RW | IOMMU_CACHE);
		for (offset = 0; offset < SZ_64K; offset += SZ_4K) {
			if (offset / SZ_16K == 1)
				expect_unmapped(test, &dst, iova + offset);
			else
				expect_mapped(test, &dst, iova + offset, SZ_1G + offset, prot);
		}
		dart_pt_destroy(&dst);
	}
}

/* As the domain does it: allocate what is missing, try again. */
static int prepare_and_map(struct kunit *test, struct dart_pt *pt, u64 iova, u64 pa, u64 size)
{
	struct dart_pt_pool pool = {};
	int ret;

	do {
		KUNIT_ASSERT_EQ(test, dart_pt_pool_fill(&pool, dart_pt_fmt_oas(pt->cfg.fmt),
							GFP_KERNEL), 0);
		ret = dart_pt_map(pt, iova, pa, size, RW, &pool);
	} while (ret == -EAGAIN);
	dart_pt_pool_drain(&pool);
	return ret;
}

/* One page, a few, a batch of leaves and more, across a table's boundary; and obstacles. */
static void test_map(struct kunit *test)
{
	static const unsigned int counts[] = { 1, 2, 7, 8, 9, 31 };
	struct tables *t = test->priv;
	struct dart_pt_pool empty = {};
	unsigned int i, n, hole;

	KUNIT_EXPECT_EQ(test, dart_pt_map(&t->pt, 0, t->page, t->page, RW, NULL), -EAGAIN);
	KUNIT_EXPECT_EQ(test, dart_pt_map(&t->pt, 0, t->page, t->page, RW, &empty), -EAGAIN);
	expect_unmapped(test, &t->pt, 0);
	KUNIT_EXPECT_EQ(test, empty.missing[DART_PT_PAGE_4K] + empty.missing[DART_PT_PAGE_16K],
			t->cfg.n_levels - 1);

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		u64 size = counts[i] * t->page;
		u64 iova = t->span - counts[i] / 2 * t->page;

		KUNIT_ASSERT_EQ(test, prepare_and_map(test, &t->pt, iova, t->page, size), 0);
		for (n = 0; n < counts[i]; n++)
			expect_mapped(test, &t->pt, iova + n * t->page, (n + 1) * t->page, RW);
		expect_unmapped(test, &t->pt, iova - t->page);
		expect_unmapped(test, &t->pt, iova + size);

		/* All or nothing, wherever the obstacle is. */
		for (hole = 0; hole < counts[i]; hole++) {
			u64 last = iova + hole * t->page;
			u64 first = last - size + t->page;

			KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, iova, size), size);
			KUNIT_ASSERT_EQ(test, prepare_and_map(test, &t->pt, last, 0, t->page), 0);
			KUNIT_EXPECT_EQ(test, prepare_and_map(test, &t->pt, first, 0, size),
					-EEXIST);
			KUNIT_EXPECT_EQ(test, prepare_and_map(test, &t->pt, iova, 0, size),
					-EEXIST);
			KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, last, size), t->page);
			KUNIT_EXPECT_TRUE(test, dart_pt_vacant(&t->pt, first, 2 * size));
			KUNIT_ASSERT_EQ(test, prepare_and_map(test, &t->pt, iova, 0, size), 0);
		}
		KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, iova, size), size);
	}
}

/* Into two tables, one of every geometry: both or none, whichever has the obstacle. */
static void test_map_both(struct kunit *test)
{
	const u64 iova = SZ_512M - SZ_16K, far = SZ_64M;
	struct tables *t = test->priv;
	struct dart_pt_cfg cfg;
	struct dart_pt other;
	int i;

	for (i = 0; i < ARRAY_SIZE(geometries); i++) {
		const struct geometry *g = &geometries[i];

		KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&cfg, g->fmt, g->page_shift, g->ias,
						       g->max_roots, g->four_levels), 0);
		KUNIT_ASSERT_EQ(test, dart_pt_init(&other, &cfg, 36, GFP_KERNEL), 0);
		make_tables(test, &t->pt, iova, SZ_32K);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&t->pt, &other, iova, SZ_1G, SZ_16K, RW),
				-EAGAIN);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&other, &t->pt, iova, SZ_1G, SZ_16K, RW),
				-EAGAIN);
		expect_unmapped(test, &t->pt, iova);
		make_tables(test, &other, iova, SZ_32K);

		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&t->pt, &other, iova, SZ_1G, SZ_16K, RW), 0);
		expect_mapped(test, &t->pt, iova, SZ_1G, RW);
		expect_mapped(test, &other, iova, SZ_1G, RW);
		expect_unmapped(test, &other, iova + SZ_16K);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&t->pt, &other, iova, far, SZ_16K, RW),
				-EEXIST);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&t->pt, &other, iova, far, SZ_32K, RW),
				-EEXIST);

		/* One of them has nothing there, and keeps that. */
		dart_pt_clear(&other, iova, SZ_16K);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&t->pt, &other, iova, far, SZ_16K, RW),
				-EEXIST);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&other, &t->pt, iova, far, SZ_16K, RW),
				-EEXIST);
		expect_mapped(test, &t->pt, iova, SZ_1G, RW);
		expect_unmapped(test, &other, iova);
		dart_pt_clear(&t->pt, iova, SZ_16K);
		KUNIT_EXPECT_EQ(test, dart_pt_map_both(&other, &t->pt, iova, far, SZ_32K, RW), 0);
		expect_mapped(test, &t->pt, iova + SZ_16K, far + SZ_16K, RW);
		expect_mapped(test, &other, iova + SZ_16K, far + SZ_16K, RW);
		dart_pt_clear(&t->pt, iova, SZ_32K);
		dart_pt_destroy(&other);
	}
}

/* A run ends at the first hole, wherever in a batch of leaves that is; what follows stays. */
static void test_clear_run(struct kunit *test)
{
	struct tables *t = test->priv;
	const unsigned int count = 27;
	unsigned int hole;

	for (hole = 0; hole < count; hole++) {
		u64 iova = 3 * t->page, at = iova + hole * t->page;

		KUNIT_ASSERT_EQ(test, prepare_and_map(test, &t->pt, iova, 0, count * t->page), 0);
		KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, at, t->page), t->page);
		KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, at, t->page), 0);
		KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, iova, count * t->page),
				hole * t->page);
		KUNIT_EXPECT_TRUE(test, dart_pt_vacant(&t->pt, iova, (hole + 1) * t->page));
		KUNIT_EXPECT_EQ(test, dart_pt_clear_run(&t->pt, at + t->page, count * t->page),
				(count - hole - 1) * t->page);
	}
}

/* Entries that are known from real machines. */
static void test_known_entries(struct kunit *test)
{
	struct dart_pt_cfg cfg;
	struct dart_pt pt;
	u64 *leaf;

	KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART1, 14, 32, 4, false), 0);
	KUNIT_ASSERT_EQ(test, dart_pt_init(&pt, &cfg, 36, GFP_KERNEL), 0);
	map(test, &pt, 0, 0x812344000, SZ_16K, RW);
	leaf = phys_to_virt(pt.root[0][0] & 0xffffff000ULL);
	KUNIT_EXPECT_EQ(test, leaf[0], 0x000fff0812344003ULL);
	dart_pt_destroy(&pt);

	KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&cfg, DART_PT_DART2, 14, 36, 1, false), 0);
	KUNIT_ASSERT_EQ(test, dart_pt_init(&pt, &cfg, 36, GFP_KERNEL), 0);
	map(test, &pt, 0, 0x812344000, SZ_16K, RW | IOMMU_CACHE);
	map(test, &pt, SZ_16K, 0x2d03d0000, SZ_16K, RW);
	leaf = phys_to_virt((pt.root[0][0] & 0x3ffffffc00ULL) << 4);
	KUNIT_EXPECT_EQ(test, leaf[0], 0x000fff0081234401ULL);
	KUNIT_EXPECT_EQ(test, leaf[1], 0x000fff002d03d003ULL);
	dart_pt_destroy(&pt);
}

static struct kunit_case pgtable_cases[] = {
	KUNIT_CASE_PARAM(test_cfg, geometry_gen_params),
	KUNIT_CASE_PARAM(test_empty, geometry_gen_params),
	KUNIT_CASE_PARAM(test_edges, geometry_gen_params),
	KUNIT_CASE_PARAM(test_prot, geometry_gen_params),
	KUNIT_CASE_PARAM(test_range, geometry_gen_params),
	KUNIT_CASE_PARAM(test_next_span, geometry_gen_params),
	KUNIT_CASE_PARAM(test_random, geometry_gen_params),
	KUNIT_CASE_PARAM(test_reaches, geometry_gen_params),
	KUNIT_CASE_PARAM(test_prune, geometry_gen_params),
	KUNIT_CASE_PARAM(test_copy, geometry_gen_params),
	KUNIT_CASE_PARAM(test_map, geometry_gen_params),
	KUNIT_CASE_PARAM(test_map_both, geometry_gen_params),
	KUNIT_CASE_PARAM(test_clear_run, geometry_gen_params),
	KUNIT_CASE(test_cfg_refused),
	KUNIT_CASE(test_known_entries),
	{}
};

static struct kunit_suite pgtable_suite = {
	.name = "apple-dart-pgtable",
	.init = tables_init,
	.exit = tables_exit,
	.test_cases = pgtable_cases,
};

kunit_test_suite(pgtable_suite);
