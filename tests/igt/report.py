#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py RESULTS.json LIST EXPECTED_SKIPS: one result line for each subtest of the list."""

import json
import re
import sys

# What the kernel says, once a boot, of an emulated machine that was late; no driver can cause it.
SLOW_MACHINE = re.compile(r"hrtimer: interrupt took|clocksource: |timekeeping watchdog")


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def expected_skips(path):
    skips = {}
    for line in lines_of(path):
        name, _, reason = line.partition(" # ")
        skips[name] = reason
    return skips


def last_line(test):
    for key in ("dmesg-warnings", "err", "out"):
        lines = [line.strip() for line in test.get(key, "").splitlines() if line.strip()]
        if lines:
            return lines[-1][:160]
    return ""


def only_slow(test):
    """Is a slow machine all that the kernel's log was about?"""
    lines = [line for line in test.get("dmesg-warnings", "").splitlines() if line.strip()]
    return bool(lines) and all(SLOW_MACHINE.search(line) for line in lines)


def judge(name, test, reason):
    """The result line of one subtest; reason is None where it is not expected to skip."""
    short = name.replace("igt@", "igt/", 1)
    if test is None:
        return f"not ok {short} # was not run"
    result = test["result"]
    if result == "dmesg-warn" and only_slow(test):
        result = "pass"
    if result == "pass":
        if reason is not None:
            return f"not ok {short} # passes: take it out of the expected skips"
        return f"ok {short}"
    if result == "skip":
        if reason is None:
            return f"not ok {short} # skips unexpectedly: {last_line(test)}"
        return f"skip {short} # {reason}"
    return f"not ok {short} # {result}: {last_line(test)}"


def main():
    results_path, list_path, skips_path = sys.argv[1:]
    with open(results_path, encoding="utf-8") as file:
        tests = json.load(file)["tests"]
    skips = expected_skips(skips_path)
    names = lines_of(list_path)
    for name in names:
        print(judge(name, tests.get(name), skips.pop(name, None)))
    for name in skips:
        print(f"not ok {name} # expected to skip, but not in the list")


main()
