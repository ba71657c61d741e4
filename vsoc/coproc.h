/* SPDX-License-Identifier: GPL-2.0 */
/* Display coprocessor model: mailbox, rings and firmware (Documentation/vsoc/registers.rst). */
#ifndef VSOC_COPROC_H
#define VSOC_COPROC_H

#include "display.h"

struct coproc;

/**
 * coproc_create() - make a coprocessor, stopped
 * @name: copied; counters appear under it
 * @display: what it commands; must outlive it
 * @port: copied; rings and probes go through it
 * @irq: level of IRQ_STATUS & IRQ_ENABLE
 * @stats: for counters and reports
 *
 * Return: the coprocessor, which owns one thread (the firmware), or NULL.
 */
struct coproc *coproc_create(const char *name, struct display *display,
			     const struct dma_port *port, struct irq_source *irq,
			     struct stats *stats);

/**
 * coproc_destroy() - end the firmware's thread, also in the middle of a command, and free
 * @coproc: may be NULL; nobody uses it any more
 */
void coproc_destroy(struct coproc *coproc);

/**
 * coproc_reset() - as after power on
 * @coproc: the coprocessor
 *
 * Any thread but the firmware's. When it returns the firmware touches memory no more; waits for
 * the command under way to be dropped, a frame's composition at most. What the display engine
 * shows is not changed.
 */
void coproc_reset(struct coproc *coproc);

extern const struct bus_ops coproc_bus_ops; /* window 0x4000 */

/**
 * coproc_inject() - error injection: late or missing answers
 * @coproc: the coprocessor
 * @count: of the next commands; 0 ends an earlier injection
 * @delay_ms: they are carried out, but answered so much later; negative: never
 *
 * Any thread.
 */
void coproc_inject(struct coproc *coproc, unsigned int count, int delay_ms);

#endif
