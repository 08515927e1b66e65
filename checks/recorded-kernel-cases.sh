#!/bin/sh
# Purpose: the predictions of modsig::kernel agree with the recorded answers of a real Linux
# Needs: cargo
# Duration: 30 s
# CI: in tests
set -eu
cd "$(dirname "$0")/.."
exec cargo test --locked --package modsig --test kernel_cases
