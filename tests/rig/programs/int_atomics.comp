#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;

	atomicAdd(c[a[i] & 63u], b[i]);
	atomicOr(c[64u + (a[i] & 63u)], 1u << (b[i] & 31u));
	atomicAnd(c[128u + (a[i] & 63u)], ~(1u << (b[i] & 31u)));
	atomicXor(c[192u + (a[i] & 63u)], b[i]);
	atomicMax(c[256u + (a[i] & 63u)], b[i]);
	atomicMin(c[320u + (a[i] & 63u)], b[i]);
	uint old, seen = 0u;
	do {
		old = seen;
		seen = atomicCompSwap(c[384u + (i & 15u)], old, old + a[i]);
	} while (seen != old);
	uint lock = atomicExchange(c[448u + i], i);
	c[2048u + i] = lock;
	c[4096u + i] = atomicAdd(c[6000u + i], 5u) + atomicAdd(c[6000u + i], 7u);
}
