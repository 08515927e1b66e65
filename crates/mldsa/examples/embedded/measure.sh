#!/bin/sh
# Builds the programs of this folder, runs them, and prints their stack and flash use (docs/embedded.md has the figures).
# Stack: of each operation in the small schedule, measured on x86_64 and on an emulated Cortex-M4. Flash: .text, .rodata and .data.
# The figures of a Cortex-M4 need its target (rustup target add thumbv7em-none-eabi) and qemu-system-arm.
set -eu
cd "$(dirname "$0")"

target=${CARGO_TARGET_DIR:-$PWD/../../../../target}/embedded
host=x86_64-unknown-linux-gnu
bare=thumbv7em-none-eabi
unset RUSTFLAGS # .cargo/config.toml has the required flags
if [ "$(uname -sm)" != 'Linux x86_64' ]; then
    echo "$0: the programs run on x86_64 Linux and on bare machines only" >&2
    exit 1
fi
command -v size >/dev/null || { echo "$0: size is not installed (Debian: binutils)" >&2; exit 1; }

# build TRIPLE FEATURES
build() {
    cargo build --quiet --release --locked --target-dir "$target" --target "$1" --no-default-features --features "$2" \
        --bin sign_verify --bin verify_only
}

all=ml-dsa-44,ml-dsa-65,ml-dsa-87
build $host $all
"$target/$host/release/verify_only"
echo "bytes of stack, x86_64, opt-level s:"
"$target/$host/release/sign_verify" || { echo "$0: sign_verify failed for $? of three parameter sets" >&2; exit 1; }

if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$bare" ]; then
    echo "skipped: the target $bare is not installed (rustup target add $bare)"
elif ! command -v qemu-system-arm >/dev/null; then
    echo "skipped: the stack of a Cortex-M4: qemu-system-arm is not installed"
else
    build $bare $all
    echo "bytes of stack, Cortex-M4 (emulated), opt-level s:"
    for program in verify_only sign_verify; do
        qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none -semihosting-config enable=on,target=native \
            -kernel "$target/$bare/release/$program" 2>&1 || { echo "$0: $program failed on $bare: $?" >&2; exit 1; }
    done
fi

flash() {
    size -A "$target/$1/release/$2" |
        awk '/^\.(text|rodata|data|ARM\.exidx)/ { sum += $2 } END { if (sum < 4096) exit 1; print sum }'
}

triples=$host
if [ -d "$(rustc --print sysroot)/lib/rustlib/$bare" ]; then
    triples="$bare $host"
fi
echo "bytes of flash:"
for triple in $triples; do
    for sets in ml-dsa-44 ml-dsa-65 ml-dsa-87 $all; do
        build "$triple" $sets
        printf '%-25s %-30s verify only %6d  keygen, sign, verify %6d\n' \
            "$triple" $sets "$(flash "$triple" verify_only)" "$(flash "$triple" sign_verify)"
    done
done

# Machines without atomic instructions cannot run them, and single-threaded code does not need them.
if [ "$triples" != $host ]; then
    cargo rustc --quiet --release --locked --target-dir "$target" --target $bare --bin sign_verify -- --emit asm
    assembly=$(ls -t "$target/$bare/release/deps/"sign_verify-*.s | head -n 1)
    grep -q 'bl	' "$assembly" || { echo "$0: $assembly contains no call instruction" >&2; exit 1; }
    if grep -E '^\s(ldrex|strex|ldaex|stlex|dmb|clrex)|__(sync|atomic)_' "$assembly"; then
        echo "$0: $assembly contains these atomic instructions" >&2
        exit 1
    fi
    echo "no atomic instruction in $bare/release/sign_verify"
fi
