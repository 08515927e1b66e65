#!/bin/sh
# mldsa as others may build it: without its default features, and with a back end forced at compile time.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}

echo "-- without default features"
cargo check --locked --package modsig-mldsa --no-default-features

# A folder of its own: other flags would rebuild all that the main one holds.
for backend in portable avx2 avx512; do
    echo "-- --cfg mldsa_backend=\"$backend\""
    RUSTFLAGS="${RUSTFLAGS-} --cfg mldsa_backend=\"$backend\"" \
        cargo check --locked --target-dir "$target/forced" --package modsig-mldsa
done
echo "-- tests with --cfg mldsa_backend=\"portable\""
RUSTFLAGS="${RUSTFLAGS-} --cfg mldsa_backend=\"portable\"" \
    cargo test --locked --target-dir "$target/forced" --package modsig-mldsa --test cctv_accumulated

# Without an operating system nothing can slip in. No rustup target is fetched for it: the proof that always runs is ci/no-std.
bare=thumbv7em-none-eabi
if [ -d "$(rustc --print sysroot)/lib/rustlib/$bare" ]; then
    echo "-- $bare"
    cargo check --locked --target-dir "$target/forced" --package modsig-mldsa --target $bare
else
    echo "skipped: Rust has no $bare here (rustup target add $bare)"
fi
