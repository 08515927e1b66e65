"""The state of an AArch64 processor. Registers v0 to v31 are two terms of 64 bits each."""

import term
from machine import Machine, Pointer, Refused, Region

VOLATILE = [f"x{i}" for i in range(19)]  # x18 is not reserved on Linux


class ArmMachine(Machine):
    def __init__(self, program, patches=None):
        super().__init__(program, patches)
        self.general = {f"x{i}": term.var(f"old x{i}", 64) for i in range(31)}
        self.general["xzr"] = 0
        self.stack_top = Region("the caller's frame", 256, 16, True, -65536)
        self.general["sp"] = Pointer(self.stack_top, 0)
        self.vectors = [[term.var(f"old v{i}.{j}", 64) for j in range(2)] for i in range(32)]
        self.masks = []

    def enter(self):
        self.general["x30"] = term.const(64, 0xDEAD)  # the return address

    def write_register(self, operand, value):
        if operand.name != "xzr":
            super().write_register(operand, value)

    # What paths.py knows more about.
    def settled(self, value):
        return value

    def abstract(self, value):
        return value

    def decide(self, bit):
        if not isinstance(bit, int):
            raise Refused("a branch depends on data")
        return bit

    def chosen(self, bit, a, b, size):
        """a if the bit is set, else b. Both are computed, so the bit may depend on data."""
        if isinstance(bit, int):
            return a if bit else b
        if (a, b) in ((0, 1), (1, 0)):
            return term.zext(bit if a else term.not_(bit), 8 * size)
        return self.simple(term.ite(bit, self.as_term(a, size), self.as_term(b, size)))

    def get(self, operand):
        """A vector operand, or a lane of it, as one term."""
        whole = term.concat(*self.vectors[operand.number])
        return term.extract(whole, operand.w * (operand.lane or 0), 8 * operand.size)

    def lanes(self, operand, w=None):
        value, w = self.get(operand), w or operand.w
        return [term.extract(value, at, w) for at in range(0, term.width(value), w)]

    def put(self, operand, value):
        """Writes a vector: what is above the value becomes zero. A lane: the others stay."""
        if operand.lane is not None:
            lanes = [term.extract(term.concat(*self.vectors[operand.number]), at, operand.w) for at in range(0, 128, operand.w)]
            lanes[operand.lane] = value
            value = term.concat(*lanes)
        if term.width(value) != 128:
            if operand.lane is None and term.width(value) != 8 * operand.size:
                raise Refused("the result has another size than its register")
            value = term.zext(value, 128)
        pieces = [term.extract(value, at, 64) for at in (0, 64)]
        self.vectors[operand.number] = [self.known(piece) for piece in pieces] if self.known else pieces

    def library(self, name):
        """memcpy, memmove and memset of the C library, by their specification; they may leave anything in the registers that
        a function may change."""
        to, source, count = (self.settled(self.general[register]) for register in ("x0", "x1", "x2"))
        count = self.length(count)
        if not isinstance(to, (Pointer, int)) or not isinstance(count, int):
            raise Refused(f"{name} with an address or a length that depends on data")
        if count and name == "memset":
            byte = term.extract(self.as_term(source, 8), 0, 8)
            self.store(to, term.concat(*[byte] * count))
        elif count and name in ("memcpy", "memmove"):  # an empty slice may have any address
            self.store(to, self.load(source, count))
        elif name not in ("memcpy", "memmove", "memset"):
            raise Refused(f"a call of {name}")
        self.forget_volatile(to)

    def length(self, count):
        return count

    def forget_volatile(self, result):
        self.frames += 1
        for name in VOLATILE + ["x30"]:
            self.general[name] = term.var(f"{name} after call {self.frames}", 64)
        self.general["x0"] = result
        for n in range(32):
            for half in (1,) if 8 <= n < 16 else (0, 1):
                self.vectors[n][half] = term.var(f"v{n}.{half} after call {self.frames}", 64)
        self.flags = {}
