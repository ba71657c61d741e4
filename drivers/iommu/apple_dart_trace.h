/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: what happens to domains, and what instances are told and tell.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM apple_dart

#if !defined(APPLE_DART_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define APPLE_DART_TRACE_H

#include <linux/device.h>
#include <linux/tracepoint.h>

#include "apple-dart-domain.h"

TRACE_EVENT(dart_map,
	    TP_PROTO(const struct dart_domain *dom, u64 iova, u64 pa, u64 size, int prot, int ret),
	    TP_ARGS(dom, iova, pa, size, prot, ret),
	    TP_STRUCT__entry(__field(unsigned int, domain)
			     __field(u64, iova)
			     __field(u64, pa)
			     __field(u64, size)
			     __field(int, prot)
			     __field(int, ret)),
	    TP_fast_assign(__entry->domain = dom->id;
			   __entry->iova = iova;
			   __entry->pa = pa;
			   __entry->size = size;
			   __entry->prot = prot;
			   __entry->ret = ret;),
	    TP_printk("domain %u iova %#llx pa %#llx size %#llx prot %#x: %d", __entry->domain,
		      __entry->iova, __entry->pa, __entry->size, __entry->prot, __entry->ret)
);

TRACE_EVENT(dart_unmap,
	    TP_PROTO(const struct dart_domain *dom, u64 iova, u64 size, u64 done),
	    TP_ARGS(dom, iova, size, done),
	    TP_STRUCT__entry(__field(unsigned int, domain)
			     __field(u64, iova)
			     __field(u64, size)
			     __field(u64, done)),
	    TP_fast_assign(__entry->domain = dom->id;
			   __entry->iova = iova;
			   __entry->size = size;
			   __entry->done = done;),
	    TP_printk("domain %u iova %#llx size %#llx done %#llx", __entry->domain, __entry->iova,
		      __entry->size, __entry->done)
);

TRACE_EVENT(dart_flush,
	    TP_PROTO(const struct dart *dart, unsigned int n_streams,
		     const struct dart_range *range, int ret),
	    TP_ARGS(dart, n_streams, range, ret),
	    TP_STRUCT__entry(__string(instance, dev_name(dart->dev))
			     __field(unsigned int, n_streams)
			     __field(u64, first)
			     __field(u64, last)
			     __field(int, ret)),
	    TP_fast_assign(__assign_str(instance);
			   __entry->n_streams = n_streams;
			   __entry->first = range ? range->first : 0;
			   __entry->last = range ? range->last : U64_MAX;
			   __entry->ret = ret;),
	    /* What was asked for: an instance may drop more. */
	    TP_printk("%s %u streams %#llx..%#llx: %d", __get_str(instance), __entry->n_streams,
		      __entry->first, __entry->last, __entry->ret)
);

TRACE_EVENT(dart_attach,
	    TP_PROTO(const struct dart_master *master, unsigned int domain, int ret),
	    TP_ARGS(master, domain, ret),
	    TP_STRUCT__entry(__string(device, dev_name(master->dev))
			     __field(unsigned int, pasid)
			     __field(unsigned int, domain)
			     __field(int, ret)),
	    TP_fast_assign(__assign_str(device);
			   __entry->pasid = master->pasid;
			   __entry->domain = domain;
			   __entry->ret = ret;),
	    /* Domain 0 is one without tables: it blocks or passes through. */
	    TP_printk("%s pasid %u domain %u: %d", __get_str(device), __entry->pasid,
		      __entry->domain, __entry->ret)
);

TRACE_EVENT(dart_fault,
	    TP_PROTO(const struct dart *dart, const struct dart_fault *fault),
	    TP_ARGS(dart, fault),
	    TP_STRUCT__entry(__string(instance, dev_name(dart->dev))
			     __string(kind, fault->kind)
			     __field(u64, iova)
			     __field(u32, status)
			     __field(u16, stream)
			     __field(bool, write)),
	    TP_fast_assign(__assign_str(instance);
			   __assign_str(kind);
			   __entry->iova = fault->iova;
			   __entry->status = fault->status;
			   __entry->stream = fault->stream;
			   __entry->write = fault->write;),
	    TP_printk("%s stream %u %s %#llx: %s (status %#x)", __get_str(instance),
		      __entry->stream, __entry->write ? "writes" : "reads", __entry->iova,
		      __get_str(kind), __entry->status)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE apple_dart_trace
#include <trace/define_trace.h>
