// SPDX-License-Identifier: GPL-2.0
/* The instants of a head's vblanks. */
#include "timeline.h"

#include "commit.h"

#define NS_PER_SEC 1000000000ull

/* n frames last n * pixels * 10^6 / kHz nanoseconds, rounded down. */
static uint64_t frames_ns(const struct timeline *time, uint64_t n)
{
	unsigned __int128 pixels = (unsigned __int128)n * time->pixels;

	return (uint64_t)(pixels * 1000000 / time->clock_khz);
}

void timeline_start(struct timeline *time, const struct display_mode *mode, uint64_t now_ns)
{
	*time = (struct timeline) {
		.origin_ns = now_ns,
		.pixels = mode_total(mode),
		.clock_khz = mode->pixel_clock_khz,
	};
}

void timeline_set_variable(struct timeline *time, bool variable)
{
	uint64_t longest = NS_PER_SEC / TIMELINE_MIN_HZ, frame = frames_ns(time, 1);

	time->slack_ns = variable && frame < longest ? longest - frame : 0;
}

uint64_t timeline_instant(const struct timeline *time, uint64_t frame)
{
	return time->origin_ns + frames_ns(time, frame);
}

uint64_t timeline_frame_at(const struct timeline *time, uint64_t ns)
{
	unsigned __int128 scaled;

	if (ns < time->origin_ns)
		return 0;
	scaled = (unsigned __int128)(ns - time->origin_ns + 1) * time->clock_khz - 1;
	return scaled / ((unsigned __int128)time->pixels * 1000000);
}

uint64_t timeline_next(const struct timeline *time, uint64_t wanted_ns)
{
	uint64_t earliest = timeline_instant(time, time->frame + 1);
	uint64_t latest = earliest + time->slack_ns;

	if (!wanted_ns || wanted_ns > latest)
		return latest;
	return wanted_ns > earliest ? wanted_ns : earliest;
}

/* A frame of its own length begins the count anew: there is no drift to be kept out. */
uint64_t timeline_advance(struct timeline *time, uint64_t n, uint64_t instant_ns)
{
	if (instant_ns != timeline_instant(time, time->frame + 1)) {
		time->origin_ns = instant_ns;
		time->frame = 0;
		return instant_ns;
	}
	time->frame += n;
	return timeline_instant(time, time->frame);
}
