#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// The nearest texel of a cube: all faces, levels, cubes of an array.
#include "textures.h"

// A direction to the middle of a texel of a random face, of any length
vec3 towards(uint call, int size)
{
	uint face = pick(call, 6u);
	vec2 on = inside2(call + 1u, ivec2(size), 0) * 2.0 - 1.0;
	vec3 v = face < 2u ? vec3(1.0, on) : face < 4u ? vec3(on.x, 1.0, on.y) : vec3(on, 1.0);

	return ((face & 1u) != 0u ? -v : v) * (0.5 + float(pick(call + 3u, 8u)));
}

// Levels are constants: Mesa's AGX_MESA_DEBUG=spill has no registers for an array's with others.
void main()
{
	for (uint n = 0u; n < 6u; n++)
		put(textureLod(samplerCube(cube, samplers[0]), towards(4u * n, 16), 0.0));
	for (uint n = 1u; n < 4u; n++)
		put(textureLod(samplerCube(cube, samplers[4]), towards(24u + 4u * n, 16 >> n),
			       float(n) - 0.4));
	for (uint n = 0u; n < 5u; n++)
		put(textureLod(samplerCubeArray(cubes, samplers[0]),
			       vec4(towards(40u + 4u * n, 16 >> n), float(pick(64u + n, 4u)) - 0.8),
			       float(n) + 0.3));
	put(texture(samplerCube(cube, samplers[0]), towards(70u, 16)));
	put(uint(textureSize(samplerCubeArray(cubes, samplers[0]), 1).z));
}
