#!/bin/sh
# Purpose: the same as proofs, with every enumeration over all values
# Needs: cargo
# Duration: 20 min
# CI: no, it takes minutes on every core
set -eu
cd "$(dirname "$0")/.."
export RUSTFLAGS='--cfg mldsa_exhaustive'
exec cargo test --release --locked --package modsig-mldsa --lib \
    --target-dir "${CARGO_TARGET_DIR:-target}/exhaustive" -- bounds literal
