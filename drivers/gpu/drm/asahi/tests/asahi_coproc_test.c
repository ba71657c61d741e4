// SPDX-License-Identifier: GPL-2.0
/* Commands, byte for byte as in Documentation/vsoc/registers.rst. */

#include <linux/unaligned.h>

#include <drm/drm_blend.h>
#include <drm/drm_color_mgmt.h>
#include <drm/drm_fourcc.h>

#include <kunit/test.h>

#include "asahi_coproc.h"
#include "asahi_coproc_regs.h"
#include "asahi_kms.h"

static u8 *encode(struct kunit *test, const struct asahi_head_commit *commit)
{
	struct coproc_command *command = kunit_kmalloc(test, sizeof(*command), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, command);
	/* Whatever was in the ring before must not shine through. */
	memset(command, 0xa5, sizeof(*command));
	asahi_coproc_encode(commit, 0, command);

	return (u8 *)command;
}

static void encode_modeset_test(struct kunit *test)
{
	static const struct asahi_head_commit commit = {
		.seq = 0x11223344,
		.head = 1,
		.modeset = true,
		.active = true,
		.timing = {
			.clock = 148500,
			.h = { 1920, 2008, 2052, 2200 },
			.v = { 1080, 1084, 1089, 1125 },
		},
	};
	const u8 *raw = encode(test, &commit);

	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x00), 1);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x04), 0x11223344);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x08), 1);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x0c), 3);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x10), 148500);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(raw + 0x14), 1920);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(raw + 0x1a), 2200);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(raw + 0x1c), 1080);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(raw + 0x22), 1125);
	/* No plane, and everything else reserved: zero. */
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(raw + 0x24, 0, 1024 - 0x24), NULL);
}

static void encode_off_test(struct kunit *test)
{
	static const struct asahi_head_commit commit = {
		.modeset = true,
		.plane_mask = 7,
	};
	const u8 *raw = encode(test, &commit);

	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x0c), 1);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x24), 7);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(raw + 0x28, 0, 1024 - 0x28), NULL);
}

static void encode_plane_test(struct kunit *test)
{
	static const struct asahi_head_commit commit = {
		.async = true,
		/* Ignored: this is no modeset. */
		.active = true,
		.timing.clock = 1,
		.plane_mask = BIT(2),
		.plane[1].enable = true,
		.plane[2] = {
			.enable = true,
			.format = DRM_FORMAT_ARGB8888,
			.iova = 0x123456789abcull,
			.pitch = 256,
			.width = 64,
			.height = 63,
			.x = -5,
			.y = 16384,
			.zpos = 2,
			.alpha = 0x1234,
			.blend = COPROC_BLEND_NONE,
			.transform = 9,
			.dst_width = 640,
			.dst_height = 480,
			.pitch2 = 0x8765,
			.iova2 = 0xfedcba98765ull,
			.encoding = COPROC_ENCODING_BT2020,
			.range = COPROC_RANGE_FULL,
			.filter = COPROC_FILTER_NEAREST,
		},
	};
	const u8 *raw = encode(test, &commit);
	const u8 *plane = raw + 0x40 + 2 * 64;

	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x0c), 4);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x10), 0);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x24), 4);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(raw + 0x40, 0, 128), NULL);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(plane + 0x00), 1);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(plane + 0x04), 0x34325241);
	KUNIT_EXPECT_EQ(test, get_unaligned_le64(plane + 0x08), 0x123456789abcull);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(plane + 0x10), 256);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(plane + 0x14), 64);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(plane + 0x16), 63);
	KUNIT_EXPECT_EQ(test, (s32)get_unaligned_le32(plane + 0x18), -5);
	KUNIT_EXPECT_EQ(test, (s32)get_unaligned_le32(plane + 0x1c), 16384);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(plane + 0x20), 2);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(plane + 0x24), 0x1234);
	KUNIT_EXPECT_EQ(test, plane[0x26], 2);
	KUNIT_EXPECT_EQ(test, plane[0x27], 9);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(plane + 0x28), 640);
	KUNIT_EXPECT_EQ(test, get_unaligned_le16(plane + 0x2a), 480);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(plane + 0x2c), 0x8765);
	KUNIT_EXPECT_EQ(test, get_unaligned_le64(plane + 0x30), 0xfedcba98765ull);
	KUNIT_EXPECT_EQ(test, plane[0x38], 2);
	KUNIT_EXPECT_EQ(test, plane[0x39], 1);
	KUNIT_EXPECT_EQ(test, plane[0x3a], 1);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(plane + 0x3b, 0, 1024 - (plane + 0x3b - raw)), NULL);
}

static void encode_refresh_test(struct kunit *test)
{
	struct asahi_head_commit commit = { .variable = true };

	/* Ignored: nothing is said of the refresh. */
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(encode(test, &commit) + 0x0c), 0);
	commit.refresh = true;
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(encode(test, &commit) + 0x0c), 0x60);
	commit.variable = false;
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(encode(test, &commit) + 0x0c), 0x20);
}

static void encode_colour_address_test(struct kunit *test)
{
	static const struct asahi_head_commit commit = { .seq = 1 };
	struct coproc_command *command = kunit_kzalloc(test, sizeof(*command), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, command);
	asahi_coproc_encode(&commit, 0x1234567890ull, command);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32((u8 *)command + 0x0c), 8);
	KUNIT_EXPECT_EQ(test, get_unaligned_le64((u8 *)command + 0x28), 0x1234567890ull);
}

static void encode_colour_block_test(struct kunit *test)
{
	struct drm_color_lut *lut = kunit_kcalloc(test, 256, sizeof(*lut), GFP_KERNEL);
	u8 *raw = kunit_kmalloc(test, sizeof(struct coproc_colour), GFP_KERNEL);
	struct asahi_colour colour = { .gamma = lut, .ctm_on = true, .ctm = { 65536, -1 } };

	KUNIT_ASSERT_NOT_NULL(test, lut);
	KUNIT_ASSERT_NOT_NULL(test, raw);
	memset(raw, 0xa5, sizeof(struct coproc_colour));
	lut[255] = (struct drm_color_lut){ .red = 1, .green = 2, .blue = 0xfffe, .reserved = 7 };
	asahi_coproc_encode_colour(&colour, (struct coproc_colour *)raw);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw), 6);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x10), 65536);
	KUNIT_EXPECT_EQ(test, get_unaligned_le32(raw + 0x14), 0xffffffff);
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(raw + 0x18, 0, 0x17f8 - 0x18), NULL);
	KUNIT_EXPECT_EQ(test, get_unaligned_le64(raw + 0x17f8), 0x0000fffe00020001ull);
}

static void ctm_entry_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(0), 0);
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(BIT_ULL(32)), 65536);
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(BIT_ULL(63) | BIT_ULL(31)), -32768);
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(0x8000), 1);
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(0x7fff), 0);
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(S64_MAX), S32_MAX);
	KUNIT_EXPECT_EQ(test, asahi_ctm_entry(U64_MAX), -S32_MAX);
}

static void transform_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, asahi_plane_transform(DRM_MODE_ROTATE_0), 0);
	KUNIT_EXPECT_EQ(test, asahi_plane_transform(DRM_MODE_ROTATE_90), 1);
	KUNIT_EXPECT_EQ(test, asahi_plane_transform(DRM_MODE_ROTATE_270 | DRM_MODE_REFLECT_X), 7);
	KUNIT_EXPECT_EQ(test, asahi_plane_transform(DRM_MODE_ROTATE_180 | DRM_MODE_REFLECT_Y), 10);
}

static struct kunit_case asahi_coproc_cases[] = {
	KUNIT_CASE(encode_modeset_test),
	KUNIT_CASE(encode_off_test),
	KUNIT_CASE(encode_plane_test),
	KUNIT_CASE(encode_refresh_test),
	KUNIT_CASE(encode_colour_address_test),
	KUNIT_CASE(encode_colour_block_test),
	KUNIT_CASE(ctm_entry_test),
	KUNIT_CASE(transform_test),
	{ }
};

static struct kunit_suite asahi_coproc_suite = {
	.name = "asahi_coproc",
	.test_cases = asahi_coproc_cases,
};

kunit_test_suite(asahi_coproc_suite);
