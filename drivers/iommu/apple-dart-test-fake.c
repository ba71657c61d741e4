// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: fake instances, and a bench to put them on.
 */

#include <kunit/device.h>
#include <kunit/test.h>
#include <kunit/test-bug.h>

#include <linux/io.h>
#include <linux/slab.h>

#include "apple-dart-test-fake.h"

/* The fake instance */

static struct fake *to_fake(struct dart *dart)
{
	return (struct fake __force *)dart->regs;
}

static void fake_note(struct fake *fake, char verb)
{
	if (fake->n_log < FAKE_LOG_SIZE - 1)
		fake->log[fake->n_log++] = verb;
}

static int fake_translate(struct dart *dart, unsigned int sid, const struct dart_pt *pt)
{
	struct fake *fake = to_fake(dart);
	int i;

	fake_note(fake, 'T');
	if (fake->fail_translate >= 0 && !fake->fail_translate--)
		return -EIO;
	fake->mode[sid] = FAKE_TRANSLATE;
	fake->cfg[sid] = pt->cfg;
	for (i = 0; i < pt->cfg.n_roots; i++)
		fake->roots[sid][i] = virt_to_phys(pt->root[i]);
	return 0;
}

static int fake_bypass(struct dart *dart, unsigned int sid)
{
	fake_note(to_fake(dart), 'P');
	to_fake(dart)->mode[sid] = FAKE_BYPASS;
	return 0;
}

static int fake_block(struct dart *dart, unsigned int sid)
{
	struct fake *fake = to_fake(dart);

	fake_note(fake, 'B');
	if (!fake->fail_block)
		fake->mode[sid] = FAKE_BLOCKED;
	return fake->fail_block;
}

static int fake_forget(struct dart *dart, unsigned int sid)
{
	fake_note(to_fake(dart), 'G');
	memset(to_fake(dart)->roots[sid], 0, sizeof(to_fake(dart)->roots[sid]));
	return 0;
}

static int fake_flush(struct dart *dart, const unsigned long *streams,
		      const struct dart_range *range)
{
	struct fake *fake = to_fake(dart);

	fake_note(fake, 'F');
	fake->n_flushes++;
	fake->flushed = streams[0];
	fake->range = range ? *range : (struct dart_range) { 0, U64_MAX };
	if (fake->n_failed)
		atomic_inc(fake->n_failed);
	return fake->fail_flush;
}

static int fake_reset(struct dart *dart)
{
	memset(to_fake(dart)->mode, 0, sizeof(to_fake(dart)->mode));
	return 0;
}

static int fake_root(struct dart *dart, unsigned int sid, u64 *pa)
{
	*pa = to_fake(dart)->firmware[sid];
	return *pa ? 0 : -EINVAL;
}

static int fake_restore(struct dart *dart)
{
	fake_note(to_fake(dart), 'R');
	return 0;
}

#define FAKE_HW(_fmt) {			\
	.fmt = (_fmt),			\
	.reset = fake_reset,		\
	.restore = fake_restore,	\
	.root = fake_root,		\
	.translate = fake_translate,	\
	.bypass = fake_bypass,		\
	.block = fake_block,		\
	.forget = fake_forget,		\
	.flush = fake_flush,		\
}

const struct dart_hw fake_dart1 = FAKE_HW(DART_PT_DART1);
const struct dart_hw fake_dart2 = FAKE_HW(DART_PT_DART2);

/* Does a master that uses @sid reach @pa through @iova? */
bool fake_sees(const struct fake *fake, unsigned int sid, u64 iova, u64 pa)
{
	struct walk_result found;

	switch (fake->mode[sid]) {
	case FAKE_BYPASS:
		return iova == pa;
	case FAKE_TRANSLATE:
		return test_walk(&fake->cfg[sid], fake->roots[sid], iova, &found) &&
		       found.pa == pa && found.prot & IOMMU_READ;
	default:
		return false;
	}
}

bool fake_sees_nothing(const struct fake *fake, unsigned int sid, u64 iova)
{
	struct walk_result found;

	return fake->mode[sid] == FAKE_BLOCKED ||
	       (fake->mode[sid] == FAKE_TRANSLATE &&
		!test_walk(&fake->cfg[sid], fake->roots[sid], iova, &found));
}

/* Forgets what the verbs were told so far. */
void fake_start(struct fake *fake)
{
	fake->n_flushes = 0;
	fake->n_log = 0;
	memset(fake->log, 0, sizeof(fake->log));
}

/* The bench */

const struct dart_params params_16k_32 = {
	.page_shift = 14, .ias = 32, .oas = 36, .n_streams = FAKE_STREAMS, .max_roots = 4,
	.can_bypass = true,
};

const struct dart_params params_16k_36 = {
	.page_shift = 14, .ias = 36, .oas = 42, .n_streams = FAKE_STREAMS, .max_roots = 1,
};

const struct dart_params params_4k_32 = {
	.page_shift = 12, .ias = 32, .oas = 36, .n_streams = FAKE_STREAMS, .max_roots = 4,
	.can_bypass = true,
};

const struct dart_params params_16k_42 = {
	.page_shift = 14, .ias = 42, .oas = 42, .n_streams = FAKE_STREAMS, .max_roots = 1,
	.four_levels = true,
};

struct fake *add_fake(struct kunit *test, const struct dart_hw *hw,
		      const struct dart_params *params)
{
	struct bench *b = test->priv;
	struct fake *fake = &b->fakes[b->n_fakes];

	KUNIT_ASSERT_LT(test, b->n_fakes, MAX_FAKES);
	fake->dart = dart_alloc(b->dev, hw);
	KUNIT_ASSERT_NOT_NULL(test, fake->dart);
	b->n_fakes++;
	fake->dart->regs = (void __iomem __force *)fake;
	fake->dart->params = *params;
	fake->fail_translate = -1;
	KUNIT_ASSERT_EQ(test, dart_alloc_streams(fake->dart), 0);
	return fake;
}

/* A master behind @n instances, with the same streams at each. */
struct dart_master *add_master_at(struct kunit *test, struct fake **fakes, unsigned int n,
				  unsigned long streams)
{
	struct bench *b = test->priv;
	struct dart_master *master;
	unsigned int i;

	KUNIT_ASSERT_LT(test, b->n_masters, MAX_MASTERS);
	master = dart_master_alloc(b->dev, n);
	KUNIT_ASSERT_NOT_NULL(test, master);
	b->masters[b->n_masters++] = master;
	master->n_ports = n;
	for (i = 0; i < n; i++) {
		master->port[i].dart = dart_get(fakes[i]->dart);
		master->port[i].master = master;
		master->port[i].streams[0] = streams;
	}
	return master;
}

struct dart_master *add_master(struct kunit *test, struct fake *fake, unsigned long streams)
{
	return add_master_at(test, &fake, 1, streams);
}

struct dart_domain *add_domain(struct kunit *test, struct dart_master *master)
{
	struct dart_domain *dom = dart_domain_create(master);

	KUNIT_ASSERT_FALSE(test, IS_ERR(dom));
	return dom;
}

void detach_master(struct kunit *test, struct dart_master *master)
{
	struct bench *b = test->priv;

	KUNIT_EXPECT_EQ(test, dart_master_attach_static(master, &b->blocked, false), 0);
}

int bench_init(struct kunit *test)
{
	struct bench *b = kunit_kzalloc(test, sizeof(*b), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, b);
	test->priv = b;
	b->allocs_left = -1;
	b->blocked.type = IOMMU_DOMAIN_BLOCKED;
	b->identity.type = IOMMU_DOMAIN_IDENTITY;
	b->dev = kunit_device_register(test, "fake-dart");
	KUNIT_ASSERT_FALSE(test, IS_ERR(b->dev));
	return 0;
}

void bench_exit(struct kunit *test)
{
	struct bench *b = test->priv;
	unsigned int i;

	for (i = 0; i < b->n_masters; i++) {
		dart_pasid_drop_all(b->masters[i], &b->blocked);
		dart_master_withdraw(b->masters[i]);
		dart_master_free(b->masters[i]);
	}
	for (i = 0; i < b->n_fakes; i++) {
		/* Nobody else may still hold one: an attachment would be a leak. */
		KUNIT_EXPECT_EQ(test, kref_read(&b->fakes[i].dart->ref), 1);
		dart_put(b->fakes[i].dart);
	}
}

unsigned int n_tables(const struct dart_domain *dom)
{
	return list_count_nodes((struct list_head *)&dom->tables);
}

/* Replaces dart_pt_alloc_page() while a case wants allocations to fail. */
void *failing_alloc_page(unsigned int page_shift, gfp_t gfp)
{
	struct bench *b = kunit_get_current_test()->priv;

	if (b->allocs_left >= 0 && !b->allocs_left--)
		return NULL;
	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(1UL << page_shift));
}

/* Replaces it where an instance with narrower addresses is attached during the first allocation. */
void *narrowing_alloc_page(unsigned int page_shift, gfp_t gfp)
{
	struct bench *b = kunit_get_current_test()->priv;

	if (!b->n_allocs++)
		b->narrowed->oas--;
	return (void *)__get_free_pages(gfp | __GFP_ZERO, get_order(1UL << page_shift));
}
