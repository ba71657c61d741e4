// SPDX-License-Identifier: GPL-2.0
/*
 * Keys and pointers of viewers, with a QMP server in QEMU's place: what it is told, and that nothing
 * it does or fails to do holds a viewer up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <rfb/keysym.h>

#include "fake_qmp.h"
#include "input_keys.h"
#include "input_qmp.h"

struct fixture {
	struct stats *stats;
	struct input_qmp *input;
	struct fake_qmp qmp;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	qmp_init(&f->qmp);
	f->stats = stats_create();
	f->input = input_qmp_start(f->qmp.path, f->stats);
	assert_non_null(f->input);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	input_qmp_stop(f->input);
	qmp_fini(&f->qmp);
	stats_destroy(f->stats);
	free(f);
	return 0;
}

static uint64_t counter(struct fixture *f, const char *name)
{
	char *text = NULL, key[64];
	uint64_t value = UINT64_MAX;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	const char *at;

	stats_write_json(f->stats, out);
	fclose(out);
	snprintf(key, sizeof(key), "\"%s\": ", name);
	at = strstr(text, key);
	if (at)
		value = strtoull(at + strlen(key), NULL, 10);
	free(text);
	return value;
}

static void wait_counter(struct fixture *f, const char *name, uint64_t value)
{
	for (int i = 0; i < 2000 && counter(f, name) < value; i++)
		usleep(10000);
	assert_true(counter(f, name) >= value);
}

/* It does not try again at once, so be obstinate. */
static void press_until_called(struct fixture *f)
{
	bool down = true;

	for (int i = 0; i < 200; i++) {
		input_qmp_key(f->input, XK_F1, down);
		down = !down;
		if (qmp_is_called(&f->qmp, 100))
			return;
	}
	fail_msg("nobody called");
}

/* No more is said before an answer. */
static void expect_silence(struct fixture *f)
{
	char byte;

	usleep(20000);
	assert_int_equal(recv(f->qmp.fd, &byte, 1, MSG_DONTWAIT), -1);
}

static void test_keys(void **state)
{
	(void)state;
	assert_string_equal(input_key_name('q'), "q");
	assert_string_equal(input_key_name('Q'), "q");
	assert_string_equal(input_key_name('7'), "7");
	assert_string_equal(input_key_name('&'), "7");
	assert_string_equal(input_key_name('?'), "slash");
	assert_string_equal(input_key_name(' '), "spc");
	assert_string_equal(input_key_name(XK_F12), "f12");
	assert_string_equal(input_key_name(XK_KP_5), "kp_5");
	assert_string_equal(input_key_name(XK_Return), "ret");
	assert_string_equal(input_key_name(XK_Super_L), "meta_l");
	assert_null(input_key_name(0));
	assert_null(input_key_name(XK_udiaeresis));
	assert_null(input_key_name(UINT32_MAX));
	/* Whatever can be printed has a key. */
	for (uint32_t symbol = ' '; symbol <= '~'; symbol++)
		assert_non_null(input_key_name(symbol));
}

static void test_events(void **state)
{
	struct fixture *f = *state;
	struct fake_qmp *qmp = &f->qmp;

	qmp_listen(qmp);
	input_qmp_key(f->input, XK_A, true);
	qmp_take_call(qmp);
	qmp_expect(qmp, "\"execute\": \"input-send-event\"", "\"type\": \"key\"", "\"down\": true",
		   "\"type\": \"qcode\", \"data\": \"a\"", NULL);
	input_qmp_key(f->input, XK_a, true);
	input_qmp_key(f->input, XK_a, false);
	input_qmp_key(f->input, XK_b, false);
	input_qmp_pointer(f->input, 1, 5, 32767, 1);
	input_qmp_pointer(f->input, 0, 7, 8, 1);
	input_qmp_pointer(f->input, 0, 9, 10, 0x14);
	expect_silence(f);
	qmp_say(qmp, QMP_EVENT);
	expect_silence(f);
	qmp_say(qmp, QMP_DONE);
	/* Not pressed twice, and what was not down is not released. */
	qmp_expect(qmp, "\"key\"", "\"down\": false", "\"a\"", NULL);
	qmp_say(qmp, QMP_DONE QMP_EVENT);
	qmp_expect(qmp, "\"device\": \"head1\"", "\"axis\": \"x\", \"value\": 5}",
		   "\"axis\": \"y\", \"value\": 32767}", NULL);
	qmp_say(qmp, QMP_DONE);
	qmp_expect(qmp, "\"head1\"", "\"btn\"", "\"down\": true", "\"left\"", NULL);
	qmp_say(qmp, QMP_DONE);
	/* The second of two moves is the one that counts; a button is released where it was pressed. */
	qmp_expect(qmp, "\"head0\"", "\"value\": 9}", "\"value\": 10}", NULL);
	qmp_say(qmp, QMP_DONE);
	qmp_expect(qmp, "\"head1\"", "\"down\": false", "\"left\"", NULL);
	qmp_say(qmp, QMP_DONE);
	qmp_expect(qmp, "\"head0\"", "\"down\": true", "\"right\"", NULL);
	qmp_say(qmp, QMP_DONE);
	qmp_expect(qmp, "\"head0\"", "\"down\": true", "\"wheel-down\"", NULL);
	qmp_say(qmp, QMP_DONE);
	input_qmp_release(f->input);
	qmp_expect(qmp, "\"down\": false", "\"right\"", NULL);
	qmp_say(qmp, QMP_DONE);
	qmp_expect(qmp, "\"down\": false", "\"wheel-down\"", NULL);
	qmp_say(qmp, "{\"error\": {\"class\": \"DeviceNotFound\"}}\r\n");
	wait_counter(f, "events_refused", 1);
	input_qmp_key(f->input, XK_udiaeresis, true);
	wait_counter(f, "unknown_keys", 1);
	assert_int_equal(counter(f, "events_dropped"), 0);
	assert_int_equal(counter(f, "connections"), 1);
}

/* Nobody there, then somebody, who goes and comes back. */
static void test_comes_and_goes(void **state)
{
	struct fixture *f = *state;

	input_qmp_key(f->input, XK_a, true);
	wait_counter(f, "events_dropped", 1);
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t dropped;

		qmp_listen(&f->qmp);
		press_until_called(f);
		qmp_take_call(&f->qmp);
		qmp_expect(&f->qmp, "input-send-event", NULL);
		qmp_hang_up(&f->qmp);
		dropped = counter(f, "events_dropped");
		input_qmp_key(f->input, XK_b, i == 0);
		wait_counter(f, "events_dropped", dropped + 1);
	}
	assert_int_equal(counter(f, "connections"), 2);
}

/* Somebody who does not read: the queue fills, and what was pressed is still released. */
static void test_never_waits(void **state)
{
	struct fixture *f = *state;
	int n_down = 0, n_lines = 0;
	char line[1024];

	qmp_listen(&f->qmp);
	input_qmp_key(f->input, XK_a, true);
	input_qmp_key(f->input, XK_b, true);
	qmp_take_call(&f->qmp);
	for (unsigned int i = 0; i < 5000; i++) {
		input_qmp_pointer(f->input, i % 2, i, i, i / 2 % 2);
		input_qmp_key(f->input, XK_c, i % 2);
	}
	input_qmp_release(f->input);
	assert_true(counter(f, "events_dropped") > 5000);
	do {
		qmp_line(&f->qmp, line, sizeof(line));
		n_down += !!strstr(line, "\"down\": true") - !!strstr(line, "\"down\": false");
		n_lines++;
		qmp_say(&f->qmp, QMP_DONE);
	} while (n_down && n_lines < 300);
	assert_int_equal(n_down, 0);
	assert_true(n_lines > 200);
}

/* Answers that make no sense cost the connection at most. */
static void test_nonsense(void **state)
{
	static char longest[6000];
	static const char *const nonsense[] = {
		longest, "", "\n\n\n", "}{\n", "{\"return\": {}}\n{\"error\": 1}\n", "{\"QMP\"",
		"\"\n{\"\n", QMP_GREETING QMP_GREETING QMP_GREETING "{\"error\": {}}\n",
	};
	struct fixture *f = *state;

	memset(longest, 'x', sizeof(longest) - 1);
	for (unsigned int i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		qmp_listen(&f->qmp);
		press_until_called(f);
		qmp_accept(&f->qmp);
		send(f->qmp.fd, nonsense[i], strlen(nonsense[i]), MSG_NOSIGNAL);
		usleep(20000);
		qmp_hang_up(&f->qmp);
	}
	qmp_listen(&f->qmp);
	press_until_called(f);
	qmp_take_call(&f->qmp);
	qmp_expect(&f->qmp, "input-send-event", NULL);
}

static void test_refused(void **state)
{
	struct stats *stats = stats_create();
	char path[200];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_null(input_qmp_start(path, stats));
	input_qmp_stop(NULL);
	input_qmp_key(NULL, XK_a, true);
	input_qmp_pointer(NULL, 0, 0, 0, 0);
	input_qmp_release(NULL);
	stats_destroy(stats);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		TEST(test_events),
		TEST(test_comes_and_goes),
		TEST(test_never_waits),
		TEST(test_nonsense),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
