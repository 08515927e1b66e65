#!/bin/sh
# Adds to fuzz/corpus what fuzz/work has that the corpus does not reach yet (an edge counts, not how often it is taken): the
# smallest files that do; none over 8 KB.
#
#   sh fuzz/merge.sh TARGET...
set -eu
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
binaries=${FUZZ_BINARIES:-${CARGO_TARGET_DIR:-target}/$host/release}
for target in "$@"; do
    known=$(mktemp -d)
    cp "corpus/$target"/* "$known"
    # The replay asks all questions of each file (the first byte, modulo their number, which is at most 16).
    if ! grep -q 'QUESTIONS: u8 = 1;' "src/$target.rs"; then
        for file in "corpus/$target"/*; do
            for question in 0 1 2 3 4 5 6 7 10 11 12 13 14 15 16 17; do
                { printf "\\$question"; tail -c +2 "$file"; } >"$known/${file##*/}.$question"
            done
        done
    fi
    found=$(mktemp -d)
    cp "$known"/* "$found"
    "$binaries/$target" -set_cover_merge=1 -use_counters=0 -max_len=8000 "$found" "work/$target" >"work/$target.merge.log" 2>&1
    for file in "$found"/*; do
        [ -e "$known/${file##*/}" ] || cp "$file" "corpus/$target/"
    done
    rm -r "$found" "$known"
    echo "$target: $(ls "corpus/$target" | wc -l) files, $(cat "corpus/$target"/* | wc -c) bytes"
done
