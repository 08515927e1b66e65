#!/bin/sh
# Purpose: libFuzzer finds no crash and no false claim
# Needs: cargo-fuzz, a nightly toolchain
# Duration: 10 min
# CI: no, it needs a nightly compiler
#
#   ./check fuzz [SECONDS [TARGET...]]
#   ./check fuzz --executions N [TARGET...]
set -eu
exec sh "$(dirname "$0")/../fuzz/run.sh" "$@"
