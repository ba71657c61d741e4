// SPDX-License-Identifier: GPL-2.0
/*
 * kms flips N BEFORE AFTER | lost | late | monitor | bad | looks | scaling | variable | cursor | sleep COMMAND:
 * what upstream's tests do not ask of the driver asahi.
 *
 * flips: N flips on all heads in one commit each, with a plane that moves; the shell commands BEFORE
 * and AFTER are run around them. lost, late: the virtual SoC swallows or delays an answer of the
 * coprocessor. monitor: another monitor is plugged in. bad: requests that must be refused, and must
 * not change the picture. looks: scaled, turned, blended and YUV planes against pictures of the same
 * that were computed here. scaling: what upstream's kms_plane_scaling would ask if it took this driver
 * for one that can scale. cursor: of many moves the last one counts. variable: with variable refresh the frames of a still picture are longer. sleep: the picture is the same after COMMAND, which puts the machine to sleep.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <drm_fourcc.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

#define MAX_HEADS	4
#define MOVING_SIZE	256
#define CONTROL_PORT	"/dev/virtio-ports/control"

struct head {
	uint32_t crtc, connector, index;
	uint32_t primary, overlay;
	drmModeModeInfo mode;
	uint32_t mode_blob;
	uint32_t fbs[2], moving;
	/* Of the last event. */
	bool waiting;
	unsigned int sequence;
	uint64_t n_gaps;
};

static int fd;
static struct head heads[MAX_HEADS];
static unsigned int n_heads;

__attribute__((format(printf, 1, 2), noreturn))
static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- objects and properties ---- */

/* The property's number and value; 0 if the object has none of that name. */
static uint32_t find_prop(uint32_t object, const char *name, uint64_t *value)
{
	drmModeObjectProperties *props = drmModeObjectGetProperties(fd, object,
								    DRM_MODE_OBJECT_ANY);
	uint32_t id = 0;

	for (uint32_t i = 0; props && i < props->count_props; i++) {
		drmModePropertyRes *prop = drmModeGetProperty(fd, props->props[i]);

		if (prop && !strcmp(prop->name, name)) {
			id = prop->prop_id;
			if (value)
				*value = props->prop_values[i];
		}
		drmModeFreeProperty(prop);
	}
	drmModeFreeObjectProperties(props);
	return id;
}

static void set(drmModeAtomicReq *req, uint32_t object, const char *name, uint64_t value)
{
	uint32_t id = find_prop(object, name, NULL);

	if (!id)
		fail("object %u has no property %s", object, name);
	drmModeAtomicAddProperty(req, object, id, value);
}

static uint32_t find_plane(uint32_t crtc_index, uint64_t type)
{
	drmModePlaneRes *res = drmModeGetPlaneResources(fd);
	uint32_t found = 0;

	for (uint32_t i = 0; res && i < res->count_planes && !found; i++) {
		drmModePlane *plane = drmModeGetPlane(fd, res->planes[i]);
		uint64_t value;

		if (plane->possible_crtcs & 1u << crtc_index &&
		    find_prop(plane->plane_id, "type", &value) && value == type)
			found = plane->plane_id;
		drmModeFreePlane(plane);
	}
	drmModeFreePlaneResources(res);
	return found;
}

/* @paint: the pixel at a place of a picture of this size. */
static uint32_t paint_fb(uint32_t width, uint32_t height,
			 uint32_t (*paint)(uint32_t x, uint32_t y, uint32_t width, uint32_t height))
{
	struct drm_mode_create_dumb create = { .width = width, .height = height, .bpp = 32 };
	struct drm_mode_map_dumb map = { 0 };
	uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 }, fb;
	uint32_t *pixels;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		fail("no buffer: %m");
	map.handle = handles[0] = create.handle;
	pitches[0] = create.pitch;
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map))
		fail("no map: %m");
	pixels = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (pixels == MAP_FAILED)
		fail("no mapping: %m");
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			pixels[y * create.pitch / 4 + x] = paint(x, y, width, height);
	munmap(pixels, create.size);
	if (drmModeAddFB2(fd, width, height, DRM_FORMAT_XRGB8888, handles, pitches, offsets, &fb, 0))
		fail("no framebuffer: %m");
	return fb;
}

static uint32_t plain_colour;

static uint32_t paint_plain(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)x;
	(void)y;
	(void)width;
	(void)height;
	return plain_colour;
}

static uint32_t make_fb(uint32_t width, uint32_t height, uint32_t colour)
{
	plain_colour = colour;
	return paint_fb(width, height, paint_plain);
}

static void add_head(drmModeConnector *connector, uint32_t crtc, uint32_t index)
{
	struct head *head = &heads[n_heads++];

	head->crtc = crtc;
	head->index = index;
	head->connector = connector->connector_id;
	head->mode = connector->modes[0];
	head->primary = find_plane(index, DRM_PLANE_TYPE_PRIMARY);
	head->overlay = find_plane(index, DRM_PLANE_TYPE_OVERLAY);
	if (!head->primary || !head->overlay)
		fail("head %u has no primary or overlay plane", index);
	drmModeCreatePropertyBlob(fd, &head->mode, sizeof(head->mode), &head->mode_blob);
	head->fbs[0] = make_fb(head->mode.hdisplay, head->mode.vdisplay, 0x203040);
	head->fbs[1] = make_fb(head->mode.hdisplay, head->mode.vdisplay, 0xa0b0c0);
	head->moving = make_fb(MOVING_SIZE, MOVING_SIZE, 0xff0000);
}

static void find_heads(void)
{
	drmModeRes *res = drmModeGetResources(fd);

	if (!res)
		fail("no modesetting: %m");
	for (int i = 0; i < res->count_connectors && n_heads < MAX_HEADS; i++) {
		drmModeConnector *connector = drmModeGetConnector(fd, res->connectors[i]);
		drmModeEncoder *encoder = drmModeGetEncoder(fd, connector->encoders[0]);

		for (int c = 0; encoder && c < res->count_crtcs; c++)
			if (connector->connection == DRM_MODE_CONNECTED && connector->count_modes &&
			    encoder->possible_crtcs & 1u << c) {
				add_head(connector, res->crtcs[c], c);
				break;
			}
		drmModeFreeEncoder(encoder);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(res);
	if (!n_heads)
		fail("no connected head");
}

/* ---- commits ---- */

static void put_plane(drmModeAtomicReq *req, const struct head *head, uint32_t plane, uint32_t fb,
		      int x, int y, unsigned int width, unsigned int height)
{
	set(req, plane, "FB_ID", fb);
	set(req, plane, "CRTC_ID", head->crtc);
	set(req, plane, "SRC_X", 0);
	set(req, plane, "SRC_Y", 0);
	set(req, plane, "SRC_W", (uint64_t)width << 16);
	set(req, plane, "SRC_H", (uint64_t)height << 16);
	set(req, plane, "CRTC_X", x);
	set(req, plane, "CRTC_Y", y);
	set(req, plane, "CRTC_W", width);
	set(req, plane, "CRTC_H", height);
}

static void put_primary(drmModeAtomicReq *req, const struct head *head, unsigned int n)
{
	put_plane(req, head, head->primary, head->fbs[n % 2], 0, 0, head->mode.hdisplay,
		  head->mode.vdisplay);
}

static void switch_on(void)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	for (unsigned int i = 0; i < n_heads; i++) {
		struct head *head = &heads[i];

		set(req, head->connector, "CRTC_ID", head->crtc);
		set(req, head->crtc, "MODE_ID", head->mode_blob);
		set(req, head->crtc, "ACTIVE", 1);
		put_primary(req, head, 0);
	}
	if (drmModeAtomicCommit(fd, req, DRM_MODE_ATOMIC_ALLOW_MODESET, NULL))
		fail("modeset: %m");
	drmModeAtomicFree(req);
}

static void flipped(int fd_, unsigned int sequence, unsigned int sec, unsigned int usec,
		    unsigned int crtc, void *data)
{
	(void)fd_;
	(void)sec;
	(void)usec;
	(void)data;
	for (unsigned int i = 0; i < n_heads; i++)
		if (heads[i].crtc == crtc) {
			heads[i].n_gaps += sequence - heads[i].sequence - 1;
			heads[i].sequence = sequence;
			heads[i].waiting = false;
		}
}

static bool any_waiting(void)
{
	for (unsigned int i = 0; i < n_heads; i++)
		if (heads[i].waiting)
			return true;
	return false;
}

static void wait_flips(double seconds)
{
	drmEventContext context = { .version = 3, .page_flip_handler2 = flipped };
	double end = now() + seconds;

	while (any_waiting()) {
		struct pollfd pollfd = { .fd = fd, .events = POLLIN };

		if (now() > end)
			fail("no event in %.0f s", seconds);
		if (poll(&pollfd, 1, 100) > 0)
			drmHandleEvent(fd, &context);
	}
}

/* Sends what @req has; returns when all heads have shown it. Seconds that took. */
static double commit_and_wait(drmModeAtomicReq *req)
{
	double begin = now();

	for (unsigned int i = 0; i < n_heads; i++)
		heads[i].waiting = true;
	if (drmModeAtomicCommit(fd, req, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT, NULL))
		fail("commit: %m");
	wait_flips(60);
	return now() - begin;
}

static double flip_all(unsigned int n)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	double seconds;

	for (unsigned int i = 0; i < n_heads; i++)
		put_primary(req, &heads[i], n);
	seconds = commit_and_wait(req);
	drmModeAtomicFree(req);
	return seconds;
}

/* ---- the other ends ---- */

static void crc_path(char *path, size_t size, const char *file)
{
	struct stat st;

	fstat(fd, &st);
	snprintf(path, size, "/sys/kernel/debug/dri/%u/crtc-%u/crc/%s", minor(st.st_rdev),
		 heads[0].index, file);
}

static void control(const char *request)
{
	char answer[256] = "";
	int port = open(CONTROL_PORT, O_RDWR | O_CLOEXEC);

	if (port < 0)
		fail("%s: %m", CONTROL_PORT);
	dprintf(port, "%s\n", request);
	if (read(port, answer, sizeof(answer) - 1) < 2 || strncmp(answer, "ok", 2))
		fail("%s: %s", request, answer);
	close(port);
}

/* The checksum of a frame of the first head that began after the call. */
static uint32_t picture(void)
{
	char path[64], line[64] = "";
	unsigned int frame = 0, crc = 0;
	int ctl, data;

	crc_path(path, sizeof(path), "control");
	ctl = open(path, O_WRONLY | O_CLOEXEC);
	if (ctl < 0 || write(ctl, "auto", 4) != 4)
		fail("%s: %m", path);
	close(ctl);
	crc_path(path, sizeof(path), "data");
	data = open(path, O_RDONLY | O_CLOEXEC);
	for (int i = 0; i < 3; i++)
		if (read(data, line, sizeof(line)) <= 0 ||
		    sscanf(line, "%x %x", &frame, &crc) != 2)
			fail("%s: %m", path);
	close(data);
	return crc;
}

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

/* Properties of the first head's planes or CRTC that no driver can take. */
static const struct {
	const char *name;
	bool of_crtc;
	uint64_t value;
} bad_values[] = {
	{ "SRC_W", false, UINT32_MAX },
	{ "SRC_X", false, 0x80000000 },
	{ "SRC_H", false, 0 },
	{ "CRTC_W", false, 8193 },
	{ "CRTC_W", false, INT32_MAX },
	{ "CRTC_H", false, 1 },
	{ "CRTC_X", false, INT32_MAX },
	{ "FB_ID", false, 0xdead },
	{ "alpha", false, 0x10000 },
	{ "pixel blend mode", false, 17 },
	{ "rotation", false, 0 },
	{ "rotation", false, 3 },
	{ "zpos", false, 77 },
	{ "SCALING_FILTER", false, 9 },
	{ "COLOR_ENCODING", false, 9 },
	{ "COLOR_RANGE", false, 9 },
	{ "MODE_ID", true, 0xdead },
	{ "GAMMA_LUT", true, 0xdead },
	{ "CTM", true, 0xdead },
	{ "ACTIVE", true, 2 },
};

static void expect_refused(drmModeAtomicReq *req, const char *what, uint64_t value)
{
	uint32_t flags[] = { DRM_MODE_ATOMIC_TEST_ONLY, 0 };

	for (int i = 0; i < 2; i++)
		if (!drmModeAtomicCommit(fd, req, flags[i] | DRM_MODE_ATOMIC_ALLOW_MODESET, NULL))
			fail("%s = %#" PRIx64 " was taken", what, value);
}

/* A table of a size that the hardware does not have. */
static void refuse_lut(unsigned int n)
{
	struct drm_color_lut *lut = calloc(n, sizeof(*lut));
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	uint32_t blob;

	drmModeCreatePropertyBlob(fd, lut, n * sizeof(*lut), &blob);
	set(req, heads[0].crtc, "GAMMA_LUT", blob);
	expect_refused(req, "GAMMA_LUT of size", n);
	drmModeAtomicFree(req);
	drmModeDestroyPropertyBlob(fd, blob);
	free(lut);
}

static void refuse_fb(uint32_t format, uint32_t pitch, uint32_t offset)
{
	struct drm_mode_create_dumb create = { .width = 64, .height = 96, .bpp = 32 };
	uint32_t fb;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		fail("no buffer: %m");
	{
		uint32_t handles[4] = { create.handle, create.handle }, pitches[4] = { pitch, pitch };
		uint32_t offsets[4] = { offset, offset };

		if (format != DRM_FORMAT_NV12 && format != DRM_FORMAT_P010)
			handles[1] = pitches[1] = offsets[1] = 0;
		if (!drmModeAddFB2(fd, 64, 64, format, handles, pitches, offsets, &fb, 0))
			fail("framebuffer with pitch %u, offset %u was taken", pitch, offset);
	}
	drmModeDestroyDumbBuffer(fd, create.handle);
}

static void test_bad(void)
{
	uint32_t shown = picture();

	for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++) {
		uint32_t object = bad_values[i].of_crtc ? heads[0].crtc : heads[0].primary;
		drmModeAtomicReq *req = drmModeAtomicAlloc();

		put_primary(req, &heads[0], 1);
		set(req, object, bad_values[i].name, bad_values[i].value);
		expect_refused(req, bad_values[i].name, bad_values[i].value);
		drmModeAtomicFree(req);
	}
	refuse_lut(1);
	refuse_lut(255);
	refuse_lut(257);
	refuse_fb(DRM_FORMAT_XRGB8888, 255, 0);
	refuse_fb(DRM_FORMAT_XRGB8888, 258, 0);
	refuse_fb(DRM_FORMAT_XRGB8888, 65540, 0);
	refuse_fb(DRM_FORMAT_XRGB8888, 256, 2);
	refuse_fb(DRM_FORMAT_XRGB8888, 256, UINT32_MAX - 3);
	refuse_fb(DRM_FORMAT_NV12, 63, 0);
	refuse_fb(DRM_FORMAT_NV12, 256, 24576 - 256 * 31);
	refuse_fb(DRM_FORMAT_P010, 129, 0);
	refuse_fb(DRM_FORMAT_YUYV, 127, 0);
	if (picture() != shown)
		fail("the picture has changed");
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
	{ "lost", test_lost },
	{ "late", test_late },
	{ "monitor", test_monitor },
	{ "bad", test_bad },
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

	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = drmOpen("asahi", NULL);
	if (fd < 0)
		fail("no device: %m");
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1))
		fail("not atomic: %m");
	find_heads();
	switch_on();
	if (!strcmp(verb, "flips") && argc == 5)
		test_flips(strtoul(argv[2], NULL, 0), argv[3], argv[4]);
	else if (!strcmp(verb, "sleep") && argc == 3)
		test_sleep(argv[2]);
	else if (!run_test(verb))
		fail("usage: kms flips N BEFORE AFTER | lost | late | monitor | bad | looks | scaling |"
		     " variable | cursor | sleep COMMAND");
	return 0;
}
