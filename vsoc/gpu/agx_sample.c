// SPDX-License-Identifier: GPL-2.0
/*
 * The sample instruction: what its registers hold becomes a lookup a lane. Filters that the model
 * does not know stop the program, see agx_sampler_problem() and agx_lookup_problem().
 */
#include <math.h>

#include "agx_sampler.h"
#include "agx_tex.h"

#define FIRST_IN_HEAP 28 /* samplers from here on are those of the command's heap */

enum lod_mode {
	LOD_AUTO = 0,
	LOD_EXPLICIT_UNIFORM = 2,
	LOD_GRADIENT = 4,
	LOD_EXPLICIT = 6,
	LOD_GRADIENT_MIN = 12,
};

static bool fail(struct agx_group *g, const struct agx_insn *i, const char *why)
{
	AGX_NAME(agx_give_up)(g, i, why);
	return false;
}

static bool sampler_bytes(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			  uint8_t bytes[AGX_SAMPLER_BYTES])
{
	uint32_t index = i->sampler.kind == AGX_IMM ? i->sampler.value :
						      get_lane(g, &i->sampler, lane);
	uint64_t va, bad;

	if (index < FIRST_IN_HEAP) {
		memcpy(bytes, g->launch->sampler[index], AGX_SAMPLER_BYTES);
		return true;
	}
	if (g->launch->has_borders)
		return fail(g, i, "heap of samplers with border colours of their own");
	index -= FIRST_IN_HEAP;
	if (index >= g->launch->sampler_count)
		return fail(g, i, "sampler outside of its heap");
	va = g->launch->sampler_heap + (uint64_t)index * AGX_SAMPLER_BYTES;
	if (gpu_read(&g->worker->front, va, bytes, AGX_SAMPLER_BYTES, &bad))
		return true;
	gpu_job_fault(g->launch->job, bad, false, "sampler");
	g->state = AGX_FAILED;
	return false;
}

static bool find_sampler(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			 struct agx_sampler *sampler)
{
	uint8_t bytes[AGX_SAMPLER_BYTES];
	const char *problem;

	if (!sampler_bytes(g, i, lane, bytes))
		return false;
	agx_sampler_decode(bytes, sampler);
	problem = agx_sampler_problem(sampler);
	return problem ? fail(g, i, problem) : true;
}

/* Of floats; a layer comes after them. */
static unsigned int coordinates(unsigned int dim)
{
	return agx_dim_is_cube(dim) ? 3 : agx_dim_directions(dim);
}

static bool is_array(unsigned int dim)
{
	return dim == AGX_DIM_1D_ARRAY || dim == AGX_DIM_2D_ARRAY || dim == AGX_DIM_CUBE_ARRAY;
}

/* x's step by x, x's step by y, then those of y, of z. */
static void given_steps(const struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			float d[2][3])
{
	for (unsigned int n = 0; n < 2 * coordinates(i->dim); n++) {
		struct agx_operand step = {
			.kind = AGX_REG, .halves = 2, .index = i->lod.value + 2 * n};

		if (step.index + 2u <= AGX_NUM_HALVES)
			d[n & 1][n >> 1] = agx_bits_float(get_lane(g, &step, lane));
	}
}

static bool has_gradients(const struct agx_insn *i)
{
	return i->lod_mode == LOD_GRADIENT || i->lod_mode == LOD_GRADIENT_MIN;
}

static float find_lod(const struct agx_group *g, const struct agx_insn *i, unsigned int lane,
		      const struct agx_image *image, const struct agx_sampler *sampler,
		      const struct agx_lookup *lookup)
{
	struct agx_operand half = {.kind = AGX_REG, .halves = 1, .index = i->lod.value};
	float d[2][3] = {{0}}, lod;

	switch (i->lod_mode) {
	case LOD_EXPLICIT_UNIFORM:
		return half_to_float(g->launch->uniform[i->lod.value]);
	case LOD_EXPLICIT:
		return half_to_float(get_lane(g, &half, lane));
	case LOD_AUTO: /* gathers too */
		return 0;
	}
	given_steps(g, i, lane, d);
	lod = agx_lookup_lod(image, sampler, lookup, d);
	half.index += 4 * coordinates(i->dim);
	if (i->lod_mode == LOD_GRADIENT_MIN && half.index < AGX_NUM_HALVES)
		lod = fmaxf(lod, half_to_float(get_lane(g, &half, lane)));
	return lod;
}

static void find_lookup(const struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			struct agx_lookup *lookup)
{
	struct agx_operand reference = {.kind = AGX_REG, .halves = 2, .index = i->s[1].index};
	unsigned int n, count = coordinates(i->dim);

	*lookup = (struct agx_lookup){
		.dim = i->dim,
		.shadow = i->shadow,
		.gather = i->gather,
		.component = i->gather >> 1,
	};
	for (n = 0; n < count; n++)
		lookup->coordinate[n] = agx_bits_float(agx_coordinate(g, i, lane, n));
	if (is_array(i->dim))
		lookup->layer = agx_coordinate(g, i, lane, n) & 0xffff;
	if (i->shadow)
		lookup->reference = agx_bits_float(get_lane(g, &reference, lane));
	agx_texel_offsets(g, i, lane, lookup->offset);
}

static bool sample_lane(struct agx_group *g, const struct agx_insn *i, struct agx_source *source,
			struct agx_sampler *sampler, unsigned int lane, uint32_t component[4])
{
	struct agx_lookup lookup;
	const char *problem;
	uint64_t bad;

	if (!AGX_NAME(agx_find_image)(g, i, lane, source) ||
	    (i->sampler.kind != AGX_IMM && !find_sampler(g, i, lane, sampler)))
		return false;
	find_lookup(g, i, lane, &lookup);
	problem = agx_lookup_problem(source->image, sampler, &lookup);
	if (!problem && has_gradients(i) && sampler->log2_anisotropy)
		problem = "anisotropic filter not modelled";
	if (problem)
		return fail(g, i, problem);
	lookup.lod = find_lod(g, i, lane, source->image, sampler, &lookup);
	if (agx_sample(source->image, sampler, &g->worker->tlb, &lookup, component, &bad))
		return true;
	gpu_job_fault_data(g->launch->job, bad, false, "texture");
	g->state = AGX_FAILED;
	return false;
}

/* All lanes are read before one is written: a destination may be a neighbour's coordinate. */
static void exec_sample(struct agx_group *g, const struct agx_insn *i)
{
	struct agx_source source = {.key = ~0ull};
	uint32_t component[AGX_LANES][4];
	struct agx_sampler sampler;

	if (!g->mask ||
	    (i->sampler.kind == AGX_IMM && !find_sampler(g, i, __builtin_ctz(g->mask), &sampler)))
		return;
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int lane = __builtin_ctz(left);

		if (!sample_lane(g, i, &source, &sampler, lane, component[lane]))
			return;
		for (unsigned int c = 0; c < 4; c++)
			component[lane][c] =
				agx_to_destination(i, source.image, component[lane][c]);
	}
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int lane = __builtin_ctz(left);

		agx_put_texel(g, i, lane, component[lane]);
	}
	/* So many texels are a long time between two passes. */
	gpu_pass(&g->worker->visit);
}

/*
 * Without a level compute programs mean the first one: differences between lanes, and biases of
 * what follows from them, are for fragments. Mesa avoids gradients of cubes, so something about
 * them is not known.
 */
static bool is_known_lod(const struct agx_insn *i)
{
	switch (i->lod_mode) {
	case LOD_AUTO:
		return true;
	case LOD_EXPLICIT_UNIFORM:
	case LOD_EXPLICIT:
		return !i->gather;
	case LOD_GRADIENT:
	case LOD_GRADIENT_MIN:
		return !i->gather && !agx_dim_is_cube(i->dim);
	default:
		return false;
	}
}

/* Comparisons give one number, gathers four. */
static bool is_known_result(const struct agx_insn *i)
{
	if (i->gather)
		return i->gather & 1 && i->gather < 8;
	return !i->shadow || i->mask == 1;
}

agx_exec_fn AGX_NAME(agx_select_sample)(const struct agx_insn *i)
{
	bool extra_fits = !i->shadow || (i->s[1].index % 2 == 0 &&
					 i->s[1].index + 2u + i->offset <= AGX_NUM_HALVES);

	if (i->sparse || i->query || i->s[0].halves != 2 || !extra_fits || !is_known_lod(i) ||
	    !is_known_result(i))
		return NULL;
	return exec_sample;
}
