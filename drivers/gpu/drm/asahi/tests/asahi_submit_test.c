// SPDX-License-Identifier: GPL-2.0
/* Which command buffers are taken, and what the GPU is given. */

#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include <drm/asahi_drm.h>

#include "asahi_gpu.h"
#include "asahi_submit.h"

#define NONE	DRM_ASAHI_BARRIER_NONE

struct submit_test {
	struct asahi_cmd_sink sink;
	u8 buf[SZ_64K];
	size_t size;
};

static int resolve(void *data, const struct drm_asahi_timestamp *timestamp, u64 *dva)
{
	*dva = timestamp->handle ? 0x10000 * timestamp->handle + timestamp->offset : 0;
	return timestamp->handle > 9 ? -ENOENT : 0;
}

static int submit_test_init(struct kunit *test)
{
	struct submit_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->sink.cmds = kunit_kcalloc(test, ASAHI_GPU_MAX_CMDS, sizeof(*t->sink.cmds), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->sink.cmds);
	t->sink.resolve = resolve;
	test->priv = t;
	return 0;
}

static void *append(struct submit_test *t, u16 type, u16 vdm, u16 cdm, const void *payload,
		    u16 size)
{
	struct drm_asahi_cmd_header header = {
		.cmd_type = type,
		.size = size,
		.vdm_barrier = vdm,
		.cdm_barrier = cdm,
	};
	void *at = t->buf + t->size;

	memcpy(at, &header, sizeof(header));
	memcpy(at + sizeof(header), payload, size);
	t->size += sizeof(header) + size;
	return at + sizeof(header);
}

static int parse(struct submit_test *t)
{
	t->sink.n_cmds = 0;
	t->sink.n_render = 0;
	t->sink.n_compute = 0;
	return asahi_cmds_parse(&t->sink, t->buf, t->size);
}

static const struct drm_asahi_cmd_compute compute = {
	.sampler_count = 3,
	.cdm_ctrl_stream_base = 0x1122334455667788,
	.ts = { .start = { .handle = 1, .offset = 8 }, .end = { .handle = 2 } },
};

static const struct drm_asahi_cmd_render render = {
	.vdm_ctrl_stream_base = 0x8877665544332211,
	.width_px = 640,
	.height_px = 480,
	.layers = 1,
	.utile_width_px = 32,
	.utile_height_px = 32,
	.samples = 1,
	.isp_bgobjvals = 0x55aa,
	.ts_frag = { .end = { .handle = 3, .offset = 16 } },
};

static void append_compute(struct submit_test *t)
{
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &compute, sizeof(compute));
}

static void encode_test(struct kunit *test)
{
	struct submit_test *t = test->priv;
	struct gpu_cmd *cmd = t->sink.cmds;

	append_compute(t);
	append(t, DRM_ASAHI_CMD_RENDER, 0, 1, &render, sizeof(render));
	KUNIT_ASSERT_EQ(test, parse(t), 0);
	KUNIT_ASSERT_EQ(test, t->sink.n_cmds, 2);

	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd[0].type), GPU_CMD_COMPUTE);
	KUNIT_EXPECT_EQ(test, memcmp(cmd[0].body, &compute, 48), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd[0].timestamps[0]), 0x10008);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd[0].timestamps[1]), 0x20000);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd[1].type), GPU_CMD_RENDER);
	KUNIT_EXPECT_EQ(test, memcmp(cmd[1].body, &render, 208), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd[1].timestamps[2]), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd[1].timestamps[3]), 0x30010);
	/* The timestamps are no part of what the GPU is given as the command. */
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd[1].reserved1), 0);
}

static void size_test(struct kunit *test)
{
	struct submit_test *t = test->priv;
	u8 longer[sizeof(compute) + 8] = {};
	u8 *payload;

	/* Shorter: no timestamps. */
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &compute, 48);
	KUNIT_ASSERT_EQ(test, parse(t), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(t->sink.cmds[0].timestamps[0]), 0);

	/* Longer: fine while the rest is zero, and what follows is found. */
	memcpy(longer, &compute, sizeof(compute));
	payload = append(t, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, longer, sizeof(longer));
	append_compute(t);
	KUNIT_EXPECT_EQ(test, parse(t), 0);
	KUNIT_EXPECT_EQ(test, t->sink.n_cmds, 3);
	payload[sizeof(longer) - 1] = 1;
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
}

static void truncated_test(struct kunit *test)
{
	struct submit_test *t = test->priv;
	size_t full;

	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	append_compute(t);
	full = t->size;
	for (t->size = 1; t->size < full; t->size++)
		KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	KUNIT_EXPECT_EQ(test, parse(t), 0);
}

static void count_test(struct kunit *test)
{
	struct submit_test *t = test->priv;
	unsigned int i;

	for (i = 0; i < ASAHI_GPU_MAX_CMDS; i++)
		append_compute(t);
	KUNIT_EXPECT_EQ(test, parse(t), 0);
	append_compute(t);
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
}

static void barrier_test(struct kunit *test)
{
	struct submit_test *t = test->priv;

	append(t, DRM_ASAHI_CMD_COMPUTE, 0, 0, &compute, sizeof(compute));
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, 1, &compute, sizeof(compute));
	KUNIT_EXPECT_EQ(test, parse(t), 0);
	t->size = 0;
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, 1, &compute, sizeof(compute));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	t->size = 0;
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &compute, sizeof(compute));
	append(t, DRM_ASAHI_CMD_COMPUTE, 1, NONE, &compute, sizeof(compute));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
}

static void attachment_test(struct kunit *test)
{
	struct drm_asahi_attachment list[17] = {};
	struct submit_test *t = test->priv;
	u16 type = DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS;

	append(t, type, NONE, NONE, list, 16 * sizeof(*list));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	append_compute(t);
	KUNIT_EXPECT_EQ(test, parse(t), 0);

	t->size = 0;
	append_compute(t);
	append(t, type, NONE, NONE, list, 17 * sizeof(*list));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	t->size = 0;
	append_compute(t);
	append(t, type, NONE, 0, list, sizeof(*list));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	t->size = 0;
	append_compute(t);
	append(t, type, NONE, NONE, list, sizeof(*list) - 1);
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	t->size = 0;
	append_compute(t);
	list[1].flags = 1;
	append(t, type, NONE, NONE, list, 2 * sizeof(*list));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
}

#define RENDER(field, size, value, ret) \
	{ offsetof(struct drm_asahi_cmd_render, field), size, value, ret }

static const struct {
	size_t offset, size;
	/* Little-endian like the field, whatever its size. */
	u32 value;
	int ret;
} render_cases[] = {
	RENDER(flags, 4, 1 << 3, -EINVAL),
	RENDER(width_px, 2, 0, -EINVAL),
	RENDER(width_px, 2, 16385, -EINVAL),
	RENDER(height_px, 2, 0, -EINVAL),
	RENDER(height_px, 2, 16385, -EINVAL),
	RENDER(layers, 2, 0, -EINVAL),
	RENDER(layers, 2, 2049, -EINVAL),
	RENDER(utile_width_px, 1, 16, -EINVAL),
	RENDER(utile_height_px, 1, 8, -EINVAL),
	RENDER(samples, 1, 3, -EINVAL),
	RENDER(samples, 1, 0, -EINVAL),
	RENDER(flags, 4, 1 << 18 | 7, 0),
	RENDER(width_px, 2, 16384, 0),
	RENDER(layers, 2, 2048, 0),
	RENDER(utile_height_px, 1, 16, 0),
	RENDER(samples, 1, 4, 0),
};

static void render_test(struct kunit *test)
{
	struct submit_test *t = test->priv;
	unsigned int i;
	u8 *payload;

	for (i = 0; i < ARRAY_SIZE(render_cases); i++) {
		t->size = 0;
		payload = append(t, DRM_ASAHI_CMD_RENDER, NONE, NONE, &render, sizeof(render));
		memcpy(payload + render_cases[i].offset, &render_cases[i].value,
		       render_cases[i].size);
		KUNIT_EXPECT_EQ_MSG(test, parse(t), render_cases[i].ret, "case %u", i);
	}
}

static void bad_command_test(struct kunit *test)
{
	struct drm_asahi_cmd_compute c = compute;
	struct submit_test *t = test->priv;

	append(t, 5, NONE, NONE, &compute, sizeof(compute));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	t->size = 0;
	c.flags = 1;
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &c, sizeof(c));
	KUNIT_EXPECT_EQ(test, parse(t), -EINVAL);
	t->size = 0;
	c = compute;
	c.ts.end.handle = 10;
	append(t, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &c, sizeof(c));
	KUNIT_EXPECT_EQ(test, parse(t), -ENOENT);
}

static struct kunit_case asahi_submit_cases[] = {
	KUNIT_CASE(encode_test),
	KUNIT_CASE(size_test),
	KUNIT_CASE(truncated_test),
	KUNIT_CASE(count_test),
	KUNIT_CASE(barrier_test),
	KUNIT_CASE(attachment_test),
	KUNIT_CASE(render_test),
	KUNIT_CASE(bad_command_test),
	{}
};

static struct kunit_suite asahi_submit_suite = {
	.name = "asahi_submit",
	.init = submit_test_init,
	.test_cases = asahi_submit_cases,
};

kunit_test_suite(asahi_submit_suite);
