/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that knows how kernels differ. The ASAHI_HAVE_* switches come
 * from the Makefile, which looks into the kernel's headers.
 */
#ifndef _ASAHI_COMPAT_H_
#define _ASAHI_COMPAT_H_

#include <linux/module.h>

/* Newer kernels have dropped it; older ones hand it to user space, which wants it non-empty. */
#ifdef ASAHI_HAVE_DRM_DATE
#define ASAHI_DRM_DRIVER_DATE		.date = "20260101",
#else
#define ASAHI_DRM_DRIVER_DATE
#endif

/* Symbol namespaces became strings. */
#ifdef ASAHI_HAVE_BARE_NS
#define ASAHI_IMPORT_NS(ns)		MODULE_IMPORT_NS(ns)
#else
#define ASAHI_IMPORT_NS(ns)		MODULE_IMPORT_NS(#ns)
#endif

#endif
