/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_IOCTL_H_
#define _ASAHI_IOCTL_H_

struct drm_device;
struct drm_file;

int asahi_ioctl_get_params(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_get_time(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_vm_create(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_vm_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_vm_bind(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_gem_create(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_gem_mmap_offset(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_gem_bind_object(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_queue_create(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_queue_destroy(struct drm_device *drm, void *data, struct drm_file *file);
int asahi_ioctl_submit(struct drm_device *drm, void *data, struct drm_file *file);

#endif
