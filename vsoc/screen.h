/* SPDX-License-Identifier: GPL-2.0 */
/* What a person looks at: PNG files and a VNC server. */
#ifndef VSOC_SCREEN_H
#define VSOC_SCREEN_H

#include "display.h"
#include "input_qmp.h"

/**
 * screen_png_write() - write what a head shows to a file
 * @display: the engine
 * @head: any number
 * @path: replaced in one step when the picture is complete
 *
 * Any thread.
 *
 * Return: 0, -ENODATA when the head is off or does not exist, or a negative errno of the file.
 */
int screen_png_write(struct display *display, unsigned int head, const char *path);

struct screen_vnc;

/**
 * screen_vnc_start() - serve all heads, side by side in one view, to VNC viewers
 * @display: the engine; must outlive the server
 * @host: address or name to listen on
 * @port: 1..65535
 * @input: takes the viewers' keys and pointers, outlives the server; NULL: nobody wants them
 * @stats: for the counters of group "vnc"
 *
 * Owns a thread, which grabs pictures only while a viewer is connected. One server at a time.
 *
 * Return: the server, or NULL with one line on stderr.
 */
struct screen_vnc *screen_vnc_start(struct display *display, const char *host, int port,
				    struct input_qmp *input, struct stats *stats);

/**
 * screen_vnc_stop() - disconnect the viewers and end the server
 * @screen: may be NULL
 */
void screen_vnc_stop(struct screen_vnc *screen);

#endif
