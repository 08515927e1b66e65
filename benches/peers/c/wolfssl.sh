#!/bin/sh
# Builds wolfSSL 5.9.4 with ML-DSA and its assembly, from the sources in the crate wolfssl-sys, for `--features wolfssl`.
# Needs autoconf, automake, libtool, make, a C compiler and python3. GPL: for the benchmark only, never distribute it.
set -eu
cd "$(dirname "$0")/.."

into=$PWD/target/wolfssl
cargo fetch --locked
crate=$(cargo metadata --format-version 1 --locked --offline | python3 -c '
import json, os, sys
packages = json.load(sys.stdin)["packages"]
print(*(os.path.dirname(p["manifest_path"]) for p in packages if p["name"] == "wolfssl-sys"))')
rm -rf "$into"
mkdir -p "$into"
cp -r "$crate/wolfssl-src" "$into/source"
cd "$into/source"
autoreconf --install --force
# The caches let a key object stay expanded, like ours.
CFLAGS="-O3 -DWC_MLDSA_CACHE_PRIV_VECTORS -DWC_MLDSA_CACHE_PUB_VECTORS" ./configure --quiet --prefix="$into/installed" \
    --disable-shared --enable-static --enable-cryptonly --enable-mldsa --enable-sha3 --enable-intelasm \
    --disable-examples --disable-crypttests --disable-benchmark
make --silent -j"$(nproc)" install
