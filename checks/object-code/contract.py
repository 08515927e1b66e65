"""Calls a kernel as its callers do: buffers as regions, arguments by the calling convention."""

import conditions  # noqa: F401  (adds its instructions to general.SEMANTICS, as the next two do)
import general
import permutations  # noqa: F401
import term
from machine import Machine, Pointer, Refused, Region

ORDER = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
N = 256


def variables(name, count=N, w=32):
    return [term.var(f"{name}[{i}]", w) for i in range(count)]


def buffer(name, values, align=1, writable=False):
    """A region that holds these values, one after the other."""
    w = term.width(values[0]) // 8
    region = Region(name, w * len(values), align, writable)
    for i, value in enumerate(values):
        region.put(w * i, value)
    return region


def output(name, size, align=1):
    """A buffer whose contents are unknown."""
    return buffer(name, [term.var(f"{name} before[{i}]", 8) for i in range(size)], align, True)


def poly(name, values=None, writable=False):
    return buffer(name, values or variables(name), 64, writable)


def lanes_of(region, count=N, w=32):
    return [region.get(w // 8 * i, w // 8) for i in range(count)]


def more(total, machine):
    """One record of several runs."""
    if total is not None:
        machine.count += total.count
        machine.seen.update(total.seen)
        machine.reached |= total.reached
    return machine


def call(program, function, arguments, patches=None, known=None):
    """Runs a function. Arguments: ints, terms of 64 bits, regions. Returns the machine."""
    address, size = program.function(function) if isinstance(function, str) else function
    machine = Machine(program, patches)
    machine.known = known
    for i, argument in enumerate(arguments):
        value = Pointer(argument, 0) if isinstance(argument, Region) else argument
        if i < len(ORDER):
            machine.general[ORDER[i]] = value
        else:
            at = Pointer(machine.stack_top, 8 * (i - len(ORDER)))
            for byte in range(8):
                machine.stack_top.bytes[at.offset + byte] = (
                    value if isinstance(value, Pointer) else machine.as_term(value, 8), byte)
    saved = {name: machine.general[name] for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")}
    machine.run(address, size, general.SEMANTICS)
    for name, value in saved.items():
        if machine.general[name] != value:
            raise Refused(f"{name} is not restored")
    rsp = machine.general["rsp"]
    if rsp.region is not machine.stack_top or rsp.offset != 0:
        raise Refused("rsp is not restored")
    return machine
