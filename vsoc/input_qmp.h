/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Input of viewers, handed over a QMP socket to the virtual keyboard and tablets that QEMU has itself:
 * a keyboard, and for head N a tablet that is bound to a display device with the id "headN".
 */
#ifndef VSOC_INPUT_QMP_H
#define VSOC_INPUT_QMP_H

#include <stdbool.h>
#include <stdint.h>

#include "stats.h"

#define INPUT_AXIS_END	32768u	/* one beyond the largest coordinate */

struct input_qmp;

/**
 * input_qmp_start() - prepare to hand events over
 * @path: QEMU's QMP socket; nobody has to listen there yet, or any more
 * @stats: for the counters of group "input"
 *
 * Owns a thread, which connects when there is an event, and again when QEMU has gone.
 *
 * Return: the input, or NULL after one line on stderr.
 */
struct input_qmp *input_qmp_start(const char *path, struct stats *stats);

/**
 * input_qmp_stop() - end the connection; what waits is thrown away
 * @input: may be NULL
 */
void input_qmp_stop(struct input_qmp *input);

/*
 * The following only queue. Any thread; they wait for nothing. When QEMU does not keep up, moves are
 * merged and then dropped, and keys and buttons are dropped before they are pressed, never after.
 * @input may be NULL.
 */

/**
 * input_qmp_key() - a key was pressed or released
 * @input: the input
 * @keysym: untrusted; what no key bears is counted and dropped
 * @down: pressed; repetitions are dropped
 */
void input_qmp_key(struct input_qmp *input, uint32_t keysym, bool down);

/**
 * input_qmp_pointer() - where the pointer is, and which buttons are down
 * @input: the input
 * @head: that it is on
 * @x: below INPUT_AXIS_END, over the width of the head
 * @y: the same, over its height
 * @buttons: as in RFC 6143: bit 0 left, 1 middle, 2 right, 3 wheel up, 4 wheel down
 */
void input_qmp_pointer(struct input_qmp *input, unsigned int head, unsigned int x, unsigned int y,
		       unsigned int buttons);

/**
 * input_qmp_release() - release whatever is down
 * @input: the input
 */
void input_qmp_release(struct input_qmp *input);

#endif
