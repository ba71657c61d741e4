// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vk_client.h"
#include "vk_textures.h"

#define STAGING (256u << 10)
#define MAX_LEVELS 10

enum image {
	PLAIN,
	ARRAY,
	VOLUME,
	CUBES,
	DEPTH32,
	DEPTH16,
	LINES,
	HALVES,
	BLOCKS1, /* BC1 and so on */
	BLOCKS2,
	BLOCKS3,
	BLOCKS4,
	BLOCKS5,
	NUM_IMAGES,
};

static const struct shape {
	VkImageType type;
	VkFormat format;
	uint32_t width, height, depth, layers, levels;
} shapes[NUM_IMAGES] = {
	[PLAIN] = {VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, 37, 21, 1, 1, 6},
	[ARRAY] = {VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, 20, 12, 1, 4, 5},
	[VOLUME] = {VK_IMAGE_TYPE_3D, VK_FORMAT_R8G8B8A8_UNORM, 13, 9, 6, 1, 4},
	[CUBES] = {VK_IMAGE_TYPE_2D, VK_FORMAT_R8G8B8A8_UNORM, 16, 16, 1, 12, 5},
	[DEPTH32] = {VK_IMAGE_TYPE_2D, VK_FORMAT_D32_SFLOAT, 24, 16, 1, 1, 3},
	[DEPTH16] = {VK_IMAGE_TYPE_2D, VK_FORMAT_D16_UNORM, 24, 16, 1, 1, 3},
	[LINES] = {VK_IMAGE_TYPE_1D, VK_FORMAT_R8G8B8A8_UNORM, 33, 1, 1, 3, 1},
	[HALVES] = {VK_IMAGE_TYPE_2D, VK_FORMAT_R16G16B16A16_SFLOAT, 11, 7, 1, 1, 4},
	/* Odd numbers of pages on the first level, and of blocks on the next */
	[BLOCKS1] = {VK_IMAGE_TYPE_2D, VK_FORMAT_BC1_RGBA_UNORM_BLOCK, 513, 257, 1, 1, 10},
	[BLOCKS2] = {VK_IMAGE_TYPE_2D, VK_FORMAT_BC2_UNORM_BLOCK, 20, 12, 1, 1, 1},
	[BLOCKS3] = {VK_IMAGE_TYPE_2D, VK_FORMAT_BC3_SRGB_BLOCK, 30, 22, 1, 3, 5},
	[BLOCKS4] = {VK_IMAGE_TYPE_2D, VK_FORMAT_BC4_UNORM_BLOCK, 40, 36, 1, 1, 1},
	[BLOCKS5] = {VK_IMAGE_TYPE_2D, VK_FORMAT_BC5_SNORM_BLOCK, 40, 20, 1, 1, 3},
};

/* Bindings from 1 on; binding 0 is the samplers. */
static const struct view {
	enum image image;
	VkImageViewType type;
	VkFormat format; /* 0: the image's */
	uint32_t first_level, levels, first_layer, layers;
	VkComponentMapping swizzle;
} views[] = {
	{PLAIN, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 6, 0, 1, {0}},
	{ARRAY, VK_IMAGE_VIEW_TYPE_2D_ARRAY, 0, 0, 5, 0, 4, {0}},
	{VOLUME, VK_IMAGE_VIEW_TYPE_3D, 0, 0, 4, 0, 1, {0}},
	{CUBES, VK_IMAGE_VIEW_TYPE_CUBE, 0, 0, 5, 0, 6, {0}},
	{CUBES, VK_IMAGE_VIEW_TYPE_CUBE_ARRAY, 0, 0, 5, 0, 12, {0}},
	{DEPTH32, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 3, 0, 1, {0}},
	{DEPTH16, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 3, 0, 1, {0}},
	{PLAIN, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_R8G8B8A8_SRGB, 0, 6, 0, 1, {0}},
	{PLAIN, VK_IMAGE_VIEW_TYPE_2D, VK_FORMAT_R8G8B8A8_UINT, 0, 6, 0, 1, {0}},
	{PLAIN, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 6, 0, 1,
	 {VK_COMPONENT_SWIZZLE_B, VK_COMPONENT_SWIZZLE_ONE, VK_COMPONENT_SWIZZLE_A,
	  VK_COMPONENT_SWIZZLE_R}},
	{ARRAY, VK_IMAGE_VIEW_TYPE_2D_ARRAY, 0, 1, 3, 1, 2, {0}},
	{LINES, VK_IMAGE_VIEW_TYPE_1D_ARRAY, 0, 0, 1, 0, 3, {0}},
	{HALVES, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 4, 0, 1, {0}},
	{PLAIN, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 1, 0, 1, {0}}, /* for coordinates in texels */
	{BLOCKS1, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 10, 0, 1, {0}},
	{BLOCKS2, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 1, 0, 1, {0}},
	{BLOCKS3, VK_IMAGE_VIEW_TYPE_2D_ARRAY, 0, 0, 5, 0, 3, {0}},
	{BLOCKS4, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 1, 0, 1, {0}},
	{BLOCKS5, VK_IMAGE_VIEW_TYPE_2D, 0, 0, 3, 0, 1, {0}},
};

#define NUM_VIEWS (sizeof(views) / sizeof(views[0]))

#define REPEAT VK_SAMPLER_ADDRESS_MODE_REPEAT
#define MIRROR VK_SAMPLER_ADDRESS_MODE_MIRRORED_REPEAT
#define EDGE VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE
#define BORDER VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_BORDER
#define ONCE VK_SAMPLER_ADDRESS_MODE_MIRROR_CLAMP_TO_EDGE

static const struct kind {
	uint8_t mag, min, mip; /* 1: linear */
	VkSamplerAddressMode u, v, w;
	float bias, min_lod, max_lod;
	VkBorderColor border;
	int compare; /* VkCompareOp plus 1, or 0 */
	bool pixels, seamful;
} kinds[] = {
	{0, 0, 0, REPEAT, MIRROR, EDGE, 0, 0, 15, 0, 0, false, false},			  /* 0 */
	{1, 1, 1, REPEAT, REPEAT, REPEAT, 0, 0, 15, 0, 0, false, false},
	{1, 1, 0, MIRROR, REPEAT, MIRROR, 0, 0, 15, 0, 0, false, false},
	{1, 1, 1, EDGE, EDGE, EDGE, 0, 1.25f, 2.5f, 0, 0, false, false},
	{0, 0, 0, BORDER, BORDER, BORDER, 0, 0, 15, VK_BORDER_COLOR_FLOAT_TRANSPARENT_BLACK, 0,
	 false, false},									  /* 4 */
	{1, 1, 0, BORDER, EDGE, BORDER, 0, 0, 15, VK_BORDER_COLOR_FLOAT_OPAQUE_BLACK, 0, false,
	 false},
	{1, 1, 1, BORDER, BORDER, BORDER, 0, 0, 15, VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE, 0, false,
	 false},
	{1, 1, 0, ONCE, ONCE, ONCE, 0, 0, 15, 0, 0, false, false},
	{1, 1, 0, EDGE, EDGE, EDGE, 0, 0, 0, 0, 0, true, false},			  /* 8 */
	{0, 0, 0, BORDER, BORDER, EDGE, 0, 0, 0, VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE, 0, true,
	 false},
	{1, 0, 0, REPEAT, REPEAT, REPEAT, 0.5f, 0, 15, 0, 0, false, false},
	{1, 1, 0, EDGE, EDGE, EDGE, 0, 0, 15, 0, 1 + VK_COMPARE_OP_LESS_OR_EQUAL, false, false},
	{0, 0, 0, BORDER, BORDER, BORDER, 0, 0, 15, VK_BORDER_COLOR_FLOAT_OPAQUE_WHITE,
	 1 + VK_COMPARE_OP_GREATER, false, false},					  /* 12 */
	{1, 1, 0, BORDER, BORDER, BORDER, 0, 0, 15, VK_BORDER_COLOR_FLOAT_CUSTOM_EXT, 0, false,
	 false},
	{0, 0, 0, BORDER, BORDER, BORDER, 0, 0, 15, VK_BORDER_COLOR_INT_OPAQUE_BLACK, 0, false,
	 false},
	{1, 1, 1, EDGE, EDGE, EDGE, 0, 0, 15, 0, 0, false, true},
};

#define NUM_SAMPLERS (sizeof(kinds) / sizeof(kinds[0]))

struct vk_textures {
	VkPhysicalDevice physical;
	VkDevice device;
	VkImage image[NUM_IMAGES];
	VkDeviceMemory memory[NUM_IMAGES];
	VkImageView view[NUM_VIEWS];
	VkSampler sampler[NUM_SAMPLERS];
	VkDescriptorSetLayout layout;
	VkDescriptorPool pool;
	VkDescriptorSet set;
	VkBuffer staging;
	VkDeviceMemory staging_memory;
	uint8_t *bytes;
};

const char *const vk_textures_extensions[] = {
	VK_EXT_CUSTOM_BORDER_COLOR_EXTENSION_NAME,
	VK_EXT_NON_SEAMLESS_CUBE_MAP_EXTENSION_NAME,
};
const uint32_t vk_textures_num_extensions = 2;

void *vk_textures_features(void *next)
{
	static VkPhysicalDeviceNonSeamlessCubeMapFeaturesEXT seams = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_NON_SEAMLESS_CUBE_MAP_FEATURES_EXT,
		.nonSeamlessCubeMap = VK_TRUE,
	};
	static VkPhysicalDeviceCustomBorderColorFeaturesEXT borders = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_CUSTOM_BORDER_COLOR_FEATURES_EXT,
		.pNext = &seams,
		.customBorderColors = VK_TRUE,
		.customBorderColorWithoutFormat = VK_TRUE,
	};

	seams.pNext = next;
	return &borders;
}

static VkImageAspectFlags aspect_of(enum image n)
{
	return n == DEPTH32 || n == DEPTH16 ? VK_IMAGE_ASPECT_DEPTH_BIT : VK_IMAGE_ASPECT_COLOR_BIT;
}

static void create_image(struct vk_textures *t, enum image n)
{
	const struct shape *shape = &shapes[n];
	VkImageCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
		.flags = (n == PLAIN ? VK_IMAGE_CREATE_MUTABLE_FORMAT_BIT : 0) |
			 (n == CUBES ? VK_IMAGE_CREATE_CUBE_COMPATIBLE_BIT : 0),
		.imageType = shape->type,
		.format = shape->format,
		.extent = {shape->width, shape->height, shape->depth},
		.mipLevels = shape->levels,
		.arrayLayers = shape->layers,
		.samples = VK_SAMPLE_COUNT_1_BIT,
		.usage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
	};

	CHECK(vkCreateImage(t->device, &info, NULL, &t->image[n]));
	t->memory[n] = vk_back_image(t->physical, t->device, t->image[n], 0);
}

static void create_view(struct vk_textures *t, unsigned int n)
{
	const struct view *view = &views[n];
	VkImageViewCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
		.image = t->image[view->image],
		.viewType = view->type,
		.format = view->format ? view->format : shapes[view->image].format,
		.components = view->swizzle,
		.subresourceRange = {aspect_of(view->image), view->first_level, view->levels,
				     view->first_layer, view->layers},
	};

	CHECK(vkCreateImageView(t->device, &info, NULL, &t->view[n]));
}

static void create_sampler(struct vk_textures *t, unsigned int n)
{
	const struct kind *kind = &kinds[n];
	VkSamplerCustomBorderColorCreateInfoEXT colour = {
		.sType = VK_STRUCTURE_TYPE_SAMPLER_CUSTOM_BORDER_COLOR_CREATE_INFO_EXT,
		.customBorderColor = {.float32 = {0.25f, 0.5f, 0.75f, 0.125f}},
	};
	VkSamplerCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO,
		.pNext = kind->border == VK_BORDER_COLOR_FLOAT_CUSTOM_EXT ? &colour : NULL,
		.flags = kind->seamful ? VK_SAMPLER_CREATE_NON_SEAMLESS_CUBE_MAP_BIT_EXT : 0,
		.magFilter = kind->mag ? VK_FILTER_LINEAR : VK_FILTER_NEAREST,
		.minFilter = kind->min ? VK_FILTER_LINEAR : VK_FILTER_NEAREST,
		.mipmapMode = kind->mip ? VK_SAMPLER_MIPMAP_MODE_LINEAR :
					  VK_SAMPLER_MIPMAP_MODE_NEAREST,
		.addressModeU = kind->u,
		.addressModeV = kind->v,
		.addressModeW = kind->w,
		.mipLodBias = kind->bias,
		.compareEnable = kind->compare != 0,
		.compareOp = kind->compare ? kind->compare - 1 : 0,
		.minLod = kind->min_lod,
		.maxLod = kind->max_lod,
		.borderColor = kind->border,
		.unnormalizedCoordinates = kind->pixels,
	};

	CHECK(vkCreateSampler(t->device, &info, NULL, &t->sampler[n]));
}

static bool has_blocks(enum image n)
{
	return n >= BLOCKS1;
}

/* Bytes of a layer of a level. */
static uint32_t bytes_of(enum image n, VkExtent3D extent)
{
	uint32_t bytes = n == HALVES ? 8 : n == DEPTH16 ? 2 : 4;

	if (has_blocks(n))
		return (extent.width + 3) / 4 * ((extent.height + 3) / 4) *
		       (n == BLOCKS1 || n == BLOCKS4 ? 8 : 16);
	return extent.width * extent.height * extent.depth * bytes;
}

/* Floats are multiples of small powers of two: sums of few of them are exact. */
static void fill(struct vk_textures *t, enum image n, uint32_t bytes, uint32_t *state)
{
	for (uint32_t at = 0; at < bytes; at += 4) {
		uint32_t word = next_random(state);
		float depth = (float)(word >> 24) / 256;
		_Float16 half[2] = {(float)(int8_t)word / 32, (float)(int8_t)(word >> 8) / 32};

		if (n == HALVES)
			memcpy(&word, half, sizeof(word));
		else if (n == DEPTH32)
			memcpy(&word, &depth, sizeof(word));
		memcpy(t->bytes + at, &word, 4);
	}
}

static uint32_t minified(uint32_t size, uint32_t level)
{
	return size >> level ? size >> level : 1;
}

/* All levels from the staging buffer, one after the other; returns their size. */
static uint32_t record(struct vk_textures *t, enum image n, VkCommandBuffer commands)
{
	const struct shape *shape = &shapes[n];
	VkBufferImageCopy regions[MAX_LEVELS];
	uint32_t at = 0;

	for (uint32_t level = 0; level < shape->levels; level++) {
		VkExtent3D extent = {minified(shape->width, level), minified(shape->height, level),
				     minified(shape->depth, level)};

		regions[level] = (VkBufferImageCopy){
			.bufferOffset = at,
			.imageSubresource = {aspect_of(n), level, 0, shape->layers},
			.imageExtent = extent,
		};
		at += bytes_of(n, extent) * shape->layers;
		at = (at + 15) & ~15u;
	}
	vk_image_barrier(commands, t->image[n], aspect_of(n), VK_IMAGE_LAYOUT_UNDEFINED,
			 VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL);
	vkCmdCopyBufferToImage(commands, t->staging, t->image[n],
			       VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, shape->levels, regions);
	vk_image_barrier(commands, t->image[n], aspect_of(n), VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL,
			 VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
	return at;
}

static void upload(struct vk_textures *t, VkQueue queue)
{
	VkCommandPoolCreateInfo pool_info = {.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
	VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
	VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandBufferCount = 1,
	};
	uint32_t state = 4711;
	VkCommandPool pool;

	CHECK(vkCreateCommandPool(t->device, &pool_info, NULL, &pool));
	allocate.commandPool = pool;
	for (unsigned int n = 0; n < NUM_IMAGES; n++) {
		VkCommandBuffer commands;
		VkSubmitInfo submit = {
			.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
			.commandBufferCount = 1,
			.pCommandBuffers = &commands,
		};

		CHECK(vkAllocateCommandBuffers(t->device, &allocate, &commands));
		CHECK(vkBeginCommandBuffer(commands, &begin));
		fill(t, n, record(t, n, commands), &state);
		CHECK(vkEndCommandBuffer(commands));
		CHECK(vkQueueSubmit(queue, 1, &submit, VK_NULL_HANDLE));
		CHECK(vkQueueWaitIdle(queue));
	}
	vkDestroyCommandPool(t->device, pool, NULL);
}

static void create_layout(struct vk_textures *t)
{
	VkDescriptorSetLayoutBinding bindings[1 + NUM_VIEWS];
	VkDescriptorSetLayoutCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = 1 + NUM_VIEWS,
		.pBindings = bindings,
	};
	const VkDescriptorPoolSize sizes[] = {{VK_DESCRIPTOR_TYPE_SAMPLER, NUM_SAMPLERS},
					      {VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE, NUM_VIEWS}};
	VkDescriptorPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = 2,
		.pPoolSizes = sizes,
	};
	VkDescriptorSetAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorSetCount = 1,
		.pSetLayouts = &t->layout,
	};

	for (uint32_t n = 0; n < 1 + NUM_VIEWS; n++)
		bindings[n] = (VkDescriptorSetLayoutBinding){
			n, n ? VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE : VK_DESCRIPTOR_TYPE_SAMPLER,
			n ? 1 : NUM_SAMPLERS, VK_SHADER_STAGE_COMPUTE_BIT, NULL};
	CHECK(vkCreateDescriptorSetLayout(t->device, &info, NULL, &t->layout));
	CHECK(vkCreateDescriptorPool(t->device, &pool, NULL, &t->pool));
	allocate.descriptorPool = t->pool;
	CHECK(vkAllocateDescriptorSets(t->device, &allocate, &t->set));
}

static void write_set(struct vk_textures *t)
{
	VkDescriptorImageInfo samplers[NUM_SAMPLERS];
	VkWriteDescriptorSet write = {
		.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
		.dstSet = t->set,
		.descriptorCount = NUM_SAMPLERS,
		.descriptorType = VK_DESCRIPTOR_TYPE_SAMPLER,
		.pImageInfo = samplers,
	};

	for (unsigned int n = 0; n < NUM_SAMPLERS; n++)
		samplers[n] = (VkDescriptorImageInfo){.sampler = t->sampler[n]};
	vkUpdateDescriptorSets(t->device, 1, &write, 0, NULL);
	for (unsigned int n = 0; n < NUM_VIEWS; n++) {
		VkDescriptorImageInfo image = {VK_NULL_HANDLE, t->view[n],
					       VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};

		write.dstBinding = n + 1;
		write.descriptorCount = 1;
		write.descriptorType = VK_DESCRIPTOR_TYPE_SAMPLED_IMAGE;
		write.pImageInfo = &image;
		vkUpdateDescriptorSets(t->device, 1, &write, 0, NULL);
	}
}

struct vk_textures *vk_textures_create(VkPhysicalDevice physical, VkDevice device, VkQueue queue)
{
	VkBufferCreateInfo staging = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = STAGING,
		.usage = VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
	};
	struct vk_textures *t = calloc(1, sizeof(*t));

	if (!t)
		exit(1);
	t->physical = physical;
	t->device = device;
	CHECK(vkCreateBuffer(device, &staging, NULL, &t->staging));
	t->staging_memory = vk_back_buffer(physical, device, t->staging, NULL, (void **)&t->bytes);
	for (unsigned int n = 0; n < NUM_IMAGES; n++)
		create_image(t, n);
	for (unsigned int n = 0; n < NUM_VIEWS; n++)
		create_view(t, n);
	for (unsigned int n = 0; n < NUM_SAMPLERS; n++)
		create_sampler(t, n);
	create_layout(t);
	write_set(t);
	upload(t, queue);
	return t;
}

void vk_textures_destroy(struct vk_textures *t)
{
	if (!t)
		return;
	vkDestroyDescriptorPool(t->device, t->pool, NULL);
	vkDestroyDescriptorSetLayout(t->device, t->layout, NULL);
	for (unsigned int n = 0; n < NUM_SAMPLERS; n++)
		vkDestroySampler(t->device, t->sampler[n], NULL);
	for (unsigned int n = 0; n < NUM_VIEWS; n++)
		vkDestroyImageView(t->device, t->view[n], NULL);
	for (unsigned int n = 0; n < NUM_IMAGES; n++) {
		vkDestroyImage(t->device, t->image[n], NULL);
		vkFreeMemory(t->device, t->memory[n], NULL);
	}
	vkDestroyBuffer(t->device, t->staging, NULL);
	vkFreeMemory(t->device, t->staging_memory, NULL);
	free(t);
}

VkDescriptorSetLayout vk_textures_layout(const struct vk_textures *t)
{
	return t->layout;
}

VkDescriptorSet vk_textures_set(const struct vk_textures *t)
{
	return t->set;
}
