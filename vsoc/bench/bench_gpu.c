// SPDX-License-Identifier: GPL-2.0
/*
 * bench_gpu [SECONDS]: how fast the GPU's model is by itself, with its DARTs and without a guest. Prints a
 * line a figure: name, value, unit. Instructions are those of 32 lanes.
 */
#include <stdio.h>

#include "gpu_fixture.h"

#define LOOP_INSNS	30

static unsigned int seconds = 1;

static void end_loop(struct user *user, unsigned int start, uint32_t groups)
{
	jump(&user->code, -(int)(user->code.size - start));
	finish(&user->code);
	*put_launch(user->stream, groups * 32, 32) = TERMINATE;
}

static unsigned int begin_loop(struct user *user)
{
	user->code.size = 0;
	mov(&user->code, 1, 7);
	mov(&user->code, 3, 1);
	get_sr(&user->code, 2, 52);
	return user->code.size;
}

static void alu_loop(struct user *user, uint32_t groups)
{
	unsigned int start = begin_loop(user);

	for (unsigned int i = 0; i < LOOP_INSNS; i++)
		add(&user->code, 4 + i % 8, 4 + (i + 5) % 8, 3);
	end_loop(user, start, groups);
}

/* One load, one store and two additions, a word a lane side by side. */
static void memory_loop(struct user *user, uint32_t groups)
{
	unsigned int start = begin_loop(user);

	for (unsigned int i = 0; i < LOOP_INSNS / 3; i++) {
		load(&user->code, 4, 0, 2);
		add(&user->code, 4, 4, 3);
		store(&user->code, 4, 0, 2);
	}
	end_loop(user, start, groups);
}

/* Runs what never ends for a while. */
static void print_speed(struct rig *rig, const char *name)
{
	struct done done;

	put_entry(rig, 1, 0, 1, new_command(rig, STREAM_VA, 0, 0), 1, 1000 * seconds);
	ring(rig);
	done = wait_done(rig);
	assert_int_equal(done.status, TIMEOUT);
	printf("%s %.1f M instructions/s\n", name,
	       (double)done.instructions * 1000 / (double)(done.end - done.start));
}

static void print_jobs(struct rig *rig, const char *name, unsigned int batch)
{
	uint64_t begin = now_ms(), n = 0;

	while (now_ms() - begin < 1000 * seconds) {
		for (unsigned int i = 0; i < batch; i++)
			put_entry(rig, n++, 0, 1, new_command(rig, STREAM_VA, 0, 0), 1, 0);
		ring(rig);
		for (unsigned int i = 0; i < batch; i++) {
			struct done done;

			while (!get_done(rig, &done))
				;
			assert_int_equal(done.status, OK);
		}
	}
	printf("%s %.1f us\n", name, (double)(now_ms() - begin) * 1000 / (double)n);
}

int main(int argc, char **argv)
{
	struct user user;
	struct rig rig;

	if (argc > 1)
		seconds = (unsigned int)atoi(argv[1]);
	/* What ends by its timeout says so: nobody needs to know. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	rig_open_with(&rig, -1);
	user = new_user(&rig, 1);
	alu_loop(&user, 1);
	print_speed(&rig, "alu, one thread");
	alu_loop(&user, 4096);
	print_speed(&rig, "alu, all threads");
	memory_loop(&user, 1);
	print_speed(&rig, "load and store, one thread");
	fill_program(&user, 1, 32);
	print_jobs(&rig, "one small job at a time", 1);
	print_jobs(&rig, "small jobs, 32 at a time", 32);
	rig_close(&rig);
	return 0;
}
