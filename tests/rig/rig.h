/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rig: the GPU model under unmodified Mesa in one process, without a kernel driver. A preload
 * library answers for the device node; behind it stands the same model that the virtual SoC runs.
 *
 * An open device is a sparse memory file. Buffers are parts of it, so that mmap() of the device at
 * the offset of a buffer needs no help; the rig maps all of it once to get direct pointers.
 */
#ifndef TESTS_RIG_RIG_H
#define TESTS_RIG_RIG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "gpu_compute.h"

#define RIG_ARENA (64ull << 30)
#define RIG_NODE "/dev/dri/renderD128"
#define RIG_MAX_IDS 65536 /* buffers, syncobjs: of one open file */

struct rig_bo {
	uint64_t offset, size; /* in the arena; size 0: free handle */
};

struct rig_sync {
	bool used, signaled;
	uint64_t point; /* of a timeline: all up to it are signaled */
};

struct rig_vm;
struct rig_queue;

struct rig_file {
	int fd;
	ino_t inode; /* tells duplicates of the descriptor */
	uint8_t *arena;
	pthread_mutex_t lock;	 /* protects everything below but the engine's work */
	pthread_cond_t signaled; /* some sync changed */
	uint64_t arena_used;
	struct rig_bo hole[RIG_MAX_IDS]; /* freed parts below arena_used */
	unsigned int num_holes;
	struct rig_bo bo[RIG_MAX_IDS];
	struct rig_sync sync[RIG_MAX_IDS];
	struct rig_vm *vm[64];
	struct rig_queue *queue[64];
	struct rig_bo timestamps[64];
	pthread_mutex_t engine_lock; /* one submission at a time; taken before nothing else */
	struct gpu_engine *engine;
	uint64_t commands, failures;
	struct rig_file *next;
};

/* NULL with errno. The descriptor is file->fd. */
struct rig_file *rig_open(void);

/* All return 0 or a negative errno; @arg as in the kernel's interface. */
int rig_ioctl(struct rig_file *file, unsigned long request, void *arg);
int rig_sync_ioctl(struct rig_file *file, unsigned long request, void *arg);

/* Caller holds file->lock. NULL for a handle that does not exist. */
struct rig_sync *rig_sync_get(struct rig_file *file, uint32_t handle);
void rig_sync_set(struct rig_file *file, struct rig_sync *sync, uint64_t point);

#endif
