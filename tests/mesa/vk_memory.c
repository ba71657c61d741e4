// SPDX-License-Identifier: GPL-2.0
/*
 * vk_memory: memory of every type and many sizes, dedicated and sparse, shared by two processes;
 * timeline semaphores, calibrated timestamps. What was written is read back. One result line each;
 * 1 when one failed. No shader runs.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vk_client.h"

struct context {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkPhysicalDeviceMemoryProperties memory;
};

static int failures;

static void report(bool good, const char *name)
{
	printf("%s %s\n", good ? "ok" : "not ok", name);
	fflush(stdout);
	failures += !good;
}

static void find_device(struct context *c)
{
	c->instance = vk_create_instance();
	c->physical = vk_find_device(c->instance, "Apple");
	vkGetPhysicalDeviceMemoryProperties(c->physical, &c->memory);
}

static void create_device(struct context *c)
{
	float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	VkPhysicalDeviceVulkan12Features features12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
		.timelineSemaphore = VK_TRUE,
	};
	const char *extensions[] = {"VK_KHR_external_memory_fd", "VK_EXT_external_memory_dma_buf",
				    "VK_KHR_calibrated_timestamps"};
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &features12,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.enabledExtensionCount = 3,
		.ppEnabledExtensionNames = extensions,
		.pEnabledFeatures = &(VkPhysicalDeviceFeatures){.sparseBinding = VK_TRUE,
								.sparseResidencyBuffer = VK_TRUE},
	};

	CHECK(vkCreateDevice(c->physical, &info, NULL, &c->device));
	vkGetDeviceQueue(c->device, 0, 0, &c->queue);
}

/* The first word of each 64 KiB. What Mesa hands out may have been used before: it is no zeros. */
static bool pattern_holds(struct context *c, VkDeviceMemory memory, VkDeviceSize size)
{
	const VkDeviceSize step = 65536 / 4;
	uint32_t *words;
	bool good = true;

	if (vkMapMemory(c->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&words))
		return false;
	for (VkDeviceSize n = 0; n < size / 4; n += step)
		words[n] = (uint32_t)(n * 2654435761u + 1);
	for (VkDeviceSize n = 0; n < size / 4; n += step)
		good = good && words[n] == (uint32_t)(n * 2654435761u + 1);
	vkUnmapMemory(c->device, memory);
	return good;
}

static void sizes(struct context *c)
{
	const VkDeviceSize list[] = {1, 4096, 16384, 16385, 1 << 20, (1 << 20) + 4, 64 << 20,
				     256 << 20, 1u << 30};
	char name[96];

	for (uint32_t type = 0; type < c->memory.memoryTypeCount; type++) {
		uint64_t heap = c->memory.memoryHeaps[c->memory.memoryTypes[type].heapIndex].size;

		for (unsigned int n = 0; n < sizeof(list) / sizeof(list[0]); n++) {
			VkMemoryAllocateInfo info = {
				.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
				.allocationSize = list[n],
				.memoryTypeIndex = type,
			};
			VkDeviceMemory memory;
			bool good = !vkAllocateMemory(c->device, &info, NULL, &memory);
			/* All of a gigabyte is more than a small guest has: only ask for it. */
			bool touch = list[n] <= (64 << 20) &&
				     c->memory.memoryTypes[type].propertyFlags &
					     VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT;

			if (good && touch)
				good = pattern_holds(c, memory, list[n]);
			if (good)
				vkFreeMemory(c->device, memory, NULL);
			snprintf(name, sizeof(name), "memory/type-%u-%" PRIu64, type,
				 (uint64_t)list[n]);
			if (list[n] > heap)
				printf("skip %s # the heap has %" PRIu64 " bytes\n", name, heap);
			else
				report(good, name);
		}
	}
}

/* Many live at once, freed in another order than they came. */
static void many(struct context *c)
{
	static VkDeviceMemory list[1000];
	bool good = true;

	for (unsigned int n = 0; n < 1000; n++) {
		VkMemoryAllocateInfo info = {
			.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
			.allocationSize = 16384 + n % 7 * 20000,
		};

		good = good && !vkAllocateMemory(c->device, &info, NULL, &list[n]);
	}
	for (unsigned int n = 0; n < 1000; n++)
		vkFreeMemory(c->device, list[n * 37 % 1000], NULL);
	report(good, "memory/thousand");
}

static VkBuffer create_buffer(struct context *c, VkDeviceSize size, VkBufferCreateFlags flags,
			      VkMemoryRequirements *need)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.flags = flags,
		.size = size,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
	};
	VkBuffer buffer;

	CHECK(vkCreateBuffer(c->device, &info, NULL, &buffer));
	vkGetBufferMemoryRequirements(c->device, buffer, need);
	return buffer;
}

static void dedicated(struct context *c)
{
	VkMemoryRequirements need;
	VkBuffer buffer = create_buffer(c, 5 << 20, 0, &need);
	VkMemoryDedicatedAllocateInfo one = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO, .buffer = buffer};
	VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
				     .pNext = &one,
				     .allocationSize = need.size};
	VkDeviceMemory memory;

	CHECK(vkAllocateMemory(c->device, &info, NULL, &memory));
	report(!vkBindBufferMemory(c->device, buffer, memory, 0) &&
		       pattern_holds(c, memory, 5 << 20), "memory/dedicated");
	vkDestroyBuffer(c->device, buffer, NULL);
	vkFreeMemory(c->device, memory, NULL);
}

/* Pages of a large buffer come, move and go. */
static void sparse(struct context *c)
{
	VkMemoryRequirements need;
	VkBuffer buffer = create_buffer(c, 1ull << 32,
					VK_BUFFER_CREATE_SPARSE_BINDING_BIT |
						VK_BUFFER_CREATE_SPARSE_RESIDENCY_BIT, &need);
	VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
				     .allocationSize = 64 * need.alignment};
	VkSparseMemoryBind binds[64];
	VkSparseBufferMemoryBindInfo list = {buffer, 64, binds};
	VkBindSparseInfo bind = {.sType = VK_STRUCTURE_TYPE_BIND_SPARSE_INFO,
				 .bufferBindCount = 1,
				 .pBufferBinds = &list};
	VkDeviceMemory memory;
	bool good = true;

	CHECK(vkAllocateMemory(c->device, &info, NULL, &memory));
	for (unsigned int turn = 0; turn < 3 && good; turn++) {
		for (unsigned int n = 0; n < 64; n++)
			binds[n] = (VkSparseMemoryBind){
				.resourceOffset = (uint64_t)n * (n % 8 + turn + 1) * need.alignment,
				.size = need.alignment,
				.memory = turn == 2 ? VK_NULL_HANDLE : memory,
				.memoryOffset = (63 - n) * need.alignment,
			};
		good = !vkQueueBindSparse(c->queue, 1, &bind, VK_NULL_HANDLE) &&
		       !vkQueueWaitIdle(c->queue);
	}
	report(good, "memory/sparse");
	vkDestroyBuffer(c->device, buffer, NULL);
	vkFreeMemory(c->device, memory, NULL);
}

#define SHARED_SIZE	(1 << 20)

/* The other process: what the first one has written is there. */
static int import(int fd)
{
	VkImportMemoryFdInfoKHR import = {
		.sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
		.handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT,
		.fd = fd};
	VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
				     .pNext = &import,
				     .allocationSize = SHARED_SIZE};
	struct context c = {0};
	VkDeviceMemory memory;
	uint32_t *words;
	bool good;

	find_device(&c);
	create_device(&c);
	CHECK(vkAllocateMemory(c.device, &info, NULL, &memory));
	CHECK(vkMapMemory(c.device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&words));
	good = words[1000] == 0x600d;
	words[2000] = 0xbeef;
	vkFreeMemory(c.device, memory, NULL);
	vkDestroyDevice(c.device, NULL);
	vkDestroyInstance(c.instance, NULL);
	return !good;
}

static bool import_elsewhere(int fd)
{
	char number[16];
	int status = 1;
	pid_t child = fork();

	if (!child) {
		snprintf(number, sizeof(number), "%d", fd);
		fcntl(fd, F_SETFD, 0);
		execl("/proc/self/exe", "vk_memory", "import", number, NULL);
		_exit(1);
	}
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

/* Exported by one process, imported by another: the same bytes. */
static void shared(struct context *c)
{
	VkExportMemoryAllocateInfo export = {
		.sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
		.handleTypes = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
	VkMemoryAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
				     .pNext = &export,
				     .allocationSize = SHARED_SIZE};
	PFN_vkGetMemoryFdKHR get_fd =
		(PFN_vkGetMemoryFdKHR)vkGetDeviceProcAddr(c->device, "vkGetMemoryFdKHR");
	VkMemoryGetFdInfoKHR get = {.sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
				    .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT};
	VkDeviceMemory memory;
	uint32_t *words;
	bool good;
	int fd;

	CHECK(vkAllocateMemory(c->device, &info, NULL, &memory));
	get.memory = memory;
	CHECK(get_fd(c->device, &get, &fd));
	CHECK(vkMapMemory(c->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)&words));
	words[1000] = 0x600d;
	words[2000] = 0;
	good = import_elsewhere(fd);
	report(good && words[2000] == 0xbeef, "memory/dma-buf");
	close(fd);
	vkFreeMemory(c->device, memory, NULL);
}

static void timeline(struct context *c)
{
	VkSemaphoreTypeCreateInfo type = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
					  .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE};
	VkSemaphoreCreateInfo info = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
				      .pNext = &type};
	uint64_t first = 5, second = 6, value;
	VkTimelineSemaphoreSubmitInfo values = {
		.sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
		.waitSemaphoreValueCount = 1, .pWaitSemaphoreValues = &first,
		.signalSemaphoreValueCount = 1, .pSignalSemaphoreValues = &second};
	VkPipelineStageFlags stage = VK_PIPELINE_STAGE_ALL_COMMANDS_BIT;
	VkSubmitInfo submit = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
			       .pNext = &values,
			       .waitSemaphoreCount = 1,
			       .pWaitDstStageMask = &stage,
			       .signalSemaphoreCount = 1};
	VkSemaphoreSignalInfo signal = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_SIGNAL_INFO,
					.value = 5};
	VkSemaphoreWaitInfo wait = {.sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
				    .semaphoreCount = 1, .pValues = &second};
	VkSemaphore semaphore;
	bool good;

	CHECK(vkCreateSemaphore(c->device, &info, NULL, &semaphore));
	submit.pWaitSemaphores = submit.pSignalSemaphores = &semaphore;
	signal.semaphore = semaphore;
	wait.pSemaphores = &semaphore;
	good = !vkQueueSubmit(c->queue, 1, &submit, VK_NULL_HANDLE);
	usleep(100000);
	vkGetSemaphoreCounterValue(c->device, semaphore, &value);
	good = good && value == 0 && !vkSignalSemaphore(c->device, &signal) &&
	       !vkWaitSemaphores(c->device, &wait, 20000000000ull);
	vkGetSemaphoreCounterValue(c->device, semaphore, &value);
	report(good && value == 6, "sync/timeline");
	vkQueueWaitIdle(c->queue);
	vkDestroySemaphore(c->device, semaphore, NULL);
}

static void calibrated(struct context *c)
{
	PFN_vkGetCalibratedTimestampsKHR get = (PFN_vkGetCalibratedTimestampsKHR)
		vkGetDeviceProcAddr(c->device, "vkGetCalibratedTimestampsKHR");
	VkCalibratedTimestampInfoKHR info = {
		.sType = VK_STRUCTURE_TYPE_CALIBRATED_TIMESTAMP_INFO_KHR,
		.timeDomain = VK_TIME_DOMAIN_DEVICE_KHR};
	uint64_t before, after, deviation;

	CHECK(get(c->device, 1, &info, &before, &deviation));
	usleep(50000);
	CHECK(get(c->device, 1, &info, &after, &deviation));
	report(after - before >= 50000000 && after - before < 5000000000ull, "sync/timestamps");
}

int main(int argc, char **argv)
{
	struct context c = {0};

	if (argc == 3 && !strcmp(argv[1], "import"))
		return import(atoi(argv[2]));
	find_device(&c);
	create_device(&c);
	sizes(&c);
	many(&c);
	dedicated(&c);
	sparse(&c);
	shared(&c);
	timeline(&c);
	calibrated(&c);
	vkDestroyDevice(c.device, NULL);
	vkDestroyInstance(c.instance, NULL);
	return !!failures;
}
