"""The semantics of vector instructions that move lanes: permutations, conversions of width, bit selections."""

import term
from general import SEMANTICS, instruction
from machine import Refused
from program import Vector
from vectors import finish, lanes, low, sources


def gather(lanes_of, indices):
    return [lanes_of[n] for n in indices]


@instruction("vpshufd")
def shuffle_d(machine, i):
    order = i.operands[2].value
    value = lanes(machine.vector(i.operands[1], i.operands[0].size), 32)
    finish(machine, i, [value[n // 4 * 4 + (order >> 2 * (n % 4) & 3)] for n in range(len(value))], 32)


@instruction("vmovshdup")
def odd_twice(machine, i):
    value = lanes(machine.vector(i.operands[1], i.operands[0].size), 32)
    finish(machine, i, [value[n | 1] for n in range(len(value))], 32)


@instruction("vpshufb")
def shuffle_bytes(machine, i):
    size = i.operands[0].size
    value = lanes(machine.vector(i.operands[1], size), 8)
    order = lanes(machine.vector(i.operands[2], size), 8)
    result = []
    for n, index in enumerate(order):
        k = term.number(index)
        if k is None:
            result.append(look_up(value[n // 16 * 16:n // 16 * 16 + 16], index))
        else:
            result.append(term.const(8, 0) if k & 0x80 else value[n // 16 * 16 + (k & 15)])
    finish(machine, i, result, 8)


def look_up(table, index):
    """A byte of a table in a register, at an index that is data."""
    out = table[0]
    for n in range(1, 16):
        out = term.ite(term.compare("eq", low(index, 4), term.const(4, n)), table[n], out)
    return term.ite(term.extract(index, 7, 1), term.const(8, 0), out)


@instruction("vpermd", "vpermb")
def permute(machine, i):
    w = 32 if i.mnemonic == "vpermd" else 8
    size = i.operands[0].size
    order = lanes(machine.vector(i.operands[1], size), w)
    value = lanes(machine.vector(i.operands[2], size), w)
    finish(machine, i, [value[index(k) % len(value)] for k in order], w)


def index(value):
    n = term.number(value)
    if n is None:
        raise Refused("the index of a permutation depends on data")
    return n


@instruction("vpcompressd", "vpcompressb")
def compress(machine, i):
    to, source = i.operands
    w = 32 if i.mnemonic[-1] == "d" else 8
    if not i.mask or not i.zeroing or not isinstance(to, Vector):
        raise Refused("a compression that keeps what was there")
    value = machine.vector(source)
    count = term.width(value) // w
    mask = low(machine.masks[i.mask], count)
    machine.set_vector(to, term.concat(*[term.nth(mask, value, j) for j in range(count)]))


@instruction("vpermi2d", "vpermi2q", "vpermt2d", "vpermt2q")
def permute_two(machine, i):
    w = 32 if i.mnemonic[-1] == "d" else 64
    size = i.operands[0].size
    first, second, third = (lanes(machine.vector(operand, size), w) for operand in i.operands)
    order, table = (first, second) if i.mnemonic[5] == "i" else (second, first)
    table = table + third
    finish(machine, i, [table[index(k) % len(table)] for k in order], w)


@instruction("vpermq")
def permute_words(machine, i):
    order = i.operands[2].value
    value = lanes(machine.vector(i.operands[1], i.operands[0].size), 64)
    finish(machine, i, [value[n // 4 * 4 + (order >> 2 * (n % 4) & 3)] for n in range(len(value))], 64)


@instruction("vperm2i128", "vperm2f128")
def permute_halves(machine, i):
    order = i.operands[3].value
    table = lanes(machine.vector(i.operands[1]), 128) + lanes(machine.vector(i.operands[2], 32), 128)
    picks = [order & 15, order >> 4]
    finish(machine, i, [term.const(128, 0) if k & 8 else table[k & 3] for k in picks], 128)


@instruction("vshufi64x2")
def shuffle_quarters(machine, i):
    order = i.operands[3].value
    size = i.operands[0].size
    a, b = (lanes(machine.vector(operand, size), 128) for operand in i.operands[1:3])
    if size != 64:
        raise Refused("vshufi64x2 of 256 bits")
    result = [(a if n < 2 else b)[order >> 2 * n & 3] for n in range(4)]
    finish(machine, i, lanes(term.concat(*result), 64), 64)


@instruction("vshufps")
def shuffle_ps(machine, i):
    order = i.operands[3].value
    a, b = sources(machine, i, 32)
    result = []
    for n in range(len(a)):
        table = a if n % 4 < 2 else b
        result.append(table[n // 4 * 4 + (order >> 2 * (n % 4) & 3)])
    finish(machine, i, result, 32)


def unpack(w, high):
    def run(machine, i):
        a, b = sources(machine, i, w)
        per = 128 // w
        result = []
        for block in range(0, len(a), per):
            for n in range(per // 2):
                at = block + n + (per // 2 if high else 0)
                result += [a[at], b[at]]
        finish(machine, i, result, w)
    return run


for _w, _suffix in ((8, "bw"), (16, "wd"), (32, "dq"), (64, "qdq")):
    SEMANTICS["vpunpckl" + _suffix] = unpack(_w, False)
    SEMANTICS["vpunpckh" + _suffix] = unpack(_w, True)
SEMANTICS["vunpcklpd"], SEMANTICS["vunpckhpd"] = unpack(64, False), unpack(64, True)
SEMANTICS["vunpcklps"], SEMANTICS["vunpckhps"] = unpack(32, False), unpack(32, True)


@instruction("vmovlhps")
def low_halves(machine, i):
    a, b = (low(machine.vector(operand), 64) for operand in i.operands[1:])
    machine.set_vector(i.operands[0], term.concat(a, b))


@instruction("vinserti128", "vinsertf128", "vinserti64x4", "vinserti32x4", "vinserti64x2")
def insert(machine, i):
    part = 256 if i.mnemonic == "vinserti64x4" else 128
    value = lanes(machine.vector(i.operands[1]), part)
    value[i.operands[3].value % len(value)] = machine.vector(i.operands[2], part // 8)
    finish(machine, i, value, part)


@instruction("vextracti128", "vextractf128", "vextracti32x4", "vextracti64x4")
def extract(machine, i):
    to, source, number = i.operands
    if i.mask:
        raise Refused("an extraction under a mask")
    part = 256 if i.mnemonic == "vextracti64x4" else 128
    value = lanes(machine.vector(source), part)
    value = value[number.value % len(value)]
    if isinstance(to, Vector):
        machine.set_vector(to, value)
    else:
        machine.store(machine.address(to), value)


@instruction("vpblendd", "vpblendw")
def blend(machine, i):
    w = 32 if i.mnemonic == "vpblendd" else 16
    a, b = sources(machine, i, w)
    order = i.operands[3].value
    finish(machine, i, [(b if order >> n % 8 & 1 else a)[n] for n in range(len(a))], w)


@instruction("vpblendvb")
def blend_bytes(machine, i):
    a, b, mask = sources(machine, i, 8)
    finish(machine, i, [term.ite(term.extract(m, 7, 1), y, x) for x, y, m in zip(a, b, mask)], 8)


@instruction("vpackusdw", "vpackuswb", "vpackssdw", "vpacksswb")
def pack(machine, i):
    w = 32 if i.mnemonic.endswith("dw") else 16
    a, b = (lanes(machine.vector(operand, i.operands[0].size), 128) for operand in i.operands[1:])
    result = []
    for x, y in zip(a, b):
        result += [term.saturate(lane, w // 2, i.mnemonic[5] == "u") for lane in lanes(x, w) + lanes(y, w)]
    finish(machine, i, result, w // 2)


def widen(source_w, w, signed):
    def run(machine, i):
        to, source = i.operands
        count = 8 * to.size // w
        value = lanes(machine.vector(source, count * source_w // 8), source_w)
        finish(machine, i, [(term.sext if signed else term.zext)(lane, w) for lane in value[:count]], w)
    return run


SEMANTICS["vpmovsxbd"] = widen(8, 32, True)
SEMANTICS["vpmovzxbw"] = widen(8, 16, False)
SEMANTICS["vpmovzxbd"] = widen(8, 32, False)


@instruction("vpmultishiftqb")
def multishift(machine, i):
    control, value = sources(machine, i, 64)
    result = []
    for c, v in zip(control, value):
        for n in range(8):
            at = index(term.extract(c, 8 * n, 8)) & 63
            result.append(low(term.rol(v, (64 - at) % 64), 8))
    finish(machine, i, result, 8)


def ternary(w):
    def run(machine, i):
        table = i.operands[3].value
        a, b, c = (lanes(machine.vector(operand, i.operands[0].size), w) for operand in i.operands[:3])
        result = []
        for x, y, z in zip(a, b, c):
            out = term.const(w, 0)
            for bits in range(8):  # the polynomial over GF(2) of the truth table
                coefficient = 0
                for row in range(8):
                    if row & bits == row:
                        coefficient ^= table >> row & 1
                if coefficient:
                    product = term.const(w, -1)
                    for bit, value in ((4, x), (2, y), (1, z)):
                        if bits & bit:
                            product = term.and_(product, value)
                    out = term.xor(out, product)
            result.append(out)
        finish(machine, i, result, w)
    return run


SEMANTICS["vpternlogd"], SEMANTICS["vpternlogq"] = ternary(32), ternary(64)
