#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_GOOGLE_include_directive : require
// Filters across the edges and corners of cubes.
#include "textures.h"

void main()
{
	for (uint n = 0u; n < 4u; n++) {
		vec3 v = any3(4u * n, 0.5);
		// Towards edges and corners
		vec3 w = clamp(v * 3.0, vec3(-1.0), vec3(1.0)) * 0.97 + v * 0.03;

		put(textureLod(samplerCube(cube, samplers[1]), v, 0.0));
		put(textureLod(samplerCube(cube, samplers[2]), w, 2.0));
		// A constant level: see int_texture_cube
		put(textureLod(samplerCubeArray(cubes, samplers[1]), vec4(w, float(n & 1u)),
			       float(n) * 0.8125));
		put(textureLod(samplerCube(cube, samplers[15]), w, 0.0));
	}
}
