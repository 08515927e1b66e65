#!/bin/sh
# Purpose: Miri finds no undefined behaviour on the portable back ends and on AVX2
# Needs: a nightly toolchain with miri and rust-src (skips without them)
# Duration: 30 min
# CI: no, it needs a nightly compiler
#
#   ./check miri [keccak|mldsa|capi|modsig|avx2]…      default: all of them
#
# Miri interprets the tests and reports what a processor does not: reads of uninitialised memory, pointers that alias or dangle, data
# races. A control must be reported. Exit code 0: all tests named here passed. See docs/assurance/memory-safety.md.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}/miri
if ! cargo +nightly miri --version; then
    echo "skipped: Miri is not there (rustup +nightly component add miri rust-src)"
    exit 0
fi
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
export MIRIFLAGS=-Zmiri-disable-isolation CARGO_PROFILE_DEV_DEBUG=0
portable='--cfg mldsa_backend="portable"'
avx2=-Ctarget-feature=+avx2,+bmi1,+bmi2 # so that they are there for detection

# The control: a read of a byte that nobody wrote must be an error.
cat > "$report/control.rs" <<'END'
fn main() {
    let memory = std::mem::MaybeUninit::<[u8; 2]>::uninit();
    println!("{}", unsafe { memory.as_ptr().cast::<u8>().read() } & 0);
}
END
mkdir -p "$report/control/src"
mv "$report/control.rs" "$report/control/src/main.rs"
printf '[package]\nname = "control"\nedition = "2024"\n[workspace]\n' > "$report/control/Cargo.toml"
if cargo +nightly miri run --quiet --manifest-path "$report/control/Cargo.toml" --target-dir "$report/target" 2> "$report/out"; then
    echo "the control, a read of uninitialised memory, was not noticed" >&2
    exit 1
fi
grep -q 'Undefined Behavior' "$report/out" || { cat "$report/out" >&2; exit 1; }
echo "control: a read of uninitialised memory is reported"

interpret() { # FLAGS TESTS PACKAGE ARGUMENTS…: so many tests, no fewer if one has got another name
    flags=$1 tests=$2 package=$3
    shift 3
    echo "-- $package $* ($flags)"
    code=0
    RUSTFLAGS=$flags cargo +nightly miri test --locked --target-dir "$target" --package "$package" "$@" > "$report/out" 2>&1 || code=$?
    grep -E '^test |Undefined Behavior|unsupported operation' "$report/out" || true
    awk '/^test result/ { p += $4; f += $6 } END { printf "%d passed, %d failed\n", p, f; exit p != tests }' tests="$tests" "$report/out" || code=1
    if [ "$code" != 0 ]; then tail -n 40 "$report/out"; exit 1; fi
}

[ $# -gt 0 ] || set -- keccak mldsa capi modsig avx2
for part in "$@"; do
    case $part in
    keccak) interpret "$portable" 2 modsig-keccak --test permutations -- known_values lanes_and_one_extra_state ;;
    mldsa) interpret "$portable" 1 modsig-mldsa --test one_of_each ;;
    capi)
        interpret "$portable" 6 modsig-mldsa-capi --test contract -- a_wiped_key a_key_that_cannot a_signature_may \
            mu_is_refused every_result lengths_of
        ;;
    modsig) # no `unsafe` is here: what neither signs nor verifies
        interpret "$portable" 9 modsig --test trailer --test cms -- split_undoes append_equals words \
            build_equals only_der optional_sets attributes_are signed_attributes
        ;;
    avx2) # AVX-512 it does not know: vpermi2d (nightly of 2026-05-19)
        interpret "$avx2" 2 modsig-keccak --test permutations -- known_values lanes_and_one_extra_state
        interpret "$avx2" 1 modsig-mldsa --lib -- backend::equality::avx2
        ;;
    *) echo "no such part: $part" >&2; exit 2 ;;
    esac
done
