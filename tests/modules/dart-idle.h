/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For tests that attach idle masters: which device is "master-NUMBER" of the board.
 */
#ifndef DART_IDLE_H
#define DART_IDLE_H

#include <linux/kernel.h>
#include <linux/of.h>

#define IDLE_MASTERS	4

/* The number in the name of a node, or -EINVAL. */
static inline int idle_number(const struct device_node *np)
{
	unsigned int number;

	if (sscanf(np->full_name, "master-%u", &number) != 1 || number >= IDLE_MASTERS)
		return -EINVAL;
	return number;
}

#endif
