#!/bin/bash
# Purpose: ML-DSA's vectors and the signing programs give the same results on other processors, under emulation
# Needs: cargo, python3; for each platform the Rust target, the cross compiler and the emulator that it names if they are missing
# Duration: 8 min
# CI: yes
#
#   ./check platforms [--long] [PLATFORM...]
#
# PLATFORM, all of them without one:
#   s390x aarch64    Linux, big and little endian; also the programs
#   riscv64 i586     Linux; i586 is a Pentium II without SSE. (Rust's i686 has a ready-made std that uses SSE2.)
#   wasm32           WASI under Node.js
#   thumbv7em        a Cortex-M4 without an operating system (crates/mldsa/examples/embedded)
#
# Each platform runs ACVP, Wycheproof and 100 iterations of CCTV, NEON 10,000. On s390x and aarch64 the programs sign modules
# deterministically with the keys of test-vectors: every byte must be that of the programs built for this machine, each must
# accept the modules, and reject a changed one. On aarch64 the tests of the kernels run, too: bounds, and that each back end
# equals the portable one. --long adds 10,000 iterations of CCTV on the platforms with std, and tests of Keccak and ML-DSA on
# s390x and aarch64.
#
# A platform whose tools are missing is skipped. Exit codes: 0 nothing failed, 1 something did, 2 usage.
set -euo pipefail
cd "$(dirname "$0")/.."

all=(s390x aarch64 riscv64 i586 wasm32 thumbv7em)
long='' platforms=()
for argument; do
    case " --long ${all[*]} " in
    *" $argument "*) if [ "$argument" = --long ]; then long=1; else platforms+=("$argument"); fi ;;
    *) echo "usage: ./check platforms [--long] [${all[*]}]" >&2; exit 2 ;;
    esac
done
[ ${#platforms[@]} -gt 0 ] || platforms=("${all[@]}")

profile=emulated # Cargo.toml
target=${CARGO_TARGET_DIR:-$PWD/target}
embedded=crates/mldsa/examples/embedded
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset RUSTFLAGS

# Sets triple, gcc (or nothing), emulator, suffix and back ends of a platform.
tools_of() {
    gcc='' suffix='' back_ends=(auto small)
    case $1 in
    s390x) triple=s390x-unknown-linux-gnu gcc=s390x-linux-gnu emulator=(qemu-s390x -cpu max) ;;
    aarch64)
        triple=aarch64-unknown-linux-gnu gcc=aarch64-linux-gnu emulator=(qemu-aarch64 -cpu max)
        back_ends=(neon neon-sha3 portable small)
        ;;
    riscv64) triple=riscv64gc-unknown-linux-gnu gcc=riscv64-linux-gnu emulator=(qemu-riscv64) ;;
    i586) triple=i586-unknown-linux-gnu gcc=i686-linux-gnu emulator=(qemu-i386 -cpu pentium2) ;;
    wasm32) triple=wasm32-wasip1 suffix=.wasm emulator=(node --no-warnings checks/platforms/wasi.mjs) ;;
    thumbv7em)
        triple=thumbv7em-none-eabi
        emulator=(qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none
            -semihosting-config "enable=on,target=native")
        ;;
    esac
    [ -z "$gcc" ] || emulator+=(-L "/usr/$gcc")
}

# Prints what this machine lacks for the platform, if anything.
lacks() {
    local package=qemu-user
    rustc --print target-libdir --target "$triple" | xargs test -d || echo "the Rust target (rustup target add $triple)"
    case $1 in wasm32) package='nodejs, 20 or later' ;; thumbv7em) package=qemu-system-arm ;; esac
    command -v "${emulator[0]}" >/dev/null || echo "${emulator[0]} (Debian: $package)"
    [ "$1" != wasm32 ] || node --no-warnings -e 'import("node:wasi").then((m) => new m.WASI({ version: "preview1" }))' \
        >"$scratch/node" 2>&1 || echo "Node.js 20 or later"
    [ -n "$gcc" ] || return 0
    command -v "$gcc-gcc" >/dev/null || echo "$gcc-gcc (Debian: gcc-$gcc)"
    [ -n "$(find "/usr/$gcc/lib" -name crt1.o 2>/dev/null | head -n 1)" ] || echo "the C library for $gcc (Debian: libc6-dev-*-cross)"
}

# How cargo and cc-rs build and run for the platform.
export_tools() {
    local name
    name=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$triple")
    [ -z "$gcc" ] || export "${name}_LINKER=$gcc-gcc" "CC_${triple//-/_}=$gcc-gcc" "AR_${triple//-/_}=$gcc-ar"
    export "${name}_RUNNER=${emulator[*]}"
}

cargo_for() { # COMMAND ARGS
    cargo "$1" --quiet --locked --profile $profile "${@:2}"
}

# An emulator that hangs fails; the longest of these runs takes minutes.
emulate() { timeout 1200 "${emulator[@]}" "$target/$triple/$profile/$1$suffix" "${@:2}"; }

# Those of this machine are built as other checks build them.
build() {
    local platform with_programs=() without=()
    for platform; do
        tools_of "$platform"
        case $platform in
        thumbv7em)
            (cd $embedded && cargo build --quiet --release --locked --target-dir "$target/embedded" --target $triple \
                --bin known_answers) || return 1
            ;;
        s390x | aarch64) with_programs+=(--target "$triple") ;;
        *) without+=(--target "$triple") ;;
        esac
    done
    [ ${#without[@]} = 0 ] || cargo_for build "${without[@]}" --package mldsa-kat || return 1
    [ ${#with_programs[@]} = 0 ] || {
        cargo_for build "${with_programs[@]}" --package mldsa-kat --package modsig-cli --bins || return 1
        cargo build --quiet --locked --package modsig-cli || return 1
        # A copy: other checks of CI run at the same time, and build it again.
        cp "$target/debug/sign-module" "$scratch/sign-module"
    }
}

vectors() { # PLATFORM
    local acvp=() mode back_end
    for mode in keyGen sigGen sigVer; do
        acvp+=("test-vectors/acvp/$mode.prompt.json.gz" --expected "test-vectors/acvp/$mode.expected.json.gz")
    done
    run() { emulate mldsa-kat --backend "$back_end" "$@" >"$work/report" || { cat "$work/report"; return 1; }; }
    local iterations
    for back_end in "${back_ends[@]}"; do
        # One thread: QEMU 7.2 for i386 hangs with two on a Zen 5.
        iterations=100
        [ "$1 $back_end" != 'aarch64 neon' ] || iterations=10000
        run acvp "${acvp[@]}" && run wycheproof test-vectors/wycheproof/*.json.gz &&
            run accumulated --iterations $iterations --jobs 1 || return 1
        echo "$1, $back_end: ACVP, Wycheproof and $iterations iterations of CCTV pass"
    done
    [ -z "$long" ] || emulate mldsa-kat accumulated --iterations 10000
}

kernels() { # PLATFORM
    cargo_for test --target "$triple" --package modsig-keccak --package modsig-mldsa --lib --test permutations --test sponges \
        >"$work/report" 2>&1 || { cat "$work/report"; return 1; }
    echo "$1: $(awk '/^test result/ { n += $4 } END { print n }' "$work/report") tests of the kernels pass"
}

tests() {
    cargo_for test --target "$triple" --package modsig-keccak --package modsig-mldsa --lib --test permutations --test sponges \
        --test cctv_accumulated --test batches --test small
}

# Signs, compares and verifies the modules of test-vectors.
programs() { # PLATFORM
    local keys=test-vectors/modsig/keys key module count=0
    for key in mldsa44-ossl40 mldsa65-ossl40 mldsa87-ossl40 rsa2048; do
        for module in test-vectors/modules/*.ko; do
            install -m 600 "$keys/$key.pem" "$work/key.pem"
            "$scratch/sign-module" --deterministic --key "$work/key.pem" -o "$work/here.ko" --force "$module" >"$work/report" &&
                emulate sign-module --deterministic --key "$work/key.pem" -o "$work/there.ko" --force "$module" >"$work/report" &&
                cmp "$work/here.ko" "$work/there.ko" &&
                emulate verify-module --trust "$keys/$key.der" "$work/here.ko" >"$work/report" || return 1
            count=$((count + 1))
        done
        # The last module with another first byte must be rejected, by the exit code for that.
        { printf X; tail -c +2 "$work/here.ko"; } >"$work/changed.ko"
        local code=0
        emulate verify-module --trust "$keys/$key.der" "$work/changed.ko" >"$work/report" 2>&1 || code=$?
        [ $code = 1 ] || { echo "$0: $1: verify-module ended with $code in place of 1 for a changed module" >&2; return 1; }
    done
    echo "$1: $count signed modules, the same bytes as on $(uname -m); changed ones rejected"
}

# Runs `known_answers` in the emulated machine, which must also find what is wrong in the four cases of the control.
known_answers() { # PLATFORM
    local answers=$work/answers.bin write=(python3 $embedded/known-answers.py test-vectors "$work/answers.bin") code=0
    machine() {
        "${emulator[@]}" -device "loader,file=$answers,addr=0x21000000,force-raw=on" \
            -kernel "$target/embedded/$triple/release/known_answers" >"$work/report" 2>&1
    }
    "${write[@]}" --control >"$work/report" && { machine || code=$?; }
    [ $code = 1 ] && grep -q '^failed 4$' "$work/report" ||
        { cat "$work/report"; echo "$0: $1: known_answers must find four wrong cases, and end with 1" >&2; return 1; }
    "${write[@]}" && machine || { cat "$work/report"; return 1; }
    cat "$work/report"
    echo "$1, small: ACVP, Wycheproof and 100 iterations of CCTV pass; wrong ones are found"
}

# Runs everything that belongs to a platform.
run_platform() { # PLATFORM
    local step steps=(vectors) work=$scratch/$1
    mkdir "$work"
    tools_of "$1"
    case $1 in
    thumbv7em) steps=(known_answers) ;;
    s390x | aarch64)
        steps+=(programs)
        [ "$1" != aarch64 ] || steps+=(kernels)
        [ -z "$long" ] || steps+=(tests)
        ;;
    esac
    for step in "${steps[@]}"; do
        "$step" "$1" || { echo "$0: $1: $step failed" >&2; return 1; }
    done
}

ran=()
for platform in "${platforms[@]}"; do
    tools_of "$platform"
    missing=$(lacks "$platform")
    if [ -n "$missing" ]; then
        echo "skipped: $platform: missing: ${missing//$'\n'/; }"
    else
        export_tools
        ran+=("$platform")
    fi
done
[ ${#ran[@]} -gt 0 ] || { echo 'skipped: no platform has its tools'; exit 0; }
build "${ran[@]}" || { echo "$0: the build failed" >&2; exit 1; }

# As many platforms at once as there are processors.
for platform in "${ran[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
    { run_platform "$platform" && touch "$scratch/$platform.passed"; } >"$scratch/$platform.log" 2>&1 &
done
wait
failed=0
for platform in "${ran[@]}"; do
    cat "$scratch/$platform.log"
    [ -e "$scratch/$platform.passed" ] || { echo "$0: failed on $platform" >&2; failed=1; }
done
echo "ran on: ${ran[*]}"
exit $failed
