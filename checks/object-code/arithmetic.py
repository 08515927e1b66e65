"""Intervals and polynomials modulo q, computed on the terms of the machine code.

`Analysis.of(value)` gives, for a term read as a signed integer, the smallest interval that the rules below give, and a polynomial
in the inputs to which the integer is congruent modulo q. An addition that could overflow is refused, so a term is the integer.

The two reductions are recognised with the constants that the code uses, and proved for these here:

* Montgomery: (x + t*k) >> 32, t = low32(x)*c as a signed number. If c*k = -1 mod 2^32, x + t*k ends in 32 zeros. If q divides
  k, the result times 2^32 is congruent to x. |t| <= 2^31 gives its interval. (For x - t*k: c*k = 1.)
* Montgomery's product by the upper halves of doubled products: (U - V) >> 1, U = floor(2ab / 2^32), V = floor(2tq / 2^32),
  t = low32(low32(ab)*c), c*q = 1 mod 2^32. Then ab and tq are equal modulo 2^32, so U - V = 2(ab - tq)/2^32, and half of it is
  the integer (ab - tq)/2^32. U does not saturate, since a*b < 2^62.
* Rounding: x - q*floor((x + 2^22) / 2^23) is congruent to x.
* Barrett: a*v - t*q, t = floor(a*k / 2^32). As integers t = (a*k)/2^32 - f with 0 <= f < 1, so the result is
  a*(v*2^32 - k*q)/2^32 + f*q. If this fits 32 bits, the arithmetic modulo 2^32 gives this integer, congruent to a*v.
"""

import term

Q = 8380417


class Unproved(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Unproved(what)


class Number:
    """An integer in low..high, congruent to a polynomial: {monomial: coefficient}, a monomial is a sorted tuple of names."""

    def __init__(self, low, high, form):
        self.low, self.high, self.form = low, high, form


def combine(a, b, sign):
    out = dict(a)
    for monomial, coefficient in b.items():
        value = (out.get(monomial, 0) + sign * coefficient) % Q
        if value:
            out[monomial] = value
        else:
            out.pop(monomial, None)
    return out


def plus(a, b, sign):
    ends = sorted((sign * b.low, sign * b.high))
    return Number(a.low + ends[0], a.high + ends[1], combine(a.form, b.form, sign))


def scale(form, factor):
    factor %= Q
    return {monomial: coefficient * factor % Q for monomial, coefficient in form.items()} if factor else {}


def product(a, b):
    out = {}
    for x, c in a.items():
        for y, d in b.items():
            monomial = tuple(sorted(x + y))
            out[monomial] = (out.get(monomial, 0) + c * d) % Q
    return {monomial: c for monomial, c in out.items() if c}


def times(a, low, high):
    ends = [x * y for x in (a.low, a.high) for y in (low, high)]
    return min(ends), max(ends)


def single(value, operations=None):
    """The operation and arguments of a value that is one whole node, else (None, None)."""
    if len(value) == 1 and value[0][0] != term.CONST and value[0][1] == 0:
        operation, w, arguments = term.nodes[value[0][0]]
        if w == value[0][2] and (operations is None or operation in operations):
            return operation, arguments
    return None, None


def by_constant(value):
    """(other factor, signed constant) of a product of 32 bits or of 32 by 32 bits."""
    operation, arguments = single(value, ("mul", "smulw"))
    if operation is None:
        return None
    for x, y in (arguments, arguments[::-1]):
        constant = term.signed(y)
        if constant is not None:
            return x, constant
    return None


def factors_of(value):
    """A product modulo 2^32 as (constant, sorted other factors)."""
    constant, out, stack = 1, [], [value]
    while stack:
        each = stack.pop()
        if term.number(each) is not None:
            constant *= term.number(each)
        elif single(each)[0] == "mul":
            stack += single(each)[1]
        else:
            out.append(each)
    return constant, sorted(out)


class Analysis:
    """`inputs`: {variable: (low, high)} for the signed value of each variable, or of its lowest bits where the code reads only
    those."""

    def __init__(self, inputs):
        self.inputs = inputs
        self.cache = {}
        self.lemmas = {"Montgomery": 0, "Barrett": 0, "rounding": 0, "center": 0}

    def of(self, value):
        if value not in self.cache:
            self.cache[value] = self.compute(value)
            n, w = self.cache[value], term.width(value)
            need(-(1 << (w - 1)) <= n.low <= n.high < 1 << (w - 1), f"{n.low}..{n.high} overflows {w} bits")
        return self.cache[value]

    def compute(self, value):
        w = term.width(value)
        constant = term.signed(value)
        if constant is not None:
            return Number(constant, constant, {(): constant % Q} if constant % Q else {})
        operation, arguments = single(value)
        if operation == "var":
            name = arguments[0]
            need(name in self.inputs, f"{name} is not an input")
            return Number(*self.inputs[name], {(name,): 1})
        if operation in ("add", "sub"):
            return self.center(operation, *arguments) or self.rounding(operation, *arguments) or self.sum(operation, arguments)
        if operation == "smulw":
            a, b = map(self.of, arguments)
            return Number(*times(a, b.low, b.high), product(a.form, b.form))
        if operation == "ite":
            return self.conditional(*arguments)
        if len(value) == 1 and value[0][1] == 32 and w == 32:
            return self.montgomery(value[0][0])
        if len(value) == 1 and value[0][1] == 1 and w == 32:
            return self.halved(value[0][0])
        return self.extension(value)

    def sum(self, operation, arguments):
        """A sum. Additions modulo 2^w may be done in any order, so the two products of a Barrett reduction need not be
        neighbours. An operand that is not a number by itself is taken apart."""
        total, products = Number(0, 0, {}), []
        stack = [(arguments[0], 1), (arguments[1], 1 if operation == "add" else -1)]
        while stack:
            value, sign = stack.pop()
            if single(value)[0] == "mul":
                products.append((value, sign))
                continue
            try:
                number = self.of(value)
            except Unproved:
                inner, operands = single(value, ("add", "sub"))
                if inner is None:
                    raise
                stack += [(operands[0], sign), (operands[1], sign if inner == "add" else -sign)]
                continue
            total = plus(total, number, sign)
        while products:
            value, sign = products.pop()
            for other in products:
                number, of_sign = self.barrett(value, sign, *other), sign
                if number is None:
                    number, of_sign = self.barrett(*other, value, sign), other[1]
                if number is not None:
                    products.remove(other)
                    total = plus(total, number, of_sign)
                    break
            else:
                raise Unproved(f"a product that no reduction needs: {describe(value)}")
        return total

    def extension(self, value):
        """A value with zeros or copies of its sign above it."""
        n, _, top = value[-1]
        if n == term.CONST and value[-1][1] == 0:
            inner = value[:-1]
            if len(inner) == 1 and inner[0][0] != term.CONST and inner[0][1] == 0:
                operation, whole, arguments = term.nodes[inner[0][0]]
                if operation == "var" and inner[0][2] < whole:
                    name = f"{arguments[0]}:{inner[0][2]}"
                    need(name in self.inputs, f"{name} is not an input")
                    return Number(*self.inputs[name], {(name,): 1})
            number = self.of(inner)
            need(number.low >= 0, f"{number.low} is extended by zeros")
            return number
        if len(value) == 2 and n != term.CONST:
            inner = value[:-1]
            sign = term.rep(term.extract(inner, term.width(inner) - 1, 1), top)
            if sign == value[-1:]:
                return self.of(inner)
        raise Unproved(f"no rule for {describe(value)}")

    def montgomery(self, n):
        """The upper half of a sum of 64 bits."""
        operation, w, arguments = term.nodes[n]
        need(w == 64 and operation in ("add", "sub"), f"no rule for the upper half of {operation}")
        orders = (arguments, arguments[::-1]) if operation == "add" else (arguments,)
        sign = 1 if operation == "add" else -1
        for x, y in orders:
            outer = by_constant(y)
            if outer is None or single(y)[0] != "smulw":
                continue
            t, k = outer
            inner = by_constant(t)
            if inner is None:
                continue
            c = inner[1]
            if t != term.mul(term.extract(x, 0, 32), term.const(32, c)):
                continue
            need((c * k + sign) % (1 << 32) == 0, f"Montgomery: {c}*{k} is not {-sign} modulo 2^32")
            need(k % Q == 0, f"Montgomery: q does not divide {k}")
            number = self.of(x)
            low, high = sorted((-(1 << 31) * k, ((1 << 31) - 1) * k))
            low, high = (number.low + low, number.high + high) if sign == 1 else (number.low - high, number.high - low)
            need(-(1 << 63) <= low and high < 1 << 63, "Montgomery: the sum overflows 64 bits")
            self.lemmas["Montgomery"] += 1
            return Number(low >> 32, high >> 32, scale(number.form, pow(2, -32, Q)))
        raise Unproved("no Montgomery reduction")

    def halved(self, n):
        """Half of a difference of upper halves of doubled products."""
        operation, w, arguments = term.nodes[n]
        need(w == 33 and operation == "sub", f"no rule for the upper part of {operation}")
        first, second = (term.extract(a, 0, 32) for a in arguments)
        need(all(term.sext(x, 33) == a for x, a in zip((first, second), arguments)), "no rule for a difference of 33 bits")
        operation, factors = single(first, ("sqdmulh",))
        need(operation and len(second) == 1 and second[0][1:] == (31, 32), "no difference of doubled products")
        a, b = factors
        whole, _, _ = term.nodes[second[0][0]]
        outer = by_constant(((second[0][0], 0, 64),)) if whole == "smulw" else None
        need(outer is not None, "the second doubled product is not by a constant")
        t, q = outer
        c, others = factors_of(t)
        need(others == sorted(factors_of(a)[1] + factors_of(b)[1]), "Montgomery: another t")
        need(factors_of(a)[0] == factors_of(b)[0] == 1, "Montgomery: a constant factor")
        need((c * q - 1) % (1 << 32) == 0, f"Montgomery: {c}*{q} is not 1 modulo 2^32")
        need(q == Q, f"Montgomery: {q} is not q")
        x, y = self.of(a), self.of(b)
        low, high = times(x, y.low, y.high)
        need(-(1 << 62) < low and high < 1 << 62, "Montgomery: a doubled product may saturate")
        low, high = low - ((1 << 31) - 1) * q, high + (1 << 31) * q
        self.lemmas["Montgomery"] += 1
        return Number(-(-low >> 32), high >> 32, scale(product(x.form, y.form), pow(2, -32, Q)))

    def rounding(self, operation, x, y):
        """x - t*q, t = x/2^23 rounded, halves up; None if it is not."""
        inner = by_constant(y) if operation == "sub" and single(y)[0] == "mul" else None
        if inner is None or inner[1] != Q:
            return None
        total = term.add(term.sext(x, 33), term.const(33, 1 << 22))
        if inner[0] != term.extract(term.ashr(total, 23), 0, 32):
            return None
        number = self.of(x)
        ends = []
        for t in range(number.low + (1 << 22) >> 23, (number.high + (1 << 22) >> 23) + 1):
            ends += [max(number.low, (t << 23) - (1 << 22)) - t * Q, min(number.high, (t << 23) + (1 << 22) - 1) - t * Q]
        self.lemmas["rounding"] += 1
        return Number(min(ends), max(ends), number.form)

    def barrett(self, x, x_sign, y, y_sign):
        """a*v - t*q, where x is a*v and y is t*q, or t*-q with the other sign; None if they are not."""
        first, second = by_constant(x), by_constant(y)
        if first is None or second is None:
            return None
        (a, v), (t, q) = first, second
        if q * y_sign != -Q * x_sign or len(t) != 1 or t[0][1] not in (31, 32) or t[0][2] != 32:
            return None
        operation, _, _ = term.nodes[t[0][0]]
        inner = by_constant(((t[0][0], 0, 64),)) if operation == "smulw" else None
        if inner is None or inner[0] != a:
            return None
        k = inner[1] << (32 - t[0][1])  # the upper half of the doubled product: by 2k
        number = self.of(a)
        low, high = times(number, (v << 32) - k * Q, (v << 32) - k * Q)
        low, high = low >> 32, (high >> 32) + 1 + Q
        need(-(1 << 31) <= low and high < 1 << 31, f"Barrett: {low}..{high} overflows")
        self.lemmas["Barrett"] += 1
        return Number(low, high, scale(number.form, v))

    def center(self, operation, x, y):
        """x - q where a comparison says so, with the condition as a mask."""
        for a, b in ((x, y), (y, x)) if operation == "add" else ((x, y),):
            bit, constant = masked_constant(b)
            if bit is not None:
                constant = term.signed(term.const(term.width(b), constant))
                return self.subtracted(a, bit, constant if operation == "sub" else -constant)
        return None

    def conditional(self, bit, a, b):
        operation, arguments = single(a, ("sub", "add"))
        if operation and arguments[0] == b and term.signed(arguments[1]) is not None:
            constant = term.signed(arguments[1])
            return self.subtracted(b, bit, constant if operation == "sub" else -constant)
        if operation == "add" and arguments[1] == b and term.signed(arguments[0]) is not None:
            return self.subtracted(b, bit, -term.signed(arguments[0]))
        raise Unproved(f"no rule for {describe(term.ite(bit, a, b))}")

    def subtracted(self, x, bit, constant):
        operation, arguments = single(bit, ("sgt",))
        need(operation and arguments[0] == x and term.signed(arguments[1]) is not None, "center: no rule for its condition")
        need(constant % Q == 0, f"center: q does not divide {constant}")
        edge = term.signed(arguments[1])
        number = self.of(x)
        parts = []
        if number.low <= edge:
            parts += [number.low, min(number.high, edge)]
        if number.high > edge:
            parts += [max(number.low, edge + 1) - constant, number.high - constant]
        self.lemmas["center"] += 1
        return Number(min(parts), max(parts), number.form)


def masked_constant(value):
    """(bit, constant) if the value is the constant where the bit is set, else 0."""
    bit, constant, at = None, 0, 0
    for segment in value:
        n, low, w = segment
        if n != term.CONST:
            one = term.extract((segment,), 0, 1)
            if (bit is not None and one != bit) or term.rep(one, w) != (segment,):
                return None, None
            bit = one
            constant |= ((1 << w) - 1) << at
        elif low:
            return None, None
        at += w
    return bit, constant


def describe(value, depth=3):
    """For messages."""
    out = []
    for n, low, w in value:
        if n == term.CONST:
            out.append(f"{low:#x}:{w}")
            continue
        operation, whole, arguments = term.nodes[n]
        if operation == "var":
            text = arguments[0]
        elif depth == 0:
            text = "..."
        else:
            inner = [describe(a, depth - 1) if isinstance(a, tuple) and a and isinstance(a[0], tuple) else str(a)
                     for a in arguments]
            text = f"{operation}({', '.join(inner)})"
        out.append(text if (low, w) == (0, whole) else f"{text}[{low}+{w}]")
    return " ".join(out)
