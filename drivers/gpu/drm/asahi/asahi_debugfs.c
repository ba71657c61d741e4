// SPDX-License-Identifier: GPL-2.0
/* What a person can look at. */

#include <linux/seq_file.h>

#include <drm/drm_debugfs.h>
#include <drm/drm_drv.h>
#include <drm/drm_print.h>

#include "asahi_coproc.h"
#include "asahi_debugfs.h"
#include "asahi_device.h"
#include "asahi_fault.h"
#include "asahi_gem.h"
#include "asahi_gpu.h"
#include "asahi_mmu.h"
#include "asahi_stream.h"
#include "asahi_vm.h"

static struct asahi_device *debugfs_to_asahi(struct seq_file *m)
{
	struct drm_debugfs_entry *entry = m->private;

	return to_asahi_device(entry->dev);
}

static int asahi_debugfs_mappings(struct seq_file *m, void *unused)
{
	struct drm_printer p = drm_seq_file_printer(m);

	asahi_mmu_print(debugfs_to_asahi(m)->mmu, &p);
	return 0;
}

static int asahi_debugfs_objects(struct seq_file *m, void *unused)
{
	struct drm_printer p = drm_seq_file_printer(m);

	asahi_gem_print(debugfs_to_asahi(m), &p);
	return 0;
}

static int asahi_debugfs_coproc(struct seq_file *m, void *unused)
{
	struct drm_printer p = drm_seq_file_printer(m);

	asahi_coproc_print(debugfs_to_asahi(m)->coproc, &p);
	return 0;
}

/* One number a line where a test may want it. */
static int asahi_debugfs_gpu(struct seq_file *m, void *unused)
{
	struct drm_printer p = drm_seq_file_printer(m);
	struct asahi_device *asahi = debugfs_to_asahi(m);

	drm_printf(&p, "object_pages %ld\n", atomic_long_read(&asahi->gem.n_pages));
	drm_printf(&p, "resident_pages %ld\n", atomic_long_read(&asahi->gem.n_resident));
	drm_printf(&p, "idle_pages %lu\n", READ_ONCE(asahi->gem.n_idle));
	drm_printf(&p, "shrunk_pages %lu\n", READ_ONCE(asahi->gem.n_shrunk));
	if (!asahi->gpu)
		return 0;
	asahi_vm_print(asahi, &p);
	drm_printf(&p, "queues %d\n", atomic_read(&asahi->n_queues));
	drm_printf(&p, "timestamp_bytes %ld\n", atomic_long_read(&asahi->timestamp_bytes));
	asahi_streams_print(asahi, &p);
	asahi_gpu_print(asahi->gpu, &p);
	return 0;
}

static int asahi_debugfs_faults(struct seq_file *m, void *unused)
{
	struct drm_printer p = drm_seq_file_printer(m);

	asahi_fault_print(debugfs_to_asahi(m), &p);
	return 0;
}

static const struct drm_debugfs_info asahi_debugfs_files[] = {
	{ "mappings", asahi_debugfs_mappings },
	{ "objects", asahi_debugfs_objects },
	{ "coprocessor", asahi_debugfs_coproc },
	{ "gpu", asahi_debugfs_gpu },
	{ "faults", asahi_debugfs_faults },
};

/**
 * asahi_debugfs_init() - offer the driver's files below dri/N
 * @asahi: the device, not registered yet
 */
void asahi_debugfs_init(struct asahi_device *asahi)
{
	drm_debugfs_add_files(&asahi->drm, asahi_debugfs_files, ARRAY_SIZE(asahi_debugfs_files));
}
