// SPDX-License-Identifier: GPL-2.0
/* Commands, byte for byte as in Documentation/vsoc/registers.rst. */

#include <linux/unaligned.h>

#include <drm/drm_fourcc.h>

#include <kunit/test.h>

#include "asahi_coproc.h"
#include "asahi_coproc_regs.h"

static u8 *encode(struct kunit *test, const struct asahi_head_commit *commit)
{
	struct coproc_command *command = kunit_kmalloc(test, sizeof(*command), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, command);
	/* Whatever was in the ring before must not shine through. */
	memset(command, 0xa5, sizeof(*command));
	asahi_coproc_encode(commit, command);

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
	KUNIT_EXPECT_PTR_EQ(test, memchr_inv(plane + 0x24, 0, 1024 - (plane + 0x24 - raw)), NULL);
}

static struct kunit_case asahi_coproc_cases[] = {
	KUNIT_CASE(encode_modeset_test),
	KUNIT_CASE(encode_off_test),
	KUNIT_CASE(encode_plane_test),
	{ }
};

static struct kunit_suite asahi_coproc_suite = {
	.name = "asahi_coproc",
	.test_cases = asahi_coproc_cases,
};

kunit_test_suite(asahi_coproc_suite);
