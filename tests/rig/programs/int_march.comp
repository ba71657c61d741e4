#version 450
// SPDX-License-Identifier: GPL-2.0
// Rays through a grid of cells, step by step in fixed point, until they hit one that is full.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

uint noise(ivec3 v)
{
	uint h = uint(v.x) * 0x9e3779b1u ^ uint(v.y) * 0x85ebca77u ^ uint(v.z) * 0xc2b2ae3du;

	h = (h ^ h >> 15) * 0x2c1b3c6du;
	return h ^ h >> 13;
}

bool is_full(ivec3 v)
{
	return v.y < 3 || noise(v >> 1) % 11u == 0u;
}

void main()
{
	uint i = gl_GlobalInvocationID.x;

	for (uint n = 0u; n < 16u; n++) {
		uint at = i * 16u + n;
		ivec3 way = ivec3(int(at & 127u) - 64, int(a[at] & 63u) - 40, 90), sign_of = sign(way), size = abs(way);
		ivec3 cell = ivec3(20, 24, int(at >> 7)), left = size.yzx * size.zxy, step_of = left;
		uint steps = 0u, side = 3u;

		/* An axis without movement never comes first. */
		left = mix(left, ivec3(0x3fffffff), equal(size, ivec3(0)));
		while (!is_full(cell) && steps < 120u) {
			side = left.x <= left.y ? (left.x <= left.z ? 0u : 2u) : (left.y <= left.z ? 1u : 2u);
			cell[side] += sign_of[side];
			left[side] += step_of[side];
			steps++;
		}
		c[at] = steps | side << 8 | (noise(cell) & 0xffffu) << 16;
	}
}
