/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What firmware has set up for devices.
 */
#ifndef APPLE_DART_BOOT_H
#define APPLE_DART_BOOT_H

struct dart_domain;
struct device;
struct list_head;

int dart_boot_map(struct dart_domain *dom, struct device *dev);
void dart_boot_get_resv_regions(struct device *dev, struct list_head *regions);

#endif
