#!/bin/sh
# Each target for 20 seconds (or so many as are given) on random changes of its corpus: stable compiler, no coverage.
#
#   sh fuzz/mutate.sh [SECONDS [TARGET...]]
set -eu
cd "$(dirname "$0")"
RUST_BACKTRACE=0 exec cargo run --quiet --locked --example mutate -- "$@"
