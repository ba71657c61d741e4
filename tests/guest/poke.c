// SPDX-License-Identifier: GPL-2.0
/*
 * poke RESOURCE SEED COUNT: reads and writes nonsense all over a PCI BAR.
 *
 * RESOURCE is the BAR's file in sysfs (.../resource0). Offsets favour the places
 * where blocks sit, accesses are 1, 2, 4 and 8 bytes wide, values favour the
 * edges. Afterwards the identification registers must still answer: the other
 * side has survived. Exit status 0 if they do, 1 if not, 2 on a usage error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint32_t blocks[] = { 0x0, 0x200000, 0x201000, 0x202000, 0x240000, 0x304000, 0x30c000 };

static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static size_t pick_offset(size_t size)
{
	size_t block = blocks[next() % (sizeof(blocks) / sizeof(blocks[0]))];

	switch (next() % 4) {
	case 0:
		return next() % size;
	case 1:
		return block + next() % 0x4000;
	default:
		return block + next() % 0x400;
	}
}

static uint64_t pick_value(void)
{
	switch (next() % 5) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
		return 1ull << next() % 64;
	case 3:
		return next() % 256;
	default:
		return next();
	}
}

static void poke(volatile uint8_t *bar, size_t size)
{
	unsigned int width = 1u << next() % 4;
	size_t offset = pick_offset(size - 8) & ~(size_t)(width - 1);
	uint64_t value = pick_value();

	if (next() % 4 == 0) {
		switch (width) {
		case 1: (void)*(bar + offset); break;
		case 2: (void)*(volatile uint16_t *)(bar + offset); break;
		case 4: (void)*(volatile uint32_t *)(bar + offset); break;
		default: (void)*(volatile uint64_t *)(bar + offset); break;
		}
		return;
	}
	switch (width) {
	case 1: *(bar + offset) = value; break;
	case 2: *(volatile uint16_t *)(bar + offset) = value; break;
	case 4: *(volatile uint32_t *)(bar + offset) = value; break;
	default: *(volatile uint64_t *)(bar + offset) = value; break;
	}
}

static int check_id(volatile uint8_t *bar, size_t offset, uint32_t expected)
{
	uint32_t id = *(volatile uint32_t *)(bar + offset);

	if (id == expected)
		return 0;
	fprintf(stderr, "poke: id at %#zx reads %#x instead of %#x\n", offset, id, expected);
	return 1;
}

int main(int argc, char **argv)
{
	volatile uint8_t *bar;
	struct stat st;
	long count;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: poke RESOURCE SEED COUNT\n");
		return 2;
	}
	state = strtoull(argv[2], NULL, 0) * 2 + 1;
	count = strtol(argv[3], NULL, 0);

	fd = open(argv[1], O_RDWR | O_SYNC);
	if (fd < 0 || fstat(fd, &st) || st.st_size < 16) {
		fprintf(stderr, "poke: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	bar = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (bar == MAP_FAILED) {
		fprintf(stderr, "poke: mmap: %s\n", strerror(errno));
		return 2;
	}

	for (long i = 0; i < count; i++)
		poke(bar, st.st_size);

	return check_id(bar, 0x0, 0x56494e54) | check_id(bar, 0x200000, 0x56445350) |
	       check_id(bar, 0x240000, 0x56444350);
}
