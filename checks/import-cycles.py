#!/usr/bin/env python3
# Purpose: the modules of each crate form layers: no cycle of imports, except those that the script lists
# Needs: python3 (3.9 or later)
# Duration: 1 s
# CI: yes
"""Prints which modules of each crate import which, and fails if they form a cycle.

    python3 checks/import-cycles.py            check every crate of the workspace
    python3 checks/import-cycles.py CRATE ...  check these folders of crates/ only
    python3 checks/import-cycles.py --self-test

A reader can learn a crate from the bottom up only if its modules form layers.

How: the script reads `use` declarations and paths that start with `crate::`, `$crate::`, `self::` or `super::`. There is
one graph for the top-level modules and one for the submodules of each module; what a submodule imports counts for all
modules that it lies in. A name that a parent module re-exports counts as an import of the submodule that defines it.
Imports of a parent's own items, and what the parent imports from its submodules, are left out: a parent and its
submodules are one unit. So is code under `#[cfg(test)]`. Other `cfg`s are ignored: an import counts whatever they say.

Exit codes: 0 no cycle, 1 a cycle that ALLOWED does not list (or a listed one that is gone), 2 usage.
"""

import re
import sys
from pathlib import Path

# Cycles that stay, with the reason. Each is the set of its modules.
ALLOWED = {
    # ParameterSet names arrays of polynomials, and polynomials have N coefficients.
    "mldsa": [{"params", "poly"}],
}

TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/"  # comments; nested block comments do not occur
    r"|b?r(#*)\".*?\"\1|b?\"(?:\\.|[^\"\\])*\""  # strings
    r"|b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'])'"  # characters; lifetimes have no closing quote
    r"|\$?\w+|::|#!?\[|[^\w\s]",
    re.DOTALL,
)


def tokens(text):
    """The tokens of Rust source that matter here: words, `::`, `#[` and single punctuation characters."""
    found = []
    for match in TOKEN.finditer(text):
        token = match.group()
        if token.startswith(("//", "/*")) or token[0] == '"' or re.match(r"b?(r#*)?\"|b?'.", token):
            continue
        found.append(token)
    return found


def matching(toks, start, opening, closing):
    """The index behind the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(toks)):
        if toks[i] in opening:
            depth += 1
        elif toks[i] == closing:
            depth -= 1
            if depth == 0:
                return i + 1
    return len(toks)


def without_tests(toks):
    """Drops each item under `#[cfg(test)]` or `#[test]`; returns the rest and the names of test modules in own files."""
    kept, test_files, i = [], set(), 0
    while i < len(toks):
        if toks[i] in ("#[", "#!["):
            end = matching(toks, i, ("#[", "#![", "["), "]")
            attribute = toks[i + 1 : end - 1]
            i, inner = end, toks[i] == "#!["
            is_test = attribute == ["test"] or (attribute[:2] == ["cfg", "("] and under_test(attribute[2:-1]))
            if not is_test or inner:
                continue
            # Further attributes, then the item up to its `;` or its closing brace.
            while i < len(toks) and toks[i] == "#[":
                i = matching(toks, i, ("#[", "["), "]")
            start = i
            while i < len(toks) and toks[i] not in (";", "{"):
                i += 1
            if i < len(toks) and toks[i] == "{" and "use" not in toks[start:i]:
                i = matching(toks, i, ("{",), "}")
            else:
                while i < len(toks) and toks[i] != ";":
                    i += 1
                i += 1
                if "mod" in toks[start:i]:
                    test_files.add(toks[toks.index("mod", start) + 1])
            continue
        kept.append(toks[i])
        i += 1
    return kept, test_files


def under_test(condition):
    """Whether a `cfg` condition holds in tests only: `test`, or `all(…, test, …)`."""
    return condition == ["test"] or (condition[:1] == ["all"] and "test" in condition and "not" not in condition)


def use_paths(toks, i, prefix):
    """All paths of the `use` tree at `toks[i]`; returns them and the index behind it."""
    paths, path = [], list(prefix)
    while i < len(toks):
        token = toks[i]
        if token == "{":
            i += 1
            while toks[i] != "}":
                more, i = use_paths(toks, i, path)
                paths += more
                if toks[i] == ",":
                    i += 1
            return paths, i + 1
        if token == "::":
            i += 1
        elif token == "as":
            i += 2
        elif re.match(r"[\w*]", token) and token != "*":
            path.append(token)
            i += 1
        elif token == "*":
            path.append(token)
            i += 1
        else:
            break
    return paths + [path], i


def absolute(path, module):
    """`path` counted from the crate root, or None if it does not name this crate. `module` is where it stands."""
    base = list(module)
    if not path:
        return None
    if path[0] in ("crate", "$crate"):
        return path[1:]
    if path[0] == "self":
        return base + path[1:]
    if path[0] == "super":
        rest = path
        while rest and rest[0] == "super":
            if not base:
                return None
            base, rest = base[:-1], rest[1:]
        return base + rest
    return None


def imports(toks, module):
    """Every path of this crate that the tokens of a file mention, from the crate root; and all paths of `use`."""
    found, declared, inline, i, depth = [], [], [], 0, 0
    while i < len(toks):
        token = toks[i]
        here = module + [name for name, _ in inline]
        if token == "mod" and i + 2 < len(toks) and toks[i + 2] == "{":
            inline.append((toks[i + 1], depth))
            i += 2
            continue
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            if inline and inline[-1][1] == depth:
                inline.pop()
        elif token == "use" and i + 1 < len(toks) and toks[i + 1] not in ("<",):
            leading = 1 if toks[i + 1] == "::" else 0
            paths, i = use_paths(toks, i + 1 + leading, [])
            if not leading:
                found += [p for p in (absolute(path, here) for path in paths) if p]
                declared += paths
            continue
        elif token in ("crate", "$crate", "super", "self") and toks[i + 1 : i + 2] == ["::"]:
            path = [token]
            i += 1
            while toks[i : i + 1] == ["::"] and i + 1 < len(toks) and re.match(r"\w", toks[i + 1]):
                path.append(toks[i + 1])
                i += 2
            path = absolute(path, here)
            if path:
                found.append(path)
            continue
        i += 1
    return found, declared


def module_of(file, source):
    """The path of a file's module from the crate root: src/a/b.rs and src/a/b/mod.rs are a::b."""
    parts = list(file.relative_to(source).with_suffix("").parts)
    return parts[:-1] if parts[-1] == "mod" else parts


def modules_of(source, root):
    """The modules of the crate with the root file `root` in `source`: for each its path and its tokens, without tests."""
    files = {(): without_tests(tokens(root.read_text()))}
    for file in sorted(source.rglob("*.rs")):
        if "bin" not in file.relative_to(source).parts and file.name not in ("lib.rs", "main.rs"):
            files[tuple(module_of(file, source))] = without_tests(tokens(file.read_text()))
    tests = {module + (name,) for module, (_, names) in files.items() for name in names}
    files = {m: t for m, (t, _) in files.items() if not any(m[: len(test)] == test for test in tests)}
    # A library and a program beside it share the folder: only what this root declares belongs to it.
    toks = files[()]
    declared = {toks[i + 1] for i, token in enumerate(toks[:-2]) if token == "mod" and toks[i + 2] in (";", "{")}
    return {module: toks for module, toks in files.items() if not module or module[0] in declared}


def graphs(files):
    """For each module that has submodules (the crate root is `()`): which of these import which, and where."""
    found = {module: imports(toks, list(module)) for module, toks in files.items()}
    # What a module re-exports from its submodules counts, for the modules inside it, as an import of the submodule.
    exports = {module: {} for module in files}
    for module, (_, uses) in found.items():
        for path in uses:
            path = absolute(path, module) or list(module) + path
            if len(path) > len(module) + 1 and tuple(path[: len(module) + 1]) in files:
                exports[module][path[-1]] = path[len(module)]

    edges = {}
    for module in files:
        if module:
            edges.setdefault(module[:-1], {})[module[-1]] = {}
    for module, (paths, _) in found.items():
        for path in paths:
            common = 0
            while common < min(len(path), len(module)) and path[common] == module[common]:
                common += 1
            parent = module[:common]
            if parent not in edges or common == len(module) or common == len(path):
                continue
            target = path[common]
            if parent + (target,) not in files:
                target = exports[parent].get(target)
            if target and target != module[common]:
                edges[parent][module[common]].setdefault(target, "::".join(module))
    return edges


def components(edges):
    """The strongly connected components of more than one module (Tarjan's algorithm)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            component = set()
            while node not in component:
                component.add(stack.pop())
            if len(component) > 1:
                found.append(component)

    for node in edges:
        if node not in index:
            visit(node)
    return found


def check(crate):
    """Prints the graphs of one crate; returns the number of faults."""
    source, faults = crate / "src", 0
    allowed = [set(modules) for modules in ALLOWED.get(crate.name, [])]
    for root in (root for root in (source / "lib.rs", source / "main.rs") if root.is_file()):
        for parent, edges in sorted(graphs(modules_of(source, root)).items()):
            print(f"{crate.name}/src/{root.name if not parent else '/'.join(parent)}")
            for module, targets in sorted(edges.items()):
                print(f"    {module} -> {', '.join(sorted(targets)) or '(none)'}")
            for component in components(edges):
                if not parent and component in allowed:
                    allowed.remove(component)
                    print(f"    cycle, allowed: {' '.join(sorted(component))}")
                    continue
                faults += 1
                print(f"    CYCLE: {' '.join(sorted(component))}")
                for module in sorted(component):
                    for target, where in sorted(edges[module].items()):
                        if target in component:
                            print(f"        {module} -> {target} (in {where})")
    for component in allowed:
        faults += 1
        print(f"    {' '.join(sorted(component))}: no cycle any more; remove it from ALLOWED in {sys.argv[0]}")
    return faults


def self_test():
    """What the parser must see and must not see."""
    toks, test_files = without_tests(tokens("""
        //! crate::comment
        use crate::{a, b::{self, C as D}, e::*};
        const TEXT: &str = "crate::text"; const QUOTE: char = '"'; fn f<'a>(x: &'a str) {}
        #[cfg(test)] mod tests { use crate::only_in_tests; }
        #[cfg(test)] mod crafted;
        #[cfg(feature = "x")] use super::sibling;
        mod inner { use super::super::uncle; fn g() { $crate::macros::h!(); crate::in_code::i() } }
    """))
    assert test_files == {"crafted"}, test_files
    paths = {"::".join(path) for path in imports(toks, ["top", "leaf"])[0]}
    expected = {"a", "b::self", "b::C", "e::*", "top::sibling", "top::uncle", "macros::h", "in_code::i"}
    assert paths == expected, paths ^ expected
    assert components({"a": {"b": ""}, "b": {"c": ""}, "c": {"b": ""}}) == [{"b", "c"}]
    assert not components({"a": {"b": "", "c": ""}, "b": {"c": ""}, "c": {}})
    files = {
        (): "mod a; mod b; pub use a::x::Thing;",
        ("a",): "pub(crate) mod x; mod y; pub(crate) use y::Other;",
        ("a", "x"): "use super::Other;",
        ("a", "y"): "use crate::b;",
        ("b",): "use crate::Thing;",
    }
    edges = graphs({module: tokens(text) for module, text in files.items()})
    assert edges[()] == {"a": {"b": "a::y"}, "b": {"a": "b"}}, edges
    assert edges[("a",)] == {"x": {"y": "a::x"}, "y": {}}, edges
    print("self-test passed")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    crates = Path(__file__).resolve().parent.parent / "crates"
    names = sys.argv[1:] or sorted(path.parent.name for path in crates.glob("*/Cargo.toml"))
    unknown = [name for name in names if not (crates / name / "Cargo.toml").is_file()]
    if unknown:
        print(f"{sys.argv[0]}: no crate in crates/: {' '.join(unknown)}", file=sys.stderr)
        return 2
    faults = sum(check(crates / name) for name in names)
    print(f"{faults} cycle(s) to untie" if faults else "no cycle except those allowed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
