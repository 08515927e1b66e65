"""Bit vectors as terms in a normal form.

A value is a tuple of segments, the lowest bits first. A segment is (node, low, width): the bits low..low + width of a node;
node CONST stands for the number `low` itself. Nodes are interned, so equal values are equal tuples. Concatenation, extraction,
shifts and rotations by constants only move segments; no term is made for them.

XOR and AND are pushed down to segments. Their normal form over GF(2): a XOR node is a set of segments and one bit for the
complement; AND(b ^ 1, c) is written c ^ AND(b, c). So two expressions of XOR, AND, OR, NOT and moves are mostly the same term
if they are equal. That two terms differ proves nothing: a proof then fails.
"""

CONST = -1
nodes = []  # (operation, width, arguments)
index = {}
BITWISE = ("xor", "and", "rep")


def const(width, value):
    return ((CONST, value & ((1 << width) - 1), width),) if width else ()


def node(operation, width, *arguments):
    key = (operation, width, arguments)
    number = index.get(key)
    if number is None:
        number = index[key] = len(nodes)
        nodes.append(key)
    return ((number, 0, width),)


def var(name, width):
    return node("var", width, name)


def width(value):
    return sum(segment[2] for segment in value)


def number(value):
    """The number that a value is, or None."""
    if len(value) == 1 and value[0][0] == CONST:
        return value[0][1]
    return None if value else 0


def concat(*values):
    """The first value has the lowest bits."""
    out = []
    for value in values:
        for segment in value:
            if out:
                n, low, w = out[-1]
                if segment[0] == n:
                    if n == CONST:
                        out[-1] = (CONST, low | segment[1] << w, w + segment[2])
                        continue
                    if low + w == segment[1] and nodes[n][0] not in BITWISE:
                        out[-1] = (n, low, w + segment[2])
                        continue
            out.append(segment)
    return tuple(out)


def cut(segment, low, w):
    """Bits low..low + w of one segment."""
    n, start, whole = segment
    if low == 0 and w == whole:
        return segment
    if n == CONST:
        return (CONST, (start >> low) & ((1 << w) - 1), w)
    operation, _, arguments = nodes[n]
    if operation == "xor":
        return node("xor", w, tuple(sorted(cut(s, low, w) for s in arguments[0])), arguments[1])[0]
    if operation == "and":
        return and_segments([cut(s, low, w) for s in arguments[0]])
    if operation == "rep":
        return arguments[0] if w == 1 else node("rep", w, arguments[0])[0]
    low += start
    if operation in ("smulw", "umulw") and low + w <= 32:
        return extract(mul(*arguments), low, w)[0] if len(extract(mul(*arguments), low, w)) == 1 else (n, low, w)
    return (n, low, w)


def extract(value, low, w):
    out = []
    for segment in value:
        size = segment[2]
        if low < size:
            take = min(size - low, w)
            out.append(cut(segment, low, take))
            w -= take
            low = 0
            if w == 0:
                break
        else:
            low -= size
    assert w == 0
    return concat(out)


def zext(value, w):
    return concat(value, const(w - width(value), 0))


def rep(bit, w):
    """A bit, w times."""
    (segment,) = bit
    if segment[0] == CONST:
        return const(w, -segment[1])
    return bit if w == 1 else node("rep", w, segment)


def sext(value, w):
    more = w - width(value)
    return concat(value, rep(extract(value, width(value) - 1, 1), more)) if more else value


def shl(value, n):
    w = width(value)
    return const(w, 0) if n >= w else concat(const(n, 0), extract(value, 0, w - n))


def lshr(value, n):
    w = width(value)
    return const(w, 0) if n >= w else concat(extract(value, n, w - n), const(n, 0))


def ashr(value, n):
    w = width(value)
    n = min(n, w - 1)
    return sext(extract(value, n, w - n), w)


def rol(value, n):
    w = width(value)
    n %= w
    return concat(extract(value, w - n, n), extract(value, 0, w - n)) if n else value


def split_constants(value):
    """Each constant as runs of zeros and of ones."""
    out = []
    for segment in value:
        if segment[0] != CONST or segment[1] in (0, (1 << segment[2]) - 1):
            out.append(segment)
            continue
        _, bits, w = segment
        while w:
            bit = bits & 1
            run = 1
            while run < w and bits >> run & 1 == bit:
                run += 1
            out.append((CONST, (1 << run) - 1 if bit else 0, run))
            bits >>= run
            w -= run
    return out


def aligned(*values):
    """Cuts values of one width at the same places: yields one segment of each."""
    lists = [split_constants(value)[::-1] for value in values]
    while lists[0]:
        heads = [stack.pop() for stack in lists]
        w = min(head[2] for head in heads)
        for i, head in enumerate(heads):
            if head[2] > w:
                lists[i].append(cut(head, w, head[2] - w))
                heads[i] = cut(head, 0, w)
        yield heads


def xor_segments(segments):
    w = segments[0][2]
    members, inverted = set(), 0
    for segment in segments:
        if segment[0] == CONST:
            inverted ^= segment[1] & 1
        elif nodes[segment[0]][0] == "xor":
            _, _, (inner, flag) = nodes[segment[0]]
            members.symmetric_difference_update(inner)
            inverted ^= flag
        else:
            members ^= {segment}
    if not members:
        return (CONST, (1 << w) - 1 if inverted else 0, w)
    if len(members) == 1 and not inverted:
        return members.pop()
    return node("xor", w, tuple(sorted(members)), inverted)[0]


def and_segments(segments):
    w = segments[0][2]
    members = set()
    for position, segment in enumerate(segments):
        if segment[0] == CONST:
            if segment[1] == 0:
                return segment
        elif nodes[segment[0]][0] == "and":
            members.update(nodes[segment[0]][2][0])
        elif nodes[segment[0]][0] == "xor" and nodes[segment[0]][2][1]:
            plain = xor_segments([segment, (CONST, (1 << w) - 1, w)])
            others = list(segments[:position]) + list(segments[position + 1:])
            if not others:
                return segment
            without = and_segments(others)
            return xor_segments([without, and_segments(others + [plain])])
        else:
            members.add(segment)
    if not members:
        return (CONST, (1 << w) - 1, w)
    if len(members) == 1:
        return members.pop()
    return node("and", w, tuple(sorted(members)))[0]


def xor(a, b):
    return concat([xor_segments(pair) for pair in aligned(a, b)])


def and_(a, b):
    return concat([and_segments(pair) for pair in aligned(a, b)])


def not_(a):
    return xor(a, const(width(a), -1))


def or_(a, b):
    out = []
    for x, y in aligned(a, b):
        if x[0] == CONST:
            out.append(x if x[1] else y)
        elif y[0] == CONST:
            out.append(y if y[1] else x)
        else:
            out.append(xor_segments([x, y, and_segments([x, y])]))
    return concat(out)


def same(a, b):
    """Whether two values are equal; False if that is not seen."""
    return a == b or all(x == y for x, y in aligned(a, b))


def disjoint(a, b):
    """a | b where no bit is possibly set in both, else None."""
    out = []
    for x, y in aligned(a, b):
        if x[0] == CONST and x[1] == 0:
            out.append(y)
        elif y[0] == CONST and y[1] == 0:
            out.append(x)
        else:
            return None
    return concat(out)


def add(a, b):
    w = width(a)
    x, y = number(a), number(b)
    if x is not None and y is not None:
        return const(w, x + y)
    if x == 0:
        return b
    if y == 0:
        return a
    if a == b:
        return shl(a, 1)
    joined = disjoint(a, b)
    if joined is not None:
        return joined
    return node("add", w, *sorted((a, b)))


def sub(a, b):
    w = width(a)
    x, y = number(a), number(b)
    if x is not None and y is not None:
        return const(w, x - y)
    if y == 0:
        return a
    if a == b:
        return const(w, 0)
    if len(b) == 1 and b[0][0] != CONST and b[0][2] == w:
        operation, whole, arguments = nodes[b[0][0]]
        if operation == "sub" and whole == w and arguments[0] == a:
            return arguments[1]  # a - (a - v)
    return node("sub", w, a, b)


def mul(a, b):
    """The lower half of a product."""
    w = width(a)
    x, y = number(a), number(b)
    if x is not None and y is not None:
        return const(w, x * y)
    if x is not None:
        a, b, x, y = b, a, y, x
    if y is not None and y & (y - 1) == 0:
        return shl(a, y.bit_length() - 1) if y else const(w, 0)
    for bit, other in ((a, b), (b, a)):
        n = number(other)
        if n is not None and len(bit) == 1 and nodes[bit[0][0]][0] == "rep" and bit[0][2] == nodes[bit[0][0]][1] == w:
            return and_(bit, const(w, -n))  # -1 or 0 times a number
    return node("mul", w, *sorted((a, b)))


def signed(value):
    n = number(value)
    return None if n is None else n - (1 << width(value)) if n >> (width(value) - 1) else n


def wide(operation, a, b):
    """The 64-bit product of 32-bit factors: operation smulw or umulw."""
    read = signed if operation == "smulw" else number
    x, y = read(a), read(b)
    if x is not None and y is not None:
        return const(64, x * y)
    if x == 0 or y == 0:
        return const(64, 0)
    return node(operation, 64, *sorted((a, b)))


def choose(operation, a, b):
    """umin, umax, smin, smax."""
    read = signed if operation[0] == "s" else number
    x, y = read(a), read(b)
    if x is not None and y is not None:
        return const(width(a), min(x, y) if operation[1:] == "min" else max(x, y))
    if operation == "umax" and (1 << width(a)) - 1 in (x, y):
        return const(width(a), -1)
    return a if a == b else node(operation, width(a), *sorted((a, b)))


def compare(operation, a, b):
    """eq, ugt, sgt: one bit."""
    read = signed if operation[0] == "s" else number
    x, y = read(a), read(b)
    if x is not None and y is not None:
        return const(1, x == y if operation == "eq" else x > y)
    if a == b:
        return const(1, operation == "eq")
    if operation == "eq":
        a, b = sorted((a, b))
    return node(operation, 1, a, b)


def ite(bit, a, b):
    n = number(bit)
    if n is not None:
        return a if n else b
    return a if a == b else node("ite", width(a), bit, a, b)


def absolute(a):
    n = signed(a)
    return const(width(a), abs(n)) if n is not None else node("abs", width(a), a)


def saturate(value, w, unsigned):
    """A signed value, limited to w bits, signed or unsigned."""
    n = signed(value)
    if n is not None:
        low, high = (0, (1 << w) - 1) if unsigned else (-(1 << (w - 1)), (1 << (w - 1)) - 1)
        return const(w, min(max(n, low), high))
    keep = w if unsigned else w - 1
    top = extract(value, keep, width(value) - keep)
    if number(top) == 0:
        return extract(value, 0, w)
    if not unsigned:
        sign = extract(value, width(value) - 1, 1)
        if same(top, rep(sign, width(top))):
            return extract(value, 0, w)
    return node("usat" if unsigned else "ssat", w, value)


def nth(mask, data, j):
    """The lane that is number j of those whose bit in the mask is set; zero if there are not so many."""
    count = width(mask)
    w = width(data) // count
    bits = number(mask)
    if bits is not None:
        chosen = [i for i in range(count) if bits >> i & 1]
        return extract(data, w * chosen[j], w) if j < len(chosen) else const(w, 0)
    return node("nth", w, mask, data, const(16, j))


def table(index, entries):
    """Entry `index` of a constant that holds 2^width(index) entries."""
    n = number(index)
    w = width(entries) >> width(index)
    return extract(entries, w * n, w) if n is not None else node("table", w, index, entries)
