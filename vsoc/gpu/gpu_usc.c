// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "gpu_usc.h"

#define MAX_BYTES 4096 /* of a list: far more than all registers there are could need */

enum tag {
	TAG_SHADER = 0x0d,
	TAG_UNIFORM = 0x1d,
	TAG_PREAMBLE = 0x38,
	TAG_UNIFORM_HIGH = 0x3d,
	TAG_SHARED = 0x4d,
	TAG_FRAGMENT = 0x58,
	TAG_NO_PREAMBLE = 0x88,
	TAG_REGISTERS = 0x8d,
	TAG_SAMPLER = 0x9d,
	TAG_TEXTURE = 0xdd,
};

enum shared_layout {
	LAYOUT_COMPUTE = 0x24,
	LAYOUT_32X32 = 0x2f,
	LAYOUT_16X16 = 0x36,
	LAYOUT_32X16 = 0x3f,
};

struct words {
	struct gpu_tlb *tlb;
	struct agx_launch *launch;
	struct gpu_usc *usc;
	uint64_t base;
	bool has_code, done;
};

/* Bytes of the word that starts with @tag; 0 for an unknown one. */
static unsigned int word_bytes(uint8_t tag)
{
	switch (tag) {
	case TAG_NO_PREAMBLE:
		return 2;
	case TAG_SHARED:
	case TAG_REGISTERS:
	case TAG_FRAGMENT:
		return 4;
	case TAG_SHADER:
		return 6;
	case TAG_UNIFORM:
	case TAG_UNIFORM_HIGH:
	case TAG_TEXTURE:
	case TAG_SAMPLER:
	case TAG_PREAMBLE:
		return 8;
	default:
		return 0;
	}
}

static bool fetch(struct words *words, uint64_t va, void *to, size_t size, const char *what)
{
	uint64_t bad;

	return gpu_read(words->tlb, va, to, size, &bad) ||
	       gpu_job_fault(words->launch->job, bad, false, what);
}

static bool put_uniforms(struct words *words, uint64_t word, unsigned int bank)
{
	unsigned int start = (word >> 8 & 255) + bank, count = word >> 20 & 63;

	count = count ? count : 64;
	if (start + count > AGX_NUM_UNIFORMS)
		return gpu_job_fail(words->launch->job, GPU_BAD_STREAM, "uniforms %u to %u", start,
				    start + count - 1);
	return fetch(words, word >> 26 << 2, &words->launch->uniform[start], 2 * count, "uniforms");
}

static bool put_states(struct words *words, uint64_t word, bool is_texture)
{
	unsigned int start = word >> 8 & 255, count = word >> 20 & 127;
	void *to = is_texture ? words->launch->texture[start] : words->launch->sampler[start];

	if (!is_texture && words->launch->has_borders)
		return gpu_job_fail(words->launch->job, GPU_UNKNOWN,
				    "samplers with border colours of their own");
	if (!count || start + count > AGX_STATES)
		return gpu_job_fail(words->launch->job, GPU_BAD_STREAM,
				    "%u state registers from %u", count, start);
	return fetch(words, word >> 27 << 3, to,
		     count * (is_texture ? AGX_TEXTURE_BYTES : AGX_SAMPLER_BYTES),
		     is_texture ? "texture states" : "sampler states");
}

static bool put_shared(struct words *words, uint32_t word)
{
	struct agx_imageblock *block = &words->launch->imageblock;
	uint32_t bytes = word >> 24 ? (word >> 24) * 256 : AGX_MAX_LOCAL;

	words->launch->local_bytes = word >> 8 & 1 ? bytes : 0;
	block->samples = 1u << (word >> 16 & 3);
	block->sample_stride = (word >> 20 & 15) * 8;
	switch (word >> 10 & 63) {
	case LAYOUT_COMPUTE:
		memset(block, 0, sizeof(*block));
		return true;
	case LAYOUT_32X32:
		block->width = 32;
		block->height = 32;
		break;
	case LAYOUT_32X16:
		block->width = 32;
		block->height = 16;
		break;
	case LAYOUT_16X16:
		block->width = 16;
		block->height = 16;
		break;
	default:
		return gpu_job_fail(words->launch->job, GPU_UNKNOWN, "shared memory layout %#x",
				    word >> 10 & 63);
	}
	/* Tile memory is threadgroup memory by another name. */
	bytes = block->width * block->height * block->samples * block->sample_stride;
	if (bytes > AGX_MAX_LOCAL)
		return gpu_job_fail(words->launch->job, GPU_BAD_STREAM, "%u bytes of tile memory",
				    bytes);
	if (bytes > words->launch->local_bytes)
		words->launch->local_bytes = bytes;
	return true;
}

static bool put_word(struct words *words, uint64_t word)
{
	switch (word & 255) {
	case TAG_UNIFORM:
		return put_uniforms(words, word, 0);
	case TAG_UNIFORM_HIGH:
		return put_uniforms(words, word, 256);
	case TAG_TEXTURE:
		return put_states(words, word, true);
	case TAG_SAMPLER:
		return put_states(words, word, false);
	case TAG_SHARED:
		return put_shared(words, word);
	case TAG_SHADER:
		words->usc->code = words->base + (uint32_t)(word >> 16);
		words->has_code = true;
		return true;
	case TAG_PREAMBLE:
		words->usc->preamble = words->base + (uint32_t)(word >> 32);
		words->usc->has_preamble = true;
		words->done = true;
		return true;
	case TAG_NO_PREAMBLE:
		words->done = true;
		return true;
	default: /* registers, fragment properties: the model needs neither */
		return true;
	}
}

bool gpu_usc_walk(struct gpu_tlb *tlb, uint64_t usc_base, uint32_t offset,
		  struct agx_launch *launch, struct gpu_usc *usc)
{
	struct words words = {.tlb = tlb, .launch = launch, .usc = usc, .base = usc_base};
	uint64_t start = usc_base + offset, at = start;

	memset(usc, 0, sizeof(*usc));
	while (!words.done) {
		unsigned int bytes;
		uint64_t word = 0;

		if (at - start > MAX_BYTES)
			return gpu_job_fail(launch->job, GPU_BAD_STREAM,
					    "pipeline words without end");
		if (!fetch(&words, at, &word, 1, "pipeline words"))
			return false;
		bytes = word_bytes(word);
		if (!bytes)
			return gpu_job_fail(launch->job, GPU_UNKNOWN, "pipeline word %#x at %#llx",
					    (unsigned int)word, (unsigned long long)at);
		if (!fetch(&words, at, &word, bytes, "pipeline words") || !put_word(&words, word))
			return false;
		at += bytes;
	}
	if (!words.has_code)
		return gpu_job_fail(launch->job, GPU_BAD_STREAM, "pipeline without a shader");
	return true;
}
