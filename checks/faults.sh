#!/bin/sh
# Purpose: no bad signature leaves sign-module when one bit flips on the way to it
# Needs: cargo, python3
# Duration: 90 s
# CI: yes
#
#   ./check faults [N]      N faults for each value, set, form of the key and mode; default: 1
#
# sign-module is built so that one bit of one value flips, and run thousands of times. Each run must end in a good signature, or in a
# clear error and an untouched file. Exit code 0: no bad signature left, every value was reached, and without the check bad
# signatures do leave. See docs/assurance/faults.md.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

# Without thin LTO: this build is for its faults.
RUSTFLAGS='--cfg mldsa_fault' CARGO_PROFILE_RELEASE_LTO=off \
    cargo build --quiet --release --locked --package modsig-cli --bin sign-module --target-dir "$target/faults"
cargo build --quiet --release --locked --package modsig-cli --target-dir "$target"
exec python3 checks/faults/run.py crates/mldsa/src/fault.rs "$target/faults/release" "$target/release" "${1:-1}"
