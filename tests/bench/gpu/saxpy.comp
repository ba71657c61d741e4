#version 450
// SPDX-License-Identifier: GPL-2.0
// Four million items.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) buffer C { float c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;

	c[i] = 2.5 * a[i] + b[i];
}
