// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: locked instances, over fakes whose first level belongs to the test, as firmware; and
 * masters with windows.
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "apple-dart-locked.h"
#include "apple-dart-test-fake.h"

#define N_ENTRIES	(SZ_16K / 8)
#define TABLE_ORDER	get_order(SZ_16K)

/* What firmware shows: 16 pages at the start of slot 3, but not at their physical address. */
#define FB_SLOT		3
#define FB_IOVA		(FB_SLOT * (u64)SZ_32M)
#define FB_PA		(SZ_1G + SZ_16M)
#define FB_SIZE		(16 * SZ_16K)

/**
 * struct firmware_tables - what firmware has left behind
 * @first: first level
 * @leaves: table of the slot that is in use
 * @copy: what @leaves held in the beginning
 * @entry: what the slot held in the beginning
 */
struct firmware_tables {
	u64 *first;
	u64 *leaves;
	u64 *copy;
	u64 entry;
};

static u64 dart2_leaf(u64 pa)
{
	return pa / 16 | 0xfffULL << 40 | 1;
}

/* Firmware's memory is none of the kernel's. */
static u64 *make_page(struct kunit *test)
{
	u64 *page = (u64 *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, TABLE_ORDER);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < SZ_16K / PAGE_SIZE; i++)
		SetPageReserved(virt_to_page(page) + i);
	return page;
}

static void drop_page(u64 *page)
{
	unsigned int i;

	for (i = 0; i < SZ_16K / PAGE_SIZE; i++)
		ClearPageReserved(virt_to_page(page) + i);
	free_pages((unsigned long)page, TABLE_ORDER);
}

static void make_firmware(struct kunit *test, struct firmware_tables *fw)
{
	unsigned int i;

	fw->first = make_page(test);
	fw->leaves = make_page(test);
	fw->copy = make_page(test);
	for (i = 0; i < FB_SIZE / SZ_16K; i++)
		fw->leaves[i] = dart2_leaf(FB_PA + i * SZ_16K);
	memcpy(fw->copy, fw->leaves, SZ_16K);
	fw->entry = virt_to_phys(fw->leaves) / 16 | 1;
	fw->first[FB_SLOT] = fw->entry;
}

/* Firmware's tables are as it left them, with entries in no other slot than its own. */
static void drop_firmware(struct kunit *test, struct firmware_tables *fw)
{
	unsigned int slot;

	for (slot = 0; slot < N_ENTRIES; slot++)
		KUNIT_EXPECT_EQ_MSG(test, fw->first[slot], slot == FB_SLOT ? fw->entry : 0,
				    "slot %u", slot);
	KUNIT_EXPECT_EQ(test, memcmp(fw->leaves, fw->copy, SZ_16K), 0);
	drop_page(fw->first);
	drop_page(fw->leaves);
	drop_page(fw->copy);
}

/* A locked instance with @streams set up by firmware. */
static struct fake *add_locked(struct kunit *test, const struct firmware_tables *fw,
			       unsigned long streams)
{
	struct dart_params params = params_16k_36;
	struct fake *fake;
	int sid;

	params.locked = true;
	params.can_bypass = true;
	fake = add_fake(test, &fake_dart2, &params);
	for_each_set_bit(sid, &streams, FAKE_STREAMS) {
		fake->firmware[sid] = virt_to_phys(fw->first);
		fake->mode[sid] = FAKE_TRANSLATE;
		fake->roots[sid][0] = virt_to_phys(fw->first);
		KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&fake->cfg[sid], DART_PT_DART2, 14, 36, 1,
						       false), 0);
	}
	return fake;
}

static void expect_picture(struct kunit *test, const struct fake *fake, unsigned int sid)
{
	u64 offset;

	for (offset = 0; offset < FB_SIZE; offset += SZ_16K)
		KUNIT_EXPECT_TRUE(test, fake_sees(fake, sid, FB_IOVA + offset, FB_PA + offset));
}

/* The picture stays, through everything, and the domain gets the rest. */
static void test_beside_firmware(struct kunit *test)
{
	struct firmware_tables fw;
	struct fake *open = add_fake(test, &fake_dart2, &params_16k_36);
	struct dart_master *first, *second;
	struct dart_domain *dom;
	struct fake *locked;
	int i;

	make_firmware(test, &fw);
	locked = add_locked(test, &fw, BIT(0));
	first = add_master(test, open, BIT(1));
	second = add_master(test, locked, BIT(0));
	dom = add_domain(test, first);

	KUNIT_ASSERT_EQ(test, dart_domain_map(dom, SZ_1G, SZ_2M, SZ_64M, RW, GFP_KERNEL), 0);
	detach_master(test, second);
	expect_picture(test, locked, 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	expect_picture(test, locked, 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(locked, 0, SZ_1G + SZ_64M - 1, SZ_2M + SZ_64M - 1));

	for (i = 0; i < 1000; i++) {
		u64 iova = (i % 8) * (u64)SZ_32M + (i % 5) * SZ_16K;
		int ret = dart_domain_map(dom, iova, SZ_4M, SZ_16K, RW, GFP_KERNEL);

		if (iova / SZ_32M == FB_SLOT) {
			KUNIT_ASSERT_EQ(test, ret, -EBUSY);
			continue;
		}
		KUNIT_ASSERT_EQ(test, ret, 0);
		KUNIT_ASSERT_TRUE(test, fake_sees(locked, 0, iova, SZ_4M));
		KUNIT_ASSERT_TRUE(test, fake_sees(open, 1, iova, SZ_4M));
		KUNIT_ASSERT_EQ(test, dart_domain_unmap(dom, iova, SZ_16K), SZ_16K);
		KUNIT_ASSERT_TRUE(test, fake_sees_nothing(locked, 0, iova));
	}
	expect_picture(test, locked, 0);

	/* Tables that have become empty leave firmware's first level, too. */
	KUNIT_EXPECT_NE(test, fw.first[0], 0);
	KUNIT_EXPECT_NE(test, fw.first[7], 0);
	dart_domain_reclaim(dom);
	KUNIT_EXPECT_EQ(test, fw.first[0], 0);
	KUNIT_EXPECT_EQ(test, fw.first[7], 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(locked, 0, SZ_1G + SZ_64M - 1, SZ_2M + SZ_64M - 1));

	/* Neither blocked, nor set up, nor forgotten: only flushed. */
	detach_master(test, second);
	KUNIT_EXPECT_STREQ(test, locked->log, "FFFF");
	expect_picture(test, locked, 0);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(locked, 0, SZ_1G));
	KUNIT_EXPECT_TRUE(test, fake_sees(open, 1, SZ_1G, SZ_2M));
	detach_master(test, first);
	dart_domain_destroy(dom);
	drop_firmware(test, &fw);
}

/* A mapping among firmware's is accepted if it says the same, and then seen by the others too. */
static void test_same_mapping(struct kunit *test)
{
	struct firmware_tables fw;
	struct fake *open = add_fake(test, &fake_dart1, &params_16k_32);
	struct dart_master *first, *second;
	struct dart_domain *dom;
	struct fake *locked;

	make_firmware(test, &fw);
	fw.leaves[15] |= BIT(2);
	fw.copy[15] |= BIT(2);
	locked = add_locked(test, &fw, BIT(0));
	first = add_master(test, open, BIT(0));
	second = add_master(test, locked, BIT(0));
	dom = add_domain(test, first);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, second), 0);

	/* Another page, more than firmware has mapped, more than it allows. */
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, FB_IOVA, FB_PA + SZ_16K, SZ_16K, RW,
					      GFP_KERNEL), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, FB_IOVA, FB_PA, FB_SIZE + SZ_16K, IOMMU_READ,
					      GFP_KERNEL), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, FB_IOVA, FB_PA, FB_SIZE, RW, GFP_KERNEL),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_iova_to_phys(dom, FB_IOVA), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(open, 0, FB_IOVA));
	KUNIT_EXPECT_EQ(test, dart_domain_adopt(dom, FB_IOVA, FB_PA, FB_SIZE, RW), -EBUSY);

	KUNIT_EXPECT_EQ(test, dart_domain_adopt(dom, FB_IOVA, FB_PA, FB_SIZE, IOMMU_READ), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_adopt(dom, FB_IOVA, FB_PA, FB_SIZE, IOMMU_READ), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_adopt(dom, FB_IOVA, FB_PA + SZ_16K, SZ_16K, IOMMU_READ),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_iova_to_phys(dom, FB_IOVA), FB_PA);
	expect_picture(test, open, 0);
	expect_picture(test, locked, 0);

	/* A domain in which this was mapped before may be attached, too. */
	detach_master(test, second);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, FB_IOVA, FB_SIZE), FB_SIZE);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(open, 0, FB_IOVA));
	expect_picture(test, locked, 0);

	/* With anything else it may not. */
	detach_master(test, second);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, FB_IOVA + SZ_16M, 0, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), -EBUSY);
	KUNIT_EXPECT_FALSE(test, dom->poisoned);
	expect_picture(test, locked, 0);
	detach_master(test, first);
	KUNIT_EXPECT_TRUE(test, list_empty(&dom->attachments));
	dart_domain_destroy(dom);
	drop_firmware(test, &fw);
}

/* What firmware adds while the domain is attached is its own, too. */
static void test_firmware_adds(struct kunit *test)
{
	struct firmware_tables fw;
	struct dart_master *master;
	struct dart_domain *dom;
	struct fake *locked;
	u64 iova = 7 * (u64)SZ_32M;

	make_firmware(test, &fw);
	locked = add_locked(test, &fw, BIT(0));
	master = add_master(test, locked, BIT(0));
	dom = add_domain(test, master);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	fw.first[7] = fw.entry;
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, iova, FB_PA, SZ_16K, RW, GFP_KERNEL), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, iova - SZ_16K, SZ_2M, SZ_32K, RW, GFP_KERNEL),
			-EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, iova - SZ_16K, SZ_2M, SZ_16K, RW, GFP_KERNEL),
			0);
	KUNIT_EXPECT_TRUE(test, fake_sees(locked, 0, iova - SZ_16K, SZ_2M));
	detach_master(test, master);
	KUNIT_EXPECT_EQ(test, fw.first[6], 0);
	KUNIT_EXPECT_EQ(test, fw.first[7], fw.entry);
	fw.first[7] = 0;
	dart_domain_destroy(dom);
	drop_firmware(test, &fw);
}

/* Streams that walk the same first level: in one domain, and gone with the last. */
static void test_common_first_level(struct kunit *test)
{
	struct firmware_tables fw;
	struct dart_master *first, *second;
	struct dart_domain *one, *two;
	struct fake *locked;

	make_firmware(test, &fw);
	locked = add_locked(test, &fw, BIT(0) | BIT(4));
	first = add_master(test, locked, BIT(0));
	second = add_master(test, locked, BIT(4));
	one = add_domain(test, first);
	two = add_domain(test, first);
	KUNIT_ASSERT_EQ(test, dart_domain_map(one, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(one, first), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(two, second), -EBUSY);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(one, second), 0);
	detach_master(test, first);
	KUNIT_EXPECT_TRUE(test, fake_sees(locked, 4, 0, SZ_1G));
	/* Until then the first one sees it, too, so its TLB must not keep what is unmapped. */
	KUNIT_EXPECT_TRUE(test, fake_sees(locked, 0, 0, SZ_1G));
	KUNIT_EXPECT_EQ(test, dart_domain_flush(one, NULL), 0);
	KUNIT_EXPECT_TRUE(test, locked->flushed & BIT(0));
	detach_master(test, second);
	KUNIT_EXPECT_TRUE(test, fake_sees_nothing(locked, 4, 0));

	/* From one domain to another. */
	KUNIT_ASSERT_EQ(test, dart_domain_map(two, 0, SZ_2G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(one, first), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(two, first), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&one->attachments));
	KUNIT_EXPECT_TRUE(test, fake_sees(locked, 0, 0, SZ_2G));
	detach_master(test, first);
	dart_domain_destroy(one);
	dart_domain_destroy(two);
	drop_firmware(test, &fw);
}

/* Two instances on one first level: which of them is in a domain would not matter to the other. */
static void test_common_to_instances(struct kunit *test)
{
	struct firmware_tables fw;
	struct dart_master *first, *second;
	struct dart_domain *dom;

	make_firmware(test, &fw);
	first = add_master(test, add_locked(test, &fw, BIT(0)), BIT(0));
	second = add_master(test, add_locked(test, &fw, BIT(0)), BIT(0));
	dom = add_domain(test, first);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, first), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), -EBUSY);
	KUNIT_EXPECT_FALSE(test, dom->poisoned);
	detach_master(test, first);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, second), 0);
	detach_master(test, second);
	dart_domain_destroy(dom);
	drop_firmware(test, &fw);
}

/* A table that firmware no longer uses says nothing about what it has mapped. */
static void test_firmware_replaces(struct kunit *test)
{
	struct firmware_tables fw;
	struct dart_master *master;
	struct dart_domain *dom;
	struct fake *locked;

	make_firmware(test, &fw);
	locked = add_locked(test, &fw, BIT(0));
	master = add_master(test, locked, BIT(0));
	dom = add_domain(test, master);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	fw.first[FB_SLOT] = virt_to_phys(fw.copy) / 16 | 1;
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, FB_IOVA, FB_PA, SZ_16K, RW, GFP_KERNEL), -EBUSY);
	fw.first[FB_SLOT] = fw.entry;
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, FB_IOVA, FB_PA, SZ_16K, RW, GFP_KERNEL), 0);
	detach_master(test, master);
	dart_domain_destroy(dom);
	drop_firmware(test, &fw);
}

static void expect_reserved(struct kunit *test, struct fake *fake, u64 start, u64 length)
{
	struct iommu_resv_region *region, *next;
	LIST_HEAD(regions);

	dart_locked_get_resv_regions(fake->dart, 0, &regions);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&regions));
	list_for_each_entry_safe(region, next, &regions, list) {
		KUNIT_EXPECT_EQ(test, region->start, start);
		KUNIT_EXPECT_EQ(test, region->length, length);
		KUNIT_EXPECT_EQ(test, region->type, IOMMU_RESV_RESERVED);
		kfree(region);
	}
}

/* The slots of firmware are nobody else's, those of the domain are not listed; and its rights. */
static void test_reserved(struct kunit *test)
{
	struct firmware_tables fw;
	struct dart_master *master;
	struct dart_domain *dom;
	struct fake *locked;
	int prot;

	make_firmware(test, &fw);
	fw.leaves[15] |= BIT(2);
	fw.copy[15] |= BIT(2);
	locked = add_locked(test, &fw, BIT(0));
	locked->dart->params.window_first = 0xfULL << 36;
	locked->dart->params.window_last = (0xfULL << 36) + SZ_2G;
	expect_reserved(test, locked, (0xfULL << 36) + FB_IOVA, SZ_32M);

	master = add_master(test, locked, BIT(0));
	dom = add_domain(test, master);
	KUNIT_ASSERT_EQ(test, dart_domain_map(dom, dom->base + 7 * (u64)SZ_32M, SZ_1G, SZ_16K, RW,
					      GFP_KERNEL), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, master), 0);
	KUNIT_EXPECT_NE(test, fw.first[7], 0);
	expect_reserved(test, locked, (0xfULL << 36) + FB_IOVA, SZ_32M);
	fw.first[FB_SLOT + 1] = fw.entry;
	expect_reserved(test, locked, (0xfULL << 36) + FB_IOVA, SZ_64M);
	fw.first[FB_SLOT + 1] = 0;

	KUNIT_EXPECT_TRUE(test, dart_locked_lookup(locked->dart, 0, FB_IOVA, &prot));
	KUNIT_EXPECT_EQ(test, prot & RW, RW);
	KUNIT_EXPECT_TRUE(test, dart_locked_lookup(locked->dart, 0, FB_IOVA + 15 * SZ_16K, &prot));
	KUNIT_EXPECT_EQ(test, prot & RW, IOMMU_READ);
	KUNIT_EXPECT_FALSE(test, dart_locked_lookup(locked->dart, 0, FB_IOVA + FB_SIZE, &prot));
	KUNIT_EXPECT_FALSE(test, dart_locked_lookup(locked->dart, 0, 0, &prot));
	KUNIT_EXPECT_FALSE(test, dart_locked_lookup(locked->dart, 1, FB_IOVA, &prot));

	detach_master(test, master);
	dart_domain_destroy(dom);
	drop_firmware(test, &fw);
}

static void test_refused(struct kunit *test)
{
	struct firmware_tables fw;
	struct bench *b = test->priv;
	struct dart_master *master, *deep_master;
	struct dart_domain *dom;
	struct fake *locked, *deep;
	int prot;

	make_firmware(test, &fw);
	locked = add_locked(test, &fw, BIT(0));
	deep = add_fake(test, &fake_dart2, &params_16k_42);
	master = add_master(test, locked, BIT(0) | BIT(1));
	deep_master = add_master(test, deep, BIT(0));

	/* Stream 1 is not set up; the other one is left as it was. */
	dom = add_domain(test, master);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, master), -EINVAL);
	KUNIT_EXPECT_TRUE(test, list_empty(&dom->attachments));
	dart_domain_destroy(dom);

	/* A root among the kernel's own data. */
	ClearPageReserved(virt_to_page(fw.first));
	master->port[0].streams[0] = BIT(0);
	dom = add_domain(test, master);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, master), -ENXIO);
	KUNIT_EXPECT_FALSE(test, dart_locked_lookup(locked->dart, 0, FB_IOVA, &prot));
	SetPageReserved(virt_to_page(fw.first));
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, master), 0);
	detach_master(test, master);
	dart_domain_destroy(dom);

	/* More IOVAs than two levels have; no bypass; no streams to give away. */
	dom = add_domain(test, deep_master);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, master), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_master_attach_static(master, &b->identity, true), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_n_pasids(locked->dart), 0);
	dart_domain_destroy(dom);
	expect_picture(test, locked, 0);
	drop_firmware(test, &fw);
}

/* Two masters that emit addresses in different windows, at the same offsets. */
static void test_windows(struct kunit *test)
{
	const u64 high = 0xf00000000ULL;
	struct dart_params params = params_16k_32;
	struct dart_master *plain, *windowed;
	struct dart_domain *dom;
	struct fake *one, *two;

	params.window_last = 0xfbffffff;
	one = add_fake(test, &fake_dart1, &params);
	params.window_first = high;
	params.window_last = high + 0xfbffffff;
	two = add_fake(test, &fake_dart1, &params);
	plain = add_master(test, one, BIT(0));
	windowed = add_master(test, two, BIT(0));

	dom = add_domain(test, plain);
	KUNIT_EXPECT_EQ(test, dom->domain.geometry.aperture_start, 0);
	KUNIT_EXPECT_EQ(test, dom->domain.geometry.aperture_end, 0xfbffffff);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0xfbffc000, SZ_1G, SZ_16K, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0xfc000000, SZ_1G, SZ_16K, RW, GFP_KERNEL),
			-ERANGE);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, plain), 0);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, windowed), 0);
	KUNIT_EXPECT_EQ(test, n_tables(dom), 1);
	KUNIT_EXPECT_EQ(test, dart_domain_dva(dom, windowed, 0xfbffc000), high + 0xfbffc000);
	KUNIT_EXPECT_EQ(test, dart_domain_iova(dom, high + 0x4000), 0x4000);
	KUNIT_EXPECT_TRUE(test, fake_sees(two, 0, 0xfbffc000, SZ_1G));
	detach_master(test, plain);
	detach_master(test, windowed);
	dart_domain_destroy(dom);

	/* The other way round IOVAs are those of the window. */
	dom = add_domain(test, windowed);
	KUNIT_EXPECT_EQ(test, dom->domain.geometry.aperture_start, high);
	KUNIT_EXPECT_EQ(test, dom->domain.geometry.aperture_end, high + 0xfbffffff);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, 0, SZ_1G, SZ_16K, RW, GFP_KERNEL), -ERANGE);
	KUNIT_EXPECT_EQ(test, dart_domain_map(dom, high, SZ_1G, SZ_32M, RW, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, dart_domain_iova_to_phys(dom, high + SZ_16K), SZ_1G + SZ_16K);
	KUNIT_EXPECT_EQ(test, dart_domain_dva(dom, plain, high + 0x4000), 0x4000);
	KUNIT_ASSERT_EQ(test, dart_domain_attach(dom, plain), 0);
	KUNIT_EXPECT_TRUE(test, fake_sees(one, 0, SZ_16K, SZ_1G + SZ_16K));
	KUNIT_EXPECT_EQ(test, dart_domain_unmap(dom, high, SZ_32M), SZ_32M);
	detach_master(test, plain);
	dart_domain_destroy(dom);

	/* A window that does not hold all of the domain's offsets. */
	params.window_first = high + SZ_1G;
	windowed = add_master(test, add_fake(test, &fake_dart1, &params), BIT(0));
	dom = add_domain(test, plain);
	KUNIT_EXPECT_EQ(test, dart_domain_attach(dom, windowed), -EINVAL);
	dart_domain_destroy(dom);
}

static struct kunit_case locked_cases[] = {
	KUNIT_CASE(test_beside_firmware),
	KUNIT_CASE(test_same_mapping),
	KUNIT_CASE(test_firmware_adds),
	KUNIT_CASE(test_firmware_replaces),
	KUNIT_CASE(test_common_first_level),
	KUNIT_CASE(test_common_to_instances),
	KUNIT_CASE(test_reserved),
	KUNIT_CASE(test_refused),
	KUNIT_CASE(test_windows),
	{}
};

static struct kunit_suite locked_suite = {
	.name = "apple-dart-locked",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = locked_cases,
};

kunit_test_suite(locked_suite);
