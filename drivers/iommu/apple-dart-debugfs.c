// SPDX-License-Identifier: GPL-2.0
/*
 * What a person can look at: apple-dart/instances/DEVICE and apple-dart/domains/NUMBER in debugfs.
 */

#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "apple-dart-debugfs.h"
#include "apple-dart-domain.h"

static struct dentry *dart_debugfs_root;
static struct dentry *dart_debugfs_instances;
static struct dentry *dart_debugfs_domains;

/* Instances */

static void show_params(struct seq_file *m, struct dart *dart)
{
	static const char * const states[] = { "live", "removed", "lost" };
	const struct dart_params *params = &dart->params;

	seq_printf(m, "%u streams, %u KiB pages, %u -> %u bits, DART%u entries%s%s%s\n",
		   params->n_streams, 1U << (params->page_shift - 10), params->ias, params->oas,
		   dart->hw->fmt == DART_PT_DART1 ? 1 : 2, params->can_bypass ? ", bypass" : "",
		   params->locked ? ", locked" : "",
		   params->no_negative_cache ? ", no negative cache" : "");
	if (params->window_last)
		seq_printf(m, "window %#llx..%#llx\n", params->window_first, params->window_last);
	seq_printf(m, "%s, power %s\n", states[READ_ONCE(dart->state)],
		   READ_ONCE(dart->powered) ? "on" : "off");
}

static void show_faults(struct seq_file *m, struct dart *dart)
{
	unsigned int code;

	for (code = 0; code < DART_FAULT_CODES; code++) {
		unsigned long n = READ_ONCE(dart->n_faults[code]);

		if (n)
			seq_printf(m, "faults: %lu %s\n", n, dart_fault_kind(dart, code));
	}
	if (READ_ONCE(dart->n_unrecorded))
		seq_printf(m, "faults: %lu without a record\n", READ_ONCE(dart->n_unrecorded));
}

static void show_stream(struct seq_file *m, struct dart *dart, unsigned int sid)
{
	struct iommu_domain *domain = dart->streams[sid].domain;
	struct dart_domain *dom = domain ? dart_paging_domain(domain) : NULL;
	struct dart_stream_regs regs;
	struct dart_port *port;
	unsigned long flags;

	lockdep_assert_held(&dart->streams_lock);

	spin_lock_irqsave(&dart->lock, flags);
	regs = dart->stream_regs[sid];
	spin_unlock_irqrestore(&dart->lock, flags);
	if (!domain && !regs.tcr)
		return;

	seq_printf(m, "stream %u: ", sid);
	if (dom)
		seq_printf(m, "domain %u", dom->id);
	else if (domain && domain->type == IOMMU_DOMAIN_IDENTITY)
		seq_puts(m, "passed through");
	else
		seq_puts(m, dart->params.locked ? "firmware's" : "blocked");
	/* What a locked instance holds is firmware's word, and is not read here. */
	if (!dart->params.locked)
		seq_printf(m, ", control %#x, root %#x%s", regs.tcr, regs.ttbr[0],
			   regs.unsure ? " (not accepted)" : "");
	list_for_each_entry(port, &dart->ports, list) {
		if (test_bit(sid, port->streams))
			seq_printf(m, ", %s pasid %u", dev_name(port->master->dev),
				   port->master->pasid);
	}
	seq_putc(m, '\n');
}

static int dart_instance_show(struct seq_file *m, void *unused)
{
	struct dart *dart = m->private;
	unsigned int sid;

	show_params(m, dart);
	show_faults(m, dart);
	mutex_lock(&dart->streams_lock);
	for (sid = 0; sid < dart->params.n_streams; sid++)
		show_stream(m, dart, sid);
	mutex_unlock(&dart->streams_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dart_instance);

/* Domains */

static void show_table(struct seq_file *m, const struct dart_domain *dom,
		       const struct dart_table *table)
{
	const struct dart_pt_cfg *cfg = &table->pt.cfg;
	unsigned int n = dart_pt_count(&table->pt);

	seq_printf(m, "table: DART%u, %u KiB pages, %u levels, %u roots, %u pages (%u KiB), ",
		   cfg->fmt == DART_PT_DART1 ? 1 : 2, 1U << (cfg->page_shift - 10), cfg->n_levels,
		   cfg->n_roots, n, n << (cfg->page_shift - 10));
	seq_printf(m, "%u instances, %zu locked first levels%s\n", table->n_users,
		   list_count_nodes((struct list_head *)&table->mirrors),
		   table == dom->primary ? ", primary" : "");
}

static void show_attachments(struct seq_file *m, const struct dart_domain *dom)
{
	const struct dart_attachment *att;

	list_for_each_entry(att, &dom->attachments, list)
		seq_printf(m, "instance: %s, streams %*pbl\n", dev_name(att->dart->dev),
			   DART_MAX_STREAMS, att->streams);
}

/**
 * struct mapping - a range of mappings that continue each other
 * @iova: start
 * @pa: physical address of the start
 * @size: bytes; 0: none
 * @prot: the same in all of it
 */
struct mapping {
	u64 iova;
	u64 pa;
	u64 size;
	int prot;
};

static void show_mapping(struct seq_file *m, const struct mapping *range)
{
	if (!range->size)
		return;
	seq_printf(m, "%#014llx..%#014llx -> %#014llx %c%c%c\n", range->iova,
		   range->iova + range->size - 1, range->pa, range->prot & IOMMU_READ ? 'r' : '-',
		   range->prot & IOMMU_WRITE ? 'w' : '-', range->prot & IOMMU_CACHE ? 'c' : '-');
}

/* Adds a page to the range, or shows that and begins another. */
static void add_page(struct seq_file *m, struct mapping *range, const struct mapping *page)
{
	if (range->size && range->iova + range->size == page->iova &&
	    range->pa + range->size == page->pa && range->prot == page->prot) {
		range->size += page->size;
		return;
	}
	show_mapping(m, range);
	*range = *page;
}

/* Mappings that come or go meanwhile are shown or not. */
static void show_mappings(struct seq_file *m, const struct dart_domain *dom)
{
	const struct dart_pt *pt = &dom->primary->pt;
	struct mapping range = {};
	struct mapping page = { .size = 1ULL << dom->granule_shift };
	u64 offset, end, size;

	for (offset = 0;; offset = end) {
		offset = dart_pt_next_span(pt, offset, &size);
		if (!size)
			break;
		for (end = offset + size; offset < end; offset += page.size) {
			if (!dart_pt_lookup(pt, offset, &page.pa, &page.prot))
				continue;
			page.iova = dom->base + offset;
			add_page(m, &range, &page);
		}
		cond_resched();
	}
	show_mapping(m, &range);
}

/* No table is taken out, and no list changes, while attaches are locked out. */
static int dart_domain_show(struct seq_file *m, void *unused)
{
	struct dart_domain *dom = m->private;
	struct dart_table *table;

	mutex_lock(&dom->attach_lock);
	seq_printf(m, "domain %u: granule %u KiB, aperture %#llx..%#llx, %u bits of physical address%s\n",
		   dom->id, 1U << (dom->granule_shift - 10), dom->base + dom->first,
		   dom->base + dom->last, dom->oas,
		   dom->poisoned ? ", never freed: hardware did not obey" : "");
	list_for_each_entry(table, &dom->tables, list)
		show_table(m, dom, table);
	show_attachments(m, dom);
	show_mappings(m, dom);
	mutex_unlock(&dom->attach_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dart_domain);

/**
 * dart_debugfs_add_instance() - offer an instance's file
 * @dart: instance
 */
void dart_debugfs_add_instance(struct dart *dart)
{
	dart->debugfs = debugfs_create_file(dev_name(dart->dev), 0400, dart_debugfs_instances,
					    dart, &dart_instance_fops);
}

/**
 * dart_debugfs_remove_instance() - take an instance's file away, wait for its readers
 * @dart: instance
 */
void dart_debugfs_remove_instance(struct dart *dart)
{
	debugfs_remove(dart->debugfs);
	dart->debugfs = NULL;
}

/**
 * dart_debugfs_add_domain() - offer a domain's file
 * @dom: domain
 */
void dart_debugfs_add_domain(struct dart_domain *dom)
{
	char name[16];

	snprintf(name, sizeof(name), "%u", dom->id);
	dom->debugfs = debugfs_create_file(name, 0400, dart_debugfs_domains, dom,
					   &dart_domain_fops);
}

/**
 * dart_debugfs_remove_domain() - take a domain's file away, wait for its readers
 * @dom: domain
 */
void dart_debugfs_remove_domain(struct dart_domain *dom)
{
	debugfs_remove(dom->debugfs);
	dom->debugfs = NULL;
}

/**
 * dart_debugfs_init() - make the folders
 */
void dart_debugfs_init(void)
{
	dart_debugfs_root = debugfs_create_dir("apple-dart", NULL);
	dart_debugfs_instances = debugfs_create_dir("instances", dart_debugfs_root);
	dart_debugfs_domains = debugfs_create_dir("domains", dart_debugfs_root);
}

/**
 * dart_debugfs_exit() - remove the folders
 */
void dart_debugfs_exit(void)
{
	debugfs_remove(dart_debugfs_root);
}
