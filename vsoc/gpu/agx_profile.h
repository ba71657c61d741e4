/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the time of programs goes: with AGX_PROFILE in the environment, how often each operation
 * was carried out and how long that took, of all threads, on stderr when the process ends.
 */
#ifndef VSOC_GPU_AGX_PROFILE_H
#define VSOC_GPU_AGX_PROFILE_H

#include <time.h>

#include "agx_isa.h"

/* One thread's. */
struct agx_profile {
	uint64_t count[AGX_NUM_OPS];
	uint64_t ticks[AGX_NUM_OPS];
	struct agx_profile *next;
};

/* NULL unless the environment asks for it. Stays until the process ends. */
struct agx_profile *agx_profile_create(void);

static inline uint64_t agx_ticks(void)
{
#ifdef __x86_64__
	return __builtin_ia32_rdtsc();
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

#endif
