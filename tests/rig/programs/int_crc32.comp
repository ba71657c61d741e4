#version 450
// SPDX-License-Identifier: GPL-2.0
// CRC-32 of 64 bytes an item, by the byte from a table and by the bit without.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint table[256];

uint step(uint crc)
{
	return crc >> 1 ^ ((crc & 1u) != 0u ? 0xedb88320u : 0u);
}

void main()
{
	uint l = gl_LocalInvocationIndex, i = gl_GlobalInvocationID.x, fast = ~0u, slow = ~0u;

	for (uint n = l; n < 256u; n += 64u) {
		uint crc = n;

		for (uint k = 0u; k < 8u; k++)
			crc = step(crc);
		table[n] = crc;
	}
	barrier();
	for (uint n = 0u; n < 16u; n++) {
		uint word = a[i * 16u + n];

		for (uint k = 0u; k < 4u; k++)
			fast = fast >> 8 ^ table[(fast ^ word >> k * 8u) & 255u];
		slow ^= word;
		for (uint k = 0u; k < 32u; k++)
			slow = step(slow);
		c[i * 16u + n] = ~fast;
	}
	if (fast != slow)
		c[i * 16u] = 0u;
}
