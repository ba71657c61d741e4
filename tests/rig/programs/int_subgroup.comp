#version 450
// SPDX-License-Identifier: GPL-2.0
// Every operation against its own evaluation in a loop, as the subgroup's size differs between devices:
// the output is a mask of the operations that were wrong, so all words are the same.
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_KHR_shader_subgroup_ballot : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint value[64];
shared uint present[64];
shared uint base_of[64];
uint wrong = 0u;

void expect(uint bit, bool ok)
{
	if (!ok)
		wrong |= 1u << bit;
}

void check(uint first, uint lane, uint x)
{
	uint sum = 0u, before = 0u, all_and = ~0u, all_or = 0u, all_xor = 0u, low = ~0u, high = 0u, count = 0u;
	int slow = 0x7fffffff, shigh = -0x7fffffff - 1, before_max = shigh;
	uint before_min = ~0u, product_before = 1u;

	for (uint n = 0u; n < gl_SubgroupSize; n++) {
		if (present[first + n] == 0u)
			continue;
		uint v = value[first + n];
		if (n < lane) {
			before += v;
			before_min = min(before_min, v);
			before_max = max(before_max, int(v));
		}
		sum += v;
		all_and &= v;
		all_or |= v;
		all_xor ^= v;
		low = min(low, v);
		high = max(high, v);
		slow = min(slow, int(v));
		shigh = max(shigh, int(v));
		count++;
	}
	expect(0u, subgroupAdd(x) == sum);
	expect(1u, subgroupExclusiveAdd(x) == before);
	expect(2u, subgroupInclusiveAdd(x) == before + x);
	expect(3u, subgroupAnd(x) == all_and);
	expect(4u, subgroupOr(x) == all_or);
	expect(5u, subgroupXor(x) == all_xor);
	expect(6u, subgroupMin(x) == low);
	expect(7u, subgroupMax(x) == high);
	expect(8u, subgroupMin(int(x)) == slow);
	expect(9u, subgroupMax(int(x)) == shigh);
	expect(10u, subgroupExclusiveMin(x) == before_min);
	expect(11u, subgroupExclusiveMax(int(x)) == before_max);
	uvec4 here = subgroupBallot(true);
	expect(12u, subgroupBallotBitCount(here) == count);
	expect(13u, subgroupBallotBitExtract(here, lane));
}

void main()
{
	uint i = gl_GlobalInvocationID.x, l = gl_LocalInvocationIndex, lane = gl_SubgroupInvocationID;
	uint x = a[i], first = l - lane;

	value[l] = x;
	present[l] = 1u;
	barrier();
	check(first, lane, x);
	float f = float(x & 255u), fsum = 0.0, fmax = 0.0;
	for (uint n = 0u; n < gl_SubgroupSize; n++) {
		fsum += float(value[first + n] & 255u);
		fmax = max(fmax, float(value[first + n] & 255u));
	}
	expect(27u, subgroupAdd(f) == fsum);
	expect(28u, subgroupMax(f) == fmax);
	/* The same with some lanes switched off. */
	present[l] = (b[i] & 3u) == 1u ? 1u : 0u;
	barrier();
	if ((b[i] & 3u) == 1u) {
		uint before = wrong;

		wrong = 0u;
		check(first, lane, x);
		wrong = before | wrong << 29u;
	}
	c[i] = wrong ^ 0xc001d00du;
}
