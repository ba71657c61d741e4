/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files below apple-dart in debugfs.
 */
#ifndef APPLE_DART_DEBUGFS_H
#define APPLE_DART_DEBUGFS_H

struct dart;
struct dart_domain;
struct iommu_domain;

void dart_debugfs_init(void);
void dart_debugfs_exit(void);
void dart_debugfs_add_instance(struct dart *dart);
void dart_debugfs_remove_instance(struct dart *dart);
void dart_debugfs_add_domain(struct dart_domain *dom);
void dart_debugfs_remove_domain(struct dart_domain *dom);

struct dart_domain *dart_paging_domain(struct iommu_domain *domain);

#endif
