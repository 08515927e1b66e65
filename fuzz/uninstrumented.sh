#!/bin/sh
# RUSTC_WRAPPER for run.sh: leaves the fuzzer's counters out of crates that are nearly all arithmetic, which way an input goes in
# them is not seen: permutations and block ciphers, big integers, curves. It makes them several times as fast; the crates that
# read the input (parsers, `mldsa`, `modsig`, `modsig-cli`) keep all counters.
rustc=$1
shift
case "${CARGO_PKG_NAME:-}" in
modsig-keccak | keccak | shake | sha1 | sha2 | sha3 | md-5 | hmac | pbkdf2 | aes | des | cbc | cipher | crypto-bigint | crypto-primes | fiat-crypto | ghash | polyval | sponge-cursor | rsa | \
    p224 | p256 | p384 | p521 | primefield | primeorder | elliptic-curve | ecdsa | wnaf | subtle | cmov | ctutils | \
    curve25519-dalek | scrypt | salsa20 | block-buffer | digest | rfc6979 | generic-array | hybrid-array) ;;
*) exec "$rustc" "$@" ;;
esac
count=$#
for argument in "$@"; do
    case "$argument" in
    -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage*) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
shift "$count"
exec "$rustc" "$@"
