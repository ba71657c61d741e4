#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

uint mix32(uint h, uint v)
{
	return (h ^ v) * 0x9e3779b1u + (h >> 15);
}

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uint x = a[i], y = b[i];
	int sx = int(x), sy = int(y);
	uint h = 1u;

	h = mix32(h, x + y);
	h = mix32(h, x - y);
	h = mix32(h, x * y);
	h = mix32(h, x / max(y, 1u));
	h = mix32(h, x % max(y, 1u));
	h = mix32(h, uint(sx / max(abs(sy >> 1), 1)));
	h = mix32(h, x << (y & 31u));
	h = mix32(h, x >> (y & 31u));
	h = mix32(h, uint(sx >> (y & 31u)));
	h = mix32(h, bitfieldExtract(x, int(y & 15u), int(x & 15u)));
	h = mix32(h, uint(bitfieldExtract(sx, int(y & 15u), int(x & 15u) + 1)));
	h = mix32(h, bitfieldInsert(x, y, int(y & 15u), int(x & 15u)));
	h = mix32(h, bitfieldReverse(x));
	h = mix32(h, bitCount(x));
	h = mix32(h, uint(findLSB(x)));
	h = mix32(h, uint(findMSB(x)));
	h = mix32(h, uint(findMSB(sy)));
	h = mix32(h, min(x, y));
	h = mix32(h, max(x, y));
	h = mix32(h, uint(min(sx, sy)));
	h = mix32(h, uint(max(sx, sy)));
	h = mix32(h, uint(clamp(sx, -1000, 1000)));
	h = mix32(h, uint(sign(sx)));
	h = mix32(h, x & y);
	h = mix32(h, x | ~y);
	h = mix32(h, x ^ y);
	h = mix32(h, x < y ? 1u : 2u);
	h = mix32(h, sx < sy ? 3u : 4u);
	uint carry, borrow, hi, lo;
	h = mix32(h, uaddCarry(x, y, carry));
	h = mix32(h, carry);
	h = mix32(h, usubBorrow(x, y, borrow));
	h = mix32(h, borrow);
	umulExtended(x, y, hi, lo);
	h = mix32(h, hi);
	h = mix32(h, lo);
	int shi, slo;
	imulExtended(sx, sy, shi, slo);
	h = mix32(h, uint(shi));
	c[i] = h;
	c[8192u + i] = x * y + (x << 3);
}
