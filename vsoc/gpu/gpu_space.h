/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GPU memory as the shader core sees it: an address space that somebody else translates, a small
 * TLB a thread, and direct pointers on a hit. Knows neither page tables nor where memory comes
 * from.
 */
#ifndef VSOC_GPU_GPU_SPACE_H
#define VSOC_GPU_GPU_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gpu_guard.h"

#define GPU_PAGE_SHIFT 14
#define GPU_PAGE_SIZE (1u << GPU_PAGE_SHIFT)
#define GPU_VA_BITS 40
#define GPU_TLB_SHIFT 7
#define GPU_TLB_ENTRIES (1u << GPU_TLB_SHIFT)

enum gpu_access {
	GPU_READ = 1,
	GPU_WRITE = 2,
	GPU_HARD = 4, /* nothing is mapped, and an access is a fault even where others are soft */
};

/*
 * Translates one 16 KiB page at @page (aligned). Returns the host address of its bytes and what may
 * be done in *@access, or NULL if nothing is mapped. Any thread, between gpu_enter() and
 * gpu_leave() of the space's guard. The bytes stay valid until the owner has called
 * gpu_space_invalidate() and every thread has passed the guard since.
 */
typedef void *(*gpu_translate_fn)(void *opaque, uint64_t page, unsigned int *access);

struct gpu_space {
	gpu_translate_fn translate;
	void *opaque;
	struct gpu_guard *guard; /* NULL: its memory never goes away */
	_Atomic uint64_t generation; /* unique among all spaces; a TLB entry of another is stale */
};

struct gpu_tlb_entry {
	uint64_t page; /* address, or 1 for an empty entry */
	uint8_t *host; /* NULL: nothing is mapped */
	unsigned int access;
};

struct gpu_tlb {
	struct gpu_space *space;
	uint64_t generation;
	uint64_t fills;
	struct gpu_tlb_entry entry[GPU_TLB_ENTRIES];
};

void gpu_space_init(struct gpu_space *space, gpu_translate_fn translate, void *opaque);

/* Drops every translation of @space in every TLB, from the next access of each thread on. */
void gpu_space_invalidate(struct gpu_space *space);

/* Makes @tlb serve @space. */
void gpu_tlb_attach(struct gpu_tlb *tlb, struct gpu_space *space);

const struct gpu_tlb_entry *gpu_tlb_fill(struct gpu_tlb *tlb, uint64_t page);

/* Arrays often lie at distances that are powers of two: higher bits take part. */
static inline struct gpu_tlb_entry *gpu_tlb_slot(struct gpu_tlb *tlb, uint64_t page)
{
	uint64_t n = page >> GPU_PAGE_SHIFT;

	n ^= n >> GPU_TLB_SHIFT ^ n >> 2 * GPU_TLB_SHIFT;
	return &tlb->entry[n % GPU_TLB_ENTRIES];
}

/* The entry of the page that holds @va; host is NULL if nothing is mapped there. */
static inline const struct gpu_tlb_entry *gpu_tlb_lookup(struct gpu_tlb *tlb, uint64_t va)
{
	uint64_t page = va & ~(uint64_t)(GPU_PAGE_SIZE - 1);
	struct gpu_tlb_entry *entry = gpu_tlb_slot(tlb, page);

	if (entry->page == page &&
	    tlb->generation == atomic_load_explicit(&tlb->space->generation, memory_order_acquire))
		return entry;
	return gpu_tlb_fill(tlb, page);
}

/*
 * Copies @size bytes at @va into @data; across pages too. False at the first byte that cannot be
 * read, with its address in *@bad. For streams and descriptors: not atomic, not a shader's access.
 */
bool gpu_read(struct gpu_tlb *tlb, uint64_t va, void *data, size_t size, uint64_t *bad);

enum gpu_status {
	GPU_OK,
	GPU_FAULT,	/* no translation, or no permission */
	GPU_BAD_STREAM, /* a control stream that breaks its own rules */
	GPU_UNKNOWN,	/* something that the model does not know */
	GPU_TIMEOUT,	/* ran too long */
	GPU_NO_MEMORY,	/* the host's */
	GPU_ABORTED,	/* was told to stop */
};

/* One command of a queue while it runs. */
struct gpu_job {
	_Atomic int status;	/* enum gpu_status; the first failure stays */
	_Atomic bool stop;	/* everybody who works on it leaves as soon as possible */
	uint64_t start_ns;	/* CLOCK_MONOTONIC */
	uint64_t deadline_ns;	/* the same clock; 0 for none */
	uint64_t fault_address; /* with GPU_FAULT */
	bool fault_write;
	bool fault_data;	/* it was a shader's access, not one of the front end */
	char text[192];		   /* one line for a person */
	_Atomic uint64_t executed; /* instructions of 32 lanes */
	_Atomic uint64_t launches, threadgroups;
};

void gpu_job_init(struct gpu_job *job, uint64_t timeout_ns);

/* Records a failure unless there is one, and stops the job. Any thread. Returns false always. */
bool gpu_job_fail(struct gpu_job *job, enum gpu_status status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool gpu_job_fault(struct gpu_job *job, uint64_t va, bool write, const char *what);
bool gpu_job_fault_data(struct gpu_job *job, uint64_t va, bool write, const char *what);

/* True when work on @job should end; turns a deadline that has passed into a failure. */
bool gpu_job_expired(struct gpu_job *job);

static inline bool gpu_job_stopping(struct gpu_job *job)
{
	return atomic_load_explicit(&job->stop, memory_order_relaxed);
}

#endif
