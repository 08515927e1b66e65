#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Prints the table of ./check power-cut, and compares the rows with what sign-module promises.

    table.py POINTS FILE

POINTS is the number of crash points that each run should have. FILE holds the rows that the guests reported
(src/inspect.rs). Exit code 0: every promise is kept, and the controls show the difference; 1: not; 2: a row is missing.
"""

import sys

COUNTS = ["writes", "KiB", "flushes", "crashes", "old", "new", "empty", "torn", "mixed", "damaged", "left", "late",
          "not_durable", "reruns", "problems"]
SYNCED, CONTROLS = ["batch", "batch, neighbour", "8 files", "8 files, neighbour"], ["--no-sync", "--no-sync, neighbour"]


def main():
    points = int(sys.argv[1])
    runs = {}
    for line in open(sys.argv[2], encoding="utf-8"):
        _, system, plan, *numbers = line.rstrip("\n").split("\t")
        runs[system, plan] = dict(zip(COUNTS, map(int, numbers), strict=True))

    heads = ["file system", "run", "writes", "KiB", "flushes", "crash points", "modules old", "new", "empty", "torn",
             "points with both", "temporary files", "points after exit", "not all signed", "reruns complete"]
    print("| " + " | ".join(heads) + " |\n|---|---|" + "---:|" * (len(heads) - 2))
    for (system, plan), row in runs.items():
        shown = [f"{row[name]:,}" for name in COUNTS if name not in ("damaged", "problems")]
        print("| " + " | ".join([system, plan, *shown]) + " |")

    problems = []
    for system in dict.fromkeys(system for system, _ in runs):
        for plan in SYNCED + CONTROLS:
            if (system, plan) not in runs:
                print(f"power-cut: {system} has no run '{plan}'", file=sys.stderr)
                sys.exit(2)
            row, name = runs[system, plan], f"{system}, {plan}"
            if row["problems"]:
                problems.append(f"{name}: {row['problems']} problems")
            # A short recording has fewer different crash points.
            if row["crashes"] < min(points, 20):
                problems.append(f"{name}: only {row['crashes']} crash points")
            if plan in SYNCED and (row["empty"] or row["torn"] or row["not_durable"] or row["late"] == 0
                                   or row["reruns"] != row["crashes"] or row["old"] == 0):
                problems.append(f"{name}: see the row")
            if plan in SYNCED and "neighbour" not in plan and row["new"] == 0:
                problems.append(f"{name}: no module is new at any crash point")
        if not any(runs[system, plan]["not_durable"] for plan in CONTROLS):
            problems.append(f"{system}: --no-sync shows no difference")

    total = {True: [0, 0, 0], False: [0, 0, 0]}
    for (_, plan), row in runs.items():
        counts = total[plan in SYNCED]
        for place, number in enumerate((row["crashes"], row["empty"] + row["torn"], row["not_durable"])):
            counts[place] += number
    for synced, what in ((True, "synced"), (False, "--no-sync")):
        crashes, damaged, not_durable = total[synced]
        print(f"{what}: {crashes:,} crash points, {damaged:,} modules in between, "
              f"{not_durable:,} crash points after exit code 0 with unsigned modules")
    for problem in problems:
        print(f"power-cut: {problem}", file=sys.stderr)
    sys.exit(1 if problems else 0)


main()
