"""Evaluates terms on many inputs at once, with numpy."""

import numpy as np

import term

U = np.uint64


def to_signed(x, w):
    shift = U(64 - w)
    return (x << shift).view(np.int64) >> np.int64(64 - w)


def mask(x, w):
    return x if w == 64 else x & U((1 << w) - 1)


class Evaluator:
    """`env` gives an array of uint64 for each variable's name."""

    def __init__(self, env):
        self.env = env
        self.cache = {}

    def value(self, value):
        out, at = None, 0
        for segment in value:
            n, low, w = segment
            if n == term.CONST:
                part = U(low)
            else:
                part = self.node(n)
                if low:
                    part = part >> U(low)
                if low + w < term.nodes[n][1]:
                    part = mask(part, w)
            if at:
                part = part << U(at)
            out = part if out is None else out | part
            at += w
        return out

    def node(self, n):
        if n not in self.cache:
            # Not by recursion into the depth of the graph: arguments have lower numbers.
            wanted, stack = set(), [n]
            while stack:
                m = stack.pop()
                if m in wanted or m in self.cache:
                    continue
                wanted.add(m)
                stack.extend(arguments(m))
            for m in sorted(wanted):
                self.cache[m] = self.compute(*term.nodes[m])
        return self.cache[n]

    def compute(self, op, w, args):
        value = self.value
        if op == "var":
            return self.env[args[0]]
        if op in ("xor", "and"):
            out = None
            for segment in args[0]:
                part = value((segment,))
                out = part if out is None else (out ^ part if op == "xor" else out & part)
            return out ^ U((1 << w) - 1) if op == "xor" and args[1] else out
        if op == "rep":
            return value((args[0],)) * U((1 << w) - 1)
        if op == "ite":
            return np.where(value(args[0]) != 0, value(args[1]), value(args[2]))
        if op == "nth":
            return self.nth(w, *args)
        a = value(args[0])
        inner = term.width(args[0])
        if op == "table":
            entries = [term.number(term.extract(args[1], w * i, w)) for i in range(1 << inner)]
            return np.array(entries, U)[np.asarray(a, np.int64)]
        if op == "abs":
            return mask(np.abs(to_signed(a, w)).view(U), w)
        if op in ("usat", "ssat"):
            low, high = (0, (1 << w) - 1) if op == "usat" else (-(1 << (w - 1)), (1 << (w - 1)) - 1)
            return mask(np.clip(to_signed(a, inner), low, high).view(U), w)
        b = value(args[1])
        if op == "add":
            return mask(a + b, w)
        if op == "sub":
            return mask(a - b, w)
        if op in ("mul", "umulw"):
            return mask(a * b, w)
        if op == "sqdmulh":
            a, b = to_signed(a, 32), to_signed(b, 32)
            most = (a == -(1 << 31)) & (b == -(1 << 31))
            return np.where(most, U((1 << 31) - 1), mask(((a * b) >> np.int64(31)).view(U), 32))
        if op == "smulw":
            return (to_signed(a, 32) * to_signed(b, 32)).view(U)
        if op == "eq":
            return (a == b).astype(U)
        if op == "ugt":
            return (a > b).astype(U)
        if op == "sgt":
            return (to_signed(a, inner) > to_signed(b, inner)).astype(U)
        function = np.minimum if op.endswith("min") else np.maximum
        if op[0] == "s":
            return mask(function(to_signed(a, w), to_signed(b, w)).view(U), w)
        return function(a, b)

    def nth(self, w, bits, data, j):
        """Lane j of the compressed lanes; all of them are computed at once."""
        key = "nth", bits, data
        if key not in self.cache:
            count = term.width(bits)
            lanes = np.stack(np.broadcast_arrays(*[self.value(term.extract(data, w * i, w)) for i in range(count)]))
            chosen = np.stack(np.broadcast_arrays(*[self.value(term.extract(bits, i, 1)) for i in range(count)])) != 0
            lanes, chosen = np.broadcast_arrays(*(x.reshape(count, -1) for x in (lanes, chosen)))
            order = np.argsort(~chosen, axis=0, kind="stable")  # the chosen ones first
            self.cache[key] = np.where(np.take_along_axis(chosen, order, 0), np.take_along_axis(lanes, order, 0), U(0))
        return self.cache[key][term.number(j)]


def arguments(n):
    """The nodes that a node is computed from."""
    operation, _, args = term.nodes[n]
    if operation == "var":
        return []
    if operation in ("xor", "and"):
        segments = args[0]
    elif operation == "rep":
        segments = args[:1]
    else:
        segments = [segment for value in args for segment in value]
    return [segment[0] for segment in segments if segment[0] != term.CONST]
