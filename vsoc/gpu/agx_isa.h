/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The AGX2 instruction set as data: what an instruction is once it is decoded.
 *
 * Registers are numbered in 16-bit halves everywhere: r3 is half 6, r3h is half 7. A program is
 * decoded once and then run by many SIMD groups; nothing here knows how.
 *
 * Source of the encodings: public reverse engineering (applegpu) and Mesa's description of them,
 * as collected in the facts of this project.
 */
#ifndef VSOC_GPU_AGX_ISA_H
#define VSOC_GPU_AGX_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGX_NUM_HALVES 256   /* general registers of a lane */
#define AGX_NUM_UNIFORMS 512 /* halves */
#define AGX_MAX_INSN_BYTES 12

enum agx_op {
	AGX_UNKNOWN, /* bytes that are no known instruction; running it stops the program */
	AGX_MOV_IMM,
	AGX_GET_SR,
	AGX_IADD,
	AGX_IMAD,
	AGX_BFI,
	AGX_BFEIL,
	AGX_EXTR,
	AGX_ASR,
	AGX_BITOP,
	AGX_INTL,
	AGX_BITREV,
	AGX_POPCOUNT,
	AGX_FFS,
	AGX_CONVERT,
	AGX_ICMPSEL,
	AGX_FCMPSEL,
	AGX_FADD,
	AGX_FMUL,
	AGX_FFMA,
	AGX_HADD,
	AGX_HMUL,
	AGX_HFMA,
	AGX_FUNARY,
	AGX_ICMP_BALLOT,
	AGX_FCMP_BALLOT,
	AGX_SHUFFLE,
	AGX_REDUCE,
	AGX_IF_ICMP,
	AGX_ELSE_ICMP,
	AGX_WHILE_ICMP,
	AGX_IF_FCMP,
	AGX_ELSE_FCMP,
	AGX_WHILE_FCMP,
	AGX_POP_EXEC,
	AGX_JMP_ANY,
	AGX_JMP_NONE,
	AGX_CALL,
	AGX_CALL_REG,
	AGX_RET,
	AGX_STOP,
	AGX_TRAP,
	AGX_WAIT,
	AGX_BARRIER,
	AGX_MEM_BARRIER,
	AGX_DOORBELL,
	AGX_JMP_DOORBELL,
	AGX_MAP,
	AGX_LOAD,
	AGX_STORE,
	AGX_UNIFORM_STORE,
	AGX_ATOMIC,
	AGX_LOCAL_LOAD,
	AGX_LOCAL_STORE,
	AGX_LOCAL_ATOMIC,
	AGX_STACK_LOAD,
	AGX_STACK_STORE,
	AGX_STACK_ADJUST,
	AGX_TEX_STATE,
	AGX_SAMPLER_STATE,
	AGX_TEX_SAMPLE,
	AGX_TEX_LOAD,
	AGX_IMAGE_WRITE,
	AGX_BLOCK_STORE,
	AGX_ST_VARY,
	AGX_NO_VARYINGS,
	AGX_ITER,
	AGX_ITERPROJ,
	AGX_LDCF,
	AGX_LD_TILE,
	AGX_ST_TILE,
	AGX_SAMPLE_MASK,
	AGX_ZS_EMIT,
	AGX_PIX_WAIT,
	AGX_PIX_SIGNAL,
	AGX_NUM_OPS,
};

enum agx_operand_kind {
	AGX_NONE,
	AGX_IMM,     /* value */
	AGX_FIMM,    /* value holds the bits of a float32 */
	AGX_UNIFORM, /* index */
	AGX_REG,     /* index */
	AGX_TS,	     /* index of a texture state register */
	AGX_CF,	     /* index of a coefficient register */
};

/*
 * One operand. Checked when decoded: index plus halves is inside the register file, and 32-bit and
 * 64-bit operands are aligned to 32 bits.
 */
struct agx_operand {
	uint8_t kind;	/* enum agx_operand_kind */
	uint8_t halves; /* 1, 2 or 4: its size */
	bool sx;	/* sign-extend to the size of the operation */
	bool abs, neg;	/* float modifiers, in this order */
	uint16_t index;
	uint32_t value;
};

/* Memory formats; the value is the encoding. */
enum agx_format {
	AGX_FMT_I8 = 0,
	AGX_FMT_I16 = 1,
	AGX_FMT_I32 = 2,
	AGX_FMT_F16 = 3,
	AGX_FMT_U8NORM = 4,
	AGX_FMT_S8NORM = 5,
	AGX_FMT_U16NORM = 6,
	AGX_FMT_S16NORM = 7,
	AGX_FMT_RGB10A2 = 8,
	AGX_FMT_SRGBA8 = 10,
	AGX_FMT_RG11B10F = 12,
	AGX_FMT_RGB9E5 = 13,
	AGX_FMT_RG11B10F_RTZ = 14,
	AGX_FMT_RGB9E5_RTZ = 15,
};

enum agx_unary {
	AGX_FLOOR = 0,
	AGX_RSQRT_SPECIAL = 1,
	AGX_DFDX = 4,
	AGX_DFDY = 6,
	AGX_RCP = 8,
	AGX_RSQRT = 9,
	AGX_SIN_PT_1 = 10,
	AGX_LOG2 = 12,
	AGX_EXP2 = 13,
	AGX_SIN_PT_2 = 14,
	AGX_CEIL = 16,
	AGX_TRUNC = 32,
	AGX_RINT = 48,
};

enum agx_atomic_op {
	AGX_ATOMIC_ADD,
	AGX_ATOMIC_SUB,
	AGX_ATOMIC_XCHG,
	AGX_ATOMIC_CMPXCHG,
	AGX_ATOMIC_UMIN,
	AGX_ATOMIC_SMIN,
	AGX_ATOMIC_UMAX,
	AGX_ATOMIC_SMAX,
	AGX_ATOMIC_AND,
	AGX_ATOMIC_OR,
	AGX_ATOMIC_XOR,
	AGX_ATOMIC_COUNT,
};

/* Texture dimensions; the value is the encoding. */
enum agx_dim {
	AGX_DIM_1D,
	AGX_DIM_1D_ARRAY,
	AGX_DIM_2D,
	AGX_DIM_2D_ARRAY,
	AGX_DIM_2D_MS,
	AGX_DIM_3D,
	AGX_DIM_CUBE,
	AGX_DIM_CUBE_ARRAY,
	AGX_DIM_2D_MS_ARRAY,
	AGX_DIM_COUNT,
};

static inline bool agx_dim_is_cube(unsigned int dim)
{
	return dim == AGX_DIM_CUBE || dim == AGX_DIM_CUBE_ARRAY;
}

/* In which texels of a layer, or of a face, lie beside each other. */
static inline unsigned int agx_dim_directions(unsigned int dim)
{
	switch (dim) {
	case AGX_DIM_1D:
	case AGX_DIM_1D_ARRAY:
		return 1;
	case AGX_DIM_3D:
		return 3;
	default:
		return 2;
	}
}

struct agx_insn {
	uint8_t op; /* enum agx_op */
	uint8_t bytes;
	uint8_t sub;  /* the operation within the op: truth table, unary, reduce, atomic, special
			 reg. */
	uint8_t cond; /* condition of a compare */
	uint8_t nest; /* levels of a control flow instruction */
	uint8_t shift;
	uint8_t mask;	/* components of a memory access */
	uint8_t format; /* enum agx_format */
	uint8_t dim;	/* enum agx_dim */
	uint8_t lod_mode;
	uint8_t heap; /* texture heap base: uniform half index | 1 if there is one, else 0 */
	uint8_t gather;
	bool invert, sat, negate, rounds, simd, prefix, rotate, shadow, sparse, query,
		explicit_coords;
	bool offset;		 /* texel offset present */
	struct agx_operand d;	 /* destination, or the data of a store */
	struct agx_operand s[4]; /* sources; memory: 0 base, 1 offset, 2 data */
	struct agx_operand lod, texture, sampler;
	uint32_t imm;	       /* bit-field width, tile offset, doorbell... */
	int32_t target;	       /* jump: bytes from its start; in a program: index of the target */
	uint32_t offset_bytes; /* where in its program it stands */
	uint8_t raw[AGX_MAX_INSN_BYTES];
};

/*
 * Decodes one instruction from @code, of which @size bytes exist. Returns its length; 0 with
 * insn->op AGX_UNKNOWN for anything that is not exactly an instruction of the table.
 */
unsigned int agx_decode(const uint8_t *code, size_t size, struct agx_insn *insn);

/* Writes one line without line end into @text; always terminated. */
void agx_disassemble(const struct agx_insn *insn, char *text, size_t size);

const char *agx_op_name(enum agx_op op);

#endif
