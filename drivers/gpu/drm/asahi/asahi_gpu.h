/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_GPU_H_
#define _ASAHI_GPU_H_

#include <linux/types.h>

#include "asahi_gpu_regs.h"

struct asahi_device;
struct asahi_gpu;
struct device;
struct drm_printer;
struct platform_driver;

/* Commands of a job at most; what the hardware takes, and the uAPI's limit. */
#define ASAHI_GPU_MAX_CMDS	64

/**
 * struct asahi_gpu_info - what the GPU is, checked
 * @generation: 13 for G13
 * @variant: a letter of the product's name, in ASCII
 * @revision: BCD, as the uAPI has it
 * @chip_id: BCD, as the uAPI has it
 * @n_clusters: clusters of cores
 * @n_cores: cores of a cluster
 * @max_frequency_khz: highest clock, in kHz
 * @core_mask: cores that are there, a bit each
 */
struct asahi_gpu_info {
	u32 generation;
	u32 variant;
	u32 revision;
	u32 chip_id;
	u32 n_clusters;
	u32 n_cores;
	u32 max_frequency_khz;
	u64 core_mask;
	/** @n_streams: streams of both DARTs; 1 to one less are for users. */
	u32 n_streams;
	/** @n_contexts: 1 to 64 jobs can run side by side. */
	u32 n_contexts;
};

/**
 * struct asahi_gpu_result - how a job ended
 * @command: index of the command that failed
 * @fault_address: with GPU_FAULT: what was accessed
 * @fault_flags: GPU_FAULT_* bits
 */
struct asahi_gpu_result {
	/** @error: 0, or the errno of its fence. */
	int error;
	/** @status: &enum gpu_status as the GPU gave it; GPU_N_STATUS if it gave none. */
	u32 status;
	u32 command;
	u64 fault_address;
	u32 fault_flags;
	/** @duration_ns: how long it ran. */
	u64 duration_ns;
};

/**
 * struct asahi_gpu_work - a job, as the hardware sees it
 * @stream: of the job's address space, on all of the GPU's DARTs
 * @usc_base: that 32-bit addresses of shaders are relative to
 * @cmds: its commands, the caller's until @done
 * @n_cmds: 1 to ASAHI_GPU_MAX_CMDS
 *
 * The caller fills in the first part, asahi_gpu_claim() and its successors own the second.
 */
struct asahi_gpu_work {
	u32 stream;
	u64 usc_base;
	const struct gpu_cmd *cmds;
	u32 n_cmds;
	/**
	 * @done: called once for work that was submitted, in process context with the GPU's
	 * lock held: must not call back. The work may be freed in it.
	 */
	void (*done)(struct asahi_gpu_work *work, const struct asahi_gpu_result *result);

	/** @context: where it runs; valid from claim to the end. */
	u32 context;
	/** @id: names it in the rings. */
	u64 id;
	/** @deadline: in jiffies, when the watchdog loses patience. */
	unsigned long deadline;
	/** @abort_error: errno for when it ends because it was aborted; 0 if it was not. */
	int abort_error;
};

int asahi_gpu_start(struct asahi_device *asahi);
void asahi_gpu_stop(struct asahi_gpu *gpu);
struct device *asahi_gpu_dev(struct asahi_gpu *gpu);
const struct asahi_gpu_info *asahi_gpu_get_info(struct asahi_gpu *gpu);
bool asahi_gpu_lost(struct asahi_gpu *gpu);
u64 asahi_gpu_clock(struct asahi_gpu *gpu);

int asahi_gpu_claim(struct asahi_gpu *gpu, struct asahi_gpu_work *work);
int asahi_gpu_submit(struct asahi_gpu *gpu, struct asahi_gpu_work *work, u64 *id);
void asahi_gpu_unclaim(struct asahi_gpu *gpu, struct asahi_gpu_work *work);
void asahi_gpu_abort(struct asahi_gpu *gpu, u64 id);

unsigned int asahi_gpu_events(struct asahi_gpu *gpu);
void asahi_gpu_announce(struct asahi_gpu *gpu);
struct wait_queue_head *asahi_gpu_waitqueue(struct asahi_gpu *gpu);

void asahi_gpu_print(struct asahi_gpu *gpu, struct drm_printer *p);

extern struct platform_driver asahi_gpu_driver;

#endif
