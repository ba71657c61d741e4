#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""compare.py SCREENSHOT HEAD...: is the compositor's own picture what the heads show?

SCREENSHOT is all outputs side by side, HEAD each head's picture. The heads may stand in any order.
"""

import itertools
import sys

from PIL import Image, ImageChops


def load(path):
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
        print("the compositor drew next to nothing")
        return 1
    if not any(matches(shot, order) for order in itertools.permutations(heads)):
        print("the heads show something else than the compositor drew")
        return 1
    return 0


sys.exit(main())
