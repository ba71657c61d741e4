#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""stats.py fetched [BEFORE.json] | flipped BEFORE.json | latched: judge the virtual SoC's counters, read from the standard input.

fetched: since BEFORE, pictures were fetched through page tables, by every DART in use, without a fault.
flipped: since BEFORE commits were shown, no TLB was invalidated, no frame could not be fetched.
latched: print how many commits the first head has latched.
"""

import json
import sys


def groups(stats, prefix):
    return {name: group for name, group in stats.items() if name.startswith(prefix)}


def since(stats, before):
    """The counters' growth; a group that was not there before counts from nothing."""
    if not isinstance(stats, dict):
        return stats - (before or 0)
    return {name: since(value, (before or {}).get(name)) for name, value in stats.items()}


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


def flipped(stats):
    display = list(groups(stats, "display@").values())[0]
    invalidates = {name: dart["invalidates"] for name, dart in groups(stats, "iommu@").items()}
    print(f"latched {display['latched']}, frames {display['frames']}, held {display['vblanks_held']}, "
          f"missed {display['vblanks_missed']}, invalidates {invalidates}")
    return display["latched"] and not any(invalidates.values()) and not display["faults"] \
        and not stats["violations"]


def main():
    stats = json.load(sys.stdin)
    if sys.argv[1] == "latched":
        print(list(groups(stats, "display@").values())[0]["head0_latched"])
        return 0
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            stats = since(stats, json.load(file))
    judge = flipped if sys.argv[1] == "flipped" else fetched
    return 0 if judge(stats) else 1


sys.exit(main())
