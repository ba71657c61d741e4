// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "vfu_client.h"

#define MAX_PAYLOAD	(2 * 1024 * 1024)

static void *server_thread(void *opaque)
{
	struct vfu_client *client = opaque;

	vfu_serve_client(client->vfu, client->server_fd);
	return NULL;
}

void client_start(struct vfu_client *client, struct vfu *vfu)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	*client = (struct vfu_client){ .fd = fds[0], .server_fd = fds[1], .vfu = vfu };
	assert_int_equal(pthread_create(&client->server, NULL, server_thread, client), 0);
}

void client_finish(struct vfu_client *client)
{
	close(client->fd);
	pthread_join(client->server, NULL);
}

void client_send_raw(struct vfu_client *client, const void *data, size_t size, const int *fds,
		     unsigned int n_fds)
{
	union {
		char data[CMSG_SPACE(sizeof(int) * 64)];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (n_fds) {
		struct cmsghdr *cmsg;

		msg.msg_control = control.data;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(cmsg), fds, sizeof(int) * n_fds);
	}
	/* The server may have closed: what comes of it is seen at the reply. */
	while (iov.iov_len) {
		ssize_t n = sendmsg(client->fd, &msg, MSG_NOSIGNAL);

		if (n < 0)
			return;
		iov.iov_base = (char *)iov.iov_base + n;
		iov.iov_len -= (size_t)n;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
	}
}

static void send_command(struct vfu_client *client, uint16_t command, uint32_t flags,
			 const void *payload, size_t size, const int *fds, unsigned int n_fds)
{
	static uint8_t message[MAX_PAYLOAD + sizeof(struct vfu_header)];
	struct vfu_header header = {
		.id = ++client->next_id,
		.command = command,
		.size = (uint32_t)(sizeof(header) + size),
		.flags = flags,
	};

	assert_true(size <= MAX_PAYLOAD);
	memcpy(message, &header, sizeof(header));
	if (size)
		memcpy(message + sizeof(header), payload, size);
	client_send_raw(client, message, header.size, fds, n_fds);
}

static int receive_all(struct vfu_client *client, void *data, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = recv(client->fd, (char *)data + got, size - got, MSG_WAITALL);

		if (n <= 0)
			return -EPIPE;
		got += (size_t)n;
	}
	return 0;
}

int client_call(struct vfu_client *client, uint16_t command, const void *payload, size_t size,
		const int *fds, unsigned int n_fds, void *reply, size_t reply_size)
{
	static uint8_t received[MAX_PAYLOAD];
	struct vfu_header header;
	size_t received_size;

	send_command(client, command, VFU_TYPE_COMMAND, payload, size, fds, n_fds);
	if (receive_all(client, &header, sizeof(header)))
		return -EPIPE;
	assert_int_equal(header.id, client->next_id);
	assert_int_equal(header.command, command);
	assert_true(header.size >= sizeof(header));
	received_size = header.size - sizeof(header);
	assert_true(received_size <= sizeof(received));
	if (receive_all(client, received, received_size))
		return -EPIPE;
	assert_int_equal(header.flags & VFU_TYPE_MASK, VFU_TYPE_REPLY);
	if (header.flags & VFU_ERROR) {
		assert_int_equal(received_size, 0);
		assert_int_not_equal(header.error, 0);
		return -(int)header.error;
	}
	assert_true(received_size >= reply_size);
	if (reply_size)
		memcpy(reply, received, reply_size);
	return 0;
}

void client_post(struct vfu_client *client, uint16_t command, const void *payload, size_t size)
{
	send_command(client, command, VFU_TYPE_COMMAND | VFU_NO_REPLY, payload, size, NULL, 0);
}

int client_version(struct vfu_client *client)
{
	static const char offer[] = "\0\0\0\0{\"capabilities\": {\"max_msg_fds\": 16}}";
	struct vfu_version version;

	return client_call(client, VFU_VERSION, offer, sizeof(offer), NULL, 0, &version,
			   sizeof(version));
}

int client_map(struct vfu_client *client, uint64_t address, uint64_t size, int fd,
	       uint64_t offset, uint32_t flags)
{
	struct vfu_dma_map map = {
		.argsz = sizeof(map),
		.flags = flags,
		.offset = offset,
		.address = address,
		.size = size,
	};

	return client_call(client, VFU_DMA_MAP, &map, sizeof(map), &fd, fd >= 0, NULL, 0);
}

int client_unmap(struct vfu_client *client, uint64_t address, uint64_t size)
{
	struct vfu_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.address = address,
		.size = size,
	};

	return client_call(client, VFU_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0, &unmap,
			   sizeof(unmap));
}

int client_read(struct vfu_client *client, unsigned int region, uint64_t offset, void *data,
		uint32_t count)
{
	struct vfu_region_access access = { .offset = offset, .region = region, .count = count };
	uint8_t reply[sizeof(access) + 4096];
	int ret;

	assert_true(count <= 4096);
	ret = client_call(client, VFU_REGION_READ_CMD, &access, sizeof(access), NULL, 0, reply,
			  sizeof(access) + count);
	if (!ret)
		memcpy(data, reply + sizeof(access), count);
	return ret;
}

static size_t fill_write(uint8_t *message, unsigned int region, uint64_t offset,
			 const void *data, uint32_t count)
{
	struct vfu_region_access access = { .offset = offset, .region = region, .count = count };

	assert_true(count <= 4096);
	memcpy(message, &access, sizeof(access));
	memcpy(message + sizeof(access), data, count);
	return sizeof(access) + count;
}

int client_write(struct vfu_client *client, unsigned int region, uint64_t offset,
		 const void *data, uint32_t count)
{
	uint8_t message[sizeof(struct vfu_region_access) + 4096];
	size_t size = fill_write(message, region, offset, data, count);

	return client_call(client, VFU_REGION_WRITE_CMD, message, size, NULL, 0, message,
			   sizeof(struct vfu_region_access));
}

void client_post_write(struct vfu_client *client, unsigned int region, uint64_t offset,
		       const void *data, uint32_t count)
{
	uint8_t message[sizeof(struct vfu_region_access) + 4096];
	size_t size = fill_write(message, region, offset, data, count);

	client_post(client, VFU_REGION_WRITE_CMD, message, size);
}

int client_set_irqs(struct vfu_client *client, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fds, unsigned int n_fds)
{
	struct vfu_irq_set set = {
		.argsz = sizeof(set),
		.flags = flags,
		.index = index,
		.start = start,
		.count = count,
	};

	return client_call(client, VFU_SET_IRQS, &set, sizeof(set), fds, n_fds, NULL, 0);
}

uint32_t client_read32(struct vfu_client *client, unsigned int region, uint64_t offset)
{
	uint32_t value = 0;

	assert_int_equal(client_read(client, region, offset, &value, sizeof(value)), 0);
	return value;
}

void client_write32(struct vfu_client *client, unsigned int region, uint64_t offset,
		    uint32_t value)
{
	assert_int_equal(client_write(client, region, offset, &value, sizeof(value)), 0);
}

int client_memory(size_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}
