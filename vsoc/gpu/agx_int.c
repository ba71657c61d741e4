// SPDX-License-Identifier: GPL-2.0
/* Integer arithmetic, bit fields, moves and integer compares. */
#include "agx_exec.h"

static void exec_mov_imm(struct agx_group *g, const struct agx_insn *i)
{
	PUT_LANES(g, &i->d, i->imm);
}

/* Shifts of additions stop at 4; the hardware makes nothing of a larger one. */
static inline uint32_t shifted(uint32_t value, unsigned int shift)
{
	return shift < 5 ? value << shift : 0;
}

static void exec_iadd(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	unsigned int shift = i->shift;

	if (i->negate)
		PUT_LANES(g, &i->d, a->u[l] - shifted(b->u[l], shift));
	else
		PUT_LANES(g, &i->d, a->u[l] + shifted(b->u[l], shift));
}

/* The usual additions: 32-bit registers, no shift; the second operand the same in all lanes. */
static void exec_iadd_plain(struct agx_group *g, const struct agx_insn *i)
{
	const union agx_row *a = &g->r[i->s[0].index >> 1], *b = &g->r[i->s[1].index >> 1];
	union agx_row *d = &g->r[i->d.index >> 1];

	MERGE_LANES(g, d, a->u[l] + b->u[l]);
}

static void exec_iadd_scalar(struct agx_group *g, const struct agx_insn *i)
{
	uint32_t b = shifted(scalar_int(g, &i->s[1]), i->shift), term = i->negate ? -b : b;
	const union agx_row *a = &g->r[i->s[0].index >> 1];
	union agx_row *d = &g->r[i->d.index >> 1];

	MERGE_LANES(g, d, a->u[l] + term);
}

static void exec_imad(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	unsigned int shift = i->shift;

	if (i->negate)
		PUT_LANES(g, &i->d, a->u[l] * b->u[l] - shifted(c->u[l], shift));
	else
		PUT_LANES(g, &i->d, a->u[l] * b->u[l] + shifted(c->u[l], shift));
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

static inline uint32_t shift_left(uint32_t value, uint32_t shift)
{
	return (shift & 127) < 32 ? value << (shift & 31) : 0;
}

static inline uint32_t shift_right(uint32_t value, uint32_t shift)
{
	return (shift & 127) < 32 ? value >> (shift & 31) : 0;
}

static void exec_bfi(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	uint32_t mask = bit_mask(i);

	PUT_LANES(g, &i->d, (a->u[l] & ~shift_left(mask, c->u[l])) |
				    shift_left(b->u[l] & mask, c->u[l]));
}

static void exec_bfeil(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[3];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	const union agx_row *c = int_row(g, &i->s[2], &buffer[2]);
	uint32_t mask = bit_mask(i);

	PUT_LANES(g, &i->d, (a->u[l] & ~mask) | (shift_right(b->u[l], c->u[l]) & mask));
}

/*
 * Shifts by a number that all lanes share: what most bit fields are. @a is often zero, and then not
 * even a register.
 */
static void exec_bfi_scalar(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	uint32_t shift = scalar_int(g, &i->s[2]), mask = shift_left(bit_mask(i), shift);

	shift &= 31; /* beyond that the mask is empty */
	PUT_LANES(g, &i->d, (a->u[l] & ~mask) | (b->u[l] << shift & mask));
}

static void exec_bfeil_scalar(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	uint32_t shift = scalar_int(g, &i->s[2]), mask = bit_mask(i);
	uint32_t on = (shift & 127) < 32 ? mask : 0;

	shift &= 31;
	PUT_LANES(g, &i->d, (a->u[l] & ~mask) | (b->u[l] >> shift & on));
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

/* Of a pair that is one word twice, a rotation; in general two shifts. */
static void exec_extr_scalar(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	uint32_t shift = scalar_int(g, &i->s[2]) & 31, mask = bit_mask(i);

	PUT_LANES(g, &i->d, (a->u[l] >> shift | b->u[l] << (32 - shift)) & mask);
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
	union agx_row buffer[2];
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);
	uint32_t none = i->sub & 1 ? -1u : 0, only_a = i->sub & 2 ? -1u : 0;
	uint32_t only_b = i->sub & 4 ? -1u : 0, both = i->sub & 8 ? -1u : 0;

	PUT_LANES(g, &i->d, (~a->u[l] & ~b->u[l] & none) | (a->u[l] & ~b->u[l] & only_a) |
				    (~a->u[l] & b->u[l] & only_b) | (a->u[l] & b->u[l] & both));
}

/* The cases of bitop that programs are full of. */
static void exec_mov(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer;
	const union agx_row *a = int_row(g, &i->s[0], &buffer);

	PUT_LANES(g, &i->d, a->u[l]);
}

/* @x is the value of the first operand in a lane, @y that of the second. */
#define BINARY(name, expression)                                               \
	static inline uint32_t name##_lane(uint32_t x, uint32_t y)             \
	{                                                                      \
		return expression;                                             \
	}                                                                      \
                                                                               \
	static void exec_##name(struct agx_group *g, const struct agx_insn *i) \
	{                                                                      \
		union agx_row buffer[2];                                       \
		const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);     \
		const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);     \
                                                                               \
		PUT_LANES(g, &i->d, name##_lane(a->u[l], b->u[l]));            \
	}

BINARY(and, x & y)
BINARY(or, x | y)
BINARY(xor, x ^ y)

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

BINARY(intl, spread(x) | spread(y) << 1)

#define UNARY(name, expression)                                                \
	static inline uint32_t name##_lane(uint32_t x)                         \
	{                                                                      \
		return expression;                                             \
	}                                                                      \
                                                                               \
	static void exec_##name(struct agx_group *g, const struct agx_insn *i) \
	{                                                                      \
		union agx_row buffer;                                          \
		const union agx_row *a = int_row(g, &i->s[0], &buffer);        \
                                                                               \
		PUT_LANES(g, &i->d, name##_lane(a->u[l]));                     \
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
	union agx_row buffer[2];
	const union agx_row *x = int_row(g, &i->s[2], &buffer[0]);
	const union agx_row *y = int_row(g, &i->s[3], &buffer[1]);

	PUT_LANES(g, &i->d, (x->u[l] & condition->u[l]) | (y->u[l] & ~condition->u[l]));
}

static void exec_icmpsel(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row condition;

	AGX_NAME(agx_int_compare)(g, i, &condition);
	select_lanes(g, i, &condition);
}

/*
 * Compare and select in one loop: 32-bit registers, or values that all lanes share. Programs are
 * full of these, which is what Mesa makes of array elements, branches and bounds.
 */
#define ICMPSEL_LOOP(condition)                                                           \
	do {                                                                              \
		if (b_shared)                                                             \
			MERGE_LANES(g, d, a->u[l] condition bs ? x->u[l] : y->u[l]);      \
		else                                                                      \
			MERGE_LANES(g, d, a->u[l] condition b->u[l] ? x->u[l] : y->u[l]); \
	} while (0)

#define ICMPSEL_SIGNED(condition)                                                         \
	do {                                                                              \
		if (b_shared)                                                             \
			MERGE_LANES(g, d,                                                 \
				    a->s[l] condition(int32_t) bs ? x->u[l] : y->u[l]);   \
		else                                                                      \
			MERGE_LANES(g, d, a->s[l] condition b->s[l] ? x->u[l] : y->u[l]); \
	} while (0)

static void exec_icmpsel_words(struct agx_group *g, const struct agx_insn *i)
{
	bool b_shared = i->s[1].kind != AGX_REG;
	const union agx_row *a = &g->r[i->s[0].index >> 1], *b = NULL, *x, *y;
	union agx_row buffer[3], *d = &g->r[i->d.index >> 1];
	uint32_t bs = b_shared ? scalar_int(g, &i->s[1]) : 0;

	if (!b_shared)
		b = &g->r[i->s[1].index >> 1];
	if (i->s[0].halves == 1) {
		halves_of(&buffer[2], a, i->s[0].index & 1);
		if (i->cond & 4)
			sign_extend_halves(&buffer[2]);
		a = &buffer[2];
	}
	x = int_row(g, &i->s[2], &buffer[0]);
	y = int_row(g, &i->s[3], &buffer[1]);
	switch (i->cond) {
	case 1:
		ICMPSEL_LOOP(<);
		break;
	case 2:
		ICMPSEL_LOOP(>);
		break;
	case 5:
		ICMPSEL_SIGNED(<);
		break;
	case 6:
		ICMPSEL_SIGNED(>);
		break;
	default:
		ICMPSEL_LOOP(==);
	}
}

/* An element of an array in registers: this one if the index is that, else the one before. */
static void exec_icmpsel_index(struct agx_group *g, const struct agx_insn *i)
{
	const union agx_row *a = &g->r[i->s[0].index >> 1];
	const union agx_row *x = &g->r[i->s[2].index >> 1], *y = &g->r[i->s[3].index >> 1];
	union agx_row *d = &g->r[i->d.index >> 1];
	uint32_t b = scalar_int(g, &i->s[1]);

	MERGE_LANES(g, d, a->u[l] == b ? x->u[l] : y->u[l]);
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

/* 32 bits, or the same in all lanes. */
static bool is_word_or_scalar(const struct agx_operand *o)
{
	return o->kind != AGX_REG || o->halves == 2;
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
	if (!is_word(&i->s[0]) || !is_word(&i->d))
		return exec_iadd;
	if (is_word(&i->s[1]) && !i->shift && !i->negate)
		return exec_iadd_plain;
	return i->s[1].kind == AGX_REG ? exec_iadd : exec_iadd_scalar;
}

static agx_exec_fn select_bitfield(const struct agx_insn *i)
{
	bool shared = i->s[2].kind != AGX_REG;
	/* Shifts that leave something of both words need no 64 bits. */
	bool is_small = i->s[2].kind == AGX_IMM && i->s[2].value && i->s[2].value < 32;

	switch (i->op) {
	case AGX_BFI:
		return shared ? exec_bfi_scalar : exec_bfi;
	case AGX_BFEIL:
		return shared ? exec_bfeil_scalar : exec_bfeil;
	default:
		return is_small ? exec_extr_scalar : exec_extr;
	}
}

static agx_exec_fn select_icmpsel(const struct agx_insn *i)
{
	bool words = is_word(&i->d) && i->s[0].kind == AGX_REG && is_word_or_scalar(&i->s[1]) &&
		     is_word_or_scalar(&i->s[2]) && is_word_or_scalar(&i->s[3]);

	/* A signed condition takes 16-bit uniforms as signed; a sign that is asked for is rare. */
	if (i->s[1].kind == AGX_UNIFORM && i->s[1].halves == 1)
		words = false;
	if (!words || i->invert || i->s[0].sx || i->s[1].sx)
		return exec_icmpsel;
	if (!i->cond && is_word(&i->s[0]) && i->s[1].kind != AGX_REG && is_word(&i->s[2]) &&
	    is_word(&i->s[3]))
		return exec_icmpsel_index;
	return exec_icmpsel_words;
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
	case AGX_BFEIL:
	case AGX_EXTR:
		return select_bitfield(i);
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
		return select_icmpsel(i);
	case AGX_FCMPSEL:
		return exec_fcmpsel;
	default:
		return NULL;
	}
}
