// SPDX-License-Identifier: GPL-2.0
/*
 * vsoc-pci: turns the virtual SoC's PCI function into platform devices.
 *
 * BAR 2 holds the devicetree of a board as an overlay. It is checked and
 * patched with the CPU address of BAR 0 before anything touches the live tree:
 *
 *	read blob -> check, patch ranges -> overlay -> irq domain -> populate
 *
 * and removed in reverse. Nothing else in the kernel knows that the SoC hangs
 * on PCI: registers are plain memory resources and interrupts come from a
 * level-triggered domain whose lines are MSI-X vectors. The registers are
 * described in Documentation/vsoc/registers.rst.
 */

#include <linux/bitfield.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/of_fdt.h>
#include <linux/of_platform.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define VSOC_PCI_VENDOR_ID	0x1234
#define VSOC_PCI_DEVICE_ID	0xa5a4

#define VSOC_BAR_SOC		0
#define VSOC_BAR_BOARD		2

#define VSOC_BLOB_MAX		SZ_64K
#define VSOC_FDT_MAGIC		0xd00dfeed
#define VSOC_FDT_HEADER		40
#define VSOC_FDT_NOP		4

#define VINTC_ID		0x000
#define   VINTC_ID_VALUE	0x56494e54
#define VINTC_NR_LINES		0x004
#define VINTC_MASK_SET		0x018
#define VINTC_MASK_CLR		0x01c
#define VINTC_SIZE		0x1000

#define VSOC_LINES		32

struct vsoc_pci;

/**
 * struct vsoc_line - one line of the interrupt controller and its MSI-X vector
 * @vsoc: owner
 * @hwirq: number of the line and of the vector
 */
struct vsoc_line {
	struct vsoc_pci *vsoc;
	unsigned int hwirq;
};

/**
 * struct vsoc_pci - driver state, lives from probe to remove
 * @pdev: the PCI function
 * @intc: registers of the interrupt controller, inside BAR 0
 * @domain: its lines; mappings belong to the platform devices' drivers
 * @soc_np: node of the SoC in the live tree, reference held
 * @soc: the bus device that the core made for @soc_np, reference held
 * @overlay_id: changeset of the overlay
 * @lines: argument of each vector's handler
 */
struct vsoc_pci {
	struct pci_dev *pdev;
	void __iomem *intc;
	struct irq_domain *domain;
	struct device_node *soc_np;
	struct platform_device *soc;
	int overlay_id;
	struct vsoc_line lines[VSOC_LINES];
};

/* The board blob */

/*
 * Copies the blob out of BAR 2. The header is the device's word: its size is
 * checked here, its structure by the kernel's devicetree code.
 */
static void *vsoc_read_blob(struct vsoc_pci *vsoc, u32 *size)
{
	struct pci_dev *pdev = vsoc->pdev;
	resource_size_t len = pci_resource_len(pdev, VSOC_BAR_BOARD);
	void __iomem *bar;
	void *blob;
	u32 magic;

	if (len < VSOC_FDT_HEADER)
		return ERR_PTR(dev_err_probe(&pdev->dev, -ENODEV, "BAR 2 holds no board\n"));

	bar = pci_iomap(pdev, VSOC_BAR_BOARD, 0);
	if (!bar)
		return ERR_PTR(dev_err_probe(&pdev->dev, -ENOMEM, "cannot map BAR 2\n"));

	magic = ioread32be(bar);
	*size = ioread32be(bar + 4);
	if (magic != VSOC_FDT_MAGIC || *size < VSOC_FDT_HEADER ||
	    *size > min_t(resource_size_t, len, VSOC_BLOB_MAX)) {
		blob = ERR_PTR(dev_err_probe(&pdev->dev, -ENODEV,
					     "no devicetree blob in BAR 2 (magic %08x, size %u)\n",
					     magic, *size));
		goto out_unmap;
	}

	blob = kzalloc(ALIGN(*size, 8), GFP_KERNEL);
	if (!blob) {
		blob = ERR_PTR(-ENOMEM);
		goto out_unmap;
	}
	memcpy_fromio(blob, bar, *size);

	/* The size was read twice: once above, once with the rest. */
	if (be32_to_cpup(blob + 4) != *size) {
		kfree(blob);
		blob = ERR_PTR(dev_err_probe(&pdev->dev, -EIO, "the board blob changes\n"));
	}

out_unmap:
	pci_iounmap(pdev, bar);
	return blob;
}

/* The one "vsoc,soc" node of the overlay's fragments, with a reference; NULL if there is none. */
static struct device_node *vsoc_find_soc(struct device_node *root)
{
	struct device_node *overlay, *soc;

	for_each_child_of_node_scoped(root, fragment) {
		overlay = of_get_child_by_name(fragment, "__overlay__");
		if (!overlay)
			continue;
		soc = of_get_compatible_child(overlay, "vsoc,soc");
		of_node_put(overlay);
		if (soc)
			return soc;
	}
	return NULL;
}

/*
 * Writes the address of BAR 0 as the parent address of the soc node's ranges.
 * @soc is unflattened from the blob, so the property's value lies in the blob,
 * its length two words before it. Where the live root has one address cell (the
 * empty root of a machine without a devicetree), the range loses the high word
 * and the word that it leaves behind becomes a no-op token.
 */
static int vsoc_patch_ranges(struct vsoc_pci *vsoc, struct device_node *soc)
{
	struct device *dev = &vsoc->pdev->dev;
	u64 bar_size = pci_resource_len(vsoc->pdev, VSOC_BAR_SOC);
	u64 bar = pci_resource_start(vsoc->pdev, VSOC_BAR_SOC);
	int root_cells = of_n_addr_cells(of_root);
	struct property *prop;
	__be32 *cells;
	int len;

	prop = of_find_property(soc, "ranges", &len);
	if (!prop || len != 6 * sizeof(__be32))
		return dev_err_probe(dev, -EINVAL, "board: soc needs one range of 2+2+2 cells\n");

	cells = prop->value;
	if (of_read_number(cells, 2) || of_read_number(cells + 4, 2) > bar_size)
		return dev_err_probe(dev, -EINVAL, "board: soc range does not fit BAR 0\n");

	cells[2] = cpu_to_be32(upper_32_bits(bar));
	cells[3] = cpu_to_be32(lower_32_bits(bar));
	if (root_cells == 2)
		return 0;

	if (root_cells != 1 || cells[2] || be32_to_cpu(cells[-2]) != len)
		return dev_err_probe(dev, -ENODEV, "BAR 0 does not fit %d address cells\n",
				     root_cells);
	memmove(&cells[2], &cells[3], 3 * sizeof(*cells));
	cells[5] = cpu_to_be32(VSOC_FDT_NOP);
	cells[-2] = cpu_to_be32(5 * sizeof(*cells));
	return 0;
}

/* Checks the blob's soc node and patches it; *@path gets the node's path in the live tree. */
static int vsoc_prepare_blob(struct vsoc_pci *vsoc, void *blob, char **path)
{
	struct device *dev = &vsoc->pdev->dev;
	struct device_node *root, *soc;
	void *mem;
	int ret;

	mem = of_fdt_unflatten_tree(blob, NULL, &root);
	if (!mem || !root)
		return dev_err_probe(dev, -EINVAL, "board: malformed devicetree blob\n");

	soc = vsoc_find_soc(root);
	if (!soc) {
		ret = dev_err_probe(dev, -EINVAL, "board: no node compatible with vsoc,soc\n");
		goto out_free;
	}

	ret = vsoc_patch_ranges(vsoc, soc);
	if (ret)
		goto out_put;

	*path = kasprintf(GFP_KERNEL, "/%s", kbasename(soc->full_name));
	if (!*path)
		ret = -ENOMEM;

out_put:
	of_node_put(soc);
out_free:
	kfree(mem);
	return ret;
}

/* Returns 0 with the overlay applied, @soc_np and @soc held; otherwise nothing is left behind. */
static int vsoc_apply_board(struct vsoc_pci *vsoc)
{
	struct device *dev = &vsoc->pdev->dev;
	char *path = NULL;
	void *blob;
	u32 size;
	int ret;

	if (!of_root)
		return dev_err_probe(dev, -ENODEV, "the machine has no devicetree root\n");

	blob = vsoc_read_blob(vsoc, &size);
	if (IS_ERR(blob))
		return PTR_ERR(blob);

	ret = vsoc_prepare_blob(vsoc, blob, &path);
	if (ret)
		goto out_free;

	vsoc->soc_np = of_find_node_by_path(path);
	if (vsoc->soc_np) {
		of_node_put(vsoc->soc_np);
		ret = dev_err_probe(dev, -EEXIST, "board: %s exists already\n", path);
		goto out_free;
	}

	vsoc->overlay_id = 0;
	ret = of_overlay_fdt_apply(blob, size, &vsoc->overlay_id, NULL);
	if (ret) {
		dev_err_probe(dev, ret, "board: the overlay does not apply\n");
		goto err_remove_overlay;
	}

	vsoc->soc_np = of_find_node_by_path(path);
	if (!vsoc->soc_np) {
		ret = dev_err_probe(dev, -EINVAL, "board: target of the overlay is not /\n");
		goto err_remove_overlay;
	}

	vsoc->soc = of_find_device_by_node(vsoc->soc_np);
	if (!vsoc->soc) {
		ret = dev_err_probe(dev, -ENODEV, "board: no bus device for %s\n", path);
		goto err_put_node;
	}
	goto out_free;

err_put_node:
	of_node_put(vsoc->soc_np);
err_remove_overlay:
	/* A failed apply can leave a changeset that has to be removed, too. */
	if (vsoc->overlay_id)
		of_overlay_remove(&vsoc->overlay_id);
out_free:
	kfree(path);
	kfree(blob);
	return ret;
}

static void vsoc_remove_board(struct vsoc_pci *vsoc)
{
	put_device(&vsoc->soc->dev);
	of_node_put(vsoc->soc_np);
	of_overlay_remove(&vsoc->overlay_id);
}

/* The interrupt controller */

static void vsoc_irq_mask(struct irq_data *data)
{
	struct vsoc_pci *vsoc = irq_data_get_irq_chip_data(data);

	writel(BIT(data->hwirq), vsoc->intc + VINTC_MASK_SET);
}

/* A line that is still high sends its vector again on this write. */
static void vsoc_irq_unmask(struct irq_data *data)
{
	struct vsoc_pci *vsoc = irq_data_get_irq_chip_data(data);

	writel(BIT(data->hwirq), vsoc->intc + VINTC_MASK_CLR);
}

static int vsoc_irq_set_type(struct irq_data *data, unsigned int type)
{
	return type == IRQ_TYPE_LEVEL_HIGH ? 0 : -EINVAL;
}

static const struct irq_chip vsoc_irq_chip = {
	.name = "vsoc",
	.irq_mask = vsoc_irq_mask,
	.irq_unmask = vsoc_irq_unmask,
	.irq_set_type = vsoc_irq_set_type,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

static int vsoc_domain_map(struct irq_domain *domain, unsigned int virq, irq_hw_number_t hwirq)
{
	irq_set_chip_data(virq, domain->host_data);
	irq_set_chip_and_handler(virq, &vsoc_irq_chip, handle_level_irq);
	irq_set_status_flags(virq, IRQ_LEVEL);
	return 0;
}

static const struct irq_domain_ops vsoc_domain_ops = {
	.map = vsoc_domain_map,
	.xlate = irq_domain_xlate_twocell,
};

/*
 * A plain handler, not a chained one: chaining would mask the vector in the
 * MSI-X table around each interrupt, and every such write makes the VMM rewire
 * the vector.
 */
static irqreturn_t vsoc_vector_handler(int irq, void *data)
{
	struct vsoc_line *line = data;

	generic_handle_domain_irq(line->vsoc->domain, line->hwirq);
	return IRQ_HANDLED;
}

static int vsoc_request_vectors(struct vsoc_pci *vsoc)
{
	struct pci_dev *pdev = vsoc->pdev;
	int i, ret;

	ret = pci_alloc_irq_vectors(pdev, VSOC_LINES, VSOC_LINES, PCI_IRQ_MSIX);
	if (ret < 0)
		return dev_err_probe(&pdev->dev, ret, "needs %u MSI-X vectors\n", VSOC_LINES);

	for (i = 0; i < VSOC_LINES; i++) {
		vsoc->lines[i] = (struct vsoc_line){ .vsoc = vsoc, .hwirq = i };
		ret = request_irq(pci_irq_vector(pdev, i), vsoc_vector_handler, IRQF_NO_THREAD,
				  dev_name(&pdev->dev), &vsoc->lines[i]);
		if (ret)
			goto err_free_irqs;
	}
	return 0;

err_free_irqs:
	while (i--)
		free_irq(pci_irq_vector(pdev, i), &vsoc->lines[i]);
	pci_free_irq_vectors(pdev);
	return ret;
}

static void vsoc_free_vectors(struct vsoc_pci *vsoc)
{
	int i;

	for (i = 0; i < VSOC_LINES; i++)
		free_irq(pci_irq_vector(vsoc->pdev, i), &vsoc->lines[i]);
	pci_free_irq_vectors(vsoc->pdev);
}

/* Maps the controller's registers; they must be what they claim and lie in BAR 0. */
static int vsoc_map_intc(struct vsoc_pci *vsoc, struct device_node *np)
{
	struct resource *bar = &vsoc->pdev->resource[VSOC_BAR_SOC];
	struct device *dev = &vsoc->pdev->dev;
	struct resource res;
	u32 id, nr_lines;

	if (of_address_to_resource(np, 0, &res) || resource_size(&res) < VINTC_SIZE ||
	    res.start < bar->start || res.end > bar->end)
		return dev_err_probe(dev, -EINVAL, "%pOF: bad reg\n", np);

	vsoc->intc = ioremap(res.start, VINTC_SIZE);
	if (!vsoc->intc)
		return -ENOMEM;

	id = readl(vsoc->intc + VINTC_ID);
	nr_lines = readl(vsoc->intc + VINTC_NR_LINES);
	if (id != VINTC_ID_VALUE || nr_lines != VSOC_LINES) {
		iounmap(vsoc->intc);
		return dev_err_probe(dev, -ENODEV, "%pOF: not a vsoc,intc (id %08x, %u lines)\n",
				     np, id, nr_lines);
	}
	writel(~0, vsoc->intc + VINTC_MASK_SET);
	return 0;
}

static int vsoc_intc_init(struct vsoc_pci *vsoc)
{
	struct device *dev = &vsoc->pdev->dev;
	struct device_node *np;
	int ret;

	np = of_get_compatible_child(vsoc->soc_np, "vsoc,intc");
	if (!np)
		return dev_err_probe(dev, -EINVAL, "board: no vsoc,intc node\n");

	ret = vsoc_map_intc(vsoc, np);
	if (ret)
		goto err_put_node;

	vsoc->domain = irq_domain_create_linear(of_fwnode_handle(np), VSOC_LINES, &vsoc_domain_ops,
						vsoc);
	if (!vsoc->domain) {
		ret = -ENOMEM;
		goto err_unmap;
	}

	ret = vsoc_request_vectors(vsoc);
	if (ret)
		goto err_remove_domain;

	of_node_put(np);
	return 0;

err_remove_domain:
	irq_domain_remove(vsoc->domain);
err_unmap:
	iounmap(vsoc->intc);
err_put_node:
	of_node_put(np);
	return ret;
}

/* All users of the domain are gone: the platform devices were removed before. */
static void vsoc_intc_fini(struct vsoc_pci *vsoc)
{
	unsigned int virq;
	int i;

	writel(~0, vsoc->intc + VINTC_MASK_SET);
	vsoc_free_vectors(vsoc);
	for (i = 0; i < VSOC_LINES; i++) {
		virq = irq_find_mapping(vsoc->domain, i);
		if (virq)
			irq_dispose_mapping(virq);
	}
	irq_domain_remove(vsoc->domain);
	iounmap(vsoc->intc);
}

/*
 * Creates the platform devices, IOMMUs first, whatever the order of the nodes (an overlay
 * reverses it): a master that is created before its IOMMU has probed defers, but once the
 * deferred probe timeout has passed it would go without. Removal is in reverse.
 */
static int vsoc_populate(struct vsoc_pci *vsoc)
{
	for_each_child_of_node_scoped(vsoc->soc_np, np) {
		if (of_property_present(np, "#iommu-cells") &&
		    !of_platform_device_create(np, NULL, &vsoc->soc->dev))
			return -ENODEV;
	}
	return of_platform_default_populate(vsoc->soc_np, NULL, &vsoc->soc->dev);
}

static int vsoc_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct device *dev = &pdev->dev;
	struct vsoc_pci *vsoc;
	int ret;

	vsoc = devm_kzalloc(dev, sizeof(*vsoc), GFP_KERNEL);
	if (!vsoc)
		return -ENOMEM;
	vsoc->pdev = pdev;
	pci_set_drvdata(pdev, vsoc);

	ret = pcim_enable_device(pdev);
	if (ret)
		return dev_err_probe(dev, ret, "cannot enable the device\n");

	ret = vsoc_apply_board(vsoc);
	if (ret)
		return ret;

	ret = vsoc_intc_init(vsoc);
	if (ret)
		goto err_remove_board;

	/* The core parents the bus device to the platform bus: say that it needs this function. */
	if (!device_link_add(&vsoc->soc->dev, dev, DL_FLAG_STATELESS)) {
		ret = dev_err_probe(dev, -EINVAL, "cannot link the bus to its function\n");
		goto err_intc_fini;
	}

	/* The platform devices' DMA is issued by this function. */
	pci_set_master(pdev);

	ret = vsoc_populate(vsoc);
	if (ret) {
		dev_err_probe(dev, ret, "cannot create the board's devices\n");
		goto err_depopulate;
	}
	return 0;

err_depopulate:
	of_platform_depopulate(&vsoc->soc->dev);
	pci_clear_master(pdev);
	device_link_remove(&vsoc->soc->dev, dev);
err_intc_fini:
	vsoc_intc_fini(vsoc);
err_remove_board:
	vsoc_remove_board(vsoc);
	return ret;
}

static void vsoc_pci_remove(struct pci_dev *pdev)
{
	struct vsoc_pci *vsoc = pci_get_drvdata(pdev);

	of_platform_depopulate(&vsoc->soc->dev);
	pci_clear_master(pdev);
	device_link_remove(&vsoc->soc->dev, &pdev->dev);
	vsoc_intc_fini(vsoc);
	vsoc_remove_board(vsoc);
}

static const struct pci_device_id vsoc_pci_ids[] = {
	{ PCI_DEVICE(VSOC_PCI_VENDOR_ID, VSOC_PCI_DEVICE_ID) },
	{ }
};
MODULE_DEVICE_TABLE(pci, vsoc_pci_ids);

static struct pci_driver vsoc_pci_driver = {
	.name = "vsoc-pci",
	.id_table = vsoc_pci_ids,
	.probe = vsoc_pci_probe,
	.remove = vsoc_pci_remove,
};
module_pci_driver(vsoc_pci_driver);

/*
 * The board's masters are devices from the moment of probe on. After the deferred
 * probe timeout a master whose IOMMU driver is not loaded yet goes without it.
 */
MODULE_SOFTDEP("pre: apple-dart");
MODULE_DESCRIPTION("Virtual SoC behind a PCI function");
MODULE_LICENSE("GPL");
