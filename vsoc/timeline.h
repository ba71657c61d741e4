/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instants of a head's vblanks: instant n is origin + n frame times, computed exactly from the
 * mode, so that it never drifts. With variable refresh a frame may be longer, by what the monitor
 * bears: it ends when there is something new to show. So may be one whose end has to wait.
 */
#ifndef VSOC_TIMELINE_H
#define VSOC_TIMELINE_H

#include "display.h"

/* The lowest refresh rate of every monitor here; HEAD MIN_REFRESH of the manual. */
#define TIMELINE_MIN_HZ 40

struct timeline {
	uint64_t origin_ns;             /* instant 0 */
	uint64_t frame;                 /* the last instant that was counted */
	uint64_t pixels;                /* of a frame, with blanking */
	uint32_t clock_khz;
	uint64_t slack_ns;              /* how much longer than that a frame may be */
};

/**
 * timeline_start() - begin with frames of a mode
 * @time: the timeline; all of it is overwritten
 * @mode: one that display_check() accepts
 * @now_ns: instant 0
 */
void timeline_start(struct timeline *time, const struct display_mode *mode, uint64_t now_ns);

/**
 * timeline_set_variable() - let frames end early or late, or no longer
 * @time: the timeline
 * @variable: the monitor's lowest rate is the limit; no effect on a mode that is slower than that
 */
void timeline_set_variable(struct timeline *time, bool variable);

/**
 * timeline_instant() - when a frame begins that has the mode's length, like all before it
 * @time: the timeline
 * @frame: counted from the origin
 *
 * Return: nanoseconds.
 */
uint64_t timeline_instant(const struct timeline *time, uint64_t frame);

/**
 * timeline_frame_at() - the last frame whose instant is not after a time
 * @time: the timeline
 * @ns: the time
 *
 * Return: its number; 0 also for what was before the origin.
 */
uint64_t timeline_frame_at(const struct timeline *time, uint64_t ns);

/**
 * timeline_next() - when the next vblank is
 * @time: the timeline
 * @wanted_ns: since when there is something new to show; 0: there is nothing
 *
 * Return: nanoseconds.
 */
uint64_t timeline_next(const struct timeline *time, uint64_t wanted_ns);

/**
 * timeline_advance() - count vblanks
 * @time: the timeline
 * @n: at least 1; 1 unless the first comes after a frame of the mode's length
 * @instant_ns: of the first: what timeline_next() said, or later if it had to wait
 *
 * Return: the instant of the last one.
 */
uint64_t timeline_advance(struct timeline *time, uint64_t n, uint64_t instant_ns);

#endif
