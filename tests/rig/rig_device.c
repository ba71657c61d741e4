// SPDX-License-Identifier: GPL-2.0
/* The asahi ioctls, straight onto the GPU model. Checks what the model relies on, no more. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <drm.h>

#include "../../include/uapi/drm/asahi_drm.h"
#include "rig.h"

#define VM_START 0x4000ull
#define VM_END 0x7fffff8000ull
#define TIMEOUT_NS (600ull * 1000000000)

#define LEAF_SHIFT 13 /* pages in a leaf of the page table */
#define LEAF_PAGES (1u << LEAF_SHIFT)
#define TABLE_LEAVES (1u << (GPU_VA_BITS - GPU_PAGE_SHIFT - LEAF_SHIFT))

/* Leaf entry: arena offset of the page | access bits; 0 for nothing. Leaves live as long as the VM.
 */
struct rig_vm {
	struct rig_file *file;
	struct gpu_space space;
	_Atomic(_Atomic uint64_t *) leaf[TABLE_LEAVES];
};

struct rig_queue {
	struct rig_vm *vm;
	struct gpu_compute *compute;
	uint64_t usc_base;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + ts.tv_nsec;
}

static void *translate(void *opaque, uint64_t page, unsigned int *access)
{
	struct rig_vm *vm = opaque;
	uint64_t number = page >> GPU_PAGE_SHIFT, entry;
	_Atomic uint64_t *leaf = atomic_load(&vm->leaf[number >> LEAF_SHIFT]);

	entry = leaf ? atomic_load(&leaf[number % LEAF_PAGES]) : 0;
	*access = entry & 3;
	return entry ? vm->file->arena + (entry & ~3ull) : NULL;
}

static int find_id(void *const *table, unsigned int size)
{
	for (unsigned int id = 1; id < size; id++) {
		if (!table[id])
			return id;
	}
	return -ENOSPC;
}

static int get_params(struct drm_asahi_get_params *arg)
{
	struct drm_asahi_params_global params = {
		.features = DRM_ASAHI_FEATURE_SOFT_FAULTS,
		.gpu_generation = 13,
		.gpu_variant = 'G',
		.gpu_revision = 0x10,
		.chip_id = 0x8103,
		.num_dies = 1,
		.num_clusters_total = 1,
		.num_cores_per_cluster = 8,
		.max_frequency_khz = 1000000,
		.core_masks = {0xff},
		.vm_start = VM_START,
		.vm_end = VM_END,
		.vm_kernel_min_size = 0x20000000,
		.max_commands_per_submission = 64,
		.max_attachments = 16,
		.command_timestamp_frequency_hz = 1000000000,
	};
	size_t size = arg->size < sizeof(params) ? arg->size : sizeof(params);

	if (arg->param_group || arg->pad)
		return -EINVAL;
	memcpy((void *)(uintptr_t)arg->pointer, &params, size);
	return 0;
}

static int vm_create(struct rig_file *file, struct drm_asahi_vm_create *arg)
{
	int id = find_id((void *const *)file->vm, 64);
	struct rig_vm *vm;

	if (id < 0)
		return id;
	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return -ENOMEM;
	vm->file = file;
	gpu_space_init(&vm->space, translate, vm);
	file->vm[id] = vm;
	arg->vm_id = id;
	return 0;
}

static struct rig_vm *get_vm(struct rig_file *file, uint32_t id)
{
	return id < 64 ? file->vm[id] : NULL;
}

static struct rig_bo *get_bo(struct rig_file *file, uint32_t handle)
{
	return handle && handle < RIG_MAX_IDS && file->bo[handle].size ? &file->bo[handle] : NULL;
}

static bool set_page(struct rig_vm *vm, uint64_t va, uint64_t entry)
{
	uint64_t number = va >> GPU_PAGE_SHIFT;
	_Atomic uint64_t *leaf = atomic_load(&vm->leaf[number >> LEAF_SHIFT]);

	if (!leaf) {
		if (!entry)
			return true;
		leaf = calloc(LEAF_PAGES, sizeof(*leaf));
		if (!leaf)
			return false;
		atomic_store(&vm->leaf[number >> LEAF_SHIFT], leaf);
	}
	atomic_store(&leaf[number % LEAF_PAGES], entry);
	return true;
}

static int bind_one(struct rig_file *file, struct rig_vm *vm,
		    const struct drm_asahi_gem_bind_op *op)
{
	bool unbind = op->flags == DRM_ASAHI_BIND_UNBIND,
	     single = op->flags & DRM_ASAHI_BIND_SINGLE_PAGE;
	struct rig_bo *bo = get_bo(file, op->handle);
	unsigned int access = (op->flags & DRM_ASAHI_BIND_READ ? GPU_READ : 0) |
			      (op->flags & DRM_ASAHI_BIND_WRITE ? GPU_WRITE : 0);

	if ((op->addr | op->range | op->offset) & (GPU_PAGE_SIZE - 1) || !op->range ||
	    op->addr + op->range < op->addr || op->addr < VM_START || op->addr + op->range > VM_END)
		return -EINVAL;
	if (!unbind && (!bo || !access))
		return bo ? -EINVAL : -ENOENT;
	if (!unbind &&
	    (op->offset > bo->size || (single ? GPU_PAGE_SIZE : op->range) > bo->size - op->offset))
		return -EINVAL;
	for (uint64_t at = 0; at < op->range; at += GPU_PAGE_SIZE) {
		uint64_t entry = unbind ? 0 :
					  (bo->offset + op->offset + (single ? 0 : at)) | access;

		if (!set_page(vm, op->addr + at, entry))
			return -ENOMEM;
	}
	return 0;
}

static int vm_bind(struct rig_file *file, const struct drm_asahi_vm_bind *arg)
{
	struct rig_vm *vm = get_vm(file, arg->vm_id);
	const uint8_t *ops = (const void *)(uintptr_t)arg->userptr;
	int ret = 0;

	if (!vm)
		return -ENOENT;
	if (!arg->stride || arg->pad)
		return -EINVAL;
	for (uint32_t n = 0; n < arg->num_binds && !ret; n++) {
		struct drm_asahi_gem_bind_op op = {0};
		size_t size = arg->stride < sizeof(op) ? arg->stride : sizeof(op);

		memcpy(&op, ops + (size_t)n * arg->stride, size);
		ret = bind_one(file, vm, &op);
	}
	gpu_space_invalidate(&vm->space);
	return ret;
}

/* A freed part of the same size is taken again; it was punched out of the file, so it reads as
 * zeros. */
static uint64_t arena_take(struct rig_file *file, uint64_t size)
{
	for (unsigned int n = 0; n < file->num_holes; n++) {
		struct rig_bo *hole = &file->hole[n];
		uint64_t offset = hole->offset;

		if (hole->size != size)
			continue;
		*hole = file->hole[--file->num_holes];
		return offset;
	}
	if (size > RIG_ARENA - file->arena_used)
		return RIG_ARENA;
	file->arena_used += size;
	return file->arena_used - size;
}

static int gem_create(struct rig_file *file, struct drm_asahi_gem_create *arg)
{
	uint64_t size = (arg->size + GPU_PAGE_SIZE - 1) & ~(uint64_t)(GPU_PAGE_SIZE - 1);
	uint64_t offset;
	uint32_t handle = 1;

	if (!size || size > RIG_ARENA)
		return -EINVAL;
	while (handle < RIG_MAX_IDS && file->bo[handle].size)
		handle++;
	if (handle == RIG_MAX_IDS)
		return -ENOSPC;
	offset = arena_take(file, size);
	if (offset == RIG_ARENA)
		return -ENOMEM;
	file->bo[handle] = (struct rig_bo){.offset = offset, .size = size};
	arg->handle = handle;
	return 0;
}

static void unmap_everywhere(struct rig_file *file, const struct rig_bo *bo)
{
	for (unsigned int id = 1; id < 64; id++) {
		struct rig_vm *vm = file->vm[id];

		for (unsigned int n = 0; vm && n < TABLE_LEAVES; n++) {
			_Atomic uint64_t *leaf = atomic_load(&vm->leaf[n]);

			for (unsigned int p = 0; leaf && p < LEAF_PAGES; p++) {
				uint64_t entry = atomic_load(&leaf[p]);

				if (entry && (entry & ~3ull) - bo->offset < bo->size)
					atomic_store(&leaf[p], 0);
			}
		}
		if (vm)
			gpu_space_invalidate(&vm->space);
	}
}

static int gem_close(struct rig_file *file, const struct drm_gem_close *arg)
{
	struct rig_bo *bo = get_bo(file, arg->handle);

	if (!bo)
		return -EINVAL;
	unmap_everywhere(file, bo);
	if (!fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, bo->offset,
		       bo->size) &&
	    file->num_holes < RIG_MAX_IDS)
		file->hole[file->num_holes++] = *bo;
	bo->size = 0;
	return 0;
}

static int gem_bind_object(struct rig_file *file, struct drm_asahi_gem_bind_object *arg)
{
	struct rig_bo *bo = get_bo(file, arg->handle);

	if (arg->op == DRM_ASAHI_BIND_OBJECT_OP_UNBIND) {
		if (!arg->object_handle || arg->object_handle >= 64)
			return -ENOENT;
		file->timestamps[arg->object_handle].size = 0;
		return 0;
	}
	if (!bo)
		return -ENOENT;
	if (arg->offset > bo->size || arg->range > bo->size - arg->offset)
		return -EINVAL;
	for (unsigned int id = 1; id < 64; id++) {
		if (file->timestamps[id].size)
			continue;
		file->timestamps[id] = (struct rig_bo){bo->offset + arg->offset, arg->range};
		arg->object_handle = id;
		return 0;
	}
	return -ENOSPC;
}

static int queue_create(struct rig_file *file, struct drm_asahi_queue_create *arg)
{
	int id = find_id((void *const *)file->queue, 64);
	struct rig_queue *queue;

	if (!get_vm(file, arg->vm_id))
		return -ENOENT;
	if (id < 0)
		return id;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->vm = get_vm(file, arg->vm_id);
	queue->usc_base = arg->usc_exec_base;
	queue->compute = gpu_compute_create(file->engine);
	if (!queue->compute) {
		free(queue);
		return -ENOMEM;
	}
	file->queue[id] = queue;
	arg->queue_id = id;
	return 0;
}

static int queue_destroy(struct rig_file *file, const struct drm_asahi_queue_destroy *arg)
{
	struct rig_queue *queue = arg->queue_id < 64 ? file->queue[arg->queue_id] : NULL;

	if (!queue)
		return -ENOENT;
	file->queue[arg->queue_id] = NULL;
	gpu_compute_destroy(queue->compute);
	free(queue);
	return 0;
}

static void write_timestamp(struct rig_file *file, const struct drm_asahi_timestamp *ts)
{
	struct rig_bo *object = ts->handle < 64 ? &file->timestamps[ts->handle] : NULL;
	uint64_t now = now_ns();

	if (ts->handle && object && object->size >= 8 && ts->offset <= object->size - 8)
		memcpy(file->arena + object->offset + ts->offset, &now, sizeof(now));
}

/* A command that fails says so on stderr; with ASAHI_RIG_STRICT it ends the process. */
static void report(struct rig_file *file, const char *kind, const char *text)
{
	file->failures++;
	fprintf(stderr, "asahi-rig: %s failed: %s\n", kind, text);
	if (getenv("ASAHI_RIG_STRICT"))
		_exit(99);
}

static void run_compute(struct rig_file *file, struct rig_queue *queue,
			const struct drm_asahi_cmd_compute *cmd)
{
	struct gpu_compute_command command = {
		.stream = cmd->cdm_ctrl_stream_base,
		.usc_base = queue->usc_base,
		.sampler_heap = cmd->sampler_heap,
		.sampler_count = cmd->sampler_count,
	};
	struct gpu_job job;
	uint64_t start;

	write_timestamp(file, &cmd->ts.start);
	gpu_job_init(&job, TIMEOUT_NS);
	start = now_ns();
	if (!gpu_compute_run(queue->compute, &queue->vm->space, &command, &job))
		report(file, "compute", job.text);
	if (getenv("ASAHI_RIG_STATS"))
		fprintf(stderr,
			"asahi-rig: %llu launches, %llu threadgroups, %llu instructions in %.3f ms\n",
			(unsigned long long)job.launches, (unsigned long long)job.threadgroups,
			(unsigned long long)job.executed, (now_ns() - start) / 1e6);
	write_timestamp(file, &cmd->ts.end);
}

static int run_commands(struct rig_file *file, struct rig_queue *queue, const uint8_t *at,
			size_t left)
{
	while (left >= sizeof(struct drm_asahi_cmd_header)) {
		struct drm_asahi_cmd_compute compute = {0};
		struct drm_asahi_cmd_header header;
		size_t size;

		memcpy(&header, at, sizeof(header));
		at += sizeof(header);
		left -= sizeof(header);
		if (header.size > left)
			return -EINVAL;
		size = header.size < sizeof(compute) ? header.size : sizeof(compute);
		if (header.cmd_type == DRM_ASAHI_CMD_COMPUTE) {
			memcpy(&compute, at, size);
			run_compute(file, queue, &compute);
			file->commands++;
		} else if (header.cmd_type == DRM_ASAHI_CMD_RENDER) {
			report(file, "render", "not modelled");
		}
		at += header.size;
		left -= header.size;
	}
	return 0;
}

static int check_syncs(struct rig_file *file, const struct drm_asahi_submit *arg)
{
	const struct drm_asahi_sync *syncs = (const void *)(uintptr_t)arg->syncs;
	uint64_t count = (uint64_t)arg->in_sync_count + arg->out_sync_count;

	for (uint64_t n = 0; n < count; n++) {
		struct rig_sync *sync = rig_sync_get(file, syncs[n].handle);
		bool is_timeline = syncs[n].sync_type == DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ;

		if (!sync)
			return -ENOENT;
		if (n < arg->in_sync_count &&
		    (is_timeline ? sync->point < syncs[n].timeline_value : !sync->signaled))
			return -EINVAL;
	}
	return 0;
}

static int submit(struct rig_file *file, const struct drm_asahi_submit *arg)
{
	struct rig_queue *queue = arg->queue_id < 64 ? file->queue[arg->queue_id] : NULL;
	const struct drm_asahi_sync *syncs = (const void *)(uintptr_t)arg->syncs;
	int ret;

	if (!queue)
		return -ENOENT;
	ret = check_syncs(file, arg);
	if (ret)
		return ret;
	pthread_mutex_unlock(&file->lock);
	pthread_mutex_lock(&file->engine_lock);
	ret = run_commands(file, queue, (const void *)(uintptr_t)arg->cmdbuf, arg->cmdbuf_size);
	pthread_mutex_unlock(&file->engine_lock);
	pthread_mutex_lock(&file->lock);
	for (uint32_t n = 0; n < arg->out_sync_count && !ret; n++) {
		const struct drm_asahi_sync *out = &syncs[arg->in_sync_count + n];
		struct rig_sync *sync = rig_sync_get(file, out->handle);

		if (sync)
			rig_sync_set(file, sync, out->timeline_value);
	}
	return ret;
}

static int device_ioctl(struct rig_file *file, unsigned long request, void *arg)
{
	struct drm_asahi_gem_mmap_offset *map = arg;
	struct drm_asahi_get_time *time = arg;

	switch ((uint32_t)request) {
	case (uint32_t)DRM_IOCTL_ASAHI_GET_PARAMS:
		return get_params(arg);
	case (uint32_t)DRM_IOCTL_ASAHI_GET_TIME:
		time->gpu_timestamp = now_ns();
		return 0;
	case (uint32_t)DRM_IOCTL_ASAHI_VM_CREATE:
		return vm_create(file, arg);
	case (uint32_t)DRM_IOCTL_ASAHI_VM_BIND:
		return vm_bind(file, arg);
	case (uint32_t)DRM_IOCTL_ASAHI_GEM_CREATE:
		return gem_create(file, arg);
	case (uint32_t)DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET:
		if (!get_bo(file, map->handle))
			return -ENOENT;
		map->offset = get_bo(file, map->handle)->offset;
		return 0;
	case (uint32_t)DRM_IOCTL_ASAHI_GEM_BIND_OBJECT:
		return gem_bind_object(file, arg);
	case (uint32_t)DRM_IOCTL_ASAHI_QUEUE_CREATE:
		return queue_create(file, arg);
	case (uint32_t)DRM_IOCTL_ASAHI_QUEUE_DESTROY:
		return queue_destroy(file, arg);
	case (uint32_t)DRM_IOCTL_ASAHI_SUBMIT:
		return submit(file, arg);
	case (uint32_t)DRM_IOCTL_GEM_CLOSE:
		return gem_close(file, arg);
	default:
		return rig_sync_ioctl(file, request, arg);
	}
}

/* Strings of the version query are copied as far as there is room; the lengths are always told. */
static void put_string(char *to, __kernel_size_t *room, const char *from)
{
	size_t length = strlen(from);

	if (to)
		memcpy(to, from, *room < length ? *room : length);
	*room = length;
}

static int get_version(struct drm_version *arg)
{
	arg->version_major = 0;
	arg->version_minor = 0;
	arg->version_patchlevel = 0;
	put_string(arg->name, &arg->name_len, "asahi");
	put_string(arg->date, &arg->date_len, "");
	put_string(arg->desc, &arg->desc_len, "Apple AGX Graphics");
	return 0;
}

static int get_cap(struct drm_get_cap *arg)
{
	bool has = arg->capability == DRM_CAP_SYNCOBJ ||
		   arg->capability == DRM_CAP_SYNCOBJ_TIMELINE;

	arg->value = has;
	return has || arg->capability == DRM_CAP_PRIME ? 0 : -EINVAL;
}

int rig_ioctl(struct rig_file *file, unsigned long request, void *arg)
{
	int ret;

	if (request == DRM_IOCTL_VERSION)
		return get_version(arg);
	if (request == DRM_IOCTL_GET_CAP)
		return get_cap(arg);
	pthread_mutex_lock(&file->lock);
	ret = device_ioctl(file, request, arg);
	pthread_mutex_unlock(&file->lock);
	return ret;
}

struct rig_file *rig_open(void)
{
	const char *threads = getenv("ASAHI_RIG_THREADS");
	struct rig_file *file = calloc(1, sizeof(*file));
	struct stat st;

	if (!file)
		return NULL;
	pthread_mutex_init(&file->lock, NULL);
	pthread_mutex_init(&file->engine_lock, NULL);
	pthread_cond_init(&file->signaled, NULL);
	file->fd = memfd_create("asahi-rig", MFD_CLOEXEC);
	if (file->fd < 0)
		goto err_free;
	if (ftruncate(file->fd, RIG_ARENA) || fstat(file->fd, &st))
		goto err_close;
	file->inode = st.st_ino;
	file->arena = mmap(NULL, RIG_ARENA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
			   file->fd, 0);
	if (file->arena == MAP_FAILED)
		goto err_close;
	file->engine = gpu_engine_create(threads ? atoi(threads) : -1);
	if (!file->engine)
		goto err_unmap;
	return file;

err_unmap:
	munmap(file->arena, RIG_ARENA);
err_close:
	close(file->fd);
err_free:
	free(file);
	errno = ENOMEM;
	return NULL;
}
