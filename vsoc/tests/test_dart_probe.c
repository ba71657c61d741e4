// SPDX-License-Identifier: GPL-2.0
/* The DART as masters see it that keep translations and report faults by themselves. */
#include "dart_env.h"

struct ear {
	struct dart_listener listener;
	uint32_t dropped[8];	/* streams, since they were last looked at */
	unsigned int waits;	/* calls that might wait */
	bool settled;
};

static void hear_drop(void *opaque, const uint32_t *sids)
{
	struct ear *ear = opaque;

	for (unsigned int i = 0; i < 8; i++)
		ear->dropped[i] |= sids[i];
}

static bool hear_settled(void *opaque, unsigned int wait_ms)
{
	struct ear *ear = opaque;

	ear->waits += !!wait_ms;
	return ear->settled;
}

static void listen(struct env *env, struct ear *ear)
{
	*ear = (struct ear){ .settled = true };
	ear->listener.drop = hear_drop;
	ear->listener.settled = hear_settled;
	ear->listener.opaque = ear;
	dart_listen(env->dart, &ear->listener);
}

/* Was @sid dropped? Forgets. */
static bool dropped(struct ear *ear, unsigned int sid)
{
	bool was = ear->dropped[sid / 32] >> (sid % 32) & 1;

	memset(ear->dropped, 0, sizeof(ear->dropped));
	return was;
}

static int probe(struct env *env, unsigned int sid, uint64_t dva, unsigned int *access)
{
	uint64_t pa = 0, span = 0;
	int ret;

	mem_lock(env->mem);
	ret = dart_probe(env->dart, sid, dva, access, &pa, &span);
	mem_unlock(env->mem);
	if (!ret) {
		assert_int_equal(pa, data_page(env, 3));
		assert_int_equal(span, page_bytes(env));
	}
	return ret;
}

static void test_probe(void **state)
{
	static const struct { unsigned int flags, access; } cases[] = {
		{ 0, DART_READ | DART_WRITE }, { NO_WRITE, DART_READ }, { NO_READ, DART_WRITE },
		{ NO_READ | NO_WRITE, 0 },
	};
	unsigned int access;
	struct env env;
	uint64_t root;

	env_open(&env, variant_of(state));
	assert_int_equal(probe(&env, 2, 0, &access), -EACCES);
	root = start_stream(&env, 2);
	assert_int_equal(probe(&env, 2, 0, &access), -EFAULT);
	for (unsigned int i = 0; i < 4; i++) {
		*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 3), cases[i].flags);
		flush(&env, 2);
		assert_int_equal(probe(&env, 2, 0, &access), cases[i].access ? 0 : -EFAULT);
		assert_int_equal(access, cases[i].access);
	}
	*leaf_at(&env, root, 0) = leaf_entry(&env, RAM_BASE - page_bytes(&env), 0);
	flush(&env, 2);
	assert_int_equal(probe(&env, 2, 0, &access), -EIO);
	set_tcr(&env, 2, 0);
	assert_int_equal(probe(&env, 2, 0, &access), -EACCES);
	assert_int_equal(probe(&env, 999, 0, &access), -EACCES);
	mem_set_gate(env.mem, false);
	assert_int_equal(probe(&env, 2, 0, &access), -EACCES);
	/* Nothing of that was latched. */
	assert_int_equal(rd(&env, error_offset(&env)), 0);
	assert_false(irq_level(&env));
	assert_int_equal(counter(&env, "faults"), 0);
	assert_int_equal(counter(&env, "faults_quiet"), 6);
	env_close(&env);
}

/* The TLB answers a probe as it answers an access, and is found out in the same way. */
static void test_probe_stale(void **state)
{
	unsigned int access;
	struct env env;
	uint64_t root;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 2);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 3), 0);
	assert_int_equal(probe(&env, 2, 0, &access), 0);
	assert_int_equal(counter(&env, "violation_stale"), 0);
	*leaf_at(&env, root, 0) = 0;
	assert_int_equal(probe(&env, 2, 0, &access), 0);
	assert_int_equal(counter(&env, "violation_stale"), 1);
	env_close(&env);
}

static void test_try(void **state)
{
	uint64_t pa, span;
	struct env env;
	uint64_t root;

	env_open(&env, variant_of(state));
	root = start_stream(&env, 2);
	*leaf_at(&env, root, 0) = leaf_entry(&env, data_page(&env, 3), NO_WRITE);
	mem_lock(env.mem);
	assert_int_equal(dart_try(env.dart, 2, 4, false, &pa, &span), 0);
	assert_int_equal(pa, data_page(&env, 3) + 4);
	assert_int_equal(dart_try(env.dart, 2, 4, true, &pa, &span), -EFAULT);
	dart_inject(env.dart, 2, 1);
	assert_int_equal(dart_try(env.dart, 2, 4, false, &pa, &span), -EFAULT);
	mem_unlock(env.mem);
	assert_int_equal(rd(&env, error_offset(&env)), 0);
	assert_int_equal(counter(&env, "faults_quiet"), 2);
	env_close(&env);
}

static void test_listener(void **state)
{
	struct env env;
	struct ear ear;

	env_open(&env, variant_of(state));
	listen(&env, &ear);
	start_stream(&env, 2);
	dropped(&ear, 2);
	flush(&env, 2);
	assert_true(dropped(&ear, 2));
	flush(&env, 3);
	assert_false(dropped(&ear, 2));
	set_ttbr(&env, 2, 0, 0);
	assert_true(dropped(&ear, 2));
	set_tcr(&env, 2, 0);
	assert_true(dropped(&ear, 2));
	if (is_t8110(&env))
		wr(&env, 0xc20, 1 << 2);
	else
		wr(&env, 0xfc, 0);
	assert_true(dropped(&ear, 2));
	dart_inject(env.dart, 2, 0);
	assert_true(dropped(&ear, 2));
	dart_reset(env.dart);
	assert_true(dropped(&ear, 2));
	/* A read of a register is no news. */
	rd(&env, error_offset(&env));
	assert_false(dropped(&ear, 2));
	dart_unlisten(env.dart, &ear.listener);
	flush(&env, 2);
	assert_false(dropped(&ear, 2));
	env_close(&env);
}

/* A stream that uses another one's tables hears of that one's invalidates. */
static void test_listener_remap(void **state)
{
	struct env env;
	struct ear ear;

	env_open(&env, variant_of(state));
	listen(&env, &ear);
	start_stream(&env, 2);
	if (is_t8110(&env))
		set_tcr(&env, 5, 0x80 | 2 << 8);
	else
		wr(&env, 0x84, 2 << 8 | 4 | 6 << 16 | 7u << 24);
	dropped(&ear, 5);
	flush(&env, 2);
	assert_true(dropped(&ear, 5));
	flush(&env, 4);
	assert_false(dropped(&ear, 5));
	dart_unlisten(env.dart, &ear.listener);
	env_close(&env);
}

static void test_settle(void **state)
{
	uint32_t flush_sid2;
	struct env env;
	struct ear ear;

	env_open(&env, variant_of(state));
	listen(&env, &ear);
	start_stream(&env, 2);
	ear.settled = false;
	ear.waits = 0;
	flush_sid2 = is_t8110(&env) ? 0x102 : 1u << 20;
	if (!is_t8110(&env))
		wr(&env, 0x34, 1 << 2);
	wr(&env, command_offset(&env), flush_sid2);
	for (unsigned int i = 0; i < 10; i++)
		assert_true(rd(&env, command_offset(&env)) & busy_bit(&env));
	assert_int_equal(ear.waits, 10);
	ear.settled = true;
	assert_true(rd(&env, command_offset(&env)) & busy_bit(&env));
	assert_false(rd(&env, command_offset(&env)) & busy_bit(&env));
	/* Without a command nobody is busy. */
	ear.settled = false;
	assert_false(rd(&env, command_offset(&env)) & busy_bit(&env));
	assert_int_equal(counter(&env, "violation_busy"), 0);
	dart_unlisten(env.dart, &ear.listener);
	env_close(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ALL(test_probe),
		ON_ALL(test_probe_stale),
		ON_ALL(test_try),
		ON_ALL(test_listener),
		ON_ALL(test_listener_remap),
		ON_ALL(test_settle),
	};

	return cmocka_run_group_tests_name("dart-probe", tests, NULL, NULL);
}
