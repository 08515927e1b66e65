#!/bin/sh
# Purpose: a program with modsig-mldsa and every feature that promises so links without std and alloc
# Needs: cargo, nm
# Duration: 30 s
# CI: yes
#
# Builds the program, runs it, and searches it for symbols of std, alloc or an allocator.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}/no-std
cargo build --quiet --release --locked --manifest-path checks/no-std/Cargo.toml --target-dir "$target"
program=$target/release/no-std-proof

"$program" || { echo "$0: $program says that $? of four tasks failed" >&2; exit 1; }
echo "keys made, signed, verified: ML-DSA-44, ML-DSA-65, ML-DSA-87; key files, traits"

symbols=$(nm "$program")
found() { printf '%s\n' "$symbols" | grep -E "$1"; }
found ' T main$' >/dev/null || { echo "$0: nm shows no main: nothing was looked at" >&2; exit 1; }
if found '_ZN3std|_ZN5alloc|Cs[0-9a-zA-Z]*_(3std|5alloc)|__rust_(alloc|realloc|dealloc)| U (malloc|calloc|realloc|free|posix_memalign)'; then
    echo "$0: $program has these symbols of std or an allocator" >&2
    exit 1
fi
printf '%s symbols, none of std, alloc or an allocator\n' "$(printf '%s\n' "$symbols" | wc -l)"
