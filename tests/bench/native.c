// SPDX-License-Identifier: GPL-2.0
/*
 * native [REPETITIONS]: the page-table benchmark in user space, where no emulation of the
 * processor distorts it.
 */

#include <sys/mman.h>
#include <time.h>

#include "shim.h"
#include "dart-bench.h"

#define RAM_SIZE	(64UL << 20)
#define LARGE_PAGE	(2UL << 20)
#define MAX_ORDER	4

char *shim_ram;

static size_t ram_used;
static void *free_list[MAX_ORDER + 1];

extern struct io_pgtable_init_fns io_pgtable_apple_dart_init_fns;

/* Freed blocks are used again at once, as a kernel's are. */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	size_t size = PAGE_SIZE << order;
	void *block;

	if (order > MAX_ORDER)
		return 0;
	block = free_list[order];
	if (block) {
		free_list[order] = *(void **)block;
	} else {
		ram_used = (ram_used + size - 1) & -size;
		if (size > RAM_SIZE - ram_used)
			return 0;
		block = shim_ram + ram_used;
		ram_used += size;
	}
	if (gfp & __GFP_ZERO)
		memset(block, 0, size);
	return (unsigned long)block;
}

void free_pages(unsigned long va, unsigned int order)
{
	if (!va)
		return;
	*(void **)va = free_list[order];
	free_list[order] = (void *)va;
}

struct io_pgtable_ops *alloc_io_pgtable_ops(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg,
					    void *cookie)
{
	struct io_pgtable *iop = io_pgtable_apple_dart_init_fns.alloc(cfg, cookie);

	if (!iop)
		return NULL;
	iop->fmt = fmt;
	iop->cookie = cookie;
	iop->cfg = *cfg;
	return &iop->ops;
}

void free_io_pgtable_ops(struct io_pgtable_ops *ops)
{
	io_pgtable_apple_dart_init_fns.free(io_pgtable_ops_to_pgtable(ops));
}

/* Time in which others had the processor does not count. */
u64 ktime_get_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (u64)now.tv_sec * 1000000000 + now.tv_nsec;
}

void bench_print(const char *part, const char *format, const char *test, const char *contestant,
		 const u64 *ns, unsigned int n)
{
	unsigned int i;

	printf("dart-bench: %s %s %s %s:", part, format, test, contestant);
	for (i = 0; i < n; i++)
		printf(" %llu", (unsigned long long)ns[i]);
	printf("\n");
}

/* Large pages, as a kernel maps its memory with. */
static char *alloc_ram(void)
{
	char *ram = aligned_alloc(LARGE_PAGE, RAM_SIZE);

	if (!ram)
		return NULL;
	madvise(ram, RAM_SIZE, MADV_HUGEPAGE);
	memset(ram, 0, RAM_SIZE);
	return ram;
}

int main(int argc, char **argv)
{
	int n_reps = argc > 1 ? atoi(argv[1]) : 31;
	int ret;

	if (n_reps < 1 || n_reps > BENCH_MAX_REPS) {
		fprintf(stderr, "native: repetitions: 1 to %d\n", BENCH_MAX_REPS);
		return 2;
	}
	shim_ram = alloc_ram();
	if (!shim_ram) {
		perror("native: memory");
		return 1;
	}
	ret = bench_tables(n_reps);
	if (ret)
		fprintf(stderr, "native: %s\n", strerror(-ret));
	return ret ? 1 : 0;
}
