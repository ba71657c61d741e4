/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A board: devicetree blob in, models on a bus out. The blob's bindings are in
 * Documentation/vsoc/registers.rst; nothing else decides what the SoC consists of.
 */
#ifndef VSOC_BOARD_H
#define VSOC_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "bus.h"
#include "coproc.h"
#include "dart.h"
#include "display.h"
#include "gpu/gpu_device.h"

#define BOARD_MAX_BLOB	0x10000 /* bytes */

/**
 * struct board_config - what a board hangs on
 * @mem: guest memory
 * @stats: gets a group for each model, by node name
 * @raise: see intc_create()
 * @opaque: first argument of @raise
 * @no_negative_cache: of every DART, see struct dart_config
 * @stale_grace_ms: of every DART, see struct dart_config
 */
struct board_config {
	struct mem *mem;
	struct stats *stats;
	void (*raise)(void *opaque, unsigned int line);
	void *opaque;
	bool no_negative_cache;
	unsigned int stale_grace_ms;
};

struct board;

/**
 * board_create() - build the models that a blob names
 * @config: copied
 * @blob: devicetree blob, untrusted; copied
 * @size: bytes that can be read there
 *
 * Return: the board, or NULL for a blob that is no board, after one line on stderr that names the
 * node and the property.
 */
struct board *board_create(const struct board_config *config, const void *blob, size_t size);
void board_destroy(struct board *board);

/* All models as after power-on; no DMA and no interrupt comes from them when this returns. */
void board_reset(struct board *board);

/* Lets every DART report what is overdue; before counters are read. */
void board_check(struct board *board);

struct bus *board_bus(struct board *board);

/* The first of its kind, or NULL if the board has none. */
struct display *board_display(struct board *board);
struct coproc *board_coproc(struct board *board);
struct gpu_device *board_gpu(struct board *board);

/* By node name, such as "iommu@304000"; NULL if there is none. */
struct dart *board_dart(struct board *board, const char *name);

#endif
