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

/* Register access of a block; @offset is inside the block, @size is 1, 2, 4 or 8. Called
 * from one thread at a time, but concurrently with the model's own threads. */
struct bus_ops {
	uint64_t (*read)(void *opaque, uint64_t offset, unsigned int size);
	void (*write)(void *opaque, uint64_t offset, unsigned int size, uint64_t value);
};

struct bus;

struct bus *bus_create(struct stats *stats);
void bus_destroy(struct bus *bus);

/* 0, -EINVAL for an empty or wrapping window, -EEXIST for one that overlaps another. @name is copied. */
int bus_add(struct bus *bus, const char *name, uint64_t base, uint64_t size,
	    const struct bus_ops *ops, void *opaque);

/* An address that nobody claims, or an access that crosses a block's end, reads 0 and is counted. */
uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned int size);
void bus_write(struct bus *bus, uint64_t addr, unsigned int size, uint64_t value);

/* Splits an 8-byte access into two 32-bit ones, low first; for models with 32-bit registers. */
uint64_t bus_read_split(uint32_t (*read)(void *, uint64_t), void *opaque, uint64_t offset,
			unsigned int size);
void bus_write_split(void (*write)(void *, uint64_t, uint32_t), void *opaque, uint64_t offset,
		     unsigned int size, uint64_t value);

/*
 * Interrupts. A source is one device's contribution to a line; the line's level is the OR of its
 * sources. irq_set() may be called from any thread, with model locks held: it never calls back into a model.
 */
struct intc;
struct irq_source;

/* @raise sends MSI-X vector @line; called with the controller's lock held, must not block. */
struct intc *intc_create(struct stats *stats, void (*raise)(void *opaque, unsigned int line),
			 void *opaque);
void intc_destroy(struct intc *intc);
void intc_reset(struct intc *intc);
extern const struct bus_ops intc_bus_ops; /* opaque is the struct intc */

/* NULL for a line above 31. Freed with the controller. */
struct irq_source *intc_source(struct intc *intc, unsigned int line);
void irq_set(struct irq_source *source, bool level);

/*
 * DMA. A port is a master's connection to memory: one stream of one DART, or straight to
 * memory when @dart is NULL. Faults are latched and signalled by the DART itself.
 */
struct dart;

struct dma_port {
	struct dart *dart; /* NULL: no translation */
	struct mem *mem;
	unsigned int sid;
};

/* Copies; 0, or -EFAULT with *@fault_dva (may be NULL) set; bytes before the fault were copied. Takes mem_lock() itself. */
int dma_read(struct dma_port *port, uint64_t dva, void *buf, size_t len, uint64_t *fault_dva);
int dma_write(struct dma_port *port, uint64_t dva, const void *buf, size_t len,
	      uint64_t *fault_dva);

/*
 * Host pointer for as much of [@dva, @dva + @len) as one translation covers; *@got is set to the bytes
 * that it covers (1..@len). NULL on a fault. Caller holds mem_lock(port->mem); the pointer dies with it.
 */
void *dma_ptr(struct dma_port *port, uint64_t dva, size_t len, bool write, size_t *got);

#endif
