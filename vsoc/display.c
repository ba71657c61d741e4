// SPDX-License-Identifier: GPL-2.0
/*
 * Display engine model (Documentation/vsoc/registers.rst).
 *
 * Time: a head that is switched on gets a timeline. One thread waits for the instants of all heads.
 * What it does at an instant becomes visible in one step, after the fetch: a reader that sees
 * VBLANK_COUNT N finds the CRC of frame N, and what frame N latched, in the registers too.
 *
 * A guest on a busy machine takes its interrupts late. So that it sees each vblank nevertheless,
 * the next one of a head waits until the last was acknowledged, see head_ready().
 *
 * Locks: @lock protects every head and every register. It is never held while memory is fetched, so
 * that a register access waits for microseconds at most. Order: @lock, then the interrupt
 * controller's; mem_lock() and the DARTs' locks are taken without @lock.
 *
 * Buffers: the guest may unmap a buffer as soon as it is told that the buffer is no longer shown.
 * So whoever replaces one waits, before it says so, for the fetches that began with the old
 * picture: head_quiesce(). No new fetch of that head begins meanwhile.
 */
#include "display.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "commit.h"
#include "compose.h"
#include "crc_fifo.h"
#include "edid.h"
#include "realtime.h"
#include "record.h"
#include "scanout.h"
#include "timeline.h"
#include "writeback.h"

#define DISPLAY_WINDOW		0x10000

#define DISPLAY_ID		0x000
#define  DISPLAY_ID_VALUE	0x56445350
#define DISPLAY_VERSION		0x004
#define DISPLAY_HEADS		0x008
#define DISPLAY_IRQ_STATUS	0x010
#define DISPLAY_IRQ_ENABLE	0x014
#define DISPLAY_CLOCK_LO	0x020
#define DISPLAY_CLOCK_HI	0x024

#define HEAD_WINDOW		0x1000
#define HEAD_STATUS		0x000
#define  HEAD_STATUS_ACTIVE	(1u << 0)
#define  HEAD_STATUS_CONNECTED	(1u << 1)
#define HEAD_VBLANK_COUNT	0x004
#define HEAD_VBLANK_TIME_LO	0x008
#define HEAD_VBLANK_TIME_HI	0x00c
#define HEAD_LATCHED_SEQ	0x010
#define HEAD_SCANLINE		0x014
#define  HEAD_SCANLINE_BLANK	(1u << 31)
#define HEAD_FRAME_TIME		0x018
#define HEAD_CRC_CTRL		0x020
#define  HEAD_CRC_CTRL_ENABLE	(1u << 0)
#define HEAD_CRC_COUNT		0x024
#define HEAD_CRC_ENTRY_LO	0x028
#define HEAD_CRC_ENTRY_HI	0x02c
#define HEAD_FAULT_PLANES	0x030
#define HEAD_FAULT_ADDR_LO	0x038
#define HEAD_FAULT_ADDR_HI	0x03c
#define HEAD_NR_PLANES		0x040
#define HEAD_CURSOR_MAX		0x044
#define HEAD_MAX_SIZE		0x048
#define HEAD_MIN_REFRESH	0x04c
#define HEAD_WRITEBACK_SEQ	0x050
#define HEAD_WRITEBACK_STATUS	0x054
#define HEAD_RECORD_LO		0x058
#define HEAD_RECORD_HI		0x05c
#define HEAD_RECORD_CTRL	0x060
#define  HEAD_RECORD_CTRL_ENABLE (1u << 0)
#define HEAD_RECORD_ACK		0x064
#define HEAD_EDID_SIZE		0x0fc
#define HEAD_EDID		0x100
#define HEAD_EDID_BYTES		512

#define IRQ_VBLANK		(1u << 0)
#define IRQ_LATCHED		(1u << 1)
#define IRQ_FETCH_FAULT		(1u << 2)
#define IRQ_HOTPLUG		(1u << 3)
#define IRQ_WRITEBACK		(1u << 4)
#define IRQ_HEAD_BITS		0x1fu
#define IRQ_HEAD_SHIFT		8

#define CURSOR_MAX		COMMIT_CURSOR_MAX

/*
 * How many frames a vblank waits for the guest to acknowledge the one before. Who asks for the tenth
 * vblank from now, as some do, is to get one from after his request.
 */
#define HOLD_MAX_FRAMES		6

#define NS_PER_SEC		1000000000ull

/* A writeback, and the number of the command that asked for it. */
struct writeback_job {
	struct display_writeback what;
	uint32_t seq;
};

/* A command that waits for a vblank; later ones are merged into it plane by plane. */
struct pending {
	bool valid;
	uint32_t seq;
	uint32_t plane_mask;
	uint64_t since_ns;              /* when the first came: no earlier instant latches it */
	struct display_plane planes[DISPLAY_NR_PLANES];
	bool has_colour;
	struct colour colour;
	bool has_refresh, variable;
	struct writeback_job writeback;
};

struct head {
	unsigned int index;
	bool connected;
	uint8_t edid[EDID_BLOCK];

	/* What is scanned out. */
	bool active;
	struct display_mode mode;
	struct display_plane planes[DISPLAY_NR_PLANES];
	struct colour colour;
	bool variable;                  /* refresh */
	struct writeback_job writeback; /* of the next frame */
	struct pending pending;

	/* Only while @active. */
	struct timeline time;
	uint64_t acked_ns;              /* when VBLANK was acknowledged last */
	uint64_t seen_ns;               /* when count or time were read last after that, or 0 */
	uint64_t timeline;              /* changes at each switch: older frames are dropped */

	/* Fetches under way, see head_quiesce(). */
	bool scanning;                  /* by the vblank thread */
	unsigned int grabs;             /* by display_grab() */
	unsigned int waiters;           /* who wait for those: no fetch may begin */

	/* What the registers show. */
	uint32_t vblank_count;
	uint64_t vblank_time_ns;
	uint32_t latched_seq;
	uint32_t fault_planes;
	uint64_t fault_dva;
	uint32_t writeback_seq, writeback_status;
	struct crc_fifo crc;
	struct {
		bool enable;
		bool writing;           /* without @lock */
		uint64_t dva;
		uint32_t number;        /* of the newest */
		bool outdated;          /* LATCHED was set once more since */
	} record;
	uint32_t time_high, crc_high, fault_high; /* latched by the reads of the low halves */

	struct stat_counter frames, latched;
};

struct display {
	char *name;
	struct dma_port port;
	struct irq_source *irq;
	struct stats *stats;
	unsigned int n_heads;

	pthread_t thread;
	pthread_mutex_t lock;           /* protects everything below */
	pthread_cond_t wake;            /* for the vblank thread: a timeline or @stop has changed */
	pthread_cond_t idle;            /* a fetch, or the last wait for one, has ended */
	bool stop;
	bool holding;                   /* the vblank thread waits for the guest */
	bool heavy;                     /* fetches take too long for a real-time thread */
	uint32_t irq_status, irq_enable;
	uint32_t clock_high;
	struct head heads[DISPLAY_MAX_HEADS];
	uint8_t touched[DISPLAY_WINDOW / 4 / 8]; /* undefined registers that were reported */

	struct stat_counter frames, frames_composed, pages_fetched, commits, latched, async, faults,
			    vblanks_missed, vblanks_held, crc_entries, crc_dropped, grabs, writebacks,
			    writebacks_failed, records, records_failed, undefined;
};

/* When its next vblank is; one that has come does not change any more. */
static uint64_t head_next(const struct head *head)
{
	return timeline_next(&head->time, head->pending.valid ? head->pending.since_ns : 0);
}

static uint32_t head_bits(const struct head *head, uint32_t bits)
{
	return bits << (IRQ_HEAD_SHIFT * head->index);
}

/* Caller holds @lock. */
static void display_update_irq(struct display *display)
{
	irq_set(display->irq, display->irq_status & display->irq_enable);
}

static void head_raise(struct display *display, const struct head *head, uint32_t bits)
{
	display->irq_status |= head_bits(head, bits);
	display_update_irq(display);
}

static void head_show_latched(struct display *display, struct head *head, uint32_t seq)
{
	head->latched_seq = seq;
	stat_inc(&display->latched);
	stat_inc(&head->latched);
}

/*
 * Waits until no fetch is under way that began before the call; one by the vblank thread counts
 * if @scan. Drops the lock while it waits; holds off new fetches, so that it ends.
 */
static void head_quiesce(struct display *display, struct head *head, bool scan)
{
	head->waiters++;
	while (head->grabs || (scan && head->scanning))
		pthread_cond_wait(&display->idle, &display->lock);
	if (!--head->waiters)
		pthread_cond_broadcast(&display->idle);
}

static void crc_push(struct display *display, struct head *head, uint32_t crc, uint32_t count)
{
	stat_inc(&display->crc_entries);
	if (!crc_fifo_push(&head->crc, (uint64_t)crc << 32 | count))
		stat_inc(&display->crc_dropped);
}

/* Entries for the last @n counted frames. After a very long pause only those that fit are made. */
static void crc_push_frames(struct display *display, struct head *head, uint64_t n, uint32_t crc)
{
	if (n > CRC_FIFO) {
		stat_add(&display->crc_entries, n - CRC_FIFO);
		stat_add(&display->crc_dropped, n - CRC_FIFO);
		n = CRC_FIFO;
	}
	while (n--)
		crc_push(display, head, crc, head->vblank_count - (uint32_t)n);
}

static void merge_planes(struct display_plane *planes, const struct display_plane *from,
			 uint32_t mask)
{
	for (unsigned int p = 0; p < DISPLAY_NR_PLANES; p++)
		if (mask & (1u << p))
			planes[p] = from[p];
}

/* What waits becomes what is scanned out. */
static void head_take_pending(struct head *head)
{
	struct pending *pending = &head->pending;

	if (!pending->valid)
		return;
	merge_planes(head->planes, pending->planes, pending->plane_mask);
	if (pending->has_colour)
		head->colour = pending->colour;
	if (pending->has_refresh)
		head->variable = pending->variable;
	if (pending->writeback.what.enable)
		head->writeback = pending->writeback;
	pending->writeback.what.enable = false;
	pending->valid = false;
}

static void head_picture(const struct head *head, struct scanout_picture *picture)
{
	picture->width = head->mode.hdisplay;
	picture->height = head->mode.vdisplay;
	memcpy(picture->planes, head->planes, sizeof(picture->planes));
	picture->colour = head->colour;
}

static uint64_t hold_limit(const struct head *head, uint64_t instant)
{
	return instant + HOLD_MAX_FRAMES * mode_frame_ns(&head->mode);
}

/* Whether the guest wants an interrupt of each vblank, and the one at @instant can still have one. */
static bool head_may_hold(const struct display *display, const struct head *head,
			  uint64_t instant, uint64_t now)
{
	return display->irq_enable & head_bits(head, IRQ_VBLANK) && now < hold_limit(head, instant);
}

/*
 * When the vblank of @instant may be counted. After the acknowledgement the handler still has to
 * look at the count and what belongs to it; a frame's time is allowed for it to begin.
 */
static uint64_t head_ready(const struct display *display, const struct head *head,
			   uint64_t instant)
{
	uint64_t limit = hold_limit(head, instant), ready;

	if (!(display->irq_enable & head_bits(head, IRQ_VBLANK)))
		return instant;
	if (display->irq_status & head_bits(head, IRQ_VBLANK))
		return limit;
	if (head->seen_ns)
		ready = head->seen_ns + mode_frame_ns(&head->mode) / 2;
	else
		ready = head->acked_ns + mode_frame_ns(&head->mode);
	if (ready < instant)
		return instant;
	return ready < limit ? ready : limit;
}

/* One run of the vblank thread: instants of one head that show the same picture. */
struct batch {
	uint64_t instant;               /* the first */
	uint64_t n;                     /* instants, at least 1 */
	uint64_t n_missed;              /* of those, that came so late that the next was due too */
	bool held;                      /* late because of the guest */
	uint64_t timeline;
	bool latch;
	uint32_t seq;                   /* of the commit that the first of them latches */
	bool crc;
	struct writeback_job writeback;
	enum display_status writeback_status;
	struct scanout_picture picture;
	struct scanout_result result;
};

/*
 * When a vblank ends that was to be at @instant. The guest that was waited for has not been told of
 * it, so a commit that came meanwhile did not miss it; but nothing is shown before it came.
 */
static uint64_t head_prolonged(const struct display *display, const struct head *head,
			       uint64_t instant)
{
	const struct pending *pending = &head->pending;

	if (!pending->valid || pending->since_ns > head_ready(display, head, instant))
		return instant;
	return pending->since_ns > instant ? pending->since_ns : instant;
}

/*
 * Instants before the arrival of the waiting commit, which only a late thread sees, show the old
 * picture; they make a batch of their own.
 */
static void head_begin_batch(struct display *display, struct head *head, uint64_t now,
			     struct batch *batch)
{
	struct timeline *time = &head->time;
	uint64_t due = time->slack_ns ? 1 : timeline_frame_at(time, now) - time->frame;
	uint64_t instant = head_next(head);
	struct pending *pending = &head->pending;

	batch->instant = head_prolonged(display, head, instant);
	if (batch->instant > instant || head_may_hold(display, head, instant, now))
		batch->n = 1;
	else
		batch->n = due;
	batch->held = head_ready(display, head, instant) > instant;
	batch->timeline = head->timeline;
	batch->crc = head->crc.enable;
	batch->latch = false;
	if (pending->valid) {
		uint64_t last_old = timeline_frame_at(time, pending->since_ns - 1);

		batch->latch = pending->since_ns <= batch->instant;
		if (!batch->latch && !time->slack_ns && last_old - time->frame < batch->n)
			batch->n = last_old - time->frame;
	}
	if (batch->latch) {
		batch->seq = pending->seq;
		head_take_pending(head);
	}
	batch->writeback = head->writeback;
	head->writeback.what.enable = false;
	/* A picture that is written is that of one frame. */
	if (batch->writeback.what.enable)
		batch->n = 1;
	batch->n_missed = due > batch->n ? batch->n : batch->n - 1;
	head_picture(head, &batch->picture);
}

static void head_report_faults(struct display *display, struct head *head,
			       const struct scanout_result *result)
{
	if (!result->fault_planes)
		return;
	stat_add(&display->faults, result->n_faults);
	if (!head->fault_planes)
		head->fault_dva = result->fault_dva;
	head->fault_planes |= result->fault_planes;
}

/* Whatever became of it: whoever waits for it is told. */
static void head_finish_writeback(struct display *display, struct head *head,
				  struct writeback_job *job, enum display_status status)
{
	if (!job->what.enable)
		return;
	job->what.enable = false;
	head->writeback_seq = job->seq;
	head->writeback_status = status;
	stat_inc(status ? &display->writebacks_failed : &display->writebacks);
	head_raise(display, head, IRQ_WRITEBACK);
}

/* The documented order; the lock makes it one step. Returns the bits that are to be raised. */
static uint32_t head_publish_batch(struct display *display, struct head *head,
				   const struct batch *batch)
{
	uint32_t bits = IRQ_VBLANK;

	if (batch->latch) {
		head_show_latched(display, head, batch->seq);
		bits |= IRQ_LATCHED;
	}
	head->vblank_count += (uint32_t)batch->n;
	head->vblank_time_ns = timeline_advance(&head->time, batch->n, batch->instant);
	timeline_set_variable(&head->time, head->variable);
	stat_add(&display->frames, batch->n);
	stat_add(&head->frames, batch->n);
	if (batch->held)
		stat_add(&display->vblanks_held, batch->n);
	else
		stat_add(&display->vblanks_missed, batch->n_missed);

	head_report_faults(display, head, &batch->result);
	if (batch->result.fault_planes)
		bits |= IRQ_FETCH_FAULT;
	if (batch->crc && head->crc.enable)
		crc_push_frames(display, head, batch->n, batch->result.crc);
	return bits;
}

static uint32_t head_status_bits(const struct display *display, const struct head *head)
{
	return display->irq_status >> (IRQ_HEAD_SHIFT * head->index) & IRQ_HEAD_BITS;
}

/*
 * Caller holds @lock, which is dropped for the write. A guest that has taken its memory away has to
 * read the registers, as if it had never asked for records.
 */
static void head_write_record(struct display *display, struct head *head, uint32_t bits)
{
	struct frame_record record = {
		.number = head->record.number + 1,
		/* What its acknowledgement clears. */
		.events = (bits | head_status_bits(display, head)) & (IRQ_VBLANK | IRQ_LATCHED),
		.count = head->vblank_count,
		.latched_seq = head->latched_seq,
		.time_ns = head->vblank_time_ns,
	};
	uint64_t dva = head->record.dva;
	int ret;

	if (!head->record.enable)
		return;
	head->record.number = record.number;
	head->record.outdated = false;
	head->record.writing = true;
	pthread_mutex_unlock(&display->lock);
	ret = record_write(&display->port, dva, &record);
	pthread_mutex_lock(&display->lock);
	head->record.writing = false;
	pthread_cond_broadcast(&display->idle);
	stat_inc(ret ? &display->records_failed : &display->records);
	if (ret)
		head->record.enable = false;
}

static void display_fetch_batch(struct display *display, struct batch *batch)
{
	batch->writeback_status = DISPLAY_DROPPED;
	if (batch->writeback.what.enable)
		batch->writeback_status = writeback_run(&display->port, &batch->picture,
							&batch->writeback.what, &batch->result);
	if (batch->writeback_status != DISPLAY_DROPPED) {
		/* Composed already. */
		stat_inc(&display->frames_composed);
	} else if (batch->crc) {
		scanout_compose(&display->port, &batch->picture, NULL, &batch->result);
		stat_inc(&display->frames_composed);
	} else {
		scanout_fetch(&display->port, &batch->picture, &batch->result);
	}
	stat_add(&display->pages_fetched, batch->result.n_pages);
}

/*
 * A guest whose pictures keep the thread busy most of the time must not get the machine with it: until
 * the next switch of a head it has to queue up.
 */
static void display_schedule(struct display *display)
{
	realtime_set(display->thread, !display->heavy);
}

/* @cpu_ns: what the thread computed for a frame of @head. */
static void display_watch_load(struct display *display, const struct head *head, uint64_t cpu_ns)
{
	bool heavy = head->active && cpu_ns > mode_frame_ns(&head->mode) / 2;

	if (!heavy || display->heavy)
		return;
	display->heavy = true;
	display_schedule(display);
}

/* Caller holds @lock, which is dropped for the fetch. At least one instant of @head has come. */
static void head_run_batch(struct display *display, struct head *head, uint64_t now)
{
	struct batch batch;
	uint64_t cpu_ns;

	head_begin_batch(display, head, now, &batch);
	head->scanning = true;
	pthread_mutex_unlock(&display->lock);
	cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	display_fetch_batch(display, &batch);
	cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
	pthread_mutex_lock(&display->lock);
	head->scanning = false;
	pthread_cond_broadcast(&display->idle);
	display_watch_load(display, head, cpu_ns);

	if (batch.latch)
		head_quiesce(display, head, false);
	head_finish_writeback(display, head, &batch.writeback, batch.writeback_status);
	/* The head was switched meanwhile: nobody has seen this frame, so nobody misses it. */
	if (batch.timeline == head->timeline) {
		uint32_t bits = head_publish_batch(display, head, &batch);

		head_write_record(display, head, bits);
		head_raise(display, head, bits);
	}
}

/* The head whose next vblank comes first, at *@ready; NULL if none is active. */
static struct head *display_next(struct display *display, uint64_t *ready)
{
	struct head *next = NULL;

	display->holding = false;
	for (unsigned int i = 0; i < display->n_heads; i++) {
		struct head *head = &display->heads[i];
		uint64_t instant, at;

		if (!head->active)
			continue;
		instant = head_next(head);
		at = head_ready(display, head, instant);
		display->holding |= at > instant;
		if (!next || at < *ready) {
			next = head;
			*ready = at;
		}
	}
	return next;
}

static void wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, uint64_t ns)
{
	struct timespec ts = { .tv_sec = ns / NS_PER_SEC, .tv_nsec = ns % NS_PER_SEC };

	pthread_cond_timedwait(cond, lock, &ts);
}

static void *vblank_thread(void *arg)
{
	struct display *display = arg;

	pthread_mutex_lock(&display->lock);
	while (!display->stop) {
		uint64_t ready = 0, now;
		struct head *head = display_next(display, &ready);

		if (!head) {
			pthread_cond_wait(&display->wake, &display->lock);
			continue;
		}
		now = now_ns();
		if (ready > now)
			wait_until(&display->wake, &display->lock, ready);
		else if (head->waiters)
			pthread_cond_wait(&display->idle, &display->lock);
		else
			head_run_batch(display, head, now);
	}
	pthread_mutex_unlock(&display->lock);
	return NULL;
}

/* Commits */

enum display_status display_check(struct display *display, const struct display_commit *commit)
{
	return commit_check(commit, display->n_heads);
}

static bool mode_equal(const struct display_mode *a, const struct display_mode *b)
{
	return a->pixel_clock_khz == b->pixel_clock_khz && a->hdisplay == b->hdisplay &&
	       a->hsync_start == b->hsync_start && a->hsync_end == b->hsync_end &&
	       a->htotal == b->htotal && a->vdisplay == b->vdisplay &&
	       a->vsync_start == b->vsync_start && a->vsync_end == b->vsync_end &&
	       a->vtotal == b->vtotal;
}

/* Whether the head goes on, off or to another mode. */
static bool commit_switches(const struct head *head, const struct display_commit *commit)
{
	if (!commit->modeset)
		return false;
	return commit->active != head->active ||
	       (commit->active && !mode_equal(&commit->mode, &head->mode));
}

static void head_start_timeline(struct display *display, struct head *head)
{
	head->timeline++;
	timeline_start(&head->time, &head->mode, now_ns());
	timeline_set_variable(&head->time, head->variable);
	display->heavy = false;
	display_schedule(display);
	pthread_cond_signal(&display->wake);
}

/* On an active head a commit that switches it, on an inactive one any. */
static void head_commit_now(struct display *display, struct head *head,
			    const struct display_commit *commit)
{
	struct writeback_job job;

	head_take_pending(head);
	job = head->writeback;
	head->writeback = (struct writeback_job) { commit->writeback, commit->seq };
	merge_planes(head->planes, commit->planes, commit->plane_mask);
	if (commit->colour)
		head->colour = *commit->colour;
	if (commit->refresh)
		head->variable = commit->variable;
	if (commit_switches(head, commit)) {
		head->active = commit->active;
		if (commit->active)
			head->mode = commit->mode;
		head_start_timeline(display, head);
	}
	head_quiesce(display, head, true);
	head_finish_writeback(display, head, &job, DISPLAY_DROPPED);
	if (!head->active)
		head_finish_writeback(display, head, &head->writeback, DISPLAY_DROPPED);
	head_show_latched(display, head, commit->seq);
	head->record.outdated = true;
	head_raise(display, head, IRQ_LATCHED);
}

static void head_commit_at_vblank(struct display *display, struct head *head,
				  const struct display_commit *commit)
{
	struct pending *pending = &head->pending;

	if (!pending->valid) {
		pending->valid = true;
		pending->plane_mask = 0;
		pending->has_colour = false;
		pending->has_refresh = false;
		pending->since_ns = now_ns();
	}
	pending->seq = commit->seq;
	pending->plane_mask |= commit->plane_mask;
	merge_planes(pending->planes, commit->planes, commit->plane_mask);
	if (commit->colour) {
		pending->has_colour = true;
		pending->colour = *commit->colour;
	}
	if (commit->refresh) {
		pending->has_refresh = true;
		pending->variable = commit->variable;
	}
	if (commit->writeback.enable) {
		head_finish_writeback(display, head, &pending->writeback, DISPLAY_DROPPED);
		pending->writeback = (struct writeback_job) { commit->writeback, commit->seq };
	}
	/* With variable refresh it may be shown at once. */
	if (head->time.slack_ns)
		pthread_cond_signal(&display->wake);
}

/* What a waiting commit says of these planes is older: it must not come back at the vblank. */
static void head_commit_async(struct display *display, struct head *head,
			      const struct display_commit *commit)
{
	merge_planes(head->planes, commit->planes, commit->plane_mask);
	head->pending.plane_mask &= ~commit->plane_mask;
	stat_inc(&display->async);
	head_quiesce(display, head, true);
}

void display_commit(struct display *display, const struct display_commit *commit,
		    uint32_t *vblank_count)
{
	struct head *head = &display->heads[commit->head];

	pthread_mutex_lock(&display->lock);
	*vblank_count = head->vblank_count;
	stat_inc(&display->commits);
	if (commit->async)
		head_commit_async(display, head, commit);
	else if (!head->active || commit_switches(head, commit))
		head_commit_now(display, head, commit);
	else
		head_commit_at_vblank(display, head, commit);
	pthread_mutex_unlock(&display->lock);
}

uint32_t *display_grab(struct display *display, unsigned int index, unsigned int *width,
		       unsigned int *height)
{
	struct scanout_picture picture;
	struct scanout_result result;
	uint32_t *pixels = NULL;
	struct head *head;

	if (index >= display->n_heads)
		return NULL;
	head = &display->heads[index];
	pthread_mutex_lock(&display->lock);
	while (head->waiters)
		pthread_cond_wait(&display->idle, &display->lock);
	if (!head->active) {
		pthread_mutex_unlock(&display->lock);
		return NULL;
	}
	head_picture(head, &picture);
	head->grabs++;
	pthread_mutex_unlock(&display->lock);

	pixels = malloc((size_t)picture.width * picture.height * sizeof(*pixels));
	if (pixels)
		scanout_compose(&display->port, &picture, pixels, &result);
	stat_inc(&display->grabs);
	*width = picture.width;
	*height = picture.height;

	pthread_mutex_lock(&display->lock);
	if (!--head->grabs)
		pthread_cond_broadcast(&display->idle);
	pthread_mutex_unlock(&display->lock);
	return pixels;
}

bool display_shows(struct display *display, unsigned int index, uint64_t iova)
{
	const struct head *head = &display->heads[index];
	bool shows;

	pthread_mutex_lock(&display->lock);
	shows = head->active && head->planes[0].enable && head->planes[0].iova == iova;
	pthread_mutex_unlock(&display->lock);
	return shows;
}

unsigned int display_nr_heads(struct display *display)
{
	return display->n_heads;
}

int display_set_connected(struct display *display, unsigned int index, bool connected)
{
	struct head *head;

	if (index >= display->n_heads)
		return -ENOENT;
	head = &display->heads[index];
	pthread_mutex_lock(&display->lock);
	if (head->connected != connected) {
		head->connected = connected;
		head_raise(display, head, IRQ_HOTPLUG);
	}
	pthread_mutex_unlock(&display->lock);
	return 0;
}

int display_set_monitor(struct display *display, unsigned int index, unsigned int width,
			unsigned int height, unsigned int hz)
{
	uint8_t edid[EDID_BLOCK];
	struct head *head;

	if (index >= display->n_heads)
		return -ENOENT;
	if (edid_build(edid, index, width, height, hz))
		return -ERANGE;
	head = &display->heads[index];
	pthread_mutex_lock(&display->lock);
	memcpy(head->edid, edid, sizeof(edid));
	if (head->connected)
		head_raise(display, head, IRQ_HOTPLUG);
	pthread_mutex_unlock(&display->lock);
	return 0;
}

/* Registers */

static uint32_t head_scanline(const struct head *head)
{
	const struct display_mode *mode = &head->mode;
	uint64_t now, instant, line;

	if (!head->active)
		return 0;
	now = now_ns();
	instant = timeline_instant(&head->time, head->time.frame);
	line = now > instant ? (now - instant) * mode->pixel_clock_khz / mode->htotal / 1000000 : 0;
	/* Agrees with VBLANK_COUNT: the next frame's lines begin when that frame was counted. */
	if (line >= mode->vtotal)
		line = mode->vtotal - 1;
	return line | (line < (uint64_t)mode->vtotal - mode->vdisplay ? HEAD_SCANLINE_BLANK : 0);
}

static uint32_t read_low(uint64_t value, uint32_t *high)
{
	*high = value >> 32;
	return (uint32_t)value;
}

static uint32_t head_status(const struct head *head)
{
	return (head->active ? HEAD_STATUS_ACTIVE : 0) |
	       (head->connected ? HEAD_STATUS_CONNECTED : 0);
}

static uint32_t head_read(struct head *head, uint32_t offset)
{
	switch (offset) {
	case HEAD_STATUS:
		return head_status(head);
	case HEAD_VBLANK_COUNT:
		return head->vblank_count;
	case HEAD_VBLANK_TIME_LO:
		return read_low(head->vblank_time_ns, &head->time_high);
	case HEAD_VBLANK_TIME_HI:
		return head->time_high;
	case HEAD_LATCHED_SEQ:
		return head->latched_seq;
	case HEAD_SCANLINE:
		return head_scanline(head);
	case HEAD_FRAME_TIME:
		return head->active ? mode_frame_ns(&head->mode) : 0;
	case HEAD_CRC_CTRL:
		return head->crc.enable ? HEAD_CRC_CTRL_ENABLE : 0;
	case HEAD_CRC_COUNT:
		return head->crc.n;
	case HEAD_CRC_ENTRY_LO:
		return read_low(crc_fifo_pop(&head->crc), &head->crc_high);
	case HEAD_CRC_ENTRY_HI:
		return head->crc_high;
	case HEAD_FAULT_PLANES:
		return head->fault_planes;
	case HEAD_FAULT_ADDR_LO:
		return read_low(head->fault_dva, &head->fault_high);
	case HEAD_FAULT_ADDR_HI:
		return head->fault_high;
	case HEAD_NR_PLANES:
		return DISPLAY_NR_PLANES;
	case HEAD_CURSOR_MAX:
		return CURSOR_MAX;
	case HEAD_MAX_SIZE:
		return COMPOSE_MAX_SIZE << 16 | COMPOSE_MAX_SIZE;
	case HEAD_MIN_REFRESH:
		return TIMELINE_MIN_HZ;
	case HEAD_WRITEBACK_SEQ:
		return head->writeback_seq;
	case HEAD_WRITEBACK_STATUS:
		return head->writeback_status;
	case HEAD_RECORD_LO:
		return (uint32_t)head->record.dva;
	case HEAD_RECORD_HI:
		return head->record.dva >> 32;
	case HEAD_RECORD_CTRL:
		return head->record.enable ? HEAD_RECORD_CTRL_ENABLE : 0;
	case HEAD_EDID_SIZE:
		return head->connected ? EDID_BLOCK : 0;
	default:
		return 0;
	}
}

static bool head_reg_defined(uint32_t offset)
{
	return offset <= HEAD_FRAME_TIME ||
	       (offset >= HEAD_CRC_CTRL && offset <= HEAD_FAULT_PLANES) ||
	       (offset >= HEAD_FAULT_ADDR_LO && offset <= HEAD_MIN_REFRESH) ||
	       (offset >= HEAD_WRITEBACK_SEQ && offset <= HEAD_RECORD_ACK) ||
	       (offset >= HEAD_EDID_SIZE && offset < HEAD_EDID + HEAD_EDID_BYTES);
}

static struct head *head_at(struct display *display, uint64_t offset)
{
	uint64_t index = offset / HEAD_WINDOW;

	return index >= 1 && index <= display->n_heads ? &display->heads[index - 1] : NULL;
}

static bool reg_defined(struct display *display, uint64_t offset)
{
	if (offset >= HEAD_WINDOW)
		return head_at(display, offset) && head_reg_defined(offset % HEAD_WINDOW);
	return offset <= DISPLAY_HEADS || offset == DISPLAY_IRQ_STATUS ||
	       offset == DISPLAY_IRQ_ENABLE || offset == DISPLAY_CLOCK_LO ||
	       offset == DISPLAY_CLOCK_HI;
}

/* Caller holds @lock. */
static void display_touch(struct display *display, uint64_t offset)
{
	uint64_t reg = offset / 4;

	if (reg_defined(display, offset) || reg / 8 >= sizeof(display->touched) ||
	    display->touched[reg / 8] & (1u << reg % 8))
		return;
	display->touched[reg / 8] |= 1u << reg % 8;
	stat_inc(&display->undefined);
	stats_note(display->stats, display->name, "no register at 0x%llx",
		   (unsigned long long)offset);
}

static uint32_t global_read(struct display *display, uint64_t offset)
{
	switch (offset) {
	case DISPLAY_ID:
		return DISPLAY_ID_VALUE;
	case DISPLAY_VERSION:
		return 1;
	case DISPLAY_HEADS:
		return display->n_heads;
	case DISPLAY_IRQ_STATUS:
		return display->irq_status;
	case DISPLAY_IRQ_ENABLE:
		return display->irq_enable;
	case DISPLAY_CLOCK_LO:
		return read_low(now_ns(), &display->clock_high);
	case DISPLAY_CLOCK_HI:
		return display->clock_high;
	default:
		return 0;
	}
}

/* The interrupt's handler has come to what belongs to the vblank. */
static void display_saw(struct display *display, struct head *head, uint32_t offset)
{
	if (offset < HEAD_VBLANK_COUNT || offset > HEAD_VBLANK_TIME_HI)
		return;
	head->seen_ns = now_ns();
	if (display->holding)
		pthread_cond_signal(&display->wake);
}

static uint32_t display_read32(void *opaque, uint64_t offset)
{
	struct display *display = opaque;
	struct head *head = head_at(display, offset);
	uint32_t value;

	pthread_mutex_lock(&display->lock);
	display_touch(display, offset);
	if (head) {
		value = head_read(head, offset % HEAD_WINDOW);
		display_saw(display, head, offset % HEAD_WINDOW);
	} else {
		value = global_read(display, offset);
	}
	pthread_mutex_unlock(&display->lock);
	return value;
}

/* Nothing is written to the old place when this returns. Drops the lock while it waits. */
static void head_set_record(struct display *display, struct head *head, uint64_t dva, bool enable)
{
	head->record.enable = enable;
	head->record.dva = dva & ~(RECORD_ALIGN - 1ull);
	while (head->record.writing)
		pthread_cond_wait(&display->idle, &display->lock);
}

/* @seen: count and time too. */
static void head_took_vblank(struct head *head, bool seen)
{
	head->acked_ns = now_ns();
	head->seen_ns = seen ? head->acked_ns : 0;
}

/* What came after the record that was handled is not handled. */
static void head_acknowledge_record(struct display *display, struct head *head, uint32_t number)
{
	if (number != head->record.number || head->record.writing)
		return;
	if (display->irq_status & head_bits(head, IRQ_VBLANK))
		head_took_vblank(head, true);
	display->irq_status &= ~head_bits(head, IRQ_VBLANK);
	if (!head->record.outdated)
		display->irq_status &= ~head_bits(head, IRQ_LATCHED);
}

static void head_write(struct display *display, struct head *head, uint32_t offset, uint32_t value)
{
	uint64_t record = head->record.dva;
	bool enable = value & HEAD_CRC_CTRL_ENABLE;

	switch (offset) {
	case HEAD_CRC_CTRL:
		if (enable && !head->crc.enable)
			head->crc.n = 0;
		head->crc.enable = enable;
		break;
	case HEAD_FAULT_PLANES:
		head->fault_planes &= ~value;
		break;
	case HEAD_RECORD_LO:
		head_set_record(display, head, (record & ~0ull << 32) | value, false);
		break;
	case HEAD_RECORD_HI:
		head_set_record(display, head, (uint64_t)value << 32 | (uint32_t)record, false);
		break;
	case HEAD_RECORD_CTRL:
		head_set_record(display, head, record, value & HEAD_RECORD_CTRL_ENABLE);
		break;
	case HEAD_RECORD_ACK:
		head_acknowledge_record(display, head, value);
		break;
	}
}

static uint32_t irq_valid_bits(const struct display *display)
{
	uint32_t bits = 0;

	for (unsigned int i = 0; i < display->n_heads; i++)
		bits |= IRQ_HEAD_BITS << (IRQ_HEAD_SHIFT * i);
	return bits;
}

static void display_acknowledge(struct display *display, uint32_t value)
{
	uint32_t cleared = display->irq_status & value;

	display->irq_status &= ~value;
	for (unsigned int i = 0; i < display->n_heads; i++)
		if (cleared & head_bits(&display->heads[i], IRQ_VBLANK))
			head_took_vblank(&display->heads[i], false);
}

static void display_write32(void *opaque, uint64_t offset, uint32_t value)
{
	struct display *display = opaque;
	struct head *head = head_at(display, offset);

	pthread_mutex_lock(&display->lock);
	display_touch(display, offset);
	if (head)
		head_write(display, head, offset % HEAD_WINDOW, value);
	else if (offset == DISPLAY_IRQ_STATUS)
		display_acknowledge(display, value);
	else if (offset == DISPLAY_IRQ_ENABLE)
		display->irq_enable = value & irq_valid_bits(display);
	if (display->holding)
		pthread_cond_signal(&display->wake);
	display_update_irq(display);
	pthread_mutex_unlock(&display->lock);
}

/* The EDID is memory: any size and alignment. */
static bool edid_access(struct display *display, uint64_t offset, unsigned int size)
{
	uint64_t at = offset % HEAD_WINDOW;

	return head_at(display, offset) && at >= HEAD_EDID &&
	       at + size <= HEAD_EDID + HEAD_EDID_BYTES;
}

static uint64_t edid_read(struct display *display, uint64_t offset, unsigned int size)
{
	struct head *head = head_at(display, offset);
	size_t at = offset % HEAD_WINDOW - HEAD_EDID;
	uint64_t value = 0;

	pthread_mutex_lock(&display->lock);
	for (unsigned int i = 0; head->connected && i < size; i++)
		if (at + i < sizeof(head->edid))
			value |= (uint64_t)head->edid[at + i] << (8 * i);
	pthread_mutex_unlock(&display->lock);
	return value;
}

static bool access_ok(struct display *display, uint64_t offset, unsigned int size)
{
	if (size >= 4 && offset % 4 == 0)
		return true;
	stats_violation(display->stats, display->name, "access of %u bytes at 0x%llx", size,
			(unsigned long long)offset);
	return false;
}

static uint64_t display_bus_read(void *opaque, uint64_t offset, unsigned int size)
{
	struct display *display = opaque;

	if (edid_access(display, offset, size))
		return edid_read(display, offset, size);
	if (!access_ok(display, offset, size))
		return 0;
	return bus_read_split(display_read32, display, offset, size);
}

static void display_bus_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	struct display *display = opaque;

	if (access_ok(display, offset, size))
		bus_write_split(display_write32, display, offset, size, value);
}

const struct bus_ops display_bus_ops = {
	.read = display_bus_read,
	.write = display_bus_write,
};

/* Life */

static void head_reset(struct display *display, struct head *head)
{
	head->active = false;
	head->timeline++;
	memset(&head->mode, 0, sizeof(head->mode));
	memset(head->planes, 0, sizeof(head->planes));
	memset(&head->colour, 0, sizeof(head->colour));
	head->variable = false;
	memset(&head->writeback, 0, sizeof(head->writeback));
	head->writeback_seq = head->writeback_status = 0;
	memset(&head->pending, 0, sizeof(head->pending));
	memset(&head->crc, 0, sizeof(head->crc));
	head->vblank_count = 0;
	head->vblank_time_ns = 0;
	head->acked_ns = 0;
	head->seen_ns = 0;
	head->latched_seq = 0;
	head->fault_planes = 0;
	head->fault_dva = 0;
	head->time_high = head->crc_high = head->fault_high = 0;
	head_set_record(display, head, 0, false);
	head->record.number = 0;
	head_quiesce(display, head, true);
}

void display_reset(struct display *display)
{
	pthread_mutex_lock(&display->lock);
	for (unsigned int i = 0; i < display->n_heads; i++)
		head_reset(display, &display->heads[i]);
	display->irq_status = 0;
	display->irq_enable = 0;
	display->clock_high = 0;
	display_update_irq(display);
	pthread_mutex_unlock(&display->lock);
}

static void display_register_stats(struct display *display)
{
	const struct {
		const char *name;
		struct stat_counter *counter;
	} counters[] = {
		{ "frames", &display->frames },
		{ "frames_composed", &display->frames_composed },
		{ "pages_fetched", &display->pages_fetched },
		{ "commits", &display->commits },
		{ "latched", &display->latched },
		{ "async", &display->async },
		{ "faults", &display->faults },
		{ "vblanks_missed", &display->vblanks_missed },
		{ "vblanks_held", &display->vblanks_held },
		{ "crc_entries", &display->crc_entries },
		{ "crc_dropped", &display->crc_dropped },
		{ "grabs", &display->grabs },
		{ "writebacks", &display->writebacks },
		{ "writebacks_failed", &display->writebacks_failed },
		{ "records", &display->records },
		{ "records_failed", &display->records_failed },
		{ "undefined_registers", &display->undefined },
	};
	char name[32];

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		stats_register(display->stats, display->name, counters[i].name,
			       counters[i].counter);
	for (unsigned int i = 0; i < display->n_heads; i++) {
		snprintf(name, sizeof(name), "head%u_frames", i);
		stats_register(display->stats, display->name, name, &display->heads[i].frames);
		snprintf(name, sizeof(name), "head%u_latched", i);
		stats_register(display->stats, display->name, name, &display->heads[i].latched);
	}
}

static int display_init_heads(struct display *display, const struct display_config *config)
{
	if (!config->nr_heads || config->nr_heads > DISPLAY_MAX_HEADS) {
		fprintf(stderr, "vsoc: %s: %u heads, must be 1 to %u\n", config->name,
			config->nr_heads, DISPLAY_MAX_HEADS);
		return -EINVAL;
	}
	display->n_heads = config->nr_heads;
	for (unsigned int i = 0; i < config->nr_heads; i++) {
		const struct display_head_config *from = &config->heads[i];
		struct head *head = &display->heads[i];

		head->index = i;
		head->connected = !from->disconnected;
		if (edid_build(head->edid, i, from->width, from->height, from->hz)) {
			fprintf(stderr, "vsoc: %s: head %u: an EDID cannot describe %ux%u@%u\n",
				config->name, i, from->width, from->height, from->hz);
			return -EINVAL;
		}
	}
	return 0;
}

static void display_init_sync(struct display *display)
{
	pthread_condattr_t attr;

	realtime_mutex_init(&display->lock);
	pthread_cond_init(&display->idle, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&display->wake, &attr);
	pthread_condattr_destroy(&attr);
}

static void display_destroy_sync(struct display *display)
{
	pthread_cond_destroy(&display->wake);
	pthread_cond_destroy(&display->idle);
	pthread_mutex_destroy(&display->lock);
}

struct display *display_create(const struct display_config *config, const struct dma_port *port,
			       struct irq_source *irq, struct stats *stats)
{
	struct display *display = calloc(1, sizeof(*display));

	if (!display)
		return NULL;
	display->port = *port;
	display->irq = irq;
	display->stats = stats;
	if (display_init_heads(display, config))
		goto err_free;
	display->name = strdup(config->name);
	if (!display->name)
		goto err_free;
	display_init_sync(display);
	if (pthread_create(&display->thread, NULL, vblank_thread, display)) {
		fprintf(stderr, "vsoc: %s: no vblank thread\n", config->name);
		goto err_destroy_sync;
	}
	pthread_setname_np(display->thread, "vblank");
	display_schedule(display);
	display_register_stats(display);
	return display;

err_destroy_sync:
	display_destroy_sync(display);
	free(display->name);
err_free:
	free(display);
	return NULL;
}

void display_destroy(struct display *display)
{
	if (!display)
		return;
	pthread_mutex_lock(&display->lock);
	display->stop = true;
	pthread_cond_signal(&display->wake);
	pthread_mutex_unlock(&display->lock);
	pthread_join(display->thread, NULL);
	stats_unregister_group(display->stats, display->name);
	display_destroy_sync(display);
	free(display->name);
	free(display);
}
