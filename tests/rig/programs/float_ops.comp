#version 450
// SPDX-License-Identifier: GPL-2.0
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

float value(uint v)
{
	return float(int(v)) / 65536.0;
}

void main()
{
	uint i = gl_GlobalInvocationID.x;
	precise float x = value(a[i]), y = value(b[i]) + 0.5, z = value(a[i + 1024u]);
	precise float sum = x + y, product = x * y, fused = fma(x, y, z);

	c[i] = floatBitsToUint(sum);
	c[1024u + i] = floatBitsToUint(product);
	c[2048u + i] = floatBitsToUint(fused);
	c[3072u + i] = floatBitsToUint(min(x, z));
	c[4096u + i] = floatBitsToUint(max(x, z));
	c[5120u + i] = floatBitsToUint(floor(x) + ceil(z));
	c[6144u + i] = floatBitsToUint(trunc(x) + roundEven(z));
	c[7168u + i] = uint(int(x)) + uint(abs(z));
	c[8192u + i] = floatBitsToUint(abs(x) - clamp(z, -1.0, 1.0));
	c[9216u + i] = x < z ? 1u : x == z ? 2u : x >= y ? 3u : 4u;
	c[10240u + i] = floatBitsToUint(float(a[i])) ^ floatBitsToUint(float(int(b[i])));
	c[11264u + i] = packHalf2x16(vec2(x, z));
	vec2 h = unpackHalf2x16(a[i]);
	c[12288u + i] = isnan(h.x) || isnan(h.y) ? 0u : floatBitsToUint(h.x) ^ floatBitsToUint(h.y);
	c[13312u + i] = packUnorm4x8(vec4(x, y, z, 0.3) / 100.0);
	c[14336u + i] = packSnorm2x16(vec2(x, z) / 1000.0);
}
