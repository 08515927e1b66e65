#!/bin/sh
# Writes docs/performance.txt (all tables) and the goals of docs/performance.md, and draws docs/performance.svg.
#
#   tools/plot-performance.sh measure [OPTIONS]   measure first (some minutes); OPTIONS are those of benches/peers
#   tools/plot-performance.sh                     from the figures of last time, docs/performance.json
set -eu
cd "$(dirname "$0")/.."

json=$PWD/docs/performance.json
svg=$PWD/docs/performance.svg
page=docs/performance.md
all=docs/performance.txt
tables=$(mktemp)
trap 'rm -f "$tables" "$page.new"' EXIT

peers() {
    (cd benches/peers && cargo run --quiet --release -- --plot "$svg" "$@")
}

case "${1-}" in
measure) shift; peers --json "$json" "$@" >"$tables" ;;
'') peers --from "$json" >"$tables" ;;
*) echo "usage: $0 [measure [OPTIONS]]" >&2; exit 2 ;;
esac

cp "$tables" "$all"
# Between the two marks of the page: the first line and the goals.
awk -v tables="$tables" '
    /<!-- peers: end -->/ { inside = 0 }
    !inside { print }
    /<!-- peers: begin -->/ {
        inside = 1
        while ((getline line < tables) > 0 && line !~ /^### ML-DSA/) {
            if (line ~ /^### Goals/) { getline line < tables; getline line < tables; getline line < tables; continue }
            print line
        }
    }
' "$page" >"$page.new"
mv "$page.new" "$page"
echo "wrote $page, $all, $svg and $json" >&2
