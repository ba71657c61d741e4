// SPDX-License-Identifier: GPL-2.0
/*
 * vk_image [--device NAME | --step N]: buffers to images, images to images, images to buffers, in
 * every layout and format that the device copies; what comes back must be what went in. And images
 * that are cleared, then changed in part. One result line a layout, with the number of formats; 1 when one
 * failed. With --step each layout takes one format in N, the next one another.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vk_client.h"

#define STAGING (8u << 20)

struct format {
	VkFormat format;
	unsigned int bytes, block_width, block_height; /* of a block; 1x1 unless it is compressed */
};

/* Formats that follow each other and have blocks of one size. */
static const struct range {
	VkFormat first, last;
	unsigned int bytes, block_width, block_height;
} ranges[] = {
	{VK_FORMAT_R4G4_UNORM_PACK8, VK_FORMAT_R4G4_UNORM_PACK8, 1, 1, 1},
	{VK_FORMAT_R4G4B4A4_UNORM_PACK16, VK_FORMAT_A1R5G5B5_UNORM_PACK16, 2, 1, 1},
	{VK_FORMAT_R8_UNORM, VK_FORMAT_R8_SRGB, 1, 1, 1},
	{VK_FORMAT_R8G8_UNORM, VK_FORMAT_R8G8_SRGB, 2, 1, 1},
	{VK_FORMAT_R8G8B8_UNORM, VK_FORMAT_B8G8R8_SRGB, 3, 1, 1},
	{VK_FORMAT_R8G8B8A8_UNORM, VK_FORMAT_A2B10G10R10_SINT_PACK32, 4, 1, 1},
	{VK_FORMAT_R16_UNORM, VK_FORMAT_R16_SFLOAT, 2, 1, 1},
	{VK_FORMAT_R16G16_UNORM, VK_FORMAT_R16G16_SFLOAT, 4, 1, 1},
	{VK_FORMAT_R16G16B16_UNORM, VK_FORMAT_R16G16B16_SFLOAT, 6, 1, 1},
	{VK_FORMAT_R16G16B16A16_UNORM, VK_FORMAT_R16G16B16A16_SFLOAT, 8, 1, 1},
	{VK_FORMAT_R32_UINT, VK_FORMAT_R32_SFLOAT, 4, 1, 1},
	{VK_FORMAT_R32G32_UINT, VK_FORMAT_R32G32_SFLOAT, 8, 1, 1},
	{VK_FORMAT_R32G32B32_UINT, VK_FORMAT_R32G32B32_SFLOAT, 12, 1, 1},
	{VK_FORMAT_R32G32B32A32_UINT, VK_FORMAT_R32G32B32A32_SFLOAT, 16, 1, 1},
	{VK_FORMAT_R64_UINT, VK_FORMAT_R64_SFLOAT, 8, 1, 1},
	{VK_FORMAT_B10G11R11_UFLOAT_PACK32, VK_FORMAT_E5B9G9R9_UFLOAT_PACK32, 4, 1, 1},
	{VK_FORMAT_D16_UNORM, VK_FORMAT_D16_UNORM, 2, 1, 1},
	{VK_FORMAT_D32_SFLOAT, VK_FORMAT_D32_SFLOAT, 4, 1, 1},
	{VK_FORMAT_S8_UINT, VK_FORMAT_S8_UINT, 1, 1, 1},
	{VK_FORMAT_BC1_RGB_UNORM_BLOCK, VK_FORMAT_BC1_RGBA_SRGB_BLOCK, 8, 4, 4},
	{VK_FORMAT_BC2_UNORM_BLOCK, VK_FORMAT_BC3_SRGB_BLOCK, 16, 4, 4},
	{VK_FORMAT_BC4_UNORM_BLOCK, VK_FORMAT_BC4_SNORM_BLOCK, 8, 4, 4},
	{VK_FORMAT_BC5_UNORM_BLOCK, VK_FORMAT_BC7_SRGB_BLOCK, 16, 4, 4},
	{VK_FORMAT_ETC2_R8G8B8_UNORM_BLOCK, VK_FORMAT_ETC2_R8G8B8A1_SRGB_BLOCK, 8, 4, 4},
	{VK_FORMAT_ETC2_R8G8B8A8_UNORM_BLOCK, VK_FORMAT_ETC2_R8G8B8A8_SRGB_BLOCK, 16, 4, 4},
	{VK_FORMAT_EAC_R11_UNORM_BLOCK, VK_FORMAT_EAC_R11_SNORM_BLOCK, 8, 4, 4},
	{VK_FORMAT_EAC_R11G11_UNORM_BLOCK, VK_FORMAT_EAC_R11G11_SNORM_BLOCK, 16, 4, 4},
	{VK_FORMAT_ASTC_4x4_UNORM_BLOCK, VK_FORMAT_ASTC_4x4_SRGB_BLOCK, 16, 4, 4},
	{VK_FORMAT_ASTC_5x4_UNORM_BLOCK, VK_FORMAT_ASTC_5x4_SRGB_BLOCK, 16, 5, 4},
	{VK_FORMAT_ASTC_8x6_UNORM_BLOCK, VK_FORMAT_ASTC_8x6_SRGB_BLOCK, 16, 8, 6},
	{VK_FORMAT_ASTC_12x12_UNORM_BLOCK, VK_FORMAT_ASTC_12x12_SRGB_BLOCK, 16, 12, 12},
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

static void create_buffer(struct context *c, VkBuffer *buffer, uint8_t **bytes)
{
	VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = STAGING,
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
	};

	CHECK(vkCreateBuffer(c->device, &info, NULL, buffer));
	vk_back_buffer(c->physical, c->device, *buffer, NULL, (void **)bytes);
}

static void create_device(struct context *c, const char *wanted)
{
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

	c->instance = vk_create_instance();
	c->physical = vk_find_device(c->instance, wanted);
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
	uint32_t wanted = info->tiling == VK_IMAGE_TILING_LINEAR ?
				  VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
					  VK_MEMORY_PROPERTY_HOST_COHERENT_BIT :
				  0;

	CHECK(vkCreateImage(c->device, info, NULL, &image->image));
	image->memory = vk_back_image(c->physical, c->device, image->image, wanted);
}

static void destroy_image(struct context *c, struct image *image)
{
	vkDestroyImage(c->device, image->image, NULL);
	vkFreeMemory(c->device, image->memory, NULL);
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

static size_t level_bytes(const struct format *f, const struct shape *s, VkExtent3D size)
{
	size_t across = (size.width + f->block_width - 1) / f->block_width;
	size_t down = (size.height + f->block_height - 1) / f->block_height;

	return across * down * size.depth * s->layers * f->bytes;
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

		/* A multiple of the block's size and of a word's. */
		at = (at + 48 * f->bytes - 1) / (48 * f->bytes) * (48 * f->bytes);
		copy[l] = (VkBufferImageCopy){
			.bufferOffset = at, .imageSubresource = sub, .imageExtent = size};
		between[l] =
			(VkImageCopy){.srcSubresource = sub, .dstSubresource = sub, .extent = size};
		at += level_bytes(f, s, size);
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
		size_t size = level_bytes(f, s, copy[l].imageExtent);
		const uint8_t *a = c->staging_bytes + copy[l].bufferOffset;
		const uint8_t *b = c->result_bytes + copy[l].bufferOffset;

		for (size_t n = 0; n < size; n++) {
			if (a[n] == b[n])
				continue;
			printf("# format %u level %u texel %zu byte %zu: %02x became %02x\n",
			       f->format, l, n / f->bytes, n % f->bytes, a[n], b[n]);
			return false;
		}
	}
	return true;
}

/* Linear images are the host's to look at: their bytes are those of the buffer, line by line. */
static bool lines_are_right(struct context *c, const struct format *f, const struct shape *s,
			    const struct image *image)
{
	VkImageSubresource part = {aspect_of(f), 0, 0};
	size_t line = (size_t)s->width * f->bytes;
	VkSubresourceLayout layout;
	bool ok = true;
	uint8_t *at;

	vkGetImageSubresourceLayout(c->device, image->image, &part, &layout);
	CHECK(vkMapMemory(c->device, image->memory, 0, VK_WHOLE_SIZE, 0, (void **)&at));
	for (uint32_t y = 0; ok && y < s->height; y++) {
		ok = !memcmp(at + layout.offset + y * layout.rowPitch,
			     c->staging_bytes + y * line, line);
		if (!ok)
			printf("# format %u: line %u of the image in memory is wrong\n",
			       f->format, y);
	}
	vkUnmapMemory(c->device, image->memory);
	return ok;
}

static bool test_copy(struct context *c, const struct format *f, const struct shape *s,
		      const VkImageCreateInfo *info)
{
	VkImageLayout undefined = VK_IMAGE_LAYOUT_UNDEFINED, general = VK_IMAGE_LAYOUT_GENERAL;
	VkBufferImageCopy copy[16];
	VkImageCopy between[16];
	struct image first, second;
	VkCommandBuffer commands;
	bool ok;

	create_image(c, info, &first);
	create_image(c, info, &second);
	fill_staging(c, f, make_regions(f, s, copy, between));
	commands = begin(c);
	vk_image_barrier(commands, first.image, aspect_of(f), undefined, general);
	vk_image_barrier(commands, second.image, aspect_of(f), undefined, general);
	vkCmdCopyBufferToImage(commands, c->staging, first.image, general, s->levels, copy);
	vk_image_barrier(commands, first.image, aspect_of(f), general, general);
	vkCmdCopyImage(commands, first.image, general, second.image, general, s->levels, between);
	vk_image_barrier(commands, second.image, aspect_of(f), general, general);
	vkCmdCopyImageToBuffer(commands, second.image, general, c->result, s->levels, copy);
	finish(c, commands);
	ok = compare(c, f, s, copy);
	if (s->linear && f->block_width == 1)
		ok = lines_are_right(c, f, s, &first) && lines_are_right(c, f, s, &second) && ok;
	destroy_image(c, &first);
	destroy_image(c, &second);
	return ok;
}

#define PART_X 5
#define PART_Y 3
#define PART_W 45
#define PART_H 39

/* Outside of the part that was copied the colour stays, whatever form the driver has given it. */
static bool part_is_right(const struct context *c, uint32_t colour, const struct shape *s)
{
	const uint32_t *in = (const void *)c->staging_bytes, *out = (const void *)c->result_bytes;

	for (uint32_t y = 0; y < s->height; y++) {
		for (uint32_t x = 0; x < s->width; x++) {
			bool inside = x - PART_X < PART_W && y - PART_Y < PART_H;
			uint32_t want = inside ? in[(y - PART_Y) * PART_W + x - PART_X] : colour;

			if (out[y * s->width + x] == want)
				continue;
			printf("# (%u, %u): %08x, not %08x\n", x, y, out[y * s->width + x], want);
			return false;
		}
	}
	return true;
}

/* Cleared as a whole, then some of it copied over. */
static bool test_clear(struct context *c, const struct shape *s, const VkImageCreateInfo *info)
{
	VkImageLayout undefined = VK_IMAGE_LAYOUT_UNDEFINED, general = VK_IMAGE_LAYOUT_GENERAL;
	const struct format format = {info->format, 4, 1, 1};
	VkImageSubresourceRange range = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
	VkClearColorValue colour = {.uint32 = {0x11, 0x22, 0x33, 0x44}};
	VkBufferImageCopy part, whole;
	VkImageCopy unused;
	VkCommandBuffer commands;
	struct image image;

	create_image(c, info, &image);
	fill_staging(c, &format, make_regions(&format, s, &whole, &unused));
	part = whole;
	part.imageOffset = (VkOffset3D){PART_X, PART_Y, 0};
	part.imageExtent = (VkExtent3D){PART_W, PART_H, 1};
	commands = begin(c);
	vk_image_barrier(commands, image.image, range.aspectMask, undefined, general);
	vkCmdClearColorImage(commands, image.image, general, &colour, 1, &range);
	vk_image_barrier(commands, image.image, range.aspectMask, general, general);
	vkCmdCopyBufferToImage(commands, c->staging, image.image, general, 1, &part);
	vk_image_barrier(commands, image.image, range.aspectMask, general, general);
	vkCmdCopyImageToBuffer(commands, image.image, general, c->result, 1, &whole);
	finish(c, commands);
	destroy_image(c, &image);
	return part_is_right(c, 0x44332211, s);
}

/* Every format that the device has in this shape, or one in @step. */
static bool test_shape(struct context *c, const struct shape *s, unsigned int step)
{
	unsigned int n = 0, nth = (unsigned int)(s - shapes);
	bool ok = true;

	for (size_t r = 0; r < sizeof(ranges) / sizeof(ranges[0]); r++) {
		for (VkFormat at = ranges[r].first; at <= ranges[r].last; at++) {
			struct format f = {at, ranges[r].bytes, ranges[r].block_width,
					   ranges[r].block_height};
			VkImageCreateInfo info;

			if (nth++ % step || !image_info(c, &f, s, &info))
				continue;
			ok = test_copy(c, &f, s, &info) && ok;
			n++;
		}
	}
	printf("%s image/%s # %u formats\n", ok && n ? "ok" : "not ok", s->name, n);
	return ok && n;
}

int main(int argc, char **argv)
{
	const char *wanted = argc > 2 && !strcmp(argv[1], "--device") ? argv[2] : NULL;
	unsigned int step = argc > 2 && !strcmp(argv[1], "--step") ? strtoul(argv[2], NULL, 0) : 1;
	const struct shape big = {"cleared", VK_IMAGE_TYPE_2D, 333, 190, 1, 1, 1, false};
	const struct format format = {VK_FORMAT_R8G8B8A8_UINT, 4, 1, 1};
	struct context c = {0};
	VkImageCreateInfo info;
	bool ok = true;

	create_device(&c, wanted);
	for (size_t s = 0; s < sizeof(shapes) / sizeof(shapes[0]); s++)
		ok = test_shape(&c, &shapes[s], step ? step : 1) && ok;
	if (image_info(&c, &format, &big, &info)) {
		bool good;

		/* With this use the driver may keep it compressed. */
		info.usage |= VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT;
		good = test_clear(&c, &big, &info);
		printf("%s image/cleared\n", good ? "ok" : "not ok");
		ok = ok && good;
	}
	vkDestroyCommandPool(c.device, c.pool, NULL);
	return !ok;
}
