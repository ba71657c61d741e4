#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uvec4 a[]; };
layout(set = 0, binding = 1) readonly buffer B { uvec2 b[]; };
layout(set = 0, binding = 2) buffer C { uvec4 c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uvec4 v = a[i ^ 3u], w = a[(i * 7u + 1u) & 1023u];
	uvec2 u = b[(i * 5u) & 1023u];

	/* Lanes that store one component only, and loads beyond the end. */
	if ((i & 3u) == 2u)
		c[i].y = v.x;
	else
		c[i] = v.wzyx * 3u + w.yxwz + u.xyxy;
	c[1024u + i].xz = a[4000u + i].xw;
}
