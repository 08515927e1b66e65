"""The calling convention of AArch64 (AAPCS64), as Rust uses it."""

import arm_branches  # noqa: F401  (these add their instructions)
import arm_general
import arm_memory  # noqa: F401
import arm_structures  # noqa: F401
import arm_vectors  # noqa: F401
import term
from arm_machine import ArmMachine
from calls import check_restored
from machine import Pointer, Refused, Region

ORDER = [f"x{i}" for i in range(8)]
SAVED = [f"x{i}" for i in range(19, 30)]
SEMANTICS = arm_general.SEMANTICS


def undefined_above(value, bits):
    """An argument of 32 bits: the upper half of its register is not defined."""
    return term.concat(term.extract(value, 0, bits), term.var("undefined half", 64 - bits))


def set_arguments(machine, arguments, result):
    if len(arguments) > len(ORDER):
        raise Refused("arguments on the stack")
    for name, argument in zip(ORDER, arguments):
        machine.general[name] = Pointer(argument, 0) if isinstance(argument, Region) else argument
    if result is not None:
        machine.general["x8"] = Pointer(result, 0)
    machine.saved = {name: machine.general[name] for name in SAVED}
    machine.saved_vectors = [machine.vectors[n][0] for n in range(8, 16)]


def start(program, patches, arguments, result):
    machine = ArmMachine(program, patches)
    set_arguments(machine, arguments, result)
    return machine


def check_return(machine):
    check_restored(machine, "sp")
    for n, value in enumerate(machine.saved_vectors, 8):
        if machine.vectors[n][0] != value:
            raise Refused(f"d{n} is not restored")


def result(machine):
    return machine.general["x0"]


def paths(program, place, patches, box, groups, judge):
    """For code that branches on data: the state and the decoder."""
    from arm_paths import ArmDecoder, ArmPaths
    return ArmPaths(program, patches, box, groups, judge), ArmDecoder(program, place, patches)
