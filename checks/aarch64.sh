#!/bin/sh
# Purpose: on AArch64, every back end passes all tests and vectors, and gives CCTV's 10,000 hashes (in emulation)
# Needs: cargo, aarch64-unknown-linux-gnu of rustup, gcc-aarch64-linux-gnu, qemu-user
# Duration: 25 min
# CI: no, it takes too long
#
#   ./check aarch64 [ITERATIONS]    CCTV's iterations: 100, 1000 or 10000 (default)
#
# `-cpu max` has FEAT_SHA3, `neoverse-n1` has not.
set -eu
cd "$(dirname "$0")/.."
iterations=${1:-10000}
target=aarch64-unknown-linux-gnu
sysroot=/usr/aarch64-linux-gnu

for program in aarch64-linux-gnu-gcc qemu-aarch64; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
if ! rustc --print target-libdir --target "$target" | xargs test -d; then
    echo "skipped: Rust has no $target here (rustup target add $target)"
    exit 0
fi
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc

for cpu in max neoverse-n1; do
    echo "-- tests on $cpu"
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -cpu $cpu -L $sysroot"
    cargo test --quiet --locked --target "$target" --package modsig-keccak --package modsig-mldsa --lib --tests
    # The other tests of mldsa-kat start the program, which needs binfmt_misc.
    cargo test --quiet --locked --target "$target" --package mldsa-kat --lib --test acvp --test wycheproof --test accumulated
done

cargo build --quiet --release --locked --target "$target" --package mldsa-kat
program=${CARGO_TARGET_DIR:-target}/$target/release/mldsa-kat
kat() { qemu-aarch64 -cpu max -L "$sysroot" "$program" "$@"; }
for backend in portable neon neon-sha3; do
    echo "-- $backend"
    kat --backend "$backend" accumulated --iterations "$iterations"
done
# A CPU without FEAT_SHA3 must refuse the back end.
code=0
qemu-aarch64 -cpu neoverse-n1 -L "$sysroot" "$program" --backend neon-sha3 accumulated --iterations 100 \
    2>/dev/null || code=$?
if [ "$code" != 2 ]; then
    echo "neoverse-n1 has no FEAT_SHA3, but the exit code is $code" >&2
    exit 1
fi
