#!/bin/sh
# Purpose: the system's OpenSSL reads what module-key and sign-module write, and the reverse
# Needs: cargo, OpenSSL 3 (3.5 for ML-DSA; an older one skips those rows)
# Duration: 5 s
# CI: yes
#
# Private keys (PKCS#8, encrypted, PKCS#1, SEC 1), public keys, certificates (self-signed, by a CA, in two steps), requests, and
# the CMS of signed modules, with one signer and with two. Exit code 0: everything was read; 1: something was not; 2: there is no OpenSSL 3.
set -eu
cd "$(dirname "$0")/.."
openssl version | grep -q '^OpenSSL [3-9]' || { echo "openssl-reads: there is no OpenSSL 3 here" >&2; exit 2; }
cargo build --quiet --release --locked --package modsig-cli
tools=$(realpath "${CARGO_TARGET_DIR:-target}/release")
module=$PWD/test-vectors/modules/crc16.ko
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
read=0 wrong=0
# row WORDS COMMAND...: one thing that must work
row() {
  words=$1; shift
  if "$@" > log 2>&1; then read=$((read + 1)); else wrong=$((wrong + 1)); echo "NOT READ: $words: $*"; cat log; fi
}
algorithms='rsa-2048 rsa-3072 rsa-4096 p-256 p-384 p-521'
if openssl list -public-key-algorithms 2> /dev/null | grep -qi 'ml-dsa-65'; then
  algorithms="$algorithms ml-dsa-44 ml-dsa-65 ml-dsa-87"
else
  echo "skipped: ML-DSA, which $(openssl version | cut -d' ' -f1,2) does not know"
fi
export KBUILD_SIGN_PIN=secret
"$tools/module-key" -q generate --ca --algorithm p-384 --common-name 'test CA' --out ca.pem
openssl x509 -inform DER -in ca.x509 -out ca.crt
for a in $algorithms; do
  "$tools/module-key" -q generate --algorithm "$a" --common-name "test $a" --out "$a.pem"
  row "$a key" openssl pkey -in "$a.pem" -noout -check
  row "$a certificate" openssl x509 -inform DER -in "$a.x509" -out "$a.crt"
  row "$a self-signature" openssl verify -check_ss_sig -CAfile "$a.crt" "$a.crt"
  "$tools/module-key" -q generate --algorithm "$a" --common-name "leaf $a" --ca-key ca.pem --out "leaf-$a.pem"
  row "$a by a CA" openssl verify -x509_strict -CAfile ca.crt "leaf-$a.pem"
  "$tools/module-key" -q convert --encrypt "$a.pem" --out "$a-locked.pem"
  row "$a encrypted" openssl pkey -in "$a-locked.pem" -passin pass:secret -noout
  "$tools/module-key" -q public "$a.x509" --out "$a.pub"
  openssl pkey -in "$a.pem" -pubout -out theirs.pub
  row "$a public key" cmp "$a.pub" theirs.pub
  "$tools/module-key" -q request --common-name "request $a" "$a.pem" --out "$a.csr"
  row "$a request" openssl req -in "$a.csr" -verify -noout
  "$tools/module-key" -q certify --ca-key ca.pem --profile mok --subject 'CN=key,O=test\, org,C=DE' --format pem "$a.csr" \
    --out "certified-$a.crt"
  row "$a certified by a request" openssl verify -x509_strict -CAfile ca.crt "certified-$a.crt"
  # In two steps: OpenSSL signs the prepared bytes. It takes the digest of an RSA key's DigestInfo, its last 32 bytes.
  "$tools/module-key" -q certify --prepare --force --hash sha256 --common-name two "$a.pub" --out two.x509
  case $a in
    rsa*) tail -c 32 two.x509.digest-info > digest
      row "$a signs a digest" openssl pkeyutl -sign -inkey "$a.pem" -in digest -pkeyopt digest:sha256 -out two.sig ;;
    p-*) row "$a signs a digest" openssl pkeyutl -sign -inkey "$a.pem" -in two.x509.digest -out two.sig ;;
    *) row "$a signs mu" openssl pkeyutl -sign -inkey "$a.pem" -in two.x509.mu -pkeyopt mu:1 -out two.sig ;;
  esac
  row "$a attached" "$tools/module-key" -q certify --force --format pem --attach two.sig --out two.x509
  row "$a certified in two steps" openssl verify -check_ss_sig -CAfile two.x509 two.x509
  cp "$module" module.ko
  "$tools/sign-module" -q --key "$a.pem" module.ko
  # the CMS: between the module and the 40 bytes of the trailer
  size=$(stat -c %s "$module")
  tail -c "+$((size + 1))" module.ko | head -c -40 > module.p7s
  row "$a CMS" openssl cms -verify -binary -inform DER -in module.p7s -content "$module" -certfile "$a.crt" -CAfile "$a.crt" \
    -partial_chain -purpose any -out /dev/null
  case $a in
    rsa* | p-*)
      "$tools/module-key" -q convert --traditional "$a.pem" --out "$a-old.pem"
      row "$a traditional" openssl pkey -in "$a-old.pem" -noout -check
      openssl pkey -in "$a.pem" -traditional -out theirs.pem
      row "$a traditional by OpenSSL" "$tools/module-key" show theirs.pem
      openssl pkcs8 -topk8 -in "$a.pem" -passout pass:secret -v2 aes-256-cbc -out theirs.pem
      row "$a encrypted by OpenSSL" "$tools/module-key" show theirs.pem ;;
  esac
done
# Two signers in one CMS.
cp "$module" module.ko
"$tools/sign-module" -q --key rsa-2048.pem module.ko
"$tools/sign-module" -q --add --key p-384.pem --trust rsa-2048.x509 module.ko
"$tools/sign-module" -q --extract --force module.ko
cat rsa-2048.crt p-384.crt > both.crt
row "two signers" openssl cms -verify -binary -inform DER -in module.ko.p7s -content "$module" -certfile both.crt -CAfile both.crt \
  -partial_chain -purpose any -out /dev/null
echo "$(openssl version | cut -d' ' -f1,2): $read read, $wrong not"
[ "$wrong" = 0 ]
