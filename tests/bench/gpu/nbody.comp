#version 450
// SPDX-License-Identifier: GPL-2.0
// The pull that 4096 bodies have on each other.
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) readonly buffer B { float b[]; };
layout(set = 0, binding = 2) buffer C { float c[]; };

shared vec4 body[256];

void main()
{
	uint l = gl_LocalInvocationIndex, i = gl_GlobalInvocationID.x;
	vec3 own = vec3(a[i * 4u], a[i * 4u + 1u], a[i * 4u + 2u]), pull = vec3(0.0);

	for (uint tile = 0u; tile < 4096u; tile += 256u) {
		uint from = (tile + l) * 4u;

		body[l] = vec4(a[from], a[from + 1u], a[from + 2u], a[from + 3u]);
		barrier();
		for (uint k = 0u; k < 256u; k++) {
			vec3 way = body[k].xyz - own;
			float inverse = inversesqrt(dot(way, way) + 0.01);

			pull += way * (body[k].w * inverse * inverse * inverse);
		}
		barrier();
	}
	c[i * 3u] = pull.x;
	c[i * 3u + 1u] = pull.y;
	c[i * 3u + 2u] = pull.z;
}
