#!/bin/sh
# Purpose: bounds of reductions, lazy sums, roundings and packings, by computation over all inputs
# Needs: cargo
# Duration: 10 s
# CI: in tests
set -eu
cd "$(dirname "$0")/.."
exec cargo test --locked --package modsig-mldsa --lib -- bounds literal
