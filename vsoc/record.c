// SPDX-License-Identifier: GPL-2.0
/* Frame records in guest memory. */
#include "record.h"

#include <endian.h>
#include <errno.h>
#include <stddef.h>

#include "mem.h"

/* Little endian. A page holds all of it, as it is aligned. */
struct layout {
	uint32_t first;         /* the number, written first */
	uint32_t events;
	uint32_t count;
	uint32_t latched_seq;
	uint64_t time_ns;
	uint32_t reserved;
	uint32_t last;          /* the number again, written last */
};

_Static_assert(sizeof(struct layout) == RECORD_BYTES, "documented size");

static void fill(struct layout *to, const struct frame_record *record)
{
	uint32_t number = htole32(record->number);

	__atomic_store_n(&to->first, number, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&to->events, htole32(record->events), __ATOMIC_RELAXED);
	__atomic_store_n(&to->count, htole32(record->count), __ATOMIC_RELAXED);
	__atomic_store_n(&to->latched_seq, htole32(record->latched_seq), __ATOMIC_RELAXED);
	__atomic_store_n(&to->time_ns, htole64(record->time_ns), __ATOMIC_RELAXED);
	__atomic_store_n(&to->reserved, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&to->last, number, __ATOMIC_RELEASE);
}

int record_write(struct dma_port *port, uint64_t dva, const struct frame_record *record)
{
	struct layout *to;
	size_t got;

	mem_lock(port->mem);
	to = dma_ptr(port, dva, sizeof(*to), true, &got);
	if (to && got == sizeof(*to))
		fill(to, record);
	else
		to = NULL;
	mem_unlock(port->mem);

	return to ? 0 : -EFAULT;
}
