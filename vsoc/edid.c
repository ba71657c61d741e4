// SPDX-License-Identifier: GPL-2.0
/*
 * EDID 1.4 base blocks (VESA E-EDID standard, release A revision 2).
 */
#include "edid.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Reduced blanking (VESA CVT 1.2): fixed horizontally, at least 460 us vertically. */
#define RB_HFRONT      48
#define RB_HSYNC       32
#define RB_HBLANK      160
#define RB_VFRONT      3
#define RB_VBACK_MIN   6
#define RB_VBLANK_US   460

#define DTD_SIZE       18
#define DTD_OFFSET     54
#define DTD_MIN_EDGE   128
#define DTD_MAX_EDGE   4095
#define DTD_MIN_CLOCK  1000 /* readers take less than 10 MHz for a broken timing */
#define DTD_MAX_CLOCK  65535

/* What monitors bear besides the preferred mode, in Hz. */
#define RANGE_MIN_HZ   50
#define RANGE_MAX_HZ   75

#define EDID_YEAR      2025

/* Established timings that every monitor here has: 640x480, 800x600 and 1024x768, all at 60 Hz. */
#define ESTABLISHED_1  0x21
#define ESTABLISHED_2  0x08
#define ESTABLISHED_MIN_KHZ 31

static const struct edid_timing timing_1080p = {
	.clock_10khz = 14850,
	.hdisplay = 1920, .hfront = 88, .hsync = 44, .hblank = 280,
	.vdisplay = 1080, .vfront = 4, .vsync = 5, .vblank = 45,
	.hsync_positive = 1, .vsync_positive = 1,
};

/* CVT tells the aspect ratio by the width of the vertical sync. */
static unsigned int vsync_lines(unsigned int width, unsigned int height)
{
	if (width * 3 == height * 4)
		return 4;
	if (width * 9 == height * 16)
		return 5;
	if (width * 10 == height * 16)
		return 6;
	if (width * 4 == height * 5 || width * 9 == height * 15)
		return 7;
	return 10;
}

int edid_reduced_timing(unsigned int width, unsigned int height, unsigned int hz,
			struct edid_timing *timing)
{
	unsigned int vsync, vblank, min_vblank, frame_us;
	uint64_t clock;

	if (width < DTD_MIN_EDGE || height < DTD_MIN_EDGE || width > DTD_MAX_EDGE ||
	    height > DTD_MAX_EDGE || hz < EDID_MIN_HZ || hz > EDID_MAX_HZ)
		return -ERANGE;
	vsync = vsync_lines(width, height);
	/* A line lasts (frame - blanking) / height, rounded down to be on the long side. */
	frame_us = 1000000 / hz;
	vblank = RB_VBLANK_US * height / (frame_us - RB_VBLANK_US) + 1;
	min_vblank = RB_VFRONT + vsync + RB_VBACK_MIN;
	if (vblank < min_vblank)
		vblank = min_vblank;
	clock = (uint64_t)(width + RB_HBLANK) * (height + vblank) * hz;
	clock = (clock + 5000) / 10000;
	if (clock < DTD_MIN_CLOCK || clock > DTD_MAX_CLOCK)
		return -ERANGE;

	*timing = (struct edid_timing) {
		.clock_10khz = clock,
		.hdisplay = width, .hfront = RB_HFRONT, .hsync = RB_HSYNC, .hblank = RB_HBLANK,
		.vdisplay = height, .vfront = RB_VFRONT, .vsync = vsync, .vblank = vblank,
		.hsync_positive = 1,
	};
	return 0;
}

/* Millimetres at 96 dots an inch. */
static unsigned int millimetres(unsigned int pixels)
{
	return pixels * 254 / 960;
}

static void put_timing(uint8_t *d, const struct edid_timing *t, unsigned int width_mm,
		       unsigned int height_mm)
{
	d[0] = t->clock_10khz & 0xff;
	d[1] = t->clock_10khz >> 8;
	d[2] = t->hdisplay & 0xff;
	d[3] = t->hblank & 0xff;
	d[4] = (t->hdisplay >> 8) << 4 | t->hblank >> 8;
	d[5] = t->vdisplay & 0xff;
	d[6] = t->vblank & 0xff;
	d[7] = (t->vdisplay >> 8) << 4 | t->vblank >> 8;
	d[8] = t->hfront & 0xff;
	d[9] = t->hsync & 0xff;
	d[10] = (t->vfront & 0xf) << 4 | (t->vsync & 0xf);
	d[11] = (t->hfront >> 8) << 6 | (t->hsync >> 8) << 4 | (t->vfront >> 4) << 2 |
		t->vsync >> 4;
	d[12] = width_mm & 0xff;
	d[13] = height_mm & 0xff;
	d[14] = (width_mm >> 8) << 4 | height_mm >> 8;
	d[17] = 0x18 | (t->vsync_positive ? 4 : 0) | (t->hsync_positive ? 2 : 0);
}

static unsigned int line_rate_khz(const struct edid_timing *t)
{
	unsigned int htotal = t->hdisplay + t->hblank;

	return (t->clock_10khz * 10 + htotal - 1) / htotal;
}

/* Range limits: wide enough for the established timings and every detailed one. */
static void put_range(uint8_t *d, const struct edid_timing *t, unsigned int hz,
		      const struct edid_timing *second)
{
	unsigned int khz = line_rate_khz(t), clock = t->clock_10khz;
	unsigned int min_khz = ESTABLISHED_MIN_KHZ;

	if (second) {
		if (line_rate_khz(second) > khz)
			khz = line_rate_khz(second);
		if (second->clock_10khz > clock)
			clock = second->clock_10khz;
	}
	if (line_rate_khz(t) < 32)
		min_khz = line_rate_khz(t) - 1; /* rounded up there, down here */
	if (khz < 50)
		khz = 50; /* 1024x768 */
	if (clock < 6500)
		clock = 6500;
	d[3] = 0xfd;
	d[5] = hz < RANGE_MIN_HZ ? hz : RANGE_MIN_HZ;
	d[6] = RANGE_MAX_HZ;
	d[7] = min_khz;
	d[8] = khz > 255 ? 255 : khz;
	d[9] = (clock + 999) / 1000; /* units of 10 MHz */
	d[10] = 0x01; /* no formula: these limits are all */
	d[11] = 0x0a;
	memset(d + 12, ' ', 6);
}

static void put_name(uint8_t *d, unsigned int head)
{
	char text[14];

	snprintf(text, sizeof(text), "vsoc head %u\n ", head % 10);
	d[3] = 0xfc;
	memcpy(d + 5, text, 13);
}

/* sRGB primaries and D65, each coordinate as a ten-bit fraction. */
static void put_colours(uint8_t *block)
{
	static const unsigned int xy[8] = { 6400, 3300, 3000, 6000, 1500, 600, 3127, 3290 };
	unsigned int v[8];

	for (int i = 0; i < 8; i++)
		v[i] = (xy[i] * 1024 + 5000) / 10000;
	for (int i = 0; i < 2; i++)
		block[25 + i] = (v[4 * i] & 3) << 6 | (v[4 * i + 1] & 3) << 4 |
				(v[4 * i + 2] & 3) << 2 | (v[4 * i + 3] & 3);
	for (int i = 0; i < 8; i++)
		block[27 + i] = v[i] >> 2;
}

static void put_identity(uint8_t *block, unsigned int head, unsigned int width,
			 unsigned int height)
{
	static const uint8_t magic[8] = { 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };
	unsigned int vendor = ('V' - '@') << 10 | ('S' - '@') << 5 | ('C' - '@');
	unsigned int width_cm = (millimetres(width) + 5) / 10;
	unsigned int height_cm = (millimetres(height) + 5) / 10;

	memcpy(block, magic, sizeof(magic));
	block[8] = vendor >> 8;
	block[9] = vendor & 0xff;
	block[10] = 0x01; /* product code */
	block[12] = head + 1; /* serial number */
	block[16] = 1;
	block[17] = EDID_YEAR - 1990;
	block[18] = 1;
	block[19] = 4;
	block[20] = 0xa0; /* digital, 8 bits a colour */
	block[21] = width_cm > 255 ? 255 : width_cm;
	block[22] = height_cm > 255 ? 255 : height_cm;
	/* Zero means "size unknown" here, and must then be so in both. */
	if (!block[21] || !block[22])
		block[21] = block[22] = 0;
	block[23] = 120; /* gamma 2.2 */
	block[24] = 0x06; /* sRGB, the first timing is the native one */
	put_colours(block);
	block[35] = ESTABLISHED_1;
	block[36] = ESTABLISHED_2;
	memset(block + 38, 0x01, 16); /* no standard timings */
}

int edid_build(uint8_t block[EDID_BLOCK], unsigned int head, unsigned int width,
	       unsigned int height, unsigned int hz)
{
	const struct edid_timing *second = NULL;
	struct edid_timing preferred;
	uint8_t *descriptor = block + DTD_OFFSET;
	uint8_t sum = 0;
	int ret = edid_reduced_timing(width, height, hz, &preferred);

	if (ret)
		return ret;
	if (head > 9)
		return -ERANGE;
	if (width <= 1920 && height <= 1080 && !(width == 1920 && height == 1080))
		second = &timing_1080p;

	memset(block, 0, EDID_BLOCK);
	put_identity(block, head, width, height);
	put_timing(descriptor, &preferred, millimetres(width), millimetres(height));
	descriptor += DTD_SIZE;
	if (second)
		put_timing(descriptor, second, millimetres(width), millimetres(height));
	else
		descriptor[3] = 0x10; /* dummy */
	put_range(descriptor + DTD_SIZE, &preferred, hz, second);
	put_name(descriptor + 2 * DTD_SIZE, head);
	for (int i = 0; i < EDID_BLOCK - 1; i++)
		sum += block[i];
	block[EDID_BLOCK - 1] = -sum;
	return 0;
}
