// SPDX-License-Identifier: GPL-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <libfdt.h>

#include "blob.h"

const char *const blob_names[] = {
	"m1", "m1-locked", "m1-slow", "m1pro", "m2", "bench", "mainline", "mixed", "simple", NULL
};

void *blob_load(const char *name)
{
	const char *dir = getenv("VSOC_BOARDS");
	void *file = calloc(1, BLOB_ROOM), *blob = calloc(1, BLOB_ROOM);
	char path[1024];
	FILE *in;

	assert_non_null(dir);
	snprintf(path, sizeof(path), "%s/%s.dtb", dir, name);
	in = fopen(path, "re");
	assert_non_null(in);
	assert_true(fread(file, 1, BLOB_ROOM, in) > 0);
	fclose(in);
	assert_int_equal(fdt_open_into(file, blob, BLOB_ROOM), 0);
	free(file);
	return blob;
}

char *blob_capture(void (*run)(void *opaque), void *opaque)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	run(opaque);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, (1 << 16) - 1, file)] = '\0';
	fclose(file);
	return text;
}
