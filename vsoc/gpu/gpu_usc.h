/* SPDX-License-Identifier: GPL-2.0 */
/* The words that describe a pipeline: its uniforms, state registers, memory and code. */
#ifndef VSOC_GPU_GPU_USC_H
#define VSOC_GPU_GPU_USC_H

#include "agx_core.h"

struct gpu_usc {
	uint64_t code, preamble; /* GPU addresses */
	bool has_preamble;
};

/*
 * Walks the words at @usc_base + @offset, fills uniforms, texture and sampler states, threadgroup
 * memory and image block of @launch. False when launch->job was failed.
 */
bool gpu_usc_walk(struct gpu_tlb *tlb, uint64_t usc_base, uint32_t offset,
		  struct agx_launch *launch, struct gpu_usc *usc);

#endif
