// SPDX-License-Identifier: GPL-2.0
/*
 * Benchmark of the DART driver: runs once, when it is loaded, and prints to the log.
 *
 * Without parameters it measures page-table code alone. With domains=1 it measures a
 * domain on sets of devices of board "bench", with binds=1 what a thousand iommu_map()
 * cost on a board's idle master. With masters=0,1 it runs one named case on
 * these devices, so that whoever loads the module can read the virtual hardware's
 * counters before and after.
 */

#include <linux/module.h>
#include <linux/seq_buf.h>

#include "dart-bench.h"

/* What a line of the log has room for: numbers of 10 digits */
#define MAX_LOGGED_REPS	75

static unsigned int masters[4];
static int n_masters;
module_param_array(masters, uint, &n_masters, 0);
MODULE_PARM_DESC(masters, "numbers of the devices to attach to one domain");

static bool domains;
module_param(domains, bool, 0);
MODULE_PARM_DESC(domains, "measure domains on sets of the board's devices");

static bool binds;
module_param(binds, bool, 0);
MODULE_PARM_DESC(binds, "measure maps of single pages");

static char *test = "";
module_param(test, charp, 0);
MODULE_PARM_DESC(test, "case: map-gib, map-scattered, map-pages, flush; none: attach only");

static unsigned int reps = 11;
module_param(reps, uint, 0);
MODULE_PARM_DESC(reps, "repetitions");

void bench_print(const char *part, const char *format, const char *test, const char *contestant,
		 const u64 *ns, unsigned int n)
{
	static char line[11 * MAX_LOGGED_REPS + 1];
	struct seq_buf buf;
	unsigned int i;

	seq_buf_init(&buf, line, sizeof(line));
	for (i = 0; i < n; i++)
		seq_buf_printf(&buf, " %llu", ns[i]);
	pr_info("dart-bench: %s %s %s %s:%s\n", part, format, test, contestant, seq_buf_str(&buf));
}

static int __init dart_bench_init(void)
{
	if (!reps || reps > MAX_LOGGED_REPS)
		return -EINVAL;
	if (n_masters || domains)
		return bench_domains(masters, n_masters, test, reps);
	return binds ? bench_binds(reps) : bench_tables(reps);
}
module_init(dart_bench_init);

static void __exit dart_bench_exit(void)
{
}
module_exit(dart_bench_exit);

/* MODULE_IMPORT_NS() without its change from a word to a string. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Benchmark of the Apple DART driver");
MODULE_LICENSE("GPL");
