// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the T8110 block (DART2 entries).
 *
 * Offsets and fields after m1n1's dart8110.py and the Linux driver. The version in PARAMS3 is 1.0
 * for a VA width up to 36 bits and 2.0 above; only the latter has four-level tables and can flush an
 * address range. Not modelled: the TLB's read-back, the DAPF and the TrustZone regions.
 */
#include "dart_internal.h"

#define T8110_PARAMS1			0x000
#define   T8110_PARAMS1_PAGE_SHIFT	24
#define   T8110_PARAMS1_TES_SHIFT	20	/* log2 of the entries of a TLB line */
#define   T8110_PARAMS1_SETS_SHIFT	0
#define T8110_PARAMS2			0x004
#define   T8110_PARAMS2_WAYS_SHIFT	28	/* log2 */
#define   T8110_PARAMS2_LOCK		(1u << 1)
#define   T8110_PARAMS2_BYPASS		(1u << 0)
#define T8110_PARAMS3			0x008
#define   T8110_PARAMS3_PA_SHIFT	24
#define   T8110_PARAMS3_VA_SHIFT	16
#define   T8110_PARAMS3_MAJOR_SHIFT	8
#define T8110_PARAMS4			0x00c
#define   T8110_PARAMS4_CLIENTS_SHIFT	16
#define T8110_COMMAND			0x080
#define   T8110_COMMAND_BUSY		(1u << 31)
#define   T8110_COMMAND_RANGE		(1u << 14)
#define   T8110_COMMAND_STT		(1u << 13)	/* what it flushes is not known; not modelled */
#define   T8110_COMMAND_OP_SHIFT	8
#define   T8110_COMMAND_OP_MASK		0x7u
#define   T8110_COMMAND_SID_MASK	0xffu
#define   T8110_OP_FLUSH_ALL		0
#define   T8110_OP_FLUSH_SID		1
#define T8110_RANGE_FIRST		0x098	/* number of a page, times 4 */
#define T8110_RANGE_LAST		0x0a0
#define   T8110_RANGE_SHIFT		2
#define T8110_ERROR			0x100
#define T8110_ERROR_MASK		0x104
#define T8110_UNKNOWN_SET		0x120	/* a bit a stream, meaning unknown */
#define T8110_UNKNOWN_CLR		0x140
#define T8110_ERROR_ADDR_LO		0x170
#define T8110_ERROR_ADDR_HI		0x174
#define T8110_ERROR_STREAMS		0x1c0
#define T8110_PROTECT			0x200
#define   T8110_PROTECT_TTBR_TCR	(1u << 0)
#define   T8110_PROTECT_400		(1u << 1)
#define   T8110_PROTECT_MASK		0x1fu
#define T8110_UNPROTECT			0x204
#define T8110_PROTECT_LOCK		0x208
#define T8110_ENABLE			0xc00
#define T8110_DISABLE			0xc20
#define T8110_TCR			0x1000
#define   T8110_TCR_REMAP_SHIFT		8
#define   T8110_TCR_REMAP_MASK		0xfu
#define   T8110_TCR_REMAP_EN		(1u << 7)
#define   T8110_TCR_FOUR_LEVELS		(1u << 3)
#define   T8110_TCR_BYPASS_DAPF		(1u << 2)
#define   T8110_TCR_BYPASS		(1u << 1)
#define   T8110_TCR_TRANSLATE		(1u << 0)
#define   T8110_TCR_MASK		0xf8fu
#define T8110_TTBR			0x1400
#define   T8110_TTBR_ADDRESS		0x3ffffffcu
#define   T8110_TTBR_VALID		(1u << 0)

struct range {
	uint32_t first, end;
};

/* Registers without a function in the model: they keep what is written. */
static const struct range stored[] = {
	{ 0x084, 0x098 }, { 0x098, 0x09c }, { 0x0a0, 0x0a4 }, { 0x20c, 0x214 },
	{ 0x218, 0x21c }, { 0x220, 0x240 }, { 0x400, 0x414 }, { 0x500, 0x54c },
	{ 0x700, 0x78c }, { 0x800, 0xc00 },
};

static bool is_stored(uint32_t offset)
{
	unsigned int i;

	for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++)
		if (offset >= stored[i].first && offset < stored[i].end)
			return true;
	return false;
}

/* Is @offset one of the @n words at @base? */
static bool in_array(uint32_t offset, uint32_t base, unsigned int n, unsigned int *index)
{
	if (offset < base || offset >= base + 4 * n)
		return false;
	*index = (offset - base) / 4;
	return true;
}

static bool has_four_levels(const struct dart *dart)
{
	return dart->config.va_width > 36;
}

static void t8110_reset(struct dart *dart)
{
	(void)dart; /* all zero */
}

static uint32_t read_params(const struct dart *dart, uint32_t offset)
{
	const struct dart_config *config = &dart->config;
	uint32_t major = has_four_levels(dart) ? 2 : 1;

	switch (offset) {
	case T8110_PARAMS1:
		return config->page_shift << T8110_PARAMS1_PAGE_SHIFT |
		       3 << T8110_PARAMS1_TES_SHIFT | DART_TLB_SETS << T8110_PARAMS1_SETS_SHIFT;
	case T8110_PARAMS2:
		return DART_TLB_WAYS_SHIFT << T8110_PARAMS2_WAYS_SHIFT | T8110_PARAMS2_LOCK |
		       (config->bypass ? T8110_PARAMS2_BYPASS : 0);
	case T8110_PARAMS3:
		return config->pa_width << T8110_PARAMS3_PA_SHIFT |
		       config->va_width << T8110_PARAMS3_VA_SHIFT |
		       major << T8110_PARAMS3_MAJOR_SHIFT;
	default:
		return 1 << T8110_PARAMS4_CLIENTS_SHIFT | config->num_sids;
	}
}

static uint32_t read_array(struct dart *dart, uint32_t offset)
{
	unsigned int i;

	if (in_array(offset, T8110_TCR, dart->config.num_sids, &i))
		return dart->tcr[i];
	if (in_array(offset, T8110_TTBR, dart->config.num_sids, &i))
		return dart->ttbr[i][0];
	if (in_array(offset, T8110_ENABLE, DART_SID_WORDS, &i))
		return dart->enabled[i];
	if (in_array(offset, T8110_ERROR_STREAMS, DART_SID_WORDS, &i))
		return dart->error_streams[i];
	if (in_array(offset, T8110_UNKNOWN_SET, DART_SID_WORDS, &i))
		return dart->shadow[offset / 4];
	if (in_array(offset, T8110_DISABLE, DART_SID_WORDS, &i) ||
	    in_array(offset, T8110_UNKNOWN_CLR, DART_SID_WORDS, &i))
		return 0;
	return is_stored(offset) ? dart->shadow[offset / 4] : dart_undefined(dart, offset);
}

static uint32_t t8110_read(struct dart *dart, uint32_t offset)
{
	switch (offset) {
	case T8110_PARAMS1:
	case T8110_PARAMS2:
	case T8110_PARAMS3:
	case T8110_PARAMS4:
		return read_params(dart, offset);
	case T8110_COMMAND:
		return dart->command | (dart_command_busy(dart) ? T8110_COMMAND_BUSY : 0);
	case T8110_ERROR:
		return dart->error;
	case T8110_ERROR_MASK:
		return dart->error_mask;
	case T8110_ERROR_ADDR_LO:
		return (uint32_t)dart->error_addr;
	case T8110_ERROR_ADDR_HI:
		return dart->error_addr >> 32;
	case T8110_PROTECT:
		return dart->protect;
	case T8110_UNPROTECT:
		return 0;
	case T8110_PROTECT_LOCK:
		return dart->protect_lock;
	default:
		return read_array(dart, offset);
	}
}

static uint64_t range_page(const struct dart *dart, uint32_t offset)
{
	return (uint64_t)(dart->shadow[offset / 4] >> T8110_RANGE_SHIFT) << dart->config.page_shift;
}

static void flush_sid(struct dart *dart, unsigned int sid, bool ranged)
{
	const struct dart_va_range range = {
		.first = range_page(dart, T8110_RANGE_FIRST),
		.last = range_page(dart, T8110_RANGE_LAST) + dart_page_size(dart) - 1,
	};
	uint32_t select[DART_SID_WORDS] = { 0 };

	if (sid >= dart->config.num_sids) {
		dart_violation(dart, DART_STAT_BAD_EMPTY, "invalidate of stream %u of %u", sid,
			       dart->config.num_sids);
		return;
	}
	if (ranged && range.first > range.last)
		dart_violation(dart, DART_STAT_BAD_EMPTY, "invalidate of an empty range");
	select[sid / 32] = 1u << (sid % 32);
	dart_invalidate(dart, select, ranged ? &range : NULL);
}

static void flush_all(struct dart *dart)
{
	uint32_t select[DART_SID_WORDS];
	unsigned int i;

	for (i = 0; i < DART_SID_WORDS; i++)
		select[i] = dart_sid_word(dart, i);
	dart_invalidate(dart, select, NULL);
}

static uint32_t known_bits(const struct dart *dart, uint32_t op)
{
	uint32_t known = T8110_COMMAND_OP_MASK << T8110_COMMAND_OP_SHIFT | T8110_COMMAND_SID_MASK;

	if (dart->config.va_width > 36 && op == T8110_OP_FLUSH_SID)
		known |= T8110_COMMAND_RANGE | T8110_COMMAND_STT;
	return known;
}

static void write_command(struct dart *dart, uint32_t value)
{
	uint32_t op = value >> T8110_COMMAND_OP_SHIFT & T8110_COMMAND_OP_MASK;

	value &= ~T8110_COMMAND_BUSY;
	if (!dart_command_begin(dart, value))
		return;
	if (op > T8110_OP_FLUSH_SID || value & ~known_bits(dart, op))
		dart_violation(dart, DART_STAT_BAD_COMMAND, "unknown command 0x%x, ignored", value);
	else if (op == T8110_OP_FLUSH_SID)
		flush_sid(dart, value & T8110_COMMAND_SID_MASK, value & T8110_COMMAND_RANGE);
	else
		flush_all(dart);
}

static bool refuse_locked(struct dart *dart, const char *what, uint32_t offset)
{
	if (!(dart->protect & T8110_PROTECT_TTBR_TCR))
		return false;
	dart_violation(dart, DART_STAT_BAD_LOCKED, "write to locked %s at 0x%x, ignored", what,
		       offset);
	return true;
}

static void write_tcr(struct dart *dart, uint32_t offset, unsigned int sid, uint32_t value)
{
	if (refuse_locked(dart, "TCR", offset))
		return;
	value &= T8110_TCR_MASK;
	if (value & T8110_TCR_FOUR_LEVELS && !has_four_levels(dart)) {
		dart_violation(dart, DART_STAT_BAD_MODE,
			       "TCR of stream %u asks for four levels, which are not there", sid);
		value &= ~T8110_TCR_FOUR_LEVELS;
	}
	dart->tcr[sid] = value;
	dart_changed(dart);
	dart_check_mode(dart, sid, value & T8110_TCR_TRANSLATE, value & T8110_TCR_BYPASS);
}

static uint64_t ttbr_table(uint32_t ttbr)
{
	return (uint64_t)(ttbr & T8110_TTBR_ADDRESS) << 12;
}

static void write_ttbr(struct dart *dart, uint32_t offset, unsigned int sid, uint32_t value)
{
	if (refuse_locked(dart, "TTBR", offset))
		return;
	dart->ttbr[sid][0] = value & (T8110_TTBR_ADDRESS | T8110_TTBR_VALID);
	dart_changed(dart);
	/* Address bits 13:12 of a careless shift would land in bits that do not exist. */
	if (value & T8110_TTBR_VALID)
		dart_check_root(dart, sid, (uint64_t)(value & ~T8110_TTBR_VALID) << 12);
}

static void write_disable(struct dart *dart, unsigned int word, uint32_t value)
{
	dart->enabled[word] &= ~value;
	dart_changed(dart);
}

static void write_array(struct dart *dart, uint32_t offset, uint32_t value)
{
	unsigned int i;

	if (in_array(offset, T8110_TCR, dart->config.num_sids, &i))
		write_tcr(dart, offset, i, value);
	else if (in_array(offset, T8110_TTBR, dart->config.num_sids, &i))
		write_ttbr(dart, offset, i, value);
	else if (in_array(offset, T8110_ENABLE, DART_SID_WORDS, &i))
		dart->enabled[i] |= value & dart_sid_word(dart, i);
	else if (in_array(offset, T8110_DISABLE, DART_SID_WORDS, &i))
		write_disable(dart, i, value);
	else if (in_array(offset, T8110_ERROR_STREAMS, DART_SID_WORDS, &i))
		dart_error_streams_clear(dart, i, value);
	else if (in_array(offset, T8110_UNKNOWN_SET, DART_SID_WORDS, &i))
		dart->shadow[offset / 4] |= value;
	else if (in_array(offset, T8110_UNKNOWN_CLR, DART_SID_WORDS, &i))
		dart->shadow[T8110_UNKNOWN_SET / 4 + i] &= ~value;
	else if (!is_stored(offset))
		dart_undefined(dart, offset);
	else if (offset >> 8 != 4 || !(dart->protect & T8110_PROTECT_400))
		dart->shadow[offset / 4] = value;
}

static void write_protection(struct dart *dart, uint32_t offset, uint32_t value)
{
	if (offset == T8110_PROTECT)
		dart->protect |= value & T8110_PROTECT_MASK;
	else if (offset == T8110_PROTECT_LOCK)
		dart->protect_lock |= value & 1;
	else if (!dart->protect_lock)
		dart->protect &= ~value;
	else
		dart_violation(dart, DART_STAT_BAD_LOCKED,
			       "UNPROTECT 0x%x while PROTECT_LOCK is set, ignored", value);
}

static void t8110_write(struct dart *dart, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case T8110_PARAMS1:
	case T8110_PARAMS2:
	case T8110_PARAMS3:
	case T8110_PARAMS4:
	case T8110_ERROR_ADDR_LO:
	case T8110_ERROR_ADDR_HI:
		return;
	case T8110_COMMAND:
		write_command(dart, value);
		return;
	case T8110_ERROR:
		dart_error_clear(dart, value);
		return;
	case T8110_ERROR_MASK:
		dart->error_mask = value;
		return;
	case T8110_PROTECT:
	case T8110_UNPROTECT:
	case T8110_PROTECT_LOCK:
		write_protection(dart, offset, value);
		return;
	default:
		write_array(dart, offset, value);
	}
}

/* A remapped stream uses mode and tables of its target, whose own remapping is not looked at. */
static void t8110_resolve(const struct dart *dart, unsigned int sid, struct dart_context *context)
{
	uint32_t tcr = dart->tcr[sid];

	context->id = sid;
	context->mode = DART_MODE_BLOCKED;
	if (tcr & T8110_TCR_REMAP_EN) {
		context->id = tcr >> T8110_TCR_REMAP_SHIFT & T8110_TCR_REMAP_MASK;
		if (context->id >= dart->config.num_sids)
			return;
		tcr = dart->tcr[context->id];
	}

	context->levels = tcr & T8110_TCR_FOUR_LEVELS ? 3 : 2;
	context->va_bits = dart->config.page_shift + context->levels * dart->index_bits;
	switch (tcr & (T8110_TCR_TRANSLATE | T8110_TCR_BYPASS)) {
	case T8110_TCR_TRANSLATE:
		context->mode = DART_MODE_TRANSLATE;
		break;
	case T8110_TCR_BYPASS:
		if (dart->config.bypass)
			context->mode = DART_MODE_BYPASS;
		break;
	}
}

static bool t8110_root(const struct dart *dart, unsigned int context, uint64_t va, uint64_t *table)
{
	uint32_t ttbr = dart->ttbr[context][0];

	(void)va;
	*table = ttbr_table(ttbr);
	return ttbr & T8110_TTBR_VALID;
}

static void t8110_boot(struct dart *dart, unsigned int sid, uint64_t table)
{
	dart->ttbr[sid][0] = (uint32_t)(table >> 12) | T8110_TTBR_VALID;
	dart->tcr[sid] = T8110_TCR_TRANSLATE;
}

const struct dart_front dart_t8110_front = {
	.fault_bits = {
		[DART_FAULT_NO_TTBR] = 1u << 0,
		[DART_FAULT_NO_L0] = 1u << 1,
		[DART_FAULT_NO_L1] = 1u << 2,
		[DART_FAULT_NO_PTE] = 1u << 3,
		[DART_FAULT_WRITE] = 1u << 4,
		[DART_FAULT_READ] = 1u << 5,
		[DART_FAULT_DECODE] = 1u << 6,
		[DART_FAULT_REGION] = 1u << 29,
		[DART_FAULT_BLOCKED] = 1u << 10,
	},
	.write_bit = 1u << 28,
	.command = T8110_COMMAND,
	.sid_shift = 20,
	.error_streams = true,
	.reset = t8110_reset,
	.read = t8110_read,
	.write = t8110_write,
	.boot = t8110_boot,
	.resolve = t8110_resolve,
	.root = t8110_root,
};
