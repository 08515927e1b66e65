#!/bin/sh
# The corpora through all targets, and every claim negated: stable compiler, no fuzzer. `./check fuzz-corpora`.
set -eu
cd "$(dirname "$0")"
# The folder of the main workspace: the crates of others are built there with the same settings.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../target}"
RUST_BACKTRACE=0 exec cargo test --quiet --locked --test replay -- --nocapture
