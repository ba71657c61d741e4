/* SPDX-License-Identifier: GPL-2.0 */
/* Frame records: what a head has to say at a vblank, in guest memory (Documentation/vsoc/registers.rst). */
#ifndef VSOC_RECORD_H
#define VSOC_RECORD_H

#include <stdint.h>

#include "bus.h"

#define RECORD_BYTES	32
#define RECORD_ALIGN	64

struct frame_record {
	uint32_t number;
	uint32_t events;        /* bits of a head in IRQ_STATUS */
	uint32_t count;
	uint32_t latched_seq;
	uint64_t time_ns;
};

/**
 * record_write() - put a record where the guest wants it
 * @port: the engine's
 * @dva: a multiple of RECORD_ALIGN
 * @record: what it says
 *
 * Takes mem_lock(). A guest that reads while this writes finds two numbers that differ.
 *
 * Return: 0, or -EFAULT.
 */
int record_write(struct dma_port *port, uint64_t dva, const struct frame_record *record);

#endif
