#version 450
// SPDX-License-Identifier: GPL-2.0
// Each run continues from what the one before left in the output, from the half it wrote: runs happen
// in order and see each other's stores.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x, count = gl_NumWorkGroups.x * 64u;
	uint turn = c[8192u + i];
	uint from = (turn & 1u) * 4096u, to = 4096u - from;

	c[8192u + i] = turn + 1u;
	c[to + i] = c[from + (i * 37u + 11u) % count] * 1664525u + a[i] + turn;
}
