// SPDX-License-Identifier: GPL-2.0
/* Interrupt controller: edges, shared lines, masks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bus.h"

#define ID		0x000
#define NR_LINES	0x004
#define LEVEL		0x010
#define MASK		0x014
#define MASK_SET	0x018
#define MASK_CLR	0x01c

struct fixture {
	struct stats *stats;
	struct intc *intc;
	unsigned int raised[32];
};

static void raise_line(void *opaque, unsigned int line)
{
	struct fixture *f = opaque;

	assert_true(line < 32);
	f->raised[line]++;
}

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .stats = stats_create() };
	f.intc = intc_create(f.stats, raise_line, &f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	intc_destroy(f->intc);
	stats_destroy(f->stats);
	return 0;
}

static uint32_t rd(struct fixture *f, uint64_t offset)
{
	return (uint32_t)intc_bus_ops.read(f->intc, offset, 4);
}

static void wr(struct fixture *f, uint64_t offset, uint32_t value)
{
	intc_bus_ops.write(f->intc, offset, 4, value);
}

static void test_registers(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rd(f, ID), 0x56494e54);
	assert_int_equal(rd(f, NR_LINES), 32);
	assert_int_equal(rd(f, LEVEL), 0);
	assert_int_equal(rd(f, MASK), UINT32_MAX);
	assert_true(intc_bus_ops.read(f->intc, 0, 8) == 0x2056494e54);
	wr(f, MASK_CLR, 0xf0);
	assert_int_equal(rd(f, MASK), 0xffffff0f);
	wr(f, MASK_SET, 0x30);
	assert_int_equal(rd(f, MASK), 0xffffff3f);
	assert_int_equal(rd(f, MASK_SET), 0);
	assert_int_equal(rd(f, MASK_CLR), 0);
	/* Read-only, undefined, narrow: without effect. */
	wr(f, MASK, 0);
	wr(f, ID, 0);
	wr(f, 0xffc, 1);
	intc_bus_ops.write(f->intc, MASK_CLR, 2, 0xffff);
	intc_bus_ops.write(f->intc, MASK_CLR + 2, 4, UINT32_MAX);
	assert_int_equal(rd(f, MASK), 0xffffff3f);
	assert_int_equal(rd(f, 0xffc), 0);
	intc_reset(f->intc);
	assert_int_equal(rd(f, MASK), UINT32_MAX);
}

static void test_edges(void **state)
{
	struct fixture *f = *state;
	struct irq_source *source = intc_source(f->intc, 5);

	wr(f, MASK_CLR, 1 << 5);
	irq_set(source, true);
	irq_set(source, true);
	assert_int_equal(f->raised[5], 1);
	assert_int_equal(rd(f, LEVEL), 1 << 5);
	irq_set(source, false);
	irq_set(source, false);
	assert_int_equal(rd(f, LEVEL), 0);
	irq_set(source, true);
	assert_int_equal(f->raised[5], 2);
}

static void test_raised_again_on_unmask(void **state)
{
	struct fixture *f = *state;
	struct irq_source *source = intc_source(f->intc, 31);

	irq_set(source, true);
	assert_int_equal(f->raised[31], 0);
	wr(f, MASK_CLR, 1u << 31);
	assert_int_equal(f->raised[31], 1);
	/* Not masked any more: no edge. */
	wr(f, MASK_CLR, UINT32_MAX);
	assert_int_equal(f->raised[31], 1);
	wr(f, MASK_SET, 1u << 31);
	wr(f, MASK_CLR, 1u << 31);
	assert_int_equal(f->raised[31], 2);
	wr(f, MASK_SET, 1u << 31);
	irq_set(source, false);
	wr(f, MASK_CLR, 1u << 31);
	assert_int_equal(f->raised[31], 2);
}

static void test_shared_line(void **state)
{
	struct fixture *f = *state;
	struct irq_source *a = intc_source(f->intc, 3);
	struct irq_source *b = intc_source(f->intc, 3);

	wr(f, MASK_CLR, 1 << 3);
	irq_set(a, true);
	irq_set(b, true);
	assert_int_equal(f->raised[3], 1);
	irq_set(a, false);
	assert_int_equal(rd(f, LEVEL), 1 << 3);
	/* Whoever handles the first one unmasks to hear of the second. */
	wr(f, MASK_SET, 1 << 3);
	wr(f, MASK_CLR, 1 << 3);
	assert_int_equal(f->raised[3], 2);
	irq_set(b, false);
	assert_int_equal(rd(f, LEVEL), 0);
	irq_set(a, true);
	assert_int_equal(f->raised[3], 3);
}

static void test_lines(void **state)
{
	struct fixture *f = *state;

	assert_null(intc_source(f->intc, 32));
	assert_null(intc_source(f->intc, UINT32_MAX));
	wr(f, MASK_CLR, UINT32_MAX);
	for (unsigned int line = 0; line < 32; line++) {
		irq_set(intc_source(f->intc, line), true);
		assert_int_equal(f->raised[line], 1);
	}
	assert_int_equal(rd(f, LEVEL), UINT32_MAX);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_edges),
		TEST(test_raised_again_on_unmask),
		TEST(test_shared_line),
		TEST(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
