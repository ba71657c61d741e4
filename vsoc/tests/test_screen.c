// SPDX-License-Identifier: GPL-2.0
/*
 * PNG files read back with libpng, and a VNC viewer that speaks just enough of RFC 6143.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <png.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "display_fixture.h"
#include "fake_qmp.h"
#include "screen.h"

static void draw(unsigned int n)
{
	uint32_t *at = fake_at(FAKE_BASE + n * FAKE_PAGE);

	for (unsigned int i = 0; i < 32 * 24; i++)
		at[i] = 0xff000000 | i << 12 | i;
}

static void test_png(void **state)
{
	struct fixture *f = *state;
	char dir[] = "/tmp/vsoc-screen-XXXXXX", path[64];
	png_image image = { .version = PNG_IMAGE_VERSION };
	uint8_t rgb[32 * 24 * 3];
	struct dirent *entry;
	unsigned int files = 0;
	struct stat st;
	DIR *folder;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/head.png", dir);
	assert_int_equal(screen_png_write(f->display, 0, path), -ENODATA);
	assert_int_equal(screen_png_write(f->display, 7, path), -ENODATA);
	draw(0);
	head_on(f, 0, 1, 0);
	assert_int_equal(screen_png_write(f->display, 0, path), 0);
	assert_int_equal(screen_png_write(f->display, 0, path), 0);
	assert_int_equal(screen_png_write(f->display, 0, "/nonexistent/head.png"), -ENOENT);
	assert_int_equal(screen_png_write(f->display, 0, dir), -EISDIR);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_true(png_image_begin_read_from_file(&image, path));
	assert_int_equal(image.width, 32);
	assert_int_equal(image.height, 24);
	image.format = PNG_FORMAT_RGB;
	assert_true(png_image_finish_read(&image, NULL, rgb, 0, NULL));
	for (unsigned int i = 0; i < 32 * 24; i++) {
		uint32_t pixel = (i << 12 | i) & 0xffffff;

		assert_int_equal(rgb[3 * i] << 16 | rgb[3 * i + 1] << 8 | rgb[3 * i + 2], pixel);
	}
	/* Nothing temporary stays behind. */
	folder = opendir(dir);
	while ((entry = readdir(folder)))
		files += entry->d_name[0] != '.';
	closedir(folder);
	assert_int_equal(files, 1);
	unlink(path);
	rmdir(dir);
}

/* A viewer */

/* A listening socket on a port that was free. */
static int busy_port(int *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static int free_port(void)
{
	int port;

	close(busy_port(&port));
	return port;
}

static void get(int fd, void *buf, size_t n)
{
	uint8_t *at = buf;

	while (n) {
		ssize_t got = recv(fd, at, n, 0);

		/* A process that was stopped and goes on. */
		if (got < 0 && errno == EINTR)
			continue;
		assert_true(got > 0);
		at += got;
		n -= got;
	}
}

static void put(int fd, const void *buf, size_t n)
{
	assert_int_equal(send(fd, buf, n, MSG_NOSIGNAL), n);
}

static uint16_t get16(int fd)
{
	uint16_t v;

	get(fd, &v, 2);
	return ntohs(v);
}

static int viewer_connect(int port, unsigned int *width, unsigned int *height)
{
	struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval timeout = { .tv_sec = 300 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	uint8_t buf[64];
	uint32_t n;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	get(fd, buf, 12);
	assert_memory_equal(buf, "RFB 003.", 8);
	put(fd, "RFB 003.008\n", 12);
	get(fd, buf, 1);
	get(fd, buf + 1, buf[0]);
	put(fd, "\1", 1); /* no authentication */
	get(fd, &n, 4);
	assert_int_equal(n, 0);
	put(fd, "\1", 1); /* shared */
	*width = get16(fd);
	*height = get16(fd);
	get(fd, buf, 16);
	assert_int_equal(buf[0], 32);
	get(fd, &n, 4);
	n = ntohl(n);
	assert_true(n < sizeof(buf));
	get(fd, buf, n);
	/* 32 bits, little-endian, red at 16, green at 8, blue at 0; encodings: raw, new size. */
	put(fd, "\0\0\0\0\40\30\0\1\0\377\0\377\0\377\20\10\0\0\0\0", 20);
	put(fd, "\2\0\0\2\0\0\0\0\377\377\377\41", 12);
	return fd;
}

static void request(int fd, int incremental, unsigned int width, unsigned int height)
{
	uint8_t buf[10] = { 3, incremental, 0, 0, 0, 0, width >> 8, width, height >> 8, height };

	put(fd, buf, sizeof(buf));
}

/* Reads one update into @view; 1 when the size has changed instead. */
static int update(int fd, uint32_t *view, unsigned int *width, unsigned int *height)
{
	uint8_t type[2];
	unsigned int n;

	get(fd, type, 2);
	assert_int_equal(type[0], 0);
	n = get16(fd);
	while (n--) {
		unsigned int x = get16(fd), y = get16(fd), w = get16(fd), h = get16(fd);
		uint32_t encoding;

		get(fd, &encoding, 4);
		if (ntohl(encoding) == 0xffffff21) {
			*width = w;
			*height = h;
			return 1;
		}
		assert_int_equal(encoding, 0);
		assert_true(x + w <= *width && y + h <= *height);
		for (unsigned int line = 0; line < h; line++)
			get(fd, view + (y + line) * *width + x, w * 4);
	}
	return 0;
}

/* Updates until the picture of head 0 has @pixel at (5, 5); fails after a while. */
static void wait_pixel(int fd, uint32_t *view, unsigned int *width, unsigned int *height,
		       uint32_t pixel)
{
	int incremental = 0;

	for (int i = 0; i < 100; i++) {
		request(fd, incremental, *width, *height);
		incremental = !update(fd, view, width, height);
		if (incremental && (view[5 * *width + 5] & 0xffffff) == pixel)
			return;
	}
	fail_msg("pixel never came");
}

static void test_vnc(void **state)
{
	struct fixture *f = *state;
	int port = free_port(), fd;
	struct screen_vnc *screen = screen_vnc_start(f->display, "127.0.0.1", port, NULL, f->stats);
	uint32_t *view = calloc(4, 2048 * 1024);
	unsigned int width, height;

	assert_non_null(screen);
	assert_int_equal(counter(f, "display@200000", "grabs"), 0);
	fd = viewer_connect(port, &width, &height);
	assert_int_equal(width, 1280);
	assert_int_equal(height, 480);
	/* Both heads are off: dark, and not black. */
	wait_pixel(fd, view, &width, &height, 0x202020);
	fill_buffer(0, 0x123456);
	head_on(f, 0, 1, 0);
	wait_pixel(fd, view, &width, &height, 0x123456);
	assert_int_equal(width, 32 + 640);
	assert_int_equal(height, 480);
	assert_int_equal(view[5 * width + 40] & 0xffffff, 0x202020);
	fill_buffer(1, 0xaabbcc);
	flip(f, 0, 2, 1);
	wait_pixel(fd, view, &width, &height, 0xaabbcc);
	head_off(f, 0, 3);
	wait_pixel(fd, view, &width, &height, 0x202020);
	assert_int_equal(counter(f, "vnc", "viewers"), 1);
	close(fd);
	/* A second viewer after the first, and a stop while it is there. */
	fd = viewer_connect(port, &width, &height);
	wait_pixel(fd, view, &width, &height, 0x202020);
	screen_vnc_stop(screen);
	close(fd);
	free(view);
}

static void point(int fd, int buttons, unsigned int x, unsigned int y)
{
	uint8_t buf[6] = { 5, buttons, x >> 8, x, y >> 8, y };

	put(fd, buf, sizeof(buf));
}

/* Both heads are off, so the view is 640 pixels of each. */
static void test_vnc_input(void **state)
{
	struct fixture *f = *state;
	int port = free_port(), fd;
	unsigned int width, height;
	struct input_qmp *input;
	struct screen_vnc *screen;
	struct fake_qmp qmp;

	qmp_init(&qmp);
	qmp_listen(&qmp);
	input = input_qmp_start(qmp.path, f->stats);
	screen = screen_vnc_start(f->display, "127.0.0.1", port, input, f->stats);
	assert_non_null(screen);
	fd = viewer_connect(port, &width, &height);
	point(fd, 0, 0, 479);
	qmp_take_call(&qmp);
	qmp_expect(&qmp, "\"head0\"", "\"x\", \"value\": 25}", "\"y\", \"value\": 32733}", NULL);
	qmp_say(&qmp, QMP_DONE);
	point(fd, 1, 640 + 320, 1000);
	qmp_expect(&qmp, "\"head1\"", "\"x\", \"value\": 16409}", "\"y\", \"value\": 32733}", NULL);
	qmp_say(&qmp, QMP_DONE);
	qmp_expect(&qmp, "\"head1\"", "\"down\": true", "\"left\"", NULL);
	qmp_say(&qmp, QMP_DONE);
	put(fd, "\4\1\0\0\0\0\0Z", 8);
	qmp_expect(&qmp, "\"key\"", "\"down\": true", "\"z\"", NULL);
	qmp_say(&qmp, QMP_DONE);
	/* What a viewer who has gone had down comes up. */
	close(fd);
	qmp_expect(&qmp, "\"down\": false", NULL);
	qmp_say(&qmp, QMP_DONE);
	qmp_expect(&qmp, "\"down\": false", NULL);
	screen_vnc_stop(screen);
	input_qmp_stop(input);
	qmp_fini(&qmp);
}

static void test_vnc_refused(void **state)
{
	struct fixture *f = *state;
	int port, fd = busy_port(&port);

	assert_null(screen_vnc_start(f->display, "127.0.0.1", 0, NULL, f->stats));
	assert_null(screen_vnc_start(f->display, "127.0.0.1", 65536, NULL, f->stats));
	assert_null(screen_vnc_start(f->display, "no such host", port, NULL, f->stats));
	assert_null(screen_vnc_start(f->display, "127.0.0.1", port, NULL, f->stats));
	close(fd);
	screen_vnc_stop(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_png),
		TEST(test_vnc),
		TEST(test_vnc_input),
		TEST(test_vnc_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
