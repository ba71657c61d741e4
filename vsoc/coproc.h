/* SPDX-License-Identifier: GPL-2.0 */
/* Display coprocessor model: mailbox, rings and firmware (Documentation/vsoc/registers.rst). */
#ifndef VSOC_COPROC_H
#define VSOC_COPROC_H

#include "display.h"

struct coproc;

/* @display must outlive the coprocessor. It owns one thread, the firmware. */
struct coproc *coproc_create(const char *name, struct display *display,
			     const struct dma_port *port, struct irq_source *irq,
			     struct stats *stats);
void coproc_destroy(struct coproc *coproc);
void coproc_reset(struct coproc *coproc);
extern const struct bus_ops coproc_bus_ops; /* window 0x4000 */

/*
 * Error injection: the next @count commands are carried out, but answered late by @delay_ms, or
 * never (@delay_ms < 0).
 */
void coproc_inject(struct coproc *coproc, unsigned int count, int delay_ms);

#endif
