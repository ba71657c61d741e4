// SPDX-License-Identifier: GPL-2.0
/*
 * The display engine against the register manual, in real time at 100 Hz.
 */
#include "display_fixture.h"
#include "scanout.h"

#define GROUP "display@200000"

static void test_identity(void **state)
{
	struct fixture *f = *state;
	uint64_t clock, now;

	assert_int_equal(rd(f, 0x000), 0x56445350);
	assert_int_equal(rd(f, 0x004), 1);
	assert_int_equal(rd(f, 0x008), 2);
	assert_int_equal(rd64(f, 0x000), 0x156445350);
	now = test_now();
	clock = rd64(f, 0x020);
	assert_true(clock >= now && clock < test_now());
	clock = rd(f, 0x020);
	clock |= rd(f, 0x024) << 32;
	assert_true(clock > now && clock < test_now());
	assert_int_equal(rd(f, HEAD(0, H_STATUS)), 2);
	assert_int_equal(rd(f, HEAD(1, H_STATUS)), 0);
	assert_int_equal(rd(f, HEAD(0, 0x040)), DISPLAY_NR_PLANES);
	assert_int_equal(rd(f, HEAD(0, 0x044)), 512);
	assert_int_equal(rd(f, HEAD(0, 0x048)), 8192 << 16 | 8192);
	assert_int_equal(rd(f, HEAD(0, H_FRAME_TIME)), 0);
	assert_int_equal(rd(f, HEAD(0, H_SCANLINE)), 0);
	assert_int_equal(counter(f, GROUP, "undefined_registers"), 0);
}

static void test_odd_accesses(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rd(f, 0x00c), 0);
	assert_int_equal(rd(f, 0x00c), 0);
	wr(f, HEAD(0, 0x068), 1);
	assert_int_equal(rd(f, HEAD(2, H_STATUS)), 0);
	assert_int_equal(rd(f, 0xfffc), 0);
	assert_int_equal(counter(f, GROUP, "undefined_registers"), 4);
	wr(f, 0x000, 0);
	wr(f, HEAD(0, H_COUNT), 77);
	assert_int_equal(rd(f, 0x000), 0x56445350);
	assert_int_equal(rd(f, HEAD(0, H_COUNT)), 0);
	assert_int_equal(stats_violations(f->stats), 0);
	assert_int_equal(display_bus_ops.read(f->display, 0, 2), 0);
	assert_int_equal(display_bus_ops.read(f->display, 2, 4), 0);
	display_bus_ops.write(f->display, DISP_IRQ_ENABLE, 1, 0xff);
	assert_int_equal(rd(f, DISP_IRQ_ENABLE), 0);
	assert_int_equal(stats_violations(f->stats), 3);
	wr(f, DISP_IRQ_ENABLE, 0xffffffff);
	assert_int_equal(rd(f, DISP_IRQ_ENABLE), 0x1f1f);
}

/* Preferred width, from the first detailed timing of the EDID that the registers show. */
static unsigned int edid_width(struct fixture *f, unsigned int head)
{
	uint64_t at = HEAD(head, 0x100) + 54;

	return display_bus_ops.read(f->display, at + 2, 1) |
	       (display_bus_ops.read(f->display, at + 4, 1) & 0xf0) << 4;
}

static void test_monitor(void **state)
{
	struct fixture *f = *state;

	wr(f, DISP_IRQ_ENABLE, 0x0808);
	assert_int_equal(edid_width(f, 0), 1280);
	assert_int_equal(display_set_monitor(f->display, 2, 800, 600, 60), -ENOENT);
	assert_int_equal(display_set_monitor(f->display, 0, 0, 600, 60), -ERANGE);
	assert_int_equal(display_set_monitor(f->display, 0, 800, 5000, 60), -ERANGE);
	assert_int_equal(edid_width(f, 0), 1280);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 0);
	assert_int_equal(display_set_monitor(f->display, 0, 1920, 1200, 60), 0);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 0x0008);
	assert_int_equal(edid_width(f, 0), 1920);
	/* Nobody sees the one that is not plugged in. */
	assert_int_equal(display_set_monitor(f->display, 1, 800, 600, 60), 0);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 0x0008);
	assert_int_equal(display_set_connected(f->display, 1, true), 0);
	assert_int_equal(edid_width(f, 1), 800);
}

static void test_edid_window(void **state)
{
	struct fixture *f = *state;
	uint8_t sum = 0;

	assert_int_equal(rd(f, HEAD(0, 0x0fc)), 128);
	assert_int_equal(rd(f, HEAD(1, 0x0fc)), 0);
	assert_int_equal(rd64(f, HEAD(0, 0x100)), 0x00ffffffffffff00);
	assert_int_equal(rd64(f, HEAD(1, 0x100)), 0);
	for (int i = 0; i < 128; i++)
		sum += display_bus_ops.read(f->display, HEAD(0, 0x100) + i, 1);
	assert_int_equal(sum, 0);
	assert_int_equal(display_bus_ops.read(f->display, HEAD(0, 0x103), 2), 0xffff);
	assert_int_equal(rd64(f, HEAD(0, 0x180)), 0);
	assert_int_equal(rd64(f, HEAD(0, 0x2f8)), 0);
	assert_int_equal(stats_violations(f->stats), 0);
}

static void test_hotplug(void **state)
{
	struct fixture *f = *state;

	wr(f, DISP_IRQ_ENABLE, 0x0808);
	assert_int_equal(display_set_connected(f->display, 2, true), -ENOENT);
	assert_int_equal(display_set_connected(f->display, 0, true), 0);
	assert_false(line_high(f, 1));
	assert_int_equal(display_set_connected(f->display, 1, true), 0);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 0x0800);
	assert_true(line_high(f, 1));
	assert_int_equal(rd(f, HEAD(1, H_STATUS)), 2);
	assert_int_equal(rd(f, HEAD(1, 0x0fc)), 128);
	wr(f, DISP_IRQ_STATUS, 0x0800);
	assert_false(line_high(f, 1));
}

static void test_modeset(void **state)
{
	struct fixture *f = *state;
	uint64_t before = test_now(), time, last;

	wr(f, DISP_IRQ_ENABLE, 0xffffffff);
	assert_int_equal(head_on(f, 0, 7, 0), 0);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 7);
	assert_int_equal(rd(f, DISP_IRQ_STATUS) & 2, 2);
	assert_true(line_high(f, 1));
	assert_int_equal(rd(f, HEAD(0, H_STATUS)), 3);
	assert_int_equal(rd(f, HEAD(0, H_FRAME_TIME)), TEST_FRAME_NS);
	wait_count(f, 1);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 3);
	last = rd64(f, HEAD(0, H_TIME));
	assert_true(last >= before + TEST_FRAME_NS && last < test_now());
	wr(f, DISP_IRQ_STATUS, 3);
	for (uint32_t n = rd(f, HEAD(0, H_COUNT)); n < 20; n++) {
		uint32_t count;

		wait_count(f, n + 1);
		count = rd(f, HEAD(0, H_COUNT));
		time = rd64(f, HEAD(0, H_TIME));
		if (count == rd(f, HEAD(0, H_COUNT)))
			assert_int_equal((time - last) % TEST_FRAME_NS, 0);
	}
	assert_int_equal(head_off(f, 0, 8), rd(f, HEAD(0, H_COUNT)));
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 8);
	assert_int_equal(rd(f, HEAD(0, H_STATUS)), 2);
	last = rd(f, HEAD(0, H_COUNT));
	sleep_ms(30);
	assert_int_equal(rd(f, HEAD(0, H_COUNT)), last);
	/* The counter goes on where it was. */
	head_on(f, 0, 9, 0);
	assert_int_equal(rd(f, HEAD(0, H_COUNT)), last);
	wait_count(f, last + 1);
}

static void test_scanline(void **state)
{
	struct fixture *f = *state;
	bool blank = false, picture = false;

	head_on(f, 0, 1, 0);
	for (int i = 0; i < 200; i++) {
		uint32_t line = rd(f, HEAD(0, H_SCANLINE));

		assert_true((line & 0xffff) < 50);
		assert_int_equal(line >> 31, (line & 0xffff) < 26);
		blank |= line >> 31;
		picture |= !(line >> 31);
		usleep(200);
	}
	assert_true(blank && picture);
}

static void bad(struct fixture *f, const struct display_commit *c, enum display_status status)
{
	assert_int_equal(display_check(f->display, c), status);
}

/* A good commit, in which each test spoils one thing. */
static struct display_commit good(void)
{
	struct display_commit c = {
		.seq = 1, .modeset = true, .active = true, .mode = test_mode(),
		.plane_mask = 31,
		.planes = { test_plane(0), test_plane(1), test_plane(2), test_plane(3),
			    test_plane(4) },
	};

	return c;
}

#define BAD(f, status, spoil) do {			\
	struct display_commit c = good();		\
	spoil;						\
	bad(f, &c, status);				\
} while (0)

static void test_hostile_modes(void **state)
{
	struct fixture *f = *state;

	BAD(f, DISPLAY_OK, );
	BAD(f, DISPLAY_BAD_HEAD, c.head = 2);
	BAD(f, DISPLAY_BAD_HEAD, c.head = UINT32_MAX);
	BAD(f, DISPLAY_BAD_COMMAND, c.plane_mask = 32);
	BAD(f, DISPLAY_BAD_COMMAND, c.plane_mask = UINT32_MAX);
	BAD(f, DISPLAY_BAD_COMMAND, c.async = true);
	BAD(f, DISPLAY_BAD_MODE, c.mode.pixel_clock_khz = 0);
	BAD(f, DISPLAY_BAD_MODE, c.mode.pixel_clock_khz = UINT32_MAX);
	BAD(f, DISPLAY_BAD_MODE, c.mode.pixel_clock_khz = 1);
	BAD(f, DISPLAY_BAD_MODE, c.mode.hdisplay = 0);
	BAD(f, DISPLAY_BAD_MODE, c.mode.hdisplay = 35);
	BAD(f, DISPLAY_BAD_MODE, c.mode.hsync_start = 39);
	BAD(f, DISPLAY_BAD_MODE, c.mode.hsync_end = 41);
	BAD(f, DISPLAY_BAD_MODE, c.mode.htotal = 0);
	BAD(f, DISPLAY_BAD_MODE, c.mode.vdisplay = 0);
	BAD(f, DISPLAY_BAD_MODE, c.mode.vtotal = 27);
	BAD(f, DISPLAY_BAD_MODE, c.mode.vsync_end = UINT16_MAX);
	BAD(f, DISPLAY_OK, c.active = false; c.mode.htotal = 0);
	BAD(f, DISPLAY_OK, c.modeset = false; c.mode.htotal = 0);
	BAD(f, DISPLAY_OK,
	    c.mode = ((struct display_mode) { 4028000, 8192, 8192, 8192, 8192,
					      8192, 8192, 8192, 8192 }));
	BAD(f, DISPLAY_BAD_MODE,
	    c.mode = ((struct display_mode) { 4028000, 8193, 8193, 8193, 8193,
					      8192, 8192, 8192, 8192 }));
}

static void test_hostile_planes(void **state)
{
	struct fixture *f = *state;

	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].format = 0);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[1].format = COMPOSE_FOURCC('N', 'V', '2', '1'));
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].width = 0);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].height = 0);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].width = 8193; c.planes[0].pitch = 65536);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].height = 8193);
	BAD(f, DISPLAY_OK, c.planes[0].height = 8192; c.planes[0].dst_height = 512);
	BAD(f, DISPLAY_OK, c.planes[2].height = 384);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[2].height = 385);
	BAD(f, DISPLAY_OK, c.planes[2].height = 385; c.planes[2].dst_height = 25);
	BAD(f, DISPLAY_OK, c.planes[4].height = 512; c.planes[4].dst_height = 8192);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[4].height = 513; c.planes[4].dst_height = 513);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[4].width = 513; c.planes[4].pitch = 4096;
	    c.planes[4].dst_width = 513);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].dst_width = 8193);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].dst_height = 0);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].pitch = 124);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].pitch = 130);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].pitch = 65540);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].pitch = UINT32_MAX & ~3u);
	BAD(f, DISPLAY_OK, c.planes[0].pitch = 65536);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].iova += 2);
	BAD(f, DISPLAY_OK, c.planes[0].iova += 2; c.planes[0].format = COMPOSE_RGB565);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].iova = UINT64_MAX & ~3ull);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].x = 16385);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].x = INT32_MIN);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].y = -16385);
	BAD(f, DISPLAY_OK, c.planes[0].y = -16384);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].zpos = 256);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].blend = 3);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].filter = 2);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].transform = 16);
	BAD(f, DISPLAY_OK, c.planes[0].transform = 15);
	BAD(f, DISPLAY_OK, c.planes[0].dst_width = 2; c.planes[0].dst_height = 2);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].dst_width = 1);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].dst_height = 1);
	/* It is the turned picture whose size counts. */
	BAD(f, DISPLAY_OK, c.planes[0].height = 4096; c.planes[0].transform = 1;
	    c.planes[0].dst_width = 256);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].height = 4097; c.planes[0].transform = 1;
	    c.planes[0].dst_width = 300);
	BAD(f, DISPLAY_OK, c.planes[0].zpos = 256; c.plane_mask = 6);
	BAD(f, DISPLAY_OK, c.planes[0].zpos = 256; c.planes[0].enable = false);
}

static void nv12(struct display_plane *plane)
{
	plane->format = COMPOSE_NV12;
	plane->pitch = 32;
	plane->pitch2 = 32;
	plane->iova2 = plane->iova + 32 * 24;
}

static void test_hostile_yuv(void **state)
{
	struct fixture *f = *state;

	BAD(f, DISPLAY_OK, nv12(&c.planes[0]));
	BAD(f, DISPLAY_OK, nv12(&c.planes[0]); c.planes[0].iova++; c.planes[0].iova2++);
	BAD(f, DISPLAY_OK, nv12(&c.planes[0]); c.planes[0].encoding = 2; c.planes[0].range = 1);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].encoding = 3);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].range = 2);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].pitch2 = 31);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].pitch2 = 65537);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].iova2 = UINT64_MAX);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].transform = 1);
	BAD(f, DISPLAY_OK, nv12(&c.planes[0]); c.planes[0].transform = 2);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].format = COMPOSE_P010);
	BAD(f, DISPLAY_BAD_PLANE, nv12(&c.planes[0]); c.planes[0].format = COMPOSE_YUYV);
	/* 31 pixels wide, but the line ends with a whole pair. */
	BAD(f, DISPLAY_OK, c.planes[0].format = COMPOSE_YUYV; c.planes[0].width = 31;
	    c.planes[0].pitch = 64);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].format = COMPOSE_YUYV; c.planes[0].width = 31;
	    c.planes[0].pitch = 62);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].encoding = 1);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].range = 1);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].pitch2 = 128);
	BAD(f, DISPLAY_BAD_PLANE, c.planes[0].iova2 = FAKE_BASE);
}

static struct display_writeback test_writeback(unsigned int n)
{
	return (struct display_writeback) {
		.enable = true, .format = COMPOSE_XRGB8888, .pitch = 132,
		.iova = FAKE_BASE + n * FAKE_PAGE, .width = 32, .height = 24,
	};
}

static void test_hostile_writeback(void **state)
{
	struct fixture *f = *state;

	BAD(f, DISPLAY_OK, c.writeback = test_writeback(9));
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.format = COMPOSE_NV12);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.pitch = 124);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.pitch = 130);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.pitch = 65540);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.iova += 2);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.width = 0);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.height = 8193);
	BAD(f, DISPLAY_BAD_PLANE, c.writeback = test_writeback(9); c.writeback.iova = UINT64_MAX & ~3ull);
	BAD(f, DISPLAY_BAD_COMMAND, c.writeback = test_writeback(9); c.modeset = false;
	    c.async = true);
}

#define H_WB_SEQ	0x050
#define H_WB_STATUS	0x054
#define IRQ_WB		0x10

static void wait_writeback(struct fixture *f, uint32_t seq, enum display_status status)
{
	for (int i = 0; i < 2000 && !(rd(f, DISP_IRQ_STATUS) & IRQ_WB); i++)
		sleep_ms(1);
	assert_int_equal(rd(f, DISP_IRQ_STATUS) & IRQ_WB, IRQ_WB);
	assert_int_equal(rd(f, HEAD(0, H_WB_SEQ)), seq);
	assert_int_equal(rd(f, HEAD(0, H_WB_STATUS)), status);
	wr(f, DISP_IRQ_STATUS, IRQ_WB);
}

/* One frame is written, of the planes that came with it, and nothing beside it. */
static void test_writeback_picture(void **state)
{
	struct fixture *f = *state;
	struct display_commit c = good();
	uint32_t *at = fake_at(FAKE_BASE + 9 * FAKE_PAGE);

	fill_buffer(0, 0x112233);
	fill_buffer(1, 0x445566);
	memset(at, 0xa5, FAKE_PAGE);
	c.plane_mask = 1;
	c.writeback = test_writeback(9);
	commit(f, &c);
	wait_writeback(f, 1, DISPLAY_OK);
	for (unsigned int i = 0; i < 24 * 33; i++)
		assert_int_equal(at[i], i % 33 == 32 ? 0xa5a5a5a5 : 0xff112233);
	assert_int_equal(at[24 * 33], 0xa5a5a5a5);
	/* On a head that is on it goes with the vblank; then no more. */
	c.seq = 2;
	c.modeset = false;
	c.planes[0] = test_plane(1);
	c.writeback.format = COMPOSE_ABGR8888;
	commit(f, &c);
	wait_writeback(f, 2, DISPLAY_OK);
	assert_int_equal(at[0], 0xff665544);
	assert_int_equal(at[23 * 33 + 31], 0xff665544);
	c.seq = 3;
	c.writeback.format = COMPOSE_XRGB2101010;
	commit(f, &c);
	wait_writeback(f, 3, DISPLAY_OK);
	assert_int_equal(at[0], 0xc0000000 | 0x111 << 20 | 0x155 << 10 | 0x199);
	at[0] = 0;
	flip(f, 0, 4, 0);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 3);
	assert_int_equal(at[0], 0);
	assert_int_equal(counter(f, GROUP, "writebacks"), 3);
}

static void test_writeback_failures(void **state)
{
	struct fixture *f = *state;
	struct display_commit c = { .seq = 2, .plane_mask = 0, .writeback = test_writeback(9) };
	uint32_t *at = fake_at(FAKE_BASE + 9 * FAKE_PAGE);

	*at = 0;
	/* Not on: at once. */
	commit(f, &c);
	wait_writeback(f, 2, DISPLAY_DROPPED);
	test_khz = 20;
	head_on(f, 0, 1, 0);
	/* Another size than the mode's. */
	c.seq = 3;
	c.writeback.height = 23;
	commit(f, &c);
	wait_writeback(f, 3, DISPLAY_DROPPED);
	/* Another one comes first. */
	c.seq = 4;
	c.writeback.height = 24;
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	commit(f, &c);
	c.seq = 5;
	commit(f, &c);
	wait_writeback(f, 4, DISPLAY_DROPPED);
	wait_writeback(f, 5, DISPLAY_OK);
	assert_int_not_equal(*at, 0);
	fake_map(FAKE_BASE + 9 * FAKE_PAGE, FAKE_PAGE, false);
	c.seq = 6;
	commit(f, &c);
	wait_writeback(f, 6, DISPLAY_FAULT);
	fake_map(FAKE_BASE + 9 * FAKE_PAGE, FAKE_PAGE, true);
	/* Switched off first. */
	*at = 0;
	c.seq = 7;
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	commit(f, &c);
	head_off(f, 0, 8);
	wait_writeback(f, 7, DISPLAY_DROPPED);
	assert_int_equal(*at, 0);
	assert_int_equal(counter(f, GROUP, "writebacks_failed"), 5);
}

/* Pops entries until the one of @frame; they must be consecutive. */
static uint32_t crc_of(struct fixture *f, uint32_t frame)
{
	uint32_t last = 0;
	bool any = false;

	for (int i = 0; i < 2000; i++) {
		uint64_t entry = rd64(f, HEAD(0, H_CRC_ENTRY));

		if (!entry) {
			sleep_ms(1);
			continue;
		}
		if (any)
			assert_int_equal((uint32_t)entry, last + 1);
		any = true;
		last = (uint32_t)entry;
		if (last == frame)
			return entry >> 32;
		assert_true((int32_t)(last - frame) < 0);
	}
	fail_msg("no CRC of frame %u", frame);
	return 0;
}

/*
 * The frame that first showed @pixel, by its CRC; all before it showed @old. There must be an entry
 * of it already.
 */
static uint32_t latch_frame(struct fixture *f, uint32_t old, uint32_t pixel)
{
	for (;;) {
		uint64_t entry = rd64(f, HEAD(0, H_CRC_ENTRY));

		assert_true(entry);
		if (entry >> 32 == colour_crc(pixel))
			return (uint32_t)entry;
		assert_int_equal(entry >> 32, colour_crc(old));
	}
}

/* LATCHED_SEQ, VBLANK_COUNT, CRC and bits of a flip agree; the reader is as fast as it gets. */
static void test_flip_order(void **state)
{
	struct fixture *f = *state;
	static const uint32_t pixels[2] = { 0x112233, 0x445566 };

	fill_buffer(0, pixels[0]);
	fill_buffer(1, pixels[1]);
	head_on(f, 0, 100, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	crc_of(f, rd(f, HEAD(0, H_COUNT)) + 2);
	for (uint32_t i = 1; i <= 10; i++) {
		uint32_t at, seq, latched;

		wr(f, DISP_IRQ_STATUS, 0xf);
		at = flip(f, 0, 100 + i, i % 2);
		do {
			seq = rd(f, HEAD(0, H_LATCHED));
			assert_true(seq == 100 + i - 1 || seq == 100 + i);
		} while (seq != 100 + i);
		assert_int_equal(rd(f, DISP_IRQ_STATUS), 3);
		latched = latch_frame(f, pixels[(i + 1) % 2], pixels[i % 2]);
		assert_true(latched > at && latched <= rd(f, HEAD(0, H_COUNT)));
	}
	assert_int_equal(counter(f, GROUP, "head0_latched"), 11);
	assert_int_equal(counter(f, GROUP, "commits"), 11);
}

/* The guest draws into the buffer that is shown: no flip, but another CRC. */
static void test_crc_follows_memory(void **state)
{
	struct fixture *f = *state;
	uint32_t first;

	fill_buffer(0, 0x010101);
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	first = crc_of(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_int_equal(first, colour_crc(0x010101));
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	fill_buffer(0, 0x020202);
	assert_int_equal(crc_of(f, rd(f, HEAD(0, H_COUNT)) + 1), colour_crc(0x020202));
}

static struct display_plane cursor_plane(unsigned int n, int x)
{
	struct display_plane plane = test_plane(n);

	plane.width = plane.dst_width = 8;
	plane.height = plane.dst_height = 8;
	plane.x = x;
	plane.zpos = 5;
	return plane;
}

static void test_merge(void **state)
{
	struct fixture *f = *state;
	struct display_commit cursor = { .seq = 3, .plane_mask = 4 };
	uint32_t at, frame;

	fill_buffer(0, 0);
	fill_buffer(1, 0x00ff00);
	fill_buffer(2, 0xff0000);
	test_khz = 20;
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	at = flip(f, 0, 2, 1);
	cursor.planes[2] = cursor_plane(2, 0);
	cursor.planes[2].width = cursor.planes[2].dst_width = 32;
	cursor.planes[2].height = cursor.planes[2].dst_height = 24;
	commit(f, &cursor);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 1);
	wait_count(f, at + 1);
	frame = at + 1;
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 3);
	assert_int_equal(crc_of(f, frame), colour_crc(0xff0000));
	assert_int_equal(counter(f, GROUP, "latched"), 2);
	/* The cursor goes; what the first of the two said is still there below. */
	memset(&cursor.planes[2], 0, sizeof(cursor.planes[2]));
	cursor.seq = 4;
	frame = commit(f, &cursor) + 1;
	assert_int_equal(crc_of(f, frame), colour_crc(0x00ff00));
}

static void test_async(void **state)
{
	struct fixture *f = *state;
	struct display_commit c = { .seq = 50, .plane_mask = 1, .async = true };
	uint32_t at;

	fill_buffer(0, 0x000001);
	fill_buffer(1, 0x000002);
	fill_buffer(2, 0x000003);
	test_khz = 20;
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	wr(f, DISP_IRQ_STATUS, 0xf);
	c.planes[0] = test_plane(1);
	at = commit(f, &c);
	assert_int_equal(crc_of(f, at + 1), colour_crc(0x000002));
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 1);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 1);
	assert_int_equal(counter(f, GROUP, "async"), 1);
	/* Newer than a commit that waits: wins, though that one still latches. */
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	at = flip(f, 0, 2, 0);
	c.planes[0] = test_plane(2);
	commit(f, &c);
	assert_int_equal(crc_of(f, at + 1), colour_crc(0x000003));
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 2);
}

static void test_off_head(void **state)
{
	struct fixture *f = *state;
	struct display_commit on = { .seq = 3, .modeset = true, .active = true };

	fill_buffer(4, 0x123456);
	assert_int_equal(flip(f, 0, 2, 4), 0);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 2);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 2);
	assert_int_equal(counter(f, GROUP, "frames"), 0);
	on.mode = test_mode();
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	commit(f, &on);
	assert_int_equal(crc_of(f, 1), colour_crc(0x123456));
}

/* A mode that the head has already is no reason to disturb its timeline. */
static void test_same_mode(void **state)
{
	struct fixture *f = *state;
	uint64_t last;

	head_on(f, 0, 1, 0);
	wait_count(f, 3);
	last = rd64(f, HEAD(0, H_TIME));
	assert_true(head_on(f, 0, 2, 1) >= 3);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 1);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 2);
	assert_int_equal((rd64(f, HEAD(0, H_TIME)) - last) % TEST_FRAME_NS, 0);
}

static void test_late_thread(void **state)
{
	struct fixture *f = *state;
	uint64_t entry, before, after, time;
	uint32_t frame, at;

	fill_buffer(0, 0x00aa00);
	fill_buffer(1, 0x0000bb);
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	crc_of(f, rd(f, HEAD(0, H_COUNT)) + 2);
	shut_gate();
	/* In the middle of ten missed frames. */
	sleep_ms(50);
	before = test_now();
	at = flip(f, 0, 2, 1);
	after = test_now();
	sleep_ms(55);
	open_gate();
	while (rd(f, HEAD(0, H_LATCHED)) != 2)
		sleep_ms(1);
	frame = count_and_time(f, &time);
	assert_true(frame >= at + 9);
	assert_true(counter(f, GROUP, "vblanks_missed") >= 8);
	/* There are entries of the last 64 frames: of older ones nothing is known. */
	if (frame - at > 50)
		return;
	/* Every frame has an entry, of the picture that was the right one at its instant. */
	for (uint32_t i = at + 1; i <= frame; i++) {
		uint64_t instant = time - (frame - i) * TEST_FRAME_NS;

		do {
			entry = rd64(f, HEAD(0, H_CRC_ENTRY));
		} while (entry && (uint32_t)entry != i);
		assert_int_equal((uint32_t)entry, i);
		if (instant < before)
			assert_int_equal(entry >> 32, colour_crc(0x00aa00));
		if (instant > after)
			assert_int_equal(entry >> 32, colour_crc(0x0000bb));
	}
	assert_int_equal(counter(f, GROUP, "frames"), rd(f, HEAD(0, H_COUNT)));
}

#define HOLD_FRAMES 6

static uint64_t frame_ns(void)
{
	return TEST_FRAME_NS * 200 / test_khz;
}

/* Whether the vblank after the one at @time may still be held, which a busy machine can overrun. */
static bool held_so_far(uint64_t time)
{
	return test_now() < time + (1 + HOLD_FRAMES) * frame_ns();
}

static void check_held(struct fixture *f, uint32_t count, uint64_t time)
{
	uint32_t now = rd(f, HEAD(0, H_COUNT));

	if (held_so_far(time))
		assert_int_equal(now, count);
}

/* A guest that is late with its interrupts sees each vblank, with its own time and CRC. */
static void test_hold(void **state)
{
	struct fixture *f = *state;
	uint64_t last_time, time, held;
	uint32_t last;

	wr(f, DISP_IRQ_ENABLE, 1);
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	wait_count(f, 1);
	last = count_and_time(f, &last_time);
	/* Not acknowledged: nothing moves. */
	sleep_ms(55);
	check_held(f, last, last_time);
	for (int i = 0; i < 4; i++) {
		uint32_t count;

		last = count_and_time(f, &last_time);
		wr(f, DISP_IRQ_STATUS, 1);
		while (!line_high(f, 1))
			;
		count = count_and_time(f, &time);
		if (held_so_far(last_time)) {
			assert_int_equal(count, last + 1);
			assert_int_equal(time, last_time + TEST_FRAME_NS);
		}
		last = count;
	}
	assert_true(counter(f, GROUP, "vblanks_held") >= 4);
	/* Never acknowledged: all that are due at once, but no frame without a CRC. */
	crc_of(f, last);
	wait_count(f, last + 1);
	assert_true(rd(f, HEAD(0, H_COUNT)) >= last + HOLD_FRAMES);
	crc_of(f, rd(f, HEAD(0, H_COUNT)));
	/* Nobody waits for an interrupt: nothing is held. */
	wr(f, DISP_IRQ_ENABLE, 2);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	held = counter(f, GROUP, "vblanks_held");
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 3);
	assert_int_equal(counter(f, GROUP, "vblanks_held"), held);
}

/* Of a vblank that waits for the guest it knows nothing: what comes meanwhile is shown with it. */
static void test_hold_prolongs(void **state)
{
	struct fixture *f = *state;
	uint64_t before, after, last_time, time;
	bool held;
	uint32_t last;

	fill_buffer(0, 0x00aa00);
	fill_buffer(1, 0x0000bb);
	test_khz = 20;
	wr(f, DISP_IRQ_ENABLE, 1);
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	wait_count(f, 1);
	last = count_and_time(f, &last_time);
	while (test_now() < last_time + frame_ns() * 3 / 2)
		sleep_ms(1);
	before = test_now();
	flip(f, 0, 2, 1);
	after = test_now();
	wr(f, DISP_IRQ_STATUS, 3);
	held = held_so_far(last_time);
	/* Not the count, which would hold it longer. */
	while (!line_high(f, 1))
		sleep_ms(1);
	if (!held)
		return;
	assert_int_equal(count_and_time(f, &time), last + 1);
	assert_true(time >= before && time <= after);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 2);
	assert_int_equal(crc_of(f, last + 1), colour_crc(0x0000bb));
	/* The next frame has its length, from there. */
	wr(f, DISP_IRQ_STATUS, 3);
	wait_count(f, last + 2);
	count_and_time(f, &last_time);
	assert_int_equal((last_time - time) % frame_ns(), 0);
}

/* As the manual has it. */
struct record {
	uint32_t first, events, count, latched_seq;
	uint64_t time;
	uint32_t reserved, last;
};

#define RECORD		(FAKE_BASE + 900 * FAKE_PAGE)

static volatile struct record *record_on(struct fixture *f, uint64_t dva)
{
	wr(f, HEAD(0, H_RECORD), (uint32_t)dva);
	wr(f, HEAD(0, H_RECORD + 4), dva >> 32);
	wr(f, HEAD(0, H_RECORD_CTRL), 1);
	assert_int_equal(rd64(f, HEAD(0, H_RECORD)), dva);
	return fake_at(dva);
}

/* Without a pause: what is to be there before the interrupt is looked for at once. */
static void wait_line(struct fixture *f)
{
	uint64_t end = test_now() + 2000000000ull;

	while (!line_high(f, 1))
		assert_true(test_now() < end);
}

/* Memory says what the registers do, and an acknowledgement by number is one of all that it says. */
static void test_record(void **state)
{
	struct fixture *f = *state;
	volatile struct record *record = record_on(f, RECORD + 64);

	assert_int_equal(rd(f, HEAD(0, H_RECORD_CTRL)), 1);
	wr(f, DISP_IRQ_ENABLE, 3);
	head_on(f, 0, 1, 0);
	wr(f, DISP_IRQ_STATUS, 2);
	for (uint32_t i = 1; i <= 5; i++) {
		uint64_t time;
		uint32_t count;

		flip(f, 0, 1 + i, i);
		do {
			wait_line(f);
			wr(f, HEAD(0, H_RECORD_ACK), record->last - 1);
			assert_true(line_high(f, 1));
			count = count_and_time(f, &time);
			if (held_so_far(time)) {
				assert_int_equal(record->first, record->last);
				assert_int_equal(record->events & 1, 1);
				assert_int_equal(record->count, count);
				assert_int_equal(record->time, time);
				assert_int_equal(record->latched_seq, rd(f, HEAD(0, H_LATCHED)));
				assert_int_equal(!!(record->events & 2), record->latched_seq == 1 + i);
			}
			wr(f, HEAD(0, H_RECORD_ACK), record->last);
		} while (rd(f, HEAD(0, H_LATCHED)) != 1 + i);
	}
	assert_true(counter(f, GROUP, "records") >= 5);
	assert_int_equal(counter(f, GROUP, "records_failed"), 0);
}

/* What came after a record is not acknowledged with it. */
static void test_record_outdated(void **state)
{
	struct fixture *f = *state;
	volatile struct record *record = record_on(f, RECORD);
	uint32_t number;

	wr(f, DISP_IRQ_ENABLE, 1);
	head_on(f, 0, 1, 0);
	wr(f, DISP_IRQ_STATUS, 2);
	wait_line(f);
	head_off(f, 0, 2);
	/* Until nothing is under way. */
	do {
		number = record->last;
		wr(f, HEAD(0, H_RECORD_ACK), number);
	} while (rd(f, DISP_IRQ_STATUS) & 1);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 2);
	/* The next record says it, so that its acknowledgement is one of that, too. */
	head_on(f, 0, 3, 0);
	wait_line(f);
	assert_int_equal(record->events, 3);
	assert_int_equal(record->latched_seq, 3);
	assert_int_not_equal(record->last, number);
}

/* Memory that has gone is no reason to lose a vblank, and nothing is written behind the switch. */
static void test_record_gone(void **state)
{
	struct fixture *f = *state;
	volatile struct record *record = record_on(f, RECORD);
	uint32_t last;

	head_on(f, 0, 1, 0);
	wait_count(f, 1);
	wr(f, HEAD(0, H_RECORD_CTRL), 0);
	last = record->last;
	assert_true(last >= 1);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_int_equal(record->last, last);

	fake_map(RECORD, FAKE_PAGE, false);
	record_on(f, RECORD);
	wr(f, DISP_IRQ_STATUS, 1);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_int_equal(rd(f, DISP_IRQ_STATUS) & 1, 1);
	assert_int_equal(rd(f, HEAD(0, H_RECORD_CTRL)), 0);
	assert_int_equal(counter(f, GROUP, "records_failed"), 1);
	assert_int_equal(rd(f, HEAD(0, H_FAULT_PLANES)), 0);

	/* An address is a multiple of 64, and another one switches records off. */
	fake_map(RECORD, FAKE_PAGE, true);
	record_on(f, RECORD);
	wr(f, HEAD(0, H_RECORD), 0xffffffff);
	assert_int_equal(rd(f, HEAD(0, H_RECORD)), 0xffffffc0);
	assert_int_equal(rd(f, HEAD(0, H_RECORD_CTRL)), 0);
	display_reset(f->display);
	assert_int_equal(rd64(f, HEAD(0, H_RECORD)), 0);
}

/* Registers answer, and a commit is taken, while a frame is being fetched. */
static void test_registers_never_wait(void **state)
{
	struct fixture *f = *state;

	head_on(f, 0, 1, 0);
	shut_gate();
	for (int i = 0; i < 100; i++)
		rd(f, HEAD(0, H_COUNT));
	wr(f, DISP_IRQ_STATUS, 0xf);
	flip(f, 0, 2, 1);
	assert_int_equal(fake_gate, GATE_SHUT);
	open_gate();
}

/* When a head is off, or a plane replaced at once, the old buffer is not read any more. */
static void test_quiesce(void **state)
{
	struct fixture *f = *state;
	struct display_commit c = { .seq = 50, .plane_mask = 1, .async = true };
	pthread_t thread;
	uint32_t count;

	head_on(f, 0, 1, 0);
	wait_count(f, 1);
	shut_gate();
	thread = open_gate_later(50);
	c.planes[0] = test_plane(1);
	commit(f, &c);
	assert_int_equal(fake_gate, GATE_OPEN);
	pthread_join(thread, NULL);
	fake_map(FAKE_BASE, FAKE_PAGE, false);
	shut_gate();
	thread = open_gate_later(50);
	count = rd(f, HEAD(0, H_COUNT));
	head_off(f, 0, 2);
	assert_int_equal(fake_gate, GATE_OPEN);
	pthread_join(thread, NULL);
	fake_map(FAKE_BASE, FAKE_BYTES, false);
	sleep_ms(30);
	assert_int_equal(counter(f, GROUP, "faults"), 0);
	/* The frame that was under way was dropped with its timeline. */
	assert_int_equal(rd(f, HEAD(0, H_COUNT)), count);
}

static void *grab_thread(void *arg)
{
	struct fixture *f = arg;
	unsigned int width, height;

	return display_grab(f->display, 0, &width, &height);
}

/* A flip is not signalled while a grab still reads the old buffer. */
static void test_grab_holds_latch(void **state)
{
	struct fixture *f = *state;
	pthread_t thread, opener;
	void *pixels;

	test_khz = 20;
	head_on(f, 0, 1, 0);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	fake_gate = GATE_ARMED;
	pthread_create(&thread, NULL, grab_thread, f);
	wait_gate();
	opener = open_gate_later(200);
	flip(f, 0, 2, 1);
	while (rd(f, HEAD(0, H_LATCHED)) != 2)
		sleep_ms(1);
	assert_int_equal(fake_gate, GATE_OPEN);
	pthread_join(opener, NULL);
	pthread_join(thread, &pixels);
	free(pixels);
}

static void test_grab(void **state)
{
	struct fixture *f = *state;
	unsigned int width = 0, height = 0;
	uint32_t *pixels;

	assert_null(display_grab(f->display, 0, &width, &height));
	assert_null(display_grab(f->display, 4, &width, &height));
	fill_buffer(0, 0xff123456);
	head_on(f, 0, 1, 0);
	pixels = display_grab(f->display, 0, &width, &height);
	assert_non_null(pixels);
	assert_int_equal(width, 32);
	assert_int_equal(height, 24);
	for (unsigned int i = 0; i < width * height; i++)
		assert_int_equal(pixels[i], 0x123456);
	free(pixels);
	assert_int_equal(display_nr_heads(f->display), 2);
	assert_int_equal(counter(f, GROUP, "frames_composed"), 0);
	wait_count(f, 2);
	assert_true(counter(f, GROUP, "pages_fetched") >= 2);
}

static void test_fifo(void **state)
{
	struct fixture *f = *state;
	uint32_t first;

	head_on(f, 0, 1, 0);
	assert_int_equal(rd64(f, HEAD(0, H_CRC_ENTRY)), 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	while (counter(f, GROUP, "crc_entries") < 75)
		sleep_ms(1);
	head_off(f, 0, 2);
	assert_int_equal(rd(f, HEAD(0, H_CRC_COUNT)), 64);
	first = rd(f, HEAD(0, H_COUNT)) - 63;
	assert_true(counter(f, GROUP, "crc_dropped") >= 10);
	assert_int_equal(counter(f, GROUP, "crc_entries"), counter(f, GROUP, "crc_dropped") + 64);
	for (uint32_t i = 0; i < 63; i++) {
		uint64_t entry = rd(f, HEAD(0, H_CRC_ENTRY));

		assert_int_equal(entry, first + i);
		assert_int_equal(rd(f, HEAD(0, H_CRC_ENTRY + 4)), colour_crc(0));
	}
	assert_int_equal(rd(f, HEAD(0, H_CRC_COUNT)), 1);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	assert_int_equal(rd(f, HEAD(0, H_CRC_COUNT)), 1);
	wr(f, HEAD(0, H_CRC_CTRL), 0);
	assert_int_equal(rd(f, HEAD(0, H_CRC_COUNT)), 1);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	assert_int_equal(rd(f, HEAD(0, H_CRC_COUNT)), 0);
}

static void test_fetch_faults(void **state)
{
	struct fixture *f = *state;

	wr(f, DISP_IRQ_ENABLE, 4);
	head_on(f, 0, 1, 3);
	wait_count(f, 2);
	assert_false(line_high(f, 1));
	fake_map(FAKE_BASE + 3 * FAKE_PAGE, FAKE_PAGE, false);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_true(line_high(f, 1));
	assert_int_equal(rd(f, HEAD(0, H_FAULT_PLANES)), 1);
	assert_int_equal(rd64(f, HEAD(0, H_FAULT_ADDR)), FAKE_BASE + 3 * FAKE_PAGE);
	assert_true(counter(f, GROUP, "faults") >= 1);
	fake_map(FAKE_BASE + 3 * FAKE_PAGE, FAKE_PAGE, true);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	wr(f, HEAD(0, H_FAULT_PLANES), 7);
	wr(f, DISP_IRQ_STATUS, 4);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_int_equal(rd(f, HEAD(0, H_FAULT_PLANES)), 0);
	assert_false(line_high(f, 1));
}

static void test_two_heads(void **state)
{
	struct fixture *f = *state;
	struct display_commit c = good();
	uint64_t time;

	head_on(f, 0, 1, 0);
	c.head = 1;
	c.seq = 9;
	c.mode.pixel_clock_khz = 400;
	commit(f, &c);
	wait_count(f, 20);
	while (rd(f, HEAD(1, H_COUNT)) < 20)
		sleep_ms(1);
	for (int i = 0; i < 10; i++) {
		uint32_t count = rd(f, HEAD(1, H_COUNT)), again;
		uint64_t first = rd64(f, HEAD(1, H_TIME));

		sleep_ms(12);
		again = rd(f, HEAD(1, H_COUNT));
		time = rd64(f, HEAD(1, H_TIME));
		assert_int_equal((time - first) % (TEST_FRAME_NS / 2), 0);
		assert_true(again > count);
	}
	assert_int_equal(rd(f, HEAD(1, H_FRAME_TIME)), TEST_FRAME_NS / 2);
	assert_int_equal(rd(f, HEAD(1, H_LATCHED)), 9);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 1);
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 0x0303);
	assert_int_equal(counter(f, GROUP, "head1_latched"), 1);
}

#define LONGEST_NS	25000000ull

static void set_variable(struct fixture *f, uint32_t seq, bool variable)
{
	struct display_commit c = { .seq = seq, .refresh = true, .variable = variable };

	commit(f, &c);
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 2);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), seq);
}

/* Each frame between two looks, a few apart, has this length. */
static void frames_last(struct fixture *f, uint64_t ns)
{
	uint64_t first, last;
	uint32_t count, n;

	/* Before its first vblank a head has no time. */
	wait_count(f, rd(f, HEAD(0, H_COUNT)) + 1);
	count = count_and_time(f, &first);
	wait_count(f, count + 3);
	n = count_and_time(f, &last) - count;
	assert_int_equal(last - first, n * ns);
}

/* With nothing to show a frame is as long as the monitor bears; a flip ends it. */
static void test_variable_refresh(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(rd(f, HEAD(0, 0x04c)), 40);
	head_on(f, 0, 1, 0);
	wait_count(f, 1);
	frames_last(f, TEST_FRAME_NS);
	set_variable(f, 2, true);
	frames_last(f, LONGEST_NS);
	for (uint32_t seq = 3; seq < 13; seq++) {
		uint64_t before, after, time, begin;
		uint32_t count = count_and_time(f, &before);

		sleep_ms(seq);
		begin = test_now();
		flip(f, 0, seq, 0);
		after = test_now();
		while (rd(f, HEAD(0, H_LATCHED)) != seq)
			sleep_ms(1);
		/* A slow machine shows other frames before or after it: of those nothing is known. */
		if (count_and_time(f, &time) - count != 1)
			continue;
		assert_true(time - before >= TEST_FRAME_NS && time - before <= LONGEST_NS);
		assert_true((time >= begin && time <= after) || time - before == TEST_FRAME_NS ||
			    time - before == LONGEST_NS);
	}
	set_variable(f, 13, false);
	frames_last(f, TEST_FRAME_NS);
}

static void test_reset(void **state)
{
	struct fixture *f = *state;

	wr(f, DISP_IRQ_ENABLE, 0xffffffff);
	head_on(f, 0, 1, 0);
	wr(f, HEAD(0, H_CRC_CTRL), 1);
	wait_count(f, 2);
	flip(f, 0, 2, 1);
	display_reset(f->display);
	assert_false(line_high(f, 1));
	assert_int_equal(rd(f, DISP_IRQ_STATUS), 0);
	assert_int_equal(rd(f, DISP_IRQ_ENABLE), 0);
	assert_int_equal(rd(f, HEAD(0, H_STATUS)), 2);
	assert_int_equal(rd(f, HEAD(0, H_COUNT)), 0);
	assert_int_equal(rd64(f, HEAD(0, H_TIME)), 0);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 0);
	assert_int_equal(rd(f, HEAD(0, H_CRC_COUNT)), 0);
	assert_int_equal(rd(f, HEAD(0, H_CRC_CTRL)), 0);
	head_on(f, 0, 5, 0);
	wait_count(f, 1);
	assert_int_equal(rd(f, HEAD(0, H_LATCHED)), 5);
}

static void test_bad_config(void **state)
{
	struct fixture *f = *state;
	struct display_config config = { .name = "x" };

	assert_null(display_create(&config, &f->port, intc_source(f->intc, 2), f->stats));
	config.nr_heads = 5;
	assert_null(display_create(&config, &f->port, intc_source(f->intc, 2), f->stats));
	config.nr_heads = 1;
	config.heads[0].width = 8192;
	config.heads[0].height = 8192;
	assert_null(display_create(&config, &f->port, intc_source(f->intc, 2), f->stats));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_identity),
		TEST(test_odd_accesses),
		TEST(test_edid_window),
		TEST(test_hotplug),
		TEST(test_monitor),
		TEST(test_modeset),
		TEST(test_scanline),
		TEST(test_hostile_modes),
		TEST(test_hostile_planes),
		TEST(test_hostile_yuv),
		TEST(test_hostile_writeback),
		TEST(test_writeback_picture),
		TEST(test_writeback_failures),
		TEST(test_flip_order),
		TEST(test_crc_follows_memory),
		TEST(test_merge),
		TEST(test_async),
		TEST(test_off_head),
		TEST(test_same_mode),
		TEST(test_late_thread),
		TEST(test_hold),
		TEST(test_hold_prolongs),
		TEST(test_record),
		TEST(test_record_outdated),
		TEST(test_record_gone),
		TEST(test_registers_never_wait),
		TEST(test_quiesce),
		TEST(test_grab_holds_latch),
		TEST(test_grab),
		TEST(test_fifo),
		TEST(test_fetch_faults),
		TEST(test_two_heads),
		TEST(test_variable_refresh),
		TEST(test_reset),
		TEST(test_bad_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
