// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: locked DARTs, seen from the display.
 *
 * On a board whose firmware shows a picture through locked DARTs the suite owns the display
 * engine and the coprocessor (so the asahi driver must not be bound) and takes the CRC of what is
 * scanned out: the picture must stay, byte for byte, whatever the domain does that the masters are
 * attached to. It is known pixel by pixel, so a second load of the modules is judged, too.
 * Registers: Documentation/vsoc/registers.rst.
 */

#include <kunit/test.h>

#include <linux/crc32.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "dart-sleep.h"

#define LOCKED_WIDTH		1280
#define LOCKED_HEIGHT		800
#define LOCKED_IOVA		0xa0000000UL
#define LOCKED_SIZE		(LOCKED_WIDTH * LOCKED_HEIGHT * 4UL)
#define LOCKED_TIMEOUT_US	(10 * USEC_PER_SEC)

static struct platform_device *locked_display, *locked_coproc;

static int locked_bind(struct platform_device *pdev)
{
	if (!device_iommu_mapped(&pdev->dev))
		return dev_err_probe(&pdev->dev, -ENODEV, "no IOMMU\n");
	/* What firmware shows is told by a region. */
	if (!of_property_present(pdev->dev.of_node, "memory-region"))
		return -ENODEV;
	if (of_device_is_compatible(pdev->dev.of_node, "vsoc,display"))
		locked_display = pdev;
	else
		locked_coproc = pdev;
	return 0;
}

static const struct of_device_id locked_of_match[] = {
	{ .compatible = "vsoc,display" },
	{ .compatible = "vsoc,coprocessor" },
	{ }
};

static struct platform_driver locked_driver = {
	.probe = locked_bind,
	.driver = {
		.name = "dart-locked-test",
		.of_match_table = locked_of_match,
		.suppress_bind_attrs = true,
	},
};

/**
 * struct locked - what one test case holds
 * @domain: the paging domain under test
 * @display: registers of the display engine
 * @block: a block to map
 * @crc: of the picture
 * @display_attached: to @domain
 * @coproc_attached: to @domain
 */
struct locked {
	struct iommu_domain *domain;
	void __iomem *display;
	void *block;
	u32 crc;
	bool display_attached;
	bool coproc_attached;
};

/* CRC of a frame that was fetched after this call; 0 after the timeout. */
static u32 locked_scanned_crc(struct locked *locked)
{
	u32 count;
	u64 entry;

	writel(0, locked->display + 0x1020);
	writel(1, locked->display + 0x1020);
	if (readl_poll_timeout(locked->display + 0x1024, count, count > 1, 1000,
			       LOCKED_TIMEOUT_US))
		return 0;
	/* The first frame may have been under way when the FIFO was emptied. */
	readq(locked->display + 0x1028);
	entry = readq(locked->display + 0x1028);
	writel(0, locked->display + 0x1020);
	return entry >> 32;
}

/* CRC of what firmware has painted. */
static u32 locked_expected_crc(struct kunit *test)
{
	u32 *picture = vmalloc(LOCKED_SIZE);
	unsigned int x, y;
	u32 crc;

	KUNIT_ASSERT_NOT_NULL(test, picture);
	for (y = 0; y < LOCKED_HEIGHT; y++)
		for (x = 0; x < LOCKED_WIDTH; x++)
			picture[y * LOCKED_WIDTH + x] =
				(x & 0xff) << 16 | (y & 0xff) << 8 | ((x ^ y) & 0xff);
	crc = ~crc32_le(~0, (u8 *)picture, LOCKED_SIZE);
	vfree(picture);
	return crc;
}

static void locked_attach(struct kunit *test)
{
	struct locked *locked = test->priv;

	KUNIT_ASSERT_EQ(test, iommu_attach_device(locked->domain, &locked_display->dev), 0);
	locked->display_attached = true;
	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	KUNIT_ASSERT_EQ(test, iommu_attach_device(locked->domain, &locked_coproc->dev), 0);
	locked->coproc_attached = true;
	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
}

static void locked_detach(struct locked *locked)
{
	if (locked->coproc_attached)
		iommu_detach_device(locked->domain, &locked_coproc->dev);
	if (locked->display_attached)
		iommu_detach_device(locked->domain, &locked_display->dev);
	locked->coproc_attached = false;
	locked->display_attached = false;
}

/* Attach and detach, several times. */
static void locked_test_attach(struct kunit *test)
{
	struct locked *locked = test->priv;
	int i;

	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	for (i = 0; i < 3; i++) {
		locked_attach(test);
		locked_detach(locked);
		KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	}
	KUNIT_EXPECT_EQ(test, readl(locked->display + 0x1030), 0);
}

/* Maps and unmaps before, behind and far from the picture. */
static void locked_test_maps(struct kunit *test)
{
	struct locked *locked = test->priv;
	phys_addr_t pa = virt_to_phys(locked->block);
	const unsigned long iovas[] = {
		0x4000, 0x9fffc000, 0xa2000000, 0xa4004000, 0xf0000000, 0xfbffc000,
	};
	unsigned long iova;
	int i;

	locked_attach(test);
	for (i = 0; i < 1000; i++) {
		iova = iovas[i % ARRAY_SIZE(iovas)];
		KUNIT_ASSERT_EQ(test, iommu_map(locked->domain, iova, pa, SZ_16K,
						IOMMU_READ | IOMMU_WRITE, GFP_KERNEL), 0);
		KUNIT_ASSERT_EQ(test, iommu_iova_to_phys(locked->domain, iova), pa);
		KUNIT_ASSERT_EQ(test, iommu_unmap(locked->domain, iova, SZ_16K), SZ_16K);
		if (i % 250 == 0)
			KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	}
	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	KUNIT_EXPECT_EQ(test, readl(locked->display + 0x1030), 0);
}

/* The picture is part of the domain; nothing else can take its place. */
static void locked_test_conflict(struct kunit *test)
{
	struct locked *locked = test->priv;
	phys_addr_t pa = virt_to_phys(locked->block);
	phys_addr_t picture;

	locked_attach(test);
	picture = iommu_iova_to_phys(locked->domain, LOCKED_IOVA);
	KUNIT_EXPECT_NE(test, picture, 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(locked->domain, LOCKED_IOVA + LOCKED_SIZE - 1),
			picture + LOCKED_SIZE - 1);
	KUNIT_EXPECT_EQ(test, iommu_map(locked->domain, LOCKED_IOVA, pa, SZ_16K, IOMMU_READ,
					GFP_KERNEL), -EEXIST);
	/* The owner may take it out of the domain, but firmware's mapping stays. */
	KUNIT_EXPECT_EQ(test, iommu_unmap(locked->domain, LOCKED_IOVA, LOCKED_SIZE), LOCKED_SIZE);
	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	KUNIT_EXPECT_EQ(test, iommu_map(locked->domain, LOCKED_IOVA, pa, SZ_16K, IOMMU_READ,
					GFP_KERNEL), -EBUSY);
	KUNIT_EXPECT_EQ(test, iommu_map(locked->domain, LOCKED_IOVA, picture, LOCKED_SIZE,
					IOMMU_READ, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
}

/* What cannot be set up again is left alone; what was mapped before can be used after. */
static void locked_test_sleep(struct kunit *test)
{
	struct device *masters[] = { &locked_display->dev, &locked_coproc->dev };
	struct locked *locked = test->priv;
	phys_addr_t pa = virt_to_phys(locked->block);
	struct device *dart;
	int i;

	locked_attach(test);
	KUNIT_ASSERT_EQ(test, iommu_map(locked->domain, 0x4000, pa, SZ_16K, IOMMU_READ,
					GFP_KERNEL), 0);
	for (i = 0; i < ARRAY_SIZE(masters); i++) {
		dart = dart_of_master(masters[i]);
		KUNIT_ASSERT_NOT_NULL(test, dart);
		KUNIT_EXPECT_EQ(test, dart_sleep(dart), 0);
		KUNIT_EXPECT_EQ(test, dart_wake(dart), 0);
		put_device(dart);
	}
	KUNIT_EXPECT_EQ(test, locked_scanned_crc(locked), locked->crc);
	KUNIT_EXPECT_EQ(test, iommu_unmap(locked->domain, 0x4000, SZ_16K), SZ_16K);
	KUNIT_EXPECT_EQ(test, readl(locked->display + 0x1030), 0);
}

static int locked_init(struct kunit *test)
{
	struct locked *locked = kunit_kzalloc(test, sizeof(*locked), GFP_KERNEL);

	if (!locked)
		return -ENOMEM;
	if (!locked_display || !locked_coproc)
		kunit_skip(test, "no board with firmware's picture");
	test->priv = locked;
	locked->display = of_iomap(locked_display->dev.of_node, 0);
	locked->block = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, get_order(SZ_16K));
	KUNIT_ASSERT_TRUE(test, locked->display && locked->block);
	locked->crc = locked_expected_crc(test);
	locked->domain = iommu_paging_domain_alloc(&locked_display->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, locked->domain);
	return 0;
}

static void locked_exit(struct kunit *test)
{
	struct locked *locked = test->priv;

	if (!locked)
		return;
	locked_detach(locked);
	if (!IS_ERR_OR_NULL(locked->domain))
		iommu_domain_free(locked->domain);
	free_pages((unsigned long)locked->block, get_order(SZ_16K));
	if (locked->display)
		iounmap(locked->display);
}

static int locked_suite_init(struct kunit_suite *suite)
{
	return platform_driver_register(&locked_driver);
}

static void locked_suite_exit(struct kunit_suite *suite)
{
	platform_driver_unregister(&locked_driver);
	locked_display = NULL;
	locked_coproc = NULL;
}

static struct kunit_case locked_cases[] = {
	KUNIT_CASE_SLOW(locked_test_attach),
	KUNIT_CASE_SLOW(locked_test_maps),
	KUNIT_CASE_SLOW(locked_test_conflict),
	KUNIT_CASE_SLOW(locked_test_sleep),
	{ }
};

static struct kunit_suite locked_suite = {
	.name = "dart-locked",
	.suite_init = locked_suite_init,
	.suite_exit = locked_suite_exit,
	.init = locked_init,
	.exit = locked_exit,
	.test_cases = locked_cases,
};

kunit_test_suite(locked_suite);

MODULE_DESCRIPTION("KUnit test of locked DART instances");
MODULE_LICENSE("GPL");
