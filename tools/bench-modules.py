#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Times sign-module and verify-module over 4,000 modules against a shell loop over the kernel's sign-file.

Called by bench-modules.sh, which builds the programs. Everything is done in one run: in each round the loop,
sign-module with and without syncs, in turns, then verify-module, each over a fresh copy of the same tree. All copies are made before anything is timed
(ext4 passes slowly over inodes that were deleted a moment ago). No absolute time is judged, only ratios.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LOOP = """find "$1" -name '*.ko' | while read -r module; do "$2" sha512 "$3" "$4" "$module" || exit 1; done"""
MIB = 1024  # ru_maxrss is in KiB


def timed(command):
    """Runs a command: wall time, processor time (with its children), peak memory of its largest process."""
    os.sync()
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"bench-modules: {command[0]} failed")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss / MIB}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("programs", type=pathlib.Path, help="folder of sign-module, verify-module, module-key")
    parser.add_argument("real", type=pathlib.Path, help="folder of real modules")
    parser.add_argument("sign_file", help="the kernel's sign-file")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="where the trees are made (about 1.3 GB a round)")
    arguments = parser.parse_args()
    make = pathlib.Path(__file__).with_name("make-modules.py")
    with tempfile.TemporaryDirectory(prefix="modsig-bench.", dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        key, certificate = str(folder / "key.pem"), str(folder / "key.x509")
        generate = ["-q", "generate", "--algorithm", "ml-dsa-65", "--common-name", "bench", "--out", key]
        subprocess.run([arguments.programs / "module-key", *generate], check=True)
        subprocess.run([sys.executable, make, arguments.real, folder / "fresh"], check=True)
        for number in range(arguments.rounds):
            for tree in ("loop", "ours", "unsynced"):
                shutil.copytree(folder / "fresh", folder / f"{tree}{number}")
        results = {"sign-file loop": [], "sign-module": [], "sign-module --no-sync": [], "verify-module": []}
        for number in range(arguments.rounds):
            trees = {tree: folder / f"{tree}{number}" for tree in ("loop", "ours", "unsynced")}
            sign = [arguments.programs / "sign-module", "-q", "--key", key]
            runs = [
                ("sign-file loop", ["sh", "-c", LOOP, "sh", str(trees["loop"]), arguments.sign_file, key, certificate]),
                ("sign-module", [*sign, str(trees["ours"])]),
                # What sign-file does: the bytes reach the disk when the system likes.
                ("sign-module --no-sync", [*sign, "--no-sync", str(trees["unsynced"])]),
            ]
            # Each goes first in its turn: ext4 is slow for minutes after others have replaced files.
            for who, command in runs[number % len(runs):] + runs[: number % len(runs)]:
                results[who].append(timed(command))
            files = sorted(str(path) for path in trees["ours"].rglob("*.ko"))
            command = [arguments.programs / "verify-module", "-q", "--trust", certificate, *files]
            results["verify-module"].append(timed(command))
        report(results, folder)


def report(results, folder):
    def median(who, what):
        return statistics.median(run[what] for run in results[who])

    load, kind = os.getloadavg()[0], subprocess.run(
        ["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True
    ).stdout.strip()
    print(f"\n{os.cpu_count()} cores, load {load:.1f} of others and this, file system {kind}, "
          f"median of {len(results['sign-module'])} rounds\n")
    print("| 4,000 modules, 400 MB, ML-DSA-65 | wall s | processor s | peak MiB | times as fast (wall) | (processor) |")
    print("|---|---|---|---|---|---|")
    ratios = {}
    for who, runs in results.items():
        pairs = list(zip(results["sign-file loop"], runs))
        ratios[who] = {what: statistics.median(a[what] / b[what] for a, b in pairs) for what in ("wall", "cpu")}
        print(f"| {who} | {median(who, 'wall'):.2f} | {median(who, 'cpu'):.2f} | {max(r['rss'] for r in runs):.0f} "
              f"| {ratios[who]['wall']:.1f} | {ratios[who]['cpu']:.1f} |")
    goals = [
        ("sign-module, which syncs, is at least 20 times as fast as the loop, which does not", ratios["sign-module"]["wall"] >= 20),
        ("sign-module --no-sync is at least 20 times as fast as the loop", ratios["sign-module --no-sync"]["wall"] >= 20),
        ("verify-module is at least as fast as sign-module",
         ratios["verify-module"]["wall"] >= max(ratios[w]["wall"] for w in results if w.startswith("sign-module"))),
        ("peak memory is at most 256 MiB", max(r["rss"] for w in results if w != "sign-file loop" for r in results[w]) <= 256),
    ]
    print()
    for goal, met in goals:
        print(f"{'met   ' if met else 'MISSED'}  {goal}")
    sys.exit(0 if all(met for _, met in goals) else 1)


main()
