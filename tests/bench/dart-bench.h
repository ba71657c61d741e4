/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the DART benchmark share. dart-bench-tables.c is compiled for the
 * kernel and for user space alike.
 */
#ifndef DART_BENCH_H
#define DART_BENCH_H

#include <linux/sizes.h>
#include <linux/types.h>

#define BENCH_PAGE	SZ_16K
#define BENCH_MAX_REPS	101

/* One line for each contestant: "dart-bench: PART FORMAT CASE CONTESTANT: ns ns ns ..." */
void bench_print(const char *part, const char *format, const char *test, const char *contestant,
		 const u64 *ns, unsigned int n);

/* Page-table code alone, no hardware: this project's, the kernel's, and plain stores. */
int bench_tables(unsigned int n_reps);

/* A domain through the IOMMU API, on the masters of board "bench" with these numbers. */
int bench_domains(const unsigned int *masters, unsigned int n_masters, const char *test,
		  unsigned int n_reps);

/* Single pages through the IOMMU API, on the idle master of a board that has one. */
int bench_binds(unsigned int n_reps);

#endif
