"""The semantics of AArch64's loads and stores of registers. Source: Arm's Architecture Reference Manual, part C."""

import re

import term
from arm_general import SEMANTICS, add_with_flags, instruction, number_of
from arm_program import ArmMemory, ArmVector
from forms import Form, plus
from machine import M64, Pointer, Refused

WIDTHS = {"b": 1, "h": 2, "sb": 1, "sh": 2, "sw": 4}


def place(machine, operand):
    """The address, and the base register's new value or None."""
    base = ArmMemory(operand.base, None, 1, 0, "offset")
    if operand.mode == "post":
        return machine.address(base), moved(machine, operand)
    address = machine.address(operand)
    return address, moved(machine, operand) if operand.mode == "pre" else None


def moved(machine, operand):
    base = machine.settled(machine.general[operand.base])
    return add_with_flags(machine, base, operand.displacement & M64, 8, False)[0]


def finish(machine, operand, base):
    if base is not None:
        machine.general[operand.base] = base


def further(machine, address, n):
    if isinstance(address, Pointer):
        return Pointer(address.region, plus(address.offset, n))
    return address + n if isinstance(address, int) else address.map(lambda value: value + n)


def load_one(machine, to, address, size, signed=False):
    value = machine.load(address, size)
    if isinstance(to, ArmVector):
        machine.put(to, machine.as_term(value, size))
    elif isinstance(value, (Pointer, Form)):
        machine.write_register(to, value)
    else:
        machine.write_register(to, number_of((term.sext if signed else term.zext)(value, 8 * to.size)))


def store_one(machine, source, address, size):
    if isinstance(source, ArmVector):
        machine.store(address, machine.get(source))
        return
    value = machine.settled(machine.general[source.name])
    if isinstance(value, (Pointer, Form)):
        if size != 8:
            raise Refused("a part of a number is stored")
        machine.store(address, value)
    else:
        machine.store(address, term.extract(machine.as_term(value, 8), 0, 8 * size))


def transfer(mnemonic, one, is_load):
    kind = re.sub("^(ldu|stu|ld|st)r", "", mnemonic)

    def run(machine, i):
        register, operand = i.operands
        size = WIDTHS.get(kind) or register.size
        address, base = place(machine, operand)
        one(*[machine, register, address, size] + ([kind[:1] == "s"] if is_load else []))
        finish(machine, operand, base)
    SEMANTICS[mnemonic] = run


for _kind in ("", "b", "h", "sb", "sh", "sw"):
    transfer("ldr" + _kind, load_one, True)
    transfer("ldur" + _kind, load_one, True)
for _kind in ("", "b", "h"):
    transfer("str" + _kind, store_one, False)
    transfer("stur" + _kind, store_one, False)


@instruction("ldp", "stp")
def pair(machine, i):
    first, other, operand = i.operands
    address, base = place(machine, operand)
    one = load_one if i.mnemonic == "ldp" else store_one
    one(machine, first, address, first.size)
    one(machine, other, further(machine, address, first.size), first.size)
    finish(machine, operand, base)
