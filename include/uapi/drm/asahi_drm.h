/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * User interface of the asahi driver. The binary layout is that of the header of the same name in
 * mainline Linux since 6.16, so a client built against either runs on both.
 *
 * Rules for the whole interface:
 *  - Every pad, and every flags word without named flags, must be zero (-EINVAL).
 *  - Ids of address spaces, queues and timestamp objects belong to the open file and start at 1.
 *    An id or GEM handle that does not exist is -ENOENT.
 *  - The GPU page has 16 KiB whatever the CPU's page size is. Addresses, ranges and object offsets
 *    of mappings are multiples of it.
 *  - Sizes, offsets and ranges are in bytes.
 *  - Structures grow at their tail only; a missing tail reads as zero.
 */
#ifndef _ASAHI_DRM_H_
#define _ASAHI_DRM_H_

#include "drm.h"

#if defined(__cplusplus)
extern "C" {
#endif

/**
 * enum drm_asahi_ioctl_id - ioctl numbers, relative to DRM_COMMAND_BASE
 */
enum drm_asahi_ioctl_id {
	/** @DRM_ASAHI_GET_PARAMS: read what the device is */
	DRM_ASAHI_GET_PARAMS = 0,
	/** @DRM_ASAHI_GET_TIME: read the clock that command timestamps use */
	DRM_ASAHI_GET_TIME,
	/** @DRM_ASAHI_VM_CREATE: make an address space */
	DRM_ASAHI_VM_CREATE,
	/** @DRM_ASAHI_VM_DESTROY: drop an address space */
	DRM_ASAHI_VM_DESTROY,
	/** @DRM_ASAHI_VM_BIND: map and unmap buffers in an address space */
	DRM_ASAHI_VM_BIND,
	/** @DRM_ASAHI_GEM_CREATE: make a buffer */
	DRM_ASAHI_GEM_CREATE,
	/** @DRM_ASAHI_GEM_MMAP_OFFSET: get the file offset under which a buffer can be mapped */
	DRM_ASAHI_GEM_MMAP_OFFSET,
	/** @DRM_ASAHI_GEM_BIND_OBJECT: declare a part of a buffer as a special object */
	DRM_ASAHI_GEM_BIND_OBJECT,
	/** @DRM_ASAHI_QUEUE_CREATE: make a queue */
	DRM_ASAHI_QUEUE_CREATE,
	/** @DRM_ASAHI_QUEUE_DESTROY: drop a queue */
	DRM_ASAHI_QUEUE_DESTROY,
	/** @DRM_ASAHI_SUBMIT: run commands on a queue */
	DRM_ASAHI_SUBMIT,
};

#define DRM_ASAHI_MAX_CLUSTERS	64

/**
 * struct drm_asahi_params_global - parameter group 0: the device
 */
struct drm_asahi_params_global {
	/** @features: &enum drm_asahi_feature bits that the device has */
	__u64 features;
	/** @gpu_generation: the number in the GPU's name, 13 for G13G */
	__u32 gpu_generation;
	/** @gpu_variant: the letter after it as an ASCII code, 'G' for G13G */
	__u32 gpu_variant;
	/** @gpu_revision: stepping in BCD, A0 is 0x00, B1 is 0x11 */
	__u32 gpu_revision;
	/** @chip_id: the SoC in BCD, 0x8103 for T8103 */
	__u32 chip_id;
	/** @num_dies: dies of the SoC */
	__u32 num_dies;
	/** @num_clusters_total: GPU clusters of all dies together */
	__u32 num_clusters_total;
	/** @num_cores_per_cluster: highest number of cores in a cluster, disabled ones included */
	__u32 num_cores_per_cluster;
	/** @max_frequency_khz: highest clock of a core, in kHz */
	__u32 max_frequency_khz;
	/** @core_masks: one bit for each core that works, a word for each cluster */
	__u64 core_masks[DRM_ASAHI_MAX_CLUSTERS];
	/** @vm_start: lowest address that can be mapped */
	__u64 vm_start;
	/** @vm_end: first address above what can be mapped */
	__u64 vm_end;
	/** @vm_kernel_min_size: least bytes that VM_CREATE must leave to the kernel */
	__u64 vm_kernel_min_size;
	/** @max_commands_per_submission: most render and compute commands in one SUBMIT */
	__u32 max_commands_per_submission;
	/** @max_attachments: most entries of one attachment list */
	__u32 max_attachments;
	/** @command_timestamp_frequency_hz: ticks of command timestamps in a second */
	__u64 command_timestamp_frequency_hz;
};

/**
 * enum drm_asahi_feature - properties of the device that clients may rely on
 */
enum drm_asahi_feature {
	/**
	 * @DRM_ASAHI_FEATURE_SOFT_FAULTS: a shader that loads from where nothing is mapped reads
	 * zero, a store there vanishes, and neither fails the command. A compiler may move loads
	 * above the checks that guard them.
	 */
	DRM_ASAHI_FEATURE_SOFT_FAULTS = (1UL) << 0,
};

/**
 * struct drm_asahi_get_params - argument of GET_PARAMS
 */
struct drm_asahi_get_params {
	/** @param_group: which structure to read; only 0, &struct drm_asahi_params_global */
	__u32 param_group;
	/** @pad: must be zero */
	__u32 pad;
	/** @pointer: user address to write to */
	__u64 pointer;
	/**
	 * @size: bytes at @pointer. Not more than the structure is written; what a larger buffer
	 * has behind it stays as it was.
	 */
	__u64 size;
};

/**
 * struct drm_asahi_vm_create - argument of VM_CREATE
 *
 * [@kernel_start, @kernel_end) belongs to the kernel as long as the address space lives. It is
 * page aligned, inside the device's range and has vm_kernel_min_size bytes or more.
 */
struct drm_asahi_vm_create {
	/** @kernel_start: first address of the kernel's part */
	__u64 kernel_start;
	/** @kernel_end: first address above it */
	__u64 kernel_end;
	/** @vm_id: written by the kernel: the new id */
	__u32 vm_id;
	/** @pad: must be zero */
	__u32 pad;
};

/**
 * struct drm_asahi_vm_destroy - argument of VM_DESTROY
 */
struct drm_asahi_vm_destroy {
	/** @vm_id: the address space; all its mappings go, its queues find nothing mapped */
	__u32 vm_id;
	/** @pad: must be zero */
	__u32 pad;
};

/**
 * enum drm_asahi_gem_flags - properties of a buffer
 */
enum drm_asahi_gem_flags {
	/** @DRM_ASAHI_GEM_WRITEBACK: cached CPU mappings; without it they are write-combined */
	DRM_ASAHI_GEM_WRITEBACK = (1L << 0),
	/**
	 * @DRM_ASAHI_GEM_VM_PRIVATE: the buffer is for one address space only: it shares that one's
	 * reservation and can neither be exported nor be bound elsewhere.
	 */
	DRM_ASAHI_GEM_VM_PRIVATE = (1L << 1),
};

/**
 * struct drm_asahi_gem_create - argument of GEM_CREATE; fresh memory reads as zero
 */
struct drm_asahi_gem_create {
	/** @size: bytes, rounded up to whole GPU pages */
	__u64 size;
	/** @flags: &enum drm_asahi_gem_flags */
	__u32 flags;
	/** @vm_id: the address space of a VM_PRIVATE buffer, else zero */
	__u32 vm_id;
	/** @handle: written by the kernel: the new handle */
	__u32 handle;
	/** @pad: must be zero */
	__u32 pad;
};

/**
 * struct drm_asahi_gem_mmap_offset - argument of GEM_MMAP_OFFSET
 */
struct drm_asahi_gem_mmap_offset {
	/** @handle: the buffer */
	__u32 handle;
	/** @flags: must be zero */
	__u32 flags;
	/** @offset: written by the kernel: the offset to give to mmap() on the device file */
	__u64 offset;
};

/**
 * enum drm_asahi_bind_flags - what one operation of VM_BIND does
 */
enum drm_asahi_bind_flags {
	/** @DRM_ASAHI_BIND_UNBIND: unmap the range; without other flags, handle and offset */
	DRM_ASAHI_BIND_UNBIND = (1L << 0),
	/** @DRM_ASAHI_BIND_READ: the GPU may read */
	DRM_ASAHI_BIND_READ = (1L << 1),
	/** @DRM_ASAHI_BIND_WRITE: the GPU may write; a mapping needs one of the two */
	DRM_ASAHI_BIND_WRITE = (1L << 2),
	/** @DRM_ASAHI_BIND_SINGLE_PAGE: the one page at the offset is repeated over the range */
	DRM_ASAHI_BIND_SINGLE_PAGE = (1L << 3),
};

/**
 * struct drm_asahi_gem_bind_op - one operation of VM_BIND
 *
 * A mapping replaces whatever the range held before; unmapping a range with holes succeeds.
 */
struct drm_asahi_gem_bind_op {
	/** @flags: &enum drm_asahi_bind_flags */
	__u32 flags;
	/** @handle: the buffer to map */
	__u32 handle;
	/** @offset: where in the buffer the mapping starts */
	__u64 offset;
	/** @range: bytes to map or unmap, not zero */
	__u64 range;
	/** @addr: GPU address */
	__u64 addr;
};

/**
 * struct drm_asahi_vm_bind - argument of VM_BIND; done when the ioctl returns
 */
struct drm_asahi_vm_bind {
	/** @vm_id: the address space */
	__u32 vm_id;
	/** @num_binds: operations, carried out in order */
	__u32 num_binds;
	/** @stride: bytes from one operation to the next, not zero */
	__u32 stride;
	/** @pad: must be zero */
	__u32 pad;
	/** @userptr: user address of the &struct drm_asahi_gem_bind_op array */
	__u64 userptr;
};

/**
 * enum drm_asahi_bind_object_op - operations of GEM_BIND_OBJECT
 */
enum drm_asahi_bind_object_op {
	/** @DRM_ASAHI_BIND_OBJECT_OP_BIND: make a special object */
	DRM_ASAHI_BIND_OBJECT_OP_BIND = 0,
	/** @DRM_ASAHI_BIND_OBJECT_OP_UNBIND: drop one */
	DRM_ASAHI_BIND_OBJECT_OP_UNBIND = 1,
};

/**
 * enum drm_asahi_bind_object_flags - what a special object is for
 */
enum drm_asahi_bind_object_flags {
	/** @DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS: the device writes command timestamps to it */
	DRM_ASAHI_BIND_OBJECT_USAGE_TIMESTAMPS = (1L << 0),
};

/**
 * struct drm_asahi_gem_bind_object - argument of GEM_BIND_OBJECT
 */
struct drm_asahi_gem_bind_object {
	/** @op: &enum drm_asahi_bind_object_op */
	__u32 op;
	/** @flags: &enum drm_asahi_bind_object_flags for BIND, zero for UNBIND */
	__u32 flags;
	/** @handle: the buffer for BIND, zero for UNBIND */
	__u32 handle;
	/** @vm_id: must be zero */
	__u32 vm_id;
	/** @offset: start of the part for BIND, zero for UNBIND */
	__u64 offset;
	/** @range: bytes of the part for BIND, zero for UNBIND */
	__u64 range;
	/** @object_handle: the object: written by the kernel for BIND, read for UNBIND */
	__u32 object_handle;
	/** @pad: must be zero */
	__u32 pad;
};

/**
 * enum drm_asahi_cmd_type - what a record of a command buffer is
 */
enum drm_asahi_cmd_type {
	/** @DRM_ASAHI_CMD_RENDER: &struct drm_asahi_cmd_render */
	DRM_ASAHI_CMD_RENDER = 0,
	/** @DRM_ASAHI_CMD_COMPUTE: &struct drm_asahi_cmd_compute */
	DRM_ASAHI_CMD_COMPUTE = 1,
	/**
	 * @DRM_ASAHI_SET_VERTEX_ATTACHMENTS: &struct drm_asahi_attachment array, a hint about what
	 * the vertex stage of later commands in the same submission uses
	 */
	DRM_ASAHI_SET_VERTEX_ATTACHMENTS = 2,
	/** @DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS: the same for the fragment stage */
	DRM_ASAHI_SET_FRAGMENT_ATTACHMENTS = 3,
	/** @DRM_ASAHI_SET_COMPUTE_ATTACHMENTS: the same for compute */
	DRM_ASAHI_SET_COMPUTE_ATTACHMENTS = 4,
};

/**
 * enum drm_asahi_priority - priority of a queue against other queues
 */
enum drm_asahi_priority {
	/** @DRM_ASAHI_PRIORITY_LOW: below the default */
	DRM_ASAHI_PRIORITY_LOW = 0,
	/** @DRM_ASAHI_PRIORITY_MEDIUM: the default */
	DRM_ASAHI_PRIORITY_MEDIUM = 1,
	/** @DRM_ASAHI_PRIORITY_HIGH: reserved for privileged clients, refused today (-EINVAL) */
	DRM_ASAHI_PRIORITY_HIGH = 2,
	/** @DRM_ASAHI_PRIORITY_REALTIME: for privileged clients, refused today (-EINVAL) */
	DRM_ASAHI_PRIORITY_REALTIME = 3,
};

/**
 * struct drm_asahi_queue_create - argument of QUEUE_CREATE
 */
struct drm_asahi_queue_create {
	/** @flags: must be zero */
	__u32 flags;
	/** @vm_id: address space of everything that runs on the queue */
	__u32 vm_id;
	/** @priority: &enum drm_asahi_priority */
	__u32 priority;
	/** @queue_id: written by the kernel: the new id */
	__u32 queue_id;
	/** @usc_exec_base: GPU address that all 32-bit shader addresses are relative to */
	__u64 usc_exec_base;
};

/**
 * struct drm_asahi_queue_destroy - argument of QUEUE_DESTROY
 */
struct drm_asahi_queue_destroy {
	/** @queue_id: the queue */
	__u32 queue_id;
	/** @pad: must be zero */
	__u32 pad;
};

/**
 * enum drm_asahi_sync_type - what a sync names
 */
enum drm_asahi_sync_type {
	/** @DRM_ASAHI_SYNC_SYNCOBJ: a binary syncobj */
	DRM_ASAHI_SYNC_SYNCOBJ = 0,
	/** @DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ: a point of a timeline syncobj */
	DRM_ASAHI_SYNC_TIMELINE_SYNCOBJ = 1,
};

/**
 * struct drm_asahi_sync - a fence to wait for or to signal
 */
struct drm_asahi_sync {
	/** @sync_type: &enum drm_asahi_sync_type */
	__u32 sync_type;
	/** @handle: the syncobj */
	__u32 handle;
	/** @timeline_value: the point on a timeline, zero for a binary syncobj */
	__u64 timeline_value;
};

/* A command's barrier that waits for nothing. */
#define DRM_ASAHI_BARRIER_NONE (0xFFFFu)

/**
 * struct drm_asahi_cmd_header - head of each record of a command buffer
 *
 * A barrier is DRM_ASAHI_BARRIER_NONE, or the number of commands of that kind earlier in the same
 * submission that must be complete first; zero stands for everything of earlier submissions.
 */
struct drm_asahi_cmd_header {
	/** @cmd_type: &enum drm_asahi_cmd_type */
	__u16 cmd_type;
	/** @size: bytes that follow this header */
	__u16 size;
	/** @vdm_barrier: render commands to wait for; none for an attachment list */
	__u16 vdm_barrier;
	/** @cdm_barrier: compute commands to wait for; none for an attachment list */
	__u16 cdm_barrier;
};

/**
 * struct drm_asahi_submit - argument of SUBMIT
 *
 * All or nothing: a submission that is refused has run nothing and signals nothing.
 */
struct drm_asahi_submit {
	/** @syncs: user address of &struct drm_asahi_sync: first those to wait for */
	__u64 syncs;
	/** @cmdbuf: user address of the records, each a &struct drm_asahi_cmd_header and data */
	__u64 cmdbuf;
	/** @flags: must be zero */
	__u32 flags;
	/** @queue_id: the queue */
	__u32 queue_id;
	/** @in_sync_count: entries of @syncs to wait for */
	__u32 in_sync_count;
	/** @out_sync_count: entries after them to signal when all commands are done */
	__u32 out_sync_count;
	/** @cmdbuf_size: bytes at @cmdbuf */
	__u32 cmdbuf_size;
	/** @pad: must be zero */
	__u32 pad;
};

/**
 * struct drm_asahi_attachment - memory that a stage will use
 */
struct drm_asahi_attachment {
	/** @pointer: GPU address */
	__u64 pointer;
	/** @size: bytes */
	__u64 size;
	/** @pad: must be zero */
	__u32 pad;
	/** @flags: must be zero */
	__u32 flags;
};

/**
 * enum drm_asahi_render_flags - flags of a render command
 */
enum drm_asahi_render_flags {
	/** @DRM_ASAHI_RENDER_VERTEX_SCRATCH: a vertex shader of the command spills */
	DRM_ASAHI_RENDER_VERTEX_SCRATCH = (1U << 0),
	/** @DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES: run tile programs where nothing is drawn too */
	DRM_ASAHI_RENDER_PROCESS_EMPTY_TILES = (1U << 1),
	/** @DRM_ASAHI_RENDER_NO_VERTEX_CLUSTERING: vertex work stays on one cluster */
	DRM_ASAHI_RENDER_NO_VERTEX_CLUSTERING = (1U << 2),
	/** @DRM_ASAHI_RENDER_DBIAS_IS_INT: the depth is an integer format, for depth bias */
	DRM_ASAHI_RENDER_DBIAS_IS_INT = (1U << 18),
};

/**
 * struct drm_asahi_zls_buffer - a depth or stencil buffer
 */
struct drm_asahi_zls_buffer {
	/** @base: GPU address */
	__u64 base;
	/** @comp_base: GPU address of the compression metadata */
	__u64 comp_base;
	/** @stride: from layer to layer, in the hardware's encoding */
	__u32 stride;
	/** @comp_stride: the same for the metadata */
	__u32 comp_stride;
};

/**
 * struct drm_asahi_timestamp - where a timestamp goes
 */
struct drm_asahi_timestamp {
	/** @handle: a timestamp object of GEM_BIND_OBJECT, or zero for no timestamp */
	__u32 handle;
	/** @offset: bytes into the object */
	__u32 offset;
};

/**
 * struct drm_asahi_timestamps - the two timestamps of a stage
 */
struct drm_asahi_timestamps {
	/** @start: taken when it starts */
	struct drm_asahi_timestamp start;
	/** @end: taken when it is done */
	struct drm_asahi_timestamp end;
};

/**
 * struct drm_asahi_helper_program - the program that hands out stack memory to shaders that spill
 */
struct drm_asahi_helper_program {
	/** @binary: its address relative to usc_exec_base, with flags in the low bits */
	__u32 binary;
	/** @cfg: configuration bits */
	__u32 cfg;
	/** @data: a value that the program can read, a GPU address as a rule */
	__u64 data;
};

/**
 * struct drm_asahi_bg_eot - a program that runs for each tile, before or after the fragments
 */
struct drm_asahi_bg_eot {
	/** @usc: address of its USC words relative to usc_exec_base, with flags in the low bits */
	__u32 usc;
	/** @rsrc_spec: resources it needs, in the hardware's encoding */
	__u32 rsrc_spec;
};

/**
 * struct drm_asahi_cmd_render - a render command
 */
struct drm_asahi_cmd_render {
	/** @flags: &enum drm_asahi_render_flags */
	__u32 flags;
	/** @isp_zls_pixels: size of the depth and stencil buffers, register value */
	__u32 isp_zls_pixels;
	/** @vdm_ctrl_stream_base: GPU address of the vertex control stream */
	__u64 vdm_ctrl_stream_base;
	/** @vertex_helper: helper of the vertex stage */
	struct drm_asahi_helper_program vertex_helper;
	/** @fragment_helper: helper of the fragment stage */
	struct drm_asahi_helper_program fragment_helper;
	/** @isp_scissor_base: GPU address of the scissor array */
	__u64 isp_scissor_base;
	/** @isp_dbias_base: GPU address of the depth bias array */
	__u64 isp_dbias_base;
	/** @isp_oclqry_base: GPU address of the occlusion results */
	__u64 isp_oclqry_base;
	/** @depth: depth buffer */
	struct drm_asahi_zls_buffer depth;
	/** @stencil: stencil buffer */
	struct drm_asahi_zls_buffer stencil;
	/** @zls_ctrl: what is loaded and stored of them, register value */
	__u64 zls_ctrl;
	/** @ppp_multisamplectl: sample positions, register value */
	__u64 ppp_multisamplectl;
	/** @sampler_heap: GPU address of the samplers that shaders index */
	__u64 sampler_heap;
	/** @ppp_ctrl: register value */
	__u32 ppp_ctrl;
	/** @width_px: width in pixels, 1 to 16384 */
	__u16 width_px;
	/** @height_px: height in pixels, 1 to 16384 */
	__u16 height_px;
	/** @layers: layers, 1 to 2048 */
	__u16 layers;
	/** @sampler_count: entries of the sampler heap */
	__u16 sampler_count;
	/** @utile_width_px: width of a tile in pixels: 32x32, 32x16 or 16x16 */
	__u8 utile_width_px;
	/** @utile_height_px: its height */
	__u8 utile_height_px;
	/** @samples: samples of a pixel: 1, 2 or 4 */
	__u8 samples;
	/** @sample_size_B: tile memory of a sample, in bytes */
	__u8 sample_size_B;
	/** @isp_merge_upper_x: register value, a float */
	__u32 isp_merge_upper_x;
	/** @isp_merge_upper_y: register value, a float */
	__u32 isp_merge_upper_y;
	/** @bg: runs for each tile before its fragments */
	struct drm_asahi_bg_eot bg;
	/** @eot: runs for each tile after them */
	struct drm_asahi_bg_eot eot;
	/** @partial_bg: in place of @bg when a frame goes on after it was interrupted */
	struct drm_asahi_bg_eot partial_bg;
	/** @partial_eot: in place of @eot when a frame is interrupted */
	struct drm_asahi_bg_eot partial_eot;
	/** @isp_bgobjdepth: depth where nothing is drawn, in the buffer's format */
	__u32 isp_bgobjdepth;
	/** @isp_bgobjvals: stencil where nothing is drawn, in the low 8 bits */
	__u32 isp_bgobjvals;
	/** @ts_vtx: timestamps of the vertex stage */
	struct drm_asahi_timestamps ts_vtx;
	/** @ts_frag: timestamps of the fragment stage */
	struct drm_asahi_timestamps ts_frag;
};

/**
 * struct drm_asahi_cmd_compute - a compute command
 */
struct drm_asahi_cmd_compute {
	/** @flags: must be zero */
	__u32 flags;
	/** @sampler_count: entries of the sampler heap */
	__u32 sampler_count;
	/** @cdm_ctrl_stream_base: GPU address of the compute control stream */
	__u64 cdm_ctrl_stream_base;
	/** @cdm_ctrl_stream_end: where its first part ends, a hint */
	__u64 cdm_ctrl_stream_end;
	/** @sampler_heap: GPU address of the samplers that shaders index */
	__u64 sampler_heap;
	/** @helper: helper program */
	struct drm_asahi_helper_program helper;
	/** @ts: timestamps */
	struct drm_asahi_timestamps ts;
};

/**
 * struct drm_asahi_get_time - argument of GET_TIME
 */
struct drm_asahi_get_time {
	/** @flags: must be zero */
	__u64 flags;
	/** @gpu_timestamp: written by the kernel: now, in nanoseconds */
	__u64 gpu_timestamp;
};

/* R, W or WR: what user space does with the argument; the structure is named after the ioctl. */
#define DRM_IOCTL_ASAHI(__access, __id, __type) \
	DRM_IO ## __access(DRM_COMMAND_BASE + DRM_ASAHI_ ## __id, \
			   struct drm_asahi_ ## __type)

/* Constants rather than macros, so that tools which generate bindings see values. */
enum {
	DRM_IOCTL_ASAHI_GET_PARAMS       = DRM_IOCTL_ASAHI(W, GET_PARAMS, get_params),
	DRM_IOCTL_ASAHI_GET_TIME         = DRM_IOCTL_ASAHI(WR, GET_TIME, get_time),
	DRM_IOCTL_ASAHI_VM_CREATE        = DRM_IOCTL_ASAHI(WR, VM_CREATE, vm_create),
	DRM_IOCTL_ASAHI_VM_DESTROY       = DRM_IOCTL_ASAHI(W, VM_DESTROY, vm_destroy),
	DRM_IOCTL_ASAHI_VM_BIND          = DRM_IOCTL_ASAHI(W, VM_BIND, vm_bind),
	DRM_IOCTL_ASAHI_GEM_CREATE       = DRM_IOCTL_ASAHI(WR, GEM_CREATE, gem_create),
	DRM_IOCTL_ASAHI_GEM_MMAP_OFFSET  = DRM_IOCTL_ASAHI(WR, GEM_MMAP_OFFSET, gem_mmap_offset),
	DRM_IOCTL_ASAHI_GEM_BIND_OBJECT  = DRM_IOCTL_ASAHI(WR, GEM_BIND_OBJECT, gem_bind_object),
	DRM_IOCTL_ASAHI_QUEUE_CREATE     = DRM_IOCTL_ASAHI(WR, QUEUE_CREATE, queue_create),
	DRM_IOCTL_ASAHI_QUEUE_DESTROY    = DRM_IOCTL_ASAHI(W, QUEUE_DESTROY, queue_destroy),
	DRM_IOCTL_ASAHI_SUBMIT           = DRM_IOCTL_ASAHI(W, SUBMIT, submit),
};

#if defined(__cplusplus)
}
#endif

#endif /* _ASAHI_DRM_H_ */
