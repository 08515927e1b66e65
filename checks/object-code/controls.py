#!/usr/bin/env python3
"""Planted bugs, each of which a proof must find.

    controls.py PROGRAM

A bug is another text for one or two decoded instructions, another constant, or another semantics. Exit code 0: all are found."""

import re
import sys

import numpy as np

import arm_controls
import general
import term
import transforms
import vectors
from arithmetic import Q
from arm_program import ArmProgram
from machine import Refused
from processor import Processor, test
from program import Instruction
from prove import attempt, kernels, opened


PLACES = {}  # name: (address, size) of a kernel; of the first, if it is there twice


def replace(program, name, pattern, new, number=0):
    """A patch: instruction `number` of those whose text matches (None: each), with `new` in place of the match."""
    code = program.code(*(PLACES.get(name) or program.function(name)))
    found = [(at, data) for at, data in ((at, plain(data)) for at, data in sorted(code.items())) if re.search(pattern, data[1])]
    if not found:
        raise SystemExit(f"{name}: no instruction matches {pattern}")
    chosen = found if number is None else [found[number]]
    return {at: (raw, re.sub(pattern, new, text, count=1)) for at, (raw, text) in chosen}


def plain(data):
    """An instruction without objdump's comment."""
    return data[0], re.sub(r"\s*//.*", "", data[1])


def instead(program, name, pattern, new, number=0):
    """The same, with `new` as the whole text."""
    return replace(program, name, rf"^.*{pattern}.*$", new, number)


def constant(program, name, change, old, number=0):
    """Adds to one 32-bit constant that a function reads: the `number`th address at which it is `old` (None: each)."""
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
    chosen = places if number is None else [places[number]]
    return {"constants": {place + i: byte for place in chosen for i, byte in enumerate(value.to_bytes(4, "little"))}}


def entry(program, name, offset, change):
    """Changes one byte of the table that the function's first `lea reg,[rip+...]` points to."""
    for at, data in sorted(program.code(*PLACES[name]).items()):
        if re.match(r"lea +\w+,\[rip", data[1]):
            address = Instruction(at, *data).operands[1].displacement + offset
            return {"constants": {address: program.read(address, 1)[0] ^ change}}
    raise SystemExit(f"{name}: no table")


def greater_or_equal(machine, i):
    """Not a processor's instruction: a >= b as a mask."""
    a, b = vectors.sources(machine, i, 32)
    vectors.finish(machine, i, [term.rep(term.not_(term.compare("sgt", y, x)), 32) for x, y in zip(a, b)], 32)


def both(machine, i):
    """Not a processor's instruction: the AND of the second and the third operand."""
    to, a, b = i.operands
    a, b = (machine.as_term(machine.operand(x), to.size) for x in (a, b))
    machine.set_operand(to, machine.simple(term.and_(a, b)))


def pack_signed(machine, i):
    """A wrong vpackusdw, which saturates as vpackssdw does."""
    halves = [vectors.lanes(machine.vector(operand), 128) for operand in i.operands[1:]]
    result = [term.saturate(lane, 16, False) for pair in zip(*halves) for half in pair for lane in vectors.lanes(half, 32)]
    vectors.finish(machine, i, result, 16)


general.SEMANTICS.update({"ge": greater_or_equal, "both": both})

A2, A5 = "mldsa::backend::avx2::", "mldsa::backend::avx512::"
K2, K5 = "keccak_lanes::backend::avx2::permutation::", "keccak_lanes::backend::avx512::permutation::"
PACK_2, UNPACK_2 = A2 + "packing::pack::<13>", A2 + "packing::unpack::<13>"
PACK_5, UNPACK_5 = A5 + "packing::pack::<13, 26>", A5 + "packing::unpack::<13, 26>"


def secret_address(program, name):
    """Two instructions: a coefficient is read, then what it points to."""
    return (instead(program, name, "vpaddd", "mov rax,QWORD PTR [rdi]")
            | instead(program, name, "vpaddd", "mov rax,QWORD PTR [rax]", 1))


BOUNDED_2, BOUNDED_5 = A2 + "rejection::reject_bounded", A5 + "rejection::reject_bounded"
UNIFORM_2, UNIFORM_5 = A2 + "rejection::vartime_reject_uniform", A5 + "rejection::vartime_reject_uniform"
ROUNDING_2, ROUNDING_5 = A2 + "rounding::", A5 + "rounding::"
# What, kernel, function that makes the patch, its arguments.
BUGS = [
    ("UseHint takes r0 = 0 as positive", ROUNDING_2 + "use_hint", replace,
     r"vpcmpgtd( +ymm\d+,)(ymm\d+,ymm\d+)$", r"ge\1\2", None),
    ("UseHint adds in the wrong direction", ROUNDING_5 + "use_hint", replace, r"vpsubd (.*)\{k1\}", r"vpaddd \1{k1}", None),
    ("UseHint takes the hints of other lanes", ROUNDING_5 + "use_hint", replace, r"shr( +)edi,0x10", r"shr\1edi,0x11"),
    ("Decompose does not wrap at q - 1", ROUNDING_2 + "decompose", replace,
     r"vpandn (ymm\d+),(ymm\d+),(ymm\d+)", r"vpor \1,\3,\3", None),
    ("Decompose with gamma2 off by one", ROUNDING_5 + "decompose", replace, "0x173ff", "0x17400"),
    ("Power2Round rounds at the wrong place", ROUNDING_2 + "power2round", constant, 1, 4095),
    ("Power2Round of a negative number", ROUNDING_5 + "power2round", replace, "vpminud", "vpmaxud", None),
    ("MakeHint misses an edge", ROUNDING_2 + "make_hint", replace, "vpcmpeqd", "vpcmpgtd", None),
    ("MakeHint swaps low and high", ROUNDING_5 + "make_hint", replace, r"\[rcx", "[rdx", None),
    ("wrong z bound: > for >=", ROUNDING_2 + "norm_reaches", instead, r"dec +esi", "nop"),
    ("wrong z bound: > for >=", ROUNDING_5 + "norm_reaches", replace, "vpcmpnltud", "vpcmpnleud"),
    ("a coefficient is not checked", ROUNDING_2 + "norm_reaches", replace, r"rdi\+0x3e0", "rdi+0x3c0"),
    ("NTT: a reduction is missing", A2 + "ntt::ntt", replace, r"vpmulld (ymm\d+),(ymm\d+),ymm\d+", r"vpxor \1,\2,\2"),
    ("NTT: two lanes swapped", A2 + "ntt::ntt", replace, r"(vperm2i128 .*),0x31", r"\1,0x13"),
    ("NTT: two lanes swapped", A5 + "ntt::ntt", replace, "vpunpckhqdq", "vpunpcklqdq"),
    ("NTT: subtraction for addition", A5 + "ntt::ntt", replace, "vpaddd", "vpsubd", 40),
    ("NTT: another zeta", A5 + "ntt::ntt", constant, 2, -3572223),
    ("inverse NTT: results are not centered", A2 + "ntt::inv_ntt", replace, "vpand ", "vpandn "),
    ("inverse NTT: centered at the wrong place", A5 + "ntt::inv_ntt", constant, 1, (Q - 1) // 2),
    ("product: another Montgomery factor", A5 + "pointwise::mul", constant, 2, 58728449),
    ("mul_add: c is extended without its sign", A2 + "pointwise::mul_add", constant, -10 * Q, 10 * Q),
    ("dot: one product is left out", A2 + "pointwise::dot", replace, r"add( +)r11,0x400", r"add\1r11,0x800"),
    ("dot: a read after the end", A5 + "pointwise::dot", replace,
     r"vmovdqa64 (zmm\d+),ZMMWORD PTR \[(?!rip)", r"vmovdqa64 \1,ZMMWORD PTR [0x10000+"),
    ("pack: a shift off by one", PACK_5, replace, r"vpsrlq (.*),0x13", r"vpsrlq \1,0x12"),
    ("pack: a byte after the end is written", PACK_5, replace, "0x3ffffff", "0x7ffffff"),
    ("pack: w, not from - w", PACK_2, replace, r"vpsubd (ymm\d+),ymm\d+,YMM", r"vpor \1,\1,YMM"),
    ("unpack: a shift off by one", UNPACK_5, replace, "vpsrlvd", "vpsllvd"),
    ("unpack: bytes of another lane", UNPACK_2, replace, "vpshufb", "vpaddb", None),
    ("Keccak: a rotation off by one", K5 + "permute_1", replace, r"vprolq (.*),0x1$", r"vprolq \1,0x2"),
    ("Keccak: chi with another table", K5 + "permute_1", replace, "0xd2", "0xb4"),
    ("Keccak: chi without the complement", K2 + "permute_1", replace,
     "^andn ", "both "),
    ("Keccak: a word is not stored", K5 + "permute_1", replace, r"^vmov\w+ +\w+ PTR \[rdi.*$", "nop"),
    ("Keccak: a block is written to another lane", K2.replace("permutation", "blocks") + "xor_blocks", replace,
     "^v(p?)unpckh(pd|qdq)", r"v\1unpckl\2"),
    ("RejBoundedPoly accepts the half-byte 15", BOUNDED_2, replace, r"mov( +)edi,0xf$", r"mov\1edi,0x10"),
    ("RejBoundedPoly rejects the half-byte 14", BOUNDED_5, replace, r"mov( +)eax,0xf$", r"mov\1eax,0xe"),
    ("RejBoundedPoly: one entry of the permutations", BOUNDED_2, entry, 9 * 0x5B + 2, 1),
    ("RejBoundedPoly: one entry of the counts", BOUNDED_2, entry, 9 * 0xFE + 8, 1),
    ("RejBoundedPoly: one coefficient", BOUNDED_5, entry, 3, 1),
    ("RejBoundedPoly: lanes by another mask", BOUNDED_5, replace, r"(vpcompressb .*)\{k1\}", r"\1{k2}"),
    ("RejBoundedPoly: a bit is not counted", BOUNDED_5, replace, "0x5555555555555555", "0x5555555555555554"),
    ("RejBoundedPoly: nibbles in the wrong order", BOUNDED_2, replace,
     r"vpunpcklbw (xmm\d+),(xmm\d+),(xmm\d+)", r"vpunpcklbw \1,\3,\2"),
    ("RejBoundedPoly: a store after the end", BOUNDED_2, replace, r"cmp( +)r8,0xf8", r"cmp\1r8,0xf9"),
    ("RejBoundedPoly: a store after the end", BOUNDED_5, replace, r"cmp( +)r8,0xc0", r"cmp\1r8,0xc1"),
    ("RejBoundedPoly: more than 256", BOUNDED_2, replace, r"mov( +)r8d,0x100", r"mov\1r8d,0x101"),
    ("RejBoundedPoly: an address from the half-bytes", BOUNDED_2, instead, r"movzx +edi,r11b", "vmovd edi,xmm2"),
    ("RejNTTPoly accepts q", UNIFORM_2, constant, 1, Q - 1, None),
    ("RejNTTPoly accepts q", UNIFORM_5, constant, 1, Q, None),
    ("RejNTTPoly: a polynomial passes unseen", UNIFORM_2, replace, "vpmaxud", "vpminud", 9),
    ("RejNTTPoly: a polynomial passes unseen", UNIFORM_5, replace, "vpmaxud", "vpminud", 9),
    ("RejNTTPoly: the rejected triple is kept", UNIFORM_2, replace, r"inc( +)r15", "nop"),
    ("RejNTTPoly: too few bytes are moved", UNIFORM_2, replace, r"lea( +)rdx,\[r15\+r15\*2\]", r"lea\1rdx,[r15+r15*1]"),
    ("RejNTTPoly: the last loop turn is missing", UNIFORM_2, replace, r"cmp( +)rcx,0x20", r"cmp\1rcx,0x1f"),
    ("RejNTTPoly: lanes by another mask", UNIFORM_5, replace, r"(vpcompressd .*)\{k1\}", r"\1{k2}", 5),
    ("RejNTTPoly: a group is not moved", UNIFORM_5, replace, r"cmp( +)eax,0x5f", r"cmp\1eax,0x4f"),
    ("RejNTTPoly: a bit is not counted", UNIFORM_5, replace, "0x5555", "0x5554", 4),
    ("a branch on a secret", ROUNDING_2 + "norm_reaches", instead, "vzeroupper", "je 0"),
    ("an address from a secret", A2 + "pointwise::add", secret_address),
    ("a division", A2 + "pointwise::sub", instead, "vzeroupper", "idiv ecx"),
    ("a register of the caller is lost", A2 + "pointwise::dot", replace, r"pop( +)rbx", r"pop\1rax"),
]


def wrong_semantics():
    """(what, mnemonic, semantics): the comparison with the processor must find each."""
    low = vectors.low
    return [
        ("vpmuldq without signs", "vpmuldq",
         vectors.elementwise(64, lambda a, b: term.wide("umulw", low(a, 32), low(b, 32)))),
        ("vpminud with signs", "vpminud", vectors.elementwise(32, lambda a, b: term.choose("smin", a, b))),
        ("vpandn of the other operand", "vpandn", vectors.elementwise(64, lambda a, b: term.and_(a, term.not_(b)))),
        ("vpackusdw with signs", "vpackusdw", pack_signed),
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
    """The proof of `dot` must fail where v is not reduced: 7 products of such numbers leave the range of the inverse NTT."""
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
    program = opened(sys.argv[1])
    proofs = {}
    for name, place, proof in kernels(program):
        proofs.setdefault(name, (place, proof))
        PLACES.setdefault(name, place)
    missed = total = 0

    def report(what, name, proved, text):
        nonlocal missed, total
        missed += proved
        total += 1
        short = re.sub(r"^(mldsa|keccak_lanes)::backend::", "", name)
        print(f"{'MISSED' if proved else 'found'}: {what} ({short}): {text.removeprefix('NOT PROVED: ')}", flush=True)

    is_arm = isinstance(program, ArmProgram)
    for what, name, function, *arguments in arm_controls.bugs(replace, instead) if is_arm else BUGS:
        place, proof = proofs[name]
        patch = function(program, name, *arguments)
        program.changed = patch.pop("constants", {})
        proved, _, text = attempt(program, name, place, proof, patch)
        program.changed = {}
        report(what, name, proved, text)
    for back_end in (arm_controls.M,) if is_arm else (A2, A5):
        name = back_end + "pointwise::dot"
        proved, _, text = unreduced_input(program, name)
        report("an input that is not reduced, as ML-DSA-87 once had", name, proved, text)
    for what, mnemonic, semantics in arm_controls.wrong_semantics() if is_arm else wrong_semantics():
        proved, text = (arm_controls.unnoticed if is_arm else unnoticed_semantics)(program, mnemonic, semantics)
        report(what, "the semantics", proved, text)
    print(f"{total} bugs planted, {total - missed} found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
