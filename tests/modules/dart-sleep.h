/* SPDX-License-Identifier: GPL-2.0 */
/*
 * System sleep of one device, called as the PM core does in the phase without interrupts.
 */
#ifndef DART_SLEEP_H
#define DART_SLEEP_H

#include <linux/device.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/pm_runtime.h>

/* The first DART of a master, with a reference; or NULL. */
static inline struct device *dart_of_master(const struct device *dev)
{
	struct device_node *np = of_parse_phandle(dev->of_node, "iommus", 0);
	struct device *dart = bus_find_device_by_of_node(&platform_bus_type, np);

	of_node_put(np);
	return dart;
}

static inline int dart_sleep(struct device *dart)
{
	int ret;

	pm_runtime_get_noresume(dart);
	pm_runtime_disable(dart);
	ret = dart->driver->pm->suspend_noirq(dart);
	if (ret) {
		pm_runtime_enable(dart);
		pm_runtime_put(dart);
	}
	return ret;
}

static inline int dart_wake(struct device *dart)
{
	int ret = dart->driver->pm->resume_noirq(dart);

	pm_runtime_enable(dart);
	pm_runtime_put(dart);
	return ret;
}

#endif
