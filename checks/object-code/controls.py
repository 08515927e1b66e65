#!/usr/bin/env python3
"""Planted bugs, each of which a proof must find.

    controls.py PROGRAM

A bug is another text for one or two decoded instructions, another constant, or another semantics. Exit code 0: all are found."""

import re
import sys

import numpy as np

import general
import term
import transforms
import vectors
from arithmetic import Q
from machine import Refused
from processor import Processor, test
from program import Instruction, Program
from prove import attempt, kernels


PLACES = {}  # name: (address, size) of a kernel; of the first, if it is there twice


def replace(program, name, pattern, new, number=0):
    """A patch: instruction `number` of those whose text matches (None: each), with `new` in place of the match."""
    code = program.code(*PLACES[name])
    found = [(at, data) for at, data in sorted(code.items()) if re.search(pattern, data[1])]
    if not found:
        raise SystemExit(f"{name}: no instruction matches {pattern}")
    chosen = found if number is None else [found[number]]
    return {at: (raw, re.sub(pattern, new, text, count=1)) for at, (raw, text) in chosen}


def instead(program, name, pattern, new, number=0):
    """The same, with `new` as the whole text."""
    return replace(program, name, rf"^.*{pattern}.*$", new, number)


def constant(program, name, change, old, number=0):
    """Adds to one 32-bit constant that a function reads: the `number`th address at which it is `old`."""
    code = program.code(*PLACES[name])
    places = []
    for at, data in sorted(code.items()):
        for operand in Instruction(at, *data).operands:
            if operand.__class__.__name__ == "Memory" and operand.base is None and operand.index is None:
                value = program.read(operand.displacement, 4)
                if value and int.from_bytes(value, "little") == old % (1 << 32):
                    places.append(operand.displacement)
    if not places:
        raise SystemExit(f"{name}: the constant {old} is not found")
    value = (old + change) % (1 << 32)
    return {"constants": {places[number] + i: byte for i, byte in enumerate(value.to_bytes(4, "little"))}}


def greater_or_equal(machine, i):
    """Not a processor's instruction: a >= b as a mask."""
    a, b = vectors.sources(machine, i, 32)
    vectors.finish(machine, i, [term.rep(term.not_(term.compare("sgt", y, x)), 32) for x, y in zip(a, b)], 32)


general.SEMANTICS["ge"] = greater_or_equal

A2, A5 = "mldsa::backend::avx2::", "mldsa::backend::avx512::"
K2, K5 = "keccak_lanes::backend::avx2::permutation::", "keccak_lanes::backend::avx512::permutation::"
P13 = A5 + "packing::pack::<13, 26>"
U13 = A5 + "packing::unpack::<13, 26>"
P2 = A2 + "packing::pack::<13>"
U2 = A2 + "packing::unpack::<13>"


def bugs(p):
    """(what, kernel, patch)."""
    r = lambda *a, **k: replace(p, *a, **k)
    i = lambda *a, **k: instead(p, *a, **k)
    c = lambda *a, **k: constant(p, *a, **k)
    return [
        ("UseHint takes r0 = 0 as positive", A2 + "rounding::use_hint", r(A2 + "rounding::use_hint", r"vpcmpgtd( +ymm\d+,)(ymm\d+,ymm\d+)$", r"ge\1\2", number=None)),
        ("UseHint adds in the wrong direction", A5 + "rounding::use_hint",
         r(A5 + "rounding::use_hint", r"vpsubd (.*)\{k1\}", r"vpaddd \1{k1}", number=None)),
        ("UseHint takes the hints of other lanes", A5 + "rounding::use_hint", r(A5 + "rounding::use_hint", r"shr( +)edi,0x10", r"shr\1edi,0x11")),
        ("Decompose does not wrap at q - 1", A2 + "rounding::decompose",
         r(A2 + "rounding::decompose", r"vpandn (ymm\d+),(ymm\d+),(ymm\d+)", r"vpor \1,\3,\3")),
        ("Decompose with gamma2 off by one", A5 + "rounding::decompose", r(A5 + "rounding::decompose", "0x173ff", "0x17400")),
        ("Power2Round rounds at the wrong place", A2 + "rounding::power2round", c(A2 + "rounding::power2round", 1, 4095)),
        ("Power2Round of a negative number", A5 + "rounding::power2round", r(A5 + "rounding::power2round", "vpminud", "vpmaxud", number=None)),
        ("MakeHint misses an edge", A2 + "rounding::make_hint", r(A2 + "rounding::make_hint", "vpcmpeqd", "vpcmpgtd", number=None)),
        ("MakeHint swaps low and high", A5 + "rounding::make_hint", r(A5 + "rounding::make_hint", r"\[rcx", "[rdx", number=None)),
        ("wrong z bound: > for >=", A2 + "rounding::norm_reaches", i(A2 + "rounding::norm_reaches", r"dec +esi", "nop")),
        ("wrong z bound: > for >=", A5 + "rounding::norm_reaches", r(A5 + "rounding::norm_reaches", "vpcmpnltud", "vpcmpnleud")),
        ("a coefficient is not checked", A2 + "rounding::norm_reaches", r(A2 + "rounding::norm_reaches", r"rdi\+0x3e0", "rdi+0x3c0")),
        ("NTT: a reduction is missing", A2 + "ntt::ntt",
         r(A2 + "ntt::ntt", r"vpmulld (ymm\d+),(ymm\d+),ymm\d+", r"vpxor \1,\2,\2")),
        ("NTT: two lanes swapped", A2 + "ntt::ntt", r(A2 + "ntt::ntt", r"(vperm2i128 .*),0x31", r"\1,0x13")),
        ("NTT: two lanes swapped", A5 + "ntt::ntt", r(A5 + "ntt::ntt", "vpunpckhqdq", "vpunpcklqdq")),
        ("NTT: subtraction for addition", A5 + "ntt::ntt", r(A5 + "ntt::ntt", "vpaddd", "vpsubd", 40)),
        ("NTT: another zeta", A5 + "ntt::ntt", c(A5 + "ntt::ntt", 2, -3572223)),
        ("inverse NTT: results are not centered", A2 + "ntt::inv_ntt", r(A2 + "ntt::inv_ntt", r"vpand ", "vpandn ")),
        ("inverse NTT: centered at the wrong place", A5 + "ntt::inv_ntt", c(A5 + "ntt::inv_ntt", 1, (Q - 1) // 2)),
        ("product: another Montgomery factor", A5 + "pointwise::mul", c(A5 + "pointwise::mul", 2, 58728449)),
        ("mul_add: c is extended without its sign", A2 + "pointwise::mul_add",
         c(A2 + "pointwise::mul_add", -10 * Q, 10 * Q)),
        ("dot: one product is left out", A2 + "pointwise::dot", r(A2 + "pointwise::dot", r"add( +)r11,0x400", r"add\1r11,0x800")),
        ("dot: a read after the end", A5 + "pointwise::dot", r(A5 + "pointwise::dot", r"vmovdqa64 (zmm\d+),ZMMWORD PTR \[(?!rip)", r"vmovdqa64 \1,ZMMWORD PTR [0x10000+")),
        ("pack: a shift off by one", P13, r(P13, r"vpsrlq (.*),0x13", r"vpsrlq \1,0x12")),
        ("pack: a byte after the end is written", P13, r(P13, "0x3ffffff", "0x7ffffff")),
        ("pack: w, not from - w", P2, r(P2, r"vpsubd (ymm\d+),ymm\d+,YMM", r"vpor \1,\1,YMM")),
        ("unpack: a shift off by one", U13, r(U13, "vpsrlvd", "vpsllvd")),
        ("unpack: bytes of another lane", U2, r(U2, "vpshufb", "vpaddb", number=None)),
        ("Keccak: a rotation off by one", K5 + "permute_1", r(K5 + "permute_1", r"vprolq (.*),0x1$", r"vprolq \1,0x2")),
        ("Keccak: chi with another table", K5 + "permute_1", r(K5 + "permute_1", "0xd2", "0xb4")),
        ("Keccak: chi without the complement", K2 + "permute_1", r(K2 + "permute_1", "andn( +)(r..?),(r..?),(r..?)$", r"lea \2,[\3+\4*1]")),
        ("Keccak: a word is not stored", K5 + "permute_1", r(K5 + "permute_1", r"^vmov\w+ +\w+ PTR \[rdi.*$", "nop")),
        ("a branch on a secret", A2 + "rounding::norm_reaches", i(A2 + "rounding::norm_reaches", "vzeroupper", "je 0")),
        ("an address from a secret", A2 + "pointwise::add",
         i(A2 + "pointwise::add", r"vpaddd", "mov rax,QWORD PTR [rdi]", number=0)
         | i(A2 + "pointwise::add", r"vpaddd", "mov rax,QWORD PTR [rax]", number=1)),
        ("a division", A2 + "pointwise::sub", i(A2 + "pointwise::sub", "vzeroupper", "idiv ecx")),
        ("a register of the caller is lost", A2 + "pointwise::dot", r(A2 + "pointwise::dot", r"pop( +)rbx", r"pop\1rax")),
    ]


def wrong_semantics():
    """(what, mnemonic, semantics): the comparison with the processor must find each."""
    low = vectors.low
    return [
        ("vpmuldq without signs", "vpmuldq",
         vectors.elementwise(64, lambda a, b: term.wide("umulw", low(a, 32), low(b, 32)))),
        ("vpminud with signs", "vpminud", vectors.elementwise(32, lambda a, b: term.choose("smin", a, b))),
        ("vpandn of the other operand", "vpandn", vectors.elementwise(64, lambda a, b: term.and_(a, term.not_(b)))),
        ("vpackusdw without saturation", "vpackusdw", general.SEMANTICS["vpackuswb"]),
    ]


def unnoticed_semantics(program, mnemonic, semantics):
    """Whether the processor agrees with a wrong semantics on an instruction of a kernel."""
    for _, place, _ in kernels(program):
        for at, data in program.code(*place).items():
            if data[1].split()[0] == mnemonic and "[" not in data[1]:
                original = general.SEMANTICS[mnemonic]
                general.SEMANTICS[mnemonic] = semantics
                try:
                    test(Processor(), Instruction(at, *data), np.random.default_rng(1))
                    return True, "no difference"
                except Refused as problem:
                    return False, str(problem)
                finally:
                    general.SEMANTICS[mnemonic] = original
    return True, "no such instruction"


def unreduced_input(program, name):
    """The proof of `dot` must fail where v is not reduced: 7 products of numbers up to 2^31 leave the range of the inverse NTT."""
    original = transforms.Q
    analysis = transforms.Analysis

    def wider(inputs):
        return analysis({k: (-(1 << 31), (1 << 31) - 1) if k.startswith("v[") else v for k, v in inputs.items()})
    transforms.Analysis = wider
    try:
        return attempt(program, name, program.function(name), lambda p, n, x: transforms.one_dot(p, n, 7, False, x))
    finally:
        transforms.Analysis, transforms.Q = analysis, original


def main():
    program = Program(sys.argv[1])
    proofs = {}
    for name, place, proof in kernels(program):
        proofs.setdefault(name, (place, proof))
        PLACES.setdefault(name, place)
    missed = 0

    def report(what, name, proved, text):
        nonlocal missed
        missed += proved
        short = re.sub(r"^(mldsa|keccak_lanes)::backend::", "", name)
        print(f"{'MISSED' if proved else 'found'}: {what} ({short}): {text.removeprefix('NOT PROVED: ')}", flush=True)

    total = 0
    for what, name, patch in bugs(program):
        place, proof = proofs[name]
        program.changed = patch.pop("constants", {})
        proved, _, text = attempt(program, name, place, proof, patch)
        program.changed = {}
        report(what, name, proved, text)
        total += 1
    for back_end in (A2, A5):
        name = back_end + "pointwise::dot"
        proved, _, text = unreduced_input(program, name)
        report("an input that is not reduced, as ML-DSA-87 once had", name, proved, text)
        total += 1
    for what, mnemonic, semantics in wrong_semantics():
        proved, text = unnoticed_semantics(program, mnemonic, semantics)
        report(what, "the semantics", proved, text)
        total += 1
    print(f"{total} bugs planted, {total - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
