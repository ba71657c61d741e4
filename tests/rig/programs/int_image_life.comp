#version 450
// SPDX-License-Identifier: GPL-2.0
// Conway's Game of Life: the first group on the image, the others in threadgroup memory alone.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };
layout(set = 0, binding = 4, r32ui) uniform coherent uimage2D image;

shared uint cell[64][64];

uint at(int x, int y)
{
	return cell[y & 63][x & 63];
}

void main()
{
	uint l = gl_LocalInvocationIndex, g = gl_WorkGroupID.x, next[16];

	for (uint n = 0u; n < 16u; n++) {
		uint k = n * 256u + l;
		uint alive = a[(k + g * 77u) & 16383u] >> 29 == 1u ? 1u : 0u;

		if (g == 0u)
			imageStore(image, ivec2(k & 63u, k >> 6), uvec4(alive));
		cell[k >> 6][k & 63u] = alive;
	}
	for (uint generation = 0u; generation < 12u; generation++) {
		memoryBarrierImage();
		barrier();
		for (uint n = 0u; n < 16u; n++) {
			int x = int(l & 63u), y = int(n * 4u + (l >> 6)), sum = 0;

			for (int dy = -1; dy <= 1; dy++)
				for (int dx = -1; dx <= 1; dx++)
					sum += g == 0u ? int(imageLoad(image, ivec2(x + dx, y + dy) & 63).x) : int(at(x + dx, y + dy));
			uint own = at(x, y);
			sum -= int(own);
			next[n] = sum == 3 || (sum == 2 && own != 0u) ? 1u : 0u;
		}
		memoryBarrierImage();
		barrier();
		for (uint n = 0u; n < 16u; n++) {
			uint x = l & 63u, y = n * 4u + (l >> 6);

			cell[y][x] = next[n];
			if (g == 0u)
				imageStore(image, ivec2(x, y), uvec4(next[n]));
		}
	}
	barrier();
	for (uint n = 0u; n < 4u; n++) {
		uint word = 0u, y = l >> 2, x0 = (l & 3u) * 16u + n * 4u;

		for (uint k = 0u; k < 4u; k++)
			word = word << 8 | cell[y][x0 + k];
		c[g * 1024u + l * 4u + n] = word;
	}
}
