#!/bin/sh
# Purpose: compressed modules are read as zlib, XZ Embedded and libzstd read them, also when they are damaged
# Needs: cargo, a C compiler
# Duration: 60 s
# CI: yes
#
#   ./check containers               20,000 mutated files of each format, and controls: spoiled outputs must be noticed
#   ./check containers 1000000 7     a long run: COUNT files of each format, from SEED
#
# Exit code 0: 0 files that only modsig-compress accepts, 0 that both accept with different bytes, 0 that Linux is predicted
# to read differently from its own library.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}/containers
cargo build --quiet --release --locked --manifest-path checks/containers/Cargo.toml --target-dir "$target"
containers=$target/release/containers
count=${1:-20000} seed=${2:-1}
for format in gzip xz zstd; do "$containers" "$format" "$count" "$seed"; done
[ $# = 0 ] || exit 0
echo "-- controls: each must fail"
for format in gzip xz zstd; do
    if "$containers" "$format" 1000 "$seed" --sabotage >/dev/null; then echo "$format: spoiled outputs were not noticed" >&2; exit 1; fi
done
echo "all as expected"
