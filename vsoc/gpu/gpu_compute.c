// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "gpu_compute.h"
#include "gpu_usc.h"

#define MAX_STEPS (1u << 24) /* blocks of one command: a stream that never ends ends here */
#define MAX_CALLS 16

enum block {
	BLOCK_LAUNCH,
	BLOCK_LINK,
	BLOCK_TERMINATE,
	BLOCK_BARRIER,
	BLOCK_RETURN,
};

#define LINK_CALL (1u << 28)
#define BARRIER_RETURNS (1u << 27)
#define SAMPLERS_WITH_BORDERS 6 /* and 7: classes whose samplers are longer */

struct gpu_compute {
	struct gpu_engine *engine;
	struct agx_worker *worker;
	struct agx_launch launch; /* large: kept here rather than on a stack */
};

/* A command while it is walked. */
struct walk {
	struct gpu_compute *compute;
	const struct gpu_compute_command *command;
	struct gpu_space *space, *front;
	struct gpu_job *job;
	uint64_t at; /* next block */
	uint64_t calls[MAX_CALLS];
	unsigned int depth;
	bool done;
};

static bool read_words(struct walk *walk, uint64_t va, uint32_t *words, unsigned int count,
		       const char *what)
{
	uint64_t bad;

	if (va & 3)
		return gpu_job_fail(walk->job, GPU_BAD_STREAM, "%s at %#llx is not aligned", what,
				    (unsigned long long)va);
	if (!gpu_read(&walk->compute->worker->front, va, words, count * 4, &bad))
		return gpu_job_fault(walk->job, bad, false, what);
	return true;
}

static bool next_words(struct walk *walk, uint32_t *words, unsigned int count)
{
	if (!read_words(walk, walk->at, words, count, "compute stream"))
		return false;
	walk->at += 4 * count;
	return true;
}

/* Grid in threads and threadgroup size of a launch, from the stream or from memory. */
struct grid {
	uint64_t threads[3];
	uint32_t local[3];
};

static bool read_direct(struct walk *walk, struct grid *grid)
{
	uint32_t words[6];

	if (!next_words(walk, words, 6))
		return false;
	for (unsigned int axis = 0; axis < 3; axis++) {
		grid->threads[axis] = words[axis];
		grid->local[axis] = words[3 + axis];
	}
	return true;
}

/* @local_too: the memory holds threads and local size, else the number of threadgroups. */
static bool read_indirect(struct walk *walk, struct grid *grid, bool local_too)
{
	uint32_t words[6] = {0}, pointer[2], local[3];
	uint64_t va;

	if (!next_words(walk, pointer, 2) || (!local_too && !next_words(walk, local, 3)))
		return false;
	va = (uint64_t)(pointer[0] & 0xff) << 32 | (pointer[1] & ~3u);
	if (!read_words(walk, va, words, local_too ? 6 : 3, "indirect dispatch"))
		return false;
	for (unsigned int axis = 0; axis < 3; axis++) {
		grid->local[axis] = local_too ? words[3 + axis] : local[axis];
		grid->threads[axis] = local_too ? words[axis] : (uint64_t)words[axis] * local[axis];
	}
	return true;
}

static bool check_local(struct walk *walk, const struct grid *grid)
{
	uint64_t threads = 1;

	for (unsigned int axis = 0; axis < 3; axis++) {
		uint64_t size = grid->local[axis];

		if (!size || size > AGX_MAX_THREADS)
			threads = AGX_MAX_THREADS + 1;
		else
			threads *= size;
	}
	if (threads > AGX_MAX_THREADS)
		return gpu_job_fail(walk->job, GPU_BAD_STREAM, "threadgroup of %ux%ux%u threads",
				    grid->local[0], grid->local[1], grid->local[2]);
	return true;
}

/* The number of threadgroups; 0 with *@ok false when it is beyond counting. */
static uint64_t count_groups(struct walk *walk, const struct grid *grid, struct agx_launch *launch,
			     bool *ok)
{
	unsigned __int128 total = 1;

	*ok = true;
	for (unsigned int axis = 0; axis < 3; axis++) {
		uint64_t size = grid->local[axis];

		launch->local[axis] = size;
		launch->threads[axis] = grid->threads[axis];
		launch->groups[axis] = (grid->threads[axis] + size - 1) / size;
		total *= launch->groups[axis];
		if (total >> 62) {
			*ok = gpu_job_fail(walk->job, GPU_BAD_STREAM,
					   "more than 2^62 threadgroups");
			return 0;
		}
	}
	return total;
}

static bool run_grid(struct walk *walk, struct agx_launch *launch, const struct gpu_usc *usc,
		     uint64_t total)
{
	struct gpu_engine *engine = walk->compute->engine;
	struct agx_worker *worker = walk->compute->worker;
	const struct agx_program *preamble = NULL;
	bool ok = false;

	launch->program = agx_cache_get(engine->cache, &worker->front, usc->code, walk->job);
	if (!launch->program)
		return false;
	if (usc->has_preamble) {
		preamble = agx_cache_get(engine->cache, &worker->front, usc->preamble, walk->job);
		if (!preamble || !agx_run_preamble(worker, launch, preamble))
			goto out_put;
	}
	ok = gpu_pool_run(engine->pool, worker, launch, total);
out_put:
	agx_cache_put(engine->cache, preamble);
	agx_cache_put(engine->cache, launch->program);
	return ok;
}

static bool run_launch(struct walk *walk, uint32_t word)
{
	struct agx_launch *launch = &walk->compute->launch;
	unsigned int mode = word >> 27 & 3;
	struct gpu_usc usc;
	struct grid grid;
	uint32_t pipeline;
	uint64_t total;
	bool ok;

	if (!next_words(walk, &pipeline, 1))
		return false;
	if (mode == 3)
		return gpu_job_fail(walk->job, GPU_UNKNOWN, "launch mode 3 at %#llx",
				    (unsigned long long)walk->at - 8);
	ok = mode == 0 ? read_direct(walk, &grid) : read_indirect(walk, &grid, mode == 2);
	if (!ok)
		return false;
	/* An indirect launch of nothing may leave the local size empty too. */
	if (!grid.threads[0] || !grid.threads[1] || !grid.threads[2])
		return true;
	if (!check_local(walk, &grid))
		return false;
	memset(launch, 0, sizeof(*launch));
	launch->space = walk->space;
	launch->front = walk->front;
	launch->job = walk->job;
	launch->sampler_heap = walk->command->sampler_heap;
	launch->sampler_count = walk->command->sampler_count;
	launch->has_borders = (word >> 9 & 7) >= SAMPLERS_WITH_BORDERS;
	total = count_groups(walk, &grid, launch, &ok);
	if (!ok || !gpu_usc_walk(&walk->compute->worker->front, walk->command->usc_base,
				 pipeline & ~63u, launch, &usc))
		return false;
	atomic_fetch_add(&walk->job->launches, 1);
	return run_grid(walk, launch, &usc, total);
}

static bool run_link(struct walk *walk, uint32_t word)
{
	uint32_t low;

	if (!next_words(walk, &low, 1))
		return false;
	if (word & LINK_CALL) {
		if (walk->depth == MAX_CALLS)
			return gpu_job_fail(walk->job, GPU_BAD_STREAM,
					    "compute stream calls too deep");
		walk->calls[walk->depth++] = walk->at;
	}
	walk->at = (uint64_t)(word & 0xff) << 32 | low;
	return true;
}

static bool run_return(struct walk *walk)
{
	if (!walk->depth)
		return gpu_job_fail(walk->job, GPU_BAD_STREAM, "return without a call at %#llx",
				    (unsigned long long)walk->at - 4);
	walk->at = walk->calls[--walk->depth];
	return true;
}

static bool run_block(struct walk *walk)
{
	uint32_t word;

	if (!next_words(walk, &word, 1))
		return false;
	switch (word >> 29) {
	case BLOCK_LAUNCH:
		return run_launch(walk, word);
	case BLOCK_LINK:
		return run_link(walk, word);
	case BLOCK_TERMINATE:
		walk->done = true;
		return true;
	case BLOCK_BARRIER:
		return word & BARRIER_RETURNS ? run_return(walk) : true;
	case BLOCK_RETURN:
		return run_return(walk);
	default:
		return gpu_job_fail(walk->job, GPU_UNKNOWN, "compute stream block %#x at %#llx",
				    word, (unsigned long long)walk->at - 4);
	}
}

static bool run_blocks(struct walk *walk)
{
	for (unsigned int step = 0; !walk->done; step++) {
		gpu_pass(&walk->compute->worker->visit);
		if (step == MAX_STEPS)
			return gpu_job_fail(walk->job, GPU_TIMEOUT, "compute stream without end");
		if (!(step & 255) && gpu_job_expired(walk->job))
			return false;
		if (!run_block(walk))
			return false;
	}
	return atomic_load(&walk->job->status) == GPU_OK;
}

bool gpu_compute_run(struct gpu_compute *compute, struct gpu_space *space,
		     const struct gpu_compute_command *command, struct gpu_job *job)
{
	struct walk walk = {
		.compute = compute,
		.command = command,
		.space = space,
		.front = command->front ? command->front : space,
		.job = job,
		.at = command->stream,
	};
	bool ok;

	gpu_enter(&compute->worker->visit, space->guard);
	gpu_tlb_attach(&compute->worker->front, walk.front);
	ok = run_blocks(&walk);
	gpu_leave(&compute->worker->visit);
	return ok;
}

struct gpu_engine *gpu_engine_create(int threads)
{
	struct gpu_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	engine->pool = gpu_pool_create(threads);
	engine->cache = agx_cache_create();
	if (!engine->pool || !engine->cache) {
		gpu_engine_destroy(engine);
		return NULL;
	}
	return engine;
}

void gpu_engine_destroy(struct gpu_engine *engine)
{
	if (!engine)
		return;
	gpu_pool_destroy(engine->pool);
	agx_cache_destroy(engine->cache);
	free(engine);
}

struct gpu_compute *gpu_compute_create(struct gpu_engine *engine)
{
	struct gpu_compute *compute = calloc(1, sizeof(*compute));

	if (!compute)
		return NULL;
	compute->engine = engine;
	compute->worker = agx_worker_create();
	if (!compute->worker) {
		free(compute);
		return NULL;
	}
	return compute;
}

void gpu_compute_destroy(struct gpu_compute *compute)
{
	if (!compute)
		return;
	agx_worker_destroy(compute->worker);
	free(compute);
}

struct agx_worker *gpu_compute_worker(struct gpu_compute *compute)
{
	return compute->worker;
}
