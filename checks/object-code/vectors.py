"""The semantics of vector instructions. Source: Intel's manual, volume 2.

A vector is a term of 128, 256 or 512 bits. `lanes` cuts it; each function computes the lanes of the result.
"""

import term
from general import SEMANTICS, instruction
from machine import Refused
from program import Immediate, Mask, Memory, Register, Vector


def lanes(value, w):
    return [term.extract(value, at, w) for at in range(0, term.width(value), w)]


def finish(machine, i, result, w):
    """Writes the lanes of a result under the instruction's mask."""
    to = i.operands[0]
    if len(result) * w != 8 * to.size:
        raise Refused("the result has another size than its register")
    if i.mask:
        bits = machine.mask_bits(i.mask, len(result))
        old = [term.const(w, 0)] * len(result) if i.zeroing else lanes(machine.vector(to), w)
        result = [term.ite(bit, new, before) for bit, new, before in zip(bits, result, old, strict=True)]
    machine.set_vector(to, term.concat(*result))


def sources(machine, i, w, first=1):
    """The lanes of the operands from number `first` on."""
    size = i.operands[0].size
    out = []
    for operand in i.operands[first:]:
        if not isinstance(operand, Immediate):
            out.append(lanes(machine.vector(operand, size), w))
    return out


def elementwise(w, function):
    def run(machine, i):
        finish(machine, i, [function(*each) for each in zip(*sources(machine, i, w), strict=True)], w)
    return run


def low(value, w):
    return term.extract(value, 0, w)


def count_of(value):
    n = term.number(value)
    if n is None:
        raise Refused("the count of a shift depends on data")
    return n


def shift_by_lane(function):
    return lambda a, n: function(a, count_of(n))


def and_not(a, b):
    return term.and_(term.not_(a), b)


BITWISE = {"and": term.and_, "andn": and_not, "or": term.or_, "xor": term.xor}
for _name, _function in BITWISE.items():
    for _prefix, _suffix, _w in (("vp", "", 64), ("vp", "d", 32), ("vp", "q", 64), ("v", "ps", 32), ("v", "pd", 64)):
        SEMANTICS[_prefix + _name + _suffix] = elementwise(_w, _function)
for _w, _suffix in ((8, "b"), (16, "w"), (32, "d"), (64, "q")):
    SEMANTICS["vpadd" + _suffix] = elementwise(_w, term.add)
    SEMANTICS["vpsub" + _suffix] = elementwise(_w, term.sub)
    for _sign, _letter in (("u", "u"), ("s", "s")):
        for _which in ("min", "max"):
            SEMANTICS[f"vp{_which}{_sign}{_suffix}"] = elementwise(
                _w, lambda a, b, operation=_sign + _which: term.choose(operation, a, b))
for _w, _suffix in ((32, "d"), (64, "q")):
    SEMANTICS["vpsllv" + _suffix] = elementwise(_w, shift_by_lane(term.shl))
    SEMANTICS["vpsrlv" + _suffix] = elementwise(_w, shift_by_lane(term.lshr))
    SEMANTICS["vpsrav" + _suffix] = elementwise(_w, shift_by_lane(term.ashr))
SEMANTICS["vpmulld"] = elementwise(32, term.mul)
SEMANTICS["vpmuldq"] = elementwise(64, lambda a, b: term.wide("smulw", low(a, 32), low(b, 32)))
SEMANTICS["vpmuludq"] = elementwise(64, lambda a, b: term.wide("umulw", low(a, 32), low(b, 32)))
SEMANTICS["vpabsd"] = elementwise(32, term.absolute)


def maddwd(a, b):
    parts = [term.mul(term.sext(term.extract(a, at, 16), 32), term.sext(term.extract(b, at, 16), 32)) for at in (0, 16)]
    return term.add(*parts)


def maddubsw(a, b):
    parts = [term.mul(term.zext(term.extract(a, at, 8), 32), term.sext(term.extract(b, at, 8), 32)) for at in (0, 8)]
    return term.saturate(term.add(*parts), 16, False)


SEMANTICS["vpmaddwd"] = elementwise(32, maddwd)
SEMANTICS["vpmaddubsw"] = elementwise(16, maddubsw)


def shift(w, function):
    def run(machine, i):
        source, n = i.operands[1:]
        if isinstance(n, Immediate):
            n = n.value
        else:
            n = count_of(low(machine.vector(n, 16), 64))
        finish(machine, i, [function(a, n) for a in lanes(machine.vector(source, i.operands[0].size), w)], w)
    return run


for _w, _suffix in ((16, "w"), (32, "d"), (64, "q")):
    SEMANTICS["vpsll" + _suffix] = shift(_w, term.shl)
    SEMANTICS["vpsrl" + _suffix] = shift(_w, term.lshr)
    SEMANTICS["vpsra" + _suffix] = shift(_w, term.ashr)
    SEMANTICS["vprol" + _suffix] = shift(_w, term.rol)


@instruction("vpsrldq", "vpslldq")
def byte_shift(machine, i):
    n = min(i.operands[2].value, 16)
    function = term.lshr if i.mnemonic == "vpsrldq" else term.shl
    value = lanes(machine.vector(i.operands[1]), 128)
    finish(machine, i, [function(a, 8 * n) for a in value], 128)


# Moves.
ALIGNED = {"vmovdqa", "vmovaps", "vmovdqa64", "vmovdqa32", "vmovapd"}
MOVES = {"vmovdqa": 64, "vmovdqu": 64, "vmovaps": 32, "vmovups": 32, "vmovdqa64": 64, "vmovdqu64": 64, "vmovdqu32": 32,
         "vmovdqa32": 32, "vmovdqu8": 8, "vmovapd": 64, "vmovupd": 64}


def move(machine, i):
    to, source = i.operands
    w = MOVES[i.mnemonic]
    if not i.mask:
        size = to.size if isinstance(to, Vector) else source.size
        alignment = size if i.mnemonic in ALIGNED else 1
        value = machine.vector(source, size, alignment)
        if isinstance(to, Vector):
            machine.set_vector(to, value)
        else:
            machine.store(machine.address(to), value, alignment)
        return
    size = to.size if isinstance(to, Vector) else source.size
    masked_move(machine, i, to, source, w, machine.mask_bits(i.mask, 8 * size // w))


def masked_move(machine, i, to, source, w, bits):
    """Only lanes under the mask are accessed in memory; the mask must be known then."""
    known = [term.number(bit) for bit in bits]
    if isinstance(to, Vector) and isinstance(source, Vector):
        finish(machine, i, lanes(machine.vector(source), w), w)
        return
    if None in known:
        raise Refused("which memory is accessed depends on data")
    if i.mnemonic in ALIGNED:
        raise Refused("an aligned move under a mask")
    address = machine.address(source if isinstance(source, Memory) else to)
    step = w // 8

    def at(lane):
        return address + step * lane if isinstance(address, int) else address.plus(step * lane)

    runs, lane = [], 0
    while lane < len(known):
        if known[lane]:
            first = lane
            while lane < len(known) and known[lane]:
                lane += 1
            runs.append((first, lane - first))
        else:
            lane += 1
    if isinstance(to, Vector):
        old = [term.const(w, 0)] * len(known) if i.zeroing or not i.mask else lanes(machine.vector(to), w)
        for first, count in runs:
            old[first:first + count] = lanes(machine.load(at(first), step * count), w)
        machine.set_vector(to, term.concat(*old))
    else:
        value = machine.vector(source)
        for first, count in runs:
            machine.store(at(first), term.extract(value, w * first, w * count))


for _name in MOVES:
    SEMANTICS[_name] = move


@instruction("vpmaskmovd")
def mask_move(machine, i):
    to, mask, source = i.operands
    bits = [term.extract(lane, 31, 1) for lane in lanes(machine.vector(mask), 32)]
    masked_move(machine, i, to, source, 32, bits)


@instruction("vmovd", "vmovq")
def scalar_move(machine, i):
    to, source = i.operands
    size = 4 if i.mnemonic == "vmovd" else 8
    if isinstance(source, (Vector, Memory)):
        value = machine.vector(source, size)
    else:
        value = machine.as_term(machine.read_register(source), size)
    if isinstance(to, Vector):
        machine.set_vector(to, value)
    elif isinstance(to, Register):
        machine.write_register(to, machine.simple(value))
    else:
        machine.store(machine.address(to), value)


@instruction("vmovsd")
def move_double(machine, i):
    to, source = i.operands
    if isinstance(to, Vector):
        machine.set_vector(to, machine.vector(source, 8))
    else:
        machine.store(machine.address(to), machine.vector(source, 8))


@instruction("vzeroupper")
def zero_upper(machine, i):
    for register in machine.vectors[:16]:
        register[2:] = [term.const(64, 0)] * 6


@instruction("vpbroadcastb", "vpbroadcastw", "vpbroadcastd", "vpbroadcastq", "vbroadcastss")
def broadcast(machine, i):
    to, source = i.operands
    size = {"b": 1, "w": 2, "d": 4, "q": 8, "s": 4}[i.mnemonic[-1]]
    if isinstance(source, Register):
        value = low(machine.as_term(machine.read_register(source), source.size), 8 * size)
    else:
        value = machine.vector(source, size)
    finish(machine, i, [value] * (to.size // size), 8 * size)


@instruction("vbroadcasti128", "vbroadcastf128")
def broadcast_half(machine, i):
    finish(machine, i, [machine.vector(i.operands[1], 16)] * 2, 128)


# Comparisons and masks.
def compare_lanes(operation, w):
    def run(machine, i):
        bits = [term.compare(operation, a, b) for a, b in zip(*sources_for_mask(machine, i, w), strict=True)]
        to = i.operands[0]
        if isinstance(to, Mask):
            write_mask(machine, i, bits, w)
        else:
            finish(machine, i, [term.rep(bit, w) for bit in bits], w)
    return run


def write_mask(machine, i, bits, w):
    if len(bits) != 8 * i.operands[1].size // w:
        raise Refused("the mask has another size than its register")
    if i.mask:
        bits = [term.and_(bit, m) for bit, m in zip(bits, machine.mask_bits(i.mask, len(bits)))]
    machine.masks[i.operands[0].number] = term.zext(term.concat(*bits), 64)


for _w, _suffix in ((8, "b"), (16, "w"), (32, "d")):
    SEMANTICS["vpcmpeq" + _suffix] = compare_lanes("eq", _w)
    SEMANTICS["vpcmpgt" + _suffix] = compare_lanes("sgt", _w)


def sources_for_mask(machine, i, w):
    size = i.operands[1].size
    return [lanes(machine.vector(operand, size), w) for operand in i.operands[1:3]]


def compare_to_mask(operation, w, swap, negate):
    def run(machine, i):
        a, b = sources_for_mask(machine, i, w)
        bits = [term.compare(operation, y, x) if swap else term.compare(operation, x, y) for x, y in zip(a, b)]
        write_mask(machine, i, [term.not_(bit) for bit in bits] if negate else bits, w)
    return run


for _w, _suffix in ((8, "b"), (16, "w"), (32, "d")):
    for _sign in ("u", ""):
        _op = ("u" if _sign else "s") + "gt"
        SEMANTICS[f"vpcmplt{_sign}{_suffix}"] = compare_to_mask(_op, _w, True, False)
        SEMANTICS[f"vpcmpnlt{_sign}{_suffix}"] = compare_to_mask(_op, _w, True, True)
        SEMANTICS[f"vpcmple{_sign}{_suffix}"] = compare_to_mask(_op, _w, False, True)
        SEMANTICS[f"vpcmpnle{_sign}{_suffix}"] = compare_to_mask(_op, _w, False, False)


@instruction("vptestmd")
def test_to_mask(machine, i):
    a, b = sources_for_mask(machine, i, 32)
    zero = term.const(32, 0)
    write_mask(machine, i, [term.not_(term.compare("eq", term.and_(x, y), zero)) for x, y in zip(a, b)], 32)


@instruction("vpmovb2m")
def signs_to_mask(machine, i):
    write_mask(machine, i, [term.extract(lane, 7, 1) for lane in lanes(machine.vector(i.operands[1]), 8)], 8)


@instruction("vmovmskps", "vpmovmskb")
def signs(machine, i):
    w = 32 if i.mnemonic == "vmovmskps" else 8
    bits = [term.extract(lane, w - 1, 1) for lane in lanes(machine.vector(i.operands[1]), w)]
    to = i.operands[0]
    value = term.zext(term.concat(*bits), 64)
    machine.general[to.name] = machine.simple(value)


def any_bit(bits):
    out = term.const(1, 0)
    for bit in bits:
        out = term.ite(bit, term.const(1, 1), out)
    return out


@instruction("vtestps")
def test_signs(machine, i):
    a, b = (lanes(machine.vector(operand), 32) for operand in i.operands)
    both = [term.extract(term.and_(x, y), 31, 1) for x, y in zip(a, b)]
    only = [term.extract(term.and_(term.not_(x), y), 31, 1) for x, y in zip(a, b)]
    machine.flags = {"z": machine.simple(term.not_(any_bit(both))), "c": machine.simple(term.not_(any_bit(only)))}


@instruction("kmovw", "kmovd", "kmovq", "kmovb")
def move_mask(machine, i):
    bits = {"b": 8, "w": 16, "d": 32, "q": 64}[i.mnemonic[-1]]
    to, source = i.operands
    if isinstance(source, Mask):
        value = low(machine.masks[source.number], bits)
    elif isinstance(source, Register):
        value = machine.as_term(machine.read_register(source), source.size)
        value = low(value, bits)
    else:
        value = machine.load(machine.address(source), bits // 8)
    if isinstance(to, Mask):
        machine.masks[to.number] = term.zext(value, 64)
    elif isinstance(to, Register):
        machine.general[to.name] = machine.simple(term.zext(value, 64))
    else:
        machine.store(machine.address(to), value)


@instruction("kortestw", "kortestd", "kortestq", "kortestb")
def test_mask(machine, i):
    bits = {"b": 8, "w": 16, "d": 32, "q": 64}[i.mnemonic[-1]]
    a, b = (low(machine.masks[operand.number], bits) for operand in i.operands)
    value = [term.extract(term.or_(a, b), n, 1) for n in range(bits)]
    ones = term.not_(any_bit([term.not_(bit) for bit in value]))
    machine.flags = {"z": machine.simple(term.not_(any_bit(value))), "c": machine.simple(ones)}
