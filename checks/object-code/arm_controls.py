"""Planted bugs in the AArch64 kernels, each of which a proof must find, and wrong semantics that QEMU must contradict."""

import re

import numpy as np

import arm_vectors  # noqa: F401
import term
from arm_general import SEMANTICS
from arm_kernels import kernels
from arm_processor import Emulator, test
from arm_program import ArmRegister
from arm_vectors import elementwise, signed_product, widening
from machine import Refused

M, K = "mldsa::backend::neon::", "keccak_lanes::backend::neon::"
BOUNDED, UNIFORM = M + "rejection::reject_bounded", M + "rejection::vartime_reject_uniform"
PACK, UNPACK = M + "packing::pack::<13>", M + "packing::unpack::<13>"


def two(instead, first, second):
    """Other instructions in the place of a load and the addition."""
    def patch(program, name):
        return instead(program, name, r"ldr\s+q1", first) | instead(program, name, r"add\s+v", second)
    return patch


def entry(program, name, offset, change):
    """Changes one byte of the table whose address the function's first pair of adrp and add makes."""
    pages = {}
    for at, data in sorted(program.code(*program.function(name)).items()):
        i = program.instruction(at, data)
        if i.mnemonic == "adrp":
            pages[i.operands[0].name] = i.operands[1].value
        elif i.mnemonic == "add" and isinstance(i.operands[1], ArmRegister) and i.operands[1].name in pages:
            address = pages[i.operands[1].name] + i.operands[2].value + offset
            return {"constants": {address: program.read(address, 1)[0] ^ change}}
    raise SystemExit(f"{name}: no table")


def bugs(replace, instead):
    """What, kernel, function that makes the patch, its arguments."""
    return [
        ("UseHint takes r0 = 0 as positive", M + "rounding::use_hint", replace, r"cmle(.*)#0$", r"cmlt\1#0", None),
        ("UseHint adds in the wrong direction", M + "rounding::use_hint", replace, "^cmle", "cmgt", None),
        ("Decompose does not wrap at q - 1", M + "rounding::decompose", replace, r"^cmgt", "cmeq", None),
        ("Decompose rounds at the wrong place", M + "rounding::decompose", replace, r"^(srshr.*)#18", r"\1#17", None),
        ("Power2Round of a negative number", M + "rounding::power2round", replace, "^umin", "umax", None),
        ("MakeHint misses an edge", M + "rounding::make_hint", replace, "^cmgt", "cmge", None),
        ("wrong z bound: > for >=", M + "rounding::norm_reaches", replace, r"^(cset.*)ge", r"\1gt"),
        ("a coefficient is not checked", M + "rounding::norm_reaches", replace, r"^(ldp\s+q\d+, q\d+, \[x0), #992\]", r"\1, #960]"),
        ("NTT: a reduction is missing", M + "ntt::ntt", replace, r"^mls(\s+v\d+.4s, v\d+.4s, v\d+.4s)", r"eor\1", 7),
        ("NTT: two lanes swapped", M + "ntt::ntt", replace, "^trn2", "trn1"),
        ("NTT: subtraction for addition", M + "ntt::ntt", replace, r"^add(\s+v\d+.4s)", r"sub\1", 20),
        ("NTT: the factor of another lane", M + "ntt::ntt", replace, r"^(sqdmulh.*)\.s\[1\]", r"\1.s[2]"),
        ("inverse NTT: results are not centered", M + "ntt::inv_ntt", replace, "^mla", "mls"),
        ("product: another rounding", M + "pointwise::mul", replace, "^shsub", "sub"),
        ("product: the upper half of another lane", M + "pointwise::mul_add", replace, "^uzp2", "uzp1"),
        ("dot: one product is left out", M + "pointwise::dot", replace, r"^smlal2", "smlsl2"),
        ("add: a read after the end", M + "pointwise::add", replace, r"^(cmp\s+x\d+), #0x400", r"\1, #0x440"),
        ("pack: bytes moved by one", PACK, replace, r"^ext(.*)#8$", r"ext\1#7"),
        ("pack: a byte after the end is written", PACK, replace, r"^cmp(\s+x8), #0x193", r"cmp\1, #0x1b3", None),
        ("unpack: the mask is not applied", UNPACK, replace, r"^and(\s+v)", r"orr\1"),
        ("Keccak: a rotation off by one", K + "word::permute", replace, r"^(ror.*)#44$", r"\1#45"),
        ("Keccak, two states: a rotation off by one", K + "permutation::permute_lanes",
         lambda program, _: replace(program, K + "pairs::simd::permute", r"^(usra.*)#20$", r"\1#19")),
        ("Keccak, four states: a rotation off by one in vectors", K + "permutation::permute_lanes",
         lambda program, _: replace(program, K + "hybrid::with_lane::<0>", r"^(usra.*)#20$", r"\1#19")),
        ("Keccak, four states: a rotation off by one in general registers", K + "permutation::permute_lanes",
         lambda program, _: replace(program, K + "hybrid::with_lane::<0>", r"^(bic\s+x27, x2, x1, ror #)63$", r"\g<1>62")),
        ("Keccak, four states: a word is not loaded back", K + "permutation::permute_lanes_and_extra",
         lambda program, _: replace(program, K + "hybrid::with_extra::<0>", r"^ldr\s+x10, \[sp, #24\]$", "nop")),
        ("Keccak, FEAT_SHA3: a rotation off by one", K + "permutation::sha3::permute_lanes",
         lambda program, _: replace(program, K + "pairs::sha3::permute", r"^(xar.*)#20$", r"\1#21")),
        ("Keccak: a block is written to another lane", K + "blocks::xor_blocks", replace, "^zip2", "zip1"),
        ("Keccak: chi without the complement", K + "word::permute", replace, "^bic", "and"),
        ("Keccak: a word is not stored", K + "word::permute", replace, r"^stp\s+x\d+, x\d+, \[x\d+, #48\]$", "nop"),
        ("RejBoundedPoly accepts the half-byte 15", BOUNDED, replace, r"^(mov\s+w11), #0xf$", r"\1, #0x10"),
        ("RejBoundedPoly accepts the half-byte 9", BOUNDED, replace, r"^(mov\s+w10), #0x9$", r"\1, #0xa"),
        ("RejBoundedPoly: one entry of the permutations", BOUNDED, entry, 9 * 0x5B + 2, 1),
        ("RejBoundedPoly: one entry of the counts", BOUNDED, entry, 9 * 0xFE + 8, 1),
        ("RejBoundedPoly: one coefficient", BOUNDED, replace, "^cneg", "cinv"),
        ("RejBoundedPoly: nibbles in the wrong order", BOUNDED, replace,
         r"^zip1(\s+v\d+.16b), (v\d+.16b), (v\d+.16b)", r"zip1\1, \3, \2"),
        ("RejBoundedPoly: the other half's coefficients", BOUNDED, replace, r"^(ext\s+v1.*)#8", r"\1#0"),
        ("RejBoundedPoly: a store after the end", BOUNDED, replace, r"^(cmp\s+x20), #0xf8", r"\1, #0xf9", None),
        ("RejBoundedPoly: a copy after the end", BOUNDED, replace, r"^(mov\s+w26), #0x400", r"\1, #0x404"),
        ("RejBoundedPoly: more than 256", BOUNDED, replace, r"^(mov\s+w25), #0x100", r"\1, #0x101"),
        ("RejBoundedPoly: the number does not grow", BOUNDED, instead, r"add\s+x20, x20, x8", "nop"),
        ("RejBoundedPoly: the same bytes again", BOUNDED, replace, r"^(add\s+x28, x21), #0x8", r"\1, #0x0"),
        ("RejBoundedPoly: an address from the half-bytes", BOUNDED, replace, r"^fmov(\s+w9), s1", r"fmov\1, s0"),
        ("RejBoundedPoly: a register of the caller is lost", BOUNDED, replace, r"^(ldr\s+d)8", r"\g<1>9"),
        ("RejNTTPoly accepts q", UNIFORM, replace, r"^(cmp\s+w8), #0x7fe,", r"\1, #0x7ff,"),
        ("RejNTTPoly: the highest bit is not ignored", UNIFORM, replace, r"^(bfi.*)#7$", r"\1#8"),
        ("RejNTTPoly: a polynomial passes unseen", UNIFORM, replace, r"^(movi\s+v2.16b), #0xdf", r"\1, #0xe0"),
        ("RejNTTPoly: a group passes unseen", UNIFORM, replace, r"^(movi\s+v5.16b), #0xdf", r"\1, #0xe0", None),
        ("RejNTTPoly: a triple is not looked at", UNIFORM, replace, r"^cmhi(\s+v0.16b), v1", r"cmhi\1, v0"),
        ("RejNTTPoly: the rejected triple is kept", UNIFORM, replace, r"^(mov\s+x24), x21", r"\1, x28"),
        ("RejNTTPoly: too few bytes are moved", UNIFORM, replace, r"^(sub\s+x10, x24, x24, lsl) #2", r"\1 #3"),
        ("RejNTTPoly: the same triple again", UNIFORM, replace, r"^(add\s+x20, x20), #0x3", r"\1, #0x0"),
        ("RejNTTPoly: the same group again", UNIFORM, replace, r"^(add\s+x9, x9), #0x30", r"\1, #0x0"),
        ("RejNTTPoly: the last group is missing", UNIFORM, replace, r"^(mov\s+w9), #0x10$", r"\1, #0xf", None),
        ("RejNTTPoly: a move after the end", UNIFORM, replace, r"^(mov\s+w10), #0x300", r"\1, #0x303"),
        ("RejNTTPoly: a wrong number", UNIFORM, replace, r"^(add\s+x0, x8), #0x100", r"\1, #0xff"),
        ("a branch on a secret", M + "pointwise::add", two(instead, "fmov w9, s0", "cbz w9, 0")),
        ("an address from a secret", M + "pointwise::add", two(instead, "ldr x9, [x0]", "ldr x9, [x9]")),
        ("a register of the caller is lost", M + "rounding::use_hint", replace, r"^(ldp\s+d9), d8", r"\1, d7"),
        ("a division", M + "pointwise::sub", instead, r"sub\s+v", "udiv w9, w9, w10"),
    ]


def wrong_semantics():
    """(what, mnemonic, function that makes the semantics wrong)."""
    return [
        ("bic of the other operand", "bic", lambda: elementwise("bic", function=lambda a, b: term.and_(term.not_(a), b))),
        ("umin with signs", "umin", lambda: elementwise("umin", function=lambda a, b: term.choose("smin", a, b))),
        ("smlal without its old value", "smlal", lambda: widening("smlal", signed_product, True)),
        ("xar in the other direction", "xar", wrong_xar),
    ]


def wrong_xar():
    def run(machine, i):
        a, b = (machine.lanes(operand) for operand in i.operands[1:3])
        machine.put(i.operands[0], term.concat(*[term.rol(term.xor(x, y), i.operands[3].value) for x, y in zip(a, b)]))
    SEMANTICS["xar"] = run


def unnoticed(program, mnemonic, plant):
    """Whether QEMU agrees with a wrong semantics on an instruction of a kernel."""
    place = program.function(K + "permutation::sha3::permute_lanes")
    places = [place for _, place, _ in kernels(program)] + [place]
    places += [each for name, found in program.symbols.items() if name.startswith(K) for each in found]
    for place in places:
        for at, data in program.code(*place).items():
            i = program.instruction(at, data)
            if i.mnemonic == mnemonic and re.match(r"v\d", i.short.partition(" ")[2]):
                original = SEMANTICS[mnemonic]
                SEMANTICS.pop(mnemonic)
                plant()
                try:
                    with Emulator() as emulator:
                        test(emulator, i, np.random.default_rng(1))
                    return True, "no difference"
                except Refused as problem:
                    return False, str(problem)
                finally:
                    SEMANTICS[mnemonic] = original
    return True, "no such instruction"
