/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_TIMESTAMP_H_
#define _ASAHI_TIMESTAMP_H_

#include <linux/types.h>

struct asahi_device;
struct asahi_gem_object;
struct asahi_timestamps;

struct asahi_timestamps *asahi_timestamps_create(struct asahi_device *asahi,
						 struct asahi_gem_object *bo, u64 offset,
						 u64 range);
struct asahi_timestamps *asahi_timestamps_get(struct asahi_timestamps *ts);
void asahi_timestamps_put(struct asahi_timestamps *ts);
u64 asahi_timestamps_size(const struct asahi_timestamps *ts);
u64 asahi_timestamps_dva(const struct asahi_timestamps *ts);

#endif
