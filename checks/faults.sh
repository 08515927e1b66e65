#!/bin/sh
# Faults: sign-module, built so that one bit of one value on the way to a signature flips, thousands of times. Each must end in a
# good signature, or in a clear error and an untouched file. See docs/faults.md.
#
#   sh ci/faults.sh [PLANS]      faults for each value, set, form of the key and mode; default: 3
#
# Exit code 0: no bad signature left, every value was reached, and without the check bad ones do leave. Needs python3.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

# Not thin LTO: this build is for its faults.
RUSTFLAGS='--cfg mldsa_fault' CARGO_PROFILE_RELEASE_LTO=off \
    cargo build --quiet --release --locked --package modsig-cli --bin sign-module --target-dir "$target/faults"
cargo build --quiet --release --locked --package modsig-cli --target-dir "$target"
exec python3 ci/faults/run.py crates/mldsa/src/fault.rs "$target/faults/release" "$target/release" "${1:-3}"
