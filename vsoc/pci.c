// SPDX-License-Identifier: GPL-2.0
/*
 * The PCI function. QEMU keeps a copy of the configuration space and answers many reads from it, so
 * that what is writable here must be exactly what real hardware would have writable.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pci.h"

#define CFG_VENDOR		0x00
#define  VENDOR_ID		0x1234
#define CFG_DEVICE		0x02
#define  DEVICE_ID		0xa5a4
#define CFG_COMMAND		0x04
#define  COMMAND_MEMORY		0x0002
#define  COMMAND_MASTER		0x0004
#define  COMMAND_INTX_OFF	0x0400
#define CFG_STATUS		0x06
#define  STATUS_CAP_LIST	0x0010
#define CFG_REVISION		0x08
#define CFG_CLASS		0x09 /* three bytes */
#define CFG_CACHE_LINE		0x0c
#define CFG_BAR(n)		(0x10 + 4 * (n))
#define CFG_SUBSYS_VENDOR	0x2c
#define CFG_SUBSYS_DEVICE	0x2e
#define CFG_CAP_POINTER		0x34
#define CFG_IRQ_LINE		0x3c

#define CFG_PM			0x40
#define  PM_CAP_ID		0x01
#define  PM_CAP_VERSION		0x0003
#define CFG_PM_CONTROL		0x44
#define  PM_STATE		0x0003
#define  PM_NO_SOFT_RESET	0x0008 /* D3hot to D0 keeps all state */

#define CFG_MSIX		0x48
#define  MSIX_CAP_ID		0x11
#define CFG_MSIX_CONTROL	0x4a
#define  MSIX_FUNCTION_MASK	0x4000
#define  MSIX_ENABLE		0x8000
#define CFG_MSIX_TABLE		0x4c
#define CFG_MSIX_PBA		0x50
#define  MSIX_BAR		4
#define  MSIX_PBA_OFFSET	0x800

/* Advanced Features: how a conventional function offers a function level reset */
#define CFG_AF			0x54
#define  AF_CAP_ID		0x13
#define CFG_AF_LENGTH		0x56
#define CFG_AF_CAP		0x57
#define  AF_CAP_TP_FLR		0x03
#define CFG_AF_CONTROL		0x58
#define  AF_INITIATE_FLR	0x01

struct pci {
	struct pci_config config;
	uint8_t space[PCI_CONFIG_SIZE];
	uint8_t writable[PCI_CONFIG_SIZE]; /* 1 = the bit can be written */
	uint8_t *blob;                     /* PCI_BLOB_SIZE bytes */
	struct stat_counter bad_writes, bad_accesses, dma_refused;
};

/* ---- configuration space ---- */

static void put(uint8_t *space, unsigned int offset, unsigned int bytes, uint32_t value)
{
	for (unsigned int i = 0; i < bytes; i++)
		space[offset + i] = (uint8_t)(value >> 8 * i);
}

static void pci_init_space(struct pci *pci)
{
	uint8_t *space = pci->space;

	put(space, CFG_VENDOR, 2, VENDOR_ID);
	put(space, CFG_DEVICE, 2, DEVICE_ID);
	put(space, CFG_STATUS, 2, STATUS_CAP_LIST);
	put(space, CFG_REVISION, 1, 1);
	put(space, CFG_CLASS, 3, 0x088000);
	put(space, CFG_SUBSYS_VENDOR, 2, VENDOR_ID);
	put(space, CFG_SUBSYS_DEVICE, 2, DEVICE_ID);
	put(space, CFG_CAP_POINTER, 1, CFG_PM);

	put(space, CFG_PM, 1, PM_CAP_ID);
	put(space, CFG_PM + 1, 1, CFG_MSIX);
	put(space, CFG_PM + 2, 2, PM_CAP_VERSION);
	put(space, CFG_PM_CONTROL, 2, PM_NO_SOFT_RESET);

	put(space, CFG_MSIX, 1, MSIX_CAP_ID);
	put(space, CFG_MSIX + 1, 1, CFG_AF);
	put(space, CFG_MSIX_CONTROL, 2, PCI_NR_VECTORS - 1);
	put(space, CFG_MSIX_TABLE, 4, MSIX_BAR);
	put(space, CFG_MSIX_PBA, 4, MSIX_PBA_OFFSET | MSIX_BAR);

	put(space, CFG_AF, 1, AF_CAP_ID);
	put(space, CFG_AF_LENGTH, 1, 6);
	put(space, CFG_AF_CAP, 1, AF_CAP_TP_FLR);
}

static void pci_init_writable(struct pci *pci)
{
	uint8_t *writable = pci->writable;

	put(writable, CFG_COMMAND, 2, COMMAND_MEMORY | COMMAND_MASTER | COMMAND_INTX_OFF);
	put(writable, CFG_CACHE_LINE, 1, 0xff);
	put(writable, CFG_BAR(0), 4, ~(PCI_SOC_SIZE - 1u));
	put(writable, CFG_BAR(2), 4, ~(PCI_BLOB_SIZE - 1u));
	put(writable, CFG_BAR(4), 4, ~(PCI_MSIX_SIZE - 1u));
	put(writable, CFG_IRQ_LINE, 1, 0xff);
	put(writable, CFG_PM_CONTROL, 2, PM_STATE);
	put(writable, CFG_MSIX_CONTROL, 2, MSIX_FUNCTION_MASK | MSIX_ENABLE);
}

static uint16_t pci_command(const struct pci *pci)
{
	return (uint16_t)(pci->space[CFG_COMMAND] | pci->space[CFG_COMMAND + 1] << 8);
}

/* Only D0 and D3hot exist; a write of another state leaves the state alone. */
static uint8_t pci_filter(const struct pci *pci, unsigned int offset, uint8_t value)
{
	unsigned int state = value & PM_STATE;

	if (offset == CFG_PM_CONTROL && state != 0 && state != 3)
		return pci->space[offset];
	return value;
}

static void pci_reset(void *opaque)
{
	struct pci *pci = opaque;

	/* The models first: they would report what the shut gate refuses them. */
	pci->config.reset(pci->config.opaque);
	mem_set_gate(pci->config.mem, false);
	memset(pci->space, 0, sizeof(pci->space));
	pci_init_space(pci);
}

static void config_write(struct pci *pci, uint64_t offset, const uint8_t *data, uint32_t count)
{
	uint16_t before = pci_command(pci);
	bool flr = false;
	uint16_t after;

	for (uint32_t i = 0; i < count; i++) {
		uint8_t *byte = &pci->space[offset + i];
		uint8_t mask = pci->writable[offset + i];
		uint8_t value = pci_filter(pci, (unsigned int)(offset + i), data[i]);

		*byte = (uint8_t)((*byte & ~mask) | (value & mask));
		flr |= offset + i == CFG_AF_CONTROL && data[i] & AF_INITIATE_FLR;
	}
	/* The client does not turn this into a reset message. Done before the write is answered. */
	if (flr) {
		pci_reset(pci);
		return;
	}
	after = pci_command(pci);
	/* Off: no access is under way any more when the write is answered. */
	if ((before ^ after) & COMMAND_MASTER)
		mem_set_gate(pci->config.mem, after & COMMAND_MASTER);
}

/* ---- regions ---- */

static bool is_register_size(uint32_t count)
{
	return count == 1 || count == 2 || count == 4 || count == 8;
}

static int soc_read(struct pci *pci, uint64_t offset, void *buf, uint32_t count)
{
	uint64_t value;

	if (!is_register_size(count)) {
		stat_inc(&pci->bad_accesses);
		return -EINVAL;
	}
	value = bus_read(pci->config.bus, offset, count);
	memcpy(buf, &value, count);
	return 0;
}

static int soc_write(struct pci *pci, uint64_t offset, const void *buf, uint32_t count)
{
	uint64_t value = 0;

	if (!is_register_size(count)) {
		stat_inc(&pci->bad_accesses);
		return -EINVAL;
	}
	memcpy(&value, buf, count);
	bus_write(pci->config.bus, offset, count, value);
	return 0;
}

static int pci_region_read(void *opaque, unsigned int region, uint64_t offset, void *buf,
			   uint32_t count)
{
	struct pci *pci = opaque;

	switch (region) {
	case 0:
		return soc_read(pci, offset, buf, count);
	case 2:
		memcpy(buf, pci->blob + offset, count);
		return 0;
	case MSIX_BAR:
		/* Table and pending bits live in the client. */
		memset(buf, 0, count);
		return 0;
	case VFU_REGION_CONFIG:
		memcpy(buf, pci->space + offset, count);
		return 0;
	default:
		return -EINVAL;
	}
}

static int pci_region_write(void *opaque, unsigned int region, uint64_t offset, const void *buf,
			    uint32_t count)
{
	struct pci *pci = opaque;

	switch (region) {
	case 0:
		return soc_write(pci, offset, buf, count);
	case 2:
		stat_inc(&pci->bad_writes);
		stats_note(pci->config.stats, "pci", "write to the read-only board blob");
		return 0;
	case MSIX_BAR:
		return 0;
	case VFU_REGION_CONFIG:
		config_write(pci, offset, buf, count);
		return 0;
	default:
		return -EINVAL;
	}
}

static void pci_closing(void *opaque)
{
	struct pci *pci = opaque;

	pci->config.closing(pci->config.opaque);
}

static const struct vfu_ops pci_vfu_ops = {
	.region_read = pci_region_read,
	.region_write = pci_region_write,
	.reset = pci_reset,
	.closing = pci_closing,
};

void pci_describe(struct pci *pci, struct vfu_config *config)
{
	config->ops = &pci_vfu_ops;
	config->opaque = pci;
	config->region_size[0] = PCI_SOC_SIZE;
	config->region_size[2] = PCI_BLOB_SIZE;
	config->region_size[MSIX_BAR] = PCI_MSIX_SIZE;
	config->region_size[VFU_REGION_CONFIG] = PCI_CONFIG_SIZE;
	config->n_vectors[VFU_IRQ_MSIX] = PCI_NR_VECTORS;
	/* Never raised; QEMU warns if it is missing. */
	config->n_vectors[VFU_IRQ_ERR] = 1;
}

/* ---- creation ---- */

static void pci_dma_refused(void *opaque, enum mem_refusal why, uint64_t gpa, uint64_t len,
			    bool write)
{
	static const char *const reasons[] = {
		[MEM_UNMAPPED] = "not guest memory",
		[MEM_NO_HOST] = "memory that the client did not share",
		[MEM_READ_ONLY] = "read-only memory",
		[MEM_NO_BUSMASTER] = "Bus Master Enable is off",
	};
	struct pci *pci = opaque;

	stat_inc(&pci->dma_refused);
	stats_note(pci->config.stats, "pci", "DMA %s of %llu bytes at 0x%llx refused: %s",
		   write ? "write" : "read", (unsigned long long)len, (unsigned long long)gpa,
		   reasons[why]);
}

struct pci *pci_create(const struct pci_config *config)
{
	struct pci *pci;

	if (config->blob_size > PCI_BLOB_SIZE)
		return NULL;
	pci = calloc(1, sizeof(*pci));
	if (!pci)
		return NULL;
	pci->blob = calloc(1, PCI_BLOB_SIZE);
	if (!pci->blob) {
		free(pci);
		return NULL;
	}
	pci->config = *config;
	memcpy(pci->blob, config->blob, config->blob_size);
	pci_init_space(pci);
	pci_init_writable(pci);
	stats_register(config->stats, "pci", "bad_writes", &pci->bad_writes);
	stats_register(config->stats, "pci", "bad_accesses", &pci->bad_accesses);
	stats_register(config->stats, "pci", "dma_refused", &pci->dma_refused);
	mem_set_refusal_hook(config->mem, pci_dma_refused, pci);
	mem_set_gate(config->mem, false);
	return pci;
}

void pci_destroy(struct pci *pci)
{
	if (!pci)
		return;
	mem_set_refusal_hook(pci->config.mem, NULL, NULL);
	stats_unregister_group(pci->config.stats, "pci");
	free(pci->blob);
	free(pci);
}
