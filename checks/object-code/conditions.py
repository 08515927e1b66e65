"""Conditions: what jumps, moves and bytes make of the flags. A jump needs a condition that is a number."""

import term
from general import SEMANTICS, bit_term, machine_bit
from machine import Refused


def invert(bit):
    if bit is None:
        return None
    return 1 - bit if isinstance(bit, int) else machine_bit(term.not_(bit))


def either(a, b):
    if a is None or b is None:
        return None
    return machine_bit(term.or_(bit_term(a), bit_term(b)))


def different(a, b):
    if a is None or b is None:
        return None
    return machine_bit(term.xor(bit_term(a), bit_term(b)))


def condition(machine, name):
    """A condition as 0, 1 or a term of one bit."""
    z, s, c, o = (machine.flags.get(flag) for flag in "zsco")
    table = {
        "e": z, "ne": invert(z), "b": c, "ae": invert(c), "be": either(z, c), "a": invert(either(z, c)),
        "s": s, "ns": invert(s), "o": o, "no": invert(o),
        "l": different(s, o), "ge": invert(different(s, o)),
        "le": either(z, different(s, o)), "g": invert(either(z, different(s, o))),
    }
    value = table[name]
    if value is None:
        raise Refused(f"the flags of condition {name} are not known")
    return value


def jump(name):
    def run(machine, i):
        value = condition(machine, name)
        if not isinstance(value, int):
            raise Refused("a branch depends on data")
        return i.operands[0].value if value else None
    return run


def conditional_move(name):
    def run(machine, i):
        to, source = i.operands
        value = condition(machine, name)
        chosen = machine.operand(source)  # read in any case
        if isinstance(value, int):
            machine.set_operand(to, chosen if value else machine.operand(to))
        else:
            a, b = machine.as_term(chosen, to.size), machine.as_term(machine.operand(to), to.size)
            machine.set_operand(to, machine.simple(term.ite(value, a, b)))
    return run


def set_on(name):
    def run(machine, i):
        machine.set_operand(i.operands[0], machine.simple(term.zext(bit_term(condition(machine, name)), 8)))
    return run


for _name in ("e", "ne", "b", "ae", "be", "a", "s", "ns", "o", "no", "l", "ge", "le", "g"):
    SEMANTICS["j" + _name] = jump(_name)
    SEMANTICS["cmov" + _name] = conditional_move(_name)
    SEMANTICS["set" + _name] = set_on(_name)
