// SPDX-License-Identifier: GPL-2.0
/*
 * What a process sees in place of the kernel: a platform device with a render node. Preloaded in
 * front of libc and libdrm; everything that is not about the node goes through unchanged.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <xf86drm.h>

#include "rig.h"

static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER; /* protects files */
static struct rig_file *files;

static void *next_symbol(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	if (!symbol) {
		fprintf(stderr, "asahi-rig: no %s behind this library\n", name);
		abort();
	}
	return symbol;
}

static struct rig_file *find_file(int fd)
{
	struct rig_file *file;
	struct stat st;

	pthread_mutex_lock(&files_lock);
	file = files;
	pthread_mutex_unlock(&files_lock);
	if (!file || fstat(fd, &st))
		return NULL;
	while (file && file->inode != st.st_ino)
		file = file->next;
	return file;
}

static bool is_node(const char *path)
{
	return path && !strcmp(path, RIG_NODE);
}

static int open_node(void)
{
	struct rig_file *file = rig_open();

	if (!file)
		return -1;
	pthread_mutex_lock(&files_lock);
	file->next = files;
	files = file;
	pthread_mutex_unlock(&files_lock);
	return file->fd;
}

static mode_t open_mode(int flags, va_list args)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	va_list args;
	mode_t mode;

	if (is_node(path))
		return open_node();
	if (!next)
		next = next_symbol("open");
	va_start(args, flags);
	mode = open_mode(flags, args);
	va_end(args);
	return next(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	static int (*next)(const char *, int, ...);
	va_list args;
	mode_t mode;

	if (is_node(path))
		return open_node();
	if (!next)
		next = next_symbol("open64");
	va_start(args, flags);
	mode = open_mode(flags, args);
	va_end(args);
	return next(path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int, unsigned long, ...);
	struct rig_file *file = _IOC_TYPE(request) == 'd' ? find_file(fd) : NULL;
	va_list args;
	void *arg;
	int ret;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!file) {
		if (!next)
			next = next_symbol("ioctl");
		return next(fd, request, arg);
	}
	ret = rig_ioctl(file, request, arg);
	if (ret >= 0)
		return ret;
	errno = -ret;
	return -1;
}

static void fill_stat(mode_t *mode, dev_t *rdev)
{
	*mode = S_IFCHR | 0666;
	*rdev = makedev(226, 128);
}

int stat(const char *path, struct stat *st)
{
	static int (*next)(const char *, struct stat *);

	if (is_node(path)) {
		memset(st, 0, sizeof(*st));
		fill_stat(&st->st_mode, &st->st_rdev);
		return 0;
	}
	if (!next)
		next = next_symbol("stat");
	return next(path, st);
}

int stat64(const char *path, struct stat64 *st)
{
	static int (*next)(const char *, struct stat64 *);

	if (is_node(path)) {
		memset(st, 0, sizeof(*st));
		fill_stat(&st->st_mode, &st->st_rdev);
		return 0;
	}
	if (!next)
		next = next_symbol("stat64");
	return next(path, st);
}

/* One allocation: the device, its node table, its names. */
static drmDevicePtr make_device(void)
{
	struct {
		drmDevice device;
		char *nodes[DRM_NODE_MAX];
		char path[sizeof(RIG_NODE)];
		drmPlatformBusInfo bus;
		drmPlatformDeviceInfo info;
		char *compatible[1];
	} *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	strcpy(all->path, RIG_NODE);
	for (unsigned int n = 0; n < DRM_NODE_MAX; n++)
		all->nodes[n] = all->path;
	strcpy(all->bus.fullname, "/gpu");
	all->info.compatible = all->compatible;
	all->device.nodes = all->nodes;
	all->device.available_nodes = 1 << DRM_NODE_RENDER;
	all->device.bustype = DRM_BUS_PLATFORM;
	all->device.businfo.platform = &all->bus;
	all->device.deviceinfo.platform = &all->info;
	return &all->device;
}

int drmGetDevices2(uint32_t flags, drmDevicePtr devices[], int max)
{
	(void)flags;
	if (devices && max > 0) {
		devices[0] = make_device();
		if (!devices[0])
			return -ENOMEM;
	}
	return 1;
}

int drmGetDevice2(int fd, uint32_t flags, drmDevicePtr *device)
{
	(void)flags;
	if (!find_file(fd))
		return -ENODEV;
	*device = make_device();
	return *device ? 0 : -ENOMEM;
}

int drmGetDeviceFromDevId(dev_t id, uint32_t flags, drmDevicePtr *device)
{
	(void)flags;
	if (id != makedev(226, 128))
		return -ENODEV;
	*device = make_device();
	return *device ? 0 : -ENOMEM;
}

void drmFreeDevice(drmDevicePtr *device)
{
	if (!device)
		return;
	free(*device);
	*device = NULL;
}

void drmFreeDevices(drmDevicePtr devices[], int count)
{
	for (int n = 0; devices && n < count; n++)
		drmFreeDevice(&devices[n]);
}
