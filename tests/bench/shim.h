/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel's interface as page-table code uses, for user space. Every
 * <linux/...> header that the compiled sources name is made to mean this file. What is
 * timed (atomics, barriers, address conversion) costs what it costs in a kernel.
 */
#ifndef DART_BENCH_SHIM_H
#define DART_BENCH_SHIM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef u64 phys_addr_t;
typedef u64 dma_addr_t;
typedef unsigned int gfp_t;

#undef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#define noinline		__attribute__((noinline))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK_ULL(h, l)	((~0ULL >> (63 - (h))) & (~0ULL << (l)))
#define FIELD_PREP(mask, v)	(((u64)(v) << __builtin_ctzll(mask)) & (mask))
#define __ffs(x)		((unsigned int)__builtin_ctzl(x))
#define ilog2(x)		(63 - __builtin_clzll(x))
#define is_power_of_2(x)	((x) && !((x) & ((x) - 1)))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(t, a, b)		min((t)(a), (t)(b))
#define max_t(t, a, b)		max((t)(a), (t)(b))

#define SZ_4K			0x1000
#define SZ_16K			0x4000
#define SZ_64M			0x4000000
#define SZ_128M			0x8000000
#define SZ_1G			0x40000000

#define prefetch(p)		__builtin_prefetch(p)
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define cmpxchg64(p, old, new)	__sync_val_compare_and_swap(p, old, new)
#define cmpxchg64_relaxed(p, old, new) cmpxchg64(p, old, new)
#if defined(__x86_64__)
#define dma_wmb()		__asm__ volatile("" ::: "memory")
#define wmb()			__asm__ volatile("sfence" ::: "memory")
#elif defined(__aarch64__)
#define dma_wmb()		__asm__ volatile("dmb oshst" ::: "memory")
#define wmb()			__asm__ volatile("dsb st" ::: "memory")
#else
#error "barriers of this architecture are missing"
#endif

#define WARN_ON(x)		({ int shim_warn = !!(x); unlikely(shim_warn); })
#define BUILD_BUG_ON(x)		_Static_assert(!(x), #x)
#define VM_BUG_ON(x)		((void)0)
#define EXPORT_SYMBOL_IF_KUNIT(x)
#define KUNIT_STATIC_STUB_REDIRECT(...)	((void)0)
#define cond_resched()		((void)0)

/* Memory: one arena stands for RAM, at a physical address that needs all of DART1's bits. */

#define GFP_KERNEL		0x1u
#define GFP_DMA32		0x2u
#define __GFP_ZERO		0x4u
#define __GFP_HIGHMEM		0x8u
#define PAGE_SIZE		4096UL
#define SHIM_RAM_BASE		0x800000000ULL

extern char *shim_ram;

static inline void *phys_to_virt(phys_addr_t pa)
{
	return shim_ram + (pa - SHIM_RAM_BASE);
}

static inline phys_addr_t virt_to_phys(const void *va)
{
	return (const char *)va - shim_ram + SHIM_RAM_BASE;
}

#define __va(pa)		phys_to_virt(pa)
#define __pa(va)		virt_to_phys(va)

static inline int get_order(unsigned long size)
{
	return size <= PAGE_SIZE ? 0 : ilog2((size - 1) / PAGE_SIZE) + 1;
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
void free_pages(unsigned long va, unsigned int order);

static inline void *iommu_alloc_pages(gfp_t gfp, int order)
{
	return (void *)__get_free_pages(gfp | __GFP_ZERO, order);
}

static inline void iommu_free_pages(void *va, int order)
{
	free_pages((unsigned long)va, order);
}

#define kzalloc(size, gfp)	calloc(1, size)
#define kcalloc(n, size, gfp)	calloc(n, size)
#define kfree(p)		free(p)

/* The kernel's takes 64-bit steps, too. */
static inline void *memchr_inv(const void *start, int c, size_t bytes)
{
	const u64 *word = start;
	u64 pattern = 0x0101010101010101ULL * (u8)c;

	for (; bytes >= sizeof(*word); word++, bytes -= sizeof(*word)) {
		if (READ_ONCE(*word) != pattern)
			return (void *)word;
	}
	return NULL;
}

u64 ktime_get_ns(void);

/* The interface between an IOMMU driver and io-pgtable */

#define IOMMU_READ		(1 << 0)
#define IOMMU_WRITE		(1 << 1)
#define IOMMU_CACHE		(1 << 2)

struct device;

struct iommu_iotlb_gather {
	unsigned long start;
	unsigned long end;
	size_t pgsize;
	bool queued;
};

static inline void iommu_iotlb_gather_init(struct iommu_iotlb_gather *gather)
{
	*gather = (struct iommu_iotlb_gather) { .start = ~0UL };
}

static inline bool iommu_iotlb_gather_queued(struct iommu_iotlb_gather *gather)
{
	return gather && gather->queued;
}

enum io_pgtable_fmt {
	APPLE_DART,
	APPLE_DART2,
};

struct iommu_flush_ops {
	void (*tlb_add_page)(struct iommu_iotlb_gather *gather, unsigned long iova, size_t granule,
			     void *cookie);
};

struct io_pgtable_cfg {
	unsigned long pgsize_bitmap;
	unsigned int ias;
	unsigned int oas;
	bool coherent_walk;
	const struct iommu_flush_ops *tlb;
	struct {
		u64 ttbr[4];
		u32 n_ttbrs;
	} apple_dart_cfg;
};

struct io_pgtable_ops {
	int (*map_pages)(struct io_pgtable_ops *ops, unsigned long iova, phys_addr_t paddr,
			 size_t pgsize, size_t pgcount, int prot, gfp_t gfp, size_t *mapped);
	size_t (*unmap_pages)(struct io_pgtable_ops *ops, unsigned long iova, size_t pgsize,
			      size_t pgcount, struct iommu_iotlb_gather *gather);
	phys_addr_t (*iova_to_phys)(struct io_pgtable_ops *ops, unsigned long iova);
};

struct io_pgtable {
	enum io_pgtable_fmt fmt;
	void *cookie;
	struct io_pgtable_cfg cfg;
	struct io_pgtable_ops ops;
};

#define io_pgtable_ops_to_pgtable(p)	container_of(p, struct io_pgtable, ops)

struct io_pgtable_init_fns {
	struct io_pgtable *(*alloc)(struct io_pgtable_cfg *cfg, void *cookie);
	void (*free)(struct io_pgtable *iop);
};

static inline void io_pgtable_tlb_add_page(struct io_pgtable *iop,
					   struct iommu_iotlb_gather *gather, unsigned long iova,
					   size_t granule)
{
	if (iop->cfg.tlb && iop->cfg.tlb->tlb_add_page)
		iop->cfg.tlb->tlb_add_page(gather, iova, granule, iop->cookie);
}

struct io_pgtable_ops *alloc_io_pgtable_ops(enum io_pgtable_fmt fmt, struct io_pgtable_cfg *cfg,
					    void *cookie);
void free_io_pgtable_ops(struct io_pgtable_ops *ops);

#endif
