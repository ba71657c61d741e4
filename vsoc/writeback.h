/* SPDX-License-Identifier: GPL-2.0 */
/* Writing a composed picture to guest memory. */
#ifndef VSOC_WRITEBACK_H
#define VSOC_WRITEBACK_H

#include "display.h"
#include "scanout.h"

/* Bytes a pixel, of every format that can be written. */
#define WRITEBACK_CPP 4

/**
 * writeback_knows() - whether a picture can be written in a format
 * @format: DRM fourcc, any value
 *
 * Return: true for some of 32-bit RGB.
 */
bool writeback_knows(uint32_t format);

/**
 * writeback_run() - compose a picture and write it
 * @port: the engine's port; its memory must not be locked by the caller
 * @picture: what to compose
 * @writeback: accepted by display_check()
 * @result: filled unless the return value is DISPLAY_DROPPED
 *
 * Any thread. Writing stops at the first page that faults.
 *
 * Return: DISPLAY_OK, DISPLAY_FAULT, or DISPLAY_DROPPED for a picture of another size, or
 * without memory for it.
 */
enum display_status writeback_run(struct dma_port *port, const struct scanout_picture *picture,
				  const struct display_writeback *writeback,
				  struct scanout_result *result);

#endif
