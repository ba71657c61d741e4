#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""lists.py LIST [REGEX]: the subtests of a list, those of included lists too, one a line."""

import fnmatch
import os
import re
import sys

# What the kernel says, often once a boot, of an emulated machine that was late; vkms has words of its own.
SLOW_MACHINE = re.compile(r"hrtimer: interrupt took|clocksource: |timekeeping watchdog|"
                          r"TSC found unstable|sched_clock: Marking unstable|"
                          r"vkms_vblank_simulate: vblank timer overrun")


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def names_of(path):
    """Each name once, in the order of the list; "include FILE [PREFIX...]" is another list's."""
    names = {}
    for line in lines_of(path):
        word, *rest = line.split()
        if word != "include":
            names[word] = None
            continue
        prefixes = tuple(rest[1:]) or ("",)
        for name in names_of(os.path.join(os.path.dirname(path), rest[0])):
            if name.startswith(prefixes):
                names[name] = None
    return list(names)


class Reasons:
    """Lines "PATTERN # ... # REASON" of a file: what is known of some subtests."""

    def __init__(self, path):
        self.lines = [[field.strip() for field in line.split(" # ")] for line in lines_of(path)]

    def of(self, name):
        """The fields after the pattern, or None."""
        for pattern, *fields in self.lines:
            if fnmatch.fnmatchcase(name, pattern):
                return fields
        return None

    def unused(self, names):
        return [line[0] for line in self.lines if not fnmatch.filter(names, line[0])]


def last_line(test):
    """The line of a result of igt_results that most likely says why."""
    for key in ("dmesg-warnings", "err", "out"):
        lines = [line.strip() for line in test.get(key, "").splitlines() if line.strip()]
        if lines:
            return lines[-1][:160]
    return ""


def only_slow(test):
    """Is a slow machine all that the kernel's log was about?"""
    lines = [line for line in test.get("dmesg-warnings", "").splitlines() if line.strip()]
    return bool(lines) and all(SLOW_MACHINE.search(line) for line in lines)


if __name__ == "__main__":
    wanted = re.compile(sys.argv[2] if len(sys.argv) > 2 else "")
    for listed in names_of(sys.argv[1]):
        if wanted.search(listed):
            print(listed)
