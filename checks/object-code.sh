#!/bin/sh
# Purpose: the machine code of the AVX2, AVX-512 and NEON kernels equals FIPS 204 and FIPS 202, for all inputs
# Needs: cargo, objdump, nm, python3 with numpy (checks/object-code/requirements.txt); for --aarch64, what `aarch64` needs
# Duration: 8 min
# CI: no, it takes minutes
#
# Prints a table: kernel, hash of its code, instructions executed, seconds, by what it is proved. Then plants bugs; each must be
# found. See docs/assurance/object-code.md.
#
#   ./check object-code              builds the program and proves its kernels
#   ./check object-code --aarch64    the same for AArch64 with NEON and FEAT_SHA3, 7 min; the instructions' semantics are compared
#                                    with QEMU
#   ./check object-code --quick [--aarch64]    the proofs alone
#   ./check object-code PROGRAM      proves those of a program with symbols (names of -C symbol-mangling-version=v0)
set -eu
cd "$(dirname "$0")/.."
here=checks/object-code
export PYTHONDONTWRITEBYTECODE=1
python=
for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
    if "$candidate" -c 'import numpy' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    echo "skipped: Python has no numpy; pip install -r $here/requirements.txt, or Debian's python3-numpy"
    exit 0
fi
quick=
if [ "${1-}" = --quick ]; then
    quick=yes
    shift
fi
# prove PROGRAM
prove() {
    if [ -n "$quick" ]; then exec "$python" $here/prove.py --no-processor "$1"; fi
    "$python" $here/prove.py "$1"
    exec "$python" $here/controls.py "$1"
}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/object-code
if [ "${1-}" = --aarch64 ]; then
    triple=aarch64-unknown-linux-gnu
    for program in aarch64-linux-gnu-gcc aarch64-linux-gnu-objdump qemu-aarch64; do
        command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
    done
    if ! rustc --print target-libdir --target "$triple" | xargs test -d; then
        echo "skipped: Rust has no $triple here (rustup target add $triple)"
        exit 0
    fi
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc RUSTFLAGS='-C symbol-mangling-version=v0' \
        cargo build --quiet --locked --release --target "$triple" --manifest-path $here/Cargo.toml --target-dir "$target"
    program=$target/$triple/release/object-code
    qemu-aarch64 -cpu max -L /usr/aarch64-linux-gnu "$program" >/dev/null
    prove "$program"
fi
if [ $# -gt 0 ]; then
    exec "$python" $here/prove.py "$1"
fi
# The names of functions then contain their constants. The code is the same.
RUSTFLAGS='-C symbol-mangling-version=v0' \
    cargo build --quiet --locked --release --manifest-path $here/Cargo.toml --target-dir "$target"
"$target/release/object-code" >/dev/null
prove "$target/release/object-code"
