// SPDX-License-Identifier: GPL-2.0
/*
 * Streams: the GPU's few address spaces in hardware, and who has them.
 *
 * A stream is a PASID of the GPU; all that there are belong to the driver from
 * the start. A VM is attached to one when it is to run a job, and stays until
 * another VM needs the stream, so that a client that keeps submitting pays once.
 * A VM with jobs in flight is never moved.
 *
 * Attaching sleeps and allocates in the path of jobs that fences wait for. So
 * it reclaims nothing, as another driver's shrinker may wait for such a fence.
 */

#include <linux/apple-dart.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <linux/spinlock.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "asahi_device.h"
#include "asahi_gpu.h"
#include "asahi_stream.h"
#include "asahi_vm.h"

#define MAX_STREAMS	256

struct asahi_stream {
	u32 pasid;
	/** @vm: attached; NULL at first. Under both locks. */
	struct asahi_vm *vm;
	/** @n_jobs: of @vm, in flight or about to be. Under the spinlock. */
	unsigned int n_jobs;
	/** @link: in &asahi_streams.lru. Under the spinlock. */
	struct list_head link;
};

struct asahi_streams {
	struct device *dev;

	/** @attach_lock: serialises attach and detach; outside of the group's mutex. */
	struct mutex attach_lock;
	/** @lock: protects the counts and the order; inside @attach_lock. */
	spinlock_t lock;

	/** @lru: all streams, the one used longest ago first. */
	struct list_head lru;
	unsigned int n_streams;
	/** @n_busy: streams with jobs. Under the spinlock, as the next. */
	unsigned int n_busy;
	/** @max_busy: the most that they were. */
	unsigned int max_busy;
	u64 n_attached;
	u64 n_evicted;

	struct asahi_stream stream[MAX_STREAMS];
};

static int streams_alloc(struct asahi_streams *streams, unsigned int limit)
{
	while (streams->n_streams < MAX_STREAMS) {
		struct asahi_stream *stream = &streams->stream[streams->n_streams];
		int pasid = dart_pasid_alloc(streams->dev, 0);

		if (pasid == -ENOSPC)
			break;
		if (pasid < 0)
			return pasid;
		if (pasid >= limit) {
			dart_pasid_free(streams->dev, pasid);
			break;
		}
		stream->pasid = pasid;
		list_add_tail(&stream->link, &streams->lru);
		streams->n_streams++;
	}

	return streams->n_streams ? 0 : -ENOSPC;
}

/**
 * asahi_streams_init() - take all streams of the GPU
 * @asahi: the device, with its GPU attached to the driver's domain
 *
 * Return: 0, -EOPNOTSUPP or -ENOSPC if there are none, -ENOMEM.
 */
int asahi_streams_init(struct asahi_device *asahi)
{
	struct asahi_streams *streams;
	int ret;

	streams = drmm_kzalloc(&asahi->drm, sizeof(*streams), GFP_KERNEL);
	if (!streams)
		return -ENOMEM;

	streams->dev = asahi_gpu_dev(asahi->gpu);
	ret = drmm_mutex_init(&asahi->drm, &streams->attach_lock);
	if (ret)
		return ret;
	spin_lock_init(&streams->lock);
	INIT_LIST_HEAD(&streams->lru);
	asahi->streams = streams;

	ret = streams_alloc(streams, asahi_gpu_get_info(asahi->gpu)->n_streams);
	if (ret) {
		dev_err(streams->dev, "no streams for address spaces: %d\n", ret);
		asahi_streams_fini(asahi);
	}

	return ret;
}

/**
 * asahi_streams_fini() - give all streams back
 * @asahi: the device; no VM is attached any more
 */
void asahi_streams_fini(struct asahi_device *asahi)
{
	struct asahi_streams *streams = asahi->streams;

	while (streams->n_streams)
		dart_pasid_free(streams->dev, streams->stream[--streams->n_streams].pasid);
	INIT_LIST_HEAD(&streams->lru);
}

static void stream_detach(struct asahi_streams *streams, struct asahi_stream *stream)
{
	struct asahi_vm *vm = stream->vm;

	lockdep_assert_held(&streams->attach_lock);

	iommu_detach_device_pasid(vm->domain, streams->dev, stream->pasid);
	spin_lock(&streams->lock);
	stream->vm = NULL;
	vm->stream = NULL;
	spin_unlock(&streams->lock);
}

static int stream_attach(struct asahi_streams *streams, struct asahi_stream *stream,
			 struct asahi_vm *vm)
{
	unsigned int flags;
	int ret;

	lockdep_assert_held(&streams->attach_lock);

	if (stream->vm) {
		stream_detach(streams, stream);
		streams->n_evicted++;
	}

	/* A job is on its way, whose fence reclaim may be waiting for. */
	flags = memalloc_noreclaim_save();
	ret = iommu_attach_device_pasid(vm->domain, streams->dev, stream->pasid, NULL);
	memalloc_noreclaim_restore(flags);
	if (ret)
		return ret;

	spin_lock(&streams->lock);
	stream->vm = vm;
	vm->stream = stream;
	spin_unlock(&streams->lock);
	streams->n_attached++;
	return 0;
}

/* The VM's own stream, or the one that nobody has used for longest; it counts as used from now. */
static struct asahi_stream *stream_pick(struct asahi_streams *streams, struct asahi_vm *vm)
{
	struct asahi_stream *stream = vm->stream, *idle;

	spin_lock(&streams->lock);
	if (!stream) {
		list_for_each_entry(idle, &streams->lru, link) {
			if (!idle->n_jobs) {
				stream = idle;
				break;
			}
		}
	}
	if (stream) {
		streams->n_busy += !stream->n_jobs++;
		streams->max_busy = max(streams->max_busy, streams->n_busy);
		list_move_tail(&stream->link, &streams->lru);
	}
	spin_unlock(&streams->lock);

	return stream ?: ERR_PTR(-EBUSY);
}

/**
 * asahi_stream_get() - attach a VM to the hardware for a job
 * @vm: the VM
 *
 * Context: may sleep.
 * Return: the stream, for asahi_stream_put(), or an ERR_PTR: -EBUSY if all streams have jobs in
 * flight, see asahi_gpu_events(); -ENODEV if the device is gone; what iommu_attach_device_pasid()
 * says.
 */
struct asahi_stream *asahi_stream_get(struct asahi_vm *vm)
{
	struct asahi_streams *streams = vm->asahi->streams;
	struct asahi_stream *stream;
	int ret = 0;

	mutex_lock(&streams->attach_lock);
	stream = vm->domain ? stream_pick(streams, vm) : ERR_PTR(-ENODEV);
	if (!IS_ERR(stream) && stream != vm->stream)
		ret = stream_attach(streams, stream, vm);
	if (ret) {
		asahi_stream_put(vm->asahi, stream);
		stream = ERR_PTR(ret);
	}
	mutex_unlock(&streams->attach_lock);

	return stream;
}

/**
 * asahi_stream_put() - a job has left the hardware
 * @asahi: the device
 * @stream: from asahi_stream_get()
 *
 * The caller lets waiters know with asahi_gpu_announce().
 *
 * Context: does not sleep.
 */
void asahi_stream_put(struct asahi_device *asahi, struct asahi_stream *stream)
{
	struct asahi_streams *streams = asahi->streams;

	spin_lock(&streams->lock);
	if (!WARN_ON(!stream->n_jobs))
		streams->n_busy -= !--stream->n_jobs;
	spin_unlock(&streams->lock);
}

/**
 * asahi_stream_pasid() - the number that the hardware knows a stream by
 * @stream: from asahi_stream_get()
 *
 * Return: at least 1.
 */
u32 asahi_stream_pasid(const struct asahi_stream *stream)
{
	return stream->pasid;
}

/**
 * asahi_stream_close() - free the domain of a VM
 * @vm: the hardware runs no jobs of it; later ones are refused
 */
void asahi_stream_close(struct asahi_vm *vm)
{
	struct asahi_streams *streams = vm->asahi->streams;

	mutex_lock(&streams->attach_lock);
	if (vm->stream)
		stream_detach(streams, vm->stream);
	if (vm->domain)
		iommu_domain_free(vm->domain);
	vm->domain = NULL;
	mutex_unlock(&streams->attach_lock);
}

/**
 * asahi_streams_print() - tell a person who has the streams
 * @asahi: the device, with its streams
 * @p: where to
 */
void asahi_streams_print(struct asahi_device *asahi, struct drm_printer *p)
{
	struct asahi_streams *streams = asahi->streams;
	struct asahi_stream *stream;
	unsigned int n_attached = 0, n_busy, max_busy;

	spin_lock(&streams->lock);
	list_for_each_entry(stream, &streams->lru, link)
		n_attached += !!stream->vm;
	n_busy = streams->n_busy;
	max_busy = streams->max_busy;
	spin_unlock(&streams->lock);
	drm_printf(p, "streams %u\nstreams_attached %u\nstreams_busy %u\nstreams_busy_max %u\n",
		   streams->n_streams, n_attached, n_busy, max_busy);
	drm_printf(p, "attaches %llu\nevictions %llu\n", streams->n_attached, streams->n_evicted);
}
