// SPDX-License-Identifier: GPL-2.0
/*
 * Address decode. Windows are added while the board is built and never change afterwards, so that
 * an access needs no lock.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"

struct window {
	char *name;
	uint64_t base;
	uint64_t last;
	const struct bus_ops *ops;
	void *opaque;
};

struct bus {
	struct stats *stats;
	struct window *windows; /* sorted by base, without overlap */
	size_t n_windows;
	struct stat_counter reads, writes, refused;
};

struct bus *bus_create(struct stats *stats)
{
	struct bus *bus = calloc(1, sizeof(*bus));

	if (!bus)
		return NULL;
	bus->stats = stats;
	stats_register(stats, "bus", "reads", &bus->reads);
	stats_register(stats, "bus", "writes", &bus->writes);
	stats_register(stats, "bus", "refused", &bus->refused);
	return bus;
}

void bus_destroy(struct bus *bus)
{
	if (!bus)
		return;
	stats_unregister_group(bus->stats, "bus");
	for (size_t i = 0; i < bus->n_windows; i++)
		free(bus->windows[i].name);
	free(bus->windows);
	free(bus);
}

/* Index of the first window that ends at or above @addr. */
static size_t bus_find(const struct bus *bus, uint64_t addr)
{
	size_t i = 0;

	while (i < bus->n_windows && bus->windows[i].last < addr)
		i++;
	return i;
}

int bus_add(struct bus *bus, const char *name, uint64_t base, uint64_t size,
	    const struct bus_ops *ops, void *opaque)
{
	struct window window = { .base = base, .last = base + size - 1, .ops = ops,
				 .opaque = opaque };
	struct window *windows;
	size_t at;

	if (!size || window.last < base)
		return -EINVAL;
	at = bus_find(bus, base);
	if (at < bus->n_windows && bus->windows[at].base <= window.last)
		return -EEXIST;
	window.name = strdup(name);
	if (!window.name)
		return -ENOMEM;
	windows = realloc(bus->windows, (bus->n_windows + 1) * sizeof(*windows));
	if (!windows) {
		free(window.name);
		return -ENOMEM;
	}
	bus->windows = windows;
	memmove(&windows[at + 1], &windows[at], (bus->n_windows - at) * sizeof(*windows));
	windows[at] = window;
	bus->n_windows++;
	return 0;
}

static const struct window *bus_decode(struct bus *bus, uint64_t addr, unsigned int size,
				       const char *verb)
{
	size_t at = bus_find(bus, addr);
	const struct window *window = at < bus->n_windows ? &bus->windows[at] : NULL;

	if (window && window->base <= addr && window->last - addr >= size - 1)
		return window;
	stat_inc(&bus->refused);
	if (window && window->base <= addr)
		stats_note(bus->stats, "bus", "%s of %u bytes at 0x%llx crosses the end of %s",
			   verb, size, (unsigned long long)addr, window->name);
	else
		stats_note(bus->stats, "bus", "%s of %u bytes at 0x%llx, where nothing is", verb,
			   size, (unsigned long long)addr);
	return NULL;
}

static bool bus_size_ok(unsigned int size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned int size)
{
	const struct window *window;

	stat_inc(&bus->reads);
	if (!bus_size_ok(size))
		return 0;
	window = bus_decode(bus, addr, size, "read");
	if (!window)
		return 0;
	return window->ops->read(window->opaque, addr - window->base, size);
}

void bus_write(struct bus *bus, uint64_t addr, unsigned int size, uint64_t value)
{
	const struct window *window;

	stat_inc(&bus->writes);
	if (!bus_size_ok(size))
		return;
	window = bus_decode(bus, addr, size, "write");
	if (window)
		window->ops->write(window->opaque, addr - window->base, size, value);
}

/* Narrow and unaligned accesses hit no register: they read 0 and change nothing. */
uint64_t bus_read_split(uint32_t (*read)(void *, uint64_t), void *opaque, uint64_t offset,
			unsigned int size)
{
	uint64_t low;

	if (size < 4 || offset % 4)
		return 0;
	low = read(opaque, offset);
	if (size == 4)
		return low;
	return low | (uint64_t)read(opaque, offset + 4) << 32;
}

void bus_write_split(void (*write)(void *, uint64_t, uint32_t), void *opaque, uint64_t offset,
		     unsigned int size, uint64_t value)
{
	if (size < 4 || offset % 4)
		return;
	write(opaque, offset, (uint32_t)value);
	if (size == 8)
		write(opaque, offset + 4, (uint32_t)(value >> 32));
}
