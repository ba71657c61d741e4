// SPDX-License-Identifier: GPL-2.0
/* One job: its commands, one after the other, and what became of them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gpu_device_internal.h"
#include "gpu_render.h"

#define COMMAND_BYTES		256
#define COMMAND_TYPE		0x00
#define  TYPE_RENDER		0
#define  TYPE_COMPUTE		1
#define COMMAND_RESERVED	0x04
#define COMMAND_END		0xd8	/* of the fields: reserved up to the timestamps */
#define COMMAND_TIMESTAMPS	0xe0
#define NR_TIMESTAMPS		4

#define COMPUTE_FLAGS		0x08
#define COMPUTE_SAMPLER_COUNT	0x0c
#define COMPUTE_STREAM		0x10
#define COMPUTE_SAMPLER_HEAP	0x20
#define COMPUTE_END		0x38

/* Offsets of the uAPI's structure plus 8. */
#define RENDER_FLAGS		0x08
#define  RENDER_FLAGS_KNOWN	(7u | 1u << 18)
#define RENDER_STREAM		0x10
#define RENDER_BACKGROUND	0xb0
#define RENDER_END_OF_TILE	0xb8

#define FAULT_WRITE		(1u << 0)
#define FAULT_INSTANCE		(1u << 1)
#define FAULT_KERNEL		(1u << 2)

#define DUMP_BYTES		256

struct run {
	struct gpu_context *context;
	const struct gpu_entry *entry;
	struct gpu_result *result;
	struct gpu_job *job;
	uint64_t stream;		/* of the command in hand, for dumps */
	uint8_t command[COMMAND_BYTES];
};

static bool bad_entry(struct run *run, const char *what)
{
	return gpu_job_fail(run->job, (enum gpu_status)GPU_BAD_ENTRY, "%s", what);
}

static bool kernel_fault(struct run *run, uint64_t iova, bool write, const char *what)
{
	gpu_job_fault(run->job, iova, write, what);
	if (atomic_load(&run->job->status) == GPU_FAULT)
		run->result->fault_flags |= FAULT_KERNEL;
	return false;
}

static bool stamp(struct run *run, unsigned int nth)
{
	uint64_t iova = gpu_get64(run->command + COMMAND_TIMESTAMPS + 8 * nth), bad;
	uint8_t now[8];

	if (!iova)
		return true;
	gpu_put64(now, gpu_clock());
	if (dma_write(&run->context->gpu->ports[0], iova, now, sizeof(now), &bad))
		return kernel_fault(run, bad, true, "timestamp");
	return true;
}

static bool is_zero(const uint8_t *command, unsigned int from, unsigned int end)
{
	while (from < end)
		if (command[from++])
			return false;
	return true;
}

static bool check_command(struct run *run)
{
	uint32_t type = gpu_get32(run->command + COMMAND_TYPE);
	const uint8_t *at = run->command + COMMAND_TIMESTAMPS;
	unsigned int end = type == TYPE_COMPUTE ? COMPUTE_END : COMMAND_END;

	if (type > TYPE_COMPUTE)
		return bad_entry(run, "unknown command");
	if (!is_zero(run->command, COMMAND_RESERVED, COMMAND_RESERVED + 4) ||
	    !is_zero(run->command, end, COMMAND_TIMESTAMPS))
		return bad_entry(run, "a reserved field of a command is not 0");
	for (unsigned int i = 0; i < NR_TIMESTAMPS; i++)
		if (gpu_get64(at + 8 * i) % 8)
			return bad_entry(run, "a timestamp is not aligned");
	if (type == TYPE_COMPUTE && gpu_get64(at + 16) | gpu_get64(at + 24))
		return bad_entry(run, "a compute command has two timestamps");
	return true;
}

static bool run_compute(struct run *run)
{
	const struct gpu_compute_command command = {
		.front = &run->context->views[0].space,
		.stream = gpu_get64(run->command + COMPUTE_STREAM),
		.usc_base = run->entry->usc_base,
		.sampler_heap = gpu_get64(run->command + COMPUTE_SAMPLER_HEAP),
		.sampler_count = gpu_get32(run->command + COMPUTE_SAMPLER_COUNT),
	};

	if (gpu_get32(run->command + COMPUTE_FLAGS))
		return bad_entry(run, "unknown flags of a compute command");
	run->stream = command.stream;
	return stamp(run, 0) &&
	       gpu_compute_run(run->context->compute, &run->context->views[1].space, &command,
			       run->job) &&
	       stamp(run, 1);
}

static bool run_render(struct run *run)
{
	const struct gpu_render_command command = {
		.front = &run->context->views[0].space,
		.stream = gpu_get64(run->command + RENDER_STREAM),
		.background = gpu_get32(run->command + RENDER_BACKGROUND),
		.end_of_tile = gpu_get32(run->command + RENDER_END_OF_TILE),
	};

	if (gpu_get32(run->command + RENDER_FLAGS) & ~RENDER_FLAGS_KNOWN)
		return bad_entry(run, "unknown flags of a render command");
	run->stream = command.stream;
	return stamp(run, 0) && stamp(run, 2) &&
	       gpu_render_run(run->context->compute, &command, run->job) && stamp(run, 1) &&
	       stamp(run, 3);
}

static bool run_command(struct run *run, unsigned int nth)
{
	struct gpu_device *gpu = run->context->gpu;
	uint64_t iova = run->entry->commands + (uint64_t)nth * COMMAND_BYTES, bad;

	run->stream = 0;
	if (gpu_job_expired(run->job))
		return false;
	if (dma_read(&gpu->ports[0], iova, run->command, COMMAND_BYTES, &bad))
		return kernel_fault(run, bad, false, "command");
	stat_inc(&gpu->commands);
	if (!check_command(run))
		return false;
	return gpu_get32(run->command) == TYPE_COMPUTE ? run_compute(run) : run_render(run);
}

static void dump(struct run *run)
{
	struct agx_worker *worker = gpu_compute_worker(run->context->compute);
	uint8_t bytes[DUMP_BYTES] = { 0 };
	char line[16 * 9 + 1];
	uint64_t bad;

	if (!run->stream)
		return;
	gpu_enter(&worker->visit, &run->context->gpu->guard);
	gpu_tlb_attach(&worker->front, &run->context->views[0].space);
	gpu_read(&worker->front, run->stream, bytes, sizeof(bytes), &bad);
	gpu_leave(&worker->visit);
	for (unsigned int at = 0; at < sizeof(bytes); at += 32) {
		for (unsigned int i = 0; i < 8; i++)
			sprintf(line + 9 * i, " %08" PRIx32, gpu_get32(bytes + at + 4 * i));
		fprintf(stderr, "vsoc: %s: %010" PRIx64 ":%s\n", run->context->gpu->name,
			run->stream + at, line);
	}
}

static void report(struct run *run)
{
	static const char *const names[GPU_NR_STATUS] = {
		[GPU_FAULT] = "fault", [GPU_BAD_STREAM] = "bad stream", [GPU_UNKNOWN] = "unknown",
		[GPU_TIMEOUT] = "timeout", [GPU_NO_MEMORY] = "no memory",
		[GPU_BAD_ENTRY] = "bad entry",
	};
	const char *name = names[run->result->status];
	struct gpu_device *gpu = run->context->gpu;

	if (!name)
		return;
	stats_note(gpu->stats, gpu->name,
		   "job %" PRIu64 ", context %u, stream %u, command %u: %s: %s", run->entry->job,
		   run->entry->context, run->entry->stream, run->result->command, name,
		   run->job->text);
	if (gpu->dump)
		dump(run);
}

static void take_result(struct run *run)
{
	struct gpu_result *result = run->result;
	struct gpu_device *gpu = run->context->gpu;
	struct gpu_job *job = run->job;

	result->status = atomic_load(&job->status);
	result->end = gpu_clock();
	result->instructions = atomic_load(&job->executed);
	result->launches = atomic_load(&job->launches);
	if (result->status == GPU_FAULT) {
		result->fault_address = job->fault_address;
		result->fault_flags |= (job->fault_write ? FAULT_WRITE : 0) |
				       (job->fault_data ? FAULT_INSTANCE : 0);
	}
	stat_add(&gpu->launches, result->launches);
	stat_add(&gpu->threadgroups, atomic_load(&job->threadgroups));
	stat_add(&gpu->instructions, result->instructions);
}

/**
 * gpu_job_run() - run an entry's commands
 * @context: whose thread calls; its job is initialised, and perhaps aborted already
 * @entry: what to run
 * @result: gets all of it
 *
 * Without locks.
 */
void gpu_job_run(struct gpu_context *context, const struct gpu_entry *entry,
		 struct gpu_result *result)
{
	struct run run = { .context = context, .entry = entry, .result = result };

	run.job = &context->job;
	memset(result, 0, sizeof(*result));
	if (entry->bad) {
		bad_entry(&run, "the submit entry");
	} else if (!gpu_job_stopping(run.job)) {
		/* What the deadline counts from: a job that ran out of time ran at least so long. */
		result->start = run.job->start_ns;
		while (result->command < entry->n_commands && run_command(&run, result->command))
			result->command++;
	}
	take_result(&run);
	report(&run);
}
