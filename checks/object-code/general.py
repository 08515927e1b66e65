"""The semantics of instructions on general registers. Source: Intel's manual, volume 2."""

import term
from machine import M64, Pointer, Refused, Region
from program import Immediate, Memory, Register


def adds_to(semantics):
    """A decorator for functions that execute an instruction: it enters them under the instruction's names."""
    def instruction(*names):
        def add(function):
            for name in names:
                semantics[name] = function
            return function
        return add
    return instruction


SEMANTICS = {}
instruction = adds_to(SEMANTICS)


def pair(machine, i):
    """Both operands, and their size in bytes."""
    first, second = i.operands[:2]
    size = first.size
    return machine.operand(first), machine.operand(second, size), size


def sign_bit(value, size):
    if isinstance(value, int):
        return value >> (8 * size - 1) & 1
    return machine_bit(term.extract(value, 8 * size - 1, 1))


def machine_bit(bit):
    n = term.number(bit)
    return bit if n is None else n


def is_zero(value, size):
    if isinstance(value, int):
        return int(value == 0)
    return machine_bit(term.compare("eq", value, term.const(8 * size, 0)))


def set_flags(machine, value, size, carry, overflow=None):
    machine.flags = {"z": is_zero(value, size), "s": sign_bit(value, size), "c": carry, "o": overflow}


def bit_term(bit):
    return term.const(1, bit) if isinstance(bit, int) else bit


@instruction("mov", "movabs")
def mov(machine, i):
    to, source = i.operands
    machine.set_operand(to, machine.operand(source, to.size))


@instruction("movzx")
def movzx(machine, i):
    to, source = i.operands
    value = machine.operand(source)
    machine.set_operand(to, value if isinstance(value, int) else machine.simple(term.zext(value, 8 * to.size)))


@instruction("lea")
def lea(machine, i):
    to, source = i.operands
    value = machine.address(source)
    if to.size < 8:
        if isinstance(value, Pointer):
            raise Refused("a pointer is cut")
        value &= (1 << 8 * to.size) - 1
    machine.set_operand(to, value)


def arithmetic(machine, i, store=True, subtract=False):
    a, b, size = pair(machine, i)
    bits = 8 * size
    top = (1 << bits) - 1
    if isinstance(a, Pointer) or isinstance(b, Pointer):
        if size != 8:
            raise Refused("a part of a pointer is used")
        if isinstance(a, Pointer) and isinstance(b, Pointer):
            if not subtract or a.region is not b.region:
                raise Refused("pointers into different buffers are combined")
            value = (a.offset - b.offset) & M64
            carry = int(a.offset < b.offset)
            set_flags(machine, value, 8, carry)
        elif isinstance(b, int) and isinstance(a, Pointer):
            value = machine.normal(a.plus(-b if subtract else b))
            machine.flags = {"z": 0}  # addresses of buffers are not zero
            if subtract and b == 0:
                machine.flags["c"] = 0
        elif isinstance(a, int) and not subtract:
            value = machine.normal(b.plus(a))
            machine.flags = {"z": 0}
        else:
            raise Refused("arithmetic on a pointer")
    elif isinstance(a, int) and isinstance(b, int):
        value = (a - b if subtract else a + b) & top
        carry = int(a < b) if subtract else a + b > top
        half = bits - 1
        signs = a >> half, b >> half, value >> half
        overflow = int(signs[0] != signs[1] and signs[2] != signs[0] if subtract else
                       signs[0] == signs[1] and signs[2] != signs[0])
        set_flags(machine, value, size, int(carry), overflow)
    else:
        a, b = machine.as_term(a, size), machine.as_term(b, size)
        value = term.sub(a, b) if subtract else term.add(a, b)
        carry = machine_bit(term.compare("ugt", b, a)) if subtract else machine_bit(term.compare("ugt", a, value))
        set_flags(machine, machine.simple(value), size, carry)
        if subtract:
            machine.flags["z"] = machine_bit(term.compare("eq", a, b))
        value = machine.simple(value)
    if store:
        machine.set_operand(i.operands[0], value)


@instruction("add")
def add(machine, i):
    arithmetic(machine, i)


@instruction("sub")
def sub(machine, i):
    arithmetic(machine, i, subtract=True)


@instruction("cmp")
def cmp(machine, i):
    arithmetic(machine, i, store=False, subtract=True)


@instruction("inc", "dec")
def inc(machine, i):
    carry = machine.flags.get("c")
    i.operands = [i.operands[0], Immediate(1)]
    arithmetic(machine, i, subtract=i.mnemonic == "dec")
    machine.flags["c"] = carry


@instruction("neg")
def neg(machine, i):
    value = machine.operand(i.operands[0])
    size = i.operands[0].size
    if isinstance(value, Pointer):
        raise Refused("a pointer is negated")
    zero = is_zero(value, size)
    value = machine.simple(term.sub(term.const(8 * size, 0), machine.as_term(value, size)))
    set_flags(machine, value, size, 1 - zero if isinstance(zero, int) else term.not_(zero))
    machine.set_operand(i.operands[0], value)


def bitwise(machine, i, operation, store=True):
    first, second = i.operands
    if isinstance(first, Register) and isinstance(second, Register) and first.name == second.name and i.mnemonic == "xor":
        machine.set_operand(first, 0)
        set_flags(machine, 0, first.size, 0, 0)
        return
    a, b, size = pair(machine, i)
    if isinstance(a, Pointer):
        if i.mnemonic == "and" and first.name == "rsp" and isinstance(b, int) and b > M64 - 64:
            # The stack pointer is rounded down: from here on, a frame of its own.
            machine.frames += 1
            frame = Region(f"frame {machine.frames}", 0, (-b) & M64, True, -65536)
            machine.set_operand(first, Pointer(frame, 0))
            machine.flags = {}
            return
        if i.mnemonic == "test" and isinstance(b, Pointer) and a.region is b.region and a.offset == b.offset:
            machine.flags = {"z": 0, "c": 0, "o": 0}
            return
        raise Refused("bits of a pointer are used")
    if isinstance(b, Pointer):
        raise Refused("bits of a pointer are used")
    value = machine.simple(operation(machine.as_term(a, size), machine.as_term(b, size)))
    set_flags(machine, value, size, 0, 0)
    if store:
        machine.set_operand(first, value)


@instruction("and")
def and_(machine, i):
    bitwise(machine, i, term.and_)


@instruction("test")
def test(machine, i):
    bitwise(machine, i, term.and_, store=False)


@instruction("or")
def or_(machine, i):
    bitwise(machine, i, term.or_)


@instruction("xor")
def xor(machine, i):
    bitwise(machine, i, term.xor)


@instruction("not")
def not_(machine, i):
    size = i.operands[0].size
    machine.set_operand(i.operands[0], machine.simple(term.not_(machine.as_term(machine.operand(i.operands[0]), size))))


@instruction("andn")
def andn(machine, i):
    to, a, b = i.operands
    a, b = (machine.as_term(machine.operand(x), to.size) for x in (a, b))
    value = machine.simple(term.and_(term.not_(a), b))
    set_flags(machine, value, to.size, 0, 0)
    machine.set_operand(to, value)


@instruction("rorx")
def rorx(machine, i):
    to, a, n = i.operands
    a = machine.as_term(machine.operand(a), to.size)
    machine.set_operand(to, machine.simple(term.rol(a, 8 * to.size - n.value % (8 * to.size))))


@instruction("shl", "shr", "sar")
def shift(machine, i):
    to = i.operands[0]
    n = machine.operand(i.operands[1]) if len(i.operands) > 1 else 1
    if not isinstance(n, int):
        raise Refused("the count of a shift depends on data")
    n &= 63 if to.size == 8 else 31
    value = machine.as_term(machine.operand(to), to.size)
    if n == 0:
        return
    function = {"shl": term.shl, "shr": term.lshr, "sar": term.ashr}[i.mnemonic]
    value = machine.simple(function(value, n))
    set_flags(machine, value, to.size, None)
    machine.set_operand(to, value)


@instruction("imul")
def imul(machine, i):
    to = i.operands[0]
    values = [machine.operand(x, to.size) for x in i.operands[-2:]]
    value = term.mul(*[machine.as_term(x, to.size) for x in values])
    machine.flags = {}
    machine.set_operand(to, machine.simple(value))


@instruction("mul")
def mul(machine, i):
    a, b = machine.general["rax"], machine.operand(i.operands[0])
    if i.operands[0].size != 8 or not isinstance(a, int) or not isinstance(b, int):
        raise Refused("a product that is not of numbers")
    machine.general["rax"], machine.general["rdx"] = a * b & M64, a * b >> 64
    machine.flags = {}


@instruction("tzcnt")
def tzcnt(machine, i):
    value = machine.operand(i.operands[1])
    size = i.operands[0].size
    if not isinstance(value, int):
        raise Refused("tzcnt of data")
    n = (value & -value).bit_length() - 1 if value else 8 * size
    machine.flags = {"z": int(n == 0), "c": int(value == 0)}
    machine.set_operand(i.operands[0], n)


@instruction("popcnt")
def popcnt(machine, i):
    value = machine.operand(i.operands[1])
    if not isinstance(value, int):
        raise Refused("popcnt of data")
    machine.flags = {"z": int(value == 0), "c": 0, "s": 0, "o": 0}
    machine.set_operand(i.operands[0], value.bit_count())


@instruction("push")
def push(machine, i):
    value = machine.operand(i.operands[0])
    machine.general["rsp"] = machine.general["rsp"].plus(-8)
    machine.store(machine.general["rsp"], value if isinstance(value, Pointer) else machine.as_term(value, 8))


@instruction("pop")
def pop(machine, i):
    value = machine.load(machine.general["rsp"], 8)
    machine.general["rsp"] = machine.general["rsp"].plus(8)
    machine.set_operand(i.operands[0], value if isinstance(value, Pointer) else machine.simple(value))


def destination(machine, i):
    """Where a call or a jump goes: to an address in the instruction, or in the table of functions of other units."""
    operand = i.operands[0]
    if isinstance(operand, Immediate):
        return operand.value
    if isinstance(operand, Memory) and operand.base is None and operand.index is None:
        if operand.displacement in machine.program.pointers:
            return machine.program.pointers[operand.displacement]
    raise Refused("an indirect jump")


VOLATILE = ("rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11")


def copy_memory(machine):
    """memcpy and memmove of the C library, by their specification; it may leave anything in the registers it may change."""
    to, source, count = (machine.general[name] for name in ("rdi", "rsi", "rdx"))
    if not isinstance(to, (Pointer, int)) or not isinstance(count, int):
        raise Refused("memcpy with an address or a length that depends on data")
    if count:  # an empty slice may have any address
        machine.store(to, machine.load(source, count))
    machine.frames += 1
    for name in VOLATILE:
        machine.general[name] = term.var(f"{name} after call {machine.frames}", 64)
    machine.general["rax"] = to
    machine.vectors = [[term.var(f"zmm{n}.{j} after call {machine.frames}", 64) for j in range(8)] for n in range(32)]
    machine.masks = [term.var(f"k{n} after call {machine.frames}", 64) for n in range(8)]
    machine.flags = {}


@instruction("call")
def call(machine, i):
    operand = i.operands[0]
    if isinstance(operand, Memory) and operand.base is None and machine.program.imports.get(operand.displacement) in (
            "memcpy", "memmove"):
        return copy_memory(machine)
    target = destination(machine, i)
    machine.general["rsp"] = machine.general["rsp"].plus(-8)
    machine.store(machine.general["rsp"], term.const(64, i.end))
    return (target,)


@instruction("ret")
def ret(machine, i):
    rsp = machine.general["rsp"]
    expected = machine.calls[-1] if machine.calls else 0xDEAD
    if not isinstance(rsp, Pointer) or machine.load(rsp, 8) != term.const(64, expected):
        raise Refused("the return address was overwritten")
    machine.general["rsp"] = rsp.plus(8)
    return "return"


@instruction("nop", "endbr64")
def nop(machine, i):
    pass


@instruction("xchg")
def xchg(machine, i):
    a, b = i.operands
    if not isinstance(a, Register) or not isinstance(b, Register) or a.name != b.name:
        raise Refused("xchg")


@instruction("jmp")
def jmp(machine, i):
    return destination(machine, i)
