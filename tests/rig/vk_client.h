/* SPDX-License-Identifier: GPL-2.0 */
/* What the Vulkan clients of the tests have in common. What goes wrong in here ends the program. */
#ifndef VK_CLIENT_H
#define VK_CLIENT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <vulkan/vulkan.h>

#define CHECK(call)                                                 \
	do {                                                        \
		VkResult check_ = (call);                           \
                                                                    \
		if (check_ != VK_SUCCESS) {                         \
			fprintf(stderr, "%s: %d\n", #call, check_); \
			exit(1);                                    \
		}                                                   \
	} while (0)

VkInstance vk_create_instance(void);
/* The first device with @wanted in its name; with NULL, the first. */
VkPhysicalDevice vk_find_device(VkInstance instance, const char *wanted);
/* A memory type out of the set @allowed with all of the VK_MEMORY_PROPERTY_* @wanted. */
uint32_t vk_memory_type(VkPhysicalDevice physical, uint32_t allowed, uint32_t wanted);
/* Memory for @buffer that the CPU sees, mapped at *@bytes. @next is for the allocation. */
VkDeviceMemory vk_back_buffer(VkPhysicalDevice physical, VkDevice device, VkBuffer buffer,
			      const void *next, void **bytes);
/* Memory for @image of a type with all of the VK_MEMORY_PROPERTY_* @wanted. */
VkDeviceMemory vk_back_image(VkPhysicalDevice physical, VkDevice device, VkImage image,
			     uint32_t wanted);
/* All of @image changes its layout, after what was written and before any access. */
void vk_image_barrier(VkCommandBuffer commands, VkImage image, VkImageAspectFlags aspect,
		      VkImageLayout from, VkImageLayout to);
/* Numbers that are the same each time; @state is not 0. */
uint32_t next_random(uint32_t *state);

#endif
