#!/bin/sh
# Each target for 20 seconds (or the given number) on random changes of its corpus: stable compiler, no coverage. `./check fuzz-stable`.
#
#   sh fuzz/mutate.sh [SECONDS [TARGET...]]
set -eu
cd "$(dirname "$0")"
# The folder of the main workspace: the crates of others are built there with the same settings.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../target}"
RUST_BACKTRACE=0 exec cargo run --quiet --locked --example mutate -- "$@"
