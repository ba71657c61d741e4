// SPDX-License-Identifier: GPL-2.0
/* The priority of a thread. */
#include "realtime.h"

#include <sched.h>

void realtime_set(pthread_t thread, bool on)
{
	struct sched_param param = { .sched_priority = on ? 1 : 0 };

	pthread_setschedparam(thread, on ? SCHED_RR : SCHED_OTHER, &param);
}
