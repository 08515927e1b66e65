"""The proofs of `vartime_reject_uniform` (FIPS 204, Algorithm 30): the triples below q move to the front, in order."""

import numpy as np

import loops
import rename
import term
from arithmetic import Q, Unproved, need
from counting import accepted
from evaluate import Evaluator, U
from forms import Box, Corners, Form, plus, variable
from loops import at_head, explore, fixed, is_zero, returned, start
from machine import Pointer, Region

N = 256
TRIPLES = 3 * N
LANES = 16


class Triples:
    """What comparisons of triples mean. Enumerates all 2^24 triples for each form of comparison."""

    def __init__(self):
        self.known = {}

    @staticmethod
    def of(value):
        """The number of the triple that a term is about, or None."""
        names = rename.variables(value)
        numbers = {int(name[2:-1]) // 3 for name in names if name.startswith("B[")}
        return numbers.pop() if len(numbers) == 1 and all(name.startswith("B[") for name in names) else None

    def __call__(self, node, condition=None):
        if node is None:
            return self.everything(condition)
        number = self.of(((node, 0, 1),))
        if number is None:
            return None
        general = rename.substitute(((node, 0, 1),), lambda name: term.var(f"b{int(name[2:-1]) % 3}", 8))
        if general not in self.known:
            self.known[general] = self.meaning(general)
        meaning = self.known[general]
        return meaning and accepted(number) if meaning != 0 else term.not_(accepted(number))

    @staticmethod
    def meaning(general):
        """1 for a bit that says that a triple is accepted, 0 for its complement, else None."""
        possible = {0, 1}
        for first in range(0, 1 << 24, 1 << 20):
            rows = np.arange(first, first + (1 << 20), dtype=U)
            out = Evaluator({f"b{i}": rows >> U(8 * i) & U(255) for i in range(3)}).value(general)
            wanted = (rows & U(0x7FFFFF)) < Q  # FIPS 204, Algorithm 14
            possible = {value for value in possible if ((out == wanted) == value).all()}
            if not possible:
                return None
        return possible.pop()

    def everything(self, bit):
        """The value of a condition that means: every triple is accepted. None if that is not shown."""
        operation, _, arguments = term.nodes[bit[0][0]]
        value = 0
        if operation == "xor" and arguments[1] and len(arguments[0]) == 1:
            bit, value = (arguments[0][0],), 1
        seen = set()
        for leaf in disjunction(bit):
            found = self.reaches_q(leaf)
            if found is None:
                return None
            seen |= found
        return value if seen == set(range(N)) else None

    def reaches_q(self, leaf):
        """The triples whose maximum the leaf compares: it is set exactly if that reaches q."""
        stack = [leaf[0][0]]
        while stack:
            n = stack.pop()
            operation, w, arguments = term.nodes[n]
            if operation == "umax":
                general = rename.rebuild(leaf[0][0], lambda name: None, {n: term.zext(term.var("m", 23), 32)})
                if rename.variables(general) == {"m"}:
                    if general not in self.known:
                        rows = np.arange(1 << 23, dtype=U)
                        self.known[general] = (Evaluator({"m": rows}).value(general) == (rows >= Q)).all()
                    return self.members(n) if self.known[general] else None
            if operation in ("xor", "and"):
                stack += [s[0] for s in arguments[0]]
            elif operation != "var":
                stack += [s[0] for v in arguments for s in v if s[0] != term.CONST]
        return None

    def members(self, n):
        """The numbers of the triples of a maximum."""
        stack, out = [((n, 0, 32),)], set()
        while stack:
            value = stack.pop()
            if value[0][0] != term.CONST and term.nodes[value[0][0]][0] == "umax":
                stack += term.nodes[value[0][0]][2]
            elif term.number(value) != 0:
                number = self.of(value)
                if number is None or value != triple_value(number):
                    raise Unproved("a maximum of something else than triples")
                out.add(number)
        return out


MEANING = Triples()  # what it knows is about terms, which are the same in each proof


def triple_value(number):
    """FIPS 204, Algorithm 14: the triple without its highest bit."""
    return term.zext(term.extract(term.concat(*[term.var(f"B[{3 * number + i}]", 8) for i in range(3)]), 0, 23), 32)


def disjunction(bit):
    """The bits of which `bit` is the disjunction."""
    while True:
        operation, _, arguments = term.nodes[bit[0][0]]
        if operation != "ite" or term.number(arguments[1]) != 1:
            yield bit
            return
        yield arguments[0]
        if term.number(arguments[2]) == 0:
            return
        bit = arguments[2]


def triple_bytes(count):
    region = Region("triples", TRIPLES, 1, True)
    for i in range(3 * count):
        region.put(i, term.var(f"B[{i}]", 8))
    return region


def kept_before(group):
    out = 0
    for g in range(group):
        out = plus(out, variable(f"count[{g}]"))
    return out


def in_place(state, groups, dirty):
    """Whether the first groups are accepted whole, and no byte of those that were not stored is written."""
    return dirty <= 3 * LANES * state.stored and fixed(state, kept_before(groups)) == LANES * groups


def check_stores(state):
    """Each group's accepted triples are stored after those of the groups before it, as bytes; a group may stay where it is while
    all before it were accepted."""
    for offset, value, dirty in state.events:
        while True:
            at = fixed(state, plus(offset, plus(0, kept_before(state.stored), 3), -1))
            if isinstance(at, int) and at < 3 * LANES:
                break
            need(not state.part and in_place(state, state.stored + 1, dirty), "a store elsewhere than after the kept triples")
            state.stored += 1
        group = range(LANES * state.stored, LANES * state.stored + LANES)
        for i in range(term.width(value) // 8):
            need(at + i not in state.part and 0 <= at + i < 3 * LANES, "a byte is stored twice")
            check_byte(term.extract(value, 8 * i, 8), group, at + i)
            state.part = state.part | {at + i}
        if len(state.part) == 3 * LANES:
            state.stored, state.part = state.stored + 1, frozenset()
    state.events = []


def check_byte(value, group, at):
    """Byte `at` of the accepted triples of a group."""
    n, low, w = value[0]
    operation, _, arguments = term.nodes[n] if n != term.CONST else ("number", 0, ())
    need(operation == "nth" and (low, w) == (8 * (at % 3), 8) and len(value) == 1, "a byte that is not of a compressed lane")
    mask, data, j = arguments
    need(term.number(j) == at // 3 and mask == term.concat(*map(accepted, group)), "the lanes are chosen by another mask")
    for lane, i in enumerate(group):
        expected = term.concat(*[term.var(f"B[{3 * i + b}]", 8) for b in range(3)])
        need(term.extract(data, 32 * lane, 24) == expected, f"lane {lane} is not triple {i}")


def merge(states):
    """One state for several at the same instruction."""
    for state in states:
        check_stores(state)
    most = max(state.stored for state in states)
    for state in states:
        need(state.stored == most or in_place(state, most, state.dirty) and not state.part, "some paths did not store a group")
        state.stored = most
        need(not state.part or all(state.part == other.part for other in states), "some paths stored a part")
    return loops.joined(states)


def uniform_512(program, place, _dropped, patches):
    groups = [range(LANES * g, LANES * g + LANES) for g in range(N // LANES)]
    box = Box({f"count[{g}]": (0, LANES) for g in range(len(groups))})
    data = triple_bytes(N)
    state, decode = start(program, place, [data], box, groups, MEANING, patches)
    state.base, state.stored, state.part, state.whole = data, 0, frozenset(), False
    machine = None
    total = kept_before(len(groups))
    for end in explore(state, decode, set(), merge):
        if end.whole:
            need(not end.events and end.dirty == 0 and returned(end) == N, "all are accepted: something else than 256")
        else:
            check_stores(end)
            need(end.stored == len(groups) or in_place(end, len(groups), end.dirty), "a group is not stored")
            need(is_zero(end, plus(returned(end), total, -1)), "the number returned is not that of the kept triples")
        machine = loops.more(machine, end)
    return machine, "all masks of each group, all fills"


def uniform_2(program, place, dropped, patches):
    """The numbers of the proof, at the head of the outer loop: turn, kept <= start <= 8*turn. Triples from `start` to 8*turn are
    accepted and where they were; `kept` triples before `start` are accepted, and at the front. The moves of one turn are, for each
    rejected triple: those from `start` to it go to the front after the kept ones."""
    turn, kept, first = (variable(name) for name in ("turn", "kept", "start"))
    last = N // 8 - 1
    corners = Corners([{"turn": t, "kept": k, "start": s} for t, k, s in (
        (0, 0, 0), (last, 0, 0), (last, 0, 8 * last), (last, 8 * last, 8 * last))])
    state, decode = start_in_place(program, place, corners, MEANING, patches)
    head = loops.outer_head(decode)
    before, machine = first_arrival(state, decode, head)
    after = explore(before.copy(), decode, {head})
    template = loops.template([(before, {"kept": 0, "start": 0}, 0)] + [
        (s, moves(s, 0, 8, 0, 0)[0], 1) for s in after if s.pc == head])
    template.update(dict.fromkeys(dropped))
    loops.check_base(before, template, {"kept": 0, "start": 0})
    general = loops.generalize(before, template, {"kept": kept, "start": first}, turn)
    look_at(general, plus(0, turn, 8), 8, first)
    for end in explore(general, decode, {head}):
        new, expected = moves(end, plus(0, turn, 8), 8, kept, first)
        goes_on = end.assumed.get(plus(turn, -last).key())
        if end.pc == head:
            need(goes_on == -1, "the loop may not end")
            loops.check_arrival(end, template, new, plus(turn, 1))
            check_moves(end, expected)
        else:
            need(goes_on == 0, "the loop ends too soon")
            check_end(end, new, expected)
        machine = loops.more(machine, end)
    return machine, "invariant; all 256 masks, all fills"


def start_in_place(program, place, box, judge, patches):
    """For code that moves triples with memmove: the state before the first instruction, and the decoder."""
    data = triple_bytes(N)
    state, decode = start(program, place, [data], box, [], judge, patches)
    state.base, state.whole, state.copies = data, False, record_move
    return state, decode


def first_arrival(state, decode, head):
    """The state at the loop, and the record of the paths that do not reach it: these accept all triples."""
    machine, ends = None, explore(state, decode, {head})
    for end in ends:
        if end.pc is None:
            need(end.whole and not end.events and returned(end) == N, "all are accepted: something else than 256")
            machine = loops.more(machine, end)
    return at_head(ends, head), machine


def look_at(state, number, count, first):
    """From here on, the state reads `count` triples from a number on; those before `start` may have been moved."""
    state.base.bytes = triple_bytes(count).bytes
    state.window, state.dirty = plus(0, number, 3), plus(0, first, 3)


def check_moves(state, expected):
    need(len(state.events) == len(expected), f"{len(state.events)} moves, expected {len(expected)}")
    for found, wanted in zip(state.events, expected):
        need(all(is_zero(state, plus(a, b, -1)) for a, b in zip(found, wanted)), f"moves {found}, expected {wanted}")


def check_end(state, numbers, expected):
    """At the return: the triples from `start` on have moved, too, unless all were accepted."""
    kept, first = numbers["kept"], numbers["start"]
    result = plus(plus(kept, N), first, -1)
    need(is_zero(state, plus(returned(state), result, -1)), "the number returned is not that of the kept triples")
    if state.assumed.get(first.key() if isinstance(first, Form) else None, first) != 0:
        expected = [*expected, (plus(0, kept, 3), plus(0, first, 3), plus(TRIPLES, first, -3))]
    check_moves(state, expected)


def record_move(machine):
    """memmove inside the buffer of triples: to, from, length."""
    to, source, length = (machine.general[name] for name in machine.program.convention().ORDER[:3])
    need(isinstance(to, Pointer) and isinstance(source, Pointer), "a move at another place")
    need(to.region is machine.base and source.region is machine.base, "a move of another buffer")
    for offset in (to.offset, source.offset):
        low = plus(offset, 0)
        end = plus(offset, length)
        bounds = [machine.box.bounds(x) if isinstance(x, Form) else (x, x) for x in (low, end, length)]
        need(bounds[0][0] >= 0 and bounds[1][1] <= TRIPLES and bounds[2][0] >= 0, "a move outside the buffer")
    back = plus(source.offset, to.offset, -1)
    need((machine.box.bounds(back)[0] if isinstance(back, Form) else back) >= 0, "a move towards the end")
    machine.dirty = plus(source.offset, length)  # what is moved ends before that
    machine.events.append((to.offset, source.offset, length))


def moves(state, number, count, kept, first):
    """The numbers after so many triples from a number on, and their moves, by the bits that this path has chosen."""
    out = []
    for t in range(count):
        need(f"accepted[{t}]" in state.bits, "a path does not depend on whether a triple is accepted")
        if not state.bits[f"accepted[{t}]"]:
            end = plus(number, t)
            run = plus(end, first, -1)
            out.append((plus(0, kept, 3), plus(0, first, 3), plus(0, run, 3)))
            kept, first = plus(kept, run), plus(end, 1)
    return {"kept": kept, "start": first}, out
