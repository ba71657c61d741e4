/* SPDX-License-Identifier: GPL-2.0 */
/* Display engine of the virtual SoC, Documentation/vsoc/registers.rst. */
#ifndef _ASAHI_DISPLAY_REGS_H_
#define _ASAHI_DISPLAY_REGS_H_

#include <linux/bits.h>
#include <linux/types.h>

#define DISPLAY_WINDOW_SIZE			0x10000

#define DISPLAY_ID				0x000
#define   DISPLAY_ID_MAGIC			0x56445350
#define DISPLAY_VERSION				0x004
#define   DISPLAY_VERSION_1			1
#define DISPLAY_NR_HEADS			0x008
#define DISPLAY_IRQ_STATUS			0x010
#define DISPLAY_IRQ_ENABLE			0x014
#define   DISPLAY_IRQ_SHIFT(head)		(8 * (head))
#define   DISPLAY_IRQ_VBLANK			BIT(0)
#define   DISPLAY_IRQ_LATCHED			BIT(1)
#define   DISPLAY_IRQ_FETCH_FAULT		BIT(2)
#define   DISPLAY_IRQ_HOTPLUG			BIT(3)
#define   DISPLAY_IRQ_WRITEBACK			BIT(4)
#define   DISPLAY_IRQ_MASK			GENMASK(4, 0)
#define DISPLAY_CLOCK				0x020 /* 64 bit, ns */

#define DISPLAY_HEAD(head)			(0x1000 * ((head) + 1))
#define DISPLAY_HEAD_STATUS(head)		(DISPLAY_HEAD(head) + 0x000)
#define   DISPLAY_HEAD_ACTIVE			BIT(0)
#define   DISPLAY_HEAD_CONNECTED		BIT(1)
#define DISPLAY_HEAD_VBLANK_COUNT(head)		(DISPLAY_HEAD(head) + 0x004)
#define DISPLAY_HEAD_VBLANK_TIME(head)		(DISPLAY_HEAD(head) + 0x008) /* 64 bit, ns */
#define DISPLAY_HEAD_LATCHED_SEQ(head)		(DISPLAY_HEAD(head) + 0x010)
#define DISPLAY_HEAD_CRC_CTRL(head)		(DISPLAY_HEAD(head) + 0x020)
#define   DISPLAY_CRC_ENABLE			BIT(0)
#define DISPLAY_HEAD_CRC_ENTRY(head)		(DISPLAY_HEAD(head) + 0x028) /* 64 bit, pops */
#define   DISPLAY_CRC_FIFO_DEPTH		64
#define DISPLAY_HEAD_FAULT_PLANES(head)		(DISPLAY_HEAD(head) + 0x030)
#define DISPLAY_HEAD_FAULT_ADDR(head)		(DISPLAY_HEAD(head) + 0x038) /* 64 bit */
#define DISPLAY_HEAD_NR_PLANES(head)		(DISPLAY_HEAD(head) + 0x040)
#define DISPLAY_HEAD_CURSOR_MAX(head)		(DISPLAY_HEAD(head) + 0x044)
#define DISPLAY_HEAD_MAX_SIZE(head)		(DISPLAY_HEAD(head) + 0x048)
#define   DISPLAY_MAX_HEIGHT			GENMASK(31, 16)
#define   DISPLAY_MAX_WIDTH			GENMASK(15, 0)
#define DISPLAY_HEAD_MIN_REFRESH(head)		(DISPLAY_HEAD(head) + 0x04c) /* Hz, 0: fixed */
#define DISPLAY_HEAD_WRITEBACK_SEQ(head)	(DISPLAY_HEAD(head) + 0x050)
#define DISPLAY_HEAD_WRITEBACK_STATUS(head)	(DISPLAY_HEAD(head) + 0x054)
#define DISPLAY_HEAD_RECORD(head)		(DISPLAY_HEAD(head) + 0x058) /* 64 bit, IOVA */
#define DISPLAY_HEAD_RECORD_CTRL(head)		(DISPLAY_HEAD(head) + 0x060)
#define   DISPLAY_RECORD_ENABLE			BIT(0)
#define DISPLAY_HEAD_RECORD_ACK(head)		(DISPLAY_HEAD(head) + 0x064)
#define DISPLAY_HEAD_EDID_SIZE(head)		(DISPLAY_HEAD(head) + 0x0fc)
#define DISPLAY_HEAD_EDID(head)			(DISPLAY_HEAD(head) + 0x100)
#define   DISPLAY_EDID_MAX			512

/*
 * What a head says at a vblank, in memory. The number counts records; it is
 * written first and last, so that a reader knows one that is being replaced.
 */
struct display_record {
	__le32 first;
	__le32 events; /* DISPLAY_IRQ_VBLANK and DISPLAY_IRQ_LATCHED */
	__le32 count;
	__le32 latched_seq;
	__le64 time;
	__le32 reserved;
	__le32 last;
};

#define DISPLAY_RECORD_STRIDE			64

/* What every register reads as once the device behind it has died. */
#define DISPLAY_DEAD				(~0u)

#endif
