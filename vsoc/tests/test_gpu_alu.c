// SPDX-License-Identifier: GPL-2.0
/*
 * Random programs of arithmetic against a second evaluation: this file encodes instructions from
 * the tables of the instruction set and computes each lane by itself, plainly; it shares no code
 * with the decoder or the interpreter. The rounding of floats is that of wider types here.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/gpu_compute.h"

#define USC_BASE	0x1100000000ull
#define STREAM		(USC_BASE + GPU_PAGE_SIZE)
#define UNIFORMS	(USC_BASE + 2 * GPU_PAGE_SIZE)
#define IN		(USC_BASE + 3 * GPU_PAGE_SIZE)
#define OUT		(USC_BASE + 4 * GPU_PAGE_SIZE)
#define N_PAGES		5
#define CODE		0x400
#define LANES		32
#define FIRST_REG	1	/* r0 holds the mask counter */
#define END_REG		28
#define LANE_REG	30	/* the lane's number, for loads and stores */
#define N_UNIFORMS	128	/* halves with values; then addresses of the registers */
#define N_INSNS		50

static uint8_t memory[N_PAGES * GPU_PAGE_SIZE] __attribute__((aligned(64)));
static uint64_t seed;

/* What the other evaluation knows: halves of registers a lane, and uniforms. */
struct machine {
	uint16_t r[LANES][64];
	uint16_t u[N_UNIFORMS];
	unsigned int nan_half;	/* of a register that a NaN of unknown bits went to; or 0 */
};

/* An operand as it is encoded. */
struct operand {
	enum { IMM, UNIFORM, REG } kind;
	unsigned int value;	/* immediate, or half */
	bool wide;		/* 32 bits */
	bool sx, abs, neg;
};

struct insn {
	unsigned __int128 bits;
	unsigned int size;
};

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(random64() >> 32) % n;
}

/* Values where arithmetic goes wrong, more often than others. */
static uint32_t random_value(void)
{
	static const uint32_t special[] = {
		0, 1, 2, 31, 32, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
		0x80000000, 0xffffffff, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
		0x00800000, 0x00000001, 0x807fffff, 0x7f7fffff, 0x4effffff, 0xcf000000, 0x4f800000,
		0x3c003c00, 0x7bff7c00, 0x00010400, 0x3f000000, 0x3fc00000, 0x40200000,
	};

	switch (below(4)) {
	case 0:
		return special[below(sizeof(special) / sizeof(special[0]))];
	case 1: /* floats that add up */
		return (random64() & 0x807fffffu) | (120 + below(16)) << 23;
	case 2:
		return random64() & ((2u << below(32)) - 1);
	default:
		return random64();
	}
}

/* ---- encoding ---- */

static void set_bits(struct insn *insn, unsigned int at, unsigned int n, uint64_t value)
{
	assert_true(n == 64 || value < 1ull << n);
	insn->bits |= (unsigned __int128)value << at;
}

/* The type field of four bits; three for 16-bit float operations. */
static unsigned int type_of(const struct operand *o)
{
	switch (o->kind) {
	case IMM:
		return 0;
	case UNIFORM:
		return 4 | o->wide << 1 | o->value >> 8;
	default:
		return o->wide ? 9 : 1;
	}
}

static void set_source(struct insn *insn, unsigned int at, unsigned int ext,
		       const struct operand *o)
{
	set_bits(insn, at, 6, o->value & 63);
	set_bits(insn, at + 6, 4, type_of(o));
	set_bits(insn, ext, 2, o->value >> 6 & 3);
}

static void set_sign(struct insn *insn, unsigned int at, const struct operand *o)
{
	set_bits(insn, at + 10, 1, o->sx);
}

static void set_float(struct insn *insn, unsigned int at, const struct operand *o)
{
	set_bits(insn, at + 10, 2, o->abs | o->neg << 1);
}

/* 16-bit float operations: the type has three bits, so modifiers sit lower. */
static void set_half(struct insn *insn, unsigned int at, unsigned int ext, const struct operand *o)
{
	set_bits(insn, at, 6, o->value & 63);
	set_bits(insn, at + 6, 3, o->kind == IMM ? 0 : o->kind == UNIFORM ? 4 | o->value >> 8 : 1);
	set_bits(insn, at + 9, 2, o->abs | o->neg << 1);
	set_bits(insn, ext, 2, o->value >> 6 & 3);
}

struct dest {
	unsigned int half;
	bool wide;
};

static void set_dest(struct insn *insn, const struct dest *d)
{
	set_bits(insn, 8, 1, d->wide);
	set_bits(insn, 9, 6, d->half);
}

static struct dest random_dest(bool wide)
{
	unsigned int reg = FIRST_REG + below(END_REG - FIRST_REG);

	return (struct dest){ .half = 2 * reg + (wide ? 0 : below(2)), .wide = wide };
}

static struct operand random_operand(bool wide)
{
	struct operand o = { .kind = below(5) ? REG : below(2) ? UNIFORM : IMM, .wide = wide };

	switch (o.kind) {
	case IMM:
		o.value = below(256);
		o.wide = false;
		break;
	case UNIFORM:
		o.value = wide ? 2 * below(N_UNIFORMS / 2) : below(N_UNIFORMS);
		break;
	case REG:
		o.value = random_dest(wide).half;
		break;
	}
	return o;
}

static struct operand random_int(bool signs)
{
	struct operand o = random_operand(below(4));

	o.sx = signs && o.kind != IMM && !below(2);
	return o;
}

static struct operand random_float(bool wide)
{
	struct operand o = random_operand(wide);

	o.abs = !below(4);
	o.neg = !below(3);
	return o;
}

/* ---- the other evaluation ---- */

static uint32_t get_int(const struct machine *m, unsigned int lane, const struct operand *o)
{
	const uint16_t *half;

	if (o->kind == IMM)
		return o->value;
	half = o->kind == UNIFORM ? &m->u[o->value] : &m->r[lane][o->value];
	if (o->wide)
		return half[0] | (uint32_t)half[1] << 16;
	return o->sx ? (uint32_t)(int32_t)(int16_t)half[0] : half[0];
}

static void put_int(struct machine *m, unsigned int lane, const struct dest *d, uint32_t value)
{
	m->r[lane][d->half] = (uint16_t)value;
	if (d->wide)
		m->r[lane][d->half + 1] = value >> 16;
}

static double from_half(uint16_t h)
{
	int exponent = h >> 10 & 31, fraction = h & 0x3ff;
	double value;

	if (exponent == 31)
		value = fraction ? NAN : INFINITY;
	else if (exponent)
		value = ldexp(1024 + fraction, exponent - 25);
	else
		value = ldexp(fraction, -24);
	return h & 0x8000 ? -value : value;
}

/* Round to nearest, ties to even, by looking at the two neighbours. */
static uint16_t to_half(long double value)
{
	uint16_t sign = signbit(value) ? 0x8000 : 0, low = 0;
	long double v = fabsl(value), below_it, above_it;

	if (isnan(value))
		return 0x7e00;
	if (v >= 65520)
		return sign | 0x7c00;
	/* The largest that is not above. */
	for (unsigned int bit = 0x4000; bit; bit >>= 1)
		if ((low | bit) < 0x7c00 && (long double)from_half(low | bit) <= v)
			low |= bit;
	below_it = from_half(low);
	above_it = low + 1 < 0x7c00 ? (long double)from_half(low + 1) : 65536;
	if (v - below_it > above_it - v || (v - below_it == above_it - v && low & 1))
		low++;
	return sign | low;
}

static double minifloat(unsigned int v)
{
	int e = v >> 4 & 7, f = v & 15;
	double value = e ? ldexp(16 + f, e - 7) : f / 64.0;

	return v & 0x80 ? -value : value;
}

static float bits_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint32_t float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static double flushed(double value)
{
	return fabs(value) < 0x1p-126 ? copysign(0, value) : value;
}

static double get_float(const struct machine *m, unsigned int lane, const struct operand *o)
{
	struct operand raw = *o;
	double value;

	raw.sx = false;
	if (o->kind == IMM)
		value = minifloat(o->value);
	else if (o->wide)
		value = flushed(bits_float(get_int(m, lane, &raw)));
	else
		value = from_half((uint16_t)get_int(m, lane, &raw));
	if (o->abs)
		value = fabs(value);
	return o->neg ? -value : value;
}

static void note_nan(struct machine *m, const struct dest *d, long double value, bool saturate)
{
	if (isnan(value) && !saturate)
		m->nan_half = d->half & ~1u;
}

static void put_float(struct machine *m, unsigned int lane, const struct dest *d, long double exact,
		      bool saturate)
{
	float value = (float)exact;

	note_nan(m, d, exact, saturate);
	if (fabsf(value) < 0x1p-126f)
		value = copysignf(0, value);
	if (saturate)
		value = value > 0 ? fminf(value, 1) : 0;
	if (!d->wide)
		put_int(m, lane, d, to_half(value));
	else
		put_int(m, lane, d, isnan(value) ? 0x7fc00000 : float_bits(value));
}

static void put_half(struct machine *m, unsigned int lane, const struct dest *d, long double exact,
		     bool saturate)
{
	note_nan(m, d, exact, saturate);
	if (saturate)
		exact = exact > 0 ? fminl(exact, 1) : 0;
	put_int(m, lane, d, to_half(exact));
}

/* ---- instructions: each encodes itself and is evaluated for all lanes ---- */

static void do_mov_to(struct insn *insn, struct machine *m, struct dest d)
{
	uint32_t value = d.wide ? random_value() : random_value() & 0xffff;

	set_bits(insn, 0, 7, 0x62);
	set_dest(insn, &d);
	set_bits(insn, 16, d.wide ? 32 : 16, value);
	insn->size = d.wide ? 6 : 4;
	for (unsigned int l = 0; l < LANES; l++)
		put_int(m, l, &d, value);
}

static void do_mov(struct insn *insn, struct machine *m)
{
	do_mov_to(insn, m, random_dest(below(2)));
}

static void do_iadd(struct insn *insn, struct machine *m)
{
	struct dest d = random_dest(below(3));
	struct operand a = random_int(true), b = random_int(true);
	unsigned int shift = below(5), negate = below(2);

	set_bits(insn, 0, 6, 0x0e);
	set_dest(insn, &d);
	set_source(insn, 16, 42, &a);
	set_sign(insn, 16, &a);
	set_source(insn, 28, 40, &b);
	set_sign(insn, 28, &b);
	set_bits(insn, 27, 1, negate);
	set_bits(insn, 39, 1, shift & 1);
	set_bits(insn, 52, 2, shift >> 1);
	insn->size = 8;
	for (unsigned int l = 0; l < LANES; l++) {
		uint32_t x = get_int(m, l, &a), y = get_int(m, l, &b) << shift;

		put_int(m, l, &d, negate ? x - y : x + y);
	}
}

static void do_imad(struct insn *insn, struct machine *m)
{
	struct dest d = random_dest(below(3));
	struct operand a = random_int(true), b = random_int(true), c = random_int(true);
	unsigned int shift = below(5), negate = below(2);

	set_bits(insn, 0, 6, 0x1e);
	set_dest(insn, &d);
	set_source(insn, 16, 58, &a);
	set_sign(insn, 16, &a);
	set_source(insn, 28, 56, &b);
	set_sign(insn, 28, &b);
	set_source(insn, 40, 54, &c);
	set_sign(insn, 40, &c);
	set_bits(insn, 27, 1, negate);
	set_bits(insn, 39, 1, shift & 1);
	set_bits(insn, 52, 2, shift >> 1);
	insn->size = 8;
	for (unsigned int l = 0; l < LANES; l++) {
		uint32_t product = get_int(m, l, &a) * get_int(m, l, &b);
		uint32_t term = get_int(m, l, &c) << shift;

		put_int(m, l, &d, negate ? product - term : product + term);
	}
}

static uint32_t bitfield(unsigned int which, uint32_t a, uint32_t b, uint32_t c, unsigned int width)
{
	uint64_t mask = width ? (1ull << width) - 1 : 0xffffffff;
	unsigned int s = c & 127;
	uint64_t shifted = s < 32 ? b >> s : 0;

	switch (which) {
	case 0: /* bfi */
		mask = s < 32 ? mask << s : 0;
		return (uint32_t)((a & ~mask) | ((s < 32 ? (uint64_t)b << s : 0) & mask));
	case 1: /* bfeil */
		return (uint32_t)((a & ~mask) | (shifted & mask));
	default: /* extr */
		return (uint32_t)((s < 64 ? ((uint64_t)b << 32 | a) >> s : 0) & mask);
	}
}

static void do_bitfield(struct insn *insn, struct machine *m)
{
	struct dest d = random_dest(below(3));
	struct operand a = random_int(false), b = random_int(false), c = random_int(false);
	unsigned int which = below(3), width = below(32);

	set_bits(insn, 0, 7, 0x2e);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, which == 1);
	set_bits(insn, 26, 2, which == 2);
	set_source(insn, 16, 58, &a);
	set_source(insn, 28, 56, &b);
	set_source(insn, 40, 54, &c);
	set_bits(insn, 38, 2, width & 3);
	set_bits(insn, 50, 2, width >> 2 & 3);
	set_bits(insn, 63, 1, width >> 4);
	insn->size = 8;
	for (unsigned int l = 0; l < LANES; l++)
		put_int(m, l, &d, bitfield(which, get_int(m, l, &a), get_int(m, l, &b),
					   get_int(m, l, &c), width));
}

static void do_asr(struct insn *insn, struct machine *m)
{
	struct dest d = random_dest(true);
	struct operand a = random_operand(true), b = random_int(false);

	set_bits(insn, 0, 7, 0x2e);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, 1);
	set_bits(insn, 26, 2, 1);
	set_source(insn, 16, 58, &a);
	set_source(insn, 28, 56, &b);
	insn->size = 8;
	for (unsigned int l = 0; l < LANES; l++) {
		unsigned int s = get_int(m, l, &b) & 127;
		int64_t value = (int32_t)get_int(m, l, &a);

		put_int(m, l, &d, (uint32_t)(value >> (s < 63 ? s : 63)));
	}
}

static void do_bitop(struct insn *insn, struct machine *m)
{
	struct dest d = random_dest(below(3));
	struct operand a = random_int(false), b = random_int(false);
	unsigned int table = below(16);

	set_bits(insn, 0, 7, 0x7e);
	set_dest(insn, &d);
	set_source(insn, 16, 42, &a);
	set_source(insn, 28, 40, &b);
	set_bits(insn, 26, 2, table & 3);
	set_bits(insn, 38, 2, table >> 2);
	insn->size = 6;
	for (unsigned int l = 0; l < LANES; l++) {
		uint32_t x = get_int(m, l, &a), y = get_int(m, l, &b), result = 0;

		for (unsigned int bit = 0; bit < 32; bit++)
			result |= (table >> ((x >> bit & 1) | (y >> bit & 1) << 1) & 1) << bit;
		put_int(m, l, &d, result);
	}
}

static uint32_t count_bits(unsigned int which, uint32_t x, uint32_t y)
{
	uint32_t result = 0;
	int highest = -1;

	for (unsigned int bit = 0; bit < 32; bit++) {
		uint32_t one = x >> bit & 1;

		if (which == 0 && bit < 16)
			result |= one << (2 * bit) | (y >> bit & 1) << (2 * bit + 1);
		else if (which == 1)
			result |= one << (31 - bit);
		else if (which == 2)
			result += one;
		highest = one ? (int)bit : highest;
	}
	return which == 3 ? (uint32_t)highest : result;
}

static void do_bits(struct insn *insn, struct machine *m)
{
	struct dest d = random_dest(below(3));
	struct operand a = random_int(false), b = random_int(false);
	unsigned int which = below(4);

	set_bits(insn, 0, 7, 0x3e);
	set_dest(insn, &d);
	set_bits(insn, 26, 2, which);
	set_source(insn, 16, 42, &a);
	if (!which)
		set_source(insn, 28, 40, &b);
	insn->size = 6;
	for (unsigned int l = 0; l < LANES; l++)
		put_int(m, l, &d, count_bits(which, get_int(m, l, &a), get_int(m, l, &b)));
}

static bool int_holds(unsigned int cond, uint32_t a, uint32_t b)
{
	int64_t x = cond & 4 ? (int64_t)(int32_t)a : (int64_t)a;
	int64_t y = cond & 4 ? (int64_t)(int32_t)b : (int64_t)b;

	return (cond & 3) == 0 ? x == y : (cond & 3) == 1 ? x < y : x > y;
}

static bool float_holds(unsigned int cond, double a, double b)
{
	switch (cond) {
	case 0:
		return a == b;
	case 1:
		return a < b;
	case 2:
		return a > b;
	case 3:
		return a < b || isnan(b);
	case 5:
		return a >= b;
	case 6:
		return a <= b;
	default:
		return a > b || isnan(b);
	}
}

/* X and Y: three bits of type, the size is the destination's. */
static void set_choice(struct insn *insn, unsigned int at, unsigned int ext,
		       const struct operand *o)
{
	set_bits(insn, at, 6, o->value & 63);
	set_bits(insn, at + 6, 3, o->kind == IMM ? 4 : o->kind == UNIFORM ? 6 | o->value >> 8 : 1);
	set_bits(insn, ext, 2, o->value >> 6 & 3);
}

static void do_icmpsel(struct insn *insn, struct machine *m)
{
	static const unsigned int conds[] = { 0, 1, 2, 5, 6 };
	struct dest d = random_dest(below(3));
	struct operand a = random_operand(true), b = random_operand(true);
	struct operand x = random_operand(d.wide), y = random_operand(d.wide);
	unsigned int cond = conds[below(5)];

	set_bits(insn, 0, 7, 0x12);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, 1);
	set_source(insn, 16, 74, &a);
	set_source(insn, 28, 72, &b);
	set_choice(insn, 40, 70, &x);
	set_choice(insn, 52, 68, &y);
	set_bits(insn, 61, 3, cond);
	insn->size = 10;
	for (unsigned int l = 0; l < LANES; l++) {
		bool holds = int_holds(cond, get_int(m, l, &a), get_int(m, l, &b));

		put_int(m, l, &d, get_int(m, l, holds ? &x : &y));
	}
}

static void do_fcmpsel(struct insn *insn, struct machine *m)
{
	static const unsigned int conds[] = { 0, 1, 2, 3, 5, 6, 7 };
	struct dest d = random_dest(below(3));
	struct operand a = random_float(below(3)), b = random_float(below(3));
	struct operand x = random_operand(d.wide), y = random_operand(d.wide);
	unsigned int cond = conds[below(7)];

	set_bits(insn, 0, 7, 0x02);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, 1);
	set_source(insn, 16, 74, &a);
	set_float(insn, 16, &a);
	set_source(insn, 28, 72, &b);
	set_float(insn, 28, &b);
	set_choice(insn, 40, 70, &x);
	set_choice(insn, 52, 68, &y);
	set_bits(insn, 61, 3, cond);
	insn->size = 10;
	for (unsigned int l = 0; l < LANES; l++) {
		bool holds = float_holds(cond, get_float(m, l, &a), get_float(m, l, &b));

		put_int(m, l, &d, get_int(m, l, holds ? &x : &y));
	}
}

static long double float_op(unsigned int which, double a, double b, double c)
{
	switch (which) {
	case 0:
		return (long double)a + b;
	case 1:
		return (long double)a * b;
	default:
		return (long double)fmaf((float)a, (float)b, (float)c);
	}
}

static void do_float(struct insn *insn, struct machine *m)
{
	static const uint8_t op[] = { 0x2a, 0x1a, 0x3a };
	struct dest d = random_dest(below(3));
	struct operand a = random_float(below(4)), b = random_float(below(4)),
		       c = random_float(below(4));
	unsigned int which = below(3), top = which == 2 ? 58 : 42;
	bool saturate = !below(5);

	set_bits(insn, 0, 6, op[which]);
	set_bits(insn, 6, 1, saturate);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, 1);
	set_source(insn, 16, top, &a);
	set_float(insn, 16, &a);
	set_source(insn, 28, top - 2, &b);
	set_float(insn, 28, &b);
	if (which == 2) {
		set_source(insn, 40, 54, &c);
		set_float(insn, 40, &c);
	}
	insn->size = which == 2 ? 8 : 6;
	for (unsigned int l = 0; l < LANES; l++)
		put_float(m, l, &d, float_op(which, get_float(m, l, &a), get_float(m, l, &b),
					     get_float(m, l, &c)), saturate);
}

static void do_half(struct insn *insn, struct machine *m)
{
	static const uint8_t op[] = { 0x26, 0x16, 0x36 };
	struct dest d = random_dest(false);
	struct operand a = random_float(false), b = random_float(false), c = random_float(false);
	unsigned int which = below(3), top = which == 2 ? 58 : 42;
	bool saturate = !below(5);

	set_bits(insn, 0, 6, op[which]);
	set_bits(insn, 6, 1, saturate);
	/* The size bit of the destination is not one here. */
	set_bits(insn, 9, 6, d.half);
	set_bits(insn, 15, 1, 1);
	set_half(insn, 16, top, &a);
	set_half(insn, 28, top - 2, &b);
	if (which == 2)
		set_half(insn, 40, 54, &c);
	insn->size = which == 2 ? 8 : 6;
	for (unsigned int l = 0; l < LANES; l++) {
		long double x = get_float(m, l, &a), y = get_float(m, l, &b);
		long double z = which == 2 ? (long double)get_float(m, l, &c) : 0;

		put_half(m, l, &d, which == 0 ? x + y : which == 1 ? x * y : x * y + z, saturate);
	}
}

static uint32_t saturated(double value, double low, double high, bool even)
{
	double rounded = even ? nearbyint(value) : trunc(value);

	if (isnan(value))
		return 0;
	rounded = rounded < low ? low : rounded > high ? high : rounded;
	return rounded < 0 ? (uint32_t)(int64_t)rounded : (uint32_t)(uint64_t)rounded;
}

static void do_to_int(struct insn *insn, struct machine *m)
{
	static const struct { unsigned int mode; double low, high; } modes[] = {
		{ 4, 0, 65535 }, { 5, -32768, 32767 }, { 8, 0, 4294967295.0 },
		{ 9, -2147483648.0, 2147483647.0 },
	};
	struct operand a = random_operand(below(3));
	unsigned int which = below(4), even = below(2);
	struct dest d = random_dest(which >= 2);

	while (a.kind == IMM)
		a = random_operand(true);
	set_bits(insn, 0, 7, 0x3e);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, 1);
	set_bits(insn, 16, 6, modes[which].mode);
	set_bits(insn, 26, 2, even);
	set_source(insn, 28, 40, &a);
	insn->size = 6;
	for (unsigned int l = 0; l < LANES; l++)
		put_int(m, l, &d, saturated(get_float(m, l, &a), modes[which].low,
					    modes[which].high, even));
}

static void do_from_int(struct insn *insn, struct machine *m)
{
	static const uint8_t modes[] = { 6, 7, 10, 11 };
	unsigned int which = below(4);
	struct operand a = random_operand(which >= 2);
	struct dest d = random_dest(true);

	while (a.kind == IMM)
		a = random_operand(which >= 2);
	set_bits(insn, 0, 7, 0x3e);
	set_dest(insn, &d);
	set_bits(insn, 15, 1, 1);
	set_bits(insn, 16, 6, modes[which]);
	set_bits(insn, 26, 2, 1);
	set_source(insn, 28, 40, &a);
	insn->size = 6;
	for (unsigned int l = 0; l < LANES; l++) {
		uint32_t raw = get_int(m, l, &a);
		double value = which == 0 ? (uint16_t)raw : which == 1 ? (int16_t)raw :
			       which == 2 ? raw : (double)(int32_t)raw;

		put_float(m, l, &d, value, false);
	}
}

typedef void (*maker)(struct insn *insn, struct machine *m);

static const struct {
	maker make;
	const char *name;
} makers[] = {
	{ do_mov, "mov_imm" }, { do_iadd, "iadd" }, { do_imad, "imad" },
	{ do_bitfield, "bfi, bfeil, extr" }, { do_asr, "asr" }, { do_bitop, "bitop" },
	{ do_bits, "intl, bitrev, popcount, ffs" }, { do_icmpsel, "icmpsel" },
	{ do_fcmpsel, "fcmpsel" }, { do_float, "fadd, fmul, ffma" },
	{ do_half, "hadd, hmul, hfma" }, { do_to_int, "float to int" },
	{ do_from_int, "int to float" },
};

/* ---- the model ---- */

static uint8_t *at(uint64_t va)
{
	return memory + (va - USC_BASE);
}

static void *translate(void *opaque, uint64_t page, unsigned int *access)
{
	(void)opaque;
	if (page < USC_BASE || page >= USC_BASE + N_PAGES * GPU_PAGE_SIZE)
		return NULL;
	*access = GPU_READ | GPU_WRITE;
	return at(page);
}

static unsigned int put_bytes(uint8_t *to, unsigned __int128 bits, unsigned int size)
{
	memcpy(to, &bits, size);
	return size;
}

/* Loads or stores r@reg, a word a lane, at the address in the uniforms after the values. */
static unsigned int put_transfer(uint8_t *to, bool is_store, unsigned int reg)
{
	unsigned int base = N_UNIFORMS + 4 * is_store, offset = 2 * LANE_REG;
	uint64_t bits = (is_store ? 0x45 : 0x05) | 2 << 7 | 1ull << 25 | 1ull << 26 | 1ull << 27 |
			1ull << 46 | 1ull << 47 | 1ull << 49 | 1ull << 52;

	/* The index is lane + 32 * reg: it was put into LANE_REG. */
	bits |= (uint64_t)(2 * reg) << 10 | (uint64_t)(base & 15) << 16 |
		(uint64_t)(base >> 4) << 36 | (uint64_t)(offset & 15) << 20 |
		(uint64_t)(offset >> 4) << 32;
	return put_bytes(to, bits, 8);
}

/* LANE_REG += 32 */
static unsigned int put_step(uint8_t *to)
{
	struct insn insn = { 0 };
	struct operand a = { .kind = REG, .value = 2 * LANE_REG, .wide = true };
	struct operand b = { .kind = IMM, .value = 32 };

	set_bits(&insn, 0, 6, 0x0e);
	set_dest(&insn, &(struct dest){ .half = 2 * LANE_REG, .wide = true });
	set_source(&insn, 16, 42, &a);
	set_source(&insn, 28, 40, &b);
	return put_bytes(to, insn.bits, 8);
}

static unsigned int put_lane(uint8_t *to)
{
	return put_bytes(to, 0x72 | 1 << 8 | 2 * LANE_REG << 9 | 52 << 16, 4);
}

static unsigned int put_transfers(uint8_t *to, bool is_store)
{
	unsigned int size = put_lane(to);

	for (unsigned int reg = FIRST_REG; reg < END_REG; reg++) {
		size += put_transfer(to + size, is_store, reg);
		size += put_step(to + size);
	}
	return size;
}

static void put_state(const struct machine *m)
{
	uint32_t *in = (uint32_t *)at(IN);
	uint64_t addresses[2] = { IN, OUT };

	for (unsigned int reg = FIRST_REG; reg < END_REG; reg++)
		for (unsigned int l = 0; l < LANES; l++)
			*in++ = m->r[l][2 * reg] | (uint32_t)m->r[l][2 * reg + 1] << 16;
	memcpy(at(UNIFORMS), m->u, sizeof(m->u));
	memcpy(at(UNIFORMS) + sizeof(m->u), addresses, sizeof(addresses));
}

static void put_pipeline(void)
{
	uint8_t *to = at(USC_BASE);

	for (unsigned int start = 0; start < N_UNIFORMS + 8; start += 64) {
		uint64_t n = start + 64 <= N_UNIFORMS ? 0 : 8;
		uint64_t va = UNIFORMS + 2 * start;

		to += put_bytes(to, 0x1d | start << 8 | n << 20 | va >> 2 << 26, 8);
	}
	to += put_bytes(to, 0x0d | CODE << 16, 6);
	put_bytes(to, 0x88, 2);
}

static void run_code(struct gpu_compute *compute, struct gpu_space *space)
{
	const struct gpu_compute_command command = { .stream = STREAM, .usc_base = USC_BASE };
	static const uint32_t stream[] = { 0, 0, LANES, 1, 1, LANES, 1, 1, 0x40000000 };
	struct gpu_job job;

	put_pipeline();
	memcpy(at(STREAM), stream, sizeof(stream));
	gpu_job_init(&job, 0);
	if (!gpu_compute_run(compute, space, &command, &job))
		fail_msg("%s", job.text);
}

/* The same bits, or two NaNs. */
static bool same_half(uint16_t a, uint16_t b)
{
	return a == b || (isnan(from_half(a)) && isnan(from_half(b)));
}

static bool same(uint32_t a, uint32_t b)
{
	if (isnan(bits_float(a)) && isnan(bits_float(b)))
		return true;
	return same_half(a & 0xffff, b & 0xffff) && same_half(a >> 16, b >> 16);
}

/* The first result that differs is shown, with the last instruction's name and bits. */
static void compare(const struct machine *m, const char *name, const struct insn *insn)
{
	const uint32_t *out = (const uint32_t *)at(OUT);

	for (unsigned int reg = FIRST_REG; reg < END_REG; reg++) {
		for (unsigned int l = 0; l < LANES; l++, out++) {
			const uint16_t *half = &m->r[l][2 * reg];
			uint32_t expected = half[0] | (uint32_t)half[1] << 16;

			if (!same(*out, expected))
				fail_msg("%s [%016llx %08x]: r%u of lane %u is %08x, not %08x",
					 name, (unsigned long long)insn->bits,
					 (uint32_t)(insn->bits >> 64), reg, l, *out, expected);
		}
	}
}

static void random_state(struct machine *m)
{
	m->nan_half = 0;
	for (unsigned int i = 0; i < N_UNIFORMS; i += 2) {
		uint32_t value = random_value();

		memcpy(&m->u[i], &value, sizeof(value));
	}
	for (unsigned int l = 0; l < LANES; l++)
		for (unsigned int i = 0; i < 64; i += 2) {
			uint32_t value = random_value();

			memcpy(&m->r[l][i], &value, sizeof(value));
		}
}

struct bench {
	struct gpu_engine *engine;
	struct gpu_compute *compute;
	struct gpu_space space;
};

static int setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->engine = gpu_engine_create(0);
	bench->compute = gpu_compute_create(bench->engine);
	gpu_space_init(&bench->space, translate, NULL);
	*state = bench;
	return 0;
}

static int teardown(void **state)
{
	struct bench *bench = *state;

	gpu_compute_destroy(bench->compute);
	gpu_engine_destroy(bench->engine);
	free(bench);
	return 0;
}

/* @n instructions between loads and stores. */
static void run_random(struct bench *bench, unsigned int n, int which)
{
	static struct machine m;
	struct insn insn;
	const char *name = NULL;
	unsigned int size;

	random_state(&m);
	put_state(&m);
	size = put_transfers(at(USC_BASE + CODE), false);
	while (n--) {
		unsigned int i = which >= 0 ? (unsigned int)which :
					      below(sizeof(makers) / sizeof(makers[0]));

		insn = (struct insn){ 0 };
		makers[i].make(&insn, &m);
		name = makers[i].name;
		size += put_bytes(at(USC_BASE + CODE) + size, insn.bits, insn.size);
		if (!m.nan_half || !n)
			continue;
		/* What follows may look at the bits. */
		insn = (struct insn){ 0 };
		do_mov_to(&insn, &m, (struct dest){ .half = m.nan_half, .wide = true });
		size += put_bytes(at(USC_BASE + CODE) + size, insn.bits, insn.size);
		m.nan_half = 0;
	}
	size += put_transfers(at(USC_BASE + CODE) + size, true);
	put_bytes(at(USC_BASE + CODE) + size, 0x88, 2);
	run_code(bench->compute, &bench->space);
	compare(&m, name, &insn);
}

/* Each kind alone: what fails is named exactly. */
static void test_single(void **state)
{
	seed = 0x2545f4914f6cdd1dull;
	for (unsigned int which = 0; which < sizeof(makers) / sizeof(makers[0]); which++)
		for (unsigned int n = 0; n < 400; n++)
			run_random(*state, 1, (int)which);
}

static void test_programs(void **state)
{
	seed = 0x9e3779b97f4a7c15ull;
	for (unsigned int n = 0; n < 300; n++)
		run_random(*state, N_INSNS, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_single, setup, teardown),
		cmocka_unit_test_setup_teardown(test_programs, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
