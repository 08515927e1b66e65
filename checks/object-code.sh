#!/bin/sh
# Purpose: the machine code of the AVX2 and AVX-512 kernels equals FIPS 204 and FIPS 202, for all inputs
# Needs: cargo, objdump, nm, python3 with numpy (checks/object-code/requirements.txt)
# Duration: 8 min
# CI: no, it takes minutes
#
# Prints a table: kernel, hash of its code, instructions executed, seconds, by what it is proved. Then plants bugs; each must be
# found. See docs/assurance/object-code.md.
#
#   ./check object-code              builds the program and proves its kernels
#   ./check object-code PROGRAM      proves those of a program with symbols (names of -C symbol-mangling-version=v0)
set -eu
cd "$(dirname "$0")/.."
here=checks/object-code
python=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1
if ! "$python" -c 'import numpy' 2>/dev/null; then
    echo "skipped: $python has no numpy; pip install -r $here/requirements.txt" >&2
    exit 0
fi
if [ $# -gt 0 ]; then
    exec "$python" $here/prove.py "$1"
fi
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/object-code
# The names of functions then contain their constants. The code is the same.
RUSTFLAGS='-C symbol-mangling-version=v0' \
    cargo build --quiet --locked --release --manifest-path $here/Cargo.toml --target-dir "$target"
"$target/release/object-code" >/dev/null
"$python" $here/prove.py "$target/release/object-code"
"$python" $here/controls.py "$target/release/object-code"
