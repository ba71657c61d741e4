// SPDX-License-Identifier: GPL-2.0
/*
 * How many planes of a head can scale, for upstream's kms_plane_scaling on asahi. IGT asks Intel's and
 * msm's drivers in their own ways and takes it that no other driver has any. Preloaded, this answers
 * in the place of that one function; everything else is IGT's.
 */

/* All planes of a head but the cursor. */
#define SCALERS		4

struct igt_crtc;

int igt_crtc_num_scalers(struct igt_crtc *crtc);

int igt_crtc_num_scalers(struct igt_crtc *crtc)
{
	(void)crtc;
	return SCALERS;
}
