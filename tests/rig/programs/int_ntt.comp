#version 450
// SPDX-License-Identifier: GPL-2.0
// A number-theoretic transform of 1024 points modulo 998244353 in threadgroup memory, and back.
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x = 512) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

const uint P = 998244353u;
shared uint x[1024];

uint times(uint u, uint v)
{
	return uint(uint64_t(u) * v % P);
}

uint power(uint base, uint exponent)
{
	uint result = 1u;

	for (; exponent != 0u; exponent >>= 1) {
		if ((exponent & 1u) != 0u)
			result = times(result, base);
		base = times(base, base);
	}
	return result;
}

void transform(uint l, uint root)
{
	for (uint n = 0u; n < 2u; n++) {
		uint from = l + n * 512u, to = bitfieldReverse(from) >> 22;

		if (from < to) {
			uint swap = x[from];
			x[from] = x[to];
			x[to] = swap;
		}
	}
	for (uint size = 1u; size < 1024u; size <<= 1) {
		barrier();
		uint within = l & (size - 1u), at = (l - within) * 2u + within;
		uint even = x[at], odd = times(x[at + size], power(root, within * (512u / size)));

		x[at] = (even + odd) % P;
		x[at + size] = (even + P - odd) % P;
	}
	barrier();
}

void main()
{
	uint l = gl_LocalInvocationIndex, base = gl_WorkGroupID.x * 1024u;
	uint root = power(3u, (P - 1u) / 1024u), own[2];

	for (uint n = 0u; n < 2u; n++)
		x[l + n * 512u] = own[n] = a[base + l + n * 512u] % P;
	barrier();
	transform(l, root);
	c[base + l * 2u] = x[l] ^ x[l + 512u];
	transform(l, power(root, P - 2u));
	/* Forth and back multiplies by the number of points. */
	uint inverse = power(1024u, P - 2u), wrong = 0u;
	for (uint n = 0u; n < 2u; n++)
		wrong |= times(x[l + n * 512u], inverse) ^ own[n];
	c[base + l * 2u + 1u] = wrong + 1u;
}
