// SPDX-License-Identifier: GPL-2.0
/* Counters, their JSON, and the reports' limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stats.h"

static char *json(struct stats *stats)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	stats_write_json(stats, out);
	fclose(out);
	return text;
}

static void test_json(void **state)
{
	struct stats *stats = stats_create();
	struct stat_counter a = { 0 }, b = { 0 }, c = { 0 };
	char *text;

	(void)state;
	text = json(stats);
	assert_string_equal(text, "{\"violations\": 0}");
	free(text);

	stats_register(stats, "dart@1000", "reads", &a);
	stats_register(stats, "bus", "n\"\\\n", &c);
	stats_register(stats, "dart@1000", "writes", &b);
	stat_inc(&a);
	stat_add(&b, UINT64_MAX);
	text = json(stats);
	assert_string_equal(text, "{\"violations\": 0, "
			    "\"dart@1000\": {\"reads\": 1, \"writes\": 18446744073709551615}, "
			    "\"bus\": {\"n\\\"\\\\\\u000a\": 0}}");
	free(text);

	stats_unregister_group(stats, "dart@1000");
	stats_unregister_group(stats, "never was");
	text = json(stats);
	assert_null(strstr(text, "dart"));
	free(text);
	stats_destroy(stats);
}

/* What @report prints to stderr. */
static char *captured(void (*report)(struct stats *stats), struct stats *stats)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	char *text = calloc(1, 1 << 16);

	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	report(stats);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return text;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	for (text = strstr(text, what); text; text = strstr(text + 1, what))
		n++;
	return n;
}

static void violate(struct stats *stats)
{
	for (unsigned int i = 0; i < 50; i++) {
		stats_violation(stats, "a", "first %u", i);
		stats_violation(stats, "b", "first %u", i);
	}
	stats_violation(stats, "a", "second %u", 1);
}

static void test_violations(void **state)
{
	struct stats *stats = stats_create();
	char *text = captured(violate, stats);
	char *numbers = json(stats);

	(void)state;
	assert_int_equal(stats_violations(stats), 101);
	assert_int_equal(count(text, "vsoc: violation: a: first "), 20);
	assert_int_equal(count(text, "vsoc: violation: b: first "), 20);
	assert_int_equal(count(text, "vsoc: violation: a: second 1\n"), 1);
	assert_non_null(strstr(numbers, "\"violations\": 101"));
	free(numbers);
	free(text);
	stats_destroy(stats);
}

static void note(struct stats *stats)
{
	for (unsigned int i = 0; i < 1000; i++)
		stats_note(stats, "a", "number %u", i);
	stats_note(stats, "b", "number %u", 0);
}

static void test_notes(void **state)
{
	struct stats *stats = stats_create();
	char *text = captured(note, stats);

	(void)state;
	assert_int_equal(stats_violations(stats), 0);
	assert_true(count(text, "vsoc: a: number") >= 10);
	assert_true(count(text, "vsoc: a: number") <= 40);
	assert_int_equal(count(text, "vsoc: b: number 0\n"), 1);
	free(text);
	stats_destroy(stats);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_violations),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
