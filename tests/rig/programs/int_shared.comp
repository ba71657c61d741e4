#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint values[256];
shared uint histogram[16];
shared uint extremes[4];

void main()
{
	uint i = gl_GlobalInvocationID.x, l = gl_LocalInvocationIndex;

	if (l < 16u)
		histogram[l] = 0u;
	if (l < 4u)
		extremes[l] = l == 0u || l == 2u ? 0x7fffffffu : 0u;
	values[l] = a[i] & 0xffffu;
	barrier();
	atomicAdd(histogram[a[i] & 15u], 1u);
	atomicMin(extremes[0], a[i] >> 1);
	atomicMax(extremes[1], a[i] >> 1);
	atomicXor(extremes[3], b[i]);
	for (uint step = 1u; step < 256u; step <<= 1) {
		uint other = l >= step ? values[l - step] : 0u;

		barrier();
		values[l] += other;
		barrier();
	}
	uint old, seen = 0u;
	do {
		old = seen;
		seen = atomicCompSwap(extremes[2], old, old ^ a[i]);
	} while (seen != old);
	barrier();
	c[i] = values[l] + histogram[l & 15u];
	c[8192u + i] = extremes[l & 3u];
}
