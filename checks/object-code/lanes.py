"""Proofs of the kernels that work coefficient by coefficient, against FIPS 204's text.

Each output is shown to be one term in the inputs of its own index (the same for all 256 indices). This term is evaluated on
every input of the contract. Additions and packings are compared as terms, without enumeration.
"""

import numpy as np

import rename
import term
from arithmetic import Q, Unproved, need
from contract import N, buffer, call, lanes_of, more, output, poly, variables
from evaluate import Evaluator, U, to_signed

STEP = 1 << 19
GAMMA2 = {0: (Q - 1) // 88, 1: (Q - 1) // 32}  # as the enumeration Gamma2 numbers them
D = 13


def generic(values, names, what):
    """The one term that all values are, with `names[k][i]` written as variable k for value i."""
    common = None
    for i, value in enumerate(values):
        place = {of(i): k for k, of in names.items()}
        renamed = rename.substitute(value, lambda name: term.var(place[name][0], place[name][1]) if name in place else None)
        found = rename.variables(renamed)
        need(found <= {k[0] for k in names}, f"{what}[{i}] depends on other inputs: {sorted(found)[:4]}")
        need(common is None or renamed == common, f"{what}[{i}] is another function of its input than {what}[0]")
        common = renamed
    return common


def run(value, env, w=32):
    out = Evaluator(env).value(value)
    return to_signed(np.broadcast_to(out, next(iter(env.values())).shape).astype(U), w)


def unsigned(x, w=32):
    return x.astype(np.int64).view(U) & U((1 << w) - 1)


def every(low, high):
    """All integers from low to high, in pieces."""
    for start in range(low, high + 1, STEP):
        yield np.arange(start, min(start + STEP, high + 1), dtype=np.int64)


def mod_pm(r, m):
    """FIPS 204, section 2.3: mod±, in -m/2 < r <= m/2."""
    r = r % m
    return np.where(r > m // 2, r - m, r)


def literal_power2round(r):
    """FIPS 204, Algorithm 35."""
    r = r % Q
    r0 = mod_pm(r, 1 << D)
    return (r - r0) >> D, r0


def literal_decompose(r, gamma2):
    """FIPS 204, Algorithm 36."""
    r = r % Q
    r0 = mod_pm(r, 2 * gamma2)
    top = r - r0 == Q - 1
    return np.where(top, 0, (r - r0) // (2 * gamma2)), np.where(top, r0 - 1, r0)


def literal_use_hint(h, r, gamma2):
    """FIPS 204, Algorithm 40."""
    m = (Q - 1) // (2 * gamma2)
    r1, r0 = literal_decompose(r, gamma2)
    if h:
        return np.where(r0 > 0, (r1 + 1) % m, (r1 - 1) % m)
    return r1


def equal(a, b, at, what):
    bad = np.flatnonzero(a != b)
    need(len(bad) == 0, f"{what} at {at[bad[0]] if len(bad) else 0}: {a[bad[0]] if len(bad) else 0}, "
                        f"expected {b[bad[0]] if len(bad) else 0}")


def add_or_sub(program, name, operation, patches=None):
    a, b = poly("a", writable=True), poly("b")
    machine = call(program, name, [a, b], patches)
    for i, (x, y, out) in enumerate(zip(variables("a"), variables("b"), lanes_of(a))):
        need(out == operation(x, y), f"a[{i}] is not the sum or difference")
    return machine, "equal terms"


def power2round(program, name, patches=None):
    t, t1 = poly("t", writable=True), output("t1", 4 * N, 64)
    machine = call(program, name, [t, t1], patches)
    names = {("x", 32): lambda i: f"t[{i}]"}
    low, high = generic(lanes_of(t), names, "t0"), generic(lanes_of(t1), names, "t1")
    for x in every(1 - Q, Q - 1):
        r1, r0 = literal_power2round(x)
        env = {"x": unsigned(x)}
        equal(run(low, env), r0, x, "t0")
        equal(run(high, env), r1, x, "t1")
    return machine, "all 2q - 1 inputs"


def decompose(program, name, patches=None):
    machine = None
    for number, gamma2 in GAMMA2.items():
        w, w1 = poly("w", writable=True), output("w1", 4 * N, 64)
        machine = more(machine, call(program, name, [number, w, w1], patches))
        names = {("x", 32): lambda i: f"w[{i}]"}
        low, high = generic(lanes_of(w), names, "w0"), generic(lanes_of(w1), names, "w1")
        for x in every(1 - Q, Q - 1):
            r1, r0 = literal_decompose(x, gamma2)
            env = {"x": unsigned(x)}
            equal(run(low, env), r0, x, "w0")
            equal(run(high, env), r1, x, "w1")
    return machine, "all 2q - 1 inputs, both gamma2"


def use_hint(program, name, patches=None):
    machine = None
    for number, gamma2 in GAMMA2.items():
        w = poly("w", writable=True)
        bits = variables("hint", N, 1)
        words = [term.concat(*bits[64 * i:64 * i + 64]) for i in range(4)]
        machine = more(machine, call(program, name, [number, buffer("hint", words, 8), w], patches))
        names = {("x", 32): lambda i: f"w[{i}]", ("h", 1): lambda i: f"hint[{i}]"}
        value = generic(lanes_of(w), names, "w1")
        for x in every(1 - Q, Q - 1):
            for h in (0, 1):
                env = {"x": unsigned(x), "h": np.full(x.shape, h, U)}
                equal(run(value, env), literal_use_hint(h, x, gamma2), x, f"hint {h}: w1")
    return machine, "all 2(2q - 1) inputs, both gamma2"


def make_hint(program, name, patches=None):
    """Whether the high part of high*2*gamma2 + low is not `high`: Algorithm 39 on the parts that the contract names."""
    machine = None
    for number, gamma2 in GAMMA2.items():
        out = output("hint", 32, 8)
        machine = more(machine, call(program, name, [number, poly("low"), poly("high")], patches, result=out))
        names = {("x", 32): lambda i: f"low[{i}]", ("y", 32): lambda i: f"high[{i}]"}
        words = lanes_of(out, 4, 64)
        bit = generic([term.extract(words[i // 64], i % 64, 1) for i in range(N)], names, "hint")
        m = (Q - 1) // (2 * gamma2)
        for x in every(1 - 3 * gamma2, 3 * gamma2 - 1):
            for y in range(m):
                env = {"x": unsigned(x), "y": np.full(x.shape, y, U)}
                expected = literal_decompose(y * 2 * gamma2 + x, gamma2)[0] != y
                equal(run(bit, env, 64), expected.astype(np.int64), x, f"high {y}: hint")
    return machine, "all pairs of low and high, both gamma2"


def norm_reaches(program, name, patches=None):
    """The answer is "some |w[i]| >= bound", each i occurring: by max(a, b) > c being a > c or b > c."""
    w = poly("w")
    bound = term.var("bound", 32)
    machine = call(program, name, [w, term.zext(bound, 64)], patches)
    answer = term.extract(machine.as_term(program.convention().result(machine), 8), 0, 8)
    need(term.number(term.extract(answer, 1, 7)) == 0, "the answer is not 0 or 1")
    leaves = []
    some(term.extract(answer, 0, 1), leaves)
    seen = set()
    for leaf in set(leaves):
        names = rename.variables(leaf)
        if names == {"bound"}:  # a constant of the maximum: 0, below every bound
            check_leaf(leaf, None)
            continue
        need(len(names) == 2 and "bound" in names, "a comparison of other things")
        (of,) = names - {"bound"}
        check_leaf(leaf, of)
        seen.add(of)
    need(seen == {f"w[{i}]" for i in range(N)}, f"only {len(seen)} coefficients are compared")
    return machine, "maxima taken apart; comparisons by form"


def some(bit, leaves):
    """Adds the bits of which `bit` is the disjunction."""
    n, low, w = bit[0]
    operation, _, arguments = term.nodes[n]
    if operation == "ite" and term.number(arguments[1]) == 1:
        some(arguments[0], leaves)
        if term.number(arguments[2]) != 0:
            some(arguments[2], leaves)
    elif operation in ("sgt", "ugt"):
        maximum(operation, arguments, leaves, False)
    elif operation == "xor" and arguments[1] == 1 and len(arguments[0]) == 1:
        inner, _, arguments = term.nodes[arguments[0][0][0]]
        need(inner in ("sgt", "ugt"), f"no rule for not {inner}")
        # not (bound > maximum): some member reaches the bound
        maximum(inner, arguments[::-1], leaves, True)
    else:
        raise Unproved(f"no rule for {operation}")


def maximum(operation, arguments, leaves, reaches):
    """max(members) > c, or >= c, as one leaf for each member: the comparison of this member alone."""
    left, right = arguments
    stack, seen = [left], set()
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        inner = term.nodes[value[0][0]] if len(value) == 1 and value[0][0] != term.CONST else (None, 0, ())
        if inner[0] == ("smax" if operation == "sgt" else "umax"):
            stack += inner[2]
        elif reaches:
            leaves.append(term.not_(term.compare(operation, right, value)))
        else:
            leaves.append(term.compare(operation, value, right))


def check_leaf(leaf, name):
    """The comparison is |w| >= bound for |w| < 2^30 and 0 < bound < 2^30, by its form: |w| > bound - 1 signed (no overflow), or
    not bound > |w| unsigned (both are not negative). A constant member is 0 and never reaches the bound."""
    bound = term.var("bound", 32)
    x = term.const(32, 0) if name is None else term.absolute(term.var(name, 32))
    less = term.sub(bound, term.const(32, 1))
    more = term.add(bound, term.const(32, -1))
    forms = [term.compare("sgt", x, less), term.compare("sgt", x, more)]
    forms += [term.not_(term.compare(operation, bound, x)) for operation in ("sgt", "ugt")]
    need(leaf in forms, "a comparison of another form")


def kernels(back_end):
    path = f"mldsa::backend::{back_end}"
    return [
        (f"{path}::pointwise::add", lambda p, n, x=None: add_or_sub(p, n, term.add, x)),
        (f"{path}::pointwise::sub", lambda p, n, x=None: add_or_sub(p, n, term.sub, x)),
        (f"{path}::rounding::power2round", power2round),
        (f"{path}::rounding::decompose", decompose),
        (f"{path}::rounding::use_hint", use_hint),
        (f"{path}::rounding::make_hint", make_hint),
        (f"{path}::rounding::norm_reaches", norm_reaches),
    ]
