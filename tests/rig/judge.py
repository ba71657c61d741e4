#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
judge.py PREFIX INPUTS REFERENCE TESTED NAME...: compare what two devices made of the same programs.

REFERENCE and TESTED hold the output buffers of the programs NAME..., one after the other; INPUTS
holds the two input buffers, which are the same for every program. What a name begins with says how
it is judged:

  approx_  sections of 1024 words, one an operation; TESTED against the true value, computed in
           double precision here, within the bound that Vulkan sets for the operation (for fma that
           of a true one, which the reference need not have)
  near_    words of four bytes; each within NEAR of the reference's, as filters have weights of 8
           bits, and what these are for is not said
  other    every word equal

An output that is all zeros fails: that is what a program leaves behind that never ran. Prints a
result line a program; 1 when one of them failed.
"""

import math
import struct
import sys

WORDS = 16384
SECTION = 1024

# Of 255. Both devices round places to 1/256 of a texel or level, which moves a filter between texels
# that are 255 apart by up to half a step a direction; and what comes out to eight bits.
NEAR = 3


def ulp(value):
    """The distance of neighbours in single precision at this value."""
    exponent = math.frexp(value)[1] if value else -125
    return math.ldexp(1.0, max(exponent - 24, -149))


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def ulps(count):
    return lambda true, x, y: count * ulp(true)


def exp2_bound(true, x, y):
    return (3 + 2 * abs(y / 16)) * ulp(true)


def log2_bound(true, x, y):
    return 2.0 ** -21 if 0.5 <= x <= 2.0 else 3 * ulp(true)


def sine_bound(true, x, y):
    """For arguments within [-pi, pi]; the shader adds 2, which rounds once more."""
    return 2.0 ** -11 + ulp(true)


def pow_bound(true, x, y):
    """That of exp2(1.5 * log2(y)), with the bounds of its parts."""
    log = math.log2(y)
    error = 1.5 * log2_bound(log, y, x) + ulp(1.5 * log)
    return true * (2.0 ** error - 1) + (3 + 2 * abs(1.5 * log)) * ulp(true)


# What approx_ops.comp writes, section by section: name, true value, bound
APPROX = (
    ("1/x", lambda x, y: 1 / x, ulps(2.5)),
    ("sqrt", lambda x, y: math.sqrt(x), ulps(2 + 2.5)),
    ("inversesqrt", lambda x, y: 1 / math.sqrt(x), ulps(2)),
    ("exp2", lambda x, y: 2.0 ** (y / 16), exp2_bound),
    ("log2", lambda x, y: math.log2(x), log2_bound),
    ("x/y", lambda x, y: x / y, ulps(2.5)),
    ("sin", lambda x, y: 2 + math.sin(y / 256), sine_bound),
    ("cos", lambda x, y: 2 + math.cos(y / 256), sine_bound),
    ("pow", lambda x, y: y ** 1.5, pow_bound),
    ("fma", lambda x, y: x * y - 0.75, ulps(0.500001)),
)


def approx_inputs(inputs):
    """The two operands as the shader makes them, with its roundings."""
    a, b = inputs[:SECTION], inputs[WORDS:WORDS + SECTION]
    hundredth = single(0.01)
    return [(single(single((u & 0xfffff) / 4096.0) + hundredth),
             single(single((v & 0xffff) / 256.0) + hundredth)) for u, v in zip(a, b)]


def judge_approx(inputs, output):
    """The first operation that is out of its bound, or nothing."""
    operands = approx_inputs(inputs)
    for section, (name, function, bound) in enumerate(APPROX):
        words = output[section * SECTION:(section + 1) * SECTION]
        for index, (word, (x, y)) in enumerate(zip(words, operands)):
            got, true = struct.unpack("<f", struct.pack("<I", word))[0], function(x, y)
            if not abs(got - true) <= bound(true, x, y):
                return (f"{name} of x={x!r} y={y!r} (item {index}) is {got!r}, not "
                        f"{true!r}: {abs(got - true) / ulp(true):.2f} ulp")
    return None


def judge_exact(reference, tested):
    wrong = [n for n in range(WORDS) if reference[n] != tested[n]]
    if not wrong:
        return None
    n = wrong[0]
    return (f"{len(wrong)} of {WORDS} words differ, first word {n}: "
            f"{tested[n]:#010x}, not {reference[n]:#010x}")


def judge_near(reference, tested):
    wrong = [n for n, words in enumerate(zip(reference, tested))
             if max(abs(x - y) for x, y in zip(*(w.to_bytes(4, "little") for w in words))) > NEAR]
    if not wrong:
        return None
    n = wrong[0]
    return (f"{len(wrong)} of {WORDS} words differ by more than {NEAR}, first word {n}: "
            f"{tested[n]:#010x}, not {reference[n]:#010x}")


def judge(name, inputs, reference, tested):
    if not any(tested):
        return "the output is all zeros"
    if name.startswith("approx_"):
        return judge_approx(inputs, tested)
    if name.startswith("near_"):
        return judge_near(reference, tested)
    return judge_exact(reference, tested)


def words_of(path):
    with open(path, "rb") as file:
        data = file.read()
    return struct.unpack(f"<{len(data) // 4}I", data)


def main():
    prefix, inputs, reference, tested = sys.argv[1:5]
    names = sys.argv[5:]
    inputs, reference, tested = (words_of(p) for p in (inputs, reference, tested))
    failed = 0
    for n, name in enumerate(names):
        part = slice(n * WORDS, (n + 1) * WORDS)
        if len(tested) < part.stop or len(reference) < part.stop:
            reason = "no output"
        else:
            reason = judge(name, inputs, reference[part], tested[part])
        failed += bool(reason)
        print(f"{'not ok' if reason else 'ok'} {prefix}{name}" + (f" # {reason}" if reason else ""))
    return 1 if failed or not names else 0


if __name__ == "__main__":
    sys.exit(main())
