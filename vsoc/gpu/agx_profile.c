// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "agx_profile.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* protects @all */
static struct agx_profile *all;

static void sum_up(struct agx_profile *sum, uint64_t *ticks)
{
	pthread_mutex_lock(&lock);
	for (const struct agx_profile *profile = all; profile; profile = profile->next) {
		for (unsigned int op = 0; op < AGX_NUM_OPS; op++) {
			sum->count[op] += profile->count[op];
			sum->ticks[op] += profile->ticks[op];
			*ticks += profile->ticks[op];
		}
	}
	pthread_mutex_unlock(&lock);
}

/* The most expensive operations first. */
static void print(void)
{
	struct agx_profile sum = {0};
	uint64_t ticks = 0;

	sum_up(&sum, &ticks);
	for (unsigned int line = 0; line < AGX_NUM_OPS; line++) {
		unsigned int top = 0;

		for (unsigned int op = 1; op < AGX_NUM_OPS; op++) {
			if (sum.ticks[op] > sum.ticks[top])
				top = op;
		}
		if (!sum.count[top])
			break;
		fprintf(stderr, "agx-profile: %s %llu %.1f %%\n", agx_op_name(top),
			(unsigned long long)sum.count[top],
			100.0 * (double)sum.ticks[top] / (double)ticks);
		sum.ticks[top] = 0;
		sum.count[top] = 0;
	}
}

struct agx_profile *agx_profile_create(void)
{
	struct agx_profile *profile;

	if (!getenv("AGX_PROFILE"))
		return NULL;
	profile = calloc(1, sizeof(*profile));
	if (!profile)
		return NULL;
	pthread_mutex_lock(&lock);
	if (!all)
		atexit(print);
	profile->next = all;
	all = profile;
	pthread_mutex_unlock(&lock);
	return profile;
}
