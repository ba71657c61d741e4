// SPDX-License-Identifier: GPL-2.0
/*
 * The display coprocessor: its mailbox and its rings, behind two verbs, submit
 * and wait.
 *
 * Firmware reads commands from one ring and writes responses into another, both
 * in guest memory behind the coprocessor's own DART. All that comes back from it
 * is checked: it is as trustworthy as any other user of the bus.
 *
 * A firmware that crashes, or does not answer in time, is restarted by the next
 * submit, which then plays the last state of every head to it. A device that has
 * died (all its registers read as ones) fails everything at once.
 */

#include <linux/bitfield.h>
#include <linux/component.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iopoll.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/wait.h>

#include <drm/drm_color_mgmt.h>
#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include <kunit/visibility.h>

#include "asahi_coproc.h"
#include "asahi_coproc_regs.h"
#include "asahi_device.h"
#include "asahi_gem.h"

#define CMD_RING_SHIFT		4
#define CMD_RING_ENTRIES	BIT(CMD_RING_SHIFT)
#define RSP_RING_SHIFT		10
#define RSP_RING_ENTRIES	BIT(RSP_RING_SHIFT)

/*
 * Commands in flight. Every one has at most one doorbell message unread, and
 * the mailbox takes 16 messages: so few that it is never full and need not be
 * asked, which would cost a slow register read for each command.
 */
#define COPROC_MAX_INFLIGHT	8

/* Between two looks at a register that takes 20 us to read. */
#define COPROC_POLL_US		100

static unsigned int commit_timeout_ms =
	IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_PROVE_LOCKING) ? 10000 : 2000;
module_param(commit_timeout_ms, uint, 0644);
MODULE_PARM_DESC(commit_timeout_ms, "How long to wait for the display coprocessor, in ms");

enum slot_state {
	SLOT_FREE,
	SLOT_SENT,
	SLOT_DONE,
};

struct coproc_slot {
	enum slot_state state;
	u32 seq;
	/* Answer of the firmware, valid when done; ~0 if it never came. */
	u32 status;
};

struct asahi_coproc {
	struct asahi_device *asahi;
	struct device *dev;
	void __iomem *regs;
	int irq;

	/** @seq: last sequence number given out. */
	atomic_t seq;

	/**
	 * @lock: serialises submitters and restarts; protects @running, @gone,
	 * @cmd_tail, @shadow and @colour.
	 */
	struct mutex lock;

	/** @running: between start and stop. */
	bool running;

	/** @gone: the device does not answer any more and never will. */
	bool gone;

	/** @broken: firmware must be restarted; set by anybody, cleared under @lock. */
	bool broken;

	/** @cmd_ring, @rsp_ring: kernel objects of struct coproc_command and _response. */
	struct asahi_gem_object *cmd_ring;
	struct asahi_gem_object *rsp_ring;
	/** @colour_ring: a colour block for each head, free while none of its commits is sent. */
	struct asahi_gem_object *colour_ring;

	/** @cmd_tail: free-running index of the next command. */
	u32 cmd_tail;

	/** @rx_lock: protects @rsp_head and @rsp_told, against a restart. */
	spinlock_t rx_lock;
	/** @rsp_head: responses consumed. */
	u32 rsp_head;
	/** @rsp_told: how many of them the firmware knows of. */
	u32 rsp_told;

	/** @slot_lock: protects @slots, @ack_type and @ack_status. */
	spinlock_t slot_lock;
	struct coproc_slot slots[COPROC_MAX_INFLIGHT];
	/** @ack_type: message whose acknowledgment is waited for, 0 for none. */
	u32 ack_type;
	u32 ack_status;
	/** @wq: woken when a slot is done, an ack came, or firmware broke. */
	wait_queue_head_t wq;

	/** @tx_lock: keeps a message whole where 64-bit writes are two. */
	spinlock_t tx_lock;

	/** @shadow: the last state of each head, for a restarted firmware. */
	struct asahi_head_commit shadow[ASAHI_MAX_HEADS];
	/** @colour: what belongs to @shadow, as firmware reads it. */
	struct {
		/** @colour.valid: there was a commit that described it. */
		bool valid;
		struct coproc_colour block;
	} colour[ASAHI_MAX_HEADS];
};

/**
 * asahi_coproc_timeout_ms() - how long the hardware may take for anything
 *
 * Return: milliseconds, at least 1.
 */
unsigned int asahi_coproc_timeout_ms(void)
{
	return max(READ_ONCE(commit_timeout_ms), 1u);
}

static unsigned long coproc_timeout(void)
{
	return msecs_to_jiffies(asahi_coproc_timeout_ms());
}

static void coproc_send(struct asahi_coproc *cp, u32 type, u32 arg, u64 payload)
{
	u64 msg = FIELD_PREP(COPROC_MSG_TYPE, type) | FIELD_PREP(COPROC_MSG_ARG, arg) |
		  FIELD_PREP(COPROC_MSG_PAYLOAD, payload);
	unsigned long flags;

	spin_lock_irqsave(&cp->tx_lock, flags);
	writeq(msg, cp->regs + COPROC_A2I_DATA);
	spin_unlock_irqrestore(&cp->tx_lock, flags);
}

static void coproc_break(struct asahi_coproc *cp)
{
	WRITE_ONCE(cp->broken, true);
	wake_up_all(&cp->wq);
}

/* True when the device has gone for good: dead, or its registers are no longer there. */
static bool coproc_check_gone(struct asahi_coproc *cp)
{
	lockdep_assert_held(&cp->lock);

	if (!cp->gone && readl(cp->regs + COPROC_ID) != COPROC_ID_MAGIC) {
		drm_err(&cp->asahi->drm, "the display coprocessor is gone\n");
		cp->gone = true;
	}

	return cp->gone;
}

static struct coproc_slot *coproc_find_slot(struct asahi_coproc *cp, enum slot_state state,
					    u32 seq)
{
	unsigned int i;

	lockdep_assert_held(&cp->slot_lock);

	for (i = 0; i < COPROC_MAX_INFLIGHT; i++) {
		if (cp->slots[i].state == state && (state == SLOT_FREE || cp->slots[i].seq == seq))
			return &cp->slots[i];
	}

	return NULL;
}

static void coproc_handle_response(struct asahi_coproc *cp, u32 index)
{
	const struct coproc_response *ring = cp->rsp_ring->vmap.vaddr;
	/* Copied once: the other side can still write to it. */
	u32 seq = le32_to_cpu(READ_ONCE(ring[index % RSP_RING_ENTRIES].seq));
	u32 status = le32_to_cpu(READ_ONCE(ring[index % RSP_RING_ENTRIES].status));
	struct coproc_slot *slot;

	spin_lock(&cp->slot_lock);
	slot = coproc_find_slot(cp, SLOT_SENT, seq);
	if (slot) {
		slot->state = SLOT_DONE;
		slot->status = status;
	}
	spin_unlock(&cp->slot_lock);

	if (!slot)
		dev_warn_ratelimited(cp->dev, "response %#x to a command that nobody sent\n", seq);
}

static void coproc_handle_responses(struct asahi_coproc *cp, u32 tail)
{
	if (tail - cp->rsp_head > RSP_RING_ENTRIES) {
		dev_err_ratelimited(cp->dev, "response tail %#x is beyond the ring at %#x\n", tail,
				    cp->rsp_head);
		coproc_break(cp);
		return;
	}

	/* The message must be seen before the responses that it speaks of. */
	dma_rmb();
	while (cp->rsp_head != tail)
		coproc_handle_response(cp, cp->rsp_head++);

	if (cp->rsp_head - cp->rsp_told >= RSP_RING_ENTRIES / 4) {
		coproc_send(cp, COPROC_MSG_RSP_HEAD, 0, cp->rsp_head);
		cp->rsp_told = cp->rsp_head;
	}
	wake_up_all(&cp->wq);
}

static void coproc_handle_ack(struct asahi_coproc *cp, u32 type, u32 status)
{
	bool expected;

	spin_lock(&cp->slot_lock);
	expected = cp->ack_type == type;
	if (expected) {
		cp->ack_type = 0;
		cp->ack_status = status;
	}
	spin_unlock(&cp->slot_lock);

	if (expected)
		wake_up_all(&cp->wq);
	else
		dev_warn_ratelimited(cp->dev, "acknowledgment of %#x, which nobody sent\n", type);
}

static void coproc_handle_message(struct asahi_coproc *cp, u64 msg)
{
	u32 type = FIELD_GET(COPROC_MSG_TYPE, msg);
	u32 arg = FIELD_GET(COPROC_MSG_ARG, msg);
	u64 payload = FIELD_GET(COPROC_MSG_PAYLOAD, msg);

	switch (type) {
	case COPROC_MSG_HELLO_ACK:
		coproc_handle_ack(cp, COPROC_MSG_HELLO,
				  payload == COPROC_PROTOCOL_2 ? COPROC_OK : COPROC_PROTOCOL);
		break;
	case COPROC_MSG_ACK:
		coproc_handle_ack(cp, arg, payload);
		break;
	case COPROC_MSG_RESPONSE:
		coproc_handle_responses(cp, payload);
		break;
	case COPROC_MSG_CRASH:
		dev_err_ratelimited(cp->dev, "firmware crashed, status %llu\n", payload);
		coproc_break(cp);
		break;
	default:
		dev_warn_ratelimited(cp->dev, "unknown message %#018llx\n", msg);
	}
}

static void coproc_receive(struct asahi_coproc *cp)
{
	unsigned int n;
	u64 msg;

	spin_lock(&cp->rx_lock);
	for (n = 0; n < COPROC_I2A_DEPTH; n++) {
		msg = readq(cp->regs + COPROC_I2A_DATA);
		/* Empty, or dead. */
		if (!msg || msg == U64_MAX)
			break;
		coproc_handle_message(cp, msg);
	}
	spin_unlock(&cp->rx_lock);
}

/*
 * All is done here and nothing in a thread, which clients of a higher priority
 * could keep from running for so long that answers would be taken for lost.
 */
static irqreturn_t coproc_irq(int irq, void *data)
{
	struct asahi_coproc *cp = data;
	u32 status = readl(cp->regs + COPROC_IRQ_STATUS);

	if (status == COPROC_DEAD || !(status & (COPROC_IRQ_RECEIVE | COPROC_IRQ_CRASHED)))
		return IRQ_NONE;

	/* Before the messages are read: one that comes later raises the line again. */
	writel(status, cp->regs + COPROC_IRQ_STATUS);
	if (status & COPROC_IRQ_CRASHED)
		coproc_break(cp);
	coproc_receive(cp);

	return IRQ_HANDLED;
}

static bool coproc_ack_came(struct asahi_coproc *cp)
{
	bool came;

	spin_lock_irq(&cp->slot_lock);
	came = !cp->ack_type;
	spin_unlock_irq(&cp->slot_lock);

	return came;
}

/* Sends a message and waits for its acknowledgment. */
static int coproc_call(struct asahi_coproc *cp, u32 type, u32 arg, u64 payload)
{
	lockdep_assert_held(&cp->lock);

	spin_lock_irq(&cp->slot_lock);
	cp->ack_type = type;
	spin_unlock_irq(&cp->slot_lock);

	coproc_send(cp, type, arg, payload);

	if (!wait_event_timeout(cp->wq, coproc_ack_came(cp) || READ_ONCE(cp->broken),
				coproc_timeout())) {
		dev_err(cp->dev, "no answer to message %#x\n", type);
		return -ETIMEDOUT;
	}
	if (READ_ONCE(cp->broken))
		return -EIO;
	if (cp->ack_status) {
		dev_err(cp->dev, "message %#x refused with status %u\n", type, cp->ack_status);
		return -EPROTO;
	}

	return 0;
}

/* Commands that the old firmware had are lost; who waits for them learns it. */
static void coproc_forget(struct asahi_coproc *cp)
{
	unsigned int i;

	spin_lock_irq(&cp->rx_lock);
	cp->rsp_head = 0;
	cp->rsp_told = 0;
	spin_unlock_irq(&cp->rx_lock);

	spin_lock_irq(&cp->slot_lock);
	for (i = 0; i < COPROC_MAX_INFLIGHT; i++) {
		if (cp->slots[i].state != SLOT_SENT)
			continue;
		cp->slots[i].state = SLOT_DONE;
		cp->slots[i].status = ~0u;
	}
	spin_unlock_irq(&cp->slot_lock);
	wake_up_all(&cp->wq);

	cp->cmd_tail = 0;
}

/* Firmware starts and stops in its own time; until it has stopped it uses the rings. */
static int coproc_set_running(struct asahi_coproc *cp, bool run)
{
	u32 status;
	int ret;

	writel(run ? COPROC_CTRL_RUN : 0, cp->regs + COPROC_CTRL);
	ret = readl_poll_timeout(cp->regs + COPROC_STATUS, status,
				 status == COPROC_DEAD || !(status & COPROC_STATUS_RUNNING) == !run,
				 COPROC_POLL_US, asahi_coproc_timeout_ms() * USEC_PER_MSEC);
	if (ret)
		dev_err(cp->dev, "firmware does not %s\n", run ? "start" : "stop");

	return status == COPROC_DEAD ? -ENODEV : ret;
}

static int coproc_boot(struct asahi_coproc *cp)
{
	int ret;

	lockdep_assert_held(&cp->lock);

	ret = coproc_set_running(cp, false);
	if (ret) {
		coproc_check_gone(cp);
		return ret;
	}
	/* Nothing of the old life follows. */
	synchronize_irq(cp->irq);
	coproc_forget(cp);
	WRITE_ONCE(cp->broken, false);

	ret = coproc_set_running(cp, true);
	if (!ret)
		ret = coproc_call(cp, COPROC_MSG_HELLO, 0, COPROC_PROTOCOL_2);
	if (!ret)
		ret = coproc_call(cp, COPROC_MSG_CMD_RING, CMD_RING_SHIFT,
				  asahi_gem_iova(cp->cmd_ring));
	if (!ret)
		ret = coproc_call(cp, COPROC_MSG_RSP_RING, RSP_RING_SHIFT,
				  asahi_gem_iova(cp->rsp_ring));
	if (ret) {
		WRITE_ONCE(cp->broken, true);
		coproc_check_gone(cp);
	}

	return ret;
}

static void coproc_encode_plane(const struct asahi_plane_config *config, struct coproc_plane *plane)
{
	if (!config->enable)
		return;

	plane->flags = cpu_to_le32(COPROC_PLANE_ENABLE);
	plane->format = cpu_to_le32(config->format);
	plane->iova = cpu_to_le64(config->iova);
	plane->pitch = cpu_to_le32(config->pitch);
	plane->width = cpu_to_le16(config->width);
	plane->height = cpu_to_le16(config->height);
	plane->x = cpu_to_le32(config->x);
	plane->y = cpu_to_le32(config->y);
	plane->zpos = cpu_to_le32(config->zpos);
	plane->alpha = cpu_to_le16(config->alpha);
	plane->blend = config->blend;
	plane->transform = config->transform;
	plane->dst_width = cpu_to_le16(config->dst_width);
	plane->dst_height = cpu_to_le16(config->dst_height);
	plane->pitch2 = cpu_to_le32(config->pitch2);
	plane->iova2 = cpu_to_le64(config->iova2);
	plane->encoding = config->encoding;
	plane->range = config->range;
	plane->filter = config->filter;
}

static void coproc_encode_writeback(const struct asahi_head_commit *commit,
				    struct coproc_writeback *writeback)
{
	writeback->format = cpu_to_le32(commit->writeback.format);
	writeback->pitch = cpu_to_le32(commit->writeback.pitch);
	writeback->iova = cpu_to_le64(commit->writeback.iova);
	writeback->width = cpu_to_le16(commit->writeback.width);
	writeback->height = cpu_to_le16(commit->writeback.height);
}

static void coproc_encode_lut(const struct drm_color_lut *lut, __le16 (*entries)[4])
{
	unsigned int i;

	for (i = 0; i < COPROC_LUT_SIZE; i++) {
		entries[i][0] = cpu_to_le16(lut[i].red);
		entries[i][1] = cpu_to_le16(lut[i].green);
		entries[i][2] = cpu_to_le16(lut[i].blue);
	}
}

VISIBLE_IF_KUNIT void asahi_coproc_encode_colour(const struct asahi_colour *colour,
						 struct coproc_colour *block)
{
	u32 flags = 0;
	unsigned int i;

	memset(block, 0, sizeof(*block));

	if (colour->degamma) {
		flags |= COPROC_COLOUR_DEGAMMA;
		coproc_encode_lut(colour->degamma, block->degamma);
	}
	if (colour->ctm_on) {
		flags |= COPROC_COLOUR_CTM;
		for (i = 0; i < ARRAY_SIZE(colour->ctm); i++)
			block->ctm[i] = cpu_to_le32(colour->ctm[i]);
	}
	if (colour->gamma) {
		flags |= COPROC_COLOUR_GAMMA;
		coproc_encode_lut(colour->gamma, block->gamma);
	}
	block->flags = cpu_to_le32(flags);
}
EXPORT_SYMBOL_IF_KUNIT(asahi_coproc_encode_colour);

static u32 coproc_commit_flags(const struct asahi_head_commit *commit)
{
	u32 flags = 0;

	if (commit->modeset)
		flags |= COPROC_COMMIT_MODESET;
	if (commit->modeset && commit->active)
		flags |= COPROC_COMMIT_ACTIVE;
	if (commit->async)
		flags |= COPROC_COMMIT_ASYNC;
	if (commit->refresh)
		flags |= COPROC_COMMIT_REFRESH;
	if (commit->refresh && commit->variable)
		flags |= COPROC_COMMIT_VARIABLE;
	if (commit->writeback.enable)
		flags |= COPROC_COMMIT_WRITEBACK;

	return flags;
}

/* @colour: address of the colour block that belongs to @commit, 0 if none does. */
VISIBLE_IF_KUNIT void asahi_coproc_encode(const struct asahi_head_commit *commit, u64 colour,
					  struct coproc_command *command)
{
	u32 flags = coproc_commit_flags(commit);
	unsigned int i;

	memset(command, 0, sizeof(*command));

	if (commit->modeset) {
		command->pixel_clock = cpu_to_le32(commit->timing.clock);
		for (i = 0; i < 4; i++) {
			command->horizontal[i] = cpu_to_le16(commit->timing.h[i]);
			command->vertical[i] = cpu_to_le16(commit->timing.v[i]);
		}
	}
	if (colour)
		flags |= COPROC_COMMIT_COLOUR;
	if (commit->writeback.enable)
		coproc_encode_writeback(commit, &command->writeback);

	command->opcode = cpu_to_le32(COPROC_OP_COMMIT);
	command->seq = cpu_to_le32(commit->seq);
	command->head = cpu_to_le32(commit->head);
	command->flags = cpu_to_le32(flags);
	command->plane_mask = cpu_to_le32(commit->plane_mask);
	command->colour = cpu_to_le64(colour);
	for (i = 0; i < ASAHI_NR_PLANES; i++) {
		if (commit->plane_mask & BIT(i))
			coproc_encode_plane(&commit->plane[i], &command->plane[i]);
	}
}
EXPORT_SYMBOL_IF_KUNIT(asahi_coproc_encode);

static bool coproc_claim_slot(struct asahi_coproc *cp, u32 seq)
{
	struct coproc_slot *slot;

	spin_lock_irq(&cp->slot_lock);
	slot = coproc_find_slot(cp, SLOT_FREE, 0);
	if (slot) {
		slot->state = SLOT_SENT;
		slot->seq = seq;
		slot->status = ~0u;
	}
	spin_unlock_irq(&cp->slot_lock);

	return slot;
}

/* Firmware reads the block before it answers, and a head has one such commit on its way at most. */
static u64 coproc_put_colour(struct asahi_coproc *cp, unsigned int head)
{
	struct coproc_colour *blocks = cp->colour_ring->vmap.vaddr;

	lockdep_assert_held(&cp->lock);

	blocks[head] = cp->colour[head].block;
	return asahi_gem_iova(cp->colour_ring) + head * sizeof(*blocks);
}

/* For a commit that has its slot. @colour: the head's colour block goes with it. */
static void coproc_put_command(struct asahi_coproc *cp, const struct asahi_head_commit *commit,
			       bool colour)
{
	struct coproc_command *ring = cp->cmd_ring->vmap.vaddr;
	u64 colour_iova = 0;

	lockdep_assert_held(&cp->lock);

	if (colour)
		colour_iova = coproc_put_colour(cp, commit->head);
	asahi_coproc_encode(commit, colour_iova, &ring[cp->cmd_tail % CMD_RING_ENTRIES]);
	cp->cmd_tail++;
	/* The command must be in memory before its doorbell rings. */
	dma_wmb();
	coproc_send(cp, COPROC_MSG_DOORBELL, 0, cp->cmd_tail);
}

static int coproc_queue(struct asahi_coproc *cp, const struct asahi_head_commit *commit,
			bool colour)
{
	lockdep_assert_held(&cp->lock);

	if (!wait_event_timeout(cp->wq, coproc_claim_slot(cp, commit->seq), coproc_timeout()))
		return -EBUSY;

	coproc_put_command(cp, commit, colour);
	return 0;
}

static bool coproc_slot_done(struct asahi_coproc *cp, u32 seq)
{
	bool done;

	spin_lock_irq(&cp->slot_lock);
	done = coproc_find_slot(cp, SLOT_DONE, seq);
	spin_unlock_irq(&cp->slot_lock);

	return done;
}

/* Takes the answer and frees the slot; ~0 if there is none. */
static u32 coproc_take_status(struct asahi_coproc *cp, u32 seq)
{
	struct coproc_slot *slot;
	u32 status = ~0u;

	spin_lock_irq(&cp->slot_lock);
	slot = coproc_find_slot(cp, SLOT_DONE, seq);
	if (!slot)
		slot = coproc_find_slot(cp, SLOT_SENT, seq);
	if (slot) {
		if (slot->state == SLOT_DONE)
			status = slot->status;
		slot->state = SLOT_FREE;
	}
	spin_unlock_irq(&cp->slot_lock);
	wake_up_all(&cp->wq);

	return status;
}

/**
 * asahi_coproc_wait() - wait until firmware has accepted a commit
 * @cp: the coprocessor
 * @seq: of a commit that asahi_coproc_submit() has taken; to be waited for once
 *
 * A commit that is not answered in time leaves the firmware to be restarted by
 * the next asahi_coproc_submit().
 *
 * Context: may sleep, for asahi_coproc_timeout_ms() at most.
 * Return: 0, -EINVAL if firmware has refused it, -ETIMEDOUT without an answer,
 * -EIO if firmware has crashed. In all but the first case it had no effect, or
 * an unknown one.
 */
int asahi_coproc_wait(struct asahi_coproc *cp, u32 seq)
{
	bool in_time;
	u32 status;

	in_time = wait_event_timeout(cp->wq,
				     coproc_slot_done(cp, seq) || READ_ONCE(cp->broken),
				     coproc_timeout());
	status = coproc_take_status(cp, seq);
	if (status == COPROC_OK)
		return 0;

	if (status != ~0u) {
		dev_err_ratelimited(cp->dev, "commit %#x refused with status %u\n", seq, status);
		return -EINVAL;
	}

	dev_err_ratelimited(cp->dev, "commit %#x lost: %s\n", seq,
			    in_time ? "firmware crashed" : "no answer");
	coproc_break(cp);
	return in_time ? -EIO : -ETIMEDOUT;
}

static void coproc_update_shadow(struct asahi_coproc *cp, const struct asahi_head_commit *commit)
{
	struct asahi_head_commit *shadow = &cp->shadow[commit->head];
	unsigned int i;

	shadow->head = commit->head;
	shadow->modeset = true;
	shadow->plane_mask |= commit->plane_mask;
	if (commit->modeset) {
		shadow->active = commit->active;
		shadow->timing = commit->timing;
	}
	if (commit->refresh) {
		shadow->refresh = true;
		shadow->variable = commit->variable;
	}
	for (i = 0; i < ASAHI_NR_PLANES; i++) {
		if (commit->plane_mask & BIT(i))
			shadow->plane[i] = commit->plane[i];
	}
	if (commit->colour) {
		asahi_coproc_encode_colour(commit->colour, &cp->colour[commit->head].block);
		cp->colour[commit->head].valid = true;
	}
}

static int coproc_replay_head(struct asahi_coproc *cp, unsigned int head)
{
	struct asahi_head_commit *shadow = &cp->shadow[head];
	int ret;

	if (!shadow->modeset)
		return 0;

	shadow->seq = asahi_coproc_next_seq(cp);
	ret = coproc_queue(cp, shadow, cp->colour[head].valid);
	if (ret)
		return ret;

	ret = asahi_coproc_wait(cp, shadow->seq);
	/* What firmware refuses it refuses for good: the next modeset replaces it. */
	return ret == -EINVAL ? 0 : ret;
}

static int coproc_recover(struct asahi_coproc *cp)
{
	unsigned int head;
	int ret;

	lockdep_assert_held(&cp->lock);

	if (coproc_check_gone(cp))
		return -ENODEV;

	dev_warn_ratelimited(cp->dev, "restarting the firmware\n");
	ret = coproc_boot(cp);
	for (head = 0; !ret && head < ASAHI_MAX_HEADS; head++)
		ret = coproc_replay_head(cp, head);

	return ret;
}

/**
 * asahi_coproc_next_seq() - a sequence number for a commit
 * @cp: the coprocessor
 *
 * Return: a number that no commit of the recent past has.
 */
u32 asahi_coproc_next_seq(struct asahi_coproc *cp)
{
	return atomic_inc_return(&cp->seq);
}

/**
 * asahi_coproc_submit() - send a commit
 * @cp: the coprocessor
 * @commit: copied
 *
 * After success asahi_coproc_wait() must follow. A firmware that has crashed is
 * restarted first.
 *
 * Context: may sleep.
 * Return: 0, -ENODEV when the coprocessor is stopped or gone, -EBUSY if it does
 * not take commands, -EIO, -EPROTO or -ETIMEDOUT if it could not be restarted.
 */
int asahi_coproc_submit(struct asahi_coproc *cp, const struct asahi_head_commit *commit)
{
	int ret = 0;

	if (WARN_ON(commit->head >= ASAHI_MAX_HEADS))
		return -EINVAL;

	mutex_lock(&cp->lock);
	if (!cp->running || cp->gone) {
		ret = -ENODEV;
		goto out_unlock;
	}

	if (READ_ONCE(cp->broken))
		ret = coproc_recover(cp);
	/* Even if it cannot be sent now: this is what the head should show. */
	coproc_update_shadow(cp, commit);
	if (!ret)
		ret = coproc_queue(cp, commit, commit->colour);

out_unlock:
	mutex_unlock(&cp->lock);
	return ret;
}

/**
 * asahi_coproc_try_submit() - send a commit if that is possible at once
 * @cp: the coprocessor
 * @commit: copied
 *
 * After success asahi_coproc_wait() must follow, else asahi_coproc_submit().
 *
 * Return: true if it was sent; false if firmware or others would have to be
 * waited for.
 */
bool asahi_coproc_try_submit(struct asahi_coproc *cp, const struct asahi_head_commit *commit)
{
	bool sent;

	if (WARN_ON(commit->head >= ASAHI_MAX_HEADS) || !mutex_trylock(&cp->lock))
		return false;

	sent = cp->running && !cp->gone && !READ_ONCE(cp->broken) &&
	       coproc_claim_slot(cp, commit->seq);
	if (sent) {
		coproc_update_shadow(cp, commit);
		coproc_put_command(cp, commit, commit->colour);
	}
	mutex_unlock(&cp->lock);

	return sent;
}

static void coproc_destroy_rings(struct asahi_coproc *cp)
{
	if (cp->colour_ring)
		asahi_gem_destroy_kernel(cp->colour_ring);
	if (cp->rsp_ring)
		asahi_gem_destroy_kernel(cp->rsp_ring);
	if (cp->cmd_ring)
		asahi_gem_destroy_kernel(cp->cmd_ring);
	cp->colour_ring = NULL;
	cp->rsp_ring = NULL;
	cp->cmd_ring = NULL;
}

static int coproc_create_ring(struct asahi_coproc *cp, size_t size, int prot,
			      struct asahi_gem_object **ring)
{
	struct asahi_gem_object *bo = asahi_gem_create_kernel(cp->asahi, size, prot);

	if (IS_ERR(bo))
		return PTR_ERR(bo);

	*ring = bo;
	return 0;
}

static int coproc_create_rings(struct asahi_coproc *cp)
{
	int ret;

	ret = coproc_create_ring(cp, CMD_RING_ENTRIES * sizeof(struct coproc_command), IOMMU_READ,
				 &cp->cmd_ring);
	if (!ret)
		ret = coproc_create_ring(cp, RSP_RING_ENTRIES * sizeof(struct coproc_response),
					 IOMMU_READ | IOMMU_WRITE, &cp->rsp_ring);
	if (!ret)
		ret = coproc_create_ring(cp, ASAHI_MAX_HEADS * sizeof(struct coproc_colour),
					 IOMMU_READ, &cp->colour_ring);
	if (ret)
		coproc_destroy_rings(cp);

	return ret;
}

/**
 * asahi_coproc_start() - set up the rings and boot the firmware
 * @cp: bound, and attached to the domain
 * @first_seq: no commit of a former life has one of the numbers after this
 *
 * Return: 0 or a negative errno; after an error nothing is left running.
 */
int asahi_coproc_start(struct asahi_coproc *cp, u32 first_seq)
{
	int ret;

	atomic_set(&cp->seq, first_seq);
	ret = coproc_create_rings(cp);
	if (ret)
		return ret;

	writel(~0u, cp->regs + COPROC_IRQ_STATUS);
	ret = request_irq(cp->irq, coproc_irq, IRQF_SHARED, dev_name(cp->dev), cp);
	if (ret)
		goto err_destroy_rings;
	writel(COPROC_IRQ_RECEIVE | COPROC_IRQ_CRASHED, cp->regs + COPROC_IRQ_ENABLE);

	mutex_lock(&cp->lock);
	ret = coproc_boot(cp);
	cp->running = !ret;
	mutex_unlock(&cp->lock);
	if (ret)
		goto err_free_irq;

	return 0;

err_free_irq:
	writel(0, cp->regs + COPROC_IRQ_ENABLE);
	coproc_set_running(cp, false);
	free_irq(cp->irq, cp);
err_destroy_rings:
	coproc_destroy_rings(cp);
	return ret;
}

/**
 * asahi_coproc_suspend() - stop the firmware for a while
 * @cp: started; all heads are off
 *
 * Submits fail until asahi_coproc_resume().
 *
 * Context: may sleep.
 */
void asahi_coproc_suspend(struct asahi_coproc *cp)
{
	mutex_lock(&cp->lock);
	cp->running = false;
	writel(0, cp->regs + COPROC_IRQ_ENABLE);
	coproc_set_running(cp, false);
	coproc_forget(cp);
	mutex_unlock(&cp->lock);
}

/**
 * asahi_coproc_resume() - boot the firmware again
 * @cp: suspended
 *
 * Firmware that does not boot is booted again by the next asahi_coproc_submit().
 *
 * Context: may sleep.
 */
void asahi_coproc_resume(struct asahi_coproc *cp)
{
	mutex_lock(&cp->lock);
	writel(~0u, cp->regs + COPROC_IRQ_STATUS);
	writel(COPROC_IRQ_RECEIVE | COPROC_IRQ_CRASHED, cp->regs + COPROC_IRQ_ENABLE);
	if (coproc_boot(cp))
		coproc_break(cp);
	cp->running = true;
	mutex_unlock(&cp->lock);
}

/**
 * asahi_coproc_stop() - stop the firmware
 * @cp: started; all heads are off
 *
 * Later submits fail.
 */
void asahi_coproc_stop(struct asahi_coproc *cp)
{
	asahi_coproc_suspend(cp);
	free_irq(cp->irq, cp);
	coproc_destroy_rings(cp);
}

/**
 * asahi_coproc_dev() - the device behind the IOMMU
 * @cp: the coprocessor
 *
 * Return: the device.
 */
struct device *asahi_coproc_dev(struct asahi_coproc *cp)
{
	return cp->dev;
}

/**
 * asahi_coproc_print() - describe the coprocessor to a person
 * @cp: the coprocessor
 * @p: where to
 */
void asahi_coproc_print(struct asahi_coproc *cp, struct drm_printer *p)
{
	mutex_lock(&cp->lock);
	drm_printf(p, "running %d broken %d gone %d\n", cp->running, READ_ONCE(cp->broken),
		   cp->gone);
	drm_printf(p, "last seq %#x commands %u responses %u\n", atomic_read(&cp->seq),
		   cp->cmd_tail, READ_ONCE(cp->rsp_head));
	mutex_unlock(&cp->lock);
}

static int coproc_identify(struct asahi_coproc *cp)
{
	u32 id = readl(cp->regs + COPROC_ID);
	u32 version = readl(cp->regs + COPROC_VERSION);

	if (id == COPROC_ID_MAGIC && version == COPROC_VERSION_1)
		return 0;

	dev_err(cp->dev, "not a display coprocessor: id %#x, version %#x\n", id, version);
	return -ENODEV;
}

static int asahi_coproc_bind(struct device *dev, struct device *master, void *data)
{
	struct platform_device *pdev = to_platform_device(dev);
	struct asahi_device *asahi = data;
	struct resource *res;
	struct asahi_coproc *cp;
	int ret;

	/* With the DRM device's life: commits may come in as long as that exists. */
	cp = drmm_kzalloc(&asahi->drm, sizeof(*cp), GFP_KERNEL);
	if (!cp)
		return -ENOMEM;

	cp->asahi = asahi;
	cp->dev = dev;
	mutex_init(&cp->lock);
	spin_lock_init(&cp->rx_lock);
	spin_lock_init(&cp->slot_lock);
	spin_lock_init(&cp->tx_lock);
	init_waitqueue_head(&cp->wq);

	cp->regs = devm_platform_get_and_ioremap_resource(pdev, 0, &res);
	if (IS_ERR(cp->regs))
		return PTR_ERR(cp->regs);
	if (resource_size(res) < COPROC_WINDOW_SIZE)
		return dev_err_probe(dev, -EINVAL, "register window too small\n");

	cp->irq = platform_get_irq(pdev, 0);
	if (cp->irq < 0)
		return cp->irq;

	ret = coproc_identify(cp);
	if (ret)
		return ret;

	asahi->coproc = cp;
	return 0;
}

static void asahi_coproc_unbind(struct device *dev, struct device *master, void *data)
{
	/* asahi_coproc_stop() has been called; memory and mapping are managed. */
}

static const struct component_ops asahi_coproc_component_ops = {
	.bind = asahi_coproc_bind,
	.unbind = asahi_coproc_unbind,
};

static int asahi_coproc_probe(struct platform_device *pdev)
{
	int ret = asahi_device_require_iommu(&pdev->dev);

	if (ret)
		return ret;

	return component_add(&pdev->dev, &asahi_coproc_component_ops);
}

static void asahi_coproc_remove(struct platform_device *pdev)
{
	component_del(&pdev->dev, &asahi_coproc_component_ops);
}

static const struct of_device_id asahi_coproc_of_match[] = {
	{ .compatible = "vsoc,coprocessor" },
	{ }
};
MODULE_DEVICE_TABLE(of, asahi_coproc_of_match);

struct platform_driver asahi_coproc_driver = {
	.probe = asahi_coproc_probe,
	.remove = asahi_coproc_remove,
	.driver = {
		.name = "asahi-coproc",
		.of_match_table = asahi_coproc_of_match,
	},
};
