// SPDX-License-Identifier: GPL-2.0
/* Integer arithmetic, bit fields, moves and integer compares. */
#include "agx_exec.h"

static void exec_mov_imm(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row value;

	fill(&value, i->imm);
	put(g, &i->d, &value);
}

/* Shifts of additions stop at 4; the hardware makes nothing of a larger one. */
static inline uint32_t shifted(uint32_t value, unsigned int shift)
{
	return shift < 5 ? value << shift : 0;
}

static void exec_iadd(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	unsigned int shift = i->shift;

	if (i->negate) {
		for_each_lane(l)
			result.u[l] = a->u[l] - shifted(b->u[l], shift);
	} else {
		for_each_lane(l)
			result.u[l] = a->u[l] + shifted(b->u[l], shift);
	}
	put(g, &i->d, &result);
}

/* The usual addition: 32-bit registers, no shift. */
static void exec_iadd_plain(struct agx_group *g, const struct agx_insn *i)
{
	const union agx_row *a = &g->r[i->s[0].index >> 1], *b = &g->r[i->s[1].index >> 1];
	union agx_row *d = &g->r[i->d.index >> 1], result;

	if (is_full(g)) {
		for_each_lane(l)
			d->u[l] = a->u[l] + b->u[l];
		return;
	}
	for_each_lane(l)
		result.u[l] = a->u[l] + b->u[l];
	put_row(g, d, &result);
}

static void exec_imad(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	unsigned int shift = i->shift;
	uint32_t sign = i->negate ? -1u : 1;

	for_each_lane(l)
		result.u[l] = a->u[l] * b->u[l] + sign * shifted(c->u[l], shift);
	put(g, &i->d, &result);
}

static void wide_row(const struct agx_group *g, const struct agx_operand *o,
		     uint64_t value[AGX_LANES])
{
	union agx_row low_buffer, high_buffer;
	const union agx_row *low = int_row(g, o, &low_buffer);
	const union agx_row *high = high_row(g, o, low, &high_buffer);

	for_each_lane(l)
		value[l] = low->u[l] | (uint64_t)high->u[l] << 32;
}

static void put_wide(struct agx_group *g, const struct agx_operand *d,
		     const uint64_t value[AGX_LANES])
{
	union agx_row low, high;

	for_each_lane(l) {
		low.u[l] = value[l];
		high.u[l] = value[l] >> 32;
	}
	put(g, d, &low);
	if (d->halves == 4)
		put_row(g, &g->r[(d->index >> 1) + 1], &high);
}

static void exec_iadd_wide(struct agx_group *g, const struct agx_insn *i)
{
	uint64_t a[AGX_LANES], b[AGX_LANES];

	wide_row(g, &i->s[0], a);
	wide_row(g, &i->s[1], b);
	for_each_lane(l) {
		uint64_t term = i->shift < 5 ? b[l] << i->shift : 0;

		a[l] = i->negate ? a[l] - term : a[l] + term;
	}
	put_wide(g, &i->d, a);
}

static void exec_imad_wide(struct agx_group *g, const struct agx_insn *i)
{
	uint64_t a[AGX_LANES], b[AGX_LANES], c[AGX_LANES];

	wide_row(g, &i->s[0], a);
	wide_row(g, &i->s[1], b);
	wide_row(g, &i->s[2], c);
	for_each_lane(l) {
		uint64_t term = i->shift < 5 ? c[l] << i->shift : 0;

		a[l] = a[l] * b[l] + (i->negate ? -term : term);
	}
	put_wide(g, &i->d, a);
}

static __int128 clamp_to(__int128 value, unsigned int bits, bool is_signed)
{
	__int128 one = 1;
	__int128 low = is_signed ? -(one << (bits - 1)) : 0;
	__int128 high = is_signed ? (one << (bits - 1)) - 1 : (one << bits) - 1;

	return value < low ? low : value > high ? high : value;
}

static __int128 exact(uint64_t value, const struct agx_operand *o)
{
	return o->sx ? (__int128)(int64_t)value : (__int128)value;
}

/* Saturating forms: exact, then clamped. Decoded to this only where they saturate at all. */
static void exec_saturating(struct agx_group *g, const struct agx_insn *i)
{
	bool is_mad = i->op == AGX_IMAD;
	bool is_signed = i->s[0].sx || i->s[1].sx || (is_mad && i->s[2].sx);
	uint64_t a[AGX_LANES], b[AGX_LANES], c[AGX_LANES];

	wide_row(g, &i->s[0], a);
	wide_row(g, &i->s[1], b);
	if (is_mad)
		wide_row(g, &i->s[2], c);
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		__int128 x = exact(a[l], &i->s[0]), y = exact(b[l], &i->s[1]);

		if (is_mad) {
			x *= y;
			y = exact(c[l], &i->s[2]);
		}
		a[l] = clamp_to(i->negate ? x - y : x + y, i->d.halves * 16, is_signed);
	}
	put_wide(g, &i->d, a);
}

static inline uint32_t bit_mask(const struct agx_insn *i)
{
	return i->imm >= 32 ? 0xffffffff : (1u << i->imm) - 1;
}

static void exec_bfi(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	uint32_t mask = bit_mask(i);

	for_each_lane(l) {
		uint32_t shift = c->u[l] & 127;
		uint32_t m = shift < 32 ? mask << (shift & 31) : 0;
		uint32_t v = shift < 32 ? (b->u[l] & mask) << (shift & 31) : 0;

		result.u[l] = (a->u[l] & ~m) | v;
	}
	put(g, &i->d, &result);
}

static void exec_bfeil(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	uint32_t mask = bit_mask(i);

	for_each_lane(l) {
		uint32_t shift = c->u[l] & 127;
		uint32_t v = shift < 32 ? b->u[l] >> (shift & 31) : 0;

		result.u[l] = (a->u[l] & ~mask) | (v & mask);
	}
	put(g, &i->d, &result);
}

static void exec_extr(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	uint32_t mask = bit_mask(i);

	for_each_lane(l) {
		uint64_t pair = a->u[l] | (uint64_t)b->u[l] << 32;
		uint32_t shift = c->u[l] & 127;

		result.u[l] = (shift < 64 ? (uint32_t)(pair >> (shift & 63)) : 0) & mask;
	}
	put(g, &i->d, &result);
}

static void exec_asr(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);

	if (i->s[0].halves == 1 && i->s[0].kind != AGX_IMM)
		sign_extend_halves(&buffer[0]);
	for_each_lane(l) {
		uint32_t shift = b->u[l] & 127;

		result.s[l] = a->s[l] >> (shift < 32 ? shift : 31);
	}
	put(g, &i->d, &result);
}

static void exec_bitop(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	uint32_t none = i->sub & 1 ? -1u : 0, only_a = i->sub & 2 ? -1u : 0;
	uint32_t only_b = i->sub & 4 ? -1u : 0, both = i->sub & 8 ? -1u : 0;

	for_each_lane(l) {
		uint32_t x = a->u[l], y = b->u[l];

		result.u[l] = (~x & ~y & none) | (x & ~y & only_a) | (~x & y & only_b) |
			      (x & y & both);
	}
	put(g, &i->d, &result);
}

/* The cases of bitop that programs are full of. */
static void exec_mov(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer;

	put(g, &i->d, int_row(g, &i->s[0], &buffer));
}

#define BITOP(name, expression)                                                \
	static void exec_##name(struct agx_group *g, const struct agx_insn *i) \
	{                                                                      \
		union agx_row buffer[2], result;                               \
		const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);     \
		const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);     \
                                                                               \
		for_each_lane(l) {                                             \
			uint32_t x = a->u[l], y = b->u[l];                     \
                                                                               \
			result.u[l] = expression;                              \
		}                                                              \
		put(g, &i->d, &result);                                        \
	}

BITOP(and, x &y)
BITOP(or, x | y)
BITOP(xor, x ^ y)

static inline uint32_t spread(uint32_t v)
{
	v &= 0xffff;
	v = (v | v << 8) & 0x00ff00ff;
	v = (v | v << 4) & 0x0f0f0f0f;
	v = (v | v << 2) & 0x33333333;
	return (v | v << 1) & 0x55555555;
}

static inline uint32_t reversed(uint32_t v)
{
	v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
	v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
	v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
	return __builtin_bswap32(v);
}

static inline uint32_t bit_count(uint32_t v)
{
	v -= v >> 1 & 0x55555555;
	v = (v & 0x33333333) + (v >> 2 & 0x33333333);
	return ((v + (v >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24;
}

BITOP(intl, spread(x) | spread(y) << 1)

#define UNARY(name, expression)                                                \
	static void exec_##name(struct agx_group *g, const struct agx_insn *i) \
	{                                                                      \
		union agx_row buffer, result;                                  \
		const union agx_row *a = int_row(g, &i->s[0], &buffer);        \
                                                                               \
		for_each_lane(l) {                                             \
			uint32_t x = a->u[l];                                  \
                                                                               \
			result.u[l] = expression;                              \
		}                                                              \
		put(g, &i->d, &result);                                        \
	}

UNARY(bitrev, reversed(x))
UNARY(popcount, bit_count(x))
/* The highest set bit, whatever the name says. */
UNARY(ffs, x ? 31 - (uint32_t)__builtin_clz(x) : 0xffffffff)

void AGX_NAME(agx_int_compare)(const struct agx_group *g, const struct agx_insn *i,
			       union agx_row *result)
{
	union agx_row buffer[2];
	struct agx_operand sa = i->s[0], sb = i->s[1];
	const union agx_row *a, *b;

	/* A signed condition takes 16-bit operands as signed. */
	if (i->cond & 4) {
		sa.sx = true;
		sb.sx = true;
	}
	a = int_row(g, &sa, &buffer[0]);
	b = int_row(g, &sb, &buffer[1]);
	switch (i->cond) {
	case 1:
		for_each_lane(l)
			result->u[l] = a->u[l] < b->u[l] ? -1u : 0;
		break;
	case 2:
		for_each_lane(l)
			result->u[l] = a->u[l] > b->u[l] ? -1u : 0;
		break;
	case 5:
		for_each_lane(l)
			result->u[l] = a->s[l] < b->s[l] ? -1u : 0;
		break;
	case 6:
		for_each_lane(l)
			result->u[l] = a->s[l] > b->s[l] ? -1u : 0;
		break;
	default:
		for_each_lane(l)
			result->u[l] = a->u[l] == b->u[l] ? -1u : 0;
	}
	if (i->invert) {
		for_each_lane(l)
			result->u[l] = ~result->u[l];
	}
}

static void select_lanes(struct agx_group *g, const struct agx_insn *i,
			 const union agx_row *condition)
{
	union agx_row buffer[2], result;
	const union agx_row *x = int_row(g, &i->s[2], &buffer[0]);
	const union agx_row *y = int_row(g, &i->s[3], &buffer[1]);

	for_each_lane(l)
		result.u[l] = (x->u[l] & condition->u[l]) | (y->u[l] & ~condition->u[l]);
	put(g, &i->d, &result);
}

static void exec_icmpsel(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row condition;

	AGX_NAME(agx_int_compare)(g, i, &condition);
	select_lanes(g, i, &condition);
}

static void exec_fcmpsel(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row condition;

	AGX_NAME(agx_float_compare)(g, i, &condition);
	select_lanes(g, i, &condition);
}

static bool is_word(const struct agx_operand *o)
{
	return o->kind == AGX_REG && o->halves == 2;
}

static bool is_wide(const struct agx_insn *i)
{
	return i->d.halves == 4 || i->s[0].halves == 4 || i->s[1].halves == 4 ||
	       i->s[2].halves == 4;
}

static agx_exec_fn select_add(const struct agx_insn *i)
{
	/* Hardware saturates only where nothing is shifted and nothing has 64 bits. */
	if (i->sat && !i->shift && i->d.halves <= 2 &&
	    (i->op == AGX_IMAD ? i->s[2].halves <= 2 : i->s[0].halves <= 2 && i->s[1].halves <= 2))
		return exec_saturating;
	if (i->op == AGX_IMAD)
		return is_wide(i) ? exec_imad_wide : exec_imad;
	if (is_wide(i))
		return exec_iadd_wide;
	if (is_word(&i->s[0]) && is_word(&i->s[1]) && is_word(&i->d) && !i->shift && !i->negate)
		return exec_iadd_plain;
	return exec_iadd;
}

static agx_exec_fn select_bitop(const struct agx_insn *i)
{
	switch (i->sub) {
	case 0x8:
		return exec_and;
	case 0xe:
		return exec_or;
	case 0x6:
		return exec_xor;
	case 0xa:
		return exec_mov;
	default:
		return exec_bitop;
	}
}

agx_exec_fn AGX_NAME(agx_select_int)(const struct agx_insn *i)
{
	switch (i->op) {
	case AGX_MOV_IMM:
		return exec_mov_imm;
	case AGX_IADD:
	case AGX_IMAD:
		return select_add(i);
	case AGX_BFI:
		return exec_bfi;
	case AGX_BFEIL:
		return exec_bfeil;
	case AGX_EXTR:
		return exec_extr;
	case AGX_ASR:
		return exec_asr;
	case AGX_BITOP:
		return select_bitop(i);
	case AGX_INTL:
		return exec_intl;
	case AGX_BITREV:
		return exec_bitrev;
	case AGX_POPCOUNT:
		return exec_popcount;
	case AGX_FFS:
		return exec_ffs;
	case AGX_ICMPSEL:
		return exec_icmpsel;
	case AGX_FCMPSEL:
		return exec_fcmpsel;
	default:
		return NULL;
	}
}
