// SPDX-License-Identifier: GPL-2.0
/* Address decode and the splitting of wide accesses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bus.h"

struct block {
	uint64_t offset, value;
	unsigned int size, n;
};

static uint64_t block_read(void *opaque, uint64_t offset, unsigned int size)
{
	struct block *block = opaque;

	block->offset = offset;
	block->size = size;
	block->n++;
	return 0x1122334455667788;
}

static void block_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	struct block *block = opaque;

	block->offset = offset;
	block->size = size;
	block->value = value;
	block->n++;
}

static const struct bus_ops block_ops = { block_read, block_write };

struct fixture {
	struct stats *stats;
	struct bus *bus;
	struct block blocks[3];
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){ .stats = stats_create() };
	fixture.bus = bus_create(fixture.stats);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	bus_destroy(fixture->bus);
	stats_destroy(fixture->stats);
	return 0;
}

static void test_decode(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(bus_add(f->bus, "b", 0x2000, 0x1000, &block_ops, &f->blocks[1]), 0);
	assert_int_equal(bus_add(f->bus, "a", 0x1000, 0x1000, &block_ops, &f->blocks[0]), 0);
	assert_int_equal(bus_add(f->bus, "c", 0x8000, 0x10, &block_ops, &f->blocks[2]), 0);

	assert_true(bus_read(f->bus, 0x1ffc, 4) == 0x1122334455667788);
	assert_int_equal(f->blocks[0].offset, 0xffc);
	assert_int_equal(f->blocks[0].size, 4);
	bus_write(f->bus, 0x2000, 8, 42);
	assert_int_equal(f->blocks[1].offset, 0);
	assert_int_equal(f->blocks[1].size, 8);
	assert_int_equal(f->blocks[1].value, 42);
	bus_write(f->bus, 0x800f, 1, 1);
	assert_int_equal(f->blocks[2].offset, 0xf);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(bus_add(f->bus, "a", 0x1000, 0x1000, &block_ops, &f->blocks[0]), 0);
	assert_int_equal(bus_read(f->bus, 0xfff, 1), 0);
	assert_int_equal(bus_read(f->bus, 0xffe, 4), 0);
	assert_int_equal(bus_read(f->bus, 0x1ffe, 4), 0);
	assert_int_equal(bus_read(f->bus, 0x2000, 4), 0);
	assert_int_equal(bus_read(f->bus, UINT64_MAX, 8), 0);
	assert_int_equal(bus_read(f->bus, 0x1000, 3), 0);
	assert_int_equal(bus_read(f->bus, 0x1000, 0), 0);
	bus_write(f->bus, 0x1ffd, 8, 1);
	bus_write(f->bus, 0x1000, 16, 1);
	assert_int_equal(f->blocks[0].n, 0);
}

static void test_overlap(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(bus_add(f->bus, "a", 0x1000, 0x1000, &block_ops, &f->blocks[0]), 0);
	assert_int_equal(bus_add(f->bus, "b", 0x1fff, 1, &block_ops, &f->blocks[1]), -EEXIST);
	assert_int_equal(bus_add(f->bus, "b", 0, 0x1001, &block_ops, &f->blocks[1]), -EEXIST);
	assert_int_equal(bus_add(f->bus, "b", 0, 0x8000, &block_ops, &f->blocks[1]), -EEXIST);
	assert_int_equal(bus_add(f->bus, "b", 0x4000, 0, &block_ops, &f->blocks[1]), -EINVAL);
	assert_int_equal(bus_add(f->bus, "b", UINT64_MAX, 2, &block_ops, &f->blocks[1]), -EINVAL);
	assert_int_equal(bus_add(f->bus, "b", 0x2000, 1, &block_ops, &f->blocks[1]), 0);
}

static uint64_t touched[4];
static unsigned int n_touched;

static uint32_t read32(void *opaque, uint64_t offset)
{
	(void)opaque;
	touched[n_touched++] = offset;
	return (uint32_t)(0x1000 + offset);
}

static void write32(void *opaque, uint64_t offset, uint32_t value)
{
	(void)opaque;
	touched[n_touched++] = offset;
	touched[n_touched++] = value;
}

static void test_split(void **state)
{
	(void)state;
	n_touched = 0;
	assert_true(bus_read_split(read32, NULL, 8, 8) == 0x0000100c00001008);
	assert_int_equal(touched[0], 8);
	assert_int_equal(touched[1], 12);
	n_touched = 0;
	bus_write_split(write32, NULL, 8, 8, 0x1111111122222222);
	assert_int_equal(touched[0], 8);
	assert_int_equal(touched[1], 0x22222222);
	assert_int_equal(touched[2], 12);
	assert_int_equal(touched[3], 0x11111111);
	n_touched = 0;
	assert_int_equal(bus_read_split(read32, NULL, 4, 4), 0x1004);
	assert_int_equal(bus_read_split(read32, NULL, 4, 2), 0);
	assert_int_equal(bus_read_split(read32, NULL, 6, 4), 0);
	bus_write_split(write32, NULL, 4, 1, 0);
	bus_write_split(write32, NULL, 5, 8, 0);
	assert_int_equal(n_touched, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_decode),
		TEST(test_refused),
		TEST(test_overlap),
		TEST(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
