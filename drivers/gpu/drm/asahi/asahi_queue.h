/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_QUEUE_H_
#define _ASAHI_QUEUE_H_

#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

#include "asahi_gpu.h"

struct asahi_device;
struct asahi_stream;
struct asahi_timestamps;
struct asahi_usage;
struct asahi_vm;

/**
 * struct asahi_queue - jobs that run one after the other
 * @ref: holders: the file and jobs
 * @asahi: the device
 * @vm: address space of its jobs; a reference
 * @usage: where its jobs are accounted; a reference
 * @usc_base: that 32-bit addresses of shaders are relative to
 * @sched: the scheduler of this queue alone
 * @entity: its only entity
 * @fence_context: of the fences that the hardware signals; the next one is for clients'
 * @fence_seq: the last of either
 * @release: the end of the queue, where sleeping is allowed
 *
 * The file holds a reference, and so does each job until it has ended.
 */
struct asahi_queue {
	struct kref ref;
	struct asahi_device *asahi;
	struct asahi_vm *vm;
	struct asahi_usage *usage;
	u64 usc_base;

	/** @lock: makes arming and pushing a job one step; protects @dead and @fence_seq. */
	struct mutex lock;
	/** @dead: killed: no job is taken any more, none starts. Also read without the lock. */
	bool dead;
	struct drm_gpu_scheduler sched;
	struct drm_sched_entity entity;
	u64 fence_context;
	u64 fence_seq;

	/** @running: id of the job in the hardware, or of one that has been. */
	u64 running;

	/** @closing: in &asahi_file.closing; belongs to the file. */
	struct list_head closing;

	struct work_struct release;
};

/**
 * struct asahi_job - a SUBMIT
 * @base: the scheduler's part
 * @work: the hardware's part
 * @queue: where it belongs; a reference
 * @cmds: its commands
 * @n_cmds: their number
 * @n_timestamps: number of @timestamps
 */
struct asahi_job {
	struct drm_sched_job base;
	struct asahi_gpu_work work;
	struct asahi_queue *queue;
	/** @stream: that the VM is on, from just before it runs to its end. */
	struct asahi_stream *stream;
	/** @done_fence: signalled by the hardware's answer. */
	struct dma_fence *done_fence;
	/** @out_fence: what clients wait for: signalled when the job has ended, run or not. */
	struct dma_fence *out_fence;
	struct gpu_cmd *cmds;
	u32 n_cmds;
	/** @timestamps: that the commands write to, references. */
	struct asahi_timestamps **timestamps;
	unsigned int n_timestamps;
	/** @begun_ns: see asahi_usage_begin(). */
	u64 begun_ns;
	/** @error: why it cannot run, found out just before it should. */
	int error;
};

int asahi_queue_module_init(void);
void asahi_queue_module_exit(void);

struct asahi_queue *asahi_queue_create(struct asahi_device *asahi, struct asahi_vm *vm,
				       struct asahi_usage *usage, u64 usc_base);
struct asahi_queue *asahi_queue_get(struct asahi_queue *queue);
void asahi_queue_put(struct asahi_queue *queue);
void asahi_queue_kill(struct asahi_queue *queue);
bool asahi_queue_is_idle(struct asahi_queue *queue);

struct asahi_job *asahi_job_alloc(struct asahi_queue *queue);
void asahi_job_free(struct asahi_job *job);
int asahi_job_arm(struct asahi_job *job);

#endif
