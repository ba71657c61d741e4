#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_shader_8bit_storage : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint8_t a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint8_t b[]; };
layout(set = 0, binding = 2) buffer C { uint8_t c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uint8_t x = a[i], y = b[i + 77u];
	int8_t sx = int8_t(x), sy = int8_t(y);
	uint8_t low = min(x, y), high = max(x, y), both = x & y, any = x | ~y;
	uint8_t h = x * uint8_t(3);

	h = (h ^ (x + y)) * uint8_t(7);
	h = (h ^ (x - y)) * uint8_t(7);
	h = (h ^ uint8_t(sx >> (uint(y) & 7u))) * uint8_t(7);
	h = (h ^ uint8_t(x << (uint(y) & 7u))) * uint8_t(7);
	h = (h ^ uint8_t(abs(sx)) ^ low) * uint8_t(7);
	h = (h ^ high ^ uint8_t(max(sx, sy))) * uint8_t(7);
	h = (h ^ uint8_t(uint(x) / max(uint(y), 1u))) * uint8_t(7);
	h = (h ^ both) * uint8_t(7) ^ any;
	c[i] = h;
	c[8192u + i * 2u] = uint8_t(bitCount(uint(x)));
	c[8193u + i * 2u] = uint8_t(uint(sx) >> 24);
}
