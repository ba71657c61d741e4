#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""again.py list RESULTS: the subtests of syncobj_* that failed, one a line.
again.py merge RESULTS AGAIN: their results of another run take the place of the first ones."""
import json
import sys


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        results = json.load(file)
    tests = results["tests"]
    if sys.argv[1] == "list":
        for name, test in tests.items():
            if name.startswith("igt@syncobj_") and test["result"] == "fail":
                print(name)
        return
    with open(sys.argv[3], encoding="utf-8") as file:
        tests.update(json.load(file)["tests"])
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(results, file)


main()
