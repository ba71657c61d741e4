// SPDX-License-Identifier: GPL-2.0
/*
 * PASIDs: streams that a device can use by number, each for a domain of its own.
 *
 * PASID n of a device is stream n on every one of its instances. It belongs to the device while
 * it is reserved or a domain is attached to it, and then is published like a device, so that no
 * other master can get the stream and faults find their way.
 *
 * Lock order: the group's mutex, dart_pasid_lock, &dart.streams_lock.
 */

#include <kunit/visibility.h>

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "apple-dart-domain.h"

/* Who has which stream: publishing of masters, and all lists of PASIDs. */
static DEFINE_MUTEX(dart_pasid_lock);

/* Numbers that were handed out for use by any device. */
static DECLARE_BITMAP(dart_system_wide, DART_MAX_STREAMS);

/**
 * dart_pasid_publish_master() - put a new master into a group and let others find it
 * @master: device whose ports are complete
 * @make_group: makes a group if no other master shares a stream
 *
 * Return: the group, with a reference; an ERR_PTR() of -EINVAL if it would have to be in several
 * groups, of -EBUSY if one of its streams is in use as a PASID, or from @make_group.
 */
struct iommu_group *dart_pasid_publish_master(struct dart_master *master,
					      struct iommu_group *(*make_group)(struct device *))
{
	struct iommu_group *group;

	mutex_lock(&dart_pasid_lock);
	group = dart_master_find_group(master);
	if (!group)
		group = make_group(master->dev);
	else if (!IS_ERR(group))
		iommu_group_ref_get(group);
	if (!IS_ERR(group))
		dart_master_publish(master, group);
	mutex_unlock(&dart_pasid_lock);
	return group;
}

static struct dart_master *find_pasid(const struct dart_master *master, unsigned int pasid)
{
	struct dart_master *sub;

	lockdep_assert_held(&dart_pasid_lock);

	list_for_each_entry(sub, &master->pasids, pasid_list) {
		if (sub->pasid == pasid)
			return sub;
	}
	return NULL;
}

/*
 * Does stream @pasid of @dart belong to nobody? Devices of one group have their PASIDs in common,
 * as the core attaches them all.
 */
static bool vacant_at(struct dart *dart, const struct dart_master *master, unsigned int pasid)
{
	struct dart_port *port;
	bool vacant = true;

	mutex_lock(&dart->streams_lock);
	list_for_each_entry(port, &dart->ports, list) {
		if (test_bit(pasid, port->streams) &&
		    !(port->master->pasid && port->master->group == master->group))
			vacant = false;
	}
	mutex_unlock(&dart->streams_lock);
	return vacant;
}

static bool vacant_for(const struct dart_master *master, unsigned int pasid)
{
	unsigned int i;

	for (i = 0; i < master->n_ports; i++) {
		if (!vacant_at(master->port[i].dart, master, pasid))
			return false;
	}
	return true;
}

static bool vacant_everywhere(const struct dart_master *master,
			      const struct dart_pasid_scope *scope, unsigned int pasid)
{
	unsigned int i;

	for (i = 0; i < scope->n_instances; i++) {
		if (!vacant_at(scope->instances[i], master, pasid))
			return false;
	}
	return true;
}

/* Makes the master of a PASID, and with it makes the streams the device's. */
static struct dart_master *create_pasid(struct dart_master *master, unsigned int pasid)
{
	struct dart_master *sub = dart_master_alloc(master->dev, master->n_ports);
	unsigned int i;

	lockdep_assert_held(&dart_pasid_lock);

	if (!sub)
		return NULL;
	sub->pasid = pasid;
	sub->n_ports = master->n_ports;
	for (i = 0; i < sub->n_ports; i++) {
		sub->port[i].dart = dart_get(master->port[i].dart);
		sub->port[i].master = sub;
		__set_bit(pasid, sub->port[i].streams);
	}
	dart_master_publish(sub, master->group);
	list_add(&sub->pasid_list, &master->pasids);
	return sub;
}

/* The last use may have been the device's alone: then the number is everybody's again. */
static void drop_if_unused(struct dart_master *sub)
{
	lockdep_assert_held(&dart_pasid_lock);

	if (sub->reserved || sub->in_use)
		return;
	list_del(&sub->pasid_list);
	dart_master_withdraw(sub);
	dart_master_free(sub);
}

/* One more than the highest PASID that @scope allows. */
static unsigned int limit_of(const struct dart_master *master, const struct dart_pasid_scope *scope)
{
	unsigned int limit = master->n_pasids;
	unsigned int i;

	for (i = 0; i < scope->n_instances; i++)
		limit = min(limit, dart_n_pasids(scope->instances[i]));
	return limit;
}

static int pick_pasid(const struct dart_master *master, const struct dart_pasid_scope *scope)
{
	unsigned int limit = limit_of(master, scope);
	unsigned int pasid;

	if (limit <= 1)
		return -EOPNOTSUPP;
	for (pasid = 1; pasid < limit; pasid++) {
		if (!test_bit(pasid, scope->taken) && !test_bit(pasid, dart_system_wide) &&
		    !find_pasid(master, pasid) && vacant_for(master, pasid) &&
		    vacant_everywhere(master, scope, pasid))
			return pasid;
	}
	return -ENOSPC;
}

/**
 * dart_pasid_reserve() - find a PASID and make it a device's
 * @master: device
 * @scope: where it must be usable; stays as it is during the call
 *
 * Return: the PASID, at least 1; -EOPNOTSUPP if the device has none, or an instance of the scope
 * has none to give; -ENOSPC if all are taken; -ENOMEM.
 */
int dart_pasid_reserve(struct dart_master *master, const struct dart_pasid_scope *scope)
{
	struct dart_master *sub;
	int ret;

	mutex_lock(&dart_pasid_lock);
	ret = pick_pasid(master, scope);
	if (ret < 0)
		goto out_unlock;
	sub = create_pasid(master, ret);
	if (!sub) {
		ret = -ENOMEM;
		goto out_unlock;
	}
	sub->reserved = true;
	sub->system_wide = scope->system_wide;
	if (scope->system_wide)
		__set_bit(ret, dart_system_wide);
out_unlock:
	mutex_unlock(&dart_pasid_lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pasid_reserve);

/* What hardware that does not obey is attached to stays in use, by nobody, for ever. */
static void unreserve(struct dart_master *sub)
{
	lockdep_assert_held(&dart_pasid_lock);

	if (sub->system_wide)
		__clear_bit(sub->pasid, dart_system_wide);
	sub->system_wide = false;
	sub->reserved = false;
	drop_if_unused(sub);
}

/**
 * dart_pasid_unreserve() - give a PASID back
 * @master: device
 * @pasid: from dart_pasid_reserve()
 *
 * Return: 0; -EBUSY if a domain is attached to it; -ENOENT if it is not reserved.
 */
int dart_pasid_unreserve(struct dart_master *master, unsigned int pasid)
{
	struct dart_master *sub;
	int ret = 0;

	mutex_lock(&dart_pasid_lock);
	sub = find_pasid(master, pasid);
	if (!sub || !sub->reserved)
		ret = -ENOENT;
	else if (sub->in_use && READ_ONCE(sub->paging))
		ret = -EBUSY;
	else
		unreserve(sub);
	mutex_unlock(&dart_pasid_lock);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pasid_unreserve);

/* The master of a PASID that is about to be attached; it stays until release_pasid(). */
static struct dart_master *use_pasid(struct dart_master *master, unsigned int pasid)
{
	struct dart_master *sub;

	if (!pasid || pasid >= master->n_pasids)
		return ERR_PTR(-EINVAL);

	mutex_lock(&dart_pasid_lock);
	sub = find_pasid(master, pasid);
	if (!sub && !vacant_for(master, pasid))
		sub = ERR_PTR(-EBUSY);
	else if (!sub)
		sub = create_pasid(master, pasid) ?: ERR_PTR(-ENOMEM);
	if (!IS_ERR(sub))
		sub->in_use = true;
	mutex_unlock(&dart_pasid_lock);
	return sub;
}

static void release_pasid(struct dart_master *sub)
{
	mutex_lock(&dart_pasid_lock);
	sub->in_use = false;
	drop_if_unused(sub);
	mutex_unlock(&dart_pasid_lock);
}

/**
 * dart_pasid_attach() - attach a domain to a PASID of a device
 * @dom: domain
 * @master: device
 * @pasid: reserved or not
 *
 * All of dart_domain_attach() holds. What a domain has only because of a PASID stays when that
 * leaves, so that it can return quickly.
 *
 * Locking: the group's mutex is held. Sleeps.
 *
 * Return: as dart_domain_attach(), and -EINVAL for a PASID that the device does not have, -EBUSY
 * if another device has the stream.
 */
int dart_pasid_attach(struct dart_domain *dom, struct dart_master *master, unsigned int pasid)
{
	struct dart_master *sub = use_pasid(master, pasid);
	int ret;

	if (IS_ERR(sub))
		return PTR_ERR(sub);
	ret = dart_domain_attach(dom, sub);
	/* What could not be stopped again stays in use. */
	if (ret && !sub->paging && !dom->poisoned)
		release_pasid(sub);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pasid_attach);

/**
 * dart_pasid_detach() - block a PASID of a device
 * @master: device
 * @pasid: attached or not
 * @blocked: the domain that blocks
 *
 * Hardware that does not obey keeps the stream for ever; see dart_master_attach_static().
 *
 * Locking: the group's mutex is held. Sleeps.
 *
 * Return: 0, -EIO or -ETIMEDOUT.
 */
int dart_pasid_detach(struct dart_master *master, unsigned int pasid, struct iommu_domain *blocked)
{
	struct dart_master *sub;
	int ret;

	mutex_lock(&dart_pasid_lock);
	sub = find_pasid(master, pasid);
	mutex_unlock(&dart_pasid_lock);
	/* Streams of nobody are blocked. */
	if (!sub || !sub->in_use)
		return 0;
	ret = dart_master_attach_static(sub, blocked, false);
	if (!ret)
		release_pasid(sub);
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(dart_pasid_detach);

/**
 * dart_pasid_drop_all() - take all PASIDs from a device that goes away
 * @master: device; nothing uses its PASIDs any more
 * @blocked: the domain that blocks
 */
void dart_pasid_drop_all(struct dart_master *master, struct iommu_domain *blocked)
{
	struct dart_master *sub, *next;

	list_for_each_entry_safe(sub, next, &master->pasids, pasid_list) {
		if (sub->in_use)
			dart_master_attach_static(sub, blocked, false);
		mutex_lock(&dart_pasid_lock);
		sub->in_use = false;
		unreserve(sub);
		mutex_unlock(&dart_pasid_lock);
	}
}
EXPORT_SYMBOL_IF_KUNIT(dart_pasid_drop_all);
