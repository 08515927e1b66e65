#!/usr/bin/env python3
"""Puts all mutants that cargo-mutants lists into one build, each behind a switch, and runs the tests once for each.

Usage: switched.py --tree TREE --package PACKAGE --list MUTANTS.json --output FOLDER [--timeout SECONDS] STAGE...

  TREE      a copy of the repository; the mutated files are restored at the end
  MUTANTS   the output of `cargo mutants --list --json`
  FOLDER    gets caught.txt, missed.txt, timeout.txt, unviable.txt, left.txt (names of mutants, one a line) and log.txt; a run
            that was interrupted continues from what is there
  STAGE     PACKAGE:TARGET[:FILTER...]: a test binary of a package (TARGET is `lib` or the name in tests/), and what is
            passed to it. A mutant that one stage does not catch is given to the next, if that stage reaches it.

A build of Rust costs seconds to minutes, a run of the tests a fraction of it. So `a < b` becomes
`match (&(a), &(b)) { (l, r) => if on(7) { *l == *r } else { *l < *r } }`, a replaced body begins with
`if on(8) { return true; }`, a deleted match arm gets the guard `!on(9)`. `on(n)` compares with a number that the
environment variable MUTANT gives. What does not compile in this form (constants, `impl Trait`, missing `Default`) is
taken out again and listed in left.txt, for cargo-mutants itself. Before any mutant, each stage runs with all switches off:
it must pass. Each of its tests is run alone once, and says which mutants it reaches: a mutant runs the tests that reach it,
in a few processes, the quick ones first; the first failure ends it.
"""

import argparse
import concurrent.futures
import contextlib
import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tree_sitter
import tree_sitter_rust

MEMORY = 8 << 30
FOLDERS = {"modsig-mldsa": "mldsa", "modsig-keccak": "keccak-lanes"}

HELPER = """
#[doc(hidden)]
#[allow(missing_docs, unused, clippy::all, clippy::pedantic)]
pub mod mutant_switch {
    extern crate std;
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    const UNKNOWN: u32 = u32::MAX;
    const TRACE: u32 = u32::MAX - 1;
    static CHOSEN: AtomicU32 = AtomicU32::new(UNKNOWN);
    static SEEN: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];
    #[inline]
    pub fn on(number: u32) -> bool {
        let chosen = CHOSEN.load(Ordering::Relaxed);
        if chosen < TRACE { chosen == number } else { slow(number) }
    }
    #[cold]
    fn slow(number: u32) -> bool {
        if CHOSEN.load(Ordering::Relaxed) == TRACE && SEEN[number as usize].load(Ordering::Relaxed) {
            return false;
        }
        let chosen = match std::env::var("MUTANT") {
            Ok(text) if text == "trace" => TRACE,
            Ok(text) => text.parse().unwrap(),
            Err(_) => TRACE - 1,
        };
        CHOSEN.store(chosen, Ordering::Relaxed);
        if chosen < TRACE - 1 && std::env::var_os("MUTANT_UNWIND").is_none() {
            // The first failure is enough.
            std::panic::set_hook(std::boxed::Box::new(|_| std::process::abort()));
        }
        if chosen == TRACE && !SEEN[number as usize].swap(true, Ordering::Relaxed) {
            // Some tests limit what may be written. What is not traced there is not tested there: more mutants survive, none fewer.
            if let Ok(file) = std::env::var("MUTANT_TRACE") {
                let file = std::fs::OpenOptions::new().append(true).open(file);
                let _ = file.and_then(|mut file| file.write_all(std::format!("{number}\\n").as_bytes()));
            }
        }
        chosen == number
    }
}
"""


def alone(number, text):
    """Marks what one mutant puts in: an error in it is the mutant's own, it is not viable."""
    return b"/*<%d!*/%s/*>*/" % (number, text)


class File:
    """A source file, and what is put into it."""

    def __init__(self, root, name, on):
        self.path = root / name
        self.source = self.path.read_bytes()
        self.on = on
        self.starts = [0]
        for line in self.source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_rust.language()))
        self.tree = parser.parse(self.source).root_node

    def offset(self, place):
        """The byte of cargo-mutants' line and column, which count characters from 1."""
        start = self.starts[place["line"] - 1]
        line = self.source[start : self.starts[place["line"]]].decode()
        return start + len(line[: place["column"] - 1].encode())

    def node(self, start, end, kinds):
        """The innermost node of one of these kinds that holds the bytes."""
        node = self.tree.descendant_for_byte_range(start, end)
        while node is not None and node.type not in kinds:
            node = node.parent
        return node

    def render(self, mutants):
        """The file's text with a switch for each mutant; the ranges (start, end, numbers, own) of what was put in; what has no place."""
        edits = {}  # (start, end) of the replaced bytes -> (kind, node, [(number, mutant)])
        left = []
        for number, mutant in mutants:
            place = self.place(mutant)
            if place is None:
                left.append(number)
            else:
                kind, start, end, node = place
                edits.setdefault((start, end, kind), (node, []))[1].append((number, mutant))
        order = sorted(edits.items(), key=lambda item: (item[0][0], item[0][2] != "body", -item[0][1]))
        text = self.text(0, len(self.source), order)
        return text, self.ranges_of(text), left

    # The numbers of a switch are found again in the text: `on(7)`.
    def ranges_of(self, text):
        out, stack = [], []
        for mark in re.finditer(rb"/\*<([0-9,]+)(!?)\*/|/\*>\*/", text):
            if mark.group(1):
                stack.append((mark.start(), [int(n) for n in mark.group(1).split(b",")], bool(mark.group(2))))
            else:
                start, numbers, own = stack.pop()
                out.append((start, mark.end(), numbers, own))
        assert not stack
        return out

    def place(self, mutant):
        """Where a mutant's switch goes: its kind, the replaced bytes, the node; None if it has no place."""
        start, end = self.offset(mutant["span"]["start"]), self.offset(mutant["span"]["end"])
        constant = self.node(start, end, {"const_item", "static_item", "array_type", "function_item", "const_block", "enum_variant"})
        if constant is None or constant.type != "function_item":
            return None
        head = self.source[constant.start_byte : constant.child_by_field_name("name").start_byte]
        if re.search(rb"\bconst\b", head):
            return None
        genre = mutant["genre"]
        if genre == "FnValue":
            kind = constant.child_by_field_name("return_type")
            if kind is not None and b"impl " in kind.text:
                return None
            return "body", start, start, None
        if genre == "BinaryOperator":
            node = self.node(start, end, {"binary_expression", "compound_assignment_expr", "let_chain"})
            if node is None or node.type == "let_chain" or node.child_by_field_name("operator").start_byte != start:
                return None
            return "binary", node.start_byte, node.end_byte, node
        if genre == "UnaryOperator":
            node = self.node(start, end, {"unary_expression"})
            return None if node is None or node.start_byte != start else ("unary", start, node.end_byte, node)
        if genre == "MatchArm":
            node = self.node(start, end, {"match_arm"})
            # With a guard on each arm there must be one that takes the rest.
            if not any(arm.type == "match_arm" and arm.child_by_field_name("pattern").text == b"_" for arm in node.parent.named_children):
                return None
            pattern = node.child_by_field_name("pattern").end_byte
            return "arm", pattern, pattern, None
        if genre == "MatchArmGuard":
            node = self.node(start, end, {"match_pattern"})
            condition = node.child_by_field_name("condition")
            if condition is None or condition.type in ("let_chain", "let_condition"):
                return None
            return "guard", condition.start_byte, condition.end_byte, node
        return None

    def text(self, start, end, order):
        """The bytes from `start` to `end`, with the edits that lie in them."""
        out, at, index = [], start, 0
        while index < len(order):
            (first, last, kind), (node, numbers) = order[index]
            index += 1
            if first < at or first < start or last > end:
                continue
            inner = [item for item in order[index:] if item[0][0] >= first and item[0][1] <= last]
            out.append(self.source[at:first])
            marks = ",".join(str(number) for number, _ in numbers).encode()
            out.append(b"/*<" + marks + b"*/" + self.switch(kind, node, numbers, inner) + b"/*>*/")
            at = last
        out.append(self.source[at:end])
        return b"".join(out)

    def switch(self, kind, node, numbers, inner):
        on = [f"{self.on}({number})".encode() for number, _ in numbers]
        new = [mutant["replacement"].encode() for _, mutant in numbers]
        if kind == "body":
            return b"".join(b" if %s { %s } " % (switch, alone(number, b"return " + value + b";"))
                            for (number, _), switch, value in zip(numbers, on, new))
        if kind == "arm":
            return b" if !%s " % on[0]
        if kind == "guard":
            condition = node.child_by_field_name("condition")
            text = b"(%s)" % self.text(condition.start_byte, condition.end_byte, inner)
            for switch, value in zip(on, new):
                text = b"(%s || %s)" % (switch, text) if value == b"true" else b"(!%s && %s)" % (switch, text)
            return text
        if kind == "unary":
            operand = node.child(node.child_count - 1)
            value = self.text(operand.start_byte, operand.end_byte, inner)
            operator = self.source[node.start_byte : operand.start_byte]
            kept = alone(numbers[0][0], b"v")
            return b"(match %s { v => if %s { %s } else { %sv } })" % (value, on[0], kept, operator)
        left, right = (node.child_by_field_name(side) for side in ("left", "right"))
        operator = node.child_by_field_name("operator").text
        a, b = (self.text(side.start_byte, side.end_byte, inner) for side in (left, right))
        if operator == b"&&":
            return b"(if (%s) != %s { %s } else { %s })" % (a, on[0], b, on[0])
        if operator == b"||":
            return b"(if (%s) == %s { %s } else { !%s })" % (a, on[0], b, on[0])
        if node.type == "compound_assignment_expr":
            text = b"%s %s v" % (a, operator)
            for (number, _), switch, value in zip(numbers, on, new):
                text = b"if %s { %s } else { %s }" % (switch, alone(number, b"%s %s v" % (a, value)), text)
            return b"match %s { v => { %s } }" % (b, text)
        text = b"*l %s *r" % operator
        for (number, _), switch, value in zip(numbers, on, new):
            text = b"if %s { %s } else { %s }" % (switch, alone(number, b"*l %s *r" % value), text)
        return b"(match (&(%s), &(%s)) { (l, r) => { %s } })" % (a, b, text)


def compile_all(tree, command):
    """Runs cargo; returns its messages, and whether it succeeded."""
    result = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    messages = [json.loads(line) for line in result.stdout.splitlines() if line.startswith(b"{")]
    return messages, result.returncode == 0, result.stderr.decode()


def guilty(messages, files, tree, rendered):
    """The mutants that errors point to: those whose own text is wrong, and those whose switch is."""
    own, switch, rest = set(), set(), []
    paths = {file.path.resolve(): name for name, file in files.items()}
    for message in messages:
        message = message.get("message")
        if not isinstance(message, dict) or message.get("level") != "error" or not message.get("spans"):
            continue
        found = False
        for span in [s for s in message["spans"] if s["is_primary"]] or message["spans"]:
            ranges = rendered.get(paths.get((tree / span["file_name"]).resolve()), [])
            first, last = span["byte_start"], span["byte_end"]
            around = [r for r in ranges if r[0] <= first and last <= r[1]]
            if around:
                _, _, numbers, alone = min(around, key=lambda r: r[1] - r[0])
                (own if alone else switch).update(numbers)
                found = True
            else:
                inside = [r[2] for r in ranges if first <= r[0] and r[1] <= last]
                switch.update(*inside)
                found = found or bool(inside)
        if not found:
            rest.append(message["rendered"])
    return own, switch - own, rest


def build(tree, package, wanted, files, mutants, crate_root):
    """Builds the test binaries with the switches, without those that do not compile.

    Returns the paths of the binaries, the mutants that are not viable, and those that are left for cargo-mutants."""
    unviable, left = set(), set()
    root_source = crate_root.read_bytes()
    helper = HELPER.replace("COUNT", str(len(mutants) + 1)).encode()
    tests = ["cargo", "test", "--offline", "--no-run", "--message-format=json"]
    tests += [f"--package={name}" for name in sorted({name for name, _ in wanted})]
    tests += ["--lib"] if any(target == "lib" for _, target in wanted) else []
    tests += sorted({f"--test={target}" for _, target in wanted if target != "lib"})
    tests += [f"--config=profile.dev.package.{package}.debug=0"]
    for turn in range(12):
        rendered = {}
        for name, file in files.items():
            here = [(n, m) for n, m in enumerate(mutants) if m["file"] == name and n not in left | unviable]
            text, rendered[name], without = file.render(here)
            left.update(without)
            if file.path == crate_root:
                text += helper
            if file.path.read_bytes() != text:
                file.path.write_bytes(text)
        if crate_root not in [file.path for file in files.values()]:
            crate_root.write_bytes(root_source + helper)
        messages, good, errors = compile_all(tree, tests)
        if good:
            found = {}
            for message in messages:
                if message.get("reason") == "compiler-artifact" and message.get("executable"):
                    target, folder = message["target"], Path(message["manifest_path"]).parent
                    kind = "lib" if "lib" in target["kind"] else target["name"]
                    found[(folder.name, kind)] = (message["executable"], folder)
            return found, unviable, left
        own, switch, rest = guilty(messages, files, tree, rendered)
        print(f"round {turn + 1}: not viable {len(own)}, not behind a switch {len(switch)}", flush=True)
        if not own | switch:
            sys.exit("cannot build:\n" + "\n".join(rest[:5]) + errors[-2000:])
        unviable |= own
        left |= switch
    sys.exit("does not build after 12 rounds")


def run(binary, folder, tests, environment, seconds):
    """Runs tests, with a limit of processor time; returns "caught", "missed" or "timeout", and the seconds."""

    def limits():
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds),) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY,) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as temporary:
        os.chmod(temporary, 0o755)  # some tests become another user
        process = subprocess.Popen(
            [binary, "--quiet", *tests], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=limits,
            env={**os.environ, "RUST_TEST_THREADS": "1", "CARGO_MANIFEST_DIR": str(folder), "TMPDIR": temporary, **environment})
        try:
            # Others may have the processor; a test that waits for ever uses none.
            code = process.wait(10 + 8 * seconds)
        except subprocess.TimeoutExpired:
            code = -signal.SIGXCPU
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    state = "missed" if code == 0 else "timeout" if code in (-signal.SIGXCPU, -signal.SIGKILL) else "caught"
    return state, time.monotonic() - began


class Stage:
    """A test binary: which mutants each of its tests reaches, and the seconds that the test takes."""

    def __init__(self, text, binaries, output, pool):
        package, target, *filters = text.split(":")
        self.label = text
        self.binary, self.folder = binaries[(FOLDERS.get(package, package), target)]
        known = output / f"{text}.reached.json"
        if not known.exists():
            listed = subprocess.run([self.binary, "--list", "--format", "terse", *filters], cwd=self.folder,
                                    stdout=subprocess.PIPE, check=True).stdout.decode()
            names = [line.removesuffix(": test") for line in listed.splitlines() if line.endswith(": test")]
            # A test that expects a panic passes only if a panic does not end the process.
            for environment in {}, {"MUTANT_UNWIND": "1"}:
                state, _ = run(self.binary, self.folder, filters, {"MUTANT": str(2**31), **environment}, 900)
                if state == "missed":
                    break
            else:
                sys.exit(f"{text}: {state} without a mutant")
            traced = list(pool.map(self.trace, names))
            tests = [[name, seconds, sorted(reached)] for name, (seconds, reached) in zip(names, traced)]
            known.write_text(json.dumps({"environment": environment, "tests": tests}))
        known = json.loads(known.read_text())
        self.environment = known["environment"]
        self.tests = [(name, seconds, set(reached)) for name, seconds, reached in known["tests"]]
        self.kills = dict.fromkeys((name for name, _, _ in self.tests), 0)
        self.reaches = set().union(*(reached for _, _, reached in self.tests))
        whole = sum(seconds for _, seconds, _ in self.tests)
        print(f"{text}: {len(self.tests)} tests, {whole:.1f} s, reaches {len(self.reaches)}", flush=True)

    def trace(self, name):
        with tempfile.NamedTemporaryFile() as file:
            os.chmod(file.name, 0o666)  # some tests become another user
            state, seconds = run(self.binary, self.folder, ["--exact", name], {"MUTANT": "trace", "MUTANT_TRACE": file.name}, 900)
            if state != "missed":
                sys.exit(f"{self.label}: {name}: {state} without a mutant")
            return seconds, {int(line) for line in file.read().split()}

    def chunks(self, number, least, most):
        """The tests of some length that reach a mutant, in groups that each need one process: first those that are quick or
        have caught many."""
        tests = [(seconds / (1 + self.kills[name]), seconds, name)
                 for name, seconds, reached in self.tests if number in reached and least <= seconds < most]
        chunk, whole, limit = [], 0, 0.3
        for _, seconds, name in sorted(tests):
            if chunk and whole + seconds > limit:
                yield chunk, whole
                chunk, whole, limit = [], 0, 4 * limit
            chunk.append(name)
            whole += seconds
        if chunk:
            yield chunk, whole

    def caught(self, tests):
        for name in tests:
            self.kills[name] += 1 / len(tests)


def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    for name in ("tree", "package", "list", "output"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("--crate", required=True, help="folder of the package in TREE")
    arguments.add_argument("--shard", default="0/1", help="K/N: only the mutants K, K + N, K + 2 N...")
    arguments.add_argument("--timeout", type=float, default=3, help="seconds of processor time, beside three times what the tests take")
    arguments.add_argument("--slow", type=float, default=2, help="seconds: a slower test is for what no quick one catches")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("stages", nargs="+")
    chosen = arguments.parse_args()
    tree, output = Path(chosen.tree).resolve(), Path(chosen.output)
    output.mkdir(parents=True, exist_ok=True)
    mutants = json.loads(Path(chosen.list).read_text())
    names = [mutant["name"] for mutant in mutants]
    crate_root = tree / chosen.crate / "src/lib.rs"
    files = {name: File(tree, name, "crate::mutant_switch::on") for name in sorted({m["file"] for m in mutants})}
    kept = {path: path.read_bytes() for path in [crate_root, *(file.path for file in files.values())]}
    built = output / "build.json"
    if built.exists():  # an interrupted run
        known = json.loads(built.read_text())
        binaries = {tuple(key): (binary, Path(folder)) for key, binary, folder in known["binaries"]}
        unviable, left = set(known["unviable"]), set(known["left"])
    else:
        try:
            wanted = [tuple(stage.split(":")[:2]) for stage in chosen.stages]
            binaries, unviable, left = build(tree, chosen.package, wanted, files, mutants, crate_root)
        finally:
            for path, text in kept.items():
                path.write_bytes(text)
        known = [(key, binary, str(folder)) for key, (binary, folder) in binaries.items()]
        built.write_text(json.dumps({"binaries": known, "unviable": sorted(unviable), "left": sorted(left)}))
    print(f"{len(mutants)} mutants, {len(unviable)} not viable, {len(left)} left for cargo-mutants", flush=True)

    part, parts = (int(number) for number in chosen.shard.split("/"))
    todo = [n for n in range(len(mutants)) if n % parts == part and n not in unviable | left]
    log, outcome = output / "log.txt", {}
    if log.exists():
        for line in log.read_text().splitlines():
            state, _, _, name = line.split("\t")
            outcome[name] = state
    with log.open("a") as lines, concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
        plan = [Stage(stage, binaries, output, pool) for stage in chosen.stages]

        def test(n, least, most):
            began = time.monotonic()
            for stage in plan:
                for tests, seconds in stage.chunks(n, least, most):
                    environment = {"MUTANT": str(n), **stage.environment}
                    state, _ = run(stage.binary, stage.folder, ["--exact", *tests], environment, chosen.timeout + 3 * seconds)
                    if state != "missed":
                        stage.caught(tests)
                        return n, state, f"{stage.label} {' '.join(tests[:3])}", time.monotonic() - began
            by = ",".join(stage.label for stage in plan if n in stage.reaches)
            slow = any(n in reached and seconds >= most for stage in plan for _, seconds, reached in stage.tests)
            return n, "open" if slow else "missed", by or "not reached", time.monotonic() - began

        # The slow tests only for what the others do not catch.
        for before, least, most in (None, 0, chosen.slow), ("open", chosen.slow, math.inf):
            results = [pool.submit(test, n, least, most) for n in todo if outcome.get(names[n]) == before]
            for result in concurrent.futures.as_completed(results):
                n, state, by, seconds = result.result()
                outcome[names[n]] = state
                lines.write(f"{state}\t{by}\t{seconds:.1f}\t{names[n]}\n")
                lines.flush()
    for state in ("caught", "timeout", "missed"):
        text = [names[n] for n in todo if outcome[names[n]] == state]
        (output / f"{state}.txt").write_text("".join(name + "\n" for name in text))
    for state, numbers in (("unviable", unviable), ("left", left)):
        text = [names[n] for n in sorted(numbers) if n % parts == part]
        (output / f"{state}.txt").write_text("".join(name + "\n" for name in text))


if __name__ == "__main__":
    main()
