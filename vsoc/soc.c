// SPDX-License-Identifier: GPL-2.0
/* Puts the SoC together; main() and every test of the whole get the same one. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "pci.h"
#include "screen.h"
#include "soc.h"

/* Every line is masked until a client is served: vfu exists by then. */
static void soc_raise(void *opaque, unsigned int line)
{
	struct soc *soc = opaque;

	vfu_irq_raise(soc->vfu, VFU_IRQ_MSIX, line);
}

static void soc_reset(void *opaque)
{
	struct soc *soc = opaque;

	board_reset(soc->board);
}

/* The reset that follows forgets what was on the screen and what is overdue. */
static void soc_closing(void *opaque)
{
	struct soc *soc = opaque;

	board_check(soc->board);
	soc_write_pictures(soc);
}

static bool create_board(struct soc *soc, const void *blob, size_t size)
{
	const struct board_config config = {
		.mem = soc->mem,
		.stats = soc->stats,
		.raise = soc_raise,
		.opaque = soc,
		.no_negative_cache = soc->options.no_negative_cache,
		.stale_grace_ms = soc->options.stale_grace_ms,
	};

	soc->board = board_create(&config, blob, size);
	return soc->board;
}

static bool create_transport(struct soc *soc, const void *blob, size_t size)
{
	const struct pci_config pci_config = {
		.bus = board_bus(soc->board),
		.mem = soc->mem,
		.stats = soc->stats,
		.blob = blob,
		.blob_size = size,
		.reset = soc_reset,
		.closing = soc_closing,
		.opaque = soc,
	};
	struct vfu_config vfu_config = { .mem = soc->mem, .stats = soc->stats };

	soc->pci = pci_create(&pci_config);
	if (!soc->pci)
		return false;
	pci_describe(soc->pci, &vfu_config);
	soc->vfu = vfu_create(&vfu_config);
	return soc->vfu;
}

struct soc *soc_create(const struct soc_options *options, const void *blob, size_t size)
{
	struct soc *soc = calloc(1, sizeof(*soc));

	if (!soc)
		goto err_memory;
	soc->options = *options;
	soc->stats = stats_create();
	soc->mem = mem_create();
	if (!soc->mem)
		goto err_memory;
	if (!create_board(soc, blob, size))
		goto err_destroy;
	if (!create_transport(soc, blob, size))
		goto err_memory;
	return soc;

err_memory:
	fprintf(stderr, "vsoc: out of memory\n");
err_destroy:
	soc_destroy(soc);
	return NULL;
}

/* The models go first: their threads raise interrupts and use memory to the end. */
void soc_destroy(struct soc *soc)
{
	if (!soc)
		return;
	board_destroy(soc->board);
	vfu_destroy(soc->vfu);
	pci_destroy(soc->pci);
	mem_destroy(soc->mem);
	if (soc->stats)
		stats_destroy(soc->stats);
	free(soc);
}

void soc_write_stats(struct soc *soc, FILE *out)
{
	board_check(soc->board);
	stats_write_json(soc->stats, out);
}

void soc_write_pictures(struct soc *soc)
{
	struct display *display = board_display(soc->board);
	char path[PATH_MAX];

	if (!display || !soc->options.png_dir)
		return;
	for (unsigned int head = 0; head < display_nr_heads(display); head++) {
		int ret;

		ret = snprintf(path, sizeof(path), "%s/head-%u.png", soc->options.png_dir, head);
		if (ret < 0 || (size_t)ret >= sizeof(path))
			continue;
		ret = screen_png_write(display, head, path);
		if (ret && ret != -ENODATA)
			stats_note(soc->stats, "png", "%s: %s", path, strerror(-ret));
	}
}
