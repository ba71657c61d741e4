/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What travels on a vfio-user socket, in host byte order (docs/interop/vfio-user.rst in QEMU's
 * source). Shared by the server and the client that tests it.
 */
#ifndef VSOC_VFU_PROTO_H
#define VSOC_VFU_PROTO_H

#include <stdint.h>

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP = 2,
	VFU_DMA_UNMAP = 3,
	VFU_DEVICE_INFO = 4,
	VFU_REGION_INFO = 5,
	VFU_IRQ_INFO = 7,
	VFU_SET_IRQS = 8,
	VFU_REGION_READ_CMD = 9,
	VFU_REGION_WRITE_CMD = 10,
	VFU_RESET = 13,
	VFU_NR_COMMANDS
};

#define VFU_TYPE_MASK		0xfu
#define VFU_TYPE_COMMAND	0x0u
#define VFU_TYPE_REPLY		0x1u
#define VFU_NO_REPLY		0x10u
#define VFU_ERROR		0x20u

struct vfu_header {
	uint16_t id;
	uint16_t command;
	uint32_t size;    /* of the whole message */
	uint32_t flags;
	uint32_t error;   /* errno, with VFU_ERROR */
};

struct vfu_version {
	uint16_t major;
	uint16_t minor;
	/* followed by a JSON object, NUL-terminated */
};

#define VFU_DMA_READ		0x1u
#define VFU_DMA_WRITE		0x2u

struct vfu_dma_map {
	uint32_t argsz;
	uint32_t flags;
	uint64_t offset;  /* in the file descriptor */
	uint64_t address;
	uint64_t size;
};

#define VFU_UNMAP_ALL		0x2u

struct vfu_dma_unmap {
	uint32_t argsz;
	uint32_t flags;
	uint64_t address;
	uint64_t size;
};

#define VFU_DEVICE_RESET	0x1u
#define VFU_DEVICE_PCI		0x2u

struct vfu_device_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t n_regions;
	uint32_t n_irqs;
};

#define VFU_REGION_READ		0x1u
#define VFU_REGION_WRITE	0x2u

struct vfu_region_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t cap_offset;
	uint64_t size;
	uint64_t offset;
};

#define VFU_IRQ_EVENTFD		0x1u

struct vfu_irq_info {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t count;
};

#define VFU_SET_NONE		0x01u
#define VFU_SET_BOOL		0x02u
#define VFU_SET_EVENTFD		0x04u
#define VFU_SET_TRIGGER		0x20u

struct vfu_irq_set {
	uint32_t argsz;
	uint32_t flags;
	uint32_t index;
	uint32_t start;
	uint32_t count;
	/* followed by count bytes with VFU_SET_BOOL */
};

struct vfu_region_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count;
	/* followed by the data of a write, or of a read's reply */
};

#endif
