// SPDX-License-Identifier: GPL-2.0
/*
 * gpu_binds: an address space that the GPU has in use, then a thousand operations in one call, then
 * as many that undo them. Says "ready" before each step and after the last, and waits for a line: so
 * that somebody can count what the hardware was told in between. Prints the time of an operation.
 *
 * gpu_binds REPETITIONS: does not wait, and prints the times of all thousand for the benchmark.
 */
#include <time.h>

#include "asahi_gpu.h"

#define COUNT	1000
#define TARGET	0x2000000000ull

static void wait_for_line(void)
{
	char line[16];

	puts("ready");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

/* In ns */
static uint64_t bind_all(struct asahi_gpu *gpu, struct drm_asahi_gem_bind_op *ops)
{
	struct drm_asahi_vm_bind arg = {
		.vm_id = gpu->vm, .num_binds = COUNT, .stride = sizeof(*ops),
		.userptr = (uintptr_t)ops,
	};
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	if (asahi_ioctl(gpu->fd, DRM_IOCTL_ASAHI_VM_BIND, &arg))
		exit(1);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - start.tv_sec) * 1000000000ull + end.tv_nsec - start.tv_nsec;
}

static void step(struct asahi_gpu *gpu, struct drm_asahi_gem_bind_op *ops, const char *what)
{
	wait_for_line();
	printf("%s %.3f us each\n", what, bind_all(gpu, ops) / 1e3 / COUNT);
}

#define MAX_REPS	101

static void print_times(const char *what, const uint64_t *ns, unsigned int count)
{
	printf("dart-bench: binds vm-bind %s ours:", what);
	for (unsigned int n = 0; n < count; n++)
		printf(" %llu", (unsigned long long)ns[n]);
	putchar('\n');
}

static int measure(struct asahi_gpu *gpu, struct drm_asahi_gem_bind_op *map,
		   struct drm_asahi_gem_bind_op *unmap, unsigned int count)
{
	uint64_t map_ns[MAX_REPS], unmap_ns[MAX_REPS];

	if (!count || count > MAX_REPS)
		return 1;
	/* The first time makes tables. */
	bind_all(gpu, map);
	bind_all(gpu, unmap);
	for (unsigned int n = 0; n < count; n++) {
		map_ns[n] = bind_all(gpu, map);
		unmap_ns[n] = bind_all(gpu, unmap);
	}
	print_times("map", map_ns, count);
	print_times("unmap", unmap_ns, count);
	return 0;
}

int main(int argc, char **argv)
{
	static struct drm_asahi_gem_bind_op map[COUNT], unmap[COUNT];
	struct asahi_gpu gpu;
	uint32_t bo;

	asahi_gpu_init(&gpu, drm_open_driver_render(DRIVER_ASAHI));
	bo = asahi_bo_create(gpu.fd, 16 * ASAHI_PAGE, 0, 0);
	for (unsigned int n = 0; n < COUNT; n++) {
		map[n] = (struct drm_asahi_gem_bind_op){
			.flags = ASAHI_RW, .handle = bo, .offset = n % 16 * ASAHI_PAGE,
			.range = ASAHI_PAGE, .addr = TARGET + 2 * n * ASAHI_PAGE,
		};
		unmap[n] = (struct drm_asahi_gem_bind_op){
			.flags = DRM_ASAHI_BIND_UNBIND, .range = ASAHI_PAGE, .addr = map[n].addr,
		};
	}
	if (asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, 1))
		return 1;
	if (argc > 1)
		return measure(&gpu, map, unmap, strtoul(argv[1], NULL, 0));
	step(&gpu, map, "map");
	step(&gpu, unmap, "unmap");
	wait_for_line();
	return 0;
}
