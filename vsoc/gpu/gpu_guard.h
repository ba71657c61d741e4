/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who holds host pointers, and when. Threads that execute shaders keep pointers to memory for as
 * long as a job lasts; whoever takes memory away, or has dropped a translation and must know that
 * nobody uses it any more, waits until each of them has passed a point at which it holds none.
 * Between two such points a thread does a bounded amount of work.
 */
#ifndef VSOC_GPU_GPU_GUARD_H
#define VSOC_GPU_GPU_GUARD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct gpu_visit;

struct gpu_guard {
	void (*enter)(void *opaque); /* before a thread's first access; may wait for a change */
	void (*leave)(void *opaque); /* after its last one */
	void *opaque;
	_Atomic bool attention;	     /* somebody waits for the threads inside */
	pthread_mutex_t lock;	     /* protects everything below; nothing is locked under it */
	pthread_cond_t settled;	     /* @n_owing has become 0 */
	struct gpu_visit *inside;
	unsigned int n_owing;	     /* threads that have not passed since gpu_guard_flush() */
	unsigned int n_changes;	     /* of memory that wait for all threads to leave */
};

/* One thread's, zeroed before its first visit. */
struct gpu_visit {
	struct gpu_guard *guard; /* while it is inside, else NULL */
	struct gpu_visit *next;
	struct gpu_visit **link;
	bool owing;
};

void gpu_guard_init(struct gpu_guard *guard, void (*enter)(void *opaque),
		    void (*leave)(void *opaque), void *opaque);
void gpu_guard_destroy(struct gpu_guard *guard);

/* @guard may be NULL: memory that never goes away needs none. */
void gpu_enter(struct gpu_visit *visit, struct gpu_guard *guard);
void gpu_leave(struct gpu_visit *visit);
void gpu_pass_slowly(struct gpu_visit *visit);

/* A point at which the thread holds no pointer. */
static inline void gpu_pass(struct gpu_visit *visit)
{
	if (visit->guard &&
	    atomic_load_explicit(&visit->guard->attention, memory_order_relaxed))
		gpu_pass_slowly(visit);
}

/*
 * Asks every thread that is inside to pass; the caller has made sure that what it wants nobody to
 * use will not be found again. Does not wait: gpu_guard_flushed() tells whether all have, within
 * @wait_ms. Any thread that is not inside.
 */
void gpu_guard_flush(struct gpu_guard *guard);
bool gpu_guard_flushed(struct gpu_guard *guard, unsigned int wait_ms);

/* Threads leave at their next pass, and enter() keeps them out, until the change is over. */
void gpu_guard_change(struct gpu_guard *guard);
void gpu_guard_changed(struct gpu_guard *guard);

#endif
