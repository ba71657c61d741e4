/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vfio-user server: it presents one neutral device (regions, interrupts, guest memory) to one
 * client at a time and knows nothing of PCI or of the SoC behind it. Specification:
 * docs/interop/vfio-user.rst in QEMU's source.
 *
 * One thread, the one in vfu_serve() or vfu_serve_client(), owns the socket and makes all calls
 * of struct vfu_ops. vfu_irq_raise() and vfu_stop() may be called from any thread.
 */
#ifndef VSOC_VFU_H
#define VSOC_VFU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "stats.h"

#define VFU_REGION_CONFIG	7 /* 0..5 are the BARs, 6 the ROM */
#define VFU_NR_REGIONS		9

enum vfu_irq_index {
	VFU_IRQ_INTX,
	VFU_IRQ_MSI,
	VFU_IRQ_MSIX,
	VFU_IRQ_ERR,
	VFU_IRQ_REQ,
	VFU_NR_IRQS,
};

#define VFU_MAX_VECTORS		64

/**
 * struct vfu_ops - the device; all are called by the serving thread
 * @region_read: @offset and @count lie inside the region; 0 or a negative errno, which the client
 *	gets
 * @region_write: the same
 * @reset: the device is as after power-on, no DMA and no interrupt comes from it any more when this
 *	returns; also called when a client has gone
 * @closing: a client has gone, its memory is still there and the device still runs
 */
struct vfu_ops {
	int (*region_read)(void *opaque, unsigned int region, uint64_t offset, void *buf,
			   uint32_t count);
	int (*region_write)(void *opaque, unsigned int region, uint64_t offset, const void *buf,
			    uint32_t count);
	void (*reset)(void *opaque);
	void (*closing)(void *opaque);
};

/**
 * struct vfu_config - what a server presents
 * @ops: the device
 * @opaque: first argument of @ops
 * @mem: gets what the client maps; nobody else maps into it
 * @stats: gets the group "vfu"
 * @region_size: bytes, 0: absent
 * @n_vectors: of each interrupt index, at most VFU_MAX_VECTORS
 */
struct vfu_config {
	const struct vfu_ops *ops;
	void *opaque;
	struct mem *mem;
	struct stats *stats;
	uint64_t region_size[VFU_NR_REGIONS];
	unsigned int n_vectors[VFU_NR_IRQS];
};

struct vfu;

/**
 * vfu_create() - a server without a client
 * @config: copied
 *
 * Return: the server, or NULL when out of memory or with too many vectors.
 */
struct vfu *vfu_create(const struct vfu_config *config);
void vfu_destroy(struct vfu *vfu);

/**
 * vfu_listen() - listen on a new unix socket
 * @path: a dead socket there is replaced, anything else is left alone
 *
 * Return: the descriptor, -ENAMETOOLONG, -EADDRINUSE or another negative errno.
 */
int vfu_listen(const char *path);

/**
 * vfu_serve() - serve one client after the other until vfu_stop()
 * @vfu: the server
 * @listen_fd: of vfu_listen(); stays open
 *
 * Return: 0, or a negative errno of accept().
 */
int vfu_serve(struct vfu *vfu, int listen_fd);

/**
 * vfu_serve_client() - serve one client until it has gone
 * @vfu: the server
 * @fd: a connected stream socket, closed at the end
 *
 * Afterwards the device is reset, and its memory and interrupts are gone.
 */
void vfu_serve_client(struct vfu *vfu, int fd);

/* Makes the serving thread return soon, now or when it starts. */
void vfu_stop(struct vfu *vfu);

/**
 * vfu_irq_raise() - fire an interrupt if the client has connected it
 * @vfu: the server
 * @index: kind of interrupt
 * @vector: of that kind
 *
 * Does not block.
 */
void vfu_irq_raise(struct vfu *vfu, enum vfu_irq_index index, unsigned int vector);

#endif
