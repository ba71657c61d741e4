// SPDX-License-Identifier: GPL-2.0
/* SUBMIT: what it refuses, syncs, barriers, timestamps. */
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <stddef.h>
#include <sys/mman.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("SUBMIT: what it refuses, syncs, barriers, timestamps");

#define NONE	DRM_ASAHI_BARRIER_NONE

static int fd = -1;
static struct asahi_gpu gpu;
static uint64_t stream;		/* of a program that stores 1 */
static uint32_t *result;	/* there */

static int submit(const struct asahi_commands *commands, struct drm_asahi_sync *syncs, uint32_t in,
		  uint32_t out)
{
	struct drm_asahi_submit arg = {
		.syncs = (uintptr_t)syncs,
		.cmdbuf = (uintptr_t)commands->bytes,
		.cmdbuf_size = commands->size,
		.queue_id = gpu.queue,
		.in_sync_count = in,
		.out_sync_count = out,
	};

	return asahi_ioctl(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg);
}

/* Nothing of a submission that was refused has run. */
static void expect_refused(const char *what, const struct asahi_commands *commands, int error)
{
	uint64_t last = asahi_gpu_program(&gpu, 2, ASAHI_FILL, 1, gpu.base + ASAHI_GPU_FREE + 64);
	int ret;

	/* Jobs of a queue run in order: one before, so that it is idle, and one behind. */
	igt_assert_eq(asahi_gpu_run(&gpu, last), 0);
	*result = 0;
	ret = submit(commands, NULL, 0, 0);
	igt_assert_f(ret == error, "%s: %d, not %d", what, ret, error);
	igt_assert_eq(asahi_gpu_run(&gpu, last), 0);
	igt_assert_f(!*result, "%s: was refused and ran", what);
}

static void one(struct asahi_commands *commands)
{
	struct drm_asahi_cmd_compute compute = asahi_compute(stream);

	commands->size = 0;
	asahi_add_compute(commands, &compute);
}

static void empty(void)
{
	struct asahi_commands commands;

	/* No syncs at all is legal. */
	one(&commands);
	igt_assert_eq(submit(&commands, NULL, 0, 0), 0);
}

static void bad_call(void)
{
	struct asahi_commands commands;
	struct drm_asahi_submit good, arg;

	one(&commands);
	good = (struct drm_asahi_submit){
		.cmdbuf = (uintptr_t)commands.bytes, .cmdbuf_size = commands.size,
		.queue_id = gpu.queue,
	};
	arg = good;
	arg.flags = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EINVAL);
	arg = good;
	arg.pad = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EINVAL);
	arg = good;
	arg.queue_id = 0;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -ENOENT);
	arg.queue_id = 0xdeadbeef;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -ENOENT);
	arg = good;
	arg.cmdbuf = 8;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EFAULT);
	arg = good;
	arg.cmdbuf_size = 0;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EINVAL);
	arg = good;
	arg.syncs = 8;
	arg.in_sync_count = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EFAULT);
	/* Counts whose sum has no room in 32 bits, and one that nobody can mean. */
	arg.in_sync_count = ~0u;
	arg.out_sync_count = 2;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EINVAL);
	arg.in_sync_count = 1u << 30;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EINVAL);
	arg = good;
	arg.cmdbuf_size = ~0u;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EINVAL);
	arg = good;
	arg.syncs = 8;
	arg.out_sync_count = 1;
	asahi_expect(fd, DRM_IOCTL_ASAHI_SUBMIT, &arg, -EFAULT);
}

static void bad_records(void)
{
	struct drm_asahi_cmd_compute compute = asahi_compute(stream), bad = compute;
	struct {
		struct drm_asahi_cmd_compute compute;
		uint64_t more;
	} longer = { .compute = compute };
	struct asahi_commands commands;

	one(&commands);
	asahi_add(&commands, 5, NONE, NONE, &compute, sizeof(compute));
	expect_refused("unknown record", &commands, -EINVAL);
	one(&commands);
	asahi_add(&commands, 0xffff, NONE, NONE, &compute, sizeof(compute));
	expect_refused("last record type", &commands, -EINVAL);
	one(&commands);
	commands.size -= 1;
	expect_refused("payload cut off", &commands, -EINVAL);
	one(&commands);
	commands.size += 4;
	expect_refused("header cut off", &commands, -EINVAL);
	one(&commands);
	bad.flags = 1;
	asahi_add_compute(&commands, &bad);
	expect_refused("flags of a compute command", &commands, -EINVAL);

	commands.size = 0;
	for (int n = 0; n < 65; n++)
		asahi_add_compute(&commands, &compute);
	expect_refused("65 commands", &commands, -EINVAL);
	commands.size = 0;
	for (int n = 0; n < 64; n++)
		asahi_add_compute(&commands, &compute);
	igt_assert_eq(submit(&commands, NULL, 0, 0), 0);

	/* What is longer than known has to be zeros there, what is shorter is completed by them. */
	commands.size = 0;
	asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &longer, sizeof(longer));
	asahi_add_compute(&commands, &compute);
	igt_assert_eq(submit(&commands, NULL, 0, 0), 0);
	longer.more = 1;
	one(&commands);
	asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &longer, sizeof(longer));
	expect_refused("more that is not zero", &commands, -EINVAL);
	commands.size = 0;
	asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, NONE, NONE, &compute,
		  offsetof(struct drm_asahi_cmd_compute, ts));
	igt_assert_eq(submit(&commands, NULL, 0, 0), 0);
}

static void attachments(void)
{
	struct drm_asahi_attachment list[17] = { { .pointer = gpu.base, .size = ASAHI_PAGE } };
	struct drm_asahi_cmd_compute compute = asahi_compute(stream);
	struct asahi_commands commands;
	uint16_t type;

	for (type = DRM_ASAHI_SET_VERTEX_ATTACHMENTS; type <= DRM_ASAHI_SET_COMPUTE_ATTACHMENTS;
	     type++) {
		memset(&list[0].pad, 0, 8);
		commands.size = 0;
		asahi_add(&commands, type, NONE, NONE, list, 16 * sizeof(list[0]));
		asahi_add_compute(&commands, &compute);
		igt_assert_eq(submit(&commands, NULL, 0, 0), 0);

		one(&commands);
		asahi_add(&commands, type, NONE, NONE, list, 17 * sizeof(list[0]));
		expect_refused("17 attachments", &commands, -EINVAL);
		one(&commands);
		asahi_add(&commands, type, NONE, NONE, list, sizeof(list[0]) - 8);
		expect_refused("part of an attachment", &commands, -EINVAL);
		one(&commands);
		asahi_add(&commands, type, 0, NONE, list, sizeof(list[0]));
		expect_refused("attachments with a render barrier", &commands, -EINVAL);
		one(&commands);
		asahi_add(&commands, type, NONE, 0, list, sizeof(list[0]));
		expect_refused("attachments with a compute barrier", &commands, -EINVAL);
		list[0].pad = 1;
		one(&commands);
		asahi_add(&commands, type, NONE, NONE, list, sizeof(list[0]));
		expect_refused("attachment with a pad", &commands, -EINVAL);
		list[0].pad = 0;
		list[0].flags = 1;
		one(&commands);
		asahi_add(&commands, type, NONE, NONE, list, sizeof(list[0]));
		expect_refused("attachment with flags", &commands, -EINVAL);
	}
	commands.size = 0;
	asahi_add(&commands, DRM_ASAHI_SET_COMPUTE_ATTACHMENTS, NONE, NONE, list, sizeof(list[0]));
	list[0].flags = 0;
	igt_assert_eq(submit(&commands, NULL, 0, 0), -EINVAL);
}

static void barriers(void)
{
	struct drm_asahi_cmd_compute compute = asahi_compute(stream);
	struct asahi_commands commands = { .size = 0 };

	for (uint16_t n = 0; n < 4; n++)
		asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, 0, n, &compute, sizeof(compute));
	igt_assert_eq(submit(&commands, NULL, 0, 0), 0);
	one(&commands);
	asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, NONE, 2, &compute, sizeof(compute));
	expect_refused("barrier on a command to come", &commands, -EINVAL);
	one(&commands);
	asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, 1, NONE, &compute, sizeof(compute));
	expect_refused("barrier on a render that is not there", &commands, -EINVAL);
	one(&commands);
	asahi_add(&commands, DRM_ASAHI_CMD_COMPUTE, NONE, 0xfffe, &compute, sizeof(compute));
	expect_refused("barrier far off", &commands, -EINVAL);
}

static struct drm_asahi_cmd_render good_render(void)
{
	return (struct drm_asahi_cmd_render){
		.vdm_ctrl_stream_base = stream,
		.width_px = 64, .height_px = 64, .layers = 1,
		.utile_width_px = 32, .utile_height_px = 32, .samples = 1, .sample_size_B = 4,
	};
}

static void bad_render(void)
{
	struct drm_asahi_cmd_render render;
	struct asahi_commands commands;

#define REFUSED(change)								\
	do {									\
		render = good_render();						\
		change;								\
		one(&commands);							\
		asahi_add(&commands, DRM_ASAHI_CMD_RENDER, NONE, NONE, &render,	\
			  sizeof(render));					\
		expect_refused(#change, &commands, -EINVAL);			\
	} while (0)
	REFUSED(render.flags = 8);
	REFUSED(render.flags = 1u << 17);
	REFUSED(render.flags = 1u << 31);
	REFUSED(render.width_px = 0);
	REFUSED(render.height_px = 0);
	REFUSED(render.width_px = 16385);
	REFUSED(render.height_px = 16385);
	REFUSED(render.layers = 0);
	REFUSED(render.layers = 2049);
	REFUSED(render.utile_width_px = 0);
	REFUSED(render.utile_width_px = 16);
	REFUSED(render.utile_height_px = 64);
	REFUSED(render.samples = 0);
	REFUSED(render.samples = 3);
	REFUSED(render.samples = 8);
#undef REFUSED
}

/*
 * All of what a render may say is taken. It never runs: a command in front of it has no stream, so
 * that nobody needs to draw 2048 layers.
 */
static void expect_taken(const char *what, const struct drm_asahi_cmd_render *render)
{
	struct drm_asahi_cmd_compute nothing = asahi_compute(0x2000000000ull);
	struct drm_asahi_sync sync = { .handle = asahi_sync_create(fd) };
	struct asahi_commands commands = { .size = 0 };
	int ret;

	asahi_add_compute(&commands, &nothing);
	asahi_add(&commands, DRM_ASAHI_CMD_RENDER, 0, 1, render, sizeof(*render));
	asahi_add(&commands, DRM_ASAHI_CMD_RENDER, 1, NONE, render, sizeof(*render));
	ret = submit(&commands, &sync, 0, 1);
	igt_assert_f(!ret, "%s: %d", what, ret);
	igt_assert(asahi_sync_wait(fd, sync.handle, 20000));
	igt_assert_eq(asahi_sync_status(fd, sync.handle), -EIO);
	asahi_sync_destroy(fd, sync.handle);
}

static void render_limits(void)
{
	const uint32_t flags[] = {
		DRM_ASAHI_RENDER_VERTEX_SCRATCH, DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES,
		DRM_ASAHI_RENDER_NO_VERTEX_CLUSTERING, DRM_ASAHI_RENDER_DBIAS_IS_INT,
	};
	struct drm_asahi_cmd_render render = good_render();

	for (int n = 0; n < 4; n++) {
		render.flags = flags[n];
		expect_taken("flag", &render);
	}
	render = good_render();
	render.width_px = 16384;
	render.height_px = 16384;
	render.layers = 2048;
	expect_taken("size", &render);
	render = good_render();
	render.utile_height_px = 16;
	render.samples = 2;
	expect_taken("utile 32x16, 2 samples", &render);
	render.utile_width_px = 16;
	render.samples = 4;
	expect_taken("utile 16x16, 4 samples", &render);
}

static void bad_timestamps(void)
{
	uint32_t bo = asahi_bo_create(fd, ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0);
	uint32_t object = asahi_timestamps_bind(fd, bo, 0, ASAHI_PAGE);
	struct drm_asahi_gem_bind_object unbind = { .op = DRM_ASAHI_BIND_OBJECT_OP_UNBIND };
	struct drm_asahi_cmd_compute gone = asahi_compute(stream);
	const struct {
		const char *what;
		int error;
		struct drm_asahi_timestamp ts;
	} bad[] = {
		{ "unknown object", -ENOENT, { 0xdeadbeef, 0 } },
		{ "next object", -ENOENT, { object + 1, 0 } },
		{ "past the object", -ERANGE, { object, ASAHI_PAGE } },
		{ "not aligned", -EINVAL, { object, 4 } },
		{ "far off", -ERANGE, { object, 0x10000000 } },
		{ "farthest", -ERANGE, { object, 0xfffffff0 } },
		{ "end wraps", -EINVAL, { object, 0xfffffff8 } },
	};
	struct asahi_commands commands;

	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_cmd_compute compute = asahi_compute(stream);

		compute.ts.start = bad[n].ts;
		one(&commands);
		asahi_add_compute(&commands, &compute);
		expect_refused(bad[n].what, &commands, bad[n].error);
		compute.ts.start.handle = 0;
		compute.ts.end = bad[n].ts;
		one(&commands);
		asahi_add_compute(&commands, &compute);
		expect_refused(bad[n].what, &commands, bad[n].error);
	}
	for (size_t n = 0; n < 4 * sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_cmd_render render = good_render();
		struct drm_asahi_timestamp *places[] = {
			&render.ts_vtx.start, &render.ts_vtx.end, &render.ts_frag.start,
			&render.ts_frag.end,
		};

		*places[n % 4] = bad[n / 4].ts;
		one(&commands);
		asahi_add(&commands, DRM_ASAHI_CMD_RENDER, NONE, NONE, &render, sizeof(render));
		expect_refused(bad[n / 4].what, &commands, bad[n / 4].error);
	}
	unbind.object_handle = object;
	asahi_expect(fd, DRM_IOCTL_ASAHI_GEM_BIND_OBJECT, &unbind, 0);
	one(&commands);
	gone.ts.end.handle = object;
	asahi_add_compute(&commands, &gone);
	expect_refused("object that has gone", &commands, -ENOENT);
	asahi_bo_close(fd, bo);
}

static uint64_t now(void)
{
	struct drm_asahi_get_time arg = { 0 };

	asahi_expect(fd, DRM_IOCTL_ASAHI_GET_TIME, &arg, 0);
	return arg.gpu_timestamp;
}

/* In the clock of GET_TIME, in order, and where they were asked for. */
static void timestamps(void)
{
	uint32_t bo = asahi_bo_create(fd, 2 * ASAHI_PAGE, DRM_ASAHI_GEM_WRITEBACK, 0);
	uint32_t object = asahi_timestamps_bind(fd, bo, ASAHI_PAGE, ASAHI_PAGE);
	uint64_t *stamps = asahi_bo_map(fd, bo, 2 * ASAHI_PAGE), before, after;
	struct drm_asahi_cmd_compute compute = asahi_compute(stream);
	struct asahi_commands commands = { .size = 0 };
	struct drm_asahi_sync sync = { .handle = asahi_sync_create(fd) };

	for (uint32_t n = 0; n < 4; n++) {
		compute.ts.start = (struct drm_asahi_timestamp){ object, n * 16 };
		compute.ts.end = (struct drm_asahi_timestamp){ object, n * 16 + 8 };
		asahi_add_compute(&commands, &compute);
	}
	before = now();
	igt_assert_eq(submit(&commands, &sync, 0, 1), 0);
	igt_assert(asahi_sync_wait(fd, sync.handle, 20000));
	after = now();
	igt_assert(!stamps[0]);
	for (int n = 0; n < 8; n++) {
		uint64_t at = stamps[ASAHI_PAGE / 8 + n];

		igt_assert_f(at >= before && at <= after, "stamp %d: %lld, between %lld and %lld", n,
			     (long long)at, (long long)before, (long long)after);
		before = at;
	}
	igt_assert(!stamps[ASAHI_PAGE / 8 + 8]);
	munmap(stamps, 2 * ASAHI_PAGE);
	asahi_sync_destroy(fd, sync.handle);
	asahi_bo_close(fd, bo);
}

static void syncs_bad(void)
{
	uint32_t sync = asahi_sync_create(fd);
	const struct {
		const char *what;
		int error;
		bool out;
		struct drm_asahi_sync sync;
	} bad[] = {
		{ "binary with a value", -EINVAL, false, { 0, sync, 1 } },
		{ "binary with a value, out", -EINVAL, true, { 0, sync, 1 } },
		{ "unknown type", -EINVAL, false, { 2, sync, 0 } },
		{ "unknown type, out", -EINVAL, true, { 2, sync, 0 } },
		{ "unknown handle", -ENOENT, false, { 0, 0xdeadbeef, 0 } },
		{ "unknown handle, out", -ENOENT, true, { 0, 0xdeadbeef, 0 } },
		{ "unknown timeline", -ENOENT, false, { 1, 0xdeadbeef, 1 } },
		{ "unknown timeline, out", -ENOENT, true, { 1, 0xdeadbeef, 1 } },
		{ "no fence", -EINVAL, false, { 0, sync, 0 } },
		{ "point to come", -EINVAL, false, { 1, sync, 5 } },
	};
	struct asahi_commands commands;

	igt_assert_eq(asahi_gpu_run(&gpu, stream), 0);
	*result = 0;
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++) {
		struct drm_asahi_sync syncs[2] = { bad[n].sync };
		int ret;

		one(&commands);
		ret = submit(&commands, syncs, !bad[n].out, bad[n].out);
		igt_assert_f(ret == bad[n].error, "%s: %d, not %d", bad[n].what, ret, bad[n].error);
		/* A good one in front of it is not signaled either. */
		if (!bad[n].out)
			continue;
		syncs[0] = (struct drm_asahi_sync){ 0, sync, 0 };
		syncs[1] = bad[n].sync;
		igt_assert_eq(submit(&commands, syncs, 0, 2), bad[n].error);
		igt_assert(!asahi_sync_wait(fd, sync, 0));
	}
	igt_assert_eq(asahi_gpu_run(&gpu, asahi_gpu_program(&gpu, 2, ASAHI_FILL, 1,
							    gpu.base + ASAHI_GPU_FREE + 64)), 0);
	igt_assert_eq(*result, 0);
	asahi_sync_destroy(fd, sync);
}

/* A job waits for its in-syncs, of both kinds, and signals its out-syncs. */
static void syncs(void)
{
	uint32_t binary = asahi_sync_create(fd), line = asahi_sync_create(fd);
	uint32_t gate = asahi_sync_create(fd), done = asahi_sync_create(fd);
	struct drm_asahi_sync first[] = { { 0, gate, 0 }, { 0, binary, 0 }, { 1, line, 7 } };
	struct drm_asahi_sync second[] = { { 0, binary, 0 }, { 1, line, 7 }, { 0, done, 0 } };
	struct asahi_commands commands;
	uint64_t point = 7;
	int file;

	/* The gate: an endless job of another file, which ends with that. */
	int other_fd = drm_open_driver_render(DRIVER_ASAHI);
	struct asahi_gpu other;

	asahi_gpu_init(&other, other_fd);
	igt_assert_eq(asahi_gpu_start(&other, asahi_gpu_program(&other, 0, ASAHI_ENDLESS, 0, 0)), 0);
	igt_assert_eq(drmSyncobjExportSyncFile(other_fd, other.sync, &file), 0);
	igt_assert_eq(drmSyncobjImportSyncFile(fd, gate, file), 0);
	close(file);
	one(&commands);
	igt_assert_eq(asahi_gpu_run(&gpu, stream), 0);
	*result = 0;
	igt_assert_eq(submit(&commands, first, 1, 2), 0);
	igt_assert_eq(submit(&commands, second, 2, 1), 0);
	igt_assert(!asahi_sync_wait(fd, done, 300));
	igt_assert(!asahi_sync_wait(fd, binary, 0));
	igt_assert_eq(*result, 0);
	munmap(other.bytes, ASAHI_GPU_SIZE);
	drm_close_driver(other_fd);
	igt_assert(asahi_sync_wait(fd, done, 20000));
	igt_assert(asahi_sync_wait(fd, binary, 0));
	igt_assert_eq(drmSyncobjTimelineWait(fd, &line, &point, 1, 0, 0, NULL), 0);
	igt_assert_eq_u32(*result, 1);

	/* The same point once more, and one further back, are not refused. */
	first[0] = (struct drm_asahi_sync){ 1, line, 7 };
	first[1] = (struct drm_asahi_sync){ 1, line, 3 };
	igt_assert_eq(submit(&commands, first, 0, 1), 0);
	igt_assert_eq(submit(&commands, first + 1, 0, 1), 0);
	asahi_sync_destroy(fd, binary);
	asahi_sync_destroy(fd, line);
	asahi_sync_destroy(fd, gate);
	asahi_sync_destroy(fd, done);
}

/* Is a dma-buf free to be written to, says its reservation? */
static bool writable(int dmabuf, int ms)
{
	struct pollfd poll_fd = { .fd = dmabuf, .events = POLLOUT };

	return poll(&poll_fd, 1, ms) == 1;
}

/* The driver puts no fence into a buffer by itself; clients do, and then it counts. */
static void explicit(void)
{
	struct dma_buf_import_sync_file import = { .flags = DMA_BUF_SYNC_WRITE };
	int other_fd = drm_open_driver_render(DRIVER_ASAHI), dmabuf;
	struct asahi_gpu other;
	uint64_t endless;
	uint32_t bo;

	asahi_gpu_init(&other, other_fd);
	bo = asahi_bo_create(other_fd, ASAHI_PAGE, 0, 0);
	igt_assert_eq(asahi_bind(other_fd, other.vm, bo, 0, 0x2000000000ull, ASAHI_PAGE, ASAHI_RW),
		      0);
	igt_assert_eq(drmPrimeHandleToFD(other_fd, bo, DRM_CLOEXEC | DRM_RDWR, &dmabuf), 0);
	endless = asahi_gpu_program(&other, 0, ASAHI_ENDLESS, 0, 0);
	igt_assert_eq(asahi_gpu_start(&other, endless), 0);
	igt_assert(writable(dmabuf, 0));

	igt_assert_eq(drmSyncobjExportSyncFile(other_fd, other.sync, &import.fd), 0);
	igt_assert_eq(drmIoctl(dmabuf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &import), 0);
	igt_assert(!writable(dmabuf, 200));
	/* The end of the file is that of the job. */
	munmap(other.bytes, ASAHI_GPU_SIZE);
	drm_close_driver(other_fd);
	igt_assert(writable(dmabuf, 20000));
	igt_assert(asahi_fence_status(import.fd) < 0);
	close(import.fd);
	close(dmabuf);
}

int igt_main()
{
	igt_fixture() {
		fd = drm_open_driver_render(DRIVER_ASAHI);
		asahi_gpu_init(&gpu, fd);
		stream = asahi_gpu_program(&gpu, 3, ASAHI_FILL, 1, gpu.base + ASAHI_GPU_FREE);
		result = (uint32_t *)(gpu.bytes + ASAHI_GPU_FREE);
	}

	igt_subtest("empty")
		empty();
	igt_subtest("bad-call")
		bad_call();
	igt_subtest("bad-records")
		bad_records();
	igt_subtest("attachments")
		attachments();
	igt_subtest("barriers")
		barriers();
	igt_subtest("bad-render")
		bad_render();
	igt_subtest("render-limits")
		render_limits();
	igt_subtest("bad-timestamps")
		bad_timestamps();
	igt_subtest("timestamps")
		timestamps();
	igt_subtest("syncs-bad")
		syncs_bad();
	igt_subtest("syncs")
		syncs();
	igt_describe("no implicit fences but those that clients put in");
	igt_subtest("explicit")
		explicit();

	igt_fixture() {
		asahi_gpu_fini(&gpu);
		drm_close_driver(fd);
	}
}
