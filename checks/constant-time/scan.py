#!/usr/bin/env python3
"""Scans the disassembly of a build for what must not be there.

    scan.py [--kernels] [--leak division|gather|branch] PROGRAM

1. No division anywhere in `mldsa` and `keccak_lanes`, but in functions called `vartime_*` and in verification, which work
   on public data, and where DIVIDES says why. For every level of optimisation.
2. No gather and no scatter (an index that could be a secret). For every level of optimisation.
3. --kernels, for the level of a release: in the AVX-512 kernels, which valgrind cannot run, no value leaves the vector and
   mask registers for a general register or for the flags, and no general register is loaded from memory but from the
   stack. What steers a branch there then comes from counters, lengths and pointers alone. The exceptions
   are listed below, each with its reason; those whose answer is a secret's have no branch at all.

--leak adds an instruction to what is scanned, as if a function had it: the scan must then fail.
Needs objdump (binutils). Exit code 0: nothing found; 1: something was; 2: the scan itself is not to be trusted.
"""

import argparse
import re
import subprocess
import sys

OURS = re.compile(r"\b(mldsa|keccak_lanes)::")
PUBLIC = re.compile(r"vartime_|::verifying::|::use_hint")
AVX512 = re.compile(r"(mldsa|keccak_lanes)::backend::avx512::")

# Functions that may divide, and why.
DIVIDES = {
    "layer": "N by the length of a butterfly's half: numbers of the layer, folded away but at opt-level s",
    "inv_layer": "the same",
}
# Kernels in which a value does leave the vectors, and why that is right.
LEAVES = {
    "norm_reaches": "its answer, one bit, which the caller declassifies (RejectedAttempt, KeyCheck)",
    "make_hint": "its answer, 256 bits in general registers; no branch in the kernel (checked)",
    "reject_bounded": "which half-bytes are thrown away: declassified there (RejectedHalfByte)",
    "init_inner": "asks the CPU for its features",
}
# Kernels that read words of memory into general registers, and why.
LOADS = {
    "reject_bounded": "the stream's bytes, to be spread over a vector; no address or branch is made of them",
    "permute_lanes": "pointers to the lanes' states",
    "permute_lanes_and_extra": "pointers to the lanes' states",
    "permute_and_extra": "the words of one state, moved to another place; one branch, on the number of the round",
    "copy_blocks": "the slices' pointers and lengths",
    "init_inner": "asks the CPU for its features",
}
# Kernels of the list above that must have no conditional branch at all.
BRANCHLESS = {"norm_reaches", "make_hint"}

CROSSES = re.compile(
    r"^(kortest|ktest|vptest\s|vtest|ptest|v?u?comis|v?pextr|v?p?movmsk|vpmovmskb)"
)
MASK_TO_GENERAL = re.compile(r"^kmov[bwdq]\s+%k\d,%(?!k)")
VECTOR_TO_GENERAL = re.compile(r"^v?mov[dq]\s+%[xyz]mm\d+,%(r|e)")
LOAD = re.compile(r"^(mov(z|s)?[bwlq]*|cmp[bwlq]?|test[bwlq]?|add[bwlq]?|sub[bwlq]?|and[bwlq]?|or[bwlq]?|xor[bwlq]?)\s+"
                  r"(?P<operands>.*)$")
DIVISION = re.compile(r"^i?div[bwlq]?\s")
GATHER = re.compile(r"(gather|scatter)[dq]")
BRANCH = re.compile(r"^j(?!mp)")

LEAKS = {
    "division": ("mldsa::signing::sign_internal", "idiv   %ecx"),
    "branch": ("mldsa::backend::avx512::ntt::ntt", "kortestw %k0,%k0"),
    "gather": ("mldsa::backend::avx512::ntt::ntt", "vpgatherdd (%rax,%zmm1,4),%zmm0{%k1}"),
}


def instructions(program):
    """Yields (function, instruction) of all that is ours."""
    command = ["objdump", "--disassemble", "--demangle", "--no-show-raw-insn", program]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    function = None
    for line in text.splitlines():
        start = re.match(r"^[0-9a-f]+ <(.*)>:$", line)
        if start:
            function = start[1] if OURS.search(start[1]) else None
        elif function and (parts := line.split("\t", 1))[1:]:
            yield function, parts[1].strip()


def loads_from_elsewhere(instruction):
    """Whether a general register, or the flags, get a value from memory that is not the stack."""
    found = LOAD.match(instruction)
    if not found:
        return False
    operands = found["operands"].split("#")[0].strip()
    memory = re.search(r"(-?0x[0-9a-f]+)?\((%\w+)?[^)]*\)", operands)
    if not memory or memory[2] in ("%rsp", "%rbp", "%rip"):
        return False
    reads = instruction.startswith(("cmp", "test")) or not operands.endswith(memory[0])
    return reads


def examine(function, instruction, kernels):
    """What is wrong with one instruction of one function, or None."""
    name = re.sub(r"(::\{\{closure\}\}|<.*>)*$", "", function).rsplit("::", 1)[-1]
    if GATHER.search(instruction):
        return "a gather or scatter"
    if DIVISION.match(instruction) and not PUBLIC.search(function) and name not in DIVIDES:
        return "a division"
    if not kernels or not AVX512.search(function) or PUBLIC.search(function):
        return None
    if BRANCH.match(instruction) and name in BRANCHLESS:
        return "a branch where a value has left the vectors"
    crosses = CROSSES.match(instruction) or MASK_TO_GENERAL.match(instruction)
    if (crosses or VECTOR_TO_GENERAL.match(instruction)) and name not in LEAVES:
        return "a value leaves the vectors"
    if loads_from_elsewhere(instruction) and name not in LOADS:
        return "a general register is loaded from memory"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernels", action="store_true")
    parser.add_argument("--leak", choices=LEAKS)
    parser.add_argument("program")
    arguments = parser.parse_args()
    everything = list(instructions(arguments.program))
    if arguments.leak:
        everything.append(LEAKS[arguments.leak])
    found = [(what, *line) for line in everything if (what := examine(*line, arguments.kernels))]
    for what, function, instruction in found:
        print(f"{what}: {instruction}\n    in {function}")
    functions = {function for function, _ in everything}
    kernels = {function for function in functions if AVX512.search(function) and not PUBLIC.search(function)}
    also = "scanned for divisions and gathers" if not arguments.kernels else "scanned by all rules"
    print(f"{len(functions)} functions, {len(kernels)} AVX-512 kernels {also}: {len(found)} findings")
    # Too few: the names are not what they were, and nothing was scanned.
    if len(functions) < 30 or len(kernels) < 15:
        print("too few functions were recognised: the scan is not to be trusted", file=sys.stderr)
        return 2
    return 1 if found else 0


sys.exit(main())
