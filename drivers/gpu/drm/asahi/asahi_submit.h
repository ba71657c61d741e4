/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_SUBMIT_H_
#define _ASAHI_SUBMIT_H_

#include <linux/types.h>

#include "asahi_gpu_regs.h"

struct drm_asahi_timestamp;

/* Of a render command; compute has half of them. */
#define ASAHI_CMD_TIMESTAMPS	4

/**
 * struct asahi_cmd_sink - where parsed commands go
 * @n_cmds: in @cmds
 * @n_render: of these, for the render half
 * @n_compute: of these, for the compute half
 * @data: cookie of @resolve
 */
struct asahi_cmd_sink {
	/** @cmds: room for ASAHI_GPU_MAX_CMDS. */
	struct gpu_cmd *cmds;
	u32 n_cmds;
	u32 n_render;
	u32 n_compute;
	/** @resolve: translates a timestamp; @data is its cookie. Return: 0 or the errno. */
	int (*resolve)(void *data, const struct drm_asahi_timestamp *timestamp, u64 *dva);
	void *data;
};

#if IS_ENABLED(CONFIG_KUNIT)
int asahi_cmds_parse(struct asahi_cmd_sink *sink, const void *buf, size_t size);
#endif

#endif
