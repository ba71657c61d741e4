/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the DART tests share.
 */
#ifndef APPLE_DART_TEST_H
#define APPLE_DART_TEST_H

#include <linux/types.h>

#include "apple-dart-pgtable.h"

/**
 * struct walk_result - what a walk found
 * @pa: physical address
 * @prot: IOMMU_READ, IOMMU_WRITE, IOMMU_CACHE
 * @whole: the sub-page limits are those of a whole page
 */
struct walk_result {
	u64 pa;
	int prot;
	bool whole;
};

bool test_walk(const struct dart_pt_cfg *cfg, const u64 *roots, u64 iova,
	       struct walk_result *found);
bool test_walk_pt(const struct dart_pt *pt, u64 iova, struct walk_result *found);

#endif
