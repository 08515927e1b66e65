#!/usr/bin/env python3
"""Writes the cases that `known_answers` runs: NIST's ACVP, Wycheproof and the accumulated hashes of CCTV, from the folder
test-vectors of the repository.

    python3 known-answers.py TEST-VECTORS OUTPUT [--control]

The program needs no JSON and no hash function but SHAKE: HashML-DSA becomes M' here (FIPS 204, algorithms 4 and 5). Numbers
are little endian; a field is its length in four bytes, and its bytes. src/bin/known_answers.rs reads the format.
"""

import argparse
import gzip
import hashlib
import json
import struct
from pathlib import Path

# Value after 100 iterations (test-vectors/cctv/ACCUMULATED.md).
ACCUMULATED = {
    44: "d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4",
    65: "8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199",
    87: "8c3ad714777622b8f21ce31bb35f71394f23bc0fcf3c78ace5d608990f3b061b",
}
# hashAlg: the name in hashlib, the last number of the object identifier 2.16.840.1.101.3.4.2.x, the output of a SHAKE.
HASHES = {
    "SHA2-256": ("sha256", 1), "SHA2-384": ("sha384", 2), "SHA2-512": ("sha512", 3), "SHA2-224": ("sha224", 4),
    "SHA2-512/224": ("sha512_224", 5), "SHA2-512/256": ("sha512_256", 6), "SHA3-224": ("sha3_224", 7),
    "SHA3-256": ("sha3_256", 8), "SHA3-384": ("sha3_384", 9), "SHA3-512": ("sha3_512", 10),
    "SHAKE-128": ("shake_128", 11, 32), "SHAKE-256": ("shake_256", 12, 64),
}  # fmt: skip


def field(data):
    return struct.pack("<I", len(data)) + data


def head(operation, parameter_set, name, accept=True):
    return operation + bytes([parameter_set, accept]) + field(name.encode())


def pure(message, context):
    return b"p" + field(message) + field(context)


def internal(message):
    return b"i" + field(message) + field(b"")


def mu(value):
    return b"u" + field(value) + field(b"")


def pre_hashed(case):
    name, number, *length = HASHES[case["hashAlg"]]
    digest = hashlib.new(name, bytes.fromhex(case["message"])).digest(*length)
    context = bytes.fromhex(case["context"])
    oid = bytes.fromhex("06096086480165030402") + bytes([number])
    return internal(bytes([1, len(context)]) + context + oid + digest)


def read(path):
    with gzip.open(path) as file:
        return json.load(file)


def acvp_message(group, case):
    if group["signatureInterface"] == "internal":
        if group.get("externalMu"):
            return mu(bytes.fromhex(case["mu"]))
        return internal(bytes.fromhex(case["message"]))
    if group["preHash"] == "preHash":
        return pre_hashed(case)
    return pure(bytes.fromhex(case["message"]), bytes.fromhex(case["context"]))


def acvp(folder):
    """Yields one case of the program for each of NIST's."""
    for mode in ("keyGen", "sigGen", "sigVer"):
        expected = {
            case["tcId"]: case
            for group in read(folder / f"{mode}.expected.json.gz")["testGroups"]
            for case in group["tests"]
        }
        for group in read(folder / f"{mode}.prompt.json.gz")["testGroups"]:
            parameter_set = int(group["parameterSet"].removeprefix("ML-DSA-"))
            for case in group["tests"]:
                answer = expected.pop(case["tcId"])
                name = f"ACVP {mode} tcId {case['tcId']}"
                data = lambda fields, name: field(bytes.fromhex(fields[name]))  # noqa: E731
                if mode == "keyGen":
                    yield head(b"K", parameter_set, name) + data(case, "seed") + data(answer, "pk") + data(answer, "sk")
                elif mode == "sigGen":
                    rnd = field(bytes(32)) if group["deterministic"] else data(case, "rnd")
                    yield (
                        head(b"S", parameter_set, name) + b"e" + data(case, "sk") + field(b"")
                        + acvp_message(group, case) + rnd + data(answer, "signature")
                    )  # fmt: skip
                else:
                    yield (
                        head(b"V", parameter_set, name, answer["testPassed"]) + data(case, "pk")
                        + acvp_message(group, case) + data(case, "signature")
                    )  # fmt: skip
        if expected:
            raise SystemExit(f"{folder}: {mode}: expected results without a prompt: {sorted(expected)}")


def wycheproof_messages(case):
    """The message with its context, and mu: at least one of them."""
    if "msg" in case:
        yield pure(bytes.fromhex(case["msg"]), bytes.fromhex(case.get("ctx", "")))
    if "mu" in case:
        yield mu(bytes.fromhex(case["mu"]))


def wycheproof(folder):
    """Yields the cases of the program for each of Wycheproof's, in a list."""
    for path in sorted(folder.glob("*.json.gz")):
        file = read(path)
        parameter_set, count = int(file["algorithm"].removeprefix("ML-DSA-")), 0
        for group in file["testGroups"]:
            for case in group["tests"]:
                count += 1
                name = f"Wycheproof {path.name.removesuffix('_test.json.gz')} tcId {case['tcId']}"
                valid = {"valid": True, "invalid": False}[case["result"]]
                first, *others = wycheproof_messages(case)
                public, signature = (field(bytes.fromhex(value)) for value in (group.get("publicKey") or "", case["sig"]))
                if group["type"] == "MlDsaVerify":
                    yield [head(b"V", parameter_set, name, valid) + public + first + signature]
                    continue
                kind, key = (b"s", "privateSeed") if "privateSeed" in group else (b"e", "privateKey")
                rnd = field(bytes.fromhex(case.get("rnd", "00" * 32)))
                yield [
                    head(b"S", parameter_set, name, valid) + kind + field(bytes.fromhex(group[key])) + public + first + rnd
                    + signature
                ] + [head(b"V", parameter_set, name) + public + other + signature for other in others if valid]  # fmt: skip
        if count != file["numberOfTests"]:
            raise SystemExit(f"{path}: numberOfTests is {file['numberOfTests']}; the file contains {count}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--control", action="store_true", help="write one wrong case for each operation")
    arguments = parser.parse_args()
    nist = list(acvp(arguments.vectors / "acvp"))
    google = list(wycheproof(arguments.vectors / "wycheproof"))
    cctv = [
        head(b"A", parameter_set, f"CCTV, 100 iterations of ML-DSA-{parameter_set}") + struct.pack("<I", 100)
        + field(bytes.fromhex(value))
        for parameter_set, value in ACCUMULATED.items()
    ]  # fmt: skip
    cases = nist + [case for several in google for case in several] + cctv
    if arguments.control:
        # Of those that must be accepted (byte 2). Each ends with what it compares or verifies.
        right = [next(case for case in cases if case[0] == operation and case[2]) for operation in b"KSVA"]
        cases = [case[:-1] + bytes([case[-1] ^ 1]) for case in right]
    body = b"".join(cases)
    arguments.output.write_bytes(b"ML-DSA\0\1" + struct.pack("<II", 16 + len(body), len(cases)) + body)
    if arguments.control:
        print(f"{len(cases)} wrong cases")
        return
    print(f"{len(nist)} cases of ACVP, {len(google)} of Wycheproof, 100 iterations of CCTV for each set")


main()
