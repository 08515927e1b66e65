#!/bin/sh
# Purpose: the C interface leaves no secret on the stack
# Needs: cargo
# Duration: 10 s
# CI: in tests
set -eu
cd "$(dirname "$0")/.."
exec cargo test --locked --package modsig-mldsa-capi --test leftovers
