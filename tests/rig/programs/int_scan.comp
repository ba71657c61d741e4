#version 450
// SPDX-License-Identifier: GPL-2.0
// Prefix sums over 1024 items: within subgroups, over the subgroups' sums, and both added.
#extension GL_KHR_shader_subgroup_arithmetic : require
layout(local_size_x = 1024) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint sums[1024];

void main()
{
	uint l = gl_LocalInvocationIndex, base = gl_WorkGroupID.x * 1024u, x = a[base + l] & 0xffffffu;
	uint inclusive = subgroupInclusiveAdd(x);

	if (gl_SubgroupInvocationID == gl_SubgroupSize - 1u)
		sums[gl_SubgroupID] = inclusive;
	barrier();
	for (uint step = 1u; step < gl_NumSubgroups; step <<= 1) {
		uint more = l >= step && l < gl_NumSubgroups ? sums[l - step] : 0u;

		barrier();
		if (l < gl_NumSubgroups)
			sums[l] += more;
		barrier();
	}
	c[base + l] = inclusive + (gl_SubgroupID != 0u ? sums[gl_SubgroupID - 1u] : 0u);
}
