/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that a guest notices if they are late: on a busy machine a normal thread is, by several
 * milliseconds, a real-time one hardly.
 */
#ifndef VSOC_REALTIME_H
#define VSOC_REALTIME_H

#include <pthread.h>
#include <stdbool.h>

/**
 * realtime_set() - give a thread the lowest real-time priority, or take it away
 * @thread: the thread
 * @on: whether it is to have it; the privilege may be missing, which is no reason to complain
 */
void realtime_set(pthread_t thread, bool on);

/**
 * realtime_mutex_init() - make a lock that real-time threads share with others
 * @mutex: the lock; who holds it has the priority of those that wait
 */
void realtime_mutex_init(pthread_mutex_t *mutex);

#endif
