#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""stats.py fetched [BEFORE.json] | flipped BEFORE.json TRACE | latched | pace BEFORE.json SECONDS: judge the virtual SoC's counters, read from the standard input.

fetched: since BEFORE, pictures were fetched through page tables, by every DART in use, without a fault.
flipped: since BEFORE commits were shown, no TLB was invalidated, no frame could not be fetched, and the kernel's
trace of vblanks has no gap for which the virtual SoC was not late itself.
latched: print how many commits the first head has latched.
pace: print what became of the frames since BEFORE, which was so long ago.
"""

import json
import re
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
    print(f"frames {display['frames']} (late for the guest {display['vblanks_held']}, dropped "
          f"{display['vblanks_missed']}), pages {display['pages_fetched']}, walks {summary}")
    if problems:
        print("; ".join(problems))
    return not problems


def vblanks(path):
    """How many the kernel has seen, and how many are missing between them."""
    last = {}
    seen = missing = 0
    with open(path, encoding="utf-8") as file:
        for crtc, sequence in re.findall(r"drm_vblank_event: crtc=(\d+), seq=(\d+)", file.read()):
            seen += 1
            missing += int(sequence) - last.get(crtc, int(sequence) - 1) - 1
            last[crtc] = int(sequence)
    return seen, missing


def pace(stats, seconds):
    display = list(groups(stats, "display@").values())[0]
    heads = [name[:-7] for name in display if re.fullmatch(r"head\d_frames", name) and display[name]]
    for head in heads:
        frames, new = display[f"{head}_frames"], display[f"{head}_latched"]
        print(f"{head}: {frames / seconds:.1f} frames a second, {new / seconds:.1f} with something new")
    print(f"cursor moves at once: {display['async'] / seconds:.1f} a second; vblanks late for the guest: "
          f"{display['vblanks_held']}, frames dropped because the virtual SoC was late: {display['vblanks_missed']}")
    return True


def flipped(stats, trace):
    display = list(groups(stats, "display@").values())[0]
    seen, missing = vblanks(trace)
    invalidates = {name: dart["invalidates"] for name, dart in groups(stats, "iommu@").items()}
    print(f"latched {display['latched']}, frames {display['frames']}, held {display['vblanks_held']}, "
          f"missed {display['vblanks_missed']}, invalidates {invalidates}; "
          f"the kernel has seen {seen} vblanks, {missing} are missing")
    late = display["vblanks_held"] + display["vblanks_missed"]
    return seen and missing <= late and display["latched"] and not any(invalidates.values()) \
        and not display["faults"] and not stats["violations"]


def main():
    stats = json.load(sys.stdin)
    if sys.argv[1] == "latched":
        print(list(groups(stats, "display@").values())[0]["head0_latched"])
        return 0
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="utf-8") as file:
            stats = since(stats, json.load(file))
    if sys.argv[1] == "flipped":
        return 0 if flipped(stats, sys.argv[3]) else 1
    if sys.argv[1] == "pace":
        return 0 if pace(stats, float(sys.argv[3])) else 1
    return 0 if fetched(stats) else 1


sys.exit(main())
