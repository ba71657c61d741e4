// SPDX-License-Identifier: GPL-2.0
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agx_program.h"

#define CACHE_SLOTS 1024
#define CACHE_BYTES (128u << 20) /* of programs that nobody runs */
#define NO_INSN UINT32_MAX

/* Instructions of a program while it is decoded. */
struct builder {
	struct agx_insn *insn;
	uint32_t count, room;
};

static struct agx_insn *next_insn(struct builder *builder)
{
	if (builder->count == builder->room) {
		uint32_t room = builder->room ? 2 * builder->room : 64;
		struct agx_insn *insn = realloc(builder->insn, room * sizeof(*insn));

		if (!insn)
			return NULL;
		builder->insn = insn;
		builder->room = room;
	}
	return &builder->insn[builder->count++];
}

static bool is_jump(const struct agx_insn *insn)
{
	return insn->op == AGX_JMP_ANY || insn->op == AGX_JMP_NONE;
}

/*
 * Instructions stand one after the other up to a stop that no jump so far leads beyond. Anything
 * that cannot be decoded ends the program too, with an instruction that says so if it is ever
 * reached.
 */
static bool decode_all(struct builder *builder, const uint8_t *code, size_t size, uint32_t *bytes)
{
	uint64_t at = 0, furthest = 0;

	for (;;) {
		struct agx_insn *insn = next_insn(builder);
		unsigned int length;

		if (!insn)
			return false;
		length = agx_decode(code + at, size - at, insn);
		insn->offset_bytes = at;
		at += length;
		if (!length)
			break;
		if (is_jump(insn) && insn->target > 0 &&
		    insn->offset_bytes + (uint64_t)insn->target > furthest)
			furthest = insn->offset_bytes + (uint64_t)insn->target;
		if (insn->op == AGX_STOP && at > furthest)
			break;
	}
	*bytes = at;
	return true;
}

static uint32_t find_insn(const struct builder *builder, int64_t offset)
{
	uint32_t low = 0, high = builder->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (builder->insn[middle].offset_bytes < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < builder->count && builder->insn[low].offset_bytes == offset ? low : NO_INSN;
}

/* Jump distances become indexes; imm tells forward jumps, which need no watching. */
static void resolve_jumps(struct builder *builder)
{
	for (uint32_t n = 0; n < builder->count; n++) {
		struct agx_insn *insn = &builder->insn[n];
		uint32_t target;

		if (!is_jump(insn))
			continue;
		target = find_insn(builder, (int64_t)insn->offset_bytes + insn->target);
		if (target == NO_INSN) {
			insn->op = AGX_UNKNOWN; /* into the middle of something */
			continue;
		}
		insn->target = target;
		insn->imm = target > n;
	}
}

static unsigned int operand_rows(const struct agx_operand *o, unsigned int count)
{
	return o->kind == AGX_REG ? (o->index + o->halves * count + 1) / 2 : 0;
}

/* Texture coordinates, gradients and image data take several registers: count them generously. */
static unsigned int insn_rows(const struct agx_insn *insn)
{
	bool is_texture = insn->op >= AGX_TEX_SAMPLE && insn->op <= AGX_BLOCK_STORE;
	const struct agx_operand *all[] = {
		&insn->d,    &insn->s[0], &insn->s[1],	  &insn->s[2],
		&insn->s[3], &insn->lod,  &insn->texture, &insn->sampler,
	};
	unsigned int rows = 1;

	if (is_texture)
		return AGX_NUM_HALVES / 2;
	for (size_t n = 0; n < sizeof(all) / sizeof(all[0]); n++) {
		unsigned int used = operand_rows(all[n], all[n] == &insn->d && insn->mask ? 4 : 2);

		rows = used > rows ? used : rows;
	}
	return rows < AGX_NUM_HALVES / 2 ? rows : AGX_NUM_HALVES / 2;
}

static void measure(struct agx_program *program)
{
	for (uint32_t n = 0; n < program->count; n++) {
		const struct agx_insn *insn = &program->insn[n];
		unsigned int rows = insn_rows(insn);

		program->rows = rows > program->rows ? rows : program->rows;
		program->uses_stack |= insn->op == AGX_STACK_LOAD || insn->op == AGX_STACK_STORE;
	}
}

static bool finish(struct agx_program *program, const struct builder *builder, const uint8_t *code)
{
	const struct agx_interpreter *interpreter = agx_interpreter();

	program->insn = realloc(builder->insn, builder->count * sizeof(*builder->insn));
	if (!program->insn)
		program->insn = builder->insn; /* no smaller than it was */
	program->count = builder->count;
	program->exec = calloc(builder->count, sizeof(*program->exec));
	program->code = malloc(program->bytes ? program->bytes : 1);
	if (!program->exec || !program->code)
		return false;
	memcpy(program->code, code, program->bytes);
	for (uint32_t n = 0; n < program->count; n++)
		program->exec[n] = interpreter->select(&program->insn[n]);
	measure(program);
	return true;
}

struct agx_program *agx_program_decode(const uint8_t *code, size_t size, uint64_t base)
{
	struct agx_program *program = calloc(1, sizeof(*program));
	struct builder builder = {0};

	if (!program)
		return NULL;
	program->base = base;
	if (!decode_all(&builder, code, size, &program->bytes))
		goto err_free;
	resolve_jumps(&builder);
	if (!finish(program, &builder, code))
		goto err_free;
	return program;

err_free:
	if (!program->insn)
		program->insn = builder.insn;
	agx_program_free(program);
	return NULL;
}

void agx_program_free(struct agx_program *program)
{
	if (!program)
		return;
	free(program->exec);
	free(program->code);
	free(program->insn);
	free(program);
}

/* A slot's program may still be in use when another takes the slot: users are counted. */
struct cached {
	struct agx_program *program;
	unsigned int users;
	bool dropped;	     /* in no slot any more: goes with its last user */
	struct cached *next; /* of the dropped ones */
};

struct agx_cache {
	pthread_mutex_t lock; /* protects everything below */
	size_t bytes;	      /* of the programs in slots */
	unsigned int hand;    /* the next slot to be emptied when they are too many */
	struct cached *slot[CACHE_SLOTS];
	struct cached *dropped;
};

struct agx_cache *agx_cache_create(void)
{
	struct agx_cache *cache = calloc(1, sizeof(*cache));

	if (cache)
		pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

static void free_cached(struct cached *cached)
{
	if (cached)
		agx_program_free(cached->program);
	free(cached);
}

void agx_cache_destroy(struct agx_cache *cache)
{
	struct cached *next;

	if (!cache)
		return;
	for (unsigned int n = 0; n < CACHE_SLOTS; n++)
		free_cached(cache->slot[n]);
	for (; cache->dropped; cache->dropped = next) {
		next = cache->dropped->next;
		free_cached(cache->dropped);
	}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct cached **slot_of(struct agx_cache *cache, uint64_t va)
{
	return &cache->slot[(va * 0x9e3779b97f4a7c15ull) >> 54];
}

/* Reads as much of the program as is mapped, up to the limit. */
static size_t read_code(struct gpu_tlb *tlb, uint64_t va, uint8_t *code, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t part = GPU_PAGE_SIZE - ((va + done) & (GPU_PAGE_SIZE - 1));
		uint64_t bad;

		if (part > size - done)
			part = size - done;
		if (!gpu_read(tlb, va + done, code + done, part, &bad))
			break;
		done += part;
	}
	return done;
}

static bool is_same(struct gpu_tlb *tlb, uint64_t va, const struct agx_program *program)
{
	uint8_t code[4096];
	uint32_t done = 0;
	uint64_t bad;

	while (done < program->bytes) {
		uint32_t part = program->bytes - done < sizeof(code) ? program->bytes - done :
								       sizeof(code);

		if (!gpu_read(tlb, va + done, code, part, &bad) ||
		    memcmp(code, program->code + done, part))
			return false;
		done += part;
	}
	return program->base == va && program->bytes;
}

/* Most programs are short: look at one page first and at more only if the end was not in it. */
static struct agx_program *decode_at(struct gpu_tlb *tlb, uint64_t va, struct gpu_job *job)
{
	struct agx_program *program = NULL;
	uint8_t *code = NULL;

	for (size_t size = 4096;; size = AGX_MAX_PROGRAM_BYTES) {
		uint8_t *more = realloc(code, size);
		size_t got;

		if (!more)
			break;
		code = more;
		got = read_code(tlb, va, code, size);
		if (!got) {
			gpu_job_fault(job, va, false, "shader code");
			break;
		}
		agx_program_free(program);
		program = agx_program_decode(code, got, va);
		if (!program || size == AGX_MAX_PROGRAM_BYTES ||
		    program->bytes + AGX_MAX_INSN_BYTES < size)
			break;
	}
	free(code);
	if (!program)
		gpu_job_fail(job, GPU_NO_MEMORY, "no memory for a program");
	return program;
}

/* With AGX_DUMP in the environment every program is listed when it is first met. */
static void dump(const struct agx_program *program)
{
	char line[256];

	if (!getenv("AGX_DUMP"))
		return;
	fprintf(stderr, "program at %#llx\n", (unsigned long long)program->base);
	for (uint32_t n = 0; n < program->count; n++) {
		agx_disassemble(&program->insn[n], line, sizeof(line));
		fprintf(stderr, "%6x: %s\n", program->insn[n].offset_bytes, line);
	}
}

/* Host memory that a program takes: a guest's code of a few bytes becomes many here. */
static size_t program_bytes(const struct agx_program *program)
{
	return program->bytes +
	       program->count * (sizeof(*program->insn) + sizeof(*program->exec));
}

static void drop(struct agx_cache *cache, struct cached **slot)
{
	struct cached *old = *slot;

	*slot = NULL;
	if (!old)
		return;
	cache->bytes -= program_bytes(old->program);
	if (!old->users) {
		free_cached(old);
		return;
	}
	old->dropped = true;
	old->next = cache->dropped;
	cache->dropped = old;
}

/* Makes room; what is in use stays. */
static void shrink(struct agx_cache *cache)
{
	for (unsigned int n = 0; n < CACHE_SLOTS && cache->bytes > CACHE_BYTES; n++) {
		struct cached **slot = &cache->slot[cache->hand++ % CACHE_SLOTS];

		if (*slot && !(*slot)->users)
			drop(cache, slot);
	}
}

static const struct agx_program *get_locked(struct agx_cache *cache, struct gpu_tlb *tlb,
					    uint64_t va, struct gpu_job *job)
{
	struct cached **slot = slot_of(cache, va), *cached;

	if (*slot && is_same(tlb, va, (*slot)->program)) {
		(*slot)->users++;
		return (*slot)->program;
	}
	cached = calloc(1, sizeof(*cached));
	if (!cached) {
		gpu_job_fail(job, GPU_NO_MEMORY, "no memory for a program");
		return NULL;
	}
	cached->program = decode_at(tlb, va, job);
	if (!cached->program) {
		free(cached);
		return NULL;
	}
	dump(cached->program);
	drop(cache, slot);
	*slot = cached;
	cached->users = 1;
	cache->bytes += program_bytes(cached->program);
	shrink(cache);
	return cached->program;
}

const struct agx_program *agx_cache_get(struct agx_cache *cache, struct gpu_tlb *tlb, uint64_t va,
					struct gpu_job *job)
{
	const struct agx_program *program;

	pthread_mutex_lock(&cache->lock);
	program = get_locked(cache, tlb, va, job);
	pthread_mutex_unlock(&cache->lock);
	return program;
}

void agx_cache_put(struct agx_cache *cache, const struct agx_program *program)
{
	struct cached **slot, **link, *cached = NULL;

	if (!program)
		return;
	pthread_mutex_lock(&cache->lock);
	slot = slot_of(cache, program->base);
	if (*slot && (*slot)->program == program) {
		(*slot)->users--;
	} else {
		for (link = &cache->dropped; *link; link = &(*link)->next) {
			cached = *link;
			if (cached->program != program)
				continue;
			if (!--cached->users) {
				*link = cached->next;
				free_cached(cached);
			}
			break;
		}
	}
	pthread_mutex_unlock(&cache->lock);
}
