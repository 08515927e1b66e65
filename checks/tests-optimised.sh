#!/bin/sh
# Purpose: the tests of Keccak and ML-DSA, and those of freed heap, pass in optimised code, which is other code
# Needs: cargo
# Duration: 150 s
# CI: yes
#
#   ./check tests-optimised [all]      all: every test of the workspace but the examples of the documentation, which `tests` runs
#
# What the optimiser may break is where `unsafe`, vectors and wiping are; the programs above it have neither.
set -eu
cd "$(dirname "$0")/.."
# Fifty test binaries would each do the link-time optimisation.
export CARGO_PROFILE_RELEASE_LTO=false
if [ "${1-}" = all ]; then exec cargo test --release --workspace --locked --lib --bins --tests; fi
[ $# = 0 ] || { echo "usage: ./check tests-optimised [all]" >&2; exit 2; }
set -- --test freed_heap
for crate in keccak-lanes mldsa mldsa-capi mldsa-kat; do
    for test in "crates/$crate"/tests/*.rs "crates/$crate"/tests/*/main.rs; do
        if [ -f "$test" ]; then set -- "$@" --test "$(basename "${test%/main.rs}" .rs)"; fi
    done
done
# --workspace: with the features for which `demo` and `tests` build.
exec cargo test --release --workspace --locked --lib "$@"
