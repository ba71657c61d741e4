#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// The nearest texel: every way to wrap, borders, dimensions, formats.
#include "textures.h"

void main()
{
	vec2 at = inside2(0u, ivec2(37, 21), 3);
	vec3 deep = vec3(inside(2u, 13, 2), inside(3u, 9, 2), inside(4u, 6, 2)) / vec3(13.0, 9.0, 6.0);
	vec2 flat_at = inside2(5u, ivec2(20, 12), 2);
	vec2 depth_at = inside2(11u, ivec2(24, 16), 1);
	float layer = float(pick(7u, 7u)) - 1.25;

	put(textureLod(sampler2D(plain, samplers[0]), at, 0.0));
	put(textureLod(sampler2D(plain, samplers[4]), at, 0.0));
	put(texture(sampler2D(plain, samplers[0]), at.yx * vec2(21.0 / 37.0, 37.0 / 21.0)));
	put(textureLod(usampler2D(integers, samplers[0]), at, 0.0).wzyx.x);
	uvec4 border = textureLod(usampler2D(integers, samplers[14]), at, 0.0);
	put(border.x | border.y << 8 | border.z << 16 | border.w << 24);
	put(textureLod(sampler2D(swizzled, samplers[0]), at, 0.0));
	put(textureLod(sampler2DArray(layers, samplers[0]), vec3(flat_at, layer), 0.0));
	put(textureLod(sampler2DArray(layers, samplers[4]), vec3(flat_at, layer), 0.0));
	put(textureLod(sampler3D(volume, samplers[0]), deep, 0.0));
	put(textureLod(sampler3D(volume, samplers[4]), deep, 0.0));
	put(textureLod(sampler1DArray(lines, samplers[0]), vec2(inside(8u, 33, 2) / 33.0, layer), 0.0));
	put(textureLod(sampler2D(one_level, samplers[9]), at * vec2(37.0, 21.0), 0.0));
	put(floatBitsToUint(textureLod(sampler2D(halves, samplers[0]), inside2(9u, ivec2(11, 7), 1), 0.0).y));
	put(floatBitsToUint(textureLod(sampler2D(depth32, samplers[0]), depth_at, 0.0).x));
	put(uint(round(textureLod(sampler2D(depth16, samplers[0]), depth_at, 0.0).x * 65535.0)));
	put(textureLod(sampler2D(plain, samplers[(gl_WorkGroupID.x & 1u) * 4u]), at, 0.0));
}
