#!/bin/sh
# Purpose: as object-code and object-code --aarch64: every kernel is proved; without planted bugs and without the processor
# Needs: as object-code (skips without it)
# Duration: 5 min
# CI: yes
#
# A kernel that was changed must still be proved. What this leaves out shows that the proofs themselves are right.
set -eu
cd "$(dirname "$0")/.."
./checks/object-code.sh --quick
exec ./checks/object-code.sh --quick --aarch64
