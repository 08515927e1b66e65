"""Bits that say which inputs were accepted, and terms over them: sums and tables of truth."""

import numpy as np

import term
from evaluate import Evaluator, U


def accepted(i):
    return term.var(f"accepted[{i}]", 1)


def is_accepted(name):
    return name.startswith("accepted[")


def weights(value):
    """A term as a sum of accepted bits with weights, modulo 2^width; None if that is not seen. A cut through a sum is permitted where
    no carry crosses it."""
    out, at = {}, 0
    for n, low, w in value:
        if n == term.CONST:
            if low:
                return None
        else:
            part = cut(n, low, w)
            if part is None:
                return None
            for name, weight in part.items():
                out[name] = out.get(name, 0) + (weight << at)
        at += w
    return out


def cut(n, low, w):
    operation, whole, arguments = term.nodes[n]
    if operation == "var":
        return {arguments[0]: 1} if is_accepted(arguments[0]) else None
    if operation not in ("add", "sub", "mul"):
        return None
    a, b = arguments
    if operation == "mul":
        factors = [term.number(x) for x in arguments]
        if factors[0] is not None:
            a, factors = b, factors[::-1]
        left = weights(a)
        if left is None or factors[1] is None:
            return None
        sums = {name: weight * factors[1] for name, weight in left.items()}
    else:
        left, right = weights(a), weights(b)
        if left is None or right is None:
            return None
        sign = 1 if operation == "add" else -1
        sums = {name: left.get(name, 0) + sign * right.get(name, 0) for name in {**left, **right}}
    sums = {name: weight % (1 << whole) for name, weight in sums.items()}
    if operation == "sub" and any(left.get(name, 0) < weight for name, weight in right.items()):
        return None
    lower = sum(weight % (1 << low) for weight in sums.values())
    middle = {name: (weight >> low) % (1 << w) for name, weight in sums.items()}
    if lower >= 1 << low or sum(middle.values()) >= 1 << w:
        return None
    return {name: weight for name, weight in middle.items() if weight}


def truth(value, names):
    """The values of a term for all values of these bits; bit i of the row's number is names[i]."""
    rows = np.arange(1 << len(names), dtype=U)
    out = Evaluator({name: rows >> U(i) & U(1) for i, name in enumerate(names)}).value(value)
    return np.broadcast_to(out, rows.shape)
