#!/bin/sh
# Purpose: each of the 49 algorithms of FIPS 204 exists once, where docs/fips204.md says
# Needs: cargo
# Duration: 5 s
# CI: in tests
set -eu
cd "$(dirname "$0")/.."
exec cargo test --locked --package modsig-mldsa --test docs
