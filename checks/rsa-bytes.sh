#!/bin/sh
# Purpose: RSA output equals that of the kernel's sign-file, whole files
# Needs: cargo, a kernel gate in KGATE (docs/kernel-gate.md)
# Duration: 20 s
# CI: no, it needs a kernel gate
#
#   KGATE=FOLDER ./check rsa-bytes
#
# Signs the unsigned modules of the gate again with `sign-file` and compares whole files with those that the kernel's own
# sign-file made. RSA: every byte. ML-DSA and ECDSA are random: the length (ECDSA's varies by some bytes) and everything before
# the signature. The gate holds modules/, fixtures/keys and fixtures/signed (KEY.pem, KEY.der; MODULE.KEY.sfVV.HASH[.k].ko).
# Exit code 0: all are the same; 1: some are not; 2: wrong usage.
set -eu
kgate=$(readlink -f "${KGATE:?must name the folder of a kernel gate (docs/kernel-gate.md)}")
cd "$(dirname "$0")/.."
cargo build --quiet --locked --package modsig-cli
program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/sign-module")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$program" "$work/sign-file"
same=0 framed=0 refused=0 wrong=0
for theirs in "$kgate"/fixtures/signed/*.ko; do
  name=$(basename "$theirs" .ko)
  module=${name%%.*} rest=${name#*.}
  key=${rest%%.*} rest=${rest#*.}
  openssl=${rest%%.*} rest=${rest#*.}
  hash=${rest%%.*}
  flag=
  [ "$rest" = "$hash" ] || flag=-k
  keys=$kgate/fixtures/keys/$key
  rm -f "$work/ours"
  status=0
  "$work/sign-file" $flag "$hash" "$keys.pem" "$keys.der" "$kgate/modules/$module.ko" "$work/ours" 2> "$work/err" || status=$?
  case $hash in
    sha1 | sha224 | shake*) # refused here
      if [ "$status" = 1 ] && [ ! -e "$work/ours" ]; then refused=$((refused + 1)); else wrong=$((wrong + 1)); echo "not refused: $name"; fi
      continue ;;
  esac
  if [ "$status" != 0 ]; then echo "failed: $name: $(cat "$work/err")"; wrong=$((wrong + 1)); continue; fi
  case $key in
    *rsa*)
      if cmp "$theirs" "$work/ours"; then same=$((same + 1)); else wrong=$((wrong + 1)); fi ;;
    *mldsa*)
      # With OpenSSL 3.5 the kernel's tool writes signed attributes, which a strict Linux refuses: another frame.
      [ "$openssl" = sf40 ] || continue
      size=$(stat -c %s "$theirs")
      case $key in *44*) signature=2420 ;; *65*) signature=3309 ;; *) signature=4627 ;; esac
      head=$((size - 40 - signature))
      if [ "$size" = "$(stat -c %s "$work/ours")" ] && cmp -n "$head" "$theirs" "$work/ours" &&
        [ "$(tail -c 40 "$theirs" | cksum)" = "$(tail -c 40 "$work/ours" | cksum)" ]; then
        framed=$((framed + 1))
      else
        wrong=$((wrong + 1)); echo "another frame: $name"
      fi ;;
    p*)
      # The lengths in the headers depend on the signature's; the tools parse the rest.
      difference=$(($(stat -c %s "$theirs") - $(stat -c %s "$work/ours")))
      if [ "${difference#-}" -le 4 ]; then framed=$((framed + 1)); else wrong=$((wrong + 1)); echo "another length: $name"; fi ;;
  esac
done
echo "$same RSA files the same to the last byte, $framed others of the same frame, $refused refused as they should be, $wrong wrong"
[ "$wrong" = 0 ] && [ "$same" -gt 0 ]
