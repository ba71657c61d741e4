// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <time.h>

#include "gpu_guard.h"

void gpu_guard_init(struct gpu_guard *guard, void (*enter)(void *opaque),
		    void (*leave)(void *opaque), void *opaque)
{
	pthread_condattr_t attr;

	*guard = (struct gpu_guard){ .enter = enter, .leave = leave, .opaque = opaque };
	pthread_mutex_init(&guard->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&guard->settled, &attr);
	pthread_condattr_destroy(&attr);
}

void gpu_guard_destroy(struct gpu_guard *guard)
{
	pthread_cond_destroy(&guard->settled);
	pthread_mutex_destroy(&guard->lock);
}

/* Callers of these three hold the lock. */

static void update(struct gpu_guard *guard)
{
	atomic_store_explicit(&guard->attention, guard->n_owing || guard->n_changes,
			      memory_order_relaxed);
}

static void settle(struct gpu_guard *guard, struct gpu_visit *visit)
{
	if (!visit->owing)
		return;
	visit->owing = false;
	if (!--guard->n_owing)
		pthread_cond_broadcast(&guard->settled);
	update(guard);
}

static void put_in(struct gpu_guard *guard, struct gpu_visit *visit)
{
	visit->next = guard->inside;
	visit->link = &guard->inside;
	if (visit->next)
		visit->next->link = &visit->next;
	guard->inside = visit;
	visit->guard = guard;
}

void gpu_enter(struct gpu_visit *visit, struct gpu_guard *guard)
{
	if (!guard)
		return;
	guard->enter(guard->opaque);
	pthread_mutex_lock(&guard->lock);
	put_in(guard, visit);
	pthread_mutex_unlock(&guard->lock);
}

void gpu_leave(struct gpu_visit *visit)
{
	struct gpu_guard *guard = visit->guard;

	if (!guard)
		return;
	pthread_mutex_lock(&guard->lock);
	settle(guard, visit);
	*visit->link = visit->next;
	if (visit->next)
		visit->next->link = visit->link;
	visit->guard = NULL;
	pthread_mutex_unlock(&guard->lock);
	guard->leave(guard->opaque);
}

void gpu_pass_slowly(struct gpu_visit *visit)
{
	struct gpu_guard *guard = visit->guard;
	bool change;

	pthread_mutex_lock(&guard->lock);
	settle(guard, visit);
	change = guard->n_changes;
	pthread_mutex_unlock(&guard->lock);
	if (!change)
		return;
	gpu_leave(visit);
	gpu_enter(visit, guard);
}

void gpu_guard_flush(struct gpu_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	for (struct gpu_visit *visit = guard->inside; visit; visit = visit->next) {
		guard->n_owing += !visit->owing;
		visit->owing = true;
	}
	update(guard);
	pthread_mutex_unlock(&guard->lock);
}

static struct timespec after_ms(unsigned int ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000l;
	if (at.tv_nsec >= 1000000000l) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000l;
	}
	return at;
}

bool gpu_guard_flushed(struct gpu_guard *guard, unsigned int wait_ms)
{
	struct timespec until = after_ms(wait_ms);
	bool flushed;

	pthread_mutex_lock(&guard->lock);
	while (guard->n_owing && wait_ms &&
	       !pthread_cond_timedwait(&guard->settled, &guard->lock, &until))
		;
	flushed = !guard->n_owing;
	pthread_mutex_unlock(&guard->lock);
	return flushed;
}

void gpu_guard_change(struct gpu_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	guard->n_changes++;
	update(guard);
	pthread_mutex_unlock(&guard->lock);
}

void gpu_guard_changed(struct gpu_guard *guard)
{
	pthread_mutex_lock(&guard->lock);
	guard->n_changes--;
	update(guard);
	pthread_mutex_unlock(&guard->lock);
}
