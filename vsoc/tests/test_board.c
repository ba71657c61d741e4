// SPDX-License-Identifier: GPL-2.0
/* Boards: the good ones load, the bad ones are refused with the node and the property named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "blob.h"
#include "board.h"

#define SOC		"/fragment@0/__overlay__/soc@0"
#define INTC		SOC "/interrupt-controller@0"
#define DISPLAY		SOC "/display@200000"
#define COPROC		SOC "/coprocessor@240000"
#define DART		SOC "/iommu@304000"
#define DCP_DART	SOC "/iommu@30c000"
#define COMPLEX		SOC "/graphics"
#define GPU		SOC "/gpu@400000"
#define GPU_DART	SOC "/iommu@410000"
#define RESERVED	"/fragment@0/__overlay__/reserved-memory"
#define FB		RESERVED "/framebuffer@40100000"
#define TABLES		RESERVED "/boot-tables@40000000"

struct attempt {
	const void *blob;
	size_t size;
	bool ok;
};

static void no_raise(void *opaque, unsigned int line)
{
	(void)opaque;
	(void)line;
}

/* Creates and destroys; all that it leaves is the verdict. */
static void attempt(void *opaque)
{
	struct attempt *attempt = opaque;
	struct board_config config = { .raise = no_raise, .stale_grace_ms = 200 };
	struct board *board;

	config.mem = mem_create();
	config.stats = stats_create();
	board = board_create(&config, attempt->blob, attempt->size);
	attempt->ok = board;
	board_destroy(board);
	stats_destroy(config.stats);
	mem_destroy(config.mem);
}

static void expect_line(const void *blob, size_t size, const char *node, const char *property)
{
	struct attempt try = { .blob = blob, .size = size };
	char *text = blob_capture(attempt, &try);

	assert_false(try.ok);
	if (!strstr(text, node) || !strstr(text, property))
		fail_msg("\"%s\" names not both %s and %s", text, node, property);
	/* One line. */
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
}

static int at(void *blob, const char *path)
{
	int offset = fdt_path_offset(blob, path);

	assert_true(offset >= 0);
	return offset;
}

static void test_good(void **state)
{
	(void)state;
	for (unsigned int i = 0; blob_names[i]; i++) {
		void *blob = blob_load(blob_names[i]);
		struct attempt try = { .blob = blob, .size = BLOB_ROOM };

		attempt(&try);
		assert_true(try.ok);
		free(blob);
	}
}

static void test_lookup(void **state)
{
	struct board_config config = { .raise = no_raise };
	void *blob = blob_load("m2");
	struct board *board;

	(void)state;
	config.mem = mem_create();
	config.stats = stats_create();
	board = board_create(&config, blob, BLOB_ROOM);
	assert_non_null(board);
	assert_non_null(board_dart(board, "iommu@304000"));
	assert_non_null(board_dart(board, "iommu@30c000"));
	assert_null(board_dart(board, "iommu"));
	assert_null(board_dart(board, "display@200000"));
	assert_int_equal(display_nr_heads(board_display(board)), 2);
	assert_non_null(board_coproc(board));
	assert_non_null(board_gpu(board));
	/* One block of each sort answers at its address. */
	assert_int_equal(bus_read(board_bus(board), 0x000000, 4), 0x56494e54);
	assert_int_equal(bus_read(board_bus(board), 0x200000, 4), 0x56445350);
	assert_int_equal(bus_read(board_bus(board), 0x240000, 4), 0x56444350);
	assert_int_equal(bus_read(board_bus(board), 0x400000, 4), 0x56475055);
	board_reset(board);
	board_reset(board);
	board_check(board);
	board_destroy(board);
	stats_destroy(config.stats);
	mem_destroy(config.mem);
	free(blob);
}

/* One change of board "m2" that makes it bad: a property removed, or set to cells or a string. */
struct change {
	const char *path, *property;
	const char *string;
	unsigned int n_cells;           /* 0 and no string: the property is removed */
	uint32_t cells[6];
	const char *node, *names;       /* what the line has to name; NULL: path's end, property */
};

static const struct change changes[] = {
	{ SOC, "ranges", NULL, 0, { 0 }, "soc", "ranges" },
	{ SOC, "ranges", NULL, 5, { 0 }, "soc", "ranges" },
	{ SOC, "ranges", NULL, 6, { 0, 0, 0, 0, 0, 0 }, "soc", "ranges" },
	{ SOC, "ranges", NULL, 6, { 0, 0, 0, 0, 0, 0x1001000 }, "soc", "ranges" },
	{ SOC, "ranges", NULL, 6, { 0, 0, 0, 0, 1, 0 }, "soc", "ranges" },
	{ SOC, "ranges", NULL, 6, { 0, 0, 0, 0x80000000, 0, 0x1000000 }, "soc", "ranges" },
	{ SOC, "ranges", NULL, 6, { 0, 0, 0, 0, 0, 0x300000 }, "iommu@304000", "reg" },
	{ SOC, "#address-cells", NULL, 1, { 1 }, "soc", "#address-cells" },
	{ SOC, "#size-cells", NULL, 0, { 0 }, "soc", "#size-cells" },
	{ SOC, "compatible", "simple-bus", 0, { 0 }, "__overlay__", "vsoc,soc" },
	{ SOC, "interrupt-parent", NULL, 0, { 0 }, "soc", "interrupt-parent" },
	{ SOC, "interrupt-parent", NULL, 1, { 0xdead }, "soc", "interrupt-parent" },
	{ INTC, "compatible", "arm,gic", 0, { 0 }, NULL, NULL },
	{ INTC, "interrupt-controller", NULL, 0, { 0 }, NULL, NULL },
	{ INTC, "#interrupt-cells", NULL, 1, { 1 }, NULL, NULL },
	{ INTC, "reg", NULL, 4, { 0, 0x304000, 0, 0x1000 }, "iommu@304000", "reg" },
	{ DISPLAY, "compatible", NULL, 0, { 0 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 0, { 0 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 4, { 0, 0x200000, 0, 0x4000 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 4, { 0, 0xff8000, 0, 0x10000 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 4, { 1, 0x200000, 0, 0x10000 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 4, { 0xffffffff, 0xfffff000, 0, 0x10000 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 4, { 0, 0x200010, 0, 0x10000 }, NULL, NULL },
	{ DISPLAY, "reg", NULL, 4, { 0, 0x300000, 0, 0x10000 }, NULL, NULL },
	{ DISPLAY, "interrupts", NULL, 2, { 32, 4 }, NULL, NULL },
	{ DISPLAY, "interrupts", NULL, 2, { 1, 1 }, NULL, NULL },
	{ DISPLAY, "interrupts", NULL, 1, { 1 }, NULL, NULL },
	{ DISPLAY, "interrupt-parent", NULL, 1, { 0 }, NULL, NULL },
	{ DISPLAY, "iommus", NULL, 0, { 0 }, NULL, NULL },
	{ DISPLAY, "iommus", NULL, 2, { 0xffffffff, 0 }, NULL, NULL },
	{ DISPLAY, "iommus", NULL, 2, { 0, 0 }, NULL, NULL },
	{ DISPLAY, "iommus", NULL, 2, { 77, 0 }, NULL, NULL },
	{ DISPLAY "/head@0", "reg", NULL, 1, { 1 }, NULL, NULL },
	{ DISPLAY "/head@1", "reg", NULL, 1, { 0 }, NULL, NULL },
	{ DISPLAY "/head@1", "reg", NULL, 1, { 0xffffffff }, NULL, NULL },
	{ DISPLAY "/head@1", "vsoc,mode", NULL, 0, { 0 }, NULL, NULL },
	{ DISPLAY "/head@1", "vsoc,mode", NULL, 2, { 0, 600 }, NULL, NULL },
	{ DISPLAY "/head@1", "vsoc,mode", NULL, 2, { 800, 0xffffffff }, NULL, NULL },
	{ DISPLAY "/head@1", "vsoc,refresh-hz", NULL, 1, { 9 }, NULL, NULL },
	{ DISPLAY "/head@1", "vsoc,refresh-hz", NULL, 1, { 61 }, NULL, NULL },
	{ DISPLAY "/head@1", "vsoc,refresh-hz", NULL, 2, { 20, 20 }, NULL, NULL },
	{ COPROC, "vsoc,display", NULL, 0, { 0 }, NULL, NULL },
	{ COPROC, "vsoc,display", NULL, 1, { 99 }, NULL, NULL },
	{ COPROC, "interrupts", NULL, 0, { 0 }, NULL, NULL },
	{ COPROC, "reg", NULL, 4, { 0, 0x200000, 0, 0x4000 }, NULL, NULL },
	{ DART, "#iommu-cells", NULL, 0, { 0 }, NULL, NULL },
	{ DART, "#iommu-cells", NULL, 1, { 2 }, NULL, NULL },
	{ DART, "interrupts", NULL, 0, { 0 }, NULL, NULL },
	{ DART, "compatible", "apple,t8112-dart", 0, { 0 }, NULL, NULL },
	{ DART, "compatible", "apple,t8103-dart", 0, { 0 }, NULL, "vsoc,num-sids" },
	{ DART, "vsoc,page-shift", NULL, 1, { 13 }, NULL, NULL },
	{ DART, "vsoc,page-shift", NULL, 2, { 14, 14 }, NULL, NULL },
	{ DCP_DART, "vsoc,num-sids", NULL, 1, { 0 }, NULL, NULL },
	{ DCP_DART, "vsoc,num-sids", NULL, 1, { 257 }, NULL, NULL },
	{ DCP_DART, "vsoc,num-sids", NULL, 1, { 4 }, "coprocessor@240000", "iommus" },
	{ COMPLEX, "vsoc,display", NULL, 0, { 0 }, NULL, NULL },
	{ COMPLEX, "vsoc,coprocessor", NULL, 1, { 0 }, NULL, NULL },
	{ COMPLEX, "vsoc,gpu", NULL, 1, { 0 }, NULL, NULL },
	{ GPU, "iommus", NULL, 0, { 0 }, NULL, NULL },
	{ GPU, "iommus", NULL, 2, { 1, 0 }, NULL, NULL },
	{ GPU, "iommus", NULL, 4, { 0, 0, 0, 0 }, NULL, NULL },
	{ GPU, "pasid-num-bits", NULL, 0, { 0 }, NULL, NULL },
	{ GPU, "pasid-num-bits", NULL, 1, { 0 }, NULL, NULL },
	{ GPU, "pasid-num-bits", NULL, 1, { 5 }, NULL, NULL },
	{ GPU, "interrupts", NULL, 0, { 0 }, NULL, NULL },
	{ GPU, "reg", NULL, 4, { 0, 0x400000, 0, 0x1000 }, NULL, NULL },
	{ GPU_DART, "vsoc,num-sids", NULL, 1, { 8 }, "gpu@400000", "streams" },
};

static void apply(void *blob, const struct change *change)
{
	int offset = at(blob, change->path);
	uint32_t cells[6];

	if (change->string) {
		assert_int_equal(fdt_setprop_string(blob, offset, change->property,
						    change->string), 0);
	} else if (change->n_cells) {
		for (unsigned int i = 0; i < change->n_cells; i++)
			cells[i] = cpu_to_fdt32(change->cells[i]);
		assert_int_equal(fdt_setprop(blob, offset, change->property, cells,
					     (int)(change->n_cells * sizeof(cells[0]))), 0);
	} else {
		assert_int_equal(fdt_delprop(blob, offset, change->property), 0);
	}
}

static void test_bad(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *change = &changes[i];
		const char *node = change->node ? change->node : strrchr(change->path, '/') + 1;
		void *blob = blob_load("m2");

		apply(blob, change);
		expect_line(blob, BLOB_ROOM, node,
			    change->names ? change->names : change->property);
		free(blob);
	}
}

/* One change of board "m1-locked" that makes it bad. */
static const struct change locked_changes[] = {
	{ FB, "reg", NULL, 4, { 0, 0x40100000, 0, 0x3e4000 }, NULL, NULL },
	{ FB, "reg", NULL, 4, { 0, 0x40101000, 0, 0x3e8000 }, NULL, NULL },
	{ FB, "reg", NULL, 4, { 0, 0x40100000, 0, 0 }, NULL, NULL },
	{ FB, "reg", NULL, 4, { 0xffffffff, 0xffffc000, 0, 0x8000 }, NULL, NULL },
	{ FB, "reg", NULL, 2, { 0, 0x40100000 }, NULL, NULL },
	{ FB, "iommu-addresses", NULL, 0, { 0 }, NULL, NULL },
	{ FB, "iommu-addresses", NULL, 4, { 0 }, NULL, NULL },
	{ FB, "iommu-addresses", NULL, 5, { 0xdead, 0, 0, 0, 0x3e8000 }, NULL, NULL },
	{ FB, "compatible", "framebuffer", 0, { 0 }, "reserved-memory", "go together" },
	{ TABLES, "reg", NULL, 4, { 0, 0x40000000, 0, 0x1000 }, NULL, NULL },
	{ DART, "apple,dma-range", NULL, 4, { 0, 0, 0, 0 }, NULL, NULL },
	{ DART, "apple,dma-range", NULL, 4, { 0, 0x10000000, 0, 0x20000000 }, NULL, NULL },
	{ DART, "apple,dma-range", NULL, 2, { 0, 0 }, NULL, NULL },
	{ DART, "vsoc,page-shift", NULL, 1, { 12 }, "framebuffer", "iommu-addresses" },
};

static void test_bad_firmware(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(locked_changes) / sizeof(locked_changes[0]); i++) {
		const struct change *change = &locked_changes[i];
		const char *node = change->node ? change->node : strrchr(change->path, '/') + 1;
		void *blob = blob_load("m1-locked");

		apply(blob, change);
		expect_line(blob, BLOB_ROOM, node,
			    change->names ? change->names : change->property);
		free(blob);
	}
}

/* A master without registers has any number of streams, all of them good. */
static void test_idle_master(void **state)
{
	static const struct {
		unsigned int n_cells;
		uint32_t stream;
	} bad[] = { { 0, 0 }, { 1, 0 }, { 3, 0 }, { 4, 16 } };

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		void *blob = blob_load("mainline");
		int offset = at(blob, SOC "/master-two");
		const void *good = fdt_getprop(blob, offset, "iommus", NULL);
		uint32_t cells[4];

		memcpy(cells, good, sizeof(cells));
		cells[3] = cpu_to_fdt32(bad[i].stream);
		assert_int_equal(fdt_setprop(blob, offset, "iommus", cells,
					     (int)(bad[i].n_cells * sizeof(cells[0]))), 0);
		expect_line(blob, BLOB_ROOM, "master-two", "iommus");
		free(blob);
	}
}

/* Its instances are two, and it uses stream 0 of both. */
static void test_wrong_gpu(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		void *blob = blob_load("m2");
		int offset = at(blob, GPU);
		uint32_t cells[4];

		memcpy(cells, fdt_getprop(blob, offset, "iommus", NULL), sizeof(cells));
		if (i)
			cells[3] = cpu_to_fdt32(1);
		else
			cells[2] = cells[0];
		assert_int_equal(fdt_setprop(blob, offset, "iommus", cells, sizeof(cells)), 0);
		expect_line(blob, BLOB_ROOM, "gpu@400000", i ? "iommus" : "same DART");
		free(blob);
	}
}

/* iommus that point to a node which is no DART, display to one which is no display. */
static void test_wrong_targets(void **state)
{
	void *blob = blob_load("m2");
	uint32_t intc = fdt_get_phandle(blob, at(blob, INTC));

	(void)state;
	assert_int_equal(fdt_setprop_inplace_u32(blob, at(blob, COPROC), "vsoc,display", intc), 0);
	expect_line(blob, BLOB_ROOM, "coprocessor@240000", "vsoc,display");
	free(blob);

	blob = blob_load("m2");
	assert_int_equal(fdt_setprop_u64(blob, at(blob, DISPLAY), "iommus",
					 (uint64_t)intc << 32), 0);
	expect_line(blob, BLOB_ROOM, "display@200000", "iommus");
	free(blob);

	blob = blob_load("m2");
	assert_int_equal(fdt_setprop_u32(blob, at(blob, SOC), "interrupt-parent",
					 fdt_get_phandle(blob, at(blob, DART))), 0);
	expect_line(blob, BLOB_ROOM, "soc", "interrupt-parent");
	free(blob);

	test_wrong_gpu();

	blob = blob_load("m2");
	assert_int_equal(fdt_setprop_u32(blob, at(blob, DART), "phandle", intc), 0);
	expect_line(blob, BLOB_ROOM, "iommu@304000", "phandle");
	free(blob);
}

static void test_bad_trees(void **state)
{
	void *blob = blob_load("m2");

	(void)state;
	assert_int_equal(fdt_del_node(blob, at(blob, INTC)), 0);
	expect_line(blob, BLOB_ROOM, "soc", "vsoc,intc");
	free(blob);

	blob = blob_load("m2");
	assert_int_equal(fdt_del_node(blob, at(blob, DISPLAY "/head@1")), 0);
	assert_int_equal(fdt_del_node(blob, at(blob, DISPLAY "/head@0")), 0);
	expect_line(blob, BLOB_ROOM, "display@200000", "no head");
	free(blob);

	blob = blob_load("m2");
	assert_true(fdt_add_subnode(blob, at(blob, DISPLAY), "port") >= 0);
	expect_line(blob, BLOB_ROOM, "display@200000", "no head");
	free(blob);

	blob = blob_load("m2");
	assert_true(fdt_add_subnode(blob, at(blob, SOC), "\033[2J") >= 0);
	expect_line(blob, BLOB_ROOM, "soc", "name");
	free(blob);

	blob = blob_load("m2");
	assert_true(fdt_add_subnode(blob, 0, "fragment@1") >= 0);
	expect_line(blob, BLOB_ROOM, "/", "fragments");
	free(blob);

	blob = blob_load("m2");
	assert_true(fdt_add_subnode(blob, at(blob, "/fragment@0/__overlay__"), "x") >= 0);
	expect_line(blob, BLOB_ROOM, "__overlay__", "more than one");
	free(blob);

	blob = blob_load("m2");
	assert_int_equal(fdt_del_node(blob, at(blob, "/fragment@0")), 0);
	expect_line(blob, BLOB_ROOM, "__overlay__", "no overlay");
	free(blob);
}

static void test_many_nodes(void **state)
{
	void *blob = blob_load("m2");
	char name[32];

	(void)state;
	for (unsigned int i = 0; i < 80; i++) {
		int offset;

		snprintf(name, sizeof(name), "more@%u", i);
		offset = fdt_add_subnode(blob, at(blob, SOC), name);
		assert_true(offset >= 0);
		assert_int_equal(fdt_setprop_string(blob, offset, "compatible",
						    "vsoc,graphics-complex"), 0);
	}
	expect_line(blob, BLOB_ROOM, "more@", "too many");
	free(blob);
}

static void test_no_blob(void **state)
{
	static const char text[64] = "this is no devicetree";
	void *blob = blob_load("m2"), *large = calloc(1, BLOB_ROOM + 1);

	(void)state;
	expect_line(text, 0, "/", "blob");
	expect_line(text, sizeof(text), "/", "blob");
	memcpy(large, blob, BLOB_ROOM);
	expect_line(large, BLOB_ROOM + 1, "/", "more than");
	fdt_pack(blob);
	expect_line(blob, fdt_totalsize(blob) - 1, "/", "blob");
	free(large);
	free(blob);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* A few bytes at a time, or cut short: never more than a refusal. */
static void fuzz(void *opaque)
{
	void *good = opaque, *blob = malloc(BLOB_ROOM);
	size_t size = fdt_totalsize(good);
	unsigned int accepted = 0;
	uint32_t seed = 0x1234567;

	for (unsigned int round = 0; round < 2000; round++) {
		struct attempt try = { .blob = blob, .size = size };

		memcpy(blob, good, size);
		for (unsigned int n = 1 + next_random(&seed) % 6; n; n--)
			((uint8_t *)blob)[next_random(&seed) % size] =
				(uint8_t)next_random(&seed);
		if (round % 8 == 0)
			try.size = next_random(&seed) % size;
		attempt(&try);
		accepted += try.ok;
	}
	/* Some bytes do not matter; if all did, this would test nothing beyond the header. */
	assert_true(accepted > 0 && accepted < 2000);
	free(blob);
}

static void test_fuzz(void **state)
{
	void *blob = blob_load("mixed");

	(void)state;
	fdt_pack(blob);
	free(blob_capture(fuzz, blob));
	free(blob);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bad_firmware),
		cmocka_unit_test(test_idle_master),
		cmocka_unit_test(test_wrong_targets),
		cmocka_unit_test(test_bad_trees),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_no_blob),
		cmocka_unit_test(test_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
