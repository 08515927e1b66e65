"""The calling convention of x86-64 (System V), as Rust uses it."""

import conditions  # noqa: F401  (adds its instructions to general.SEMANTICS, as permutations does)
import general
import permutations  # noqa: F401
from machine import Machine, Pointer, Refused, Region

ORDER = ("rdi", "rsi", "rdx", "rcx", "r8", "r9")
SAVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")
SEMANTICS = general.SEMANTICS


def set_arguments(machine, arguments, result):
    """The address of a result in memory is the first argument."""
    for i, argument in enumerate(arguments if result is None else [result, *arguments]):
        value = Pointer(argument, 0) if isinstance(argument, Region) else argument
        if i < len(ORDER):
            machine.general[ORDER[i]] = value
        else:
            at = Pointer(machine.stack_top, 8 * (i - len(ORDER)))
            for byte in range(8):
                machine.stack_top.bytes[at.offset + byte] = (
                    value if isinstance(value, Pointer) else machine.as_term(value, 8), byte)
    machine.saved = {name: machine.general[name] for name in SAVED}


def start(program, patches, arguments, result):
    machine = Machine(program, patches)
    set_arguments(machine, arguments, result)
    return machine


def check_return(machine):
    check_restored(machine, "rsp")


def check_restored(machine, stack_pointer):
    """The registers that belong to the caller are as they were."""
    for name, value in machine.saved.items():
        if machine.general[name] != value:
            raise Refused(f"{name} is not restored")
    pointer = machine.general[stack_pointer]
    if pointer.region is not machine.stack_top or pointer.offset != 0:
        raise Refused(f"{stack_pointer} is not restored")


def result(machine):
    return machine.general["rax"]


def paths(program, place, patches, box, groups, judge):
    """For code that branches on data: the state and the decoder."""
    import decisions
    from paths import Paths
    return Paths(program, patches, box, groups, judge), decisions.X86Decoder(program, place, patches)
