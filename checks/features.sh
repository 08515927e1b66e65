#!/bin/sh
# Purpose: modsig-mldsa builds with each feature alone, none and all, and with each back end forced
# Needs: cargo; thumbv7em-none-eabi of rustup (skips that part without it)
# Duration: 40 s
# CI: yes
set -eu
cd "$(dirname "$0")/.."

echo "-- without features: which crates"
# Not those of the build, nor of the tests; the version numbers and paths do not matter.
found=$(cargo tree --locked --package modsig-mldsa --no-default-features --edges normal --prefix none --no-dedupe |
    cut -d ' ' -f 1 | sort -u | tr '\n' ' ')
expected='cpufeatures modsig-keccak modsig-mldsa subtle zeroize '
if [ "$found" != "$expected" ]; then
    echo "$0: the core needs $found, where only $expected are allowed" >&2
    exit 1
fi
echo "$found"

# `std` is the last, and brings `alloc`; `pem` too. None of those before them may.
no_alloc='rand_core getrandom signature digest pkcs8 serde'
for features in '' $no_alloc alloc pem std "$no_alloc" "$no_alloc alloc pem std"; do
    echo "-- features: ${features:-none}"
    cargo clippy --quiet --locked --package modsig-mldsa --no-default-features --features "$features" -- -D warnings
done
# Every feature of the manifest is in the list above.
listed=$(printf '%s\n' default $no_alloc alloc pem std | sort | tr '\n' ' ')
declared=$(sed -n '/^\[features\]/,/^\[dep/ s/^\([a-z_0-9]*\) = .*/\1/p' crates/mldsa/Cargo.toml | sort | tr '\n' ' ')
if [ "$listed" != "$declared" ]; then
    echo "$0: the features are $declared; checked are $listed" >&2
    exit 1
fi
echo "-- documentation of all features"
RUSTDOCFLAGS='-D warnings' cargo doc --quiet --locked --no-deps --package modsig-mldsa --all-features

for backend in portable avx2 avx512; do
    echo "-- --cfg mldsa_backend=\"$backend\""
    RUSTC_WORKSPACE_WRAPPER=$PWD/checks/features/$backend.sh cargo check --locked --package modsig-mldsa
done
echo "-- --cfg mldsa_counting"
(target=$(realpath -m "${CARGO_TARGET_DIR:-target}/overhead") && cd benches/overhead && cargo check --quiet --locked --target-dir "$target")
echo "-- tests with --cfg mldsa_backend=\"portable\""
# --workspace: with the features for which `tests` has built the other crates.
RUSTC_WORKSPACE_WRAPPER=$PWD/checks/features/portable.sh cargo test --locked --workspace --test cctv_accumulated

# Without an operating system nothing can slip in. No rustup target is fetched for it: the proof that always runs is the check no-std.
bare=thumbv7em-none-eabi
if [ -d "$(rustc --print sysroot)/lib/rustlib/$bare" ]; then
    echo "-- $bare"
    cargo check --locked --package modsig-mldsa --target $bare
    # All but getrandom: there is no operating system to ask.
    cargo check --locked --package modsig-mldsa --target $bare \
        --features digest,pkcs8,rand_core,serde,signature
else
    echo "skipped: Rust has no $bare here (rustup target add $bare)"
fi
