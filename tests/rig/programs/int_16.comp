#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_8bit_storage : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint16_t a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint8_t b[]; };
layout(set = 0, binding = 2) buffer C { uint16_t c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uint16_t x = a[i], y = a[i + 1000u];
	uint8_t p = b[i], q = b[i + 999u];
	int16_t sx = int16_t(x), sy = int16_t(y);
	uint16_t h = x;

	h = h * 31us + (x + y);
	h = h * 31us + x * y;
	h = h * 31us + uint16_t(sx >> (uint(y) & 15u));
	h = h * 31us + uint16_t(x >> (uint(y) & 15u));
	h = h * 31us + uint16_t(x << (uint(y) & 15u));
	h = h * 31us + uint16_t(min(sx, sy));
	h = h * 31us + max(x, y);
	h = h * 31us + (sx < sy ? 3us : 5us);
	h = h * 31us + uint16_t(p + q);
	h = h * 31us + uint16_t(uint8_t(p * q));
	h = h * 31us + uint16_t(int16_t(int8_t(p)));
	h = h * 31us + (int8_t(p) < int8_t(q) ? 7us : 11us);
	c[i] = h;
}
