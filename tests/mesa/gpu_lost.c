// SPDX-License-Identifier: GPL-2.0
/*
 * gpu_lost: a job without an end; says "ready" and waits for a line, before which somebody has taken
 * the GPU away. Then the job's fence has to end with -ENODEV, and so has every call that needs it.
 */
#include <poll.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

static void wait_for_line(void)
{
	char line[16];

	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static int n_bad;

static void expect(const char *what, int got)
{
	if (got == -ENODEV)
		return;
	printf("%s: %d\n", what, got);
	n_bad++;
}

int main(void)
{
	struct drm_asahi_params_global params;
	struct drm_asahi_get_params get = { .pointer = (uintptr_t)&params, .size = sizeof(params) };
	struct drm_asahi_get_time now = { 0 };
	struct pollfd fence = { .events = POLLIN };
	struct drm_asahi_queue_create queue = { 0 };
	struct asahi_gpu gpu;

	asahi_gpu_init(&gpu, drm_open_driver_render(DRIVER_ASAHI));
	if (asahi_gpu_start(&gpu, asahi_gpu_program(&gpu, 0, ASAHI_ENDLESS, 0, 0)) ||
	    drmSyncobjExportSyncFile(gpu.fd, gpu.sync, &fence.fd))
		return 1;
	wait_for_line();
	expect("job", poll(&fence, 1, 60000) == 1 ? asahi_fence_status(fence.fd) : -ETIMEDOUT);
	queue.vm_id = gpu.vm;
	expect("GET_PARAMS", asahi_ioctl(gpu.fd, DRM_IOCTL_ASAHI_GET_PARAMS, &get));
	expect("GET_TIME", asahi_ioctl(gpu.fd, DRM_IOCTL_ASAHI_GET_TIME, &now));
	expect("QUEUE_CREATE", asahi_ioctl(gpu.fd, DRM_IOCTL_ASAHI_QUEUE_CREATE, &queue));
	expect("SUBMIT", asahi_gpu_start(&gpu, gpu.base));
	return n_bad != 0;
}
