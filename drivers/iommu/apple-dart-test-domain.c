// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: domains over fake instances.
 */

#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>

#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "apple-dart-test-fake.h"

/* Cases */

static void test_geometry(struct kunit *test)
{
	struct fake *fakes[] = {
		add_fake(test, &fake_dart1, &params_16k_32),
		add_fake(test, &fake_dart2, &params_16k_42),
		add_fake(test, &fake_dart1, &params_4k_32),
	};
	struct dart_master *master = add_master_at(test, fakes, 3, 1);
	struct dart_domain *dom = add_domain(test, master);

	KUNIT_EXPECT_EQ(test, dom->domain.pgsize_bitmap, SZ_16K);
	KUNIT_EXPECT_EQ(test, dom->domain.geometry.aperture_start, 0);
	KUNIT_EXPECT_EQ(test, dom->domain.geometry.aperture_end, 0xffffffff);
	KUNIT_EXPECT_TRUE(test, dom->domain.geometry.force_aperture);
	KUNIT_EXPECT_EQ(test, dom->oas, 36);
	dart_domain_destroy(dom);
}

static void test_map_refused(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_domain *dom = add_domain(test, add_master(test, fake, 1));
	gfp_t gfp = GFP_KERNEL;

	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, 0, SZ_4K, RW, gfp), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_4K, 0, SZ_16K, RW, gfp), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, SZ_4K, SZ_16K, RW, gfp), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, 0, SZ_16K, 0, gfp), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, 0, SZ_16K, IOMMU_CACHE, gfp), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, 0, 0, RW, gfp), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_4G, 0, SZ_16K, RW, gfp), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_4G - SZ_16K, 0, SZ_32K, RW, gfp), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, -(u64)SZ_16K, 0, SZ_32K, RW, gfp), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, 1ULL << 36, SZ_16K, RW, gfp), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, (1ULL << 36) - SZ_16K, SZ_32K, RW, gfp),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, -(u64)SZ_16K, SZ_32K, RW, gfp), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, 0, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, SZ_4G, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, SZ_4K, SZ_16K), 0);

	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_4G - SZ_16K, (1ULL << 36) - SZ_16K, SZ_16K,
					      RW, gfp), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_iova_to_phys(dom, SZ_4G - 1), (1ULL << 36) - 1);
	KUNIT_EXPECT_EQ(test, dart_domain_iova_to_phys(dom, SZ_4G), 0);
	dart_domain_destroy(dom);
}

/* Instances of two formats: what is mapped before and after each attach is seen by both. */
static void test_in_step(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(3));
	struct dart_master *second = add_master(test, two, BIT(5));
	struct dart_domain *dom = add_domain(test, first);

	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_32M - SZ_16K, SZ_1G, SZ_32K, RW, GFP_KERNEL),
			0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	KUNIT_EXPECT_TRUE(test, fake_sees(one, 3, SZ_32M, SZ_1G + SZ_16K));
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_2G, SZ_2M, SZ_64M, RW, GFP_KERNEL), 0);

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 2);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, SZ_8M, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 5, SZ_32M - SZ_16K, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 5, SZ_32M, SZ_1G + SZ_16K));
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 5, SZ_2G + SZ_64M - 1, SZ_2M + SZ_64M - 1));
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 5, 0, SZ_8M));
	KUNIT_EXPECT_TRUE(test, fake_sees(one, 3, 0, SZ_8M));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 5, SZ_32M + SZ_16K));

	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, SZ_32M - SZ_16K, SZ_32K), SZ_32K);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(one, 3, SZ_32M));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 5, SZ_32M));

	/* The table of the second format goes with its last user, and is remade. */
	detach_master(test, second);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 5, SZ_2G));
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 5, SZ_2G, SZ_2M));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 5, SZ_32M));

	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

static void test_shared_table(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart2, &params_16k_36);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	KUNIT_EXPECT_EQ(test, one->roots[0][0], two->roots[0][0]);
	detach_master(test, first);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

/* A 4K instance in a domain of 16K granules, and one with a level more. */
static void test_other_geometries(struct kunit *test)
{
	struct fake *big = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *small = add_fake(test, &fake_dart1, &params_4k_32);
	struct fake *deep = add_fake(test, &fake_dart2, &params_16k_42);
	struct dart_master *first = add_master(test, big, BIT(0));
	struct dart_master *second = add_master(test, small, BIT(1));
	struct dart_master *third = add_master(test, deep, BIT(2));
	struct dart_domain *dom = add_domain(test, first);
	struct dart_domain *wide = add_domain(test, third);

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_1G - SZ_16K, SZ_1M, SZ_32K, RW, GFP_KERNEL),
			0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, third), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 3);
	KUNIT_EXPECT_TRUE(test, fake_sees(small, 1, SZ_1G - SZ_4K, SZ_1M + SZ_16K - SZ_4K));
	KUNIT_EXPECT_TRUE(test, fake_sees(small, 1, SZ_1G, SZ_1M + SZ_16K));
	KUNIT_EXPECT_TRUE(test, fake_sees(deep, 2, SZ_1G, SZ_1M + SZ_16K));
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, SZ_1G, SZ_16K), SZ_16K);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(small, 1, SZ_1G + SZ_16K - SZ_4K));
	KUNIT_EXPECT_TRUE(test, fake_sees(small, 1, SZ_1G - SZ_4K, SZ_1M + SZ_16K - SZ_4K));

	/* The other way round is impossible: fewer IOVA bits, or larger pages. */
	detach_master(test, first);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(wide, first), -EINVAL);
	dart_domain_destroy(wide);
	wide = add_domain(test, second);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(wide, first), -EINVAL);
	dart_domain_destroy(wide);

	detach_master(test, second);
	detach_master(test, third);
	dart_domain_destroy(dom);
}

/* Four levels really are walked: an IOVA beyond what three cover. */
static void test_four_levels(struct kunit *test)
{
	struct fake *deep = add_fake(test, &fake_dart2, &params_16k_42);
	struct dart_master *master = add_master(test, deep, BIT(2));
	struct dart_domain *dom = add_domain(test, master);
	u64 iova = (1ULL << 42) - SZ_16K;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	KUNIT_EXPECT_EQ(test, deep->cfg[2].n_levels, 3);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, iova, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(deep, 2, iova, SZ_1G));
	detach_master(test, master);
	dart_domain_destroy(dom);
}

/* One command on each instance, whatever the number of streams. */
static void test_flush_counts(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(1) | BIT(4));
	struct dart_master *second = add_master(test, one, BIT(9));
	struct dart_master *third = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);

	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_EQ(test, one->n_flushes, 0);

	fake_start(one);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_EXPECT_STREQ(test, one->log, "TTF");
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, third), 0);

	fake_start(one);
	fake_start(two);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, SZ_1M, SZ_256M, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, one->n_flushes, 0);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_EQ(test, one->n_flushes, 1);
	KUNIT_EXPECT_EQ(test, one->flushed, BIT(1) | BIT(4) | BIT(9));
	KUNIT_EXPECT_EQ(test, two->n_flushes, 1);
	KUNIT_EXPECT_EQ(test, two->flushed, BIT(0));

	/* The order of a detach, and that it does not take the neighbour along. */
	fake_start(one);
	detach_master(test, first);
	KUNIT_EXPECT_STREQ(test, one->log, "BBFGG");
	KUNIT_EXPECT_TRUE(test, fake_sees(one, 9, 0, SZ_1M));
	fake_start(one);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_EQ(test, one->flushed, BIT(9));

	detach_master(test, second);
	detach_master(test, third);
	dart_domain_destroy(dom);
}

static void test_flush_fails(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	fake_start(two);
	one->fail_flush = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, two->n_flushes, 1);
	one->fail_flush = 0;
	detach_master(test, first);
	detach_master(test, second);
	KUNIT_EXPECT_FALSE(test, dom->poisoned);
	dart_domain_destroy(dom);
}

/* An instance that does not remember absent entries costs a map nothing, an unmap a flush. */
static void test_flush_capability(struct kunit *test)
{
	struct dart_params forgetful = params_16k_36;
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct dart_master *second;
	struct fake *two;

	forgetful.no_negative_cache = true;
	two = add_fake(test, &fake_dart2, &forgetful);
	second = add_master(test, two, BIT(0));
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	fake_start(one);
	fake_start(two);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, SZ_1G, SZ_64M, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_flush_added(dom, NULL), 0);
	KUNIT_EXPECT_STREQ(test, one->log, "F");
	KUNIT_EXPECT_STREQ(test, two->log, "");
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, 0, SZ_64M), SZ_64M);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_STREQ(test, one->log, "FF");
	KUNIT_EXPECT_STREQ(test, two->log, "F");

	/* Without power: nothing, and everything when it returns. */
	dart_power_down(two->dart);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_STREQ(test, two->log, "F");
	KUNIT_EXPECT_EQ(test, dart_power_up(two->dart), 0);
	KUNIT_EXPECT_STREQ(test, two->log, "FR");

	/* What the void operations of the core cannot tell. */
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), 0);
	one->fail_flush = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), -ETIMEDOUT);
	one->fail_flush = 0;
	fake_start(one);
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), 0);
	KUNIT_EXPECT_STREQ(test, one->log, "F");
	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

/* Failures that come while a flush is under way are not made up for by its success. */
static void test_settle(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *master = add_master(test, fake, BIT(0));
	struct dart_domain *dom = add_domain(test, master);
	const struct dart_range page = { SZ_1M, SZ_1M + SZ_16K - 1 };

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	fake->fail_flush = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, &page), -ETIMEDOUT);
	fake->fail_flush = 0;
	fake->n_failed = &dom->n_failed;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	fake->n_failed = NULL;
	fake_start(fake);
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), 0);
	KUNIT_EXPECT_STREQ(test, fake->log, "F");
	detach_master(test, master);
	dart_domain_destroy(dom);
}

/* A flush is about what was changed; after one that failed it is about everything. */
static void test_flush_range(struct kunit *test)
{
	struct dart_params windowed = params_16k_32;
	const u64 high = 0xf00000000ULL;
	const struct dart_range page = { high + SZ_1M, high + SZ_1M + SZ_16K - 1 };
	struct dart_master *master;
	struct dart_domain *dom;
	struct fake *fake;

	windowed.window_first = high;
	windowed.window_last = high + 0xfbffffff;
	fake = add_fake(test, &fake_dart1, &windowed);
	master = add_master(test, fake, BIT(0));
	dom = add_domain(test, master);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	KUNIT_EXPECT_EQ(test, fake->range.last, U64_MAX);

	KUNIT_EXPECT_EQ(test, dart_domain_flush_added(dom, &page), 0);
	KUNIT_EXPECT_EQ(test, fake->range.first, SZ_1M);
	KUNIT_EXPECT_EQ(test, fake->range.last, SZ_1M + SZ_16K - 1);
	fake->fail_flush = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, &page), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, fake->range.last, SZ_1M + SZ_16K - 1);
	fake->fail_flush = 0;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, &page), 0);
	KUNIT_EXPECT_EQ(test, fake->range.last, U64_MAX);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, &page), 0);
	KUNIT_EXPECT_EQ(test, fake->range.last, SZ_1M + SZ_16K - 1);

	/* What leads to tables that are gone may be remembered for any address. */
	KUNIT_ASSERT_EQ(test, dart_domain_map(dom, high, 0, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_unmap(dom, high, SZ_16K), SZ_16K);
	dart_domain_reclaim(dom);
	KUNIT_EXPECT_EQ(test, fake->range.last, U64_MAX);
	detach_master(test, master);
	dart_domain_destroy(dom);
}

static void test_overlap(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	u64 far = SZ_512M;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, far, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);

	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, far, 0, SZ_16K, RW, GFP_KERNEL), -EEXIST);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, far - SZ_16K, 0, SZ_32K, RW, GFP_KERNEL),
			-EEXIST);
	/* The overlap is far behind the first piece that is worked on. */
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, 0, SZ_1G, RW, GFP_KERNEL), -EEXIST);

	KUNIT_EXPECT_TRUE(test, fake_sees(one, 0, far, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, far, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(one, 0, far - SZ_16K));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 0, 0));
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, 0, SZ_1G), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, far, SZ_1G), SZ_16K);

	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

static unsigned int n_pages(const struct dart_domain *dom)
{
	struct dart_table *table;
	unsigned int n = 0;

	list_for_each_entry(table, &dom->tables, list)
		n += dart_pt_count(&table->pt);
	return n;
}

/* Empty tables go, of all formats, at one flush on each instance; others stay. */
static void test_reclaim(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	unsigned int n;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	n = n_pages(dom);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_16M, SZ_1G, SZ_256M, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, n_pages(dom), n + 2 * 9);
	fake_start(one);
	fake_start(two);
	dart_domain_reclaim(dom);
	KUNIT_EXPECT_EQ(test, n_pages(dom), n + 2 * 9);

	/* All but half of the last table. */
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, SZ_16M, SZ_256M - SZ_16K), SZ_256M - SZ_16K);
	dart_domain_reclaim(dom);
	KUNIT_EXPECT_EQ(test, n_pages(dom), n + 2 * 1);
	KUNIT_EXPECT_TRUE(test, fake_sees(one, 0, SZ_256M + SZ_16M - 1, SZ_1G + SZ_256M - 1));
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, SZ_256M + SZ_16M - 1, SZ_1G + SZ_256M - 1));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(one, 0, SZ_16M));

	KUNIT_EXPECT_STREQ(test, one->log, "F");
	KUNIT_EXPECT_STREQ(test, two->log, "F");
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_16M, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, SZ_16M, SZ_1G));
	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

/* Maps with only @pages pages of tables to be had. */
static int map_with_pages(struct kunit *test, struct dart_domain *dom, int pages, u64 iova,
			  u64 phys, u64 size)
{
	struct bench *b = test->priv;
	int ret;

	kunit_activate_static_stub(test, dart_pt_alloc_page, failing_alloc_page);
	b->allocs_left = pages;
	ret = dart_domain_map(dom, iova, phys, size, RW, GFP_KERNEL);
	b->allocs_left = -1;
	kunit_deactivate_static_stub(test, dart_pt_alloc_page);
	return ret;
}

/* A map that runs out of memory at any point leaves nothing behind in any table. */
static void test_map_no_memory(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom;
	u64 offset;
	int n, ret;

	/* 3 pieces, 10 tables of leaves, in each of the two formats. */
	for (n = 0, ret = -ENOMEM; ret == -ENOMEM; n++) {
		dom = add_domain(test, first);
		KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
		KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);

		ret = map_with_pages(test, dom, n, SZ_16M, 0, SZ_256M + SZ_32M);

		for (offset = 0; ret && offset < SZ_512M; offset += SZ_2M) {
			KUNIT_EXPECT_TRUE(test, fake_sees_nothing(one, 0, offset));
			KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 0, offset));
		}
		detach_master(test, first);
		detach_master(test, second);
		dart_domain_destroy(dom);
		KUNIT_ASSERT_LT(test, n, 100);
	}
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, n, 2 * 10 + 1);
}

/* The same where the geometries differ most: pages of 4 KiB, and a level more. */
static void test_map_no_memory_deep(struct kunit *test)
{
	struct fake *big = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *small = add_fake(test, &fake_dart1, &params_4k_32);
	struct fake *deep = add_fake(test, &fake_dart2, &params_16k_42);
	struct dart_master *deep_master = add_master(test, deep, BIT(0));
	struct fake *others[] = { big, small };
	struct dart_master *master = add_master_at(test, others, 2, BIT(0));
	const u64 iova = SZ_32M - SZ_1M, size = SZ_2M;
	struct dart_domain *dom;
	int n, ret;

	for (n = 0, ret = -ENOMEM; ret == -ENOMEM; n++) {
		dom = add_domain(test, master);
		KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
		KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, deep_master), 0);

		ret = map_with_pages(test, dom, n, iova, SZ_1G, size);

		KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, iova, size), ret ? 0 : size);
		KUNIT_EXPECT_EQ(test, dart_domain_map(dom, iova, SZ_1G, size, RW, GFP_KERNEL), 0);
		KUNIT_EXPECT_TRUE(test, fake_sees(big, 0, iova, SZ_1G));
		KUNIT_EXPECT_TRUE(test, fake_sees(small, 0, iova + SZ_4K, SZ_1G + SZ_4K));
		KUNIT_EXPECT_TRUE(test, fake_sees(deep, 0, iova + size - 1, SZ_1G + size - 1));
		detach_master(test, master);
		detach_master(test, deep_master);
		dart_domain_destroy(dom);
		KUNIT_ASSERT_LT(test, n, 20);
	}
	/* Two tables of leaves each; with so few IOVA bits nobody walks four levels. */
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, n, 3 * 2 + 1);
}

/* Four levels: what is above the tables of leaves, too. */
static void test_map_no_memory_levels(struct kunit *test)
{
	struct fake *deep = add_fake(test, &fake_dart2, &params_16k_42);
	struct dart_master *master = add_master(test, deep, BIT(0));
	const u64 iova = (1ULL << 36) - SZ_16K, size = SZ_32K;
	struct dart_domain *dom;
	int n, ret;

	for (n = 0, ret = -ENOMEM; ret == -ENOMEM; n++) {
		dom = add_domain(test, master);
		KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
		ret = map_with_pages(test, dom, n, iova, SZ_1G, size);
		KUNIT_EXPECT_EQ(test, fake_sees(deep, 0, iova, SZ_1G), !ret);
		KUNIT_EXPECT_EQ(test, fake_sees(deep, 0, 1ULL << 36, SZ_1G + SZ_16K), !ret);
		KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, iova, size), ret ? 0 : size);
		detach_master(test, master);
		dart_domain_destroy(dom);
		KUNIT_ASSERT_LT(test, n, 20);
	}
	/* On either side of a border of the top level: a table, and one of leaves. */
	KUNIT_EXPECT_EQ(test, ret, 0);
	KUNIT_EXPECT_EQ(test, n, 4 + 1);
}

/* Tables are freed one by one, so one of another format may lack what the first one has. */
static void test_map_undone(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct dart_table *table;
	void *removed = NULL;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_map(dom, SZ_64M, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_unmap(dom, SZ_64M, SZ_16K), SZ_16K);
	table = list_last_entry(&dom->tables, struct dart_table, list);
	KUNIT_ASSERT_PTR_NE(test, table, dom->primary);
	KUNIT_ASSERT_EQ(test, dart_pt_prune(&table->pt, SZ_64M, &removed), 1);
	dart_pt_free_removed(&table->pt, removed);

	fake_start(one);
	fake_start(two);
	KUNIT_EXPECT_EQ(test, map_with_pages(test, dom, 0, SZ_64M, SZ_1G, SZ_16K), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(one, 0, SZ_64M));
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(two, 0, SZ_64M));
	/* The first instance may have cached what was there for a while. */
	KUNIT_EXPECT_EQ(test, one->n_flushes, 1);

	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_64M, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(one, 0, SZ_64M, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, SZ_64M, SZ_1G));
	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

/* A late attach that runs out of memory at any point leaves the domain as it was. */
static void test_replay_no_memory(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct bench *b = test->priv;
	int n, ret;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	for (n = 0; n < 5; n++)
		KUNIT_ASSERT_EQ(test, dart_domain_map(dom, n * SZ_64M, SZ_1G, SZ_16K, RW,
						      GFP_KERNEL), 0);

	kunit_activate_static_stub(test, dart_pt_alloc_page, failing_alloc_page);
	for (n = 0, ret = -ENOMEM; ret == -ENOMEM && n < 100; n++) {
		b->allocs_left = n;
		ret = dart_domain_attach(dom, second);
		b->allocs_left = -1;
		KUNIT_EXPECT_EQ(test, n_tables(dom), ret ? 1 : 2);
	}
	kunit_deactivate_static_stub(test, dart_pt_alloc_page);
	KUNIT_EXPECT_EQ(test, ret, 0);
	/* The root, and five tables. */
	KUNIT_EXPECT_EQ(test, n, 6 + 1);
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, 4 * SZ_64M, SZ_1G));

	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

/* What is mapped, or will be, must be within reach of all instances. */
static void test_narrow_addresses(struct kunit *test)
{
	struct dart_params narrow = params_16k_36;
	struct fake *one = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct dart_master *second;
	u64 high = 1ULL << 36;

	narrow.oas = 36;
	second = add_master(test, add_fake(test, &fake_dart2, &narrow), BIT(0));
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, high, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, SZ_1M, high, SZ_16K, RW, GFP_KERNEL), 0);

	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, 0, SZ_16K), SZ_16K);
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, SZ_1M, SZ_16K), SZ_16K);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, high, SZ_16K, RW, GFP_KERNEL), -ERANGE);
	detach_master(test, second);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, high, SZ_16K, RW, GFP_KERNEL), 0);
	detach_master(test, first);
	dart_domain_destroy(dom);
}

/* Pages that were allocated before an instance came that cannot reach them do not become tables. */
static void test_narrowed_meanwhile(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_domain *dom = add_domain(test, add_master(test, fake, BIT(0)));
	struct bench *b = test->priv;

	b->narrowed = dom;
	kunit_activate_static_stub(test, dart_pt_alloc_page, narrowing_alloc_page);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	kunit_deactivate_static_stub(test, dart_pt_alloc_page);
	KUNIT_EXPECT_EQ(test, dom->oas, 41);
	KUNIT_EXPECT_EQ(test, b->n_allocs, 2);
	KUNIT_EXPECT_EQ(test, dart_domain_iova_to_phys(dom, 0), SZ_1G);
	dart_domain_destroy(dom);
}

/* Hardware that refuses in the middle of an attach: blocked, left out, the next attach works. */
static void test_attach_unwinds(struct kunit *test)
{
	struct fake *fakes[] = {
		add_fake(test, &fake_dart1, &params_16k_32),
		add_fake(test, &fake_dart1, &params_16k_32),
	};
	struct dart_master *master = add_master_at(test, fakes, 2, BIT(0) | BIT(1));
	struct dart_domain *old = add_domain(test, master);
	struct dart_domain *dom = add_domain(test, master);
	int n;

	KUNIT_ASSERT_EQ(test, dart_domain_map(old, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	for (n = 0; n < 4; n++) {
		KUNIT_ASSERT_EQ(test, dart_domain_attach(old, master), 0);
		fakes[n / 2]->fail_translate = n % 2;
		KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, master), -EIO);
		fakes[n / 2]->fail_translate = -1;
		KUNIT_EXPECT_TRUE(test, list_empty(&dom->attachments));
		KUNIT_EXPECT_EQ(test, fakes[0]->mode[0], FAKE_BLOCKED);
		KUNIT_EXPECT_EQ(test, fakes[1]->mode[1], FAKE_BLOCKED);
		KUNIT_EXPECT_PTR_EQ(test, master->domain, &old->domain);

		/* The core goes back to the old domain. */
		KUNIT_EXPECT_EQ(test, dart_domain_attach(old, master), 0);
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[0], 1, 0, SZ_1G));
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[1], 0, 0, SZ_1G));
	}
	KUNIT_EXPECT_FALSE(test, old->poisoned || dom->poisoned);
	detach_master(test, master);
	KUNIT_EXPECT_TRUE(test, list_empty(&old->attachments));
	dart_domain_destroy(old);
	dart_domain_destroy(dom);
}

/* Hardware that cannot be stopped keeps its tables for ever. */
static void test_poison(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *master = add_master(test, fake, BIT(0));
	struct dart_domain *dom = add_domain(test, master);
	struct bench *b = test->priv;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	fake->fail_block = -EIO;
	KUNIT_EXPECT_EQ(test, dart_master_attach_static(master, &b->blocked, false), -EIO);
	KUNIT_EXPECT_TRUE(test, dom->poisoned);
	KUNIT_EXPECT_TRUE(test, list_empty(&dom->attachments));

	/* This hardware is not real, so the memory can be had back. */
	dom->poisoned = false;
	dart_domain_destroy(dom);
}

static void test_move(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *tied = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *master = add_master(test, fake, BIT(2));
	struct dart_master *other = add_master(test, tied, BIT(2));
	struct dart_domain *one = add_domain(test, master);
	struct dart_domain *two = add_domain(test, master);
	struct bench *b = test->priv;

	KUNIT_ASSERT_EQ(test, dart_domain_map(one, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_map(two, 0, SZ_2M, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(one, master), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(fake, 2, 0, SZ_1G));
	KUNIT_ASSERT_EQ(test, dart_domain_attach(two, master), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(fake, 2, 0, SZ_2M));
	KUNIT_EXPECT_TRUE(test, list_empty(&one->attachments));

	KUNIT_EXPECT_EQ(test, dart_master_attach_static(master, &b->identity, true), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(fake, 2, SZ_8M, SZ_8M));
	KUNIT_EXPECT_TRUE(test, list_empty(&two->attachments));
	KUNIT_EXPECT_EQ(test, fake->roots[2][0], 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(one, master), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(fake, 2, 0, SZ_1G));
	detach_master(test, master);
	KUNIT_EXPECT_EQ(test, fake->mode[2], FAKE_BLOCKED);

	KUNIT_EXPECT_EQ(test, dart_master_attach_static(other, &b->identity, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, tied->mode[2], FAKE_BLOCKED);
	dart_domain_destroy(one);
	dart_domain_destroy(two);
}

/* Two devices behind one stream: one goes, the other stays. */
static void test_shared_stream(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *first = add_master(test, fake, BIT(0) | BIT(1));
	struct dart_master *second = add_master(test, fake, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct iommu_group *group = (struct iommu_group *)test;
	struct bench *b = test->priv;

	KUNIT_EXPECT_NULL(test, dart_master_find_group(first));
	dart_master_publish(first, group);
	KUNIT_EXPECT_PTR_EQ(test, dart_master_find_group(second), group);
	dart_master_publish(second, group);

	KUNIT_ASSERT_EQ(test, dart_domain_map(dom, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	detach_master(test, second);
	KUNIT_EXPECT_TRUE(test, fake_sees(fake, 0, 0, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees(fake, 1, 0, SZ_1G));
	fake_start(fake);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_EQ(test, fake->flushed, BIT(0) | BIT(1));
	dart_master_withdraw(second);

	detach_master(test, first);
	KUNIT_EXPECT_EQ(test, fake->mode[0], FAKE_BLOCKED);
	KUNIT_EXPECT_EQ(test, fake->mode[1], FAKE_BLOCKED);

	/* The same with a stream that is passed through. */
	dart_master_publish(second, group);
	KUNIT_EXPECT_EQ(test, dart_master_attach_static(first, &b->identity, true), 0);
	KUNIT_EXPECT_EQ(test, dart_master_attach_static(second, &b->identity, true), 0);
	detach_master(test, second);
	KUNIT_EXPECT_EQ(test, fake->mode[0], FAKE_BYPASS);
	detach_master(test, first);
	KUNIT_EXPECT_EQ(test, fake->mode[0], FAKE_BLOCKED);
	dart_domain_destroy(dom);
}

static void test_groups(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *first = add_master(test, fake, BIT(0));
	struct dart_master *second = add_master(test, fake, BIT(1));
	struct dart_master *both = add_master(test, fake, BIT(0) | BIT(1));
	struct iommu_group *group = (struct iommu_group *)test;

	dart_master_publish(first, group);
	KUNIT_EXPECT_NULL(test, dart_master_find_group(second));
	dart_master_publish(second, (struct iommu_group *)fake);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dart_master_find_group(both)), -EINVAL);
	dart_master_withdraw(second);
	KUNIT_EXPECT_PTR_EQ(test, dart_master_find_group(both), group);
}

/* An instance that was unbound, and one that has gone away, under an attached master. */
static void test_gone(struct kunit *test)
{
	struct fake *removed = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *lost = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *first = add_master(test, removed, BIT(0));
	struct dart_master *second = add_master(test, lost, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct bench *b = test->priv;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	dart_retire(removed->dart);
	KUNIT_EXPECT_EQ(test, removed->mode[0], FAKE_BLOCKED);
	fake_start(removed);
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), 0);
	KUNIT_EXPECT_EQ(test, dart_master_attach_static(first, &b->identity, true), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, first), -ENODEV);
	KUNIT_EXPECT_STREQ(test, removed->log, "");
	KUNIT_EXPECT_FALSE(test, dom->poisoned);

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	lost->dart->state = DART_LOST;
	KUNIT_EXPECT_EQ(test, dart_domain_flush(dom, NULL), -ENODEV);
	KUNIT_EXPECT_EQ(test, dart_master_attach_static(second, &b->identity, true), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), -ENODEV);
	KUNIT_EXPECT_TRUE(test, list_empty(&dom->attachments));
	dom->poisoned = false;
	dart_domain_destroy(dom);
}

/**
 * struct mapper - a thread that maps and unmaps in a range of its own
 * @dom: domain
 * @base: start of its range of 64 MiB
 * @errors: what went wrong
 */
struct mapper {
	struct dart_domain *dom;
	u64 base;
	unsigned int errors;
};

static int mapper_run(void *data)
{
	struct mapper *m = data;
	unsigned int i;

	for (i = 0; !kthread_should_stop(); i++) {
		u64 size = (i % 64 + 1) * SZ_16K;
		u64 iova = m->base + SZ_32M - size / 2 / SZ_16K * SZ_16K;

		if (dart_domain_map(m->dom, iova, SZ_1G, size, RW, GFP_KERNEL) ||
		    dart_domain_flush(m->dom, NULL) ||
		    dart_domain_iova_to_phys(m->dom, iova) != SZ_1G ||
		    dart_domain_unmap(m->dom, iova, size) != size ||
		    dart_domain_flush(m->dom, NULL))
			m->errors++;
		cond_resched();
	}
	/* What is left behind tells whether all tables agree at the end. */
	return dart_domain_map(m->dom, m->base, m->base + SZ_1G, SZ_64M, RW, GFP_KERNEL);
}

static void test_concurrent(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first = add_master(test, one, BIT(0));
	struct dart_master *second = add_master(test, two, BIT(0));
	struct dart_domain *dom = add_domain(test, first);
	struct mapper mappers[3] = {};
	struct task_struct *tasks[3];
	u64 offset;
	int i;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		mappers[i].dom = dom;
		mappers[i].base = i * SZ_64M;
		tasks[i] = kthread_run(mapper_run, &mappers[i], "dart-mapper/%d", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(tasks[i]));
	}
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), 0);
		dart_domain_reclaim(dom);
		cond_resched();
		if (i % 2)
			detach_master(test, second);
	}
	for (i = 0; i < ARRAY_SIZE(tasks); i++) {
		KUNIT_EXPECT_EQ(test, kthread_stop(tasks[i]), 0);
		KUNIT_EXPECT_EQ(test, mappers[i].errors, 0);
	}
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	for (offset = 0; offset < ARRAY_SIZE(tasks) * SZ_64M; offset += SZ_16K) {
		KUNIT_EXPECT_TRUE(test, fake_sees(one, 0, offset, offset + SZ_1G));
		KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, offset, offset + SZ_1G));
	}
	detach_master(test, first);
	detach_master(test, second);
	dart_domain_destroy(dom);
}

static struct kunit_case domain_cases[] = {
	KUNIT_CASE(test_geometry),
	KUNIT_CASE(test_map_refused),
	KUNIT_CASE(test_in_step),
	KUNIT_CASE(test_shared_table),
	KUNIT_CASE(test_other_geometries),
	KUNIT_CASE(test_four_levels),
	KUNIT_CASE(test_flush_counts),
	KUNIT_CASE(test_flush_fails),
	KUNIT_CASE(test_flush_capability),
	KUNIT_CASE(test_settle),
	KUNIT_CASE(test_flush_range),
	KUNIT_CASE(test_overlap),
	KUNIT_CASE(test_reclaim),
	KUNIT_CASE_SLOW(test_map_no_memory),
	KUNIT_CASE(test_map_no_memory_deep),
	KUNIT_CASE(test_map_no_memory_levels),
	KUNIT_CASE(test_map_undone),
	KUNIT_CASE(test_replay_no_memory),
	KUNIT_CASE(test_narrow_addresses),
	KUNIT_CASE(test_narrowed_meanwhile),
	KUNIT_CASE(test_attach_unwinds),
	KUNIT_CASE(test_poison),
	KUNIT_CASE(test_move),
	KUNIT_CASE(test_shared_stream),
	KUNIT_CASE(test_groups),
	KUNIT_CASE(test_gone),
	KUNIT_CASE_SLOW(test_concurrent),
	{}
};

static struct kunit_suite domain_suite = {
	.name = "apple-dart-domain",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = domain_cases,
};

kunit_test_suite(domain_suite);
