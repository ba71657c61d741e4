/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the GPU share: a GPU with two DARTs and memory, page tables, jobs, and a few
 * instructions. Offsets and encodings are written down here a second time, on purpose.
 */
#ifndef VSOC_TESTS_GPU_FIXTURE_H
#define VSOC_TESTS_GPU_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "dart.h"
#include "gpu/gpu_device.h"

#define RAM_BASE	0x100000000ull
#define RAM_SIZE	(48u << 20)
#define PAGE		0x4000ull
#define STREAMS		16
#define RING_ENTRIES	64
#define RING_VA		0x10000000ull	/* kernel: submit ring, done ring, commands, timestamps */
#define DONE_VA		(RING_VA + PAGE)
#define COMMANDS_VA	(RING_VA + 2 * PAGE)
#define STAMPS_VA	(RING_VA + 3 * PAGE)
#define USC_BASE	0x1100000000ull	/* user: pipelines and code */
#define STREAM_VA	0x200000000ull	/* user: control stream */
#define DATA_VA		0x300000000ull	/* user: what shaders access */
#define PIPELINE	0x400		/* from USC_BASE */
#define CODE		0x1000

enum { OK, FAULT, BAD_STREAM, UNKNOWN, TIMEOUT, NO_MEMORY, ABORTED, BAD_ENTRY };

struct rig {
	struct stats *stats;
	struct mem *mem;
	struct intc *intc;
	struct dart *dart[2];
	struct gpu_device *gpu;
	uint8_t *ram;
	uint64_t next_page;		/* RAM that nobody has */
	uint64_t root[2][STREAMS];	/* 0: the stream does not translate */
	uint32_t submit_tail, done_head;
	uint32_t n_commands;		/* slots of COMMANDS_VA in use */
};

struct done {
	uint64_t job;
	uint32_t status, command;
	uint64_t fault_address;
	uint32_t fault_flags, stream;
	uint64_t instructions, start, end;
	uint32_t launches, context;
};

static inline uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/*
 * Longer than anything takes on a machine that works, however busy it is: only what hangs waits so
 * long.
 */
#define LIMIT_MS	300000

#define WAIT_FOR(condition)						\
	for (uint64_t end_ = now_ms() + LIMIT_MS; !(condition); usleep(100))	\
		assert_true(now_ms() < end_)

/* Registers */

static inline uint32_t rd(struct rig *rig, uint32_t offset)
{
	return (uint32_t)gpu_device_bus_ops.read(rig->gpu, offset, 4);
}

static inline void wr(struct rig *rig, uint32_t offset, uint32_t value)
{
	gpu_device_bus_ops.write(rig->gpu, offset, 4, value);
}

static inline void dart_wr(struct rig *rig, unsigned int i, uint32_t offset, uint32_t value)
{
	dart_bus_ops.write(rig->dart[i], offset, 4, value);
}

static inline uint32_t dart_rd(struct rig *rig, unsigned int i, uint32_t offset)
{
	return (uint32_t)dart_bus_ops.read(rig->dart[i], offset, 4);
}

static inline void dart_flush(struct rig *rig, unsigned int sid)
{
	for (unsigned int i = 0; i < 2; i++) {
		dart_wr(rig, i, 0x80, 0x100 | sid);
		WAIT_FOR(!(dart_rd(rig, i, 0x80) >> 31));
	}
}

static inline bool irq_level(struct rig *rig)
{
	return intc_bus_ops.read(rig->intc, 0x10, 4) >> 5 & 1;
}

static inline uint64_t counter(struct rig *rig, const char *group_name, const char *name)
{
	char *text = NULL, key[64], *group, *at;
	uint64_t value;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	stats_write_json(rig->stats, out);
	fclose(out);
	snprintf(key, sizeof(key), "\"%s\"", group_name);
	group = strstr(text, key);
	assert_non_null(group);
	snprintf(key, sizeof(key), "\"%s\":", name);
	at = strstr(group, key);
	if (!at)
		fail_msg("no counter %s", name);
	value = strtoull(strchr(at, ':') + 1, NULL, 10);
	free(text);
	return value;
}

/* Memory */

static inline void *host(struct rig *rig, uint64_t pa)
{
	assert_true(pa >= RAM_BASE && pa < RAM_BASE + RAM_SIZE);
	return rig->ram + (pa - RAM_BASE);
}

static inline uint64_t new_page(struct rig *rig)
{
	uint64_t page = rig->next_page;

	rig->next_page += PAGE;
	assert_true(rig->next_page <= RAM_BASE + RAM_SIZE);
	memset(host(rig, page), 0, PAGE);
	return page;
}

static inline uint64_t entry_to(uint64_t pa)
{
	return pa >> 4 | 1;
}

static inline uint64_t entry_pa(uint64_t entry)
{
	return (entry & 0x3ffffffc00ull) << 4;
}

/* Where the page entry of @va is, with the tables above it made. */
static inline uint64_t *leaf_at(struct rig *rig, uint64_t root, uint64_t va)
{
	uint64_t *table = host(rig, root);

	for (unsigned int shift = 36; shift > 14; shift -= 11) {
		uint64_t *entry = &table[va >> shift & 2047];

		if (!*entry)
			*entry = entry_to(new_page(rig));
		table = host(rig, entry_pa(*entry));
	}
	return &table[va >> 14 & 2047];
}

#define NO_WRITE	4u
#define NO_READ		8u

static inline void set_leaf(struct rig *rig, uint64_t root, uint64_t va, uint64_t pa,
			    unsigned int flags)
{
	*leaf_at(rig, root, va) = pa ? entry_to(pa) | 0xfffull << 40 | flags : 0;
}

/* Maps a fresh page on both instances, which share their tables unless a test says otherwise. */
static inline void *map(struct rig *rig, unsigned int sid, uint64_t va, unsigned int flags)
{
	uint64_t pa = new_page(rig);

	set_leaf(rig, rig->root[0][sid], va, pa, flags);
	if (rig->root[1][sid] != rig->root[0][sid])
		set_leaf(rig, rig->root[1][sid], va, pa, flags);
	dart_flush(rig, sid);
	return host(rig, pa);
}

static inline void set_root(struct rig *rig, unsigned int i, unsigned int sid, uint64_t root)
{
	rig->root[i][sid] = root;
	dart_wr(rig, i, 0x1400 + 4 * sid, root ? (uint32_t)(root >> 14 << 2) | 1 : 0);
	dart_wr(rig, i, 0x1000 + 4 * sid, root ? 9 : 0);
}

static inline void start_stream(struct rig *rig, unsigned int sid)
{
	uint64_t root = new_page(rig);

	for (unsigned int i = 0; i < 2; i++)
		set_root(rig, i, sid, root);
	dart_flush(rig, sid);
}

/* What @va of @sid shows through instance @i. */
static inline void *look(struct rig *rig, unsigned int i, unsigned int sid, uint64_t va)
{
	return (uint8_t *)host(rig, entry_pa(*leaf_at(rig, rig->root[i][sid], va))) + va % PAGE;
}

/* Life */

static inline void no_raise(void *opaque, unsigned int line)
{
	(void)opaque;
	(void)line;
}

/* Of DARTs that are made from now on. */
static unsigned int stale_grace_ms;

static inline void rig_darts(struct rig *rig)
{
	static const char *const names[] = { "dart0", "dart1" };

	for (unsigned int i = 0; i < 2; i++) {
		const struct dart_config config = {
			.name = names[i], .generation = DART_T8110, .page_shift = 14,
			.num_sids = STREAMS, .pa_width = 42, .va_width = 40,
			.stale_grace_ms = stale_grace_ms,
		};

		rig->dart[i] = dart_create(&config, rig->mem, intc_source(rig->intc, 6 + i),
					   rig->stats);
		assert_non_null(rig->dart[i]);
		for (unsigned int word = 0; word < 8; word++)
			dart_wr(rig, i, 0xc00 + 4 * word, ~0u);
	}
}

static inline void rig_rings(struct rig *rig)
{
	start_stream(rig, 0);
	for (uint64_t va = RING_VA; va <= STAMPS_VA; va += PAGE)
		map(rig, 0, va, 0);
	wr(rig, 0x100, (uint32_t)RING_VA);
	wr(rig, 0x104, RING_VA >> 32);
	wr(rig, 0x108, RING_ENTRIES);
	wr(rig, 0x120, (uint32_t)DONE_VA);
	wr(rig, 0x124, DONE_VA >> 32);
	wr(rig, 0x128, RING_ENTRIES);
	wr(rig, 0x014, 3);
}

static inline void wait_running(struct rig *rig, bool running)
{
	WAIT_FOR((rd(rig, 0x00c) & 1) == running);
}

static inline void run(struct rig *rig)
{
	wr(rig, 0x008, 1);
	rig->submit_tail = 0;
	rig->done_head = 0;
	wait_running(rig, true);
}

static inline void rig_open_with(struct rig *rig, int threads)
{
	struct gpu_device_config config = {
		.name = "gpu", .n_streams = STREAMS, .threads = threads,
	};

	memset(rig, 0, sizeof(*rig));
	rig->stats = stats_create();
	rig->mem = mem_create();
	rig->next_page = RAM_BASE;
	rig->ram = aligned_alloc(PAGE, RAM_SIZE);
	assert_non_null(rig->ram);
	assert_int_equal(mem_map(rig->mem, RAM_BASE, RAM_SIZE, rig->ram, true, NULL, NULL), 0);
	rig->intc = intc_create(rig->stats, no_raise, NULL);
	rig_darts(rig);
	for (unsigned int i = 0; i < 2; i++)
		config.ports[i] = (struct dma_port){ .dart = rig->dart[i], .mem = rig->mem };
	rig->gpu = gpu_device_create(&config, intc_source(rig->intc, 5), rig->stats);
	assert_non_null(rig->gpu);
	rig_rings(rig);
	run(rig);
}

static inline void rig_open(struct rig *rig)
{
	rig_open_with(rig, 1);
}

static inline void rig_close(struct rig *rig)
{
	gpu_device_destroy(rig->gpu);
	dart_destroy(rig->dart[0]);
	dart_destroy(rig->dart[1]);
	intc_destroy(rig->intc);
	mem_destroy(rig->mem);
	stats_destroy(rig->stats);
	free(rig->ram);
}

/* Jobs */

static inline uint8_t *kernel(struct rig *rig, uint64_t iova)
{
	return look(rig, 0, 0, iova);
}

static inline void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, 4);
}

static inline void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, 8);
}

static inline uint64_t get64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, 8);
	return value;
}

/* A compute command in a slot of its own, of 64 in turn; its address. */
static inline uint64_t new_command(struct rig *rig, uint64_t stream, uint64_t start, uint64_t end)
{
	uint64_t iova = COMMANDS_VA + rig->n_commands++ % 64 * 256;
	uint8_t *at = kernel(rig, iova);

	memset(at, 0, 256);
	put32(at, 1);
	put64(at + 0x10, stream);
	put64(at + 0xe0, start);
	put64(at + 0xe8, end);
	return iova;
}

static inline uint8_t *put_entry(struct rig *rig, uint64_t job, uint32_t context, uint32_t stream,
				 uint64_t commands, uint32_t n_commands, uint32_t timeout_ms)
{
	uint8_t *at = kernel(rig, RING_VA + rig->submit_tail % RING_ENTRIES * 64);

	memset(at, 0, 64);
	put64(at, job);
	put32(at + 0x08, context);
	put32(at + 0x0c, stream);
	put64(at + 0x10, USC_BASE);
	put64(at + 0x18, commands);
	put32(at + 0x20, n_commands);
	put32(at + 0x24, timeout_ms);
	rig->submit_tail++;
	return at;
}

static inline void ring(struct rig *rig)
{
	wr(rig, 0x110, rig->submit_tail);
}

static inline void submit(struct rig *rig, uint64_t job, uint32_t context, uint32_t stream)
{
	put_entry(rig, job, context, stream, new_command(rig, STREAM_VA, 0, 0), 1, 0);
	ring(rig);
}

static inline bool get_done(struct rig *rig, struct done *done)
{
	if (rd(rig, 0x130) == rig->done_head)
		return false;
	memcpy(done, kernel(rig, DONE_VA + rig->done_head % RING_ENTRIES * 64), sizeof(*done));
	rig->done_head++;
	wr(rig, 0x12c, rig->done_head);
	return true;
}

static inline struct done wait_done(struct rig *rig)
{
	struct done done;

	WAIT_FOR(get_done(rig, &done));
	return done;
}

static inline struct done run_job(struct rig *rig, uint32_t context, uint32_t stream)
{
	submit(rig, 77, context, stream);
	return wait_done(rig);
}

/* Programs */

struct code {
	uint8_t *at;
	unsigned int size;
};

static inline void emit(struct code *code, uint64_t low, uint32_t high, unsigned int bytes)
{
	memcpy(code->at + code->size, &low, bytes < 8 ? bytes : 8);
	if (bytes > 8)
		memcpy(code->at + code->size + 8, &high, bytes - 8);
	code->size += bytes;
}

/* 32-bit registers 0 to 31. r0 holds the mask counter: 1 and up are free. */
static inline void mov(struct code *code, unsigned int reg, uint32_t value)
{
	emit(code, 0x62 | 1 << 8 | reg * 2 << 9 | (uint64_t)value << 16, 0, 6);
}

static inline void get_sr(struct code *code, unsigned int reg, unsigned int sr)
{
	emit(code, 0x72 | 1 << 8 | reg * 2 << 9 | (sr & 63) << 16 | (sr >> 6) << 26, 0, 4);
}

/* Words at (64-bit uniform at half @base) + @index * 4; @index is a register. */
static inline uint64_t memory_word(unsigned int reg, unsigned int base, unsigned int index)
{
	return 2 << 7 | (uint64_t)(reg * 2) << 10 | (uint64_t)(base & 15) << 16 | 1ull << 27 |
	       (uint64_t)(index * 2 & 15) << 20 | (uint64_t)(index * 2 >> 4) << 32 | 1ull << 25 |
	       1ull << 26 | 1ull << 46 | 1ull << 47 | 1ull << 49 | 1ull << 52 |
	       (uint64_t)(base >> 4) << 36;
}

/* Components of @mask, at (@index << @shift) words and on, to or from registers in a row. */
static inline void access_words(struct code *code, bool is_store, unsigned int reg, unsigned int base,
				unsigned int index, unsigned int mask, unsigned int shift)
{
	uint64_t word = memory_word(reg, base, index) & ~(1ull << 52);

	emit(code, (is_store ? 0x45 : 0x05) | word | (uint64_t)mask << 52 | (uint64_t)shift << 42, 0,
	     8);
}

static inline void load(struct code *code, unsigned int reg, unsigned int base, unsigned int index)
{
	emit(code, 0x05 | memory_word(reg, base, index), 0, 8);
}

static inline void store(struct code *code, unsigned int reg, unsigned int base, unsigned int index)
{
	emit(code, 0x45 | memory_word(reg, base, index), 0, 8);
}

/* @d = @a + @b */
static inline void add(struct code *code, unsigned int d, unsigned int a, unsigned int b)
{
	emit(code, 0x0e | 1 << 8 | d * 2 << 9 | (uint64_t)(a * 2) << 16 | (uint64_t)9 << 22 |
		   (uint64_t)(b * 2) << 28 | (uint64_t)9 << 34, 0, 8);
}

static inline void jump(struct code *code, int32_t offset)
{
	emit(code, 0xc000 | (uint64_t)(uint32_t)offset << 16, 0, 6);
}

static inline void finish(struct code *code)
{
	emit(code, 0x88, 0, 2);
}

/* A pipeline at PIPELINE whose first uniforms are the 64-bit words at @uniforms. */
static inline void put_pipeline(uint8_t *usc, uint64_t uniforms, unsigned int halves)
{
	uint8_t *at = usc + PIPELINE;

	put64(at, 0x1d | (uint64_t)halves << 20 | (uniforms >> 2) << 26);
	put64(at + 8, 0x0d | (uint64_t)CODE << 16);
	memset(at + 14, 0, 2);
	at[14] = 0x88;
}

static inline uint32_t *put_launch(uint32_t *at, uint32_t threads, uint32_t local)
{
	const uint32_t words[8] = { 0, PIPELINE, threads, 1, 1, local, 1, 1 };

	memcpy(at, words, sizeof(words));
	return at + 8;
}

#define TERMINATE	0x40000000u

struct user {
	uint8_t *usc;
	uint32_t *stream, *data;
	struct code code;
};

/* An address space with a page each for code, stream and data; uniforms 0-3: DATA_VA. */
static inline struct user new_user(struct rig *rig, unsigned int sid)
{
	struct user user;

	start_stream(rig, sid);
	user.usc = map(rig, sid, USC_BASE, 0);
	user.stream = map(rig, sid, STREAM_VA, 0);
	user.data = map(rig, sid, DATA_VA, 0);
	put64(user.usc, DATA_VA);
	put_pipeline(user.usc, USC_BASE, 4);
	user.code = (struct code){ .at = user.usc + CODE };
	return user;
}

/* data[i] = @value for the first @n words, 32 a threadgroup. */
static inline void fill_program(struct user *user, uint32_t value, uint32_t n)
{
	user->code.size = 0;
	mov(&user->code, 1, value);
	get_sr(&user->code, 2, 80);
	store(&user->code, 1, 0, 2);
	finish(&user->code);
	*put_launch(user->stream, n, 32) = TERMINATE;
}

/* Counts in data[0] for ever. */
static inline void counting_program(struct user *user)
{
	struct code *code = &user->code;

	code->size = 0;
	mov(code, 1, 0);
	mov(code, 2, 0);
	mov(code, 3, 1);
	add(code, 1, 1, 3);
	store(code, 1, 0, 2);
	jump(code, -16);
	finish(code);
	*put_launch(user->stream, 1, 1) = TERMINATE;
}

/* Never ends. */
static inline void endless_program(struct user *user)
{
	user->code.size = 0;
	jump(&user->code, 0);
	finish(&user->code);
	*put_launch(user->stream, 32, 32) = TERMINATE;
}

#endif
