/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The GPU as a device: registers, rings, contexts (Documentation/vsoc/registers.rst). Everything
 * else in this folder knows neither a bus nor a DART.
 */
#ifndef VSOC_GPU_GPU_DEVICE_H
#define VSOC_GPU_GPU_DEVICE_H

#include "../bus.h"

#define GPU_MIN_STREAMS		2
#define GPU_MAX_STREAMS		16
#define GPU_INSTANCES		2	/* DARTs: front end, shaders */

struct gpu_device;

/**
 * struct gpu_device_config - what a GPU is
 * @name: copied; the group of its counters
 * @ports: stream 0 of the two DARTs, which have 16 KiB pages and outlive the GPU
 * @n_streams: GPU_MIN_STREAMS..GPU_MAX_STREAMS, not more than a DART has
 * @threads: that execute shaders beside those of the contexts; -1: as many as there are processors
 *	to spare
 */
struct gpu_device_config {
	const char *name;
	struct dma_port ports[GPU_INSTANCES];
	unsigned int n_streams;
	int threads;
};

/**
 * gpu_device_create() - a GPU that does not run
 * @config: what it is
 * @irq: its contribution to an interrupt line
 * @stats: gets a group of counters
 *
 * Return: the GPU, or NULL after a line on stderr.
 */
struct gpu_device *gpu_device_create(const struct gpu_device_config *config,
				     struct irq_source *irq, struct stats *stats);
void gpu_device_destroy(struct gpu_device *gpu);

/* As after power-on. Returns when the GPU has let go of memory. */
void gpu_device_reset(struct gpu_device *gpu);

extern const struct bus_ops gpu_device_bus_ops; /* opaque is the struct gpu_device; window 0x4000 */

#endif
