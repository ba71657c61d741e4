#version 450
// SPDX-License-Identifier: GPL-2.0
// robustBufferAccess2 and robustImageAccess2
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };
layout(set = 0, binding = 3, std140) uniform U { uvec4 u[1024]; };
layout(set = 0, binding = 4, r32ui) uniform uimage2D image;

void main()
{
	uint i = gl_GlobalInvocationID.x, huge = (a[i] & 0x0fffffffu) + 0x10000000u;

	/* Outside of the buffers and the image: reads are zeros, stores are lost. */
	c[i] = 1u + a[16384u + i] + a[huge] + b[0x3fffffffu - i];
	c[1024u + i] = 2u + u[1024u + (i & 3u)].x;
	c[16384u + i] = 3u;
	c[0x20000000u + i] = 4u;
	c[2048u + i] = 5u + imageLoad(image, ivec2(64, i)).x + imageLoad(image, ivec2(-1, i & 63u)).x;
	imageStore(image, ivec2(i & 63u, 64u + i), uvec4(9u));
	imageStore(image, ivec2(-1 - int(i), 0), uvec4(9u));
	uint index = i & 1u, at = index == 0u ? i : 16384u + i;
	c[3072u + i] = 6u + a[at];
	atomicAdd(c[index == 0u ? 4096u + i : 20000u + i], 7u);
	c[5120u + i] = uint(a.length()) + uint(c.length());
	/* A vector that begins inside and ends outside is read by words. */
	c[6144u + i] = a[16383u] ^ a[16384u];
}
