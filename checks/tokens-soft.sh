#!/bin/sh
# Purpose: keys in SoftHSM2: every command, faults of tokens, wrong PINs; no PIN is printed, no file half-written
# Needs: cargo, openssl, softhsm2-util and pkcs11-tool (Debian: softhsm2, opensc)
# Duration: 60 s
# CI: yes
#
# The part of ./check tokens that needs no network. ML-DSA in a token, the rates and freed memory: ./check tokens.
set -eu
for program in softhsm2-util pkcs11-tool; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed (Debian: softhsm2, opensc)"; exit 0; }
done
exec env SOFT=1 "$(dirname "$0")/tokens.sh"
