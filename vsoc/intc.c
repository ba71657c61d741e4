// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupt controller: 32 level lines, each the OR of its sources, turned into one message at
 * each rising edge of LEVEL & ~MASK (Documentation/vsoc/registers.rst).
 */
#include <pthread.h>
#include <stdlib.h>

#include "bus.h"

#define NR_LINES	32

#define INTC_ID		0x000
#define  INTC_ID_VALUE	0x56494e54
#define INTC_NR_LINES	0x004
#define INTC_LEVEL	0x010
#define INTC_MASK	0x014
#define INTC_MASK_SET	0x018
#define INTC_MASK_CLR	0x01c

struct irq_source {
	struct irq_source *next;
	struct intc *intc;
	unsigned int line;
	bool level;
};

struct intc {
	struct stats *stats;
	void (*raise)(void *opaque, unsigned int line);
	void *raise_opaque;

	pthread_mutex_t lock;            /* protects everything below; held while raising */
	struct irq_source *sources;
	unsigned int n_high[NR_LINES];   /* sources that drive the line */
	uint32_t mask;
	bool undefined_touched[0x1000 / 4];

	struct stat_counter raised[NR_LINES];
	struct stat_counter all_raised, undefined;
};

struct intc *intc_create(struct stats *stats, void (*raise)(void *opaque, unsigned int line),
			 void *opaque)
{
	struct intc *intc = calloc(1, sizeof(*intc));

	if (!intc)
		return NULL;
	intc->stats = stats;
	intc->raise = raise;
	intc->raise_opaque = opaque;
	intc->mask = UINT32_MAX;
	pthread_mutex_init(&intc->lock, NULL);
	stats_register(stats, "intc", "raised", &intc->all_raised);
	stats_register(stats, "intc", "undefined_registers", &intc->undefined);
	return intc;
}

void intc_destroy(struct intc *intc)
{
	if (!intc)
		return;
	stats_unregister_group(intc->stats, "intc");
	while (intc->sources) {
		struct irq_source *next = intc->sources->next;

		free(intc->sources);
		intc->sources = next;
	}
	pthread_mutex_destroy(&intc->lock);
	free(intc);
}

/* Levels are the sources' own: whoever drives a line lets go of it in its own reset. */
void intc_reset(struct intc *intc)
{
	pthread_mutex_lock(&intc->lock);
	intc->mask = UINT32_MAX;
	pthread_mutex_unlock(&intc->lock);
}

static void intc_raise(struct intc *intc, unsigned int line)
{
	stat_inc(&intc->all_raised);
	stat_inc(&intc->raised[line]);
	intc->raise(intc->raise_opaque, line);
}

struct irq_source *intc_source(struct intc *intc, unsigned int line)
{
	struct irq_source *source;
	bool first = true;
	char name[16];

	if (line >= NR_LINES)
		return NULL;
	source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->intc = intc;
	source->line = line;

	pthread_mutex_lock(&intc->lock);
	for (struct irq_source *other = intc->sources; other; other = other->next)
		first &= other->line != line;
	source->next = intc->sources;
	intc->sources = source;
	pthread_mutex_unlock(&intc->lock);

	if (first) {
		snprintf(name, sizeof(name), "raised_%u", line);
		stats_register(intc->stats, "intc", name, &intc->raised[line]);
	}
	return source;
}

void irq_set(struct irq_source *source, bool level)
{
	struct intc *intc = source->intc;
	unsigned int line = source->line;

	pthread_mutex_lock(&intc->lock);
	if (source->level != level) {
		source->level = level;
		if (!level)
			intc->n_high[line]--;
		else if (!intc->n_high[line]++ && !(intc->mask & (1u << line)))
			intc_raise(intc, line);
	}
	pthread_mutex_unlock(&intc->lock);
}

static uint32_t intc_level(const struct intc *intc)
{
	uint32_t level = 0;

	for (unsigned int line = 0; line < NR_LINES; line++) {
		if (intc->n_high[line])
			level |= 1u << line;
	}
	return level;
}

static void intc_unmask(struct intc *intc, uint32_t lines)
{
	uint32_t rising = intc->mask & lines & intc_level(intc);

	intc->mask &= ~lines;
	for (unsigned int line = 0; line < NR_LINES; line++) {
		if (rising & (1u << line))
			intc_raise(intc, line);
	}
}

static void intc_undefined(struct intc *intc, uint64_t offset)
{
	bool *touched = &intc->undefined_touched[(offset / 4) % (0x1000 / 4)];

	if (*touched)
		return;
	*touched = true;
	stat_inc(&intc->undefined);
	stats_note(intc->stats, "intc", "no register at 0x%llx", (unsigned long long)offset);
}

static uint32_t intc_read32(void *opaque, uint64_t offset)
{
	struct intc *intc = opaque;
	uint32_t value = 0;

	pthread_mutex_lock(&intc->lock);
	switch (offset) {
	case INTC_ID:
		value = INTC_ID_VALUE;
		break;
	case INTC_NR_LINES:
		value = NR_LINES;
		break;
	case INTC_LEVEL:
		value = intc_level(intc);
		break;
	case INTC_MASK:
		value = intc->mask;
		break;
	case INTC_MASK_SET:
	case INTC_MASK_CLR:
		break;
	default:
		intc_undefined(intc, offset);
		break;
	}
	pthread_mutex_unlock(&intc->lock);
	return value;
}

static void intc_write32(void *opaque, uint64_t offset, uint32_t value)
{
	struct intc *intc = opaque;

	pthread_mutex_lock(&intc->lock);
	switch (offset) {
	case INTC_MASK_SET:
		intc->mask |= value;
		break;
	case INTC_MASK_CLR:
		intc_unmask(intc, value);
		break;
	case INTC_ID:
	case INTC_NR_LINES:
	case INTC_LEVEL:
	case INTC_MASK:
		break;
	default:
		intc_undefined(intc, offset);
		break;
	}
	pthread_mutex_unlock(&intc->lock);
}

static uint64_t intc_read(void *opaque, uint64_t offset, unsigned int size)
{
	return bus_read_split(intc_read32, opaque, offset, size);
}

static void intc_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	bus_write_split(intc_write32, opaque, offset, size, value);
}

const struct bus_ops intc_bus_ops = {
	.read = intc_read,
	.write = intc_write,
};
