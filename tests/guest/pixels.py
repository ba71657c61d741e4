#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""pixels.py PNG [MIN-MAX] [X,Y=RRGGBB]...: is this in the picture?

MIN-MAX: so many colours. X,Y=RRGGBB: about that colour there, X and Y being parts of its size from 0 to 1.
"""

import sys

from PIL import Image

NEAR = 12


def near(a, b):
    return all(abs(x - y) <= NEAR for x, y in zip(a, b))


def main():
    image = Image.open(sys.argv[1]).convert("RGB")
    colours = len(image.getcolors(1 << 24))
    problems = []
    for word in sys.argv[2:]:
        if "=" not in word:
            low, high = map(int, word.split("-"))
            if not low <= colours <= high:
                problems.append(f"not {word} colours")
            continue
        place, wanted = word.split("=")
        x, y = (float(part) for part in place.split(","))
        found = image.getpixel((int(x * image.width), int(y * image.height)))
        if not near(found, bytes.fromhex(wanted)):
            problems.append(f"{bytes(found).hex()} and not {wanted} at {place}")
    print(f"{image.size}, {colours} colours")
    if problems:
        print("; ".join(problems))
    return 1 if problems else 0


sys.exit(main())
