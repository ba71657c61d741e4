#version 450
// SPDX-License-Identifier: GPL-2.0
// Lanes that read other lanes, judged by shared memory: all words are the same whatever the size of a
// subgroup.
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_ballot : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_KHR_shader_subgroup_shuffle_relative : require
#extension GL_KHR_shader_subgroup_vote : require
#extension GL_KHR_shader_subgroup_quad : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint value[64];
uint wrong = 0u;

void expect(uint bit, bool ok)
{
	if (!ok)
		wrong |= 1u << bit;
}

void main()
{
	uint i = gl_GlobalInvocationID.x, l = gl_LocalInvocationIndex, lane = gl_SubgroupInvocationID;
	uint x = a[i], first = l - lane;

	value[l] = x;
	barrier();
	expect(14u, subgroupShuffleXor(x, 5u) == value[first + (lane ^ 5u)] || (lane ^ 5u) >= gl_SubgroupSize);
	expect(15u, subgroupShuffleXor(x, 1u) == value[first + (lane ^ 1u)]);
	expect(16u, subgroupAllEqual(value[first]) && !subgroupAllEqual(lane));
	uint up = subgroupShuffleUp(x, 3u), down = subgroupShuffleDown(x, 2u);
	expect(17u, lane < 3u || up == value[l - 3u]);
	expect(18u, lane + 2u >= gl_SubgroupSize || down == value[l + 2u]);
	uint any_lane = b[i] % gl_SubgroupSize;
	expect(19u, subgroupShuffle(x, any_lane) == value[first + any_lane]);
	expect(20u, subgroupBroadcast(x, 3u) == value[first + 3u]);
	expect(21u, subgroupBroadcastFirst(x) == value[first]);
	expect(22u, subgroupQuadBroadcast(x, 2u) == value[(l & ~3u) + 2u]);
	expect(23u, subgroupQuadSwapHorizontal(x) == value[l ^ 1u]);
	expect(24u, subgroupQuadSwapVertical(x) == value[l ^ 2u]);
	expect(25u, subgroupQuadSwapDiagonal(x) == value[l ^ 3u]);
	expect(26u, subgroupAll(true) && !subgroupAll(lane != 1u) && subgroupAny(lane == 1u));
	/* With some lanes switched off, the others only: what an inactive lane would give is undefined. */
	uint vote = subgroupBallot((b[i] & 3u) == 1u).x;
	if ((b[i] & 3u) == 1u) {
		expect(27u, subgroupBallot(true).x == vote && subgroupBroadcastFirst(lane) == findLSB(vote));
		expect(28u, subgroupElect() == (lane == findLSB(vote)));
		uint other = findMSB(vote);
		expect(29u, subgroupShuffle(x, other) == value[first + other]);
	}
	c[i] = wrong ^ 0xc001d00du;
}
