/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the display engine, the coprocessor and the screens share: a DMA port onto a
 * flat piece of memory, page by page mapped or not, that takes the place of dma.c, and a display
 * engine on it.
 */
#ifndef VSOC_TESTS_DISPLAY_FIXTURE_H
#define VSOC_TESTS_DISPLAY_FIXTURE_H

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bus.h"
#include "compose.h"
#include "display.h"

#define FAKE_BASE	0x100000000ull
#define FAKE_PAGE	0x4000ull
#define FAKE_PAGES	1024
#define FAKE_BYTES	(FAKE_PAGE * FAKE_PAGES)

#define DISP_IRQ_STATUS	0x010
#define DISP_IRQ_ENABLE	0x014
#define HEAD(h, reg)	(0x1000 * ((h) + 1) + (reg))
#define H_STATUS	0x000
#define H_COUNT		0x004
#define H_TIME		0x008
#define H_LATCHED	0x010
#define H_SCANLINE	0x014
#define H_FRAME_TIME	0x018
#define H_CRC_CTRL	0x020
#define H_CRC_COUNT	0x024
#define H_CRC_ENTRY	0x028
#define H_FAULT_PLANES	0x030
#define H_FAULT_ADDR	0x038
#define H_RECORD	0x058
#define H_RECORD_CTRL	0x060
#define H_RECORD_ACK	0x064

static uint8_t *fake_mem;
static atomic_bool fake_valid[FAKE_PAGES];
/* A gate in the way of translations: armed, the next one waits in front of it until it is opened. */
enum fake_gate {
	GATE_OPEN,
	GATE_ARMED,
	GATE_SHUT, /* somebody waits */
};

static _Atomic enum fake_gate fake_gate;

/* 200: a frame lasts exactly 10 ms. Slower where a test must do something within one frame. */
static uint32_t test_khz;

static inline void sleep_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

static inline uint64_t test_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static inline void fake_map(uint64_t dva, uint64_t bytes, bool valid)
{
	for (uint64_t at = dva; at < dva + bytes; at += FAKE_PAGE)
		fake_valid[(at - FAKE_BASE) / FAKE_PAGE] = valid;
}

static inline void *fake_at(uint64_t dva)
{
	return fake_mem + (dva - FAKE_BASE);
}

void *dma_ptr(struct dma_port *port, uint64_t dva, size_t len, bool write, size_t *got)
{
	enum fake_gate armed = GATE_ARMED;
	uint64_t rest = FAKE_PAGE - dva % FAKE_PAGE;

	(void)port;
	(void)write;
	if (atomic_compare_exchange_strong(&fake_gate, &armed, GATE_SHUT))
		while (fake_gate == GATE_SHUT)
			usleep(200);
	if (dva < FAKE_BASE || dva - FAKE_BASE >= FAKE_BYTES ||
	    !fake_valid[(dva - FAKE_BASE) / FAKE_PAGE])
		return NULL;
	*got = len < rest ? len : rest;
	return fake_at(dva);
}

static inline int fake_copy(struct dma_port *port, uint64_t dva, void *buf, size_t len, bool write,
			    uint64_t *fault_dva)
{
	uint8_t *at = buf;

	while (len) {
		size_t got;
		void *ptr = dma_ptr(port, dva, len, write, &got);

		if (!ptr) {
			if (fault_dva)
				*fault_dva = dva;
			return -EFAULT;
		}
		memcpy(write ? ptr : at, write ? at : ptr, got);
		at += got;
		dva += got;
		len -= got;
	}
	return 0;
}

int dma_read(struct dma_port *port, uint64_t dva, void *buf, size_t len, uint64_t *fault_dva)
{
	return fake_copy(port, dva, buf, len, false, fault_dva);
}

int dma_write(struct dma_port *port, uint64_t dva, const void *buf, size_t len, uint64_t *fault_dva)
{
	return fake_copy(port, dva, (void *)buf, len, true, fault_dva);
}

struct fixture {
	struct stats *stats;
	struct mem *mem;
	struct intc *intc;
	struct dma_port port;
	struct display *display;
};

static inline void ignore_raise(void *opaque, unsigned int line)
{
	(void)opaque;
	(void)line;
}

static inline struct fixture *fixture_create(void)
{
	struct display_config config = {
		.name = "display@200000",
		.nr_heads = 2,
		.heads = { { .width = 1280, .height = 800, .hz = 60 },
			   { .width = 1024, .height = 768, .hz = 60, .disconnected = true } },
	};
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	fake_mem = calloc(1, FAKE_BYTES);
	assert_non_null(fake_mem);
	fake_map(FAKE_BASE, FAKE_BYTES, true);
	fake_gate = GATE_OPEN;
	test_khz = 200;
	f->stats = stats_create();
	f->mem = mem_create();
	f->intc = intc_create(f->stats, ignore_raise, NULL);
	f->port.mem = f->mem;
	f->display = display_create(&config, &f->port, intc_source(f->intc, 1), f->stats);
	assert_non_null(f->display);
	return f;
}

static inline void fixture_destroy(struct fixture *f)
{
	fake_gate = GATE_OPEN;
	display_destroy(f->display);
	intc_destroy(f->intc);
	mem_destroy(f->mem);
	stats_destroy(f->stats);
	free(fake_mem);
	free(f);
}

static inline int setup(void **state)
{
	*state = fixture_create();
	return 0;
}

static inline int teardown(void **state)
{
	fixture_destroy(*state);
	return 0;
}

/* A counter as tests outside the process read it. */
static inline uint64_t counter(struct fixture *f, const char *group, const char *name)
{
	char *json = NULL, *at, key[64];
	uint64_t value;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	assert_non_null(out);
	stats_write_json(f->stats, out);
	fclose(out);
	snprintf(key, sizeof(key), "\"%s\"", group);
	at = strstr(json, key);
	assert_non_null(at);
	snprintf(key, sizeof(key), "\"%s\"", name);
	at = strstr(at, key);
	assert_non_null(at);
	at = strchr(at + strlen(key), ':');
	value = strtoull(at + 1, NULL, 10);
	free(json);
	return value;
}

static inline uint64_t rd(struct fixture *f, uint64_t offset)
{
	return display_bus_ops.read(f->display, offset, 4);
}

static inline uint64_t rd64(struct fixture *f, uint64_t offset)
{
	return display_bus_ops.read(f->display, offset, 8);
}

static inline void wr(struct fixture *f, uint64_t offset, uint32_t value)
{
	display_bus_ops.write(f->display, offset, 4, value);
}

static inline bool line_high(struct fixture *f, unsigned int line)
{
	return intc_bus_ops.read(f->intc, 0x010, 4) & (1u << line);
}

/* 32 x 24 pixels. */
static inline struct display_mode test_mode(void)
{
	return (struct display_mode) {
		.pixel_clock_khz = test_khz,
		.hdisplay = 32, .hsync_start = 34, .hsync_end = 38, .htotal = 40,
		.vdisplay = 24, .vsync_start = 26, .vsync_end = 28, .vtotal = 50,
	};
}

#define TEST_FRAME_NS 10000000ull

/* The primary plane of the test mode, in buffer number @n. */
static inline struct display_plane test_plane(unsigned int n)
{
	return (struct display_plane) {
		.enable = true, .format = COMPOSE_XRGB8888, .pitch = 32 * 4,
		.iova = FAKE_BASE + n * FAKE_PAGE, .width = 32, .height = 24,
		.alpha = 65535, .dst_width = 32, .dst_height = 24,
	};
}

static inline void fill_buffer(unsigned int n, uint32_t pixel)
{
	uint32_t *at = fake_at(FAKE_BASE + n * FAKE_PAGE);

	for (unsigned int i = 0; i < 32 * 24; i++)
		at[i] = pixel;
}

/* VBLANK_COUNT and VBLANK_TIME of head 0 of one moment. */
static inline uint32_t count_and_time(struct fixture *f, uint64_t *time)
{
	uint32_t count;

	do {
		count = rd(f, HEAD(0, H_COUNT));
		*time = rd64(f, HEAD(0, H_TIME));
	} while (count != rd(f, HEAD(0, H_COUNT)));
	return count;
}

/* What the CRC of a test-mode picture of one colour must be. */
static inline uint32_t colour_crc(uint32_t pixel)
{
	uint32_t line[32], crc = 0;

	for (unsigned int i = 0; i < 32; i++)
		line[i] = pixel & 0xffffff;
	for (unsigned int y = 0; y < 24; y++)
		crc = compose_crc(crc, line, 32);
	return compose_crc_final(crc);
}

static inline uint32_t commit(struct fixture *f, const struct display_commit *c)
{
	uint32_t count = 0xdeadbeef;

	assert_int_equal(display_check(f->display, c), DISPLAY_OK);
	display_commit(f->display, c, &count);
	return count;
}

static inline uint32_t head_on(struct fixture *f, unsigned int head, uint32_t seq, unsigned int n)
{
	struct display_commit c = {
		.seq = seq, .head = head, .modeset = true, .active = true, .mode = test_mode(),
		.plane_mask = 1, .planes = { test_plane(n) },
	};

	return commit(f, &c);
}

static inline uint32_t head_off(struct fixture *f, unsigned int head, uint32_t seq)
{
	struct display_commit c = { .seq = seq, .head = head, .modeset = true };

	return commit(f, &c);
}

static inline uint32_t flip(struct fixture *f, unsigned int head, uint32_t seq, unsigned int n)
{
	struct display_commit c = {
		.seq = seq, .head = head, .plane_mask = 1, .planes = { test_plane(n) },
	};

	return commit(f, &c);
}

/* Waits until head 0 has counted @count; fails after two seconds. */
static inline void wait_count(struct fixture *f, uint32_t count)
{
	for (int i = 0; i < 2000 && (int32_t)((uint32_t)rd(f, HEAD(0, H_COUNT)) - count) < 0; i++)
		sleep_ms(1);
	assert_true((int32_t)((uint32_t)rd(f, HEAD(0, H_COUNT)) - count) >= 0);
}

static inline void wait_gate(void)
{
	while (fake_gate != GATE_SHUT)
		usleep(200);
}

/* On return somebody waits in the middle of a fetch. */
static inline void shut_gate(void)
{
	fake_gate = GATE_ARMED;
	wait_gate();
}

static inline void open_gate(void)
{
	fake_gate = GATE_OPEN;
}

static inline void *gate_opener(void *arg)
{
	sleep_ms((uintptr_t)arg);
	open_gate();
	return NULL;
}

/* For what must not return before: opens the gate from another thread, which the caller joins. */
static inline pthread_t open_gate_later(unsigned int ms)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, gate_opener, (void *)(uintptr_t)ms), 0);
	return thread;
}

#endif
