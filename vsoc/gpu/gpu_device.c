// SPDX-License-Identifier: GPL-2.0
/*
 * Registers and rings of the GPU (Documentation/vsoc/registers.rst). A thread takes entries from
 * the submit ring and gives them to their contexts; whatever comes from the guest is copied once,
 * then checked, then used.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "gpu_device_internal.h"

#define REG_ID			0x000
#define  ID_VALUE		0x56475055
#define REG_VERSION		0x004
#define REG_CTRL		0x008
#define  CTRL_RUN		(1u << 0)
#define REG_STATUS		0x00c
#define  STATUS_RUNNING		(1u << 0)
#define  STATUS_DEAD		(1u << 1)
#define REG_IRQ_STATUS		0x010
#define REG_IRQ_ENABLE		0x014
#define  IRQ_COMPLETION		(1u << 0)
#define  IRQ_ERROR		(1u << 1)
#define  IRQ_ALL		(IRQ_COMPLETION | IRQ_ERROR)
#define REG_ABORT		0x018
#define REG_CLOCK		0x020
#define REG_GENERATION		0x030
#define REG_VARIANT		0x034
#define REG_REVISION		0x038
#define REG_CHIP_ID		0x03c
#define REG_NR_CLUSTERS		0x040
#define REG_CORES		0x044
#define REG_MAX_FREQUENCY	0x048
#define REG_NR_CONTEXTS		0x04c
#define REG_CORE_MASK		0x050
#define REG_NR_STREAMS		0x058
#define REG_SUBMIT_BASE		0x100
#define REG_SUBMIT_SIZE		0x108
#define REG_SUBMIT_HEAD		0x10c
#define REG_SUBMIT_TAIL		0x110
#define REG_DONE_BASE		0x120
#define REG_DONE_SIZE		0x128
#define REG_DONE_HEAD		0x12c
#define REG_DONE_TAIL		0x130
#define REG_ERROR_CAUSE		0x140
#define REG_ERROR_ADDRESS	0x148
#define REG_HIGH		4	/* from a 64-bit register's low half to its high one */

#define RING_ALIGN		0x4000
#define SUBMIT_MAX		1024
#define DONE_MAX		4096

#define ENTRY_JOB		0x00
#define ENTRY_CONTEXT		0x08
#define ENTRY_STREAM		0x0c
#define ENTRY_USC_BASE		0x10
#define ENTRY_COMMANDS		0x18
#define ENTRY_N_COMMANDS	0x20
#define ENTRY_TIMEOUT		0x24
#define ENTRY_RESERVED		0x28

/* Added to the niceness of the process. */
#define GPU_NICE		5

#define NS_PER_SEC		1000000000ull
/* Jobs ask the DARTs again after so long: what has become stale is found out. */
#define REFRESH_NS		10000000ull

uint64_t gpu_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SEC + (uint64_t)now.tv_nsec;
}

/* State; callers hold @lock. */

static void update_irq(struct gpu_device *gpu)
{
	irq_set(gpu->irq, gpu->irq_status & gpu->irq_enable);
}

void gpu_raise(struct gpu_device *gpu, uint32_t bits)
{
	gpu->irq_status |= bits;
	update_irq(gpu);
}

bool gpu_stale(const struct gpu_device *gpu, uint64_t run_id)
{
	return gpu->run_id != run_id;
}

static void stop(struct gpu_device *gpu)
{
	gpu->run_id++;
	gpu_contexts_stop(gpu);
	pthread_cond_broadcast(&gpu->room);
	pthread_cond_signal(&gpu->wake);
}

void gpu_die(struct gpu_device *gpu, enum gpu_death why, uint64_t address)
{
	if (gpu->death)
		return;
	gpu->death = why;
	gpu->error_address = address;
	stat_inc(&gpu->deaths);
	stats_note(gpu->stats, gpu->name, "dead: cause %u, address 0x%llx", why,
		   (unsigned long long)address);
	stop(gpu);
	gpu_raise(gpu, IRQ_ERROR);
}

/* Done ring */

static void write_done_entry(uint8_t *raw, const struct gpu_entry *entry,
			     const struct gpu_result *result)
{
	gpu_put64(raw + 0x00, entry->job);
	gpu_put32(raw + 0x08, result->status);
	gpu_put32(raw + 0x0c, result->command);
	gpu_put64(raw + 0x10, result->fault_address);
	gpu_put32(raw + 0x18, result->fault_flags);
	gpu_put32(raw + 0x1c, entry->stream);
	gpu_put64(raw + 0x20, result->instructions);
	gpu_put64(raw + 0x28, result->start);
	gpu_put64(raw + 0x30, result->end);
	gpu_put32(raw + 0x38, result->launches);
	gpu_put32(raw + 0x3c, entry->context);
}

static uint64_t slot(const struct gpu_ring *ring, uint32_t index)
{
	return ring->base + (uint64_t)(index & (ring->size - 1)) * GPU_ENTRY_BYTES;
}

static bool done_wait(struct gpu_device *gpu, uint64_t run_id)
{
	while (!gpu_stale(gpu, run_id) &&
	       (gpu->done_busy || gpu->done.tail - gpu->done.head >= gpu->done.size))
		pthread_cond_wait(&gpu->room, &gpu->lock);
	return !gpu_stale(gpu, run_id);
}

static void done_written(struct gpu_device *gpu, const struct gpu_result *result)
{
	gpu->done.tail++;
	stat_inc(&gpu->by_status[result->status]);
	gpu_raise(gpu, IRQ_COMPLETION);
}

/**
 * gpu_done_write() - report the end of a job
 * @gpu: the GPU, not locked
 * @run_id: that the job belongs to
 * @entry: of the job
 * @result: what became of it
 *
 * Waits for room. A stale run's jobs are not reported.
 *
 * Return: was it reported?
 */
bool gpu_done_write(struct gpu_device *gpu, uint64_t run_id, const struct gpu_entry *entry,
		    const struct gpu_result *result)
{
	uint8_t raw[GPU_ENTRY_BYTES];
	bool ok = false, fault;
	uint64_t address;

	write_done_entry(raw, entry, result);
	pthread_mutex_lock(&gpu->lock);
	if (!done_wait(gpu, run_id))
		goto out_unlock;
	gpu->done_busy = true;
	address = slot(&gpu->done, gpu->done.tail);
	pthread_mutex_unlock(&gpu->lock);
	fault = dma_write(&gpu->ports[0], address, raw, sizeof(raw), NULL);
	pthread_mutex_lock(&gpu->lock);
	gpu->done_busy = false;
	pthread_cond_broadcast(&gpu->room);
	if (gpu_stale(gpu, run_id))
		goto out_unlock;
	ok = !fault;
	if (ok)
		done_written(gpu, result);
	else
		gpu_die(gpu, GPU_DEAD_DONE_FAULT, address);
out_unlock:
	pthread_mutex_unlock(&gpu->lock);
	return ok;
}

/* Submit ring */

static void parse_entry(const struct gpu_device *gpu, const uint8_t *raw, struct gpu_entry *entry)
{
	entry->job = gpu_get64(raw + ENTRY_JOB);
	entry->context = gpu_get32(raw + ENTRY_CONTEXT);
	entry->stream = gpu_get32(raw + ENTRY_STREAM);
	entry->usc_base = gpu_get64(raw + ENTRY_USC_BASE);
	entry->commands = gpu_get64(raw + ENTRY_COMMANDS);
	entry->n_commands = gpu_get32(raw + ENTRY_N_COMMANDS);
	entry->timeout_ms = gpu_get32(raw + ENTRY_TIMEOUT);
	entry->bad = entry->context >= GPU_NR_CONTEXTS || !entry->stream ||
		     entry->stream >= gpu->n_streams || entry->commands % GPU_ENTRY_BYTES ||
		     !entry->n_commands || entry->n_commands > GPU_MAX_COMMANDS;
	for (unsigned int i = ENTRY_RESERVED; i < GPU_ENTRY_BYTES; i++)
		entry->bad |= raw[i];
}

/* Ends a job that no context can take. */
static void refuse(struct gpu_device *gpu, uint64_t run_id, struct gpu_entry *entry)
{
	struct gpu_result result = {
		.status = entry->bad ? GPU_BAD_ENTRY : GPU_NO_MEMORY,
		.end = gpu_clock(),
	};

	stats_note(gpu->stats, gpu->name, "job %llu, context %u: %s",
		   (unsigned long long)entry->job, entry->context,
		   entry->bad ? "bad entry" : "no memory for a context");
	gpu_done_write(gpu, run_id, entry, &result);
	pthread_mutex_lock(&gpu->lock);
	gpu->n_held--;
	pthread_mutex_unlock(&gpu->lock);
	free(entry);
}

static void take(struct gpu_device *gpu, uint64_t run_id, struct gpu_entry *entry)
{
	bool queued = false, stale;

	pthread_mutex_lock(&gpu->lock);
	stale = gpu_stale(gpu, run_id);
	if (!stale) {
		entry->index = gpu->n_taken++;
		gpu->submit.head++;
		gpu->n_held++;
		stat_inc(&gpu->jobs);
		/* A bad one that has a context waits for its turn there. */
		queued = entry->context < GPU_NR_CONTEXTS && gpu_context_queue(gpu, entry);
	}
	pthread_mutex_unlock(&gpu->lock);
	if (stale)
		free(entry);
	else if (!queued)
		refuse(gpu, run_id, entry);
}

static void fetch(struct gpu_device *gpu, uint64_t run_id, uint64_t address)
{
	struct gpu_entry *entry = calloc(1, sizeof(*entry));
	uint8_t raw[GPU_ENTRY_BYTES];
	uint64_t bad;

	if (!gpu->engine)
		gpu->engine = gpu_engine_create(gpu->threads);
	if (!entry)
		return; /* and come again */
	if (!dma_read(&gpu->ports[0], address, raw, sizeof(raw), &bad)) {
		parse_entry(gpu, raw, entry);
		take(gpu, run_id, entry);
		return;
	}
	free(entry);
	pthread_mutex_lock(&gpu->lock);
	if (!gpu_stale(gpu, run_id))
		gpu_die(gpu, GPU_DEAD_SUBMIT_FAULT, address);
	pthread_mutex_unlock(&gpu->lock);
}

/* The ring's thread; called with the lock held. */

static bool can_fetch(const struct gpu_device *gpu)
{
	return gpu->running && !gpu->death && gpu->submit.head != gpu->submit.tail &&
	       gpu->n_held < GPU_MAX_HELD;
}

static void follow_run(struct gpu_device *gpu)
{
	gpu->running = gpu->run && !gpu->death;
	pthread_cond_broadcast(&gpu->stopped);
}

static void wait_for_work(struct gpu_device *gpu)
{
	struct timespec until;
	uint64_t at = gpu_clock() + REFRESH_NS;

	if (!gpu->n_active) {
		pthread_cond_wait(&gpu->wake, &gpu->lock);
		return;
	}
	until.tv_sec = at / NS_PER_SEC;
	until.tv_nsec = at % NS_PER_SEC;
	if (!pthread_cond_timedwait(&gpu->wake, &gpu->lock, &until))
		return;
	for (unsigned int i = 0; i < GPU_INSTANCES; i++)
		gpu_contexts_drop(gpu, i, NULL);
}

/* A real GPU takes no time from the CPUs. All of the GPU's threads descend from the one that calls. */
static void stand_back(void)
{
	int priority;

	errno = 0;
	priority = getpriority(PRIO_PROCESS, (id_t)gettid());
	if (!errno)
		setpriority(PRIO_PROCESS, (id_t)gettid(), priority + GPU_NICE);
}

static void *ring_thread(void *opaque)
{
	struct gpu_device *gpu = opaque;
	uint64_t run_id = 0;

	stand_back();
	pthread_mutex_lock(&gpu->lock);
	while (!gpu->quit) {
		if (gpu_stale(gpu, run_id) && !gpu->n_active) {
			run_id = gpu->run_id;
			follow_run(gpu);
		} else if (!gpu_stale(gpu, run_id) && can_fetch(gpu)) {
			uint64_t address = slot(&gpu->submit, gpu->submit.head);

			pthread_mutex_unlock(&gpu->lock);
			fetch(gpu, run_id, address);
			pthread_mutex_lock(&gpu->lock);
		} else {
			wait_for_work(gpu);
		}
	}
	pthread_mutex_unlock(&gpu->lock);
	return NULL;
}

/* Registers; callers hold @lock. */

static bool ring_valid(const struct gpu_ring *ring, uint32_t max)
{
	return ring->size >= 2 && ring->size <= max && !(ring->size & (ring->size - 1)) &&
	       ring->base % RING_ALIGN == 0;
}

static void set_run(struct gpu_device *gpu, bool run)
{
	if (run == gpu->run)
		return;
	stop(gpu);
	gpu->run = run;
	gpu->death = GPU_ALIVE;
	gpu->error_address = 0;
	gpu->irq_status = 0;
	gpu->submit.head = 0;
	gpu->submit.tail = 0;
	gpu->n_taken = 0;
	memset(gpu->abort_until, 0, sizeof(gpu->abort_until));
	gpu->done.head = 0;
	gpu->done.tail = 0;
	if (run && (!ring_valid(&gpu->submit, SUBMIT_MAX) || !ring_valid(&gpu->done, DONE_MAX)))
		gpu_die(gpu, GPU_DEAD_CONFIG, 0);
}

static void write_submit_tail(struct gpu_device *gpu, uint32_t value)
{
	if (!gpu->run || gpu->death)
		return;
	if (value - gpu->submit.head > gpu->submit.size) {
		gpu_die(gpu, GPU_DEAD_SUBMIT_TAIL, 0);
		return;
	}
	gpu->submit.tail = value;
	pthread_cond_signal(&gpu->wake);
}

static void write_done_head(struct gpu_device *gpu, uint32_t value)
{
	if (!gpu->run || gpu->death)
		return;
	if (gpu->done.tail - value > gpu->done.tail - gpu->done.head) {
		gpu_die(gpu, GPU_DEAD_DONE_HEAD, 0);
		return;
	}
	gpu->done.head = value;
	pthread_cond_broadcast(&gpu->room);
}

static void write_abort(struct gpu_device *gpu, uint32_t value)
{
	stat_inc(&gpu->aborts);
	if (value < GPU_NR_CONTEXTS && gpu->run && !gpu->death)
		gpu_context_abort(gpu, value);
}

static void set_half(uint64_t *value, bool high, uint32_t half)
{
	if (high)
		*value = (*value & 0xffffffffu) | (uint64_t)half << 32;
	else
		*value = (*value & ~0xffffffffull) | half;
}

static void write_ring(struct gpu_device *gpu, struct gpu_ring *ring, uint64_t offset,
		       uint32_t value)
{
	if (gpu->run || gpu->running) {
		stats_violation(gpu->stats, gpu->name, "a ring is moved while the GPU runs");
		return;
	}
	if (offset == REG_SUBMIT_SIZE - REG_SUBMIT_BASE)
		ring->size = value;
	else
		set_half(&ring->base, offset, value);
}

static void reg_write(struct gpu_device *gpu, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case REG_CTRL:
		set_run(gpu, value & CTRL_RUN);
		break;
	case REG_IRQ_STATUS:
		gpu->irq_status &= ~value;
		break;
	case REG_IRQ_ENABLE:
		gpu->irq_enable = value & IRQ_ALL;
		break;
	case REG_ABORT:
		write_abort(gpu, value);
		break;
	case REG_SUBMIT_BASE:
	case REG_SUBMIT_BASE + REG_HIGH:
	case REG_SUBMIT_SIZE:
		write_ring(gpu, &gpu->submit, offset - REG_SUBMIT_BASE, value);
		break;
	case REG_SUBMIT_TAIL:
		write_submit_tail(gpu, value);
		break;
	case REG_DONE_BASE:
	case REG_DONE_BASE + REG_HIGH:
	case REG_DONE_SIZE:
		write_ring(gpu, &gpu->done, offset - REG_DONE_BASE, value);
		break;
	case REG_DONE_HEAD:
		write_done_head(gpu, value);
		break;
	}
	update_irq(gpu);
}

/* What the hardware is; false for another register. */
static bool read_info(const struct gpu_device *gpu, uint64_t offset, uint32_t *value)
{
	static const struct {
		uint16_t offset;
		uint32_t value;
	} constants[] = {
		{ REG_ID, ID_VALUE }, { REG_VERSION, 1 }, { REG_GENERATION, 13 },
		{ REG_VARIANT, 'G' }, { REG_REVISION, 0x10 }, { REG_CHIP_ID, 0x8103 },
		{ REG_NR_CLUSTERS, 1 }, { REG_CORES, 8 }, { REG_MAX_FREQUENCY, 1000000 },
		{ REG_NR_CONTEXTS, GPU_NR_CONTEXTS },
	};

	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		if (constants[i].offset == offset) {
			*value = constants[i].value;
			return true;
		}
	}
	*value = gpu->n_streams;
	return offset == REG_NR_STREAMS;
}

static uint32_t read_latching(struct gpu_device *gpu, uint64_t value)
{
	gpu->latch = value >> 32;
	return (uint32_t)value;
}

/* Rings and errors. */
static uint32_t read_ring(struct gpu_device *gpu, uint64_t offset, bool *defined)
{
	switch (offset) {
	case REG_SUBMIT_BASE:
		return (uint32_t)gpu->submit.base;
	case REG_SUBMIT_BASE + REG_HIGH:
		return gpu->submit.base >> 32;
	case REG_SUBMIT_SIZE:
		return gpu->submit.size;
	case REG_SUBMIT_HEAD:
		return gpu->submit.head;
	case REG_SUBMIT_TAIL:
		return gpu->submit.tail;
	case REG_DONE_BASE:
		return (uint32_t)gpu->done.base;
	case REG_DONE_BASE + REG_HIGH:
		return gpu->done.base >> 32;
	case REG_DONE_SIZE:
		return gpu->done.size;
	case REG_DONE_HEAD:
		return gpu->done.head;
	case REG_DONE_TAIL:
		return gpu->done.tail;
	default:
		*defined = false;
		return 0;
	}
}

static uint32_t reg_read(struct gpu_device *gpu, uint64_t offset, bool *defined)
{
	uint32_t value;

	if (read_info(gpu, offset, &value))
		return value;
	switch (offset) {
	case REG_CTRL:
		return gpu->run ? CTRL_RUN : 0;
	case REG_STATUS:
		return (gpu->running ? STATUS_RUNNING : 0) | (gpu->death ? STATUS_DEAD : 0);
	case REG_IRQ_STATUS:
		return gpu->irq_status;
	case REG_IRQ_ENABLE:
		return gpu->irq_enable;
	case REG_ABORT:
		return 0;
	case REG_CLOCK:
		return read_latching(gpu, gpu_clock());
	case REG_CORE_MASK:
		return read_latching(gpu, 0xff);
	case REG_ERROR_ADDRESS:
		return read_latching(gpu, gpu->error_address);
	case REG_CLOCK + REG_HIGH:
	case REG_CORE_MASK + REG_HIGH:
	case REG_ERROR_ADDRESS + REG_HIGH:
		return gpu->latch;
	case REG_ERROR_CAUSE:
		return gpu->death;
	default:
		return read_ring(gpu, offset, defined);
	}
}

static void touch(struct gpu_device *gpu, uint64_t offset)
{
	uint64_t reg = offset / 4;

	if (reg / 8 >= sizeof(gpu->touched) || gpu->touched[reg / 8] & (1u << reg % 8))
		return;
	gpu->touched[reg / 8] |= 1u << reg % 8;
	stat_inc(&gpu->undefined);
	stats_note(gpu->stats, gpu->name, "no register at 0x%llx", (unsigned long long)offset);
}

static uint32_t gpu_read32(void *opaque, uint64_t offset)
{
	struct gpu_device *gpu = opaque;
	bool defined = true;
	uint32_t value;

	pthread_mutex_lock(&gpu->lock);
	value = reg_read(gpu, offset, &defined);
	if (!defined)
		touch(gpu, offset);
	pthread_mutex_unlock(&gpu->lock);
	return value;
}

static void gpu_write32(void *opaque, uint64_t offset, uint32_t value)
{
	struct gpu_device *gpu = opaque;
	bool defined = true;
	uint32_t latch;

	pthread_mutex_lock(&gpu->lock);
	latch = gpu->latch;
	reg_read(gpu, offset, &defined);
	gpu->latch = latch;
	if (defined)
		reg_write(gpu, offset, value);
	else
		touch(gpu, offset);
	pthread_mutex_unlock(&gpu->lock);
}

static bool access_ok(struct gpu_device *gpu, uint64_t offset, unsigned int size)
{
	if (size >= 4 && offset % 4 == 0)
		return true;
	stats_violation(gpu->stats, gpu->name, "access of %u bytes at 0x%llx", size,
			(unsigned long long)offset);
	return false;
}

static uint64_t gpu_bus_read(void *opaque, uint64_t offset, unsigned int size)
{
	if (!access_ok(opaque, offset, size))
		return 0;
	return bus_read_split(gpu_read32, opaque, offset, size);
}

static void gpu_bus_write(void *opaque, uint64_t offset, unsigned int size, uint64_t value)
{
	if (access_ok(opaque, offset, size))
		bus_write_split(gpu_write32, opaque, offset, size, value);
}

const struct bus_ops gpu_device_bus_ops = {
	.read = gpu_bus_read,
	.write = gpu_bus_write,
};

/* Memory that goes, translations that are dropped: see gpu_guard.h */

static void guard_enter(void *opaque)
{
	mem_lock(opaque);
}

static void guard_leave(void *opaque)
{
	mem_unlock(opaque);
}

static void memory_change(void *opaque)
{
	struct gpu_device *gpu = opaque;

	gpu_guard_change(&gpu->guard);
}

static void memory_changed(void *opaque)
{
	struct gpu_device *gpu = opaque;

	for (unsigned int i = 0; i < GPU_INSTANCES; i++)
		gpu_contexts_drop(gpu, i, NULL);
	gpu_guard_changed(&gpu->guard);
}

static void dart_drop(void *opaque, const uint32_t *sids)
{
	struct gpu_listener *listener = opaque;

	gpu_contexts_drop(listener->gpu, listener->instance, sids);
}

static bool dart_settled(void *opaque, unsigned int wait_ms)
{
	struct gpu_listener *listener = opaque;

	return gpu_guard_flushed(&listener->gpu->guard, wait_ms);
}

static void listen(struct gpu_device *gpu)
{
	gpu->watch = (struct mem_watch){
		.change = memory_change, .changed = memory_changed, .opaque = gpu,
	};
	mem_watch(gpu->mem, &gpu->watch);
	for (unsigned int i = 0; i < GPU_INSTANCES; i++) {
		struct gpu_listener *listener = &gpu->listeners[i];

		listener->gpu = gpu;
		listener->instance = i;
		listener->listener = (struct dart_listener){
			.drop = dart_drop, .settled = dart_settled, .opaque = listener,
		};
		dart_listen(gpu->ports[i].dart, &listener->listener);
	}
}

static void unlisten(struct gpu_device *gpu)
{
	for (unsigned int i = 0; i < GPU_INSTANCES; i++)
		dart_unlisten(gpu->ports[i].dart, &gpu->listeners[i].listener);
	mem_unwatch(gpu->mem, &gpu->watch);
}

/* Life */

void gpu_device_reset(struct gpu_device *gpu)
{
	pthread_mutex_lock(&gpu->lock);
	set_run(gpu, false);
	gpu->irq_enable = 0;
	gpu->submit = (struct gpu_ring){ 0 };
	gpu->done = (struct gpu_ring){ 0 };
	update_irq(gpu);
	while ((gpu->running || gpu->n_active) && !gpu->run)
		pthread_cond_wait(&gpu->stopped, &gpu->lock);
	pthread_mutex_unlock(&gpu->lock);
}

static void register_stats(struct gpu_device *gpu)
{
	static const char *const by_status[GPU_NR_STATUS] = {
		"jobs_ok", "jobs_fault", "jobs_bad_stream", "jobs_unknown", "jobs_timeout",
		"jobs_no_memory", "jobs_aborted", "jobs_bad_entry",
	};
	const struct {
		const char *name;
		struct stat_counter *counter;
	} counters[] = {
		{ "jobs", &gpu->jobs }, { "commands", &gpu->commands },
		{ "launches", &gpu->launches }, { "threadgroups", &gpu->threadgroups },
		{ "instructions", &gpu->instructions }, { "translations", &gpu->translations },
		{ "aborts", &gpu->aborts }, { "deaths", &gpu->deaths },
		{ "undefined_registers", &gpu->undefined },
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		stats_register(gpu->stats, gpu->name, counters[i].name, counters[i].counter);
	for (unsigned int i = 0; i < GPU_NR_STATUS; i++)
		stats_register(gpu->stats, gpu->name, by_status[i], &gpu->by_status[i]);
}

static void init_sync(struct gpu_device *gpu)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&gpu->lock, NULL);
	pthread_cond_init(&gpu->room, NULL);
	pthread_cond_init(&gpu->stopped, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&gpu->wake, &attr);
	pthread_condattr_destroy(&attr);
	gpu_guard_init(&gpu->guard, guard_enter, guard_leave, gpu->mem);
}

static void destroy_sync(struct gpu_device *gpu)
{
	gpu_guard_destroy(&gpu->guard);
	pthread_cond_destroy(&gpu->wake);
	pthread_cond_destroy(&gpu->stopped);
	pthread_cond_destroy(&gpu->room);
	pthread_mutex_destroy(&gpu->lock);
}

static const char *config_error(const struct gpu_device_config *config)
{
	for (unsigned int i = 0; i < GPU_INSTANCES; i++) {
		if (dart_page_size(config->ports[i].dart) != GPU_PAGE_SIZE)
			return "a DART has not pages of 16 KiB";
		if (dart_num_sids(config->ports[i].dart) < config->n_streams)
			return "a DART has not enough streams";
	}
	if (config->ports[0].dart == config->ports[1].dart)
		return "both instances are the same DART";
	if (config->n_streams < GPU_MIN_STREAMS || config->n_streams > GPU_MAX_STREAMS)
		return "the number of streams is out of range";
	return NULL;
}

static struct gpu_device *device_alloc(const struct gpu_device_config *config,
				       struct irq_source *irq, struct stats *stats)
{
	struct gpu_device *gpu = calloc(1, sizeof(*gpu));

	if (!gpu)
		return NULL;
	gpu->name = strdup(config->name);
	if (!gpu->name) {
		free(gpu);
		return NULL;
	}
	for (unsigned int i = 0; i < GPU_INSTANCES; i++) {
		gpu->ports[i] = config->ports[i];
		gpu->ports[i].quiet = true;
	}
	gpu->mem = config->ports[0].mem;
	gpu->n_streams = config->n_streams;
	gpu->threads = config->threads;
	gpu->dump = getenv("VSOC_GPU_DUMP");
	gpu->irq = irq;
	gpu->stats = stats;
	return gpu;
}

struct gpu_device *gpu_device_create(const struct gpu_device_config *config,
				     struct irq_source *irq, struct stats *stats)
{
	const char *error = config_error(config);
	struct gpu_device *gpu;

	if (error) {
		fprintf(stderr, "vsoc: %s: %s\n", config->name, error);
		return NULL;
	}
	gpu = device_alloc(config, irq, stats);
	if (!gpu)
		goto err_report;
	init_sync(gpu);
	if (pthread_create(&gpu->thread, NULL, ring_thread, gpu))
		goto err_destroy_sync;
	pthread_setname_np(gpu->thread, "gpu-ring");
	listen(gpu);
	register_stats(gpu);
	return gpu;

err_destroy_sync:
	destroy_sync(gpu);
	free(gpu->name);
	free(gpu);
err_report:
	fprintf(stderr, "vsoc: %s: out of memory\n", config->name);
	return NULL;
}

void gpu_device_destroy(struct gpu_device *gpu)
{
	if (!gpu)
		return;
	gpu_device_reset(gpu);
	pthread_mutex_lock(&gpu->lock);
	gpu->quit = true;
	pthread_cond_signal(&gpu->wake);
	pthread_mutex_unlock(&gpu->lock);
	pthread_join(gpu->thread, NULL);
	gpu_contexts_destroy(gpu);
	unlisten(gpu);
	gpu_engine_destroy(gpu->engine);
	stats_unregister_group(gpu->stats, gpu->name);
	destroy_sync(gpu);
	free(gpu->name);
	free(gpu);
}
