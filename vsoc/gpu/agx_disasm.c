// SPDX-License-Identifier: GPL-2.0
/*
 * A line of text for an instruction: name, destination, sources, then what else is not at its usual
 * value. For people who look at a program that failed; not meant to be assembled again.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agx_isa.h"

struct line {
	char *text;
	size_t size, at;
	bool first; /* no operand yet */
};

static void __attribute__((format(printf, 2, 3))) add(struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line->text + line->at, line->size - line->at, format, args);
	va_end(args);
	line->at += n < 0 ? 0 : n;
	if (line->at >= line->size)
		line->at = line->size - 1;
}

static void separate(struct line *line)
{
	add(line, line->first ? " " : ", ");
	line->first = false;
}

static void add_register(struct line *line, char file, const struct agx_operand *o)
{
	static const char *const wide[] = {"", "", "", "", "d"};

	if (o->halves == 1)
		add(line, "%c%u%c", file, o->index / 2, o->index & 1 ? 'h' : 'l');
	else
		add(line, "%s%c%u", wide[o->halves], file, o->index / 2);
}

static void add_operand(struct line *line, const struct agx_operand *o)
{
	float value;

	if (o->kind == AGX_NONE)
		return;
	separate(line);
	if (o->neg)
		add(line, "-");
	if (o->abs)
		add(line, "|");
	switch (o->kind) {
	case AGX_IMM:
		add(line, "%d", (int)o->value);
		break;
	case AGX_FIMM:
		memcpy(&value, &o->value, sizeof(value));
		add(line, "%g", value);
		break;
	case AGX_UNIFORM:
		add_register(line, 'u', o);
		break;
	case AGX_REG:
		add_register(line, 'r', o);
		break;
	case AGX_TS:
		add(line, "ts%u", o->index);
		break;
	case AGX_CF:
		add(line, "cf%u", o->index);
		break;
	}
	if (o->abs)
		add(line, "|");
	if (o->sx)
		add(line, ".sx");
}

static void add_number(struct line *line, const char *name, unsigned int value, unsigned int usual)
{
	if (value == usual)
		return;
	separate(line);
	add(line, "%s %u", name, value);
}

static void add_flag(struct line *line, const char *name, bool set)
{
	if (!set)
		return;
	separate(line);
	add(line, "%s", name);
}

static bool has_format(unsigned int op)
{
	return op == AGX_LOAD || op == AGX_STORE || op == AGX_UNIFORM_STORE ||
	       op == AGX_LOCAL_LOAD || op == AGX_LOCAL_STORE || op == AGX_STACK_LOAD ||
	       op == AGX_STACK_STORE || op == AGX_LD_TILE || op == AGX_ST_TILE ||
	       op == AGX_BLOCK_STORE;
}

static void add_format(struct line *line, unsigned int format)
{
	static const char *const names[16] = {
		"i8",	    "i16",     "i32",	       "f16",	     "u8norm", "s8norm",
		"u16norm",  "s16norm", "rgb10a2",      "?",	     "srgba8", "?",
		"rg11b10f", "rgb9e5",  "rg11b10f_rtz", "rgb9e5_rtz",
	};

	separate(line);
	add(line, "%s", names[format & 15]);
}

static void add_mask(struct line *line, unsigned int mask)
{
	separate(line);
	for (unsigned int c = 0; c < 4; c++) {
		if (mask >> c & 1)
			add(line, "%c", "xyzw"[c]);
	}
}

static bool is_texture(unsigned int op)
{
	return op >= AGX_TEX_SAMPLE && op <= AGX_BLOCK_STORE;
}

static void add_texture(struct line *line, const struct agx_insn *i)
{
	if (i->heap) {
		separate(line);
		add(line, "heap du%u", (i->heap & ~1u) / 2);
	}
	add_operand(line, &i->texture);
	add_operand(line, &i->sampler);
	add_operand(line, &i->lod);
	add_number(line, "lod_mode", i->lod_mode, 0);
	add_number(line, "dim", i->dim, AGX_DIM_2D);
	add_number(line, "gather", i->gather, 0);
	add_flag(line, "shadow", i->shadow);
	add_flag(line, "sparse", i->sparse);
	add_flag(line, "query", i->query);
	add_flag(line, "offset", i->offset);
}

static bool is_compare(unsigned int op)
{
	return op == AGX_ICMPSEL || op == AGX_FCMPSEL || op == AGX_ICMP_BALLOT ||
	       op == AGX_FCMP_BALLOT || (op >= AGX_IF_ICMP && op <= AGX_WHILE_FCMP);
}

static void add_rest(struct line *line, const struct agx_insn *i)
{
	bool has_imm = i->op == AGX_MOV_IMM || i->op == AGX_DOORBELL || i->op == AGX_JMP_DOORBELL ||
		       i->op == AGX_LD_TILE || i->op == AGX_ST_TILE || i->op == AGX_TEX_STATE ||
		       i->op == AGX_SAMPLER_STATE;
	bool is_jump = i->op == AGX_JMP_ANY || i->op == AGX_JMP_NONE || i->op == AGX_CALL;

	if (is_compare(i->op)) {
		separate(line);
		add(line, "cond %u%s", i->cond, i->invert ? " not" : "");
	}
	if (has_imm) {
		separate(line);
		add(line, "%u", i->imm);
	}
	if (is_jump) {
		separate(line);
		add(line, "%+d", i->target);
	}
	if (i->op >= AGX_BFI && i->op <= AGX_ASR)
		add_number(line, "bits", i->imm, 32);
	if (i->op == AGX_ITER || i->op == AGX_ITERPROJ || i->op == AGX_LDCF || i->mask)
		add_mask(line, i->mask);
	if (has_format(i->op))
		add_format(line, i->format);
	if (is_texture(i->op))
		add_texture(line, i);
	add_number(line, "sub", i->sub, 0);
	add_number(line, "levels", i->nest, 0);
	add_number(line, "lsl", i->shift, 0);
	add_flag(line, "sat", i->sat);
	add_flag(line, "neg", i->negate);
	add_flag(line, "round", i->rounds);
	add_flag(line, "simd", i->simd);
	add_flag(line, "prefix", i->prefix);
	add_flag(line, "rotate", i->rotate);
	add_flag(line, "explicit", i->explicit_coords);
}

void agx_disassemble(const struct agx_insn *insn, char *text, size_t size)
{
	struct line line = {.text = text, .size = size, .first = true};

	if (!size)
		return;
	text[0] = '\0';
	add(&line, "%s", insn->op == AGX_UNKNOWN ? "unknown" : agx_op_name(insn->op));
	if (insn->op == AGX_UNKNOWN)
		return;
	add_operand(&line, &insn->d);
	for (unsigned int n = 0; n < 4; n++)
		add_operand(&line, &insn->s[n]);
	add_rest(&line, insn);
}
