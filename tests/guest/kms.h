/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the modesetting tests of the driver asahi share: all connected heads with two framebuffers each,
 * atomic commits and their events, the checksum of the picture, the virtual SoC's control port.
 */
#ifndef ASAHI_TESTS_GUEST_KMS_H
#define ASAHI_TESTS_GUEST_KMS_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
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
static inline void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	exit(1);
}

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- objects and properties ---- */

/* The property's number and value; 0 if the object has none of that name. */
static inline uint32_t find_prop(uint32_t object, const char *name, uint64_t *value)
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

static inline void set(drmModeAtomicReq *req, uint32_t object, const char *name, uint64_t value)
{
	uint32_t id = find_prop(object, name, NULL);

	if (!id)
		fail("object %u has no property %s", object, name);
	drmModeAtomicAddProperty(req, object, id, value);
}

static inline uint32_t find_plane(uint32_t crtc_index, uint64_t type)
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

/* A new buffer of create's size, mapped: create->size bytes. */
static inline void *map_dumb(struct drm_mode_create_dumb *create)
{
	struct drm_mode_map_dumb map = { 0 };
	void *bytes;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, create))
		fail("no buffer: %m");
	map.handle = create->handle;
	if (drmIoctl(fd, DRM_IOCTL_MODE_MAP_DUMB, &map))
		fail("no map: %m");
	bytes = mmap(NULL, create->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.offset);
	if (bytes == MAP_FAILED)
		fail("no mapping: %m");
	return bytes;
}

static inline uint32_t add_dumb_fb(const struct drm_mode_create_dumb *create, uint32_t format)
{
	uint32_t handles[4] = { create->handle }, pitches[4] = { create->pitch };
	uint32_t offsets[4] = { 0 }, fb;

	if (drmModeAddFB2(fd, create->width, create->height, format, handles, pitches, offsets, &fb, 0))
		fail("no framebuffer: %m");
	return fb;
}

/* @paint: the pixel at a place of a picture of this size. */
static inline uint32_t paint_fb(uint32_t width, uint32_t height,
			 uint32_t (*paint)(uint32_t x, uint32_t y, uint32_t width, uint32_t height))
{
	struct drm_mode_create_dumb create = { .width = width, .height = height, .bpp = 32 };
	uint32_t *pixels = map_dumb(&create);

	for (uint32_t y = 0; y < height; y++)
		for (uint32_t x = 0; x < width; x++)
			pixels[y * create.pitch / 4 + x] = paint(x, y, width, height);
	munmap(pixels, create.size);
	return add_dumb_fb(&create, DRM_FORMAT_XRGB8888);
}

static uint32_t plain_colour;

static inline uint32_t paint_plain(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	(void)x;
	(void)y;
	(void)width;
	(void)height;
	return plain_colour;
}

static inline uint32_t make_fb(uint32_t width, uint32_t height, uint32_t colour)
{
	plain_colour = colour;
	return paint_fb(width, height, paint_plain);
}

static inline void add_head(drmModeConnector *connector, uint32_t crtc, uint32_t index)
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

static inline void find_heads(void)
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

static inline void put_plane(drmModeAtomicReq *req, const struct head *head, uint32_t plane, uint32_t fb,
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

static inline void put_primary(drmModeAtomicReq *req, const struct head *head, unsigned int n)
{
	put_plane(req, head, head->primary, head->fbs[n % 2], 0, 0, head->mode.hdisplay,
		  head->mode.vdisplay);
}

static inline void switch_on(void)
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

static inline void flipped(int fd_, unsigned int sequence, unsigned int sec, unsigned int usec,
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

static inline bool any_waiting(void)
{
	for (unsigned int i = 0; i < n_heads; i++)
		if (heads[i].waiting)
			return true;
	return false;
}

static inline void wait_flips(double seconds)
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

/* Sends what @req has, of all heads. */
static inline void commit_flip(drmModeAtomicReq *req)
{
	for (unsigned int i = 0; i < n_heads; i++)
		heads[i].waiting = true;
	if (drmModeAtomicCommit(fd, req, DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT, NULL))
		fail("commit: %m");
}

/* Returns when all heads have shown it. Seconds that took. */
static inline double commit_and_wait(drmModeAtomicReq *req)
{
	double begin = now();

	commit_flip(req);
	wait_flips(60);
	return now() - begin;
}

static inline double flip_all(unsigned int n)
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

static inline unsigned int minor_of(int file)
{
	struct stat st;

	fstat(file, &st);
	return minor(st.st_rdev);
}

static inline void crc_path(char *path, size_t size, const char *file)
{
	snprintf(path, size, "/sys/kernel/debug/dri/%u/crtc-%u/crc/%s", minor_of(fd),
		 heads[0].index, file);
}

/* What the coprocessor has been sent since it was booted. */
static inline unsigned int commands_sent(void)
{
	char path[64], line[128];
	unsigned int n = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/coprocessor", minor_of(fd));
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "last seq %*x commands %u", &n) == 1;
	if (!found)
		fail("%s: %m", path);
	fclose(file);
	return n;
}

static inline void control(const char *request)
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
static inline uint32_t picture(void)
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

/* Opens the device, finds its heads and switches them on. */
static inline void begin(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = drmOpen("asahi", NULL);
	if (fd < 0)
		fail("no device: %m");
	if (drmSetClientCap(fd, DRM_CLIENT_CAP_ATOMIC, 1))
		fail("not atomic: %m");
	find_heads();
	switch_on();
}

#endif
