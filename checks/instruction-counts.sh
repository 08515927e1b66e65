#!/bin/sh
# Purpose: no operation of ML-DSA takes over 3 % more instructions than benches/instruction-counts.txt says
# Needs: cargo, valgrind
# Duration: 60 s
# CI: yes
#
#   ./check instruction-counts               compare
#   ./check instruction-counts --update      write today's counts to the file
#
# A count does not depend on the machine's load, so this finds regressions where a clock finds noise. It does depend
# a little on the compiler (the file names its version) and on which memcpy the C library chooses for the CPU. valgrind does not
# know AVX-512: portable and AVX2 only.
set -eu
cd "$(dirname "$0")/.."

file=benches/instruction-counts.txt
limit=3 # per cent
check=instruction-counts

case "${1-}" in
'' | --update) mode=${1-} ;;
*) echo "usage: $0 [--update]" >&2; exit 2 ;;
esac
command -v valgrind >/dev/null || { echo "$0: valgrind is not installed" >&2; exit 2; }

folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/instructions
cargo build --quiet --release --locked --manifest-path checks/instructions/Cargo.toml --target-dir "$folder"
program=$folder/release/one_operation

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

# Prints the number of instructions of `one_operation $*`.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --toggle-collect='one_operation::measured*' \
        "$program" "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; return 1; }
    sed -n 's/^totals: //p' "$scratch/out"
}

. checks/instructions/table.sh
count_all portable avx2
write_or_compare "Instructions of one operation (callgrind)."
