#!/usr/bin/env python3
# Purpose: docs/assurance.md names every check; each check that any file names exists; each check has a complete head
# Needs: git, python3
# Duration: 1 s
# CI: yes
"""Compares the checks of checks/ with what is said of them.

1. The head of each check has the fields Purpose, Needs, Duration and CI, in this order, in their forms, and the file is executable.
2. docs/assurance.md has one row for each check, in a table "| `NAME` | CI | ..." or a list "* `NAME` (CI): ...", and no row for
   another. CI is what the head says (yes, no or in OTHER-CHECK), without the reason.
3. `./check NAME` in any file of the repository names a check.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

PAGE = "docs/assurance.md"
FORMS = [
    ("Purpose", r"\S.*\S"),
    ("Needs", r"\S.*\S"),
    ("Duration", r"[0-9]+ (s|min|h)"),
    ("CI", r"yes|in [a-z-]+|no, \S.*"),
]


def main():
    os.chdir(Path(__file__).resolve().parents[1])
    problems = []
    files = sorted(path for path in Path("checks").iterdir() if path.suffix in (".sh", ".py"))
    ci = {}
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        if not os.access(path, os.X_OK):
            problems.append(f"{path}: is not executable; chmod +x {path}")
        for number, (field, form) in enumerate(FORMS, 1):
            found = re.fullmatch(f"# {field}: ({form})", lines[number]) if number < len(lines) else None
            if not found:
                problems.append(f"{path}:{number + 1}: should be '# {field}: ' and {form}")
            elif field == "CI":
                ci[path.stem] = found[1]
    names = [path.stem for path in files]
    problems += [f"checks/: two checks are called {name}" for name in names if names.count(name) > 1]
    problems += [f"checks/{name}: CI is '{value}', which is not a check" for name, value in ci.items()
                 if value.startswith("in ") and ci.get(value[3:]) != "yes"]

    rows = []
    for number, line in enumerate(Path(PAGE).read_text(encoding="utf-8").splitlines(), 1):
        row = re.match(r"(?:\||\*) `([a-z0-9-]+)` (?:\| ([^|]*) \||\(([a-z -]+)\):)", line)
        if not row:
            continue
        name = row[1]
        rows.append(name)
        said, of_head = row[2] or row[3], ci.get(name, "").split(",")[0]
        if name not in names:
            problems.append(f"{PAGE}:{number}: there is no check {name}")
        elif said != of_head:
            problems.append(f"{PAGE}:{number}: the page says '{said}' of CI, the head of {name} '{of_head}'")
    problems += [f"{PAGE}: has no row for the check {name}" for name in names if name not in rows]
    problems += [f"{PAGE}: has {rows.count(name)} rows for the check {name}" for name in sorted(set(rows)) if rows.count(name) > 1]

    # What follows the name must not be a letter of it: `./check NAME [ARGS]` in help texts is in capitals.
    mentions = subprocess.run(["git", "grep", "-nIoE", r"\./check [a-z][a-z0-9-]*"], check=True, text=True, stdout=subprocess.PIPE).stdout
    for mention in mentions.splitlines():
        where, name = mention.rsplit("./check ", 1)
        if name not in names and name != "ci":
            problems.append(f"{where} there is no check {name}")

    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"{len(names)} checks, all in {PAGE}; {len(mentions.splitlines())} mentions, all of checks that exist")


main()
