// SPDX-License-Identifier: GPL-2.0
/* Module and DRM driver tables; no logic. */

#include <linux/module.h>
#include <linux/platform_device.h>

#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "asahi_compat.h"
#include "asahi_coproc.h"
#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_gem.h"
#include "asahi_kms.h"

DEFINE_DRM_GEM_FOPS(asahi_fops);

const struct drm_driver asahi_drm_driver = {
	.driver_features = DRIVER_GEM | DRIVER_MODESET | DRIVER_ATOMIC | DRIVER_RENDER |
			   DRIVER_SYNCOBJ | DRIVER_SYNCOBJ_TIMELINE,
	.name = "asahi",
	.desc = "Apple-style graphics complex",
	ASAHI_DRM_DRIVER_DATE
	.major = 1,
	.minor = 0,
	.fops = &asahi_fops,
	.dumb_create = asahi_gem_dumb_create,
	.gem_prime_import_sg_table = asahi_gem_prime_import_sg_table,
	ASAHI_FBDEV_DRIVER_OPS
};

static struct platform_driver * const asahi_drivers[] = {
	&asahi_display_driver,
	&asahi_coproc_driver,
	&asahi_complex_driver,
};

static int __init asahi_init(void)
{
	if (drm_firmware_drivers_only())
		return -ENODEV;

	return platform_register_drivers(asahi_drivers, ARRAY_SIZE(asahi_drivers));
}

static void __exit asahi_exit(void)
{
	platform_unregister_drivers(asahi_drivers, ARRAY_SIZE(asahi_drivers));
}

module_init(asahi_init);
module_exit(asahi_exit);

MODULE_DESCRIPTION("DRM driver for Apple-style graphics complexes behind DART IOMMUs");
MODULE_AUTHOR("The asahi developers");
ASAHI_IMPORT_NS(DMA_BUF);
/* A symbol may be needed from it, or not: the IOMMUs should be there before their clients are. */
MODULE_SOFTDEP("pre: apple-dart");
MODULE_LICENSE("GPL");
