// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels of cl_compute: 16384 work items in groups of 64, two inputs of words and an output; those
 * whose name begins with "image" get an image of 128x128 RGBA words in the output's place.
 */

kernel void add(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);

	out[i] = a[i] + rotate(b[i], a[i]) * 0x9e3779b1u;
}

kernel void bits(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	uint x = a[i], y = b[i];

	out[i] = popcount(x) ^ clz(y) << 8 ^ add_sat(x, y) ^ sub_sat((int)x, (int)y) ^
		 mul_hi(x, y) ^ abs_diff((int)x, (int)y) ^ hadd(x, y) ^ mad24(x & 0xfff, y & 0xfff, 7u);
}

kernel void wide(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	ulong x = (ulong)a[i] << 32 | b[i], y = (ulong)b[i] << 17 ^ a[i] | 1;

	x = x * y + (x / y) + (x % 1000003) + mul_hi(x, y) + (ulong)((long)x >> (a[i] & 63));
	out[i] = (uint)x ^ (uint)(x >> 32);
}

kernel void bytes(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	uchar4 x = as_uchar4(a[i]), y = as_uchar4(b[i]);
	short2 s = as_short2(a[i]), t = as_short2(b[i]);

	x = add_sat(x, y) ^ convert_uchar4_sat(convert_int4(x) * convert_int4(y));
	out[i] = as_uint(x.wzyx) ^ as_uint(sub_sat(s, t)) ^ as_uint(max(s, t));
}

kernel void sum(global const uint *a, global const uint *b, global uint *out)
{
	local uint part[64];
	size_t i = get_global_id(0), l = get_local_id(0);

	part[l] = a[i] ^ b[i];
	barrier(CLK_LOCAL_MEM_FENCE);
	for (uint step = 32; step; step /= 2) {
		if (l < step)
			part[l] += part[l + step];
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	out[i] = part[0] + part[l ^ 1] * 3;
}

kernel void counts(global const uint *a, global const uint *b, global uint *out)
{
	local uint bins[16];
	size_t i = get_global_id(0), l = get_local_id(0);

	if (l < 16)
		bins[l] = 0;
	barrier(CLK_LOCAL_MEM_FENCE);
	atomic_inc(&bins[a[i] & 15]);
	atomic_max(&bins[b[i] & 15], l);
	barrier(CLK_LOCAL_MEM_FENCE);
	atomic_add(&out[l & 15], a[i]);
	atomic_xor(&out[16 + (l & 15)], b[i]);
	atomic_min(&out[32 + (l & 15)], b[i] | 0x80000000u);
	if (get_group_id(0) && l > 47)
		out[i] = a[i] & 15 ? bins[l & 7] >> 8 : l;
}

kernel void scratch(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	uint stack[40], depth = 0, value = a[i];

	for (uint n = 0; n < 40; n++)
		stack[n] = b[(i + n) & 16383];
	for (uint n = 0; n < 60; n++) {
		depth = (depth + value) % 40;
		value = value * 1664525u + stack[depth];
		stack[(depth + n) % 40] = value;
	}
	out[i] = value ^ stack[b[i] % 40];
}

static uint twist(uint x, uint n)
{
	switch (x % 5) {
	case 0:
		return x * 3 + n;
	case 1:
		return x ^ n << 7;
	case 2:
		return n & 1 ? x - n : x + 1;
	case 3:
		return x >> 3 | x << 29;
	default:
		return ~x;
	}
}

kernel void flow(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	uint x = a[i];

	for (uint n = 0; n < (b[i] & 31); n++) {
		if ((x & 0xff) == 0x42)
			continue;
		x = twist(x, n);
		while (x & 0x80000000u && x & 1)
			x = x * 2 + n;
		if ((x >> 4 & 63) == 63)
			break;
	}
	out[i] = x;
}

/* Values and results of which every operation is exact or rounded as the standard says. */
kernel void floats(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	float x = (int)(a[i] & 0xffff) - 32768, y = (b[i] & 0xff) + 1.5f;
	float4 v = (float4)(x, y, x + y, x * 0.25f);

	v = fma(v.wzyx, v, (float4)(0.5f));
	x = fma(x, y, trunc(v.x) - floor(v.y) + ceil(v.z) - rint(v.w));
	out[i] = as_uint(x) ^ as_uint(fmax(v.x, v.y)) ^ convert_uint_sat(v.z) ^ (uint)isless(v.w, x) ^
		 as_uint(ldexp(y, (int)(a[i] % 20))) ^ as_uint(copysign(v.y, v.z));
}

kernel void halves(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);
	float2 v = vload_half2(0, (global const half *)&b[i & ~15]);
	float x = (int)(a[i] & 0x3fff) * 0.125f;

	v = select(v, (float2)(1.0f), isnan(v));
	v = clamp(v, -100.0f, 100.0f);
	vstore_half2((float2)(x, v.x + v.y), 0, (global half *)&out[i]);
}

kernel void groups(global const uint *a, global const uint *b, global uint *out)
{
	size_t i = get_global_id(0);

	out[i] = get_global_size(0) + get_local_size(0) * 3 + get_num_groups(0) * 5 + get_group_id(0) * 7 +
		 get_local_id(0) * 11 + get_work_dim() + (a[i] ^ b[i]);
}

kernel void image_write(global const uint *a, global const uint *b, write_only image2d_t out)
{
	int i = get_global_id(0);

	write_imageui(out, (int2)(i & 127, i >> 7),
		      (uint4)(a[i], b[i], a[i] + b[i], i * 0x01010101u));
}

kernel void image_read(read_only image2d_t in, global uint *out)
{
	int i = get_global_id(0), x = i & 127, y = i >> 7;
	uint4 v = read_imageui(in, (int2)(x, y));
	uint4 w = read_imageui(in, (int2)(127 - x, y));

	out[i] = v.x + w.y * 3 + v.z * 5 + w.w * 7 + get_image_width(in) + get_image_height(in);
}

constant sampler_t repeating = CLK_NORMALIZED_COORDS_TRUE | CLK_ADDRESS_REPEAT | CLK_FILTER_NEAREST;
constant sampler_t mirrored =
	CLK_NORMALIZED_COORDS_TRUE | CLK_ADDRESS_MIRRORED_REPEAT | CLK_FILTER_NEAREST;
constant sampler_t bordered = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | CLK_FILTER_NEAREST;
constant sampler_t at_edge =
	CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP_TO_EDGE | CLK_FILTER_NEAREST;

/* In the middle of texels, up to two images away */
kernel void image_sample(read_only image2d_t in, global uint *out)
{
	int i = get_global_id(0);
	float2 texel = (float2)((i * 37 & 511) - 256, (i * 101 >> 3 & 511) - 256) + 0.4f;
	uint4 a = read_imageui(in, repeating, texel / 128.0f);
	uint4 b = read_imageui(in, mirrored, texel / 128.0f);
	uint4 c = read_imageui(in, bordered, texel);
	uint4 d = read_imageui(in, at_edge, texel);
	uint4 e = read_imageui(in, bordered, (int2)(i & 127, i >> 7));

	out[i] = a.x + b.y * 3 + c.z * 5 + d.w * 7 + e.x * 11;
}
