/* SPDX-License-Identifier: GPL-2.0 */
/* Commits of the display engine, apart from the engine that carries them out. */
#ifndef VSOC_COMMIT_H
#define VSOC_COMMIT_H

#include "display.h"

#define COMMIT_CURSOR_MAX 512 /* edge of the cursor plane in pixels */

static inline uint64_t mode_total(const struct display_mode *mode)
{
	return (uint64_t)mode->htotal * mode->vtotal;
}

static inline uint64_t mode_frame_ns(const struct display_mode *mode)
{
	return mode_total(mode) * 1000000 / mode->pixel_clock_khz;
}

/**
 * commit_check() - whether a commit is one that the hardware can carry out
 * @commit: any values, checked in full
 * @n_heads: that there are
 *
 * Return: DISPLAY_OK, BAD_COMMAND, BAD_HEAD, BAD_MODE or BAD_PLANE.
 */
enum display_status commit_check(const struct display_commit *commit, unsigned int n_heads);

#endif
