// SPDX-License-Identifier: GPL-2.0
/*
 * DMA of a master: every byte goes through the master's stream, one translation at a time.
 */
#include <errno.h>
#include <string.h>

#include "bus.h"
#include "dart.h"

/* How much is copied before whoever waits to unmap guest memory gets his turn. */
#define DMA_CHUNK	(1u << 20)
/* Guest memory may be mapped in pieces of this, smaller than a page of a DART. */
#define DMA_PIECE	4096u

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int translate(struct dma_port *port, uint64_t dva, bool write, uint64_t *pa, uint64_t *span)
{
	if (port->quiet)
		return dart_try(port->dart, port->sid, dva, write, pa, span);
	return dart_translate(port->dart, port->sid, dva, write, pa, span);
}

/**
 * dma_ptr() - host pointer to what a master sees at an address
 * @port: the master
 * @dva: address, with or without the bits that the master adds
 * @len: bytes wanted
 * @write: a write, otherwise a read
 * @got: gets the bytes that the pointer is good for, 1 to @len
 *
 * The caller holds mem_lock(port->mem); the pointer dies with it. The guest may change the memory
 * at any time.
 *
 * Return: the pointer, or NULL on a fault, which the DART has latched, or if @len is 0.
 */
void *dma_ptr(struct dma_port *port, uint64_t dva, size_t len, bool write, size_t *got)
{
	uint64_t pa = dva, span = DMA_PIECE - dva % DMA_PIECE;
	void *ptr;

	if (!len)
		return NULL;
	dva |= port->high;
	if (port->dart && translate(port, dva, write, &pa, &span))
		return NULL;

	*got = min_u64(span, len);
	ptr = mem_ptr(port->mem, pa, *got, write);
	if (ptr)
		return ptr;
	/* A page of the DART may lie in two pieces of memory. */
	*got = min_u64(*got, DMA_PIECE - pa % DMA_PIECE);
	return mem_ptr(port->mem, pa, *got, write);
}

/* Copies at most DMA_CHUNK bytes; returns how many, less than asked for means a fault. */
static size_t copy_chunk(struct dma_port *port, uint64_t dva, char *buf, size_t len, bool write)
{
	size_t done = 0, got;

	mem_lock(port->mem);
	while (done < len) {
		void *ptr = dma_ptr(port, dva + done, len - done, write, &got);

		if (!ptr)
			break;
		if (write)
			memcpy(ptr, buf + done, got);
		else
			memcpy(buf + done, ptr, got);
		done += got;
	}
	mem_unlock(port->mem);
	return done;
}

static int copy(struct dma_port *port, uint64_t dva, char *buf, size_t len, bool write,
		uint64_t *fault_dva)
{
	size_t done = 0;

	/* No bus wraps around the end of the address space. */
	if (len && dva + (len - 1) < dva)
		goto fault;
	while (done < len) {
		size_t part = min_u64(len - done, DMA_CHUNK);
		size_t copied = copy_chunk(port, dva + done, buf + done, part, write);

		done += copied;
		if (copied < part)
			goto fault;
	}
	return 0;

fault:
	if (fault_dva)
		*fault_dva = dva + done;
	return -EFAULT;
}

/**
 * dma_read() - a master reads
 * @port: the master
 * @dva: address, as the master emits it
 * @buf: gets the bytes
 * @len: how many; an area that wraps around the end of the address space faults at once
 * @fault_dva: gets the first address that could not be read, may be NULL
 *
 * Takes mem_lock() itself, for a bounded part of the copy at a time.
 *
 * Return: 0, or -EFAULT; the bytes before the fault were copied.
 */
int dma_read(struct dma_port *port, uint64_t dva, void *buf, size_t len, uint64_t *fault_dva)
{
	return copy(port, dva, buf, len, false, fault_dva);
}

/**
 * dma_write() - a master writes
 * @port: the master
 * @dva: address, as the master emits it
 * @buf: the bytes
 * @len: how many; an area that wraps around the end of the address space faults at once
 * @fault_dva: gets the first address that could not be written, may be NULL
 *
 * Takes mem_lock() itself, for a bounded part of the copy at a time.
 *
 * Return: 0, or -EFAULT; the bytes before the fault were copied.
 */
int dma_write(struct dma_port *port, uint64_t dva, const void *buf, size_t len,
	      uint64_t *fault_dva)
{
	/* The copy only reads from it. */
	return copy(port, dva, (char *)buf, len, true, fault_dva);
}
