"""Proofs of the rejection samplers: the accepted inputs, in order and without gaps, for all inputs and all fills.

No address and no branch depends on an input but through the bits "accepted" (paths.py). For `reject_bounded`, these bits are
what FIPS 204's own loop reveals by its running time; `vartime_reject_uniform` works on public data. NEON's also branches on whether
a group has a triple with the upper bits of q, which each rejected one has (arm_uniform.py).

A loop is cut at its head. What the head's state has in common with that of the next arrival becomes the invariant: places that are
the same, that grow by a constant, or that hold a number of the proof (fill, kept, start). All else is forgotten. Then one pass from
the invariant must end in it, with other numbers, or at the return with the right result. A wrong guess fails a check.
"""

import arm_uniform
import bounded
import loops
import uniform


def weakened(proof, *arguments):
    """The proof; where its invariant claims too much of a place, again without that."""
    dropped = set()
    while True:
        try:
            return proof(*arguments[:-1], dropped, arguments[-1])
        except loops.TooStrong as problem:
            dropped.add(problem.place)


# For each back end: bytes and groups of half-bytes in one pass of `reject_bounded`, and the proof of `vartime_reject_uniform`.
PROOFS = {
    "avx2": ((8, 2), uniform.uniform_2),
    "avx512": ((32, 1), uniform.uniform_512),
    "neon": ((8, 2), arm_uniform.uniform),
}


def kernels(back_end):
    path = f"mldsa::backend::{back_end}::rejection"
    chunk, proof = PROOFS[back_end]
    return [
        (f"{path}::reject_bounded", lambda p, n, x=None: weakened(bounded.bounded, p, placed(p, n), chunk, x)),
        (f"{path}::vartime_reject_uniform", lambda p, n, x=None: weakened(proof, p, placed(p, n), x)),
    ]


def placed(program, name):
    return program.function(name) if isinstance(name, str) else name
