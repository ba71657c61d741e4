#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnc.py HOST:PORT see HEAD... | use TEXT HEAD... | wave SECONDS: a VNC viewer, and somebody in front of it.

see: does the viewer see the heads' pictures, side by side?
use: type TEXT and a return; point at a place of each head where nothing is, and click: does a cursor come there, and
only there?
wave: move the pointer over the first head for that long, and print how often.
"""

import socket
import struct
import sys
import time

from PIL import Image, ImageChops

RAW = 0
BACKGROUND = (0x2F, 0x4F, 0x6F)
PLAIN = 96
CURSOR = 40
PATIENCE = 60

RETURN = 0xFF0D
SHIFT = 0xFFE1


class Viewer:
    """Just enough of RFB 3.8 for full pictures, keys and a pointer."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self.receive(12)
        self.socket.sendall(b"RFB 003.008\n")
        kinds = self.receive(self.receive(1)[0])
        if 1 not in kinds:
            raise ValueError(f"no plain connection offered, but {list(kinds)}")
        self.socket.sendall(b"\x01")
        if struct.unpack(">I", self.receive(4))[0]:
            raise ValueError("connection refused")
        self.socket.sendall(b"\x01")
        self.width, self.height = struct.unpack(">HH", self.receive(4))
        self.receive(16)
        self.receive(struct.unpack(">I", self.receive(4))[0])

    def receive(self, size):
        data = bytearray()
        while len(data) < size:
            chunk = self.socket.recv(size - len(data))
            if not chunk:
                raise ValueError("the connection was closed")
            data += chunk
        return bytes(data)

    def picture(self):
        pixel_format = struct.pack(">BBBBHHHBBB3x", 32, 24, 0, 1, 255, 255, 255, 16, 8, 0)
        self.socket.sendall(b"\x00\x00\x00\x00" + pixel_format)
        self.socket.sendall(struct.pack(">BxHi", 2, 1, RAW))
        self.socket.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width, self.height))
        image = Image.new("RGB", (self.width, self.height))
        seen = 0
        while seen < self.width * self.height:
            seen += self.update(image)
        return image

    def update(self, image):
        if self.receive(1)[0] != 0:
            raise ValueError("something else than a picture came")
        pixels = 0
        _, rectangles = struct.unpack(">BH", self.receive(3))
        for _ in range(rectangles):
            x, y, width, height, encoding = struct.unpack(">HHHHi", self.receive(12))
            if encoding != RAW:
                raise ValueError(f"encoding {encoding} was not asked for")
            data = self.receive(width * height * 4)
            image.paste(Image.frombytes("RGB", (width, height), data, "raw", "BGRX"), (x, y))
            pixels += width * height
        return pixels

    def key(self, symbol, down):
        self.socket.sendall(struct.pack(">BBxxI", 4, down, symbol))

    def type(self, text):
        """As a person does: with Shift around what needs it."""
        for symbol in [ord(char) for char in text] + [RETURN]:
            shifted = chr(symbol).isupper() or chr(symbol) in '~!@#$%^&*()_+{}|:"<>?'
            if shifted:
                self.key(SHIFT, True)
            self.key(symbol, True)
            self.key(symbol, False)
            if shifted:
                self.key(SHIFT, False)

    def point(self, x, y, buttons=0):
        self.socket.sendall(struct.pack(">BBHH", 5, buttons, x, y))


def see(viewer, paths):
    image = viewer.picture()
    x = 0
    for path in paths:
        head = Image.open(path).convert("RGB")
        part = image.crop((x, 0, x + head.width, head.height))
        if ImageChops.difference(part, head).getbbox():
            print(f"the viewer sees something else at {x} than {path}")
            return 1
        x += head.width
    print(f"{image.size}: {len(paths)} heads seen")
    return 0


def plain_place(image, left, width, height):
    """The middle of a square of background, as low as possible."""
    for y in range(height - PLAIN, 0, -PLAIN // 2):
        for x in range(left, left + width - PLAIN, PLAIN // 2):
            if image.crop((x, y, x + PLAIN, y + PLAIN)).getcolors(1) == [(PLAIN * PLAIN, BACKGROUND)]:
                return x + PLAIN // 2, y + PLAIN // 2
    raise ValueError(f"no plain place at {left}")


def around(place):
    x, y = place
    return x - CURSOR, y - CURSOR, x + CURSOR, y + CURSOR


def cursor_comes(viewer, before, places, place):
    """There, and at none of the other places."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        changed = ImageChops.difference(before, viewer.picture())
        seen = [other for other in places if changed.crop(around(other)).getbbox()]
        if seen == [place]:
            return True
        time.sleep(0.2)
    print(f"pointed at {place}, of {places} something is at {seen}")
    return False


def use(viewer, text, paths):
    viewer.type(text)
    sizes = [Image.open(path).size for path in paths]
    image = viewer.picture()
    places = []
    left = 0
    for width, height in sizes:
        places.append(plain_place(image, left, width, height))
        left += width
    for place in places:
        viewer.point(*place)
        if not cursor_comes(viewer, image, places, place):
            return 1
        viewer.point(*place, 1)
        viewer.point(*place, 0)
    print(f"the cursor was at {places}")
    return 0


def wave(viewer, seconds):
    end = time.monotonic() + seconds
    n = 0
    while time.monotonic() < end:
        viewer.point(100 + n * 5 % 800, 200 + n * 3 % 300)
        n += 1
        time.sleep(1 / 60)
    print(f"{n} moves")
    return 0


def main():
    viewer = Viewer(sys.argv[1])
    verb, words = sys.argv[2], sys.argv[3:]
    if verb == "see":
        return see(viewer, words)
    if verb == "use":
        return use(viewer, words[0], words[1:])
    return wave(viewer, float(words[0]))


sys.exit(main())
