// SPDX-License-Identifier: GPL-2.0
/*
 * The graphics complex: the aggregate over its components.
 *
 * Bring-up goes from the bus to user space: components, the domain that spans
 * their DARTs, firmware, modesetting, registration. Tear-down goes the other
 * way, and is the same whether a module is unloaded or a device has died.
 */

#include <linux/component.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/random.h>

#include <drm/drm_atomic_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "asahi_coproc.h"
#include "asahi_debugfs.h"
#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_fault.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_handover.h"
#include "asahi_kms.h"
#include "asahi_mmu.h"
#include "asahi_pages.h"
#include "asahi_power.h"
#include "asahi_stream.h"
#include "asahi_vm.h"

/**
 * asahi_device_require_iommu() - check that a component is behind its DART
 * @dev: the component, in its probe
 *
 * Some time after boot the driver core stops to wait for IOMMUs and probes their
 * clients without, even if the IOMMU is the next device to be probed. A component
 * that names one keeps waiting.
 *
 * Return: 0, -EPROBE_DEFER if the IOMMU is not there yet, or -ENODEV if the
 * devicetree has none.
 */
int asahi_device_require_iommu(struct device *dev)
{
	if (device_iommu_mapped(dev))
		return 0;

	if (of_property_present(dev->of_node, "iommus"))
		return dev_err_probe(dev, -EPROBE_DEFER, "waiting for its IOMMU\n");

	return dev_err_probe(dev, -ENODEV, "not behind an IOMMU, which is not supported\n");
}

/*
 * The parent must stay without an IOMMU: with one, each map through the DMA API
 * would fill a domain that nobody uses.
 */
static int complex_init_dma(struct asahi_device *asahi)
{
	struct device *dev = asahi->drm.dev;
	int ret;

	if (device_iommu_mapped(dev)) {
		dev_err(dev, "the complex itself must not be behind an IOMMU\n");
		return -EINVAL;
	}

	ret = dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (ret) {
		dev_err(dev, "no 64-bit DMA mask: %d\n", ret);
		return ret;
	}

	/* The table is only walked for cache maintenance; the IOMMU takes a run of any length. */
	dma_set_max_seg_size(dev, UINT_MAX);
	asahi->coherent = device_get_dma_attr(dev) == DEV_DMA_COHERENT;

	return 0;
}

static int complex_init_mmu(struct asahi_device *asahi)
{
	struct device *members[3] = {
		asahi_display_dev(asahi->display),
		asahi_coproc_dev(asahi->coproc),
	};
	unsigned int n_members = 2;
	int ret;

	if (asahi->gpu)
		members[n_members++] = asahi_gpu_dev(asahi->gpu);

	asahi->mmu = asahi_mmu_create(&asahi->drm, members, n_members);
	if (IS_ERR(asahi->mmu))
		return PTR_ERR(asahi->mmu);

	ret = asahi_fault_init(asahi);
	if (ret)
		asahi_mmu_detach(asahi->mmu);
	return ret;
}

static int complex_try_gpu(struct asahi_device *asahi)
{
	int ret;

	ret = asahi_vm_init_device(asahi);
	if (ret)
		return ret;
	ret = asahi_streams_init(asahi);
	if (ret)
		return ret;
	ret = asahi_gpu_start(asahi);
	if (ret)
		asahi_streams_fini(asahi);
	return ret;
}

/* A GPU that does not work is no reason to have no picture. */
static void complex_start_gpu(struct asahi_device *asahi)
{
	int ret = asahi->gpu ? complex_try_gpu(asahi) : 0;

	if (!ret)
		return;
	drm_err(&asahi->drm, "goes on without the GPU: %d\n", ret);
	asahi->gpu = NULL;
}

static void complex_stop_gpu(struct asahi_device *asahi)
{
	if (!asahi->gpu)
		return;
	asahi_gpu_stop(asahi->gpu);
	asahi_vm_revoke_all(asahi);
	asahi_streams_fini(asahi);
}

/* From here on user space can come in. */
static int complex_register(struct asahi_device *asahi)
{
	int ret;

	ret = asahi_handover(asahi);
	if (ret)
		return ret;

	ret = asahi_kms_start(asahi);
	if (ret)
		return ret;

	asahi_debugfs_init(asahi);
	ret = drm_dev_register(&asahi->drm, 0);
	if (ret) {
		asahi_kms_stop(asahi);
		return ret;
	}

	asahi_fbdev_setup(asahi);
	return 0;
}

static void complex_release_gem(struct drm_device *drm, void *unused)
{
	mutex_destroy(&to_asahi_device(drm)->vms.lock);
	mutex_destroy(&to_asahi_device(drm)->gem.lock);
}

static struct asahi_device *complex_create(struct device *dev)
{
	struct asahi_device *asahi;
	int ret;

	asahi = devm_drm_dev_alloc(dev, &asahi_drm_driver, struct asahi_device, drm);
	if (IS_ERR(asahi))
		return asahi;

	mutex_init(&asahi->gem.lock);
	INIT_LIST_HEAD(&asahi->gem.objects);
	mutex_init(&asahi->vms.lock);
	INIT_LIST_HEAD(&asahi->vms.list);
	ret = drmm_add_action_or_reset(&asahi->drm, complex_release_gem, NULL);
	ret = ret ?: asahi_pages_init_device(asahi);

	return ret ? ERR_PTR(ret) : asahi;
}

static int asahi_complex_bind(struct device *dev)
{
	struct asahi_device *asahi;
	int ret;

	asahi = complex_create(dev);
	if (IS_ERR(asahi))
		return PTR_ERR(asahi);

	ret = complex_init_dma(asahi);
	if (ret)
		return ret;

	ret = component_bind_all(dev, asahi);
	if (ret)
		return ret;

	ret = complex_init_mmu(asahi);
	if (ret)
		goto err_unbind_components;

	/* The engine keeps the last sequence number over a reload: do not meet it again soon. */
	ret = asahi_coproc_start(asahi->coproc, get_random_u32());
	if (ret)
		goto err_detach_mmu;

	complex_start_gpu(asahi);

	ret = asahi_kms_init(asahi);
	if (ret)
		goto err_stop_gpu;

	ret = complex_register(asahi);
	if (ret)
		goto err_stop_gpu;

	dev_set_drvdata(dev, asahi);
	asahi_power_start(asahi);
	return 0;

err_stop_gpu:
	complex_stop_gpu(asahi);
	asahi_coproc_stop(asahi->coproc);
err_detach_mmu:
	asahi_gem_revoke_all(asahi);
	asahi_mmu_detach(asahi->mmu);
err_unbind_components:
	component_unbind_all(dev, asahi);
	return ret;
}

static void asahi_complex_unbind(struct device *dev)
{
	struct asahi_device *asahi = dev_get_drvdata(dev);

	asahi_power_stop(asahi);
	dev_set_drvdata(dev, NULL);
	drm_dev_unplug(&asahi->drm);
	drm_atomic_helper_shutdown(&asahi->drm);
	asahi_kms_stop(asahi);
	complex_stop_gpu(asahi);
	asahi_coproc_stop(asahi->coproc);
	asahi_gem_revoke_all(asahi);
	asahi_mmu_detach(asahi->mmu);
	component_unbind_all(dev, asahi);
}

static const struct component_master_ops asahi_complex_ops = {
	.bind = asahi_complex_bind,
	.unbind = asahi_complex_unbind,
};

static int complex_add_match(struct device *dev, struct component_match **match,
			     const char *property)
{
	struct device_node *np = of_parse_phandle(dev->of_node, property, 0);

	if (!np)
		return dev_err_probe(dev, -EINVAL, "no %s in the devicetree node\n", property);

	component_match_add_release(dev, match, component_release_of, component_compare_of, np);
	return 0;
}

static int asahi_complex_probe(struct platform_device *pdev)
{
	struct component_match *match = NULL;
	struct device *dev = &pdev->dev;
	int ret;

	ret = complex_add_match(dev, &match, "vsoc,display");
	if (ret)
		return ret;

	ret = complex_add_match(dev, &match, "vsoc,coprocessor");
	if (ret)
		return ret;

	if (of_property_present(dev->of_node, "vsoc,gpu")) {
		ret = complex_add_match(dev, &match, "vsoc,gpu");
		if (ret)
			return ret;
	}

	return component_master_add_with_match(dev, &asahi_complex_ops, match);
}

static void asahi_complex_remove(struct platform_device *pdev)
{
	component_master_del(&pdev->dev, &asahi_complex_ops);
}

static void asahi_complex_shutdown(struct platform_device *pdev)
{
	struct asahi_device *asahi = platform_get_drvdata(pdev);

	if (asahi)
		drm_atomic_helper_shutdown(&asahi->drm);
}

static const struct of_device_id asahi_complex_of_match[] = {
	{ .compatible = "vsoc,graphics-complex" },
	{ }
};
MODULE_DEVICE_TABLE(of, asahi_complex_of_match);

struct platform_driver asahi_complex_driver = {
	.probe = asahi_complex_probe,
	.remove = asahi_complex_remove,
	.shutdown = asahi_complex_shutdown,
	.driver = {
		.name = "asahi",
		.of_match_table = asahi_complex_of_match,
		.pm = pm_ptr(&asahi_power_ops),
	},
};
