// SPDX-License-Identifier: GPL-2.0
/*
 * The picture that firmware has left on the screen.
 *
 * Its memory is told by memory-region in the node of the display engine. Three
 * things keep it on the screen until the first modeset: the IOMMU driver has it
 * mapped in the domain before a member is attached, asahi_mmu.c gives its IOVA
 * to nobody, and here whoever draws on it, such as a console on a simple
 * framebuffer, is asked to leave before there is a second console.
 */

#include <linux/aperture.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/of.h>
#include <linux/of_address.h>

#include <drm/drm_drv.h>

#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_handover.h"

static int handover_region(const struct asahi_device *asahi, struct device_node *region)
{
	struct resource res;

	/* Without an address it is no memory to draw on. */
	if (of_address_to_resource(region, 0, &res))
		return 0;

	return aperture_remove_conflicting_devices(res.start, resource_size(&res),
						   asahi->drm.driver->name);
}

/**
 * asahi_handover() - take the boot framebuffer over
 * @asahi: the device, attached to its domain, not registered yet
 *
 * Return: 0, also if there is none, or what the owner of the framebuffer says.
 */
int asahi_handover(struct asahi_device *asahi)
{
	struct device *dev = asahi_display_dev(asahi->display);
	struct device_node *region;
	int ret = 0;
	int i;

	for (i = 0; !ret; i++) {
		region = of_parse_phandle(dev->of_node, "memory-region", i);
		if (!region)
			break;
		ret = handover_region(asahi, region);
		of_node_put(region);
	}

	return ret;
}
