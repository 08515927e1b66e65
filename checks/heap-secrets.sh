#!/bin/sh
# Purpose: no secret stays in freed heap, in the library and in the programs, in a release build
# Needs: cargo
# Duration: 120 s
# CI: in tests-optimised
set -eu
cd "$(dirname "$0")/.."
exec cargo test --release --locked --package modsig --package modsig-cli --test freed_heap
