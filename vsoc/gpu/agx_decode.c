// SPDX-License-Identifier: GPL-2.0
/*
 * The decoder is a table: an entry for each instruction with the bits that name it, its lengths,
 * and the fields that its other bits belong to. A bit that belongs to nothing must be zero, so a
 * program that uses something new is stopped instead of run wrongly.
 */
#include <string.h>

#include "agx_isa.h"

typedef unsigned __int128 bits_t;

enum field_kind {
	END,
	IGNORE,   /* scheduling hints: caches, wait groups, coherence */
	/* ALU destinations: hint, size, register (6 bits), extension */
	D_ALU, D_ALU64, D_HALF,
	/* ALU sources: value (6), type (4 or 3), modifiers, extension */
	S_ALU, S_INT, S_FLOAT, S_HALF, S_CMPSEL,
	/* registers of memory operations */
	R_REG, R_SIZE, R_REG32, R_ATOMIC, R_SAMPLE, R_BLOCK, R_EX32, R_EX16,
	M_BASE, M_INDEX, L_BASE, L_INDEX, U_INDEX, STATE_BASE, STATE_OFFSET,
	T_COORD, T_LOD, T_LOD_MODE, T_STATE, T_SAMPLER, T_EXTRA, T_HEAP,
	V_REG, V_INDEX, CF, CF_W, DISCARD, ZS_VALUE, SAMPLES, TILE_COORD, ITER_D, ITER_SAMPLE,
	/* plain numbers */
	SUB, COND, COND_INV, NEST, SHIFT, MASK, FORMAT, DIM, IMM, IMM32, TARGET, BITMASK,
	SAT, NEGATE, ROUND, INVERT, SIMD, PREFIX, ROTATE, SHADOW, SPARSE, QUERY, GATHER, EXPLICIT,
	OFFSET,
};

struct part {
	uint8_t lo, n;
};

struct field {
	uint8_t kind, slot;
	struct part part[5]; /* low bits first */
};

struct entry {
	const char *name;
	uint8_t op;
	uint8_t length_bit; /* 0: one length only */
	uint8_t bytes, long_bytes;
	uint64_t mask, value;
	const struct field *fields;
};

#define D6	{ D_ALU, 0, { { 7, 8 }, { 44, 2 } } }
#define D8	{ D_ALU, 0, { { 7, 8 }, { 60, 2 } } }
#define SATURATE { SAT, 0, { { 6, 1 } } }
#define HINT7	{ IGNORE, 0, { { 7, 1 } } }

static const struct field mov_imm16[] = {
	D6, { IMM, 0, { { 16, 16 } } }, { }
};

static const struct field mov_imm32[] = {
	D8, { IMM32, 0, { { 16, 32 } } }, { }
};

static const struct field get_sr[] = {
	{ D_ALU, 0, { { 7, 8 }, { 28, 2 } } }, { SUB, 0, { { 16, 6 }, { 26, 2 } } }, { }
};

static const struct field iadd[] = {
	{ D_ALU64, 0, { { 7, 8 }, { 44, 2 } } },
	{ S_INT, 0, { { 16, 11 }, { 42, 2 } } }, { S_INT, 1, { { 28, 11 }, { 40, 2 } } },
	{ NEGATE, 0, { { 27, 1 } } }, { SHIFT, 0, { { 39, 1 }, { 52, 2 } } }, SATURATE, { }
};

static const struct field imad[] = {
	{ D_ALU64, 0, { { 7, 8 }, { 60, 2 } } },
	{ S_INT, 0, { { 16, 11 }, { 58, 2 } } }, { S_INT, 1, { { 28, 11 }, { 56, 2 } } },
	{ S_INT, 2, { { 40, 11 }, { 54, 2 } } },
	{ NEGATE, 0, { { 27, 1 } } }, { SHIFT, 0, { { 39, 1 }, { 52, 2 } } }, SATURATE, { }
};

static const struct field bitfield[] = {
	D8, { S_ALU, 0, { { 16, 10 }, { 58, 2 } } }, { S_ALU, 1, { { 28, 10 }, { 56, 2 } } },
	{ S_ALU, 2, { { 40, 10 }, { 54, 2 } } },
	{ BITMASK, 0, { { 38, 2 }, { 50, 2 }, { 63, 1 } } }, { }
};

static const struct field bitop[] = {
	D6, { S_ALU, 0, { { 16, 10 }, { 42, 2 } } }, { S_ALU, 1, { { 28, 10 }, { 40, 2 } } },
	{ SUB, 0, { { 26, 2 }, { 38, 2 } } }, { }
};

static const struct field alu_two[] = {
	D6, { S_ALU, 0, { { 16, 10 }, { 42, 2 } } }, { S_ALU, 1, { { 28, 10 }, { 40, 2 } } }, { }
};

static const struct field alu_one[] = {
	D6, { S_ALU, 0, { { 16, 10 }, { 42, 2 } } }, { }
};

static const struct field convert[] = {
	D6, { SUB, 0, { { 16, 6 } } }, { ROUND, 0, { { 26, 2 } } },
	{ S_ALU, 0, { { 28, 10 }, { 40, 2 } } }, { }
};

static const struct field icmpsel[] = {
	{ D_ALU, 0, { { 7, 8 }, { 76, 2 } } },
	{ S_INT, 0, { { 16, 11 }, { 74, 2 } } }, { S_INT, 1, { { 28, 11 }, { 72, 2 } } },
	{ S_CMPSEL, 2, { { 40, 9 }, { 70, 2 } } }, { S_CMPSEL, 3, { { 52, 9 }, { 68, 2 } } },
	{ COND, 0, { { 61, 3 } } }, { }
};

static const struct field fcmpsel[] = {
	{ D_ALU, 0, { { 7, 8 }, { 76, 2 } } },
	{ S_FLOAT, 0, { { 16, 12 }, { 74, 2 } } }, { S_FLOAT, 1, { { 28, 12 }, { 72, 2 } } },
	{ S_CMPSEL, 2, { { 40, 9 }, { 70, 2 } } }, { S_CMPSEL, 3, { { 52, 9 }, { 68, 2 } } },
	{ COND, 0, { { 61, 3 } } }, { }
};

static const struct field float_two[] = {
	D6, { S_FLOAT, 0, { { 16, 12 }, { 42, 2 } } }, { S_FLOAT, 1, { { 28, 12 }, { 40, 2 } } },
	SATURATE, { }
};

static const struct field float_three[] = {
	D8, { S_FLOAT, 0, { { 16, 12 }, { 58, 2 } } }, { S_FLOAT, 1, { { 28, 12 }, { 56, 2 } } },
	{ S_FLOAT, 2, { { 40, 12 }, { 54, 2 } } }, SATURATE, { }
};

static const struct field half_two[] = {
	{ D_HALF, 0, { { 7, 8 }, { 44, 2 } } },
	{ S_HALF, 0, { { 16, 11 }, { 42, 2 } } }, { S_HALF, 1, { { 28, 11 }, { 40, 2 } } },
	SATURATE, { }
};

static const struct field half_three[] = {
	{ D_HALF, 0, { { 7, 8 }, { 60, 2 } } },
	{ S_HALF, 0, { { 16, 11 }, { 58, 2 } } }, { S_HALF, 1, { { 28, 11 }, { 56, 2 } } },
	{ S_HALF, 2, { { 40, 11 }, { 54, 2 } } }, SATURATE, { }
};

static const struct field float_one[] = {
	D6, { S_FLOAT, 0, { { 16, 12 }, { 42, 2 } } }, { SUB, 0, { { 28, 6 } } }, SATURATE, { }
};

static const struct field icmp_ballot[] = {
	D6, { S_INT, 0, { { 16, 11 }, { 42, 2 } } }, { S_INT, 1, { { 28, 11 }, { 40, 2 } } },
	{ COND, 0, { { 61, 3 } } }, { INVERT, 0, { { 47, 1 } } }, { SIMD, 0, { { 48, 1 } } }, { }
};

static const struct field fcmp_ballot[] = {
	D6, { S_FLOAT, 0, { { 16, 12 }, { 42, 2 } } }, { S_FLOAT, 1, { { 28, 12 }, { 40, 2 } } },
	{ COND, 0, { { 61, 3 } } }, { INVERT, 0, { { 47, 1 } } }, { SIMD, 0, { { 48, 1 } } }, { }
};

static const struct field shuffle[] = {
	D6, { S_ALU, 0, { { 16, 10 }, { 42, 2 } } }, { S_ALU, 1, { { 28, 10 }, { 40, 2 } } },
	{ SUB, 0, { { 38, 2 } } }, { SIMD, 0, { { 26, 1 } } }, { ROTATE, 0, { { 47, 1 } } }, { }
};

static const struct field reduce[] = {
	D6, { S_ALU, 0, { { 16, 10 }, { 42, 2 } } }, { SIMD, 0, { { 29, 1 } } },
	{ PREFIX, 0, { { 30, 1 } } }, { SUB, 0, { { 28, 1 }, { 38, 3 }, { 47, 1 } } }, { }
};

static const struct field int_flow[] = {
	HINT7, { S_INT, 0, { { 16, 11 }, { 42, 2 } } }, { S_INT, 1, { { 28, 11 }, { 40, 2 } } },
	{ COND, 0, { { 13, 3 } } }, { INVERT, 0, { { 8, 1 } } }, { NEST, 0, { { 11, 2 } } }, { }
};

static const struct field float_flow[] = {
	HINT7, { S_FLOAT, 0, { { 16, 12 }, { 42, 2 } } }, { S_FLOAT, 1, { { 28, 12 }, { 40, 2 } } },
	{ COND, 0, { { 13, 3 } } }, { INVERT, 0, { { 8, 1 } } }, { NEST, 0, { { 11, 2 } } }, { }
};

static const struct field pop_exec[] = { HINT7, { NEST, 0, { { 11, 2 } } }, { } };
static const struct field jump[] = { { TARGET, 0, { { 16, 32 } } }, { } };
static const struct field jump_reg[] = { { R_EX32, 0, { { 9, 7 } } }, { } };
static const struct field skip[] = { { IMM, 0, { { 16, 8 } } }, { } };
static const struct field wait[] = { { IGNORE, 0, { { 8, 1 } } }, { } };
static const struct field barrier[] = { { IGNORE, 0, { { 8, 8 } } }, { } };
static const struct field doorbell[] = { { IMM, 0, { { 8, 8 } } }, { } };
static const struct field nothing[] = { { } };

#define MEM_DATA { R_REG, 0, { { 10, 6 }, { 40, 2 } } }, { R_SIZE, 0, { { 49, 1 } } }, \
	{ MASK, 0, { { 52, 4 } } }
#define MEM_INDEX { M_INDEX, 1, { { 20, 4 }, { 32, 4 }, { 56, 8 }, { 24, 2 } } }
#define MEM_BASE { M_BASE, 0, { { 16, 4 }, { 36, 4 }, { 27, 1 } } }
#define MEM_HINTS { IGNORE, 0, { { 30, 1 }, { 44, 2 } } }

static const struct field memory[] = {
	MEM_DATA, MEM_BASE, MEM_INDEX, { SHIFT, 0, { { 42, 2 } } },
	{ FORMAT, 0, { { 7, 3 }, { 48, 1 } } }, MEM_HINTS, { }
};

static const struct field uniform_store[] = {
	MEM_DATA, { U_INDEX, 0, { { 20, 4 }, { 32, 4 }, { 56, 8 } } },
	{ FORMAT, 0, { { 7, 3 }, { 48, 1 } } }, { IGNORE, 0, { { 30, 1 }, { 46, 1 } } }, { }
};

static const struct field atomic[] = {
	{ R_ATOMIC, 0, { { 10, 6 }, { 40, 2 }, { 47, 1 } } }, { R_REG32, 2, { { 48, 8 } } },
	MEM_BASE, MEM_INDEX, { SUB, 0, { { 6, 4 } } }, MEM_HINTS, { }
};

static const struct field stack[] = {
	MEM_DATA, MEM_INDEX, { SHIFT, 0, { { 42, 2 } } }, { FORMAT, 0, { { 8, 2 }, { 50, 2 } } },
	{ IGNORE, 0, { { 30, 1 } } }, { }
};

static const struct field stack_adjust[] = { MEM_INDEX, { } };

#define LOCAL_BASE { L_BASE, 0, { { 16, 6 }, { 58, 2 }, { 22, 2 } } }
#define LOCAL_INDEX { L_INDEX, 1, { { 28, 6 }, { 48, 10 }, { 34, 1 } } }

static const struct field local[] = {
	{ R_REG, 0, { { 9, 6 }, { 60, 2 } } }, { R_SIZE, 0, { { 8, 1 } } },
	{ MASK, 0, { { 36, 4 } } },
	LOCAL_BASE, LOCAL_INDEX, { FORMAT, 0, { { 24, 4 } } }, { }
};

static const struct field local_atomic[] = {
	{ R_ATOMIC, 0, { { 9, 6 }, { 60, 2 }, { 38, 1 } } }, { R_REG32, 2, { { 64, 8 } } },
	LOCAL_BASE, LOCAL_INDEX, { SUB, 0, { { 24, 4 } } }, { IGNORE, 0, { { 8, 1 } } }, { }
};

static const struct field state_store[] = {
	{ IMM, 0, { { 8, 7 } } }, { STATE_BASE, 0, { { 59, 5 } } },
	{ STATE_OFFSET, 1, { { 26, 16 }, { 58, 1 } } }, { IGNORE, 0, { { 16, 1 } } }, { }
};

static const struct field texture[] = {
	{ R_SAMPLE, 0, { { 9, 6 }, { 72, 2 }, { 8, 1 } } }, { MASK, 0, { { 48, 4 } } },
	{ T_COORD, 0, { { 16, 6 }, { 74, 2 }, { 47, 1 } } },
	{ T_LOD, 0, { { 24, 6 }, { 76, 2 } } }, { T_LOD_MODE, 0, { { 52, 4 } } },
	{ T_STATE, 0, { { 32, 6 }, { 78, 2 }, { 38, 2 } } }, { T_HEAP, 0, { { 64, 5 } } },
	{ T_SAMPLER, 0, { { 56, 6 }, { 92, 2 }, { 62, 1 } } },
	{ T_EXTRA, 1, { { 80, 6 }, { 94, 2 } } }, { SHADOW, 0, { { 23, 1 } } },
	{ OFFSET, 0, { { 91, 1 } } }, { DIM, 0, { { 40, 3 }, { 71, 1 } } },
	{ QUERY, 0, { { 31, 1 } } }, { SPARSE, 0, { { 70, 1 } } }, { GATHER, 0, { { 87, 4 } } },
	{ IGNORE, 0, { { 22, 1 }, { 43, 4 }, { 63, 1 }, { 69, 1 } } }, { }
};

static const struct field image_write[] = {
	{ R_BLOCK, 0, { { 9, 6 }, { 56, 2 }, { 8, 1 } } },
	{ T_COORD, 0, { { 16, 6 }, { 58, 2 }, { 47, 1 } } },
	{ T_LOD, 0, { { 24, 6 }, { 60, 2 }, { 31, 1 } } },
	{ T_STATE, 0, { { 32, 6 }, { 62, 2 }, { 38, 2 } } }, { T_HEAP, 0, { { 48, 5 } } },
	{ DIM, 0, { { 40, 3 }, { 55, 1 } } }, { ROUND, 0, { { 53, 1 } } },
	{ IGNORE, 0, { { 22, 2 }, { 43, 4 } } }, { }
};

static const struct field block_store[] = {
	{ R_EX16, 2, { { 9, 6 }, { 56, 2 } } }, { T_COORD, 0, { { 16, 6 }, { 58, 2 }, { 47, 1 } } },
	{ T_LOD, 0, { { 24, 6 }, { 60, 2 }, { 31, 1 } } },
	{ T_STATE, 0, { { 32, 6 }, { 62, 2 }, { 38, 2 } } }, { T_HEAP, 0, { { 48, 5 } } },
	{ DIM, 0, { { 40, 3 }, { 55, 1 } } }, { FORMAT, 0, { { 8, 1 }, { 64, 3 } } },
	{ EXPLICIT, 0, { { 23, 1 } } }, { ROUND, 0, { { 53, 1 } } },
	{ IGNORE, 0, { { 22, 1 }, { 43, 1 }, { 46, 1 }, { 67, 1 } } }, { }
};

static const struct field st_vary[] = {
	{ R_EX32, 2, { { 10, 5 }, { 24, 2 } } },
	{ V_INDEX, 1, { { 16, 6 }, { 26, 2 }, { 23, 1 } } },
	HINT7, { }
};

#define ITER_COMMON { ITER_D, 0, { { 8, 7 }, { 56, 2 }, { 30, 2 } } }, \
	{ CF, 0, { { 16, 6 }, { 58, 2 }, { 23, 1 } } }, \
	{ ITER_SAMPLE, 2, { { 32, 8 }, { 48, 2 } } }, \
	{ IGNORE, 0, { { 22, 1 }, { 46, 1 }, { 52, 1 } } }

static const struct field iter[] = { ITER_COMMON, { } };
static const struct field iterproj[] = { ITER_COMMON, { CF_W, 1, { { 24, 6 }, { 60, 2 } } }, { } };

static const struct field tile[] = {
	{ R_REG, 0, { { 9, 6 }, { 60, 2 } } }, { R_SIZE, 0, { { 8, 1 } } },
	{ MASK, 0, { { 36, 4 } } },
	{ TILE_COORD, 0, { { 16, 6 }, { 58, 2 }, { 55, 1 } } },
	{ SAMPLES, 1, { { 42, 6 }, { 56, 2 }, { 22, 1 } } }, { IMM, 0, { { 28, 7 }, { 40, 2 } } },
	{ FORMAT, 0, { { 24, 4 } } }, { IGNORE, 0, { { 35, 1 } } }, { }
};

static const struct field sample_mask[] = {
	{ DISCARD, 0, { { 9, 6 }, { 24, 2 }, { 8, 1 } } },
	{ DISCARD, 1, { { 16, 6 }, { 26, 2 }, { 23, 1 } } }, { }
};

static const struct field zs_emit[] = {
	{ DISCARD, 0, { { 9, 6 }, { 24, 2 }, { 8, 1 } } },
	{ ZS_VALUE, 1, { { 16, 6 }, { 26, 2 }, { 29, 2 } } }, { }
};

static const struct field pixel_order[] = { { IGNORE, 0, { { 8, 10 }, { 22, 2 } } }, { } };

static const struct field map[] = {
	{ IGNORE, 0, { { 11, 5 }, { 20, 4 }, { 32, 5 }, { 40, 2 }, { 56, 8 } } }, { }
};

#define L15 0x8000ull
#define FLOW_KIND 0x600ull
#define MAP_MASK 0xffc000070f00ffull

/* name, op, length bit, short and long length, mask, value, fields. First match wins. */
static const struct entry table[] = {
	{ "mov_imm", AGX_MOV_IMM, 15, 4, 6, 0x17f, 0x062, mov_imm16 },
	{ "mov_imm", AGX_MOV_IMM, 15, 6, 8, 0x17f, 0x162, mov_imm32 },
	{ "get_sr", AGX_GET_SR, 0, 4, 4, 0x7f | L15, 0x72, get_sr },
	{ "iadd", AGX_IADD, 0, 8, 8, 0x3f | L15, 0x0e, iadd },
	{ "imad", AGX_IMAD, 0, 8, 8, 0x3f | L15, 0x1e, imad },
	{ "bfi", AGX_BFI, 0, 8, 8, 0xc00007f | L15, 0x2e, bitfield },
	{ "bfeil", AGX_BFEIL, 0, 8, 8, 0xc00007f | L15, 0x2e | L15, bitfield },
	{ "extr", AGX_EXTR, 0, 8, 8, 0xc00007f | L15, 0x400002e, bitfield },
	{ "asr", AGX_ASR, 0, 8, 8, 0xc00007f | L15, 0x400002e | L15, bitfield },
	{ "bitop", AGX_BITOP, 0, 6, 6, 0x7f | L15, 0x7e, bitop },
	{ "intl", AGX_INTL, 0, 6, 6, 0xc00007f | L15, 0x3e, alu_two },
	{ "bitrev", AGX_BITREV, 0, 6, 6, 0xc00007f | L15, 0x400003e, alu_one },
	{ "popcount", AGX_POPCOUNT, 0, 6, 6, 0xc00007f | L15, 0x800003e, alu_one },
	{ "ffs", AGX_FFS, 0, 6, 6, 0xc00007f | L15, 0xc00003e, alu_one },
	{ "convert", AGX_CONVERT, 0, 6, 6, 0x7f | L15, 0x3e | L15, convert },
	{ "icmpsel", AGX_ICMPSEL, 15, 8, 10, 0x7f, 0x12, icmpsel },
	{ "fcmpsel", AGX_FCMPSEL, 15, 8, 10, 0x7f, 0x02, fcmpsel },
	{ "fadd", AGX_FADD, 15, 4, 6, 0x3f, 0x2a, float_two },
	{ "fmul", AGX_FMUL, 15, 4, 6, 0x3f, 0x1a, float_two },
	{ "ffma", AGX_FFMA, 15, 6, 8, 0x3f, 0x3a, float_three },
	{ "hadd", AGX_HADD, 15, 4, 6, 0x3f, 0x26, half_two },
	{ "hmul", AGX_HMUL, 15, 4, 6, 0x3f, 0x16, half_two },
	{ "hfma", AGX_HFMA, 15, 6, 8, 0x3f, 0x36, half_three },
	{ "funary", AGX_FUNARY, 15, 4, 6, 0x3f, 0x0a, float_one },
	{ "icmp_ballot", AGX_ICMP_BALLOT, 0, 8, 8, 0x7f, 0x32, icmp_ballot },
	{ "fcmp_ballot", AGX_FCMP_BALLOT, 0, 8, 8, 0x7f, 0x22, fcmp_ballot },
	{ "shuffle", AGX_SHUFFLE, 0, 6, 6, 0x7f | L15, 0x6f, shuffle },
	{ "reduce", AGX_REDUCE, 0, 6, 6, 0x7f | L15, 0x6f | L15, reduce },
	{ "pop_exec", AGX_POP_EXEC, 0, 6, 6, 0x7f | FLOW_KIND, 0x52 | 0x600, pop_exec },
	{ "if_icmp", AGX_IF_ICMP, 0, 6, 6, 0x7f | FLOW_KIND, 0x52, int_flow },
	{ "else_icmp", AGX_ELSE_ICMP, 0, 6, 6, 0x7f | FLOW_KIND, 0x52 | 0x200, int_flow },
	{ "while_icmp", AGX_WHILE_ICMP, 0, 6, 6, 0x7f | FLOW_KIND, 0x52 | 0x400, int_flow },
	{ "if_fcmp", AGX_IF_FCMP, 0, 6, 6, 0x7f | FLOW_KIND, 0x42, float_flow },
	{ "else_fcmp", AGX_ELSE_FCMP, 0, 6, 6, 0x7f | FLOW_KIND, 0x42 | 0x200, float_flow },
	{ "while_fcmp", AGX_WHILE_FCMP, 0, 6, 6, 0x7f | FLOW_KIND, 0x42 | 0x400, float_flow },
	{ "jmp_exec_any", AGX_JMP_ANY, 0, 6, 6, 0xffff, 0xc000, jump },
	{ "jmp_exec_none", AGX_JMP_NONE, 0, 6, 6, 0xffff, 0xc020, jump },
	{ "call", AGX_CALL, 0, 6, 6, 0xffff, 0xc010, jump },
	{ "call", AGX_CALL_REG, 0, 2, 2, 0x1ff, 0x04, jump_reg },
	{ "ret", AGX_RET, 0, 2, 2, 0x1ff, 0x14, jump_reg },
	{ "jmp_if_skipping_doorbell", AGX_JMP_DOORBELL, 0, 4, 4, 0xffff, 0x20, skip },
	{ "stop", AGX_STOP, 0, 2, 2, 0xffff, 0x88, nothing },
	{ "trap", AGX_TRAP, 0, 2, 2, 0xffff, 0x08, nothing },
	{ "wait", AGX_WAIT, 0, 2, 2, 0xff, 0x38, wait },
	{ "threadgroup_barrier", AGX_BARRIER, 0, 2, 2, 0xffff, 0x68, nothing },
	{ "memory_barrier", AGX_MEM_BARRIER, 0, 2, 2, 0xff, 0xf5, barrier },
	{ "doorbell", AGX_DOORBELL, 0, 2, 2, 0xff, 0x28, doorbell },
	{ "map", AGX_MAP, 0, 8, 8, MAP_MASK, 0x10c00005000075ull, map },
	{ "map", AGX_MAP, 0, 8, 8, MAP_MASK, 0x10c00005010075ull, map },
	{ "device_load", AGX_LOAD, 47, 6, 8, 0x40000400007full, 0x400004000005ull, memory },
	{ "uniform_store", AGX_UNIFORM_STORE, 47, 6, 8, 0x3f00007full, 0x3d000045ull,
	  uniform_store },
	{ "device_store", AGX_STORE, 47, 6, 8, 0x40000400007full, 0x400004000045ull, memory },
	{ "atomic", AGX_ATOMIC, 0, 8, 8, 0x40008400003full, 0x400084000015ull, atomic },
	{ "local_load", AGX_LOCAL_LOAD, 15, 6, 8, 0x7f, 0x69, local },
	{ "local_store", AGX_LOCAL_STORE, 15, 6, 8, 0x7f, 0x29, local },
	{ "local_atomic", AGX_LOCAL_ATOMIC, 15, 6, 10, 0x80100000003full, 0x801000000019ull,
	  local_atomic },
	{ "stack_load", AGX_STACK_LOAD, 47, 6, 8, 0x7070040000ffull, 0x400004000035ull, stack },
	{ "stack_store", AGX_STACK_STORE, 47, 6, 8, 0x7070040100ffull, 0x4000040000b5ull, stack },
	{ "stack_adjust", AGX_STACK_ADJUST, 47, 6, 8, 0x7070040100ffull, 0x20040100b5ull,
	  stack_adjust },
	{ "tex_state_store", AGX_TEX_STATE, 0, 8, 8, 0x1000ff, 0x1000ed, state_store },
	{ "sampler_state_store", AGX_SAMPLER_STATE, 0, 8, 8, 0x1000ff, 0x1000ad, state_store },
	{ "texture_sample", AGX_TEX_SAMPLE, 15, 8, 12, 0xff, 0x31, texture },
	{ "texture_load", AGX_TEX_LOAD, 15, 8, 12, 0xff, 0x71, texture },
	{ "image_write", AGX_IMAGE_WRITE, 15, 6, 8, 0xff, 0xf1, image_write },
	{ "block_image_store", AGX_BLOCK_STORE, 15, 6, 10, 0xff, 0xb1, block_store },
	{ "no_varyings", AGX_NO_VARYINGS, 0, 4, 4, 0xffffffff, 0x80000051, nothing },
	{ "st_vary", AGX_ST_VARY, 0, 4, 4, 0x8040037f, 0x80000011, st_vary },
	{ "iter", AGX_ITER, 15, 4, 8, 0xff, 0x21, iter },
	{ "iterproj", AGX_ITERPROJ, 15, 4, 8, 0xff, 0x61, iterproj },
	{ "ldcf", AGX_LDCF, 15, 4, 8, 0xff, 0xa1, iter },
	{ "ld_tile", AGX_LD_TILE, 15, 8, 10, 0x7f, 0x49, tile },
	{ "st_tile", AGX_ST_TILE, 15, 8, 10, 0x7f, 0x09, tile },
	{ "sample_mask", AGX_SAMPLE_MASK, 0, 4, 4, 0x80ff, 0xc1, sample_mask },
	{ "zs_emit", AGX_ZS_EMIT, 0, 4, 4, 0xc080ff, 0x41, zs_emit },
	{ "wait_pix", AGX_PIX_WAIT, 0, 4, 4, 0xff, 0x48, pixel_order },
	{ "signal_pix", AGX_PIX_SIGNAL, 0, 4, 4, 0xff, 0x58, pixel_order },
};

static uint32_t gather_bits(bits_t code, const struct field *field)
{
	uint32_t value = 0;
	unsigned int at = 0;

	for (unsigned int i = 0; i < 5 && field->part[i].n; i++) {
		const struct part *part = &field->part[i];

		value |= (uint32_t)(code >> part->lo & (((bits_t)1 << part->n) - 1)) << at;
		at += part->n;
	}
	return value;
}

static bits_t field_mask(const struct field *field)
{
	bits_t mask = 0;

	for (unsigned int i = 0; i < 5 && field->part[i].n; i++)
		mask |= (((bits_t)1 << field->part[i].n) - 1) << field->part[i].lo;
	return mask;
}

/* A register or uniform operand that stays inside its file and is aligned to its size. */
static bool set_operand(struct agx_operand *o, unsigned int kind, unsigned int index,
			unsigned int halves)
{
	unsigned int limit = kind == AGX_UNIFORM ? AGX_NUM_UNIFORMS : AGX_NUM_HALVES;

	o->kind = kind;
	o->index = index;
	o->halves = halves;
	return index + halves <= limit && (halves == 1 || !(index & 1));
}

static bool set_imm(struct agx_operand *o, uint32_t value)
{
	o->kind = AGX_IMM;
	o->halves = 2;
	o->value = value;
	return true;
}

/* The eight-bit float of immediates: sign, three bits of exponent, four of fraction. */
static uint32_t minifloat(unsigned int v)
{
	unsigned int exponent = v >> 4 & 7, fraction = v & 15;
	float value = exponent ? (16 + fraction) * (float)(1 << exponent) / 128 : fraction / 64.0f;
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits | (v & 0x80) << 24;
}

/* Source whose type has four bits: immediate, uniform, or a register with a cache hint. */
static bool source(struct agx_operand *o, unsigned int value, unsigned int type, bool is_float)
{
	if (!type) {
		set_imm(o, is_float ? minifloat(value) : value);
		o->kind = is_float ? AGX_FIMM : AGX_IMM;
		return true;
	}
	if ((type & 12) == 4)
		return set_operand(o, AGX_UNIFORM, value | (type & 1) << 8, type & 2 ? 2 : 1);
	if (!(type & 3))
		return false;
	if ((type & 12) == 12)
		return !is_float && set_operand(o, AGX_REG, value, 4);
	return set_operand(o, AGX_REG, value, type & 8 ? 2 : 1);
}

static bool source_int(struct agx_operand *o, uint32_t raw)
{
	if (!source(o, (raw & 63) | (raw >> 11 & 3) << 6, raw >> 6 & 15, false))
		return false;
	o->sx = raw >> 10 & 1 && o->kind != AGX_IMM;
	return true;
}

static bool source_float(struct agx_operand *o, uint32_t raw)
{
	o->abs = raw >> 10 & 1;
	o->neg = raw >> 11 & 1;
	return source(o, (raw & 63) | (raw >> 12 & 3) << 6, raw >> 6 & 15, true);
}

static bool source_half(struct agx_operand *o, uint32_t raw)
{
	unsigned int value = (raw & 63) | (raw >> 11 & 3) << 6, type = raw >> 6 & 7;

	o->abs = raw >> 9 & 1;
	o->neg = raw >> 10 & 1;
	if (!type) {
		o->kind = AGX_FIMM;
		o->halves = 2;
		o->value = minifloat(value);
		return true;
	}
	if (type & 4)
		return !(type & 2) && set_operand(o, AGX_UNIFORM, value | (type & 1) << 8, 1);
	return set_operand(o, AGX_REG, value, 1);
}

/* X and Y of a compare-and-select have the size of the destination. */
static bool source_cmpsel(struct agx_operand *o, uint32_t raw, unsigned int halves)
{
	unsigned int value = (raw & 63) | (raw >> 9 & 3) << 6, type = raw >> 6 & 7;

	if (type == 4)
		return set_imm(o, value);
	if (type >= 6)
		return set_operand(o, AGX_UNIFORM, value | (type & 1) << 8, halves);
	return type && type < 4 && set_operand(o, AGX_REG, value, halves);
}

static bool destination(struct agx_operand *o, uint32_t raw, bool wide)
{
	unsigned int index = raw >> 2 & 0xff;

	if (!(raw & 2))
		return set_operand(o, AGX_REG, index, 1);
	if (wide && index & 1)
		return set_operand(o, AGX_REG, index & ~1u, 4);
	return set_operand(o, AGX_REG, index, 2);
}

static bool put_alu(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	struct agx_operand *s = &insn->s[field->slot];

	switch (field->kind) {
	case D_ALU:
		return destination(&insn->d, raw, false);
	case D_ALU64:
		return destination(&insn->d, raw, true);
	case D_HALF:
		return !(raw & 2) && destination(&insn->d, raw, false);
	case S_ALU:
		return source(s, (raw & 63) | (raw >> 10 & 3) << 6, raw >> 6 & 15, false) &&
		       s->halves <= 2;
	case S_INT:
		return source_int(s, raw);
	case S_FLOAT:
		return source_float(s, raw);
	case S_HALF:
		return source_half(s, raw);
	case S_CMPSEL:
		return source_cmpsel(s, raw, insn->d.halves);
	default:
		return false;
	}
}

static bool memory_index(struct agx_operand *o, uint32_t raw)
{
	bool immediate = raw >> 16 & 1, is_unsigned = raw >> 17 & 1;

	if (immediate)
		return set_imm(o, is_unsigned ? raw & 0xffff : (uint32_t)(int16_t)raw);
	o->sx = !is_unsigned;
	return !(raw >> 8 & 0xff) && set_operand(o, AGX_REG, raw & 0xff, 2);
}

static bool local_base(struct agx_operand *o, uint32_t raw)
{
	unsigned int value = raw & 0xff, type = raw >> 8 & 3;

	if (type & 1)
		return set_operand(o, AGX_UNIFORM, value | (type >> 1) << 8, 1);
	if (type == 2)
		return !value && set_imm(o, 0);
	return set_operand(o, AGX_REG, value, 1);
}

static bool local_index(struct agx_operand *o, uint32_t raw)
{
	if (raw >> 16 & 1)
		return set_imm(o, (uint32_t)(int16_t)raw);
	return !(raw >> 8) && set_operand(o, AGX_REG, raw & 0xff, 1);
}

static bool put_memory(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	struct agx_operand *s = &insn->s[field->slot];

	switch (field->kind) {
	case R_REG:
		return set_operand(&insn->d, AGX_REG, raw, 1);
	case R_SIZE: /* follows R_REG */
		return set_operand(&insn->d, AGX_REG, insn->d.index, raw ? 2 : 1);
	case R_REG32:
		return set_operand(s, AGX_REG, raw, 2);
	case R_ATOMIC:
		if (!(raw & 0x100))
			return true;
		return set_operand(&insn->d, AGX_REG, raw & 0xff, 2);
	case R_EX32:
		return set_operand(s, AGX_REG, raw << 1, 2);
	case R_EX16:
		return set_operand(s, AGX_REG, raw, 1);
	case M_BASE:
		return set_operand(s, raw & 0x100 ? AGX_UNIFORM : AGX_REG, raw & 0xff, 4);
	case M_INDEX:
		return memory_index(s, raw);
	case L_BASE:
		return local_base(s, raw);
	case L_INDEX:
		return local_index(s, raw);
	case U_INDEX:
		return raw < AGX_NUM_UNIFORMS && set_imm(s, raw);
	case STATE_BASE:
		return set_operand(s, AGX_UNIFORM, raw << 2, 4);
	case STATE_OFFSET:
		if (raw & 0x10000)
			return set_imm(s, raw & 0xffff);
		return raw < AGX_NUM_HALVES && set_operand(s, AGX_REG, raw, 2);
	default:
		return false;
	}
}

static bool texture_state(struct agx_insn *insn, uint32_t raw)
{
	unsigned int value = raw & 0xff;

	switch (raw >> 8) {
	case 0:
		insn->texture = (struct agx_operand){.kind = AGX_TS, .index = value, .halves = 1};
		return true;
	case 1:
		return set_operand(&insn->texture, AGX_REG, value, 1);
	case 3:
		return set_operand(&insn->texture, AGX_REG, value, 2);
	default:
		return false;
	}
}

static bool put_texture(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	unsigned int value = raw & 0xff;
	bool flag = raw >> 8 & 1;

	switch (field->kind) {
	case R_SAMPLE:
	case R_BLOCK:
		return set_operand(&insn->d, AGX_REG, value, flag ? 2 : 1);
	case T_COORD:
		return set_operand(&insn->s[0], AGX_REG, value, flag ? 1 : 2);
	case T_LOD:
		if (!flag && insn->op != AGX_TEX_LOAD && insn->op != AGX_TEX_SAMPLE)
			return set_operand(&insn->lod, AGX_REG, value, 1);
		return set_imm(&insn->lod, value); /* the mode says what it is */
	case T_LOD_MODE:
		insn->lod_mode = raw;
		return true;
	case T_STATE:
		return texture_state(insn, raw);
	case T_HEAP:
		insn->heap = insn->texture.kind == AGX_REG && insn->texture.halves == 2 ?
				     raw << 2 | 1 :
				     0;
		return insn->heap || !raw;
	case T_SAMPLER:
		return flag ? set_operand(&insn->sampler, AGX_REG, value, 1) :
			      set_imm(&insn->sampler, value);
	case T_EXTRA:
		return set_operand(&insn->s[1], AGX_REG, value, 1);
	default:
		return false;
	}
}

static bool put_graphics(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	struct agx_operand *s = &insn->s[field->slot];
	unsigned int value = raw & 0xff;
	bool flag = raw >> 8 & 1;

	switch (field->kind) {
	case V_INDEX:
	case DISCARD:
		return flag ? set_imm(s, value) : set_operand(s, AGX_REG, value, 1);
	case CF:
		if (flag)
			return set_operand(s, AGX_REG, value, 1);
		*s = (struct agx_operand){.kind = AGX_CF, .index = value, .halves = 1};
		return true;
	case CF_W:
		*s = (struct agx_operand){.kind = AGX_CF, .index = value, .halves = 1};
		return true;
	case ZS_VALUE:
		insn->sub = raw >> 8;
		return set_operand(s, AGX_REG, value, 1);
	case SAMPLES:
		return flag ? set_operand(s, AGX_REG, value, 1) : set_imm(s, value);
	case TILE_COORD:
		insn->explicit_coords = flag;
		/* The other coordinate is in the half that follows. */
		return flag ? value + 2 <= AGX_NUM_HALVES && set_operand(s, AGX_REG, value, 1) :
			      set_imm(s, value);
	case ITER_D:
		insn->mask = raw >> 9 ? (1 << (raw >> 9)) - 1 : 15;
		return set_operand(&insn->d, AGX_REG, raw >> 1 & 0xff, raw & 1 ? 2 : 1);
	case ITER_SAMPLE:
		insn->sub = raw >> 8;
		return insn->sub == 3 ? set_operand(s, AGX_REG, value, 1) : set_imm(s, value);
	default:
		return false;
	}
}

static bool put_number(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	switch (field->kind) {
	case SUB:
		insn->sub = raw;
		return true;
	case COND:
		insn->cond = raw;
		return true;
	case NEST:
		insn->nest = raw;
		return true;
	case SHIFT:
		insn->shift = raw;
		return true;
	case MASK:
		insn->mask = raw;
		return true;
	case FORMAT:
		insn->format = raw;
		return raw != 9 && raw != 11;
	case DIM:
		insn->dim = raw;
		return raw < AGX_DIM_COUNT;
	case GATHER:
		insn->gather = raw;
		return !raw || (raw & 9) == 1;
	case IMM:
	case IMM32:
		insn->imm = raw;
		return true;
	case TARGET:
		insn->target = (int32_t)raw;
		return !(raw & 1);
	case BITMASK:
		insn->imm = raw ? raw : 32;
		return true;
	case ROUND:
		insn->rounds = raw & 1;
		return raw < 2;
	default:
		return false;
	}
}

static bool put_flag(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	switch (field->kind) {
	case IGNORE:
		return true;
	case SAT:
		insn->sat = raw;
		return true;
	case NEGATE:
		insn->negate = raw;
		return true;
	case INVERT:
		insn->invert = raw;
		return true;
	case SIMD:
		insn->simd = raw;
		return true;
	case PREFIX:
		insn->prefix = raw;
		return true;
	case ROTATE:
		insn->rotate = raw;
		return true;
	case SHADOW:
		insn->shadow = raw;
		return true;
	case SPARSE:
		insn->sparse = raw;
		return true;
	case QUERY:
		insn->query = raw;
		return true;
	case EXPLICIT:
		insn->explicit_coords = raw;
		return true;
	case OFFSET:
		insn->offset = raw;
		return true;
	default:
		return false;
	}
}

static bool put_field(struct agx_insn *insn, const struct field *field, uint32_t raw)
{
	if (field->kind >= D_ALU && field->kind <= S_CMPSEL)
		return put_alu(insn, field, raw);
	if (field->kind >= T_COORD && field->kind <= T_HEAP)
		return put_texture(insn, field, raw);
	if (field->kind == R_SAMPLE || field->kind == R_BLOCK)
		return put_texture(insn, field, raw);
	if (field->kind >= R_REG && field->kind <= STATE_OFFSET)
		return put_memory(insn, field, raw);
	if (field->kind >= V_INDEX && field->kind <= ITER_SAMPLE)
		return put_graphics(insn, field, raw);
	return put_flag(insn, field, raw) || put_number(insn, field, raw);
}

/* Everything that fits in a field and still names nothing. */
static bool is_sane(const struct agx_insn *insn)
{
	static const uint64_t unary = 1ull << AGX_FLOOR | 1ull << AGX_RSQRT_SPECIAL |
				      1ull << AGX_DFDX | 1ull << AGX_DFDY | 1ull << AGX_RCP |
				      1ull << AGX_RSQRT | 1ull << AGX_SIN_PT_1 | 1ull << AGX_LOG2 |
				      1ull << AGX_EXP2 | 1ull << AGX_SIN_PT_2 | 1ull << AGX_CEIL |
				      1ull << AGX_TRUNC | 1ull << AGX_RINT;
	static const uint8_t barriers[] = {0x96, 0x9a, 0x99, 0xaa, 0xae, 0xa9,
					   0xad, 0x40, 0x33, 0x03, 0x9d, 0x9e};
	static const uint32_t conversions = 0xff3;
	static const uint32_t reductions = 0x505100bf;

	switch (insn->op) {
	case AGX_FUNARY:
		return unary >> insn->sub & 1;
	case AGX_CONVERT:
		return insn->sub < 12 && conversions >> insn->sub & 1;
	case AGX_REDUCE:
		return reductions >> insn->sub & 1;
	case AGX_ATOMIC:
	case AGX_LOCAL_ATOMIC:
		return insn->sub < AGX_ATOMIC_COUNT &&
		       insn->s[2].index + (insn->sub == AGX_ATOMIC_CMPXCHG ? 4 : 2) <=
			       AGX_NUM_HALVES;
	case AGX_ICMPSEL:
	case AGX_ICMP_BALLOT:
	case AGX_IF_ICMP:
	case AGX_ELSE_ICMP:
	case AGX_WHILE_ICMP:
		return (insn->cond & 3) != 3 && insn->s[0].halves <= 2 && insn->s[1].halves <= 2;
	case AGX_FCMPSEL:
	case AGX_FCMP_BALLOT:
	case AGX_IF_FCMP:
	case AGX_ELSE_FCMP:
	case AGX_WHILE_FCMP:
		return insn->cond != 4;
	case AGX_MEM_BARRIER:
		return memchr(barriers, insn->raw[1], sizeof(barriers));
	default:
		return true;
	}
}

/* The registers that a group of masked components takes are inside the file. */
static bool components_fit(const struct agx_insn *insn)
{
	unsigned int count = __builtin_popcount(insn->mask & 15);

	if (insn->op == AGX_IMAGE_WRITE)
		count = 4;
	if (insn->d.kind != AGX_REG || !count)
		return true;
	return insn->d.index + count * insn->d.halves <= AGX_NUM_HALVES;
}

static bool decode_fields(const struct entry *entry, bits_t code, struct agx_insn *insn)
{
	bits_t claimed = entry->mask;

	if (entry->length_bit)
		claimed |= (bits_t)1 << entry->length_bit;
	insn->op = entry->op;
	for (const struct field *field = entry->fields; field->kind != END; field++) {
		if (!put_field(insn, field, gather_bits(code, field)))
			return false;
		claimed |= field_mask(field);
	}
	return !(code & ~claimed) && components_fit(insn) && is_sane(insn);
}

static unsigned int entry_length(const struct entry *entry, bits_t code)
{
	return entry->length_bit && code >> entry->length_bit & 1 ? entry->long_bytes :
								    entry->bytes;
}

unsigned int agx_decode(const uint8_t *code, size_t size, struct agx_insn *insn)
{
	uint8_t bytes[16] = {0};
	bits_t bits;

	memset(insn, 0, sizeof(*insn));
	memcpy(bytes, code, size < AGX_MAX_INSN_BYTES ? size : AGX_MAX_INSN_BYTES);
	memcpy(insn->raw, bytes, AGX_MAX_INSN_BYTES);
	memcpy(&bits, bytes, sizeof(bits));
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct entry *entry = &table[i];
		unsigned int length = entry_length(entry, bits);

		/* What a short form leaves out reads as zero. */
		bits_t own = bits & (((bits_t)1 << length * 8) - 1);

		if (((uint64_t)own & entry->mask) != entry->value)
			continue;
		if (length > size || !decode_fields(entry, own, insn))
			break;
		insn->bytes = length;
		return length;
	}
	insn->op = AGX_UNKNOWN;
	return 0;
}

const char *agx_op_name(enum agx_op op)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].op == op)
			return table[i].name;
	}
	return "unknown";
}
