#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

uint collatz(uint n)
{
	uint steps = 0u;

	while (n > 1u && steps < 300u) {
		if ((n & 1u) == 0u) {
			n >>= 1;
		} else {
			if (n > 0x50000000u)
				break;
			n = 3u * n + 1u;
		}
		steps++;
		if ((steps & 7u) == 3u)
			continue;
		n += steps & 1u;
	}
	return steps ^ n;
}

uint classify(uint v)
{
	switch (v & 7u) {
	case 0u:
		return v * 3u;
	case 1u:
	case 2u:
		v += 5u;
		/* fallthrough */
	case 3u:
		return v ^ 0xffu;
	case 6u:
		for (uint k = 0u; k < (v >> 28); k++) {
			v = v * 1664525u + 1013904223u;
			if ((v & 0x30u) == 0x30u)
				return v;
		}
		break;
	default:
		v = ~v;
	}
	return v >> 1;
}

void main()
{
	uint i = gl_GlobalInvocationID.x, sum = 0u;

	for (uint j = 0u; j < (a[i] & 15u) + 1u; j++) {
		for (uint k = 0u; k < (b[i] & 7u); k++) {
			if (((j ^ k) & 3u) == 2u)
				continue;
			sum += classify(a[(i + j * k) & 4095u]);
			if ((sum & 0x7fu) == 1u)
				break;
		}
		do {
			sum = sum * 5u + 1u;
		} while ((sum & 12u) == 4u);
	}
	c[i] = sum;
	c[4096u + i] = collatz(a[i] & 0xffffu);
}
