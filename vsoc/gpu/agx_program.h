/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs, decoded once. The cache is keyed by address and content: shader memory is recycled, so
 * a hit counts only while the bytes are still the same, and nobody has to tell the cache anything.
 */
#ifndef VSOC_GPU_AGX_PROGRAM_H
#define VSOC_GPU_AGX_PROGRAM_H

#include "agx_core.h"

#define AGX_MAX_PROGRAM_BYTES (1u << 20)

/*
 * Decodes the program in @code. Never fails for what the bytes are: it ends with an instruction
 * that fails the job when it is reached. NULL without memory.
 */
struct agx_program *agx_program_decode(const uint8_t *code, size_t size, uint64_t base);
void agx_program_free(struct agx_program *program);

struct agx_cache;

struct agx_cache *agx_cache_create(void);
void agx_cache_destroy(struct agx_cache *cache);

/*
 * The program at @va in the space of @tlb; NULL if @job was failed instead. The program lives until
 * the cache has been cleaned after agx_cache_put(). Any thread.
 */
const struct agx_program *agx_cache_get(struct agx_cache *cache, struct gpu_tlb *tlb, uint64_t va,
					struct gpu_job *job);
void agx_cache_put(struct agx_cache *cache, const struct agx_program *program);

#endif
