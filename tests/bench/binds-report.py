#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""binds-report.py LOG BENCH.json TABLE.rst: what an operation of VM_BIND costs.

Adds "binds" to the JSON. Ratios are of medians: the two ran in one guest, one after the other.
"""

import json
import pathlib
import statistics
import sys

OPS = 1000
CASES = {
    ("vm-bind", "map"): "VM_BIND, 1000 binds in one call",
    ("vm-bind", "unmap"): "VM_BIND, 1000 unbinds in one call",
    ("plain", "map"): "iommu_map(), 1000 calls",
    ("plain", "unmap"): "iommu_unmap(), 1000 calls",
    ("plain", "batch"): "iommu_map_sgtable(), one call",
}


def read(path):
    runs = {}
    for line in path.read_text().splitlines():
        head, _, rest = line.partition(": ")
        name, _, numbers = rest.partition(":")
        if head == "dart-bench" and name.startswith("binds "):
            _, who, case, _ = name.split()
            runs[who, case] = [int(n) / OPS for n in numbers.split()]
    return runs


def table(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    line = " ".join("=" * w for w in widths)
    text = [" ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([line, text[0], line, *text[1:], line, ""])


def main():
    log, out, rst = (pathlib.Path(p) for p in sys.argv[1:4])
    runs = read(log)
    result = {"ops": OPS, "ns_per_op": {}}
    rows = [["What", "ns an operation (median)", "quartiles"]]
    for (who, case), label in CASES.items():
        low, mid, high = statistics.quantiles(runs[who, case], n=4, method="inclusive")
        result["ns_per_op"][f"{who} {case}"] = {"median": mid, "low": low, "high": high}
        rows.append([label, f"{mid:.0f}", f"{low:.0f}..{high:.0f}"])
    for case in ("map", "unmap"):
        ours, plain = (result["ns_per_op"][f"{who} {case}"]["median"]
                       for who in ("vm-bind", "plain"))
        result[f"plain_over_vm_bind_{case}"] = plain / ours
    bench = json.loads(out.read_text()) if out.exists() else {}
    out.write_text(json.dumps(bench | {"binds": result}, indent=1) + "\n")
    rst.write_text(f".. SPDX-License-Identifier: GPL-2.0\n.. Written by make bench SAVE=1\n\n{table(rows)}")
    print(table(rows))


main()
