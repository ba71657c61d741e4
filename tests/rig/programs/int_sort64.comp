#version 450
// SPDX-License-Identifier: GPL-2.0
// A bitonic sort of 64-bit keys with their origin, and a binary search in the result.
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x = 256) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint64_t key[512];
shared uint origin[512];

void main()
{
	uint l = gl_LocalInvocationIndex;

	for (uint block = 0u; block < 2u; block++) {
		uint base = (gl_WorkGroupID.x * 2u + block) * 512u;

		for (uint n = l; n < 512u; n += 256u) {
			/* Many equal upper halves. */
			key[n] = uint64_t(a[(base + n) & 16383u] & 7u) << 61 | b[(base + n) & 16383u];
			origin[n] = n;
		}
		for (uint size = 2u; size <= 512u; size <<= 1) {
			for (uint stride = size >> 1; stride > 0u; stride >>= 1) {
				barrier();
				uint low = (l & ~(stride - 1u)) * 2u + (l & (stride - 1u)), high = low + stride;
				bool up = (low & size) == 0u;

				if ((key[low] > key[high]) == up) {
					uint64_t k = key[low];
					uint o = origin[low];

					key[low] = key[high];
					origin[low] = origin[high];
					key[high] = k;
					origin[high] = o;
				}
			}
		}
		barrier();
		for (uint n = l; n < 512u; n += 256u) {
			uint64_t wanted = uint64_t(a[(base + n) & 16383u] & 7u) << 61 | b[(base + n) & 16383u];
			uint first = 0u, last = 512u;

			while (first < last) {
				uint middle = (first + last) / 2u;

				if (key[middle] < wanted)
					first = middle + 1u;
				else
					last = middle;
			}
			c[(base + n) & 16383u] = origin[n] << 16 | first;
		}
		barrier();
	}
}
