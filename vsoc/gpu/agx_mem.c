// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of the shader: device, threadgroup, stack, atomics, and the stores of a preamble.
 *
 * Device accesses are soft: a load from where nothing is mapped is zero, a store there vanishes, as
 * the uAPI's feature bit promises. An access that a mapping forbids is a fault.
 */
#include <math.h>

#include "agx_exec.h"
#include "agx_format.h"

/* Addresses of an access, lane by lane, and what one of them is made of. */
struct access {
	uint64_t address[AGX_LANES];
	unsigned int size; /* bytes of an element */
};

static void device_addresses(const struct agx_group *g, const struct agx_insn *i, unsigned int size,
			     unsigned int scale, struct access *access)
{
	union agx_row buffer[4];
	const union agx_row *low = int_row(g, &i->s[0], &buffer[0]), *high, *offset, *top;

	if (i->s[0].kind == AGX_UNIFORM) {
		const uint16_t *half = &g->launch->uniform[i->s[0].index];

		fill(&buffer[1], half[2] | (uint32_t)half[3] << 16);
		fill(&buffer[0], half[0] | (uint32_t)half[1] << 16);
		low = &buffer[0];
		high = &buffer[1];
	} else {
		high = &g->r[(i->s[0].index >> 1) + 1];
	}
	offset = int_row(g, &i->s[1], &buffer[2]);
	if (i->s[1].kind == AGX_IMM) {
		fill(&buffer[3], (uint32_t)(i->s[1].value > 0xffff ? -1 : 0));
		top = &buffer[3];
	} else {
		top = high_row(g, &i->s[1], offset, &buffer[3]);
	}
	access->size = size;
	for_each_lane(l) {
		uint64_t base = (low->u[l] | (uint64_t)high->u[l] << 32) & ~(uint64_t)(size - 1);
		uint64_t index = offset->u[l] | (uint64_t)top->u[l] << 32;

		access->address[l] = base + index * scale;
	}
}

/* The host address of @size aligned bytes, or NULL; a forbidden access fails the job. */
static void *device_pointer(struct agx_group *g, uint64_t va, unsigned int want)
{
	const struct gpu_tlb_entry *entry = gpu_tlb_lookup(&g->worker->tlb, va);

	if (!entry->host && !(entry->access & GPU_HARD))
		return NULL;
	if (!entry->host || (entry->access & want) != want) {
		gpu_job_fault_data(g->launch->job, va, want & GPU_WRITE, "shader");
		g->state = AGX_FAILED;
		return NULL;
	}
	return entry->host + (va & (GPU_PAGE_SIZE - 1));
}

/*
 * If all running lanes' accesses of @bytes bytes lie in one page, the host address of that page
 * less its GPU address, so that adding a GPU address gives a pointer; else 0.
 */
static uintptr_t common_page(struct agx_group *g, const struct access *access, unsigned int bytes,
			     unsigned int want)
{
	unsigned int first = __builtin_ctz(g->mask);
	uint64_t page = access->address[first] & ~(uint64_t)(GPU_PAGE_SIZE - 1), outside = 0;
	uint8_t *host;

	for_each_lane(l) {
		uint64_t a = access->address[l], on = (uint64_t)(int64_t)(int32_t)g->active.u[l];

		outside |= ((a - page) | (a - page + bytes - 1)) & on;
	}
	if (outside >> GPU_PAGE_SHIFT)
		return 0;
	host = device_pointer(g, access->address[first], want);
	return host ? (uintptr_t)host - access->address[first] : 0;
}

static inline uint32_t load_element(const void *from, unsigned int size)
{
	uint32_t value = 0;

	memcpy(&value, from, size);
	return value;
}

/* Lanes in a row read a row of elements: the usual case, without a branch a lane. */
static void load_common(struct agx_group *g, const struct access *access, uintptr_t host,
			unsigned int skip, union agx_row *row)
{
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left);
		const void *from = (const void *)(host + (uintptr_t)access->address[l] + skip);

		row->u[l] = load_element(from, access->size);
	}
}

static void load_words(struct agx_group *g, const struct access *access, uintptr_t host,
		       unsigned int skip, union agx_row *row)
{
	if (is_full(g)) {
		for_each_lane(l)
			row->u[l] =
				*(const uint32_t *)(host + (uintptr_t)access->address[l] + skip);
		return;
	}
	load_common(g, access, host, skip, row);
}

static void load_scattered(struct agx_group *g, const struct access *access, unsigned int skip,
			   union agx_row *row)
{
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left);
		const void *from = device_pointer(g, access->address[l] + skip, GPU_READ);

		row->u[l] = from ? load_element(from, access->size) : 0;
	}
}

/* Element @n of an access, raw. */
static void load_row(struct agx_group *g, const struct access *access, uintptr_t host,
		     unsigned int n, union agx_row *row)
{
	unsigned int skip = n * access->size;

	if (!host)
		load_scattered(g, access, skip, row);
	else if (access->size == 4)
		load_words(g, access, host, skip, row);
	else
		load_common(g, access, host, skip, row);
}

static void put_component(struct agx_group *g, const struct agx_insn *i, unsigned int nth,
			  const union agx_row *row)
{
	struct agx_operand d = i->d;

	d.index += nth * d.halves;
	put(g, &d, row);
}

/* The register row of the @nth component of a store, raw bits. */
static const union agx_row *data_row(const struct agx_group *g, const struct agx_insn *i,
				     unsigned int nth, union agx_row *buffer)
{
	struct agx_operand d = i->d;

	d.index += nth * d.halves;
	return int_row(g, &d, buffer);
}

/* Memory bits of one component to register bits, all lanes. */
static void unpack_row(const struct agx_insn *i, union agx_row *row)
{
	if (agx_format_is_raw(i->format, i->d.halves))
		return;
	for (unsigned int l = 0; l < AGX_LANES; l++)
		row->u[l] = agx_unpack(i->format, row->u[l], i->d.halves == 2);
}

static void load_packed(struct agx_group *g, const struct agx_insn *i, const struct access *access,
			uintptr_t host)
{
	union agx_row word = {0}, out[4];
	unsigned int nth = 0;

	load_row(g, access, host, 0, &word);
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		uint32_t component[4];

		agx_unpack_word(i->format, word.u[l], i->d.halves == 2, component);
		for (unsigned int c = 0; c < 4; c++)
			out[c].u[l] = component[c];
	}
	for (unsigned int c = 0; c < 4; c++) {
		if (i->mask >> c & 1)
			put_component(g, i, nth++, &out[c]);
	}
}

/*
 * What most programs do most of the time: word components, a uniform base, and an index that counts
 * up with the lanes, all in one page. The host address of lane 0's first component, or NULL for
 * everything else.
 */
static uint8_t *find_line(struct agx_group *g, const struct agx_insn *i, unsigned int stride,
			  unsigned int want)
{
	const uint16_t *half = &g->launch->uniform[i->s[0].index];
	const uint32_t *index = g->r[i->s[1].index >> 1].u;
	uint32_t first = index[0], broken = 0;
	unsigned int bytes;
	uint64_t va;

	for_each_lane(l)
		broken |= index[l] - first - l;
	/* Below this an index is the same with a sign and without. */
	if (broken || first > 0x7fffff00)
		return NULL;
	va = half[0] | (uint64_t)half[1] << 16 | (uint64_t)half[2] << 32 | (uint64_t)half[3] << 48;
	va = (va & ~3ull) + (uint64_t)first * stride;
	bytes = (AGX_LANES - 1) * stride + 4 * (32 - __builtin_clz(i->mask));
	if ((va & (GPU_PAGE_SIZE - 1)) + bytes > GPU_PAGE_SIZE)
		return NULL;
	return device_pointer(g, va, want);
}

static bool may_be_line(const struct agx_group *g, const struct agx_insn *i)
{
	return is_full(g) && i->mask && i->format == AGX_FMT_I32 && i->d.halves == 2 &&
	       i->s[0].kind == AGX_UNIFORM && i->s[1].kind == AGX_REG && i->s[1].halves == 2;
}

static bool load_line(struct agx_group *g, const struct agx_insn *i, unsigned int stride)
{
	const uint8_t *host = find_line(g, i, stride, GPU_READ);
	union agx_row *row = &g->r[i->d.index >> 1];

	if (!host)
		return false;
	for (unsigned int c = 0; c < 4; c++, host += 4) {
		if (!(i->mask >> c & 1))
			continue;
		if (stride == 4) {
			memcpy(row, host, sizeof(*row));
		} else {
			for_each_lane(l)
				row->u[l] = *(const uint32_t *)(host + l * stride);
		}
		row++;
	}
	return true;
}

static bool store_line(struct agx_group *g, const struct agx_insn *i, unsigned int stride)
{
	uint8_t *host = find_line(g, i, stride, GPU_WRITE);
	const union agx_row *row = &g->r[i->d.index >> 1];

	if (!host)
		return false;
	for (unsigned int c = 0; c < 4; c++, host += 4) {
		if (!(i->mask >> c & 1))
			continue;
		if (stride == 4) {
			memcpy(host, row, sizeof(*row));
		} else {
			for (unsigned int l = 0; l < AGX_LANES; l++)
				*(uint32_t *)(host + l * stride) = row->u[l];
		}
		row++;
	}
	return true;
}

static void exec_load(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = agx_format_bytes(i->format), nth = 0,
		     shift = i->shift > 2 ? 2 : i->shift;
	unsigned int last =
		agx_format_is_packed(i->format) || !i->mask ? 0 : 31 - __builtin_clz(i->mask);
	union agx_row rows[4] = {0};
	struct access access;
	uintptr_t host;

	if (!g->mask || (may_be_line(g, i) && load_line(g, i, size << shift)))
		return;
	device_addresses(g, i, size, size << shift, &access);
	host = common_page(g, &access, (last + 1) * size, GPU_READ);
	if (agx_format_is_packed(i->format)) {
		load_packed(g, i, &access, host);
		return;
	}
	/* Everything is read before anything is written: the result may overwrite the address. */
	for (unsigned int c = 0; c < 4; c++) {
		if (i->mask >> c & 1)
			load_row(g, &access, host, c, &rows[c]);
	}
	for (unsigned int c = 0; c < 4; c++) {
		if (!(i->mask >> c & 1))
			continue;
		unpack_row(i, &rows[c]);
		put_component(g, i, nth++, &rows[c]);
	}
}

/* In the order of the lanes: where several write one word, the last one stays. */
static void store_words(const struct access *access, uintptr_t host, const union agx_row *row)
{
	for (unsigned int l = 0; l < AGX_LANES; l++)
		*(uint32_t *)(host + (uintptr_t)access->address[l]) = row->u[l];
}

static void store_row(struct agx_group *g, const struct access *access, uintptr_t host,
		      unsigned int n, const union agx_row *row)
{
	unsigned int skip = n * access->size;

	if (host && access->size == 4 && is_full(g)) {
		store_words(access, host + skip, row);
		return;
	}
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left);
		void *to = host ? (void *)(host + (uintptr_t)access->address[l] + skip) :
				  device_pointer(g, access->address[l] + skip, GPU_WRITE);

		if (to)
			memcpy(to, &row->u[l], access->size);
	}
}

static void store_packed(struct agx_group *g, const struct agx_insn *i, const struct access *access,
			 uintptr_t host)
{
	union agx_row buffer[4], word;
	const union agx_row *row[4] = {NULL};
	unsigned int nth = 0;

	for (unsigned int c = 0; c < 4; c++) {
		if (i->mask >> c & 1)
			row[c] = data_row(g, i, nth++, &buffer[c]);
	}
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		uint32_t component[4];

		for (unsigned int c = 0; c < 4; c++)
			component[c] = row[c] ? row[c]->u[l] : 0;
		word.u[l] = agx_pack_word(i->format, component, i->d.halves == 2);
	}
	store_row(g, access, host, 0, &word);
}

static void exec_store(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = agx_format_bytes(i->format), nth = 0,
		     shift = i->shift > 2 ? 2 : i->shift;
	unsigned int last =
		agx_format_is_packed(i->format) || !i->mask ? 0 : 31 - __builtin_clz(i->mask);
	struct access access;
	uintptr_t host;

	if (!g->mask || (may_be_line(g, i) && store_line(g, i, size << shift)))
		return;
	device_addresses(g, i, size, size << shift, &access);
	host = common_page(g, &access, (last + 1) * size, GPU_WRITE);
	if (agx_format_is_packed(i->format)) {
		store_packed(g, i, &access, host);
		return;
	}
	for (unsigned int c = 0; c < 4; c++) {
		union agx_row buffer, packed;
		const union agx_row *row;

		if (!(i->mask >> c & 1))
			continue;
		row = data_row(g, i, nth++, &buffer);
		if (!agx_format_is_raw(i->format, i->d.halves)) {
			for (unsigned int l = 0; l < AGX_LANES; l++)
				packed.u[l] = agx_pack(i->format, row->u[l], i->d.halves == 2);
			row = &packed;
		}
		store_row(g, &access, host, c, row);
	}
}

static void exec_uniform_store(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int nth = 0;

	if (!g->writable || i->format != AGX_FMT_I16 || i->d.halves != 1) {
		AGX_NAME(agx_give_up)(g, i, "uniform store outside a preamble, or of an odd kind");
		return;
	}
	if (!g->mask)
		return;
	for (unsigned int c = 0; c < 4; c++) {
		struct agx_operand d = i->d;

		if (!(i->mask >> c & 1))
			continue;
		if (i->s[0].value + c >= AGX_NUM_UNIFORMS) {
			AGX_NAME(agx_give_up)(g, i, "uniform out of range");
			return;
		}
		d.index += nth++;
		g->writable->uniform[i->s[0].value + c] = get_lane(g, &d, __builtin_ctz(g->mask));
	}
}

static uint32_t atomic_update(unsigned int op, uint32_t old, uint32_t value)
{
	switch (op) {
	case AGX_ATOMIC_UMIN:
		return old < value ? old : value;
	case AGX_ATOMIC_UMAX:
		return old > value ? old : value;
	case AGX_ATOMIC_SMIN:
		return (int32_t)old < (int32_t)value ? old : value;
	default: /* AGX_ATOMIC_SMAX */
		return (int32_t)old > (int32_t)value ? old : value;
	}
}

/* One atomic operation on host memory that other threads use too. @expected: of compare and
 * exchange, which has @value as the new one.
 */
static uint32_t atomic_lane(uint32_t *word, unsigned int op, uint32_t value, uint32_t expected)
{
	uint32_t old;

	switch (op) {
	case AGX_ATOMIC_ADD:
		return __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
	case AGX_ATOMIC_SUB:
		return __atomic_fetch_sub(word, value, __ATOMIC_RELAXED);
	case AGX_ATOMIC_XCHG:
		return __atomic_exchange_n(word, value, __ATOMIC_RELAXED);
	case AGX_ATOMIC_CMPXCHG:
		__atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
		return expected;
	case AGX_ATOMIC_AND:
		return __atomic_fetch_and(word, value, __ATOMIC_RELAXED);
	case AGX_ATOMIC_OR:
		return __atomic_fetch_or(word, value, __ATOMIC_RELAXED);
	case AGX_ATOMIC_XOR:
		return __atomic_fetch_xor(word, value, __ATOMIC_RELAXED);
	default:
		old = __atomic_load_n(word, __ATOMIC_RELAXED);
		while (!__atomic_compare_exchange_n(word, &old, atomic_update(op, old, value),
						    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			;
		return old;
	}
}

static void exec_atomic(struct agx_group *g, const struct agx_insn *i)
{
	union agx_row result = {0};
	struct access access;

	device_addresses(g, i, 4, 4, &access);
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left), row = i->s[2].index >> 1;
		uint32_t *word = device_pointer(g, access.address[l], GPU_READ | GPU_WRITE);
		uint32_t expected = i->sub == AGX_ATOMIC_CMPXCHG ? g->r[row + 1].u[l] : 0;

		if (word)
			result.u[l] = atomic_lane(word, i->sub, g->r[row].u[l], expected);
	}
	if (i->d.kind == AGX_REG)
		put(g, &i->d, &result);
}

/* Byte offsets into threadgroup memory; they may lie outside. */
static void local_offsets(const struct agx_group *g, const struct agx_insn *i, unsigned int scale,
			  uint32_t offset[AGX_LANES])
{
	union agx_row buffer[2];
	const union agx_row *base = int_row(g, &i->s[0], &buffer[0]);
	const union agx_row *index = int_row(g, &i->s[1], &buffer[1]);

	for_each_lane(l)
		offset[l] = base->u[l] + index->u[l] * scale;
}

/* True if all running lanes' accesses of @bytes bytes are inside; the others are moved there. */
static bool confine(const struct agx_group *g, uint32_t offset[AGX_LANES], unsigned int bytes)
{
	uint32_t top = 0;

	for_each_lane(l) {
		offset[l] &= g->active.u[l];
		top = offset[l] > top ? offset[l] : top;
	}
	return (uint64_t)top + bytes <= g->worker->local_bytes;
}

static inline uint32_t load_word(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

/* Words that are all inside. Often every lane reads the same ones. */
static void load_local_words(struct agx_group *g, const struct agx_insn *i,
			     const uint32_t offset[AGX_LANES])
{
	union agx_row *row = &g->r[i->d.index >> 1];
	const uint8_t *from = g->worker->local;
	uint32_t different = 0;

	for_each_lane(l)
		different |= offset[l] ^ offset[0];
	for (unsigned int c = 0; c < 4; c++, from += 4) {
		if (!(i->mask >> c & 1))
			continue;
		if (different)
			MERGE_LANES(g, row, load_word(from + offset[l]));
		else
			MERGE_LANES(g, row, load_word(from + offset[0]));
		row++;
	}
}

static void load_local_row(const struct agx_group *g, const uint32_t offset[AGX_LANES],
			   unsigned int skip, unsigned int size, union agx_row *row)
{
	for (unsigned int l = 0; l < AGX_LANES; l++) {
		uint64_t at = (uint64_t)offset[l] + skip;

		row->u[l] = at + size <= g->worker->local_bytes ?
				    load_element(g->worker->local + at, size) :
				    0;
	}
}

static bool is_word_access(const struct agx_insn *i)
{
	return i->format == AGX_FMT_I32 && i->d.halves == 2;
}

/* Bytes from the first component to the end of the last one. */
static unsigned int access_bytes(const struct agx_insn *i)
{
	return i->mask ? agx_format_bytes(i->format) * (32 - __builtin_clz(i->mask)) : 0;
}

static void exec_local_load(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = agx_format_bytes(i->format), nth = 0;
	uint32_t offset[AGX_LANES];
	union agx_row rows[4];

	local_offsets(g, i, size, offset);
	if (confine(g, offset, access_bytes(i)) && is_word_access(i)) {
		load_local_words(g, i, offset);
		return;
	}
	for (unsigned int c = 0; c < 4; c++) {
		if (i->mask >> c & 1)
			load_local_row(g, offset, c * size, size, &rows[c]);
	}
	for (unsigned int c = 0; c < 4; c++) {
		if (!(i->mask >> c & 1))
			continue;
		unpack_row(i, &rows[c]);
		put_component(g, i, nth++, &rows[c]);
	}
}

/* In the order of the lanes, all inside. */
static void store_local_words(struct agx_group *g, const struct agx_insn *i,
			      const uint32_t offset[AGX_LANES])
{
	const union agx_row *row = &g->r[i->d.index >> 1];
	uint8_t *to = g->worker->local;

	for (unsigned int c = 0; c < 4; c++, to += 4) {
		if (!(i->mask >> c & 1))
			continue;
		for (unsigned int l = 0; l < AGX_LANES; l++)
			memcpy(to + offset[l], &row->u[l], 4);
		row++;
	}
}

static void store_local_row(struct agx_group *g, const uint32_t offset[AGX_LANES],
			    unsigned int skip, unsigned int size, const union agx_row *row)
{
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left);
		uint64_t at = (uint64_t)offset[l] + skip;

		if (at + size <= g->worker->local_bytes)
			memcpy(g->worker->local + at, &row->u[l], size);
	}
}

static void exec_local_store(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = agx_format_bytes(i->format), nth = 0;
	uint32_t offset[AGX_LANES];

	local_offsets(g, i, size, offset);
	if (is_full(g) && is_word_access(i) && confine(g, offset, access_bytes(i))) {
		store_local_words(g, i, offset);
		return;
	}
	for (unsigned int c = 0; c < 4; c++) {
		union agx_row buffer, packed;
		const union agx_row *row;

		if (!(i->mask >> c & 1))
			continue;
		row = data_row(g, i, nth++, &buffer);
		if (!agx_format_is_raw(i->format, i->d.halves)) {
			for (unsigned int l = 0; l < AGX_LANES; l++)
				packed.u[l] = agx_pack(i->format, row->u[l], i->d.halves == 2);
			row = &packed;
		}
		store_local_row(g, offset, c * size, size, row);
	}
}

static void exec_local_atomic(struct agx_group *g, const struct agx_insn *i)
{
	uint32_t offset[AGX_LANES];
	union agx_row result = {0};

	local_offsets(g, i, 4, offset);
	for (uint32_t left = g->mask; left; left &= left - 1) {
		unsigned int l = __builtin_ctz(left), row = i->s[2].index >> 1;
		uint64_t at = offset[l] & ~3u;
		uint32_t expected = i->sub == AGX_ATOMIC_CMPXCHG ? g->r[row + 1].u[l] : 0;

		if (at + 4 <= g->worker->local_bytes)
			result.u[l] = atomic_lane((uint32_t *)(g->worker->local + at), i->sub,
						  g->r[row].u[l], expected);
	}
	if (i->d.kind == AGX_REG)
		put(g, &i->d, &result);
}

/* The bytes of a lane's stack at @offset, or NULL outside. */
static uint8_t *stack_pointer(struct agx_group *g, unsigned int lane, uint64_t offset,
			      unsigned int size)
{
	if (!g->stack || offset + size > AGX_STACK || offset + size < offset)
		return NULL;
	return g->stack + (size_t)lane * AGX_STACK + offset;
}

static void exec_stack_load(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = agx_format_bytes(i->format), nth = 0;
	union agx_row buffer, rows[4] = {0};
	const union agx_row *offset = int_row(g, &i->s[1], &buffer);

	for (unsigned int c = 0; c < 4; c++) {
		if (!(i->mask >> c & 1))
			continue;
		for (unsigned int l = 0; l < AGX_LANES; l++) {
			uint64_t at = ((uint64_t)offset->u[l] << i->shift) + c * size;
			const uint8_t *from = stack_pointer(g, l, at, size);

			rows[c].u[l] = from ? load_element(from, size) : 0;
		}
	}
	for (unsigned int c = 0; c < 4; c++) {
		if (!(i->mask >> c & 1))
			continue;
		unpack_row(i, &rows[c]);
		put_component(g, i, nth++, &rows[c]);
	}
}

static void exec_stack_store(struct agx_group *g, const struct agx_insn *i)
{
	unsigned int size = agx_format_bytes(i->format), nth = 0;
	bool raw = agx_format_is_raw(i->format, i->d.halves);
	union agx_row index;
	const union agx_row *offset = int_row(g, &i->s[1], &index);

	for (unsigned int c = 0; c < 4; c++) {
		union agx_row buffer;
		const union agx_row *row;

		if (!(i->mask >> c & 1))
			continue;
		row = data_row(g, i, nth++, &buffer);
		for (uint32_t left = g->mask; left; left &= left - 1) {
			unsigned int l = __builtin_ctz(left);
			uint64_t at = ((uint64_t)offset->u[l] << i->shift) + c * size;
			uint32_t value = raw ? row->u[l] :
					       agx_pack(i->format, row->u[l], i->d.halves == 2);
			uint8_t *to = stack_pointer(g, l, at, size);

			if (!to)
				continue;
			memcpy(to, &value, size);
			if (g->stack_used < at + size)
				g->stack_used = at + size;
		}
	}
}

/* Preambles load texture and sampler state registers from memory. */
static void exec_state_store(struct agx_group *g, const struct agx_insn *i)
{
	bool is_texture = i->op == AGX_TEX_STATE;
	const uint16_t *half = &g->launch->uniform[i->s[0].index];
	uint64_t va = half[0] | (uint64_t)half[1] << 16 | (uint64_t)half[2] << 32 |
		      (uint64_t)half[3] << 48;
	uint64_t bad;
	void *to;

	if (!g->writable) {
		AGX_NAME(agx_give_up)(g, i, "state store outside a preamble");
		return;
	}
	if (!g->mask)
		return;
	to = is_texture ? g->writable->texture[i->imm] : g->writable->sampler[i->imm];
	va += i->s[1].kind == AGX_IMM ? i->s[1].value :
					get_lane(g, &i->s[1], __builtin_ctz(g->mask));
	if (!gpu_read(&g->worker->front, va, to, is_texture ? AGX_TEXTURE_BYTES : AGX_SAMPLER_BYTES,
		      &bad)) {
		gpu_job_fault(g->launch->job, bad, false, "state register");
		g->state = AGX_FAILED;
	}
}

/* Packed formats in threadgroup or stack memory are not known to exist. */
static agx_exec_fn unpacked_only(const struct agx_insn *i, agx_exec_fn exec)
{
	return agx_format_is_packed(i->format) ? NULL : exec;
}

agx_exec_fn AGX_NAME(agx_select_memory)(const struct agx_insn *i)
{
	switch (i->op) {
	case AGX_LOAD:
		return exec_load;
	case AGX_STORE:
		return exec_store;
	case AGX_UNIFORM_STORE:
		return exec_uniform_store;
	case AGX_ATOMIC:
		return exec_atomic;
	case AGX_LOCAL_LOAD:
		return unpacked_only(i, exec_local_load);
	case AGX_LOCAL_STORE:
		return unpacked_only(i, exec_local_store);
	case AGX_LOCAL_ATOMIC:
		return exec_local_atomic;
	case AGX_STACK_LOAD:
		return unpacked_only(i, exec_stack_load);
	case AGX_STACK_STORE:
		return unpacked_only(i, exec_stack_store);
	case AGX_TEX_STATE:
	case AGX_SAMPLER_STATE:
		return exec_state_store;
	default:
		return NULL;
	}
}
