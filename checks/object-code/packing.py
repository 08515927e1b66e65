"""Proofs of packing and unpacking against FIPS 204, Algorithms 16 to 19: bit b of coefficient i is bit i*BITS + b of the string.

Both sides are the same concatenation of the input's bits; nothing is enumerated."""

import re

import term
from arithmetic import need
from contract import N, buffer, call, lanes_of, more, output, poly, variables

# The subtrahends that callers use: None, or the number from which the coefficient is subtracted.
FROM = {3: (2, None), 4: (4, None), 6: (None,), 10: (None,), 13: (1 << 12, None), 18: (1 << 17, None), 20: (1 << 19, None)}


def option(value):
    """An Option<i32> in two registers."""
    return [0, term.zext(term.var("undefined", 32), 64)] if value is None else [1, value]


def coefficients(bits, start):
    """The packed numbers, and the coefficients that they stand for."""
    numbers = variables("v", N, bits)
    wide = [term.zext(v, 32) for v in numbers]
    return numbers, wide if start is None else [term.sub(term.const(32, start), v) for v in wide]


def pack(program, function, bits, patches=None):
    size = 32 * bits
    machine = None
    for start in FROM[bits]:
        for extra in (0, 60):  # a longer buffer: the rest must stay
            numbers, w = coefficients(bits, start)
            out = output("out", size + extra)
            machine = more(machine, call(program, function, [*option(start), poly("w", w), out, size + extra], patches))
            need(out.get(0, size) == term.concat(*numbers), f"not the bit string, from {start}")
            rest = [out.get(size + i, 1) == term.var(f"out before[{size + i}]", 8) for i in range(extra)]
            need(all(rest), "bytes after the string change")
    return machine, "equal terms"


def unpack(program, function, bits, patches=None):
    size = 32 * bits
    machine = None
    for start in FROM[bits]:
        numbers, expected = coefficients(bits, start)
        whole = term.concat(*numbers)
        string = buffer("bytes", [term.extract(whole, 8 * i, 8) for i in range(size)])
        w = output("w", 4 * N, 64)
        machine = more(machine, call(program, function, [*option(start), string, size, w], patches))
        for i, (out, value) in enumerate(zip(lanes_of(w), expected)):
            need(out == value, f"w[{i}] is not its bits, from {start}")
    return machine, "equal terms"


def kernels(program, back_end):
    """Each instance in the program; the same function may be there more than once."""
    out = []
    for name, places in sorted(program.symbols.items()):
        found = re.fullmatch(rf"mldsa::backend::{back_end}::packing::(un)?pack::<(\d+)(, \d+)?>", name)
        if found:
            proof = unpack if found[1] else pack
            for place in sorted(set(places)):
                out.append((name, lambda p, n, x=None, proof=proof, place=place, bits=int(found[2]): proof(p, place, bits, x),
                            place))
    return out
