/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Colour unit of a head: degamma, matrix, gamma on composed pixels (Documentation/vsoc/registers.rst,
 * chapter Composition).
 */
#ifndef VSOC_COLOUR_H
#define VSOC_COLOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COLOUR_BLOCK_BYTES 6144
#define COLOUR_BLOCK_ALIGN 64

/* A colour block, decoded; all zero does nothing. */
struct colour {
	bool degamma_on, ctm_on, gamma_on;
	int32_t ctm[9];                 /* 16 bits of fraction */
	uint16_t degamma[3][256], gamma[3][256]; /* of R, G, B */
	uint8_t direct[3][256];         /* all in one, while the matrix is off */
};

/**
 * colour_parse() - decode a colour block
 * @colour: filled
 * @block: COLOUR_BLOCK_BYTES bytes, untrusted
 *
 * Return: false if reserved bits or bytes are set.
 */
bool colour_parse(struct colour *colour, const uint8_t *block);

/**
 * colour_on() - whether the unit changes anything
 * @colour: parsed, or all zero
 *
 * Return: false if colour_apply() would copy.
 */
static inline bool colour_on(const struct colour *colour)
{
	return colour->degamma_on || colour->ctm_on || colour->gamma_on;
}

/**
 * colour_apply() - send a composed line through the unit
 * @colour: with colour_on()
 * @line: @n words 0x00RRGGBB
 * @n: pixels
 */
void colour_apply(const struct colour *colour, uint32_t *line, size_t n);

#endif
