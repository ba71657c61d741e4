/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The render front end: walks a vertex stream. Nothing is drawn: a stream that asks for it fails
 * the job, one that only synchronises runs.
 */
#ifndef VSOC_GPU_GPU_RENDER_H
#define VSOC_GPU_GPU_RENDER_H

#include "gpu_compute.h"

struct gpu_render_command {
	struct gpu_space *front;
	uint64_t stream;	      /* GPU address of the vertex stream */
	uint32_t background, end_of_tile; /* programs; 0 for none */
};

/* As gpu_compute_run(). */
bool gpu_render_run(struct gpu_compute *compute, const struct gpu_render_command *command,
		    struct gpu_job *job);

#endif
