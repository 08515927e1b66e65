#!/bin/sh
# Purpose: a t-test finds no kernel whose time depends on its input
# Needs: cargo; nothing else running on the machine
# Duration: 5 min
# CI: no, other work on the machine disturbs it
#
#   ./check timing [SAMPLES]      default: 200,000
set -eu
cd "$(dirname "$0")/.."
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
CARGO_PROFILE_RELEASE_OPT_LEVEL=3 cargo build --quiet --locked --release \
    --manifest-path checks/constant-time/Cargo.toml --target-dir "$target/constant-time-scan"
exec "$target/constant-time-scan/release/constant-time" timing "${1:-200000}"
