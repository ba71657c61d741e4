// SPDX-License-Identifier: GPL-2.0
/* What VM_BIND refuses, and what is mapped where after mappings were split and replaced. */

#include <linux/device.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include <drm/asahi_drm.h>
#include <drm/drm_drv.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_vm.h"

#define PAGE		ASAHI_GPU_PAGE
#define MAP		(DRM_ASAHI_BIND_READ | DRM_ASAHI_BIND_WRITE)
#define REPEAT		(MAP | DRM_ASAHI_BIND_SINGLE_PAGE)
#define UNBIND		DRM_ASAHI_BIND_UNBIND

static const struct asahi_va_layout layout = {
	.start = PAGE,
	.end = 0x7fffff8000,
	.kernel_start = 0x7fdfff8000,
	.kernel_end = 0x7fffff8000,
};

struct bind_case {
	const char *name;
	struct drm_asahi_gem_bind_op op;
	int ret;
};

#define OP(f, h, o, r, a) { .flags = (f), .handle = (h), .offset = (o), .range = (r), .addr = (a) }

static const struct bind_case bind_cases[] = {
	{ "plain", OP(MAP, 1, 0, PAGE, PAGE), 0 },
	{ "repeat", OP(REPEAT, 1, PAGE, 64 * PAGE, PAGE), 0 },
	{ "unbind", OP(UNBIND, 0, 0, PAGE, PAGE), 0 },
	{ "up to the kernel's part", OP(MAP, 1, 0, PAGE, 0x7fdfff8000 - PAGE), 0 },
	{ "no range", OP(MAP, 1, 0, 0, PAGE), -EINVAL },
	{ "odd address", OP(MAP, 1, 0, PAGE, PAGE + 0x1000), -EINVAL },
	{ "odd range", OP(MAP, 1, 0, PAGE + 0x1000, PAGE), -EINVAL },
	{ "odd offset", OP(MAP, 1, 0x1000, PAGE, PAGE), -EINVAL },
	{ "neither read nor write", OP(0, 1, 0, PAGE, PAGE), -EINVAL },
	{ "repeat without access", OP(DRM_ASAHI_BIND_SINGLE_PAGE, 1, 0, PAGE, PAGE), -EINVAL },
	{ "unknown flag", OP(MAP | BIT(4), 1, 0, PAGE, PAGE), -EINVAL },
	{ "below the start", OP(MAP, 1, 0, PAGE, 0), -EINVAL },
	{ "beyond the end", OP(MAP, 1, 0, PAGE, 0x7fffff8000), -EINVAL },
	{ "into the kernel's part", OP(MAP, 1, 0, 2 * PAGE, 0x7fdfff8000 - PAGE), -EINVAL },
	{ "unbind the kernel's part", OP(UNBIND, 0, 0, PAGE, 0x7fdfff8000), -EINVAL },
	{ "all of it", OP(UNBIND, 0, 0, 0x7fffff8000 - PAGE, PAGE), -EINVAL },
	{ "wraps around", OP(MAP, 1, 0, -PAGE, 2 * PAGE), -EINVAL },
	{ "offset wraps around", OP(MAP, 1, -PAGE, 2 * PAGE, PAGE), -EINVAL },
	{ "unbind and more", OP(UNBIND | DRM_ASAHI_BIND_READ, 0, 0, PAGE, PAGE), -EINVAL },
	{ "unbind with a handle", OP(UNBIND, 1, 0, PAGE, PAGE), -EINVAL },
	{ "unbind with an offset", OP(UNBIND, 0, PAGE, PAGE, PAGE), -EINVAL },
};

static void bind_case_desc(const struct bind_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bind, bind_cases, bind_case_desc);

static void bind_check_test(struct kunit *test)
{
	const struct bind_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, asahi_bind_check(&layout, &c->op), c->ret);
}

static void layout_check_test(struct kunit *test)
{
	struct asahi_va_layout l = layout;

	KUNIT_EXPECT_EQ(test, asahi_layout_check(&l), 0);
	l.kernel_start += PAGE;
	KUNIT_EXPECT_EQ(test, asahi_layout_check(&l), -EINVAL);
	l = layout;
	l.kernel_end += PAGE;
	KUNIT_EXPECT_EQ(test, asahi_layout_check(&l), -EINVAL);
	l = layout;
	l.kernel_start = 0;
	KUNIT_EXPECT_EQ(test, asahi_layout_check(&l), -EINVAL);
	l = layout;
	l.kernel_start -= 0x1000;
	KUNIT_EXPECT_EQ(test, asahi_layout_check(&l), -EINVAL);
	l = layout;
	swap(l.kernel_start, l.kernel_end);
	KUNIT_EXPECT_EQ(test, asahi_layout_check(&l), -EINVAL);
}

/* An address space of a few pages, and beside it an array that says what each page should be. */

#define N_PAGES		64
#define N_OBJECTS	3
#define BASE		(64 * PAGE)

struct expected_page {
	struct drm_gem_object *obj;
	u64 offset;
};

struct vm_test {
	struct device *dev;
	struct asahi_device *asahi;
	struct asahi_vm *vm;
	struct asahi_gem_object *bo[N_OBJECTS];
	struct expected_page expected[N_PAGES];
};

static const struct drm_driver vm_test_driver = {
	.driver_features = DRIVER_GEM | ASAHI_DRIVER_GEM_GPUVA,
	.name = "asahi-vm-test",
	.desc = "asahi-vm-test",
	ASAHI_DRM_DRIVER_DATE
};

static void vm_test_free_object(struct drm_gem_object *obj)
{
	drm_gem_object_release(obj);
	kfree(to_asahi_gem(obj));
}

static const struct drm_gem_object_funcs vm_test_gem_funcs = {
	.free = vm_test_free_object,
};

static struct asahi_gem_object *vm_test_create_object(struct asahi_device *asahi)
{
	struct asahi_gem_object *bo = kzalloc(sizeof(*bo), GFP_KERNEL);

	if (!bo)
		return NULL;
	mutex_init(&bo->gpuva_lock);
	mutex_init(&bo->pages_lock);
	/* Never without a user: there is no memory that could come and go. */
	bo->n_pins = 1;
	bo->base.funcs = &vm_test_gem_funcs;
	drm_gem_private_object_init(&asahi->drm, &bo->base, N_PAGES * PAGE);
	asahi_gem_gpuva_set_lock(&bo->base, &bo->gpuva_lock);
	return bo;
}

static int vm_test_init(struct kunit *test)
{
	struct vm_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	test->priv = t;
	t->dev = root_device_register("asahi-vm-test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->dev);
	t->asahi = devm_drm_dev_alloc(t->dev, &vm_test_driver, struct asahi_device, drm);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->asahi);
	mutex_init(&t->asahi->vms.lock);
	INIT_LIST_HEAD(&t->asahi->vms.list);
	t->asahi->vms.layout = layout;

	t->vm = asahi_vm_create_bare(t->asahi);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->vm);
	for (i = 0; i < N_OBJECTS; i++) {
		t->bo[i] = vm_test_create_object(t->asahi);
		KUNIT_ASSERT_NOT_NULL(test, t->bo[i]);
	}
	return 0;
}

static void vm_test_exit(struct kunit *test)
{
	struct vm_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < N_OBJECTS && t->bo[i]; i++)
		drm_gem_object_put(&t->bo[i]->base);
	if (!IS_ERR_OR_NULL(t->vm)) {
		asahi_vm_close(t->vm);
		asahi_vm_put(t->vm);
	}
	if (!IS_ERR_OR_NULL(t->dev))
		root_device_unregister(t->dev);
}

static void vm_test_apply(struct kunit *test, struct asahi_gem_object *bo, u32 flags,
			  unsigned int first, unsigned int n, unsigned int page)
{
	struct drm_asahi_gem_bind_op op = OP(flags, 0, page * PAGE, n * PAGE, BASE + first * PAGE);
	struct vm_test *t = test->priv;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, asahi_vm_apply_one(t->vm, &op, bo), 0);
	for (i = 0; i < n; i++) {
		struct expected_page *e = &t->expected[first + i];

		e->obj = bo ? &bo->base : NULL;
		e->offset = (page + (flags & DRM_ASAHI_BIND_SINGLE_PAGE ? 0 : i)) * PAGE;
	}
}

static void vm_test_check_page(struct kunit *test, unsigned int i)
{
	struct vm_test *t = test->priv;
	const struct expected_page *e = &t->expected[i];
	u64 addr = BASE + i * PAGE;
	struct drm_gpuva *va = drm_gpuva_find_first(&t->vm->base, addr, PAGE);
	u64 offset;

	if (!e->obj) {
		KUNIT_EXPECT_NULL_MSG(test, va, "page %u", i);
		return;
	}
	KUNIT_ASSERT_NOT_NULL_MSG(test, va, "page %u", i);
	offset = va->gem.offset + (asahi_vma_repeats(va) ? 0 : addr - va->va.addr);
	KUNIT_EXPECT_PTR_EQ_MSG(test, va->gem.obj, e->obj, "page %u", i);
	KUNIT_EXPECT_EQ_MSG(test, offset, e->offset, "page %u", i);
}

static void vm_test_check(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < N_PAGES; i++)
		vm_test_check_page(test, i);
}

static void split_test(struct kunit *test)
{
	struct vm_test *t = test->priv;

	vm_test_apply(test, t->bo[0], MAP, 0, 16, 4);
	vm_test_apply(test, NULL, UNBIND, 4, 4, 0);
	vm_test_check(test);
	KUNIT_EXPECT_EQ(test, t->vm->n_maps, 2);

	/* Over the hole and both neighbours. */
	vm_test_apply(test, t->bo[1], MAP, 2, 8, 0);
	vm_test_check(test);
	KUNIT_EXPECT_EQ(test, t->vm->n_maps, 3);

	/* The guard page behind was never mapped. */
	vm_test_apply(test, NULL, UNBIND, 0, 17, 0);
	vm_test_check(test);
	KUNIT_EXPECT_EQ(test, t->vm->n_maps, 0);
}

static void repeat_split_test(struct kunit *test)
{
	struct vm_test *t = test->priv;

	vm_test_apply(test, t->bo[0], REPEAT, 0, 32, 7);
	vm_test_apply(test, NULL, UNBIND, 8, 8, 0);
	vm_test_check(test);
	vm_test_apply(test, t->bo[1], MAP, 20, 4, 3);
	vm_test_check(test);
	KUNIT_EXPECT_EQ(test, t->vm->n_maps, 4);
	/* The head goes, the tail must still show the same page. */
	vm_test_apply(test, NULL, UNBIND, 0, 4, 0);
	vm_test_check(test);
}

static void unmap_object_test(struct kunit *test)
{
	struct vm_test *t = test->priv;
	unsigned int i;

	vm_test_apply(test, t->bo[0], MAP, 0, 16, 0);
	vm_test_apply(test, t->bo[1], MAP, 4, 4, 0);
	vm_test_apply(test, t->bo[0], REPEAT, 40, 8, 1);
	asahi_vm_unmap_object(t->vm, t->bo[0]);
	for (i = 0; i < N_PAGES; i++) {
		if (t->expected[i].obj == &t->bo[0]->base)
			t->expected[i].obj = NULL;
	}
	vm_test_check(test);
	KUNIT_EXPECT_EQ(test, t->vm->n_maps, 1);
}

static void close_test(struct kunit *test)
{
	struct vm_test *t = test->priv;

	vm_test_apply(test, t->bo[0], MAP, 0, 16, 0);
	vm_test_apply(test, t->bo[0], MAP, 20, 16, 0);
	asahi_vm_close(t->vm);
	KUNIT_EXPECT_EQ(test, t->vm->n_maps, 0);
	KUNIT_EXPECT_EQ(test, kref_read(&t->bo[0]->base.refcount), 1);
}

static void random_test(struct kunit *test)
{
	struct vm_test *t = test->priv;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 20);
	for (i = 0; i < 3000 && test->status == KUNIT_SUCCESS; i++) {
		u32 r = prandom_u32_state(&rnd);
		unsigned int first = r % N_PAGES;
		unsigned int n = 1 + (r >> 8) % (N_PAGES - first);
		struct asahi_gem_object *bo = t->bo[(r >> 16) % N_OBJECTS];

		switch ((r >> 24) % 4) {
		case 0:
			vm_test_apply(test, NULL, UNBIND, first, n, 0);
			break;
		case 1:
			vm_test_apply(test, bo, REPEAT, first, n, (r >> 18) % N_PAGES);
			break;
		default:
			vm_test_apply(test, bo, MAP, first, n, (r >> 18) % (N_PAGES - n + 1));
			break;
		}
		vm_test_check(test);
	}
}

static struct kunit_case asahi_bind_cases[] = {
	KUNIT_CASE_PARAM(bind_check_test, bind_gen_params),
	KUNIT_CASE(layout_check_test),
	{}
};

static struct kunit_suite asahi_bind_suite = {
	.name = "asahi_bind",
	.test_cases = asahi_bind_cases,
};

static struct kunit_case asahi_vm_cases[] = {
	KUNIT_CASE(split_test),
	KUNIT_CASE(repeat_split_test),
	KUNIT_CASE(unmap_object_test),
	KUNIT_CASE(close_test),
	KUNIT_CASE_SLOW(random_test),
	{}
};

static struct kunit_suite asahi_vm_suite = {
	.name = "asahi_vm",
	.init = vm_test_init,
	.exit = vm_test_exit,
	.test_cases = asahi_vm_cases,
};

kunit_test_suites(&asahi_bind_suite, &asahi_vm_suite);
