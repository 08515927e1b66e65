#!/bin/sh
# Purpose: ML-DSA built with no optimisation at all works, and needs at most 512 KiB of stack
# Needs: cargo
# Duration: 30 s
# CI: yes
#
# `tests` builds ML-DSA and Keccak at opt-level 1. A user's debug build does not. --workspace: with the features for which `tests` has
# built the other crates.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --locked --workspace \
    --config profile.dev.package.modsig-mldsa.opt-level=0 --config profile.dev.package.modsig-keccak.opt-level=0 \
    --test stack --test cctv_accumulated -- --nocapture
