// SPDX-License-Identifier: GPL-2.0
/* The PCI function through the transport, with one block of plain memory behind BAR 0. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pci.h"
#include "vfu_client.h"

#define CONFIG		VFU_REGION_CONFIG
#define COMMAND		0x04
#define MASTER		0x4
#define GPA		0x10000

struct fixture {
	struct stats *stats;
	struct mem *mem;
	struct bus *bus;
	struct pci *pci;
	struct vfu *vfu;
	struct vfu_client client;
	uint64_t reg;
	unsigned int size;              /* of the last access */
	unsigned int n_resets;
	bool gate_at_reset;
};

static uint64_t reg_read(void *opaque, uint64_t offset, unsigned int size)
{
	struct fixture *f = opaque;

	f->size = size;
	return offset ? 0 : f->reg;
}

static void reg_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	struct fixture *f = opaque;

	f->size = size;
	if (!offset)
		f->reg = value;
}

static const struct bus_ops reg_ops = { reg_read, reg_write };

static void reset(void *opaque)
{
	struct fixture *f = opaque;

	f->n_resets++;
	mem_lock(f->mem);
	f->gate_at_reset = mem_gate_open(f->mem);
	mem_unlock(f->mem);
}

static void closing(void *opaque)
{
	(void)opaque;
}

static const char blob[] = "board";

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct pci_config pci_config = {
		.blob = blob,
		.blob_size = sizeof(blob),
		.reset = reset,
		.closing = closing,
		.opaque = f,
	};
	struct vfu_config vfu_config = { 0 };

	f->stats = stats_create();
	f->mem = mem_create();
	f->bus = bus_create(f->stats);
	assert_int_equal(bus_add(f->bus, "reg", 0x1000, 0x1000, &reg_ops, f), 0);
	pci_config.stats = f->stats;
	pci_config.mem = f->mem;
	pci_config.bus = f->bus;
	f->pci = pci_create(&pci_config);
	assert_non_null(f->pci);
	vfu_config.stats = f->stats;
	vfu_config.mem = f->mem;
	pci_describe(f->pci, &vfu_config);
	f->vfu = vfu_create(&vfu_config);
	client_start(&f->client, f->vfu);
	assert_int_equal(client_version(&f->client), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	client_finish(&f->client);
	vfu_destroy(f->vfu);
	pci_destroy(f->pci);
	bus_destroy(f->bus);
	mem_destroy(f->mem);
	stats_destroy(f->stats);
	free(f);
	return 0;
}

static void test_identity(void **state)
{
	struct fixture *f = *state;
	uint8_t space[256];

	assert_int_equal(client_read(&f->client, CONFIG, 0, space, sizeof(space)), 0);
	assert_memory_equal(&space[0x00], "\x34\x12\xa4\xa5", 4);
	assert_int_equal(space[0x08], 1);
	assert_memory_equal(&space[0x09], "\x00\x80\x08", 3);
	assert_int_equal(space[0x0e], 0);
	/* No ROM, no INTx pin. */
	assert_memory_equal(&space[0x30], "\0\0\0\0", 4);
	assert_int_equal(space[0x3d], 0);
}

static void test_capabilities(void **state)
{
	struct fixture *f = *state;
	uint8_t space[256];
	unsigned int pm, msix, af;

	assert_int_equal(client_read(&f->client, CONFIG, 0, space, sizeof(space)), 0);
	assert_true(space[0x06] & 0x10);
	pm = space[0x34];
	assert_int_equal(space[pm], 0x01);
	msix = space[pm + 1];
	assert_int_equal(space[msix], 0x11);
	af = space[msix + 1];
	assert_memory_equal(&space[af], "\x13\x00\x06\x03\x00\x00", 6);
	assert_int_equal(space[msix + 2] | space[msix + 3] << 8, 31);
	assert_memory_equal(&space[msix + 4], "\x04\x00\x00\x00", 4);
	assert_memory_equal(&space[msix + 8], "\x04\x08\x00\x00", 4);

	/* Enable and function mask are all that can be written. */
	client_write32(&f->client, CONFIG, msix, UINT32_MAX);
	assert_int_equal(client_read32(&f->client, CONFIG, msix), 0xc01f0011 | af << 8);
	/* D3hot and back; D1 and D2 do not exist. */
	client_write32(&f->client, CONFIG, pm + 4, 3);
	assert_int_equal(client_read32(&f->client, CONFIG, pm + 4), 0xb);
	client_write32(&f->client, CONFIG, pm + 4, 1);
	assert_int_equal(client_read32(&f->client, CONFIG, pm + 4), 0xb);
	client_write32(&f->client, CONFIG, pm + 4, 0);
	assert_int_equal(client_read32(&f->client, CONFIG, pm + 4), 0x8);
}

static void test_bar_sizing(void **state)
{
	static const uint32_t sizes[6] = { 0x1000000, 0, 0x10000, 0, 0x1000, 0 };
	struct fixture *f = *state;

	for (unsigned int bar = 0; bar < 6; bar++) {
		uint64_t offset = 0x10 + 4 * bar;
		uint32_t mask = sizes[bar] ? ~(sizes[bar] - 1) : 0;

		client_write32(&f->client, CONFIG, offset, UINT32_MAX);
		assert_int_equal(client_read32(&f->client, CONFIG, offset), mask);
		client_write32(&f->client, CONFIG, offset, 0xfe123456);
		assert_int_equal(client_read32(&f->client, CONFIG, offset), 0xfe123456 & mask);
	}
	/* Byte by byte too. */
	assert_int_equal(client_write(&f->client, CONFIG, 0x13, "\x12", 1), 0);
	assert_int_equal(client_read32(&f->client, CONFIG, 0x10), 0x12000000);
}

/* Everything is written with ones; only what the manual allows may stick. */
static void test_read_only(void **state)
{
	struct fixture *f = *state;
	uint8_t before[256], after[256], ones[256];
	unsigned int changed = 0;

	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(client_read(&f->client, CONFIG, 0, before, 256), 0);
	/* All but the bit that asks for a reset. */
	ones[before[before[before[0x34] + 1] + 1] + 4] = 0xfe;
	assert_int_equal(client_write(&f->client, CONFIG, 0, ones, 256), 0);
	assert_int_equal(client_read(&f->client, CONFIG, 0, after, 256), 0);
	for (unsigned int i = 0; i < 256; i++)
		changed += before[i] != after[i];
	/* Command 2, cache line 1, BARs 1 + 2 + 3, interrupt line 1, PM 1, MSI-X 1. */
	assert_int_equal(changed, 12);
	assert_int_equal(after[COMMAND] | after[COMMAND + 1] << 8, 0x0406);
}

static void test_soc(void **state)
{
	struct fixture *f = *state;
	uint64_t wide = 0x1122334455667788, back = 0;

	assert_int_equal(client_write(&f->client, 0, 0x1000, &wide, 8), 0);
	assert_int_equal(f->size, 8);
	assert_true(f->reg == wide);
	assert_int_equal(client_read(&f->client, 0, 0x1000, &back, 2), 0);
	assert_int_equal(f->size, 2);
	assert_int_equal(back, 0x7788);
	/* No register access, and where nothing is. */
	assert_int_equal(client_read(&f->client, 0, 0x1000, &back, 3), -EINVAL);
	assert_int_equal(client_write(&f->client, 0, 0x1000, &back, 7), -EINVAL);
	assert_int_equal(client_read32(&f->client, 0, 0x800000), 0);
	assert_int_equal(client_read(&f->client, 0, 0xffffff, &back, 2), -EINVAL);
}

static void test_blob(void **state)
{
	struct fixture *f = *state;
	char data[16];

	assert_int_equal(client_read(&f->client, 2, 0, data, sizeof(data)), 0);
	assert_string_equal(data, "board");
	assert_int_equal(client_write(&f->client, 2, 0, "other", 6), 0);
	assert_int_equal(client_read(&f->client, 2, 0, data, sizeof(data)), 0);
	assert_string_equal(data, "board");
	assert_int_equal(client_read32(&f->client, 2, 0xfffc), 0);
	assert_int_equal(client_read32(&f->client, 4, 0x800), 0);
}

static bool reachable(struct fixture *f)
{
	bool ret;

	mem_lock(f->mem);
	ret = mem_ptr(f->mem, GPA, 1, true);
	mem_unlock(f->mem);
	return ret;
}

static void test_bus_master(void **state)
{
	struct fixture *f = *state;
	int memory = client_memory(0x1000);

	assert_int_equal(client_map(&f->client, GPA, 0x1000, memory, 0, 3), 0);
	assert_false(reachable(f));
	client_write32(&f->client, CONFIG, COMMAND, 0x2);
	assert_false(reachable(f));
	client_write32(&f->client, CONFIG, COMMAND, 0x2 | MASTER);
	assert_true(reachable(f));
	client_write32(&f->client, CONFIG, COMMAND, 0x2);
	assert_false(reachable(f));
	client_write32(&f->client, CONFIG, COMMAND, MASTER);
	close(memory);
}

static void test_reset(void **state)
{
	struct fixture *f = *state;
	int memory = client_memory(0x1000);

	assert_int_equal(client_map(&f->client, GPA, 0x1000, memory, 0, 3), 0);
	client_write32(&f->client, CONFIG, COMMAND, MASTER);
	client_write32(&f->client, CONFIG, 0x10, 0xfe000000);
	for (unsigned int i = 1; i <= 2; i++) {
		assert_int_equal(client_call(&f->client, VFU_RESET, NULL, 0, NULL, 0, NULL, 0), 0);
		assert_int_equal(f->n_resets, i);
		/* The models stop before DMA is refused. */
		assert_int_equal(f->gate_at_reset, i == 1);
		assert_false(reachable(f));
		assert_int_equal(client_read32(&f->client, CONFIG, COMMAND) & 0xffff, 0);
		assert_int_equal(client_read32(&f->client, CONFIG, 0x10), 0);
	}
	client_write32(&f->client, CONFIG, COMMAND, MASTER);
	assert_true(reachable(f));
	close(memory);
}

/* A function level reset is a config write, and ends like the transport's reset. */
static void test_function_level_reset(void **state)
{
	struct fixture *f = *state;
	uint8_t space[256];
	uint32_t control;

	assert_int_equal(client_read(&f->client, CONFIG, 0, space, sizeof(space)), 0);
	control = space[space[space[0x34] + 1] + 1] + 4;

	client_write32(&f->client, CONFIG, COMMAND, MASTER);
	client_write32(&f->client, CONFIG, control, 0xfffffffe);
	assert_int_equal(f->n_resets, 0);
	client_write32(&f->client, CONFIG, control, 1);
	assert_int_equal(f->n_resets, 1);
	assert_int_equal(client_read32(&f->client, CONFIG, control), 0);
	assert_int_equal(client_read32(&f->client, CONFIG, COMMAND) & 0xffff, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity),
		TEST(test_capabilities),
		TEST(test_bar_sizing),
		TEST(test_read_only),
		TEST(test_soc),
		TEST(test_blob),
		TEST(test_bus_master),
		TEST(test_reset),
		TEST(test_function_level_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
