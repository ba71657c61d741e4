// SPDX-License-Identifier: GPL-2.0
/*
 * vk_compute [--device NAME] [--out FILE] PROGRAM.spv... : run compute programs on one Vulkan
 * device.
 *
 * Every program has three storage buffers in set 0: two inputs of words that are the same each
 * time, and the output. With --out the outputs are written one after the other, to be compared with
 * what another device made of the same programs. "fill", "copy", "update" and "indirect" in place
 * of a program name are the transfer commands and an indirect dispatch of the program after it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vulkan/vulkan.h>

#define WORDS 16384
#define BYTES (WORDS * 4)
#define GROUPS 16

#define CHECK(call)                                                 \
	do {                                                        \
		VkResult check_ = (call);                           \
                                                                    \
		if (check_ != VK_SUCCESS) {                         \
			fprintf(stderr, "%s: %d\n", #call, check_); \
			exit(1);                                    \
		}                                                   \
	} while (0)

struct buffer {
	VkBuffer buffer;
	VkDeviceMemory memory;
	uint32_t *words;
};

struct context {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkCommandPool pool;
	VkDescriptorSetLayout set_layout;
	VkPipelineLayout layout;
	VkDescriptorPool descriptors;
	VkDescriptorSet set;
	struct buffer buffer[4]; /* in, in, out, indirect */
	FILE *out;
	unsigned int groups, repeat;
};

static void create_instance(struct context *c, const char *wanted)
{
	VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
				 .apiVersion = VK_API_VERSION_1_3};
	VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
				     .pApplicationInfo = &app};
	VkPhysicalDevice devices[8];
	uint32_t count = 8;

	CHECK(vkCreateInstance(&info, NULL, &c->instance));
	vkEnumeratePhysicalDevices(c->instance, &count, devices);
	for (uint32_t n = 0; n < count; n++) {
		VkPhysicalDeviceProperties properties;

		vkGetPhysicalDeviceProperties(devices[n], &properties);
		if (wanted && !strstr(properties.deviceName, wanted))
			continue;
		c->physical = devices[n];
		return;
	}
	fprintf(stderr, "no device %s\n", wanted ? wanted : "");
	exit(1);
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
		.shaderFloat16 = VK_TRUE,
		.shaderInt8 = VK_TRUE,
		.shaderSubgroupExtendedTypes = VK_TRUE,
		.storageBuffer8BitAccess = VK_TRUE,
		.bufferDeviceAddress = VK_TRUE,
	};
	VkPhysicalDeviceVulkan11Features features11 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
		.pNext = &features12,
		.storageBuffer16BitAccess = VK_TRUE,
	};
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &features11,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.pEnabledFeatures = &(VkPhysicalDeviceFeatures){.shaderInt64 = VK_TRUE,
								.shaderInt16 = VK_TRUE,
								.robustBufferAccess = VK_TRUE},
	};
	VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};

	CHECK(vkCreateDevice(c->physical, &info, NULL, &c->device));
	vkGetDeviceQueue(c->device, 0, 0, &c->queue);
	CHECK(vkCreateCommandPool(c->device, &pool, NULL, &c->pool));
}

static void create_buffer(struct context *c, struct buffer *b)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = BYTES,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
			 VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT,
	};
	VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
	VkPhysicalDeviceMemoryProperties types;
	VkMemoryRequirements need;
	uint32_t wanted = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
			  VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

	CHECK(vkCreateBuffer(c->device, &info, NULL, &b->buffer));
	vkGetBufferMemoryRequirements(c->device, b->buffer, &need);
	vkGetPhysicalDeviceMemoryProperties(c->physical, &types);
	while ((types.memoryTypes[allocate.memoryTypeIndex].propertyFlags & wanted) != wanted)
		allocate.memoryTypeIndex++;
	allocate.allocationSize = need.size;
	CHECK(vkAllocateMemory(c->device, &allocate, NULL, &b->memory));
	CHECK(vkBindBufferMemory(c->device, b->buffer, b->memory, 0));
	CHECK(vkMapMemory(c->device, b->memory, 0, VK_WHOLE_SIZE, 0, (void **)&b->words));
}

static void create_layout(struct context *c)
{
	VkDescriptorSetLayoutBinding bindings[3];
	VkDescriptorSetLayoutCreateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = 3,
		.pBindings = bindings,
	};
	VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1,
		.pSetLayouts = &c->set_layout,
	};
	VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, 3};
	VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = 1,
		.pPoolSizes = &size,
	};
	VkDescriptorSetAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1,
		.pSetLayouts = &c->set_layout,
	};

	for (uint32_t n = 0; n < 3; n++)
		bindings[n] = (VkDescriptorSetLayoutBinding){n, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
							     1, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
	CHECK(vkCreateDescriptorSetLayout(c->device, &set, NULL, &c->set_layout));
	CHECK(vkCreatePipelineLayout(c->device, &layout, NULL, &c->layout));
	CHECK(vkCreateDescriptorPool(c->device, &pool, NULL, &c->descriptors));
	allocate.descriptorPool = c->descriptors;
	CHECK(vkAllocateDescriptorSets(c->device, &allocate, &c->set));
	for (uint32_t n = 0; n < 3; n++) {
		VkDescriptorBufferInfo buffer = {c->buffer[n].buffer, 0, BYTES};
		VkWriteDescriptorSet write = {
			.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
			.dstSet = c->set,
			.dstBinding = n,
			.descriptorCount = 1,
			.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
			.pBufferInfo = &buffer,
		};

		vkUpdateDescriptorSets(c->device, 1, &write, 0, NULL);
	}
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Words of all sizes: few programs do anything interesting with 32 random bits only. */
static void fill_inputs(struct context *c)
{
	uint32_t state = 12345;

	for (unsigned int n = 0; n < WORDS; n++) {
		uint32_t a = next_random(&state), b = next_random(&state);

		c->buffer[0].words[n] = n % 3 ? a : a >> (a & 31);
		c->buffer[1].words[n] = n % 2 ? b : b >> (b & 31);
	}
	memset(c->buffer[2].words, 0, BYTES);
	memset(c->buffer[3].words, 0, BYTES);
	for (unsigned int n = 0; n < 3; n++)
		c->buffer[3].words[n] = n ? 1 : c->groups;
}

static VkPipeline create_pipeline(struct context *c, const char *path)
{
	VkShaderModuleCreateInfo module = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage =
			{
				.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
				.stage = VK_SHADER_STAGE_COMPUTE_BIT,
				.pName = "main",
			},
		.layout = c->layout,
	};
	static uint32_t code[1 << 18];
	FILE *file = fopen(path, "rb");
	VkPipeline pipeline;

	if (!file) {
		perror(path);
		exit(1);
	}
	module.codeSize = fread(code, 1, sizeof(code), file);
	module.pCode = code;
	fclose(file);
	CHECK(vkCreateShaderModule(c->device, &module, NULL, &info.stage.module));
	CHECK(vkCreateComputePipelines(c->device, VK_NULL_HANDLE, 1, &info, NULL, &pipeline));
	vkDestroyShaderModule(c->device, info.stage.module, NULL);
	return pipeline;
}

static void record_transfer(struct context *c, VkCommandBuffer commands, const char *what)
{
	VkBuffer in = c->buffer[0].buffer, out = c->buffer[2].buffer;

	if (!strcmp(what, "fill")) {
		vkCmdFillBuffer(commands, out, 64, BYTES - 128, 0x12345678);
	} else if (!strcmp(what, "copy")) {
		VkBufferCopy regions[] = {
			{4, 8, 400}, {1000, 2000, 1}, {4097, 8195, 4001}, {20000, 30000, 8192}};

		vkCmdCopyBuffer(commands, in, out, 4, regions);
	} else {
		uint32_t data[64];

		for (unsigned int n = 0; n < 64; n++)
			data[n] = n * 0x01010101;
		vkCmdUpdateBuffer(commands, out, 128, sizeof(data), data);
	}
}

static bool is_transfer(const char *what)
{
	return !strcmp(what, "fill") || !strcmp(what, "copy") || !strcmp(what, "update");
}

static void record(struct context *c, VkCommandBuffer commands, const char *what,
		   VkPipeline pipeline, bool indirect)
{
	VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};

	CHECK(vkBeginCommandBuffer(commands, &begin));
	if (pipeline) {
		vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
		vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, c->layout, 0, 1,
					&c->set, 0, NULL);
		if (indirect)
			vkCmdDispatchIndirect(commands, c->buffer[3].buffer, 0);
		else
			vkCmdDispatch(commands, c->groups, 1, 1);
	} else {
		record_transfer(c, commands, what);
	}
	CHECK(vkEndCommandBuffer(commands));
}

static double submit(struct context *c, VkCommandBuffer commands)
{
	VkSubmitInfo info = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &commands,
	};
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK(vkQueueSubmit(c->queue, 1, &info, VK_NULL_HANDLE));
	CHECK(vkQueueWaitIdle(c->queue));
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6;
}

static void run(struct context *c, const char *what, bool indirect)
{
	VkPipeline pipeline = is_transfer(what) ? VK_NULL_HANDLE : create_pipeline(c, what);
	VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = c->pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	VkCommandBuffer commands;
	double best = 1e9;

	CHECK(vkAllocateCommandBuffers(c->device, &allocate, &commands));
	record(c, commands, what, pipeline, indirect);
	for (unsigned int n = 0; n < c->repeat; n++) {
		double ms;

		fill_inputs(c);
		ms = submit(c, commands);
		best = ms < best ? ms : best;
	}
	if (c->out)
		fwrite(c->buffer[2].words, 1, BYTES, c->out);
	printf("%s%s %.3f ms\n", what, indirect ? " indirect" : "", best);
	vkFreeCommandBuffers(c->device, c->pool, 1, &commands);
	vkDestroyPipeline(c->device, pipeline, NULL);
}

static void destroy(struct context *c)
{
	for (unsigned int n = 0; n < 4; n++) {
		vkDestroyBuffer(c->device, c->buffer[n].buffer, NULL);
		vkFreeMemory(c->device, c->buffer[n].memory, NULL);
	}
	vkDestroyDescriptorPool(c->device, c->descriptors, NULL);
	vkDestroyPipelineLayout(c->device, c->layout, NULL);
	vkDestroyDescriptorSetLayout(c->device, c->set_layout, NULL);
	vkDestroyCommandPool(c->device, c->pool, NULL);
	vkDestroyDevice(c->device, NULL);
	vkDestroyInstance(c->instance, NULL);
}

int main(int argc, char **argv)
{
	struct context c = {.groups = GROUPS, .repeat = 1};
	const char *wanted = NULL;
	bool indirect = false;
	int n = 1;

	for (; n + 1 < argc && !strncmp(argv[n], "--", 2); n += 2) {
		if (!strcmp(argv[n], "--device"))
			wanted = argv[n + 1];
		else if (!strcmp(argv[n], "--groups"))
			c.groups = strtoul(argv[n + 1], NULL, 0);
		else if (!strcmp(argv[n], "--repeat"))
			c.repeat = strtoul(argv[n + 1], NULL, 0);
		else if (!strcmp(argv[n], "--out"))
			c.out = fopen(argv[n + 1], "wb");
	}
	create_instance(&c, wanted);
	create_device(&c);
	for (unsigned int b = 0; b < 4; b++)
		create_buffer(&c, &c.buffer[b]);
	create_layout(&c);
	for (; n < argc; n++) {
		if (!strcmp(argv[n], "indirect")) {
			indirect = true;
			continue;
		}
		run(&c, argv[n], indirect);
		indirect = false;
	}
	if (c.out)
		fclose(c.out);
	destroy(&c);
	return 0;
}
