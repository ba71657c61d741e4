// SPDX-License-Identifier: GPL-2.0
/* Sizes and pitches, and which frame a checksum is of. */

#include <linux/limits.h>
#include <linux/mm.h>

#include <kunit/test.h>

#include "asahi_gem.h"
#include "asahi_kms.h"

static void dumb_layout_test(struct kunit *test)
{
	u32 pitch;
	u64 size;

	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(1024, 1023, 32, &pitch, &size), 0);
	KUNIT_EXPECT_EQ(test, pitch, 4096);
	/* Not rounded to IOMMU pages: a framebuffer that is one line larger must not fit. */
	KUNIT_EXPECT_LT(test, size, (u64)1024 * 1024 * 4);

	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(1, 1, 1, &pitch, &size), 0);
	KUNIT_EXPECT_EQ(test, pitch, 64);
	KUNIT_EXPECT_EQ(test, size, (u64)PAGE_SIZE);

	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(1366, 768, 16, &pitch, &size), 0);
	KUNIT_EXPECT_EQ(test, pitch, 2752);
}

static void dumb_layout_bad_test(struct kunit *test)
{
	u32 pitch;
	u64 size;

	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(0, 1, 32, &pitch, &size), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(1, 0, 32, &pitch, &size), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(1, 1, 0, &pitch, &size), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(U32_MAX, 1, 32, &pitch, &size), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, asahi_dumb_layout(U32_MAX, U32_MAX, U32_MAX, &pitch, &size),
			-EOVERFLOW);
}

static void fb_layout_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, asahi_fb_check_layout(4, 4096, 0), 0);
	KUNIT_EXPECT_EQ(test, asahi_fb_check_layout(4, 65536, 4), 0);
	KUNIT_EXPECT_EQ(test, asahi_fb_check_layout(4, 65540, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_fb_check_layout(4, 4098, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_fb_check_layout(4, 4096, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, asahi_fb_check_layout(2, 2730, 6), 0);
}

static void crc_frame_test(struct kunit *test)
{
	/* The interrupt of the frame itself: DRM has not counted it yet. */
	KUNIT_EXPECT_EQ(test, asahi_crc_frame(1000, 7, 8), 1001);
	/* A late interrupt: several frames at once. */
	KUNIT_EXPECT_EQ(test, asahi_crc_frame(1000, 7, 11), 1004);
	/* DRM has already counted it, when somebody asked for the count. */
	KUNIT_EXPECT_EQ(test, asahi_crc_frame(1001, 8, 8), 1001);
	KUNIT_EXPECT_EQ(test, asahi_crc_frame(1004, 11, 9), 1002);
	/* The engine's counter wraps, DRM's does not. */
	KUNIT_EXPECT_EQ(test, asahi_crc_frame(0x123456789ull, U32_MAX, 0), 0x12345678aull);
	KUNIT_EXPECT_EQ(test, asahi_crc_frame(5, 0, U32_MAX), 4);
}

static struct kunit_case asahi_gem_cases[] = {
	KUNIT_CASE(dumb_layout_test),
	KUNIT_CASE(dumb_layout_bad_test),
	KUNIT_CASE(fb_layout_test),
	KUNIT_CASE(crc_frame_test),
	{ }
};

static struct kunit_suite asahi_gem_suite = {
	.name = "asahi_gem",
	.test_cases = asahi_gem_cases,
};

kunit_test_suite(asahi_gem_suite);
