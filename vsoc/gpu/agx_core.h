/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of the shader core: what a SIMD group of 32 lanes has, and what a launch gives all groups.
 *
 * Registers are rows: row N holds the 32-bit register N of all lanes, so an operation is a loop
 * over a row that the compiler turns into vector instructions. A 16-bit register is one half of
 * each word.
 */
#ifndef VSOC_GPU_AGX_CORE_H
#define VSOC_GPU_AGX_CORE_H

#include <stdalign.h>
#include <stdatomic.h>

#include "agx_isa.h"
#include "gpu_space.h"

#define AGX_LANES 32
#define AGX_MAX_THREADS 1024 /* of a threadgroup */
#define AGX_MAX_GROUPS (AGX_MAX_THREADS / AGX_LANES)
#define AGX_MAX_LOCAL 65536 /* bytes of threadgroup memory */
#define AGX_STACK 65536	    /* bytes of a lane */
#define AGX_STATES 256	    /* texture and sampler state registers each */
#define AGX_TEXTURE_BYTES 24
#define AGX_SAMPLER_BYTES 8

union agx_row {
	uint32_t u[AGX_LANES];
	int32_t s[AGX_LANES];
	float f[AGX_LANES];
};

struct agx_group;

typedef void (*agx_exec_fn)(struct agx_group *group, const struct agx_insn *insn);

/* A decoded program; immutable once made, shared by all groups. */
struct agx_program {
	uint64_t base;	/* GPU address of its first byte */
	uint32_t bytes; /* that were decoded */
	uint32_t count; /* instructions; the last one stops or is unknown */
	uint32_t rows;	/* registers that it can name, in rows; at least 1 */
	bool uses_stack;
	uint8_t *code; /* the bytes it was made from */
	struct agx_insn *insn;
	agx_exec_fn *exec; /* for each instruction, the function that carries it out */
};

/* Layout of tile memory that a launch without tiles uses for block stores; all 0 without any. */
struct agx_imageblock {
	uint32_t width, height; /* pixels */
	uint32_t samples;	/* of a pixel */
	uint32_t sample_stride; /* bytes */
};

/* What all threadgroups of a launch share; constant while it runs, but for the preamble's writes.
 */
struct agx_launch {
	const struct agx_program *program;
	struct gpu_space *space;
	struct gpu_space *front;
	struct gpu_job *job;
	uint32_t local_bytes;
	struct agx_imageblock imageblock;
	uint32_t local[3];   /* threads of a threadgroup */
	uint64_t groups[3];  /* threadgroups of the grid */
	uint64_t threads[3]; /* threads of the grid: the last groups may be clipped */
	uint64_t sampler_heap;
	uint32_t sampler_count;
	uint16_t uniform[AGX_NUM_UNIFORMS];
	uint8_t texture[AGX_STATES][AGX_TEXTURE_BYTES];
	uint8_t sampler[AGX_STATES][AGX_SAMPLER_BYTES];
	bool has_borders; /* samplers come with colours of their own, which is not modelled */
};

enum agx_state {
	AGX_RUNNING,
	AGX_AT_BARRIER,
	AGX_STOPPED,
	AGX_FAILED, /* the job has the reason */
};

struct agx_worker;

struct agx_group {
	alignas(64) union agx_row r[AGX_NUM_HALVES / 2];
	alignas(64) union agx_row active; /* all ones in lanes that run */
	uint32_t mask;			  /* the same, a bit a lane */
	uint32_t exists;		  /* lanes that are threads at all */
	uint32_t pc;			  /* index of the next instruction */
	uint32_t index;			  /* in the threadgroup */
	uint8_t state;			  /* enum agx_state */
	bool preamble;			  /* may write uniforms and state registers */
	const struct agx_launch *launch;
	const struct agx_program *program;
	struct agx_launch *writable; /* preamble only, else NULL */
	struct agx_worker *worker;
	uint8_t *stack;	     /* AGX_LANES times AGX_STACK bytes, or NULL */
	uint32_t stack_used; /* bytes of a lane that were written */
};

/* One thread of the pool: all that a threadgroup needs while it runs. */
struct agx_worker {
	struct gpu_tlb tlb;   /* what shaders access */
	struct gpu_tlb front; /* streams, code, descriptors */
	struct gpu_visit visit;
	uint64_t position[3]; /* of the threadgroup in the grid */
	uint32_t local_bytes;
	uint8_t *local;		 /* AGX_MAX_LOCAL bytes */
	struct agx_group *group; /* AGX_MAX_GROUPS of them */
	uint8_t *stack;		 /* of all groups; reserved, touched on demand */
	uint64_t executed;	 /* instructions of 32 lanes */
	uint32_t back_jumps, passes; /* until the next look at the clock */
	const struct agx_interpreter *interpreter;
	struct agx_profile *profile; /* or NULL */
	struct agx_image_cache *images;
};

/* The interpreter is built more than once, for different instruction sets of the host. */
struct agx_interpreter {
	const char *name;
	/* Runs @group until it stops, waits at a barrier or fails. */
	void (*run)(struct agx_group *group);
	/* The function for an instruction; one that fails the job for what is not modelled. */
	agx_exec_fn (*select)(const struct agx_insn *insn);
};

/* The best one for this CPU. The environment's AGX_INTERPRETER=base takes the plain one. */
const struct agx_interpreter *agx_interpreter(void);

/*
 * Runs one threadgroup of @launch to its end. False when it failed; the launch's job has the
 * reason.
 */
bool agx_run_threadgroup(struct agx_worker *worker, const struct agx_launch *launch,
			 const uint64_t position[3]);

/* Runs @program as a preamble on one lane; its uniform stores go to @launch. */
bool agx_run_preamble(struct agx_worker *worker, struct agx_launch *launch,
		      const struct agx_program *program);

/* After a launch whose program has a stack: many of them keep no more memory than they need. */
void agx_worker_rest(struct agx_worker *worker);

/* NULL without memory. */
struct agx_worker *agx_worker_create(void);
void agx_worker_destroy(struct agx_worker *worker);

#endif
