#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Which level: given, by gradients, with biases and limits; what images say of themselves.
#extension GL_ARB_sparse_texture_clamp : require
#include "textures.h"

void main()
{
	float lod = level(2u, 7u), step = exp2(float(pick(3u, 6u)) + 0.2);
	int which = clamp(int(ceil(lod + 0.5)) - 1, 0, 5);
	// Inside of a texel of the level that is meant
	vec2 at = inside2(0u, textureSize(sampler2D(plain, samplers[0]), which), 0);
	ivec2 small = textureSize(sampler2D(plain, samplers[0]), int(log2(step)));
	vec2 steep = inside2(4u, small, 0);
	vec2 dx = vec2(step / 37.0, 0.0), dy = vec2(0.0, step * 0.5 / 21.0);

	put(textureLod(sampler2D(plain, samplers[0]), at, lod));
	put(textureLod(sampler2D(plain, samplers[10]), at, max(float(which), 1.0) - 0.5 - 0.1));
	put(textureGrad(sampler2D(plain, samplers[0]), steep, dx, dy));
	put(textureGrad(sampler2D(plain, samplers[0]), steep, dy, dx.yx * vec2(1.0, 0.0) + dx));
	put(textureGrad(sampler2D(plain, samplers[0]), at, dx * 0.001, dy * 0.001));
	put(textureGradClampARB(sampler2D(plain, samplers[0]), inside2(6u, ivec2(9, 5), 0),
				dx * 0.01, dy, 2.0));
	put(textureGrad(sampler3D(volume, samplers[0]), vec3(0.3, 0.7, 0.4), vec3(1.1 / 13.0, 0.0, 0.0),
			vec3(0.0, 0.0, step / 6.0)));
	put(textureGrad(sampler2DArray(layers, samplers[0]), vec3(0.3, 0.6, 1.0 + float(pick(8u, 2u))),
			vec2(step / 20.0, 0.0), vec2(0.0)));
	put(textureLod(sampler2DArray(part, samplers[0]), vec3(0.3, 0.6, float(pick(9u, 3u))), lod));
	put(textureLod(usampler2D(integers, samplers[0]), at, lod).x);
	put(uint(textureSize(sampler2D(plain, samplers[0]), int(pick(10u, 6u))).x) << 16 |
	    uint(textureSize(sampler2D(plain, samplers[0]), int(pick(11u, 6u))).y));
	put(uint(textureQueryLevels(sampler2D(plain, samplers[0])) * 256 +
		 textureQueryLevels(sampler2DArray(part, samplers[0]))));
	ivec3 size = textureSize(sampler2DArray(part, samplers[0]), int(pick(12u, 3u)));
	put(uint(size.x + size.y * 256 + size.z * 65536));
	size = textureSize(sampler3D(volume, samplers[0]), int(pick(13u, 4u)));
	put(uint(size.x + size.y * 256 + size.z * 65536));
	put(floatBitsToUint(textureLod(sampler2D(depth32, samplers[0]), vec2(0.3, 0.4), lod).x));
	put(floatBitsToUint(textureLod(sampler2D(halves, samplers[0]), vec2(0.3, 0.6), lod).z));
}
