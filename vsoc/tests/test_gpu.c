// SPDX-License-Identifier: GPL-2.0
/* The GPU as a device: registers, rings, jobs, and how jobs end. */
#include "gpu_fixture.h"

static void test_registers(void **state)
{
	struct rig rig;
	uint64_t clock;

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
	clock = gpu_device_bus_ops.read(rig.gpu, 0x020, 8);
	assert_true(clock / 1000000 <= now_ms());
	assert_true(now_ms() - clock / 1000000 < 1000);
	assert_int_equal(rd(&rig, 0x00c), 1);
	/* Rings are fixed while it runs. */
	wr(&rig, 0x108, 8);
	assert_int_equal(rd(&rig, 0x108), RING_ENTRIES);
	assert_int_equal(stats_violations(rig.stats), 1);
	assert_int_equal(counter(&rig, "gpu", "undefined_registers"), 0);
	rd(&rig, 0x200);
	wr(&rig, 0x200, 1);
	assert_int_equal(counter(&rig, "gpu", "undefined_registers"), 1);
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
	assert_int_equal(stats_violations(rig.stats), 0);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_compute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
