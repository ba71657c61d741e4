#version 450
// SPDX-License-Identifier: GPL-2.0
// The sum of four million items: 16 an item, 256 items a group.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) buffer C { float c[]; };

shared float part[256];

void main()
{
	uint l = gl_LocalInvocationIndex, base = gl_WorkGroupID.x * 4096u + l;
	float sum = 0.0;

	for (uint n = 0u; n < 16u; n++)
		sum += a[base + n * 256u];
	part[l] = sum;
	for (uint step = 128u; step > 0u; step >>= 1) {
		barrier();
		if (l < step)
			part[l] += part[l + step];
	}
	if (l == 0u)
		c[gl_WorkGroupID.x] = part[0];
}
