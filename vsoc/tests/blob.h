/* SPDX-License-Identifier: GPL-2.0 */
/* The boards that the build has compiled, and what was printed about a bad one. */
#ifndef VSOC_TESTS_BLOB_H
#define VSOC_TESTS_BLOB_H

#include <stddef.h>

#define BLOB_ROOM	0x10000

/* Every board, NULL at the end. */
extern const char *const blob_names[];

/* Board @name in BLOB_ROOM bytes, open for changes with libfdt; freed by the caller. */
void *blob_load(const char *name);

/* Calls @run and returns what it printed to stderr; freed by the caller. */
char *blob_capture(void (*run)(void *opaque), void *opaque);

#endif
