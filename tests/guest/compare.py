#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""compare.py SCREENSHOT HEAD...: is the desktop's own picture what the heads show?

SCREENSHOT is all outputs side by side, as PNG or in the format of xwd, HEAD each head's picture. The heads may stand in
any order.
"""

import itertools
import struct
import sys

from PIL import Image, ImageChops

XWD_HEADER = struct.Struct(">25I")
XWD_COLOUR = 12


def load_xwd(path):
    """Of a true-colour window: a header, a name, colours that are not used, and the lines."""
    with open(path, "rb") as file:
        data = file.read()
    header = XWD_HEADER.unpack_from(data)
    size, width, height = header[0], header[4], header[5]
    bits, line, colours = header[11], header[12], header[19]
    if header[1] != 7 or bits != 32 or header[7] != 0:
        raise ValueError(f"{path} is not what this can read")
    start = size + colours * XWD_COLOUR
    return Image.frombytes("RGB", (width, height), data[start:start + line * height], "raw", "BGRX", line)


def load(path):
    if path.endswith(".xwd"):
        return load_xwd(path)
    return Image.open(path).convert("RGB")


def colours(image):
    found = image.getcolors(1 << 24)
    return len(found)


def matches(shot, heads):
    x = 0
    for head in heads:
        part = shot.crop((x, 0, x + head.width, head.height))
        if ImageChops.difference(part, head).getbbox():
            return False
        x += head.width
    return x == shot.width


def main():
    shot = load(sys.argv[1])
    heads = [load(path) for path in sys.argv[2:]]
    print(f"{shot.size} from {[head.size for head in heads]}, {colours(shot)} colours")
    if colours(shot) < 8:
        print("the desktop is next to empty")
        return 1
    if not any(matches(shot, order) for order in itertools.permutations(heads)):
        print("the heads show something else than the desktop")
        return 1
    return 0


sys.exit(main())
