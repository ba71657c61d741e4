#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py OUT.json CHART.svg TABLE.rst: judge the output of the DART benchmark.

Reads native.log and guest-tables.log and guest-domains.log from the directory of OUT.json. Ratios are
taken within a repetition, whose contestants ran one after the other; what is given is their median
and quartiles. The spread that a run shows is its noise: nothing is called slower within it.
"""

import json
import pathlib
import statistics
import sys

PLACES = {"native": "native.log", "guest": "guest-tables.log"}
LABELS = {
    "map-gib": "map 1 GiB",
    "unmap-gib": "unmap 1 GiB",
    "map-gib-new-tables": "map 1 GiB, no tables yet",
    "map-scattered": "map 64 MiB scattered",
    "unmap-scattered": "unmap 64 MiB",
    "map-pages": "map 4096 single pages",
    "unmap-pages": "unmap 4096 single pages",
    "page-at-first": "map+unmap first page, 1024 times",
    "page-at-last": "map+unmap last page, 1024 times",
}
# What the page-table code is to reach: the least ratio to the kernel's, the most to plain stores.
GOALS = {"map-gib": (1.5, 1.5), "unmap-gib": (3.0, 1.5)}


def read(path):
    """{(part, format, case): {contestant: [ns]}} and the counter lines."""
    runs, counters = {}, []
    for line in path.read_text().splitlines():
        head, _, rest = line.partition(": ")
        if head == "dart-bench":
            name, _, numbers = rest.partition(":")
            part, fmt, case, who = name.split()
            runs.setdefault((part, fmt, case), {})[who] = [int(n) for n in numbers.split()]
        elif head in ("dart-bench-before", "dart-bench-after"):
            masters, case, stats = rest.split(" ", 2)
            counters.append((head[11:], masters, case, json.loads(stats)))
    return runs, counters


def quartiles(values):
    """Lower quartile, median, upper quartile."""
    if len(values) < 2:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def ratio(over, under):
    pairs = [a / b for a, b in zip(over, under)]
    low, mid, high = quartiles(pairs)
    return {"median": mid, "low": low, "high": high, "of_minima": min(over) / min(under)}


def judge_tables(runs):
    result = {}
    for (_, fmt, case), who in runs.items():
        result[f"{fmt} {case}"] = {
            "ns": {name: statistics.median(ns) for name, ns in who.items()},
            "kernel_over_ours": ratio(who["mainline"], who["ours"]),
            "ours_over_floor": ratio(who["ours"], who["floor"]),
        }
    for fmt in ("dart1", "dart2"):
        first, last = (runs["tables", fmt, f"page-at-{x}"]["ours"] for x in ("first", "last"))
        result[f"{fmt} last page over first"] = {"ratio": ratio(last, first)}
    return result


def missed(place, tables):
    """What a run did not reach, in words."""
    for name, entry in tables.items():
        case = name.split(" ", 1)[1]
        if "ratio" in entry:
            if entry["ratio"]["low"] > 1.2:
                yield f"{place}: {name}: {entry['ratio']['median']:.2f}, at most 1.2 wanted"
            continue
        kernel, floor = entry["kernel_over_ours"], entry["ours_over_floor"]
        least, most = GOALS.get(case, (1.0, None))
        # Not beyond the noise: the better quartile must fail too.
        if kernel["high"] < least:
            yield f"{place}: {name}: {kernel['median']:.2f} times the kernel's, {least} wanted"
        if most and floor["low"] > most:
            yield f"{place}: {name}: {floor['median']:.2f} of plain stores, at most {most} wanted"


def count(counters, case, masters):
    """Invalidates and register writes of all instances during one module run."""
    found = {when: stats for when, m, c, stats in counters if (m, c) == (masters, case)}
    totals = {}
    for key in ("invalidates", "writes", "reads"):
        totals[key] = sum(group[key] - found["before"][name][key]
                          for name, group in found["after"].items() if name.startswith("iommu@"))
    return totals


CALLS = {"map-gib": 2, "map-scattered": 2, "map-pages": 512, "flush": 16}


def judge_domains(runs, counters):
    result = {}
    for masters in dict.fromkeys(m for _, m, _, _ in counters):
        key = masters.replace(",", "+")
        idle = count(counters, "attach", masters)
        n_instances = len(masters.split(","))
        for (_, devs, case), who in runs.items():
            if devs != key:
                continue
            low, mid, high = quartiles(who["ours"])
            entry = {"ns": mid, "ns_low": low, "ns_high": high}
            result[f"{key} {case}"] = entry
            if case not in CALLS:
                continue
            n_calls = CALLS[case] * (len(who["ours"]) + 1)
            during = count(counters, case, masters)
            for what, total in during.items():
                entry[f"{what}_per_call_and_instance"] = (total - idle[what]) / n_calls / n_instances
    return result


def add_growth(domains):
    """Table work by instances: the time of a call without that of a flush, over that of one instance."""
    for name, entry in domains.items():
        masters, case = name.split(" ")
        if "gib" not in case:
            continue
        work = {}
        for key in (masters, "0"):
            flush = domains[f"{key} flush"]["ns"] / CALLS["flush"]
            work[key] = domains[f"{key} {case}"]["ns"] - flush
        entry["table_work_over_one_instance"] = work[masters] / work["0"]


def missed_domains(domains):
    for name, entry in domains.items():
        n = entry.get("invalidates_per_call_and_instance")
        if n is not None and n != 1:
            yield f"domain {name}: {n:.3f} invalidates a call and instance, 1 wanted"


def svg(places):
    """Bars of the kernel's time over ours; the line is 1."""
    bars = [(place, name, e["kernel_over_ours"]) for place, tables in places.items()
            for name, e in tables.items() if "kernel_over_ours" in e]
    row, left, scale = 18, 330, 60
    height = row * (len(bars) + 3)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + 8 * scale + 60}" height="{height}"'
           ' font-family="sans-serif" font-size="12">',
           '<!-- SPDX-License-Identifier: GPL-2.0 -->',
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="10" y="16">io-pgtable-dart\'s time over apple-dart-pgtable\'s '
           '(median; line: quartiles)</text>']
    for i, (place, name, r) in enumerate(bars):
        y = row * (i + 2)
        colour = "#4477aa" if place == "native" else "#ccbb44"
        low, mid, high = (min(r[k], 8) * scale for k in ("low", "median", "high"))
        fmt, case = name.split(" ", 1)
        out.append(f'<text x="10" y="{y + 12}">{place}, {fmt}: {LABELS[case]}</text>'
                   f'<rect x="{left}" y="{y + 2}" width="{mid:.0f}" height="{row - 5}" fill="{colour}"/>'
                   f'<path d="M{left + low:.0f} {y + 8}H{left + high:.0f}" stroke="black"/>'
                   f'<text x="{left + max(mid, high) + 5:.0f}" y="{y + 12}">{r["median"]:.2f}</text>')
    out.append(f'<path d="M{left + scale} {row * 2 - 6}V{height - 6}" stroke="red"/></svg>')
    return "\n".join(out) + "\n"


def grid(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    line = " ".join("=" * w for w in widths)
    text = [" ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([line, text[0], line, *text[1:], line, ""])


def spread(r):
    return f"{r['median']:.2f} ({r['low']:.2f}..{r['high']:.2f})"


def tables_rst(places):
    rows = [["Where", "Case", "ours, us", "kernel's over ours", "ours over plain stores"]]
    for place, tables in places.items():
        for name, e in tables.items():
            if "ns" not in e:
                continue
            fmt, case = name.split(" ", 1)
            rows.append([place, f"{fmt}: {LABELS[case]}", f"{e['ns']['ours'] / 1000:.1f}",
                         spread(e["kernel_over_ours"]), spread(e["ours_over_floor"])])
    return grid(rows)


def domains_rst(domains):
    rows = [["Instances", "Case", "ms", "invalidates", "writes", "reads", "over one instance"]]
    for name, e in domains.items():
        masters, case = name.split(" ")
        counts = [f"{e[k + '_per_call_and_instance']:.2f}" if k + "_per_call_and_instance" in e else "-"
                  for k in ("invalidates", "writes", "reads")]
        growth = e.get("table_work_over_one_instance")
        rows.append([masters, case, f"{e['ns'] / 1e6:.2f}", *counts, f"{growth:.2f}" if growth else "-"])
    return grid(rows)


def main():
    out, chart, rst = (pathlib.Path(p) for p in sys.argv[1:4])
    places = {place: judge_tables(read(out.parent / log)[0]) for place, log in PLACES.items()}
    domains = judge_domains(*read(out.parent / "guest-domains.log"))
    add_growth(domains)
    short = [line for place, tables in places.items() for line in missed(place, tables)]
    short += missed_domains(domains)
    out.write_text(json.dumps({"tables": places, "domains": domains, "missed": short}, indent=1) + "\n")
    chart.write_text(svg(places))
    rst.write_text(".. SPDX-License-Identifier: GPL-2.0\n.. Written by make bench\n\nPage-table code\n"
                   "---------------\n\n" + tables_rst(places) + "\nDomains, by the instances that they "
                   "span\n------------------------------------------\n\n0, 1, 2: T8020 with DART1 tables; "
                   "3: T8110 with DART2 tables. Counts are for one call of\n``iommu_map()`` or "
                   "``iommu_unmap()`` and instance, both averaged.\n\n" + domains_rst(domains))
    print(rst.read_text())
    for line in short:
        print(f"missed: {line}")


main()
