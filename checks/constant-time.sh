#!/bin/sh
# Purpose: no branch, address or division depends on a secret, in the binary at opt-levels 1, 2, 3 and s
# Needs: cargo, valgrind, objdump, python3
# Duration: 120 s
# CI: yes
#
# memcheck with its controls, and scans of the disassembly with theirs. Exit code 0: nothing depends on a secret, and every
# control was noticed. See docs/assurance/constant-time.md.
set -eu
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
here=checks/constant-time

build() { # LEVEL FOLDER: the checker at that level
    CARGO_PROFILE_RELEASE_OPT_LEVEL=$1 \
        cargo build --quiet --locked --release --manifest-path $here/Cargo.toml --target-dir "$target/$2"
}
hooked() { RUSTFLAGS='--cfg mldsa_ct_check' build "$1" constant-time; }
program=$target/constant-time/release/constant-time
plain=$target/constant-time-scan/release/constant-time
# Short blocks: valgrind 3.19 runs out of memory translating the long straight kernels of the AVX2 back end.
memcheck() { valgrind --quiet --error-limit=no --vex-guest-max-insns=16 --vex-iropt-unroll-thresh=0 "$program" "$1"; }

for level in 1 2 s 3; do
    echo "-- opt-level $level"
    hooked $level
    build $level constant-time-scan
    "$plain" run
    memcheck memcheck
    memcheck control 2>/dev/null | sed -n '/NOT NOTICED/p; $p'
    memcheck control >/dev/null 2>&1 # its exit code
    kernels=
    if [ $level = 3 ]; then kernels=--kernels; fi
    python3 $here/scan.py $kernels "$plain"
done
for leak in division gather branch; do
    if python3 $here/scan.py --kernels --leak $leak "$plain" >/dev/null; then
        echo "the scan did not notice a $leak" >&2
        exit 1
    fi
done
echo "the scan noticed each of three leaks put in"
