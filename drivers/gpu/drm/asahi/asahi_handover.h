/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_HANDOVER_H_
#define _ASAHI_HANDOVER_H_

struct asahi_device;

int asahi_handover(struct asahi_device *asahi);

#endif
