#!/bin/sh
# Purpose: each crate builds with the oldest Rust that it declares, and some tests of those for 1.85 pass (all of them: debian)
# Needs: rustup with these toolchains (skips without them)
# Duration: 100 s
# CI: yes
#
# Tests modsig-keccak and two tests of modsig-mldsa.
set -eu
cd "$(dirname "$0")/.."

# The same file in each: packages cannot share one.
for copy in crates/mldsa/build.rs crates/mldsa-kat/build/vectors.rs; do
    cmp crates/keccak-lanes/build.rs "$copy" || { echo "copy crates/keccak-lanes/build.rs to $copy" >&2; exit 1; }
done
low=1.85
packages=$(for manifest in $(grep -l "^rust-version = \"$low\"" crates/*/Cargo.toml); do
    sed -n '0,/^name = /s/^name = "\(.*\)"/--package \1/p' "$manifest"
done)
[ "$(echo "$packages" | wc -l)" = 4 ] || { echo "not four crates declare $low" >&2; exit 1; }

installed() { rustup toolchain list 2>/dev/null | sed -n "s/^\(${1}[.-][^ ]*\).*/\1/p" | head -n 1; }
target=${CARGO_TARGET_DIR:-target}/msrv
high=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
for version in "$low" "$high"; do
    toolchain=$(installed "$version")
    if [ -z "$toolchain" ]; then
        echo "skipped: there is no Rust $version (rustup toolchain install $version); the check packages compares what is declared"
        continue
    fi
    cargo "+$toolchain" --version
    if [ "$version" = "$low" ]; then
        # shellcheck disable=SC2086 # options are words
        cargo "+$toolchain" check --quiet --locked --target-dir "$target" $packages
        cargo "+$toolchain" test --quiet --locked --target-dir "$target" --package modsig-keccak --package modsig-mldsa \
            --test permutations --test one_of_each
    else
        cargo "+$toolchain" check --quiet --workspace --locked --target-dir "$target"
    fi
done
