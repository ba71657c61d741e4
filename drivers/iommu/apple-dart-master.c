// SPDX-License-Identifier: GPL-2.0
/*
 * Instances, and the masters behind them, as objects.
 */

#include <kunit/visibility.h>

#include <linux/device.h>
#include <linux/err.h>
#include <linux/slab.h>

#include "apple-dart-domain.h"

/* Instances */

static void dart_release(struct kref *ref)
{
	struct dart *dart = container_of(ref, struct dart, ref);

	mutex_destroy(&dart->streams_lock);
	kfree(dart->stream_regs);
	kfree(dart->streams);
	put_device(dart->dev);
	kfree(dart);
}

/**
 * dart_alloc() - make the object of an instance
 * @dev: its device
 * @hw: its generation
 *
 * Return: the instance with one reference, or NULL. Its parameters and streams are still missing.
 */
struct dart *dart_alloc(struct device *dev, const struct dart_hw *hw)
{
	struct dart *dart = kzalloc(sizeof(*dart), GFP_KERNEL);

	if (!dart)
		return NULL;
	dart->dev = get_device(dev);
	dart->hw = hw;
	dart->powered = true;
	kref_init(&dart->ref);
	spin_lock_init(&dart->lock);
	mutex_init(&dart->streams_lock);
	INIT_LIST_HEAD(&dart->ports);
	return dart;
}
EXPORT_SYMBOL_IF_KUNIT(dart_alloc);

/**
 * dart_alloc_streams() - make room for the state of an instance's streams
 * @dart: instance whose parameters are known
 *
 * Return: 0 or -ENOMEM; what was allocated goes with the instance.
 */
int dart_alloc_streams(struct dart *dart)
{
	unsigned int n = dart->params.n_streams;

	dart->streams = kcalloc(n, sizeof(*dart->streams), GFP_KERNEL);
	dart->stream_regs = kcalloc(n, sizeof(*dart->stream_regs), GFP_KERNEL);
	return dart->streams && dart->stream_regs ? 0 : -ENOMEM;
}
EXPORT_SYMBOL_IF_KUNIT(dart_alloc_streams);

/**
 * dart_n_pasids() - which streams of an instance can be given to masters by number
 * @dart: instance
 *
 * Return: one more than the highest, or 0: those of a locked instance cannot be set up.
 */
unsigned int dart_n_pasids(const struct dart *dart)
{
	return dart->params.locked ? 0 : dart->params.n_streams;
}
EXPORT_SYMBOL_IF_KUNIT(dart_n_pasids);

/**
 * dart_get() - take a reference
 * @dart: instance
 *
 * Return: @dart.
 */
struct dart *dart_get(struct dart *dart)
{
	kref_get(&dart->ref);
	return dart;
}
EXPORT_SYMBOL_IF_KUNIT(dart_get);

/**
 * dart_put() - drop a reference
 * @dart: instance
 */
void dart_put(struct dart *dart)
{
	kref_put(&dart->ref, dart_release);
}
EXPORT_SYMBOL_IF_KUNIT(dart_put);

/* Masters */

/**
 * dart_master_alloc() - make the object of a device
 * @dev: the device; must outlive it
 * @n_ports: how many ports there is room for
 *
 * Return: a master without ports, or NULL.
 */
struct dart_master *dart_master_alloc(struct device *dev, unsigned int n_ports)
{
	struct dart_master *master = kzalloc(struct_size(master, port, n_ports), GFP_KERNEL);

	if (!master)
		return NULL;
	master->dev = dev;
	INIT_LIST_HEAD(&master->pasids);
	return master;
}
EXPORT_SYMBOL_IF_KUNIT(dart_master_alloc);

/**
 * dart_master_free() - free the object of a device
 * @master: attached to nothing but a static domain, not published, without PASIDs
 */
void dart_master_free(struct dart_master *master)
{
	unsigned int i;

	for (i = 0; i < master->n_ports; i++)
		dart_put(master->port[i].dart);
	kfree(master);
}
EXPORT_SYMBOL_IF_KUNIT(dart_master_free);

/**
 * dart_master_can_bypass() - can a master go without translation?
 * @master: device
 *
 * Return: true if every instance in front of it can bypass.
 */
bool dart_master_can_bypass(const struct dart_master *master)
{
	unsigned int i;

	for (i = 0; i < master->n_ports; i++) {
		const struct dart_params *params = &master->port[i].dart->params;

		if (!params->can_bypass || params->locked)
			return false;
	}
	return true;
}

/**
 * dart_master_granule_shift() - smallest mapping for a master
 * @master: device
 *
 * Return: log2 of the largest page size of the instances in front of it.
 */
unsigned int dart_master_granule_shift(const struct dart_master *master)
{
	unsigned int i, shift = 0;

	for (i = 0; i < master->n_ports; i++)
		shift = max_t(unsigned int, shift, master->port[i].dart->params.page_shift);
	return shift;
}

/**
 * dart_master_publish() - let others find a master through its instances
 * @master: device whose ports are complete
 * @group: its group
 *
 * From now on faults of its streams are reported in its name.
 */
void dart_master_publish(struct dart_master *master, struct iommu_group *group)
{
	unsigned int i;

	master->group = group;
	for (i = 0; i < master->n_ports; i++) {
		struct dart_port *port = &master->port[i];

		mutex_lock(&port->dart->streams_lock);
		list_add_tail(&port->list, &port->dart->ports);
		mutex_unlock(&port->dart->streams_lock);
	}
}
EXPORT_SYMBOL_IF_KUNIT(dart_master_publish);

/**
 * dart_master_withdraw() - undo dart_master_publish()
 * @master: device; need not be published
 */
void dart_master_withdraw(struct dart_master *master)
{
	unsigned int i;

	for (i = 0; i < master->n_ports && master->group; i++) {
		struct dart_port *port = &master->port[i];

		mutex_lock(&port->dart->streams_lock);
		list_del(&port->list);
		mutex_unlock(&port->dart->streams_lock);
	}
	master->group = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(dart_master_withdraw);

/**
 * dart_master_find_group() - find the group that a master must join
 * @master: device
 *
 * Locking: publishing is serialised by the caller.
 *
 * Return: the group of the masters with which it shares a stream, without a reference; NULL if
 * there are none; an ERR_PTR() of -EINVAL if they are in different groups, of -EBUSY if a stream
 * has been given away as a PASID.
 */
struct iommu_group *dart_master_find_group(const struct dart_master *master)
{
	struct iommu_group *group = NULL;
	unsigned int i;

	for (i = 0; i < master->n_ports; i++) {
		const struct dart_port *port = &master->port[i];
		struct dart_port *other;

		mutex_lock(&port->dart->streams_lock);
		list_for_each_entry(other, &port->dart->ports, list) {
			if (!bitmap_intersects(port->streams, other->streams, DART_MAX_STREAMS))
				continue;
			if (other->master->pasid)
				group = ERR_PTR(-EBUSY);
			else if (group && group != other->master->group)
				group = ERR_PTR(-EINVAL);
			else
				group = other->master->group;
			if (IS_ERR(group))
				break;
		}
		mutex_unlock(&port->dart->streams_lock);
		if (IS_ERR(group))
			break;
	}
	return group;
}
EXPORT_SYMBOL_IF_KUNIT(dart_master_find_group);

/**
 * dart_stream_dev() - a device behind a stream
 * @dart: instance
 * @sid: stream
 *
 * Locking: &dart.streams_lock.
 *
 * Return: the device, or that of the instance if none is known.
 */
struct device *dart_stream_dev(struct dart *dart, unsigned int sid)
{
	struct dart_port *port;

	lockdep_assert_held(&dart->streams_lock);

	list_for_each_entry(port, &dart->ports, list) {
		if (test_bit(sid, port->streams))
			return port->master->dev;
	}
	return dart->dev;
}
