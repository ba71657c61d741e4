/* SPDX-License-Identifier: GPL-2.0 */
/* The whole SoC: memory, board, PCI function and transport put together. */
#ifndef VSOC_SOC_H
#define VSOC_SOC_H

#include "board.h"
#include "vfu.h"

struct soc_options {
	bool no_negative_cache;
	unsigned int stale_grace_ms;

	/*
	 * Where the picture of head N is kept as head-N.png when a guest goes, and the only place
	 * where control may write one then. NULL: neither. Outlives the SoC.
	 */
	const char *png_dir;
};

struct soc {
	struct soc_options options;
	struct stats *stats;
	struct mem *mem;
	struct board *board;
	struct pci *pci;
	struct vfu *vfu;
};

/**
 * soc_create() - a SoC that nobody is connected to
 * @options: copied
 * @blob: the board's devicetree blob, untrusted; copied
 * @size: of @blob, in bytes
 *
 * Return: the SoC, or NULL after one line on stderr.
 */
struct soc *soc_create(const struct soc_options *options, const void *blob, size_t size);

/* Nobody may be in vfu_serve() any more. */
void soc_destroy(struct soc *soc);

/* One line of JSON without its newline; asks the models for overdue reports first. Any thread. */
void soc_write_stats(struct soc *soc, FILE *out);

/* Writes every head that is on to the directory for pictures, if there is one. Any thread. */
void soc_write_pictures(struct soc *soc);

#endif
