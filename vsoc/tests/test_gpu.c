// SPDX-License-Identifier: GPL-2.0
/* The GPU as a device: registers, rings, contexts, and how jobs end. */
#include "gpu_fixture.h"

#define UNMAPPED	0x7fffff0000ull

static void test_registers(void **state)
{
	uint64_t clock, before;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	assert_int_equal(rd(&rig, 0x000), 0x56475055);
	assert_int_equal(rd(&rig, 0x004), 1);
	assert_int_equal(rd(&rig, 0x030), 13);
	assert_int_equal(rd(&rig, 0x034), 'G');
	assert_int_equal(rd(&rig, 0x04c), 64);
	assert_int_equal(rd(&rig, 0x050), 0xff);
	assert_int_equal(rd(&rig, 0x054), 0);
	assert_int_equal(rd(&rig, 0x058), STREAMS);
	before = now_ms();
	clock = gpu_device_bus_ops.read(rig.gpu, 0x020, 8);
	assert_true(clock / 1000000 >= before && clock / 1000000 <= now_ms());
	assert_int_equal(rd(&rig, 0x00c), 1);
	/* Rings are fixed while it runs. */
	wr(&rig, 0x108, 8);
	assert_int_equal(rd(&rig, 0x108), RING_ENTRIES);
	assert_int_equal(stats_violations(rig.stats), 1);
	assert_int_equal(counter(&rig, "gpu", "undefined_registers"), 0);
	rd(&rig, 0x200);
	wr(&rig, 0x200, 1);
	assert_int_equal(counter(&rig, "gpu", "undefined_registers"), 1);
	gpu_device_bus_ops.read(rig.gpu, 0x002, 2);
	assert_int_equal(stats_violations(rig.stats), 2);
	rig_close(&rig);
}

static void test_compute(void **state)
{
	struct rig rig;
	struct user user;
	struct done done;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 3);
	fill_program(&user, 0xc0ffee, 1000);
	assert_false(irq_level(&rig));
	submit(&rig, 0x123456789abcdefull, 63, 3);
	done = wait_done(&rig);
	assert_true(irq_level(&rig));
	wr(&rig, 0x010, 1);
	assert_false(irq_level(&rig));
	assert_int_equal(done.status, OK);
	assert_int_equal(done.job, 0x123456789abcdefull);
	assert_int_equal(done.command, 1);
	assert_int_equal(done.stream, 3);
	assert_int_equal(done.context, 63);
	assert_int_equal(done.launches, 1);
	/* 1000 threads are 32 groups of four instructions. */
	assert_int_equal(done.instructions, 32 * 4);
	assert_true(done.start && done.end >= done.start);
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(user.data[i], 0xc0ffee);
	assert_int_equal(user.data[1000], 0);
	assert_int_equal(counter(&rig, "gpu", "jobs_ok"), 1);
	assert_int_equal(counter(&rig, "gpu", "launches"), 1);
	assert_int_equal(counter(&rig, "gpu", "instructions"), 32 * 4);
	assert_int_equal(stats_violations(rig.stats), 0);
	rig_close(&rig);
}

/* ---- rings ---- */

/* Both rings wrap several times; a doorbell may announce many. */
static void test_ring_wraps(void **state)
{
	struct rig rig;
	struct user user;
	uint64_t next = 0;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	while (next < 5 * RING_ENTRIES) {
		unsigned int batch = 1 + next % 23;

		for (unsigned int i = 0; i < batch; i++)
			put_entry(&rig, next + i, 0, 1, new_command(&rig, STREAM_VA, 0, 0), 1, 0);
		ring(&rig);
		for (unsigned int i = 0; i < batch; i++)
			assert_int_equal(wait_done(&rig).job, next + i);
		next += batch;
	}
	assert_int_equal(rd(&rig, 0x10c), next);
	assert_int_equal(rd(&rig, 0x130), next);
	assert_int_equal(counter(&rig, "gpu", "jobs_ok"), next);
	rig_close(&rig);
}

/* What was not consumed is not overwritten: jobs wait for room. */
static void test_done_full(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	for (unsigned int half = 0; half < 3; half++) {
		for (unsigned int i = 0; i < RING_ENTRIES / 2; i++)
			submit(&rig, half * RING_ENTRIES / 2 + i, i % 4, 1);
		WAIT_FOR(rd(&rig, 0x10c) == rig.submit_tail);
	}
	WAIT_FOR(rd(&rig, 0x130) == RING_ENTRIES);
	usleep(20000);
	assert_int_equal(rd(&rig, 0x130), RING_ENTRIES);
	for (unsigned int i = 0; i < 3 * RING_ENTRIES / 2; i++)
		assert_int_equal(wait_done(&rig).status, OK);
	rig_close(&rig);
}

static void revive(struct rig *rig)
{
	wr(rig, 0x008, 0);
	wait_running(rig, false);
	assert_int_equal(rd(rig, 0x00c), 0);
	assert_int_equal(rd(rig, 0x140), 0);
	run(rig);
}

static void assert_dead(struct rig *rig, unsigned int cause, uint64_t address)
{
	wait_running(rig, false);
	assert_int_equal(rd(rig, 0x00c), 2);
	assert_int_equal(rd(rig, 0x140), cause);
	assert_int_equal(rd(rig, 0x148) | (uint64_t)rd(rig, 0x14c) << 32, address);
	assert_true(rd(rig, 0x010) & 2);
	assert_true(irq_level(rig));
}

static void kill_config(struct rig *rig, uint32_t offset, uint32_t good, uint32_t bad)
{
	wr(rig, 0x008, 0);
	wait_running(rig, false);
	wr(rig, offset, bad);
	wr(rig, 0x008, 1);
	assert_dead(rig, 1, 0);
	wr(rig, 0x008, 0);
	wait_running(rig, false);
	wr(rig, offset, good);
	run(rig);
}

static void test_death(void **state)
{
	struct rig rig;
	struct user user;
	uint64_t pa;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	kill_config(&rig, 0x108, RING_ENTRIES, 48);
	kill_config(&rig, 0x108, RING_ENTRIES, 2048);
	kill_config(&rig, 0x108, RING_ENTRIES, 0);
	kill_config(&rig, 0x128, RING_ENTRIES, 8192);
	kill_config(&rig, 0x100, (uint32_t)RING_VA, (uint32_t)RING_VA + 0x1000);

	wr(&rig, 0x110, RING_ENTRIES + 1);
	assert_dead(&rig, 4, 0);
	revive(&rig);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	wr(&rig, 0x12c, 2);
	assert_dead(&rig, 5, 0);
	revive(&rig);

	pa = entry_pa(*leaf_at(&rig, rig.root[0][0], DONE_VA));
	set_leaf(&rig, rig.root[0][0], DONE_VA, 0, 0);
	dart_flush(&rig, 0);
	submit(&rig, 1, 0, 1);
	assert_dead(&rig, 3, DONE_VA);
	set_leaf(&rig, rig.root[0][0], DONE_VA, pa, 0);
	dart_flush(&rig, 0);
	revive(&rig);

	pa = entry_pa(*leaf_at(&rig, rig.root[0][0], RING_VA));
	submit(&rig, 1, 0, 1);
	wait_done(&rig);
	set_leaf(&rig, rig.root[0][0], RING_VA, 0, 0);
	dart_flush(&rig, 0);
	wr(&rig, 0x110, 2);
	assert_dead(&rig, 2, RING_VA + 64);
	set_leaf(&rig, rig.root[0][0], RING_VA, pa, 0);
	dart_flush(&rig, 0);
	revive(&rig);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	/* All of that is the GPU's own report. */
	assert_int_equal(dart_rd(&rig, 0, 0x100), 0);
	assert_int_equal(counter(&rig, "gpu", "deaths"), 9);
	rig_close(&rig);
}

/* ---- entries and commands ---- */

static void expect_bad(struct rig *rig, uint8_t *entry, uint32_t stream)
{
	struct done done;

	ring(rig);
	done = wait_done(rig);
	assert_int_equal(done.status, BAD_ENTRY);
	assert_int_equal(done.job, get64(entry));
	assert_int_equal(done.stream, stream);
	assert_int_equal(done.command, 0);
}

static void test_bad_entries(void **state)
{
	struct rig rig;
	struct user user;
	uint8_t *entry;
	uint64_t command;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	command = new_command(&rig, STREAM_VA, 0, 0);
	expect_bad(&rig, put_entry(&rig, 1, 64, 1, command, 1, 0), 1);
	expect_bad(&rig, put_entry(&rig, 2, ~0u, 1, command, 1, 0), 1);
	expect_bad(&rig, put_entry(&rig, 3, 0, 0, command, 1, 0), 0);
	expect_bad(&rig, put_entry(&rig, 4, 0, STREAMS, command, 1, 0), STREAMS);
	expect_bad(&rig, put_entry(&rig, 5, 0, 1, command, 0, 0), 1);
	expect_bad(&rig, put_entry(&rig, 6, 0, 1, command, 65, 0), 1);
	expect_bad(&rig, put_entry(&rig, 7, 0, 1, command + 32, 1, 0), 1);
	for (unsigned int at = 0x28; at < 0x40; at += 7) {
		entry = put_entry(&rig, at, 0, 1, command, 1, 0);
		entry[at] = 1;
		expect_bad(&rig, entry, 1);
	}
	assert_int_equal(user.data[0], 0);
	assert_int_equal(counter(&rig, "gpu", "jobs_bad_entry"), 11);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	rig_close(&rig);
}

/* One field of a good command, made bad; it is the second of three, so the first was run. */
static void expect_bad_command(struct rig *rig, struct user *user, unsigned int at, uint8_t value)
{
	uint64_t first = COMMANDS_VA;
	struct done done;

	rig->n_commands = 0;
	for (unsigned int i = 0; i < 3; i++)
		new_command(rig, STREAM_VA, 0, 0);
	kernel(rig, first)[256 + at] ^= value;
	user->data[0] = 0;
	put_entry(rig, 1, 0, 1, first, 3, 0);
	ring(rig);
	done = wait_done(rig);
	if (done.status != BAD_ENTRY || done.command != 1 || done.launches != 1)
		fail_msg("byte 0x%x: status %u, command %u", at, done.status, done.command);
	assert_int_equal(user->data[0], 1);
}

static void test_bad_commands(void **state)
{
	static const uint8_t offsets[] = {
		0x04, 0x07, 0x08, 0x0b, 0x38, 0x80, 0xd7, 0xd8, 0xdf, 0xe0, 0xe8, 0xf0, 0xff,
	};
	struct rig rig;
	struct user user;
	struct done done;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	for (unsigned int i = 0; i < sizeof(offsets); i++)
		expect_bad_command(&rig, &user, offsets[i], 4);
	expect_bad_command(&rig, &user, 0, 2);
	/* The commands themselves are not there. */
	put_entry(&rig, 1, 0, 1, RING_VA - 256, 2, 0);
	ring(&rig);
	done = wait_done(&rig);
	assert_int_equal(done.status, FAULT);
	assert_int_equal(done.fault_address, RING_VA - 256);
	assert_int_equal(done.fault_flags, 4);
	rig_close(&rig);
}

static void test_timestamps(void **state)
{
	struct rig rig;
	struct user user;
	struct done done;
	uint8_t *stamps;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	fill_program(&user, 1, 32);
	stamps = kernel(&rig, STAMPS_VA);
	rig.n_commands = 0;
	new_command(&rig, STREAM_VA, STAMPS_VA, STAMPS_VA + 8);
	new_command(&rig, STREAM_VA, 0, STAMPS_VA + 16);
	put_entry(&rig, 1, 0, 1, COMMANDS_VA, 2, 0);
	ring(&rig);
	done = wait_done(&rig);
	assert_int_equal(done.status, OK);
	assert_int_equal(done.command, 2);
	assert_true(done.start <= get64(stamps));
	assert_true(get64(stamps) <= get64(stamps + 8));
	assert_true(get64(stamps + 8) <= get64(stamps + 16));
	assert_true(get64(stamps + 16) <= done.end);
	assert_true(done.end <= gpu_device_bus_ops.read(rig.gpu, 0x020, 8));

	put_entry(&rig, 1, 0, 1, new_command(&rig, STREAM_VA, 0, UNMAPPED), 1, 0);
	ring(&rig);
	done = wait_done(&rig);
	assert_int_equal(done.status, FAULT);
	assert_int_equal(done.fault_address, UNMAPPED);
	assert_int_equal(done.fault_flags, 5);
	assert_int_equal(dart_rd(&rig, 0, 0x100), 0);
	/* The user's own address is no place for a timestamp. */
	put_entry(&rig, 1, 0, 1, new_command(&rig, STREAM_VA, DATA_VA, 0), 1, 0);
	ring(&rig);
	assert_int_equal(wait_done(&rig).status, FAULT);
	rig_close(&rig);
}

/* ---- contexts ---- */

static void test_contexts(void **state)
{
	struct rig rig;
	struct user users[4], endless;
	uint64_t next[4] = { 0 };

	(void)state;
	rig_open(&rig);
	endless = new_user(&rig, 9);
	endless_program(&endless);
	for (unsigned int i = 0; i < 4; i++) {
		users[i] = new_user(&rig, 1 + i);
		fill_program(&users[i], 100 + i, 64);
	}
	/* One that never ends keeps nobody else from going on. */
	submit(&rig, 0, 50, 9);
	for (unsigned int round = 0; round < 10; round++)
		for (unsigned int i = 0; i < 4; i++)
			submit(&rig, round, 10 + i, 1 + i);
	for (unsigned int n = 0; n < 40; n++) {
		struct done done = wait_done(&rig);
		unsigned int i = done.context - 10;

		assert_int_equal(done.status, OK);
		assert_int_equal(done.stream, 1 + i);
		/* In their order. */
		assert_int_equal(done.job, next[i]++);
	}
	/* Each has seen its own memory, at one address. */
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(users[i].data[63], 100 + i);
	wr(&rig, 0x018, 50);
	assert_int_equal(wait_done(&rig).status, ABORTED);
	rig_close(&rig);
}

/* One context runs jobs of several streams, one after the other: no translation survives. */
static void test_streams_in_turn(void **state)
{
	struct rig rig;
	struct user users[3];

	(void)state;
	rig_open(&rig);
	for (unsigned int i = 0; i < 3; i++) {
		users[i] = new_user(&rig, 1 + i);
		fill_program(&users[i], 7 + i, 32);
	}
	for (unsigned int n = 0; n < 30; n++) {
		unsigned int i = n % 3;

		memset(users[i].data, 0, 128);
		assert_int_equal(run_job(&rig, 5, 1 + i).status, OK);
		for (unsigned int k = 0; k < 3; k++)
			assert_int_equal(users[k].data[31], k <= n ? 7 + k : 0);
	}
	rig_close(&rig);
}

/* The abort of a context with eight jobs, one running. */
static void test_abort(void **state)
{
	struct user endless, user;
	struct rig rig;

	(void)state;
	rig_open(&rig);
	endless = new_user(&rig, 1);
	user = new_user(&rig, 2);
	endless_program(&endless);
	fill_program(&user, 1, 32);
	for (unsigned int i = 0; i < 8; i++)
		submit(&rig, i, 3, i ? 2 : 1);
	WAIT_FOR(counter(&rig, "gpu", "commands"));
	wr(&rig, 0x018, 64);
	wr(&rig, 0x018, 4);
	usleep(10000);
	assert_int_equal(rd(&rig, 0x130), 0);
	wr(&rig, 0x018, 3);
	submit(&rig, 8, 3, 2);
	for (unsigned int i = 0; i <= 8; i++) {
		struct done done = wait_done(&rig);

		assert_int_equal(done.job, i);
		assert_int_equal(done.status, i < 8 ? ABORTED : OK);
		/* Only the first one has begun. */
		assert_int_equal(!done.start, i && i < 8);
	}
	assert_int_equal(counter(&rig, "gpu", "aborts"), 3);
	assert_int_equal(counter(&rig, "gpu", "jobs_aborted"), 8);
	rig_close(&rig);
}

/* A grid, or a stream, that time alone ends; the latter runs something each time around. */
static void huge_grid(struct user *user)
{
	fill_program(user, 1, ~0u);
	user->stream[3] = 1 << 16;
}

static void circular_stream(struct user *user)
{
	fill_program(user, 1, 1 << 20);
	user->stream[8] = 1u << 29 | STREAM_VA >> 32;
	user->stream[9] = (uint32_t)STREAM_VA;
}

static void expect_timeout(struct rig *rig)
{
	struct done done;

	put_entry(rig, 1, 0, 1, new_command(rig, STREAM_VA, 0, 0), 1, 30);
	ring(rig);
	done = wait_done(rig);
	assert_int_equal(done.status, TIMEOUT);
	assert_true(done.end - done.start >= 30000000);
}

static void test_timeout(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	endless_program(&user);
	expect_timeout(&rig);
	huge_grid(&user);
	expect_timeout(&rig);
	circular_stream(&user);
	expect_timeout(&rig);
	/* An abort ends that too. */
	submit(&rig, 1, 0, 1);
	WAIT_FOR(rd(&rig, 0x10c) == rig.submit_tail);
	wr(&rig, 0x018, 0);
	assert_int_equal(wait_done(&rig).status, ABORTED);
	/* One that goes around and does nothing. */
	user.stream[0] = 1u << 29 | STREAM_VA >> 32;
	user.stream[1] = (uint32_t)STREAM_VA;
	expect_timeout(&rig);
	fill_program(&user, 7, 32);
	assert_int_equal(run_job(&rig, 0, 1).status, OK);
	assert_int_equal(user.data[31], 7);
	rig_close(&rig);
}

/* ---- stop, reset, death of a busy GPU ---- */

static void occupy(struct rig *rig, struct user *user)
{
	*user = new_user(rig, 1);
	counting_program(user);
	for (unsigned int i = 0; i < 20; i++)
		submit(rig, i, i % 5, 1);
	WAIT_FOR(*(volatile uint32_t *)user->data);
}

static void test_stop(void **state)
{
	struct rig rig;
	struct user user;
	uint32_t value;

	(void)state;
	rig_open(&rig);
	occupy(&rig, &user);
	wr(&rig, 0x008, 0);
	wait_running(&rig, false);
	value = user.data[0];
	usleep(2000);
	assert_int_equal(user.data[0], value);
	assert_int_equal(rd(&rig, 0x130), 0);
	run(&rig);
	fill_program(&user, 5, 32);
	assert_int_equal(run_job(&rig, 2, 1).status, OK);
	assert_int_equal(user.data[31], 5);
	assert_int_equal(rd(&rig, 0x130), 1);
	rig_close(&rig);
}

static void test_reset(void **state)
{
	struct rig rig;
	struct user user;
	uint32_t value;

	(void)state;
	rig_open(&rig);
	occupy(&rig, &user);
	gpu_device_reset(rig.gpu);
	value = user.data[0];
	usleep(2000);
	assert_int_equal(user.data[0], value);
	assert_int_equal(rd(&rig, 0x00c), 0);
	assert_int_equal(rd(&rig, 0x100), 0);
	assert_int_equal(rd(&rig, 0x108), 0);
	assert_int_equal(rd(&rig, 0x014), 0);
	/* Without rings it does not start. */
	wr(&rig, 0x008, 1);
	assert_int_equal(rd(&rig, 0x140), 1);
	gpu_device_reset(rig.gpu);
	rig_rings(&rig);
	run(&rig);
	user = new_user(&rig, 2);
	fill_program(&user, 5, 32);
	assert_int_equal(run_job(&rig, 2, 2).status, OK);
	/* Goes while it is busy, too. */
	counting_program(&user);
	submit(&rig, 1, 2, 2);
	rig_close(&rig);
}

/* RUN up and down, with jobs, without waiting in between. */
static void test_restless(void **state)
{
	struct rig rig;
	struct user user;

	(void)state;
	rig_open(&rig);
	user = new_user(&rig, 1);
	counting_program(&user);
	for (unsigned int n = 0; n < 200; n++) {
		wr(&rig, 0x008, n & 1);
		rig.submit_tail = 0;
		for (unsigned int i = 0; i < 3; i++)
			submit(&rig, i, i, 1);
		if (n % 7 == 0)
			usleep(300);
	}
	wr(&rig, 0x008, 0);
	wait_running(&rig, false);
	run(&rig);
	fill_program(&user, 5, 32);
	assert_int_equal(run_job(&rig, 2, 1).status, OK);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_compute),
		cmocka_unit_test(test_ring_wraps),
		cmocka_unit_test(test_done_full),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_bad_entries),
		cmocka_unit_test(test_bad_commands),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_contexts),
		cmocka_unit_test(test_streams_in_turn),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_restless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
