#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vnc.py HOST:PORT HEAD...: does a VNC viewer see the heads' pictures, side by side?"""

import socket
import struct
import sys

from PIL import Image, ImageChops

RAW = 0


class Viewer:
    """Just enough of RFB 3.8 for one full picture."""

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


def main():
    image = Viewer(sys.argv[1]).picture()
    x = 0
    for path in sys.argv[2:]:
        head = Image.open(path).convert("RGB")
        part = image.crop((x, 0, x + head.width, head.height))
        if ImageChops.difference(part, head).getbbox():
            print(f"the viewer sees something else at {x} than {path}")
            return 1
        x += head.width
    print(f"{image.size}: {len(sys.argv) - 2} heads seen")
    return 0


sys.exit(main())
