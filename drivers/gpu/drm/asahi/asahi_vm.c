// SPDX-License-Identifier: GPL-2.0
/*
 * Address spaces of clients.
 *
 * A VM is a paging domain of the GPU, over both of its DARTs, and a drm_gpuvm
 * that knows what is mapped where. VM_BIND has three steps: all operations are
 * copied and checked, then everything that applying them needs is allocated
 * (tables, nodes), then they are applied, which cannot fail. Each instance is
 * flushed once at the end, and only then is memory that was unmapped let go.
 *
 * The tables hold one size of page, so splitting a mapping changes nothing for
 * the parts that stay: a device that uses them notices nothing.
 */

#include <linux/apple-dart.h>
#include <linux/iommu.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_file.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include <kunit/visibility.h>

#include <drm/asahi_drm.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_pages.h"
#include "asahi_stream.h"
#include "asahi_vm.h"

/* Nobody maps page 0; and clients were built for this end, which leaves a page unused above. */
#define VM_START		ASAHI_GPU_PAGE
#define VM_END			0x7fffff8000ULL

/* Kept for the next change. */
#define VM_MAX_SPARE		256

/* What one VM_BIND may ask for: a bound on the kernel memory for its copy. */
#define VM_MAX_OPS		BIT(20)

/* An operation is 32 bytes; all that is beyond has to be looked through for what is not zero. */
#define VM_MAX_STRIDE		SZ_4K

#define BIND_MAP_FLAGS \
	(DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_WRITE | DRM_ASAHI_BIND_SINGLE_PAGE)

/**
 * struct asahi_vma - a mapping
 */
struct asahi_vma {
	/** @base: where it is, and of what. */
	struct drm_gpuva base;
	/** @repeat: the page at the offset fills the range. */
	bool repeat;
	/** @link: in &asahi_vm.spare, or in a list of mappings that were removed. */
	struct list_head link;
};

/**
 * struct bind_op - an operation of VM_BIND, checked
 */
struct bind_op {
	/** @flags: &enum drm_asahi_bind_flags */
	u32 flags;
	/** @addr: GPU address. */
	u64 addr;
	/** @range: bytes, in addresses. */
	u64 range;
	/** @offset: in the object. */
	u64 offset;
	/** @vm_bo: of the object to map, a reference, and pinned; NULL to unmap. */
	struct drm_gpuvm_bo *vm_bo;
};

/**
 * struct bind_job - the operations of one VM_BIND
 */
struct bind_job {
	/** @vm: that is changed. */
	struct asahi_vm *vm;
	/** @ops: in the order in which they are applied. */
	struct bind_op *ops;
	/** @n_ops: of @ops. */
	u32 n_ops;
	/** @n_maps: of them, those that map. */
	u32 n_maps;
	/** @batch: change of the tables; without a domain if there are none. */
	struct dart_batch batch;
	/** @op: being applied. */
	const struct bind_op *op;
	/** @removed: mappings whose memory can be let go after the flush. */
	struct list_head removed;
	/** @error: of what cannot fail. */
	int error;
};

static struct asahi_vma *to_vma(struct drm_gpuva *va)
{
	return container_of(va, struct asahi_vma, base);
}

static struct asahi_vm *to_vm(struct drm_gpuvm *gpuvm)
{
	return container_of(gpuvm, struct asahi_vm, base);
}

/* Nodes */

static int vm_fill_spare(struct asahi_vm *vm, unsigned int n)
{
	struct asahi_vma *vma;

	lockdep_assert_held(&vm->lock);

	while (vm->n_spare < n) {
		vma = kzalloc(sizeof(*vma), GFP_KERNEL_ACCOUNT);
		if (!vma)
			return -ENOMEM;
		list_add(&vma->link, &vm->spare);
		vm->n_spare++;
	}

	return 0;
}

static void vm_trim_spare(struct asahi_vm *vm, unsigned int n)
{
	struct asahi_vma *vma;

	while (vm->n_spare > n) {
		vma = list_first_entry(&vm->spare, struct asahi_vma, link);
		list_del(&vma->link);
		kfree(vma);
		vm->n_spare--;
	}
}

static struct asahi_vma *vm_take_spare(struct asahi_vm *vm)
{
	struct asahi_vma *vma = list_first_entry(&vm->spare, struct asahi_vma, link);

	list_del(&vma->link);
	vm->n_spare--;
	vm->n_maps++;
	memset(vma, 0, sizeof(*vma));
	return vma;
}

/* The object is pinned by the operation, or by the mapping of which this was a part. */
static void vma_link(struct asahi_vma *vma, struct drm_gpuvm_bo *vm_bo)
{
	struct asahi_gem_object *bo = to_asahi_gem(vm_bo->obj);

	asahi_gem_pin_again(bo);
	mutex_lock(asahi_gem_gpuva_lock(bo));
	drm_gpuva_link(&vma->base, vm_bo);
	mutex_unlock(asahi_gem_gpuva_lock(bo));
}

/* May be the last user of the object, but not of the VM. */
static void vm_bo_put(struct drm_gpuvm_bo *vm_bo)
{
	struct drm_gem_object *obj = vm_bo->obj;
	struct asahi_gem_object *bo = to_asahi_gem(obj);

	/* The lock is in the object. */
	drm_gem_object_get(obj);
	mutex_lock(asahi_gem_gpuva_lock(bo));
	drm_gpuvm_bo_put(vm_bo);
	mutex_unlock(asahi_gem_gpuva_lock(bo));
	drm_gem_object_put(obj);
}

static void vma_unlink(struct asahi_vma *vma)
{
	struct drm_gem_object *obj = vma->base.gem.obj;
	struct asahi_gem_object *bo = to_asahi_gem(obj);

	drm_gem_object_get(obj);
	mutex_lock(asahi_gem_gpuva_lock(bo));
	drm_gpuva_unlink(&vma->base);
	mutex_unlock(asahi_gem_gpuva_lock(bo));
	asahi_gem_unpin(bo);
	drm_gem_object_put(obj);
}

/* After the flush. If the tables are not what they should be, memory can still be reached. */
static void vm_drop_removed(struct asahi_vm *vm, struct list_head *removed)
{
	struct asahi_vma *vma, *next;

	list_for_each_entry_safe(vma, next, removed, link) {
		if (vm->broken)
			asahi_gem_leak(to_asahi_gem(vma->base.gem.obj));
		vma_unlink(vma);
		list_move(&vma->link, &vm->spare);
		vm->n_spare++;
	}
	vm_trim_spare(vm, VM_MAX_SPARE);
}

/* Changes of the tables */

static void bind_fail(struct bind_job *job, int error)
{
	if (!job->error)
		drm_err(job->vm->base.drm, "tables of an address space are broken: %d\n", error);
	job->error = error;
	job->vm->broken = true;
}

static void bind_unmap_range(struct bind_job *job, u64 addr, u64 range)
{
	if (job->batch.domain && dart_batch_unmap(&job->batch, addr, range) != range)
		bind_fail(job, -EIO);
}

static void bind_remove_vma(struct bind_job *job, struct asahi_vma *vma)
{
	bind_unmap_range(job, vma->base.va.addr, vma->base.va.range);
	drm_gpuva_remove(&vma->base);
	list_add_tail(&vma->link, &job->removed);
	job->vm->n_maps--;
}

static int bind_prot(const struct asahi_vm *vm, u32 flags)
{
	int prot = 0;

	if (flags & DRM_ASAHI_BIND_READ)
		prot |= IOMMU_READ;
	if (flags & DRM_ASAHI_BIND_WRITE)
		prot |= IOMMU_WRITE;
	if (vm->asahi->coherent)
		prot |= IOMMU_CACHE;

	return prot;
}

/**
 * struct bind_walk - where in the tables a walk over an object is
 */
struct bind_walk {
	/** @job: that it is for. */
	struct bind_job *job;
	/** @delta: address minus offset in the object. */
	u64 delta;
	/** @prot: IOMMU_READ and friends. */
	int prot;
	/** @offset: of a run that is contiguous in memory and not mapped yet. */
	u64 offset;
	/** @pa: where the run is. */
	u64 pa;
	/** @size: of the run; 0 at first. */
	u64 size;
};

static int bind_walk_flush(struct bind_walk *walk)
{
	if (!walk->size)
		return 0;
	return dart_batch_map(&walk->job->batch, walk->offset + walk->delta, walk->pa, walk->size,
			      walk->prot);
}

static int bind_walk_run(void *data, u64 offset, phys_addr_t pa, size_t size)
{
	struct bind_walk *walk = data;
	int ret;

	if (walk->size && walk->pa + walk->size == pa) {
		walk->size += size;
		return 0;
	}

	ret = bind_walk_flush(walk);
	if (ret)
		return ret;

	walk->offset = offset;
	walk->pa = pa;
	walk->size = size;
	return 0;
}

static int bind_find_page(void *data, u64 offset, phys_addr_t pa, size_t size)
{
	u64 *first = data;

	/* Later pieces continue the first: the object fits the page. */
	if (!*first)
		*first = pa;
	return 0;
}

static int bind_map_range(struct bind_job *job, const struct bind_op *op)
{
	struct asahi_gem_object *bo = to_asahi_gem(op->vm_bo->obj);
	struct bind_walk walk = {
		.job = job,
		.delta = op->addr - op->offset,
		.prot = bind_prot(job->vm, op->flags),
		.offset = op->offset,
	};
	u64 pa = 0;
	int ret;

	if (!job->batch.domain)
		return 0;
	if (op->flags & DRM_ASAHI_BIND_SINGLE_PAGE) {
		asahi_gem_walk(bo, op->offset, ASAHI_GPU_PAGE, bind_find_page, &pa);
		return dart_batch_repeat(&job->batch, op->addr, pa, op->range, walk.prot);
	}

	ret = asahi_gem_walk(bo, op->offset, op->range, bind_walk_run, &walk);
	ret = ret ?: bind_walk_flush(&walk);
	/* What comes before the run that failed is mapped. */
	if (ret)
		dart_batch_unmap(&job->batch, op->addr, walk.offset - op->offset);
	return ret;
}

/* Steps of drm_gpuvm */

static int vm_step_map(struct drm_gpuva_op *op, void *priv)
{
	struct bind_job *job = priv;
	struct asahi_vma *vma;
	int ret;

	ret = bind_map_range(job, job->op);
	if (ret) {
		bind_fail(job, ret);
		return ret;
	}

	vma = vm_take_spare(job->vm);
	vma->repeat = job->op->flags & DRM_ASAHI_BIND_SINGLE_PAGE;
	drm_gpuva_map(&job->vm->base, &vma->base, &op->map);
	vma_link(vma, job->op->vm_bo);
	return 0;
}

static int vm_step_unmap(struct drm_gpuva_op *op, void *priv)
{
	bind_remove_vma(priv, to_vma(op->unmap.va));
	return 0;
}

/* Makes @vma what @part says, without a look at the tables. */
static void vma_reinsert(struct asahi_vm *vm, struct asahi_vma *vma,
			 const struct drm_gpuva_op_map *part, u64 offset)
{
	vma->base.va.addr = part->va.addr;
	vma->base.va.range = part->va.range;
	vma->base.gem.offset = offset;
	drm_gpuva_insert(&vm->base, &vma->base);
}

static int vm_step_remap(struct drm_gpuva_op *op, void *priv)
{
	const struct drm_gpuva_op_map *prev = op->remap.prev, *next = op->remap.next;
	struct asahi_vma *vma = to_vma(op->remap.unmap->va), *rest = vma;
	struct bind_job *job = priv;
	struct asahi_vm *vm = job->vm;
	u64 start = vma->base.va.addr, end = start + vma->base.va.range;
	/* Every part of a repeat shows the same page. */
	u64 offset = vma->base.gem.offset;

	if (prev)
		start = prev->va.addr + prev->va.range;
	if (next)
		end = next->va.addr;
	bind_unmap_range(job, start, end - start);

	drm_gpuva_remove(&vma->base);
	if (prev)
		vma_reinsert(vm, vma, prev, offset);
	if (prev && next) {
		rest = vm_take_spare(vm);
		rest->repeat = vma->repeat;
		rest->base.gem.obj = vma->base.gem.obj;
	}
	if (next)
		vma_reinsert(vm, rest, next, vma->repeat ? offset : next->gem.offset);
	if (rest != vma)
		vma_link(rest, vma->base.vm_bo);

	return 0;
}

static void vm_free(struct drm_gpuvm *gpuvm)
{
	struct asahi_vm *vm = to_vm(gpuvm);
	struct asahi_device *asahi = vm->asahi;

	/* One step for asahi_vm_revoke_all(): what it does not find has no hardware any more. */
	mutex_lock(&asahi->vms.lock);
	if (vm->domain)
		asahi_stream_close(vm);
	list_del(&vm->link);
	mutex_unlock(&asahi->vms.lock);

	vm_trim_spare(vm, 0);
	mutex_destroy(&vm->lock);
	kfree(vm);
}

static const struct drm_gpuvm_ops vm_ops = {
	.vm_free = vm_free,
	.sm_step_map = vm_step_map,
	.sm_step_remap = vm_step_remap,
	.sm_step_unmap = vm_step_unmap,
};

/* Creation and end */

/* Can an address space be laid out like this? */
VISIBLE_IF_KUNIT int asahi_layout_check(const struct asahi_va_layout *layout)
{
	if (!IS_ALIGNED(layout->kernel_start | layout->kernel_end, ASAHI_GPU_PAGE))
		return -EINVAL;
	if (layout->kernel_start < layout->start || layout->kernel_end > layout->end ||
	    layout->kernel_start >= layout->kernel_end)
		return -EINVAL;
	if (layout->kernel_end - layout->kernel_start < ASAHI_VM_KERNEL_MIN)
		return -EINVAL;

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_layout_check);

static int vm_init_gpuvm(struct asahi_vm *vm)
{
	struct drm_device *drm = &vm->asahi->drm;
	struct asahi_va_layout *layout = &vm->layout;
	struct drm_gem_object *root;

	root = drm_gpuvm_resv_object_alloc(drm);
	if (!root)
		return -ENOMEM;

	drm_gpuvm_init(&vm->base, "asahi", 0, drm, root, layout->start,
		       layout->end - layout->start, layout->kernel_start,
		       layout->kernel_end - layout->kernel_start, &vm_ops);
	drm_gem_object_put(root);
	return 0;
}

/* Takes over @domain, if that succeeds. */
static struct asahi_vm *vm_alloc(struct asahi_device *asahi, const struct asahi_va_layout *layout,
				 struct iommu_domain *domain)
{
	struct asahi_vm *vm;

	vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	if (!vm)
		return ERR_PTR(-ENOMEM);

	vm->asahi = asahi;
	vm->layout = *layout;
	mutex_init(&vm->lock);
	INIT_LIST_HEAD(&vm->spare);
	if (vm_init_gpuvm(vm)) {
		mutex_destroy(&vm->lock);
		kfree(vm);
		return ERR_PTR(-ENOMEM);
	}

	vm->domain = domain;
	mutex_lock(&asahi->vms.lock);
	list_add_tail(&vm->link, &asahi->vms.list);
	mutex_unlock(&asahi->vms.lock);
	return vm;
}

/**
 * asahi_vm_create() - a new address space
 * @asahi: the device, with a GPU
 * @kernel_start: start of what is kept for the kernel
 * @kernel_end: its end
 *
 * The model's shaders need nothing in the kernel's part, so it stays empty.
 *
 * Return: the VM, for asahi_vm_close() and asahi_vm_put(), or an ERR_PTR: -EINVAL for a kernel part
 * that does not suit, -ENOMEM, or what the IOMMU driver says.
 */
struct asahi_vm *asahi_vm_create(struct asahi_device *asahi, u64 kernel_start, u64 kernel_end)
{
	struct asahi_va_layout layout = asahi->vms.layout;
	struct iommu_domain *domain;
	struct asahi_vm *vm;
	int ret;

	layout.kernel_start = kernel_start;
	layout.kernel_end = kernel_end;
	ret = asahi_layout_check(&layout);
	if (ret)
		return ERR_PTR(ret);

	domain = iommu_paging_domain_alloc(asahi_gpu_dev(asahi->gpu));
	if (IS_ERR(domain))
		return ERR_CAST(domain);

	vm = vm_alloc(asahi, &layout, domain);
	if (IS_ERR(vm))
		iommu_domain_free(domain);
	return vm;
}

/* Begins a change of mappings; without hardware only the books are changed. */
static void bind_begin(struct bind_job *job, struct asahi_vm *vm)
{
	lockdep_assert_held(&vm->lock);

	job->vm = vm;
	INIT_LIST_HEAD(&job->removed);
	if (vm->domain && drm_WARN_ON(vm->base.drm, dart_batch_begin(&job->batch, vm->domain)))
		job->batch.domain = NULL;
}

static void bind_end(struct bind_job *job)
{
	int ret = 0;

	if (job->batch.domain)
		ret = dart_batch_end(&job->batch);
	if (ret && job->vm->domain)
		ret = dart_settle(job->vm->domain);
	if (ret)
		bind_fail(job, ret);
	vm_drop_removed(job->vm, &job->removed);
}

/**
 * asahi_vm_close() - unmap everything, for good
 * @vm: the caller keeps his reference
 *
 * Queues and jobs that still have the VM find nothing mapped.
 */
void asahi_vm_close(struct asahi_vm *vm)
{
	struct drm_gpuva *va, *next;
	struct bind_job job = {};

	mutex_lock(&vm->lock);
	vm->closed = true;
	bind_begin(&job, vm);
	drm_gpuvm_for_each_va_safe(va, next, &vm->base) {
		if (va != &vm->base.kernel_alloc_node)
			bind_remove_vma(&job, to_vma(va));
	}
	bind_end(&job);
	vm_trim_spare(vm, 0);
	mutex_unlock(&vm->lock);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_vm_close);

/**
 * asahi_vm_unmap_object() - the client has no handle of an object any more
 * @vm: its address space
 * @bo: every mapping of it goes
 */
void asahi_vm_unmap_object(struct asahi_vm *vm, struct asahi_gem_object *bo)
{
	struct drm_gpuva *va, *next;
	struct drm_gpuvm_bo *vm_bo;
	struct bind_job job = {};

	mutex_lock(&vm->lock);
	mutex_lock(asahi_gem_gpuva_lock(bo));
	vm_bo = drm_gpuvm_bo_find(&vm->base, &bo->base);
	mutex_unlock(asahi_gem_gpuva_lock(bo));
	if (!vm_bo)
		goto out_unlock;

	bind_begin(&job, vm);
	drm_gpuvm_bo_for_each_va_safe(va, next, vm_bo)
		bind_remove_vma(&job, to_vma(va));
	bind_end(&job);
	vm_bo_put(vm_bo);
out_unlock:
	mutex_unlock(&vm->lock);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_vm_unmap_object);

/* VM_BIND */

/* All of an operation that can be judged without its object. */
VISIBLE_IF_KUNIT int asahi_bind_check(const struct asahi_va_layout *layout,
				      const struct drm_asahi_gem_bind_op *op)
{
	u64 end, offset_end;

	if (!op->range || !IS_ALIGNED(op->addr | op->range | op->offset, ASAHI_GPU_PAGE))
		return -EINVAL;
	if (check_add_overflow(op->addr, op->range, &end) || op->addr < layout->start ||
	    end > layout->end)
		return -EINVAL;
	if (op->addr < layout->kernel_end && end > layout->kernel_start)
		return -EINVAL;

	if (op->flags & DRM_ASAHI_BIND_UNBIND)
		return op->flags != DRM_ASAHI_BIND_UNBIND || op->handle || op->offset ? -EINVAL : 0;
	if (op->flags & ~BIND_MAP_FLAGS ||
	    !(op->flags & (DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_WRITE)))
		return -EINVAL;

	return check_add_overflow(op->offset, op->range, &offset_end) ? -EINVAL : 0;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_bind_check);

static int bind_check_object(const struct asahi_vm *vm, const struct asahi_gem_object *bo,
			     const struct drm_asahi_gem_bind_op *op)
{
	u64 need = op->flags & DRM_ASAHI_BIND_SINGLE_PAGE ? ASAHI_GPU_PAGE : op->range;

	if (op->offset > bo->base.size || need > bo->base.size - op->offset)
		return -EINVAL;
	if (bo->vm_root && bo->vm_root != drm_gpuvm_resv_obj(&vm->base))
		return -EINVAL;
	if (!bo->fits) {
		drm_dbg_driver(vm->base.drm, "memory is not in aligned blocks of 16 KiB\n");
		return -EINVAL;
	}

	return 0;
}

static int bind_get_object(struct asahi_vm *vm, struct drm_file *file, struct bind_op *op,
			   const struct drm_asahi_gem_bind_op *uop)
{
	struct drm_gem_object *obj = drm_gem_object_lookup(file, uop->handle);
	struct asahi_gem_object *bo;
	int ret;

	if (!obj)
		return -ENOENT;

	bo = to_asahi_gem(obj);
	ret = bind_check_object(vm, bo, uop);
	ret = ret ?: asahi_gem_pin(bo);
	if (ret)
		goto out_put;

	mutex_lock(asahi_gem_gpuva_lock(bo));
	op->vm_bo = asahi_gpuvm_bo_obtain(&vm->base, obj);
	mutex_unlock(asahi_gem_gpuva_lock(bo));
	if (IS_ERR(op->vm_bo)) {
		ret = PTR_ERR(op->vm_bo);
		op->vm_bo = NULL;
		asahi_gem_unpin(bo);
	}
out_put:
	drm_gem_object_put(obj);
	return ret;
}

/* One operation from user space; a shorter one reads as zero where it ends. */
static int bind_copy_op(struct bind_job *job, struct drm_file *file, struct bind_op *op,
			u64 uptr, u32 stride)
{
	struct drm_asahi_gem_bind_op uop;
	int ret;

	ret = copy_struct_from_user(&uop, sizeof(uop), u64_to_user_ptr(uptr), stride);
	if (ret)
		return ret;
	ret = asahi_bind_check(&job->vm->layout, &uop);
	if (ret)
		return ret;

	op->flags = uop.flags;
	op->addr = uop.addr;
	op->range = uop.range;
	op->offset = uop.offset;
	if (op->flags & DRM_ASAHI_BIND_UNBIND)
		return 0;

	job->n_maps++;
	return bind_get_object(job->vm, file, op, &uop);
}

static int bind_copy(struct bind_job *job, struct drm_file *file, u64 uptr, u32 n_ops, u32 stride)
{
	u64 size;
	u32 i;
	int ret;

	if (n_ops > VM_MAX_OPS || check_mul_overflow((u64)n_ops, (u64)stride, &size) ||
	    uptr + size < uptr)
		return -EINVAL;
	if (stride > VM_MAX_STRIDE)
		return -E2BIG;

	job->ops = kvcalloc(n_ops, sizeof(*job->ops), GFP_KERNEL_ACCOUNT);
	if (!job->ops)
		return -ENOMEM;

	for (i = 0; i < n_ops; i++) {
		job->n_ops = i + 1;
		ret = bind_copy_op(job, file, &job->ops[i], uptr + (u64)i * stride, stride);
		if (ret)
			return ret;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}

	return 0;
}

static void bind_cleanup(struct bind_job *job)
{
	u32 i;

	for (i = 0; i < job->n_ops; i++) {
		if (!job->ops[i].vm_bo)
			continue;
		asahi_gem_unpin(to_asahi_gem(job->ops[i].vm_bo->obj));
		vm_bo_put(job->ops[i].vm_bo);
	}
	kvfree(job->ops);
}

/* What applying needs: for each operation a split, and for each that maps a mapping. */
static int bind_reserve(struct bind_job *job)
{
	u32 i;
	int ret;

	ret = vm_fill_spare(job->vm, job->n_ops + job->n_maps);
	for (i = 0; i < job->n_ops && !ret; i++) {
		if (job->ops[i].vm_bo && job->batch.domain)
			ret = dart_batch_reserve(&job->batch, job->ops[i].addr, job->ops[i].range);
		if (fatal_signal_pending(current))
			ret = -EINTR;
	}

	return ret;
}

static void bind_apply(struct bind_job *job)
{
	struct drm_gpuvm *gpuvm = &job->vm->base;
	const struct bind_op *op;

	for (op = job->ops; op < job->ops + job->n_ops && !job->error; op++) {
		job->op = op;
		if (op->vm_bo)
			asahi_gpuvm_sm_map(gpuvm, job, op->addr, op->range, op->vm_bo->obj,
					   op->offset);
		else
			drm_gpuvm_sm_unmap(gpuvm, job, op->addr, op->range);
	}
}

static int bind_locked(struct bind_job *job)
{
	struct asahi_vm *vm = job->vm;
	int ret;

	lockdep_assert_held(&vm->lock);

	if (vm->closed)
		return -ENOENT;
	if (vm->broken)
		return -EIO;
	if (!vm->domain)
		return -ENODEV;

	bind_begin(job, vm);
	ret = bind_reserve(job);
	if (!ret)
		bind_apply(job);
	bind_end(job);
	return ret ?: job->error;
}

/**
 * asahi_vm_bind() - map and unmap
 * @vm: address space
 * @file: that handles belong to
 * @ops: user address of &struct drm_asahi_gem_bind_op
 * @n_ops: number of them
 * @stride: bytes from one to the next, not zero
 *
 * All or nothing.
 *
 * Return: 0; -EINVAL for an operation that breaks a rule; -E2BIG for one that is longer than known
 * and not zero there, or longer than 4 KiB; -ENOENT for an unknown handle; -EFAULT; -ENOMEM; -EINTR
 * for a caller that is being killed; -ENODEV if the hardware is gone; -EIO if the hardware has not
 * obeyed: the VM is useless then.
 */
int asahi_vm_bind(struct asahi_vm *vm, struct drm_file *file, u64 ops, u32 n_ops, u32 stride)
{
	struct bind_job job = { .vm = vm };
	int ret;

	ret = bind_copy(&job, file, ops, n_ops, stride);
	if (!ret) {
		mutex_lock(&vm->lock);
		ret = bind_locked(&job);
		mutex_unlock(&vm->lock);
	}
	bind_cleanup(&job);
	return ret;
}

/* The device */

/**
 * asahi_vm_init_device() - find out what addresses the GPU has
 * @asahi: the device, with its GPU attached to the driver's domain
 *
 * Return: 0, -ENODEV if the DARTs do not suit a GPU, or what the IOMMU driver says.
 */
int asahi_vm_init_device(struct asahi_device *asahi)
{
	struct asahi_va_layout *layout = &asahi->vms.layout;
	struct iommu_domain *domain;
	u64 first, last, granule;

	domain = iommu_paging_domain_alloc(asahi_gpu_dev(asahi->gpu));
	if (IS_ERR(domain))
		return PTR_ERR(domain);

	granule = 1ull << __ffs(domain->pgsize_bitmap);
	first = domain->geometry.aperture_start;
	last = domain->geometry.aperture_end;
	iommu_domain_free(domain);

	layout->start = max(VM_START, ALIGN(first, ASAHI_GPU_PAGE));
	layout->end = last < VM_END ? ALIGN_DOWN(last, ASAHI_GPU_PAGE) : VM_END;
	if (granule > ASAHI_GPU_PAGE || layout->end <= layout->start ||
	    layout->end - layout->start < 2 * ASAHI_VM_KERNEL_MIN) {
		drm_err(&asahi->drm, "address spaces %#llx..%#llx, %llu KiB pages: of no use\n",
			first, last, granule >> 10);
		return -ENODEV;
	}

	return 0;
}

/**
 * asahi_vm_revoke_all() - take the hardware away from all address spaces
 * @asahi: the device; the GPU has stopped
 */
void asahi_vm_revoke_all(struct asahi_device *asahi)
{
	struct asahi_vm *vm;

	mutex_lock(&asahi->vms.lock);
	list_for_each_entry(vm, &asahi->vms.list, link) {
		mutex_lock(&vm->lock);
		asahi_stream_close(vm);
		mutex_unlock(&vm->lock);
	}
	mutex_unlock(&asahi->vms.lock);
}

/**
 * asahi_vm_print() - count the address spaces for a person
 * @asahi: the device
 * @p: where to
 */
void asahi_vm_print(struct asahi_device *asahi, struct drm_printer *p)
{
	unsigned int n_vms = 0, n_broken = 0;
	unsigned long n_maps = 0;
	struct asahi_vm *vm;

	mutex_lock(&asahi->vms.lock);
	list_for_each_entry(vm, &asahi->vms.list, link) {
		n_vms++;
		n_maps += READ_ONCE(vm->n_maps);
		n_broken += READ_ONCE(vm->broken);
	}
	mutex_unlock(&asahi->vms.lock);
	drm_printf(p, "vms %u\nmappings %lu\nbroken_vms %u\n", n_vms, n_maps, n_broken);
}

#if IS_ENABLED(CONFIG_KUNIT)
/* For tests of what drm_gpuvm is told: address spaces without tables, operations without ioctl. */

struct asahi_vm *asahi_vm_create_bare(struct asahi_device *asahi)
{
	return vm_alloc(asahi, &asahi->vms.layout, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_vm_create_bare);

int asahi_vm_apply_one(struct asahi_vm *vm, const struct drm_asahi_gem_bind_op *uop,
		       struct asahi_gem_object *bo)
{
	struct bind_op op = {
		.flags = uop->flags,
		.addr = uop->addr,
		.range = uop->range,
		.offset = uop->offset,
	};
	struct bind_job job = { .vm = vm, .ops = &op, .n_ops = 1, .n_maps = !!bo };
	int ret;

	if (bo) {
		mutex_lock(asahi_gem_gpuva_lock(bo));
		op.vm_bo = asahi_gpuvm_bo_obtain(&vm->base, &bo->base);
		mutex_unlock(asahi_gem_gpuva_lock(bo));
		if (IS_ERR(op.vm_bo))
			return PTR_ERR(op.vm_bo);
	}

	mutex_lock(&vm->lock);
	bind_begin(&job, vm);
	ret = bind_reserve(&job);
	if (!ret)
		bind_apply(&job);
	bind_end(&job);
	mutex_unlock(&vm->lock);
	if (op.vm_bo)
		vm_bo_put(op.vm_bo);
	return ret ?: job.error;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_vm_apply_one);

bool asahi_vma_repeats(struct drm_gpuva *va)
{
	return to_vma(va)->repeat;
}
EXPORT_SYMBOL_IF_KUNIT(asahi_vma_repeats);
#endif
