"""Tests the semantics of each form of instruction that the kernels use against the processor.

The instruction's own bytes run between code that loads and stores all registers. So the decoder is tested, too. Operands are
random, with many edge values. Control flow and the stack's instructions are not tested."""

import ctypes
import mmap
import struct

import numpy as np

import conditions  # noqa: F401
import general
import permutations  # noqa: F401
import term
from evaluate import Evaluator, U
from machine import Machine, Pointer, Refused, Region
from program import Immediate, Instruction, Memory, Register

NAMES = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split()
SKIPPED = ("jmp", "call", "ret", "push", "pop", "nop", "xchg")
# Words of the state: 32 vectors of 8, 8 masks, 16 general registers, flags.
K, G, F, WORDS = 256, 264, 280, 281
FLAGS = {"c": 0, "z": 6, "s": 7, "o": 11}
SCRATCH = 192  # bytes of memory; the operand is at byte 64
EDGES = [0, 1, 2, 3, 0xFFFFFFFF, 0xFFFFFFFE, 0x80000000, 0x7FFFFFFF, 0x80000001, 8380417, 8380416, 0xFF801FFF, 4190208, 4190209,
         0x00FF00FF, 0x7FFF8000, 0x80007FFF, 0x80808080, 0x7F7F7F7F, 0xFFFF0000, 0x0000FFFF, 15, 31, 32, 33, 63, 64]


class Processor:
    def __init__(self):
        self.memory = mmap.mmap(-1, 1 << 16, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self.base = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.scratch_at = self.base + (1 << 15)

    def stub(self, code):
        """Machine code of f(state): loads the state, runs `code`, stores the state."""
        out = bytearray(bytes.fromhex("53 55 41 54 41 55 41 56 41 57 57"))  # push rbx rbp r12 r13 r14 r15 rdi
        for i in range(32):  # vmovdqu64 zmm, [rdi + 64 i]
            out += self.evex(i, 0x6F, i)
        for i in range(8):  # kmovq k, [rdi + d]
            out += bytes([0xC4, 0xE1, 0xF8, 0x90, 0x87 | i << 3]) + struct.pack("<i", 8 * (K + i))
        out += b"\xff\xb7" + struct.pack("<i", 8 * F) + b"\x9d"  # push [rdi + d]; popfq
        for i in list(range(4)) + [5, 6] + list(range(8, 16)) + [7]:  # mov r, [rdi + d]; not rsp; rdi last
            out += bytes([0x48 | (4 if i >= 8 else 0), 0x8B, 0x87 | (i & 7) << 3]) + struct.pack("<i", 8 * (G + i))
        start = len(out)
        out += code
        out += bytes.fromhex("48 87 3c 24")  # xchg rdi, [rsp]
        for i in list(range(4)) + [5, 6] + list(range(8, 16)):
            out += bytes([0x48 | (4 if i >= 8 else 0), 0x89, 0x87 | (i & 7) << 3]) + struct.pack("<i", 8 * (G + i))
        out += b"\x9c\x58\x48\x89\x87" + struct.pack("<i", 8 * F)  # pushfq; pop rax; mov [rdi + d], rax
        out += bytes.fromhex("8f 87") + struct.pack("<i", 8 * (G + 7))  # pop [rdi + d]: the instruction's rdi
        for i in range(32):
            out += self.evex(i, 0x7F, i)
        for i in range(8):
            out += bytes([0xC4, 0xE1, 0xF8, 0x91, 0x87 | i << 3]) + struct.pack("<i", 8 * (K + i))
        out += bytes.fromhex("c5 f8 77 41 5f 41 5e 41 5d 41 5c 5d 5b c3")  # vzeroupper; pop ...; ret
        return bytes(out), start

    @staticmethod
    def evex(register, opcode, slot):
        r, r2 = ~register >> 3 & 1, ~register >> 4 & 1
        return bytes([0x62, r << 7 | 1 << 6 | 1 << 5 | r2 << 4 | 1, 0xFE, 0x48, opcode, 0x80 | (register & 7) << 3 | 7]) + \
            struct.pack("<i", 64 * slot)

    def run(self, instruction, states, scratch):
        """Changes `states` (records of words) and `scratch` (records of bytes) as the processor does."""
        code = bytearray(instruction.code)
        stub, start = self.stub(bytes(code))
        for operand in instruction.operands:
            if isinstance(operand, Memory) and operand.base is None and operand.index is None:
                relative = operand.displacement - instruction.end
                old = struct.pack("<i", (relative + (1 << 63)) % (1 << 64) - (1 << 63))
                if code.count(old) != 1:
                    raise Refused("the displacement is not found")
                at = code.index(old)
                new = self.scratch_at + 64 - (self.base + start + len(code))
                code[at:at + 4] = struct.pack("<i", new)
                stub, start = self.stub(bytes(code))
        self.memory[:len(stub)] = stub
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.base)
        place = (ctypes.c_char * SCRATCH).from_address(self.scratch_at)
        for state, bytes_ in zip(states, scratch):
            ctypes.memmove(place, bytes_.ctypes.data, SCRATCH)
            function(state.ctypes.data)
            ctypes.memmove(bytes_.ctypes.data, place, SCRATCH)


def form(i):
    """What two instructions must have in common for one test to do for both."""
    parts = [i.mnemonic, bool(i.mask), i.zeroing]
    numbers = []
    for operand in i.operands:
        if isinstance(operand, Immediate):
            # Immediates of vector instructions and of shifts select what they do.
            parts.append(operand.value if i.mnemonic[0] in "vkrs" else "immediate")
        elif isinstance(operand, Memory):
            parts.append(("memory", operand.size, operand.times))
        else:
            key = (type(operand).__name__, getattr(operand, "name", getattr(operand, "number", None)))
            if key not in numbers:
                numbers.append(key)
            parts.append((type(operand).__name__, operand.size, numbers.index(key)))
    return tuple(parts)


def random_words(random, shape):
    out = random.integers(0, 1 << 64, shape, dtype=U)
    halves = out.reshape(-1).view(np.uint32)
    picks = random.random(halves.shape) < 0.4
    halves[picks] = random.choice(np.array(EDGES, np.uint32), int(picks.sum()))
    return out


def fresh(processor, instruction, record=None, scratch=None):
    """A machine before the instruction: variables, or the numbers of one record."""
    machine = Machine(Empty())

    def word(name, n):
        return term.var(name, 64) if record is None else term.const(64, int(record[n]))

    machine.vectors = [[word(f"z{i}.{j}", 8 * i + j) for j in range(8)] for i in range(32)]
    machine.masks = [word(f"k{i}", K + i) for i in range(8)]
    for i, name in enumerate(NAMES):
        machine.general[name] = machine.simple(word(f"g{i}", G + i))
    flags = word("flags", F)
    machine.flags = {flag: machine.simple(term.extract(flags, at, 1)) for flag, at in FLAGS.items()}
    region = Region("scratch", SCRATCH, 64, True)
    for at in range(0, SCRATCH, 8):
        region.put(at, term.var(f"m{at // 8}", 64) if record is None else
                   term.const(64, int.from_bytes(scratch[at:at + 8].tobytes(), "little")))
    fixed = {}
    for operand in instruction.operands:
        if isinstance(operand, Memory) and instruction.mnemonic != "lea":
            offset = 64 - operand.displacement
            if operand.index:
                machine.general[operand.index] = fixed[operand.index] = 3
                offset -= 3 * operand.scale
            if operand.base:
                machine.general[operand.base] = Pointer(region, offset)
                fixed[operand.base] = processor.scratch_at + offset
            elif operand.index:
                raise Refused("no base")
    return machine, region, fixed


class Empty:
    """In the place of the program: constants are in the scratch memory."""

    def read(self, address, size):
        return None


def outcome(machine, region):
    """All terms after the instruction, by the name of the place."""
    out = {}
    for i in range(32):
        for j in range(8):
            out["word", 8 * i + j] = machine.vectors[i][j]
    for i in range(8):
        out["word", K + i] = machine.masks[i]
    for i, name in enumerate(NAMES):
        value = machine.general[name]
        if name != "rsp" and not isinstance(value, Pointer):
            out["word", G + i] = machine.as_term(value, 8)
    for flag, at in FLAGS.items():
        value = machine.flags.get(flag)
        if value is not None:
            out["flag", at] = term.const(1, value) if isinstance(value, int) else value
    for at in range(0, SCRATCH, 8):
        out["memory", at // 8] = region.get(at, 8)
    return out


def constant_load(machine, region):
    """Lets operands at constant addresses read the scratch memory."""
    original = machine.address

    def address(operand):
        if operand.base is None and operand.index is None:
            return Pointer(region, 64)
        return original(operand)
    machine.address = address


def test(processor, instruction, random, count=2048, concrete=192):
    """Returns the number of records compared; raises Refused where they differ."""
    handler = general.SEMANTICS[instruction.mnemonic]

    def step(record=None, scratch=None):
        machine, region, fixed = fresh(processor, instruction, record, scratch)
        if instruction.mnemonic != "lea":
            constant_load(machine, region)
        again = Instruction(instruction.address, instruction.code, instruction.text)
        handler(machine, again)
        return outcome(machine, region), fixed

    try:
        results, fixed = step()
    except Refused:
        results, count = None, concrete
    before = random_words(random, (count, WORDS))
    make_small(before[::2, :K], random)
    before[:, F] = before[:, F] & U(0x8D5) | U(2)
    memory = random_words(random, (count, SCRATCH // 8))
    if results is None:
        _, fixed = step(before[0], memory[0].view(np.uint8))
    for name, value in fixed.items():
        before[:, G + NAMES.index(name)] = U(value & (1 << 64) - 1)
    after, memory_after = before.copy(), memory.view(np.uint8).copy()
    processor.run(instruction, after, memory_after)
    memory_after = memory_after.view(U)

    def actual(place, rows):
        kind, n = place
        if kind == "word":
            return after[rows, n]
        return memory_after[rows, n] if kind == "memory" else after[rows, F] >> U(n) & U(1)

    env = {f"z{i}.{j}": before[:, 8 * i + j] for i in range(32) for j in range(8)}
    env.update({f"k{i}": before[:, K + i] for i in range(8)} | {f"g{i}": before[:, G + i] for i in range(16)})
    env.update({f"m{i}": memory[:, i] for i in range(SCRATCH // 8)} | {"flags": before[:, F]})
    compare(f"{instruction.text}: %s differs from the processor", results, env, count, actual,
            lambda row: step(before[row], memory[row].view(np.uint8))[0])
    return count


def make_small(words, random):
    """Makes bytes small, so that indices and counts are in range and comparisons are close."""
    masks = np.array([0x0F0F0F0F0F0F0F0F, 0x0303030303030303, 0x000000FF000000FF, (1 << 64) - 1], U)
    words &= random.choice(masks, (len(words), 1))


def compare(message, results, env, count, actual, numbers):
    """`results`: terms of the variables in `env`; without them, numbers(row) for each record. `actual`: what came out."""
    if results is None:
        for row in range(count):
            for place, value in numbers(row).items():
                if term.number(value) is None or term.number(value) != int(actual(place, row)):
                    raise Refused(f"{message % (place,)} (record {row})")
        return
    evaluator = Evaluator(env)
    for place, value in results.items():
        wrong = np.flatnonzero(np.broadcast_to(evaluator.value(value), count) != actual(place, slice(None)))
        if len(wrong):
            raise Refused(f"{message % (place,)} in {len(wrong)} of {count}")


def test_all(instructions, seed=2026):
    """One instruction of each form. Returns (forms, records)."""
    processor, random = Processor(), np.random.default_rng(seed)
    forms, records = {}, 0
    for instruction in instructions:
        if instruction.mnemonic in SKIPPED or instruction.mnemonic.startswith("j"):
            continue
        if any(isinstance(o, Register) and o.name == "rsp" for o in instruction.operands):
            continue
        if any(isinstance(o, Memory) and "rsp" in (o.base, o.index) for o in instruction.operands):
            continue
        forms.setdefault(form(instruction), instruction)
    for instruction in forms.values():
        records += test(processor, instruction, random)
    return len(forms), records
