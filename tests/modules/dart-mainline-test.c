// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the kernel's own apple-dart driver on virtual DARTs, and this project's in its place.
 *
 * What the kernel's is known to accept and to refuse is expected here of board "mainline": a model
 * that suits it was judged by a driver that was written for the hardware. With ours=1 what it
 * refuses must work. It needs a CPU page of 4 KiB. That translations are right is shown by
 * dart-span-test, which reads through them.
 */

#include <kunit/test.h>

#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

static bool ours;
module_param(ours, bool, 0);
MODULE_PARM_DESC(ours, "the IOMMU driver is this project's: what the kernel's own refuses works");

static int mainline_bind(struct platform_device *pdev)
{
	return 0;
}

static const struct of_device_id mainline_of_match[] = {
	{ .compatible = "vsoc,idle-master" },
	{ }
};

static struct platform_driver mainline_driver = {
	.probe = mainline_bind,
	.driver = {
		.name = "dart-mainline-test",
		.of_match_table = mainline_of_match,
		.suppress_bind_attrs = true,
	},
};

static int match_node(struct device *dev, const void *name)
{
	return dev->of_node && !strcmp(dev->of_node->full_name, name);
}

/* The device of a node, with its driver if that may be bound. */
static struct device *find(struct kunit *test, const char *name)
{
	struct device *dev = bus_find_device(&platform_bus_type, NULL, name, match_node);

	KUNIT_ASSERT_NOT_NULL_MSG(test, dev, "%s", name);
	/* The board outlives the suite. */
	put_device(dev);
	return dev;
}

static struct iommu_domain *alloc_for(struct kunit *test, const char *name)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(find(test, name));

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

/* One instance, pages of 4 KiB: everything works, with a neighbour's stream in the domain, too. */
static void mainline_test_one(struct kunit *test)
{
	struct device *dev = find(test, "master-one"), *beside = find(test, "master-beside");
	struct iommu_domain *domain = alloc_for(test, "master-one");

	KUNIT_EXPECT_EQ(test, domain->pgsize_bitmap, SZ_4K);
	KUNIT_EXPECT_EQ(test, domain->geometry.aperture_end, U32_MAX);
	KUNIT_ASSERT_EQ(test, iommu_attach_device(domain, dev), 0);
	KUNIT_ASSERT_EQ(test, iommu_attach_device(domain, beside), 0);
	KUNIT_EXPECT_EQ(test, iommu_map(domain, SZ_1G, SZ_64M, SZ_8M, IOMMU_READ, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(domain, SZ_1G + SZ_4M + 5), SZ_64M + SZ_4M + 5);
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, SZ_1G, SZ_8M), SZ_8M);
	iommu_detach_device(domain, beside);
	iommu_detach_device(domain, dev);
	iommu_domain_free(domain);
}

static void expect_works(struct kunit *test, const char *name)
{
	struct iommu_domain *domain = alloc_for(test, name);
	size_t page = domain->pgsize_bitmap;

	KUNIT_ASSERT_EQ_MSG(test, iommu_attach_device(domain, find(test, name)), 0, "%s", name);
	KUNIT_EXPECT_EQ(test, iommu_map(domain, SZ_1G, SZ_64M, page, IOMMU_READ, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, iommu_unmap(domain, SZ_1G, page), page);
	iommu_detach_device(domain, find(test, name));
	iommu_domain_free(domain);
}

/* Has an IOMMU at all, and then works. */
static void expect_ours_alone(struct kunit *test, const char *name)
{
	KUNIT_EXPECT_EQ(test, device_iommu_mapped(find(test, name)), ours);
	if (ours)
		expect_works(test, name);
}

/* One device with two instances shares a table; a third is one too many. */
static void mainline_test_instances_of_a_device(struct kunit *test)
{
	expect_works(test, "master-two");
	expect_ours_alone(test, "master-three");
}

/* Devices behind different instances in one domain: refused, and nothing breaks. */
static void mainline_test_instances_of_a_domain(struct kunit *test)
{
	struct iommu_domain *domain = alloc_for(test, "master-one");

	KUNIT_EXPECT_EQ(test, iommu_attach_device(domain, find(test, "master-one")), 0);
	KUNIT_EXPECT_EQ(test, iommu_attach_device(domain, find(test, "master-other")),
			ours ? 0 : -EINVAL);
	if (ours)
		iommu_detach_device(domain, find(test, "master-other"));
	iommu_detach_device(domain, find(test, "master-one"));
	iommu_domain_free(domain);
}

/* Pages larger than the CPU's: bypass, and no other domain. */
static void mainline_test_large_pages(struct kunit *test)
{
	static const char *const names[] = { "master-large", "master-large-t8110" };
	int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct device *dev = find(test, names[i]);
		struct iommu_domain *domain = iommu_get_domain_for_dev(dev);

		KUNIT_ASSERT_NOT_NULL(test, domain);
		KUNIT_EXPECT_EQ(test, domain->type, IOMMU_DOMAIN_IDENTITY);
		if (ours) {
			expect_works(test, names[i]);
			continue;
		}
		domain = iommu_paging_domain_alloc(dev);
		if (IS_ERR(domain)) {
			KUNIT_EXPECT_EQ(test, PTR_ERR(domain), -EINVAL);
			continue;
		}
		KUNIT_EXPECT_EQ(test, iommu_attach_device(domain, dev), -EINVAL);
		iommu_domain_free(domain);
	}
}

/* An instance that cannot bypass has a DMA domain; together with one that can, it is refused. */
static void mainline_test_no_bypass(struct kunit *test)
{
	struct device *dev = find(test, "master-no-bypass");
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	void *page = kunit_kzalloc(test, SZ_4K, GFP_KERNEL);
	dma_addr_t iova;

	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NE(test, domain->type & __IOMMU_DOMAIN_DMA_API, 0);
	iova = dma_map_single(dev, page, SZ_4K, DMA_TO_DEVICE);
	KUNIT_ASSERT_EQ(test, dma_mapping_error(dev, iova), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(domain, iova), virt_to_phys(page));
	dma_unmap_single(dev, iova, SZ_4K, DMA_TO_DEVICE);
	expect_ours_alone(test, "master-unlike");
}

/* Firmware has not set the stream up, so this project's driver has no domain for it either. */
static void mainline_test_locked(struct kunit *test)
{
	struct device *dev = find(test, "master-locked");

	KUNIT_EXPECT_EQ(test, !!find(test, "iommu@318000")->driver, ours);
	KUNIT_EXPECT_EQ(test, device_iommu_mapped(dev), ours);
	if (ours) {
		struct iommu_domain *domain = alloc_for(test, "master-locked");

		KUNIT_EXPECT_EQ(test, iommu_attach_device(domain, dev), -EINVAL);
		iommu_domain_free(domain);
	}
	/* The others have it. */
	KUNIT_EXPECT_NOT_NULL(test, find(test, "iommu@314000")->driver);
}

/* Devices that cannot be told apart are in one group, whose domain they change together. */
static void mainline_test_one_stream(struct kunit *test)
{
	struct device *a = find(test, "master-same-a"), *b = find(test, "master-same-b");
	struct iommu_domain *domain = alloc_for(test, "master-same-a");
	struct iommu_group *group = iommu_group_get(a);

	KUNIT_ASSERT_NOT_NULL(test, group);
	KUNIT_EXPECT_PTR_EQ(test, a->iommu_group, b->iommu_group);
	KUNIT_EXPECT_EQ(test, iommu_attach_device(domain, a), -EINVAL);
	KUNIT_EXPECT_EQ(test, iommu_attach_group(domain, group), 0);
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_domain_for_dev(b), domain);
	iommu_detach_group(domain, group);
	iommu_group_put(group);
	iommu_domain_free(domain);
}

static void mainline_test_no_pasid(struct kunit *test)
{
	struct device *dev = find(test, "master-one");
	struct iommu_domain *domain;

	if (ours)
		kunit_skip(test, "the core skips devices without PASIDs, where a driver has some");
	domain = alloc_for(test, "master-one");
	KUNIT_EXPECT_EQ(test, iommu_attach_device_pasid(domain, dev, 1, NULL), -EOPNOTSUPP);
	iommu_domain_free(domain);
}

static int mainline_suite_init(struct kunit_suite *suite)
{
	return platform_driver_register(&mainline_driver);
}

static void mainline_suite_exit(struct kunit_suite *suite)
{
	platform_driver_unregister(&mainline_driver);
}

static struct kunit_case mainline_cases[] = {
	KUNIT_CASE(mainline_test_one),
	KUNIT_CASE(mainline_test_instances_of_a_device),
	KUNIT_CASE(mainline_test_instances_of_a_domain),
	KUNIT_CASE(mainline_test_large_pages),
	KUNIT_CASE(mainline_test_no_bypass),
	KUNIT_CASE(mainline_test_locked),
	KUNIT_CASE(mainline_test_one_stream),
	KUNIT_CASE(mainline_test_no_pasid),
	{ }
};

static struct kunit_suite mainline_suite = {
	.name = "dart-mainline",
	.suite_init = mainline_suite_init,
	.suite_exit = mainline_suite_exit,
	.test_cases = mainline_cases,
};

kunit_test_suite(mainline_suite);

MODULE_DESCRIPTION("KUnit test of the kernel's own DART driver on virtual DARTs");
MODULE_LICENSE("GPL");
