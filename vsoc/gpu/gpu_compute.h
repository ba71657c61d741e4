/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compute front end: walks a control stream, gathers what each launch needs and runs it. Its
 * caller owns queues, fences and timestamps; nothing here knows how a command came to the GPU.
 */
#ifndef VSOC_GPU_GPU_COMPUTE_H
#define VSOC_GPU_GPU_COMPUTE_H

#include "agx_program.h"
#include "gpu_pool.h"

/* What all queues share. */
struct gpu_engine {
	struct gpu_pool *pool;
	struct agx_cache *cache;
};

/* @threads as for gpu_pool_create(). NULL without memory. */
struct gpu_engine *gpu_engine_create(int threads);
void gpu_engine_destroy(struct gpu_engine *engine);

/* One queue's context: used by one thread at a time. */
struct gpu_compute;

struct gpu_compute *gpu_compute_create(struct gpu_engine *engine);
void gpu_compute_destroy(struct gpu_compute *compute);

/* The thread's own state, for what else a queue runs. */
struct agx_worker *gpu_compute_worker(struct gpu_compute *compute);

struct gpu_compute_command {
	struct gpu_space *front; /* streams, code and descriptors; NULL: where shaders access too */
	uint64_t stream;   /* GPU address of the control stream */
	uint64_t usc_base; /* that 32-bit shader addresses are relative to */
	uint64_t sampler_heap;
	uint32_t sampler_count;
};

/*
 * Runs one command to its end. True when all of it was done; else @job, which the caller has
 * initialised, says why not. What ran before the failure stays done.
 */
bool gpu_compute_run(struct gpu_compute *compute, struct gpu_space *space,
		     const struct gpu_compute_command *command, struct gpu_job *job);

#endif
