#version 450
// SPDX-License-Identifier: GPL-2.0
// A tiled product of matrices, each product and each sum rounded.
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared float left[16][16], right[16][16];

float value(uint v)
{
	return float(int(v & 0xffffu) - 32768) / 256.0;
}

void main()
{
	uint x = gl_LocalInvocationID.x, y = gl_LocalInvocationID.y, g = gl_WorkGroupID.x & 7u;
	precise float sum = 0.0;

	/* 16 rows of one matrix with 16 columns of another, 4 tiles deep; sums in one order. */
	for (uint tile = 0u; tile < 4u; tile++) {
		left[y][x] = value(a[g * 1024u + y * 64u + tile * 16u + x]);
		right[y][x] = value(b[(tile * 16u + y) * 16u + x]);
		barrier();
		for (uint n = 0u; n < 16u; n++)
			sum = left[y][n] * right[n][x] + sum;
		barrier();
	}
	c[g * 256u + y * 16u + x] = floatBitsToUint(sum);
}
