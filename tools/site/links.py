#!/usr/bin/env python3
"""Checks a website as a browser sees it: tools/site/links.py FOLDER

Each link inside leads to a file, and to an element of that page if it has an anchor; no two elements share an anchor; no page has a
script, or loads anything from elsewhere; the policy that forbids it is there. Exit code: 0 good; 1 a fault (one line each).
"""
import posixpath
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

# What loads a resource. A link that a reader follows may lead elsewhere.
LOADS = {"src", "srcset", "data", "poster", "background", "action", "formaction"}


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.anchors, self.links, self.faults, self.has_policy = set(), [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "iframe", "object", "embed", "base", "style", "form"):
            self.faults.append(f"<{tag}>")
        for name, value in attributes:
            value = value or ""
            loads = name in LOADS or tag == "link" and name == "href"
            if name.startswith("on"):
                self.faults.append(f"{name}=")
            elif name == "id":
                self.faults.extend([f"two elements are named {value}"] if value in self.anchors else [])
                self.anchors.add(value)
            elif name == "http-equiv" and value == "Content-Security-Policy":
                self.has_policy = True
            elif (name == "href" or loads) and re.match(r"[a-z]+:|//", value):
                self.faults.extend([f"loads {value}"] if loads or value.startswith("//") else [])
            elif name == "href" or loads:
                self.links.append(value)


def main():
    root = Path(sys.argv[1])
    pages = {path.relative_to(root).as_posix(): Page(path.read_text(encoding="utf-8")) for path in root.rglob("*.html")}
    faults = []
    for name, page in sorted(pages.items()):
        faults.extend(f"{name}: {fault}" for fault in page.faults + ([] if page.has_policy else ["no policy"]))
        for link in page.links:
            path, _, anchor = link.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
            if not (root / target).is_file():
                faults.append(f"{name}: {link} leads nowhere")
            elif anchor and anchor not in (pages[target].anchors if target in pages else ()):
                faults.append(f"{name}: {link}: no such anchor")
    for style in root.rglob("*.css"):
        if re.search(r"@import|url\(", style.read_text(encoding="utf-8")):
            faults.append(f"{style.name}: loads something")
    print("\n".join([*faults, f"site: {len(pages)} pages, {sum(len(page.links) for page in pages.values())} links, {len(faults)} faults"]))
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
