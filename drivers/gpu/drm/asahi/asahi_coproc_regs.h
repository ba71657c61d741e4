/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Display coprocessor of the virtual SoC: registers, mailbox messages and ring
 * entries, Documentation/vsoc/registers.rst.
 */
#ifndef _ASAHI_COPROC_REGS_H_
#define _ASAHI_COPROC_REGS_H_

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define COPROC_WINDOW_SIZE		0x4000

#define COPROC_ID			0x000
#define   COPROC_ID_MAGIC		0x56444350
#define COPROC_VERSION			0x004
#define   COPROC_VERSION_1		1
#define COPROC_CTRL			0x008
#define   COPROC_CTRL_RUN		BIT(0)
#define COPROC_STATUS			0x00c
#define   COPROC_STATUS_RUNNING		BIT(0)
#define   COPROC_STATUS_CRASHED		BIT(1)
#define COPROC_IRQ_STATUS		0x010
#define COPROC_IRQ_ENABLE		0x014
#define   COPROC_IRQ_RECEIVE		BIT(0)
#define   COPROC_IRQ_CRASHED		BIT(1)
#define COPROC_A2I_DATA			0x108 /* 64 bit */
#define COPROC_I2A_DATA			0x118 /* 64 bit, pops */
#define   COPROC_I2A_DEPTH		64

/* What every register reads as once the device behind it has died. */
#define COPROC_DEAD			(~0u)

#define COPROC_MSG_TYPE			GENMASK_ULL(63, 56)
#define   COPROC_MSG_HELLO		0x01
#define   COPROC_MSG_CMD_RING		0x02
#define   COPROC_MSG_RSP_RING		0x03
#define   COPROC_MSG_DOORBELL		0x05
#define   COPROC_MSG_RSP_HEAD		0x06
#define   COPROC_MSG_HELLO_ACK		0x81
#define   COPROC_MSG_ACK		0x82
#define   COPROC_MSG_RESPONSE		0x85
#define   COPROC_MSG_CRASH		0x8f
#define COPROC_MSG_ARG			GENMASK_ULL(55, 48)
#define COPROC_MSG_PAYLOAD		GENMASK_ULL(47, 0)
#define   COPROC_PROTOCOL_2		2

#define COPROC_RING_ALIGN		0x4000

enum coproc_status {
	COPROC_OK,
	COPROC_BAD_COMMAND,
	COPROC_BAD_HEAD,
	COPROC_BAD_MODE,
	COPROC_BAD_PLANE,
	COPROC_FAULT,
	COPROC_RING,
	COPROC_PROTOCOL,
};

struct coproc_plane {
	__le32 flags;
#define COPROC_PLANE_ENABLE		BIT(0)
	__le32 format;
	__le64 iova;
	__le32 pitch;
	__le16 width;
	__le16 height;
	__le32 x;
	__le32 y;
	__le32 zpos;
	__le16 alpha;
	u8 blend;
#define COPROC_BLEND_PREMULTIPLIED	0
#define COPROC_BLEND_COVERAGE		1
#define COPROC_BLEND_NONE		2
	u8 transform;
#define COPROC_TRANSFORM_TURNS		GENMASK(1, 0)
#define COPROC_TRANSFORM_REFLECT_X	BIT(2)
#define COPROC_TRANSFORM_REFLECT_Y	BIT(3)
	__le16 dst_width;
	__le16 dst_height;
	__le32 pitch2;
	__le64 iova2;
	u8 encoding;
#define COPROC_ENCODING_BT601		0
#define COPROC_ENCODING_BT709		1
#define COPROC_ENCODING_BT2020		2
	u8 range;
#define COPROC_RANGE_LIMITED		0
#define COPROC_RANGE_FULL		1
	u8 filter;
#define COPROC_FILTER_BILINEAR		0
#define COPROC_FILTER_NEAREST		1
	u8 reserved[5];
};

static_assert(sizeof(struct coproc_plane) == 64);

#define COPROC_NR_PLANES		5

struct coproc_writeback {
	__le32 format;
	__le32 pitch;
	__le64 iova;
	__le16 width;
	__le16 height;
	__le32 reserved[3];
};

static_assert(sizeof(struct coproc_writeback) == 32);

struct coproc_command {
	__le32 opcode;
#define COPROC_OP_COMMIT		1
	__le32 seq;
	__le32 head;
	__le32 flags;
#define COPROC_COMMIT_MODESET		BIT(0)
#define COPROC_COMMIT_ACTIVE		BIT(1)
#define COPROC_COMMIT_ASYNC		BIT(2)
#define COPROC_COMMIT_COLOUR		BIT(3)
#define COPROC_COMMIT_WRITEBACK		BIT(4)
#define COPROC_COMMIT_REFRESH		BIT(5)
#define COPROC_COMMIT_VARIABLE		BIT(6)
	__le32 pixel_clock;
	__le16 horizontal[4];
	__le16 vertical[4];
	__le32 plane_mask;
	__le64 colour;
	__le32 reserved0[4];
	struct coproc_plane plane[COPROC_NR_PLANES];
	struct coproc_writeback writeback;
	__le32 reserved1[152];
} __packed;

static_assert(offsetof(struct coproc_command, plane_mask) == 0x24);
static_assert(offsetof(struct coproc_command, plane) == 0x40);
static_assert(sizeof(struct coproc_command) == 1024);

/* What a command's colour address points to; entries are R, G, B, ignored. */
struct coproc_colour {
	__le32 flags;
#define COPROC_COLOUR_DEGAMMA		BIT(0)
#define COPROC_COLOUR_CTM		BIT(1)
#define COPROC_COLOUR_GAMMA		BIT(2)
	__le32 reserved0[3];
	__le32 ctm[9];
	__le32 reserved1[499];
#define COPROC_LUT_SIZE			256
	__le16 degamma[COPROC_LUT_SIZE][4];
	__le16 gamma[COPROC_LUT_SIZE][4];
};

static_assert(offsetof(struct coproc_colour, degamma) == 0x800);
static_assert(sizeof(struct coproc_colour) == 0x1800);

struct coproc_response {
	__le32 seq;
	__le32 status;
	__le32 head;
	__le32 vblank_count;
};

static_assert(sizeof(struct coproc_response) == 16);

#endif
