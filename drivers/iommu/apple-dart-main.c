// SPDX-License-Identifier: GPL-2.0
/*
 * Apple DART (Device Address Resolution Table) IOMMUs whose domains span instances:
 * the platform driver, fault interrupts, and the IOMMU core's operations.
 */

#include <linux/atomic.h>
#include <linux/clk.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/of.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <linux/apple-dart.h>

#include "apple-dart-boot.h"
#include "apple-dart-compat.h"
#include "apple-dart-debugfs.h"
#include "apple-dart-domain.h"
#include "apple-dart-locked.h"

/* A fwspec id holds an instance and a stream, so that the core owns what ->of_xlate() remembers. */
#define DART_SPEC_STREAM_BITS	8
#define DART_SPEC_STREAM_MASK	(BIT(DART_SPEC_STREAM_BITS) - 1)
#define DART_SPEC_MAX_ID	(U32_MAX >> DART_SPEC_STREAM_BITS)

#define DART_FAULT_PERIOD	HZ

static unsigned int dart_fault_burst = 1000;
module_param_named(fault_burst, dart_fault_burst, uint, 0644);
MODULE_PARM_DESC(fault_burst, "faults of an instance in a second, more of which silence its interrupt for a second");

/**
 * struct dart_device - a bound instance
 * @dart: the instance, which may outlive this
 * @pdev: platform device
 * @irq: level interrupt, shared with sibling instances
 * @clks: clocks, on while the instance has power
 * @n_clks: number of @clks
 * @faults: records that the interrupt handler took; the thread reports them
 * @period_end: jiffies when the current period of fault counting ends; interrupt handler only
 * @n_faults: faults in the current period; interrupt handler only
 * @n_dropped: faults that did not fit @faults
 * @unsilence: enables the interrupt again after a burst
 * @stopping: no more silencing
 */
struct dart_device {
	struct dart *dart;
	struct platform_device *pdev;
	int irq;
	struct clk_bulk_data *clks;
	int n_clks;
	DECLARE_KFIFO(faults, struct dart_fault, 16);
	unsigned long period_end;
	unsigned int n_faults;
	atomic_t n_dropped;
	struct delayed_work unsilence;
	bool stopping;
};

/* All bound instances by id. */
static DEFINE_XARRAY_ALLOC(dart_instances);
static DEFINE_MUTEX(dart_instances_lock);

/* Ids are used again as late as possible: a fwspec may outlive the instance that it names. */
static u32 dart_next_id;

static const struct iommu_ops dart_iommu_ops;

/* The master that a device is, or NULL if it is not behind instances of this driver. */
static struct dart_master *dart_master_of(struct device *dev)
{
	if (!device_iommu_mapped(dev) || !dev->iommu || !dev->iommu->iommu_dev ||
	    dev->iommu->iommu_dev->ops != &dart_iommu_ops)
		return NULL;
	return dev_iommu_priv_get(dev);
}

/* Domains */

static struct dart_domain *to_dart_domain(struct iommu_domain *domain)
{
	return container_of(domain, struct dart_domain, domain);
}

static int dart_attach_paging(struct iommu_domain *domain, struct device *dev)
{
	int ret = dart_boot_map(to_dart_domain(domain), dev);

	return ret ?: dart_domain_attach(to_dart_domain(domain), dev_iommu_priv_get(dev));
}

DART_DEFINE_ATTACH_OP(dart_attach_paging)

static int dart_attach_identity(struct iommu_domain *domain, struct device *dev)
{
	return dart_master_attach_static(dev_iommu_priv_get(dev), domain, true);
}

DART_DEFINE_ATTACH_OP(dart_attach_identity)

static int dart_attach_blocked(struct iommu_domain *domain, struct device *dev)
{
	return dart_master_attach_static(dev_iommu_priv_get(dev), domain, false);
}

DART_DEFINE_ATTACH_OP(dart_attach_blocked)

static int dart_set_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			  struct iommu_domain *old)
{
	return dart_pasid_attach(to_dart_domain(domain), dev_iommu_priv_get(dev), pasid);
}

static int dart_set_pasid_blocked(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
				  struct iommu_domain *old)
{
	return dart_pasid_detach(dev_iommu_priv_get(dev), pasid, domain);
}

static struct iommu_domain dart_identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &(const struct iommu_domain_ops) {
		.attach_dev = DART_ATTACH_OP(dart_attach_identity),
	},
};

static struct iommu_domain dart_blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &(const struct iommu_domain_ops) {
		.attach_dev = DART_ATTACH_OP(dart_attach_blocked),
		.set_dev_pasid = dart_set_pasid_blocked,
	},
};

#ifdef DART_HAVE_REMOVE_DEV_PASID
static void dart_remove_pasid(struct device *dev, ioasid_t pasid, struct iommu_domain *domain)
{
	dart_set_pasid_blocked(&dart_blocked_domain, dev, pasid, domain);
}
#endif

/*
 * The refusing domain: what a device gets for the DMA API where its pages are larger than the
 * CPU's, which that cannot use, and bypass is not possible either. (The core cannot be asked for
 * the blocked domain instead: its type is 0, "no preference".) Nothing can be mapped, the streams
 * are blocked, so the driver of such a device has to attach a domain of its own.
 */
static int dart_refuse_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
			   size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	*mapped = 0;
	return -EOPNOTSUPP;
}

static size_t dart_refuse_unmap(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
				size_t pgcount, struct iommu_iotlb_gather *gather)
{
	return 0;
}

static phys_addr_t dart_refuse_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	return 0;
}

static void dart_refusing_free(struct iommu_domain *domain)
{
	kfree(domain);
}

static const struct iommu_domain_ops dart_refusing_ops = {
	.attach_dev = DART_ATTACH_OP(dart_attach_blocked),
	.map_pages = dart_refuse_map,
	.unmap_pages = dart_refuse_unmap,
	.iova_to_phys = dart_refuse_iova_to_phys,
	.free = dart_refusing_free,
};

static struct iommu_domain *dart_alloc_refusing(const struct dart_master *master)
{
	struct iommu_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);

	if (!domain)
		return ERR_PTR(-ENOMEM);
	domain->ops = &dart_refusing_ops;
	domain->pgsize_bitmap = PAGE_SIZE;
	domain->geometry.aperture_end = DMA_BIT_MASK(32);
	domain->geometry.force_aperture = true;
	dev_info(master->dev, "DMA is blocked until a driver attaches a domain of its own\n");
	return domain;
}

static bool dart_dma_api_works(const struct dart_master *master)
{
	return dart_master_granule_shift(master) <= PAGE_SHIFT;
}

static struct iommu_domain *dart_domain_alloc_paging(struct device *dev)
{
	struct dart_master *master;
	struct dart_domain *dom;

	/* Old interfaces ask for a domain before they know for what device. */
	if (!dev)
		return ERR_PTR(-EOPNOTSUPP);
	master = dev_iommu_priv_get(dev);
	/* Before its first attach a device is given its default domain. */
	if (!master->domain && !dart_dma_api_works(master))
		return dart_alloc_refusing(master);
	dom = dart_domain_create(master);
	if (IS_ERR(dom))
		return ERR_CAST(dom);
	dart_debugfs_add_domain(dom);
	return &dom->domain;
}

static void dart_domain_free(struct iommu_domain *domain)
{
	dart_debugfs_remove_domain(to_dart_domain(domain));
	dart_domain_destroy(to_dart_domain(domain));
}

static int dart_map_pages(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr,
			  size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped)
{
	int ret = dart_domain_map(to_dart_domain(domain), iova, paddr, pgsize * pgcount, prot, gfp);

	*mapped = ret ? 0 : pgsize * pgcount;
	return ret;
}

static size_t dart_unmap_pages(struct iommu_domain *domain, unsigned long iova, size_t pgsize,
			       size_t pgcount, struct iommu_iotlb_gather *gather)
{
	size_t size = dart_domain_unmap(to_dart_domain(domain), iova, pgsize * pgcount);

	if (size) {
		iommu_iotlb_gather_add_range(gather, iova, size);
		dart_domain_reclaim_later(to_dart_domain(domain));
	}
	return size;
}

static int dart_iotlb_sync_map(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	const struct dart_range range = { iova, iova + size - 1 };

	return dart_domain_flush_added(to_dart_domain(domain), size ? &range : NULL);
}

static void dart_flush_iotlb_all(struct iommu_domain *domain)
{
	/* The interface has no way to tell of a failure: dart_settle() does. */
	dart_domain_flush(to_dart_domain(domain), NULL);
}

static void dart_iotlb_sync(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	const struct dart_range range = { gather->start, gather->end };

	if (gather->end)
		dart_domain_flush(to_dart_domain(domain), &range);
}

static phys_addr_t dart_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova)
{
	return dart_domain_iova_to_phys(to_dart_domain(domain), iova);
}

static const struct iommu_domain_ops dart_paging_ops = {
	.attach_dev = DART_ATTACH_OP(dart_attach_paging),
	.set_dev_pasid = dart_set_pasid,
	.map_pages = dart_map_pages,
	.unmap_pages = dart_unmap_pages,
	.iotlb_sync_map = dart_iotlb_sync_map,
	.iotlb_sync = dart_iotlb_sync,
	.flush_iotlb_all = dart_flush_iotlb_all,
	.iova_to_phys = dart_iova_to_phys,
	.free = dart_domain_free,
};

/**
 * dart_paging_domain() - find out whether a domain has tables of this driver
 * @domain: any domain
 *
 * Return: it, or NULL.
 */
struct dart_domain *dart_paging_domain(struct iommu_domain *domain)
{
	return domain->ops == &dart_paging_ops ? to_dart_domain(domain) : NULL;
}

/**
 * dart_settle() - find out whether unmapped memory can be freed
 * @domain: paging domain of this driver
 *
 * iommu_unmap() cannot tell that an instance did not obey the flush, in which case a device may
 * still reach what was unmapped. An owner that calls this before it frees memory knows. Tries the
 * flush again if it had failed; costs nothing otherwise. Any context.
 *
 * Return: 0 if all that was unmapped is out of reach; -ETIMEDOUT or -ENODEV if it is not; -EINVAL
 * for a domain of another driver.
 */
int dart_settle(struct iommu_domain *domain)
{
	if (domain->ops != &dart_paging_ops)
		return -EINVAL;
	return dart_domain_settle(to_dart_domain(domain));
}
EXPORT_SYMBOL_GPL(dart_settle);

/**
 * dart_dva() - find the address that a device has to emit
 * @domain: paging domain of this driver
 * @dev: device that is attached to it, or could be
 * @iova: IOVA in the domain
 *
 * Devices whose addresses have fixed high bits (apple,dma-range) are in one domain with others:
 * what they have in common is the rest.
 *
 * Return: the address; @iova itself for a domain or a device of another driver.
 */
u64 dart_dva(struct iommu_domain *domain, struct device *dev, u64 iova)
{
	const struct dart_master *master = dart_master_of(dev);

	if (!master || domain->ops != &dart_paging_ops)
		return iova;
	return dart_domain_dva(to_dart_domain(domain), master, iova);
}
EXPORT_SYMBOL_GPL(dart_dva);

/* Masters */

static struct dart *dart_find_by_node(const struct device_node *np)
{
	struct dart *dart;
	unsigned long id;

	lockdep_assert_held(&dart_instances_lock);

	xa_for_each(&dart_instances, id, dart) {
		if (dart->dev->of_node == np)
			return dart;
	}
	return NULL;
}

static int dart_of_xlate(struct device *dev, const struct of_phandle_args *args)
{
	int ret = -EINVAL;
	struct dart *dart;
	u32 id;

	if (args->args_count != 1)
		return -EINVAL;

	mutex_lock(&dart_instances_lock);
	dart = dart_find_by_node(args->np);
	if (!dart) {
		ret = -ENODEV;
		goto out_unlock;
	}
	if (args->args[0] >= dart->params.n_streams) {
		dev_err(dev, "stream %u: %s has %u\n", args->args[0], dev_name(dart->dev),
			dart->params.n_streams);
		goto out_unlock;
	}
	id = dart->id << DART_SPEC_STREAM_BITS | args->args[0];
	ret = iommu_fwspec_add_ids(dev, &id, 1);
out_unlock:
	mutex_unlock(&dart_instances_lock);
	return ret;
}

/* Adds the stream that fwspec id @id names. */
static int dart_master_add(struct dart_master *master, u32 id)
{
	struct dart *dart = xa_load(&dart_instances, id >> DART_SPEC_STREAM_BITS);
	struct dart_port *port;
	unsigned int i;

	lockdep_assert_held(&dart_instances_lock);

	/* Unbound since ->of_xlate(). */
	if (!dart)
		return -ENODEV;
	for (i = 0; i < master->n_ports && master->port[i].dart != dart; i++)
		;
	if (i == master->n_ports)
		master->n_ports++;
	port = &master->port[i];
	if (!port->dart) {
		port->dart = dart_get(dart);
		port->master = master;
	}
	__set_bit(id & DART_SPEC_STREAM_MASK, port->streams);
	return 0;
}

/* PASIDs are streams: what the device can emit, and all of its instances have. */
static unsigned int dart_count_pasids(const struct dart_master *master)
{
	unsigned int n = DART_MAX_STREAMS;
	unsigned int i;
	u32 bits;

	if (device_property_read_u32(master->dev, "pasid-num-bits", &bits))
		return 0;
	if (bits < BITS_PER_TYPE(n))
		n = min(n, 1U << bits);
	for (i = 0; i < master->n_ports; i++)
		n = min(n, dart_n_pasids(master->port[i].dart));
	return n;
}

static struct dart_master *dart_master_create(struct device *dev)
{
	struct iommu_fwspec *fwspec = dev_iommu_fwspec_get(dev);
	struct dart_master *master;
	unsigned int i;
	int ret = 0;

	if (!fwspec || !fwspec->num_ids)
		return ERR_PTR(-ENODEV);
	master = dart_master_alloc(dev, fwspec->num_ids);
	if (!master)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&dart_instances_lock);
	for (i = 0; i < fwspec->num_ids && !ret; i++)
		ret = dart_master_add(master, fwspec->ids[i]);
	mutex_unlock(&dart_instances_lock);
	if (ret) {
		dart_master_free(master);
		return ERR_PTR(ret);
	}
	master->n_pasids = dart_count_pasids(master);
	return master;
}

/*
 * The drivers of the masters are unbound before any of their instances is, and come back after all
 * of them. The links stay for as long as both devices exist: one that goes with the driver of the
 * supplier is written to by the driver core after it may have been freed.
 *
 * An instance has power whenever one of its masters has. It begins with power, for masters that do
 * without runtime PM.
 */
static int dart_master_link(struct dart_master *master)
{
	unsigned int i;

	for (i = 0; i < master->n_ports; i++) {
		if (!device_link_add(master->dev, master->port[i].dart->dev,
				     DL_FLAG_PM_RUNTIME | DL_FLAG_RPM_ACTIVE |
				     DL_FLAG_AUTOPROBE_CONSUMER))
			return -EINVAL;
	}
	return 0;
}

static struct iommu_device *dart_probe_device(struct device *dev)
{
	struct dart_master *master = dart_master_create(dev);
	int ret;

	if (IS_ERR(master))
		return ERR_CAST(master);
	ret = dart_master_link(master);
	if (ret) {
		dart_master_free(master);
		return ERR_PTR(ret);
	}
	dev_iommu_priv_set(dev, master);
	return &master->port[0].dart->iommu;
}

/* The core has attached the blocked domain, unless the device never got as far as an attach. */
static void dart_release_device(struct device *dev)
{
	struct dart_master *master = dev_iommu_priv_get(dev);

	dart_pasid_drop_all(master, &dart_blocked_domain);
	dart_master_withdraw(master);
	dart_master_free(master);
}

static struct iommu_group *dart_make_group(struct device *dev)
{
	return dev_is_pci(dev) ? pci_device_group(dev) : generic_device_group(dev);
}

static struct iommu_group *dart_device_group(struct device *dev)
{
	struct dart_master *master = dev_iommu_priv_get(dev);
	struct iommu_group *group = dart_pasid_publish_master(master, dart_make_group);

	if (IS_ERR(group))
		dev_err(dev, "no group: %pe%s\n", group,
			group == ERR_PTR(-EINVAL) ?
			" (shares streams with devices of different groups)" :
			group == ERR_PTR(-EBUSY) ? " (a stream is in use as a PASID)" : "");
	return group;
}

/* What firmware has mapped, and what it could map in a table of its own. */
static void dart_get_resv_regions(struct device *dev, struct list_head *regions)
{
	const struct dart_master *master = dev_iommu_priv_get(dev);
	unsigned int i, sid;

	dart_boot_get_resv_regions(dev, regions);
	for (i = 0; i < master->n_ports; i++) {
		struct dart *dart = master->port[i].dart;

		if (!dart->params.locked)
			continue;
		for_each_set_bit(sid, master->port[i].streams, dart->params.n_streams)
			dart_locked_get_resv_regions(dart, sid, regions);
	}
}

/* Without a choice for the administrator where only one type works. */
static int dart_def_domain_type(struct device *dev)
{
	struct dart_master *master = dev_iommu_priv_get(dev);

	if (!dart_master_can_bypass(master))
		return IOMMU_DOMAIN_DMA;
	return dart_dma_api_works(master) ? 0 : IOMMU_DOMAIN_IDENTITY;
}

static const struct iommu_ops dart_iommu_ops = {
	.owner = THIS_MODULE,
	.identity_domain = &dart_identity_domain,
	.blocked_domain = &dart_blocked_domain,
	.release_domain = &dart_blocked_domain,
	.domain_alloc_paging = dart_domain_alloc_paging,
	.default_domain_ops = &dart_paging_ops,
	.of_xlate = dart_of_xlate,
	.probe_device = dart_probe_device,
	.release_device = dart_release_device,
	.device_group = dart_device_group,
	.def_domain_type = dart_def_domain_type,
	.get_resv_regions = dart_get_resv_regions,
#ifdef DART_HAVE_REMOVE_DEV_PASID
	.remove_dev_pasid = dart_remove_pasid,
#endif
};

/* PASIDs */

static bool dart_behind(const struct dart_master *master, const struct device_node *np)
{
	unsigned int i;

	for (i = 0; i < master->n_ports; i++) {
		if (master->port[i].dart->dev->of_node == np)
			return true;
	}
	return false;
}

/* Streams @first to @first + @n - 1 of an instance have an owner. */
static void dart_take_streams(const struct dart_master *master, struct dart_pasid_scope *scope,
			      const struct device_node *np, u32 first, u32 n)
{
	if (first >= DART_MAX_STREAMS ||
	    !(dart_behind(master, np) || (scope->system_wide && dart_find_by_node(np))))
		return;
	bitmap_set(scope->taken, first, min(n, DART_MAX_STREAMS - first));
}

static void dart_find_taken_iommus(const struct dart_master *master, struct dart_pasid_scope *scope)
{
	struct of_phandle_args args;
	struct device_node *np;
	int i;

	for_each_node_with_property(np, "iommus") {
		for (i = 0; !of_parse_phandle_with_args(np, "iommus", "#iommu-cells", i, &args);
		     i++) {
			if (args.args_count)
				dart_take_streams(master, scope, args.np, args.args[0], 1);
			of_node_put(args.np);
		}
	}
}

/* Four cells each: first requester, phandle, first stream, how many. */
static void dart_find_taken_map(const struct dart_master *master, struct dart_pasid_scope *scope)
{
	struct device_node *np, *iommu;
	u32 cells[4];
	int i, j;

	for_each_node_with_property(np, "iommu-map") {
		for (i = 0;; i += ARRAY_SIZE(cells)) {
			for (j = 0; j < ARRAY_SIZE(cells); j++) {
				if (of_property_read_u32_index(np, "iommu-map", i + j, &cells[j]))
					break;
			}
			if (j < ARRAY_SIZE(cells))
				break;
			iommu = of_find_node_by_phandle(cells[1]);
			if (iommu)
				dart_take_streams(master, scope, iommu, cells[2], cells[3]);
			of_node_put(iommu);
		}
	}
}

/* Streams that the devicetree gives to devices, which may not have been probed yet. */
static void dart_find_taken(const struct dart_master *master, struct dart_pasid_scope *scope)
{
	dart_find_taken_iommus(master, scope);
	dart_find_taken_map(master, scope);
}

/* Whoever has a list of instances holds dart_instances_lock, so that they stay. */
static int dart_list_instances(struct dart_pasid_scope *scope)
{
	struct dart *dart;
	unsigned long id;
	unsigned int n = 0;

	xa_for_each(&dart_instances, id, dart)
		n++;
	scope->instances = kcalloc(n, sizeof(*scope->instances), GFP_KERNEL);
	if (!scope->instances)
		return -ENOMEM;
	xa_for_each(&dart_instances, id, dart)
		scope->instances[scope->n_instances++] = dart;
	return 0;
}

/**
 * dart_pasid_alloc() - reserve a PASID of a device
 * @dev: device behind DARTs, with pasid-num-bits in its node, to which a driver is bound
 * @flags: 0, or DART_PASID_SYSTEM_WIDE
 *
 * A PASID is a stream that all DARTs of the device have and that belongs to nobody else. Domains
 * are attached to it with iommu_attach_device_pasid(). It stays reserved through attaches and
 * detaches. With DART_PASID_SYSTEM_WIDE the number has this property on every DART that there is
 * at the time, and is given to no other caller.
 *
 * Locking: sleeps; must not be called from a fault handler.
 *
 * Return: the PASID, at least 1; -EINVAL for unknown flags; -ENODEV for a device that is not
 * behind this driver's instances; -EOPNOTSUPP if the device, or for DART_PASID_SYSTEM_WIDE one of
 * the instances, has no streams to give; -ENOSPC if all are taken; -ENOMEM.
 */
int dart_pasid_alloc(struct device *dev, unsigned int flags)
{
	struct dart_pasid_scope scope = { .system_wide = flags & DART_PASID_SYSTEM_WIDE };
	struct dart_master *master = dart_master_of(dev);
	int ret = 0;

	if (flags & ~DART_PASID_SYSTEM_WIDE)
		return -EINVAL;
	if (!master)
		return -ENODEV;

	mutex_lock(&dart_instances_lock);
	if (scope.system_wide)
		ret = dart_list_instances(&scope);
	if (!ret) {
		dart_find_taken(master, &scope);
		ret = dart_pasid_reserve(master, &scope);
	}
	mutex_unlock(&dart_instances_lock);
	kfree(scope.instances);
	return ret;
}
EXPORT_SYMBOL_GPL(dart_pasid_alloc);

/**
 * dart_pasid_free() - give a PASID back
 * @dev: device for which it was allocated
 * @pasid: from dart_pasid_alloc(); nothing may be attached to it
 */
void dart_pasid_free(struct device *dev, unsigned int pasid)
{
	struct dart_master *master = dart_master_of(dev);

	/* The device's other PASIDs go on; this one stays reserved, as it is in use. */
	WARN_ON(!master || dart_pasid_unreserve(master, pasid));
}
EXPORT_SYMBOL_GPL(dart_pasid_free);

/* Faults */

static void dart_report_fault(struct dart *dart, const struct dart_fault *fault)
{
	struct iommu_domain *domain = NULL;
	struct device *dev = dart->dev;
	u64 iova = fault->iova;
	int ret = -ENODEV;

	mutex_lock(&dart->streams_lock);
	if (fault->stream < dart->params.n_streams) {
		domain = dart->streams[fault->stream].domain;
		dev = dart_stream_dev(dart, fault->stream);
	}
	if (domain && dart_paging_domain(domain))
		iova = dart_domain_iova(to_dart_domain(domain), iova);
	if (domain)
		ret = report_iommu_fault(domain, dev, iova,
					 fault->write ? IOMMU_FAULT_WRITE : IOMMU_FAULT_READ);
	if (ret)
		dev_err_ratelimited(dart->dev,
				    "fault: stream %u (%s) %s at %#llx: %s (status %#x)\n",
				    fault->stream, dev_name(dev), fault->write ? "writes" : "reads",
				    fault->iova, fault->kind, fault->status);
	mutex_unlock(&dart->streams_lock);
}

static irqreturn_t dart_irq_thread(int irq, void *data)
{
	struct dart_device *dd = data;
	struct dart_fault fault;
	int n_dropped;

	while (kfifo_get(&dd->faults, &fault))
		dart_report_fault(dd->dart, &fault);
	n_dropped = atomic_xchg(&dd->n_dropped, 0);
	if (n_dropped)
		dev_err_ratelimited(dd->dart->dev, "%d more faults\n", n_dropped);
	return IRQ_HANDLED;
}

/*
 * A master that faults as fast as it can, or a record that does not clear, must not eat the CPU.
 * The line is shared, but with siblings alone, whose faults can wait.
 */
static void dart_limit_faults(struct dart_device *dd)
{
	if (time_after(jiffies, dd->period_end)) {
		dd->period_end = jiffies + DART_FAULT_PERIOD;
		dd->n_faults = 0;
	}
	if (++dd->n_faults <= READ_ONCE(dart_fault_burst) || READ_ONCE(dd->stopping))
		return;
	disable_irq_nosync(dd->irq);
	schedule_delayed_work(&dd->unsilence, DART_FAULT_PERIOD);
}

static void dart_unsilence(struct work_struct *work)
{
	struct dart_device *dd = container_of(work, struct dart_device, unsilence.work);

	dev_err(dd->dart->dev, "fault storm: the interrupt was off for %u ms\n",
		jiffies_to_msecs(DART_FAULT_PERIOD));
	enable_irq(dd->irq);
}

/* Takes one record and so lowers the line; another one raises it again. */
static irqreturn_t dart_irq(int irq, void *data)
{
	struct dart_device *dd = data;
	struct dart_fault fault;
	enum dart_fault_state state;

	state = dart_take_fault(dd->dart, &fault);
	if (state == DART_FAULT_NONE)
		return IRQ_NONE;
	if (state == DART_FAULT_UNRECORDED || !kfifo_put(&dd->faults, fault))
		atomic_inc(&dd->n_dropped);
	dart_limit_faults(dd);
	return IRQ_WAKE_THREAD;
}

static int dart_start_irq(struct dart_device *dd)
{
	dd->irq = platform_get_irq(dd->pdev, 0);
	if (dd->irq < 0)
		return dd->irq;
	INIT_KFIFO(dd->faults);
	INIT_DELAYED_WORK(&dd->unsilence, dart_unsilence);
	dd->period_end = jiffies;
	return request_threaded_irq(dd->irq, dart_irq, dart_irq_thread, IRQF_SHARED,
				    dev_name(&dd->pdev->dev), dd);
}

/* A sibling may use the line: leave it enabled. */
static void dart_stop_irq(struct dart_device *dd)
{
	WRITE_ONCE(dd->stopping, true);
	synchronize_irq(dd->irq);
	if (cancel_delayed_work_sync(&dd->unsilence))
		enable_irq(dd->irq);
	free_irq(dd->irq, dd);
}

/* Power */

static int dart_runtime_suspend(struct device *dev)
{
	struct dart_device *dd = dev_get_drvdata(dev);

	/* What firmware has set up cannot be set up again; dart_probe() keeps a count for that. */
	if (dd->dart->params.locked)
		return -EBUSY;
	dart_power_down(dd->dart);
	clk_bulk_disable_unprepare(dd->n_clks, dd->clks);
	return 0;
}

static int dart_runtime_resume(struct device *dev)
{
	struct dart_device *dd = dev_get_drvdata(dev);
	int ret;

	ret = clk_bulk_prepare_enable(dd->n_clks, dd->clks);
	if (ret)
		return ret;
	ret = dart_power_up(dd->dart);
	if (ret) {
		dev_err(dev, "could not be set up after its power returned: %d\n", ret);
		clk_bulk_disable_unprepare(dd->n_clks, dd->clks);
	}
	return ret;
}

static int dart_system_suspend(struct device *dev)
{
	struct dart_device *dd = dev_get_drvdata(dev);

	return dd->dart->params.locked ? 0 : pm_runtime_force_suspend(dev);
}

/* Firmware, or whoever woke the machine, has set a locked instance up: its TLB can be stale. */
static int dart_system_resume(struct device *dev)
{
	struct dart_device *dd = dev_get_drvdata(dev);

	return dd->dart->params.locked ? dart_reset(dd->dart) : pm_runtime_force_resume(dev);
}

/* Later than all masters that work until late, and back before them. */
static const struct dev_pm_ops dart_pm_ops = {
	RUNTIME_PM_OPS(dart_runtime_suspend, dart_runtime_resume, NULL)
	NOIRQ_SYSTEM_SLEEP_PM_OPS(dart_system_suspend, dart_system_resume)
};

/* Probe */

static int dart_map_registers(struct dart_device *dd)
{
	struct resource *res;
	void __iomem *regs;

	regs = devm_platform_get_and_ioremap_resource(dd->pdev, 0, &res);
	if (IS_ERR(regs))
		return PTR_ERR(regs);
	if (resource_size(res) < DART_REGS_SIZE)
		return dev_err_probe(&dd->pdev->dev, -EINVAL, "register window too small: %pR\n",
				     res);
	dd->dart->regs = regs;
	return 0;
}

static int dart_start_clocks(struct dart_device *dd)
{
	int ret = devm_clk_bulk_get_all(&dd->pdev->dev, &dd->clks);

	if (ret < 0)
		return dev_err_probe(&dd->pdev->dev, ret, "clocks\n");
	dd->n_clks = ret;
	return clk_bulk_prepare_enable(dd->n_clks, dd->clks);
}

/* Addresses that masters emit: base and size, two cells each. */
static int dart_read_window(struct dart *dart)
{
	struct dart_params *params = &dart->params;
	const char *name = "apple,dma-range";
	u64 base, size;

	if (!of_property_present(dart->dev->of_node, name))
		return 0;
	if (of_property_count_u64_elems(dart->dev->of_node, name) != 2 ||
	    of_property_read_u64_index(dart->dev->of_node, name, 0, &base) ||
	    of_property_read_u64_index(dart->dev->of_node, name, 1, &size) ||
	    size < 1ULL << params->page_shift || base + size - 1 < base ||
	    (base ^ (base + size - 1)) >> params->ias)
		return dev_err_probe(dart->dev, -EINVAL, "%s: no window of %u bits\n", name,
				     params->ias);
	params->window_first = base;
	params->window_last = base + size - 1;
	return 0;
}

static int dart_start_hw(struct dart *dart)
{
	int ret;

	ret = dart_probe_hw(dart);
	if (ret)
		return ret;
	ret = dart_read_window(dart);
	if (ret)
		return ret;
	dart->params.no_negative_cache =
		device_property_read_bool(dart->dev, "apple,no-negative-cache");
	ret = dart_alloc_streams(dart);
	if (ret)
		return ret;
	ret = dart_reset(dart);
	if (ret)
		return dev_err_probe(dart->dev, ret, "reset\n");
	return 0;
}

static int dart_publish(struct dart *dart)
{
	int ret;

	mutex_lock(&dart_instances_lock);
	ret = xa_alloc_cyclic(&dart_instances, &dart->id, dart, XA_LIMIT(0, DART_SPEC_MAX_ID),
			      &dart_next_id, GFP_KERNEL);
	mutex_unlock(&dart_instances_lock);
	return min(ret, 0);
}

static void dart_withdraw(struct dart *dart)
{
	mutex_lock(&dart_instances_lock);
	xa_erase(&dart_instances, dart->id);
	mutex_unlock(&dart_instances_lock);
}

static int dart_register(struct dart *dart)
{
	int ret;

	ret = dart_publish(dart);
	if (ret)
		return ret;
	dart->iommu.max_pasids = dart_n_pasids(dart);
	ret = iommu_device_sysfs_add(&dart->iommu, dart->dev, NULL, "apple-dart.%s",
				     dev_name(dart->dev));
	if (ret)
		goto err_withdraw;
	ret = iommu_device_register(&dart->iommu, &dart_iommu_ops, dart->dev);
	if (ret)
		goto err_sysfs_remove;
	return 0;

err_sysfs_remove:
	iommu_device_sysfs_remove(&dart->iommu);
err_withdraw:
	dart_withdraw(dart);
	return ret;
}

static void dart_unregister(struct dart *dart)
{
	iommu_device_unregister(&dart->iommu);
	iommu_device_sysfs_remove(&dart->iommu);
	dart_withdraw(dart);
}

static int dart_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct dart_device *dd;
	int ret;

	dd = devm_kzalloc(dev, sizeof(*dd), GFP_KERNEL);
	if (!dd)
		return -ENOMEM;
	dd->pdev = pdev;
	dd->dart = dart_alloc(dev, of_device_get_match_data(dev));
	if (!dd->dart)
		return -ENOMEM;
	platform_set_drvdata(pdev, dd);

	ret = dart_map_registers(dd);
	if (ret)
		goto err_put;
	ret = dart_start_clocks(dd);
	if (ret)
		goto err_put;
	ret = dart_start_hw(dd->dart);
	if (ret)
		goto err_stop_clocks;
	ret = dart_start_irq(dd);
	if (ret)
		goto err_stop_clocks;
	pm_runtime_get_noresume(dev);
	pm_runtime_set_active(dev);
	pm_runtime_enable(dev);
	ret = dart_register(dd->dart);
	if (ret)
		goto err_disable_pm;
	dart_debugfs_add_instance(dd->dart);
	if (!dd->dart->params.locked)
		pm_runtime_put(dev);

	dev_info(dev, "%u streams, %u KiB pages, %u -> %u bits%s%s\n", dd->dart->params.n_streams,
		 1U << (dd->dart->params.page_shift - 10), dd->dart->params.ias,
		 dd->dart->params.oas, dd->dart->params.can_bypass ? ", can bypass" : "",
		 dd->dart->params.locked ? ", locked by firmware" : "");
	return 0;

err_disable_pm:
	pm_runtime_disable(dev);
	pm_runtime_set_suspended(dev);
	pm_runtime_put_noidle(dev);
	dart_stop_irq(dd);
	dart_retire(dd->dart);
err_stop_clocks:
	clk_bulk_disable_unprepare(dd->n_clks, dd->clks);
err_put:
	dart_put(dd->dart);
	return ret;
}

/*
 * The drivers of all masters have been unbound. Masters that were probed through another instance
 * first may still refer to this one, and domains may still list it: both find it retired.
 */
static void dart_remove(struct platform_device *pdev)
{
	struct dart_device *dd = platform_get_drvdata(pdev);
	bool powered;

	dart_debugfs_remove_instance(dd->dart);
	powered = pm_runtime_get_sync(&pdev->dev) >= 0;
	if (dd->dart->params.locked)
		pm_runtime_put_noidle(&pdev->dev);
	dart_unregister(dd->dart);
	dart_retire(dd->dart);
	dart_stop_irq(dd);
	pm_runtime_disable(&pdev->dev);
	pm_runtime_set_suspended(&pdev->dev);
	pm_runtime_put_noidle(&pdev->dev);
	if (powered)
		clk_bulk_disable_unprepare(dd->n_clks, dd->clks);
	dart_put(dd->dart);
}

static const struct of_device_id dart_of_match[] = {
	{ .compatible = "apple,t8103-dart", .data = &dart_hw_t8103 },
	{ .compatible = "apple,t6000-dart", .data = &dart_hw_t6000 },
	{ .compatible = "apple,t8110-dart", .data = &dart_hw_t8110 },
	{ }
};
MODULE_DEVICE_TABLE(of, dart_of_match);

static struct platform_driver dart_driver = {
	.probe = dart_probe,
	.remove = dart_remove,
	.driver = {
		.name = "apple-dart",
		.of_match_table = dart_of_match,
		.pm = pm_ptr(&dart_pm_ops),
	},
};

static int __init dart_init(void)
{
	int ret;

	dart_debugfs_init();
	ret = platform_driver_register(&dart_driver);
	if (ret)
		dart_debugfs_exit();
	return ret;
}
module_init(dart_init);

static void __exit dart_exit(void)
{
	platform_driver_unregister(&dart_driver);
	dart_debugfs_exit();
}
module_exit(dart_exit);

MODULE_DESCRIPTION("Apple DART IOMMU, domains shared between instances");
MODULE_LICENSE("GPL");
