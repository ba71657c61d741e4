// SPDX-License-Identifier: GPL-2.0
/*
 * DART model: page table walk, TLB and checks. The registers: dart_t8020.c, dart_t8110.c.
 *
 * The hardware's behaviour is known from the Asahi Linux project's reverse engineering (m1n1's
 * register definitions, the Linux driver); Apple documents none of it. Three things are choices:
 *
 * - The TLB is made of lines. A miss reads the aligned 64 bytes around the entry and keeps all
 *   eight entries, tables as well as pages, non-present ones included unless the configuration
 *   says otherwise. T8110's PARAMS1 has a field for the number of entries a line; that the hardware
 *   keeps non-present ones is not known, but every operating system invalidates after a map. So a
 *   driver that forgets to do that is found out by the first buffer that it maps beside one in use.
 *
 * - What the TLB holds is used even when the table says something else by now, as in hardware. Each
 *   such use is then a violation unless an invalidate of that context follows within the grace
 *   time: a driver that is between writing an entry and its invalidate is not to blame.
 *
 * - The first fault is kept until it is cleared; later ones are counted and lost.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "dart_internal.h"

/* Page table entries. @address_shift is from the physical address to the entry, to the right. */
struct dart_format {
	uint64_t address_mask;	/* in the entry */
	unsigned int address_shift;
	uint64_t no_read;
	uint64_t no_write;
	uint64_t subpage_off;	/* 0: the sub-page check cannot be switched off */
	unsigned int pa_width;	/* what the generation can reach; T8110 says less in PARAMS3 */
};

static const struct dart_format dart1_format = {
	.address_mask = 0x000000fffffff000ull,
	.no_read = 1ull << 8,
	.no_write = 1ull << 7,
	.subpage_off = 1ull << 1,
	.pa_width = 36,
};

static const struct dart_format dart2_format = {
	.address_mask = 0x0000003ffffffc00ull,
	.address_shift = 4,
	.no_read = 1ull << 3,
	.no_write = 1ull << 2,
	.pa_width = 42,
};

static const char *const dart_stat_names[DART_NR_STATS] = {
	[DART_STAT_READS] = "reads",
	[DART_STAT_WRITES] = "writes",
	[DART_STAT_UNDEFINED] = "undefined_registers",
	[DART_STAT_TRANSLATIONS] = "translations",
	[DART_STAT_TLB_HITS] = "tlb_hits",
	[DART_STAT_TLB_FILLS] = "tlb_fills",
	[DART_STAT_TLB_NEGATIVE_FILLS] = "tlb_negative_fills",
	[DART_STAT_TLB_EVICTIONS] = "tlb_evictions",
	[DART_STAT_WALKS] = "walks",
	[DART_STAT_WALK_READS] = "walk_reads",
	[DART_STAT_INVALIDATES] = "invalidates",
	[DART_STAT_INVALIDATED_STREAMS] = "invalidated_streams",
	[DART_STAT_INVALIDATED_RANGES] = "invalidated_ranges",
	[DART_STAT_BYPASSED] = "bypassed",
	[DART_STAT_REFUSED] = "refused",
	[DART_STAT_FAULTS] = "faults",
	[DART_STAT_FAULTS_DROPPED] = "faults_dropped",
	[DART_STAT_FAULTS_MASKED] = "faults_masked",
	[DART_STAT_FAULTS_INJECTED] = "faults_injected",
	[DART_STAT_FAULTS_QUIET] = "faults_quiet",
	[DART_STAT_STALE_USES] = "stale_uses",
	[DART_STAT_STALE_UNTRACKED] = "stale_untracked",
	[DART_STAT_BAD_SIZE] = "violation_size",
	[DART_STAT_BAD_LOCKED] = "violation_locked",
	[DART_STAT_BAD_BUSY] = "violation_busy",
	[DART_STAT_BAD_EMPTY] = "violation_empty",
	[DART_STAT_BAD_COMMAND] = "violation_command",
	[DART_STAT_BAD_MODE] = "violation_mode",
	[DART_STAT_BAD_BYPASS] = "violation_bypass",
	[DART_STAT_BAD_STALE] = "violation_stale",
	[DART_STAT_BAD_RANGE] = "violation_range",
	[DART_STAT_BAD_ALIGN] = "violation_align",
	[DART_STAT_BAD_WINDOW] = "violation_window",
};

/* One translation on its way through the tables. */
struct dart_walk {
	const struct dart_context *context;
	uint64_t va;			/* without the bits that take no part */
	uint64_t path[DART_MAX_LEVELS];
	unsigned int depth;		/* path[depth] is the table in hand */
	bool fetched;			/* memory was read */
};

static void count(struct dart *dart, enum dart_stat stat)
{
	stat_inc(&dart->stat[stat]);
}

/**
 * dart_page_size() - the size of a page and of a table
 * @dart: the instance
 *
 * Return: bytes; never changes.
 */
uint64_t dart_page_size(const struct dart *dart)
{
	return 1ull << dart->config.page_shift;
}

/* Bytes of address space that one entry at @height covers, as a shift. */
static unsigned int entry_shift(const struct dart *dart, unsigned int height)
{
	return dart->config.page_shift + height * dart->index_bits;
}

static uint64_t entry_index(const struct dart *dart, uint64_t va, unsigned int height)
{
	return (va >> entry_shift(dart, height)) & ((1ull << dart->index_bits) - 1);
}

static unsigned int entry_slot(const struct dart *dart, uint64_t va, unsigned int height)
{
	return (va >> entry_shift(dart, height)) % DART_LINE_ENTRIES;
}

/* The address in @entry as it stands there, low bits and all. */
static uint64_t entry_address(const struct dart *dart, uint64_t entry)
{
	return (entry & dart->format->address_mask) << dart->format->address_shift;
}

static uint64_t entry_page(const struct dart *dart, uint64_t entry)
{
	return entry_address(dart, entry) & ~(dart_page_size(dart) - 1);
}

/* Two values of one entry that hardware cannot tell apart. */
static bool entry_same(const struct dart *dart, unsigned int height, uint64_t a, uint64_t b)
{
	if ((a ^ b) & DART_ENTRY_VALID)
		return false;
	if (!(a & DART_ENTRY_VALID))
		return true;
	return height ? entry_page(dart, a) == entry_page(dart, b) : a == b;
}

/*
 * Memory that holds entries: NULL where none is. The entries are loaded one by one as 64-bit
 * atoms, because the guest changes them at any time.
 */
static const uint64_t *entries_at(const struct dart *dart, uint64_t pa, uint64_t len)
{
	void *ptr;

	if ((pa + len - 1) >> dart->pa_width)
		return NULL;
	ptr = mem_ptr(dart->mem, pa, len, false);
	if ((uintptr_t)ptr % sizeof(uint64_t))
		return NULL;
	return ptr;
}

static uint64_t entry_load(const uint64_t *entry)
{
	return le64toh(__atomic_load_n(entry, __ATOMIC_ACQUIRE));
}

/* Staleness */

static void report_stale(struct dart *dart, const struct dart_pending *stale)
{
	dart_violation(dart, DART_STAT_BAD_STALE,
		       "context %u used a stale %s for DVA 0x%" PRIx64 ", not invalidated in time",
		       stale->context, stale->what, stale->dva);
}

static void expire_pending(struct dart *dart)
{
	uint64_t grace_ns = dart->config.stale_grace_ms * 1000000ull;
	unsigned int i, n_kept = 0;
	uint64_t now;

	if (!dart->nr_pending)
		return;
	now = now_ns();
	for (i = 0; i < dart->nr_pending; i++) {
		if (now - dart->pending[i].since_ns >= grace_ns)
			report_stale(dart, &dart->pending[i]);
		else
			dart->pending[n_kept++] = dart->pending[i];
	}
	dart->nr_pending = n_kept;
}

static void forget_pending(struct dart *dart, const uint32_t *select,
			   const struct dart_va_range *range)
{
	unsigned int i, n_kept = 0;

	for (i = 0; i < dart->nr_pending; i++) {
		unsigned int id = dart->pending[i].context;
		uint64_t dva = dart->pending[i].dva;

		if (!(select[id / 32] >> (id % 32) & 1) ||
		    dva + dart_page_size(dart) - 1 < range->first || dva > range->last)
			dart->pending[n_kept++] = dart->pending[i];
	}
	dart->nr_pending = n_kept;
}

static void add_pending(struct dart *dart, const struct dart_walk *walk, const char *what)
{
	struct dart_pending stale = {
		.dva = walk->va & ~(dart_page_size(dart) - 1),
		.context = walk->context->id,
		.what = what,
	};

	if (!dart->config.stale_grace_ms) {
		report_stale(dart, &stale);
	} else if (dart->nr_pending == DART_MAX_PENDING) {
		count(dart, DART_STAT_STALE_UNTRACKED);
	} else {
		stale.since_ns = now_ns();
		dart->pending[dart->nr_pending++] = stale;
	}
}

static const char *stale_entry_name(unsigned int height, uint64_t cached)
{
	if (!(cached & DART_ENTRY_VALID))
		return height ? "non-present table entry" : "non-present page entry";
	return height ? "table entry" : "page entry";
}

/*
 * Compares the way to @line, and the line's entry for the walk, with the registers and the memory
 * of now. Returns NULL when they agree, otherwise what it is that does not.
 */
static const char *find_stale(const struct dart *dart, const struct dart_walk *walk,
			      const struct dart_line *line)
{
	unsigned int slot = entry_slot(dart, walk->va, line->height);
	unsigned int height = walk->context->levels - 1, depth;
	const uint64_t *entry;
	uint64_t table, value;

	if (line->depth + line->height != height)
		return "table depth";
	if (!dart->front->root(dart, walk->context->id, walk->va, &table) || table != line->path[0])
		return "TTBR";

	for (depth = 0; depth < line->depth; depth++, height--) {
		entry = entries_at(dart, table + 8 * entry_index(dart, walk->va, height), 8);
		value = entry ? entry_load(entry) : 0;
		table = entry_page(dart, value);
		if (!(value & DART_ENTRY_VALID) || table != line->path[depth + 1])
			return stale_entry_name(height, DART_ENTRY_VALID);
	}

	entry = entries_at(dart, table + 8 * entry_index(dart, walk->va, height), 8);
	if (!entry || !entry_same(dart, height, entry_load(entry), line->entry[slot]))
		return stale_entry_name(height, line->entry[slot]);
	return NULL;
}

/* Once a cached entry: a frame that is scanned out through one stale page makes one report. */
static void check_stale(struct dart *dart, const struct dart_walk *walk, struct dart_line *line)
{
	unsigned int bit = 1u << entry_slot(dart, walk->va, line->height);
	const char *what = find_stale(dart, walk, line);

	if (!what)
		return;
	count(dart, DART_STAT_STALE_USES);
	if (line->reported & bit)
		return;
	line->reported |= bit;
	add_pending(dart, walk, what);
}

/* TLB */

static uint64_t line_index(const struct dart *dart, uint64_t va, unsigned int height)
{
	return (va >> entry_shift(dart, height)) / DART_LINE_ENTRIES;
}

static unsigned int line_set(const struct dart_walk *walk, unsigned int height, uint64_t index)
{
	uint64_t hash = index ^ (index >> 6) ^ (index >> 12);

	return (hash + walk->context->id * 13 + height * 29) % DART_TLB_SETS;
}

static struct dart_line *tlb_find(struct dart *dart, const struct dart_walk *walk,
				  unsigned int height)
{
	uint64_t index = line_index(dart, walk->va, height);
	unsigned int set = line_set(walk, height, index), way;

	for (way = 0; way < DART_TLB_WAYS; way++) {
		struct dart_line *line = &dart->tlb[set][way];

		if (line->valid && line->index == index && line->height == height &&
		    line->context == walk->context->id)
			return line;
	}
	return NULL;
}

/* The line whose entry for the walk may be used without a look at memory; NULL: read memory. */
static struct dart_line *tlb_lookup(struct dart *dart, const struct dart_walk *walk,
				    unsigned int height)
{
	struct dart_line *line = tlb_find(dart, walk, height);

	if (!line || !(line->cached >> entry_slot(dart, walk->va, height) & 1))
		return NULL;
	return line;
}

static struct dart_line *tlb_victim(struct dart *dart, unsigned int set)
{
	unsigned int way;

	for (way = 0; way < DART_TLB_WAYS; way++)
		if (!dart->tlb[set][way].valid)
			return &dart->tlb[set][way];

	count(dart, DART_STAT_TLB_EVICTIONS);
	way = dart->victim[set]++ % DART_TLB_WAYS;
	return &dart->tlb[set][way];
}

/* An empty line for the walk's table, or the one that was read from the same table before. */
static struct dart_line *tlb_allocate(struct dart *dart, const struct dart_walk *walk,
				      unsigned int height)
{
	struct dart_line *line = tlb_find(dart, walk, height);
	size_t path_size = (walk->depth + 1) * sizeof(walk->path[0]);

	if (line && line->depth == walk->depth && !memcmp(line->path, walk->path, path_size))
		return line;
	if (!line) {
		uint64_t index = line_index(dart, walk->va, height);

		line = tlb_victim(dart, line_set(walk, height, index));
	}
	*line = (struct dart_line){
		.valid = true,
		.height = height,
		.depth = walk->depth,
		.context = walk->context->id,
		.index = line_index(dart, walk->va, height),
	};
	memcpy(line->path, walk->path, path_size);
	return line;
}

/* Reads the line around the walk's entry; NULL if the table in hand is not in memory. */
static struct dart_line *tlb_fill(struct dart *dart, struct dart_walk *walk, unsigned int height)
{
	uint64_t first = entry_index(dart, walk->va, height) & ~(DART_LINE_ENTRIES - 1ull);
	uint64_t pa = walk->path[walk->depth] + first * sizeof(uint64_t);
	struct dart_line *line;
	const uint64_t *entry;
	unsigned int i;

	walk->fetched = true;
	count(dart, DART_STAT_WALK_READS);
	entry = entries_at(dart, pa, DART_LINE_ENTRIES * sizeof(*entry));
	if (!entry) {
		dart_violation(dart, DART_STAT_BAD_RANGE,
			       "context %u: table at 0x%" PRIx64 " for DVA 0x%" PRIx64
			       " is not in memory",
			       walk->context->id, walk->path[walk->depth], walk->va);
		return NULL;
	}

	line = tlb_allocate(dart, walk, height);
	for (i = 0; i < DART_LINE_ENTRIES; i++) {
		if (line->cached >> i & 1)
			continue;
		line->entry[i] = entry_load(&entry[i]);
		line->reported &= ~(1u << i);
		if ((line->entry[i] & DART_ENTRY_VALID) || !dart->config.no_negative_cache)
			line->cached |= 1u << i;
	}
	return line;
}

/* Is an entry of @line, of whatever level, on the way to an address in @range? */
static bool line_in_range(const struct dart *dart, const struct dart_line *line,
			  const struct dart_va_range *range)
{
	return line->index >= line_index(dart, range->first, line->height) &&
	       line->index <= line_index(dart, range->last, line->height);
}

/**
 * dart_invalidate() - drop what the TLB knows of some contexts
 * @dart: the instance, locked
 * @select: bitmap of context SIDs, DART_SID_WORDS words; bits above num_sids must be 0
 * @range: addresses that it is about; NULL: all
 *
 * Masters with translations of their own drop all of a context's.
 */
void dart_invalidate(struct dart *dart, const uint32_t *select, const struct dart_va_range *range)
{
	static const struct dart_va_range all = { 0, UINT64_MAX };
	struct dart_line *line = &dart->tlb[0][0];
	unsigned int i, n_streams = 0;

	for (i = 0; i < DART_SID_WORDS; i++)
		n_streams += (unsigned int)__builtin_popcount(select[i]);
	if (range)
		count(dart, DART_STAT_INVALIDATED_RANGES);
	else
		range = &all;
	for (i = 0; i < DART_TLB_SETS * DART_TLB_WAYS; i++, line++)
		if (select[line->context / 32] >> (line->context % 32) & 1 &&
		    line_in_range(dart, line, range))
			line->valid = false;

	dart_tell_listeners(dart, select);
	forget_pending(dart, select, range);
	count(dart, DART_STAT_INVALIDATES);
	stat_add(&dart->stat[DART_STAT_INVALIDATED_STREAMS], n_streams);
}

/* Walk */

static enum dart_fault missing(unsigned int height)
{
	static const enum dart_fault faults[DART_MAX_LEVELS] = {
		DART_FAULT_NO_PTE, DART_FAULT_NO_L1, DART_FAULT_NO_L0,
	};

	return faults[height];
}

static void check_alignment(struct dart *dart, const struct dart_walk *walk, uint64_t entry)
{
	if (entry_address(dart, entry) != entry_page(dart, entry))
		dart_violation(dart, DART_STAT_BAD_ALIGN,
			       "context %u: entry 0x%" PRIx64 " for DVA 0x%" PRIx64
			       " has an address inside a page",
			       walk->context->id, entry, walk->va);
}

/* One step: the entry at @height, from the TLB or from the table in hand. */
static enum dart_fault walk_step(struct dart *dart, struct dart_walk *walk, unsigned int height,
				 uint64_t *entry)
{
	struct dart_line *line = tlb_lookup(dart, walk, height);
	bool cached = line;

	if (cached)
		check_stale(dart, walk, line);
	else
		line = tlb_fill(dart, walk, height);
	if (!line)
		return DART_FAULT_DECODE;

	/* What is below a cached entry was reached by its way, not by the registers of now. */
	memcpy(walk->path, line->path, sizeof(walk->path));
	walk->depth = line->depth;
	*entry = line->entry[entry_slot(dart, walk->va, height)];
	if (!(*entry & DART_ENTRY_VALID))
		return missing(height);
	if (!cached)
		check_alignment(dart, walk, *entry);
	return DART_FAULT_NONE;
}

static enum dart_fault walk_tables(struct dart *dart, struct dart_walk *walk, uint64_t *leaf)
{
	unsigned int height = walk->context->levels - 1;
	enum dart_fault fault;

	/* A page that is cached needs neither the registers nor the tables above it. */
	if (tlb_lookup(dart, walk, 0))
		return walk_step(dart, walk, 0, leaf);

	if (!dart->front->root(dart, walk->context->id, walk->va, &walk->path[0]))
		return DART_FAULT_NO_TTBR;
	for (;; height--) {
		fault = walk_step(dart, walk, height, leaf);
		if (fault || !height)
			return fault;
		walk->path[++walk->depth] = entry_page(dart, *leaf);
	}
}

static void count_walk(struct dart *dart, const struct dart_walk *walk, enum dart_fault fault)
{
	if (!walk->fetched) {
		/* Without a valid TTBR there is nothing to look up. */
		if (fault != DART_FAULT_NO_TTBR)
			count(dart, DART_STAT_TLB_HITS);
		return;
	}
	count(dart, DART_STAT_WALKS);
	if (!fault)
		count(dart, DART_STAT_TLB_FILLS);
	else if (fault != DART_FAULT_DECODE && !dart->config.no_negative_cache)
		count(dart, DART_STAT_TLB_NEGATIVE_FILLS);
}

/* The sub-page window of a page entry, [@start, @end) in bytes; fields count 1/4096 of a page. */
static void leaf_window(const struct dart *dart, uint64_t leaf, uint64_t *start, uint64_t *end)
{
	unsigned int unit_shift = dart->config.page_shift - 12;

	*start = 0;
	*end = dart_page_size(dart);
	if (leaf & dart->format->subpage_off)
		return;
	*start = (leaf >> 52) << unit_shift;
	*end = ((leaf >> 40 & 0xfff) + 1) << unit_shift;
}

static enum dart_fault leaf_access(struct dart *dart, const struct dart_walk *walk, uint64_t leaf,
				   bool write, uint64_t *pa, uint64_t *span)
{
	uint64_t offset = walk->va & (dart_page_size(dart) - 1), start, end;

	if (write && (leaf & dart->format->no_write))
		return DART_FAULT_WRITE;
	if (!write && (leaf & dart->format->no_read))
		return DART_FAULT_READ;
	leaf_window(dart, leaf, &start, &end);
	if (offset < start || offset >= end)
		return DART_FAULT_REGION;

	*pa = entry_page(dart, leaf) + offset;
	*span = end - offset;
	if (*pa >> dart->pa_width || !mem_ptr(dart->mem, *pa, 1, write)) {
		dart_violation(dart, DART_STAT_BAD_RANGE,
			       "context %u: DVA 0x%" PRIx64 " is mapped to 0x%" PRIx64
			       ", which is no %smemory",
			       walk->context->id, walk->va, *pa, write ? "writable " : "");
		return DART_FAULT_DECODE;
	}
	return DART_FAULT_NONE;
}

/* Two-level tables of 16 KiB pages translate 36 bits; what is known of T8020 says 32. */
static unsigned int window_bits(const struct dart *dart)
{
	if (dart->config.generation != DART_T8110)
		return 32;
	return dart->config.va_width < 36 ? dart->config.va_width : 36;
}

/**
 * dart_walked() - the part of an address that a walk uses
 * @dart: the instance
 * @dva: address as a master emits it
 *
 * Return: @dva; without its high bits if the instance has a window.
 */
uint64_t dart_walked(const struct dart *dart, uint64_t dva)
{
	return dart->config.window_size ? dva & ((1ull << window_bits(dart)) - 1) : dva;
}

static bool outside_window(struct dart *dart, unsigned int sid, uint64_t dva)
{
	if (!dart->config.window_size || dva - dart->config.window_base < dart->config.window_size)
		return false;
	dart_violation(dart, DART_STAT_BAD_WINDOW,
		       "stream %u: DVA 0x%" PRIx64 " is outside the masters' window", sid, dva);
	return true;
}

static enum dart_fault translate(struct dart *dart, const struct dart_context *context,
				 uint64_t dva, bool write, uint64_t *pa, uint64_t *span)
{
	struct dart_walk walk = {
		.context = context,
		.va = dart_walked(dart, dva) & ((1ull << context->va_bits) - 1),
	};
	enum dart_fault fault;
	uint64_t leaf;

	fault = walk_tables(dart, &walk, &leaf);
	count_walk(dart, &walk, fault);
	if (fault)
		return fault;
	return leaf_access(dart, &walk, leaf, write, pa, span);
}

static enum dart_fault bypass(struct dart *dart, uint64_t dva, bool write, uint64_t *pa,
			      uint64_t *span)
{
	count(dart, DART_STAT_BYPASSED);
	*pa = dva;
	*span = dart_page_size(dart) - (dva & (dart_page_size(dart) - 1));
	return mem_ptr(dart->mem, dva, 1, write) ? DART_FAULT_NONE : DART_FAULT_DECODE;
}

/* Faults */

static void update_irq(struct dart *dart)
{
	uint32_t level = dart->error;
	unsigned int i;

	/* T8110 holds the line until both are clear; the words stay 0 on T8020. */
	for (i = 0; i < DART_SID_WORDS; i++)
		level |= dart->error_streams[i];
	if (dart->irq)
		irq_set(dart->irq, level);
}

static void latch_fault(struct dart *dart, enum dart_fault fault, unsigned int sid, uint64_t dva,
			bool write)
{
	const struct dart_front *front = dart->front;
	uint32_t code = front->fault_bits[fault];

	count(dart, DART_STAT_FAULTS);
	if (code & dart->error_mask) {
		count(dart, DART_STAT_FAULTS_MASKED);
		return;
	}
	if (front->error_streams)
		dart->error_streams[sid / 32] |= 1u << (sid % 32);
	if (dart->error & DART_ERROR_FLAG) {
		count(dart, DART_STAT_FAULTS_DROPPED);
	} else {
		dart->error = DART_ERROR_FLAG | sid << front->sid_shift | code;
		if (write)
			dart->error |= front->write_bit;
		dart->error_addr = dva;
	}
	update_irq(dart);
}

/* ERROR is write-1-to-clear, bit by bit; the interrupt stays up until nothing of it is left. */
void dart_error_clear(struct dart *dart, uint32_t bits)
{
	dart->error &= ~bits;
	update_irq(dart);
}

void dart_error_streams_clear(struct dart *dart, unsigned int word, uint32_t bits)
{
	dart->error_streams[word] &= ~bits;
	update_irq(dart);
}

/* Registers: what the two fronts share */

/* Bits of the SIDs that exist, in word @word of a bitmap. */
uint32_t dart_sid_word(const struct dart *dart, unsigned int word)
{
	unsigned int n_sids = dart->config.num_sids;

	if (n_sids >= 32 * (word + 1))
		return ~0u;
	return n_sids <= 32 * word ? 0 : (1u << (n_sids % 32)) - 1;
}

/* Counts the first touch of a register that does not exist; returns what it reads as. */
uint32_t dart_undefined(struct dart *dart, uint32_t offset)
{
	if (!dart->touched[offset / 4]) {
		dart->touched[offset / 4] = true;
		count(dart, DART_STAT_UNDEFINED);
		stats_note(dart->stats, dart->name, "no register at 0x%x", offset);
	}
	return 0;
}

/*
 * A command that comes before a read has shown the previous one to be done is ignored. Commands
 * take effect at once; only their BUSY bit pretends to need time, so that a driver which does not
 * poll is visible. Masters with translations of their own do need time.
 */
bool dart_command_begin(struct dart *dart, uint32_t value)
{
	if (dart->command_unseen) {
		dart_violation(dart, DART_STAT_BAD_BUSY,
			       "command 0x%x while the previous one (0x%x) may be busy, ignored",
			       value, dart->command);
		return false;
	}
	dart->command = value;
	dart->command_unseen = true;
	dart->busy_polls = dart->stall ? dart->stall : 1;
	dart->stall = 0;
	return true;
}

bool dart_command_busy(struct dart *dart)
{
	for (struct dart_listener *l = dart->listeners; dart->command_unseen && l; l = l->next)
		if (!l->settled(l->opaque, 0))
			return true;
	if (dart->busy_polls) {
		dart->busy_polls--;
		return true;
	}
	dart->command_unseen = false;
	return false;
}

void dart_check_mode(struct dart *dart, unsigned int sid, bool translate_on, bool bypass_on)
{
	if (translate_on && bypass_on)
		dart_violation(dart, DART_STAT_BAD_MODE,
			       "TCR of stream %u asks for translation and bypass, blocked", sid);
	if (bypass_on && !dart->config.bypass)
		dart_violation(dart, DART_STAT_BAD_BYPASS,
			       "TCR of stream %u asks for bypass, which is not there, blocked",
			       sid);
}

void dart_check_root(struct dart *dart, unsigned int sid, uint64_t table)
{
	if (table & (dart_page_size(dart) - 1))
		dart_violation(dart, DART_STAT_BAD_ALIGN,
			       "TTBR of stream %u: table at 0x%" PRIx64 " is not aligned to a page",
			       sid, table);
}

static bool access_valid(struct dart *dart, const char *what, uint64_t offset, unsigned int size)
{
	if (size != 4 || offset % 4 || offset >= DART_WINDOW) {
		dart_violation(dart, DART_STAT_BAD_SIZE,
			       "%s of %u bytes at 0x%" PRIx64
			       " is no 32-bit register access, ignored",
			       what, size, offset);
		return false;
	}
	return true;
}

static uint64_t dart_bus_read(void *opaque, uint64_t offset, unsigned int size)
{
	struct dart *dart = opaque;
	uint32_t value = 0;

	if (offset == dart->front->command)
		dart_settle_listeners(dart);
	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	count(dart, DART_STAT_READS);
	if (access_valid(dart, "read", offset, size))
		value = dart->front->read(dart, (uint32_t)offset);
	pthread_mutex_unlock(&dart->lock);
	return value;
}

static void dart_bus_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	struct dart *dart = opaque;

	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	count(dart, DART_STAT_WRITES);
	if (access_valid(dart, "write", offset, size))
		dart->front->write(dart, (uint32_t)offset, (uint32_t)value);
	pthread_mutex_unlock(&dart->lock);
}

const struct bus_ops dart_bus_ops = {
	.read = dart_bus_read,
	.write = dart_bus_write,
};

/* Life */

static const char *config_error(const struct dart_config *config)
{
	bool t8110 = config->generation == DART_T8110;

	if (!config->name || !*config->name)
		return "no name";
	if (config->generation > DART_T8110)
		return "unknown generation";
	if (config->page_shift != 12 && config->page_shift != 14)
		return "the page shift is neither 12 nor 14";
	if (config->page_shift == 12 && config->generation != DART_T8020_DART1)
		return "DART2 entries cannot address 4K pages";
	if (!t8110 && config->num_sids != 16)
		return "a T8020 instance has 16 streams";
	if (config->num_sids < 1 || config->num_sids > DART_MAX_SIDS)
		return "the number of streams is not 1 to 256";
	if (t8110 && (config->pa_width < 32 || config->pa_width > 42))
		return "the PA width is not 32 to 42";
	if (t8110 && (config->va_width < 32 || config->va_width > 42))
		return "the VA width is not 32 to 42";
	return NULL;
}

static void reset_locked(struct dart *dart)
{
	memset(dart->tcr, 0, sizeof(dart->tcr));
	memset(dart->ttbr, 0, sizeof(dart->ttbr));
	memset(dart->enabled, 0, sizeof(dart->enabled));
	memset(dart->select, 0, sizeof(dart->select));
	memset(dart->remap, 0, sizeof(dart->remap));
	dart->protect = dart->config.locked ? DART_LOCKED : 0;
	dart->protect_lock = false;
	dart->command = 0;
	dart->error = 0;
	dart->error_mask = 0;
	dart->error_addr = 0;
	memset(dart->error_streams, 0, sizeof(dart->error_streams));
	dart->command_unseen = false;
	dart->busy_polls = 0;
	memset(dart->shadow, 0, sizeof(dart->shadow));
	memset(dart->tlb, 0, sizeof(dart->tlb));
	memset(dart->victim, 0, sizeof(dart->victim));
	dart->nr_pending = 0;
	memset(dart->inject, 0, sizeof(dart->inject));
	dart->inject_any = 0;
	dart->stall = 0;
	dart->front->reset(dart);
	dart_changed(dart);
	update_irq(dart);
}

/**
 * dart_reset() - hardware reset of an instance
 * @dart: the instance
 *
 * All streams are blocked and disabled, locks are as configured, nothing is cached and no fault is
 * pending. Counters go on. Stale entries whose grace has passed are reported first, the others
 * forgotten. Takes the instance's lock; any thread.
 */
void dart_reset(struct dart *dart)
{
	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	reset_locked(dart);
	pthread_mutex_unlock(&dart->lock);
}

/**
 * dart_create() - make an instance in its reset state
 * @config: what it is; copied, the name too
 * @mem: guest memory, must outlive the instance
 * @irq: its contribution to an interrupt line, or NULL
 * @stats: where its counters go, under @config->name; must outlive the instance
 *
 * Return: the instance, or NULL after one line on stderr if no hardware has such a configuration or
 * there is no memory for it.
 */
struct dart *dart_create(const struct dart_config *config, struct mem *mem, struct irq_source *irq,
			 struct stats *stats)
{
	const char *error = config_error(config);
	struct dart *dart;
	unsigned int i;

	if (error) {
		fprintf(stderr, "vsoc: %s: %s\n", config->name ? config->name : "DART", error);
		return NULL;
	}
	dart = calloc(1, sizeof(*dart));
	if (!dart)
		goto err_report;
	dart->name = strdup(config->name);
	if (!dart->name)
		goto err_free_dart;

	pthread_mutex_init(&dart->lock, NULL);
	dart->config = *config;
	dart->config.name = dart->name;
	dart->mem = mem;
	dart->irq = irq;
	dart->stats = stats;
	dart->front = config->generation == DART_T8110 ? &dart_t8110_front : &dart_t8020_front;
	dart->format = config->generation == DART_T8020_DART1 ? &dart1_format : &dart2_format;
	dart->index_bits = config->page_shift - 3;
	dart->pa_width = dart->format->pa_width;
	if (config->generation == DART_T8110)
		dart->pa_width = config->pa_width;
	for (i = 0; i < DART_NR_STATS; i++)
		stats_register(stats, dart->name, dart_stat_names[i], &dart->stat[i]);
	reset_locked(dart);
	return dart;

err_free_dart:
	free(dart);
err_report:
	fprintf(stderr, "vsoc: %s: out of memory\n", config->name);
	return NULL;
}

/**
 * dart_destroy() - free an instance
 * @dart: the instance, or NULL; nobody may use it any more
 *
 * Lowers its interrupt and takes its counters out of the statistics.
 */
void dart_destroy(struct dart *dart)
{
	if (!dart)
		return;
	if (dart->irq)
		irq_set(dart->irq, false);
	stats_unregister_group(dart->stats, dart->name);
	pthread_mutex_destroy(&dart->lock);
	free(dart->name);
	free(dart);
}

/* Translation */

static bool injected(struct dart *dart, unsigned int sid)
{
	unsigned int *left = dart->inject[sid] ? &dart->inject[sid] : &dart->inject_any;

	if (!*left)
		return false;
	(*left)--;
	count(dart, DART_STAT_FAULTS_INJECTED);
	return true;
}

/* @sid exists. */
static enum dart_fault reach_memory(struct dart *dart, unsigned int sid, uint64_t dva, bool write,
				    uint64_t *pa, uint64_t *span)
{
	struct dart_context context = { 0 };

	count(dart, DART_STAT_TRANSLATIONS);
	if (!(dart->enabled[sid / 32] >> (sid % 32) & 1))
		return DART_FAULT_BLOCKED;

	if (outside_window(dart, sid, dva))
		return DART_FAULT_NO_PTE;
	dart->front->resolve(dart, sid, &context);
	switch (context.mode) {
	case DART_MODE_TRANSLATE:
		return translate(dart, &context, dva, write, pa, span);
	case DART_MODE_BYPASS:
		return bypass(dart, dva, write, pa, span);
	default:
		return DART_FAULT_BLOCKED;
	}
}

static enum dart_fault access_memory(struct dart *dart, unsigned int sid, uint64_t dva, bool write,
				     uint64_t *pa, uint64_t *span)
{
	if (sid >= dart->config.num_sids) {
		/* A board that is wired so; no register has a bit for such a stream. */
		count(dart, DART_STAT_TRANSLATIONS);
		stats_note(dart->stats, dart->name, "stream %u does not exist", sid);
		return DART_FAULT_BLOCKED;
	}
	if (injected(dart, sid)) {
		count(dart, DART_STAT_TRANSLATIONS);
		return DART_FAULT_NO_PTE;
	}
	return reach_memory(dart, sid, dva, write, pa, span);
}

/* The way out of the SoC is shut: no access gets as far as the tables, no error is latched. */
static bool refused(struct dart *dart, uint64_t dva, bool write)
{
	if (mem_gate_open(dart->mem))
		return false;
	/* Fails for any address, and tells whoever wants to know. */
	mem_ptr(dart->mem, dva, 1, write);
	count(dart, DART_STAT_REFUSED);
	return true;
}

/**
 * dart_translate() - one access of a master
 * @dart: the instance
 * @sid: the stream that the master emits
 * @dva: its address, all 64 bits as emitted
 * @write: a write, otherwise a read
 * @pa: gets the guest physical address; at least that byte is in guest memory
 * @span: gets the bytes from @dva to the end of the page or of its sub-page window
 *
 * On a fault the error is latched (unless one is pending or masked) and the interrupt raised. Not
 * so while the gate of guest memory is shut: then every access fails and nothing else happens.
 * Any thread; takes the instance's lock. The caller holds mem_lock().
 *
 * Return: 0, or -EFAULT; *@pa and *@span are then undefined.
 */
int dart_translate(struct dart *dart, unsigned int sid, uint64_t dva, bool write, uint64_t *pa,
		   uint64_t *span)
{
	enum dart_fault fault;

	if (refused(dart, dva, write))
		return -EFAULT;

	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	fault = access_memory(dart, sid, dva, write, pa, span);
	if (fault)
		latch_fault(dart, fault, sid < dart->config.num_sids ? sid : 0, dva, write);
	pthread_mutex_unlock(&dart->lock);
	return fault ? -EFAULT : 0;
}

/**
 * dart_try() - one access of a master that reports faults by itself
 * @dart: the instance
 * @sid: the stream that the master emits
 * @dva: its address
 * @write: a write, otherwise a read
 * @pa: gets the guest physical address
 * @span: gets the bytes from @dva to the end of the page or of its sub-page window
 *
 * As dart_translate(), but nothing is latched and no interrupt raised.
 *
 * Return: 0, or -EFAULT.
 */
int dart_try(struct dart *dart, unsigned int sid, uint64_t dva, bool write, uint64_t *pa,
	     uint64_t *span)
{
	enum dart_fault fault;

	if (refused(dart, dva, write))
		return -EFAULT;

	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	fault = access_memory(dart, sid, dva, write, pa, span);
	if (fault)
		count(dart, DART_STAT_FAULTS_QUIET);
	pthread_mutex_unlock(&dart->lock);
	return fault ? -EFAULT : 0;
}

/* What dart_probe() says of a fault. */
static int probe_error(enum dart_fault fault)
{
	switch (fault) {
	case DART_FAULT_BLOCKED:
	case DART_FAULT_NO_TTBR:
		return -EACCES;
	case DART_FAULT_DECODE:
		return -EIO;
	default:
		return -EFAULT;
	}
}

static int probe_locked(struct dart *dart, unsigned int sid, uint64_t dva, unsigned int *access,
			uint64_t *pa, uint64_t *span)
{
	enum dart_fault fault;

	if (sid >= dart->config.num_sids)
		return -EACCES;
	if (injected(dart, sid))
		return -EIO;
	fault = reach_memory(dart, sid, dva, false, pa, span);
	if (!fault)
		*access |= DART_READ;
	else if (fault != DART_FAULT_READ)
		return probe_error(fault);
	if (!reach_memory(dart, sid, dva, true, pa, span))
		*access |= DART_WRITE;
	return *access ? 0 : -EFAULT;
}

/**
 * dart_probe() - what a master that keeps translations may do at an address
 * @dart: the instance
 * @sid: the stream that the master emits
 * @dva: address
 * @access: gets the DART_READ and DART_WRITE that are allowed
 * @pa: gets the guest physical address
 * @span: gets the bytes from @dva to the end of the page or of its sub-page window
 *
 * Latches nothing. A master that keeps the answer must be a listener. Any thread; takes the
 * instance's lock. The caller holds mem_lock().
 *
 * Return: 0; -EFAULT if nothing is mapped; -EACCES if the stream may not access memory at all; -EIO
 * if what is mapped, or a table, is no memory, and for an injected fault.
 */
int dart_probe(struct dart *dart, unsigned int sid, uint64_t dva, unsigned int *access,
	       uint64_t *pa, uint64_t *span)
{
	int ret;

	*access = 0;
	if (refused(dart, dva, false))
		return -EACCES;

	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	ret = probe_locked(dart, sid, dva, access, pa, span);
	if (ret)
		count(dart, DART_STAT_FAULTS_QUIET);
	pthread_mutex_unlock(&dart->lock);
	return ret;
}

unsigned int dart_num_sids(const struct dart *dart)
{
	return dart->config.num_sids;
}

/**
 * dart_entry() - make an entry of the instance's format
 * @dart: the instance
 * @pa: of a page or a table
 * @leaf: a page that may be read and written, without sub-page limits; otherwise a table
 *
 * Return: the entry, as a number.
 */
uint64_t dart_entry(const struct dart *dart, uint64_t pa, bool leaf)
{
	uint64_t entry = (pa >> dart->format->address_shift & dart->format->address_mask) |
			 DART_ENTRY_VALID;

	return leaf ? entry | dart->format->subpage_off | 0xfffull << 40 : entry;
}

/**
 * dart_entry_pa() - where an entry points to
 * @dart: the instance
 * @entry: valid
 *
 * Return: the address of the page or the table.
 */
uint64_t dart_entry_pa(const struct dart *dart, uint64_t entry)
{
	return entry_page(dart, entry);
}

/**
 * dart_boot() - what firmware does to a stream before it locks the instance
 * @dart: the instance
 * @sid: below num_sids
 * @root: first table of two levels, a multiple of the page size
 *
 * The stream is enabled and translates; the lock stays as it is. Takes the instance's lock.
 */
void dart_boot(struct dart *dart, unsigned int sid, uint64_t root)
{
	pthread_mutex_lock(&dart->lock);
	dart->enabled[sid / 32] |= 1u << (sid % 32);
	dart->front->boot(dart, sid, root);
	memset(dart->tlb, 0, sizeof(dart->tlb));
	dart_changed(dart);
	pthread_mutex_unlock(&dart->lock);
}

/**
 * dart_check() - report stale entries whose grace has passed
 * @dart: the instance
 *
 * For those that write counters out: otherwise only the next access would tell. Takes the
 * instance's lock; any thread.
 */
void dart_check(struct dart *dart)
{
	pthread_mutex_lock(&dart->lock);
	expire_pending(dart);
	pthread_mutex_unlock(&dart->lock);
}

/**
 * dart_inject() - make accesses fail
 * @dart: the instance
 * @sid: the stream, or negative for whichever comes next
 * @n_faults: how many of its accesses fail as if there were no page entry; replaces what is left
 *            of an earlier number
 *
 * A stream that does not exist is ignored. Takes the instance's lock; any thread.
 */
void dart_inject(struct dart *dart, int sid, unsigned int n_faults)
{
	pthread_mutex_lock(&dart->lock);
	if (sid < 0)
		dart->inject_any = n_faults;
	else if ((unsigned int)sid < dart->config.num_sids)
		dart->inject[sid] = n_faults;
	dart_changed(dart);
	pthread_mutex_unlock(&dart->lock);
}

/**
 * dart_stall() - make a command take long
 * @dart: the instance
 * @reads: the next command is busy until its register was read so often; 0: as usual
 *
 * It has taken effect all the same. Takes the instance's lock; any thread.
 */
void dart_stall(struct dart *dart, unsigned int reads)
{
	pthread_mutex_lock(&dart->lock);
	dart->stall = reads;
	pthread_mutex_unlock(&dart->lock);
}
