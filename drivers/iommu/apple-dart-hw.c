// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the DART generations.
 *
 * Two register layouts exist: "T8020" (t8103, t6000) and "T8110". Apple documents
 * neither; what is used here is what Linux, m1n1 and OpenBSD are known to rely on.
 * Registers only take aligned 32-bit accesses.
 */

#include <kunit/visibility.h>

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/device.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/minmax.h>

#include "apple-dart-hw.h"
#include "apple_dart_trace.h"

/* The same in both layouts. */
#define DART_PARAMS1				0x000
#define   DART_PARAMS1_PAGE_SHIFT		GENMASK(27, 24)
#define DART_PARAMS2				0x004
#define   DART_PARAMS2_BYPASS			BIT(0)

#define T8020_COMMAND				0x020
#define   T8020_COMMAND_INVALIDATE		BIT(20)
#define   T8020_COMMAND_BUSY			BIT(2)
#define T8020_STREAM_SELECT			0x034
#define T8020_ERROR				0x040
#define   T8020_ERROR_FLAG			BIT(31)
#define   T8020_ERROR_STREAM			GENMASK(27, 24)
#define   T8020_ERROR_CODE			GENMASK(11, 0)
#define   T8020_ERROR_IS_WRITE			(BIT(10) | BIT(3))
#define T8020_ERROR_ADDR_LO			0x050
#define T8020_ERROR_ADDR_HI			0x054
#define T8020_CONFIG				0x060
#define   T8020_CONFIG_LOCK			BIT(15)
#define T8020_ENABLED_STREAMS			0x0fc
#define T8020_TCR(sid)				(0x100 + 4 * (sid))
#define   T8020_TCR_BYPASS_DAPF			BIT(12)
#define   T8020_TCR_BYPASS_DART			BIT(8)
#define   T8020_TCR_TRANSLATE			BIT(7)
#define T8020_TTBR(sid, i)			(0x200 + 0x10 * (sid) + 4 * (i))
#define   T8020_TTBR_VALID			BIT(31)
#define   T8020_TTBR_PA_SHIFT			12
#define T8020_STREAMS				16
#define T8020_TTBRS				4
/* The masters of this generation emit 32-bit addresses within a fixed window. */
#define T8020_IAS				32

#define T8110_PARAMS3				0x008
#define   T8110_PARAMS3_PA_WIDTH		GENMASK(29, 24)
#define   T8110_PARAMS3_VA_WIDTH		GENMASK(21, 16)
#define   T8110_PARAMS3_VERSION			GENMASK(15, 0)
#define     T8110_VERSION(major, minor)		((major) << 8 | (minor))
#define T8110_PARAMS4				0x00c
#define   T8110_PARAMS4_NUM_SIDS		GENMASK(8, 0)
#define T8110_TLB_CMD				0x080
#define   T8110_TLB_CMD_BUSY			BIT(31)
#define   T8110_TLB_CMD_FLUSH_ALL		0x000
#define   T8110_TLB_CMD_FLUSH_SID		0x100
/* Version 2.2 wants this in commands for one stream; 2.0 has the two below, 1.x none of them. */
#define   T8110_TLB_CMD_NEW			BIT(15)
#define   T8110_TLB_CMD_RANGE			BIT(14)
#define   T8110_TLB_CMD_STT			BIT(13)
#define T8110_TLB_FIRST				0x098
#define T8110_TLB_LAST				0x0a0
#define   T8110_TLB_PAGE			GENMASK(31, 2)
#define T8110_ERROR				0x100
#define   T8110_ERROR_FLAG			BIT(31)
#define   T8110_ERROR_STREAM			GENMASK(27, 20)
#define   T8110_ERROR_CODE			(BIT(29) | GENMASK(14, 0))
#define   T8110_ERROR_IS_WRITE			(BIT(28) | BIT(4))
#define T8110_ERROR_MASK			0x104
#define T8110_ERROR_ADDR_LO			0x170
#define T8110_ERROR_ADDR_HI			0x174
#define T8110_ERROR_STREAMS(word)		(0x1c0 + 4 * (word))
#define T8110_PROTECT				0x200
#define   T8110_PROTECT_TTBR_TCR		BIT(0)
#define T8110_ENABLE_STREAMS(word)		(0xc00 + 4 * (word))
#define T8110_TCR(sid)				(0x1000 + 4 * (sid))
#define   T8110_TCR_REMAP			BIT(7)
#define   T8110_TCR_FOUR_LEVELS			BIT(3)
#define   T8110_TCR_BYPASS_DAPF			BIT(2)
#define   T8110_TCR_BYPASS_DART			BIT(1)
#define   T8110_TCR_TRANSLATE			BIT(0)
#define T8110_TTBR(sid)				(0x1400 + 4 * (sid))
#define   T8110_TTBR_PA_SHIFT			12
#define   T8110_TTBR_PA				GENMASK(29, 2)
#define   T8110_TTBR_VALID			BIT(0)

/* Linux polls for 100 us, newer parts are given 2 ms; only a hang gets near either. */
#define DART_FLUSH_TIMEOUT_US			2000

#define DART_ALL_ONES				0xffffffffU

static u32 dart_read(struct dart *dart, u32 offset)
{
	return readl(dart->regs + offset);
}

/* Ordered after all earlier stores to memory, so after page-table entries. */
static void dart_write(struct dart *dart, u32 offset, u32 value)
{
	writel(value, dart->regs + offset);
}

static int dart_lost(struct dart *dart)
{
	lockdep_assert_held(&dart->lock);

	dart->state = DART_LOST;
	dev_err(dart->dev, "registers read all ones: the instance has gone away\n");
	return -ENODEV;
}

/* For registers that decide what a master can reach: a write that is ignored must not pass. */
static int dart_write_checked(struct dart *dart, u32 offset, u32 value)
{
	u32 found;

	dart_write(dart, offset, value);
	found = dart_read(dart, offset);
	if (found == value)
		return 0;
	if (found == DART_ALL_ONES)
		return dart_lost(dart);
	dev_err_ratelimited(dart->dev, "register %#x: wrote %#x, reads %#x\n", offset, value,
			    found);
	return -EIO;
}

/*
 * Changes a register of a stream. Reads are expensive, so what it holds already is not written
 * again; without power it is only noted for dart_power_up().
 */
static int dart_set(struct dart *dart, unsigned int sid, u32 offset, u32 *known, u32 value)
{
	struct dart_stream_regs *regs = &dart->stream_regs[sid];
	int ret;

	if (WARN_ON_ONCE(dart->params.locked))
		return -EIO;
	if (*known == value && !regs->unsure)
		return 0;
	*known = value;
	if (!dart->powered)
		return 0;
	ret = dart_write_checked(dart, offset, value);
	if (ret)
		regs->unsure = true;
	return ret;
}

/* Waits until @busy is clear in the command register at @offset. */
static int dart_wait(struct dart *dart, u32 offset, u32 busy)
{
	u32 val;
	int ret;

	ret = readl_poll_timeout_atomic(dart->regs + offset, val,
					!(val & busy) || val == DART_ALL_ONES, 1,
					DART_FLUSH_TIMEOUT_US);
	dart->busy = ret;
	if (val == DART_ALL_ONES)
		return dart_lost(dart);
	if (ret)
		dev_err_ratelimited(dart->dev, "TLB flush timed out, command register %#x\n", val);
	return ret;
}

/* Waits for what may be left of a command that timed out, whose parameters must stay till then. */
static int dart_wait_before(struct dart *dart, u32 offset, u32 busy)
{
	return dart->busy ? dart_wait(dart, offset, busy) : 0;
}

static int dart_run(struct dart *dart, u32 offset, u32 command, u32 busy)
{
	dart_write(dart, offset, command);
	return dart_wait(dart, offset, busy);
}

/**
 * dart_fault_kind() - describe a fault
 * @dart: instance
 * @code: &dart_fault.code
 *
 * Return: words for a message.
 */
const char *dart_fault_kind(const struct dart *dart, unsigned int code)
{
	return dart->hw->fault_kinds[code] ?: "unknown fault";
}

/* The first bit that has a name. */
static unsigned int dart_fault_code(const struct dart *dart, u32 code)
{
	unsigned int i;

	for (i = 0; i < DART_FAULT_UNKNOWN; i++) {
		if (dart->hw->fault_kinds[i] && code & BIT(i))
			return i;
	}
	return DART_FAULT_UNKNOWN;
}

/* All streams are blocked and have no roots, and the hardware says so too. */
static void dart_forget_regs(struct dart *dart)
{
	memset(dart->stream_regs, 0, dart->params.n_streams * sizeof(*dart->stream_regs));
}

/* T8020 */

static int t8020_identify(struct dart *dart, struct dart_params *params)
{
	u32 params1 = dart_read(dart, DART_PARAMS1);
	u32 params2 = dart_read(dart, DART_PARAMS2);
	u32 config = dart_read(dart, T8020_CONFIG);

	if (params1 == DART_ALL_ONES)
		return dart_lost(dart);

	*params = (struct dart_params) {
		.page_shift = FIELD_GET(DART_PARAMS1_PAGE_SHIFT, params1),
		.ias = T8020_IAS,
		.oas = dart_pt_fmt_oas(dart->hw->fmt),
		.n_streams = T8020_STREAMS,
		.max_roots = T8020_TTBRS,
		.can_bypass = params2 & DART_PARAMS2_BYPASS,
		.locked = config & T8020_CONFIG_LOCK,
	};
	return 0;
}

static int t8020_flush(struct dart *dart, const unsigned long *streams,
		       const struct dart_range *range)
{
	int ret = dart_wait_before(dart, T8020_COMMAND, T8020_COMMAND_BUSY);

	BUILD_BUG_ON(T8020_STREAMS > 32);

	if (ret)
		return ret;
	dart_write(dart, T8020_STREAM_SELECT, streams[0] & GENMASK(T8020_STREAMS - 1, 0));
	return dart_run(dart, T8020_COMMAND, T8020_COMMAND_INVALIDATE, T8020_COMMAND_BUSY);
}

static int t8020_set_tcr(struct dart *dart, unsigned int sid, u32 tcr)
{
	return dart_set(dart, sid, T8020_TCR(sid), &dart->stream_regs[sid].tcr, tcr);
}

static int t8020_set_ttbr(struct dart *dart, unsigned int sid, unsigned int i, u32 ttbr)
{
	return dart_set(dart, sid, T8020_TTBR(sid, i), &dart->stream_regs[sid].ttbr[i], ttbr);
}

/* All that is not the streams' state, after they have been blocked. */
static int t8020_start(struct dart *dart)
{
	const unsigned long all = GENMASK(T8020_STREAMS - 1, 0);
	int ret = t8020_flush(dart, &all, NULL);

	if (ret)
		return ret;
	if (!dart->params.locked)
		dart_write(dart, T8020_ENABLED_STREAMS, all);
	dart_write(dart, T8020_ERROR, dart_read(dart, T8020_ERROR));
	return 0;
}

static int t8020_reset(struct dart *dart)
{
	unsigned int sid, i;
	int ret;

	for (sid = 0; sid < T8020_STREAMS && !dart->params.locked; sid++)
		dart_write(dart, T8020_TCR(sid), 0);
	ret = t8020_start(dart);
	if (ret || dart->params.locked)
		return ret;
	for (sid = 0; sid < T8020_STREAMS; sid++) {
		for (i = 0; i < T8020_TTBRS; i++)
			dart_write(dart, T8020_TTBR(sid, i), 0);
	}
	dart_forget_regs(dart);
	return 0;
}

/* Nothing is accessed yet: masters wait for their instances. The flush comes last all the same. */
static int t8020_restore(struct dart *dart)
{
	unsigned int sid, i;
	int ret = 0;

	for (sid = 0; sid < T8020_STREAMS && !ret && !dart->params.locked; sid++) {
		const struct dart_stream_regs *regs = &dart->stream_regs[sid];

		dart_write(dart, T8020_TCR(sid), 0);
		for (i = 0; i < T8020_TTBRS; i++)
			dart_write(dart, T8020_TTBR(sid, i), regs->ttbr[i]);
		if (regs->tcr)
			ret = dart_write_checked(dart, T8020_TCR(sid), regs->tcr);
	}
	return ret ?: t8020_start(dart);
}

static int t8020_block(struct dart *dart, unsigned int sid)
{
	return t8020_set_tcr(dart, sid, 0);
}

static int t8020_forget(struct dart *dart, unsigned int sid)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < T8020_TTBRS && !ret; i++)
		ret = t8020_set_ttbr(dart, sid, i, 0);
	return ret;
}

static int t8020_translate(struct dart *dart, unsigned int sid, const struct dart_pt *pt)
{
	unsigned int i;
	int ret;

	/* Four registers cannot change at once: never walk a mixture. */
	ret = t8020_block(dart, sid);
	for (i = 0; i < T8020_TTBRS && !ret; i++) {
		u32 ttbr = 0;

		if (i < pt->cfg.n_roots)
			ttbr = virt_to_phys(pt->root[i]) >> T8020_TTBR_PA_SHIFT | T8020_TTBR_VALID;
		ret = t8020_set_ttbr(dart, sid, i, ttbr);
	}
	return ret ?: t8020_set_tcr(dart, sid, T8020_TCR_TRANSLATE);
}

static int t8020_bypass(struct dart *dart, unsigned int sid)
{
	return t8020_set_tcr(dart, sid, T8020_TCR_BYPASS_DART | T8020_TCR_BYPASS_DAPF);
}

static int t8020_root(struct dart *dart, unsigned int sid, u64 *pa)
{
	u32 tcr = dart_read(dart, T8020_TCR(sid));
	u32 ttbr = dart_read(dart, T8020_TTBR(sid, 0));

	if (tcr == DART_ALL_ONES && ttbr == DART_ALL_ONES)
		return dart_lost(dart);
	if (!(tcr & T8020_TCR_TRANSLATE) || tcr & T8020_TCR_BYPASS_DART ||
	    !(ttbr & T8020_TTBR_VALID))
		return -EINVAL;
	*pa = (u64)(ttbr & ~T8020_TTBR_VALID) << T8020_TTBR_PA_SHIFT;
	return 0;
}

static const char * const t8020_fault_kinds[DART_FAULT_CODES] = {
	[0] = "no root table", [1] = "no table", [2] = "not mapped",
	[3] = "not writable", [4] = "not readable", [5] = "bus decode error",
	[6] = "bus error", [7] = "outside of the sub-page limits",
	[8] = "write to a protected region",
	[11] = "blocked or outside of the address filter",
};

static enum dart_fault_state t8020_take_fault(struct dart *dart, struct dart_fault *fault)
{
	u32 status = dart_read(dart, T8020_ERROR);

	if (status == DART_ALL_ONES) {
		dart_lost(dart);
		return DART_FAULT_NONE;
	}
	if (!(status & T8020_ERROR_FLAG))
		return DART_FAULT_NONE;

	*fault = (struct dart_fault) {
		.iova = dart_read(dart, T8020_ERROR_ADDR_LO) |
			(u64)dart_read(dart, T8020_ERROR_ADDR_HI) << 32,
		.status = status,
		.stream = FIELD_GET(T8020_ERROR_STREAM, status),
		.write = status & T8020_ERROR_IS_WRITE,
		.code = dart_fault_code(dart, status & T8020_ERROR_CODE),
	};
	dart_write(dart, T8020_ERROR, status);
	return DART_FAULT_RECORDED;
}

/* T8110 */

static int t8110_identify(struct dart *dart, struct dart_params *params)
{
	u32 params1 = dart_read(dart, DART_PARAMS1);
	u32 params2 = dart_read(dart, DART_PARAMS2);
	u32 params3 = dart_read(dart, T8110_PARAMS3);
	u32 params4 = dart_read(dart, T8110_PARAMS4);
	u32 protect = dart_read(dart, T8110_PROTECT);
	u32 version = FIELD_GET(T8110_PARAMS3_VERSION, params3);

	if (params1 == DART_ALL_ONES || params3 == DART_ALL_ONES || params4 == DART_ALL_ONES)
		return dart_lost(dart);

	*params = (struct dart_params) {
		.page_shift = FIELD_GET(DART_PARAMS1_PAGE_SHIFT, params1),
		.ias = FIELD_GET(T8110_PARAMS3_VA_WIDTH, params3),
		.oas = min_t(u32, FIELD_GET(T8110_PARAMS3_PA_WIDTH, params3),
			     dart_pt_fmt_oas(dart->hw->fmt)),
		.n_streams = FIELD_GET(T8110_PARAMS4_NUM_SIDS, params4),
		.max_roots = 1,
		/* Version 1 does not have the bit that asks for the fourth level. */
		.four_levels = version >= T8110_VERSION(2, 0),
		.ranged_flush = version >= T8110_VERSION(2, 0),
		.flush_bits = version >= T8110_VERSION(2, 2) ? T8110_TLB_CMD_NEW : 0,
		.can_bypass = params2 & DART_PARAMS2_BYPASS,
		.locked = protect & T8110_PROTECT_TTBR_TCR,
	};
	return 0;
}

/*
 * Whether the hardware compares a range with the address as the master emits it, or with what is
 * walked of that, nobody knows. Where these differ all addresses are flushed for.
 */
static bool t8110_takes_range(const struct dart *dart, const struct dart_range *range)
{
	const struct dart_params *params = &dart->params;

	return range && params->ranged_flush && !params->window_last &&
	       range->last >> params->page_shift <= FIELD_MAX(T8110_TLB_PAGE);
}

static u32 t8110_set_range(struct dart *dart, const struct dart_range *range)
{
	unsigned int shift = dart->params.page_shift;

	if (!t8110_takes_range(dart, range))
		return 0;
	dart_write(dart, T8110_TLB_FIRST, FIELD_PREP(T8110_TLB_PAGE, range->first >> shift));
	dart_write(dart, T8110_TLB_LAST, FIELD_PREP(T8110_TLB_PAGE, range->last >> shift));
	return T8110_TLB_CMD_RANGE | T8110_TLB_CMD_STT;
}

static int t8110_flush(struct dart *dart, const unsigned long *streams,
		       const struct dart_range *range)
{
	u32 command = T8110_TLB_CMD_FLUSH_ALL;
	int ret = dart_wait_before(dart, T8110_TLB_CMD, T8110_TLB_CMD_BUSY);

	if (ret)
		return ret;
	/* A command takes one stream or all: all is never more than one command. */
	if (bitmap_weight(streams, dart->params.n_streams) == 1)
		command = T8110_TLB_CMD_FLUSH_SID | dart->params.flush_bits |
			  find_first_bit(streams, dart->params.n_streams) |
			  t8110_set_range(dart, range);
	return dart_run(dart, T8110_TLB_CMD, command, T8110_TLB_CMD_BUSY);
}

/* The record goes first: a fault in between makes a new one, and the line stays up for that. */
static void t8110_clear_error(struct dart *dart, u32 status)
{
	unsigned int word;

	dart_write(dart, T8110_ERROR, status);
	for (word = 0; word < DIV_ROUND_UP(dart->params.n_streams, 32); word++)
		dart_write(dart, T8110_ERROR_STREAMS(word), DART_ALL_ONES);
}

static bool t8110_streams_faulted(struct dart *dart)
{
	unsigned int word;

	for (word = 0; word < DIV_ROUND_UP(dart->params.n_streams, 32); word++) {
		if (dart_read(dart, T8110_ERROR_STREAMS(word)))
			return true;
	}
	return false;
}

static int t8110_set_tcr(struct dart *dart, unsigned int sid, u32 tcr)
{
	return dart_set(dart, sid, T8110_TCR(sid), &dart->stream_regs[sid].tcr, tcr);
}

static int t8110_set_ttbr(struct dart *dart, unsigned int sid, u32 ttbr)
{
	return dart_set(dart, sid, T8110_TTBR(sid), &dart->stream_regs[sid].ttbr[0], ttbr);
}

/* All that is not the streams' state, after they have been blocked. */
static int t8110_start(struct dart *dart)
{
	unsigned int n_streams = dart->params.n_streams;
	unsigned int word;
	int ret;

	ret = dart_wait_before(dart, T8110_TLB_CMD, T8110_TLB_CMD_BUSY);
	ret = ret ?: dart_run(dart, T8110_TLB_CMD, T8110_TLB_CMD_FLUSH_ALL, T8110_TLB_CMD_BUSY);
	if (ret)
		return ret;
	for (word = 0; word < DIV_ROUND_UP(n_streams, 32) && !dart->params.locked; word++)
		dart_write(dart, T8110_ENABLE_STREAMS(word),
			   GENMASK(min(n_streams - 32 * word, 32U) - 1, 0));
	t8110_clear_error(dart, dart_read(dart, T8110_ERROR));
	dart_write(dart, T8110_ERROR_MASK, 0);
	return 0;
}

static int t8110_reset(struct dart *dart)
{
	unsigned int sid;
	int ret;

	for (sid = 0; sid < dart->params.n_streams && !dart->params.locked; sid++)
		dart_write(dart, T8110_TCR(sid), 0);
	ret = t8110_start(dart);
	if (ret || dart->params.locked)
		return ret;
	for (sid = 0; sid < dart->params.n_streams; sid++)
		dart_write(dart, T8110_TTBR(sid), 0);
	dart_forget_regs(dart);
	return 0;
}

static int t8110_restore(struct dart *dart)
{
	unsigned int sid;
	int ret = 0;

	for (sid = 0; sid < dart->params.n_streams && !ret && !dart->params.locked; sid++) {
		const struct dart_stream_regs *regs = &dart->stream_regs[sid];

		dart_write(dart, T8110_TCR(sid), 0);
		dart_write(dart, T8110_TTBR(sid), regs->ttbr[0]);
		if (regs->tcr)
			ret = dart_write_checked(dart, T8110_TCR(sid), regs->tcr);
	}
	return ret ?: t8110_start(dart);
}

static int t8110_block(struct dart *dart, unsigned int sid)
{
	return t8110_set_tcr(dart, sid, 0);
}

static int t8110_forget(struct dart *dart, unsigned int sid)
{
	return t8110_set_ttbr(dart, sid, 0);
}

static int t8110_translate(struct dart *dart, unsigned int sid, const struct dart_pt *pt)
{
	u32 tcr = T8110_TCR_TRANSLATE | (pt->cfg.n_levels == 3 ? T8110_TCR_FOUR_LEVELS : 0);
	u32 ttbr = virt_to_phys(pt->root[0]) >> T8110_TTBR_PA_SHIFT | T8110_TTBR_VALID;
	int ret;

	/* Root and depth must fit each other at every instant. */
	ret = t8110_block(dart, sid);
	ret = ret ?: t8110_set_ttbr(dart, sid, ttbr);
	return ret ?: t8110_set_tcr(dart, sid, tcr);
}

static int t8110_bypass(struct dart *dart, unsigned int sid)
{
	return t8110_set_tcr(dart, sid, T8110_TCR_BYPASS_DART | T8110_TCR_BYPASS_DAPF);
}

static int t8110_root(struct dart *dart, unsigned int sid, u64 *pa)
{
	u32 tcr = dart_read(dart, T8110_TCR(sid));
	u32 ttbr = dart_read(dart, T8110_TTBR(sid));

	if (tcr == DART_ALL_ONES && ttbr == DART_ALL_ONES)
		return dart_lost(dart);
	/* Neither another depth, nor the tables of another stream. */
	if (!(tcr & T8110_TCR_TRANSLATE) || !(ttbr & T8110_TTBR_VALID) ||
	    tcr & (T8110_TCR_BYPASS_DART | T8110_TCR_FOUR_LEVELS | T8110_TCR_REMAP))
		return -EINVAL;
	*pa = (u64)(ttbr & T8110_TTBR_PA) << T8110_TTBR_PA_SHIFT;
	return 0;
}

static const char * const t8110_fault_kinds[DART_FAULT_CODES] = {
	[0] = "no root table", [1] = "no top table", [2] = "no table", [3] = "not mapped",
	[4] = "not writable", [5] = "not readable", [6] = "bus decode error",
	[7] = "bus error", [8] = "write to a protected region", [9] = "drop protection",
	[10] = "blocked or outside of the address filter", [11] = "stream table mismatch",
	[12] = "stream table flush", [13] = "external fault",
	[14] = "refused by the bus filter", [29] = "outside of the sub-page limits",
};

static enum dart_fault_state t8110_take_fault(struct dart *dart, struct dart_fault *fault)
{
	u32 status = dart_read(dart, T8110_ERROR);

	if (status == DART_ALL_ONES) {
		dart_lost(dart);
		return DART_FAULT_NONE;
	}
	if (!(status & T8110_ERROR_FLAG)) {
		if (!t8110_streams_faulted(dart))
			return DART_FAULT_NONE;
		t8110_clear_error(dart, status);
		return DART_FAULT_UNRECORDED;
	}

	*fault = (struct dart_fault) {
		.iova = dart_read(dart, T8110_ERROR_ADDR_LO) |
			(u64)dart_read(dart, T8110_ERROR_ADDR_HI) << 32,
		.status = status,
		.stream = FIELD_GET(T8110_ERROR_STREAM, status),
		.write = status & T8110_ERROR_IS_WRITE,
		.code = dart_fault_code(dart, status & T8110_ERROR_CODE),
	};
	t8110_clear_error(dart, status);
	return DART_FAULT_RECORDED;
}

#define T8020_HW(_fmt) {			\
	.fmt = (_fmt),				\
	.fault_kinds = t8020_fault_kinds,	\
	.identify = t8020_identify,		\
	.reset = t8020_reset,			\
	.restore = t8020_restore,		\
	.translate = t8020_translate,		\
	.bypass = t8020_bypass,			\
	.block = t8020_block,			\
	.forget = t8020_forget,			\
	.root = t8020_root,			\
	.flush = t8020_flush,			\
	.take_fault = t8020_take_fault,		\
}

const struct dart_hw dart_hw_t8103 = T8020_HW(DART_PT_DART1);
EXPORT_SYMBOL_IF_KUNIT(dart_hw_t8103);

const struct dart_hw dart_hw_t6000 = T8020_HW(DART_PT_DART2);
EXPORT_SYMBOL_IF_KUNIT(dart_hw_t6000);

const struct dart_hw dart_hw_t8110 = {
	.fmt = DART_PT_DART2,
	.fault_kinds = t8110_fault_kinds,
	.identify = t8110_identify,
	.reset = t8110_reset,
	.restore = t8110_restore,
	.translate = t8110_translate,
	.bypass = t8110_bypass,
	.block = t8110_block,
	.forget = t8110_forget,
	.root = t8110_root,
	.flush = t8110_flush,
	.take_fault = t8110_take_fault,
};
EXPORT_SYMBOL_IF_KUNIT(dart_hw_t8110);

/* The verbs, with lock and state */

/* What the hardware says of itself is not to be trusted before this. */
static int dart_check_params(struct dart *dart)
{
	struct dart_params *params = &dart->params;
	struct dart_pt_cfg cfg;

	/* What no machine is known to have: four levels, or several roots that firmware owns. */
	if (params->locked)
		params->four_levels = false;
	if (params->locked && params->page_shift != 14)
		return dev_err_probe(dart->dev, -EINVAL, "locked, with pages of 2^%u bytes\n",
				     params->page_shift);
	if (!params->n_streams || params->n_streams > DART_MAX_STREAMS)
		return dev_err_probe(dart->dev, -EINVAL, "claims to have %u streams\n",
				     params->n_streams);
	if (params->oas < 32 || params->ias < 32)
		return dev_err_probe(dart->dev, -EINVAL, "claims address widths of %u -> %u\n",
				     params->ias, params->oas);
	if (!params->four_levels && params->max_roots == 1)
		params->ias = min_t(u8, params->ias, 36);
	params->ias = min_t(u8, params->ias, 47);
	if (dart_pt_cfg_init(&cfg, dart->hw->fmt, params->page_shift, params->ias,
			     params->max_roots, params->four_levels))
		return dev_err_probe(dart->dev, -EINVAL, "no table for 2^%u pages, 2^%u IOVAs\n",
				     params->page_shift, params->ias);
	return 0;
}

/**
 * dart_probe_hw() - find out what an instance is capable of
 * @dart: instance with @dev, @hw and @regs set; @params are filled in
 *
 * Return: 0; -ENODEV if the registers read all ones; -EINVAL, with a message, if the instance
 * claims what no hardware has.
 */
int dart_probe_hw(struct dart *dart)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart->hw->identify(dart, &dart->params);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret ?: dart_check_params(dart);
}
EXPORT_SYMBOL_IF_KUNIT(dart_probe_hw);

/* With the lock held: -ENODEV unless the instance answers. */
static int dart_answers(struct dart *dart)
{
	lockdep_assert_held(&dart->lock);

	return dart->state == DART_LIVE ? 0 : -ENODEV;
}

/* The same, except that an instance that was taken out of use has nothing left to do. */
static int dart_answers_or_removed(struct dart *dart, bool *done)
{
	*done = dart->state == DART_REMOVED;
	return *done ? 0 : dart_answers(dart);
}

/**
 * dart_reset() - bring an instance into a known state
 * @dart: instance
 *
 * Blocks all streams, forgets what firmware set up, clears errors, flushes. The streams of a locked
 * instance stay as they are.
 *
 * Return: 0, -ETIMEDOUT or -ENODEV.
 */
int dart_reset(struct dart *dart)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	dart->busy = true;
	ret = dart_answers(dart);
	ret = ret ?: dart->hw->reset(dart);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_reset);

/**
 * dart_power_up() - set an instance up whose power has returned
 * @dart: instance, whose registers can be accessed again
 *
 * No master may have made an access since, nor make one before this returns.
 *
 * Return: 0; or with no further access to the registers -EIO, -ETIMEDOUT or -ENODEV.
 */
int dart_power_up(struct dart *dart)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers(dart);
	if (!ret && !dart->powered) {
		dart->powered = true;
		/* A command may still be running, if the power did not really go. */
		dart->busy = true;
		ret = dart->hw->restore(dart);
		if (ret)
			dart->powered = false;
	}
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_power_up);

/**
 * dart_power_down() - do not touch the registers any more, they may lose power
 * @dart: instance; no master makes an access before dart_power_up()
 *
 * Changes of streams are noted, flushes are not needed, and succeed.
 */
void dart_power_down(struct dart *dart)
{
	unsigned long flags;

	spin_lock_irqsave(&dart->lock, flags);
	dart->powered = false;
	spin_unlock_irqrestore(&dart->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(dart_power_down);

/**
 * dart_retire() - block all streams and never touch the registers again
 * @dart: instance; stays valid until the last reference goes
 */
void dart_retire(struct dart *dart)
{
	unsigned long flags;
	int ret = 0;

	spin_lock_irqsave(&dart->lock, flags);
	if (dart->state == DART_LIVE && dart->powered)
		ret = dart->hw->reset(dart);
	if (ret && ret != -ENODEV)
		dev_err(dart->dev, "could not be shut down: %d\n", ret);
	/* A lost one stays lost: it may not have been blocked. */
	if (dart->state == DART_LIVE)
		dart->state = DART_REMOVED;
	spin_unlock_irqrestore(&dart->lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(dart_retire);

/**
 * dart_stream_translate() - send a stream through a page table
 * @dart: instance
 * @sid: stream, below the number of streams
 * @pt: page table of a geometry that the instance walks; must live until the stream is forgotten
 *
 * The caller flushes before it relies on it. On an error the stream may be in any state; block it.
 *
 * Return: 0, -EIO or -ENODEV.
 */
int dart_stream_translate(struct dart *dart, unsigned int sid, const struct dart_pt *pt)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers(dart);
	ret = ret ?: dart->hw->translate(dart, sid, pt);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_stream_translate);

/**
 * dart_stream_bypass() - pass a blocked stream through untranslated
 * @dart: instance that can bypass
 * @sid: stream, below the number of streams
 *
 * Return: 0, -EIO or -ENODEV.
 */
int dart_stream_bypass(struct dart *dart, unsigned int sid)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers(dart);
	ret = ret ?: dart->hw->bypass(dart, sid);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_stream_bypass);

/**
 * dart_stream_block() - refuse all accesses of a stream
 * @dart: instance
 * @sid: stream, below the number of streams
 *
 * Entries in the TLB stay until the next flush.
 *
 * Return: 0, -EIO or -ENODEV.
 */
int dart_stream_block(struct dart *dart, unsigned int sid)
{
	unsigned long flags;
	bool done;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers_or_removed(dart, &done);
	if (!ret && !done)
		ret = dart->hw->block(dart, sid);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_stream_block);

/**
 * dart_stream_forget() - drop the page table of a stream that was blocked and flushed
 * @dart: instance
 * @sid: stream, below the number of streams
 *
 * Return: 0, -EIO or -ENODEV.
 */
int dart_stream_forget(struct dart *dart, unsigned int sid)
{
	unsigned long flags;
	bool done;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers_or_removed(dart, &done);
	if (!ret && !done)
		ret = dart->hw->forget(dart, sid);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_stream_forget);

/**
 * dart_stream_root() - find the first level that a stream of a locked instance walks
 * @dart: locked instance
 * @sid: stream, below the number of streams
 * @pa: set to its physical address
 *
 * Return: 0; -EINVAL if the stream does not translate with two levels; -ENODEV.
 */
int dart_stream_root(struct dart *dart, unsigned int sid, u64 *pa)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers(dart);
	ret = ret ?: dart->hw->root(dart, sid, pa);
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_stream_root);

/**
 * dart_flush_range() - drop the TLB entries of some streams about some addresses
 * @dart: instance
 * @streams: bitmap of DART_MAX_STREAMS bits; at least one is set
 * @range: addresses whose entries, or tables on the way to them, were changed; NULL: any
 *
 * One command, whatever the number of streams. May drop more. May busy-wait for some microseconds;
 * any context. Page-table stores made before the call are seen by walks that begin after it. An
 * instance without power is left alone: dart_power_up() flushes.
 *
 * Streams of a locked instance may have their tables in common, so that one of them sees what only
 * another is known to be attached to: all of them are flushed.
 *
 * Return: 0, -ETIMEDOUT or -ENODEV.
 */
int dart_flush_range(struct dart *dart, const unsigned long *streams,
		     const struct dart_range *range)
{
	DECLARE_BITMAP(all, DART_MAX_STREAMS) = {};
	unsigned long flags;
	bool done;
	int ret;

	if (dart->params.locked) {
		bitmap_set(all, 0, dart->params.n_streams);
		streams = all;
	}
	spin_lock_irqsave(&dart->lock, flags);
	ret = dart_answers_or_removed(dart, &done);
	if (!ret && !done && dart->powered) {
		ret = dart->hw->flush(dart, streams, range);
		trace_dart_flush(dart, bitmap_weight(streams, DART_MAX_STREAMS), range, ret);
	}
	spin_unlock_irqrestore(&dart->lock, flags);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_flush_range);

/**
 * dart_flush() - drop all TLB entries of some streams
 * @dart: instance
 * @streams: bitmap of DART_MAX_STREAMS bits; at least one is set
 *
 * Return: as dart_flush_range().
 */
int dart_flush(struct dart *dart, const unsigned long *streams)
{
	return dart_flush_range(dart, streams, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(dart_flush);

/**
 * dart_take_fault() - read and clear the error registers
 * @dart: instance
 * @fault: filled in if a fault was recorded
 *
 * Return: what the registers said.
 */
enum dart_fault_state dart_take_fault(struct dart *dart, struct dart_fault *fault)
{
	enum dart_fault_state state = DART_FAULT_NONE;
	unsigned long flags;

	spin_lock_irqsave(&dart->lock, flags);
	if (dart->state == DART_LIVE && dart->powered)
		state = dart->hw->take_fault(dart, fault);
	if (state == DART_FAULT_RECORDED) {
		fault->kind = dart_fault_kind(dart, fault->code);
		dart->n_faults[fault->code]++;
	} else if (state == DART_FAULT_UNRECORDED) {
		dart->n_unrecorded++;
	}
	spin_unlock_irqrestore(&dart->lock, flags);
	if (state == DART_FAULT_RECORDED)
		trace_dart_fault(dart, fault);
	return state;
}
EXPORT_SYMBOL_IF_KUNIT(dart_take_fault);
