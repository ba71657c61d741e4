/* SPDX-License-Identifier: GPL-2.0 */
/* Registers and ring entries of the GPU; Documentation/vsoc/registers.rst has the full story. */
#ifndef _ASAHI_GPU_REGS_H_
#define _ASAHI_GPU_REGS_H_

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#define GPU_WINDOW_SIZE			0x4000

/* What every register reads once the device is gone. */
#define GPU_GONE			(~0u)

#define GPU_ID				0x000
#define   GPU_ID_MAGIC			0x56475055
#define GPU_VERSION			0x004
#define   GPU_VERSION_1			1
#define GPU_CTRL			0x008
#define   GPU_CTRL_RUN			BIT(0)
#define GPU_STATUS			0x00c
#define   GPU_STATUS_RUNNING		BIT(0)
#define   GPU_STATUS_DEAD		BIT(1)
#define GPU_IRQ_STATUS			0x010
#define GPU_IRQ_ENABLE			0x014
#define   GPU_IRQ_COMPLETION		BIT(0)
#define   GPU_IRQ_ERROR			BIT(1)
#define GPU_ABORT			0x018
#define GPU_CLOCK			0x020

#define GPU_GENERATION			0x030
#define GPU_VARIANT			0x034
#define GPU_REVISION			0x038
#define GPU_CHIP_ID			0x03c
#define GPU_NR_CLUSTERS			0x040
#define GPU_CORES			0x044
#define GPU_MAX_FREQUENCY		0x048
#define GPU_NR_CONTEXTS			0x04c
#define GPU_CORE_MASK			0x050
#define GPU_NR_STREAMS			0x058

#define GPU_SUBMIT_BASE			0x100
#define GPU_SUBMIT_SIZE			0x108
#define GPU_SUBMIT_TAIL			0x110
#define GPU_DONE_BASE			0x120
#define GPU_DONE_SIZE			0x128
#define GPU_DONE_HEAD			0x12c
#define GPU_DONE_TAIL			0x130
#define GPU_ERROR_CAUSE			0x140
#define GPU_ERROR_ADDRESS		0x148

/**
 * struct gpu_submit_entry - a job
 * @job: the driver's cookie
 * @context: jobs of one run in order
 * @stream: of the address space
 * @usc_base: that 32-bit addresses of shaders are relative to
 * @commands: IOVA of &struct gpu_cmd in the kernel domain
 * @n_commands: 1 to 64
 * @timeout_ms: in milliseconds, 0: none
 * @reserved: 0
 */
struct gpu_submit_entry {
	__le64 job;
	__le32 context;
	__le32 stream;
	__le64 usc_base;
	__le64 commands;
	__le32 n_commands;
	__le32 timeout_ms;
	u8 reserved[24];
};

static_assert(sizeof(struct gpu_submit_entry) == 64);

enum gpu_status {
	GPU_OK,
	GPU_FAULT,
	GPU_BAD_STREAM,
	GPU_UNKNOWN,
	GPU_TIMEOUT,
	GPU_NO_MEMORY,
	GPU_ABORTED,
	GPU_BAD_ENTRY,
	GPU_N_STATUS,
};

#define GPU_FAULT_WRITE			BIT(0)
#define GPU_FAULT_INSTANCE		BIT(1)
#define GPU_FAULT_KERNEL		BIT(2)

/**
 * struct gpu_done_entry - how a job ended
 * @job: of the submit entry
 * @status: &enum gpu_status
 * @command: index of the command that failed; their number if none did
 * @fault_address: with GPU_FAULT
 * @fault_flags: GPU_FAULT_* bits
 * @stream: of the submit entry
 * @instructions: executed, of 32 lanes each
 * @start: when it started, in nanoseconds of the GPU's clock; 0: never
 * @end: when it had ended
 * @launches: that were started
 * @context: of the submit entry
 */
struct gpu_done_entry {
	__le64 job;
	__le32 status;
	__le32 command;
	__le64 fault_address;
	__le32 fault_flags;
	__le32 stream;
	__le64 instructions;
	__le64 start;
	__le64 end;
	__le32 launches;
	__le32 context;
};

static_assert(sizeof(struct gpu_done_entry) == 64);

enum gpu_cmd_type {
	GPU_CMD_RENDER,
	GPU_CMD_COMPUTE,
};

/**
 * struct gpu_cmd - a command of a job
 * @reserved0: 0
 * @reserved1: 0
 */
struct gpu_cmd {
	/** @type: &enum gpu_cmd_type */
	__le32 type;
	__le32 reserved0;
	/** @body: the uAPI's structure up to its timestamps */
	u8 body[0xd0];
	__le64 reserved1;
	/** @timestamps: IOVAs of the kernel domain, 0: none; start and end of each stage */
	__le64 timestamps[4];
};

static_assert(sizeof(struct gpu_cmd) == 256);

#endif
