// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sync_file.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

int asahi_ioctl(int fd, unsigned long request, void *arg)
{
	/* The numbers are of an enum, so that they may arrive with a sign. */
	return drmIoctl(fd, (uint32_t)request, arg) ? -errno : 0;
}

struct drm_asahi_params_global asahi_params(int fd)
{
	struct drm_asahi_params_global params = { 0 };
	struct drm_asahi_get_params arg = {
		.pointer = (uintptr_t)&params,
		.size = sizeof(params),
	};

	asahi_expect(fd, DRM_IOCTL_ASAHI_GET_PARAMS, &arg, 0);
	return params;
}

uint32_t asahi_vm_create(int fd)
{
	struct drm_asahi_params_global params = asahi_params(fd);
	struct drm_asahi_vm_create arg = {
		.kernel_start = params.vm_end - params.vm_kernel_min_size,
		.kernel_end = params.vm_end,
	};

	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_CREATE, &arg, 0);
	igt_assert(arg.vm_id);
	return arg.vm_id;
}

void asahi_vm_destroy(int fd, uint32_t vm)
{
	struct drm_asahi_vm_destroy arg = { .vm_id = vm };

	asahi_expect(fd, DRM_IOCTL_ASAHI_VM_DESTROY, &arg, 0);
}

uint32_t asahi_bo_create(int fd, uint64_t size, uint32_t flags, uint32_t vm)
{
	struct drm_asahi_gem_create arg = { .size = size, .flags = flags, .vm_id = vm };

	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_CREATE, &arg, 0);
	igt_assert(arg.handle);
	return arg.handle;
}

void *asahi_bo_map(int fd, uint32_t bo, uint64_t size)
{
	struct drm_asahi_gem_mmap_offset arg = { .handle = bo };
	void *map;

	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET, &arg, 0);
	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, arg.offset);
	igt_assert(map != MAP_FAILED);
	return map;
}

void asahi_bo_close(int fd, uint32_t bo)
{
	struct drm_gem_close arg = { .handle = bo };

	igt_assert_eq(drmIoctl(fd, DRM_IOCTL_GEM_CLOSE, &arg), 0);
}

uint32_t asahi_queue_create(int fd, uint32_t vm, uint64_t usc_base)
{
	struct drm_asahi_queue_create arg = {
		.vm_id = vm,
		.priority = DRM_ASAHI_PRIORITY_MEDIUM,
		.usc_exec_base = usc_base,
	};

	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &arg, 0);
	igt_assert(arg.queue_id);
	return arg.queue_id;
}

void asahi_queue_destroy(int fd, uint32_t queue)
{
	struct drm_asahi_queue_destroy arg = { .queue_id = queue };

	asahi_expect(fd, DRM_IOCTL_ASAHI_QUEUE_DESTROY, &arg, 0);
}

uint32_t asahi_timestamps_bind(int fd, uint32_t bo, uint64_t offset, uint64_t range)
{
	struct drm_asahi_gem_bind_object arg = {
		.op = DRM_ASAHI_BIND_OBJECT_OP_BIND,
		.flags = DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS,
		.handle = bo,
		.offset = offset,
		.range = range,
	};

	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &arg, 0);
	igt_assert(arg.object_handle);
	return arg.object_handle;
}

static int bind_op(int fd, uint32_t vm, struct drm_asahi_gem_bind_op *op)
{
	struct drm_asahi_vm_bind arg = {
		.vm_id = vm,
		.num_binds = 1,
		.stride = sizeof(*op),
		.userptr = (uintptr_t)op,
	};

	return asahi_ioctl(fd, DRM_IOCTL_ASAHI_VM_BIND, &arg);
}

int asahi_bind(int fd, uint32_t vm, uint32_t bo, uint64_t offset, uint64_t addr, uint64_t range,
	       uint32_t flags)
{
	struct drm_asahi_gem_bind_op op = {
		.flags = flags, .handle = bo, .offset = offset, .range = range, .addr = addr,
	};

	return bind_op(fd, vm, &op);
}

int asahi_unbind(int fd, uint32_t vm, uint64_t addr, uint64_t range)
{
	return asahi_bind(fd, vm, 0, 0, addr, range, DRM_ASAHI_BIND_UNBIND);
}

uint32_t asahi_sync_create(int fd)
{
	uint32_t sync;

	igt_assert_eq(drmSyncobjCreate(fd, 0, &sync), 0);
	return sync;
}

void asahi_sync_destroy(int fd, uint32_t sync)
{
	igt_assert_eq(drmSyncobjDestroy(fd, sync), 0);
}

bool asahi_sync_wait(int fd, uint32_t sync, int ms)
{
	struct timespec now;
	int64_t until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = now.tv_sec * 1000000000ll + now.tv_nsec + ms * 1000000ll;
	return !drmSyncobjWait(fd, &sync, 1, until, 0, NULL);
}

static struct sync_file_info file_info(int file)
{
	struct sync_file_info info = { 0 };

	igt_assert_eq(drmIoctl(file, SYNC_IOC_FILE_INFO, &info), 0);
	return info;
}

int asahi_sync_status(int fd, uint32_t sync)
{
	int file, status;

	igt_assert_eq(drmSyncobjExportSyncFile(fd, sync, &file), 0);
	status = file_info(file).status;
	close(file);
	igt_assert_neq(status, 0);
	return status < 0 ? status : 0;
}

int asahi_fence_status(int sync_file)
{
	return file_info(sync_file).status;
}

void asahi_fence_name(int sync_file, char name[33])
{
	struct sync_file_info info = file_info(sync_file);

	memcpy(name, info.name, sizeof(info.name));
	name[sizeof(info.name)] = 0;
}

FILE *asahi_debugfs(int fd, const char *name)
{
	char path[64];
	struct stat st;
	FILE *file;

	igt_assert_eq(fstat(fd, &st), 0);
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/%s", minor(st.st_rdev), name);
	file = fopen(path, "r");
	igt_require_f(file, "%s", path);
	return file;
}

uint64_t asahi_counter(int fd, const char *name)
{
	FILE *file = asahi_debugfs(fd, "gpu");
	size_t length = strlen(name);
	uint64_t value = 0;
	bool found = false;
	char line[128];

	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, name, length) && line[length] == ' ' &&
			sscanf(line + length, "%" SCNu64, &value) == 1;
	fclose(file);
	igt_assert_f(found, "no counter %s", name);
	return value;
}

int asahi_open_primary(int fd)
{
	char *path = drmGetPrimaryDeviceNameFromFd(fd);
	int primary;

	igt_assert(path);
	primary = open(path, O_RDWR | O_CLOEXEC);
	free(path);
	igt_assert_fd(primary);
	return primary;
}

void asahi_gpu_init(struct asahi_gpu *gpu, int fd)
{
	memset(gpu, 0, sizeof(*gpu));
	gpu->fd = fd;
	gpu->vm = asahi_vm_create(fd);
	gpu->base = ASAHI_GPU_BASE;
	gpu->queue = asahi_queue_create(fd, gpu->vm, gpu->base);
	gpu->bo = asahi_bo_create(fd, ASAHI_GPU_SIZE,
				  DRM_ASAHI_GEM_WRITEBACK | DRM_ASAHI_GEM_VM_PRIVATE, gpu->vm);
	gpu->bytes = asahi_bo_map(fd, gpu->bo, ASAHI_GPU_SIZE);
	igt_assert_eq(asahi_bind(fd, gpu->vm, gpu->bo, 0, gpu->base, ASAHI_GPU_SIZE, ASAHI_RW), 0);
}

void asahi_gpu_fini(struct asahi_gpu *gpu)
{
	if (gpu->sync)
		asahi_sync_destroy(gpu->fd, gpu->sync);
	munmap(gpu->bytes, ASAHI_GPU_SIZE);
	asahi_queue_destroy(gpu->fd, gpu->queue);
	asahi_bo_close(gpu->fd, gpu->bo);
	asahi_vm_destroy(gpu->fd, gpu->vm);
}

/* Machine code. Uniforms 0-3 (halves) are the first argument, 4-7 the second. */
static const uint8_t copy_code[] = {
	0x05, 0x09, 0x00, 0x0d, 0x00, 0xc0, 0x12, 0x00, /* load r1, du0, 0, i32, x, a */
	0x38, 0x00,					/* wait a */
	0x45, 0x09, 0x04, 0x0d, 0x00, 0xc0, 0x12, 0x00, /* store r1, du2, 0, i32, x, a */
	0x38, 0x00,					/* wait a */
	0x88, 0x00,					/* stop */
};

static const uint8_t fill_code[] = {
	0x7e, 0x05, 0x80, 0x09, 0x80, 0x00,		/* mov r1, u0 */
	0x45, 0x09, 0x04, 0x0d, 0x00, 0xc0, 0x12, 0x00, /* store r1, du2, 0, i32, x, a */
	0x38, 0x00,					/* wait a */
	0x88, 0x00,					/* stop */
};

static const uint8_t endless_code[] = {
	0x00, 0xc0, 0x00, 0x00, 0x00, 0x00, /* jump to here */
	0x88, 0x00,			    /* stop */
};

static const uint8_t garbage_code[] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static const struct {
	const uint8_t *bytes;
	size_t size;
} codes[] = {
	[ASAHI_COPY] = { copy_code, sizeof(copy_code) },
	[ASAHI_FILL] = { fill_code, sizeof(fill_code) },
	[ASAHI_ENDLESS] = { endless_code, sizeof(endless_code) },
	[ASAHI_GARBAGE] = { garbage_code, sizeof(garbage_code) },
};

/* A slot is a quarter of a page. */
#define SLOT_SIZE	0x1000
#define CODE_AT		0x000
#define PIPELINE_AT	0x100
#define UNIFORMS_AT	0x140
#define STREAM_AT	0x180
#define RESULT_AT	0x200

uint64_t asahi_gpu_program(struct asahi_gpu *gpu, unsigned int slot, enum asahi_program program,
			   uint64_t first, uint64_t second)
{
	uint64_t at = (uint64_t)slot * SLOT_SIZE, uniforms = gpu->base + at + UNIFORMS_AT;
	uint64_t arguments[2] = { first, second };
	/* Uniforms: 8 halves from 0. Then the code, no preamble. */
	uint64_t pipeline[2] = {
		0x1d | 8ull << 20 | (uniforms >> 2) << 26,
		0x0d | (at + CODE_AT) << 16 | 0x88ull << 48,
	};
	uint32_t stream[9] = { 0, at + PIPELINE_AT, 1, 1, 1, 1, 1, 1, 2u << 29 };

	memcpy(gpu->bytes + at + CODE_AT, codes[program].bytes, codes[program].size);
	memcpy(gpu->bytes + at + PIPELINE_AT, pipeline, sizeof(pipeline));
	memcpy(gpu->bytes + at + UNIFORMS_AT, arguments, sizeof(arguments));
	memcpy(gpu->bytes + at + STREAM_AT, stream, sizeof(stream));
	return gpu->base + at + STREAM_AT;
}

struct drm_asahi_cmd_compute asahi_compute(uint64_t stream)
{
	return (struct drm_asahi_cmd_compute){
		.cdm_ctrl_stream_base = stream,
		.cdm_ctrl_stream_end = stream + 32,
	};
}

void asahi_add(struct asahi_commands *commands, uint16_t type, uint16_t vdm, uint16_t cdm,
	       const void *payload, uint16_t size)
{
	struct drm_asahi_cmd_header header = {
		.cmd_type = type, .size = size, .vdm_barrier = vdm, .cdm_barrier = cdm,
	};

	igt_assert(commands->size + sizeof(header) + size <= sizeof(commands->bytes));
	memcpy(commands->bytes + commands->size, &header, sizeof(header));
	memcpy(commands->bytes + commands->size + sizeof(header), payload, size);
	commands->size += sizeof(header) + size;
}

void asahi_add_compute(struct asahi_commands *commands, const struct drm_asahi_cmd_compute *compute)
{
	asahi_add(commands, DRM_ASAHI_CMD_COMPUTE, DRM_ASAHI_BARRIER_NONE, DRM_ASAHI_BARRIER_NONE,
		  compute, sizeof(*compute));
}

int asahi_gpu_start(struct asahi_gpu *gpu, uint64_t stream)
{
	struct drm_asahi_cmd_compute compute = asahi_compute(stream);
	struct asahi_commands commands = { .size = 0 };
	struct drm_asahi_sync sync = { .sync_type = DRM_ASAHI_SYNC_SYNCOBJ };
	struct drm_asahi_submit arg = {
		.syncs = (uintptr_t)&sync,
		.cmdbuf = (uintptr_t)commands.bytes,
		.queue_id = gpu->queue,
		.out_sync_count = 1,
	};

	if (!gpu->sync)
		gpu->sync = asahi_sync_create(gpu->fd);
	sync.handle = gpu->sync;
	asahi_add_compute(&commands, &compute);
	arg.cmdbuf_size = commands.size;
	return asahi_ioctl(gpu->fd, DRM_IOCTL_ASAHI_SUBMIT, &arg);
}

int asahi_gpu_wait(struct asahi_gpu *gpu)
{
	igt_assert_f(asahi_sync_wait(gpu->fd, gpu->sync, 20000), "a job did not end in 20 s");
	return asahi_sync_status(gpu->fd, gpu->sync);
}

int asahi_gpu_run(struct asahi_gpu *gpu, uint64_t stream)
{
	igt_assert_eq(asahi_gpu_start(gpu, stream), 0);
	return asahi_gpu_wait(gpu);
}

uint32_t asahi_gpu_read(struct asahi_gpu *gpu, uint64_t addr)
{
	uint32_t result = 0xdeadbeef;
	uint8_t *to = gpu->bytes + RESULT_AT;

	memcpy(to, &result, sizeof(result));
	igt_assert_eq(asahi_gpu_run(gpu, asahi_gpu_program(gpu, 0, ASAHI_COPY, addr,
							   gpu->base + RESULT_AT)), 0);
	memcpy(&result, to, sizeof(result));
	return result;
}

int asahi_gpu_write(struct asahi_gpu *gpu, uint64_t addr, uint32_t value)
{
	return asahi_gpu_run(gpu, asahi_gpu_program(gpu, 1, ASAHI_FILL, value, addr));
}

#define TIMEOUT_PARAMETER	"/sys/module/asahi/parameters/job_timeout_ms"

int asahi_set_timeout(int ms)
{
	FILE *file = fopen(TIMEOUT_PARAMETER, "r+");
	int old = -1;

	igt_require_f(file, "no " TIMEOUT_PARAMETER);
	igt_assert_eq(fscanf(file, "%d", &old), 1);
	rewind(file);
	igt_assert(fprintf(file, "%d\n", ms) > 0);
	igt_assert_eq(fclose(file), 0);
	return old;
}
