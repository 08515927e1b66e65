"""The semantics of AArch64's instructions on general registers. Source: Arm's Architecture Reference Manual, part C.

Numbers may be Forms (paths.py): of a sum or a difference of these, the flags follow from the sign of the difference."""

import term
from arm_program import ArmVector, Modifier
from forms import Form, plus
from general import adds_to, machine_bit
from machine import M64, Pointer, Refused, Region
from program import Immediate

SEMANTICS = {}
instruction = adds_to(SEMANTICS)


def number_of(value):
    n = term.number(value)
    return value if n is None else n


# Operands.
EXTENSIONS = {"uxtb": (8, term.zext), "uxth": (16, term.zext), "uxtw": (32, term.zext), "uxtx": (64, term.zext),
              "sxtb": (8, term.sext), "sxth": (16, term.sext), "sxtw": (32, term.sext), "sxtx": (64, term.sext)}
SHIFTS = {"lsl": term.shl, "lsr": term.lshr, "asr": term.ashr, "ror": lambda a, n: term.rol(a, term.width(a) - n)}


def read(machine, operand, size):
    if isinstance(operand, Immediate):
        return operand.value & ((1 << 8 * size) - 1)
    return machine.settled(machine.read_register(operand))


def scaled(machine, value, modifier, size):
    """An operand with its shift or extension."""
    if modifier is None or modifier.amount == 0 and modifier.kind in SHIFTS:
        return value
    if isinstance(value, Form):
        if modifier.kind in ("lsl", "uxtw", "uxtx", "sxtw", "sxtx"):
            value = plus(0, value, 1 << modifier.amount)
            if not isinstance(value, Form) or machine.fits(value, 8 * size - 1):
                return value
        raise Refused("a number that may not fit")
    if modifier.kind in SHIFTS:
        value = machine.as_term(value, size)
        return number_of(SHIFTS[modifier.kind](value, modifier.amount))
    bits, extend = EXTENSIONS[modifier.kind]
    value = term.extract(term.zext(machine.as_term(value, size if term_size(value) is None else term_size(value)), 64), 0, bits)
    value = term.extract(extend(value, 64), 0, 8 * size)
    return number_of(term.shl(value, modifier.amount))


def term_size(value):
    return term.width(value) // 8 if isinstance(value, tuple) else None


def second(machine, i, first=2):
    """The last operand of an instruction of three, with its modifier."""
    size = i.operands[0].size
    modifier = i.operands[first + 1] if len(i.operands) > first + 1 else None
    return scaled(machine, read(machine, i.operands[first], size), modifier, size)


# Sums and differences.
def add_with_flags(machine, a, b, size, subtract):
    """(value, flags)."""
    bits = 8 * size
    pointers = [isinstance(x, Pointer) for x in (a, b)]
    if any(pointers):
        if size != 8:
            raise Refused("a part of a pointer is used")
        return of_pointers(a, b, pointers, subtract)
    if isinstance(a, Form) or isinstance(b, Form):
        a, b = machine.number(a), machine.number(b)
        if not all(isinstance(x, (int, Form)) for x in (a, b)):
            raise Refused("a number and data are combined")
        good = subtract and machine.fits(a, bits - 1) and machine.fits(b, bits - 1)
        # A number above half of the range is a negative one.
        a, b = (x - (1 << bits) if isinstance(x, int) and x >> (bits - 1) else x for x in (a, b))
        value = plus(a, b, -1 if subtract else 1)
        if isinstance(value, int):
            value &= (1 << bits) - 1
        elif size < 8 and not machine.fits(value, bits - 1):
            raise Refused("a number that may not fit")
        return value, {"difference": plus(a, b, -1)} if good else {}
    if isinstance(a, int) and isinstance(b, int):
        return of_numbers(a, b, bits, subtract)
    if not subtract:
        counts = [machine.counter(x) for x in (a, b)] if hasattr(machine, "counter") else [None]
        if None not in counts and all(isinstance(x, (int, Form)) for x in counts) and any(isinstance(x, Form) for x in counts):
            return add_with_flags(machine, *counts, size, subtract)
    a, b = machine.as_term(a, size), machine.as_term(b, size)
    value = number_of(term.sub(a, b) if subtract else term.add(a, b))
    if subtract:
        return value, {"compared": (a, b)}
    return value, {"z": zero(value, size), "n": top_bit(value, size)}


def of_numbers(a, b, bits, subtract):
    top = (1 << bits) - 1
    value = (a - b if subtract else a + b) & top
    carry = int(a >= b) if subtract else int(a + b > top)
    signs = [x >> (bits - 1) for x in (a, b, value)]
    overflow = int(signs[0] != signs[1] and signs[2] != signs[0] if subtract else
                   signs[0] == signs[1] and signs[2] != signs[0])
    return value, {"n": signs[2], "z": int(value == 0), "c": carry, "v": overflow}


def of_pointers(a, b, pointers, subtract):
    if all(pointers):
        if not subtract or a.region is not b.region:
            raise Refused("pointers into different buffers are combined")
        value = plus(a.offset, b.offset, -1)
        return value & M64 if isinstance(value, int) else value, {"difference": value}
    pointer, n = (a, b) if pointers[0] else (b, a)
    if subtract and pointers[1] or not isinstance(n, (int, Form)):
        raise Refused("arithmetic on a pointer: the address depends on data")
    if isinstance(n, int) and n >> 63:
        n -= 1 << 64
    value = Pointer(pointer.region, plus(pointer.offset, n, -1 if subtract else 1))
    if isinstance(value.offset, int):
        value = Pointer(value.region, (value.offset + (1 << 63)) % (1 << 64) - (1 << 63))
    # Addresses of buffers are not zero.
    return value, {"z": 0, "c": 1} if subtract and n == 0 else {}


def zero(value, size):
    if isinstance(value, int):
        return int(value == 0)
    return machine_bit(term.compare("eq", value, term.const(8 * size, 0)))


def top_bit(value, size):
    if isinstance(value, int):
        return value >> (8 * size - 1) & 1
    return machine_bit(term.extract(value, 8 * size - 1, 1))


def arithmetic(mnemonic, subtract, store, flags):
    def run(machine, i):
        size = i.operands[0].size
        a = read(machine, i.operands[1 if store else 0], size)
        value, new = add_with_flags(machine, a, second(machine, i, 2 if store else 1), size, subtract)
        if flags:
            machine.flags = new
        if store:
            machine.write_register(i.operands[0], value)
    SEMANTICS[mnemonic] = run


for _name, _subtract in (("add", False), ("sub", True)):
    arithmetic(_name, _subtract, True, False)
    arithmetic(_name + "s", _subtract, True, True)
arithmetic("cmp", True, False, True)
arithmetic("cmn", False, False, True)


@instruction("neg", "negs")
def neg(machine, i):
    size = i.operands[0].size
    value, flags = add_with_flags(machine, 0, second(machine, i, 1), size, True)
    if i.mnemonic == "negs":
        machine.flags = flags
    machine.write_register(i.operands[0], value)


# Bits.
def bitwise(mnemonic, operation, inverted=False, flags=False, store=True):
    def run(machine, i):
        size = i.operands[0].size
        first = 1 if store else 0
        a, b = read(machine, i.operands[first], size), second(machine, i, first + 1)
        if isinstance(a, Pointer):
            machine.write_register(i.operands[0], bits_of_pointer(machine, i, a, b))
            return
        a, b = machine.as_term(a, size), machine.as_term(b, size)
        value = number_of(operation(a, term.not_(b) if inverted else b))
        if flags:
            machine.flags = {"z": zero(value, size), "n": top_bit(value, size), "c": 0, "v": 0}
        if store:
            machine.write_register(i.operands[0], value)
    SEMANTICS[mnemonic] = run


def bits_of_pointer(machine, i, a, b):
    if i.mnemonic == "and" and i.operands[0].name == "sp" and isinstance(b, int) and b > M64 - 64:
        # The stack pointer is rounded down: from here on, a frame of its own.
        machine.frames += 1
        return Pointer(Region(f"frame {machine.frames}", 0, (-b) & M64, True, -65536), 0)
    if i.mnemonic == "orr" and isinstance(b, int) and 0 < b < 16:
        # As an addition, where the address ends in zeros.
        places = 1 << b.bit_length()
        if a.region.align % places == 0 and isinstance(a.offset, int) and a.offset % places == 0:
            return a.plus(b)
    raise Refused("bits of a pointer are used")


for _name, _operation in (("and", term.and_), ("orr", term.or_), ("eor", term.xor)):
    bitwise(_name, _operation)
bitwise("ands", term.and_, flags=True)
bitwise("bics", term.and_, inverted=True, flags=True)
bitwise("bic", term.and_, inverted=True)
bitwise("orn", term.or_, inverted=True)
bitwise("eon", term.xor, inverted=True)
bitwise("tst", term.and_, flags=True, store=False)


@instruction("mvn")
def mvn(machine, i):
    size = i.operands[0].size
    machine.write_register(i.operands[0], number_of(term.not_(machine.as_term(second(machine, i, 1), size))))


@instruction("lsl", "lsr", "asr", "ror")
def shift(machine, i):
    to, source, n = i.operands
    size = to.size
    value = read(machine, source, size)
    n = read(machine, n, size)
    if isinstance(n, Form):
        machine.concretize(n)
    if not isinstance(n, int):
        raise Refused("the count of a shift depends on data")
    n %= 8 * size
    if isinstance(value, Form) and i.mnemonic != "lsl":
        machine.concretize(value)
    machine.write_register(to, scaled(machine, value, Modifier(i.mnemonic, n), size))


def field(machine, i):
    """Of bitfield instructions: the destination's old value, the source, the lowest bit, the width."""
    size = i.operands[0].size
    source = machine.as_term(read(machine, i.operands[1], size), size)
    return size, source, i.operands[2].value, i.operands[3].value


@instruction("ubfx", "sbfx", "ubfiz", "sbfiz")
def extract_field(machine, i):
    size, source, low, w = field(machine, i)
    extend = term.zext if i.mnemonic[0] == "u" else term.sext
    if i.mnemonic.endswith("x"):
        value = extend(term.extract(source, low, w), 8 * size)
    else:
        value = term.concat(term.const(low, 0), extend(term.extract(source, 0, w), 8 * size - low))
    machine.write_register(i.operands[0], number_of(value))


@instruction("bfi", "bfxil")
def insert_field(machine, i):
    size, source, low, w = field(machine, i)
    old = machine.as_term(read(machine, i.operands[0], size), size)
    at, part = (low, term.extract(source, 0, w)) if i.mnemonic == "bfi" else (0, term.extract(source, low, w))
    value = term.concat(term.extract(old, 0, at), part, term.extract(old, at + w, 8 * size - at - w))
    machine.write_register(i.operands[0], number_of(value))


@instruction("uxtb", "uxth", "uxtw", "sxtb", "sxth", "sxtw")
def extend(machine, i):
    to, source = i.operands
    bits, function = EXTENSIONS[i.mnemonic]
    value = term.extract(machine.as_term(read(machine, source, source.size), source.size), 0, bits)
    machine.write_register(to, number_of(function(value, 8 * to.size)))


@instruction("extr")
def extr(machine, i):
    to, high, low, n = i.operands
    parts = [machine.as_term(read(machine, x, to.size), to.size) for x in (low, high)]
    machine.write_register(to, number_of(term.extract(term.concat(*parts), n.value, 8 * to.size)))


@instruction("rev")
def rev(machine, i):
    to, source = i.operands
    value = machine.as_term(read(machine, source, to.size), to.size)
    machine.write_register(to, number_of(term.concat(*[term.extract(value, at, 8) for at in range(8 * to.size - 8, -8, -8)])))


@instruction("mul", "madd", "msub")
def mul(machine, i):
    to = i.operands[0]
    a, b, *more = [machine.as_term(read(machine, x, to.size), to.size) for x in i.operands[1:]]
    value = term.mul(a, b)
    if more:
        value = (term.add if i.mnemonic == "madd" else term.sub)(more[0], value)
    machine.write_register(to, number_of(value))


# Moves and addresses.
@instruction("mov")
def mov(machine, i):
    to, source = i.operands
    if isinstance(to, ArmVector) or isinstance(source, ArmVector):
        return SEMANTICS["mov of vectors"](machine, i)
    machine.write_register(to, read(machine, source, to.size))
    return None


@instruction("movk")
def movk(machine, i):
    to = i.operands[0]
    at = i.operands[2].amount if len(i.operands) > 2 else 0
    old = machine.as_term(read(machine, to, to.size), to.size)
    value = term.concat(term.extract(old, 0, at), term.const(16, i.operands[1].value),
                        term.extract(old, at + 16, 8 * to.size - at - 16))
    machine.write_register(to, number_of(value))


@instruction("adrp", "adr")
def adr(machine, i):
    machine.write_register(i.operands[0], i.operands[1].value)


@instruction("nop", "hint", "bti")
def nop(machine, i):
    pass
