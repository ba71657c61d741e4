#version 450
// SPDX-License-Identifier: GPL-2.0
// SHA-256's compression function over a block an item, with all rounds written out: arrays are indexed by
// constants alone, as Mesa makes chains of selects of everything else.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

const uint k[64] = uint[](
	0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u, 0xab1c5ed5u,
	0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu, 0x9bdc06a7u, 0xc19bf174u,
	0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu, 0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau,
	0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u, 0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u,
	0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu, 0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u,
	0xa2bfe8a1u, 0xa81a664bu, 0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u,
	0x19a4c116u, 0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
	0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u, 0xc67178f2u);

uint rotate(uint x, uint n)
{
	return x >> n | x << (32u - n);
}

#define ROUND(base, n, p, q, r, s, t, u, v, x) \
	if (base > 0u) \
		w[n] += (rotate(w[(n + 1) & 15], 7u) ^ rotate(w[(n + 1) & 15], 18u) ^ w[(n + 1) & 15] >> 3) + \
			w[(n + 9) & 15] + (rotate(w[(n + 14) & 15], 17u) ^ rotate(w[(n + 14) & 15], 19u) ^ w[(n + 14) & 15] >> 10); \
	x += (rotate(t, 6u) ^ rotate(t, 11u) ^ rotate(t, 25u)) + (t & u ^ ~t & v) + k[base + n] + w[n]; \
	s += x; \
	x += (rotate(p, 2u) ^ rotate(p, 13u) ^ rotate(p, 22u)) + (p & q ^ p & r ^ q & r);

#define ROUNDS(base, n) \
	ROUND(base, n, s0, s1, s2, s3, s4, s5, s6, s7) \
	ROUND(base, n + 1, s7, s0, s1, s2, s3, s4, s5, s6) \
	ROUND(base, n + 2, s6, s7, s0, s1, s2, s3, s4, s5) \
	ROUND(base, n + 3, s5, s6, s7, s0, s1, s2, s3, s4) \
	ROUND(base, n + 4, s4, s5, s6, s7, s0, s1, s2, s3) \
	ROUND(base, n + 5, s3, s4, s5, s6, s7, s0, s1, s2) \
	ROUND(base, n + 6, s2, s3, s4, s5, s6, s7, s0, s1) \
	ROUND(base, n + 7, s1, s2, s3, s4, s5, s6, s7, s0)

void main()
{
	uint i = gl_GlobalInvocationID.x, w[16];
	uint s0 = 0x6a09e667u, s1 = 0xbb67ae85u, s2 = 0x3c6ef372u, s3 = 0xa54ff53au;
	uint s4 = 0x510e527fu, s5 = 0x9b05688cu, s6 = 0x1f83d9abu, s7 = 0x5be0cd19u;

	for (uint n = 0u; n < 16u; n++)
		w[n] = a[i * 4u + n];
	ROUNDS(0u, 0)
	ROUNDS(0u, 8)
	ROUNDS(16u, 0)
	ROUNDS(16u, 8)
	ROUNDS(32u, 0)
	ROUNDS(32u, 8)
	ROUNDS(48u, 0)
	ROUNDS(48u, 8)
	c[i * 8u] = s0;
	c[i * 8u + 1u] = s1;
	c[i * 8u + 2u] = s2;
	c[i * 8u + 3u] = s3;
	c[i * 8u + 4u] = s4;
	c[i * 8u + 5u] = s5;
	c[i * 8u + 6u] = s6;
	c[i * 8u + 7u] = s7;
}
