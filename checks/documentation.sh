#!/bin/sh
# Purpose: rustdoc has no warning: no dead link, no link from public to private items
# Needs: cargo
# Duration: 40 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --workspace --locked
