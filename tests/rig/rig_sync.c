// SPDX-License-Identifier: GPL-2.0
/* Sync objects. Work is done when its submission returns, so a fence that exists has signaled. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>

#include <drm.h>

#include "rig.h"

struct rig_sync *rig_sync_get(struct rig_file *file, uint32_t handle)
{
	return handle && handle < RIG_MAX_IDS && file->sync[handle].used ? &file->sync[handle] :
									   NULL;
}

void rig_sync_set(struct rig_file *file, struct rig_sync *sync, uint64_t point)
{
	sync->signaled = true;
	if (point > sync->point)
		sync->point = point;
	pthread_cond_broadcast(&file->signaled);
}

static int sync_create(struct rig_file *file, struct drm_syncobj_create *arg)
{
	for (uint32_t handle = 1; handle < RIG_MAX_IDS; handle++) {
		if (file->sync[handle].used)
			continue;
		file->sync[handle] = (struct rig_sync){
			.used = true,
			.signaled = arg->flags & DRM_SYNCOBJ_CREATE_SIGNALED,
		};
		arg->handle = handle;
		return 0;
	}
	return -ENOSPC;
}

static int sync_destroy(struct rig_file *file, struct drm_syncobj_destroy *arg)
{
	struct rig_sync *sync = rig_sync_get(file, arg->handle);

	if (!sync)
		return -EINVAL;
	sync->used = false;
	return 0;
}

static bool is_reached(const struct rig_sync *sync, uint64_t point)
{
	return point ? sync->point >= point : sync->signaled;
}

/* -ENOENT for a bad handle, 0 when the wait is over, 1 when not. */
static int check_wait(struct rig_file *file, const uint32_t *handles, const uint64_t *points,
		      uint32_t count, bool all, uint32_t *first)
{
	uint32_t reached = 0;

	for (uint32_t n = 0; n < count; n++) {
		struct rig_sync *sync = rig_sync_get(file, handles[n]);

		if (!sync)
			return -ENOENT;
		if (!is_reached(sync, points ? points[n] : 0))
			continue;
		if (!reached++)
			*first = n;
	}
	return all ? reached < count : !reached && count;
}

static int wait_for(struct rig_file *file, const uint32_t *handles, const uint64_t *points,
		    uint32_t count, uint32_t flags, int64_t timeout_ns, uint32_t *first)
{
	struct timespec until = {.tv_sec = timeout_ns / 1000000000,
				 .tv_nsec = timeout_ns % 1000000000};
	bool may_be_empty = flags & (DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT |
				     DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE);
	int ret;

	for (;;) {
		ret = check_wait(file, handles, points, count,
				 flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL, first);
		if (ret <= 0)
			return ret;
		/* Nothing that was submitted is unfinished: what is missing was never submitted. */
		if (!may_be_empty)
			return -EINVAL;
		if (pthread_cond_clockwait(&file->signaled, &file->lock, CLOCK_MONOTONIC, &until))
			return -ETIME;
	}
}

static int sync_wait(struct rig_file *file, struct drm_syncobj_wait *arg)
{
	return wait_for(file, (void *)(uintptr_t)arg->handles, NULL, arg->count_handles, arg->flags,
			arg->timeout_nsec, &arg->first_signaled);
}

static int sync_timeline_wait(struct rig_file *file, struct drm_syncobj_timeline_wait *arg)
{
	return wait_for(file, (void *)(uintptr_t)arg->handles, (void *)(uintptr_t)arg->points,
			arg->count_handles, arg->flags, arg->timeout_nsec, &arg->first_signaled);
}

static int sync_array(struct rig_file *file, const struct drm_syncobj_array *arg, bool signal)
{
	const uint32_t *handles = (void *)(uintptr_t)arg->handles;

	for (uint32_t n = 0; n < arg->count_handles; n++) {
		struct rig_sync *sync = rig_sync_get(file, handles[n]);

		if (!sync)
			return -ENOENT;
		if (signal) {
			rig_sync_set(file, sync, 0);
		} else {
			sync->signaled = false;
			sync->point = 0;
		}
	}
	return 0;
}

static int sync_points(struct rig_file *file, const struct drm_syncobj_timeline_array *arg,
		       bool signal)
{
	const uint32_t *handles = (void *)(uintptr_t)arg->handles;
	uint64_t *points = (void *)(uintptr_t)arg->points;

	for (uint32_t n = 0; n < arg->count_handles; n++) {
		struct rig_sync *sync = rig_sync_get(file, handles[n]);

		if (!sync)
			return -ENOENT;
		if (signal)
			rig_sync_set(file, sync, points[n]);
		else
			points[n] = sync->point;
	}
	return 0;
}

static int sync_transfer(struct rig_file *file, const struct drm_syncobj_transfer *arg)
{
	struct rig_sync *from = rig_sync_get(file, arg->src_handle);
	struct rig_sync *to = rig_sync_get(file, arg->dst_handle);

	if (!from || !to)
		return -ENOENT;
	if (!is_reached(from, arg->src_point))
		return -EINVAL;
	rig_sync_set(file, to, arg->dst_point);
	return 0;
}

/* A sync file is something that can be polled, and this one has signaled. */
static int sync_export(struct rig_file *file, struct drm_syncobj_handle *arg)
{
	struct rig_sync *sync = rig_sync_get(file, arg->handle);

	if (arg->flags != DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE)
		return -EOPNOTSUPP;
	if (!sync)
		return -ENOENT;
	if (!sync->signaled)
		return -EINVAL;
	arg->fd = eventfd(1, EFD_CLOEXEC);
	return arg->fd < 0 ? -errno : 0;
}

static int sync_import(struct rig_file *file, const struct drm_syncobj_handle *arg)
{
	struct rig_sync *sync = rig_sync_get(file, arg->handle);
	struct pollfd fd = {.fd = arg->fd, .events = POLLIN};

	if (arg->flags != DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE)
		return -EOPNOTSUPP;
	if (!sync)
		return -ENOENT;
	if (poll(&fd, 1, 0) != 1 || !(fd.revents & POLLIN))
		return -EINVAL;
	rig_sync_set(file, sync, 0);
	return 0;
}

int rig_sync_ioctl(struct rig_file *file, unsigned long request, void *arg)
{
	switch (request) {
	case DRM_IOCTL_SYNCOBJ_CREATE:
		return sync_create(file, arg);
	case DRM_IOCTL_SYNCOBJ_DESTROY:
		return sync_destroy(file, arg);
	case DRM_IOCTL_SYNCOBJ_WAIT:
		return sync_wait(file, arg);
	case DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT:
		return sync_timeline_wait(file, arg);
	case DRM_IOCTL_SYNCOBJ_RESET:
		return sync_array(file, arg, false);
	case DRM_IOCTL_SYNCOBJ_SIGNAL:
		return sync_array(file, arg, true);
	case DRM_IOCTL_SYNCOBJ_QUERY:
		return sync_points(file, arg, false);
	case DRM_IOCTL_SYNCOBJ_TIMELINE_SIGNAL:
		return sync_points(file, arg, true);
	case DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD:
		return sync_export(file, arg);
	case DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE:
		return sync_import(file, arg);
	case DRM_IOCTL_SYNCOBJ_TRANSFER:
		return sync_transfer(file, arg);
	default:
		return -ENOTTY;
	}
}
