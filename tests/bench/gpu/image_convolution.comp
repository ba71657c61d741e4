#version 450
// SPDX-License-Identifier: GPL-2.0
// Five by five pixels of four channels, over an image of 1024x1024.
layout(local_size_x = 16, local_size_y = 16) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) buffer C { float c[]; };
layout(set = 0, binding = 4, r32ui) uniform readonly uimage2D image;

const float weight[5] = float[](0.0625, 0.25, 0.375, 0.25, 0.0625);

void main()
{
	ivec2 at = ivec2(uvec2(gl_WorkGroupID.x & 63u, gl_WorkGroupID.x >> 6) * 16u + gl_LocalInvocationID.xy);
	vec4 sum = vec4(0.0);

	for (int y = 0; y < 5; y++)
		for (int x = 0; x < 5; x++)
			sum += unpackUnorm4x8(imageLoad(image, at + ivec2(x, y) - 2).x) * (weight[x] * weight[y]);
	c[at.y * 1024 + at.x] = uintBitsToFloat(packUnorm4x8(sum));
}
