#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

float16_t half_of(uint v)
{
	return float16_t(float(int(v & 0xfffu) - 2048)) * 0.03125hf;
}

void main()
{
	uint i = gl_GlobalInvocationID.x;
	precise float16_t x = half_of(a[i]), y = half_of(b[i]), z = half_of(a[i + 1u]);
	precise float16_t sum = x + y, product = x * y, fused = fma(x, y, z), difference = x - z;

	c[i] = packFloat2x16(f16vec2(sum, product));
	c[1024u + i] = packFloat2x16(f16vec2(difference, fused));
	c[2048u + i] = packFloat2x16(f16vec2(min(x, z), max(y, z)));
	c[3072u + i] = packFloat2x16(f16vec2(floor(x), ceil(z)));
	c[4096u + i] = x < y ? 1u : x == y ? 2u : 3u;
	c[5120u + i] = packFloat2x16(f16vec2(abs(x), -y));
	c[6144u + i] = uint(int(x)) ^ uint(int16_t(y)) << 8;
	c[7168u + i] = packFloat2x16(f16vec2(clamp(x, -1.0hf, 1.0hf), trunc(y)));
	precise float mixed = float(x) * float(y) + 1.0;
	c[8192u + i] = floatBitsToUint(mixed);
}
