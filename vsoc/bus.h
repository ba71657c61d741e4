/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SoC's bus: address decode for the CPU side, level interrupts, and DMA of
 * a master through the DART stream that it hangs on.
 *
 * Models know this header, stats.h and mem.h, never the transport.
 */
#ifndef VSOC_BUS_H
#define VSOC_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "stats.h"

/**
 * struct bus_ops - register access of a block
 * @read: @offset is inside the block, @size is 1, 2, 4 or 8 bytes and does not reach over its end
 * @write: the same
 *
 * Called from one thread at a time, but concurrently with the model's own threads.
 */
struct bus_ops {
	uint64_t (*read)(void *opaque, uint64_t offset, unsigned int size);
	void (*write)(void *opaque, uint64_t offset, unsigned int size, uint64_t value);
};

struct bus;

/**
 * bus_create() - an empty bus
 * @stats: gets the group "bus"
 *
 * Return: the bus, or NULL when out of memory.
 */
struct bus *bus_create(struct stats *stats);
void bus_destroy(struct bus *bus);

/**
 * bus_add() - place a block on the bus
 * @bus: a bus that is not in use yet
 * @name: for messages; copied
 * @base: first address
 * @size: bytes
 * @ops: register access of the block
 * @opaque: first argument of @ops
 *
 * Return: 0, -EINVAL for an empty or wrapping window, -EEXIST for one that overlaps another, or
 * -ENOMEM.
 */
int bus_add(struct bus *bus, const char *name, uint64_t base, uint64_t size,
	    const struct bus_ops *ops, void *opaque);

/**
 * bus_read() - register read by the CPU
 * @bus: the bus
 * @addr: SoC address
 * @size: 1, 2, 4 or 8 bytes
 *
 * Return: the value. An address that nobody claims, or an access that crosses a block's end, reads
 * 0 and is counted.
 */
uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned int size);
void bus_write(struct bus *bus, uint64_t addr, unsigned int size, uint64_t value);

/**
 * bus_read_split() - read of a block that has 32-bit registers
 * @read: reads one register at a byte offset
 * @opaque: first argument of @read
 * @offset: of the access
 * @size: of the access, in bytes
 *
 * An 8-byte access becomes two, low address first; narrow and unaligned ones read 0.
 *
 * Return: the value.
 */
uint64_t bus_read_split(uint32_t (*read)(void *, uint64_t), void *opaque, uint64_t offset,
			unsigned int size);
void bus_write_split(void (*write)(void *, uint64_t, uint32_t), void *opaque, uint64_t offset,
		     unsigned int size, uint64_t value);

/*
 * Interrupts. A source is one device's contribution to a line; the line's level is the OR of its
 * sources.
 */
struct intc;
struct irq_source;

/**
 * intc_create() - an interrupt controller with all lines masked
 * @stats: gets the group "intc"
 * @raise: sends MSI-X vector @line; called with the controller's lock held, must not block
 * @opaque: first argument of @raise
 *
 * Return: the controller, or NULL when out of memory.
 */
struct intc *intc_create(struct stats *stats, void (*raise)(void *opaque, unsigned int line),
			 void *opaque);
void intc_destroy(struct intc *intc);

/* Masks all lines. Levels are the sources' own, which let go of them in their own reset. */
void intc_reset(struct intc *intc);
extern const struct bus_ops intc_bus_ops; /* opaque is the struct intc */

/**
 * intc_source() - one more source of a line
 * @intc: the controller, with which the source is freed
 * @line: 0..31
 *
 * Return: the source, low; NULL for a line above 31 or when out of memory.
 */
struct irq_source *intc_source(struct intc *intc, unsigned int line);

/**
 * irq_set() - drive a source
 * @source: the source
 * @level: high or low
 *
 * Any thread, with model locks held: it never calls back into a model.
 */
void irq_set(struct irq_source *source, bool level);

/*
 * DMA. Faults of a translation are latched and signalled by the DART itself, unless the master
 * reports them in its own way.
 */
struct dart;

/**
 * struct dma_port - a master's connection to memory
 * @dart: translates; NULL: straight to memory
 * @mem: guest memory
 * @sid: the stream of @dart
 * @high: bits that the master adds to every address; 0 for most
 * @quiet: the DART latches no fault of this master
 */
struct dma_port {
	struct dart *dart;
	struct mem *mem;
	unsigned int sid;
	uint64_t high;
	bool quiet;
};

/* These three are described in dma.c. */
int dma_read(struct dma_port *port, uint64_t dva, void *buf, size_t len, uint64_t *fault_dva);
int dma_write(struct dma_port *port, uint64_t dva, const void *buf, size_t len,
	      uint64_t *fault_dva);
void *dma_ptr(struct dma_port *port, uint64_t dva, size_t len, bool write, size_t *got);

#endif
