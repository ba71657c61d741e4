// SPDX-License-Identifier: GPL-2.0
/*
 * decode_library [--list] LIBRARY... : decode and disassemble every AGX program that a library of
 * Mesa's contains: the kernels that its build compiled ahead of time.
 *
 * Such a kernel is an array that a table points to, so the address of its first word is the addend
 * of a relocation: eleven words about it, of which the first four are the offsets of preamble (0:
 * none) and main program in what follows, the size of the latter, and that of all. Programs end with
 * a stop and eight traps. Each place among the kernels that looks like such an end must belong to one
 * that was found, so nothing is left out. One result line a library.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agx_program.h"

#define HEADER_BYTES 44
#define END_BYTES 18

static const uint8_t program_end[END_BYTES] = {0x88, 0, 8, 0, 8, 0, 8, 0, 8,
					       0,    8, 0, 8, 0, 8, 0, 8, 0};

struct library {
	const char *path;
	const uint8_t *data;
	size_t size;
	const uint8_t *rodata; /* the section, in @data */
	size_t rodata_size;
	uint64_t rodata_va;
	const Elf64_Rela *rela;
	size_t n_rela;
	unsigned int kernels, programs, instructions, not_modelled;
	unsigned int ends;     /* of programs that were decoded */
	size_t first, last;    /* where kernels begin and end in @rodata */
	bool used[AGX_NUM_OPS], list;
	char problem[256];
};

static bool failed(struct library *library, const char *what, uint64_t va)
{
	if (!library->problem[0])
		snprintf(library->problem, sizeof(library->problem), "%s (at %#llx)", what,
			 (unsigned long long)va);
	return false;
}

static bool map_library(struct library *library)
{
	int fd = open(library->path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st))
		return failed(library, "cannot open", 0);
	data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return failed(library, "cannot map", 0);
	library->data = data;
	library->size = st.st_size;
	return library->size > sizeof(Elf64_Ehdr) && !memcmp(data, ELFMAG, SELFMAG);
}

static bool find_sections(struct library *library)
{
	const Elf64_Ehdr *header = (const void *)library->data;
	const Elf64_Shdr *sections = (const void *)(library->data + header->e_shoff);
	const char *names = (const char *)library->data + sections[header->e_shstrndx].sh_offset;

	for (unsigned int i = 0; i < header->e_shnum; i++) {
		const Elf64_Shdr *section = &sections[i];
		const char *name = names + section->sh_name;

		if (!strcmp(name, ".rodata")) {
			library->rodata = library->data + section->sh_offset;
			library->rodata_size = section->sh_size;
			library->rodata_va = section->sh_addr;
		} else if (!strcmp(name, ".rela.dyn")) {
			library->rela = (const void *)(library->data + section->sh_offset);
			library->n_rela = section->sh_size / sizeof(*library->rela);
		}
	}
	return library->rodata && library->rela;
}

static uint32_t word(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static void count_insn(struct library *library, const struct agx_insn *insn)
{
	const struct agx_interpreter *interpreter = agx_interpreter();
	const struct agx_insn unknown = {.op = AGX_UNKNOWN};
	char line[256];

	library->instructions++;
	library->used[insn->op] = true;
	library->not_modelled += interpreter->select(insn) == interpreter->select(&unknown);
	agx_disassemble(insn, line, sizeof(line));
	if (library->list)
		printf("%6x: %s\n", insn->offset_bytes, line);
}

/* The program in @code must be known to its end, what stands behind a stop in its middle too. */
static bool decode(struct library *library, const uint8_t *code, size_t size, uint64_t va)
{
	struct agx_insn insn = {0};
	size_t at = 0, length;

	if (library->list)
		printf("program at %#llx\n", (unsigned long long)va);
	library->programs++;
	while (at + END_BYTES <= size) {
		length = agx_decode(code + at, size - at, &insn);
		if (!length)
			return failed(library, "unknown instruction", va + at);
		insn.offset_bytes = at;
		count_insn(library, &insn);
		if (insn.op == AGX_STOP && !memcmp(code + at, program_end, END_BYTES)) {
			library->ends++;
			return true;
		}
		at += length;
	}
	return failed(library, "program without an end", va);
}

static bool is_kernel(const struct library *library, size_t at)
{
	const uint8_t *header = library->rodata + at;
	uint32_t preamble, offset, size;

	if (at % 4 || at + HEADER_BYTES > library->rodata_size)
		return false;
	preamble = word(header);
	offset = word(header + 4);
	size = word(header + 12);
	return size >= END_BYTES && size <= library->rodata_size - at - HEADER_BYTES &&
	       offset <= size - END_BYTES && preamble <= size - END_BYTES &&
	       word(header + 8) <= size - offset &&
	       !memcmp(header + HEADER_BYTES + size - END_BYTES, program_end, END_BYTES);
}

/* True unless what begins @at bytes into the section is a kernel that cannot be decoded. */
static bool try_kernel(struct library *library, size_t at)
{
	const uint8_t *header = library->rodata + at, *code = header + HEADER_BYTES;
	uint64_t va = library->rodata_va + at + HEADER_BYTES;
	uint32_t preamble, offset, size;

	if (!is_kernel(library, at))
		return true;
	preamble = word(header);
	offset = word(header + 4);
	size = word(header + 12);
	if (!library->kernels++ || at < library->first)
		library->first = at;
	if (at + HEADER_BYTES + size > library->last)
		library->last = at + HEADER_BYTES + size;
	return decode(library, code + offset, size - offset, va + offset) &&
	       (!preamble || decode(library, code + preamble, size - preamble, va + preamble));
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool try_all(struct library *library)
{
	uint64_t *starts = calloc(library->n_rela + 1, sizeof(*starts)), last = ~0ull;
	bool ok = true;

	if (!starts)
		return failed(library, "no memory", 0);
	for (size_t i = 0; i < library->n_rela; i++)
		starts[i] = library->rela[i].r_addend;
	qsort(starts, library->n_rela, sizeof(*starts), compare);
	for (size_t i = 0; i < library->n_rela; i++) {
		if (starts[i] != last && starts[i] >= library->rodata_va &&
		    starts[i] - library->rodata_va < library->rodata_size)
			ok = try_kernel(library, starts[i] - library->rodata_va) && ok;
		last = starts[i];
	}
	free(starts);
	return ok;
}

static unsigned int count_ends(const struct library *library)
{
	const uint8_t *at = library->rodata + library->first;
	const uint8_t *end = library->rodata + library->last;
	unsigned int n = 0;

	while ((at = memmem(at, end - at, program_end, END_BYTES))) {
		at += END_BYTES;
		n++;
	}
	return n;
}

static bool check_library(struct library *library)
{
	unsigned int ends, ops = 0;
	char text[64];

	if (!map_library(library) || !find_sections(library))
		return failed(library, "no ELF file with the sections", 0);
	if (!try_all(library))
		return false;
	ends = count_ends(library);
	snprintf(text, sizeof(text), "%u of %u programs found", library->ends, ends);
	if (!library->ends || library->ends != ends)
		return failed(library, text, 0);
	for (unsigned int op = 0; op < AGX_NUM_OPS; op++)
		ops += library->used[op];
	printf("# %u kernels, %u programs, %u instructions of %u kinds, %u not executable\n",
	       library->kernels, library->programs, library->instructions, ops,
	       library->not_modelled);
	return true;
}

int main(int argc, char **argv)
{
	bool list = argc > 1 && !strcmp(argv[1], "--list");
	int status = argc < 2 + list;

	for (int n = 1 + list; n < argc; n++) {
		struct library library = {.path = argv[n], .list = list};
		const char *slash = strrchr(argv[n], '/'), *name = slash ? slash + 1 : argv[n];
		bool ok = check_library(&library);

		printf(ok ? "ok decode/%.*s\n" : "not ok decode/%.*s # %s\n",
		       (int)strcspn(name, "-."), name, library.problem);
		status |= !ok;
	}
	return status;
}
