/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the asahi interface share: calls that give an errno, address spaces, buffers,
 * fences, and a GPU context that runs a few programs of its own, so that a test sees what the GPU
 * sees at an address.
 */
#ifndef ASAHI_GPU_H
#define ASAHI_GPU_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "subtests.h"

/* After IGT's, which has a copy of the same header. */
#include "asahi_drm.h"

#define ASAHI_PAGE	0x4000ull
#define ASAHI_RW	(DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_WRITE)

/* 0 or a negative errno; nothing is asserted. @request is a DRM_IOCTL_ASAHI_*. */
int asahi_ioctl(int fd, unsigned long request, void *arg);

#define asahi_expect(fd, request, arg, error)						\
	do {										\
		int got_ = asahi_ioctl(fd, request, arg);				\
											\
		igt_assert_f(got_ == (error), "%s is %d, not %d", #request, got_,	\
			     (int)(error));						\
	} while (0)

struct drm_asahi_params_global asahi_params(int fd);

/* These assert that all goes well. */
uint32_t asahi_vm_create(int fd);
void asahi_vm_destroy(int fd, uint32_t vm);
uint32_t asahi_bo_create(int fd, uint64_t size, uint32_t flags, uint32_t vm);
void *asahi_bo_map(int fd, uint32_t bo, uint64_t size);
void asahi_bo_close(int fd, uint32_t bo);
uint32_t asahi_queue_create(int fd, uint32_t vm, uint64_t usc_base);
void asahi_queue_destroy(int fd, uint32_t queue);
uint32_t asahi_timestamps_bind(int fd, uint32_t bo, uint64_t offset, uint64_t range);

/* One operation; 0 or a negative errno. */
int asahi_bind(int fd, uint32_t vm, uint32_t bo, uint64_t offset, uint64_t addr, uint64_t range,
	       uint32_t flags);
int asahi_unbind(int fd, uint32_t vm, uint64_t addr, uint64_t range);

/* Fences */
uint32_t asahi_sync_create(int fd);
void asahi_sync_destroy(int fd, uint32_t sync);
/* False when it has not signaled after @ms. */
bool asahi_sync_wait(int fd, uint32_t sync, int ms);
/* Of a fence that has signaled: 0 or its negative errno. */
int asahi_sync_status(int fd, uint32_t sync);

/* Its name, "driver-timeline..." as it calls itself. */
void asahi_fence_name(int sync_file, char name[33]);
/* Of a sync file: 1 signaled, 0 not yet, or the negative errno that it ended with. */
int asahi_fence_status(int sync_file);

/* A number of the driver's debugfs file "gpu". Skips without that. */
uint64_t asahi_counter(int fd, const char *name);
/* One of the driver's debugfs files, to read. */
FILE *asahi_debugfs(int fd, const char *name);
/* The primary node of the same device, opened anew. */
int asahi_open_primary(int fd);

/*
 * An address space with a queue, and a buffer in it at @base for code, streams and results.
 * All contexts have the buffer at the same address.
 */
struct asahi_gpu {
	int fd;
	uint32_t vm, queue, bo;
	uint64_t base;
	uint8_t *bytes;
	uint32_t sync;		/* of the last submission */
};

#define ASAHI_GPU_BASE	0x1100000000ull
#define ASAHI_GPU_SIZE	(16 * ASAHI_PAGE)
/* Of the buffer, what programs leave alone. */
#define ASAHI_GPU_FREE	(8 * ASAHI_PAGE)

void asahi_gpu_init(struct asahi_gpu *gpu, int fd);
void asahi_gpu_fini(struct asahi_gpu *gpu);

enum asahi_program {
	ASAHI_COPY,	/* a word from the first address to the second */
	ASAHI_FILL,	/* the low word of the first number to the second address */
	ASAHI_ENDLESS,
	ASAHI_GARBAGE,	/* no instruction that exists */
};

/* A stream of one launch of one thread in @slot (0 to 7) of the buffer; its GPU address. */
uint64_t asahi_gpu_program(struct asahi_gpu *gpu, unsigned int slot, enum asahi_program program,
			   uint64_t first, uint64_t second);

struct drm_asahi_cmd_compute asahi_compute(uint64_t stream);

/* What the last asahi_gpu_run() or _start() submitted: one compute command. 0 or an errno. */
int asahi_gpu_start(struct asahi_gpu *gpu, uint64_t stream);
/* Waits, at most 20 s; the fence's errno or 0. */
int asahi_gpu_wait(struct asahi_gpu *gpu);
int asahi_gpu_run(struct asahi_gpu *gpu, uint64_t stream);

/* The word that the GPU reads at @addr. Zero where nothing is mapped: loads fault softly. */
uint32_t asahi_gpu_read(struct asahi_gpu *gpu, uint64_t addr);
/* The errno of the job, or 0. */
int asahi_gpu_write(struct asahi_gpu *gpu, uint64_t addr, uint32_t value);

/* Jobs may run this long from now on; the old value. Skips without such a parameter. */
int asahi_set_timeout(int ms);

/* A command buffer in the making */
struct asahi_commands {
	uint8_t bytes[32768];
	uint32_t size;
};

void asahi_add(struct asahi_commands *commands, uint16_t type, uint16_t vdm, uint16_t cdm,
	       const void *payload, uint16_t size);
void asahi_add_compute(struct asahi_commands *commands,
		       const struct drm_asahi_cmd_compute *compute);

#endif
