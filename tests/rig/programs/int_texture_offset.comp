#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Offsets in texels, coordinates that are divided by the last one.
#include "textures.h"

void main()
{
	vec2 at = inside2(0u, ivec2(37, 21), 2);
	vec3 deep = vec3(inside(2u, 13, 2), inside(3u, 9, 2), inside(4u, 6, 2)) / vec3(13.0, 9.0, 6.0);
	float w = 1.5 + float(pick(6u, 8u)) * 0.25;
	vec3 flat_at = vec3(inside2(7u, ivec2(20, 12), 1), float(pick(9u, 4u)));

	put(textureLodOffset(sampler2D(plain, samplers[0]), at, 0.0, ivec2(7, -8)));
	put(textureLodOffset(sampler2D(plain, samplers[0]), at, 0.0, ivec2(-1, 3)));
	put(textureLodOffset(sampler2D(plain, samplers[4]), at, 0.0, ivec2(-5, 5)));
	put(textureOffset(sampler2D(plain, samplers[0]), at, ivec2(1, 0)));
	put(textureGradOffset(sampler2D(plain, samplers[0]), at, vec2(0.5 / 37.0), vec2(0.0), ivec2(2, -3)));
	put(textureLodOffset(sampler3D(volume, samplers[0]), deep, 0.0, ivec3(1, -2, 3)));
	put(textureLodOffset(sampler3D(volume, samplers[4]), deep, 0.0, ivec3(-3, 2, -1)));
	put(textureLodOffset(sampler2DArray(layers, samplers[0]), flat_at, 0.0, ivec2(-4, 6)));
	put(textureLodOffset(sampler1DArray(lines, samplers[0]), vec2(inside(10u, 33, 1) / 33.0, 2.0), 0.0, -6));
	put(textureProj(sampler2D(plain, samplers[0]), vec3(at, 1.0) * w));
	put(textureProjLod(sampler2D(plain, samplers[0]), vec4(at * w, 7.0, w), 0.0));
	put(textureProjLodOffset(sampler2D(plain, samplers[4]), vec3(at, 1.0) * w, 0.0, ivec2(3, 3)));
	put(textureProjGrad(sampler2D(plain, samplers[0]), vec3(at, 1.0) * w, vec2(0.0, 0.5 / 21.0), vec2(0.0)));
	put(textureProjLod(sampler3D(volume, samplers[0]), vec4(deep, 1.0) * w, 0.0));
	put(texelFetchOffset(sampler2D(plain, samplers[0]), ivec2(pick(11u, 30u), 3), 0, ivec2(4, -2)));
	put(textureLodOffset(usampler2D(integers, samplers[14]), at, 0.0, ivec2(6, -7)).y);
}
