// SPDX-License-Identifier: GPL-2.0
/*
 * When objects have memory.
 *
 * An object gets its memory when somebody uses it for the first time, and keeps
 * it as long as it has users: mappings of the CPU, of an address space, of the
 * driver's domain, importers. After that it is idle, and when the machine is
 * short of memory what is idle and holds nothing but zeros is given back: the
 * next user gets zeros anew and cannot tell. All else must be kept. The
 * interface has no way for a client to say that he does not need the contents.
 *
 * Who takes an object off the list of idle ones, under the list's lock, decides
 * about its memory. The shrinker takes that lock and no other; nothing is ever
 * allocated inside of it.
 */

#include <linux/dma-mapping.h>
#include <linux/highmem.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_mmu.h"
#include "asahi_pages.h"

/* Of the GPU, whatever the CPU's is. */
#define GPU_PAGE	SZ_16K

static struct asahi_device *bo_to_asahi(const struct asahi_gem_object *bo)
{
	return to_asahi_device(bo->base.dev);
}

/**
 * asahi_pages_granule() - what blocks of memory have to be a multiple of
 * @asahi: the device, with its mmu
 *
 * Return: bytes; memory like this suits everything that could be asked to map it.
 */
size_t asahi_pages_granule(struct asahi_device *asahi)
{
	size_t granule = asahi->gpu ? GPU_PAGE : PAGE_SIZE;

	return max3(asahi_mmu_granule(asahi->mmu), granule, PAGE_SIZE);
}

static int pages_populate(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = bo_to_asahi(bo);
	int ret;

	lockdep_assert_held(&bo->pages_lock);

	ret = asahi_backing_init(&bo->backing, bo->base.size, asahi_pages_granule(asahi));
	if (ret || bo->gone)
		goto out_count;

	/* Writes the zeroes out of the caches where that is needed. */
	ret = dma_map_sgtable(asahi->drm.dev, &bo->backing.sgt, DMA_BIDIRECTIONAL, 0);
	if (ret) {
		asahi_backing_fini(&bo->backing);
		return ret;
	}
	bo->sgt = &bo->backing.sgt;
out_count:
	atomic_long_add(bo->backing.n_pages, &asahi->gem.n_resident);
	return ret;
}

/* Nobody else can get at the object's memory. */
static void pages_release(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = bo_to_asahi(bo);

	if (bo->sgt)
		dma_unmap_sgtable(asahi->drm.dev, bo->sgt, DMA_BIDIRECTIONAL, 0);
	bo->sgt = NULL;
	atomic_long_sub(bo->backing.n_pages, &asahi->gem.n_resident);
	asahi_backing_fini(&bo->backing);
}

static void idle_remove_locked(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = bo_to_asahi(bo);

	lockdep_assert_held(&asahi->gem.idle_lock);

	if (list_empty(&bo->idle))
		return;
	list_del_init(&bo->idle);
	asahi->gem.n_idle -= bo->backing.n_pages;
}

/* Afterwards the shrinker does not know the object, or has taken its memory already. */
static void idle_remove(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = bo_to_asahi(bo);

	mutex_lock(&asahi->gem.idle_lock);
	idle_remove_locked(bo);
	mutex_unlock(&asahi->gem.idle_lock);
}

static void idle_add(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = bo_to_asahi(bo);

	mutex_lock(&asahi->gem.idle_lock);
	list_add_tail(&bo->idle, &asahi->gem.idle);
	asahi->gem.n_idle += bo->backing.n_pages;
	mutex_unlock(&asahi->gem.idle_lock);
}

/**
 * asahi_gem_pin() - use the memory of an object
 * @bo: gets its memory, if it has none; one that is imported has it from elsewhere
 *
 * Undone by as many asahi_gem_unpin().
 *
 * Context: may sleep, may take long; a fatal signal ends it.
 * Return: 0, -ENOMEM, or -EINTR.
 */
int asahi_gem_pin(struct asahi_gem_object *bo)
{
	int ret = 0;

	if (bo->base.import_attach)
		return 0;

	mutex_lock(&bo->pages_lock);
	if (!bo->n_pins)
		idle_remove(bo);
	if (!bo->backing.n_pages)
		ret = pages_populate(bo);
	if (!ret)
		bo->n_pins++;
	mutex_unlock(&bo->pages_lock);
	return ret;
}

/**
 * asahi_gem_pin_again() - another user, which cannot fail
 * @bo: pinned by the caller, who may unpin it before this user does
 */
void asahi_gem_pin_again(struct asahi_gem_object *bo)
{
	if (bo->base.import_attach)
		return;

	mutex_lock(&bo->pages_lock);
	drm_WARN_ON(bo->base.dev, !bo->n_pins);
	bo->n_pins++;
	mutex_unlock(&bo->pages_lock);
}

/**
 * asahi_gem_unpin() - undo one asahi_gem_pin() or asahi_gem_pin_again()
 * @bo: its memory may go afterwards; a device that still reaches it has made it a leak before
 */
void asahi_gem_unpin(struct asahi_gem_object *bo)
{
	if (bo->base.import_attach)
		return;

	mutex_lock(&bo->pages_lock);
	if (!drm_WARN_ON(bo->base.dev, !bo->n_pins) && !--bo->n_pins && !READ_ONCE(bo->leak))
		idle_add(bo);
	mutex_unlock(&bo->pages_lock);
}

/**
 * asahi_gem_revoke_pages() - no more of the DMA API for an object
 * @bo: not imported; no device reaches it
 */
void asahi_gem_revoke_pages(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = bo_to_asahi(bo);

	mutex_lock(&bo->pages_lock);
	mutex_lock(&asahi->gem.idle_lock);
	bo->gone = true;
	if (bo->sgt)
		dma_unmap_sgtable(asahi->drm.dev, bo->sgt, DMA_BIDIRECTIONAL, 0);
	bo->sgt = NULL;
	mutex_unlock(&asahi->gem.idle_lock);
	mutex_unlock(&bo->pages_lock);
}

/**
 * asahi_gem_free_pages() - the end of an object's memory
 * @bo: on its way out
 */
void asahi_gem_free_pages(struct asahi_gem_object *bo)
{
	drm_WARN_ON(bo->base.dev, bo->n_pins && !bo->leak);

	idle_remove(bo);
	if (bo->backing.n_pages && !bo->leak)
		pages_release(bo);
}

/* Shrinker */

static bool page_is_zero(struct page *page)
{
	void *vaddr = kmap_local_page(page);
	bool zero = !memchr_inv(vaddr, 0, PAGE_SIZE);

	kunmap_local(vaddr);
	return zero;
}

static bool pages_are_zero(struct asahi_gem_object *bo)
{
	struct device *dev = bo->base.dev->dev;
	unsigned long i;

	if (bo->sgt)
		dma_sync_sgtable_for_cpu(dev, bo->sgt, DMA_BIDIRECTIONAL);
	for (i = 0; i < bo->backing.n_pages; i++) {
		if (!page_is_zero(bo->backing.pages[i]))
			break;
		cond_resched();
	}
	if (bo->sgt)
		dma_sync_sgtable_for_device(dev, bo->sgt, DMA_BIDIRECTIONAL);

	return i == bo->backing.n_pages;
}

/* What has contents is off the list until somebody has used it again. */
static unsigned long shrink_one(struct asahi_gem_object *bo)
{
	unsigned long n_pages = bo->backing.n_pages;

	idle_remove_locked(bo);
	if (!pages_are_zero(bo))
		return 0;

	pages_release(bo);
	return n_pages;
}

static unsigned long gem_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct asahi_device *asahi = shrinker->private_data;

	return READ_ONCE(asahi->gem.n_idle) ?: SHRINK_EMPTY;
}

static unsigned long gem_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct asahi_device *asahi = shrinker->private_data;
	unsigned long n_freed = 0, n_scanned = 0;
	struct asahi_gem_object *bo;

	if (!mutex_trylock(&asahi->gem.idle_lock))
		return SHRINK_STOP;

	while (n_scanned < sc->nr_to_scan && !list_empty(&asahi->gem.idle)) {
		bo = list_first_entry(&asahi->gem.idle, struct asahi_gem_object, idle);
		n_scanned += bo->backing.n_pages;
		n_freed += shrink_one(bo);
	}
	asahi->gem.n_shrunk += n_freed;
	mutex_unlock(&asahi->gem.idle_lock);

	/* It would be asked again and again until it has scanned what it was asked to. */
	if (!n_scanned)
		return SHRINK_STOP;
	sc->nr_scanned = n_scanned;
	return n_freed;
}

static void pages_fini_device(struct drm_device *drm, void *data)
{
	struct asahi_device *asahi = to_asahi_device(drm);

	shrinker_free(data);
	mutex_destroy(&asahi->gem.idle_lock);
}

/**
 * asahi_pages_init_device() - start to give memory back when there is little
 * @asahi: the device, without objects; it ends with the DRM device
 *
 * Return: 0 or -ENOMEM.
 */
int asahi_pages_init_device(struct asahi_device *asahi)
{
	struct shrinker *shrinker = shrinker_alloc(0, "drm-asahi-gem");

	if (!shrinker)
		return -ENOMEM;

	mutex_init(&asahi->gem.idle_lock);
	INIT_LIST_HEAD(&asahi->gem.idle);
	shrinker->count_objects = gem_shrink_count;
	shrinker->scan_objects = gem_shrink_scan;
	shrinker->private_data = asahi;
	shrinker_register(shrinker);
	return drmm_add_action_or_reset(&asahi->drm, pages_fini_device, shrinker);
}
