// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that does everything at any time: registers, entries, commands, streams, mappings.
 * Nothing crashes or hangs, and after it all a good job runs as if nothing had been.
 */
#include "gpu_fixture.h"

#define N_USERS	4
#define ROUNDS	20000
#define ENOUGH	(ROUNDS / 100)	/* jobs that ended well; on a busy machine it takes more rounds */

static uint64_t seed;

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

static void write_register(struct rig *rig)
{
	static const uint16_t offsets[] = {
		0x008, 0x010, 0x014, 0x018, 0x100, 0x104, 0x108, 0x110, 0x120, 0x128, 0x12c, 0x200,
	};
	uint32_t offset = offsets[below(12)];

	/* Rarely what kills it, or little would ever run. */
	if (below(8))
		wr(rig, 0x018, below(70));
	else
		wr(rig, offset, below(2) ? random64() : below(80));
}

static void read_registers(struct rig *rig)
{
	for (uint32_t offset = 0; offset < 0x160; offset += 4)
		rd(rig, offset);
}

static void submit_some(struct rig *rig)
{
	uint64_t stream = below(10) ? STREAM_VA : random64();
	uint8_t *entry;

	if (!below(3))
		put32(kernel(rig, new_command(rig, stream, STAMPS_VA + 8 * below(3000), 0)),
		      below(3));
	entry = put_entry(rig, random64(), below(8), 1 + below(N_USERS),
			  new_command(rig, stream, 0, 0), 1 + below(3),
			  1 + below(below(16) ? 20 : 2000));
	if (!below(12))
		entry[below(64)] ^= 1 << below(8);
	if (!below(12))
		kernel(rig, COMMANDS_VA)[below(PAGE)] ^= 1 << below(8);
	ring(rig);
}

static void change_program(struct user *user)
{
	switch (below(12)) {
	case 0:
		counting_program(user);
		break;
	case 1:
		endless_program(user);
		break;
	case 2:
		user->stream[below(12)] = random64();
		break;
	case 3:
		user->usc[PIPELINE + below(20)] ^= 1 << below(8);
		break;
	default:
		put_pipeline(user->usc, USC_BASE, 4);
		fill_program(user, random64(), below(3000));
	}
}

static void change_mapping(struct rig *rig, const struct user *users)
{
	static const uint64_t vas[] = { USC_BASE, STREAM_VA, DATA_VA };
	unsigned int i = below(N_USERS), which = below(3);
	const void *pages[] = { users[i].usc, users[i].stream, users[i].data };
	uint64_t pa = RAM_BASE + ((const uint8_t *)pages[which] - rig->ram);

	set_leaf(rig, rig->root[0][1 + i], vas[which], below(12) ? pa : 0,
		 below(8) ? 0 : below(4) * 4);
	if (below(4))
		dart_flush(rig, 1 + i);
	if (!below(20))
		dart_inject(rig->dart[below(2)], -1, 1);
}

static void change_memory(struct rig *rig)
{
	static uint8_t page[4096];

	if (below(10)) {
		mem_map(rig->mem, 0, sizeof(page), page, true, NULL, NULL);
		mem_unmap(rig->mem, 0, sizeof(page));
		return;
	}
	mem_set_gate(rig->mem, false);
	mem_set_gate(rig->mem, true);
}

static void restart(struct rig *rig)
{
	gpu_device_reset(rig->gpu);
	rig->root[0][0] = 0;
	/* The pages of the rings are those of before. */
	for (unsigned int i = 0; i < 2; i++)
		dart_inject(rig->dart[i], -1, 0);
	wr(rig, 0x100, (uint32_t)RING_VA);
	wr(rig, 0x104, RING_VA >> 32);
	wr(rig, 0x108, RING_ENTRIES);
	wr(rig, 0x120, (uint32_t)DONE_VA);
	wr(rig, 0x124, DONE_VA >> 32);
	wr(rig, 0x128, RING_ENTRIES);
	wr(rig, 0x014, 3);
	rig->root[0][0] = rig->root[1][0];
	run(rig);
}

static void one_round(struct rig *rig, struct user *users)
{
	struct done done;

	switch (below(12)) {
	case 0:
		write_register(rig);
		break;
	case 1:
		if (!below(8))
			read_registers(rig);
		break;
	case 2:
		change_program(&users[below(N_USERS)]);
		break;
	case 3:
		change_mapping(rig, users);
		break;
	case 4:
		change_memory(rig);
		break;
	case 5:
	case 6:
	case 7:
		while (rd(rig, 0x130) != rig->done_head && get_done(rig, &done) && below(8))
			;
		break;
	default:
		submit_some(rig);
	}
	if (rd(rig, 0x00c) != 1 && !below(4))
		restart(rig);
	if (!below(64))
		usleep(below(2000));
}

static bool enough(struct rig *rig, unsigned int round)
{
	return round >= ROUNDS && round % 100 == 0 && counter(rig, "gpu", "jobs_ok") > ENOUGH;
}

static void test_storm(void **state)
{
	struct user users[N_USERS], user;
	struct rig rig;

	(void)state;
	seed = 0x853c49e6748fea9bull;
	stale_grace_ms = 1000;
	rig_open_with(&rig, 2);
	for (unsigned int i = 0; i < N_USERS; i++) {
		users[i] = new_user(&rig, 1 + i);
		fill_program(&users[i], i, 100);
	}
	for (unsigned int round = 0; !enough(&rig, round); round++)
		one_round(&rig, users);
	restart(&rig);
	user = new_user(&rig, 9);
	fill_program(&user, 0x600d, 1000);
	assert_int_equal(run_job(&rig, 5, 9).status, OK);
	assert_int_equal(user.data[999], 0x600d);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storm) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
