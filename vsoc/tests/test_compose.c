// SPDX-License-Identifier: GPL-2.0
/*
 * Pixels: every format against a slow composition that shares no code with the engine's, and whole
 * pictures fetched through a DMA port.
 */
#include "display_fixture.h"
#include "scanout.h"

static const uint32_t formats[] = {
	COMPOSE_XRGB8888, COMPOSE_ARGB8888, COMPOSE_XBGR8888, COMPOSE_ABGR8888, COMPOSE_RGB565,
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static uint32_t rng_state = 12345;

static uint32_t rng(void)
{
	rng_state = rng_state * 1664525 + 1013904223;
	return rng_state >> 8;
}

/* Red, green, blue, alpha of the pixel at @p, from the bytes. */
static void slow_decode(const uint8_t *p, uint32_t format, unsigned int c[4])
{
	unsigned int v = p[0] | p[1] << 8;

	if (format == COMPOSE_RGB565) {
		unsigned int r = v / 2048, g = v / 32 % 64, b = v % 32;

		c[0] = r * 8 + r / 4;
		c[1] = g * 4 + g / 16;
		c[2] = b * 8 + b / 4;
		c[3] = 255;
		return;
	}
	c[1] = p[1];
	if (format == COMPOSE_XRGB8888 || format == COMPOSE_ARGB8888) {
		c[0] = p[2];
		c[2] = p[0];
	} else {
		c[0] = p[0];
		c[2] = p[2];
	}
	c[3] = format == COMPOSE_ARGB8888 || format == COMPOSE_ABGR8888 ? p[3] : 255;
}

static uint32_t slow_blend(const uint8_t *p, uint32_t format, uint32_t below)
{
	unsigned int c[4], d[3] = { below >> 16 & 255, below >> 8 & 255, below & 255 };
	uint32_t out = 0;

	slow_decode(p, format, c);
	for (int i = 0; i < 3; i++) {
		unsigned int v = c[3] == 255 ? c[i] : c[i] + (d[i] * (255 - c[3]) + 127) / 255;

		out = out << 8 | (v > 255 ? 255 : v);
	}
	return out;
}

static void test_formats(void **state)
{
	const struct compose_format *nv12 = compose_format(COMPOSE_NV12);
	const struct compose_format *p010 = compose_format(COMPOSE_P010);
	const struct compose_format *yuyv = compose_format(COMPOSE_YUYV);

	(void)state;
	assert_int_equal(compose_format(COMPOSE_RGB565)->cpp, 2);
	assert_int_equal(compose_format(COMPOSE_ABGR8888)->cpp, 4);
	assert_null(compose_format(0));
	assert_null(compose_format(COMPOSE_FOURCC('R', 'G', '2', '4')));
	assert_int_equal(COMPOSE_XRGB8888, 0x34325258);
	assert_false(compose_format(COMPOSE_XBGR8888)->alpha);
	assert_true(compose_format(COMPOSE_ABGR8888)->alpha);
	assert_true(compose_format(COMPOSE_ABGR2101010)->alpha);
	assert_int_equal(compose_line_bytes(nv12, 0, 7), 7);
	assert_int_equal(compose_line_bytes(nv12, 1, 7), 8);
	assert_int_equal(compose_line_bytes(p010, 0, 7), 14);
	assert_int_equal(compose_line_bytes(p010, 1, 7), 16);
	assert_int_equal(compose_line_bytes(yuyv, 0, 7), 16);
	assert_int_equal(compose_line_bytes(yuyv, 0, 8), 16);
	assert_int_equal(compose_stream_lines(nv12, 0, 7), 7);
	assert_int_equal(compose_stream_lines(nv12, 1, 7), 4);
	assert_true(compose_span_knows(compose_format(COMPOSE_RGB565)));
	assert_false(compose_span_knows(nv12));
	assert_false(compose_span_knows(compose_format(COMPOSE_XRGB2101010)));
}

/* Each value of source, alpha and destination in one channel, noise in the others. */
static void test_blend_exhaustive(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 256; a++) {
		for (unsigned int s = 0; s < 256; s++) {
			uint32_t src[256], dst[256];

			for (unsigned int d = 0; d < 256; d++) {
				src[d] = a << 24 | (255 - s) << 16 | s << 8 | s;
				dst[d] = d << 16 | d << 8 | (255 - d);
			}
			compose_span(dst, src, COMPOSE_ARGB8888, 256);
			for (unsigned int d = 0; d < 256; d++)
				if (dst[d] != slow_blend((uint8_t *)&src[d], COMPOSE_ARGB8888,
							 d << 16 | d << 8 | (255 - d)))
					fail_msg("a %u s %u d %u: %08x", a, s, d, dst[d]);
		}
	}
}

static void test_blend_edges(void **state)
{
	uint32_t dst[2] = { 0x123456, 0x123456 };
	uint32_t src[2] = { 0x00000000, 0xffabcdef };

	(void)state;
	compose_span(dst, src, COMPOSE_ARGB8888, 2);
	assert_int_equal(dst[0], 0x123456);
	assert_int_equal(dst[1], 0xabcdef);
	/* Not pre-multiplied, as a client must not do it: saturates, channel by channel. */
	dst[0] = 0x8080ff;
	src[0] = 0x10ff00ff;
	compose_span(dst, src, COMPOSE_ARGB8888, 1);
	assert_int_equal(dst[0], 0xff78ff);
}

/* Lengths around the block size, so that both loops are seen. */
static void test_spans(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N_FORMATS; i++) {
		for (unsigned int n = 0; n < 50; n++) {
			uint32_t src[50], dst[51], before[51];
			unsigned int cpp = compose_format(formats[i])->cpp;

			for (unsigned int k = 0; k < 50; k++)
				src[k] = rng() ^ rng() << 16;
			/* Whole blocks of nothing, and of opaque pixels. */
			for (unsigned int k = 0; k < 16 && n % 3; k++)
				src[k] = n % 3 == 1 ? 0 : src[k] | 0xff000000;
			for (unsigned int k = 0; k < 51; k++)
				dst[k] = before[k] = rng() & 0xffffff;
			compose_span(dst, src, formats[i], n);
			for (unsigned int k = 0; k < n; k++)
				assert_int_equal(dst[k], slow_blend((uint8_t *)src + k * cpp,
								    formats[i], before[k]));
			assert_int_equal(dst[n], before[n]);
		}
	}
}

static void test_span_in_place(void **state)
{
	uint32_t line[40], copy[40];

	(void)state;
	for (unsigned int k = 0; k < 40; k++)
		line[k] = copy[k] = rng() ^ rng() << 16;
	compose_span(line, line, COMPOSE_XBGR8888, 40);
	for (unsigned int k = 0; k < 40; k++)
		assert_int_equal(line[k], slow_blend((uint8_t *)&copy[k], COMPOSE_XBGR8888, 0));
}

static void test_clip(void **state)
{
	struct compose_clip c;

	(void)state;
	assert_true(compose_clip(0, 0, 100, 50, 100, 50, &c));
	assert_int_equal(c.width, 100);
	assert_int_equal(c.height, 50);
	assert_true(compose_clip(-10, -49, 100, 50, 100, 50, &c));
	assert_int_equal(c.src_x, 10);
	assert_int_equal(c.src_y, 49);
	assert_int_equal(c.dst_x, 0);
	assert_int_equal(c.width, 90);
	assert_int_equal(c.height, 1);
	assert_true(compose_clip(99, 10, 100, 50, 100, 50, &c));
	assert_int_equal(c.src_x, 0);
	assert_int_equal(c.dst_x, 99);
	assert_int_equal(c.width, 1);
	assert_int_equal(c.height, 40);
	assert_false(compose_clip(100, 0, 1, 1, 100, 50, &c));
	assert_false(compose_clip(-1, 0, 1, 1, 100, 50, &c));
	assert_false(compose_clip(0, -8192, 8192, 8192, 100, 50, &c));
	assert_false(compose_clip(INT32_MAX, 0, 8192, 1, 100, 50, &c));
	assert_false(compose_clip(INT32_MIN, 0, 8192, 1, 100, 50, &c));
}

static void test_crc(void **state)
{
	/* "1234" then "5678" as words; the CRC-32 of "12345678" is well known. */
	uint32_t line[2] = { 0x34333231, 0x38373635 };

	(void)state;
	assert_int_equal(compose_crc(0, line, 2), 0x9ae0daaf);
	assert_int_equal(compose_crc(compose_crc(0, line, 1), line + 1, 1), 0x9ae0daaf);
	assert_int_equal(compose_crc_final(0), 1);
	assert_int_equal(compose_crc_final(0xffffffff), 1);
	assert_int_equal(compose_crc_final(2), 2);
}

/* Whole pictures */

#define W 61
#define H 47

static void slow_plane(uint32_t *picture, const struct display_plane *plane)
{
	unsigned int cpp = plane->format == COMPOSE_RGB565 ? 2 : 4;

	for (int sy = 0; sy < plane->height; sy++) {
		for (int sx = 0; sx < plane->width; sx++) {
			int x = plane->x + sx, y = plane->y + sy;
			uint8_t zero[4] = { 0 };
			uint64_t dva = plane->iova + (uint64_t)sy * plane->pitch + sx * cpp;
			const uint8_t *p = fake_at(dva);

			if (x < 0 || y < 0 || x >= W || y >= H)
				continue;
			if (!fake_valid[(dva - FAKE_BASE) / FAKE_PAGE])
				p = zero;
			picture[y * W + x] = slow_blend(p, plane->format, picture[y * W + x]);
		}
	}
}

static void slow_picture(uint32_t *out, const struct scanout_picture *picture)
{
	memset(out, 0, W * H * 4);
	for (unsigned int z = 0; z < 256; z++)
		for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++)
			if (picture->planes[p].enable && picture->planes[p].zpos == z)
				slow_plane(out, &picture->planes[p]);
}

static void random_plane(struct display_plane *plane, unsigned int p)
{
	unsigned int cpp;

	plane->enable = rng() % 8;
	plane->format = formats[rng() % N_FORMATS];
	cpp = compose_format(plane->format)->cpp;
	plane->width = rng() % 3 ? 1 + rng() % 90 : W;
	plane->height = 1 + rng() % 90;
	plane->x = rng() % 3 ? (int)(rng() % 150) - 75 : 0;
	plane->y = (int)(rng() % 150) - 75;
	plane->pitch = (plane->width + rng() % 3 * 500) * cpp;
	plane->iova = FAKE_BASE + p * 0x100000 + rng() % 8192 * cpp;
	plane->zpos = rng() % 4;
	plane->alpha = 65535;
	plane->dst_width = plane->width;
	plane->dst_height = plane->height;
}

static void test_pictures(void **state)
{
	struct fixture *f = *state;

	for (uint64_t i = 0; i < FAKE_BYTES / 4; i++)
		((uint32_t *)fake_mem)[i] = rng() ^ rng() << 16;
	for (int round = 0; round < 400; round++) {
		struct scanout_picture picture = { .width = W, .height = H };
		struct scanout_result result, fetched;
		uint32_t got[W * H], expected[W * H], crc;

		for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++)
			random_plane(&picture.planes[p], p);
		fake_map(FAKE_BASE, FAKE_BYTES, true);
		for (int i = 0; i < round % 4; i++)
			fake_map(FAKE_BASE + rng() % 48 * FAKE_PAGE, 1, false);
		slow_picture(expected, &picture);
		scanout_compose(&f->port, &picture, got, &result);
		assert_memory_equal(got, expected, sizeof(got));
		assert_int_equal(result.crc, compose_crc_final(compose_crc(0, expected, W * H)));
		crc = result.crc;
		scanout_compose(&f->port, &picture, NULL, &result);
		assert_int_equal(result.crc, crc);
		scanout_fetch(&f->port, &picture, &fetched);
		assert_int_equal(fetched.fault_planes, result.fault_planes);
		if (!result.fault_planes)
			assert_true(fetched.n_pages <= result.n_pages);
	}
	fake_map(FAKE_BASE, FAKE_BYTES, true);
}

/* The same picture in two formats, ignored bits and padding set or not: one CRC. */
static void test_equal_pictures(void **state)
{
	struct fixture *f = *state;
	struct scanout_picture picture = { .width = 32, .height = 24 };
	uint32_t *a = fake_at(FAKE_BASE), *b = fake_at(FAKE_BASE + FAKE_PAGE);
	struct scanout_result opaque, alpha, swapped;

	for (unsigned int y = 0; y < 24; y++) {
		for (unsigned int x = 0; x < 40; x++) {
			uint32_t pixel = x * 0x050301 + y * 0x010207;

			a[y * 32 + x % 32] = (pixel & 0xffffff) | (x << 24);
			b[y * 40 + x] = x < 32 ? pixel | 0xff000000 : rng();
		}
	}
	for (unsigned int i = 0; i < 32 * 24; i++)
		a[i] = (b[i / 32 * 40 + i % 32] & 0xffffff) | rng() << 24;
	picture.planes[0] = test_plane(0);
	scanout_compose(&f->port, &picture, NULL, &opaque);
	picture.planes[0] = test_plane(1);
	picture.planes[0].format = COMPOSE_ARGB8888;
	picture.planes[0].pitch = 160;
	scanout_compose(&f->port, &picture, NULL, &alpha);
	assert_int_equal(opaque.crc, alpha.crc);
	for (unsigned int i = 0; i < 32 * 24; i++)
		a[i] = (a[i] & 0xff00) | (a[i] & 0xff) << 16 | (a[i] >> 16 & 0xff);
	picture.planes[0] = test_plane(0);
	picture.planes[0].format = COMPOSE_XBGR8888;
	scanout_compose(&f->port, &picture, NULL, &swapped);
	assert_int_equal(opaque.crc, swapped.crc);
}

static void test_page_counts(void **state)
{
	struct fixture *f = *state;
	struct scanout_picture picture = { .width = 1280, .height = 800 };
	struct scanout_result result;

	/* 1280 x 800 x 4 is exactly 250 pages of 16 KiB. */
	picture.planes[0] = (struct display_plane) {
		.enable = true, .format = COMPOSE_XRGB8888, .iova = FAKE_BASE, .pitch = 5120,
		.width = 1280, .height = 800, .alpha = 65535, .dst_width = 1280, .dst_height = 800,
	};
	scanout_fetch(&f->port, &picture, &result);
	assert_int_equal(result.n_pages, 250);
	assert_int_equal(result.fault_planes, 0);
	picture.planes[0].iova += 4;
	scanout_compose(&f->port, &picture, NULL, &result);
	assert_int_equal(result.n_pages, 251);
	/* One column on the screen: only pages with a visible byte. */
	picture.planes[0] = (struct display_plane) {
		.enable = true, .format = COMPOSE_XRGB8888, .iova = FAKE_BASE, .pitch = 65536,
		.width = 1280, .height = 10, .x = -1279, .alpha = 65535, .dst_width = 1280,
		.dst_height = 10,
	};
	scanout_fetch(&f->port, &picture, &result);
	assert_int_equal(result.n_pages, 10);
	picture.planes[0].x = -1280;
	scanout_fetch(&f->port, &picture, &result);
	assert_int_equal(result.n_pages, 0);
}

static void test_faults(void **state)
{
	struct fixture *f = *state;
	struct scanout_picture picture = { .width = 1280, .height = 800 };
	struct scanout_result result;

	for (unsigned int p = 0; p < 2; p++)
		picture.planes[p] = (struct display_plane) {
			.enable = true, .format = COMPOSE_XRGB8888, .iova = FAKE_BASE,
			.pitch = 5120, .width = 1280, .height = 800, .zpos = 2 - p,
			.alpha = 65535, .dst_width = 1280, .dst_height = 800,
		};
	fake_map(FAKE_BASE + 3 * FAKE_PAGE, FAKE_PAGE, false);
	scanout_fetch(&f->port, &picture, &result);
	assert_int_equal(result.fault_planes, 3);
	assert_int_equal(result.fault_dva, FAKE_BASE + 3 * FAKE_PAGE);
	assert_int_equal(result.n_faults, 8);
	assert_int_equal(result.n_pages, 2 * 249);
	/* All of it unmapped: bounded. */
	fake_map(FAKE_BASE, FAKE_BYTES, false);
	picture.planes[1].enable = false;
	scanout_compose(&f->port, &picture, NULL, &result);
	assert_int_equal(result.n_faults, SCANOUT_MAX_FAULTS);
	assert_int_equal(result.n_pages, 0);
	assert_true(result.crc != 0 && result.crc != 0xffffffff);
}

/* Not checks, numbers for people: milliseconds a frame. */
static void measure(struct fixture *f, const char *what, const struct scanout_picture *picture)
{
	struct scanout_result result;
	uint64_t begin = test_now();

	for (int i = 0; i < 10; i++)
		scanout_compose(&f->port, picture, NULL, &result);
	print_message("# 1280x800 %s: %.2f ms\n", what, (test_now() - begin) / 10e6);
}

static void test_speed(void **state)
{
	struct fixture *f = *state;
	struct scanout_picture picture = { .width = 1280, .height = 800 };
	struct display_plane *plane = &picture.planes[0];
	struct scanout_result result;
	uint64_t begin;

	*plane = (struct display_plane) {
		.enable = true, .format = COMPOSE_XRGB8888, .iova = FAKE_BASE, .pitch = 5120,
		.width = 1280, .height = 800, .alpha = 65535, .dst_width = 1280, .dst_height = 800,
	};
	measure(f, "XRGB with CRC", &picture);
	begin = test_now();
	for (int i = 0; i < 20; i++)
		scanout_fetch(&f->port, &picture, &result);
	print_message("# 1280x800 translations: %.3f ms\n", (test_now() - begin) / 20e6);
	plane->format = COMPOSE_ARGB8888;
	measure(f, "ARGB", &picture);
	for (int i = 0; i < 1280 * 800; i++)
		((uint32_t *)fake_mem)[i] = rng();
	measure(f, "ARGB, all blended", &picture);
	plane->alpha = 0x8000;
	measure(f, "ARGB with plane alpha", &picture);
	plane->alpha = 65535;
	plane->format = COMPOSE_XRGB8888;
	plane->transform = 2;
	measure(f, "half a turn", &picture);
	plane->transform = 0;
	plane->width = 640;
	plane->height = 400;
	measure(f, "scaled, bilinear", &picture);
	plane->width = 800;
	plane->height = 1280;
	plane->pitch = 3200;
	plane->transform = 1;
	measure(f, "a quarter turn", &picture);
	plane->transform = 0;
	plane->width = plane->pitch = plane->pitch2 = 1280;
	plane->height = 800;
	plane->format = COMPOSE_NV12;
	plane->iova2 = plane->iova + 1280 * 800;
	measure(f, "NV12", &picture);
	picture.colour.gamma_on = true;
	measure(f, "NV12 with gamma", &picture);
	picture.colour.ctm_on = true;
	measure(f, "NV12 with matrix", &picture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_blend_exhaustive),
		cmocka_unit_test(test_blend_edges),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_span_in_place),
		cmocka_unit_test(test_clip),
		cmocka_unit_test(test_crc),
		cmocka_unit_test_setup_teardown(test_pictures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_equal_pictures, setup, teardown),
		cmocka_unit_test_setup_teardown(test_page_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_speed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
