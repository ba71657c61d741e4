#version 450
// SPDX-License-Identifier: GPL-2.0
// A group whose shape is no power of two.
layout(local_size_x = 4, local_size_y = 3, local_size_z = 5) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint cell[4][3][5];

void main()
{
	uvec3 l = gl_LocalInvocationID;
	uint flat_index = (l.z * 3u + l.y) * 4u + l.x, i = gl_WorkGroupID.x * 60u + flat_index;

	cell[l.x][l.y][l.z] = a[i];
	barrier();
	uint h = cell[3u - l.x][2u - l.y][4u - l.z] + cell[(l.x + 1u) & 3u][l.y][l.z];
	c[i] = h * 3u + (gl_LocalInvocationIndex == flat_index ? 1u : 0u);
	c[4096u + i] = gl_GlobalInvocationID.x << 20 | gl_GlobalInvocationID.y << 10 | gl_GlobalInvocationID.z;
	c[8192u + i] = gl_WorkGroupSize.x * 100u + gl_WorkGroupSize.y * 10u + gl_WorkGroupSize.z + gl_NumWorkGroups.x * 1000u;
}
