// SPDX-License-Identifier: GPL-2.0
/* The subtests of one program: which of them run, how they end, what is said about it. */
#ifndef ASAHI_FULL_IGT

#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdarg.h>
#include <time.h>

#include <xf86drm.h>

#include "subtests.h"

enum mode {
	MODE_RUN,
	MODE_LIST,
	MODE_DESCRIBE,
};

enum verdict {
	VERDICT_NONE,
	VERDICT_SKIP,
	VERDICT_FAIL,
};

sigjmp_buf subtests_jump;

static enum mode mode;
static const char *pattern;	/* NULL: all of them */
static const char *device;	/* of --device, a path; NULL: the first that fits */
static bool debug;
static const char *program;
static const char *current;	/* the subtest that runs */
static const char *description;	/* of the next subtest */
static pid_t main_process;
static bool in_fixture;
static enum verdict fixture;	/* how a fixture ended: what follows it goes the same way */
static unsigned int n_found, n_passed, n_failed;
static struct timespec started;

static void usage(FILE *to)
{
	fprintf(to,
		"usage: %s [OPTION]...\n"
		"  --list-subtests\n"
		"  --run-subtest PATTERN[,PATTERN]...  a PATTERN with ! in front takes out again\n"
		"  --dynamic-subtest PATTERN           there are none\n"
		"  --describe[=PATTERN], --help-description\n"
		"  --device drm:PATH\n"
		"  --debug[=DOMAIN], --skip-crc-compare, --trace-oops\n"
		"  --help\n", program);
}

enum { OPT_LIST = 256, OPT_RUN, OPT_DYNAMIC, OPT_DESCRIBE, OPT_ABOUT, OPT_DEVICE, OPT_DEBUG,
       OPT_IGNORED, OPT_HELP };

static const struct option options[] = {
	{ "list-subtests", no_argument, NULL, OPT_LIST },
	{ "run-subtest", required_argument, NULL, OPT_RUN },
	{ "dynamic-subtest", required_argument, NULL, OPT_DYNAMIC },
	{ "describe", optional_argument, NULL, OPT_DESCRIBE },
	{ "help-description", no_argument, NULL, OPT_ABOUT },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "debug", optional_argument, NULL, OPT_DEBUG },
	{ "skip-crc-compare", no_argument, NULL, OPT_IGNORED },
	{ "trace-oops", no_argument, NULL, OPT_IGNORED },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static void __attribute__((noreturn)) leave(int status, const char *text)
{
	if (text)
		puts(text);
	exit(status);
}

static void set_device(const char *filter)
{
	if (!filter)
		return;
	if (strncmp(filter, "drm:", 4)) {
		fprintf(stderr, "%s: a filter other than drm:PATH\n", filter);
		exit(IGT_EXIT_INVALID);
	}
	device = filter + 4;
}

static void take_option(int option)
{
	switch (option) {
	case OPT_LIST:
		mode = MODE_LIST;
		break;
	case OPT_DESCRIBE:
		mode = MODE_DESCRIBE;
		pattern = optarg;
		break;
	case OPT_RUN:
		pattern = optarg;
		break;
	case OPT_DEVICE:
		set_device(optarg);
		break;
	case OPT_DEBUG:
		debug = true;
		break;
	case OPT_DYNAMIC:
	case OPT_IGNORED:
		break;
	case OPT_ABOUT:
		leave(IGT_EXIT_SUCCESS, &subtests_description ? subtests_description : "");
	case OPT_HELP:
		usage(stdout);
		exit(IGT_EXIT_SUCCESS);
	default:
		usage(stderr);
		exit(IGT_EXIT_INVALID);
	}
}

/* The last pattern of the list that fits decides. */
static bool wanted(const char *name)
{
	char *list, *next, *one;
	bool yes = false;

	if (!pattern)
		return true;
	list = strdup(pattern);
	for (next = list; (one = strsep(&next, ","));) {
		bool without = *one == '!';

		if (!fnmatch(one + without, name, 0))
			yes = !without;
	}
	free(list);
	return yes;
}

/* Where the kernel's log tells one subtest from the next. */
static void kernel_log(const char *text, const char *name)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "<6>[IGT] %s: %s%s\n", program, text, name);
	close(fd);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - started.tv_sec) + (now.tv_nsec - started.tv_nsec) / 1e9;
}

static void say_end(const char *verdict)
{
	printf("Subtest %s: %s (%.3fs)\n", current, verdict, seconds());
	fprintf(stderr, "Subtest %s: %s (%.3fs)\n", current, verdict, seconds());
	kernel_log("finished subtest ", current);
	current = NULL;
}

/* What was said before a subtest forks must not be said twice. */
static void no_buffers(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stderr, NULL, _IOLBF, 0);
}

void subtests_begin(int argc, char **argv)
{
	int option;

	program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	set_device(getenv("IGT_DEVICE"));
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(option);
	if (optind < argc)
		take_option('?');
	no_buffers();
	main_process = getpid();
	if (mode == MODE_DESCRIBE && &subtests_description)
		printf("%s\n\n", subtests_description);
	if (mode == MODE_RUN)
		kernel_log("executing", "");
}

int subtests_end(void)
{
	if (!n_found && pattern) {
		fprintf(stderr, "Unknown subtest: %s\n", pattern);
		return IGT_EXIT_INVALID;
	}
	if (mode != MODE_RUN)
		return IGT_EXIT_SUCCESS;
	kernel_log("exiting", "");
	return n_failed ? IGT_EXIT_FAILURE : n_passed ? IGT_EXIT_SUCCESS : IGT_EXIT_SKIP;
}

bool subtests_in_fixture(void)
{
	if (mode != MODE_RUN || fixture != VERDICT_NONE)
		return false;
	in_fixture = true;
	return true;
}

void subtests_left_fixture(void)
{
	in_fixture = false;
}

static bool skip_or_run(void)
{
	if (fixture == VERDICT_NONE)
		return true;
	n_failed += fixture == VERDICT_FAIL;
	say_end(fixture == VERDICT_FAIL ? "FAIL" : "SKIP");
	return false;
}

bool subtests_enter(const char *name)
{
	const char *about = description;

	/* After a jump out of the body: the loop is left by its second condition. */
	description = NULL;
	if (!wanted(name))
		return false;
	n_found++;
	if (mode == MODE_LIST)
		puts(name);
	else if (mode == MODE_DESCRIBE)
		printf("SUB %s:\n  %s\n", name, about ? about : "");
	if (mode != MODE_RUN)
		return false;
	printf("Starting subtest: %s\n", name);
	fprintf(stderr, "Starting subtest: %s\n", name);
	kernel_log("starting subtest ", name);
	clock_gettime(CLOCK_MONOTONIC, &started);
	current = name;
	return skip_or_run();
}

const char *subtests_name(const char *format, ...)
{
	static char name[128];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	return name;
}

void subtests_describe(const char *text)
{
	description = text;
}

/* Ends the subtest or the fixture that runs. A child of a subtest ends itself. */
static void __attribute__((noreturn)) end(enum verdict verdict)
{
	if (getpid() != main_process)
		_exit(verdict == VERDICT_FAIL ? IGT_EXIT_FAILURE : IGT_EXIT_SUCCESS);
	if (in_fixture) {
		in_fixture = false;
		fixture = verdict;
		siglongjmp(subtests_jump, 1);
	}
	if (!current) {
		fprintf(stderr, "outside of a subtest\n");
		exit(IGT_EXIT_FAILURE);
	}
	n_passed += verdict == VERDICT_NONE;
	n_failed += verdict == VERDICT_FAIL;
	say_end(verdict == VERDICT_NONE ? "SUCCESS" : verdict == VERDICT_SKIP ? "SKIP" : "FAIL");
	siglongjmp(subtests_jump, 1);
}

void subtests_pass(void)
{
	end(VERDICT_NONE);
}

void subtests_fail(const char *file, int line, const char *what, const char *format, ...)
{
	int saved = errno;
	va_list args;

	fprintf(stderr, "(%s:%d) CRITICAL: %s:%d: failed assertion: %s\n", program, getpid(), file,
		line, what);
	fprintf(stderr, "(%s:%d) CRITICAL: ", program, getpid());
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (last errno: %d, %s)\n", saved, strerror(saved));
	end(VERDICT_FAIL);
}

void subtests_skip(const char *what, const char *format, ...)
{
	va_list args;

	printf("Test requirement not met: %s ", what);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	end(VERDICT_SKIP);
}

void subtests_debug(const char *format, ...)
{
	va_list args;

	if (!debug)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
}

static bool is_asahi(int fd)
{
	drmVersion *version = drmGetVersion(fd);
	bool yes = version && !strcmp(version->name, "asahi");

	drmFreeVersion(version);
	return yes;
}

static int try_node(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && !is_asahi(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int drm_open_driver_render(int chipset)
{
	char path[32];
	int fd = -1;

	igt_assert(chipset == DRIVER_ASAHI);
	if (device) {
		fd = try_node(device);
	} else {
		for (unsigned int minor = 128; fd < 0 && minor < 144; minor++) {
			snprintf(path, sizeof(path), "/dev/dri/renderD%u", minor);
			fd = try_node(path);
		}
	}
	igt_require_f(fd >= 0, "no render node of the driver asahi");
	return fd;
}

int drm_close_driver(int fd)
{
	return close(fd);
}

#endif /* ASAHI_FULL_IGT */
