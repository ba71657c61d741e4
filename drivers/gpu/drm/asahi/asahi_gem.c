// SPDX-License-Identifier: GPL-2.0
/*
 * Buffer objects.
 *
 * An object's memory comes with its first use, in blocks that fit the IOMMU page
 * (asahi_pages.c). It is reachable for the hardware only while somebody has it mapped
 * (asahi_gem_map()): a framebuffer as long as it exists, a ring as long as it
 * is in use. The DMA API is called on the DRM parent, which has no IOMMU, and
 * for nothing but cache maintenance.
 */

#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/iosys-map.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include <drm/drm_drv.h>
#include <drm/drm_mode.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>

#include <kunit/visibility.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_file.h"
#include "asahi_gem.h"
#include "asahi_mmu.h"
#include "asahi_pages.h"

/* Keeps every line on its own cache lines, and what most clients ask for anyway. */
#define ASAHI_DUMB_PITCH_ALIGN	64

/* Of the GPU, whatever the CPU's is. */
#define ASAHI_GEM_GPU_PAGE	SZ_16K

/* A fault maps this many pages around the one that was touched. */
#define ASAHI_FAULT_AROUND	16

static const struct drm_gem_object_funcs asahi_gem_funcs;

/*
 * Objects with contents are never swapped out, so the sum of all is limited to
 * half of the memory: user space gets -ENOMEM before the machine is in trouble.
 */
static int gem_charge(struct asahi_device *asahi, unsigned long n_pages)
{
	if (atomic_long_add_return(n_pages, &asahi->gem.n_pages) <= totalram_pages() / 2)
		return 0;

	atomic_long_sub(n_pages, &asahi->gem.n_pages);
	return -ENOMEM;
}

static void gem_uncharge(struct asahi_device *asahi, unsigned long n_pages)
{
	atomic_long_sub(n_pages, &asahi->gem.n_pages);
}

static struct asahi_gem_object *gem_alloc(struct asahi_device *asahi, size_t size,
					  struct drm_gem_object *vm_root)
{
	struct asahi_gem_object *bo;

	bo = kzalloc(sizeof(*bo), GFP_KERNEL);
	if (!bo)
		return NULL;

	mutex_init(&bo->map_lock);
	mutex_init(&bo->gpuva_lock);
	mutex_init(&bo->pages_lock);
	INIT_LIST_HEAD(&bo->idle);
	INIT_LIST_HEAD(&bo->link);
	bo->base.funcs = &asahi_gem_funcs;
	if (vm_root) {
		drm_gem_object_get(vm_root);
		bo->vm_root = vm_root;
		bo->base.resv = vm_root->resv;
	}
	drm_gem_private_object_init(&asahi->drm, &bo->base, size);
	asahi_gem_gpuva_set_lock(&bo->base, &bo->gpuva_lock);

	return bo;
}

static void gem_publish(struct asahi_device *asahi, struct asahi_gem_object *bo)
{
	mutex_lock(&asahi->gem.lock);
	list_add_tail(&bo->link, &asahi->gem.objects);
	mutex_unlock(&asahi->gem.lock);
}

static int gem_init_own(struct asahi_device *asahi, struct asahi_gem_object *bo)
{
	unsigned long n_pages = PFN_UP(bo->base.size);
	int ret;

	n_pages = ALIGN(n_pages, asahi_pages_granule(asahi) >> PAGE_SHIFT);
	ret = gem_charge(asahi, n_pages);
	if (ret)
		return ret;

	bo->n_charged = n_pages;
	bo->wc = !asahi->coherent;
	bo->fits = true;
	return 0;
}

/**
 * asahi_gem_create_private() - a new object for one address space
 * @asahi: the device, with its mmu
 * @size: bytes, rounded up to CPU pages
 * @vm_root: of that address space, its reservation is shared; NULL: the object is for anybody
 *
 * Return: as asahi_gem_create().
 */
struct asahi_gem_object *asahi_gem_create_private(struct asahi_device *asahi, size_t size,
						  struct drm_gem_object *vm_root)
{
	struct asahi_gem_object *bo;
	int ret;

	if (!size || size > SIZE_MAX - PAGE_SIZE)
		return ERR_PTR(-EINVAL);

	bo = gem_alloc(asahi, PAGE_ALIGN(size), vm_root);
	if (!bo)
		return ERR_PTR(-ENOMEM);

	ret = gem_init_own(asahi, bo);
	ret = ret ?: drm_gem_create_mmap_offset(&bo->base);
	if (ret)
		goto err_put;

	gem_publish(asahi, bo);
	return bo;

err_put:
	drm_gem_object_put(&bo->base);
	return ERR_PTR(ret);
}

/**
 * asahi_gem_create() - a new object, which reads as zero
 * @asahi: the device, with its mmu
 * @size: bytes, rounded up to CPU pages
 *
 * Return: the object with one reference, or an ERR_PTR: -EINVAL for no size or
 * one that overflows, -ENOMEM.
 */
struct asahi_gem_object *asahi_gem_create(struct asahi_device *asahi, size_t size)
{
	return asahi_gem_create_private(asahi, size, NULL);
}

/* Last user of the mapping; after a failed unmap the memory stays reachable. */
static void gem_unmap_locked(struct asahi_gem_object *bo)
{
	lockdep_assert_held(&bo->map_lock);

	if (bo->mapping && asahi_mmu_unmap(bo->mapping))
		bo->leak = true;
	bo->mapping = NULL;
}

/* The hardware lets go of the object; the CPU keeps it. */
static void gem_revoke(struct asahi_gem_object *bo)
{
	struct drm_gem_object *obj = &bo->base;

	mutex_lock(&bo->map_lock);
	gem_unmap_locked(bo);
	if (bo->sgt && obj->import_attach)
		dma_buf_unmap_attachment_unlocked(obj->import_attach, bo->sgt, DMA_BIDIRECTIONAL);
	if (obj->import_attach)
		bo->sgt = NULL;
	else
		asahi_gem_revoke_pages(bo);
	mutex_unlock(&bo->map_lock);
}

/* The leak of an object stays charged. */
static void gem_free_own(struct asahi_device *asahi, struct asahi_gem_object *bo)
{
	asahi_gem_free_pages(bo);
	if (!bo->leak)
		gem_uncharge(asahi, bo->n_charged);
}

static void asahi_gem_free(struct drm_gem_object *obj)
{
	struct asahi_device *asahi = to_asahi_device(obj->dev);
	struct asahi_gem_object *bo = to_asahi_gem(obj);

	drm_WARN_ON(obj->dev, bo->map_count);
	drm_WARN_ON(obj->dev, bo->vmap.count);

	mutex_lock(&asahi->gem.lock);
	list_del(&bo->link);
	mutex_unlock(&asahi->gem.lock);

	gem_revoke(bo);
	if (obj->import_attach)
		drm_prime_gem_destroy(obj, NULL);
	else
		gem_free_own(asahi, bo);

	drm_gem_object_release(obj);
	if (bo->vm_root)
		drm_gem_object_put(bo->vm_root);
	mutex_destroy(&bo->pages_lock);
	mutex_destroy(&bo->gpuva_lock);
	mutex_destroy(&bo->map_lock);
	kfree(bo);
}

/* Whoever gets at the memory of an address space could get at its fences, too. */
static struct dma_buf *asahi_gem_export(struct drm_gem_object *obj, int flags)
{
	if (to_asahi_gem(obj)->vm_root)
		return ERR_PTR(-EINVAL);

	return drm_gem_prime_export(obj, flags);
}

/* Names (GEM_FLINK) are another way out, which DRM leaves open; so the other end is shut. */
static int asahi_gem_open(struct drm_gem_object *obj, struct drm_file *file)
{
	struct drm_gem_object *vm_root = to_asahi_gem(obj)->vm_root;

	return !vm_root || asahi_file_has_root(file, vm_root) ? 0 : -EPERM;
}

static void asahi_gem_close(struct drm_gem_object *obj, struct drm_file *file)
{
	asahi_file_close_object(file, to_asahi_gem(obj));
}

static enum drm_gem_object_status asahi_gem_status(struct drm_gem_object *obj)
{
	/* Imported memory is counted where it comes from. */
	return READ_ONCE(to_asahi_gem(obj)->backing.n_pages) ? DRM_GEM_OBJECT_RESIDENT : 0;
}

static void asahi_gem_print_info(struct drm_printer *p, unsigned int indent,
				 const struct drm_gem_object *obj)
{
	const struct asahi_gem_object *bo = container_of(obj, struct asahi_gem_object, base);

	drm_printf_indent(p, indent, "map_count=%u\n", READ_ONCE(bo->map_count));
	drm_printf_indent(p, indent, "pins=%u\n", READ_ONCE(bo->n_pins));
}

/* For importers: the memory stays as long as one is attached. */
static int asahi_gem_obj_pin(struct drm_gem_object *obj)
{
	return asahi_gem_pin(to_asahi_gem(obj));
}

static void asahi_gem_obj_unpin(struct drm_gem_object *obj)
{
	asahi_gem_unpin(to_asahi_gem(obj));
}

static struct sg_table *asahi_gem_get_sg_table(struct drm_gem_object *obj)
{
	struct asahi_gem_object *bo = to_asahi_gem(obj);

	/* The importer's own table; it maps it for its own device. */
	return drm_prime_pages_to_sg(obj->dev, bo->backing.pages, PFN_DOWN(obj->size));
}

static int gem_vmap_first(struct asahi_gem_object *bo)
{
	int ret;

	ret = asahi_gem_pin(bo);
	if (ret)
		return ret;

	bo->vmap.vaddr = vmap(bo->backing.pages, PFN_DOWN(bo->base.size), VM_MAP,
			      bo->wc ? pgprot_writecombine(PAGE_KERNEL) : PAGE_KERNEL);
	if (bo->vmap.vaddr)
		return 0;

	asahi_gem_unpin(bo);
	return -ENOMEM;
}

static int asahi_gem_vmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct asahi_gem_object *bo = to_asahi_gem(obj);
	int ret = 0;

	dma_resv_assert_held(obj->resv);

	if (obj->import_attach)
		return dma_buf_vmap(obj->import_attach->dmabuf, map);

	if (!bo->vmap.count)
		ret = gem_vmap_first(bo);
	if (ret)
		return ret;

	bo->vmap.count++;
	iosys_map_set_vaddr(map, bo->vmap.vaddr);
	return 0;
}

static void asahi_gem_vunmap(struct drm_gem_object *obj, struct iosys_map *map)
{
	struct asahi_gem_object *bo = to_asahi_gem(obj);

	dma_resv_assert_held(obj->resv);

	if (obj->import_attach) {
		dma_buf_vunmap(obj->import_attach->dmabuf, map);
		return;
	}

	if (drm_WARN_ON(obj->dev, !bo->vmap.count))
		return;

	if (--bo->vmap.count)
		return;

	vunmap(bo->vmap.vaddr);
	bo->vmap.vaddr = NULL;
	asahi_gem_unpin(bo);
}

static vm_fault_t gem_insert_page(struct vm_fault *vmf, unsigned long base, unsigned long index)
{
	struct vm_area_struct *vma = vmf->vma;
	struct asahi_gem_object *bo = to_asahi_gem(vma->vm_private_data);

	return vmf_insert_pfn(vma, vma->vm_start + ((index - base) << PAGE_SHIFT),
			      page_to_pfn(bo->backing.pages[index]));
}

static vm_fault_t asahi_gem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct asahi_gem_object *bo = to_asahi_gem(vma->vm_private_data);
	unsigned long n_pages = PFN_DOWN(bo->base.size);
	/* Pages of the object: where this, perhaps split, area begins, and where the fault is. */
	unsigned long base = vma->vm_pgoff - drm_vma_node_start(&bo->base.vma_node);
	unsigned long index = vmf->pgoff - drm_vma_node_start(&bo->base.vma_node);
	unsigned long i, end;
	vm_fault_t ret;

	if (index >= n_pages || base > index)
		return VM_FAULT_SIGBUS;

	ret = gem_insert_page(vmf, base, index);
	if (ret != VM_FAULT_NOPAGE)
		return ret;

	i = max(ALIGN_DOWN(index, ASAHI_FAULT_AROUND), base);
	end = min3(ALIGN(index + 1, ASAHI_FAULT_AROUND), n_pages, base + vma_pages(vma));
	for (; i < end; i++) {
		if (gem_insert_page(vmf, base, i) != VM_FAULT_NOPAGE)
			break;
	}

	return VM_FAULT_NOPAGE;
}

/* An area that was split or inherited; the one that it comes from is there, too. */
static void asahi_gem_vm_open(struct vm_area_struct *vma)
{
	asahi_gem_pin_again(to_asahi_gem(vma->vm_private_data));
	drm_gem_vm_open(vma);
}

static void asahi_gem_vm_close(struct vm_area_struct *vma)
{
	asahi_gem_unpin(to_asahi_gem(vma->vm_private_data));
	drm_gem_vm_close(vma);
}

static const struct vm_operations_struct asahi_gem_vm_ops = {
	.fault = asahi_gem_fault,
	.open = asahi_gem_vm_open,
	.close = asahi_gem_vm_close,
};

static int gem_mmap_import(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	int ret;

	/* The exporter sets its own; ours must not stay if it does not. */
	vma->vm_private_data = NULL;
	vma->vm_ops = NULL;

	ret = dma_buf_mmap(obj->import_attach->dmabuf, vma, 0);
	if (!ret)
		drm_gem_object_put(obj);

	return ret;
}

static int asahi_gem_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	struct asahi_gem_object *bo = to_asahi_gem(obj);
	int ret;

	if (obj->import_attach)
		return gem_mmap_import(obj, vma);

	if (is_cow_mapping(vma->vm_flags))
		return -EINVAL;
	ret = asahi_gem_pin(bo);
	if (ret)
		return ret;

	vm_flags_set(vma, VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	vma->vm_page_prot = vm_get_page_prot(vma->vm_flags);
	if (bo->wc)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);

	return 0;
}

static const struct drm_gem_object_funcs asahi_gem_funcs = {
	.free = asahi_gem_free,
	.open = asahi_gem_open,
	.close = asahi_gem_close,
	.export = asahi_gem_export,
	.status = asahi_gem_status,
	.print_info = asahi_gem_print_info,
	.pin = asahi_gem_obj_pin,
	.unpin = asahi_gem_obj_unpin,
	.get_sg_table = asahi_gem_get_sg_table,
	.vmap = asahi_gem_vmap,
	.vunmap = asahi_gem_vunmap,
	.mmap = asahi_gem_mmap,
	.vm_ops = &asahi_gem_vm_ops,
};

/* Pitch and size of a dumb buffer; -EINVAL for nothing, -EOVERFLOW for too much. */
VISIBLE_IF_KUNIT int asahi_dumb_layout(u32 width, u32 height, u32 bpp, u32 *pitch, u64 *size)
{
	u64 bytes = DIV_ROUND_UP_ULL((u64)width * bpp, 8);

	if (!width || !height || !bpp)
		return -EINVAL;
	if (bytes > U32_MAX - ASAHI_DUMB_PITCH_ALIGN)
		return -EOVERFLOW;

	*pitch = ALIGN(bytes, ASAHI_DUMB_PITCH_ALIGN);
	*size = (u64)*pitch * height;
	if (*size > SSIZE_MAX - PAGE_SIZE)
		return -EOVERFLOW;

	*size = PAGE_ALIGN(*size);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_dumb_layout);

/**
 * asahi_gem_dumb_create() - &drm_driver.dumb_create
 * @file: who gets the handle
 * @drm: the device
 * @args: of the ioctl; pitch, size and handle are filled in
 *
 * Return: 0, or what asahi_dumb_layout() and asahi_gem_create() say.
 */
int asahi_gem_dumb_create(struct drm_file *file, struct drm_device *drm,
			  struct drm_mode_create_dumb *args)
{
	struct asahi_gem_object *bo;
	int ret;

	ret = asahi_dumb_layout(args->width, args->height, args->bpp, &args->pitch, &args->size);
	if (ret)
		return ret;

	bo = asahi_gem_create(to_asahi_device(drm), args->size);
	if (IS_ERR(bo))
		return PTR_ERR(bo);

	ret = drm_gem_handle_create(file, &bo->base, &args->handle);
	/* The handle has its own reference. */
	drm_gem_object_put(&bo->base);

	return ret;
}

static bool sgt_covers(const struct sg_table *sgt, size_t size)
{
	struct scatterlist *sg;
	size_t total = 0;
	unsigned int i;

	for_each_sgtable_sg(sgt, sg, i)
		total += sg->length;

	return total >= size;
}

/**
 * asahi_gem_prime_import_sg_table() - &drm_driver.gem_prime_import_sg_table
 * @drm: the device
 * @attach: of the dma-buf to the DRM parent
 * @sgt: the exporter's memory
 *
 * Memory that does not fit the granule is let in, since CPU access and passing
 * it on work; asahi_gem_map() refuses it.
 *
 * Return: the object, or an ERR_PTR: -EINVAL if the table is shorter than the
 * buffer, -ENOMEM.
 */
struct drm_gem_object *asahi_gem_prime_import_sg_table(struct drm_device *drm,
						       struct dma_buf_attachment *attach,
						       struct sg_table *sgt)
{
	struct asahi_device *asahi = to_asahi_device(drm);
	size_t size = PAGE_ALIGN(attach->dmabuf->size);
	struct asahi_gem_object *bo;
	size_t total;
	int ret;

	if (!size || !sgt_covers(sgt, attach->dmabuf->size)) {
		drm_dbg_prime(drm, "dma-buf of %zu bytes has less memory\n", attach->dmabuf->size);
		return ERR_PTR(-EINVAL);
	}

	bo = gem_alloc(asahi, size, NULL);
	if (!bo)
		return ERR_PTR(-ENOMEM);

	ret = drm_gem_create_mmap_offset(&bo->base);
	if (ret) {
		drm_gem_object_put(&bo->base);
		return ERR_PTR(ret);
	}

	bo->sgt = sgt;
	bo->fits = !asahi_sgt_check(sgt, asahi_pages_granule(asahi), &total);
	gem_publish(asahi, bo);
	return &bo->base;
}

/**
 * asahi_gem_map() - make an object reachable for all members of the domain
 * @bo: the object
 * @prot: IOMMU_READ, IOMMU_WRITE; what the first caller asks for is what counts
 *
 * Counted; undone by as many asahi_gem_unmap().
 *
 * Context: may sleep.
 * Return: 0, -EINVAL if the memory does not fit the IOMMU page, -ENODEV if the
 * hardware is gone, or what asahi_gem_pin() and asahi_mmu_map() say.
 */
int asahi_gem_map(struct asahi_gem_object *bo, int prot)
{
	struct asahi_device *asahi = to_asahi_device(bo->base.dev);
	struct asahi_mapping *mapping;
	int ret;

	ret = asahi_gem_pin(bo);
	if (ret)
		return ret;
	if (asahi->coherent)
		prot |= IOMMU_CACHE;

	mutex_lock(&bo->map_lock);
	if (!bo->sgt) {
		ret = -ENODEV;
		goto out_unlock;
	}

	if (!bo->map_count) {
		mapping = asahi_mmu_map(asahi->mmu, bo->sgt, prot);
		if (IS_ERR(mapping)) {
			ret = PTR_ERR(mapping);
			goto out_unlock;
		}
		bo->mapping = mapping;
	}
	bo->map_count++;

out_unlock:
	mutex_unlock(&bo->map_lock);
	if (ret)
		asahi_gem_unpin(bo);
	return ret;
}

/**
 * asahi_gem_unmap() - undo one asahi_gem_map()
 * @bo: the object
 *
 * Context: may sleep.
 */
void asahi_gem_unmap(struct asahi_gem_object *bo)
{
	mutex_lock(&bo->map_lock);
	if (drm_WARN_ON(bo->base.dev, !bo->map_count)) {
		mutex_unlock(&bo->map_lock);
		return;
	}
	if (!--bo->map_count)
		gem_unmap_locked(bo);
	mutex_unlock(&bo->map_lock);
	asahi_gem_unpin(bo);
}

/**
 * asahi_gem_map_writable() - a second mapping of an object, that members may write to
 * @bo: the object, mapped by asahi_gem_map(); to be kept until the mapping has gone
 *
 * Undone by asahi_gem_unmap_writable().
 *
 * Context: may sleep.
 * Return: the mapping, or an ERR_PTR with -ENODEV if the hardware is gone, or
 * with what asahi_mmu_map() says.
 */
struct asahi_mapping *asahi_gem_map_writable(struct asahi_gem_object *bo)
{
	struct asahi_device *asahi = to_asahi_device(bo->base.dev);
	struct asahi_mapping *mapping = ERR_PTR(-ENODEV);
	int prot = IOMMU_READ | IOMMU_WRITE;

	if (asahi->coherent)
		prot |= IOMMU_CACHE;

	mutex_lock(&bo->map_lock);
	if (bo->sgt)
		mapping = asahi_mmu_map(asahi->mmu, bo->sgt, prot);
	mutex_unlock(&bo->map_lock);

	return mapping;
}

/**
 * asahi_gem_unmap_writable() - undo asahi_gem_map_writable()
 * @bo: the object
 * @mapping: of it; no member writes any more
 *
 * Context: may sleep.
 */
void asahi_gem_unmap_writable(struct asahi_gem_object *bo, struct asahi_mapping *mapping)
{
	mutex_lock(&bo->map_lock);
	if (asahi_mmu_unmap(mapping))
		bo->leak = true;
	mutex_unlock(&bo->map_lock);
}

/**
 * asahi_gem_iova() - where the members see an object
 * @bo: mapped by the caller, so the address cannot change
 *
 * Return: the IOVA, or 0, which is never one, if the hardware is gone.
 */
u64 asahi_gem_iova(const struct asahi_gem_object *bo)
{
	const struct asahi_mapping *mapping = READ_ONCE(bo->mapping);

	return mapping ? asahi_mapping_iova(mapping) : 0;
}

/**
 * asahi_gem_create_kernel() - an object for the driver's own use
 * @asahi: the device
 * @size: bytes
 * @prot: what the members may do
 *
 * It is mapped for the members, and for the CPU at &asahi_gem_object.vmap.
 *
 * Return: the object, for asahi_gem_destroy_kernel(), or an ERR_PTR.
 */
struct asahi_gem_object *asahi_gem_create_kernel(struct asahi_device *asahi, size_t size, int prot)
{
	struct asahi_gem_object *bo;
	struct iosys_map map;
	int ret;

	bo = asahi_gem_create(asahi, size);
	if (IS_ERR(bo))
		return bo;

	ret = asahi_compat_vmap(&bo->base, &map);
	if (ret)
		goto err_put;

	ret = asahi_gem_map(bo, prot);
	if (ret)
		goto err_vunmap;

	return bo;

err_vunmap:
	asahi_compat_vunmap(&bo->base, &map);
err_put:
	drm_gem_object_put(&bo->base);
	return ERR_PTR(ret);
}

/**
 * asahi_gem_destroy_kernel() - undo asahi_gem_create_kernel()
 * @bo: no member may use it any more
 */
void asahi_gem_destroy_kernel(struct asahi_gem_object *bo)
{
	struct iosys_map map = IOSYS_MAP_INIT_VADDR(bo->vmap.vaddr);

	asahi_gem_unmap(bo);
	asahi_compat_vunmap(&bo->base, &map);
	drm_gem_object_put(&bo->base);
}

/**
 * asahi_gem_leak() - memory that hardware may still reach
 * @bo: never given back from now on
 */
void asahi_gem_leak(struct asahi_gem_object *bo)
{
	mutex_lock(&bo->map_lock);
	bo->leak = true;
	mutex_unlock(&bo->map_lock);
}

static int gem_walk_pages(struct asahi_gem_object *bo, u64 offset, u64 end, asahi_gem_run_fn fn,
			  void *data)
{
	struct page **pages = bo->backing.pages;
	int ret;

	while (offset < end) {
		phys_addr_t pa = page_to_phys(pages[offset >> PAGE_SHIFT]);
		u64 size = ASAHI_GEM_GPU_PAGE;

		while (offset + size < end &&
		       page_to_phys(pages[(offset + size) >> PAGE_SHIFT]) == pa + size)
			size += ASAHI_GEM_GPU_PAGE;
		ret = fn(data, offset, pa, size);
		if (ret)
			return ret;
		offset += size;
	}

	return 0;
}

static int gem_walk_sgt(struct sg_table *sgt, u64 offset, u64 end, asahi_gem_run_fn fn, void *data)
{
	struct scatterlist *sg;
	u64 pos = 0, pa, size;
	unsigned int i;
	int ret;

	for_each_sgtable_sg(sgt, sg, i) {
		u64 first = max(pos, offset);
		u64 last = min(pos + sg->length, end);

		pa = sg_phys(sg) + (first - pos);
		size = first < last ? last - first : 0;
		pos += sg->length;
		if (!size)
			continue;
		ret = fn(data, first, pa, size);
		if (ret)
			return ret;
	}

	return 0;
}

/**
 * asahi_gem_walk() - look at the memory of an object
 * @bo: an object that fits the GPU's page, pinned; the hardware is not gone
 * @offset: in bytes, a multiple of the GPU's page
 * @size: bytes, a multiple of the GPU's page; all of it in the object
 * @fn: called for each piece, in order
 * @data: for @fn
 *
 * The pieces of imported memory may be smaller than the GPU's page; then those that follow
 * continue them.
 *
 * Return: 0, or what @fn says.
 */
int asahi_gem_walk(struct asahi_gem_object *bo, u64 offset, u64 size, asahi_gem_run_fn fn,
		   void *data)
{
	if (bo->base.import_attach)
		return gem_walk_sgt(bo->sgt, offset, offset + size, fn, data);

	return gem_walk_pages(bo, offset, offset + size, fn, data);
}

static struct asahi_gem_object *gem_take_first(struct asahi_device *asahi)
{
	struct asahi_gem_object *bo, *found = NULL;

	mutex_lock(&asahi->gem.lock);
	while (!found && !list_empty(&asahi->gem.objects)) {
		bo = list_first_entry(&asahi->gem.objects, struct asahi_gem_object, link);
		list_del_init(&bo->link);
		/* Without a reference to take it is on its way out, which unmaps it, too. */
		if (kref_get_unless_zero(&bo->base.refcount))
			found = bo;
	}
	mutex_unlock(&asahi->gem.lock);

	return found;
}

/**
 * asahi_gem_revoke_all() - end all use of objects by the hardware
 * @asahi: the device, unplugged; members must be idle
 *
 * Clients may hold objects for long after the hardware is gone. What they keep
 * is memory; no mapping for a device and none of the DMA API.
 */
void asahi_gem_revoke_all(struct asahi_device *asahi)
{
	struct asahi_gem_object *bo;

	while ((bo = gem_take_first(asahi))) {
		gem_revoke(bo);
		drm_gem_object_put(&bo->base);
	}
}

/**
 * asahi_gem_print() - list all objects for a person
 * @asahi: the device
 * @p: where to
 */
void asahi_gem_print(struct asahi_device *asahi, struct drm_printer *p)
{
	struct asahi_gem_object *bo;

	mutex_lock(&asahi->gem.lock);
	drm_printf(p, "%ld pages\n", atomic_long_read(&asahi->gem.n_pages));
	list_for_each_entry(bo, &asahi->gem.objects, link) {
		mutex_lock(&bo->map_lock);
		drm_printf(p, "size %zu handles %u maps %u pins %u iova %#llx%s\n", bo->base.size,
			   READ_ONCE(bo->base.handle_count), bo->map_count, READ_ONCE(bo->n_pins),
			   asahi_gem_iova(bo), bo->base.import_attach ? " imported" : "");
		mutex_unlock(&bo->map_lock);
	}
	mutex_unlock(&asahi->gem.lock);
}
