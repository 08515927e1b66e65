#!/bin/sh
# The main job on a real kernel module, start to end: make a key, sign, verify, show, and see a changed module
# refused. Needs Rust and nothing else. Works in a temporary folder and leaves the repository as it is.
#
#   sh tools/demo.sh [ml-dsa-44|ml-dsa-65|ml-dsa-87]
#
# Exit code: 0 if every step gave what it should.
set -eu

algorithm=${1:-ml-dsa-65}
repository=$(cd "$(dirname "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$repository/target}
case $target in /*) ;; *) target=$PWD/$target ;; esac

echo "Building the programs (once; four minutes of processor time) ..."
cargo build --quiet --release --manifest-path "$repository/Cargo.toml" --target-dir "$target" --package modsig-cli
PATH=$target/release:$PATH

folder=$(mktemp -d "${TMPDIR:-/tmp}/modsig-demo.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"
cp "$repository/test-vectors/modules/dummy.ko" dummy.ko
chmod u+w dummy.ko

step() { printf '\n# %s\n' "$1"; }
# Shows a command, runs it, and stops the demo if its exit code is not the expected one.
run() {
    expected=$1
    shift
    printf '$'
    for word; do
        case $word in *' '*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
    printf '\n'
    code=0
    "$@" 2>&1 || code=$?
    [ "$expected" = 0 ] || printf '(exit code %s)\n' "$code"
    if [ "$code" != "$expected" ]; then
        printf 'demo: expected exit code %s, not %s\n' "$expected" "$code" >&2
        exit 1
    fi
}

step "Make a private key and its certificate, like the kernel's build."
run 0 module-key generate --algorithm "$algorithm" --common-name "Demo module key" --out signing_key.pem

step "Sign a real module of Linux 7.2 (drivers/net/dummy.c) in place."
run 0 sign-module --key signing_key.pem dummy.ko

step "Verify it, and predict what Linux 7.2 does with it."
run 0 verify-module -v --trust signing_key.x509 dummy.ko

step "Show the certificate."
run 0 module-key show signing_key.x509

step "Change one byte: the module is rejected, as Linux rejects it."
cp dummy.ko changed.ko
printf 'X' | dd of=changed.ko bs=1 seek=5000 conv=notrunc 2>/dev/null
run 1 verify-module --trust signing_key.x509 changed.ko

printf '\nEvery step gave what it should.\n'
