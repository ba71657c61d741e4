// SPDX-License-Identifier: GPL-2.0
/* X keysyms to the names of QEMU's QKeyCode (qapi/ui.json). */
#include "input_keys.h"

#include <stddef.h>

#include <rfb/keysym.h>

#define ISO_LEVEL3_SHIFT	0xfe03
#define ISO_LEFT_TAB		0xfe20

static const char letters[26][2] = {
	"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
	"n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z",
};

static const char digits[10][2] = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };

static const char function_keys[12][4] = {
	"f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9", "f10", "f11", "f12",
};

static const char keypad_digits[10][5] = {
	"kp_0", "kp_1", "kp_2", "kp_3", "kp_4", "kp_5", "kp_6", "kp_7", "kp_8", "kp_9",
};

static const struct {
	uint32_t keysym;
	const char *name;
} keys[] = {
	{ XK_space, "spc" },
	{ XK_exclam, "1" },
	{ XK_at, "2" },
	{ XK_numbersign, "3" },
	{ XK_dollar, "4" },
	{ XK_percent, "5" },
	{ XK_asciicircum, "6" },
	{ XK_ampersand, "7" },
	{ XK_asterisk, "8" },
	{ XK_parenleft, "9" },
	{ XK_parenright, "0" },
	{ XK_minus, "minus" },
	{ XK_underscore, "minus" },
	{ XK_equal, "equal" },
	{ XK_plus, "equal" },
	{ XK_bracketleft, "bracket_left" },
	{ XK_braceleft, "bracket_left" },
	{ XK_bracketright, "bracket_right" },
	{ XK_braceright, "bracket_right" },
	{ XK_semicolon, "semicolon" },
	{ XK_colon, "semicolon" },
	{ XK_apostrophe, "apostrophe" },
	{ XK_quotedbl, "apostrophe" },
	{ XK_grave, "grave_accent" },
	{ XK_asciitilde, "grave_accent" },
	{ XK_backslash, "backslash" },
	{ XK_bar, "backslash" },
	{ XK_comma, "comma" },
	{ XK_less, "comma" },
	{ XK_period, "dot" },
	{ XK_greater, "dot" },
	{ XK_slash, "slash" },
	{ XK_question, "slash" },
	{ XK_BackSpace, "backspace" },
	{ XK_Tab, "tab" },
	{ ISO_LEFT_TAB, "tab" },
	{ XK_Return, "ret" },
	{ XK_Escape, "esc" },
	{ XK_Pause, "pause" },
	{ XK_Scroll_Lock, "scroll_lock" },
	{ XK_Print, "print" },
	{ XK_Sys_Req, "sysrq" },
	{ XK_Insert, "insert" },
	{ XK_Delete, "delete" },
	{ XK_Home, "home" },
	{ XK_End, "end" },
	{ XK_Prior, "pgup" },
	{ XK_Next, "pgdn" },
	{ XK_Left, "left" },
	{ XK_Up, "up" },
	{ XK_Right, "right" },
	{ XK_Down, "down" },
	{ XK_Menu, "menu" },
	{ XK_Shift_L, "shift" },
	{ XK_Shift_R, "shift_r" },
	{ XK_Control_L, "ctrl" },
	{ XK_Control_R, "ctrl_r" },
	{ XK_Alt_L, "alt" },
	{ XK_Meta_L, "alt" },
	{ XK_Alt_R, "alt_r" },
	{ XK_Meta_R, "alt_r" },
	{ XK_Mode_switch, "alt_r" },
	{ ISO_LEVEL3_SHIFT, "alt_r" },
	{ XK_Super_L, "meta_l" },
	{ XK_Super_R, "meta_r" },
	{ XK_Caps_Lock, "caps_lock" },
	{ XK_Num_Lock, "num_lock" },
	{ XK_KP_Enter, "kp_enter" },
	{ XK_KP_Add, "kp_add" },
	{ XK_KP_Subtract, "kp_subtract" },
	{ XK_KP_Multiply, "kp_multiply" },
	{ XK_KP_Divide, "kp_divide" },
	{ XK_KP_Decimal, "kp_decimal" },
	{ XK_KP_Delete, "kp_decimal" },
	{ XK_KP_Insert, "kp_0" },
	{ XK_KP_End, "kp_1" },
	{ XK_KP_Down, "kp_2" },
	{ XK_KP_Next, "kp_3" },
	{ XK_KP_Left, "kp_4" },
	{ XK_KP_Begin, "kp_5" },
	{ XK_KP_Right, "kp_6" },
	{ XK_KP_Home, "kp_7" },
	{ XK_KP_Up, "kp_8" },
	{ XK_KP_Prior, "kp_9" },
};

const char *input_key_name(uint32_t keysym)
{
	if (keysym >= XK_a && keysym <= XK_z)
		return letters[keysym - XK_a];
	if (keysym >= XK_A && keysym <= XK_Z)
		return letters[keysym - XK_A];
	if (keysym >= XK_0 && keysym <= XK_9)
		return digits[keysym - XK_0];
	if (keysym >= XK_F1 && keysym <= XK_F12)
		return function_keys[keysym - XK_F1];
	if (keysym >= XK_KP_0 && keysym <= XK_KP_9)
		return keypad_digits[keysym - XK_KP_0];
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].keysym == keysym)
			return keys[i].name;
	return NULL;
}
