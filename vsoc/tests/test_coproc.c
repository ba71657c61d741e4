// SPDX-License-Identifier: GPL-2.0
/*
 * The coprocessor against the register manual: as a driver uses it, and as a hostile one does.
 */
#include <dirent.h>
#include <sched.h>

#include "display_fixture.h"
#include "coproc.h"

#define GROUP		"coprocessor@240000"

#define CTRL		0x008
#define STATUS		0x00c
#define IRQ_STATUS	0x010
#define IRQ_ENABLE	0x014
#define A2I_CTRL	0x100
#define A2I_DATA	0x108
#define I2A_CTRL	0x110
#define I2A_DATA	0x118

#define CMD_RING	(FAKE_BASE + 0x800000)
#define CMD_ORDER	2
#define RSP_RING	(FAKE_BASE + 0x900000)
#define RSP_ORDER	2

struct rig {
	struct fixture *f;
	struct coproc *coproc;
	uint32_t cmd_tail, rsp_head;
};

static int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->f = fixture_create();
	rig->coproc = coproc_create(GROUP, rig->f->display, &rig->f->port,
				    intc_source(rig->f->intc, 2), rig->f->stats);
	assert_non_null(rig->coproc);
	*state = rig;
	return 0;
}

static int rig_teardown(void **state)
{
	struct rig *rig = *state;

	open_gate();
	coproc_destroy(rig->coproc);
	fixture_destroy(rig->f);
	free(rig);
	return 0;
}

static uint32_t crd(struct rig *rig, uint64_t offset)
{
	return coproc_bus_ops.read(rig->coproc, offset, 4);
}

static void cwr(struct rig *rig, uint64_t offset, uint32_t value)
{
	coproc_bus_ops.write(rig->coproc, offset, 4, value);
}

static void send(struct rig *rig, unsigned int type, unsigned int arg, uint64_t payload)
{
	for (int i = 0; i < 2000 && crd(rig, A2I_CTRL) & 1; i++)
		sleep_ms(1);
	coproc_bus_ops.write(rig->coproc, A2I_DATA, 8,
			     (uint64_t)type << 56 | (uint64_t)arg << 48 | payload);
}

static uint64_t receive(struct rig *rig)
{
	for (int i = 0; i < 2000; i++) {
		if (!(crd(rig, I2A_CTRL) & 1))
			return coproc_bus_ops.read(rig->coproc, I2A_DATA, 8);
		sleep_ms(1);
	}
	fail_msg("no message");
	return 0;
}

static void expect(struct rig *rig, unsigned int type, unsigned int arg, uint64_t payload)
{
	uint64_t message = receive(rig);

	assert_int_equal(message >> 56, type);
	assert_int_equal(message >> 48 & 0xff, arg);
	assert_int_equal(message & 0xffffffffffff, payload);
}

static void wait_status(struct rig *rig, uint32_t status)
{
	for (int i = 0; i < 2000 && crd(rig, STATUS) != status; i++)
		sleep_ms(1);
	assert_int_equal(crd(rig, STATUS), status);
}

static void expect_crash(struct rig *rig, enum display_status status)
{
	expect(rig, 0x8f, 0, status);
	wait_status(rig, 2);
	assert_int_equal(crd(rig, IRQ_STATUS) & 2, 2);
}

static void shut_down(struct rig *rig)
{
	cwr(rig, CTRL, 0);
	wait_status(rig, 0);
	rig->cmd_tail = 0;
	rig->rsp_head = 0;
}

static void run(struct rig *rig)
{
	cwr(rig, CTRL, 1);
	wait_status(rig, 1);
}

static void hello(struct rig *rig)
{
	run(rig);
	send(rig, 0x01, 0, 2);
	expect(rig, 0x81, 0, 2);
}

static void boot(struct rig *rig)
{
	hello(rig);
	send(rig, 0x02, CMD_ORDER, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	send(rig, 0x03, RSP_ORDER, RSP_RING);
	expect(rig, 0x82, 0x03, 0);
}

static uint8_t *slot(struct rig *rig, uint32_t index)
{
	(void)rig;
	return fake_at(CMD_RING + index % (1u << CMD_ORDER) * 1024);
}

static void put16(uint8_t *p, unsigned int v)
{
	memcpy(p, &(uint16_t){ v }, 2);
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, 4);
}

static void put_plane(uint8_t *raw, const struct display_plane *plane)
{
	put32(raw, plane->enable);
	put32(raw + 0x04, plane->format);
	memcpy(raw + 0x08, &plane->iova, 8);
	put32(raw + 0x10, plane->pitch);
	put16(raw + 0x14, plane->width);
	put16(raw + 0x16, plane->height);
	put32(raw + 0x18, plane->x);
	put32(raw + 0x1c, plane->y);
	put32(raw + 0x20, plane->zpos);
	put16(raw + 0x24, plane->alpha);
	raw[0x26] = plane->blend;
	raw[0x27] = plane->transform;
	put16(raw + 0x28, plane->dst_width);
	put16(raw + 0x2a, plane->dst_height);
	put32(raw + 0x2c, plane->pitch2);
	memcpy(raw + 0x30, &plane->iova2, 8);
	raw[0x38] = plane->encoding;
	raw[0x39] = plane->range;
	raw[0x3a] = plane->filter;
}

/* A command that switches head 0 on; each test changes what it is about. */
static uint8_t *put_command(struct rig *rig, uint32_t seq)
{
	struct display_mode mode = test_mode();
	struct display_plane plane = test_plane(0);
	uint8_t *raw = slot(rig, rig->cmd_tail++);

	memset(raw, 0, 1024);
	put32(raw, 1);
	put32(raw + 0x04, seq);
	put32(raw + 0x0c, 3);
	put32(raw + 0x10, mode.pixel_clock_khz);
	memcpy(raw + 0x14, &mode.hdisplay, 8);
	memcpy(raw + 0x1c, &mode.vdisplay, 8);
	put32(raw + 0x24, 1);
	put_plane(raw + 0x40, &plane);
	return raw;
}

static void doorbell(struct rig *rig)
{
	send(rig, 0x05, 0, rig->cmd_tail);
}

/* Takes the response of one command and returns its status. */
static uint32_t response(struct rig *rig, uint32_t seq)
{
	uint32_t entry[4];

	expect(rig, 0x85, 0, rig->rsp_head + 1);
	memcpy(entry, fake_at(RSP_RING + rig->rsp_head % (1u << RSP_ORDER) * 16), 16);
	assert_int_equal(entry[0], seq);
	rig->rsp_head++;
	send(rig, 0x06, 0, rig->rsp_head);
	return entry[1];
}

static void test_registers(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(crd(rig, 0x000), 0x56444350);
	assert_int_equal(crd(rig, 0x004), 1);
	assert_int_equal(crd(rig, CTRL), 0);
	assert_int_equal(crd(rig, STATUS), 0);
	assert_int_equal(crd(rig, I2A_CTRL), 1);
	assert_int_equal(crd(rig, A2I_CTRL), 0);
	assert_int_equal(coproc_bus_ops.read(rig->coproc, I2A_DATA, 8), 0);
	cwr(rig, IRQ_ENABLE, 0xffffffff);
	assert_int_equal(crd(rig, IRQ_ENABLE), 3);
	assert_int_equal(counter(rig->f, GROUP, "undefined_registers"), 0);
	crd(rig, 0x104);
	crd(rig, 0x104);
	cwr(rig, 0x3ffc, 0);
	assert_int_equal(counter(rig->f, GROUP, "undefined_registers"), 2);
	coproc_bus_ops.write(rig->coproc, CTRL, 1, 1);
	assert_int_equal(crd(rig, CTRL), 0);
	assert_int_equal(stats_violations(rig->f->stats), 1);
}

static void test_boot(void **state)
{
	struct rig *rig = *state;
	uint8_t *raw;

	cwr(rig, IRQ_ENABLE, 3);
	boot(rig);
	assert_true(line_high(rig->f, 2));
	cwr(rig, IRQ_STATUS, 3);
	assert_false(line_high(rig->f, 2));
	put_command(rig, 0x1234);
	doorbell(rig);
	assert_int_equal(response(rig, 0x1234), DISPLAY_OK);
	assert_int_equal(rd(rig->f, HEAD(0, H_STATUS)), 3);
	assert_int_equal(rd(rig->f, HEAD(0, H_LATCHED)), 0x1234);
	wait_count(rig->f, 2);
	raw = put_command(rig, 0x1235);
	put32(raw + 0x0c, 1);
	doorbell(rig);
	assert_int_equal(response(rig, 0x1235), DISPLAY_OK);
	assert_true(((uint32_t *)fake_at(RSP_RING + 16))[3] >= 2);
	assert_int_equal(rd(rig->f, HEAD(0, H_STATUS)), 2);
	assert_int_equal(counter(rig->f, GROUP, "commands"), 2);
	assert_int_equal(counter(rig->f, GROUP, "responses"), 2);
	assert_int_equal(counter(rig->f, GROUP, "bad_commands"), 0);
}

/* Halves: the high one sends, the low one pops. */
static void test_halves(void **state)
{
	struct rig *rig = *state;

	run(rig);
	cwr(rig, A2I_DATA, 2);
	sleep_ms(10);
	assert_int_equal(counter(rig->f, GROUP, "messages"), 0);
	cwr(rig, A2I_DATA + 4, 0x01000000);
	for (int i = 0; i < 2000 && crd(rig, I2A_CTRL) & 1; i++)
		sleep_ms(1);
	assert_int_equal(crd(rig, I2A_CTRL), 0x100);
	assert_int_equal(crd(rig, I2A_DATA), 2);
	assert_int_equal(crd(rig, I2A_CTRL), 1);
	assert_int_equal(crd(rig, I2A_DATA + 4), 0x81000000);
}

/* The ring wraps; every slot of both is used several times. */
static void test_wrap(void **state)
{
	struct rig *rig = *state;

	boot(rig);
	for (uint32_t i = 0; i < 20; i++) {
		uint8_t *raw = put_command(rig, i);

		if (i % 3 == 1)
			put32(raw + 0x08, 9);
		doorbell(rig);
		assert_int_equal(response(rig, i), i % 3 == 1 ? DISPLAY_BAD_HEAD : DISPLAY_OK);
	}
	assert_int_equal(counter(rig->f, GROUP, "bad_commands"), 7);
}

/* A whole ring with one doorbell: messages may be merged, responses may not. */
static void test_batch(void **state)
{
	struct rig *rig = *state;
	uint64_t message;

	boot(rig);
	for (uint32_t i = 0; i < 4; i++)
		put_command(rig, 50 + i);
	doorbell(rig);
	do {
		message = receive(rig);
		assert_int_equal(message >> 56, 0x85);
	} while ((uint32_t)message != 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(*(uint32_t *)fake_at(RSP_RING + i * 16), 50 + i);
	assert_int_equal(crd(rig, STATUS), 1);
}

/* A reader that does not read gets one RESPONSE, with the newest tail. */
static void test_slow_reader(void **state)
{
	struct rig *rig = *state;

	hello(rig);
	send(rig, 0x02, 8, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	send(rig, 0x03, 10, RSP_RING);
	expect(rig, 0x82, 0x03, 0);
	/* 256 bad commands: an empty ring has opcode 0. */
	memset(fake_at(CMD_RING), 0, 256 * 1024);
	send(rig, 0x05, 0, 256);
	for (int i = 0; i < 5000 && counter(rig->f, GROUP, "responses") != 256; i++)
		sleep_ms(1);
	sleep_ms(5);
	assert_int_equal(crd(rig, I2A_CTRL) >> 8, 1);
	expect(rig, 0x85, 0, 256);
}

struct spoil {
	unsigned int offset, value, bytes;
	enum display_status status;
};

static const struct spoil spoils[] = {
	{ 0x000, 0, 4, DISPLAY_BAD_COMMAND },
	{ 0x000, 2, 4, DISPLAY_BAD_COMMAND },
	{ 0x000, 0xffffffff, 4, DISPLAY_BAD_COMMAND },
	{ 0x008, 2, 4, DISPLAY_BAD_HEAD },
	{ 0x008, 0xffffffff, 4, DISPLAY_BAD_HEAD },
	{ 0x00c, 128, 4, DISPLAY_BAD_COMMAND },
	{ 0x00c, 32 | 4, 4, DISPLAY_BAD_COMMAND },
	{ 0x00c, 19, 4, DISPLAY_BAD_PLANE },
	{ 0x00c, 12, 4, DISPLAY_BAD_COMMAND },
	{ 0x00c, 11, 4, DISPLAY_FAULT },
	{ 0x00c, 0x80000003, 4, DISPLAY_BAD_COMMAND },
	{ 0x00c, 7, 4, DISPLAY_BAD_COMMAND },
	{ 0x00c, 5, 4, DISPLAY_BAD_COMMAND },
	{ 0x010, 0, 4, DISPLAY_BAD_MODE },
	{ 0x014, 0, 2, DISPLAY_BAD_MODE },
	{ 0x01a, 0, 2, DISPLAY_BAD_MODE },
	{ 0x022, 0, 2, DISPLAY_BAD_MODE },
	{ 0x024, 32, 4, DISPLAY_BAD_COMMAND },
	{ 0x028, 64, 4, DISPLAY_BAD_COMMAND },
	{ 0x02c, 1, 4, DISPLAY_BAD_COMMAND },
	{ 0x030, 1, 4, DISPLAY_BAD_COMMAND },
	{ 0x03f, 1, 1, DISPLAY_BAD_COMMAND },
	{ 0x040, 3, 4, DISPLAY_BAD_COMMAND },
	{ 0x044, 0x12345678, 4, DISPLAY_BAD_PLANE },
	{ 0x048, 2, 4, DISPLAY_BAD_PLANE },
	{ 0x04c, 0xffffffff, 4, DISPLAY_FAULT },
	{ 0x04c, 0, 4, DISPLAY_FAULT },
	{ 0x050, 0, 4, DISPLAY_BAD_PLANE },
	{ 0x050, 65540, 4, DISPLAY_BAD_PLANE },
	{ 0x054, 0, 2, DISPLAY_BAD_PLANE },
	{ 0x056, 8193, 2, DISPLAY_BAD_PLANE },
	{ 0x058, 0x80000000, 4, DISPLAY_BAD_PLANE },
	{ 0x05c, 0x7fffffff, 4, DISPLAY_BAD_PLANE },
	{ 0x060, 256, 4, DISPLAY_BAD_PLANE },
	{ 0x064, 0, 2, DISPLAY_OK },
	{ 0x066, 3, 1, DISPLAY_BAD_PLANE },
	{ 0x067, 16, 1, DISPLAY_BAD_PLANE },
	{ 0x067, 15, 1, DISPLAY_OK },
	{ 0x068, 0, 2, DISPLAY_BAD_PLANE },
	{ 0x068, 1, 2, DISPLAY_BAD_PLANE },
	{ 0x068, 2, 2, DISPLAY_OK },
	{ 0x06a, 8193, 2, DISPLAY_BAD_PLANE },
	{ 0x06c, 4, 4, DISPLAY_BAD_PLANE },
	{ 0x070, 4, 4, DISPLAY_BAD_PLANE },
	{ 0x078, 1, 1, DISPLAY_BAD_PLANE },
	{ 0x079, 1, 1, DISPLAY_BAD_PLANE },
	{ 0x07a, 2, 1, DISPLAY_BAD_PLANE },
	{ 0x07b, 1, 1, DISPLAY_BAD_COMMAND },
	{ 0x07f, 1, 1, DISPLAY_BAD_COMMAND },
	{ 0x180, 1, 4, DISPLAY_BAD_COMMAND },
	{ 0x19f, 1, 1, DISPLAY_BAD_COMMAND },
	{ 0x1a0, 1, 4, DISPLAY_BAD_COMMAND },
	{ 0x3ff, 1, 1, DISPLAY_BAD_COMMAND },
	/* Not described by plane_mask: not looked at. */
	{ 0x080, 0xffffffff, 4, DISPLAY_OK },
	/* Off: the rest of the plane is not looked at. */
	{ 0x040, 0, 4, DISPLAY_OK },
};

static void wait_latched(struct rig *rig, uint32_t seq)
{
	for (int i = 0; i < 2000 && rd(rig->f, HEAD(0, H_LATCHED)) != seq; i++)
		sleep_ms(1);
	assert_int_equal(rd(rig->f, HEAD(0, H_LATCHED)), seq);
}

/* Each refusal changes nothing; afterwards a good command works. */
static void test_hostile_commands(void **state)
{
	struct rig *rig = *state;
	uint32_t seq = 1;

	boot(rig);
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		const struct spoil *s = &spoils[i];
		uint32_t latched = rd(rig->f, HEAD(0, H_LATCHED));
		uint8_t *raw = put_command(rig, ++seq);
		uint32_t status;

		memcpy(raw + s->offset, &s->value, s->bytes);
		doorbell(rig);
		status = response(rig, seq);
		if (status != s->status)
			fail_msg("offset %x value %x: status %u", s->offset, s->value, status);
		if (status)
			assert_int_equal(rd(rig->f, HEAD(0, H_LATCHED)), latched);
		else
			wait_latched(rig, seq);
	}
	assert_int_equal(crd(rig, STATUS), 1);
	put_command(rig, 9999);
	doorbell(rig);
	assert_int_equal(response(rig, 9999), DISPLAY_OK);
}

/* Random commands: an answer to each, and a firmware that lives. */
static void test_noise(void **state)
{
	struct rig *rig = *state;
	uint32_t x = 1;

	boot(rig);
	for (uint32_t i = 0; i < 2000; i++) {
		uint8_t *raw = put_command(rig, i);
		unsigned int n = i % 4 ? 1 + i % 3 : 256;

		for (unsigned int k = 0; k < n; k++) {
			x = x * 1664525 + 1013904223;
			put32(raw + 8 + (x >> 10) % (i % 4 ? 30 : 254) * 4, x ^ x << 13);
		}
		doorbell(rig);
		assert_true(response(rig, i) <= DISPLAY_FAULT);
	}
	assert_int_equal(crd(rig, STATUS), 1);
}

/* All pages of a buffer are probed through the coprocessor's own port. */
static void test_probe(void **state)
{
	struct rig *rig = *state;
	struct display_plane plane = test_plane(5);
	uint64_t before;
	uint8_t *raw;

	plane.width = 1280;
	plane.height = 10;
	plane.dst_width = 1280;
	plane.dst_height = 10;
	plane.pitch = 8192;
	plane.iova += 0x3ffc;
	boot(rig);
	before = counter(rig->f, GROUP, "probes");
	raw = put_command(rig, 1);
	put_plane(raw + 0x40, &plane);
	doorbell(rig);
	assert_int_equal(response(rig, 1), DISPLAY_OK);
	/* One word in page 5, then 9 * 8192 + 5116 bytes: pages 6 to 10. */
	assert_int_equal(counter(rig->f, GROUP, "probes") - before, 6);
	fake_map(FAKE_BASE + 10 * FAKE_PAGE, FAKE_PAGE, false);
	raw = put_command(rig, 2);
	put_plane(raw + 0x40, &plane);
	doorbell(rig);
	assert_int_equal(response(rig, 2), DISPLAY_FAULT);
	assert_int_equal(counter(rig->f, GROUP, "probe_faults"), 1);
	fake_map(FAKE_BASE + 10 * FAKE_PAGE, FAKE_PAGE, true);
	fake_map(FAKE_BASE + 5 * FAKE_PAGE, FAKE_PAGE, false);
	raw = put_command(rig, 3);
	put_plane(raw + 0x40, &plane);
	doorbell(rig);
	assert_int_equal(response(rig, 3), DISPLAY_FAULT);
}

/* Both places of a format with two are probed, and no more of them than is there. */
static void test_probe_chroma(void **state)
{
	struct rig *rig = *state;
	struct display_plane plane = test_plane(5);

	plane.format = COMPOSE_NV12;
	plane.pitch = 32;
	plane.pitch2 = 32;
	plane.iova2 = FAKE_BASE + 8 * FAKE_PAGE - 12 * 32;
	boot(rig);
	fake_map(FAKE_BASE + 8 * FAKE_PAGE, FAKE_PAGE, false);
	put_plane(put_command(rig, 1) + 0x40, &plane);
	doorbell(rig);
	assert_int_equal(response(rig, 1), DISPLAY_OK);
	plane.iova2++;
	put_plane(put_command(rig, 2) + 0x40, &plane);
	doorbell(rig);
	assert_int_equal(response(rig, 2), DISPLAY_FAULT);
	fake_map(FAKE_BASE + 8 * FAKE_PAGE, FAKE_PAGE, true);
}

static uint32_t shown_crc(struct rig *rig)
{
	wait_count(rig->f, rd(rig->f, HEAD(0, H_COUNT)) + 2);
	wr(rig->f, HEAD(0, H_CRC_CTRL), 0);
	wr(rig->f, HEAD(0, H_CRC_CTRL), 1);
	wait_count(rig->f, rd(rig->f, HEAD(0, H_COUNT)) + 2);
	return rd64(rig->f, HEAD(0, H_CRC_ENTRY)) >> 32;
}

#define COLOUR_BLOCK (FAKE_BASE + 0xa00000)

/* @flags of the block; a gamma that inverts. Status of the command. */
static uint32_t send_colour(struct rig *rig, uint32_t seq, uint32_t flags, uint64_t iova)
{
	uint8_t *block = fake_at(COLOUR_BLOCK), *raw = put_command(rig, seq);

	memset(block, 0, 6144);
	put32(block, flags);
	for (unsigned int i = 0; i < 256; i++)
		for (unsigned int c = 0; c < 3; c++)
			put16(block + 0x1000 + i * 8 + c * 2, 65535 - 257 * i);
	put32(raw + 0x0c, 11);
	memcpy(raw + 0x28, &iova, 8);
	doorbell(rig);
	return response(rig, seq);
}

static void test_colour(void **state)
{
	struct rig *rig = *state;

	fill_buffer(0, 0x102030);
	boot(rig);
	put_command(rig, 1);
	doorbell(rig);
	assert_int_equal(response(rig, 1), DISPLAY_OK);
	assert_int_equal(shown_crc(rig), colour_crc(0x102030));
	assert_int_equal(send_colour(rig, 2, 8, COLOUR_BLOCK), DISPLAY_BAD_COMMAND);
	assert_int_equal(send_colour(rig, 3, 4, COLOUR_BLOCK + 8), DISPLAY_BAD_COMMAND);
	fake_map(COLOUR_BLOCK, FAKE_PAGE, false);
	assert_int_equal(send_colour(rig, 4, 4, COLOUR_BLOCK), DISPLAY_FAULT);
	fake_map(COLOUR_BLOCK, FAKE_PAGE, true);
	assert_int_equal(shown_crc(rig), colour_crc(0x102030));
	assert_int_equal(send_colour(rig, 5, 4, COLOUR_BLOCK), DISPLAY_OK);
	/* Read once: what happens to the block afterwards does not count. */
	memset(fake_at(COLOUR_BLOCK), 0xff, 6144);
	assert_int_equal(shown_crc(rig), colour_crc(0xefdfcf));
	/* A command without one changes nothing, and one that switches all off does. */
	put_command(rig, 6);
	doorbell(rig);
	assert_int_equal(response(rig, 6), DISPLAY_OK);
	assert_int_equal(shown_crc(rig), colour_crc(0xefdfcf));
	assert_int_equal(send_colour(rig, 7, 0, COLOUR_BLOCK), DISPLAY_OK);
	assert_int_equal(shown_crc(rig), colour_crc(0x102030));
	assert_int_equal(counter(rig->f, GROUP, "colour_reads"), 4);
}

static void test_ring_messages(void **state)
{
	struct rig *rig = *state;

	hello(rig);
	send(rig, 0x02, 0, CMD_RING);
	expect(rig, 0x82, 0x02, DISPLAY_RING);
	send(rig, 0x02, 9, CMD_RING);
	expect(rig, 0x82, 0x02, DISPLAY_RING);
	send(rig, 0x02, 255, CMD_RING);
	expect(rig, 0x82, 0x02, DISPLAY_RING);
	send(rig, 0x03, 11, RSP_RING);
	expect(rig, 0x82, 0x03, DISPLAY_RING);
	send(rig, 0x02, 2, CMD_RING + 0x1000);
	expect(rig, 0x82, 0x02, DISPLAY_RING);
	send(rig, 0x02, 2, 0xffffffffc000);
	expect(rig, 0x82, 0x02, DISPLAY_FAULT);
	/* The last page of a large ring is missing. */
	fake_map(CMD_RING + 15 * FAKE_PAGE, FAKE_PAGE, false);
	send(rig, 0x02, 8, CMD_RING);
	expect(rig, 0x82, 0x02, DISPLAY_FAULT);
	send(rig, 0x02, 7, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	send(rig, 0x02, CMD_ORDER, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	send(rig, 0x03, RSP_ORDER, RSP_RING);
	expect(rig, 0x82, 0x03, 0);
	put_command(rig, 1);
	doorbell(rig);
	assert_int_equal(response(rig, 1), DISPLAY_OK);
	send(rig, 0x02, CMD_ORDER, CMD_RING);
	expect(rig, 0x82, 0x02, DISPLAY_PROTOCOL);
	put_command(rig, 2);
	doorbell(rig);
	assert_int_equal(response(rig, 2), DISPLAY_OK);
}

static void test_protocol_crashes(void **state)
{
	struct rig *rig = *state;
	static const struct {
		unsigned int type, arg;
		uint64_t payload;
		bool greeted;
	} messages[] = {
		{ 0x02, 2, CMD_RING, false },
		{ 0x05, 0, 0, false },
		{ 0x00, 0, 0, false },
		{ 0x01, 1, 1, false },
		{ 0x01, 0, 1, true },
		{ 0x04, 0, 0, true },
		{ 0xff, 255, 0xffffffffffff, true },
		{ 0x05, 0, 1, true },
		{ 0x06, 0, 0, true },
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		run(rig);
		if (messages[i].greeted) {
			send(rig, 0x01, 0, 2);
			expect(rig, 0x81, 0, 2);
		}
		send(rig, messages[i].type, messages[i].arg, messages[i].payload);
		expect_crash(rig, DISPLAY_PROTOCOL);
		/* Dead: it takes no message, and answers none. */
		send(rig, 0x01, 0, 2);
		sleep_ms(2);
		assert_int_equal(crd(rig, I2A_CTRL), 1);
		shut_down(rig);
	}
	assert_int_equal(counter(rig->f, GROUP, "crashes"), 9);
	boot(rig);
	send(rig, 0x05, 1, 0);
	expect_crash(rig, DISPLAY_PROTOCOL);
	shut_down(rig);
	boot(rig);
	send(rig, 0x05, 0, 0x100000000);
	expect_crash(rig, DISPLAY_PROTOCOL);
	shut_down(rig);
}

static void test_version(void **state)
{
	struct rig *rig = *state;

	run(rig);
	send(rig, 0x01, 0, 3);
	expect(rig, 0x81, 0, 2);
	send(rig, 0x01, 0, 2);
	expect(rig, 0x81, 0, 2);
	send(rig, 0x02, CMD_ORDER, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	shut_down(rig);
	run(rig);
	send(rig, 0x01, 0, 0xffffffffffff);
	expect(rig, 0x81, 0, 2);
	send(rig, 0x02, CMD_ORDER, CMD_RING);
	expect_crash(rig, DISPLAY_PROTOCOL);
}

static void test_ring_indexes(void **state)
{
	struct rig *rig = *state;

	boot(rig);
	send(rig, 0x05, 0, 5);
	expect_crash(rig, DISPLAY_RING);
	shut_down(rig);
	boot(rig);
	send(rig, 0x05, 0, 0xffffffff);
	expect_crash(rig, DISPLAY_RING);
	shut_down(rig);
	/* Nothing was answered, so nothing can have been consumed. */
	boot(rig);
	send(rig, 0x06, 0, 1);
	expect_crash(rig, DISPLAY_RING);
	shut_down(rig);
	/* Backwards. */
	boot(rig);
	put_command(rig, 1);
	doorbell(rig);
	response(rig, 1);
	send(rig, 0x05, 0, 0);
	expect_crash(rig, DISPLAY_RING);
	shut_down(rig);
	boot(rig);
	put_command(rig, 1);
	doorbell(rig);
	response(rig, 1);
	send(rig, 0x06, 0, 0);
	expect_crash(rig, DISPLAY_RING);
	shut_down(rig);
}

static void test_full_response_ring(void **state)
{
	struct rig *rig = *state;
	uint64_t message;

	hello(rig);
	send(rig, 0x02, CMD_ORDER, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	send(rig, 0x03, 1, RSP_RING);
	expect(rig, 0x82, 0x03, 0);
	memset(fake_at(RSP_RING), 0xee, 64);
	for (uint32_t i = 0; i < 3; i++)
		put_command(rig, i);
	doorbell(rig);
	do {
		message = receive(rig);
	} while (message >> 56 == 0x85);
	assert_int_equal(message, 0x8f00000000000006);
	wait_status(rig, 2);
	assert_int_equal(counter(rig->f, GROUP, "commands"), 2);
	assert_int_equal(*(uint32_t *)fake_at(RSP_RING + 32), 0xeeeeeeee);
}

static void test_ring_faults(void **state)
{
	struct rig *rig = *state;

	boot(rig);
	put_command(rig, 1);
	fake_map(CMD_RING, FAKE_PAGE, false);
	doorbell(rig);
	expect_crash(rig, DISPLAY_FAULT);
	shut_down(rig);
	fake_map(CMD_RING, FAKE_PAGE, true);
	boot(rig);
	put_command(rig, 1);
	fake_map(RSP_RING, FAKE_PAGE, false);
	doorbell(rig);
	expect_crash(rig, DISPLAY_FAULT);
}

static void test_mailbox_overflow(void **state)
{
	struct rig *rig = *state;

	boot(rig);
	fake_gate = GATE_ARMED;
	put_command(rig, 1);
	doorbell(rig);
	wait_gate();
	for (int i = 0; i < 16; i++) {
		assert_int_equal(crd(rig, A2I_CTRL), 0);
		send(rig, 0x06, 0, 0);
	}
	assert_int_equal(crd(rig, A2I_CTRL), 1);
	coproc_bus_ops.write(rig->coproc, A2I_DATA, 8, 0);
	assert_int_equal(crd(rig, STATUS), 3);
	open_gate();
	expect_crash(rig, DISPLAY_PROTOCOL);
}

/* 64 answers that nobody reads, and one more. */
static void test_answer_overflow(void **state)
{
	struct rig *rig = *state;
	uint64_t message = 0;

	hello(rig);
	for (int i = 0; i < 65; i++)
		send(rig, 0x02, 0, 0);
	wait_status(rig, 2);
	assert_int_equal(crd(rig, I2A_CTRL) >> 8, 64);
	for (int i = 0; i < 64; i++)
		message = receive(rig);
	assert_int_equal(message, 0x8f00000000000007);
	assert_int_equal(crd(rig, I2A_CTRL), 1);
}

static void test_injection(void **state)
{
	struct rig *rig = *state;
	uint64_t begin;

	boot(rig);
	coproc_inject(rig->coproc, 1, 60);
	put_command(rig, 1);
	begin = test_now();
	doorbell(rig);
	assert_int_equal(response(rig, 1), DISPLAY_OK);
	assert_true(test_now() - begin >= 60000000);
	coproc_inject(rig->coproc, 1, -1);
	put_command(rig, 2);
	doorbell(rig);
	put_command(rig, 3);
	doorbell(rig);
	assert_int_equal(response(rig, 3), DISPLAY_OK);
	assert_int_equal(counter(rig->f, GROUP, "commands"), 3);
	assert_int_equal(counter(rig->f, GROUP, "responses"), 2);
}

/* Stop in the middle of a probe: no response, no commit, no message, and no memory access later. */
static void test_stop_while_working(void **state)
{
	struct rig *rig = *state;

	boot(rig);
	fake_gate = GATE_ARMED;
	put_command(rig, 1);
	doorbell(rig);
	wait_gate();
	cwr(rig, CTRL, 0);
	assert_int_equal(fake_gate, GATE_SHUT);
	assert_int_equal(crd(rig, STATUS), 1);
	open_gate();
	wait_status(rig, 0);
	fake_map(FAKE_BASE, FAKE_BYTES, false);
	sleep_ms(5);
	assert_int_equal(counter(rig->f, GROUP, "responses"), 0);
	assert_int_equal(counter(rig->f, GROUP, "probe_faults"), 0);
	assert_int_equal(crd(rig, I2A_CTRL), 1);
	assert_int_equal(rd(rig->f, HEAD(0, H_LATCHED)), 0);
	fake_map(FAKE_BASE, FAKE_BYTES, true);
	/* Again, at once after the stop. */
	rig->cmd_tail = 0;
	boot(rig);
	fake_gate = GATE_ARMED;
	put_command(rig, 2);
	doorbell(rig);
	wait_gate();
	cwr(rig, CTRL, 0);
	cwr(rig, CTRL, 1);
	send(rig, 0x01, 0, 2);
	open_gate();
	expect(rig, 0x81, 0, 2);
	assert_int_equal(rd(rig->f, HEAD(0, H_LATCHED)), 0);
}

/* The scheduling policy of this process's thread of that name. */
static int policy_of(const char *thread)
{
	DIR *dir = opendir("/proc/self/task");
	int policy = -1;
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[300], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (file && fgets(name, sizeof(name), file) &&
		    !strncmp(name, thread, strlen(thread)))
			policy = sched_getscheduler(atoi(entry->d_name));
		if (file)
			fclose(file);
	}
	closedir(dir);
	return policy;
}

/* 256 commands of many pages each, again and again. */
static void put_load(void)
{
	struct display_plane plane = test_plane(0);

	plane.height = plane.dst_height = 8000;
	plane.width = plane.dst_width = 256;
	plane.pitch = 1024;
	for (unsigned int i = 0; i < 256; i++) {
		uint8_t *raw = fake_at(CMD_RING + i * 1024);

		memset(raw, 0, 1024);
		put32(raw, 1);
		put32(raw + 0x24, 1);
		put_plane(raw + 0x40, &plane);
	}
}

/* Firmware is on time, but a guest that lets it compute does not get the machine. */
static void test_priority(void **state)
{
	struct rig *rig = *state;
	uint32_t tail = 0;

	if (policy_of("vblank") != SCHED_RR)
		skip();
	hello(rig);
	assert_int_equal(policy_of("firmware"), SCHED_RR);
	send(rig, 0x02, 8, CMD_RING);
	expect(rig, 0x82, 0x02, 0);
	send(rig, 0x03, 10, RSP_RING);
	expect(rig, 0x82, 0x03, 0);
	put_load();
	for (int i = 0; i < 2000 && policy_of("firmware") == SCHED_RR; i++) {
		tail += 256;
		send(rig, 0x05, 0, tail);
		while (counter(rig->f, GROUP, "responses") != tail)
			;
		send(rig, 0x06, 0, tail);
	}
	assert_int_equal(policy_of("firmware"), SCHED_OTHER);
	shut_down(rig);
	hello(rig);
	assert_int_equal(policy_of("firmware"), SCHED_RR);
}

static void test_reset(void **state)
{
	struct rig *rig = *state;

	cwr(rig, IRQ_ENABLE, 3);
	boot(rig);
	coproc_inject(rig->coproc, 1, 10000);
	put_command(rig, 1);
	doorbell(rig);
	while (!rd(rig->f, HEAD(0, H_LATCHED)))
		sleep_ms(1);
	coproc_reset(rig->coproc);
	assert_int_equal(crd(rig, STATUS), 0);
	assert_int_equal(crd(rig, CTRL), 0);
	assert_int_equal(crd(rig, IRQ_ENABLE), 0);
	assert_int_equal(crd(rig, IRQ_STATUS), 0);
	assert_false(line_high(rig->f, 2));
	assert_int_equal(counter(rig->f, GROUP, "responses"), 0);
	/* The display goes on: only its own reset stops it. */
	assert_int_equal(rd(rig->f, HEAD(0, H_STATUS)), 3);
	rig->cmd_tail = 0;
	boot(rig);
	/* Destroyed by the teardown in the middle of a long wait. */
	coproc_inject(rig->coproc, 1, 10000);
	put_command(rig, 2);
	doorbell(rig);
	while (rd(rig->f, HEAD(0, H_LATCHED)) != 2)
		sleep_ms(1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_registers),
		TEST(test_boot),
		TEST(test_halves),
		TEST(test_wrap),
		TEST(test_batch),
		TEST(test_slow_reader),
		TEST(test_hostile_commands),
		TEST(test_noise),
		TEST(test_probe),
		TEST(test_probe_chroma),
		TEST(test_colour),
		TEST(test_ring_messages),
		TEST(test_protocol_crashes),
		TEST(test_version),
		TEST(test_ring_indexes),
		TEST(test_full_response_ring),
		TEST(test_ring_faults),
		TEST(test_mailbox_overflow),
		TEST(test_answer_overflow),
		TEST(test_injection),
		TEST(test_stop_while_working),
		TEST(test_priority),
		TEST(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
