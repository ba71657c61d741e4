// SPDX-License-Identifier: GPL-2.0
// What programs that sample have in common: the bindings of vk_textures.c, in its order, and 16
// words of output an invocation.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

layout(set = 1, binding = 0) uniform sampler samplers[16];
layout(set = 1, binding = 0) uniform samplerShadow shadows[16];
layout(set = 1, binding = 1) uniform texture2D plain;		// 37x21, 6 levels
layout(set = 1, binding = 2) uniform texture2DArray layers;	// 20x12, 4 layers, 5 levels
layout(set = 1, binding = 3) uniform texture3D volume;		// 13x9x6, 4 levels
layout(set = 1, binding = 4) uniform textureCube cube;		// 16x16, 5 levels
layout(set = 1, binding = 5) uniform textureCubeArray cubes;	// 2 of them
layout(set = 1, binding = 6) uniform texture2D depth32;		// 24x16, 3 levels
layout(set = 1, binding = 7) uniform texture2D depth16;		// likewise
layout(set = 1, binding = 8) uniform texture2D srgb;		// of the plain image
layout(set = 1, binding = 9) uniform utexture2D integers;	// of the plain image
layout(set = 1, binding = 10) uniform texture2D swizzled;	// of the plain image: b, 1, a, r
layout(set = 1, binding = 11) uniform texture2DArray part;	// levels 1 to 3, layers 1 and 2
layout(set = 1, binding = 12) uniform texture1DArray lines;	// 33, 3 layers, 1 level
layout(set = 1, binding = 13) uniform texture2D halves;		// 11x7, 4 levels, -4 to 4
layout(set = 1, binding = 14) uniform texture2D one_level;	// of the plain image
layout(set = 1, binding = 15) uniform texture2D bc1;		// 513x257, 10 levels
layout(set = 1, binding = 16) uniform texture2D bc2;		// 20x12, 1 level
layout(set = 1, binding = 17) uniform texture2DArray bc3;	// 30x22, 3 layers, 5 levels, sRGB
layout(set = 1, binding = 18) uniform texture2D bc4;		// 40x36, 1 level
layout(set = 1, binding = 19) uniform texture2D bc5;		// 40x20, 3 levels, signed

uint id = gl_GlobalInvocationID.x, at_word = 0u;

void put(uint word)
{
	c[id * 16u + at_word++] = word;
}

void put(vec4 colour)
{
	put(packUnorm4x8(colour));
}

// 0 to n - 1, another one with every call number
uint pick(uint call, uint n)
{
	uint word = (id + 1u) * 2654435761u ^ (call + 1u) * 2246822519u;

	word ^= word >> 15;
	word *= 0x85ebca6bu;
	return (word ^ word >> 13) % n;
}

// In texels, within the middle half of one, up to "around" sizes off the image: what is nearest is
// not in doubt.
float inside(uint call, int size, int around)
{
	int texel = int(pick(call, uint(size * (2 * around + 1)))) - size * around;

	return float(texel) + 0.25 + float(pick(call + 50u, 9u)) / 16.0;
}

// Likewise between two texels: which two a filter takes is not in doubt.
float between(uint call, int size, int around)
{
	return inside(call, size, around) + 0.5;
}

vec2 inside2(uint call, ivec2 size, int around)
{
	return vec2(inside(call, size.x, around), inside(call + 1u, size.y, around)) / vec2(size);
}

vec2 between2(uint call, ivec2 size, int around)
{
	return vec2(between(call, size.x, around), between(call + 1u, size.y, around)) / vec2(size);
}

// Any place, down to fractions of a texel
vec2 any2(uint call, float around)
{
	return vec2(pick(call, 65536u), pick(call + 1u, 65536u)) / 65536.0 * (2.0 * around + 1.0) - around;
}

vec3 any3(uint call, float around)
{
	return vec3(any2(call, around), any2(call + 2u, around).x);
}

// A level, never where two are equally near
float level(uint call, uint levels)
{
	return float(pick(call, levels * 4u)) / 4.0 - 0.375;
}
