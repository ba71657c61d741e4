/* SPDX-License-Identifier: GPL-2.0 */
/*
 * First levels that belong to firmware.
 */
#ifndef APPLE_DART_LOCKED_H
#define APPLE_DART_LOCKED_H

#include <linux/types.h>

struct dart;
struct dart_domain;
struct dart_table;
struct list_head;

int dart_locked_join(struct dart_domain *dom, struct dart_table *table, struct dart *dart,
		     unsigned int sid);
void dart_locked_leave(struct dart *dart, unsigned int sid);
bool dart_locked_lookup(struct dart *dart, unsigned int sid, u64 dva, int *prot);
void dart_locked_get_resv_regions(struct dart *dart, unsigned int sid, struct list_head *regions);

int dart_mirrors_check(const struct dart_table *table, u64 offset, u64 pa, u64 size, int prot);
int dart_mirrors_publish(const struct dart_table *table, u64 offset, u64 size);
void dart_mirrors_retract(const struct dart_table *table, u64 offset);

#endif
