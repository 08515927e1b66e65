#!/bin/sh
# Purpose: real kernel images give the certificates that are expected, also packed again with each compression
# Needs: cargo; IMAGES="vmlinuz..." (kernel images); EXPECT=FOLDER with RELEASE.der for some of them; xz, lzma, zstd, gzip
# Duration: 60 s
# CI: no, needs kernel images
#
# Downloads nothing. An image without a certificate is reported, not an error. Fails if an image cannot be read, or the
# certificates of its release are not those in EXPECT.
set -eu
cd "$(dirname "$0")/.."
if [ -z "${IMAGES:-}" ]; then
    echo 'give images: IMAGES="/boot/vmlinuz-*" ./check kernel-images' >&2
    exit 2
fi
cargo build --quiet --release --locked --package modsig-trust --example kernel_image
program=$(realpath "${CARGO_TARGET_DIR:-target}/release/examples/kernel_image")
lab=$(mktemp -d)
trap 'rm -rf "$lab"' EXIT
failed=0

# certificates IMAGE: all of them, one after the other, in $lab/found
certificates() {
    rm -rf "$lab/der" && mkdir "$lab/der"
    "$program" --write "$lab/der" "$1" >"$lab/out.txt" || return 1
    : >"$lab/found"
    number=0
    while [ -f "$lab/der/$number.der" ]; do
        cat "$lab/der/$number.der" >>"$lab/found"
        number=$((number + 1))
    done
}

for image in $IMAGES; do
    if ! certificates "$image"; then
        echo "FAILED: $image cannot be read"
        failed=$((failed + 1))
        continue
    fi
    cat "$lab/out.txt"
    cp "$lab/found" "$lab/expected"
    release=$(sed -n '1s/.*, Linux //p' "$lab/out.txt")
    if [ -n "${EXPECT:-}" ] && [ -f "$EXPECT/$release.der" ] && ! cmp -s "$EXPECT/$release.der" "$lab/found"; then
        echo "FAILED: $image: not the certificates in $EXPECT/$release.der"
        failed=$((failed + 1))
    fi
    # The whole image, packed once more.
    for pack in "gzip -c" "xz -0 -c" "xz --format=lzma -0 -c" "zstd -q -c"; do
        $pack "$image" >"$lab/packed" || continue
        if ! certificates "$lab/packed" || ! cmp -s "$lab/expected" "$lab/found"; then
            echo "FAILED: $image packed with $pack"
            failed=$((failed + 1))
        fi
    done
done
[ "$failed" -eq 0 ]
