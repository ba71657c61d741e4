/* SPDX-License-Identifier: GPL-2.0 */
/* EDID 1.4 base blocks for the display engine's connectors. */
#ifndef VSOC_EDID_H
#define VSOC_EDID_H

#include <stdint.h>

#define EDID_BLOCK 128

/* Refresh rates of a preferred mode. */
#define EDID_MIN_HZ 10
#define EDID_MAX_HZ 60
#define EDID_DEFAULT_HZ 60

/* A detailed timing; pixels and lines, the clock in units of 10 kHz as EDID has it. */
struct edid_timing {
	unsigned int clock_10khz;
	unsigned int hdisplay, hfront, hsync, hblank;
	unsigned int vdisplay, vfront, vsync, vblank;
	int hsync_positive, vsync_positive;
};

/**
 * edid_reduced_timing() - a timing with reduced blanking
 * @width: visible pixels
 * @height: visible lines
 * @hz: frames a second
 * @timing: filled
 *
 * Return: 0, or -ERANGE unless both edges are in 128..4095, the rate in 10..60 Hz and the clock in
 * 10..655.35 MHz.
 */
int edid_reduced_timing(unsigned int width, unsigned int height, unsigned int hz,
			struct edid_timing *timing);

/**
 * edid_build() - base block of a monitor
 * @block: filled, including the checksum
 * @head: 0..9, in the monitor's name and serial number
 * @width: preferred mode, pixels
 * @height: preferred mode, lines
 * @hz: preferred mode, frames a second
 *
 * Return: 0, or -ERANGE as from edid_reduced_timing() or for a head above 9.
 */
int edid_build(uint8_t block[EDID_BLOCK], unsigned int head, unsigned int width,
	       unsigned int height, unsigned int hz);

#endif
