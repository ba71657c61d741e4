// SPDX-License-Identifier: GPL-2.0
/*
 * VNC server: all heads side by side in one view. One thread owns the server and everything in
 * struct screen_vnc but @stop. What viewers type and point at goes to @input, which never waits.
 */
#include "screen.h"

#include <pthread.h>
#include <rfb/rfb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

#define UPDATE_NS	33000000ull
#define POLL_US		10000
#define BYTES_A_PIXEL	4

/* What a head that is off looks like, and its size until it was on for the first time. */
#define DARK		0x00202020
#define DARK_WIDTH	640
#define DARK_HEIGHT	480

struct tile {
	unsigned int x, width, height;
};

struct screen_vnc {
	struct display *display;
	struct input_qmp *input;        /* or NULL */
	struct stats *stats;
	rfbScreenInfoPtr rfb;
	pthread_t thread;
	atomic_bool stop;

	unsigned int n_tiles;
	struct tile tiles[DISPLAY_MAX_HEADS];
	unsigned int width, height;
	uint32_t *pixels;               /* the view, width * height */
	unsigned int n_viewers;

	struct stat_counter viewers, updates, lines;
};

static void no_log(const char *format, ...)
{
	(void)format;
}

static void fill(uint32_t *pixels, size_t n, uint32_t value)
{
	while (n--)
		*pixels++ = value;
}

/* The library assumes blue on top, and does so again for each new frame buffer. */
static void set_format(rfbScreenInfoPtr rfb)
{
	rfbClientIteratorPtr clients;
	rfbClientPtr client;

	rfb->serverFormat.redShift = 16;
	rfb->serverFormat.greenShift = 8;
	rfb->serverFormat.blueShift = 0;
	clients = rfbGetClientIterator(rfb);
	while ((client = rfbClientIteratorNext(clients)))
		rfbSetTranslateFunction(client);
	rfbReleaseClientIterator(clients);
}

/* Places the tiles and makes the view as large as they need; false when out of memory. */
static bool screen_layout(struct screen_vnc *screen)
{
	unsigned int width = 0, height = 0;
	uint32_t *pixels;

	for (unsigned int i = 0; i < screen->n_tiles; i++) {
		struct tile *tile = &screen->tiles[i];

		tile->x = width;
		width += tile->width;
		if (tile->height > height)
			height = tile->height;
	}
	pixels = malloc((size_t)width * height * BYTES_A_PIXEL);
	if (!pixels)
		return false;
	fill(pixels, (size_t)width * height, DARK);
	if (screen->rfb) {
		rfbNewFramebuffer(screen->rfb, (char *)pixels, width, height, 8, 3, BYTES_A_PIXEL);
		set_format(screen->rfb);
	}
	free(screen->pixels);
	screen->pixels = pixels;
	screen->width = width;
	screen->height = height;
	return true;
}

/* Copies the lines that differ and marks them, run by run. @from NULL is a dark tile. */
static void tile_update(struct screen_vnc *screen, const struct tile *tile, const uint32_t *from)
{
	static const uint32_t dark[8192] = { [0 ... 8191] = DARK };
	size_t bytes = (size_t)tile->width * BYTES_A_PIXEL;
	unsigned int x = tile->x, end = tile->x + tile->width, first = 0, y;
	bool in_run = false;

	for (y = 0; y < tile->height; y++) {
		uint32_t *to = screen->pixels + (size_t)y * screen->width + x;
		const uint32_t *line = from ? from + (size_t)y * tile->width : dark;
		bool differs = memcmp(to, line, bytes);

		if (differs) {
			memcpy(to, line, bytes);
			stat_inc(&screen->lines);
		}
		if (differs && !in_run)
			first = y;
		if (!differs && in_run)
			rfbMarkRectAsModified(screen->rfb, x, first, end, y);
		in_run = differs;
	}
	if (in_run)
		rfbMarkRectAsModified(screen->rfb, x, first, end, y);
}

static void screen_update(struct screen_vnc *screen)
{
	uint32_t *grabs[DISPLAY_MAX_HEADS];
	bool resized = false;

	for (unsigned int i = 0; i < screen->n_tiles; i++) {
		struct tile *tile = &screen->tiles[i];
		unsigned int width, height;

		grabs[i] = display_grab(screen->display, i, &width, &height);
		if (!grabs[i] || (width == tile->width && height == tile->height))
			continue;
		tile->width = width;
		tile->height = height;
		resized = true;
	}
	if (!resized || screen_layout(screen))
		for (unsigned int i = 0; i < screen->n_tiles; i++)
			tile_update(screen, &screen->tiles[i], grabs[i]);
	for (unsigned int i = 0; i < screen->n_tiles; i++)
		free(grabs[i]);
	stat_inc(&screen->updates);
}

static void *screen_thread(void *arg)
{
	struct screen_vnc *screen = arg;
	uint64_t next = 0;

	while (!atomic_load(&screen->stop)) {
		rfbProcessEvents(screen->rfb, POLL_US);
		if (!screen->n_viewers || now_ns() < next)
			continue;
		next = now_ns() + UPDATE_NS;
		screen_update(screen);
	}
	return NULL;
}

static void viewer_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
	struct screen_vnc *screen = client->screen->screenData;

	input_qmp_key(screen->input, keysym, down);
}

/* The middle of a pixel of @size, in coordinates of a tablet. */
static unsigned int tablet_axis(unsigned int pixel, unsigned int size)
{
	if (pixel >= size)
		pixel = size - 1;
	return (2 * (uint64_t)pixel + 1) * INPUT_AXIS_END / (2 * (uint64_t)size);
}

/* The view's last pixels belong to the last head, and what is below a head to its lower edge. */
static void viewer_pointer(int buttons, int x, int y, rfbClientPtr client)
{
	struct screen_vnc *screen = client->screen->screenData;
	unsigned int at = x < 0 ? 0 : (unsigned int)x, i = 0;
	const struct tile *tile;

	while (i + 1 < screen->n_tiles && at >= screen->tiles[i + 1].x)
		i++;
	tile = &screen->tiles[i];
	input_qmp_pointer(screen->input, i, tablet_axis(at - tile->x, tile->width),
			  tablet_axis(y < 0 ? 0 : (unsigned int)y, tile->height),
			  (unsigned int)buttons);
}

static void viewer_gone(rfbClientPtr client)
{
	struct screen_vnc *screen = client->screen->screenData;

	screen->n_viewers--;
	input_qmp_release(screen->input);
}

static enum rfbNewClientAction viewer_new(rfbClientPtr client)
{
	struct screen_vnc *screen = client->screen->screenData;

	client->clientGoneHook = viewer_gone;
	screen->n_viewers++;
	stat_inc(&screen->viewers);
	return RFB_CLIENT_ACCEPT;
}

static int screen_listen(struct screen_vnc *screen, const char *host, int port)
{
	rfbScreenInfoPtr rfb = rfbGetScreen(NULL, NULL, screen->width, screen->height, 8, 3,
					    BYTES_A_PIXEL);

	if (!rfb)
		return -1;
	screen->rfb = rfb;
	rfb->frameBuffer = (char *)screen->pixels;
	rfb->screenData = screen;
	rfb->newClientHook = viewer_new;
	rfb->kbdAddEvent = viewer_key;
	rfb->ptrAddEvent = viewer_pointer;
	rfb->desktopName = "vsoc";
	rfb->alwaysShared = TRUE;
	rfb->cursor = NULL;
	set_format(rfb);
	rfb->autoPort = FALSE;
	rfb->port = port;
	rfb->ipv6port = 0;
	if (!rfbStringToAddr((char *)host, &rfb->listenInterface)) {
		fprintf(stderr, "vsoc: vnc: no such address: %s\n", host);
		return -1;
	}
	rfbInitServer(rfb);
	if (rfb->listenSock == RFB_INVALID_SOCKET) {
		fprintf(stderr, "vsoc: vnc: cannot listen on %s:%d (in use?)\n", host, port);
		return -1;
	}
	return 0;
}

static void screen_free(struct screen_vnc *screen)
{
	if (screen->rfb) {
		rfbShutdownServer(screen->rfb, TRUE);
		rfbScreenCleanup(screen->rfb);
	}
	free(screen->pixels);
	free(screen);
}

static struct screen_vnc *screen_alloc(struct display *display, struct input_qmp *input,
				       struct stats *stats)
{
	struct screen_vnc *screen = calloc(1, sizeof(*screen));

	if (!screen)
		return NULL;
	screen->display = display;
	screen->input = input;
	screen->stats = stats;
	screen->n_tiles = display_nr_heads(display);
	for (unsigned int i = 0; i < screen->n_tiles; i++) {
		screen->tiles[i].width = DARK_WIDTH;
		screen->tiles[i].height = DARK_HEIGHT;
	}
	if (screen_layout(screen))
		return screen;
	free(screen);
	return NULL;
}

struct screen_vnc *screen_vnc_start(struct display *display, const char *host, int port,
				    struct input_qmp *input, struct stats *stats)
{
	struct screen_vnc *screen;

	if (port < 1 || port > 65535) {
		fprintf(stderr, "vsoc: vnc: port %d is not in 1..65535\n", port);
		return NULL;
	}
	/* The library's own log lines are for its developers. */
	rfbLog = no_log;
	rfbErr = no_log;
	screen = screen_alloc(display, input, stats);
	if (!screen) {
		fprintf(stderr, "vsoc: vnc: out of memory\n");
		return NULL;
	}
	if (screen_listen(screen, host, port))
		goto err_free;
	if (pthread_create(&screen->thread, NULL, screen_thread, screen)) {
		fprintf(stderr, "vsoc: vnc: no thread\n");
		goto err_free;
	}
	pthread_setname_np(screen->thread, "vnc");
	stats_register(stats, "vnc", "viewers", &screen->viewers);
	stats_register(stats, "vnc", "updates", &screen->updates);
	stats_register(stats, "vnc", "lines_changed", &screen->lines);
	return screen;

err_free:
	screen_free(screen);
	return NULL;
}

void screen_vnc_stop(struct screen_vnc *screen)
{
	if (!screen)
		return;
	atomic_store(&screen->stop, true);
	pthread_join(screen->thread, NULL);
	stats_unregister_group(screen->stats, "vnc");
	screen_free(screen);
}
