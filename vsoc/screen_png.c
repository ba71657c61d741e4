// SPDX-License-Identifier: GPL-2.0
/*
 * PNG files of what a head shows.
 */
#include "screen.h"

#include <errno.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * libpng reports errors by longjmp(), so this function keeps nothing in locals that it changes
 * after setjmp(). A picture word is B, G, R, 0 in memory.
 */
static int write_rows(png_structp png, png_infop info, FILE *file, const uint32_t *pixels,
		      unsigned int width, unsigned int height)
{
	if (setjmp(png_jmpbuf(png)))
		return -EIO;
	png_init_io(png, file);
	png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_compression_level(png, 1);
	png_write_info(png, info);
	png_set_bgr(png);
	png_set_filler(png, 0, PNG_FILLER_AFTER);
	for (unsigned int y = 0; y < height; y++)
		png_write_row(png, (png_const_bytep)(pixels + (size_t)y * width));
	png_write_end(png, NULL);
	return 0;
}

static int write_png(FILE *file, const uint32_t *pixels, unsigned int width, unsigned int height)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int ret = -ENOMEM;

	if (info)
		ret = write_rows(png, info, file, pixels, width, height);
	png_destroy_write_struct(&png, &info);
	return ret;
}

/* Closes @fd in every case. */
static int write_fd(int fd, const uint32_t *pixels, unsigned int width, unsigned int height)
{
	FILE *file = fdopen(fd, "wb");
	int ret;

	if (!file) {
		ret = -errno;
		close(fd);
		return ret;
	}
	ret = write_png(file, pixels, width, height);
	/* mkstemp() made it private; a picture is for whoever may see the folder. */
	if (fchmod(fd, 0644) && !ret)
		ret = -errno;
	if (fclose(file) && !ret)
		ret = -errno;
	return ret;
}

static int write_file(const char *path, const uint32_t *pixels, unsigned int width,
		      unsigned int height)
{
	char *temporary;
	int fd, ret;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkstemp(temporary);
	if (fd < 0) {
		ret = -errno;
		goto out_free;
	}
	ret = write_fd(fd, pixels, width, height);
	if (!ret && rename(temporary, path))
		ret = -errno;
	if (ret)
		unlink(temporary);
out_free:
	free(temporary);
	return ret;
}

int screen_png_write(struct display *display, unsigned int head, const char *path)
{
	unsigned int width, height;
	uint32_t *pixels = display_grab(display, head, &width, &height);
	int ret;

	if (!pixels)
		return -ENODATA;
	ret = write_file(path, pixels, width, height);
	free(pixels);
	return ret;
}
