// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: batches of changes: one flush for each instance, no memory where tables were reserved.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include <linux/apple-dart.h>
#include <linux/sizes.h>

#include "apple-dart-test-fake.h"

static void test_one_flush(struct kunit *test)
{
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct fake *fakes[] = { one, two };
	struct dart_master *master = add_master_at(test, fakes, 2, BIT(3));
	struct dart_domain *dom = add_domain(test, master);
	unsigned int before_one, before_two, i;
	struct dart_batch batch;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	before_one = one->n_flushes;
	before_two = two->n_flushes;

	dart_batch_open(&batch, dom);
	KUNIT_EXPECT_EQ(test, dart_batch_reserve(&batch, SZ_64M, SZ_64M), 0);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, 0,
				dart_batch_map(&batch, SZ_64M + i * SZ_32K, SZ_1G, SZ_16K, RW));
	KUNIT_EXPECT_EQ(test, dart_batch_unmap(&batch, SZ_64M, SZ_16K), SZ_16K);
	KUNIT_EXPECT_EQ(test, dart_batch_repeat(&batch, SZ_128M - SZ_64K, SZ_2G, SZ_64K, RW), 0);
	KUNIT_EXPECT_EQ(test, one->n_flushes, before_one);
	KUNIT_EXPECT_EQ(test, dart_batch_end(&batch), 0);
	KUNIT_EXPECT_EQ(test, one->n_flushes, before_one + 1);
	KUNIT_EXPECT_EQ(test, two->n_flushes, before_two + 1);

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, fake_sees_nothing(fakes[i], 3, SZ_64M));
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[i], 3, SZ_64M + 99 * SZ_32K, SZ_1G));
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[i], 3, SZ_128M - SZ_64K, SZ_2G));
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[i], 3, SZ_128M - SZ_16K, SZ_2G));
		KUNIT_EXPECT_TRUE(test, fake_sees_nothing(fakes[i], 3, SZ_128M));
	}
	detach_master(test, master);
	dart_domain_destroy(dom);
}

/* A batch that changes nothing, or whose map was refused, flushes nothing. */
static void test_no_flush(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *master = add_master(test, fake, BIT(0));
	struct dart_domain *dom = add_domain(test, master);
	struct dart_batch batch;
	unsigned int before;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	before = fake->n_flushes;
	dart_batch_open(&batch, dom);
	KUNIT_EXPECT_EQ(test, dart_batch_reserve(&batch, 0, SZ_1M), 0);
	KUNIT_EXPECT_EQ(test, dart_batch_reserve(&batch, SZ_4K, SZ_16K), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_batch_reserve(&batch, SZ_4G, SZ_16K), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_batch_map(&batch, 0, SZ_4K, SZ_16K, RW), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_batch_unmap(&batch, 0, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, dart_batch_end(&batch), 0);
	KUNIT_EXPECT_EQ(test, fake->n_flushes, before);
	detach_master(test, master);
	dart_domain_destroy(dom);
}

static void test_reserved(struct kunit *test)
{
	struct bench *b = test->priv;
	struct fake *one = add_fake(test, &fake_dart1, &params_16k_32);
	struct fake *two = add_fake(test, &fake_dart2, &params_16k_36);
	struct fake *fakes[] = { one, two };
	struct dart_master *master = add_master_at(test, fakes, 2, BIT(3));
	struct dart_domain *dom = add_domain(test, master);
	struct dart_batch batch;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	kunit_activate_static_stub(test, dart_pt_alloc_page, failing_alloc_page);

	dart_batch_open(&batch, dom);
	KUNIT_EXPECT_EQ(test, dart_batch_reserve(&batch, 0, SZ_1G), 0);
	b->allocs_left = 0;
	KUNIT_EXPECT_EQ(test, dart_batch_map(&batch, 0, SZ_4G, SZ_1G, RW), 0);
	b->allocs_left = 0;
	KUNIT_EXPECT_EQ(test, dart_batch_reserve(&batch, SZ_2G, SZ_16K), -ENOMEM);
	b->allocs_left = -1;
	KUNIT_EXPECT_EQ(test, dart_batch_end(&batch), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 3, SZ_1G - SZ_16K, SZ_4G + SZ_1G - SZ_16K));

	kunit_deactivate_static_stub(test, dart_pt_alloc_page);
	detach_master(test, master);
	dart_domain_destroy(dom);
}

/* The instance did not obey: the caller hears of it. */
static void test_failing_flush(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *master = add_master(test, fake, BIT(0));
	struct dart_domain *dom = add_domain(test, master);
	struct dart_batch batch;

	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	dart_batch_open(&batch, dom);
	KUNIT_EXPECT_EQ(test, dart_batch_map(&batch, 0, SZ_1G, SZ_16K, RW), 0);
	KUNIT_EXPECT_EQ(test, dart_batch_end(&batch), 0);

	dart_batch_open(&batch, dom);
	KUNIT_EXPECT_EQ(test, dart_batch_unmap(&batch, 0, SZ_16K), SZ_16K);
	fake->fail_flush = -ETIMEDOUT;
	KUNIT_EXPECT_EQ(test, dart_batch_end(&batch), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), -ETIMEDOUT);
	fake->fail_flush = 0;
	KUNIT_EXPECT_EQ(test, dart_domain_settle(dom), 0);
	detach_master(test, master);
	dart_domain_destroy(dom);
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(test_one_flush),
	KUNIT_CASE(test_no_flush),
	KUNIT_CASE(test_reserved),
	KUNIT_CASE(test_failing_flush),
	{}
};

static struct kunit_suite batch_suite = {
	.name = "apple-dart-batch",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = batch_cases,
};

kunit_test_suite(batch_suite);
