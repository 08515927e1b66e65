"""Calls a kernel as its callers do: buffers as regions, arguments by the calling convention."""

import term
from machine import Region

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


def call(program, function, arguments, patches=None, known=None, result=None):
    """Runs a function. Arguments: ints, terms of 64 bits, regions. `result`: the region of a result that is returned in memory.
    Returns the machine."""
    address, size = program.function(function) if isinstance(function, str) else function
    convention = program.convention()
    machine = convention.start(program, patches, arguments, result)
    machine.known = known
    machine.run(address, size, convention.SEMANTICS)
    convention.check_return(machine)
    return machine
