// SPDX-License-Identifier: GPL-2.0
/* Guest memory: ranges, lookups, the gate. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mem.h"

static uint8_t ram[4][0x1000];
static unsigned int n_released;

static void released(void *opaque, void *host, uint64_t size)
{
	assert_ptr_equal(opaque, &n_released);
	assert_true(!host || size == 0x1000);
	n_released++;
}

static int setup(void **state)
{
	n_released = 0;
	*state = mem_create();
	return 0;
}

static int teardown(void **state)
{
	mem_destroy(*state);
	return 0;
}

static int map(struct mem *mem, uint64_t gpa, unsigned int which, bool writable)
{
	return mem_map(mem, gpa, 0x1000, ram[which], writable, released, &n_released);
}

static void *ptr(struct mem *mem, uint64_t gpa, uint64_t len, bool write)
{
	void *host;

	mem_lock(mem);
	host = mem_ptr(mem, gpa, len, write);
	mem_unlock(mem);
	return host;
}

static void test_lookup(void **state)
{
	struct mem *mem = *state;

	/* Out of order, with a gap and with two neighbours. */
	assert_int_equal(map(mem, 0x5000, 1, true), 0);
	assert_int_equal(map(mem, 0x1000, 0, true), 0);
	assert_int_equal(map(mem, 0x6000, 2, false), 0);

	assert_ptr_equal(ptr(mem, 0x1000, 0x1000, true), ram[0]);
	assert_ptr_equal(ptr(mem, 0x1fff, 1, true), &ram[0][0xfff]);
	assert_ptr_equal(ptr(mem, 0x5010, 4, false), &ram[1][0x10]);
	assert_ptr_equal(ptr(mem, 0x6000, 1, false), ram[2]);
	assert_null(ptr(mem, 0x6000, 1, true));
	assert_null(ptr(mem, 0xfff, 1, false));
	assert_null(ptr(mem, 0xfff, 2, false));
	assert_null(ptr(mem, 0x1fff, 2, false));
	assert_null(ptr(mem, 0x2000, 1, false));
	/* In two ranges, even if they touch. */
	assert_null(ptr(mem, 0x5ff0, 0x20, false));
	assert_null(ptr(mem, 0x1000, 0, false));
	assert_null(ptr(mem, 0x1000, UINT64_MAX, false));
	assert_null(ptr(mem, UINT64_MAX, 1, false));
}

static void test_map_errors(void **state)
{
	struct mem *mem = *state;

	assert_int_equal(mem_map(mem, 0, 0, ram[0], true, NULL, NULL), -EINVAL);
	assert_int_equal(mem_map(mem, UINT64_MAX, 2, ram[0], true, NULL, NULL), -EINVAL);
	assert_int_equal(map(mem, 0x3000, 0, true), 0);
	assert_int_equal(map(mem, 0x3000, 1, true), -EEXIST);
	assert_int_equal(map(mem, 0x2001, 1, true), -EEXIST);
	assert_int_equal(map(mem, 0x3fff, 1, true), -EEXIST);
	assert_int_equal(mem_map(mem, 0, 0x8000, ram[1], true, NULL, NULL), -EEXIST);
	assert_int_equal(map(mem, 0x2000, 1, true), 0);
	assert_int_equal(map(mem, 0x4000, 2, true), 0);
	/* The last byte there is. */
	assert_int_equal(map(mem, -0x1000ull, 3, true), 0);
	assert_ptr_equal(ptr(mem, UINT64_MAX, 1, true), &ram[3][0xfff]);
}

static void test_unmap(void **state)
{
	struct mem *mem = *state;

	assert_int_equal(map(mem, 0x3000, 0, true), 0);
	assert_int_equal(mem_unmap(mem, 0x3000, 0x800), -ENOENT);
	assert_int_equal(mem_unmap(mem, 0x3000, 0x2000), -ENOENT);
	assert_int_equal(mem_unmap(mem, 0x3000, 0), -ENOENT);
	assert_int_equal(mem_unmap(mem, 0x3800, 0x800), -ENOENT);
	assert_int_equal(mem_unmap(mem, 0x2000, 0x1000), -ENOENT);
	assert_int_equal(n_released, 0);
	assert_int_equal(mem_unmap(mem, 0x3000, 0x1000), 0);
	assert_int_equal(n_released, 1);
	assert_int_equal(mem_unmap(mem, 0x3000, 0x1000), -ENOENT);
	assert_null(ptr(mem, 0x3000, 1, false));

	assert_int_equal(map(mem, 0x3000, 0, true), 0);
	assert_int_equal(mem_map(mem, 0x8000, 0x4000, NULL, true, released, &n_released), 0);
	mem_unmap_all(mem);
	assert_int_equal(n_released, 3);
	assert_null(ptr(mem, 0x3000, 1, false));
}

/* Enough to grow, in random order; compared with a plain table. */
static void test_many(void **state)
{
	struct mem *mem = *state;
	bool mapped[256] = { false };

	srandom(1);
	for (unsigned int i = 0; i < 5000; i++) {
		unsigned int page = (unsigned int)random() % 256;
		uint64_t gpa = page * 0x1000ull;

		if (mapped[page])
			assert_int_equal(mem_unmap(mem, gpa, 0x1000), 0);
		else
			assert_int_equal(map(mem, gpa, page % 4, true), 0);
		mapped[page] = !mapped[page];
		page = (unsigned int)random() % 256;
		assert_ptr_equal(ptr(mem, page * 0x1000ull + 8, 8, true),
				 mapped[page] ? &ram[page % 4][8] : NULL);
	}
}

static void count_refusals(void *opaque, enum mem_refusal why, uint64_t gpa, uint64_t len,
			   bool write)
{
	unsigned int *counts = opaque;

	(void)gpa;
	(void)len;
	(void)write;
	counts[why]++;
}

static void test_gate_and_refusals(void **state)
{
	unsigned int counts[4] = { 0 };
	struct mem *mem = *state;

	mem_set_refusal_hook(mem, count_refusals, counts);
	assert_int_equal(map(mem, 0x1000, 0, false), 0);
	assert_int_equal(mem_map(mem, 0x8000, 0x1000, NULL, true, NULL, NULL), 0);
	assert_non_null(ptr(mem, 0x1000, 1, false));
	mem_set_gate(mem, false);
	mem_lock(mem);
	assert_false(mem_gate_open(mem));
	mem_unlock(mem);
	assert_null(ptr(mem, 0x1000, 1, false));
	mem_set_gate(mem, true);
	assert_non_null(ptr(mem, 0x1000, 1, false));
	assert_null(ptr(mem, 0x1000, 1, true));
	assert_null(ptr(mem, 0x8000, 1, true));
	assert_null(ptr(mem, 0x4000, 1, true));
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(counts[i], 1);
}

struct watcher {
	struct mem *mem;
	unsigned int changes, changed;
};

static void note_change(void *opaque)
{
	struct watcher *watcher = opaque;

	assert_int_equal(watcher->changes++, watcher->changed);
	/* A holder of the lock may still be waited for. */
	mem_lock(watcher->mem);
	mem_unlock(watcher->mem);
}

static void note_changed(void *opaque)
{
	struct watcher *watcher = opaque;

	assert_int_equal(++watcher->changed, watcher->changes);
}

/* Both calls, in their order, for all that could make a pointer invalid. */
static void test_watch(void **state)
{
	struct watcher watchers[2] = { { .mem = *state }, { .mem = *state } };
	struct mem_watch watches[2];
	struct mem *mem = *state;

	for (unsigned int i = 0; i < 2; i++) {
		watches[i] = (struct mem_watch){
			.change = note_change, .changed = note_changed, .opaque = &watchers[i],
		};
		mem_watch(mem, &watches[i]);
	}
	assert_int_equal(map(mem, 0x1000, 0, false), 0);
	assert_int_equal(watchers[0].changed, 1);
	mem_set_gate(mem, false);
	mem_set_gate(mem, true);
	assert_int_equal(watchers[0].changed, 3);
	assert_int_equal(mem_unmap(mem, 0x1000, 0x1000), 0);
	assert_int_equal(watchers[0].changed, 4);
	mem_unmap_all(mem);
	mem_unwatch(mem, &watches[0]);
	mem_set_gate(mem, true);
	assert_int_equal(watchers[0].changed, 5);
	assert_int_equal(watchers[1].changed, 6);
	mem_unwatch(mem, &watches[1]);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lookup),
		TEST(test_map_errors),
		TEST(test_unmap),
		TEST(test_many),
		TEST(test_gate_and_refusals),
		TEST(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
