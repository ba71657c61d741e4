#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Four texels at once: each component, offsets, other dimensions, comparisons.
#include "textures.h"

void main()
{
	vec2 at = between2(0u, ivec2(37, 21), 2);
	vec3 flat_at = vec3(between2(2u, ivec2(20, 12), 2), float(pick(4u, 4u)));
	vec2 deep = between2(5u, ivec2(24, 16), 1);
	float reference = (float(pick(7u, 256u)) + 0.5) / 256.0;
	const ivec2 offsets[4] = ivec2[](ivec2(-3, 2), ivec2(0, 0), ivec2(7, -8), ivec2(1, 5));

	put(textureGather(sampler2D(plain, samplers[0]), at, 0));
	put(textureGather(sampler2D(plain, samplers[1]), at, 1));
	put(textureGather(sampler2D(plain, samplers[4]), at, 2));
	put(textureGather(sampler2D(plain, samplers[2]), at, 3));
	put(textureGather(sampler2D(swizzled, samplers[7]), at, 0));
	put(textureGatherOffset(sampler2D(plain, samplers[6]), at, ivec2(3, -4), 1));
	put(textureGatherOffsets(sampler2D(plain, samplers[0]), at, offsets, 2));
	put(textureGather(sampler2DArray(layers, samplers[1]), flat_at, 1));
	put(textureGather(sampler2DArray(part, samplers[0]), vec3(between2(8u, ivec2(10, 6), 1), flat_at.z), 0));
	uvec4 four = textureGather(usampler2D(integers, samplers[14]), at, 3);
	put(four.x | four.y << 8 | four.z << 16 | four.w << 24);
	put(textureGather(sampler2DShadow(depth32, shadows[11]), deep, reference));
	put(textureGather(sampler2DShadow(depth32, shadows[12]), deep, reference));
	put(textureGatherOffset(sampler2DShadow(depth16, shadows[11]), deep, reference, ivec2(-2, 1)));
	put(textureGather(sampler2D(depth32, samplers[1]), deep, 0));
	vec3 face = vec3(between2(10u, ivec2(16, 16), 0).x * 1.6 - 0.85, 0.11, 1.0);
	put(textureGather(samplerCube(cube, samplers[1]), pick(12u, 2u) == 0u ? face : -face.zxy, 2));
	put(textureGather(samplerCubeArray(cubes, samplers[1]), vec4(face.yzx, float(pick(13u, 2u))), 1));
}
