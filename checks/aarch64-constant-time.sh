#!/bin/sh
# Purpose: on AArch64, no branch, address or division depends on a secret, by the data flow of the machine code
# Needs: cargo, python3, aarch64-unknown-linux-gnu of rustup, gcc-aarch64-linux-gnu
# Duration: 20 s
# CI: yes
#
# The program is that of ./check aarch64-instructions. Then leaks are put in, each of which must be found. See
# docs/assurance/constant-time.md.
set -eu
cd "$(dirname "$0")/.."
for program in aarch64-linux-gnu-gcc aarch64-linux-gnu-objdump; do
    command -v "$program" >/dev/null || { echo "skipped: $program is not installed"; exit 0; }
done
. checks/instructions/aarch64.sh # sets `program`
PYTHONDONTWRITEBYTECODE=1 python3 checks/constant-time/aarch64.py "$program"
