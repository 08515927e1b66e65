#!/usr/bin/env python3
# Purpose: licences, sources and Rust versions of all dependencies, and what of them runs during a build, are on our lists
# Needs: cargo, python3 (3.11 or later)
# Duration: 2 s
# CI: yes
"""Checks what `cargo metadata` says of every dependency against deny.toml: its licence is allowed, it comes from
crates.io or this repository, what of it runs while others build (build scripts, procedural macros) is on a list, and it does
not ask for a newer Rust than this workspace, or the package that needs it, declares.

For machines without cargo-deny, and for Rust versions and procedural macros, which cargo-deny does not look at. No advisories."""

import glob
import json
import os
import re
import subprocess
import sys
import tomllib

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


def allowed(expression, licences):
    """Whether an SPDX expression is satisfied by `licences`. AND binds more tightly than OR; "/" is an old OR."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def take(token):
        if tokens and tokens[0] == token:
            return bool(tokens.pop(0))
        return False

    def one():
        if take("("):
            value = either()
            assert take(")"), f"no ')' in {expression}"
            return value
        name = tokens.pop(0)
        if take("WITH"):
            name += f" WITH {tokens.pop(0)}"
        return name in licences

    def both():
        value = one()
        while take("AND"):
            value = one() and value
        return value

    def either():
        value = both()
        while take("OR"):
            value = both() or value
        return value

    value = either()
    assert not tokens, f"cannot read {expression}"
    return value


def version(text):
    return [int(part) for part in (text + ".0").split(".")[:3]]


def packages_of_older_rust(msrv):
    """The packages of this workspace that promise an older Rust than the workspace, with that version."""
    promises = {}
    for manifest in glob.glob("crates/*/Cargo.toml"):
        with open(manifest, "rb") as file:
            package = tomllib.load(file)["package"]
        if isinstance(package["rust-version"], str):
            assert version(package["rust-version"]) <= version(msrv), manifest
            promises[package["name"]] = package["rust-version"]
    assert promises, "no package promises an older Rust: take this part of the check away"
    return promises


def main():
    for expression, right in [("MIT", 1), ("GPL-2.0", 0), ("GPL-2.0/MIT", 1), ("MIT AND GPL-2.0", 0),
                              ("(GPL-2.0 OR MIT) AND Zlib", 1), ("Apache-2.0 WITH X", 0)]:
        assert allowed(expression, {"MIT", "Zlib", "Apache-2.0"}) == bool(right), expression

    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    with open("deny.toml", "rb") as file:
        deny = tomllib.load(file)
    policy = deny["licenses"]
    licences = set(policy["allow"])
    exceptions = {exception["crate"]: set(exception["allow"]) for exception in policy.get("exceptions", [])}
    with open("Cargo.toml", "rb") as file:
        msrv = tomllib.load(file)["workspace"]["package"]["rust-version"]
    older = packages_of_older_rust(msrv)
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]

    with open("docs/assurance/supply-chain.md", encoding="utf-8") as file:
        macros = re.search(r"^Procedural macros: (.*)\.$", file.read(), re.MULTILINE)
    listed = {
        "custom-build": (set(deny["bans"]["build"]["allow-build-scripts"]), "deny.toml, allow-build-scripts"),
        "proc-macro": (set(re.findall(r"`([^`]+)`", macros[1])), "docs/assurance/supply-chain.md, Procedural macros"),
    }
    runs = {kind: set() for kind in listed}

    problems, undeclared = [], []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if not package["license"] or not allowed(
                package["license"], licences | exceptions.get(package["name"], set())):
            problems.append(f"{name}: licence {package['license']} is not allowed by deny.toml")
        if package["source"] not in (None, CRATES_IO):
            problems.append(f"{name}: comes from {package['source']}")
        for kind in listed:
            if package["source"] and any(kind in target["kind"] for target in package["targets"]):
                runs[kind].add(package["name"])
        if not package["rust_version"]:
            undeclared.append(package["name"])
        elif version(package["rust_version"]) > version(msrv):
            problems.append(f"{name}: wants Rust {package['rust_version']}, we promise {msrv}")

    wants = {(package["name"], package["version"]): package["rust_version"] for package in packages}
    for name, promised in older.items():
        command = ["cargo", "tree", "--locked", "--package", name, "--edges", "normal,build,dev", "--prefix", "none"]
        for line in subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines():
            crate = tuple(line.split()[:2])
            wanted = wants[(crate[0], crate[1].removeprefix("v"))] if len(crate) == 2 else None
            if wanted and version(wanted) > version(promised):
                problems.append(f"{' '.join(crate)}: wants Rust {wanted}, {name} promises {promised}")

    for kind, (names, where) in listed.items():
        problems += [f"{name} has a {kind} and is not on the list ({where})" for name in sorted(runs[kind] - names)]
        problems += [f"{name} has no {kind}: take it off the list ({where})" for name in sorted(names - runs[kind])]
        print(f"{len(runs[kind])} packages with a {kind}")
    print(f"{len(packages)} packages: licences, sources, and a Rust of at most {msrv}")
    print(f"{len(undeclared)} of them declare no Rust version: {', '.join(undeclared)}")
    for problem in problems:
        print(problem, file=sys.stderr)
    sys.exit(bool(problems))


main()
