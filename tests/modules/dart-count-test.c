// SPDX-License-Identifier: GPL-2.0
/*
 * One operation of the IOMMU API at a time, on a domain with one idle master of a board, so that
 * the virtual SoC can be asked before and after it what reached the hardware. The operation's
 * name is written to the parameter "op"; the write fails if the operation does.
 */

#include <linux/apple-dart.h>
#include <linux/device.h>
#include <linux/gfp.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/scatterlist.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "dart-idle.h"
#include "dart-sleep.h"

#define COUNT_ENTRIES	256
#define COUNT_IOVA	((unsigned long)SZ_1G)
#define COUNT_SIZE	(COUNT_ENTRIES * SZ_16K)
#define COUNT_PROT	(IOMMU_READ | IOMMU_WRITE)

/* In the same table of leaves as the rest, which so never becomes empty. */
#define COUNT_ANCHOR	(COUNT_IOVA + SZ_16M)

static unsigned int master;
module_param(master, uint, 0400);
MODULE_PARM_DESC(master, "number of the idle master");

static struct device *count_dev, *count_dart;
static struct iommu_domain *count_domain;
static struct page *count_block;
static struct sg_table count_sgt;
static bool count_attached;

static int op_attach(void)
{
	int ret = iommu_attach_device(count_domain, count_dev);

	count_attached = !ret;
	return ret;
}

static int op_detach(void)
{
	iommu_detach_device(count_domain, count_dev);
	count_attached = false;
	return 0;
}

static int op_map_sgtable(void)
{
	ssize_t size = iommu_map_sgtable(count_domain, COUNT_IOVA, &count_sgt, COUNT_PROT);

	return size == COUNT_SIZE ? 0 : -EIO;
}

static int op_map(void)
{
	return iommu_map(count_domain, COUNT_IOVA, page_to_phys(count_block), SZ_16K, COUNT_PROT,
			 GFP_KERNEL);
}

static int op_unmap(void)
{
	return iommu_unmap(count_domain, COUNT_IOVA, COUNT_SIZE) ? 0 : -EIO;
}

static int op_settle(void)
{
	return dart_settle(count_domain);
}

static int op_power_on(void)
{
	return pm_runtime_resume_and_get(count_dev);
}

static int op_power_off(void)
{
	return pm_runtime_put_sync(count_dev);
}

static int op_sleep(void)
{
	return dart_sleep(count_dart);
}

static int op_wake(void)
{
	return dart_wake(count_dart);
}

static const struct {
	const char *name;
	int (*run)(void);
} count_ops[] = {
	{ "attach", op_attach },
	{ "detach", op_detach },
	{ "map-sgtable", op_map_sgtable },
	{ "map", op_map },
	{ "unmap", op_unmap },
	{ "settle", op_settle },
	{ "power-on", op_power_on },
	{ "power-off", op_power_off },
	{ "sleep", op_sleep },
	{ "wake", op_wake },
};

static int count_set_op(const char *value, const struct kernel_param *kp)
{
	unsigned int i;

	if (!count_domain)
		return -ENODEV;
	for (i = 0; i < ARRAY_SIZE(count_ops); i++) {
		if (sysfs_streq(value, count_ops[i].name))
			return count_ops[i].run();
	}
	return -EINVAL;
}

static const struct kernel_param_ops count_op_ops = {
	.set = count_set_op,
};
module_param_cb(op, &count_op_ops, NULL, 0200);
MODULE_PARM_DESC(op, "attach, detach, map-sgtable, map, unmap, settle, power-on, power-off, sleep or wake");

static int count_bind(struct platform_device *pdev)
{
	if (!device_iommu_mapped(&pdev->dev) || idle_number(pdev->dev.of_node) != master)
		return -ENODEV;
	count_dev = &pdev->dev;
	return devm_pm_runtime_enable(&pdev->dev);
}

static const struct of_device_id count_of_match[] = {
	{ .compatible = "vsoc,idle-master" },
	{ }
};

static struct platform_driver count_driver = {
	.probe = count_bind,
	.driver = {
		.name = "dart-count-test",
		.of_match_table = count_of_match,
		.suppress_bind_attrs = true,
	},
};

static int make_domain(void)
{
	struct iommu_domain *domain = iommu_paging_domain_alloc(count_dev);
	int ret;

	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ret = iommu_map(domain, COUNT_ANCHOR, page_to_phys(count_block), SZ_16K, COUNT_PROT,
			GFP_KERNEL);
	if (ret)
		iommu_domain_free(domain);
	else
		count_domain = domain;
	return ret;
}

static int make_sgtable(void)
{
	struct scatterlist *sg;
	unsigned int i;
	int ret = sg_alloc_table(&count_sgt, COUNT_ENTRIES, GFP_KERNEL);

	if (ret)
		return ret;
	for_each_sgtable_sg(&count_sgt, sg, i)
		sg_set_page(sg, count_block, SZ_16K, 0);
	return 0;
}

static int __init count_init(void)
{
	int ret;

	ret = platform_driver_register(&count_driver);
	if (ret)
		return ret;
	ret = -ENODEV;
	if (!count_dev)
		goto err_unregister;
	ret = -ENOMEM;
	count_block = alloc_pages(GFP_KERNEL, get_order(SZ_16K));
	if (!count_block)
		goto err_unregister;
	ret = make_sgtable();
	if (ret)
		goto err_free_block;
	ret = -ENODEV;
	count_dart = dart_of_master(count_dev);
	if (!count_dart)
		goto err_free_sgtable;
	ret = make_domain();
	if (ret)
		goto err_put_dart;
	return 0;

err_put_dart:
	put_device(count_dart);
err_free_sgtable:
	sg_free_table(&count_sgt);
err_free_block:
	__free_pages(count_block, get_order(SZ_16K));
err_unregister:
	platform_driver_unregister(&count_driver);
	return ret;
}
module_init(count_init);

static void __exit count_exit(void)
{
	if (count_attached)
		iommu_detach_device(count_domain, count_dev);
	iommu_domain_free(count_domain);
	put_device(count_dart);
	sg_free_table(&count_sgt);
	__free_pages(count_block, get_order(SZ_16K));
	platform_driver_unregister(&count_driver);
}
module_exit(count_exit);

MODULE_DESCRIPTION("Single IOMMU operations, for counting what reaches the hardware");
MODULE_LICENSE("GPL");
