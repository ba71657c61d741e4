// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "vk_client.h"

VkInstance vk_create_instance(void)
{
	VkApplicationInfo app = {.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
				 .apiVersion = VK_API_VERSION_1_3};
	VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
				     .pApplicationInfo = &app};
	VkInstance instance;

	CHECK(vkCreateInstance(&info, NULL, &instance));
	return instance;
}

VkPhysicalDevice vk_find_device(VkInstance instance, const char *wanted)
{
	VkPhysicalDevice devices[8];
	uint32_t count = 8;

	vkEnumeratePhysicalDevices(instance, &count, devices);
	for (uint32_t n = 0; n < count; n++) {
		VkPhysicalDeviceProperties properties;

		vkGetPhysicalDeviceProperties(devices[n], &properties);
		if (!wanted || strstr(properties.deviceName, wanted))
			return devices[n];
	}
	fprintf(stderr, "no device %s\n", wanted ? wanted : "");
	exit(1);
}

uint32_t vk_memory_type(VkPhysicalDevice physical, uint32_t allowed, uint32_t wanted)
{
	VkPhysicalDeviceMemoryProperties types;

	vkGetPhysicalDeviceMemoryProperties(physical, &types);
	for (uint32_t n = 0; n < types.memoryTypeCount; n++) {
		if (allowed >> n & 1 && (types.memoryTypes[n].propertyFlags & wanted) == wanted)
			return n;
	}
	fprintf(stderr, "no memory type\n");
	exit(1);
}

VkDeviceMemory vk_back_buffer(VkPhysicalDevice physical, VkDevice device, VkBuffer buffer,
			      const void *next, void **bytes)
{
	VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
					 .pNext = next};
	VkMemoryRequirements need;
	VkDeviceMemory memory;

	vkGetBufferMemoryRequirements(device, buffer, &need);
	allocate.memoryTypeIndex = vk_memory_type(physical, need.memoryTypeBits,
						  VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
							  VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
	allocate.allocationSize = need.size;
	CHECK(vkAllocateMemory(device, &allocate, NULL, &memory));
	CHECK(vkBindBufferMemory(device, buffer, memory, 0));
	CHECK(vkMapMemory(device, memory, 0, VK_WHOLE_SIZE, 0, bytes));
	return memory;
}

VkDeviceMemory vk_back_image(VkPhysicalDevice physical, VkDevice device, VkImage image,
			     uint32_t wanted)
{
	VkMemoryAllocateInfo allocate = {.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO};
	VkMemoryRequirements need;
	VkDeviceMemory memory;

	vkGetImageMemoryRequirements(device, image, &need);
	allocate.memoryTypeIndex = vk_memory_type(physical, need.memoryTypeBits, wanted);
	allocate.allocationSize = need.size;
	CHECK(vkAllocateMemory(device, &allocate, NULL, &memory));
	CHECK(vkBindImageMemory(device, image, memory, 0));
	return memory;
}

void vk_image_barrier(VkCommandBuffer commands, VkImage image, VkImageAspectFlags aspect,
		      VkImageLayout from, VkImageLayout to)
{
	VkImageMemoryBarrier barrier = {
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
			     VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, 0, 0, NULL, 0, NULL, 1, &barrier);
}

uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}
