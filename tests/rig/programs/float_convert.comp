#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	float x = float(int(a[i])) / 1048576.0, y = float(b[i] & 0xffffffu) * 0.125;

	c[i] = uint(int(x)) ^ uint(y) << 1;
	c[1024u + i] = uint(float16_t(1.0)) + packHalf2x16(vec2(x, y / 64.0));
	c[2048u + i] = floatBitsToUint(unpackHalf2x16(b[i] & 0x7bff7bffu).x);
	c[3072u + i] = floatBitsToUint(unpackHalf2x16(b[i] & 0xfbfffbffu).y);
	c[4096u + i] = floatBitsToUint(float(a[i]));
	c[5120u + i] = floatBitsToUint(float(int(b[i])));
	c[6144u + i] = floatBitsToUint(float(uint16_t(a[i]))) ^ floatBitsToUint(float(int16_t(b[i])));
	c[7168u + i] = floatBitsToUint(roundEven(x)) ^ floatBitsToUint(trunc(y)) >> 1;
	c[8192u + i] = uint(unpackUnorm4x8(a[i]).z * 255.0 + 0.5) ^ uint(int(roundEven(unpackSnorm2x16(b[i]).x * 32767.0)));
	c[9216u + i] = packUnorm2x16(vec2(abs(fract(x)), 0.25));
	c[10240u + i] = uint(int(int16_t(float16_t(float(int(a[i] & 0x7ffu) - 1000) * 0.5))));
	c[11264u + i] = floatBitsToUint(float(float16_t(float(a[i] & 0xffffu))));
}
