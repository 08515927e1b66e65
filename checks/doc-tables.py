#!/usr/bin/env python3
# Purpose: tables in the pages that repeat the code (exit codes, kernel options, crates, decisions) equal the code
# Needs: python3
# Duration: 1 s
# CI: yes
"""Usage: checks/doc-tables.py [--write]

Without arguments compares what stands between "<!-- table: NAME -->" and "<!-- end -->" in the pages with the table that the
source gives; --write replaces it. Exit code: 0 equal (or written), 1 not, and what differs is named.

A table is a function below and an entry in TABLES. A page may have none, but a table without a page is an error.
"""
import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def unlinked(comment):
    """A doc comment's text as Markdown for a page: without links to items."""
    return re.sub(r"\[(`[^`]*`)\](\([^)]*\))?", r"\1", comment)


def documented(text, pattern):
    """(match, the doc comment before it) for each line of `text` that `pattern` matches."""
    comment = []
    for line in text.splitlines():
        doc = re.match(r"\s*/// ?(.*)", line)
        if doc:
            comment.append(doc[1].strip())
            continue
        found = re.match(pattern, line)
        if found:
            yield found, unlinked(" ".join(comment))
        if not line.strip().startswith("#["):
            comment = []


def exit_codes():
    """crates/modsig-cli/src/exit.rs: each variant of `Exit` with its number, its name and its comment."""
    text = read("crates/modsig-cli/src/exit.rs")
    enum = text[text.index("pub enum Exit"):]
    names = dict(re.findall(r'Self::(\w+) => "([^"]+)"', text))
    rows = [(found[2], names[found[1]], comment)
            for found, comment in documented(enum[:enum.index("\n}")], r"\s*(\w+) = (\d+),")]
    return "| code | name | when |\n|---|---|---|", [f"| {code} | {name} | {when} |" for code, name, when in rows]


def kernel_options():
    """crates/modsig/src/kernel: the names of `ConfigOption`, and the comments of the fields of `Config`."""
    text = read("crates/modsig/src/kernel/config.rs")
    enum = read("crates/modsig/src/kernel/option.rs")
    struct = text[text.index("pub struct Config"):]
    comments = {found[1]: comment for found, comment in documented(struct[:struct.index("\n}")], r"\s*pub (\w+): \w+,")}
    names = re.findall(r'Self::(\w+) => "(?:CONFIG_)?([\w.]+)"', enum)
    # Options of one field, and all options without an explanation, share a row.
    options = {}
    for variant, option in names:
        found = re.search(rf"Self::{variant} => config\.(\w+)", enum)
        # The compressions are one field.
        field = found[1] if found else "compressions"
        options.setdefault(field, []).append(option)
    meanings = {}
    for field, shared in options.items():
        # The comment begins with the names of the options; another field is meant by its options.
        meaning = re.sub(r"^(`\w+`(, | and |: |\. ?)?)+", "", comments[field]).lstrip(",.: ").strip()
        meaning = re.sub(r"`Self::(\w+)`", lambda other: ", ".join(f"`{name}`" for name in options[other[1]]), meaning)
        meanings.setdefault(meaning or "the kernel has the algorithm", []).extend(shared)
    rows = [f"| {', '.join(f'`{name}`' for name in shared)} | {meaning} |" for meaning, shared in meanings.items()]
    return "| option | meaning |\n|---|---|", rows


def kernel_versions():
    """crates/modsig/src/kernel/rule.rs: each row of `Rule::ALL` with the comment of its variant."""
    text = read("crates/modsig/src/kernel/rule.rs")
    enum = text[text.index("pub enum Rule"):]
    comments = {found[1]: comment for found, comment in documented(enum[:enum.index("\n}")], r"\s*(\w+),")}
    rows = []
    for first, second, basis, source in re.findall(r'(?:since|before)\((\S+), (\S+), (\w+), "([^"]+)"\)', text):
        is_before = first.startswith("V::")
        version, rule = (first, second) if is_before else (second, first)
        number = version.removeprefix("V::V").replace("_", ".")
        versions = f"before {number}" if is_before else f"since {number}"
        rows.append(f"| {versions} | {comments[rule.removeprefix('Self::')].rstrip('.')} | {basis.lower()} | `{source}` |")
    return "| versions | what holds | basis | source |\n|---|---|---|---|", rows


def crates():
    """The packages of the workspace and their descriptions."""
    rows = []
    for manifest in sorted((ROOT / "crates").glob("*/Cargo.toml")):
        package = tomllib.loads(manifest.read_text(encoding="utf-8"))["package"]
        rows.append(f"| `crates/{manifest.parent.name}` | `{package['name']}` | {package['description']} |")
    return "| folder | package | is |\n|---|---|---|", rows


def decisions():
    """docs/decisions: the first line of each page."""
    rows = []
    for page in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")):
        number, title = re.match(r"# (\d{4}):? (.*)", page.read_text(encoding="utf-8")).groups()
        rows.append(f"* [{number}]({page.name}) {title}")
    return None, rows


TABLES = {"kernel-versions": kernel_versions, "exit-codes": exit_codes, "kernel-options": kernel_options, "crates": crates, "decisions": decisions}


def main():
    os.chdir(ROOT)
    write = sys.argv[1:] == ["--write"]
    wrong, seen = [], set()
    for page in [Path("README.md"), Path("CONTRIBUTING.md"), *sorted(Path("docs").rglob("*.md"))]:
        text = page.read_text(encoding="utf-8")

        def table(found):
            name = found[1]
            seen.add(name)
            if name not in TABLES:
                wrong.append(f"{page}: there is no table {name}")
                return found[0]
            head, rows = TABLES[name]()
            if not rows:
                wrong.append(f"{page}: the source gives no row for {name}")
            return "\n".join([f"<!-- table: {name} -->", *([head] if head else []), *rows, "<!-- end -->"])

        new = re.sub(r"<!-- table: ([\w-]+) -->\n.*?<!-- end -->", table, text, flags=re.S)
        if new.count("<!-- table: ") != len(re.findall(r"<!-- table: [\w-]+ -->\n.*?<!-- end -->", new, flags=re.S)):
            wrong.append(f"{page}: a table has no end")
        if new != text and write:
            page.write_text(new, encoding="utf-8")
        elif new != text:
            wrong.append(f"{page}: a table is not what the source gives; checks/doc-tables.py --write")
    wrong += [f"no page has the table {name}" for name in sorted(TABLES.keys() - seen)]
    for problem in wrong:
        print(f"doc-tables: {problem}", file=sys.stderr)
    if not wrong:
        print(f"doc-tables: {len(seen)} tables equal the source: {', '.join(sorted(seen))}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
