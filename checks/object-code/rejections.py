"""Proofs of the rejection samplers: the accepted inputs, in order and without gaps, for all inputs and all fills.

No address and no branch depends on an input but through the bits "accepted" (paths.py). For `reject_bounded`, these bits are
what FIPS 204's own loop reveals by its running time; `vartime_reject_uniform` works on public data.

A loop is cut at its head. What the head's state has in common with that of the next arrival becomes the invariant: places that are
the same, that grow by a constant, or that hold a number of the proof (fill, kept, start). All else is forgotten. Then one pass from
the invariant must end in it, with other numbers, or at the return with the right result. A wrong guess fails a check.
"""

import numpy as np

import loops
import rename
import term
from arithmetic import Q, Unproved, need
from contract import ORDER, variables
from evaluate import Evaluator, U, to_signed
from forms import Box, Corners, Form, plus, variable
from loops import explore, fixed
from machine import Pointer, Region
from paths import Decoder, Paths, accepted

N = 256
BLOCK = 136  # bytes of each call of reject_bounded: the rate of SHAKE256
TRIPLES = 3 * N
ACCEPTS = {0: [b < 15 for b in range(16)], 1: [b < 9 for b in range(16)]}  # as the enumeration Eta numbers them
COEFFICIENT = {0: [2 - b % 5 for b in range(16)], 1: [4 - b for b in range(16)]}  # FIPS 204, Algorithm 15


def start(program, place, arguments, box, groups, judge, patches):
    """The state before the first instruction, and the decoder."""
    state = Paths(program, patches, box, groups, judge)
    for name, argument in zip(ORDER, arguments):
        state.general[name] = Pointer(argument, 0) if isinstance(argument, Region) else argument
    state.store(state.general["rsp"], term.const(64, 0xDEAD))
    state.saved = {name: state.general[name] for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")}
    state.pc = place[0]
    return state, Decoder(program, place, patches)


def returned(state):
    """What a function returned; its registers are as the caller left them."""
    for name, value in state.saved.items():
        need(state.general[name] == value, f"{name} is not restored")
    rsp = state.general["rsp"]
    need(rsp.region is state.stack_top and rsp.offset == 0, "rsp is not restored")
    return state.settled(state.number(state.general["rax"]))


def is_zero(state, value):
    return fixed(state, value) == 0


def only(value, names):
    """The one variable of a term, or None."""
    found = rename.variables(value)
    return found.pop() if len(found) == 1 and next(iter(found)).startswith(names) else None


# reject_bounded.
class HalfBytes:
    """What comparisons and look-ups of half-bytes mean, for one eta."""

    def __init__(self, eta):
        self.eta, self.known = eta, {}

    def outcome(self, value):
        """The half-byte's number, and the values for 0..16; None if the term is not about one half-byte."""
        name = only(value, "h[")
        if name is None:
            return None
        general = rename.substitute(value, lambda _: term.var("x", 4))
        if general not in self.known:
            rows = Evaluator({"x": np.arange(16, dtype=U)}).value(general)
            self.known[general] = np.broadcast_to(rows, (16,))
        return int(name[2:-1]), self.known[general]

    def __call__(self, node, condition=None):
        found = node is not None and self.outcome(((node, 0, 1),))
        if not found:
            return None
        number, rows = found
        wanted = np.array(ACCEPTS[self.eta], U)
        if (rows == wanted).all():
            return accepted(number)
        return term.not_(accepted(number)) if (rows == 1 - wanted).all() else None

    def coefficient(self, value, number):
        """Whether 8 bits are the coefficient of that half-byte, where it is accepted."""
        found = self.outcome(value)
        if not found or found[0] != number:
            return False
        rows = to_signed(found[1].astype(U), 8)
        return all(rows[b] == COEFFICIENT[self.eta][b] for b in range(16) if ACCEPTS[self.eta][b])

    def appended(self, value, group, place):
        """Whether 32 bits are coefficient number `place` of the accepted ones of a group, if there are so many."""
        if (value, place) not in self.known:
            byte = term.extract(value, 0, 8)
            good = term.sext(byte, 32) == value
            operation, _, arguments = term.nodes[byte[0][0]]
            if good and operation == "nth" and byte == ((byte[0][0], 0, 8),):
                mask, data, j = arguments
                wanted = term.zext(term.concat(*[accepted(i) for i in group]), term.width(mask))
                good = mask == wanted and term.number(j) == place and all(
                    self.coefficient(term.extract(data, 8 * at, 8), i) for at, i in enumerate(group))
            elif good:
                good = len(group) <= 8 and all(map(lambda bits: self.in_set(byte, group, place, bits), range(1 << len(group))))
            self.known[value, place] = good
        return self.known[value, place]

    def in_set(self, byte, group, place, bits):
        """The same for one set of accepted half-bytes."""
        chosen = [i for at, i in enumerate(group) if bits >> at & 1]
        if place >= len(chosen):
            return True
        values = {f"accepted[{i}]": term.const(1, bits >> at & 1) for at, i in enumerate(group)}
        return self.coefficient(rename.substitute(byte, values.get), chosen[place])


def grown(state, fill, group):
    """min(fill + how many of the group are accepted, 256)."""
    total = fixed(state, plus(fill, variable(f"count[{group}]")))
    low, high = state.box.bounds(total) if isinstance(total, Form) else (total, total)
    need(high <= N or low >= N, "the code does not look whether 256 are reached")
    return total if high <= N else N


def check_appended(state, fill, halves):
    """The stores since the head. Returns the new fill. Each group's stores begin where the fill was before it, so they change
    nothing that was appended."""
    events = list(state.events)
    for number, group in enumerate(state.groups):
        lanes, last = 0, number == len(state.groups) - 1
        while events and is_zero(state, plus(events[0][0], plus(4 * lanes, fill, 4), -1)) and (last or lanes < len(group)):
            _, value, _ = events.pop(0)
            for at in range(0, term.width(value), 32):
                # Lanes after the group's size are beyond the new fill.
                need(lanes >= len(group) or halves.appended(term.extract(value, at, 32), group, lanes),
                     f"lane {lanes} of group {number} is not an accepted coefficient at its place")
                lanes += 1
        free = fixed(state, plus(N, fill, -1))
        need(lanes >= len(group) or free == lanes, f"{lanes} lanes of group {number} are stored")
        fill = grown(state, fill, number)
    need(not events, "a store at another place than after the accepted coefficients")
    return fill


def bounded(program, place, chunk, dropped, patches):
    """`chunk`: bytes of one pass of the loop, as many groups of half-bytes as it counts apart."""
    size, groups_of = chunk
    passes = -(-BLOCK // size)
    machine = None
    for eta in ACCEPTS:
        halves = HalfBytes(eta)
        # Above this fill, each fill on its own: whether 256 are reached then depends on the number of one group only.
        threshold = N - 2 * size - 1
        cases = [(variable("fill"), (0, threshold))] + [(n, (n, n)) for n in range(threshold + 1, N + 1)]
        template = None
        for fill, fills in cases:
            sizes = [(size, (0, (BLOCK - 1) // size - (BLOCK % size != 0)))]
            if BLOCK % size:
                sizes.append((BLOCK % size, (passes - 1, passes - 1)))
            if size == 8:
                sizes = [(size, (0, passes))]  # its head is also reached after the last pass
            for present, turns in sizes:
                step = 2 * present // groups_of
                groups = [range(step * g, step * g + step) for g in range(groups_of)]
                box = Box({"turn": turns, "fill": fills, **{f"count[{g}]": (0, step) for g in range(groups_of)}})

                def fresh(first_box=box, groups=groups, fill=fill, present=present):
                    data = half_bytes(present)
                    out = Region("out", 4 * N, 64, True)
                    state, decode = start(program, place, [eta, data, BLOCK, out, fill], first_box, groups, halves, patches)
                    state.base = data
                    return state, decode
                if template is None:
                    first = Box({**box.ranges, "turn": (0, 0)})
                    state, decode = fresh(first)
                    head = loops.outer_head(decode)
                    before = reference = at_head(explore(state, decode, {head}), head)
                    after = [s for s in explore(before.copy(), decode, {head}) if s.pc == head]
                    template = loops.template(before, after, lambda s: {"fill": check_appended(s, fill, halves)}, {"fill": fill})
                    template.update(dict.fromkeys(dropped))
                state, decode = fresh()
                # The prologue is the same for each fill, but its Forms are not.
                before = at_head(explore(state, decode, {head}), head)
                loops.check_alike(before, reference, template)
                loops.check_base(before, template, {"fill": fill})
                general = loops.generalize(before, template, {"fill": fill}, variable("turn"))
                general.window = plus(0, variable("turn"), size)
                for end in explore(general, decode, {head}):
                    turn = fixed(end, variable("turn"))
                    idle = not end.events and end.pc is None and (turn == BLOCK // size and size == 8 or fill == N)
                    new = fill if idle else check_appended(end, fill, halves)
                    if end.pc == head:
                        high = end.box.bounds(variable("turn"))[1]
                        need(high + 1 <= (passes if size == 8 else passes - 1), "the loop may not end")
                        loops.check_arrival(end, template, {"fill": new}, plus(turn, 1))
                    else:
                        need(is_zero(end, plus(returned(end), new, -1)), "the number returned is not the new fill")
                        need(idle or new == N or turn == passes - 1, "the loop ends too soon")
                    machine = loops.more(machine, end)
    return machine, f"invariant; all fills; {BLOCK} bytes"


def at_head(states, head):
    """The one state that arrives at the head."""
    found = [state for state in states if state.pc == head]
    need(len(found) == 1, f"{len(found)} paths from the function's start to the loop")
    return found[0]


def half_bytes(count):
    """Bytes 0..count of the window; the whole buffer has the block's size."""
    region = Region("bytes", BLOCK, 1)
    halves = variables("h", 2 * count, 4)
    for i in range(count):
        region.put(i, term.concat(halves[2 * i], halves[2 * i + 1]))
    return region


# vartime_reject_uniform.
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
            rows = np.arange(1 << 24, dtype=U)
            out = Evaluator({f"b{i}": rows >> U(8 * i) & U(255) for i in range(3)}).value(general)
            wanted = (rows & U(0x7FFFFF)) < Q  # FIPS 204, Algorithm 14
            self.known[general] = 1 if (out == wanted).all() else 0 if (out != wanted).all() else None
        meaning = self.known[general]
        return meaning and accepted(number) if meaning != 0 else term.not_(accepted(number))

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


LANES = 16


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
    state, decode = start(program, place, [data], box, groups, Triples(), patches)
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
    triples = Triples()
    turn, kept, first = (variable(name) for name in ("turn", "kept", "start"))
    last = N // 8 - 1
    corners = Corners([{"turn": t, "kept": k, "start": s} for t, k, s in (
        (0, 0, 0), (last, 0, 0), (last, 0, 8 * last), (last, 8 * last, 8 * last))])
    data = triple_bytes(N)
    state, decode = start(program, place, [data], corners, [], triples, patches)
    state.base, state.whole, state.copies = data, False, record_move
    head = loops.outer_head(decode)
    ends = explore(state, decode, {head})
    machine = None
    for end in ends:
        if end.pc is None:
            need(end.whole and not end.events and returned(end) == N, "all are accepted: something else than 256")
            machine = loops.more(machine, end)
    before = at_head(ends, head)
    after = explore(before.copy(), decode, {head})
    template = loops.template(before, [s for s in after if s.pc == head], lambda s: moves(s, 0, 0, 0)[0], {"kept": 0, "start": 0})
    template.update(dict.fromkeys(dropped))
    loops.check_base(before, template, {"kept": 0, "start": 0})
    general = loops.generalize(before, template, {"kept": kept, "start": first}, turn)
    general.base.bytes = triple_bytes(8).bytes
    general.window, general.dirty = plus(0, turn, 24), plus(0, first, 3)
    for end in explore(general, decode, {head}):
        new, expected = moves(end, turn, kept, first)
        goes_on = end.assumed.get(plus(turn, -last).key())
        if end.pc == head:
            need(goes_on == -1, "the loop may not end")
            loops.check_arrival(end, template, new, plus(turn, 1))
        else:
            need(goes_on == 0, "the loop ends too soon")
            result = plus(plus(new["kept"], N), new["start"], -1)
            need(is_zero(end, plus(returned(end), result, -1)), "the number returned is not that of the kept triples")
            if end.assumed.get(new["start"].key() if isinstance(new["start"], Form) else None, new["start"]) != 0:
                expected.append((plus(0, new["kept"], 3), plus(0, new["start"], 3), plus(TRIPLES, new["start"], -3)))
        need(len(end.events) == len(expected), f"{len(end.events)} moves, expected {len(expected)}")
        for found, wanted in zip(end.events, expected):
            need(all(is_zero(end, plus(a, b, -1)) for a, b in zip(found, wanted)), f"moves {found}, expected {wanted}")
        machine = loops.more(machine, end)
    return machine, "invariant; all 256 masks, all fills"


def record_move(machine):
    """memmove inside the buffer of triples: to, from, length."""
    to, source, length = (machine.general[name] for name in ("rdi", "rsi", "rdx"))
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


def moves(state, turn, kept, first):
    """The numbers after a turn, and its moves, by the bits that this path has chosen."""
    out = []
    for t in range(8):
        need(f"accepted[{t}]" in state.bits, "a path does not depend on whether a triple is accepted")
        if not state.bits[f"accepted[{t}]"]:
            end = plus(plus(0, turn, 8), t)
            run = plus(end, first, -1)
            out.append((plus(0, kept, 3), plus(0, first, 3), plus(0, run, 3)))
            kept, first = plus(kept, run), plus(end, 1)
    return {"kept": kept, "start": first}, out


def weakened(proof, *arguments):
    """The proof; where its invariant claims too much of a place, again without that."""
    dropped = set()
    while True:
        try:
            return proof(*arguments[:-1], dropped, arguments[-1])
        except loops.TooStrong as problem:
            dropped.add(problem.place)


def kernels(back_end):
    path = f"mldsa::backend::{back_end}::rejection"
    chunk = (8, 2) if back_end == "avx2" else (32, 1)
    uniform = uniform_2 if back_end == "avx2" else uniform_512
    return [
        (f"{path}::reject_bounded", lambda p, n, x=None: weakened(bounded, p, placed(p, n), chunk, x)),
        (f"{path}::vartime_reject_uniform", lambda p, n, x=None: weakened(uniform, p, placed(p, n), x)),
    ]


def placed(program, name):
    return program.function(name) if isinstance(name, str) else name
