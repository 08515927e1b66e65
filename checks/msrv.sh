#!/bin/sh
# Purpose: the workspace builds with the oldest Rust that it declares
# Needs: rustup with that toolchain (skips without it)
# Duration: 60 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
toolchain=$(rustup toolchain list 2>/dev/null | sed -n "s/^\(${version}[^ ]*\).*/\1/p" | head -n 1)
if [ -z "$toolchain" ]; then
    echo "skipped: there is no Rust $version (rustup toolchain install $version); the check packages compares what is declared"
    exit 0
fi
cargo "+$toolchain" --version
exec cargo "+$toolchain" check --workspace --locked --target-dir "${CARGO_TARGET_DIR:-target}/msrv"
