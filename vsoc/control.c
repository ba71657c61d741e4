// SPDX-License-Identifier: GPL-2.0
/* Control socket; see control.h for the protocol. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "edid.h"
#include "screen.h"

#define MAX_CLIENTS	8
#define MAX_LINE	1024
#define MAX_WORDS	6
#define SEND_TIMEOUT_S	2

struct client {
	int fd;                 /* -1: free */
	size_t fill;
	bool too_long;          /* the rest of the line is thrown away */
	char line[MAX_LINE];
};

struct control {
	struct soc *soc;
	char *path;
	int listen_fd;
	int stop_fd;            /* eventfd: readable when the thread has to end */
	pthread_t thread;
	struct client clients[MAX_CLIENTS]; /* of the thread */
};

/* ---- commands ---- */

static bool parse_number(const char *word, long low, long high, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(word, &end, 0);
	return !errno && end != word && !*end && *value >= low && *value <= high;
}

static void do_help(struct soc *soc, char **words, FILE *out)
{
	(void)soc;
	(void)words;
	fputs("ok help | stats | png HEAD PATH | fault dart NAME SID COUNT | "
	      "fault coproc COUNT DELAY_MS | stall dart NAME READS | hotplug HEAD 0|1 | "
	      "monitor HEAD WIDTH HEIGHT [HZ]\n", out);
}

static void do_stats(struct soc *soc, char **words, FILE *out)
{
	(void)words;
	fputs("ok ", out);
	soc_write_stats(soc, out);
	fputc('\n', out);
}

/*
 * The socket may be wired to the guest, so with a directory for pictures only files in it are
 * written: a plain name, or the directory's own path and a plain name. @path gets the result.
 */
static bool picture_path(const char *dir, const char *wanted, char *path, size_t size)
{
	size_t len;
	int n;

	if (!dir) {
		n = snprintf(path, size, "%s", wanted);
		return n > 0 && (size_t)n < size;
	}
	len = strlen(dir);
	if (!strncmp(wanted, dir, len) && wanted[len] == '/')
		wanted += len + 1;
	if (!wanted[0] || wanted[0] == '.' || strchr(wanted, '/'))
		return false;
	n = snprintf(path, size, "%s/%s", dir, wanted);
	return n > 0 && (size_t)n < size;
}

/* The display and the number of the head that @word names, or NULL after an error line. */
static struct display *parse_head(struct soc *soc, const char *word, long *head, FILE *out)
{
	struct display *display = board_display(soc->board);

	if (!display) {
		fputs("error: the board has no display\n", out);
		return NULL;
	}
	if (!parse_number(word, 0, (long)display_nr_heads(display) - 1, head)) {
		fprintf(out, "error: no head %s\n", word);
		return NULL;
	}
	return display;
}

static void do_hotplug(struct soc *soc, char **words, FILE *out)
{
	struct display *display;
	long head, connected;

	display = parse_head(soc, words[1], &head, out);
	if (!display)
		return;
	if (!parse_number(words[2], 0, 1, &connected)) {
		fputs("error: 0 unplugs, 1 plugs in\n", out);
		return;
	}
	display_set_connected(display, (unsigned int)head, connected);
	fputs("ok\n", out);
}

static void do_monitor(struct soc *soc, char **words, FILE *out)
{
	struct display *display;
	long head, width, height, hz = EDID_DEFAULT_HZ;

	display = parse_head(soc, words[1], &head, out);
	if (!display)
		return;
	if (!parse_number(words[2], 1, INT_MAX, &width) ||
	    !parse_number(words[3], 1, INT_MAX, &height) ||
	    (words[4] && !parse_number(words[4], 1, INT_MAX, &hz)) ||
	    display_set_monitor(display, (unsigned int)head, (unsigned int)width,
				(unsigned int)height, (unsigned int)hz))
		fprintf(out, "error: an EDID cannot describe %sx%s%s%s\n", words[2], words[3],
			words[4] ? "@" : "", words[4] ? words[4] : "");
	else
		fputs("ok\n", out);
}

static void do_png(struct soc *soc, char **words, FILE *out)
{
	struct display *display;
	char path[PATH_MAX];
	long head;
	int ret;

	display = parse_head(soc, words[1], &head, out);
	if (!display)
		return;
	if (!picture_path(soc->options.png_dir, words[2], path, sizeof(path))) {
		fprintf(out, "error: %s: not in the directory for pictures\n", words[2]);
		return;
	}
	ret = screen_png_write(display, (unsigned int)head, path);
	if (ret == -ENODATA)
		fprintf(out, "error: head %ld is off\n", head);
	else if (ret)
		fprintf(out, "error: %s: %s\n", path, strerror(-ret));
	else
		fprintf(out, "ok %s\n", path);
}

static void do_fault_dart(struct soc *soc, char **words, FILE *out)
{
	struct dart *dart = board_dart(soc->board, words[2]);
	long sid, count;

	if (!dart) {
		fprintf(out, "error: no DART %s\n", words[2]);
	} else if (!parse_number(words[3], -1, 255, &sid) ||
		   !parse_number(words[4], 0, INT_MAX, &count)) {
		fputs("error: SID is -1..255, COUNT at least 0\n", out);
	} else {
		dart_inject(dart, (int)sid, (unsigned int)count);
		fputs("ok\n", out);
	}
}

static void do_stall_dart(struct soc *soc, char **words, FILE *out)
{
	struct dart *dart = board_dart(soc->board, words[2]);
	long reads;

	if (!dart) {
		fprintf(out, "error: no DART %s\n", words[2]);
	} else if (!parse_number(words[3], 0, INT_MAX, &reads)) {
		fputs("error: READS is at least 0\n", out);
	} else {
		dart_stall(dart, (unsigned int)reads);
		fputs("ok\n", out);
	}
}

static void do_fault_coproc(struct soc *soc, char **words, FILE *out)
{
	struct coproc *coproc = board_coproc(soc->board);
	long count, delay_ms;

	if (!coproc) {
		fputs("error: the board has no coprocessor\n", out);
	} else if (!parse_number(words[2], 0, INT_MAX, &count) ||
		   !parse_number(words[3], -1, 600000, &delay_ms)) {
		fputs("error: COUNT is at least 0, DELAY_MS -1..600000\n", out);
	} else {
		coproc_inject(coproc, (unsigned int)count, (int)delay_ms);
		fputs("ok\n", out);
	}
}

/* The first one or two words select; @n_words counts them all, @n_optional what may follow. */
static const struct {
	const char *verb, *object;
	unsigned int n_words, n_optional;
	void (*run)(struct soc *soc, char **words, FILE *out);
} commands[] = {
	{ "help", NULL, 1, 0, do_help },
	{ "stats", NULL, 1, 0, do_stats },
	{ "png", NULL, 3, 0, do_png },
	{ "hotplug", NULL, 3, 0, do_hotplug },
	{ "monitor", NULL, 4, 1, do_monitor },
	{ "fault", "dart", 5, 0, do_fault_dart },
	{ "fault", "coproc", 4, 0, do_fault_coproc },
	{ "stall", "dart", 4, 0, do_stall_dart },
};

static unsigned int split(char *line, char **words)
{
	unsigned int n = 0;
	char *save;

	for (char *word = strtok_r(line, " \t\r\n", &save); word && n < MAX_WORDS;
	     word = strtok_r(NULL, " \t\r\n", &save))
		words[n++] = word;
	return n;
}

void control_execute(struct soc *soc, char *line, FILE *out)
{
	char *words[MAX_WORDS] = { NULL };
	unsigned int n_words = split(line, words);

	if (!n_words) {
		fputs("error: empty line\n", out);
		return;
	}
	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].verb, words[0]))
			continue;
		if (commands[i].object && (n_words < 2 || strcmp(commands[i].object, words[1])))
			continue;
		if (n_words < commands[i].n_words ||
		    n_words > commands[i].n_words + commands[i].n_optional)
			fputs("error: wrong number of words, see help\n", out);
		else
			commands[i].run(soc, words, out);
		return;
	}
	fputs("error: unknown command, see help\n", out);
}

/* ---- clients ---- */

static void client_close(struct client *client)
{
	close(client->fd);
	client->fd = -1;
}

/* A client that does not read its answers is dropped after a while: one thread serves them all. */
static void client_send(struct client *client, const char *data, size_t size)
{
	while (size && client->fd >= 0) {
		ssize_t n = send(client->fd, data, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			client_close(client);
			return;
		}
		data += n;
		size -= (size_t)n;
	}
}

static void client_line(struct control *control, struct client *client)
{
	char *answer = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&answer, &size);

	if (!out) {
		client_close(client);
		return;
	}
	client->line[client->fill] = '\0';
	if (client->too_long)
		fprintf(out, "error: line longer than %d bytes\n", MAX_LINE - 1);
	else
		control_execute(control->soc, client->line, out);
	fclose(out);
	client->fill = 0;
	client->too_long = false;
	client_send(client, answer, size);
	free(answer);
}

static void client_byte(struct control *control, struct client *client, char byte)
{
	if (byte == '\n')
		client_line(control, client);
	else if (byte && client->fill < MAX_LINE - 1)
		client->line[client->fill++] = byte;
	else
		client->too_long = true;
}

static void client_readable(struct control *control, struct client *client)
{
	char data[512];
	ssize_t n = recv(client->fd, data, sizeof(data), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_close(client);
		return;
	}
	for (ssize_t i = 0; i < n && client->fd >= 0; i++)
		client_byte(control, client, data[i]);
}

static void accept_client(struct control *control)
{
	const struct timeval timeout = { .tv_sec = SEND_TIMEOUT_S };
	int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
		struct client *client = &control->clients[i];

		if (client->fd < 0) {
			*client = (struct client){ .fd = fd };
			return;
		}
	}
	send(fd, "error: too many clients\n", 24, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void *control_thread(void *opaque)
{
	struct control *control = opaque;
	struct pollfd fds[MAX_CLIENTS + 2];

	for (;;) {
		fds[0] = (struct pollfd){ control->stop_fd, POLLIN, 0 };
		fds[1] = (struct pollfd){ control->listen_fd, POLLIN, 0 };
		/* poll() ignores the free ones, as they are negative. */
		for (unsigned int i = 0; i < MAX_CLIENTS; i++)
			fds[i + 2] = (struct pollfd){ control->clients[i].fd, POLLIN, 0 };
		if (poll(fds, MAX_CLIENTS + 2, -1) < 0)
			continue;
		if (fds[0].revents)
			return NULL;
		for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
			if (fds[i + 2].revents)
				client_readable(control, &control->clients[i]);
		}
		if (fds[1].revents)
			accept_client(control);
	}
}

/* ---- start and stop ---- */

struct control *control_start(struct soc *soc, const char *path)
{
	struct control *control = calloc(1, sizeof(*control));
	int ret = -ENOMEM;

	if (!control)
		goto err_report;
	control->soc = soc;
	for (unsigned int i = 0; i < MAX_CLIENTS; i++)
		control->clients[i].fd = -1;
	control->path = strdup(path);
	if (!control->path)
		goto err_free;
	control->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (control->stop_fd < 0) {
		ret = -errno;
		goto err_free_path;
	}
	control->listen_fd = vfu_listen(path);
	if (control->listen_fd < 0) {
		ret = control->listen_fd;
		goto err_close_stop;
	}
	ret = -pthread_create(&control->thread, NULL, control_thread, control);
	if (ret)
		goto err_close_listen;
	return control;

err_close_listen:
	close(control->listen_fd);
	unlink(path);
err_close_stop:
	close(control->stop_fd);
err_free_path:
	free(control->path);
err_free:
	free(control);
err_report:
	fprintf(stderr, "vsoc: control socket %s: %s\n", path, strerror(-ret));
	return NULL;
}

void control_stop(struct control *control)
{
	const uint64_t one = 1;

	if (!control)
		return;
	if (write(control->stop_fd, &one, sizeof(one)) == sizeof(one))
		pthread_join(control->thread, NULL);
	for (unsigned int i = 0; i < MAX_CLIENTS; i++) {
		if (control->clients[i].fd >= 0)
			close(control->clients[i].fd);
	}
	close(control->listen_fd);
	unlink(control->path);
	close(control->stop_fd);
	free(control->path);
	free(control);
}
