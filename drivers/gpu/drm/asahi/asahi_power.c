// SPDX-License-Identifier: GPL-2.0
/*
 * Power of the display half: firmware runs while a head is on.
 *
 * Runtime PM of the complex counts the heads that are on, and commits while they
 * are carried out. Some time after the last has gone the coprocessor's firmware
 * is stopped; the next commit boots it again. Nothing is lost with it, since all
 * heads are off by then, and the display engine goes on to tell of its monitors.
 * The GPU has rings and a watchdog of its own and is not counted.
 *
 * System sleep switches the heads off first, and brings back what they showed.
 */

#include <linux/device.h>
#include <linux/pm_runtime.h>

#include <drm/drm_modeset_helper.h>
#include <drm/drm_print.h>

#include "asahi_coproc.h"
#include "asahi_device.h"
#include "asahi_display.h"
#include "asahi_power.h"

/* Longer than from one mode to the next. */
#define AUTOSUSPEND_MS	1000

static int power_runtime_suspend(struct device *dev)
{
	struct asahi_device *asahi = dev_get_drvdata(dev);

	asahi_coproc_suspend(asahi->coproc);
	return 0;
}

/* Never fails: firmware that does not boot now is booted by the next commit, or fails that. */
static int power_runtime_resume(struct device *dev)
{
	struct asahi_device *asahi = dev_get_drvdata(dev);

	asahi_coproc_resume(asahi->coproc);
	return 0;
}

static int power_system_suspend(struct device *dev)
{
	struct asahi_device *asahi = dev_get_drvdata(dev);
	int ret;

	/* Not bound: there is nothing that could be on. */
	if (!asahi)
		return 0;

	ret = drm_mode_config_helper_suspend(&asahi->drm);
	if (ret)
		return ret;

	asahi_display_suspend(asahi->display);
	ret = pm_runtime_force_suspend(dev);
	if (ret) {
		asahi_display_resume(asahi->display);
		drm_mode_config_helper_resume(&asahi->drm);
	}

	return ret;
}

static int power_system_resume(struct device *dev)
{
	struct asahi_device *asahi = dev_get_drvdata(dev);
	int ret;

	if (!asahi)
		return 0;

	ret = pm_runtime_force_resume(dev);
	if (ret)
		drm_err(&asahi->drm, "no power after sleep: %d\n", ret);
	asahi_display_resume(asahi->display);

	return drm_mode_config_helper_resume(&asahi->drm);
}

/* For the driver of the complex. */
const struct dev_pm_ops asahi_power_ops = {
	RUNTIME_PM_OPS(power_runtime_suspend, power_runtime_resume, NULL)
	SYSTEM_SLEEP_PM_OPS(power_system_suspend, power_system_resume)
};

/**
 * asahi_power_start() - let firmware stop when it is not needed
 * @asahi: bound, with running firmware; its device knows it
 *
 * Heads that have been switched on before are counted.
 */
void asahi_power_start(struct asahi_device *asahi)
{
	struct device *dev = asahi->drm.dev;

	pm_runtime_set_autosuspend_delay(dev, AUTOSUSPEND_MS);
	pm_runtime_use_autosuspend(dev);
	pm_runtime_set_active(dev);
	pm_runtime_enable(dev);
	asahi_power_get(asahi);
	asahi_power_put(asahi);
}

/**
 * asahi_power_stop() - undo asahi_power_start()
 * @asahi: bound
 *
 * Firmware runs afterwards, until it is stopped for good.
 */
void asahi_power_stop(struct asahi_device *asahi)
{
	struct device *dev = asahi->drm.dev;

	asahi_power_get(asahi);
	pm_runtime_disable(dev);
	pm_runtime_dont_use_autosuspend(dev);
	pm_runtime_put_noidle(dev);
	pm_runtime_set_suspended(dev);
}

/**
 * asahi_power_get() - firmware is needed
 * @asahi: the device
 *
 * Context: may sleep.
 */
void asahi_power_get(struct asahi_device *asahi)
{
	/* Counts in any case, and says of no error that somebody could do something about. */
	pm_runtime_get_sync(asahi->drm.dev);
}

/**
 * asahi_power_put() - undo asahi_power_get()
 * @asahi: the device
 */
void asahi_power_put(struct asahi_device *asahi)
{
	pm_runtime_mark_last_busy(asahi->drm.dev);
	pm_runtime_put_autosuspend(asahi->drm.dev);
}
