#!/bin/sh
# Writes the tables of docs/performance.md and draws docs/performance.svg.
#
#   tools/plot-performance.sh measure [OPTIONS]   measure first (some minutes); OPTIONS are those of benches/peers
#   tools/plot-performance.sh                     from the figures of last time, docs/performance.json
set -eu
cd "$(dirname "$0")/.."

json=$PWD/docs/performance.json
svg=$PWD/docs/performance.svg
page=docs/performance.md
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

# What stands between the two marks is replaced.
awk -v tables="$tables" '
    /<!-- peers: end -->/ { inside = 0 }
    !inside { print }
    /<!-- peers: begin -->/ { inside = 1; while ((getline line < tables) > 0) print line }
' "$page" >"$page.new"
mv "$page.new" "$page"
echo "wrote $page, $svg and $json" >&2
