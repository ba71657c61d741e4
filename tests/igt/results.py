#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is known of the long list, from several guests and drivers.

results.py missing KEPT LIST [REGEX [BOARD]]: subtests of the list, those for a board, that have no result yet
results.py forget KEPT LIST [REGEX]: drop those that there are
results.py again KEPT_DIR KEPT LIST [REGEX]: drop those of asahi that were not expected
results.py merge KEPT DRIVER RESULTS.json [BOARD]: add what igt_results made of one guest's run
results.py report KEPT_DIR OUT LIST: write OUT.json, OUT.txt and OUT.html; status 1 for a surprise of asahi
"""

import collections
import html
import json
import os
import re
import sys

from lists import Reasons, last_line, names_of, only_slow

DRIVERS = ("asahi", "vkms")
BOARD, SLOW_BOARD = "m1", "m1-slow"
RESULTS = ("pass", "fail", "skip", "crash", "timeout", "warn", "dmesg-warn", "dmesg-fail",
           "incomplete", "abort", "notrun")
ASSERTION = re.compile(r"CRITICAL: (?!Test assertion failure|Last errno)(?:Failed assertion: )?(.*)")
REQUIREMENT = re.compile(r"^Test requirement: (.*)", re.MULTILINE)
HERE = os.path.dirname(os.path.abspath(__file__))
SLOW = Reasons(f"{HERE}/slow-display.txt")


def load(path):
    if not os.path.exists(path):
        return {"tests": {}}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def save(path, data):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(data, file, indent=1)
    os.replace(path + ".new", path)


# ---- one guest's results ----

def why(test):
    """IGT's own words for a result that is not a pass."""
    if test["result"] in ("pass", "incomplete"):
        return ""
    failed = ASSERTION.findall(test.get("err", "").partition("**** DEBUG ****")[0])
    if failed and not test["result"].startswith("dmesg"):
        return "; ".join(failed)[:200]
    if test["result"] == "skip":
        return ", ".join(REQUIREMENT.findall(test.get("out", "") + test.get("err", ""))[:1])
    return last_line(test)


def condense(test):
    result = test["result"]
    kept = {"result": result, "seconds": round(test["time"]["end"] - test["time"]["start"], 1)}
    if result == "dmesg-warn" and only_slow(test):
        kept.update(result="pass", why="the kernel's log speaks of a slow machine alone")
    elif why(test):
        kept["why"] = why(test)
    return kept


def board_of(name):
    return SLOW_BOARD if SLOW.of(name) else BOARD


def merge(kept_path, driver, results_path, board=""):
    kept, new = load(kept_path), load(results_path)
    kept.update(driver=driver, kernel=new.get("uname", ""))
    for name, test in new["tests"].items():
        # igt_results writes all names in lower case. Dynamic subtests
        # are parts of one that has a result itself.
        if name.count("@") <= 2 and test["result"] != "notrun" and "@runner@" not in name:
            kept["tests"][name] = condense(test)
            if board not in ("", BOARD):
                kept["tests"][name]["board"] = board
    save(kept_path, kept)


def select(list_path, regex=""):
    return [name for name in names_of(list_path) if re.search(regex, name)]


def forget(kept_path, list_path, regex=""):
    kept = load(kept_path)
    for name in select(list_path, regex):
        kept["tests"].pop(name.lower(), None)
    save(kept_path, kept)


def missing(kept_path, list_path, regex="", board=""):
    done = load(kept_path)["tests"]
    return [name for name in select(list_path, regex)
            if name.lower() not in done and board in ("", board_of(name))]


# ---- all of it ----

class Report:
    def __init__(self, kept_dir, list_path):
        self.names = names_of(list_path)
        self.drivers = [d for d in DRIVERS if os.path.exists(f"{kept_dir}/{d}.json")]
        self.kept = {driver: load(f"{kept_dir}/{driver}.json") for driver in self.drivers}
        self.skips = Reasons(f"{HERE}/expected-skips.txt")
        self.bugs = Reasons(f"{HERE}/known-bugs.txt")
        self.limits = Reasons(f"{HERE}/slow-machine.txt")
        self.stale = [line for reasons in (self.skips, self.bugs, self.limits, SLOW)
                      for line in reasons.unused(self.names)]

    def expected(self, name):
        """What asahi's result should be, and the reason unless it is a pass."""
        bug = self.bugs.of(name)
        if bug:
            return bug[0], "bug of IGT: " + bug[1]
        skip = self.skips.of(name)
        return ("skip", skip[0]) if skip else ("pass", "")

    def too_slow(self, driver="asahi"):
        """Subtests that failed by a limit in time, which is this machine's fault."""
        return [name for name in self.names if self.limits.of(name) and
                driver in self.drivers and self.result(driver, name)["result"] == "fail"]

    def result(self, driver, name):
        return self.kept[driver]["tests"].get(name.lower(), {"result": "notrun"})

    def totals(self, driver, names):
        count = collections.Counter(self.result(driver, name)["result"] for name in names)
        return {result: count[result] for result in RESULTS}

    def elsewhere(self):
        """Subtests that asahi ran on another board, in the order of the list."""
        return [name for name in self.names
                if "asahi" in self.drivers and "board" in self.result("asahi", name)]

    def binaries(self):
        groups = collections.defaultdict(list)
        for name in self.names:
            groups[name.split("@")[1]].append(name)
        return sorted(groups.items())

    def surprises(self, driver="asahi"):
        """Subtests whose result is not the expected one; what did not run is no result."""
        if driver not in self.drivers:
            return []
        slow = self.too_slow(driver)
        return [name for name in self.names if name not in slow and
                self.result(driver, name)["result"] not in (self.expected(name)[0], "notrun")]

    def bad(self, driver):
        good = ("pass", "skip", "notrun")
        return [name for name in self.names if self.result(driver, name)["result"] not in good]

    def counts(self):
        """Passed, failed, skipped, known bugs and limits in time of asahi."""
        results = self.totals("asahi", self.names) if "asahi" in self.drivers else {}
        surprises = self.surprises()
        unexpected = collections.Counter(self.result("asahi", n)["result"] for n in surprises)
        known = [n for n in self.names if self.bugs.of(n) and n not in surprises and
                 "asahi" in self.drivers and self.result("asahi", n)["result"] != "notrun"]
        return (results.get("pass", 0) - unexpected["pass"], len(surprises) + len(self.stale),
                results.get("skip", 0) - unexpected["skip"], len(known), len(self.too_slow()))


def again(kept_dir, kept_path, list_path, regex=""):
    report = Report(kept_dir, list_path)
    for name in report.surprises() + report.too_slow():
        if re.search(regex, name):
            forget(kept_path, list_path, f"^{re.escape(name)}$")


def write_json(report, path):
    tests = {}
    for name in report.names:
        result, reason = report.expected(name)
        tests[name] = {"expected": result}
        if reason:
            tests[name]["reason"] = reason
        tests[name].update({d: report.result(d, name) for d in report.drivers})
    drivers = {d: {"kernel": report.kept[d].get("kernel", ""),
                   "totals": report.totals(d, report.names)} for d in report.drivers}
    save(path, {"subtests": len(report.names), "drivers": drivers,
                "unexpected": report.surprises(), "tests": tests})


def summary_rows(report):
    """Programs and how their subtests ended: name, then pass, skip, other, not run of each driver."""
    rows = []
    for binary, names in report.binaries() + [("all", report.names)]:
        row = [binary, len(names)]
        for driver in report.drivers:
            total = report.totals(driver, names)
            other = len(names) - total["pass"] - total["skip"] - total["notrun"]
            row += [total["pass"], total["skip"], other, total["notrun"]]
        rows.append(row)
    return rows


def totals_lines(report):
    for driver in report.drivers:
        total = report.totals(driver, report.names)
        yield f"{driver}: " + ", ".join(f"{total[r]} {r}" for r in RESULTS if total[r])


def write_text(report, path):
    head = f"{'':28}{'':>5}" + "".join(f" | {d:^27}" for d in report.drivers)
    columns = f"{'program':28}{'all':>5}" + " |   pass   skip  other not run" * len(report.drivers)
    with open(path, "w", encoding="utf-8") as file:
        print(*totals_lines(report), "", head, columns, sep="\n", file=file)
        for binary, n, *cells in summary_rows(report):
            groups = [cells[i:i + 4] for i in range(0, len(cells), 4)]
            print(f"{binary:28}{n:5}" + "".join(
                " | " + "".join(f"{value:7}" for value in group)[1:] for group in groups), file=file)
        for driver in report.drivers:
            print(f"\n{driver}: neither pass nor skip", file=file)
            for name in report.bad(driver):
                test, reason = report.result(driver, name), report.expected(name)[1]
                note = reason if driver == "asahi" and reason else test.get("why", "")
                note += " (the machine's speed)" if name in report.too_slow(driver) else ""
                print(f"  {name}: {test['result']}: {note}", file=file)
        slow = report.elsewhere()
        print(f"\nasahi: on board {SLOW_BOARD}, with 20 Hz ({len(slow)})", file=file)
        for pattern, reason in SLOW.lines if slow else []:
            print(f"  {pattern}: {reason}", file=file)
        print("\nasahi: skips", file=file)
        for name in report.names if "asahi" in report.drivers else []:
            if report.result("asahi", name)["result"] == "skip":
                print(f"  {name}: {report.expected(name)[1] or 'unexpected'}", file=file)


STYLE = """body{font:15px sans-serif;margin:2em auto;max-width:75em;padding:0 1em}
table{border-collapse:collapse;margin:.5em 0}th,td{padding:.15em .6em;text-align:left;
border-bottom:1px solid #ddd;vertical-align:top}td.n{text-align:right}summary{cursor:pointer}
.pass{color:#186a1e}.skip{color:#777}.bad{color:#b00020;font-weight:bold}.notrun{color:#b07000}
.note{color:#555;font-size:90%}"""


def css(result):
    return result if result in ("pass", "skip", "notrun") else "bad"


def cell(test):
    text = html.escape(test["result"])
    if "seconds" in test:
        text += f" <span class=note>{test['seconds']} s</span>"
    return f"<td class={css(test['result'])}>{text}</td>"


def subtest_table(report, names):
    yield "<table><tr><th>subtest</th><th>expected</th>"
    yield "".join(f"<th>{driver}</th>" for driver in report.drivers) + "<th>why</th></tr>"
    for name in names:
        expected, reason = report.expected(name)
        tests = [(driver, report.result(driver, name)) for driver in report.drivers]
        notes = [reason] if reason else []
        notes += [f"{d}: {t['why']}" for d, t in tests if t.get("why") and not
                  (d == "asahi" and reason)]
        yield f"<tr><td>{html.escape(name[4:])}</td><td>{expected}</td>"
        yield "".join(cell(test) for _, test in tests)
        yield f"<td class=note>{'<br>'.join(map(html.escape, notes))}</td></tr>"
    yield "</table>"


def totals_table(report):
    yield "<table><tr><th></th>"
    yield "".join(f"<th>{result}</th>" for result in RESULTS) + "</tr>"
    for driver in report.drivers:
        total = report.totals(driver, report.names)
        yield f"<tr><th>{driver}</th>" + "".join(
            f"<td class='n {css(r) if total[r] else ''}'>{total[r]}</td>" for r in RESULTS) + "</tr>"
    yield "</table>"


def program_table(report):
    for (binary, names), row in zip(report.binaries(), summary_rows(report)):
        text = ""
        for i, driver in enumerate(report.drivers):
            passed, skipped, other, missing = row[2 + 4 * i:6 + 4 * i]
            text += f"<td class=n>{driver}: <span class=pass>{passed} pass</span>"
            text += f", <span class=skip>{skipped} skip</span>" if skipped else ""
            text += f", <span class=bad>{other} other</span>" if other else ""
            text += f", <span class=notrun>{missing} not run</span>" if missing else ""
            text += "</td>"
        yield f"<details><summary><table style='display:inline-table'><tr><td style='width:16em'>"
        yield f"<b>{binary}</b> <span class=note>{len(names)}</span></td>{text}</tr></table></summary>"
        yield from subtest_table(report, names)
        yield "</details>"


def html_lines(report):
    kernels = {report.kept[driver].get("kernel", "") for driver in report.drivers}
    yield "<!doctype html><html lang=en><meta charset=utf-8><title>IGT: asahi and vkms</title>"
    yield f"<style>{STYLE}</style><h1>IGT GPU Tools: asahi and vkms</h1>"
    yield f"<p>{len(report.names)} subtests of upstream's IGT, unmodified, in the same guest. "
    yield html.escape("; ".join(sorted(kernels))) + "</p>"
    yield from totals_table(report)
    surprises = report.surprises()
    yield f"<h2>asahi: results that were not expected ({len(surprises)})</h2>"
    yield from subtest_table(report, surprises) if surprises else ["<p>None.</p>"]
    for line in report.stale:
        yield f"<p class=bad>Expected of no subtest of the list: {html.escape(line)}</p>"
    bugs = [name for name in report.names if report.bugs.of(name)]
    yield f"<h2>Known bugs of IGT itself ({len(bugs)})</h2>"
    yield from subtest_table(report, bugs)
    slow = report.too_slow()
    yield f"<h2>asahi: limits in time that this machine exceeds ({len(slow)})</h2>"
    for pattern, reason in report.limits.lines:
        yield f"<p>{html.escape(pattern)}: {html.escape(reason)}</p>"
    yield from subtest_table(report, slow)
    if "vkms" in report.drivers:
        bad = report.bad("vkms")
        yield f"<h2>vkms: neither pass nor skip ({len(bad)})</h2>"
        yield from subtest_table(report, bad)
    slow = report.elsewhere()
    yield f"<h2>asahi, on board {SLOW_BOARD}, whose monitors have 20 Hz ({len(slow)})</h2>"
    for pattern, reason in SLOW.lines:
        yield f"<p>{html.escape(pattern)}: {html.escape(reason)}</p>"
    yield from subtest_table(report, slow)
    yield "<h2>All programs</h2>"
    yield from program_table(report)
    yield "</html>"


def write_report(kept_dir, out, list_path):
    report = Report(kept_dir, list_path)
    write_json(report, out + ".json")
    write_text(report, out + ".txt")
    with open(out + ".html", "w", encoding="utf-8") as file:
        file.write("\n".join(html_lines(report)) + "\n")
    with open(out + ".txt", encoding="utf-8") as file:
        print(file.read())
    for name in report.surprises():
        test = report.result("asahi", name)
        print(f"not ok {name} # {test['result']}, not {report.expected(name)[0]}: {test.get('why', '')}")
    for line in report.stale:
        print(f"not ok {line} # of no subtest of the list")
    passed, failed, skipped, known, slow = report.counts()
    print(f"{known} known bugs of IGT itself, {slow} limits in time that this machine exceeds")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


def main():
    verb, *args = sys.argv[1:]
    if verb == "missing":
        for name in missing(*args):
            print(name)
    elif verb == "forget":
        forget(*args)
    elif verb == "again":
        again(*args)
    elif verb == "merge":
        merge(*args)
    elif verb == "report":
        sys.exit(write_report(*args))
    else:
        sys.exit(__doc__)


main()
