// SPDX-License-Identifier: GPL-2.0
/*
 * kms_abuse bad | panic: what a display driver must bear. bad: requests that must be refused with an errno,
 * and must not change the picture. panic: the kernel's last words, over framebuffers of several kinds.
 */
#include "kms.h"

/* ---- nonsense ---- */

/* Any of these says what is wrong; success does not, nor does an error that blames the hardware. */
static void expect_errno(int ret, const char *what, uint64_t value)
{
	static const int good[] = {
		EINVAL, ERANGE, ENOENT, ENOSPC, ENOMEM, EFAULT, EOVERFLOW, E2BIG, EBADF,
	};

	if (!ret)
		fail("%s = %#" PRIx64 " was taken", what, value);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (errno == good[i])
			return;
	fail("%s = %#" PRIx64 ": %m", what, value);
}

static void expect_refused(drmModeAtomicReq *req, const char *what, uint64_t value)
{
	uint32_t flags[] = { DRM_MODE_ATOMIC_TEST_ONLY, 0 };

	for (int i = 0; i < 2; i++)
		expect_errno(drmModeAtomicCommit(fd, req, flags[i] | DRM_MODE_ATOMIC_ALLOW_MODESET,
						 NULL), what, value);
}

enum object {
	PRIMARY,
	CRTC,
	CONNECTOR,
};

/* Properties of the first head's objects that no driver can take. */
static const struct {
	const char *name;
	enum object object;
	uint64_t value;
} bad_values[] = {
	{ "SRC_W", PRIMARY, UINT32_MAX },
	{ "SRC_X", PRIMARY, 0x80000000 },
	{ "SRC_H", PRIMARY, 0 },
	{ "SRC_H", PRIMARY, 0xffff },
	{ "CRTC_W", PRIMARY, 8193 },
	{ "CRTC_W", PRIMARY, INT32_MAX },
	{ "CRTC_H", PRIMARY, 1 },
	{ "CRTC_X", PRIMARY, INT32_MAX },
	{ "CRTC_ID", PRIMARY, 0xdead },
	{ "FB_ID", PRIMARY, 0xdead },
	{ "IN_FENCE_FD", PRIMARY, 0 },
	{ "IN_FENCE_FD", PRIMARY, 0xdead },
	{ "FB_DAMAGE_CLIPS", PRIMARY, 0xdead },
	{ "alpha", PRIMARY, 0x10000 },
	{ "pixel blend mode", PRIMARY, 17 },
	{ "rotation", PRIMARY, 0 },
	{ "rotation", PRIMARY, 3 },
	{ "zpos", PRIMARY, 77 },
	{ "SCALING_FILTER", PRIMARY, 9 },
	{ "COLOR_ENCODING", PRIMARY, 9 },
	{ "COLOR_RANGE", PRIMARY, 9 },
	{ "MODE_ID", CRTC, 0xdead },
	{ "GAMMA_LUT", CRTC, 0xdead },
	{ "CTM", CRTC, 0xdead },
	{ "ACTIVE", CRTC, 2 },
	{ "OUT_FENCE_PTR", CRTC, 1 },
	{ "CRTC_ID", CONNECTOR, 0xdead },
	{ "link-status", CONNECTOR, 2 },
};

static void refuse_values(void)
{
	const uint32_t objects[] = {
		[PRIMARY] = heads[0].primary,
		[CRTC] = heads[0].crtc,
		[CONNECTOR] = heads[0].connector,
	};

	for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++) {
		drmModeAtomicReq *req = drmModeAtomicAlloc();

		put_primary(req, &heads[0], 1);
		set(req, objects[bad_values[i].object], bad_values[i].name, bad_values[i].value);
		expect_refused(req, bad_values[i].name, bad_values[i].value);
		drmModeAtomicFree(req);
	}
}

/* Another picture, and a blob of a size that its property does not have. */
static void refuse_blob(uint32_t object, const char *name, const void *data, size_t size)
{
	drmModeAtomicReq *req = drmModeAtomicAlloc();
	uint32_t blob;

	if (drmModeCreatePropertyBlob(fd, data, size, &blob))
		fail("no blob of %zu bytes: %m", size);
	put_primary(req, &heads[0], 1);
	set(req, object, name, blob);
	expect_refused(req, name, size);
	drmModeAtomicFree(req);
	drmModeDestroyPropertyBlob(fd, blob);
}

static void refuse_blobs(void)
{
	static const uint8_t zeroes[4096];
	const size_t lut = sizeof(struct drm_color_lut);

	refuse_blob(heads[0].crtc, "GAMMA_LUT", zeroes, lut);
	refuse_blob(heads[0].crtc, "GAMMA_LUT", zeroes, lut * 255);
	refuse_blob(heads[0].crtc, "GAMMA_LUT", zeroes, lut * 257);
	refuse_blob(heads[0].crtc, "DEGAMMA_LUT", zeroes, lut * 256 - 1);
	refuse_blob(heads[0].crtc, "CTM", zeroes, sizeof(struct drm_color_ctm) + 8);
	refuse_blob(heads[0].crtc, "MODE_ID", &heads[0].mode, sizeof(heads[0].mode) - 1);
	refuse_blob(heads[0].primary, "FB_DAMAGE_CLIPS", zeroes, sizeof(struct drm_mode_rect) - 1);
}

#define MODE_FIELD(field)	offsetof(drmModeModeInfo, field), sizeof(((drmModeModeInfo *)0)->field)

/* One number each that no monitor and no engine can have. */
static const struct {
	const char *name;
	size_t offset, size;
	uint32_t value;
} bad_modes[] = {
	{ "clock", MODE_FIELD(clock), 0 },
	{ "clock", MODE_FIELD(clock), INT32_MAX },
	{ "clock", MODE_FIELD(clock), UINT32_MAX },
	{ "hdisplay", MODE_FIELD(hdisplay), 0 },
	{ "hdisplay", MODE_FIELD(hdisplay), 65535 },
	{ "hsync_start", MODE_FIELD(hsync_start), 1 },
	{ "hsync_end", MODE_FIELD(hsync_end), 1 },
	{ "htotal", MODE_FIELD(htotal), 1 },
	{ "vdisplay", MODE_FIELD(vdisplay), 0 },
	{ "vdisplay", MODE_FIELD(vdisplay), 65535 },
	{ "vsync_start", MODE_FIELD(vsync_start), 1 },
	{ "vsync_end", MODE_FIELD(vsync_end), 1 },
	{ "vtotal", MODE_FIELD(vtotal), 0 },
	{ "flags", MODE_FIELD(flags), DRM_MODE_FLAG_INTERLACE },
	{ "flags", MODE_FIELD(flags), DRM_MODE_FLAG_DBLSCAN },
	{ "flags", MODE_FIELD(flags), UINT32_MAX },
};

static void refuse_modes(void)
{
	for (size_t i = 0; i < sizeof(bad_modes) / sizeof(bad_modes[0]); i++) {
		drmModeModeInfo mode = heads[0].mode;

		memcpy((char *)&mode + bad_modes[i].offset, &bad_modes[i].value, bad_modes[i].size);
		refuse_blob(heads[0].crtc, "MODE_ID", &mode, sizeof(mode));
		expect_errno(drmModeSetCrtc(fd, heads[0].crtc, heads[0].fbs[1], 0, 0,
					    &heads[0].connector, 1, &mode),
			     bad_modes[i].name, bad_modes[i].value);
	}
}

/* Of a buffer with 64 lines of 64 pixels of four bytes, half as many for the second plane. */
static const struct {
	uint32_t format, width, height, pitch, offset;
	uint64_t modifier;
} bad_fbs[] = {
	{ DRM_FORMAT_XRGB8888, 64, 64, 255, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 258, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 65540, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, UINT32_MAX, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, UINT32_MAX - 3, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 0, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 256, 2, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 256, 24576 - 256 * 63, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 256, UINT32_MAX - 3, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 97, 256, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 0, 64, 256, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 0, 256, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 65536, 1, 262144, 0, 0 },
	{ DRM_FORMAT_XRGB8888, UINT32_MAX, 1, 256, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, UINT32_MAX, 256, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 0x40000001, 64, 4, 0, 0 },
	{ DRM_FORMAT_XRGB8888, 64, 64, 256, 0, I915_FORMAT_MOD_X_TILED },
	{ DRM_FORMAT_XRGB8888, 64, 64, 256, 0, UINT64_MAX },
	{ DRM_FORMAT_NV12, 64, 64, 63, 0, 0 },
	{ DRM_FORMAT_NV12, 64, 64, 256, 24576 - 256 * 31, 0 },
	{ DRM_FORMAT_P010, 64, 64, 129, 0, 0 },
	{ DRM_FORMAT_YUYV, 64, 64, 127, 0, 0 },
	{ DRM_FORMAT_NV24, 64, 64, 256, 0, 0 },
	{ 0, 64, 64, 256, 0, 0 },
	{ UINT32_MAX, 64, 64, 256, 0, 0 },
};

static void refuse_fbs(void)
{
	struct drm_mode_create_dumb create = { .width = 64, .height = 96, .bpp = 32 };
	uint32_t fb;

	if (drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create))
		fail("no buffer: %m");
	for (size_t i = 0; i < sizeof(bad_fbs) / sizeof(bad_fbs[0]); i++) {
		bool two = bad_fbs[i].format == DRM_FORMAT_NV12 || bad_fbs[i].format == DRM_FORMAT_P010;
		uint32_t handles[4] = { 0 }, pitches[4] = { 0 }, offsets[4] = { 0 };
		uint64_t modifiers[4] = { 0 };
		int ret;

		for (int p = 0; p <= two; p++) {
			handles[p] = create.handle;
			pitches[p] = bad_fbs[i].pitch;
			offsets[p] = bad_fbs[i].offset;
			modifiers[p] = bad_fbs[i].modifier;
		}
		ret = drmModeAddFB2WithModifiers(fd, bad_fbs[i].width, bad_fbs[i].height,
						 bad_fbs[i].format, handles, pitches, offsets,
						 modifiers, &fb,
						 bad_fbs[i].modifier ? DRM_MODE_FB_MODIFIERS : 0);
		expect_errno(ret, "framebuffer, the list's", i);
	}
	drmModeDestroyDumbBuffer(fd, create.handle);
}

static void refuse_buffer(uint32_t width, uint32_t height, uint32_t bpp)
{
	struct drm_mode_create_dumb create = { .width = width, .height = height, .bpp = bpp };

	expect_errno(drmIoctl(fd, DRM_IOCTL_MODE_CREATE_DUMB, &create), "buffer of width", width);
}

/* What older clients use. */
static void refuse_legacy(void)
{
	const struct head *head = &heads[0];
	uint32_t primary = head->primary, bright = head->fbs[1], connector = head->connector;
	drmModeModeInfo mode = head->mode;

	expect_errno(drmModeSetCrtc(fd, head->crtc, bright, 1, 0, &connector, 1, &mode), "x", 1);
	expect_errno(drmModeSetCrtc(fd, head->crtc, bright, UINT32_MAX, UINT32_MAX, &connector, 1,
				    &mode), "x", UINT32_MAX);
	expect_errno(drmModeSetCrtc(fd, head->crtc, head->moving, 0, 0, &connector, 1, &mode),
		     "smaller framebuffer", MOVING_SIZE);
	expect_errno(drmModeSetCrtc(fd, head->crtc, bright, 0, 0, NULL, 0, &mode), "connectors", 0);
	expect_errno(drmModePageFlip(fd, head->crtc, head->moving, 0, NULL), "flip to smaller", 0);
	expect_errno(drmModePageFlip(fd, head->crtc, 0xdead, 0, NULL), "flip to", 0xdead);
	expect_errno(drmModePageFlip(fd, head->crtc, bright, 0x80, NULL), "flip with flag", 0x80);
	expect_errno(drmModeSetPlane(fd, primary, head->crtc, bright, 0, INT32_MAX, INT32_MAX,
				     UINT32_MAX, UINT32_MAX, 0, 0, 1 << 16, 1 << 16), "plane at", INT32_MAX);
	expect_errno(drmModeSetPlane(fd, primary, head->crtc, bright, 0, 0, 0, 64, 64, UINT32_MAX,
				     UINT32_MAX, UINT32_MAX, UINT32_MAX), "source at", UINT32_MAX);
	expect_errno(drmModeSetCursor(fd, head->crtc, 0xdead, 64, 64), "cursor", 0xdead);
	expect_errno(drmModeSetCursor(fd, head->crtc, 0xdead, 1 << 20, 1 << 20), "cursor", 1 << 20);
}

static void test_bad(void)
{
	uint32_t shown = picture();

	refuse_values();
	refuse_blobs();
	refuse_modes();
	refuse_fbs();
	refuse_buffer(UINT32_MAX, UINT32_MAX, 32);
	refuse_buffer(UINT32_MAX / 4 + 2, 1, 32);
	refuse_buffer(1 << 20, 1 << 20, 32);
	refuse_buffer(0, 1, 32);
	refuse_buffer(1, 0, 32);
	refuse_buffer(1, 1, 0);
	refuse_buffer(64, 64, UINT32_MAX);
	refuse_legacy();
	if (picture() != shown)
		fail("the picture has changed");
}

/* ---- panic ---- */

/* @value: of every byte. */
static uint32_t filled_fb(uint32_t width, uint32_t height, uint32_t bpp, uint32_t format, int value)
{
	struct drm_mode_create_dumb create = { .width = width, .height = height, .bpp = bpp };
	void *bytes = map_dumb(&create);

	memset(bytes, value, create.size);
	munmap(bytes, create.size);
	return add_dumb_fb(&create, format);
}

static void show(uint32_t fb, uint32_t x, uint32_t y)
{
	const struct head *head = &heads[0];
	drmModeAtomicReq *req = drmModeAtomicAlloc();

	put_plane(req, head, head->primary, fb, 0, 0, head->mode.hdisplay, head->mode.vdisplay);
	set(req, head->primary, "SRC_X", (uint64_t)x << 16);
	set(req, head->primary, "SRC_Y", (uint64_t)y << 16);
	if (drmModeAtomicCommit(fd, req, 0, NULL))
		fail("commit: %m");
	drmModeAtomicFree(req);
}

/* Nothing is wrong with the kernel: it has a file that makes it draw what it would. */
static void panic_screen(void)
{
	struct stat st;
	char path[64];
	int file;

	fstat(fd, &st);
	snprintf(path, sizeof(path), "/sys/kernel/debug/dri/%u/drm_panic_plane_%u",
		 minor(st.st_rdev), heads[0].index);
	file = open(path, O_WRONLY | O_CLOEXEC);
	if (file < 0 || write(file, "1", 1) != 1)
		fail("%s: %m", path);
	close(file);
}

static void test_panic(void)
{
	unsigned int width = heads[0].mode.hdisplay, height = heads[0].mode.vdisplay;
	uint32_t bright, dark, panic;

	show(heads[0].fbs[1], 0, 0);
	bright = picture();
	show(heads[0].fbs[0], 0, 0);
	dark = picture();
	panic_screen();
	panic = picture();
	if (panic == dark || panic == bright)
		fail("nothing was drawn");
	control("png 0 panic.png");
	/* It is in that framebuffer and nowhere else, and the display goes on. */
	show(heads[0].fbs[1], 0, 0);
	if (picture() != bright)
		fail("another framebuffer was drawn in");
	/* The same where the screen is a part of the framebuffer, and where pixels have two bytes. */
	show(filled_fb(width + 200, height + 100, 32, DRM_FORMAT_XRGB8888, 0x55), 111, 77);
	panic_screen();
	if (picture() != panic)
		fail("it looks different in a part of a framebuffer");
	show(filled_fb(width, height, 16, DRM_FORMAT_RGB565, 0x55), 0, 0);
	panic_screen();
	if (picture() != panic)
		fail("it looks different in RGB565");
	/* The kernel cannot write YUV. */
	show(filled_fb(width, height, 16, DRM_FORMAT_YUYV, 0x80), 0, 0);
	dark = picture();
	panic_screen();
	if (picture() != dark)
		fail("a YUV framebuffer was drawn in");
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	begin();
	if (!strcmp(verb, "bad"))
		test_bad();
	else if (!strcmp(verb, "panic"))
		test_panic();
	else
		fail("usage: kms_abuse bad | panic");
	return 0;
}
