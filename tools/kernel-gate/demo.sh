#!/bin/bash
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# demo.sh [FOLDER]: kernel-gate.sh --demo. Makes keys for ML-DSA-44, -65 and -87 by
# module-key, signs modules of the gate's kernel by sign-module, forges some, and
# asks verify-module and the kernel about each. FOLDER holds the three programs;
# without it they are built from this repository.
#
# Trusted: the three keys. Not trusted: a fourth, the stranger.
set -euo pipefail
# shellcheck source=SCRIPTDIR/common.sh
. "$(dirname "$(readlink -f "$0")")/common.sh"
gate=$gate_parts/../kernel-gate.sh
repository=$(cd "$gate_parts/../.." && pwd)

if [ $# -gt 0 ]; then
  tools=$(cd "$1" 2>/dev/null && pwd) || die "$EXIT_USAGE" "--tools $1 is not a folder"
else
  command -v cargo >/dev/null || die "$EXIT_USAGE" "no cargo to build the programs with; give --tools FOLDER with the three of them"
  say "building module-key, sign-module and verify-module"
  target=${CARGO_TARGET_DIR:-$repository/target}
  cargo build --release --quiet --target-dir "$target" --manifest-path "$repository/Cargo.toml" -p modsig-cli ||
    die "$EXIT_FAILED" "cargo build --release -p modsig-cli failed"
  tools=$(cd "$target/release" && pwd)
fi
for program in module-key sign-module verify-module; do
  [ -x "$tools/$program" ] || die "$EXIT_USAGE" "no program $program in $tools"
done

unsigned=$("$gate" --modules) || exit # builds the kernel the first time
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for set in 44 65 87; do
  "$tools/module-key" --quiet generate --algorithm "ml-dsa-$set" --common-name "Demo ML-DSA-$set" --out "key-$set.pem"
done
"$tools/module-key" --quiet generate --algorithm ml-dsa-65 --common-name Stranger --out stranger.pem
trust=(--trust key-44.x509 --trust key-65.x509 --trust key-87.x509)

arguments=() verified=()
# What the kernel must do, and verify-module's exit code (its --help has them all).
good() { arguments+=(--expect-loaded "$1") verified+=("0 $1"); }
bad_signature() { arguments+=(--expect-refused "$1") verified+=("1 $1"); }
not_signed() { arguments+=(--expect-refused "$1") verified+=("3 $1"); }
not_trusted() { arguments+=(--expect-refused "$1") verified+=("4 $1"); }
# sign MODULE KEY OUTPUT [OPTION]...
sign() { "$tools/sign-module" --quiet "${@:4}" --key "$2.pem" --output "$3" "$unsigned/$1.ko"; }
# flip FILE OFFSET: one bit; the offset counts from the end if it is negative
flip() {
  local at=$2 byte
  [ "$at" -ge 0 ] || at=$(($(stat -c %s "$1") + at))
  byte=$(od -An -j "$at" -N1 -tu1 "$1")
  printf '%b' "$(printf '\\x%02x' $((byte ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

for set in 44 65 87; do
  sign dummy "key-$set" "dummy-$set.ko"
  good "dummy-$set.ko"
  sign dummy "key-$set" "dummy-$set-deterministic.ko" --deterministic
  good "dummy-$set-deterministic.ko"
  sign dummy "key-$set" "dummy-$set-by-skid.ko" --skid
  good "dummy-$set-by-skid.ko"

  size=$(stat -c %s "$unsigned/dummy.ko")
  for where in 0 $((size / 2)) $((size - 1)); do
    cp "dummy-$set.ko" "dummy-$set-flipped-at-$where.ko"
    flip "dummy-$set-flipped-at-$where.ko" "$where"
    bad_signature "dummy-$set-flipped-at-$where.ko"
  done
  # The CMS ends with the signature; 12 bytes of trailer and 28 of marker follow.
  cp "dummy-$set.ko" "dummy-$set-signature-flipped.ko"
  flip "dummy-$set-signature-flipped.ko" -41
  bad_signature "dummy-$set-signature-flipped.ko"
done

# Modules that need one another, a megabyte among them, by different keys.
sign crc16 key-44 crc16.ko
good crc16.ko
sign mbcache key-65 mbcache.ko
good mbcache.ko
sign jbd2 key-87 jbd2.ko
good jbd2.ko
sign ext4 key-65 ext4.ko
good ext4.ko

# Signed, then compressed, as distributions install it; the kernel unpacks it itself.
sign test_module key-87 test_module.ko
xz --keep --check=crc32 test_module.ko
arguments+=(--expect-loaded test_module.ko.xz) # the kernel alone is asked about this one

sign dummy stranger dummy-by-stranger.ko
not_trusted dummy-by-stranger.ko
cp "$unsigned/dummy.ko" dummy-unsigned.ko
not_signed dummy-unsigned.ko
head -c -28 dummy-65.ko > dummy-without-marker.ko
not_signed dummy-without-marker.ko
{ cat "$unsigned/test_module.ko"; tail -c "+$((size + 1))" dummy-65.ko; } > test_module-with-signature-of-dummy.ko
bad_signature test_module-with-signature-of-dummy.ko

status=0
"$gate" "${trust[@]}" "${arguments[@]}" || status=$?

echo
others=0
for line in "${verified[@]}"; do
  file=${line#* } code=0
  "$tools/verify-module" --quiet "${trust[@]}" "$file" >/dev/null 2>&1 || code=$?
  if [ "$code" -ne "${line%% *}" ]; then
    say "verify-module ended with $code for $file, expected ${line%% *}"
    others=$((others + 1))
  fi
done
echo "verify-module: ${#verified[@]} modules, $others answers other than expected"
if [ "$others" -gt 0 ] && [ "$status" -eq 0 ]; then status=$EXIT_UNEXPECTED; fi
exit "$status"
