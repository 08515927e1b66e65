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

case "${1-}" in
'' | --update) mode=${1-} ;;
*) echo "usage: $0 [--update]" >&2; exit 2 ;;
esac
command -v valgrind >/dev/null || { echo "$0: valgrind is not installed" >&2; exit 2; }

cargo build --quiet --release --locked --package modsig-mldsa --example one_operation
program=${CARGO_TARGET_DIR:-target}/release/examples/one_operation

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT

# Prints the number of instructions of `one_operation $*`.
count() {
    valgrind --tool=callgrind --callgrind-out-file="$scratch/out" --toggle-collect='one_operation::measured*' \
        "$program" "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; return 1; }
    sed -n 's/^totals: //p' "$scratch/out"
}

for backend in portable avx2; do
    for set in ML-DSA-44 ML-DSA-65 ML-DSA-87; do
        for operation in keygen sign sign-expanded verify verify-expanded keygen-small sign-small verify-small; do
            instructions=$(count "$operation" "$set" "$backend")
            if [ "${instructions:-0}" -lt 10000 ]; then
                echo "$0: $operation $set $backend: '$instructions' instructions: nothing was counted" >&2
                exit 1
            fi
            printf '%-9s %-9s %-16s %9d\n' "$set" "$backend" "$operation" "$instructions"
        done
    done
done >"$scratch/counts"

if [ "$mode" = --update ]; then
    {
        echo "# Instructions of one operation (callgrind). ./check instruction-counts compares, --update writes."
        echo "# Fixed seed, message and rnd; mu not included. $(rustc --version | cut -d' ' -f1,2), release profile."
        cat "$scratch/counts"
    } >"$file"
    echo "wrote $file"
    exit
fi

grep -v '^#' "$file" | awk -v limit=$limit '
    NR == FNR { was[$1 " " $2 " " $3] = $4; next }
    {
        name = $1 " " $2 " " $3
        if (!(name in was)) { printf "%-40s %9d  not in the file\n", name, $4; bad = 1; next }
        change = 100 * ($4 / was[name] - 1)
        verdict = change > limit ? "GREW" : (change < -limit ? "shrank: --update keeps it so" : "")
        printf "%-40s %9d %9d %+6.1f %% %s\n", name, was[name], $4, change, verdict
        if (change > limit) bad = 1
        delete was[name]
    }
    END {
        for (name in was) { print name ": in the file, but was not counted"; bad = 1 }
        if (bad) print "instruction counts differ: if that is meant, run ./check instruction-counts --update"
        exit bad
    }' - "$scratch/counts"
