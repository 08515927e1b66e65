#!/bin/sh
# Purpose: keys in tokens: every command and algorithm, faults of tokens, wrong PINs; no PIN is printed, no file half-written
# Needs: cargo, openssl, softhsm2-util and pkcs11-tool (Debian: softhsm2, opensc); for kryoptic perl, make, cc, libclang-dev
# Duration: 4 min
# CI: yes
#
# ./check tokens without the kernel's tools, the rates and freed memory. Most of the time builds OpenSSL for kryoptic.
set -eu
for program in softhsm2-util pkcs11-tool; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed (Debian: softhsm2, opensc)"; exit 0; }
done
exec env QUICK=1 "$(dirname "$0")/tokens.sh"
