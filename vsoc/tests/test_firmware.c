// SPDX-License-Identifier: GPL-2.0
/* What the firmware of board "m1-locked" leaves behind: locked DARTs, tables, a picture, windows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <libfdt.h>

#include "blob.h"
#include "board.h"
#include "firmware.h"

#define RAM		0x3ff00000ull
#define RAM_SIZE	0x00600000ull
#define PICTURE		0x40100000ull
#define PICTURE_SIZE	0x003e8000ull
#define DVA		0xa0000000ull
#define DCP_HIGH	0xf00000000ull
#define FIRST_L1	0x40000000ull
#define WIDTH		1280
#define HEIGHT		800

struct env {
	struct mem *mem;
	struct stats *stats;
	struct board *board;
	struct dart *disp0, *dcp;
	char *ram;
};

static void no_raise(void *opaque, unsigned int line)
{
	(void)opaque;
	(void)line;
}

static void plug(struct env *env)
{
	assert_int_equal(mem_map(env->mem, RAM, RAM_SIZE, env->ram, true, NULL, NULL), 0);
}

static void unplug(struct env *env)
{
	assert_int_equal(mem_unmap(env->mem, RAM, RAM_SIZE), 0);
}

static void env_open(struct env *env)
{
	struct board_config config = { .raise = no_raise };
	void *blob = blob_load("m1-locked");

	config.mem = env->mem = mem_create();
	config.stats = env->stats = stats_create();
	env->board = board_create(&config, blob, BLOB_ROOM);
	assert_non_null(env->board);
	/* As the PCI function does until the guest says otherwise. */
	mem_set_gate(env->mem, false);
	env->disp0 = board_dart(env->board, "iommu@304000");
	env->dcp = board_dart(env->board, "iommu@30c000");
	env->ram = aligned_alloc(0x4000, RAM_SIZE);
	assert_non_null(env->ram);
	memset(env->ram, 0x5a, RAM_SIZE);
	free(blob);
}

static void env_close(struct env *env)
{
	board_check(env->board);
	assert_int_equal(stats_violations(env->stats), 0);
	board_destroy(env->board);
	mem_destroy(env->mem);
	stats_destroy(env->stats);
	free(env->ram);
}

static void assert_picture(struct env *env)
{
	unsigned int width, height;
	uint32_t *pixels = display_grab(board_display(env->board), 0, &width, &height);

	assert_non_null(pixels);
	assert_int_equal(width, WIDTH);
	assert_int_equal(height, HEIGHT);
	for (unsigned int y = 0; y < HEIGHT; y += 7)
		for (unsigned int x = 0; x < WIDTH; x += 3)
			assert_int_equal(pixels[y * WIDTH + x], firmware_pixel(x, y));
	free(pixels);
}

static void assert_dark(struct env *env)
{
	unsigned int width, height;

	assert_null(display_grab(board_display(env->board), 0, &width, &height));
}

static int translate(struct env *env, struct dart *dart, uint64_t dva, uint64_t *pa)
{
	uint64_t span;
	int ret;

	mem_lock(env->mem);
	ret = dart_translate(dart, 0, dva, false, pa, &span);
	mem_unlock(env->mem);
	return ret;
}

static uint64_t *entry_at(struct env *env, uint64_t pa)
{
	return (uint64_t *)(env->ram + (pa - RAM));
}

static void test_picture(void **state)
{
	struct env env;

	(void)state;
	env_open(&env);
	assert_dark(&env);
	plug(&env);
	assert_picture(&env);
	/* Frames go by, and nothing faults. */
	usleep(50000);
	env_close(&env);
}

/* The same page through both instances, each at its own address; nothing beside it. */
static void test_mappings(void **state)
{
	struct env env;
	uint64_t pa;

	(void)state;
	env_open(&env);
	plug(&env);
	for (uint64_t at = 0; at < PICTURE_SIZE; at += 0x3fff) {
		assert_int_equal(translate(&env, env.disp0, DVA + at, &pa), 0);
		assert_true(pa == PICTURE + at);
		assert_int_equal(translate(&env, env.dcp, DCP_HIGH + DVA + at, &pa), 0);
		assert_true(pa == PICTURE + at);
	}
	assert_int_not_equal(translate(&env, env.disp0, DVA - 1, &pa), 0);
	assert_int_not_equal(translate(&env, env.dcp, DCP_HIGH + DVA + PICTURE_SIZE, &pa), 0);
	env_close(&env);
}

/* An address outside of the window is what no master emits. */
static void test_window(void **state)
{
	struct env env;
	uint64_t pa;

	(void)state;
	env_open(&env);
	plug(&env);
	assert_int_not_equal(translate(&env, env.dcp, DVA, &pa), 0);
	assert_int_not_equal(translate(&env, env.dcp, DCP_HIGH + 0xfc000000, &pa), 0);
	assert_int_not_equal(translate(&env, env.disp0, DCP_HIGH + DVA, &pa), 0);
	assert_int_equal(stats_violations(env.stats), 3);
	board_destroy(env.board);
	mem_destroy(env.mem);
	stats_destroy(env.stats);
	free(env.ram);
}

/* Memory that is remapped while nothing else was shown: the picture comes back as it was left. */
static void test_remap(void **state)
{
	struct env env;

	(void)state;
	env_open(&env);
	plug(&env);
	*(uint32_t *)entry_at(&env, PICTURE) = 0x123456;
	unplug(&env);
	assert_dark(&env);
	plug(&env);
	assert_int_equal(*(uint32_t *)entry_at(&env, PICTURE), 0x123456);
	*(uint32_t *)entry_at(&env, PICTURE) = firmware_pixel(0, 0);
	assert_picture(&env);
	mem_unmap_all(env.mem);
	assert_dark(&env);
	env_close(&env);
}

/* What an operating system added to the tables is gone after a reset, the picture is back. */
static void test_reset(void **state)
{
	struct env env;
	uint64_t pa;

	(void)state;
	env_open(&env);
	plug(&env);
	/* A vacant slot of the first level, with the table that is in use elsewhere. */
	*entry_at(&env, FIRST_L1 + 8) = *entry_at(&env, FIRST_L1 + 8 * (DVA >> 25));
	assert_int_equal(translate(&env, env.disp0, 0x2000000, &pa), 0);
	assert_true(pa == PICTURE);
	memset(entry_at(&env, PICTURE), 0, PICTURE_SIZE);
	board_reset(env.board);
	assert_picture(&env);
	assert_int_not_equal(translate(&env, env.disp0, 0x2000000, &pa), 0);
	env_close(&env);
}

/* Not all of it, or not writable: no firmware, and nobody stumbles. */
static void test_no_memory(void **state)
{
	struct env env;

	(void)state;
	env_open(&env);
	assert_int_equal(mem_map(env.mem, RAM, 0x200000, env.ram, true, NULL, NULL), 0);
	assert_dark(&env);
	board_reset(env.board);
	assert_dark(&env);
	env_close(&env);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_mappings),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_remap),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL);
}
