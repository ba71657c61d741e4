// SPDX-License-Identifier: GPL-2.0
#include "gpu_render.h"

#define MAX_STEPS (1u << 24) /* blocks of one command: a stream that never ends ends here */
#define MAX_CALLS 16

enum block {
	BLOCK_PPP_STATE,
	BLOCK_BARRIER,
	BLOCK_VDM_STATE,
	BLOCK_INDEX_LIST,
	BLOCK_LINK,
	BLOCK_TESSELLATE,
	BLOCK_TERMINATE,
};

#define LINK_CALL (1u << 28)
#define BARRIER_RETURNS (1u << 27)

/* Words after the first of a state block, one for each of its low bits that is set. */
#define VDM_STATE_BITS 0xbfu

struct walk {
	struct agx_worker *worker;
	struct gpu_job *job;
	uint64_t at; /* next block */
	uint64_t calls[MAX_CALLS];
	unsigned int depth;
	bool done;
};

static bool next_word(struct walk *walk, uint32_t *word)
{
	uint64_t bad;

	if (walk->at & 3)
		return gpu_job_fail(walk->job, GPU_BAD_STREAM,
				    "vertex stream at %#llx is not aligned",
				    (unsigned long long)walk->at);
	if (!gpu_read(&walk->worker->front, walk->at, word, 4, &bad))
		return gpu_job_fault(walk->job, bad, false, "vertex stream");
	walk->at += 4;
	return true;
}

static bool run_link(struct walk *walk, uint32_t word)
{
	uint32_t low;

	if (!next_word(walk, &low))
		return false;
	if (word & LINK_CALL) {
		if (walk->depth == MAX_CALLS)
			return gpu_job_fail(walk->job, GPU_BAD_STREAM,
					    "vertex stream calls too deep");
		walk->calls[walk->depth++] = walk->at;
	}
	walk->at = (uint64_t)(word & 0xff) << 32 | low;
	return true;
}

static bool run_barrier(struct walk *walk, uint32_t word)
{
	if (!(word & BARRIER_RETURNS))
		return true;
	if (!walk->depth)
		return gpu_job_fail(walk->job, GPU_BAD_STREAM, "return without a call at %#llx",
				    (unsigned long long)walk->at - 4);
	walk->at = walk->calls[--walk->depth];
	return true;
}

/* State matters to draws only: it is skipped, padding to 8 bytes included. */
static bool skip_state(struct walk *walk, uint32_t word)
{
	unsigned int n_words = __builtin_popcount(word & VDM_STATE_BITS);

	if (word & ~(VDM_STATE_BITS | 7u << 29))
		return gpu_job_fail(walk->job, GPU_UNKNOWN, "vertex stream state %#x at %#llx",
				    word, (unsigned long long)walk->at - 4);
	walk->at += 4 * (n_words + !(n_words & 1));
	return true;
}

static bool run_block(struct walk *walk)
{
	uint64_t at = walk->at;
	uint32_t word;

	if (!next_word(walk, &word))
		return false;
	switch (word >> 29) {
	case BLOCK_PPP_STATE:
		walk->at += 4;
		return true;
	case BLOCK_BARRIER:
		return run_barrier(walk, word);
	case BLOCK_VDM_STATE:
		return skip_state(walk, word);
	case BLOCK_INDEX_LIST:
	case BLOCK_TESSELLATE:
		return gpu_job_fail(walk->job, GPU_UNKNOWN, "draw %#x at %#llx: nothing is drawn",
				    word, (unsigned long long)at);
	case BLOCK_LINK:
		return run_link(walk, word);
	case BLOCK_TERMINATE:
		walk->done = true;
		return true;
	default:
		return gpu_job_fail(walk->job, GPU_UNKNOWN, "vertex stream block %#x at %#llx",
				    word, (unsigned long long)at);
	}
}

static bool run_blocks(struct walk *walk)
{
	for (unsigned int step = 0; !walk->done; step++) {
		gpu_pass(&walk->worker->visit);
		if (step == MAX_STEPS)
			return gpu_job_fail(walk->job, GPU_TIMEOUT, "vertex stream without end");
		if (!(step & 255) && gpu_job_expired(walk->job))
			return false;
		if (!run_block(walk))
			return false;
	}
	return true;
}

bool gpu_render_run(struct gpu_compute *compute, const struct gpu_render_command *command,
		    struct gpu_job *job)
{
	struct walk walk = {
		.worker = gpu_compute_worker(compute),
		.job = job,
		.at = command->stream,
	};
	bool ok;

	gpu_enter(&walk.worker->visit, command->front->guard);
	gpu_tlb_attach(&walk.worker->front, command->front);
	ok = run_blocks(&walk);
	gpu_leave(&walk.worker->visit);
	if (ok && (command->background || command->end_of_tile))
		return gpu_job_fail(job, GPU_UNKNOWN,
				    "render with tile programs: nothing is drawn");
	return ok && atomic_load(&job->status) == GPU_OK;
}
