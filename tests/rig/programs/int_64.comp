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
	uint64_t x = uint64_t(a[i]) << 32 | b[i], y = uint64_t(b[(i + 7u) & 1023u]) << 20 | a[(i * 3u) & 1023u];
	int64_t sx = int64_t(x), sy = int64_t(y);
	uint64_t h = x + y * 3ul;

	h ^= x * y;
	h += x - y;
	h ^= x << uint(y & 63ul);
	h += x >> uint(y & 63ul);
	h ^= uint64_t(sx >> uint(y & 63ul));
	h += sx < sy ? 17ul : 19ul;
	h ^= x < y ? 23ul : 29ul;
	h += min(x, y);
	h ^= uint64_t(max(sx, sy));
	h += x / (y | 1ul);
	h ^= x % (y | 1ul);
	h += uint64_t(sx / int64_t((y >> 3) | 1ul));
	c[2u * i] = uint(h);
	c[2u * i + 1u] = uint(h >> 32);
}
