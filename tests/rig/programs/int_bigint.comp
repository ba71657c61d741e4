#version 450
// SPDX-License-Identifier: GPL-2.0
// Montgomery products of 256-bit numbers, with carries; a power by squaring.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

/* 2^255 - 19 */
const uint p[8] = uint[](0xffffffedu, ~0u, ~0u, ~0u, ~0u, ~0u, ~0u, 0x7fffffffu);

void reduce_once(inout uint t[9])
{
	uint d[9], borrow = 0u;

	for (uint n = 0u; n < 9u; n++) {
		uint first, second;
		uint x = usubBorrow(t[n], n < 8u ? p[min(n, 7u)] : 0u, first);

		d[n] = usubBorrow(x, borrow, second);
		borrow = first + second;
	}
	if (borrow == 0u)
		t = d;
}

uint[8] product(uint x[8], uint y[8])
{
	uint t[9] = uint[](0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u), result[8];

	for (uint i = 0u; i < 8u; i++) {
		uint carry = 0u, high, low, more;

		for (uint n = 0u; n < 8u; n++) {
			umulExtended(x[i], y[n], high, low);
			low = uaddCarry(low, t[n], more);
			high += more;
			t[n] = uaddCarry(low, carry, more);
			carry = high + more;
		}
		t[8] += carry;
		uint m = t[0] * 0x286bca1bu;
		carry = 0u;
		for (uint n = 0u; n < 8u; n++) {
			umulExtended(m, p[n], high, low);
			low = uaddCarry(low, t[n], more);
			high += more;
			low = uaddCarry(low, carry, more);
			carry = high + more;
			if (n > 0u)
				t[n - 1u] = low;
		}
		t[7] = uaddCarry(t[8], carry, more);
		t[8] = more;
	}
	reduce_once(t);
	for (uint n = 0u; n < 8u; n++)
		result[n] = t[n];
	return result;
}

void main()
{
	uint i = gl_GlobalInvocationID.x, x[8], y[8];

	for (uint n = 0u; n < 8u; n++) {
		x[n] = a[i * 8u + n] & (n == 7u ? 0x7fffffffu : ~0u);
		y[n] = b[(i * 8u + n) & 16383u] & (n == 7u ? 0x7fffffffu : ~0u);
	}
	y = product(x, y);
	for (uint n = 0u; n < 12u; n++) {
		y = product(y, y);
		if ((b[i] >> n & 1u) != 0u)
			y = product(y, x);
	}
	for (uint n = 0u; n < 8u; n++)
		c[i * 8u + n] = y[n];
}
