// SPDX-License-Identifier: GPL-2.0
/* Texture loads, image stores, and tile memory of launches that use it as a staging buffer. */
#include <stdio.h>

#include "agx_tex.h"

/* At an address that cannot be reached: nothing happens where nothing is mapped, else it fails. */
static bool is_soft(struct agx_group *g, uint64_t va, bool write)
{
	const struct gpu_tlb_entry *entry = gpu_tlb_lookup(&g->worker->tlb, va);

	if (!entry->host && !(entry->access & GPU_HARD))
		return true;
	gpu_job_fault_data(g->launch->job, va, write, write ? "image" : "texture");
	g->state = AGX_FAILED;
	return false;
}

static bool descriptor_bytes(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			     uint64_t *key, uint8_t bytes[AGX_TEXTURE_BYTES])
{
	const uint16_t *half = &g->launch->uniform[i->heap & ~1u];
	uint64_t bad;

	if (i->texture.kind == AGX_TS || i->texture.halves == 1) {
		uint32_t index = i->texture.kind == AGX_TS ? i->texture.index :
							     get_lane(g, &i->texture, lane);

		if (index >= AGX_STATES) {
			AGX_NAME(agx_give_up)(g, i, "texture state out of range");
			return false;
		}
		*key = index;
		memcpy(bytes, g->launch->texture[index], AGX_TEXTURE_BYTES);
		return true;
	}
	*key = (half[0] | (uint64_t)half[1] << 16 | (uint64_t)half[2] << 32 |
		(uint64_t)half[3] << 48) +
	       get_lane(g, &i->texture, lane);
	if (gpu_read(&g->worker->front, *key, bytes, AGX_TEXTURE_BYTES, &bad))
		return true;
	gpu_job_fault(g->launch->job, bad, false, "descriptor");
	g->state = AGX_FAILED;
	return false;
}

static void refuse_image(struct agx_group *g, const struct agx_insn *i,
			 const struct agx_image *image, const char *problem)
{
	char text[96];

	snprintf(text, sizeof(text), "%s (channels %#x type %u layout %u dim %u)", problem,
		 image->channels, image->type, image->layout, image->dim);
	AGX_NAME(agx_give_up)(g, i, text);
}

bool AGX_NAME(agx_find_image)(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			      struct agx_source *source)
{
	uint8_t bytes[AGX_TEXTURE_BYTES];
	const char *problem;
	uint64_t key;

	if (source->key != ~0ull && i->texture.kind == AGX_TS)
		return true;
	if (!descriptor_bytes(g, i, lane, &key, bytes))
		return false;
	if (key == source->key)
		return true;
	source->image = agx_image_cache_get(g->worker->images, bytes, source->is_pbe);
	source->key = key;
	if (source->image->layout == AGX_LAYOUT_NULL)
		return true;
	problem = agx_image_problem(source->image);
	if (problem)
		refuse_image(g, i, source->image, problem);
	return !problem;
}

static void find_texel(const struct agx_group *g, const struct agx_insn *i, unsigned int lane,
		       struct agx_texel *texel)
{
	unsigned int n = 0;

	*texel = (struct agx_texel){0};
	texel->x = agx_coordinate(g, i, lane, n++);
	if (agx_dim_directions(i->dim) > 1)
		texel->y = agx_coordinate(g, i, lane, n++);
	switch (i->dim) {
	case AGX_DIM_1D_ARRAY:
	case AGX_DIM_2D_ARRAY:
	case AGX_DIM_3D:
	case AGX_DIM_CUBE:
		texel->layer = agx_coordinate(g, i, lane, n);
		break;
	case AGX_DIM_CUBE_ARRAY:
		texel->layer =
			agx_coordinate(g, i, lane, n) + 6 * agx_coordinate(g, i, lane, n + 1);
		break;
	case AGX_DIM_2D_MS:
		texel->sample = agx_coordinate(g, i, lane, n);
		break;
	case AGX_DIM_2D_MS_ARRAY:
		texel->sample = agx_coordinate(g, i, lane, n) & 0xffff;
		texel->layer = agx_coordinate(g, i, lane, n) >> 16;
		break;
	}
}

/* Level of detail of a load: an integer, where there is one. False for kinds that loads do not
 * have. */
static bool load_level(const struct agx_group *g, const struct agx_insn *i, unsigned int lane,
		       uint32_t *level)
{
	struct agx_operand lod = {.kind = AGX_REG, .halves = 1, .index = i->lod.value};

	switch (i->lod_mode) {
	case 0:
		*level = 0;
		return true;
	case 2:
		*level = g->launch->uniform[i->lod.value];
		return true;
	case 6:
		*level = get_lane(g, &lod, lane);
		return true;
	default:
		*level = 0;
		return false;
	}
}

static void add_offsets(const struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			struct agx_texel *texel)
{
	int8_t offset[3];

	agx_texel_offsets(g, i, lane, offset);
	texel->x += offset[0];
	if (agx_dim_directions(i->dim) > 1)
		texel->y += offset[1];
	if (i->dim == AGX_DIM_3D)
		texel->layer += offset[2];
}

static bool load_lane(struct agx_group *g, const struct agx_insn *i, struct agx_source *source,
		      unsigned int lane)
{
	uint32_t component[4] = {0}, level;
	struct agx_texel texel;
	uint64_t bad;

	if (!AGX_NAME(agx_find_image)(g, i, lane, source))
		return false;
	find_texel(g, i, lane, &texel);
	add_offsets(g, i, lane, &texel);
	load_level(g, i, lane, &level);
	texel.level = source->image->first_level + level;
	if (source->image->layout != AGX_LAYOUT_NULL && level < 16 &&
	    agx_image_contains(source->image, &texel)) {
		if (!agx_image_read(source->image, &g->worker->tlb, &texel, component, &bad) &&
		    !is_soft(g, bad, false))
			return false;
	}
	for (unsigned int c = 0; c < 4; c++)
		component[c] = agx_to_destination(i, source->image, component[c]);
	agx_put_texel(g, i, lane, component);
	return true;
}

/* Bit n to bit 2 n, of 8: tiles are at most 128 wide. */
static inline uint32_t spread_bits(uint32_t v)
{
	v = (v | v << 4) & 0x0f0f;
	v = (v | v << 2) & 0x3333;
	return (v | v << 1) & 0x5555;
}

/* Offsets of the running lanes' texels in a plane; false if one of them is outside. */
static bool plane_offsets(const struct agx_group *g, const struct agx_insn *i,
			  const struct agx_plane *plane, union agx_row *offset)
{
	const union agx_row *x = &g->r[i->s[0].index >> 1], *y = x + 1;
	unsigned int w = plane->log2_tile_w, h = plane->log2_tile_h, both = w < h ? w : h;
	uint32_t mask_w = (1u << w) - 1, mask_h = (1u << h) - 1, outside = 0;

	for_each_lane(l) {
		uint32_t on = g->active.u[l], tx = x->u[l] & on, ty = y->u[l] & on, in, tile;

		outside |= tx >= plane->width || ty >= plane->height;
		/* The bits that both directions have alternate, the rest of x is on top. */
		in = spread_bits(tx & mask_w & mask_h) | spread_bits(ty & mask_h) << 1 |
		     (tx & mask_w) >> both << 2 * both;
		tile = (ty >> h) * plane->tiles_across + (tx >> w);
		offset->u[l] = plane->stride ? ty * plane->stride + tx * plane->bytes :
					       (tile << (w + h) | in) * plane->bytes;
	}
	return !outside;
}

/* 32-bit texels that all lie in one page, which they mostly do: tiles are pages. */
static bool load_from_page(struct agx_group *g, const struct agx_plane *plane,
			   const union agx_row *offset, union agx_row *raw)
{
	uint64_t first = plane->base + offset->u[__builtin_ctz(g->mask)];
	uint64_t page = first & ~(uint64_t)(GPU_PAGE_SIZE - 1);
	uint32_t start = (uint32_t)(plane->base - page), outside = 0;
	const struct gpu_tlb_entry *entry = gpu_tlb_lookup(&g->worker->tlb, first);
	const uint8_t *host = entry->host;

	/* Differences of 32 bits: the planes that come here are no larger. */
	for_each_lane(l)
		outside |= (start + offset->u[l]) & g->active.u[l];
	if (outside >= GPU_PAGE_SIZE || plane->base % 4 || !host || !(entry->access & GPU_READ))
		return false;
	for_each_lane(l)
		memcpy(&raw->u[l], host + ((start + offset->u[l]) & g->active.u[l]), 4);
	return true;
}

/* Texels of up to 32 bits anywhere. False where one of them cannot simply be read. */
static bool load_from_pages(struct agx_group *g, const struct agx_plane *plane,
			    const union agx_row *offset, union agx_row *raw)
{
	const struct gpu_tlb_entry *entry = NULL;
	uint64_t page = 1;

	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left);
		uint64_t va = plane->base + offset->u[l];
		unsigned int within = va & (GPU_PAGE_SIZE - 1);

		if (va - within != page) {
			page = va - within;
			entry = gpu_tlb_lookup(&g->worker->tlb, va);
			if (!entry->host || !(entry->access & GPU_READ))
				return false;
		}
		if (within + plane->bytes > GPU_PAGE_SIZE)
			return false;
		raw->u[l] = 0;
		memcpy(&raw->u[l], entry->host + within, plane->bytes);
	}
	return true;
}

static bool load_plane(struct agx_group *g, const struct agx_plane *plane,
		       const union agx_row *offset, union agx_row *raw)
{
	if (plane->bytes == 4 && load_from_page(g, plane, offset, raw))
		return true;
	return load_from_pages(g, plane, offset, raw);
}

/* Raw texels as components, all lanes. */
static void decode_rows(const struct agx_group *g, const struct agx_insn *i,
			const struct agx_image *image, const union agx_row *raw,
			union agx_row out[4])
{
	uint32_t one = image->type == AGX_TYPE_FLOAT ? 0x3f800000 : 1;

	if (agx_image_is_word(image) && i->d.halves == 2) {
		for (unsigned int c = 0; c < 4; c++) {
			unsigned int from = image->swizzle[c];

			if (from == 0)
				out[c] = *raw;
			else
				fill(&out[c], from == 3 || from == 4 ? one : 0);
		}
		return;
	}
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left);
		uint32_t component[4];
		uint8_t bytes[16] = {0};

		memcpy(bytes, &raw->u[l], 4);
		agx_image_decode(image, bytes, component);
		for (unsigned int c = 0; c < 4; c++)
			out[c].u[l] = agx_to_destination(i, image, component[c]);
	}
}

/* One level and layer for all lanes, whose texels stand there as they are, in up to 32 bits. */
static bool find_plane(struct agx_group *g, const struct agx_insn *i,
		       const struct agx_image *image, struct agx_plane *plane)
{
	uint32_t level;

	if (i->dim != AGX_DIM_2D || i->s[0].halves != 2 || i->s[0].index + 4 > AGX_NUM_HALVES ||
	    image->layout == AGX_LAYOUT_NULL || image->bytes > 4 || image->samples > 1 ||
	    i->lod_mode == 6 || !load_level(g, i, 0, &level))
		return false;
	level += image->first_level;
	if (level > image->last_level || level >= image->levels ||
	    !agx_image_is_plain(image, level))
		return false;
	if (level == image->first_level)
		*plane = image->first;
	else
		agx_image_plane(image, 0, level, plane);
	/* Offsets fit in 32 bits. */
	return (uint64_t)plane->width * plane->height < 1u << 26 &&
	       (uint64_t)plane->stride * plane->height < 1u << 31;
}

/* False where nothing was done: lane by lane then. */
static bool load_together(struct agx_group *g, const struct agx_insn *i, struct agx_source *source)
{
	unsigned int first = __builtin_ctz(g->mask), nth = 0;
	union agx_row offset, raw, out[4];
	const struct agx_image *image;
	struct agx_plane plane;

	if (i->offset || i->texture.kind != AGX_TS ||
	    !AGX_NAME(agx_find_image)(g, i, first, source))
		return false;
	image = source->image;
	if (!find_plane(g, i, image, &plane) || !plane_offsets(g, i, &plane, &offset) ||
	    !load_plane(g, &plane, &offset, &raw))
		return false;
	decode_rows(g, i, image, &raw, out);
	for (unsigned int c = 0; c < 4; c++) {
		struct agx_operand d = i->d;

		if (!(i->mask >> c & 1))
			continue;
		d.index += nth++ * d.halves;
		put(g, &d, &out[c]);
	}
	return true;
}

static void exec_tex_load(struct agx_group *g, const struct agx_insn *i)
{
	struct agx_source source = {.key = ~0ull};

	if (!g->mask || load_together(g, i, &source))
		return;
	for (uint32_t left = g->mask; left; left &= left - 1) {
		if (g->state == AGX_FAILED || !load_lane(g, i, &source, __builtin_ctz(left)))
			return;
	}
}

static uint32_t from_source(const struct agx_insn *i, const struct agx_image *image, uint32_t value)
{
	bool is_integer = agx_image_has_integers(image);

	if (i->d.halves == 2)
		return value;
	if (image->type == AGX_TYPE_SINT)
		return (uint32_t)(int16_t)value;
	return is_integer ? value : agx_unpack(AGX_FMT_F16, value, true);
}

static bool write_lane(struct agx_group *g, const struct agx_insn *i, struct agx_source *source,
		       unsigned int lane)
{
	struct agx_texel texel;
	uint32_t component[4];
	uint8_t bytes[16];
	uint64_t bad;

	if (!AGX_NAME(agx_find_image)(g, i, lane, source))
		return false;
	find_texel(g, i, lane, &texel);
	texel.level = source->image->first_level;
	if (source->image->layout == AGX_LAYOUT_NULL || !agx_image_contains(source->image, &texel))
		return true;
	for (unsigned int c = 0; c < 4; c++) {
		struct agx_operand data = i->d;

		data.index += c * data.halves;
		component[c] = from_source(i, source->image, get_lane(g, &data, lane));
	}
	agx_image_encode(source->image, component, bytes);
	if (agx_image_write(source->image, &g->worker->tlb, &texel, bytes, &bad))
		return true;
	return is_soft(g, bad, true);
}

static void exec_image_write(struct agx_group *g, const struct agx_insn *i)
{
	struct agx_source source = {.key = ~0ull, .is_pbe = true};

	for (uint32_t left = g->mask; left; left &= left - 1) {
		if (!write_lane(g, i, &source, __builtin_ctz(left)))
			return;
	}
}

/* Tile memory of a pixel's sample from its byte @offset on, or NULL outside of what the launch has.
 */
static uint8_t *tile_pointer(struct agx_group *g, uint32_t x, uint32_t y, unsigned int sample,
			     unsigned int offset, unsigned int size)
{
	const struct agx_imageblock *block = &g->launch->imageblock;
	uint64_t at;

	if (x >= block->width || y >= block->height || sample >= block->samples ||
	    offset + size > block->sample_stride)
		return NULL;
	at = ((uint64_t)y * block->width + x) * block->samples + sample;
	return g->worker->local + at * block->sample_stride + offset;
}

struct pixel {
	uint32_t x, y;
	unsigned int sample;
};

/* Programs store all four components whatever the image has: those beyond the pixel are dropped. */
static void store_bytes(struct agx_group *g, const struct pixel *pixel, unsigned int offset,
			uint32_t value, unsigned int size)
{
	uint8_t *to = tile_pointer(g, pixel->x, pixel->y, pixel->sample, offset, size);

	if (to)
		memcpy(to, &value, size);
}

static void store_pixel(struct agx_group *g, const struct agx_insn *i, unsigned int lane,
			const struct pixel *pixel)
{
	bool packed = agx_format_is_packed(i->format), wide = i->d.halves == 2;
	unsigned int size = agx_format_bytes(i->format), nth = 0;
	uint32_t component[4] = {0};

	for (unsigned int c = 0; c < 4; c++) {
		struct agx_operand data = i->d;

		if (!(i->mask >> c & 1))
			continue;
		data.index += nth++ * data.halves;
		component[c] = get_lane(g, &data, lane);
		if (!packed)
			store_bytes(g, pixel, i->imm + c * size,
				    agx_pack(i->format, component[c], wide), size);
	}
	if (packed)
		store_bytes(g, pixel, i->imm, agx_pack_word(i->format, component, wide), 4);
}

/* Each lane stores to the pixel that it names, in every sample of its mask. */
static void exec_st_tile(struct agx_group *g, const struct agx_insn *i)
{
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int lane = __builtin_ctz(left);
		struct agx_operand y = i->s[0];
		uint32_t samples = i->s[1].kind == AGX_IMM ? i->s[1].value :
							     get_lane(g, &i->s[1], lane);
		struct pixel pixel = {.x = get_lane(g, &i->s[0], lane)};

		y.index++;
		pixel.y = get_lane(g, &y, lane);
		for (; pixel.sample < g->launch->imageblock.samples; pixel.sample++) {
			if (samples >> pixel.sample & 1)
				store_pixel(g, i, lane, &pixel);
		}
	}
}

/*
 * 16-bit packed colours exist in images only; tile memory has them as four normalised bytes or four
 * half floats. Returns the tile's format of a channel, or -1 where the image's bytes are used as
 * such.
 */
static int tile_format(const struct agx_insn *i, const struct agx_image *image)
{
	if (!agx_image_is_packed16(image))
		return -1;
	return i->format == AGX_FMT_U8NORM ? AGX_FMT_U8NORM : AGX_FMT_F16;
}

static bool texel_from_tile(struct agx_group *g, const struct agx_insn *i,
			    const struct agx_image *image, const struct pixel *pixel,
			    unsigned int offset, uint8_t bytes[16])
{
	int format = tile_format(i, image);
	unsigned int size = format < 0 ? 0 : agx_format_bytes(format);
	const uint8_t *from = tile_pointer(g, pixel->x, pixel->y, pixel->sample, offset,
					   format < 0 ? image->bytes : 4 * size);
	uint32_t component[4];

	if (!from)
		return false;
	memset(bytes, 0, 16);
	if (format < 0) {
		memcpy(bytes, from, image->bytes);
		return true;
	}
	for (unsigned int c = 0; c < 4; c++) {
		uint32_t word = 0;

		memcpy(&word, from + c * size, size);
		component[c] = agx_unpack(format, word, true);
	}
	agx_image_encode(image, component, bytes);
	return true;
}

static bool store_block_texel(struct agx_group *g, const struct agx_insn *i,
			      const struct agx_image *image, const struct agx_texel *origin,
			      const struct pixel *pixel, unsigned int offset)
{
	struct agx_texel texel = *origin;
	uint8_t bytes[16];
	uint64_t bad;

	texel.x += pixel->x;
	texel.y += pixel->y;
	texel.sample = pixel->sample;
	if (!agx_image_contains(image, &texel) ||
	    !texel_from_tile(g, i, image, pixel, offset, bytes))
		return true;
	if (agx_image_write(image, &g->worker->tlb, &texel, bytes, &bad))
		return true;
	return is_soft(g, bad, true);
}

/*
 * Copies all of tile memory to where the first running lane says. The bytes go as they are: what
 * put them into tile memory has made the image's format of them.
 */
static void exec_block_store(struct agx_group *g, const struct agx_insn *i)
{
	const struct agx_imageblock *block = &g->launch->imageblock;
	struct agx_source source = {.key = ~0ull, .is_pbe = true};
	struct agx_texel origin;
	unsigned int lane, offset;

	if (!g->mask)
		return;
	lane = __builtin_ctz(g->mask);
	if (!AGX_NAME(agx_find_image)(g, i, lane, &source) ||
	    source.image->layout == AGX_LAYOUT_NULL)
		return;
	find_texel(g, i, lane, &origin);
	if (i->dim == AGX_DIM_2D_MS_ARRAY)
		origin.layer = agx_coordinate(g, i, lane, 2);
	offset = get_lane(g, &i->s[2], lane);
	origin.level = source.image->first_level;
	for (uint32_t n = 0; n < block->width * block->height * block->samples; n++) {
		uint32_t at = n / block->samples;
		struct pixel pixel = {at % block->width, at / block->width, n % block->samples};

		if (!store_block_texel(g, i, source.image, &origin, &pixel, offset))
			return;
	}
	/* So many texels are a long time between two passes. */
	gpu_pass(&g->worker->visit);
}

static bool is_plain_load(const struct agx_insn *i)
{
	return !i->shadow && !i->sparse && !i->query && !i->gather &&
	       (i->lod_mode == 0 || i->lod_mode == 2 || i->lod_mode == 6);
}

agx_exec_fn AGX_NAME(agx_select_texture)(const struct agx_insn *i)
{
	switch (i->op) {
	case AGX_TEX_SAMPLE:
		return AGX_NAME(agx_select_sample)(i);
	case AGX_TEX_LOAD:
		return is_plain_load(i) ? exec_tex_load : NULL;
	case AGX_IMAGE_WRITE:
		return exec_image_write;
	case AGX_ST_TILE:
		return i->explicit_coords ? exec_st_tile : NULL;
	case AGX_BLOCK_STORE:
		return i->explicit_coords ? exec_block_store : NULL;
	default:
		return NULL;
	}
}
