// SPDX-License-Identifier: GPL-2.0
/*
 * Planes with all that they can do, and the colour unit, against a reference that shares no code
 * with the engine's: it makes whole pictures of each step of the manual, one after the other, with
 * floating point or wide integers.
 */
#include <math.h>

#include "display_fixture.h"
#include "scanout.h"

#define W 53
#define H 41

static uint32_t rng_state = 4711;

static uint32_t rng(void)
{
	rng_state = rng_state * 1664525 + 1013904223;
	return rng_state >> 8;
}

/* A decoded picture: R, G, B, A of each pixel. */
struct image {
	int w, h;
	unsigned char (*px)[4];
};

static struct image image_new(int w, int h)
{
	struct image image = { w, h, calloc((size_t)w * h, 4) };

	assert_non_null(image.px);
	return image;
}

static unsigned int byte_at(uint64_t dva)
{
	return *(uint8_t *)fake_at(dva);
}

static unsigned int word_at(uint64_t dva)
{
	return byte_at(dva) | byte_at(dva + 1) << 8;
}

static double clamp(double v)
{
	return v < 0 ? 0 : v > 255 ? 255 : v;
}

/* The textbook's formula; @bits of the samples. */
static void slow_yuv(unsigned char px[4], const struct display_plane *plane, int bits, int y, int u,
		     int v)
{
	static const double k[3][2] = { { 0.299, 0.114 }, { 0.2126, 0.0722 }, { 0.2627, 0.0593 } };
	double kr = k[plane->encoding][0], kb = k[plane->encoding][1], kg = 1 - kr - kb;
	double unit = 1 << (bits - 8), luma, pb, pr;

	if (plane->range) {
		luma = y / (256 * unit - 1);
		pb = (u - 128 * unit) / (256 * unit - 1);
		pr = (v - 128 * unit) / (256 * unit - 1);
	} else {
		luma = (y - 16 * unit) / (219 * unit);
		pb = (u - 128 * unit) / (224 * unit);
		pr = (v - 128 * unit) / (224 * unit);
	}
	px[0] = floor(clamp(255 * (luma + 2 * (1 - kr) * pr)) + 0.5);
	px[2] = floor(clamp(255 * (luma + 2 * (1 - kb) * pb)) + 0.5);
	px[1] = floor(clamp(255 * (luma - 2 * (1 - kb) * kb / kg * pb -
				   2 * (1 - kr) * kr / kg * pr)) + 0.5);
	px[3] = 255;
}

static void slow_rgb30(unsigned char px[4], uint32_t format, uint64_t dva)
{
	uint32_t v = word_at(dva) | (uint32_t)word_at(dva + 2) << 16;
	bool bgr = format == COMPOSE_XBGR2101010 || format == COMPOSE_ABGR2101010;
	bool alpha = format == COMPOSE_ARGB2101010 || format == COMPOSE_ABGR2101010;

	px[bgr ? 2 : 0] = floor((v >> 20 & 1023) / 1023. * 255 + 0.5);
	px[1] = floor((v >> 10 & 1023) / 1023. * 255 + 0.5);
	px[bgr ? 0 : 2] = floor((v & 1023) / 1023. * 255 + 0.5);
	px[3] = alpha ? (v >> 30) / 3. * 255 : 255;
}

static void slow_pixel(unsigned char px[4], const struct display_plane *p, int x, int y)
{
	uint64_t line = p->iova + (uint64_t)y * p->pitch;
	uint64_t chroma = p->iova2 + (uint64_t)(y / 2) * p->pitch2;

	switch (p->format) {
	case COMPOSE_NV12:
		slow_yuv(px, p, 8, byte_at(line + x), byte_at(chroma + x / 2 * 2),
			 byte_at(chroma + x / 2 * 2 + 1));
		break;
	case COMPOSE_P010:
		slow_yuv(px, p, 10, word_at(line + x * 2) / 64, word_at(chroma + x / 2 * 4) / 64,
			 word_at(chroma + x / 2 * 4 + 2) / 64);
		break;
	case COMPOSE_YUYV:
		slow_yuv(px, p, 8, byte_at(line + x * 2), byte_at(line + x / 2 * 4 + 1),
			 byte_at(line + x / 2 * 4 + 3));
		break;
	case COMPOSE_RGB565:
		px[0] = (word_at(line + x * 2) >> 11) * 33 / 4;
		px[1] = (word_at(line + x * 2) >> 5 & 63) * 65 / 16;
		px[2] = (word_at(line + x * 2) & 31) * 33 / 4;
		px[3] = 255;
		break;
	case COMPOSE_ARGB1555:
		px[0] = (word_at(line + x * 2) >> 10 & 31) * 33 / 4;
		px[1] = (word_at(line + x * 2) >> 5 & 31) * 33 / 4;
		px[2] = (word_at(line + x * 2) & 31) * 33 / 4;
		px[3] = word_at(line + x * 2) & 0x8000 ? 255 : 0;
		break;
	case COMPOSE_XRGB8888:
	case COMPOSE_ARGB8888:
	case COMPOSE_XBGR8888:
	case COMPOSE_ABGR8888:
		for (int c = 0; c < 4; c++)
			px[c] = byte_at(line + x * 4 + c);
		if (p->format == COMPOSE_XRGB8888 || p->format == COMPOSE_ARGB8888) {
			px[0] = byte_at(line + x * 4 + 2);
			px[2] = byte_at(line + x * 4);
		}
		if (p->format == COMPOSE_XRGB8888 || p->format == COMPOSE_XBGR8888)
			px[3] = 255;
		break;
	default:
		slow_rgb30(px, p->format, line + x * 4);
	}
}

static struct image slow_decode(const struct display_plane *p)
{
	struct image image = image_new(p->width, p->height);

	for (int y = 0; y < image.h; y++)
		for (int x = 0; x < image.w; x++)
			slow_pixel(image.px[y * image.w + x], p, x, y);
	return image;
}

enum step { MIRROR_X, MIRROR_Y, TURN };

/* One reflection or one counter-clockwise quarter turn of a whole picture. */
static struct image slow_move(struct image from, enum step step)
{
	struct image to = step == TURN ? image_new(from.h, from.w) : image_new(from.w, from.h);

	for (int y = 0; y < from.h; y++)
		for (int x = 0; x < from.w; x++) {
			int tx = x, ty = y;

			if (step == MIRROR_X)
				tx = from.w - 1 - x;
			else if (step == MIRROR_Y)
				ty = from.h - 1 - y;
			else
				tx = y, ty = from.w - 1 - x;
			memcpy(to.px[ty * to.w + tx], from.px[y * from.w + x], 4);
		}
	free(from.px);
	return to;
}

/* Where a column of the result begins to sample, and how much of it is the next one. */
static int slow_position(int at, int from, int to, int *part)
{
	double p = floor((at + 0.5) * from / to * 65536) - 32768;

	if (p < 0)
		p = 0;
	if (p > (from - 1) * 65536.)
		p = (from - 1) * 65536.;
	*part = (int)(p / 256) % 256;
	return (int)(p / 65536);
}

static int pick(struct image image, int x, int y, int c)
{
	return image.px[(y < image.h ? y : image.h - 1) * image.w + (x < image.w ? x : image.w - 1)][c];
}

static struct image slow_scale(struct image from, int w, int h, bool nearest)
{
	struct image to = image_new(w, h);

	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++)
			for (int c = 0; c < 4; c++) {
				int fx, fy, sx = slow_position(x, from.w, w, &fx);
				int sy = slow_position(y, from.h, h, &fy);
				int top = pick(from, sx, sy, c) * (256 - fx) +
					  pick(from, sx + 1, sy, c) * fx;
				int bottom = pick(from, sx, sy + 1, c) * (256 - fx) +
					     pick(from, sx + 1, sy + 1, c) * fx;

				to.px[y * w + x][c] = nearest ?
					pick(from, (int)floor((x + 0.5) * from.w / w),
					     (int)floor((y + 0.5) * from.h / h), c) :
					(top * (256 - fy) + bottom * fy + 32768) / 65536;
			}
	free(from.px);
	return to;
}

static unsigned int slow_mix(unsigned int mode, long s, long a, long p, long d)
{
	long c;

	if (mode == COMPOSE_NONE)
		a = 255;
	/* All over 255 * 255, rounded once. */
	if (mode == COMPOSE_COVERAGE)
		c = s * a * p + d * (255 * 255 - a * p);
	else
		c = s * p * 255 + d * (255 * 255 - a * p);
	c = (c + 255 * 255 / 2) / (255 * 255);
	return c > 255 ? 255 : c;
}

static void slow_plane(uint32_t *picture, const struct display_plane *plane)
{
	struct image image = slow_decode(plane);
	long p = floor(plane->alpha / 65535. * 255 + 0.5);

	if (plane->transform & DISPLAY_REFLECT_X)
		image = slow_move(image, MIRROR_X);
	if (plane->transform & DISPLAY_REFLECT_Y)
		image = slow_move(image, MIRROR_Y);
	for (unsigned int i = 0; i < (plane->transform & 3); i++)
		image = slow_move(image, TURN);
	if (image.w != plane->dst_width || image.h != plane->dst_height)
		image = slow_scale(image, plane->dst_width, plane->dst_height,
				   plane->filter == COMPOSE_NEAREST);
	for (int y = 0; y < image.h; y++)
		for (int x = 0; x < image.w; x++) {
			int at = (y + plane->y) * W + x + plane->x;
			unsigned char *px = image.px[y * image.w + x];
			uint32_t out = 0;

			if (x + plane->x < 0 || x + plane->x >= W || y + plane->y < 0 ||
			    y + plane->y >= H)
				continue;
			for (int c = 0; c < 3; c++)
				out = out << 8 | slow_mix(plane->blend, px[c], px[3], p,
							  picture[at] >> (16 - 8 * c) & 255);
			picture[at] = out;
		}
	free(image.px);
}

static uint32_t slow_colour(const struct colour *colour, uint32_t pixel)
{
	long long in[3], out[3];
	uint32_t result = 0;

	for (int c = 0; c < 3; c++) {
		unsigned int v = pixel >> (16 - 8 * c) & 255;

		in[c] = colour->degamma_on ? colour->degamma[c][v] : v * 257;
	}
	for (int c = 0; c < 3; c++) {
		long long sum = 0;

		for (int i = 0; i < 3; i++)
			sum += colour->ctm[3 * c + i] * in[i];
		sum = (long long)floor((sum + 32768) / 65536.);
		out[c] = !colour->ctm_on ? in[c] : sum < 0 ? 0 : sum > 65535 ? 65535 : sum;
		if (colour->gamma_on) {
			int i = out[c] / 257, f = out[c] % 257;
			int next = colour->gamma[c][i < 255 ? i + 1 : 255];

			out[c] = (long long)floor((colour->gamma[c][i] * (257 - f) + next * f) /
						  257. + 0.4999);
		}
		result = result << 8 | (uint32_t)floor(out[c] / 257. + 0.5);
	}
	return result;
}

static void slow_picture(uint32_t *out, const struct scanout_picture *picture)
{
	memset(out, 0, W * H * 4);
	for (unsigned int z = 0; z < 4; z++)
		for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++)
			if (picture->planes[p].enable && picture->planes[p].zpos == z)
				slow_plane(out, &picture->planes[p]);
	for (int i = 0; i < W * H; i++)
		out[i] = slow_colour(&picture->colour, out[i]);
}

static const uint32_t formats[] = {
	COMPOSE_XRGB8888, COMPOSE_ARGB8888, COMPOSE_XBGR8888, COMPOSE_ABGR8888, COMPOSE_RGB565,
	COMPOSE_XRGB2101010, COMPOSE_ARGB2101010, COMPOSE_XBGR2101010, COMPOSE_ABGR2101010,
	COMPOSE_ARGB1555, COMPOSE_YUYV, COMPOSE_NV12, COMPOSE_P010,
};

#define N_FORMATS (sizeof(formats) / sizeof(formats[0]))

static void random_plane(struct display_plane *plane, unsigned int p)
{
	static const uint16_t alphas[] = { 65535, 65535, 0x7e7e, 0xfcfc, 0, 1, 128, 129 };
	const struct compose_format *format;

	memset(plane, 0, sizeof(*plane));
	plane->enable = rng() % 6;
	plane->format = formats[rng() % N_FORMATS];
	format = compose_format(plane->format);
	plane->width = 1 + rng() % 60;
	plane->height = 1 + rng() % 60;
	plane->iova = FAKE_BASE + p * 0x100000 + rng() % 64 * format->align[0];
	plane->pitch = compose_line_bytes(format, 0, plane->width) + rng() % 9 * format->align[0];
	if (format->n_streams > 1) {
		plane->iova2 = FAKE_BASE + p * 0x100000 + 0x80000 + rng() % 64 * format->align[1];
		plane->pitch2 = compose_line_bytes(format, 1, plane->width) +
				rng() % 9 * format->align[1];
	}
	if (format->yuv) {
		plane->encoding = rng() % COMPOSE_NR_ENCODINGS;
		plane->range = rng() % COMPOSE_NR_RANGES;
	}
	plane->transform = rng() % 2 ? rng() % 16 & (format->yuv ? 14 : 15) : 0;
	plane->dst_width = plane->transform & 1 ? plane->height : plane->width;
	plane->dst_height = plane->transform & 1 ? plane->width : plane->height;
	if (rng() % 2) {
		plane->dst_width = (plane->dst_width + 15) / 16 + rng() % 100;
		plane->dst_height = (plane->dst_height + 15) / 16 + rng() % 100;
	}
	plane->x = (int)(rng() % 100) - 50;
	plane->y = (int)(rng() % 100) - 50;
	plane->zpos = rng() % 4;
	plane->alpha = rng() % 2 ? alphas[rng() % 8] : rng() & 0xffff;
	plane->blend = rng() % COMPOSE_NR_BLENDS;
	plane->filter = rng() % COMPOSE_NR_FILTERS;
}

static void random_colour(uint8_t *block)
{
	memset(block, 0, COLOUR_BLOCK_BYTES);
	block[0] = rng() % 2 ? rng() % 8 : 0;
	for (int i = 0; i < 9; i++)
		*(int32_t *)(block + 0x10 + 4 * i) = rng() % 4 ? (int)(rng() % 0x20000) - 0x10000 :
								 (int)(rng() << 8);
	for (int i = 0x800; i < COLOUR_BLOCK_BYTES; i += 2)
		*(uint16_t *)(block + i) = rng();
}

/* The reference of YUV is not the manual's arithmetic: what falls between two values may differ. */
static void compare(const uint32_t *got, const uint32_t *expected, bool exact, int round)
{
	for (int i = 0; i < W * H; i++)
		for (int c = 0; c < 24; c += 8) {
			int d = (int)(got[i] >> c & 255) - (int)(expected[i] >> c & 255);

			if (abs(d) > !exact)
				fail_msg("round %d: pixel %d,%d is %06x, not %06x", round, i % W,
					 i / W, got[i], expected[i]);
		}
}

static bool has_yuv(const struct scanout_picture *picture)
{
	bool yuv = false;

	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++)
		yuv |= picture->planes[p].enable && compose_format(picture->planes[p].format)->yuv;
	return yuv;
}

static void test_random_pictures(void **state)
{
	struct fixture *f = *state;
	uint8_t block[COLOUR_BLOCK_BYTES];

	for (uint64_t i = 0; i < FAKE_BYTES / 4; i++)
		((uint32_t *)fake_mem)[i] = rng() ^ rng() << 16;
	for (int round = 0; round < 1500; round++) {
		struct scanout_picture picture = { .width = W, .height = H };
		struct display_commit commit = { .plane_mask = 31 };
		uint32_t got[W * H], expected[W * H];
		struct scanout_result result;

		for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++)
			random_plane(&picture.planes[p], p);
		memcpy(commit.planes, picture.planes, sizeof(commit.planes));
		assert_int_equal(display_check(f->display, &commit), DISPLAY_OK);
		if (!has_yuv(&picture)) {
			random_colour(block);
			assert_true(colour_parse(&picture.colour, block));
		}
		slow_picture(expected, &picture);
		scanout_compose(&f->port, &picture, got, &result);
		compare(got, expected, !has_yuv(&picture), round);
		assert_int_equal(result.fault_planes, 0);
		assert_int_equal(result.crc, compose_crc_final(compose_crc(0, got, W * H)));
	}
}

/* Corner values of YUV are exact. */
static void test_yuv_corners(void **state)
{
	static const struct {
		unsigned int encoding, range, y, u, v;
		uint32_t rgb;
	} corners[] = {
		{ COMPOSE_BT601, COMPOSE_LIMITED, 16, 128, 128, 0xff000000 },
		{ COMPOSE_BT601, COMPOSE_LIMITED, 235, 128, 128, 0xffffffff },
		{ COMPOSE_BT709, COMPOSE_LIMITED, 235, 128, 128, 0xffffffff },
		{ COMPOSE_BT2020, COMPOSE_FULL, 255, 128, 128, 0xffffffff },
		{ COMPOSE_BT601, COMPOSE_FULL, 0, 128, 128, 0xff000000 },
		{ COMPOSE_BT601, COMPOSE_LIMITED, 0, 128, 128, 0xff000000 },
		{ COMPOSE_BT601, COMPOSE_LIMITED, 255, 128, 128, 0xffffffff },
		/* Red, by the book. */
		{ COMPOSE_BT601, COMPOSE_LIMITED, 81, 90, 240, 0xfffe0000 },
		{ COMPOSE_BT709, COMPOSE_LIMITED, 63, 102, 240, 0xffff0100 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++) {
		uint8_t y[2] = { corners[i].y, corners[i].y };
		uint8_t uv[2] = { corners[i].u, corners[i].v };
		uint16_t y10[2] = { corners[i].y << 8, corners[i].y << 8 };
		uint16_t uv10[2] = { corners[i].u << 8, corners[i].v << 8 };
		uint32_t out[2], out10[2];

		compose_decode(out, y, uv, compose_format(COMPOSE_NV12), corners[i].encoding,
			       corners[i].range, 2);
		assert_int_equal(out[0], corners[i].rgb);
		assert_int_equal(out[1], corners[i].rgb);
		if (corners[i].range == COMPOSE_FULL)
			continue;
		compose_decode(out10, y10, uv10, compose_format(COMPOSE_P010), corners[i].encoding,
			       corners[i].range, 2);
		assert_int_equal(out10[1], corners[i].rgb);
	}
}

/* What clients rely on: the same picture by other means is the same. */
static void test_alpha_equivalences(void **state)
{
	(void)state;
	for (uint32_t d = 0; d < 256; d += 5) {
		for (uint32_t a = 0; a < 256; a++) {
			uint32_t below = d * 0x010101, dst[6];
			uint32_t white = 0xffffffff, faded = a * 0x01010101, covers = a << 24 | 0xffffff;
			uint32_t half = 0x7e7e7e7e, most = a * 0x01010101;

			for (int i = 0; i < 6; i++)
				dst[i] = below;
			compose_blend(&dst[0], &white, COMPOSE_NONE, a, 1);
			compose_blend(&dst[1], &faded, COMPOSE_PREMULTIPLIED, 255, 1);
			compose_blend(&dst[2], &covers, COMPOSE_COVERAGE, 255, 1);
			compose_blend(&dst[3], &white, COMPOSE_COVERAGE, a, 1);
			assert_int_equal(dst[0], dst[1]);
			assert_int_equal(dst[0], dst[2]);
			assert_int_equal(dst[0], dst[3]);
			compose_blend(&dst[4], &half, COMPOSE_PREMULTIPLIED, a, 1);
			compose_blend(&dst[5], &most, COMPOSE_PREMULTIPLIED, 0x7e, 1);
			assert_int_equal(dst[4], dst[5]);
		}
	}
}

/* A gradient through a table that is flat is a plain colour; a straight one changes nothing. */
static void test_colour_tables(void **state)
{
	uint8_t block[COLOUR_BLOCK_BYTES] = { 4 };
	struct colour colour;
	uint32_t line[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		for (int c = 0; c < 3; c++)
			*(uint16_t *)(block + 0x1000 + 8 * i + 2 * c) = i ? 65535 : 0;
	assert_true(colour_parse(&colour, block));
	for (int i = 0; i < 256; i++)
		line[i] = i * 0x010101;
	colour_apply(&colour, line, 256);
	assert_int_equal(line[0], 0);
	for (int i = 1; i < 256; i++)
		assert_int_equal(line[i], 0xffffff);
	for (int i = 0; i < 256; i++)
		for (int c = 0; c < 3; c++)
			*(uint16_t *)(block + 0x1000 + 8 * i + 2 * c) = i * 257;
	block[0] = 6;
	for (int i = 0; i < 3; i++)
		*(int32_t *)(block + 0x10 + 16 * i) = 65536;
	assert_true(colour_parse(&colour, block));
	for (uint32_t i = 0; i < 256; i++)
		line[i] = i << 16 | (255 - i) << 8 | (i ^ 0x55);
	colour_apply(&colour, line, 256);
	for (uint32_t i = 0; i < 256; i++)
		assert_int_equal(line[i], i << 16 | (255 - i) << 8 | (i ^ 0x55));
}

static void test_colour_block(void **state)
{
	uint8_t block[COLOUR_BLOCK_BYTES] = { 0 };
	struct colour colour;

	(void)state;
	assert_true(colour_parse(&colour, block));
	assert_false(colour_on(&colour));
	block[0] = 7;
	assert_true(colour_parse(&colour, block));
	assert_true(colour_on(&colour));
	for (int i = 0; i < 0x800; i++) {
		bool reserved = (i >= 1 && i < 0x10) || i >= 0x34;

		block[i] ^= 0x80;
		assert_int_equal(colour_parse(&colour, block), !reserved && i);
		block[i] ^= 0x80;
	}
}

/* Pages that are not there: reported once, bounded, the rest of the picture is right. */
static void test_faults(void **state)
{
	struct fixture *f = *state;
	struct scanout_picture picture = { .width = W, .height = H };
	struct display_plane *plane = &picture.planes[1];
	struct scanout_result composed, fetched;
	uint32_t got[W * H];

	*plane = test_plane(0);
	plane->format = COMPOSE_NV12;
	plane->pitch = plane->pitch2 = 32;
	plane->iova2 = FAKE_BASE + FAKE_PAGE;
	memset(fake_at(FAKE_BASE), 235, 32 * 24);
	fake_map(FAKE_BASE + FAKE_PAGE, FAKE_PAGE, false);
	scanout_compose(&f->port, &picture, got, &composed);
	scanout_fetch(&f->port, &picture, &fetched);
	assert_int_equal(composed.fault_planes, 2);
	assert_int_equal(composed.fault_dva, FAKE_BASE + FAKE_PAGE);
	assert_int_equal(fetched.fault_planes, 2);
	assert_int_equal(fetched.n_pages, 1);
	/* White with chroma samples of 0: 255 - 204.3 of red is left, and no blue. */
	assert_int_equal(got[0], 0x33ff00);
	*plane = test_plane(0);
	plane->iova = FAKE_BASE + FAKE_PAGE;
	for (unsigned int transform = 1; transform < 4; transform++) {
		plane->transform = transform;
		scanout_compose(&f->port, &picture, got, &composed);
		assert_int_equal(composed.fault_planes, 2);
		assert_int_equal(got[5 * W + 5], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random_pictures, setup, teardown),
		cmocka_unit_test(test_yuv_corners),
		cmocka_unit_test(test_alpha_equivalences),
		cmocka_unit_test(test_colour_tables),
		cmocka_unit_test(test_colour_block),
		cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
