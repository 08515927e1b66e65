#!/bin/bash
# Purpose: our sign-file behaves as the kernel's: exit codes, names of files, and bytes where they are not random
# Needs: cargo, a kernel gate in KGATE (docs/kernel-gate.md)
# Duration: 20 s
# CI: no, it needs a kernel gate
#
#   KGATE=FOLDER ./check sign-file
#
# Uses the gate's bin/sign-file-ossl40, modules/dummy.ko, and of fixtures/keys rsa2048, p384 and mldsa65-ossl40, each as .pem (key
# and certificate) and .der (certificate). Where the two programs differ on purpose the row says so, and fails if they do not.
# Exit code 0: all rows as expected; 1: not; 2: wrong usage.
set -eu
kgate=$(readlink -f "${KGATE:?must name the folder of a kernel gate (docs/kernel-gate.md)}")
theirs=$kgate/bin/sign-file-ossl40 keys=$kgate/fixtures/keys module=$kgate/modules/dummy.ko
cd "$(dirname "$0")/.."
cargo build --quiet --locked --package modsig-cli
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$(realpath "${CARGO_TARGET_DIR:-target}/debug/sign-module")" "$work/bin/sign-file"
rows=0 wrong=0
complain() { echo "WRONG: $*"; wrong=$((wrong + 1)); }

# one FOLDER PROGRAM ARGUMENTS: a fresh folder, prepared by $prepare; leaves code, names and files
one() {
  local folder=$work/$1 program=$2; shift 2
  rm -rf "$folder"; mkdir "$folder"
  (
    cd "$folder"
    cp "$module" m.ko; chmod 640 m.ko
    eval "$prepare"
    code=0
    "$program" "$@" > ../out 2> ../err || code=$?
    echo "$code" > ../code
    ls -A > ../names
  )
  code=$(cat "$work/code") names=$(tr '\n' ' ' < "$work/names") lines=$(wc -l < "$work/err")
}
# row EXPECTED ARGUMENTS...: EXPECTED is `bytes` (everything equal), `names` (files of the same names, the lengths
# equal but for the few bytes by which ECDSA signatures differ), `code` (nothing else equal), or `differs THEIRS OURS` for two codes
row() {
  local expected=$1; shift
  rows=$((rows + 1))
  one theirs "$theirs" "$@"; local their_code=$code their_names=$names
  one ours "$work/bin/sign-file" "$@"; local our_code=$code our_names=$names our_lines=$lines
  [ "$our_code" != 1 ] || [ "$our_lines" = 1 ] || complain "$*: $our_lines lines on standard error"
  case $expected in
    differs*) [ "differs $their_code $our_code" = "$expected" ] || complain "$*: $their_code and $our_code, expected $expected"; return ;;
  esac
  [ "$their_code" = "$our_code" ] || { complain "$*: exit code $their_code, ours $our_code: $(cat "$work/err")"; return; }
  [ "$expected" = code ] || [ "$their_names" = "$our_names" ] || complain "$*: files $their_names, ours $our_names"
  if [ "$expected" = names ]; then
    for file in $our_names; do
      local difference=$(($(stat -c %s "$work/theirs/$file") - $(stat -c %s "$work/ours/$file")))
      [ "${difference#-}" -le 8 ] || complain "$*: $file differs by $difference bytes"
    done
  fi
  if [ "$expected" = bytes ]; then
    diff -r "$work/theirs" "$work/ours" || complain "$*: other bytes"
  fi
}
prepare=:
R=("$keys/rsa2048.pem" "$keys/rsa2048.der") P=("$keys/p384.pem" "$keys/p384.der") M=("$keys/mldsa65-ossl40.pem" "$keys/mldsa65-ossl40.der")
for hash in sha256 SHA384 sha512 sha3-256 SHA3-384 sha3-512; do
  for flags in '' -k -p -d '-d -p' -dpk '-k -p'; do
    row bytes $flags "$hash" "${R[@]}" m.ko
    row bytes $flags "$hash" "${R[@]}" m.ko dest.ko
  done
  row names "$hash" "${P[@]}" m.ko dest.ko
  row names "$hash" "${M[@]}" m.ko dest.ko
done
row bytes sha512 "${R[@]}" m.ko -k
row bytes sha512 "${R[0]}" "${R[0]}" m.ko
row bytes sha512 "${R[@]}" m.ko m.ko
row bytes sha512 "${R[@]}" m.ko ./dest
prepare='echo old > dest.ko; chmod 600 dest.ko' # an existing DEST is replaced
row bytes sha512 "${R[@]}" m.ko dest.ko
prepare='mkdir dest'
row code sha512 "${R[@]}" m.ko dest
prepare='ln -s m.ko link.ko'
row bytes sha512 "${R[@]}" link.ko dest.ko
prepare="$theirs -d sha512 ${R[*]} m.ko; mv m.ko.p7s raw"
row bytes -s raw sha512 "${R[1]}" m.ko
row bytes -s raw sha512 "${R[1]}" m.ko dest.ko
row code -s missing sha512 "${R[1]}" m.ko
row differs\ 0\ 1 -s raw sha512 "${M[1]}" m.ko # that certificate did not sign: theirs does not look
row differs\ 0\ 1 -s raw sha512 missing m.ko   # nor does it open the certificate
row differs\ 0\ 1 -s raw sha999 "${R[1]}" m.ko # nor read the hash
prepare=:
row code
row code -x
row code sha512 "${R[@]}"
row code sha512 "${R[@]}" m.ko dest.ko extra
row code -s
row code sha999 "${R[@]}" m.ko
row code sha512 missing "${R[1]}" m.ko
row code sha512 "${R[0]}" missing m.ko
row code sha512 "${R[@]}" missing.ko
row code sha512 "${R[0]}" "${P[1]}" m.ko
row code sha512 "${R[1]}" "${R[1]}" m.ko
row code sha512 "${R[@]}" m.ko no-such-folder/dest.ko
row code sha512 m.ko "${R[1]}" m.ko
# Weak digests: theirs signs.
for hash in sha1 sha224; do row differs\ 0\ 1 "$hash" "${R[@]}" m.ko; done
# Signed before by this key: theirs signs it once more, ours leaves it alone.
prepare="$theirs sha512 ${R[*]} m.ko"
row code sha512 "${R[@]}" m.ko
one ours "$work/bin/sign-file" sha512 "${R[@]}" m.ko
prepare=:
one theirs "$theirs" sha512 "${R[@]}" m.ko
cmp "$work/ours/m.ko" "$work/theirs/m.ko" || complain "signed twice"
echo "$rows rows, $wrong wrong"
[ "$wrong" = 0 ]
