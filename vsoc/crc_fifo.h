/* SPDX-License-Identifier: GPL-2.0 */
/* The queue of a head's checksums (Documentation/vsoc/registers.rst). */
#ifndef VSOC_CRC_FIFO_H
#define VSOC_CRC_FIFO_H

#include <stdbool.h>
#include <stdint.h>

#define CRC_FIFO 64

struct crc_fifo {
	bool enable;
	unsigned int first, n;
	uint64_t entries[CRC_FIFO];     /* as CRC_ENTRY shows them */
};

/* False if the oldest entry had to make room. */
static inline bool crc_fifo_push(struct crc_fifo *fifo, uint64_t entry)
{
	fifo->entries[(fifo->first + fifo->n) % CRC_FIFO] = entry;
	if (fifo->n < CRC_FIFO) {
		fifo->n++;
		return true;
	}
	fifo->first = (fifo->first + 1) % CRC_FIFO;
	return false;
}

/* The oldest entry, or 0. */
static inline uint64_t crc_fifo_pop(struct crc_fifo *fifo)
{
	uint64_t entry;

	if (!fifo->n)
		return 0;
	entry = fifo->entries[fifo->first];
	fifo->first = (fifo->first + 1) % CRC_FIFO;
	fifo->n--;
	return entry;
}

#endif
