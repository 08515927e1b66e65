#!/bin/sh
# Purpose: clippy has no warning, in all code of the workspace
# Needs: cargo clippy
# Duration: 90 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
cargo clippy --workspace --all-targets --locked -- -D warnings
