#version 450
// SPDX-License-Identifier: GPL-2.0
// A bitonic sort in threadgroup memory, with the largest group there is.
layout(local_size_x = 1024) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint key[1024];

void main()
{
	uint l = gl_LocalInvocationIndex, base = gl_WorkGroupID.x * 1024u;

	key[l] = a[(base + l) & 16383u];
	for (uint size = 2u; size <= 1024u; size <<= 1) {
		for (uint stride = size >> 1; stride > 0u; stride >>= 1) {
			barrier();
			uint other = l ^ stride;
			if (other > l) {
				bool up = (l & size) == 0u;
				uint x = key[l], y = key[other];
				if ((x > y) == up) {
					key[l] = y;
					key[other] = x;
				}
			}
		}
	}
	barrier();
	c[(base + l) & 16383u] = key[l];
}
