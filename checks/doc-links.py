#!/usr/bin/env python3
# Purpose: find dead links in the pages, and names in them that do not exist: files, checks, tests, types, options
# Needs: python3, git
# Duration: 2 s
# CI: yes
"""Usage: checks/doc-links.py [PAGE...]     (without arguments: all pages)

Exit code: 0 every reference exists, 1 some do not (one line each), 2 the check itself does not find planted faults.

What is compared, in inline code and in code blocks that hold commands:
  [text](target)            the file exists, and with #anchor the heading
  path/with/slash, *.rs     a tracked file ends with it
  ./check NAME              checks/NAME.sh or checks/NAME.py exists
  --package X, --test X     the package, the file in tests/ exists (also --example, --bench)
  --option                  a program or a script of the repository has it
  snake_case, path::name,   every word is somewhere in the source: so a renamed test, function or type is found
  CamelCase
"""
import fnmatch
import functools
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAMS = {"module-key", "sign-module", "verify-module", "sign-file", "mldsa-kat"}
SOURCES = (".rs", ".lock", ".py", ".sh", ".toml", ".c", ".h", ".json", ".config", ".txt", ".dict", "/check", "/run")
# Paths that begin like this are those of Linux or of the reader's machine.
ELSEWHERE = ("/", "~", "$", "kernel/", "include/linux/")
# Words of other projects that look like ours.
FOREIGN = set("mldsa_44_verify mldsa_87_verify InfinityNormViolation ManySteps".split())


def lines_of(command):
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


@functools.cache
def files():
    """All files of the repository, also new ones that are not committed yet."""
    listed = lines_of(["git", "ls-files", "--cached", "--others", "--exclude-standard"])
    return frozenset(name for name in listed if os.path.exists(os.path.join(ROOT, name)))


@functools.cache
def tails():
    """Every path below every folder: `a/b/c.rs` gives itself, `b/c.rs`, `c.rs`; and the same for its folders."""
    found = set()
    for name in files():
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            for start in range(end):
                found.add("/".join(parts[start:end]))
    return found


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as file:
        return file.read()


@functools.cache
def words():
    """Every identifier in the source; not in pages, which would confirm one another."""
    found = set()
    for name in files():
        if name.endswith(SOURCES) and not name.startswith(("docs/", "checks/doc-links")) and "corpus/" not in name:
            if os.path.getsize(os.path.join(ROOT, name)) < 1_000_000:
                found.update(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", read(name)))
    return found


@functools.cache
def program_options():
    """The long options of the programs: clap's attributes in the source."""
    found = {"--help", "--version"}
    for name in files():
        if name.endswith(".rs") and name.startswith("crates/") and "/src/" in name:
            text = read(name)
            for attributes, field in re.findall(r"#\[arg\((.*?)\)\]\s*(?:pub(?:\([a-z]+\))? )?(\w+):", text, re.S):
                given = re.search(r'\blong\s*=\s*"([^"]+)"', attributes)
                if given:
                    found.add("--" + given.group(1))
                elif re.search(r"\blong\b", attributes):
                    found.add("--" + field.replace("_", "-"))
    return found


@functools.cache
def script_options():
    """Every word like an option in the scripts: theirs, and those of the tools that they call."""
    found = set()
    for name in files():
        if name.startswith(("checks/", "tools/", "fuzz/", "benches/")) and name.endswith((".sh", ".py", ".rs")) \
                and "corpus/" not in name and name != "checks/doc-links.py":
            found.update(re.findall(r"--[a-z][a-z0-9-]+", read(name)))
    return found


def slug(heading):
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(page):
    text = re.sub(r"(?ms)^```.*?^```", "", read(page))
    return {slug(h) for h in re.findall(r"(?m)^#+ (.+)$", text)} | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def path_exists(token, page):
    token = token.removeprefix("./").rstrip("/")
    token = re.sub(r":\d+(:\d+)?$", "", token)
    if "*" in token or "{" in token:
        choices = re.search(r"\{([^}]*)\}", token)
        if choices:
            return all(path_exists(token.replace(choices.group(0), one), page) for one in choices.group(1).split(","))
        return any(fnmatch.fnmatch(name, token) or fnmatch.fnmatch(name, "*/" + token) for name in tails())
    beside = os.path.normpath(os.path.join(os.path.dirname(page), token))
    return token in tails() or beside in tails() or os.path.exists(os.path.join(ROOT, token)) and token.startswith(".")


def wrong_tokens(code, page):
    """What is wrong with the words of one piece of code."""
    tokens = [token.strip("\"'`,;()[]|&") for token in code.split()]
    tokens = [re.sub(r"^[A-Z_]+=", "", token) for token in tokens]
    ours = any(token in PROGRAMS or token.startswith(("checks/", "tools/", "fuzz/", "./check")) for token in tokens)
    foreign = bool(tokens) and not ours and len(tokens) > 1
    program = next((token for token in tokens if token in PROGRAMS), None)
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        if before.endswith("./check") or before == "check" and tokens[0].endswith("check"):
            if token not in ("", "ci", "all", "NAME", "NAME...", "#") and not token.startswith("-") \
                    and not path_is_check(token):
                yield f"there is no check {token}"
            continue
        if before in ("--package", "-p") and foreign and tokens[0] in ("cargo", "RUSTFLAGS") and token.islower():
            if token not in packages():
                yield f"there is no package {token}"
            continue
        if before in ("--test", "--example", "--bench") and token.islower():
            folder = {"--test": "tests", "--example": "examples", "--bench": "benches"}[before]
            if not any(f"{folder}/{token}{end}" in tails() for end in (".rs", "/main.rs", "/src/main.rs")):
                yield f"there is no {folder[:-1]} {token}"
            continue
        if token.startswith("--"):
            option = re.split("[=\u2026]", token)[0].rstrip(".,:")
            known = program_options() if program else program_options() | script_options()
            if option != "--" and not foreign and option not in known:
                yield f"{program} has no option {option}" if program else f"no program or script has the option {option}"
            continue
        if re.search(r"\bNAME\b", token) or token.startswith(ELSEWHERE) or not re.fullmatch(r"[\w./*{},:\-]+", token):
            continue
        is_path = "/" in token and re.search(r"[a-z]", token) and not re.search(r"[A-Z]{3,}", token.split("/")[0])
        if is_path and (token.split("/")[0] in tails() or re.search(r"\.(rs|py|sh|md|toml|txt|svg|json)$", token)) \
                or re.fullmatch(r"[\w\-]+\.(rs|py|sh|md)", token):
            if not path_exists(token, page) and not path_exists(token + ".rs", page):
                yield f"there is no file {token}"
        elif re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+|\w+(::\w+)+|([A-Z][a-z0-9]+){2,}", token):
            for word in token.split("::"):
                if word not in words() and word not in FOREIGN:
                    yield f"the source has no {word}"


def path_is_check(name):
    return any(path in files() for path in (f"checks/{name}.sh", f"checks/{name}.py", f"checks/{name}"))


@functools.cache
def packages():
    return {match for name in files() if name.endswith("Cargo.toml")
            for match in re.findall(r'(?m)^name = "([^"]+)"', read(name))}


def wrong_links(text, page):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
        if full not in files() and not os.path.isdir(os.path.join(ROOT, full)):
            yield f"dead link: {target}"
        elif anchor and full.endswith(".md") and anchor not in anchors(full):
            yield f"{full} has no heading #{anchor}"


def faults_of(text, page):
    """(line, what) of everything that is wrong with a page."""
    block = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*```(\w*)", line)
        if fence:
            block = None if block is not None else fence.group(1)
            continue
        if block is not None:
            pieces = [line.split(" #")[0]] if block in ("sh", "bash", "console") else []
        elif line.startswith("    ") and not line.lstrip().startswith(("*", "-", "|")):
            pieces = [line.split(" #")[0]]
        else:
            pieces = re.findall(r"(?<!`)`([^`]+)`(?!`)", line)
            yield from ((number, what) for what in wrong_links(re.sub(r"`[^`]*`", "", line), page))
        for piece in pieces:
            yield from ((number, what) for what in wrong_tokens(piece, page))


# The check must find these, or it proves nothing.
PLANTED = [
    "[text](no-such-page.md)", "[text](README.md#no-such-heading)", "`crates/mldsa/src/no_such_file.rs`",
    "`no_such_file.rs`", "`./" "check no-such-check`", "`this_test_does_not_exist_anywhere`", "`NoSuchType::new`",
    "`--no-such-option`", "`verify-module --no-such-option x`", "`sign-module --rebuild x.ko`", "`cargo test --package modsig --test no_such_test`",
    "`cargo test --package no-such-package`", "```sh\nsh checks/no-such-check.sh\n```",
]


def main():
    os.chdir(ROOT)
    for planted in PLANTED:
        if not list(faults_of(planted, "README.md")):
            print(f"doc-links: the planted fault is not found: {planted}", file=sys.stderr)
            return 2
    pages = sys.argv[1:] or sorted(
        name for name in files()
        if name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md") or re.fullmatch(r"crates/[^/]+/README\.md", name)
        or name.startswith("docs/") and name.endswith(".md"))
    wrong = 0
    for page in pages:
        for number, what in faults_of(read(page), page):
            print(f"{page}:{number}: {what}")
            wrong += 1
    print(f"doc-links: {len(pages)} pages, {wrong} references to what does not exist")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
