// SPDX-License-Identifier: GPL-2.0
/* Texture and image instructions: none is modelled yet, so a program that reaches one stops. */
#include "agx_exec.h"

agx_exec_fn AGX_NAME(agx_select_texture)(const struct agx_insn *insn)
{
	(void)insn;
	return NULL;
}
