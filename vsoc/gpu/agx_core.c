// SPDX-License-Identifier: GPL-2.0
/* Threadgroups: SIMD groups that take turns between barriers. Which interpreter runs them. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "agx_core.h"
#include "agx_image.h"
#include "agx_profile.h"

#define GROUP_STACK ((size_t)AGX_LANES * AGX_STACK)
#define STACK_KEPT (4u << 20) /* of a worker that has nothing to do */

extern const struct agx_interpreter agx_interpreter_base;
#ifdef AGX_HAVE_V3
extern const struct agx_interpreter agx_interpreter_v3;
#endif

const struct agx_interpreter *agx_interpreter(void)
{
#ifdef AGX_HAVE_V3
	const char *wish = getenv("AGX_INTERPRETER");

	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
	    __builtin_cpu_supports("f16c") && __builtin_cpu_supports("bmi2") &&
	    __builtin_cpu_supports("lzcnt") && (!wish || strcmp(wish, "base")))
		return &agx_interpreter_v3;
#endif
	return &agx_interpreter_base;
}

static void *reserve(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

struct agx_worker *agx_worker_create(void)
{
	struct agx_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return NULL;
	worker->interpreter = agx_interpreter();
	worker->profile = agx_profile_create();
	worker->local = calloc(1, AGX_MAX_LOCAL);
	worker->group = reserve(AGX_MAX_GROUPS * sizeof(*worker->group));
	worker->stack = reserve(AGX_MAX_GROUPS * GROUP_STACK);
	worker->images = agx_image_cache_create();
	if (!worker->local || !worker->group || !worker->stack || !worker->images) {
		agx_worker_destroy(worker);
		return NULL;
	}
	return worker;
}

void agx_worker_destroy(struct agx_worker *worker)
{
	if (!worker)
		return;
	free(worker->local);
	agx_image_cache_destroy(worker->images);
	if (worker->group)
		munmap(worker->group, AGX_MAX_GROUPS * sizeof(*worker->group));
	if (worker->stack)
		munmap(worker->stack, AGX_MAX_GROUPS * GROUP_STACK);
	free(worker);
}

/* What an earlier group left is nobody's business: registers, stack and local memory start as
 * zeros. */
static void clear_stack(struct agx_group *group)
{
	for (unsigned int l = 0; group->stack_used && l < AGX_LANES; l++)
		memset(group->stack + (size_t)l * AGX_STACK, 0, group->stack_used);
	group->stack_used = 0;
}

static void start_group(struct agx_worker *worker, struct agx_group *group,
			const struct agx_launch *launch, const struct agx_program *program,
			unsigned int index, uint32_t exists)
{
	memset(group->r, 0, program->rows * sizeof(group->r[0]));
	group->stack = worker->stack + index * GROUP_STACK;
	clear_stack(group);
	group->exists = exists;
	group->pc = 0;
	group->index = index;
	group->state = AGX_RUNNING;
	group->launch = launch;
	group->program = program;
	group->writable = NULL;
	group->worker = worker;
}

/* Threads of the grid's last groups may lie outside of it; they exist in no group. */
static uint32_t existing_lanes(const struct agx_worker *worker, const struct agx_launch *launch,
			       unsigned int index)
{
	uint32_t total = launch->local[0] * launch->local[1] * launch->local[2], exists = 0;

	for (unsigned int l = 0; l < AGX_LANES; l++) {
		uint32_t thread = index * AGX_LANES + l, left = thread;
		bool inside = thread < total;

		for (unsigned int axis = 0; axis < 3 && inside; axis++) {
			uint32_t size = launch->local[axis], at = axis == 2 ? left : left % size;

			left /= size;
			inside = worker->position[axis] * size + at < launch->threads[axis];
		}
		exists |= (uint32_t)inside << l;
	}
	return exists;
}

static bool is_whole(const struct agx_worker *worker, const struct agx_launch *launch)
{
	for (unsigned int axis = 0; axis < 3; axis++) {
		if ((worker->position[axis] + 1) * launch->local[axis] > launch->threads[axis])
			return false;
	}
	return true;
}

static uint32_t group_lanes(const struct agx_worker *worker, const struct agx_launch *launch,
			    unsigned int index, bool whole)
{
	uint32_t total = launch->local[0] * launch->local[1] * launch->local[2];

	if (!whole)
		return existing_lanes(worker, launch, index);
	return total - index * AGX_LANES >= AGX_LANES ? 0xffffffff :
							(1u << (total % AGX_LANES)) - 1;
}

void agx_worker_rest(struct agx_worker *worker)
{
	size_t used = 0;

	for (unsigned int n = 0; n < AGX_MAX_GROUPS; n++)
		used += (size_t)worker->group[n].stack_used * AGX_LANES;
	if (used <= STACK_KEPT)
		return;
	madvise(worker->stack, AGX_MAX_GROUPS * GROUP_STACK, MADV_DONTNEED);
	for (unsigned int n = 0; n < AGX_MAX_GROUPS; n++)
		worker->group[n].stack_used = 0;
}

/* Between two barriers the groups run one after the other; memory is coherent, so order is no
 * matter. */
static bool run_groups(struct agx_worker *worker, unsigned int count)
{
	bool waiting;

	do {
		waiting = false;
		for (unsigned int n = 0; n < count; n++) {
			struct agx_group *group = &worker->group[n];

			gpu_pass(&worker->visit);
			if (group->state == AGX_STOPPED)
				continue;
			worker->interpreter->run(group);
			if (group->state == AGX_FAILED)
				return false;
			waiting |= group->state == AGX_AT_BARRIER;
		}
		if (waiting && gpu_job_stopping(worker->group[0].launch->job))
			return false;
	} while (waiting);
	return true;
}

bool agx_run_threadgroup(struct agx_worker *worker, const struct agx_launch *launch,
			 const uint64_t position[3])
{
	uint32_t total = launch->local[0] * launch->local[1] * launch->local[2];
	unsigned int count = (total + AGX_LANES - 1) / AGX_LANES;
	bool whole;

	memcpy(worker->position, position, sizeof(worker->position));
	whole = is_whole(worker, launch);
	worker->local_bytes = launch->local_bytes;
	memset(worker->local, 0, launch->local_bytes);
	gpu_tlb_attach(&worker->tlb, launch->space);
	gpu_tlb_attach(&worker->front, launch->front);
	for (unsigned int n = 0; n < count; n++)
		start_group(worker, &worker->group[n], launch, launch->program, n,
			    group_lanes(worker, launch, n, whole));
	return run_groups(worker, count);
}

bool agx_run_preamble(struct agx_worker *worker, struct agx_launch *launch,
		      const struct agx_program *program)
{
	struct agx_group *group = &worker->group[0];

	memset(worker->position, 0, sizeof(worker->position));
	worker->local_bytes = 0;
	gpu_tlb_attach(&worker->tlb, launch->space);
	gpu_tlb_attach(&worker->front, launch->front);
	start_group(worker, group, launch, program, 0, 1);
	group->writable = launch;
	return run_groups(worker, 1);
}
