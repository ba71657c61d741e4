// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: more than 10 000 random operations on the DARTs of a board, several at once.
 *
 * Each idle master has a thread that attaches it, gives it PASIDs, takes its power away, and maps
 * and unmaps a range of IOVAs of its own in domains that all have in common. Meanwhile a thread
 * with the display engine and the coprocessor has blocks shown that come and go in one of these
 * domains, so that there are faults. What must come of it is written down beside it. In the end
 * the tables are walked from the roots in the registers, with a walker that is not the driver's.
 */

#include <kunit/test.h>

#include <linux/apple-dart.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/of_address.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>
#include <linux/prandom.h>
#include <linux/scatterlist.h>

#include "dart-idle.h"
#include "dart-span.h"

#define STORM_DOMAINS		3
#define STORM_SLOTS		16
#define STORM_PAGES		8
#define STORM_PASIDS		3
#define STORM_MAPPED		4
#define STORM_OPS		2600
#define STORM_SHOWS		250
#define STORM_RANGE		((u64)SZ_256M)
#define STORM_PROT		(IOMMU_READ | IOMMU_WRITE)

struct storm;

/**
 * struct actor - an idle master, its thread, and what that has done
 * @storm: what all have in common
 * @dev: the master
 * @base: start of its IOVAs
 * @n_pages: mapped in each slot of each domain
 * @scattered: in each slot of each domain, whether all pages are &storm.block
 * @domain: index of the one it is attached to, or -1
 * @pasids: its PASIDs; 0: not allocated
 * @pasid_domain: index of the domain of each, or -1
 * @powered: holds a runtime PM reference
 * @rnd: what it throws dice with
 * @n_ops: carried out
 * @errors: what did not come out as it should
 */
struct actor {
	struct storm *storm;
	struct device *dev;
	u64 base;
	unsigned int n_pages[STORM_DOMAINS][STORM_SLOTS];
	bool scattered[STORM_DOMAINS][STORM_SLOTS];
	int domain;
	int pasids[STORM_PASIDS];
	int pasid_domain[STORM_PASIDS];
	bool powered;
	struct rnd_state rnd;
	unsigned int n_ops;
	unsigned int errors;
};

/**
 * struct storm - what one test case holds
 * @span: display engine and coprocessor; its domain is the first one
 * @domains: the others belong to this
 * @actors: one for each idle master
 * @block: 16 KiB that scattered buffers consist of
 * @rnd: for the display's thread
 * @n_shows: commits of that
 * @errors: what did not come out as it should
 */
struct storm {
	struct span span;
	struct iommu_domain *domains[STORM_DOMAINS];
	struct actor actors[IDLE_MASTERS];
	struct page *block;
	struct rnd_state rnd;
	unsigned int n_shows;
	unsigned int errors;
};

static struct device *storm_masters[IDLE_MASTERS], *storm_display, *storm_coproc;

static int storm_bind(struct platform_device *pdev)
{
	int number;

	if (!device_iommu_mapped(&pdev->dev))
		return -ENODEV;
	if (of_device_is_compatible(pdev->dev.of_node, "vsoc,display")) {
		storm_display = &pdev->dev;
		return 0;
	}
	if (of_device_is_compatible(pdev->dev.of_node, "vsoc,coprocessor")) {
		storm_coproc = &pdev->dev;
		return 0;
	}
	number = idle_number(pdev->dev.of_node);
	if (number < 0)
		return number;
	storm_masters[number] = &pdev->dev;
	return devm_pm_runtime_enable(&pdev->dev);
}

static const struct of_device_id storm_of_match[] = {
	{ .compatible = "vsoc,display" },
	{ .compatible = "vsoc,coprocessor" },
	{ .compatible = "vsoc,idle-master" },
	{ }
};

static struct platform_driver storm_driver = {
	.probe = storm_bind,
	.driver = {
		.name = "dart-storm-test",
		.of_match_table = storm_of_match,
		.suppress_bind_attrs = true,
	},
};

/* Operations of idle masters */

static unsigned int dice(struct rnd_state *rnd, unsigned int sides)
{
	return prandom_u32_state(rnd) % sides;
}

/* Slots are far from each other, and cross the border of two tables. */
static u64 slot_iova(const struct actor *a, unsigned int slot)
{
	return a->base + (slot + 1) * (u64)SZ_16M - SZ_64K;
}

static u64 page_pa(const struct actor *a, unsigned int d, unsigned int slot, unsigned int page)
{
	if (a->scattered[d][slot])
		return page_to_phys(a->storm->block);
	return a->base + SZ_1G + slot * (u64)SZ_1M + page * SZ_16K;
}

/* Returns what iommu_map() would. */
static int map_scattered(struct actor *a, unsigned int d, u64 iova, unsigned int n)
{
	struct scatterlist sgl[STORM_PAGES];
	struct sg_table sgt = { .sgl = sgl, .nents = n, .orig_nents = n };
	unsigned int i;
	ssize_t ret;

	sg_init_table(sgl, n);
	for (i = 0; i < n; i++)
		sg_set_page(&sgl[i], a->storm->block, SZ_16K, 0);
	ret = iommu_map_sgtable(a->storm->domains[d], iova, &sgt, STORM_PROT);
	if (ret < 0)
		return ret;
	return ret == n * SZ_16K ? 0 : -EIO;
}

static void act_map(struct actor *a, unsigned int d, unsigned int slot)
{
	bool scattered = !dice(&a->rnd, 4);
	unsigned int n = dice(&a->rnd, STORM_PAGES) + 1;
	u64 iova = slot_iova(a, slot);
	int ret;

	if (!a->n_pages[d][slot])
		a->scattered[d][slot] = scattered;
	if (scattered)
		ret = map_scattered(a, d, iova, n);
	else
		ret = iommu_map(a->storm->domains[d], iova, page_pa(a, d, slot, 0), n * SZ_16K,
				STORM_PROT, GFP_KERNEL);
	if (ret != (a->n_pages[d][slot] ? -EEXIST : 0))
		a->errors++;
	else if (!ret)
		a->n_pages[d][slot] = n;
}

static void act_unmap(struct actor *a, unsigned int d, unsigned int slot)
{
	size_t size = a->n_pages[d][slot] * SZ_16K;

	/* Asking for more than is there takes what is there. */
	if (iommu_unmap(a->storm->domains[d], slot_iova(a, slot), STORM_PAGES * SZ_16K) != size)
		a->errors++;
	a->n_pages[d][slot] = 0;
}

static void act_lookup(struct actor *a, unsigned int d, unsigned int slot)
{
	unsigned int page = dice(&a->rnd, STORM_PAGES);
	phys_addr_t expected = 0;

	if (page < a->n_pages[d][slot])
		expected = page_pa(a, d, slot, page) + 5;
	if (iommu_iova_to_phys(a->storm->domains[d], slot_iova(a, slot) + page * SZ_16K + 5) !=
	    expected)
		a->errors++;
}

static void detach(struct actor *a)
{
	if (a->domain >= 0)
		iommu_detach_device(a->storm->domains[a->domain], a->dev);
	a->domain = -1;
}

static void act_attach(struct actor *a, unsigned int d)
{
	if (a->domain >= 0) {
		detach(a);
		return;
	}
	if (iommu_attach_device(a->storm->domains[d], a->dev))
		a->errors++;
	else
		a->domain = d;
}

static void attach_pasid(struct actor *a, unsigned int i, unsigned int d)
{
	if (iommu_attach_device_pasid(a->storm->domains[d], a->dev, a->pasids[i], NULL))
		a->errors++;
	else
		a->pasid_domain[i] = d;
}

static void detach_pasid(struct actor *a, unsigned int i)
{
	if (a->pasid_domain[i] >= 0)
		iommu_detach_device_pasid(a->storm->domains[a->pasid_domain[i]], a->dev,
					  a->pasids[i]);
	a->pasid_domain[i] = -1;
}

static void free_pasid(struct actor *a, unsigned int i)
{
	detach_pasid(a, i);
	if (a->pasids[i])
		dart_pasid_free(a->dev, a->pasids[i]);
	a->pasids[i] = 0;
}

static void alloc_pasid(struct actor *a, unsigned int i)
{
	bool has_pasids = device_property_present(a->dev, "pasid-num-bits");
	int ret = dart_pasid_alloc(a->dev, 0);

	/* Of no device's are so many in use at a time. */
	if (has_pasids ? ret <= 0 : ret != -EOPNOTSUPP)
		a->errors++;
	/* By an iommu-map of the board this is somebody's, on an instance of the device. */
	if (ret == STORM_MAPPED && a->dev == storm_masters[0])
		a->errors++;
	a->pasids[i] = max(ret, 0);
}

static void act_pasid(struct actor *a, unsigned int d)
{
	unsigned int i = dice(&a->rnd, STORM_PASIDS);

	if (!a->pasids[i])
		alloc_pasid(a, i);
	else if (a->pasid_domain[i] >= 0)
		detach_pasid(a, i);
	else if (!dice(&a->rnd, 3))
		free_pasid(a, i);
	else
		attach_pasid(a, i, d);
}

static void act_power(struct actor *a)
{
	if (a->powered)
		pm_runtime_put_sync(a->dev);
	else if (pm_runtime_resume_and_get(a->dev))
		a->errors++;
	a->powered = !a->powered;
}

static void act(struct actor *a)
{
	unsigned int d = dice(&a->rnd, STORM_DOMAINS);
	unsigned int slot = dice(&a->rnd, STORM_SLOTS);

	switch (dice(&a->rnd, 16)) {
	case 0:
	case 1:
		act_attach(a, d);
		break;
	case 2:
	case 3:
	case 4:
		act_pasid(a, d);
		break;
	case 5:
		act_power(a);
		break;
	case 6:
	case 7:
		act_lookup(a, d, slot);
		break;
	case 8:
	case 9:
	case 10:
		act_unmap(a, d, slot);
		break;
	default:
		act_map(a, d, slot);
	}
	a->n_ops++;
}

static int wait_for_stop(void)
{
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int actor_run(void *data)
{
	struct actor *a = data;

	while (a->n_ops < STORM_OPS) {
		act(a);
		cond_resched();
	}
	return wait_for_stop();
}

/* The display */

static void toggle_block(struct storm *storm, enum span_block b)
{
	if (!test_bit(b, &storm->span.mapped))
		storm->errors += !!span_map(&storm->span, b);
	else if (span_unmap(&storm->span, b) != SPAN_BLOCK)
		storm->errors++;
}

static void toggle_display(struct storm *storm)
{
	if (storm->span.display_attached)
		span_detach_display(&storm->span);
	else
		storm->errors += !!span_attach_display(&storm->span);
}

/* What the coprocessor says tells whether it can read the block, now. */
static void show(struct storm *storm, enum span_block b)
{
	int expected = test_bit(b, &storm->span.mapped) ? 0 : SPAN_UNREADABLE;

	storm->errors += span_commit(&storm->span, b) != expected;
	storm->n_shows++;
}

static int display_run(void *data)
{
	struct storm *storm = data;
	enum span_block b;

	while (storm->n_shows < STORM_SHOWS) {
		b = dice(&storm->rnd, 2) ? SPAN_EARLY : SPAN_LATE;
		switch (dice(&storm->rnd, 8)) {
		case 0:
			toggle_display(storm);
			break;
		case 1:
		case 2:
		case 3:
			toggle_block(storm, b);
			break;
		default:
			show(storm, b);
		}
		cond_resched();
	}
	return wait_for_stop();
}

/* What the registers and the tables say */

/**
 * struct root - a stream as its registers have it
 * @pa: first level of two
 * @dart1: format of the entries
 */
struct root {
	u64 pa;
	bool dart1;
};

static int read_root(const struct of_phandle_args *stream, struct root *root)
{
	bool t8110 = of_device_is_compatible(stream->np, "apple,t8110-dart");
	void __iomem *regs = of_iomap(stream->np, 0);
	u32 sid = stream->args[0];
	u32 tcr, ttbr;

	if (!regs)
		return -ENXIO;
	tcr = readl(regs + (t8110 ? 0x1000 : 0x100) + 4 * sid);
	ttbr = readl(regs + (t8110 ? 0x1400 + 4 * sid : 0x200 + 16 * sid));
	iounmap(regs);
	root->dart1 = of_device_is_compatible(stream->np, "apple,t8103-dart");
	root->pa = (u64)(ttbr & GENMASK(29, 2)) << 12;
	return tcr == (t8110 ? BIT(0) : BIT(7)) && ttbr & (t8110 ? BIT(0) : BIT(31)) ? 0 : -EINVAL;
}

static bool read_entry(const struct root *root, u64 table, unsigned int i, u64 *pa)
{
	u64 entry = READ_ONCE(((u64 *)phys_to_virt(table))[i]);

	*pa = root->dart1 ? entry & GENMASK_ULL(35, 14) : (entry & GENMASK_ULL(37, 10)) << 4;
	return entry & 1;
}

/* The physical address of a page, or 0. */
static u64 walk(const struct root *root, u64 iova)
{
	u64 pa;

	if (!read_entry(root, root->pa, iova / SZ_32M, &pa) ||
	    !read_entry(root, pa, iova / SZ_16K % 2048, &pa))
		return 0;
	return pa;
}

/* How much of what @a has written down of domain @d is not what hardware finds. */
static unsigned int n_wrong(const struct actor *a, unsigned int d, const struct root *root)
{
	unsigned int slot, page, n = 0;

	for (slot = 0; slot < STORM_SLOTS; slot++) {
		for (page = 0; page < STORM_PAGES; page++) {
			u64 expected = 0;

			if (page < a->n_pages[d][slot])
				expected = page_pa(a, d, slot, page);
			n += walk(root, slot_iova(a, slot) + page * SZ_16K) != expected;
		}
	}
	return n;
}

/* All streams of @dev see all that is mapped in domain @d. */
static void check_streams(struct kunit *test, struct device *dev, unsigned int d)
{
	struct storm *storm = test->priv;
	struct of_phandle_args stream;
	struct root root;
	int i, j;

	for (i = 0; !of_parse_phandle_with_args(dev->of_node, "iommus", "#iommu-cells", i, &stream);
	     i++) {
		KUNIT_EXPECT_EQ(test, read_root(&stream, &root), 0);
		for (j = 0; j < IDLE_MASTERS && root.pa; j++)
			KUNIT_EXPECT_EQ_MSG(test, n_wrong(&storm->actors[j], d, &root), 0,
					    "domain %u, %pOF, stream %u", d, stream.np,
					    stream.args[0]);
		of_node_put(stream.np);
	}
	KUNIT_EXPECT_GT(test, i, 0);
}

static void check_domain(struct kunit *test, unsigned int d)
{
	struct storm *storm = test->priv;
	unsigned int i;

	for (i = 0; i < IDLE_MASTERS; i++) {
		struct actor *a = &storm->actors[i];

		detach(a);
		act_attach(a, d);
		KUNIT_ASSERT_EQ(test, a->domain, d);
		if (!a->powered)
			act_power(a);
		check_streams(test, a->dev, d);
	}
}

/* The case */

static void start_display(struct kunit *test)
{
	struct storm *storm = test->priv;
	struct span *span = &storm->span;

	KUNIT_ASSERT_EQ(test, span_attach_display(span), 0);
	KUNIT_ASSERT_EQ(test, span_attach_coproc(span), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_CMD), 0);
	KUNIT_ASSERT_EQ(test, span_map(span, SPAN_RSP), 0);
	KUNIT_ASSERT_EQ(test, span_boot(span), 0);
}

static void run_all(struct kunit *test)
{
	struct task_struct *tasks[IDLE_MASTERS + 1];
	struct storm *storm = test->priv;
	unsigned int i;

	for (i = 0; i < IDLE_MASTERS; i++) {
		tasks[i] = kthread_run(actor_run, &storm->actors[i], "dart-storm/%u", i);
		KUNIT_ASSERT_FALSE(test, IS_ERR(tasks[i]));
	}
	tasks[i] = kthread_run(display_run, storm, "dart-storm/display");
	KUNIT_ASSERT_FALSE(test, IS_ERR(tasks[i]));
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		kthread_stop(tasks[i]);
}

static void storm_test_random(struct kunit *test)
{
	struct storm *storm = test->priv;
	unsigned int i, d, n_ops;

	start_display(test);
	run_all(test);
	n_ops = storm->n_shows;
	KUNIT_EXPECT_EQ(test, storm->errors, 0);
	KUNIT_EXPECT_GT(test, atomic_read(&storm->span.faults), 0);
	for (i = 0; i < IDLE_MASTERS; i++) {
		KUNIT_EXPECT_EQ_MSG(test, storm->actors[i].errors, 0, "actor %u", i);
		n_ops += storm->actors[i].n_ops;
	}
	KUNIT_EXPECT_GT(test, n_ops, 10000);
	for (d = 0; d < STORM_DOMAINS; d++)
		check_domain(test, d);
	kunit_info(test, "%u operations, %d faults\n", n_ops, atomic_read(&storm->span.faults));
}

static void init_actor(struct storm *storm, unsigned int number)
{
	struct actor *a = &storm->actors[number];
	unsigned int i;

	a->storm = storm;
	a->dev = storm_masters[number];
	a->base = (number + 2) * STORM_RANGE;
	a->domain = -1;
	for (i = 0; i < STORM_PASIDS; i++)
		a->pasid_domain[i] = -1;
	prandom_seed_state(&a->rnd, 1103 + number);
}

static int storm_init(struct kunit *test)
{
	struct storm *storm = kunit_kzalloc(test, sizeof(*storm), GFP_KERNEL);
	unsigned int i;

	if (!storm)
		return -ENOMEM;
	for (i = 0; i < IDLE_MASTERS; i++) {
		if (!storm_masters[i] || !storm_display || !storm_coproc)
			kunit_skip(test, "no board with %u idle masters and a display",
				   IDLE_MASTERS);
		init_actor(storm, i);
	}
	prandom_seed_state(&storm->rnd, 2207);
	test->priv = storm;
	storm->block = alloc_pages(GFP_KERNEL, get_order(SZ_16K));
	KUNIT_ASSERT_NOT_NULL(test, storm->block);
	KUNIT_ASSERT_EQ(test, span_open(&storm->span, storm_display, storm_coproc), 0);
	/* Domains of all formats, whose primary tables differ. */
	storm->domains[0] = storm->span.domain;
	storm->domains[1] = iommu_paging_domain_alloc(storm_masters[2]);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, storm->domains[1]);
	storm->domains[2] = iommu_paging_domain_alloc(storm_masters[0]);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, storm->domains[2]);
	return 0;
}

static void drop_actor(struct actor *a)
{
	unsigned int i, d;

	for (i = 0; i < STORM_PASIDS; i++)
		free_pasid(a, i);
	detach(a);
	if (a->powered)
		act_power(a);
	for (d = 0; d < STORM_DOMAINS; d++)
		for (i = 0; i < STORM_SLOTS; i++)
			if (a->n_pages[d][i])
				act_unmap(a, d, i);
}

static void storm_exit(struct kunit *test)
{
	struct storm *storm = test->priv;
	unsigned int i;

	if (!storm)
		return;
	for (i = 0; i < IDLE_MASTERS; i++)
		drop_actor(&storm->actors[i]);
	for (i = 1; i < STORM_DOMAINS; i++) {
		if (!IS_ERR_OR_NULL(storm->domains[i]))
			iommu_domain_free(storm->domains[i]);
	}
	KUNIT_EXPECT_EQ(test, span_close(&storm->span), 0);
	if (storm->block)
		__free_pages(storm->block, get_order(SZ_16K));
}

static int storm_suite_init(struct kunit_suite *suite)
{
	return platform_driver_register(&storm_driver);
}

static void storm_suite_exit(struct kunit_suite *suite)
{
	platform_driver_unregister(&storm_driver);
	storm_display = NULL;
	storm_coproc = NULL;
	memset(storm_masters, 0, sizeof(storm_masters));
}

static struct kunit_case storm_cases[] = {
	KUNIT_CASE_SLOW(storm_test_random),
	{ }
};

static struct kunit_suite storm_suite = {
	.name = "dart-storm",
	.suite_init = storm_suite_init,
	.suite_exit = storm_suite_exit,
	.init = storm_init,
	.exit = storm_exit,
	.test_cases = storm_cases,
};

kunit_test_suite(storm_suite);

MODULE_DESCRIPTION("KUnit test of DART domains under random operations");
MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_LICENSE("GPL");
