#!/bin/sh
# Purpose: on AArch64, no operation takes over 3 % more instructions than benches/instruction-counts-aarch64.txt says
# Needs: cargo, cc, aarch64-unknown-linux-gnu of rustup, gcc-aarch64-linux-gnu, qemu-user with plugins
# Duration: 3 min
# CI: yes
#
#   ./check aarch64-instructions               compare
#   ./check aarch64-instructions --update      write today's counts to the file
#
# Instructions executed in emulation, with the plugin checks/aarch64/instructions.c. They are not a time.
set -eu
cd "$(dirname "$0")/.."
file=benches/instruction-counts-aarch64.txt
limit=3 # per cent
target=aarch64-unknown-linux-gnu

case "${1-}" in
'' | --update) mode=${1-} ;;
*) echo "usage: $0 [--update]" >&2; exit 2 ;;
esac
for program in cc aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
if ! rustc --print target-libdir --target "$target" | xargs test -d; then
    echo "skipped: Rust has no $target here (rustup target add $target)"
    exit 0
fi

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
cc -shared -fPIC -O2 checks/aarch64/instructions.c -o "$scratch/instructions.so"
CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    cargo build --quiet --release --locked --target "$target" --package modsig-mldsa --example one_operation
program=${CARGO_TARGET_DIR:-target}/$target/release/examples/one_operation

# Prints the number of instructions of `one_operation $*`.
count() {
    qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu -d plugin -plugin "$scratch/instructions.so,in=measured" \
        "$program" "$@" 2>"$scratch/log" || { cat "$scratch/log" >&2; return 1; }
    sed -n 's/^instructions: //p' "$scratch/log"
}

for backend in portable neon neon-sha3; do
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
        echo "# Instructions of one operation on AArch64. ./check aarch64-instructions compares, --update writes."
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
        printf "%-40s %9d %9d %+6.1f %% %s\n", name, was[name], $4, change, (change > limit ? "GREW" : "")
        if (change > limit) bad = 1
        delete was[name]
    }
    END {
        for (name in was) { print name ": in the file, but was not counted"; bad = 1 }
        if (bad) print "instruction counts differ: if that is meant, run ./check aarch64-instructions --update"
        exit bad
    }' - "$scratch/counts"
