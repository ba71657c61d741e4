// SPDX-License-Identifier: GPL-2.0
/*
 * The firmware of boards whose DARTs are locked.
 *
 * It runs once after each reset, as soon as its memory is there. Until an operating system shows
 * something else, a part of guest memory that is remapped (a machine's own firmware does that while
 * it starts) takes the picture away for that time.
 */
#include "firmware.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "edid.h"
#include "mem.h"
#include "stats.h"

#define ENTRIES		(FIRMWARE_PAGE / sizeof(uint64_t))
#define LEAF_SHIFT	14
#define TABLE_SHIFT	25
#define FORMAT_XRGB8888	0x34325258
#define BYTES_PER_PIXEL	4
#define HEAD		0

struct firmware {
	struct firmware_config config;
	struct display_mode mode;
	pthread_mutex_t lock;   /* protects what follows */
	bool done;              /* tables and picture were written since the last reset */
	bool resting;           /* the picture was taken away with its memory */
	uint64_t used;          /* bytes of the memory for tables */
	uint64_t root[FIRMWARE_MAX_MAPPINGS];
};

uint32_t firmware_pixel(unsigned int x, unsigned int y)
{
	return (x & 0xff) << 16 | (y & 0xff) << 8 | ((x ^ y) & 0xff);
}

/* Everything below this line up to write_all() runs with mem_lock() held. */

static uint64_t *at(struct firmware *fw, uint64_t pa)
{
	return mem_ptr(fw->config.mem, pa, FIRMWARE_PAGE, true);
}

/* A zeroed page for a table; 0: none left. */
static uint64_t new_table(struct firmware *fw)
{
	uint64_t pa = fw->config.tables + fw->used;

	if (fw->config.tables_size - fw->used < FIRMWARE_PAGE)
		return 0;
	fw->used += FIRMWARE_PAGE;
	memset(at(fw, pa), 0, FIRMWARE_PAGE);
	return pa;
}

/* The table of leaves for @dva below @root, made if need be; @dart has the format. */
static uint64_t *leaf_table(struct firmware *fw, struct dart *dart, uint64_t root, uint64_t dva)
{
	uint64_t *entry = &at(fw, root)[dva >> TABLE_SHIFT & (ENTRIES - 1)];
	uint64_t pa;

	if (!*entry) {
		pa = new_table(fw);
		if (!pa)
			return NULL;
		*entry = htole64(dart_entry(dart, pa, false));
	}
	return at(fw, dart_entry_pa(dart, le64toh(*entry)));
}

/* Two streams of one instance, or the same one twice, have roots of their own or share one. */
static uint64_t find_root(const struct firmware *fw, unsigned int i)
{
	const struct firmware_mapping *mappings = fw->config.mappings;

	for (unsigned int j = 0; j < i; j++) {
		if (mappings[j].dart == mappings[i].dart && mappings[j].sid == mappings[i].sid)
			return fw->root[j];
	}
	return 0;
}

static bool write_mapping(struct firmware *fw, unsigned int i)
{
	const struct firmware_mapping *mapping = &fw->config.mappings[i];

	fw->root[i] = find_root(fw, i);
	if (!fw->root[i])
		fw->root[i] = new_table(fw);
	if (!fw->root[i])
		return false;
	for (uint64_t done = 0; done < fw->config.picture_size; done += FIRMWARE_PAGE) {
		uint64_t dva = dart_walked(mapping->dart, mapping->dva + done);
		uint64_t *leaves = leaf_table(fw, mapping->dart, fw->root[i], dva);

		if (!leaves)
			return false;
		leaves[dva >> LEAF_SHIFT & (ENTRIES - 1)] =
			htole64(dart_entry(mapping->dart, fw->config.picture + done, true));
	}
	return true;
}

static void paint(struct firmware *fw, uint32_t *pixels)
{
	for (unsigned int y = 0; y < fw->config.height; y++)
		for (unsigned int x = 0; x < fw->config.width; x++)
			*pixels++ = htole32(firmware_pixel(x, y));
}

/* False: the memory is not there. */
static bool write_all(struct firmware *fw)
{
	const struct firmware_config *config = &fw->config;
	bool ok = true;
	void *picture;

	picture = mem_ptr(config->mem, config->picture, config->picture_size, true);
	if (!picture || !mem_ptr(config->mem, config->tables, config->tables_size, true))
		return false;
	fw->used = 0;
	for (unsigned int i = 0; i < config->n_mappings && ok; i++)
		ok = write_mapping(fw, i);
	if (!ok) {
		stats_note(config->stats, "firmware", "not enough memory for page tables");
		return false;
	}
	paint(fw, picture);
	return true;
}

static bool memory_is_there(struct firmware *fw)
{
	bool there;

	mem_lock(fw->config.mem);
	there = mem_covers(fw->config.mem, fw->config.tables, fw->config.tables_size) &&
		mem_covers(fw->config.mem, fw->config.picture, fw->config.picture_size);
	mem_unlock(fw->config.mem);
	return there;
}

static void show(struct firmware *fw)
{
	struct display_commit commit = {
		.head = HEAD,
		.plane_mask = (1u << DISPLAY_NR_PLANES) - 1,
		.modeset = true,
		.active = true,
		.mode = fw->mode,
		.planes[0] = {
			.enable = true,
			.format = FORMAT_XRGB8888,
			.pitch = fw->config.width * BYTES_PER_PIXEL,
			.iova = fw->config.mappings[0].dva,
			.width = (uint16_t)fw->config.width,
			.height = (uint16_t)fw->config.height,
			.alpha = UINT16_MAX,
			.dst_width = (uint16_t)fw->config.width,
			.dst_height = (uint16_t)fw->config.height,
		},
	};
	uint32_t count;

	if (display_check(fw->config.display, &commit) == DISPLAY_OK)
		display_commit(fw->config.display, &commit, &count);
	else
		stats_note(fw->config.stats, "firmware", "the display refuses the picture");
}

static void run(struct firmware *fw)
{
	bool written;

	if (!memory_is_there(fw))
		return;
	if (!fw->done) {
		mem_lock(fw->config.mem);
		written = write_all(fw);
		mem_unlock(fw->config.mem);
		if (!written)
			return;
		for (unsigned int i = 0; i < fw->config.n_mappings; i++)
			dart_boot(fw->config.mappings[i].dart, fw->config.mappings[i].sid,
				  fw->root[i]);
		fw->done = true;
	}
	fw->resting = false;
	show(fw);
}

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a <= b + (b_size - 1) && b <= a + (a_size - 1);
}

/* From the transport's thread, with no lock held. */
static void memory_changes(void *opaque, uint64_t gpa, uint64_t size, bool comes)
{
	struct firmware *fw = opaque;
	const struct firmware_config *config = &fw->config;
	bool showing;

	if (!overlaps(gpa, size, config->tables, config->tables_size) &&
	    !overlaps(gpa, size, config->picture, config->picture_size))
		return;
	pthread_mutex_lock(&fw->lock);
	showing = display_shows(config->display, HEAD, config->mappings[0].dva);
	if (!comes && showing) {
		display_reset(config->display);
		fw->resting = true;
	} else if (comes && (!fw->done || fw->resting)) {
		run(fw);
	}
	pthread_mutex_unlock(&fw->lock);
}

static int find_mode(struct firmware *fw)
{
	struct edid_timing t;

	if (edid_reduced_timing(fw->config.width, fw->config.height, fw->config.hz, &t))
		return -1;
	fw->mode = (struct display_mode){
		.pixel_clock_khz = t.clock_10khz * 10,
		.hdisplay = (uint16_t)t.hdisplay,
		.hsync_start = (uint16_t)(t.hdisplay + t.hfront),
		.hsync_end = (uint16_t)(t.hdisplay + t.hfront + t.hsync),
		.htotal = (uint16_t)(t.hdisplay + t.hblank),
		.vdisplay = (uint16_t)t.vdisplay,
		.vsync_start = (uint16_t)(t.vdisplay + t.vfront),
		.vsync_end = (uint16_t)(t.vdisplay + t.vfront + t.vsync),
		.vtotal = (uint16_t)(t.vdisplay + t.vblank),
	};
	return 0;
}

struct firmware *firmware_create(const struct firmware_config *config)
{
	struct firmware *fw = calloc(1, sizeof(*fw));

	if (!fw)
		return NULL;
	fw->config = *config;
	if (find_mode(fw)) {
		free(fw);
		return NULL;
	}
	pthread_mutex_init(&fw->lock, NULL);
	mem_hold_gate(config->mem);
	mem_set_change_hook(config->mem, memory_changes, fw);
	return fw;
}

void firmware_destroy(struct firmware *fw)
{
	if (!fw)
		return;
	mem_set_change_hook(fw->config.mem, NULL, NULL);
	pthread_mutex_destroy(&fw->lock);
	free(fw);
}

void firmware_reset(struct firmware *fw)
{
	pthread_mutex_lock(&fw->lock);
	fw->done = false;
	run(fw);
	pthread_mutex_unlock(&fw->lock);
}
