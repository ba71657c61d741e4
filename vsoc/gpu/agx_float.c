// SPDX-License-Identifier: GPL-2.0
/*
 * Floating point. Every operation names its roundings: nothing may be contracted or reordered, so
 * this file is built with -ffp-contract=off and uses fma() where one rounding is meant.
 *
 * 32-bit denormals are flushed on the way in and out, 16-bit ones are kept. Reciprocal, square
 * root, logarithm, exponential and sine are approximate on hardware; here they are computed in
 * double and rounded, which is inside what the APIs allow.
 */
#include <math.h>

#include "agx_exec.h"
#include "agx_format.h"

static void apply_modifiers(const struct agx_operand *o, union agx_row *row)
{
	uint32_t keep = o->abs ? 0x7fffffff : 0xffffffff, flip = o->neg ? 0x80000000 : 0;

	if (!o->abs && !o->neg)
		return;
	for_each_lane(l)
		row->u[l] = (row->u[l] & keep) ^ flip;
}

static void widen_halves(union agx_row *row)
{
	for_each_lane(l)
		row->f[l] = half_to_float(row->u[l]);
}

void AGX_NAME(agx_float_row)(const struct agx_group *g, const struct agx_operand *o,
			     union agx_row *row)
{
	if (o->kind == AGX_FIMM) {
		fill(row, o->value);
	} else if (o->kind == AGX_UNIFORM) {
		uint32_t value = uniform_value(g, o);

		fill(row, o->halves == 1 ? agx_float_bits(half_to_float(value)) :
					   flush_denormal(value));
	} else if (o->halves == 1) {
		halves_of(row, &g->r[o->index >> 1], o->index & 1);
		widen_halves(row);
	} else {
		const union agx_row *from = &g->r[o->index >> 1];

		for_each_lane(l)
			row->u[l] = flush_denormal(from->u[l]);
	}
	apply_modifiers(o, row);
}

/* NaN becomes zero. */
static void saturate(union agx_row *row)
{
	for_each_lane(l) {
		float v = row->f[l];

		row->f[l] = v > 0.0f ? (v < 1.0f ? v : 1.0f) : 0.0f;
	}
}

/* Writes a row of floats as the destination's kind: flushed 32 bits, or rounded to 16. */
static void put_float(struct agx_group *g, const struct agx_insn *i, union agx_row *row)
{
	if (i->sat)
		saturate(row);
	if (i->d.halves == 1) {
		for_each_lane(l)
			row->u[l] = float_to_half(row->f[l]);
	} else {
		for_each_lane(l)
			row->u[l] = flush_denormal(row->u[l]);
	}
	put(g, &i->d, row);
}

/* A source of 32-bit arithmetic: values to be flushed, and what its modifiers do to them. */
struct source {
	const union agx_row *row;
	uint32_t keep, flip;
};

static struct source float_source(const struct agx_group *g, const struct agx_operand *o,
				  union agx_row *buffer)
{
	if (o->kind == AGX_REG && o->halves == 2)
		return (struct source){
			.row = &g->r[o->index >> 1],
			.keep = o->abs ? 0x7fffffff : 0xffffffff,
			.flip = o->neg ? 0x80000000 : 0,
		};
	AGX_NAME(agx_float_row)(g, o, buffer);
	return (struct source){.row = buffer, .keep = 0xffffffff};
}

static inline float source_lane(struct source source, unsigned int lane)
{
	return agx_bits_float((flush_denormal(source.row->u[lane]) & source.keep) ^ source.flip);
}

static inline uint32_t flushed_bits(float value)
{
	return flush_denormal(agx_float_bits(value));
}

/* @expression of the lane @l: straight into a 32-bit register, or rounded or clamped first. */
#define PUT_FLOATS(g, i, expression)                                           \
	do {                                                                   \
		if ((i)->d.halves == 2 && !(i)->sat) {                         \
			union agx_row *to_ = &(g)->r[(i)->d.index >> 1];       \
                                                                               \
			MERGE_LANES(g, to_, flushed_bits(expression));         \
		} else {                                                       \
			union agx_row row_;                                    \
                                                                               \
			for_each_lane(l)                                       \
				row_.f[l] = (expression);                      \
			put_float(g, i, &row_);                                \
		}                                                              \
	} while (0)

static void exec_fadd(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2];
	struct source a = float_source(g, &i->s[0], &buffer[0]);
	struct source b = float_source(g, &i->s[1], &buffer[1]);

	PUT_FLOATS(g, i, source_lane(a, l) + source_lane(b, l));
}

static void exec_fmul(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2];
	struct source a = float_source(g, &i->s[0], &buffer[0]);
	struct source b = float_source(g, &i->s[1], &buffer[1]);

	PUT_FLOATS(g, i, source_lane(a, l) * source_lane(b, l));
}

static void exec_ffma(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3];
	struct source a = float_source(g, &i->s[0], &buffer[0]);
	struct source b = float_source(g, &i->s[1], &buffer[1]);
	struct source c = float_source(g, &i->s[2], &buffer[2]);

	PUT_FLOATS(g, i, fmaf(source_lane(a, l), source_lane(b, l), source_lane(c, l)));
}

/*
 * 16-bit arithmetic is exact, then rounded once. Sums and products of halves round the same through
 * a float (24 bits are at least twice 11 plus 2); the fused operation needs rounding to odd in
 * between.
 */
static void exec_hfma(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row a, b, c;

	AGX_NAME(agx_float_row)(g, &i->s[0], &a);
	AGX_NAME(agx_float_row)(g, &i->s[1], &b);
	AGX_NAME(agx_float_row)(g, &i->s[2], &c);
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		double product = (double)a.f[l] * b.f[l], addend = c.f[l];
		double sum = product + addend, t = sum - product;
		double error = (product - (sum - t)) + (addend - t);
		uint64_t bits;
		_Float16 h;
		uint16_t half;

		memcpy(&bits, &sum, sizeof(bits));
		if (isfinite(sum) && error != 0.0 && !(bits & 1)) {
			/* Towards the error, to the neighbour whose last bit is one. */
			bits += (error > 0.0) == (sum > 0.0) ? 1 : -1;
			memcpy(&sum, &bits, sizeof(sum));
		}
		if (i->sat)
			sum = sum > 0.0 ? (sum < 1.0 ? sum : 1.0) : 0.0;
		h = (_Float16)sum;
		memcpy(&half, &h, sizeof(half));
		a.u[l] = half;
	}
	put(g, &i->d, &a);
}

static double sine_part_1(double x)
{
	return x < 1 ? x : x < 3 ? 2 - x : x - 4;
}

static double sine_part_2(double x)
{
	return x == 0 ? M_PI / 2 : sin(x * (M_PI / 2)) / x;
}

static double unary_value(unsigned int sub, double x)
{
	switch (sub) {
	case AGX_RSQRT_SPECIAL:
		return x == 0 ? 0 : isinf(x) && x > 0 ? 1 : 1 / sqrt(x);
	case AGX_SIN_PT_1:
		return sine_part_1(x);
	case AGX_SIN_PT_2:
		return sine_part_2(x);
	case AGX_LOG2:
		return log2(x);
	case AGX_EXP2:
		return exp2(x);
	case AGX_CEIL:
		return ceil(x);
	case AGX_TRUNC:
		return trunc(x);
	case AGX_RINT:
		return nearbyint(x);
	default:
		return floor(x);
	}
}

static void exec_funary(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row a;

	AGX_NAME(agx_float_row)(g, &i->s[0], &a);
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		if (g->mask >> l & 1)
			a.f[l] = (float)unary_value(i->sub, a.f[l]);
	}
	put_float(g, i, &a);
}

static void exec_rcp(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer;
	struct source a = float_source(g, &i->s[0], &buffer);

	PUT_FLOATS(g, i, 1.0f / source_lane(a, l));
}

static void exec_rsqrt(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer;
	struct source a = float_source(g, &i->s[0], &buffer);

	PUT_FLOATS(g, i, (float)(1.0 / sqrt((double)source_lane(a, l))));
}

/* Difference to the neighbour in the quad: right minus left, or lower minus upper. */
static void exec_derivative(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int step = i->sub == AGX_DFDX ? 1 : 2;
	union agx_row a, result;

	AGX_NAME(agx_float_row)(g, &i->s[0], &a);
	for (unsigned int l = 0; l < AGX_LANES; l++)
		result.f[l] = a.f[l | step] - a.f[l & ~step];
	put_float(g, i, &result);
}

void AGX_NAME(agx_float_compare)(const struct agx_group *g, const struct agx_insn *i,
				 union agx_row *result)
{
	union agx_row a, b;

	AGX_NAME(agx_float_row)(g, &i->s[0], &a);
	AGX_NAME(agx_float_row)(g, &i->s[1], &b);
#define COMPARE(expression)                                    \
	do {                                                   \
		for_each_lane(l) {                             \
			float x = a.f[l], y = b.f[l];          \
                                                               \
			result->u[l] = (expression) ? -1u : 0; \
		}                                              \
	} while (0)
	switch (i->cond) {
	case 1:
		COMPARE(x < y);
		break;
	case 2:
		COMPARE(x > y);
		break;
	case 3: /* of minimum: a NaN on the right loses */
		COMPARE(x < y || y != y);
		break;
	case 5:
		COMPARE(x >= y);
		break;
	case 6:
		COMPARE(x <= y);
		break;
	case 7:
		COMPARE(x > y || y != y);
		break;
	default:
		COMPARE(x == y);
	}
	if (i->invert) {
		for_each_lane(l)
			result->u[l] = ~result->u[l];
	}
}

enum convert_mode {
	U8_TO_F,
	S8_TO_F,
	F_TO_U16 = 4,
	F_TO_S16,
	U16_TO_F,
	S16_TO_F,
	F_TO_U32,
	F_TO_S32,
	U32_TO_F,
	S32_TO_F,
};

/* The range of a conversion to integers. */
static void int_range(unsigned int mode, double *low, double *high)
{
	*low = mode == F_TO_S16 ? INT16_MIN : mode == F_TO_S32 ? INT32_MIN : 0;
	*high = mode == F_TO_U16 ? UINT16_MAX :
		mode == F_TO_S16 ? INT16_MAX :
		mode == F_TO_U32 ? UINT32_MAX :
				   INT32_MAX;
}

/* Saturates; NaN is zero. */
static inline uint32_t float_to_int(float value, bool rounds, double low, double high)
{
	double v = rounds ? nearbyint(value) : trunc(value);

	v = v == v ? v : 0;
	v = v < low ? low : v;
	v = v > high ? high : v;
	return (uint32_t)(int64_t)v;
}

static double int_value(unsigned int mode, uint32_t v)
{
	switch (mode) {
	case U8_TO_F:
		return (uint8_t)v;
	case S8_TO_F:
		return (int8_t)v;
	case U16_TO_F:
		return (uint16_t)v;
	case S16_TO_F:
		return (int16_t)v;
	case U32_TO_F:
		return v;
	default:
		return (int32_t)v;
	}
}

/* One rounding from the exact value to the destination's size. */
static uint32_t int_to_float(const struct agx_insn *i, uint32_t value)
{
	double exact = int_value(i->sub, value);
	union {
		float f;
		uint32_t u;
	} out = {.f = (float)exact};

	if (i->d.halves == 1) {
		_Float16 h = (_Float16)exact;
		uint16_t bits;

		memcpy(&bits, &h, sizeof(bits));
		if (!i->rounds && fabs((double)h) > fabs(exact))
			bits--;
		return bits;
	}
	if (!i->rounds && fabs((double)out.f) > fabs(exact))
		out.u--;
	return out.u;
}

static bool is_from_float(const struct agx_insn *i)
{
	return i->sub == F_TO_U16 || i->sub == F_TO_S16 || i->sub == F_TO_U32 || i->sub == F_TO_S32;
}

static void convert_to_int(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row row;
	double low, high;

	int_range(i->sub, &low, &high);
	AGX_NAME(agx_float_row)(g, &i->s[0], &row);
	if (i->rounds)
		PUT_LANES(g, &i->d, float_to_int(row.f[l], true, low, high));
	else
		PUT_LANES(g, &i->d, float_to_int(row.f[l], false, low, high));
}

/* A value that a 32-bit float holds exactly, or whose rounding is the usual one. */
static void convert_plainly(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row *d = &g->r[i->d.index >> 1], buffer, row;
	const union agx_row *from = int_row(g, &i->s[0], &buffer);

	switch (i->sub) {
	case U8_TO_F:
		for_each_lane(l)
			row.f[l] = (float)(int32_t)(uint8_t)from->u[l];
		break;
	case S8_TO_F:
		for_each_lane(l)
			row.f[l] = (float)(int8_t)from->u[l];
		break;
	case U16_TO_F:
		for_each_lane(l)
			row.f[l] = (float)(int32_t)(uint16_t)from->u[l];
		break;
	case S16_TO_F:
		for_each_lane(l)
			row.f[l] = (float)(int16_t)from->u[l];
		break;
	case U32_TO_F:
		for_each_lane(l)
			row.f[l] = (float)from->u[l];
		break;
	default:
		for_each_lane(l)
			row.f[l] = (float)from->s[l];
	}
	put_row(g, d, &row);
}

static void exec_convert(struct agx_group *g, const struct agx_insn *i)
{
	bool is_exact = i->sub != U32_TO_F && i->sub != S32_TO_F;
	union agx_row row, buffer;
	const union agx_row *from;

	if (is_from_float(i)) {
		convert_to_int(g, i);
	} else if (i->d.halves == 2 && (i->rounds || is_exact)) {
		convert_plainly(g, i);
	} else {
		from = int_row(g, &i->s[0], &buffer);
		for (unsigned int l = 0; l < AGX_LANES; l++)
			row.u[l] = int_to_float(i, from->u[l]);
		put(g, &i->d, &row);
	}
}

static agx_exec_fn select_unary(const struct agx_insn *i)
{
	switch (i->sub) {
	case AGX_DFDX:
	case AGX_DFDY:
		return exec_derivative;
	case AGX_RCP:
		return exec_rcp;
	case AGX_RSQRT:
		return exec_rsqrt;
	default:
		return exec_funary;
	}
}

agx_exec_fn AGX_NAME(agx_select_float)(const struct agx_insn *i)
{
	switch (i->op) {
	case AGX_FADD:
	case AGX_HADD:
		return exec_fadd;
	case AGX_FMUL:
	case AGX_HMUL:
		return exec_fmul;
	case AGX_FFMA:
		return exec_ffma;
	case AGX_HFMA:
		return exec_hfma;
	case AGX_FUNARY:
		return select_unary(i);
	case AGX_CONVERT:
		/* What a conversion from a float immediate means is not known. */
		return i->s[0].kind == AGX_IMM && is_from_float(i) ? NULL : exec_convert;
	default:
		return NULL;
	}
}
