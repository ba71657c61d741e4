// SPDX-License-Identifier: GPL-2.0
/*
 * Counters and reports. The registry is only walked when somebody asks; counting takes no lock.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stats.h"

#define REPORTS_PER_KIND	20
#define NOTES_PER_SECOND	10

struct entry {
	struct entry *next;
	char *name;
	struct stat_counter *counter;
};

struct group {
	struct group *next;
	char *name;
	struct entry *entries; /* in the order of registration */
};

/* How often a source has violated one rule; the format string stands for the rule. */
struct kind {
	struct kind *next;
	char *source;
	char *fmt;
	uint64_t count;
};

struct note_limit {
	struct note_limit *next;
	char *source;
	time_t second; /* the window that @count belongs to */
	unsigned int count;
	uint64_t suppressed;
};

struct stats {
	pthread_mutex_t lock; /* a leaf: protects all lists, and keeps lines on stderr whole */
	struct group *groups;
	struct kind *kinds;
	struct note_limit *limits;
	struct stat_counter violations;
};

static void *checked(void *pointer)
{
	if (!pointer) {
		fprintf(stderr, "vsoc: out of memory\n");
		exit(1);
	}
	return pointer;
}

struct stats *stats_create(void)
{
	struct stats *stats = checked(calloc(1, sizeof(*stats)));

	pthread_mutex_init(&stats->lock, NULL);
	return stats;
}

static void group_free(struct group *group)
{
	struct entry *entry = group->entries;

	while (entry) {
		struct entry *next = entry->next;

		free(entry->name);
		free(entry);
		entry = next;
	}
	free(group->name);
	free(group);
}

void stats_destroy(struct stats *stats)
{
	if (!stats)
		return;
	while (stats->groups) {
		struct group *next = stats->groups->next;

		group_free(stats->groups);
		stats->groups = next;
	}
	while (stats->kinds) {
		struct kind *next = stats->kinds->next;

		free(stats->kinds->source);
		free(stats->kinds->fmt);
		free(stats->kinds);
		stats->kinds = next;
	}
	while (stats->limits) {
		struct note_limit *next = stats->limits->next;

		free(stats->limits->source);
		free(stats->limits);
		stats->limits = next;
	}
	pthread_mutex_destroy(&stats->lock);
	free(stats);
}

/* The link that points to the group called @name, or the last link, which is NULL. */
static struct group **group_find(struct stats *stats, const char *name)
{
	struct group **link = &stats->groups;

	while (*link && strcmp((*link)->name, name))
		link = &(*link)->next;
	return link;
}

void stats_register(struct stats *stats, const char *group_name, const char *name,
		    struct stat_counter *counter)
{
	struct entry *entry = checked(calloc(1, sizeof(*entry)));
	struct group **group;
	struct entry **link;

	entry->name = checked(strdup(name));
	entry->counter = counter;

	pthread_mutex_lock(&stats->lock);
	group = group_find(stats, group_name);
	if (!*group) {
		*group = checked(calloc(1, sizeof(**group)));
		(*group)->name = checked(strdup(group_name));
	}
	link = &(*group)->entries;
	while (*link)
		link = &(*link)->next;
	*link = entry;
	pthread_mutex_unlock(&stats->lock);
}

void stats_unregister_group(struct stats *stats, const char *name)
{
	struct group **link, *group;

	pthread_mutex_lock(&stats->lock);
	link = group_find(stats, name);
	group = *link;
	if (group)
		*link = group->next;
	pthread_mutex_unlock(&stats->lock);
	if (group)
		group_free(group);
}

/* Counts one more of this kind and returns how many there are now. */
static uint64_t kind_count(struct stats *stats, const char *source, const char *fmt)
{
	struct kind *kind = stats->kinds;

	while (kind && (strcmp(kind->source, source) || strcmp(kind->fmt, fmt)))
		kind = kind->next;
	if (!kind) {
		kind = checked(calloc(1, sizeof(*kind)));
		kind->source = checked(strdup(source));
		kind->fmt = checked(strdup(fmt));
		kind->next = stats->kinds;
		stats->kinds = kind;
	}
	return ++kind->count;
}

static void print_line(const char *lead, const char *source, const char *fmt, va_list args)
{
	fprintf(stderr, "vsoc: %s%s: ", lead, source);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void stats_violation(struct stats *stats, const char *source, const char *fmt, ...)
{
	uint64_t count;
	va_list args;

	stat_inc(&stats->violations);
	pthread_mutex_lock(&stats->lock);
	count = kind_count(stats, source, fmt);
	if (count <= REPORTS_PER_KIND) {
		va_start(args, fmt);
		print_line("violation: ", source, fmt, args);
		va_end(args);
	}
	if (count == REPORTS_PER_KIND)
		fprintf(stderr, "vsoc: %s: further violations of this kind are only counted\n",
			source);
	pthread_mutex_unlock(&stats->lock);
}

uint64_t stats_violations(struct stats *stats)
{
	return stat_read(&stats->violations);
}

static struct note_limit *note_limit(struct stats *stats, const char *source)
{
	struct note_limit *limit = stats->limits;

	while (limit && strcmp(limit->source, source))
		limit = limit->next;
	if (!limit) {
		limit = checked(calloc(1, sizeof(*limit)));
		limit->source = checked(strdup(source));
		limit->next = stats->limits;
		stats->limits = limit;
	}
	return limit;
}

static bool note_allowed(struct stats *stats, const char *source)
{
	struct note_limit *limit = note_limit(stats, source);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (limit->second != now.tv_sec) {
		if (limit->suppressed)
			fprintf(stderr, "vsoc: %s: %llu notes suppressed\n", source,
				(unsigned long long)limit->suppressed);
		limit->second = now.tv_sec;
		limit->count = 0;
		limit->suppressed = 0;
	}
	if (++limit->count <= NOTES_PER_SECOND)
		return true;
	limit->suppressed++;
	return false;
}

void stats_note(struct stats *stats, const char *source, const char *fmt, ...)
{
	va_list args;

	pthread_mutex_lock(&stats->lock);
	if (note_allowed(stats, source)) {
		va_start(args, fmt);
		print_line("", source, fmt, args);
		va_end(args);
	}
	pthread_mutex_unlock(&stats->lock);
}

static void write_string(FILE *out, const char *string)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)string; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void write_group(FILE *out, const struct group *group)
{
	fputs(", ", out);
	write_string(out, group->name);
	fputs(": {", out);
	for (const struct entry *entry = group->entries; entry; entry = entry->next) {
		write_string(out, entry->name);
		fprintf(out, ": %llu%s", (unsigned long long)stat_read(entry->counter),
			entry->next ? ", " : "");
	}
	fputc('}', out);
}

/* One line without a newline, so that it also fits a line protocol. */
void stats_write_json(struct stats *stats, FILE *out)
{
	pthread_mutex_lock(&stats->lock);
	fprintf(out, "{\"violations\": %llu", (unsigned long long)stat_read(&stats->violations));
	for (const struct group *group = stats->groups; group; group = group->next)
		write_group(out, group);
	fputc('}', out);
	pthread_mutex_unlock(&stats->lock);
}
