"""The proof of `reject_bounded` (FIPS 204, Algorithm 31): the coefficients of the accepted half-bytes are appended, in order."""

import numpy as np

import loops
import rename
import term
from arithmetic import need
from contract import variables
from counting import accepted
from evaluate import Evaluator, U, to_signed
from forms import Box, Form, plus, variable
from loops import at_head, explore, fixed, is_zero, returned, start
from machine import Region

N = 256
BLOCK = 136  # bytes of each call: the rate of SHAKE256
ACCEPTS = {0: [b < 15 for b in range(16)], 1: [b < 9 for b in range(16)]}  # as the enumeration Eta numbers them
COEFFICIENT = {0: [2 - b % 5 for b in range(16)], 1: [4 - b for b in range(16)]}  # FIPS 204, Algorithm 15


def only(value, names):
    """The one variable of a term, or None."""
    found = rename.variables(value)
    return found.pop() if len(found) == 1 and next(iter(found)).startswith(names) else None


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
            good = term.same(term.sext(byte, 32), value)
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


HALVES = {eta: HalfBytes(eta) for eta in ACCEPTS}  # what they know is about terms, which are the same in each proof


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


def nothing_appended(state, fill):
    """No byte is left: a pass may still store, but behind the coefficients."""
    for offset, _, _ in state.events:
        behind = plus(offset, plus(0, fill, 4), -1)
        need((state.box.bounds(behind)[0] if isinstance(behind, Form) else behind) >= 0, "a coefficient is overwritten")
    return fill


def bounded(program, place, chunk, dropped, patches):
    """`chunk`: bytes of one pass of the loop, as many groups of half-bytes as it counts apart."""
    size, groups_of = chunk
    passes = -(-BLOCK // size)
    machine = None
    for eta in ACCEPTS:
        halves = HALVES[eta]
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
                    template = loops.template([(before, {"fill": fill}, 0)] + [
                        (s, {"fill": check_appended(s, fill, halves)}, 1) for s in after])
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
                    idle = end.pc is None and (turn == BLOCK // size and size == 8 or fill == N)
                    new = nothing_appended(end, fill) if idle else check_appended(end, fill, halves)
                    if end.pc == head:
                        high = end.box.bounds(variable("turn"))[1]
                        need(high + 1 <= (passes if size == 8 else passes - 1), "the loop may not end")
                        loops.check_arrival(end, template, {"fill": new}, plus(turn, 1))
                    else:
                        need(is_zero(end, plus(returned(end), new, -1)), "the number returned is not the new fill")
                        need(idle or new == N or turn == passes - 1, "the loop ends too soon")
                    machine = loops.more(machine, end)
    return machine, f"invariant; all fills; {BLOCK} bytes"


def half_bytes(count):
    """Bytes 0..count of the window; the whole buffer has the block's size."""
    region = Region("bytes", BLOCK, 1)
    halves = variables("h", 2 * count, 4)
    for i in range(count):
        region.put(i, term.concat(halves[2 * i], halves[2 * i + 1]))
    return region
