#!/bin/bash
# Purpose: kill -9 at any moment of a batch leaves each module untouched or completely signed
# Needs: cargo, python3, gzip, xz
# Duration: 30 s
# CI: yes
# SPDX-License-Identifier: MIT OR Apache-2.0
#
#   ./check kill [ROUNDS [SEED]]      default: 20 rounds
#
# After each kill a rerun must sign the rest and leave no temporary file. Half of the rounds are over 300 plain modules, the
# others over 60 of which 40 are compressed. A moment is drawn evenly from the time that a whole run takes (measured first),
# in every other pair of rounds from its last part, where the renames are. Some fall before the first file and some after the
# last: the last line says how many met the batch at work, and how many the renames.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${1:-20}
RANDOM=${2:-5}
repository=$PWD
cargo build --quiet --release --locked --package modsig-cli
PATH=$(realpath "${CARGO_TARGET_DIR:-target}/release"):$PATH

folder=$(mktemp -d "${TMPDIR:-/tmp}/modsig-kill.XXXXXX")
trap 'rm -rf "$folder"' EXIT
cd "$folder"
fail() {
  printf 'kill: round %s: %s\n' "$round" "$*" >&2
  exit 1
}

module-key -q generate --algorithm ml-dsa-65 --common-name kill --out key.pem
python3 "$repository/tools/make-modules.py" "$repository/test-vectors/modules" plain 300 12000000
python3 "$repository/tools/make-modules.py" "$repository/test-vectors/modules" packed 60 900000
n=0
while read -r module; do
  case $((n++ % 3)) in
    0) gzip -n "$module" ;;
    1) xz --check=crc32 --lzma2=dict=1MiB "$module" ;;
  esac
done < <(find packed -name '*.ko' | sort)
# What each module must begin with, unpacked: its original.
unpack() {
  case $1 in
    *.gz) gzip -dc "$1" ;;
    *.xz) xz -dc "$1" ;;
    *) cat "$1" ;;
  esac
}
for kind in plain packed; do
  cp -r $kind work
  begin=${EPOCHREALTIME/./}
  sign-module -q --key key.pem work
  end=${EPOCHREALTIME/./}
  rm -rf work
  declare "$kind=$((end - begin))"
  echo "a whole run over the $kind modules takes $(((end - begin) / 1000)) ms"
done

untouched=0 signed=0 at_work=0 renaming=0 leftovers=0
for ((round = 1; round <= rounds; round++)); do
  kind=plain
  [ $((round % 2)) = 0 ] || kind=packed
  rm -rf work look
  cp -r $kind work
  random=$((RANDOM * 32768 + RANDOM)) whole=${!kind}
  if [ $((round % 4)) -lt 2 ]; then
    moment=$((random % (whole + 1)))
  else
    moment=$((whole * 6 / 10 + random % (whole / 2 + 1)))
  fi
  sign-module -q --key key.pem work &
  pid=$!
  sleep "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))"
  kill -9 $pid 2>/dev/null || true
  wait $pid 2>/dev/null || true

  # Names: all the old ones, and temporary ones that begin with a dot.
  diff <(cd $kind && find . -type f | sort) <(cd work && find . -type f -not -name '.modsig-*.tmp' | sort) >&2 ||
    fail "a module is missing, or there is a new one"
  left=$(find work -name '.modsig-*.tmp' | wc -l)
  total=$(find $kind -type f | wc -l)
  # Untouched to the byte, or else signed. (Compressed ones are looked at with the programs of that name.)
  mapfile -t changed < <(diff -rq $kind work | sed -n 's/^Files \(.*\) and .* differ$/\1/p')
  mkdir look
  n=0
  for original in ${changed[@]+"${changed[@]}"}; do
    looked=look/$((n++)).ko
    unpack "work/${original#*/}" >$looked || fail "${original#*/} is half a file"
    unpack "$original" >original.ko
    cmp -s -n "$(stat -c %s original.ko)" original.ko $looked || fail "${original#*/} is another module"
  done
  [ $n = 0 ] || verify-module -q --trust key.x509 look/*.ko || fail "a module is neither untouched nor signed"
  if [ $n -gt 0 ] && [ $n -lt "$total" ]; then
    renaming=$((renaming + 1))
  fi
  if { [ $n -gt 0 ] && [ $n -lt "$total" ]; } || [ "$left" -gt 0 ]; then
    at_work=$((at_work + 1))
  fi
  untouched=$((untouched + total - n))
  signed=$((signed + n))
  leftovers=$((leftovers + left))

  # The rerun completes it: all are signed once, nothing is left over.
  sign-module -q --key key.pem work 2>notes || fail "the rerun failed: $(cat notes)"
  [ "$(find work -name '.modsig-*' | wc -l)" = 0 ] || fail "a temporary file stays after the rerun"
  sign-module --key key.pem work | tail -n 1 | grep -q "^$total files: $total left alone" || fail "not all are signed after the rerun"
done
printf 'kill: %d rounds: %d modules untouched, %d signed, none in between; %d rounds met the batch at work, %d of them its renames; %d temporary files left by killed runs, 0 after the reruns\n' \
  "$rounds" "$untouched" "$signed" "$at_work" "$renaming" "$leftovers"
