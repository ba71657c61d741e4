#version 450
// SPDX-License-Identifier: GPL-2.0
// Shortest ways between 64 nodes (Floyd and Warshall), a graph a group.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint way[4096];

void main()
{
	uint l = gl_LocalInvocationIndex, g = gl_WorkGroupID.x;

	for (uint n = l; n < 4096u; n += 256u) {
		uint x = a[(n * 5u + g * 331u) & 16383u];

		way[n] = (n & 63u) == n >> 6 ? 0u : x % 7u == 0u ? x >> 8 & 0xfffu : 0xffffffu;
	}
	barrier();
	for (uint k = 0u; k < 64u; k++) {
		for (uint n = l; n < 4096u; n += 256u)
			way[n] = min(way[n], way[(n & ~63u) + k] + way[k * 64u + (n & 63u)]);
		barrier();
	}
	for (uint n = 0u; n < 4u; n++) {
		uint at = (l * 4u + n) * 4u;

		c[g * 1024u + l * 4u + n] = way[at] ^ way[at + 1u] << 7 ^ way[at + 2u] << 13 ^ way[at + 3u] << 19;
	}
}
