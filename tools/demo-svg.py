#!/usr/bin/env python3
"""Draws the output of the demo as docs/demo.svg: text in a terminal's frame.

    sh tools/demo.sh | python3 tools/demo-svg.py > docs/demo.svg

Lines are folded at 80 columns, as the programs do on a terminal. Keys and serial numbers are new in each run."""
import html
import sys
import textwrap

COLUMNS, SIZE, LINE, MARGIN = 80, 13, 18, 16
WIDTH = int(COLUMNS * SIZE * 0.602) + 2 * MARGIN  # 0.602: the advance of common monospaced fonts
STYLES = {"#": "c", "$": "p"}


def folded(line):
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, COLUMNS, subsequent_indent=indent, drop_whitespace=True) or [""]


def main():
    text = sys.stdin.read()
    lines = [line for line in text.split("\n\n", 1)[-1].rstrip().splitlines()]  # without "Building ..."
    shown = [(STYLES.get(line[:1], "o"), part) for line in lines for part in folded(line)]
    height = len(shown) * LINE + 2 * MARGIN + 24
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
          'role="img" aria-label="A terminal: a key is made, a module signed, verified, and a changed one refused">')
    print("<style>text{font:%dpx ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}"
          ".o{fill:#d0d7de}.c{fill:#8b949e}.p{fill:#7ee787;font-weight:bold}</style>" % SIZE)
    print(f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#0d1117"/>')
    for place, colour in enumerate(("#ff5f56", "#ffbd2e", "#27c93f")):
        print(f'<circle cx="{MARGIN + 6 + 18 * place}" cy="18" r="5" fill="{colour}"/>')
    for number, (style, part) in enumerate(shown):
        y = 24 + MARGIN + (number + 1) * LINE - 5
        print(f'<text x="{MARGIN}" y="{y}" class="{style}" xml:space="preserve">{html.escape(part, quote=False)}</text>')
    print("</svg>")


if __name__ == "__main__":
    main()
