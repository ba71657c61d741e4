/* SPDX-License-Identifier: GPL-2.0 */
/*
 * DART model: walk, TLB and checks once, one register front a generation.
 */
#ifndef VSOC_DART_H
#define VSOC_DART_H

#include "bus.h"

enum dart_generation {
	DART_T8020_DART1, /* apple,t8103-dart */
	DART_T8020_DART2, /* apple,t6000-dart */
	DART_T8110,       /* apple,t8110-dart, DART2 entries */
};

struct dart_config {
	const char *name;               /* copied; the group of its counters, e.g. "dart@304000" */
	enum dart_generation generation;
	unsigned int page_shift;        /* 12 or 14; 12 only with DART1 entries */
	unsigned int num_sids;          /* T8020: 16; T8110: 1..256 */
	unsigned int pa_width;          /* T8110: PARAMS3; T8020: ignored */
	unsigned int va_width;          /* T8110: PARAMS3; T8020: ignored */
	bool bypass;                    /* PARAMS2.0 */
	bool locked;                    /* since power-on: TTBR and TCR are what reset made them */
	uint64_t window_base;           /* what the masters' addresses lie in; high bits are constant */
	uint64_t window_size;           /* bytes; 0: anything, and what a walk does not use is ignored */
	bool no_negative_cache;         /* default: non-present entries are cached too */
	unsigned int stale_grace_ms;    /* a stale entry that was used is reported unless an invalidate
					 * that covers it arrives within this time; 0 reports at
					 * once */
};

/* NULL and one line on stderr for a configuration that no hardware has. */
struct dart *dart_create(const struct dart_config *config, struct mem *mem,
			 struct irq_source *irq, struct stats *stats);
void dart_destroy(struct dart *dart);
void dart_reset(struct dart *dart);
extern const struct bus_ops dart_bus_ops; /* opaque is the struct dart; window 0x4000 */

/*
 * Translates @dva of stream @sid. Returns 0 with *@pa and *@span (bytes from @dva to the end of the
 * page or of the sub-page window), or -EFAULT after latching the error and raising the interrupt.
 * Any thread; takes the DART's own lock. Caller holds mem_lock().
 */
int dart_translate(struct dart *dart, unsigned int sid, uint64_t dva, bool write, uint64_t *pa,
		   uint64_t *span);

uint64_t dart_page_size(const struct dart *dart);

/**
 * struct dart_listener - a master that keeps translations of its own
 * @drop: those of some streams are worth nothing any more; @sids is a bitmap of 256 streams
 * @settled: waits at most so long until no access by a dropped translation is under way any more;
 *	a command is busy until then
 * @opaque: first argument of both
 * @next: the instance's own
 *
 * Neither may come back here; @drop runs with the instance's lock held, and @settled too unless it
 * may wait.
 */
struct dart_listener {
	void (*drop)(void *opaque, const uint32_t *sids);
	bool (*settled)(void *opaque, unsigned int wait_ms);
	void *opaque;
	struct dart_listener *next;
};

/* While nobody accesses registers; @listener is the instance's until dart_unlisten(). */
void dart_listen(struct dart *dart, struct dart_listener *listener);
void dart_unlisten(struct dart *dart, struct dart_listener *listener);

enum dart_access {
	DART_READ = 1,
	DART_WRITE = 2,
};

/* These two latch no error. They are described in dart.c. */
int dart_try(struct dart *dart, unsigned int sid, uint64_t dva, bool write, uint64_t *pa,
	     uint64_t *span);
int dart_probe(struct dart *dart, unsigned int sid, uint64_t dva, unsigned int *access,
	       uint64_t *pa, uint64_t *span);
unsigned int dart_num_sids(const struct dart *dart);

/* What is left of @dva when bits that are the same all over the window are taken away. */
uint64_t dart_walked(const struct dart *dart, uint64_t dva);

/* An entry for @pa: a page that may be read and written, or a table; and the way back. */
uint64_t dart_entry(const struct dart *dart, uint64_t pa, bool leaf);
uint64_t dart_entry_pa(const struct dart *dart, uint64_t entry);

/* As firmware does it before an instance is locked: @sid walks the two-level table at @root. */
void dart_boot(struct dart *dart, unsigned int sid, uint64_t root);

/* Reports stale entries whose grace has passed; called before counters are written and at exit. */
void dart_check(struct dart *dart);

/* Makes the next @count translations of @sid (or of any stream, -1) fail as "no PTE": error injection. */
void dart_inject(struct dart *dart, int sid, unsigned int count);

/* Makes the next command seem to run until its register was read @reads times: error injection. */
void dart_stall(struct dart *dart, unsigned int reads);

#endif
