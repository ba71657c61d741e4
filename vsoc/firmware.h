/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a board's firmware leaves behind for the operating system: DARTs that are locked on page
 * tables of the firmware's own, and a picture on the first head.
 *
 * All of it lies in guest memory which the guest's kernel must not use as RAM. That memory comes
 * when the guest is started, so the firmware does its work then.
 */
#ifndef VSOC_FIRMWARE_H
#define VSOC_FIRMWARE_H

#include "dart.h"
#include "display.h"

#define FIRMWARE_MAX_MAPPINGS	8
#define FIRMWARE_PAGE		0x4000ull

/* The picture as a master sees it: it is in the tables of @sid of @dart at @dva. */
struct firmware_mapping {
	struct dart *dart;
	unsigned int sid;
	uint64_t dva;
};

/**
 * struct firmware_config - what there is to be done
 * @mem: guest memory
 * @stats: for its notes
 * @tables: guest physical address of the memory for page tables, a multiple of 16 KiB
 * @tables_size: bytes
 * @picture: guest physical address of the framebuffer, a multiple of 16 KiB
 * @picture_size: bytes, a multiple of 16 KiB
 * @display: shows it, through @mappings[0]
 * @width: of the mode and the picture
 * @height: of the mode and the picture
 * @hz: of the mode
 * @mappings: who sees it where; instances with 16 KiB pages; addresses are multiples of 16 KiB
 * @n_mappings: at least 1
 */
struct firmware_config {
	struct mem *mem;
	struct stats *stats;
	uint64_t tables, tables_size;
	uint64_t picture, picture_size;
	struct display *display;
	unsigned int width, height, hz;
	struct firmware_mapping mappings[FIRMWARE_MAX_MAPPINGS];
	unsigned int n_mappings;
};

struct firmware;

/**
 * firmware_create() - a firmware that waits for its memory
 * @config: copied
 *
 * From now on it is told of memory that comes and goes. Display and DARTs must outlive it.
 *
 * Return: the firmware; NULL when out of memory or if the mode has no timing.
 */
struct firmware *firmware_create(const struct firmware_config *config);
void firmware_destroy(struct firmware *firmware);

/* After all models were reset: starts over, at once if its memory is there. */
void firmware_reset(struct firmware *firmware);

/* The pixel, 0x00RRGGBB, that the firmware paints at a place. */
uint32_t firmware_pixel(unsigned int x, unsigned int y);

#endif
