/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_STREAM_H_
#define _ASAHI_STREAM_H_

#include <linux/types.h>

struct asahi_device;
struct asahi_stream;
struct asahi_streams;
struct asahi_vm;
struct drm_printer;

int asahi_streams_init(struct asahi_device *asahi);
void asahi_streams_fini(struct asahi_device *asahi);

struct asahi_stream *asahi_stream_get(struct asahi_vm *vm);
void asahi_stream_put(struct asahi_device *asahi, struct asahi_stream *stream);
u32 asahi_stream_pasid(const struct asahi_stream *stream);
void asahi_stream_close(struct asahi_vm *vm);

void asahi_streams_print(struct asahi_device *asahi, struct drm_printer *p);

#endif
