#!/usr/bin/env python3
"""Makes the website: the pages of the repository, unchanged, as HTML.

    tools/site/build.py FOLDER      FOLDER must not exist yet, or be empty

Needs markdown-it-py (Debian: python3-markdown-it). Every page that git knows becomes a page at the same path, with .html for .md
and index.html for README.md; a file that a page links to is copied. The list of pages is made from their folders and first
headings. The pages contain no script and load nothing from elsewhere: their policy forbids it.

Exit code: 0 done; 1 a link leads nowhere (one line each); 2 wrong usage, or the module is missing.
"""
import html
import importlib.util
import os
import posixpath
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parents[2]
NAME = "modsig"
# The groups of the list of pages: a name, and the paths that belong to it. The first that fits counts.
GROUPS = [
    ("Guides", r"docs/guide/"),
    ("Decisions", r"docs/decisions/"),
    ("Assurance", r"docs/assurance|SECURITY"),
    ("Project", r"CONTRIBUTING|CHANGELOG|docs/(design|dependencies|kernel-gate)|test-vectors/"),
    ("Crates", r"crates/"),
    ("Reference", r"docs/"),
]
# Browsers show these; to others, .txt is added.
SHOWN = {".svg", ".txt", ".json", ".png"}
POLICY = "default-src 'none'; img-src 'self'; style-src 'self'"


def pages():
    """The pages, README.md first."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    wanted = [name for name in names if (ROOT / name).exists()
              and re.match(r"[A-Z]+\.md$|docs/|crates/[^/]+/README\.md$|test-vectors/(.+/)?README\.md$", name)]
    return sorted(wanted, key=lambda name: (name != "README.md", name))


def place(name):
    """Where a file of the repository is on the site."""
    folder, file = posixpath.split(name)
    if file.endswith(".md"):
        file = "index.html" if file == "README.md" else file[:-3] + ".html"
    elif posixpath.splitext(file)[1] not in SHOWN:
        file += ".txt"
    return posixpath.join(folder, file)


def slug(heading):
    """The anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


class Page:
    """One page: its text, its anchors, and its links, each (target, anchor)."""

    def __init__(self, name, markdown):
        self.name, self.anchors, self.files, self.problems = name, set(), set(), []
        env = {}
        self.tokens = markdown.parse((ROOT / name).read_text(encoding="utf-8"), env)
        self.title, self.links = name, []
        for at, token in enumerate(self.tokens):
            if token.type == "heading_open":
                text = "".join(child.content for child in self.tokens[at + 1].children if child.type in ("text", "code_inline"))
                self.title = text if token.tag == "h1" and self.title == name else self.title
                self.name_heading(token, text)
            for child in token.children or []:
                for attribute in ("href", "src"):
                    if child.attrGet(attribute) is not None:
                        child.attrSet(attribute, self.resolved(unquote(child.attrGet(attribute))))
        self.body = markdown.renderer.render(self.tokens, markdown.options, env)

    def name_heading(self, token, text):
        anchor, number = slug(text), 0
        while (anchor if not number else f"{anchor}-{number}") in self.anchors:
            number += 1
        anchor = anchor if not number else f"{anchor}-{number}"
        self.anchors.add(anchor)
        token.attrSet("id", anchor)
        token.meta["anchor"] = anchor

    def resolved(self, target):
        """A link of the page as one of the site."""
        if re.match(r"[a-z]+:", target):
            return target
        path, _, anchor = target.partition("#")
        full = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path)) if path else self.name
        if (ROOT / full).is_file() and not full.endswith(".md"):
            self.files.add(full)
        self.links.append((target, full, anchor))
        relative = posixpath.relpath(place(full), posixpath.dirname(place(self.name)) or ".") if path else ""
        return relative + (f"#{anchor}" if anchor else "")


def renderer(markdown):
    """What HTML differs from the usual: headings are links to themselves, tables have a box, drawings a class."""
    def heading_open(self, tokens, at, options, env):
        token = tokens[at]
        rendered = self.renderToken(tokens, at, options, env)
        return rendered + (f'<a href="#{html.escape(token.meta["anchor"])}">' if token.tag != "h1" else "")

    def heading_close(self, tokens, at, options, env):
        return ("</a>" if tokens[at].tag != "h1" else "") + self.renderToken(tokens, at, options, env)

    def block(self, tokens, at, options, env):
        text = tokens[at].content
        drawing = ' class="drawing"' if re.search("[\u2500-\u257f]", text) else ""
        return f'<pre{drawing} tabindex="0"><code>{html.escape(text, quote=False)}</code></pre>\n'

    def table_open(self, tokens, at, options, env):
        return '<div class="table" tabindex="0">' + self.renderToken(tokens, at, options, env)

    def table_close(self, tokens, at, options, env):
        return self.renderToken(tokens, at, options, env) + "</div>\n"

    def code_inline(self, tokens, at, options, env):
        # A long path or name breaks after these signs only.
        return "<code>" + re.sub("(?<=[/_:])(?=[^/_:])", "<wbr>", html.escape(tokens[at].content, quote=False)) + "</code>"

    def comment(self, tokens, at, options, env):
        if not re.fullmatch(r"\s*<!--.*-->\s*", tokens[at].content, re.S):
            raise ValueError(f"HTML that is no comment: {tokens[at].content}")
        return ""

    for function in (code_inline, heading_open, heading_close, table_open, table_close):
        markdown.add_render_rule(function.__name__, function)
    markdown.add_render_rule("html_block", comment)
    markdown.add_render_rule("html_inline", comment)
    markdown.add_render_rule("fence", block)
    markdown.add_render_rule("code_block", block)
    return markdown


def contents(all_pages, current):
    """The list of pages, as seen from one."""
    folder = posixpath.dirname(place(current.name)) or "."

    def entry(page):
        here = ' aria-current="page"' if page is current else ""
        return f'<a{here} href="{posixpath.relpath(place(page.name), folder)}">{html.escape(page.title)}</a>'

    left = [page for page in all_pages if page.name != "README.md"]
    out = []
    for title, pattern in GROUPS:
        group = [page for page in left if re.match(pattern, page.name)]
        left = [page for page in left if page not in group]
        group.sort(key=lambda page: (not page.name.endswith("README.md"), page.name) if title == "Decisions" else page.title.lower())
        is_open = " open" if current in group or current.name == "README.md" and title == "Guides" else ""
        out.append(f"<details{is_open}><summary>{title}</summary>")
        out.extend(entry(page) for page in group)
        out.append("</details>")
    assert not left, f"pages without a group: {[page.name for page in left]}"
    return "\n".join(out)


def document(page, all_pages):
    folder = posixpath.dirname(place(page.name)) or "."
    title = NAME if page.name == "README.md" else f"{page.title} – {NAME}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="referrer" content="no-referrer">
<title>{html.escape(title)}</title>
<link rel="stylesheet" href="{posixpath.relpath("site.css", folder)}">
</head>
<body>
<header>
<a class="home" href="{posixpath.relpath("index.html", folder)}">{NAME}</a>
<a class="down" href="#pages">All pages</a>
</header>
<main>
{page.body}</main>
<nav id="pages" aria-label="Pages">
{contents(all_pages, page)}
</nav>
</body>
</html>
"""


def dead_links(page, by_name):
    """What is wrong with the links of a page."""
    for target, full, anchor in page.links:
        if full in by_name:
            if anchor and anchor not in by_name[full].anchors:
                yield f"{page.name}: {target}: {full} has no heading #{anchor}"
        elif full.endswith(".md") or not (ROOT / full).is_file():
            yield f"{page.name}: {target}: no such page or file"


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    if not importlib.util.find_spec("markdown_it"):
        print("site: markdown-it-py is missing (Debian: python3-markdown-it)", file=sys.stderr)
        return 2
    from markdown_it import MarkdownIt
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        print(f"site: {out} is not empty", file=sys.stderr)
        return 2
    markdown = renderer(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]))
    made = [Page(name, markdown) for name in pages()]
    by_name = {page.name: page for page in made}
    problems = [problem for page in made for problem in dead_links(page, by_name)]
    for problem in problems:
        print(problem)
    for page in made:
        target = out / place(page.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(document(page, made), encoding="utf-8")
    for name in sorted({name for page in made for name in page.files}):
        (out / place(name)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, out / place(name))
    shutil.copyfile(Path(__file__).with_name("site.css"), out / "site.css")
    print(f"site: {len(made)} pages in {out}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
