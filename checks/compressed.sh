#!/bin/sh
# Purpose: gzip, xz and zstd read the compressed modules that sign-module wrote
# Needs: cargo; gzip, xz and zstd (skips each that is missing)
# Duration: 2 s
# CI: yes
#
#   [KGATE=FOLDER] ./check compressed
#
# Each tool must test the file and unpack it to bytes that verify-module calls good; `xz -l` must show CRC32 and a dictionary
# of 1 MiB. With KGATE (docs/kernel-gate.md) a real kernel loads the .ko.xz too; it has a decoder for xz only.
set -eu
[ -z "${KGATE:-}" ] || KGATE=$(readlink -f "$KGATE")
cd "$(dirname "$0")/.."
cargo build --quiet --release --locked --package modsig-cli
PATH=$(realpath "${CARGO_TARGET_DIR:-target}/release"):$PATH
modules=$PWD/test-vectors/modules
folder=$(mktemp -d "${TMPDIR:-/tmp}/modsig-compressed.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
module-key -q generate --common-name compressed --out key.pem

checked=0
for module in "$modules"/*.ko; do
    name=$(basename "$module")
    for format in "gz gzip" "xz xz" "zst zstd"; do
        ending=${format% *} program=${format#* }
        if ! command -v "$program" >/dev/null; then
            echo "skipped: .ko.$ending: there is no $program here"
            continue
        fi
        sign-module -q --key key.pem -o "$name.$ending" "$module"
        "$program" -t "$name.$ending" 2>/dev/null
        "$program" -dc "$name.$ending" >unpacked.ko
        verify-module -q --trust key.x509 unpacked.ko
        checked=$((checked + 1))
    done
    if command -v xz >/dev/null; then
        xz -lvv "$name.xz" | grep -q 'CRC32.*--lzma2=dict=1MiB'
    fi
done
echo "$checked compressed modules read by gzip, xz and zstd"

if [ -n "${KGATE:-}" ]; then
    cp key.x509 key.der
    "$KGATE/kgate.sh" --trust key.der ./*.ko.xz | tee answers
    # What a module needs of others is asked after the signature: any answer but "signature" means that it was read.
    if grep -q 'stage=signature\|stage=unclear' answers || ! grep -q '^loaded' answers; then
        echo "compressed-modules: the kernel does not take what we compressed" >&2
        exit 1
    fi
fi
