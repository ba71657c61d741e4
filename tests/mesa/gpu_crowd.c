// SPDX-License-Identifier: GPL-2.0
/*
 * gpu_crowd [COUNT]: processes that open the device, allocate, bind, submit, share, over and over,
 * and are killed at a moment of chance. Some of them leave a job without an end. Ends with 0 when
 * all were killed that were to be; what they leave behind is for the caller to look at.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

#define AT_ONCE	20 /* more than the hardware has streams */
/*
 * One process in so many has an endless job. Each keeps a thread of the virtual GPU busy, which has two
 * on a small machine: never two at once, or all would wait for the time limit of jobs.
 */
#define ENDLESS_IN (AT_ONCE + 5)

static unsigned int seed;

static unsigned int chance(unsigned int below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Handles are left to the end of the process on purpose. */
static void work(int fd, bool endless)
{
	struct asahi_gpu gpu;

	asahi_gpu_init(&gpu, fd);
	for (unsigned int turn = 0;; turn++) {
		uint64_t size = (1 + chance(16)) * ASAHI_PAGE;
		uint32_t bo = asahi_bo_create(fd, size, chance(2), 0);
		uint64_t at = 0x2000000000ull + chance(1000) * 0x100000ull;
		enum asahi_program program = endless && turn == 3 ? ASAHI_ENDLESS : ASAHI_FILL;
		int file;

		asahi_bind(fd, gpu.vm, bo, 0, at, size, ASAHI_RW);
		if (chance(3) == 0)
			drmPrimeHandleToFD(fd, bo, DRM_CLOEXEC | DRM_RDWR, &file);
		asahi_gpu_start(&gpu, asahi_gpu_program(&gpu, program, program, turn, at));
		if (program == ASAHI_FILL && chance(2))
			asahi_sync_wait(fd, gpu.sync, 100);
		/* A pause, so that those who kill get their turn on a slow machine. */
		usleep(chance(300000));
		if (chance(2) == 0)
			asahi_bo_close(fd, bo);
		if (chance(8) == 0)
			asahi_vm_create(fd);
		if (chance(8) == 0)
			asahi_queue_create(fd, gpu.vm, gpu.base);
		if (chance(8) == 0)
			asahi_timestamps_bind(fd, gpu.bo, 0, ASAHI_PAGE);
	}
}

static pid_t start(unsigned int n)
{
	pid_t child = fork();

	if (child)
		return child;
	seed = n * 7919 + 1;
	work(drm_open_driver_render(DRIVER_ASAHI), n % ENDLESS_IN == 5);
	_exit(1);
}

/* True when it lived until it was killed. */
static bool end(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	return waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

int main(int argc, char **argv)
{
	unsigned int count = argc > 1 ? strtoul(argv[1], NULL, 0) : 200, good = 0;
	pid_t children[AT_ONCE] = { 0 };

	seed = 42;
	for (unsigned int n = 0; n < count + AT_ONCE; n++) {
		pid_t *child = &children[n % AT_ONCE];

		if (*child)
			good += end(*child);
		*child = n < count ? start(n) : 0;
		usleep(chance(40000));
	}
	printf("%u of %u were killed at work\n", good, count);
	return good != count;
}
