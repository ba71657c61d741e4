// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: the registers of each generation, over plain memory in their place. What
 * the hardware does by itself (BUSY, write 1 to clear) memory does not do, so a case
 * looks at what was written last.
 */

#include <kunit/device.h>
#include <kunit/test.h>

#include <linux/io.h>
#include <linux/sizes.h>

#include "apple-dart-domain.h"

/**
 * struct regs - what one test case holds
 * @dart: instance
 * @mem: its registers
 */
struct regs {
	struct dart *dart;
	u32 *mem;
};

static u32 get(const struct regs *r, unsigned int offset)
{
	return r->mem[offset / 4];
}

static void set(struct regs *r, unsigned int offset, u32 value)
{
	r->mem[offset / 4] = value;
}

static int regs_init(struct kunit *test)
{
	struct regs *r = kunit_kzalloc(test, sizeof(*r), GFP_KERNEL);
	struct device *dev;

	KUNIT_ASSERT_NOT_NULL(test, r);
	test->priv = r;
	dev = kunit_device_register(test, "fake-dart");
	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	r->mem = kunit_kzalloc(test, DART_REGS_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, r->mem);
	r->dart = dart_alloc(dev, &dart_hw_t8103);
	KUNIT_ASSERT_NOT_NULL(test, r->dart);
	r->dart->regs = (void __iomem __force *)r->mem;
	r->dart->params.n_streams = DART_MAX_STREAMS;
	KUNIT_ASSERT_EQ(test, dart_alloc_streams(r->dart), 0);
	return 0;
}

static void regs_exit(struct kunit *test)
{
	struct regs *r = test->priv;

	dart_put(r->dart);
}

/* A T8020 with 16K pages that can bypass. */
static void make_t8020(struct kunit *test, const struct dart_hw *hw)
{
	struct regs *r = test->priv;

	r->dart->hw = hw;
	set(r, 0x00, 14 << 24);
	set(r, 0x04, 1);
	KUNIT_ASSERT_EQ(test, dart_probe_hw(r->dart), 0);
}

/* A T8110, revision 1, that cannot. */
static void make_t8110(struct kunit *test, unsigned int n_streams)
{
	struct regs *r = test->priv;

	r->dart->hw = &dart_hw_t8110;
	set(r, 0x00, 14 << 24);
	set(r, 0x08, 42 << 24 | 36 << 16 | 1 << 8);
	set(r, 0x0c, n_streams);
	KUNIT_ASSERT_EQ(test, dart_probe_hw(r->dart), 0);
}

static void make_table(struct kunit *test, struct dart_pt *pt, unsigned int page_shift)
{
	struct regs *r = test->priv;
	struct dart_pt_cfg cfg;

	KUNIT_ASSERT_EQ(test, dart_pt_cfg_init(&cfg, r->dart->hw->fmt, page_shift, 32, 4, false),
			0);
	KUNIT_ASSERT_EQ(test, dart_pt_init(pt, &cfg, 36, GFP_KERNEL), 0);
}

static void test_t8020_params(struct kunit *test)
{
	struct regs *r = test->priv;

	make_t8020(test, &dart_hw_t8103);
	KUNIT_EXPECT_EQ(test, r->dart->params.page_shift, 14);
	KUNIT_EXPECT_EQ(test, r->dart->params.n_streams, 16);
	KUNIT_EXPECT_EQ(test, r->dart->params.ias, 32);
	KUNIT_EXPECT_EQ(test, r->dart->params.oas, 36);
	KUNIT_EXPECT_TRUE(test, r->dart->params.can_bypass);
	make_t8020(test, &dart_hw_t6000);
	KUNIT_EXPECT_EQ(test, r->dart->params.oas, 42);

	/* 4K pages exist with DART1 entries alone; others not at all. */
	set(r, 0x00, 12 << 24);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);
	r->dart->hw = &dart_hw_t8103;
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), 0);
	set(r, 0x00, 13 << 24);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);
	set(r, 0x00, 0);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);

	set(r, 0x00, 14 << 24);
	set(r, 0x60, 1 << 15);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), 0);
	KUNIT_EXPECT_TRUE(test, r->dart->params.locked);
	set(r, 0x00, 12 << 24);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);
	set(r, 0x00, 0xffffffff);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -ENODEV);
}

static void test_t8110_params(struct kunit *test)
{
	struct regs *r = test->priv;

	make_t8110(test, 256);
	KUNIT_EXPECT_EQ(test, r->dart->params.n_streams, 256);
	KUNIT_EXPECT_EQ(test, r->dart->params.ias, 36);
	KUNIT_EXPECT_EQ(test, r->dart->params.oas, 42);
	KUNIT_EXPECT_FALSE(test, r->dart->params.can_bypass);

	/* More than the tables can express is cut, less than makes sense is refused. */
	set(r, 0x08, 63 << 24 | 42 << 16 | 1 << 8);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), 0);
	KUNIT_EXPECT_EQ(test, r->dart->params.ias, 36);
	KUNIT_EXPECT_EQ(test, r->dart->params.oas, 42);
	set(r, 0x08, 42 << 24 | 63 << 16 | 2 << 8);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), 0);
	KUNIT_EXPECT_EQ(test, r->dart->params.ias, 47);
	set(r, 0x08, 36 << 24 | 31 << 16 | 1 << 8);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);
	set(r, 0x08, 31 << 24 | 36 << 16 | 1 << 8);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);

	set(r, 0x08, 36 << 24 | 36 << 16 | 1 << 8);
	set(r, 0x0c, 0);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);
	set(r, 0x0c, 257);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -EINVAL);
	set(r, 0x0c, 16);
	/* A locked one walks two levels, whatever else it could. */
	set(r, 0x08, 42 << 24 | 42 << 16 | 2 << 8);
	set(r, 0x200, 1);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), 0);
	KUNIT_EXPECT_TRUE(test, r->dart->params.locked);
	KUNIT_EXPECT_EQ(test, r->dart->params.ias, 36);
	set(r, 0x200, 0);
	set(r, 0x0c, 0xffffffff);
	KUNIT_EXPECT_EQ(test, dart_probe_hw(r->dart), -ENODEV);
}

static void test_t8020_streams(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(2) | BIT(15) };
	struct regs *r = test->priv;
	struct dart_pt pt;
	int i;

	make_t8020(test, &dart_hw_t8103);
	make_table(test, &pt, 12);
	KUNIT_ASSERT_EQ(test, pt.cfg.n_roots, 4);
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 15, &pt), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x100 + 15 * 4), 0x80);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, get(r, 0x2f0 + 4 * i),
				0x80000000 | (u32)(virt_to_phys(pt.root[i]) / 4096));
	dart_pt_destroy(&pt);

	/* One root: the others are not left over from before. */
	make_table(test, &pt, 14);
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 15, &pt), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x2f4), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x2fc), 0);

	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x34), BIT(2) | BIT(15));
	KUNIT_EXPECT_EQ(test, get(r, 0x20), BIT(20));

	KUNIT_EXPECT_EQ(test, dart_stream_block(r->dart, 15), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x13c), 0);
	KUNIT_EXPECT_NE(test, get(r, 0x2f0), 0);
	KUNIT_EXPECT_EQ(test, dart_stream_forget(r->dart, 15), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x2f0), 0);
	KUNIT_EXPECT_EQ(test, dart_stream_bypass(r->dart, 0), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x100), 0x1100);

	KUNIT_EXPECT_EQ(test, dart_reset(r->dart), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x100), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0xfc), 0xffff);
	KUNIT_EXPECT_EQ(test, get(r, 0x34), 0xffff);
	dart_pt_destroy(&pt);
}

static void test_t8110_streams(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = {};
	struct regs *r = test->priv;
	struct dart_pt pt;

	make_t8110(test, 70);
	make_table(test, &pt, 14);
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 69, &pt), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1000 + 69 * 4), 1);
	KUNIT_EXPECT_EQ(test, get(r, 0x1400 + 69 * 4),
			(u32)(virt_to_phys(pt.root[0]) / 16384 * 4 + 1));
	pt.cfg.n_levels = 3;
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 69, &pt), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1000 + 69 * 4), 9);
	pt.cfg.n_levels = 2;

	__set_bit(69, streams);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x100 | 69);
	__set_bit(3, streams);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0);

	KUNIT_EXPECT_EQ(test, dart_stream_bypass(r->dart, 69), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1000 + 69 * 4), 6);

	set(r, 0x104, 0xffffffff);
	KUNIT_EXPECT_EQ(test, dart_reset(r->dart), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1000 + 69 * 4), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1400 + 69 * 4), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0xc00), 0xffffffff);
	KUNIT_EXPECT_EQ(test, get(r, 0xc08), 0x3f);
	KUNIT_EXPECT_EQ(test, get(r, 0xc0c), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x104), 0);
	dart_pt_destroy(&pt);
}

/*
 * What a stream has already is not written again: an attach of a PASID that was there before is two
 * registers. Without power none are, and all are when it returns.
 */
static void test_t8020_power(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(3) };
	struct regs *r = test->priv;
	struct dart_pt pt;
	u32 root;

	make_t8020(test, &dart_hw_t8103);
	make_table(test, &pt, 14);
	root = 0x80000000 | (u32)(virt_to_phys(pt.root[0]) / 4096);
	KUNIT_ASSERT_EQ(test, dart_reset(r->dart), 0);
	set(r, 0x234, 0x55);
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 3, &pt), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x230), root);
	KUNIT_EXPECT_EQ(test, get(r, 0x234), 0x55);

	dart_power_down(r->dart);
	memset(r->mem, 0, DART_REGS_SIZE);
	KUNIT_EXPECT_EQ(test, dart_stream_block(r->dart, 3), 0);
	KUNIT_EXPECT_EQ(test, dart_stream_forget(r->dart, 3), 0);
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 4, &pt), 0);
	KUNIT_EXPECT_EQ(test, dart_stream_bypass(r->dart, 5), 0);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(r->mem, 0, DART_REGS_SIZE));

	/* The memory that stands for the registers reads as if all commands were done. */
	KUNIT_EXPECT_EQ(test, dart_power_up(r->dart), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x10c), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x230), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x110), 0x80);
	KUNIT_EXPECT_EQ(test, get(r, 0x240), root);
	KUNIT_EXPECT_EQ(test, get(r, 0x114), 0x1100);
	KUNIT_EXPECT_EQ(test, get(r, 0x34), 0xffff);
	KUNIT_EXPECT_EQ(test, get(r, 0x20), BIT(20));
	KUNIT_EXPECT_EQ(test, get(r, 0xfc), 0xffff);

	/* Faults are not looked for in registers that have no power. */
	dart_power_down(r->dart);
	set(r, 0x40, 0x80000008);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &(struct dart_fault){}), DART_FAULT_NONE);
	set(r, 0x20, 0xffffffff);
	KUNIT_EXPECT_EQ(test, dart_power_up(r->dart), -ENODEV);
	KUNIT_EXPECT_FALSE(test, r->dart->powered);
	dart_pt_destroy(&pt);
}

static void test_t8110_power(struct kunit *test)
{
	struct regs *r = test->priv;
	struct dart_pt pt;

	make_t8110(test, 40);
	make_table(test, &pt, 14);
	pt.cfg.n_levels = 3;
	KUNIT_EXPECT_EQ(test, dart_stream_translate(r->dart, 39, &pt), 0);
	dart_power_down(r->dart);
	memset(r->mem, 0, DART_REGS_SIZE);
	KUNIT_EXPECT_EQ(test, dart_power_up(r->dart), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1000 + 39 * 4), 9);
	KUNIT_EXPECT_EQ(test, get(r, 0x1400 + 39 * 4),
			(u32)(virt_to_phys(pt.root[0]) / 16384 * 4 + 1));
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0xc04), 0xff);
	pt.cfg.n_levels = 2;
	dart_pt_destroy(&pt);
}

/* A locked instance keeps what firmware has set up; nothing is written that could change it. */
static void test_locked(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(4) };
	struct regs *r = test->priv;
	u64 pa;

	set(r, 0x60, 1 << 15);
	make_t8020(test, &dart_hw_t8103);
	set(r, 0x110, 0x80);
	set(r, 0x240, 0x80801234);
	set(r, 0x114, 0x1100);
	set(r, 0x250, 0x80801234);
	set(r, 0x118, 0x80);
	KUNIT_EXPECT_EQ(test, dart_reset(r->dart), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x110), 0x80);
	KUNIT_EXPECT_EQ(test, get(r, 0x240), 0x80801234);
	KUNIT_EXPECT_EQ(test, get(r, 0xfc), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x20), BIT(20));

	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 4, &pa), 0);
	KUNIT_EXPECT_EQ(test, pa, 0x801234000);
	/* Passed through, without a root, blocked. */
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 5, &pa), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 6, &pa), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 7, &pa), -EINVAL);
	/* Others may walk the same tables. */
	set(r, 0x34, 0);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x34), 0xffff);
	dart_retire(r->dart);
	KUNIT_EXPECT_EQ(test, get(r, 0x110), 0x80);
	KUNIT_EXPECT_EQ(test, get(r, 0x240), 0x80801234);
}

static void test_locked_t8110(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(0) };
	struct regs *r = test->priv;
	u64 pa;

	set(r, 0x200, 1);
	make_t8110(test, 16);
	set(r, 0x1000, 1);
	set(r, 0x1400, 0x00801235);
	set(r, 0x1004, 9);
	set(r, 0x1404, 0x00801235);
	set(r, 0x1008, 0x81);
	set(r, 0x1408, 0x00801235);
	KUNIT_EXPECT_EQ(test, dart_reset(r->dart), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x1000), 1);
	KUNIT_EXPECT_EQ(test, get(r, 0x1400), 0x00801235);
	KUNIT_EXPECT_EQ(test, get(r, 0xc00), 0);
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 0, &pa), 0);
	KUNIT_EXPECT_EQ(test, pa, 0x801234000);
	/* One level more, another stream's tables. */
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 1, &pa), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 2, &pa), -EINVAL);
	KUNIT_EXPECT_EQ(test, dart_stream_root(r->dart, 3, &pa), -EINVAL);
	set(r, 0x80, 0x55);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0);
}

static void test_t8020_faults(struct kunit *test)
{
	struct regs *r = test->priv;
	struct dart_fault fault;

	make_t8020(test, &dart_hw_t8103);
	set(r, 0x40, 0x0f000004);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_NONE);

	set(r, 0x40, 0x8f000004);
	set(r, 0x50, 0xfff00000);
	set(r, 0x54, 0xa);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_RECORDED);
	KUNIT_EXPECT_EQ(test, fault.iova, 0xafff00000);
	KUNIT_EXPECT_EQ(test, fault.stream, 15);
	KUNIT_EXPECT_FALSE(test, fault.write);
	KUNIT_EXPECT_STREQ(test, fault.kind, "not mapped");
	set(r, 0x40, 0x80000008);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_RECORDED);
	KUNIT_EXPECT_TRUE(test, fault.write);
	set(r, 0x40, 0x80000000);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_RECORDED);
	KUNIT_EXPECT_STREQ(test, fault.kind, "unknown fault");
	KUNIT_EXPECT_EQ(test, r->dart->n_faults[2], 1);
	KUNIT_EXPECT_EQ(test, r->dart->n_faults[3], 1);
	KUNIT_EXPECT_EQ(test, r->dart->n_faults[DART_FAULT_UNKNOWN], 1);

	/* All ones is no fault: the instance has gone away, and nothing touches it any more. */
	set(r, 0x40, 0xffffffff);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_NONE);
	KUNIT_EXPECT_EQ(test, r->dart->state, DART_LOST);
	set(r, 0x40, 0x80000008);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_NONE);
	KUNIT_EXPECT_EQ(test, dart_reset(r->dart), -ENODEV);
}

static void test_t8110_faults(struct kunit *test)
{
	struct regs *r = test->priv;
	struct dart_fault fault;

	make_t8110(test, 64);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_NONE);

	set(r, 0x100, 0x82a00000 | BIT(28) | BIT(3));
	set(r, 0x170, 0x4000);
	set(r, 0x174, 0);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_RECORDED);
	KUNIT_EXPECT_EQ(test, fault.iova, 0x4000);
	KUNIT_EXPECT_EQ(test, fault.stream, 42);
	KUNIT_EXPECT_TRUE(test, fault.write);
	KUNIT_EXPECT_STREQ(test, fault.kind, "not mapped");
	KUNIT_EXPECT_EQ(test, get(r, 0x1c0), 0xffffffff);
	KUNIT_EXPECT_EQ(test, get(r, 0x1c4), 0xffffffff);
	KUNIT_EXPECT_EQ(test, get(r, 0x1c8), 0);

	/* No record, but the line is up. */
	set(r, 0x100, 0);
	set(r, 0x1c0, 0);
	set(r, 0x1c4, 2);
	KUNIT_EXPECT_EQ(test, dart_take_fault(r->dart, &fault), DART_FAULT_UNRECORDED);
	KUNIT_EXPECT_EQ(test, r->dart->n_unrecorded, 1);
	KUNIT_EXPECT_EQ(test, get(r, 0x1c4), 0xffffffff);
}

/* A range can be flushed for from version 2.0 on, for one stream. */
static void test_t8110_ranges(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(9) };
	const struct dart_range range = { 0x10000004000, 0x1000000bfff };
	struct regs *r = test->priv;

	make_t8110(test, 16);
	KUNIT_EXPECT_EQ(test, dart_flush_range(r->dart, streams, &range), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x109);
	KUNIT_EXPECT_EQ(test, get(r, 0x98), 0);

	set(r, 0x08, 42 << 24 | 42 << 16 | 2 << 8);
	KUNIT_ASSERT_EQ(test, dart_probe_hw(r->dart), 0);
	KUNIT_EXPECT_EQ(test, dart_flush_range(r->dart, streams, &range), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x6109);
	KUNIT_EXPECT_EQ(test, get(r, 0x98), 0x10000004);
	KUNIT_EXPECT_EQ(test, get(r, 0xa0), 0x10000008);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x109);

	/* Version 2.2 has a bit more. */
	set(r, 0x08, 42 << 24 | 42 << 16 | 2 << 8 | 2);
	KUNIT_ASSERT_EQ(test, dart_probe_hw(r->dart), 0);
	KUNIT_EXPECT_EQ(test, dart_flush_range(r->dart, streams, &range), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0xe109);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x8109);

	/* Addresses that are not emitted so, or have too many bits, and more than one stream. */
	KUNIT_EXPECT_EQ(test, dart_flush_range(r->dart, streams,
					       &(struct dart_range) { 0, 1ULL << 44 }), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x8109);
	r->dart->params.window_last = 0x13fffffffff;
	KUNIT_EXPECT_EQ(test, dart_flush_range(r->dart, streams, &range), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0x8109);
	__set_bit(3, streams);
	KUNIT_EXPECT_EQ(test, dart_flush_range(r->dart, streams, &range), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), 0);
}

/* Commands that do not finish: first a time-out, then not even a new command. */
static void test_flush_timeout(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(0) };
	struct regs *r = test->priv;

	make_t8110(test, 16);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	r->dart->busy = true;
	set(r, 0x80, BIT(31) | 0x55);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, get(r, 0x80), BIT(31) | 0x55);
	set(r, 0x80, 0);
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);

	set(r, 0x80, 0xffffffff);
	r->dart->busy = true;
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), -ENODEV);
	KUNIT_EXPECT_EQ(test, r->dart->state, DART_LOST);
	KUNIT_EXPECT_EQ(test, dart_stream_block(r->dart, 0), -ENODEV);
}

/* The streams of a command that may still be running are not taken away from it. */
static void test_t8020_flush_timeout(struct kunit *test)
{
	DECLARE_BITMAP(streams, DART_MAX_STREAMS) = { BIT(0) };
	struct regs *r = test->priv;

	make_t8020(test, &dart_hw_t8103);
	r->dart->busy = true;
	set(r, 0x34, 0x8);
	set(r, 0x20, BIT(20) | BIT(2));
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, get(r, 0x34), 0x8);
	set(r, 0x20, BIT(20));
	KUNIT_EXPECT_EQ(test, dart_flush(r->dart, streams), 0);
	KUNIT_EXPECT_EQ(test, get(r, 0x34), 0x1);
}

static struct kunit_case hw_cases[] = {
	KUNIT_CASE(test_t8020_params),
	KUNIT_CASE(test_t8110_params),
	KUNIT_CASE(test_t8020_streams),
	KUNIT_CASE(test_t8110_streams),
	KUNIT_CASE(test_t8020_power),
	KUNIT_CASE(test_t8110_power),
	KUNIT_CASE(test_locked),
	KUNIT_CASE(test_locked_t8110),
	KUNIT_CASE(test_t8020_faults),
	KUNIT_CASE(test_t8110_faults),
	KUNIT_CASE(test_t8110_ranges),
	KUNIT_CASE(test_flush_timeout),
	KUNIT_CASE(test_t8020_flush_timeout),
	{}
};

static struct kunit_suite hw_suite = {
	.name = "apple-dart-hw",
	.init = regs_init,
	.exit = regs_exit,
	.test_cases = hw_cases,
};

kunit_test_suite(hw_suite);
