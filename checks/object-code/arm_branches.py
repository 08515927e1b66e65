"""The semantics of AArch64's conditions, jumps and calls. Source: Arm's Architecture Reference Manual, part C."""

import term
from arm_general import SEMANTICS, add_with_flags, instruction, number_of, read, top_bit, zero
from arm_program import ArmRegister
from forms import Form
from general import machine_bit
from machine import Pointer, Refused


def condition(machine, name):
    """A condition as 0, 1 or a term of one bit."""
    flags = machine.flags
    if "difference" in flags:
        d = flags["difference"]
        sign = machine.sign(d) if isinstance(d, Form) else (d > 0) - (d < 0)
        table = {"eq": sign == 0, "hs": sign >= 0, "lo": sign < 0, "hi": sign > 0, "ls": sign <= 0,
                 "ge": sign >= 0, "lt": sign < 0, "gt": sign > 0, "le": sign <= 0, "mi": sign < 0, "pl": sign >= 0}
        bits = {key: int(value) for key, value in table.items()}
        bits["ne"] = 1 - bits["eq"]
    elif "compared" in flags:
        a, b = flags["compared"]
        above, below, more, less = (machine_bit(term.compare(operation, x, y)) for operation, x, y in (
            ("ugt", a, b), ("ugt", b, a), ("sgt", a, b), ("sgt", b, a)))
        equal = machine_bit(term.compare("eq", a, b))
        bits = {"eq": equal, "hi": above, "lo": below, "gt": more, "lt": less,
                "ne": inverse(equal), "ls": inverse(above), "hs": inverse(below), "le": inverse(more), "ge": inverse(less)}
        size = term.width(a) // 8
        bits["mi"] = top_bit(number_of(term.sub(a, b)), size)
        bits["pl"] = inverse(bits["mi"])
    else:
        n, z, c, v = (flags.get(flag) for flag in "nzcv")
        signs = None if n is None or v is None else join(term.xor, n, v)
        above = None if z is None or c is None else join(term.and_, c, inverse(z))
        more = None if z is None or signs is None else join(term.and_, inverse(z), inverse(signs))
        bits = {"eq": z, "ne": inverse(z), "hs": c, "lo": inverse(c), "mi": n, "pl": inverse(n), "vs": v, "vc": inverse(v),
                "hi": above, "ls": inverse(above), "ge": inverse(signs), "lt": signs, "gt": more, "le": inverse(more)}
    value = bits.get({"cs": "hs", "cc": "lo"}.get(name, name))
    if value is None:
        raise Refused(f"the flags of condition {name} are not known")
    return value


def inverse(bit):
    if bit is None:
        return None
    return 1 - bit if isinstance(bit, int) else machine_bit(term.not_(bit))


def join(operation, a, b):
    a, b = (term.const(1, x) if isinstance(x, int) else x for x in (a, b))
    return machine_bit(operation(a, b))


SELECTIONS = {
    "csel": lambda machine, value, size: value,
    "csinc": lambda machine, value, size: add_with_flags(machine, value, 1, size, False)[0],
    "csinv": lambda machine, value, size: number_of(term.not_(machine.as_term(value, size))),
    "csneg": lambda machine, value, size: add_with_flags(machine, 0, value, size, True)[0],
}


def select(machine, i, name, a, b, function):
    """a if the condition holds, else function(b)."""
    to = i.operands[0]
    bit = condition(machine, name)
    a, b = (read(machine, x, to.size) for x in (a, b))
    if isinstance(bit, int):
        machine.write_register(to, a if bit else function(machine, b, to.size))
    else:
        machine.write_register(to, machine.chosen(bit, a, function(machine, b, to.size), to.size))


@instruction(*SELECTIONS)
def conditional_select(machine, i):
    _, a, b, name = i.operands
    select(machine, i, name.name, a, b, SELECTIONS[i.mnemonic])


NOT = {"eq": "ne", "hs": "lo", "cs": "cc", "mi": "pl", "vs": "vc", "hi": "ls", "ge": "lt", "gt": "le"}
NOT |= {b: a for a, b in NOT.items()}
ZERO = ArmRegister("xzr")


@instruction("cset", "csetm")
def cset(machine, i):
    to, name = i.operands
    select(machine, i, NOT[name.name], ZERO, ZERO, SELECTIONS["csinc" if i.mnemonic == "cset" else "csinv"])


@instruction("cinc", "cinv", "cneg")
def conditional_change(machine, i):
    _, source, name = i.operands
    select(machine, i, NOT[name.name], source, source, SELECTIONS["cs" + i.mnemonic[1:]])


@instruction("ccmp", "ccmn")
def conditional_compare(machine, i):
    a, b, flags, name = i.operands
    bit = condition(machine, name.name)
    if machine.decide(bit):
        _, machine.flags = add_with_flags(machine, read(machine, a, a.size), read(machine, b, a.size), a.size,
                                          i.mnemonic == "ccmp")
    else:
        machine.flags = {flag: flags.value >> at & 1 for flag, at in zip("vczn", range(4))}


# Control flow.
def jump(name):
    def run(machine, i):
        return i.operands[0].value if machine.decide(condition(machine, name)) else None
    return run


for _name in ("eq", "ne", "cs", "hs", "cc", "lo", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"):
    SEMANTICS["b." + _name] = jump(_name)


@instruction("cbz", "cbnz")
def compare_and_branch(machine, i):
    register, target = i.operands
    value = read(machine, register, register.size)
    if isinstance(value, Pointer):
        bit = 0
    elif isinstance(value, Form):
        bit = int(machine.sign(value) == 0)
    else:
        bit = machine.decide(zero(value, register.size))
    return target.value if bit == (i.mnemonic == "cbz") else None


@instruction("tbz", "tbnz")
def bit_and_branch(machine, i):
    register, n, target = i.operands
    value = machine.as_term(read(machine, register, register.size), register.size)
    bit = machine.decide(machine_bit(term.extract(value, n.value, 1)))
    return target.value if bit == (i.mnemonic == "tbnz") else None


@instruction("b")
def branch(machine, i):
    return i.operands[0].value


@instruction("bl")
def call(machine, i):
    target = i.operands[0].value
    if target not in machine.program.names:
        name = machine.program.stub(target)
        if name is None:
            raise Refused(f"a call of {target:#x}")
        machine.library(name)
        return None
    machine.general["x30"] = term.const(64, i.end)
    return (target,)


@instruction("ret")
def ret(machine, i):
    if i.operands and i.operands[0].name != "x30":
        raise Refused("a return to another register")
    expected = machine.calls[-1] if machine.calls else 0xDEAD
    value = machine.general["x30"]
    if value != term.const(64, expected) and value != expected:
        raise Refused("the return address was overwritten")
    return "return"
