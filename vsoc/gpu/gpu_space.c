// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gpu_space.h"

/* Generations come from one counter: a TLB can tell spaces apart by them, even a space made anew.
 */
static _Atomic uint64_t next_generation = 1;

void gpu_space_init(struct gpu_space *space, gpu_translate_fn translate, void *opaque)
{
	space->translate = translate;
	space->opaque = opaque;
	space->guard = NULL;
	atomic_init(&space->generation, atomic_fetch_add(&next_generation, 1));
}

void gpu_space_invalidate(struct gpu_space *space)
{
	atomic_store(&space->generation, atomic_fetch_add(&next_generation, 1));
}

static void drop_entries(struct gpu_tlb *tlb, uint64_t generation)
{
	for (unsigned int i = 0; i < GPU_TLB_ENTRIES; i++)
		tlb->entry[i].page = 1;
	tlb->generation = generation;
}

void gpu_tlb_attach(struct gpu_tlb *tlb, struct gpu_space *space)
{
	uint64_t generation = atomic_load(&space->generation);

	if (tlb->space == space && tlb->generation == generation)
		return;
	tlb->space = space;
	drop_entries(tlb, generation);
}

const struct gpu_tlb_entry *gpu_tlb_fill(struct gpu_tlb *tlb, uint64_t page)
{
	struct gpu_tlb_entry *entry = gpu_tlb_slot(tlb, page);
	uint64_t generation = atomic_load(&tlb->space->generation);

	/* The generation is read before the translation: a change in between makes the entry stale.
	 */
	if (generation != tlb->generation)
		drop_entries(tlb, generation);
	entry->access = 0;
	entry->host = page >> GPU_VA_BITS ?
			      NULL :
			      tlb->space->translate(tlb->space->opaque, page, &entry->access);
	entry->page = page;
	tlb->fills++;
	return entry;
}

bool gpu_read(struct gpu_tlb *tlb, uint64_t va, void *data, size_t size, uint64_t *bad)
{
	uint8_t *to = data;

	while (size) {
		const struct gpu_tlb_entry *entry = gpu_tlb_lookup(tlb, va);
		size_t offset = va & (GPU_PAGE_SIZE - 1), part = GPU_PAGE_SIZE - offset;

		if (!entry->host || !(entry->access & GPU_READ)) {
			*bad = va;
			return false;
		}
		if (part > size)
			part = size;
		memcpy(to, entry->host + offset, part);
		to += part;
		va += part;
		size -= part;
	}
	return true;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

void gpu_job_init(struct gpu_job *job, uint64_t timeout_ns)
{
	memset(job, 0, sizeof(*job));
	job->start_ns = now_ns();
	if (timeout_ns)
		job->deadline_ns = job->start_ns + timeout_ns;
}

bool gpu_job_fail(struct gpu_job *job, enum gpu_status status, const char *format, ...)
{
	int none = GPU_OK;
	va_list args;

	if (atomic_compare_exchange_strong(&job->status, &none, (int)status)) {
		va_start(args, format);
		vsnprintf(job->text, sizeof(job->text), format, args);
		va_end(args);
	}
	atomic_store(&job->stop, true);
	return false;
}

static bool fault(struct gpu_job *job, uint64_t va, bool write, bool data, const char *what)
{
	int none = GPU_OK;

	if (atomic_compare_exchange_strong(&job->status, &none, GPU_FAULT)) {
		job->fault_address = va;
		job->fault_write = write;
		job->fault_data = data;
		snprintf(job->text, sizeof(job->text), "%s: %s fault at %#llx", what,
			 write ? "write" : "read", (unsigned long long)va);
	}
	atomic_store(&job->stop, true);
	return false;
}

bool gpu_job_fault(struct gpu_job *job, uint64_t va, bool write, const char *what)
{
	return fault(job, va, write, false, what);
}

bool gpu_job_fault_data(struct gpu_job *job, uint64_t va, bool write, const char *what)
{
	return fault(job, va, write, true, what);
}

bool gpu_job_expired(struct gpu_job *job)
{
	if (job->deadline_ns && !gpu_job_stopping(job) && now_ns() > job->deadline_ns)
		gpu_job_fail(job, GPU_TIMEOUT, "ran longer than allowed");
	return gpu_job_stopping(job);
}
