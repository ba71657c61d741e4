#version 450
// SPDX-License-Identifier: GPL-2.0
// Iterations until a point escapes, and where it was then. No division: that may round differently.
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { uint a[]; };
layout(set = 0, binding = 1) readonly buffer B { uint b[]; };
layout(set = 0, binding = 2) buffer C { uint c[]; };

void main()
{
	uint i = gl_GlobalInvocationID.x;

	for (uint n = 0u; n < 4u; n++) {
		uint at = i * 4u + n, steps = 0u;
		precise float px = float(at & 127u) * 0.0234375 - 2.0, py = float(at >> 7) * 0.0625 - 1.0;
		precise float x = px, y = py, xx = x * x, yy = y * y;

		while (xx + yy < 16.0 && steps < 200u) {
			precise float xy = x * y;
			precise float next = xx - yy;

			y = xy + xy;
			y = y + py;
			x = next + px;
			xx = x * x;
			yy = y * y;
			steps++;
		}
		c[at] = steps;
		c[4096u + at] = floatBitsToUint(x);
		c[8192u + at] = floatBitsToUint(y);
	}
}
