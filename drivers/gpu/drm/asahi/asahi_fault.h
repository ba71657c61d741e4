/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASAHI_FAULT_H_
#define _ASAHI_FAULT_H_

#include <linux/types.h>

struct asahi_device;
struct drm_printer;

/**
 * struct asahi_job_fault - a job that accessed what it must not
 * @client_id: DRM's number of the file
 * @address: in the address space of the job, or in the kernel's
 * @stream: of that address space
 * @dart: which of the GPU's
 * @command: index of the command that did it
 * @write: it was a write
 */
struct asahi_job_fault {
	u64 client_id;
	u64 address;
	u32 stream;
	u32 dart;
	u32 command;
	bool write;
};

int asahi_fault_init(struct asahi_device *asahi);
void asahi_fault_record(struct asahi_device *asahi, const struct asahi_job_fault *fault);
void asahi_fault_print(struct asahi_device *asahi, struct drm_printer *p);

#endif
