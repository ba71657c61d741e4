#version 450
// SPDX-License-Identifier: GPL-2.0
#extension GL_EXT_shader_explicit_arithmetic_types : require
#extension GL_EXT_integer_dot_product : require
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;
	u8vec4 x = unpack8(a[i]), y = unpack8(b[i]);
	i8vec4 sx = i8vec4(x), sy = i8vec4(y);
	uint u = dotEXT(x, y);
	int s = dotEXT(sx, sy), m = dotEXT(sx, y);

	c[i] = u;
	c[1024u + i] = uint(s);
	c[2048u + i] = uint(m);
	c[3072u + i] = dotAccSatEXT(x, y, b[i + 1u] | 0xffff0000u);
	c[4096u + i] = uint(dotAccSatEXT(sx, sy, int(a[i + 1u] | 0x7fff0000u) & 0x7fffffff));
	c[5120u + i] = uint(dotEXT(i16vec2(unpack16(a[i])), i16vec2(unpack16(b[i]))));
}
