// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: one IOMMU domain over two DART instances, seen from the masters.
 *
 * The suite owns the display engine and the coprocessor of a virtual SoC (so the
 * asahi driver must not be bound), attaches them one after the other to one
 * domain and drives the hardware directly. What the masters read is judged by
 * the CRC of the scanned-out picture and by the coprocessor's answers, never by
 * the IOMMU driver's own bookkeeping. Registers and rings:
 * Documentation/vsoc/registers.rst.
 */

#include <kunit/test.h>
#include <kunit/visibility.h>

#include <linux/crc32.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/iopoll.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "dart-span.h"

#define SPAN_TIMEOUT_US		(10 * USEC_PER_SEC)

static bool mainline;
module_param(mainline, bool, 0);
MODULE_PARM_DESC(mainline, "the IOMMU driver is the kernel's own: one instance, no fault reports");

static const unsigned long span_iova[SPAN_BLOCKS] = {
	[SPAN_CMD] = 0x00010000,
	[SPAN_RSP] = 0x01ffc000,
	[SPAN_EARLY] = 0x0a000000,
	[SPAN_LATE] = 0xf7ffc000,
};

static struct platform_device *span_display, *span_coproc;

static int span_bind(struct platform_device *pdev)
{
	if (!device_iommu_mapped(&pdev->dev))
		return dev_err_probe(&pdev->dev, -ENODEV, "no IOMMU\n");
	if (of_device_is_compatible(pdev->dev.of_node, "vsoc,display"))
		span_display = pdev;
	else
		span_coproc = pdev;
	return 0;
}

static const struct of_device_id span_of_match[] = {
	{ .compatible = "vsoc,display" },
	{ .compatible = "vsoc,coprocessor" },
	{ }
};

static struct platform_driver span_driver = {
	.probe = span_bind,
	.driver = {
		.name = "dart-span-test",
		.of_match_table = span_of_match,
		.suppress_bind_attrs = true,
	},
};

static int span_fault(struct iommu_domain *domain, struct device *dev, unsigned long iova,
		      int flags, void *token)
{
	struct span *span = token;

	atomic_inc(&span->faults);
	return 0;
}

/**
 * span_map() - map a block at its place
 * @span: open
 * @b: not mapped
 *
 * Return: what iommu_map() says.
 */
int span_map(struct span *span, enum span_block b)
{
	int ret = iommu_map(span->domain, span->iova[b], virt_to_phys(span->block[b]), SPAN_BLOCK,
			    IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);

	if (!ret)
		__set_bit(b, &span->mapped);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(span_map);

/**
 * span_unmap() - undo span_map()
 * @span: open
 * @b: mapped
 *
 * Return: bytes unmapped.
 */
size_t span_unmap(struct span *span, enum span_block b)
{
	__clear_bit(b, &span->mapped);
	return iommu_unmap(span->domain, span->iova[b], SPAN_BLOCK);
}
EXPORT_SYMBOL_IF_KUNIT(span_unmap);

/**
 * span_attach_display() - attach the display engine to the domain
 * @span: open
 *
 * Return: what iommu_attach_device() says.
 */
int span_attach_display(struct span *span)
{
	int ret = iommu_attach_device(span->domain, span->display_dev);

	span->display_attached = !ret;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(span_attach_display);

/**
 * span_attach_coproc() - attach the coprocessor to the domain
 * @span: open
 *
 * Return: what iommu_attach_device() says.
 */
int span_attach_coproc(struct span *span)
{
	int ret = iommu_attach_device(span->domain, span->coproc_dev);

	span->coproc_attached = !ret;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(span_attach_coproc);

/**
 * span_detach_display() - undo span_attach_display()
 * @span: open; the display may be detached
 */
void span_detach_display(struct span *span)
{
	if (span->display_attached)
		iommu_detach_device(span->domain, span->display_dev);
	span->display_attached = false;
}
EXPORT_SYMBOL_IF_KUNIT(span_detach_display);

static int span_send(struct span *span, u8 type, u8 arg, u64 payload)
{
	u32 full;

	if (readl_poll_timeout(span->coproc + 0x100, full, !(full & 1), 100, SPAN_TIMEOUT_US))
		return -ETIMEDOUT;
	writeq((u64)type << 56 | (u64)arg << 48 | payload, span->coproc + 0x108);
	return 0;
}

/* The next message, or 0 after the timeout. */
static u64 span_receive(struct span *span)
{
	u32 empty;

	if (readl_poll_timeout(span->coproc + 0x110, empty, !(empty & 1), 100, SPAN_TIMEOUT_US))
		return 0;
	return readq(span->coproc + 0x118);
}

/**
 * span_boot() - start the coprocessor
 * @span: open, with the coprocessor attached and its rings mapped
 *
 * Return: 0 or -EIO.
 */
int span_boot(struct span *span)
{
	writel(0, span->coproc + 0x008);
	writel(1, span->coproc + 0x008);

	if (span_send(span, 0x01, 0, 2) || span_receive(span) >> 56 != 0x81)
		return -EIO;
	if (span_send(span, 0x02, 1, span->iova[SPAN_CMD]) ||
	    span_receive(span) != (0x82ULL << 56 | 0x02ULL << 48))
		return -EIO;
	if (span_send(span, 0x03, 1, span->iova[SPAN_RSP]) ||
	    span_receive(span) != (0x82ULL << 56 | 0x03ULL << 48))
		return -EIO;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(span_boot);

/* Head 0 on, with the block at @iova top left on it. */
static void span_encode_show(u8 *cmd, u64 iova)
{
	static const u16 timing[8] = { 640, 656, 752, 800, 480, 490, 492, 525 };
	int i;

	*(__le32 *)(cmd + 0x0c) = cpu_to_le32(3);
	*(__le32 *)(cmd + 0x10) = cpu_to_le32(25175);
	for (i = 0; i < 8; i++)
		*(__le16 *)(cmd + 0x14 + 2 * i) = cpu_to_le16(timing[i]);
	*(__le32 *)(cmd + 0x24) = cpu_to_le32(1);
	*(__le32 *)(cmd + 0x40) = cpu_to_le32(1);
	*(__le32 *)(cmd + 0x44) = cpu_to_le32(0x34325258);
	*(__le64 *)(cmd + 0x48) = cpu_to_le64(iova);
	*(__le32 *)(cmd + 0x50) = cpu_to_le32(SPAN_EDGE * 4);
	*(__le16 *)(cmd + 0x54) = cpu_to_le16(SPAN_EDGE);
	*(__le16 *)(cmd + 0x56) = cpu_to_le16(SPAN_EDGE);
	*(__le16 *)(cmd + 0x64) = cpu_to_le16(0xffff);
	*(__le16 *)(cmd + 0x68) = cpu_to_le16(SPAN_EDGE);
	*(__le16 *)(cmd + 0x6a) = cpu_to_le16(SPAN_EDGE);
}

/* Head 0 and its planes off: nobody may find it scanning out what is unmapped next. */
static void span_encode_hide(u8 *cmd)
{
	*(__le32 *)(cmd + 0x0c) = cpu_to_le32(1);
	*(__le32 *)(cmd + 0x24) = cpu_to_le32(0x1f);
}

/**
 * span_commit() - have a block shown
 * @span: booted
 * @b: the block; SPAN_BLOCKS to switch off
 *
 * Return: the coprocessor's status, -ETIMEDOUT or -EIO.
 */
int span_commit(struct span *span, enum span_block b)
{
	u8 *cmd = span->block[SPAN_CMD] + (span->seq % 2) * 1024;
	__le32 *rsp = span->block[SPAN_RSP] + (span->seq % 2) * 16;
	u64 msg;

	memset(cmd, 0, 1024);
	*(__le32 *)(cmd + 0x00) = cpu_to_le32(1);
	*(__le32 *)(cmd + 0x04) = cpu_to_le32(span->seq + 1);
	if (b == SPAN_BLOCKS)
		span_encode_hide(cmd);
	else
		span_encode_show(cmd, span->iova[b]);
	dma_wmb();

	span->seq++;
	if (span_send(span, 0x05, 0, span->seq))
		return -ETIMEDOUT;
	msg = span_receive(span);
	if (msg != (0x85ULL << 56 | span->seq))
		return -EIO;
	if (span_send(span, 0x06, 0, span->seq))
		return -ETIMEDOUT;

	dma_rmb();
	return le32_to_cpu(rsp[0]) == span->seq ? le32_to_cpu(rsp[1]) : -EIO;
}
EXPORT_SYMBOL_IF_KUNIT(span_commit);

/* CRC of a frame that was fetched after this call; 0 after the timeout. */
static u32 span_scanned_crc(struct span *span)
{
	u32 count;
	u64 entry;

	writel(0, span->display + 0x1020);
	writel(1, span->display + 0x1020);
	if (readl_poll_timeout(span->display + 0x1024, count, count > 1, 1000, SPAN_TIMEOUT_US))
		return 0;
	/* The first frame may have been under way when the FIFO was emptied. */
	readq(span->display + 0x1028);
	entry = readq(span->display + 0x1028);
	writel(0, span->display + 0x1020);
	return entry >> 32;
}

/* CRC that the picture must have: the block top left on black. */
static u32 span_expected_crc(struct kunit *test, const u32 *block)
{
	u32 *picture = vzalloc(SPAN_WIDTH * SPAN_HEIGHT * 4);
	u32 crc;
	int x, y;

	KUNIT_ASSERT_NOT_NULL(test, picture);
	for (y = 0; block && y < SPAN_EDGE; y++)
		for (x = 0; x < SPAN_EDGE; x++)
			picture[y * SPAN_WIDTH + x] = block[y * SPAN_EDGE + x] & 0xffffff;
	crc = ~crc32_le(~0, (u8 *)picture, SPAN_WIDTH * SPAN_HEIGHT * 4);
	vfree(picture);
	return crc;
}

static void span_paint(u32 *block, u32 seed)
{
	int i;

	for (i = 0; i < SPAN_EDGE * SPAN_EDGE; i++)
		block[i] = (i + seed) * 2654435761u;
}

/*
 * A buffer mapped before and one mapped after the second attach: both masters
 * read both, and neither reads them after the unmap.
 */
static void span_test_both_masters(struct kunit *test)
{
	struct span *span = test->priv;
	int faults;

	KUNIT_ASSERT_EQ(test, span_attach_display(span), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_EARLY), 0);

	KUNIT_ASSERT_EQ(test, span_attach_coproc(span), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_CMD), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_RSP), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_LATE), 0);
	KUNIT_ASSERT_EQ(test, span_boot(span), 0);

	span_paint(span->block[SPAN_EARLY], 1);
	span_paint(span->block[SPAN_LATE], 99);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_EARLY), 0);
	KUNIT_EXPECT_EQ(test, span_scanned_crc(span),
			span_expected_crc(test, span->block[SPAN_EARLY]));
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_LATE), 0);
	KUNIT_EXPECT_EQ(test, span_scanned_crc(span),
			span_expected_crc(test, span->block[SPAN_LATE]));
	KUNIT_EXPECT_EQ(test, readl(span->display + 0x1030), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&span->faults), 0);

	/* The display engine scans out what is taken away under it. */
	KUNIT_EXPECT_EQ(test, span_unmap(span, SPAN_LATE), SPAN_BLOCK);
	KUNIT_EXPECT_EQ(test, span_scanned_crc(span), span_expected_crc(test, NULL));
	KUNIT_EXPECT_EQ(test, readl(span->display + 0x1030), 1);
	KUNIT_EXPECT_EQ(test, readq(span->display + 0x1038), span->iova[SPAN_LATE]);
	/* Reported in a thread of its own; the kernel's own driver only prints. */
	read_poll_timeout(atomic_read, faults, faults > 0, 1000, mainline ? 20000 : 2000000,
			  false, &span->faults);
	KUNIT_EXPECT_EQ(test, faults > 0, !mainline);

	/* The coprocessor refuses what it cannot read; the other buffer is still there for both. */
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_LATE), SPAN_UNREADABLE);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_EARLY), 0);
	KUNIT_EXPECT_EQ(test, span_scanned_crc(span),
			span_expected_crc(test, span->block[SPAN_EARLY]));
	KUNIT_EXPECT_EQ(test, span_unmap(span, SPAN_EARLY), SPAN_BLOCK);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_EARLY), SPAN_UNREADABLE);
	KUNIT_EXPECT_EQ(test, span_scanned_crc(span), span_expected_crc(test, NULL));
}

/* A detached master reads nothing any more, the other one goes on. */
static void span_test_detach(struct kunit *test)
{
	struct span *span = test->priv;

	KUNIT_ASSERT_EQ(test, span_attach_coproc(span), 0);
	KUNIT_ASSERT_EQ(test, span_attach_display(span), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_CMD), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_RSP), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_EARLY), 0);
	KUNIT_ASSERT_EQ(test, span_boot(span), 0);
	span_paint(span->block[SPAN_EARLY], 7);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_EARLY), 0);

	span_detach_display(span);
	/* The default domain may be identity: whatever it reads there is not our buffer. */
	KUNIT_EXPECT_NE(test, span_scanned_crc(span),
			span_expected_crc(test, span->block[SPAN_EARLY]));
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_EARLY), 0);
}

/* All or nothing: a range that is mapped in part stays as it is. */
static void span_test_overlap(struct kunit *test)
{
	struct span *span = test->priv;
	unsigned long iova = span->iova[SPAN_EARLY];
	phys_addr_t early = virt_to_phys(span->block[SPAN_EARLY]);
	phys_addr_t late = virt_to_phys(span->block[SPAN_LATE]);

	if (mainline)
		kunit_skip(test, "the kernel's own driver takes an overlap for a kernel bug");
	KUNIT_ASSERT_EQ(test, span_attach_display(span), 0);
	KUNIT_ASSERT_EQ(test, span_attach_coproc(span), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_EARLY), 0);

	KUNIT_EXPECT_NE(test, iommu_map(span->domain, iova, late, SPAN_BLOCK, IOMMU_READ,
					GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(span->domain, iova), early);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(span->domain, iova - SPAN_BLOCK), 0);
	KUNIT_EXPECT_EQ(test, iommu_iova_to_phys(span->domain, iova + SPAN_BLOCK), 0);
}

/* The DMA API chooses where the blocks are, in the default domain of the display engine. */
static int span_dma_map(struct span *span)
{
	int b;

	for (b = 0; b < SPAN_BLOCKS; b++) {
		dma_addr_t iova = dma_map_single(span->display_dev, span->block[b], SPAN_BLOCK,
						 DMA_BIDIRECTIONAL);

		if (dma_mapping_error(span->display_dev, iova))
			return -ENOMEM;
		span->iova[b] = iova;
	}
	return 0;
}

static void span_dma_unmap(struct span *span, enum span_block b)
{
	dma_unmap_single(span->display_dev, span->iova[b], SPAN_BLOCK, DMA_BIDIRECTIONAL);
}

static void span_show_by_dma_api(struct kunit *test)
{
	struct span *span = test->priv;

	KUNIT_ASSERT_EQ(test, span_boot(span), 0);
	span_paint(span->block[SPAN_EARLY], 3);
	dma_sync_single_for_device(span->display_dev, span->iova[SPAN_EARLY], SPAN_BLOCK,
				   DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_EARLY), 0);
	KUNIT_EXPECT_EQ(test, span_scanned_crc(span),
			span_expected_crc(test, span->block[SPAN_EARLY]));
	span_dma_unmap(span, SPAN_LATE);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_LATE), SPAN_UNREADABLE);
	KUNIT_EXPECT_EQ(test, span_commit(span, SPAN_BLOCKS), 0);
	span_dma_unmap(span, SPAN_EARLY);
	span_dma_unmap(span, SPAN_CMD);
	span_dma_unmap(span, SPAN_RSP);
	/* There is nobody to ask any more. */
	span->seq = 0;
}

/*
 * The other way to share memory: all devices in the default domain of one of them, and the DMA API
 * with that one. Needs pages that are not larger than the CPU's.
 */
static void span_test_default_domain(struct kunit *test)
{
	struct span *span = test->priv;
	struct iommu_domain *shared = iommu_get_domain_for_dev(span->display_dev);

	if (mainline || !shared || !(shared->type & __IOMMU_DOMAIN_DMA_API))
		kunit_skip(test, "no DMA API behind these instances");
	if (span_dma_map(span))
		kunit_skip(test, "no DMA API for pages of this size");
	KUNIT_ASSERT_EQ(test, iommu_attach_device(shared, span->coproc_dev), 0);
	span_show_by_dma_api(test);
	writel(0, span->coproc + 0x008);
	iommu_detach_device(shared, span->coproc_dev);
}

static int span_alloc_blocks(struct span *span)
{
	int b;

	for (b = 0; b < SPAN_BLOCKS; b++) {
		span->block[b] = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
							  get_order(SPAN_BLOCK));
		if (!span->block[b])
			return -ENOMEM;
	}
	return 0;
}

/**
 * span_open() - take the masters, make a domain for them
 * @span: zeroed
 * @display: the display engine
 * @coproc: the coprocessor
 *
 * Owes span_close(), after an error too.
 *
 * Return: 0 or a negative errno.
 */
int span_open(struct span *span, struct device *display, struct device *coproc)
{
	int b, ret;

	span->display_dev = display;
	span->coproc_dev = coproc;
	for (b = 0; b < SPAN_BLOCKS; b++)
		span->iova[b] = span_iova[b];
	span->display = of_iomap(display->of_node, 0);
	span->coproc = of_iomap(coproc->of_node, 0);
	if (!span->display || !span->coproc)
		return -ENXIO;
	/* What could not be fetched by who was here before */
	writel(~0, span->display + 0x1030);
	ret = span_alloc_blocks(span);
	if (ret)
		return ret;
	span->domain = iommu_paging_domain_alloc(display);
	if (IS_ERR(span->domain))
		return PTR_ERR(span->domain);
	iommu_set_fault_handler(span->domain, span_fault, span);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(span_open);

static void span_free_domain(struct span *span)
{
	unsigned int b;

	for_each_set_bit(b, &span->mapped, SPAN_BLOCKS)
		span_unmap(span, b);
	if (span->coproc_attached)
		iommu_detach_device(span->domain, span->coproc_dev);
	span_detach_display(span);
	iommu_domain_free(span->domain);
}

/**
 * span_close() - switch off, detach, free
 * @span: from span_open(), whatever that returned
 *
 * Return: 0, or what span_commit() says of switching off.
 */
int span_close(struct span *span)
{
	int b, ret = 0;

	if (span->seq) {
		ret = span_commit(span, SPAN_BLOCKS);
		/* Faults from before are reported by a thread, to the domain of then. */
		msleep(100);
	}
	if (span->coproc)
		writel(0, span->coproc + 0x008);
	if (!IS_ERR_OR_NULL(span->domain))
		span_free_domain(span);
	for (b = 0; b < SPAN_BLOCKS; b++)
		free_pages((unsigned long)span->block[b], get_order(SPAN_BLOCK));
	if (span->coproc)
		iounmap(span->coproc);
	if (span->display)
		iounmap(span->display);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(span_close);

static int span_init(struct kunit *test)
{
	struct span *span = kunit_kzalloc(test, sizeof(*span), GFP_KERNEL);

	if (!span)
		return -ENOMEM;
	if (!span_display || !span_coproc)
		kunit_skip(test, "no free display engine and coprocessor");
	test->priv = span;
	KUNIT_ASSERT_EQ(test, span_open(span, &span_display->dev, &span_coproc->dev), 0);
	return 0;
}

static void span_exit(struct kunit *test)
{
	if (test->priv)
		KUNIT_EXPECT_EQ(test, span_close(test->priv), 0);
}

static int span_suite_init(struct kunit_suite *suite)
{
	return platform_driver_register(&span_driver);
}

static void span_suite_exit(struct kunit_suite *suite)
{
	platform_driver_unregister(&span_driver);
	span_display = NULL;
	span_coproc = NULL;
}

static struct kunit_case span_cases[] = {
	KUNIT_CASE_SLOW(span_test_both_masters),
	KUNIT_CASE_SLOW(span_test_detach),
	KUNIT_CASE(span_test_overlap),
	KUNIT_CASE_SLOW(span_test_default_domain),
	{ }
};

static struct kunit_suite span_suite = {
	.name = "dart-span",
	.suite_init = span_suite_init,
	.suite_exit = span_suite_exit,
	.init = span_init,
	.exit = span_exit,
	.test_cases = span_cases,
};

kunit_test_suite(span_suite);

MODULE_DESCRIPTION("KUnit test of a domain that spans DART instances");
MODULE_LICENSE("GPL");
