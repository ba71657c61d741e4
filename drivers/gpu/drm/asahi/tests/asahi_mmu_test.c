// SPDX-License-Identifier: GPL-2.0
/* Which memory fits an IOMMU page, and where IOVAs come from. */

#include <linux/mm.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "asahi_backing.h"
#include "asahi_compat.h"
#include "asahi_mmu.h"

struct run {
	/* In pages of 4 KiB, so that cases read the same on every kernel. */
	unsigned int start, len;
};

struct sgt_case {
	const char *name;
	unsigned int n_runs;
	struct run runs[4];
	size_t granule;
	int ret;
};

static const struct sgt_case sgt_cases[] = {
	{ "one aligned run", 1, { { 16, 4 } }, SZ_16K, 0 },
	{ "start is off", 1, { { 17, 4 } }, SZ_16K, -EINVAL },
	{ "length is off", 1, { { 16, 5 } }, SZ_16K, -EINVAL },
	{ "two aligned runs", 2, { { 32, 4 }, { 16, 8 } }, SZ_16K, 0 },
	{ "pieces that join", 4, { { 16, 1 }, { 17, 1 }, { 18, 1 }, { 19, 1 } }, SZ_16K, 0 },
	{ "pieces that join, cut short", 3, { { 16, 1 }, { 17, 1 }, { 18, 1 } }, SZ_16K, -EINVAL },
	{ "second run starts off", 2, { { 16, 4 }, { 33, 4 } }, SZ_16K, -EINVAL },
	{ "first run ends off", 2, { { 16, 3 }, { 32, 4 } }, SZ_16K, -EINVAL },
	{ "off twice does not cancel out", 2, { { 16, 6 }, { 34, 6 } }, SZ_16K, -EINVAL },
	{ "any page does for 4 KiB", 3, { { 17, 1 }, { 3, 1 }, { 99, 2 } }, SZ_4K, 0 },
	{ "an empty entry", 2, { { 16, 4 }, { 32, 0 } }, SZ_16K, -EINVAL },
};

static void sgt_case_desc(const struct sgt_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(sgt, sgt_cases, sgt_case_desc);

static void sgt_check_test(struct kunit *test)
{
	const struct sgt_case *c = test->param_value;
	struct scatterlist sgl[ARRAY_SIZE(c->runs)];
	struct sg_table sgt = { .sgl = sgl, .nents = c->n_runs, .orig_nents = c->n_runs };
	size_t size = 0, expected = 0;
	unsigned int i;

	/* Physical addresses alone matter; no page is touched. */
	sg_init_table(sgl, c->n_runs);
	for (i = 0; i < c->n_runs; i++) {
		phys_addr_t pa = (phys_addr_t)c->runs[i].start * SZ_4K;

		sg_set_page(&sgl[i], pfn_to_page(PHYS_PFN(pa)), c->runs[i].len * SZ_4K,
			    offset_in_page(pa));
		expected += c->runs[i].len * SZ_4K;
	}

	KUNIT_EXPECT_EQ(test, asahi_sgt_check(&sgt, c->granule, &size), c->ret);
	if (!c->ret)
		KUNIT_EXPECT_EQ(test, size, expected);
}

static void backing_test(struct kunit *test)
{
	static const size_t sizes[] = { 1, PAGE_SIZE, SZ_16K, SZ_16K + 1, SZ_2M, SZ_4M + SZ_64K };
	struct asahi_backing backing;
	size_t size, granule;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (granule = SZ_4K; granule <= SZ_64K; granule *= 2) {
			KUNIT_ASSERT_EQ(test, asahi_backing_init(&backing, sizes[i], granule), 0);
			KUNIT_EXPECT_EQ(test, asahi_sgt_check(&backing.sgt, granule, &size), 0);
			KUNIT_EXPECT_EQ(test, size, backing.n_pages * PAGE_SIZE);
			KUNIT_EXPECT_EQ(test, size, ALIGN(sizes[i], max(granule, PAGE_SIZE)));
			KUNIT_EXPECT_PTR_EQ(test, memchr_inv(page_address(backing.pages[0]), 0,
							     PAGE_SIZE), NULL);
			asahi_backing_fini(&backing);
		}
	}

	KUNIT_EXPECT_EQ(test, asahi_backing_init(&backing, 0, SZ_16K), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_backing_init(&backing, SIZE_MAX, SZ_16K), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_backing_init(&backing, SIZE_MAX - SZ_16K, SZ_16K), -EINVAL);
}

static void iova_bounds_test(struct kunit *test)
{
	struct drm_mm_node first = { }, second = { }, third = { };
	struct drm_mm mm;

	/* 0..64 KiB: the first 16 KiB are never given out. */
	asahi_iova_init(&mm, 0, SZ_64K - 1, SZ_16K);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &first, SZ_32K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &second, SZ_16K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &third, SZ_16K, SZ_16K), -ENOSPC);
	KUNIT_EXPECT_GE(test, min(first.start, second.start), (u64)SZ_16K);
	KUNIT_EXPECT_LE(test, max(first.start + first.size, second.start + second.size),
			(u64)SZ_64K);
	drm_mm_remove_node(&first);
	drm_mm_remove_node(&second);
	asahi_iova_fini(&mm);

	/* An aperture of all 64 bits ends where the mailbox can still name it. */
	asahi_iova_init(&mm, 0, U64_MAX, SZ_16K);
	KUNIT_EXPECT_EQ(test, asahi_iova_reserve(&mm, 0, BIT_ULL(48) - SZ_16K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &first, SZ_16K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, first.start, BIT_ULL(48) - SZ_16K);
	drm_mm_remove_node(&first);
	asahi_iova_fini(&mm);
}

static void iova_align_test(struct kunit *test)
{
	struct drm_mm_node nodes[3] = { };
	struct drm_mm mm;
	unsigned int i;

	/* Rings want 16 KiB even if the IOMMU page is smaller. */
	asahi_iova_init(&mm, SZ_4K, SZ_1M - 1, SZ_4K);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &nodes[0], 0, SZ_4K), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &nodes[0], SZ_4K + 1, SZ_4K), -EINVAL);
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		KUNIT_ASSERT_EQ(test, asahi_iova_alloc(&mm, &nodes[i], SZ_4K, SZ_4K), 0);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(nodes[i].start, SZ_16K));
	}
	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		drm_mm_remove_node(&nodes[i]);
	asahi_iova_fini(&mm);
}

static void iova_reserve_test(struct kunit *test)
{
	struct drm_mm_node node = { }, second = { };
	struct drm_mm mm;

	asahi_iova_init(&mm, 0, SZ_1M - 1, SZ_16K);
	/* Two members with the same region, one that overlaps both ends, one outside. */
	KUNIT_EXPECT_EQ(test, asahi_iova_reserve(&mm, SZ_64K, SZ_128K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_reserve(&mm, SZ_64K, SZ_128K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_reserve(&mm, SZ_32K, SZ_256K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_reserve(&mm, SZ_2M, SZ_4M, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, asahi_iova_reserve(&mm, SZ_512K + 1, SZ_512K + 2, SZ_16K), 0);

	/* What is left: 16..32, 256..512, 528..1024. */
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &node, SZ_1M - SZ_512K - SZ_16K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, node.start, (u64)SZ_512K + SZ_16K);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &second, SZ_256K, SZ_16K), 0);
	KUNIT_EXPECT_EQ(test, second.start, (u64)SZ_256K);
	drm_mm_remove_node(&node);
	drm_mm_remove_node(&second);
	KUNIT_EXPECT_EQ(test, asahi_iova_alloc(&mm, &node, SZ_512K, SZ_16K), -ENOSPC);
	asahi_iova_fini(&mm);
}

static void iova_of_region_test(struct kunit *test)
{
	const u64 window = 0xfULL << 32;

	KUNIT_EXPECT_EQ(test, asahi_iova_of_region(0, 0xfbffffff, 0xa0000000), 0xa0000000);
	KUNIT_EXPECT_EQ(test, asahi_iova_of_region(0, 0xfbffffff, window + 0xa0000000), 0xa0000000);
	KUNIT_EXPECT_EQ(test, asahi_iova_of_region(window + SZ_16K, window + 0xfbffffff, SZ_1G),
			window + SZ_1G);
	KUNIT_EXPECT_EQ(test, asahi_iova_of_region(0, U64_MAX, window), window);
}

static struct kunit_case asahi_mmu_cases[] = {
	KUNIT_CASE_PARAM(sgt_check_test, sgt_gen_params),
	KUNIT_CASE(backing_test),
	KUNIT_CASE(iova_bounds_test),
	KUNIT_CASE(iova_align_test),
	KUNIT_CASE(iova_reserve_test),
	KUNIT_CASE(iova_of_region_test),
	{ }
};

static struct kunit_suite asahi_mmu_suite = {
	.name = "asahi_mmu",
	.test_cases = asahi_mmu_cases,
};

kunit_test_suite(asahi_mmu_suite);

MODULE_DESCRIPTION("KUnit tests for the asahi DRM driver");
MODULE_LICENSE("GPL");
ASAHI_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
