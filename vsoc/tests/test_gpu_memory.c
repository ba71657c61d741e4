// SPDX-License-Identifier: GPL-2.0
/* What a job of the GPU sees of memory: two DARTs, faults, and memory that goes away. */
#include "gpu_fixture.h"

#include <pthread.h>

#define UNMAPPED	0x7fffff0000ull
#define WRITE_FAULT	1
#define INSTANCE1	2

static void expect_fault(struct rig *rig, uint64_t address, uint32_t flags)
{
	struct done done = run_job(rig, 0, 1);

	if (done.status != FAULT || done.fault_address != address || done.fault_flags != flags)
		fail_msg("status %u, address 0x%llx, flags %u", done.status,
			 (unsigned long long)done.fault_address, done.fault_flags);
	assert_int_equal(done.command, 0);
	/* The GPU's own report: nothing in the DARTs. */
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(dart_rd(rig, i, 0x100), 0);
	assert_false(intc_bus_ops.read(rig->intc, 0x10, 4) >> 6 & 3);
}

static void test_front_faults(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	/* A launch whose words run off the page. */
	memset(user.stream, 0, PAGE);
	user.stream[0] = 1u << 29 | STREAM_VA >> 32;
	user.stream[1] = (uint32_t)(STREAM_VA + PAGE - 8);
	user.stream[4094] = 0;
	user.stream[4095] = PIPELINE;
	expect_fault(&rig, STREAM_VA + PAGE, 0);
	user.stream[1] = (uint32_t)UNMAPPED;
	user.stream[0] = 1u << 29 | UNMAPPED >> 32;
	expect_fault(&rig, UNMAPPED, 0);
	fill_program(&user, 1, 32);
	user.stream[1] = 0x100000 + PIPELINE;
	expect_fault(&rig, USC_BASE + 0x100000 + PIPELINE, 0);
	fill_program(&user, 1, 32);
	put_pipeline(user.usc, UNMAPPED & 0x3ffffffffull, 4);
	expect_fault(&rig, UNMAPPED & 0x3ffffffffull, 0);
	put_pipeline(user.usc, USC_BASE, 4);
	put32(user.usc + PIPELINE + 10, 0x200000);
	expect_fault(&rig, USC_BASE + 0x200000, 0);
	/* An indirect launch reads its size through the front end too. */
	put_pipeline(user.usc, USC_BASE, 4);
	user.stream[0] = 1 << 27;
	user.stream[2] = UNMAPPED >> 32;
	user.stream[3] = (uint32_t)UNMAPPED;
	expect_fault(&rig, UNMAPPED, 0);
	assert_int_equal(counter(&rig, "gpu", "jobs_fault"), 6);
	rig_close(&rig);
}

static void test_data_faults(void **state)
{
	struct rig rig;
	struct user user;
	uint64_t *leaf, good;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	leaf = leaf_at(&rig, rig.root[0][1], DATA_VA);
	good = *leaf;
	*leaf = good | NO_WRITE;
	dart_flush(&rig, 1);
	put64(user.usc, DATA_VA + 64);
	expect_fault(&rig, DATA_VA + 64, WRITE_FAULT | INSTANCE1);
	assert_int_equal(user.data[16], 0);
	/* Nothing mapped: the store vanishes, the load is 0. */
	put64(user.usc, UNMAPPED);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	*leaf = good;
	dart_flush(&rig, 1);
	put64(user.usc, DATA_VA);
	put64(user.usc + 8, UNMAPPED);
	put_pipeline(user.usc, USC_BASE, 8);
	user.data[0] = 99;
	user.code.size = 0;
	mov(&user.code, 2, 0);
	mov(&user.code, 1, 88);
	load(&user.code, 1, 4, 2);
	store(&user.code, 1, 0, 2);
	finish(&user.code);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(user.data[0], 0);
	/* May be written only. */
	*leaf = good | NO_READ;
	dart_flush(&rig, 1);
	put64(user.usc + 8, DATA_VA + 12);
	expect_fault(&rig, DATA_VA + 12, INSTANCE1);
	rig_close(&rig);
}

/* Registers 8 to 11 hold what was loaded. */
struct pattern {
	unsigned int kind;	/* of the index: the lane, twice the lane, lane plus first, first */
	uint32_t first;
	unsigned int load_mask, load_shift, store_mask, store_shift;
};

static uint32_t index_of(const struct pattern *pattern, unsigned int lane)
{
	const uint32_t indexes[4] = { lane, 2 * lane, lane + pattern->first, pattern->first };

	return indexes[pattern->kind];
}

static void pattern_program(struct user *user, const struct pattern *pattern)
{
	struct code *code = &user->code;

	code->size = 0;
	get_sr(code, 2, 52);
	mov(code, 3, pattern->first);
	for (unsigned int reg = 8; reg < 12; reg++)
		mov(code, reg, 0x1000 * reg);
	if (pattern->kind == 1)
		add(code, 2, 2, 2);
	else if (pattern->kind == 2)
		add(code, 2, 2, 3);
	else if (pattern->kind == 3)
		mov(code, 2, pattern->first);
	access_words(code, false, 8, 0, 2, pattern->load_mask, pattern->load_shift);
	access_words(code, true, 8, 4, 2, pattern->store_mask, pattern->store_shift);
	finish(code);
	*put_launch(user->stream, 32, 32) = TERMINATE;
}

/* The same, lane by lane, between arrays. */
static void pattern_reference(const struct pattern *pattern, const uint32_t *in, uint32_t *out)
{
	uint32_t registers[32][4];

	for (unsigned int lane = 0; lane < 32; lane++) {
		uint32_t index = index_of(pattern, lane) << pattern->load_shift;
		unsigned int reg = 0;

		for (unsigned int i = 0; i < 4; i++)
			registers[lane][i] = 0x1000 * (8 + i);
		for (unsigned int c = 0; c < 4; c++)
			if (pattern->load_mask >> c & 1)
				registers[lane][reg++] = in[index + c];
	}
	for (unsigned int c = 0, reg = 0; c < 4; c++) {
		if (!(pattern->store_mask >> c & 1))
			continue;
		for (unsigned int lane = 0; lane < 32; lane++)
			out[(index_of(pattern, lane) << pattern->store_shift) + c] =
				registers[lane][reg];
		reg++;
	}
}

#define PATTERN_BYTES (4 * PAGE)

/* Loads and stores of all shapes, in one page and over the border of two. */
static void test_access(void **state)
{
	uint32_t *in[4], *out[4], *expected = malloc(PATTERN_BYTES), *flat = malloc(PATTERN_BYTES);
	uint64_t seed = 12345;
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	put64(user.usc + 8, DATA_VA + 0x1000000);
	put_pipeline(user.usc, USC_BASE, 8);
	for (unsigned int i = 0; i < 4; i++) {
		in[i] = i ? map(&rig, 1, DATA_VA + i * PAGE, 0) : user.data;
		out[i] = map(&rig, 1, DATA_VA + 0x1000000 + i * PAGE, 0);
		for (unsigned int k = 0; k < PAGE / 4; k++)
			in[i][k] = i << 16 | k;
	}
	for (unsigned int n = 0; n < 600; n++) {
		struct pattern pattern = {
			.kind = n % 4, .first = (seed = seed * 6364136223846793005ull + 1) >> 54,
			.load_mask = 1 + (seed >> 40) % 15, .load_shift = (seed >> 36) % 3,
			.store_mask = 1 + (seed >> 30) % 15, .store_shift = (seed >> 26) % 3,
		};

		/* Every other round at the end of a page. */
		if (n & 8)
			pattern.first = ((n & 16 ? 4100u : 4096u) >> pattern.load_shift) -
					pattern.first % 40;
		if (n & 8)
			pattern.store_shift = pattern.load_shift;
		pattern_program(&user, &pattern);
		for (unsigned int i = 0; i < 4; i++) {
			memcpy(flat + i * PAGE / 4, in[i], PAGE);
			memset(out[i], 0, PAGE);
		}
		memset(expected, 0, PATTERN_BYTES);
		pattern_reference(&pattern, flat, expected);
		assert_int_equal(run_job(&rig, 0, 1).status, OK);
		for (unsigned int i = 0; i < 4; i++)
			assert_memory_equal(out[i], expected + i * PAGE / 4, PAGE);
	}
	free(expected);
	free(flat);
	rig_close(&rig);
}

/* Streams and code come through instance 0, data through instance 1. */
static void test_two_instances(void **state)
{
	struct rig rig;
	struct user user;
	uint64_t other;
	uint32_t *data;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 0x1234, 32);
	other = new_page(&rig);
	set_root(&rig, 1, 1, other);
	dart_flush(&rig, 1);
	/* Nothing is there yet. */
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(user.data[0], 0);
	set_leaf(&rig, other, DATA_VA, new_page(&rig), 0);
	dart_flush(&rig, 1);
	data = look(&rig, 1, 1, DATA_VA);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(user.data[31], 0);
	assert_int_equal(data[31], 0x1234);
	/* A stream that does not translate is no hole. */
	set_root(&rig, 1, 1, 0);
	dart_flush(&rig, 1);
	expect_fault(&rig, DATA_VA, WRITE_FAULT | INSTANCE1);
	set_root(&rig, 1, 1, other);
	dart_wr(&rig, 1, 0xc20, 1 << 1);
	expect_fault(&rig, DATA_VA, WRITE_FAULT | INSTANCE1);
	dart_wr(&rig, 1, 0xc00, 1 << 1);
	set_root(&rig, 0, 1, 0);
	dart_flush(&rig, 1);
	expect_fault(&rig, STREAM_VA, 0);
	rig_close(&rig);
}

static void test_injected(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	dart_inject(rig.dart[0], 1, 1);
	expect_fault(&rig, STREAM_VA, 0);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	dart_inject(rig.dart[1], 1, 1);
	expect_fault(&rig, DATA_VA, WRITE_FAULT | INSTANCE1);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	rig_close(&rig);
}

/* A page that is only half memory is none. */
static void test_no_whole_page(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	set_leaf(&rig, rig.root[0][1], DATA_VA, RAM_BASE + RAM_SIZE, 0);
	dart_flush(&rig, 1);
	expect_fault(&rig, DATA_VA, WRITE_FAULT | INSTANCE1);
	*leaf_at(&rig, rig.root[0][1], DATA_VA) = entry_to(new_page(&rig)) | 0x7ffull << 40;
	dart_flush(&rig, 1);
	expect_fault(&rig, DATA_VA, WRITE_FAULT | INSTANCE1);
	rig_close(&rig);
}

/* ---- while a job runs ---- */

static void start_counting(struct rig *rig, struct user *user)
{
	*user = new_user(rig, 1);
	counting_program(user);
	submit(rig, 1, 0, 1);
	WAIT_FOR(*(volatile uint32_t *)user->data);
}

static void end_counting(struct rig *rig, uint32_t status)
{
	wr(rig, 0x018, 0);
	assert_int_equal(wait_done(rig).status, status);
}

/*
 * As soon as an invalidate is done, nothing reaches the page that was mapped before: it may belong
 * to somebody else by then.
 */
static void test_invalidate(void **state)
{
	volatile uint32_t *pages[2];
	struct rig rig;
	struct user user;
	uint64_t pa[2];

	(void)state;
	stale_grace_ms = LIMIT_MS;
	rig_open(&rig);
	stale_grace_ms = 0;
	start_counting(&rig, &user);
	pa[0] = entry_pa(*leaf_at(&rig, rig.root[0][1], DATA_VA));
	pa[1] = new_page(&rig);
	for (unsigned int i = 0; i < 2; i++)
		pages[i] = host(&rig, pa[i]);
	for (unsigned int n = 1; n < 400; n++) {
		uint32_t before;

		set_leaf(&rig, rig.root[0][1], DATA_VA, pa[n & 1], 0);
		dart_flush(&rig, 1);
		*pages[~n & 1] = 0;
		before = *pages[n & 1];
		WAIT_FOR(*pages[n & 1] != before);
		assert_int_equal(*pages[~n & 1], 0);
	}
	end_counting(&rig, ABORTED);
	assert_int_equal(stats_violations(rig.stats), 0);
	rig_close(&rig);
}

/* Unmapped without an invalidate: the job goes on with what it has, which is found out. */
static void test_stale(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	start_counting(&rig, &user);
	assert_int_equal(counter(&rig, "dart1", "violation_stale"), 0);
	set_leaf(&rig, rig.root[0][1], DATA_VA, 0, 0);
	WAIT_FOR(counter(&rig, "dart1", "violation_stale"));
	end_counting(&rig, ABORTED);
	/* The next job as well, and one that runs too short for a second look. */
	set_leaf(&rig, rig.root[0][1], STREAM_VA, 0, 0);
	fill_program(&user, 1, 1);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(counter(&rig, "dart0", "violation_stale"), 1);
	rig_close(&rig);
}

/* Memory of no concern comes and goes; the job does not notice, and nobody waits for it. */
static void test_memory_changes(void **state)
{
	static uint8_t page[4096];
	struct rig rig;
	struct user user;
	uint32_t value;

	(void)state;
	rig_open_with(&rig, 3);
	start_counting(&rig, &user);
	for (unsigned int i = 0; i < 200; i++) {
		assert_int_equal(mem_map(rig.mem, 0, sizeof(page), page, true, NULL, NULL), 0);
		assert_int_equal(mem_unmap(rig.mem, 0, sizeof(page)), 0);
	}
	value = user.data[0];
	WAIT_FOR(*(volatile uint32_t *)user.data != value);
	end_counting(&rig, ABORTED);
	rig_close(&rig);
}

/* All memory goes: when mem_unmap() returns nobody has a pointer to it any more. */
static void test_memory_goes(void **state)
{
	struct rig rig;
	struct user user;
	uint8_t *copy = malloc(RAM_SIZE);

	(void)state;
	assert_non_null(copy);
	rig_open_with(&rig, 3);
	start_counting(&rig, &user);
	assert_int_equal(mem_unmap(rig.mem, RAM_BASE, RAM_SIZE), 0);
	memcpy(copy, rig.ram, RAM_SIZE);
	usleep(5000);
	assert_memory_equal(copy, rig.ram, RAM_SIZE);
	/* The job cannot be reported: the done ring has gone with it. */
	wr(&rig, 0x018, 0);
	wait_running(&rig, false);
	assert_int_equal(rd(&rig, 0x140), 3);
	assert_int_equal(mem_map(rig.mem, RAM_BASE, RAM_SIZE, rig.ram, true, NULL, NULL), 0);
	wr(&rig, 0x008, 0);
	run(&rig);
	fill_program(&user, 3, 32);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(user.data[31], 3);
	free(copy);
	rig_close(&rig);
}

/* Bus mastering goes off and on: no access in between, and no silent success after it. */
static void test_gate(void **state)
{
	struct rig rig;
	struct user user;
	uint32_t value;

	(void)state;
	rig_open(&rig);
	start_counting(&rig, &user);
	mem_set_gate(rig.mem, false);
	value = user.data[0];
	usleep(5000);
	assert_int_equal(user.data[0], value);
	wait_running(&rig, false);
	assert_int_equal(rd(&rig, 0x140), 3);
	mem_set_gate(rig.mem, true);
	wr(&rig, 0x008, 0);
	run(&rig);
	fill_program(&user, 3, 32);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	rig_close(&rig);
}

struct storm {
	struct rig *rig;
	_Atomic bool stop;
};

static void *storm_memory(void *opaque)
{
	static uint8_t page[4096];
	struct storm *storm = opaque;

	while (!storm->stop) {
		mem_map(storm->rig->mem, 0, sizeof(page), page, true, NULL, NULL);
		mem_unmap(storm->rig->mem, 0, sizeof(page));
		usleep(100);
	}
	return NULL;
}

static void *storm_darts(void *opaque)
{
	struct storm *storm = opaque;

	while (!storm->stop) {
		dart_flush(storm->rig, 1);
		dart_flush(storm->rig, 2);
		usleep(50);
	}
	return NULL;
}

/* Many groups on several threads, while everything around them changes: the results are right. */
static void test_storm(void **state)
{
	struct storm storm = { 0 };
	struct rig rig;
	struct user users[2];
	pthread_t threads[2];

	(void)state;
	rig_open_with(&rig, 3);
	for (unsigned int i = 0; i < 2; i++)
		users[i] = new_user(&rig, 1 + i);
	storm.rig = &rig;
	pthread_create(&threads[0], NULL, storm_memory, &storm);
	pthread_create(&threads[1], NULL, storm_darts, &storm);
	for (unsigned int n = 1; n <= 60; n++) {
		for (unsigned int i = 0; i < 2; i++) {
			fill_program(&users[i], 10 * n + i, 4096);
			submit(&rig, n, i, 1 + i);
		}
		for (unsigned int i = 0; i < 2; i++)
			assert_int_equal(wait_done(&rig).status, OK);
		for (unsigned int i = 0; i < 2; i++)
			for (unsigned int k = 0; k < 4096; k += 5)
				assert_int_equal(users[i].data[k], 10 * n + i);
	}
	storm.stop = true;
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	rig_close(&rig);
}

/* ---- what is not modelled ---- */

static struct done run_render(struct rig *rig, uint32_t background, uint32_t end_of_tile)
{
	uint64_t command = new_command(rig, STREAM_VA, 0, 0);
	uint8_t *at = kernel(rig, command);

	put32(at, 0);
	put32(at + 0xb0, background);
	put32(at + 0xb8, end_of_tile);
	for (unsigned int i = 0; i < 4; i++)
		put64(at + 0xe0 + 8 * i, STAMPS_VA + 8 * i);
	put_entry(rig, 1, 0, 1, command, 1, 0);
	ring(rig);
	return wait_done(rig);
}

static void test_render(void **state)
{
	static const uint32_t setup[] = {
		0x20000008,				/* barrier */
		0x0000062f, 0xffe88000,			/* state records are not read */
		0x4000002e, 1, 2, 3, 4, 0,		/* four words and padding */
		0xc0000000,
	};
	struct rig rig;
	struct user user;
	struct done done;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	memcpy(user.stream, setup, sizeof(setup));
	assert_int_equal(run_render(&rig, 0, 0).status, OK);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(get64(kernel(&rig, STAMPS_VA + 8 * i)));
	assert_int_equal(run_render(&rig, 4, 0).status, UNKNOWN);
	assert_int_equal(run_render(&rig, 0, 4).status, UNKNOWN);
	user.stream[9] = 0x61c00600;
	done = run_render(&rig, 0, 0);
	assert_int_equal(done.status, UNKNOWN);
	assert_int_equal(done.command, 0);
	user.stream[9] = 7u << 29;
	assert_int_equal(run_render(&rig, 0, 0).status, UNKNOWN);
	/* A call and its return. */
	user.stream[9] = 9u << 28 | STREAM_VA >> 32;
	user.stream[10] = (uint32_t)STREAM_VA + 4 * 64;
	user.stream[11] = 0xc0000000;
	user.stream[64] = 0x28000000;
	assert_int_equal(run_render(&rig, 0, 0).status, OK);
	user.stream[9] = 0x28000000;
	assert_int_equal(run_render(&rig, 0, 0).status, BAD_STREAM);
	rig_close(&rig);
}

static void test_unknown(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	memset(user.usc + CODE, 0xff, 16);
	assert_int_equal(run_job(&rig, 0, 1).status, UNKNOWN);
	/* A store to tile memory whose second coordinate would be behind the last register. */
	put64(user.usc + CODE, 0x09 | 63 << 16 | 1ull << 36 | 1ull << 55 | 3ull << 58);
	put64(user.usc + CODE + 8, 0x88);
	assert_int_equal(run_job(&rig, 0, 1).status, UNKNOWN);
	user.stream[0] = 7u << 29;
	assert_int_equal(run_job(&rig, 0, 1).status, UNKNOWN);
	fill_program(&user, 1, 32);
	user.usc[PIPELINE + 8] = 0xee;
	assert_int_equal(run_job(&rig, 0, 1).status, UNKNOWN);
	put_pipeline(user.usc, USC_BASE, 4);
	fill_program(&user, 1, 1025);
	user.stream[5] = 1025;
	assert_int_equal(run_job(&rig, 0, 1).status, BAD_STREAM);
	fill_program(&user, 1, 32);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(counter(&rig, "gpu", "jobs_unknown"), 4);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_front_faults),
		cmocka_unit_test(test_data_faults),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_two_instances),
		cmocka_unit_test(test_injected),
		cmocka_unit_test(test_no_whole_page),
		cmocka_unit_test(test_invalidate),
		cmocka_unit_test(test_stale),
		cmocka_unit_test(test_memory_changes),
		cmocka_unit_test(test_memory_goes),
		cmocka_unit_test(test_gate),
		cmocka_unit_test(test_storm),
		cmocka_unit_test(test_render),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
