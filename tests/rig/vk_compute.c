// SPDX-License-Identifier: GPL-2.0
/*
 * vk_compute [--device NAME] [--out FILE] [--inputs FILE] [--start FIFO] [--groups N] [--repeat N]
 *            [--dispatches N] [--words N] [--side N] [--floats 1] PROGRAM... :
 * run compute programs (SPIR-V files) on one Vulkan device.
 *
 * Every program has set 0: two storage buffers of words that are the same each time (0, 1), the
 * output (2), the start of the first input as a uniform buffer (3) and an image of 64x64 words that
 * starts as zeros (4); struct push is its push constants. Programs with "texture" in their name have
 * the images and samplers of vk_textures.c as set 1. With --out the outputs are written one
 * after the other, to be compared with what another device made of the same programs. In place of a
 * program, "fill", "copy" and "update" are the transfer commands; "indirect" and "chain" before one
 * dispatch it indirectly, or four times with a barrier between.
 *
 * For benchmarks: other sizes of the buffers and the image, inputs that are floats from 0 to 1, many
 * dispatches in a submission, many submissions. A line a program tells the time of the fastest one, and
 * the memory that the process had after the first and after the last.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vk_client.h"
#include "vk_textures.h"

#define WORDS 16384
#define GROUPS 16
#define SIDE 64 /* of the image */
#define UNIFORM_BYTES 16384

struct buffer {
	VkBuffer buffer;
	VkDeviceMemory memory;
	uint32_t *words;
};

struct push {
	uint64_t address[3]; /* of the storage buffers */
	uint32_t words[10];
};

enum dispatch {
	DIRECT,
	INDIRECT,
	CHAIN,
};

static const char *const dispatch_names[] = {"", "indirect ", "chain "};

struct context {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkCommandPool pool;
	VkDescriptorSetLayout set_layout;
	VkPipelineLayout layout, texture_layout;
	struct vk_textures *textures; /* made when the first program needs them */
	VkDescriptorPool descriptors;
	VkDescriptorSet set;
	struct buffer buffer[4]; /* in, in, out, indirect */
	VkImage image;
	VkImageView view;
	VkDeviceMemory image_memory;
	struct push push;
	FILE *out, *inputs;
	unsigned int groups, repeat, dispatches, words, side, floats;
};

static VkDeviceSize bytes_of(const struct context *c)
{
	return 4ull * c->words;
}

static const VkPhysicalDeviceFeatures features = {
	.shaderInt64 = VK_TRUE,
	.shaderInt16 = VK_TRUE,
	.robustBufferAccess = VK_TRUE,
	.imageCubeArray = VK_TRUE,
	.textureCompressionBC = VK_TRUE,
	.shaderSampledImageArrayDynamicIndexing = VK_TRUE,
	.shaderImageGatherExtended = VK_TRUE,
	.shaderResourceMinLod = VK_TRUE,
};

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
		.samplerMirrorClampToEdge = VK_TRUE,
		.shaderSubgroupExtendedTypes = VK_TRUE,
		.storageBuffer8BitAccess = VK_TRUE,
		.bufferDeviceAddress = VK_TRUE,
		.scalarBlockLayout = VK_TRUE,
	};
	VkPhysicalDeviceRobustness2FeaturesEXT robustness2 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ROBUSTNESS_2_FEATURES_EXT,
		.pNext = vk_textures_features(&features12),
		.robustBufferAccess2 = VK_TRUE,
		.robustImageAccess2 = VK_TRUE,
	};
	VkPhysicalDeviceVulkan13Features features13 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES,
		.pNext = &robustness2,
		.shaderIntegerDotProduct = VK_TRUE,
		.robustImageAccess = VK_TRUE,
	};
	const char *extensions[8] = {VK_EXT_ROBUSTNESS_2_EXTENSION_NAME};
	VkPhysicalDeviceVulkan11Features features11 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
		.pNext = &features13,
		.storageBuffer16BitAccess = VK_TRUE,
	};
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &features11,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
		.enabledExtensionCount = 1 + vk_textures_num_extensions,
		.ppEnabledExtensionNames = extensions,
		.pEnabledFeatures = &features,
	};
	VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};

	for (uint32_t n = 0; n < vk_textures_num_extensions; n++)
		extensions[1 + n] = vk_textures_extensions[n];
	CHECK(vkCreateDevice(c->physical, &info, NULL, &c->device));
	vkGetDeviceQueue(c->device, 0, 0, &c->queue);
	CHECK(vkCreateCommandPool(c->device, &pool, NULL, &c->pool));
}

static void create_buffer(struct context *c, struct buffer *b)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = bytes_of(c),
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
			 VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT |
			 VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT |
			 VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT,
	};
	VkMemoryAllocateFlagsInfo flags = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
		.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT,
	};

	CHECK(vkCreateBuffer(c->device, &info, NULL, &b->buffer));
	b->memory = vk_back_buffer(c->physical, c->device, b->buffer, &flags, (void **)&b->words);
}

static void create_image(struct context *c)
{
	VkImageCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
		.imageType = VK_IMAGE_TYPE_2D,
		.format = VK_FORMAT_R32_UINT,
		.extent = {c->side, c->side, 1},
		.mipLevels = 1,
		.arrayLayers = 1,
		.samples = VK_SAMPLE_COUNT_1_BIT,
		.usage = VK_IMAGE_USAGE_STORAGE_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
	};
	VkImageViewCreateInfo view = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
		.viewType = VK_IMAGE_VIEW_TYPE_2D,
		.format = info.format,
		.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
	};

	CHECK(vkCreateImage(c->device, &info, NULL, &c->image));
	c->image_memory = vk_back_image(c->physical, c->device, c->image, 0);
	view.image = c->image;
	CHECK(vkCreateImageView(c->device, &view, NULL, &c->view));
}

static const VkDescriptorType binding_types[] = {
	VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
	VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER,
	VK_DESCRIPTOR_TYPE_STORAGE_IMAGE,
};

#define BINDINGS (sizeof(binding_types) / sizeof(binding_types[0]))

static void write_set(struct context *c)
{
	VkDescriptorImageInfo image = {VK_NULL_HANDLE, c->view, VK_IMAGE_LAYOUT_GENERAL};

	for (uint32_t n = 0; n < BINDINGS; n++) {
		bool uniform = binding_types[n] == VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER;
		VkDescriptorBufferInfo buffer = {c->buffer[uniform ? 0 : n & 3].buffer, 0,
						 uniform ? UNIFORM_BYTES : bytes_of(c)};
		VkWriteDescriptorSet write = {
			.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
			.dstSet = c->set,
			.dstBinding = n,
			.descriptorCount = 1,
			.descriptorType = binding_types[n],
			.pBufferInfo = &buffer,
			.pImageInfo = &image,
		};

		vkUpdateDescriptorSets(c->device, 1, &write, 0, NULL);
	}
}

static void create_layout(struct context *c)
{
	VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(struct push)};
	VkDescriptorSetLayoutBinding bindings[BINDINGS];
	VkDescriptorPoolSize sizes[BINDINGS];
	VkDescriptorSetLayoutCreateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = BINDINGS,
		.pBindings = bindings,
	};
	VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1,
		.pSetLayouts = &c->set_layout,
		.pushConstantRangeCount = 1,
		.pPushConstantRanges = &range,
	};
	VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = BINDINGS,
		.pPoolSizes = sizes,
	};
	VkDescriptorSetAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1,
		.pSetLayouts = &c->set_layout,
	};

	for (uint32_t n = 0; n < BINDINGS; n++) {
		bindings[n] = (VkDescriptorSetLayoutBinding){n, binding_types[n], 1,
							     VK_SHADER_STAGE_COMPUTE_BIT, NULL};
		sizes[n] = (VkDescriptorPoolSize){binding_types[n], 1};
	}
	CHECK(vkCreateDescriptorSetLayout(c->device, &set, NULL, &c->set_layout));
	CHECK(vkCreatePipelineLayout(c->device, &layout, NULL, &c->layout));
	CHECK(vkCreateDescriptorPool(c->device, &pool, NULL, &c->descriptors));
	allocate.descriptorPool = c->descriptors;
	CHECK(vkAllocateDescriptorSets(c->device, &allocate, &c->set));
	write_set(c);
}

/* A layout of its own: that of the other programs stays as it is. */
static void create_textures(struct context *c)
{
	VkPushConstantRange range = {VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(struct push)};
	VkDescriptorSetLayout sets[2] = {c->set_layout};
	VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 2,
		.pSetLayouts = sets,
		.pushConstantRangeCount = 1,
		.pPushConstantRanges = &range,
	};

	if (c->textures)
		return;
	c->textures = vk_textures_create(c->physical, c->device, c->queue);
	sets[1] = vk_textures_layout(c->textures);
	CHECK(vkCreatePipelineLayout(c->device, &layout, NULL, &c->texture_layout));
}

static bool has_textures(const char *what)
{
	return strstr(what, "texture");
}

static uint32_t unit_float(uint32_t bits)
{
	float value = (float)(bits >> 8) / (1 << 24);

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Words of all sizes: few programs do anything interesting with 32 random bits only. */
static void fill_inputs(struct context *c)
{
	uint32_t state = 12345;

	for (unsigned int n = 0; n < c->words; n++) {
		uint32_t a = next_random(&state), b = next_random(&state);

		c->buffer[0].words[n] = c->floats ? unit_float(a) : n % 3 ? a : a >> (a & 31);
		c->buffer[1].words[n] = c->floats ? unit_float(b) : n % 2 ? b : b >> (b & 31);
	}
	memset(c->buffer[2].words, 0, bytes_of(c));
	memset(c->buffer[3].words, 0, bytes_of(c));
	for (unsigned int n = 0; n < 3; n++)
		c->buffer[3].words[n] = n ? 1 : c->groups;
	for (unsigned int n = 0; n < 3; n++) {
		VkBufferDeviceAddressInfo info = {
			.sType = VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO,
			.buffer = c->buffer[n].buffer,
		};

		c->push.address[n] = vkGetBufferDeviceAddress(c->device, &info);
	}
	for (unsigned int n = 0; n < 10; n++)
		c->push.words[n] = next_random(&state);
}

static VkPipeline create_pipeline(struct context *c, const char *path)
{
	VkShaderModuleCreateInfo module = {.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
	uint32_t special = 23;
	VkSpecializationMapEntry entry = {0, 0, sizeof(special)};
	VkSpecializationInfo specialization = {1, &entry, sizeof(special), &special};
	VkComputePipelineCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage =
			{
				.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
				.stage = VK_SHADER_STAGE_COMPUTE_BIT,
				.pName = "main",
				.pSpecializationInfo = &specialization,
			},
		.layout = has_textures(path) ? c->texture_layout : c->layout,
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
		vkCmdFillBuffer(commands, out, 64, bytes_of(c) - 128, 0x12345678);
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

static void barrier(VkCommandBuffer commands)
{
	VkMemoryBarrier info = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
	};

	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
			     VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 1, &info, 0, NULL, 0, NULL);
}

static void clear_image(struct context *c, VkCommandBuffer commands)
{
	VkImageMemoryBarrier info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
		.image = c->image,
		.newLayout = VK_IMAGE_LAYOUT_GENERAL,
		.dstAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
		.subresourceRange = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1},
	};
	VkClearColorValue zeros = {{0}};

	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
			     VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &info);
	vkCmdClearColorImage(commands, c->image, VK_IMAGE_LAYOUT_GENERAL, &zeros, 1,
			     &info.subresourceRange);
	barrier(commands);
}

static void record_program(struct context *c, VkCommandBuffer commands, const char *what,
			   VkPipeline pipeline, enum dispatch dispatch)
{
	VkPipelineLayout layout = has_textures(what) ? c->texture_layout : c->layout;
	VkDescriptorSet sets[2] = {c->set};

	if (has_textures(what))
		sets[1] = vk_textures_set(c->textures);
	vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
	vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, layout, 0,
				sets[1] ? 2 : 1, sets, 0, NULL);
	vkCmdPushConstants(commands, layout, VK_SHADER_STAGE_COMPUTE_BIT, 0, sizeof(c->push),
			   &c->push);
	if (dispatch == INDIRECT)
		vkCmdDispatchIndirect(commands, c->buffer[3].buffer, 0);
	for (unsigned int n = 0; dispatch == CHAIN && n < 3; n++) {
		vkCmdDispatch(commands, c->groups, 1, 1);
		barrier(commands);
	}
	for (unsigned int n = 0; dispatch != INDIRECT && n < c->dispatches; n++)
		vkCmdDispatch(commands, c->groups, 1, 1);
}

static void record(struct context *c, VkCommandBuffer commands, const char *what,
		   VkPipeline pipeline, enum dispatch dispatch)
{
	VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};

	CHECK(vkBeginCommandBuffer(commands, &begin));
	if (pipeline && strstr(what, "image"))
		clear_image(c, commands);
	if (pipeline)
		record_program(c, commands, what, pipeline, dispatch);
	else
		record_transfer(c, commands, what);
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

static unsigned long resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size, pages = 0;

	if (file && fscanf(file, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	if (file)
		fclose(file);
	return pages * 4;
}

static void run(struct context *c, const char *what, enum dispatch dispatch)
{
	VkPipeline pipeline = VK_NULL_HANDLE;
	VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = c->pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	unsigned long resident = 0;
	VkCommandBuffer commands;
	double best = 1e9;

	if (has_textures(what))
		create_textures(c);
	if (!is_transfer(what))
		pipeline = create_pipeline(c, what);
	CHECK(vkAllocateCommandBuffers(c->device, &allocate, &commands));
	fill_inputs(c);
	record(c, commands, what, pipeline, dispatch);
	for (unsigned int n = 0; n < c->repeat; n++) {
		double ms;

		fill_inputs(c);
		ms = submit(c, commands);
		best = ms < best ? ms : best;
		if (!n)
			resident = resident_kib();
	}
	if (c->out)
		fwrite(c->buffer[2].words, 1, bytes_of(c), c->out);
	printf("%s%s %.3f ms, %lu KiB, then %lu\n", dispatch_names[dispatch], what, best, resident,
	       resident_kib());
	fflush(stdout);
	vkFreeCommandBuffers(c->device, c->pool, 1, &commands);
	vkDestroyPipeline(c->device, pipeline, NULL);
}

static void destroy(struct context *c)
{
	for (unsigned int n = 0; n < 4; n++) {
		vkDestroyBuffer(c->device, c->buffer[n].buffer, NULL);
		vkFreeMemory(c->device, c->buffer[n].memory, NULL);
	}
	vkDestroyImageView(c->device, c->view, NULL);
	vkDestroyImage(c->device, c->image, NULL);
	vkFreeMemory(c->device, c->image_memory, NULL);
	vkDestroyDescriptorPool(c->device, c->descriptors, NULL);
	vkDestroyPipelineLayout(c->device, c->layout, NULL);
	vkDestroyPipelineLayout(c->device, c->texture_layout, NULL);
	vk_textures_destroy(c->textures);
	vkDestroyDescriptorSetLayout(c->device, c->set_layout, NULL);
	vkDestroyCommandPool(c->device, c->pool, NULL);
	vkDestroyDevice(c->device, NULL);
	vkDestroyInstance(c->instance, NULL);
}

static FILE *open_output(const char *path)
{
	FILE *file = fopen(path, "wb");

	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static bool close_output(FILE *file)
{
	if (!file || !fclose(file))
		return false;
	perror("write");
	return true;
}

static bool set_number(struct context *c, const char *name, const char *value)
{
	const struct {
		const char *name;
		unsigned int *number;
	} options[] = {
		{"groups", &c->groups}, {"repeat", &c->repeat}, {"dispatches", &c->dispatches},
		{"words", &c->words},	{"side", &c->side},	{"floats", &c->floats},
	};

	for (size_t n = 0; n < sizeof(options) / sizeof(options[0]); n++) {
		if (strcmp(options[n].name, name))
			continue;
		*options[n].number = strtoul(value, NULL, 0);
		return true;
	}
	fprintf(stderr, "no option --%s\n", name);
	return false;
}

/* Says that it is ready, and waits until somebody writes to the FIFO: so many start at once. */
static void wait_for_start(const char *fifo)
{
	FILE *file;

	puts("ready");
	fflush(stdout);
	file = fopen(fifo, "r");
	if (!file) {
		perror(fifo);
		exit(1);
	}
	fclose(file);
}

int main(int argc, char **argv)
{
	struct context c = {
		.groups = GROUPS, .repeat = 1, .dispatches = 1, .words = WORDS, .side = SIDE};
	const char *wanted = NULL, *start = NULL;
	enum dispatch dispatch = DIRECT;
	int n = 1;

	for (; n + 1 < argc && !strncmp(argv[n], "--", 2); n += 2) {
		if (!strcmp(argv[n], "--device"))
			wanted = argv[n + 1];
		else if (!strcmp(argv[n], "--out"))
			c.out = open_output(argv[n + 1]);
		else if (!strcmp(argv[n], "--inputs"))
			c.inputs = open_output(argv[n + 1]);
		else if (!strcmp(argv[n], "--start"))
			start = argv[n + 1];
		else if (!set_number(&c, argv[n] + 2, argv[n + 1]))
			return 2;
	}
	c.instance = vk_create_instance();
	c.physical = vk_find_device(c.instance, wanted);
	create_device(&c);
	for (unsigned int b = 0; b < 4; b++)
		create_buffer(&c, &c.buffer[b]);
	create_image(&c);
	create_layout(&c);
	fill_inputs(&c);
	for (unsigned int b = 0; b < 2 && c.inputs; b++)
		fwrite(c.buffer[b].words, 1, bytes_of(&c), c.inputs);
	if (start)
		wait_for_start(start);
	for (; n < argc; n++) {
		if (!strcmp(argv[n], "indirect"))
			dispatch = INDIRECT;
		else if (!strcmp(argv[n], "chain"))
			dispatch = CHAIN;
		else {
			run(&c, argv[n], dispatch);
			dispatch = DIRECT;
		}
	}
	destroy(&c);
	return close_output(c.out) || close_output(c.inputs);
}
