#!/bin/sh
# Purpose: ML-DSA leaves no secret on the stack, on each back end, in a release build
# Needs: cargo
# Duration: 40 s
# CI: in tests-optimised
set -eu
cd "$(dirname "$0")/.."
exec cargo test --release --locked --package modsig-mldsa --test zeroize
