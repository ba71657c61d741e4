// SPDX-License-Identifier: GPL-2.0
/*
 * kms flips N BEFORE AFTER | prompt | lost | late | monitor | looks | scaling | variable | cursor | sleep COMMAND:
 * what upstream's tests do not ask of the driver asahi.
 *
 * flips: N flips on all heads in one commit each, with a plane that moves; the shell commands BEFORE
 * and AFTER are run around them. prompt: a flip waits for no worker, a cursor that stays for nobody.
 * lost, late: the virtual SoC swallows or delays an answer of the coprocessor. monitor: another monitor
 * is plugged in. looks: scaled, turned, blended and YUV planes against pictures of the same that were
 * computed here. scaling: what upstream's kms_plane_scaling would ask if it took this driver for one
 * that can scale. variable: with variable refresh the frames of a still picture are longer. cursor: of
 * many moves the last one counts. sleep: the picture is the same after COMMAND, which puts the machine
 * to sleep.
 */
/* Sets of processors. */
#define _GNU_SOURCE
#include "kms.h"

/* ---- the tests ---- */

static void run(const char *command)
{
	fflush(stdout);
	if (system(command))
		fail("failed: %s", command);
}

static void test_flips(unsigned int n, const char *before, const char *after)
{
	uint64_t n_gaps = 0;
	double begin, seconds;

	flip_all(1);
	for (unsigned int i = 0; i < n_heads; i++)
		heads[i].n_gaps = 0;
	run(before);
	begin = now();
	for (unsigned int k = 0; k < n; k++) {
		drmModeAtomicReq *req = drmModeAtomicAlloc();

		for (unsigned int i = 0; i < n_heads; i++) {
			put_primary(req, &heads[i], k);
			put_plane(req, &heads[i], heads[i].overlay, heads[i].moving, k * 7 % 900,
				  k * 5 % 700 - 64, MOVING_SIZE, MOVING_SIZE);
		}
		commit_and_wait(req);
		drmModeAtomicFree(req);
	}
	seconds = now() - begin;
	run(after);
	for (unsigned int i = 0; i < n_heads; i++)
		n_gaps += heads[i].n_gaps;
	printf("%u flips on %u heads in %.1f s, %.1f a second; %" PRIu64 " frames shown twice\n", n,
	       n_heads, seconds, n / seconds, n_gaps);
}

/* The commit ends in time although its answer does not come, and the next one works. */
static void test_lost(void)
{
	uint32_t dark, bright;
	double lost, next;

	dark = picture();
	flip_all(1);
	bright = picture();
	flip_all(0);
	control("fault coproc 1 -1");
	lost = flip_all(1);
	next = flip_all(0);
	printf("the lost one took %.2f s, the next one %.2f s\n", lost, next);
	if (picture() != dark)
		fail("the picture is wrong after the loss");
	flip_all(1);
	if (picture() != bright || bright == dark)
		fail("the picture does not change any more");
	/* The engine has shown it, so its event is not lost; the next commit has to wait. */
	if (lost + next < 1)
		fail("nothing was lost");
	if (lost + next > 20)
		fail("it took too long");
}

static void test_late(void)
{
	uint32_t dark = picture();
	double late;

	control("fault coproc 1 700");
	late = flip_all(1);
	printf("the late one took %.2f s\n", late);
	flip_all(0);
	if (picture() != dark)
		fail("the picture is wrong afterwards");
	if (late > 5)
		fail("it took too long");
}

static int open_uevents(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int sock = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)))
		fail("no uevents: %m");
	return sock;
}

static void wait_hotplug(int sock)
{
	double end = now() + 10;
	char message[8192];

	while (now() < end) {
		struct pollfd pollfd = { .fd = sock, .events = POLLIN };
		ssize_t n;

		if (poll(&pollfd, 1, 100) <= 0)
			continue;
		n = recv(sock, message, sizeof(message), 0);
		if (n > 0 && memmem(message, n, "HOTPLUG=1", 10))
			return;
	}
	fail("no hotplug event");
}

static void expect_modes(unsigned int width, unsigned int height)
{
	drmModeConnector *connector = drmModeGetConnector(fd, heads[0].connector);

	if (!width && connector->connection != DRM_MODE_DISCONNECTED)
		fail("still connected");
	if (width && (!connector->count_modes || connector->modes[0].hdisplay != width ||
		      connector->modes[0].vdisplay != height))
		fail("the first mode is not %ux%u", width, height);
	drmModeFreeConnector(connector);
}

static void test_monitor(void)
{
	unsigned int width = heads[0].mode.hdisplay, height = heads[0].mode.vdisplay;
	uint32_t shown = picture();
	int sock = open_uevents();
	char back[64];

	control("monitor 0 1024 600");
	wait_hotplug(sock);
	expect_modes(1024, 600);
	if (picture() != shown)
		fail("the picture has changed");
	control("hotplug 0 0");
	wait_hotplug(sock);
	expect_modes(0, 0);
	control("hotplug 0 1");
	wait_hotplug(sock);
	expect_modes(1024, 600);
	snprintf(back, sizeof(back), "monitor 0 %u %u", width, height);
	control(back);
	wait_hotplug(sock);
	expect_modes(width, height);
	close(sock);
}

/* ---- looks ---- */

#define LOOK_W	320
#define LOOK_H	200

static uint32_t source(uint32_t x, uint32_t y)
{
	return (x * 7 & 255) << 16 | (y * 5 & 255) << 8 | ((x ^ y) & 255);
}

static uint32_t paint_source(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)width;
	(void)height;
	return source(x, y);
}

static uint32_t paint_doubled(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)width;
	(void)height;
	return source(x / 2, y / 2);
}

/* Halfway between four pixels each has a quarter. */
static uint32_t paint_halved(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	uint32_t out = 0;

	(void)width;
	(void)height;
	for (int c = 16; c >= 0; c -= 8) {
		uint32_t sum = 0;

		for (int i = 0; i < 4; i++)
			sum += source(2 * x + i % 2, 2 * y + i / 2) >> c & 255;
		out = out << 8 | (sum + 2) / 4;
	}
	return out;
}

static uint32_t paint_90(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)width;
	return source(height - 1 - y, x);
}

static uint32_t paint_180(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	return source(width - 1 - x, height - 1 - y);
}

static uint32_t paint_270(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)height;
	return source(y, width - 1 - x);
}

static uint32_t paint_mirrored(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)height;
	return source(width - 1 - x, y);
}

/* Over a background of 0x203040, plane alpha 0x8080. */
static uint32_t paint_faded(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	uint32_t p = source(x, y), out = 0;

	(void)width;
	(void)height;
	for (int c = 16; c >= 0; c -= 8)
		out = out << 8 | ((p >> c & 255) * 128 + (0x203040u >> c & 255) * 127 + 127) / 255;
	return out;
}

struct look {
	const char *name;
	uint32_t rotation, filter, alpha;
	uint32_t width, height;         /* on the screen */
	uint32_t (*paint)(uint32_t x, uint32_t y, uint32_t width, uint32_t height);
};

static const struct look looks[] = {
	{ "as it is", 1, 0, 0xffff, LOOK_W, LOOK_H, paint_source },
	{ "twice as large", 1, 1, 0xffff, 2 * LOOK_W, 2 * LOOK_H, paint_doubled },
	{ "half as large", 1, 0, 0xffff, LOOK_W / 2, LOOK_H / 2, paint_halved },
	{ "a quarter turn", 2, 0, 0xffff, LOOK_H, LOOK_W, paint_90 },
	{ "half a turn", 4, 0, 0xffff, LOOK_W, LOOK_H, paint_180 },
	{ "three quarter turns", 8, 0, 0xffff, LOOK_H, LOOK_W, paint_270 },
	{ "mirrored", 1 | 16, 0, 0xffff, LOOK_W, LOOK_H, paint_mirrored },
	{ "upside down, mirrored at both axes", 4 | 16 | 32, 0, 0xffff, LOOK_W, LOOK_H, paint_source },
	{ "faded", 1, 0, 0x8080, LOOK_W, LOOK_H, paint_faded },
};

/* Shows a framebuffer on the overlay, and returns the checksum of the screen. */
static uint32_t look_at(uint32_t fb, uint32_t src_w, uint32_t src_h, const struct look *look,
			bool plain)
{
	const struct head *head = &heads[0];
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	uint32_t crc;

	put_plane(req, head, head->overlay, fb, 17, 11, src_w, src_h);
	set(req, head->overlay, "CRTC_W", look->width);
	set(req, head->overlay, "CRTC_H", look->height);
	set(req, head->overlay, "rotation", plain ? 1 : look->rotation);
	set(req, head->overlay, "SCALING_FILTER", plain ? 0 : look->filter);
	set(req, head->overlay, "alpha", plain ? 0xffff : look->alpha);
	if (drmModeAtomicCommit(fd, req, 0, NULL))
		fail("%s: %m", look->name);
	drmModeAtomicFree(req);
	crc = picture();
	return crc;
}

/* Limited range: 235 is white, and the colour samples in the middle say that there is no colour. */
static uint32_t white_nv12(void)
{
	struct drm_mode_create_dumb create = { .width = LOOK_W, .height = LOOK_H * 3 / 2, .bpp = 8 };
	struct drm_mode_map_dumb map = { 0 };
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 }, fb;
	uint8_t *pixels;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		fail("no buffer: %m");
	map.handle = handles[0] = handles[1] = create.handle;
	pitches[0] = pitches[1] = create.pitch;
	offsets[1] = create.pitch * LOOK_H;
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map))
		fail("no map: %m");
	pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (pixels == MAP_FAILED)
		fail("no mapping: %m");
	memset(pixels, 235, offsets[1]);
	memset(pixels + offsets[1], 128, create.size - offsets[1]);
	munmap(pixels, create.size);
	if (drmModeAddFB2(fd, LOOK_W, LOOK_H, DRM_FORMAT_NV12, handles, pitches, offsets, &fb, 0))
		fail("no NV12 framebuffer: %m");
	return fb;
}

static void test_looks(void)
{
	uint32_t fb = paint_fb(LOOK_W, LOOK_H, paint_source), before = picture();

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		const struct look *look = &looks[i];
		uint32_t reference = paint_fb(look->width, look->height, look->paint);
		uint32_t expected = look_at(reference, look->width, look->height, look, true);
		uint32_t got = look_at(fb, LOOK_W, LOOK_H, look, false);

		printf("%s: %08x, expected %08x\n", look->name, got, expected);
		if (got != expected || got == before)
			fail("%s looks wrong", look->name);
	}
	if (look_at(white_nv12(), LOOK_W, LOOK_H, &looks[0], false) !=
	    look_at(make_fb(LOOK_W, LOOK_H, 0xffffff), LOOK_W, LOOK_H, &looks[0], true))
		fail("white looks wrong in NV12");
}

/* ---- scaling ---- */

/* Of a picture and its place on the screen, in parts of the mode; 0: 20 pixels. */
static const struct factor {
	double source, target;
} factors[] = {
	{ 0, 1 }, { 0.25, 1 }, { 1, 0.25 }, { 1, 0.5 }, { 1, 0.75 }, { 1, 1 },
};

#define N_FACTORS	(sizeof(factors) / sizeof(factors[0]))

static unsigned int part_of(unsigned int size, double factor)
{
	return factor > 0 ? (unsigned int)(size * factor) & ~1u : 20;
}

static uint32_t format_fb(uint32_t format, const struct factor *factor)
{
	bool two = format == DRM_FORMAT_NV12 || format == DRM_FORMAT_P010;
	uint32_t width = part_of(heads[0].mode.hdisplay, factor->source);
	uint32_t height = part_of(heads[0].mode.vdisplay, factor->source);
	/* Enough for every format: a line of a second plane is as long as one of the first. */
	struct drm_mode_create_dumb create = { .width = width, .height = height * 3 / 2, .bpp = 32 };
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 }, fb;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		fail("no buffer: %m");
	for (int i = 0; i <= two; i++) {
		handles[i] = create.handle;
		pitches[i] = create.pitch;
		offsets[i] = i * create.pitch * height;
	}
	if (drmModeAddFB2(fd, width, height, format, handles, pitches, offsets, &fb, 0))
		fail("no framebuffer of format %.4s: %m", (const char *)&format);
	drmModeDestroyDumbBuffer(fd, create.handle);
	return fb;
}

static void put_scaled(drmModeAtomicReq *req, uint32_t plane, uint32_t fb,
		       const struct factor *factor)
{
	const struct head *head = &heads[0];
	unsigned int width = head->mode.hdisplay, height = head->mode.vdisplay;

	put_plane(req, head, plane, fb, 0, 0, part_of(width, factor->source),
		  part_of(height, factor->source));
	set(req, plane, "CRTC_W", part_of(width, factor->target));
	set(req, plane, "CRTC_H", part_of(height, factor->target));
}

static void scale_format(uint32_t plane, uint32_t format, const struct factor *factor)
{
	static const uint32_t rotations[] = { 4, 2, 8, 1 };
	uint32_t fb = format_fb(format, factor);

	/* Turned by a quarter only in one format; half a turn and none at all in each. */
	for (int i = 0; i < 4; i++) {
		drmModeAtomicReq *req;

		if (rotations[i] & (2 | 8) && format != DRM_FORMAT_XRGB8888)
			continue;
		req = drmModeAtomicAlloc();
		put_scaled(req, plane, fb, factor);
		set(req, plane, "rotation", rotations[i]);
		if (drmModeAtomicCommit(fd, req, 0, NULL))
			fail("%.4s, %.2f to %.2f, rotation %u: %m", (const char *)&format,
			     factor->source, factor->target, rotations[i]);
		drmModeAtomicFree(req);
	}
	drmModeRmFB(fd, fb);
}

/* Two planes at a time, each with a factor of its own. */
static void scale_pair(const struct factor *first, const struct factor *second)
{
	const struct factor *pair[] = { first, second };
	uint32_t planes[] = { heads[0].primary, heads[0].overlay }, fbs[2];
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	for (int i = 0; i < 2; i++) {
		fbs[i] = format_fb(DRM_FORMAT_XRGB8888, pair[i]);
		put_scaled(req, planes[i], fbs[i], pair[i]);
	}
	if (drmModeAtomicCommit(fd, req, 0, NULL))
		fail("%.2f to %.2f and %.2f to %.2f: %m", first->source, first->target,
		     second->source, second->target);
	drmModeAtomicFree(req);
	for (int i = 0; i < 2; i++)
		drmModeRmFB(fd, fbs[i]);
}

static void test_scaling(void)
{
	drmModePlane *plane = drmModeGetPlane(fd, heads[0].overlay);
	unsigned int n = 0;

	for (uint32_t f = 0; f < plane->count_formats; f++)
		for (size_t k = 0; k < N_FACTORS; k++, n++)
			scale_format(plane->plane_id, plane->formats[f], &factors[k]);
	drmModeFreePlane(plane);
	for (size_t k = 0; k < N_FACTORS * N_FACTORS; k++, n++)
		scale_pair(&factors[k / N_FACTORS], &factors[k % N_FACTORS]);
	printf("%u combinations\n", n);
}

/* ---- variable refresh ---- */

static void set_variable(uint64_t on)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	set(req, heads[0].crtc, "VRR_ENABLED", on);
	if (drmModeAtomicCommit(fd, req, 0, NULL))
		fail("VRR_ENABLED = %" PRIu64 ": %m", on);
	drmModeAtomicFree(req);
}

static void wait_vblank(unsigned int n, drmVBlank *vblank)
{
	memset(vblank, 0, sizeof(*vblank));
	vblank->request.type = DRM_VBLANK_RELATIVE | heads[0].index << DRM_VBLANK_HIGH_CRTC_SHIFT;
	vblank->request.sequence = n;
	if (drmWaitVBlank(fd, vblank))
		fail("no vblank: %m");
}

/* Microseconds of a frame that shows nothing new. The kernel knows its instants, however late it is. */
static double frame_length(void)
{
	drmVBlank first, last;

	wait_vblank(2, &first);
	wait_vblank(10, &last);
	return ((last.reply.tval_sec - first.reply.tval_sec) * 1e6 + last.reply.tval_usec -
		first.reply.tval_usec) / (last.reply.sequence - first.reply.sequence);
}

static void expect_length(double expected)
{
	double length = frame_length();

	printf("a frame lasts %.1f us, expected %.1f us\n", length, expected);
	if (length < expected * 0.99 || length > expected * 1.01)
		fail("a frame has the wrong length");
}

static void test_variable(void)
{
	const drmModeModeInfo *mode = &heads[0].mode;
	double usual = 1000.0 * mode->htotal * mode->vtotal / mode->clock;
	uint64_t capable = 0;

	find_prop(heads[0].connector, "vrr_capable", &capable);
	if (!capable)
		fail("not capable");
	expect_length(usual);
	set_variable(1);
	expect_length(1e6 / 40);
	flip_all(1);
	set_variable(0);
	expect_length(usual);
}

/* ---- cursor ---- */

#define MOVES	2000

static uint32_t cursor_bo(void)
{
	struct drm_mode_create_dumb create = { .width = 64, .height = 64, .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };
	uint32_t *pixels;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		fail("no buffer: %m");
	map.handle = create.handle;
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map))
		fail("no map: %m");
	pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (pixels == MAP_FAILED)
		fail("no mapping: %m");
	memset(pixels, 0xff, create.size);
	munmap(pixels, create.size);
	return create.handle;
}

static void move_cursor(int x, int y)
{
	if (drmModeMoveCursor(fd, heads[0].crtc, x, y))
		fail("no move: %m");
}

/* The picture with the cursor there, by a commit that is waited for. */
static uint32_t cursor_at(int x, int y)
{
	uint32_t plane = find_plane(heads[0].index, DRM_PLANE_TYPE_CURSOR);
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	set(req, plane, "CRTC_X", x);
	set(req, plane, "CRTC_Y", y);
	if (drmModeAtomicCommit(fd, req, 0, NULL))
		fail("no move: %m");
	drmModeAtomicFree(req);
	return picture();
}

/* A move is not waited for, but it does not take for ever either. */
static void expect_picture(uint32_t expected)
{
	double end = now() + 20;

	while (picture() != expected)
		if (now() > end)
			fail("the cursor is not where it was moved");
}

static void test_cursor(void)
{
	uint32_t none = picture(), here, there;

	if (drmModeSetCursor(fd, heads[0].crtc, cursor_bo(), 64, 64))
		fail("no cursor: %m");
	here = cursor_at(100, 50);
	there = cursor_at(300, 200);
	if (here == there || here == none)
		fail("the cursor is not seen");
	for (int i = 0; i <= MOVES; i++)
		move_cursor(100 + (MOVES - i) % 500, 50 + (MOVES - i) % 300);
	expect_picture(here);
	/* A flip that says nothing of the cursor leaves it, and the cursor's move as well. */
	move_cursor(300, 200);
	flip_all(0);
	expect_picture(there);
	/* What is taken away does not come back with an older move. */
	for (int i = 0; i < 50; i++)
		move_cursor(i, i);
	if (drmModeSetCursor(fd, heads[0].crtc, 0, 0, 0))
		fail("the cursor stays: %m");
	for (int i = 0; i < 5; i++)
		if (picture() != none)
			fail("the cursor is back");
}

/* ---- prompt ---- */

/* Until this program sleeps no worker runs on this processor, and those of a call are bound to it. */
static void starve_workers(void)
{
	struct sched_param param = { .sched_priority = 1 };
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	if (sched_setaffinity(0, sizeof(here), &here) || sched_setscheduler(0, SCHED_FIFO, &param))
		fail("not alone on a processor: %m");
}

/* A flip is on its way when the call returns. */
static void flip_promptly(unsigned int n)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	unsigned int before, sent;

	for (unsigned int i = 0; i < n_heads; i++)
		put_primary(req, &heads[i], n);
	before = commands_sent();
	commit_flip(req);
	sent = commands_sent() - before;
	wait_flips(60);
	drmModeAtomicFree(req);
	if (sent != n_heads)
		fail("%u commands were sent for %u heads", sent, n_heads);
}

/* The same picture of a cursor, however often, is not waited for, so it costs one command. */
static void test_prompt(void)
{
	uint32_t bo = cursor_bo();
	unsigned int before, sent;

	if (drmModeSetCursor(fd, heads[0].crtc, bo, 64, 64))
		fail("no cursor: %m");
	starve_workers();
	for (unsigned int k = 1; k <= 20; k++)
		flip_promptly(k);
	before = commands_sent();
	for (int i = 0; i < 50; i++)
		if (drmModeSetCursor(fd, heads[0].crtc, bo, 64, 64))
			fail("no cursor: %m");
	sent = commands_sent() - before;
	if (sent > 1)
		fail("%u commands were sent for one cursor", sent);
}

/* ---- sleep ---- */

static void test_sleep(const char *command)
{
	uint32_t shown = picture(), after;

	run(command);
	after = picture();
	printf("%08x before, %08x after\n", shown, after);
	if (after != shown)
		fail("the picture has changed");
	flip_all(1);
	if (picture() == shown)
		fail("the picture does not change any more");
	flip_all(0);
	if (picture() != shown)
		fail("the picture is wrong after flips");
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "prompt", test_prompt },
	{ "lost", test_lost },
	{ "late", test_late },
	{ "monitor", test_monitor },
	{ "looks", test_looks },
	{ "scaling", test_scaling },
	{ "variable", test_variable },
	{ "cursor", test_cursor },
};

static bool run_test(const char *verb)
{
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		if (!strcmp(verb, tests[i].name)) {
			tests[i].run();
			return true;
		}
	return false;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	begin();
	if (!strcmp(verb, "flips") && argc == 5)
		test_flips(strtoul(argv[2], NULL, 0), argv[3], argv[4]);
	else if (!strcmp(verb, "sleep") && argc == 3)
		test_sleep(argv[2]);
	else if (!run_test(verb))
		fail("usage: kms flips N BEFORE AFTER | prompt | lost | late | monitor | looks |"
		     " scaling | variable | cursor | sleep COMMAND");
	return 0;
}
