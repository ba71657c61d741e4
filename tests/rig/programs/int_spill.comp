#version 450
// SPDX-License-Identifier: GPL-2.0
// More live words than there are registers.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, v[160];

	for (int n = 0; n < 160; n++)
		v[n] = a[(i + uint(n) * 37u) & 16383u];
	/* All of them live through each round. */
	for (uint round = 0u; round < 3u; round++) {
		for (int n = 0; n < 160; n++)
			v[n] = v[n] * 5u + v[(n + 53) % 160] + (b[i] >> (round * 8u));
	}
	uint h = 0u;
	for (int n = 0; n < 160; n++)
		h = h * 31u + v[n];
	c[i] = h;
}
