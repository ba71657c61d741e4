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

/**
 * enum mem_refusal - why an access was refused
 * @MEM_UNMAPPED: nothing is there, or not all of it in one range
 * @MEM_NO_HOST: known, but without a host mapping
 * @MEM_READ_ONLY: a write to a range that is not writable
 * @MEM_NO_BUSMASTER: the gate is shut
 */
enum mem_refusal {
	MEM_UNMAPPED,
	MEM_NO_HOST,
	MEM_READ_ONLY,
	MEM_NO_BUSMASTER,
};

/**
 * mem_create() - guest memory without any range, the gate open
 *
 * Return: the memory, or NULL when out of memory.
 */
struct mem *mem_create(void);
void mem_destroy(struct mem *mem);

/**
 * mem_set_gate() - let accesses through, or none
 * @mem: guest memory
 * @open: false makes mem_ptr() fail for every address (PCI Bus Master Enable is off)
 *
 * Waits for every holder of mem_lock(), so that no access is under way when it returns.
 */
void mem_set_gate(struct mem *mem, bool open);

/* From now on the gate is open, whatever mem_set_gate() is told: for masters that ask nobody. */
void mem_hold_gate(struct mem *mem);

/* Caller holds mem_lock(). */
bool mem_gate_open(struct mem *mem);

/**
 * mem_set_refusal_hook() - be told of each access that mem_ptr() refuses
 * @mem: guest memory that no thread uses yet
 * @hook: runs with mem_lock() held and must not come back here; NULL: nobody is told
 * @opaque: first argument of @hook
 */
void mem_set_refusal_hook(struct mem *mem,
			  void (*hook)(void *opaque, enum mem_refusal why, uint64_t gpa,
				       uint64_t len, bool write),
			  void *opaque);

/**
 * mem_set_change_hook() - be told of each range that comes or goes
 * @mem: guest memory
 * @hook: runs after a range was added (@comes), and before one is removed, in the thread that does
 *	it, without mem_lock(); NULL: nobody is told
 * @opaque: first argument of @hook
 *
 * To be called while no range is added or removed.
 */
void mem_set_change_hook(struct mem *mem,
			 void (*hook)(void *opaque, uint64_t gpa, uint64_t size, bool comes),
			 void *opaque);

/**
 * struct mem_watch - somebody who keeps pointers for longer than others, and gives them up when
 * asked
 * @change: a change of memory or of the gate is about to wait for the holders of mem_lock(); runs
 *	without any lock in the thread that makes the change
 * @changed: the change is made; runs with all holders of mem_lock() kept out
 * @opaque: first argument of both
 * @next: the memory's own
 *
 * Neither may come back to the memory.
 */
struct mem_watch {
	void (*change)(void *opaque);
	void (*changed)(void *opaque);
	void *opaque;
	struct mem_watch *next;
};

/* To be called while memory does not change. */
void mem_watch(struct mem *mem, struct mem_watch *watch);
void mem_unwatch(struct mem *mem, struct mem_watch *watch);

/**
 * mem_map() - add a range
 * @mem: guest memory
 * @gpa: guest physical address
 * @size: bytes
 * @host: the memory, or NULL for a range that exists but cannot be reached (ROM without a file
 *	descriptor): access fails there
 * @writable: by masters
 * @release: called with @opaque when the range goes, once nobody uses it; may be NULL
 * @opaque: first argument of @release
 *
 * Return: 0, -EEXIST on overlap, -EINVAL on a zero size or a wrap, -ENOMEM.
 */
int mem_map(struct mem *mem, uint64_t gpa, uint64_t size, void *host, bool writable,
	    void (*release)(void *opaque, void *host, uint64_t size), void *opaque);

/**
 * mem_unmap() - remove a range
 * @mem: guest memory
 * @gpa: as it was mapped
 * @size: as it was mapped
 *
 * Return: 0, or -ENOENT if no range was mapped as exactly this one.
 */
int mem_unmap(struct mem *mem, uint64_t gpa, uint64_t size);
void mem_unmap_all(struct mem *mem);

/* Readers may not nest; hold for bounded time (a frame, not a wait). */
void mem_lock(struct mem *mem);
void mem_unlock(struct mem *mem);

/* Could mem_ptr() give a pointer for writing, were the gate open? Caller holds mem_lock(). */
bool mem_covers(struct mem *mem, uint64_t gpa, uint64_t len);

/**
 * mem_ptr() - host pointer to guest memory
 * @mem: guest memory
 * @gpa: guest physical address
 * @len: bytes, at least 1
 * @write: a write, otherwise a read
 *
 * The caller holds mem_lock().
 *
 * Return: the pointer, or NULL if any of it is not mapped, lies in two ranges, is not writable with
 * @write, or if the gate is shut.
 */
void *mem_ptr(struct mem *mem, uint64_t gpa, uint64_t len, bool write);

#endif
