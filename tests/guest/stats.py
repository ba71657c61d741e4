#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""stats.py fetched|latched: judge the virtual SoC's counters, which stand on the standard input.

fetched: pictures were fetched through page tables, by every DART that is in use, without a fault.
latched: print how many commits the first head has latched.
"""

import json
import sys


def groups(stats, prefix):
    return {name: group for name, group in stats.items() if name.startswith(prefix)}


def fetched(stats):
    display = list(groups(stats, "display@").values())[0]
    problems = []
    if stats["violations"]:
        problems.append(f"{stats['violations']} reports of driver misuse")
    if not display["pages_fetched"]:
        problems.append("no picture was fetched")
    used = {name: dart for name, dart in groups(stats, "iommu@").items() if dart["translations"]}
    if not used:
        problems.append("nothing was translated")
    for name, dart in used.items():
        if not dart["walks"] or not dart["tlb_fills"]:
            problems.append(f"{name} translated without a page table walk")
        if dart["faults"]:
            problems.append(f"{name}: {dart['faults']} faults")
        if dart["bypassed"]:
            problems.append(f"{name}: {dart['bypassed']} accesses bypassed")
    summary = {name: dart["walks"] for name, dart in used.items()}
    print(f"frames {display['frames']}, pages {display['pages_fetched']}, walks {summary}")
    if problems:
        print("; ".join(problems))
    return not problems


def main():
    stats = json.load(sys.stdin)
    if sys.argv[1] == "latched":
        print(list(groups(stats, "display@").values())[0]["head0_latched"])
        return 0
    return 0 if fetched(stats) else 1


sys.exit(main())
