/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the GPU device: what registers and rings (gpu_device.c) share with the contexts that
 * run jobs (gpu_context.c).
 *
 * A run, from RUN going to 1 to its end, has a number, @run_id; a stop makes it stale. A thread
 * that finds the run of its job stale drops what it has and touches memory no more; RUNNING reads 0
 * when all have.
 *
 * Lock order: mem_lock(), a DART's lock, the guard's lock. @lock is never held while memory is
 * accessed; under it are the guard's lock and the interrupt controller's.
 */
#ifndef VSOC_GPU_GPU_DEVICE_INTERNAL_H
#define VSOC_GPU_GPU_DEVICE_INTERNAL_H

#include <pthread.h>

#include "../dart.h"
#include "gpu_compute.h"
#include "gpu_device.h"

#define GPU_NR_CONTEXTS		64
#define GPU_MAX_HELD		4096	/* jobs that were taken and have no done entry */
#define GPU_MAX_COMMANDS	64
#define GPU_ENTRY_BYTES		64
#define GPU_NO_STREAM		(~0u)
#define GPU_BAD_ENTRY		(GPU_ABORTED + 1)
#define GPU_NR_STATUS		(GPU_BAD_ENTRY + 1)

enum gpu_death {
	GPU_ALIVE,
	GPU_DEAD_CONFIG,
	GPU_DEAD_SUBMIT_FAULT,
	GPU_DEAD_DONE_FAULT,
	GPU_DEAD_SUBMIT_TAIL,
	GPU_DEAD_DONE_HEAD,
};

/* A submit entry, on its way through its context's queue. */
struct gpu_entry {
	struct gpu_entry *next;
	uint64_t index;		/* entries of this run that were taken before it */
	bool bad;
	uint64_t job;
	uint32_t context;
	uint32_t stream;
	uint64_t usc_base;
	uint64_t commands;
	uint32_t n_commands;
	uint32_t timeout_ms;
};

/* What a done entry says beyond the submit entry. */
struct gpu_result {
	uint32_t status;
	uint32_t command;
	uint64_t fault_address;
	uint32_t fault_flags;
	uint64_t instructions;
	uint64_t start, end;
	uint32_t launches;
};

struct gpu_context;

/* What a context sees through one of the DARTs. */
struct gpu_view {
	struct gpu_context *context;
	unsigned int instance;
	struct gpu_space space;
};

struct gpu_context {
	struct gpu_device *gpu;
	unsigned int index;
	pthread_t thread;
	pthread_cond_t work;		/* for the thread: an entry, or time to go */
	struct gpu_entry *first, **last; /* queue; under the device's lock, as is the next */
	bool active;			/* @job is valid, memory may be touched */
	struct gpu_job job;
	struct gpu_compute *compute;	/* the thread's own */
	_Atomic unsigned int stream;	/* of the job, or GPU_NO_STREAM */
	struct gpu_view views[GPU_INSTANCES];
};

struct gpu_ring {
	uint64_t base;
	uint32_t size;			/* entries */
	uint32_t head, tail;		/* free-running */
};

struct gpu_listener {
	struct dart_listener listener;
	struct gpu_device *gpu;
	unsigned int instance;
};

struct gpu_device {
	char *name;
	struct dma_port ports[GPU_INSTANCES];
	struct mem *mem;
	unsigned int n_streams;
	int threads;
	bool dump;			/* the environment asks for dumps of what failed */
	struct irq_source *irq;
	struct stats *stats;
	struct gpu_guard guard;
	struct mem_watch watch;
	struct gpu_listener listeners[GPU_INSTANCES];
	struct gpu_engine *engine;	/* made before the first job runs */
	pthread_t thread;		/* takes jobs from the ring */

	pthread_mutex_t lock;		/* protects everything below */
	pthread_cond_t wake;		/* for the ring's thread */
	pthread_cond_t room;		/* in the done ring; it is nobody's; a run is stale */
	pthread_cond_t stopped;		/* @running has become false */
	bool quit;
	bool run;			/* CTRL.RUN */
	bool running;
	uint64_t run_id;
	enum gpu_death death;
	uint64_t error_address;
	uint32_t irq_status, irq_enable;
	struct gpu_ring submit, done;
	uint64_t abort_until[GPU_NR_CONTEXTS]; /* entries with a lower index are aborted */
	uint64_t n_taken;		/* in this run; the low half is @submit.head */
	uint32_t latch;			/* high half of the register whose low half was read */
	bool done_busy;			/* a thread writes an entry */
	unsigned int n_held;
	unsigned int n_active;		/* contexts */
	/* Written under @lock once each, read by anybody. */
	_Atomic(struct gpu_context *) contexts[GPU_NR_CONTEXTS];
	uint8_t touched[0x4000 / 4 / 8];

	struct stat_counter jobs, by_status[GPU_NR_STATUS], commands, launches, threadgroups,
			    instructions, translations, aborts, deaths, undefined;
};

uint64_t gpu_clock(void);

/* Under the device's lock. */
bool gpu_stale(const struct gpu_device *gpu, uint64_t run_id);
void gpu_die(struct gpu_device *gpu, enum gpu_death why, uint64_t address);
void gpu_raise(struct gpu_device *gpu, uint32_t bits);
/* Gives @entry to its context. False, with @entry still the caller's, when that has no thread. */
bool gpu_context_queue(struct gpu_device *gpu, struct gpu_entry *entry);
void gpu_contexts_stop(struct gpu_device *gpu);
void gpu_context_abort(struct gpu_device *gpu, unsigned int index);

/* Without it. */
void gpu_contexts_drop(struct gpu_device *gpu, unsigned int instance, const uint32_t *sids);
void gpu_contexts_destroy(struct gpu_device *gpu);
bool gpu_done_write(struct gpu_device *gpu, uint64_t run_id, const struct gpu_entry *entry,
		    const struct gpu_result *result);

/* Of gpu_job.c: runs an entry's commands in the thread of its context. */
void gpu_job_run(struct gpu_context *context, const struct gpu_entry *entry,
		 struct gpu_result *result);

static inline uint32_t gpu_get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t gpu_get64(const uint8_t *p)
{
	return gpu_get32(p) | (uint64_t)gpu_get32(p + 4) << 32;
}

static inline void gpu_put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

static inline void gpu_put64(uint8_t *p, uint64_t value)
{
	gpu_put32(p, (uint32_t)value);
	gpu_put32(p + 4, value >> 32);
}

#endif
