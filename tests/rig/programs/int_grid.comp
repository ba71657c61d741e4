#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 4, local_size_y = 3, local_size_z = 5) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_WorkGroupID.x * 60u + gl_LocalInvocationIndex;

	c[i * 8u] = gl_GlobalInvocationID.x | gl_GlobalInvocationID.y << 8 | gl_GlobalInvocationID.z << 16;
	c[i * 8u + 1u] = gl_LocalInvocationID.x | gl_LocalInvocationID.y << 8 | gl_LocalInvocationID.z << 16;
	c[i * 8u + 2u] = gl_WorkGroupID.x | gl_WorkGroupID.y << 8 | gl_WorkGroupID.z << 16;
	c[i * 8u + 3u] = gl_NumWorkGroups.x | gl_NumWorkGroups.y << 8 | gl_NumWorkGroups.z << 16;
	c[i * 8u + 4u] = gl_WorkGroupSize.x | gl_WorkGroupSize.y << 8 | gl_WorkGroupSize.z << 16;
}
