// SPDX-License-Identifier: GPL-2.0
/* DART model: TLB, staleness, modes, DMA, nonsense and concurrent use. */
#include "dart_env.h"

/* Tests: TLB */

static void sleep_ms(unsigned int ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	nanosleep(&time, NULL);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_tlb_counts(void **state)
{
	struct env env;
	uint64_t root, page, pa, span;
	unsigned int n_tables, i;

	env_open(&env, variant_of(state));
	page = page_bytes(&env);
	n_tables = env.variant->n_tables;
	root = start_stream(&env, 0);
	for (i = 0; i < 16; i++)
		*leaf_at(&env, root, i * page) = leaf_entry(&env, data_page(&env, i), 0);
	for (i = 0; i < 16; i++)
		assert_int_equal(tr(&env, 0, i * page, false, &pa, &span), 0);
	/* Two lines of pages; the tables above were read for the first of them. */
	assert_int_equal(counter(&env, "walks"), 2);
	assert_int_equal(counter(&env, "walk_reads"), n_tables + 1);
	assert_int_equal(counter(&env, "tlb_fills"), 2);
	assert_int_equal(counter(&env, "tlb_hits"), 14);

	assert_int_equal(tr(&env, 0, 16 * page, false, &pa, &span), -EFAULT);
	assert_int_equal(tr(&env, 0, 16 * page, false, &pa, &span), -EFAULT);
	assert_int_equal(counter(&env, "tlb_negative_fills"), 1);
	assert_int_equal(counter(&env, "tlb_hits"), 15);

	flush(&env, 1);
	assert_int_equal(tr(&env, 0, 0, false, &pa, &span), 0);
	assert_int_equal(counter(&env, "tlb_hits"), 16);
	flush(&env, 0);
	assert_int_equal(tr(&env, 0, 0, false, &pa, &span), 0);
	assert_int_equal(counter(&env, "walks"), 4);
	assert_int_equal(counter(&env, "translations"), 20);
	env_close(&env);
}

static void test_tlb_eviction(void **state)
{
	struct env env;
	uint64_t root, page;
	unsigned int i, n_pages = 900;

	env_open(&env, variant_of(state));
	page = page_bytes(&env);
	root = start_stream(&env, 0);
	/* One page a line, more lines than there are. */
	for (i = 0; i < n_pages; i++)
		*leaf_at(&env, root, i * 8 * page) = leaf_entry(&env, data_page(&env, i % 256), 0);
	for (i = 0; i < n_pages; i++)
		assert_maps(&env, 0, i * 8 * page, data_page(&env, i % 256));
	for (i = 0; i < n_pages; i++)
		assert_maps(&env, 0, i * 8 * page, data_page(&env, i % 256));
	assert_true(counter(&env, "tlb_evictions") > 300);
	assert_int_equal(stats_violations(env.stats), 0);
	env_close(&env);
}

/* Without an invalidate after a map: what is cached as not there stays so, and is reported. */
static void test_negative_cache(void **state)
{
	uint64_t root, page, table_span;
	struct env env;

	env_open(&env, variant_of(state));
	page = page_bytes(&env);
	table_span = page * table_entries(&env);
	root = start_stream(&env, 0);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));

	/* A neighbour in the same table, and a new table beside the first. */
	*leaf_at(&env, root, page) = leaf_entry(&env, data_page(&env, 1), 0);
	*leaf_at(&env, root, table_span) = leaf_entry(&env, data_page(&env, 2), 0);
	assert_faults(&env, 0, page, false, NO_PTE);
	assert_int_equal(counter(&env, "violation_stale"), 1);
	assert_faults(&env, 0, table_span, false, NO_L1);
	assert_int_equal(counter(&env, "violation_stale"), 2);
	/* Once an entry. */
	assert_faults(&env, 0, page, false, NO_PTE);
	assert_int_equal(counter(&env, "violation_stale"), 2);
	assert_int_equal(counter(&env, "stale_uses"), 3);

	flush(&env, 0);
	assert_maps(&env, 0, page, data_page(&env, 1));
	assert_maps(&env, 0, table_span, data_page(&env, 2));
	assert_int_equal(counter(&env, "violation_stale"), 2);
	env_close(&env);
}

/* An invalidate of a range: lines of all levels that are on the way to it, and no others. */
static void test_flush_range(void **state)
{
	uint64_t root, page, table_span;
	unsigned int i;
	struct env env;

	env_open(&env, variant_of(state));
	page = page_bytes(&env);
	table_span = page * table_entries(&env);
	root = start_stream(&env, 1);
	for (i = 0; i < 4; i++) {
		*leaf_at(&env, root, i * 8 * page) = leaf_entry(&env, data_page(&env, i), 0);
		assert_maps(&env, 1, i * 8 * page, data_page(&env, i));
		*leaf_at(&env, root, i * 8 * page) = leaf_entry(&env, data_page(&env, 8 + i), 0);
	}
	assert_faults(&env, 1, 8 * table_span, false, NO_L1);
	*leaf_at(&env, root, 8 * table_span) = leaf_entry(&env, data_page(&env, 4), 0);

	/* Pages 8 to 16, with both ends, of the right stream. */
	wr(&env, 0x98, 8 << 2);
	wr(&env, 0xa0, 16 << 2);
	wr(&env, 0x80, 0x6102);
	wait_idle(&env);
	assert_maps(&env, 1, 8 * page, data_page(&env, 1));
	wr(&env, 0x80, 0x6101);
	wait_idle(&env);
	assert_int_equal(counter(&env, "invalidated_ranges"), 2);
	assert_int_equal(counter(&env, "invalidates"), 3);
	assert_maps(&env, 1, 0, data_page(&env, 0));
	assert_maps(&env, 1, 8 * page, data_page(&env, 9));
	assert_maps(&env, 1, 16 * page, data_page(&env, 10));
	assert_maps(&env, 1, 24 * page, data_page(&env, 3));
	assert_faults(&env, 1, 8 * table_span, false, NO_L1);

	/* A table that was not there before. */
	wr(&env, 0x98, (uint32_t)(8 * table_span / page) << 2);
	wr(&env, 0xa0, (uint32_t)(8 * table_span / page) << 2);
	wr(&env, 0x80, 0x6101);
	wait_idle(&env);
	assert_maps(&env, 1, 8 * table_span, data_page(&env, 4));

	assert_int_equal(counter(&env, "violation_command"), 0);
	assert_int_equal(counter(&env, "violation_empty"), 0);
	wr(&env, 0x98, 9 << 2);
	wr(&env, 0xa0, 8 << 2);
	wr(&env, 0x80, 0x6101);
	wait_idle(&env);
	assert_int_equal(counter(&env, "violation_empty"), 1);
	env_close(&env);
}

/* Of two stale entries that were used, an invalidate in time makes up for those in its range. */
static bool invalidate_one_in_time(struct env *env, unsigned int grace_ms)
{
	uint64_t root = start_stream(env, 1), begin = now_ms(), dva;

	for (unsigned int i = 0; i < 2; i++) {
		dva = i * 8 * page_bytes(env);
		*leaf_at(env, root, dva) = leaf_entry(env, data_page(env, i), 0);
		assert_maps(env, 1, dva, data_page(env, i));
		*leaf_at(env, root, dva) = 0;
		assert_maps(env, 1, dva, data_page(env, i));
	}
	wr(env, 0x98, 8 << 2);
	wr(env, 0xa0, 8 << 2);
	wr(env, 0x80, 0x6101);
	wait_idle(env);
	if (now_ms() - begin >= grace_ms)
		return false;
	sleep_ms(grace_ms + 20);
	dart_check(env->dart);
	assert_int_equal(counter(env, "violation_stale"), 1);
	return true;
}

static void test_flush_range_stale(void **state)
{
	struct dart_config config = variant_config(variant_of(state));
	struct env env;
	bool in_time;

	config.stale_grace_ms = 30;
	do {
		config.stale_grace_ms *= 2;
		env_open_with(&env, variant_of(state), &config);
		in_time = invalidate_one_in_time(&env, config.stale_grace_ms);
		env_close(&env);
	} while (!in_time);
}

/* Version 1 knows of no ranges. */
static void test_flush_range_refused(void **state)
{
	struct env env;

	(void)state;
	env_open(&env, &t8110);
	wr(&env, 0x80, 0x6101);
	wait_idle(&env);
	assert_int_equal(counter(&env, "violation_command"), 1);
	assert_int_equal(counter(&env, "invalidates"), 0);
	env_close(&env);
}

static void test_no_negative_cache(void **state)
{
	struct dart_config config = variant_config(variant_of(state));
	uint64_t root, page, table_span;
	struct env env;

	config.no_negative_cache = true;
	env_open_with(&env, variant_of(state), &config);
	page = page_bytes(&env);
	table_span = page * table_entries(&env);
	root = start_stream(&env, 0);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_faults(&env, 0, page, false, NO_PTE);
	assert_faults(&env, 0, table_span, false, NO_L1);

	*leaf_at(&env, root, page) = leaf_entry(&env, data_page(&env, 1), 0);
	*leaf_at(&env, root, table_span) = leaf_entry(&env, data_page(&env, 2), 0);
	assert_maps(&env, 0, page, data_page(&env, 1));
	assert_maps(&env, 0, table_span, data_page(&env, 2));
	assert_int_equal(counter(&env, "tlb_negative_fills"), 0);
	assert_int_equal(stats_violations(env.stats), 0);

	/* Present entries are cached all the same. */
	*leaf_at(&env, root, 0) = 0;
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(counter(&env, "violation_stale"), 1);
	env_close(&env);
}

static void test_stale_unmap(void **state)
{
	struct env env;
	uint64_t root;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 0);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 1), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(counter(&env, "violation_stale"), 1);
	flush(&env, 0);
	assert_maps(&env, 0, 0, data_page(&env, 1));
	*leaf_at(&env, root, 0) = 0;
	assert_maps(&env, 0, 0, data_page(&env, 1));
	assert_int_equal(counter(&env, "violation_stale"), 2);
	flush(&env, 0);
	assert_faults(&env, 0, 0, false, NO_PTE);
	assert_int_equal(counter(&env, "violation_stale"), 2);
	env_close(&env);
}

/* A table that went away, and a TTBR that did, below a page that is still cached. */
static void test_stale_tables(void **state)
{
	uint64_t root, other;
	struct env env;
	unsigned int top;

	env_open(&env, variant_of(state));
	top = env.variant->n_tables - 1;
	root = start_stream(&env, 0);
	other = new_table(&env);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	*leaf_at(&env, other, 0) = leaf_entry(&env, data_page(&env, 1), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	at(&env, root)[index_at(&env, 0, top)] = 0;
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(counter(&env, "violation_stale"), 1);

	flush(&env, 0);
	set_ttbr(&env, 0, 0, other);
	assert_maps(&env, 0, 0, data_page(&env, 1)); /* nothing was cached: nothing is stale */
	assert_int_equal(counter(&env, "violation_stale"), 1);
	set_ttbr(&env, 0, 0, root);
	assert_maps(&env, 0, 0, data_page(&env, 1));
	assert_int_equal(counter(&env, "violation_stale"), 2);
	set_ttbr(&env, 0, 0, 0);
	flush(&env, 0);
	assert_faults(&env, 0, 0, false, NO_TTBR);
	assert_int_equal(counter(&env, "violation_stale"), 2);
	env_close(&env);
}

/* The same page by another way: the entry is right, what led to it is not. */
static void test_stale_way(void **state)
{
	uint64_t root, other, table, page;
	struct env env;
	unsigned int top, slot, reports;

	env_open(&env, variant_of(state));
	page = page_bytes(&env);
	top = env.variant->n_tables - 1;
	slot = index_at(&env, 0, top);
	root = start_stream(&env, 0);
	other = new_table(&env);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	*leaf_at(&env, root, 8 * page) = leaf_entry(&env, data_page(&env, 1), 0);
	at(&env, other)[slot] = at(&env, root)[slot];
	assert_maps(&env, 0, 0, data_page(&env, 0));

	set_ttbr(&env, 0, 0, other);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(counter(&env, "violation_stale"), 1);
	/* A page that was not cached, below table entries that were: once for each, and the page. */
	assert_maps(&env, 0, 8 * page, data_page(&env, 1));
	reports = 1 + top + 1;
	assert_int_equal(counter(&env, "violation_stale"), reports);

	flush(&env, 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	table = new_table(&env);
	memcpy(at(&env, table), at(&env, entry_pa(&env, at(&env, other)[slot])), page);
	at(&env, other)[slot] = table_entry(&env, table);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(counter(&env, "violation_stale"), reports + 1);
	env_close(&env);
}

/* An invalidate in time makes it good, one that covers another stream or comes late does not. */
static bool invalidate_in_time(struct env *env, unsigned int grace_ms)
{
	uint64_t root, begin = now_ms();

	for (unsigned int i = 0; i < 2; i++) {
		root = start_stream(env, i);
		*leaf_at(env, root, 0) = leaf_entry(env, data_page(env, i), 0);
		assert_maps(env, i, 0, data_page(env, i));
		*leaf_at(env, root, 0) = 0;
		assert_maps(env, i, 0, data_page(env, i));
	}
	assert_int_equal(counter(env, "stale_uses"), 4);
	flush(env, 0);
	dart_check(env->dart);
	if (now_ms() - begin >= grace_ms)
		return false;
	assert_int_equal(counter(env, "violation_stale"), 0);
	sleep_ms(grace_ms + 20);
	dart_check(env->dart);
	assert_int_equal(counter(env, "violation_stale"), 1);
	flush(env, 1);
	dart_check(env->dart);
	assert_int_equal(counter(env, "violation_stale"), 1);
	return true;
}

static void use_stale(struct env *env, uint64_t root)
{
	flush(env, 0);
	*leaf_at(env, root, 0) = leaf_entry(env, data_page(env, 2), 0);
	flush(env, 0);
	assert_maps(env, 0, 0, data_page(env, 2));
	*leaf_at(env, root, 0) = 0;
	assert_maps(env, 0, 0, data_page(env, 2));
}

/* Any operation looks; a reset forgets what is not yet due. */
static bool reset_in_time(struct env *env, unsigned int grace_ms)
{
	uint64_t root = start_stream(env, 0), begin;

	use_stale(env, root);
	sleep_ms(grace_ms + 20);
	rd(env, 0);
	assert_int_equal(counter(env, "violation_stale"), 2);
	begin = now_ms();
	use_stale(env, root);
	dart_reset(env->dart);
	if (now_ms() - begin >= grace_ms)
		return false;
	sleep_ms(grace_ms + 20);
	dart_check(env->dart);
	assert_int_equal(counter(env, "violation_stale"), 2);
	return true;
}

/* A machine with other things to do may be late, and then knows nothing: it gets more time. */
static void test_stale_grace(void **state)
{
	struct dart_config config = variant_config(variant_of(state));
	struct env env;
	bool in_time;

	config.stale_grace_ms = 30;
	do {
		config.stale_grace_ms *= 2;
		env_open_with(&env, variant_of(state), &config);
		in_time = invalidate_in_time(&env, config.stale_grace_ms) &&
			  reset_in_time(&env, config.stale_grace_ms);
		env_close(&env);
	} while (!in_time);
}

/* Tests: modes */

static void test_bypass(void **state)
{
	uint64_t pa, span;
	struct env env;

	env_open(&env, variant_of(state));
	enable_streams(&env);
	set_tcr(&env, 7, tcr_bypass(&env));
	assert_maps(&env, 7, RAM_BASE + 0x1234, RAM_BASE + 0x1234);
	assert_faults(&env, 7, 0x1000, false, DECODE);
	assert_int_equal(counter(&env, "bypassed"), 3);
	assert_int_equal(counter(&env, "walks"), 0);
	assert_int_equal(stats_violations(env.stats), 0);

	set_tcr(&env, 7, tcr_bypass(&env) | tcr_translate(&env));
	assert_int_equal(counter(&env, "violation_mode"), 1);
	assert_int_equal(tr(&env, 7, RAM_BASE, false, &pa, &span), -EFAULT);
	env_close(&env);
}

static void test_no_bypass(void **state)
{
	struct dart_config config = variant_config(variant_of(state));
	struct env env;

	config.bypass = false;
	env_open_with(&env, variant_of(state), &config);
	assert_int_equal(rd(&env, 4) & 1, 0);
	enable_streams(&env);
	set_tcr(&env, 7, tcr_bypass(&env));
	assert_int_equal(counter(&env, "violation_bypass"), 1);
	assert_faults(&env, 7, RAM_BASE, false, BLOCKED);
	env_close(&env);
}

static void test_four_levels_refused(void **state)
{
	struct env env;

	(void)state;
	env_open(&env, &t8110);
	set_tcr(&env, 0, 9);
	assert_int_equal(rd(&env, 0x1000), 1);
	assert_int_equal(counter(&env, "violation_mode"), 1);
	env_close(&env);
}

/* Locked when power comes up, and again after each reset. */
static void test_locked_at_reset(void **state)
{
	struct dart_config config = variant_config(variant_of(state));
	struct env env;

	config.locked = true;
	env_open_with(&env, variant_of(state), &config);
	for (unsigned int i = 1; i <= 2; i++) {
		assert_int_equal(rd(&env, is_t8110(&env) ? 0x200 : 0x60),
				 is_t8110(&env) ? 1 : 1u << 15);
		set_tcr(&env, 0, tcr_translate(&env));
		assert_int_equal(counter(&env, "violation_locked"), i);
		dart_reset(env.dart);
	}
	env_close(&env);
}

static void test_lock(void **state)
{
	uint64_t root, other;
	struct env env;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 0);
	other = new_table(&env);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	wr(&env, is_t8110(&env) ? 0x200 : 0x60, is_t8110(&env) ? 1 : 1u << 15);
	set_ttbr(&env, 0, 0, other);
	set_tcr(&env, 0, 0);
	assert_int_equal(counter(&env, "violation_locked"), 2);
	flush(&env, 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_faults(&env, 0, page_bytes(&env), false, NO_PTE);

	/* T8020: until reset. T8110: until unprotected, which a lock of its own can forbid. */
	wr(&env, is_t8110(&env) ? 0x204 : 0x60, is_t8110(&env) ? 1 : 0);
	set_ttbr(&env, 0, 0, other);
	assert_int_equal(counter(&env, "violation_locked"), is_t8110(&env) ? 2 : 3);
	if (is_t8110(&env)) {
		wr(&env, 0x200, 1);
		wr(&env, 0x208, 1);
		wr(&env, 0x204, 1);
		assert_int_equal(rd(&env, 0x200), 1);
		assert_int_equal(counter(&env, "violation_locked"), 3);
	} else {
		assert_int_equal(rd(&env, 0x60), 1u << 15);
	}
	dart_reset(env.dart);
	set_ttbr(&env, 0, 0, other);
	assert_int_equal(counter(&env, "violation_locked"), 3);
	env_close(&env);
}

static void test_t8020_remap(void **state)
{
	uint64_t root;
	struct env env;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 9);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	wr(&env, 0x80, 0x03090100); /* 2 -> 9 */
	assert_maps(&env, 2, 0, data_page(&env, 0));
	assert_faults(&env, 2, page_bytes(&env), false, NO_PTE); /* reported as 2 */
	*leaf_at(&env, root, 0) = 0;
	flush(&env, 9);
	assert_faults(&env, 2, 0, false, NO_PTE);
	assert_int_equal(stats_violations(env.stats), 0);
	env_close(&env);
}

static void test_t8110_remap(void **state)
{
	uint64_t root;
	struct env env;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 9);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	set_tcr(&env, 2, 0x980);
	assert_maps(&env, 2, 0, data_page(&env, 0));
	assert_faults(&env, 2, page_bytes(&env), false, NO_PTE);
	set_tcr(&env, 3, 0x280); /* one hop: 2 itself is blocked */
	assert_faults(&env, 3, 0, false, BLOCKED);
	*leaf_at(&env, root, 0) = 0;
	flush(&env, 9);
	assert_faults(&env, 2, 0, false, NO_PTE);
	assert_int_equal(stats_violations(env.stats), 0);
	env_close(&env);
}

static void test_reset(void **state)
{
	uint64_t root, pa, span;
	struct env env;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 0);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(tr(&env, 1, 0, false, &pa, &span), -EFAULT);
	assert_true(irq_level(&env));
	wr(&env, command_offset(&env), 0);
	dart_reset(env.dart);
	assert_false(irq_level(&env));
	assert_int_equal(rd(&env, error_offset(&env)), 0);
	assert_faults(&env, 0, 0, false, BLOCKED);
	/* The command before the reset was never polled: that is forgotten as well. */
	root = start_stream(&env, 0);
	assert_int_equal(counter(&env, "violation_busy"), 0);
	assert_faults(&env, 0, 0, false, env.variant->n_tables == 3 ? NO_L0 : NO_L1);
	env_close(&env);
}

static void test_wrong_stream(void **state)
{
	uint64_t pa, span;
	struct env env;

	env_open(&env, variant_of(state));
	assert_int_equal(tr(&env, 16, 0, false, &pa, &span), -EFAULT);
	assert_int_equal(tr(&env, ~0u, 0, false, &pa, &span), -EFAULT);
	env_close(&env);
}

/* Tests: DMA */

static void test_dma(void **state)
{
	unsigned char *out, *in;
	struct env env;
	struct dma_port port;
	uint64_t root, page, fault = 0, top;
	size_t len, got, i;

	env_open(&env, variant_of(state));
	port = (struct dma_port){ .dart = env.dart, .mem = env.mem, .sid = 6 };
	page = page_bytes(&env);
	len = 6 * page;
	out = malloc(len);
	in = malloc(len);
	for (i = 0; i < len; i++)
		out[i] = i * 7 + i / 251;
	root = start_stream(&env, 6);
	/* Backwards, so that nothing is contiguous by accident. */
	for (i = 0; i < 6; i++)
		*leaf_at(&env, root, i * page) = leaf_entry(&env, data_page(&env, 20 - i), 0);
	assert_int_equal(dma_write(&port, 5, out, len - 9, NULL), 0);
	assert_int_equal(dma_read(&port, 5, in, len - 9, &fault), 0);
	assert_memory_equal(in, out, len - 9);
	assert_memory_equal((unsigned char *)at(&env, data_page(&env, 19)), out + page - 5, page);

	assert_int_equal(dma_read(&port, 5 * page + 1, in, 2 * page, &fault), -EFAULT);
	assert_int_equal(fault, 6 * page);
	assert_memory_equal(in, out + 5 * page - 4, page - 10);

	/* The last page of the address space is there, and so is the first; no access does both. */
	top = env.variant->n_roots == 1 ? root : new_table(&env);
	set_ttbr(&env, 6, env.variant->n_roots - 1, top);
	*leaf_at(&env, top, ~0ull) = leaf_entry(&env, data_page(&env, 30), 0);
	flush(&env, 6);
	assert_int_equal(dma_write(&port, ~0ull - 5, out, 6, &fault), 0);
	assert_int_equal(dma_write(&port, ~0ull - 5, out, 7, &fault), -EFAULT);
	assert_int_equal(fault, ~0ull - 5);
	assert_int_equal(dma_read(&port, 12345, in, 0, NULL), 0);

	mem_lock(env.mem);
	assert_ptr_equal(dma_ptr(&port, page + 3, 3 * page, false, &got),
			 (char *)at(&env, data_page(&env, 19)) + 3);
	assert_int_equal(got, page - 3);
	assert_null(dma_ptr(&port, 0, 0, false, &got));
	mem_unlock(env.mem);

	port.dart = NULL;
	assert_int_equal(dma_read(&port, data_page(&env, 19), in, page, NULL), 0);
	assert_memory_equal(in, out + page - 5, page);
	assert_int_equal(dma_read(&port, 0, in, 1, &fault), -EFAULT);
	assert_int_equal(fault, 0);
	free(out);
	free(in);
	env_close(&env);
}

/* One page of the DART in two pieces of guest memory. */
static void test_dma_split_memory(void **state)
{
	unsigned char *host = aligned_alloc(1 << 14, 1 << 14), buf[0x3000];
	struct dma_port port;
	struct env env;
	uint64_t root, fault;

	(void)state;
	env_open(&env, &t8103);
	memset(host, 0x5a, 1 << 14);
	host[0x1000] = 1;
	assert_int_equal(mem_map(env.mem, 0x100000, 0x1000, host, true, NULL, NULL), 0);
	assert_int_equal(mem_map(env.mem, 0x101000, 0x1000, host + 0x1000, true, NULL, NULL), 0);
	port = (struct dma_port){ .dart = env.dart, .mem = env.mem };
	root = start_stream(&env, 0);
	*leaf_at(&env, root, 0) = leaf_entry(&env, 0x100000, 0);
	assert_int_equal(dma_read(&port, 0, buf, 0x2000, NULL), 0);
	assert_memory_equal(buf, host, 0x2000);
	assert_int_equal(dma_read(&port, 0x800, buf, 0x3000, &fault), -EFAULT);
	assert_int_equal(fault, 0x2000);
	env_close(&env);
	free(host);
}

/* Bus mastering is off: nothing is read, cached, latched or held against the driver. */
static void test_gate(void **state)
{
	uint64_t root, pa, span;
	struct env env;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 0);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 0), 0);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	mem_set_gate(env.mem, false);
	assert_int_equal(tr(&env, 0, 0, false, &pa, &span), -EFAULT);
	assert_int_equal(tr(&env, 0, 9 * page_bytes(&env), true, &pa, &span), -EFAULT);
	assert_int_equal(counter(&env, "refused"), 2);
	assert_int_equal(counter(&env, "faults"), 0);
	assert_false(irq_level(&env));
	mem_set_gate(env.mem, true);
	assert_maps(&env, 0, 0, data_page(&env, 0));
	assert_int_equal(stats_violations(env.stats), 0);
	env_close(&env);
}

/* Tests: nonsense and company */

/* Nonsense in registers and tables: whatever comes, no access leaves guest memory. */
static void test_nonsense(void **state)
{
	uint64_t seed = 88172645463325252ull, pa, span, table;
	struct env env;
	unsigned int i;

	env_open(&env, variant_of(state));
	for (i = 0; i < TABLES_SIZE / 8; i++)
		((uint64_t *)env.ram)[i] = random64(&seed);
	for (i = 0; i < TABLES_SIZE / 8; i += 3) {
		table = RAM_BASE + i % 1024 * page_bytes(&env);
		((uint64_t *)env.ram)[i] = table_entry(&env, table);
	}
	for (i = 0; i < 200000; i++) {
		uint64_t r = random64(&seed);
		unsigned int sid = r >> 56 & 0x1f;

		switch (r % 8) {
		case 0:
			wr(&env, r >> 8 & 0x3ffc, (uint32_t)random64(&seed));
			break;
		case 1:
			rd(&env, r >> 8 & 0x3ffc);
			break;
		case 2:
			enable_streams(&env);
			table = RAM_BASE + (r >> 12) % 1024 * page_bytes(&env);
			set_ttbr(&env, sid % 16, r >> 8 & 3, table);
			set_tcr(&env, sid % 16, tcr_translate(&env));
			break;
		default:
			if (tr(&env, sid, random64(&seed) >> (r >> 8 & 63), r & 8, &pa, &span))
				break;
			mem_lock(env.mem);
			assert_non_null(mem_ptr(env.mem, pa, 1, r & 8));
			mem_unlock(env.mem);
			assert_true(span >= 1 && span <= page_bytes(&env));
		}
		if (i % 5000 == 0)
			dart_reset(env.dart);
	}
	env_close(&env);
}

static void *reader_thread(void *opaque)
{
	struct env *env = opaque;
	uint64_t pa, span;
	unsigned int i;

	for (i = 0; i < 20000; i++)
		if (!tr(env, 0, i % 16 * page_bytes(env), false, &pa, &span))
			assert_true(pa >= RAM_BASE && pa < RAM_BASE + RAM_SIZE);
	return NULL;
}

/* A driver that maps and unmaps properly beside a master that never rests is never to blame. */
static void test_threads(void **state)
{
	struct dart_config config = variant_config(variant_of(state));
	pthread_t threads[2];
	struct env env;
	uint64_t root;
	unsigned int i;

	config.stale_grace_ms = 300000;
	env_open_with(&env, variant_of(state), &config);
	root = start_stream(&env, 0);
	leaf_at(&env, root, 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, reader_thread, &env), 0);
	for (i = 0; i < 2000; i++) {
		uint64_t *leaf = leaf_at(&env, root, i % 16 * page_bytes(&env));
		uint64_t entry = i & 16 ? 0 : leaf_entry(&env, data_page(&env, i % 64), 0);

		__atomic_store_n(leaf, entry, __ATOMIC_RELEASE);
		flush(&env, 0);
	}
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	dart_check(env.dart);
	assert_int_equal(stats_violations(env.stats), 0);
	env_close(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ALL(test_tlb_counts),
		ON_ALL(test_tlb_eviction),
		ON_ALL(test_negative_cache),
		ON(test_flush_range, t8110_4l),
		ON(test_flush_range_stale, t8110_4l),
		cmocka_unit_test(test_flush_range_refused),
		ON_ALL(test_no_negative_cache),
		ON_ALL(test_stale_unmap),
		ON_ALL(test_stale_tables),
		ON_ALL(test_stale_way),
		ON_ALL(test_stale_grace),
		ON_ALL(test_bypass),
		ON_ALL(test_no_bypass),
		cmocka_unit_test(test_four_levels_refused),
		ON_ALL(test_lock),
		ON_ALL(test_locked_at_reset),
		ON_T8020(test_t8020_remap),
		ON_T8110(test_t8110_remap),
		ON_ALL(test_reset),
		ON_ALL(test_wrong_stream),
		ON_ALL(test_dma),
		cmocka_unit_test(test_dma_split_memory),
		ON_ALL(test_gate),
		ON_ALL(test_nonsense),
		ON_ALL(test_threads),
	};

	return cmocka_run_group_tests_name("dart-tlb", tests, NULL, NULL);
}
