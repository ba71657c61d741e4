#version 450
// SPDX-License-Identifier: GPL-2.0
// Image stores, loads, atomics. The image itself is not shown: see what int_image_sum reads.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };
layout(set = 0, binding = 4, r32ui) uniform coherent uimage2D image;

void main()
{
	uint i = gl_GlobalInvocationID.x;
	ivec2 at = ivec2(i & 31u, i >> 5 & 31u), far = ivec2(32 + (a[i] & 31u), 32 + (b[i] & 31u));

	/* A quarter by stores, one by atomics whose order does not matter. */
	imageStore(image, at, uvec4(a[i] * 3u, 1u, 2u, 3u));
	imageAtomicAdd(image, far, b[i]);
	imageAtomicXor(image, far.yx - ivec2(32, 0), a[i]);
	imageAtomicMax(image, ivec2(32 + (i & 15u), 0 + (i & 7u)), 1u);
	ivec2 size = imageSize(image);
	c[i] = uint(size.x * 1000 + size.y) + imageLoad(image, at).x;
	c[1024u + i] = imageLoad(image, at).y + imageLoad(image, at).w * 16u;
}
