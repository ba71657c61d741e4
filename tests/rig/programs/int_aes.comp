#version 450
// SPDX-License-Identifier: GPL-2.0
// AES-128 in counter mode; the S-box is made by each group itself.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

shared uint box[256];

uint twice(uint x)
{
	return (x << 1 ^ ((x & 0x80u) != 0u ? 0x11bu : 0u)) & 0xffu;
}

uint product(uint x, uint y)
{
	uint sum = 0u;

	for (; y != 0u; y >>= 1) {
		if ((y & 1u) != 0u)
			sum ^= x;
		x = twice(x);
	}
	return sum;
}

uint substitute(uint x)
{
	uint inverse = 0u, result = 0x63u;

	for (uint n = 1u; n < 256u && x != 0u; n++)
		if (product(x, n) == 1u)
			inverse = n;
	for (uint n = 0u; n < 5u; n++)
		result ^= (inverse << n | inverse >> (8u - n)) & 0xffu;
	return result;
}

uint box_word(uint w)
{
	return box[w & 255u] | box[w >> 8 & 255u] << 8 | box[w >> 16 & 255u] << 16 | box[w >> 24] << 24;
}

uint mixed(uint w)
{
	uint b0 = w & 255u, b1 = w >> 8 & 255u, b2 = w >> 16 & 255u, b3 = w >> 24, all = b0 ^ b1 ^ b2 ^ b3;

	return (b0 ^ all ^ twice(b0 ^ b1)) | (b1 ^ all ^ twice(b1 ^ b2)) << 8 |
	       (b2 ^ all ^ twice(b2 ^ b3)) << 16 | (b3 ^ all ^ twice(b3 ^ b0)) << 24;
}

void main()
{
	uint l = gl_LocalInvocationIndex, i = gl_GlobalInvocationID.x, key[44], s[4], t[4];

	for (uint n = 0u; n < 4u; n++)
		box[l * 4u + n] = substitute(l * 4u + n);
	barrier();
	for (uint n = 0u; n < 4u; n++)
		key[n] = b[n];
	for (uint n = 4u, round = 1u; n < 44u; n++) {
		uint w = key[n - 1u];

		if ((n & 3u) == 0u) {
			w = box_word(w >> 8 | w << 24) ^ round;
			round = twice(round);
		}
		key[n] = key[n - 4u] ^ w;
	}
	for (uint block = 0u; block < 4u; block++) {
		for (uint n = 0u; n < 4u; n++)
			s[n] = (n == 3u ? i * 4u + block : b[8u + n]) ^ key[n];
		for (uint round = 1u; round <= 10u; round++) {
			for (uint n = 0u; n < 4u; n++)
				t[n] = box[s[n] & 255u] | box[s[(n + 1u) & 3u] >> 8 & 255u] << 8 |
				       box[s[(n + 2u) & 3u] >> 16 & 255u] << 16 | box[s[(n + 3u) & 3u] >> 24] << 24;
			for (uint n = 0u; n < 4u; n++)
				s[n] = (round == 10u ? t[n] : mixed(t[n])) ^ key[round * 4u + n];
		}
		for (uint n = 0u; n < 4u; n++)
			c[(i * 4u + block) * 4u + n] = a[(i * 4u + block) * 4u + n] ^ s[n];
	}
}
