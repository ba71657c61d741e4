// SPDX-License-Identifier: GPL-2.0
/*
 * SUBMIT: from what user space says to a job.
 *
 * The command buffer is copied once, then parsed. Everything that can fail comes
 * before the job is armed, so a submission that is refused has run nothing and
 * signals nothing.
 *
 * A queue runs its commands in order, one after the other, which satisfies every
 * barrier that a command can ask for; they are checked all the same.
 */

#include <linux/dma-fence-chain.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_syncobj.h>

#include <kunit/visibility.h>

#include <drm/asahi_drm.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_file.h"
#include "asahi_gpu.h"
#include "asahi_ioctl.h"
#include "asahi_queue.h"
#include "asahi_submit.h"
#include "asahi_timestamp.h"

/* More than any command buffer of 64 commands that makes sense; a bound on kernel memory. */
#define MAX_CMDBUF_SIZE		SZ_8M
#define MAX_SYNCS		SZ_16K
#define MAX_ATTACHMENTS		16

#define RENDER_FLAGS \
	(DRM_ASAHI_RENDER_VERTEX_SCRATCH | DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES | \
	 DRM_ASAHI_RENDER_NO_VERTEX_CLUSTERING | DRM_ASAHI_RENDER_DBIAS_IS_INT)

/* The GPU takes the uAPI's structures up to their timestamps. */
#define RENDER_BODY		offsetof(struct drm_asahi_cmd_render, ts_vtx)
#define COMPUTE_BODY		offsetof(struct drm_asahi_cmd_compute, ts)
static_assert(sizeof_field(struct gpu_cmd, body) >= RENDER_BODY);
static_assert(sizeof_field(struct gpu_cmd, body) >= COMPUTE_BODY);

/* Commands */

/* A payload that is shorter than known reads as zero, one that is longer must be zero there. */
static int parse_payload(void *dst, size_t known, const void *payload, size_t size)
{
	size_t n = min(known, size);

	if (size > known && memchr_inv(payload + known, 0, size - known))
		return -EINVAL;
	memcpy(dst, payload, n);
	memset(dst + n, 0, known - n);
	return 0;
}

static int resolve_pair(struct asahi_cmd_sink *sink, const struct drm_asahi_timestamps *ts,
			__le64 *dva)
{
	u64 start = 0, end = 0;
	int ret;

	ret = sink->resolve(sink->data, &ts->start, &start);
	ret = ret ?: sink->resolve(sink->data, &ts->end, &end);
	dva[0] = cpu_to_le64(start);
	dva[1] = cpu_to_le64(end);
	return ret;
}

static bool utile_is_valid(u8 width, u8 height)
{
	return (width == 32 && (height == 32 || height == 16)) || (width == 16 && height == 16);
}

static int check_render(const struct drm_asahi_cmd_render *render)
{
	if (render->flags & ~RENDER_FLAGS)
		return -EINVAL;
	if (!render->width_px || render->width_px > 16384 ||
	    !render->height_px || render->height_px > 16384 ||
	    !render->layers || render->layers > 2048)
		return -EINVAL;
	if (!utile_is_valid(render->utile_width_px, render->utile_height_px))
		return -EINVAL;
	if (render->samples != 1 && render->samples != 2 && render->samples != 4)
		return -EINVAL;

	return 0;
}

static int parse_render(struct asahi_cmd_sink *sink, struct gpu_cmd *cmd, const void *payload,
			size_t size)
{
	struct drm_asahi_cmd_render render;
	int ret;

	ret = parse_payload(&render, sizeof(render), payload, size);
	ret = ret ?: check_render(&render);
	if (ret)
		return ret;

	cmd->type = cpu_to_le32(GPU_CMD_RENDER);
	memcpy(cmd->body, &render, RENDER_BODY);
	sink->n_render++;
	ret = resolve_pair(sink, &render.ts_vtx, &cmd->timestamps[0]);
	return ret ?: resolve_pair(sink, &render.ts_frag, &cmd->timestamps[2]);
}

static int parse_compute(struct asahi_cmd_sink *sink, struct gpu_cmd *cmd, const void *payload,
			 size_t size)
{
	struct drm_asahi_cmd_compute compute;
	int ret;

	ret = parse_payload(&compute, sizeof(compute), payload, size);
	if (ret)
		return ret;
	if (compute.flags)
		return -EINVAL;

	cmd->type = cpu_to_le32(GPU_CMD_COMPUTE);
	memcpy(cmd->body, &compute, COMPUTE_BODY);
	sink->n_compute++;
	return resolve_pair(sink, &compute.ts, &cmd->timestamps[0]);
}

/* Hints about memory that is bound anyway: checked, and that is all. */
static int check_attachments(const struct drm_asahi_cmd_header *header, const void *payload)
{
	size_t i, n = header->size / sizeof(struct drm_asahi_attachment);
	struct drm_asahi_attachment attachment;

	if (header->size % sizeof(attachment) || n > MAX_ATTACHMENTS)
		return -EINVAL;
	if (header->vdm_barrier != DRM_ASAHI_BARRIER_NONE ||
	    header->cdm_barrier != DRM_ASAHI_BARRIER_NONE)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		memcpy(&attachment, payload + i * sizeof(attachment), sizeof(attachment));
		if (attachment.pad || attachment.flags)
			return -EINVAL;
	}

	return 0;
}

static bool barrier_is_valid(u16 barrier, u32 n_before)
{
	return barrier == DRM_ASAHI_BARRIER_NONE || barrier <= n_before;
}

static int parse_command(struct asahi_cmd_sink *sink, const struct drm_asahi_cmd_header *header,
			 const void *payload)
{
	struct gpu_cmd *cmd = &sink->cmds[sink->n_cmds];
	int ret;

	if (sink->n_cmds >= ASAHI_GPU_MAX_CMDS ||
	    !barrier_is_valid(header->vdm_barrier, sink->n_render) ||
	    !barrier_is_valid(header->cdm_barrier, sink->n_compute))
		return -EINVAL;

	memset(cmd, 0, sizeof(*cmd));
	if (header->cmd_type == DRM_ASAHI_CMD_RENDER)
		ret = parse_render(sink, cmd, payload, header->size);
	else
		ret = parse_compute(sink, cmd, payload, header->size);
	sink->n_cmds += !ret;
	return ret;
}

static int parse_record(struct asahi_cmd_sink *sink, const struct drm_asahi_cmd_header *header,
			const void *payload)
{
	switch (header->cmd_type) {
	case DRM_ASAHI_CMD_RENDER:
	case DRM_ASAHI_CMD_COMPUTE:
		return parse_command(sink, header, payload);
	case DRM_ASAHI_SET_VERTEX_ATTACHMENTS:
	case DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS:
	case DRM_ASAHI_SET_COMPUTE_ATTACHMENTS:
		return check_attachments(header, payload);
	default:
		return -EINVAL;
	}
}

/**
 * asahi_cmds_parse() - read a command buffer
 * @sink: gets the commands
 * @buf: a copy that nobody else can change
 * @size: its size in bytes
 *
 * Return: 0; -EINVAL for anything that the uAPI does not allow, no command and too many included;
 * or what the sink says of a timestamp.
 */
VISIBLE_IF_KUNIT int asahi_cmds_parse(struct asahi_cmd_sink *sink, const void *buf, size_t size)
{
	struct drm_asahi_cmd_header header;
	size_t pos = 0;
	int ret;

	while (pos < size) {
		if (size - pos < sizeof(header))
			return -EINVAL;
		memcpy(&header, buf + pos, sizeof(header));
		pos += sizeof(header);
		if (header.size > size - pos)
			return -EINVAL;
		ret = parse_record(sink, &header, buf + pos);
		if (ret)
			return ret;
		pos += header.size;
	}

	return sink->n_cmds ? 0 : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_cmds_parse);

/* A submission under way */

/**
 * struct submit_out - a sync to signal
 */
struct submit_out {
	/** @syncobj: a reference. */
	struct drm_syncobj *syncobj;
	/** @chain: for a point of a timeline, else NULL. */
	struct dma_fence_chain *chain;
	/** @point: of the timeline. */
	u64 point;
};

/**
 * struct submit - what a SUBMIT has gathered so far
 */
struct submit {
	/** @file: the caller's. */
	struct drm_file *file;
	/** @job: NULL once it was pushed. */
	struct asahi_job *job;
	/** @has_base: the scheduler's part of the job was initialized. */
	bool has_base;
	/** @syncs: a copy: first those to wait for. */
	struct drm_asahi_sync *syncs;
	/** @outs: the others, looked up. */
	struct submit_out *outs;
	/** @n_ins: of @syncs, to wait for. */
	u32 n_ins;
	/** @n_outs: of @outs, so far. */
	u32 n_outs;
};

static int submit_resolve(void *data, const struct drm_asahi_timestamp *timestamp, u64 *dva)
{
	struct submit *submit = data;
	struct asahi_job *job = submit->job;
	struct asahi_timestamps *ts;
	u32 end;

	*dva = 0;
	if (!timestamp->handle)
		return 0;
	ts = asahi_file_get_timestamps(submit->file, timestamp->handle);
	if (!ts)
		return -ENOENT;

	/* The job's from here on, whatever comes. */
	job->timestamps[job->n_timestamps++] = ts;
	if (check_add_overflow(timestamp->offset, (u32)sizeof(u64), &end) ||
	    !IS_ALIGNED(timestamp->offset, sizeof(u64)))
		return -EINVAL;
	if (end > asahi_timestamps_size(ts))
		return -ERANGE;

	*dva = asahi_timestamps_dva(ts) + timestamp->offset;
	return 0;
}

static int submit_parse(struct submit *submit, const struct drm_asahi_submit *args)
{
	struct asahi_job *job = submit->job;
	struct asahi_cmd_sink sink = { .resolve = submit_resolve, .data = submit };
	void *buf;
	int ret;

	if (!args->cmdbuf_size || args->cmdbuf_size > MAX_CMDBUF_SIZE)
		return -EINVAL;
	job->cmds = kvcalloc(ASAHI_GPU_MAX_CMDS, sizeof(*job->cmds), GFP_KERNEL_ACCOUNT);
	job->timestamps = kvcalloc(ASAHI_GPU_MAX_CMDS * ASAHI_CMD_TIMESTAMPS,
				   sizeof(*job->timestamps), GFP_KERNEL_ACCOUNT);
	if (!job->cmds || !job->timestamps)
		return -ENOMEM;

	buf = vmemdup_user(u64_to_user_ptr(args->cmdbuf), args->cmdbuf_size);
	if (IS_ERR(buf))
		return PTR_ERR(buf);
	sink.cmds = job->cmds;
	ret = asahi_cmds_parse(&sink, buf, args->cmdbuf_size);
	job->n_cmds = sink.n_cmds;
	kvfree(buf);
	return ret;
}

static int submit_copy_syncs(struct submit *submit, const struct drm_asahi_submit *args)
{
	struct drm_asahi_sync *syncs;
	u32 n;

	if (check_add_overflow(args->in_sync_count, args->out_sync_count, &n) || n > MAX_SYNCS)
		return -EINVAL;
	submit->n_ins = args->in_sync_count;
	syncs = vmemdup_array_user(u64_to_user_ptr(args->syncs), n, sizeof(*syncs));
	if (IS_ERR(syncs))
		return PTR_ERR(syncs);
	submit->syncs = syncs;
	submit->outs = kvcalloc(args->out_sync_count, sizeof(*submit->outs), GFP_KERNEL_ACCOUNT);
	return submit->outs ? 0 : -ENOMEM;
}

static int check_sync(const struct drm_asahi_sync *sync)
{
	switch (sync->sync_type) {
	case DRM_ASAHI_SYNC_SYNCOBJ:
		return sync->timeline_value ? -EINVAL : 0;
	case DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ:
		return 0;
	default:
		return -EINVAL;
	}
}

static int submit_add_in(struct submit *submit, const struct drm_asahi_sync *sync)
{
	struct dma_fence *fence;
	int ret;

	ret = check_sync(sync);
	if (ret)
		return ret;
	ret = drm_syncobj_find_fence(submit->file, sync->handle, sync->timeline_value, 0, &fence);
	if (ret)
		return ret;
	return drm_sched_job_add_dependency(&submit->job->base, fence);
}

static int submit_add_out(struct submit *submit, const struct drm_asahi_sync *sync)
{
	struct submit_out *out = &submit->outs[submit->n_outs];
	int ret;

	ret = check_sync(sync);
	if (ret)
		return ret;
	out->syncobj = drm_syncobj_find(submit->file, sync->handle);
	if (!out->syncobj)
		return -ENOENT;

	submit->n_outs++;
	out->point = sync->timeline_value;
	if (sync->sync_type != DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ)
		return 0;
	out->chain = dma_fence_chain_alloc();
	return out->chain ? 0 : -ENOMEM;
}

static int submit_add_syncs(struct submit *submit, const struct drm_asahi_submit *args)
{
	u32 i;
	int ret;

	ret = submit_copy_syncs(submit, args);
	for (i = 0; i < args->in_sync_count && !ret; i++)
		ret = submit_add_in(submit, &submit->syncs[i]);
	for (i = 0; i < args->out_sync_count && !ret; i++)
		ret = submit_add_out(submit, &submit->syncs[submit->n_ins + i]);
	return ret;
}

static void submit_attach_fence(struct submit *submit, struct dma_fence *fence)
{
	u32 i;

	for (i = 0; i < submit->n_outs; i++) {
		struct submit_out *out = &submit->outs[i];

		if (out->chain)
			drm_syncobj_add_point(out->syncobj, out->chain, fence, out->point);
		else
			drm_syncobj_replace_fence(out->syncobj, fence);
		/* The syncobj has it now. */
		out->chain = NULL;
	}
}

/* The point of no return. */
static int submit_push(struct submit *submit)
{
	struct asahi_job *job = submit->job;
	struct asahi_queue *queue = job->queue;
	int ret;

	mutex_lock(&queue->lock);
	ret = asahi_job_arm(job);
	if (!ret) {
		submit_attach_fence(submit, job->out_fence);
		submit->job = NULL;
		drm_sched_entity_push_job(&job->base);
	}
	mutex_unlock(&queue->lock);

	return ret;
}

static void submit_cleanup(struct submit *submit)
{
	u32 i;

	for (i = 0; i < submit->n_outs; i++) {
		dma_fence_chain_free(submit->outs[i].chain);
		drm_syncobj_put(submit->outs[i].syncobj);
	}
	kvfree(submit->outs);
	kvfree(submit->syncs);
	if (!submit->job)
		return;
	if (submit->has_base)
		drm_sched_job_cleanup(&submit->job->base);
	asahi_job_free(submit->job);
}

static int submit_job(struct asahi_queue *queue, const struct drm_asahi_submit *args,
		      struct drm_file *file)
{
	struct submit submit = { .file = file };
	int ret;

	submit.job = asahi_job_alloc(queue);
	if (!submit.job)
		return -ENOMEM;

	ret = submit_parse(&submit, args);
	if (ret)
		goto out_cleanup;
	ret = asahi_sched_job_init(&submit.job->base, &queue->entity, file);
	if (ret)
		goto out_cleanup;
	submit.has_base = true;
	ret = submit_add_syncs(&submit, args);
	if (ret)
		goto out_cleanup;
	ret = submit_push(&submit);

out_cleanup:
	submit_cleanup(&submit);
	return ret;
}

/**
 * asahi_ioctl_submit() - DRM_IOCTL_ASAHI_SUBMIT
 * @drm: the device
 * @data: &struct drm_asahi_submit
 * @file: the caller
 *
 * Return: 0; -ENODEV without a GPU or if it is lost; -EINVAL for anything that the uAPI does not
 * allow; -ENOENT for an unknown queue, syncobj or timestamp object; -ERANGE for a timestamp outside
 * of its object; -EFAULT, -ENOMEM. After an error nothing was done.
 */
int asahi_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	const struct drm_asahi_submit *args = data;
	struct asahi_queue *queue;
	int ret;

	if (!asahi->gpu)
		return -ENODEV;
	if (args->flags || args->pad)
		return -EINVAL;
	queue = asahi_file_get_queue(file, args->queue_id);
	if (!queue)
		return -ENOENT;

	ret = asahi_gpu_lost(asahi->gpu) ? -ENODEV : submit_job(queue, args, file);
	asahi_queue_put(queue);
	return ret;
}
