/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inside of the interpreter: how operands become rows of 32 values and results become registers.
 *
 * This header's users are compiled once for each kind of host CPU; names that the linker sees carry
 * the variant. Loops over lanes have no dependency between lanes even where a result overwrites a
 * source, which is what for_each_lane() promises to the compiler.
 */
#ifndef VSOC_GPU_AGX_EXEC_H
#define VSOC_GPU_AGX_EXEC_H

#include <string.h>

#include "agx_core.h"

#ifndef AGX_VARIANT
#define AGX_VARIANT base
#endif
#define AGX_PASTE2(a, b) a##_##b
#define AGX_PASTE(a, b) AGX_PASTE2(a, b)
#define AGX_NAME(name) AGX_PASTE(name, AGX_VARIANT)
#define AGX_STRING2(a) #a
#define AGX_STRING(a) AGX_STRING2(a)

#ifdef __clang__
#define for_each_lane(l) \
	_Pragma("clang loop vectorize(assume_safety)") for (unsigned int l = 0; l < AGX_LANES; l++)
#else
#define for_each_lane(l) _Pragma("GCC ivdep") for (unsigned int l = 0; l < AGX_LANES; l++)
#endif

/* NULL for an operation of another file. */
agx_exec_fn AGX_NAME(agx_select_int)(const struct agx_insn *insn);
agx_exec_fn AGX_NAME(agx_select_float)(const struct agx_insn *insn);
agx_exec_fn AGX_NAME(agx_select_flow)(const struct agx_insn *insn);
agx_exec_fn AGX_NAME(agx_select_memory)(const struct agx_insn *insn);
agx_exec_fn AGX_NAME(agx_select_texture)(const struct agx_insn *insn);

static inline bool is_full(const struct agx_group *g)
{
	return g->mask == 0xffffffff;
}

static inline void fill(union agx_row *row, uint32_t value)
{
	for_each_lane(l)
		row->u[l] = value;
}

static inline uint32_t uniform_value(const struct agx_group *g, const struct agx_operand *o)
{
	const uint16_t *half = &g->launch->uniform[o->index];

	return o->halves == 1 ? half[0] : half[0] | (uint32_t)half[1] << 16;
}

/* The low or high halves of a register row, zero-extended. */
static inline void halves_of(union agx_row *to, const union agx_row *row, bool high)
{
	if (high) {
		for_each_lane(l)
			to->u[l] = row->u[l] >> 16;
	} else {
		for_each_lane(l)
			to->u[l] = row->u[l] & 0xffff;
	}
}

static inline void sign_extend_halves(union agx_row *row)
{
	for_each_lane(l)
		row->u[l] = (uint32_t)(int16_t)row->u[l];
}

static inline uint32_t scalar_int(const struct agx_group *g, const struct agx_operand *o)
{
	uint32_t value = o->kind == AGX_UNIFORM ? uniform_value(g, o) : o->value;

	return o->sx && o->halves == 1 && o->kind == AGX_UNIFORM ? (uint32_t)(int16_t)value : value;
}

/*
 * An integer operand as a row: the register itself where possible, else @buffer. 16-bit operands
 * are extended to 32 bits, signed if they say so; of 64-bit ones this is the low word.
 */
static inline const union agx_row *int_row(const struct agx_group *g, const struct agx_operand *o,
					   union agx_row *buffer)
{
	if (o->kind != AGX_REG) {
		fill(buffer, scalar_int(g, o));
		return buffer;
	}
	if (o->halves >= 2)
		return &g->r[o->index >> 1];
	halves_of(buffer, &g->r[o->index >> 1], o->index & 1);
	if (o->sx)
		sign_extend_halves(buffer);
	return buffer;
}

/* The high word of an operand that is used in 64 bits. */
static inline const union agx_row *high_row(const struct agx_group *g, const struct agx_operand *o,
					    const union agx_row *low, union agx_row *buffer)
{
	if (o->kind == AGX_REG && o->halves == 4)
		return &g->r[(o->index >> 1) + 1];
	if (!o->sx) {
		fill(buffer, 0);
		return buffer;
	}
	for_each_lane(l)
		buffer->s[l] = low->s[l] >> 31;
	return buffer;
}

static inline void put_row(struct agx_group *g, union agx_row *to, const union agx_row *value)
{
	if (is_full(g)) {
		*to = *value;
		return;
	}
	for_each_lane(l)
		to->u[l] = (to->u[l] & ~g->active.u[l]) | (value->u[l] & g->active.u[l]);
}

/* @expression of each lane @l, into the 32-bit register row @to where the lane runs. */
#define MERGE_LANES(g, to, expression)                                                \
	do {                                                                          \
		if (is_full(g)) {                                                     \
			for_each_lane(l)                                              \
				(to)->u[l] = (expression);                            \
		} else {                                                              \
			for_each_lane(l) {                                            \
				uint32_t merged_ = (expression);                      \
                                                                                      \
				(to)->u[l] ^= ((to)->u[l] ^ merged_) & (g)->active.u[l]; \
			}                                                             \
		}                                                                     \
	} while (0)

/* The same into the destination @d, of which 16 or 32 bits exist. */
#define PUT_LANES(g, d, expression)                                                   \
	do {                                                                          \
		if ((d)->halves == 1) {                                               \
			union agx_row half_;                                          \
                                                                                      \
			for_each_lane(l)                                              \
				half_.u[l] = (expression);                            \
			put_half(g, (d)->index, &half_);                              \
		} else {                                                              \
			union agx_row *word_ = &(g)->r[(d)->index >> 1];              \
                                                                                      \
			MERGE_LANES(g, word_, expression);                            \
		}                                                                     \
	} while (0)

static inline void put_half(struct agx_group *g, unsigned int index, const union agx_row *value)
{
	union agx_row *to = &g->r[index >> 1];

	if (index & 1) {
		for_each_lane(l) {
			uint32_t mask = g->active.u[l] & 0xffff0000;

			to->u[l] = (to->u[l] & ~mask) | (value->u[l] << 16 & mask);
		}
	} else {
		for_each_lane(l) {
			uint32_t mask = g->active.u[l] & 0xffff;

			to->u[l] = (to->u[l] & ~mask) | (value->u[l] & mask);
		}
	}
}

/* Stores the low bits of @value that the destination has; not for 64 bits. */
static inline void put(struct agx_group *g, const struct agx_operand *d, const union agx_row *value)
{
	if (d->halves == 1)
		put_half(g, d->index, value);
	else
		put_row(g, &g->r[d->index >> 1], value);
}

static inline uint32_t get_lane(const struct agx_group *g, const struct agx_operand *o,
				unsigned int lane)
{
	uint32_t word = g->r[o->index >> 1].u[lane];

	if (o->halves >= 2)
		return word;
	return o->index & 1 ? word >> 16 : word & 0xffff;
}

static inline void put_lane(struct agx_group *g, unsigned int index, unsigned int halves,
			    unsigned int lane, uint32_t value)
{
	uint32_t *word = &g->r[index >> 1].u[lane];

	if (halves >= 2)
		*word = value;
	else if (index & 1)
		*word = (*word & 0xffff) | value << 16;
	else
		*word = (*word & 0xffff0000) | (value & 0xffff);
}

static inline float half_to_float(uint16_t bits)
{
	_Float16 h;

	memcpy(&h, &bits, sizeof(h));
	return (float)h;
}

static inline uint16_t float_to_half(float value)
{
	_Float16 h = (_Float16)value;
	uint16_t bits;

	memcpy(&bits, &h, sizeof(bits));
	return bits;
}

/* 32-bit denormals are zeros of the same sign, on the way in and on the way out. */
static inline uint32_t flush_denormal(uint32_t bits)
{
	return bits & 0x7f800000 ? bits : bits & 0x80000000;
}

/*
 * A float operand as a row of 32-bit floats with its modifiers applied. Denormals of 32-bit sources
 * are flushed, those of 16-bit sources become normal.
 */
void AGX_NAME(agx_float_row)(const struct agx_group *g, const struct agx_operand *o,
			     union agx_row *row);

/* The lanes in which the compare of @insn holds, of all 32: ones in @result, else zeros. */
void AGX_NAME(agx_int_compare)(const struct agx_group *g, const struct agx_insn *insn,
			       union agx_row *result);
void AGX_NAME(agx_float_compare)(const struct agx_group *g, const struct agx_insn *insn,
				 union agx_row *result);

/* Bit l of the result is the lowest bit of lane l. */
static inline uint32_t lane_bits(const union agx_row *row)
{
	uint32_t bits = 0;

	for (unsigned int l = 0; l < AGX_LANES; l++)
		bits |= (row->u[l] & 1) << l;
	return bits;
}

/* Fails the job with the instruction that it could not carry out. */
void AGX_NAME(agx_give_up)(struct agx_group *g, const struct agx_insn *insn, const char *why);

#endif
