/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the DART model share: an instance with memory and an interrupt line, tables in
 * that memory, and the registers by generation. Offsets and entry layouts are written down here a
 * second time, on purpose.
 */
#ifndef VSOC_TESTS_DART_ENV_H
#define VSOC_TESTS_DART_ENV_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "dart.h"

#define RAM_BASE	0x800000000ull
#define RAM_SIZE	(32u << 20)
#define TABLES_SIZE	(16u << 20) /* bottom half: tables; top half: what is mapped */
#define VALID		1ull
#define NO_READ		1u
#define NO_WRITE	2u

/* What differs between the instances that most tests run on. */
struct variant {
	const char *name;
	enum dart_generation generation;
	unsigned int page_shift, pa_width, va_width;
	unsigned int n_tables; /* on the way to a page */
	unsigned int n_roots;
};

static const struct variant t8103 = { "t8103", DART_T8020_DART1, 14, 0, 0, 2, 4 };
static const struct variant t8103_4k = { "t8103-4k", DART_T8020_DART1, 12, 0, 0, 2, 4 };
static const struct variant t6000 = { "t6000", DART_T8020_DART2, 14, 0, 0, 2, 4 };
static const struct variant t8110 = { "t8110", DART_T8110, 14, 36, 36, 2, 1 };
static const struct variant t8110_4l = { "t8110-4l", DART_T8110, 14, 42, 42, 3, 1 };

struct env {
	const struct variant *variant;
	struct dart_config config;
	struct stats *stats;
	struct mem *mem;
	struct intc *intc;
	struct dart *dart;
	unsigned char *ram;
	uint64_t next_table;
};

/* Registers, by variant where they differ */

static inline uint32_t rd(struct env *env, uint32_t offset)
{
	return (uint32_t)dart_bus_ops.read(env->dart, offset, 4);
}

static inline void wr(struct env *env, uint32_t offset, uint32_t value)
{
	dart_bus_ops.write(env->dart, offset, 4, value);
}

static inline bool is_t8110(const struct env *env)
{
	return env->config.generation == DART_T8110;
}

static inline bool is_dart1(const struct env *env)
{
	return env->config.generation == DART_T8020_DART1;
}

static inline uint64_t page_bytes(const struct env *env)
{
	return 1ull << env->config.page_shift;
}

static inline void set_tcr(struct env *env, unsigned int sid, uint32_t value)
{
	wr(env, (is_t8110(env) ? 0x1000 : 0x100) + 4 * sid, value);
}

static inline uint32_t tcr_translate(const struct env *env)
{
	if (!is_t8110(env))
		return 0x80;
	return env->variant->n_tables == 3 ? 9 : 1;
}

static inline uint32_t tcr_bypass(const struct env *env)
{
	return is_t8110(env) ? 6 : 0x1100;
}

static inline void set_ttbr(struct env *env, unsigned int sid, unsigned int idx, uint64_t table)
{
	if (is_t8110(env))
		wr(env, 0x1400 + 4 * sid, table ? (uint32_t)(table >> 14 << 2) | 1 : 0);
	else
		wr(env, 0x200 + 16 * sid + 4 * idx, table ? (uint32_t)(table >> 12) | 1u << 31 : 0);
}

static inline uint32_t busy_bit(const struct env *env)
{
	return is_t8110(env) ? 1u << 31 : 1u << 2;
}

static inline uint32_t command_offset(const struct env *env)
{
	return is_t8110(env) ? 0x80 : 0x20;
}

static inline void wait_idle(struct env *env)
{
	int polls;

	for (polls = 0; rd(env, command_offset(env)) & busy_bit(env); polls++)
		assert_true(polls < 10);
}

static inline void flush(struct env *env, unsigned int sid)
{
	if (is_t8110(env)) {
		wr(env, 0x80, 0x100 | sid);
	} else {
		wr(env, 0x34, 1u << sid);
		wr(env, 0x20, 1u << 20);
	}
	wait_idle(env);
}

static inline void enable_streams(struct env *env)
{
	unsigned int i;

	if (!is_t8110(env))
		wr(env, 0xfc, ~0u);
	for (i = 0; is_t8110(env) && i < 8; i++)
		wr(env, 0xc00 + 4 * i, ~0u);
}

static inline uint32_t error_offset(const struct env *env)
{
	return is_t8110(env) ? 0x100 : 0x40;
}

static inline uint64_t error_addr(struct env *env)
{
	uint32_t lo = is_t8110(env) ? 0x170 : 0x50;

	return rd(env, lo) | (uint64_t)rd(env, lo + 4) << 32;
}

static inline void clear_error(struct env *env)
{
	unsigned int i;

	wr(env, error_offset(env), rd(env, error_offset(env)));
	for (i = 0; is_t8110(env) && i < 8; i++)
		wr(env, 0x1c0 + 4 * i, ~0u);
}

static inline bool irq_level(struct env *env)
{
	return intc_bus_ops.read(env->intc, 0x10, 4) >> 5 & 1;
}

/* Counters are looked at where tests and tools find them: in the JSON. */
static inline uint64_t counter(struct env *env, const char *name)
{
	char *text = NULL, key[64], *group, *at;
	uint64_t value;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	stats_write_json(env->stats, out);
	fclose(out);
	group = strstr(text, "\"dart@test\"");
	assert_non_null(group);
	snprintf(key, sizeof(key), "\"%s\"", name);
	at = strstr(group, key);
	assert_non_null(at);
	value = strtoull(strchr(at, ':') + 1, NULL, 10);
	free(text);
	return value;
}

/* Tables */

static inline uint64_t *at(struct env *env, uint64_t pa)
{
	assert_true(pa >= RAM_BASE && pa < RAM_BASE + RAM_SIZE);
	return (uint64_t *)(env->ram + (pa - RAM_BASE));
}

static inline uint64_t new_table(struct env *env)
{
	uint64_t table = env->next_table;

	env->next_table += page_bytes(env);
	assert_true(env->next_table <= RAM_BASE + TABLES_SIZE);
	memset(at(env, table), 0, page_bytes(env));
	return table;
}

static inline uint64_t table_entry(const struct env *env, uint64_t pa)
{
	return (is_dart1(env) ? pa : pa >> 4) | VALID;
}

static inline uint64_t leaf_entry(const struct env *env, uint64_t pa, unsigned int flags)
{
	uint64_t entry = table_entry(env, pa) | 0xfffull << 40;

	if (flags & NO_READ)
		entry |= is_dart1(env) ? 0x100 : 8;
	if (flags & NO_WRITE)
		entry |= is_dart1(env) ? 0x80 : 4;
	return entry;
}

static inline uint64_t entry_pa(const struct env *env, uint64_t entry)
{
	entry &= 0xffffffffffull;
	return is_dart1(env) ? entry & ~(page_bytes(env) - 1) : (entry & 0x3ffffffc00ull) << 4;
}

static inline unsigned int table_entries(const struct env *env)
{
	return page_bytes(env) / 8;
}

/* Entry number of @dva in the table at @height (0: the one that holds pages). */
static inline unsigned int index_at(const struct env *env, uint64_t dva, unsigned int height)
{
	uint64_t pages = dva / page_bytes(env);

	while (height--)
		pages /= table_entries(env);
	return pages % table_entries(env);
}

static inline unsigned int root_at(const struct env *env, uint64_t dva)
{
	uint64_t pages = dva / page_bytes(env) / table_entries(env) / table_entries(env);

	return env->variant->n_roots == 1 ? 0 : pages % env->variant->n_roots;
}

/* Where the leaf of @dva is, with the tables above it made. */
static inline uint64_t *leaf_at(struct env *env, uint64_t root, uint64_t dva)
{
	unsigned int height = env->variant->n_tables - 1;
	uint64_t table = root;

	for (; height; height--) {
		uint64_t *entry = at(env, table) + index_at(env, dva, height);

		if (!(*entry & VALID))
			*entry = table_entry(env, new_table(env));
		table = entry_pa(env, *entry);
	}
	return at(env, table) + index_at(env, dva, 0);
}

static inline uint64_t data_page(const struct env *env, unsigned int n)
{
	return RAM_BASE + TABLES_SIZE + n * page_bytes(env);
}

static inline int tr(struct env *env, unsigned int sid, uint64_t dva, bool write, uint64_t *pa,
	      uint64_t *span)
{
	int ret;

	mem_lock(env->mem);
	ret = dart_translate(env->dart, sid, dva, write, pa, span);
	mem_unlock(env->mem);
	return ret;
}

static inline void assert_maps(struct env *env, unsigned int sid, uint64_t dva, uint64_t expected)
{
	uint64_t pa = 0, span = 0;

	assert_int_equal(tr(env, sid, dva, false, &pa, &span), 0);
	assert_int_equal(pa, expected);
	assert_int_equal(span, page_bytes(env) - dva % page_bytes(env));
	assert_int_equal(tr(env, sid, dva, true, &pa, &span), 0);
	assert_int_equal(pa, expected);
}

enum kind { NO_TTBR, NO_L0, NO_L1, NO_PTE, WRITE, READ, DECODE, REGION, BLOCKED };

static inline uint32_t code_of(const struct env *env, enum kind kind)
{
	static const uint32_t t8020_codes[] = {
		[NO_TTBR] = 0x1, [NO_L1] = 0x2, [NO_PTE] = 0x4, [WRITE] = 0x8, [READ] = 0x10,
		[DECODE] = 0x20, [REGION] = 0x80, [BLOCKED] = 0x800,
	};
	static const uint32_t t8110_codes[] = {
		[NO_TTBR] = 0x1, [NO_L0] = 0x2, [NO_L1] = 0x4, [NO_PTE] = 0x8, [WRITE] = 0x10,
		[READ] = 0x20, [DECODE] = 0x40, [REGION] = 0x20000000, [BLOCKED] = 0x400,
	};

	return is_t8110(env) ? t8110_codes[kind] : t8020_codes[kind];
}

/* One access that faults, its record, the interrupt, and clearing both. */
static inline void assert_faults(struct env *env, unsigned int sid, uint64_t dva, bool write,
			  enum kind kind)
{
	uint32_t expected = 1u << 31 | code_of(env, kind);
	uint64_t pa, span;

	expected |= is_t8110(env) ? sid << 20 : sid << 24;
	if (is_t8110(env) && write)
		expected |= 1u << 28;
	assert_false(irq_level(env));
	assert_int_equal(tr(env, sid, dva, write, &pa, &span), -EFAULT);
	assert_int_equal(rd(env, error_offset(env)), expected);
	assert_int_equal(error_addr(env), dva);
	assert_true(irq_level(env));
	clear_error(env);
	assert_int_equal(rd(env, error_offset(env)), 0);
	assert_false(irq_level(env));
}

/* Life */

static inline void no_raise(void *opaque, unsigned int line)
{
	(void)opaque;
	(void)line;
}

static inline struct dart_config variant_config(const struct variant *variant)
{
	return (struct dart_config){
		.name = "dart@test",
		.generation = variant->generation,
		.page_shift = variant->page_shift,
		.num_sids = 16,
		.pa_width = variant->pa_width,
		.va_width = variant->va_width,
		.bypass = true,
		.stale_grace_ms = 0,
	};
}

static inline void env_open_with(struct env *env, const struct variant *variant,
			  const struct dart_config *config)
{
	memset(env, 0, sizeof(*env));
	env->variant = variant;
	env->config = *config;
	env->next_table = RAM_BASE;
	env->stats = stats_create();
	env->mem = mem_create();
	env->ram = aligned_alloc(1 << 14, RAM_SIZE);
	assert_non_null(env->ram);
	memset(env->ram, 0, TABLES_SIZE);
	assert_int_equal(mem_map(env->mem, RAM_BASE, RAM_SIZE, env->ram, true, NULL, NULL), 0);
	env->intc = intc_create(env->stats, no_raise, NULL);
	env->dart = dart_create(config, env->mem, intc_source(env->intc, 5), env->stats);
	assert_non_null(env->dart);
}

static inline void env_open(struct env *env, const struct variant *variant)
{
	struct dart_config config = variant_config(variant);

	env_open_with(env, variant, &config);
}

static inline void env_close(struct env *env)
{
	dart_destroy(env->dart);
	intc_destroy(env->intc);
	mem_destroy(env->mem);
	stats_destroy(env->stats);
	free(env->ram);
}

/* A translating stream with an empty root for TTBR 0; returns the root. */
static inline uint64_t start_stream(struct env *env, unsigned int sid)
{
	uint64_t root = new_table(env);

	enable_streams(env);
	set_ttbr(env, sid, 0, root);
	set_tcr(env, sid, tcr_translate(env));
	flush(env, sid);
	return root;
}

static const struct variant *variant_of(void **state)
{
	return *state;
}

/* Xorshift: the same numbers everywhere, so that a failure comes again. */
static inline uint64_t random64(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

#define ON(test, variant) { #test " " #variant, test, NULL, NULL, (void *)&(variant) }
#define ON_T8020(test) ON(test, t8103), ON(test, t8103_4k), ON(test, t6000)
#define ON_T8110(test) ON(test, t8110), ON(test, t8110_4l)
#define ON_ALL(test) ON_T8020(test), ON_T8110(test)

#endif
