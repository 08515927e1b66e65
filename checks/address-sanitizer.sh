#!/bin/sh
# Purpose: AddressSanitizer reports nothing in the tests of the crates with `unsafe` and of the parsers
# Needs: a nightly toolchain (skips without it)
# Duration: 10 min
# CI: no, it needs a nightly compiler
#
#   ./check address-sanitizer [PACKAGE…]      default: modsig-keccak modsig-mldsa modsig-mldsa-capi modsig
#
# Runs all back ends of this CPU. A control, a read out of bounds, must be reported. See docs/assurance/memory-safety.md.
set -eu
cd "$(dirname "$0")/.."
host=x86_64-unknown-linux-gnu
target=${CARGO_TARGET_DIR:-target}/address-sanitizer

if ! rustc +nightly --version; then
    echo "skipped: AddressSanitizer needs a nightly toolchain (rustup toolchain install nightly)"
    exit 0
fi
[ $# -gt 0 ] || set -- modsig-keccak modsig-mldsa modsig-mldsa-capi modsig
report=$(mktemp)
trap 'rm -f "$report"' EXIT

# The control first: a read one byte behind an allocation must be reported.
mkdir -p "$target"
rustc +nightly -Zsanitizer=address --target $host -O checks/address-sanitizer/out_of_bounds.rs -o "$target/out_of_bounds"
"$target/out_of_bounds" inside
if "$target/out_of_bounds" outside > "$report" 2>&1 || ! grep -q 'AddressSanitizer: heap-buffer-overflow' "$report"; then
    echo "the control, a read out of bounds, was not noticed" >&2
    exit 1
fi
echo "control: a read out of bounds is reported"

# --target: else build scripts and procedural macros would be instrumented too. Leaks are no memory errors: not looked for.
# tests/stack.rs and zeroize.rs run on stacks of their own, which the sanitizer takes for overflows and whose size it changes.
export RUSTFLAGS='-Zsanitizer=address' ASAN_OPTIONS=detect_leaks=0 CARGO_PROFILE_DEV_DEBUG=0
for package in "$@"; do
    echo "-- $package"
    cargo +nightly test --locked --target $host --target-dir "$target" --package "$package" --lib --tests \
        -- --skip a_thread_of_512_kib_suffices --skip stays_within --skip no_secret 2>&1 |
        tee "$report" | grep -E '^test result|Running|FAILED|panicked|AddressSanitizer|^error' || true
    if grep -qE 'FAILED|AddressSanitizer|^error' "$report"; then exit 1; fi
    awk '/^test result/ { p += $4; f += $6 } END { printf "%d tests passed, %d failed, 0 reports\n", p, f; exit p == 0 || f > 0 }' "$report"
done
