// SPDX-License-Identifier: GPL-2.0
/*
 * The GPU device: rings, doorbells, interrupts.
 *
 * A job runs in a context of the hardware and in the address space of a stream.
 * Here each context has one job at most, so that the jobs in flight are few: the
 * rings never fill up, a context can be aborted without hitting anybody else,
 * and whoever waits for his turn waits in the scheduler, where he can be
 * cancelled.
 *
 * All that is read from the device is checked. One that reads as all ones is
 * gone for good; one that has died or does not obey is restarted, which costs
 * all jobs in flight.
 */

#include <linux/component.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_mmu.h"

#define GPU_MAX_CONTEXTS	64
#define GPU_RING_SIZE		SZ_16K
/* More than jobs can be in flight, so that no ring is ever full. */
#define GPU_RING_ENTRIES	(GPU_RING_SIZE / 64)
#define GPU_CMDS_SIZE		(ASAHI_GPU_MAX_CMDS * sizeof(struct gpu_cmd))

static_assert(GPU_RING_ENTRIES > GPU_MAX_CONTEXTS);

/* An abort takes 100 ms at most, says the manual; this is for machines that crawl. */
#define GPU_GRACE		(2 * HZ)
#define GPU_STOP_TIMEOUT_US	(2 * USEC_PER_SEC)
#define GPU_POLL_US		100

/* In jiffies, between two looks at what is in flight. */
#define GPU_WATCHDOG_PERIOD	(HZ / 2)

/* Restarts without a job that ends well in between. */
#define GPU_MAX_RESTARTS	16

static unsigned int job_timeout_ms = 30000;
module_param(job_timeout_ms, uint, 0644);
MODULE_PARM_DESC(job_timeout_ms, "How long a GPU job may run, in ms; 0: for ever");

struct asahi_gpu {
	struct asahi_device *asahi;
	struct device *dev;
	void __iomem *regs;
	int irq;
	/** @info: constant. */
	struct asahi_gpu_info info;

	struct asahi_gem_object *submit_ring;
	struct asahi_gem_object *done_ring;
	/** @cmds: commands of the job in each context, GPU_CMDS_SIZE apart. */
	struct asahi_gem_object *cmds;
	/** @cmds_dva: where the GPU sees @cmds. */
	u64 cmds_dva;

	/** @lock: protects what follows, and orders the hardware's indexes. */
	struct mutex lock;
	/** @running: jobs can be submitted. */
	bool running;
	/** @lost: the device is gone; never cleared. Also read without the lock. */
	bool lost;
	u32 submit_tail;
	u32 done_head;
	/** @seq: makes ids unique. */
	u64 seq;
	/** @claimed: contexts that are taken, by work that runs or is about to. */
	DECLARE_BITMAP(claimed, GPU_MAX_CONTEXTS);
	/** @slots: what runs in each context. */
	struct asahi_gpu_work *slots[GPU_MAX_CONTEXTS];
	/** @n_restarts: since a job ended well. */
	unsigned int n_restarts;
	/** @n_status: jobs by how they ended; the last: without an answer. */
	u64 n_status[GPU_N_STATUS + 1];
	u64 n_submitted;
	u64 n_bogus;

	struct delayed_work watchdog;

	/** @n_events: how often a context or a stream has become free. */
	atomic_t n_events;
	struct wait_queue_head events;
};

static u32 gpu_read(struct asahi_gpu *gpu, u32 reg)
{
	return readl(gpu->regs + reg);
}

static u64 gpu_read64(struct asahi_gpu *gpu, u32 reg)
{
	return readq(gpu->regs + reg);
}

static void gpu_write(struct asahi_gpu *gpu, u32 reg, u32 value)
{
	writel(value, gpu->regs + reg);
}

static void gpu_write64(struct asahi_gpu *gpu, u32 reg, u64 value)
{
	writeq(value, gpu->regs + reg);
}

static u64 gpu_dva(struct asahi_gpu *gpu, const struct asahi_gem_object *bo)
{
	return asahi_mmu_dva(gpu->asahi->mmu, gpu->dev, asahi_gem_iova(bo));
}

/* Jobs */

static int status_to_errno(u32 status)
{
	switch (status) {
	case GPU_OK:
		return 0;
	case GPU_UNKNOWN:
		return -ENODATA;
	case GPU_TIMEOUT:
		return -ETIMEDOUT;
	case GPU_NO_MEMORY:
		return -ENOMEM;
	case GPU_ABORTED:
		return -ECANCELED;
	default:
		return -EIO;
	}
}

static void gpu_complete(struct asahi_gpu *gpu, struct asahi_gpu_work *work,
			 const struct asahi_gpu_result *result)
{
	lockdep_assert_held(&gpu->lock);

	gpu->slots[work->context] = NULL;
	__clear_bit(work->context, gpu->claimed);
	gpu->n_status[min_t(u32, result->status, GPU_N_STATUS)]++;
	if (!result->error)
		gpu->n_restarts = 0;
	work->done(work, result);
}

/* @error is for those that are not to blame themselves. */
static void gpu_fail_all(struct asahi_gpu *gpu, int error)
{
	struct asahi_gpu_result result = { .status = GPU_N_STATUS };
	unsigned int i;

	for (i = 0; i < GPU_MAX_CONTEXTS; i++) {
		if (!gpu->slots[i])
			continue;
		result.error = gpu->slots[i]->abort_error ?: error;
		gpu_complete(gpu, gpu->slots[i], &result);
	}
}

static void gpu_mark_lost(struct asahi_gpu *gpu)
{
	lockdep_assert_held(&gpu->lock);

	if (gpu->lost)
		return;
	dev_err(gpu->dev, "the GPU is lost\n");
	gpu->running = false;
	WRITE_ONCE(gpu->lost, true);
	gpu_fail_all(gpu, -ENODEV);
}

/* Start and stop */

static int gpu_hw_stop(struct asahi_gpu *gpu)
{
	u32 status;
	int ret;

	gpu_write(gpu, GPU_CTRL, 0);
	ret = readl_poll_timeout(gpu->regs + GPU_STATUS, status,
				 status == GPU_GONE || !(status & GPU_STATUS_RUNNING),
				 GPU_POLL_US, GPU_STOP_TIMEOUT_US);

	return status == GPU_GONE ? -ENODEV : ret;
}

static int gpu_hw_start(struct asahi_gpu *gpu)
{
	u32 status;
	int ret;

	gpu_write64(gpu, GPU_SUBMIT_BASE, gpu_dva(gpu, gpu->submit_ring));
	gpu_write(gpu, GPU_SUBMIT_SIZE, GPU_RING_ENTRIES);
	gpu_write64(gpu, GPU_DONE_BASE, gpu_dva(gpu, gpu->done_ring));
	gpu_write(gpu, GPU_DONE_SIZE, GPU_RING_ENTRIES);
	gpu->cmds_dva = gpu_dva(gpu, gpu->cmds);
	gpu->submit_tail = 0;
	gpu->done_head = 0;

	gpu_write(gpu, GPU_CTRL, GPU_CTRL_RUN);
	ret = readl_poll_timeout(gpu->regs + GPU_STATUS, status,
				 status & (GPU_STATUS_RUNNING | GPU_STATUS_DEAD),
				 GPU_POLL_US, GPU_STOP_TIMEOUT_US);
	if (ret || status & GPU_STATUS_DEAD)
		return -ENODEV;

	gpu_write(gpu, GPU_IRQ_ENABLE, GPU_IRQ_COMPLETION | GPU_IRQ_ERROR);
	return 0;
}

static void gpu_restart(struct asahi_gpu *gpu, int error)
{
	int ret;

	lockdep_assert_held(&gpu->lock);

	dev_err(gpu->dev, "restarted: status %#x, cause %u at %#llx\n", gpu_read(gpu, GPU_STATUS),
		gpu_read(gpu, GPU_ERROR_CAUSE), gpu_read64(gpu, GPU_ERROR_ADDRESS));

	ret = gpu_hw_stop(gpu);
	gpu_fail_all(gpu, error);
	if (!ret && ++gpu->n_restarts <= GPU_MAX_RESTARTS)
		ret = gpu_hw_start(gpu);
	else
		ret = ret ?: -ENODEV;
	if (ret)
		gpu_mark_lost(gpu);
}

/* Done ring */

static void gpu_handle_entry(struct asahi_gpu *gpu, const struct gpu_done_entry *entry)
{
	struct asahi_gpu_result result = {
		.status = le32_to_cpu(entry->status),
		.command = le32_to_cpu(entry->command),
		.fault_address = le64_to_cpu(entry->fault_address),
		.fault_flags = le32_to_cpu(entry->fault_flags),
	};
	u64 start = le64_to_cpu(entry->start), end = le64_to_cpu(entry->end);
	u64 id = le64_to_cpu(entry->job);
	struct asahi_gpu_work *work = gpu->slots[id % GPU_MAX_CONTEXTS];

	if (!work || work->id != id) {
		gpu->n_bogus++;
		dev_err_ratelimited(gpu->dev, "job %#llx is not under way\n", id);
		return;
	}

	result.error = status_to_errno(result.status);
	if (result.status == GPU_ABORTED && work->abort_error)
		result.error = work->abort_error;
	if (start && end > start)
		result.duration_ns = min_t(u64, end - start, S64_MAX / 2);
	gpu_complete(gpu, work, &result);
}

static int gpu_take_done(struct asahi_gpu *gpu)
{
	const struct gpu_done_entry *ring = gpu->done_ring->vmap.vaddr;
	u32 tail = gpu_read(gpu, GPU_DONE_TAIL);
	struct gpu_done_entry entry;

	if (tail - gpu->done_head > GPU_RING_ENTRIES) {
		dev_err(gpu->dev, "done ring: tail %u, head %u\n", tail, gpu->done_head);
		return -EIO;
	}
	if (tail == gpu->done_head)
		return 0;

	/* The entries were written before the index. */
	dma_rmb();
	for (; gpu->done_head != tail; gpu->done_head++) {
		/* What was checked must not change afterwards. */
		memcpy(&entry, &ring[gpu->done_head % GPU_RING_ENTRIES], sizeof(entry));
		barrier();
		gpu_handle_entry(gpu, &entry);
	}
	gpu_write(gpu, GPU_DONE_HEAD, tail);

	return 0;
}

static void gpu_handle_irq(struct asahi_gpu *gpu, u32 status)
{
	int ret = 0;

	mutex_lock(&gpu->lock);
	if (gpu->running) {
		if (status & GPU_IRQ_COMPLETION)
			ret = gpu_take_done(gpu);
		if (ret || status & GPU_IRQ_ERROR)
			gpu_restart(gpu, -EIO);
	}
	mutex_unlock(&gpu->lock);
	asahi_gpu_announce(gpu);
}

static irqreturn_t gpu_irq_thread(int irq, void *data)
{
	struct asahi_gpu *gpu = data;
	u32 status = gpu_read(gpu, GPU_IRQ_STATUS);

	/* The watchdog deals with a device that is gone. */
	if (!status || status == GPU_GONE)
		return IRQ_NONE;

	/* Before the index is read: what comes later raises the line again. */
	gpu_write(gpu, GPU_IRQ_STATUS, status);
	gpu_handle_irq(gpu, status);

	return IRQ_HANDLED;
}

/* Watchdog */

static void gpu_start_abort(struct asahi_gpu *gpu, struct asahi_gpu_work *work, int error)
{
	work->abort_error = error;
	work->deadline = jiffies + GPU_GRACE;
	gpu_write(gpu, GPU_ABORT, work->context);
}

/* Returns whether something did not end although it was aborted. */
static bool gpu_check_deadlines(struct asahi_gpu *gpu, bool *busy)
{
	bool stuck = false;
	unsigned int i;

	for (i = 0; i < GPU_MAX_CONTEXTS; i++) {
		struct asahi_gpu_work *work = gpu->slots[i];

		if (!work)
			continue;
		*busy = true;
		if (!time_after(jiffies, work->deadline))
			continue;
		if (work->abort_error)
			stuck = true;
		else
			gpu_start_abort(gpu, work, -ETIMEDOUT);
	}

	return stuck;
}

static void gpu_watchdog(struct work_struct *work)
{
	struct asahi_gpu *gpu = container_of(work, struct asahi_gpu, watchdog.work);
	bool busy = false;
	u32 status;

	mutex_lock(&gpu->lock);
	if (!gpu->running)
		goto out_unlock;

	status = gpu_read(gpu, GPU_STATUS);
	if (status == GPU_GONE)
		gpu_mark_lost(gpu);
	else if (gpu_check_deadlines(gpu, &busy))
		gpu_restart(gpu, -ECANCELED);
	else if (status & GPU_STATUS_DEAD)
		gpu_restart(gpu, -EIO);
	if (busy && gpu->running)
		queue_delayed_work(system_wq, &gpu->watchdog, GPU_WATCHDOG_PERIOD);
out_unlock:
	mutex_unlock(&gpu->lock);
	asahi_gpu_announce(gpu);
}

static void gpu_set_deadline(struct asahi_gpu_work *work, unsigned int timeout_ms)
{
	unsigned long timeout = timeout_ms ? msecs_to_jiffies(timeout_ms) + GPU_GRACE :
					     MAX_JIFFY_OFFSET / 2;

	work->deadline = jiffies + min(timeout, MAX_JIFFY_OFFSET / 2);
	work->abort_error = 0;
}

/* Interface to the queues */

/**
 * asahi_gpu_claim() - take a context for a job
 * @gpu: the GPU
 * @work: gets the context
 *
 * Return: 0; -EBUSY if all are taken, see asahi_gpu_events(); -ENODEV if the GPU is lost.
 */
int asahi_gpu_claim(struct asahi_gpu *gpu, struct asahi_gpu_work *work)
{
	int ret = -EBUSY;

	mutex_lock(&gpu->lock);
	if (!gpu->running) {
		ret = -ENODEV;
	} else {
		work->context = find_first_zero_bit(gpu->claimed, gpu->info.n_contexts);
		if (work->context < gpu->info.n_contexts) {
			__set_bit(work->context, gpu->claimed);
			ret = 0;
		}
	}
	mutex_unlock(&gpu->lock);

	return ret;
}

/**
 * asahi_gpu_unclaim() - give a context back without having used it
 * @gpu: the GPU
 * @work: claimed
 */
void asahi_gpu_unclaim(struct asahi_gpu *gpu, struct asahi_gpu_work *work)
{
	mutex_lock(&gpu->lock);
	__clear_bit(work->context, gpu->claimed);
	mutex_unlock(&gpu->lock);
	asahi_gpu_announce(gpu);
}

static void gpu_ring_doorbell(struct asahi_gpu *gpu, const struct asahi_gpu_work *work,
			      unsigned int timeout_ms)
{
	struct gpu_submit_entry *ring = gpu->submit_ring->vmap.vaddr;
	size_t offset = work->context * GPU_CMDS_SIZE;

	memcpy(gpu->cmds->vmap.vaddr + offset, work->cmds, work->n_cmds * sizeof(*work->cmds));
	ring[gpu->submit_tail % GPU_RING_ENTRIES] = (struct gpu_submit_entry){
		.job = cpu_to_le64(work->id),
		.context = cpu_to_le32(work->context),
		.stream = cpu_to_le32(work->stream),
		.usc_base = cpu_to_le64(work->usc_base),
		.commands = cpu_to_le64(gpu->cmds_dva + offset),
		.n_commands = cpu_to_le32(work->n_cmds),
		.timeout_ms = cpu_to_le32(timeout_ms),
	};
	/* All of it before the doorbell, write-combined memory included. */
	dma_wmb();
	gpu_write(gpu, GPU_SUBMIT_TAIL, ++gpu->submit_tail);
}

/**
 * asahi_gpu_submit() - let a job run
 * @gpu: the GPU
 * @work: claimed, filled in
 * @id: set to what asahi_gpu_abort() wants; after success @work may be gone
 *
 * Return: 0, then &asahi_gpu_work.done will be called; -ENODEV if the GPU is lost, then it will
 * not, and the context was given back.
 */
int asahi_gpu_submit(struct asahi_gpu *gpu, struct asahi_gpu_work *work, u64 *id)
{
	unsigned int timeout_ms = READ_ONCE(job_timeout_ms);
	int ret = 0;

	mutex_lock(&gpu->lock);
	if (!gpu->running) {
		__clear_bit(work->context, gpu->claimed);
		ret = -ENODEV;
		goto out_unlock;
	}

	work->id = ++gpu->seq * GPU_MAX_CONTEXTS + work->context;
	*id = work->id;
	gpu_set_deadline(work, timeout_ms);
	gpu->slots[work->context] = work;
	gpu->n_submitted++;
	gpu_ring_doorbell(gpu, work, timeout_ms);
	queue_delayed_work(system_wq, &gpu->watchdog, GPU_WATCHDOG_PERIOD);

out_unlock:
	mutex_unlock(&gpu->lock);
	return ret;
}

/**
 * asahi_gpu_abort() - end a job of which nobody wants the result any more
 * @gpu: the GPU
 * @id: &asahi_gpu_work.id; nothing happens if that has ended
 *
 * Does not wait. Its error will be -ECANCELED.
 */
void asahi_gpu_abort(struct asahi_gpu *gpu, u64 id)
{
	struct asahi_gpu_work *work;

	mutex_lock(&gpu->lock);
	work = gpu->slots[id % GPU_MAX_CONTEXTS];
	if (gpu->running && work && work->id == id && !work->abort_error)
		gpu_start_abort(gpu, work, -ECANCELED);
	mutex_unlock(&gpu->lock);
}

/**
 * asahi_gpu_events() - count of what waiters wait for
 * @gpu: the GPU
 *
 * Whoever got -EBUSY waits on asahi_gpu_waitqueue() until this has changed since before.
 *
 * Return: a number that changes whenever a context or a stream becomes free.
 */
unsigned int asahi_gpu_events(struct asahi_gpu *gpu)
{
	return atomic_read(&gpu->n_events);
}

/**
 * asahi_gpu_waitqueue() - where to wait for asahi_gpu_events()
 * @gpu: the GPU
 *
 * Return: the wait queue.
 */
struct wait_queue_head *asahi_gpu_waitqueue(struct asahi_gpu *gpu)
{
	return &gpu->events;
}

/**
 * asahi_gpu_announce() - let waiters look again
 * @gpu: the GPU
 */
void asahi_gpu_announce(struct asahi_gpu *gpu)
{
	atomic_inc(&gpu->n_events);
	wake_up_all(&gpu->events);
}

/**
 * asahi_gpu_clock() - the clock of command timestamps
 * @gpu: the GPU
 *
 * Return: ns from an arbitrary zero; all ones if the device is gone.
 */
u64 asahi_gpu_clock(struct asahi_gpu *gpu)
{
	return gpu_read64(gpu, GPU_CLOCK);
}

/**
 * asahi_gpu_lost() - is the GPU gone for good?
 * @gpu: the GPU
 *
 * Return: true if no job will ever run again.
 */
bool asahi_gpu_lost(struct asahi_gpu *gpu)
{
	return READ_ONCE(gpu->lost);
}

/**
 * asahi_gpu_dev() - the device behind the IOMMU
 * @gpu: the GPU
 *
 * Return: the device.
 */
struct device *asahi_gpu_dev(struct asahi_gpu *gpu)
{
	return gpu->dev;
}

/**
 * asahi_gpu_get_info() - what the GPU is
 * @gpu: the GPU
 *
 * Return: constant information.
 */
const struct asahi_gpu_info *asahi_gpu_get_info(struct asahi_gpu *gpu)
{
	return &gpu->info;
}

/**
 * asahi_gpu_print() - describe the GPU to a person
 * @gpu: the GPU
 * @p: where to
 */
void asahi_gpu_print(struct asahi_gpu *gpu, struct drm_printer *p)
{
	static const char * const names[] = {
		"ok", "fault", "bad_stream", "unknown", "timeout", "no_memory", "aborted",
		"bad_entry", "no_answer",
	};
	unsigned int i;

	static_assert(ARRAY_SIZE(names) == GPU_N_STATUS + 1);
	mutex_lock(&gpu->lock);
	drm_printf(p, "running %d lost %d restarts %u\n", gpu->running, gpu->lost, gpu->n_restarts);
	drm_printf(p, "contexts %u of %u\n", bitmap_weight(gpu->claimed, GPU_MAX_CONTEXTS),
		   gpu->info.n_contexts);
	drm_printf(p, "jobs_submitted %llu\n", gpu->n_submitted);
	for (i = 0; i <= GPU_N_STATUS; i++)
		drm_printf(p, "jobs_%s %llu\n", names[i], gpu->n_status[i]);
	drm_printf(p, "bogus_answers %llu\n", gpu->n_bogus);
	mutex_unlock(&gpu->lock);
}

/* Bring-up */

static void gpu_free_rings(struct asahi_gpu *gpu)
{
	if (gpu->cmds)
		asahi_gem_destroy_kernel(gpu->cmds);
	if (gpu->done_ring)
		asahi_gem_destroy_kernel(gpu->done_ring);
	if (gpu->submit_ring)
		asahi_gem_destroy_kernel(gpu->submit_ring);
	gpu->cmds = NULL;
	gpu->done_ring = NULL;
	gpu->submit_ring = NULL;
}

static int gpu_alloc_ring(struct asahi_gpu *gpu, struct asahi_gem_object **ring, size_t size,
			  int prot)
{
	struct asahi_gem_object *bo = asahi_gem_create_kernel(gpu->asahi, size, prot);

	if (IS_ERR(bo))
		return PTR_ERR(bo);
	*ring = bo;
	return 0;
}

static int gpu_alloc_rings(struct asahi_gpu *gpu)
{
	int ret;

	ret = gpu_alloc_ring(gpu, &gpu->submit_ring, GPU_RING_SIZE, IOMMU_READ);
	ret = ret ?: gpu_alloc_ring(gpu, &gpu->done_ring, GPU_RING_SIZE, IOMMU_READ | IOMMU_WRITE);
	ret = ret ?: gpu_alloc_ring(gpu, &gpu->cmds, GPU_MAX_CONTEXTS * GPU_CMDS_SIZE, IOMMU_READ);
	if (ret)
		gpu_free_rings(gpu);
	return ret;
}

/**
 * asahi_gpu_start() - make the GPU take jobs
 * @asahi: the device, with its mmu and &asahi_device.gpu
 *
 * Return: 0, -ENOMEM, -ENODEV if the hardware does not start, or what request_irq() says.
 */
int asahi_gpu_start(struct asahi_device *asahi)
{
	struct asahi_gpu *gpu = asahi->gpu;
	int ret;

	ret = gpu_alloc_rings(gpu);
	if (ret)
		return ret;

	/* An earlier driver, or one that was killed, may have left it running. */
	gpu_write(gpu, GPU_IRQ_ENABLE, 0);
	ret = gpu_hw_stop(gpu);
	if (ret)
		goto err_free_rings;

	ret = request_threaded_irq(gpu->irq, NULL, gpu_irq_thread, IRQF_ONESHOT,
				   dev_name(gpu->dev), gpu);
	if (ret)
		goto err_free_rings;

	mutex_lock(&gpu->lock);
	ret = gpu_hw_start(gpu);
	gpu->running = !ret;
	mutex_unlock(&gpu->lock);
	if (ret) {
		dev_err(gpu->dev, "does not start: cause %u\n", gpu_read(gpu, GPU_ERROR_CAUSE));
		goto err_stop;
	}

	return 0;

err_stop:
	gpu_hw_stop(gpu);
	free_irq(gpu->irq, gpu);
err_free_rings:
	gpu_free_rings(gpu);
	return ret;
}

/**
 * asahi_gpu_stop() - end all work of the GPU for good
 * @gpu: started
 *
 * Jobs in flight end with -ENODEV; later ones are refused. It touches no memory afterwards.
 */
void asahi_gpu_stop(struct asahi_gpu *gpu)
{
	mutex_lock(&gpu->lock);
	gpu->running = false;
	WRITE_ONCE(gpu->lost, true);
	gpu_write(gpu, GPU_IRQ_ENABLE, 0);
	if (gpu_hw_stop(gpu))
		dev_err(gpu->dev, "does not stop\n");
	gpu_fail_all(gpu, -ENODEV);
	mutex_unlock(&gpu->lock);

	asahi_gpu_announce(gpu);
	free_irq(gpu->irq, gpu);
	cancel_delayed_work_sync(&gpu->watchdog);
	gpu_free_rings(gpu);
}

static int gpu_identify(struct asahi_gpu *gpu)
{
	u32 id = gpu_read(gpu, GPU_ID);
	u32 version = gpu_read(gpu, GPU_VERSION);

	if (id == GPU_ID_MAGIC && version == GPU_VERSION_1)
		return 0;
	dev_err(gpu->dev, "not a GPU: id %#x, version %#x\n", id, version);
	return -ENODEV;
}

/* Clients size their buffers by these, and index arrays with them. */
static bool gpu_info_is_sane(const struct asahi_gpu_info *info)
{
	return info->generation >= 13 && info->generation <= 15 &&
	       info->variant >= 'A' && info->variant <= 'Z' &&
	       info->revision <= 0xff && info->chip_id <= 0xffff &&
	       info->n_clusters == 1 && info->n_cores >= 1 && info->n_cores <= 32 &&
	       info->core_mask && !(info->core_mask >> info->n_cores) &&
	       info->n_streams >= 2 && info->n_streams <= 256 &&
	       info->n_contexts >= 1 && info->n_contexts <= GPU_MAX_CONTEXTS;
}

static int gpu_read_info(struct asahi_gpu *gpu)
{
	gpu->info = (struct asahi_gpu_info){
		.generation = gpu_read(gpu, GPU_GENERATION),
		.variant = gpu_read(gpu, GPU_VARIANT),
		.revision = gpu_read(gpu, GPU_REVISION),
		.chip_id = gpu_read(gpu, GPU_CHIP_ID),
		.n_clusters = gpu_read(gpu, GPU_NR_CLUSTERS),
		.n_cores = gpu_read(gpu, GPU_CORES),
		.max_frequency_khz = gpu_read(gpu, GPU_MAX_FREQUENCY),
		.core_mask = gpu_read64(gpu, GPU_CORE_MASK),
		.n_streams = gpu_read(gpu, GPU_NR_STREAMS),
		.n_contexts = gpu_read(gpu, GPU_NR_CONTEXTS),
	};

	if (gpu_info_is_sane(&gpu->info))
		return 0;
	dev_err(gpu->dev, "what it says of itself cannot be\n");
	return -EINVAL;
}

static int gpu_map_resources(struct asahi_gpu *gpu, struct platform_device *pdev)
{
	struct resource *res;

	gpu->regs = devm_platform_get_and_ioremap_resource(pdev, 0, &res);
	if (IS_ERR(gpu->regs))
		return PTR_ERR(gpu->regs);
	if (resource_size(res) < GPU_WINDOW_SIZE)
		return dev_err_probe(gpu->dev, -EINVAL, "register window too small\n");

	gpu->irq = platform_get_irq(pdev, 0);
	return gpu->irq < 0 ? gpu->irq : 0;
}

static int asahi_gpu_bind(struct device *dev, struct device *master, void *data)
{
	struct asahi_device *asahi = data;
	struct asahi_gpu *gpu;
	int ret;

	/* With the DRM device's life: queues may look at it as long as that exists. */
	gpu = drmm_kzalloc(&asahi->drm, sizeof(*gpu), GFP_KERNEL);
	if (!gpu)
		return -ENOMEM;

	gpu->asahi = asahi;
	gpu->dev = dev;
	ret = drmm_mutex_init(&asahi->drm, &gpu->lock);
	if (ret)
		return ret;
	init_waitqueue_head(&gpu->events);
	INIT_DELAYED_WORK(&gpu->watchdog, gpu_watchdog);

	ret = gpu_map_resources(gpu, to_platform_device(dev));
	if (ret)
		return ret;

	/* Without one there is a display all the same. */
	if (!gpu_identify(gpu) && !gpu_read_info(gpu))
		asahi->gpu = gpu;
	return 0;
}

static void asahi_gpu_unbind(struct device *dev, struct device *master, void *data)
{
	/* asahi_gpu_stop() has been called; memory and mapping are managed. */
}

static const struct component_ops asahi_gpu_component_ops = {
	.bind = asahi_gpu_bind,
	.unbind = asahi_gpu_unbind,
};

static int asahi_gpu_probe(struct platform_device *pdev)
{
	int ret = asahi_device_require_iommu(&pdev->dev);

	if (ret)
		return ret;

	return component_add(&pdev->dev, &asahi_gpu_component_ops);
}

static void asahi_gpu_remove(struct platform_device *pdev)
{
	component_del(&pdev->dev, &asahi_gpu_component_ops);
}

static const struct of_device_id asahi_gpu_of_match[] = {
	{ .compatible = "vsoc,gpu" },
	{ }
};
MODULE_DEVICE_TABLE(of, asahi_gpu_of_match);

struct platform_driver asahi_gpu_driver = {
	.probe = asahi_gpu_probe,
	.remove = asahi_gpu_remove,
	.driver = {
		.name = "asahi-gpu",
		.of_match_table = asahi_gpu_of_match,
	},
};
