#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };
layout(set = 0, binding = 4, r32ui) uniform coherent uimage2D image;

shared uint sum[64];

void main()
{
	uint i = gl_GlobalInvocationID.x, l = gl_LocalInvocationIndex, g = gl_WorkGroupID.x;

	/* Each group has four rows of its own: all is written, awaited, read crosswise. */
	for (uint n = 0u; n < 4u; n++)
		imageStore(image, ivec2(l, g * 4u + n), uvec4(a[i * 4u + n] + n));
	sum[l] = 0u;
	memoryBarrierImage();
	barrier();
	for (uint n = 0u; n < 4u; n++) {
		uint v = imageLoad(image, ivec2(63u - l, g * 4u + (n ^ 1u))).x;

		c[i * 4u + n] = v;
		imageAtomicExchange(image, ivec2(63u - l, g * 4u + (n ^ 1u)), v * 5u);
		atomicXor(sum[(l + n) & 63u], v);
	}
	memoryBarrierImage();
	barrier();
	c[8192u + i] = sum[l] + imageLoad(image, ivec2(l ^ 21u, g * 4u)).x;
}
