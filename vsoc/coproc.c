// SPDX-License-Identifier: GPL-2.0
/*
 * Display coprocessor model (Documentation/vsoc/registers.rst): a mailbox, and a thread that plays
 * the firmware.
 *
 * Everything between registers and firmware passes through struct coproc under @lock; the
 * firmware's own state (struct firmware) belongs to its thread alone. A boot has a number, @boot;
 * RUN going to 0 or a reset makes it stale, and a firmware that finds its number stale drops what
 * it is doing: it queues nothing more, and touches memory no more once STATUS.RUNNING reads 0.
 *
 * Whatever comes from the guest is copied once, then checked, then used.
 */
#include "coproc.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "compose.h"
#include "realtime.h"
#include "writeback.h"

#define COPROC_WINDOW		0x4000

#define COPROC_ID		0x000
#define  COPROC_ID_VALUE	0x56444350
#define COPROC_VERSION		0x004
#define COPROC_CTRL		0x008
#define  COPROC_CTRL_RUN	(1u << 0)
#define COPROC_STATUS		0x00c
#define  COPROC_STATUS_RUNNING	(1u << 0)
#define  COPROC_STATUS_CRASHED	(1u << 1)
#define COPROC_IRQ_STATUS	0x010
#define COPROC_IRQ_ENABLE	0x014
#define  COPROC_IRQ_RECEIVE	(1u << 0)
#define  COPROC_IRQ_CRASHED	(1u << 1)
#define  COPROC_IRQ_ALL		(COPROC_IRQ_RECEIVE | COPROC_IRQ_CRASHED)
#define COPROC_A2I_CTRL		0x100
#define  COPROC_A2I_FULL	(1u << 0)
#define COPROC_A2I_DATA_LO	0x108
#define COPROC_A2I_DATA_HI	0x10c
#define COPROC_I2A_CTRL		0x110
#define  COPROC_I2A_EMPTY	(1u << 0)
#define  COPROC_I2A_COUNT_SHIFT	8
#define COPROC_I2A_DATA_LO	0x118
#define COPROC_I2A_DATA_HI	0x11c

#define A2I_DEPTH		16
#define I2A_DEPTH		64

#define MSG_TYPE_SHIFT		56
#define MSG_ARG_SHIFT		48
#define MSG_PAYLOAD_MASK	0xffffffffffffull
#define MSG_HELLO		0x01
#define MSG_CMD_RING		0x02
#define MSG_RSP_RING		0x03
#define MSG_DOORBELL		0x05
#define MSG_RSP_HEAD		0x06
#define MSG_HELLO_ACK		0x81
#define MSG_ACK			0x82
#define MSG_RESPONSE		0x85
#define MSG_CRASH		0x8f

#define PROTOCOL_VERSION	2

#define RING_ALIGN		0x4000
#define CMD_RING_MAX_ORDER	8
#define RSP_RING_MAX_ORDER	10
#define PROBE_PAGE		0x4000ull

#define CMD_BYTES		1024
#define CMD_OPCODE		0x000
#define  CMD_OPCODE_COMMIT	1
#define CMD_SEQ			0x004
#define CMD_HEAD		0x008
#define CMD_FLAGS		0x00c
#define  CMD_FLAG_MODESET	(1u << 0)
#define  CMD_FLAG_ACTIVE	(1u << 1)
#define  CMD_FLAG_ASYNC		(1u << 2)
#define  CMD_FLAG_COLOUR	(1u << 3)
#define  CMD_FLAG_WRITEBACK	(1u << 4)
#define  CMD_FLAG_REFRESH	(1u << 5)
#define  CMD_FLAG_VARIABLE	(1u << 6)
#define  CMD_FLAGS_ALL		0x7fu
#define CMD_PIXEL_CLOCK		0x010
#define CMD_HORIZONTAL		0x014
#define CMD_VERTICAL		0x01c
#define CMD_PLANE_MASK		0x024
#define CMD_COLOUR		0x028
#define CMD_COLOUR_END		0x030
#define CMD_PLANES		0x040
#define CMD_PLANES_END		(CMD_PLANES + DISPLAY_NR_PLANES * PLANE_BYTES)
#define CMD_WRITEBACK		CMD_PLANES_END
#define CMD_WRITEBACK_END	(CMD_WRITEBACK + WRITEBACK_BYTES)
#define WRITEBACK_FORMAT	0x00
#define WRITEBACK_PITCH		0x04
#define WRITEBACK_IOVA		0x08
#define WRITEBACK_WIDTH		0x10
#define WRITEBACK_HEIGHT	0x12
#define WRITEBACK_END		0x14
#define WRITEBACK_BYTES		32
#define PLANE_BYTES		64
#define PLANE_FLAGS		0x00
#define  PLANE_FLAG_ENABLE	(1u << 0)
#define PLANE_FORMAT		0x04
#define PLANE_IOVA		0x08
#define PLANE_PITCH		0x10
#define PLANE_WIDTH		0x14
#define PLANE_HEIGHT		0x16
#define PLANE_X			0x18
#define PLANE_Y			0x1c
#define PLANE_ZPOS		0x20
#define PLANE_ALPHA		0x24
#define PLANE_BLEND		0x26
#define PLANE_TRANSFORM		0x27
#define PLANE_DST_WIDTH		0x28
#define PLANE_DST_HEIGHT	0x2a
#define PLANE_PITCH2		0x2c
#define PLANE_IOVA2		0x30
#define PLANE_ENCODING		0x38
#define PLANE_RANGE		0x39
#define PLANE_FILTER		0x3a
#define PLANE_END		0x3b

#define NS_PER_SEC		1000000000ull
#define NS_PER_MS		1000000ull

/* Firmware that computes more than half of such a time has no priority over the host's programs. */
#define LOAD_WINDOW_NS		(100 * NS_PER_MS)

struct mailbox {
	unsigned int first, n;
	uint64_t messages[I2A_DEPTH];
};

struct ring {
	bool valid;
	uint64_t iova;
	uint32_t n_entries;
	uint32_t head, tail;            /* free-running; valid entries are head..tail - 1 */
};

/* What the firmware remembers since its boot. */
struct firmware {
	uint64_t boot;
	bool greeted;
	bool started;                   /* a doorbell was rung: the rings stay as they are */
	struct ring cmd, rsp;
	bool heavy;                     /* computes so much that it has to queue up */
	uint64_t window_ns;             /* when its load was measured last, in both clocks */
	uint64_t window_cpu_ns;
};

struct coproc {
	char *name;
	struct display *display;
	struct dma_port port;
	struct irq_source *irq;
	struct stats *stats;

	struct firmware fw;             /* the firmware thread's own */
	_Atomic uint64_t boot;          /* written under @lock */

	pthread_t thread;
	pthread_mutex_t lock;           /* protects everything below */
	pthread_cond_t wake;            /* for the firmware: a message, or a new @boot or @quit */
	pthread_cond_t stopped;         /* the firmware has let go of an old boot */
	bool quit;
	bool run;                       /* CTRL.RUN */
	bool running;                   /* the firmware may touch memory */
	bool crashed;
	uint32_t irq_status, irq_enable;
	struct mailbox a2i, i2a;
	uint32_t a2i_low, i2a_high;
	unsigned int inject_count;
	int inject_delay_ms;
	uint8_t touched[COPROC_WINDOW / 4 / 8];

	struct stat_counter commands, responses, bad_commands, probes, probe_faults, messages,
			    crashes, ring_reads, colour_reads, undefined;
};

/* Mailbox; callers hold @lock. */

static void mailbox_push(struct mailbox *box, uint64_t message)
{
	box->messages[(box->first + box->n++) % I2A_DEPTH] = message;
}

static uint64_t mailbox_pop(struct mailbox *box)
{
	uint64_t message;

	if (!box->n)
		return 0;
	message = box->messages[box->first];
	box->first = (box->first + 1) % I2A_DEPTH;
	box->n--;
	return message;
}

static uint64_t *mailbox_newest(struct mailbox *box)
{
	return box->n ? &box->messages[(box->first + box->n - 1) % I2A_DEPTH] : NULL;
}

static uint64_t make_message(unsigned int type, unsigned int arg, uint64_t payload)
{
	return (uint64_t)type << MSG_TYPE_SHIFT | (uint64_t)arg << MSG_ARG_SHIFT |
	       (payload & MSG_PAYLOAD_MASK);
}

static unsigned int message_type(uint64_t message)
{
	return message >> MSG_TYPE_SHIFT;
}

static void coproc_update_irq(struct coproc *coproc)
{
	irq_set(coproc->irq, coproc->irq_status & coproc->irq_enable);
}

static void coproc_raise(struct coproc *coproc, uint32_t bits)
{
	coproc->irq_status |= bits;
	coproc_update_irq(coproc);
}

static bool boot_is_stale(struct coproc *coproc)
{
	return coproc->boot != coproc->fw.boot;
}

/* The CRASH message always finds room: in a full queue it takes the place of the newest. */
static void coproc_crash(struct coproc *coproc, enum display_status status)
{
	uint64_t message = make_message(MSG_CRASH, 0, status);

	if (coproc->crashed)
		return;
	coproc->crashed = true;
	stat_inc(&coproc->crashes);
	stats_note(coproc->stats, coproc->name, "firmware crashed with status %u", status);
	if (coproc->i2a.n == I2A_DEPTH)
		*mailbox_newest(&coproc->i2a) = message;
	else
		mailbox_push(&coproc->i2a, message);
	coproc_raise(coproc, COPROC_IRQ_RECEIVE | COPROC_IRQ_CRASHED);
	pthread_cond_signal(&coproc->wake);
}

static void coproc_send(struct coproc *coproc, uint64_t message)
{
	if (coproc->i2a.n == I2A_DEPTH) {
		coproc_crash(coproc, DISPLAY_PROTOCOL);
		return;
	}
	mailbox_push(&coproc->i2a, message);
	coproc_raise(coproc, COPROC_IRQ_RECEIVE);
}

/* A RESPONSE that was not read yet is brought up to date, so that a slow reader gets no backlog. */
static void coproc_send_response(struct coproc *coproc, uint32_t tail)
{
	uint64_t *newest = mailbox_newest(&coproc->i2a);
	uint64_t message = make_message(MSG_RESPONSE, 0, tail);

	if (newest && message_type(*newest) == MSG_RESPONSE) {
		*newest = message;
		coproc_raise(coproc, COPROC_IRQ_RECEIVE);
	} else {
		coproc_send(coproc, message);
	}
}

/* Firmware: runs in its own thread, without @lock except where it says so. */

/* A flood of commands must not get the machine: until the next boot they have to queue up. */
static void fw_watch_load(struct firmware *fw)
{
	uint64_t now = now_ns(), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	if (cpu - fw->window_cpu_ns > LOAD_WINDOW_NS / 2 && !fw->heavy) {
		fw->heavy = true;
		realtime_set(pthread_self(), false);
	}
	if (now - fw->window_ns > LOAD_WINDOW_NS) {
		fw->window_ns = now;
		fw->window_cpu_ns = cpu;
	}
}

static void fw_crash(struct coproc *coproc, enum display_status status)
{
	pthread_mutex_lock(&coproc->lock);
	if (!boot_is_stale(coproc))
		coproc_crash(coproc, status);
	pthread_mutex_unlock(&coproc->lock);
}

static void fw_send(struct coproc *coproc, unsigned int type, unsigned int arg, uint64_t payload)
{
	pthread_mutex_lock(&coproc->lock);
	if (!boot_is_stale(coproc) && !coproc->crashed)
		coproc_send(coproc, make_message(type, arg, payload));
	pthread_mutex_unlock(&coproc->lock);
}

static bool fw_dead(struct coproc *coproc)
{
	bool dead;

	pthread_mutex_lock(&coproc->lock);
	dead = boot_is_stale(coproc) || coproc->crashed;
	pthread_mutex_unlock(&coproc->lock);
	return dead;
}

/* Reads one word of each 16 KiB page of [@iova, @iova + @bytes), @bytes > 0. */
static bool fw_probe(struct coproc *coproc, uint64_t iova, uint64_t bytes)
{
	uint64_t last = iova + bytes - 1;
	uint64_t at = iova & ~3ull;
	uint32_t word;

	while (!boot_is_stale(coproc)) {
		stat_inc(&coproc->probes);
		if (dma_read(&coproc->port, at, &word, sizeof(word), NULL)) {
			stat_inc(&coproc->probe_faults);
			return false;
		}
		if ((last & ~(PROBE_PAGE - 1)) == (at & ~(PROBE_PAGE - 1)))
			return true;
		at = (at & ~(PROBE_PAGE - 1)) + PROBE_PAGE;
	}
	return false;
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static void put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (8 * i));
}

static bool all_zero(const uint8_t *p, size_t n)
{
	while (n--)
		if (*p++)
			return false;
	return true;
}

static bool parse_plane(const uint8_t *raw, struct display_plane *plane)
{
	uint32_t flags = get32(raw + PLANE_FLAGS);

	memset(plane, 0, sizeof(*plane));
	if (flags & ~PLANE_FLAG_ENABLE)
		return false;
	if (!flags)
		return true;
	plane->enable = true;
	plane->format = get32(raw + PLANE_FORMAT);
	plane->iova = get64(raw + PLANE_IOVA);
	plane->pitch = get32(raw + PLANE_PITCH);
	plane->width = get16(raw + PLANE_WIDTH);
	plane->height = get16(raw + PLANE_HEIGHT);
	plane->x = (int32_t)get32(raw + PLANE_X);
	plane->y = (int32_t)get32(raw + PLANE_Y);
	plane->zpos = get32(raw + PLANE_ZPOS);
	plane->alpha = get16(raw + PLANE_ALPHA);
	plane->blend = raw[PLANE_BLEND];
	plane->transform = raw[PLANE_TRANSFORM];
	plane->dst_width = get16(raw + PLANE_DST_WIDTH);
	plane->dst_height = get16(raw + PLANE_DST_HEIGHT);
	plane->pitch2 = get32(raw + PLANE_PITCH2);
	plane->iova2 = get64(raw + PLANE_IOVA2);
	plane->encoding = raw[PLANE_ENCODING];
	plane->range = raw[PLANE_RANGE];
	plane->filter = raw[PLANE_FILTER];
	return all_zero(raw + PLANE_END, PLANE_BYTES - PLANE_END);
}

static void parse_mode(const uint8_t *raw, struct display_mode *mode)
{
	const uint8_t *h = raw + CMD_HORIZONTAL, *v = raw + CMD_VERTICAL;

	*mode = (struct display_mode) {
		.pixel_clock_khz = get32(raw + CMD_PIXEL_CLOCK),
		.hdisplay = get16(h), .hsync_start = get16(h + 2),
		.hsync_end = get16(h + 4), .htotal = get16(h + 6),
		.vdisplay = get16(v), .vsync_start = get16(v + 2),
		.vsync_end = get16(v + 4), .vtotal = get16(v + 6),
	};
}

/* The writeback's place is reserved unless the flag says that there is one. */
static bool parse_writeback(const uint8_t *raw, bool enable, struct display_writeback *writeback)
{
	if (!enable)
		return all_zero(raw, WRITEBACK_BYTES);
	*writeback = (struct display_writeback) {
		.enable = true,
		.format = get32(raw + WRITEBACK_FORMAT),
		.pitch = get32(raw + WRITEBACK_PITCH),
		.iova = get64(raw + WRITEBACK_IOVA),
		.width = get16(raw + WRITEBACK_WIDTH),
		.height = get16(raw + WRITEBACK_HEIGHT),
	};
	return all_zero(raw + WRITEBACK_END, WRITEBACK_BYTES - WRITEBACK_END);
}

static enum display_status parse_command(const uint8_t *raw, struct display_commit *commit)
{
	uint32_t flags = get32(raw + CMD_FLAGS);

	memset(commit, 0, sizeof(*commit));
	commit->seq = get32(raw + CMD_SEQ);
	commit->head = get32(raw + CMD_HEAD);
	commit->plane_mask = get32(raw + CMD_PLANE_MASK);
	commit->modeset = flags & CMD_FLAG_MODESET;
	commit->active = commit->modeset && flags & CMD_FLAG_ACTIVE;
	commit->async = flags & CMD_FLAG_ASYNC;
	commit->refresh = flags & CMD_FLAG_REFRESH;
	commit->variable = commit->refresh && flags & CMD_FLAG_VARIABLE;
	if (commit->active)
		parse_mode(raw, &commit->mode);

	if (get32(raw + CMD_OPCODE) != CMD_OPCODE_COMMIT || flags & ~CMD_FLAGS_ALL ||
	    commit->plane_mask >> DISPLAY_NR_PLANES ||
	    (!(flags & CMD_FLAG_COLOUR) && get64(raw + CMD_COLOUR)) ||
	    ((flags & CMD_FLAG_COLOUR) && commit->async) ||
	    !all_zero(raw + CMD_COLOUR_END, CMD_PLANES - CMD_COLOUR_END) ||
	    !parse_writeback(raw + CMD_WRITEBACK, flags & CMD_FLAG_WRITEBACK, &commit->writeback) ||
	    !all_zero(raw + CMD_WRITEBACK_END, CMD_BYTES - CMD_WRITEBACK_END))
		return DISPLAY_BAD_COMMAND;
	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++) {
		if (!(commit->plane_mask & (1u << p)))
			continue;
		if (!parse_plane(raw + CMD_PLANES + p * PLANE_BYTES, &commit->planes[p]))
			return DISPLAY_BAD_COMMAND;
	}
	return DISPLAY_OK;
}

static bool fw_probe_plane(struct coproc *coproc, const struct display_plane *plane)
{
	const struct compose_format *format = compose_format(plane->format);

	for (unsigned int s = 0; s < format->n_streams; s++) {
		uint64_t lines = compose_stream_lines(format, s, plane->height);
		uint64_t bytes = (s ? plane->pitch2 : plane->pitch) * (lines - 1) +
				 compose_line_bytes(format, s, plane->width);

		if (!fw_probe(coproc, s ? plane->iova2 : plane->iova, bytes))
			return false;
	}
	return true;
}

static enum display_status fw_probe_planes(struct coproc *coproc,
					   const struct display_commit *commit)
{
	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++) {
		if (!(commit->plane_mask & (1u << p)) || !commit->planes[p].enable)
			continue;
		if (!fw_probe_plane(coproc, &commit->planes[p]))
			return DISPLAY_FAULT;
	}
	return DISPLAY_OK;
}

static enum display_status fw_probe_writeback(struct coproc *coproc,
					      const struct display_writeback *writeback)
{
	uint64_t bytes = (uint64_t)writeback->pitch * (writeback->height - 1) +
			 (uint64_t)writeback->width * WRITEBACK_CPP;

	if (!writeback->enable || fw_probe(coproc, writeback->iova, bytes))
		return DISPLAY_OK;
	return DISPLAY_FAULT;
}

/* The colour block that a command names, if it names one. */
static enum display_status fw_read_colour(struct coproc *coproc, const uint8_t *raw,
					  struct display_commit *commit, struct colour *colour)
{
	uint64_t iova = get64(raw + CMD_COLOUR);
	uint8_t block[COLOUR_BLOCK_BYTES];

	if (!(get32(raw + CMD_FLAGS) & CMD_FLAG_COLOUR))
		return DISPLAY_OK;
	if (iova % COLOUR_BLOCK_ALIGN)
		return DISPLAY_BAD_COMMAND;
	stat_inc(&coproc->colour_reads);
	if (dma_read(&coproc->port, iova, block, sizeof(block), NULL))
		return DISPLAY_FAULT;
	if (!colour_parse(colour, block))
		return DISPLAY_BAD_COMMAND;
	commit->colour = colour;
	return DISPLAY_OK;
}

static enum display_status fw_execute(struct coproc *coproc, const uint8_t *raw,
				      uint32_t *vblank_count)
{
	struct display_commit commit;
	struct colour colour;
	enum display_status status = parse_command(raw, &commit);

	if (!status)
		status = display_check(coproc->display, &commit);
	if (!status)
		status = fw_probe_planes(coproc, &commit);
	if (!status)
		status = fw_probe_writeback(coproc, &commit.writeback);
	if (!status)
		status = fw_read_colour(coproc, raw, &commit, &colour);
	/* Probing takes long: a firmware that was stopped meanwhile must not commit any more. */
	if (!status && !boot_is_stale(coproc))
		display_commit(coproc->display, &commit, vblank_count);
	return status;
}

/* Whether the response of this command is to be written; waits if it is to be late. */
static bool fw_injected_delay(struct coproc *coproc)
{
	struct timespec ts;
	uint64_t until;
	bool answer = true;

	pthread_mutex_lock(&coproc->lock);
	if (coproc->inject_count) {
		coproc->inject_count--;
		answer = coproc->inject_delay_ms >= 0;
		until = now_ns() + (answer ? coproc->inject_delay_ms : 0) * NS_PER_MS;
		ts.tv_sec = until / NS_PER_SEC;
		ts.tv_nsec = until % NS_PER_SEC;
		while (answer && !coproc->quit && !boot_is_stale(coproc) && !coproc->crashed)
			if (pthread_cond_timedwait(&coproc->wake, &coproc->lock, &ts) == ETIMEDOUT)
				break;
	}
	pthread_mutex_unlock(&coproc->lock);
	return answer;
}

static void fw_respond(struct coproc *coproc, const uint8_t *command, enum display_status status,
		       uint32_t vblank_count)
{
	struct ring *rsp = &coproc->fw.rsp;
	uint64_t iova = rsp->iova + (uint64_t)(rsp->tail % rsp->n_entries) * 16;
	uint8_t entry[16];

	put32(entry, get32(command + CMD_SEQ));
	put32(entry + 4, status);
	put32(entry + 8, get32(command + CMD_HEAD));
	put32(entry + 12, vblank_count);
	if (dma_write(&coproc->port, iova, entry, sizeof(entry), NULL)) {
		fw_crash(coproc, DISPLAY_FAULT);
		return;
	}
	rsp->tail++;
	stat_inc(&coproc->responses);
	/* Who learns of the entry does so under the lock, and thus finds it in memory. */
	pthread_mutex_lock(&coproc->lock);
	if (!boot_is_stale(coproc) && !coproc->crashed)
		coproc_send_response(coproc, rsp->tail);
	pthread_mutex_unlock(&coproc->lock);
}

/* One command from the ring; on return the firmware may be dead. */
static void fw_run_command(struct coproc *coproc)
{
	struct ring *cmd = &coproc->fw.cmd, *rsp = &coproc->fw.rsp;
	uint64_t iova = cmd->iova + (uint64_t)(cmd->head % cmd->n_entries) * CMD_BYTES;
	enum display_status status;
	uint32_t vblank_count = 0;
	uint8_t raw[CMD_BYTES];

	if (rsp->tail - rsp->head >= rsp->n_entries) {
		fw_crash(coproc, DISPLAY_RING);
		return;
	}
	stat_inc(&coproc->ring_reads);
	if (dma_read(&coproc->port, iova, raw, sizeof(raw), NULL)) {
		fw_crash(coproc, DISPLAY_FAULT);
		return;
	}
	cmd->head++;
	stat_inc(&coproc->commands);
	status = fw_execute(coproc, raw, &vblank_count);
	if (status)
		stat_inc(&coproc->bad_commands);
	if (fw_injected_delay(coproc) && !fw_dead(coproc))
		fw_respond(coproc, raw, status, vblank_count);
}

static void fw_doorbell(struct coproc *coproc, uint32_t tail)
{
	struct firmware *fw = &coproc->fw;

	if (!fw->cmd.valid || !fw->rsp.valid) {
		fw_crash(coproc, DISPLAY_PROTOCOL);
		return;
	}
	if (tail - fw->cmd.head > fw->cmd.n_entries) {
		fw_crash(coproc, DISPLAY_RING);
		return;
	}
	fw->started = true;
	fw->cmd.tail = tail;
	while (fw->cmd.head != fw->cmd.tail && !fw_dead(coproc)) {
		fw_run_command(coproc);
		fw_watch_load(fw);
	}
}

static void fw_response_head(struct coproc *coproc, uint32_t head)
{
	struct ring *rsp = &coproc->fw.rsp;

	if (!rsp->valid)
		fw_crash(coproc, DISPLAY_PROTOCOL);
	else if (head - rsp->head > rsp->tail - rsp->head)
		fw_crash(coproc, DISPLAY_RING);
	else
		rsp->head = head;
}

static enum display_status fw_set_ring(struct coproc *coproc, struct ring *ring, unsigned int order,
				       unsigned int max_order, unsigned int entry_bytes,
				       uint64_t iova)
{
	if (coproc->fw.started)
		return DISPLAY_PROTOCOL;
	if (order < 1 || order > max_order || iova % RING_ALIGN)
		return DISPLAY_RING;
	if (!fw_probe(coproc, iova, (uint64_t)entry_bytes << order))
		return DISPLAY_FAULT;
	*ring = (struct ring) { .valid = true, .iova = iova, .n_entries = 1u << order };
	return DISPLAY_OK;
}

/* Answers with the version that it has; it goes on only when that is the caller's too. */
static void fw_hello(struct coproc *coproc, uint64_t version)
{
	if (coproc->fw.greeted) {
		fw_crash(coproc, DISPLAY_PROTOCOL);
		return;
	}
	coproc->fw.greeted = version == PROTOCOL_VERSION;
	fw_send(coproc, MSG_HELLO_ACK, 0, PROTOCOL_VERSION);
}

/* Indexes are 32 bits wide, and only ring messages have an argument. */
static bool message_ok(unsigned int type, unsigned int arg, uint64_t payload)
{
	switch (type) {
	case MSG_HELLO:
		return !arg;
	case MSG_CMD_RING:
	case MSG_RSP_RING:
		return true;
	case MSG_DOORBELL:
	case MSG_RSP_HEAD:
		return !arg && payload <= UINT32_MAX;
	default:
		return false;
	}
}

static void fw_message(struct coproc *coproc, uint64_t message)
{
	struct firmware *fw = &coproc->fw;
	unsigned int type = message_type(message);
	unsigned int arg = message >> MSG_ARG_SHIFT & 0xff;
	uint64_t payload = message & MSG_PAYLOAD_MASK;
	enum display_status status;

	if (!message_ok(type, arg, payload) || (!fw->greeted && type != MSG_HELLO)) {
		fw_crash(coproc, DISPLAY_PROTOCOL);
		return;
	}
	switch (type) {
	case MSG_HELLO:
		fw_hello(coproc, payload);
		break;
	case MSG_CMD_RING:
		status = fw_set_ring(coproc, &fw->cmd, arg, CMD_RING_MAX_ORDER, CMD_BYTES, payload);
		fw_send(coproc, MSG_ACK, type, status);
		break;
	case MSG_RSP_RING:
		status = fw_set_ring(coproc, &fw->rsp, arg, RSP_RING_MAX_ORDER, 16, payload);
		fw_send(coproc, MSG_ACK, type, status);
		break;
	case MSG_DOORBELL:
		fw_doorbell(coproc, payload);
		break;
	case MSG_RSP_HEAD:
		fw_response_head(coproc, payload);
		break;
	}
}

/* Caller holds @lock. Lets go of an old boot, and starts the new one if RUN is set. */
static void fw_follow_boot(struct coproc *coproc)
{
	coproc->fw = (struct firmware) {
		.boot = coproc->boot,
		.window_ns = now_ns(),
		.window_cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
	};
	realtime_set(pthread_self(), true);
	coproc->running = coproc->run;
	pthread_cond_broadcast(&coproc->stopped);
}

static void *firmware_thread(void *arg)
{
	struct coproc *coproc = arg;
	uint64_t message;

	pthread_mutex_lock(&coproc->lock);
	while (!coproc->quit) {
		if (boot_is_stale(coproc)) {
			fw_follow_boot(coproc);
			continue;
		}
		if (coproc->crashed)
			coproc->running = false;
		if (!coproc->running || !coproc->a2i.n) {
			pthread_cond_wait(&coproc->wake, &coproc->lock);
			continue;
		}
		message = mailbox_pop(&coproc->a2i);
		stat_inc(&coproc->messages);
		pthread_mutex_unlock(&coproc->lock);
		fw_message(coproc, message);
		pthread_mutex_lock(&coproc->lock);
	}
	pthread_mutex_unlock(&coproc->lock);
	return NULL;
}

/* Registers; callers hold @lock. */

static void coproc_set_run(struct coproc *coproc, bool run)
{
	if (run == coproc->run)
		return;
	coproc->run = run;
	coproc->boot++;
	coproc->crashed = false;
	coproc->a2i.n = 0;
	coproc->i2a.n = 0;
	coproc->a2i_low = 0;
	coproc->i2a_high = 0;
	coproc->irq_status = 0;
	pthread_cond_signal(&coproc->wake);
}

static void coproc_receive(struct coproc *coproc, uint64_t message)
{
	if (!coproc->run || coproc->crashed)
		return;
	if (coproc->a2i.n == A2I_DEPTH) {
		coproc_crash(coproc, DISPLAY_PROTOCOL);
		return;
	}
	mailbox_push(&coproc->a2i, message);
	pthread_cond_signal(&coproc->wake);
}

static bool reg_defined(uint64_t offset)
{
	return offset <= COPROC_IRQ_ENABLE || offset == COPROC_A2I_CTRL ||
	       offset == COPROC_A2I_DATA_LO || offset == COPROC_A2I_DATA_HI ||
	       offset == COPROC_I2A_CTRL || offset == COPROC_I2A_DATA_LO ||
	       offset == COPROC_I2A_DATA_HI;
}

static void coproc_touch(struct coproc *coproc, uint64_t offset)
{
	uint64_t reg = offset / 4;

	if (reg_defined(offset) || reg / 8 >= sizeof(coproc->touched) ||
	    coproc->touched[reg / 8] & (1u << reg % 8))
		return;
	coproc->touched[reg / 8] |= 1u << reg % 8;
	stat_inc(&coproc->undefined);
	stats_note(coproc->stats, coproc->name, "no register at 0x%llx",
		   (unsigned long long)offset);
}

static uint32_t coproc_status(const struct coproc *coproc)
{
	/* RUNNING tells whether memory may still be touched, which a crash ends only soon. */
	return (coproc->running ? COPROC_STATUS_RUNNING : 0) |
	       (coproc->crashed ? COPROC_STATUS_CRASHED : 0);
}

static uint32_t coproc_pop(struct coproc *coproc)
{
	uint64_t message = mailbox_pop(&coproc->i2a);

	coproc->i2a_high = message >> 32;
	return (uint32_t)message;
}

static uint32_t reg_read(struct coproc *coproc, uint64_t offset)
{
	switch (offset) {
	case COPROC_ID:
		return COPROC_ID_VALUE;
	case COPROC_VERSION:
		return 1;
	case COPROC_CTRL:
		return coproc->run ? COPROC_CTRL_RUN : 0;
	case COPROC_STATUS:
		return coproc_status(coproc);
	case COPROC_IRQ_STATUS:
		return coproc->irq_status;
	case COPROC_IRQ_ENABLE:
		return coproc->irq_enable;
	case COPROC_A2I_CTRL:
		return coproc->a2i.n == A2I_DEPTH ? COPROC_A2I_FULL : 0;
	case COPROC_I2A_CTRL:
		return coproc->i2a.n << COPROC_I2A_COUNT_SHIFT |
		       (coproc->i2a.n ? 0 : COPROC_I2A_EMPTY);
	case COPROC_I2A_DATA_LO:
		return coproc_pop(coproc);
	case COPROC_I2A_DATA_HI:
		return coproc->i2a_high;
	default:
		return 0;
	}
}

static uint32_t coproc_read32(void *opaque, uint64_t offset)
{
	struct coproc *coproc = opaque;
	uint32_t value;

	pthread_mutex_lock(&coproc->lock);
	coproc_touch(coproc, offset);
	value = reg_read(coproc, offset);
	pthread_mutex_unlock(&coproc->lock);
	return value;
}

static void coproc_write32(void *opaque, uint64_t offset, uint32_t value)
{
	struct coproc *coproc = opaque;

	pthread_mutex_lock(&coproc->lock);
	coproc_touch(coproc, offset);
	switch (offset) {
	case COPROC_CTRL:
		coproc_set_run(coproc, value & COPROC_CTRL_RUN);
		break;
	case COPROC_IRQ_STATUS:
		coproc->irq_status &= ~value;
		break;
	case COPROC_IRQ_ENABLE:
		coproc->irq_enable = value & COPROC_IRQ_ALL;
		break;
	case COPROC_A2I_DATA_LO:
		coproc->a2i_low = value;
		break;
	case COPROC_A2I_DATA_HI:
		coproc_receive(coproc, (uint64_t)value << 32 | coproc->a2i_low);
		break;
	}
	coproc_update_irq(coproc);
	pthread_mutex_unlock(&coproc->lock);
}

static bool access_ok(struct coproc *coproc, uint64_t offset, unsigned int size)
{
	if (size >= 4 && offset % 4 == 0)
		return true;
	stats_violation(coproc->stats, coproc->name, "access of %u bytes at 0x%llx", size,
			(unsigned long long)offset);
	return false;
}

static uint64_t coproc_bus_read(void *opaque, uint64_t offset, unsigned int size)
{
	if (!access_ok(opaque, offset, size))
		return 0;
	return bus_read_split(coproc_read32, opaque, offset, size);
}

static void coproc_bus_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	if (access_ok(opaque, offset, size))
		bus_write_split(coproc_write32, opaque, offset, size, value);
}

const struct bus_ops coproc_bus_ops = {
	.read = coproc_bus_read,
	.write = coproc_bus_write,
};

/* Life */

void coproc_inject(struct coproc *coproc, unsigned int count, int delay_ms)
{
	pthread_mutex_lock(&coproc->lock);
	coproc->inject_count = count;
	coproc->inject_delay_ms = delay_ms;
	pthread_mutex_unlock(&coproc->lock);
}

/* Returns when the firmware has let go of memory. */
void coproc_reset(struct coproc *coproc)
{
	pthread_mutex_lock(&coproc->lock);
	coproc_set_run(coproc, false);
	coproc->irq_status = 0;
	coproc->irq_enable = 0;
	coproc->inject_count = 0;
	coproc_update_irq(coproc);
	while (coproc->running && !coproc->run)
		pthread_cond_wait(&coproc->stopped, &coproc->lock);
	pthread_mutex_unlock(&coproc->lock);
}

static void coproc_register_stats(struct coproc *coproc)
{
	const struct {
		const char *name;
		struct stat_counter *counter;
	} counters[] = {
		{ "commands", &coproc->commands },
		{ "responses", &coproc->responses },
		{ "bad_commands", &coproc->bad_commands },
		{ "probes", &coproc->probes },
		{ "probe_faults", &coproc->probe_faults },
		{ "messages", &coproc->messages },
		{ "crashes", &coproc->crashes },
		{ "ring_reads", &coproc->ring_reads },
		{ "colour_reads", &coproc->colour_reads },
		{ "undefined_registers", &coproc->undefined },
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		stats_register(coproc->stats, coproc->name, counters[i].name, counters[i].counter);
}

static void coproc_init_sync(struct coproc *coproc)
{
	pthread_condattr_t attr;

	realtime_mutex_init(&coproc->lock);
	pthread_cond_init(&coproc->stopped, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&coproc->wake, &attr);
	pthread_condattr_destroy(&attr);
}

static void coproc_destroy_sync(struct coproc *coproc)
{
	pthread_cond_destroy(&coproc->wake);
	pthread_cond_destroy(&coproc->stopped);
	pthread_mutex_destroy(&coproc->lock);
}

struct coproc *coproc_create(const char *name, struct display *display,
			     const struct dma_port *port, struct irq_source *irq,
			     struct stats *stats)
{
	struct coproc *coproc = calloc(1, sizeof(*coproc));

	if (!coproc)
		return NULL;
	coproc->display = display;
	coproc->port = *port;
	coproc->irq = irq;
	coproc->stats = stats;
	coproc->name = strdup(name);
	if (!coproc->name)
		goto err_free;
	coproc_init_sync(coproc);
	if (pthread_create(&coproc->thread, NULL, firmware_thread, coproc)) {
		fprintf(stderr, "vsoc: %s: no firmware thread\n", name);
		goto err_destroy_sync;
	}
	pthread_setname_np(coproc->thread, "firmware");
	coproc_register_stats(coproc);
	return coproc;

err_destroy_sync:
	coproc_destroy_sync(coproc);
	free(coproc->name);
err_free:
	free(coproc);
	return NULL;
}

void coproc_destroy(struct coproc *coproc)
{
	if (!coproc)
		return;
	pthread_mutex_lock(&coproc->lock);
	coproc->quit = true;
	coproc->boot++;
	pthread_cond_signal(&coproc->wake);
	pthread_mutex_unlock(&coproc->lock);
	pthread_join(coproc->thread, NULL);
	stats_unregister_group(coproc->stats, coproc->name);
	coproc_destroy_sync(coproc);
	free(coproc->name);
	free(coproc);
}
