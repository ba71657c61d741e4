#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uint stack[96];

	for (uint n = 0u; n < 96u; n++)
		stack[n] = a[(i + n * 5u) & 4095u];
	for (uint n = 0u; n < 200u; n++) {
		uint p = (b[(i + n) & 4095u]) % 96u, q = (a[(i ^ n) & 4095u]) % 96u;
		uint t = stack[p];

		stack[p] = stack[q] + n;
		stack[q] = t;
	}
	uint h = 0u;
	for (uint n = 0u; n < 96u; n++)
		h = h * 31u + stack[n];
	c[i] = h;
}
