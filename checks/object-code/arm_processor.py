"""Tests the semantics of each form of AArch64 instruction that the kernels use against QEMU (`-cpu max`), not against silicon.

The instruction's own bytes run in arm_processor.c, so the decoder is tested, too. Operands are random, with many edge values.
Control flow, adrp and adr, and instructions that use sp are not tested."""

import os
import re
import subprocess
import tempfile

import numpy as np

import term
from arm_general import SEMANTICS
from arm_machine import ArmMachine
from arm_program import ArmInstruction, ArmMemory, ArmRegister
from evaluate import Evaluator, U
from machine import Pointer, Refused, Region
from processor import Empty, compare, make_small, random_words

COMPILER, EMULATOR = "aarch64-linux-gnu-gcc", "qemu-aarch64"
SKIPPED = ("adrp", "adr", "nop", "ret", "br", "cbz", "cbnz", "tbz", "tbnz")
G, F, WORDS, SCRATCH = 64, 95, 96, 192  # words of a record: vectors, from G on x0 to x30, at F the flags; bytes of memory
SCRATCH_AT, MIDDLE = 0x7000000000, 64
FLAGS = {"v": 28, "c": 29, "z": 30, "n": 31}


class Emulator:
    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "one_instruction")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arm_processor.c")
        subprocess.run([COMPILER, "-O1", "-static", source, "-o", self.path], check=True)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def run(self, code, states, memory):
        """The records after one instruction: (words, words of memory)."""
        records = np.concatenate([states, memory], axis=1)
        head = code + len(records).to_bytes(4, "little")
        out = subprocess.run([EMULATOR, "-cpu", "max", self.path], input=head + records.tobytes(), stdout=subprocess.PIPE,
                             check=True).stdout
        after = np.frombuffer(out, U).reshape(records.shape)
        return after[:, :WORDS], after[:, WORDS:]


def form(i):
    """What two instructions must have in common for one test to do for both: all but the numbers of registers and the
    constants of sums, comparisons and addresses."""
    numbers = []

    def number(found):
        if found[0][-2:] in ("zr", "sp"):
            return found[0]
        if found[0] not in numbers:
            numbers.append(found[0])
        return f"{found[1]}<{numbers.index(found[0])}>"
    text = re.sub(r"\b([wx])(?=\d)", r"x-\1", i.short)  # w1 and x1 are one register
    text = re.sub(r"(?<![#\w])([bhsdqv]|x-[wx])(\d+)\b", number, text)
    if i.mnemonic in ("add", "adds", "sub", "subs", "cmp", "cmn", "mov") or any(isinstance(o, ArmMemory) for o in i.operands):
        text = re.sub(r"#-?\w+", "#", text)
    return text


def tested(i):
    registers = [o for o in i.operands if isinstance(o, ArmRegister)]
    bases = [o.base for o in i.operands if isinstance(o, ArmMemory)]
    return not (i.mnemonic in SKIPPED or re.match(r"b(l|\..*)?$", i.mnemonic) or "sp" in bases
                or any(r.name == "sp" for r in registers))


def fresh(instruction, record=None, memory=None):
    """A machine before the instruction: variables, or the numbers of one record; registers that must have a value; memory."""
    machine = ArmMachine(Empty())

    def word(name, n):
        return term.var(name, 64) if record is None else term.const(64, int(record[n]))

    machine.vectors = [[word(f"z{i}.{j}", 2 * i + j) for j in range(2)] for i in range(32)]
    for i in range(31):
        machine.general[f"x{i}"] = machine.simple(word(f"g{i}", G + i))
    flags = word("flags", F)
    machine.flags = {flag: machine.simple(term.extract(flags, at, 1)) for flag, at in FLAGS.items()}
    region, fixed = Region("scratch", SCRATCH, 64, True), {}
    for at in range(0, SCRATCH, 8):
        region.put(at, term.var(f"m{at // 8}", 64) if record is None else term.const(64, int(memory[at // 8])))
    for operand in instruction.operands:
        if isinstance(operand, ArmMemory):
            offset = MIDDLE - (operand.displacement if operand.mode != "post" else 0)
            if operand.index and operand.index != "xzr":
                machine.general[operand.index] = fixed[operand.index] = 3
                offset -= 3 * operand.scale
            machine.general[operand.base] = Pointer(region, offset)
            fixed[operand.base] = SCRATCH_AT + offset
    return machine, region, fixed


def outcome(machine, region):
    """All terms after the instruction, by the name of the place."""
    out = {("word", 2 * i + j): machine.vectors[i][j] for i in range(32) for j in range(2)}
    for i in range(31):
        value = machine.general[f"x{i}"]
        if isinstance(value, Pointer):  # a base register, perhaps moved
            value = SCRATCH_AT + value.offset
        out["word", G + i] = machine.as_term(value, 8)
    for flag, name in (("n", "mi"), ("z", "eq"), ("c", "hs"), ("v", "vs")):
        value = flag_of(machine, flag, name)
        if value is not None:
            out["flag", FLAGS[flag]] = term.const(1, value) if isinstance(value, int) else value
    for at in range(0, SCRATCH, 8):
        out["memory", at // 8] = region.get(at, 8)
    return out


def flag_of(machine, flag, name):
    import arm_branches
    try:
        return arm_branches.condition(machine, name)
    except Refused:
        return machine.flags.get(flag)


def test(emulator, instruction, random, count=1024, concrete=128):
    """Returns the number of records compared; raises Refused where they differ."""
    handler = SEMANTICS[instruction.mnemonic]

    def step(record=None, memory=None):
        machine, region, fixed = fresh(instruction, record, memory)
        handler(machine, ArmInstruction(instruction.address, instruction.code, instruction.text))
        return outcome(machine, region), fixed

    try:
        results, fixed = step()
    except Refused:
        results, count = None, concrete
    before = random_words(random, (count, WORDS))
    make_small(before[::2, :G], random)
    before[:, F] &= U(0xF0000000)
    memory = random_words(random, (count, SCRATCH // 8))
    if results is None:
        _, fixed = step(before[0], memory[0])
    for name, value in fixed.items():
        before[:, G + int(name[1:])] = U(value)
    after, memory_after = emulator.run(instruction.code, before, memory)

    def actual(place, rows):
        kind, n = place
        if kind == "word":
            return after[rows, n]
        return memory_after[rows, n] if kind == "memory" else after[rows, F] >> U(n) & U(1)

    env = {f"z{i}.{j}": before[:, 2 * i + j] for i in range(32) for j in range(2)}
    env.update({f"g{i}": before[:, G + i] for i in range(31)} | {"flags": before[:, F]})
    env.update({f"m{i}": memory[:, i] for i in range(SCRATCH // 8)})
    compare(f"{instruction.short}: %s differs from QEMU", results, env, count, actual,
            lambda row: step(before[row], memory[row])[0])
    return count


def test_all(instructions, seed=2026):
    """One instruction of each form. Returns (forms, records)."""
    random, forms, records = np.random.default_rng(seed), {}, 0
    for instruction in instructions:
        if tested(instruction):
            forms.setdefault(form(instruction), instruction)
    with Emulator() as emulator:
        for instruction in forms.values():
            records += test(emulator, instruction, random)
    return len(forms), records
