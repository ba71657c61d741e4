/* SPDX-License-Identifier: GPL-2.0 */
/* Keys: the symbols of viewers, and QEMU's names for the keys that bear them. */
#ifndef VSOC_INPUT_KEYS_H
#define VSOC_INPUT_KEYS_H

#include <stdint.h>

/**
 * input_key_name() - the key that bears a symbol
 * @keysym: of X, as viewers send it
 *
 * A key of a US keyboard, whichever of its symbols it is: viewers send the modifiers as keys of their
 * own.
 *
 * Return: a QKeyCode of QEMU, constant; NULL if no key bears it.
 */
const char *input_key_name(uint32_t keysym);

#endif
