/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only place of the driver that knows that kernels differ.
 */
#ifndef APPLE_DART_COMPAT_H
#define APPLE_DART_COMPAT_H

#include <linux/iommu.h>

/*
 * Newer kernels pass the domain that is being left to ->attach_dev(). This
 * driver remembers that itself, so the operation is written without it and
 * the right face is chosen by the type of the member.
 */
typedef int (*dart_attach_op_with_old)(struct iommu_domain *domain, struct device *dev,
				       struct iommu_domain *old);

#define DART_DEFINE_ATTACH_OP(fn)							\
static int __maybe_unused fn##_with_old(struct iommu_domain *domain,			\
					struct device *dev, struct iommu_domain *old)	\
{											\
	return fn(domain, dev);								\
}

#define DART_ATTACH_OP(fn)								\
	__builtin_choose_expr(								\
		__builtin_types_compatible_p(						\
			typeof(((struct iommu_domain_ops *)NULL)->attach_dev),		\
			dart_attach_op_with_old),					\
		fn##_with_old, fn)

#endif
