/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control socket: a person or a test asks one command a line and gets one line of answer, "ok",
 * "ok ..." or "error: ...". Several clients at once.
 *
 * ======================== =======================================================================
 * Command                  Meaning
 * ======================== =======================================================================
 * help                     the commands
 * stats                    all counters as JSON
 * png HEAD PATH            writes the picture of a head to PATH; answers "ok PATH". With --png-dir
 *                          only a file in that directory: its name alone, or with the directory
 * hotplug HEAD 0|1         unplugs or plugs in the monitor of a head
 * monitor HEAD W H         another monitor, whose EDID prefers W x H, in the place of the head's
 * fault dart NAME SID N    the next N translations of stream SID (-1: any) fail
 * stall dart NAME N        the next command is busy until its register was read N times
 * fault coproc N DELAY_MS  the next N commands are answered late, or never (DELAY_MS -1)
 * ======================== =======================================================================
 */
#ifndef VSOC_CONTROL_H
#define VSOC_CONTROL_H

#include <stdio.h>

#include "soc.h"

struct control;

/**
 * control_start() - listen and serve in a thread of its own
 * @soc: outlives the socket
 * @path: of the socket, see vfu_listen()
 *
 * Return: the socket, or NULL after one line on stderr.
 */
struct control *control_start(struct soc *soc, const char *path);
void control_stop(struct control *control);

/**
 * control_execute() - carry out one command
 * @soc: the SoC
 * @line: the command, untrusted; changed
 * @out: gets the answer with its newline
 */
void control_execute(struct soc *soc, char *line, FILE *out);

#endif
