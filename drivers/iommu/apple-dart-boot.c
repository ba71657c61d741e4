// SPDX-License-Identifier: GPL-2.0
/*
 * What firmware has set up for a device and goes on using: the devicetree tells it by memory
 * regions with iommu-addresses. They are part of each domain that the device is attached to,
 * before it is, so that e.g. the boot framebuffer is shown without interruption. Unlike the
 * core's direct mappings, the IOVA can differ from the physical address.
 */

#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/of.h>
#include <linux/of_address.h>

#include "apple-dart-domain.h"

/* A mapping for both directions, or, where firmware does not allow that, for reading. */
static int map_region(struct dart_domain *dom, struct device *dev, const struct resource *phys,
		      u64 dva, u64 size)
{
	u64 iova = dart_domain_iova(dom, dva);
	int ret;

	if (size != resource_size(phys)) {
		dev_err(dev, "memory region %pR: %#llx bytes of IOVA\n", phys, size);
		return -EINVAL;
	}
	ret = dart_domain_adopt(dom, iova, phys->start, size,
				IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE);
	if (ret == -EBUSY)
		ret = dart_domain_adopt(dom, iova, phys->start, size, IOMMU_READ | IOMMU_CACHE);
	if (ret)
		dev_err(dev, "memory region %pR cannot be mapped at %#llx: %d\n", phys, iova, ret);
	return ret;
}

/* One entry: a phandle, and address and size in the cells of that node. Moves *@at behind it. */
static int map_entry(struct dart_domain *dom, struct device *dev, const struct resource *phys,
		     const __be32 **at, const __be32 *end)
{
	struct device_node *np = of_find_node_by_phandle(be32_to_cpup((*at)++));
	phys_addr_t dva;
	size_t size;
	int ret = -EINVAL;

	if (!np || end - *at < of_n_addr_cells(np) + of_n_size_cells(np))
		goto out_put;
	*at = of_translate_dma_region(np, *at, &dva, &size);
	if (!*at)
		goto out_put;
	ret = 0;
	if (np == dev->of_node && size)
		ret = map_region(dom, dev, phys, dva, size);
out_put:
	of_node_put(np);
	return ret;
}

static int map_regions_of(struct dart_domain *dom, struct device *dev, struct device_node *region)
{
	const __be32 *at, *end;
	struct resource phys;
	int bytes, ret = 0;

	at = of_get_property(region, "iommu-addresses", &bytes);
	/* Without an address in memory it is only kept free. */
	if (!at || of_address_to_resource(region, 0, &phys))
		return 0;

	for (end = at + bytes / sizeof(*at); at < end && !ret;)
		ret = map_entry(dom, dev, &phys, &at, end);
	return ret;
}

/**
 * dart_boot_map() - map what firmware has set up for a device
 * @dom: domain that the device is going to be attached to
 * @dev: the device
 *
 * What is already mapped so is left alone. What this maps stays until the owner of the domain
 * unmaps it.
 *
 * Return: 0; -EBUSY if something else is mapped there; -EINVAL or -ERANGE if the domain cannot
 * express the mapping; -ENOMEM.
 */
int dart_boot_map(struct dart_domain *dom, struct device *dev)
{
	struct device_node *region;
	int ret = 0;
	int i;

	for (i = 0; !ret; i++) {
		region = of_parse_phandle(dev->of_node, "memory-region", i);
		if (!region)
			break;
		ret = map_regions_of(dom, dev, region);
		of_node_put(region);
	}
	return ret;
}
