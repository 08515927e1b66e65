"""The proof of NEON's `vartime_reject_uniform`: as uniform.py's for AVX2, in a loop over groups and one over a group's triples."""

import numpy as np

import loops
import rename
import term
from arithmetic import Q, need
from evaluate import Evaluator, U
from forms import Box, Corners, plus, variable
from loops import explore
from uniform import MEANING, N, Triples, check_end, check_moves, first_arrival, look_at, moves, start_in_place

GROUP = 16  # triples
GROUPS = N // GROUP
SAMPLE = {1, 4, 18}  # rejected triples of the path that the invariants are guessed from


class Groups(Triples):
    """What a condition about a group of triples says. It need not be whether all are accepted: q - 1 sets NEON's, too. But each
    rejected triple must decide it: with the values that comparisons then have, the condition is a constant, whatever the other
    triples are. So the other value means that all are accepted."""

    def __init__(self, numbers):
        super().__init__()
        self.known, self.numbers = MEANING.known, numbers

    def everything(self, bit):
        """The value of a condition that implies that every triple is accepted. None if that is not shown."""
        if (self.numbers, bit) not in self.known:
            outcomes = {term.number(rename.substitute(bit, lambda _: None, cache)) for cache in self.rejected(bit)}
            self.known[self.numbers, bit] = 1 - outcomes.pop() if outcomes in ({0}, {1}) else None
        return self.known[self.numbers, bit]

    def rejected(self, bit):
        """For each triple: the comparisons in a condition that have one value for all rejected triples, and that value."""
        found = {number: {} for number in self.numbers}
        for n in comparisons(bit):
            number, value = self.of(((n, 0, 1),)), self.when_rejected(n)
            if number is not None and value is not None:
                need(number in found, "a condition about a triple of another group")
                found[number][n] = term.const(1, value)
        return found.values()

    def when_rejected(self, n):
        general = rename.substitute(((n, 0, 1),), lambda name: term.var(f"b{int(name[2:-1]) % 3}", 8))
        if rename.variables(general) - {"b0", "b1", "b2"}:
            return None
        if ("rejected", general) not in self.known:
            rows = np.arange(1 << 24, dtype=U)
            rows = rows[(rows & U(0x7FFFFF)) >= Q]  # FIPS 204, Algorithm 14
            out = Evaluator({f"b{i}": rows >> U(8 * i) & U(255) for i in range(3)}).value(general)
            self.known["rejected", general] = int(out[0]) if (out == out[0]).all() else None
        return self.known["rejected", general]


def comparisons(bit):
    """The comparisons in a term of which each is about one triple."""
    seen, stack = set(), [s[0] for s in bit if s[0] != term.CONST]
    while stack:
        n = stack.pop()
        if n in seen:
            continue
        seen.add(n)
        operation, _, arguments = term.nodes[n]
        if operation in ("eq", "ugt", "sgt") and Triples.of(((n, 0, 1),)) is not None:
            yield n
        elif operation in ("xor", "and"):
            stack += [s[0] for s in arguments[0]]
        elif operation == "rep":
            stack.append(arguments[0][0])
        elif operation != "var":
            stack += [s[0] for v in arguments for s in v if s[0] != term.CONST]


def sampled(number):
    """The numbers of the proof at a triple, where those of SAMPLE are rejected."""
    kept = first = 0
    for t in range(number):
        if t in SAMPLE:
            kept, first = kept + t - first, t + 1
    return {"kept": kept, "start": first}


def at_triple(numbers, turn):
    """Inside a group, the code also counts by the group after it."""
    following = plus(turn, 1)
    return {**numbers, "next group": following, "its first": plus(0, following, GROUP)}


def sample(before, decode, group_head, triple_head):
    """Follows one path from the loop on. Returns the states at both heads, each with its numbers and its turn."""
    state, turn, triple = before.copy(), 0, 0
    groups, triples = [(before, sampled(0), 0)], []
    state.bits = {f"accepted[{i}]": int(i not in SAMPLE) for i in range(N)}
    while turn < 3:
        state.judge = Groups(range(GROUP * turn, GROUP * turn + GROUP))
        after = [s for s in state.step(decode) if "all accepted" not in s.events]
        need(len(after) == 1, "a path that depends on more than the accepted triples")
        (state,) = after
        if state.pc == triple_head:
            need(triple < GROUP * (turn + 1), "the loop over triples does not end")
            triples.append((state.copy(), at_triple(sampled(triple), turn), triple))
            triple += 1
        elif state.pc == group_head:
            turn += 1
            need(triple == GROUP * turn, "the loop over triples ends too soon")
            groups.append((state.copy(), sampled(triple), turn))
    return groups, triples


def corners(turns, places):
    """All numbers with 0 <= kept <= start <= 16*turn + within, turn and within between these."""
    return Corners([{"turn": turn, "within": within, "kept": kept, "start": start} for turn in turns for within in places
                    for kept, start in ((0, 0), (0, GROUP * turn + within), (GROUP * turn + within,) * 2)])


def uniform(program, place, dropped, patches):
    """The numbers of the proof, at the head of the loop that skips groups: turn, kept <= start <= 16*turn; what they mean is as in
    uniform_2. The loop over the triples of a group has the same at its head, for each triple in the place of 16*turn."""
    turn, within, kept, first = (variable(name) for name in ("turn", "within", "kept", "start"))
    state, decode = start_in_place(program, place, Box({}), Groups(range(N)), patches)
    (outer, inside), *loops_inside = loops.loop_heads(decode)
    heads = sorted({head for head, _ in loops_inside if head in inside and head != outer})
    need(len(heads) == 2, f"{len(heads)} loops in the loop over groups")
    group_head, triple_head = heads
    before, machine = first_arrival(state, decode, group_head)
    seen = dict(zip(heads, sample(before, decode, *heads)))
    kinds = {head: loops.template(seen[head]) | {place: None for at, place in dropped if at == head} for head in heads}
    loops.check_base(before, kinds[group_head], sampled(0))

    def arrives(end, head, numbers, at):
        need(end.pc == head, "the loop goes elsewhere")
        try:
            loops.check_arrival(end, kinds[head], numbers, at, loops.places(seen[head][0][0]))
        except loops.TooStrong as problem:
            raise loops.TooStrong((head, problem.place)) from None

    def paths(head, numbers, at, box, number, count):
        """The paths from any state that the invariant of a head permits."""
        nonlocal machine
        general = loops.generalize(seen[head][0][0], kinds[head], numbers, at)
        general.box, general.judge, general.whole = box, Groups(range(count)), False
        look_at(general, number, count, first)
        for end in explore(general, decode, set(heads)):
            yield end
            machine = loops.more(machine, end)

    numbers, last = {"kept": kept, "start": first}, GROUP - 1
    turns = (0, GROUPS - 1)
    for end in paths(group_head, numbers, turn, corners(turns, (0,)), plus(0, turn, GROUP), GROUP):
        need(not end.events, "a move before the triples of a group are looked at")
        if end.whole:
            arrives(end, group_head, numbers, plus(turn, 1))
        else:
            arrives(end, triple_head, at_triple(numbers, turn), plus(0, turn, GROUP))
    for end in paths(group_head, numbers, GROUPS, corners((GROUPS,), (0,)), N, 0):
        need(end.pc is None, "the loop may not end")
        check_end(end, numbers, [])
    for at, places in ((within, (0, last - 1)), (last, (last,))):
        triple = plus(plus(0, turn, GROUP), at)
        for end in paths(triple_head, at_triple(numbers, turn), triple, corners(turns, places), triple, 1):
            new, expected = moves(end, triple, 1, kept, first)
            check_moves(end, expected)
            if at == last:
                arrives(end, group_head, new, plus(turn, 1))
            else:
                arrives(end, triple_head, at_triple(new, turn), plus(triple, 1))
    return machine, "invariants of two loops; all triples, all fills"
