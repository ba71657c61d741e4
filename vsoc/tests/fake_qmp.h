/* SPDX-License-Identifier: GPL-2.0 */
/* A QMP server in QEMU's place that is asked for input events; include cmocka.h before it. */
#ifndef VSOC_TESTS_FAKE_QMP_H
#define VSOC_TESTS_FAKE_QMP_H

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define QMP_GREETING	"{\"QMP\": {\"version\": {\"qemu\": {\"major\": 11}}, \"capabilities\": []}}\r\n"
#define QMP_DONE	"{\"return\": {}}\r\n"
#define QMP_EVENT	"{\"timestamp\": {\"seconds\": 1}, \"event\": \"RESUME\"}\r\n"

struct fake_qmp {
	char dir[32], path[64];
	int listener, fd;
};

static inline void qmp_init(struct fake_qmp *qmp)
{
	strcpy(qmp->dir, "/tmp/vsoc-test-XXXXXX");
	assert_non_null(mkdtemp(qmp->dir));
	snprintf(qmp->path, sizeof(qmp->path), "%s/qmp", qmp->dir);
	qmp->fd = -1;
	qmp->listener = -1;
}

static inline void qmp_listen(struct fake_qmp *qmp)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	strcpy(addr.sun_path, qmp->path);
	qmp->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(qmp->listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(qmp->listener, 1), 0);
}

static inline void qmp_hang_up(struct fake_qmp *qmp)
{
	if (qmp->fd >= 0)
		close(qmp->fd);
	if (qmp->listener >= 0)
		close(qmp->listener);
	qmp->fd = -1;
	qmp->listener = -1;
	unlink(qmp->path);
}

static inline void qmp_fini(struct fake_qmp *qmp)
{
	qmp_hang_up(qmp);
	assert_int_equal(rmdir(qmp->dir), 0);
}

static inline bool qmp_is_called(struct fake_qmp *qmp, int timeout_ms)
{
	struct pollfd pollfd = { qmp->listener, POLLIN, 0 };

	return poll(&pollfd, 1, timeout_ms) == 1;
}

static inline void qmp_accept(struct fake_qmp *qmp)
{
	const struct timeval patience = { .tv_sec = 20 };

	assert_true(qmp_is_called(qmp, 20000));
	qmp->fd = accept(qmp->listener, NULL, NULL);
	assert_true(qmp->fd >= 0);
	setsockopt(qmp->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

static inline void qmp_say(struct fake_qmp *qmp, const char *text)
{
	assert_int_equal(send(qmp->fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void qmp_line(struct fake_qmp *qmp, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && recv(qmp->fd, &line[n], 1, 0) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
}

/* The next line must have all the words, a NULL-terminated list. */
static inline void qmp_expect(struct fake_qmp *qmp, ...)
{
	const char *word;
	char line[1024];
	va_list words;

	qmp_line(qmp, line, sizeof(line));
	va_start(words, qmp);
	while ((word = va_arg(words, const char *)))
		if (!strstr(line, word))
			fail_msg("no '%s' in '%s'", word, line);
	va_end(words);
}

static inline void qmp_take_call(struct fake_qmp *qmp)
{
	qmp_accept(qmp);
	qmp_say(qmp, QMP_GREETING);
	qmp_expect(qmp, "\"execute\": \"qmp_capabilities\"", NULL);
	qmp_say(qmp, QMP_DONE);
}

#endif
