"""The semantics that differ where numbers are Forms: arithmetic on registers, comparisons, jumps, calls."""

import conditions
import general
import permutations  # noqa: F401  (adds its instructions to SEMANTICS, as the others do)
import rename
from counting import is_accepted
from forms import Form, plus
from general import SEMANTICS as BASE
from loops import Decoder
from machine import M64, Pointer, Refused
from paths import Selected
from program import Immediate, Mask, Memory, Register

SEMANTICS = dict(BASE)


def compare(mnemonic):
    def run(machine, i):
        BASE[mnemonic](machine, i)
        n = i.operands[0].number
        if isinstance(i.operands[0], Mask):
            machine.masks[n] = machine.abstract(machine.masks[n])
        else:
            machine.vectors[n] = [machine.abstract(piece) for piece in machine.vectors[n]]
    return run


for _name in BASE:
    if _name.startswith("vpcmp"):
        SEMANTICS[_name] = compare(_name)


def arithmetic(mnemonic):
    subtract, store = mnemonic in ("sub", "cmp", "dec"), mnemonic != "cmp"

    def run(machine, i):
        first = i.operands[0]
        second = Immediate(1) if mnemonic in ("inc", "dec") else i.operands[1]
        a, b = machine.settled(machine.operand(first)), machine.settled(machine.operand(second, first.size))
        pointers = [isinstance(x, Pointer) for x in (a, b)]
        forms = [isinstance(x, Form) for x in (a, b)]
        if any(pointers):
            if all(pointers) or not (forms[0] or forms[1]):
                if all(pointers) and any(isinstance(x.offset, Form) for x in (a, b)):
                    raise Refused("a difference of pointers")
                if not all(pointers) and isinstance((a if pointers[0] else b).offset, Form):
                    forms = [True, True]
                else:
                    return BASE[mnemonic](machine, i)
            if pointers[1] and subtract or first.size != 8 or not store:
                raise Refused("arithmetic on a pointer")
            pointer, number = (a, b) if pointers[0] else (b, a)
            machine.set_operand(first, Pointer(pointer.region, plus(pointer.offset, number, -1 if subtract else 1)))
            machine.flags = {"z": 0}
            return None
        if not any(forms):
            counts = [machine.counter(x) for x in (a, b)]
            if subtract or None in counts or all(isinstance(x, int) for x in counts):
                return BASE[mnemonic](machine, i)
            a, b = counts
        else:
            a, b = machine.number(a), machine.number(b)
            if isinstance(a, Selected) or isinstance(b, Selected):
                raise Refused("a number from a table is not the count of a group")
        carry = machine.flags.get("c")
        bits = 8 * first.size
        value = plus(a, b, -1 if subtract else 1)
        machine.flags = {}
        if subtract and machine.fits(a, bits) and machine.fits(b, bits):
            machine.flags = {"difference": value}
        if mnemonic in ("inc", "dec"):
            machine.flags = {"c": carry}
        if store:
            if first.size < 8 and not machine.fits(value, bits):
                raise Refused("a number that may not fit")
            machine.set_operand(first, value & M64 if isinstance(value, int) else value)
        return None
    return run


for _name in ("add", "sub", "cmp", "inc", "dec"):
    SEMANTICS[_name] = arithmetic(_name)


def lea(machine, i):
    to, source = i.operands
    value = machine.address(source)
    if to.size == 8 or isinstance(value, Form) and machine.fits(value, 32):
        machine.write_register(to, value)
    else:
        BASE["lea"](machine, i)


def test(machine, i):
    a, b = (machine.operand(x, i.operands[0].size) for x in i.operands)
    if isinstance(a, Form) and a == b:
        machine.flags = {"z": int(machine.sign(a) == 0), "c": 0, "o": 0}
    else:
        BASE["test"](machine, i)


def shift(mnemonic):
    def run(machine, i):
        if len(i.operands) > 1 and isinstance(i.operands[1], Register):
            n = machine.operand(i.operands[1])
            if isinstance(n, Form):
                machine.concretize(n)
        if len(i.operands) > 1 and isinstance(machine.operand(i.operands[0]), Form):
            machine.concretize(machine.operand(i.operands[0]))
        BASE[mnemonic](machine, i)
    return run


def condition(machine, name):
    """A condition; flags of a subtraction follow from the sign of the difference."""
    if "difference" in machine.flags:
        sign = machine.sign(machine.flags["difference"])
        machine.flags = {"z": int(sign == 0), "c": int(sign < 0)}
    return conditions.condition(machine, name)


def jump(mnemonic):
    def run(machine, i):
        value = condition(machine, mnemonic[1:])
        return i.operands[0].value if machine.decide(value) else None
    return run


def conditional(mnemonic):
    def run(machine, i):
        value = machine.decide(condition(machine, mnemonic[4:]))
        to, source = i.operands
        chosen = machine.operand(source)
        machine.set_operand(to, chosen if value else machine.operand(to))
    return run


def trailing_zeros(machine, i):
    value = machine.operand(i.operands[1])
    if isinstance(value, tuple):
        names = sorted(rename.variables(value))
        if not all(map(is_accepted, names)) or len(names) > 8:
            raise Refused("tzcnt of data")
        machine.choose_bits(names)
    BASE["tzcnt"](machine, i)


def call(machine, i):
    operand = i.operands[0]
    if isinstance(operand, Memory) and operand.base is None and machine.copies and machine.program.imports.get(
            operand.displacement) == "memmove":
        machine.copies(machine)
        machine.general["rdx"] = 0
        general.copy_memory(machine)  # what a call may change
        return None
    target = BASE["call"](machine, i)
    if target is not None:
        raise Refused("a call of " + machine.program.names.get(target[0], hex(target[0])))
    return None


SEMANTICS.update({"lea": lea, "test": test, "tzcnt": trailing_zeros, "call": call})
for _name in ("shl", "shr", "sar"):
    SEMANTICS[_name] = shift(_name)
for _name in BASE:
    if _name.startswith("j") and _name != "jmp":
        SEMANTICS[_name] = jump(_name)
    if _name.startswith("cmov"):
        SEMANTICS[_name] = conditional(_name)


class X86Decoder(Decoder):
    semantics = SEMANTICS

    @staticmethod
    def successors(i):
        out = [i.operands[0].value] if i.mnemonic.startswith("j") and isinstance(i.operands[0], Immediate) else []
        return out if i.mnemonic in ("jmp", "ret", "ud2", "int3") else [*out, i.end]
