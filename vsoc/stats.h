/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters and reports.
 *
 * A counter is a plain 64-bit number that a model owns and increments with
 * stat_inc() from any thread; registering it under a group and a name makes it
 * appear in the JSON that tests read. A violation is something that a driver
 * must never do and that real hardware would silently accept.
 */
#ifndef VSOC_STATS_H
#define VSOC_STATS_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

struct stat_counter {
	_Atomic uint64_t value;
};

static inline void stat_add(struct stat_counter *counter, uint64_t n)
{
	atomic_fetch_add_explicit(&counter->value, n, memory_order_relaxed);
}

static inline void stat_inc(struct stat_counter *counter)
{
	stat_add(counter, 1);
}

static inline uint64_t stat_read(struct stat_counter *counter)
{
	return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

struct stats;

/* Never returns NULL: out of memory ends the process with a message. */
struct stats *stats_create(void);
void stats_destroy(struct stats *stats);

/*
 * Registers @counter as "group": { "name": value }. The strings are copied;
 * @counter must outlive @stats or be unregistered with its whole group.
 */
void stats_register(struct stats *stats, const char *group, const char *name,
		    struct stat_counter *counter);
void stats_unregister_group(struct stats *stats, const char *group);

/*
 * Counts a violation of @source and prints one line "vsoc: violation: SOURCE:
 * ..." to stderr, at most 20 a source and kind of format, then silently.
 */
void stats_violation(struct stats *stats, const char *source, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
uint64_t stats_violations(struct stats *stats);

/* Prints "vsoc: SOURCE: ..." to stderr, rate limited per source; not a violation. */
void stats_note(struct stats *stats, const char *source, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes every group as one JSON object, with "violations" at the top level. */
void stats_write_json(struct stats *stats, FILE *out);

#endif
