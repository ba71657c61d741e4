/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fetching of a picture: planes in guest memory, through the display engine's DMA port, to composed
 * lines and a CRC. It has no state; the display engine owns heads and time.
 */
#ifndef VSOC_SCANOUT_H
#define VSOC_SCANOUT_H

#include "display.h"

/*
 * Pages of 4 KiB of one plane that may fault in one fetch; then the rest of the plane reads as 0
 * without being translated: an unmapped buffer is not a storm of thousands of faults a frame.
 */
#define SCANOUT_MAX_FAULTS 64

/* What a head shows; the planes have passed display_check(). */
struct scanout_picture {
	uint32_t width, height;         /* pixels, 1..8192 */
	struct display_plane planes[DISPLAY_NR_PLANES];
	struct colour colour;
};

struct scanout_result {
	uint32_t crc;                   /* final; 0 unless composed */
	uint32_t fault_planes;          /* bit p: a page of plane p faulted */
	uint64_t fault_dva;             /* the first one, if fault_planes is not 0 */
	uint64_t n_faults;
	uint64_t n_pages;               /* translations that succeeded */
};

/**
 * scanout_fetch() - translate every page of the visible part of each plane, read nothing
 * @port: the engine's port; its memory must not be locked by the caller
 * @picture: what to fetch
 * @result: filled
 *
 * Any thread; holds mem_lock() for the time of one frame.
 */
void scanout_fetch(struct dma_port *port, const struct scanout_picture *picture,
		   struct scanout_result *result);

/**
 * scanout_compose() - fetch, compose and compute the CRC
 * @port: as for scanout_fetch()
 * @picture: what to compose
 * @pixels: width * height words of 0x00RRGGBB, or NULL when only the CRC matters
 * @result: filled
 *
 * Any thread; holds mem_lock() for the time of one frame.
 */
void scanout_compose(struct dma_port *port, const struct scanout_picture *picture,
		     uint32_t *pixels, struct scanout_result *result);

#endif
