#!/bin/sh
# Purpose: no bad signature leaves sign-module when one bit flips on the way to it
# Needs: cargo, python3
# Duration: 80 s
# CI: yes
#
#   ./check faults [N]      N faults for each value, set, form of the key and mode; default: 1
#
# sign-module is built so that one bit of one value flips, and run thousands of times. Each run must end in a good signature, or in a
# clear error and an untouched file. Exit code 0: no bad signature left, every value was reached, and without the check bad
# signatures do leave. See docs/assurance/faults.md.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

# Both builds are called sign-module and share one folder, and with it what is built of other crates. The ordinary one must come
# last, and must be there again if the other build ends early.
ordinary() { cargo build --quiet --release --locked --package modsig-cli --target-dir "$target"; }
trap ordinary EXIT
RUSTC_WORKSPACE_WRAPPER=$PWD/checks/faults/rustc.sh \
    cargo build --quiet --release --locked --package modsig-cli --bin sign-module --target-dir "$target"
mkdir -p "$target/faults"
cp "$target/release/sign-module" "$target/faults/sign-module"
trap - EXIT
ordinary
if cmp -s "$target/release/sign-module" "$target/faults/sign-module"; then
    echo "faults: the two builds of sign-module are the same" >&2
    exit 1
fi
exec python3 checks/faults/run.py crates/mldsa/src/fault.rs "$target/faults" "$target/release" "${1:-1}"
