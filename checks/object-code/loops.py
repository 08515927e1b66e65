"""Sets of paths: exploration in the order of addresses, loop heads, invariants, joins."""

import rename
import term
from arithmetic import need
from forms import Box, Form, plus
from machine import Pointer, Refused


class TooStrong(Exception):
    """The invariant claims more of a place than is true."""

    def __init__(self, place):
        super().__init__(place)
        self.place = place


class Decoder:
    """Instructions of one function, with patches. For each instruction set: `semantics`, and the `successors` of an instruction."""

    def __init__(self, program, place, patches):
        self.program, self.code, self.patches, self.decoded = program, program.code(*place), patches or {}, {}

    def __call__(self, pc):
        if pc not in self.code:
            raise Refused(f"execution leaves the function, to {pc:#x}")
        if pc not in self.decoded:
            self.decoded[pc] = self.program.instruction(pc, self.patches.get(pc, self.code[pc]))
        return self.decoded[pc]


def fixed(state, value):
    """An int, if the state leaves the number no choice."""
    if isinstance(value, Form) and state.assumed.get(value.key()) == 0:
        return 0
    return state.settled(value)


def more(total, machine):
    """One record of several explorations: copies share their counters."""
    if total is not None and total.tally is not machine.tally:
        machine.tally[0] += total.tally[0]
        machine.seen.update(total.seen)
    machine.count = machine.tally[0]
    return machine


def explore(state, decode, heads, merge=None):
    """All states at a head (after at least one instruction) or at the return. The state at the lowest address goes on first."""
    waiting, ends, limit = [state], [], 200_000
    while waiting:
        waiting.sort(key=lambda s: s.pc)
        same = [s for s in waiting if s.pc == waiting[0].pc]
        waiting = waiting[len(same):]
        if merge and len(same) > 1:
            same = [merge(same)]
        for each in same:
            limit -= 1
            if limit < 0:
                raise Refused("no end")
            for after in each.step(decode):
                if "all accepted" in after.events:
                    after.events.remove("all accepted")
                    after.whole = True
                (ends if after.pc is None or after.pc in heads else waiting).append(after)
    return ends


def loop_heads(decode):
    """The heads of the loops, those with the most instructions first, each with the addresses of its loop."""
    code = {at: decode(at) for at in decode.code if not decode.code[at][1].startswith(("(bad)", "udf", ".inst"))}
    first = min(code)
    after = {at: [to for to in decode.successors(i) if to in code] for at, i in code.items()}
    # Depth first: an edge to an ancestor is a back edge.
    back, state, stack = [], {first: 1}, [(first, iter(after[first]))]
    while stack:
        at, rest = stack[-1]
        to = next(rest, None)
        if to is None:
            state[at] = 2
            stack.pop()
        elif to not in state:
            state[to] = 1
            stack.append((to, iter(after[to])))
        elif state[to] == 1:
            back.append((at, to))
    if not back:
        raise Refused("no loop")
    before = {}
    for at, targets in after.items():
        for to in targets:
            before.setdefault(to, []).append(at)

    def body(edge):
        inside, todo = {edge[1]}, [edge[0]]
        while todo:
            at = todo.pop()
            if at not in inside:
                inside.add(at)
                todo += before.get(at, [])
        return inside
    return sorted(((head, body((at, head))) for at, head in back), key=lambda loop: -len(loop[1]))


def outer_head(decode):
    return loop_heads(decode)[0][0]


# Places: general registers, words of the stack, words of vectors, masks.
def places(state):
    out = {("register", name): value for name, value in state.general.items()}
    out.update({("vector", i, j): v for i, pieces in enumerate(state.vectors) for j, v in enumerate(pieces)})
    out.update({("mask", i): v for i, v in enumerate(state.masks)})
    for at, (value, i) in state.stack_top.bytes.items():
        if isinstance(value, (Form, Pointer)) or term.width(value) == 64:
            if i == 0:
                out["stack", at] = value
    return {place: state.simple(v) if isinstance(v, tuple) else v for place, v in out.items()}


def put(state, place, value):
    if place[0] == "register":
        state.general[place[1]] = value
    elif place[0] == "vector":
        state.vectors[place[1]][place[2]] = value
    elif place[0] == "mask":
        state.masks[place[1]] = value
    else:
        value = term.const(64, value) if isinstance(value, int) else value
        for i in range(8):
            state.stack_top.bytes[place[1] + i] = (value, i)


def alike(a, b):
    """Whether two values of two states are the same: pointers by the names of their regions."""
    if isinstance(a, Pointer) and isinstance(b, Pointer):
        return a.region.name == b.region.name and a.offset == b.offset
    return type(a) is type(b) and a == b


unknown = 0


def forget(state, place):
    global unknown
    unknown += 1
    if place[0] == "stack":
        for i in range(8):
            state.stack_top.bytes.pop(place[1] + i, None)
    else:
        value = term.var(f"forgotten {unknown}", 64)
        put(state, place, value)


def difference(a, b):
    """b - a, if it is a number."""
    if isinstance(a, Pointer) and isinstance(b, Pointer) and a.region.name == b.region.name:
        a, b = a.offset, b.offset
    if isinstance(a, (int, Form)) and isinstance(b, (int, Form)):
        out = plus(b, a, -1)
        return out if isinstance(out, int) else None
    return None


def template(observations):
    """What each place holds at the head: "same", a number of the proof, a difference from turn to turn, or None. Guessed from some
    states at the head, each with the numbers of the proof and the turn."""
    if len(observations) < 2:
        raise Refused("the loop's head is reached once only")
    (before, first, start), *later = observations
    later = [(places(state), state, numbers, turn - start) for state, numbers, turn in later]
    out = {}
    for place, value in places(before).items():
        new = [now.get(place) for now, _, _, _ in later]
        named = [name for name, number in first.items() if holds(before, value, number) and all(
            holds(state, v, numbers[name]) for v, (_, state, numbers, _) in zip(new, later))]
        steps = {step(value, v, turns) for v, (_, _, _, turns) in zip(new, later)}
        if all(alike(value, v) for v in new):
            out[place] = None if about_inputs(value) else "same"
        elif named:
            out[place] = named[0]
        elif len(steps) == 1 and None not in steps:
            out[place] = steps.pop()
        else:
            out[place] = None
    return out


def about_inputs(value):
    """In another turn, the names of inputs stand for other ones."""
    return isinstance(value, tuple) and any(name.startswith(("B[", "h[", "accepted[")) for name in rename.variables(value))


def holds(state, value, number):
    return isinstance(value, (int, Form)) and equal(state, value, number)


def step(a, b, turns):
    """What a place grows by in each turn, if it does so evenly."""
    whole = difference(a, b)
    return None if whole is None or whole % turns else whole // turns


def equal(state, a, b):
    return fixed(state, plus(a, b, -1)) == 0


def check_alike(before, reference, kinds):
    """The invariant is the same for each fill: what stays the same, or grows by steps, does not depend on the first fill."""
    mine, theirs = places(before), places(reference)
    for place, kind in kinds.items():
        if kind is not None and (kind == "same" or not isinstance(kind, str)) and not alike(mine.get(place), theirs.get(place)):
            raise TooStrong(place)


def check_base(before, kinds, first):
    """The invariant holds on the first arrival."""
    for place, kind in kinds.items():
        if isinstance(kind, str) and kind != "same":
            if not holds(before, places(before).get(place), first[kind]):
                raise Refused(f"{place} is not {kind} at the loop's head")


def generalize(before, kinds, numbers, turn):
    """Any state that the invariant permits."""
    state = before.copy()
    for place, value in places(state).items():
        kind = kinds.get(place)
        if kind is None:
            forget(state, place)
        elif kind != "same" and isinstance(kind, str):
            put(state, place, numbers[kind])
        elif kind != "same":
            put(state, place, at_turn(value, kind, turn))
    for at in [at for at, (value, _) in state.stack_top.bytes.items() if not isinstance(value, (Form, Pointer))
               and term.width(value) != 64]:
        del state.stack_top.bytes[at]
    state.flags, state.assumed, state.forced, state.bits, state.events = {}, {}, {}, {}, []
    state.origin = places(before)
    return state


def at_turn(value, step, turn):
    if isinstance(value, Pointer):
        return Pointer(value.region, plus(value.offset, turn, step))
    return plus(value, turn, step)


def check_arrival(state, kinds, numbers, turn, first=None):
    """The invariant holds on arrival, with these numbers. `first`: the places at turn 0, where the state comes from another head."""
    first, now = first or state.origin, places(state)
    for place, kind in kinds.items():
        if kind is None or place not in first:
            continue
        value = now.get(place)
        if kind == "same":
            good = alike(value, first[place])
        else:
            expected = numbers[kind] if isinstance(kind, str) else at_turn(first[place], kind, turn)
            if isinstance(expected, Pointer):
                good = isinstance(value, Pointer) and value.region.name == expected.region.name
                value, expected = (value.offset, expected.offset) if good else (0, 1)
            good = isinstance(value, (int, Form)) and equal(state, value, expected)
        if not good and kind not in numbers:
            raise TooStrong(place)
        if not good:
            raise Refused(f"{place} at the loop's head: {value}, expected {expected}")


def joined(states):
    """One state that stands for all: what they do not share is forgotten."""
    out = states[0]
    for other in states[1:]:
        out = join(out, other)
    return out


def join(a, b):
    out, mine, theirs = a.copy(), places(a), places(b)
    for place, x in mine.items():
        y = theirs.get(place)
        if y is not None and alike(x, y):
            continue
        value = None
        forms = [s.counter(v) if place[0] == "register" and not isinstance(v, Pointer) else None for s, v in ((a, x), (b, y))]
        if None not in forms and all(isinstance(f, (int, Form)) for f in forms):
            if equal(a, *forms):
                value = forms[1]
            elif equal(b, *forms):
                value = forms[0]
        if value is None:
            forget(out, place)
        else:
            put(out, place, value)
    out.box = Box({name: (min(low, b.box.ranges[name][0]), max(high, b.box.ranges[name][1]))
                   for name, (low, high) in a.box.ranges.items()})
    for name in ("assumed", "forced", "bits"):
        x, y = getattr(a, name), getattr(b, name)
        setattr(out, name, {key: value for key, value in x.items() if y.get(key) == value})
    out.flags = {}
    out.whole = a.whole and b.whole
    if a.whole != b.whole:
        raise Refused("the paths with and without rejections meet")
    out.dirty = max(a.dirty, b.dirty)
    return out


# Calls.
def start(program, place, arguments, box, groups, judge, patches):
    """The state before the first instruction, and the decoder."""
    convention = program.convention()
    state, decode = convention.paths(program, place, patches, box, groups, judge)
    convention.set_arguments(state, arguments, None)
    state.enter()
    state.pc = place[0]
    return state, decode


def returned(state):
    """What a function returned; its registers are as the caller left them."""
    convention = state.program.convention()
    convention.check_return(state)
    return state.settled(state.number(convention.result(state)))


def is_zero(state, value):
    return fixed(state, value) == 0


def at_head(states, head):
    """The one state that arrives at the head."""
    found = [state for state in states if state.pc == head]
    need(len(found) == 1, f"{len(found)} paths from the function's start to the loop")
    return found[0]
