// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: many at once. Each thread has a device with PASIDs behind two instances of different
 * formats, and a range of IOVAs of its own in domains that all have in common. What it does is
 * random, what must come of it is written down beside it.
 */

#include <kunit/test.h>

#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/sizes.h>

#include "apple-dart-test-fake.h"

#define N_THREADS	3
#define N_DOMAINS	3
#define N_SLOTS		16
#define N_OPS		3500
#define N_PASIDS	4
#define RANGE		((u64)SZ_256M)

/**
 * struct actor - a thread, what it has, and what it has done
 * @b: the bench
 * @master: its device
 * @domains: those of all threads
 * @base: start of its IOVAs
 * @n_pages: mapped in each slot of each domain
 * @pasids: its PASIDs; 0: not allocated
 * @rnd: what it throws dice with
 * @errors: what did not come out as it should
 */
struct actor {
	struct bench *b;
	struct dart_master *master;
	struct dart_domain **domains;
	u64 base;
	unsigned int n_pages[N_DOMAINS][N_SLOTS];
	int pasids[N_PASIDS];
	struct rnd_state rnd;
	unsigned int errors;
};

static unsigned int dice(struct actor *a, unsigned int sides)
{
	return prandom_u32_state(&a->rnd) % sides;
}

/* Slots are far from each other, so that tables come and go. */
static u64 slot_iova(const struct actor *a, unsigned int slot)
{
	return a->base + slot * (u64)SZ_16M + SZ_16M - SZ_64K;
}

static u64 slot_pa(const struct actor *a, unsigned int slot)
{
	return a->base + SZ_1G + slot * (u64)SZ_1M;
}

static void act_map(struct actor *a, unsigned int d, unsigned int slot)
{
	struct dart_domain *dom = a->domains[d];
	unsigned int n = dice(a, 8) + 1;
	u64 iova = slot_iova(a, slot);
	int ret;

	ret = dart_domain_map(dom, iova, slot_pa(a, slot), n * (u64)SZ_16K, RW, GFP_KERNEL);
	if (ret != (a->n_pages[d][slot] ? -EEXIST : 0))
		a->errors++;
	if (!ret)
		a->n_pages[d][slot] = n;
	if (dart_domain_flush_added(dom, NULL) ||
	    dart_domain_iova_to_phys(dom, iova) != slot_pa(a, slot))
		a->errors++;
}

static void act_unmap(struct actor *a, unsigned int d, unsigned int slot)
{
	struct dart_domain *dom = a->domains[d];
	u64 size = a->n_pages[d][slot] * (u64)SZ_16K;
	u64 iova = slot_iova(a, slot);

	if (dart_domain_unmap(dom, iova, 8 * SZ_16K) != size || dart_domain_flush(dom, NULL) ||
	    dart_domain_iova_to_phys(dom, iova))
		a->errors++;
	a->n_pages[d][slot] = 0;
}

static void act_pasid(struct actor *a, unsigned int d)
{
	static const struct dart_pasid_scope any = {};
	int *pasid = &a->pasids[dice(a, N_PASIDS)];

	if (!*pasid)
		*pasid = dart_pasid_reserve(a->master, &any);
	else if (!dice(a, 4) && !dart_pasid_detach(a->master, *pasid, &a->b->blocked))
		*pasid = dart_pasid_unreserve(a->master, *pasid);
	else if (dart_pasid_attach(a->domains[d], a->master, *pasid))
		a->errors++;
	/* All may be taken. */
	if (*pasid == -ENOSPC)
		*pasid = 0;
	if (*pasid < 0)
		a->errors++;
}

static void act(struct actor *a)
{
	unsigned int d = dice(a, N_DOMAINS);
	unsigned int slot = dice(a, N_SLOTS);
	int ret = 0;

	switch (dice(a, 10)) {
	case 0:
		ret = dart_domain_attach(a->domains[d], a->master);
		break;
	case 1:
		ret = dart_master_attach_static(a->master, &a->b->blocked, false);
		break;
	case 2:
	case 3:
		act_pasid(a, d);
		break;
	case 4:
		dart_domain_reclaim(a->domains[d]);
		break;
	case 5:
	case 6:
		act_unmap(a, d, slot);
		break;
	default:
		act_map(a, d, slot);
	}
	if (ret)
		a->errors++;
}

static int actor_run(void *data)
{
	struct actor *a = data;
	unsigned int i;

	for (i = 0; i < N_OPS; i++) {
		act(a);
		cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* Both instances see what was written down, and nothing else. */
static void check_domain(struct kunit *test, const struct actor *a, unsigned int d,
			 const struct fake *fake, unsigned int sid)
{
	unsigned int slot, page;

	for (slot = 0; slot < N_SLOTS; slot++) {
		for (page = 0; page < 8; page++) {
			u64 iova = slot_iova(a, slot) + page * SZ_16K;
			u64 pa = slot_pa(a, slot) + page * SZ_16K;

			if (page < a->n_pages[d][slot])
				KUNIT_EXPECT_TRUE(test, fake_sees(fake, sid, iova, pa));
			else
				KUNIT_EXPECT_TRUE(test, fake_sees_nothing(fake, sid, iova));
		}
	}
}

static void test_storm(struct kunit *test)
{
	struct fake *fakes[] = {
		add_fake(test, &fake_dart1, &params_16k_32),
		add_fake(test, &fake_dart2, &params_16k_36),
	};
	struct actor *actors = kunit_kcalloc(test, N_THREADS, sizeof(*actors), GFP_KERNEL);
	struct dart_domain *domains[N_DOMAINS];
	struct task_struct *tasks[N_THREADS];
	unsigned int i, j, d;

	KUNIT_ASSERT_NOT_NULL(test, actors);
	for (i = 0; i < N_THREADS; i++) {
		struct actor *a = &actors[i];

		a->b = test->priv;
		a->domains = domains;
		a->base = i * RANGE;
		a->master = add_master_at(test, fakes, 2, BIT(i));
		a->master->n_pasids = FAKE_STREAMS;
		dart_master_publish(a->master, (struct iommu_group *)a);
		prandom_seed_state(&a->rnd, 2021 + i);
	}
	for (d = 0; d < N_DOMAINS; d++)
		domains[d] = add_domain(test, actors[0].master);

	for (i = 0; i < N_THREADS; i++) {
		tasks[i] = kthread_run(actor_run, &actors[i], "dart-actor/%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(tasks[i]));
	}
	for (i = 0; i < N_THREADS; i++) {
		kthread_stop(tasks[i]);
		KUNIT_EXPECT_EQ(test, actors[i].errors, 0);
	}

	for (i = 0; i < N_THREADS; i++)
		dart_pasid_drop_all(actors[i].master, &actors[i].b->blocked);
	for (d = 0; d < N_DOMAINS; d++) {
		for (i = 0; i < N_THREADS; i++)
			KUNIT_ASSERT_EQ(test, dart_domain_attach(domains[d], actors[i].master), 0);
		for (i = 0; i < N_THREADS; i++) {
			for (j = 0; j < 2; j++)
				check_domain(test, &actors[i], d, fakes[j], (i + 1) % N_THREADS);
		}
	}
	for (i = 0; i < N_THREADS; i++)
		detach_master(test, actors[i].master);
	for (d = 0; d < N_DOMAINS; d++) {
		KUNIT_EXPECT_TRUE(test, list_empty(&domains[d]->attachments));
		dart_domain_destroy(domains[d]);
	}
}

static struct kunit_case storm_cases[] = {
	KUNIT_CASE_SLOW(test_storm),
	{}
};

static struct kunit_suite storm_suite = {
	.name = "apple-dart-storm",
	.init = bench_init,
	.exit = bench_exit,
	.test_cases = storm_cases,
};

kunit_test_suite(storm_suite);
