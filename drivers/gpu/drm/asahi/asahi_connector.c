// SPDX-License-Identifier: GPL-2.0
/* Connectors and encoders: one of each a head. */

#include <drm/drm_atomic_state_helper.h>
#include <drm/drm_drv.h>
#include <drm/drm_edid.h>
#include <drm/drm_managed.h>
#include <drm/drm_modeset_helper_vtables.h>
#include <drm/drm_probe_helper.h>

#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_kms.h"

static struct asahi_connector *to_asahi_connector(struct drm_connector *connector)
{
	return container_of(connector, struct asahi_connector, base);
}

static enum drm_connector_status asahi_connector_detect(struct drm_connector *connector, bool force)
{
	struct asahi_display *display = to_asahi_device(connector->dev)->display;
	unsigned int head = to_asahi_connector(connector)->head;
	bool connected;
	int idx;

	if (!drm_dev_enter(connector->dev, &idx))
		return connector_status_disconnected;

	connected = asahi_display_connected(display, head);
	drm_connector_set_vrr_capable_property(connector, connected &&
					       asahi_display_variable_refresh(display, head));
	drm_dev_exit(idx);

	return connected ? connector_status_connected : connector_status_disconnected;
}

static int connector_read_block(void *data, u8 *buf, unsigned int block, size_t len)
{
	struct asahi_connector *aconn = data;
	struct asahi_display *display = to_asahi_device(aconn->base.dev)->display;

	return asahi_display_read_edid(display, aconn->head, buf, (size_t)block * EDID_LENGTH, len);
}

static int asahi_connector_get_modes(struct drm_connector *connector)
{
	const struct drm_edid *edid = NULL;
	int n_modes, idx;

	if (drm_dev_enter(connector->dev, &idx)) {
		edid = drm_edid_read_custom(connector, connector_read_block,
					    to_asahi_connector(connector));
		drm_dev_exit(idx);
	}

	drm_edid_connector_update(connector, edid);
	n_modes = drm_edid_connector_add_modes(connector);
	if (!edid)
		n_modes = drm_add_modes_noedid(connector, 1024, 768);
	drm_edid_free(edid);

	return n_modes;
}

static const struct drm_connector_helper_funcs asahi_connector_helper_funcs = {
	.get_modes = asahi_connector_get_modes,
};

static const struct drm_connector_funcs asahi_connector_funcs = {
	.detect = asahi_connector_detect,
	.fill_modes = drm_helper_probe_single_connector_modes,
	.reset = drm_atomic_helper_connector_reset,
	.atomic_duplicate_state = drm_atomic_helper_connector_duplicate_state,
	.atomic_destroy_state = drm_atomic_helper_connector_destroy_state,
};

/**
 * asahi_connector_create() - create the connector and the encoder of a head
 * @asahi: the device
 * @head: index; the CRTC of that index exists
 *
 * Return: 0 or a negative errno.
 */
int asahi_connector_create(struct asahi_device *asahi, unsigned int head)
{
	struct drm_device *drm = &asahi->drm;
	struct asahi_connector *aconn;
	int ret;

	aconn = drmm_kzalloc(drm, sizeof(*aconn), GFP_KERNEL);
	if (!aconn)
		return -ENOMEM;

	aconn->head = head;
	ret = drmm_connector_init(drm, &aconn->base, &asahi_connector_funcs,
				  DRM_MODE_CONNECTOR_VIRTUAL, NULL);
	if (ret)
		return ret;

	drm_connector_helper_add(&aconn->base, &asahi_connector_helper_funcs);
	aconn->base.polled = DRM_CONNECTOR_POLL_HPD;
	/* The core leaves it out for virtual connectors. */
	drm_connector_attach_edid_property(&aconn->base);
	ret = drm_connector_attach_vrr_capable_property(&aconn->base);
	if (ret)
		return ret;

	ret = drmm_encoder_init(drm, &aconn->encoder, NULL, DRM_MODE_ENCODER_VIRTUAL, NULL);
	if (ret)
		return ret;

	aconn->encoder.possible_crtcs = BIT(head);
	return drm_connector_attach_encoder(&aconn->base, &aconn->encoder);
}
