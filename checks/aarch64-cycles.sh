#!/bin/sh
# Purpose: prints how many cycles llvm-mca estimates for the AArch64 kernels of Keccak and the NTT, ours and mldsa-native's
# Needs: what `aarch64-peers` needs; llvm-mc and llvm-mca 19 or later (LLVM=folder: where they are)
# Duration: 3 min
# CI: no, it is an estimate that changes with LLVM
#
# The table is in docs/performance.md. The instructions are those that were executed in emulation, in this order, four times in
# a row; every load hits the first cache, every branch is predicted. The write-back of an address is taken as an instruction of
# its own, because LLVM's models give it the latency of the store. LLVM's model of Apple's M1 is that of an older core.
set -eu
cd "$(dirname "$0")/.."
. checks/aarch64/native.sh # tools, `scratch`, `native`, build_native

mca=
for folder in "${LLVM-}" /usr/lib/llvm-21/bin /usr/lib/llvm-20/bin /usr/lib/llvm-19/bin; do
    if [ -n "$folder" ] && [ -x "$folder/llvm-mca" ]; then mca=$folder/llvm-mca mc=$folder/llvm-mc && break; fi
done
[ -n "$mca" ] || { echo "skipped: llvm-mca 19 is not installed"; exit 0; }

. checks/instructions/aarch64.sh # sets `program`
cp "$program" "$scratch/ours"
build_native native armv8-a
build_native native-sha3 armv8.4-a+sha3
build_native native-apple armv8.4-a+sha3 -DMLD_SYS_AARCH64_FAST_SHA3

# One row: row NAME STATES FUNCTION PROGRAM WORDS…
row() {
    name=$1 states=$2 function=$3 program=$4 && shift 4
    qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu -d plugin -plugin "$scratch/instructions.so,in=$function,words=$scratch/words" \
        "$scratch/$program" "$@" 2>/dev/null
    sed 's/\(..\)\(..\)\(..\)\(..\)/0x\4 0x\3 0x\2 0x\1/' "$scratch/words" |
        "$mc" --disassemble --triple=aarch64 -mattr=+v8.4a,+sha3 |
        sed -E -e '/^[[:space:]]*\./d' -e 's/(.*\[x([0-9]+)\]), (#[0-9]+)$/\1\n add x\2, x\2, \3/' >"$scratch/code.s"
    [ "$(wc -l <"$scratch/words")" -ge 500 ] || { echo "$name: nothing was executed" >&2; exit 1; }
    printf '| %s | %d |' "$name" $(($(wc -l <"$scratch/words") / states))
    for core in neoverse-n1 neoverse-v1 neoverse-v2 apple-m1; do
        "$mca" -mtriple=aarch64 -mcpu=$core -mattr=+sha3 -iterations=4 "$scratch/code.s" 2>/dev/null |
            awk -v n=$((4 * states)) '/^Total Cycles/ { printf " %.0f |", $3 / n; found = 1 } END { exit !found }'
    done
    echo
}

"$mca" --version | grep -i 'version'
echo "| a call, or a state | instructions | Neoverse N1 | V1 | V2 | Apple M1 |"
echo "|---|---:|---:|---:|---:|---:|"
row 'NTT, ours' 1 3ntt3ntt ours keygen ML-DSA-65 neon
row 'NTT, mldsa-native' 1 measured native ntt 65
row 'inverse NTT, ours' 1 3ntt7inv_ntt ours keygen ML-DSA-65 neon
row 'inverse NTT, mldsa-native' 1 measured native inv_ntt 65
row 'Keccak, four states, ours' 4 11permutation13permute_lanes ours keygen ML-DSA-65 neon
row 'Keccak, four states, mldsa-native' 4 measured native keccak4 65
row 'Keccak, one state, ours' 1 4neon4word7permute ours keygen ML-DSA-65 neon
row 'Keccak, one state, mldsa-native' 1 measured native keccak1 65
row 'Keccak with FEAT_SHA3, two states, ours' 2 5pairs4sha37permute ours keygen ML-DSA-65 neon-sha3
row 'Keccak with FEAT_SHA3, two states, mldsa-native' 2 measured native-apple keccak2 65
row 'Keccak with FEAT_SHA3 in part, four states, mldsa-native' 4 measured native-sha3 keccak4 65
