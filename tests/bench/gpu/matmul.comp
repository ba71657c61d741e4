#version 450
// SPDX-License-Identifier: GPL-2.0
// 512x512, in tiles of 16x16 that a group keeps in threadgroup memory.
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) buffer C { float c[]; };

const uint N = 512u;

shared float left[16][16];
shared float right[16][16];

void main()
{
	uvec2 l = gl_LocalInvocationID.xy, at = uvec2(gl_WorkGroupID.x & 31u, gl_WorkGroupID.x >> 5) * 16u + l;
	float sum = 0.0;

	for (uint tile = 0u; tile < N; tile += 16u) {
		left[l.y][l.x] = a[at.y * N + tile + l.x];
		right[l.y][l.x] = b[(tile + l.y) * N + at.x];
		barrier();
		for (uint k = 0u; k < 16u; k++)
			sum += left[l.y][k] * right[k][l.x];
		barrier();
	}
	c[at.y * N + at.x] = sum;
}
