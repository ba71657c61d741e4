#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_EXT_shader_explicit_arithmetic_types : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	uint64_t x = uint64_t(a[i]) << 32 | b[i], y = uint64_t(b[i + 1u]) << (a[i + 1u] & 31u) | 1ul;
	int64_t sx = int64_t(x), sy = int64_t(y) >> (b[i] & 31u) | 1l;
	uint64_t q = x / y, r = x % y;
	int64_t sq = sx / sy, sr = sx - sq * sy;

	c[i] = uint(q) ^ uint(q >> 32) * 3u;
	c[1024u + i] = uint(r) ^ uint(r >> 32) * 3u;
	c[2048u + i] = uint(sq) ^ uint(sq >> 32) * 3u;
	c[3072u + i] = uint(sr) ^ uint(sr >> 32) * 3u;
	c[4096u + i] = a[i] / 7u ^ b[i] / 10u ^ a[i] % 1000u ^ uint(int(a[i]) / 13) ^ b[i] / 641u;
	int16_t h = int16_t(a[i]), d = int16_t(int(b[i] & 0x7ffu) + 1);
	c[5120u + i] = uint(int(h / d)) ^ uint(uint16_t(a[i]) / uint16_t(17)) << 16;
}
