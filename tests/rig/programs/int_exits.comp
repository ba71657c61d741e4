#version 450
// SPDX-License-Identifier: GPL-2.0
// Loops left in the middle, returns out of loops, cases that fall through, lanes that part ways.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint found;

uint search(uint key, uint from)
{
	for (uint outer = 0u; outer < 8u; outer++) {
		for (uint n = from; n < from + 24u; n++) {
			uint v = a[(n + outer * 100u) & 16383u];

			if ((v & 31u) == (key & 31u))
				return n * 8u + outer;
			if ((v & 7u) == 5u)
				continue;
			if ((v & 255u) == 255u)
				break;
			key += v & 1u;
		}
		if ((key & 3u) == 3u && outer > 5u)
			return key;
	}
	return ~0u;
}

void main()
{
	uint i = gl_GlobalInvocationID.x, h = 0u;

	if (gl_LocalInvocationIndex == 0u)
		found = 0u;
	barrier();
	uint n = b[i] & 63u;
	do {
		h = h * 7u + search(b[(i + n) & 16383u], i);
		if ((h & 0xf00u) == 0x300u)
			break;
	} while (n-- > 40u);
	if ((h & 1u) == 0u)
		atomicAdd(found, 1u);
	barrier();
	if (i % 5u == 2u) {
		c[i] = h;
		return;
	}
	switch (h % 6u) {
	case 4u:
		h += found;
	case 0u:
		for (uint m = 0u; m < (h & 15u); m++) {
			if (m == 9u)
				break;
			h ^= h << 1;
		}
		break;
	case 3u:
		c[i] = h ^ 0xabcdu;
		return;
	default:
		h = ~h;
	}
	c[i] = h + found;
}
