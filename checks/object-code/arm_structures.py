"""The semantics of AArch64's loads and stores of several vectors (ld1 to st4). Source: Arm's Architecture Reference Manual, part C."""

import term
from arm_general import instruction
from arm_memory import finish, further, place
from arm_program import ArmVector, Group
from machine import Refused


@instruction("ld1", "ld2", "ld3", "ld4", "st1", "st2", "st3", "st4", "ld1r")
def structures(machine, i):
    """Element j of vector k is number count*j + k in memory; for ld1 and st1, the vectors follow one another."""
    registers, operand = i.operands
    assert isinstance(registers, Group)
    address, base = place(machine, operand)
    vectors = registers.vectors
    one_element = registers.lane is not None or i.mnemonic == "ld1r"
    if base is not None and operand.displacement != sum(v.w // 8 if one_element else v.size for v in vectors):
        raise Refused("the address moves by something else than the size")
    if one_element:
        single(machine, i, vectors, registers.lane, address)
    elif i.mnemonic[2] == "1":
        for k, v in enumerate(vectors):
            at = further(machine, address, v.size * k)
            if i.mnemonic == "ld1":
                machine.put(v, machine.as_term(machine.load(at, v.size), v.size))
            else:
                machine.store(at, machine.get(v))
    else:
        interleaved(machine, i, vectors, address)
    finish(machine, operand, base)


def interleaved(machine, i, vectors, address):
    count, v = len(vectors), vectors[0]
    size, step = v.size * count, v.w // 8
    if i.mnemonic[0] == "l":
        value = machine.as_term(machine.load(address, size), size)
        elements = [term.extract(value, at, v.w) for at in range(0, 8 * size, v.w)]
        for k, each in enumerate(vectors):
            machine.put(each, term.concat(*elements[k::count]))
    else:
        lanes = [machine.lanes(each) for each in vectors]
        for n in range(size // step):
            machine.store(further(machine, address, step * n), lanes[n % count][n // count])


def single(machine, i, vectors, lane, address):
    (v,) = vectors
    size = v.w // 8
    if i.mnemonic == "ld1r":
        machine.put(v, term.concat(*[machine.as_term(machine.load(address, size), size)] * (8 * v.size // v.w)))
    elif i.mnemonic == "ld1":
        machine.put(ArmVector(v.number, v.w, size, lane), machine.as_term(machine.load(address, size), size))
    elif i.mnemonic == "st1":
        machine.store(address, machine.get(ArmVector(v.number, v.w, size, lane)))
    else:
        raise Refused(f"no rule for {i.short}")
