// SPDX-License-Identifier: GPL-2.0
/* The transport against a device that only records what reaches it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "vfu_client.h"

#define REGION		0
#define REGION_SIZE	0x1000
#define N_VECTORS	32
#define GPA		0x100000
#define PAGE		0x1000u

struct fake {
	struct stats *stats;
	struct mem *mem;
	struct vfu *vfu;
	struct vfu_client client;
	uint8_t bytes[REGION_SIZE];
	_Atomic unsigned int n_writes, n_resets, n_closings;
	uint8_t order[64];          /* first bytes written, in the order of arrival */
	bool memory_at_closing;
};

static int fake_read(void *opaque, unsigned int region, uint64_t offset, void *buf, uint32_t count)
{
	struct fake *fake = opaque;

	assert_int_equal(region, REGION);
	assert_true(offset + count <= REGION_SIZE);
	memcpy(buf, fake->bytes + offset, count);
	return 0;
}

static int fake_write(void *opaque, unsigned int region, uint64_t offset, const void *buf,
		      uint32_t count)
{
	struct fake *fake = opaque;

	assert_int_equal(region, REGION);
	assert_true(offset + count <= REGION_SIZE);
	memcpy(fake->bytes + offset, buf, count);
	if (fake->n_writes < sizeof(fake->order))
		fake->order[fake->n_writes] = *(const uint8_t *)buf;
	fake->n_writes++;
	return 0;
}

static void fake_reset(void *opaque)
{
	struct fake *fake = opaque;

	fake->n_resets++;
}

static void fake_closing(void *opaque)
{
	struct fake *fake = opaque;

	fake->n_closings++;
	mem_lock(fake->mem);
	fake->memory_at_closing = mem_ptr(fake->mem, GPA, 1, false);
	mem_unlock(fake->mem);
}

static const struct vfu_ops fake_ops = { fake_read, fake_write, fake_reset, fake_closing };

static int setup(void **state)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct vfu_config config = {
		.ops = &fake_ops,
		.opaque = fake,
		.region_size = { [REGION] = REGION_SIZE },
		.n_vectors = { [VFU_IRQ_MSIX] = N_VECTORS, [VFU_IRQ_ERR] = 1 },
	};

	fake->stats = stats_create();
	fake->mem = mem_create();
	config.stats = fake->stats;
	config.mem = fake->mem;
	fake->vfu = vfu_create(&config);
	assert_non_null(fake->vfu);
	client_start(&fake->client, fake->vfu);
	*state = fake;
	return 0;
}

static int setup_negotiated(void **state)
{
	struct fake *fake;

	setup(state);
	fake = *state;
	return client_version(&fake->client);
}

static int teardown(void **state)
{
	struct fake *fake = *state;

	client_finish(&fake->client);
	vfu_destroy(fake->vfu);
	mem_destroy(fake->mem);
	stats_destroy(fake->stats);
	free(fake);
	return 0;
}

static bool reachable(struct fake *fake, uint64_t gpa, uint64_t len, bool write)
{
	bool ret;

	mem_lock(fake->mem);
	ret = mem_ptr(fake->mem, gpa, len, write);
	mem_unlock(fake->mem);
	return ret;
}

static bool pending(int fd)
{
	struct pollfd poll_fd = { fd, POLLIN, 0 };

	return poll(&poll_fd, 1, 0) == 1;
}

static uint64_t drain(int fd)
{
	uint64_t value = 0;

	if (pending(fd))
		assert_int_equal(read(fd, &value, sizeof(value)), sizeof(value));
	return value;
}

/* ---- handshake and description ---- */

static void test_version(void **state)
{
	static const char offer[] = "\0\0\0\0{\"capabilities\": {\"max_msg_fds\": 16, \"pgsizes\": 4096, "
				    "\"max_dma_maps\": 65535, \"max_data_xfer_size\": 1048576, "
				    "\"write_multiple\": true}}";
	struct fake *fake = *state;
	char reply[sizeof(offer)] = { 0 };
	struct vfu_device_info info = { .argsz = sizeof(info) };

	/* Nothing before the handshake. */
	assert_int_equal(client_call(&fake->client, VFU_DEVICE_INFO, &info, sizeof(info), NULL, 0,
				     &info, sizeof(info)), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_VERSION, offer, sizeof(offer), NULL, 0,
				     reply, 80), 0);
	assert_memory_equal(reply, "\0\0\0\0", 4);
	assert_non_null(strstr(reply + 4, "\"max_data_xfer_size\":1048576"));
	/* Only once. */
	assert_int_equal(client_version(&fake->client), -EINVAL);
}

static void test_version_refused(void **state)
{
	struct fake *fake = *state;
	const struct vfu_version two = { .major = 2 };

	assert_int_equal(client_call(&fake->client, VFU_VERSION, &two, sizeof(two), NULL, 0, NULL,
				     0), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_VERSION, &two, 2, NULL, 0, NULL, 0),
			 -EINVAL);
	/* Capabilities that do not end. */
	assert_int_equal(client_call(&fake->client, VFU_VERSION, "\0\0\0\0{}", 6, NULL, 0, NULL, 0),
			 -EINVAL);
	/* None are fine. */
	assert_int_equal(client_call(&fake->client, VFU_VERSION, "\0\0\0\0", 4, NULL, 0, NULL, 0),
			 0);
}

static void test_info(void **state)
{
	struct fake *fake = *state;
	struct vfu_device_info device = { .argsz = sizeof(device) };
	struct vfu_region_info region = { .argsz = sizeof(region), .index = REGION };
	struct vfu_irq_info irq = { .argsz = sizeof(irq), .index = VFU_IRQ_MSIX };

	assert_int_equal(client_call(&fake->client, VFU_DEVICE_INFO, &device, sizeof(device),
				     NULL, 0, &device, sizeof(device)), 0);
	assert_int_equal(device.flags, VFU_DEVICE_RESET | VFU_DEVICE_PCI);
	assert_int_equal(device.n_regions, 9);
	assert_int_equal(device.n_irqs, 5);

	assert_int_equal(client_call(&fake->client, VFU_REGION_INFO, &region, sizeof(region),
				     NULL, 0, &region, sizeof(region)), 0);
	assert_int_equal(region.size, REGION_SIZE);
	assert_int_equal(region.flags, VFU_REGION_READ | VFU_REGION_WRITE);
	region = (struct vfu_region_info){ .argsz = sizeof(region), .index = 8 };
	assert_int_equal(client_call(&fake->client, VFU_REGION_INFO, &region, sizeof(region),
				     NULL, 0, &region, sizeof(region)), 0);
	assert_int_equal(region.size, 0);
	assert_int_equal(region.flags, 0);

	assert_int_equal(client_call(&fake->client, VFU_IRQ_INFO, &irq, sizeof(irq), NULL, 0, &irq,
				     sizeof(irq)), 0);
	assert_int_equal(irq.count, N_VECTORS);
	/* NORESIZE would make QEMU drop all vectors for each new one. */
	assert_int_equal(irq.flags, VFU_IRQ_EVENTFD);
}

static void test_short_argsz(void **state)
{
	struct fake *fake = *state;
	struct vfu_device_info device = { .argsz = sizeof(device) - 1 };
	struct vfu_region_info region = { .argsz = sizeof(region) - 1 };
	struct vfu_irq_info irq = { .argsz = 0 };
	struct vfu_dma_unmap unmap = { .argsz = 8, .address = GPA, .size = PAGE };
	struct vfu_irq_set set = { .argsz = 4, .flags = VFU_SET_NONE | VFU_SET_TRIGGER };

	assert_int_equal(client_call(&fake->client, VFU_DEVICE_INFO, &device, sizeof(device), NULL,
				     0, NULL, 0), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_REGION_INFO, &region, sizeof(region), NULL,
				     0, NULL, 0), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_IRQ_INFO, &irq, sizeof(irq), NULL, 0, NULL,
				     0), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0,
				     NULL, 0), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_SET_IRQS, &set, sizeof(set), NULL, 0, NULL,
				     0), -EINVAL);
}

static void test_bad_index(void **state)
{
	struct fake *fake = *state;
	struct vfu_region_info region = { .argsz = sizeof(region), .index = 9 };
	struct vfu_irq_info irq = { .argsz = sizeof(irq), .index = 5 };

	assert_int_equal(client_call(&fake->client, VFU_REGION_INFO, &region, sizeof(region), NULL,
				     0, NULL, 0), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_IRQ_INFO, &irq, sizeof(irq), NULL, 0, NULL,
				     0), -EINVAL);
}

static void test_unknown_commands(void **state)
{
	struct fake *fake = *state;
	static const uint16_t unknown[] = { 0, 6, 11, 12, 14, 15, 16, 17, 18, 19, 0xffff };

	for (unsigned int i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_int_equal(client_call(&fake->client, unknown[i], "12345678", 8, NULL, 0,
					     NULL, 0), -ENOSYS);
	client_write32(&fake->client, REGION, 0, 1);
}

/* ---- malformed streams ---- */

static void test_bad_sizes(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 15, (1u << 20) + 65, 0x7fffffff, 0xffffffff };
	struct fake *fake = *state;

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct vfu_header header = { .command = VFU_RESET, .size = sizes[i] };
		struct vfu_header reply;

		client_send_raw(&fake->client, &header, sizeof(header), NULL, 0);
		assert_int_equal(recv(fake->client.fd, &reply, sizeof(reply), MSG_WAITALL),
				 sizeof(reply));
		assert_int_equal(reply.error, EINVAL);
		assert_int_equal(recv(fake->client.fd, &reply, sizeof(reply), 0), 0);
		client_finish(&fake->client);
		client_start(&fake->client, fake->vfu);
	}
}

static void test_truncated_payloads(void **state)
{
	static const struct {
		uint16_t command;
		size_t size;
	} fixed[] = {
		{ VFU_DMA_MAP, 32 }, { VFU_DMA_UNMAP, 24 }, { VFU_DEVICE_INFO, 16 },
		{ VFU_REGION_INFO, 32 }, { VFU_IRQ_INFO, 16 }, { VFU_SET_IRQS, 20 },
		{ VFU_REGION_READ_CMD, 16 }, { VFU_REGION_WRITE_CMD, 16 },
	};
	struct fake *fake = *state;
	uint8_t zero[32] = { 0 };

	for (unsigned int i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		for (size_t size = 0; size < fixed[i].size; size++)
			assert_int_equal(client_call(&fake->client, fixed[i].command, zero, size,
						     NULL, 0, NULL, 0), -EINVAL);
	}
}

static void test_unsolicited_reply(void **state)
{
	struct vfu_header header = { .command = VFU_RESET, .size = sizeof(header),
				     .flags = VFU_TYPE_REPLY };
	struct fake *fake = *state;

	client_send_raw(&fake->client, &header, sizeof(header), NULL, 0);
	client_write32(&fake->client, REGION, 0, 1);
	assert_int_equal(fake->n_resets, 0);
}

static void test_message_in_pieces(void **state)
{
	struct {
		struct vfu_header header;
		struct vfu_region_access access;
		uint32_t data;
	} __attribute__((packed)) message = {
		.header = { .command = VFU_REGION_WRITE_CMD, .size = sizeof(message),
			    .flags = VFU_NO_REPLY },
		.access = { .region = REGION, .count = 4 },
		.data = 0x12345678,
	};
	struct fake *fake = *state;

	for (size_t i = 0; i < sizeof(message); i++)
		client_send_raw(&fake->client, (char *)&message + i, 1, NULL, 0);
	assert_int_equal(client_read32(&fake->client, REGION, 0), 0x12345678);
}

static void test_vanish(void **state)
{
	struct vfu_header header = { .command = VFU_REGION_WRITE_CMD, .size = 36 };
	struct fake *fake = *state;
	int memory = client_memory(PAGE);
	int event = eventfd(0, EFD_NONBLOCK);

	for (size_t sent = 1; sent <= sizeof(header) + 8; sent += 5) {
		char message[36] = { 0 };
		unsigned int resets = fake->n_resets, closings = fake->n_closings;

		assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, 0, 3), 0);
		assert_int_equal(client_set_irqs(&fake->client, VFU_SET_EVENTFD | VFU_SET_TRIGGER,
						 VFU_IRQ_MSIX, 3, 1, &event, 1), 0);
		memcpy(message, &header, sizeof(header));
		client_send_raw(&fake->client, message, sent, NULL, 0);
		client_finish(&fake->client);

		assert_int_equal(fake->n_resets, resets + 1);
		assert_int_equal(fake->n_closings, closings + 1);
		assert_true(fake->memory_at_closing);
		assert_false(reachable(fake, GPA, 1, false));
		vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 3);
		assert_false(pending(event));

		client_start(&fake->client, fake->vfu);
		assert_int_equal(client_version(&fake->client), 0);
	}
	close(event);
	close(memory);
}

/* ---- regions ---- */

static void test_region_bounds(void **state)
{
	static const struct {
		uint32_t region;
		uint64_t offset;
		uint32_t count;
	} bad[] = {
		{ REGION, REGION_SIZE, 1 }, { REGION, REGION_SIZE - 1, 2 },
		{ REGION, UINT64_MAX, 1 }, { REGION, UINT64_MAX - 3, 4 },
		{ REGION, 0, 0 }, { REGION, 0, REGION_SIZE + 1 }, { REGION, 0, UINT32_MAX },
		{ 1, 0, 4 }, { 8, 0, 1 }, { 9, 0, 4 }, { UINT32_MAX, 0, 4 },
	};
	struct fake *fake = *state;
	uint8_t byte;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct vfu_region_access access = { .offset = bad[i].offset,
						    .region = bad[i].region,
						    .count = bad[i].count };

		assert_int_equal(client_call(&fake->client, VFU_REGION_READ_CMD, &access,
					     sizeof(access), NULL, 0, NULL, 0), -EINVAL);
		assert_int_equal(client_call(&fake->client, VFU_REGION_WRITE_CMD, &access,
					     sizeof(access), NULL, 0, NULL, 0), -EINVAL);
	}
	assert_int_equal(fake->n_writes, 0);
	assert_int_equal(client_read(&fake->client, REGION, REGION_SIZE - 1, &byte, 1), 0);
}

/* The count says more than the message brings. */
static void test_write_without_data(void **state)
{
	struct vfu_region_access access = { .region = REGION, .count = 8 };
	uint8_t message[sizeof(access) + 7] = { 0 };
	struct fake *fake = *state;

	memcpy(message, &access, sizeof(access));
	assert_int_equal(client_call(&fake->client, VFU_REGION_WRITE_CMD, message, sizeof(message),
				     NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(fake->n_writes, 0);
}

static void test_posted_order(void **state)
{
	struct fake *fake = *state;
	uint8_t last;

	for (uint8_t i = 0; i < 64; i++)
		client_post_write(&fake->client, REGION, 0x10, &i, 1);
	/* A read comes behind all writes that were posted before it. */
	assert_int_equal(client_read(&fake->client, REGION, 0x10, &last, 1), 0);
	assert_int_equal(last, 63);
	assert_int_equal(fake->n_writes, 64);
	for (uint8_t i = 0; i < 64; i++)
		assert_int_equal(fake->order[i], i);
}

/* Nothing may be sent for it, not even the error. */
static void test_posted_error(void **state)
{
	struct fake *fake = *state;
	uint8_t byte = 1;

	client_post_write(&fake->client, 5, 0, &byte, 1);
	client_post(&fake->client, 99, NULL, 0);
	assert_int_equal(client_read(&fake->client, REGION, 0, &byte, 1), 0);
}

static void test_reset_twice(void **state)
{
	struct fake *fake = *state;
	int memory = client_memory(PAGE);

	assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, 0, 3), 0);
	for (unsigned int i = 1; i <= 2; i++) {
		assert_int_equal(client_call(&fake->client, VFU_RESET, NULL, 0, NULL, 0, NULL, 0),
				 0);
		assert_int_equal(fake->n_resets, i);
	}
	/* The maps stay. */
	assert_true(reachable(fake, GPA, PAGE, true));
	close(memory);
}

/* ---- memory ---- */

static void test_map(void **state)
{
	struct fake *fake = *state;
	int memory = client_memory(4 * PAGE);
	uint32_t *view = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	uint32_t *host;

	assert_int_equal(client_map(&fake->client, GPA, 2 * PAGE, memory, PAGE, 3), 0);
	view[PAGE / 4] = 0xabcd;
	mem_lock(fake->mem);
	host = mem_ptr(fake->mem, GPA, 2 * PAGE, true);
	assert_non_null(host);
	assert_int_equal(*host, 0xabcd);
	host[1] = 0x1234;
	mem_unlock(fake->mem);
	assert_int_equal(view[PAGE / 4 + 1], 0x1234);

	assert_int_equal(client_unmap(&fake->client, GPA, 2 * PAGE), 0);
	assert_false(reachable(fake, GPA, 1, false));
	munmap(view, 4 * PAGE);
	close(memory);
}

static void test_map_kinds(void **state)
{
	struct fake *fake = *state;
	int memory = client_memory(PAGE);

	assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, 0, VFU_DMA_READ), 0);
	assert_true(reachable(fake, GPA, PAGE, false));
	assert_false(reachable(fake, GPA, PAGE, true));
	/* Without a descriptor: known, but out of reach. */
	assert_int_equal(client_map(&fake->client, 2 * GPA, PAGE, -1, 0, 3), 0);
	assert_false(reachable(fake, 2 * GPA, PAGE, false));
	assert_int_equal(client_map(&fake->client, 3 * GPA, PAGE, memory, 0, 0), 0);
	assert_false(reachable(fake, 3 * GPA, PAGE, false));
	assert_int_equal(client_unmap(&fake->client, 2 * GPA, PAGE), 0);
	assert_int_equal(client_unmap(&fake->client, 3 * GPA, PAGE), 0);
	close(memory);
}

static void test_map_refused(void **state)
{
	struct fake *fake = *state;
	int memory = client_memory(2 * PAGE);
	int ends[2], two[2] = { memory, memory };
	struct vfu_dma_map map = { .argsz = sizeof(map), .flags = 3, .address = GPA, .size = PAGE };

	assert_int_equal(client_map(&fake->client, GPA, 0, memory, 0, 3), -EINVAL);
	assert_int_equal(client_map(&fake->client, GPA, 3 * PAGE, memory, 0, 3), -EINVAL);
	assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, 2 * PAGE, 3), -EINVAL);
	assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, 1, 3), -EINVAL);
	assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, -(uint64_t)PAGE, 3),
			 -EINVAL);
	assert_int_equal(client_map(&fake->client, GPA + 1, PAGE, memory, 0, 3), -EINVAL);
	assert_int_equal(client_map(&fake->client, GPA, PAGE, memory, 0, 7), -EINVAL);
	assert_int_equal(client_map(&fake->client, -(uint64_t)PAGE, 2 * PAGE, memory, 0, 3),
			 -EINVAL);
	assert_int_equal(client_map(&fake->client, 0, -(uint64_t)PAGE, memory, PAGE, 3), -EINVAL);
	assert_int_equal(client_call(&fake->client, VFU_DMA_MAP, &map, sizeof(map), two, 2, NULL,
				     0), -EINVAL);
	/* No file that can be mapped. */
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(client_map(&fake->client, GPA, PAGE, ends[0], 0, 3), -EINVAL);
	close(ends[0]);
	close(ends[1]);
	assert_false(reachable(fake, GPA, 1, false));
	close(memory);
}

static void test_map_overlap(void **state)
{
	struct fake *fake = *state;
	int memory = client_memory(8 * PAGE);

	assert_int_equal(client_map(&fake->client, GPA, 4 * PAGE, memory, 0, 3), 0);
	assert_int_equal(client_map(&fake->client, GPA, 4 * PAGE, memory, 0, 3), -EEXIST);
	assert_int_equal(client_map(&fake->client, GPA + 3 * PAGE, PAGE, memory, 0, 3), -EEXIST);
	assert_int_equal(client_map(&fake->client, GPA - PAGE, 2 * PAGE, memory, 0, 3), -EEXIST);
	assert_int_equal(client_map(&fake->client, GPA - PAGE, 8 * PAGE, memory, 0, 3), -EEXIST);
	assert_int_equal(client_map(&fake->client, GPA + 4 * PAGE, PAGE, memory, 0, 3), 0);
	assert_int_equal(client_map(&fake->client, GPA - PAGE, PAGE, memory, 0, 3), 0);
	close(memory);
}

static void test_unmap_unknown(void **state)
{
	struct fake *fake = *state;
	int memory = client_memory(4 * PAGE);

	assert_int_equal(client_map(&fake->client, GPA, 4 * PAGE, memory, 0, 3), 0);
	assert_int_equal(client_unmap(&fake->client, 0, 1ull << 47), -ENOENT);
	assert_int_equal(client_unmap(&fake->client, GPA, PAGE), -ENOENT);
	assert_int_equal(client_unmap(&fake->client, GPA + PAGE, 3 * PAGE), -ENOENT);
	assert_int_equal(client_unmap(&fake->client, GPA, 0), -ENOENT);
	assert_true(reachable(fake, GPA, 4 * PAGE, true));
	close(memory);
}

static void test_unmap_all(void **state)
{
	struct vfu_dma_unmap unmap = { .argsz = sizeof(unmap), .flags = VFU_UNMAP_ALL };
	struct fake *fake = *state;
	int memory = client_memory(PAGE);

	for (unsigned int i = 1; i <= 20; i++)
		assert_int_equal(client_map(&fake->client, i * GPA, PAGE, memory, 0, 3), 0);
	unmap.size = PAGE;
	assert_int_equal(client_call(&fake->client, VFU_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0,
				     NULL, 0), -EINVAL);
	unmap.size = 0;
	assert_int_equal(client_call(&fake->client, VFU_DMA_UNMAP, &unmap, sizeof(unmap), NULL, 0,
				     &unmap, sizeof(unmap)), 0);
	for (unsigned int i = 1; i <= 20; i++)
		assert_false(reachable(fake, i * GPA, 1, false));
	close(memory);
}

struct holder {
	struct fake *fake;
	pthread_barrier_t held;
	_Atomic bool released;
};

static void *hold_memory(void *opaque)
{
	const struct timespec while_held = { .tv_nsec = 50 * 1000 * 1000 };
	struct holder *holder = opaque;
	volatile uint8_t *host;

	mem_lock(holder->fake->mem);
	host = mem_ptr(holder->fake->mem, GPA, PAGE, true);
	assert_non_null(host);
	pthread_barrier_wait(&holder->held);
	nanosleep(&while_held, NULL);
	host[0]++;
	holder->released = true;
	mem_unlock(holder->fake->mem);
	return NULL;
}

static void test_unmap_waits_for_dma(void **state)
{
	struct holder holder = { .fake = *state };
	int memory = client_memory(PAGE);
	pthread_t thread;

	assert_int_equal(client_map(&holder.fake->client, GPA, PAGE, memory, 0, 3), 0);
	pthread_barrier_init(&holder.held, NULL, 2);
	pthread_create(&thread, NULL, hold_memory, &holder);
	pthread_barrier_wait(&holder.held);
	assert_int_equal(client_unmap(&holder.fake->client, GPA, PAGE), 0);
	assert_true(holder.released);
	pthread_join(thread, NULL);
	pthread_barrier_destroy(&holder.held);
	close(memory);
}

/* ---- interrupts ---- */

static void test_irqs(void **state)
{
	const uint32_t connect = VFU_SET_EVENTFD | VFU_SET_TRIGGER;
	struct fake *fake = *state;
	int events[4];

	for (unsigned int i = 0; i < 4; i++)
		events[i] = eventfd(0, i % 2 ? EFD_NONBLOCK : 0);
	/* As QEMU begins: the priming message without a descriptor, then vector by vector. */
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 0, 1, NULL, 0), 0);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 2, 3, events, 3), 0);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 2);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 4);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 4);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 5);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 500);
	assert_int_equal(drain(events[0]), 1);
	assert_int_equal(drain(events[1]), 0);
	assert_int_equal(drain(events[2]), 2);

	/* Moved to another descriptor, disconnected, all off. */
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 4, 1, &events[3], 1),
			 0);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 4);
	assert_int_equal(drain(events[2]), 0);
	assert_int_equal(drain(events[3]), 1);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 4, 1, NULL, 0), 0);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 4);
	assert_int_equal(drain(events[3]), 0);
	assert_int_equal(client_set_irqs(&fake->client, VFU_SET_NONE | VFU_SET_TRIGGER,
					 VFU_IRQ_MSIX, 0, 0, NULL, 0), 0);
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 2);
	assert_int_equal(drain(events[0]), 0);
	for (unsigned int i = 0; i < 4; i++)
		close(events[i]);
}

static void test_irq_loopback(void **state)
{
	struct {
		struct vfu_irq_set set;
		uint8_t bools[2];
	} __attribute__((packed)) message = {
		.set = { .argsz = sizeof(message), .flags = VFU_SET_BOOL | VFU_SET_TRIGGER,
			 .index = VFU_IRQ_MSIX, .start = 0, .count = 2 },
		.bools = { 0, 1 },
	};
	struct fake *fake = *state;
	int events[2] = { eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK) };

	assert_int_equal(client_set_irqs(&fake->client, VFU_SET_EVENTFD | VFU_SET_TRIGGER,
					 VFU_IRQ_MSIX, 0, 2, events, 2), 0);
	assert_int_equal(client_call(&fake->client, VFU_SET_IRQS, &message, sizeof(message), NULL,
				     0, NULL, 0), 0);
	assert_int_equal(drain(events[0]), 0);
	assert_int_equal(drain(events[1]), 1);
	assert_int_equal(client_call(&fake->client, VFU_SET_IRQS, &message, sizeof(message) - 1,
				     NULL, 0, NULL, 0), -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, VFU_SET_NONE | VFU_SET_TRIGGER,
					 VFU_IRQ_MSIX, 0, 1, NULL, 0), 0);
	assert_int_equal(drain(events[0]), 1);
	close(events[0]);
	close(events[1]);
}

static void test_irqs_refused(void **state)
{
	const uint32_t connect = VFU_SET_EVENTFD | VFU_SET_TRIGGER;
	struct fake *fake = *state;
	int event = eventfd(0, EFD_NONBLOCK);
	int many[20];

	for (unsigned int i = 0; i < 20; i++)
		many[i] = event;
	assert_int_equal(client_set_irqs(&fake->client, connect, 5, 0, 1, &event, 1), -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_INTX, 0, 1, &event, 1),
			 -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 32, 1, &event, 1),
			 -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 1, UINT32_MAX,
					 &event, 1), -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, UINT32_MAX, 2,
					 &event, 1), -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 0, 2, &event, 1),
			 -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 0, 0, &event, 1),
			 -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, 0x3f, VFU_IRQ_MSIX, 0, 1, NULL, 0),
			 -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, 0, VFU_IRQ_MSIX, 0, 1, NULL, 0), -EINVAL);
	assert_int_equal(client_set_irqs(&fake->client, 0x9, VFU_IRQ_MSIX, 0, 1, NULL, 0), -EINVAL);
	/* More descriptors than a message may carry end the connection. */
	assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 0, 20, many, 20),
			 -EPIPE);
	close(event);
}

struct raiser {
	struct vfu *vfu;
	_Atomic bool stop;
};

static void *raise_often(void *opaque)
{
	struct raiser *raiser = opaque;

	while (!raiser->stop)
		vfu_irq_raise(raiser->vfu, VFU_IRQ_MSIX, 7);
	return NULL;
}

static void test_irqs_replaced_while_raising(void **state)
{
	const uint32_t connect = VFU_SET_EVENTFD | VFU_SET_TRIGGER;
	struct fake *fake = *state;
	struct raiser raiser = { .vfu = fake->vfu };
	pthread_t thread;

	pthread_create(&thread, NULL, raise_often, &raiser);
	for (unsigned int i = 0; i < 200; i++) {
		int event = eventfd(0, EFD_NONBLOCK);

		assert_int_equal(client_set_irqs(&fake->client, connect, VFU_IRQ_MSIX, 7, 1,
						 i % 5 ? &event : NULL, i % 5 ? 1 : 0), 0);
		close(event);
	}
	raiser.stop = true;
	pthread_join(thread, NULL);
}

/* A client that hands out a full eventfd must not stop whoever raises. */
static void test_irq_full(void **state)
{
	struct fake *fake = *state;
	int event = eventfd(0, 0);
	const uint64_t full = UINT64_MAX - 1;

	assert_int_equal(client_set_irqs(&fake->client, VFU_SET_EVENTFD | VFU_SET_TRIGGER,
					 VFU_IRQ_MSIX, 0, 1, &event, 1), 0);
	assert_int_equal(write(event, &full, sizeof(full)), sizeof(full));
	vfu_irq_raise(fake->vfu, VFU_IRQ_MSIX, 0);
	assert_int_equal(drain(event), full);
	close(event);
}

/* ---- listening ---- */

struct server {
	struct vfu *vfu;
	int fd;
	int ret;
};

static void *serve(void *opaque)
{
	struct server *server = opaque;

	server->ret = vfu_serve(server->vfu, server->fd);
	return NULL;
}

static int dial(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, path);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		close(fd);
		return -errno;
	}
	return fd;
}

static void test_listen(void **state)
{
	char dir[] = "/tmp/vsoc-test-XXXXXX", path[64], long_path[200];
	struct fake *fake = *state;
	struct server server = { .vfu = fake->vfu };
	struct vfu_client client = { 0 };
	pthread_t thread;
	int file;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	memset(long_path, 'x', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(vfu_listen(long_path), -ENAMETOOLONG);

	/* A file that is no socket is left alone. */
	file = open(path, O_CREAT | O_RDWR, 0600);
	close(file);
	assert_int_equal(vfu_listen(path), -EADDRINUSE);
	unlink(path);

	/* A dead socket is replaced, a live one is not. */
	server.fd = vfu_listen(path);
	assert_true(server.fd >= 0);
	assert_int_equal(vfu_listen(path), -EADDRINUSE);
	close(server.fd);
	server.fd = vfu_listen(path);
	assert_true(server.fd >= 0);

	/* One client after the other; the last is still there when the server is stopped. */
	client_finish(&fake->client);
	pthread_create(&thread, NULL, serve, &server);
	for (unsigned int i = 0; i < 3; i++) {
		if (i)
			close(client.fd);
		client.fd = dial(path);
		assert_true(client.fd >= 0);
		assert_int_equal(client_version(&client), 0);
	}
	vfu_stop(fake->vfu);
	pthread_join(thread, NULL);
	assert_int_equal(server.ret, 0);
	close(client.fd);
	close(server.fd);
	unlink(path);
	rmdir(dir);
	client_start(&fake->client, fake->vfu);
}

/* Stopped before it has begun. */
static void test_stop_early(void **state)
{
	struct fake *fake = *state;
	struct server server = { .vfu = fake->vfu };

	client_finish(&fake->client);
	vfu_stop(fake->vfu);
	server.fd = -1;
	serve(&server);
	assert_int_equal(server.ret, 0);
	client_start(&fake->client, fake->vfu);
}

#define NEGOTIATED(test) cmocka_unit_test_setup_teardown(test, setup_negotiated, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_version, setup, teardown),
		cmocka_unit_test_setup_teardown(test_version_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_sizes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_listen, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stop_early, setup, teardown),
		NEGOTIATED(test_info),
		NEGOTIATED(test_short_argsz),
		NEGOTIATED(test_bad_index),
		NEGOTIATED(test_unknown_commands),
		NEGOTIATED(test_truncated_payloads),
		NEGOTIATED(test_unsolicited_reply),
		NEGOTIATED(test_message_in_pieces),
		NEGOTIATED(test_vanish),
		NEGOTIATED(test_region_bounds),
		NEGOTIATED(test_write_without_data),
		NEGOTIATED(test_posted_order),
		NEGOTIATED(test_posted_error),
		NEGOTIATED(test_reset_twice),
		NEGOTIATED(test_map),
		NEGOTIATED(test_map_kinds),
		NEGOTIATED(test_map_refused),
		NEGOTIATED(test_map_overlap),
		NEGOTIATED(test_unmap_unknown),
		NEGOTIATED(test_unmap_all),
		NEGOTIATED(test_unmap_waits_for_dma),
		NEGOTIATED(test_irqs),
		NEGOTIATED(test_irq_loopback),
		NEGOTIATED(test_irqs_refused),
		NEGOTIATED(test_irqs_replaced_while_raising),
		NEGOTIATED(test_irq_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
