// SPDX-License-Identifier: GPL-2.0
/*
 * QMP client: greeting, qmp_capabilities, then one input-send-event at a time.
 *
 * Whoever has an event puts it into a queue under @lock, which is held for moments. One thread owns
 * the socket and waits for QEMU, however long that takes. A pressed key or button has a place in the
 * queue reserved for its release, so that none stays down because the queue was full.
 */
#include "input_qmp.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "input_keys.h"

#define QUEUE_SIZE	256u
#define MAX_HELD	32u
#define N_BUTTONS	5u
#define MAX_LINE	4096u
#define RETRY_NS	500000000ull

enum event_kind {
	EVENT_MOVE,
	EVENT_BUTTON,
	EVENT_KEY,
};

struct event {
	enum event_kind kind;
	unsigned int head;
	unsigned int x, y;
	const char *name;               /* of the key or button, constant */
	bool down;
};

struct input_qmp {
	struct sockaddr_un address;
	struct stats *stats;
	pthread_t thread;
	int wake_fd;                    /* eventfd: the queue or @stop has changed */

	pthread_mutex_t lock;           /* protects everything up to the counters */
	bool stop;
	struct event queue[QUEUE_SIZE];
	unsigned int first, n;
	/* What is down: pressing events that were queued, their releases not yet. */
	struct event held[MAX_HELD];
	unsigned int n_held;
	unsigned int buttons;           /* of the last pointer event */

	struct stat_counter sent, dropped, unknown, refused, connections;

	/* The thread's own. */
	int fd;                         /* -1: not connected */
	bool ready;                     /* capabilities were negotiated */
	bool asked;                     /* an answer is awaited */
	uint64_t retry_ns;              /* no earlier attempt to connect */
	char line[MAX_LINE];
	size_t fill;
};

static const char *const button_names[N_BUTTONS] = {
	"left", "middle", "right", "wheel-up", "wheel-down",
};

static void wake(struct input_qmp *input)
{
	const uint64_t one = 1;
	ssize_t ignored = write(input->wake_fd, &one, sizeof(one));

	(void)ignored;
}

/* ---- the queue; the caller holds @lock ---- */

static void queue_put(struct input_qmp *input, const struct event *event)
{
	input->queue[(input->first + input->n++) % QUEUE_SIZE] = *event;
}

/* Whether there is a place that no release needs. */
static bool queue_has_room(const struct input_qmp *input, unsigned int places)
{
	return input->n + input->n_held + places <= QUEUE_SIZE;
}

static void queue_move(struct input_qmp *input, const struct event *event)
{
	struct event *last = &input->queue[(input->first + input->n - 1) % QUEUE_SIZE];

	if (input->n && last->kind == EVENT_MOVE && last->head == event->head)
		*last = *event;
	else if (queue_has_room(input, 1))
		queue_put(input, event);
	else
		stat_inc(&input->dropped);
}

static struct event *find_held(struct input_qmp *input, const struct event *event)
{
	for (unsigned int i = 0; i < input->n_held; i++)
		if (input->held[i].kind == event->kind && input->held[i].name == event->name)
			return &input->held[i];
	return NULL;
}

/* A press needs a place for itself and one for its release. */
static void queue_press(struct input_qmp *input, const struct event *event)
{
	if (find_held(input, event))
		return;
	if (input->n_held == MAX_HELD || !queue_has_room(input, 2)) {
		stat_inc(&input->dropped);
		return;
	}
	queue_put(input, event);
	input->held[input->n_held++] = *event;
}

/* Goes to the device that has it down. */
static void queue_release(struct input_qmp *input, struct event *held)
{
	struct event event = *held;

	*held = input->held[--input->n_held];
	event.down = false;
	queue_put(input, &event);
}

static void queue_change(struct input_qmp *input, const struct event *event)
{
	struct event *held = find_held(input, event);

	if (event->down)
		queue_press(input, event);
	else if (held)
		queue_release(input, held);
}

void input_qmp_key(struct input_qmp *input, uint32_t keysym, bool down)
{
	struct event event = { .kind = EVENT_KEY, .down = down };

	if (!input)
		return;
	event.name = input_key_name(keysym);
	if (!event.name) {
		stat_inc(&input->unknown);
		return;
	}
	pthread_mutex_lock(&input->lock);
	queue_change(input, &event);
	pthread_mutex_unlock(&input->lock);
	wake(input);
}

void input_qmp_pointer(struct input_qmp *input, unsigned int head, unsigned int x, unsigned int y,
		       unsigned int buttons)
{
	struct event event = { .kind = EVENT_MOVE, .head = head, .x = x, .y = y };

	if (!input)
		return;
	pthread_mutex_lock(&input->lock);
	queue_move(input, &event);
	event.kind = EVENT_BUTTON;
	for (unsigned int i = 0; i < N_BUTTONS; i++) {
		if (!((buttons ^ input->buttons) & 1u << i))
			continue;
		event.name = button_names[i];
		event.down = buttons & 1u << i;
		queue_change(input, &event);
	}
	input->buttons = buttons;
	pthread_mutex_unlock(&input->lock);
	wake(input);
}

void input_qmp_release(struct input_qmp *input)
{
	if (!input)
		return;
	pthread_mutex_lock(&input->lock);
	while (input->n_held)
		queue_release(input, &input->held[0]);
	input->buttons = 0;
	pthread_mutex_unlock(&input->lock);
	wake(input);
}

static bool queue_take(struct input_qmp *input, struct event *event)
{
	bool taken;

	pthread_mutex_lock(&input->lock);
	taken = input->n;
	if (taken) {
		*event = input->queue[input->first];
		input->first = (input->first + 1) % QUEUE_SIZE;
		input->n--;
	}
	pthread_mutex_unlock(&input->lock);
	return taken;
}

static bool queue_is_empty(struct input_qmp *input)
{
	bool empty;

	pthread_mutex_lock(&input->lock);
	empty = !input->n;
	pthread_mutex_unlock(&input->lock);
	return empty;
}

/* ---- QEMU; everything below runs in the thread ---- */

static void disconnect(struct input_qmp *input)
{
	if (input->fd >= 0)
		close(input->fd);
	input->fd = -1;
	input->ready = false;
	input->asked = false;
	input->fill = 0;
	input->retry_ns = now_ns() + RETRY_NS;
}

/* One question at a time is never more than the socket takes. */
static void ask(struct input_qmp *input, const char *text)
{
	size_t size = strlen(text);

	if (send(input->fd, text, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
		input->asked = true;
	else
		disconnect(input);
}

/* Nobody there: what was meant for it is of no use to whoever comes later. */
static void connect_or_drop(struct input_qmp *input)
{
	struct event event;

	if (now_ns() >= input->retry_ns) {
		input->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (input->fd >= 0 && !connect(input->fd, (struct sockaddr *)&input->address,
					       sizeof(input->address))) {
			stat_inc(&input->connections);
			return;
		}
		disconnect(input);
	}
	while (queue_take(input, &event))
		stat_inc(&input->dropped);
}

static void send_event(struct input_qmp *input, const struct event *event)
{
	static const char begin[] = "{\"execute\": \"input-send-event\", \"arguments\": {";
	const char *down = event->down ? "true" : "false";
	char text[400];

	switch (event->kind) {
	case EVENT_MOVE:
		snprintf(text, sizeof(text),
			 "%s\"device\": \"head%u\", \"events\": ["
			 "{\"type\": \"abs\", \"data\": {\"axis\": \"x\", \"value\": %u}}, "
			 "{\"type\": \"abs\", \"data\": {\"axis\": \"y\", \"value\": %u}}]}}\n",
			 begin, event->head, event->x, event->y);
		break;
	case EVENT_BUTTON:
		snprintf(text, sizeof(text),
			 "%s\"device\": \"head%u\", \"events\": ["
			 "{\"type\": \"btn\", \"data\": {\"down\": %s, \"button\": \"%s\"}}]}}\n",
			 begin, event->head, down, event->name);
		break;
	default:
		snprintf(text, sizeof(text),
			 "%s\"events\": [{\"type\": \"key\", \"data\": {\"down\": %s, "
			 "\"key\": {\"type\": \"qcode\", \"data\": \"%s\"}}}]}}\n",
			 begin, down, event->name);
	}
	ask(input, text);
	if (input->fd >= 0)
		stat_inc(&input->sent);
}

/* The name of an object's first member decides what a line is. */
static bool line_is(const struct input_qmp *input, const char *member)
{
	const char *at = input->line;
	size_t len = strlen(member);

	at += strspn(at, " \t{");
	return *at == '"' && !strncmp(at + 1, member, len) && at[1 + len] == '"';
}

static void take_line(struct input_qmp *input)
{
	if (line_is(input, "QMP") && !input->ready && !input->asked) {
		ask(input, "{\"execute\": \"qmp_capabilities\"}\n");
	} else if (line_is(input, "return") && input->asked) {
		input->asked = false;
		input->ready = true;
	} else if (line_is(input, "error") && input->asked) {
		input->asked = false;
		stat_inc(&input->refused);
		stats_note(input->stats, "input", "QEMU: %.200s", input->line);
		if (!input->ready)
			disconnect(input);
	}
	/* The rest are events, which come at any time. */
}

static void take_bytes(struct input_qmp *input)
{
	char data[1024];
	ssize_t n = recv(input->fd, data, sizeof(data), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		disconnect(input);
		return;
	}
	for (ssize_t i = 0; i < n && input->fd >= 0; i++) {
		if (data[i] != '\n') {
			if (input->fill == MAX_LINE - 1)
				disconnect(input);
			else if (data[i] && data[i] != '\r')
				input->line[input->fill++] = data[i];
			continue;
		}
		input->line[input->fill] = '\0';
		input->fill = 0;
		take_line(input);
	}
}

static bool must_stop(struct input_qmp *input)
{
	uint64_t count;
	ssize_t ignored = read(input->wake_fd, &count, sizeof(count));
	bool stop;

	(void)ignored;
	pthread_mutex_lock(&input->lock);
	stop = input->stop;
	pthread_mutex_unlock(&input->lock);
	return stop;
}

static void *input_thread(void *opaque)
{
	struct input_qmp *input = opaque;
	struct event event;

	for (;;) {
		/* poll() ignores a socket that is none. */
		struct pollfd fds[2] = { { input->wake_fd, POLLIN, 0 }, { input->fd, POLLIN, 0 } };

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents && must_stop(input))
			return NULL;
		if (fds[1].revents)
			take_bytes(input);
		if (input->fd < 0 && !queue_is_empty(input))
			connect_or_drop(input);
		if (input->fd >= 0 && input->ready && !input->asked && queue_take(input, &event))
			send_event(input, &event);
	}
}

/* ---- start and stop ---- */

static void register_counters(struct input_qmp *input)
{
	stats_register(input->stats, "input", "connections", &input->connections);
	stats_register(input->stats, "input", "events_sent", &input->sent);
	stats_register(input->stats, "input", "events_dropped", &input->dropped);
	stats_register(input->stats, "input", "events_refused", &input->refused);
	stats_register(input->stats, "input", "unknown_keys", &input->unknown);
}

struct input_qmp *input_qmp_start(const char *path, struct stats *stats)
{
	struct input_qmp *input = calloc(1, sizeof(*input));
	int ret = ENOMEM;

	if (!input)
		goto err_report;
	input->fd = -1;
	input->stats = stats;
	input->address.sun_family = AF_UNIX;
	ret = ENAMETOOLONG;
	if (strlen(path) >= sizeof(input->address.sun_path))
		goto err_free;
	strcpy(input->address.sun_path, path);
	input->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = errno;
	if (input->wake_fd < 0)
		goto err_free;
	pthread_mutex_init(&input->lock, NULL);
	register_counters(input);
	ret = pthread_create(&input->thread, NULL, input_thread, input);
	if (ret)
		goto err_close;
	pthread_setname_np(input->thread, "input");
	return input;

err_close:
	stats_unregister_group(stats, "input");
	pthread_mutex_destroy(&input->lock);
	close(input->wake_fd);
err_free:
	free(input);
err_report:
	fprintf(stderr, "vsoc: input socket %s: %s\n", path, strerror(ret));
	return NULL;
}

void input_qmp_stop(struct input_qmp *input)
{
	if (!input)
		return;
	pthread_mutex_lock(&input->lock);
	input->stop = true;
	pthread_mutex_unlock(&input->lock);
	wake(input);
	pthread_join(input->thread, NULL);
	stats_unregister_group(input->stats, "input");
	if (input->fd >= 0)
		close(input->fd);
	pthread_mutex_destroy(&input->lock);
	close(input->wake_fd);
	free(input);
}
