#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py RESULTS.json LIST EXPECTED_SKIPS: one result line for each subtest of the list."""

import json
import sys

from lists import Reasons, last_line, names_of, only_slow


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
    skips = Reasons(skips_path)
    for name in names_of(list_path):
        reason = skips.of(name)
        print(judge(name, tests.get(name.lower()), reason and reason[-1]))


main()
