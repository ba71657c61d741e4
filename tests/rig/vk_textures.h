/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sampled images with fixed contents, and samplers: set 1 of programs that sample. What is in which
 * binding is in vk_textures.c and, for the programs, in programs/textures.h.
 */
#ifndef RIG_VK_TEXTURES_H
#define RIG_VK_TEXTURES_H

#include <vulkan/vulkan.h>

struct vk_textures;

/* Extensions and features that their device needs, to be put into what makes it. */
extern const char *const vk_textures_extensions[];
extern const uint32_t vk_textures_num_extensions;
void *vk_textures_features(void *next);

/* Makes them and waits until their contents are there. */
struct vk_textures *vk_textures_create(VkPhysicalDevice physical, VkDevice device, VkQueue queue);
void vk_textures_destroy(struct vk_textures *textures);

VkDescriptorSetLayout vk_textures_layout(const struct vk_textures *textures);
VkDescriptorSet vk_textures_set(const struct vk_textures *textures);

#endif
