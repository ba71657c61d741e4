// SPDX-License-Identifier: GPL-2.0
/*
 * What firmware has set up for a device and goes on using: the devicetree tells it by memory
 * regions with iommu-addresses. They are part of each domain that the device is attached to,
 * before it is, so that e.g. the boot framebuffer is shown without interruption. Unlike the
 * core's direct mappings, the IOVA can differ from the physical address.
 */

#include <linux/device.h>
#include <linux/iommu.h>
#include <linux/ioport.h>
#include <linux/of.h>
#include <linux/of_address.h>

#include "apple-dart-boot.h"
#include "apple-dart-domain.h"
#include "apple-dart-locked.h"

/**
 * struct boot_region - an entry of iommu-addresses
 * @phys: what is mapped; NULL: the addresses are only kept free
 * @dva: address that the device emits
 * @size: bytes, not 0
 */
struct boot_region {
	const struct resource *phys;
	u64 dva;
	u64 size;
};

/**
 * struct boot_walk - what is done with each entry that is about a device
 * @dev: the device
 * @visit: 0 to go on
 * @data: for @visit
 */
struct boot_walk {
	struct device *dev;
	int (*visit)(struct device *dev, const struct boot_region *region, void *data);
	void *data;
};

/* One entry: a phandle, and address and size in the cells of that node. Moves *@at behind it. */
static int walk_entry(const struct boot_walk *walk, const struct resource *phys,
		      const __be32 **at, const __be32 *end)
{
	struct device_node *np = of_find_node_by_phandle(be32_to_cpup((*at)++));
	struct boot_region region = { .phys = phys };
	phys_addr_t dva;
	size_t size;
	int ret = -EINVAL;

	if (!np || end - *at < of_n_addr_cells(np) + of_n_size_cells(np))
		goto out_put;
	*at = of_translate_dma_region(np, *at, &dva, &size);
	if (!*at)
		goto out_put;
	ret = 0;
	region.dva = dva;
	region.size = size;
	if (np == walk->dev->of_node && size)
		ret = walk->visit(walk->dev, &region, walk->data);
out_put:
	of_node_put(np);
	return ret;
}

static int walk_entries(const struct boot_walk *walk, struct device_node *node)
{
	const struct resource *phys = NULL;
	const __be32 *at, *end;
	struct resource res;
	int bytes, ret = 0;

	at = of_get_property(node, "iommu-addresses", &bytes);
	if (!at)
		return 0;
	if (of_property_present(node, "reg")) {
		ret = of_address_to_resource(node, 0, &res);
		phys = &res;
	}
	for (end = at + bytes / sizeof(*at); at < end && !ret;)
		ret = walk_entry(walk, phys, &at, end);
	if (ret)
		dev_err(walk->dev, "memory region %pOF: %d\n", node, ret);
	return ret;
}

static int walk_regions(const struct boot_walk *walk)
{
	struct device_node *node;
	int ret = 0;
	int i;

	for (i = 0; !ret; i++) {
		node = of_parse_phandle(walk->dev->of_node, "memory-region", i);
		if (!node)
			break;
		ret = walk_entries(walk, node);
		of_node_put(node);
	}
	return ret;
}

/* What a device may do: both directions, or less where firmware has mapped it so and locked it. */
static int prot_of(struct device *dev, const struct boot_region *region)
{
	const struct dart_master *master = dev_iommu_priv_get(dev);
	int found, prot = IOMMU_READ | IOMMU_WRITE;
	unsigned int i, sid;

	for (i = 0; i < master->n_ports; i++) {
		struct dart *dart = master->port[i].dart;

		for_each_set_bit(sid, master->port[i].streams, dart->params.n_streams) {
			if (dart->params.locked &&
			    dart_locked_lookup(dart, sid, region->dva, &found))
				prot &= found;
		}
	}
	return prot | IOMMU_CACHE;
}

static int map_region(struct device *dev, const struct boot_region *region, void *data)
{
	const struct resource *phys = region->phys;
	struct dart_domain *dom = data;
	u64 iova = dart_domain_iova(dom, region->dva);
	int ret = -EINVAL;

	if (!phys)
		return 0;
	if (region->size == resource_size(phys))
		ret = dart_domain_adopt(dom, iova, phys->start, region->size,
					prot_of(dev, region));
	if (ret)
		dev_err(dev, "%pR cannot be mapped at %#llx, %#llx bytes: %d\n", phys, iova,
			region->size, ret);
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
 * express the mapping, or the devicetree makes no sense; -ENOMEM.
 */
int dart_boot_map(struct dart_domain *dom, struct device *dev)
{
	const struct boot_walk walk = { dev, map_region, dom };

	return walk_regions(&walk);
}

static int reserve_region(struct device *dev, const struct boot_region *region, void *data)
{
	struct iommu_resv_region *resv;

	resv = iommu_alloc_resv_region(region->dva, region->size, 0, IOMMU_RESV_RESERVED,
				       GFP_KERNEL);
	if (!resv)
		return -ENOMEM;
	list_add_tail(&resv->list, data);
	return 0;
}

/**
 * dart_boot_get_resv_regions() - list the addresses that firmware has set up for a device
 * @dev: the device
 * @regions: struct iommu_resv_region to add to, in the addresses that the device emits
 *
 * Never of the kind that the core maps itself: dart_boot_map() does that.
 */
void dart_boot_get_resv_regions(struct device *dev, struct list_head *regions)
{
	const struct boot_walk walk = { dev, reserve_region, regions };

	walk_regions(&walk);
}
