"""Follows values through the general registers, the flags and the stack of one AArch64 function.

A value is SECRET, CLEAN, ADDRESS (of the program's constants) or a tuple (base, offset) that points into the stack. What comes
out of a vector register is secret; so is, in a kernel, what comes out of memory that is not the stack or a constant. Limits: a
slot of the stack to which the function stores a register, and whose own address is not taken, is believed to hold that
register until the next store; arguments are believed to be public.
"""

import re
from typing import NamedTuple

CLEAN, ADDRESS, SECRET = 0, "constants", 1
GENERAL = re.compile(r"^[wx](\d+|zr)$|^w?sp$")
VECTOR = re.compile(r"^[vqdshb]\d+(\.|$)")
LINK, FRAME = "x30", "x29"
ARGUMENTS = [f"x{n}" for n in range(8)]
LOST_IN_A_CALL = [f"x{n}" for n in range(19)] + [LINK]

# Instructions whose time does not depend on data on any core we know of, by what they do. All others are findings.
COMPARES = {"cmp", "cmn", "tst"}
COMPARES_ON = {"ccmp", "ccmn"}
SETS_FLAGS = {"adds", "subs", "ands", "bics", "negs", "adcs", "sbcs"}
READS_FLAGS = {"csel", "csinc", "csinv", "csneg", "cset", "csetm", "cinc", "cinv", "cneg", "adc", "sbc", "adcs", "sbcs", "ngc"}
KEEPS_PART = {"bfi", "bfxil", "bfm", "movk", "bfc"}
MOVES = {"mov", "movz", "movn", "mvn", "neg", "fmov", "umov", "smov", "sxtw", "sxth", "sxtb", "uxtw", "uxth", "uxtb", "mrs"}
SCALAR = {
    "add", "sub", "and", "orr", "eor", "bic", "orn", "eon", "lsl", "lsr", "asr", "ror", "extr", "ubfx", "sbfx", "ubfiz",
    "sbfiz", "mul", "madd", "msub", "mneg", "smull", "umull", "smaddl", "umaddl", "smsubl", "umsubl", "smnegl", "umnegl",
    "smulh", "umulh", "rev", "rev16", "rev32", "rbit", "clz", "cls",
}
# The vector instructions that occur; none is floating point. (`fmov` moves bits.)
VECTORS = set(
    "abs add addhn addp addv and bcax bic bif bit bsl cls clz cmeq cmge cmgt cmhi cmhs cmle cmlt cmtst cnt dup eor eor3 ext "
    "fmov ins mla mls mov movi mul mvn mvni neg not orn orr raddhn rax1 rbit rev16 rev32 rev64 rshrn saddl saddl2 saddlp "
    "saddlv saddw saddw2 shadd shl shll shll2 shrn shrn2 shsub sli smax smaxp smaxv smin sminp sminv smlal smlal2 smlsl smlsl2 smov "
    "smull smull2 sqdmulh sqdmull sqrdmlah sqrdmulh sqxtn sqxtun sri srshl srshr srsra sshl sshll sshll2 sshr ssra ssubl ssubl2 "
    "ssubw sub subhn usubw usubw2 addhn2 fneg sxtl sxtl2 tbl tbx trn1 trn2 uaddl uaddl2 uaddlp uaddlv uaddw uaddw2 uhadd umax umaxp umaxv umin uminp "
    "uminv umlal umlal2 umlsl umov umull umull2 uqxtn ushl ushll ushll2 ushr usra usubl uxtl uxtl2 uzp1 uzp2 xar xtn xtn2 zip1 zip2".split()
)
LOADS = re.compile(r"^(ldu?r(s?[bhw])?|ldp(sw)?|ldnp|ldxr|ldax?r[bh]?|ldaxr[bh]?)$")
STORES = re.compile(r"^(stu?r[bh]?|stp|stnp|stlr[bh]?)$")
STORES_EXCLUSIVE = re.compile(r"^st(l)?xr[bh]?$")
STRUCTURES = re.compile(r"^(ld|st)[1-4]r?$")
ATOMIC = re.compile(r"^(cas|swp|ldadd|ldset|ldclr|ldeor)(a?l?)[bh]?$")
NOTHING = {"nop", "bti", "hint", "prfm", "dmb", "isb", "dsb", "yield", "csdb", "paciasp", "autiasp", "clrex", "msr"}
ENDS = {"b", "br", "ret", "brk", "udf"}
ON_REGISTERS = {"cbz", "cbnz", "tbz", "tbnz"}
DIVIDES = {"udiv", "sdiv"}


class Instruction(NamedTuple):
    address: int
    name: str
    operands: tuple
    text: str

    def target(self):
        """The address that a branch goes to, or None."""
        found = re.match(r"^([0-9a-f]+)( <|$)", self.operands[-1]) if self.operands else None
        return int(found[1], 16) if found else None


class Finding(NamedTuple):
    what: str
    instruction: Instruction


def operands_of(text):
    """`x0, [x1, #8], #16` as its three parts."""
    return tuple(part.strip() for part in re.split(r",(?![^\[{]*[\]}])", text)) if text else ()


def whole(register):
    """The 64-bit register of which this is a part, or None for the zero register and what is none."""
    if not GENERAL.match(register) or register.endswith("zr"):
        return None
    return "sp" if register.endswith("sp") else "x" + register[1:]


def vector_of(register):
    """The number of a vector register."""
    return int(re.match(r"\D(\d+)", register)[1])


def number(text):
    """`#0x10`, `#-16`: its value, or None."""
    found = re.match(r"^#(-?(0x)?[0-9a-f]+)$", text)
    return int(found[1], 0) if found else None


def registers_in(text):
    """The general registers named in an operand, whole."""
    return [register for part in re.findall(r"\b(?:[wx]\d+|w?sp)\b", text) if (register := whole(part))]


def joined(one, other):
    """The value of a register that has one value on one path and another on the other."""
    if one == other:
        return one
    return SECRET if SECRET in (one, other) else CLEAN


class State:
    """Registers, flags, known slots of the stack, and the vector registers that hold a constant, before one instruction."""

    def __init__(self, registers, flags=CLEAN, slots=None, constants=()):
        self.registers, self.flags, self.slots, self.constants = registers, flags, slots or {}, set(constants)

    def copy(self):
        return State(dict(self.registers), self.flags, dict(self.slots), self.constants)

    def join(self, other):
        """Takes in the state of another path. Returns whether something changed."""
        changed = not self.constants <= other.constants
        self.constants &= other.constants
        for register in self.registers.keys() | other.registers.keys():
            here, there = self.registers.get(register, CLEAN), other.registers.get(register, CLEAN)
            if here != there and (value := joined(here, there)) != here:
                self.registers[register] = value
                changed = True
        if self.flags != other.flags and self.flags != SECRET:
            self.flags = SECRET
            changed = True
        for slot in [slot for slot in self.slots if slot not in other.slots and self.slots[slot] != SECRET]:
            del self.slots[slot]
            changed = True
        for slot, there in other.slots.items():
            here = self.slots.get(slot)
            if here is None and there != SECRET or here == there:
                continue
            value = SECRET if here is None else joined(here, there)
            if value != here:
                self.slots[slot] = value
                changed = True
        return changed


class Flow:
    """One function. `memory`: whether what a register loads from unknown memory is secret. `results_of(address)`: the registers
    that a call of that function leaves secret."""

    def __init__(self, body, memory, results_of):
        self.body, self.memory, self.results_of = body, memory, results_of
        self.index = {instruction.address: n for n, instruction in enumerate(body)}
        self.taken = self.addresses_taken()
        self.before = {0: State({"sp": ("entry", 0)})}
        self.result = set()
        self.findings = set()
        self.run()

    def addresses_taken(self):
        """Offsets from sp whose address goes into a register other than the frame pointer."""
        return {
            number(i.operands[2])
            for i in self.body
            if i.name == "add" and len(i.operands) == 3 and i.operands[1] == "sp" and i.operands[0] not in ("sp", FRAME)
        }

    def starts(self):
        """Where basic blocks start: after branches and where they go to."""
        starts = {0}
        for n, i in enumerate(self.body):
            if i.name in ENDS or i.name.startswith(("b.", "bc.")) or i.name in ON_REGISTERS:
                starts.add(n + 1)
                starts.add(self.index.get(i.target(), 0))
        return starts

    def run(self):
        starts = self.starts()
        work, waiting = [0], {0}
        while work:
            at = work.pop()
            waiting.discard(at)
            state = self.before[at].copy()
            follows = self.step(at, state)
            while follows == [at + 1] and at + 1 not in starts:
                at += 1
                follows = self.step(at, state)
            for after in follows:
                if after not in self.before:
                    self.before[after] = state.copy()
                elif not self.before[after].join(state):
                    continue
                if after not in waiting:
                    waiting.add(after)
                    work.append(after)

    def step(self, at, state):
        """Executes one instruction on `state`; returns the indices of what may come next."""
        i = self.body[at]
        follows = [at + 1] if at + 1 < len(self.body) else []
        if i.name == "b" or i.name.startswith(("b.", "bc.")) or i.name in ON_REGISTERS:
            decides = CLEAN
            if i.name.startswith(("b.", "bc.")):
                decides = state.flags
            elif i.name != "b":
                decides = self.value(state, i.operands[0])
            self.find(decides == SECRET, "a branch on a secret", i)
            target = self.index.get(i.target())
            if i.name == "b":
                if target is None:
                    self.call(i, state)
                    self.leave(state)
                return [] if target is None else [target]
            return follows + ([] if target is None else [target])
        if i.name in ("bl", "blr"):
            self.find(i.name == "blr" and self.value(state, i.operands[0]) == SECRET, "a call of a secret address", i)
            self.call(i, state)
            return follows
        if i.name in ENDS:
            self.find(i.name == "br", "a computed jump, which the scan cannot follow", i)
            self.leave(state)
            return []
        self.execute(i, state)
        return follows

    def leave(self, state):
        self.result |= {register for register in ARGUMENTS if state.registers.get(register) == SECRET}

    def call(self, i, state):
        results = self.results_of(i.target())
        for register in LOST_IN_A_CALL:
            state.registers[register] = SECRET if register in results else CLEAN
        state.flags = CLEAN
        state.constants.clear()

    def find(self, wrong, what, i):
        if wrong:
            self.findings.add(Finding(what, i))

    def value(self, state, operand):
        if VECTOR.match(operand):
            return CLEAN if vector_of(operand) in state.constants else SECRET
        register = whole(operand)
        return state.registers.get(register, CLEAN) if register else CLEAN

    def mixed(self, state, operands):
        """What is computed from these operands."""
        values = [self.value(state, operand) for operand in operands]
        values += [state.registers.get(r, CLEAN) for operand in operands for r in registers_in(operand) if not whole(operand)]
        return SECRET if SECRET in values else CLEAN

    def set(self, state, register, value):
        if name := whole(register):
            state.registers[name] = value

    def execute(self, i, state):
        name, operands = i.name, i.operands
        memory = next((n for n, operand in enumerate(operands) if operand.startswith("[")), None)
        if name in NOTHING:
            return
        if memory is not None:
            self.access(i, state, memory)
            return
        self.find(name in DIVIDES, "a division", i)
        if VECTOR.match(operands[0]) or operands[0].startswith("{"):
            self.find(name not in VECTORS, "a vector instruction that the scan does not know", i)
            constant = name in ("movi", "mvni")
            (state.constants.add if constant else state.constants.discard)(vector_of(operands[0].lstrip("{")))
            return
        if name in COMPARES | COMPARES_ON:
            was = state.flags if name in COMPARES_ON else CLEAN
            state.flags = joined(was, self.mixed(state, operands))
            return
        if name in ("adrp", "adr"):
            self.set(state, operands[0], ADDRESS)
            return
        known = SCALAR | MOVES | SETS_FLAGS | READS_FLAGS | KEEPS_PART | DIVIDES
        self.find(name not in known or not GENERAL.match(operands[0]), "an instruction that the scan does not know", i)
        value = self.pointer(i, state)
        if value is None:
            value = self.mixed(state, operands if name in KEEPS_PART else operands[1:])
            if name in READS_FLAGS:
                value = joined(value, state.flags)
        if name in SETS_FLAGS:
            state.flags = SECRET if value == SECRET else CLEAN
        self.set(state, operands[0], value)
        if whole(operands[0]) == "sp" and not isinstance(value, tuple):
            state.registers["sp"] = (f"after {i.address:x}", 0)
            state.slots.clear()

    def pointer(self, i, state):
        """The value of a move or of a sum with a constant that keeps a pointer a pointer, or None."""
        if i.name not in ("mov", "add", "sub") or not GENERAL.match(i.operands[0]) or i.operands[0].startswith("w"):
            return None
        value = self.value(state, i.operands[1])
        if i.name == "mov":
            return value if whole(i.operands[1]) else None
        constant = number(i.operands[2])
        if constant is not None and len(i.operands) == 4:
            constant <<= 12
        if value == ADDRESS:
            return ADDRESS if constant is not None or self.value(state, i.operands[2]) != SECRET else None
        if isinstance(value, tuple) and constant is not None:
            return (value[0], value[1] + (constant if i.name == "add" else -constant))
        return None

    def access(self, i, state, memory):
        """A load, a store, or a prefetch: its address must not be secret."""
        name, operands = i.name, i.operands
        inside = operands_of(operands[memory].rstrip("!").strip("[]"))
        secret = any(state.registers.get(register) == SECRET for register in registers_in(operands[memory]))
        self.find(secret, "an address from a secret", i)
        moved = operands[memory + 1] if len(operands) > memory + 1 else None
        base = state.registers.get(whole(inside[0]), CLEAN)
        constant = number(inside[1]) if len(inside) == 2 else 0 if len(inside) == 1 else None
        place = (base[0], base[1] + constant) if isinstance(base, tuple) and constant is not None else None
        registers = operands[:memory]
        if operands[memory].endswith("!") and isinstance(base, tuple):
            state.registers[whole(inside[0])] = place
        elif moved is not None:
            step = number(moved)
            after = (base[0], base[1] + step) if isinstance(base, tuple) and step is not None else base
            state.registers[whole(inside[0])] = after
        if STRUCTURES.match(name):
            state.constants.clear()
            self.forget(state, place, 64, name.startswith("st"))
        elif STORES.match(name):
            self.store(i, state, place, registers)
        elif LOADS.match(name):
            self.load(i, state, base, place, registers)
        elif STORES_EXCLUSIVE.match(name) or ATOMIC.match(name):
            for register in registers:
                self.set(state, register, CLEAN)
        else:
            self.find(True, "an instruction that the scan does not know", i)

    @staticmethod
    def width(name, register):
        if name.endswith("b"):
            return 1
        if name.endswith("h"):
            return 2
        if name.endswith("sw"):
            return 4
        return {"w": 4, "x": 8, "q": 16, "d": 8, "s": 4, "h": 2, "b": 1}[register[0]]

    def forget(self, state, place, size, stored):
        if place and stored:
            for offset in range(place[1], place[1] + size, 4):
                state.slots[(place[0], offset)] = SECRET

    def store(self, i, state, place, registers):
        if place is None:
            return
        for register in registers:
            size = self.width(i.name, register)
            value = self.value(state, register)
            if place[1] in {t for t in self.offsets_taken(state, place[0])} and value != SECRET:
                state.slots.pop(place, None)
            else:
                for offset in range(place[1], place[1] + max(size, 4), 4):
                    state.slots[(place[0], offset)] = value
            place = (place[0], place[1] + size)

    def offsets_taken(self, state, base):
        """The addresses taken, relative to the stack pointer's base."""
        sp = state.registers["sp"]
        return {sp[1] + offset for offset in self.taken if offset is not None} if sp[0] == base else set()

    def load(self, i, state, base, place, registers):
        for register in registers:
            size = self.width(i.name, register)
            if VECTOR.match(register):
                state.constants.discard(vector_of(register))
            else:
                value = state.slots.get(place) if place else None
                if value is None:
                    value = CLEAN if base == ADDRESS else (SECRET if self.memory else CLEAN)
                self.set(state, register, value)
            if place:
                place = (place[0], place[1] + size)
