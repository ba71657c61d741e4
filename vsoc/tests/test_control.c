// SPDX-License-Identifier: GPL-2.0
/* Control socket: commands, hostile lines, several clients. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "blob.h"
#include "control.h"

struct fixture {
	struct soc *soc;
	char dir[32], path[64];
	struct control *control;
};

static int setup(void **state)
{
	const struct soc_options plain = { .stale_grace_ms = 200 };
	struct fixture *f = calloc(1, sizeof(*f));
	void *blob = blob_load("simple");

	f->soc = soc_create(&plain, blob, BLOB_ROOM);
	assert_non_null(f->soc);
	free(blob);
	strcpy(f->dir, "/tmp/vsoc-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/control", f->dir);
	f->control = control_start(f->soc, f->path);
	assert_non_null(f->control);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	control_stop(f->control);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(rmdir(f->dir), 0);
	soc_destroy(f->soc);
	free(f);
	return 0;
}

static int dial(struct fixture *f)
{
	const struct timeval timeout = { .tv_sec = 300 };
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	return fd;
}

/* One line of answer without its end; empty when the server has closed. */
static void receive_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1) {
		ssize_t got = recv(fd, &line[n], 1, 0);

		/* A process that was stopped and goes on. */
		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || line[n] == '\n')
			break;
		n++;
	}
	line[n] = '\0';
}

static void ask(int fd, const char *question, char *answer, size_t size)
{
	assert_int_equal(send(fd, question, strlen(question), MSG_NOSIGNAL), strlen(question));
	receive_line(fd, answer, size);
}

static void test_commands(void **state)
{
	static const char *const questions[][2] = {
		{ "help\n", "ok help" },
		{ "stats\n", "ok {\"violations\": 0, " },
		{ "  stats \r\n", "ok {" },
		{ "fault dart iommu@304000 -1 3\n", "ok" },
		{ "fault dart iommu@304000 255 0x3\n", "ok" },
		{ "fault coproc 1 100\n", "ok" },
		{ "fault coproc 1 -1\n", "ok" },
		{ "hotplug 1 0\n", "ok" },
		{ "hotplug 1 1\n", "ok" },
		{ "monitor 1 1024 600\n", "ok" },
		{ "monitor 1 1024 600 20\n", "ok" },
		{ "\n", "error: empty line" },
		{ "nonsense\n", "error: unknown command" },
		{ "stats now\n", "error: wrong number of words" },
		{ "fault\n", "error: unknown command" },
		{ "stall dart iommu@304000 7\n", "ok" },
		{ "stall dart iommu@304000\n", "error: wrong number" },
		{ "stall dart iommu@1 0\n", "error: no DART iommu@1" },
		{ "stall dart iommu@304000 -1\n", "error: READS" },
		{ "fault dart\n", "error: wrong number" },
		{ "fault dart iommu@1 0 1\n", "error: no DART iommu@1" },
		{ "fault dart iommu@304000 256 1\n", "error: SID" },
		{ "fault dart iommu@304000 0 -1\n", "error: SID" },
		{ "fault dart iommu@304000 0x 1\n", "error: SID" },
		{ "fault coproc 1 -2\n", "error: COUNT" },
		{ "fault coproc 99999999999999999999 0\n", "error: COUNT" },
		{ "hotplug 7 1\n", "error: no head 7" },
		{ "hotplug 0 2\n", "error: 0 unplugs" },
		{ "monitor 0 1024 -1\n", "error: an EDID cannot describe 1024x-1" },
		{ "monitor 0 100000 600\n", "error: an EDID cannot describe 100000x600" },
		{ "monitor 0 1024 600 9\n", "error: an EDID cannot describe 1024x600@9" },
		{ "monitor 0 1024 600 20 1\n", "error: wrong number" },
		{ "monitor 7 1024 600\n", "error: no head 7" },
		{ "png 0 /nonexistent/x.png\n", "error: head 0 is off" },
		{ "png -1 x.png\n", "error: no head -1" },
		{ "png 0 a b c d e f g h\n", "error: wrong number" },
	};
	struct fixture *f = *state;
	char answer[65536];
	int fd = dial(f);

	for (unsigned int i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		ask(fd, questions[i][0], answer, sizeof(answer));
		if (strncmp(answer, questions[i][1], strlen(questions[i][1])))
			fail_msg("%s: %s", questions[i][0], answer);
	}
	close(fd);
}

/* With a directory for pictures, nothing else is ever written. */
static void test_confined_pictures(void **state)
{
	static const char *const outside[] = {
		"/etc/passwd", "../x.png", "/tmp/pictures/../x.png", "/tmp/pictures/sub/x.png",
		"/tmp/pictures2/x.png", ".", "..", "/tmp/pictures/", ".hidden", "/tmp/pictures",
	};
	struct fixture *f = *state;
	char answer[256], question[256];
	int fd = dial(f);

	f->soc->options.png_dir = "/tmp/pictures";
	for (unsigned int i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		snprintf(question, sizeof(question), "png 0 %s\n", outside[i]);
		ask(fd, question, answer, sizeof(answer));
		if (!strstr(answer, "not in the directory"))
			fail_msg("%s: %s", question, answer);
	}
	ask(fd, "png 0 x.png\n", answer, sizeof(answer));
	assert_string_equal(answer, "error: head 0 is off");
	ask(fd, "png 0 /tmp/pictures/x.png\n", answer, sizeof(answer));
	assert_string_equal(answer, "error: head 0 is off");
	close(fd);
}

static void test_long_line(void **state)
{
	struct fixture *f = *state;
	char line[5000], answer[256];
	int fd = dial(f);

	memset(line, 'a', sizeof(line));
	assert_int_equal(send(fd, line, sizeof(line), 0), sizeof(line));
	ask(fd, "\n", answer, sizeof(answer));
	assert_memory_equal(answer, "error: line longer", 18);
	ask(fd, "hotplug 0 1\n", answer, sizeof(answer));
	assert_string_equal(answer, "ok");
	/* A zero byte would hide the rest. */
	assert_int_equal(send(fd, "help\0me\n", 8, 0), 8);
	receive_line(fd, answer, sizeof(answer));
	assert_memory_equal(answer, "error: ", 7);
	close(fd);
}

static void test_pieces_and_batches(void **state)
{
	struct fixture *f = *state;
	char answer[256];
	int fd = dial(f);

	for (const char *c = "hotplug 0 1"; *c; c++) {
		assert_int_equal(send(fd, c, 1, 0), 1);
		usleep(1000);
	}
	ask(fd, "\nnonsense\nhotplug 0 1\n", answer, sizeof(answer));
	assert_string_equal(answer, "ok");
	receive_line(fd, answer, sizeof(answer));
	assert_memory_equal(answer, "error", 5);
	receive_line(fd, answer, sizeof(answer));
	assert_string_equal(answer, "ok");
	close(fd);
}

static void test_clients(void **state)
{
	struct fixture *f = *state;
	char answer[256];
	int fds[9];

	for (unsigned int i = 0; i < 8; i++) {
		fds[i] = dial(f);
		ask(fds[i], "hotplug 0 1\n", answer, sizeof(answer));
		assert_string_equal(answer, "ok");
	}
	fds[8] = dial(f);
	receive_line(fds[8], answer, sizeof(answer));
	assert_string_equal(answer, "error: too many clients");
	close(fds[8]);
	/* Half a line, then gone: its place is free again. */
	assert_int_equal(send(fds[3], "sta", 3, 0), 3);
	close(fds[3]);
	for (unsigned int tries = 0; tries < 10000; tries++) {
		fds[3] = dial(f);
		ask(fds[3], "hotplug 0 1\n", answer, sizeof(answer));
		if (!strcmp(answer, "ok"))
			break;
		close(fds[3]);
		usleep(10000);
	}
	assert_string_equal(answer, "ok");
	for (unsigned int i = 0; i < 8; i++)
		close(fds[i]);
}

static void start_again(void *opaque)
{
	struct fixture *f = opaque;

	assert_null(control_start(f->soc, f->path));
}

static void test_path_in_use(void **state)
{
	struct fixture *f = *state;
	char *text = blob_capture(start_again, f);

	assert_non_null(strstr(text, f->path));
	free(text);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_commands),
		TEST(test_confined_pictures),
		TEST(test_long_line),
		TEST(test_pieces_and_batches),
		TEST(test_clients),
		TEST(test_path_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
