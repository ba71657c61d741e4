// SPDX-License-Identifier: GPL-2.0
/* Contexts: a thread each that runs its jobs one after the other, and what they see of memory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "gpu_device_internal.h"

#define NS_PER_MS	1000000ull

/* Memory */

static void *view_page(struct gpu_view *view, uint64_t page, uint64_t pa, uint64_t span,
		       unsigned int allowed, unsigned int *access)
{
	struct gpu_device *gpu = view->context->gpu;
	void *host;

	/* A page that may be used in part only, or lies in two pieces: no GPU has that. */
	host = span < GPU_PAGE_SIZE ? NULL :
				      mem_ptr(gpu->mem, pa, GPU_PAGE_SIZE, allowed & DART_WRITE);
	if (!host) {
		stats_note(gpu->stats, gpu->name, "instance %u: 0x%llx is no whole page of memory",
			   view->instance, (unsigned long long)page);
		*access = GPU_HARD;
		return NULL;
	}
	*access = (allowed & DART_READ ? GPU_READ : 0) | (allowed & DART_WRITE ? GPU_WRITE : 0);
	return host;
}

/* A gpu_translate_fn; inside of the guard, so mem_lock() is held. */
static void *view_translate(void *opaque, uint64_t page, unsigned int *access)
{
	struct gpu_view *view = opaque;
	struct gpu_device *gpu = view->context->gpu;
	const struct dma_port *port = &gpu->ports[view->instance];
	uint64_t pa = 0, span = 0;
	unsigned int allowed;
	int ret;

	stat_inc(&gpu->translations);
	ret = dart_probe(port->dart, atomic_load(&view->context->stream), page | port->high,
			 &allowed, &pa, &span);
	if (ret) {
		*access = ret == -EFAULT ? 0 : GPU_HARD;
		return NULL;
	}
	return view_page(view, page, pa, span, allowed, access);
}

static void views_init(struct gpu_context *context)
{
	for (unsigned int i = 0; i < GPU_INSTANCES; i++) {
		struct gpu_view *view = &context->views[i];

		view->context = context;
		view->instance = i;
		gpu_space_init(&view->space, view_translate, view);
		view->space.guard = &context->gpu->guard;
	}
}

/**
 * gpu_contexts_drop() - what was translated is worth nothing any more
 * @gpu: the GPU
 * @instance: which DART's translations
 * @sids: of these streams, a bitmap; NULL: of all
 *
 * Any thread, with any lock held but the guard's. Who has the translations in hand may still use
 * them until the next pass.
 */
void gpu_contexts_drop(struct gpu_device *gpu, unsigned int instance, const uint32_t *sids)
{
	bool dropped = false;

	for (unsigned int i = 0; i < GPU_NR_CONTEXTS; i++) {
		struct gpu_context *context = atomic_load(&gpu->contexts[i]);
		unsigned int sid = context ? atomic_load(&context->stream) : GPU_NO_STREAM;

		if (sid == GPU_NO_STREAM || (sids && !(sids[sid / 32] >> (sid % 32) & 1)))
			continue;
		gpu_space_invalidate(&context->views[instance].space);
		dropped = true;
	}
	if (dropped)
		gpu_guard_flush(&gpu->guard);
}

/* The thread */

static struct gpu_entry *pop_entry(struct gpu_context *context)
{
	struct gpu_entry *entry = context->first;

	context->first = entry->next;
	if (!context->first)
		context->last = &context->first;
	return entry;
}

static void begin(struct gpu_context *context, const struct gpu_entry *entry)
{
	context->active = true;
	context->gpu->n_active++;
	gpu_job_init(&context->job, entry->timeout_ms * NS_PER_MS);
	if (entry->index < context->gpu->abort_until[context->index])
		gpu_job_fail(&context->job, GPU_ABORTED, "aborted");
	if (!context->compute)
		gpu_job_fail(&context->job, GPU_NO_MEMORY, "no memory for a context");
	pthread_cond_signal(&context->gpu->wake);
}

static void end(struct gpu_context *context)
{
	context->active = false;
	context->gpu->n_active--;
	context->gpu->n_held--;
	pthread_cond_signal(&context->gpu->wake);
}

/* Called and left with the device's lock held. */
static void run_entry(struct gpu_context *context)
{
	struct gpu_entry *entry = pop_entry(context);
	struct gpu_device *gpu = context->gpu;
	uint64_t run_id = gpu->run_id;
	struct gpu_result result;

	begin(context, entry);
	pthread_mutex_unlock(&gpu->lock);
	/* The stream first: from now on those who drop translations know that it is in use. */
	atomic_store(&context->stream, entry->stream);
	for (unsigned int i = 0; i < GPU_INSTANCES; i++)
		gpu_space_invalidate(&context->views[i].space);
	gpu_job_run(context, entry, &result);
	atomic_store(&context->stream, GPU_NO_STREAM);
	gpu_done_write(gpu, run_id, entry, &result);
	free(entry);
	pthread_mutex_lock(&gpu->lock);
	end(context);
}

static void *context_thread(void *opaque)
{
	struct gpu_context *context = opaque;
	struct gpu_device *gpu = context->gpu;

	context->compute = gpu->engine ? gpu_compute_create(gpu->engine) : NULL;
	pthread_mutex_lock(&gpu->lock);
	while (!gpu->quit) {
		if (context->first)
			run_entry(context);
		else
			pthread_cond_wait(&context->work, &gpu->lock);
	}
	pthread_mutex_unlock(&gpu->lock);
	gpu_compute_destroy(context->compute);
	return NULL;
}

static struct gpu_context *context_create(struct gpu_device *gpu, unsigned int index)
{
	struct gpu_context *context = calloc(1, sizeof(*context));
	char name[16];

	if (!context)
		return NULL;
	context->gpu = gpu;
	context->index = index;
	context->last = &context->first;
	atomic_init(&context->stream, GPU_NO_STREAM);
	views_init(context);
	pthread_cond_init(&context->work, NULL);
	if (pthread_create(&context->thread, NULL, context_thread, context)) {
		pthread_cond_destroy(&context->work);
		free(context);
		return NULL;
	}
	snprintf(name, sizeof(name), "gpu-context-%u", index);
	pthread_setname_np(context->thread, name);
	return context;
}

bool gpu_context_queue(struct gpu_device *gpu, struct gpu_entry *entry)
{
	struct gpu_context *context = atomic_load(&gpu->contexts[entry->context]);

	if (!context) {
		context = context_create(gpu, entry->context);
		if (!context)
			return false;
		atomic_store(&gpu->contexts[entry->context], context);
	}
	entry->next = NULL;
	*context->last = entry;
	context->last = &entry->next;
	pthread_cond_signal(&context->work);
	return true;
}

static void context_stop(struct gpu_context *context)
{
	while (context->first) {
		free(pop_entry(context));
		context->gpu->n_held--;
	}
	if (context->active)
		gpu_job_fail(&context->job, GPU_ABORTED, "the GPU was stopped");
}

void gpu_contexts_stop(struct gpu_device *gpu)
{
	for (unsigned int i = 0; i < GPU_NR_CONTEXTS; i++) {
		struct gpu_context *context = atomic_load(&gpu->contexts[i]);

		if (context)
			context_stop(context);
	}
}

/**
 * gpu_context_abort() - end all jobs of a context that were submitted by now
 * @gpu: the GPU, locked
 * @index: of the context
 *
 * Those that were not taken from the ring yet are aborted when they are.
 */
void gpu_context_abort(struct gpu_device *gpu, unsigned int index)
{
	struct gpu_context *context = atomic_load(&gpu->contexts[index]);

	gpu->abort_until[index] = gpu->n_taken + (gpu->submit.tail - gpu->submit.head);
	if (context && context->active)
		gpu_job_fail(&context->job, GPU_ABORTED, "aborted");
}

void gpu_contexts_destroy(struct gpu_device *gpu)
{
	for (unsigned int i = 0; i < GPU_NR_CONTEXTS; i++) {
		struct gpu_context *context = atomic_load(&gpu->contexts[i]);

		if (!context)
			continue;
		pthread_mutex_lock(&gpu->lock);
		pthread_cond_signal(&context->work);
		pthread_mutex_unlock(&gpu->lock);
		pthread_join(context->thread, NULL);
		pthread_cond_destroy(&context->work);
		free(context);
		atomic_store(&gpu->contexts[i], NULL);
	}
}
