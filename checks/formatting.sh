#!/bin/sh
# Purpose: rustfmt would change no file, in this workspace and in those of their own
# Needs: cargo fmt
# Duration: 5 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
cargo fmt --all --check
for manifest in $(git grep -l '^\[workspace\]' -- '*/Cargo.toml'); do
    cargo fmt --check --manifest-path "$manifest"
done
