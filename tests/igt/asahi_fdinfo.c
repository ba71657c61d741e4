// SPDX-License-Identifier: GPL-2.0
/* What tools like nvtop and gputop read of a client: /proc/PID/fdinfo. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include <xf86drm.h>

#include "asahi_gpu.h"

IGT_TEST_DESCRIPTION("What tools like nvtop and gputop read of a client");

/* The value of a key as it is written; false if there is none. */
static bool find_key(int fd, const char *key, char value[64])
{
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	igt_assert(file);
	while (!found && fgets(line, sizeof(line), file))
		found = !strncmp(line, key, strlen(key)) && line[strlen(key)] == ':' &&
			sscanf(line + strlen(key) + 1, " %63[^\n]", value) == 1;
	fclose(file);
	return found;
}

/* A number, in bytes or whatever it is, without its unit. */
static uint64_t number(int fd, const char *key)
{
	char value[64], unit[8] = "";
	uint64_t n;

	igt_assert_f(find_key(fd, key, value), "no key %s", key);
	igt_assert_f(sscanf(value, "%" SCNu64 " %7s", &n, unit) >= 1, "%s: %s", key, value);
	if (!strcmp(unit, "KiB"))
		n <<= 10;
	else if (!strcmp(unit, "MiB"))
		n <<= 20;
	else
		igt_assert_f(!*unit || !strcmp(unit, "ns") || !strcmp(unit, "B"), "%s: %s", key,
			     value);
	return n;
}

static void clients(void)
{
	int one = drm_open_driver_render(DRIVER_ASAHI), two = drm_open_driver_render(DRIVER_ASAHI);
	char value[64];

	igt_assert(find_key(one, "drm-driver", value) && !strcmp(value, "asahi"));
	igt_assert(number(one, "drm-client-id") != number(two, "drm-client-id"));
	igt_assert(number(one, "drm-engine-gpu") == 0);
	drm_close_driver(one);
	drm_close_driver(two);
}

static void expect_memory(int fd, const char *when, uint64_t total, uint64_t resident,
			  uint64_t shared)
{
	const struct {
		const char *key;
		uint64_t wanted;
	} keys[] = {
		{ "drm-total-memory", total }, { "drm-resident-memory", resident },
		{ "drm-shared-memory", shared }, { "drm-purgeable-memory", 0 },
		{ "drm-active-memory", 0 },
	};

	for (size_t n = 0; n < sizeof(keys) / sizeof(keys[0]); n++) {
		char value[64];
		/* Without objects the core does not know that the driver can tell. */
		bool there = total || find_key(fd, keys[n].key, value);
		uint64_t got = there ? number(fd, keys[n].key) : 0;

		igt_assert_f(got == keys[n].wanted, "%s: %s is %" PRIu64 ", not %" PRIu64, when,
			     keys[n].key, got, keys[n].wanted);
	}
}

static void memory(void)
{
	int fd = drm_open_driver_render(DRIVER_ASAHI), other = drm_open_driver_render(DRIVER_ASAHI);
	const uint64_t p = ASAHI_PAGE;
	uint32_t vm, private, shared, imported;
	uint8_t *bytes;
	int file;

	expect_memory(fd, "new", 0, 0, 0);
	vm = asahi_vm_create(fd);
	private = asahi_bo_create(fd, 4 * p, DRM_ASAHI_GEM_VM_PRIVATE, vm);
	expect_memory(fd, "not used yet", 4 * p, 0, 0);
	igt_assert_eq(asahi_bind(fd, vm, private, 0, ASAHI_GPU_BASE, p, ASAHI_RW), 0);
	expect_memory(fd, "bound", 4 * p, 4 * p, 0);

	shared = asahi_bo_create(fd, 3 * p, 0, 0);
	bytes = asahi_bo_map(fd, shared, 3 * p);
	expect_memory(fd, "mapped", 7 * p, 7 * p, 0);
	igt_assert_eq(drmPrimeHandleToFD(fd, shared, DRM_CLOEXEC | DRM_RDWR, &file), 0);
	igt_assert_eq(drmPrimeFDToHandle(other, file, &imported), 0);
	close(file);
	expect_memory(fd, "shared", 7 * p, 7 * p, 3 * p);
	expect_memory(other, "the other's", 3 * p, 3 * p, 3 * p);

	munmap(bytes, 3 * p);
	asahi_bo_close(fd, shared);
	asahi_bo_close(fd, private);
	expect_memory(fd, "closed", 0, 0, 0);
	drm_close_driver(fd);
	drm_close_driver(other);
}

static void jobs(void)
{
	int fd = drm_open_driver_render(DRIVER_ASAHI);
	struct asahi_gpu gpu;

	asahi_gpu_init(&gpu, fd);
	for (int n = 0; n < 3; n++)
		igt_assert_eq(asahi_gpu_write(&gpu, gpu.base + ASAHI_GPU_FREE, n), 0);
	igt_assert_eq(asahi_gpu_run(&gpu, 0x2000000000ull), -EIO);
	igt_assert(number(fd, "asahi-jobs") == 4);
	igt_assert(number(fd, "asahi-jobs-failed") == 1);
	igt_assert(number(fd, "drm-engine-gpu") > 0);
	asahi_gpu_fini(&gpu);
	drm_close_driver(fd);
}

/* The engine's time passes while a job runs, not when it has ended. */
static void busy(void)
{
	int fd = drm_open_driver_render(DRIVER_ASAHI);
	struct asahi_gpu gpu;
	uint64_t before;

	asahi_gpu_init(&gpu, fd);
	igt_assert_eq(asahi_gpu_start(&gpu, asahi_gpu_program(&gpu, 0, ASAHI_ENDLESS, 0, 0)), 0);
	for (int n = 0; !number(fd, "drm-engine-gpu") && n < 400; n++)
		usleep(50000);
	before = number(fd, "drm-engine-gpu");
	igt_assert(before);
	usleep(100000);
	igt_assert_lte_u64(before + 100000000, number(fd, "drm-engine-gpu"));
	munmap(gpu.bytes, ASAHI_GPU_SIZE);
	drm_close_driver(fd);
}

int igt_main()
{
	igt_describe("name, number, an engine that was not used");
	igt_subtest("clients")
		clients();
	igt_describe("sizes, to the byte");
	igt_subtest("memory")
		memory();
	igt_subtest("jobs")
		jobs();
	igt_subtest("busy")
		busy();
}
