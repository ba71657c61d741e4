// SPDX-License-Identifier: GPL-2.0
/*
 * Queues and their jobs.
 *
 * A queue is an entity of the scheduler with a scheduler to itself, and one job
 * in the hardware at a time. What a job needs of the hardware, a context and its
 * VM on a stream, it gets just before it runs, when it waits for nobody else any
 * more: so who holds something runs, and will give it back. If all is taken the
 * queue's own work item waits, until something is free or the queue is killed.
 *
 * Clients never get the scheduler's own fences: these ask the scheduler for a name
 * as long as they exist, and a queue's scheduler goes with the queue.
 */

#include <linux/module.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_print.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_fault.h"
#include "asahi_file.h"
#include "asahi_gpu.h"
#include "asahi_queue.h"
#include "asahi_stream.h"
#include "asahi_timestamp.h"
#include "asahi_vm.h"

/*
 * The module's, since queues may outlive the device. The end of a queue may be that of the DRM
 * device, which waits for work that memory may have to wait for: not among what jobs need.
 */
static struct workqueue_struct *queue_wq, *release_wq;

/* Fences: of the hardware, and for clients */

struct queue_fence {
	struct dma_fence base;
	spinlock_t lock;	/* the fence's own */
	/** @finished: for one of a client: in the scheduler's fence, whose end is copied. */
	struct dma_fence_cb finished;
};

static_assert(offsetof(struct queue_fence, base) == 0);

static const char *queue_fence_driver_name(struct dma_fence *fence)
{
	return "asahi";
}

static const char *queue_fence_timeline_name(struct dma_fence *fence)
{
	return "queue";
}

static void queue_fence_release(struct dma_fence *fence)
{
	dma_fence_free(fence);
	module_put(THIS_MODULE);
}

static const struct dma_fence_ops queue_fence_ops = {
	.get_driver_name = queue_fence_driver_name,
	.get_timeline_name = queue_fence_timeline_name,
	.release = queue_fence_release,
};

/* The code must stay as long as somebody can ask the fence for its name. */
static struct queue_fence *queue_fence_alloc(void)
{
	struct queue_fence *fence = kzalloc(sizeof(*fence), GFP_KERNEL);

	if (fence)
		__module_get(THIS_MODULE);
	return fence;
}

/* Two places that set the lock up: a client's fence is signalled inside of one of the hardware. */
static void queue_fence_init(struct queue_fence *fence, struct asahi_queue *queue)
{
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &queue_fence_ops, &fence->lock, queue->fence_context,
		       queue->fence_seq);
}

static void queue_fence_init_out(struct queue_fence *fence, struct asahi_queue *queue)
{
	spin_lock_init(&fence->lock);
	dma_fence_init(&fence->base, &queue_fence_ops, &fence->lock, queue->fence_context + 1,
		       queue->fence_seq);
}

static void queue_fence_finished(struct dma_fence *finished, struct dma_fence_cb *cb)
{
	struct queue_fence *fence = container_of(cb, struct queue_fence, finished);

	if (finished->error)
		dma_fence_set_error(&fence->base, finished->error);
	dma_fence_signal(&fence->base);
	dma_fence_put(&fence->base);
}

/* From now on @out ends as @finished does, which has not ended yet. */
static void queue_fence_follow(struct dma_fence *out, struct dma_fence *finished)
{
	struct queue_fence *fence = container_of(out, struct queue_fence, base);

	dma_fence_get(out);
	if (WARN_ON(dma_fence_add_callback(finished, &fence->finished, queue_fence_finished)))
		queue_fence_finished(finished, &fence->finished);
}

/* Jobs */

static struct asahi_job *to_job(struct drm_sched_job *base)
{
	return container_of(base, struct asahi_job, base);
}

/**
 * asahi_job_alloc() - a new job
 * @queue: that it is for
 *
 * Return: the job, for asahi_job_free(), or NULL.
 */
struct asahi_job *asahi_job_alloc(struct asahi_queue *queue)
{
	struct asahi_job *job = kzalloc(sizeof(*job), GFP_KERNEL_ACCOUNT);

	if (job)
		job->queue = asahi_queue_get(queue);
	return job;
}

/**
 * asahi_job_free() - free a job
 * @job: has ended, or was never armed; drm_sched_job_cleanup() has been called if need be
 */
void asahi_job_free(struct asahi_job *job)
{
	while (job->n_timestamps)
		asahi_timestamps_put(job->timestamps[--job->n_timestamps]);
	kvfree(job->timestamps);
	kvfree(job->cmds);
	dma_fence_put(job->done_fence);
	dma_fence_put(job->out_fence);
	asahi_queue_put(job->queue);
	kfree(job);
}

static int job_create_fences(struct asahi_job *job)
{
	struct asahi_queue *queue = job->queue;
	struct queue_fence *done, *out;

	lockdep_assert_held(&queue->lock);

	done = queue_fence_alloc();
	if (!done)
		return -ENOMEM;
	queue->fence_seq++;
	queue_fence_init(done, queue);
	job->done_fence = &done->base;

	out = queue_fence_alloc();
	if (!out)
		return -ENOMEM;
	queue_fence_init_out(out, queue);
	job->out_fence = &out->base;
	return 0;
}

/**
 * asahi_job_arm() - drm_sched_job_arm(), if the queue still takes jobs
 * @job: complete; its scheduler job has been initialized
 *
 * &asahi_job.out_fence is set afterwards.
 *
 * Locking: the queue's lock, until the job was pushed.
 *
 * Return: 0; then the job must be pushed. -ENOENT for a queue that was killed, -ENOMEM.
 */
int asahi_job_arm(struct asahi_job *job)
{
	int ret;

	lockdep_assert_held(&job->queue->lock);

	if (job->queue->dead)
		return -ENOENT;
	ret = job_create_fences(job);
	if (ret)
		return ret;

	drm_sched_job_arm(&job->base);
	queue_fence_follow(job->out_fence, &job->base.s_fence->finished);
	return 0;
}

/*
 * Lines about jobs that failed. How many were left out is no warning: clients cause them, and
 * debugfs has the number.
 */
static struct ratelimit_state job_report_limit =
	RATELIMIT_STATE_INIT_FLAGS(job_report_limit, DEFAULT_RATELIMIT_INTERVAL,
				   DEFAULT_RATELIMIT_BURST, RATELIMIT_MSG_ON_RELEASE);

static void job_report_fault(struct asahi_job *job, const struct asahi_gpu_result *result)
{
	struct asahi_device *asahi = job->queue->asahi;
	bool kernel = result->fault_flags & GPU_FAULT_KERNEL;
	struct asahi_job_fault fault = {
		.client_id = job->queue->usage->client_id,
		.address = result->fault_address,
		.stream = kernel ? 0 : job->work.stream,
		.dart = !!(result->fault_flags & GPU_FAULT_INSTANCE),
		.command = result->command,
		.write = result->fault_flags & GPU_FAULT_WRITE,
	};

	asahi_fault_record(asahi, &fault);
	if (__ratelimit(&job_report_limit))
		dev_notice(asahi_gpu_dev(asahi->gpu),
			   "job failed: command %u %s %#llx, stream %u of DART %u\n", fault.command,
			   fault.write ? "writes" : "reads", fault.address, fault.stream,
			   fault.dart);
}

static void job_report(struct asahi_job *job, const struct asahi_gpu_result *result)
{
	struct device *dev = asahi_gpu_dev(job->queue->asahi->gpu);

	/* A client that is gone, or a device that is: no news. */
	if (result->error == -ECANCELED || result->error == -ENODEV)
		return;
	if (result->status == GPU_FAULT)
		job_report_fault(job, result);
	else if (__ratelimit(&job_report_limit))
		dev_notice(dev, "job failed: command %u, status %u, error %d\n", result->command,
			   result->status, result->error);
}

static void job_done(struct asahi_gpu_work *work, const struct asahi_gpu_result *result)
{
	struct asahi_job *job = container_of(work, struct asahi_job, work);
	struct dma_fence *fence = dma_fence_get(job->done_fence);

	asahi_usage_end(job->queue->usage, job->begun_ns, result->duration_ns, result->error);
	if (result->error) {
		dma_fence_set_error(fence, result->error);
		job_report(job, result);
	}
	asahi_stream_put(job->queue->asahi, job->stream);

	/* The job may be freed as soon as this has signalled. */
	dma_fence_signal(fence);
	dma_fence_put(fence);
}

static int job_acquire(struct asahi_job *job)
{
	struct asahi_vm *vm = job->queue->vm;
	int ret;

	if (READ_ONCE(vm->broken))
		return -EIO;
	job->stream = asahi_stream_get(vm);
	if (IS_ERR(job->stream))
		return PTR_ERR(job->stream);
	job->work.stream = asahi_stream_pasid(job->stream);
	ret = asahi_gpu_claim(job->queue->asahi->gpu, &job->work);
	if (ret)
		asahi_stream_put(vm->asahi, job->stream);
	return ret;
}

/* All fences that the job depends on have signalled. Never asks for another one. */
static struct dma_fence *job_prepare(struct drm_sched_job *base, struct drm_sched_entity *entity)
{
	struct asahi_job *job = to_job(base);
	struct asahi_queue *queue = job->queue;
	struct asahi_gpu *gpu = queue->asahi->gpu;
	unsigned int events;

	do {
		events = asahi_gpu_events(gpu);
		job->error = READ_ONCE(queue->dead) ? -ECANCELED : job_acquire(job);
		if (job->error == -EBUSY)
			wait_event(*asahi_gpu_waitqueue(gpu), asahi_gpu_events(gpu) != events ||
				   READ_ONCE(queue->dead));
	} while (job->error == -EBUSY);

	return NULL;
}

static struct dma_fence *job_run(struct drm_sched_job *base)
{
	struct asahi_job *job = to_job(base);
	struct asahi_queue *queue = job->queue;
	struct dma_fence *fence;
	u64 id;
	int ret;

	if (job->error)
		return ERR_PTR(job->error);

	job->work.usc_base = queue->usc_base;
	job->work.cmds = job->cmds;
	job->work.n_cmds = job->n_cmds;
	job->work.done = job_done;
	/* For the scheduler; once submitted the job may end at any time. */
	fence = dma_fence_get(job->done_fence);
	job->begun_ns = asahi_usage_begin(queue->usage);
	ret = asahi_gpu_submit(queue->asahi->gpu, &job->work, &id);
	if (ret) {
		asahi_usage_cancel(queue->usage, job->begun_ns);
		asahi_stream_put(queue->asahi, job->stream);
		asahi_gpu_announce(queue->asahi->gpu);
		dma_fence_put(fence);
		return ERR_PTR(ret);
	}

	WRITE_ONCE(queue->running, id);
	return fence;
}

static void job_free(struct drm_sched_job *base)
{
	drm_sched_job_cleanup(base);
	asahi_job_free(to_job(base));
}

static const struct drm_sched_backend_ops queue_sched_ops = {
	.prepare_job = job_prepare,
	.run_job = job_run,
	.free_job = job_free,
};

/* Queues */

/* Not where the last job is freed: the scheduler cannot be torn down from its own work. */
static void queue_release_work(struct work_struct *work)
{
	struct asahi_queue *queue = container_of(work, struct asahi_queue, release);
	struct asahi_device *asahi = queue->asahi;

	if (!queue->dead)
		drm_sched_entity_fini(&queue->entity);
	drm_sched_fini(&queue->sched);
	mutex_destroy(&queue->lock);
	asahi_vm_put(queue->vm);
	asahi_usage_put(queue->usage);
	kfree(queue);
	atomic_dec(&asahi->n_queues);
	drm_dev_put(&asahi->drm);
	/* Unloading waits for this work item. */
	module_put(THIS_MODULE);
}

static void queue_release(struct kref *ref)
{
	struct asahi_queue *queue = container_of(ref, struct asahi_queue, ref);

	queue_work(release_wq, &queue->release);
}

/**
 * asahi_queue_get() - take a reference
 * @queue: a queue
 *
 * Return: @queue.
 */
struct asahi_queue *asahi_queue_get(struct asahi_queue *queue)
{
	kref_get(&queue->ref);
	return queue;
}

/**
 * asahi_queue_put() - drop a reference
 * @queue: a queue; the last reference of all is dropped when its last job has ended
 */
void asahi_queue_put(struct asahi_queue *queue)
{
	kref_put(&queue->ref, queue_release);
}

static int queue_init_sched(struct asahi_queue *queue)
{
	struct drm_gpu_scheduler *sched = &queue->sched;
	int ret;

	ret = asahi_sched_init(sched, &queue_sched_ops, queue_wq, "asahi", queue->asahi->drm.dev);
	if (ret)
		return ret;
	ret = drm_sched_entity_init(&queue->entity, 0, &sched, 1, NULL);
	if (ret)
		drm_sched_fini(sched);
	return ret;
}

/**
 * asahi_queue_create() - a new queue
 * @asahi: the device, with a GPU
 * @vm: address space of all its jobs
 * @usage: where they are counted
 * @usc_base: what their shader addresses are relative to
 *
 * Return: the queue, or an ERR_PTR: -ENOMEM.
 */
struct asahi_queue *asahi_queue_create(struct asahi_device *asahi, struct asahi_vm *vm,
				       struct asahi_usage *usage, u64 usc_base)
{
	struct asahi_queue *queue;
	int ret;

	queue = kzalloc(sizeof(*queue), GFP_KERNEL_ACCOUNT);
	if (!queue)
		return ERR_PTR(-ENOMEM);

	kref_init(&queue->ref);
	mutex_init(&queue->lock);
	INIT_LIST_HEAD(&queue->closing);
	INIT_WORK(&queue->release, queue_release_work);
	queue->asahi = asahi;
	queue->usc_base = usc_base;
	queue->fence_context = dma_fence_context_alloc(2);
	ret = queue_init_sched(queue);
	if (ret) {
		mutex_destroy(&queue->lock);
		kfree(queue);
		return ERR_PTR(ret);
	}

	queue->vm = asahi_vm_get(vm);
	queue->usage = asahi_usage_get(usage);
	drm_dev_get(&asahi->drm);
	__module_get(THIS_MODULE);
	atomic_inc(&asahi->n_queues);
	return queue;
}

/**
 * asahi_queue_kill() - end a queue whose client is gone
 * @queue: the caller keeps his reference
 *
 * A job in the hardware is aborted, jobs that wait end with an error once what they wait for has
 * signalled. Does not wait for either.
 *
 * Context: may sleep.
 */
void asahi_queue_kill(struct asahi_queue *queue)
{
	mutex_lock(&queue->lock);
	if (queue->dead)
		goto out_unlock;

	/* Wakes a job that waits for hardware, so that the scheduler lets go of the queue. */
	WRITE_ONCE(queue->dead, true);
	asahi_gpu_announce(queue->asahi->gpu);
	/*
	 * A scheduler that is about to take a job puts the entity back among those that have some,
	 * stopped or not, and would then run the jobs that are being killed.
	 */
	drm_sched_wqueue_stop(&queue->sched);
	drm_sched_entity_fini(&queue->entity);
	drm_sched_wqueue_start(&queue->sched);
	/* Nothing starts any more: this is the last one, if it has not ended. */
	asahi_gpu_abort(queue->asahi->gpu, READ_ONCE(queue->running));
out_unlock:
	mutex_unlock(&queue->lock);
}

/**
 * asahi_queue_is_idle() - has everything that was submitted ended?
 * @queue: nobody but the caller can submit to it
 *
 * Return: true if the caller's reference is the only one.
 */
bool asahi_queue_is_idle(struct asahi_queue *queue)
{
	return kref_read(&queue->ref) == 1;
}

/**
 * asahi_queue_module_init() - once, before there are queues
 *
 * Return: 0 or -ENOMEM.
 */
int asahi_queue_module_init(void)
{
	queue_wq = alloc_workqueue("asahi-queue", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!queue_wq)
		return -ENOMEM;
	release_wq = alloc_workqueue("asahi-queue-release", WQ_UNBOUND, 0);
	if (!release_wq) {
		destroy_workqueue(queue_wq);
		return -ENOMEM;
	}

	return 0;
}

/**
 * asahi_queue_module_exit() - there are no queues any more
 */
void asahi_queue_module_exit(void)
{
	destroy_workqueue(release_wq);
	destroy_workqueue(queue_wq);
}
