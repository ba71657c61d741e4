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
# What is to be reached: the kernel's time over ours at least, ours over that of plain stores at most.
GOALS = {"map-gib": (1.5, 1.5), "unmap-gib": (3.0, 1.5)}
MOST_OF_FLOOR = 1.5
# Ours with a table of each format over ours with one table
MOST_OF_FORMATS = 2.1
# Ours at the end of a range over ours at its beginning
MOST_OF_OFFSETS = 1.2
# Table work of a domain with several instances of one format over that with one instance
MOST_OF_INSTANCES = 1.05
# Cases in which table work is more than the flushes that the emulation of a device makes expensive
WORK_CASES = ("map-gib", "unmap-gib", "map-scattered")


def read(path):
    """{(part, format, case): {contestant: [ns]}}, the counter lines, repetitions between them."""
    runs, counters, counted = {}, [], 0
    for line in path.read_text().splitlines():
        head, _, rest = line.partition(": ")
        if head == "dart-bench":
            name, _, numbers = rest.partition(":")
            part, fmt, case, who = name.split()
            runs.setdefault((part, fmt, case), {})[who] = [int(n) for n in numbers.split()]
        elif head in ("dart-bench-before", "dart-bench-after"):
            masters, case, stats = rest.split(" ", 2)
            counters.append((head[11:], masters, case, json.loads(stats)))
        elif head == "dart-bench-counted":
            counted = int(rest)
    return runs, counters, counted


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
    for (part, fmt, case), who in runs.items():
        entry = result.setdefault(f"{fmt} {case}", {})
        if part == "formats":
            entry["mixed_over_ours"] = ratio(who["mixed"], who["ours"])
            continue
        entry["ns"] = {name: statistics.median(ns) for name, ns in who.items()}
        entry["kernel_over_ours"] = ratio(who["mainline"], who["ours"])
        entry["ours_over_floor"] = ratio(who["ours"], who["floor"])
        entry["ours_over_walk"] = ratio(who["ours"], who["walk"])
        entry["ours_over_called"] = ratio(who["ours"], who["called"])
    for fmt in ("dart1", "dart2"):
        first, last = (runs["tables", fmt, f"page-at-{x}"]["ours"] for x in ("first", "last"))
        result[f"{fmt} page-at-last"]["last_over_first"] = ratio(last, first)
    return result


def missed(place, tables):
    """What a run did not reach, in words. Not beyond the noise: the better quartile must fail."""
    for name, entry in tables.items():
        least, most = GOALS.get(name.split(" ", 1)[1], (1.0, MOST_OF_FLOOR))
        if entry["kernel_over_ours"]["high"] < least:
            yield (f"{place}: {name}: kernel's over ours {entry['kernel_over_ours']['median']:.2f}, "
                   f"{least} wanted")
        for key, limit in (("ours_over_floor", most), ("mixed_over_ours", MOST_OF_FORMATS),
                           ("last_over_first", MOST_OF_OFFSETS)):
            if key in entry and entry[key]["low"] > limit:
                yield (f"{place}: {name}: {key.replace('_', ' ')} {entry[key]['median']:.2f}, "
                       f"at most {limit} wanted")


def count(counters, case, masters):
    """Invalidates and register accesses of all instances during one module run."""
    found = {when: stats for when, m, c, stats in counters if (m, c) == (masters, case)}
    totals = {}
    for key in ("invalidates", "writes", "reads"):
        totals[key] = sum(group[key] - found["before"][name][key]
                          for name, group in found["after"].items() if name.startswith("iommu@"))
    return totals


# By case: how often a repetition calls the driver's flush, and those of them that the map needs
CALLS = {"map-gib": (2, 1), "map-scattered": (2, 1), "map-pages": (64, 32), "flush": (16, 16)}


def count_calls(counters, counted):
    """{masters: {case: {what: for each call and instance}}}, without what attach and detach cost."""
    result = {}
    for masters in dict.fromkeys(m for _, m, _, _ in counters):
        idle = count(counters, "attach", masters)
        n_instances = len(masters.split(","))
        cases = result.setdefault(masters.replace(",", "+"), {})
        for case, (n_calls, _) in CALLS.items():
            during = count(counters, case, masters)
            cases[case] = {what: (n - idle[what]) / n_calls / counted / n_instances
                           for what, n in during.items()}
    return result


def table_work(runs, masters, case):
    """Time of a case without its flushes, for each repetition."""
    n_flushes = CALLS[case.removeprefix("un")][1]
    flushes = runs["domains", masters, "flush"]["ours"]
    return [ns - flush * n_flushes / CALLS["flush"][0]
            for ns, flush in zip(runs["domains", masters, case]["ours"], flushes)]


def judge_domains(runs, counters, counted):
    calls = count_calls(counters, counted)
    result = {}
    for (_, masters, case), who in runs.items():
        low, mid, high = quartiles(who["ours"])
        entry = {"ns": mid, "ns_low": low, "ns_high": high}
        entry |= {f"{k}_per_call_and_instance": n for k, n in calls[masters].get(case, {}).items()}
        if case in WORK_CASES and masters != "0":
            entry["table_work_over_one"] = ratio(table_work(runs, masters, case),
                                                 table_work(runs, "0", case))
        result[f"{masters} {case}"] = entry
    return result


def missed_domains(domains):
    for name, entry in domains.items():
        n = entry.get("invalidates_per_call_and_instance", 1)
        if n != 1:
            yield f"domain {name}: {n:.3f} invalidates a call and instance, 1 wanted"
        most = MOST_OF_FORMATS if "3" in name else MOST_OF_INSTANCES
        work = entry.get("table_work_over_one")
        if work and work["low"] > most:
            yield (f"domain {name}: table work over one instance {work['median']:.2f}, "
                   f"at most {most} wanted")


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
           '(median; line: quartiles; red: equal, to the right of it ours takes less)</text>']
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
    rows = [["Where", "Case", "ours, us", "kernel's over ours", "ours over plain stores",
             "ours over walk, check, store", "ours over that, called", "two formats over one"]]
    for place, tables in places.items():
        for name, e in tables.items():
            fmt, case = name.split(" ", 1)
            rows.append([place, f"{fmt}: {LABELS[case]}", f"{e['ns']['ours'] / 1000:.1f}",
                         spread(e["kernel_over_ours"]), spread(e["ours_over_floor"]),
                         spread(e["ours_over_walk"]), spread(e["ours_over_called"]),
                         spread(e["mixed_over_ours"])])
    return grid(rows)


def offsets_rst(places):
    rows = [["Where", "Format", "last page over first"]]
    for place, tables in places.items():
        rows += [[place, name.split(" ", 1)[0], spread(e["last_over_first"])]
                 for name, e in tables.items() if "last_over_first" in e]
    return grid(rows)


def domains_rst(domains):
    rows = [["Instances", "Case", "ms", "invalidates", "writes", "reads", "table work over one"]]
    for name, e in domains.items():
        masters, case = name.split(" ")
        counts = [f"{e[k + '_per_call_and_instance']:.2f}" if k + "_per_call_and_instance" in e else "-"
                  for k in ("invalidates", "writes", "reads")]
        work = e.get("table_work_over_one")
        rows.append([masters, case, f"{e['ns'] / 1e6:.2f}", *counts, spread(work) if work else "-"])
    return grid(rows)


TEXT = """.. SPDX-License-Identifier: GPL-2.0
.. Written by make bench SAVE=1

Page-table code
---------------

{tables}
The last page of a GiB against the first:

{offsets}
Domains, by the instances that they span
----------------------------------------

0, 1, 2: T8020 with DART1 tables; 3: T8110 with DART2 tables. The counts of the virtual hardware are
for one call of ``iommu_map()``, ``iommu_map_sgtable()`` or ``iommu_unmap()`` and one instance, the
mean of a map and its unmap. Table work is the time without that of the flushes.

{domains}"""


def main():
    out, chart, rst = (pathlib.Path(p) for p in sys.argv[1:4])
    places = {place: judge_tables(read(out.parent / log)[0]) for place, log in PLACES.items()}
    domains = judge_domains(*read(out.parent / "guest-domains.log"))
    short = [line for place, tables in places.items() for line in missed(place, tables)]
    short += missed_domains(domains)
    out.write_text(json.dumps({"tables": places, "domains": domains, "missed": short}, indent=1) + "\n")
    chart.write_text(svg(places))
    rst.write_text(TEXT.format(tables=tables_rst(places), offsets=offsets_rst(places),
                               domains=domains_rst(domains)))
    print(rst.read_text())
    for line in short:
        print(f"missed: {line}")


main()
