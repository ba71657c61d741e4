/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One DART instance: registers behind a few verbs. Knows no domain.
 */
#ifndef APPLE_DART_HW_H
#define APPLE_DART_HW_H

#include <linux/bitmap.h>
#include <linux/iommu.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "apple-dart-pgtable.h"

#define DART_MAX_STREAMS	256
#define DART_REGS_SIZE		0x4000

#define DART_FAULT_CODES	32
#define DART_FAULT_UNKNOWN	31

struct dart;
struct dart_stream;
struct dentry;

/**
 * struct dart_range - addresses, as tables translate them
 * @first: the first one
 * @last: the last one
 */
struct dart_range {
	u64 first;
	u64 last;
};

/**
 * struct dart_fault - one translation fault
 * @iova: address that the master used
 * @status: the ERROR register
 * @stream: as reported by the hardware, may be out of range
 * @code: what went wrong: the number of the bit, or DART_FAULT_UNKNOWN
 * @write: the access was a write
 * @kind: what went wrong, for a message
 */
struct dart_fault {
	u64 iova;
	u32 status;
	u16 stream;
	u8 code;
	bool write;
	const char *kind;
};

/**
 * enum dart_fault_state - what the error registers say
 * @DART_FAULT_NONE: nothing: the interrupt is not this instance's
 * @DART_FAULT_UNRECORDED: there were faults, but no record is left of them
 * @DART_FAULT_RECORDED: there is a record
 */
enum dart_fault_state {
	DART_FAULT_NONE,
	DART_FAULT_UNRECORDED,
	DART_FAULT_RECORDED,
};

/**
 * struct dart_params - what an instance is capable of
 * @page_shift: log2 of the page size, 12 or 14
 * @ias: bits of an IOVA
 * @oas: bits of a physical address
 * @n_streams: 1..DART_MAX_STREAMS
 * @max_roots: root tables of each stream
 * @four_levels: a walk can begin one level higher
 * @can_bypass: streams can be passed through untranslated
 * @locked: firmware has made translation registers read-only; they are never written
 * @no_negative_cache: never remembers that an entry was absent; a property of the devicetree, as
 *	registers do not tell
 * @ranged_flush: the TLB entries of a range of one stream can be dropped alone
 * @flush_bits: bits that a command for one stream needs besides
 * @window_first: first address that masters emit; bits that no IOVA has are the same in all
 * @window_last: last one; 0 if masters emit IOVAs as they are
 */
struct dart_params {
	u8 page_shift;
	u8 ias;
	u8 oas;
	u16 n_streams;
	u8 max_roots;
	bool four_levels;
	bool can_bypass;
	bool locked;
	bool no_negative_cache;
	bool ranged_flush;
	u32 flush_bits;
	u64 window_first;
	u64 window_last;
};

/**
 * struct dart_stream_regs - registers of a stream
 *
 * What they hold, or without power will hold when it returns.
 *
 * @tcr: control
 * @ttbr: roots
 * @unsure: a write was not accepted, so the hardware may hold something else
 */
struct dart_stream_regs {
	u32 tcr;
	u32 ttbr[DART_PT_MAX_ROOTS];
	bool unsure;
};

/**
 * struct dart_hw - verbs of a generation
 *
 * All are called with &dart.lock held. Without power @translate, @bypass, @block and @forget are
 * called to note what is wanted; the others are called only while the instance answers. Those that
 * return int return 0, -EIO for a register that does not keep what was written, -ETIMEDOUT for a
 * command that does not finish, or -ENODEV for registers that read all ones.
 *
 * @fmt: format of the page tables
 * @fault_kinds: names of the bits of a fault's code; NULL where none is known
 * @identify: read what the instance is capable of
 * @reset: block all streams, forget all roots and TLB entries, clear errors
 * @restore: write what the streams' registers are to hold, forget all TLB entries, clear errors
 * @translate: send a stream through a page table; the TLB is not touched
 * @bypass: pass a stream through; the TLB is not touched
 * @block: refuse all accesses of a stream; its roots and the TLB stay
 * @forget: drop the roots of a blocked stream
 * @root: find the root that a stream of a locked instance walks with two levels; -EINVAL if none
 * @flush: drop the TLB entries of a non-empty set of streams, wait until it is done; with a range
 *	at least what may be about it, otherwise all
 * @take_fault: read and clear the error registers, so that they no longer raise the interrupt
 */
struct dart_hw {
	enum dart_pt_fmt fmt;
	const char * const *fault_kinds;
	int (*identify)(struct dart *dart, struct dart_params *params);
	int (*reset)(struct dart *dart);
	int (*restore)(struct dart *dart);
	int (*translate)(struct dart *dart, unsigned int sid, const struct dart_pt *pt);
	int (*bypass)(struct dart *dart, unsigned int sid);
	int (*block)(struct dart *dart, unsigned int sid);
	int (*forget)(struct dart *dart, unsigned int sid);
	int (*root)(struct dart *dart, unsigned int sid, u64 *pa);
	int (*flush)(struct dart *dart, const unsigned long *streams,
		     const struct dart_range *range);
	enum dart_fault_state (*take_fault)(struct dart *dart, struct dart_fault *fault);
};

/**
 * enum dart_state - does an instance answer?
 * @DART_LIVE: yes
 * @DART_REMOVED: the driver was unbound from it, with all streams blocked; registers are unmapped
 * @DART_LOST: its registers read all ones: it has gone away
 */
enum dart_state {
	DART_LIVE,
	DART_REMOVED,
	DART_LOST,
};

/**
 * struct dart - an instance
 * @dev: its device; a reference is held
 * @hw: its generation
 * @regs: its registers, valid while @state is DART_LIVE, accessible while @powered
 * @params: never change after probe
 * @ref: held by the probed device, by masters and by attachments
 * @id: identifies the instance in the fwspec of a master
 * @lock: protects the registers, @state, @powered, @busy, @stream_regs and the counts of faults;
 *	taken in interrupts, innermost
 * @state: see there; leaves DART_LIVE once and never comes back
 * @powered: registers may be accessed; without power the TLB is empty and no access happens, so
 *	there is nothing to flush
 * @busy: a command may still be running: firmware's, or a flush that timed out
 * @stream_regs: registers of each stream
 * @n_faults: faults by code
 * @n_unrecorded: times that there were faults without a record
 * @debugfs: the instance's file
 * @streams_lock: protects @ports and @streams; held while a domain's fault handler runs, so that
 *	handler must not attach or detach
 * @ports: masters behind the instance, owned by the domain code
 * @streams: software state of each stream, owned by the domain code
 * @iommu: the IOMMU core's handle
 */
struct dart {
	struct device *dev;
	const struct dart_hw *hw;
	void __iomem *regs;
	struct dart_params params;
	struct kref ref;
	u32 id;
	spinlock_t lock; /* registers */
	enum dart_state state;
	bool powered;
	bool busy;
	struct dart_stream_regs *stream_regs;
	unsigned long n_faults[DART_FAULT_CODES];
	unsigned long n_unrecorded;
	struct dentry *debugfs;
	struct mutex streams_lock; /* ports and streams */
	struct list_head ports;
	struct dart_stream *streams;
	struct iommu_device iommu;
};

extern const struct dart_hw dart_hw_t8103;
extern const struct dart_hw dart_hw_t6000;
extern const struct dart_hw dart_hw_t8110;

int dart_probe_hw(struct dart *dart);
int dart_reset(struct dart *dart);
void dart_retire(struct dart *dart);
int dart_power_up(struct dart *dart);
void dart_power_down(struct dart *dart);
int dart_stream_translate(struct dart *dart, unsigned int sid, const struct dart_pt *pt);
int dart_stream_bypass(struct dart *dart, unsigned int sid);
int dart_stream_block(struct dart *dart, unsigned int sid);
int dart_stream_forget(struct dart *dart, unsigned int sid);
int dart_stream_root(struct dart *dart, unsigned int sid, u64 *pa);
int dart_flush(struct dart *dart, const unsigned long *streams);
int dart_flush_range(struct dart *dart, const unsigned long *streams,
		     const struct dart_range *range);
enum dart_fault_state dart_take_fault(struct dart *dart, struct dart_fault *fault);
const char *dart_fault_kind(const struct dart *dart, unsigned int code);

#endif
