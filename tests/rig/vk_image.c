// SPDX-License-Identifier: GPL-2.0
/*
 * vk_image [--device NAME]: buffers to images, images to images, images to buffers, in every layout
 * and format that the device copies; what comes back must be what went in. And clears of whole
 * images. One result line a format and layout; 1 when one failed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vulkan/vulkan.h>

#define STAGING (8u << 20)

#define CHECK(call)                                                 \
	do {                                                        \
		VkResult check_ = (call);                           \
                                                                    \
		if (check_ != VK_SUCCESS) {                         \
			fprintf(stderr, "%s: %d\n", #call, check_); \
			exit(1);                                    \
		}                                                   \
	} while (0)

struct format {
	const char *name;
	VkFormat format;
	unsigned int bytes;
};

static const struct format formats[] = {
	{"r8", VK_FORMAT_R8_UNORM, 1},
	{"rg8", VK_FORMAT_R8G8_UNORM, 2},
	{"rgba8", VK_FORMAT_R8G8B8A8_UNORM, 4},
	{"bgra8-srgb", VK_FORMAT_B8G8R8A8_SRGB, 4},
	{"rgba8-uint", VK_FORMAT_R8G8B8A8_UINT, 4},
	{"rgba8-snorm", VK_FORMAT_R8G8B8A8_SNORM, 4},
	{"r16-float", VK_FORMAT_R16_SFLOAT, 2},
	{"r16-uint", VK_FORMAT_R16_UINT, 2},
	{"rg16-float", VK_FORMAT_R16G16_SFLOAT, 4},
	{"rgba16-unorm", VK_FORMAT_R16G16B16A16_UNORM, 8},
	{"rgba16-float", VK_FORMAT_R16G16B16A16_SFLOAT, 8},
	{"r32-uint", VK_FORMAT_R32_UINT, 4},
	{"r32-float", VK_FORMAT_R32_SFLOAT, 4},
	{"rg32-uint", VK_FORMAT_R32G32_UINT, 8},
	{"rgba32-float", VK_FORMAT_R32G32B32A32_SFLOAT, 16},
	{"rgba32-sint", VK_FORMAT_R32G32B32A32_SINT, 16},
	{"rgb565", VK_FORMAT_R5G6B5_UNORM_PACK16, 2},
	{"rgb10a2", VK_FORMAT_A2B10G10R10_UNORM_PACK32, 4},
	{"rg11b10", VK_FORMAT_B10G11R11_UFLOAT_PACK32, 4},
	{"rgb9e5", VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, 4},
	{"d32", VK_FORMAT_D32_SFLOAT, 4},
	{"s8", VK_FORMAT_S8_UINT, 1},
};

struct shape {
	const char *name;
	VkImageType type;
	uint32_t width, height, depth, layers, levels;
	bool linear;
};

static const struct shape shapes[] = {
	{"linear", VK_IMAGE_TYPE_2D, 61, 43, 1, 1, 1, true},
	{"small", VK_IMAGE_TYPE_2D, 13, 7, 1, 1, 1, false},
	{"tiled", VK_IMAGE_TYPE_2D, 333, 190, 1, 1, 1, false},
	{"mips", VK_IMAGE_TYPE_2D, 200, 131, 1, 1, 8, false},
	{"array", VK_IMAGE_TYPE_2D, 70, 66, 1, 5, 7, false},
	{"1d", VK_IMAGE_TYPE_1D, 501, 1, 1, 1, 1, false},
	{"3d", VK_IMAGE_TYPE_3D, 40, 30, 9, 1, 1, false},
};

struct context {
	VkInstance instance;
	VkPhysicalDevice physical;
	VkDevice device;
	VkQueue queue;
	VkCommandPool pool;
	VkBuffer staging, result;
	uint8_t *staging_bytes, *result_bytes;
};

struct image {
	VkImage image;
	VkDeviceMemory memory;
};

static uint32_t memory_type(struct context *c, uint32_t allowed, uint32_t wanted)
{
	VkPhysicalDeviceMemoryProperties types;

	vkGetPhysicalDeviceMemoryProperties(c->physical, &types);
	for (uint32_t n = 0; n < types.memoryTypeCount; n++) {
		if (allowed >> n & 1 && (types.memoryTypes[n].propertyFlags & wanted) == wanted)
			return n;
	}
	fprintf(stderr, "no memory type\n");
	exit(1);
}

static void create_buffer(struct context *c, VkBuffer *buffer, uint8_t **bytes)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = STAGING,
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
	};
	VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
	VkMemoryRequirements need;
	VkDeviceMemory memory;

	CHECK(vkCreateBuffer(c->device, &info, NULL, buffer));
	vkGetBufferMemoryRequirements(c->device, *buffer, &need);
	allocate.allocationSize = need.size;
	allocate.memoryTypeIndex = memory_type(c, need.memoryTypeBits,
					       VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
						       VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
	CHECK(vkAllocateMemory(c->device, &allocate, NULL, &memory));
	CHECK(vkBindBufferMemory(c->device, *buffer, memory, 0));
	CHECK(vkMapMemory(c->device, memory, 0, VK_WHOLE_SIZE, 0, (void **)bytes));
}

static void create_device(struct context *c, const char *wanted)
{
	VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
				 .apiVersion = VK_API_VERSION_1_3};
	VkInstanceCreateInfo instance = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
					 .pApplicationInfo = &app};
	float priority = 1;
	VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
	};
	VkCommandPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
	VkPhysicalDevice devices[8];
	uint32_t count = 8;

	CHECK(vkCreateInstance(&instance, NULL, &c->instance));
	vkEnumeratePhysicalDevices(c->instance, &count, devices);
	for (uint32_t n = 0; n < count; n++) {
		VkPhysicalDeviceProperties properties;

		vkGetPhysicalDeviceProperties(devices[n], &properties);
		if (!wanted || strstr(properties.deviceName, wanted))
			c->physical = devices[n];
	}
	if (!c->physical) {
		fprintf(stderr, "no device\n");
		exit(1);
	}
	CHECK(vkCreateDevice(c->physical, &info, NULL, &c->device));
	vkGetDeviceQueue(c->device, 0, 0, &c->queue);
	CHECK(vkCreateCommandPool(c->device, &pool, NULL, &c->pool));
	create_buffer(c, &c->staging, &c->staging_bytes);
	create_buffer(c, &c->result, &c->result_bytes);
}

static bool image_info(struct context *c, const struct format *f, const struct shape *s,
		       VkImageCreateInfo *info)
{
	VkImageFormatProperties properties;

	*info = (VkImageCreateInfo){
		.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
		.imageType = s->type,
		.format = f->format,
		.extent = {s->width, s->height, s->depth},
		.mipLevels = s->levels,
		.arrayLayers = s->layers,
		.samples = VK_SAMPLE_COUNT_1_BIT,
		.tiling = s->linear ? VK_IMAGE_TILING_LINEAR : VK_IMAGE_TILING_OPTIMAL,
		.usage = VK_IMAGE_USAGE_TRANSFER_SRC_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
	};
	return vkGetPhysicalDeviceImageFormatProperties(c->physical, info->format, info->imageType,
							info->tiling, info->usage, 0,
							&properties) == VK_SUCCESS;
}

static void create_image(struct context *c, const VkImageCreateInfo *info, struct image *image)
{
	VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
	VkMemoryRequirements need;

	CHECK(vkCreateImage(c->device, info, NULL, &image->image));
	vkGetImageMemoryRequirements(c->device, image->image, &need);
	allocate.allocationSize = need.size;
	allocate.memoryTypeIndex = memory_type(c, need.memoryTypeBits, 0);
	CHECK(vkAllocateMemory(c->device, &allocate, NULL, &image->memory));
	CHECK(vkBindImageMemory(c->device, image->image, image->memory, 0));
}

static void destroy_image(struct context *c, struct image *image)
{
	vkDestroyImage(c->device, image->image, NULL);
	vkFreeMemory(c->device, image->memory, NULL);
}

static void barrier(VkCommandBuffer commands, VkImage image, VkImageAspectFlags aspect,
		    VkImageLayout from, VkImageLayout to)
{
	VkImageMemoryBarrier info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_MEMORY_BARRIER,
		.image = image,
		.oldLayout = from,
		.newLayout = to,
		.srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT,
		.subresourceRange = {aspect, 0, VK_REMAINING_MIP_LEVELS, 0,
				     VK_REMAINING_ARRAY_LAYERS},
	};

	vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT,
			     VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &info);
}

static VkCommandBuffer begin(struct context *c)
{
	VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = c->pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
	VkCommandBuffer commands;

	CHECK(vkAllocateCommandBuffers(c->device, &allocate, &commands));
	CHECK(vkBeginCommandBuffer(commands, &info));
	return commands;
}

static void finish(struct context *c, VkCommandBuffer commands)
{
	VkSubmitInfo info = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &commands,
	};

	CHECK(vkEndCommandBuffer(commands));
	CHECK(vkQueueSubmit(c->queue, 1, &info, VK_NULL_HANDLE));
	CHECK(vkQueueWaitIdle(c->queue));
	vkFreeCommandBuffers(c->device, c->pool, 1, &commands);
}

static VkImageAspectFlags aspect_of(const struct format *f)
{
	return f->format == VK_FORMAT_D32_SFLOAT ? VK_IMAGE_ASPECT_DEPTH_BIT :
	       f->format == VK_FORMAT_S8_UINT	 ? VK_IMAGE_ASPECT_STENCIL_BIT :
						   VK_IMAGE_ASPECT_COLOR_BIT;
}

/* A region for each level, packed one after the other in the staging buffer. Returns its bytes. */
static size_t make_regions(const struct format *f, const struct shape *s, VkBufferImageCopy *copy,
			   VkImageCopy *between)
{
	size_t at = 0;

	for (uint32_t l = 0; l < s->levels; l++) {
		VkExtent3D size = {
			s->width >> l ? s->width >> l : 1,
			s->height >> l ? s->height >> l : 1,
			s->depth >> l ? s->depth >> l : 1,
		};
		VkImageSubresourceLayers sub = {aspect_of(f), l, 0, s->layers};

		copy[l] = (VkBufferImageCopy){
			.bufferOffset = at, .imageSubresource = sub, .imageExtent = size};
		between[l] =
			(VkImageCopy){.srcSubresource = sub, .dstSubresource = sub, .extent = size};
		at += (size_t)size.width * size.height * size.depth * s->layers * f->bytes;
		at = (at + 15) & ~(size_t)15;
	}
	return at;
}

/*
 * Bytes that survive a copy whatever the format: no NaNs, depths in range, shared exponents as
 * small as can be.
 */
static void fill_staging(struct context *c, const struct format *f, size_t bytes)
{
	uint32_t state = 77;

	for (size_t n = 0; n + 4 <= bytes; n += 4) {
		float depth = (float)(n % 4099) / 4099;

		state = state * 1664525 + 1013904223;
		if (f->format == VK_FORMAT_B10G11R11_UFLOAT_PACK32)
			state &= ~(1u << 10 | 1u << 21 | 1u << 31);
		if (f->format == VK_FORMAT_E5B9G9R9_UFLOAT_PACK32)
			state |= 0x100;
		memcpy(c->staging_bytes + n, &state, 4);
		if (f->format == VK_FORMAT_D32_SFLOAT)
			memcpy(c->staging_bytes + n, &depth, 4);
	}
	memset(c->result_bytes, 0xee, bytes);
}

static bool compare(struct context *c, const struct format *f, const struct shape *s,
		    const VkBufferImageCopy *copy)
{
	for (uint32_t l = 0; l < s->levels; l++) {
		size_t size = (size_t)copy[l].imageExtent.width * copy[l].imageExtent.height *
			      copy[l].imageExtent.depth * s->layers * f->bytes;
		const uint8_t *a = c->staging_bytes + copy[l].bufferOffset;
		const uint8_t *b = c->result_bytes + copy[l].bufferOffset;

		for (size_t n = 0; n < size; n++) {
			if (a[n] == b[n])
				continue;
			printf("# level %u texel %zu byte %zu: %02x became %02x\n", l, n / f->bytes,
			       n % f->bytes, a[n], b[n]);
			return false;
		}
	}
	return true;
}

static bool test_copy(struct context *c, const struct format *f, const struct shape *s,
		      const VkImageCreateInfo *info)
{
	VkImageLayout undefined = VK_IMAGE_LAYOUT_UNDEFINED, general = VK_IMAGE_LAYOUT_GENERAL;
	VkBufferImageCopy copy[16];
	VkImageCopy between[16];
	struct image first, second;
	VkCommandBuffer commands;

	create_image(c, info, &first);
	create_image(c, info, &second);
	fill_staging(c, f, make_regions(f, s, copy, between));
	commands = begin(c);
	barrier(commands, first.image, aspect_of(f), undefined, general);
	barrier(commands, second.image, aspect_of(f), undefined, general);
	vkCmdCopyBufferToImage(commands, c->staging, first.image, general, s->levels, copy);
	barrier(commands, first.image, aspect_of(f), general, general);
	vkCmdCopyImage(commands, first.image, general, second.image, general, s->levels, between);
	barrier(commands, second.image, aspect_of(f), general, general);
	vkCmdCopyImageToBuffer(commands, second.image, general, c->result, s->levels, copy);
	finish(c, commands);
	destroy_image(c, &first);
	destroy_image(c, &second);
	return compare(c, f, s, copy);
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 2 && !strcmp(argv[1], "--device") ? argv[2] : NULL;
	struct context c = {0};
	bool ok = true;

	create_device(&c, wanted);
	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++) {
		for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
			VkImageCreateInfo info;
			bool good;

			if (!image_info(&c, &formats[f], &shapes[s], &info))
				continue;
			good = test_copy(&c, &formats[f], &shapes[s], &info);
			printf("%s image/%s-%s\n", good ? "ok" : "not ok", shapes[s].name,
			       formats[f].name);
			ok = ok && good;
		}
	}
	vkDestroyCommandPool(c.device, c.pool, NULL);
	return !ok;
}
