"""Proofs of Keccak-f[1600] against FIPS 202, round by round.

The words after pi and after each round get names. A value that the code computes and that is the same term as FIPS 202's word,
written in the names of the step before, is replaced by the name of this word. If the last state consists of the names of the
last round's words, then each round of the code is FIPS 202's, for every state.
"""

import term
from arithmetic import need
from contract import buffer, call, lanes_of, more

ROUNDS, LANES = 24, 8


def rc(t):
    """FIPS 202, Algorithm 5."""
    if t % 255 == 0:
        return 1
    r = [1, 0, 0, 0, 0, 0, 0, 0]
    for _ in range(t % 255):
        r = [0] + r
        r[0] ^= r[8]
        r[4] ^= r[8]
        r[5] ^= r[8]
        r[6] ^= r[8]
        r = r[:8]
    return r[0]


def round_constant(number):
    return sum(rc(j + 7 * number) << (2**j - 1) for j in range(7))


def rotations():
    """FIPS 202, Algorithm 2 (rho)."""
    offsets = {(0, 0): 0}
    x, y = 1, 0
    for t in range(24):
        offsets[x, y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return offsets


def theta_rho_pi(a):
    """FIPS 202, section 3.2.1 to 3.2.3, on words a[x + 5y]."""
    xor = term.xor
    c = [xor(xor(xor(a[x], a[x + 5]), xor(a[x + 10], a[x + 15])), a[x + 20]) for x in range(5)]
    d = [xor(c[(x - 1) % 5], term.rol(c[(x + 1) % 5], 1)) for x in range(5)]
    moved = {(x, y): term.rol(xor(a[x + 5 * y], d[x]), n) for (x, y), n in rotations().items()}
    return [moved[(x + 3 * y) % 5, x] for y in range(5) for x in range(5)]


def chi_iota(b, number):
    """FIPS 202, section 3.2.4 and 3.2.5."""
    out = [term.xor(b[x + 5 * y], term.and_(term.not_(b[(x + 1) % 5 + 5 * y]), b[(x + 2) % 5 + 5 * y]))
           for y in range(5) for x in range(5)]
    out[0] = term.xor(out[0], term.const(64, round_constant(number)))
    return out


class Words:
    """The names of the words after pi and after each round, and FIPS 202's terms for them in the names of the step before.

    Each word is known as it is, and without the rotation that rho gave it: AArch64's code for one state keeps it like that."""

    def __init__(self, count):
        self.found = 0
        self.table = {}  # the lowest bit of a word: (word, its name)
        self.memory = {}
        offsets = rotations()
        turns = [64 - offsets[(x + 3 * y) % 5, x] for y in range(5) for x in range(5)]
        for lane in range(count):
            for number in range(ROUNDS):
                middle = theta_rho_pi([name(number, lane, i) for i in range(25)])
                names = [term.var(f"B{number}[{lane}][{i}]", 64) for i in range(25)]
                after = [name(number + 1, lane, i) for i in range(25)]
                for words, called in ((middle, names), (chi_iota(names, number), after)):
                    for word, its_name, turn in zip(words, called, turns):
                        for n in {0, turn % 64}:
                            rotated = term.rol(word, n)
                            self.table[term.extract(rotated, 0, 1)] = (rotated, term.rol(its_name, n))

    def known(self, value):
        """The name of a value, if it has one."""
        n = value[0][0]
        # Within a round, a word has less than 20 segments. More: a round ago, its words were not FIPS 202's.
        need(len(value) <= 40, "the words after a round are not FIPS 202's")
        if n == term.CONST or term.nodes[n][0] != "xor":
            return value
        if value not in self.memory:
            word, other = self.table.get(term.extract(value, 0, 1), (None, None))
            equal = word is not None and term.same(word, value)
            self.found += equal
            self.memory[value] = other if equal else value
        return self.memory[value]


def name(number, lane, i):
    return term.var(f"A{number}[{lane}][{i}]", 64)


def states():
    values = [name(0, lane, i) if lane < LANES else None for i in range(25) for lane in range(LANES)]
    return buffer("states", values, 64, True)


def extra_state(lane=LANES):
    return buffer("extra", [name(0, lane, i) for i in range(25)], 8, True)


def check(region, lanes, stride, words, lane_names=None):
    values = lanes_of(region, stride * 25, 64)
    for lane in range(lanes):
        for i in range(25):
            of = lane_names[lane] if lane_names else lane
            need(values[stride * i + lane] == name(ROUNDS, of, i), f"word {i} of lane {lane} is not FIPS 202's")
    return words


def permute_1(program, function, patches=None):
    words = cached_words()
    state = extra_state(0)
    machine = call(program, function, [state], patches, words.known)
    check(state, 1, 1, words)
    return machine, "24 rounds, equal terms"


def permute_lanes(program, function, patches=None):
    words = cached_words()
    total = None
    for active in range(LANES + 1):
        state = states()
        machine = call(program, function, [state, active], patches, words.known)
        check(state, active, LANES, words)
        total = more(total, machine)
    return total, "24 rounds, equal terms; 0 to 8 lanes"


def permute_lanes_and_extra(program, function, patches=None):
    words = cached_words()
    total = None
    for active in range(LANES + 1):
        state, extra = states(), extra_state()
        machine = call(program, function, [state, active, extra], patches, words.known)
        check(state, active, LANES, words)
        check(extra, 1, 1, words, [LANES])
        total = more(total, machine)
    return total, "24 rounds, equal terms; 0 to 8 lanes and one"


_words = []


def cached_words():
    if not _words:
        _words.append(Words(LANES + 1))
    return _words[0]


def kernels(back_end):
    path = f"keccak_lanes::backend::{back_end}::permutation"
    return [
        (f"{path}::permute_1", permute_1),
        (f"{path}::permute_lanes", permute_lanes),
        (f"{path}::permute_lanes_and_extra", permute_lanes_and_extra),
    ]
