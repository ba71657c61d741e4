#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""events.py: print what input devices report, as lines "NAME TYPE CODE VALUE", NAME being the serial number or kind."""

import glob
import os
import select
import struct

EVENT = struct.Struct("qqHHi")


def name_of(device):
    path = f"/sys/class/input/{os.path.basename(device)}/device/"
    with open(path + "uniq", encoding="utf-8") as file:
        serial = file.read().strip()
    with open(path + "name", encoding="utf-8") as file:
        return serial or file.read().strip().replace(" ", "-")


def main():
    names = {}
    for device in glob.glob("/dev/input/event*"):
        names[os.open(device, os.O_RDONLY)] = name_of(device)
    print("ready", flush=True)
    while True:
        for fd in select.select(list(names), [], [])[0]:
            data = os.read(fd, 64 * EVENT.size)
            for _, _, kind, code, value in EVENT.iter_unpack(data):
                print(names[fd], kind, code, value, flush=True)


main()
