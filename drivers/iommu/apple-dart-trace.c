// SPDX-License-Identifier: GPL-2.0
/*
 * The bodies of the tracepoints.
 */

#ifndef __CHECKER__
#define CREATE_TRACE_POINTS
#include "apple_dart_trace.h"
#endif
