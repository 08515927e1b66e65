"""A program's machine code, as objdump decodes it, and its read-only data."""

import hashlib
import re
import struct
import subprocess

REGISTER_SIZE = {"xmm": 16, "ymm": 32, "zmm": 64}
SIZES = {"BYTE": 1, "WORD": 2, "DWORD": 4, "QWORD": 8, "XMMWORD": 16, "YMMWORD": 32, "ZMMWORD": 64}
GENERAL = {}
for _i, _name in enumerate("rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()):
    if _i < 8:
        _names = (_name, "e" + _name[1:], _name[1:], _name[1:] + "l" if _i >= 4 else _name[1] + "l")
    else:
        _names = (_name, _name + "d", _name + "w", _name + "b")
    for _alias, _size in zip(_names, (8, 4, 2, 1)):
        GENERAL[_alias] = (_name, _size)


class Register:
    """A general register: its 64-bit name and the bytes used."""

    def __init__(self, name):
        self.name, self.size = GENERAL[name]


class Vector:
    def __init__(self, name):
        self.number, self.size = int(name[3:]), REGISTER_SIZE[name[:3]]


class Mask:
    def __init__(self, name):
        self.number, self.size = int(name[1:]), 8


class Immediate:
    def __init__(self, value):
        self.value = value


class Memory:
    """[base + index * scale + displacement]; `times`: broadcast to so many lanes."""

    def __init__(self, size, base, index, scale, displacement, times):
        self.size, self.base, self.index, self.scale = size, base, index, scale
        self.displacement, self.times = displacement, times


class Instruction:
    def __init__(self, address, code, text):
        self.address, self.code, self.text = address, code, text
        self.short = text.split("#")[0].strip()  # without the comment
        self.end = address + len(code)
        self.mask, self.zeroing = None, False
        words = text.split(None, 1)
        while words[0] in ("data16", "cs", "notrack", "bnd") and len(words) > 1:
            words = words[1].split(None, 1)
        self.mnemonic = words[0]
        self.operands = []
        if len(words) > 1 and self.mnemonic != "nop":
            self.operands = [self.operand(part) for part in words[1].split("#")[0].strip().split(",")]
        for operand in self.operands:
            if isinstance(operand, Memory) and operand.times == -1:
                operand.times = max(x.size for x in self.operands if isinstance(x, Vector)) // operand.size

    def operand(self, part):
        part = re.sub(r"<.*>", "", part).strip()
        if "{z}" in part:
            self.zeroing = True
        found = re.search(r"\{k(\d)\}", part)
        if found:
            self.mask = int(found[1])
        times = re.search(r"\{1to(\d+)\}", part)
        part = re.sub(r"\{[^}]*\}", "", part)
        if "[" in part:
            size = SIZES[part.split()[0]] if "PTR" in part or "BCST" in part else 0
            base = index = None
            scale, displacement = 1, 0
            for sign, item in re.findall(r"([+-]?)([^+\-\]\[]+)", part[part.index("[") + 1:part.index("]")]):
                if "*" in item:
                    index, scale = item.split("*")
                    index, scale = GENERAL[index][0], int(scale)
                elif item in GENERAL or item == "rip":
                    if base is None:
                        base = item
                    else:
                        index, scale = item, 1
                else:
                    displacement += int(item, 16) * (-1 if sign == "-" else 1)
            if base == "rip":
                displacement = (displacement + self.end) & ((1 << 64) - 1)
                base = None
            if "BCST" in part and not times:
                return Memory(size, base, index, scale, displacement, -1)  # as many as the first vector operand has lanes
            return Memory(size, base, index, scale, displacement, int(times[1]) if times else 0)
        if part in GENERAL:
            return Register(part)
        if re.fullmatch(r"[xyz]mm\d+", part):
            return Vector(part)
        if re.fullmatch(r"k\d", part):
            return Mask(part)
        return Immediate(int(part, 16))


class Program:
    # Kinds of relocations: the address `addend` (R_X86_64_RELATIVE); that of a function of another library (R_X86_64_GLOB_DAT).
    relocations = (8, (6,))

    def convention(self):
        import calls
        return calls

    @staticmethod
    def instruction(address, data):
        return Instruction(address, *data)

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.bytes = file.read()
        self.changed = {}  # address: byte, for planted bugs
        self.read_sections()
        self.symbols = {}  # name: list of (address, size)
        text = subprocess.run(["nm", "-C", "-S", path], check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            found = re.match(r"^([0-9a-f]+) ([0-9a-f]+) ([tTdDrRwW]) (.*)$", line)
            if found and found[3] in "tTwW":
                self.symbols.setdefault(found[4], []).append((int(found[1], 16), int(found[2], 16)))
        self.names = {address: name for name, places in self.symbols.items() for address, _ in places}
        self.decoded = {}

    def read_sections(self):
        """The sections whose bytes never change, and all code."""
        start, = struct.unpack_from("<Q", self.bytes, 0x28)
        size, count, names = struct.unpack_from("<HHH", self.bytes, 0x3A)
        headers = [struct.unpack_from("<IIQQQQ", self.bytes, start + i * size) for i in range(count)]
        self.sections, self.pointers, self.imports, self.kinds = [], {}, {}, []
        for name, kind, flags, address, offset, length in headers:
            # Loaded, not written to, with bytes in the file.
            if kind == 1 and flags & 2 and not flags & 1:
                self.sections.append((address, length, offset))
            if kind == 4:  # relocations: the loader writes an address there, then locks it
                for at in range(offset, offset + length, 24):
                    where, info, addend = struct.unpack_from("<QQq", self.bytes, at)
                    if info == self.relocations[0]:
                        self.pointers[where] = addend
                    elif info & 0xFFFFFFFF in self.relocations[1]:
                        self.imports[where] = info >> 32
            if kind == 11:  # the names of these
                dynamic = offset
                (table,) = struct.unpack_from("<I", self.bytes, start + len(self.kinds) * size + 0x28)
                (strings,) = struct.unpack_from("<Q", self.bytes, start + table * size + 0x18)
            self.kinds.append(kind)
        for where, number in self.imports.items():
            (at,) = struct.unpack_from("<I", self.bytes, dynamic + 24 * number)
            self.imports[where] = self.bytes[strings + at:self.bytes.index(0, strings + at)].decode()

    def read(self, address, length):
        """Bytes of a section that is never written to, or None."""
        for start, size, offset in self.sections:
            if start <= address and address + length <= start + size:
                at = offset + address - start
                data = self.bytes[at:at + length]
                if self.changed:
                    data = bytes(self.changed.get(address + i, byte) for i, byte in enumerate(data))
                return data
        return None

    def function(self, name):
        """The only function of that name: (address, size)."""
        places = sorted(set(self.symbols.get(name, [])))
        if len(places) != 1:
            raise KeyError(f"{name}: {len(places)} functions")
        return places[0]

    def code(self, address, size):
        """Decodes a function: {address: Instruction}."""
        if address not in self.decoded:
            command = ["objdump", "-d", "-M", "intel", "-w", f"--start-address={address}",
                       f"--stop-address={address + size}", self.path]
            text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            code = {}
            for line in text.splitlines():
                parts = line.split("\t")
                if len(parts) == 3 and re.match(r"^ *[0-9a-f]+:$", parts[0]):
                    at = int(parts[0].strip()[:-1], 16)
                    code[at] = (bytes.fromhex(parts[1].replace(" ", "")), parts[2].strip())
            self.decoded[address] = code
        return self.decoded[address]

    def digest(self, address, size):
        """A hash of a function, which does not depend on where it and its constants are: its instructions without the addresses
        of constants and functions, and the constants themselves."""
        hasher = hashlib.sha256()
        for at, data in sorted(self.code(address, size).items()):
            instruction = Instruction(at, *data)
            if instruction.mnemonic in ("int3", "nop"):
                continue
            text = re.sub(r"\[rip\+0x[0-9a-f]+\]|#.*", "", data[1])
            hasher.update(re.sub(r"\b[0-9a-f]+ <.*>", "", text).strip().encode())
            for operand in instruction.operands:
                if isinstance(operand, Memory) and operand.base is None and operand.index is None:
                    hasher.update(self.read(operand.displacement, operand.size) or b"")
        return hasher.hexdigest()[:12]
