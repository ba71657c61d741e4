// SPDX-License-Identifier: GPL-2.0
/*
 * The display engine's registers: interrupts, vblank counters and timestamps,
 * checksums, EDID. Planes and modes cannot be set from here, that is the
 * coprocessor's.
 *
 * A register read is slow (a round trip of some 20 us to another process, and
 * milliseconds if that has to wait for a processor), a write is posted. What
 * most interrupts are for stands in memory, see &struct display_record.
 */

#include <linux/bitfield.h>
#include <linux/component.h>
#include <linux/interrupt.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/timekeeping.h>

#include <drm/drm_managed.h>
#include <drm/drm_print.h>

#include "asahi_coproc.h"
#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_display_regs.h"
#include "asahi_gem.h"

/* Between two comparisons of the clocks, in vblanks. */
#define CLOCK_SAMPLE_PERIOD	16
#define CLOCK_FIRST_SAMPLES	8

struct asahi_display {
	struct asahi_device *asahi;
	struct device *dev;
	void __iomem *regs;
	int irq;
	/** @n_heads: 1 to ASAHI_MAX_HEADS, checked. */
	unsigned int n_heads;

	const struct asahi_display_funcs *funcs;
	void *data;

	/** @records: one of each head, DISPLAY_RECORD_STRIDE apart; NULL while stopped. */
	struct asahi_gem_object *records;
	/** @record_number: of the last one that was handled; interrupt handler only. */
	u32 record_number[ASAHI_MAX_HEADS];

	/** @irq_lock: protects @irq_enable and orders its writes to the register. */
	spinlock_t irq_lock;
	u32 irq_enable;

	/** @clock_lock: serialises the writers of @clock_offset; readers take none. */
	spinlock_t clock_lock;
	/** @clock_offset: ktime_get() minus the engine's clock, in ns. */
	atomic64_t clock_offset;
	/** @clock_age: vblanks since the clocks were compared; interrupt handler only. */
	unsigned int clock_age;
};

static u32 display_read(struct asahi_display *display, u32 reg)
{
	return readl(display->regs + reg);
}

static u64 display_read64(struct asahi_display *display, u32 reg)
{
	return readq(display->regs + reg);
}

static void display_write(struct asahi_display *display, u32 reg, u32 value)
{
	writel(value, display->regs + reg);
}

/*
 * One comparison of the clocks: whatever the true offset is, it lies in
 * [@lo, @hi], since the register was read between the two ktime_get().
 */
static void clock_bounds(struct asahi_display *display, s64 *lo, s64 *hi)
{
	s64 before, engine, after;

	before = ktime_get_ns();
	engine = display_read64(display, DISPLAY_CLOCK);
	after = ktime_get_ns();

	*lo = before - engine;
	*hi = after - engine;
}

/*
 * The clocks drift apart, so the offset is corrected from time to time, but
 * only as far as a comparison proves it wrong: timestamps stay smooth although
 * a register read takes much longer than their precision.
 */
static void clock_track(struct asahi_display *display)
{
	unsigned long flags;
	s64 lo, hi, offset;

	clock_bounds(display, &lo, &hi);

	spin_lock_irqsave(&display->clock_lock, flags);
	offset = atomic64_read(&display->clock_offset);
	atomic64_set(&display->clock_offset, clamp(offset, lo, hi));
	spin_unlock_irqrestore(&display->clock_lock, flags);
}

static void clock_calibrate(struct asahi_display *display)
{
	s64 lo = S64_MIN, hi = S64_MAX;
	s64 sample_lo, sample_hi;
	unsigned int i;

	for (i = 0; i < CLOCK_FIRST_SAMPLES; i++) {
		clock_bounds(display, &sample_lo, &sample_hi);
		lo = max(lo, sample_lo);
		hi = min(hi, sample_hi);
	}

	/* Can only cross by drift during the loop, and then by next to nothing. */
	atomic64_set(&display->clock_offset, lo + (hi - lo) / 2);
}

static ktime_t clock_to_ktime(struct asahi_display *display, u64 ns)
{
	return ns_to_ktime(ns + atomic64_read(&display->clock_offset));
}

static void display_report_fetch_fault(struct asahi_display *display, unsigned int head)
{
	u32 planes = display_read(display, DISPLAY_HEAD_FAULT_PLANES(head));
	u64 addr = display_read64(display, DISPLAY_HEAD_FAULT_ADDR(head));

	display_write(display, DISPLAY_HEAD_FAULT_PLANES(head), planes);
	dev_err_ratelimited(display->dev, "head %u could not fetch planes %#x, first at %#llx\n",
			    head, planes, addr);
}

static struct display_record *display_record(struct asahi_display *display, unsigned int head)
{
	return display->records->vmap.vaddr + head * DISPLAY_RECORD_STRIDE;
}

/* False if there is none that is new, or if it is being replaced: the registers tell, too. */
static bool display_take_record(struct asahi_display *display, unsigned int head,
				struct asahi_display_events *events)
{
	const struct display_record *record = display_record(display, head);
	u32 number = le32_to_cpu(READ_ONCE(record->last)), bits;

	if (number == display->record_number[head])
		return false;

	/* The number that is written last is read first. */
	dma_rmb();
	bits = le32_to_cpu(READ_ONCE(record->events));
	events->vblank = bits & DISPLAY_IRQ_VBLANK;
	events->latched = bits & DISPLAY_IRQ_LATCHED;
	events->frame.count = le32_to_cpu(READ_ONCE(record->count));
	events->frame.time = clock_to_ktime(display, le64_to_cpu(READ_ONCE(record->time)));
	events->latched_seq = le32_to_cpu(READ_ONCE(record->latched_seq));
	dma_rmb();
	if (le32_to_cpu(READ_ONCE(record->first)) != number)
		return false;

	display->record_number[head] = number;
	return true;
}

static void display_read_events(struct asahi_display *display, unsigned int head, u32 bits,
				struct asahi_display_events *events)
{
	events->vblank = bits & DISPLAY_IRQ_VBLANK;
	events->latched = bits & DISPLAY_IRQ_LATCHED;
	/* The engine holds the next vblank back until these were read: they belong together. */
	if (events->vblank) {
		events->frame.time = asahi_display_vblank_time(display, head);
		events->frame.count = asahi_display_vblank_count(display, head);
	}
	if (events->latched)
		events->latched_seq = display_read(display, DISPLAY_HEAD_LATCHED_SEQ(head));
}

static void display_handle_events(struct asahi_display *display, unsigned int head,
				  const struct asahi_display_events *events)
{
	display->funcs->vblank(display->data, head, events);

	if (events->vblank && ++display->clock_age >= CLOCK_SAMPLE_PERIOD) {
		display->clock_age = 0;
		clock_track(display);
	}
}

/*
 * Acknowledged by number: what came after the record keeps the line high. And
 * not before all is done, since the engine holds the next vblank back until then.
 */
static bool display_handle_record(struct asahi_display *display, unsigned int head)
{
	struct asahi_display_events events = {};

	if (!display_take_record(display, head, &events))
		return false;

	display_handle_events(display, head, &events);
	display_write(display, DISPLAY_HEAD_RECORD_ACK(head), display->record_number[head]);
	return true;
}

static void display_handle_head(struct asahi_display *display, unsigned int head, u32 bits)
{
	struct asahi_display_events events = {};

	if (bits & DISPLAY_IRQ_FETCH_FAULT)
		display_report_fetch_fault(display, head);

	if (bits & DISPLAY_IRQ_WRITEBACK) {
		u32 seq = display_read(display, DISPLAY_HEAD_WRITEBACK_SEQ(head));
		u32 status = display_read(display, DISPLAY_HEAD_WRITEBACK_STATUS(head));

		display->funcs->writeback(display->data, head, seq, !status);
	}

	if (bits & DISPLAY_IRQ_HOTPLUG)
		display->funcs->hotplug(display->data);

	if (bits & (DISPLAY_IRQ_VBLANK | DISPLAY_IRQ_LATCHED)) {
		display_read_events(display, head, bits, &events);
		display_handle_events(display, head, &events);
	}
}

static bool display_handle_records(struct asahi_display *display)
{
	bool handled = false;
	unsigned int head;

	for (head = 0; head < display->n_heads; head++)
		handled |= display_handle_record(display, head);

	return handled;
}

static irqreturn_t display_irq(int irq, void *data)
{
	struct asahi_display *display = data;
	unsigned int head;
	u32 status;

	/* Whatever else there is keeps the line high. */
	if (display_handle_records(display))
		return IRQ_HANDLED;

	status = display_read(display, DISPLAY_IRQ_STATUS);
	if (!status || status == DISPLAY_DEAD)
		return IRQ_NONE;

	/* Before anything is looked at: what happens later raises the line again. */
	display_write(display, DISPLAY_IRQ_STATUS, status);

	for (head = 0; head < display->n_heads; head++) {
		u32 bits = (status >> DISPLAY_IRQ_SHIFT(head)) & DISPLAY_IRQ_MASK;

		if (bits)
			display_handle_head(display, head, bits);
	}

	return IRQ_HANDLED;
}

static void display_update_irqs(struct asahi_display *display, u32 clear, u32 set)
{
	unsigned long flags;

	spin_lock_irqsave(&display->irq_lock, flags);
	display->irq_enable = (display->irq_enable & ~clear) | set;
	display_write(display, DISPLAY_IRQ_ENABLE, display->irq_enable);
	spin_unlock_irqrestore(&display->irq_lock, flags);
}

/**
 * asahi_display_dev() - the device behind the IOMMU
 * @display: the display engine
 *
 * Return: the device.
 */
struct device *asahi_display_dev(struct asahi_display *display)
{
	return display->dev;
}

/* What stands there from earlier is nothing new. No interrupt handler is running. */
static void display_enable_records(struct asahi_display *display)
{
	u64 iova = asahi_gem_iova(display->records);
	unsigned int head;

	for (head = 0; iova && head < display->n_heads; head++) {
		u64 at = iova + head * DISPLAY_RECORD_STRIDE;

		display->record_number[head] = le32_to_cpu(display_record(display, head)->last);
		display_write(display, DISPLAY_HEAD_RECORD(head), lower_32_bits(at));
		display_write(display, DISPLAY_HEAD_RECORD(head) + 4, upper_32_bits(at));
		display_write(display, DISPLAY_HEAD_RECORD_CTRL(head), DISPLAY_RECORD_ENABLE);
	}
}

static void display_disable_records(struct asahi_display *display)
{
	unsigned int head;

	for (head = 0; head < display->n_heads; head++)
		display_write(display, DISPLAY_HEAD_RECORD_CTRL(head), 0);
	/* Writes are posted, and the engine writes no record after this one. */
	display_read(display, DISPLAY_HEAD_RECORD_CTRL(0));
}

static int display_create_records(struct asahi_display *display)
{
	struct asahi_gem_object *records;

	records = asahi_gem_create_kernel(display->asahi, display->n_heads * DISPLAY_RECORD_STRIDE,
					  IOMMU_READ | IOMMU_WRITE);
	if (IS_ERR(records))
		return PTR_ERR(records);

	display->records = records;
	return 0;
}

static void display_destroy_records(struct asahi_display *display)
{
	asahi_gem_destroy_kernel(display->records);
	display->records = NULL;
}

/**
 * asahi_display_start() - begin to report events
 * @display: bound
 * @funcs: called in hard interrupt context from now on
 * @data: for @funcs
 *
 * Return: 0, or a negative errno for want of memory or of the interrupt.
 */
int asahi_display_start(struct asahi_display *display, const struct asahi_display_funcs *funcs,
			void *data)
{
	unsigned int head;
	u32 enable = 0;
	int ret;

	display->funcs = funcs;
	display->data = data;
	clock_calibrate(display);

	ret = display_create_records(display);
	if (ret)
		return ret;

	display_write(display, DISPLAY_IRQ_STATUS, ~0u);
	display_enable_records(display);
	ret = request_irq(display->irq, display_irq, IRQF_SHARED, dev_name(display->dev), display);
	if (ret)
		goto err_destroy_records;

	for (head = 0; head < display->n_heads; head++)
		enable |= (DISPLAY_IRQ_LATCHED | DISPLAY_IRQ_FETCH_FAULT | DISPLAY_IRQ_HOTPLUG |
			   DISPLAY_IRQ_WRITEBACK) << DISPLAY_IRQ_SHIFT(head);
	display_update_irqs(display, 0, enable);

	return 0;

err_destroy_records:
	display_disable_records(display);
	display_destroy_records(display);
	return ret;
}

/**
 * asahi_display_stop() - undo asahi_display_start()
 * @display: the display engine
 *
 * No callback is running any more when this returns.
 */
void asahi_display_stop(struct asahi_display *display)
{
	unsigned int head;

	display_update_irqs(display, ~0u, 0);
	for (head = 0; head < display->n_heads; head++)
		display_write(display, DISPLAY_HEAD_CRC_CTRL(head), 0);
	free_irq(display->irq, display);
	display_disable_records(display);
	display_destroy_records(display);
}

/**
 * asahi_display_suspend() - report nothing for a while
 * @display: started, with all heads off
 */
void asahi_display_suspend(struct asahi_display *display)
{
	unsigned long flags;

	spin_lock_irqsave(&display->irq_lock, flags);
	display_write(display, DISPLAY_IRQ_ENABLE, 0);
	spin_unlock_irqrestore(&display->irq_lock, flags);
	synchronize_irq(display->irq);
}

/**
 * asahi_display_resume() - undo asahi_display_suspend()
 * @display: the display engine, which may have lost its registers meanwhile
 */
void asahi_display_resume(struct asahi_display *display)
{
	/* The engine's clock may have gone on while the kernel's stood still. */
	clock_calibrate(display);
	display_write(display, DISPLAY_IRQ_STATUS, ~0u);
	display_enable_records(display);
	display_update_irqs(display, 0, 0);
}

/**
 * asahi_display_n_heads() - how many heads there are
 * @display: the display engine
 *
 * Return: 1 to ASAHI_MAX_HEADS.
 */
unsigned int asahi_display_n_heads(struct asahi_display *display)
{
	return display->n_heads;
}

/**
 * asahi_display_get_limits() - what all heads can do
 * @display: the display engine
 * @limits: filled in, and sane whatever the device says
 */
void asahi_display_get_limits(struct asahi_display *display, struct asahi_display_limits *limits)
{
	u32 size = display_read(display, DISPLAY_HEAD_MAX_SIZE(0));
	u32 cursor = display_read(display, DISPLAY_HEAD_CURSOR_MAX(0));

	limits->max_width = clamp(FIELD_GET(DISPLAY_MAX_WIDTH, size), 640, 8192);
	limits->max_height = clamp(FIELD_GET(DISPLAY_MAX_HEIGHT, size), 480, 8192);
	limits->cursor_max = clamp(cursor, 64, 512);
}

/**
 * asahi_display_enable_vblank() - switch vblank interrupts
 * @display: the display engine
 * @head: index
 * @enable: on or off
 *
 * Context: any.
 */
void asahi_display_enable_vblank(struct asahi_display *display, unsigned int head, bool enable)
{
	u32 bit = DISPLAY_IRQ_VBLANK << DISPLAY_IRQ_SHIFT(head);

	display_update_irqs(display, enable ? 0 : bit, enable ? bit : 0);
}

/**
 * asahi_display_vblank_count() - frames that a head has counted
 * @display: the display engine
 * @head: index
 *
 * Context: any.
 * Return: the count; it wraps at 32 bits.
 */
u32 asahi_display_vblank_count(struct asahi_display *display, unsigned int head)
{
	return display_read(display, DISPLAY_HEAD_VBLANK_COUNT(head));
}

/**
 * asahi_display_vblank_time() - instant of the last vblank
 * @display: the display engine
 * @head: index
 *
 * Context: any.
 * Return: in ktime_get() time.
 */
ktime_t asahi_display_vblank_time(struct asahi_display *display, unsigned int head)
{
	return clock_to_ktime(display, display_read64(display, DISPLAY_HEAD_VBLANK_TIME(head)));
}

/**
 * asahi_display_enable_crc() - switch checksums
 * @display: the display engine
 * @head: index
 * @enable: on, with an empty FIFO, or off
 *
 * Context: any.
 */
void asahi_display_enable_crc(struct asahi_display *display, unsigned int head, bool enable)
{
	display_write(display, DISPLAY_HEAD_CRC_CTRL(head), enable ? DISPLAY_CRC_ENABLE : 0);
}

/**
 * asahi_display_pop_crc() - take the oldest checksum
 * @display: the display engine
 * @head: index
 * @crc: filled in
 *
 * Context: any; one caller at a time.
 * Return: false if there is none.
 */
bool asahi_display_pop_crc(struct asahi_display *display, unsigned int head,
			   struct asahi_display_crc *crc)
{
	u64 entry = display_read64(display, DISPLAY_HEAD_CRC_ENTRY(head));

	/* No entry is 0, and none is all ones unless the device has died. */
	if (!entry || entry == U64_MAX)
		return false;

	crc->frame = lower_32_bits(entry);
	crc->crc = upper_32_bits(entry);
	return true;
}

/**
 * asahi_display_connected() - is something plugged in?
 * @display: the display engine
 * @head: index
 *
 * Return: true if so.
 */
bool asahi_display_connected(struct asahi_display *display, unsigned int head)
{
	u32 status = display_read(display, DISPLAY_HEAD_STATUS(head));

	return status != DISPLAY_DEAD && status & DISPLAY_HEAD_CONNECTED;
}

/**
 * asahi_display_variable_refresh() - does the monitor bear frames of different lengths?
 * @display: the display engine
 * @head: index
 *
 * Return: true if so.
 */
bool asahi_display_variable_refresh(struct asahi_display *display, unsigned int head)
{
	u32 min_hz = display_read(display, DISPLAY_HEAD_MIN_REFRESH(head));

	return min_hz && min_hz != DISPLAY_DEAD;
}

/**
 * asahi_display_read_edid() - read a piece of the EDID
 * @display: the display engine
 * @head: index
 * @buf: where to
 * @offset: bytes from the start, a multiple of 4
 * @len: bytes, a multiple of 4
 *
 * Return: 0, or -ENXIO if the EDID is not that long.
 */
int asahi_display_read_edid(struct asahi_display *display, unsigned int head, u8 *buf,
			    size_t offset, size_t len)
{
	u32 size = display_read(display, DISPLAY_HEAD_EDID_SIZE(head));

	if (size == DISPLAY_DEAD || size > DISPLAY_EDID_MAX || offset > size || len > size - offset)
		return -ENXIO;

	memcpy_fromio(buf, display->regs + DISPLAY_HEAD_EDID(head) + offset, len);
	return 0;
}

static int display_identify(struct asahi_display *display)
{
	u32 id = display_read(display, DISPLAY_ID);
	u32 version = display_read(display, DISPLAY_VERSION);
	u32 n_heads = display_read(display, DISPLAY_NR_HEADS);
	u32 n_planes;

	if (id != DISPLAY_ID_MAGIC || version != DISPLAY_VERSION_1) {
		dev_err(display->dev, "not a display engine: id %#x, version %#x\n", id, version);
		return -ENODEV;
	}

	if (!n_heads || n_heads > ASAHI_MAX_HEADS) {
		dev_err(display->dev, "%u heads are not possible\n", n_heads);
		return -EINVAL;
	}

	n_planes = display_read(display, DISPLAY_HEAD_NR_PLANES(0));
	if (n_planes < ASAHI_NR_PLANES) {
		dev_err(display->dev, "heads with %u planes are not supported\n", n_planes);
		return -EINVAL;
	}

	display->n_heads = n_heads;
	return 0;
}

static int asahi_display_bind(struct device *dev, struct device *master, void *data)
{
	struct platform_device *pdev = to_platform_device(dev);
	struct asahi_device *asahi = data;
	struct asahi_display *display;
	struct resource *res;
	int ret;

	/* With the DRM device's life: modesetting may look at it as long as that exists. */
	display = drmm_kzalloc(&asahi->drm, sizeof(*display), GFP_KERNEL);
	if (!display)
		return -ENOMEM;

	display->asahi = asahi;
	display->dev = dev;
	spin_lock_init(&display->irq_lock);
	spin_lock_init(&display->clock_lock);

	display->regs = devm_platform_get_and_ioremap_resource(pdev, 0, &res);
	if (IS_ERR(display->regs))
		return PTR_ERR(display->regs);
	if (resource_size(res) < DISPLAY_WINDOW_SIZE)
		return dev_err_probe(dev, -EINVAL, "register window too small\n");

	display->irq = platform_get_irq(pdev, 0);
	if (display->irq < 0)
		return display->irq;

	ret = display_identify(display);
	if (ret)
		return ret;

	asahi->display = display;
	return 0;
}

static void asahi_display_unbind(struct device *dev, struct device *master, void *data)
{
	/* asahi_display_stop() has been called; memory and mapping are managed. */
}

static const struct component_ops asahi_display_component_ops = {
	.bind = asahi_display_bind,
	.unbind = asahi_display_unbind,
};

static int asahi_display_probe(struct platform_device *pdev)
{
	int ret = asahi_device_require_iommu(&pdev->dev);

	if (ret)
		return ret;

	return component_add(&pdev->dev, &asahi_display_component_ops);
}

static void asahi_display_remove(struct platform_device *pdev)
{
	component_del(&pdev->dev, &asahi_display_component_ops);
}

static const struct of_device_id asahi_display_of_match[] = {
	{ .compatible = "vsoc,display" },
	{ }
};
MODULE_DEVICE_TABLE(of, asahi_display_of_match);

struct platform_driver asahi_display_driver = {
	.probe = asahi_display_probe,
	.remove = asahi_display_remove,
	.driver = {
		.name = "asahi-display",
		.of_match_table = asahi_display_of_match,
	},
};
