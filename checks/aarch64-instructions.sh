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
check=aarch64-instructions
target=aarch64-unknown-linux-gnu

case "${1-}" in
'' | --update) mode=${1-} ;;
*) echo "usage: $0 [--update]" >&2; exit 2 ;;
esac
for program in cc aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
done

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
cc -shared -fPIC -O2 checks/aarch64/instructions.c -o "$scratch/instructions.so"
. checks/instructions/aarch64.sh # sets `program`

# Prints the number of instructions of `one_operation $*`.
count() {
    qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu -d plugin -plugin "$scratch/instructions.so,in=8measured" \
        "$program" "$@" 2>"$scratch/log" || { cat "$scratch/log" >&2; return 1; }
    sed -n 's/^instructions: //p' "$scratch/log"
}

. checks/instructions/table.sh
count_all portable neon neon-sha3
write_or_compare "Instructions of one operation on AArch64."
