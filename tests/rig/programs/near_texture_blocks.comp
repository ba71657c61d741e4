#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Formats of four by four texels: BC1 to BC5, single texels and filters.
#include "textures.h"

void main()
{
	vec2 at = any2(0u, 1.0);
	float lod = level(2u, 10u);

	for (int n = 0; n < 6; n++)
		put(texelFetch(sampler2D(bc1, samplers[0]),
			       ivec2(pick(3u, uint(513 >> n)), pick(4u, uint(257 >> n))), n));
	put(texelFetch(sampler2D(bc1, samplers[0]), ivec2(0), 6 + int(pick(4u, 4u))));
	put(textureLod(sampler2D(bc1, samplers[1]), at, 0.0));
	put(textureLod(sampler2D(bc1, samplers[1]), at, lod));
	put(textureLod(sampler2D(bc2, samplers[1]), at, 0.0));
	put(texelFetch(sampler2D(bc2, samplers[0]), ivec2(pick(5u, 20u), pick(6u, 12u)), 0));
	put(textureLod(sampler2DArray(bc3, samplers[1]), vec3(at, float(pick(7u, 3u))), lod));
	put(texelFetch(sampler2DArray(bc3, samplers[0]), ivec3(pick(8u, 30u), pick(9u, 22u), pick(10u, 3u)), 0));
	put(textureLod(sampler2D(bc4, samplers[1]), at, 0.0));
	put(textureLod(sampler2D(bc5, samplers[1]), at, lod) * 0.5 + 0.5);
	put(texelFetch(sampler2D(bc5, samplers[0]), ivec2(pick(11u, 40u), pick(12u, 20u)), 0) * 0.5 + 0.5);
}
