"""Executes machine code on terms. Fails, by `Refused`, at everything that is not known to be right: an unknown instruction, an
address or a branch that is not a number, an access outside the buffers."""

import term
from program import Immediate, Register, Vector

M64 = (1 << 64) - 1


class Refused(Exception):
    pass


class Pointer:
    """An address: a region and an offset in it."""

    def __init__(self, region, offset):
        self.region, self.offset = region, offset

    def plus(self, n):
        return Pointer(self.region, self.offset + n)


class Region:
    """A buffer of the contract. `align`: what its type guarantees. `written`: whether it may be written."""

    def __init__(self, name, size, align=1, writable=False, low=0):
        self.name, self.size, self.align, self.writable, self.low = name, size, align, writable, low
        self.bytes = {}  # offset: (value, number of the byte in it)
        self.touched = [0, 0]  # reads, writes

    def check(self, offset, length, alignment, what):
        if offset < self.low or offset + length > self.size:
            raise Refused(f"{what} outside {self.name}: {offset}..{offset + length} of {self.low}..{self.size}")
        if alignment > 1 and (offset % alignment or self.align % alignment):
            raise Refused(f"aligned {what} of {self.name} at {offset}, which is aligned to {self.align} only")

    def put(self, offset, value):
        for i in range(term.width(value) // 8):
            self.bytes[offset + i] = (value, i)

    def get(self, offset, length):
        parts, at = [], 0
        while at < length:
            if offset + at not in self.bytes:
                raise Refused(f"uninitialised byte {offset + at} of {self.name} is read")
            value, first = self.bytes[offset + at]
            run = 1
            while at + run < length:
                following = self.bytes.get(offset + at + run)
                if following is None or following[0] is not value or following[1] != first + run:
                    break
                run += 1
            if first == 0 and run * 8 == term.width(value):
                parts.append(value)
            else:
                parts.append(term.extract(value, 8 * first, 8 * run))
            at += run
        return term.concat(*parts)


class Machine:
    """The state of the processor."""

    def __init__(self, program, patches=None):
        self.program = program
        self.patches = patches or {}
        self.general = {name: term.var(f"old {name}", 64) for name in (
            "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split())}
        # The callee's frame begins below the return address; rsp is 8 less than a multiple of 16.
        self.stack_top = Region("the caller's frame", 256, 16, False, -65536)
        self.general["rsp"] = Pointer(self.stack_top, -8)
        self.stack_top.writable = True
        self.vectors = [[term.var(f"old zmm{i}.{j}", 64) for j in range(8)] for i in range(32)]
        self.masks = [term.var(f"old k{i}", 64) for i in range(8)]
        self.flags = {}
        self.calls = []
        self.count = 0
        self.known = None  # if set: a function that may give another term, equal to a new value of 64 bits
        self.frames = 0
        self.seen = {}  # text: instruction, of all that were executed
        self.reached = set()  # names of functions that were called

    # Values of general registers: an int, a Pointer, or a term of 64 bits.
    def read_register(self, operand):
        value = self.general[operand.name]
        if operand.size == 8:
            return value
        if isinstance(value, Pointer):
            raise Refused(f"a part of a pointer in {operand.name} is used")
        if isinstance(value, int):
            return value & ((1 << 8 * operand.size) - 1)
        return self.simple(term.extract(value, 0, 8 * operand.size))

    @staticmethod
    def simple(value):
        n = term.number(value)
        return value if n is None else n

    @staticmethod
    def as_term(value, size):
        if isinstance(value, Pointer):
            raise Refused("a pointer is used as data")
        return term.const(8 * size, value) if isinstance(value, int) else value

    def write_register(self, operand, value):
        if operand.size == 8:
            if self.known and isinstance(value, tuple):
                value = self.known(value)
            self.general[operand.name] = value
        elif operand.size == 4:
            if isinstance(value, Pointer):
                raise Refused("a pointer is cut to 32 bits")
            self.general[operand.name] = value & 0xFFFFFFFF if isinstance(value, int) else term.zext(value, 64)
        else:
            old = self.general[operand.name]
            # A part of a register that held an address: what is left of the address is not used as one.
            old = term.var("a part of an address", 64) if isinstance(old, Pointer) else self.as_term(old, 8)
            bits = 8 * operand.size
            joined = term.concat(self.as_term(value, operand.size), term.extract(old, bits, 64 - bits))
            self.general[operand.name] = self.simple(joined)

    def address(self, operand):
        """A Pointer, or the address of read-only data as an int."""
        out = operand.displacement
        for name, scale in ((operand.base, 1), (operand.index, operand.scale)):
            if name is None:
                continue
            value = self.general[name]
            if isinstance(value, int):
                value *= scale
                out = out.plus(value) if isinstance(out, Pointer) else out + value
            elif isinstance(value, Pointer) and scale == 1 and isinstance(out, int):
                out = value.plus(out)
            else:
                raise Refused(f"the address depends on data: {name}")
        return self.normal(out)

    @staticmethod
    def normal(value):
        if isinstance(value, Pointer):
            offset = value.offset & M64
            return Pointer(value.region, offset - (1 << 64) if offset >> 63 else offset)
        return value & M64

    def load(self, address, size, alignment=1):
        if isinstance(address, Pointer):
            region = address.region
            region.check(address.offset, size, alignment, "read")
            if size == 8 and region.bytes.get(address.offset, (None,))[0].__class__ is Pointer:
                if all(region.bytes.get(address.offset + i) == (region.bytes[address.offset][0], i) for i in range(8)):
                    return region.bytes[address.offset][0]
            for i in range(size):
                if region.bytes.get(address.offset + i, (None,))[0].__class__ is Pointer:
                    raise Refused("a pointer in memory is read as data")
            return region.get(address.offset, size)
        data = self.program.read(address, size)
        if data is None:
            raise Refused(f"read of {size} bytes at {address:#x}, which are not constant")
        if alignment > 1 and address % alignment:
            raise Refused(f"aligned read at {address:#x}")
        return term.const(8 * size, int.from_bytes(data, "little"))

    def store(self, address, value, alignment=1):
        if not isinstance(address, Pointer):
            raise Refused(f"write to the constant address {address:#x}")
        region = address.region
        if isinstance(value, Pointer):
            region.check(address.offset, 8, alignment, "write")
            for i in range(8):
                region.bytes[address.offset + i] = (value, i)
            return
        size = term.width(value) // 8
        region.check(address.offset, size, alignment, "write")
        if not region.writable:
            raise Refused(f"write to {region.name}, which is read-only")
        if region is self.stack_top and address.offset + size > 0:
            raise Refused("write to the caller's frame")
        for at in range(0, size, 8):
            w = min(8, size - at)
            region.put(address.offset + at, term.extract(value, 8 * at, 8 * w))

    def operand(self, operand, size=None):
        """The value of a general operand: int, Pointer or term."""
        if isinstance(operand, Register):
            return self.read_register(operand)
        if isinstance(operand, Immediate):
            return operand.value & ((1 << 8 * (size or 8)) - 1)
        value = self.load(self.address(operand), operand.size)
        return value if isinstance(value, Pointer) else self.simple(value)

    def set_operand(self, operand, value):
        if isinstance(operand, Register):
            self.write_register(operand, value)
        else:
            if not isinstance(value, Pointer):
                value = self.as_term(value, operand.size)
            self.store(self.address(operand), value)

    # Vector registers: eight terms of 64 bits.
    def vector(self, operand, size=None, alignment=1):
        """A vector operand as one term."""
        size = size or operand.size
        if isinstance(operand, Vector):
            return term.concat(*self.vectors[operand.number][:max(1, size // 8)]) if size >= 8 else term.extract(
                self.vectors[operand.number][0], 0, 8 * size)
        if operand.times:
            return term.concat(*[self.load(self.address(operand), operand.size)] * operand.times)
        return self.load(self.address(operand), size, alignment)

    def set_vector(self, operand, value):
        """The bits above the value become zero, as all VEX and EVEX instructions do."""
        value = term.zext(value, 512)
        pieces = [term.extract(value, 64 * i, 64) for i in range(8)]
        self.vectors[operand.number] = [self.known(piece) for piece in pieces] if self.known else pieces

    def mask_bits(self, n, count):
        return [term.extract(self.masks[n], i, 1) for i in range(count)]

    def enter(self):
        """What a call does: the return address is at rsp."""
        self.store(self.general["rsp"], term.const(64, 0xDEAD))

    def run(self, address, size, semantics, limit=2_000_000):
        """From a function's first instruction to its return."""
        code = {}
        decoded = dict(self.program.code(address, size))
        pc = address
        self.enter()
        while True:
            instruction = code.get(pc)
            if instruction is None:
                if pc not in decoded:
                    decoded.update(self.program.code(*self.own_function(pc)))
                instruction = code[pc] = self.program.instruction(pc, self.patches.get(pc, decoded[pc]))
            self.count += 1
            if self.count > limit:
                raise Refused("no end")
            handler = semantics.get(instruction.mnemonic)
            if handler is None:
                raise Refused(f"no semantics: {instruction.text}")
            self.seen.setdefault(instruction.short, instruction)
            try:
                target = handler(self, instruction)
            except Refused as refused:
                raise Refused(f"{refused} ({instruction.text.split('#')[0].strip()} at {pc:#x})") from None
            if target == "return":
                if not self.calls:
                    return
                target = self.calls.pop()
            elif isinstance(target, tuple):  # a call
                (target,) = target
                self.calls.append(instruction.end)
            pc = instruction.end if target is None else target

    def own_function(self, address):
        """The function of this project that begins at an address: (address, size)."""
        name = self.program.names.get(address)
        places = [place for place in self.program.symbols.get(name, []) if place[0] == address]
        if not places or not name.lstrip("<").startswith(("mldsa::", "keccak_lanes::")):
            raise Refused(f"execution reaches {name or hex(address)}")
        self.reached.add(name)
        return places[0]
