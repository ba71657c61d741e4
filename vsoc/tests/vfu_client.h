/* SPDX-License-Identifier: GPL-2.0 */
/* The client's end of a vfio-user socket, in QEMU's place. */
#ifndef VSOC_TESTS_VFU_CLIENT_H
#define VSOC_TESTS_VFU_CLIENT_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "vfu.h"
#include "vfu_proto.h"

struct vfu_client {
	int fd;
	uint16_t next_id;
	struct vfu *vfu;
	int server_fd;
	pthread_t server;
};

/* A socketpair with vfu_serve_client() in a thread of its own at the other end. */
void client_start(struct vfu_client *client, struct vfu *vfu);

/* Closes, and waits until the server has noticed. */
void client_finish(struct vfu_client *client);

/* As it is: for malformed messages. */
void client_send_raw(struct vfu_client *client, const void *data, size_t size, const int *fds,
		     unsigned int n_fds);

/*
 * Sends a command and takes its reply. Returns 0 with up to @reply_size bytes of the reply's payload
 * in @reply, or the negative errno of an error reply, or -EPIPE if the server has closed.
 */
int client_call(struct vfu_client *client, uint16_t command, const void *payload, size_t size,
		const int *fds, unsigned int n_fds, void *reply, size_t reply_size);

/* Sends a command that wants no reply. */
void client_post(struct vfu_client *client, uint16_t command, const void *payload, size_t size);

int client_version(struct vfu_client *client);
int client_map(struct vfu_client *client, uint64_t address, uint64_t size, int fd,
	       uint64_t offset, uint32_t flags);
int client_unmap(struct vfu_client *client, uint64_t address, uint64_t size);
int client_read(struct vfu_client *client, unsigned int region, uint64_t offset, void *data,
		uint32_t count);
int client_write(struct vfu_client *client, unsigned int region, uint64_t offset,
		 const void *data, uint32_t count);
void client_post_write(struct vfu_client *client, unsigned int region, uint64_t offset,
		       const void *data, uint32_t count);
int client_set_irqs(struct vfu_client *client, uint32_t flags, uint32_t index, uint32_t start,
		    uint32_t count, const int *fds, unsigned int n_fds);

uint32_t client_read32(struct vfu_client *client, unsigned int region, uint64_t offset);
void client_write32(struct vfu_client *client, unsigned int region, uint64_t offset,
		    uint32_t value);

/* A memfd of @size bytes. */
int client_memory(size_t size);

#endif
