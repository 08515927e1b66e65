#!/bin/sh
# Purpose: the programs for small machines build and work; prints their stack and flash
# Needs: cargo, size (binutils), x86_64 Linux; thumbv7em-none-eabi of rustup for the figures of a Cortex-M4
# Duration: 60 s
# CI: yes
set -eu
exec sh "$(dirname "$0")/../crates/mldsa/examples/embedded/measure.sh"
