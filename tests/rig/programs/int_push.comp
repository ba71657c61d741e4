#version 450
// SPDX-License-Identifier: GPL-2.0
// Push constants, uniform buffers, specialisation, constant tables: what a preamble may load early.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };
layout(set = 0, binding = 3, std140) uniform U { uvec4 u[256]; };
layout(push_constant) uniform P { layout(offset = 24) uint p[10]; };
layout(constant_id = 0) const uint SPECIAL = 1u;

const uint table[9] = uint[](3u, 1u, 4u, 1u, 5u, 9u, 2u, 6u, 5u);

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uint direct = u[5].z ^ u[255].w, scaled = u[p[0] % 256u].y * SPECIAL;
	uvec4 picked = u[a[i] % 256u];
	uint h = p[b[i] % 10u] + picked.x * 3u + picked[b[i + 1u] & 3u];

	for (uint n = 0u; n < SPECIAL; n++)
		h = h * 33u + u[n].x + table[(a[i] + n) % 9u];
	c[i] = h ^ direct;
	c[4096u + i] = scaled + p[9];
}
