#!/bin/sh
# Purpose: the operations of ML-DSA stay within their limits of stack, in a release build
# Needs: cargo
# Duration: 40 s
# CI: yes
#
# The test has the limits and prints what each operation takes.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --release --locked --package modsig-mldsa --test stack -- --nocapture
