// SPDX-License-Identifier: GPL-2.0
/*
 * The console: an fbdev device on a buffer object.
 *
 * The kernel's ready-made ones want memory that is contiguous, or managed by
 * their own GEM helpers. Here the memory is mapped for the kernel once and
 * scanned out directly; user space maps the object itself, so nothing has to be
 * copied or tracked.
 */

#include <linux/fb.h>

#include <drm/drm_client.h>
#include <drm/drm_drv.h>
#include <drm/drm_fb_helper.h>
#include <drm/drm_fourcc.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_prime.h>
#include <drm/drm_print.h>

#include "asahi_compat.h"
#include "asahi_device.h"
#include "asahi_gem.h"
#include "asahi_kms.h"

static int asahi_fbdev_open(struct fb_info *info, int user)
{
	struct drm_fb_helper *helper = info->par;

	/* The kernel's console needs no reference, it goes when the device is unregistered. */
	if (user && !try_module_get(helper->dev->driver->fops->owner))
		return -ENODEV;

	return 0;
}

static int asahi_fbdev_release(struct fb_info *info, int user)
{
	struct drm_fb_helper *helper = info->par;

	if (user)
		module_put(helper->dev->driver->fops->owner);

	return 0;
}

static int asahi_fbdev_mmap(struct fb_info *info, struct vm_area_struct *vma)
{
	struct drm_fb_helper *helper = info->par;

	return drm_gem_prime_mmap(helper->buffer->gem, vma);
}

static void asahi_fbdev_destroy(struct fb_info *info)
{
	struct drm_fb_helper *helper = info->par;

	if (!helper->dev)
		return;

	drm_fb_helper_fini(helper);
	drm_client_buffer_vunmap(helper->buffer);
	asahi_client_buffer_delete(helper->buffer);
	drm_client_release(&helper->client);
	drm_fb_helper_unprepare(helper);
	kfree(helper);
}

/*
 * The visible size is that of the smallest head, but panning moves all of them,
 * so there is only as much room as the largest one leaves.
 */
static void fbdev_limit_panning(struct drm_fb_helper *helper, struct fb_var_screeninfo *var)
{
	struct asahi_kms *kms = to_asahi_device(helper->dev)->kms;

	var->xres_virtual = var->xres + helper->fb->width - kms->fbdev_width;
	var->yres_virtual = var->yres + helper->fb->height - kms->fbdev_height;
}

static int asahi_fbdev_check_var(struct fb_var_screeninfo *var, struct fb_info *info)
{
	int ret;

	ret = drm_fb_helper_check_var(var, info);
	if (!ret)
		fbdev_limit_panning(info->par, var);

	return ret;
}

static const struct fb_ops asahi_fbdev_ops = {
	.owner = THIS_MODULE,
	.fb_open = asahi_fbdev_open,
	.fb_release = asahi_fbdev_release,
	__FB_DEFAULT_SYSMEM_OPS_RDWR,
	.fb_check_var = asahi_fbdev_check_var,
	.fb_set_par = drm_fb_helper_set_par,
	.fb_setcmap = drm_fb_helper_setcmap,
	.fb_blank = drm_fb_helper_blank,
	.fb_pan_display = drm_fb_helper_pan_display,
	ASAHI_FB_DEBUG_OPS
	.fb_ioctl = drm_fb_helper_ioctl,
	__FB_DEFAULT_SYSMEM_OPS_DRAW,
	.fb_mmap = asahi_fbdev_mmap,
	.fb_destroy = asahi_fbdev_destroy,
};

/* The client layer wants the table; without a dirty callback there is nothing to do in it. */
static const struct drm_fb_helper_funcs asahi_fbdev_helper_funcs = {};

static void fbdev_find_largest_mode(struct drm_fb_helper *helper)
{
	struct asahi_kms *kms = to_asahi_device(helper->dev)->kms;
	struct drm_client_dev *client = &helper->client;
	struct drm_mode_set *set;

	kms->fbdev_width = 0;
	kms->fbdev_height = 0;
	mutex_lock(&client->modeset_mutex);
	drm_client_for_each_modeset(set, client) {
		if (!set->mode)
			continue;
		kms->fbdev_width = max(kms->fbdev_width, set->mode->hdisplay);
		kms->fbdev_height = max(kms->fbdev_height, set->mode->vdisplay);
	}
	mutex_unlock(&client->modeset_mutex);

	/* The buffer was made for them. */
	kms->fbdev_width = min(kms->fbdev_width, helper->fb->width);
	kms->fbdev_height = min(kms->fbdev_height, helper->fb->height);
}

static void fbdev_fill_info(struct drm_fb_helper *helper, struct drm_fb_helper_surface_size *sizes,
			    const struct iosys_map *map)
{
	struct fb_info *info = helper->info;

	drm_fb_helper_fill_info(info, helper, sizes);
	fbdev_find_largest_mode(helper);
	fbdev_limit_panning(helper, &info->var);
	info->fbops = &asahi_fbdev_ops;
	info->flags |= FBINFO_VIRTFB;
	if (to_asahi_device(helper->dev)->coherent)
		info->flags |= FBINFO_READS_FAST;
	info->screen_buffer = map->vaddr;
	info->screen_size = sizes->surface_height * helper->fb->pitches[0];
	info->fix.smem_len = info->screen_size;
}

/**
 * asahi_fbdev_probe() - &drm_driver.fbdev_probe
 * @helper: of the client
 * @sizes: what the heads want
 *
 * Return: 0 or a negative errno.
 */
int asahi_fbdev_probe(struct drm_fb_helper *helper, struct drm_fb_helper_surface_size *sizes)
{
	struct drm_client_buffer *buffer;
	struct iosys_map map;
	u32 format;
	int ret;

	format = drm_driver_legacy_fb_format(helper->dev, sizes->surface_bpp, sizes->surface_depth);
	buffer = asahi_client_buffer_create(&helper->client, sizes->surface_width,
					    sizes->surface_height, format);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);

	ret = drm_client_buffer_vmap(buffer, &map);
	if (ret)
		goto err_delete_framebuffer;

	helper->funcs = &asahi_fbdev_helper_funcs;
	helper->buffer = buffer;
	helper->fb = buffer->fb;
	fbdev_fill_info(helper, sizes, &map);

	return 0;

err_delete_framebuffer:
	asahi_client_buffer_delete(buffer);
	return ret;
}

#ifdef CONFIG_DRM_CLIENT_SETUP

/**
 * asahi_fbdev_setup() - start the console
 * @asahi: the device, registered
 */
void asahi_fbdev_setup(struct asahi_device *asahi)
{
	drm_client_setup_with_fourcc(&asahi->drm, DRM_FORMAT_XRGB8888);
}

#else /* a kernel whose configuration lacks the common client: the same by hand */

static void fbdev_client_unregister(struct drm_client_dev *client)
{
	struct drm_fb_helper *helper = drm_fb_helper_from_client(client);

	if (helper->info) {
		drm_fb_helper_unregister_info(helper);
		return;
	}

	drm_client_release(&helper->client);
	drm_fb_helper_unprepare(helper);
	kfree(helper);
}

static int fbdev_client_restore(ASAHI_CLIENT_RESTORE_ARGS)
{
	asahi_client_restore(client->dev);
	return 0;
}

static int fbdev_client_hotplug(struct drm_client_dev *client)
{
	struct drm_fb_helper *helper = drm_fb_helper_from_client(client);
	struct drm_device *drm = client->dev;
	int ret;

	if (drm->fb_helper)
		return drm_fb_helper_hotplug_event(drm->fb_helper);

	ret = drm_fb_helper_init(drm, helper);
	if (ret)
		return ret;

	ret = drm_fb_helper_initial_config(helper);
	if (ret) {
		drm_fb_helper_fini(helper);
		drm_err(drm, "no fbdev console: %d\n", ret);
	}

	return ret;
}

static const struct drm_client_funcs fbdev_client_funcs = {
	.owner = THIS_MODULE,
	.unregister = fbdev_client_unregister,
	.restore = fbdev_client_restore,
	.hotplug = fbdev_client_hotplug,
};

/**
 * asahi_fbdev_setup() - start the console
 * @asahi: the device, registered
 *
 * The console is torn down when the device is unregistered. A device without
 * one is still of use, so failure is reported and no more.
 */
void asahi_fbdev_setup(struct asahi_device *asahi)
{
	struct drm_device *drm = &asahi->drm;
	struct drm_fb_helper *helper;
	int ret;

	helper = kzalloc(sizeof(*helper), GFP_KERNEL);
	if (!helper)
		return;

	drm_fb_helper_prepare(drm, helper, 32, &asahi_fbdev_helper_funcs);
	ret = drm_client_init(drm, &helper->client, "fbdev", &fbdev_client_funcs);
	if (ret) {
		drm_err(drm, "no fbdev client: %d\n", ret);
		drm_fb_helper_unprepare(helper);
		kfree(helper);
		return;
	}

	drm_client_register(&helper->client);
}

#endif
