// SPDX-License-Identifier: GPL-2.0
/* Module and DRM driver tables; no logic. */

#include <linux/module.h>
#include <linux/platform_device.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>
#include <drm/drm_prime.h>

#include <drm/asahi_drm.h>

#include "asahi_compat.h"
#include "asahi_coproc.h"
#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_file.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_ioctl.h"
#include "asahi_kms.h"
#include "asahi_queue.h"

static const struct file_operations asahi_fops = {
	.owner = THIS_MODULE,
	.open = drm_open,
	.release = asahi_file_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = drm_gem_mmap,
	.show_fdinfo = drm_show_fdinfo,
	.fop_flags = FOP_UNSIGNED_OFFSET,
};

#define ASAHI_IOCTL(name, func, flags) \
	DRM_IOCTL_DEF_DRV(ASAHI_##name, asahi_ioctl_##func, flags)

static const struct drm_ioctl_desc asahi_ioctls[] = {
	ASAHI_IOCTL(GET_PARAMS, get_params, DRM_RENDER_ALLOW),
	ASAHI_IOCTL(GET_TIME, get_time, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(VM_CREATE, vm_create, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(VM_DESTROY, vm_destroy, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(VM_BIND, vm_bind, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(GEM_CREATE, gem_create, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(GEM_MMAP_OFFSET, gem_mmap_offset, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(GEM_BIND_OBJECT, gem_bind_object, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(QUEUE_CREATE, queue_create, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(QUEUE_DESTROY, queue_destroy, DRM_AUTH | DRM_RENDER_ALLOW),
	ASAHI_IOCTL(SUBMIT, submit, DRM_AUTH | DRM_RENDER_ALLOW),
};

const struct drm_driver asahi_drm_driver = {
	.driver_features = DRIVER_GEM | DRIVER_MODESET | DRIVER_ATOMIC | DRIVER_RENDER |
			   DRIVER_SYNCOBJ | DRIVER_SYNCOBJ_TIMELINE |
			   ASAHI_DRIVER_GEM_GPUVA,
	.name = "asahi",
	.desc = "Apple-style graphics complex",
	ASAHI_DRM_DRIVER_DATE
	.major = 1,
	.minor = 0,
	.fops = &asahi_fops,
	.ioctls = asahi_ioctls,
	.num_ioctls = ARRAY_SIZE(asahi_ioctls),
	.open = asahi_file_open,
	.postclose = asahi_file_postclose,
	.show_fdinfo = asahi_file_show_fdinfo,
	.dumb_create = asahi_gem_dumb_create,
	.gem_prime_import_sg_table = asahi_gem_prime_import_sg_table,
	ASAHI_FBDEV_DRIVER_OPS
};

static struct platform_driver * const asahi_drivers[] = {
	&asahi_display_driver,
	&asahi_coproc_driver,
	&asahi_gpu_driver,
	&asahi_complex_driver,
};

static int __init asahi_init(void)
{
	int ret;

	if (drm_firmware_drivers_only())
		return -ENODEV;

	ret = asahi_queue_module_init();
	if (ret)
		return ret;
	ret = platform_register_drivers(asahi_drivers, ARRAY_SIZE(asahi_drivers));
	if (ret)
		asahi_queue_module_exit();
	return ret;
}

static void __exit asahi_exit(void)
{
	platform_unregister_drivers(asahi_drivers, ARRAY_SIZE(asahi_drivers));
	asahi_queue_module_exit();
}

module_init(asahi_init);
module_exit(asahi_exit);

MODULE_DESCRIPTION("DRM driver for Apple-style graphics complexes behind DART IOMMUs");
MODULE_AUTHOR("The asahi developers");
ASAHI_IMPORT_NS(DMA_BUF);
/* A symbol may be needed from it, or not: the IOMMUs should be there before their clients are. */
MODULE_SOFTDEP("pre: apple-dart");
MODULE_LICENSE("GPL");
