// SPDX-License-Identifier: GPL-2.0
/* Masters that keep translations of their own: what they are told, and what is waited for. */
#include <string.h>

#include "dart_internal.h"

#define SETTLE_MS 20

/**
 * dart_tell_listeners() - contexts were invalidated
 * @dart: the instance, locked
 * @select: bitmap of context SIDs; the listeners hear of the streams that use them
 */
void dart_tell_listeners(struct dart *dart, const uint32_t *select)
{
	uint32_t sids[DART_SID_WORDS] = { 0 };
	struct dart_context context;
	unsigned int sid;

	if (!dart->listeners)
		return;
	for (sid = 0; sid < dart->config.num_sids; sid++) {
		dart->front->resolve(dart, sid, &context);
		if (select[context.id / 32] >> (context.id % 32) & 1)
			sids[sid / 32] |= 1u << (sid % 32);
	}
	for (struct dart_listener *l = dart->listeners; l; l = l->next)
		l->drop(l->opaque, sids);
}

/**
 * dart_changed() - a register has changed that says which stream walks what
 * @dart: the instance, locked
 *
 * The TLB keeps what it has; whoever has asked before has to ask again.
 */
void dart_changed(struct dart *dart)
{
	uint32_t all[DART_SID_WORDS];

	memset(all, 0xff, sizeof(all));
	for (struct dart_listener *l = dart->listeners; l; l = l->next)
		l->drop(l->opaque, all);
}

/**
 * dart_settle_listeners() - wait a little for masters that use what was dropped
 * @dart: the instance, not locked: they may need it
 *
 * Who reads BUSY has nothing else to do and gives up after a while, so it is better to wait for
 * threads that the host does not run just now.
 */
void dart_settle_listeners(struct dart *dart)
{
	for (struct dart_listener *l = dart->listeners; l; l = l->next)
		l->settled(l->opaque, SETTLE_MS);
}

/**
 * dart_listen() - tell a master when what it keeps is worth nothing any more
 * @dart: the instance
 * @listener: of the master
 */
void dart_listen(struct dart *dart, struct dart_listener *listener)
{
	pthread_mutex_lock(&dart->lock);
	listener->next = dart->listeners;
	dart->listeners = listener;
	pthread_mutex_unlock(&dart->lock);
}

void dart_unlisten(struct dart *dart, struct dart_listener *listener)
{
	struct dart_listener **link = &dart->listeners;

	pthread_mutex_lock(&dart->lock);
	while (*link && *link != listener)
		link = &(*link)->next;
	if (*link)
		*link = listener->next;
	pthread_mutex_unlock(&dart->lock);
}
