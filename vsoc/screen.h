/* SPDX-License-Identifier: GPL-2.0 */
/* What a person looks at: PNG files and a VNC server. */
#ifndef VSOC_SCREEN_H
#define VSOC_SCREEN_H

#include "display.h"

/*
 * Writes @head to @path (through a temporary name, renamed when complete). 0 or a negative errno;
 * -ENODATA: the head is off.
 */
int screen_png_write(struct display *display, unsigned int head, const char *path);

/*
 * Serves all heads side by side in one view at @host:@port; NULL with one line on stderr. Grabs
 * only while a viewer is connected. At most one at a time.
 */
struct screen_vnc;
struct screen_vnc *screen_vnc_start(struct display *display, const char *host, int port,
				    struct stats *stats);
void screen_vnc_stop(struct screen_vnc *screen);

#endif
