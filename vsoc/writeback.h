/* SPDX-License-Identifier: GPL-2.0 */
/* Writing a composed picture to guest memory. */
#ifndef VSOC_WRITEBACK_H
#define VSOC_WRITEBACK_H

#include "display.h"

/* Bytes a pixel, of every format that can be written. */
#define WRITEBACK_CPP 4

/**
 * writeback_knows() - whether a picture can be written in a format
 * @format: DRM fourcc, any value
 *
 * Return: true for 32-bit RGB with 8 bits a channel.
 */
bool writeback_knows(uint32_t format);

/**
 * writeback_write() - write a picture
 * @port: the engine's port; its memory must not be locked by the caller
 * @writeback: accepted by display_check()
 * @pixels: composed, width * height of @writeback; changed
 *
 * Any thread. Stops at the first page that faults.
 *
 * Return: DISPLAY_OK or DISPLAY_FAULT.
 */
enum display_status writeback_write(struct dma_port *port,
				    const struct display_writeback *writeback, uint32_t *pixels);

#endif
