// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz_vfu [ROUNDS [SEED]]: feeds streams to the transport that are messages for a good part, so
 * that they get past the first check, and nonsense for the rest.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vfu.h"
#include "vfu_proto.h"

#define REGION_SIZE	0x1000
#define MAX_STREAM	65536

static uint8_t region[REGION_SIZE];

static int do_read(void *opaque, unsigned int index, uint64_t offset, void *buf, uint32_t count)
{
	(void)opaque;
	if (index || offset > REGION_SIZE || count > REGION_SIZE - offset)
		abort();
	memcpy(buf, region + offset, count);
	return 0;
}

static int do_write(void *opaque, unsigned int index, uint64_t offset, const void *buf,
		    uint32_t count)
{
	(void)opaque;
	if (index || offset > REGION_SIZE || count > REGION_SIZE - offset)
		abort();
	memcpy(region + offset, buf, count);
	return 0;
}

static void do_nothing(void *opaque)
{
	(void)opaque;
}

static const struct vfu_ops ops = { do_read, do_write, do_nothing, do_nothing };

static void *drain(void *opaque)
{
	static char sink[65536];
	int fd = *(int *)opaque;

	while (recv(fd, sink, sizeof(sink), 0) > 0)
		;
	return NULL;
}

/* With a descriptor beside each piece: a mapping or an interrupt may find one. */
static void send_piece(int fd, const uint8_t *data, size_t size, int extra)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.data,
		.msg_controllen = sizeof(control.data),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &extra, sizeof(extra));
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0)
		return;
}

/* Where the next message would begin if this one's size is to be believed. */
static size_t piece_size(const uint8_t *data, size_t size)
{
	struct vfu_header header;

	if (size < sizeof(header))
		return size;
	memcpy(&header, data, sizeof(header));
	if (header.size < sizeof(header) || header.size > size)
		return size;
	return header.size;
}

struct feed {
	int fd;
	const uint8_t *data;
	size_t size;
};

static void *feed_thread(void *opaque)
{
	struct feed *feed = opaque;
	int extra[2] = { memfd_create("fuzz", MFD_CLOEXEC), eventfd(0, EFD_NONBLOCK) };
	unsigned int n = 0;

	if (ftruncate(extra[0], 0x10000))
		abort();
	while (feed->size) {
		size_t size = piece_size(feed->data, feed->size);

		send_piece(feed->fd, feed->data, size, extra[n++ % 2]);
		feed->data += size;
		feed->size -= size;
	}
	shutdown(feed->fd, SHUT_WR);
	close(extra[0]);
	close(extra[1]);
	return NULL;
}

static struct vfu *create(struct mem *mem, struct stats *stats)
{
	const struct vfu_config config = {
		.ops = &ops,
		.mem = mem,
		.stats = stats,
		.region_size = { [0] = REGION_SIZE },
		.n_vectors = { [VFU_IRQ_MSIX] = 32, [VFU_IRQ_ERR] = 1 },
	};

	return vfu_create(&config);
}

static void feed_stream(const uint8_t *data, size_t size)
{
	static struct stats *stats;
	struct mem *mem = mem_create();
	struct feed feed = { .data = data, .size = size };
	pthread_t drainer, feeder;
	struct vfu *vfu;
	int fds[2];

	if (!stats)
		stats = stats_create();
	vfu = create(mem, stats);
	if (!mem || !vfu || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
		abort();
	feed.fd = fds[0];
	pthread_create(&drainer, NULL, drain, &fds[0]);
	pthread_create(&feeder, NULL, feed_thread, &feed);
	vfu_serve_client(vfu, fds[1]);
	pthread_join(feeder, NULL);
	pthread_join(drainer, NULL);
	close(fds[0]);
	vfu_destroy(vfu);
	mem_destroy(mem);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Small numbers, sizes of structures and the extremes are where checks go wrong. */
static uint32_t interesting(uint32_t *seed)
{
	static const uint32_t values[] = { 0, 1, 2, 3, 4, 7, 8, 16, 20, 24, 32, 36, 0x24, 0x21,
					   0x22, 0x1000, 0x2000, 0x10000, 0xfff, 0x7fffffff,
					   0x80000000, 0xfffff000, 0xffffffff };
	uint32_t pick = next_random(seed);

	if (pick % 16 == 0)
		return next_random(seed);
	return values[(pick >> 4) % (sizeof(values) / sizeof(values[0]))];
}

static size_t make_message(uint8_t *out, uint32_t *seed)
{
	struct vfu_header header = { .command = (uint16_t)(next_random(seed) % 20) };
	uint32_t words = next_random(seed) % 12;

	header.size = (uint32_t)(sizeof(header) + words * 4);
	if (next_random(seed) % 16 == 0)
		header.size = interesting(seed);
	if (next_random(seed) % 4 == 0)
		header.flags = interesting(seed);
	memcpy(out, &header, sizeof(header));
	for (uint32_t i = 0; i < words; i++) {
		uint32_t value = interesting(seed);

		memcpy(out + sizeof(header) + i * 4, &value, sizeof(value));
	}
	return sizeof(header) + words * 4;
}

static size_t make_stream(uint8_t *out, uint32_t *seed)
{
	const struct vfu_header version = { .command = VFU_VERSION, .size = 20 };
	uint32_t n = 1 + next_random(seed) % 100;
	size_t size = 0;

	if (next_random(seed) % 8) {
		memcpy(out, &version, sizeof(version));
		memset(out + sizeof(version), 0, 4);
		size = 20;
	}
	while (n--)
		size += make_message(out + size, seed);
	/* Cut anywhere: the client vanishes. */
	return next_random(seed) % 4 ? size : next_random(seed) % (size + 1);
}

int main(int argc, char **argv)
{
	static uint8_t stream[MAX_STREAM];
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 2000;
	uint32_t seed = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : 0x51ab5eed;

	/* What is refused is said on stderr; only crashes count here. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	for (unsigned long round = 0; round < rounds; round++)
		feed_stream(stream, make_stream(stream, &seed));
	printf("%lu streams survived\n", rounds);
	return 0;
}
