// SPDX-License-Identifier: GPL-2.0
/*
 * asahi-vsoc: options, start, stop. The main thread serves the socket; a second one waits for
 * signals, so that no handler interrupts anything.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "input_qmp.h"
#include "screen.h"
#include "soc.h"

#define EXIT_BAD_BOARD		2
#define EXIT_VIOLATIONS		3
#define DEFAULT_GRACE_MS	200

struct options {
	const char *board, *socket, *control, *stats;
	const char *input;      /* NULL: what viewers type goes nowhere */
	char *vnc_host;         /* NULL: no VNC server; owned */
	int vnc_port;
	bool strict;
	struct soc_options soc;
};

struct app {
	struct options options;
	struct soc *soc;
	struct control *control;
	struct input_qmp *input;
	struct screen_vnc *vnc;
	pthread_t signals;
};

/* ---- options ---- */

static void usage(FILE *out)
{
	fputs("usage: asahi-vsoc --board FILE --socket PATH [OPTION...]\n"
	      "A virtual SoC for QEMU's vfio-user-pci device.\n\n"
	      "  --board FILE          devicetree blob of the board\n"
	      "  --socket PATH         unix socket that QEMU connects to\n"
	      "  --control PATH        unix socket for commands; send it \"help\"\n"
	      "  --vnc HOST:PORT       show the heads to VNC viewers\n"
	      "  --input PATH          QEMU's QMP socket: keys and pointers of VNC viewers go there\n"
	      "  --png-dir DIR         write head N to DIR/head-N.png on SIGUSR2 and when a guest goes\n"
	      "  --stats FILE          write all counters as JSON on SIGUSR1 and at exit\n"
	      "  --strict              exit status 3 if a driver has broken a rule of the hardware\n"
	      "  --no-negative-cache   DARTs do not cache absent entries\n"
	      "  --stale-grace-ms N    time for the invalidate of a stale entry in use (default 200)\n"
	      "  --help, --version\n\n"
	      "Prints \"ready\" when it listens; SIGTERM and SIGINT end it.\n", out);
}

static bool parse_unsigned(const char *word, unsigned long high, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(word, &end, 10);
	return !errno && end != word && !*end && *word != '-' && *value <= high;
}

static bool parse_vnc(struct options *options, const char *word)
{
	const char *colon = strrchr(word, ':');
	unsigned long port;

	if (!colon || !parse_unsigned(colon + 1, 65535, &port))
		return false;
	free(options->vnc_host);
	options->vnc_host = strndup(word, (size_t)(colon - word));
	options->vnc_port = (int)port;
	return options->vnc_host;
}

static const struct option long_options[] = {
	{ "board", required_argument, NULL, 'b' },
	{ "socket", required_argument, NULL, 's' },
	{ "control", required_argument, NULL, 'c' },
	{ "vnc", required_argument, NULL, 'v' },
	{ "input", required_argument, NULL, 'i' },
	{ "png-dir", required_argument, NULL, 'p' },
	{ "stats", required_argument, NULL, 't' },
	{ "strict", no_argument, NULL, 'S' },
	{ "no-negative-cache", no_argument, NULL, 'N' },
	{ "stale-grace-ms", required_argument, NULL, 'g' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* False for a value that makes no sense; ends the process for --help and --version. */
static bool take_option(struct options *options, int option, const char *value)
{
	unsigned long number;

	switch (option) {
	case 'b':
		options->board = value;
		return true;
	case 's':
		options->socket = value;
		return true;
	case 'c':
		options->control = value;
		return true;
	case 'v':
		return parse_vnc(options, value);
	case 'i':
		options->input = value;
		return true;
	case 'p':
		options->soc.png_dir = value;
		return true;
	case 't':
		options->stats = value;
		return true;
	case 'S':
		options->strict = true;
		return true;
	case 'N':
		options->soc.no_negative_cache = true;
		return true;
	case 'g':
		if (!parse_unsigned(value, 60000, &number))
			return false;
		options->soc.stale_grace_ms = (unsigned int)number;
		return true;
	case 'h':
		usage(stdout);
		exit(EXIT_SUCCESS);
	case 'V':
		puts("asahi-vsoc " VSOC_VERSION);
		exit(EXIT_SUCCESS);
	default:
		return false;
	}
}

static bool parse_options(struct options *options, int argc, char **argv)
{
	int option, index = 0;

	options->soc.stale_grace_ms = DEFAULT_GRACE_MS;
	while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		if (option == '?')
			return false;
		if (!take_option(options, option, optarg)) {
			fprintf(stderr, "vsoc: --%s %s: bad value\n", long_options[index].name,
				optarg);
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "vsoc: %s: unexpected argument\n", argv[optind]);
		return false;
	}
	if (!options->board || !options->socket) {
		fprintf(stderr, "vsoc: --board and --socket are needed, see --help\n");
		return false;
	}
	if (options->input && !options->vnc_host) {
		fprintf(stderr, "vsoc: --input: there is no input without --vnc\n");
		return false;
	}
	return true;
}

/* ---- files ---- */

/* Reads one byte more than a board may have, so that a longer file is noticed. NULL after a line. */
static void *read_board(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	char *blob = malloc(BOARD_MAX_BLOB + 1);

	if (!file || !blob) {
		fprintf(stderr, "vsoc: %s: %s\n", path, strerror(errno));
		goto err_close;
	}
	*size = fread(blob, 1, BOARD_MAX_BLOB + 1, file);
	if (ferror(file)) {
		fprintf(stderr, "vsoc: %s: %s\n", path, strerror(errno));
		goto err_close;
	}
	fclose(file);
	return blob;

err_close:
	if (file)
		fclose(file);
	free(blob);
	return NULL;
}

/* Whoever reads the file finds the old one or the complete new one. */
static bool write_stats(struct app *app)
{
	const char *path = app->options.stats;
	char temporary[PATH_MAX];
	FILE *file;
	bool ok;
	int n;

	if (!path)
		return true;
	n = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
	file = n > 0 && (size_t)n < sizeof(temporary) ? fopen(temporary, "we") : NULL;
	if (!file) {
		fprintf(stderr, "vsoc: %s: %s\n", path, strerror(errno));
		return false;
	}
	soc_write_stats(app->soc, file);
	fputc('\n', file);
	ok = !ferror(file);
	ok = !fclose(file) && ok && !rename(temporary, path);
	if (!ok)
		fprintf(stderr, "vsoc: %s: %s\n", path, strerror(errno));
	return ok;
}

/* ---- start and stop ---- */

static void signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
	sigaddset(set, SIGUSR2);
}

/* The set is blocked before any thread exists; ends with the first SIGTERM or SIGINT. */
static void *signal_thread(void *opaque)
{
	struct app *app = opaque;
	sigset_t set;
	int signal;

	signal_set(&set);
	while (!sigwait(&set, &signal)) {
		if (signal == SIGUSR1) {
			write_stats(app);
		} else if (signal == SIGUSR2) {
			soc_write_pictures(app->soc);
		} else {
			vfu_stop(app->soc->vfu);
			break;
		}
	}
	return NULL;
}

static bool start_vnc(struct app *app)
{
	struct options *options = &app->options;
	struct display *display = board_display(app->soc->board);

	if (!display) {
		fprintf(stderr, "vsoc: --vnc: the board has no display\n");
		return false;
	}
	if (options->input) {
		app->input = input_qmp_start(options->input, app->soc->stats);
		if (!app->input)
			return false;
	}
	app->vnc = screen_vnc_start(display, options->vnc_host, options->vnc_port, app->input,
				    app->soc->stats);
	return app->vnc;
}

static bool start_screens(struct app *app)
{
	struct options *options = &app->options;

	if (options->control) {
		app->control = control_start(app->soc, options->control);
		if (!app->control)
			return false;
	}
	return !options->vnc_host || start_vnc(app);
}

static int serve(struct app *app, int listen_fd)
{
	int ret = pthread_create(&app->signals, NULL, signal_thread, app);

	if (ret) {
		fprintf(stderr, "vsoc: %s\n", strerror(ret));
		return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	ret = vfu_serve(app->soc->vfu, listen_fd);
	if (ret) {
		fprintf(stderr, "vsoc: %s: %s\n", app->options.socket, strerror(-ret));
		/* The signal thread ends by a signal, whoever sends it. */
		pthread_kill(app->signals, SIGTERM);
	}
	pthread_join(app->signals, NULL);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(struct app *app)
{
	int status = EXIT_FAILURE;
	int listen_fd = vfu_listen(app->options.socket);

	if (listen_fd < 0) {
		fprintf(stderr, "vsoc: %s: %s\n", app->options.socket, strerror(-listen_fd));
		return EXIT_FAILURE;
	}
	if (start_screens(app))
		status = serve(app, listen_fd);
	if (app->vnc)
		screen_vnc_stop(app->vnc);
	input_qmp_stop(app->input);
	control_stop(app->control);
	if (!write_stats(app) && status == EXIT_SUCCESS)
		status = EXIT_FAILURE;
	if (app->options.strict && stats_violations(app->soc->stats))
		status = EXIT_VIOLATIONS;
	close(listen_fd);
	unlink(app->options.socket);
	return status;
}

int main(int argc, char **argv)
{
	struct app app = { 0 };
	int status = EXIT_BAD_BOARD;
	size_t size = 0;
	sigset_t set;
	void *blob;

	if (!parse_options(&app.options, argc, argv))
		return EXIT_FAILURE;
	signal(SIGPIPE, SIG_IGN);
	signal_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);

	blob = read_board(app.options.board, &size);
	if (blob)
		app.soc = soc_create(&app.options.soc, blob, size);
	free(blob);
	if (app.soc)
		status = run(&app);
	soc_destroy(app.soc);
	free(app.options.vnc_host);
	return status;
}
