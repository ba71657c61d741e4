/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the DART model: what dart.c shares with the two register fronts.
 *
 * Vocabulary: a stream is what a master emits (SID); a context is the SID whose registers and
 * tables it uses, after remapping; a level is counted from the leaf: height 0 holds pages, height 1
 * points to tables of height 0, and so on; a line is an aligned group of eight entries of one
 * table, the 64 bytes that the walker reads at once.
 *
 * Everything in struct dart but the counters is protected by @lock. Lock order: mem_lock(), @lock,
 * the interrupt controller's lock. Register accesses take no mem_lock().
 */
#ifndef VSOC_DART_INTERNAL_H
#define VSOC_DART_INTERNAL_H

#include <pthread.h>

#include "dart.h"

#define DART_WINDOW		0x4000
#define DART_MAX_SIDS		256
#define DART_SID_WORDS		(DART_MAX_SIDS / 32)
#define DART_MAX_LEVELS		3
#define DART_LINE_ENTRIES	8
#define DART_TLB_SETS		64
#define DART_TLB_WAYS_SHIFT	3
#define DART_TLB_WAYS		(1 << DART_TLB_WAYS_SHIFT)
#define DART_MAX_PENDING	64

#define DART_ERROR_FLAG		(1u << 31)
#define DART_LOCKED		1u	/* of struct dart's protect: TTBR and TCR are read-only */
#define DART_ENTRY_VALID	1ull

/* Counters; the order is that of dart_stat_names[] in dart.c. */
enum dart_stat {
	DART_STAT_READS,
	DART_STAT_WRITES,
	DART_STAT_UNDEFINED,
	DART_STAT_TRANSLATIONS,
	DART_STAT_TLB_HITS,
	DART_STAT_TLB_FILLS,
	DART_STAT_TLB_NEGATIVE_FILLS,
	DART_STAT_TLB_EVICTIONS,
	DART_STAT_WALKS,
	DART_STAT_WALK_READS,
	DART_STAT_INVALIDATES,
	DART_STAT_INVALIDATED_STREAMS,
	DART_STAT_INVALIDATED_RANGES,
	DART_STAT_BYPASSED,
	DART_STAT_REFUSED,
	DART_STAT_FAULTS,
	DART_STAT_FAULTS_DROPPED,
	DART_STAT_FAULTS_MASKED,
	DART_STAT_FAULTS_INJECTED,
	DART_STAT_FAULTS_QUIET,
	DART_STAT_STALE_USES,
	DART_STAT_STALE_UNTRACKED,
	/* Violations by kind. */
	DART_STAT_BAD_SIZE,
	DART_STAT_BAD_LOCKED,
	DART_STAT_BAD_BUSY,
	DART_STAT_BAD_EMPTY,
	DART_STAT_BAD_COMMAND,
	DART_STAT_BAD_MODE,
	DART_STAT_BAD_BYPASS,
	DART_STAT_BAD_STALE,
	DART_STAT_BAD_RANGE,
	DART_STAT_BAD_ALIGN,
	DART_STAT_BAD_WINDOW,
	DART_NR_STATS,
};

enum dart_fault {
	DART_FAULT_NONE,
	DART_FAULT_NO_TTBR,
	DART_FAULT_NO_L0,	/* height 2, four-level tables only */
	DART_FAULT_NO_L1,	/* height 1 */
	DART_FAULT_NO_PTE,	/* height 0 */
	DART_FAULT_WRITE,	/* NO_WRITE is set */
	DART_FAULT_READ,	/* NO_READ is set */
	DART_FAULT_DECODE,	/* nothing answers at a physical address */
	DART_FAULT_REGION,	/* outside the sub-page window */
	DART_FAULT_BLOCKED,	/* the stream may not access memory at all */
	DART_NR_FAULTS,
};

enum dart_mode {
	DART_MODE_BLOCKED,
	DART_MODE_TRANSLATE,
	DART_MODE_BYPASS,
};

/* What the registers say about a stream now. */
struct dart_context {
	enum dart_mode mode;
	unsigned int id;	/* context SID: tables, key of the TLB */
	unsigned int levels;	/* tables on the way to a page: 2 or 3 */
	unsigned int va_bits;	/* higher address bits take no part in a walk */
};

/*
 * Entries of one line. @path[i] is the table that was read at step i, the root first; @depth is
 * the step of the line's own table. Bits of @cached and @reported stand for entries.
 */
struct dart_line {
	bool valid;
	uint8_t height;
	uint8_t depth;
	uint8_t cached;
	uint8_t reported;
	uint16_t context;
	uint64_t index;
	uint64_t path[DART_MAX_LEVELS];
	uint64_t entry[DART_LINE_ENTRIES];
};

/* A stale entry was used; reported unless an invalidate of @context comes in time. */
struct dart_pending {
	uint64_t since_ns;
	uint64_t dva;
	unsigned int context;
	const char *what;
};

/* Addresses, as a walk uses them; both are part of it. */
struct dart_va_range {
	uint64_t first;
	uint64_t last;
};

struct dart_front;
struct dart_format;

struct dart {
	pthread_mutex_t lock;
	char *name;
	struct dart_config config;	/* name is the copy above */
	const struct dart_front *front;
	const struct dart_format *format;
	struct mem *mem;
	struct irq_source *irq;		/* NULL: nobody listens */
	struct stats *stats;
	struct stat_counter stat[DART_NR_STATS];
	unsigned int index_bits;	/* of a table: page_shift - 3 */
	unsigned int pa_width;

	/* Registers that a walk or a check looks at. */
	uint32_t tcr[DART_MAX_SIDS];
	uint32_t ttbr[DART_MAX_SIDS][4];
	uint32_t enabled[DART_SID_WORDS];
	uint32_t select[2];		/* T8020 */
	uint8_t remap[16];		/* T8020 */
	uint32_t protect;		/* T8110; T8020: bit 0 is CONFIG.LOCK */
	bool protect_lock;		/* T8110 */
	uint32_t command;
	uint32_t error;
	uint32_t error_mask;		/* T8110 */
	uint64_t error_addr;
	uint32_t error_streams[DART_SID_WORDS]; /* T8110 */

	/* A command is done for the driver once a read has told it so. */
	bool command_unseen;
	unsigned int busy_polls;

	/* Registers that are only stored, and which undefined ones were touched already. */
	uint32_t shadow[DART_WINDOW / 4];
	bool touched[DART_WINDOW / 4];

	struct dart_line tlb[DART_TLB_SETS][DART_TLB_WAYS];
	unsigned int victim[DART_TLB_SETS];
	struct dart_pending pending[DART_MAX_PENDING];
	unsigned int nr_pending;

	struct dart_listener *listeners;
	unsigned int inject[DART_MAX_SIDS];
	unsigned int inject_any;
	unsigned int stall;		/* polls that the next command is busy for; 0: the usual one */
};

/* A generation's registers. All are called with the lock held. */
struct dart_front {
	uint32_t fault_bits[DART_NR_FAULTS];
	uint32_t write_bit;		/* of ERROR, set for a write; 0: the generation has none */
	unsigned int sid_shift;		/* of ERROR */
	uint32_t command;		/* offset of the register that says BUSY */
	bool error_streams;
	/* Puts reset values where zero is not the right one. */
	void (*reset)(struct dart *dart);
	uint32_t (*read)(struct dart *dart, uint32_t offset);
	void (*write)(struct dart *dart, uint32_t offset, uint32_t value);
	/* Sets up @sid with the root @table, whatever is locked. */
	void (*boot)(struct dart *dart, unsigned int sid, uint64_t table);
	/* @sid is below num_sids and enabled. */
	void (*resolve)(const struct dart *dart, unsigned int sid, struct dart_context *context);
	/* The table that a walk of @va starts at, as the register says; false: not valid. */
	bool (*root)(const struct dart *dart, unsigned int context, uint64_t va, uint64_t *table);
};

extern const struct dart_front dart_t8020_front;
extern const struct dart_front dart_t8110_front;

#define dart_violation(dart, kind, ...)						\
	do {									\
		stat_inc(&(dart)->stat[kind]);					\
		stats_violation((dart)->stats, (dart)->name, __VA_ARGS__);	\
	} while (0)

uint32_t dart_undefined(struct dart *dart, uint32_t offset);
uint32_t dart_sid_word(const struct dart *dart, unsigned int word);

bool dart_command_begin(struct dart *dart, uint32_t value);
bool dart_command_busy(struct dart *dart);
void dart_invalidate(struct dart *dart, const uint32_t *select, const struct dart_va_range *range);
void dart_changed(struct dart *dart);
void dart_tell_listeners(struct dart *dart, const uint32_t *select);
void dart_settle_listeners(struct dart *dart);

void dart_error_clear(struct dart *dart, uint32_t bits);
void dart_error_streams_clear(struct dart *dart, unsigned int word, uint32_t bits);

void dart_check_mode(struct dart *dart, unsigned int sid, bool translate, bool bypass);
void dart_check_root(struct dart *dart, unsigned int sid, uint64_t table);

#endif
