#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	float x = float(a[i] & 0xfffffu) / 4096.0 + 0.01, y = float(b[i] & 0xffffu) / 256.0 + 0.01;

	c[i] = floatBitsToUint(1.0 / x);
	c[1024u + i] = floatBitsToUint(sqrt(x));
	c[2048u + i] = floatBitsToUint(inversesqrt(x));
	c[3072u + i] = floatBitsToUint(exp2(y / 16.0));
	c[4096u + i] = floatBitsToUint(log2(x));
	c[5120u + i] = floatBitsToUint(x / y);
	c[6144u + i] = floatBitsToUint(2.0 + sin(y / 256.0));
	c[7168u + i] = floatBitsToUint(2.0 + cos(y / 256.0));
	c[8192u + i] = floatBitsToUint(pow(y, 1.5));
	precise float fused = fma(x, y, -0.75);
	c[9216u + i] = floatBitsToUint(fused);
}
