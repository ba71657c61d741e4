#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Comparisons with a depth, filtered or not.
#include "textures.h"

void main()
{
	for (uint n = 0u; n < 2u; n++) {
		vec2 at = any2(8u * n, 0.5), inside_at = inside2(8u * n + 2u, ivec2(24, 16), 1);
		// Never equal to a depth of 32 bits, which are multiples of 1/256
		float reference = (float(pick(8u * n + 4u, 272u)) + 0.5) / 256.0 - 8.0 / 256.0;
		float lod = float(pick(8u * n + 5u, 3u));

		put(vec4(textureLod(sampler2DShadow(depth32, shadows[11]), vec3(at, reference), 0.0)));
		put(vec4(textureLod(sampler2DShadow(depth32, shadows[11]), vec3(at, reference), lod)));
		put(vec4(textureLod(sampler2DShadow(depth32, shadows[12]), vec3(inside_at, reference), 0.0)));
		put(vec4(textureLodOffset(sampler2DShadow(depth32, shadows[12]), vec3(inside_at, reference), 0.0,
					  ivec2(-3, 4))));
		put(vec4(textureLod(sampler2DShadow(depth16, shadows[12]), vec3(inside_at, reference), 0.0)));
		put(vec4(textureProjLod(sampler2DShadow(depth16, shadows[11]), vec4(at, reference, 1.0), 0.0)));
		put(vec4(textureGrad(sampler2DShadow(depth32, shadows[12]), vec3(0.3, 0.6, reference),
				     vec2(exp2(lod + 0.2) / 24.0, 0.0), vec2(0.0))));
		put(vec4(texture(sampler2DShadow(depth16, shadows[11]), vec3(at, 2.0))) * 0.5 + 0.25);
	}
}
