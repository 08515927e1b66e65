#!/bin/sh
# The corpora through all targets, and every claim turned over: stable compiler, no fuzzer. For CI.
set -eu
cd "$(dirname "$0")"
RUST_BACKTRACE=0 exec cargo test --quiet --locked --test replay -- --nocapture
