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

/**
 * stats_register() - make a counter appear as "group": { "name": value }
 * @stats: the registry
 * @group: copied; groups appear in the order of their first counter
 * @name: copied
 * @counter: must outlive @stats or be unregistered with its whole group
 */
void stats_register(struct stats *stats, const char *group, const char *name,
		    struct stat_counter *counter);
void stats_unregister_group(struct stats *stats, const char *group);

/**
 * stats_violation() - count and report what a driver must never do
 * @stats: the registry
 * @source: the model's name
 * @fmt: of the report; its text stands for the kind of violation
 *
 * Prints one line "vsoc: violation: SOURCE: ..." to stderr, at most 20 a source and kind, then it
 * only counts. Any thread, with model locks held.
 */
void stats_violation(struct stats *stats, const char *source, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
uint64_t stats_violations(struct stats *stats);

/**
 * stats_note() - say something on stderr that is no violation
 * @stats: the registry
 * @source: the model's name; each has a budget of 10 lines a second
 * @fmt: of the line
 *
 * Any thread, with model locks held.
 */
void stats_note(struct stats *stats, const char *source, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * stats_write_json() - write all groups as one JSON object
 * @stats: the registry
 * @out: gets one line without its newline, "violations" first
 */
void stats_write_json(struct stats *stats, FILE *out);

#endif
