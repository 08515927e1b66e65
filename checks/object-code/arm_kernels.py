"""The kernels of the AArch64 back ends and their proofs."""

import re

import keccak
import lanes
import packing
import rejections
import transfers
import transforms

# Functions of the back ends that are not proved, and why.
OPEN = {
    r"cpu_has_\w+::init_get::init_inner": "asks the system for the CPU's features",
}
FUNCTIONS = re.compile(r"(mldsa|keccak_lanes)::backend::neon::")


def kernels(program):
    """(name, place, proof)."""
    found = lanes.kernels("neon") + transforms.kernels("neon") + [
        ("mldsa::backend::neon::pointwise::accumulate", transforms.accumulate),
    ]
    path = "keccak_lanes::backend::neon::"
    found.append((path + "word::permute", keccak.permute_1))
    found.append((path + "permutation::sha3::permute_1", keccak.permute_1))
    for part in ("", "sha3::"):
        found.append((f"{path}permutation::{part}permute_lanes", keccak.permute_lanes))
        found.append((f"{path}permutation::{part}permute_lanes_and_extra", keccak.permute_lanes_and_extra))
    found += transfers.kernels("neon") + rejections.kernels("neon")
    for name, proof in found:
        yield name, program.function(name), proof
    for name, proof, place in packing.kernels(program, "neon"):
        yield name, place, proof
