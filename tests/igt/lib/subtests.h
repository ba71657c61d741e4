/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The part of IGT's programming interface that the tests here use, with IGT's command line, output
 * and exit codes, for machines that have igt_runner but not IGT's library to build against. With
 * ASAHI_FULL_IGT the same tests are built in an IGT tree instead and this file stands aside.
 */
#ifndef ASAHI_SUBTESTS_H
#define ASAHI_SUBTESTS_H

#ifdef ASAHI_FULL_IGT

#include "igt.h"

#else

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IGT_EXIT_SUCCESS	0
#define IGT_EXIT_SKIP		77
#define IGT_EXIT_INVALID	79
#define IGT_EXIT_FAILURE	98

#define DRIVER_ASAHI		1

#define IGT_TEST_DESCRIPTION(text)	const char *const subtests_description = (text)

/* The body of main(): the subtests, and fixtures before, between and after them. */
#define igt_main()						\
	main(int argc, char **argv);				\
	static void subtests_body(void);			\
	int main(int argc, char **argv)				\
	{							\
		subtests_begin(argc, argv);			\
		subtests_body();				\
		return subtests_end();				\
	}							\
	static void subtests_body(void)

#define igt_fixture()							\
	for (volatile bool once_ = subtests_in_fixture();		\
	     once_ && !sigsetjmp(subtests_jump, 1);			\
	     once_ = false, subtests_left_fixture())

/* Leaving the body at its end is success; everything else jumps. */
#define igt_subtest(name)						\
	for (; subtests_enter(name) && !sigsetjmp(subtests_jump, 1); subtests_pass())

#define igt_subtest_f(...)	igt_subtest(subtests_name(__VA_ARGS__))
#define igt_describe(text)	subtests_describe(text)

#define igt_assert(expression)	igt_assert_f(expression, "%s", "")
#define igt_assert_f(expression, ...)						\
	do {									\
		if (!(expression))						\
			subtests_fail(__FILE__, __LINE__, #expression, __VA_ARGS__);	\
	} while (0)
#define igt_fail_on(expression)	igt_assert(!(expression))
#define igt_fail_on_f(expression, ...)	igt_assert_f(!(expression), __VA_ARGS__)

#define subtests_compare(type, format, a, op, b)					\
	do {										\
		type a_ = (a), b_ = (b);						\
											\
		igt_assert_f(a_ op b_, format " " #op " " format, a_, b_);		\
	} while (0)
#define igt_assert_eq(a, b)	subtests_compare(int, "%d", a, ==, b)
#define igt_assert_neq(a, b)	subtests_compare(int, "%d", a, !=, b)
#define igt_assert_lt(a, b)	subtests_compare(int, "%d", a, <, b)
#define igt_assert_lte(a, b)	subtests_compare(int, "%d", a, <=, b)
#define igt_assert_eq_u32(a, b)	subtests_compare(uint32_t, "%#" PRIx32, a, ==, b)
#define igt_assert_eq_u64(a, b)	subtests_compare(uint64_t, "%#" PRIx64, a, ==, b)
#define igt_assert_lte_u64(a, b)	subtests_compare(uint64_t, "%#" PRIx64, a, <=, b)
#define igt_assert_fd(fd)	igt_assert_f((fd) >= 0, "descriptor %d", (fd))

#define igt_require(expression)	igt_require_f(expression, "%s", "")
#define igt_require_f(expression, ...)					\
	do {								\
		if (!(expression))					\
			subtests_skip(#expression, __VA_ARGS__);	\
	} while (0)
#define igt_skip(...)		subtests_skip("", __VA_ARGS__)

#define igt_info(...)		printf(__VA_ARGS__)
#define igt_debug(...)		subtests_debug(__VA_ARGS__)

extern sigjmp_buf subtests_jump;
/* Weak: a test without a description has none. */
extern const char *const subtests_description __attribute__((weak));

void subtests_begin(int argc, char **argv);
int subtests_end(void);
bool subtests_in_fixture(void);
void subtests_left_fixture(void);
bool subtests_enter(const char *name);
const char *subtests_name(const char *format, ...) __attribute__((format(printf, 1, 2)));
void subtests_describe(const char *text);
void subtests_pass(void) __attribute__((noreturn));
void subtests_fail(const char *file, int line, const char *what, const char *format, ...)
	__attribute__((noreturn, format(printf, 4, 5)));
void subtests_skip(const char *what, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));
void subtests_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The render node of the driver. Skips when there is none. */
int drm_open_driver_render(int chipset);
int drm_close_driver(int fd);

#endif /* ASAHI_FULL_IGT */

#endif
