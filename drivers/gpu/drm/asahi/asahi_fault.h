/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_FAULT_H_
#define _ASAHI_FAULT_H_

struct asahi_device;

void asahi_fault_init(struct asahi_device *asahi);

#endif
