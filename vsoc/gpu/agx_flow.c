// SPDX-License-Identifier: GPL-2.0
/* Control flow by the counter in r0l, special registers, operations across lanes, and the main
 * loop. */
#include <math.h>
#include <stdio.h>

#include "agx_exec.h"
#include "agx_profile.h"

#define PASS_MASK 1023 /* instructions between two passes, at most */

void AGX_NAME(agx_give_up)(struct agx_group *g, const struct agx_insn *i, const char *why)
{
	char line[128], hex[2 * AGX_MAX_INSN_BYTES + 1];
	unsigned int bytes = i->bytes ? i->bytes : AGX_MAX_INSN_BYTES;

	for (unsigned int n = 0; n < bytes; n++)
		snprintf(hex + 2 * n, 3, "%02x", i->raw[n]);
	agx_disassemble(i, line, sizeof(line));
	gpu_job_fail(g->launch->job, GPU_UNKNOWN, "shader %#llx+%#x: %s: %s [%s]",
		     (unsigned long long)g->program->base, i->offset_bytes, why, line, hex);
	g->state = AGX_FAILED;
}

static void exec_unknown(struct agx_group *g, const struct agx_insn *i)
{
	AGX_NAME(agx_give_up)(g, i, i->op == AGX_UNKNOWN ? "unknown instruction" : "not modelled");
}

/* r0l counts the levels by which a lane is switched off; a lane runs where it is zero. */
static void update_mask(struct agx_group *g)
{
	uint32_t exists = g->exists, mask = 0;

	for_each_lane(l)
		g->active.u[l] = g->r[0].u[l] & 0xffff ? 0 : -(exists >> l & 1);
	for (unsigned int l = 0; l < AGX_LANES; l++)
		mask |= g->active.u[l] & 1u << l;
	g->mask = mask;
}

static void put_counter(struct agx_group *g, const union agx_row *value)
{
	for_each_lane(l)
		g->r[0].u[l] = (g->r[0].u[l] & 0xffff0000) | (value->u[l] & 0xffff);
	update_mask(g);
}

static void compare(const struct agx_group *g, const struct agx_insn *i, union agx_row *condition)
{
	if (i->op == AGX_IF_FCMP || i->op == AGX_ELSE_FCMP || i->op == AGX_WHILE_FCMP ||
	    i->op == AGX_FCMP_BALLOT)
		AGX_NAME(agx_float_compare)(g, i, condition);
	else
		AGX_NAME(agx_int_compare)(g, i, condition);
}

/* These run in all lanes, switched off or not. */
static void exec_if(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row c, v;

	compare(g, i, &c);
	for_each_lane(l) {
		uint32_t old = g->r[0].u[l] & 0xffff;

		v.u[l] = old ? old + i->nest : c.u[l] ? 0 : 1;
	}
	put_counter(g, &v);
}

static void exec_else(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row c, v;

	compare(g, i, &c);
	for_each_lane(l) {
		uint32_t old = g->r[0].u[l] & 0xffff;

		v.u[l] = old == 0 ? i->nest : old > 1 ? old : c.u[l] ? 0 : 1;
	}
	put_counter(g, &v);
}

static void exec_while(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row c, v;

	compare(g, i, &c);
	for_each_lane(l) {
		uint32_t old = g->r[0].u[l] & 0xffff;

		v.u[l] = old >= i->nest ? old : c.u[l] ? 0 : i->nest;
	}
	put_counter(g, &v);
}

static void exec_pop(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row v;

	for_each_lane(l) {
		uint32_t old = g->r[0].u[l] & 0xffff;

		v.u[l] = old > i->nest ? old - i->nest : 0;
	}
	put_counter(g, &v);
}

/* Every loop comes through here: the place to leave a job that was stopped or has no time left. */
static void jump(struct agx_group *g, const struct agx_insn *i)
{
	struct gpu_job *job = g->launch->job;

	g->pc = i->target;
	if (i->imm)
		return;
	gpu_pass(&g->worker->visit);
	if (gpu_job_stopping(job) || (!(++g->worker->back_jumps & 0xfff) && gpu_job_expired(job)))
		g->state = AGX_FAILED;
}

static void exec_jmp_any(struct agx_group *g, const struct agx_insn *i)
{
	if (g->mask)
		jump(g, i);
}

static void exec_jmp_none(struct agx_group *g, const struct agx_insn *i)
{
	if (!g->mask)
		jump(g, i);
}

static void exec_stop(struct agx_group *g, const struct agx_insn *i)
{
	(void)i;
	g->state = AGX_STOPPED;
}

static void exec_barrier(struct agx_group *g, const struct agx_insn *i)
{
	(void)i;
	g->state = AGX_AT_BARRIER;
}

/* Lanes run in order and memory is coherent: nothing to wait for. */
static void exec_nothing(struct agx_group *g, const struct agx_insn *i)
{
	(void)g;
	(void)i;
}

enum special {
	SR_GROUP = 0,
	SR_LOCAL_SIZE = 4,
	SR_DISPATCH_SIZE = 8,
	SR_SAMPLES_LOG2 = 14,
	SR_CORE = 20,
	SR_VM_SLOT = 21,
	SR_THREAD = 48,
	SR_THREAD_INDEX = 51,
	SR_LANE = 52,
	SR_SIMD_INDEX = 53,
	SR_QUAD_ACTIVE = 56,
	SR_QUAD_TOTAL = 57,
	SR_SIMD_ACTIVE = 58,
	SR_SIMD_TOTAL = 59,
	SR_COVERAGE = 60,
	SR_IS_ACTIVE = 63,
	SR_GRID = 80,
};

/* Where the threads of a group are in their threadgroup, along @axis. */
static void local_positions(const struct agx_group *g, unsigned int axis, union agx_row *row)
{
	const uint32_t *size = g->launch->local;
	uint32_t first = g->index * AGX_LANES, at[3];

	at[0] = first % size[0];
	at[1] = first / size[0] % size[1];
	at[2] = first / size[0] / size[1];
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		row->u[l] = at[axis];
		if (++at[0] < size[0])
			continue;
		at[0] = 0;
		if (++at[1] < size[1])
			continue;
		at[1] = 0;
		at[2]++;
	}
}

static void grid_positions(const struct agx_group *g, unsigned int axis, union agx_row *row)
{
	uint32_t base = (uint32_t)g->worker->position[axis] * g->launch->local[axis];

	local_positions(g, axis, row);
	for_each_lane(l)
		row->u[l] += base;
}

static uint32_t special_lane(const struct agx_group *g, unsigned int number, unsigned int lane)
{
	uint32_t quad = g->mask >> (lane & ~3u) & 15;

	switch (number) {
	case SR_THREAD_INDEX:
		return g->index * AGX_LANES + lane;
	case SR_LANE:
		return lane;
	case SR_QUAD_ACTIVE:
		return __builtin_popcount(quad & ((1u << (lane & 3)) - 1));
	case SR_QUAD_TOTAL:
		return __builtin_popcount(quad);
	default: /* SR_SIMD_ACTIVE */
		return __builtin_popcount(g->mask & ((1u << lane) - 1));
	}
}

/* False: not a special register, or one that a compute launch does not have. */
static bool special_scalar(const struct agx_group *g, unsigned int number, uint32_t *value)
{
	switch (number) {
	case SR_GROUP ... SR_GROUP + 2:
		*value = g->worker->position[number - SR_GROUP];
		return true;
	case SR_LOCAL_SIZE ... SR_LOCAL_SIZE + 2:
		*value = g->launch->local[number - SR_LOCAL_SIZE];
		return true;
	case SR_DISPATCH_SIZE ... SR_DISPATCH_SIZE + 2:
		*value = g->launch->local[number - SR_DISPATCH_SIZE];
		return true;
	case SR_SAMPLES_LOG2:
	case SR_CORE:
	case SR_VM_SLOT:
		*value = 0;
		return true;
	case SR_SIMD_INDEX:
		*value = g->index;
		return true;
	case SR_SIMD_TOTAL:
		*value = __builtin_popcount(g->mask);
		return true;
	case SR_COVERAGE:
	case SR_IS_ACTIVE:
		*value = 1;
		return true;
	default:
		return false;
	}
}

static bool is_lane_special(unsigned int number)
{
	return number == SR_THREAD_INDEX || number == SR_LANE || number == SR_QUAD_ACTIVE ||
	       number == SR_QUAD_TOTAL || number == SR_SIMD_ACTIVE;
}

static void exec_get_sr(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row row;
	uint32_t value;

	if (i->sub >= SR_THREAD && i->sub < SR_THREAD + 3) {
		local_positions(g, i->sub - SR_THREAD, &row);
	} else if (i->sub >= SR_GRID && i->sub < SR_GRID + 3) {
		grid_positions(g, i->sub - SR_GRID, &row);
	} else if (is_lane_special(i->sub)) {
		for (unsigned int l = 0; l < AGX_LANES; l++)
			row.u[l] = special_lane(g, i->sub, l);
	} else if (special_scalar(g, i->sub, &value)) {
		fill(&row, value);
	} else {
		AGX_NAME(agx_give_up)(g, i, "special register not modelled");
		return;
	}
	put(g, &i->d, &row);
}

static void exec_ballot(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row c;
	uint32_t bits;

	compare(g, i, &c);
	bits = lane_bits(&c) & g->mask;
	if (i->simd) {
		fill(&c, bits);
	} else {
		for (unsigned int l = 0; l < AGX_LANES; l++)
			c.u[l] = bits >> (l & ~3u) & 15;
	}
	put(g, &i->d, &c);
}

/* The lane that lane @l reads; its own where the sum leaves the group. */
static unsigned int shuffle_lane(const struct agx_insn *i, unsigned int l, uint32_t index)
{
	unsigned int size = i->simd ? AGX_LANES : 4, base = l & ~(size - 1), own = l & (size - 1);
	uint32_t from;

	switch (i->sub) {
	case 0:
		from = i->simd ? index : index & 3;
		break;
	case 1:
		from = own ^ index;
		break;
	case 2:
		from = own - index;
		break;
	default:
		from = own + index;
	}
	if (i->rotate)
		from &= size - 1;
	return from < size ? base + from : l;
}

static void exec_shuffle(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row buffer[2], result;
	const union agx_row *a = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *b = int_row(g, &i->s[1], &buffer[1]);

	for (unsigned int l = 0; l < AGX_LANES; l++)
		result.u[l] = a->u[shuffle_lane(i, l, b->u[l])];
	put(g, &i->d, &result);
}

enum reduce_op {
	REDUCE_AND = 0,
	REDUCE_FADD = 1,
	REDUCE_OR = 2,
	REDUCE_FMUL = 3,
	REDUCE_XOR = 4,
	REDUCE_FMIN = 5,
	REDUCE_FMAX = 7,
	REDUCE_IADD = 16,
	REDUCE_SMIN = 20,
	REDUCE_SMAX = 22,
	REDUCE_UMIN = 28,
	REDUCE_UMAX = 30,
};

static float as_float(uint32_t bits, unsigned int halves)
{
	float value;

	if (halves == 1)
		return half_to_float(bits);
	bits = flush_denormal(bits);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint32_t from_float(float value, unsigned int halves)
{
	uint32_t bits;

	if (halves == 1)
		return float_to_half(value);
	memcpy(&bits, &value, sizeof(bits));
	return flush_denormal(bits);
}

static uint32_t reduce_identity(unsigned int op, unsigned int halves)
{
	switch (op) {
	case REDUCE_AND:
	case REDUCE_UMIN:
		return 0xffffffff;
	case REDUCE_FADD:
		return from_float(-0.0f, halves);
	case REDUCE_FMUL:
		return from_float(1, halves);
	case REDUCE_FMIN:
		return from_float(INFINITY, halves);
	case REDUCE_FMAX:
		return from_float(-INFINITY, halves);
	case REDUCE_SMIN:
		return halves == 1 ? INT16_MAX : INT32_MAX;
	case REDUCE_SMAX:
		return halves == 1 ? (uint32_t)INT16_MIN : (uint32_t)INT32_MIN;
	default:
		return 0;
	}
}

static float reduce_float(unsigned int op, float x, float y)
{
	switch (op) {
	case REDUCE_FADD:
		return x + y;
	case REDUCE_FMUL:
		return x * y;
	case REDUCE_FMIN:
		return fminf(x, y);
	default:
		return fmaxf(x, y);
	}
}

/* 16-bit values come extended as the operation needs them. */
static uint32_t reduce_two(unsigned int op, unsigned int halves, uint32_t x, uint32_t y)
{
	switch (op) {
	case REDUCE_AND:
		return x & y;
	case REDUCE_OR:
		return x | y;
	case REDUCE_XOR:
		return x ^ y;
	case REDUCE_IADD:
		return x + y;
	case REDUCE_SMIN:
		return (int32_t)x < (int32_t)y ? x : y;
	case REDUCE_SMAX:
		return (int32_t)x > (int32_t)y ? x : y;
	case REDUCE_UMIN:
		return x < y ? x : y;
	case REDUCE_UMAX:
		return x > y ? x : y;
	default:
		return from_float(reduce_float(op, as_float(x, halves), as_float(y, halves)),
				  halves);
	}
}

static void exec_reduce(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = i->simd ? AGX_LANES : 4;
	struct agx_operand source = i->s[0];
	union agx_row buffer, result;
	const union agx_row *a;

	source.sx = i->sub == REDUCE_SMIN || i->sub == REDUCE_SMAX;
	a = int_row(g, &source, &buffer);
	for (unsigned int base = 0; base < AGX_LANES; base += size) {
		uint32_t sum = reduce_identity(i->sub, i->d.halves);

		for (unsigned int l = base; l < base + size; l++) {
			result.u[l] = sum;
			if (g->mask >> l & 1)
				sum = reduce_two(i->sub, i->d.halves, sum, a->u[l]);
		}
		for (unsigned int l = base; l < base + size && !i->prefix; l++)
			result.u[l] = sum;
	}
	put(g, &i->d, &result);
}

agx_exec_fn AGX_NAME(agx_select_flow)(const struct agx_insn *i)
{
	switch (i->op) {
	case AGX_IF_ICMP:
	case AGX_IF_FCMP:
		return exec_if;
	case AGX_ELSE_ICMP:
	case AGX_ELSE_FCMP:
		return exec_else;
	case AGX_WHILE_ICMP:
	case AGX_WHILE_FCMP:
		return exec_while;
	case AGX_POP_EXEC:
		return exec_pop;
	case AGX_JMP_ANY:
		return exec_jmp_any;
	case AGX_JMP_NONE:
		return exec_jmp_none;
	case AGX_STOP:
		return exec_stop;
	case AGX_BARRIER:
		return exec_barrier;
	case AGX_WAIT:
	case AGX_MEM_BARRIER:
	case AGX_STACK_ADJUST:
		return exec_nothing;
	case AGX_GET_SR:
		return exec_get_sr;
	case AGX_ICMP_BALLOT:
	case AGX_FCMP_BALLOT:
		return exec_ballot;
	case AGX_SHUFFLE:
		return exec_shuffle;
	case AGX_REDUCE:
		return exec_reduce;
	default:
		return NULL;
	}
}

static agx_exec_fn select_any(const struct agx_insn *i)
{
	agx_exec_fn exec = AGX_NAME(agx_select_int)(i);

	if (!exec)
		exec = AGX_NAME(agx_select_float)(i);
	if (!exec)
		exec = AGX_NAME(agx_select_flow)(i);
	if (!exec)
		exec = AGX_NAME(agx_select_memory)(i);
	if (!exec)
		exec = AGX_NAME(agx_select_texture)(i);
	return exec ? exec : exec_unknown;
}

/* Code without loops can be long too, and so can what is between two jumps. */
static void pass(struct agx_group *g)
{
	struct gpu_job *job = g->launch->job;

	gpu_pass(&g->worker->visit);
	if (g->state != AGX_RUNNING)
		return;
	if (gpu_job_stopping(job) || (!(++g->worker->passes & 63) && gpu_job_expired(job)))
		g->state = AGX_FAILED;
}

static void run_profiled(struct agx_group *g)
{
	struct agx_profile *profile = g->worker->profile;
	const struct agx_program *program = g->program;
	uint64_t executed = 0, before = agx_ticks();

	while (g->state == AGX_RUNNING) {
		uint32_t at = g->pc++;
		uint64_t now;

		program->exec[at](g, &program->insn[at]);
		now = agx_ticks();
		profile->count[program->insn[at].op]++;
		profile->ticks[program->insn[at].op] += now - before;
		before = now;
		if (!(++executed & PASS_MASK))
			pass(g);
	}
	g->worker->executed += executed;
}

static void run(struct agx_group *g)
{
	const struct agx_program *program = g->program;
	uint64_t executed = 0;

	g->state = AGX_RUNNING;
	update_mask(g);
	if (g->worker->profile) {
		run_profiled(g);
		return;
	}
	while (g->state == AGX_RUNNING) {
		uint32_t at = g->pc++;

		program->exec[at](g, &program->insn[at]);
		if (!(++executed & PASS_MASK))
			pass(g);
	}
	g->worker->executed += executed;
}

extern const struct agx_interpreter AGX_NAME(agx_interpreter);
const struct agx_interpreter AGX_NAME(agx_interpreter) = {
	.name = AGX_STRING(AGX_VARIANT),
	.run = run,
	.select = select_any,
};
