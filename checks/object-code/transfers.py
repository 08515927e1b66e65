"""Proofs of the transfer of bytes into and out of lanes, for the lengths that are listed: each byte is the XOR, or the copy, of
the byte at its place; no other byte changes."""

import term
from arithmetic import need
from contract import buffer, call, more
from machine import Pointer, Region

LANES, STATE = 8, 200
# Lengths of the eight blocks. The rates of SHAKE128 and SHAKE256, whole and not whole words, nothing, and the whole state.
LENGTHS = [[n] * LANES for n in (0, 1, 7, 8, 31, 32, 33, 63, 64, 65, 128, 136, 137, 168, 191, 192, 193, 199, 200, 204)]
LENGTHS += [[136 if lane == n else 0 for lane in range(LANES)] for n in range(LANES)]
LENGTHS += [[168 if lane <= n else 0 for lane in range(LANES)] for n in range(LANES)]
LENGTHS += [[0, 1, 9, 34, 66, 136, 168, 200], [200, 168, 136, 66, 34, 9, 1, 0]]


def state_byte(w, lane, byte):
    return term.var(f"S[{w}][{lane}][{byte}]", 8)


def state():
    region = Region("states", 8 * LANES * 25, 64, True)
    for w in range(25):
        for lane in range(LANES):
            region.put(8 * (LANES * w + lane), term.concat(*[state_byte(w, lane, b) for b in range(8)]))
    return region


def block(lane, length, writable):
    if length == 0:
        return Region(f"block {lane}", 0, 1, writable)
    return buffer(f"block {lane}", [term.var(f"B[{lane}][{i}]", 8) for i in range(length)], 1, writable)


def slices(blocks):
    """The array of slices: an address and a length for each lane."""
    region = Region("slices", 16 * LANES, 8, True)
    for lane, each in enumerate(blocks):
        start = Pointer(each, 0)
        for byte in range(8):
            region.bytes[16 * lane + byte] = (start, byte)
        region.put(16 * lane + 8, term.const(64, each.size))
    return region


def transfer(program, function, copy, patches=None):
    machine = None
    for lengths in LENGTHS:
        states = state()
        states.writable = not copy
        blocks = [block(lane, length, copy) for lane, length in enumerate(lengths)]
        machine = more(machine, call(program, function, [states, slices(blocks)], patches))
        for lane, length in enumerate(lengths):
            for i in range(STATE):
                old = state_byte(i // 8, lane, i % 8)
                data = term.var(f"B[{lane}][{i}]", 8)
                expected = term.xor(old, data) if i < length and not copy else old
                actual = states.get(8 * (LANES * (i // 8) + lane) + i % 8, 1)
                need(actual == expected, f"lengths {lengths}: byte {i} of lane {lane} of the state")
            if copy:
                for i in range(length):
                    expected = state_byte(i // 8, lane, i % 8) if i < STATE else term.var(f"B[{lane}][{i}]", 8)
                    need(blocks[lane].get(i, 1) == expected, f"lengths {lengths}: byte {i} of block {lane}")
    return machine, f"equal terms; {len(LENGTHS)} sets of lengths, not all"


def kernels(back_end):
    path = f"keccak_lanes::backend::{back_end}::blocks"
    return [
        (f"{path}::xor_blocks", lambda p, n, x=None: transfer(p, n, False, x)),
        (f"{path}::copy_blocks", lambda p, n, x=None: transfer(p, n, True, x)),
    ]
