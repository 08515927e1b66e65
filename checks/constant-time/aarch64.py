#!/usr/bin/env python3
"""Scans an AArch64 program for time that depends on secrets, by the data flow of its general registers (aarch64_flow.py).

    aarch64.py PROGRAM

In every function of `mldsa` and `keccak_lanes`, but those on public data: no division, no instruction that the scan does not
know, and no branch, computed jump or address from a value that came out of a vector register, or out of such a call; in the
kernels also from one loaded from memory. ALLOWED lists the exceptions; one that is not needed is an error. Then leaks are
put in, each of which must be found. The program needs symbols with generics (-C symbol-mangling-version=v0).
Exit code 0: nothing found, every leak noticed; 1: otherwise; 2: the scan itself is not to be trusted.
"""

import re
import subprocess
import sys
from collections import Counter, defaultdict, deque

from aarch64_flow import Flow, Instruction, operands_of

OURS = re.compile(r"\b(mldsa|keccak_lanes)::")
PUBLIC = re.compile(r"vartime_|mldsa::verifying::|::use_hint|decode_and_verify|verify_mu|expand_verifying|of_message|^one_operation::")
KERNEL = re.compile(r"^<*(mldsa|keccak_lanes)::backend::")
BRANCH, ADDRESS = "a branch on a secret", "an address from a secret"

# (function, what may be found there): why.
ALLOWED = {
    ("keccak_lanes::backend::neon::blocks::copy_blocks", BRANCH): "lengths and positions of slices, which are public",
    ("keccak_lanes::backend::neon::blocks::copy_blocks", ADDRESS): "pointers of slices",
    ("keccak_lanes::backend::portable::copy_blocks", BRANCH): "lengths and positions of slices, which are public",
    ("keccak_lanes::backend::portable::copy_blocks", ADDRESS): "pointers of slices",
    ("mldsa::backend::neon::rejection::reject_bounded", BRANCH): "which half-bytes are discarded (RejectedHalfByte)",
    ("mldsa::backend::neon::rejection::reject_bounded", ADDRESS): "how many are kept (RejectedHalfByte)",
    ("mldsa::sampling::rej_bounded_poly", BRANCH): "how many coefficients are there so far (RejectedHalfByte)",
    ("mldsa::signing::sign_expanded", ADDRESS): "the sponge's position, from which c_tilde is read",
    ("mldsa::signing::sign_small", ADDRESS): "the same",
    ("mldsa::signing::sign_expanded", BRANCH): "that an attempt is rejected (RejectedAttempt)",
    ("mldsa::signing::sign_small", BRANCH): "that an attempt is rejected (RejectedAttempt)",
}

LEAKS = {
    "a branch on a secret": ("fmov x9, d0", "cmp x9, #0x1", "b.eq {next}"),
    "a branch on a register": ("umov w9, v1.s[1]", "cbz w9, {next}"),
    "a branch on a bit": ("mov x9, v1.d[1]", "mov x10, x9", "tbnz w10, #3, {next}"),
    "a table looked up": ("fmov w9, s3", "ldr x10, [x0, x9, lsl #3]"),
    "a secret spilled and used": ("str q0, [sp, #16]", "ldr x9, [sp, #24]", "strb w0, [x1, x9]"),
    "a branch on a coefficient": ("ldr w9, [x0]", "cmp w9, #0x1", "cset w10, eq", "cbnz w10, {next}"),
    "a division": ("udiv w9, w10, w11",),
    "a computed jump": ("br x9",),
    "floating point": ("fdiv v0.4s, v1.4s, v2.4s",),
}
LEAKING = "mldsa::backend::neon::ntt::ntt"


def instruction(address, text):
    name, _, operands = text.partition(" ")
    return Instruction(address, name, operands_of(operands), text)


def functions_of(program):
    """Name and instructions by address. Names of generics hold commas, so branches keep the address only."""
    command = ["aarch64-linux-gnu-objdump", "--disassemble", "--demangle", "--no-show-raw-insn", program]
    functions, body = {}, None
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        if start := re.match(r"^([0-9a-f]+) <(.*)>:$", line):
            body = []
            functions[int(start[1], 16)] = (start[2], body)
        # objdump prints "..." for many zeros.
        elif body is not None and len(parts := line.split("\t", 2)) > 1 and parts[0].strip():
            operands = re.sub(r" <.*", "", parts[2].split("//")[0]).strip() if len(parts) > 2 else ""
            body.append(instruction(int(parts[0].strip(" :"), 16), f"{parts[1].strip()} {operands}".strip()))
    return functions


def without_arguments(name):
    """`mldsa::signing::sign_small::<...>` without what is generic about it; `<T as Trait>::f` stays."""
    return name.split("::<")[0]


def scan(functions):
    """The findings by function, and the results of each. Callers follow when the result of a function turns out secret."""
    ours = {at for at, (name, body) in functions.items() if body and OURS.search(name) and not PUBLIC.search(name)}
    results, callers, findings = defaultdict(set), defaultdict(set), {}
    work = deque(sorted(ours))
    while work:
        at = work.popleft()
        name, body = functions[at]

        def results_of(target, caller=at):
            callers[target].add(caller)
            return results[target]

        flow = Flow(body, KERNEL.match(name) is not None, results_of)
        findings[at] = flow.findings
        if not flow.result <= results[at]:
            results[at] |= flow.result
            work.extend(callers[at] & ours - set(work))
    return findings


def leaks(functions):
    """Puts each leak into a kernel. Returns those that were not noticed."""
    body = next(body for name, body in functions.values() if name == LEAKING)
    at = len(body) // 2
    unnoticed = []
    for leak, lines in LEAKS.items():
        target = f"{body[at].address:x}"
        planted = [instruction(-n - 1, line.format(next=target)) for n, line in enumerate(lines)]
        flow = Flow(body[:at] + planted + body[at:], True, lambda target: set())
        if not any(finding.instruction in planted for finding in flow.findings):
            unnoticed.append(leak)
    return unnoticed


def main():
    functions = functions_of(sys.argv[1])
    found = scan(functions)
    used, wrong = Counter(), 0
    for at, findings in sorted(found.items()):
        name = functions[at][0]
        for what, where in sorted(findings, key=lambda finding: finding.instruction.address):
            if (allowed := (without_arguments(name), what)) in ALLOWED:
                used[allowed] += 1
                continue
            wrong += 1
            print(f"{what}: {where.address:x}: {where.text}\n    in {name}")
    for allowed in ALLOWED.keys() - used.keys():
        wrong += 1
        print(f"allowed, but not there: {allowed[1]} in {allowed[0]}")
    unnoticed = leaks(functions)
    for leak in unnoticed:
        print(f"NOT NOTICED: {leak}")
    kernels = sum(KERNEL.match(functions[at][0]) is not None for at in found)
    print(f"{len(found)} functions, {kernels} of them kernels: {wrong} findings, {sum(used.values())} allowed")
    print(f"{len(LEAKS) - len(unnoticed)} of {len(LEAKS)} leaks noticed")
    # Too few: the names are not what they were, and nothing was scanned.
    if len(found) < 150 or kernels < 40:
        print("too few functions were recognised: the scan is not to be trusted", file=sys.stderr)
        return 2
    return 1 if wrong or unnoticed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main())
