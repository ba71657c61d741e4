#version 450
// SPDX-License-Identifier: GPL-2.0
// Infinities, what is no number, signed zeros, for which a program has to ask; the parts of a float.
#extension GL_EXT_spirv_intrinsics : require
layout(local_size_x = 64) in;
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4466], 4461, 32);
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

float pick(uint v)
{
	const uint odd[8] = uint[](0x7f800000u, 0xff800000u, 0x7fc00000u, 0u, 0x80000000u, 0x3f800000u, 0x7f7fffffu, 0x01800000u);

	return uintBitsToFloat(odd[v & 7u]);
}

void main()
{
	uint i = gl_GlobalInvocationID.x;
	precise float x = pick(a[i] >> 3), y = pick(b[i] >> 7), z = float(int(a[i] >> 12)) * 0.25;
	bool number = !isnan(x) && !isnan(y);

	c[i] = (x < y ? 1u : 0u) | (x <= y ? 2u : 0u) | (x == y ? 4u : 0u) | (x != y ? 8u : 0u) | (x > y ? 16u : 0u) | (x >= y ? 32u : 0u);
	c[1024u + i] = (isnan(x) ? 1u : 0u) | (isinf(y) ? 2u : 0u);
	precise float sum = x + z, product = y * z;
	c[2048u + i] = isnan(sum) ? 1u : floatBitsToUint(sum);
	c[3072u + i] = isnan(product) ? 1u : floatBitsToUint(product);
	c[4096u + i] = number && x != y ? floatBitsToUint(min(x, y)) : 7u;
	c[5120u + i] = number && x != y ? floatBitsToUint(max(x, y)) : 7u;
	int exponent;
	float significand = frexp(z + 0.25, exponent);
	c[6144u + i] = floatBitsToUint(significand) ^ uint(exponent);
	c[7168u + i] = floatBitsToUint(ldexp(z, int(b[i] & 15u) - 7));
	float whole, part = modf(z, whole);
	c[8192u + i] = floatBitsToUint(part) ^ floatBitsToUint(whole) >> 1;
	c[9216u + i] = floatBitsToUint(step(z, 1000.0)) ^ floatBitsToUint(sign(z - 500.0)) ^ floatBitsToUint(fract(z));
	c[10240u + i] = floatBitsToUint(abs(x)) ^ floatBitsToUint(-y);
}
