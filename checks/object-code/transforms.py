"""Proofs of the NTT, its inverse and the products: congruent to FIPS 204's polynomials, within the contract's bounds, without an
overflow."""

from arithmetic import Q, Analysis, need
from contract import N, buffer, call, lanes_of, more, output, poly, variables
from machine import Region

ZETA = 1753


def bit_reversed(i):
    return int(f"{i:08b}"[::-1], 2)


def root(i):
    """FIPS 204, section 2.5: the i-th value of NTT(w) is w at this."""
    return pow(ZETA, 2 * bit_reversed(i) + 1, Q)


def compare(analysis, values, expected, bound, what):
    """Each value is congruent to expected(i), and |value| <= bound."""
    for i, value in enumerate(values):
        number = analysis.of(value)
        need(-bound <= number.low and number.high <= bound, f"{what}[{i}] in {number.low}..{number.high}, bound {bound}")
        need(number.form == expected(i), f"{what}[{i}] is not what FIPS 204 says")
    used = ", ".join(f"{count} {name}" for name, count in analysis.lemmas.items() if count)
    return f"linear algebra mod q, intervals; lemmas: {used}"


def ntt(program, name, patches=None):
    w, out = poly("w"), output("out", 4 * N, 64)
    machine = call(program, name, [w, out], patches)
    analysis = Analysis({f"w[{i}]": (-Q, Q) for i in range(N)})

    def expected(i):
        return {(f"w[{j}]",): pow(root(i), j, Q) for j in range(N)}

    return machine, compare(analysis, lanes_of(out), expected, 10 * Q - 1, "out")


def inv_ntt(program, name, patches=None):
    w, out = poly("w"), output("out", 4 * N, 64)
    machine = call(program, name, [w, out], patches)
    bound = 84 * Q // 100
    analysis = Analysis({f"w[{i}]": (-bound, bound) for i in range(N)})
    factor = pow(2, 32, Q) * pow(256, -1, Q) % Q
    inverses = [pow(root(i), -1, Q) for i in range(N)]

    def expected(j):
        return {(f"w[{i}]",): factor * pow(inverses[i], j, Q) % Q for i in range(N)}

    return machine, compare(analysis, lanes_of(out), expected, (Q - 1) // 2, "out")


R_INVERSE = pow(2, -32, Q)


def pointwise(program, name, with_sum, patches=None):
    """(a*b [+ c])*2^-32."""
    names = ["a", "b"] + (["c"] if with_sum else [])
    out = output("out", 4 * N, 64)
    machine = call(program, name, [poly(n) for n in names] + [out], patches)
    analysis = Analysis({f"{n}[{i}]": (1 - 10 * Q, 10 * Q - 1) for n in names for i in range(N)})

    def expected(i):
        form = {(f"a[{i}]", f"b[{i}]"): R_INVERSE}
        if with_sum:
            form[(f"c[{i}]",)] = R_INVERSE
        return form

    return machine, compare(analysis, lanes_of(out), expected, 7 * Q // 10, "out")


def accumulate(program, name, patches=None):
    """sum + a*b*2^-32; a is 3 bytes a coefficient."""
    row, total = buffer("row", variables("row", N, 24)), poly("sum", writable=True)
    machine = call(program, name, [row, poly("b"), total], patches)
    inputs = {f"row[{i}]:23": (0, Q - 1) for i in range(N)}
    inputs.update({f"b[{i}]": (1 - 10 * Q, 10 * Q - 1) for i in range(N)})
    bound = (7 * Q - 1) // 10
    inputs.update({f"sum[{i}]": (-bound, bound) for i in range(N)})
    analysis = Analysis(inputs)

    def expected(i):
        return {(f"b[{i}]", f"row[{i}]:23"): R_INVERSE, (f"sum[{i}]",): 1}

    return machine, compare(analysis, lanes_of(total), expected, (6 * Q - 1) // 10, "sum")


def dot(program, name, patches=None):
    """For each number of products from 1 to 7, with and without a product that is subtracted."""
    total = None
    for length in range(1, 8):
        for minus in (False, True):
            machine, text = one_dot(program, name, length, minus, patches)
            total = more(total, machine)
    return total, text + "; 1 to 7 products"


def one_dot(program, name, length, minus, patches):
    row = buffer("row", variables("row", length * N, 24))
    v = buffer("v", variables("v", length * N), 64)
    a, b, out = poly("a"), poly("b"), output("out", 4 * N, 64)
    # Without a product to subtract, the second reference is not defined.
    more = [a, b] if minus else [0, Region("nothing", 0)]
    machine = call(program, name, [row, length, v, length, *more, out], patches)
    inputs = {f"row[{i}]:23": (0, Q - 1) for i in range(length * N)}
    for n, count in (("v", length * N), ("a", N), ("b", N)):
        inputs.update({f"{n}[{i}]": (1 - 10 * Q, 10 * Q - 1) for i in range(count)})
    analysis = Analysis(inputs)

    def expected(i):
        form = {tuple(sorted((f"row[{i + N * j}]:23", f"v[{i + N * j}]"))): R_INVERSE for j in range(length)}
        if minus:
            form[(f"a[{i}]", f"b[{i}]")] = Q - R_INVERSE
        return form

    return machine, compare(analysis, lanes_of(out), expected, 84 * Q // 100, "out")


def kernels(back_end):
    """(name of the function, proof)."""
    path = f"mldsa::backend::{back_end}"
    return [
        (f"{path}::ntt::ntt", ntt),
        (f"{path}::ntt::inv_ntt", inv_ntt),
        (f"{path}::pointwise::mul", lambda p, n, x=None: pointwise(p, n, False, x)),
        (f"{path}::pointwise::mul_add", lambda p, n, x=None: pointwise(p, n, True, x)),
        (f"{path}::pointwise::dot", dot),
    ]
