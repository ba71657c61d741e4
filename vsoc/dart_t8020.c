// SPDX-License-Identifier: GPL-2.0
/*
 * Registers of the T8020 block: t8103 (DART1 entries) and t6000 (DART2 entries).
 *
 * Offsets and fields after m1n1's dart8020.py and the Linux driver. Not modelled: the DAPF, which
 * is a block of its own, the performance counters at 0x1000, and the tunables, which are stored.
 */
#include "dart_internal.h"

#define T8020_PARAMS1			0x000
#define   T8020_PARAMS1_PAGE_SHIFT	24
#define T8020_PARAMS2			0x004
#define   T8020_PARAMS2_BYPASS		(1u << 0)
#define   T8020_PARAMS2_LOCK		(1u << 1)
#define T8020_COMMAND			0x020
#define   T8020_COMMAND_BUSY		(1u << 2)
#define   T8020_COMMAND_SET0		(1u << 20)	/* use the selection at 0x34 */
#define T8020_SELECT			0x034
#define T8020_SELECT_HI			0x038
#define T8020_ERROR			0x040
#define T8020_ERROR_ADDR_LO		0x050
#define T8020_ERROR_ADDR_HI		0x054
#define T8020_CONFIG			0x060
#define   T8020_CONFIG_LOCK		(1u << 15)
#define T8020_REMAP			0x080
#define T8020_REMAP_END			0x090
#define T8020_ENABLED			0x0fc
#define T8020_TCR			0x100
#define   T8020_TCR_TRANSLATE		(1u << 7)
#define   T8020_TCR_BYPASS		(1u << 8)
#define T8020_TCR_END			0x140
#define T8020_TLB_CONFIG		0x180
#define T8020_TLB_CONFIG_END		0x1c0
#define T8020_TTBR			0x200
#define   T8020_TTBR_VALID		(1u << 31)
#define T8020_TTBR_END			0x300
#define T8020_NR_TTBRS			4

static bool is_stored(uint32_t offset)
{
	switch (offset) {
	case T8020_CONFIG:
	case 0x068: /* tunables */
	case 0x06c:
	case 0x0f0: /* DAPF lock; there is no DAPF */
	case 0x0f8: /* unknown, m1n1 writes 0 */
		return true;
	default:
		return offset >= T8020_TLB_CONFIG && offset < T8020_TLB_CONFIG_END;
	}
}

static void t8020_reset(struct dart *dart)
{
	unsigned int sid;

	for (sid = 0; sid < 16; sid++)
		dart->remap[sid] = sid;
	if (dart->config.locked)
		dart->shadow[T8020_CONFIG / 4] = T8020_CONFIG_LOCK;
}

static uint32_t read_remap(const struct dart *dart, uint32_t offset)
{
	const uint8_t *remap = &dart->remap[offset - T8020_REMAP];

	return remap[0] | remap[1] << 8 | remap[2] << 16 | (uint32_t)remap[3] << 24;
}

static uint32_t t8020_read(struct dart *dart, uint32_t offset)
{
	switch (offset) {
	case T8020_PARAMS1:
		return dart->config.page_shift << T8020_PARAMS1_PAGE_SHIFT;
	case T8020_PARAMS2:
		return T8020_PARAMS2_LOCK | (dart->config.bypass ? T8020_PARAMS2_BYPASS : 0);
	case T8020_COMMAND:
		return dart->command | (dart_command_busy(dart) ? T8020_COMMAND_BUSY : 0);
	case T8020_SELECT:
		return dart->select[0];
	case T8020_SELECT_HI:
		return 0; /* streams 32 and up: no such instance here */
	case T8020_ERROR:
		return dart->error;
	case T8020_ERROR_ADDR_LO:
		return (uint32_t)dart->error_addr;
	case T8020_ERROR_ADDR_HI:
		return dart->error_addr >> 32;
	case T8020_ENABLED:
		return dart->enabled[0];
	}
	if (is_stored(offset))
		return dart->shadow[offset / 4];
	if (offset >= T8020_REMAP && offset < T8020_REMAP_END)
		return read_remap(dart, offset);
	if (offset >= T8020_TCR && offset < T8020_TCR_END)
		return dart->tcr[(offset - T8020_TCR) / 4];
	if (offset >= T8020_TTBR && offset < T8020_TTBR_END)
		return dart->ttbr[(offset - T8020_TTBR) / 16][offset / 4 % T8020_NR_TTBRS];
	return dart_undefined(dart, offset);
}

static void write_command(struct dart *dart, uint32_t value)
{
	uint32_t select[DART_SID_WORDS] = { dart->select[0] };

	/* BUSY is read-only: a driver that writes back what it read is not to blame for it. */
	value &= ~T8020_COMMAND_BUSY;
	if (!dart_command_begin(dart, value))
		return;
	if (value & ~T8020_COMMAND_SET0)
		dart_violation(dart, DART_STAT_BAD_COMMAND, "unknown command 0x%x, ignored", value);
	else if (!value || !select[0])
		dart_violation(dart, DART_STAT_BAD_EMPTY,
			       "invalidate (0x%x) without a selected stream", value);
	else
		dart_invalidate(dart, select, NULL);
}

static bool refuse_locked(struct dart *dart, const char *what, uint32_t offset)
{
	if (!(dart->protect & DART_LOCKED))
		return false;
	dart_violation(dart, DART_STAT_BAD_LOCKED, "write to locked %s at 0x%x, ignored", what,
		       offset);
	return true;
}

static void write_tcr(struct dart *dart, uint32_t offset, uint32_t value)
{
	unsigned int sid = (offset - T8020_TCR) / 4;

	if (refuse_locked(dart, "TCR", offset))
		return;
	dart->tcr[sid] = value;
	dart_changed(dart);
	dart_check_mode(dart, sid, value & T8020_TCR_TRANSLATE, value & T8020_TCR_BYPASS);
}

static void write_ttbr(struct dart *dart, uint32_t offset, uint32_t value)
{
	unsigned int sid = (offset - T8020_TTBR) / 16;

	if (refuse_locked(dart, "TTBR", offset))
		return;
	dart->ttbr[sid][offset / 4 % T8020_NR_TTBRS] = value;
	dart_changed(dart);
	if (value & T8020_TTBR_VALID)
		dart_check_root(dart, sid, (uint64_t)(value & ~T8020_TTBR_VALID) << 12);
}

static void write_remap(struct dart *dart, uint32_t offset, uint32_t value)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		dart->remap[offset - T8020_REMAP + i] = value >> (8 * i) & 0xf;
	dart_changed(dart);
}

static void t8020_write(struct dart *dart, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case T8020_PARAMS1:
	case T8020_PARAMS2:
	case T8020_ERROR_ADDR_LO:
	case T8020_ERROR_ADDR_HI:
	case T8020_SELECT_HI:
		return;
	case T8020_COMMAND:
		write_command(dart, value);
		return;
	case T8020_SELECT:
		dart->select[0] = value & dart_sid_word(dart, 0);
		return;
	case T8020_ERROR:
		dart_error_clear(dart, value);
		return;
	case T8020_CONFIG:
		/* Sticky until reset. */
		dart->shadow[offset / 4] = value | (dart->shadow[offset / 4] & T8020_CONFIG_LOCK);
		if (value & T8020_CONFIG_LOCK)
			dart->protect |= DART_LOCKED;
		return;
	case T8020_ENABLED:
		dart->enabled[0] = value & dart_sid_word(dart, 0);
		dart_changed(dart);
		return;
	}
	if (is_stored(offset))
		dart->shadow[offset / 4] = value;
	else if (offset >= T8020_REMAP && offset < T8020_REMAP_END)
		write_remap(dart, offset, value);
	else if (offset >= T8020_TCR && offset < T8020_TCR_END)
		write_tcr(dart, offset, value);
	else if (offset >= T8020_TTBR && offset < T8020_TTBR_END)
		write_ttbr(dart, offset, value);
	else
		dart_undefined(dart, offset);
}

static void t8020_resolve(const struct dart *dart, unsigned int sid, struct dart_context *context)
{
	uint32_t tcr;

	context->id = dart->remap[sid];
	context->levels = 2;
	/* Two bits choose the TTBR. */
	context->va_bits = dart->config.page_shift + 2 * dart->index_bits + 2;
	tcr = dart->tcr[context->id];
	switch (tcr & (T8020_TCR_TRANSLATE | T8020_TCR_BYPASS)) {
	case T8020_TCR_TRANSLATE:
		context->mode = DART_MODE_TRANSLATE;
		break;
	case T8020_TCR_BYPASS:
		context->mode = dart->config.bypass ? DART_MODE_BYPASS : DART_MODE_BLOCKED;
		break;
	default:
		context->mode = DART_MODE_BLOCKED;
	}
}

static bool t8020_root(const struct dart *dart, unsigned int context, uint64_t va, uint64_t *table)
{
	unsigned int shift = dart->config.page_shift + 2 * dart->index_bits;
	uint32_t ttbr = dart->ttbr[context][va >> shift & (T8020_NR_TTBRS - 1)];

	*table = (uint64_t)(ttbr & ~T8020_TTBR_VALID) << 12;
	*table &= ~((1ull << dart->config.page_shift) - 1);
	return ttbr & T8020_TTBR_VALID;
}

static void t8020_boot(struct dart *dart, unsigned int sid, uint64_t table)
{
	dart->ttbr[sid][0] = (uint32_t)(table >> 12) | T8020_TTBR_VALID;
	dart->tcr[sid] = T8020_TCR_TRANSLATE;
}

const struct dart_front dart_t8020_front = {
	.fault_bits = {
		[DART_FAULT_NO_TTBR] = 1u << 0,
		[DART_FAULT_NO_L1] = 1u << 1,
		[DART_FAULT_NO_PTE] = 1u << 2,
		[DART_FAULT_WRITE] = 1u << 3,
		[DART_FAULT_READ] = 1u << 4,
		[DART_FAULT_DECODE] = 1u << 5,
		[DART_FAULT_REGION] = 1u << 7,
		[DART_FAULT_BLOCKED] = 1u << 11,
	},
	.command = T8020_COMMAND,
	.sid_shift = 24,
	.reset = t8020_reset,
	.read = t8020_read,
	.write = t8020_write,
	.boot = t8020_boot,
	.resolve = t8020_resolve,
	.root = t8020_root,
};
