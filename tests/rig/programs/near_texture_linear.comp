#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Filters between texels and between levels.
#include "textures.h"

void main()
{
	vec2 at = any2(0u, 1.0);
	vec3 deep = any3(2u, 1.0);
	float lod = float(pick(6u, 384u)) / 64.0 - 0.5;

	put(textureLod(sampler2D(plain, samplers[1]), at, 0.0));
	put(textureLod(sampler2D(plain, samplers[1]), at, lod));
	put(textureLod(sampler2D(plain, samplers[2]), at, 0.0));
	put(textureLod(sampler2D(plain, samplers[3]), at, lod));
	put(textureLod(sampler2D(plain, samplers[5]), at, 0.0));
	put(textureLod(sampler2D(plain, samplers[6]), at, lod));
	put(textureLod(sampler2D(plain, samplers[7]), at, 1.0));
	put(textureLod(sampler2D(one_level, samplers[8]), at * vec2(37.0, 21.0), 0.0));
	put(textureLod(sampler2D(plain, samplers[10]), at, -0.75));
	put(textureLod(sampler2D(plain, samplers[13]), at, 0.0));
	put(textureLod(sampler3D(volume, samplers[1]), deep, lod));
	put(textureLodOffset(sampler3D(volume, samplers[6]), deep, 0.0, ivec3(1, -1, 2)));
	put(textureLod(sampler2DArray(layers, samplers[2]), vec3(at, float(pick(7u, 4u))), 0.0));
	put(textureLod(sampler1DArray(lines, samplers[1]), vec2(at.x, float(pick(8u, 3u))), 0.0));
	put(textureLod(sampler2D(halves, samplers[1]), at, lod) / 8.0 + 0.5);
	put(textureLod(sampler2D(srgb, samplers[1]), at, lod));
}
