/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The SoC as one PCI function: configuration space, BARs and MSI-X
 * (Documentation/vsoc/registers.rst) on top of the transport's neutral device.
 */
#ifndef VSOC_PCI_H
#define VSOC_PCI_H

#include <stddef.h>

#include "bus.h"
#include "vfu.h"

#define PCI_SOC_SIZE		0x1000000 /* BAR 0 */
#define PCI_BLOB_SIZE		0x10000   /* BAR 2 */
#define PCI_MSIX_SIZE		0x1000    /* BAR 4 */
#define PCI_CONFIG_SIZE		256
#define PCI_NR_VECTORS		32

struct pci;

/**
 * struct pci_config - what the function stands in front of
 * @bus: behind BAR 0
 * @mem: its gate follows Bus Master Enable
 * @stats: gets the group "pci"
 * @blob: behind BAR 2; copied
 * @blob_size: bytes, at most PCI_BLOB_SIZE
 * @reset: silences and resets all models
 * @closing: last look at a guest that has gone; all still runs
 * @opaque: argument of both
 */
struct pci_config {
	struct bus *bus;
	struct mem *mem;
	struct stats *stats;
	const void *blob;
	size_t blob_size;
	void (*reset)(void *opaque);
	void (*closing)(void *opaque);
	void *opaque;
};

/**
 * pci_create() - the function, in reset
 * @config: copied
 *
 * Return: the function, or NULL when out of memory or if the blob is too large.
 */
struct pci *pci_create(const struct pci_config *config);
void pci_destroy(struct pci *pci);

/**
 * pci_describe() - fill in what the transport has to know
 * @pci: the function
 * @config: gets everything but memory and counters
 */
void pci_describe(struct pci *pci, struct vfu_config *config);

#endif
