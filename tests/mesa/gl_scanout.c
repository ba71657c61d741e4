// SPDX-License-Identifier: GPL-2.0
/*
 * gl_scanout CARD: EGL on GBM with the card's own render driver, buffers of it that are put on a
 * head, flipped between, and closed. The CPU draws. Prints result lines; 1 when one failed.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <GLES2/gl2.h>
#include <gbm.h>
#include <xf86drm.h>
#include <xf86drmMode.h>

struct output {
	int fd;
	uint32_t crtc, connector;
	drmModeModeInfo mode;
};

struct picture {
	struct gbm_bo *bo;
	uint32_t fb;
};

static int failures;
static bool flipped;

static void report(bool good, const char *name)
{
	printf("%s %s\n", good ? "ok" : "not ok", name);
	fflush(stdout);
	failures += !good;
}

/* The first head that is connected, on the first CRTC that it can have. */
static bool find_output(struct output *output)
{
	drmModeRes *resources = drmModeGetResources(output->fd);
	bool found = false;

	for (int n = 0; resources && n < resources->count_connectors && !found; n++) {
		drmModeConnector *connector =
			drmModeGetConnector(output->fd, resources->connectors[n]);
		drmModeEncoder *encoder = NULL;

		if (connector->connection == DRM_MODE_CONNECTED && connector->count_modes)
			encoder = drmModeGetEncoder(output->fd, connector->encoders[0]);
		for (int c = 0; encoder && c < resources->count_crtcs && !found; c++) {
			if (!(encoder->possible_crtcs >> c & 1))
				continue;
			output->crtc = resources->crtcs[c];
			output->connector = connector->connector_id;
			output->mode = connector->modes[0];
			found = true;
		}
		drmModeFreeEncoder(encoder);
		drmModeFreeConnector(connector);
	}
	drmModeFreeResources(resources);
	return found;
}

static bool draw(struct gbm_bo *bo, uint32_t color)
{
	uint32_t stride, width = gbm_bo_get_width(bo), height = gbm_bo_get_height(bo);
	void *opaque = NULL;
	uint8_t *bytes = gbm_bo_map(bo, 0, 0, width, height, GBM_BO_TRANSFER_WRITE, &stride, &opaque);

	if (!bytes)
		return false;
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++)
			((uint32_t *)(bytes + y * stride))[x] = color ^ (x & 0xff);
	}
	gbm_bo_unmap(bo, opaque);
	return true;
}

static bool make_picture(struct output *output, struct gbm_device *gbm, struct picture *picture,
			 uint32_t color)
{
	uint32_t handles[4] = {0}, strides[4] = {0}, offsets[4] = {0};

	picture->bo = gbm_bo_create(gbm, output->mode.hdisplay, output->mode.vdisplay,
				    GBM_FORMAT_XRGB8888,
				    GBM_BO_USE_SCANOUT | GBM_BO_USE_RENDERING | GBM_BO_USE_LINEAR);
	if (!picture->bo || !draw(picture->bo, color))
		return false;
	handles[0] = gbm_bo_get_handle(picture->bo).u32;
	strides[0] = gbm_bo_get_stride(picture->bo);
	return !drmModeAddFB2(output->fd, output->mode.hdisplay, output->mode.vdisplay,
			      GBM_FORMAT_XRGB8888, handles, strides, offsets, &picture->fb, 0);
}

static void on_flip(int fd, unsigned int sequence, unsigned int s, unsigned int us, void *data)
{
	(void)fd;
	(void)sequence;
	(void)s;
	(void)us;
	(void)data;
	flipped = true;
}

static bool flip(struct output *output, struct picture *picture)
{
	drmEventContext events = {.version = 2, .page_flip_handler = on_flip};
	struct pollfd poll_for = {.fd = output->fd, .events = POLLIN};

	flipped = false;
	if (drmModePageFlip(output->fd, output->crtc, picture->fb, DRM_MODE_PAGE_FLIP_EVENT, NULL))
		return false;
	while (!flipped) {
		if (poll(&poll_for, 1, 5000) <= 0)
			return false;
		drmHandleEvent(output->fd, &events);
	}
	return true;
}

static bool flips(struct output *output, struct picture pictures[2])
{
	for (unsigned int n = 0; n < 20; n++) {
		if (!flip(output, &pictures[n & 1]))
			return false;
	}
	return true;
}

static const char *renderer_of(struct gbm_device *gbm, EGLDisplay *display)
{
	const EGLint attributes[] = {EGL_CONTEXT_MAJOR_VERSION, 2, EGL_NONE};
	EGLContext context;

	*display = eglGetPlatformDisplay(EGL_PLATFORM_GBM_KHR, gbm, NULL);
	if (!*display || !eglInitialize(*display, NULL, NULL) || !eglBindAPI(EGL_OPENGL_ES_API))
		return "";
	context = eglCreateContext(*display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes);
	if (!context || !eglMakeCurrent(*display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
		return "";
	return (const char *)glGetString(GL_RENDERER);
}

int main(int argc, char **argv)
{
	struct output output = {.fd = open(argc > 1 ? argv[1] : "/dev/dri/card0", O_RDWR | O_CLOEXEC)};
	struct picture pictures[2] = {{0}};
	struct gbm_device *gbm;
	EGLDisplay display = NULL;
	const char *renderer;
	bool good;

	if (output.fd < 0 || !find_output(&output)) {
		fprintf(stderr, "no head\n");
		return 1;
	}
	gbm = gbm_create_device(output.fd);
	renderer = gbm ? renderer_of(gbm, &display) : "";
	printf("# %s\n", renderer);
	report(renderer && strstr(renderer, "Apple"), "scanout/renderer");
	good = gbm && make_picture(&output, gbm, &pictures[0], 0x204060) &&
	       make_picture(&output, gbm, &pictures[1], 0x806040);
	report(good, "scanout/framebuffers");
	if (!good)
		return 1;
	report(!drmModeSetCrtc(output.fd, output.crtc, pictures[0].fb, 0, 0, &output.connector, 1,
			       &output.mode), "scanout/mode");
	report(flips(&output, pictures), "scanout/flips");
	for (int n = 0; n < 2; n++) {
		drmModeRmFB(output.fd, pictures[n].fb);
		gbm_bo_destroy(pictures[n].bo);
	}
	eglTerminate(display);
	gbm_device_destroy(gbm);
	close(output.fd);
	return !!failures;
}
