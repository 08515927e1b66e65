#!/bin/sh
# Purpose: prints how many instructions other libraries execute on AArch64, beside ours, and fails if ours are over 1.10 of mldsa-native's
# Needs: cargo, cc, aarch64-unknown-linux-gnu of rustup, gcc-aarch64-linux-gnu, qemu-user with plugins, network or a filled cargo cache
# Duration: 2 min
# CI: no, it builds AWS-LC and counts what does not change
#
# The table is in docs/performance.md, in thousands, ML-DSA-44, -65 and -87. Ours are those of
# benches/instruction-counts-aarch64.txt, without mu; theirs include mu. `sha3`: with FEAT_SHA3.
set -eu
cd "$(dirname "$0")/.."
. checks/aarch64/native.sh # tools, `target`, `scratch`, `native`, build_native

manifest=checks/aarch64/peers/Cargo.toml
folder=$(realpath -m "${CARGO_TARGET_DIR:-target}")/instructions
build() {
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc RUSTFLAGS="-C symbol-mangling-version=v0 $1" \
        cargo build --quiet --release --locked --manifest-path "$manifest" --target "$target" --target-dir "$folder"
    cp "$folder/$target/release/peer_operation" "$scratch/$2"
}
build '' peers
build '-C target-feature=+sha3' peers-sha3

build_native native armv8-a
build_native native-sha3 armv8.4-a+sha3
build_native native-apple armv8.4-a+sha3 -DMLD_SYS_AARCH64_FAST_SHA3

# Prints how many instructions a program executes in its function `measured`: count CPU PROGRAM WORDS…
count() {
    cpu=$1 program=$2 && shift 2
    qemu-aarch64 -cpu "$cpu" -L /usr/aarch64-linux-gnu -d plugin -plugin "$scratch/instructions.so,in=$symbol" \
        "$scratch/$program" "$@" 2>"$scratch/log" || { cat "$scratch/log" >&2; return 1; }
    sed -n 's/^instructions: //p' "$scratch/log"
}

# One row of $scratch/rows: row NAME CPU PROGRAM [LIBRARY]
row() {
    name=$1 cpu=$2 program=$3 library=${4-}
    for operation in keygen sign verify; do
        for set in 44 65 87; do
            instructions=$(count "$cpu" "$program" "$operation" "$set" $library)
            [ "${instructions:-0}" -ge 10000 ] || { echo "$name $operation $set: '$instructions': nothing was counted" >&2; exit 1; }
            printf '%s\t%s\t%s\t%s\n' "$name" "$operation" "$set" "$instructions" >>"$scratch/rows"
        done
    done
}
for backend in portable neon neon-sha3; do
    awk -v backend="$backend" '$2 == backend && $3 ~ /^(keygen|sign|verify)$/ {
        printf "ours, %s\t%s\t%s\t%s\n", backend, $3, substr($1, 8), $4
    }' benches/instruction-counts-aarch64.txt >>"$scratch/rows"
done
symbol=measured
row 'mldsa-native-rs' neoverse-n1 native
row 'mldsa-native-rs, sha3 on Linux' max native-sha3
row 'mldsa-native-rs, sha3 on Apple' max native-apple
symbol=8measured # mangled
row 'aws-lc-sys' neoverse-n1 peers aws-lc
row 'aws-lc-sys, sha3' max peers aws-lc
row 'libcrux-ml-dsa' neoverse-n1 peers libcrux
row 'libcrux-ml-dsa, built for sha3' max peers-sha3 libcrux
row 'libcrux-ml-dsa, portable' neoverse-n1 peers libcrux-portable

awk -F'\t' '
    !($1 in seen) { seen[$1] = 1; names[++rows] = $1 }
    { counted[$1, $2, $3] = $4; cells++ }
    END {
        if (cells != 9 * rows || rows != 11) { printf "%d counts in %d rows: some are missing\n", cells, rows; exit 1 }
        print "| thousand instructions | keygen | sign held | verify |\n|---|---|---|---|"
        split("keygen sign verify", operations, " "); split("44 65 87", sets, " ")
        for (r = 1; r <= rows; r++) {
            line = "| " names[r]
            for (o = 1; o <= 3; o++)
                for (s = 1; s <= 3; s++)
                    line = line (s == 1 ? " | " : " / ") sprintf("%.0f", counted[names[r], operations[o], sets[s]] / 1000)
            print line " |"
        }
        for (o = 1; o <= 3; o++)
            for (s = 1; s <= 3; s++) {
                ratio = counted["ours, neon", operations[o], sets[s]] / counted["mldsa-native-rs", operations[o], sets[s]]
                if (ratio > worst) worst = ratio
            }
        printf "NEON: at most %.2f of mldsa-native-rs (limit 1.10)\n", worst
        exit worst > 1.10
    }' "$scratch/rows"
