#!/bin/sh
# Purpose: hostile files are refused at once, with the right exit code, in bounded memory
# Needs: cargo; gzip, xz and zstd (skips each that is missing)
# Duration: 20 s
# CI: yes
#
# Giants, endless streams, trailers with false lengths, FIFOs, devices, links that change. verify-module and sign-module run
# under a limit of address space. Everything happens in a temporary folder.
# shellcheck disable=SC3045 # dash and bash both have ulimit -v
set -eu
cd "$(dirname "$0")/.."
repository=$PWD
cargo build --quiet --release --locked --package modsig-cli
programs=$(realpath "${CARGO_TARGET_DIR:-target}/release")
lab=$(mktemp -d)
trap 'kill "${swapper:-}" 2>/dev/null || :; rm -rf "$lab"' EXIT
cd "$lab"
# KiB of address space: a program that takes what a file promises cannot hide.
memory=1048576
failed=0
ran=0

# expect CODE FILE [PROGRAM ARGUMENTS...]
expect() {
    code=$1
    file=$2
    shift 2
    [ $# -gt 0 ] || set -- "$programs/verify-module" -q --trust key.x509
    ran=$((ran + 1))
    status=0
    (ulimit -v $memory; exec timeout 60 "$@" "$file") >out.txt 2>err.txt </dev/null || status=$?
    lines=$(wc -l <err.txt)
    if [ "$status" -ne "$code" ]; then
        echo "FAILED: $file: exit code $status, not $code: $(head -c 300 err.txt)"
        failed=$((failed + 1))
    elif [ "$code" -ne 0 ] && { [ "$lines" -lt 1 ] || [ "$lines" -gt 2 ] || [ "$(wc -c <err.txt)" -gt 4096 ]; }; then
        echo "FAILED: $file: $lines lines, $(wc -c <err.txt) bytes on standard error"
        failed=$((failed + 1))
    else
        echo "ok: $file: exit code $status"
    fi
}

# The 12 bytes of struct module_signature with a sig_len of four octal escapes, and the marker.
trailer() { printf '\0\0\2\0\0\0\0\0'"$1"'~Module signature appended~\n'; }

"$programs/module-key" -q generate --algorithm ml-dsa-44 --common-name hostile --out key.pem
cp "$repository/test-vectors/modules/dummy.ko" good.ko
"$programs/sign-module" -q --key key.pem good.ko
expect 0 good.ko

# Giants that are not there.
truncate -s 4G sparse-4gib.ko
truncate -s 8E sparse-8eib.ko 2>/dev/null || truncate -s 15T sparse-8eib.ko
expect 6 sparse-4gib.ko
expect 6 sparse-8eib.ko
truncate -s 4G key-4gib.pem
expect 6 good.ko "$programs/verify-module" -q --trust key-4gib.pem
truncate -s 4G policy-4gib.toml
expect 6 good.ko "$programs/verify-module" -q --trust key.x509 --policy policy-4gib.toml

# Trailers that lie about lengths.
module=$repository/test-vectors/modules/dummy.ko
for len in '\377\377\377\377' '\177\377\377\377' '\0\1\0\0' '\0\0\0\0' '\0\0\0\1'; do
    { cat "$module"; trailer "$len"; } >"lies.ko"
    expect 7 lies.ko
done
trailer '\0\0\0\0' >trailer-alone.ko
expect 7 trailer-alone.ko
# A CMS of 65,535 bytes: nested without end, announced longer than it is, a set of nothing but small elements.
{ cat "$module"; awk 'BEGIN { for (n = 0; n < 32767; n++) printf "%s", "0\200" }' | LC_ALL=C tr -d '\302'; } >nested.ko
size=$(($(wc -c <nested.ko) - $(wc -c <"$module")))
{ cat nested.ko; trailer "$(printf '\\0\\0\\%03o\\%03o' $((size / 256)) $((size % 256)))"; } >nested-cms.ko
expect 7 nested-cms.ko
{ cat "$module"; printf '0\204\377\377\377\377'; trailer '\0\0\0\6'; } >announced.ko
expect 7 announced.ko
expect 7 nested-cms.ko "$programs/verify-module" --explain --trust key.x509
[ "$(wc -c <out.txt)" -lt 100000 ] || { echo "FAILED: a drawing of $(wc -c <out.txt) bytes"; failed=$((failed + 1)); }

# Streams that expand without end, and several streams.
for packer in gzip:gz xz:xz zstd:zst; do
    command -v "${packer%:*}" >/dev/null || { echo "skipped: no ${packer%:*}"; continue; }
    head -c 1G /dev/zero | "${packer%:*}" -c >"bomb.ko.${packer#*:}"
    expect 6 "bomb.ko.${packer#*:}"
    # Linux unpacks CRC-32, not the CRC-64 of xz without options.
    case $packer in xz:*) check=--check=crc32 ;; *) check= ;; esac
    # shellcheck disable=SC2086 # one word or none
    "${packer%:*}" $check -c <good.ko >"good.ko.${packer#*:}"
    expect 0 "good.ko.${packer#*:}"
    cat "good.ko.${packer#*:}" "good.ko.${packer#*:}" >"twice.ko.${packer#*:}"
    expect 7 "twice.ko.${packer#*:}"
    cp good.ko "named.ko.${packer#*:}"
    expect 7 "named.ko.${packer#*:}"
done

# A folder of bombs: many small files at once are no more than one.
if command -v gzip >/dev/null; then
    mkdir bombs
    head -c 30M /dev/zero | gzip -c >bombs/0.ko.gz
    for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cp bombs/0.ko.gz "bombs/$n.ko.gz"; done
    status=0
    (ulimit -v $memory; timeout 120 "$programs/verify-module" -q --trust key.x509 bombs 2>err.txt) || status=$?
    ran=$((ran + 1))
    if [ "$status" -eq 7 ] && [ "$(wc -l <err.txt)" -eq 21 ]; then
        echo "ok: 21 bombs of 30 MiB in a folder: exit code 7"
    else
        echo "FAILED: bombs: exit code $status, $(wc -l <err.txt) lines"
        failed=$((failed + 1))
    fi
fi

# What is no regular file. Devices are opened for reading only.
mkfifo fifo.ko
expect 6 fifo.ko
mkdir directory.ko
expect 6 directory.ko
for device in /dev/zero /dev/null /dev/full; do expect 6 $device; done
ln -s /dev/zero link-to-device.ko
expect 6 link-to-device.ko
ln -s loop-b.ko loop-a.ko
ln -s loop-a.ko loop-b.ko
expect 6 loop-a.ko
expect 6 missing.ko
expect 6 fifo.ko "$programs/sign-module" -q --key key.pem
expect 6 sparse-4gib.ko "$programs/sign-module" -q --key key.pem
expect 6 good.ko "$programs/verify-module" -q --trust /dev/zero

# A link that changes between a module, a FIFO and a giant while it is read: any answer but a hang, a crash or a lie.
cp good.ko swapped-good
(while :; do
    ln -sf swapped-good swap.ko; ln -sf fifo.ko swap.ko; ln -sf sparse-4gib.ko swap.ko; ln -sf directory.ko swap.ko
done) 2>/dev/null &
swapper=$!
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    status=0
    (ulimit -v $memory; exec timeout 60 "$programs/verify-module" -q --trust key.x509 swap.ko) 2>/dev/null || status=$?
    ran=$((ran + 1))
    case $status in
    0 | 6) ;;
    *) echo "FAILED: swapped link, round $n: exit code $status"; failed=$((failed + 1)) ;;
    esac
done
kill "$swapper"
wait "$swapper" 2>/dev/null || :
swapper=

# The same while sign-module reads and writes: a link that leads now to one module, now to another, and a name that is now one
# file, now another. Whatever it answers, each file is one of the two, as it was or signed: never one in the other's place.
cp "$repository/test-vectors/modules/dummy.ko" one.plain
cp "$repository/test-vectors/modules/crc16.ko" two.plain
mkdir -p play
cp one.plain play/one.ko
cp two.plain play/two.ko
(while :; do
    ln -sf one.ko play/link.ko; ln -sf two.ko play/link.ko
    cp one.plain play/fresh; mv -f play/fresh play/name.ko; cp two.plain play/fresh; mv -f play/fresh play/name.ko
done) 2>/dev/null &
swapper=$!
whole() { # FILE PLAIN: it is this module, bare or well signed
    cmp -s "$1" "$2" || { [ "$(head -c "$(wc -c <"$2")" "$1" | cmp - "$2" 2>&1)" = '' ] &&
        "$programs/verify-module" -q --trust key.x509 "$1"; }
}
signed=0
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    for name in link name; do
        status=0
        (ulimit -v $memory; exec timeout 60 "$programs/sign-module" -q --key key.pem play/$name.ko) 2>/dev/null || status=$?
        ran=$((ran + 1))
        case $status in
        0) signed=$((signed + 1)) ;;
        6) ;;
        *) echo "FAILED: sign-module, $name, round $n: exit code $status"; failed=$((failed + 1)) ;;
        esac
    done
    cp play/name.ko name.now 2>/dev/null || cp two.plain name.now
    if ! { whole play/one.ko one.plain && whole play/two.ko two.plain &&
        { whole name.now one.plain || whole name.now two.plain; }; }; then
        echo "FAILED: sign-module, round $n: a file is neither as it was nor well signed"
        failed=$((failed + 1))
    fi
done
kill "$swapper"
wait "$swapper" 2>/dev/null || :
swapper=
temporaries=$(find play -name '.modsig-*' | wc -l)
if [ "$signed" -eq 0 ] || [ "$temporaries" -ne 0 ]; then
    echo "FAILED: sign-module signed $signed files that change, and left $temporaries temporary files"
    failed=$((failed + 1))
fi
echo "$ran checks, $failed failed (address space limited to $((memory / 1024)) MiB)"
[ "$failed" -eq 0 ]
