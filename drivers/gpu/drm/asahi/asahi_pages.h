/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_PAGES_H_
#define _ASAHI_PAGES_H_

#include <linux/types.h>

struct asahi_device;
struct asahi_gem_object;

int asahi_pages_init_device(struct asahi_device *asahi);
size_t asahi_pages_granule(struct asahi_device *asahi);

int asahi_gem_pin(struct asahi_gem_object *bo);
void asahi_gem_pin_again(struct asahi_gem_object *bo);
void asahi_gem_unpin(struct asahi_gem_object *bo);

void asahi_gem_revoke_pages(struct asahi_gem_object *bo);
void asahi_gem_free_pages(struct asahi_gem_object *bo);

#endif
