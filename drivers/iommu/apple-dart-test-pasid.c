// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: streams as PASIDs, over fake instances.
 */

#include <kunit/test.h>

#include <linux/sizes.h>

#include "apple-dart-test-fake.h"

static const struct dart_pasid_scope any = {};

/* A device with PASIDs behind @n instances. */
static struct dart_master *add_gpu(struct kunit *test, struct fake **fakes, unsigned int n)
{
	struct dart_master *gpu = add_master_at(test, fakes, n, BIT(0));

	gpu->n_pasids = FAKE_STREAMS;
	dart_master_publish(gpu, (struct iommu_group *)gpu);
	return gpu;
}

/* A stream that any instance of the device lacks, or that somebody has there, is not handed out. */
static void test_alloc(struct kunit *test)
{
	struct dart_params few = params_16k_36;
	struct fake *fakes[2];
	struct dart_master *gpu, *other;
	struct dart_pasid_scope scope = {};
	int i;

	few.n_streams = 6;
	fakes[0] = add_fake(test, &fake_dart2, &params_16k_36);
	fakes[1] = add_fake(test, &fake_dart2, &few);
	other = add_master(test, fakes[1], BIT(2));
	dart_master_publish(other, (struct iommu_group *)other);
	gpu = add_gpu(test, fakes, 2);
	gpu->n_pasids = 6;
	__set_bit(4, scope.taken);

	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), 1);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), 3);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), 5);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), -ENOSPC);
	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 3), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 3), -ENOENT);
	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 2), -ENOENT);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), 3);
	for (i = 1; i < 6; i += 2)
		KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, i), 0);

	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(other, &any), -EOPNOTSUPP);
}

/* Nobody else gets a stream that is a PASID: neither a device that comes later, nor a PASID. */
static void test_exclusive(struct kunit *test)
{
	struct fake *fake = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *gpu = add_gpu(test, &fake, 1);
	struct dart_master *second = add_gpu(test, &fake, 1);
	struct dart_master *late = add_master(test, fake, BIT(1));
	struct dart_domain *dom = add_domain(test, gpu);

	KUNIT_ASSERT_EQ(test, dart_pasid_reserve(gpu, &any), 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dart_master_find_group(late)), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, second, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(second, &any), 2);
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, gpu, 2), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, gpu, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, gpu, FAKE_STREAMS), -EINVAL);

	/* Unreserved numbers belong to who attaches them, for as long. */
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, gpu, 3), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(second, &any), 4);
	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 3), -ENOENT);
	KUNIT_EXPECT_EQ(test, dart_pasid_detach(gpu, 3, &((struct bench *)test->priv)->blocked), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(second, &any), 3);

	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 1), 0);
	KUNIT_EXPECT_NULL(test, dart_master_find_group(late));
	dart_domain_destroy(dom);
}

/* A number for the whole system: free on every instance, and nobody else is given it. */
static void test_system_wide(struct kunit *test)
{
	struct dart_params locked = params_16k_36;
	struct fake *one = add_fake(test, &fake_dart2, &params_16k_36);
	struct fake *two = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *gpu = add_gpu(test, &one, 1);
	struct dart_master *other = add_gpu(test, &two, 1);
	struct dart_master *plain = add_master(test, two, BIT(1));
	struct dart *instances[] = { one->dart, two->dart, NULL };
	struct dart_pasid_scope scope = {
		.system_wide = true, .instances = instances, .n_instances = 2,
	};
	struct dart_domain *dom = add_domain(test, other);
	struct bench *b = test->priv;

	dart_master_publish(plain, (struct iommu_group *)plain);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), 2);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(other, &any), 3);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &any), 1);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), 4);

	/* Any device may use it. */
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, other, 2), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(dom, gpu, 2), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_detach(other, 2, &b->blocked), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_detach(gpu, 2, &b->blocked), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 2), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(other, &any), 2);

	locked.locked = true;
	instances[scope.n_instances++] = add_fake(test, &fake_dart2, &locked)->dart;
	KUNIT_EXPECT_EQ(test, dart_pasid_reserve(gpu, &scope), -EOPNOTSUPP);
	dart_domain_destroy(dom);
}

/* Two address spaces beside the device's own; what each sees, and what a flush covers. */
static void test_attach(struct kunit *test)
{
	struct fake *fakes[] = {
		add_fake(test, &fake_dart2, &params_16k_36),
		add_fake(test, &fake_dart2, &params_16k_36),
	};
	struct dart_master *gpu = add_gpu(test, fakes, 2);
	struct dart_domain *kernel = add_domain(test, gpu);
	struct dart_domain *vms[] = { add_domain(test, gpu), add_domain(test, gpu) };
	struct bench *b = test->priv;
	int i;

	KUNIT_ASSERT_EQ(test, dart_domain_map(kernel, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_map(vms[0], 0, SZ_2M, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_map(vms[1], 0, SZ_4M, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(kernel, gpu), 0);
	KUNIT_ASSERT_EQ(test, dart_pasid_attach(vms[0], gpu, 7), 0);
	KUNIT_ASSERT_EQ(test, dart_pasid_attach(vms[1], gpu, 9), 0);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[i], 0, 0, SZ_1G));
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[i], 7, 0, SZ_2M));
		KUNIT_EXPECT_TRUE(test, fake_sees(fakes[i], 9, 0, SZ_4M));
		fake_start(fakes[i]);
	}
	KUNIT_EXPECT_EQ(test, dart_domain_flush(vms[0], NULL), 0);
	KUNIT_EXPECT_EQ(test, fakes[1]->n_flushes, 1);
	KUNIT_EXPECT_EQ(test, fakes[1]->flushed, BIT(7));

	/* Another domain takes the place of the first, without a gap in who owns the stream. */
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(vms[1], gpu, 7), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&vms[0]->attachments));
	KUNIT_EXPECT_TRUE(test, fake_sees(fakes[0], 7, 0, SZ_4M));
	KUNIT_EXPECT_EQ(test, dart_domain_flush(vms[1], NULL), 0);
	KUNIT_EXPECT_EQ(test, fakes[1]->flushed, BIT(7) | BIT(9));

	KUNIT_EXPECT_EQ(test, dart_pasid_detach(gpu, 7, &b->blocked), 0);
	KUNIT_EXPECT_EQ(test, dart_pasid_detach(gpu, 7, &b->blocked), 0);
	KUNIT_EXPECT_EQ(test, fakes[1]->mode[7], FAKE_BLOCKED);
	KUNIT_EXPECT_TRUE(test, fake_sees(fakes[1], 9, 0, SZ_4M));
	KUNIT_EXPECT_TRUE(test, fake_sees(fakes[1], 0, 0, SZ_1G));

	/* A device that goes away takes its PASIDs along. */
	dart_pasid_drop_all(gpu, &b->blocked);
	KUNIT_EXPECT_EQ(test, fakes[0]->mode[9], FAKE_BLOCKED);
	KUNIT_EXPECT_TRUE(test, list_empty(&vms[1]->attachments));
	KUNIT_EXPECT_TRUE(test, list_empty(&gpu->pasids));
	detach_master(test, gpu);
	dart_domain_destroy(kernel);
	dart_domain_destroy(vms[0]);
	dart_domain_destroy(vms[1]);
}

/* Leaving and returning costs two commands on each instance and no copy, even over two formats. */
static void test_evict(struct kunit *test)
{
	struct fake *fakes[] = {
		add_fake(test, &fake_dart1, &params_16k_32),
		add_fake(test, &fake_dart2, &params_16k_36),
	};
	struct dart_master *gpu = add_gpu(test, fakes, 2);
	struct dart_domain *vm = add_domain(test, gpu);
	struct bench *b = test->priv;
	u64 root;

	KUNIT_ASSERT_EQ(test, dart_pasid_attach(vm, gpu, 4), 0);
	root = fakes[1]->roots[4][0];
	KUNIT_EXPECT_EQ(test, n_tables(vm), 2);
	KUNIT_ASSERT_EQ(test, dart_pasid_detach(gpu, 4, &b->blocked), 0);
	KUNIT_EXPECT_EQ(test, n_tables(vm), 2);
	KUNIT_EXPECT_EQ(test, fakes[1]->roots[4][0], 0);

	KUNIT_ASSERT_EQ(test, dart_domain_map(vm, SZ_1M, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	fake_start(fakes[0]);
	fake_start(fakes[1]);
	KUNIT_ASSERT_EQ(test, dart_pasid_attach(vm, gpu, 4), 0);
	KUNIT_EXPECT_EQ(test, fakes[1]->roots[4][0], root);
	KUNIT_EXPECT_TRUE(test, fake_sees(fakes[0], 4, SZ_1M, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees(fakes[1], 4, SZ_1M, SZ_1G));
	KUNIT_ASSERT_EQ(test, dart_pasid_detach(gpu, 4, &b->blocked), 0);
	KUNIT_EXPECT_STREQ(test, fakes[0]->log, "TFBFG");
	KUNIT_EXPECT_STREQ(test, fakes[1]->log, "TFBFG");
	dart_domain_destroy(vm);
}

/* Hardware that refuses: the PASID is free again; hardware that cannot be stopped: it is not. */
static void test_failures(struct kunit *test)
{
	struct fake *fakes[] = {
		add_fake(test, &fake_dart2, &params_16k_36),
		add_fake(test, &fake_dart2, &params_16k_36),
	};
	struct dart_master *gpu = add_gpu(test, fakes, 2);
	struct dart_master *late = add_master(test, fakes[0], BIT(5));
	struct dart_domain *vm = add_domain(test, gpu);
	struct bench *b = test->priv;

	fakes[1]->fail_translate = 0;
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(vm, gpu, 5), -EIO);
	fakes[1]->fail_translate = -1;
	KUNIT_EXPECT_EQ(test, fakes[0]->mode[5], FAKE_BLOCKED);
	KUNIT_EXPECT_TRUE(test, list_empty(&vm->attachments));
	KUNIT_EXPECT_NULL(test, dart_master_find_group(late));

	KUNIT_ASSERT_EQ(test, dart_pasid_attach(vm, gpu, 5), 0);
	fakes[0]->fail_block = -EIO;
	KUNIT_EXPECT_EQ(test, dart_pasid_detach(gpu, 5, &b->blocked), -EIO);
	KUNIT_EXPECT_TRUE(test, vm->poisoned);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dart_master_find_group(late)), -EBUSY);
	/* Nor after an attach that failed and could not be undone; its owner can forget it. */
	KUNIT_ASSERT_EQ(test, dart_pasid_reserve(gpu, &any), 1);
	fakes[1]->fail_translate = 0;
	KUNIT_EXPECT_EQ(test, dart_pasid_attach(vm, gpu, 1), -EIO);
	fakes[1]->fail_translate = -1;
	late->port[0].streams[0] = BIT(1);
	KUNIT_EXPECT_EQ(test, dart_pasid_unreserve(gpu, 1), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(dart_master_find_group(late)), -EBUSY);
	fakes[0]->fail_block = 0;

	/* This hardware is not real, so the memory can be had back. */
	vm->poisoned = false;
	dart_domain_destroy(vm);
}

static struct kunit_case pasid_cases[] = {
	KUNIT_CASE(test_alloc),
	KUNIT_CASE(test_exclusive),
	KUNIT_CASE(test_system_wide),
	KUNIT_CASE(test_attach),
	KUNIT_CASE(test_evict),
	KUNIT_CASE(test_failures),
	{}
};

static struct kunit_suite pasid_suite = {
	.name = "apple-dart-pasid",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = pasid_cases,
};

kunit_test_suite(pasid_suite);
