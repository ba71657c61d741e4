/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_DEVICE_H_
#define _ASAHI_DEVICE_H_

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>

#include <drm/drm_device.h>

#include "asahi_vm.h"

struct asahi_coproc;
struct asahi_display;
struct asahi_faults;
struct asahi_gpu;
struct asahi_kms;
struct asahi_mmu;
struct asahi_streams;
struct platform_driver;

/**
 * struct asahi_device - one graphics complex
 *
 * Lock order, outermost first: modeset locks, asahi_coproc.lock,
 * &asahi_device.gem.lock, &asahi_gem_object.map_lock, dma_resv,
 * &asahi_gem_object.pages_lock, asahi_mmu.lock.
 * asahi_coproc.rx_lock is taken inside asahi_coproc.lock. The spinlocks
 * (event_lock of DRM, the irq_lock of the display engine, slot_lock and tx_lock
 * of the coprocessor) nest inside all of these and not inside each other.
 *
 * For clients of the GPU, outermost first: &asahi_file.lock or
 * &asahi_device.vms.lock, &asahi_vm.lock, asahi_streams.attach_lock, the locks
 * of the IOMMU; &asahi_gem_object.gpuva_lock and &asahi_gem_object.map_lock are
 * inside of &asahi_vm.lock. &asahi_device.gem.idle_lock is taken when memory is
 * reclaimed, so nothing is allocated inside of it, and it is the innermost of all
 * but spinlocks. &asahi_queue.lock is outside of everything that a
 * job takes to run. asahi_gpu.lock is taken with nothing of this file held but
 * &asahi_queue.lock; inside of it come asahi_streams.lock and fences.
 */
struct asahi_device {
	/** @drm: its parent is the complex's own node, which has no IOMMU. */
	struct drm_device drm;

	/**
	 * @coherent: devices snoop the CPU caches. Decides between cached and
	 * write-combined CPU mappings; fixed at probe.
	 */
	bool coherent;

	/** @display: NULL until that component is bound; its memory lives as long as @drm. */
	struct asahi_display *display;

	/** @coproc: as @display. */
	struct asahi_coproc *coproc;

	/** @gpu: NULL if there is none; else as @display. */
	struct asahi_gpu *gpu;

	/** @streams: of the GPU, for address spaces. */
	struct asahi_streams *streams;

	/** @faults: of clients' jobs. */
	struct asahi_faults *faults;

	/** @vms: all address spaces of clients. */
	struct {
		/** @vms.lock: protects @vms.list. */
		struct mutex lock;
		/** @vms.list: &asahi_vm.link. */
		struct list_head list;
		/** @vms.layout: what a client can have; constant. */
		struct asahi_va_layout layout;
	} vms;

	/** @n_queues: that have not been torn down yet. */
	atomic_t n_queues;

	/** @timestamp_bytes: mapped for timestamps, for the limit on their sum. */
	atomic_long_t timestamp_bytes;

	/** @mmu: the driver-owned domain; usable as an object as long as @drm. */
	struct asahi_mmu *mmu;

	/** @kms: state of the modesetting half. */
	struct asahi_kms *kms;

	/** @gem: all buffer objects. */
	struct {
		/** @gem.lock: protects @gem.objects. */
		struct mutex lock;
		/** @gem.objects: every object that is mapped for DMA, &asahi_gem_object.link. */
		struct list_head objects;
		/** @gem.n_pages: CPU pages that objects are made of, for the limit on their sum. */
		atomic_long_t n_pages;
		/** @gem.n_resident: of these, those that are there. */
		atomic_long_t n_resident;
		/** @gem.idle_lock: protects what follows. */
		struct mutex idle_lock;
		/** @gem.idle: objects with memory that nobody uses, &asahi_gem_object.idle. */
		struct list_head idle;
		/** @gem.n_idle: CPU pages of these. */
		unsigned long n_idle;
		/** @gem.n_shrunk: CPU pages that were given back, ever. */
		unsigned long n_shrunk;
	} gem;
};

static inline struct asahi_device *to_asahi_device(struct drm_device *drm)
{
	return container_of(drm, struct asahi_device, drm);
}

int asahi_device_require_iommu(struct device *dev);

extern const struct drm_driver asahi_drm_driver;
extern struct platform_driver asahi_complex_driver;

#endif
