// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory: the ranges are an array sorted by address, searched by halving. It changes only
 * when the guest's memory layout does. The lock prefers its writer: a display that scans out all
 * the time must not keep an unmap waiting for ever.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct mem_range {
	uint64_t gpa;
	uint64_t last; /* inclusive, so that a range may end at 2^64 */
	void *host;    /* NULL: cannot be reached */
	bool writable;
	void (*release)(void *opaque, void *host, uint64_t size);
	void *opaque;
};

struct mem {
	pthread_rwlock_t lock;     /* protects everything below but the hook */
	struct mem_range *ranges;  /* sorted, without overlap */
	size_t n_ranges;
	size_t capacity;
	bool gate_open;
	bool gate_held;            /* open for ever */
	void (*hook)(void *opaque, enum mem_refusal why, uint64_t gpa, uint64_t len, bool write);
	void *hook_opaque;
	/* Of the threads that change ranges, which are one at a time; needs no lock. */
	void (*change_hook)(void *opaque, uint64_t gpa, uint64_t size, bool comes);
	void *change_opaque;
	struct mem_watch *watches; /* likewise */
};

struct mem *mem_create(void)
{
	struct mem *mem = calloc(1, sizeof(*mem));
	pthread_rwlockattr_t attr;

	if (!mem)
		return NULL;
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&mem->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	mem->gate_open = true;
	return mem;
}

void mem_destroy(struct mem *mem)
{
	if (!mem)
		return;
	mem_unmap_all(mem);
	free(mem->ranges);
	pthread_rwlock_destroy(&mem->lock);
	free(mem);
}

static void lock_for_change(struct mem *mem)
{
	for (struct mem_watch *watch = mem->watches; watch; watch = watch->next)
		watch->change(watch->opaque);
	pthread_rwlock_wrlock(&mem->lock);
}

static void unlock_changed(struct mem *mem)
{
	for (struct mem_watch *watch = mem->watches; watch; watch = watch->next)
		watch->changed(watch->opaque);
	pthread_rwlock_unlock(&mem->lock);
}

void mem_watch(struct mem *mem, struct mem_watch *watch)
{
	watch->next = mem->watches;
	mem->watches = watch;
}

void mem_unwatch(struct mem *mem, struct mem_watch *watch)
{
	struct mem_watch **link = &mem->watches;

	while (*link && *link != watch)
		link = &(*link)->next;
	if (*link)
		*link = watch->next;
}

void mem_set_gate(struct mem *mem, bool open)
{
	lock_for_change(mem);
	mem->gate_open = open || mem->gate_held;
	unlock_changed(mem);
}

void mem_hold_gate(struct mem *mem)
{
	lock_for_change(mem);
	mem->gate_held = true;
	mem->gate_open = true;
	unlock_changed(mem);
}

bool mem_gate_open(struct mem *mem)
{
	return mem->gate_open;
}

void mem_set_refusal_hook(struct mem *mem,
			  void (*hook)(void *opaque, enum mem_refusal why, uint64_t gpa,
				       uint64_t len, bool write),
			  void *opaque)
{
	mem->hook = hook;
	mem->hook_opaque = opaque;
}

void mem_set_change_hook(struct mem *mem,
			 void (*hook)(void *opaque, uint64_t gpa, uint64_t size, bool comes),
			 void *opaque)
{
	mem->change_hook = hook;
	mem->change_opaque = opaque;
}

static void mem_tell(struct mem *mem, uint64_t gpa, uint64_t size, bool comes)
{
	if (mem->change_hook)
		mem->change_hook(mem->change_opaque, gpa, size, comes);
}

/* Index of the first range that ends at or above @gpa; n_ranges if there is none. */
static size_t mem_find(const struct mem *mem, uint64_t gpa)
{
	size_t low = 0, high = mem->n_ranges;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (mem->ranges[middle].last < gpa)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int mem_grow(struct mem *mem)
{
	size_t capacity = mem->capacity ? mem->capacity * 2 : 16;
	struct mem_range *ranges;

	if (mem->n_ranges < mem->capacity)
		return 0;
	ranges = realloc(mem->ranges, capacity * sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	mem->ranges = ranges;
	mem->capacity = capacity;
	return 0;
}

static int mem_insert(struct mem *mem, const struct mem_range *range)
{
	size_t at = mem_find(mem, range->gpa);
	int ret;

	if (at < mem->n_ranges && mem->ranges[at].gpa <= range->last)
		return -EEXIST;
	ret = mem_grow(mem);
	if (ret)
		return ret;
	memmove(&mem->ranges[at + 1], &mem->ranges[at],
		(mem->n_ranges - at) * sizeof(*mem->ranges));
	mem->ranges[at] = *range;
	mem->n_ranges++;
	return 0;
}

int mem_map(struct mem *mem, uint64_t gpa, uint64_t size, void *host, bool writable,
	    void (*release)(void *opaque, void *host, uint64_t size), void *opaque)
{
	struct mem_range range = {
		.gpa = gpa,
		.last = gpa + size - 1,
		.host = host,
		.writable = writable,
		.release = release,
		.opaque = opaque,
	};
	int ret;

	if (!size || range.last < gpa)
		return -EINVAL;
	lock_for_change(mem);
	ret = mem_insert(mem, &range);
	unlock_changed(mem);
	if (!ret)
		mem_tell(mem, gpa, size, true);
	return ret;
}

static void mem_release(const struct mem_range *range)
{
	if (range->release)
		range->release(range->opaque, range->host, range->last - range->gpa + 1);
}

int mem_unmap(struct mem *mem, uint64_t gpa, uint64_t size)
{
	struct mem_range range;
	int ret = -ENOENT;
	size_t at;

	if (size)
		mem_tell(mem, gpa, size, false);
	lock_for_change(mem);
	at = mem_find(mem, gpa);
	if (size && at < mem->n_ranges && mem->ranges[at].gpa == gpa &&
	    mem->ranges[at].last == gpa + size - 1) {
		range = mem->ranges[at];
		mem->n_ranges--;
		memmove(&mem->ranges[at], &mem->ranges[at + 1],
			(mem->n_ranges - at) * sizeof(*mem->ranges));
		ret = 0;
	}
	unlock_changed(mem);
	/* Nobody holds a pointer any more: the write lock has waited for them. */
	if (!ret)
		mem_release(&range);
	return ret;
}

void mem_unmap_all(struct mem *mem)
{
	for (size_t i = 0; i < mem->n_ranges; i++)
		mem_tell(mem, mem->ranges[i].gpa, mem->ranges[i].last - mem->ranges[i].gpa + 1,
			 false);
	lock_for_change(mem);
	for (size_t i = 0; i < mem->n_ranges; i++)
		mem_release(&mem->ranges[i]);
	mem->n_ranges = 0;
	unlock_changed(mem);
}

void mem_lock(struct mem *mem)
{
	pthread_rwlock_rdlock(&mem->lock);
}

void mem_unlock(struct mem *mem)
{
	pthread_rwlock_unlock(&mem->lock);
}

static void *mem_refuse(struct mem *mem, enum mem_refusal why, uint64_t gpa, uint64_t len,
			bool write)
{
	if (mem->hook)
		mem->hook(mem->hook_opaque, why, gpa, len, write);
	return NULL;
}

/* The range that holds all of an area, or NULL. */
static const struct mem_range *mem_range_of(const struct mem *mem, uint64_t gpa, uint64_t len)
{
	size_t at = mem_find(mem, gpa);

	if (!len || at == mem->n_ranges || mem->ranges[at].gpa > gpa ||
	    mem->ranges[at].last - gpa < len - 1)
		return NULL;
	return &mem->ranges[at];
}

bool mem_covers(struct mem *mem, uint64_t gpa, uint64_t len)
{
	const struct mem_range *range = mem_range_of(mem, gpa, len);

	return range && range->host && range->writable;
}

void *mem_ptr(struct mem *mem, uint64_t gpa, uint64_t len, bool write)
{
	const struct mem_range *range;

	if (!mem->gate_open)
		return mem_refuse(mem, MEM_NO_BUSMASTER, gpa, len, write);
	range = mem_range_of(mem, gpa, len);
	if (!range)
		return mem_refuse(mem, MEM_UNMAPPED, gpa, len, write);
	if (!range->host)
		return mem_refuse(mem, MEM_NO_HOST, gpa, len, write);
	if (write && !range->writable)
		return mem_refuse(mem, MEM_READ_ONLY, gpa, len, write);
	return (char *)range->host + (gpa - range->gpa);
}
