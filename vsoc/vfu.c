// SPDX-License-Identifier: GPL-2.0
/*
 * vfio-user server. Nothing that arrives is trusted: a message whose size cannot be believed ends
 * the connection, every other malformed one is answered with an errno and the next one is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "vfu.h"
#include "vfu_proto.h"

#define MAX_XFER	(1u << 20)
#define MAX_MESSAGE	(MAX_XFER + 64)
#define MAX_FDS		16
#define MAX_MAPS	4096
#define PAGE		4096u

static const char capabilities[] =
	"{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576,\"pgsizes\":4096}}";

struct request {
	struct vfu_header header;
	const uint8_t *payload;
	size_t size;              /* of the payload */
	int fds[MAX_FDS];         /* -1: taken over by the handler */
	unsigned int n_fds;
};

struct vfu_counters {
	struct stat_counter messages, posted, errors, unknown, malformed, clients;
	struct stat_counter irqs, irqs_unconnected;
	struct stat_counter kind[VFU_NR_COMMANDS];
};

struct vfu {
	struct vfu_config config;
	struct vfu_counters counters;

	pthread_mutex_t irq_lock; /* protects irq_fds; a leaf */
	int irq_fds[VFU_NR_IRQS][VFU_MAX_VECTORS]; /* -1: not connected */

	pthread_mutex_t stop_lock; /* protects the three below */
	bool stopping;
	int listen_fd;
	int client_fd;

	/* Of the serving thread: */
	bool negotiated;
	unsigned int n_maps;
	uint8_t *in;              /* MAX_MESSAGE bytes, the payload of the request */
	uint8_t *out;             /* MAX_MESSAGE bytes, the whole reply */
	size_t out_size;          /* of the reply's payload */
};

struct command {
	const char *name;
	size_t min_size;
	unsigned int max_fds;
	int (*handle)(struct vfu *vfu, struct request *request);
};

/* ---- memory ---- */

static void *reply_payload(struct vfu *vfu, size_t size)
{
	void *payload = vfu->out + sizeof(struct vfu_header);

	memset(payload, 0, size);
	vfu->out_size = size;
	return payload;
}

static void unmap_host(void *opaque, void *host, uint64_t size)
{
	(void)opaque;
	if (host)
		munmap(host, size);
}

/*
 * A file shorter than the map would end this process with SIGBUS at the first access beyond its
 * end. (A client can still shrink it later; QEMU seals that off.)
 */
static int map_host(int fd, const struct vfu_dma_map *map, void **host)
{
	int prot = PROT_READ | (map->flags & VFU_DMA_WRITE ? PROT_WRITE : 0);
	struct stat stat;

	if (map->size > SIZE_MAX || map->offset % PAGE || map->offset > INT64_MAX ||
	    map->size > INT64_MAX - map->offset)
		return -EINVAL;
	if (fstat(fd, &stat))
		return -errno;
	if (!S_ISREG(stat.st_mode) || (uint64_t)stat.st_size < map->offset + map->size)
		return -EINVAL;
	*host = mmap(NULL, map->size, prot, MAP_SHARED, fd, (off_t)map->offset);
	if (*host == MAP_FAILED)
		return -errno;
	return 0;
}

static int handle_dma_map(struct vfu *vfu, struct request *request)
{
	struct vfu_dma_map map;
	void *host = NULL;
	int ret;

	memcpy(&map, request->payload, sizeof(map));
	if (map.argsz < sizeof(map) || map.flags & ~(VFU_DMA_READ | VFU_DMA_WRITE) ||
	    !map.size || map.address % PAGE || map.size % PAGE)
		return -EINVAL;
	if (vfu->n_maps >= MAX_MAPS)
		return -ENOSPC;
	/* What the device may not read is remembered like ROM, out of its reach. */
	if (request->n_fds && map.flags & VFU_DMA_READ) {
		ret = map_host(request->fds[0], &map, &host);
		if (ret)
			return ret;
	}
	ret = mem_map(vfu->config.mem, map.address, map.size, host, map.flags & VFU_DMA_WRITE,
		      unmap_host, NULL);
	if (ret) {
		unmap_host(NULL, host, map.size);
		return ret;
	}
	vfu->n_maps++;
	return 0;
}

static int handle_dma_unmap(struct vfu *vfu, struct request *request)
{
	struct vfu_dma_unmap unmap;
	int ret = 0;

	memcpy(&unmap, request->payload, sizeof(unmap));
	if (unmap.argsz < sizeof(unmap) || unmap.flags & ~VFU_UNMAP_ALL)
		return -EINVAL;
	if (unmap.flags & VFU_UNMAP_ALL) {
		if (unmap.address || unmap.size)
			return -EINVAL;
		mem_unmap_all(vfu->config.mem);
		vfu->n_maps = 0;
	} else {
		ret = mem_unmap(vfu->config.mem, unmap.address, unmap.size);
		if (ret)
			return ret;
		vfu->n_maps--;
	}
	unmap.argsz = sizeof(unmap);
	memcpy(reply_payload(vfu, sizeof(unmap)), &unmap, sizeof(unmap));
	return 0;
}

/* ---- what the device is ---- */

static int handle_version(struct vfu *vfu, struct request *request)
{
	struct vfu_version version;
	uint8_t *payload;

	memcpy(&version, request->payload, sizeof(version));
	if (vfu->negotiated || version.major != 0)
		return -EINVAL;
	/* The offer's capabilities change nothing here, but they must be a string. */
	if (request->size > sizeof(version) && request->payload[request->size - 1])
		return -EINVAL;
	vfu->negotiated = true;
	version.minor = 0;
	payload = reply_payload(vfu, sizeof(version) + sizeof(capabilities));
	memcpy(payload, &version, sizeof(version));
	memcpy(payload + sizeof(version), capabilities, sizeof(capabilities));
	return 0;
}

static int handle_device_info(struct vfu *vfu, struct request *request)
{
	struct vfu_device_info info;

	memcpy(&info, request->payload, sizeof(info));
	if (info.argsz < sizeof(info))
		return -EINVAL;
	info = (struct vfu_device_info){
		.argsz = sizeof(info),
		.flags = VFU_DEVICE_RESET | VFU_DEVICE_PCI,
		.n_regions = VFU_NR_REGIONS,
		.n_irqs = VFU_NR_IRQS,
	};
	memcpy(reply_payload(vfu, sizeof(info)), &info, sizeof(info));
	return 0;
}

static int handle_region_info(struct vfu *vfu, struct request *request)
{
	struct vfu_region_info info;

	memcpy(&info, request->payload, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= VFU_NR_REGIONS)
		return -EINVAL;
	info = (struct vfu_region_info){
		.argsz = sizeof(info),
		.index = info.index,
		.size = vfu->config.region_size[info.index],
	};
	if (info.size)
		info.flags = VFU_REGION_READ | VFU_REGION_WRITE;
	memcpy(reply_payload(vfu, sizeof(info)), &info, sizeof(info));
	return 0;
}

static int handle_irq_info(struct vfu *vfu, struct request *request)
{
	struct vfu_irq_info info;

	memcpy(&info, request->payload, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= VFU_NR_IRQS)
		return -EINVAL;
	info.argsz = sizeof(info);
	info.count = vfu->config.n_vectors[info.index];
	info.flags = info.count ? VFU_IRQ_EVENTFD : 0;
	memcpy(reply_payload(vfu, sizeof(info)), &info, sizeof(info));
	return 0;
}

static int handle_reset(struct vfu *vfu, struct request *request)
{
	(void)request;
	vfu->config.ops->reset(vfu->config.opaque);
	return 0;
}

/* ---- interrupts ---- */

/* @fd becomes the vector's, -1 disconnects it. Caller holds irq_lock. */
static void irq_connect(struct vfu *vfu, unsigned int index, unsigned int vector, int fd)
{
	int *slot = &vfu->irq_fds[index][vector];

	if (*slot >= 0)
		close(*slot);
	*slot = fd;
}

static void irq_disconnect_all(struct vfu *vfu, unsigned int index)
{
	pthread_mutex_lock(&vfu->irq_lock);
	for (unsigned int vector = 0; vector < VFU_MAX_VECTORS; vector++)
		irq_connect(vfu, index, vector, -1);
	pthread_mutex_unlock(&vfu->irq_lock);
}

void vfu_irq_raise(struct vfu *vfu, enum vfu_irq_index index, unsigned int vector)
{
	const uint64_t one = 1;
	bool sent = false;

	if (vector >= VFU_MAX_VECTORS)
		return;
	pthread_mutex_lock(&vfu->irq_lock);
	/* A full counter (EAGAIN) has its interrupt pending already. */
	if (vfu->irq_fds[index][vector] >= 0)
		sent = write(vfu->irq_fds[index][vector], &one, sizeof(one)) == sizeof(one);
	pthread_mutex_unlock(&vfu->irq_lock);
	stat_inc(sent ? &vfu->counters.irqs : &vfu->counters.irqs_unconnected);
}

/* A descriptor that can block would let the client stop whoever raises an interrupt. */
static int fd_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK))
		return -errno;
	return 0;
}

static int irq_set_fds(struct vfu *vfu, const struct vfu_irq_set *set, struct request *request)
{
	int ret;

	if (request->n_fds && request->n_fds != set->count)
		return -EINVAL;
	for (unsigned int i = 0; i < request->n_fds; i++) {
		ret = fd_set_nonblock(request->fds[i]);
		if (ret)
			return ret;
	}
	pthread_mutex_lock(&vfu->irq_lock);
	for (unsigned int i = 0; i < set->count; i++) {
		int fd = -1;

		if (request->n_fds) {
			fd = request->fds[i];
			request->fds[i] = -1;
		}
		irq_connect(vfu, set->index, set->start + i, fd);
	}
	pthread_mutex_unlock(&vfu->irq_lock);
	return 0;
}

static int irq_fire(struct vfu *vfu, const struct vfu_irq_set *set, const uint8_t *bools)
{
	for (unsigned int i = 0; i < set->count; i++) {
		if (!bools || bools[i])
			vfu_irq_raise(vfu, set->index, set->start + i);
	}
	return 0;
}

static int handle_set_irqs(struct vfu *vfu, struct request *request)
{
	const uint8_t *data = request->payload + sizeof(struct vfu_irq_set);
	struct vfu_irq_set set;

	memcpy(&set, request->payload, sizeof(set));
	if (set.argsz < sizeof(set) || set.index >= VFU_NR_IRQS ||
	    set.start > vfu->config.n_vectors[set.index] ||
	    set.count > vfu->config.n_vectors[set.index] - set.start)
		return -EINVAL;
	if (request->n_fds && set.flags != (VFU_SET_EVENTFD | VFU_SET_TRIGGER))
		return -EINVAL;

	/* Masking is not offered: MSI-X is masked in the client's table. */
	switch (set.flags) {
	case VFU_SET_EVENTFD | VFU_SET_TRIGGER:
		return irq_set_fds(vfu, &set, request);
	case VFU_SET_NONE | VFU_SET_TRIGGER:
		if (set.count)
			return irq_fire(vfu, &set, NULL);
		irq_disconnect_all(vfu, set.index);
		return 0;
	case VFU_SET_BOOL | VFU_SET_TRIGGER:
		if (request->size - sizeof(set) < set.count)
			return -EINVAL;
		return irq_fire(vfu, &set, data);
	default:
		return -EINVAL;
	}
}

/* ---- regions ---- */

static int region_check(struct vfu *vfu, const struct vfu_region_access *access)
{
	uint64_t size;

	if (access->region >= VFU_NR_REGIONS || !access->count || access->count > MAX_XFER)
		return -EINVAL;
	size = vfu->config.region_size[access->region];
	if (access->offset > size || access->count > size - access->offset)
		return -EINVAL;
	return 0;
}

static int handle_region_read(struct vfu *vfu, struct request *request)
{
	struct vfu_region_access access;
	uint8_t *payload;
	int ret;

	memcpy(&access, request->payload, sizeof(access));
	ret = region_check(vfu, &access);
	if (ret)
		return ret;
	payload = reply_payload(vfu, sizeof(access) + access.count);
	memcpy(payload, &access, sizeof(access));
	return vfu->config.ops->region_read(vfu->config.opaque, access.region, access.offset,
					    payload + sizeof(access), access.count);
}

static int handle_region_write(struct vfu *vfu, struct request *request)
{
	struct vfu_region_access access;
	int ret;

	memcpy(&access, request->payload, sizeof(access));
	ret = region_check(vfu, &access);
	if (ret)
		return ret;
	if (request->size - sizeof(access) < access.count)
		return -EINVAL;
	memcpy(reply_payload(vfu, sizeof(access)), &access, sizeof(access));
	return vfu->config.ops->region_write(vfu->config.opaque, access.region, access.offset,
					     request->payload + sizeof(access), access.count);
}

/* ---- messages ---- */

static const struct command commands[VFU_NR_COMMANDS] = {
	[VFU_VERSION] = { "version", sizeof(struct vfu_version), 0, handle_version },
	[VFU_DMA_MAP] = { "dma_map", sizeof(struct vfu_dma_map), 1, handle_dma_map },
	[VFU_DMA_UNMAP] = { "dma_unmap", sizeof(struct vfu_dma_unmap), 0, handle_dma_unmap },
	[VFU_DEVICE_INFO] = { "device_info", sizeof(struct vfu_device_info), 0,
			      handle_device_info },
	[VFU_REGION_INFO] = { "region_info", sizeof(struct vfu_region_info), 0,
			      handle_region_info },
	[VFU_IRQ_INFO] = { "irq_info", sizeof(struct vfu_irq_info), 0, handle_irq_info },
	[VFU_SET_IRQS] = { "set_irqs", sizeof(struct vfu_irq_set), MAX_FDS, handle_set_irqs },
	[VFU_REGION_READ_CMD] = { "region_read", sizeof(struct vfu_region_access), 0,
				  handle_region_read },
	[VFU_REGION_WRITE_CMD] = { "region_write", sizeof(struct vfu_region_access), 0,
				   handle_region_write },
	[VFU_RESET] = { "reset", 0, 0, handle_reset },
};

static const struct command *command_find(uint16_t number)
{
	if (number >= VFU_NR_COMMANDS || !commands[number].handle)
		return NULL;
	return &commands[number];
}

static int handle(struct vfu *vfu, struct request *request)
{
	const struct command *command = command_find(request->header.command);

	if (!command) {
		stat_inc(&vfu->counters.unknown);
		return -ENOSYS;
	}
	stat_inc(&vfu->counters.kind[request->header.command]);
	if (!vfu->negotiated && request->header.command != VFU_VERSION)
		return -EINVAL;
	if (request->size < command->min_size || request->n_fds > command->max_fds)
		return -EINVAL;
	return command->handle(vfu, request);
}

static int send_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* @error is 0 or a negative errno; the payload is what a handler left. */
static int reply(struct vfu *vfu, int fd, const struct vfu_header *to, int error)
{
	struct vfu_header header = {
		.id = to->id,
		.command = to->command,
		.flags = VFU_TYPE_REPLY,
	};

	if (error) {
		vfu->out_size = 0;
		header.flags |= VFU_ERROR;
		header.error = (uint32_t)-error;
	}
	header.size = (uint32_t)(sizeof(header) + vfu->out_size);
	memcpy(vfu->out, &header, sizeof(header));
	return send_all(fd, vfu->out, header.size);
}

static void close_fds(struct request *request)
{
	for (unsigned int i = 0; i < request->n_fds; i++) {
		if (request->fds[i] >= 0)
			close(request->fds[i]);
	}
	request->n_fds = 0;
}

/* Keeps the descriptors of one recvmsg(); more than fit, or a cut-off list, is -EINVAL. */
static int take_fds(struct msghdr *msg, struct request *request)
{
	int ret = msg->msg_flags & MSG_CTRUNC ? -EINVAL : 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n_fds = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n_fds; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(int), sizeof(fd));
			if (request->n_fds < MAX_FDS) {
				request->fds[request->n_fds++] = fd;
			} else {
				close(fd);
				ret = -EINVAL;
			}
		}
	}
	return ret;
}

/* 0, -ENODATA when the client has closed between two messages, or another negative errno. */
static int receive_header(int fd, struct request *request)
{
	union {
		char data[CMSG_SPACE(sizeof(int) * MAX_FDS)];
		struct cmsghdr align;
	} control;
	size_t got = 0;

	while (got < sizeof(request->header)) {
		struct iovec iov = { (char *)&request->header + got,
				     sizeof(request->header) - got };
		struct msghdr msg = {
			.msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.data,
			.msg_controllen = sizeof(control.data),
		};
		ssize_t n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
		int ret;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return got ? -EPIPE : -ENODATA;
		ret = take_fds(&msg, request);
		if (ret)
			return ret;
		got += (size_t)n;
	}
	return 0;
}

/* Descriptors that come with these bytes are dropped by the kernel: they belong to the header. */
static int receive_payload(struct vfu *vfu, int fd, struct request *request)
{
	size_t got = 0;

	request->size = request->header.size - sizeof(request->header);
	request->payload = vfu->in;
	while (got < request->size) {
		ssize_t n = recv(fd, vfu->in + got, request->size - got, MSG_WAITALL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EPIPE;
		got += (size_t)n;
	}
	return 0;
}

static int receive(struct vfu *vfu, int fd, struct request *request)
{
	int ret;

	request->n_fds = 0;
	ret = receive_header(fd, request);
	if (ret)
		return ret;
	if (request->header.size < sizeof(request->header) || request->header.size > MAX_MESSAGE)
		return -EMSGSIZE;
	return receive_payload(vfu, fd, request);
}

/* 0, or a negative errno that ends the connection. */
static int serve_message(struct vfu *vfu, int fd)
{
	struct request request;
	uint32_t flags;
	int ret;

	ret = receive(vfu, fd, &request);
	if (ret) {
		if (ret == -EMSGSIZE)
			reply(vfu, fd, &request.header, -EINVAL);
		close_fds(&request);
		return ret;
	}
	stat_inc(&vfu->counters.messages);
	flags = request.header.flags;
	if ((flags & VFU_TYPE_MASK) != VFU_TYPE_COMMAND) {
		/* A reply, and nothing was asked. */
		stat_inc(&vfu->counters.malformed);
		close_fds(&request);
		return 0;
	}

	vfu->out_size = 0;
	ret = handle(vfu, &request);
	close_fds(&request);
	if (ret)
		stat_inc(&vfu->counters.errors);
	if (flags & VFU_NO_REPLY) {
		stat_inc(&vfu->counters.posted);
		return 0;
	}
	return reply(vfu, fd, &request.header, ret);
}

/* ---- clients ---- */

static bool publish(struct vfu *vfu, int *slot, int fd)
{
	bool go_on;

	pthread_mutex_lock(&vfu->stop_lock);
	*slot = fd;
	go_on = !vfu->stopping;
	pthread_mutex_unlock(&vfu->stop_lock);
	return go_on;
}

/* The device is silent before its memory goes. */
static void client_gone(struct vfu *vfu)
{
	vfu->config.ops->closing(vfu->config.opaque);
	vfu->config.ops->reset(vfu->config.opaque);
	mem_unmap_all(vfu->config.mem);
	vfu->n_maps = 0;
	for (unsigned int index = 0; index < VFU_NR_IRQS; index++)
		irq_disconnect_all(vfu, index);
	vfu->negotiated = false;
}

void vfu_serve_client(struct vfu *vfu, int fd)
{
	int ret = -ECANCELED;

	stat_inc(&vfu->counters.clients);
	if (publish(vfu, &vfu->client_fd, fd)) {
		do {
			ret = serve_message(vfu, fd);
		} while (!ret);
	}
	publish(vfu, &vfu->client_fd, -1);
	if (ret != -ENODATA && ret != -ECANCELED && ret != -ECONNRESET) {
		stat_inc(&vfu->counters.malformed);
		stats_note(vfu->config.stats, "vfu", "connection closed: %s", strerror(-ret));
	}
	client_gone(vfu);
	close(fd);
}

int vfu_serve(struct vfu *vfu, int listen_fd)
{
	int ret = 0;

	while (publish(vfu, &vfu->listen_fd, listen_fd)) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0) {
			vfu_serve_client(vfu, fd);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			ret = -errno;
			break;
		}
	}
	/* A shut-down socket fails in accept(): that is how vfu_stop() ends the wait. */
	if (!publish(vfu, &vfu->listen_fd, -1))
		ret = 0;
	return ret;
}

void vfu_stop(struct vfu *vfu)
{
	pthread_mutex_lock(&vfu->stop_lock);
	vfu->stopping = true;
	if (vfu->client_fd >= 0)
		shutdown(vfu->client_fd, SHUT_RDWR);
	if (vfu->listen_fd >= 0)
		shutdown(vfu->listen_fd, SHUT_RDWR);
	pthread_mutex_unlock(&vfu->stop_lock);
}

/* Only a socket that nobody listens on may be replaced. */
static int remove_dead_socket(const struct sockaddr_un *addr)
{
	struct stat stat;
	int fd, ret = 0;

	if (lstat(addr->sun_path, &stat))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(stat.st_mode))
		return -EADDRINUSE;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		ret = -EADDRINUSE;
	else if (unlink(addr->sun_path))
		ret = -errno;
	close(fd);
	return ret;
}

int vfu_listen(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd, ret;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	ret = remove_dead_socket(&addr);
	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) || chmod(path, 0600) ||
	    listen(fd, 4)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

/* ---- creation ---- */

static void register_counters(struct vfu *vfu)
{
	struct vfu_counters *counters = &vfu->counters;
	struct stats *stats = vfu->config.stats;

	stats_register(stats, "vfu", "messages", &counters->messages);
	stats_register(stats, "vfu", "posted", &counters->posted);
	stats_register(stats, "vfu", "errors", &counters->errors);
	stats_register(stats, "vfu", "unknown", &counters->unknown);
	stats_register(stats, "vfu", "malformed", &counters->malformed);
	stats_register(stats, "vfu", "clients", &counters->clients);
	stats_register(stats, "vfu", "irqs", &counters->irqs);
	stats_register(stats, "vfu", "irqs_unconnected", &counters->irqs_unconnected);
	for (unsigned int i = 0; i < VFU_NR_COMMANDS; i++) {
		if (commands[i].name)
			stats_register(stats, "vfu", commands[i].name, &counters->kind[i]);
	}
}

struct vfu *vfu_create(const struct vfu_config *config)
{
	struct vfu *vfu;

	for (unsigned int index = 0; index < VFU_NR_IRQS; index++) {
		if (config->n_vectors[index] > VFU_MAX_VECTORS)
			return NULL;
	}
	vfu = calloc(1, sizeof(*vfu));
	if (!vfu)
		return NULL;
	vfu->config = *config;
	vfu->listen_fd = -1;
	vfu->client_fd = -1;
	memset(vfu->irq_fds, 0xff, sizeof(vfu->irq_fds));
	vfu->in = malloc(MAX_MESSAGE);
	vfu->out = malloc(MAX_MESSAGE);
	if (!vfu->in || !vfu->out) {
		free(vfu->in);
		free(vfu->out);
		free(vfu);
		return NULL;
	}
	pthread_mutex_init(&vfu->irq_lock, NULL);
	pthread_mutex_init(&vfu->stop_lock, NULL);
	register_counters(vfu);
	return vfu;
}

void vfu_destroy(struct vfu *vfu)
{
	if (!vfu)
		return;
	stats_unregister_group(vfu->config.stats, "vfu");
	pthread_mutex_destroy(&vfu->stop_lock);
	pthread_mutex_destroy(&vfu->irq_lock);
	free(vfu->in);
	free(vfu->out);
	free(vfu);
}
