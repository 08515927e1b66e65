#!/bin/sh
# Adds to fuzz/corpus what fuzz/work has that the corpus does not reach yet, the smallest files that do; none over 8 KB.
#
#   sh fuzz/merge.sh TARGET...
set -eu
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
binaries=${FUZZ_BINARIES:-${CARGO_TARGET_DIR:-target}/$host/release}
for target in "$@"; do
    found=$(mktemp -d)
    cp "corpus/$target"/* "$found"
    "$binaries/$target" -merge=1 -max_len=8000 "$found" "work/$target" >"work/$target.merge.log" 2>&1
    for file in "$found"/*; do
        [ -e "corpus/$target/${file##*/}" ] || cp "$file" "corpus/$target/"
    done
    rm -r "$found"
    echo "$target: $(ls "corpus/$target" | wc -l) files, $(cat "corpus/$target"/* | wc -c) bytes"
done
