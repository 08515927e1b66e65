#!/usr/bin/env python3
"""Proves kernels on the machine code of a program, and prints a table.

    prove.py [--only TEXT] [--no-processor] PROGRAM

The program needs its symbols, with the names of `-C symbol-mangling-version=v0`. Exit code 0: everything is proved that is not
listed in OPEN, and the semantics agree with the processor (where it has AVX-512); 1: something is not."""

import argparse
import re
import shutil
import sys
import time

import arm_kernels
import keccak
import lanes
import packing
import rejections
import transfers
import transforms
from arithmetic import Unproved
from arm_program import ArmProgram
from machine import Refused
from program import Program

BACK_ENDS = ("avx2", "avx512")
# Functions of the back ends that are not proved, and why.
OPEN = {
    r"cpu_has_\w+::init_get::init_inner": "asks the CPU for its features",
}
FUNCTIONS = re.compile(r"(mldsa|keccak_lanes)::backend::avx")


def opened(path):
    """A program for the instruction set of its file."""
    with open(path, "rb") as file:
        machine = file.read(20)[18:]
    return ArmProgram(path) if machine == b"\xb7\0" else Program(path)


def kernels(program):
    """(name, place or name, proof)."""
    if isinstance(program, ArmProgram):
        yield from arm_kernels.kernels(program)
        return
    for back_end in BACK_ENDS:
        for name, proof in (lanes.kernels(back_end) + transforms.kernels(back_end) + keccak.kernels(back_end)
                            + transfers.kernels(back_end) + rejections.kernels(back_end)):
            yield name, program.function(name), proof
        for name, proof, place in packing.kernels(program, back_end):
            yield name, place, proof


def short(name):
    return re.sub(r"^(mldsa|keccak_lanes)::backend::", "", name)


def attempt(program, name, place, proof, patches=None):
    """(proved, machine or None, text)."""
    try:
        machine, text = proof(program, place, patches)
        return True, machine, text
    except (Unproved, Refused) as problem:
        return False, None, f"NOT PROVED: {problem}"


def expected_widths(program):
    """Each width of FIPS 204 must be there for packing and unpacking on each back end."""
    problems = []
    for back_end in ("neon",) if isinstance(program, ArmProgram) else BACK_ENDS:
        names = {name for name, _, _ in packing.kernels(program, back_end)}
        for bits in packing.FROM:
            more = f", {2 * bits}" if back_end == "avx512" else ""
            for kernel in ("pack", "unpack"):
                wanted = f"mldsa::backend::{back_end}::packing::{kernel}::<{bits}{more}>"
                if wanted not in names:
                    problems.append(f"{wanted} is not in the program")
    return problems


def uncovered(program, reached):
    """Functions of the back ends that no proof has executed."""
    problems, known = [], []
    functions, listed = (x.FUNCTIONS, x.OPEN) if (x := arm_kernels if isinstance(program, ArmProgram) else None) else (
        FUNCTIONS, OPEN)
    for name in sorted(program.symbols):
        if not functions.match(name) or name in reached:
            continue
        reason = next((why for pattern, why in listed.items() if re.search(pattern, name)), None)
        if reason is None:
            problems.append(f"{name} is not proved and not listed as open")
        else:
            known.append(f"open: {short(name)}: {reason}")
    return problems, known


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="")
    parser.add_argument("--no-processor", action="store_true")
    parser.add_argument("program")
    arguments = parser.parse_args()
    program = opened(arguments.program)
    reached, seen, failed, executed = set(), {}, 0, 0
    print(f"{'kernel':42} {'code':12} {'executed':>8} {'seconds':>7}  proved by")
    for name, place, proof in kernels(program):
        if arguments.only not in name:
            continue
        start = time.process_time()
        proved, machine, text = attempt(program, name, place, proof)
        seconds = time.process_time() - start
        count = machine.count if machine else 0
        executed += count
        print(f"{short(name):42} {program.digest(*place)} {count:8} {seconds:7.1f}  {text}", flush=True)
        failed += not proved
        if machine:
            reached |= machine.reached | {name}
            seen.update(machine.seen)
    problems = []
    if not arguments.only:
        problems, known = uncovered(program, reached)
        problems += expected_widths(program)
        print("\n".join(known + problems))
    if not arguments.no_processor:
        compare = compare_with_emulator if isinstance(program, ArmProgram) else compare_with_processor
        failed += not compare(seen)
    print(f"{executed} instructions executed, {failed + len(problems)} failures")
    return 1 if failed or problems else 0


def compare_with_processor(seen):
    with open("/proc/cpuinfo") as file:
        flags = set(file.read().split())
    if not {"avx512vbmi", "avx512_vbmi2", "avx512bw", "avx512vl", "avx512dq"} <= flags:
        print("skipped: this processor has no AVX-512, so the semantics were not compared with it")
        return True
    from processor import test_all
    return same_semantics(test_all, seen, "the processor")


def compare_with_emulator(seen):
    from arm_processor import COMPILER, EMULATOR, test_all
    missing = [name for name in (COMPILER, EMULATOR) if not shutil.which(name)]
    if missing:
        print(f"skipped: {missing[0]} is not installed, so the semantics were not compared with it")
        return True
    return same_semantics(test_all, seen, "QEMU")


def same_semantics(test_all, seen, name):
    try:
        forms, records = test_all(seen.values())
    except Refused as problem:
        print(f"WRONG SEMANTICS: {problem}")
        return False
    print(f"{forms} forms of instructions equal {name} on {records} records of operands")
    return True


if __name__ == "__main__":
    sys.exit(main())
