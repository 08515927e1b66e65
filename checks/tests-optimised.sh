#!/bin/sh
# Purpose: all tests pass in optimised code, which is other code
# Needs: cargo
# Duration: 240 s
# CI: yes
#
# The examples of the documentation are not among them: `tests` runs those.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --profile optimised --workspace --locked --lib --bins --tests
