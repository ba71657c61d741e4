// SPDX-License-Identifier: GPL-2.0
/* The priority of a thread, and of who holds a lock. */
#include "realtime.h"

#include <sched.h>

void realtime_set(pthread_t thread, bool on)
{
	struct sched_param param = { .sched_priority = on ? 1 : 0 };

	pthread_setschedparam(thread, on ? SCHED_RR : SCHED_OTHER, &param);
}

void realtime_mutex_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}
