#!/bin/sh
# Purpose: the website builds, each of its links leads somewhere, and it holds no script and loads nothing from elsewhere
# Needs: python3, markdown-it-py (Debian: python3-markdown-it)
# Duration: 5 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -c 'import markdown_it' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "skipped: markdown-it-py is not installed (Debian: python3-markdown-it)"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" tools/site/build.py "$folder/site"
"$python" tools/site/links.py "$folder/site"
# The check must find what it looks for, or it proves nothing.
for fault in '<a href="no-such.html">' '<a href="#no-such-heading">' '<script>' '<img src="https://example.org/x.png">' '<p onclick="x">' \
    '<link rel="stylesheet" href="//example.org/x.css">'; do
    cp "$folder/site/index.html" "$folder/index.html"
    echo "$fault" >>"$folder/site/index.html"
    if "$python" tools/site/links.py "$folder/site" >/dev/null; then echo "site: not found: $fault" >&2; exit 2; fi
    cp "$folder/index.html" "$folder/site/index.html"
done
