#!/bin/sh
# Purpose: docs/dependencies.md lists every dependency of the workspace with its reason
# Needs: cargo, jq
# Duration: 1 s
# CI: yes
#
# Exit code: 0 they agree, 1 they do not, 2 a tool is missing.
set -eu

cd "$(dirname "$0")/.."
for tool in cargo jq; do
    command -v "$tool" >/dev/null || { echo "$tool is missing" >&2; exit 2; }
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# "crate dependency version", one a line. A dependency of two kinds (normal and dev) is one line.
cargo metadata --format-version 1 --no-deps --locked > "$folder/metadata.json"
jq -r '.packages[] | .name as $crate | .dependencies[] | "\($crate) \(.name) \(.req | ltrimstr("^"))"' \
    "$folder/metadata.json" | sed -E 's/^(.* 0\.1)\.0$/\1/' | LC_ALL=C sort -u > "$folder/cargo"
awk '
    /^## / { crate = substr($0, 4) }
    /^\* / {
        if ($4 == "") { print "no reason given: " $0 > "/dev/stderr"; exit 1 }
        gsub(/`/, "", $2); gsub(/[`:]/, "", $3); print crate, $2, $3
    }' docs/dependencies.md > "$folder/unsorted"
LC_ALL=C sort -u "$folder/unsorted" > "$folder/page"

if ! [ -s "$folder/cargo" ]; then
    echo "cargo metadata named no dependency at all" >&2
    exit 2
fi
if ! diff "$folder/page" "$folder/cargo" > "$folder/differences"; then
    echo "docs/dependencies.md (<) and the Cargo.toml files (>) differ:" >&2
    grep '^[<>]' "$folder/differences" >&2
    exit 1
fi
echo "docs/dependencies.md: $(wc -l < "$folder/page") dependencies, all as in the Cargo.toml files"
