"""Terms with other variables, and the variables of a term."""

from term import (CONST, absolute, add, and_, choose, compare, concat, const, extract, ite, mul, node, nodes, nth, number, rep, saturate,
                  sub, table, wide, xor)


def rebuild(n, replace, cache):
    """A node with other nodes in the place of its variables: `replace` gives a value for the name of a variable, or None."""
    if n in cache:
        return cache[n]
    operation, w, arguments = nodes[n]

    def segment(s):
        return (s,) if s[0] == CONST else extract(rebuild(s[0], replace, cache), s[1], s[2])

    def value(v):
        return concat(*[segment(s) for s in v])

    if operation == "var":
        out = replace(arguments[0]) or ((n, 0, w),)
    elif operation == "xor":
        out = const(w, -arguments[1])
        for s in arguments[0]:
            out = xor(out, segment(s))
    elif operation == "and":
        out = const(w, -1)
        for s in arguments[0]:
            out = and_(out, segment(s))
    elif operation == "rep":
        out = rep(segment(arguments[0]), w)
    else:
        values = [value(a) for a in arguments]
        out = {
            "add": add, "sub": sub, "mul": mul, "ite": ite, "abs": absolute, "table": table,
            "nth": lambda mask, data, j: nth(mask, data, number(j)),
            "usat": lambda a: saturate(a, w, True), "ssat": lambda a: saturate(a, w, False),
            "sqdmulh": lambda a, b: node("sqdmulh", w, *sorted((a, b))),
            "smulw": lambda a, b: wide("smulw", a, b), "umulw": lambda a, b: wide("umulw", a, b),
        }.get(operation, lambda a, b: (compare if operation in ("eq", "ugt", "sgt") else choose)(operation, a, b))(*values)
    cache[n] = out
    return out


def substitute(value, replace, cache=None):
    cache = {} if cache is None else cache
    return concat(*[(s,) if s[0] == CONST else extract(rebuild(s[0], replace, cache), s[1], s[2]) for s in value])


def variables(value):
    """The names of all variables in a value."""
    found, seen, stack = set(), set(), [s[0] for s in value if s[0] != CONST]
    while stack:
        n = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        operation, _, arguments = nodes[n]
        if operation == "var":
            found.add(arguments[0])
        elif operation in ("xor", "and"):
            stack += [s[0] for s in arguments[0]]
        elif operation == "rep":
            stack.append(arguments[0][0])
        else:
            stack += [s[0] for v in arguments for s in v if s[0] != CONST]
    return found
