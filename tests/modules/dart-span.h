/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The display engine and the coprocessor of a virtual SoC, driven directly, with everything that
 * they read and write in one IOMMU domain. Registers and rings: Documentation/vsoc/registers.rst.
 */
#ifndef DART_SPAN_H
#define DART_SPAN_H

#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#define SPAN_WIDTH		640
#define SPAN_HEIGHT		480
#define SPAN_EDGE		64	/* 64 x 64 XRGB8888 = one 16 KiB block */
#define SPAN_BLOCK		SZ_16K
#define SPAN_UNREADABLE		5	/* the coprocessor's word for what it cannot read */

/* Blocks, and their places in the domain: far apart, so that they use several tables. */
enum span_block { SPAN_CMD, SPAN_RSP, SPAN_EARLY, SPAN_LATE, SPAN_BLOCKS };

/**
 * struct span - what one test case holds
 * @domain: the paging domain under test
 * @display_dev: the display engine
 * @coproc_dev: the coprocessor
 * @display: registers of the display engine
 * @coproc: registers of the coprocessor
 * @block: memory of each block, zeroed; NULL until allocated
 * @iova: where each block is, or will be, mapped
 * @mapped: bit b = block b is mapped
 * @display_attached: to @domain
 * @coproc_attached: to @domain
 * @seq: sequence number of the last command
 * @faults: faults that the domain's handler was told
 */
struct span {
	struct iommu_domain *domain;
	struct device *display_dev;
	struct device *coproc_dev;
	void __iomem *display;
	void __iomem *coproc;
	void *block[SPAN_BLOCKS];
	u64 iova[SPAN_BLOCKS];
	unsigned long mapped;
	bool display_attached;
	bool coproc_attached;
	u32 seq;
	atomic_t faults;
};

int span_open(struct span *span, struct device *display, struct device *coproc);
int span_close(struct span *span);
int span_attach_display(struct span *span);
int span_attach_coproc(struct span *span);
void span_detach_display(struct span *span);
int span_map(struct span *span, enum span_block b);
size_t span_unmap(struct span *span, enum span_block b);
int span_boot(struct span *span);
int span_commit(struct span *span, enum span_block b);

#endif
