/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Domains, masters, and what ties them to instances. Knows no register.
 */
#ifndef APPLE_DART_DOMAIN_H
#define APPLE_DART_DOMAIN_H

#include <linux/atomic.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "apple-dart-hw.h"

/**
 * struct dart_stream - software state of a stream of an instance
 * @domain: what the hardware is set up for: a paging domain, or one that blocks or passes through;
 *	NULL if the stream was blocked without being attached. Written by attaches, which the
 *	group's mutex serialises, under &dart.streams_lock
 * @mirror: first level of firmware that shows a domain; locked instances only, owned by
 *	apple-dart-locked.c
 */
struct dart_stream {
	struct iommu_domain *domain;
	struct dart_mirror *mirror;
};

struct dart_batch;
struct dart_domain;
struct dart_master;
struct dart_mirror;

/**
 * struct dart_port - the streams through which a master reaches one instance
 * @dart: instance; a reference is held
 * @master: the master that this is part of
 * @list: in &dart.ports while the master is published
 * @streams: not empty, all below the number of streams of the instance
 */
struct dart_port {
	struct dart *dart;
	struct dart_master *master;
	struct list_head list;
	DECLARE_BITMAP(streams, DART_MAX_STREAMS);
};

/**
 * struct dart_master - a device behind one or more instances, or one PASID of it
 *
 * A PASID of a device is a stream of the same number on all of its instances. It is a master of
 * its own, with the same ports, but that stream alone.
 *
 * @dev: the device
 * @group: its group while it is published; masters that share a stream share the group
 * @domain: what it is attached to, NULL before the first attach; the group's mutex protects it
 * @paging: the same if that is a paging domain, else NULL
 * @pasid: 0 for the device itself
 * @n_pasids: PASIDs from 1 to below this are possible; 0 if there are none
 * @pasids: masters of the device's PASIDs, in use or reserved
 * @pasid_list: in @pasids of the device's master
 * @reserved: the PASID was allocated, so that it stays when it is detached
 * @system_wide: it was allocated for use by any device
 * @in_use: a domain is attached to the PASID or about to be, or could not be detached
 * @n_ports: number of @port, at least 1
 * @port: one for each instance
 */
struct dart_master {
	struct device *dev;
	struct iommu_group *group;
	struct iommu_domain *domain;
	struct dart_domain *paging;
	unsigned int pasid;
	unsigned int n_pasids;
	struct list_head pasids;
	struct list_head pasid_list;
	/* These and the lists are protected by the lock in apple-dart-pasid.c. */
	bool reserved;
	bool system_wide;
	bool in_use;
	unsigned int n_ports;
	struct dart_port port[] __counted_by(n_ports);
};

/**
 * struct dart_table - a page table of a domain, and the instances that walk it
 * @list: in &dart_domain.tables
 * @pt: the table
 * @n_users: attachments that use it
 * @mirrors: first levels of firmware that show the table to locked instances
 * @keep: stays without users: PASIDs leave and return often, which must not cost a copy each time
 */
struct dart_table {
	struct list_head list;
	struct dart_pt pt;
	unsigned int n_users;
	struct list_head mirrors;
	bool keep;
};

/**
 * struct dart_attachment - one instance in a domain
 * @list: in &dart_domain.attachments
 * @dart: instance; a reference is held
 * @table: what its streams walk
 * @streams: those in the domain
 * @users: of each stream, masters that have attached through it
 */
struct dart_attachment {
	struct list_head list;
	struct dart *dart;
	struct dart_table *table;
	DECLARE_BITMAP(streams, DART_MAX_STREAMS);
	unsigned int users[];
};

/**
 * struct dart_domain - a paging domain over any number of instances
 *
 * All tables of a domain say the same. @primary is the authority, and is filled even if nobody
 * walks it; the others exist as long as an instance needs their format or geometry.
 *
 * A change of mappings holds @lock for reading while it is carried out in all tables, so that
 * changes of different ranges run side by side. Whoever adds a table first puts it on the list,
 * so that changes reach it too, and then copies a piece at a time with @lock held for writing.
 *
 * Lock order: @attach_lock, &dart.streams_lock, @lock, &dart.lock.
 *
 * @domain: the core's part
 * @id: number, not 0, for people to read
 * @debugfs: the domain's file
 * @attach_lock: serialises attach and detach; protects the counts in tables and attachments
 * @lock: protects both lists, &dart_attachment.streams and &dart_table.mirrors; written with
 *	@attach_lock held, except for mirrors
 * @tables: begins with @primary
 * @attachments: instances
 * @primary: table of the format of the device that the domain was made for; never changes
 * @granule_shift: log2 of the smallest mapping, at least the page size of every table; constant
 * @ias: bits of an IOVA, as far as tables translate it: those of its offset; never changes
 * @base: the other bits of an IOVA, which masters of the device that the domain was made for emit;
 *	never changes
 * @first: first offset that can be mapped; never changes
 * @last: last one; never changes
 * @device_oas: physical address bits of the device that the domain was made for; never changes
 * @oas: what all instances of the domain can reach; written with both locks held
 * @reclaim: frees tables that have become empty
 * @n_failed: flushes that have failed so far
 * @n_settled: @n_failed when a flush of everything began that did not fail, or less; while that
 *	differs from @n_failed, what was unmapped may still be reached
 * @poisoned: hardware that could not be stopped may still walk the tables, so they are never freed
 */
struct dart_domain {
	struct iommu_domain domain;
	unsigned int id;
	struct dentry *debugfs;
	struct mutex attach_lock; /* attach and detach */
	rwlock_t lock;
	struct list_head tables;
	struct list_head attachments;
	struct dart_table *primary;
	u64 base;
	u64 first;
	u64 last;
	u8 granule_shift;
	u8 ias;
	u8 device_oas;
	u8 oas;
	struct delayed_work reclaim;
	atomic_t n_failed;
	unsigned int n_settled;
	bool poisoned;
};

/* Bits of an IOVA that tables translate. */
static inline u64 dart_offset_mask(unsigned int ias)
{
	return (1ULL << ias) - 1;
}

struct dart_domain *dart_domain_create(const struct dart_master *master);
void dart_domain_destroy(struct dart_domain *dom);
int dart_domain_attach(struct dart_domain *dom, struct dart_master *master);
int dart_master_attach_static(struct dart_master *master, struct iommu_domain *domain, bool bypass);
void dart_master_publish(struct dart_master *master, struct iommu_group *group);
void dart_master_withdraw(struct dart_master *master);
struct iommu_group *dart_master_find_group(const struct dart_master *master);
bool dart_master_can_bypass(const struct dart_master *master);
unsigned int dart_master_granule_shift(const struct dart_master *master);
struct dart_master *dart_master_alloc(struct device *dev, unsigned int n_ports);
void dart_master_free(struct dart_master *master);

/**
 * struct dart_pasid_scope - where a PASID must be usable
 * @system_wide: everywhere, not by one device alone
 * @instances: if @system_wide: all instances that there are
 * @n_instances: number of @instances
 * @taken: streams that belong to somebody although no master has been published for them
 */
struct dart_pasid_scope {
	bool system_wide;
	struct dart **instances;
	unsigned int n_instances;
	DECLARE_BITMAP(taken, DART_MAX_STREAMS);
};

struct iommu_group *dart_pasid_publish_master(struct dart_master *master,
					      struct iommu_group *(*make_group)(struct device *));
int dart_pasid_reserve(struct dart_master *master, const struct dart_pasid_scope *scope);
int dart_pasid_unreserve(struct dart_master *master, unsigned int pasid);
int dart_pasid_attach(struct dart_domain *dom, struct dart_master *master, unsigned int pasid);
int dart_pasid_detach(struct dart_master *master, unsigned int pasid, struct iommu_domain *blocked);
void dart_pasid_drop_all(struct dart_master *master, struct iommu_domain *blocked);

int dart_domain_map(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot, gfp_t gfp);
u64 dart_domain_unmap(struct dart_domain *dom, u64 iova, u64 size);
int dart_domain_adopt(struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot);
u64 dart_domain_iova(const struct dart_domain *dom, u64 dva);
u64 dart_domain_dva(const struct dart_domain *dom, const struct dart_master *master, u64 iova);
#if IS_ENABLED(CONFIG_KUNIT)
void dart_batch_open(struct dart_batch *batch, struct dart_domain *dom);
#endif
int dart_domain_populate(struct dart_domain *dom, u64 iova, u64 size);
int dart_domain_flush(struct dart_domain *dom, const struct dart_range *range);
int dart_domain_flush_added(struct dart_domain *dom, const struct dart_range *range);
int dart_domain_flush_table(struct dart_domain *dom, const struct dart_table *table);
void dart_domain_reclaim(struct dart_domain *dom);
void dart_domain_reclaim_work(struct work_struct *work);
void dart_domain_reclaim_later(struct dart_domain *dom);
int dart_domain_settle(struct dart_domain *dom);
phys_addr_t dart_domain_iova_to_phys(struct dart_domain *dom, u64 iova);

struct device *dart_stream_dev(struct dart *dart, unsigned int sid);
struct dart *dart_alloc(struct device *dev, const struct dart_hw *hw);
int dart_alloc_streams(struct dart *dart);
unsigned int dart_n_pasids(const struct dart *dart);
struct dart *dart_get(struct dart *dart);
void dart_put(struct dart *dart);

#endif
