/* SPDX-License-Identifier: GPL-2.0 */
/* The threads that run threadgroups: one pool for the whole GPU, whatever the number of queues. */
#ifndef VSOC_GPU_GPU_POOL_H
#define VSOC_GPU_GPU_POOL_H

#include "agx_core.h"

struct gpu_pool;

/*
 * @threads: how many run beside the thread that asks for work; 0 is fine, -1 takes one less than
 * the machine has processors. NULL without memory or threads.
 */
struct gpu_pool *gpu_pool_create(int threads);

/* No work may be under way. */
void gpu_pool_destroy(struct gpu_pool *pool);

/*
 * Runs all threadgroups of @launch, on the calling thread with @worker and on the pool's threads.
 * Returns when nobody works on it any more. False if the launch's job failed or was stopped.
 */
bool gpu_pool_run(struct gpu_pool *pool, struct agx_worker *worker, const struct agx_launch *launch,
		  uint64_t threadgroups);

#endif
