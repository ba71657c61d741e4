#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""
measure.py RIG BENCH_GPU PROGRAMS JSON RST: run the benchmark of the GPU model.

RIG holds vk_compute and asahi-rig.so, PROGRAMS the SPIR-V of the programs below. Each is run on
lavapipe and on the model in turns, a process a run, and the best time of each counts. One more run
tells which operations the model's time went to, and a last one whether memory use stays flat over a
million dispatches. The figures become the member "gpu" of JSON.
"""

import json
import os
import re
import subprocess
import sys

ROUNDS = 3
REPEAT = 4
# Name, what it does, workgroups, further options of vk_compute
PROGRAMS = (
    ("saxpy", "four million items", 16384, ()),
    ("matmul", "512x512, tiles in threadgroup memory", 1024, ()),
    ("reduction", "sum of four million items", 1024, ()),
    ("sha256", "65536 blocks", 1024, ("--floats", "0")),
    ("nbody", "4096 bodies", 16, ()),
    ("image_convolution", "5x5 over 1024x1024 pixels", 4096, ("--side", "1024")),
)
WORDS = 1 << 22
SOAK_SUBMISSIONS, SOAK_DISPATCHES = 1000, 1000
ICD = "/usr/share/vulkan/icd.d/"
SLOWEST_ALLOWED = 10  # times lavapipe's time
WANTED = 100  # million instructions a second on one core


def environment(rig, device, **more):
    env = dict(os.environ, MESA_SHADER_CACHE_DISABLE="true", **more)
    if device == "lavapipe":
        env["VK_DRIVER_FILES"] = ICD + "lvp_icd.json"
    else:
        env.update(VK_DRIVER_FILES=ICD + "asahi_icd.json", ASAHI_RIG_STRICT="1",
                   LD_PRELOAD=rig + "/asahi-rig.so")
    return env


def run(rig, device, options, path, **more):
    """Milliseconds of the fastest submission, resident KiB after the first and last, stderr."""
    done = subprocess.run([rig + "/vk_compute", *map(str, options), path], check=True,
                          env=environment(rig, device, **more), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    found = re.search(r" ([0-9.]+) ms, (\d+) KiB, then (\d+)", done.stdout)
    return float(found[1]), int(found[2]), int(found[3]), done.stderr


def options_of(groups, more):
    options = ["--words", WORDS, "--floats", 1, "--groups", groups, "--repeat", REPEAT]
    return options + list(more)


def profile_of(text):
    """The three operations that took most of the time: name and percent."""
    lines = re.findall(r"agx-profile: (\S+) (\d+) ([0-9.]+) %", text)
    return [{"operation": name, "count": int(count), "percent": float(percent)}
            for name, count, percent in lines]


def measure_program(rig, folder, name, groups, more):
    path, options = f"{folder}/{name}.spv", options_of(groups, more)
    times = {"lavapipe": [], "model": []}
    for _ in range(ROUNDS):
        for device, list_of in times.items():
            list_of.append(run(rig, device, options, path)[0])
    profile = profile_of(run(rig, "model", options, path, AGX_PROFILE="1")[3])
    lavapipe, model = min(times["lavapipe"]), min(times["model"])
    return {"lavapipe_ms": lavapipe, "model_ms": model, "ratio": round(model / lavapipe, 2),
            "instructions": sum(line["count"] for line in profile) // REPEAT,
            "profile": profile[:5]}


def measure_speed(bench):
    """Figures of the model alone, in millions of instructions a second or microseconds."""
    text = subprocess.run([bench, "2"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: float(value) for name, value in
            re.findall(r"^(.*) ([0-9.]+) (?:M instructions/s|us)$", text, re.M)}


def soak(rig, folder):
    """A million small dispatches; most of what a process needs it has after the first thousand."""
    options = ["--groups", 1, "--repeat", SOAK_SUBMISSIONS, "--dispatches", SOAK_DISPATCHES]
    _, first, last, _ = run(rig, "model", options, folder + "/small.spv")
    return {"dispatches": SOAK_SUBMISSIONS * SOAK_DISPATCHES, "resident_kib_after_1000": first,
            "resident_kib_at_end": last}


def table(rows, widths):
    rule = "  ".join("=" * width for width in widths)
    lines = ["  ".join(str(cell).ljust(width) for cell, width in zip(row, widths)).rstrip()
             for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


def rst(result):
    programs = [("program", "lavapipe", "model", "ratio", "instructions", "a second",
                 "where its time goes")]
    for name, what, _, _ in PROGRAMS:
        one = result["programs"][name]
        where = ", ".join(f"{p['operation']} {p['percent']:.0f} %" for p in one["profile"][:3])
        programs.append((f"{name}: {what}", f"{one['lavapipe_ms']:.1f} ms",
                         f"{one['model_ms']:.1f} ms", f"{one['ratio']:.1f}",
                         f"{one['instructions'] / 1e6:.1f} M",
                         f"{one['instructions'] / one['model_ms'] / 1e3:.0f} M", where))
    speed = [("figure", "value")]
    for name, value in result["speed"].items():
        unit = "us" if "job" in name else "M instructions/s"
        speed.append((name, f"{value:.1f} {unit}"))
    memory = result["memory"]
    return f""".. SPDX-License-Identifier: GPL-2.0

================================
Speed of the virtual GPU's model
================================

Written by ``make bench`` on {result['cpu']}, {result['cores']} cores. Instructions are those of 32 lanes.

{table(speed, (34, 26))}

Programs on lavapipe, Mesa's Vulkan driver for CPUs, and on the model under Mesa's asahi driver, in turns, best
of {ROUNDS * REPEAT} times each, all cores:

{table(programs, (48, 9, 10, 6, 13, 9, 56))}

Memory after a thousand dispatches: {memory['resident_kib_after_1000']} KiB; after {memory['dispatches']}:
{memory['resident_kib_at_end']} KiB.
"""


def add_to(path, result):
    """Among the figures of the other benchmarks."""
    figures = {}
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            figures = json.load(file)
    figures["gpu"] = result
    with open(path, "w", encoding="ascii") as file:
        json.dump(figures, file, indent=1)


def cpu_name():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    return found[1].strip() if found else "an unknown CPU"


def main():
    rig, bench, folder, json_path, rst_path = sys.argv[1:]
    result = {"cpu": cpu_name(), "cores": os.cpu_count(), "programs": {}}
    result["speed"] = measure_speed(bench)
    for name, _, groups, more in PROGRAMS:
        result["programs"][name] = measure_program(rig, folder, name, groups, more)
        print(f"{name}: {json.dumps(result['programs'][name])}", file=sys.stderr)
    result["memory"] = soak(rig, folder)
    add_to(json_path, result)
    with open(rst_path, "w", encoding="ascii") as file:
        file.write(rst(result))
    slow = [name for name, one in result["programs"].items() if one["ratio"] > SLOWEST_ALLOWED]
    if slow or result["speed"]["alu, one thread"] < WANTED:
        print(f"slower than it should be: {slow or 'alu'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
