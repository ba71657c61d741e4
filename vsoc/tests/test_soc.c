// SPDX-License-Identifier: GPL-2.0
/* The whole SoC of every board behind the transport, as a guest sees it. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <libfdt.h>

#include "blob.h"
#include "soc.h"
#include "vfu_client.h"

#define INTC		0x000000
#define  INTC_MASK	0x14
#define  INTC_MASK_CLR	0x1c
#define DISPLAY		0x200000
#define COPROC		0x240000
#define  COPROC_CTRL	0x08
#define  COPROC_STATUS	0x0c
#define  COPROC_IRQ	0x10
#define  COPROC_IRQ_EN	0x14
#define  COPROC_A2I	0x108
#define  COPROC_I2A	0x118
#define COPROC_LINE	2
#define HELLO		0x0100000000000002
#define HELLO_ACK	0x8100000000000002

struct fixture {
	struct soc *soc;
	struct vfu_client client;
	void *blob;
};

static void start(struct fixture *f, const char *board)
{
	const struct soc_options options = { .stale_grace_ms = 200 };

	f->blob = blob_load(board);
	f->soc = soc_create(&options, f->blob, BLOB_ROOM);
	assert_non_null(f->soc);
	client_start(&f->client, f->soc->vfu);
	assert_int_equal(client_version(&f->client), 0);
}

static void finish(struct fixture *f)
{
	client_finish(&f->client);
	soc_destroy(f->soc);
	free(f->blob);
}

static void test_boards(void **state)
{
	(void)state;
	for (unsigned int i = 0; blob_names[i]; i++) {
		struct fixture f;
		uint8_t data[4096];

		start(&f, blob_names[i]);
		assert_int_equal(client_read(&f.client, 2, 0, data, sizeof(data)), 0);
		assert_memory_equal(data, f.blob, sizeof(data));
		assert_int_equal(client_read32(&f.client, 0, INTC), 0x56494e54);
		if (board_display(f.soc->board))
			assert_int_equal(client_read32(&f.client, 0, DISPLAY), 0x56445350);
		if (board_coproc(f.soc->board))
			assert_int_equal(client_read32(&f.client, 0, COPROC), 0x56444350);
		assert_int_equal(stats_violations(f.soc->stats), 0);
		finish(&f);
	}
}

static void wait_readable(int fd)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };
	uint64_t value;

	assert_int_equal(poll(&poll_fd, 1, 300000), 1);
	assert_int_equal(read(fd, &value, sizeof(value)), sizeof(value));
}

static void say_hello(struct fixture *f, int event)
{
	const uint64_t hello = HELLO;
	uint64_t answer = 0;

	assert_int_equal(client_set_irqs(&f->client, VFU_SET_EVENTFD | VFU_SET_TRIGGER,
					 VFU_IRQ_MSIX, COPROC_LINE, 1, &event, 1), 0);
	client_write32(&f->client, 0, INTC + INTC_MASK_CLR, 1 << COPROC_LINE);
	client_write32(&f->client, 0, COPROC + COPROC_IRQ_EN, 3);
	client_write32(&f->client, 0, COPROC + COPROC_CTRL, 1);
	for (unsigned int i = 0; i < 100000; i++) {
		if (client_read32(&f->client, 0, COPROC + COPROC_STATUS) & 1)
			break;
		usleep(1000);
	}
	assert_int_equal(client_write(&f->client, 0, COPROC + COPROC_A2I, &hello, 8), 0);
	wait_readable(event);
	assert_int_equal(client_read32(&f->client, 0, COPROC + COPROC_IRQ), 1);
	assert_int_equal(client_read(&f->client, 0, COPROC + COPROC_I2A, &answer, 8), 0);
	assert_true(answer == HELLO_ACK);
}

/* From a register write over a model's thread to an interrupt, twice: a reset forgets it all. */
static void test_interrupt(void **state)
{
	struct fixture f;
	int event = eventfd(0, EFD_NONBLOCK);

	(void)state;
	start(&f, "m1");
	say_hello(&f, event);
	assert_int_equal(client_call(&f.client, VFU_RESET, NULL, 0, NULL, 0, NULL, 0), 0);
	assert_int_equal(client_read32(&f.client, 0, INTC + INTC_MASK), UINT32_MAX);
	assert_int_equal(client_read32(&f.client, 0, COPROC + COPROC_CTRL), 0);
	say_hello(&f, event);

	/* The next guest finds nothing of this one. */
	client_finish(&f.client);
	client_start(&f.client, f.soc->vfu);
	assert_int_equal(client_version(&f.client), 0);
	assert_int_equal(client_read32(&f.client, 0, INTC + INTC_MASK), UINT32_MAX);
	assert_int_equal(client_read32(&f.client, 0, COPROC + COPROC_STATUS), 0);
	say_hello(&f, event);
	finish(&f);
	close(event);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Half of the addresses hit one of the first registers of a block that exists. */
static uint64_t random_address(uint32_t *seed)
{
	static const uint32_t blocks[] = { INTC, DISPLAY, DISPLAY + 0x1000, DISPLAY + 0x2000,
					   COPROC, 0x304000, 0x30c000 };
	uint32_t pick = next_random(seed);

	if (pick & 1)
		return next_random(seed) % 0xfffff8;
	return blocks[(pick >> 1) % 7] + next_random(seed) % (pick & 2 ? 0x200 : 0x1000);
}

static void poke(struct fixture *f, uint32_t *seed)
{
	uint32_t count = 1u << next_random(seed) % 4;
	uint64_t address = random_address(seed) & ~(uint64_t)(count - 1);
	uint64_t value = (uint64_t)next_random(seed) << 32 | next_random(seed);

	switch (next_random(seed) % 8) {
	case 0:
	case 1:
		assert_int_equal(client_read(&f->client, 0, address, &value, count), 0);
		break;
	case 2:
		client_write32(&f->client, VFU_REGION_CONFIG, 0x04, 0x6);
		break;
	default:
		client_post_write(&f->client, 0, address, &value, count);
		break;
	}
}

struct poking {
	const char *board;
	uint32_t seed;
};

static void poke_board(void *opaque)
{
	struct poking *poking = opaque;
	int memory = client_memory(0x1000000);
	struct fixture f;

	start(&f, poking->board);
	assert_int_equal(client_map(&f.client, 0, 0x1000000, memory, 0, 3), 0);
	client_write32(&f.client, VFU_REGION_CONFIG, 0x04, 0x6);
	for (unsigned int i = 0; i < 20000; i++) {
		poke(&f, &poking->seed);
		if (i % 4000 == 3999)
			assert_int_equal(client_call(&f.client, VFU_RESET, NULL, 0, NULL, 0, NULL,
						     0), 0);
	}
	assert_int_equal(client_read32(&f.client, 0, INTC), 0x56494e54);
	finish(&f);
	close(memory);
}

/* Nonsense in all registers hurts nobody but the guest. */
static void test_nonsense(void **state)
{
	struct poking poking = { .seed = 0xc0ffee };

	(void)state;
	for (unsigned int i = 0; blob_names[i]; i++) {
		poking.board = blob_names[i];
		free(blob_capture(poke_board, &poking));
	}
}

static void test_stats(void **state)
{
	char *text = NULL;
	struct fixture f;
	size_t size;
	FILE *out;

	(void)state;
	start(&f, "simple");
	out = open_memstream(&text, &size);
	soc_write_stats(f.soc, out);
	fclose(out);
	for (const char *const *group = (const char *const[]){
		"\"violations\": 0", "\"iommu@304000\": {", "\"display@200000\": {",
		"\"coprocessor@240000\": {", "\"intc\": {", "\"bus\": {", "\"vfu\": {", NULL };
	     *group; group++) {
		if (!strstr(text, *group))
			fail_msg("%s is not in %s", *group, text);
	}
	assert_null(strchr(text, '\n'));
	free(text);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boards),
		cmocka_unit_test(test_interrupt),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
