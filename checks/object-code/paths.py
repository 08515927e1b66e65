"""Executes code whose branches and addresses depend on which inputs were accepted, and on nothing else of the inputs.

`accepted` bits are variables of one bit, named (a, i). A comparison that decides about one input is replaced by its bit, or the
complement, after an enumeration of all inputs; so any other use of the inputs in a branch or an address is refused. A sum of all bits
of a group is a Form in the group's counter. Where a condition has both outcomes, the state is copied, one for each outcome."""

import copy

import rename
import term
from counting import is_accepted, truth, weights
from forms import Box, Form, plus, variable
from machine import M64, Machine, Pointer, Refused
from program import Immediate, Memory, Vector


class Fork(Exception):
    """The instruction is executed again in each of the states that the functions make of a copy."""

    def __init__(self, alternatives):
        super().__init__()
        self.alternatives = alternatives


class Selected:
    """A number for each value of an index of a few bits."""

    def __init__(self, index, values):
        self.index, self.values = index, values

    def map(self, function):
        return Selected(self.index, [function(value) for value in self.values])


class Paths(Machine):
    """`groups`: the lists of numbers of the bits that are counted together."""

    def __init__(self, program, patches, box, groups, judge):
        super().__init__(program, patches)
        self.box, self.groups, self.judge = box, groups, judge
        self.assumed = {}  # key of a Form: its sign, on this path
        self.forced = {}  # condition: its value, on this path
        self.bits = {}  # name of an accepted bit: its value, on this path
        self.window = 0  # what loads of the input are relative to
        self.events = []
        self.copies = None  # a function for memmove
        self.base = None  # the region that `window` belongs to
        self.tally = [0]  # instructions executed, in all copies
        self.dirty = 0  # bytes below this may have been written, in an input that is written to
        self.pc = 0

    def copy(self):
        new = copy.copy(self)
        regions = {}

        def region(old):
            if id(old) not in regions:
                regions[id(old)] = made = copy.copy(old)
                made.bytes = {}
                made.bytes.update({at: (value(v), i) for at, (v, i) in old.bytes.items()})
            return regions[id(old)]

        def value(v):
            return Pointer(region(v.region), v.offset) if isinstance(v, Pointer) else v

        new.general = {name: value(v) for name, v in self.general.items()}
        new.stack_top = region(self.stack_top)
        new.base = self.base and region(self.base)
        new.vectors = [list(v) for v in self.vectors]
        new.masks, new.calls, new.events = list(self.masks), list(self.calls), list(self.events)
        for name in ("flags", "assumed", "forced", "bits"):
            setattr(new, name, dict(getattr(self, name)))
        return new

    # What is known about numbers.
    def sign(self, form):
        if not isinstance(form, Form):
            return (form > 0) - (form < 0)
        low, high = self.box.bounds(form)
        if low == high == 0:
            return 0
        if low > 0 or high < 0:
            return 1 if low > 0 else -1
        if form.key() in self.assumed:
            return self.assumed[form.key()]

        def assume(sign, box):
            def change(state):
                state.box = box
                state.assumed[form.key()] = sign
            return change
        boxes = [(sign, self.box.where(form, sign)) for sign in (-1, 0, 1) if low <= sign <= high or sign and (
            low < 0 if sign < 0 else high > 0)]
        raise Fork([assume(sign, box) for sign, box in boxes if box is not None])

    def settled(self, value):
        """An int, if that is known by now."""
        if isinstance(value, Form):
            low, high = self.box.bounds(value)
            return low if low == high else value
        if isinstance(value, tuple) and self.bits:
            return self.simple(self.substituted(value))
        return value

    def substituted(self, value):
        return rename.substitute(value, lambda name: term.const(1, self.bits[name]) if name in self.bits else None)

    def concretize(self, form):
        low, high = self.box.bounds(form)
        if not isinstance(self.box, Box) or high - low > 300:
            raise Refused(f"the number {form} is used as data")

        def choose(box, number):
            def change(state):
                state.box = box
                state.assumed[plus(form, -number).key()] = 0
            return change
        boxes = [(self.box.where(plus(form, -n), 0), n) for n in range(low, high + 1)]
        raise Fork([choose(box, n) for box, n in boxes if box is not None])

    def choose_bits(self, names):
        def choose(number):
            return lambda state: state.bits.update({name: number >> i & 1 for i, name in enumerate(names)})
        raise Fork([choose(number) for number in range(1 << len(names))])

    def counter(self, value):
        """The Form of a term that counts a group; None."""
        if isinstance(value, (int, Form)):
            return value
        if not isinstance(value, tuple):
            return None
        operation = term.nodes[value[0][0]][0] if value[0][0] != term.CONST else None
        if operation == "table":  # the lower 8 bits, at most: the count that a table says
            return self.table_counter(value)
        sums = weights(value)
        if sums is None or set(sums.values()) != {1}:
            return None
        return self.group_of(set(sums))

    def group_of(self, names):
        for number, group in enumerate(self.groups):
            if names == {f"accepted[{i}]" for i in group}:
                return self.settled(variable(f"count[{number}]"))
        return None

    def table_counter(self, value):
        n, low, w = value[0]
        if any(s[0] != term.CONST or s[1] for s in value[1:]):
            return None
        index, entries = term.nodes[n][2]
        names = [term.nodes[s[0]][2][0] for s in index]
        whole = term.nodes[n][1]
        numbers = [term.number(term.extract(entries, whole * i + low, w)) for i in range(1 << len(names))]
        if numbers != [i.bit_count() for i in range(1 << len(names))]:
            return None
        return self.group_of(set(names))

    # Registers, addresses, memory.
    def as_term(self, value, size):
        value = self.settled(value)
        if isinstance(value, Form):
            self.concretize(value)
        if isinstance(value, (Pointer, Selected)):
            raise Refused("an address is used as data")
        return term.const(8 * size, value) if isinstance(value, int) else value

    def read_register(self, operand):
        value = self.general[operand.name] = self.settled(self.general[operand.name])
        if isinstance(value, (Form, Selected)):
            if operand.size < 8 and isinstance(value, Form) and not self.fits(value, 8 * operand.size):
                raise Refused("a part of a number is used")
            return value
        return super().read_register(operand)

    def fits(self, value, bits):
        low, high = self.box.bounds(value) if isinstance(value, Form) else (value, value)
        return 0 <= low and high < 1 << bits

    def write_register(self, operand, value):
        if isinstance(value, (Form, Selected)):
            if operand.size < 4 or operand.size == 4 and isinstance(value, Form) and not self.fits(value, 32):
                raise Refused("a number is cut")
            self.general[operand.name] = value
        else:
            super().write_register(operand, value)

    def number(self, value):
        """A value in address arithmetic: int, Form, Pointer or Selected."""
        value = self.settled(value)
        if not isinstance(value, tuple):
            return value
        count = self.counter(value)
        if count is not None:
            return count
        names = sorted(rename.variables(value), key=lambda name: int(name[9:-1]) if is_accepted(name) else 0)
        if len(names) > 8 or not all(map(is_accepted, names)):
            raise Refused("the address depends on data")
        numbers = truth(value, names)
        return Selected(term.concat(*[term.var(name, 1) for name in names]), [int(n) for n in numbers])

    def address(self, operand):
        out = operand.displacement
        for name, scale in ((operand.base, 1), (operand.index, operand.scale)):
            if name is None:
                continue
            value = self.number(self.general[name])
            if isinstance(value, Pointer):
                if scale != 1 or isinstance(out, (Pointer, Selected)):
                    raise Refused("arithmetic on a pointer")
                out = Pointer(value.region, plus(value.offset, out))
            elif isinstance(out, Pointer):
                out = Pointer(out.region, plus(out.offset, value, scale)) if not isinstance(value, Selected) else self.refuse()
            elif isinstance(value, Selected):
                if isinstance(out, Selected):
                    if out.index != value.index:
                        self.refuse()
                    out = Selected(out.index, [a + scale * b for a, b in zip(out.values, value.values)])
                elif isinstance(out, int):
                    out = value.map(lambda n, out=out: out + scale * n)
                else:
                    self.refuse()
            elif isinstance(out, Selected):
                if not isinstance(value, int):
                    self.refuse()
                out = out.map(lambda n, value=value: n + scale * value)
            else:
                out = plus(out, value, scale)
        if isinstance(out, Pointer):
            return Pointer(out.region, self.settled(out.offset))
        return out & M64 if isinstance(out, int) else out

    @staticmethod
    def refuse():
        raise Refused("the address depends on data")

    @staticmethod
    def normal(value):
        return value if isinstance(value, Pointer) and isinstance(value.offset, Form) else Machine.normal(value)

    def inside(self, region, offset, length, alignment, what):
        low, high = self.box.bounds(offset) if isinstance(offset, Form) else (offset, offset)
        if alignment > 1 and isinstance(offset, Form):
            raise Refused("an aligned access at a number that is not known")
        region.check(low, length, alignment, what)
        region.check(high, length, alignment, what)
        return high + length

    def load(self, address, size, alignment=1):
        if isinstance(address, Selected):
            data = [self.program.read(at, size) for at in address.values]
            if None in data or alignment > 1:
                raise Refused("a read of what is not constant")
            entries = sum(int.from_bytes(entry, "little") << 8 * size * i for i, entry in enumerate(data))
            return term.table(address.index, term.const(8 * size * len(data), entries))
        if isinstance(address, Pointer) and address.region is self.base:
            self.inside(address.region, address.offset, size, alignment, "read")
            clean = plus(address.offset, self.dirty, -1)
            if (self.box.bounds(clean)[0] if isinstance(clean, Form) else clean) < 0:
                raise Refused("a read of bytes that may have been moved")
            relative = self.settled(plus(address.offset, self.window, -1))
            if not isinstance(relative, int):
                raise Refused("a read at another place than the loop's")
            return address.region.get(relative, size)
        if isinstance(address, Pointer) and address.offset.__class__ is int:
            first = address.region.bytes.get(address.offset, (None,))[0]
            if isinstance(first, Form):
                address.region.check(address.offset, size, alignment, "read")
                if size != 8 or any(address.region.bytes.get(address.offset + i) != (first, i) for i in range(8)):
                    raise Refused("a part of a number is read")
                return first
        return super().load(address, size, alignment)

    def store(self, address, value, alignment=1):
        if isinstance(address, Pointer) and (address.region.name == "out" or address.region is self.base):
            if isinstance(value, (Pointer, Form)) or not address.region.writable:
                raise Refused("an address is stored in a buffer")
            end = self.inside(address.region, address.offset, term.width(value) // 8, alignment, "write")
            self.events.append((address.offset, value, self.dirty))
            self.dirty = max(self.dirty, end)
        elif isinstance(value, Form):
            address.region.check(address.offset, 8, alignment, "write")
            if not address.region.writable:
                raise Refused("a write")
            for i in range(8):
                address.region.bytes[address.offset + i] = (value, i)
        else:
            super().store(address, value, alignment)

    def operand(self, operand, size=None):
        if isinstance(operand, Memory):
            value = self.load(self.address(operand), operand.size)
            return value if isinstance(value, (Pointer, Form)) else self.simple(value)
        return super().operand(operand, size)

    def set_operand(self, operand, value):
        if isinstance(operand, Memory) and isinstance(value, Form):
            self.store(self.address(operand), value)
        else:
            super().set_operand(operand, value)

    # Comparisons of the input become accepted bits.
    def abstract(self, value):
        return term.concat(*[self.abstract_segment(s) for s in value])

    def abstract_segment(self, segment):
        n, low, w = segment
        if n == term.CONST:
            return (segment,)
        operation, whole, arguments = term.nodes[n]
        if operation == "rep":
            return term.rep(self.abstract_segment(arguments[0]), w)
        if operation in ("xor", "and"):
            out = term.const(w, -arguments[1] if operation == "xor" else -1)
            for s in arguments[0]:
                out = (term.xor if operation == "xor" else term.and_)(out, self.abstract_segment(s))
            return out
        if operation in ("eq", "ugt", "sgt"):
            return self.judge(n) or (segment,)
        return (segment,)

    def decide(self, bit):
        """The value of a condition, 0 or 1."""
        bit = self.settled(bit)
        if isinstance(bit, int):
            return bit
        if bit in self.forced:
            return self.forced[bit]
        names = sorted(rename.variables(bit))
        if not all(map(is_accepted, names)):
            everything = self.judge(None, bit)
            if everything is None:
                raise Refused("a branch depends on data")

            def whole(value):
                def change(state):
                    state.forced[bit] = value
                    if value == everything:
                        state.events.append("all accepted")
                return change
            raise Fork([whole(0), whole(1)])
        if len(names) <= 8:
            self.choose_bits(names)
        outcomes = truth(bit, names)
        full = [g for g, group in enumerate(self.groups) if {f"accepted[{i}]" for i in group} == set(names)]
        if len(names) > 16 or not full or (outcomes[:-1] != outcomes[0]).any() or outcomes[0] == outcomes[-1]:
            raise Refused("a branch on something else than whether a whole group is accepted")
        count, size = variable(f"count[{full[0]}]"), len(names)

        def group(all_accepted):
            def change(state):
                box = state.box.where(plus(count, -size), 0 if all_accepted else -1)
                if box is None:
                    return False
                state.box = box
                state.forced[bit] = int(outcomes[-1 if all_accepted else 0])
                if all_accepted:
                    state.bits.update({name: 1 for name in names})
            return change
        raise Fork([group(True), group(False)])

    def step(self, decode):
        """Executes one instruction. Returns the states after it; an empty list at the function's end."""
        i = decode(self.pc)
        handler = decode.semantics.get(i.mnemonic)
        if handler is None:
            raise Refused(f"no semantics: {i.text}")
        self.tally[0] += 1
        self.seen.setdefault(i.short, i)
        # Vector instructions on registers alone never need a choice.
        before = self if all(isinstance(o, (Vector, Immediate)) for o in i.operands) and i.operands else self.copy()
        try:
            target = handler(self, i)
        except Fork as fork:
            out = []
            for change in fork.alternatives:
                state = before.copy()
                if change(state) is not False:
                    out += state.step(decode)
            return out
        except Refused as refused:
            raise Refused(f"{refused} ({i.text.split('#')[0].strip()} at {self.pc:#x})") from None
        if target == "return":
            self.pc = None
        elif isinstance(target, tuple):
            raise Refused(f"a call ({i.text} at {self.pc:#x})")
        else:
            self.pc = i.end if target is None else target
        return [self]
