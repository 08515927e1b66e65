#!/bin/bash
# Purpose: ML-DSA's vectors and the signing programs give the same results on other processors, under emulation
# Needs: cargo; for each platform the Rust target, the cross compiler and the emulator that it names if they are missing
# Duration: 12 min
# CI: no, it takes minutes for each platform
#
#   ./check platforms [--long] [PLATFORM...]
#
# PLATFORM: s390x (big endian), aarch64, riscv64, i586 (32 bits, a Pentium II: no SSE at all). Without one: all of them.
# i586, not i686: Rust's i686 target and its ready-made std use SSE2, which `-C target-feature` cannot take out of std.
#
# Each platform runs ACVP, Wycheproof and 100 iterations of CCTV with `mldsa-kat`. s390x and aarch64 also sign modules
# with the keys of test-vectors, deterministically; every byte must be that of the programs built for this machine, and
# each must accept the other's modules and reject a changed one. --long adds 10,000 iterations of CCTV and the tests of
# Keccak and ML-DSA on s390x and aarch64.
#
# A platform whose tools are missing is skipped. Exit codes: 0 nothing failed, 1 something did, 2 usage.
set -euo pipefail
cd "$(dirname "$0")/.."

long='' platforms=()
for argument; do
    case $argument in
    --long) long=1 ;;
    s390x | aarch64 | riscv64 | i586) platforms+=("$argument") ;;
    *) echo "usage: ./check platforms [--long] [s390x|aarch64|riscv64|i586...]" >&2; exit 2 ;;
    esac
done
[ ${#platforms[@]} -gt 0 ] || platforms=(s390x aarch64 riscv64 i586)

profile=emulated # Cargo.toml
target=${CARGO_TARGET_DIR:-target}
sysroot=$(rustc --print sysroot)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset RUSTFLAGS

# Sets triple, gcc, prefix and emulator of a platform.
tools_of() {
    case $1 in
    s390x) triple=s390x-unknown-linux-gnu gcc=s390x-linux-gnu emulator=(qemu-s390x -cpu max) ;;
    aarch64) triple=aarch64-unknown-linux-gnu gcc=aarch64-linux-gnu emulator=(qemu-aarch64 -cpu neoverse-n1) ;;
    riscv64) triple=riscv64gc-unknown-linux-gnu gcc=riscv64-linux-gnu emulator=(qemu-riscv64) ;;
    i586) triple=i586-unknown-linux-gnu gcc=i686-linux-gnu emulator=(qemu-i386 -cpu pentium2) ;;
    esac
    emulator+=(-L "/usr/$gcc")
}

# Prints what this machine lacks for the platform, if anything.
lacks() {
    [ -d "$sysroot/lib/rustlib/$triple/lib" ] || echo "the Rust target (rustup target add $triple)"
    command -v "$gcc-gcc" >/dev/null || echo "$gcc-gcc (Debian: gcc-$gcc)"
    [ -n "$(find "/usr/$gcc/lib" -name 'crt1.o' 2>/dev/null | head -n 1)" ] || echo "the C library for $gcc (Debian: libc6-dev-*-cross)"
    command -v "${emulator[0]}" >/dev/null || echo "${emulator[0]} (Debian: qemu-user)"
}

emulate() { "${emulator[@]}" "$target/$triple/$profile/$1" "${@:2}"; }

cargo_for() { # COMMAND [ARGS]: cargo for the platform
    local name
    name=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$triple")
    env "${name}_LINKER=$gcc-gcc" "CC_${triple//-/_}=$gcc-gcc" "AR_${triple//-/_}=$gcc-ar" \
        "${name}_RUNNER=${emulator[*]}" cargo "$1" --quiet --locked --profile $profile --target "$triple" "${@:2}"
}

vectors() {
    cargo_for build --package mldsa-kat || return 1
    local acvp=() mode back_end
    for mode in keyGen sigGen sigVer; do
        acvp+=("test-vectors/acvp/$mode.prompt.json.gz" --expected "test-vectors/acvp/$mode.expected.json.gz")
    done
    # `auto` is what a user gets; the small schedule is other code.
    for back_end in auto small; do
        run() { emulate mldsa-kat --backend $back_end "$@" >"$scratch/report" || { cat "$scratch/report"; return 1; }; }
        run acvp "${acvp[@]}" && run wycheproof test-vectors/wycheproof/*.json.gz &&
            run accumulated --iterations 100 || return 1
        echo "$platform, $back_end: ACVP, Wycheproof and 100 iterations of CCTV pass"
    done
    [ -z "$long" ] || emulate mldsa-kat accumulated --iterations 10000
}

tests() {
    cargo_for test --package modsig-keccak --package modsig-mldsa --lib --test permutations --test sponges \
        --test cctv_accumulated --test batches --test small
}

# Those of this machine are the ones that `tests` builds.
programs() {
    cargo_for build --package modsig-cli --bins || return 1
    cargo build --quiet --locked --package modsig-cli --bins || return 1
    local here=$target/debug keys=test-vectors/modsig/keys key module count=0
    for key in mldsa44-ossl40 mldsa65-ossl40 mldsa87-ossl40 rsa2048; do
        for module in test-vectors/modules/*.ko; do
            install -m 600 "$keys/$key.pem" "$scratch/key.pem"
            "$here/sign-module" --deterministic --key "$scratch/key.pem" -o "$scratch/here.ko" --force "$module" >"$scratch/report" &&
                emulate sign-module --deterministic --key "$scratch/key.pem" -o "$scratch/there.ko" --force "$module" >"$scratch/report" &&
                cmp "$scratch/here.ko" "$scratch/there.ko" &&
                emulate verify-module --trust "$keys/$key.der" "$scratch/here.ko" >"$scratch/report" || return 1
            count=$((count + 1))
        done
        # The last module with another first byte must be rejected, by the exit code for that.
        { printf X; tail -c +2 "$scratch/here.ko"; } >"$scratch/changed.ko"
        local code=0
        emulate verify-module --trust "$keys/$key.der" "$scratch/changed.ko" >"$scratch/report" 2>&1 || code=$?
        [ $code = 1 ] || { echo "$0: $platform: verify-module ended with $code in place of 1 for a changed module" >&2; return 1; }
    done
    echo "$platform: $count signed modules, the same bytes as on $(uname -m); changed ones rejected"
}

failed=0 ran=''
for platform in "${platforms[@]}"; do
    tools_of "$platform"
    missing=$(lacks)
    if [ -n "$missing" ]; then
        echo "skipped: $platform: missing: ${missing//$'\n'/; }"
        continue
    fi
    ran+=" $platform"
    echo "-- $platform"
    steps=(vectors)
    case $platform in s390x | aarch64)
        steps+=(programs)
        [ -z "$long" ] || steps+=(tests)
        ;;
    esac
    for step in "${steps[@]}"; do
        "$step" || { echo "$0: $platform: $step failed" >&2; failed=1; }
    done
done
echo "ran on:${ran:- none}"
exit $failed
