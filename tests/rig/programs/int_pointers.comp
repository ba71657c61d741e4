#version 450
// SPDX-License-Identifier: GPL-2.0
// Plain addresses, in registers and computed.
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference2 : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };

layout(buffer_reference, std430, buffer_reference_align = 4) readonly buffer Words { uint w[]; };
layout(buffer_reference, std430, buffer_reference_align = 8) buffer Pair { uvec2 v; };
layout(push_constant) uniform P { uvec2 address[3]; };

uint64_t of(uint n)
{
	return packUint2x32(address[n]);
}

void main()
{
	uint i = gl_GlobalInvocationID.x, at = i & 4095u, h = 0u;
	Words first = Words(of(0u)), second = Words(of(1u));

	/* A list: each word says where the next one is. */
	for (uint n = 0u; n < 20u; n++) {
		Words from = (at & 1u) == 0u ? first : second;
		uint v = from.w[at];

		h = h * 31u + v;
		at = (v ^ n) & 16383u;
	}
	uint64_t far = of(2u) + uint64_t(i) * 8ul;
	Pair(far).v = uvec2(h, Words(of(0u) + uint64_t((h & 1023u) * 4u)).w[3]);
}
