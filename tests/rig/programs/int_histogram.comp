#version 450
// SPDX-License-Identifier: GPL-2.0
// Histograms: bins of a group in threadgroup memory, then all groups' in the buffer.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint bin[1024];

void main()
{
	uint l = gl_LocalInvocationIndex, g = gl_WorkGroupID.x;

	for (uint n = l; n < 1024u; n += 256u)
		bin[n] = 0u;
	barrier();
	for (uint n = l; n < 1024u; n += 256u) {
		uint x = a[g * 1024u + n];

		for (uint k = 0u; k < 4u; k++)
			atomicAdd(bin[k * 256u + (x >> k * 8u & 255u)], 1u);
	}
	barrier();
	for (uint n = l; n < 1024u; n += 256u) {
		uint x = bin[n];

		atomicAdd(c[n], x);
		atomicMax(c[1024u + n], x);
		atomicOr(c[2048u + n], 1u << (x & 31u));
		if (x != 0u)
			atomicAdd(c[3072u + (x & 63u)], 1u);
	}
}
