#version 450
// SPDX-License-Identifier: GPL-2.0
// A Fourier transform of 64 points; twiddle factors by multiplication, so that both devices round the same.
layout(local_size_x = 32) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared vec2 x[64];

vec2 times(vec2 u, vec2 v)
{
	precise vec2 w = vec2(u.x * v.x, u.x * v.y);
	precise vec2 s = vec2(u.y * v.y, u.y * v.x);
	precise vec2 sum = vec2(w.x - s.x, w.y + s.y);

	return sum;
}

vec2 twiddle(uint n)
{
	vec2 w = vec2(0.99518472667, -0.09801714033), result = vec2(1.0, 0.0);

	for (uint k = 0u; k < n; k++)
		result = times(result, w);
	return result;
}

void main()
{
	uint l = gl_LocalInvocationIndex;

	for (uint block = 0u; block < 8u; block++) {
		uint base = (gl_WorkGroupID.x * 8u + block) * 64u;

		for (uint n = l; n < 64u; n += 32u)
			x[bitfieldReverse(n) >> 26] = vec2(float(int(a[base + n]) >> 16), float(int(b[base + n]) >> 20));
		for (uint size = 1u; size < 64u; size <<= 1) {
			barrier();
			uint within = l & (size - 1u), at = (l - within) * 2u + within;
			vec2 even = x[at], odd = times(x[at + size], twiddle(within * (32u / size)));
			precise vec2 sum = even + odd, difference = even - odd;

			x[at] = sum;
			x[at + size] = difference;
		}
		barrier();
		for (uint n = l; n < 64u; n += 32u) {
			c[base * 2u + n] = floatBitsToUint(x[n].x);
			c[base * 2u + 64u + n] = floatBitsToUint(x[n].y);
		}
		barrier();
	}
}
