/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guest memory: what the transport has mapped, addressed by guest physical
 * address. A pointer is only good between mem_lock() and mem_unlock(); an
 * unmap waits for every holder, so that the transport can answer a DMA unmap
 * knowing that nobody touches the range any more. The guest changes memory at
 * any time: copy what has to be checked.
 */
#ifndef VSOC_MEM_H
#define VSOC_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mem;

/* Why an access was refused; see mem_set_refusal_hook(). */
enum mem_refusal {
	MEM_UNMAPPED,     /* nothing, or not all of it in one range */
	MEM_NO_HOST,      /* known, but without a host mapping */
	MEM_READ_ONLY,
	MEM_NO_BUSMASTER, /* the gate is shut */
};

/* NULL when out of memory. The gate is open at first. */
struct mem *mem_create(void);
void mem_destroy(struct mem *mem);

/*
 * Shut: mem_ptr() fails for every address (PCI Bus Master Enable is off). Waits for every holder, so
 * that no access is under way when it returns.
 */
void mem_set_gate(struct mem *mem, bool open);

/* Caller holds mem_lock(). */
bool mem_gate_open(struct mem *mem);

/*
 * @hook is told of each access that mem_ptr() refuses. It runs with mem_lock() held and must not
 * come back here. Set before any thread uses @mem.
 */
void mem_set_refusal_hook(struct mem *mem,
			  void (*hook)(void *opaque, enum mem_refusal why, uint64_t gpa,
				       uint64_t len, bool write),
			  void *opaque);

/*
 * Adds [@gpa, @gpa + @size). @host is the memory, or NULL for a range that exists
 * but cannot be reached (ROM without a file descriptor): access fails there.
 * @release is called with @opaque when the range goes. Returns 0, -EEXIST on
 * overlap, -EINVAL on a zero size or a wrap, -ENOMEM.
 */
int mem_map(struct mem *mem, uint64_t gpa, uint64_t size, void *host, bool writable,
	    void (*release)(void *opaque, void *host, uint64_t size), void *opaque);

/* Removes the range that was mapped as exactly this one; -ENOENT if there is none. */
int mem_unmap(struct mem *mem, uint64_t gpa, uint64_t size);
void mem_unmap_all(struct mem *mem);

/* Readers may nest neither; hold for bounded time (a frame, not a wait). */
void mem_lock(struct mem *mem);
void mem_unlock(struct mem *mem);

/*
 * Host pointer for [@gpa, @gpa + @len), or NULL if any of it is not mapped, lies
 * in two ranges, or is not writable with @write. Caller holds mem_lock().
 */
void *mem_ptr(struct mem *mem, uint64_t gpa, uint64_t len, bool write);

#endif
