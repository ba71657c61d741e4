/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_POWER_H_
#define _ASAHI_POWER_H_

#include <linux/pm.h>

struct asahi_device;

void asahi_power_start(struct asahi_device *asahi);
void asahi_power_stop(struct asahi_device *asahi);
void asahi_power_get(struct asahi_device *asahi);
void asahi_power_put(struct asahi_device *asahi);

extern const struct dev_pm_ops asahi_power_ops;

#endif
