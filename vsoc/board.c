// SPDX-License-Identifier: GPL-2.0
/*
 * Devicetree blob to models. fdt_check_full() vouches for the blob's structure, so that libfdt's
 * accessors stay inside it; what the properties say is checked here.
 *
 * First every node below soc is matched with a kind, then the kinds are created in the order of
 * the table, which is the order in which they need each other.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "edid.h"
#include "firmware.h"

#define MAX_NODES	64
#define SOC_SIZE	0x1000000u
#define NR_LINES	32
#define IRQ_LEVEL_HIGH	4
#define T8020_SIDS	16
#define MIN_EDGE	128  /* what an EDID detailed timing can say */
#define MAX_EDGE	4095

enum kind_id {
	KIND_INTC,
	KIND_DART_T8103,
	KIND_DART_T6000,
	KIND_DART_T8110,
	KIND_DISPLAY,
	KIND_COPROC,
	KIND_GPU,
	KIND_COMPLEX,
	KIND_IDLE,
	NR_KINDS,
};

struct node {
	int offset;               /* in the blob */
	const char *name;         /* points into the blob */
	enum kind_id kind;
	unsigned int num_sids;    /* DARTs */
	uint64_t window_base;     /* DARTs: what its masters add to their addresses */
	void *model;              /* NULL until it is created */
};

struct board {
	struct board_config config;
	struct bus *bus;
	struct intc *intc;
	void *blob;
	int soc;                  /* offset of the soc node */
	int reserved;             /* offset of the reserved-memory node, negative: none */
	struct firmware *firmware; /* NULL: the board has none */
	uint64_t soc_size;
	struct node nodes[MAX_NODES];
	unsigned int n_nodes;
};

/* @create: 0 or a negative errno after a line on stderr. @destroy and @reset may be NULL. */
struct kind {
	const char *compatible;
	int (*create)(struct board *board, struct node *node);
	void (*reset)(struct node *node);
	void (*destroy)(struct node *node);
};

static const struct kind kinds[NR_KINDS];

/* ---- properties ---- */

static int complain(const char *node, const char *property, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int complain(const char *node, const char *property, const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "vsoc: board: %s: %s%s", node, property ? property : "",
		property ? ": " : "");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return -EINVAL;
}

static uint32_t cell(const void *property, unsigned int index)
{
	uint32_t value;

	memcpy(&value, (const char *)property + index * sizeof(value), sizeof(value));
	return fdt32_to_cpu(value);
}

static uint64_t cell64(const void *property, unsigned int index)
{
	return (uint64_t)cell(property, index) << 32 | cell(property, index + 1);
}

static bool has(const struct board *board, int offset, const char *name)
{
	return fdt_getprop(board->blob, offset, name, NULL);
}

/* The property's @n cells, or NULL after a complaint. */
static const void *get_cells(const struct board *board, int offset, const char *node,
			     const char *name, int n)
{
	int len;
	const void *property = fdt_getprop(board->blob, offset, name, &len);

	if (!property) {
		complain(node, name, "missing");
		return NULL;
	}
	if (len != n * (int)sizeof(uint32_t)) {
		complain(node, name, "%d bytes, must be %d cells", len, n);
		return NULL;
	}
	return property;
}

/* 0 with *@value set, or unchanged if the property does not exist. */
static int get_optional(const struct board *board, const struct node *node, const char *name,
			unsigned int *value)
{
	const void *property;

	if (!has(board, node->offset, name))
		return 0;
	property = get_cells(board, node->offset, node->name, name, 1);
	if (!property)
		return -EINVAL;
	*value = cell(property, 0);
	return 0;
}

static int check_cell(const struct board *board, int offset, const char *node, const char *name,
		      uint32_t expected)
{
	const void *property = get_cells(board, offset, node, name, 1);

	if (!property)
		return -EINVAL;
	if (cell(property, 0) != expected)
		return complain(node, name, "is %u, must be %u", cell(property, 0), expected);
	return 0;
}

static bool is_dart(const struct node *node)
{
	return node->kind == KIND_DART_T8103 || node->kind == KIND_DART_T6000 ||
	       node->kind == KIND_DART_T8110;
}

static bool is_display(const struct node *node)
{
	return node->kind == KIND_DISPLAY;
}

static bool is_coproc(const struct node *node)
{
	return node->kind == KIND_COPROC;
}

static bool is_gpu(const struct node *node)
{
	return node->kind == KIND_GPU;
}

static bool is_intc(const struct node *node)
{
	return node->kind == KIND_INTC;
}

static struct node *first_of(struct board *board, bool (*is)(const struct node *))
{
	for (unsigned int i = 0; i < board->n_nodes; i++) {
		if (is(&board->nodes[i]))
			return &board->nodes[i];
	}
	return NULL;
}

/* The node below soc that @phandle names, or NULL. */
static struct node *find_phandle(struct board *board, uint32_t phandle)
{
	if (phandle == 0 || phandle == UINT32_MAX)
		return NULL;
	for (unsigned int i = 0; i < board->n_nodes; i++) {
		if (fdt_get_phandle(board->blob, board->nodes[i].offset) == phandle)
			return &board->nodes[i];
	}
	return NULL;
}

/* @property holds a phandle first; the node that it names if @is likes it, else a complaint. */
static struct node *resolve(struct board *board, const char *node, const char *name,
			    const void *property, bool (*is)(const struct node *), const char *what)
{
	struct node *target = find_phandle(board, cell(property, 0));

	if (!target || !is(target)) {
		complain(node, name, "phandle 0x%x is %s", cell(property, 0),
			 target ? what : "no node below soc");
		return NULL;
	}
	return target;
}

/* ---- what most nodes have ---- */

static int add_window(struct board *board, struct node *node, uint64_t size,
		      const struct bus_ops *ops, void *opaque)
{
	const void *reg = get_cells(board, node->offset, node->name, "reg", 4);
	uint64_t base;
	int ret;

	if (!reg)
		return -EINVAL;
	base = cell64(reg, 0);
	if (cell64(reg, 2) != size)
		return complain(node->name, "reg", "size 0x%llx, must be 0x%llx",
				(unsigned long long)cell64(reg, 2), (unsigned long long)size);
	if (base % 0x1000 || base > board->soc_size || size > board->soc_size - base)
		return complain(node->name, "reg", "0x%llx is unaligned or outside the SoC",
				(unsigned long long)base);
	ret = bus_add(board->bus, node->name, base, size, ops, opaque);
	if (ret == -EEXIST)
		return complain(node->name, "reg", "overlaps another node's");
	if (ret)
		return complain(node->name, "reg", "%s", strerror(-ret));
	return 0;
}

static int check_interrupt_parent(struct board *board, const struct node *node)
{
	bool own = has(board, node->offset, "interrupt-parent");
	const char *owner = own ? node->name : "soc";
	const void *parent = get_cells(board, own ? node->offset : board->soc, owner,
				       "interrupt-parent", 1);

	if (!parent)
		return -EINVAL;
	if (!resolve(board, owner, "interrupt-parent", parent, is_intc,
		     "not the interrupt controller"))
		return -EINVAL;
	return 0;
}

static struct irq_source *get_irq(struct board *board, const struct node *node)
{
	const void *interrupts = get_cells(board, node->offset, node->name, "interrupts", 2);
	struct irq_source *source;

	if (!interrupts || check_interrupt_parent(board, node))
		return NULL;
	if (cell(interrupts, 0) >= NR_LINES || cell(interrupts, 1) != IRQ_LEVEL_HIGH) {
		complain(node->name, "interrupts", "<%u %u>, must be a line below %u and %u",
			 cell(interrupts, 0), cell(interrupts, 1), NR_LINES, IRQ_LEVEL_HIGH);
		return NULL;
	}
	source = intc_source(board->intc, cell(interrupts, 0));
	if (!source)
		complain(node->name, "interrupts", "out of memory");
	return source;
}

/* Entry @i of the DARTs and streams in @iommus. */
static int get_stream(struct board *board, const struct node *node, const void *iommus,
		      unsigned int i, struct dma_port *port)
{
	const char *entry = (const char *)iommus + i * 2 * sizeof(uint32_t);
	const struct node *dart = resolve(board, node->name, "iommus", entry, is_dart,
					  "not a DART");

	if (!dart)
		return -EINVAL;
	if (cell(entry, 1) >= dart->num_sids)
		return complain(node->name, "iommus", "stream %u, %s has %u", cell(entry, 1),
				dart->name, dart->num_sids);
	*port = (struct dma_port) {
		.dart = dart->model,
		.mem = board->config.mem,
		.sid = cell(entry, 1),
		.high = dart->window_base,
	};
	return 0;
}

static int get_port(struct board *board, const struct node *node, struct dma_port *port)
{
	const void *iommus = get_cells(board, node->offset, node->name, "iommus", 2);

	return iommus ? get_stream(board, node, iommus, 0, port) : -EINVAL;
}

/* ---- the kinds ---- */

static int create_intc(struct board *board, struct node *node)
{
	if (!has(board, node->offset, "interrupt-controller"))
		return complain(node->name, "interrupt-controller", "missing");
	if (check_cell(board, node->offset, node->name, "#interrupt-cells", 2))
		return -EINVAL;
	/* Made with the board, as every other node needs it. */
	node->model = board->intc;
	return add_window(board, node, 0x1000, &intc_bus_ops, node->model);
}

/* The window of the masters; its high bits are those that they add. */
static int get_window(struct board *board, const struct node *node, struct dart_config *config)
{
	const void *range;
	uint64_t lowest;

	if (!has(board, node->offset, "apple,dma-range"))
		return 0;
	range = get_cells(board, node->offset, node->name, "apple,dma-range", 4);
	if (!range)
		return -EINVAL;
	config->window_base = cell64(range, 0);
	config->window_size = cell64(range, 2);
	/* Those bits can be added only if they are 0 in every offset. */
	lowest = config->window_base & (~config->window_base + 1);
	if (!config->window_size || (lowest && lowest < config->window_size))
		return complain(node->name, "apple,dma-range",
				"empty, or not aligned to its size");
	return 0;
}

static int get_dart_config(struct board *board, const struct node *node,
			   struct dart_config *config)
{
	static const char *const t8110_only[] = { "vsoc,num-sids", "vsoc,pa-width",
						  "vsoc,va-width" };
	unsigned int *const values[] = { &config->num_sids, &config->pa_width,
					 &config->va_width };

	if (get_optional(board, node, "vsoc,page-shift", &config->page_shift))
		return -EINVAL;
	if (config->page_shift != 12 && config->page_shift != 14)
		return complain(node->name, "vsoc,page-shift", "%u, must be 12 or 14",
				config->page_shift);
	for (unsigned int i = 0; i < 3; i++) {
		if (has(board, node->offset, t8110_only[i]) && node->kind != KIND_DART_T8110)
			return complain(node->name, t8110_only[i], "only a t8110 DART has it");
		if (get_optional(board, node, t8110_only[i], values[i]))
			return -EINVAL;
	}
	if (get_window(board, node, config))
		return -EINVAL;
	if (config->num_sids < 1 || config->num_sids > 256)
		return complain(node->name, "vsoc,num-sids", "%u, must be 1..256",
				config->num_sids);
	return 0;
}

static int create_dart(struct board *board, struct node *node)
{
	static const enum dart_generation generations[NR_KINDS] = {
		[KIND_DART_T8103] = DART_T8020_DART1,
		[KIND_DART_T6000] = DART_T8020_DART2,
		[KIND_DART_T8110] = DART_T8110,
	};
	struct dart_config config = {
		.name = node->name,
		.generation = generations[node->kind],
		.page_shift = 14,
		.num_sids = T8020_SIDS,
		.pa_width = 36,
		.va_width = 36,
		.bypass = has(board, node->offset, "vsoc,bypass"),
		.locked = has(board, node->offset, "vsoc,locked"),
		.no_negative_cache = board->config.no_negative_cache ||
				     has(board, node->offset, "apple,no-negative-cache"),
		.stale_grace_ms = board->config.stale_grace_ms,
	};
	struct irq_source *irq;

	if (check_cell(board, node->offset, node->name, "#iommu-cells", 1) ||
	    get_dart_config(board, node, &config))
		return -EINVAL;
	irq = get_irq(board, node);
	if (!irq)
		return -EINVAL;
	node->model = dart_create(&config, board->config.mem, irq, board->config.stats);
	if (!node->model)
		return -EINVAL;
	node->num_sids = config.num_sids;
	node->window_base = config.window_base;
	return add_window(board, node, 0x4000, &dart_bus_ops, node->model);
}

static void reset_dart(struct node *node)
{
	dart_reset(node->model);
}

static void destroy_dart(struct node *node)
{
	dart_destroy(node->model);
}

static int get_refresh(struct board *board, int offset, const char *name, unsigned int *hz)
{
	const void *refresh;

	*hz = EDID_DEFAULT_HZ;
	if (!has(board, offset, "vsoc,refresh-hz"))
		return 0;
	refresh = get_cells(board, offset, name, "vsoc,refresh-hz", 1);
	if (!refresh)
		return -EINVAL;
	*hz = cell(refresh, 0);
	if (*hz < EDID_MIN_HZ || *hz > EDID_MAX_HZ)
		return complain(name, "vsoc,refresh-hz", "%u, must be %u..%u", *hz, EDID_MIN_HZ,
				EDID_MAX_HZ);
	return 0;
}

static int get_head(struct board *board, const struct node *node, int offset,
		    struct display_config *config)
{
	const char *name = fdt_get_name(board->blob, offset, NULL);
	const void *reg, *mode;
	struct display_head_config *head;

	if (!name || strncmp(name, "head@", 5))
		return complain(node->name, NULL, "a child that is no head");
	reg = get_cells(board, offset, name, "reg", 1);
	mode = get_cells(board, offset, name, "vsoc,mode", 2);
	if (!reg || !mode)
		return -EINVAL;
	if (config->nr_heads >= DISPLAY_MAX_HEADS || cell(reg, 0) != config->nr_heads)
		return complain(name, "reg", "%u: heads are counted from 0 without a gap, to %u",
				cell(reg, 0), DISPLAY_MAX_HEADS - 1);
	head = &config->heads[config->nr_heads];
	head->width = cell(mode, 0);
	head->height = cell(mode, 1);
	head->disconnected = has(board, offset, "vsoc,disconnected");
	if (head->width < MIN_EDGE || head->width > MAX_EDGE || head->height < MIN_EDGE ||
	    head->height > MAX_EDGE)
		return complain(name, "vsoc,mode", "%ux%u, edges must be %u..%u", head->width,
				head->height, MIN_EDGE, MAX_EDGE);
	if (get_refresh(board, offset, name, &head->hz))
		return -EINVAL;
	config->nr_heads++;
	return 0;
}

static int create_display(struct board *board, struct node *node)
{
	struct display_config config = { .name = node->name };
	struct dma_port port;
	struct irq_source *irq;
	int child;

	fdt_for_each_subnode(child, board->blob, node->offset) {
		if (get_head(board, node, child, &config))
			return -EINVAL;
	}
	if (!config.nr_heads)
		return complain(node->name, NULL, "no head");
	if (get_port(board, node, &port))
		return -EINVAL;
	irq = get_irq(board, node);
	if (!irq)
		return -EINVAL;
	node->model = display_create(&config, &port, irq, board->config.stats);
	if (!node->model)
		return complain(node->name, NULL, "cannot be created");
	return add_window(board, node, 0x10000, &display_bus_ops, node->model);
}

static void reset_display(struct node *node)
{
	display_reset(node->model);
}

static void destroy_display(struct node *node)
{
	display_destroy(node->model);
}

/* The node that the one-cell property @name points to. */
static struct node *get_link(struct board *board, const struct node *node, const char *name,
			     bool (*is)(const struct node *), const char *what)
{
	const void *link = get_cells(board, node->offset, node->name, name, 1);

	return link ? resolve(board, node->name, name, link, is, what) : NULL;
}

static int create_coproc(struct board *board, struct node *node)
{
	const struct node *display = get_link(board, node, "vsoc,display", is_display,
					      "not a display engine");
	struct dma_port port;
	struct irq_source *irq;

	if (!display || get_port(board, node, &port))
		return -EINVAL;
	irq = get_irq(board, node);
	if (!irq)
		return -EINVAL;
	node->model = coproc_create(node->name, display->model, &port, irq, board->config.stats);
	if (!node->model)
		return complain(node->name, NULL, "cannot be created");
	return add_window(board, node, 0x4000, &coproc_bus_ops, node->model);
}

static void reset_coproc(struct node *node)
{
	coproc_reset(node->model);
}

static void destroy_coproc(struct node *node)
{
	coproc_destroy(node->model);
}

static int get_gpu_ports(struct board *board, const struct node *node,
			 struct gpu_device_config *config)
{
	const void *iommus = get_cells(board, node->offset, node->name, "iommus",
				       2 * GPU_INSTANCES);

	if (!iommus)
		return -EINVAL;
	for (unsigned int i = 0; i < GPU_INSTANCES; i++) {
		if (get_stream(board, node, iommus, i, &config->ports[i]))
			return -EINVAL;
		if (config->ports[i].sid)
			return complain(node->name, "iommus", "stream %u, must be 0",
					config->ports[i].sid);
	}
	return 0;
}

static int create_gpu(struct board *board, struct node *node)
{
	struct gpu_device_config config = { .name = node->name, .threads = -1 };
	const void *bits = get_cells(board, node->offset, node->name, "pasid-num-bits", 1);
	struct irq_source *irq;

	if (!bits || get_gpu_ports(board, node, &config))
		return -EINVAL;
	if (cell(bits, 0) < 1 || cell(bits, 0) > 4)
		return complain(node->name, "pasid-num-bits", "%u, must be 1..4", cell(bits, 0));
	config.n_streams = 1u << cell(bits, 0);
	irq = get_irq(board, node);
	if (!irq)
		return -EINVAL;
	node->model = gpu_device_create(&config, irq, board->config.stats);
	if (!node->model)
		return -EINVAL;
	return add_window(board, node, 0x4000, &gpu_device_bus_ops, node->model);
}

static void reset_gpu(struct node *node)
{
	gpu_device_reset(node->model);
}

static void destroy_gpu(struct node *node)
{
	gpu_device_destroy(node->model);
}

/* Only the drivers use it; checked here all the same, where the message is clear. */
static int create_complex(struct board *board, struct node *node)
{
	if (!get_link(board, node, "vsoc,display", is_display, "not a display engine") ||
	    !get_link(board, node, "vsoc,coprocessor", is_coproc, "not a coprocessor"))
		return -EINVAL;
	if (has(board, node->offset, "vsoc,gpu") &&
	    !get_link(board, node, "vsoc,gpu", is_gpu, "not a GPU"))
		return -EINVAL;
	return 0;
}

/* Has nothing but its places behind DARTs, for drivers to attach. */
static int create_idle(struct board *board, struct node *node)
{
	const int entry_size = 2 * sizeof(uint32_t);
	struct dma_port port;
	const void *iommus;
	int len, i;

	iommus = fdt_getprop(board->blob, node->offset, "iommus", &len);
	if (!iommus)
		return complain(node->name, "iommus", "missing");
	if (!len || len % entry_size)
		return complain(node->name, "iommus", "%d bytes, must be pairs of cells", len);
	for (i = 0; i < len / entry_size; i++) {
		if (get_stream(board, node, iommus, (unsigned int)i, &port))
			return -EINVAL;
	}
	return 0;
}

/* In the order of creation; destroyed and reset the other way round: masters before DARTs. */
static const struct kind kinds[NR_KINDS] = {
	[KIND_INTC] = { "vsoc,intc", create_intc, NULL, NULL },
	[KIND_DART_T8103] = { "apple,t8103-dart", create_dart, reset_dart, destroy_dart },
	[KIND_DART_T6000] = { "apple,t6000-dart", create_dart, reset_dart, destroy_dart },
	[KIND_DART_T8110] = { "apple,t8110-dart", create_dart, reset_dart, destroy_dart },
	[KIND_DISPLAY] = { "vsoc,display", create_display, reset_display, destroy_display },
	[KIND_COPROC] = { "vsoc,coprocessor", create_coproc, reset_coproc, destroy_coproc },
	[KIND_GPU] = { "vsoc,gpu", create_gpu, reset_gpu, destroy_gpu },
	[KIND_COMPLEX] = { "vsoc,graphics-complex", create_complex, NULL, NULL },
	[KIND_IDLE] = { "vsoc,idle-master", create_idle, NULL, NULL },
};

/* ---- the tree ---- */

/* Names end up in messages, file names of counters and the protocol: plain characters only. */
static bool name_is_plain(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++) {
		bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');

		if (!letter && !(*name >= '0' && *name <= '9') && !strchr(",._+-@", *name))
			return false;
	}
	return true;
}

static int check_name(const struct board *board, const char *name)
{
	if (!name || !name_is_plain(name))
		return complain("soc", NULL, "a child whose name is not a node name");
	for (unsigned int i = 0; i < board->n_nodes; i++) {
		if (!strcmp(board->nodes[i].name, name))
			return complain(name, NULL, "exists twice");
	}
	return 0;
}

static int match_node(struct board *board, int offset)
{
	const char *name = fdt_get_name(board->blob, offset, NULL);
	unsigned int kind = 0;

	if (check_name(board, name))
		return -EINVAL;
	if (board->n_nodes == MAX_NODES)
		return complain(name, NULL, "too many nodes");
	while (kind < NR_KINDS &&
	       fdt_node_check_compatible(board->blob, offset, kinds[kind].compatible))
		kind++;
	if (kind == NR_KINDS)
		return complain(name, "compatible", "%s",
				has(board, offset, "compatible") ? "unknown" : "missing");
	board->nodes[board->n_nodes++] = (struct node){
		.offset = offset,
		.name = name,
		.kind = kind,
	};
	return 0;
}

static unsigned int count_kind(const struct board *board, enum kind_id kind)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < board->n_nodes; i++)
		n += board->nodes[i].kind == kind;
	return n;
}

static int check_phandles(const struct board *board)
{
	for (unsigned int i = 0; i < board->n_nodes; i++) {
		uint32_t phandle = fdt_get_phandle(board->blob, board->nodes[i].offset);

		for (unsigned int j = 0; phandle && j < i; j++) {
			if (fdt_get_phandle(board->blob, board->nodes[j].offset) == phandle)
				return complain(board->nodes[i].name, "phandle",
						"0x%x is %s's too", phandle,
						board->nodes[j].name);
		}
	}
	return 0;
}

static int match_nodes(struct board *board)
{
	int child;

	fdt_for_each_subnode(child, board->blob, board->soc) {
		if (match_node(board, child))
			return -EINVAL;
	}
	if (count_kind(board, KIND_INTC) != 1)
		return complain("soc", NULL, "must have exactly one vsoc,intc");
	return check_phandles(board);
}

static int check_ranges(struct board *board)
{
	const void *ranges = get_cells(board, board->soc, "soc", "ranges", 6);

	if (!ranges || check_cell(board, board->soc, "soc", "#address-cells", 2) ||
	    check_cell(board, board->soc, "soc", "#size-cells", 2))
		return -EINVAL;
	board->soc_size = cell64(ranges, 4);
	if (cell64(ranges, 0) || cell64(ranges, 2) || !board->soc_size ||
	    board->soc_size > SOC_SIZE)
		return complain("soc", "ranges", "must be <0 0 0 0 size>, at most 0x%x",
				SOC_SIZE);
	return 0;
}

static int find_soc(struct board *board)
{
	int overlay = fdt_path_offset(board->blob, "/fragment@0/__overlay__");
	int child, fragment, n_fragments = 0;

	if (overlay < 0)
		return complain("/fragment@0/__overlay__", NULL, "not there: no overlay");
	fdt_for_each_subnode(fragment, board->blob, 0) {
		const char *name = fdt_get_name(board->blob, fragment, NULL);

		n_fragments += name && !strncmp(name, "fragment", 8);
	}
	if (n_fragments != 1)
		return complain("/", NULL, "%d fragments, must be 1", n_fragments);

	board->soc = -1;
	board->reserved = fdt_subnode_offset(board->blob, overlay, "reserved-memory");
	fdt_for_each_subnode(child, board->blob, overlay) {
		if (child == board->reserved)
			continue;
		if (board->soc >= 0)
			return complain("/fragment@0/__overlay__", NULL,
					"more than one node beside reserved-memory");
		board->soc = child;
	}
	if (board->soc < 0 || fdt_node_check_compatible(board->blob, board->soc, "vsoc,soc"))
		return complain("/fragment@0/__overlay__", NULL, "no node is a vsoc,soc");
	return 0;
}

/* libfdt wants its blob aligned: the copy is what is checked and used. */
static int take_blob(struct board *board, const void *blob, size_t size)
{
	int ret;

	if (size > BOARD_MAX_BLOB)
		return complain("/", NULL, "more than %u bytes", BOARD_MAX_BLOB);
	board->blob = malloc(size + 1);
	if (!board->blob)
		return complain("/", NULL, "out of memory");
	memcpy(board->blob, blob, size);
	ret = size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED :
						 fdt_check_full(board->blob, size);
	if (ret)
		return complain("/", NULL, "no devicetree blob: %s", fdt_strerror(ret));
	return 0;
}

/* ---- firmware ---- */

/* The child of reserved-memory that is @compatible; negative: none. */
static int find_reserved(const struct board *board, const char *compatible)
{
	int child;

	if (board->reserved < 0)
		return -1;
	fdt_for_each_subnode(child, board->blob, board->reserved) {
		const char *name = fdt_get_name(board->blob, child, NULL);

		if (name && name_is_plain(name) &&
		    !fdt_node_check_compatible(board->blob, child, compatible))
			return child;
	}
	return -1;
}

static int get_reserved(const struct board *board, int offset, uint64_t *base, uint64_t *size)
{
	const char *name = fdt_get_name(board->blob, offset, NULL);
	const void *reg = get_cells(board, offset, name, "reg", 4);

	if (!reg)
		return -EINVAL;
	*base = cell64(reg, 0);
	*size = cell64(reg, 2);
	if (!*size || (*base | *size) % FIRMWARE_PAGE || *size - 1 > UINT64_MAX - *base)
		return complain(name, "reg", "not whole pages of 16 KiB");
	return 0;
}

/* One entry of iommu-addresses: the master's phandle, then address and size, two cells each. */
static int get_mapping(struct board *board, const char *name, const void *entry, uint64_t size,
		       struct firmware_mapping *mapping)
{
	const struct node *master = find_phandle(board, cell(entry, 0));
	struct dma_port port;

	if (!master || (!is_display(master) && !is_coproc(master)))
		return complain(name, "iommu-addresses", "phandle 0x%x is no master",
				cell(entry, 0));
	if (cell64(entry, 1) % FIRMWARE_PAGE || cell64(entry, 3) != size)
		return complain(name, "iommu-addresses", "not aligned, or not as large as reg");
	if (get_port(board, master, &port))
		return -EINVAL;
	if (dart_page_size(port.dart) != FIRMWARE_PAGE)
		return complain(name, "iommu-addresses", "%s is behind small pages", master->name);
	mapping->dart = port.dart;
	mapping->sid = port.sid;
	mapping->dva = cell64(entry, 1) | port.high;
	return 0;
}

/* The display's mapping comes first. */
static int get_mappings(struct board *board, int offset, struct firmware_config *config)
{
	const int entry_size = 5 * sizeof(uint32_t);
	const char *name = fdt_get_name(board->blob, offset, NULL);
	const char *entries;
	int len, i;

	entries = fdt_getprop(board->blob, offset, "iommu-addresses", &len);
	if (!entries || !len || len % entry_size ||
	    len / entry_size > FIRMWARE_MAX_MAPPINGS)
		return complain(name, "iommu-addresses", "missing, or not 1 to %u entries",
				FIRMWARE_MAX_MAPPINGS);
	config->n_mappings = (unsigned int)(len / entry_size);
	for (i = 0; i < len / entry_size; i++) {
		if (get_mapping(board, name, entries + i * entry_size, config->picture_size,
				&config->mappings[i]))
			return -EINVAL;
	}
	if (!is_display(find_phandle(board, cell(entries, 0))))
		return complain(name, "iommu-addresses", "the first entry is not the display's");
	return 0;
}

/* The picture has the size of the first head's preferred mode. */
static int get_picture(struct board *board, int offset, struct firmware_config *config)
{
	const struct node *display = first_of(board, is_display);
	const char *name = fdt_get_name(board->blob, offset, NULL);
	const void *mode;
	int head;

	if (!display)
		return complain(name, NULL, "there is no display");
	head = fdt_subnode_offset(board->blob, display->offset, "head@0");
	mode = head < 0 ? NULL : get_cells(board, head, display->name, "vsoc,mode", 2);
	if (!mode || get_refresh(board, head, display->name, &config->hz))
		return -EINVAL;
	config->display = display->model;
	config->width = cell(mode, 0);
	config->height = cell(mode, 1);
	if ((uint64_t)config->width * config->height * 4 > config->picture_size)
		return complain(name, "reg", "too small for the mode of head 0");
	return 0;
}

static int create_firmware(struct board *board)
{
	int picture = find_reserved(board, "vsoc,boot-framebuffer");
	int tables = find_reserved(board, "vsoc,boot-tables");
	struct firmware_config config = {
		.mem = board->config.mem,
		.stats = board->config.stats,
	};

	if (picture < 0 && tables < 0)
		return 0;
	if (picture < 0 || tables < 0)
		return complain("reserved-memory", NULL, "framebuffer and tables go together");
	if (get_reserved(board, picture, &config.picture, &config.picture_size) ||
	    get_reserved(board, tables, &config.tables, &config.tables_size) ||
	    get_mappings(board, picture, &config) || get_picture(board, picture, &config))
		return -EINVAL;
	board->firmware = firmware_create(&config);
	return board->firmware ? 0 : complain("reserved-memory", NULL, "cannot be created");
}

static int create_models(struct board *board)
{
	for (unsigned int kind = 0; kind < NR_KINDS; kind++) {
		for (unsigned int i = 0; i < board->n_nodes; i++) {
			struct node *node = &board->nodes[i];

			if (node->kind == kind && kinds[kind].create(board, node))
				return -EINVAL;
		}
	}
	return 0;
}

static int build(struct board *board, const void *blob, size_t size)
{
	if (take_blob(board, blob, size))
		return -EINVAL;
	board->bus = bus_create(board->config.stats);
	board->intc = intc_create(board->config.stats, board->config.raise,
				  board->config.opaque);
	if (!board->bus || !board->intc)
		return complain("/", NULL, "out of memory");
	if (find_soc(board) || check_ranges(board) || match_nodes(board) || create_models(board))
		return -EINVAL;
	return create_firmware(board);
}

struct board *board_create(const struct board_config *config, const void *blob, size_t size)
{
	struct board *board = calloc(1, sizeof(*board));

	if (!board)
		return NULL;
	board->config = *config;
	if (build(board, blob, size)) {
		board_destroy(board);
		return NULL;
	}
	return board;
}

/* ---- the board at work ---- */

void board_destroy(struct board *board)
{
	if (!board)
		return;
	firmware_destroy(board->firmware);
	for (int kind = NR_KINDS - 1; kind >= 0; kind--) {
		for (unsigned int i = 0; i < board->n_nodes; i++) {
			struct node *node = &board->nodes[i];

			if ((int)node->kind == kind && node->model && kinds[kind].destroy)
				kinds[kind].destroy(node);
		}
	}
	bus_destroy(board->bus);
	intc_destroy(board->intc);
	free(board->blob);
	free(board);
}

void board_reset(struct board *board)
{
	intc_reset(board->intc);
	for (int kind = NR_KINDS - 1; kind >= 0; kind--) {
		for (unsigned int i = 0; i < board->n_nodes; i++) {
			struct node *node = &board->nodes[i];

			if ((int)node->kind == kind && kinds[kind].reset)
				kinds[kind].reset(node);
		}
	}
	if (board->firmware)
		firmware_reset(board->firmware);
}

void board_check(struct board *board)
{
	for (unsigned int i = 0; i < board->n_nodes; i++) {
		if (is_dart(&board->nodes[i]))
			dart_check(board->nodes[i].model);
	}
}

struct bus *board_bus(struct board *board)
{
	return board->bus;
}

struct display *board_display(struct board *board)
{
	const struct node *node = first_of(board, is_display);

	return node ? node->model : NULL;
}

struct coproc *board_coproc(struct board *board)
{
	const struct node *node = first_of(board, is_coproc);

	return node ? node->model : NULL;
}

struct gpu_device *board_gpu(struct board *board)
{
	const struct node *node = first_of(board, is_gpu);

	return node ? node->model : NULL;
}

struct dart *board_dart(struct board *board, const char *name)
{
	for (unsigned int i = 0; i < board->n_nodes; i++) {
		if (is_dart(&board->nodes[i]) && !strcmp(board->nodes[i].name, name))
			return board->nodes[i].model;
	}
	return NULL;
}
