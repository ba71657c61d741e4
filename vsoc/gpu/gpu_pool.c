// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "gpu_pool.h"

#define MAX_CHUNK 32

/* One launch while it runs; lives on the stack of the thread that asked for it. */
struct task {
	const struct agx_launch *launch;
	uint64_t total, chunk;
	_Atomic uint64_t next;
	unsigned int helpers; /* threads of the pool that work on it; under the pool's lock */
	struct task *below;
};

struct gpu_pool {
	pthread_mutex_t lock; /* protects everything below */
	pthread_cond_t work;  /* there is a task, or it is time to go */
	pthread_cond_t idle;  /* a task has lost its last helper */
	struct task *tasks;   /* that may have threadgroups left */
	bool leaving;
	unsigned int count;
	pthread_t *thread;
};

static void position_of(const struct agx_launch *launch, uint64_t index, uint64_t position[3])
{
	position[0] = index % launch->groups[0];
	index /= launch->groups[0];
	position[1] = index % launch->groups[1];
	position[2] = index / launch->groups[1];
}

static bool run_chunk(struct agx_worker *worker, struct task *task, uint64_t from)
{
	uint64_t end = from + task->chunk < task->total ? from + task->chunk : task->total;

	for (uint64_t index = from; index < end; index++) {
		uint64_t position[3];

		gpu_pass(&worker->visit);
		if (gpu_job_stopping(task->launch->job))
			return false;
		position_of(task->launch, index, position);
		if (!agx_run_threadgroup(worker, task->launch, position))
			return false;
	}
	atomic_fetch_add(&task->launch->job->threadgroups, end - from);
	return true;
}

static void work_on(struct agx_worker *worker, struct task *task)
{
	uint64_t before = worker->executed;

	for (;;) {
		uint64_t from = atomic_fetch_add(&task->next, task->chunk);

		if (from >= task->total || gpu_job_expired(task->launch->job) ||
		    !run_chunk(worker, task, from))
			break;
	}
	if (task->launch->program->uses_stack)
		agx_worker_rest(worker);
	atomic_fetch_add(&task->launch->job->executed, worker->executed - before);
}

static void unlink_task(struct gpu_pool *pool, struct task *task)
{
	for (struct task **link = &pool->tasks; *link; link = &(*link)->below) {
		if (*link == task) {
			*link = task->below;
			return;
		}
	}
}

static void *pool_thread(void *opaque)
{
	struct agx_worker *worker = agx_worker_create();
	struct gpu_pool *pool = opaque;

	pthread_setname_np(pthread_self(), "gpu-shader");
	pthread_mutex_lock(&pool->lock);
	while (worker && !pool->leaving) {
		struct task *task = pool->tasks;

		if (!task) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		task->helpers++;
		pthread_mutex_unlock(&pool->lock);
		gpu_enter(&worker->visit, task->launch->space->guard);
		work_on(worker, task);
		gpu_leave(&worker->visit);
		pthread_mutex_lock(&pool->lock);
		/* It came back because nothing was left: nobody else needs to look. */
		unlink_task(pool, task);
		if (!--task->helpers)
			pthread_cond_broadcast(&pool->idle);
	}
	pthread_mutex_unlock(&pool->lock);
	agx_worker_destroy(worker);
	return NULL;
}

struct gpu_pool *gpu_pool_create(int threads)
{
	struct gpu_pool *pool = calloc(1, sizeof(*pool));
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (!pool)
		return NULL;
	if (threads < 0)
		threads = processors > 1 ? (int)processors - 1 : 0;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->idle, NULL);
	pool->thread = calloc(threads ? threads : 1, sizeof(*pool->thread));
	if (!pool->thread)
		goto err_destroy;
	for (; pool->count < (unsigned int)threads; pool->count++) {
		if (pthread_create(&pool->thread[pool->count], NULL, pool_thread, pool))
			goto err_destroy;
	}
	return pool;

err_destroy:
	gpu_pool_destroy(pool);
	return NULL;
}

void gpu_pool_destroy(struct gpu_pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->leaving = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned int n = 0; n < pool->count; n++)
		pthread_join(pool->thread[n], NULL);
	free(pool->thread);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->idle);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

/* Small enough that all threads stay busy to the end, large enough not to fight for the counter. */
static uint64_t chunk_size(const struct gpu_pool *pool, uint64_t total)
{
	uint64_t chunk = total / (16 * (pool->count + 1));

	return chunk < 1 ? 1 : chunk > MAX_CHUNK ? MAX_CHUNK : chunk;
}

/* Outside of the guard: a helper that is about to enter it may have to wait until all have left. */
static void wait_for_helpers(struct gpu_pool *pool, struct agx_worker *worker, struct task *task)
{
	struct gpu_guard *guard = worker->visit.guard;

	gpu_leave(&worker->visit);
	pthread_mutex_lock(&pool->lock);
	unlink_task(pool, task);
	while (task->helpers)
		pthread_cond_wait(&pool->idle, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	gpu_enter(&worker->visit, guard);
}

bool gpu_pool_run(struct gpu_pool *pool, struct agx_worker *worker, const struct agx_launch *launch,
		  uint64_t threadgroups)
{
	struct task task = {.launch = launch, .total = threadgroups};
	bool shared = threadgroups > 1 && pool->count;

	task.chunk = chunk_size(pool, threadgroups);
	if (shared) {
		pthread_mutex_lock(&pool->lock);
		task.below = pool->tasks;
		pool->tasks = &task;
		pthread_cond_broadcast(&pool->work);
		pthread_mutex_unlock(&pool->lock);
	}
	work_on(worker, &task);
	if (shared)
		wait_for_helpers(pool, worker, &task);
	return !gpu_job_stopping(launch->job);
}
