"""The semantics of AArch64's vector instructions. Source: Arm's Architecture Reference Manual, part C."""

import term
from arm_general import SEMANTICS, instruction, number_of
from arm_program import ArmVector
from machine import Refused
from program import Immediate


def result(machine, i, values):
    machine.put(i.operands[0], term.concat(*values))


def sources(machine, i, first=1):
    """The lanes of the vector operands from number `first` on; a lane by its number stands for all lanes."""
    to, out = i.operands[0], []
    for operand in i.operands[first:]:
        if isinstance(operand, ArmVector):
            lanes = machine.lanes(operand)
            out.append(lanes * (8 * to.size // to.w) if operand.lane is not None else lanes)
    return out


def elementwise(*names, function, with_old=False):
    def run(machine, i):
        lanes = sources(machine, i)
        if with_old:
            lanes = [machine.lanes(i.operands[0]), *lanes]
        result(machine, i, [function(*each) for each in zip(*lanes, strict=True)])
    for name in names:
        also = SEMANTICS.get(name)
        SEMANTICS[name] = run if also is None else either(run, also)


def either(on_vectors, on_registers):
    """For mnemonics of both kinds."""
    def run(machine, i):
        return (on_vectors if isinstance(i.operands[0], ArmVector) else on_registers)(machine, i)
    return run


def with_immediate(name, vectors):
    """AND, ORR, BIC with an immediate have no second source."""
    also = SEMANTICS[name]

    def run(machine, i):
        if isinstance(i.operands[0], ArmVector) and isinstance(i.operands[1], Immediate):
            to = i.operands[0]
            result(machine, i, [vectors(lane, constant_of(i, to.w)) for lane in machine.lanes(to)])
        else:
            also(machine, i)
    SEMANTICS[name] = run


def constant_of(i, w):
    """An immediate with its shift; msl shifts ones in. A whole lane of 64 bits is written as such."""
    value = i.operands[1].value
    if len(i.operands) > 2:
        shift = i.operands[2]
        value = value << shift.amount | ((1 << shift.amount) - 1 if shift.kind == "msl" else 0)
    return term.const(w, value)


def clear(a, b):
    return term.and_(a, term.not_(b))


elementwise("and", function=term.and_)
elementwise("orr", function=term.or_)
elementwise("eor", function=term.xor)
elementwise("bic", function=clear)
elementwise("orn", function=lambda a, b: term.or_(a, term.not_(b)))
with_immediate("orr", term.or_)
with_immediate("bic", clear)
elementwise("add", function=term.add)
elementwise("sub", function=term.sub)
elementwise("mul", function=term.mul)
elementwise("mla", function=lambda c, a, b: term.add(c, term.mul(a, b)), with_old=True)
elementwise("mls", function=lambda c, a, b: term.sub(c, term.mul(a, b)), with_old=True)
elementwise("neg", function=lambda a: term.sub(term.const(term.width(a), 0), a))
elementwise("abs", function=term.absolute)
elementwise("mvn", "not", function=term.not_)
for _name in ("smin", "smax", "umin", "umax"):
    elementwise(_name, function=lambda a, b, operation=_name: term.choose(operation, a, b))


def select_bits(mask, a, b):
    """The bits of a where the mask is set, else those of b."""
    return term.or_(term.and_(mask, a), term.and_(term.not_(mask), b))


elementwise("bsl", function=select_bits, with_old=True)
elementwise("bit", function=lambda old, a, mask: select_bits(mask, a, old), with_old=True)
elementwise("bif", function=lambda old, a, mask: select_bits(mask, old, a), with_old=True)
elementwise("eor3", function=lambda a, b, c: term.xor(a, term.xor(b, c)))
elementwise("bcax", function=lambda a, b, c: term.xor(a, clear(b, c)))
elementwise("rax1", function=lambda a, b: term.xor(a, term.rol(b, 1)))


@instruction("xar")
def xar(machine, i):
    a, b = sources(machine, i)
    n = i.operands[3].value
    result(machine, i, [term.rol(term.xor(x, y), 64 - n) for x, y in zip(a, b)])


# Products.
def doubled_high(a, b):
    """The upper half of 2ab. It saturates where a = b = -2^31 only. By a constant, it is a part of the product."""
    if term.width(a) != 32:
        raise Refused("sqdmulh of other lanes")
    for constant in (term.signed(a), term.signed(b)):
        if constant is not None and constant != -(1 << 31):
            return term.extract(term.wide("smulw", a, b), 31, 32)
    return term.node("sqdmulh", 32, *sorted((a, b)))


elementwise("sqdmulh", function=doubled_high)


def halved_difference(a, b):
    w = term.width(a)
    return term.extract(term.sub(term.sext(a, w + 1), term.sext(b, w + 1)), 1, w)


elementwise("shsub", function=halved_difference)


def upper(machine, operand, is_upper):
    """The lower or the upper half of a vector's lanes; one lane stands for all."""
    lanes = machine.lanes(operand)
    if operand.lane is not None:
        return lanes * (64 // operand.w)
    half = 64 // operand.w
    return lanes[half:] if is_upper else lanes[:half]


def widening(name, function, signed, with_old=False, wide_first=False):
    for suffix in ("", "2"):
        def run(machine, i, is_upper=suffix == "2"):
            to = i.operands[0]
            lanes = [upper(machine, operand, is_upper) for operand in i.operands[1:]]
            if wide_first:
                lanes[0] = machine.lanes(i.operands[1])
            if with_old:
                lanes = [machine.lanes(to), *lanes]
            result(machine, i, [function(*each) for each in zip(*lanes, strict=True)])
        SEMANTICS[name + suffix] = run


def signed_product(a, b):
    if term.width(a) != 32:
        raise Refused("a product of other lanes")
    return term.wide("smulw", a, b)


widening("smull", signed_product, True)
widening("smlal", lambda c, a, b: term.add(c, signed_product(a, b)), True, with_old=True)
widening("smlsl", lambda c, a, b: term.sub(c, signed_product(a, b)), True, with_old=True)
widening("saddw", lambda a, b: term.add(a, term.sext(b, term.width(a))), True, wide_first=True)
widening("sxtl", lambda a: term.sext(a, 2 * term.width(a)), True)
widening("uxtl", lambda a: term.zext(a, 2 * term.width(a)), False)


# Shifts.
def shift_by_immediate(name, function, with_old=False):
    def run(machine, i):
        n = i.operands[2].value
        lanes = [machine.lanes(i.operands[1])] + ([machine.lanes(i.operands[0])] if with_old else [])
        result(machine, i, [function(n, *each) for each in zip(*lanes)])
    SEMANTICS[name] = run


def rounded(a, n, extend):
    """(a + 2^(n - 1)) >> n without an overflow."""
    w = term.width(a)
    total = term.add(extend(a, w + 1), term.const(w + 1, 1 << (n - 1)))
    return term.extract((term.ashr if extend is term.sext else term.lshr)(total, n), 0, w)


shift_by_immediate("shl", lambda n, a: term.shl(a, n))
shift_by_immediate("ushr", lambda n, a: term.lshr(a, n))
shift_by_immediate("sshr", lambda n, a: term.ashr(a, n))
shift_by_immediate("usra", lambda n, a, c: term.add(c, term.lshr(a, n)), with_old=True)
shift_by_immediate("ssra", lambda n, a, c: term.add(c, term.ashr(a, n)), with_old=True)
shift_by_immediate("srshr", lambda n, a: rounded(a, n, term.sext))
shift_by_immediate("urshr", lambda n, a: rounded(a, n, term.zext))
shift_by_immediate("srsra", lambda n, a, c: term.add(c, rounded(a, n, term.sext)), with_old=True)


def shift_by_lane(right):
    """By the lowest byte of the lane, as a signed number; a negative one shifts to the right."""
    def function(a, b):
        n = term.signed(term.extract(b, 0, 8))
        if n is None:
            raise Refused("the count of a shift depends on data")
        return term.shl(a, n) if n >= 0 else right(a, -n)
    return function


elementwise("ushl", function=shift_by_lane(term.lshr))
elementwise("sshl", function=shift_by_lane(term.ashr))


# Comparisons.
def equal(a, b):
    """A bit; of one bit that is not constant, it is this bit."""
    for x, y in ((a, b), (b, a)):
        if term.number(y) == 0:
            rest = [s for s in x if s[0] != term.CONST or s[1]]
            if len(rest) == 1 and rest[0][2] == 1 and rest[0][0] != term.CONST:
                return term.not_((rest[0],))
    return term.compare("eq", a, b)


COMPARISONS = {
    "cmeq": equal,
    "cmgt": lambda a, b: term.compare("sgt", a, b),
    "cmge": lambda a, b: term.not_(term.compare("sgt", b, a)),
    "cmlt": lambda a, b: term.compare("sgt", b, a),
    "cmle": lambda a, b: term.not_(term.compare("sgt", a, b)),
    "cmhi": lambda a, b: term.compare("ugt", a, b),
    "cmhs": lambda a, b: term.not_(term.compare("ugt", b, a)),
    "cmtst": lambda a, b: term.not_(equal(term.and_(a, b), term.const(term.width(a), 0))),
}


@instruction(*COMPARISONS)
def compare_lanes(machine, i):
    a, *more = sources(machine, i)
    w = i.operands[0].w
    b = more[0] if more else [term.const(w, i.operands[2].value)] * len(a)
    function = COMPARISONS[i.mnemonic]
    result(machine, i, [term.rep(machine.abstract(function(x, y)), w) for x, y in zip(a, b, strict=True)])


# Across lanes.
def across(function):
    def run(machine, i):
        lanes = machine.lanes(i.operands[1])
        value = lanes[0]
        for lane in lanes[1:]:
            value = function(value, lane)
        machine.put(i.operands[0], value)
    return run


SEMANTICS["addv"] = across(term.add)
for _name in ("smax", "smin", "umax", "umin"):
    SEMANTICS[_name + "v"] = across(lambda a, b, operation=_name: term.choose(operation, a, b))


def pairwise(name, function):
    def run(machine, i):
        lanes = [lane for source in sources(machine, i) for lane in source]
        if i.operands[0].scalar:
            machine.put(i.operands[0], function(*lanes))
        else:
            result(machine, i, [function(*lanes[at:at + 2]) for at in range(0, len(lanes), 2)])
    SEMANTICS[name] = run


pairwise("addp", term.add)
for _name in ("smax", "smin", "umax", "umin"):
    pairwise(_name + "p", lambda a, b, operation=_name: term.choose(operation, a, b))


# Permutations.
def permutation(name, order):
    def run(machine, i):
        a, b = sources(machine, i)
        result(machine, i, order(a, b, len(a)))
    SEMANTICS[name] = run


def mixed(pairs):
    return [x for pair in pairs for x in pair]


permutation("trn1", lambda a, b, n: mixed(zip(a[::2], b[::2])))
permutation("trn2", lambda a, b, n: mixed(zip(a[1::2], b[1::2])))
permutation("zip1", lambda a, b, n: mixed(zip(a[:n // 2], b[:n // 2])))
permutation("zip2", lambda a, b, n: mixed(zip(a[n // 2:], b[n // 2:])))
permutation("uzp1", lambda a, b, n: (a + b)[::2])
permutation("uzp2", lambda a, b, n: (a + b)[1::2])


@instruction("ext")
def ext(machine, i):
    a, b = sources(machine, i)
    n = i.operands[3].value
    result(machine, i, (a + b)[n:n + len(a)])


@instruction("rev64", "rev32", "rev16")
def reverse(machine, i):
    lanes, per = machine.lanes(i.operands[1]), int(i.mnemonic[3:]) // i.operands[1].w
    result(machine, i, [lane for at in range(0, len(lanes), per) for lane in reversed(lanes[at:at + per])])


@instruction("tbl")
def table(machine, i):
    to, registers, order = i.operands
    data = [byte for v in registers.vectors for byte in machine.lanes(v)]
    out = []
    for index in machine.lanes(order):
        k = term.number(index)
        if k is None:
            out.append(look_up(data, index))
        else:
            out.append(data[k] if k < len(data) else term.const(8, 0))
    result(machine, i, out)


def look_up(data, index):
    """A byte of a table in registers, at an index that is data. Above the table: 0."""
    if len(data) != 16:
        raise Refused("a table of more than one register, at an index that is data")
    value, low, high = data[0], term.extract(index, 0, 4), term.extract(index, 4, 4)
    for n in range(1, 16):
        value = term.ite(term.compare("eq", low, term.const(4, n)), data[n], value)
    return term.ite(term.compare("eq", high, term.const(4, 0)), value, term.const(8, 0))


# Moves.
@instruction("movi", "mvni")
def movi(machine, i):
    to = i.operands[0]
    value = constant_of(i, to.w)
    result(machine, i, [value if i.mnemonic == "movi" else term.not_(value)] * (8 * to.size // to.w))


@instruction("dup")
def dup(machine, i):
    to, source = i.operands
    if isinstance(source, ArmVector):
        value = machine.get(source)
    else:
        value = term.extract(machine.as_term(machine.read_register(source), source.size), 0, to.w)
    result(machine, i, [value] * (8 * to.size // to.w))


@instruction("mov of vectors", "ins", "umov", "smov", "fmov")
def move(machine, i):
    to, source = i.operands
    if isinstance(source, ArmVector):
        value = machine.get(source)
    else:
        value = machine.as_term(machine.read_register(source), source.size)
    if isinstance(to, ArmVector):
        machine.put(to, term.extract(value, 0, to.w if to.lane is not None else 8 * to.size))
    else:
        machine.write_register(to, number_of((term.sext if i.mnemonic == "smov" else term.zext)(value, 8 * to.size)))
