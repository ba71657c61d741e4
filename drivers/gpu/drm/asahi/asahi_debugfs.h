/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_DEBUGFS_H_
#define _ASAHI_DEBUGFS_H_

struct asahi_device;

void asahi_debugfs_init(struct asahi_device *asahi);

#endif
