#!/bin/sh
# Purpose: a new crate that depends on modsig-mldsa signs and verifies in under ten lines
# Needs: cargo
# Duration: 15 s
# CI: yes
#
# The crate has what the documentation says and nothing else. It builds with the workspace's versions and needs no network if
# they are in the registry's cache.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<TOML
[package]
name = "fresh"
version = "0.0.0"
edition = "2024"

[dependencies]
mldsa = { package = "modsig-mldsa", path = "$root/crates/mldsa", features = ["getrandom"] }

[workspace]
TOML
cat > "$folder/src/main.rs" <<'RUST'
use mldsa::{Context, MlDsa65, Rnd, SigningKey};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let key = SigningKey::<MlDsa65>::try_generate()?;
    let signature = key.sign(b"message", Context::EMPTY, &Rnd::try_generate()?);
    key.verifying_key().verify(b"message", Context::EMPTY, &signature)?;
    Ok(println!("{} bytes verified", signature.as_bytes().len()))
}
RUST
lines=$(grep -c . "$folder/src/main.rs")
[ "$lines" -lt 10 ] || { echo "$0: the program has $lines lines" >&2; exit 1; }

cp Cargo.lock "$folder" # cargo drops what it does not need
printed=$(cd "$folder" && cargo run --quiet --target-dir "${CARGO_TARGET_DIR:-$root/target}/fresh-crate")
if [ "$printed" != "3309 bytes verified" ]; then
    echo "$0: it printed: $printed" >&2
    exit 1
fi
echo "a fresh crate signs and verifies in $lines lines"
