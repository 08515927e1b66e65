"""An AArch64 program's machine code, as objdump decodes it. Read-only data as in program.py."""

import hashlib
import re
import subprocess

from machine import Refused
from program import Immediate, Instruction, Memory, Program, Register, Vector

OBJDUMP = "aarch64-linux-gnu-objdump"
LANE_BITS = {"b": 8, "h": 16, "s": 32, "d": 64}
SCALAR_BYTES = {"b": 1, "h": 2, "s": 4, "d": 8, "q": 16}
RELATIVE, GLOB_DAT, JUMP_SLOT = 1027, 1025, 1026  # relocations (ELF for the Arm 64-bit architecture)


class ArmRegister(Register):
    """x0 to x30, sp, xzr, or the lower half of one."""

    def __init__(self, name):
        self.size = 4 if name[0] == "w" else 8
        self.name = {"wsp": "sp", "wzr": "xzr"}.get(name, "x" + name[1:] if name[0] == "w" else name)


class ArmVector(Vector):
    """v1.4s: lanes of `w` bits in `size` bytes; v1.s[2]: one lane, number `lane`; s1: the lowest lane, `scalar`."""

    def __init__(self, number, w, size, lane=None, scalar=False):
        self.number, self.w, self.size, self.lane, self.scalar = number, w, size, lane, scalar


class ArmMemory(Memory):
    """`mode`: offset, pre or post. The size is that of the register."""

    def __init__(self, base, index, scale, displacement, mode):
        super().__init__(0, base, index, scale, displacement, 0)
        self.mode = mode


class Modifier:
    """lsl #3, uxtb #3, ror #7, msl #8."""

    def __init__(self, kind, amount):
        self.kind, self.amount = kind, amount


class Group:
    """{v1.16b-v3.16b}, with the number of the lane after it, if there is one."""

    def __init__(self, vectors, lane):
        self.vectors, self.lane = vectors, lane


class Condition:
    def __init__(self, name):
        self.name = name


CONDITIONS = "eq ne cs hs cc lo mi pl vs vc hi ls ge lt gt le".split()


def vector(text):
    """A vector operand, or None."""
    found = re.fullmatch(r"v(\d+)\.(\d+)([bhsd])", text)
    if found:
        w = LANE_BITS[found[3]]
        return ArmVector(int(found[1]), w, w * int(found[2]) // 8)
    found = re.fullmatch(r"v(\d+)\.([bhsd])\[(\d+)\]", text)
    if found:
        return ArmVector(int(found[1]), LANE_BITS[found[2]], LANE_BITS[found[2]] // 8, int(found[3]))
    found = re.fullmatch(r"([bhsdq])(\d+)", text)
    if found:
        size = SCALAR_BYTES[found[1]]
        return ArmVector(int(found[2]), 8 * size, size, None, True)
    return None


class ArmInstruction(Instruction):
    def __init__(self, address, code, text):
        self.address, self.code = address, code
        self.end = address + 4
        self.text = re.sub(r"\s*//.*", "", re.sub(r"\s*<.*>", "", text)).strip()
        self.short = re.sub(r"\s+", " ", self.text)
        self.mnemonic, _, rest = self.short.partition(" ")
        self.operands = []
        # Commas inside brackets and braces do not separate operands.
        parts = re.findall(r"(?:\[[^\]]*\]!?|\{[^}]*\}(?:\[\d+\])?|[^,\[{]+(?:\[\d+\])?)+", rest)
        for part in parts:
            operand = self.operand_of(part.strip())
            if isinstance(operand, Immediate) and self.operands and isinstance(self.operands[-1], ArmMemory):
                self.operands[-1].displacement, self.operands[-1].mode = operand.value, "post"
            else:
                self.operands.append(operand)

    @staticmethod
    def operand_of(part):
        if part.startswith("["):
            return memory(part)
        if part.startswith("{"):
            found = re.fullmatch(r"\{(.*)\}(?:\[(\d+)\])?", part)
            return Group(group(found[1]), None if found[2] is None else int(found[2]))
        if re.fullmatch(r"[wx](\d+|zr)|w?sp", part):
            return ArmRegister(part)
        found = re.fullmatch(r"(lsl|lsr|asr|ror|msl|[us]xt[bhwx])(?: #(\d+))?", part)
        if found:
            return Modifier(found[1], int(found[2] or 0))
        if part in CONDITIONS:
            return Condition(part)
        if vector(part):
            return vector(part)
        return Immediate(int(part[1:], 0) if part.startswith("#") else int(part, 16))


def memory(part):
    mode = "pre" if part.endswith("!") else "offset"
    items = [item.strip() for item in part.strip("[]!").split(",")]
    base, index, scale, displacement = items[0], None, 1, 0
    for item in items[1:]:
        if item.startswith("#"):
            displacement = int(item[1:], 0)
        elif item.startswith("lsl #"):
            scale = 1 << int(item[5:])
        elif re.fullmatch(r"x\d+|xzr", item):
            index = item
        else:
            raise Refused(f"no rule for the address {part}")
    return ArmMemory(base, index, scale, displacement, mode)


def group(text):
    """The vectors of {v1.16b-v3.16b} or {v1.16b, v2.16b}; a lane's form has no count."""
    def one(name):
        return vector(name) or vector(f"{name}[0]")
    if "-" in text:
        first, last = (one(part.strip()) for part in text.split("-"))
        numbers = [(first.number + i) % 32 for i in range((last.number - first.number) % 32 + 1)]
        return [ArmVector(n, first.w, first.size, first.lane) for n in numbers]
    return [one(part.strip()) for part in text.split(",")]


class ArmProgram(Program):
    relocations = (RELATIVE, (GLOB_DAT, JUMP_SLOT))

    def convention(self):
        import arm_calls
        return arm_calls

    @staticmethod
    def instruction(address, data):
        return ArmInstruction(address, *data)

    def code(self, address, size):
        """Decodes a function: {address: (bytes, text)}."""
        if address not in self.decoded:
            out = subprocess.run([OBJDUMP, "-d", "-z", f"--start-address={address}", f"--stop-address={address + size}",
                                  self.path], check=True, capture_output=True, text=True).stdout
            code = {}
            for line in out.splitlines():
                parts = line.split("\t", 2)
                if len(parts) == 3 and re.fullmatch(r" *[0-9a-f]+:", parts[0]):
                    # objdump prints the word's value, not its bytes.
                    word = int(parts[1].replace(" ", ""), 16)
                    code[int(parts[0].strip()[:-1], 16)] = (word.to_bytes(4, "little"), parts[2])
            self.decoded[address] = code
        return self.decoded[address]

    def stub(self, address):
        """The name of the library's function that a stub of the procedure linkage table jumps to, or None."""
        texts = [self.instruction(at, data) for at, data in sorted(self.code(address, 16).items())]
        if [i.mnemonic for i in texts] != ["adrp", "ldr", "add", "br"]:
            return None
        page, load = texts[0].operands[1].value, texts[1].operands[1]
        same = (texts[0].operands[0].name == load.base and texts[1].operands[0].name == texts[3].operands[0].name)
        return self.imports.get(page + load.displacement) if same else None

    def digest(self, address, size):
        """As Program.digest: the instructions, without addresses outside the function, and the vectors of constants."""
        hasher, pages = hashlib.sha256(), {}
        for at, data in sorted(self.code(address, size).items()):
            i = self.instruction(at, data)
            if i.mnemonic in ("nop", "udf"):
                continue
            text = i.short
            first = i.operands[0] if i.operands else None
            page = pages.get(i.operands[1].base) if len(i.operands) == 2 and isinstance(i.operands[1], ArmMemory) else None
            if i.mnemonic in ("adrp", "adr"):
                pages[first.name] = i.operands[1].value
                text = f"{i.mnemonic} {first.name}"
            elif i.mnemonic == "bl" or i.mnemonic[0] == "b" and isinstance(first, Immediate):
                inside = address <= first.value < address + size
                text = f"{i.mnemonic} {first.value - address:#x}" if inside else i.mnemonic
            elif page is not None and i.mnemonic == "ldr" and i.operands[1].index is None:
                text = re.sub(r"\[.*", "", text)
                hasher.update(self.read(page + i.operands[1].displacement, first.size) or b"")
            elif i.mnemonic == "add" and len(i.operands) == 3 and i.operands[1].__class__ is ArmRegister \
                    and i.operands[1].name in pages and isinstance(i.operands[2], Immediate):
                text = re.sub(r"#.*", "", text)
            hasher.update(text.encode())
        return hasher.hexdigest()[:12]
